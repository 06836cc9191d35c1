"""Geometry of the layers: brought into the district's metres, closed and mended where asked, or sketched of points.

Comes in: a piece with shapes or with columns of coordinates. Goes out: shapes in the district's system. What was
mended is told with the change in square metres; what was sketched is marked 示意.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zhaosheng_analysis.geodata import datums, layers
from zhaosheng_analysis.ingest.columns import Kitchen
from zhaosheng_analysis.ingest.pieces import Piece
from zhaosheng_analysis.ingest.recipes import Making
from zhaosheng_analysis.schema import TABLES, cell_types

_SIXTIETHS = re.compile(
    r"\s*[东北EN]?\s*(\d{1,3})[°度]\s*(\d{1,2}(?:\.\d+)?)[′'分]\s*(?:(\d{1,2}(?:\.\d+)?)(?:[″\"秒]|′′|''))?\s*[EN]?\s*"
)
_HULL_M = 500.0  # a sketched boundary reaches this far around its outermost points
_TURN = np.pi * (3 - np.sqrt(5))  # the golden angle spreads points around a school evenly
_APART_M = 60.0


def of(piece: Piece, making: Making, crs: str, options: Mapping[str, Any], kitchen: Kitchen) -> gpd.GeoSeries | None:
    """Return the shapes of a layer in the district's system, one a row of the piece.

    Parameters
    ----------
    piece : Piece
        Rows of theirs; some may stand in it more than once.
    making : Making
        What is made, with its options point, repair, close.
    crs : str
        The district's system.
    options : mapping of str to object
        Of the source: datum, crs.
    kitchen : Kitchen
        Where faults and notes go.

    Returns
    -------
    GeoSeries or None
        Shapes by position, on the index of the piece; None where there are none, or they cannot be used.
    """
    pair = next((making.options[name] for name in ("point", "hull", "cells") if name in making.options), None)
    if pair is not None:
        frame = _points(piece, pair, kitchen)
    elif isinstance(piece.table, gpd.GeoDataFrame):
        frame = piece.table[["geometry"]]
    else:
        return None
    if options.get("north_first"):
        frame = layers.turned(frame)
    declared = options.get("crs")
    if declared:
        frame = frame.set_crs(declared, allow_override=True)
    once = ~frame.index.duplicated()
    rows = frame.index[once]
    settled = _settled(frame[once].reset_index(drop=True), making, crs, options.get("datum", ""), piece.where, kitchen)
    if settled is None:
        return None
    return gpd.GeoSeries(np.asarray(settled.set_axis(rows)[frame.index].array), frame.index, crs=crs)


def written_points(table: pd.DataFrame, pair: Sequence[str]) -> gpd.GeoSeries:
    """Return the points that columns of coordinates write.

    Parameters
    ----------
    table : DataFrame
        Text.
    pair : sequence of str
        Two headers, or the one that holds both numbers.

    Returns
    -------
    GeoSeries
        Those rows whose two numbers can be read; in no system.
    """
    x, y = _numbers(table, pair)
    read = (x.notna() & y.notna()).to_numpy()
    return gpd.GeoSeries.from_xy(x[read], y[read])


def _numbers(table: pd.DataFrame, pair: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    written = [table[name] for name in pair] if len(pair) == 2 else _parted(table[pair[0]])
    x, y = (cell_types.parse(cells.map(_degrees), "number") for cells in written)
    return x, y


def _points(piece: Piece, pair: Sequence[str], kitchen: Kitchen) -> gpd.GeoDataFrame:
    """Make points of two columns, or of one that holds both; what is no number is a fault, a blank has no point."""
    x, y = _numbers(piece.table, pair)
    for name, values in zip((pair[0], pair[-1]), (x, y), strict=True):
        cells = piece.table[name]
        strange = cells[cells.notna().to_numpy() & values.isna().to_numpy()]
        if len(strange):
            message = f"列「{name}」有 {len(strange)} 处不是数字：{piece.some(name, strange)}"
            kitchen.faults.add(piece.where, message, "须为坐标", "请更正")
    shapes = gpd.GeoSeries.from_xy(x, y)
    shapes = np.where((x.notna() & y.notna()).to_numpy(), np.asarray(shapes.array), None)
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, index=piece.table.index))


def _parted(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Part 118.9,39.4 into its two numbers; what are not two of them are none."""
    parts = [re.split(r"[,，;；、\s]+", cell.strip()) if isinstance(cell, str) else [] for cell in cells]
    pairs = [part if len(part) == 2 else [cell, cell] for part, cell in zip(parts, cells, strict=True)]
    first, second = ([pair[at] for pair in pairs] for at in (0, 1))
    return tuple(pd.Series(one, cells.index, dtype="str") for one in (first, second))


