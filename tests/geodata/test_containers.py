"""A folder somebody sent reads nothing but itself: no file beside it, no address, no program in a database.

What would be read if the door were open shows itself: a pipe outside the folder that somebody may open, a server that
may be asked, a text that may appear.
"""

import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pandas as pd
import pyogrio
import pytest

from tests.towns.tampering import messages, rewrite_tables, sheet
from zhaosheng_analysis.geodata import containers

LINE = "root:x:0:0"
_PROGRAMS = ("('socket.", "('subprocess.", "('os.system", "('os.exec", "('os.posix_spawn")
VIRTUAL = """<OGRVRTDataSource><OGRVRTLayer name="streets"><SrcDataSource>{0}</SrcDataSource>
<SrcLayer>secret</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.fixture
def outside(tmp_path):
    """Return a table outside the folder, which must not be read."""
    path = tmp_path / "secret.csv"
    path.write_text(f"name,kind\n{LINE},street\n", encoding="utf-8")
    return path


@contextmanager
def server():
    """Listen on this machine; yield the port and the requests that came."""
    asked = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def listen():
            while (said := receive(listener)) != b"enough":
                asked.append(said)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        with closing(socket.create_connection(listener.getsockname())) as caller:
            caller.sendall(b"enough")
        thread.join(10)


def receive(listener):
    """Take the first words of the next caller."""
    caller, _ = listener.accept()
    with closing(caller):
        return caller.recv(200)


def without(folder, layer):
    """Take a layer out of the GeoPackage, so that a file of its own can hold it."""
    path = folder / "district.gpkg"
    frames = {name: pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path) if name != layer}
    path.unlink()
    for name, frame in frames.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")


@pytest.mark.parametrize("name", ["district.gpkg", "streets.geojson", "streets.kml", "streets.shp"])
def test_a_virtual_file_under_another_name_reads_nothing(town_dir, outside, name):
    if name != "district.gpkg":
        without(town_dir, "streets")
    (town_dir / name).write_text(VIRTUAL.format(outside), encoding="utf-8")
    told = messages(town_dir)
    assert any(line.startswith(f"{name}：打不开：") for line in told)
    assert LINE not in "".join(told)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("district.gpkg", VIRTUAL.format("/vsicurl/http://127.0.0.1:{port}/x.csv")),
        (
            "streets.geojson",
            '{{"type":"FeatureCollection","crs":{{"type":"link","properties":'
            '{{"href":"http://127.0.0.1:{port}/"}}}},"features":[]}}',
        ),
        (
            "streets.geojson",
            '{{"type":"gdal_streamed_alg","command_line":"gdal vector convert '
            '/vsicurl/http://127.0.0.1:{port}/x.geojson","type":"FeatureCollection","features":[]}}',
        ),
        (
            "streets.kml",
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>'
            "http://127.0.0.1:{port}/x.kml</href></Link></NetworkLink></Document></kml>",
        ),
        ("streets.kml", '<!DOCTYPE kml SYSTEM "http://127.0.0.1:{port}/x.dtd"><kml></kml>'),
    ],
)
def test_no_layer_makes_a_request(town_dir, name, content):
    with server() as (port, asked):
        if name != "district.gpkg":
            without(town_dir, "streets")
        (town_dir / name).write_text(content.replace("{port}", str(port)).replace("{{", "{").replace("}}", "}"))
        told = messages(town_dir)
    assert told
    assert not asked


def test_the_server_of_these_tests_would_notice():
    with server() as (port, asked), closing(socket.create_connection(("127.0.0.1", port))) as caller:
        caller.sendall(b"GET /")
    assert asked == [b"GET /"]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE VIEW evil AS SELECT * FROM gpkg_contents", "有 SQL 视图「evil」"),
        ("CREATE TRIGGER evil AFTER INSERT ON units BEGIN SELECT 1; END", "有 SQL 触发器「evil」"),
        (
            "CREATE TRIGGER rtree_units_geom_insert9 AFTER INSERT ON units BEGIN SELECT ogr_geocode('x'); END",
            "有 SQL 触发器「rtree_units_geom_insert9」",
        ),
        ("CREATE VIRTUAL TABLE evil USING fts5(x)", "有虚拟表「evil」"),
        ("CREATE TABLE evil (a TEXT, b TEXT AS (upper(a)))", "表「evil」有计算得出的列"),
        ("CREATE INDEX evil ON units (upper(name))", "索引「evil」由计算得出"),
    ],
)
def test_a_database_with_a_program_in_it_is_refused(town_dir, statement, told):
    with closing(sqlite3.connect(town_dir / "district.gpkg")) as package:
        package.execute(statement)
        package.commit()
    assert f"district.gpkg：打不开：{told}；" in messages(town_dir)[0]


def test_a_program_that_waits_in_the_journal_is_seen(town_dir):
    package = sqlite3.connect(town_dir / "district.gpkg")
    package.execute("PRAGMA journal_mode=WAL")
    package.execute("CREATE VIEW evil AS SELECT 1")
    package.commit()
    kept = {path.name: path.read_bytes() for path in town_dir.iterdir()}
    package.close()
    for name, content in kept.items():
        (town_dir / name).write_bytes(content)
    assert "有 SQL 视图「evil」" in messages(town_dir)[0]


def test_a_sqlite_file_that_is_no_geopackage_is_refused(town_dir):
    (town_dir / "district.gpkg").unlink()
    with closing(sqlite3.connect(town_dir / "district.gpkg")) as plain:
        plain.execute("CREATE TABLE units (x)")
    assert "内容不是 GeoPackage" in messages(town_dir)[0]


def test_links_and_pipes_are_no_files(town_dir, tmp_path, outside):
    (town_dir / "streets.csv").symlink_to(outside)
    (town_dir / "plans.csv").symlink_to(town_dir / "plans.csv")
    os.mkfifo(town_dir / "housing.csv")
    assert messages(town_dir) == [
        "housing.csv：不是文件（是管道、套接字或设备）；只读普通文件；请删去。",
        "plans.csv：是断开的或绕圈的链接；只读文件夹里的文件；请删去。",
        "streets.csv：是指向文件夹以外的链接；只读文件夹里的文件；请把文件本身放进来，或删去链接。",
    ]


@pytest.mark.parametrize("crs", ["+proj=tmerc +lon_0=120 +nadgrids={0}", "+init={0}:x", "{0}", "GEOGCRS[]"])
def test_the_system_of_a_folder_is_a_number(town_dir, outside, crs):
    about = sheet(town_dir, "about")
    about.loc[about["key"] == "crs", "value"] = crs.format(outside)
    rewrite_tables(town_dir, about=about)
    assert "须为 CGCS2000 三度带投影" in messages(town_dir)[0]


@pytest.mark.parametrize("name", ["../outside/evil", "/etc/evil", "..", "a/b", "a b", "Town", "", "-x"])
def test_the_id_of_a_district_is_a_name(town_dir, name):
    about = sheet(town_dir, "about")
    about.loc[about["key"] == "district_id", "value"] = name
    rewrite_tables(town_dir, about=about)
    assert "「区县编号」(district_id)" in messages(town_dir)[0]


def test_features_are_read_as_they_are_from_each_kind_of_file(town, town_dir):
    without(town_dir, "streets")
    frame = town.streets.to_crs("EPSG:4490")
    frame["geometry"] = frame.geometry
    pyogrio.write_dataframe(frame.to_crs("EPSG:4326"), town_dir / "streets.geojson", driver="GeoJSON")
    data = json.loads((town_dir / "streets.geojson").read_text(encoding="utf-8"))
    assert containers.doubt(town_dir / "streets.geojson") == ""
    assert json.loads(containers.plain_geojson(town_dir / "streets.geojson")[0])["features"] == data["features"]


def test_check_opens_nothing_outside_the_folder(town_dir, outside, tmp_path):
    """Under a tracer of the system where there is one, and under the audit hook of Python everywhere."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for at in (outside, pipe):
        (town_dir / f"{at.stem}.vrt").write_text(VIRTUAL.format(at), encoding="utf-8")
    pd.DataFrame({"key": ["x"], "value": [str(outside)]}).to_csv(town_dir / "unknown.csv", index=False)
    program = (
        "import sys\n"
        "from zhaosheng_analysis.cli import main\n"
        "said = []\n"
        "sys.addaudithook(lambda event, args: said.append((event, str(args[0]))) if event in"
        " ('open', 'os.listdir', 'subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn') else"
        " said.append((event, str(args[1]))) if event in ('socket.connect', 'socket.getaddrinfo') else None)\n"
        f"try:\n    main.app(['check', {str(town_dir)!r}])\n"
        "except SystemExit as done:\n    code = done.code\n"
        "print(*map(repr, said), sep='\\n', file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    trace = tmp_path / "trace.txt"
    traced = (
        ["strace", "-f", "-qq", "-e", "trace=openat,open,connect", "-o", str(trace)] if shutil.which("strace") else []
    )
    done = subprocess.run([*traced, sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    seen = done.stderr + (trace.read_text(encoding="utf-8", errors="replace") if traced else "")
    assert str(town_dir / "district.gpkg") in seen
    assert not [line for line in seen.splitlines() if str(outside) in line or str(pipe) in line]
    assert not [line for line in seen.splitlines() if "connect(" in line and ("AF_INET" in line)]
    assert not [line for line in done.stderr.splitlines() if line.startswith(_PROGRAMS)]
    others = [line for line in seen.splitlines() if str(tmp_path) in line and str(town_dir) not in line]
    assert not [line for line in others if "open" in line]
    with pytest.raises(OSError, match=os.strerror(errno.ENXIO)):  # a pipe nobody reads from refuses the impatient
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
