"""The verbs about zones, as a planner types them."""

import dataclasses
import json

import pytest
import shapely
from typer.testing import CliRunner, Result

from tests.towns.laoting_annex import ELEMENTS
from tests.towns.zone_maps import demo, line, point, square, toy
from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError


def run(*arguments: object) -> Result:
    """Run ``zhaosheng zones``; an error of the data comes out as itself."""
    return CliRunner().invoke(main.app, ["zones", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def laoting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laoting")
    geodata.save(demo("laoting"), folder)
    return folder


@pytest.fixture
def town(tmp_path):
    """Save a town of two halves, clean."""
    units = {"西院": square(0, 0, 1, 1), "东院": square(1, 0, 2, 1)}
    zones = [
        {"zone_id": "zw", "name": "西小学学区", "geometry": units["西院"]},
        {"zone_id": "ze", "name": "东小学学区", "geometry": units["东院"]},
    ]
    schools = [
        {"school_id": "w", "name": "西小学", "geometry": point(0.5, 0.5)},
        {"school_id": "e", "name": "东小学", "geometry": point(1.5, 0.5)},
    ]
    streets = {"中路": line((1, 0), (1, 1))}
    links = [("zw", "w"), ("ze", "e")]
    district = toy(land=square(0, 0, 2, 1), units=units, streets=streets, zones=zones, schools=schools, links=links)
    geodata.save(district, tmp_path)
    return tmp_path


def test_a_draft_of_a_zone_that_cuts_a_unit_says_which_and_how_much(town):
    district = geodata.load(town)
    west = district.zones["zone_id"] == "zw"
    shapes = district.zones.geometry.where(~west, square(0, 0, 0.75, 1))
    geodata.save(dataclasses.replace(district, zones=district.zones.set_geometry(shapes)), town)
    done = run("write", town, "zw")
    assert done.exit_code == 1
    assert "原因：学区切开了小区，文字只能写整个小区：西院 75% 在内。" in done.output
    assert json.loads(run("write", town, "zw", "--json").stdout)["cut_units"] == {"西院": 0.75}


def test_what_is_settled_is_kept_beside_a_zone_that_nobody_has_drawn(town, tmp_path_factory):
    district = geodata.load(town)
    nowhere = district.zones.set_geometry([shapely.Polygon()] * 2, crs=district.crs)
    words = nowhere["zone_id"].map({"zw": "中路以西", "ze": "东院"})
    geodata.save(dataclasses.replace(district, zones=nowhere.assign(sentence=words)), town)
    out = tmp_path_factory.mktemp("settled") / "town"
    run("settle", town, "zw", "--assume", "中路照直延长", "--out", out)
    kept = geodata.load(out).zones.set_index("zone_id")
    assert kept.geometry.is_empty.all()
    assert kept.loc["zw", "assume"] == "中路照直延长"


def test_a_sentence_that_is_understood_prints_its_tree_and_succeeds():
    done = run("parse", "太和路以東,開源街以南,原平城區學區范圍內")
    assert done.exit_code == 0
    assert done.output.splitlines() == ["太和路以东 ∩ 開源街以南 ∩ 原平城區學區范围内"]


def test_words_that_are_not_understood_are_listed_and_fail():
    done = run("parse", "滨河路以东的城区,甲路至乙路,学生须凭证报名")
    assert done.exit_code == 1
    assert "未读懂：「甲路至乙路」（第 10–14 字）" in done.output
    assert "附注（规定）：「学生须凭证报名」" in done.output


def test_words_that_only_the_bureau_can_settle_fail_too():
    done = run("parse", "槐荫社区附近")
    assert done.exit_code == 1
    assert "待定：「槐荫社区附近」" in done.output


def test_json_holds_the_tree_and_where_each_word_stands():
    told = json.loads(run("parse", "滨河路以西,含原范庄学区", "--json").output)
    assert told["tree"] == {"or": [{"side": "west", "of": ["滨河路"]}, {"former": "范庄学区"}]}
    assert told["used"][0] == {"start": 0, "end": 5, "words": "滨河路以西", "node": "side"}
    assert told["unread"] == told["doubts"] == told["notes"] == []
    assert set(told) == {"sentence", "tree", "used", "unread", "doubts", "notes"}


def test_json_says_where_a_doubt_stands():
    told = json.loads(run("parse", "槐荫社区、甲路至乙路", "--json").output)
    assert told["unread"] == ["甲路至乙路"]
    assert [(doubt["start"], doubt["end"], doubt["unread"]) for doubt in told["doubts"]] == [(5, 10, True)]


def test_with_a_district_names_are_found_and_the_area_is_measured(laoting):
    done = run("parse", "滨河路以西,含原范庄学区", "--district", laoting, "--stage", "junior", "--limit", "城区")
    assert done.exit_code == 0
    assert "「滨河路」→ 街道 lt-street-001 滨河路" in done.output
    assert "假定：「滨河路以西」没有写明界限，限于城区" in done.output
    told = json.loads(run("parse", "水悦华府", "--district", laoting, "--json").output)
    shapes = demo("laoting").units.set_index("name").geometry
    assert told["area_m2"] == pytest.approx(shapes["水悦华府"].area, abs=1)
    assert [place["name"] for place in told["places"]] == ["水悦华府"]


def test_with_a_district_an_unknown_name_fails_with_suggestions(laoting):
    done = run("parse", "水悦华园", "--district", laoting)
    assert done.exit_code == 1
    assert "疑问：「水悦华园」：小区与村、区域图层中没有这个名称；是不是「" in done.output


def test_a_draft_is_printed_beside_the_text_in_force_and_read_back(laoting):
    done = run("write", laoting, "lt-zone-sy1")
    assert done.exit_code == 0
    first, present, check = done.output.splitlines()
    assert sorted(first.split("、")) == sorted(ELEMENTS["lt-zone-sy1"]["units"].split("、"))
    assert present.startswith("现有文字：泰和盛景、乐康家园西区(水岸星城)")
    assert check == "读回核对：与图形相差 0.00%"


def test_an_unknown_zone_is_refused_with_a_near_one(laoting):
    with pytest.raises(DataError, match=r"没有「lt-zone-sy9」.*是不是「lt-zone-sy"):
        run("write", laoting, "lt-zone-sy9")


def test_a_clean_folder_passes_the_check(town):
    done = run("check", town)
    assert done.output.startswith("玩具县学区检查，2025-09-01 生效的学区：小学 2 个、初中 0 个\n")
    done = run("check", town, "--stage", "primary")
    assert done.exit_code == 0
    assert "玩具县的学区全覆盖、无遗漏、不重复，没有发现问题。" in done.output


def test_findings_fill_one_page_and_fail(laoting):
    done = run("check", laoting, "--stage", "primary", "--policy", "laoting-2025")
    assert done.exit_code == 1
    assert "乐亭县的学区检查发现 5 项：遗漏 3 处、重复列名 1 处、飞地 1 处。" in done.output
    assert "第一实验小学学区、第二实验小学学区的文字都列了盛世景湾" in done.output
    assert "怎么办：请核对通告" in done.output
    assert len(done.output.splitlines()) < 60


def test_a_safe_repair_is_offered_on_the_page(town):
    district = geodata.load(town)
    moved = district.zones.set_geometry([square(1.005, 0, 2, 1), square(0, 0, 1, 1)], crs=district.crs)
    geodata.save(type(district)(**{**vars(district), "zones": moved}), town)
    done = run("check", town, "--stage", "primary")
    assert done.exit_code == 1
    assert "可以自动修正：并入（东小学学区）。[primary-sliver_gap-1]" in done.output


def test_every_finding_can_be_drawn(laoting, tmp_path):
    done = run("check", laoting, "--stage", "primary", "--pictures", tmp_path / "图")
    drawn = sorted(path.name for path in (tmp_path / "图").glob("*.png"))
    assert len(drawn) == 5
    assert all(f"[{name.removesuffix('.png')}]" in done.output for name in drawn)


def test_a_stage_there_is_not_is_refused(town):
    with pytest.raises(DataError, match="没有学段「middle」；只能写 primary（小学）或 junior（初中）"):
        run("check", town, "--stage", "middle")


def test_a_doubt_about_streets_is_drawn_where_the_planner_asks_for_it(laoting, tmp_path):
    text = "滦河以东、金融街以南"
    done = run("parse", text, "--district", laoting)
    assert done.exit_code == 1
    assert "加上 --picture 文件名.png，可在图上看这几条路和它们的延长线。" in done.output
    picture = tmp_path / "疑问.png"
    done = run("parse", text, "--district", laoting, "--picture", picture)
    assert done.exit_code == 1
    assert picture.as_posix() in done.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(DataError, match="--picture：没有给出数据文件夹；图要画在一个区县的地图上；请加上 --district"):
        run("parse", text, "--picture", picture)


def test_drafts_and_findings_come_as_json_too(laoting, tmp_path):
    draft = json.loads(run("write", laoting, "lt-zone-sy4", "--json").stdout)
    assert draft["draft"].startswith("滨河路以西、")
    assert draft["stray_share"] < 1e-3
    assert draft["doubts"] == []
    done = run("check", laoting, "--stage", "primary", "--json", "--pictures", tmp_path)
    findings = json.loads(done.stdout)
    assert done.exit_code == 1
    assert {row["kind"] for row in findings} == {"gap", "named_twice", "piece"}
    assert all(row["children_n"] is None and row["remedy"] for row in findings)
    assert len(list(tmp_path.glob("*.png"))) == len(findings)


def test_a_repair_is_made_when_asked_for_and_into_a_new_folder(town, tmp_path):
    district = geodata.load(town)
    moved = district.zones.set_geometry([square(1.005, 0, 2, 1), square(0, 0, 1, 1)], crs=district.crs)
    geodata.save(type(district)(**{**vars(district), "zones": moved}), town)
    finding = json.loads(run("check", town, "--stage", "primary", "--json").stdout)[0]["finding_id"]
    done = run("repair", town, finding, "--out", tmp_path / "改好")
    assert done.output.startswith(f"已修正 {finding}：缝隙（小学）")
    assert run("check", tmp_path / "改好", "--stage", "primary").exit_code == 0
    assert run("check", town, "--stage", "primary").exit_code == 1
    with pytest.raises(DataError, match="--out：与原文件夹相同；原数据不改动；请另写一个文件夹"):
        run("repair", town, finding, "--out", town)


@pytest.fixture
def short_street(tmp_path):
    """A town whose one street is drawn for a fifth of its way, and a zone east of it."""
    streets = {"短路": line((0, -0.5), (0, 0.5)), "南街": line((0.9, -2), (2.4, -2))}
    units = {"甲村": square(1, 0, 2, 1)}
    zones = [{"zone_id": "z", "stage": "primary", "sentence": "短路以东", "geometry": square(0, -2.5, 2.5, 2.5)}]
    district = toy(land=square(-2.5, -2.5, 2.5, 2.5), streets=streets, units=units, zones=zones)
    geodata.save(district, tmp_path / "town")
    return tmp_path / "town"


def test_a_doubt_can_be_settled_and_stays_settled_beside_the_zone(short_street, tmp_path):
    asked = run("parse", "短路以东", "--district", short_street)
    assert asked.exit_code == 1
    assert "面积：12.500 平方公里" in asked.output
    assert "假定：「短路」向南、北照直延长 4000 米（图上画出 1000 米）" in asked.output
    assert "疑问：「短路」：向南、北照直延长 4000 米，比图上画出的 1000 米还长" in asked.output
    assert run("parse", "短路以东", "--district", short_street, "--assume", "短路照直延长").exit_code == 0
    assert "文字须认定" in run("check", short_street).output
    done = run("settle", short_street, "z", "--assume", "短路照直延长", "--out", tmp_path / "settled")
    assert done.exit_code == 0
    assert geodata.load(tmp_path / "settled").zones["assume"].tolist() == ["短路照直延长"]
    assert "文字须认定" not in run("check", tmp_path / "settled").output


def test_a_choice_of_another_form_is_refused(short_street):
    with pytest.raises(DataError, match="约定「短路随便延长」：看不懂"):
        run("parse", "短路以东", "--district", short_street, "--assume", "短路随便延长")
    with pytest.raises(DataError, match="--assume：没有给出数据文件夹"):
        run("parse", "短路以东", "--assume", "短路照直延长")


def test_json_tells_what_is_to_be_settled(short_street):
    told = json.loads(run("parse", "短路以东", "--district", short_street, "--json").output)
    assert told["faults"] == []
    assert told["assumed"] == ["「短路」向南、北照直延长 4000 米（图上画出 1000 米）"]
    assert len(told["to_settle"]) == 1
