"""What changes for whom when zones change: units, children by grade and year, ways, class sizes, choices.

Two layers of zones are held against each other, be they two dates of one district or a draft against what is in force.
Every child of every unit is counted once before and once after, also those in no zone.
"""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import unit_counts

NOWHERE = ""
YEARS_AHEAD = 3


@dataclass(frozen=True)
class Change:
    """Two versions of the zones of one stage, side by side.

    Schools are ids joined with 、; nothing is nowhere.

    Attributes
    ----------
    units : DataFrame
        Columns unit_id, name, zones_before, zones_after, before, after (schools), moved, walk_before_m, walk_after_m,
        straight_before_m, straight_after_m (to the nearest of its schools; missing where no way leads), children_n (in
        the first year, of all grades of the stage whose cohorts are known).
    flows : DataFrame
        Columns year, grade, before, after, children_n; every child of a year and grade is in exactly one row.
    schools : DataFrame
        Columns school_id, name, year, sole_before_n, choice_before_n, sole_after_n, choice_after_n (children due in the
        first grade whose only school it is, or who may choose it), classes_n (planned), and the class size if none and
        if all who may choose it come: size_before_low, size_before_high, size_after_low, size_after_high.
    families : DataFrame
        Columns year, choice_before_n, choice_after_n, nowhere_before_n, nowhere_after_n (first grade).
    conditions : DataFrame
        Columns zone_id and condition of new zones that hold only on a condition.
    """

    units: pd.DataFrame
    flows: pd.DataFrame
    schools: pd.DataFrame
    families: pd.DataFrame
    conditions: pd.DataFrame


def valid(zones: gpd.GeoDataFrame, *, stage: str, on: dt.date | pd.Timestamp | str) -> gpd.GeoDataFrame:
    """Return the zones of one stage in force on a day; first and last day of validity count.

    Parameters
    ----------
    zones : GeoDataFrame
        The district's zones; a blank valid_from or valid_to leaves that side open.
    stage : {"primary", "junior"}
        Stage of school.
    on : date, Timestamp or str
        The day, such as "2025-07-07".

    Returns
    -------
    GeoDataFrame
        The rows in force, on the index of `zones`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zones = zs.demo.nine_plots().zones
    >>> len(zs.zones.valid(zones, stage="primary", on="2025-07-07"))
    3
    """
    day = pd.Timestamp(on)
    begun = zones["valid_from"].isna() | (zones["valid_from"] <= day)
    over = zones["valid_to"].notna() & (zones["valid_to"] < day)
    return zones[(zones["stage"] == stage) & begun & ~over]


def turns(zones: gpd.GeoDataFrame, *, stage: str) -> list[pd.Timestamp]:
    """Return the days from which other zones hold than on the day before, in order.

    Parameters
    ----------
    zones : GeoDataFrame
        Zones, each with its days of validity.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    list of Timestamp
        The days, each once.
    """
    mine = zones[zones["stage"] == stage]
    ended = mine["valid_to"].dropna() + pd.Timedelta(days=1)
    return sorted(pd.Timestamp(day) for day in set(mine["valid_from"].dropna()) | set(ended))


