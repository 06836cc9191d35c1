"""What an xlsx says beside its values: hidden rows, formulas never computed, errors, zeros that are only shown.

The values themselves come from calamine, which gives a blank for a formula without a result and for an error, and makes
room for every cell up to the last one. Here the XML is looked through, in detail only where the bytes say there is
something to see.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from zhaosheng_analysis.sheets import grids
from zhaosheng_analysis.sheets.grids import Details

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_WHOLE_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>.*?</(?:\w+:)?row>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.DOTALL)
_INLINE = re.compile(rb"<(?:\w+:)?is>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_LAST_ROWS = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_WIDE_LETTERS = 2  # a column with three letters is beyond the 702nd
_VERY_WIDE = re.compile(rb'\br="[A-Z]{3}\d')
_TRUE = re.compile(rb'\bhidden="(?:1|true)"')
_THIN = 4  # rows named so much farther down than there are rows mean a cell far away
_ZEROS = re.compile(r"0{2,}")


def examined(content: bytes) -> tuple[bytes, dict[str, Details], dict[str, str]]:
    """Look through an xlsx beside its values.

    Parameters
    ----------
    content : bytes
        The bytes of the xlsx.

    Returns
    -------
    bytes
        The xlsx, without cells that lie far outside their tables.
    dict of str to Details
        What each sheet says, by its name.
    dict of str to str
        What was left out of a sheet, by its name.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        padding = _padding(package)
        sheets = {part: (title, package.read(part)) for title, part in _parts(package)}
    details = {title: _details(xml, padding) for title, xml in sheets.values()}
    mended, said = {}, {}
    for part, (title, xml) in sheets.items():
        if _is_thin(xml):
            mended[part], left = _gathered(xml)
            said |= {title: grids.left_far(left)} if left else {}
    return _with(content, mended) if mended else content, details, said


def _with(content: bytes, mended: dict[str, bytes]) -> bytes:
    """Return a package with some of its parts replaced."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as written:
        for name in package.namelist():
            written.writestr(name, mended.get(name) or package.read(name))
    return copy.getvalue()


def _parts(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name of each worksheet and the part that holds it."""
    kept = set(package.namelist())
    if "xl/workbook.xml" not in kept:
        return  # a binary workbook
    links = ET.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat refuses bombs
    target = {link.get("Id"): link.get("Target", "") for link in links}
    book = ET.fromstring(package.read("xl/workbook.xml"))  # noqa: S314 - as above
    for sheet in book.iterfind(".//{*}sheet"):
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        part = posixpath.normpath(posixpath.join("/xl", target.get(key, ""))).lstrip("/")
        if part in kept:
            yield sheet.get("name", ""), part


def _details(xml: bytes, padding: dict[int, int]) -> Details:
    details = Details()
    if b"hidden=" in xml:
        details.hidden_rows = set(_hidden_rows(xml))
        details.hidden_columns = set(_hidden_columns(xml))
    formulas, errors = any(mark in xml for mark in (b"<f>", b"<f ", b":f>", b":f ")), b't="e"' in xml
    if formulas or errors or padding:
        for attributes, body in _cells(xml):
            _note_cell(attributes, body, padding, details)
    return details


def _cells(xml: bytes) -> Iterator[tuple[bytes, bytes]]:
    for cell in _CELL.finditer(xml):
        yield cell[1], cell[2] or b""


def _note_cell(attributes: bytes, body: bytes, padding: dict[int, int], details: Details) -> None:
    """Note a cell that was never computed, holds an error, or shows zeros that its number does not have."""
    place = _place(attributes)
    if place is None:
        return
    value = _VALUE.search(body)
    if b't="e"' in attributes:
        details.unread[place] = f"错误值 {value[1].decode() if value else '#'}"
    elif _FORMULA.search(body) and b't="str"' not in attributes and not (value and value[1]):
        details.unread[place] = "公式没有算出的值"
    style = re.search(rb'\bs="(\d+)"', attributes) if padding else None
    if style and int(style[1]) in padding and value and b"t=" not in attributes:
        details.padded[place] = padding[int(style[1])]


def _place(attributes: bytes) -> tuple[int, int] | None:
    named = _PLACE.search(attributes)
    return (int(named[2]) - 1, grids.number(named[1].decode())) if named else None


def _hidden_rows(xml: bytes) -> Iterator[int]:
    row = -1
    for line in _ROW.finditer(xml):
        named = _ROW_NUMBER.search(line[1])
        row = int(named[1]) - 1 if named else row + 1
        if _TRUE.search(line[1]):
            yield row


def _hidden_columns(xml: bytes) -> Iterator[int]:
    for line in _COLUMN.finditer(xml):
        if _TRUE.search(line[1]):
            first, last = (int(re.search(rb'\b%s="(\d+)"' % name, line[1])[1]) for name in (b"min", b"max"))
            yield from range(first - 1, min(last, first + 200))


def _is_thin(xml: bytes) -> bool:
    """Tell whether a sheet names cells far outside its table."""
    extent = _DIMENSION.search(xml[:4096])
    if len(extent[1]) > _WIDE_LETTERS if extent else _VERY_WIDE.search(xml):
        return True
    last = max(map(int, _LAST_ROWS.findall(xml[-4096:])), default=0)
    last = max(last, int(extent[2])) if extent else last
    return last > _THIN * (xml.count(b"<row") + xml.count(b":row")) + grids.FAR_ROWS


def _gathered(xml: bytes) -> tuple[bytes, list[tuple[int, int, str]]]:
    """Take cells that lie far away out of the XML of a sheet."""
    places = {
        _place(attributes): body for attributes, body in _cells(xml) if _VALUE.search(body) or _INLINE.search(body)
    }
    rows, _ = grids.placed(dict.fromkeys((place for place in places if place), "x"))
    deep, wide = len(rows), max(map(len, rows), default=0)
    far = [(*place, "…") for place in places if place and (place[0] >= deep or place[1] >= wide)]

    def kept_row(row: re.Match) -> bytes:
        named = _ROW_NUMBER.search(row[1])
        return b"" if named and int(named[1]) > deep else row[0]

    def kept_cell(cell: re.Match) -> bytes:
        place = _place(cell[1])
        return b"" if place and place[1] >= wide else cell[0]

    return _CELL.sub(kept_cell, _WHOLE_ROW.sub(kept_row, xml)), far


def _padding(package: zipfile.ZipFile) -> dict[int, int]:
    """Return the styles that show a number with leading zeros: place of the style -> digits."""
    if "xl/styles.xml" not in package.namelist():
        return {}
    xml = package.read("xl/styles.xml")
    if b'formatCode="00' not in xml:
        return {}
    root = ET.fromstring(xml)  # noqa: S314 - expat refuses entities that grow
    formats = {item.get("numFmtId"): item.get("formatCode", "") for item in root.iterfind(".//{*}numFmt")}
    zeros = {key: len(code) for key, code in formats.items() if _ZEROS.fullmatch(code)}
    styles = root.find("{*}cellXfs")
    return {
        place: zeros[style.get("numFmtId")]
        for place, style in enumerate(styles if styles is not None else [])
        if style.get("numFmtId") in zeros
    }
