"""A workbook holds what was written as what it was: text as text, numbers as numbers, the same bytes every time."""

import datetime as dt
import io
import zipfile

from zhaosheng_analysis import sheets
from zhaosheng_analysis.schema import csv_safety

NAMES = ['=HYPERLINK("http://x")', "+1", "@a", "https://x", "007", "第一小学"]


def book(*, lines: int = len(NAMES)) -> bytes:
    def fill(workbook) -> None:
        sheet = workbook.add_worksheet("名单")
        for at, name in enumerate(["名称", *NAMES[:lines]]):
            sheet.write(at, 0, name)
            sheet.write(at, 1, at)
        sheets.for_print(sheet, heading=0, last=lines, columns=2)

    return sheets.workbook(fill, title="名单", day=dt.date(2025, 7, 12))


def test_text_stays_text_and_numbers_numbers():
    (grid,) = sheets.opened(book(), "名单.xlsx")
    assert grid.cells == [["名称", 0.0], *[[name, float(at)] for at, name in enumerate(NAMES, 1)]]


def test_nothing_in_the_file_is_a_formula_or_a_link_and_no_clock_is_in_it():
    assert book() == book()
    with zipfile.ZipFile(io.BytesIO(book())) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<hyperlink" not in sheet
        assert "2025-07-12" in parts.read("docProps/core.xml").decode()


def test_a_table_without_lines_has_no_filter():
    for lines, filtered in ((0, False), (2, True)):
        with zipfile.ZipFile(io.BytesIO(book(lines=lines))) as parts:
            assert ("<autoFilter" in parts.read("xl/worksheets/sheet1.xml").decode()) is filtered


def test_what_begins_a_formula_is_known():
    assert [csv_safety.begins_formula(name) for name in NAMES] == [True, True, True, False, False, False]
