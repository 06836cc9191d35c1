"""One option: a plan with its cost, the bound beside it and every term of its objective in the open."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import forecast
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw import (
    objective as terms,
)
from zhaosheng_analysis.redraw import (
    problems,
    valuing,
)
from zhaosheng_analysis.redraw import scenarios as scenarios_
from zhaosheng_analysis.redraw.plans import Plan
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.solver import relaxation, search
from zhaosheng_analysis.redraw.solver.search import Progress
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import DataError, Fault

#: Threads of a search; what a search limited by `moves` finds does not depend on them.
WORKERS = 2


#: Day of the year from which new zones hold: before registration begins anywhere.
FIRST_DAY = (5, 1)


@dataclass(frozen=True)
class Option:
    """One plan with what it costs and how good it is.

    Attributes
    ----------
    option_id : slug. name : in Chinese. scenario : what it presupposes, None without.
    plan : unit_id -> school_id, several joined by 、 in a choice zone.
    cost, bound, gap : of its own objective; no plan under the same rules costs less than the bound.
    terms : term, label, unit, weight, before, after; after times weight adds up to the cost.
    moved : unit_id, name, from, to, walk_before_m, walk_after_m, one column a year: children entering.
    seed : decided what chance decided. problem : what was solved. history : how cost and bound came about.
    """

    option_id: str
    name: str
    scenario: Scenario | None
    plan: pd.Series
    cost: float
    bound: float
    gap: float
    terms: pd.DataFrame
    moved: pd.DataFrame
    seed: str
    problem: Problem
    history: tuple[Progress, ...]


def problem(
    district: District,
    outlook: forecast.Outlook | None,
    policy: Policy,
    *,
    years: Iterable[int],
    stage: str = "primary",
    weights: Mapping[str, float] | None = None,
    locked: Iterable[str] = (),
    forbidden: Iterable[tuple[str, str]] = (),
    barriers: Iterable[str] = (),
    overload: float = 0.0,
    children: pd.DataFrame | None = None,
) -> Problem:
    """Make the redraw problem of one stage (parameters as in `problems.problem`), and refuse one without a solution.

    Raises
    ------
    DataError which says which area lacks how many seats in which year.
    """
    made = problems.problem(
        district, outlook, policy, years=years, stage=stage, weights=weights, locked=locked, forbidden=forbidden,
        barriers=barriers, overload=overload, children=children,
    )  # fmt: skip
    faults = lacks(made)
    if faults:
        raise DataError(*faults)
    return made


def lacks(problem: Problem) -> list[Fault]:
    """Say which areas lack how many seats, whatever the zones; nothing where split units would fit."""
    faults = []
    for found in relaxation.lack(problem.instance):
        year = f"{problem.years[found.year]} 年" if found.year >= 0 else "各年合计"
        units = problem.units["name"][np.isin(problem.row, found.units)].tolist()
        near = f"{JOINED.join(units[:3])}{f'等 {len(units)} 个小区或村' if len(units) > 3 else ''}"
        schools = problem.schools["name"].iloc[found.schools].tolist()
        where = f"{near}只能划给{JOINED.join(schools[:4])}{f'等 {len(schools)} 所学校' if len(schools) > 4 else ''}"
        if not schools:
            where = f"{near}走不到任何可以划入的学校"
        told = f"{year}缺 {np.ceil(found.missing - 1e-6):.0f} 个学位"
        faults.append(Fault(where, told, "学位须够", "请增加班数、允许超额（overload）或改用情景"))
    return faults


def solve(
    problem: Problem,
    option_id: str,
    name: str,
    *,
    seed: str,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str, Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    moves: int | None = None,
) -> Option:
    """Search the best plan of a problem, from a contiguous one (today's by default), and say how good it is."""
    start = problem.start if start is None else start
    tell = None if progress is None else lambda step: progress(name, step)
    limits = {"seconds": seconds, "workers": WORKERS, "progress": tell, "stop": stop, "moves": moves}
    solved = search.solve(problem.instance, seed=seed, start=start, **limits)
    if solved.plan is None:
        raise DataError(*unsolved(problem, name))
    before, after = (problems.measures(problem, plan) for plan in (problem.start, solved.plan))
    plan = problems.unfolded(problem, solved.plan)
    return Option(
        option_id, name, problem.scenario, plan, solved.cost, solved.bound, solved.gap,
        terms.table(problem.weights, before, after), moved(problem, plan), seed, problem, solved.history,
    )  # fmt: skip


def valued(problem: Problem, plan: pd.Series, option_id: str, name: str) -> Option:
    """Return a plan made by hand as an option: its cost, and the bound of the relaxation beside it.

    Where families choose otherwise than today the bound of the problem says nothing of the plan: both are nan.
    """
    before, after = problems.measures(problem, problem.start), valuing.measures(problem, plan)
    table = terms.table(problem.weights, before, after)
    cost, bound, apart = terms.cost(table), np.nan, np.nan
    if valuing.as_today(problem, plan):
        bound = relaxation.relax(problem.instance, rounds=relaxation.ROUNDS).bound
        apart = search.gap(cost, bound)
    found = moved(problem, plan)
    return Option(option_id, name, problem.scenario, plan, cost, bound, apart, table, found, "", problem, ())


def unsolved(problem: Problem, name: str) -> list[Fault]:
    """Say why there is no plan: seats that are lacking, or that whole units were not made to fit."""
    told = "学位总数够，但整个小区不拆分时没有找到能容纳的划法"
    return lacks(problem) or [Fault(f"方案「{name}」", told, "", "请延长 --seconds、允许超额或增加班数")]


def moved(problem: Problem, plan: pd.Series) -> pd.DataFrame:
    """Return the units whose school changes, most children first; units without a school today have an empty `from`."""
    table = problem.units.set_index("unit_id")
    changes = plan.index[plan != problem.before.reindex(plan.index)]
    found = pd.DataFrame({"unit_id": changes, "name": table["name"].reindex(changes).to_numpy()})
    found["from"], found["to"] = problem.before.reindex(changes).to_numpy(), plan.reindex(changes).to_numpy()
    for when, column in (("before", "from"), ("after", "to")):
        found[f"walk_{when}_m"] = [
            walk(problem, unit, doors) for unit, doors in zip(changes, found[column], strict=True)
        ]
    children = table[list(problem.years)].reindex(changes).reset_index(drop=True)
    order = children.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return found.join(children).loc[order].reset_index(drop=True)


def walk(problem: Problem, unit: str, doors: str) -> float:
    """Return the way of a unit to the nearest of its schools in metres, nan without one among the problem's."""
    known = [school for school in doors.split(JOINED) if school in problem.walk_m.columns]
    return float(problem.walk_m.loc[unit, known].min()) if known else np.nan


def plan_of(option: Option, *, note: str = "") -> Plan:
    """Return an option as a plan that can be stored, edited on the page and scored."""
    made = option.problem
    scenario = None if option.scenario is None else scenarios_.table(option.scenario)
    day = dt.date(made.years[0], *FIRST_DAY)
    told = note or option.name
    return Plan(made.district.id, made.policy.id, made.stage, day, option.plan, made.locked, scenario, told)
