"""Tables of a district folder: read from a workbook, CSV or Parquet as typed, written so that they open well."""

import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zhaosheng_analysis import disk, sheets
from zhaosheng_analysis.schema import TABLES, Column, DataError, Faults, Table, csv_safety, near, ordered

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

WORKBOOK = "district.xlsx"
LONGEST_SHEET = 3000
_NOTES = ("说明", "填表说明", "数据字典")
_HIGHEST_TITLE = 10  # rows in which a header that slipped down is looked for
_CREATED = dt.date(2000, 1, 1)
# Excel keeps 15 significant digits; a longer number in a numeric cell has lost its tail.
_EXACT_NUMBERS = 10**15
_SHEETS = {table.title: name for name, table in TABLES.items()} | {name: name for name in TABLES}


def read(folder: Path, faults: Faults) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield every table of a folder: name, where it stands, and its cells as text.

    A table is a sheet of district.xlsx (named in English or Chinese), NAME.csv (UTF-8 or GB18030) or NAME.parquet.
    """
    if (folder / WORKBOOK).exists():
        yield from _read_workbook(folder / WORKBOOK, faults)
    for path in sorted(folder.glob("*.csv")):
        if path.stem in TABLES:
            yield path.stem, *_read_csv(path)
        else:
            faults.add(path.name, "不认识的表", "", f"{near(path.stem, TABLES)}请改文件名或移走")
    for path in sorted(folder.glob("*.parquet")):
        if path.stem in TABLES:
            yield path.stem, path.name, pd.read_parquet(path)


def _read_csv(path: Path) -> tuple[str, pd.DataFrame]:
    """Read a CSV in UTF-8, else in GB18030 as Chinese Excel saves it; the place names the encoding then."""
    options = {"dtype": "str", "keep_default_na": False, "na_values": [""], "skip_blank_lines": False}
    try:
        where, frame = path.name, pd.read_csv(path, encoding="utf-8-sig", **options)
    except UnicodeDecodeError:
        where, frame = f"{path.name}（按 GB18030 读取）", pd.read_csv(path, encoding="gb18030", **options)
    return where, csv_safety.restored(frame.dropna(how="all"))


def _read_workbook(path: Path, faults: Faults) -> Iterator[tuple[str, str, pd.DataFrame]]:
    try:
        workbook = disk.workbook(path, where=path.name)
    except DataError as error:
        faults.found.extend(error.faults)
        return
    with workbook:
        for title in workbook.sheet_names:
            where = f"{path.name} 工作表「{title}」"
            if title in _NOTES:
                continue
            if title not in _SHEETS:
                faults.add(where, "不认识的工作表", "", f"{near(title, _SHEETS)}请改名或删去")
                continue
            sheet, table = workbook.get_sheet_by_name(title), TABLES[_SHEETS[title]]
            cells = sheet.to_python(skip_empty_area=False)
            _note_merged(sheet.merged_cell_ranges or [], where, faults)
            if not _note_high_title(cells, table, where, faults):
                yield table.name, where, _frame(cells, table, where, faults)


def _note_merged(ranges: list, where: str, faults: Faults) -> None:
    """Note merged cells: all but the first of them are blank to a program."""
    if ranges:
        spans = [f"{_cell(*start)}:{_cell(*end)}" for start, end in ranges]
        found = f"有 {len(spans)} 处合并单元格：{'、'.join(spans[:3])}{'等' if len(spans) > 3 else ''}"
        faults.add(where, found, "每格一个值，表头只占第 1 行", "请取消合并并逐格填写")


def _cell(row: int, column: int) -> str:
    """Name a cell as Excel does: B3."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def _note_high_title(cells: list[list[Any]], table: Table, where: str, faults: Faults) -> bool:
    """Note a header that does not stand in the first row, and tell whether it does not."""
    names = {name for column in table.columns.values() for name in (column.name, column.label)}
    known = [len(names & {str(cell).strip() for cell in row}) for row in cells[:_HIGHEST_TITLE]]
    if not known or known[0] or not max(known):
        return False
    found = f"表头不在第 1 行，像是在第 {known.index(max(known)) + 1} 行"
    faults.add(where, found, "第 1 行须为列名", "请删去表头以上的标题行")
    return True


