"""Which zone an address lies in.

Comes in: points and zone polygons in one system, metres. Goes out: a zone id a point. A point on a border belongs to
the side its building stands on, which its unit tells; where nobody knows the unit, to the zone whose id sorts first, so
that no answer depends on the order of the layer. `on_borders` lists such points and says which rule settled each.
"""

import datetime as dt
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES, DataError, Fault
from zhaosheng_analysis.zones import checking, repairing, unit_counts, versions


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


def locate(points: gpd.GeoSeries, zones: gpd.GeoDataFrame, *, sides: pd.Series | None = None) -> pd.Series:
    """Find the zone each point lies in; of several, and on a border, the building's side, else the first id.

    Parameters
    ----------
    points : GeoSeries
        One point a row; missing and empty points lie nowhere.
    zones : GeoDataFrame
        Polygons with zone_id, in the system of the points.
    sides : Series of str, optional
        The zone of the unit each building belongs to (`of_units`), on the index of `points`, missing where unknown.

    Returns
    -------
    Series of str
        The zone_id on the index of `points`, missing outside every zone.

    Raises
    ------
    DataError
        Points and zones are in different systems.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.zones.locate(town.schools.set_index("school_id").geometry, town.zones).to_list()
    ['z1', 'z2', 'z3']
    """
    ids = zones["zone_id"].to_numpy()
    first = np.full(len(points), -1, dtype=np.int32)
    # From the last id to the first, so that the first overwrites the others.
    ranked = np.argsort(ids)[::-1]
    for zone, inside in _hits(points, zones, ranked):
        first[inside] = zone
    names = pd.array(ids, dtype="str").take(first, allow_fill=True)
    found = pd.Series(names, index=points.index, name="zone_id")
    if sides is not None:
        log = on_borders(points, zones, sides=sides).set_index("point")["zone_id"]
        found.loc[log.index] = log
    return found


def on_borders(points: gpd.GeoSeries, zones: gpd.GeoDataFrame, *, sides: pd.Series | None = None) -> pd.DataFrame:
    """List the points that lie in or touch several zones, and which of them each belongs to by which rule.

    Parameters
    ----------
    points : GeoSeries
        One point a row, with a unique index.
    zones : GeoDataFrame
        Zones, as polygons with zone_id.
    sides : Series of str, optional
        The zone of the unit each building belongs to, as in `locate`.

    Returns
    -------
    DataFrame
        Columns point (label), zone_ids (tuple, sorted), zone_id and rule ("building": the side of the building;
        "first": nobody knows that side, the first id).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> doors = town.schools.set_index("school_id").geometry.translate(50)
    >>> zs.zones.on_borders(doors, town.zones)
      point  zone_ids zone_id   rule
    0    s1  (z1, z2)      z1  first
    1    s2  (z2, z3)      z2  first
    """
    claims = all_of(points, zones).groupby("point", sort=False)["zone_id"].agg(tuple)
    claims = claims[claims.map(len) > 1]
    beside = claims.index.map(sides) if sides is not None else [None] * len(claims)
    known = [side in among for side, among in zip(beside, claims, strict=True)]
    rows = [
        (point, among, side if sure else among[0], "building" if sure else "first")
        for point, among, side, sure in zip(claims.index, claims, beside, known, strict=True)
    ]
    return pd.DataFrame(rows, columns=["point", "zone_ids", "zone_id", "rule"])


