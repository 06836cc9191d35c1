"""Boundary changes: which small moves cure the shortages to come, whom they move, and how far from the best they are.

A `Problem` holds units, schools, seats, children of several years and the hard rules; an `Option` is a plan with its
cost, the bound beside it and every term of its objective in the open. `score` puts a plan through forecast and
admission, `redrawn` makes the zones of it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from zhaosheng_analysis import applicants, forecast, tiers
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.projection import spreading
from zhaosheng_analysis.redrawing import (
    appraisal,
    instances,
    plans,
    portfolio,
    problems,
    relaxation,
    scoring,
    terms,
    today,
    violations,
    zoning,
)
from zhaosheng_analysis.redrawing import scenarios as scenarios_
from zhaosheng_analysis.redrawing.plans import Plan
from zhaosheng_analysis.redrawing.portfolio import Progress
from zhaosheng_analysis.redrawing.problems import Problem
from zhaosheng_analysis.redrawing.scenarios import Scenario
from zhaosheng_analysis.redrawing.scoring import Score
from zhaosheng_analysis.redrawing.today import JOINED
from zhaosheng_analysis.rules.grades import STAGES
from zhaosheng_analysis.schema import DataError, Fault

__all__ = [
    "Option", "Plan", "Problem", "Scenario", "Score", "check", "plan_of", "problem", "propose", "read_plan",
    "read_scenario", "redrawn", "score", "scored", "solve", "under", "valued", "write_plan",
]  # fmt: skip

check, redrawn, read_plan, score, read_scenario = (
    violations.check, zoning.redrawn, plans.read, scoring.score, scenarios_.load
)  # fmt: skip
#: Id of the scenario that adds classes where most seats are lacking.
RELIEF = "classes"
#: Threads of a search; what a search limited by `moves` finds does not depend on them.
WORKERS = 2
#: Day of the year from which new zones hold: before registration begins anywhere.
FIRST_DAY = (5, 1)

#: What an option is after: id -> name and weights, unnamed terms as usual.
AIMS = {
    "fewest": ("少动", {"moved": 10.0, "walk": 0.1, "surplus": 0.0, "balance": 0.0, "border": 1.0}),
    "balanced": ("均衡", {"moved": 2.0, "walk": 0.2, "surplus": 0.5, "balance": 5.0}),
    "nearest": ("就近", {"moved": 0.5, "walk": 5.0, "surplus": 0.0, "balance": 0.0}),
}


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


def propose(
    district: District,
    alerts: pd.DataFrame,
    policy: Policy,
    *,
    years: Iterable[int] | None = None,
    stage: str | None = None,
    seed: str,
    seconds: float = 20.0,
    scenarios: Iterable[Scenario] = (),
    weights: Mapping[str, float] | None = None,
    rules: Mapping[str, object] = MappingProxyType({}),
    progress: Callable[[str, Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    moves: int | None = None,
) -> tuple[Option, ...]:
    """Propose plans side by side, each near the best of its own objective.

    They are: fewest moves, balance, shortest ways; fewest moves with classes added where most seats are lacking; fewest
    moves under each scenario. Where no plan can be without more seats, the first three stand under the added classes.

    Parameters
    ----------
    alerts : from `alerts.flag`; by default they say which stage lacks most seats, and the years.
    seed : decides what chance decides. seconds : of search for each option.
    scenarios : what else to look at. weights : terms weighed otherwise in every option.
    rules : locked, forbidden, barriers, overload of `problem`.
    progress : told the option's name and how its search stands. stop : once it says so the best so far is kept.
    moves : rounds of search for each option; within the seconds the same seed then gives the same plans anywhere.

    Raises
    ------
    DataError where no plan can be found even so, or two scenarios share an id.
    """
    asked = tuple(scenarios)
    twice = {made.id for made in asked if [other.id for other in asked].count(made.id) > 1 or made.id == RELIEF}
    if twice:
        told = f"编号 {JOINED.join(sorted(twice))} 重复或已占用"
        raise DataError(Fault("情景", told, f"每个情景一个编号，{RELIEF} 留给加班的方案", "请改 id"))
    years = sorted(set(alerts["year"]) if years is None else years)
    stage = stage or most_short(district, alerts, years)
    outlook = forecast.project(district, policy, years=years)
    base = problems.problem(district, outlook, policy, stage=stage, years=years, **rules)
    usual, added = base, relief(base)
    if lacks(base):
        usual = under(base, added, outlook)
    limits = {"seed": seed, "seconds": seconds, "moves": moves, "progress": progress, "stop": stop}
    try:
        found = [_aimed(usual, "fewest", weights, [], **limits)]
    except DataError:
        if usual is not base:
            raise
        # Seats suffice, but not for whole units: classes where today lacks them.
        usual = under(base, relief(base, everywhere=True), outlook)
        found = [_aimed(usual, "fewest", weights, [], **limits)]
    tasks = [(usual, aim) for aim in list(AIMS)[1:]]
    tasks += [(under(base, added, outlook), "fewest")] if usual is base else []
    tasks += [(under(base, scenario, outlook), "fewest") for scenario in asked]
    for made, aim in tasks:
        if stop is not None and stop():
            break
        found.append(_aimed(made, aim, weights, found, **limits))
    return tuple(found)


def _aimed(
    made: Problem, aim: str, weights: Mapping[str, float] | None, found: list[Option], **limits: object
) -> Option:
    """Search an option with one aim, from the first plan that was found under the same scenario."""
    name, chosen = AIMS[aim]
    made = problems.weighed(made, chosen | dict(weights or {}))
    same = [option.plan for option in found if option.scenario == made.scenario]
    first = problems.folded(made, same[0]) if same else None
    slug = aim if made.scenario is None else f"{aim}-{made.scenario.id}"
    said = name if made.scenario is None else f"{made.scenario.name}（{name}）"
    return solve(made, slug, said, start=first, **limits)


def relief(base: Problem, *, everywhere: bool = False) -> Scenario:
    """Return the scenario that adds classes: where seats are lacking whatever the zones, else where most are today.

    Parameters
    ----------
    everywhere : at every school that is too full today.
    """
    size = base.policy.capacity.standard[base.stage]
    proved = relaxation.lack(base.instance)
    need: dict[int, float] = {}
    for found in proved:
        if len(found.schools):
            largest = int(found.schools[np.argmax(base.schools["classes_n"].to_numpy()[found.schools])])
            need[largest] = max(need.get(largest, 0.0), found.missing)
    if not need:
        over = instances.loads(base.instance, base.start) - base.instance.capacity
        most = over.max(axis=1)
        full = np.flatnonzero(most > instances.SLACK) if everywhere else [int(most.argmax())]
        need = {int(school): max(1.0, float(most[school])) for school in full}
    lacking = {base.schools["school_id"][school]: int(np.ceil(n / size)) for school, n in need.items()}
    names = base.schools.set_index("school_id")["name"].str.removeprefix(base.district.name).to_dict()
    return scenarios_.relief(RELIEF, base.stage, base.years[0], lacking, names)


def under(base: Problem, scenario: Scenario, outlook: forecast.Outlook) -> Problem:
    """Return a problem under a scenario: the same children and those of new estates, its seats and schools.

    Parameters
    ----------
    outlook : of the district without the scenario.

    Raises
    ------
    DataError where the scenario is of another stage or names what is not there.
    """
    if scenario.stage != base.stage:
        told = f"学段是{STAGES[scenario.stage]}，不是{STAGES[base.stage]}"
        raise DataError(Fault(f"情景「{scenario.name}」", told, "情景须与方案同一学段", "请换情景或学段"))
    there = scenarios_.apply(base.district, scenario)
    children = base.children.add(scenarios_.arrivals(scenario, base.years), fill_value=0.0)
    shift = None
    if any(change["kind"] == "second" for change in scenario.changes):
        table = outlook.schools[outlook.schools["stage"] == base.stage]
        demand = table.pivot_table(index="school_id", columns="year", values="demand_n").astype(float)
        ranked = tiers.assign(applicants.build(base.district, base.policy), base.policy)
        shift = scenarios_.shifts(ranked, base.district, scenario, demand)
    made = problems.problem(
        there, None, base.policy, stage=base.stage, years=base.years, weights=base.weights, locked=base.locked,
        forbidden=base.forbidden, barriers=base.barriers, overload=base.overload, children=children, shift=shift,
    )  # fmt: skip
    return replace(made, scenario=scenario, before=base.before)


def most_short(district: District, alerts: pd.DataFrame, years: list[int]) -> str:
    """Return the stage whose schools with zones lack most seats in the years, primary before junior."""
    lacking = {}
    for stage in STAGES:
        try:
            doors = set(today.today(district, stage, years[0]).links["school_id"])
        except DataError:
            continue
        mine = alerts[(alerts["stage"] == stage) & alerts["school_id"].isin(doors) & alerts["year"].isin(years)]
        lacking[stage] = int(mine["missing_seats_n"].fillna(0).sum())
    if not lacking:
        raise DataError(Fault(f"{district.name}学区", "没有可以重划的学段", "须有单校、多校或对口学区", ""))
    return max(lacking, key=lacking.get)


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
    solved = portfolio.solve(problem.instance, seed=seed, start=start, **limits)
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
    before, after = problems.measures(problem, problem.start), appraisal.measures(problem, plan)
    table = terms.table(problem.weights, before, after)
    cost, bound, apart = terms.cost(table), np.nan, np.nan
    if appraisal.as_today(problem, plan):
        bound = relaxation.relax(problem.instance, rounds=relaxation.ROUNDS).bound
        apart = portfolio.gap(cost, bound)
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


def scored(
    options: Iterable[Option], district: District, *, standing: scoring.Today, workers: int | None = None
) -> dict[str, Score]:
    """Score options side by side against the same today: option_id -> `Score`.

    Parameters
    ----------
    workers : processes; by default two where there are three options or more. The scores do not depend on them.
    """
    options = list(options)
    workers = workers or (WORKERS if len(options) > WORKERS else 1)
    jobs = [plan_of(option) for option in options]
    found = spreading.spread(_scored, (district, standing), jobs, workers=workers)
    return dict(zip([option.option_id for option in options], found, strict=True))


def _scored(world: tuple[District, scoring.Today], jobs: list[Plan]) -> list[Score]:
    """Score some plans."""
    district, standing = world
    same = {"seed": standing.seed, "years": standing.years, "standing": standing}
    return [score(district, standing.policy, plan, **same) for plan in jobs]


def write_plan(plan: Plan, path: str | Path) -> None:
    """Write a plan file, moved into place when it is whole."""
    file = Path(path)
    unfinished = file.with_name(f"{file.name}.part")
    unfinished.write_text(plans.text(plan), encoding="utf-8")
    unfinished.replace(file)
