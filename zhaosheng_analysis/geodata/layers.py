"""Layers of a district: every one in metres, in one declared system, with shapes that can be used.

Comes in: a layer as its file holds it. Goes out: the same layer in the district's system, or the faults that forbid it.
"""

import difflib

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.schema import TABLES, Faults, Note, Table, rows

NAMES = tuple(name for name, table in TABLES.items() if table.level == "layer")
EDGE_DEGREES = 0.002  # some 200 m: the commercial datums bend an edge of this length by a few millimetres
SPATIAL = tuple(name for name in NAMES if TABLES[name].geometry)
SINGLE = {"polygon": "Polygon", "line": "LineString", "point": "Point"}
_SHAPES = {"polygon": "面", "line": "线", "point": "点"}
_FARTHEST_M = 5000.0
_MISTYPED = 0.75  # likeness of a field to a declared one from which it must be a slip of the hand
_SHOWN = 8


def fielded(frame: gpd.GeoDataFrame, table: Table, where: str, notes: list[Note]) -> gpd.GeoDataFrame:
    """Give the fields of a layer their declared names however they are cased; leave out, and name, those of others.

    A field that is nearly one that is missing stays, to be told as a slip of the hand.

    Parameters
    ----------
    frame : GeoDataFrame
        Layer as read.
    table : Table
        Its contract.
    where : str
        File and layer, for the note.
    notes : list of Note
        Where it is noted what was left out.

    Returns
    -------
    GeoDataFrame
        The layer.
    """
    fields = [str(name) for name in frame if name != frame.geometry.name]
    accepted = {*table.columns, *(column.label for column in table.columns.values())}
    cased = {name.lower(): name for name in table.columns if name not in fields}
    names = {field: cased[field.strip().lower()] for field in fields if field.strip().lower() in cased}
    names = {field: name for field, name in names.items() if field not in accepted}
    frame = frame.rename(columns=names)
    missing = [name for name in table.columns if name not in frame]
    strange = [
        field for field in fields if field not in accepted and field not in names and field.strip() not in accepted
    ]
    others = [
        field for field in strange if not difflib.get_close_matches(field.lower(), missing, n=1, cutoff=_MISTYPED)
    ]
    if others:
        listed = "、".join(others[:_SHOWN]) + (f"等 {len(others)} 个" if len(others) > _SHOWN else "")
        notes.append(Note(where, f"有 {len(others)} 个字段没有用：{listed}"))
    return frame.drop(columns=others)


def settle(
    frame: pd.DataFrame,
    name: str,
    *,
    crs: str,
    datum: str,
    where: str,
    faults: Faults,
    shift: datums.Shift | None = None,
    stated: bool = False,
    unmapped: bool = False,
) -> gpd.GeoDataFrame | None:
    """Return a layer in the district's system, or note why its geometry cannot be used and return None.

    Parameters
    ----------
    frame : DataFrame
        Layer as read, with the system it declares, if any.
    name : str
        Layer name.
    crs : str
        System of the district, such as EPSG:4547.
    datum : str
        What the folder says its degrees are counted in, one of `datums.DATUMS`, or "" where it does not say.
    where : str
        File and layer, for the messages.
    faults : Faults
        Where faults are noted.
    shift : tuple of float, optional
        How a layer of an old national datum is brought to CGCS2000, see `datums.renewed`; without it one is refused.
    stated : bool, default False
        Whether the datum is said of this layer itself: then it outweighs any degrees the file names.
    unmapped : bool, default False
        Whether nothing is drawn of the district at all, so that its schools need no place.

    Returns
    -------
    GeoDataFrame or None
        The layer in `crs`, flat, one-part multi-geometries opened, or None.
    """
    frame = _in_words(frame, name, crs)
    if not isinstance(frame, gpd.GeoDataFrame) and TABLES[name].geometry_optional:
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([None] * len(frame), frame.index, crs=crs))
    if not isinstance(frame, gpd.GeoDataFrame):
        shape = _SHAPES[TABLES[name].geometry]
        faults.add(where, "没有几何图形", f"须为{shape}图层", "请在 GIS 中导出为 GeoPackage 图层")
        return None
    before = len(faults.found)
    frame = _by_datum(frame, datum, stated=stated)
    frame = _by_shift(frame, shift)
    _judge_system(frame, where, faults)
    if len(faults.found) == before:
        _judge_shapes(frame, name, where, faults, optional=unmapped or TABLES[name].geometry_optional)
    if len(faults.found) > before:
        return None
    same = frame.crs is None or frame.crs == pyproj.CRS(crs)
    frame = frame.set_crs(crs, allow_override=True) if same else frame.to_crs(crs)
    return frame.set_geometry(_opened(frame.geometry))


