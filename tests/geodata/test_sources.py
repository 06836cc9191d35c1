"""A district folder as an office sends it: every file used or named, tables of any kind read alike."""

import pandas as pd
import pytest
import xlsxwriter

from tests.towns.tampering import alike, messages, rewrite_tables, sheet
from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo.little_town import ABOUT

HEADER = ("school_id", "stage", "intake_year", "classes_n", "class_size_n", "seats_n")
TIDY = ("primary", 2025, 1, 45, 45)


def cells(path, *rows, sheet="plans", merged=()):
    """Write a workbook cell by cell, beside the facts about the town; `merged` holds ranges and what is in them."""
    with xlsxwriter.Workbook(path) as book:
        for name, lines in {"about": [("key", "value"), *ABOUT.items()], sheet: rows}.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
            for span, value in merged if name == sheet else ():
                page.merge_range(span, value)


def notes(folder):
    return [str(note) for note in geodata.load(folder).notes]


def test_parquet_and_csv_in_gb18030_are_read_alike(town, town_dir):
    frame = pd.read_csv(town_dir / "homes.csv", dtype="str")
    frame.to_parquet(town_dir / "homes.parquet")
    (town_dir / "homes.csv").unlink()
    text = (town_dir / "hukou.csv").read_text(encoding="utf-8-sig").replace("parent", "父母")
    (town_dir / "hukou.csv").write_text(text, encoding="gb18030")
    assert alike(geodata.load(town_dir), town)
    assert notes(town_dir) == ["hukou.csv：编码 GB18030，分隔符为逗号。"]


@pytest.mark.parametrize(
    ("name", "encoding", "separator"),
    [
        ("homes.tsv", "utf-16", "\t"),
        ("homes.txt", "gb18030", "|"),
        ("homes.csv", "utf-8", "；"),
        ("homes.xls", "gb18030", "\t"),
    ],
)
def test_a_table_of_its_own_may_be_any_kind_of_text(town, town_dir, name, encoding, separator):
    text = (town_dir / "homes.csv").read_text(encoding="utf-8-sig").replace(",", separator)
    (town_dir / "homes.csv").unlink()
    (town_dir / name).write_text(text, encoding=encoding)
    assert alike(geodata.load(town_dir), town)


def test_a_workbook_of_its_own_is_read_and_what_is_wrong_with_it_is_told(town, town_dir):
    rows = pd.read_csv(town_dir / "homes.csv", dtype="str")
    (town_dir / "homes.csv").unlink()
    with pd.ExcelWriter(town_dir / "homes.xlsx", engine="xlsxwriter") as book:
        rows.to_excel(book, sheet_name="Sheet1", index=False)
    assert alike(geodata.load(town_dir), town)
    with pd.ExcelWriter(town_dir / "homes.xlsx", engine="xlsxwriter") as book:
        rows.assign(owner="叔叔").to_excel(book, sheet_name="Sheet1", index=False)
    assert messages(town_dir)[0].startswith("homes.xlsx 工作表「Sheet1」：列「产权人」(owner)有 7 处不能识别")


def test_the_same_table_in_two_files_is_a_fault(town_dir):
    text = (town_dir / "homes.csv").read_text(encoding="utf-8-sig")
    (town_dir / "homes.tsv").write_text(text.replace(",", "\t"), encoding="utf-8")
    assert messages(town_dir) == ["homes.tsv：与 homes.csv 是同一张表；一张表只能有一处；请删去其中一处。"]


def test_every_file_that_is_not_used_is_named_with_the_reason(town, town_dir):
    (town_dir / "说明.docx").write_bytes(b"PK")
    (town_dir / "~$district.xlsx").write_bytes(b"")
    (town_dir / "旧资料").mkdir()
    (town_dir / "ingest-log.csv").write_text("源,行\n", encoding="utf-8")
    (town_dir / "学校通讯录.xlsx").write_bytes(b"PK")
    (town_dir / "影像.tif").write_bytes(b"")
    (town_dir / "现状.shp").write_bytes(b"")
    assert alike(geodata.load(town_dir), town)
    assert geodata.load(town_dir).unused == {
        "说明.docx": "不是表，也不是图层",
        "~$district.xlsx": "Excel 打开时的临时文件",
        "旧资料": "文件夹",
        "ingest-log.csv": "接收原始文件的记录",
        "学校通讯录.xlsx": "文件名不是表名",
        "影像.tif": "不是表，也不是图层",
        "现状.shp": "文件名不是表名",
    }


def test_a_file_whose_name_is_nearly_that_of_a_table_is_a_fault(town_dir):
    rewrite_tables(town_dir, plan=pd.DataFrame({"a": ["1"]}), 说明=pd.DataFrame({"随便": ["写"]}))
    (town_dir / "home.csv").write_text("a\n", encoding="utf-8")
    (town_dir / "school.kml").write_text("", encoding="utf-8")
    assert messages(town_dir) == [
        "district.xlsx 工作表「plan」：不认识的工作表；是不是「plans」？请改名或删去。",
        "home.csv：不认识的表；是不是「homes」？请改文件名或移走。",
        "school.kml：不认识的图层；是不是「schools」？请改文件名或移走。",
    ]


def test_a_blank_sheet_and_a_hidden_one_do_no_harm(town, town_dir):
    rewrite_tables(town_dir, Sheet3=pd.DataFrame())
    assert alike(geodata.load(town_dir), town)


