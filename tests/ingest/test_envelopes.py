"""What comes packed is read as if it lay open; what would lead elsewhere, or never end, is refused."""

import gzip
import io
import json
import zipfile

import pytest

from zhaosheng_analysis.ingest import envelopes
from zhaosheng_analysis.schema import DataError

ABOUT = (
    'about = { district_id = "d", name = "甲区", district_code = "330105", crs = "EPSG:4549", '
    'intake_year = "2026", synthetic = "否" }'
)
STREETS = """
[[sources]]
files = "roads.*"
datum = "CGCS2000"
rest = "ignore"
streets = { street_id = { key = "name", prefix = "r" }, name = "name", kind = { is = "street", why = "道路" } }
"""
DRIVER = "OGRVRTDataSource"
LINE = {"type": "LineString", "coordinates": [[120.0, 30.0], [120.1, 30.0]]}
ROADS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "中华路"}, "geometry": LINE}],
    },
    ensure_ascii=False,
).encode()


def zipped(**parts: bytes) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("_", "."), content)
    return box.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("roads_geojson", ROADS),
        ("roads_json", ROADS),
        ("roads_gz", gzip.compress(ROADS)),
        ("roads_zip", zipped(lines_geojson=ROADS)),
    ],
)
def test_a_layer_is_the_same_however_it_is_packed(taken, name, content):
    made = taken(f"{ABOUT}\n{STREETS}", **{name: content})
    assert made.tables["streets"]["name"].tolist() == ["中华路"]


@pytest.mark.parametrize("name", ["roads_gpkg", "roads_kml", "roads_shp", "roads_zip"])
def test_a_list_of_other_files_reads_nothing(taken, tmp_path, name):
    secret = tmp_path / "secret.csv"
    secret.write_text("name\nroot\n", encoding="utf-8")
    layer = f'<{DRIVER}><OGRVRTLayer name="streets"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></{DRIVER}>'
    content = zipped(roads_gpkg=layer.encode()) if name == "roads_zip" else layer.encode()
    with pytest.raises(DataError, match="打不开"):
        taken(f"{ABOUT}\n{STREETS}", **{name: content})


def test_several_layers_are_asked_about(taken):
    with pytest.raises(DataError, match="压缩包里有 2 个表或图层"):
        taken(f"{ABOUT}\n{STREETS}", roads_zip=zipped(a_geojson=ROADS, b_geojson=ROADS))


def test_what_never_ends_is_stopped(taken, monkeypatch):
    monkeypatch.setattr(envelopes, "LARGEST", 1 << 20)
    with pytest.raises(DataError, match="解开后超过"):
        taken(f"{ABOUT}\n{STREETS}", roads_gz=gzip.compress(b"{" + b" " * (8 << 20)))
