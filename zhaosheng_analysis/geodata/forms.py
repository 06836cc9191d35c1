"""The workbook a bureau fills: Chinese sheets and headings, lists to choose from, an example row, and how to fill it.

What is written here is read back by the same contracts: a heading is a column's label, a sheet a table's title, and a
row that begins with （示例） is no row of the table (`sheets`).
"""

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata.sources import NOTES
from zhaosheng_analysis.schema import TABLES, Column, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS = 3000  # as far down as lists and formats go
_LONGEST_LIST = 255  # letters; a longer list does not fit into a cell's validation
_CREATED = dt.date(2000, 1, 1)
_NUMBERS = ("whole", "number", "share", "metres")
_EXAMPLES = {
    "whole": 1,
    "number": 1,
    "share": 0.5,
    "metres": 500,
    "date": "2024-08-31",
    "timestamp": "2025-07-01 09:30",
    "flag": "是",
    "ids-list": "甲、乙",
}
HOW = (
    "一张工作表是一张表，一行是一项：一所学校、一名儿童、一份计划。",
    "蓝底标题的列必须填，灰底的可以空着；空着是什么意思，见标题的批注和「说明」。",
    "灰色标签的工作表可以不填，用不到的可以整张删去。",
    "只做一件事时，要的表更少：zhaosheng template 规则编号 --for report（或 forecast、redraw、admit、audit）。",
    "每张表的第一行是示例，以「（示例）」开头，检查时不读；可以删去，也可以留着。",
    "标题不要改。粘贴别处的数据时，先对好列，只粘贴数值；有下拉框的列只能填其中的词。",
    "编号（学校、小区、儿童）是文本。儿童编号用化名，不要填身份证号和姓名。",
    "日期写 2024-08-31 或 2024/8/31；时间写 2025-07-01 09:30，只有日期的报名时间会被问到。",
    "图层（学校、学区、小区、道路、区县界）在 district.gpkg 里，用 QGIS 等填；坐标系写在「数据说明」。",
    "填好后运行 zhaosheng check 文件夹：一次说出全部问题，指到单元格。",
)


class _Formats(NamedTuple):
    """How headings and cells look."""

    required: "Format"
    optional: "Format"
    text: "Format"
    example: "Format"
    plain: "Format"


def write(
    tables: Mapping[str, pd.DataFrame],
    path: Path,
    *,
    notes: pd.DataFrame,
    optional: Collection[str] = (),
    contracts: Mapping[str, Table] = TABLES,
) -> None:
    """Write the workbook to fill.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Empty tables by name; ``about`` holds its keys.
    path : Path
        Workbook to write.
    notes : DataFrame
        The dictionary of the columns, for the sheet 说明.
    optional : collection of str, optional
        Tables that need not be filled: their sheets have a grey tab.
    contracts : mapping of str to Table, optional
        The contracts, with the columns of a rule file.
    """

    def fill(book: "Workbook") -> None:
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        formats = _Formats(
            required=book.add_format(head | {"bg_color": "#BDD7EE"}),
            optional=book.add_format(head | {"bg_color": "#EDEDED"}),
            text=book.add_format({"num_format": "@"}),
            example=book.add_format({"italic": True, "font_color": "#7F7F7F"}),
            plain=book.add_format({"text_wrap": True, "valign": "top"}),
        )
        _write_how(book, formats)
        for name, frame in tables.items():
            sheet = book.add_worksheet(TABLES[name].title)
            if name in optional:
                sheet.set_tab_color("#B8B8B8")
            if name == "about":
                _write_about(sheet, contracts[name], frame, formats)
            else:
                _write_table(sheet, contracts[name], formats)
        _write_notes(book, notes, formats)

    path.write_bytes(sheets.workbook(fill, title="zhaosheng_analysis", day=_CREATED))


def _write_how(book: "Workbook", formats: _Formats) -> None:
    """Write the page that says how to fill the others."""
    sheet = book.add_worksheet("怎么填")
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 100, formats.plain)
    sheet.write_row(0, 0, ["", "怎么填"], formats.required)
    for row, line in enumerate(HOW, start=1):
        sheet.write_row(row, 0, [row, line])


def _write_notes(book: "Workbook", notes: pd.DataFrame, formats: _Formats) -> None:
    """Write the dictionary of all columns, as the last sheet."""
    sheet = book.add_worksheet(NOTES[0])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(notes.columns) - 1, 16)
    sheet.write_row(0, 0, list(notes), formats.required)
    for row, cells in enumerate(notes.itertuples(index=False), start=1):
        sheet.write_row(row, 0, cells)
    sheet.autofilter(0, 0, len(notes), len(notes.columns) - 1)


def _write_about(sheet: "Worksheet", table: Table, frame: pd.DataFrame, formats: _Formats) -> None:
    """Write the facts about the folder: the words of the keys stand there already."""
    key, value = table.columns["key"], table.columns["value"]
    for at, column in enumerate((key, value)):
        _write_heading(sheet, at, column, formats)
    for row, (code, said) in enumerate(frame.itertuples(index=False), start=1):
        sheet.write_string(row, 0, key.choices[code], formats.text)
        sheet.write_comment(row, 0, code, {"author": ""})
        sheet.write_string(row, 1, "" if pd.isna(said) else str(said), formats.text)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 48, formats.text)
    sheet.freeze_panes(1, 0)


def _write_table(sheet: "Worksheet", table: Table, formats: _Formats) -> None:
    """Write headings, lists and the example row of a table without rows."""
    for at, column in enumerate(table.columns.values()):
        _write_heading(sheet, at, column, formats)
        sheet.set_column(at, at, max(12, 2 * len(column.label) + 4), None if column.kind in _NUMBERS else formats.text)
        words = ["是", "否"] if column.kind == "flag" else list(column.choices.values())
        if words and len(",".join(words)) <= _LONGEST_LIST:
            sheet.data_validation(2, at, ROWS, at, {"validate": "list", "source": words})
        example = _example(column)
        sheet.write(1, at, f"（示例）{example}" if at == 0 else example, formats.example)
    sheet.freeze_panes(1, 1)


def _write_heading(sheet: "Worksheet", at: int, column: Column, formats: _Formats) -> None:
    """Write a heading, its code, meaning and allowed values as a comment."""
    sheet.write_string(0, at, column.label, formats.required if column.required else formats.optional)
    must = "必填" if column.required else f"可以空着：{column.blank}"
    note = "\n".join(part for part in (f"{column.name}（{must}）", column.about, column.allowed) if part)
    sheet.write_comment(0, at, note, {"author": "", "x_scale": 2})


def _example(column: Column) -> str | float:
    """Return what a cell of the column may look like."""
    if column.choices:
        return next(iter(column.choices.values()))
    if column.kind == "whole" and column.name.endswith("year"):
        return 2025
    if column.name == "birth_on":
        return "2018-10-12"  # six years old at that intake
    return _EXAMPLES.get(column.kind, "甲" if column.kind == "text" else "a-001")
