"""Tables of a Word document, as notices carry plans and zones: one grid a table, with what is merged or hidden."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from zhaosheng_analysis.sheets.grids import Grid, placed

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WORDS = (f"{_W}t", f"{_W}br")
_LONGEST = 40  # characters of the line above a table that name it
_SAID = "文件是 Word 文档，只读其中的表格"


def read(content: bytes) -> list[Grid]:
    """Read every table of a docx, named by its number and the line above it."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        root = ET.fromstring(package.read("word/document.xml"))  # noqa: S314 - expat refuses entities that grow
    body, above, found = root.find(f"{_W}body"), "", []
    for part in body if body is not None else ():
        if part.tag == f"{_W}tbl":
            found.append(_table(part, f"表{len(found) + 1} {above}".strip()))
            above = ""
        elif _text(part):
            above = " ".join(_text(part).split())[:_LONGEST]
    return found


def _table(table: ET.Element, title: str) -> Grid:
    """Read one table; a cell over several rows or columns stands in its first, and is noted as merged."""
    cells: dict[tuple[int, int], str] = {}
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    begun: dict[int, tuple[int, int]] = {}  # column -> where the cell over several rows begins
    hidden = set()
    for row, line in enumerate(table.findall(f"{_W}tr")):
        column = _number(line, "trPr/gridBefore")
        for cell in line.findall(f"{_W}tc"):
            wide = _number(cell, "tcPr/gridSpan") or 1
            merge = cell.find(_path("tcPr/vMerge"))
            goes_on = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            first = begun.get(column, (row, column)) if goes_on else (row, column)
            begun[column] = first
            spans[first] = (row, column + wide - 1)
            if not goes_on and _text(cell).strip():
                cells[first] = _text(cell).strip()
            column += wide
        if line.find(_path("trPr/hidden")) is not None:
            hidden.add(row)
    rows, said = placed(cells)
    merged = tuple((first, last) for first, last in spans.items() if first != last)
    return Grid(title, rows, merged, frozenset(hidden), said=(_SAID, *said))


def _path(words: str) -> str:
    return "/".join(_W + word for word in words.split("/"))


def _number(element: ET.Element, words: str) -> int:
    found = element.find(_path(words))
    number = "" if found is None else found.get(f"{_W}val", "")
    return int(number) if re.fullmatch(r"\d{1,3}", number) else 0


def _text(element: ET.Element) -> str:
    """Return the words of a paragraph or cell, a line a paragraph; what was struck out under review is none of them."""
    lines = []
    for paragraph in element.iter(f"{_W}p"):
        parts = [part for part in paragraph.iter() if part.tag in _WORDS]
        lines.append("".join("\n" if part.tag == f"{_W}br" else part.text or "" for part in parts))
    return "\n".join(lines)
