"""What a folder seems to be: known headers are written down, everything else is a line to fill in."""

import json
import tomllib

import pandas as pd
import pytest

from zhaosheng_analysis import ingest
from zhaosheng_analysis.ingest import cell_words
from zhaosheng_analysis.schema import DataError

CHILDREN = ["71000020180831102X", "710000201809011037", "710000201802151053"]


@pytest.fixture
def suggested(tmp_path):
    """Return how to suggest from files; what comes out reads as a recipe."""

    def suggest(**files: str | bytes) -> tuple[str, list[dict]]:
        for name, content in files.items():
            stem, _, ending = name.rpartition("_")
            (tmp_path / f"{stem}.{ending}").write_bytes(content.encode() if isinstance(content, str) else content)
        words = ingest.suggest(tmp_path)
        if "[[sources]]" not in [line.strip() for line in words.splitlines()]:
            return words, []
        (tmp_path / "ingest.toml").write_text(words, encoding="utf-8")
        ingest.load(tmp_path / "ingest.toml")
        return words, tomllib.loads(words)["sources"]

    return suggest


def test_a_roll_is_known_by_its_headers(suggested):
    header = "学校标识码,姓名,身份证件号,出生日期,性别,年级,班级\n"
    words, (source,) = suggested(roll_csv=header + "".join(f"1,某,{n},20180831,2,2024,01\n" for n in CHILDREN))
    assert source["roll"]["pupil_id"] == {"pseudonym": "身份证件号"}
    assert source["roll"]["school_id"] == "学校标识码"
    assert source["roll"]["class_no"] == {"number_in": "班级"}
    assert "grade" not in source["roll"], "which school year it is must be said"
    assert '# 待定：grade = { grade_from = "年级", in_year = 2024 }' in words
    assert "# 待定：school_year" in words


def test_columns_nobody_has_headed_so_before_are_told_by_what_stands_in_them_and_asked(suggested):
    words, (source,) = suggested(list_csv="号,生,班级,年级\n" + "".join(f"{n},20180831,1班,1\n" for n in CHILDREN))
    assert set(source["roll"]) == {"class_no", "grade"}
    assert '# 待定：pupil_id = { pseudonym = "号" }' in words
    assert '# 待定：birth_on = "生"' in words


def test_stages_side_by_side_are_groups(suggested, tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "plan.xlsx") as book:
        sheet = book.add_worksheet("民办")
        sheet.merge_range("A1:E1", "某年招生计划")
        sheet.merge_range("A3:A4", "学校名称")
        sheet.merge_range("B3:C3", "小学一年级招生计划")
        sheet.merge_range("D3:E3", "初中一年级招生计划")
        sheet.write_row("B4", ["班数", "人数", "班数", "人数"])
        sheet.write_row("A5", ["甲校", 5, 207, "/", "/"])
        sheet.write_row("A6", ["乙校", 3, 128, 4, 180])
    words, (source,) = suggested()
    assert source["blank"] == ["/"]
    filled = words.replace("# 待定：each", "each")
    assert [
        (one["stage"]["is"], one["classes_n"], one["seats_n"])
        for one in tomllib.loads(filled)["sources"][0]["plans"]["each"]
    ] == [
        ("primary", "小学一年级招生计划班数", "小学一年级招生计划人数"),
        ("junior", "初中一年级招生计划班数", "初中一年级招生计划人数"),
    ]
    filled = filled.replace('# 待定：intake_year = { is = "", why = "" }', 'intake_year = { is = 2026, why = "题" }')
    (tmp_path / "ingest.toml").write_text(filled, encoding="utf-8")
    made = ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "out").tables["plans"]
    assert sorted(made[["stage", "classes_n", "seats_n"]].to_numpy().tolist()) == [
        ["junior", 4, 180],
        ["primary", 3, 128],
        ["primary", 5, 207],
    ]


def test_grades_as_columns_are_melted(suggested):
    _, (source,) = suggested(counts_csv="校名,一年级,二年级,三年级\n甲,40,41,39\n")
    assert source["melt"] == {"columns": "*年级", "into": "年级", "value": "人数"}
    assert source["roll_counts"]["pupils_n"] == "人数"