def _degrees(cell: object) -> object:
    """Write degrees, minutes and seconds as degrees; anything else is as it was."""
    match = _SIXTIETHS.fullmatch(unicodedata.normalize("NFKC", cell)) if isinstance(cell, str) else None
    if match is None or float(match[2]) >= 60 or float(match[3] or 0) >= 60:
        return cell
    return f"{int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600:.8f}"


def _settled(
    frame: gpd.GeoDataFrame, making: Making, crs: str, datum: str, where: str, kitchen: Kitchen
) -> gpd.GeoSeries | None:
    """Bring shapes into the district's system; polygons are closed and mended where the recipe says so."""
    name = "schools" if {"point", "hull", "cells"} & set(making.options) else making.table
    drawn = frame.geometry.notna() & ~frame.geometry.is_empty
    shapes = frame[drawn]
    before = shapes.geometry
    if making.options.get("close"):
        shapes = shapes.set_geometry(_closed(shapes.geometry))
    if making.options.get("repair"):
        shapes = shapes.set_geometry(_mended(shapes.geometry))
    if not _datum_fits(shapes, datum, where, kitchen):
        return None
    reading = {"crs": crs, "datum": datum, "where": where, "faults": kitchen.faults}
    settled = layers.settle(shapes, name, **reading, shift=kitchen.shift, stated=True)
    if settled is None:
        return None
    if datums.old(shapes.crs) and not datum:
        kitchen.notes.append(f"{where}：{shapes.crs.name} 的坐标按三参数换算到 CGCS2000，一县之内误差数米")
    _tell_mended(before, shapes.geometry, settled.geometry, where, kitchen)
    points = np.full(len(frame), None, dtype="object")
    points[drawn.to_numpy()] = np.asarray(settled.geometry.array)
    return gpd.GeoSeries(points, frame.index, crs=crs)


def _datum_fits(shapes: gpd.GeoDataFrame, datum: str, where: str, kitchen: Kitchen) -> bool:
    """Refuse a datum stated of metres that are of another; say where it outweighs the system the file names."""
    named = shapes.crs
    if not datum or named is None or not len(shapes):
        return True
    if not named.is_projected:
        if named.to_epsg() not in (4326, 4490) or (named.to_epsg() == 4490 and datum in ("GCJ-02", "BD-09")):
            kitchen.notes.append(f"{where}：文件声明的是 {named.name}，来源写了 datum，经纬度按 {datum} 换算")
        return True
    if datum in ("GCJ-02", "BD-09") or datums.old(named):
        message = f'写了 datum = "{datum}"，坐标却是以米计的 {named.name}，不能照 datum 换算'
        remedy = "请删去 datum，或提供原来的经纬度"
        kitchen.faults.add(where, message, "datum 说的是经纬度的基准", remedy)
        return False
    return True


