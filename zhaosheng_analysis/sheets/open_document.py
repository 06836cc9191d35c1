"""Sheets of an OpenDocument workbook, with what is hidden, merged or in error; repeated blanks cost nothing."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from zhaosheng_analysis.sheets.grids import Grid, placed

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBERS = ("float", "percentage", "currency")
_ERRORS = ("#", "Err:")


def read(content: bytes) -> list[Grid]:
    """Read every sheet of an ods."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        root = ET.fromstring(package.read("content.xml"))  # noqa: S314 - expat refuses entities that grow
    styles = {style.get(f"{_STYLE}name"): style for style in root.iter(f"{_STYLE}style")}
    return [_sheet(table, styles) for table in root.iter(f"{_TABLE}table")]


def _sheet(table: ET.Element, styles: dict[str | None, ET.Element]) -> Grid:
    cells: dict[tuple[int, int], Any] = {}
    merged, hidden, unread, row = [], set(), {}, 0
    for line in table.iter(f"{_TABLE}table-row"):
        repeated, values = int(line.get(f"{_TABLE}number-rows-repeated", 1)), {}
        for column, cell, times in _cells(line):
            value, trouble = _value(cell)
            values.update({column + more: value for more in range(times) if value != ""})
            unread.update({(row, column): trouble} if trouble else {})
            down, right = (int(cell.get(f"{_TABLE}number-{way}-spanned", 1)) for way in ("rows", "columns"))
            if down * right > 1:
                merged.append(((row, column), (row + down - 1, column + right - 1)))
        for same in range(row, row + repeated) if values else ():
            cells.update({(same, column): value for column, value in values.items()})
        if values and line.get(f"{_TABLE}visibility", "visible") != "visible":
            hidden.update(range(row, row + repeated))
        row += repeated
    rows, said = placed(cells)
    title = table.get(f"{_TABLE}name", "")
    gone = _is_hidden(styles.get(table.get(f"{_TABLE}style-name")))
    return Grid(title, rows, tuple(merged), frozenset(hidden), hidden=gone, unread=unread, said=said)


def _is_hidden(style: ET.Element | None) -> bool:
    looks = style.find(f"{_STYLE}table-properties") if style is not None else None
    return looks is not None and looks.get(f"{_TABLE}display") == "false"


def _cells(line: ET.Element) -> Iterator[tuple[int, ET.Element, int]]:
    """Yield the cells of a row with the column they stand in and how often they are repeated."""
    column = 0
    for cell in line:
        times = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        if cell.tag == f"{_TABLE}table-cell":
            yield column, cell, times
        column += times


def _value(cell: ET.Element) -> tuple[Any, str]:
    """Return the value of a cell, and why it is not known where it is not."""
    kind, text = cell.get(f"{_OFFICE}value-type"), "\n".join(map(_line, cell.findall(f"{_TEXT}p")))
    formula = cell.get(f"{_TABLE}formula") is not None
    if formula and (text.startswith(_ERRORS) or kind is None):
        return "", f"错误值 {text}" if text else "公式没有算出的值"
    if kind in _NUMBERS:
        return float(cell.get(f"{_OFFICE}value", "nan")), ""
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value", "").replace("T", " "), ""
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true", ""
    return (text if kind else ""), ""


def _line(paragraph: ET.Element) -> str:
    """Return the text of a paragraph; spaces and tabs are elements of their own."""
    parts = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * int(child.get(f"{_TEXT}c", 1)))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif not child.tag.endswith("annotation"):
            parts.append(_line(child))
        parts.append(child.tail or "")
    return "".join(parts)