def last_two(zones: gpd.GeoDataFrame, *, stage: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the zones of one stage in force on the day before they last changed, and since; twice the same if never.

    The day on which the first zones of all begin is no change.

    Parameters
    ----------
    zones : GeoDataFrame
        Zones of the district, each with its days of validity.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    tuple of (GeoDataFrame, GeoDataFrame)
        Zones before and after the last change.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zones = zs.demo.nine_plots().zones
    >>> before, after = zs.zones.last_two(zones, stage="primary")
    >>> before["zone_id"].to_list(), after["zone_id"].to_list()
    (['z1', 'z2', 'z3'], ['z1', 'z2', 'z3'])
    """
    mine = zones[zones["stage"] == stage]
    for day in reversed(turns(zones, stage=stage)):
        before = valid(zones, stage=stage, on=day - pd.Timedelta(days=1))
        if len(before):
            return before, valid(zones, stage=stage, on=day)
    return mine, mine


def compare(
    district: District,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    links: pd.DataFrame | None = None,
    years: range | None = None,
) -> Change:
    """Say what changes from one version of the zones of a stage to another.

    Parameters
    ----------
    district : District
        Units, schools and cohorts.
    old, new : GeoDataFrame
        Zones of one stage, such as ``zones.valid(...)`` on two days, or an edited layer.
    links : DataFrame, optional
        The zone_schools of the new zones, where they are not those of the district.
    years : range, optional
        Septembers to look at; the intake year and two more by default.

    Returns
    -------
    Change
        The two versions side by side.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> links = town.zone_schools.replace({"s3": "s2"})
    >>> change = zs.zones.compare(town, town.zones, town.zones, links=links)
    >>> change.units.loc[change.units["moved"], "unit_id"].to_list()
    ['u3', 'u6', 'u9']
    """
    stage = str(pd.concat([old["stage"], new["stage"]]).iloc[0])
    first = int(district.about["intake_year"])
    years = years or range(first, first + YEARS_AHEAD)
    links = district.zone_schools if links is None else links
    units = _units(district, old, new, links)
    children = unit_counts.due(district, stage=stage, grades=district.school_system.grades[stage])
    children = children[children["year"].isin(years)]
    entering = children[children["grade"] == district.school_system.entry[stage]]
    return Change(
        units=_with_children(_with_ways(units, district, old, new, links), children, years),
        flows=_flows(units, children),
        schools=_schools(units, entering, district, stage),
        families=_families(units, entering),
        conditions=new.loc[new["condition"].fillna("") != "", ["zone_id", "condition"]].reset_index(drop=True),
    )


def _units(district: District, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Return zones and schools of every unit before and after."""
    units = district.units[["unit_id", "name"]].sort_values("unit_id", ignore_index=True)
    for when, layer, schools_of in (("before", old, district.zone_schools), ("after", new, links)):
        homes = unit_counts.homes(unit_counts.shares(district.units, layer))
        zones = [homes.get(unit, ()) for unit in units["unit_id"]]
        schools = schools_of.groupby("zone_id")["school_id"].agg(set)
        reached = [sorted(set().union(*(schools.get(zone, set()) for zone in mine))) for mine in zones]
        units[f"zones_{when}"] = ["、".join(mine) for mine in zones]
        units[when] = ["、".join(mine) for mine in reached]
    return units.assign(moved=units["before"] != units["after"])


def _with_ways(
    units: pd.DataFrame, district: District, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """Add the way to the nearest school of each unit, walked and straight, before and after."""
    net = walks.network(district.streets)
    for when, layer, schools_of in (("before", old, district.zone_schools), ("after", new, links)):
        ways = walks.to_schools(district, layer, net=net, links=schools_of)
        nearest = ways.sort_values(["unit_id", "walk_m", "straight_m"]).drop_duplicates("unit_id").set_index("unit_id")
        for way in ("walk", "straight"):
            units[f"{way}_{when}_m"] = units["unit_id"].map(nearest[f"{way}_m"])
    return units


def _with_children(units: pd.DataFrame, children: pd.DataFrame, years: range) -> pd.DataFrame:
    """Add the children of all grades in the first year."""
    counted = children[children["year"] == min(years)].groupby("unit_id")["children_n"].sum()
    return units.assign(children_n=units["unit_id"].map(counted).fillna(0).astype(np.int64))


def _flows(units: pd.DataFrame, children: pd.DataFrame) -> pd.DataFrame:
    """Count the children of each year and grade by the schools they have before and after."""
    joined = children.merge(units[["unit_id", "before", "after"]], on="unit_id", how="left", validate="many_to_one")
    counted = joined.groupby(["year", "grade", "before", "after"], as_index=False)["children_n"].sum()
    return counted.astype({"year": np.int64, "grade": np.int64, "children_n": np.int64})


def _schools(units: pd.DataFrame, entering: pd.DataFrame, district: District, stage: str) -> pd.DataFrame:
    """Count the first-graders of each school, those who must come and those who may, and what classes that makes."""
    parts = []
    for when in ("before", "after"):
        joined = entering.merge(units[["unit_id", when]], on="unit_id", how="left", validate="many_to_one")
        options = joined[when].str.split("、")
        joined["kind"] = np.where(options.str.len() > 1, f"choice_{when}_n", f"sole_{when}_n")
        single = joined.assign(school_id=options).explode("school_id")
        single = single[single["school_id"] != NOWHERE]
        parts.append(single.groupby(["school_id", "year", "kind"])["children_n"].sum())
    counted = pd.concat(parts).unstack("kind").fillna(0)  # noqa: PD010 - the kinds become columns
    counts = [f"{kind}_{when}_n" for when in ("before", "after") for kind in ("sole", "choice")]
    counted = counted.reindex(columns=counts, fill_value=0).astype(np.int64).reset_index()
    names = district.schools.set_index("school_id")["name"]
    table = counted.assign(name=counted["school_id"].map(names), classes_n=_classes(counted, district, stage))
    for when in ("before", "after"):
        sole, choice = table[f"sole_{when}_n"], table[f"choice_{when}_n"]
        table[f"size_{when}_low"] = sole / table["classes_n"]
        table[f"size_{when}_high"] = (sole + choice) / table["classes_n"]
    sizes = [f"size_{when}_{end}" for when in ("before", "after") for end in ("low", "high")]
    return table[["school_id", "name", "year", *counts, "classes_n", *sizes]]


def _classes(rows: pd.DataFrame, district: District, stage: str) -> pd.Series:
    """Return the classes planned for each school and year, from the last plan not later, else the first."""
    plans = district.tables.get("plans")
    if plans is None:
        return pd.Series(np.nan, index=rows.index)
    mine = plans.loc[plans["stage"] == stage, ["school_id", "intake_year", "classes_n"]].astype(
        {"intake_year": np.int64}
    )
    mine = mine.rename(columns={"intake_year": "year"}).sort_values("year")
    wanted = rows[["school_id", "year"]].astype({"school_id": "str"}).reset_index().sort_values("year")
    latest = pd.merge_asof(wanted, mine, on="year", by="school_id").set_index("index")["classes_n"]
    first = rows["school_id"].map(mine.drop_duplicates("school_id").set_index("school_id")["classes_n"])
    return latest.reindex(rows.index).astype(float).fillna(first.astype(float)).replace(0, np.nan)


def _families(units: pd.DataFrame, entering: pd.DataFrame) -> pd.DataFrame:
    """Count the first-graders who may choose, and those no school is named for, before and after."""
    joined = entering.merge(units[["unit_id", "before", "after"]], on="unit_id", how="left", validate="many_to_one")
    for when in ("before", "after"):
        joined[f"choice_{when}_n"] = joined["children_n"].where(joined[when].str.contains("、"), 0)
        joined[f"nowhere_{when}_n"] = joined["children_n"].where(joined[when] == NOWHERE, 0)
    columns = ["choice_before_n", "choice_after_n", "nowhere_before_n", "nowhere_after_n"]
    return joined.groupby("year", as_index=False)[columns].sum().astype(np.int64)


def summary(change: Change, district: District) -> str:
    """Say a change in Chinese: units, children of the first year, choices, ways.

    Parameters
    ----------
    change : Change
        The two versions, as `compare` gives them.
    district : District
        District they are of.

    Returns
    -------
    str
        One sentence.
    """
    moved = change.units[change.units["moved"]]
    if moved.empty:
        return f"{district.name}：两版学区的归属没有差别。"
    year = int(change.flows["year"].min()) if len(change.flows) else int(district.about["intake_year"])
    parts = [f"{len(moved)} 个小区或村改变归属" + _whom(change, year, int(moved["children_n"].sum()))]
    for row in change.families[change.families["year"] == year].itertuples(index=False):
        if row.choice_before_n or row.choice_after_n:
            parts.append(f"可以选择学校的新生由 {row.choice_before_n} 人变为 {row.choice_after_n} 人")
        if row.nowhere_before_n or row.nowhere_after_n:
            parts.append(f"没有学区的新生由 {row.nowhere_before_n} 人变为 {row.nowhere_after_n} 人")
    both = moved.dropna(subset=["walk_before_m", "walk_after_m"])
    if both["children_n"].sum():
        ways = [np.average(both[f"walk_{when}_m"], weights=both["children_n"]) for when in ("before", "after")]
        parts.append(f"改变归属的儿童平均步行由 {ways[0]:.0f} 米变为 {ways[1]:.0f} 米")
    return f"{district.name}：{'；'.join(parts)}。"


def _whom(change: Change, year: int, children_n: int) -> str:
    """Say how many children move, of the grades whose cohorts are known; nothing where none is."""
    grades = sorted(set(change.flows.loc[change.flows["year"] == year, "grade"]))
    if not grades:
        return ""
    span = f"{grades[0]} 年级" if len(grades) == 1 else f"{grades[0]} 至 {grades[-1]} 年级"
    return f"，涉及 {year} 年 {span}儿童 {children_n} 人"
