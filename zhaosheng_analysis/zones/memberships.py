"""Whose children a school expects: units to zones to schools, feeder primaries to juniors, closed schools to heirs.

A unit belongs to the zone that holds its representative point. Where a zone leads to several schools the unit's
children are shared out, by plan unless the caller says otherwise. What moves when a zone changes is whole units.
"""

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import Faults
from zhaosheng_analysis.zones import locating, versions


def years_before(district: District, stage: str = "junior") -> int:
    """Return the years a child who enters a stage has been at school: six before junior school, or five.

    Parameters
    ----------
    district : District
        Its school system decides.
    stage : {"primary", "junior"}, default "junior"
        The stage entered.

    Returns
    -------
    int
        Years.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.zones.memberships.years_before(zs.demo.nine_plots())
    6
    """
    return district.school_system.entry[stage] - district.school_system.entry["primary"]


def members(
    district: District,
    *,
    stage: str,
    year: int,
    seats: Mapping[str, float],
    shares: Mapping | None = None,
    open_in: int | None = None,
    on: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return which schools each unit's children are expected at, in one September.

    Parameters
    ----------
    district : District
        Units, zones, zone_schools, schools.
    stage : str
        ``primary`` or ``junior``.
    year : int
        September; zones valid then, schools open then.
    seats : mapping of str to float
        Planned seats by school, by which a choice zone is shared out; alike where a school has none.
    shares : mapping of (str, str) to float, optional
        Share in [0, 1] of a (zone_id, school_id), where the caller knows better.
    open_in : int, optional
        Schools still open in this year keep their zones even if they close before `year` (see `heirs`).
    on : Timestamp, optional
        Day whose zones are looked at; the first of that September by default.

    Returns
    -------
    DataFrame
        Columns unit_id, school_id and share; one row a unit and school, shares of a unit add up to 1. Units in no zone
        are left out.
    """
    valid = versions.valid(district.zones, stage=stage, on=pd.Timestamp(year, 9, 1) if on is None else on)
    valid = valid[valid["rule"] != "district"]
    points = district.units.set_index("unit_id").representative_point()
    lies_in = locating.locate(points, valid).rename("zone_id").rename_axis("unit_id").reset_index().dropna()
    links = district.zone_schools[district.zone_schools["zone_id"].isin(valid["zone_id"])]
    links = links[links["school_id"].isin(open_schools(district, year, open_in=open_in))][["zone_id", "school_id"]]
    links = links.assign(share=_door_shares(links, seats, shares or {}))
    pairs = lies_in.merge(links, on="zone_id", how="inner", validate="many_to_many")
    return pairs[["unit_id", "school_id", "share"]].sort_values(["unit_id", "school_id"], ignore_index=True)


def _door_shares(links: pd.DataFrame, seats: Mapping[str, float], shares: Mapping) -> pd.Series:
    """Return the share of each (zone, school), from `shares` where given and else by seats, adding up to 1 a zone."""
    planned = links["school_id"].map(dict(seats)).astype(float)
    every_planned = planned.gt(0).groupby(links["zone_id"]).transform("all")
    given = [shares.get(key) for key in zip(links["zone_id"], links["school_id"], strict=True)]
    weight = pd.Series(given, index=links.index, dtype=float).fillna(planned.where(every_planned, 1.0))
    return weight / weight.groupby(links["zone_id"]).transform("sum")


def open_schools(district: District, year: int, *, open_in: int | None = None) -> set[str]:
    """Return the schools that take children in one September; those open in `open_in` count as not yet closed.

    Parameters
    ----------
    district : District
        The schools, with status, opened_year and closed_year.
    year : int
        A September.
    open_in : int, optional
        A year in which a school that is open counts as not yet closed.

    Returns
    -------
    set of str
        Their school_id.
    """
    last = year if open_in is None else min(year, open_in)
    schools = district.schools
    opened = schools["opened_year"].astype(float).fillna(-np.inf)
    closed = schools["closed_year"].astype(float).fillna(np.inf)
    gone = (schools["status"] == "closed") & np.isinf(closed)
    planned = (schools["status"] == "planned") & np.isinf(opened)
    return set(schools.loc[(opened <= year) & (last < closed) & ~gone & ~planned, "school_id"])


def share_table(pairs: pd.DataFrame, units: Iterable[str], schools: Iterable[str]) -> np.ndarray:
    """Turn `members` into a (units, schools + 1) array; the last column is the share that belongs to no school.

    Parameters
    ----------
    pairs : DataFrame
        Shares as `members` gives them.
    units : iterable of str
        Ids of the rows.
    schools : iterable of str
        Ids of the columns.

    Returns
    -------
    ndarray of float, shape (units, schools + 1)
        Shares in [0, 1]; each row adds up to 1.
    """
    units, schools = pd.Index(units), pd.Index(schools)
    rows, columns = units.get_indexer(pairs["unit_id"]), schools.get_indexer(pairs["school_id"])
    inside = (rows >= 0) & (columns >= 0)
    table = np.zeros((len(units), len(schools) + 1))
    np.add.at(table, (rows[inside], columns[inside]), pairs["share"].to_numpy()[inside])
    table[:, -1] = 1.0 - table[:, :-1].sum(axis=1)
    return np.clip(table, 0.0, 1.0)


def settled(before: np.ndarray, after: np.ndarray, lasting: np.ndarray) -> np.ndarray:
    """Give units that no zone spoke of at the origin to the school the next zones name, if it was open already.

    Zones often come from this year's notice only; a unit that is named for the first time has not moved.

    Parameters
    ----------
    before, after : ndarray of float, shape (units, schools + 1)
        Shares at the origin and a year later, from `share_table`.
    lasting : ndarray of bool, shape (schools,)
        Whether each school was open at the origin.

    Returns
    -------
    ndarray of float, shape (units, schools + 1)
        Shares at the origin, with those units at their school.
    """
    nowhere = before[:, -1] > 1 - 1e-9
    certain = nowhere & (after[:, :-1] @ ~lasting < 1e-9)
    return np.where(certain[:, None], after, before)


def children(cohorts: pd.DataFrame, units: Iterable[str], years: Iterable[int], *, column: str) -> np.ndarray:
    """Count the children due in each unit and year; nan in the years the table says nothing about.

    Parameters
    ----------
    cohorts : DataFrame
        The table cohorts.
    units : iterable of str
        Ids of the rows.
    years : iterable of int
        Entry years of the columns.
    column : {"hukou_n", "resident_n"}
        Whom to count.

    Returns
    -------
    ndarray of float, shape (units, years)
        Children; 0 in a unit of which nothing is known.
    """
    wide = cohorts.pivot_table(index="unit_id", columns="entry_year", values=column, aggfunc="sum")
    counts = wide.reindex(index=pd.Index(units)).astype(float).fillna(0.0)
    return counts.reindex(columns=pd.Index(years)).to_numpy(dtype=float)


def flows(before: np.ndarray, after: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """Return how many of the children of one entry year change from one school's zone to another's.

    Parameters
    ----------
    before, after : ndarray of float, shape (units, schools + 1)
        Shares of each unit, from `share_table`.
    cohort : ndarray of float, shape (units,)
        Children of the units in that year.

    Returns
    -------
    ndarray of float, shape (schools + 1, schools + 1)
        Children, from row to column.
    """
    lost, gained = np.maximum(before - after, 0.0), np.maximum(after - before, 0.0)
    whole = gained.sum(axis=1, keepdims=True)
    target = np.divide(gained, whole, out=np.zeros_like(gained), where=whole > 0)
    return (lost * np.nan_to_num(cohort)[:, None]).T @ target


def heirs(district: District, schools: list[str], years: Iterable[int], *, entering: bool = False) -> np.ndarray:
    """Return who has each school's pupils in each year: itself while open, then its successor.

    Parameters
    ----------
    district : District
        Schools with status, closed_year and successor_id.
    schools : list of str
        Ids of the rows.
    years : iterable of int
        Coming Septembers.
    entering : bool, default False
        Ask who takes the new pupils, whom a school that is closing sends to its successor at once.

    Returns
    -------
    ndarray of int, shape (years, schools)
        Row numbers of the schools that have the pupils.

    Raises
    ------
    DataError
        A school closes and nobody is named, or a school that is not among the rows.
    """
    facts = district.schools.set_index("school_id").reindex(schools)
    closed = facts["closed_year"].astype(float).fillna(np.inf).to_numpy()
    years = np.asarray(list(years))
    if entering:
        closed = np.where(facts["status"] == "closing", np.minimum(closed, years.min()), closed)
    ends = np.flatnonzero(closed <= years.max())
    successor = pd.Index(schools).get_indexer(facts["successor_id"].astype(object))
    faults = Faults()
    for row in ends[successor[ends] < 0]:
        faults.add(
            f"schools 表，学校「{facts['name'].iloc[row]}」",
            f"{closed[row]:.0f} 年停办，但接收学校 successor_id 为空或不在本学段学校之列",
            "停办学校的在校生必须整体转入一所学校",
            "请填写接收学校编号",
        )
    faults.raise_if_any()
    result = np.tile(np.arange(len(schools)), (len(years), 1))
    for _ in range(len(ends)):  # a successor may close in its turn
        result = np.where(closed[result] <= years[:, None], successor[result], result)
    return result


def feeding(
    district: District,
    primaries: list[str],
    juniors: list[str],
    overlap: np.ndarray,
    *,
    standing: np.ndarray | None = None,
) -> np.ndarray:
    """Return the share of each primary's leavers that each junior expects.

    The table of feeders (校校对口) decides, alike among the juniors it names; else the overlap of the zones; else a
    nine-year school keeps its own; else the zone that the primary stands in.

    Parameters
    ----------
    district : District
        With the table ``feeders`` where there is one.
    primaries, juniors : list of str
        Ids of the schools.
    overlap : ndarray of float, shape (primaries, juniors)
        Share of each primary zone's children that live in each junior's zone.
    standing : ndarray of float, shape (primaries, juniors), optional
        From `standing`, for primaries that nothing else leads to a junior.

    Returns
    -------
    ndarray of float, shape (primaries, juniors + 1)
        Shares; rows add up to 1, the last column is expected nowhere in particular.
    """
    named = district.tables.get("feeders", pd.DataFrame({"primary_id": [], "junior_id": []}))
    rows = pd.Index(primaries).get_indexer(named["primary_id"].astype(object))
    columns = pd.Index(juniors).get_indexer(named["junior_id"].astype(object))
    inside = (rows >= 0) & (columns >= 0)
    table = np.zeros((len(primaries), len(juniors)))
    table[rows[inside], columns[inside]] = 1.0
    silent = table.sum(axis=1) == 0
    table[silent] = overlap[silent]
    own = pd.Index(juniors).get_indexer(primaries)
    stays = (table.sum(axis=1) == 0) & (own >= 0)
    table[stays, own[stays]] = 1.0
    if standing is not None:
        lost = table.sum(axis=1) == 0
        table[lost] = standing[lost]
    table /= np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    return np.column_stack([table, 1.0 - table.sum(axis=1)])


def standing(district: District, primaries: list[str], juniors: list[str], on: pd.Timestamp) -> np.ndarray:
    """Say in which juniors' zones the public primaries without a zone of their own stand: their children live around.

    Parameters
    ----------
    district : District
        Schools with their points, zones and zone_schools.
    primaries, juniors : list of str
        Ids of the schools.
    on : Timestamp
        Day whose zones hold.

    Returns
    -------
    ndarray of float, shape (primaries, juniors)
        1 at every junior of the zone, 0 elsewhere; private primaries draw from everywhere and stand nowhere.
    """
    links = district.zone_schools
    zoned = links.loc[links["zone_id"].isin(district.zones.loc[district.zones["stage"] == "primary", "zone_id"])]
    houses = district.schools.set_index("school_id")[["sector", "geometry"]].reindex(primaries)
    houses = houses[houses["sector"].eq("public") & ~houses.index.isin(zoned["school_id"])]
    result = np.zeros((len(primaries), len(juniors)))
    if houses.empty:
        return result
    drawn = versions.valid(district.zones, stage="junior", on=on)
    within = locating.locate(gpd.GeoSeries(houses["geometry"], crs=district.schools.crs), drawn)
    led = within.rename_axis("primary_id").reset_index().merge(links, on="zone_id")
    led = led[led["school_id"].isin(juniors)]
    result[pd.Index(primaries).get_indexer(led["primary_id"]), pd.Index(juniors).get_indexer(led["school_id"])] = 1.0
    return result
