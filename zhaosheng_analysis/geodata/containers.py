"""What a vector file is, told by its bytes before GDAL sees it: a folder somebody sent reads nothing but itself.

GDAL goes by content: a file called district.gpkg may be a list of other files to read, or of addresses to ask. So the
four kinds a district comes in are recognised here, whatever could lead out of them is refused, and GDAL never meets
the rest.
"""

import json
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.parsers import expat

from zhaosheng_analysis.geodata import geojson
from zhaosheng_analysis.schema import Fault, Faults

#: What is said of a file that is of its kind, and spoilt.
BROKEN = "文件不完整"
_SHAPES = b"\x00\x00\x27\x0a"  # first bytes of .shp and .shx
_SQLITE = b"SQLite format 3\x00"
_GEOPACKAGE = (b"GPKG", b"GP10", b"GP11")  # bytes 68 to 71 of a GeoPackage
_GEOJSON = {
    "FeatureCollection",
    "Feature",
    "GeometryCollection",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
}
_PARTS = ("type", "crs", "features", "geometry", "properties", "id", "coordinates", "geometries")
_SYSTEM = re.compile(r"(urn:ogc:def:crs:)?(EPSG|OGC):[\w.]*:?\w+", re.IGNORECASE)
# Triggers GeoPackage software makes itself; they run on writing only, and nobody writes here.
_USUAL_TRIGGERS = re.compile(r"(rtree|gpkg|trigger_(insert|delete)_feature_count|ogr)_.*", re.DOTALL)
_USUAL_FUNCTIONS = {
    "raise",
    "st_isempty",
    "st_minx",
    "st_maxx",
    "st_miny",
    "st_maxy",
    "lower",
    "abs",
    "coalesce",
    "strftime",
    "rtree",
}
_CALLED = re.compile(r"(\w+)\s*\(")
_WORDS_OF_SQL = {"values", "when", "where", "and", "or", "not", "in", "of", "exists", "old", "new", "into", "set"}
_GENERATED = (2, 3)  # what PRAGMA table_xinfo says of a column that is computed
_COMPUTED = -2  # what PRAGMA index_xinfo says of a place that is an expression


def outsiders(folder: Path, faults: Faults) -> None:
    """Note what stands in a folder and leads out of it, or is no file: links, pipes, devices.

    Parameters
    ----------
    folder : Path
        District folder.
    faults : Faults
        Where they are noted.
    """
    home = os.path.realpath(folder)
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_symlink() and os.path.commonpath((home, os.path.realpath(path))) != home:
            faults.add(path.name, "是指向文件夹以外的链接", "只读文件夹里的文件", "请把文件本身放进来，或删去链接")
            continue
        try:
            mode = path.stat().st_mode
        except OSError:
            faults.add(path.name, "是断开的或绕圈的链接", "只读文件夹里的文件", "请删去")
            continue
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            faults.add(path.name, "不是文件（是管道、套接字或设备）", "只读普通文件", "请删去")


def doubt(path: Path) -> str:
    """Say why a vector file may not be opened, or nothing.

    Parameters
    ----------
    path : Path
        A file that ends in gpkg, geojson, kml or shp.

    Returns
    -------
    str
        What it is instead, or what in it leads elsewhere, in Chinese.
    """
    judge = {".gpkg": _of_geopackage, ".geojson": _of_geojson, ".kml": _of_kml, ".shp": _of_shapes}
    return judge[path.suffix.lower()](path)


def plain_geojson(path: Path) -> tuple[bytes, str, list[Fault]]:
    """Return a GeoJSON without whatever is no part of the format, so that no other driver could feel meant.

    Parameters
    ----------
    path : Path
        A file without `doubt`.

    Returns
    -------
    tuple of (bytes, str, list of Fault)
        The same features; what was put right of their shapes, or ""; shapes nobody can read.
    """
    data = json.loads(path.read_bytes().decode("utf-8-sig"))
    plain, said, lost = geojson.settled({name: data[name] for name in _PARTS if name in data}, path.name)
    return json.dumps(plain).encode(), said, lost


