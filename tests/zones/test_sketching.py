"""Zones that are known only by their sentences: loaded, drawn from them, and what could not be drawn is said."""

import dataclasses
import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from tests.towns.zone_maps import demo
from zhaosheng_analysis import demo as demos
from zhaosheng_analysis import forecast, geodata, policy, sentences, zones
from zhaosheng_analysis.cli import app

WEST, MIDDLE = "中一路以西", "二号院、五号院、八号院"


def told(*words: str | None) -> geodata.District:
    """Return the nine plots, whose three zones have sentences and no polygons."""
    town = demos.nine_plots()
    nowhere = town.zones.set_geometry([shapely.Polygon()] * 3, crs=town.crs)
    return dataclasses.replace(town, zones=nowhere.assign(sentence=pd.Series(words, nowhere.index, dtype="str")))


def units_in(district: geodata.District) -> list[set[str]]:
    """Return which units lie in each zone, in the order of the layer."""
    spots = district.units.set_index("unit_id").representative_point()
    return [set(spots.index[spots.within(shape)]) for shape in district.zones.geometry]


def saved(district: geodata.District, folder, *, as_table: bool):
    """Write a district folder whose zones have no polygons: empty features of the layer, or a table of their own."""
    geodata.save(district, folder)
    if as_table:
        package = folder / "district.gpkg"
        layers = {name: pyogrio.read_dataframe(package, layer=name) for name, _ in pyogrio.list_layers(package)}
        package.unlink()
        layers.pop("zones").drop(columns="geometry").to_csv(folder / "zones.csv", index=False)
        for name, layer in layers.items():
            pyogrio.write_dataframe(layer, package, layer=name)
    return folder


@pytest.mark.parametrize("as_table", [False, True])
def test_a_folder_without_polygons_is_loaded_and_drawn_from_its_sentences(tmp_path, as_table):
    folder = saved(told(WEST, MIDDLE, "三号院、六号院、九号院"), tmp_path / "town", as_table=as_table)
    loaded = geodata.load(folder)
    assert loaded.zones.geometry.is_empty.all()
    drawn = zones.from_sentences(loaded)
    assert units_in(drawn) == [{"u1", "u4", "u7"}, {"u2", "u5", "u8"}, {"u3", "u6", "u9"}]
    assert zones.check(drawn, stage="primary").empty
    assert zones.check(loaded, stage="primary").empty


def test_check_lists_what_could_not_be_placed():
    found = zones.check(told(WEST, "十号院", "二号院等"), stage="primary")
    unplaced = found[found["kind"] == "unplaced"].set_index("zone_ids")["message"]
    assert set(unplaced.index) == {("z2",), ("z3",)}
    assert "「十号院」：小区与村、区域图层中没有这个名称" in unplaced[("z2",)]
    assert "「等」后面还有没有" in unplaced[("z3",)]


def test_a_sentence_that_speaks_of_children_alone_draws_nothing_and_is_said():
    found = zones.check(told(WEST, MIDDLE, "农村小学只招收本乡镇学生"), stage="primary")
    said = found.loc[found["kind"] == "unplaced", "message"].tolist()
    assert said == ["文字没有落到图上（小学）：三小学区，没有图形，从文字也得不出地域：「农村小学只招收本乡镇学生」"]


def test_a_zone_that_names_another_school_is_drawn_after_that_one():
    drawn = zones.from_sentences(told("二小学区", "中一路以东、中二路以西", "九号院"))
    assert units_in(drawn) == [{"u2", "u5", "u8"}, {"u2", "u5", "u8"}, {"u9"}]


def test_a_polygon_that_is_there_is_left_as_it_is():
    town = told(WEST, MIDDLE, "九号院")
    shapes = town.zones.geometry.copy()
    shapes.iloc[2] = town.units.geometry.iloc[2]
    drawn = zones.from_sentences(dataclasses.replace(town, zones=town.zones.set_geometry(shapes)))
    assert units_in(drawn)[2] == {"u3"}


def test_a_zone_without_polygon_and_without_words_is_refused(tmp_path):
    folder = saved(told(WEST, None, "九号院"), tmp_path / "town", as_table=False)
    with pytest.raises(ValueError, match="有 1 个要素没有图形：第 2 个要素；每个要素须有面或在「学区文字」中写明"):
        geodata.load(folder)


def test_the_sentences_of_a_demo_district_give_its_layer_again():
    district = demo("laoting")
    nowhere = gpd.GeoSeries([shapely.Polygon()] * len(district.zones), district.zones.index, crs=district.crs)
    bare = dataclasses.replace(district, zones=district.zones.set_geometry(nowhere))
    drawn = zones.from_sentences(bare, limit="城区", index=sentences.gazetteer(district)).zones
    placed = ~drawn.geometry.is_empty
    stray = drawn.geometry.symmetric_difference(district.zones.geometry)
    stray = stray.intersection(district.units.geometry.union_all())[placed]
    assert placed.sum() == 7  # the others only say that rural schools take the children of their own township
    assert (stray.area < 1e-3 * district.zones.geometry[placed].area).all()


def test_the_command_draws_them_and_says_so(tmp_path):
    folder = saved(told(WEST, MIDDLE, "十号院"), tmp_path / "town", as_table=True)
    done = CliRunner().invoke(app, ["zones", "check", str(folder), "--stage", "primary"])
    assert done.exit_code == 1
    assert "有 3 个没有图形；已按学区文字落图 2 个；落不下 1 个：三小学区" in done.stderr
    assert "「十号院」" in done.stdout


def test_a_report_counts_children_by_zones_that_are_sentences_as_by_the_same_zones_drawn(tmp_path):
    """The report reads the folder for itself; its numbers are compared with those of zones that have polygons."""
    words = (WEST, MIDDLE, "三号院、六号院、九号院")
    folder = saved(told(*words), tmp_path / "town", as_table=True)
    done = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    page = json.loads((tmp_path / "out" / "town" / "early-warning.json").read_text(encoding="utf-8"))
    shapes = zones.from_sentences(told(*words)).zones.geometry
    drawn = dataclasses.replace(demos.nine_plots(), zones=told(*words).zones.set_geometry(shapes))
    counts = forecast.project(drawn, policy.of(drawn), years=[2026, 2027]).schools
    mine = {(row.school_id, row.stage, row.year): row.hukou_n for row in counts.itertuples() if row.counted == "zone"}
    shown = {(school, stage, year): rest[4] for school, stage, year, *rest in page["numbers"]["rows"]}
    assert len(mine) >= 4
    assert {key: shown[key] for key in mine} == mine
    assert "公布的是文字" in (tmp_path / "out" / "town" / "early-warning.html").read_text(encoding="utf-8")
