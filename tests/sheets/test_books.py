"""What a file is, is told by what is in it; what a workbook says beside its values is not lost."""

import io
import re
import zipfile

import docx
import pytest
import xlsxwriter

from tests.towns import dirty_files
from zhaosheng_analysis import sheets
from zhaosheng_analysis.schema import DataError

ROWS = [["P001", "甲", "男", "2018-09-01", "一班"], ["P002", "乙", "女", "2018-09-02", "一班"]]


def opened(content, name="名册.xls"):
    return sheets.opened(content, name, {word: word for word in dirty_files.HEADER})


@pytest.mark.parametrize("style", [style for style in dirty_files.STYLES if style != "formulas never computed"])
@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a.xlsx", "a"])
def test_the_ending_decides_nothing(style, name):
    content = dirty_files.STYLES[style](ROWS)
    assert opened(content, name) == opened(content, "b.txt")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "是空的"),
        (b" \r\n ", "是空的"),
        (b"%PDF-1.7", "是 PDF 文件"),
        (b"\x89PNG\r\n", "是图片"),
        (b"MIME-Version: 1.0", "是单个文件网页"),
        (b"PK\x03\x04 and no more", "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "有密码"),
        (b"<html><p>no table</p></html>", "里面没有表格"),
        ("报名号,姓名\nc1,甲".encode()[:-1], "UTF-8 编码断了"),
        ("報名號,姓名\nc1,陳\nc2,黃\n".encode("big5"), "可能是 Big5"),
        ('报名号,姓名\nc1,"甲\nc2,乙\n'.encode(), "引号不成对"),
        ("报名号".encode() + b"\xff\xfe\xff", "行"),
    ],
)
def test_what_is_no_table_is_said_to_be_what_it_is(content, told):
    with pytest.raises(DataError, match=told):
        opened(content)


@pytest.mark.parametrize(("inside", "told"), [("<w/>", "是 Word 文档，里面没有表格"), ("<w", "是坏的|损坏|打不开")])
def test_a_word_document_without_a_table_or_broken_is_refused(inside, told):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("word/document.xml", inside)
    with pytest.raises(DataError, match=told):
        opened(content.getvalue())


def word(*tables, above="2026年秋季招生计划"):
    """Return a Word document with tables of cells as rows of words; None is merged with the cell above it."""
    document = docx.Document()
    for rows in tables:
        document.add_paragraph(above)
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for at, row in enumerate(rows):
            for column, said in enumerate(row):
                if said is None:
                    table.cell(at, column).merge(table.cell(at - 1, column))
                else:
                    table.cell(at, column).text = said
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_every_table_of_a_word_document_is_a_grid_with_its_title_and_merged_cells():
    content = word([["学校", "班数"], ["一小", "4"], [None, "2"]], [["小区", "学校"], ["阳光花园", "一小"]])
    plan, zones = opened(content)
    assert plan.title == "表1 2026年秋季招生计划"
    assert plan.cells == [["学校", "班数"], ["一小", "4"], ["", "2"]]
    assert plan.merged == (((1, 0), (2, 0)),)
    assert zones.cells == [["小区", "学校"], ["阳光花园", "一小"]]
    assert plan.said == ("文件是 Word 文档，只读其中的表格",)


def test_a_cell_over_two_columns_and_one_over_two_rows_are_told_apart():
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 1).merge(table.cell(0, 2)).text = "小学"
    table.cell(0, 0).merge(table.cell(1, 0)).text = "学校"
    table.cell(1, 1).text, table.cell(1, 2).text = "班数", "人数"
    for column, said in enumerate(("一小", "4", "180")):
        table.cell(2, column).text = said
    out = io.BytesIO()
    document.save(out)
    (grid,) = opened(out.getvalue())
    assert grid.cells == [["学校", "小学", ""], ["", "班数", "人数"], ["一小", "4", "180"]]
    assert set(grid.merged) == {((0, 0), (1, 0)), ((0, 1), (0, 2))}


