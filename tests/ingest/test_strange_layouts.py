"""Files as offices have them go from suggestion to tables, nothing programmed: the clerk fills in what is asked."""

import re

import pytest
import xlsxwriter

from zhaosheng_analysis import ingest
from zhaosheng_analysis.ingest import cell_words
from zhaosheng_analysis.schema import SCHOOL_SYSTEMS, DataError

CHILDREN = ["71000020180831102X", "710000201809011037", "710000201802151053", "710000201810010011"]
ANSWERS = {
    "key_file": '"../in.key"',
    "stage": '{ is = "primary", why = "题" }',
    "school_id": '{ is = "s1", why = "题" }',
    "school_year": '{ is = 2025, why = "题" }',
    "intake_year": '{ is = 2025, why = "题" }',
    "grade": '{ is = 1, why = "题" }',
    "section": '"小节"',
}


def checked(number: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return number[:17] + "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=False)) % 11]


NUMBERS = [checked(number) for number in CHILDREN]


def answered(words: str) -> str:
    """Return the file of decisions as a clerk leaves it: drafts taken over, what is blank filled in."""
    lines = []
    for line in words.splitlines():
        told = re.fullmatch(r"# 待定：(\w+) = (.*)", line)
        if told is None or told[1] in ("about", "empty"):
            lines.append(line)
        elif '= ""' in told[2] or told[1] == "key_file":
            lines += [f"{told[1]} = {ANSWERS[told[1]]}"] if told[1] in ANSWERS else []
        else:
            lines.append(f"{told[1]} = {told[2]}")
    return "\n".join(lines)


@pytest.fixture
def taken(tmp_path):
    """Return how to take workbooks in, each a mapping of sheets to rows, by what is suggested and answered."""
    folder = tmp_path / "in"
    folder.mkdir()

    def take(**books: dict[str, list[list]]) -> ingest.Taken:
        for name, sheets in books.items():
            with xlsxwriter.Workbook(folder / f"{name}.xlsx") as book:
                for title, rows in sheets.items():
                    sheet = book.add_worksheet(title)
                    for at, row in enumerate(rows):
                        sheet.write_row(at, 0, row)
        ingest.pseudonyms.new_key(tmp_path / "in.key")
        (folder / "ingest.toml").write_text(answered(ingest.suggest(folder)), encoding="utf-8")
        return ingest.run(ingest.load(folder / "ingest.toml"), tmp_path / "out")

    return take


def test_a_sheet_a_school_is_one_roll(taken):
    def sheet(numbers):
        rows = [[at, "某", "男", number, "一（1）班"] for at, number in enumerate(numbers, start=1)]
        return [["名册"], ["序号", "姓名", "性别", "身份证号", "班级"], *rows, ["", "合计", f"{len(rows)}人"]]

    made = taken(新生={"城关小学": sheet(NUMBERS[:3]), "柳林小学": sheet(NUMBERS[3:])}).tables["roll"]
    assert sorted(made["school_id"].value_counts()) == [1, 3]
    assert made["birth_on"].dt.strftime("%Y%m%d").sort_values().tolist() == sorted(n[6:14] for n in NUMBERS)


def test_a_sheet_a_grade_is_one_count_and_the_year_stands_in_the_name_of_the_file(taken):
    sheets = {
        f"{grade}年级": [["学校名称", "班级数", "学生数"], ["甲小学", 2, 80 + at], ["合计", 2, 80 + at]]
        for at, grade in enumerate("一二三")
    }
    made = taken(**{"2024年在校生": sheets, "2025年在校生": sheets}).tables["roll_counts"]
    assert made.sort_values(["school_year", "grade"])[["school_year", "grade", "pupils_n"]].to_numpy().tolist() == [
        [year, grade, 79 + grade] for year in (2024, 2025) for grade in (1, 2, 3)
    ]


def test_class_lists_side_by_side_are_one_roll_and_the_shorter_ends_sooner(taken):
    rows = [["一（1）班", "", "一（2）班", ""], ["姓名", "身份证号", "姓名", "身份证号"]]
    rows += [["某", NUMBERS[0], "某", NUMBERS[1]], ["某", NUMBERS[2], "", ""]]
    made = taken(分班={"Sheet1": rows})
    assert made.tables["roll"]["class_no"].value_counts().to_dict() == {1: 2, 2: 1}
    assert set(made.tables["roll"]["grade"]) == {1}


def test_classes_and_pupils_a_grade_side_by_side_are_counts(taken):
    rows = [
        ["", "一年级", "", "二年级", "", "三年级", ""],
        ["学校", *["班数", "人数"] * 3],
        ["甲", 2, 80, 3, 120, 1, 40],
    ]
    made = taken(在校生={"Sheet1": rows}).tables["roll_counts"]
    assert made.sort_values("grade")[["grade", "classes_n", "pupils_n"]].to_numpy().tolist() == [
        [1, 2, 80],
        [2, 3, 120],
        [3, 1, 40],
    ]


def test_stages_side_by_side_below_words_that_are_not_merged_are_plans(taken):
    rows = [["某区招生计划"], ["学校", "小学", "", "初中", "", "备注"], ["", "班数", "学位数", "班数", "学位数", ""]]
    made = taken(计划={"Sheet1": [*rows, ["一校", 4, 180, 6, 300, ""], ["二校", 2, 90, "—", "—", ""]]}).tables["plans"]
    assert sorted(made[["stage", "classes_n", "seats_n"]].to_numpy().tolist()) == [
        ["junior", 6, 300],
        ["primary", 2, 90],
        ["primary", 4, 180],
    ]


def test_a_plan_parted_by_lines_of_its_own_has_the_stage_of_each_part(taken):
    rows = [
        ["序号", "学校", "招生班数", "招生人数"],
        ["一、公办小学"],
        [1, "东关小学", 4, 180],
        [2, "西关小学", 3, 135],
    ]
    made = taken(
        计划={"Sheet1": [["某县2026年计划"], *rows, ["二、公办初中"], [1, "一中", 8, 400], ["合计", "", 15, 715]]}
    )
    assert made.tables["plans"].sort_values("seats_n")[["stage", "seats_n"]].to_numpy().tolist() == [
        ["primary", 135],
        ["primary", 180],
        ["junior", 400],
    ]
    assert made.log.loc[made.log["what"] == "小节标题", "rows_n"].tolist() == [-2]


def test_the_line_above_a_heading_heads_the_first_part(taken):
    heading = ["学校", "招生班数", "招生人数"]
    rows = [["公办小学"], heading, ["东关小学", 4, 180], [], ["公办初中"], heading, ["一中", 8, 400]]
    made = taken(计划={"Sheet1": rows}).tables["plans"]
    assert sorted(made[["stage", "seats_n"]].to_numpy().tolist()) == [["junior", 400], ["primary", 180]]


def test_a_school_of_which_nothing_is_known_heads_no_part(taken):
    with pytest.raises(DataError, match=r"第 3 行"):
        taken(计划={"Sheet1": [["学校", "招生班数", "招生人数"], ["东关小学", 4, 180], ["西关小学", "", ""]]})


def test_groups_of_a_heading_that_are_partly_merged_are_read(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "2025年在校生.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "学校")
        sheet.write_row(0, 1, ["一年级", "", "二年级", "", "三年级", "", "合计", ""])
        sheet.write_row(1, 1, ["班数", "人数"] * 4)
        sheet.write_row(2, 0, ["甲", 2, 80, 3, 120, 1, 40, 6, 240])
    assert 'pupils_n = "二年级人数", classes_n = "二年级班数"' in ingest.suggest(tmp_path)


def test_a_grade_is_counted_in_the_school_year_of_its_row(tmp_path):
    words = 'grade = { grade_from = "级", in_year = 2024 }\nschool_year = { is = 2025, why = "题" }\n'
    (tmp_path / "ingest.toml").write_text(
        f'[[sources]]\nfiles = "a.csv"\n[sources.roll_counts]\n{words}', encoding="utf-8"
    )
    with pytest.raises(DataError, match="school_year 写成了 2025，grade 按 2024 学年推算"):
        ingest.load(tmp_path / "ingest.toml")


def test_pupils_of_classes_side_by_side_are_classes(taken):
    rows = [["学校", "年级", "1班", "2班", "合计"], ["一小", "一年级", 45, 44, 89], ["一小", "二年级", 40, "", 40]]
    made = taken(各班人数={"Sheet1": rows}).tables["classes"]
    assert made[["grade", "class_no", "pupils_n"]].to_numpy().tolist() == [[1, 1, 45], [1, 2, 44], [2, 1, 40]]


@pytest.mark.parametrize(
    "header", ["2019.9.1-2020.8.31", "2019年9月1日至2020年8月31日", "20190901—20200831", "2019.9-2020.8"]
)
def test_children_by_the_days_they_were_born_between_have_a_year_of_entry(taken, header):
    made = taken(
        户籍适龄={
            "Sheet1": [["村（社区）", header, header.replace("2020", "2021").replace("2019", "2020")], ["东村", 3, 4]]
        }
    )
    assert sorted(made.tables["cohorts"]["entry_year"]) == [2026, 2027]


def test_a_zone_whose_estates_stand_below_each_other_is_one_sentence(taken):
    rows = [["学校名称", "招生范围"], ["甲小学", "东苑"], ["甲小学", "西苑"], ["乙小学", "北村"]]
    made = taken(范围={"Sheet1": rows}).tables
    assert sorted(made["zones"]["sentence"]) == ["东苑、西苑", "北村"]
    assert len(made["zone_schools"]) == 2


def test_children_by_the_months_they_were_born_in_have_a_year_of_entry(taken):
    rows = [["村（社区）", "2019.9-2020.8", "2020.9-2021.8", "合计"], ["东村", 3, 4, 7], ["合计", 3, 4, 7]]
    made = taken(适龄={"Sheet1": rows}).tables["cohorts"]
    assert made.sort_values("entry_year")[["entry_year", "hukou_n"]].to_numpy().tolist() == [[2026, 3], [2027, 4]]


def test_a_list_of_sign_ups_is_children_and_applications(taken):
    rows = [["报名号", "姓名", "性别", "出生日期", "报名学校", "报名时间"]]
    rows += [
        ["B1", "某", "男", "2018.9.1", "甲小学", "2025/7/1 9:05"],
        ["B2", "某", "女", "2019年1月2日", "乙小学", "2025/7/1 9:06"],
    ]
    made = taken(报名={"Sheet1": rows}).tables
    assert made["children"]["child_id"].tolist() == ["B1", "B2"]
    assert made["applications"]["submitted_at"].dt.strftime("%H:%M").tolist() == ["09:05", "09:06"]


def test_a_number_that_is_none_says_no_birthday_and_is_not_shown(taken):
    wrong = NUMBERS[1][:17] + ("1" if NUMBERS[1][17] != "1" else "2")
    with pytest.raises(DataError) as refused:
        taken(新生={"Sheet1": [["身份证号", "班级"], [NUMBERS[0], "1班"], [wrong, "1班"]]})
    assert "不是身份证号" in str(refused.value)
    assert wrong not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "grade"),
    [("三年级", "3"), ("小学三年级", "3"), ("初一", "7"), ("初中二年级", "8"), ("七年级", "7"), ("初三（2）班", "9")],
)
def test_a_grade_is_read_by_its_stage(text, grade):
    assert cell_words.grade_in(text) == grade


