"""An assignment put through forecast and admission: seats, classes, children who move, ways, who gains and who loses.

The same families, futures and tickets stand on both sides, so that whatever differs is the assignment's doing. This
year's children are admitted as if the zones were in force already; a child whose zone changes files at the new school.
The years ahead are admitted as well, with this year's children in the numbers of the forecast (`future_children`,
`future_ends`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import admission, applicants, forecast, schema, tiers, walks, zones
from zhaosheng_analysis.alerts import class_sizes
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, needed_tables
from zhaosheng_analysis.redraw import (
    future_children,
    scenarios,
    winners_and_losers,
    zoning,
)
from zhaosheng_analysis.redraw import (
    future_ends as fates,
)
from zhaosheng_analysis.redraw.assignments import Assignment
from zhaosheng_analysis.redraw.future_children import Intakes
from zhaosheng_analysis.redraw.problems import DETOUR
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.side import Side, sets_of, units_of
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import Atlas, drafting
from zhaosheng_analysis.zones import unit_counts, versions


@dataclass(frozen=True)
class Reference:
    """What the sides of several assignments share.

    `words` gathers the sentences of today's zones as assignments end them.

    Attributes
    ----------
    policy : Policy
        The rules.
    stage : str
        Primary or junior.
    years : tuple of int
        Septembers.
    seed : str
        Seed of futures and tickets.
    side : Side
        Reference's side.
    coming : Intakes or None
        The children to come; none where nobody has registered yet.
    walk_m : DataFrame
        Ways to schools, in metres.
    atlas : Atlas
        Names for drafts.
    words : dict of str to str
        Sentences of today's zones, gathered as assignments end them.
    """

    policy: Policy
    stage: str
    years: tuple[int, ...]
    seed: str
    side: Side
    coming: Intakes | None
    walk_m: pd.DataFrame
    atlas: Atlas
    words: dict[str, str]


@dataclass(frozen=True)
class Score:
    """What an assignment does, before and after side by side.

    Attributes
    ----------
    assignment : Assignment
        What was scored.
    district : District
        District with its zones in force from the assignment's day on.
    seats : DataFrame
        Columns school_id, name, year, and seats_n, demand_n, missing_n, each before and after: the forecast's demand
        beyond the seats of a school, before any choice, private school or other school takes a child.
    fates : DataFrame
        Columns `future_ends.KEYS`, before_n, after_n: what the rules make of the children of every year ahead, by own
        school and tier.
    tiers : DataFrame
        Columns year, tier_rank, tier, tier_label, and before and after: away_n (the own school has no seat for them
        under the rules), none_n (nor has any other).
    classes : DataFrame
        Columns school_id, name, year, class_size and flag of the entry grade, before and after.
    moved : DataFrame
        Columns unit_id, name, from, to, year, grade, children_n: whose zone changes.
    families : DataFrame
        This year's children whose zone changes, or who gain or lose otherwise, as `winners_and_losers.side_by_side` has
        them.
    ways : DataFrame
        Columns whom (all children, or those who move), children_n, mean way and shares beyond some limits, before,
        after.
    groups : DataFrame
        Columns facet, group, children_n, changed_n, gain_n, lose_n, seats before and after, way before and after.
    findings : GeoDataFrame
        What `zones.check` finds in the new zones.
    change : Change
        The two versions of the zones side by side (`zones.compare`).
    words : dict of str to str
        Sentences of the zones that end, by zone_id; drafted from the map where the notice has none.
    """

    assignment: Assignment
    district: District
    seats: pd.DataFrame
    fates: pd.DataFrame
    tiers: pd.DataFrame
    classes: pd.DataFrame
    moved: pd.DataFrame
    families: pd.DataFrame
    ways: pd.DataFrame
    groups: pd.DataFrame
    findings: gpd.GeoDataFrame
    change: versions.Change
    words: dict[str, str]

    def __post_init__(self) -> None:
        """Refuse tables that are not as declared (``score.seats`` … in tables.toml)."""
        schema.expect_all(self, "score")

    @property
    def simulated(self) -> bool:
        """Whether there were registered children to put through the rules; else it goes by counts alone."""
        return len(self.groups) > 0

    @property
    def everybody(self) -> pd.Series:
        """The row of `groups` that counts every child."""
        return self.groups[self.groups["facet"] == winners_and_losers.ALL].iloc[0]

    @property
    def by_group(self) -> pd.DataFrame:
        """The rows of `groups` that count some children, by tier, hukou, dwelling or township."""
        return self.groups[self.groups["facet"] != winners_and_losers.ALL]


def reference_of(
    district: District,
    policy: Policy,
    *,
    stage: str,
    seed: str,
    years: Iterable[int],
    outlook: Outlook | None = None,
) -> Reference:
    """Put today's zones through forecast and admission, once for all assignments.

    Parameters
    ----------
    district : District
        As it is.
    policy : Policy
        The rules.
    stage : {"primary", "junior"}
        Whose zones are redrawn.
    seed : str
        Of futures and tickets.
    years : iterable of int
        Septembers ahead.
    outlook : Outlook, optional
        The forecast of this district; made here where it is not given.

    Returns
    -------
    Reference
        For `score` and `proposing.scored`.

    Raises
    ------
    DataError
        The stage has no zones, or the outlook lacks a year.
    """
    years = tuple(sorted(years))
    outlook = forecast.project(district, policy, years=years) if outlook is None else outlook.of_years(years)
    side, coming = _today(district, policy, stage, years, seed, outlook)
    return Reference(policy, stage, years, seed, side, coming, _ways_to(district, None), drafting.atlas(district), {})


def _has_intake(district: District, policy: Policy) -> bool:
    """Tell whether children of the year the rules are for have registered, with all their papers."""
    if not needed_tables.has_intake(district.tables):
        return False
    return bool(district.tables["children"]["intake_year"].eq(policy.intake_year).any())


def _today(
    district: District, policy: Policy, stage: str, years: tuple[int, ...], seed: str, outlook: Outlook
) -> tuple[Side, Intakes | None]:
    """Put today's zones through the rules, this year and the years ahead, whose children they decide."""
    sets = sets_of(district, stage, years[0])
    layer = zones.valid(district.zones, stage=stage, on=f"{years[0]}-09-01")
    if not _has_intake(district, policy):
        return Side(district, outlook, None, None, sets, layer, None), None
    now = _as_if(district, district, layer, policy, None)
    ranked = tiers.assign(applicants.build(now, policy), policy)
    children = admission.run(ranked, now, policy, seed=seed).children
    side = Side(district, outlook, ranked, children, sets, layer, pd.DataFrame())
    coming = future_children.draw(side, now, stage=stage, years=years, seed=seed)
    pool = ranked
    if len(coming.moved):
        now = future_children.with_doubles(now, coming.moved, units_of(ranked, now, stage), sets)
        pool = tiers.assign(applicants.build(now, policy), policy)
    return replace(side, fates=fates.counted(pool, now, district, coming, policy, seed=seed)), coming


