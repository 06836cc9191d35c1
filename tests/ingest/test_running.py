"""A recipe carried out: what comes out is what was put in, every row accounted for, nothing guessed."""

import hashlib

import pandas as pd
import pytest

from tests.ingest.hands import contents, place
from zhaosheng_analysis import sheets
from zhaosheng_analysis.schema import DataError

PLAN = """学区,学校,一年级招生计划（班）,备注
东片,第一小学,4,
,第二小学,3,
西片,第三小学,/,不招生
合计,,7,
"""


PLANS = """
[[sources]]
files = "plan*.csv"
blank = ["/"]
fill_down = ["学区"]
rest = "ignore"
schools = { school_id = { key = "学校", prefix = "s" }, name = "学校", stage = { is = "primary", why = "表名" }, \
sector = { is = "public", why = "表名" }, status = { is = "open", why = "表名" }, area_id = { key = "学区" } }
plans = { school_id = { match = "学校", in = "schools" }, stage = { is = "primary", why = "表名" }, \
intake_year = { is = 2026, why = "标题" }, classes_n = "一年级招生计划（班）", class_size_n = { is = 45, \
why = "标准" }, \
skip_blank = "一年级招生计划（班）" }
"""


def test_a_plan_becomes_schools_without_coordinates_and_plans(taken, tmp_path):
    made = taken(PLANS, plan_csv=PLAN)
    plans, schools = made.tables["plans"], made.tables["schools"]
    assert plans[["classes_n", "seats_n"]].to_numpy().tolist() == [[4, 180], [3, 135]]
    assert set(plans["school_id"]) <= set(schools["school_id"])
    assert schools["name"].tolist() == ["第一小学", "第二小学", "第三小学"]
    assert schools["area_id"].nunique() == 2, "第二小学 has the 学区 above it"
    written = sheets.read((tmp_path / "out" / "schools.csv").read_bytes(), "schools.csv", sheets.Sought({}))
    assert {"经度", "纬度"} <= set(written.table), "where the coordinates are to be filled in"


def test_rows_that_came_and_went_add_up_to_those_written(taken):
    log = taken(PLANS, plan_csv=PLAN).log
    for _, part in log.groupby(["source", "table"]):
        steps = part[part["what"] != "写出"]
        assert steps["rows_n"].sum() == part.loc[part["what"] == "写出", "rows_n"].item()
    lost = log[log["rows_n"] < 0]
    assert set(lost["what"]) == {"合计、注释、重复的表头", "「一年级招生计划（班）」空白"}


def test_the_log_says_by_which_decisions_and_what_was_worked_out(taken, tmp_path):
    taken(PLANS, plan_csv=PLAN)
    log = pd.read_csv(tmp_path / "out" / "ingest-log.csv", dtype="str", keep_default_na=False)
    decided = log[log["步骤"] == "照此办理"].set_index("来源")["SHA-256"]
    assert decided.to_dict() == {
        "ingest.toml": hashlib.sha256((tmp_path / "in" / "ingest.toml").read_bytes()).hexdigest()
    }
    assert log["步骤"].str.contains("按班数乘班额推算").any()


def test_running_it_twice_changes_nothing(taken, tmp_path):
    taken(PLANS, plan_csv=PLAN)
    before = contents(tmp_path / "out")
    taken(PLANS, plan_csv=PLAN)
    assert contents(tmp_path / "out") == before


def test_what_somebody_filled_in_is_never_written_over(taken, tmp_path):
    taken(PLANS, plan_csv=PLAN)
    path = tmp_path / "out" / "schools.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    before = contents(tmp_path / "out")
    with pytest.raises(DataError, match=r"写成以后被改过：schools\.csv"):
        taken(PLANS, plan_csv=PLAN)
    assert contents(tmp_path / "out") == before


def test_a_folder_of_something_else_is_left_alone(taken, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "年报.docx").write_bytes(b"x")
    with pytest.raises(DataError, match="文件夹里已有别的文件"):
        taken(PLANS, plan_csv=PLAN)


def test_coordinates_of_another_source_fill_the_schools_of_the_plan(taken):
    about = """about = { district_id = "x", name = "小小县", district_code = "330105", crs = "EPSG:4549", \
intake_year = "2026", synthetic = "是" }"""
    places = """
[[sources]]
files = "places.csv"
datum = "CGCS2000"
schools = { school_id = { match = "名称", in = "schools" }, point = ["lng", "lat"], fills = true }
"""
    three = "名称,lng,lat\n第一小学,120.1,30.1\n第二小学,120.11,30.1\n第三小学,120.12,30.1\n"
    made = taken(about + PLANS + places, plan_csv=PLAN, places_csv=three).tables["schools"]
    there = made.set_index("name").to_crs("EPSG:4490").geometry
    assert there.x.round(6).to_dict() == {"第一小学": 120.1, "第二小学": 120.11, "第三小学": 120.12}


