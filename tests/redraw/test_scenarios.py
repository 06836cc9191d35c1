"""Scenario and assignment files: read strictly, written so that they read back; each change does what it says."""

import datetime as dt
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.towns import declared, river_town
from tests.towns.river_town import CHILDREN, YEARS
from zhaosheng_analysis import redraw
from zhaosheng_analysis.forecast import plans_in_force
from zhaosheng_analysis.redraw import assignments, scenario_changes, scenario_children, scenarios
from zhaosheng_analysis.schema import DataError

CHANGES = {
    "close": {"kind": "close", "school": "s-bing", "successor": "s-jia"},
    "open": {"kind": "open", "school": "s-ding", "name": "丁小学", "unit": "c2", "classes_n": 2, "class_size_n": 45},
    "merge": {"kind": "merge", "school": "s-bing", "into": "s-yi"},
    "classes": {"kind": "classes", "school": "s-jia", "classes_n": 2},
    "estate": {"kind": "estate", "unit": "a1", "dwellings_n": 1000, "delivered_on": "2026-03-31"},
    "choice": {"kind": "choice", "units": ["b2"], "schools": ["s-jia", "s-bing"]},
    "second": {"kind": "second", "school": "s-jia", "second": "s-bing", "tiers": ["4"]},
}


def scenario(*kinds: str, **changed) -> scenarios.Scenario:
    """Return a scenario of some kinds of change."""
    found = tuple(CHANGES[kind] | changed for kind in kinds)
    return scenarios.Scenario("what-if", "设想", "primary", 2026, found, "规划科")


def seats(town, year: int) -> pd.Series:
    """Return the seats of every school in one year."""
    return plans_in_force.planned(town, "primary", year)["seats_n"]


@pytest.mark.parametrize("ending", ["json", "toml"])
def test_a_scenario_file_reads_back_as_it_was_written(tmp_path, ending):
    told = scenario(*CHANGES)
    path = tmp_path / f"what-if.{ending}"
    text = scenarios.text(told)
    if ending == "toml":
        lines = [f"{key} = {json.dumps(value)}" for key, value in scenarios.table(told).items() if key != "changes"]
        for change in told.changes:
            lines += ["[[changes]]", *(f"{key} = {json.dumps(value)}" for key, value in change.items())]
        text = "\n".join(lines)
    path.write_text(text, encoding="utf-8")
    assert redraw.read_scenario(path) == told


FAULTS = {
    "没有「burn」": {"changes": [{"kind": "burn"}]},
    "缺少「school」": {"changes": [{"kind": "close"}]},
    "不认识的键「colour」": {"changes": [CHANGES["close"] | {"colour": "red"}]},
    "应为整数": {"changes": [CHANGES["classes"] | {"classes_n": "二"}]},
    "只能是 primary": {"stage": "senior"},
    "只能是 move": {"changes": [CHANGES["close"] | {"pupils": "vanish"}]},
    "缺少「from_year」": {"from_year": None},
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_faulty_scenario_is_told_what_is_wrong(said):
    table = scenarios.table(scenario("close")) | FAULTS[said]
    table = {key: value for key, value in table.items() if value is not None}
    with pytest.raises(DataError, match=said):
        scenarios.parsed(table, where="情景.toml")


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "a/b", ".."])
def test_the_id_of_a_scenario_is_a_name(name):
    data = json.loads(scenarios.text(scenario("classes"))) | {"id": name}
    with pytest.raises(DataError, match="不能作文件夹名"):
        scenarios.parsed(data, where="情景.json")


def test_a_scenario_may_name_schools_and_units_as_planners_do():
    town = river_town.town({"a1": "水岸花园"})
    by_name = scenarios.Scenario(
        "what-if",
        "设想",
        "primary",
        2026,
        (
            {"kind": "merge", "school": "丙小学", "into": "乙小学"},
            {"kind": "estate", "unit": "水岸花园", "dwellings_n": 1000, "delivered_on": "2026-03-31"},
            {"kind": "choice", "units": ["b2"], "schools": ["甲小学", "s-bing"]},
        ),
        "规划科",
    )
    assert scenarios.resolved(by_name, town) == scenario("merge", "estate", "choice")
    assert scenarios.resolved(scenario(*CHANGES), town) == scenario(*CHANGES)
    made = redraw.under(river_town.problem(names={"a1": "水岸花园"}, overload=1.0), by_name, None)
    assert made.scenario == scenario("merge", "estate", "choice")


def test_a_name_that_two_units_bear_is_refused():
    town = river_town.town({"a1": "花园", "b2": "花园"})
    with pytest.raises(DataError, match="有 2 个小区叫「花园」：a1、b2"):
        scenarios.resolved(scenario("estate", unit="花园"), town)