def _of_shapes(path: Path) -> str:
    parts = [part for part in (path, path.with_suffix(".shx")) if part.is_file()]
    if not path.with_suffix(".dbf").is_file():
        return BROKEN
    return "" if all(_head(part, 4) == _SHAPES for part in parts) else "内容不是 Shapefile"


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


def _of_geojson(path: Path) -> str:
    """Judge a GeoJSON; where it is no JSON at all, whoever reads it says so with the line."""
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return BROKEN
    if not isinstance(data, dict) or data.get("type") not in _GEOJSON:
        return "内容不是 GeoJSON"
    system = data.get("crs")
    if system is None:
        return ""
    named = isinstance(system, dict) and system.get("type") == "name" and isinstance(system.get("properties"), dict)
    name = system["properties"].get("name") if named else None
    if isinstance(name, str) and _SYSTEM.fullmatch(name):
        return ""
    return "坐标系 crs 不是 EPSG 编号，而是别处的地址或文字"


def _of_kml(path: Path) -> str:
    """Judge a KML: its root, and that it brings no definitions of its own and no link to other data."""
    seen: list[str] = []
    parser = expat.ParserCreate()

    def element(name: str, _: dict) -> None:
        local = name.rpartition(":")[2]
        if not seen and local != "kml":
            raise _Refused("内容不是 KML")
        if local == "NetworkLink":
            raise _Refused("有指向别处数据的 NetworkLink")
        seen.append(local) if not seen else None

    def definitions(*_: object) -> None:
        raise _Refused("有文档类型定义（DTD）")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = element, definitions
    try:
        parser.Parse(path.read_bytes(), True)
    except _Refused as refused:
        return str(refused)
    except (expat.ExpatError, LookupError, ValueError):
        return BROKEN
    return ""


class _Refused(Exception):  # noqa: N818 - a way out of a parser, never seen outside
    """What stops the reading of a KML."""


def _of_geopackage(path: Path) -> str:
    """Judge a GeoPackage: plain tables, no view, no computed column, no trigger but the usual ones."""
    head = _head(path, 72)
    if not head.startswith(_SQLITE) or head[68:72] not in _GEOPACKAGE:
        return "内容不是 GeoPackage"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as package:
            return next(_strange(package), "")
    except (sqlite3.Error, UnicodeDecodeError):
        return BROKEN


def _strange(package: sqlite3.Connection) -> Iterator[str]:
    """Yield what in a GeoPackage is more than a table of features."""
    for kind, name, sql in package.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        if kind == "view":
            yield f"有 SQL 视图「{name}」"
        elif kind == "trigger" and not (_USUAL_TRIGGERS.fullmatch(name) and _calls(sql) <= _USUAL_FUNCTIONS):
            yield f"有 SQL 触发器「{name}」"
        elif kind == "table" and re.match(r"\s*CREATE\s+VIRTUAL\b", sql or "", re.IGNORECASE):
            if not re.search(r"\bUSING\s+rtree\s*\(", sql, re.IGNORECASE):
                yield f"有虚拟表「{name}」"
        elif kind == "table" and _column_is(package, "table_xinfo", name, _GENERATED):
            yield f"表「{name}」有计算得出的列"
        elif kind == "index" and sql and _column_is(package, "index_xinfo", name, (_COMPUTED,)):
            yield f"索引「{name}」由计算得出"


def _calls(sql: str) -> set[str]:
    """Return the functions a statement calls, in small letters; what is quoted is no call."""
    plain = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "x", sql)
    return {word.lower() for word in _CALLED.findall(plain)} - _WORDS_OF_SQL - {"x"}


def _column_is(package: sqlite3.Connection, pragma: str, name: str, marks: tuple[int, ...]) -> bool:
    """Tell whether a column of a table, or a place of an index, is marked as computed."""
    at = 6 if pragma == "table_xinfo" else 1
    quoted = name.replace('"', '""')
    return any(row[at] in marks for row in package.execute(f'PRAGMA {pragma}("{quoted}")'))