def test_an_xlsx_says_what_is_hidden_merged_padded_or_not_computed():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet("一")
        page.write_row(0, 0, ["编号", "数", "错", "空", "备注"])
        page.write_number(1, 0, 42, book.add_format({"num_format": "00000"}))
        page.write_formula(1, 1, "=A2", None, 42)
        page.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        page.write_formula(1, 3, "=A2", None, "")
        page.merge_range("E2:E3", "同")
        page.set_row(1, None, None, {"hidden": True})
        page.set_column(4, 4, None, None, {"hidden": True})
        book.add_worksheet("二").hide()
    first, second = opened(content.getvalue())
    assert first.cells[1] == ["00042", 42.0, "", "", "同"]
    assert first.hidden_rows == {1}
    assert first.hidden_columns == {4}
    assert first.merged == (((1, 4), (2, 4)),)
    assert first.unread == {(1, 2): "错误值 #DIV/0!", (1, 3): "公式没有算出的值"}
    assert second.hidden


def test_an_xls_says_what_is_hidden_or_an_error():
    (grid,) = opened(dirty_files.old_book([*ROWS, [12.0, "丙", "男", "x", "一班"]], hidden=[1], errors=[(0, 3)]))
    assert grid.cells[3][0] == 12.0
    assert grid.hidden_rows == {2}
    assert grid.unread == {(1, 3): "错误值 #N/A"}


def test_an_ods_says_what_is_hidden_merged_repeated_or_an_error():
    def cell(words, more=""):
        return f'<table:table-cell office:value-type="string" {more}><text:p>{words}</text:p></table:table-cell>'

    deep = 'table:number-rows-spanned="2"'
    body = (
        f"<table:table-row>{cell('编号')}{cell('日')}{cell('数')}</table:table-row>"
        f'<table:table-row table:visibility="filter">{cell("同", deep)}'
        '<table:table-cell office:value-type="date" office:date-value="2018-08-31"><text:p>18/8/31</text:p>'
        '</table:table-cell><table:table-cell table:formula="of:=1/0" office:value-type="string">'
        "<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="2"><table:covered-table-cell/>'
        '<table:table-cell office:value-type="float" office:value="7"/></table:table-row>'
    )
    (grid,) = opened(dirty_files.open_document([], body=body))
    assert grid.cells == [["编号", "日", "数"], ["同", "2018-08-31", ""], ["", 7.0, ""], ["", 7.0, ""]]
    assert grid.hidden_rows == {1}
    assert grid.merged == (((1, 0), (2, 0)),)
    assert grid.unread == {(1, 2): "错误值 #DIV/0!"}


def test_a_web_page_keeps_its_spans_and_its_hidden_rows():
    page = (
        "<table><tr><th rowspan=2>编号</th><th colspan=2>学生</th></tr><tr><th>姓名</th><th>性别</th></tr>"
        '<tr style="display: none"><td>c1</td><td>甲<br>乙</td><td>&nbsp;</td></tr></table>'
    )
    (grid,) = opened(page.encode())
    assert grid.cells == [["编号", "学生", ""], ["", "姓名", "性别"], ["c1", "甲\n乙", ""]]
    assert grid.merged == (((0, 0), (1, 0)), ((0, 1), (0, 2)))
    assert grid.hidden_rows == {2}


def test_the_last_cell_of_a_sheet_does_not_cost_a_grid():
    """A dense sheet of 17 thousand million cells would not fit any memory."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(dirty_files.book(ROWS))) as made, zipfile.ZipFile(content, "w") as spoilt:
        for name in made.namelist():
            xml = made.read(name).decode()
            far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            xml = re.sub(r'ref="A1:E3"', 'ref="A1:XFD1048576"', xml).replace("</sheetData>", far)
            spoilt.writestr(name, xml)
    (grid,) = opened(content.getvalue())
    assert grid.cells == [dirty_files.HEADER, *ROWS]
    assert grid.said == ("有 1 格远在表外，未读：XFD1048576「…」",)


def test_characters_lost_in_an_earlier_export_are_pointed_at():
    (grid,) = opened("报名号,姓名\nc1,王?\nc2,?燚\nc3,还要填别的吗?\n".encode("gb18030"))
    assert grid.said[1] == "有 2 格的「?」可能是以前转换编码时丢的字：B2「王?」、B3「?燚」"