def test_a_day_of_a_toml_file_is_read_and_one_that_does_not_exist_refused(tmp_path):
    path = tmp_path / "a.toml"
    text = """id = "a"\nname = "a"\nstage = "primary"\nfrom_year = 2026\n[[changes]]\nkind = "estate"\nunit = "a1"
dwellings_n = 9\ndelivered_on = DAY\n"""
    path.write_text(text.replace("DAY", "2026-03-31"), encoding="utf-8")
    found = redraw.read_scenario(path)
    assert found.changes[0]["delivered_on"] == "2026-03-31"
    assert json.loads(scenarios.text(found))["changes"][0]["delivered_on"] == "2026-03-31"
    path.write_text(text.replace("DAY", '"2026-02-31"'), encoding="utf-8")
    with pytest.raises(DataError, match="应为真实存在的日期"):
        redraw.read_scenario(path)


def test_names_that_are_not_there_are_told_together():
    told = replace(
        scenario("close", "estate"), changes=(CHANGES["close"] | {"school": "x"}, CHANGES["estate"] | {"unit": "y"})
    )
    with pytest.raises(DataError) as caught:
        scenario_changes.apply(river_town.town({}), told)
    assert len(caught.value.faults) == 2


def test_classes_add_seats_from_their_year_on():
    town = river_town.town({})
    there = scenario_changes.apply(town, scenario("classes"))
    assert seats(there, 2025).equals(seats(town, 2025))
    assert seats(there, 2027)["s-jia"] == seats(town, 2027)["s-jia"] + 2 * 40
    assert seats(there, 2026).drop("s-jia").equals(seats(town, 2026).drop("s-jia"))


def test_classes_that_are_not_there_cannot_be_taken_away():
    with pytest.raises(DataError, match="减不了"):
        scenario_changes.apply(river_town.town({}), scenario("classes", classes_n=-9))


def test_a_closed_school_takes_nobody_and_its_units_go_elsewhere():
    base = river_town.problem(overload=1.0)
    made = redraw.under(base, scenario("close"), None)
    assert list(made.schools["school_id"]) == ["s-jia", "s-yi"]
    assert made.children.sum().sum() == pytest.approx(base.children.sum().sum())
    closing = made.district.schools.set_index("school_id").loc["s-bing"]
    assert (closing["successor_id"], closing["closed_year"]) == ("s-jia", 2026)


def test_a_school_whose_pupils_stay_closes_when_the_last_have_left():
    there = scenario_changes.apply(river_town.town({}), scenario("close", pupils="stay"))
    assert there.schools.set_index("school_id").loc["s-bing", "closed_year"] == 2026 + 6


def test_a_merged_school_brings_its_classes():
    town = river_town.town({})
    there = scenario_changes.apply(town, scenario("merge"))
    assert seats(there, 2026)["s-yi"] == seats(town, 2026)[["s-yi", "s-bing"]].sum()
    assert there.schools.set_index("school_id").loc["s-bing", "successor_id"] == "s-yi"


def test_a_new_school_has_its_unit_and_its_seats():
    base = river_town.problem(overload=0.6)
    made = redraw.under(base, scenario("open"), None)
    table = made.schools.set_index("school_id")
    assert list(table.loc["s-ding", list(YEARS)]) == [90, 90]
    assert made.own["s-ding"] == "c2"
    option = redraw.valued(made, base.now.drop("c2").combine_first(pd.Series({"c2": "s-ding"})), "new", "丁")
    assert option.assignment["c2"] == "s-ding"
    assert "s-ding" not in set(base.schools["school_id"])


def test_a_school_that_is_there_cannot_be_opened():
    with pytest.raises(DataError, match="已有"):
        scenario_changes.apply(river_town.town({}), scenario("open", school="s-yi"))


def test_an_estate_sends_children_by_the_yields():
    base = river_town.problem(overload=1.0)
    made = redraw.under(base, scenario("estate"), None)
    more = made.children - base.children
    assert more.drop("a1").to_numpy().max() == pytest.approx(0)
    # Handed over in March 2026: the first column of the yields for September 2026, the second a year later.
    assert list(more.loc["a1"]) == pytest.approx([1000 * 0.008, 1000 * 0.016])


def test_a_choice_leaves_the_units_to_both_schools():
    base = river_town.problem(overload=1.0)
    made = redraw.under(base, scenario("choice"), None)
    assert made.now["b2"] == "s-jia、s-bing"
    assert "b2" in made.choice
    assert made.before["b2"] == "s-jia"
    share = made.schools.set_index("school_id")[2026]
    first = CHILDREN["b2"][0] * share["s-jia"] / (share["s-jia"] + share["s-bing"])
    assert made.shared[list(made.schools["school_id"]).index("s-jia"), 0] == pytest.approx(first)


