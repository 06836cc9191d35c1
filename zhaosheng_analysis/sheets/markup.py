"""Tables that other programs write as HTML or as XML and call .xls; Excel opens them, and so do we."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sheets.grids import Grid, placed
from zhaosheng_analysis.sheets.plain_text import decoded

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHINESE = ("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk")
_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_WIDEST = 16384
_SPACES = re.compile(r"[ \t\r\f]+")


def html(content: bytes, file: str) -> list[Grid]:
    """Read every table of an HTML page."""
    named = _CHARSET.search(content[:4096])
    if named and named[1].decode("ascii").lower() in _CHINESE:
        content = content.decode("gb18030", errors="replace").encode()
    text, _ = decoded(content, file)
    page = _Tables()
    page.feed(text)
    tables = [table for table in page.done if table.rows]
    if not tables:
        raise DataError(Fault(file, "是网页，里面没有表格", "须有表格", "请用 Excel 打开后另存为 xlsx"))
    names = [""] if len(tables) == 1 else [f"第 {place} 个表格" for place in range(1, len(tables) + 1)]
    return [table.grid(name) for table, name in zip(tables, names, strict=True)]


class _Rows:
    """The rows of one table while they are read; a cell that spans rows keeps those below it occupied."""

    def __init__(self) -> None:
        self.rows: list[dict[int, str]] = []
        self.merged: list[tuple] = []
        self.hidden: set[int] = set()
        self.taken: set[tuple[int, int]] = set()
        self.text: list[str] | None = None
        self.size = (1, 1)

    def begin_row(self, attributes: dict[str, str | None]) -> None:
        if "display:none" in (attributes.get("style") or "").replace(" ", "").lower() or "hidden" in attributes:
            self.hidden.add(len(self.rows))
        self.rows.append({})

    def begin_cell(self, attributes: dict[str, str | None]) -> None:
        self.end_cell()
        if not self.rows:
            self.rows.append({})
        self.size = _spans(attributes.get("rowspan")), _spans(attributes.get("colspan"))
        self.text = []

    def end_cell(self) -> None:
        if self.text is None:
            return
        row, column = len(self.rows) - 1, 0
        while (row, column) in self.taken:
            column += 1
        deep, wide = self.size
        lines = [_SPACES.sub(" ", line).strip(" \xa0") for line in "".join(self.text).split("\n")]
        self.rows[row][column] = "\n".join(line for line in lines if line)
        self.taken |= {(row + down, column + right) for down in range(deep) for right in range(wide)}
        if deep * wide > 1:
            self.merged.append(((row, column), (row + deep - 1, column + wide - 1)))
        self.text = None

    def grid(self, title: str) -> Grid:
        width = max((max(row, default=-1) for row in self.rows), default=-1) + 1
        cells = [[row.get(column, "") for column in range(width)] for row in self.rows]
        merged = tuple((first, (min(last[0], len(cells) - 1), last[1])) for first, last in self.merged)
        return Grid(title, cells, merged, frozenset(self.hidden), said=("文件是网页表格（HTML）",))


class _Tables(HTMLParser):
    """Collect the tables of a page; a table inside a cell is a table of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[_Rows] = []
        self.done: list[_Rows] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.open.append(_Rows())
            self.done.append(self.open[-1])
        elif not self.open:
            return
        elif tag == "tr":
            self.open[-1].end_cell()
            self.open[-1].begin_row(dict(attrs))
        elif tag in ("td", "th"):
            self.open[-1].begin_cell(dict(attrs))
        elif tag in ("br", "p", "div") and self.open[-1].text:
            self.open[-1].text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag in ("td", "th", "tr"):
            self.open[-1].end_cell()
        elif self.open and tag == "table":
            self.open[-1].end_cell()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1].text is not None:
            self.open[-1].text.append(data.replace("\n", " "))


def _spans(text: str | None) -> int:
    return min(max(int(text), 1), _WIDEST) if text and text.strip().isdecimal() else 1


def spreadsheet(content: bytes, file: str) -> list[Grid]:
    """Read an XML Spreadsheet of 2003, sheet by sheet."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - expat refuses entities that grow
    except ET.ParseError as broken:
        found = f"第 {broken.position[0]} 行写坏了"
        raise DataError(Fault(file, found, "须为完好的 XML 表格", "请用 Excel 打开后另存为 xlsx")) from None
    return [_worksheet(sheet) for sheet in root.iter(f"{_SHEET}Worksheet")]


def _worksheet(sheet: ET.Element) -> Grid:
    """Place the cells of one worksheet; rows and cells that are left out are counted on."""
    cells: dict[tuple[int, int], Any] = {}
    merged, hidden, row = [], set(), -1
    for line in sheet.iter(f"{_SHEET}Row"):
        row = int(line.get(f"{_SHEET}Index", row + 2)) - 1
        if line.get(f"{_SHEET}Hidden") == "1":
            hidden.add(row)
        column = -1
        for cell in line.iter(f"{_SHEET}Cell"):
            column = int(cell.get(f"{_SHEET}Index", column + 2)) - 1
            right, down = (int(cell.get(f"{_SHEET}Merge{way}", 0)) for way in ("Across", "Down"))
            if right or down:
                merged.append(((row, column), (row + down, column + right)))
            cells[row, column] = _datum(cell.find(f"{_SHEET}Data"))
            column += right
    title = sheet.get(f"{_SHEET}Name", "")
    rows, said = placed(cells)
    return Grid(title, rows, tuple(merged), frozenset(hidden), said=("文件是 XML 表格（Excel 2003）", *said))


def _datum(data: ET.Element | None) -> Any:
    """Return the value of a cell: a number where it says so, a moment without its idle time, else text."""
    if data is None:
        return ""
    text = "".join(data.itertext())
    kind = data.get(f"{_SHEET}Type")
    if kind == "Number":
        return float(text)
    if kind == "Boolean":
        return text == "1"
    return text.replace("T00:00:00.000", "").replace("T", " ") if kind == "DateTime" else text
