"""A folder made by a recipe equals the folder that was dirtied: other names, datums, encodings, layouts; one town."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

from zhaosheng_analysis import geodata, ingest

RECIPE = """
about = { district_id = "town", name = "九格镇", district_code = "130299", crs = "EPSG:4549", datum = "CGCS2000", \
policy = "laoting-2025", intake_year = "2025", data_as_of = "2025-05-31", synthetic = "是", seed = "0" }
[[sources]]
files = "边界.geojson"
datum = "CGCS2000"
boundary = { district_id = { is = "town", why = "本镇" }, name = "NAME" }
[[sources]]
files = "片区.geojson"
datum = "CGCS2000"
areas = { area_id = "CODE", name = "NAME", kind = { from = "类别", values = { "镇" = "township" } } }
[[sources]]
files = "小区.zip"
units = { unit_id = "BH", name = "MC", aliases = "BM", kind = "LB", area_id = "PQ", dwellings_n = "TS" }
[[sources]]
files = "道路.geojson"
datum = "CGCS2000"
leave = { NAME = "无名*" }
streets = { street_id = { from = "NAME", values = { STREETS } }, name = "NAME", \
kind = { is = "street", why = "只有道路" }, dissolve = true }
[[sources]]
files = "学校.json"
datum = "GCJ-02"
schools = { school_id = "code", name = "title", aliases = "old", stage = "kind", area_id = "area", \
sector = { from = "nature", values = { "公" = "public", "民" = "private" } }, urban = "urban", \
status = { is = "open", why = "都在办" }, point = ["lng", "lat"] }
[[sources]]
files = "学区.geojson"
datum = "CGCS2000"
zones = { zone_id = "CODE", name = "NAME", stage = { is = "primary", why = "小学学区" }, \
rule = { is = "single", why = "一校一区" } }
zone_schools = { zone_id = "CODE", school_id = { match = "SCHOOL", in = "schools" }, \
order_n = { is = 1, why = "一区一校" } }
[[sources]]
files = "计划.xlsx"
sheet = "公办民办"
fill_down = ["年度"]
rest = "ignore"
plans = { school_id = { match = "学校", in = "schools" }, stage = { is = "primary", why = "标题" }, \
intake_year = "年度", classes_n = "班数", class_size_n = "班额", seats_n = "人数" }
"""


def degrees(layer: gpd.GeoDataFrame, datum: str = "CGCS2000") -> gpd.GeoDataFrame:
    """Return a layer in degrees of a datum, as web maps hand them out (EPSG:4326 for want of a better word)."""
    there = layer.to_crs("EPSG:4490")

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(geodata.datums.convert(*points.T, source="CGCS2000", target=datum))

    shapes = shapely.transform(np.asarray(there.geometry.array), moved)
    return there.set_geometry(gpd.GeoSeries(shapes, there.index)).set_crs("EPSG:4326", allow_override=True)


def dirtied(town: geodata.District, folder: Path) -> None:
    """Write the town as offices keep it: every layer and table from another program."""
    degrees(town.boundary)[["name", "geometry"]].rename(columns={"name": "NAME"}).to_file(folder / "边界.geojson")
    areas = degrees(town.areas).assign(类别="镇").rename(columns={"area_id": "CODE", "name": "NAME"})
    areas[["CODE", "NAME", "类别", "geometry"]].to_file(folder / "片区.geojson")
    zones = degrees(town.zones).rename(columns={"zone_id": "CODE", "name": "NAME"})
    zones["SCHOOL"] = zones["NAME"].str.removesuffix("学区")
    zones[["CODE", "NAME", "SCHOOL", "geometry"]].to_file(folder / "学区.geojson")
    short = {"unit_id": "BH", "name": "MC", "aliases": "BM", "kind": "LB", "area_id": "PQ", "dwellings_n": "TS"}
    (folder / "shape").mkdir()
    town.units.rename(columns=short).to_file(folder / "shape" / "xq.shp", encoding="GB18030")
    with zipfile.ZipFile(folder / "小区.zip", "w") as package:
        for path in sorted((folder / "shape").iterdir()):
            package.write(path, path.name)
            path.unlink()
    (folder / "shape").rmdir()
    _streets(town, folder)
    schools = degrees(town.schools, "GCJ-02")
    records = pd.DataFrame(
        {
            "code": schools["school_id"],
            "title": schools["name"],
            "old": schools["aliases"],
            "kind": "小学",
            "area": schools["area_id"],
            "nature": schools["sector"].map({"public": "公", "private": "民"}),
            "urban": schools["urban"].map({True: "√", False: "×"}),
            "lng": schools.geometry.x,
            "lat": schools.geometry.y,
        }
    )
    records.to_json(folder / "学校.json", orient="records", force_ascii=False, double_precision=12)
    _plans(town, folder / "计划.xlsx")


def _streets(town: geodata.District, folder: Path) -> None:
    """Write every street in two stretches, and one nobody named."""
    halves = []
    for street in degrees(town.streets).itertuples():
        for low, high in ((0, 0.5), (0.5, 1)):
            part = shapely.ops.substring(street.geometry, low, high, normalized=True)
            halves.append({"NAME": street.name, "geometry": part})
    halves.append({"NAME": "无名道路", "geometry": halves[0]["geometry"]})
    gpd.GeoDataFrame(halves, crs="EPSG:4326").to_file(folder / "道路.geojson")


def _plans(town: geodata.District, path: Path) -> None:
    """Write the plan as an office does: title, merged year, units behind numbers, total and note."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("填表说明").write("A1", "请如实填写。")
        sheet = book.add_worksheet("公办民办")
        sheet.merge_range("A1:F1", "九格镇招生计划")
        sheet.write_row("A3", ["年度", "学校（必填）", "班 数", "班额", "人数", "联系电话"])
        names = town.schools.set_index("school_id")["name"]
        plans = town.table("plans")
        for at, row in enumerate(plans.itertuples(), start=3):
            sheet.write_row(
                at, 1, [names[row.school_id], f"{row.classes_n}个班", row.class_size_n, f"{row.seats_n}人", "x"]
            )
        sheet.merge_range(3, 0, 2 + len(plans), 0, int(plans["intake_year"].iloc[0]))
        sheet.write_row(3 + len(plans), 0, ["合计", "", int(plans["classes_n"].sum())])
        sheet.write(4 + len(plans), 0, "注：本表一式两份。")