def test_a_layer_is_told_by_its_shapes_and_its_datum_is_asked(suggested):
    line = {"type": "LineString", "coordinates": [[120.0, 30.0], [120.1, 30.0]]}
    feature = {"type": "Feature", "properties": {"路名": "中华路"}, "geometry": line}
    words, (source,) = suggested(roads_geojson=json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert source["streets"]["name"] == "路名"
    assert "# 待定：datum" in words
    assert "datum" not in source


def test_every_file_is_accounted_for(suggested):
    words, _ = suggested(
        plan_csv="校名,招生班数\n甲,4\n", photo_png=b"\x89PNG....", note_docx=b"PK\x03\x04x", odd_csv="天,气\n晴,好\n"
    )
    for name in ("plan.csv", "photo.png", "note.docx", "odd.csv"):
        assert name in words


def test_an_identity_number_never_stands_in_the_file(suggested):
    words, _ = suggested(roll_csv="身份证号,班级\n" + "".join(f"{n},1班\n" for n in CHILDREN))
    assert not any(number in words for number in CHILDREN)


def test_every_header_of_the_alias_table_means_one_thing():
    from zhaosheng_analysis import disk, sheets

    words = pd.Series([sheets.folded(w) for each in disk.own("ingest", "headers.toml").values() for w in set(each)])
    again = words[words.duplicated()].tolist()
    assert not [word for word in again if word not in map(sheets.folded, ("学校全称", "学校（全称）"))]


def test_a_list_of_teachers_is_none_of_children(suggested):
    rows = "".join(f"张{at},{number},女,1985-03-0{at},一小,语文,一级\n" for at, number in enumerate(CHILDREN, 1))
    words, sources = suggested(staff_csv="教师姓名,身份证号,性别,出生日期,任教学校,学科,职称\n" + rows)
    assert not sources
    assert "像是教师名单" in words


def test_wishes_side_by_side_are_rows(suggested):
    rows = "".join(f"B{at},甲小学,乙小学,2026-07-01 08:0{at}\n" for at in range(3))
    _, (source,) = suggested(wishes_csv="报名编号,第一志愿,第二志愿学校,报名时间\n" + rows)
    each = source["applications"]["each"]
    assert [group["choice_n"]["is"] for group in each] == [1, 2]
    assert [group["school_id"]["key"] for group in each] == ["第一志愿", "第二志愿学校"]


def test_a_column_a_school_year_is_a_row_each(suggested, taken):
    lines = "学校,年级,2023学年,2024学年\n甲小学,一年级,80,90\n甲小学,二年级,70,80\n"
    words, (source,) = suggested(counts_csv=lines)
    assert source["melt"]["columns"] == ["2023学年", "2024学年"]
    made = taken(words, counts_csv=lines).tables["roll_counts"]
    assert made.sort_values(["school_year", "grade"])["pupils_n"].tolist() == [80, 70, 90, 80]


def test_stages_sectors_and_places_are_told_by_what_stands_in_them(suggested):
    lines = "学校名称,类型,谁办,坐标\n甲小学,小学,公办,118.9;39.4\n乙中学,初中,民办,118.8;39.5\n"
    words, _ = suggested(schools_csv=lines)
    assert '# 待定：stage = "类型"' in words
    assert '# 待定：sector = "谁办"' in words
    assert 'point = ["坐标"]' in words


def test_a_number_that_is_no_citizens_is_asked_about(suggested):
    words, _ = suggested(
        list_csv="学号,性别,出生日期,班级\n" + "".join(f"2501{at},男,2018-09-0{at},1班\n" for at in (1, 2, 3))
    )
    assert '# 待定：pupil_id = { pseudonym = "学号", any = true, why = "不是身份证号" }' in words
    assert "# 待定：key_file" in words


def test_sheets_that_differ_in_the_year_alone_are_one_source(suggested, tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "在校生.xlsx") as book:
        for year in (2023, 2024, 2025):
            sheet = book.add_worksheet(f"{year}学年")
            sheet.write_row("A1", ["学校", "一年级", "二年级"])
            sheet.write_row("A2", ["甲小学", year - 1900, 90])
    _, (source,) = suggested()
    assert source["sheet"] == "*"
    assert source["roll_counts"]["school_year"] == {"year_of": "工作表名"}


def test_schools_and_plans_of_one_sheet_are_two_tables(suggested):
    header = "学校名称,办学性质,办学类型,经度,纬度,小学一年级班数,小学一年级人数,初中一年级班数,初中一年级人数\n"
    rows = "甲小学,公办,小学,118.90,39.41,4,180,/,/\n乙学校,民办,九年一贯制,118.91,39.42,2,90,3,150\n"
    words, (source,) = suggested(招生计划_csv=header + rows)
    assert source["schools"]["point"] == ["经度", "纬度"]
    assert source["schools"]["sector"] == "办学性质"
    assert source["schools"]["stage"] == "办学类型", "the groups side by side are stages of the plans alone"
    assert source["schools"]["school_id"] == source["plans"]["school_id"]
    assert "each = [" in words
    assert words.index("[sources.schools]") < words.index("[sources.plans]")


def test_schools_without_coordinates_are_asked_for_them(suggested):
    words, _ = suggested(学校_csv="学校名称,办学类型,办学性质\n甲小学,小学,公办\n一中,初级中学,公办\n")
    assert "# 没有坐标，报告就没有地图" in words
    assert '"boundary"]  # 还没有的图层' in words


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("学校,招生计划\n甲,4个班180人\n乙,3个班135人\n", ({"classes_in": "招生计划"}, {"seats_in": "招生计划"})),
        ("学校,招生（班/人）\n甲,4/180\n乙,3/135\n", ({"classes_in": "招生（班/人）"}, {"seats_in": "招生（班/人）"})),
        ("校名,计划招生,\n,班级,人数\n甲,4,180\n乙,3,135\n", ("计划招生班级", "计划招生人数")),
        ("学校,招生规模（班）,招生规模（人）\n甲,4,180\n", ("招生规模（班）", "招生规模（人）")),
    ],
)
def test_plans_are_known_however_they_are_headed(suggested, rows, expected):
    _, (source,) = suggested(甲_csv=rows)
    assert (source["plans"]["classes_n"], source["plans"]["seats_n"]) == expected


