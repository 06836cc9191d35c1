"""Today's zones and other ones, each put through forecast and admission with the same children and tickets.

This year's children are admitted as if the zones were in force already; a child whose zone changes files at the new
school. The years ahead are admitted as well (`future_children`, `future_ends`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import admission, applicants, forecast, tiers, walks, zones
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, needed_tables
from zhaosheng_analysis.redraw import future_children, future_ends, scenario_changes, scenario_children
from zhaosheng_analysis.redraw.future_children import Intakes
from zhaosheng_analysis.redraw.problems import DETOUR
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.redraw.side import Side, sets_of, units_of
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.sentences import Atlas, atlases


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
        Today's side.
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

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> reference = zs.redraw.reference_of(town, rules, stage="primary", seed="1", years=[2026])
    >>> reference.years, len(reference.side.sets)
    ((2026,), 9)
    """
    years = tuple(sorted(years))
    outlook = forecast.project(district, policy, years=years) if outlook is None else outlook.of_years(years)
    side, coming = _today(district, policy, stage, years, seed, outlook)
    return Reference(policy, stage, years, seed, side, coming, walks_to(district, None), atlases.of(district), {})


def has_intake(district: District, policy: Policy) -> bool:
    """Tell whether children of the year the rules are for have registered, with all their papers.

    Parameters
    ----------
    district : District
        District whose tables are read.
    policy : Policy
        The rules.

    Returns
    -------
    bool
        False where only counts can be compared.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.redraw.has_intake(zs.demo.nine_plots(), zs.policy.load("laoting-2025"))
    True
    """
    if policy.table is None or not needed_tables.has_intake(district.tables, policy):
        return False
    return bool(district.tables["children"]["intake_year"].eq(policy.intake_year).any())


def _today(
    district: District, policy: Policy, stage: str, years: tuple[int, ...], seed: str, outlook: Outlook
) -> tuple[Side, Intakes | None]:
    """Put today's zones through the rules, this year and the years ahead, whose children they decide."""
    sets = sets_of(district, stage, years[0])
    layer = zones.valid(district.zones, stage=stage, on=f"{years[0]}-09-01")
    if not has_intake(district, policy):
        return Side(district, outlook, None, None, sets, layer, None), None
    now = _as_if(district, district, layer, policy, None)
    ranked = tiers.assign(applicants.build(now, policy), policy)
    children = admission.run(ranked, now, policy, seed=seed).children
    side = Side(district, outlook, ranked, children, sets, layer, pd.DataFrame())
    if not future_children.can_stand(side, now, stage):
        return Side(district, outlook, None, None, sets, layer, None), None
    coming = future_children.draw(side, now, stage=stage, years=years, seed=seed)
    pool = ranked
    if len(coming.moved):
        now = future_children.with_doubles(now, coming.moved, units_of(ranked, now, stage), sets)
        pool = tiers.assign(applicants.build(now, policy), policy)
    return replace(side, fates=future_ends.counted(pool, now, district, coming, policy, seed=seed)), coming


def other_side(
    district: District, there: District, policy: Policy, reference: Reference, scenario: Scenario | None
) -> Side:
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
        Today's side, and what both share.
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
    if scenario is not None and len(more := scenario_children.arrivals(scenario, years)):
        coming = future_children.draw(before, district, stage=stage, years=years, seed=reference.seed, more=more)
    lives = units_of(before.ranked, district, stage)
    now = future_children.with_doubles(now, coming.moved, lives, before.sets)
    sets = sets_of(there, stage, years[0])
    now = _refiled(now, pd.concat([lives, coming.moved.set_index("child_id")["unit_id"]]), before.sets, sets)
    pool = tiers.assign(applicants.build(now, policy), policy)
    ranked = pool[~pool.index.isin(coming.moved["child_id"])]
    if scenario is not None:
        outlook = _shifted(outlook, ranked, now, scenario)
        pool, ranked = (scenario_children.directed(children, now, scenario) for children in (pool, ranked))
    children = admission.run(ranked, now, policy, seed=reference.seed).children
    ends = future_ends.counted(pool, now, there, coming, policy, seed=reference.seed)
    return Side(there, outlook, ranked, children, sets, layer, ends)


def _shifted(outlook: Outlook, ranked: pd.DataFrame, now: District, scenario: Scenario) -> Outlook:
    """Return the outlook with the children whom a second school takes from the first."""
    table = outlook.schools
    mine = table["stage"] == scenario.stage
    demand = table[mine].pivot_table(index="school_id", columns="year", values="demand_n", aggfunc="sum").astype(float)
    moves = scenario_children.shifts(ranked, now, scenario, demand).stack()  # noqa: PD013 - a number a school and year
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
        now = scenario_changes.apply(district, replace(scenario, changes=kept), year=policy.intake_year)
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


def walks_to(district: District, ways: pd.DataFrame | None) -> pd.DataFrame:
    """Return the walk of every unit to every school; schools already measured are not measured again.

    Parameters
    ----------
    district : District
        Units, schools and streets.
    ways : DataFrame or None
        Walks measured before, metres, unit_id by school_id.

    Returns
    -------
    DataFrame
        Walks in metres, unit_id by school_id.
    """
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