def _closed(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Make polygons of rings drawn as lines."""

    def ring(shape: shapely.Geometry) -> shapely.Geometry:
        parts = [part for part in shapely.get_parts(shape) if shapely.get_num_coordinates(part) > 3 - part.is_closed]
        return shapely.union_all([shapely.Polygon(part.coords) for part in parts]) if parts else shape

    lines = shapes.geom_type.isin(["LineString", "MultiLineString"])
    closed = [ring(shape) if line else shape for shape, line in zip(shapes, lines, strict=True)]
    return gpd.GeoSeries(closed, shapes.index, crs=shapes.crs)


def _mended(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Mend outlines that cross themselves; pieces without area are dropped."""
    mended = np.asarray(shapely.make_valid(np.asarray(shapes.array), method="structure", keep_collapsed=False))
    return gpd.GeoSeries(np.where(shapes.is_valid, np.asarray(shapes.array), mended), shapes.index, crs=shapes.crs)


def _tell_mended(
    before: gpd.GeoSeries, after: gpd.GeoSeries, settled: gpd.GeoSeries, where: str, kitchen: Kitchen
) -> None:
    """Say which shapes were mended and by how many square metres that changed them."""
    changed = ~before.geom_equals_exact(after, 0.0, align=False).to_numpy()
    if not changed.any():
        return
    drawn, was = shapely.area(np.asarray(after.array)), shapely.area(np.asarray(before.array))
    gone = (drawn - was) * shapely.area(np.asarray(settled.array)) / np.where(drawn > 0, drawn, np.nan)
    lines = [
        f"第 {row + 1} 个 {change:+,.0f} 平方米"
        for row, change in zip(before.index[changed], gone[changed], strict=True)
    ]
    kitchen.notes.append(f"{where}：补闭或修复了 {changed.sum()} 个图形：{'、'.join(lines[:5])}")


def hull(points: gpd.GeoSeries) -> shapely.Geometry:
    """Sketch a boundary around points.

    Parameters
    ----------
    points : GeoSeries
        In metres.

    Returns
    -------
    Polygon
        Their convex hull, widened.
    """
    return shapely.MultiPoint(list(points.dropna())).convex_hull.buffer(_HULL_M)


def cells(points: gpd.GeoSeries, keys: pd.Series, outline: shapely.Geometry) -> gpd.GeoSeries:
    """Sketch the land of things of which only a point nearby is known: all of it is shared out, nothing overlaps.

    Parameters
    ----------
    points : GeoSeries
        A point a row, in metres; those of one thing are averaged.
    keys : Series of str
        Which thing each row is of, by position.
    outline : Polygon
        What is shared out.

    Returns
    -------
    GeoSeries
        One polygon a thing, by key, in key order.
    """
    keys = pd.Series(keys.to_numpy())
    at = pd.DataFrame({"x": points.x.to_numpy(), "y": points.y.to_numpy()}).groupby(keys.to_numpy()).mean().sort_index()
    # Things at one school stand around it in the order of their names; the same wherever the rows stood.
    place = at.groupby([at["x"].round(1), at["y"].round(1)]).cumcount().to_numpy()
    far, turn = _APART_M * np.sqrt(place), place * _TURN
    spots = shapely.points(at["x"].to_numpy() + far * np.cos(turn), at["y"].to_numpy() + far * np.sin(turn))
    inside = np.where(shapely.covers(outline, spots), spots, shapely.shortest_line(spots, shapely.buffer(outline, -1)))
    spots = np.array([shapely.get_point(shape, -1) if shape.geom_type == "LineString" else shape for shape in inside])
    land = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(list(spots)), extend_to=outline))
    tree = shapely.STRtree(land)
    spot, cell = tree.query(spots, predicate="intersects")
    own = dict(zip(spot.tolist(), cell.tolist(), strict=True))
    return gpd.GeoSeries(
        [shapely.intersection(land[own[row]], outline) for row in range(len(spots))], at.index, crs=points.crs
    )


def dissolved(frame: gpd.GeoDataFrame, table: str) -> gpd.GeoSeries:
    """Join the shapes of rows with one key.

    Parameters
    ----------
    frame : GeoDataFrame
        Rows with their key columns.
    table : str
        Name of the layer.

    Returns
    -------
    GeoSeries
        One shape a key, by the key's columns.
    """
    keys = list(TABLES[table].key)
    groups = frame.groupby(keys, sort=True)["geometry"]
    joined = groups.apply(lambda part: shapely.union_all(np.asarray(part.dropna().array)))
    shapes = gpd.GeoSeries(joined.to_numpy(), joined.index, crs=frame.crs)
    if TABLES[table].geometry != "line":
        return shapes
    return gpd.GeoSeries(shapely.line_merge(np.asarray(shapes.array)), shapes.index, crs=frame.crs)


def degrees(shape: shapely.Geometry, crs: str) -> tuple[float, float]:
    """Return where a shape lies.

    Parameters
    ----------
    shape : Geometry
        In metres.
    crs : str
        Their system.

    Returns
    -------
    tuple of float
        Longitude and latitude of its centre.
    """
    there = pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    return there.transform(shape.centroid.x, shape.centroid.y)