def turned(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a layer whose file writes north before east with its coordinates in the usual order.

    Parameters
    ----------
    frame : DataFrame
        Layer as read.

    Returns
    -------
    DataFrame
        The layer; one without shapes as it was.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    shapes = shapely.transform(np.asarray(frame.geometry.array), lambda points: points[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=frame.crs))


def _in_words(frame: pd.DataFrame, name: str, crs: str) -> pd.DataFrame:
    """Give a layer that only says in words where its features lie empty shapes, in the district's system.

    What lies nowhere yet has no area, holds nothing and meets nothing; `sentences` can draw it.
    """
    words = TABLES[name].geometry_in_words
    if isinstance(frame, gpd.GeoDataFrame):
        lost = frame.geometry.isna()
        if not words or not lost.any():
            return frame
        nowhere = gpd.GeoSeries([shapely.Polygon()] * len(frame), frame.index, crs=frame.crs)
        return frame.set_geometry(frame.geometry.where(~lost, nowhere))
    if not words or words not in frame:
        return frame
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([shapely.Polygon()] * len(frame), frame.index, crs=crs))


def _by_datum(frame: gpd.GeoDataFrame, datum: str, *, stated: bool) -> gpd.GeoDataFrame:
    """Bring degrees that carry no system of their own, or are stated otherwise, from the datum declared to CGCS2000.

    Files say EPSG:4326 for want of anything better (GeoJSON and KML can say nothing else), so that a declared GCJ-02
    or BD-09 outweighs it. Metres without a system stay undeclared and are refused. A long edge becomes the curve it
    was: a border that one neighbour draws with a corner in the middle and the other without stays one border.
    """
    if not (is_nameless(frame, stated=stated) and datum in datums.DATUMS):
        return frame

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(datums.convert(*points.T, source=datum, target="CGCS2000"))

    shapes = np.asarray(frame.geometry.array)
    # GEOS mends what it parts: an outline that crosses itself would lose a half of it without a word.
    drawn = np.where(shapely.is_valid(shapes), shapely.segmentize(shapes, EDGE_DEGREES), shapes)
    geometry = gpd.GeoSeries(shapely.transform(drawn, moved), frame.index, crs="EPSG:4490")
    return frame.set_geometry(geometry)


def _by_shift(frame: gpd.GeoDataFrame, shift: datums.Shift | None) -> gpd.GeoDataFrame:
    """Bring a layer of an old national datum to degrees of CGCS2000, where it may be."""
    if shift is None or not datums.old(frame.crs):
        return frame
    system = frame.crs

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(datums.renewed(*points.T, system, shift))

    geometry = gpd.GeoSeries(shapely.transform(np.asarray(frame.geometry.array), moved), frame.index, crs="EPSG:4490")
    return frame.set_geometry(geometry)


def is_nameless(frame: gpd.GeoDataFrame, *, stated: bool = False) -> bool:
    """Tell whether a layer is in degrees, or empty, and names no system that could be believed.

    Parameters
    ----------
    frame : GeoDataFrame
        As read.
    stated : bool, default False
        Whether the datum is said of this layer itself: maps of the web are saved as GCJ-02 under any system of degrees.

    Returns
    -------
    bool
        Whether a declared datum outweighs the system it names.
    """
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    degrees = len(shapes) == 0 or np.abs(shapes.total_bounds).max() <= 180
    named = frame.crs is not None and frame.crs.to_epsg() != 4326
    return bool(degrees) and (not named or (stated and frame.crs.is_geographic))