@pytest.mark.parametrize("text", ["11班", "12", "高一", "初四", "小七", "2025级", "合计"])
def test_what_names_no_grade_is_none(text):
    assert cell_words.grade_in(text) is None


@pytest.mark.parametrize(
    ("text", "grade"), [("初一", "6"), ("初四", "9"), ("小学五年级", "5"), ("六年级", "6"), ("小学六年级", None)]
)
def test_a_grade_named_by_its_stage_is_that_of_the_school_system(text, grade):
    assert cell_words.grade_in(text, SCHOOL_SYSTEMS["五四"]) == grade


@pytest.mark.parametrize(
    ("text", "year"),
    [("小学2025级", "2025"), ("2025-2026学年度", "2025"), ("202409", "2024"), ("2024年至2026年", None), ("一级", None)],
)
def test_a_year_is_the_only_one_that_is_named(text, year):
    assert cell_words.year(text) == year


def test_a_size_of_classes_merged_over_rows_holds_for_each_and_a_number_of_children_is_refused(tmp_path):
    rows = [
        ["学校", "学段", "招生班数", "班额", "招生人数"],
        ["甲小学", "小学", 2, 45, 90],
        ["乙小学", "小学", 1, "", 45],
    ]
    for place, told in (("D2:D3", ""), ("E2:E3", "合并")):
        folder = tmp_path / place[0]
        folder.mkdir()
        with xlsxwriter.Workbook(folder / "2026招生计划.xlsx") as book:
            sheet = book.add_worksheet()
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
            sheet.merge_range(place, rows[1]["ABCDE".index(place[0])])
        (folder / "ingest.toml").write_text(answered(ingest.suggest(folder)), encoding="utf-8")
        recipe = ingest.load(folder / "ingest.toml")
        if told:
            with pytest.raises(DataError, match=told):
                ingest.run(recipe, folder / "out")
        else:
            assert ingest.run(recipe, folder / "out").tables["plans"]["class_size_n"].tolist() == [45, 45]


