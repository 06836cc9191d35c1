"""A district as a redraw problem: units, schools, seats and children of the coming years, today's zones, hard rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw import adjacency, composition, demand, hard_rules, objective, status_quo
from zhaosheng_analysis.redraw.adjacency import Adjacency
from zhaosheng_analysis.redraw.composition import Composition
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.solver import instances, rounding
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.redraw.status_quo import JOINED, StatusQuo
from zhaosheng_analysis.schema import DataError, Fault

#: Where no way on foot is known, the straight line times this stands for it.
DETOUR = 1.5


@dataclass(frozen=True)
class Problem:
    """What is to be decided, under which rules, and what it costs.

    Attributes
    ----------
    district : District
        District the problem was made of.
    policy : Policy
        Its rules.
    stage : str
        Primary or junior.
    years : tuple of int
        Septembers whose children must find seats.
    units : DataFrame
        Columns unit_id, name, and one a year: children entering the stage (floats that add up to the forecast).
    schools : DataFrame
        Columns school_id, name, classes_n, and one a year: seats.
    instance : Instance
        The same for the solver; its rows are those of `row`, its schools those of `schools`.
    weights : dict of str to float
        Weight of each term (`objective.TERMS`).
    now : Series
        The school_id of each unit_id today; several joined by 、 in a choice zone, empty where the unit is in no zone.
    before : Series
        The same without the scenario.
    scenario : Scenario or None
        What the problem presupposes, None without.
    locked : tuple of str
        Units that stay.
    forbidden : tuple of tuple of str, length 2
        Pairs (unit_id, school_id) that may not be.
    barriers : tuple of str
        Streets not crossed.
    overload : float
        Share by which a school may exceed its seats.
    row : ndarray of int, shape (units,)
        Row of each unit in the instance; units that must stay together (校校对口) share one.
    start : ndarray of int, shape (rows,)
        Today's assignment as school numbers, every row with one school.
    own : dict of str to str
        The unit that holds each school, by school_id.
    choice : tuple of str
        Units of choice zones, which keep their schools.
    barred : ndarray of bool, shape (units, schools)
        Pairs that may not be.
    shared : ndarray of float, shape (schools, years)
        Children a school gets whatever the assignment.
    shift : ndarray of float, shape (schools, years)
        Part of them that a scenario moves between schools.
    walk_m : DataFrame
        Metres on foot, units by schools.
    walked : ndarray of float, shape (rows, schools)
        Child-kilometres, as `objective.measure` asks for them.
    changed : ndarray of float, shape (rows, schools)
        Children who change school.
    unnamed_km : ndarray of float, shape (edges,)
        Border along no named street.
    declared : tuple of tuple of str, length 2
        Pairs of units said to be adjacent because today's zones would fall apart otherwise.
    mix : Composition or None
        The group of children that should not gather at one school, None where nobody named one.
    primary : Series of str
        Primary school of each unit_id, whose pupils go on together; empty where there is nothing to go on to.
    flocks : tuple of str
        The primaries, in the order of the instance's flocks.
    """

    district: District
    policy: Policy
    stage: str
    years: tuple[int, ...]
    units: pd.DataFrame
    schools: pd.DataFrame
    instance: Instance
    weights: dict[str, float]
    now: pd.Series
    before: pd.Series
    scenario: Scenario | None
    locked: tuple[str, ...]
    forbidden: tuple[tuple[str, str], ...]
    barriers: tuple[str, ...]
    overload: float
    row: np.ndarray
    start: np.ndarray
    own: dict[str, str]
    choice: tuple[str, ...]
    barred: np.ndarray
    shared: np.ndarray
    shift: np.ndarray
    walk_m: pd.DataFrame
    walked: np.ndarray
    changed: np.ndarray
    unnamed_km: np.ndarray
    declared: tuple[tuple[str, str], ...]
    mix: Composition | None
    primary: pd.Series
    flocks: tuple[str, ...]

    @property
    def counted(self) -> np.ndarray:
        """What the loads of schools are added up from, (units, loads): children by year, then what a group exceeds."""
        return _counted(self.children, self.mix)

    @property
    def children(self) -> pd.DataFrame:
        """Children entering the stage, (units, years), by unit_id."""
        return self.units.set_index("unit_id")[list(self.years)]


def problem(
    district: District,
    outlook: Outlook | None,
    policy: Policy,
    *,
    stage: str = "primary",
    years: Iterable[int],
    weights: Mapping[str, float] | None = None,
    locked: Iterable[str] = (),
    forbidden: Iterable[tuple[str, str]] = (),
    barriers: Iterable[str] = (),
    overload: float = 0.0,
    children: pd.DataFrame | None = None,
    shift: pd.DataFrame | None = None,
    mix: Composition | None = None,
    primary: pd.Series | None = None,
    all_grades: bool = False,
) -> Problem:
    """Make the redraw problem of one stage.

    Parameters
    ----------
    district : District
        As it is.
    outlook : Outlook or None
        The forecast, from `forecast.project`, for the years; not asked where the children are given.
    policy : Policy
        Rules of the intake.
    stage : {"primary", "junior"}, default "primary"
        Stage of school.
    years : iterable of int
        Septembers whose children must find seats; the zones in force in the first are today's.
    weights : mapping of str to float, optional
        Weights of terms (`objective.WEIGHTS`).
    locked : iterable of str, optional
        Units that stay with today's school, by id, name or alias.
    forbidden : iterable of (str, str), optional
        Pairs (unit, school) that may not be, by id, name or alias.
    barriers : iterable of str, optional
        Streets that no zone may cross, by id, name or alias.
    overload : float, default 0.0
        Share by which a school may exceed its seats, 0 to 1.
    children : DataFrame, optional
        Children, unit_id by year, where they are known otherwise.
    shift : DataFrame, optional
        Children a school gets, or loses, whatever the zones, school_id by year.
    mix : Composition, optional
        A group of children (`composition.of`) that should not gather at one school.
    primary : Series of str, optional
        For the junior stage: the primary school of each unit_id; that of today's zones by default.
    all_grades : bool, default False
        Whether all grades follow the new zones at once: pupils change school as well as entrants.

    Returns
    -------
    Problem
        What is to be decided.

    Raises
    ------
    DataError
        Something is unknown, or the stage has no zones to redraw.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026], locked=["七号院"])
    >>> problem.locked, problem.schools[["school_id", 2026]].values.tolist()
    (('u7',), [['s1', 2.0], ['s2', 3.0], ['s3', 2.0]])
    """
    years, weight = tuple(sorted(years)), objective.weights(weights)
    present = status_quo.read(district, stage, years[0])
    schools = status_quo.schools(district, present, stage, years)
    present = status_quo.choosing(present, schools["school_id"])
    units = district.units.sort_values("unit_id", ignore_index=True)
    locked, forbidden = hard_rules.judged(district, schools, present, tuple(locked), tuple(forbidden), overload)
    if children is None:
        children = demand.by_unit(district, outlook, _held(present, schools, years), stage=stage, years=years)
    children = children.reindex(units["unit_id"])
    primary = status_quo.primaries(district, stage) if primary is None else primary
    row = _rows(district, present, primary)
    walk_m = _ways(district, units, schools)
    root = status_quo.own_units(district, units, schools, present, row)
    beside, declared = _beside(district, units, schools, present, root, tuple(barriers))
    shift = pd.DataFrame() if shift is None else shift
    moves = shift.reindex(index=schools["school_id"], columns=list(years)).astype(float).fillna(0.0).to_numpy()
    _judge_mix(mix, weight, units)
    counted = _counted(children, mix)
    shared = _shared(present, schools, pd.DataFrame(counted, index=children.index), years[0])
    shared[:, : len(years)] += moves
    walked = children.sum(axis=1).to_numpy()[:, None] * walk_m.to_numpy() / 1000
    changed = _changed(district, present, schools, children, stage, all_grades=all_grades)
    free = ~present.choice.to_numpy(dtype=bool)
    cost = weight["walk"] * walked * free[:, None] + weight["moved"] * changed
    barred = _barred(district, policy, units, schools, present, forbidden)
    cost[barred] = np.inf
    seats = schools[list(years)].to_numpy(dtype=float)
    standard = float(policy.capacity.standard[stage]) * schools["classes_n"].to_numpy()[:, None] * np.ones(seats.shape)
    prices = objective.hinges(weight, seats, standard, children.sum().to_numpy(), policy.warning.surplus)
    capacity = (1.0 + overload) * seats
    if mix is not None:
        prices, capacity = objective.of_group(weight, prices), np.column_stack([capacity, np.full(len(seats), np.inf)])
    edges, unnamed_km = _gathered(beside, row)
    flocks, flock, members = _flocks(primary, present, children, row)
    made = instances.instance(
        _summed(cost, row),
        _summed(counted * free[:, None], row),
        capacity - shared,
        row[root],
        edges,
        fixed=_fixed(units, schools, present, locked, row),
        border=weight["border"] * unnamed_km,
        hinges=[(sign, at - shared, price) for sign, at, price in prices],
        flock=flock,
        members=members,
        apart=weight["split"],
    )
    now = present.sets.map(JOINED.join)
    return Problem(
        district,
        policy,
        stage,
        years,
        units=units[["unit_id", "name"]].join(children.reset_index(drop=True)),
        schools=schools,
        instance=made,
        weights=weight,
        now=now,
        before=now,
        scenario=None,
        locked=locked,
        forbidden=forbidden,
        barriers=tuple(barriers),
        overload=overload,
        row=row,
        start=_start(made, present, schools, row),
        own=dict(zip(schools["school_id"], units["unit_id"].iloc[root], strict=True)),
        choice=tuple(present.choice.index[present.choice]),
        barred=barred,
        shared=shared,
        shift=moves,
        walk_m=walk_m,
        walked=_summed(walked * free[:, None], row),
        changed=_summed(changed, row),
        unnamed_km=unnamed_km,
        declared=tuple((units["unit_id"][a], units["unit_id"][b]) for a, b in declared),
        mix=mix,
        primary=primary,
        flocks=flocks,
    )


def _counted(children: pd.DataFrame, mix: Composition | None) -> np.ndarray:
    """Return children by unit and year, and behind them by how much the unit's part of a group exceeds the average."""
    counts = children.to_numpy(dtype=float)
    return counts if mix is None else np.column_stack([counts, composition.beyond(mix, children)])