def test_a_name_nobody_bears_is_asked_and_its_answer_is_remembered(taken, tmp_path):
    roll = """
[[sources]]
files = "roll.csv"
roll_counts = { school_id = { match = "校名", in = "schools" }, school_year = { is = 2025, why = "表名" }, \
grade = "年级", pupils_n = "人数" }
"""
    counts = "校名,年级,人数\n第一小,1,40\n第二小学,1,41\n外区小学,1,9\n"
    with pytest.raises(DataError, match=r"有 2 个名称要人决定：「第一小」.*「外区小学」"):
        taken(PLANS + roll, plan_csv=PLAN, roll_csv=counts)
    assert not (tmp_path / "out").exists()
    path = tmp_path / "in" / "decisions.csv"
    asked = pd.read_csv(path, dtype="str")
    assert asked["原文"].tolist() == ["外区小学", "第一小"]
    assert "第一小学" in asked.set_index("原文").loc["第一小", "建议"]
    ids = asked.set_index("原文")["建议"].str.split().str[0]
    answers = asked.assign(认作=["无", ids["第一小"]], 决定人="张三", 日期="2026-11-29")
    answers.to_csv(path, index=False, encoding="utf-8-sig")
    made = taken(PLANS + roll, plan_csv=PLAN, roll_csv=counts)
    assert made.tables["roll_counts"]["pupils_n"].tolist() == [40, 41]
    assert "已决定不属于本区县" in set(made.log["what"])


def test_a_decision_without_a_name_and_a_day_is_none(taken, tmp_path):
    place(tmp_path / "in", PLANS, decisions_csv="种类,原文,认作,决定人,日期\nschools,第一小,s1,,\n")
    with pytest.raises(DataError, match="没有写决定人或日期"):
        taken(PLANS, plan_csv=PLAN)


def test_columns_side_by_side_become_rows_and_an_empty_group_is_none(taken):
    recipe = """
[[sources]]
files = "plan.csv"
blank = ["/"]
plans = { school_id = "学校", intake_year = { is = 2026, why = "标题" }, class_size_n = { is = 50, why = "上限" }, \
each = [{ stage = { is = "primary", why = "表头" }, classes_n = "小学班数" }, \
{ stage = { is = "junior", why = "表头" }, classes_n = "初中班数" }] }
"""
    made = taken(recipe, plan_csv="学校,小学班数,初中班数\na,5,7\nb,3,/\n").tables["plans"]
    assert made[["school_id", "stage", "classes_n"]].to_numpy().tolist() == [
        ["a", "primary", 5],
        ["a", "junior", 7],
        ["b", "primary", 3],
    ]


def test_years_or_grades_as_columns_become_rows(taken):
    recipe = """
[[sources]]
files = "roll.csv"
melt = { columns = "*年级", into = "年级", value = "人数" }
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = { number_in = "年级" }, \
pupils_n = "人数" }
"""
    made = taken(recipe, roll_csv="学校,一年级,二年级\na,40,41\nb,30,\n").tables["roll_counts"]
    assert made[["school_id", "grade", "pupils_n"]].to_numpy().tolist() == [["a", 1, 40], ["a", 2, 41], ["b", 1, 30]]


