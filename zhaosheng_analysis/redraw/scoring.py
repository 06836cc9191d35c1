"""An assignment put through forecast and admission: seats, classes, children who move, ways, who gains and who loses.

The same families, futures and tickets stand on both sides (`both_sides`), so that whatever differs is the assignment's
doing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.alerts import class_sizes
from zhaosheng_analysis.forecast import plans_in_force
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.redraw import future_ends, phasing, scenario_changes, scenarios, winners_and_losers, zoning
from zhaosheng_analysis.redraw.assignments import Assignment
from zhaosheng_analysis.redraw.both_sides import Reference, other_side, reference_of, walks_to
from zhaosheng_analysis.redraw.side import Side
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import drafting
from zhaosheng_analysis.zones import unit_counts, versions


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
    phases : DataFrame
        Pupils of every grade of the schools concerned, from `phasing.phases`: if only new entrants follow the new
        zones, and if all grades do.
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
    phases: pd.DataFrame
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
    there = district if scenario is None else scenario_changes.apply(district, scenario)
    first = f"{reference.years[0]}-09-01"
    there, findings = zoning.checked(
        there,
        assignment.schools,
        stage=assignment.stage,
        valid_from=assignment.valid_from,
        on=first,
        atlas=reference.atlas,
    )
    after = other_side(district, there, policy, reference, scenario)
    before = reference.side
    span = range(reference.years[0], reference.years[-1] + 1)
    change = versions.compare(there, before.layer, after.layer, years=span)
    walk_m = walks_to(there, reference.walk_m)
    return Score(
        assignment=assignment,
        district=there,
        seats=_seats(before, after, assignment.stage),
        classes=_classes(before, after, assignment.stage, policy),
        moved=moved(there, assignment.stage, change, reference.years),
        findings=findings,
        change=change,
        phases=_phases(before, after, assignment.stage, reference.years),
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


def _phases(before: Side, after: Side, stage: str, years: tuple[int, ...]) -> pd.DataFrame:
    """Count the pupils of the schools concerned under both ways of phasing in."""
    seats = plans_in_force.in_force(after.district, stage, years)[years[0]]["seats_n"].dropna().astype(float)
    return phasing.phases(
        before.district, before.outlook, before.sets, after.sets, stage=stage, years=years, seats=seats
    )


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


def _seats(before: Side, after: Side, stage: str) -> pd.DataFrame:
    """Return seats, demand and missing seats of every school and year."""
    parts = []
    for when, side in (("before", before), ("after", after)):
        table = side.outlook.schools
        table = table[table["stage"] == stage].set_index(["school_id", "year"])
        seats, demand = table["seats_n"].fillna(0).astype(int), table["demand_n"].fillna(0).astype(int)
        zoned = set(side.sets.str.split(JOINED).explode())
        private = set(side.district.schools.loc[side.district.schools["sector"] == "private", "school_id"])
        # A private school without a zone refuses whom it has no seat for: nobody is sent to it.
        asked = ~table.index.get_level_values("school_id").isin(private - zoned)
        columns = {"seats": seats, "demand": demand, "missing": (demand - seats).clip(lower=0).where(asked, 0)}
        parts.append(pd.DataFrame({f"{name}_{when}_n": column for name, column in columns.items()}))
    both = parts[0].join(parts[1], how="outer").fillna(0).astype(int).sort_index().reset_index()
    names = after.district.schools.set_index("school_id")["name"]
    both.insert(1, "name", both["school_id"].map(names))
    return both


def _ends(before: Side, after: Side) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what becomes of the children of the years ahead on both sides, and the tiers of those without a seat."""
    parts = [side.fates.set_index(future_ends.KEYS)["children_n"] for side in (before, after)]
    both = pd.concat(parts, axis=1, keys=["before_n", "after_n"]).fillna(0).astype(int).sort_index()
    fate = both.index.get_level_values("fate")
    by_tier = [
        both[fate.isin(some)].groupby(["year", "tier_rank", "tier", "tier_label"]).sum().add_prefix(prefix)
        for some, prefix in ((future_ends.AWAY, "away_"), (("none",), "none_"))
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