def test_boys_and_girls_have_a_sum_that_is_the_pupils(taken):
    rows = [
        ["学校", "年级", "班级", "男", "女", "合计"],
        ["一小", "一年级", "1班", 22, 20, 42],
        ["一小", "一年级", "2班", 23, 21, 44],
    ]
    made = taken(**{"2025年班级": {"S": rows}}).tables["classes"]
    assert made[["class_no", "pupils_n"]].to_numpy().tolist() == [[1, 42], [2, 44]]


def test_a_sum_of_boys_and_girls_a_grade_is_the_pupils_of_the_grade(taken):
    heads = [f"{grade}{what}" for grade in ("一年级", "二年级", "三年级") for what in ("男", "女", "小计")]
    counts = taken(**{"2025年各年级": {"S": [["学校", *heads], ["一小", *range(1, 10)]]}}).tables["roll_counts"]
    assert counts.sort_values("grade")[["grade", "pupils_n"]].to_numpy().tolist() == [[1, 3], [2, 6], [3, 9]]


def test_schools_side_by_side_and_grades_below_each_other_are_counts(taken):
    rows = [["年级", "第一小学", "第二小学"], ["一年级", 78, 38], ["二年级", 80, 40], ["合计", 158, 78]]
    made = taken(**{"2025年在校生": {"S": rows}}).tables["roll_counts"]
    assert sorted(made["pupils_n"]) == [38, 40, 78, 80]
    assert made["school_id"].nunique() == 2


