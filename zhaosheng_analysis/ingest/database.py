"""Tables and layers of a PostgreSQL or PostGIS database, taken out as files in one moment.

A district folder opens no connections, whoever sent it, and what a run has read can be read again; so a database is
not read by the verbs themselves but taken out once, by somebody who names it: tables as CSV, tables with a geometry as
layers. Tables that have our names are a district folder at once; others are raw files for `ingest.suggest`.
"""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import LAYERS, vectors
from zhaosheng_analysis.schema import DataError, Fault, Faults, csv_safety

if TYPE_CHECKING:
    import psycopg

LOG = "database-log.csv"
_PATIENCE_S = 10
_COLUMNS = """
    SELECT c.table_name, c.column_name, c.udt_name
    FROM information_schema.columns c
    WHERE c.table_schema = %s
    ORDER BY c.table_name, c.ordinal_position
"""
_OWN = ("spatial_ref_sys", "geometry_columns", "geography_columns")  # what PostGIS keeps for itself


@dataclass(frozen=True)
class Fetched:
    """What was taken out of a database.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Tables without a geometry by name, every cell as text, blank where the database has nothing.
    layers : dict of str to GeoDataFrame
        Tables with a geometry, in the system their numbers (SRID) name.
    """

    tables: dict[str, pd.DataFrame]
    layers: dict[str, gpd.GeoDataFrame]


def fetch(address: str, *, schema: str = "public", names: Sequence[str] = ()) -> Fetched:
    """Take tables and views out of a database, all as they are at one moment; nothing in it is changed.

    Parameters
    ----------
    address : str
        Such as ``postgresql://planner@127.0.0.1/edu``; the password may come from PGPASSWORD or ``.pgpass``.
    schema : str, default "public"
        Schema the tables are in.
    names : sequence of str, optional
        Which tables; all of the schema where none is named.

    Returns
    -------
    Fetched
        Tables and layers by name.

    Raises
    ------
    DataError
        The database cannot be reached, a table is not there, has several geometries or one without a system.
    """
    with _connected(address) as connection:
        columns = _columns(connection, schema)
        chosen = _chosen(columns, names, schema)
        faults, tables, layers = Faults(), {}, {}
        for name in chosen:
            table = _copied(connection, schema, name)
            shapes = [column for column, kind in columns[name].items() if kind == "geometry"]
            if not shapes:
                tables[name] = table
            elif len(shapes) > 1:
                faults.add(
                    f"表 {name}", f"有 {len(shapes)} 列图形：{'、'.join(shapes)}", "一列", "请建一个只有一列图形的视图"
                )
            else:
                layers |= _drawn(table, shapes[0], name, faults)
    faults.raise_if_any()
    return Fetched(tables, layers)


@contextmanager
def _connected(address: str) -> "Iterator[psycopg.Connection]":
    """Connect for reading one moment; a password is in no message."""
    try:
        import psycopg
    except ImportError:
        needed = "读数据库需要附加组件 database"
        raise DataError(Fault("数据库", "没有安装 psycopg", needed, "请安装 zhaosheng-analysis[database]")) from None
    example = "如 postgresql://用户@主机:5432/数据库"
    try:
        psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError:  # its own words may quote the password
        raise DataError(Fault("数据库", "所写的不是数据库地址", example, "请核对写法")) from None
    try:
        connection = psycopg.connect(address, connect_timeout=_PATIENCE_S)
    except psycopg.Error as error:
        found = f"连不上：{type(error).__name__}"
        raise DataError(Fault("数据库", found, example, "请核对地址、用户、口令和网络")) from None
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            yield connection
        except psycopg.Error as error:
            said = (error.diag.message_primary or type(error).__name__) if error.diag else type(error).__name__
            raise DataError(Fault("数据库", f"读到一半出错：{said}", "", "请核对读的权限")) from None


def _columns(connection: "psycopg.Connection", schema: str) -> dict[str, dict[str, str]]:
    """Return the columns of every table and view of a schema: name -> kind."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(_COLUMNS, (schema,)):
        if table not in _OWN:
            found.setdefault(table, {})[column] = kind
    return found


def _chosen(columns: Mapping[str, object], names: Sequence[str], schema: str) -> list[str]:
    """Return the tables asked for, or all; every one that is not there is named."""
    lost = [name for name in names if name not in columns]
    if lost or not columns:
        found = f"没有 {'、'.join(lost)}" if lost else "没有表，或没有读的权限"
        raise DataError(Fault(f"模式 {schema}", found, f"现有：{'、'.join(sorted(columns)) or '无'}", "请核对名称"))
    return list(names) or sorted(columns)


def _copied(connection: "psycopg.Connection", schema: str, name: str) -> pd.DataFrame:
    """Copy one table as text, rows in the order of their text: a database promises none."""
    from psycopg import sql

    query = sql.SQL("COPY (SELECT * FROM {} t ORDER BY t::text) TO STDOUT (FORMAT csv, HEADER)")
    written = io.BytesIO()
    with connection.cursor().copy(query.format(sql.Identifier(schema, name))) as rows:
        for part in rows:
            written.write(part)
    lines = list(csv.reader(io.StringIO(written.getvalue().decode(), newline="")))
    return pd.DataFrame(lines[1:], columns=lines[0], dtype="str")


def _drawn(table: pd.DataFrame, shape: str, name: str, faults: Faults) -> dict[str, gpd.GeoDataFrame]:
    """Make a layer of a table, its shapes from the form PostGIS prints them in."""
    shapes = shapely.from_wkb(table[shape].where(table[shape] != "", None).to_numpy(dtype=object))
    systems = sorted({int(number) for number in shapely.get_srid(shapes) if number > 0})
    if len(systems) != 1:
        found = f"图形的坐标系：{'、'.join(map(str, systems)) or '没有写'}"
        faults.add(f"表 {name}", found, "一张表一个坐标系（SRID）", "请在库里用 ST_SetSRID 或 ST_Transform 改好")
        return {}
    bare = shapely.set_srid(shapes, 0)
    return {name: gpd.GeoDataFrame(table.drop(columns=shape), geometry=bare, crs=f"EPSG:{systems[0]}")}


def files(fetched: Fetched) -> dict[str, bytes]:
    """Write what was taken out: tables as CSV, layers of ours in district.gpkg, others each in a GeoPackage.

    Parameters
    ----------
    fetched : Fetched
        From `fetch`.

    Returns
    -------
    dict of str to bytes
        Content by file name, the same bytes for the same data; `LOG` says how many rows each table had.
    """
    packages: dict[str, dict[str, gpd.GeoDataFrame]] = {}
    for name, layer in fetched.layers.items():
        package = vectors.GEOPACKAGE if name in LAYERS else f"{name}.gpkg"
        packages.setdefault(package, {})[name] = layer
    written = {f"{name}.csv": _csv(table) for name, table in fetched.tables.items()}
    written |= {name: _package(layers) for name, layers in packages.items()}
    rows = {name: len(table) for name, table in (fetched.tables | fetched.layers).items()}
    return written | {LOG: _csv(pd.DataFrame({"表": list(rows), "行数": list(rows.values())}))}


def _csv(table: pd.DataFrame) -> bytes:
    return ("\ufeff" + csv_safety.csv(table)).encode()


def _package(layers: Mapping[str, gpd.GeoDataFrame]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        for name, layer in layers.items():
            vectors.append(layer, name, path)
        return path.read_bytes()
