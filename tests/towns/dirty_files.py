"""A clerk's hands: one table written in all the ways offices write it, each as the bytes of a file."""

import csv
import html
import io
import struct
import zipfile
from xml.sax.saxutils import escape

import pandas as pd
import xlsxwriter

HEADER = ["报名号", "姓名", "性别", "出生日期", "班级"]
FAR = (40_000, 800)


def text(rows, *, separator=",", encoding="utf-8", above=()):
    """Write CSV."""
    content = io.StringIO()
    for line in above:
        content.write(line + "\n")
    csv.writer(content, delimiter=separator, lineterminator="\r\n").writerows([HEADER, *rows])
    return content.getvalue().encode(encoding)


def quoted(rows):
    """Write CSV as a system does that keeps Excel from touching numbers: an apostrophe before, a tab behind."""
    return text([[f"'{row[0]}\t", *row[1:]] for row in rows])


def book(rows, *, sheet="名册", above=(), below=(), first=None, numbers=False, hidden=(), far=False, formulas=False):
    """Write an xlsx.

    Parameters
    ----------
    above, below : lines before the heading and after the rows. first : lines of a sheet before this one.
    numbers : digits become numbers, where no zero stands before them. hidden : rows that are.
    far : a word stands in a cell far outside. formulas : the first column is computed, and was saved by a program that
        cannot compute.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
        if first:
            made.add_worksheet("说明").write_column(0, 0, first)
        page = made.add_worksheet(sheet)
        lines = [*above, HEADER, *rows, *below]
        for at, line in enumerate(lines):
            for column, cell in enumerate(line):
                if numbers and cell.isdecimal() and not cell.startswith("0") and at > len(above):
                    page.write_number(at, column, int(cell))
                elif formulas and column == 0 and at > len(above):
                    page.write_formula(at, column, f'="{cell}"', None, "")
                else:
                    page.write_string(at, column, cell)
        for at in hidden:
            page.set_row(len(above) + 1 + at, None, None, {"hidden": True})
        if far:
            page.write_string(*FAR, "x")
    return content.getvalue()


def grouped(rows):
    """Write an xlsx with a title and a heading of two rows, groups merged over their columns."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
        page = made.add_worksheet("名册")
        page.merge_range("A1:E1", "某校新生名册")
        page.merge_range("A2:A3", HEADER[0])
        page.merge_range("B2:D2", "学生信息")
        page.write_row(2, 1, HEADER[1:4])
        page.merge_range("E2:E3", HEADER[4])
        for at, line in enumerate(rows, 3):
            for column, cell in enumerate(line):
                page.write_string(at, column, cell)
    return content.getvalue()


def merged(rows):
    """Write an xlsx whose last column is merged where neighbours are alike."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as made:
        page = made.add_worksheet("名册")
        page.write_row(0, 0, HEADER)
        for at, line in enumerate(rows, 1):
            for column, cell in enumerate(line[:-1]):
                page.write_string(at, column, cell)
        start = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at][-1] != rows[start][-1]:
                if at - start > 1:
                    page.merge_range(start + 1, 4, at, 4, rows[start][-1])
                else:
                    page.write_string(at, 4, rows[start][-1])
                start = at
    return content.getvalue()


def web(rows, *, encoding="gb18030"):
    """Write a web page that calls itself an xls."""
    lines = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in [HEADER, *rows]]
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>{body and ""}'
    return f"{page}<body><table border=1>{body}</table></body></html>".encode(encoding)


def xml_2003(rows):
    """Write an XML spreadsheet of 2003."""
    lines = [
        "".join(f'<Cell><Data ss:Type="String">{escape(cell)}</Data></Cell>' for cell in row) for row in [HEADER, *rows]
    ]
    body = "".join(f"<Row>{line}</Row>" for line in lines)
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="名册"><Table>{body}</Table></Worksheet></Workbook>'
    ).encode()


def open_document(rows, *, body=None):
    """Write an ods; `body` replaces its rows by XML of one's own."""
    spaces = {"office": "office", "table": "table", "text": "text", "style": "style"}
    named = " ".join(f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for key, name in spaces.items())
    lines = ["".join(map(_ods_cell, row)) for row in [HEADER, *rows]]
    body = body or "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    blank = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {named}><office:body><office:spreadsheet>'
            f'<table:table table:name="名册">{body}{blank}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return content.getvalue()