def system(frame: pd.DataFrame, datum: str, *, stated: bool = False) -> str:
    """Say in which system the coordinates of a layer are taken.

    Parameters
    ----------
    frame : pd.DataFrame
        Layer as read, or a table.
    datum : str
        What the folder says its degrees are counted in.
    stated : bool, default False
        Whether it says so of this layer itself.

    Returns
    -------
    str
        Such as 经纬度按 GCJ-02; "" for a table without geometry.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        return ""
    if is_nameless(frame, stated=stated) and datum in datums.DATUMS:
        return f"经纬度按 {datum}"
    return frame.crs.name if frame.crs is not None else ""


def _judge_system(frame: gpd.GeoDataFrame, where: str, faults: Faults) -> None:
    """Note a layer whose system is not declared, not exact, or plainly not the one its coordinates are in."""
    if len(frame) and frame.geometry.isna().all():
        return  # it has no coordinates that could be in a system; that is told of its shapes
    if frame.crs is None:
        remedy = (
            "请在 QGIS 中「图层—设置图层坐标系」选定实际坐标系（如 EPSG:4490）后另存；"
            f"坐标为经纬度的，也可在工作表「about」的「坐标基准」填写 {'、'.join(datums.DATUMS)} 之一；"
            "用 ingest 的，写在来源的 crs 或 datum"
        )
        faults.add(where, "没有声明坐标系", datums.WHAT_IS_A_DATUM, remedy)
        return
    if not datums.exact(frame.crs):
        allowed = "只接受 CGCS2000 或 WGS-84；1954 北京、1980 西安和地方独立坐标系缺少转换参数，直接使用会偏移数十米"
        remedy = "请测绘部门转换到 CGCS2000 后再提供"
        if datums.old(frame.crs):
            remedy += "，或把测绘部门给的三参数（dX、dY、dZ，米）填在工作表「about」的 shift"
        faults.add(where, f"坐标系为 {frame.crs.name}", allowed, remedy)
        return
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    odd = datums.suspicion(tuple(shapes.total_bounds), frame.crs) if len(shapes) else ""
    if odd:
        remedy = "请改正坐标系声明或坐标次序"
        if "写反" in odd:
            remedy = (
                "确是先北后东写的，请在工作表「about」的 north_first 填这一层的名称（如 schools），"
                "用 ingest 的在来源里写 north_first = true；不是的，请改正坐标系声明"
            )
        faults.add(where, odd, f"图层声明的坐标系为 {frame.crs.name}", remedy)


def _judge_shapes(frame: gpd.GeoDataFrame, name: str, where: str, faults: Faults, *, optional: bool) -> None:
    """Note features without geometry, of another kind, or whose outline crosses itself."""
    table = TABLES[name]
    geometry = frame.geometry.reset_index(drop=True)
    blank = geometry.isna() | geometry.is_empty
    shape, single = _SHAPES[table.geometry], SINGLE[table.geometry]
    words = table.geometry_in_words
    said = frame[words].reset_index(drop=True).fillna("").astype(str).str.strip() != "" if words in frame else False
    lost = blank & ~said
    if lost.any() and not optional:
        or_words = f"或在「{table.columns[words].label}」中写明" if words else ""
        found = f"有 {lost.sum()} 个要素没有图形：{rows(table, lost.index[lost])}"
        faults.add(where, found, f"每个要素须有{shape}{or_words}", "请补画或删去")
    allowed = (single,) if single == "Point" else (single, f"Multi{single}")
    kinds = geometry[~blank].geom_type
    other = kinds[~kinds.isin(allowed)]
    if len(other):
        found = f"有 {len(other)} 个要素不是{shape}：{rows(table, other.index)}（{other.iloc[0]}）"
        spots = single == "Polygon" and other.eq("Point").all()
        remedy = "只有点位的，用 zhaosheng ingest 导入，按最近的点划成面" if spots else "请改正"
        faults.add(where, found, f"此图层只能有{shape}", remedy)
    crossed = ~(blank | geometry.is_valid)
    if crossed.any():
        reason = shapely.is_valid_reason(geometry[crossed].iloc[0])
        found = f"有 {crossed.sum()} 个要素的边线自交或重叠：{rows(table, crossed.index[crossed])}（{reason}）"
        faults.add(where, found, "面的边线不得自交", "请用 QGIS「修复几何图形」改正")


def _opened(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """Drop heights and open multi-geometries of one part, so that a layer reads the same however it was written."""
    geometry = gpd.GeoSeries(shapely.force_2d(np.asarray(geometry.array)), geometry.index, crs=geometry.crs)
    multi = geometry.geom_type.str.startswith("Multi").fillna(False) & (shapely.get_num_geometries(geometry) == 1)
    return geometry.where(~multi, gpd.GeoSeries(shapely.get_geometry(geometry, 0), geometry.index, crs=geometry.crs))


def note_strays(frame: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, name: str, where: str, faults: Faults) -> None:
    """Note features that lie far outside the district (5 km), as happens when a datum or a zone is mistaken.

    Parameters
    ----------
    frame : GeoDataFrame
        Layer in the district's system.
    boundary : GeoDataFrame
        Outline of the district, in the same system.
    name : str
        Name of the layer.
    where : str
        File and layer, for the messages.
    faults : Faults
        Where faults are noted.
    """
    table = TABLES[name]
    reach = boundary.geometry.union_all().buffer(_FARTHEST_M)
    away = ~(frame.geometry.isna() | frame.geometry.is_empty) & ~frame.geometry.intersects(reach)
    if away.any():
        found = f"有 {away.sum()} 个要素在区县界 5 公里以外：{rows(table, away.index[away])}"
        turn = _turned(frame, boundary) if away.sum() == len(frame) else ""
        faults.add(where, found, "须在本区县", f"{turn}请核对坐标系、中央经线和经纬度次序")


def _turned(frame: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> str:
    """Say that a layer would lie in the district with another central meridian, or nothing."""
    left, bottom, right, top = boundary.to_crs("EPSG:4490").total_bounds
    west, south, east, north = frame.to_crs("EPSG:4490").total_bounds
    for turn in (3, -3, 6, -6):
        if max(left, west + turn) < min(right, east + turn) and max(bottom, south) < min(top, north):
            return f"向{'东' if turn > 0 else '西'}移 {abs(turn)} 度就在区县界内，像是中央经线写错；"
    return ""
