"""Whether a district lies where it says: against its own code, and its layers against each other.

Each of these is a question for the clerk, never a conversion: what a declared system makes of coordinates stays until
somebody says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.schema import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhaosheng_analysis.geodata.district import District

_MARGIN = 0.3  # degrees around a province
_FEWEST = 3
_FIT, _GAIN = 0.8, 0.1  # of features where they belong after a shift, and more than before: that is the datum
_WHOLE = 0.95
_MANY, _CLEAR, _NEAR = 8, 5.0, 0.4  # schools; standard errors that a shift must be; share of it that may be left over


def note(
    frames: Mapping[str, gpd.GeoDataFrame],
    links: pd.DataFrame,
    about: Mapping[str, str],
    places: Mapping[str, str],
    notes: list[Note],
) -> None:
    """Note what is odd about where the layers of a district lie.

    Parameters
    ----------
    frames : mapping of str to GeoDataFrame
        Layers in the district's system.
    links : DataFrame
        Columns zone_id, school_id.
    about : mapping of str to str
        Facts: district_code, crs.
    places : mapping of str to str
        Layer -> its file, for the notes.
    notes : list of Note
        Where it is noted.
    """
    if "boundary" in frames and len(frames["boundary"]):
        _note_province(frames["boundary"], about, places["boundary"], notes)
    if {"schools", "zones"} <= frames.keys():
        _note_schools(frames["schools"], frames["zones"], links, about["crs"], places["schools"], notes)
    if {"units", "zones"} <= frames.keys():
        _note_units(frames["units"], frames["zones"], about["crs"], places["units"], notes)


def _note_province(boundary: gpd.GeoDataFrame, about: Mapping[str, str], where: str, notes: list[Note]) -> None:
    """Note a district that lies outside the province of its code."""
    province = disk.own("geodata", "provinces.toml").get(about["district_code"][:2])
    if province is None:
        return
    west, south, east, north = province["box"]
    there = boundary.to_crs("EPSG:4490").total_bounds
    lon, lat = (there[0] + there[2]) / 2, (there[1] + there[3]) / 2
    if west - _MARGIN <= lon <= east + _MARGIN and south - _MARGIN <= lat <= north + _MARGIN:
        return
    found = f"区县界在东经 {lon:.1f} 度、北纬 {lat:.1f} 度，不在{province['name']}（代码 {about['district_code']}）"
    notes.append(Note(where, found, "没有换算；请核对行政区划代码、中央经线、带号和坐标次序", asks=True))


def _note_schools(
    schools: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, links: pd.DataFrame, crs: str, where: str, notes: list[Note]
) -> None:
    """Note schools that lie outside their zones as declared, and inside if their degrees are of another datum."""
    points, land = schools.set_index("school_id").geometry, zones.set_index("zone_id").geometry
    both = links["school_id"].isin(points.index) & links["zone_id"].isin(land.index)
    pairs = links[both].drop_duplicates("school_id")
    if len(pairs) < _FEWEST or not (points.index.is_unique and land.index.is_unique):
        return
    spots, own = np.asarray(points[pairs["school_id"]].array), np.asarray(land[pairs["zone_id"]].array)

    def share(shapes: np.ndarray) -> float:
        return float(shapely.covers(own, shapes).mean())

    _note_datum(share, spots, crs, f"{len(pairs)} 所学校", "在自己的学区内", "datum_schools", where, notes)
    if share(spots) > 1 - _GAIN:
        _note_drift(spots, shapely.centroid(own), crs, where, notes)


def _note_drift(spots: np.ndarray, middles: np.ndarray, crs: str, where: str, notes: list[Note]) -> None:
    """Note schools that all lie off the middle of their zones by what a datum shifts, though large zones hold them."""
    if len(spots) < _MANY:
        return
    off = shapely.get_coordinates(spots) - shapely.get_coordinates(middles)
    error = np.sqrt(off.var(axis=0, ddof=1).mean() / len(off))
    for datum in ("GCJ-02", "BD-09"):
        shift = (shapely.get_coordinates(_moved(spots, crs, datum)) - shapely.get_coordinates(spots)).mean(axis=0)
        far = float(np.hypot(*shift))
        if far >= _CLEAR * error and np.hypot(*(off.mean(axis=0) + shift)) <= _NEAR * far:
            off_m = np.hypot(*off.mean(axis=0))
            found = f"{len(spots)} 所学校平均偏离学区中心 {off_m:,.0f} 米，与 {datum} 的偏移方向、远近相同"
            done = f"没有换算；如取自网络地图，请在工作表「about」的 datum_schools 填 {datum}"
            notes.append(Note(where, found, done, asks=True))
            return


def _note_units(units: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, crs: str, where: str, notes: list[Note]) -> None:
    """Note units that zones cut through as declared, and do not if their degrees are of another datum."""
    land = zones[zones["stage"] == zones["stage"].mode().iloc[0]] if len(zones) else zones
    shapes = np.asarray(units.geometry.array)
    if len(shapes) < _FEWEST or len(land) < 2:
        return
    tree, parts = shapely.STRtree(np.asarray(land.geometry.array)), np.asarray(land.geometry.array)

    def share(moved: np.ndarray) -> float:
        unit, zone = tree.query(moved, predicate="intersects")
        inside = shapely.area(shapely.intersection(moved[unit], parts[zone])) / shapely.area(moved[unit])
        best = pd.Series(inside).groupby(unit).max()
        return float((best >= _WHOLE).sum() / len(moved))

    _note_datum(share, shapes, crs, f"{len(shapes)} 个小区", "整个在一个学区内", "datum_units", where, notes)


def _note_datum(
    share, shapes: np.ndarray, crs: str, who: str, what: str, key: str, where: str, notes: list[Note]
) -> None:
    """Note shapes that fit badly as declared and well if their degrees had been of another datum."""
    declared = share(shapes)
    if declared > 1 - _GAIN:
        return
    for datum in ("GCJ-02", "BD-09"):
        moved = share(_moved(shapes, crs, datum))
        if moved >= max(_FIT, declared + _GAIN) and (moved - declared) * len(shapes) >= _FEWEST:
            found = f"{who}只有 {declared:.0%} {what}，按 {datum} 换算则有 {moved:.0%}"
            done = f"没有换算；如取自网络地图，请在工作表「about」的 {key} 填 {datum}"
            notes.append(Note(where, found, done, asks=True))
            return


def otherwise(district: District) -> dict[str, gpd.GeoSeries]:
    """Return the schools where they would lie if their degrees had been of another datum, for a picture.

    Parameters
    ----------
    district : District
        As declared.

    Returns
    -------
    dict of str to GeoSeries
        Datum -> points on the rows of the schools.
    """
    points = district.schools.geometry
    shapes = np.asarray(points.array)
    datums_asked = [datum for datum in ("GCJ-02", "BD-09") if f"按 {datum}" not in district.places["schools"]]
    return {
        datum: gpd.GeoSeries(_moved(shapes, district.crs, datum), points.index, crs=points.crs)
        for datum in datums_asked
    }


def place(district: District) -> tuple[float, float]:
    """Return where a district lies as declared.

    Parameters
    ----------
    district : District
        Any district.

    Returns
    -------
    tuple of float, length 2
        Longitude and latitude of its middle, in degrees.
    """
    west, south, east, north = district.boundary.to_crs("EPSG:4490").total_bounds
    return float(west + east) / 2, float(south + north) / 2


def province(district: District) -> tuple[str, tuple[float, float, float, float]] | None:
    """Return the province of a district's code and its box, for a picture.

    Parameters
    ----------
    district : District
        Any district.

    Returns
    -------
    tuple of (str, tuple of float, length 4) or None
        Name; west, south, east, north in degrees.
    """
    found = disk.own("geodata", "provinces.toml").get(district.code[:2])
    return None if found is None else (found["name"], tuple(found["box"]))


def _moved(shapes: np.ndarray, crs: str, datum: str) -> np.ndarray:
    """Return shapes as they would lie if their degrees had been of another datum."""
    there = pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)

    def move(points: np.ndarray) -> np.ndarray:
        lon, lat = there.transform(*points.T)
        pair = datums.convert(np.asarray(lon), np.asarray(lat), source=datum, target="CGCS2000")
        return np.column_stack(there.transform(*pair, direction="INVERSE"))

    return shapely.transform(shapes, move)