def _judge_mix(mix: Composition | None, weight: Mapping[str, float], units: pd.DataFrame) -> None:
    """Refuse a weight of a group that nobody named, and a group of which the share is not known in every unit."""
    if mix is None:
        if weight["mix"]:
            raise DataError(Fault("目标权重「mix」", "没有说是哪一群儿童", "同时用 --mix 写明", "请补上，或去掉这一项"))
        return
    share = mix.share.reindex(units["unit_id"])
    wrong = share.index[~share.between(0, 1)]
    if len(wrong):
        found = f"{len(wrong)} 个小区没有 0 到 1 的比例：{JOINED.join(wrong[:3])}"
        raise DataError(Fault(f"学生构成「{mix.label}」", found, "每个小区一个比例", "请补全"))


def _flocks(
    primary: pd.Series, present: StatusQuo, children: pd.DataFrame, row: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the primaries whose pupils go on together, the number of each row's, and its children of the years.

    Units of several primaries and units that choose among several juniors are in no flock: no boundary parts them.
    """
    own = primary.reindex(children.index).fillna("")
    own = own.where(~own.str.contains(JOINED) & ~present.choice.to_numpy(dtype=bool), "")
    flocks = tuple(sorted(set(own) - {""}))
    number = own.map({school: at for at, school in enumerate(flocks)}).fillna(-1).astype(int).to_numpy()
    flock = np.full(row.max() + 1, -1)
    flock[row] = number
    counts = children.sum(axis=1).to_numpy() * (number >= 0)
    return flocks, flock, np.bincount(row, counts, minlength=len(flock))


def _held(present: StatusQuo, schools: pd.DataFrame, years: tuple[int, ...]) -> pd.DataFrame:
    """Return unit_id, school_id, share of today's zones."""
    return demand.held(present.sets, schools.set_index("school_id")[years[0]])


def _rows(district: District, present: StatusQuo, primary: pd.Series) -> np.ndarray:
    """Return the row of each unit: its own, or one with all units of a primary that has its junior (校校对口)."""
    own = np.arange(len(present.sets))
    feeders = district.tables.get("feeders")
    if primary.empty or feeders is None or feeders.empty:
        return own
    feeding = set(feeders["primary_id"])
    key = pd.Series(own, index=present.sets.index).astype(str)
    first = primary.reindex(key.index).fillna("").str.split(JOINED).str[0]
    together = first.where(first.isin(feeding), "")
    key = together.where(together != "", key)
    return pd.factorize(key)[0]


def _ways(district: District, units: gpd.GeoDataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Return the walk of every unit to every school in metres."""
    homes = gpd.GeoSeries(units.representative_point().to_numpy(), index=units["unit_id"], crs=units.crs)
    gates = district.schools.set_index("school_id").geometry.reindex(schools["school_id"])
    walked = walks.distances(homes, gates, walks.network(district.streets))
    straight = np.array([homes.distance(gate).to_numpy() for gate in gates]).T
    return walked.fillna(pd.DataFrame(DETOUR * straight, index=walked.index, columns=walked.columns))


def _beside(
    district: District,
    units: gpd.GeoDataFrame,
    schools: pd.DataFrame,
    present: StatusQuo,
    root: np.ndarray,
    barriers: tuple[str, ...],
) -> tuple[Adjacency, np.ndarray]:
    """Return which units are adjacent, and the pairs that are declared to be."""
    edges = adjacency.adjacent(units, district.streets, barriers=barriers)
    group = _numbers(present, schools)
    return adjacency.joined(edges, units.geometry.to_numpy(), group, dict(enumerate(root.tolist())))


def _numbers(present: StatusQuo, schools: pd.DataFrame) -> np.ndarray:
    """Return the first of today's schools of each unit as a number, -1 for none that stays."""
    numbers = {school: number for number, school in enumerate(schools["school_id"])}
    return np.array([next((numbers[door] for door in own if door in numbers), -1) for own in present.sets])


def _shared(present: StatusQuo, schools: pd.DataFrame, counted: pd.DataFrame, year: int) -> np.ndarray:
    """Return the (k, t) children of choice zones, shared out by seats of a year among the schools that are open."""
    held = _held(present, schools, (year,))
    held = held[held["unit_id"].map(present.choice) & held["school_id"].isin(schools["school_id"])]
    share = held["share"] / held.groupby("unit_id")["share"].transform("sum")
    load = np.zeros((len(schools), counted.shape[1]))
    at = pd.Index(schools["school_id"]).get_indexer(held["school_id"])
    np.add.at(load, at, counted.loc[held["unit_id"]].to_numpy() * share.to_numpy()[:, None])
    return load


def _changed(
    district: District,
    present: StatusQuo,
    schools: pd.DataFrame,
    children: pd.DataFrame,
    stage: str,
    *,
    all_grades: bool,
) -> np.ndarray:
    """Return how many children change school when a unit goes to a school, (n, k).

    Those who enter in the years, once more for each with an elder sibling at the old school, and the pupils the old
    school has where it closes or all grades move.
    """
    entering = children.sum(axis=1) * (1.0 + sibling_share(district, stage))
    open_ = set(schools["school_id"])
    closing = present.sets.map(lambda own: bool(own) and not set(own) & open_)
    pupils = _pupils(district, stage)
    first = present.sets.map(lambda own: own[0] if own else "")
    share = children.sum(axis=1) / children.sum(axis=1).groupby(first).transform("sum").clip(lower=1e-9)
    entering += (first.map(pupils).fillna(0.0) * share).where(closing | all_grades, 0.0)
    same = np.array([[school in own or not own for school in schools["school_id"]] for own in present.sets])
    return np.where(same, 0.0, entering.to_numpy()[:, None])


def sibling_share(district: District, stage: str) -> float:
    """Return the share of this year's entrants with an elder sibling at a school of the district.

    Parameters
    ----------
    district : District
        Its table children.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    float
        In [0, 1]; 0 where nothing is known.
    """
    children = district.tables.get("children")
    if children is None or "sibling_school_id" not in children:
        return 0.0
    mine = children[children["stage"].astype("str") == stage]
    return float(mine["sibling_school_id"].notna().mean()) if len(mine) else 0.0


def _pupils(district: District, stage: str) -> pd.Series:
    """Return the pupils of each school who stay another year: all grades of the stage but the last."""
    counts = district.tables.get("roll_counts")
    if counts is None or counts.empty:
        return pd.Series(dtype=float)
    last = district.school_system.grades[stage][:-1]
    mine = counts[(counts["school_year"] == counts["school_year"].max()) & counts["grade"].isin(last)]
    return mine.groupby("school_id")["pupils_n"].sum().astype(float)


def _barred(
    district: District,
    policy: Policy,
    units: gpd.GeoDataFrame,
    schools: pd.DataFrame,
    present: StatusQuo,
    forbidden: tuple[tuple[str, str], ...],
) -> np.ndarray:
    """Return the (n, k) pairs that may not be: the planner's, those across a county's border, across a township's.

    Where the policy forbids it (``[[redraw]] rule = "own_township"``) a rural school gets no unit of another township.
    """
    barred = np.zeros((len(units), len(schools)), dtype=bool)
    at, to = pd.Index(units["unit_id"]), pd.Index(schools["school_id"])
    for unit, school in forbidden:
        barred[at.get_loc(unit), to.get_loc(school)] = True
    facts = district.schools.set_index("school_id").reindex(schools["school_id"])
    same = np.array([[school in own for school in schools["school_id"]] for own in present.sets])
    counties = district.areas[district.areas["kind"] == "district"]
    if len(counties) > 1:
        home, stands = (_within(points, counties) for points in (units.representative_point(), facts.geometry))
        barred |= (home[:, None] != stands[None, :]) & ~same
    if any(item.rule == "own_township" for item in policy.redraw):
        rural = ~facts["urban"].astype(bool).to_numpy()
        strange = units["area_id"].to_numpy()[:, None] != facts["township_id"].to_numpy()[None, :]
        barred |= rural[None, :] & strange & ~same
    return barred


def _within(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return the number of the area each point lies in, -1 for none."""
    unit = np.full(len(points), -1)
    point, area = areas.sindex.query(points.to_numpy(), predicate="intersects")
    unit[point] = area
    return unit


def _summed(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Add up units into the rows of the instance."""
    total = np.zeros((row.max() + 1, values.shape[1]))
    np.add.at(total, row, values)
    return total


def _gathered(beside: Adjacency, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return adjacent rows, and the kilometres between each two along no named street."""
    pairs = np.sort(row[beside.edges], axis=1)
    apart = pairs[:, 0] != pairs[:, 1]
    edges, place = np.unique(pairs[apart], axis=0, return_inverse=True)
    return edges, np.bincount(place, beside.unnamed_m[apart], minlength=len(edges)) / 1000


def _fixed(
    units: pd.DataFrame, schools: pd.DataFrame, present: StatusQuo, locked: tuple[str, ...], row: np.ndarray
) -> np.ndarray:
    """Return the school each row must stay with, -1 where it is free."""
    keeps = units["unit_id"].isin(locked).to_numpy() | present.choice.to_numpy(dtype=bool)
    number, fixed = _numbers(present, schools), np.full(row.max() + 1, -1)
    fixed[row[keeps]] = number[keeps]
    return fixed


def _start(made: Instance, present: StatusQuo, schools: pd.DataFrame, row: np.ndarray) -> np.ndarray:
    """Return today's assignment, units without a school beside where they fit best."""
    share, number = np.zeros(made.cost.shape), _numbers(present, schools)
    zoned = number >= 0
    share[row[zoned], number[zoned]] = 1.0
    return rounding.grow(made, share)


def unfolded(problem: Problem, assignment: np.ndarray) -> pd.Series:
    """Write an assignment of the instance by units; choice zones keep their schools.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : ndarray of int, shape (rows,)
        School number of each row.

    Returns
    -------
    Series of str
        The school_id of each unit_id.
    """
    ids = problem.schools["school_id"].to_numpy()[assignment[problem.row]]
    schools = pd.Series(ids, index=pd.Index(problem.units["unit_id"]), name="school_id", dtype="str")
    kept = problem.now.index.isin(problem.choice)
    return schools.where(~kept, problem.now)


def folded(problem: Problem, assignment: pd.Series) -> np.ndarray:
    """Write an assignment of units as school numbers of the instance's rows; of several schools the first counts.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose.

    Returns
    -------
    ndarray of int, shape (rows,)
        School numbers, -1 for none.
    """
    number = {school: at for at, school in enumerate(problem.schools["school_id"])}
    whole = np.full(problem.instance.units_n, -1)
    first = assignment.reindex(problem.units["unit_id"]).str.split(JOINED).str[0].map(number)
    whole[problem.row] = first.fillna(-1).astype(int).to_numpy()
    return whole


def measures(problem: Problem, assignment: np.ndarray) -> pd.Series:
    """Measure every term of an assignment of the instance.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : ndarray of int, shape (rows,)
        School number of each row.

    Returns
    -------
    Series of float
        Measure by term.
    """
    return objective.measure(
        problem.instance, assignment, walked=problem.walked, changed=problem.changed, unnamed_km=problem.unnamed_km
    )


def weighed(problem: Problem, weights: Mapping[str, float]) -> Problem:
    """Return the same problem under other weights; terms that are not named keep the usual ones.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    weights : mapping of str to float
        Weights of some terms.

    Returns
    -------
    Problem
        A copy.
    """
    weight = objective.weights(weights)
    made = problem.instance
    units = weight["walk"] * problem.walked + weight["moved"] * problem.changed
    cost = np.where(made.allowed, units, np.inf)
    _judge_mix(problem.mix, weight, problem.units)
    price = np.zeros(made.hinge_price.shape)
    for at, name in enumerate(objective.LOADS[: len(price)]):
        price[at, :, : len(problem.years)] = weight[name] if name != "mix" else 0.0
        price[at, :, len(problem.years) :] = weight[name] if name == "mix" else 0.0
    border = weight["border"] * problem.unnamed_km
    parts = {"cost": cost, "hinge_price": price, "border": border, "apart": weight["split"]}
    return replace(problem, weights=weight, instance=replace(made, **parts))
