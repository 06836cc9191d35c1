"""Layers of theirs: datum, encoding, stretches, outlines, and land of which only points are known."""

import json
import zipfile

import geopandas as gpd
import pytest
import shapely

from zhaosheng_analysis import geodata
from zhaosheng_analysis.schema import DataError

ABOUT = """about = { district_id = "x", name = "小小县", district_code = "330105", crs = "EPSG:4549", \
intake_year = "2026", synthetic = "是" }
"""


def test_stretches_of_a_street_are_joined_and_words_that_are_no_names_left_out(taken, tmp_path):
    lines = [shapely.LineString([(120.0 + at / 100, 30.0), (120.01 + at / 100, 30.0)]) for at in range(4)]
    names = ["中华路", "中华路", "无名道路", "李府街"]
    layer = gpd.GeoDataFrame({"NAME": names}, geometry=lines, crs="EPSG:4326")
    (tmp_path / "shape").mkdir()
    layer.to_file(tmp_path / "shape" / "roads.shp", encoding="GB18030")
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "roads.zip", "w") as package:
        for path in (tmp_path / "shape").iterdir():
            package.write(path, path.name)
    recipe = f"""{ABOUT}
[[sources]]
files = "roads.zip"
leave = {{ name = "无名*" }}
streets = {{ street_id = {{ key = "name", prefix = "r" }}, name = "name", kind = {{ is = "street", why = "道路" }}, \
dissolve = true }}
"""
    made = taken(recipe)
    streets = made.tables["streets"].set_index("name")
    assert sorted(streets.index) == ["中华路", "李府街"]
    assert streets.geometry["中华路"].geom_type == "LineString"
    assert streets.length["中华路"] == pytest.approx(2 * streets.length["李府街"], rel=1e-3)


def geojson(**shapes: shapely.Geometry | None) -> str:
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": shape and json.loads(shapely.to_geojson(shape))}
        for name, shape in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


ZONES = f"""{ABOUT}
[[sources]]
files = "zones.geojson"
datum = "GCJ-02"
zones = {{ zone_id = {{ key = "name", prefix = "z" }}, name = "name", stage = {{ is = "primary", why = "小学" }}, \
rule = {{ is = "single", why = "一校一区" }}, OPTIONS }}
"""


def test_a_layer_of_a_web_map_lies_where_its_datum_says(taken):
    box = shapely.box(120.10, 30.10, 120.12, 30.12)
    made = taken(ZONES.replace(", OPTIONS", ""), zones_geojson=geojson(甲=box)).tables["zones"]
    lon, lat = geodata.datums.convert(120.10, 30.10, source="GCJ-02", target="CGCS2000")
    west, south, *_ = made.to_crs("EPSG:4490").total_bounds
    assert (west, south) == (pytest.approx(float(lon), abs=1e-5), pytest.approx(float(lat), abs=1e-5))


def test_crossed_and_missing_outlines_are_refused_unless_the_recipe_says_what_to_do(taken):
    bow = shapely.Polygon([(120.1, 30.1), (120.12, 30.12), (120.12, 30.1), (120.1, 30.12)])
    shapes = geojson(甲=bow, 乙=None)
    with pytest.raises(DataError, match="自交"):
        taken(ZONES.replace(", OPTIONS", ""), zones_geojson=shapes)
    made = taken(ZONES.replace("OPTIONS", 'repair = true, no_shape = "原图没有画"'), zones_geojson=shapes)
    assert made.tables["zones"].geometry.is_valid.all()
    assert made.tables["zones"]["name"].tolist() == ["甲"]
    assert any("修复了 1 个图形" in note and "平方米" in note for note in made.notes)
    assert "没有图形（原图没有画）" in set(made.log["what"])


def test_estates_of_a_list_share_out_the_land_and_zones_are_made_of_them(taken):
    schools = [
        {"code": "s1", "name": "一小", "lng": "120.10", "lat": "30.10", "estates": ["甲园", "乙园", "丙园"]},
        {"code": "s2", "name": "二小", "lng": "120.14", "lat": "30.12", "estates": ["丁园", "戊园"]},
        {"code": "s3", "name": "三小", "lng": "120.12", "lat": "30.15", "estates": []},
    ]
    recipe = f"""{ABOUT}
[[sources]]
files = "schools.json"
datum = "GCJ-02"
rest = "ignore"
boundary = {{ district_id = {{ is = "x", why = "本县" }}, name = {{ is = "小小县", why = "本县" }}, hull = ["lng", \
"lat"], \
dissolve = true }}
[[sources]]
files = "schools.json"
datum = "GCJ-02"
explode = "estates"
rest = "ignore"
units = {{ unit_id = {{ key = "estates", prefix = "u" }}, name = "estates", kind = {{ is = "community", \
why = "名单" }}, cells = ["lng", "lat"], dissolve = true }}
zones = {{ zone_id = "code", name = "name", stage = {{ is = "primary", why = "小学" }}, rule = {{ is = "single", \
why = "名单" }}, union = "estates", dissolve = true }}
"""
    made = taken(recipe, schools_json=json.dumps(schools))
    units, zones, land = made.tables["units"], made.tables["zones"], made.tables["boundary"].union_all()
    assert len(units) == 5
    assert units.area.sum() == pytest.approx(land.area, rel=1e-6), "all of the land, and nothing twice"
    assert units.union_all().symmetric_difference(land).area < 1
    assert zones.area.sum() == pytest.approx(land.area, rel=1e-6)
    assert any("示意" in note for note in made.notes)
    assert "示意" in made.about["note"]


