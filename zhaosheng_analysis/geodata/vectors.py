"""Vector files: the GeoPackage of a district, and the GeoJSON, KML, Shapefile or coordinates others send instead."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from zhaosheng_analysis.geodata import containers
from zhaosheng_analysis.geodata.layers import NAMES, SINGLE, SPATIAL
from zhaosheng_analysis.schema import TABLES, DataError, Fault, Faults, Note, ordered

GEOPACKAGE = "district.gpkg"
_SINGLE = ("geojson", "kml", "shp")
ENDINGS = (*_SINGLE, "gpkg")
# What belongs to another file: parts of a Shapefile, and what SQLite keeps beside a GeoPackage.
_PARTS = ("dbf", "shx", "prj", "cpg", "sbn", "sbx", "qpj", "qix", "qmd")
_JOURNALS = ("-wal", "-shm", "-journal")
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
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FieldError,
    pyogrio.errors.CRSError,
    pyproj.exceptions.CRSError,
    shapely.errors.ShapelyError,
    OSError,
    ValueError,  # text that is no UTF-8 among them
    RuntimeError,
    RuntimeWarning,
)
_WRITTEN_AT = "2000-01-01T00:00:00.000Z"


def read(folder: Path, faults: Faults, notes: list[Note]) -> Iterator[tuple[str, str, pd.DataFrame | None]]:
    """Yield the layers of a folder: name, where each stands, and its features as they are; None where it is broken.

    A layer is one of district.gpkg or a file NAME.geojson, NAME.kml or NAME.shp. GeoJSON and KML in degrees come
    without a system, because they cannot tell CGCS2000 from GCJ-02; the folder must declare the datum.

    Parameters
    ----------
    folder : Path
        District folder.
    faults : Faults
        Where a file that cannot be opened is noted.
    notes : list of Note
        Where layers with other names are noted.

    Yields
    ------
    tuple of (str, str, DataFrame or None)
        Name of the layer, file and layer for the messages, and its features.
    """
    package = folder / GEOPACKAGE
    if package.is_file():
        yield from _read_package(package, faults, notes)
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.stem in SPATIAL and path.suffix.lower().lstrip(".") in _SINGLE:
            with heard(path.name, notes):
                tried = _tried(path, faults)
            yield path.stem, *tried


@contextmanager
def heard(where: str, notes: list[Note]) -> Iterator[None]:
    """Turn what the reader remarks meanwhile, in English and on the screen, into notes.

    Parameters
    ----------
    where : str
        File, for the notes.
    notes : list of Note
        Where they are noted.

    Yields
    ------
    None
        While a file is read.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", RuntimeWarning)
        yield
    remarks = dict.fromkeys(str(each.message) for each in said if issubclass(each.category, RuntimeWarning))
    notes += [Note(where, f"读图层的程序提示：{remark[:120]}", "已照常读入，请核对") for remark in remarks]


def _tried(path: Path, faults: Faults) -> tuple[str, pd.DataFrame | None]:
    """Read a file of one layer and say where it stands; None where it is broken or something else."""
    try:
        frame, said = opened(path)
    except DataError as error:
        faults.found += error.faults
        return path.name, None
    return (f"{path.name}（{said}）" if said else path.name), frame


def opened(path: Path, *, layer: str = "", encoding: str = "") -> tuple[pd.DataFrame, str]:
    """Read the one layer of a file, after its bytes have said that it is one.

    Parameters
    ----------
    path : Path
        A file that ends in gpkg, geojson, kml or shp.
    layer : str, optional
        Which layer, where there are several.
    encoding : str, optional
        Of the words of a Shapefile; "" goes by what it declares, else takes UTF-8 or GB18030 and says so.

    Returns
    -------
    tuple of (DataFrame, str)
        The features, degrees of GeoJSON and KML without a system; and what was settled on the way, or "".

    Raises
    ------
    DataError
        What the file is instead, what in it leads elsewhere, or what of it cannot be read.
    """
    doubt = containers.doubt(path)
    try:
        if not doubt:
            return _read_file(path, layer, encoding)
        doubt_said = _broken(path) if doubt == containers.BROKEN else doubt
    except UnicodeDecodeError:
        remedy = '请写明实际的编码，如 encoding = "GB18030"，或重新导出'
        raise DataError(Fault(path.name, "属性表的编码不是它所声明的", "", remedy)) from None
    except DataError:
        raise
    except (*_UNREADABLE, LookupError):
        doubt_said = _broken(path)
    raise DataError(Fault(path.name, f"打不开：{doubt_said}", "须为完好的矢量文件", "请重新导出"))


def layers_of(path: Path) -> tuple[str, ...]:
    """Return the names of the layers of a file that has several.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    tuple of str
        In the order of the file; () where it has one, or cannot be read.
    """
    if path.suffix.lower() not in (".gpkg", ".kml") or containers.doubt(path):
        return ()
    try:
        present = tuple(str(name) for name, _ in pyogrio.list_layers(path))
    except _UNREADABLE:
        return ()
    return present if len(present) > 1 else ()


