"""What an assignment breaks of the hard rules, rule by rule, in words; empty where it breaks none."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.redraw import adjacency, problems, valuing
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.solver import contiguity, instances
from zhaosheng_analysis.redraw.status_quo import JOINED

RULES = {
    "unplaced": "每个小区或村须有学校",
    "unknown": "学校须存在并招收本学段",
    "feeder": "校校对口的片区不拆分",
    "own_unit": "学校所在小区须在本校学区",
    "locked": "锁定的小区不动",
    "forbidden": "禁止的划分",
    "barrier": "学区不得跨越障碍",
    "contiguity": "学区须连成一片",
    "capacity": "不得超过学位",
}
COLUMNS = ["rule", "label", "unit_id", "school_id", "year", "over_n", "message"]


def check(problem: Problem, assignment: pd.Series) -> pd.DataFrame:
    """List what an assignment breaks.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series
        `unit_id` -> school_id, several joined by 、 where families may choose.

    Returns
    -------
    DataFrame
        Columns rule, label, unit_id, school_id, year, over_n and message; one row a unit, or a school and year, in the
        order of `RULES`; no row where every rule holds.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> zs.redraw.check(problem, problem.now)[["rule", "school_id", "year", "over_n"]].round(2)
           rule school_id  year  over_n
    0  capacity        s1  2026     1.0
    """
    assignment = assignment.reindex(problem.units["unit_id"]).fillna("").astype("str")
    names = {
        "unit": problem.units.set_index("unit_id")["name"],
        "school": problem.schools.set_index("school_id")["name"],
    }
    rows = [*_placed(problem, assignment, names), *_kept(problem, assignment, names)]
    if not rows:
        rows = [*_whole(problem, assignment, names), *_loose(problem, assignment, names)]
    rows += _full(problem, assignment)
    breaches = pd.DataFrame(rows, columns=["rule", "unit_id", "school_id", "year", "over_n", "message"])
    breaches["label"] = breaches["rule"].map(RULES)
    return breaches[COLUMNS].astype({"year": "Int64", "over_n": "float64"})


def _row(rule: str, message: str, *, unit: str = "", school: str = "", year: int | None = None, over: float = 0.0):
    return rule, unit, school, year, over, message


def _placed(problem: Problem, assignment: pd.Series, names: dict) -> list[tuple]:
    """Find units without a school or with one that is not there."""
    schools = set(problem.schools["school_id"])
    rows = [
        _row("unplaced", f"{names['unit'][unit]}没有学校", unit=unit) for unit in assignment.index[assignment == ""]
    ]
    asked = assignment[assignment != ""].str.split(JOINED).explode()
    asked = asked[~asked.isin(schools)]
    message = "{}划给的学校「{}」不招收本学段"
    return rows + [
        _row("unknown", message.format(names["unit"][unit], school), unit=unit, school=school)
        for unit, school in asked.items()
    ]


def _kept(problem: Problem, assignment: pd.Series, names: dict) -> list[tuple]:
    """Find schools without their own unit, locked units that moved, pairs that are forbidden."""
    rows = []
    for school, unit in problem.own.items():
        if school not in assignment[unit].split(JOINED):
            message = f"{names['school'][school]}所在的{names['unit'][unit]}不在本校学区"
            rows.append(_row("own_unit", message, unit=unit, school=school))
    message = "{}已锁定，方案改变了学校"
    rows += [
        _row("locked", message.format(names["unit"][unit]), unit=unit, school=assignment[unit])
        for unit in problem.locked
        if assignment[unit] != problem.now[unit]
    ]
    number = {school: at for at, school in enumerate(problem.schools["school_id"])}
    for at, (unit, schools) in enumerate(assignment.items()):
        for school in schools.split(JOINED):
            if school in number and problem.barred[at, number[school]]:
                message = f"{names['unit'][unit]}不得划给{names['school'][school]}"
                rows.append(_row("forbidden", message, unit=unit, school=school))
    return rows


def _whole(problem: Problem, assignment: pd.Series, names: dict) -> list[tuple]:
    """Find units that must stay together and do not (校校对口)."""
    kinds = assignment.groupby(problem.row).nunique()
    first = assignment.groupby(problem.row).first()
    rows = []
    for at, (unit, schools) in enumerate(assignment.items()):
        row = problem.row[at]
        if kinds[row] > 1 and schools != first[row]:
            message = f"{names['unit'][unit]}与同一对口小学的其他小区分开"
            rows.append(_row("feeder", message, unit=unit, school=schools))
    return rows


def _loose(problem: Problem, assignment: pd.Series, names: dict) -> list[tuple]:
    """Find pieces of zones that are not joined to their school."""
    folded, rows = problems.folded(problem, assignment), []
    bare = None
    for piece in contiguity.loose_pieces(problem.instance, folded):
        at = np.flatnonzero(np.isin(problem.row, piece))
        school = problem.schools["school_id"][folded[piece[0]]]
        rule, why = "contiguity", "没有连成一片"
        if problem.barriers:
            bare = _without_barriers(problem) if bare is None else bare
            if set(at.tolist()) <= _joined(problem, bare, folded, folded[piece[0]]):
                rule, why = "barrier", f"被{JOINED.join(problem.barriers)}隔开"
        units = problem.units["unit_id"].iloc[at]
        named = JOINED.join(names["unit"][unit] for unit in units[:3]) + (
            f"等 {len(units)} 处" if len(units) > 3 else ""
        )
        message = f"{named}与{names['school'][school]}{why}"
        rows += [_row(rule, message, unit=unit, school=school) for unit in units]
    return rows


def _without_barriers(problem: Problem) -> np.ndarray:
    """Return the adjacent units as if the planner had marked no barrier."""
    units = problem.district.units.sort_values("unit_id", ignore_index=True)
    return adjacency.adjacent(units, problem.district.streets).edges


def _joined(problem: Problem, edges: np.ndarray, folded: np.ndarray, school: int) -> set[int]:
    """Return the units joined to a school inside its zone by these edges."""
    zone = folded[problem.row]
    inside = (zone[edges] == school).all(axis=1)
    piece = contiguity.components(edges[inside], len(zone))
    own = problem.units["unit_id"].tolist().index(problem.own[problem.schools["school_id"][school]])
    return set(np.flatnonzero((piece == piece[own]) & (zone == school)).tolist())


def _full(problem: Problem, assignment: pd.Series) -> list[tuple]:
    """Find schools with more children than seats and the declared overload allow, year by year."""
    load, rows = loads(problem, assignment), []
    seats = problem.schools.set_index("school_id")[list(problem.years)]
    most = seats * (1 + problem.overload) + instances.SLACK
    for school, year in zip(*np.nonzero((load > most).to_numpy()), strict=True):
        over = float((load - seats).iloc[school, year])
        said = f"{problem.schools['name'][school]} {problem.years[year]} 年多 {np.ceil(over - 1e-6):.0f} 人"
        rows.append(_row("capacity", said, school=seats.index[school], year=problem.years[year], over=over))
    return rows


def loads(problem: Problem, assignment: pd.Series) -> pd.DataFrame:
    """Return the children of every school and year, (schools, years); several schools share by seats."""
    load = valuing.shares(problem, assignment).T @ problem.children.to_numpy()
    ids = pd.Index(problem.schools["school_id"])
    return pd.DataFrame(load, index=ids, columns=list(problem.years)) + problem.shift