def _frame(cells: list[list[Any]], table: Table, where: str, faults: Faults) -> pd.DataFrame:
    """Turn the cells of a sheet into a frame of text whose index + 2 is the Excel row; blank rows are left out."""
    if not cells:
        return pd.DataFrame()
    header, *body = cells
    filled = [at for at, name in enumerate(header) if name != "" or any(row[at] != "" for row in body)]
    columns = {str(header[at]).strip() or f"第 {at + 1} 列（无表头）": [row[at] for row in body] for at in filled}
    frame = pd.DataFrame(columns, dtype=object)
    frame = frame[(frame != "").any(axis=1)]
    _note_spoilt(frame, table, where, faults)
    return frame.map(_text).astype("str")


def _note_spoilt(frame: pd.DataFrame, table: Table, where: str, faults: Faults) -> None:
    """Note long numbers in text columns that Excel has rounded."""
    for name in frame:
        column = table.columns.get(name) or {it.label: it for it in table.columns.values()}.get(name)
        if column is None or column.kind not in ("id", "text", "ids-list"):
            continue
        spoilt = frame.index[[isinstance(cell, float | int) and abs(cell) >= _EXACT_NUMBERS for cell in frame[name]]]
        if len(spoilt):
            rows = "、".join(table.row(at) for at in spoilt[:3]) + ("等" if len(spoilt) > 3 else "")
            found = f"列{column.title}有 {len(spoilt)} 处长号码被 Excel 当作数字存放，末几位已丢失：{rows}"
            faults.add(where, found, "须为文本格式的单元格", "请把该列设为「文本」后从原始资料重新录入")


def _text(cell: Any) -> str | None:
    """Write one cell of a workbook as the text a planner sees."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)


def in_bulk(name: str, frame: pd.DataFrame) -> bool:
    """Tell whether a table is kept in a file of its own: one row a child, or too long to read in a workbook."""
    return TABLES[name].level == "child" or len(frame) > LONGEST_SHEET


def write(frames: dict[str, pd.DataFrame], folder: Path, *, bulk: str = "csv") -> None:
    """Write tables to a folder: planner tables to district.xlsx, long ones to NAME.csv, rows in key order.

    Parameters
    ----------
    bulk : csv, which Excel opens, or parquet, a tenth of the size.
    """
    tables = {}
    for name in (name for name in TABLES if name in frames):
        frame = frames[name] if name == "about" else ordered(name, frames[name])
        if in_bulk(name, frame) and bulk == "parquet":
            frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        elif in_bulk(name, frame):
            text = frame.assign(**{it.name: _dated(frame[it.name], it.kind) for it in TABLES[name].columns.values()})
            csv_safety.guarded(text).to_csv(
                folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
            )
        else:
            tables[name] = frame
    write_workbook(tables, folder / WORKBOOK)


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
    notes: pd.DataFrame | None = None,
    optional: Collection[str] = (),
) -> None:
    """Write one sheet a table: bold frozen header, with the Chinese label and the allowed values as a comment.

    Text that looks like a formula stays text. An empty table gets drop-down lists for its closed lists.

    Parameters
    ----------
    tables : checked tables by name.
    path : workbook to write.
    notes : what to put on a first sheet 说明, if anything. optional : sheets that get a grey tab.
    """

    def fill(book: "Workbook") -> None:
        header = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1})
        text = book.add_format({"num_format": "@"})
        if notes is not None:
            sheet = book.add_worksheet(_NOTES[0])
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, list(notes), header)
            for row, cells in enumerate(notes.itertuples(index=False), start=1):
                sheet.write_row(row, 0, cells)
        for name, frame in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            if name in optional:
                sheet.set_tab_color("#B8B8B8")
            for at, column in enumerate(TABLES[name].columns.values()):
                _write_column(sheet, at, column, frame[column.name], header, text)

    path.write_bytes(sheets.workbook(fill, title="zhaosheng_analysis", day=_CREATED))


def _write_column(
    sheet: "Worksheet", at: int, column: Column, values: pd.Series, header: "Format", text: "Format"
) -> None:
    """Write one column with its header, comment and, where the table is empty, its drop-down list."""
    sheet.write_string(0, at, column.name, header)
    note = "\n".join(part for part in (column.label, column.about, column.allowed) if part)
    sheet.write_comment(0, at, note, {"author": "", "x_scale": 2})
    plain = text if column.kind not in ("whole", "number", "share", "metres") else None
    sheet.set_column(at, at, max(12, 2 * len(column.label) + 2), plain)
    words = ["是", "否"] if column.kind == "flag" else list(column.choices.values())
    if words and values.empty:
        sheet.data_validation(1, at, LONGEST_SHEET, at, {"validate": "list", "source": words})
    cells = _dated(values, column.kind)
    for row, cell in enumerate(cells.astype(object).where(cells.notna(), None), start=1):
        if cell is not None:
            sheet.write(row, at, cell, plain)
