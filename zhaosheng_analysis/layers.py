"""Layers of a district folder: read from and written to a GeoPackage, in metres, in one declared system."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from zhaosheng_analysis import datums
from zhaosheng_analysis.schema import TABLES, Faults, ordered, rows

NAMES = tuple(name for name, table in TABLES.items() if table.level == "layer")
SPATIAL = tuple(name for name in NAMES if TABLES[name].geometry)
_TYPES = {"polygon": "Polygon", "line": "LineString", "point": "Point"}
_SHAPES = {"polygon": "面", "line": "线", "point": "点"}
# Any fixed moment: the GeoPackage keeps the time of writing, and two writings of the same data must be the same bytes.
_WRITTEN_AT = "2000-01-01T00:00:00.000Z"
_FARTHEST_M = 5000.0


def read(path: Path) -> dict[str, pd.DataFrame]:
    """Read the layers of a GeoPackage as they are; `settle` judges them.

    Returns
    -------
    Frames by layer name; GeoDataFrames where the layer has geometry. Layers of other names are left out.
    """
    present = {name for name, _ in pyogrio.list_layers(path)}
    return {name: pyogrio.read_dataframe(path, layer=name) for name in NAMES if name in present}


def write(frames: dict[str, pd.DataFrame], path: Path) -> None:
    """Write layers to a new GeoPackage, features in key order, the same bytes for the same data.

    Dates are written as text (2024-06-30), which every GIS shows alike.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT})
    try:
        for name in NAMES:
            if name in frames:
                _write_layer(frames[name], name, path)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_layer(frame: pd.DataFrame, name: str, path: Path) -> None:
    table = TABLES[name]
    frame = ordered(name, frame)
    for column in table.columns.values():
        if column.kind == "date":
            frame[column.name] = frame[column.name].dt.strftime("%Y-%m-%d")
    options = {}
    if table.geometry:
        single = _TYPES[table.geometry]
        several = single != "Point" and bool(frame.geom_type.str.startswith("Multi").any())
        options = {"geometry_type": f"Multi{single}" if several else single, "promote_to_multi": several}
    pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", **options)


def settle(frame: pd.DataFrame, name: str, *, crs: str, where: str, faults: Faults) -> gpd.GeoDataFrame | None:
    """Return a layer in the district's system, or note why its geometry cannot be used and return None.

    Parameters
    ----------
    frame : layer as read, with the system it declares.
    name : layer name.
    crs : system of the district, such as EPSG:4547.
    where : file and layer, for the messages.
    faults : where faults are noted.

    Returns
    -------
    GeoDataFrame in `crs`, one-part multi-geometries opened, or None.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        faults.add(
            where, "没有几何图形", f"须为{_SHAPES[TABLES[name].geometry]}图层", "请在 GIS 中导出为 GeoPackage 图层"
        )
        return None
    before = len(faults.found)
    _judge_system(frame, where, faults)
    if len(faults.found) == before:
        _judge_shapes(frame, name, where, faults)
    if len(faults.found) > before:
        return None
    frame = frame.to_crs(crs) if frame.crs != pyproj.CRS(crs) else frame.set_crs(crs, allow_override=True)
    return frame.set_geometry(_opened(frame.geometry))


def _judge_system(frame: gpd.GeoDataFrame, where: str, faults: Faults) -> None:
    """Note a layer whose system is not declared, not exact, or plainly not the one its coordinates are in."""
    if frame.crs is None:
        remedy = "请在 QGIS 中「图层—设置图层坐标系」选定实际坐标系（如 EPSG:4490）后另存"
        faults.add(where, "没有声明坐标系", datums.WHAT_IS_A_DATUM, remedy)
        return
    if not datums.exact(frame.crs):
        allowed = "只接受 CGCS2000 或 WGS-84；1954 北京、1980 西安和地方独立坐标系缺少转换参数，直接使用会偏移数十米"
        faults.add(where, f"坐标系为 {frame.crs.name}", allowed, "请测绘部门转换到 CGCS2000 后再提供")
        return
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    odd = datums.suspicion(tuple(shapes.total_bounds), frame.crs) if len(shapes) else ""
    if odd:
        faults.add(where, odd, f"图层声明的坐标系为 {frame.crs.name}", "请改正坐标系声明或坐标次序")


def _judge_shapes(frame: gpd.GeoDataFrame, name: str, where: str, faults: Faults) -> None:
    """Note features without geometry, of another kind, or whose outline crosses itself."""
    table = TABLES[name]
    geometry = frame.geometry.reset_index(drop=True)
    blank = geometry.isna() | geometry.is_empty
    shape, single = _SHAPES[table.geometry], _TYPES[table.geometry]
    if blank.any() and not table.geometry_optional:
        found = f"有 {blank.sum()} 个要素没有图形：{rows(table, blank.index[blank])}"
        faults.add(where, found, f"每个要素须有{shape}", "请补画或删去")
    allowed = (single,) if single == "Point" else (single, f"Multi{single}")
    kinds = geometry[~blank].geom_type
    other = kinds[~kinds.isin(allowed)]
    if len(other):
        found = f"有 {len(other)} 个要素不是{shape}：{rows(table, other.index)}（{other.iloc[0]}）"
        faults.add(where, found, f"此图层只能有{shape}", "请改正")
    crossed = ~(blank | geometry.is_valid)
    if crossed.any():
        reason = shapely.is_valid_reason(geometry[crossed].iloc[0])
        found = f"有 {crossed.sum()} 个要素的边线自交或重叠：{rows(table, crossed.index[crossed])}（{reason}）"
        faults.add(where, found, "面的边线不得自交", "请用 QGIS「修复几何图形」改正")


def _opened(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """Open multi-geometries that have one part, so that a layer reads the same however it was written."""
    multi = geometry.geom_type.str.startswith("Multi").fillna(False) & (shapely.get_num_geometries(geometry) == 1)
    return geometry.where(~multi, gpd.GeoSeries(shapely.get_geometry(geometry, 0), geometry.index, crs=geometry.crs))


def note_strays(frame: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, name: str, where: str, faults: Faults) -> None:
    """Note features that lie far outside the district (5 km), as happens when a datum or a zone is mistaken."""
    table = TABLES[name]
    reach = boundary.geometry.union_all().buffer(_FARTHEST_M)
    away = ~frame.geometry.isna() & ~frame.geometry.intersects(reach)
    if away.any():
        found = f"有 {away.sum()} 个要素在区县界 5 公里以外：{rows(table, away.index[away])}"
        faults.add(where, found, "须在本区县", "请核对坐标系、中央经线和经纬度次序")
