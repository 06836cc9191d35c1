"""A district in PostGIS, taken out as a folder: the same district; raw tables as files. A real server is started."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import demo, geodata, ingest, schema
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
POSTGIS = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
# Only a machine without PostGIS that is not CI goes without these, as the README says.
MISSING = "a district is read from PostGIS, which is not installed here: apt-get install postgresql postgis"
SMALL = ("schools", "zones", "boundary", "areas", "streets", "units", "zone_schools")


def called(*command: object) -> str:
    """Run a program of the server, which refuses to be root's, as somebody else where we are root."""
    other = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run([*other, *map(str, command)], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start PostgreSQL on a free port of this machine, and stop it in the end."""
    if not (PROGRAMS and POSTGIS) and not os.environ.get("CI"):
        pytest.skip(MISSING)
    programs, place = PROGRAMS[-1].parent, Path("/tmp") / f"zhaosheng-pg-{os.getpid()}"  # noqa: S108 - the server's user must get there
    place.mkdir()
    if os.getuid() == 0:
        shutil.chown(place, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    called(programs / "initdb", "-D", place / "data", "-A", "trust", "-U", "planner", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c fsync=off"
    called(programs / "pg_ctl", "-D", place / "data", "-w", "-l", place / "log", "-o", options, "start")
    yield f"postgresql://planner@127.0.0.1:{port}/postgres"
    called(programs / "pg_ctl", "-D", place / "data", "-m", "immediate", "stop")
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def stored(server):
    """Put the little town into a schema of its own, and two tables with a bureau's own names beside it."""
    import psycopg

    town = demo.nine_plots()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis; CREATE SCHEMA town; CREATE SCHEMA raw")
        for name, table in {**town.tables, **{name: getattr(town, name) for name in SMALL}}.items():
            put(connection, name, table, town.crs)
        facts = pd.DataFrame({"key": list(town.about), "value": list(town.about.values())})
        put(connection, "about", facts, town.crs)
        connection.execute("""CREATE TABLE raw."学校" ("名称" text, "班数" int); INSERT INTO raw."学校" VALUES
            ('一小', 4), ('=1+1', NULL)""")
        connection.execute("CREATE TABLE raw.points (n int, a geometry, b geometry)")
        connection.execute(
            "CREATE TABLE raw.nowhere (n int, geom geometry); INSERT INTO raw.nowhere VALUES (1, 'POINT(1 2)')"
        )
    return server, town


def put(connection, name, table, crs) -> None:
    """Write a table of ours as a database would hold it: days as dates, shapes as geometry, the rest as text."""
    from psycopg import sql

    rows = pd.DataFrame({column: table[column] for column in table})
    kinds = dict.fromkeys(rows, "text") | dict.fromkeys(rows.select_dtypes("datetime"), "timestamp")
    if "geometry" in rows:
        rows["geometry"], kinds["geometry"] = table.geometry.to_wkt(), "geometry"
    place = sql.Identifier("town", name)
    listed = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in kinds.items()]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(", ").join(listed)))
    shape = sql.SQL(f"ST_GeomFromText(%s, {int(crs.removeprefix('EPSG:'))})")
    cells = sql.SQL(", ").join(shape if kind == "geometry" else sql.SQL("%s") for kind in kinds.values())
    rows = rows.astype(object).where(rows.notna(), None)
    with connection.cursor() as cursor:
        into = sql.SQL("INSERT INTO {} VALUES ({})").format(place, cells)
        cursor.executemany(into, [list(map(_said, row)) for row in rows.to_numpy()])


def _said(cell: object) -> object:
    return cell if cell is None or hasattr(cell, "isoformat") else str(cell)


def test_a_district_comes_out_of_the_database_as_it_went_in(stored, tmp_path):
    server, town = stored
    done = CliRunner().invoke(main.app, ["ingest", "fetch", server, "--schema", "town", "--out", str(tmp_path / "d")])
    assert done.exit_code == 0, done.output
    loaded = geodata.load(tmp_path / "d")
    assert set(loaded.tables) == set(town.tables)
    for name, table in town.tables.items():
        pd.testing.assert_frame_equal(
            schema.ordered(name, loaded.table(name)), schema.ordered(name, table), check_dtype=False
        )
    assert loaded.zones.set_index("zone_id").geometry.geom_equals(town.zones.set_index("zone_id").geometry).all()
    before = {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()}
    CliRunner().invoke(main.app, ["ingest", "fetch", server, "--schema", "town", "--out", str(tmp_path / "d")])
    assert {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()} == before


def test_tables_with_other_names_are_raw_files(stored, tmp_path):
    server, _ = stored
    told = CliRunner().invoke(
        main.app, ["ingest", "fetch", server, "--schema", "raw", "--table", "学校", "--out", str(tmp_path / "raw")]
    )
    assert "2 行" in told.output
    text = (tmp_path / "raw" / "学校.csv").read_text(encoding="utf-8-sig")
    assert text == "名称,班数\n'=1+1,\n一小,4\n"


@pytest.mark.parametrize(
    ("schema_name", "names", "said"),
    [
        ("raw", ["没有的"], "没有 没有的；.*现有：nowhere、points、学校"),
        ("empty", [], "没有表，或没有读的权限"),
        ("raw", ["points"], "有 2 列图形：a、b"),
        ("raw", ["nowhere"], "图形的坐标系：没有写"),
    ],
)
def test_what_cannot_be_taken_is_named(stored, schema_name, names, said):
    with pytest.raises(DataError, match=said):
        ingest.database.fetch(stored[0], schema=schema_name, names=names)


def test_a_database_that_is_not_there_is_told_without_the_password():
    with pytest.raises(DataError, match="连不上") as told:
        ingest.database.fetch("postgresql://planner:geheim@127.0.0.1:1/edu")
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize("word", ["胡写", "postgresql://planner:geheim@[::1/edu", "招生.xlsx"])
def test_what_is_no_address_is_said_to_be_none(tmp_path, word):
    with pytest.raises(DataError, match="不是数据库地址") as refused:
        ingest.database.fetch(word)
    assert "geheim" not in str(refused.value)
