"""One option: an assignment with its cost, the bound beside it and every term of its objective in the open."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.redraw import (
    objective as terms,
)
from zhaosheng_analysis.redraw import (
    problems,
    valuing,
)
from zhaosheng_analysis.redraw import scenarios as scenarios_
from zhaosheng_analysis.redraw.assignments import Assignment
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.solver import contiguity, instances, relaxation, search
from zhaosheng_analysis.redraw.solver.search import Progress
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import DataError, Fault

#: Threads of a search; what a search limited by `iterations` finds does not depend on them.
WORKERS = 2


#: Day of the year from which new zones hold: before registration begins anywhere.
FIRST_DAY = (5, 1)


@dataclass(frozen=True)
class Option:
    """One assignment with what it costs and how good it is.

    Attributes
    ----------
    option_id : str
        Its slug.
    name : str
        Its name in Chinese.
    scenario : Scenario or None
        What it presupposes, None without.
    assignment : Series
        The school_id of each unit_id, several joined by 、 in a choice zone.
    cost : float
        Cost of its own objective.
    bound : float
        No assignment under the same rules costs less.
    gap : float
        How far the cost is from the bound, as a share.
    terms : DataFrame
        Columns term, label, unit, weight, before, after; after times weight adds up to the cost.
    moved : DataFrame
        Columns unit_id, name, from, to, walk_before_m, walk_after_m, and one a year: children entering.
    seed : str
        It decided what chance decided.
    problem : Problem
        What was solved.
    history : tuple of Progress
        How cost and bound came about.
    """

    option_id: str
    name: str
    scenario: Scenario | None
    assignment: pd.Series
    cost: float
    bound: float
    gap: float
    terms: pd.DataFrame
    moved: pd.DataFrame
    seed: str
    problem: Problem
    history: tuple[Progress, ...]

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``option.terms``, ``option.moved`` in tables.toml)."""
        schema.expect_all(self, "option")


def lacks(problem: Problem) -> list[Fault]:
    """Say which areas lack how many seats, whatever the zones; nothing where split units would fit."""
    faults = []
    for lack in relaxation.lack(problem.instance):
        year = f"{problem.years[lack.year]} 年" if lack.year >= 0 else "各年合计"
        units = problem.units["name"][np.isin(problem.row, lack.units)].tolist()
        near = f"{JOINED.join(units[:3])}{f'等 {len(units)} 个小区或村' if len(units) > 3 else ''}"
        schools = problem.schools["name"].iloc[lack.schools].tolist()
        where = f"{near}只能划给{JOINED.join(schools[:4])}{f'等 {len(schools)} 所学校' if len(schools) > 4 else ''}"
        if not schools:
            where = f"{near}步行无法到达任何可以划入的学校"
        message = f"{year}缺 {np.ceil(lack.missing - 1e-6):.0f} 个学位"
        faults.append(Fault(where, message, "学位须够", "请增加班数、允许超额（overload）或改用情景"))
    return faults