def of_units(units: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.Series:
    """Return the zone that holds more than half of each unit, by unit_id; of several the first id, missing in none.

    Parameters
    ----------
    units : GeoDataFrame
        Units, as polygons with unit_id.
    zones : GeoDataFrame
        Zones, as polygons with zone_id.

    Returns
    -------
    Series of str
        The zone_id on an index of unit_id.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.zones.of_units(town.units, town.zones).to_dict()
    {'u1': 'z1', 'u2': 'z2', 'u3': 'z3', 'u4': 'z1', 'u5': 'z2', 'u6': 'z3', 'u7': 'z1', 'u8': 'z2', 'u9': 'z3'}
    """
    homes = unit_counts.homes(unit_counts.shares(units, zones))
    names = [homes[unit][0] if unit in homes.index else None for unit in units["unit_id"]]
    return pd.Series(names, index=pd.Index(units["unit_id"], name="unit_id"), name="zone_id", dtype="str")


def all_of(points: gpd.GeoSeries, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """List every zone each point lies in or touches, for choice zones and overlaps.

    Parameters
    ----------
    points : GeoSeries
        One point a row, in the system of the zones; missing and empty points lie nowhere.
    zones : GeoDataFrame
        Zones, as polygons with zone_id.

    Returns
    -------
    DataFrame
        One row a point and zone, columns point (label in the index of `points`) and zone_id, in the order of the points
        and then of the ids; a point outside every zone has no row.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> doors = town.schools.set_index("school_id").geometry.translate(50)
    >>> zs.zones.all_of(doors, town.zones)
      point zone_id
    0    s1      z1
    1    s1      z2
    2    s2      z2
    3    s2      z3
    4    s3      z3
    """
    ids = zones["zone_id"].to_numpy()
    rank = np.argsort(ids)
    hits = list(_hits(points, zones, rank))
    at = np.concatenate([inside for _, inside in hits] or [np.empty(0, dtype=np.intp)])
    zone = np.repeat([zone for zone, _ in hits], [len(inside) for _, inside in hits]).astype(np.intp)
    order = np.argsort(at, kind="stable")
    return pd.DataFrame({"point": points.index[at[order]], "zone_id": pd.array(ids[zone[order]], dtype="str")})


def _strips(x: np.ndarray, extent: tuple[float, float]) -> np.ndarray:
    """Count strips from west to east, 0 to 65,534, a missing x last; sixteen-bit numbers sort fastest."""
    west, east = extent
    share = (x - west) / max(east - west, 1e-9)
    return np.where(np.isnan(x), 65_535, np.clip(share, 0, 1) * 65_534).astype(np.uint16)


def _hits(points: gpd.GeoSeries, zones: gpd.GeoDataFrame, ranked: np.ndarray):
    """Yield each zone, in the order given, with the positions of the points in it or on its border.

    Points are sorted once into narrow north-south strips; a zone looks only at the strips under its box, and only
    there asks the prepared polygon. Three to five times as fast as a spatial join (benchmarks/locate.py).
    """
    if points.crs != zones.crs:
        remedy = "请先用 to_crs() 转换到同一坐标系"
        raise DataError(Fault("点位与学区", f"坐标系不同：{points.crs} 与 {zones.crs}", "两者须一致", remedy))
    spots = np.asarray(points.array)
    spots = np.where(shapely.is_empty(spots), None, spots)  # an empty point has no x to ask for; a missing one is nan
    x, y = shapely.get_x(spots), shapely.get_y(spots)
    extent = np.nanmin(x, initial=np.inf), np.nanmax(x, initial=-np.inf)
    strips = _strips(x, extent)
    order = np.argsort(strips, kind="stable")
    strips, x, y = strips[order], x[order], y[order]
    polygons = zones.geometry.array
    shapely.prepare(polygons)
    left, bottom, right, top = shapely.bounds(polygons).T
    start = np.searchsorted(strips, _strips(left, extent), side="left")
    stop = np.searchsorted(strips, _strips(right, extent), side="right")
    for zone in ranked:
        if not left[zone] <= right[zone]:
            continue  # a zone without geometry
        under = slice(start[zone], stop[zone])
        near = np.flatnonzero((y[under] >= bottom[zone]) & (y[under] <= top[zone])) + start[zone]
        yield zone, order[near[shapely.intersects_xy(polygons[zone], x[near], y[near])]]


def check(
    district: District,
    *,
    stage: str | None = None,
    policy: Policy | None = None,
    on: dt.date | pd.Timestamp | str | None = None,
) -> gpd.GeoDataFrame:
    """Check that the zones in force cover everybody once (全覆盖、无遗漏、不重复) and fit schools and sentences.

    Parameters
    ----------
    district : District
        Units, schools, zones and their schools.
    stage : {"primary", "junior"}, optional
        Stage to check; both by default.
    policy : Policy, optional
        Says when registration begins, by which new estates must be assigned.
    on : date, Timestamp or str, optional
        The day; the first of September of the intake year by default.

    Returns
    -------
    GeoDataFrame
        One row a finding, the gravest kind first (`findings.KINDS`): what, where, which units, how many children, what
        to do.

    Examples
    --------
    >>> import dataclasses
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> bare = dataclasses.replace(town, zones=town.zones[:2], zone_schools=town.zone_schools[:2])
    >>> zs.zones.check(bare, stage="primary")[["kind", "unit_ids", "children_n"]]
      kind      unit_ids  children_n
    0  gap  (u3, u6, u9)           2
    """
    day = pd.Timestamp(on or f"{district.about['intake_year']}-09-01")
    layers = {each: valid(district.zones, stage=each, on=day) for each in ([stage] if stage else STAGES)}
    return checking.check(district, layers, on=day, policy=policy)


def repair(district: District, findings: gpd.GeoDataFrame, chosen: Iterable[str]) -> District:
    """Return the district with the chosen safe repairs made; nothing is repaired unasked.

    Parameters
    ----------
    district : District
        District the findings are of.
    findings : GeoDataFrame
        What `check` found.
    chosen : iterable of str
        The finding_id of the repairs to make.

    Returns
    -------
    District
        A copy; the one given stays as it is.

    Raises
    ------
    DataError
        A finding that is not there, or not safe to repair.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> same = zs.zones.repair(town, zs.zones.check(town), [])
    >>> same.zones.geometry.equals(town.zones.geometry)
    True
    """
    return repairing.repair(district, findings, chosen)


def snap(zones: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Let neighbouring zones share their borders exactly, closing gaps and overlaps narrower than the tolerance (m).

    Parameters
    ----------
    zones : GeoDataFrame
        Zones of one stage, as polygons.
    tolerance_m : float
        Widest gap or overlap to close, in metres.

    Returns
    -------
    GeoDataFrame
        The same rows with their borders moved by no more than the tolerance.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zones = zs.demo.nine_plots().zones
    >>> zones["geometry"] = zones.geometry.buffer(0.5, join_style="mitre")
    >>> joined = zs.zones.snap(zones, 2.0)
    >>> float(zones.geometry.area.sum()), float(joined.geometry.area.sum()), float(zones.union_all().area)
    (91203.0, 90601.0, 90601.0)
    """
    return repairing.snap(zones, tolerance_m)


def compare(
    district: District, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, *, links: pd.DataFrame | None = None
) -> versions.Change:
    """Say what changes from one version of the zones of a stage to another (`versions.compare`).

    Parameters
    ----------
    district : District
        Units, schools and cohorts.
    old, new : GeoDataFrame
        Zones of one stage, such as `valid` on two days, or an edited layer.
    links : DataFrame, optional
        The zone_schools of the new zones, where they are not those of the district.

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
    return versions.compare(district, old, new, links=links)


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
    for day in reversed(versions.turns(zones, stage=stage)):
        before = valid(zones, stage=stage, on=day - pd.Timedelta(days=1))
        if len(before):
            return before, valid(zones, stage=stage, on=day)
    return mine, mine
