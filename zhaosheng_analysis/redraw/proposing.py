"""Boundary changes: which small moves cure the shortages to come, whom they move, and how far from the best they are.

A `Problem` holds units, schools, seats, children of several years and the hard rules; an `Option` is an assignment with
its cost, the bound beside it and every term of its objective in the open. `score` puts an assignment through forecast
and admission, `redrawn` makes the zones of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from zhaosheng_analysis import applicants, forecast, parallel, tiers
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw import assignments as assignments_
from zhaosheng_analysis.redraw import problems, scenario_changes, scenario_children, scoring, status_quo
from zhaosheng_analysis.redraw import scenarios as scenarios_
from zhaosheng_analysis.redraw.assignments import Assignment
from zhaosheng_analysis.redraw.both_sides import Reference
from zhaosheng_analysis.redraw.options import Option, assignment_of, cheapest, lacks, solve, valued
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.scoring import Score
from zhaosheng_analysis.redraw.solver import instances, relaxation
from zhaosheng_analysis.redraw.solver.search import Progress
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import STAGES, DataError, Fault, Faults, takes

#: Id of the scenario that adds classes where most seats are lacking.
RELIEF = "classes"

#: What an option is after: id -> name and weights, unnamed terms as usual.
AIMS = {
    "fewest": ("少动", {"moved": 10.0, "walk": 0.1, "surplus": 0.0, "balance": 0.0, "border": 1.0}),
    "balanced": ("均衡", {"moved": 2.0, "walk": 0.2, "surplus": 0.5, "balance": 5.0}),
    "nearest": ("就近", {"moved": 0.5, "walk": 5.0, "surplus": 0.0, "balance": 0.0}),
}


@takes(alerts="alerts", ranked="ranked")
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
    iterations: int | None = None,
    outlook: forecast.Outlook | None = None,
    ranked: pd.DataFrame | None = None,
    given: Iterable[Assignment] = (),
) -> tuple[Option, ...]:
    """Propose assignments side by side, each near the best of its own objective.

    Every assignment that is found, today's and those given are weighed by every aim: no option loses to another of the
    same scenario, to today or to a given assignment by its own aim, where these keep the hard rules.

    They are: fewest moves, balance, shortest ways; fewest moves with classes added where most seats are lacking; fewest
    moves under each scenario. Where no assignment can be without more seats, the first three stand under the added
    classes.

    Parameters
    ----------
    district : District
        As it is.
    alerts : DataFrame
        From `alerts.flag`; by default they say which stage lacks most seats, and the years.
    policy : Policy
        The rules.
    years : iterable of int, optional
        Septembers whose children must find seats; those of the alerts by default.
    stage : {"primary", "junior"}, optional
        The one that lacks most seats by default.
    seed : str
        Decides what chance decides.
    seconds : float
        Of search for each option.
    scenarios : iterable of Scenario
        What else to look at.
    weights : mapping of str to float, optional
        Terms weighed otherwise in every option.
    rules : mapping of str to object, default MappingProxyType({})
        Mapping locked, forbidden, barriers, overload of `problem`.
    progress : callable, optional
        Told the option's name and how its search stands.
    stop : callable, optional
        Once it says so the best so far is kept.
    iterations : int, optional
        Iterations for each option; within the seconds the same seed then gives the same assignments anywhere.
    outlook : Outlook, optional
        The forecast of this district that the alerts were made from; made here where it is not given.
    ranked : DataFrame, optional
        This year's children with their tiers (`tiers.assign`), which a second school of some tiers asks for; made here
        where it is not given and a scenario asks for them.
    given : iterable of Assignment, optional
        Assignments people made: the searches begin from them as well, and they stand last, as they are, weighed as the
        fewest moves.

    Returns
    -------
    tuple of Option
        The fewest moves first.

    Raises
    ------
    DataError
        No assignment can be found even so, two scenarios share an id, or the outlook lacks a year.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> alerts = zs.alerts.flag(outlook, rules)
    >>> options = zs.redraw.propose(town, alerts, rules, seed="1", iterations=20, outlook=outlook)
    >>> [(option.option_id, len(option.moved)) for option in options]
    [('fewest', 1), ('balanced', 1), ('nearest', 1), ('fewest-classes', 0)]
    """
    asked = tuple(scenarios)
    twice = {made.id for made in asked if [other.id for other in asked].count(made.id) > 1 or made.id == RELIEF}
    if twice:
        message = f"编号 {JOINED.join(sorted(twice))} 重复或已占用"
        raise DataError(Fault("情景", message, f"每个情景一个编号，{RELIEF} 留给加班的方案", "请改 id"))
    years = sorted(set(alerts["year"]) if years is None else years)
    stage = stage or most_short(district, alerts, years)
    outlook = forecast.project(district, policy, years=years) if outlook is None else outlook.of_years(years)
    if ranked is None and any(scenarios_.asks_tiers(made) for made in asked):
        ranked = tiers.assign(applicants.build(district, policy), policy)
    base = problems.problem(district, outlook, policy, stage=stage, years=years, **rules)
    usual, added = base, relief(base)
    if lacks(base):
        usual = under(base, added, outlook)
    drawn = tuple(given)
    _judge_given(drawn, district, stage)
    limits = {"seed": seed, "seconds": seconds, "iterations": iterations, "progress": progress, "stop": stop}
    limits |= {"given": drawn}
    try:
        options = [_aimed(usual, "fewest", weights, [], **limits)]
    except DataError:
        # Seats suffice, but not for whole units: classes at every school that is too full today as well.
        usual = under(base, relief(base, everywhere=True), outlook)
        options = [_aimed(usual, "fewest", weights, [], **limits)]
    tasks = [(usual, aim) for aim in list(AIMS)[1:]]
    tasks += [(under(base, added, outlook), "fewest")] if usual is base else []
    tasks += [(under(base, scenario, outlook, ranked=ranked), "fewest") for scenario in asked]
    for made, aim in tasks:
        if stop is not None and stop():
            break
        options.append(_aimed(made, aim, weights, options, **limits))
    options = [cheapest(option, _known(option.problem, options, drawn)) for option in options]
    weighed = problems.weighed(usual, AIMS["fewest"][1] | dict(weights or {}))
    made = [
        valued(weighed, assignment.schools, f"given-{at}", assignment.note or f"给定方案 {at}")
        for at, assignment in enumerate(drawn, 1)
    ]
    return (*options, *made)


def _judge_given(given: tuple[Assignment, ...], district: District, stage: str) -> None:
    """Refuse given assignments of another district or stage, and units or schools that are not there."""
    faults = Faults()
    units, schools = set(district.units["unit_id"]), set(district.schools["school_id"])
    for assignment in given:
        where = f"给定方案「{assignment.note or '未命名'}」"
        if assignment.district != district.id or assignment.stage != stage:
            found = f"属于 {assignment.district} 的{STAGES[assignment.stage]}"
            faults.add(where, found, f"{district.id} 的{STAGES[stage]}", "请换方案或学段")
            continue
        lost = sorted(set(assignment.schools.index) - units)
        lost += sorted({school for joined in assignment.schools for school in joined.split(JOINED)} - schools)
        if lost:
            faults.add(where, f"没有 {JOINED.join(lost[:3])} 等 {len(lost)} 个编号", "数据中的小区和学校", "请核对")
        left = sorted(units - set(assignment.schools.index))
        if left:
            faults.add(where, f"没有写 {len(left)} 个小区：{JOINED.join(left[:3])}", "每个小区一所学校", "请补全")
    faults.raise_if_any()


def _known(made: Problem, options: list[Option], given: tuple[Assignment, ...]) -> list[np.ndarray]:
    """Return all assignments known under the scenario of a problem: today's, those found, those given."""
    same = [option.assignment for option in options if option.scenario == made.scenario]
    return [
        made.start,
        *(problems.folded(made, assignment) for assignment in [*same, *(assignment.schools for assignment in given)]),
    ]