def score(
    district: District,
    policy: Policy,
    assignment: Assignment,
    *,
    seed: str,
    years: Iterable[int],
    reference: Reference | None = None,
) -> Score:
    """Score an assignment with the full engine.

    Parameters
    ----------
    district : District
        What the assignment was made for.
    policy : Policy
        Its rules.
    assignment : Assignment
        The assignment.
    seed : str
        Seed of futures and tickets, the same on both sides.
    years : iterable of int
        Septembers.
    reference : Reference, optional
        Reference's side, from `reference_of`, to be made once where several assignments are scored.

    Returns
    -------
    Score
        Before and after side by side.

    Raises
    ------
    DataError
        The assignment is of another district or policy, or does not place every unit.

    Examples
    --------
    >>> import datetime as dt
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> schools = zs.zones.of_units(town.units, town.zones).str.replace("z", "s")
    >>> schools["u7"] = "s2"
    >>> assignment = zs.redraw.Assignment("town", "laoting-2025", "primary", dt.date(2026, 3, 1), schools)
    >>> found = zs.redraw.score(town, rules, assignment, seed="1", years=[2026])
    >>> found.seats[["school_id", "missing_before_n", "missing_after_n"]]
      school_id  missing_before_n  missing_after_n
    0        s1                 1                0
    1        s2                 0                0
    2        s3                 0                0
    """
    _judge(district, policy, assignment)
    reference = reference or reference_of(district, policy, stage=assignment.stage, seed=seed, years=years)
    scenario = None if assignment.scenario is None else scenarios.parsed(assignment.scenario, where="方案中的情景")
    scenario = scenario and scenarios.resolved(scenario, district)
    there = district if scenario is None else scenarios.apply(district, scenario)
    first = f"{reference.years[0]}-09-01"
    there, findings = zoning.checked(
        there,
        assignment.schools,
        stage=assignment.stage,
        valid_from=assignment.valid_from,
        on=first,
        atlas=reference.atlas,
    )
    after = _side(district, there, policy, reference, scenario)
    before = reference.side
    span = range(reference.years[0], reference.years[-1] + 1)
    change = versions.compare(there, before.layer, after.layer, years=span)
    walk_m = _ways_to(there, reference.walk_m)
    return Score(
        assignment=assignment,
        district=there,
        seats=_seats(before, after, assignment.stage),
        classes=_classes(before, after, assignment.stage, policy),
        moved=moved(there, assignment.stage, change, reference.years),
        findings=findings,
        change=change,
        words=_old_words(before, after, reference),
        **_of_children(before, after, walk_m, assignment.stage),
    )