def test_a_second_school_takes_the_children_who_live_nearer():
    town = river_town.town({})
    spots = town.schools.set_index("school_id").geometry
    ranked = pd.DataFrame(
        {
            "stage": "primary",
            "tier": ["4", "4", "1", "4"],
            "school_id": "s-jia",
            "zone_id": "z",
            "x": [spots["s-jia"].x, spots["s-bing"].x, spots["s-bing"].x, None],
            "y": [spots["s-jia"].y, spots["s-bing"].y, spots["s-bing"].y, None],
        },
        index=["near-first", "near-second", "other-tier", "nowhere"],
    )
    ranked = declared.whole("ranked", ranked)
    sent = scenario_children.directed(ranked, town, scenario("second"))
    assert sent["school_id"].to_dict() == {
        "near-first": "s-jia",
        "near-second": "s-bing",
        "other-tier": "s-jia",
        "nowhere": "s-jia",
    }
    demand = pd.DataFrame({2026: [80.0, 40.0]}, index=["s-jia", "s-bing"])
    shift = scenario_children.shifts(ranked, town, scenario("second"), demand)
    assert shift[2026].to_dict() == {"s-jia": -20.0, "s-bing": 20.0}


def assignment() -> assignments.Assignment:
    """Return an assignment with everything in it."""
    doors = pd.Series(river_town.TODAY, name="school_id", dtype="str").rename_axis("unit_id").sort_index()
    day = dt.date(2026, 5, 1)
    return assignments.Assignment(
        "jia", "rules", "primary", day, doors, ("a1",), scenarios.table(scenario("classes")), "备注", {"b2": "路太远"}
    )


def test_an_assignment_file_reads_back_as_it_was_written(tmp_path):
    redraw.write_assignment(assignment(), tmp_path / "assignment.json")
    found = redraw.read_assignment(tmp_path / "assignment.json")
    pd.testing.assert_series_equal(found.schools, assignment().schools)
    assert replace(found, schools=None) == replace(assignment(), schools=None)
    assert not list(tmp_path.glob("*.part"))


ASSIGNMENT_FAULTS = {
    "版本为 9": {"version": 9},
    "只能是 primary（小学）": {"stage": "senior"},
    "应为真实存在的日期": {"valid_from": "明年"},
    "没有学校": {"schools": {"a1": ""}, "locked": []},
    "没有小区": {"schools": {}, "locked": []},
    "locked.*不在方案中": {"locked": ["x9"]},
    "comments.*不在方案中：x9": {"comments": {"x9": "路太远"}},
    "不认识的键「colour」": {"colour": "red"},
    "情景": {"scenario": {"id": "x"}},
}


@pytest.mark.parametrize("said", ASSIGNMENT_FAULTS)
def test_a_faulty_assignment_is_told_what_is_wrong(said, tmp_path):
    path = tmp_path / "assignment.json"
    path.write_text(
        json.dumps(assignments.table(assignment()) | ASSIGNMENT_FAULTS[said], ensure_ascii=False), encoding="utf-8"
    )
    with pytest.raises(DataError, match=said):
        scenarios.parsed(redraw.read_assignment(path).scenario, where="方案中的情景")


def test_an_assignment_that_is_no_file_or_no_json_is_refused(tmp_path):
    with pytest.raises(DataError, match="没有这个文件"):
        redraw.read_assignment(tmp_path / "nowhere.json")
    (tmp_path / "assignment.json").write_text("你好", encoding="utf-8")
    with pytest.raises(DataError, match=r"assignment\.json 第 1 行第 1 列：不是合法的 JSON"):
        redraw.read_assignment(tmp_path / "assignment.json")


def test_classes_added_at_many_schools_have_a_short_name_and_say_why():
    names = {"a": "甲小学", "b": "乙小学", "c": "丙小学"}
    few = scenarios.relief("classes", "primary", 2026, {"a": 1, "b": 2}, names, "学位不够。")
    assert (few.name, few.note) == ("甲小学增 1 个班，乙小学增 2 个班", "学位不够。")
    many = scenarios.relief("classes", "primary", 2026, {"a": 1, "b": 2, "c": 4}, names, "学位不够。")
    assert many.name == "3 所学校共增 7 个班"
    assert many.note == "甲小学增 1 个班，乙小学增 2 个班，丙小学增 4 个班。学位不够。"
    assert [change["classes_n"] for change in many.changes] == [1, 2, 4]


def test_the_scenario_file_of_the_handbook_is_whole_and_moves_all_grades():
    page = Path("docs/用户手册/改划.md").read_text(encoding="utf-8")
    told = tomllib.loads(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])
    scenario = redraw.scenarios.parsed(told, where="一步到位.toml")
    assert redraw.scenarios.moves_pupils(scenario)
    assert scenario.changes[1]["school"] in Path("zhaosheng_analysis/demo/taobei.toml").read_text(encoding="utf-8")
