"""Layouts nobody here has seen before: what is not sure is asked, and nothing wrong is taken without a question."""

import pytest
import xlsxwriter

from zhaosheng_analysis import ingest

CHILD, PARENT = "71000020190831102X", "710000198508311026"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def checked(number: str) -> str:
    return number[:17] + "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False)) % 11]


CHILD, PARENT = checked(CHILD), checked(PARENT)
OTHER = checked("710000201902151053")
#: File, rows, lines that must stand unasked, words that no unasked line may have.
LAYOUTS = {
    "the number of a guardian below a group": (
        "新生",
        [
            ["报名号", "学生信息", "", "", "监护人信息", ""],
            ["", "姓名", "性别", "出生日期", "姓名", "身份证号"],
            ["B1", "某", "男", "2019-01-02", "某父", PARENT],
            ["B2", "某", "女", "2019-02-02", "某父", PARENT],
        ],
        ['child_id = "报名号"', 'birth_on = "出生日期"'],
        ["身份证号"],
    ),
    "the number of the head of a household stands first": (
        "底册",
        [
            ["户主姓名", "户主身份证号", "儿童姓名", "儿童身份证号", "性别", "户籍地址"],
            ["某父", PARENT, "某", CHILD, "女", "东大街1号"],
            ["某父", PARENT, "某", OTHER, "男", "东大街2号"],
        ],
        ['child_id = { pseudonym = "儿童身份证号" }'],
        ["户主"],
    ),
    "the school a pupil comes from": (
        "编班",
        [["身份证号", "毕业学校", "原班级", "班级", "审核状态"], [CHILD, "一小", "六（1）班", "七（2）班", "通过"]],
        ['class_no = { number_in = "班级" }'],
        ["毕业学校", "原班级", "审核状态"],
    ),
    "numbers within a class": (
        "名册",
        [["班级", "学号", "性别"], *[[f"一（{n}）班", at, "男"] for n in (1, 2) for at in (1, 2, 3)]],
        ['class_no = { number_in = "班级" }'],
        ["学号"],
    ),
    "all the classes and pupils of a school": (
        "各校情况",
        [["学校", "学段", "办学性质", "班数", "在校生数"], ["一小", "小学", "公办", 24, 1000]],
        ['stage = "学段"'],
        ["班数", "在校生数", "plans"],
    ),
    "plans beside what there is": (
        "2026年招生计划",
        [["学校", "现有班数", "在校生数", "招生班数"], ["一小", 24, 1000, 4]],
        ['classes_n = "招生班数"'],
        ["现有班数", "在校生数"],
    ),
    "plans of two years": (
        "招生计划",
        [["学校", "2025年招生班数", "2026年招生班数"], ["一小", 4, 5]],
        ['school_id = { key = "学校", prefix = "s" }'],
        ["招生班数"],
    ),
    "years and days of other things": (
        "报名表",
        [
            ["报名号", "性别", "出生年份", "出生日期", "登记日期", "居住证发证日期", "房产地址"],
            ["B1", "男", 2019, "2019-01-02", "2026-07-01", "2022-01-01", "东大街1号"],
        ],
        ['birth_on = "出生日期"'],
        ["出生年份", "登记日期", "居住证发证日期"],
    ),
    "pupils who moved": (
        "转学",
        [["身份证号", "性别", "转出学校", "转入学校", "年级"], [CHILD, "女", "一小", "二小", "一年级"]],
        [],
        ["身份证号", "年级"],
    ),
    "the size of a class, or its measure": (
        "班额",
        [["学校", "年级", "班级", "班额"], ["一小", "一年级", "1班", 45]],
        ['class_no = { number_in = "班级" }'],
        ["班额"],
    ),
    "children by calendar years": (
        "台账",
        [["社区（村）", "2020年出生", "2021年出生"], ["东关社区", 30, 28]],
        [],
        ["出生"],
    ),
    "a list of a kindergarten": (
        "大班",
        [["幼儿园名称", "班级", "性别", "幼儿身份证号"], ["东关幼儿园", "大一班", "女", CHILD]],
        ['child_id = { pseudonym = "幼儿身份证号" }', 'sex = "性别"'],
        ["班级", "幼儿园"],
    ),
    "what was planned beside what came": (
        "招生情况",
        [["学校", "年份", "招生班数", "实际招生人数", "计划人数"], ["一小", 2025, 4, 190, 180]],
        ['seats_n = "计划人数"', 'intake_year = { year_of = "年份" }'],
        ["实际招生人数"],
    ),
    "a row a campus": (
        "校区",
        [
            ["学校", "校区", "学段", "经度", "纬度"],
            ["一小", "本部", "小学", 118.9, 39.4],
            ["一小", "北", "小学", 118.9, 39.5],
        ],
        ['point = ["经度", "纬度"]'],
        ["key = "],
    ),
    "a table of estates with their points": (
        "小区",
        [
            ["小区名称", "建成年份", "总户数（套）", "交付时间", "对口小学", "坐标"],
            ["东园", 2012, 860, "2012-06-01", "一小", "118.9,39.4"],
        ],
        ['unit_id = { key = "小区名称", prefix = "u" }', 'delivered_on = "交付时间"', 'dwellings_n = "总户数（套）"'],
        ["对口小学", "建成年份", "坐标"],
    ),
    "the year pupils entered is no school year": (
        "名单",
        [["身份证号", "年级", "班级", "入学年度"], [CHILD, "八年级", "1班", 2024]],
        ['grade = { grade_in = "年级" }'],
        ["入学年度"],
    ),
    "children of an age, registered or living there": (
        "摸底",
        [["村（社区）", "2019.9-2020.8", "2020.9-2021.8"], ["东村", 3, 4]],
        ['unit_id = { key = "村（社区）", prefix = "u" }'],
        ["hukou_n", "resident_n"],
    ),
    "an area with several schools": (
        "划片",
        [["片区", "片区范围", "片内小学"], ["第一片区", "东大街以东", "一小、二小"]],
        ['sentence = "片区范围"', 'zone_id = { key = "片区", prefix = "z" }'],
        ["片内小学"],
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_nothing_is_taken_that_may_be_something_else(case, tmp_path):
    name, rows, sure, never = LAYOUTS[case]
    with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
        sheet = book.add_worksheet("Sheet1")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    lines = [line.partition("  #")[0] for line in ingest.suggest(tmp_path).splitlines() if not line.startswith("#")]
    told = [line for line in lines if not line.startswith("files = ")]
    assert [line for line in sure if line not in told] == []
    taken = [line for line in told for word in never if line not in sure and word in line]
    assert taken == []


def test_the_size_of_a_class_is_drafted_by_the_stage_beside_it(tmp_path):
    (tmp_path / "plan.csv").write_text("学校,学段,招生班数\n一小,小学,4\n一中,初中,6\n", encoding="utf-8")
    assert '# 待定：class_size_n = { from = "学段", values = { "小学" = 45, "初中" = 50 } }' in ingest.suggest(tmp_path)


def test_classes_below_pupils_are_rows_to_be_left_out(tmp_path):
    rows = "学校名称,项目,一年级,二年级\n一小,班数,4,4\n一小,人数,180,178\n"
    (tmp_path / "在校生.csv").write_text(rows, encoding="utf-8")
    assert '# 待定：keep = { "项目" = "人数" }' in ingest.suggest(tmp_path)


def test_words_for_kinds_of_schools_are_drafted_and_still_asked(tmp_path):
    schools = ["一小,完全小学,教育部门", "一中,初级中学,民办", "乙校,学校,民办"]
    lines = [f"{school},118.9,39.{at}" for at, school in enumerate(schools)]
    rows = "\n".join(["学校,学段,办学性质,经度,纬度", *lines])
    (tmp_path / "学校.csv").write_text(rows, encoding="utf-8")
    words = ingest.suggest(tmp_path)
    assert (
        '# 待定：stage = { from = "学段", values = { "完全小学" = "primary", "初级中学" = "junior", "学校" = "" } }'
        in words
    )
    assert 'values = { "教育部门" = "public", "民办" = "private" }' in words