def _of_children(before: Side, after: Side, walk_m: pd.DataFrame, stage: str) -> dict[str, pd.DataFrame]:
    """Return what becomes of single children; nothing where nobody has registered yet."""
    if before.ranked is None:
        tables = {name: schema.empty(f"score.{name}") for name in ("fates", "tiers", "families", "ways", "groups")}
        return tables | {"families": tables["families"].set_index("child_id")}
    both = winners_and_losers.side_by_side(before, after, walk_m, stage)
    touched = both[["changed", "gains", "loses"]].any(axis=1)
    fate, by_tier = _ends(before, after)
    ways, groups = winners_and_losers.ways(both), winners_and_losers.groups(both)
    return {"fates": fate, "tiers": by_tier, "families": both[touched], "ways": ways, "groups": groups}


def _old_words(before: Side, after: Side, reference: Reference) -> dict[str, str]:
    """Return the sentences of the zones that end; drafted once for all assignments where the notice has none."""
    ended = before.layer[~before.layer["zone_id"].isin(after.layer["zone_id"])]
    for row in ended.itertuples():
        if row.zone_id not in reference.words:
            written = isinstance(row.sentence, str) and row.sentence
            drafted = "" if written else drafting.write(row.geometry, before.district, ground=reference.atlas)
            reference.words[row.zone_id] = written or drafted
    return {zone: reference.words[zone] for zone in ended["zone_id"]}


def _judge(district: District, policy: Policy, assignment: Assignment) -> None:
    """Refuse an assignment made for something else."""
    for what, mine, its in (("区县", district.id, assignment.district), ("规则", policy.id, assignment.policy)):
        if mine != its:
            raise DataError(Fault("方案文件", f"{what}是 {its}，不是 {mine}", "方案须与数据、规则一致", "请换文件"))


