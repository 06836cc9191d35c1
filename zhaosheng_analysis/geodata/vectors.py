"""Vector files: the GeoPackage of a district, and the GeoJSON, KML, Shapefile or coordinates others send instead."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from zhaosheng_analysis.geodata.layers import NAMES, SINGLE, SPATIAL
from zhaosheng_analysis.schema import TABLES, Faults, ordered

GEOPACKAGE = "district.gpkg"
_ENDINGS = ("geojson", "kml", "shp")
# What the KML driver adds to the fields of the file.
_KML_FIELDS = [
    "id",
    "description",
    "timestamp",
    "begin",
    "end",
    "altitudeMode",
    "tessellate",
    "extrude",
    "visibility",
    "drawOrder",
    "icon",
    "snippet",
]
_LONGITUDE, _LATITUDE = ("lon", "经度"), ("lat", "纬度")
_FIELD_NAME_LENGTH = 10  # the .dbf of a Shapefile cuts field names to ten bytes
# Any fixed moment: the GeoPackage keeps the time of writing, and two writings of the same data must be the same bytes.
_WRITTEN_AT = "2000-01-01T00:00:00.000Z"


def read(folder: Path, faults: Faults) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the layers of a folder: name, where each stands, and its features as they are.

    A layer is one of district.gpkg or a file NAME.geojson, NAME.kml or NAME.shp. GeoJSON and KML in degrees come
    without a system, because they cannot tell CGCS2000 from GCJ-02; the folder must declare the datum.

    Parameters
    ----------
    folder : Path
        District folder.
    faults : Faults
        Where a file that cannot be opened is noted.

    Yields
    ------
    tuple of (str, str, DataFrame)
        Name of the layer, file and layer for the messages, and its features.
    """
    package = folder / GEOPACKAGE
    try:
        if package.exists():
            present = {name for name, _ in pyogrio.list_layers(package)}
            for name in (name for name in NAMES if name in present):
                yield name, f"{package.name} 图层「{name}」", pyogrio.read_dataframe(package, layer=name)
        for path in sorted(folder.glob("*")):
            if path.stem in SPATIAL and path.suffix.lower().lstrip(".") in _ENDINGS:
                yield path.stem, *_read_file(path)
    except pyogrio.errors.DataSourceError:
        faults.add(package.name, "打不开", "须为完好的 GeoPackage 等矢量文件", "请重新导出")


def _read_file(path: Path) -> tuple[str, gpd.GeoDataFrame]:
    """Read one vector file; the place names the encoding where the file did not declare it."""
    if path.suffix.lower() == ".shp":
        return _read_shapefile(path)
    frame = pyogrio.read_dataframe(path)
    if path.suffix.lower() == ".kml":
        frame = frame.drop(columns=[name for name in _KML_FIELDS if name in frame]).rename(columns={"Name": "name"})
    if frame.crs is not None and frame.crs.to_epsg() == 4326:
        frame = frame.set_crs(None, allow_override=True)
    return path.name, frame


def _read_shapefile(path: Path) -> tuple[str, gpd.GeoDataFrame]:
    """Read a Shapefile in the encoding it declares (.cpg or language byte), else UTF-8, else GB18030."""
    language = path.with_suffix(".dbf").read_bytes()[29]
    if path.with_suffix(".cpg").exists() or language:
        return path.name, _full_names(pyogrio.read_dataframe(path), path.stem)
    try:
        frame, encoding = pyogrio.read_dataframe(path, encoding="UTF-8"), "UTF-8"
    except UnicodeDecodeError:
        frame, encoding = pyogrio.read_dataframe(path, encoding="GB18030"), "GB18030"
    return f"{path.name}（未声明编码，按 {encoding} 读取）", _full_names(frame, path.stem)


def _full_names(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Give field names that the Shapefile cut off their full length again."""
    cut = {full[:_FIELD_NAME_LENGTH]: full for full in TABLES[name].columns if len(full) > _FIELD_NAME_LENGTH}
    return frame.rename(columns=cut)


def placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a table with longitude and latitude columns into a layer of points without a system; others stay tables.

    Parameters
    ----------
    frame : DataFrame
        A table as read.

    Returns
    -------
    DataFrame
        A GeoDataFrame of points where there are coordinates, else the table.
    """
    lon = next((name for name in _LONGITUDE if name in frame), None)
    lat = next((name for name in _LATITUDE if name in frame), None)
    if lon is None or lat is None:
        return frame
    x, y = (pd.to_numeric(frame[name], errors="coerce") for name in (lon, lat))
    points = gpd.GeoSeries.from_xy(x, y).where(x.notna() & y.notna())
    return gpd.GeoDataFrame(frame.drop(columns=[lon, lat]), geometry=points)


def write(frames: dict[str, pd.DataFrame], path: Path) -> None:
    """Write layers to a new GeoPackage, features in key order, the same bytes for the same data.

    Dates are written as text (2024-06-30), which every GIS shows alike.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Layers by name; others than those of `layers.NAMES` are left out.
    path : Path
        GeoPackage to make.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT})
    try:
        for name in NAMES:
            if name in frames:
                _write_layer(frames[name], name, path)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def append(frame: gpd.GeoDataFrame, name: str, path: Path) -> None:
    """Add a layer of one's own to a GeoPackage.

    Parameters
    ----------
    frame : GeoDataFrame
        The layer.
    name : str
        What to call it.
    path : Path
        GeoPackage it is added to.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT})
    try:
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")
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
        single = SINGLE[table.geometry]
        several = single != "Point" and bool(frame.geom_type.str.startswith("Multi").any())
        options = {"geometry_type": f"Multi{single}" if several else single, "promote_to_multi": several}
    pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", **options)