def test_a_total_spread_adds_up_and_is_marked(taken):
    grades = ", ".join(f'{{ grade = {{ is = {grade}, why = "六个年级" }} }}' for grade in range(1, 7))
    recipe = f"""
[[sources]]
files = "roll.csv"
roll_counts = {{ school_id = "学校", school_year = {{ is = 2025, why = "表名" }}, each = [{grades}], \
pupils_n = {{ share = "人数", why = "只有总数" }} }}
"""
    made = taken(recipe, roll_csv="学校,人数\na,100\nb,61\n")
    counts = made.tables["roll_counts"].groupby("school_id")["pupils_n"]
    assert counts.sum().to_dict() == {"a": 100, "b": 61}
    assert (counts.max() - counts.min() <= 1).all()
    assert any("推算" in note for note in made.notes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('classes_n = "一年级招生计划（班）"', 'classes_n = "班级数"'), "没有「班级数」这一列"),
        (('rest = "ignore"\n', ""), "有 1 列没有写用途：「备注」"),
        (('blank = ["/"]\n', ""), "班数"),
        (('why = "标题"', 'why = ""'), "没有写理由"),
        (("plan*.csv", "plans*.csv"), "没有这样的文件"),
        (('prefix = "s"', 'prefx = "s"'), "不认识的键「prefx」"),
        (("skip_blank", "skip_blanks"), "不认识的键|应为表头"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told(taken, change, told):
    with pytest.raises(DataError, match=told):
        taken(PLANS.replace(*change), plan_csv=PLAN)


def test_a_value_that_is_not_in_the_map_is_told_with_its_cell(taken):
    recipe = PLANS.replace(
        'stage = { is = "primary", why = "表名" }, sector',
        'stage = { from = "备注", values = { "小学" = "primary" } }, sector',
    )
    with pytest.raises(DataError, match="不在对照表里：D4「不招生」"):
        taken(recipe, plan_csv=PLAN)


def test_addresses_become_units_and_doubtful_ones_are_asked_once(taken, tmp_path):
    recipe = """
[[sources]]
files = "units.csv"
units = { unit_id = "编号", name = "名称", kind = { is = "community", why = "名单" } }
[[sources]]
files = "homes.csv"
homes = { child_id = "编号", home_n = { is = 1, why = "一户一处" }, owner = { is = "父母", \
why = "登记表只收父母房产" }, \
evidence = { is = "不动产权证", why = "登记表" }, unit_id = { address = "地址" } }
"""
    units = "编号,名称\nu1,金桂园\nu2,丰园东区\nu3,丰园西区\n"
    homes = "编号,地址\nc1,城关镇金桂园3幢102\nc2,丰园5号楼\nc3,外地某处\n"
    made = taken(recipe, units_csv=units, homes_csv=homes)
    assert made.tables["homes"]["unit_id"].fillna("").tolist() == ["u1", "", ""]
    assert list(made.questions) == [("addresses", "丰园5号楼")]
    path = tmp_path / "in" / "decisions.csv"
    asked = pd.read_csv(path, dtype="str").assign(认作="u3", 决定人="张三", 日期="2026-11-29")
    asked.to_csv(path, index=False, encoding="utf-8-sig")
    made = taken(recipe, units_csv=units, homes_csv=homes)
    assert made.tables["homes"]["unit_id"].fillna("").tolist() == ["u1", "u3", ""]
    assert not made.questions


def test_counts_that_are_no_numbers_are_never_left_out_of_a_sum(taken):
    recipe = """
[[sources]]
files = "roll.csv"
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = "年级", pupils_n = "人数", \
total = true }
"""
    made = taken(recipe, roll_csv="学校,年级,人数\na,1,40人\na,1,2\n").tables["roll_counts"]
    assert made["pupils_n"].tolist() == [42]
    with pytest.raises(DataError, match="第 2 行「两」"):
        taken(recipe, roll_csv="学校,年级,人数\na,1,两\na,1,3\n")


def test_rows_above_the_heading_and_from_a_stop_word_on_are_no_rows(taken):
    recipe = """
[[sources]]
files = "roll.csv"
header = 3
stop = ["以下为"]
rest = "ignore"
roll_counts = { school_id = "学校", school_year = { is = 2025, why = "表名" }, grade = "年级", pupils_n = "人数" }
"""
    lines = "学校,年级,人数\n（样例）,,\n学校,年级,人数\na,1,40\nb,1,41\n以下为去年,,\na,1,39\n"
    made = taken(recipe, roll_csv=lines)
    assert made.tables["roll_counts"]["pupils_n"].tolist() == [40, 41]
    assert made.log.loc[made.log["what"] == "自「以下为去年」起", "rows_n"].tolist() == [-2]


def test_several_files_of_one_layout_are_one_table(taken):
    recipe = """
[[sources]]
files = "roll*.csv"
roll_counts = { school_id = "学校", school_year = { year_of = "学年" }, grade = "年级", pupils_n = "人数" }
"""
    files = {f"roll{year}_csv": f"学校,学年,年级,人数\na,{year}学年,1,{year - 1990}\n" for year in (2023, 2024, 2025)}
    made = taken(recipe, **files)
    assert made.tables["roll_counts"][["school_year", "pupils_n"]].to_numpy().tolist() == [
        [2023, 33],
        [2024, 34],
        [2025, 35],
    ]
    assert made.log["sha256"].nunique() == 3
