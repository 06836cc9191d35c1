"""Where a heading stands and what belongs below it, as a clerk would point at it."""

import pytest

from zhaosheng_analysis import sheets
from zhaosheng_analysis.sheets import headings, rows

KNOWN = {"报名号": "child", "班数": "classes_n", "班数(班)": "classes_n", "姓名": "name"}


def grid(*cells, merged=()):
    return sheets.Grid("表", [list(row) for row in cells], merged)


@pytest.mark.parametrize(
    "word", ["报名号", " 报 名 号 ", "报名号*", "＊报名号", "报名号（必填）", "报名号:", "报名\n号"]
)
def test_a_heading_is_recognised_however_it_is_spaced_or_marked(word):
    assert headings.heading(grid([word], ["c1"]), KNOWN).names == ("child",)


@pytest.mark.parametrize("word", ["报名号码", "原报名号", "班数（其中寄宿班）", "班额"])
def test_another_heading_is_not_taken_for_one_that_is_sought(word):
    assert headings.heading(grid([word], ["c1"]), KNOWN).known == {}


def test_a_heading_stands_below_titles_and_over_groups():
    cells = grid(
        ["某区报名表", "", "", ""],
        ["报名号", "学生", "", "监护人"],
        ["", "姓名", "性别", "电话"],
        ["c1", "甲", "男", "1"],
        merged=(((0, 0), (0, 3)), ((1, 0), (2, 0)), ((1, 1), (1, 2))),
    )
    found = headings.heading(cells, KNOWN)
    assert (found.top, found.bottom, found.names) == (1, 2, ("child", "name", "性别", "电话"))


def test_a_title_of_one_cell_is_no_part_of_the_heading():
    cells = grid(["某校名册", ""], ["填表人：", "单位：人"], ["报名号", "姓名"], ["c1", "甲"])
    found = headings.heading(cells, KNOWN)
    assert (found.top, found.bottom) == (2, 2)


def test_two_columns_that_end_alike_are_told_apart_by_their_group_and_both_are_named_where_one_is_sought():
    cells = grid(["报名号", "学生", "", "家长", ""], ["", "姓名", "电话", "姓名", "电话"], ["c1", "甲", "1", "乙", "2"])
    found = headings.heading(cells, KNOWN)
    assert found.names == ("child", "name", "学生电话", "name", "家长电话")
    assert found.doubled == {"name": (1, 3)}


def test_without_anything_sought_the_first_full_row_of_words_is_the_heading():
    assert headings.heading(grid(["标题", "", ""], ["甲", "乙", "丙"], [1.0, 2.0, 3.0]), {}).names == ("甲", "乙", "丙")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (["合计", "6人"], "total"),
        (["", "小 计", 4.0], "total"),
        ([1.0, "一年级小计", 4.0], "total"),
        (["共6人", ""], "total"),
        (["注：本表一式两份", ""], "note"),
        (["备注1.以实际为准", ""], "note"),
        (["填表人：张三", "审核人：李四"], "note"),
        (["本表一式两份，须盖章", ""], "note"),
        (["（以下空白）", ""], "note"),
        (["报名号", "姓名"], "again"),
        (["", ""], "blank"),
        (["c7", "计小华"], ""),
        (["c8", "合计"], "total"),
        (["注册号7", "章程"], ""),
        (["总参路小学", "6"], ""),
        (["P001", ""], ""),
    ],
)
def test_rows_that_are_no_rows_are_told_apart(row, kind):
    assert rows.kind(row, ["报名号", "姓名"]) == kind