def _aimed(
    made: Problem,
    aim: str,
    weights: Mapping[str, float] | None,
    options: list[Option],
    *,
    given: tuple[Assignment, ...],
    **limits: object,
) -> Option:
    """Search an option with one aim, from today's assignment and all that are known under the same scenario."""
    name, chosen = AIMS[aim]
    made = problems.weighed(made, chosen | dict(weights or {}))
    starts = _known(made, options, given)
    same = [option.assignment for option in options if option.scenario == made.scenario]
    first = problems.folded(made, same[0]) if same else None
    slug = aim if made.scenario is None else f"{aim}-{made.scenario.id}"
    said = name if made.scenario is None else f"{made.scenario.name}（{name}）"
    return solve(
        made, slug, said, start=first, others=[assignment for assignment in starts if assignment is not first], **limits
    )


def relief(base: Problem, *, everywhere: bool = False) -> Scenario:
    """Return the scenario that adds classes: where seats are lacking whatever the zones, else where most are today.

    Parameters
    ----------
    base : Problem
        The problem without more seats.
    everywhere : bool, default False
        At every school that is too full today as well.

    Returns
    -------
    Scenario
        The scenario.
    """
    size = base.policy.capacity.standard[base.stage]
    proved = relaxation.lack(base.instance)
    need: dict[int, float] = {}
    for proof in proved:
        if len(proof.schools):
            largest = int(proof.schools[np.argmax(base.schools["classes_n"].to_numpy()[proof.schools])])
            need[largest] = max(need.get(largest, 0.0), proof.missing)
    if everywhere or not need:
        over = instances.loads(base.instance, base.start) - base.instance.capacity
        most = over.max(axis=1)
        full = np.flatnonzero(most > instances.SLACK) if everywhere else [int(most.argmax())]
        need |= {int(school): max(1.0, float(most[school]), need.get(int(school), 0.0)) for school in full}
    lacking = {base.schools["school_id"][school]: int(np.ceil(n / size)) for school, n in need.items()}
    names = base.schools.set_index("school_id")["name"].str.removeprefix(base.district.name).to_dict()
    why = "今天缺学位最多的学校先加班，看能少动多少"
    if everywhere:
        why = "学位无论怎样划都不够，或总数虽够、整个小区不拆分就放不下，所以今天缺学位的学校都先加班"
    elif proved:
        why = "学位无论怎样划都不够，所以先按最少的缺额加班"
    return scenarios_.relief(RELIEF, base.stage, base.years[0], lacking, names, f"{why}；班数按每班 {size} 人算。")


