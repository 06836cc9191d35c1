"""Cells that can be read and cannot be right: ages, times of day, seats, missing years, degrees of another datum."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.towns.tampering import messages, rewrite_layer, rewrite_tables, sheet
from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.geodata import datums, relations
from zhaosheng_analysis.schema import SIX_THREE, Faults


def rewrite_csv(folder, name, **columns):
    path = folder / f"{name}.csv"
    frame = pd.read_csv(path, dtype="str").assign(**columns)
    frame.to_csv(path, index=False)
    return frame


def notes(folder):
    return [str(note) for note in geodata.load(folder).notes]


@pytest.mark.parametrize("born", ["1958-08-31", "2118-08-31", "2024-08-31"])
def test_a_child_born_in_another_century_is_asked_about(town_dir, born):
    births = pd.read_csv(town_dir / "children.csv", dtype="str")["birth_on"]
    rewrite_csv(town_dir, "children", birth_on=[born, *births[1:]])
    assert messages(town_dir) == [
        f"children.csv：列「出生日期」(birth_on)有 1 处与入学年份不符：第 2 行「{born}」；须是这个入学年份可能的年龄；"
        "请核对年份，如 1958 是不是 2018。"
    ]


def test_a_citizen_number_is_no_pseudonym(town_dir):
    frames = {name: pd.read_csv(town_dir / f"{name}.csv", dtype="str") for name in ("children", "homes", "hukou")}
    number = "71000020180831102X"  # an area code that was never issued, a right check character
    for name, frame in frames.items():
        frame.replace({"child_id": {"c1": number}}).to_csv(town_dir / f"{name}.csv", index=False)
    told = messages(town_dir)[0]
    assert "列「儿童编号」(child_id)有 1 处是身份证号：第 2 行「7…2X」" in told
    assert number not in told


def test_registrations_that_lost_their_time_of_day_are_refused_and_one_at_midnight_is_not(town_dir):
    filed = pd.read_csv(town_dir / "applications.csv", dtype="str")
    times = [f"2025-07-0{1 + at % 5} 09:{at:02}:00" for at in range(len(filed))]
    rewrite_csv(town_dir, "applications", submitted_at=times)
    assert messages(town_dir) == []
    rewrite_csv(town_dir, "applications", submitted_at=["2025-07-01 00:00:00", *times[1:]])
    assert messages(town_dir) == []
    rewrite_csv(town_dir, "applications", submitted_at=[f"{time[:10]} 00:00:00" for time in times])
    (told,) = messages(town_dir)
    assert f"列「报名时间」(submitted_at)的 {len(filed)} 个时间有 {len(filed)} 个正好是零时" in told
    assert "像是导出时丢了钟点" in told


def test_a_deadline_at_midnight_is_asked_about_and_a_bare_day_is_its_end(town_dir):
    window = pd.DataFrame({"event": ["registration"], "opens_at": ["2025-07-07"], "closes_at": ["2025-07-09 00:00"]})
    rewrite_tables(town_dir, calendar=window)
    assert "不知是当日开始还是当日结束" in messages(town_dir)[0]
    rewrite_tables(town_dir, calendar=window.assign(closes_at="2025-07-09"))
    assert geodata.load(town_dir).table("calendar")["closes_at"][0] == pd.Timestamp("2025-07-09 23:59:59")


def test_seats_that_are_far_from_classes_times_size_are_refused_near_ones_said_and_blank_ones_worked_out(town_dir):
    plans = sheet(town_dir, "plans").assign(classes_n="2", class_size_n="45", seats_n="90")
    rewrite_tables(town_dir, plans=plans.assign(seats_n=["900", "90", "90"]))
    assert messages(town_dir) == [
        "district.xlsx 工作表「plans」：有 1 行的招生计划数不是班数乘班额：第 2 行「2 班 × 45 人，计划 900 人」；"
        "相差一倍以上的须改正；请核对班数、班额和计划数。"
    ]
    rewrite_tables(town_dir, plans=plans.assign(seats_n=["100", None, "90"]))
    assert geodata.load(town_dir).table("plans")["seats_n"].tolist() == [100, 90, 90]
    assert [note.split("：", 1)[1] for note in notes(town_dir)] == [
        "有 1 行没有写招生计划数；按班数乘班额推算：第 3 行「90」。",
        "有 1 行的招生计划数不是班数乘班额：第 2 行「2 班 × 45 人，计划 100 人」；按计划数计。",
    ]
    rewrite_tables(town_dir, plans=plans.drop(columns="seats_n"))
    assert geodata.load(town_dir).table("plans")["seats_n"].tolist() == [90, 90, 90]


TAUGHT = (("s1", 2022, range(1, 7)), ("s2", 2024, range(1, 7)), ("s3", 2024, [1]))
COUNTS = pd.DataFrame(
    [(school, year, grade, 40) for school, first, grades in TAUGHT for year in range(first, 2025) for grade in grades],
    columns=["school_id", "school_year", "grade", "pupils_n"],
)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({}, ["s2"]), ({"opened_year": [1990, 2024, 2024]}, []), ({"successor_id": ["s2", None, None]}, [])],
)
def test_a_school_that_appears_with_all_grades_lacks_its_past_unless_it_opened_or_took_over(changes, missing):
    schools = pd.DataFrame({"school_id": ["s1", "s2", "s3"], "opened_year": [pd.NA] * 3, "successor_id": [None] * 3})
    found = relations.without_past(COUNTS, schools.assign(**changes).astype({"opened_year": "Int64"}))
    assert found["school_id"].tolist() == missing


def test_schools_of_another_datum_are_suspected_and_a_datum_of_their_own_brings_them_home(town, town_dir):
    """East of the middle road the shift of AMap carries every school of the nine plots out of its zone."""
    degrees = town.schools.to_crs("EPSG:4490")
    lon, lat = datums.convert(degrees.geometry.x, degrees.geometry.y, source="CGCS2000", target="GCJ-02")
    rewrite_layer(town_dir, "schools", lambda _: None)
    degrees.drop(columns="geometry").assign(lon=lon, lat=lat).to_csv(town_dir / "schools.csv", index=False)
    (note,) = (note for note in notes(town_dir) if "所学校" in note)
    assert "按 GCJ-02 换算则有 100%；没有换算" in note
    about = sheet(town_dir, "about")
    more = pd.DataFrame({"key": ["datum_schools"], "value": ["GCJ-02"]})
    rewrite_tables(town_dir, about=pd.concat([about, more]))
    loaded = geodata.load(town_dir)
    assert np.allclose(loaded.schools.distance(town.schools), 0, atol=0.01)
    assert loaded.places["schools"] == "schools.csv，经纬度按 GCJ-02"
    assert not loaded.notes


def test_neighbours_drawn_on_a_commercial_map_stay_neighbours_whatever_corners_each_has(town, town_dir):
    """A straight edge of AMap is a curve on earth: one zone has a corner in the middle of the border, one has none."""
    west, south, *_ = town.zones.to_crs("EPSG:4490").total_bounds
    plain = shapely.box(west, south, west + 0.05, south + 0.1)
    cornered = shapely.segmentize(shapely.box(west + 0.05, south, west + 0.1, south + 0.1), 0.03)
    others = [shapely.box(west, south - 0.02, west + 0.01, south - 0.01)] * (len(town.zones) - 2)
    zones = gpd.GeoDataFrame(town.zones.drop(columns="geometry"), geometry=[plain, cornered, *others], crs="EPSG:4326")
    rewrite_layer(town_dir, "zones", lambda _: None)
    zones.to_file(town_dir / "zones.geojson", driver="GeoJSON")
    more = pd.DataFrame({"key": ["datum_zones"], "value": ["GCJ-02"]})
    rewrite_tables(town_dir, about=pd.concat([sheet(town_dir, "about"), more]))
    one, other = geodata.load(town_dir).zones.geometry[:2]
    assert one.intersection(other).area < 100
    both = shapely.union_all([one.buffer(0.1), other.buffer(0.1)])
    assert both.geom_type == "Polygon"
    assert not both.interiors


def test_rolls_without_any_school_lack_their_past():
    counts = pd.DataFrame({"school_id": ["s1", "s1"], "school_year": [2024, 2025], "grade": [2, 3], "pupils_n": [9, 9]})
    others = counts.assign(school_id="s2", school_year=[2025, 2026])
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in ("school_id", "opened_year", "successor_id")})
    none = none.astype({"opened_year": "Int64"})
    lost = relations.without_past(pd.concat([counts, others]), none)
    assert lost.to_dict("records") == [{"school_id": "s2", "school_year": 2025}]


@pytest.mark.parametrize(("number", "told"), [("班主任", "不像编号"), ("9", "只是几位数字")])
def test_a_row_below_the_children_is_no_child(town, tmp_path, number, told):
    children = town.tables["children"].assign(child_id=lambda frame: "2025-" + frame["child_id"])
    last = children.tail(1).assign(child_id=number)
    notes, faults = [], Faults()
    relations.judge({"children": pd.concat([children, last])}, {"children": "children.csv"}, SIX_THREE, faults, notes)
    assert told in " ".join(map(str, [*faults.found, *notes]))


def test_plans_of_other_years_alone_are_asked_about(town):
    """An intake of no seats at all is one nobody wrote down, or was not meant."""
    layers = {name: getattr(town, name) for name in geodata.LAYERS} | {"zone_schools": town.zone_schools}
    without = town.tables | {"plans": town.table("plans").assign(intake_year=2019)}
    found = geodata.assemble(layers | without, town.about, where="九格镇")
    assert any(note.asks and "一所学校也没有 2025 年招生计划" in note.found for note in found.notes)
    whole = geodata.assemble(layers | town.tables, town.about, where="九格镇")
    assert not any("招生计划" in note.found for note in whole.notes)


@pytest.mark.parametrize("column", ["hukou_n", "resident_n"])
def test_more_children_of_a_year_than_flats_can_hold_are_asked_about(column):
    whole = demo.nine_plots()
    cohorts = whole.table("cohorts").copy()
    cohorts.loc[cohorts.index[0], column] = 2024
    layers = {name: getattr(whole, name) for name in geodata.LAYERS} | {"zone_schools": whole.zone_schools}
    found = geodata.assemble(layers | whole.tables | {"cohorts": cohorts}, whole.about, where="九格镇")
    assert any(note.asks and "2024 人，住宅" in str(note) for note in found.notes)
