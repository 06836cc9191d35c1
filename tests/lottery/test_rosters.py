"""Rosters as schools keep them: every kind of file gives the same families, and no ticket goes to what is no child."""

import io

import pytest
import xlsxwriter

from zhaosheng_analysis.lottery import rosters
from zhaosheng_analysis.schema import DataError

CHILDREN = "报名号,姓名,多胞胎编号\nc1,甲,\nc2,乙,t1\nc3,丙,t1\nc4,丁,\nc5,戊,\n"
FAMILIES = {"c1": 1, "t1": 2, "c4": 1, "c5": 1}


def text(rows):
    return "".join(",".join(row) + "\n" for row in rows).encode()


def book(*sheets, hide=()):
    """Write a workbook: sheets as (name, rows); `hide` holds rows of the first sheet that are hidden."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as made:
        for name, rows in sheets:
            sheet = made.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        for row in hide:
            made.get_worksheet_by_name(sheets[0][0]).set_row(row, None, None, {"hidden": True})
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，", "|"])
def test_a_roster_is_read_in_every_encoding_and_with_every_separator(encoding, separator):
    content = CHILDREN.replace(",", separator).encode(encoding)
    assert rosters.read(content, "名册.csv").families == FAMILIES


def test_a_workbook_gives_the_same_roster_as_its_csv():
    assert rosters.read(book(("名册", [["户号", "人数"], [2025001, 1], ["2025t", "2人"]])), "r.xlsx").families == {
        "2025001": 1,
        "2025t": 2,
    }


@pytest.mark.parametrize("row", [[14021320180101001], ["1.40213201801010E+17"], ["14021320180101001.0"]])
def test_a_number_that_a_spreadsheet_has_cut_off_is_refused(row):
    with pytest.raises(DataError, match="A3「"):
        rosters.read(book(("名册", [["报名号"], ["140213201801010017"], row])), "名册.xlsx")


def test_a_number_that_may_have_lost_its_zeros_is_refused():
    with pytest.raises(DataError, match="前面的零可能丢了：A2「123」"):
        rosters.read(book(("名册", [["报名号"], [123], ["00123"], ["00124"]])), "名册.xlsx")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([["姓名"], ["甲"]], r"表头：是「姓名」；「户号」和「人数」"),
        ([["报名号"]], "没有一行名单"),
        ([["报名号"], ["c1"], ["c1"]], "2 行重复：A2「c1」、A3「c1」"),
        ([["报名号"], ["c1"], ["ｃ１"]], "2 行重复：A2「c1」、A3「c1」"),
        ([["户号", "人数"], ["", "1"], ["a1", "1"]], "1 行空白：A2"),
        ([["户号", "人数"], ["a", "两"]], "1 行不是正整数：B2「两」"),
        ([["户号", "人数"], ["a", ""]], "1 行不是正整数：B2"),
        ([["报名号", "多胞胎编号"], ["c1", "t9"]], "1 个只有一名儿童：B2「t9」"),
        ([["报名号", "多胞胎编号"], ["c1", "c3"], ["c2", "c3"], ["c3", ""]], "2 个同时是报名号：B2「c3」、B3「c3」"),
        ([["报名号", "学生编号"], ["c1", "c2"]], "「报名号」有 2 列：A 列、B 列"),
        ([["报名号"], ["c1"], ["c2"], ["小计"]], "1 行是合计或小计：A4「小计」"),
        ([["报名号"], ["c1"], ["c2"], ["填表人：张"]], "1 行是注或签署：A4"),
        ([["报名号"], ["c1"], ["c2"], ["c3"], ["无"]], "1 行不像编号：A5「无」"),
        ([["报名号", "姓名"], ["c1", "甲"], ["c2", "乙"], ["", "合 计"]], "1 行是合计或小计：B4「合 计」"),
        ([["报名号", "姓名"], ["c1", "甲", "多一格"]], "1 行的格数更多：第 2 行有 3 格"),
    ],
)
def test_every_fault_of_a_roster_is_told_with_its_cell(rows, told):
    with pytest.raises(DataError, match=told):
        rosters.read(text(rows), "名册.csv")


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "是空的"), (b"%PDF-1.4", "是 PDF 文件"), (b"PK\x03\x04", "打不开")]
)
def test_a_file_that_is_no_table_is_said_to_be_what_it_is(content, told):
    with pytest.raises(DataError, match=told):
        rosters.read(content, "r.xlsx")


def test_hidden_rows_are_not_drawn_from_unseen():
    rows = [["报名号"], ["c1"], ["c2"], ["c3"]]
    with pytest.raises(DataError, match="1 行是隐藏的：第 3 行"):
        rosters.read(book(("名册", rows), hide=[2]), "名册.xlsx")


def test_of_several_lists_none_is_taken_unasked():
    content = book(("一班", [["报名号"], ["c1"]]), ("二班", [["报名号"], ["c2"]]), ("说明", [["填报说明"]]))
    with pytest.raises(DataError, match="有 2 张工作表都有所找的列：「一班」、「二班」"):
        rosters.read(content, "名册.xlsx")
    assert rosters.read(content, "名册.xlsx", sheet="二班").families == {"c2": 1}
    with pytest.raises(DataError, match="没有工作表「三班」；现有：「一班」、「二班」、「说明」"):
        rosters.read(content, "名册.xlsx", sheet="三班")


def test_numbers_of_another_form_are_said_and_citizen_numbers_refused():
    said = rosters.read(text([["报名号"], ["P001"], ["P002"], ["Q7"]]), "r.csv").notes
    assert [str(note) for note in said] == [
        "r.csv：列「报名号」：2 个号码的形式是「P+3位数字」，1 个不同：「Q7」；都当作编号。"
    ]
    with pytest.raises(DataError, match="1 个户号是身份证号"):
        rosters.read(text([["报名号"], ["71000020180831102X"]]), "r.csv")
