"""Packed workbooks that swell, define things or draw on other workbooks are refused before they are unpacked."""

import io
import zipfile

import pytest
import xlsxwriter

from zhaosheng_analysis import sheets
from zhaosheng_analysis.schema import DataError


def book(**more):
    """Write a workbook of one cell, with parts added or replaced."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as written:
        written.add_worksheet("表").write_row(0, 0, ["编号"])
    copy = io.BytesIO()
    with zipfile.ZipFile(made) as package, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in package.namelist():
            if name not in more:
                target.writestr(name, package.read(name))
        for name, content in more.items():
            target.writestr(name, content)
    return copy.getvalue()


def test_a_plain_workbook_opens():
    assert [grid.cells for grid in sheets.opened(book(), "甲.xlsx")] == [[["编号"]]]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"xl/media/x.bin": b"\0" * (80 << 20)}, "解开后有 80 MB"),
        ({"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}, "外部链接"),
        ({"xl/sharedStrings.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><sst/>'}, "文档类型定义"),
        ({"xl/workbook.xml": '<!DocType x SYSTEM "file:///etc/passwd"><x/>'.encode("utf-16")}, "文档类型定义"),
    ],
)
def test_what_swells_defines_or_fetches_is_refused(parts, told):
    with pytest.raises(DataError, match=told):
        sheets.opened(book(**parts), "甲.xlsx")


def test_an_ods_is_judged_alike():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("content.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')
    with pytest.raises(DataError, match="文档类型定义"):
        sheets.opened(made.getvalue(), "甲.ods")
