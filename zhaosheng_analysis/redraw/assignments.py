"""The file of an assignment: which unit goes to which school, from when, under which scenario."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from zhaosheng_analysis import disk
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import STAGES, Faults, keys

VERSION = 2
#: Keys the file must and may have, with their kinds.
MUST = {
    "version": int,
    "district": str,
    "policy": str,
    "stage": STAGES,
    "valid_from": keys.Day,
    "schools": dict[str, str],
}
MAY = {"locked": keys.Strings, "scenario": keys.Table | None, "note": str, "comments": dict[str, str]}


@dataclass(frozen=True)
class Assignment:
    """An assignment as it is stored and exchanged with the page.

    Attributes
    ----------
    district : str
        Slug of the district.
    policy : str
        Id of the policy.
    stage : str
        Primary or junior.
    valid_from : date
        The day the zones come into force.
    schools : Series
        The school_id of each unit_id, several joined by 、 where families may choose.
    locked : tuple of str
        Units that stay.
    scenario : mapping of str to object or None
        Table of a scenario file, None without.
    note : str
        A planner's own words.
    comments : mapping of str to str
        What was said of single units, by unit_id; printed in the papers of the hearing.
    """

    district: str
    policy: str
    stage: str
    valid_from: dt.date
    schools: pd.Series
    locked: tuple[str, ...] = ()
    scenario: Mapping[str, Any] | None = None
    note: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)


def read_assignment(path: str | Path) -> Assignment:
    """Read an assignment file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Assignment
        The assignment.

    Raises
    ------
    DataError
        With every fault of the file.

    Examples
    --------
    >>> import datetime as dt
    >>> import pathlib
    >>> import tempfile
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> made = zs.redraw.Assignment("town", "laoting-2025", "primary", dt.date(2026, 9, 1), pd.Series({"u1": "s2"}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "assignment.json"
    ...     zs.redraw.write_assignment(made, file)
    ...     zs.redraw.read_assignment(file).schools.to_dict()
    {'u1': 's2'}
    """
    file = Path(path)
    return parsed(disk.read(file, expected="须为导出的方案文件 assignment.json"), where=file.name)


def parsed(data: object, *, where: str) -> Assignment:
    """Return an assignment from the table of its file.

    Parameters
    ----------
    data : object
        The table as the parser gave it.
    where : str
        Name of the file, for the messages.

    Returns
    -------
    Assignment
        The assignment.

    Raises
    ------
    DataError
        With every fault of the table.
    """
    faults = Faults()
    if keys.judge(data, MUST, MAY, where=where, faults=faults):
        _judge(data, where, faults)
    faults.raise_if_any()
    schools = pd.Series(data["schools"], dtype="str", name="school_id").rename_axis("unit_id").sort_index()
    day = dt.date.fromisoformat(data["valid_from"])
    locked, scenario, note = tuple(data.get("locked", ())), data.get("scenario"), data.get("note", "")
    about = (data["district"], data["policy"], data["stage"], day)
    return Assignment(*about, schools, locked, scenario, note, data.get("comments", {}))


def _judge(data: dict[str, Any], where: str, faults: Faults) -> None:
    """Note another version, units without a school, and locked or commented units that the assignment does not name."""
    if data["version"] != VERSION:
        faults.add(f"{where}「version」", f"版本为 {data['version']}", f"本程序读版本 {VERSION}", "请用同一版本导出")
    wrong = [unit for unit, school in data["schools"].items() if not school.strip(JOINED)]
    strange = sorted(set(data.get("locked", [])) - set(data["schools"]))
    if not data["schools"]:
        faults.add(f"{where}「schools」", "没有小区", "须为“小区编号：学校编号”", "请重新导出")
    if wrong:
        faults.add(
            f"{where}「schools」", f"{len(wrong)} 个小区没有学校：{'、'.join(wrong[:3])}", "每个小区一所学校", ""
        )
    spoken = sorted(set(data.get("comments", {})) - set(data["schools"]))
    if spoken:
        faults.add(f"{where}「comments」", f"{len(spoken)} 个小区不在方案中：{'、'.join(spoken[:3])}", "", "请核对")
    if strange:
        faults.add(f"{where}「locked」", f"{len(strange)} 个小区不在方案中：{'、'.join(strange[:3])}", "", "请核对")


def table(assignment: Assignment) -> dict[str, Any]:
    """Return the table of an assignment's file.

    Parameters
    ----------
    assignment : Assignment
        The assignment.

    Returns
    -------
    dict of str to object
        What stands in its file.
    """
    return {
        "version": VERSION,
        "district": assignment.district,
        "policy": assignment.policy,
        "stage": assignment.stage,
        "valid_from": assignment.valid_from.isoformat(),
        "schools": assignment.schools.sort_index().to_dict(),
        "locked": sorted(assignment.locked),
        "scenario": None if assignment.scenario is None else dict(assignment.scenario),
        "note": assignment.note,
        "comments": dict(sorted(assignment.comments.items())),
    }


def text(assignment: Assignment) -> str:
    """Return the file of an assignment; the same assignment gives the same text.

    Parameters
    ----------
    assignment : Assignment
        The assignment.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(table(assignment), ensure_ascii=False, indent=1) + "\n"


def write_assignment(assignment: Assignment, path: str | Path) -> None:
    """Write an assignment file, whole or not at all.

    Parameters
    ----------
    assignment : Assignment
        The assignment.
    path : str or Path
        The file.

    Examples
    --------
    >>> import datetime as dt
    >>> import pathlib
    >>> import tempfile
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> made = zs.redraw.Assignment("town", "laoting-2025", "primary", dt.date(2026, 9, 1), pd.Series({"u1": "s2"}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zs.redraw.write_assignment(made, pathlib.Path(folder) / "assignment.json")
    ...     [path.name for path in pathlib.Path(folder).iterdir()]
    ['assignment.json']
    """
    disk.write(Path(path), text(assignment))