def test_children_by_month_of_birth_are_counted_by_the_september_they_enter_in(taken):
    rows = [
        ["村居", "出生年月", "户籍人数"],
        ["东街", "2019年8月", 3],
        ["东街", "2019年9月", 2],
        ["东街", "2020.8", 4],
        ["西街", "202009", 5],
    ]
    made = taken(适龄儿童={"S": rows}).tables["cohorts"]
    assert sorted(made[["entry_year", "hukou_n"]].to_numpy().tolist()) == [[2025, 3], [2026, 6], [2027, 5]]


@pytest.mark.parametrize(
    ("text", "entered"),
    [
        ("2019-09-01", "2026"),
        ("20190831", "2025"),
        ("2019/12/1", "2026"),
        ("2019年8月31日", "2025"),
        ("2019", None),
        ("201913", None),
        ("2019年0月", None),
        ("九月", None),
    ],
)
def test_a_month_of_birth_is_read_or_refused(text, entered):
    assert cell_words.enters(text) == entered


def test_primary_schools_beside_the_junior_schools_they_go_on_to_are_feeders(taken):
    rows = [["小学", "六年级毕业生", "升入初中"], ["一小", 170, "一中"], ["二小", 85, "一中"]]
    made = taken(对口={"S": rows}).tables["feeders"]
    assert made["junior_id"].nunique() == 1
    assert made["primary_id"].nunique() == 2


def test_numbers_below_the_stages_are_no_feeders(tmp_path):
    (tmp_path / "在校生.csv").write_text("镇,小学,初中\n城关,900,400\n", encoding="utf-8")
    assert "feeders" not in ingest.suggest(tmp_path)