def test_long_numbers_that_excel_has_rounded_are_detected(town_dir):
    line = (130299202500000123.0, *TIDY)
    cells(town_dir / "district.xlsx", HEADER, ("s1", *TIDY), line)
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：列「学校编号」(school_id)有 1 处长号码被当作数字存放，末几位已丢失："
        "A3「130299202500000096」；须为文本格式的单元格；请把该列设为「文本」后从原始资料重新录入。"
    )


def test_a_merged_word_counts_for_every_row_of_its_range_and_for_none_beyond(town_dir):
    rows = (HEADER, ("s1", "", 2025, 1, 45, 45), ("s2", "", 2025, 1, 45, 45), ("s3", "primary", 2025, 1, 45, 45))
    cells(town_dir / "district.xlsx", *rows, merged=[("B2:B3", "小学")])
    assert geodata.load(town_dir).table("plans")["stage"].tolist() == ["primary"] * 3
    assert notes(town_dir) == [
        "district.xlsx 工作表「plans」：有 1 处合并单元格：B2:B3；下面各格填上同样的内容；横向合并的只算在左边一列。"
    ]
    cells(town_dir / "district.xlsx", *rows, ("s3", "", 2024, 1, 45, 45), merged=[("B2:B3", "小学")])
    assert "列「学段」(stage)有 1 处空白：第 5 行" in messages(town_dir)[0]


def test_a_merged_number_is_never_given_to_several_schools(town_dir):
    rows = (HEADER, ("s1", "primary", 2025, 1, 45, ""), ("s2", "primary", 2025, 1, 45, ""))
    cells(town_dir / "district.xlsx", *rows, merged=[("F2:F3", 90)])
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：列「招生计划数」(seats_n)的 F2:F3 合并，里面是「90」；每行一个数；"
        "不知是每行各有这么多，还是合起来这么多；请取消合并，逐行填写。"
    )


def test_a_title_above_the_header_is_read_past_and_totals_are_left_out(town_dir):
    total = ("合计", "", "", 2, 90, 90)
    cells(
        town_dir / "district.xlsx",
        ("2025年招生计划",),
        (),
        HEADER,
        ("s1", *TIDY),
        ("s2", *TIDY),
        total,
        ("注：以上为公办学校",),
    )
    assert geodata.load(town_dir).table("plans")["school_id"].tolist() == ["s1", "s2"]
    assert notes(town_dir) == [
        "district.xlsx 工作表「plans」：表头在第 3 行；以上的当作标题，未读：A1「2025年招生计划」。",
        "district.xlsx 工作表「plans」：有 1 行是合计或小计：A6「合计」；未读。",
        "district.xlsx 工作表「plans」：有 1 行是注或签署：A7「注：以上为公办学校」；未读。",
    ]


def test_units_behind_numbers_and_headings_with_units_are_understood(town_dir):
    header = ("学校编号*", "学 段", "招生年度（必填）", "班数（班）", "班额(人)", "招生计划数")
    cells(town_dir / "district.xlsx", header, ("s1", "小学部", "2025年", "2个班", "45人", "90 名"))
    plans = geodata.load(town_dir).table("plans")
    assert plans.loc[0, ["classes_n", "class_size_n", "seats_n"]].tolist() == [2, 45, 90]
    cells(town_dir / "district.xlsx", header, ("s1", "小学", "2025", "2", "45", "2班"))
    assert "列「招生计划数」(seats_n)有 1 处不能识别：第 2 行「2班」" in messages(town_dir)[0]


def test_blank_rows_do_not_shift_the_row_numbers(town_dir):
    cells(town_dir / "district.xlsx", HEADER, (), ("s1", "primary", 2025, "一", 45, 45))
    assert "第 3 行「一」" in messages(town_dir)[0]


def test_a_workbook_that_is_none_is_said_to_be_what_it_is(town_dir):
    (town_dir / "district.xlsx").write_bytes(b"not a workbook")
    assert messages(town_dir) == [
        "district.xlsx：是文本，不是工作簿；须为 Excel 工作簿，一张工作表一个表；请用 Excel 另存为 xlsx。",
        "区县文件夹：缺少工作表「about」（数据说明）；请补上；没有内容的也要有空表。",
    ]
    (town_dir / "district.xlsx").write_bytes(b"PK\x03\x04broken")
    assert messages(town_dir) == [
        "district.xlsx：打不开；须为完好、未加密的 Excel 工作簿；请用 Excel 打开后另存为 xlsx。"
    ]


def test_a_broken_layer_is_named_with_the_place_and_not_called_missing(town_dir):
    from tests.towns.tampering import rewrite_layer

    rewrite_layer(town_dir, "zones", lambda _: None)
    (town_dir / "zones.geojson").write_text('{"type": "FeatureCollection",\n "features": [}', encoding="utf-8")
    assert messages(town_dir) == ["zones.geojson：打不开：第 2 行第 15 字起不是 JSON；须为完好的矢量文件；请重新导出。"]


def test_the_place_and_the_system_of_every_layer_are_kept(town_dir):
    places = geodata.load(town_dir).places
    assert places["schools"] == "district.gpkg 图层「schools」，CGCS2000 / 3-degree Gauss-Kruger CM 120E"
    assert places["homes"] == "homes.csv"
    assert sheet(town_dir, "plans")["school_id"].tolist() == ["s1", "s2", "s3"]