@pytest.fixture
def made(town, tmp_path) -> geodata.District:
    (tmp_path / "in").mkdir()
    dirtied(town, tmp_path / "in")
    streets = dict(zip(town.streets["name"], town.streets["street_id"], strict=True))
    words = ", ".join(f'"{name}" = "{one}"' for name, one in streets.items())
    (tmp_path / "in" / "ingest.toml").write_text(RECIPE.replace("STREETS", words), encoding="utf-8")
    ingest.run(ingest.load(tmp_path / "in" / "ingest.toml"), tmp_path / "out")
    return geodata.load(tmp_path / "out")


@pytest.mark.parametrize("name", geodata.LAYERS)
def test_every_layer_is_what_it_was(town, made, name):
    """Shapes lie within two centimetres of where they were; attributes are the same."""
    before, after = getattr(town, name), getattr(made, name)
    given = [column for column in before if column != "geometry" and before[column].notna().any()]
    if "geometry" not in before:
        pd.testing.assert_frame_equal(after[given], before[given], check_dtype=False)
        return
    for frame in (before, after):
        assert frame.crs.to_epsg() == 4549
    pd.testing.assert_frame_equal(
        pd.DataFrame(after[given]), pd.DataFrame(before[given]), check_dtype=False, check_exact=True
    )
    apart = [shapely.hausdorff_distance(*pair) for pair in zip(before.geometry, after.geometry, strict=True)]
    assert max(apart) < 0.02


def test_the_plans_are_what_they_were(town, made):
    pd.testing.assert_frame_equal(made.table("plans"), town.table("plans"), check_dtype=False)


def test_the_facts_are_those_of_the_recipe(town, made):
    assert made.about == town.about
    assert not made.notes