def is_used(path: Path) -> bool:
    """Tell whether a file is a layer of a district folder, or belongs to one.

    Parameters
    ----------
    path : Path
        A file of the folder.

    Returns
    -------
    bool
        True for a layer, a part of a Shapefile, and what SQLite keeps beside the GeoPackage.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending in _PARTS:
        return path.with_suffix(".shp").exists() and path.stem in SPATIAL
    owner = next((path.name.removesuffix(end) for end in _JOURNALS if path.name.endswith(end)), path.name)
    return owner == GEOPACKAGE or (path.stem in SPATIAL and ending in _SINGLE)


def _read_package(package: Path, faults: Faults, notes: list[Note]) -> Iterator[tuple[str, str, pd.DataFrame | None]]:
    """Yield the layers of the GeoPackage; those with other names are noted."""
    doubt = containers.doubt(package)
    try:
        with heard(package.name, notes):
            present = [] if doubt else [name for name, _ in pyogrio.list_layers(package)]
    except _UNREADABLE:
        doubt = containers.BROKEN
    if doubt:
        found = "打不开" if doubt == containers.BROKEN else f"打不开：{doubt}"
        faults.add(package.name, found, "须为完好的 GeoPackage，只有图层，没有程序", "请重新导出")
        return
    for name in (name for name in NAMES if name in present):
        where = f"{package.name} 图层「{name}」"
        with heard(where, notes):
            frame = _layer(package, name, where, faults)
        yield name, where, frame
    others = [name for name in present if name not in NAMES]
    if others:
        notes.append(Note(package.name, f"有 {len(others)} 个图层没有用到", "、".join(others)))


def _layer(package: Path, name: str, where: str, faults: Faults) -> pd.DataFrame | None:
    """Read one layer of the GeoPackage; one that is damaged is noted."""
    try:
        return pyogrio.read_dataframe(package, layer=name)
    except _UNREADABLE:
        faults.add(where, "打不开：图层已损坏", "须为完好的 GeoPackage", "请重新导出")
        return None


def _broken(path: Path) -> str:
    """Say what is wrong with a vector file, as far as it can be found."""
    if path.suffix.lower() == ".shp":
        lost = [end for end in ("dbf", "shx") if not path.with_suffix(f".{end}").exists()]
        return f"缺少同名的 {'、'.join(lost)} 文件" if lost else "文件不完整"
    if path.suffix.lower() == ".geojson":
        try:
            json.loads(path.read_bytes().decode("utf-8-sig"))
        except json.JSONDecodeError as fault:
            return f"第 {fault.lineno} 行第 {fault.colno} 字起不是 JSON"
        except UnicodeDecodeError:
            return "编码不是 UTF-8"
        return "不是 GeoJSON"
    return containers.BROKEN


def _read_file(path: Path, layer: str, encoding: str) -> tuple[gpd.GeoDataFrame, str]:
    """Read one vector file, and say what was settled on the way."""
    ending, said = path.suffix.lower(), ""
    if ending == ".shp":
        return _read_shapefile(path, encoding)
    if ending == ".geojson":
        content, said, lost = containers.plain_geojson(path)
        if lost:
            raise DataError(*lost)
        frame = pyogrio.read_dataframe(content)
    elif ending == ".gpkg":
        frame = pyogrio.read_dataframe(path, layer=_layer_of(path, layer))
    else:
        frame = _read_kml(path, layer)
    if ending != ".gpkg" and isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
        frame = frame.set_crs(None, allow_override=True) if frame.crs.to_epsg() == 4326 else frame
    return frame, said


def _layer_of(path: Path, layer: str) -> str:
    """Return the layer of a file that is named, or the only one; several are asked about."""
    present = [str(name) for name, _ in pyogrio.list_layers(path)]
    listed = "、".join(f"「{name}」" for name in present)
    if layer and layer not in present:
        raise DataError(Fault(path.name, f"没有图层「{layer}」", f"现有：{listed}", "请更正 layer"))
    if not layer and len(present) != 1:
        raise DataError(Fault(path.name, f"有 {len(present)} 个图层：{listed}", "", '请写明 layer = "…"'))
    return layer or present[0]


def _read_kml(path: Path, layer: str) -> pd.DataFrame:
    """Read the folders of a KML as one layer, or the one that is named."""
    folders = [_layer_of(path, layer)] if layer else [str(name) for name, _ in pyogrio.list_layers(path)]
    parts = [pyogrio.read_dataframe(path, layer=name) for name in folders]
    filled = [part for part in parts if len(part)] or parts[:1]
    frame = filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
    return frame.drop(columns=[name for name in _KML_FIELDS if name in frame]).rename(columns={"Name": "name"})


def _read_shapefile(path: Path, encoding: str) -> tuple[gpd.GeoDataFrame, str]:
    """Read a Shapefile in the encoding it declares (.cpg or language byte), else UTF-8, else GB18030."""
    if encoding:
        return _full_names(pyogrio.read_dataframe(path, encoding=encoding), path.stem), ""
    language = path.with_suffix(".dbf").read_bytes()[29]
    if path.with_suffix(".cpg").exists() or language:
        return _full_names(pyogrio.read_dataframe(path), path.stem), ""
    try:
        frame, taken = pyogrio.read_dataframe(path, encoding="UTF-8"), "UTF-8"
    except UnicodeDecodeError:
        frame, taken = pyogrio.read_dataframe(path, encoding="GB18030"), "GB18030"
    return _full_names(frame, path.stem), f"未声明编码，按 {taken} 读取"


def _full_names(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Give field names that the Shapefile cut off their full length again."""
    if name not in TABLES:
        return frame
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
    with _package(path):
        for name in NAMES:
            if name in frames:
                _write_layer(frames[name], name, path)


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
    with _package(path):
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")


@contextmanager
def _package(path: Path) -> Iterator[None]:
    """Write a GeoPackage with a day that is always the same; it reaches the disk once, not with every statement."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT, "OGR_SQLITE_SYNCHRONOUS": "OFF"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None, "OGR_SQLITE_SYNCHRONOUS": None})
    with path.open("rb+") as written:
        os.fsync(written.fileno())


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