def test_ground_below_a_header_nobody_knows_is_told_by_its_words_and_asked(tmp_path):
    cells = "第一小学,东至人民路西至解放路\n第二小学,阳光花园、河东村、西河村1-3组\n"
    (tmp_path / "划分.csv").write_text("学校,所划地方\n" + cells, encoding="utf-8")
    assert '# 待定：sentence = "所划地方"' in ingest.suggest(tmp_path)


def test_a_size_of_classes_is_that_of_the_classes_planned_and_not_of_all(tmp_path):
    (tmp_path / "a.csv").write_text("学校,班级数,一年级招生班数,一年级招生人数\n一小,24,4,180\n", encoding="utf-8")
    assert 'quotient = ["一年级招生人数", "一年级招生班数"]' in ingest.suggest(tmp_path)


def test_a_list_of_schools_may_name_the_junior_school_each_leads_to(taken):
    rows = [
        ["学校名称", "办学类型", "性质", "对口初中"],
        ["一小", "小学", "公办", "一中"],
        ["一中", "初级中学", "公办", ""],
    ]
    made = taken(学校={"S": rows}).tables
    assert len(made["schools"]) == 2
    assert len(made["feeders"]) == 1
    assert set(made["feeders"].iloc[0]) <= set(made["schools"]["school_id"])


def test_classes_and_people_headed_by_one_character_are_counts(taken):
    heads = [f"{grade}{what}" for grade in ("一年级", "二年级", "三年级") for what in ("班", "人")]
    made = taken(**{"2025学年在校生": {"S": [["学校", *heads], ["一小", 4, 180, 4, 175, 3, 140]]}}).tables[
        "roll_counts"
    ]
    assert made.sort_values("grade")[["classes_n", "pupils_n"]].to_numpy().tolist() == [[4, 180], [4, 175], [3, 140]]


def test_a_sheet_a_class_names_its_grade(taken):
    sheets = {
        f"{grade}({at})班": [["学籍号", "姓名"], [f"G{number}", "某"]]
        for grade, at, number in zip("一一二", (1, 2, 1), NUMBERS, strict=False)
    }
    made = taken(花名册=sheets).tables["roll"]
    assert sorted(made[["grade", "class_no"]].to_numpy().tolist()) == [[1, 1], [1, 2], [2, 1]]


def test_a_name_with_the_district_s_own_before_it_is_the_same_and_is_noted(tmp_path):
    (tmp_path / "学校.csv").write_text(
        "学校名称,办学类型,性质\n青山县第一小学,小学,公办\n青山县城关中学,初级中学,公办\n", "utf-8"
    )
    (tmp_path / "2026招生计划.csv").write_text("学校,学段,招生班数,班额,招生人数\n第一小学,小学,2,45,90\n", "utf-8")
    about = 'about = { district_id = "qs", name = "青山县", district_code = "430626", intake_year = "2026" }\n'
    (tmp_path / "ingest.toml").write_text(about + answered(ingest.suggest(tmp_path)), encoding="utf-8")
    made = ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "out")
    assert made.tables["plans"]["school_id"].tolist() == made.tables["schools"]["school_id"].tolist()[:1]
    assert any("「第一小学」认作青山县第一小学" in note for note in made.notes)


def test_estates_with_coordinates_and_the_schools_that_serve_them_are_units_and_zones(tmp_path):
    rows = (
        "小区,经度,纬度,总户数,对口小学,对口初中\n阳光花园,113.1,29.5,300,一小,一中\n河东村,113.11,29.5,200,一小,一中\n"
    )
    (tmp_path / "小区.csv").write_text(rows, encoding="utf-8")
    words = ingest.suggest(tmp_path)
    assert words.count("[sources.units]") == 1
    assert words.count("[sources.zones]") == words.count("[sources.zone_schools]") == 2
    assert "[sources.schools]" not in words


def test_a_registration_without_birthdays_reads_them_off_the_number(tmp_path):
    rows = "报名号,学生姓名,身份证号,报名学校\n" + "".join(f"B{at},某,{n},一小\n" for at, n in enumerate(NUMBERS))
    (tmp_path / "报名.csv").write_text(rows, encoding="utf-8")
    words = ingest.suggest(tmp_path)
    assert "[sources.children]" in words
    assert '# 待定：birth_on = { birth_in = "身份证号" }' in words