def _side(district: District, there: District, policy: Policy, reference: Reference, scenario: Scenario | None) -> Side:
    """Put the other side through forecast and admission, with the children of today's.

    Parameters
    ----------
    district : District
        As it is.
    there : District
        With the zones and under the scenario of this side.
    policy : Policy
        Rules of the intake.
    reference : Reference
        Reference's side.
    scenario : Scenario or None
        What might be.

    Returns
    -------
    Side
        The other side.
    """
    before, stage, years = reference.side, reference.stage, reference.years
    layer = zones.valid(there.zones, stage=stage, on=f"{years[0]}-09-01")
    outlook = forecast.project(there, policy, years=years)
    if before.ranked is None:
        return Side(there, outlook, None, None, sets_of(there, stage, years[0]), layer, None)
    now = _as_if(district, there, layer, policy, scenario)
    coming = reference.coming
    if scenario is not None and len(more := scenarios.arrivals(scenario, years)):
        coming = future_children.draw(before, district, stage=stage, years=years, seed=reference.seed, more=more)
    lives = units_of(before.ranked, district, stage)
    now = future_children.with_doubles(now, coming.moved, lives, before.sets)
    sets = sets_of(there, stage, years[0])
    now = _refiled(now, pd.concat([lives, coming.moved.set_index("child_id")["unit_id"]]), before.sets, sets)
    pool = tiers.assign(applicants.build(now, policy), policy)
    ranked = pool[~pool.index.isin(coming.moved["child_id"])]
    if scenario is not None:
        outlook = _shifted(outlook, ranked, now, scenario)
        pool, ranked = (scenarios.directed(children, now, scenario) for children in (pool, ranked))
    children = admission.run(ranked, now, policy, seed=reference.seed).children
    ends = fates.counted(pool, now, there, coming, policy, seed=reference.seed)
    return Side(there, outlook, ranked, children, sets, layer, ends)


def _shifted(outlook: Outlook, ranked: pd.DataFrame, now: District, scenario: Scenario) -> Outlook:
    """Return the outlook with the children whom a second school takes from the first."""
    table = outlook.schools
    mine = table["stage"] == scenario.stage
    demand = table[mine].pivot_table(index="school_id", columns="year", values="demand_n", aggfunc="sum").astype(float)
    moves = scenarios.shifts(ranked, now, scenario, demand).stack()  # noqa: PD013 - a number a school and year
    keys = pd.MultiIndex.from_frame(table[["school_id", "year"]])
    more = np.where(mine, np.rint(moves.reindex(keys).fillna(0.0).to_numpy()), 0).astype(int)
    return replace(outlook, schools=table.assign(demand_n=table["demand_n"] + more))


def _as_if(
    district: District, there: District, layer: gpd.GeoDataFrame, policy: Policy, scenario: Scenario | None
) -> District:
    """Return the district of this year's intake as if the zones, and the scenario, were in force already."""
    now = district
    if scenario is not None:
        kept = tuple(change for change in scenario.changes if change["kind"] != "choice")
        now = scenarios.apply(district, replace(scenario, changes=kept), year=policy.intake_year)
    others = district.zones[district.zones["stage"] != layer["stage"].iloc[0]]
    drawn = pd.concat([others, layer.assign(valid_from=pd.NaT, valid_to=pd.NaT)], ignore_index=True)
    drawn = drawn.astype(district.zones.drop(columns="geometry").dtypes.to_dict())
    return replace(now, zones=drawn, zone_schools=there.zone_schools)


def _refiled(now: District, lives: pd.Series, old: pd.Series, new: pd.Series) -> District:
    """Let children whose zone changes file at the new school where they had filed at the old one.

    Parameters
    ----------
    now : District
        District with the new zones.
    lives : Series
        Unit of each child.
    old : Series
        `unit_id` -> schools, joined by 、.
    new : Series
        `unit_id` -> schools, joined by 、.

    Returns
    -------
    District
        The district with applications to the new schools.
    """
    filed = now.tables.get("applications")
    if filed is None or filed.empty:
        return now
    moves = pd.DataFrame({"old": lives.map(old), "new": lives.map(new)}).dropna()
    moves = moves[(moves["old"] != moves["new"]) & (moves["new"] != "")]
    if moves.empty:
        return now
    schools = filed["child_id"].map(moves["old"]).fillna("").str.split(JOINED)
    offered = filed["child_id"].map(moves["new"]).fillna("").str.split(JOINED)
    leaves = [
        school in old and school not in now_open
        for school, old, now_open in zip(filed["school_id"], schools, offered, strict=True)
    ]
    return replace(
        now,
        tables=now.tables
        | {"applications": filed.assign(school_id=filed["school_id"].where(~np.array(leaves), offered.str[0]))},
    )


