"""The report as an Excel workbook: one sheet a table, numbers as numbers, levels coloured and written."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from zhaosheng_analysis import sheets, texts
from zhaosheng_analysis.schema import csv_safety

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from zhaosheng_analysis.report.pages import Document

FORMATS = {
    "year": "0",
    "whole": "#,##0",
    "change": "+#,##0;-#,##0;0",
    "size": "0.0",
    "percent": "0%",
    "ratio": "0.0%",
    "chance": "0%",
    "interval": "#,##0",
}
NARROW, WIDE = 9, 44
TOP = 3  # rows above the heading: title, note, 示例数据


def xlsx(document: Document) -> bytes:
    """Return the report as workbook bytes.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    bytes
        The file.
    """

    def fill(book: Workbook) -> None:
        _cover(book, document)
        for block in document.blocks:
            if block["kind"] == "table":
                _sheet(book, block, document.head)

    day = datetime.fromisoformat(document.day)
    return sheets.workbook(fill, title=document.head["title"], day=day, author="zhaosheng_analysis")


def _cover(book: Workbook, document: Document) -> None:
    """Write the first sheet: title, headline, facts and foot."""
    sheet = book.add_worksheet("说明")
    big, wrap = book.add_format({"font_size": 16}), book.add_format({"text_wrap": True, "valign": "top"})
    head = document.head
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90, wrap)
    sheet.write_string(0, 0, head["title"], big)
    lines = [("提要", head["headline"])]
    lines += [("数据", texts.labels.sentence("synthetic_long"))] if head["synthetic"] else []
    lines += [*head["facts"], *document.foot, ("声明", texts.labels.sentence("not_a_basis"))]
    for row, (label, value) in enumerate(lines, 2):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, value, wrap)
    sheet.hide_gridlines(2)


def _sheet(book: Workbook, block: dict, head: dict) -> None:
    """Write one table with its heading frozen and filterable."""
    sheet = book.add_worksheet(block["sheet"])
    columns, rows = _unfolded(block)
    quiet = book.add_format({"font_color": "#6b6b66"})
    heading = book.add_format({"bottom": 1, "font_color": "#6b6b66", "text_wrap": True, "valign": "vcenter"})
    sheet.write_string(0, 0, block["title"], book.add_format({"font_size": 13}))
    sheet.write_string(1, 0, block["note"], quiet)
    if head["synthetic"]:
        sheet.write_string(2, 0, texts.labels.sentence("synthetic_long"), book.add_format({"font_color": "#a31621"}))
    for at, column in enumerate(columns):
        sheet.write_string(TOP, at, column["label"], heading)
        sheet.set_column(at, at, _width(column, [row[at] for row in rows]))
    styles: dict = {}
    for down, row in enumerate(rows, TOP + 1):
        for at, (value, column) in enumerate(zip(row, columns, strict=True)):
            _write(book, sheet, styles, (down, at), value, column)
    sheets.for_print(sheet, heading=TOP, last=TOP + len(rows), columns=len(columns))
    sheet.hide_gridlines(2)


def _unfolded(block: dict) -> tuple[list[dict], list[list]]:
    """Spread pairs over two columns: an interval into its bounds, a graded cell into level and ratio."""
    columns = [part for column in block["columns"] for part in _parts(column)]
    rows = [
        [part for value, column in zip(row, block["columns"], strict=True) for part in _values(value, column)]
        for row in block["rows"]
    ]
    return columns, rows


def _parts(column: dict) -> list[dict]:
    if column["format"] == "interval":
        return [column | {"label": column["label"] + end} for end in ("下限", "上限")]
    if column["format"] == "graded":
        level = column | {"format": "code", "label": f"{column['label']}级别"}
        name = "比例" if column["number"] == "ratio" else "班额"
        return [level, column | {"format": column["number"], "label": column["label"] + name}]
    return [column]


def _values(value: texts.labels.Cell, column: dict) -> list:
    if column["format"] in ("interval", "graded"):
        return list(value) if value else [None, None]
    return [value]


def _write(book: Workbook, sheet: Worksheet, styles: dict, at: tuple, value: texts.labels.Cell, column: dict) -> None:
    """Write one cell by its kind; an empty one stays empty."""
    if texts.labels.missing(value) or value == "":
        return
    tone = texts.labels.tone(value, column)
    risky = isinstance(value, str) and csv_safety.begins_formula(value)
    key = (column["format"], value if tone else None, risky)
    if key not in styles:
        look = {"num_format": FORMATS.get(column["format"], "General"), "valign": "top"}
        look |= {"bg_color": tone["fill"], "font_color": tone["ink"]} if tone else {}
        styles[key] = book.add_format(
            look | {"text_wrap": column["format"] in ("text", "setting"), "quote_prefix": risky}
        )
    if column["format"] in FORMATS and not isinstance(value, str):  # a count that is hidden stands as words
        sheet.write_number(*at, value, styles[key])
    else:
        sheet.write_string(*at, texts.labels.written(value, column), styles[key])


def _width(column: dict, values: list) -> float:
    """Return a width that fits the longest of label and values, Chinese counted double."""
    if column["format"] in FORMATS:
        return max(NARROW, _cells(column["label"]) * 0.75)
    longest = max((_cells(texts.labels.written(value, column)) for value in values), default=0)
    return min(WIDE, max(NARROW, longest, _cells(column["label"])) + 2)


def _cells(text: str) -> int:
    """Count the width of a text in Latin characters."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
