"""Tables in files: what Excel does to them, each fault as a planner reads it."""

import dataclasses

import pandas as pd
import xlsxwriter

from tests.towns.tampering import alike, messages, rewrite_tables
from zhaosheng_analysis import geodata, schema
from zhaosheng_analysis.demo.little_town import ABOUT
from zhaosheng_analysis.geodata import workbooks


def cells(path, *rows, sheet="plans", merged=()):
    """Write a workbook cell by cell, beside the facts about the town."""
    with xlsxwriter.Workbook(path) as book:
        for name, lines in {"about": [("key", "value"), *ABOUT.items()], sheet: rows}.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
            for span in merged if name == sheet else ():
                page.merge_range(span, "合并")


def test_a_table_too_long_to_read_in_a_workbook_is_kept_in_a_file_of_its_own():
    assert workbooks.in_bulk("plans", pd.DataFrame(index=range(3001)))
    assert not workbooks.in_bulk("plans", pd.DataFrame(index=range(3000)))


def test_parquet_and_csv_in_gb18030_are_read_alike(town, town_dir):
    frame = pd.read_csv(town_dir / "homes.csv", dtype="str")
    frame.to_parquet(town_dir / "homes.parquet")
    (town_dir / "homes.csv").unlink()
    text = (town_dir / "hukou.csv").read_text(encoding="utf-8-sig").replace("parent", "父母")
    (town_dir / "hukou.csv").write_text(text, encoding="gb18030")
    assert alike(geodata.load(town_dir), town)


def test_text_that_looks_like_a_formula_stays_text(town, tmp_path):
    plans = town.table("plans")
    cohorts = pd.DataFrame({"unit_id": ["u1"], "entry_year": [2025], "hukou_n": [1], "source": ["=1+1"]})
    tables = {"plans": plans, "cohorts": schema.check("cohorts", cohorts, where="x")}
    formula = dataclasses.replace(town, tables=tables)
    geodata.save(formula, tmp_path / "town")
    assert geodata.load(tmp_path / "town").table("cohorts")["source"].tolist() == ["=1+1"]


def test_unknown_sheets_and_files_are_named(town_dir):
    rewrite_tables(town_dir, plan=pd.DataFrame({"a": ["1"]}), 说明=pd.DataFrame({"随便": ["写"]}))
    (town_dir / "home.csv").write_text("a\n", encoding="utf-8")
    assert messages(town_dir) == [
        "district.xlsx 工作表「plan」：不认识的工作表；是不是「plans」？请改名或删去。",
        "home.csv：不认识的表；是不是「homes」？请改文件名或移走。",
    ]


HEADER = ("school_id", "stage", "intake_year", "classes_n", "class_size_n", "seats_n")


def test_long_numbers_that_excel_has_rounded_are_detected(town_dir):
    line = (130299202500000123.0, "primary", 2025, 1, 45, 45)
    cells(town_dir / "district.xlsx", HEADER, ("s1", "primary", 2025, 1, 45, 45), line)
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：列「学校编号」(school_id)有 1 处长号码被 Excel 当作数字存放，末几位已丢失："
        "第 3 行；须为文本格式的单元格；请把该列设为「文本」后从原始资料重新录入。"
    )


def test_merged_cells_are_named(town_dir):
    line = ("s1", "primary", 2025, 1, 45, 45)
    cells(town_dir / "district.xlsx", HEADER, line, merged=["G1:H1", "I2:I3"])
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：有 2 处合并单元格：G1:H1、I2:I3；每格一个值，表头只占第 1 行；"
        "请取消合并并逐格填写。"
    )


def test_a_title_above_the_header_is_recognised(town_dir):
    cells(town_dir / "district.xlsx", ("2025年招生计划",), (), HEADER, ("s1", "primary", 2025, 1, 45, 45))
    assert messages(town_dir) == [
        "district.xlsx 工作表「plans」：表头不在第 1 行，像是在第 3 行；第 1 行须为列名；请删去表头以上的标题行。"
    ]


def test_blank_rows_do_not_shift_the_row_numbers(town_dir):
    cells(town_dir / "district.xlsx", HEADER, (), ("s1", "primary", 2025, "一", 45, 45))
    assert "第 3 行「一」" in messages(town_dir)[0]


def test_a_locked_workbook_is_said_to_be_one(town_dir):
    (town_dir / "district.xlsx").write_bytes(b"not a workbook")
    assert messages(town_dir)[0] == (
        "district.xlsx：打不开；须为未加密的 Excel 工作簿（xlsx）；请用 Excel 另存为 xlsx，去掉密码。"
    )
