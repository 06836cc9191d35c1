"""What a planner keeps, forbids and marks by name, judged before any work: locks, forbidden pairs, barriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.redraw import adjacency, status_quo
from zhaosheng_analysis.schema import DataError, Faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.redraw.status_quo import StatusQuo
    from zhaosheng_analysis.schema import Fault

Pairs = tuple[tuple[str, str], ...]


def judge(
    district: District,
    *,
    stages: Sequence[str],
    year: int,
    locked: Iterable[str] = (),
    forbidden: Iterable[tuple[str, str]] = (),
    barriers: Iterable[str] = (),
    overload: float = 0.0,
) -> None:
    """Refuse what no redraw of these stages could keep, all at once and before a forecast or a search begins.

    Parameters
    ----------
    district : District
        As it is.
    stages : sequence of {"primary", "junior"}
        Stages that may be redrawn; a lock or a pair must fit one of them.
    year : int
        The September whose zones are today's.
    locked : iterable of str, optional
        Units that stay with today's school, by id, name or alias.
    forbidden : iterable of (str, str), optional
        Pairs (unit, school) that may not be.
    barriers : iterable of str, optional
        Streets that no zone may cross.
    overload : float, default 0.0
        Share by which a school may exceed its seats, 0 to 1.

    Raises
    ------
    DataError
        Something is unknown, or the share is none.
    """
    faults, kept, pairs = Faults(), tuple(locked), tuple(forbidden)
    try:
        adjacency.marked(district.streets, tuple(barriers))
    except DataError as error:
        faults.found.extend(error.faults)
    trials = [_tried(district, stage, year, kept, pairs, overload) for stage in stages]
    trials = [found for found in trials if found is not None]
    if trials and all(trials):
        faults.found.extend(min(trials, key=len))
    faults.raise_if_any()


def _tried(
    district: District, stage: str, year: int, locked: tuple[str, ...], pairs: Pairs, overload: float
) -> list[Fault] | None:
    """Return the faults a redraw of one stage would tell; None where that stage cannot be redrawn anyhow."""
    try:
        present = status_quo.read(district, stage, year)
        schools = status_quo.schools(district, present, stage, (year,))
    except DataError:
        return None
    try:
        judged(district, schools, status_quo.choosing(present, schools["school_id"]), locked, pairs, overload)
    except DataError as error:
        return list(error.faults)
    return []


def of_stage(district: District, forbidden: Iterable[tuple[str, str]], stage: str) -> Pairs:
    """Return the forbidden pairs that are about schools of one stage; those of no school at all stay to be refused.

    Parameters
    ----------
    district : District
        Its schools.
    forbidden : iterable of (str, str)
        Pairs (unit, school).
    stage : {"primary", "junior"}
        The stage.

    Returns
    -------
    tuple of (str, str)
        In the same order.
    """
    other = district.schools[~district.schools["stage"].isin((stage, "both"))]
    strange, own = (names.bearers(rows, "school_id") for rows in (other, district.schools.drop(other.index)))
    return tuple(pair for pair in forbidden if names.meant(pair[1], own) or not names.meant(pair[1], strange))


def judged(
    district: District,
    schools: pd.DataFrame,
    present: StatusQuo,
    locked: tuple[str, ...],
    forbidden: Pairs,
    overload: float,
) -> tuple[tuple[str, ...], Pairs]:
    """Return the ids of locked units and of forbidden pairs; refuse what is not there, and locks without a school.

    Parameters
    ----------
    district : District
        As it is.
    schools : DataFrame
        Schools that may be given units.
    present : StatusQuo
        Where everything stands today.
    locked : tuple of str
        Units, by id, name or alias.
    forbidden : tuple of (str, str)
        Pairs (unit, school), by id, name or alias.
    overload : float
        Share by which a school may exceed its seats.

    Returns
    -------
    tuple
        unit_ids, and pairs of unit_id and school_id.

    Raises
    ------
    DataError
        Something is unknown, or the share is none.
    """
    faults, able = Faults(), set(schools["school_id"])
    units = names.bearers(district.units, "unit_id")
    schools_of = names.bearers(district.schools[district.schools["school_id"].isin(able)], "school_id")
    for unit in [*locked, *(unit for unit, _ in forbidden)]:
        names.judge(unit, units, key="unit_id", where="锁定或禁止的小区", faults=faults)
    for _, school in forbidden:
        names.judge(school, schools_of, key="school_id", where="禁止的划分（本学段可划入的学校）", faults=faults)
    if not 0 <= overload <= 1:
        faults.add("允许超额比例", f"取值为 {overload}", "须在 0 与 1 之间", "如 0.05 表示超额 5%")
    faults.raise_if_any()
    kept = tuple(names.meant(unit, units)[0] for unit in locked)
    for unit in kept:
        if not set(present.sets[unit]) & able:
            faults.add("锁定的小区", f"「{unit}」今天没有学区", "锁定是保持今天的学校", "请先划定或不锁定")
    faults.raise_if_any()
    return kept, tuple((names.meant(unit, units)[0], names.meant(school, schools_of)[0]) for unit, school in forbidden)