def _ways_to(district: District, ways: pd.DataFrame | None) -> pd.DataFrame:
    """Return the walk of every unit to every school (m); schools already measured are not measured again."""
    schools = district.schools.set_index("school_id").geometry
    new = schools if ways is None else schools[~schools.index.isin(ways.columns)]
    if new.empty:
        return ways
    homes = district.units.set_index("unit_id").representative_point()
    measured = walks.distances(homes, new, walks.network(district.streets))
    if district.streets.empty:  # as the problem has it, and the papers say
        straight = {school: DETOUR * homes.distance(gate) for school, gate in new.items()}
        measured = pd.DataFrame(straight, index=measured.index).set_axis(measured.columns, axis=1)
    return measured if ways is None else ways.join(measured)


def _seats(before: Side, after: Side, stage: str) -> pd.DataFrame:
    """Return seats, demand and missing seats of every school and year."""
    parts = []
    for when, side in (("before", before), ("after", after)):
        table = side.outlook.schools
        table = table[table["stage"] == stage].set_index(["school_id", "year"])
        seats, demand = table["seats_n"].fillna(0).astype(int), table["demand_n"].fillna(0).astype(int)
        columns = {"seats": seats, "demand": demand, "missing": (demand - seats).clip(lower=0)}
        parts.append(pd.DataFrame({f"{name}_{when}_n": column for name, column in columns.items()}))
    both = parts[0].join(parts[1], how="outer").fillna(0).astype(int).sort_index().reset_index()
    names = after.district.schools.set_index("school_id")["name"]
    both.insert(1, "name", both["school_id"].map(names))
    return both


def _ends(before: Side, after: Side) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what becomes of the children of the years ahead on both sides, and the tiers of those without a seat."""
    parts = [side.fates.set_index(fates.KEYS)["children_n"] for side in (before, after)]
    both = pd.concat(parts, axis=1, keys=["before_n", "after_n"]).fillna(0).astype(int).sort_index()
    fate = both.index.get_level_values("fate")
    by_tier = [
        both[fate.isin(some)].groupby(["year", "tier_rank", "tier", "tier_label"]).sum().add_prefix(prefix)
        for some, prefix in ((fates.AWAY, "away_"), (("none",), "none_"))
    ]
    lost = by_tier[0].join(by_tier[1]).fillna(0).astype(int).reset_index()
    return both.reset_index(), lost


def _classes(before: Side, after: Side, stage: str, policy: Policy) -> pd.DataFrame:
    """Return the entry class of every school and year if nobody is turned away, and its flag."""
    parts = []
    for when, side in (("before", before), ("after", after)):
        table = side.outlook.schools
        table = table[table["stage"] == stage].set_index(["school_id", "year"])
        classes = table["classes_n"].astype(float)
        size = np.ceil(table["demand_n"].astype(float) / classes.where(classes > 0))
        flag = class_sizes.size_flag(size, table["stage"], policy)
        parts.append(pd.DataFrame({f"size_{when}_n": size, f"flag_{when}": flag}))
    both = parts[0].join(parts[1], how="outer").sort_index().reset_index()
    names = after.district.schools.set_index("school_id")["name"]
    both.insert(1, "name", both["school_id"].map(names))
    return both


def moved(district: District, stage: str, change: versions.Change, years: tuple[int, ...]) -> pd.DataFrame:
    """Count the children whose zone changes, by unit, year and grade.

    Parameters
    ----------
    district : District
        Its cohorts.
    stage : {"primary", "junior"}
        Stage of school.
    change : Change
        The two versions of the zones.
    years : tuple of int
        Septembers.

    Returns
    -------
    DataFrame
        Columns unit_id, name, from, to, year, grade and children_n.
    """
    units = change.units.loc[change.units["moved"], ["unit_id", "name", "before", "after"]]
    units = units.rename(columns={"before": "from", "after": "to"})
    children = unit_counts.due(district, stage=stage, grades=district.school_system.grades[stage])
    children = children[children["year"].isin(years)]
    rows = units.merge(children, on="unit_id", how="left", validate="one_to_many")
    rows = rows.astype(dict.fromkeys(("year", "grade", "children_n"), "Int64"))
    return rows.sort_values(["unit_id", "year", "grade"], ignore_index=True)