def test_a_bare_number_of_a_plan_is_asked_about_and_the_title_names_the_stage(suggested):
    words, _ = suggested(甲_csv="2026年小学招生计划,\n,\n学校名称,招生计划\n甲,180\n乙,135\n")
    assert '# 待定：seats_n = "招生计划"  # 是班数还是人数，请核对' in words
    assert '# 待定：stage = { is = "primary", why = "文件名或标题" }' in words
    assert '# 待定：class_size_n = { is = 45, why = "国家标准班额" }' in words


def test_a_sheet_of_plans_and_zones_is_both(suggested):
    _, (plans, zones) = suggested(甲_csv="学校,招生班数,招生范围\n甲小学,4,东街\n乙小学,3,西街\n")
    assert plans["plans"]["classes_n"] == "招生班数"
    assert zones["zones"]["sentence"] == "招生范围"


def test_whoever_has_a_plan_is_a_school_where_no_file_lists_them(suggested):
    plans = "2026年公办小学招生计划,\n,\n学校名称,招生班数\n甲小学,4\n乙小学,3\n"
    words, (rolls, source) = suggested(
        计划_csv=plans, 在校生_csv="学校,一年级,二年级\n甲小学,170,165\n乙小学,130,128\n"
    )
    assert "roll_counts" in rolls
    assert source["schools"]["name"] == "学校名称"
    assert source["schools"]["distinct"]
    assert '# 待定：sector = { is = "public", why = "文件名或标题" }' in words
    _, sources = suggested(学校_csv="学校名称,办学类型,办学性质\n甲小学,小学,公办\n乙小学,小学,公办\n")
    assert sum("schools" in one for one in sources) == 1


def test_a_form_of_labels_and_words_is_no_table(suggested):
    with pytest.raises(DataError, match="登记表"):
        suggested(甲_csv="学校名称：,甲小学,招生班数：,4\n招生人数：,180,班额：,45\n")


def test_a_grade_over_the_years_is_named_by_the_title(suggested):
    _, (source,) = suggested(历年一年级_csv="学校,2023年,2024年\n甲小学,180,190\n乙小学,130,128\n")
    assert source["roll_counts"]["grade"] == {"is": 1, "why": "表头或标题"}
    assert source["roll_counts"]["school_year"] == {"year_of": "各学年"}


def test_children_by_age_enter_in_the_year_they_are_six(suggested):
    words, _ = suggested(摸底_csv="2026年适龄儿童,,\n,,\n村（居）,6周岁,5周岁\n东街村,30,28\n西街村,22,20\n")
    assert 'entry_year = { from = "出生时段", values = { "6周岁" = 2026, "5周岁" = 2027 } }' in words
    assert "截至八月末" in words


def test_classes_side_by_side_are_told_with_their_grade(suggested):
    _, (source,) = suggested(班额_csv="学校,一（1）班,一（2）班,二（1）班\n甲小学,45,46,44\n乙小学,43,44,40\n")
    assert source["classes"]["grade"] == {"grade_in": "班号"}
    assert source["classes"]["class_no"] == {"number_in": "班号"}


def test_a_cell_of_several_schools_is_taken_apart_for_their_zone(suggested):
    rows = "一学区,甲小学、乙小学,东街\n二学区,丙小学,西街\n"
    _, (zones, links) = suggested(学区_csv="学区名称,学校,招生范围\n" + rows)
    assert zones["zones"]["zone_id"] == links["zone_schools"]["zone_id"] == {"key": "学区名称", "prefix": "z"}
    assert links["explode"] == "学校"
    assert links["zone_schools"]["school_id"] == {"key": "学校", "prefix": "s"}