@takes(ranked="ranked")
def under(
    base: Problem, scenario: Scenario, outlook: forecast.Outlook, *, ranked: pd.DataFrame | None = None
) -> Problem:
    """Return a problem under a scenario: the same children and those of new estates, its seats and schools.

    Parameters
    ----------
    base : Problem
        Without the scenario.
    scenario : Scenario
        What might be.
    outlook : Outlook
        Of the district without the scenario.
    ranked : DataFrame, optional
        This year's children with their tiers; made here where they are not given and the scenario asks for them.

    Returns
    -------
    Problem
        Under the scenario.

    Raises
    ------
    DataError
        The scenario is of another stage or names what is not there.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> more = {"kind": "classes", "school": "s1", "classes_n": 1}
    >>> scenario = zs.redraw.Scenario("more", "一小增 1 个班", "primary", 2026, (more,))
    >>> zs.redraw.under(problem, scenario, outlook).schools[["school_id", "classes_n", 2026]]
      school_id  classes_n  2026
    0        s1        2.0   4.0
    1        s2        1.0   3.0
    2        s3        1.0   2.0
    """
    if scenario.stage != base.stage:
        message = f"学段是{STAGES[scenario.stage]}，不是{STAGES[base.stage]}"
        raise DataError(Fault(f"情景「{scenario.name}」", message, "情景须与方案同一学段", "请换情景或学段"))
    scenario = scenarios_.resolved(scenario, base.district)
    there = scenario_changes.apply(base.district, scenario)
    children = base.children.add(scenario_children.arrivals(scenario, base.years), fill_value=0.0)
    shift = None
    if scenarios_.asks_tiers(scenario):
        table = outlook.schools[outlook.schools["stage"] == base.stage]
        demand = table.pivot_table(index="school_id", columns="year", values="demand_n").astype(float)
        if ranked is None:
            ranked = tiers.assign(applicants.build(base.district, base.policy), base.policy)
        shift = scenario_children.shifts(ranked, base.district, scenario, demand)
    made = problems.problem(
        there,
        None,
        base.policy,
        stage=base.stage,
        years=base.years,
        weights=base.weights,
        locked=base.locked,
        forbidden=base.forbidden,
        barriers=base.barriers,
        overload=base.overload,
        children=children,
        shift=shift,
        mix=base.mix,
        primary=base.primary,
        all_grades=scenarios_.moves_pupils(scenario),
    )
    return replace(made, scenario=scenario, before=base.before)