def solve(
    problem: Problem,
    option_id: str,
    name: str,
    *,
    seed: str,
    seconds: float,
    start: np.ndarray | None = None,
    others: Sequence[np.ndarray] = (),
    progress: Callable[[str, Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    iterations: int | None = None,
) -> Option:
    """Search the best assignment of a problem, from a contiguous one (today's by default), and say how good it is.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    option_id : str
        Slug of the option.
    name : str
        Its name in Chinese.
    seed : str
        Decides what chance decides.
    seconds : float
        Longest search.
    start : ndarray of int, shape (rows,), optional
        A contiguous assignment as school numbers; today's by default.
    others : sequence of ndarray of int, optional
        Further assignments to begin from.
    progress : callable, optional
        Told the option's name and how the search stands.
    stop : callable, optional
        Once it says so the best so far is kept.
    iterations : int, optional
        Iterations of the search; within the seconds the same seed then gives the same assignment anywhere.

    Returns
    -------
    Option
        The best assignment found.

    Raises
    ------
    DataError
        No assignment was found.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> option = zs.redraw.solve(problem, "fewest", "变动最少", seed="1", seconds=10, iterations=20)
    >>> option.moved[["unit_id", "from", "to"]], option.gap < 0.01
    (  unit_id from  to
    0      u7   s1  s2, True)
    """
    start = problem.start if start is None else start
    tell = None if progress is None else lambda step: progress(name, step)
    limits = {"seconds": seconds, "workers": WORKERS, "progress": tell, "stop": stop, "iterations": iterations}
    solved = search.solve(problem.instance, seed=seed, start=start, others=others, **limits)
    if solved.assignment is None:
        raise DataError(*unsolved(problem, name))
    option = Option(
        option_id,
        name,
        problem.scenario,
        problem.now,
        solved.cost,
        solved.bound,
        solved.gap,
        terms.table(problem.weights, *(problems.measures(problem, problem.start) for _ in range(2))),
        moved(problem, problem.now),
        seed,
        problem,
        solved.history,
    )
    return with_assignment(option, solved.assignment)


def with_assignment(option: Option, rows: np.ndarray) -> Option:
    """Return an option with another assignment of its problem, its terms and moves; the bound stays.

    Parameters
    ----------
    option : Option
        The option.
    rows : ndarray of int, shape (rows,)
        School number of each row of the instance.

    Returns
    -------
    Option
        A copy.
    """
    made = option.problem
    before, after = (problems.measures(made, assignment) for assignment in (made.start, rows))
    cost, assignment = instances.price(made.instance, rows), problems.unfolded(made, rows)
    return replace(
        option,
        assignment=assignment,
        cost=cost,
        gap=search.gap(cost, option.bound),
        terms=terms.table(made.weights, before, after),
        moved=moved(made, assignment),
    )


def cheapest(option: Option, assignments: Iterable[np.ndarray]) -> Option:
    """Return an option with the cheapest assignment for its own aim among its own and others that keep the hard rules.

    Parameters
    ----------
    option : Option
        The option.
    assignments : iterable of ndarray of int, shape (rows,)
        Assignments as school numbers of its problem, -1 for none.

    Returns
    -------
    Option
        The option itself where no assignment is cheaper.
    """
    made, best = option.problem.instance, None
    cost = option.cost - search.CLOSED * max(1.0, abs(option.cost))
    for rows in assignments:
        if (rows < 0).any() or len(contiguity.loose(made, rows)) or instances.overflow(made, rows) > instances.SLACK:
            continue
        mine = instances.price(made, rows)
        if mine < cost:
            cost, best = mine, rows
    return option if best is None else with_assignment(option, best)


def valued(problem: Problem, assignment: pd.Series, option_id: str, name: str) -> Option:
    """Return an assignment made by hand as an option: its cost, and the bound of the relaxation beside it.

    Where families choose otherwise than today the bound of the problem says nothing of the assignment: both are nan.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose.
    option_id : str
        Slug of the option.
    name : str
        Its name in Chinese.

    Returns
    -------
    Option
        The assignment with what it costs.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> assignment = problem.now.copy()
    >>> assignment["u7"] = "s2"
    >>> option = zs.redraw.valued(problem, assignment, "by-hand", "手工方案")
    >>> option.terms.set_index("term").loc[["moved", "shortage"], ["before", "after"]].round(1)
              before  after
    term
    moved        0.0    1.0
    shortage     1.0    0.0
    """
    before, after = problems.measures(problem, problem.start), valuing.measures(problem, assignment)
    table = terms.table(problem.weights, before, after)
    cost, bound, apart = terms.cost(table), np.nan, np.nan
    if valuing.as_today(problem, assignment):
        bound = relaxation.relax(problem.instance, rounds=relaxation.ROUNDS).bound
        apart = search.gap(cost, bound)
    changes = moved(problem, assignment)
    return Option(option_id, name, problem.scenario, assignment, cost, bound, apart, table, changes, "", problem, ())


def unsolved(problem: Problem, name: str) -> list[Fault]:
    """Say why there is no assignment: seats that are lacking, or that whole units were not made to fit."""
    message = "学位总数够，但整个小区不拆分时没有找到能容纳的划法"
    return lacks(problem) or [Fault(f"方案「{name}」", message, "", "请延长 --seconds、允许超额或增加班数")]


def moved(problem: Problem, assignment: pd.Series) -> pd.DataFrame:
    """Return the units whose school changes, most children first; units without a school today have an empty `from`."""
    table = problem.units.set_index("unit_id")
    changes = assignment.index[assignment != problem.before.reindex(assignment.index)]
    changed = pd.DataFrame({"unit_id": changes, "name": table["name"].reindex(changes).to_numpy()})
    changed["from"], changed["to"] = problem.before.reindex(changes).to_numpy(), assignment.reindex(changes).to_numpy()
    for when, column in (("before", "from"), ("after", "to")):
        changed[f"walk_{when}_m"] = [
            walk(problem, unit, schools) for unit, schools in zip(changes, changed[column], strict=True)
        ]
    children = table[list(problem.years)].reindex(changes).reset_index(drop=True)
    order = children.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return changed.join(children).loc[order].reset_index(drop=True)


def walk(problem: Problem, unit: str, schools: str) -> float:
    """Return the way of a unit to the nearest of its schools in metres, nan without one among the problem's."""
    reached = [school for school in schools.split(JOINED) if school in problem.walk_m.columns]
    return float(problem.walk_m.loc[unit, reached].min()) if reached else np.nan


def assignment_of(option: Option, *, note: str = "") -> Assignment:
    """Return an option as an assignment that can be stored, edited on the page and scored.

    Parameters
    ----------
    option : Option
        The option.
    note : str, optional
        A planner's own words; the option's name where nothing is said.

    Returns
    -------
    Assignment
        The assignment.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> assignment = zs.redraw.assignment_of(zs.redraw.valued(problem, problem.now, "now", "现状"))
    >>> assignment.stage, assignment.valid_from.isoformat(), assignment.note
    ('primary', '2026-05-01', '现状')
    """
    made = option.problem
    scenario = None if option.scenario is None else scenarios_.table(option.scenario)
    day = dt.date(made.years[0], *FIRST_DAY)
    title = note or option.name
    return Assignment(
        made.district.id, made.policy.id, made.stage, day, option.assignment, made.locked, scenario, title
    )