def test_a_list_of_estates_is_a_zone_a_school_and_a_column_of_schools_a_stage(suggested):
    rows = "东湖花园,1-3幢,甲小学,一中\n绿苑,全部,甲小学,二中\n东湖花园,4-9幢,乙小学,一中\n"
    words, (primary, junior) = suggested(对口表_csv="小区名称,楼栋,对口小学,对口初中\n" + rows)
    assert primary["zones"]["stage"] == {"is": "primary", "why": "表头或标题"}
    assert junior["zones"]["stage"] == {"is": "junior", "why": "表头或标题"}
    assert primary["zone_schools"]["school_id"] == {"key": "对口小学", "prefix": "s"}
    assert junior["zone_schools"]["zone_id"] == {"key": "对口初中", "prefix": "zj"}
    assert primary["append"] == ["小区名称", "楼栋"]
    assert '# 待定：sentence = "小区名称"' in words
    assert "各在几所学校下" not in words


def test_an_estate_under_two_schools_without_its_parts_is_asked_about(suggested):
    words, _ = suggested(施教区_csv="学校名称,小区\n甲小学,东苑\n乙小学,东苑\n乙小学,西苑\n")
    assert "# 待定：「东苑」等各在几所学校下，没有写是哪一部分，请核对" in words


def test_a_list_of_estates_becomes_the_sentences_of_its_zones(suggested, tmp_path):
    from zhaosheng_analysis.ingest import pieces, shaping
    from zhaosheng_analysis.schema import Faults

    suggested(对口表_csv="学校,小区,楼栋\n甲小学,东苑,1-3幢\n甲小学,绿苑,全部\n乙小学,东苑,4-9幢\n")
    (source,) = ingest.load(tmp_path / "ingest.toml").sources
    (piece,) = pieces.of(source, tmp_path, Faults())
    shaped = shaping.of(piece, source.options)
    assert dict(zip(shaped.table["学校"], shaped.table["小区"], strict=True)) == {
        "甲小学": "东苑1-3幢、绿苑",
        "乙小学": "东苑4-9幢",
    }
    assert sum(step.rows_n for step in shaped.steps) == len(shaped.table)


SCHOOLS = "学校名称,办学类型,性质\n青川县第一小学,小学,公办\n青川县木鱼九年一贯制学校,九年一贯制,公办\n"


def test_schools_called_otherwise_in_another_file_are_matched_by_name_and_their_list_comes_first(suggested):
    plan = "学校,学部,招生班数,班额,招生人数\n一小,小学,2,45,90\n木鱼学校,小学部,1,45,45\n木鱼学校,初中部,1,50,50\n"
    _, (first, plans) = suggested(招生计划_csv=plan, 学校_csv=SCHOOLS)
    assert first["files"] == "学校.csv"
    assert plans["plans"]["school_id"] == {"match": "学校", "in": "schools"}
    assert plans["plans"]["stage"] == "学部"


def test_schools_called_the_same_everywhere_need_no_matching(suggested):
    plan = "学校,学段,招生班数,班额,招生人数\n青川县第一小学,小学,2,45,90\n"
    _, (_, plans) = suggested(a招生计划_csv=plan, 学校_csv=SCHOOLS)
    assert plans["plans"]["school_id"] == {"key": "学校", "prefix": "s"}


@pytest.mark.parametrize("heads", ["1年级,2年级,7年级", "一年级（人）,二年级（人）,七年级（人）", "小一,小二,初一"])
def test_a_column_a_grade_is_known_however_grades_are_written(suggested, heads):
    _, (_, counts) = suggested(学校_csv=SCHOOLS, **{"2025年在校生_csv": f"学校,{heads}\n一小,90,88,70\n"})
    assert counts["roll_counts"]["grade"] == {"grade_in": "年级"}
    for head, grade in zip(heads.split(","), "127", strict=True):
        assert cell_words.grade_in(head.replace("（", "(").replace("）", ")")) == grade


def test_what_a_clerk_decided_is_no_table_of_theirs(suggested):
    words, sources = suggested(学校_csv=SCHOOLS, decisions_csv="种类,原文,认作\nschools,一小,s1\n")
    assert len(sources) == 1
    assert "decisions" not in words


def test_the_name_of_a_fact_sends_to_its_key(tmp_path):
    (tmp_path / "ingest.toml").write_text(
        'about = { "学制" = "五四" }\n[[sources]]\nfiles = "a.csv"\n', encoding="utf-8"
    )
    with pytest.raises(DataError, match="「学制」的键是 school_system"):
        ingest.load(tmp_path / "ingest.toml")
