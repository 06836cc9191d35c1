"""Any table in any of twenty ways of writing it: it comes back as it was, or is refused with the cell."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.towns import dirty_files
from zhaosheng_analysis import sheets

SOUGHT = sheets.Sought(
    {"报名号": "child", "姓名": "name", "性别": "sex", "出生日期": "birth_on", "班级": "class"},
    {"child": "number", "name": "text"},
)
CELL = re.compile(r"[A-Z]+\d+|第 \d+ 行")
# What must be told, and never silently read: nobody sees these rows, and these cells have no value.
REFUSED = {"hidden row": "是隐藏的", "formulas never computed": "没有值", "totals and notes": "合计"}

LETTERS = "张王李欧阳娜𬀩燚买提·•ABab12（）()“，,;；|\"'"
NAMES = st.text(LETTERS, min_size=1, max_size=6).filter(lambda name: name.strip("'") == name)
NUMBERS = st.one_of(
    st.integers(0, 999).map("P{:03}".format),
    st.integers(0, 99_999).map("{:05}".format),
    st.integers(1, 999).map(str),
    st.integers(10**17, 10**18 - 1).map(str),
)
ROWS = st.lists(
    st.tuples(
        NUMBERS,
        NAMES,
        st.sampled_from(["男", "女"]),
        st.dates().map(lambda day: f"{day:%Y}".zfill(4) + f"-{day:%m-%d}"),
        st.sampled_from(["一（1）班", "一（2）班"]),
    ).map(list),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
)


def read(content, name="名册.xls", **options):
    return sheets.read(content, name, SOUGHT, **options)


@pytest.mark.parametrize("style", dirty_files.STYLES)
@settings(max_examples=12, deadline=None)
@given(rows=ROWS)
def test_a_table_comes_back_as_it_was_or_is_refused_with_the_cell(style, rows):
    found = read(dirty_files.STYLES[style](rows), strict=True)
    if found.faults:
        assert style in REFUSED or style == "numbers as numbers", found.faults
        assert all(CELL.search(str(fault)) for fault in found.faults)
    else:
        assert style not in REFUSED
        assert found.table[list(SOUGHT.words.values())].to_numpy().tolist() == rows


@pytest.mark.parametrize("style", dirty_files.STYLES)
def test_where_a_cell_stands_in_the_file_is_known(style):
    rows = [["P001", "甲", "男", "2018-09-01", "一（1）班"], ["P002", "乙", "女", "2018-09-02", "一（1）班"]]
    content = dirty_files.STYLES[style](rows)
    grid = next(grid for grid in sheets.opened(content, "名册", SOUGHT.words) if len(grid.cells) > 2)
    found = read(content)
    for row, name in ((row, name) for row in found.table.index for name in ("child", "sex")):
        letter, line = re.fullmatch(r"([A-Z])(\d+)", found.cell(row, name)).groups()
        value = grid.cells[int(line) - 1][ord(letter) - ord("A")]
        assert style == "formulas never computed" or found.table.loc[row, name] in str(value)


@pytest.mark.parametrize(("style", "told"), REFUSED.items())
def test_what_must_not_be_read_unseen_is_told_in_words(style, told):
    rows = [["P001", "甲", "男", "2018-09-01", "一（1）班"], ["P002", "乙", "女", "2018-09-02", "一（1）班"]]
    assert any(told in str(fault) for fault in read(dirty_files.STYLES[style](rows), strict=True).faults)


def test_numbers_whose_zeros_or_digits_are_lost_are_refused_and_others_are_read():
    rows = [[number, "甲", "男", "2018-09-01", "一班"] for number in ("00123", "00124")]
    (fault,) = read(dirty_files.book([*rows, ["456", *rows[0][1:]]], numbers=False)).faults or [None]
    assert fault is None, "texts lose nothing"
    long = [["710000201809011037", "甲", "男", "2018-09-01", "一班"]]
    (fault,) = read(dirty_files.book(long, numbers=True)).faults
    assert "末几位已丢失：A2" in str(fault)
    short = [[number, "甲", "男", "2018-09-01", "一班"] for number in ("7", "12")]
    assert read(dirty_files.book(short, numbers=True)).table["child"].tolist() == ["7", "12"]