def test_a_shapefile_that_does_not_say_its_encoding_is_read_and_that_is_said(taken, tmp_path):
    (tmp_path / "in").mkdir()
    line = [shapely.LineString([(120.0, 30.0), (120.01, 30.0)])]
    gpd.GeoDataFrame({"NAME": ["中华路"]}, geometry=line, crs="EPSG:4326").to_file(
        tmp_path / "in" / "roads.shp", encoding="GB18030"
    )
    (tmp_path / "in" / "roads.cpg").unlink()
    table = bytearray((tmp_path / "in" / "roads.dbf").read_bytes())
    table[29] = 0
    (tmp_path / "in" / "roads.dbf").write_bytes(table)
    recipe = f"""{ABOUT}
[[sources]]
files = "roads.shp"
streets = {{ street_id = {{ key = "NAME", prefix = "r" }}, name = "NAME", kind = {{ is = "street", why = "道路" }} }}
"""
    made = taken(recipe)
    assert made.tables["streets"]["name"].tolist() == ["中华路"]
    assert any("未声明编码，按 GB18030 读取" in note for note in made.notes)


def test_a_school_without_coordinates_among_others_is_told(taken):
    recipe = f"""{ABOUT}
[[sources]]
files = "schools.csv"
datum = "CGCS2000"
schools = {{ school_id = "编号", name = "名称", stage = {{ is = "primary", why = "x" }}, \
sector = {{ is = "public", why = "x" }}, status = {{ is = "open", why = "x" }}, point = ["lng", "lat"] }}
"""
    with pytest.raises(DataError, match="有 1 个没有图形或坐标"):
        taken(recipe, schools_csv="编号,名称,lng,lat\ns1,甲,120.1,30.1\ns2,乙,,\n")


def test_the_layers_a_file_has_are_named_where_another_is_asked_for(taken, tmp_path):
    (tmp_path / "in").mkdir()
    box = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.box(120.10, 30.10, 120.12, 30.12)], crs="EPSG:4490")
    for layer in ("a", "b"):
        box.to_file(tmp_path / "in" / "zones.gpkg", layer=layer, mode="a" if layer == "b" else "w")
    recipe = ZONES.replace(", OPTIONS", "").replace("zones.geojson", "zones.gpkg").replace('datum = "GCJ-02"\n', "")
    with pytest.raises(DataError, match="有 2 个图层：「a」、「b」；请写明 layer"):
        taken(recipe)
    with pytest.raises(DataError, match="没有图层「c」；现有：「a」、「b」"):
        taken(recipe.replace('gpkg"', 'gpkg"\nlayer = "c"'))
    made = taken(recipe.replace('gpkg"', 'gpkg"\nlayer = "b"'))
    assert made.tables["zones"]["name"].tolist() == ["甲"]


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09", "CGCS2000"])
def test_a_datum_the_clerk_states_outweighs_the_degrees_of_a_prj(taken, tmp_path, datum):
    (tmp_path / "in").mkdir()
    box = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.box(120.10, 30.10, 120.12, 30.12)], crs="EPSG:4490")
    box.to_file(tmp_path / "in" / "zones.shp")
    recipe = ZONES.replace(", OPTIONS", "").replace("zones.geojson", "zones.shp").replace("GCJ-02", datum)
    made = taken(recipe)
    lon, lat = geodata.datums.convert(120.10, 30.10, source=datum, target="CGCS2000")
    west, south, *_ = made.tables["zones"].to_crs("EPSG:4490").total_bounds
    assert (west, south) == (pytest.approx(float(lon), abs=5e-4), pytest.approx(float(lat), abs=5e-4))
    assert any(f"按 {datum} 换算" in note for note in made.notes) == (datum != "CGCS2000")


def test_a_datum_of_web_maps_is_refused_of_metres(taken, tmp_path):
    (tmp_path / "in").mkdir()
    box = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.box(120.10, 30.10, 120.12, 30.12)], crs="EPSG:4490")
    box.to_crs("EPSG:4549").to_file(tmp_path / "in" / "zones.shp")
    with pytest.raises(DataError, match="以米计"):
        taken(ZONES.replace(", OPTIONS", "").replace("zones.geojson", "zones.shp"))
