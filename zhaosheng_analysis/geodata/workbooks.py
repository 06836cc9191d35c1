"""Tables of a district folder, written so that they open well: a workbook, and CSV or Parquet for the long ones."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import sheets
from zhaosheng_analysis.geodata.sources import WORKBOOK
from zhaosheng_analysis.schema import TABLES, Column, Table, csv_safety, ordered

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_SHEET = 3000
_CREATED = dt.date(2000, 1, 1)


def in_bulk(name: str, frame: pd.DataFrame) -> bool:
    """Tell whether a table is kept in a file of its own: one row a child, or too long to read in a workbook.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : DataFrame
        Its rows.

    Returns
    -------
    bool
        True where it is not put into the workbook.
    """
    return TABLES[name].level == "child" or len(frame) > LONGEST_SHEET


def write(
    frames: dict[str, pd.DataFrame], folder: Path, *, bulk: str = "csv", contracts: Mapping[str, Table] = TABLES
) -> None:
    """Write tables to a folder: planner tables to district.xlsx, long ones to NAME.csv, rows in key order.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables by name.
    folder : Path
        Folder they are written into.
    bulk : str, default "csv"
        Csv, which Excel opens, or parquet, a tenth of the size.
    contracts : mapping of str to Table, optional
        The contracts, with the columns of a rule file.
    """
    tables = {}
    for name in (name for name in TABLES if name in frames):
        frame = frames[name] if name == "about" else ordered(name, frames[name])
        if in_bulk(name, frame) and bulk == "parquet":
            frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        elif in_bulk(name, frame):
            text = frame.assign(**{it.name: _dated(frame[it.name], it.kind) for it in contracts[name].columns.values()})
            csv_safety.guarded(text).to_csv(
                folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
            )
        else:
            tables[name] = frame
    write_workbook(tables, folder / WORKBOOK, contracts=contracts)


def _dated(cells: pd.Series, kind: str) -> pd.Series:
    """Write dates as 2024-06-30, timestamps to the second or finer, flags as 是 and 否."""
    if kind == "date":
        return cells.dt.strftime("%Y-%m-%d")
    if kind == "timestamp":
        return cells.dt.strftime("%Y-%m-%d %H:%M:%S.%f").str.removesuffix(".000000")
    if kind == "flag":
        return cells.map({True: "是", False: "否"})
    return cells


def write_workbook(
    tables: dict[str, pd.DataFrame],
    path: Path,
    *,
    contracts: Mapping[str, Table] = TABLES,
) -> None:
    """Write one sheet a table: bold frozen header, with the Chinese label and the allowed values as a comment.

    Text that looks like a formula stays text.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Checked tables by name.
    path : Path
        Workbook to write.
    contracts : mapping of str to Table, optional
        The contracts, with the columns of a rule file.
    """

    def fill(book: "Workbook") -> None:
        header = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1})
        text = book.add_format({"num_format": "@"})
        for name, frame in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(contracts[name].columns.values()):
                _write_column(sheet, at, column, frame[column.name], header, text)

    path.write_bytes(sheets.workbook(fill, title="zhaosheng_analysis", day=_CREATED))


def _write_column(
    sheet: "Worksheet", at: int, column: Column, values: pd.Series, header: "Format", text: "Format"
) -> None:
    """Write one column with its header and comment."""
    sheet.write_string(0, at, column.name, header)
    blank = "" if column.required else f"空着：{column.blank}"
    note = "\n".join(part for part in (column.label, column.about, column.allowed, blank) if part)
    sheet.write_comment(0, at, note, {"author": "", "x_scale": 2})
    plain = text if column.kind not in ("whole", "number", "share", "metres") else None
    sheet.set_column(at, at, max(12, 2 * len(column.label) + 2), plain)
    cells = _dated(values, column.kind)
    for row, cell in enumerate(cells.astype(object).where(cells.notna(), None), start=1):
        if cell is not None:
            sheet.write(row, at, cell, plain)
