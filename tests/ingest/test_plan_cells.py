"""Cells of plans: every number says what it counts, or nothing is read."""

import pytest

from zhaosheng_analysis.ingest import plan_cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("4个班180人", (4, None, 180)),
        ("４个教学班，共１８０人", (4, None, 180)),
        ("4班/180人", (4, None, 180)),
        ("3个班（每班50人）", (3, 50, None)),
        ("3个班×45人", (3, 45, None)),
        ("计划招收6个班，270名学生", (6, None, 270)),
        ("180个学位", (None, None, 180)),
        ("180", ()),
        ("4个班或5个班", ()),
        ("4个班，其中寄宿2个班", ()),
        ("4个班，寄宿生40人", ()),
        ("不招生", ()),
    ],
)
def test_a_cell_says_what_its_numbers_count(cell, expected):
    names = ("classes_n", "class_size_n", "seats_n")
    assert plan_cells.said(cell) == {name: n for name, n in zip(names, expected, strict=False) if n is not None}
