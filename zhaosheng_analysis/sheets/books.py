"""A file told by what is in it, not by what it is called: workbook, web page, XML or text, opened as grids.

Systems of schools write text in GBK or HTML and call it .xls, a clerk renames a workbook to .csv, and a password turns
an xlsx into something else altogether; Excel opens most of them without a word.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sheets import (
    dangers,
    grids,
    headings,
    markup,
    old_excel,
    open_document,
    packages,
    plain_text,
    word_tables,
)
from zhaosheng_analysis.sheets.grids import Details, Grid

ENDINGS = ("xlsx", "xlsm", "xls", "xlsb", "et", "ods", "csv", "tsv", "txt", "htm", "html")
_ALLOWED = "须为 Excel 工作簿（xlsx、xls）、ods、csv、文本表格或有表格的 Word 文档（docx）"
_OTHERS = {
    b"%PDF": "是 PDF 文件",
    b"\x89PNG": "是图片",
    b"\xff\xd8\xff": "是图片",
    b"{\\rtf": "是 RTF 文档",
    b"Rar!": "是压缩包",
    b"7z\xbc\xaf": "是压缩包",
    b"MIME-Version:": "是单个文件网页（MHTML）",
    b"SQLite format 3": "是数据库",
}
_PARQUET, _ZIP, _COMPOUND = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = (b"<html", b"<table", b"<!doctype html", b"<meta")
_XML_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"


def opened(content: bytes, file: str, titles: Mapping[str, str] | None = None) -> list[Grid]:
    """Open a file as one grid a sheet.

    Parameters
    ----------
    content : bytes
        What is in the file.
    file : str
        Its name, for the messages.
    titles : mapping of str to str, optional
        Headings that may occur -> name; they decide between the separators of a text.

    Returns
    -------
    list of Grid
        One a sheet, in their order.

    Raises
    ------
    DataError
        What the file is instead of a table, that it is empty, broken, or locked by a password.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> page = "<table><tr><td>报名号</td></tr><tr><td>c1</td></tr></table>".encode()
    >>> (grid,) = zs.sheets.opened(page, "名册.xls")
    >>> grid.cells, grid.said
    ([['报名号'], ['c1']], ('文件是网页表格（HTML）',))
    """
    words = headings.words(titles or {})
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, what in _OTHERS.items():
        if content.startswith(mark):
            raise DataError(Fault(file, what, _ALLOWED, "请用原来的程序另存为 xlsx"))
    if not content.strip():
        raise DataError(Fault(file, "是空的", _ALLOWED, "请检查文件"))
    if content.startswith(_PARQUET):
        return [_columnar(content)]
    if content.startswith(_ZIP):
        return _zipped(content, file)
    if content.startswith(_COMPOUND):
        return _compound(content, file)
    if _XML_2003 in head:
        return markup.spreadsheet(content, file)
    if head.startswith(b"<") and any(mark in head for mark in _WEB):
        return markup.html(content, file)
    return [plain_text.read(content, file, lambda row: headings.matches(row, words))]


def _zipped(content: bytes, file: str) -> list[Grid]:
    """Open an xlsx, xlsb, ods or docx."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            dangers.refuse(package, file)
            names = set(package.namelist())
            if "content.xml" in names:
                return open_document.read(content)
            if "word/document.xml" in names:
                return _of_word(content, file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError):
        raise DataError(_broken(file)) from None  # spoilt, packed in a way nobody can unpack, or locked part by part
    if not names & {"xl/workbook.xml", "xl/workbook.bin"}:
        raise DataError(Fault(file, "是压缩包", _ALLOWED, "请取出其中的表格，另存为 xlsx"))
    content, details, said = packages.examined(content)
    return _workbook(content, file, details, said)


def _of_word(content: bytes, file: str) -> list[Grid]:
    """Open the tables of a Word document."""
    try:
        tables = word_tables.read(content)
    except (ET.ParseError, KeyError):
        raise DataError(_broken(file)) from None
    if not tables:
        raise DataError(Fault(file, "是 Word 文档，里面没有表格", _ALLOWED, "请把内容排成表格"))
    return tables


def _columnar(content: bytes) -> Grid:
    """Open a Parquet file; its whole numbers are exact, however long."""
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(content))
    columns = [frame[name].astype("object").where(frame[name].notna(), "").tolist() for name in frame]
    exact = [
        [str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell for cell in column]
        for column in columns
    ]
    return Grid("", [list(map(str, frame.columns)), *map(list, zip(*exact, strict=True))])


def _compound(content: bytes, file: str) -> list[Grid]:
    """Open an xls, or say that it is locked."""
    if old_excel.is_locked(content):
        raise DataError(Fault(file, "打不开，有密码", "须为未加密的 Excel 工作簿", "请用 Excel 另存为 xlsx，去掉密码"))
    return _workbook(content, file, old_excel.details(content), {})


def _workbook(content: bytes, file: str, details: dict[str, Details] | list[Details], said: dict) -> list[Grid]:
    """Read the values of a workbook and join what it says beside them."""
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
            by_name = (
                details
                if isinstance(details, dict)
                else {sheet.name: noted for sheet, noted in zip(book.sheets_metadata, details, strict=False)}
            )
            return [
                _grid(
                    book.get_sheet_by_name(sheet.name),
                    by_name.get(sheet.name, Details()),
                    said,
                    hidden=sheet.visible != python_calamine.SheetVisibleEnum.Visible,
                )
                for sheet in sheets
            ]
    except (python_calamine.CalamineError, ValueError):
        raise DataError(_broken(file)) from None


def _grid(sheet: Any, details: Details, said: dict[str, str], *, hidden: bool) -> Grid:
    cells = sheet.to_python(skip_empty_area=False)
    for (row, column), digits in details.padded.items():
        value = cells[row][column]
        if isinstance(value, float) and value.is_integer():
            cells[row][column] = f"{int(value):0{digits}d}"
    shown = [said[sheet.name]] if sheet.name in said else []
    if details.padded:
        places = grids.some(grids.address(*place) for place in sorted(details.padded))
        shown.append(f"{len(details.padded)} 格数字按显示的样子补上了前面的零：{places}")
    columns = frozenset(column for column in details.hidden_columns if cells and column < len(cells[0]))
    merged = tuple(sheet.merged_cell_ranges or ())
    rows = frozenset(row for row in details.hidden_rows if row < len(cells) and any(cell != "" for cell in cells[row]))
    return Grid(sheet.name, cells, merged, rows, columns, hidden, details.unread, tuple(shown))


def _broken(file: str) -> Fault:
    return Fault(file, "打不开", "须为完好、未加密的 Excel 工作簿", "请用 Excel 打开后另存为 xlsx")
