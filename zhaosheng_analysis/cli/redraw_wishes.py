"""What is asked of a redraw, judged before any work: the stage, scenario and assignment files, the group of --mix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zhaosheng_analysis.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.redraw import Assignment, Composition, Scenario
    from zhaosheng_analysis.schema import Faults

T = TypeVar("T")


def files(
    stage: str, scenario_files: Sequence[Path], given_files: Sequence[Path]
) -> tuple[list[Scenario], list[Assignment]]:
    """Read the files that are named; every fault of them and of the stage's word is told before any work."""
    from zhaosheng_analysis import redraw
    from zhaosheng_analysis.schema import STAGES, Faults

    faults = Faults()
    if stage:
        _collected(faults, options.one_of, "--stage", stage, (*STAGES, "both"))
    scenarios = [_collected(faults, redraw.read_scenario, path) for path in scenario_files]
    given = [_collected(faults, redraw.read_assignment, path) for path in given_files]
    for made in scenarios:
        if made and stage in STAGES and made.stage != stage:
            found = f"学段是{STAGES[made.stage]}，不是{STAGES[stage]}"
            faults.add(f"情景「{made.name}」", found, "情景须与方案同一学段", "请换情景或 --stage")
    faults.raise_if_any()
    return scenarios, given


def of_folder(district: District, stage: str, mix: str, scenarios: Sequence[Scenario]) -> dict[str, Composition | None]:
    """Return the group of `--mix` by stage; all the folder lacks of it and of the scenarios is told at once."""
    from zhaosheng_analysis.redraw import scenarios as made
    from zhaosheng_analysis.schema import STAGES, Faults

    faults = Faults()
    for scenario in scenarios:
        _collected(faults, made.resolved, scenario, district)
    groups = _collected(faults, _groups, mix, district, (stage,) if stage in STAGES else tuple(STAGES)) if mix else {}
    faults.raise_if_any()
    return groups


def _groups(mix: str, district: District, stages: Sequence[str]) -> dict[str, Composition]:
    """Return the group of children that `--mix` names by stage, by a table of its own or by the district's."""
    from zhaosheng_analysis import redraw, sheets
    from zhaosheng_analysis.schema import DataError, Fault

    file = Path(mix)
    if not mix.lower().endswith(tuple(f".{ending}" for ending in sheets.ENDINGS)):
        return {stage: redraw.composition.of(district, mix, stage=stage) for stage in stages}
    if not file.is_file():
        raise DataError(Fault(f"--mix {mix}", "没有这个文件", "小区编号、比例两列的表格", "请核对文件名"))
    group, notes = redraw.composition.read(file.read_bytes(), file.name, district)
    options.tell(notes)
    return dict.fromkeys(stages, group)


def _collected(faults: Faults, work: Callable[..., T], *arguments: object) -> T | None:
    """Return what some work makes; None where its input cannot be used, and its faults are noted."""
    from zhaosheng_analysis.schema import DataError

    try:
        return work(*arguments)
    except DataError as error:
        faults.found.extend(error.faults)
        return None