@takes(alerts="alerts")
def most_short(district: District, alerts: pd.DataFrame, years: list[int]) -> str:
    """Return the stage whose schools with zones lack most seats in the years, primary before junior.

    Parameters
    ----------
    district : District
        Its zones.
    alerts : DataFrame
        From `alerts.flag`.
    years : list of int
        Septembers, the first first.

    Returns
    -------
    str
        primary or junior.

    Raises
    ------
    DataError
        No stage has zones that could be redrawn.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> zs.redraw.most_short(town, zs.alerts.flag(outlook, rules), [2026])
    'primary'
    """
    lacking = {}
    for stage in STAGES:
        try:
            zoned = set(status_quo.read(district, stage, years[0]).links["school_id"])
        except DataError:
            continue
        mine = alerts[(alerts["stage"] == stage) & alerts["school_id"].isin(zoned) & alerts["year"].isin(years)]
        lacking[stage] = int(mine["missing_seats_n"].fillna(0).sum())
    if not lacking:
        raise DataError(Fault(f"{district.name}学区", "没有可以重划的学段", "须有单校、多校或对口学区", ""))
    return max(lacking, key=lacking.get)


def scored(
    options: Iterable[Option],
    district: District,
    *,
    reference: Reference,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Score]:
    """Score options side by side against the same reference.

    Parameters
    ----------
    options : iterable of Option
        From `propose`.
    district : District
        As it is.
    reference : Reference
        From `reference_of`.
    workers : int
        Processes; the scores do not depend on them.
    progress : callable, optional
        Told how many assignments are scored and how many there are to score.

    Returns
    -------
    dict of str to Score
        By option_id.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> option = zs.redraw.valued(problem, problem.now, "now", "现状")
    >>> reference = zs.redraw.reference_of(town, rules, stage="primary", seed="1", years=[2026])
    >>> scores = zs.redraw.scored([option], town, reference=reference)
    >>> scores["now"].seats[["school_id", "missing_before_n", "missing_after_n"]]
      school_id  missing_before_n  missing_after_n
    0        s1                 1                1
    1        s2                 0                0
    2        s3                 0                0
    """
    assignments = {option.option_id: assignment_of(option) for option in options}
    # Options that draw the same zones under the same scenario differ by their name only: they are scored once.
    first = {_drawn(assignment): assignment for assignment in reversed(assignments.values())}
    jobs = [assignment for assignment in assignments.values() if first[_drawn(assignment)] is assignment]
    results, size = [], max(workers, 1)
    # As many at a time as there are processes, so that a planner hears of it in between.
    for batch in (jobs[at : at + size] for at in range(0, len(jobs), size)):
        results += parallel.spread(_scored, (district, reference), batch, workers=workers)
        if progress is not None:
            progress(len(results), len(jobs))
    scores = {_drawn(assignment): score for assignment, score in zip(jobs, results, strict=True)}
    return {
        option_id: replace(scores[_drawn(assignment)], assignment=assignment)
        for option_id, assignment in assignments.items()
    }


def _drawn(assignment: Assignment) -> str:
    """Return all of an assignment that its score depends on, as text."""
    return assignments_.text(replace(assignment, note=""))


def _scored(world: tuple[District, Reference], jobs: list[Assignment]) -> list[Score]:
    """Score some assignments."""
    district, reference = world
    same = {"seed": reference.seed, "years": reference.years, "reference": reference}
    return [scoring.score(district, reference.policy, assignment, **same) for assignment in jobs]