def _ods_cell(cell):
    words = escape(cell).replace("  ", ' <text:s text:c="1"/>')
    return f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'


def old_book(rows, *, hidden=(), errors=()):
    """Write an xls of Excel 97: strings as they are, digits as numbers only where a cell is a float."""
    records = [(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 6))]
    name = "名册".encode("utf-16-le")
    sheet = [(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 6))]
    for at, line in enumerate([HEADER, *rows]):
        flags = 0x20 if at - 1 in hidden else 0
        sheet.append((0x0208, struct.pack("<HHHHHHHH", at, 0, len(line), 255, 0, 0, 0x100 | flags, 15)))
        for column, cell in enumerate(line):
            if (at - 1, column) in errors:
                sheet.append((0x0205, struct.pack("<HHHBB", at, column, 0, 0x2A, 1)))
            elif isinstance(cell, float):
                sheet.append((0x0203, struct.pack("<HHHd", at, column, 0, cell)))
            else:
                letters = cell.encode("utf-16-le")
                sheet.append((0x0204, struct.pack("<HHHHB", at, column, 0, len(letters) // 2, 1) + letters))
    sheet.append((0x000A, b""))
    start = sum(4 + len(body) for _, body in records) + 4 + 8 + len(name) + 4
    records.append((0x0085, struct.pack("<IBBBB", start, 0, 0, len(name) // 2, 1) + name))
    records.append((0x000A, b""))
    stream = b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in [*records, *sheet])
    return _compound(stream)


def _compound(stream):
    """Put one stream into a compound file of 512-byte sectors."""
    sectors = max(8, -(-len(stream) // 512))
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)

    def entry(name, kind, child, begins, size):
        letters = name.encode("utf-16-le") + b"\0\0"
        body = letters.ljust(64, b"\0") + struct.pack("<HBBIII", len(letters), kind, 1, 2**32 - 1, 2**32 - 1, child)
        return body + bytes(36) + struct.pack("<IQ", begins, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 2**32 - 1, 2, sectors * 512)
    return head + table + directory.ljust(512, b"\0") + stream.ljust(sectors * 512, b"\0")


def columnar(rows):
    """Write Parquet."""
    content = io.BytesIO()
    pd.DataFrame(rows, columns=HEADER, dtype="str").to_parquet(content)
    return content.getvalue()


STYLES = {
    "csv": text,
    "csv with a byte order mark and semicolons": lambda rows: text(rows, separator=";", encoding="utf-8-sig"),
    "csv of Chinese Excel": lambda rows: text(rows, encoding="gb18030"),
    "Unicode text of Excel": lambda rows: text(rows, separator="\t", encoding="utf-16"),
    "full-width commas": lambda rows: text(rows, separator="，"),
    "bars, and a title": lambda rows: text(rows, separator="|", above=["某校名册", ""]),
    "apostrophes and tabs": quoted,
    "xlsx": book,
    "numbers as numbers": lambda rows: book(rows, numbers=True),
    "a title and a date": lambda rows: book(rows, above=[["某校新生名册"], ["填表人：", "", "单位：人"]]),
    "totals and notes": lambda rows: book(rows, below=[["合计", "", f"{len(rows)}人"], [], ["注：本表一式两份"]]),
    "second sheet": lambda rows: book(rows, first=["填报说明", "请逐行填写"]),
    "heading of two rows": grouped,
    "merged classes": merged,
    "hidden row": lambda rows: book(rows, hidden=[0]),
    "a cell far away": lambda rows: book(rows, far=True),
    "formulas never computed": lambda rows: book(rows, formulas=True),
    "web page": web,
    "XML of 2003": xml_2003,
    "ods": open_document,
    "xls": old_book,
    "parquet": columnar,
}
