"""Nothing that is no child holds a ticket or a class: whatever a clerk writes below or between the rows of a list."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.towns import dirty_files
from zhaosheng_analysis.classes import rosters as grades
from zhaosheng_analysis.lottery import rosters as draws
from zhaosheng_analysis.schema import DataError

ROWS = [[f"P{at:03d}", "某", "男" if at % 2 else "女", f"2018-{9 + at % 4:02d}-{1 + at:02d}", "1班"] for at in range(9)]
CHILDREN = {row[0] for row in ROWS}
NOBODY = [
    ["合计", "", "9人", "", ""],
    ["", "小计", "", "9", ""],
    ["9", "", "", "", ""],
    ["共9人", "", "", "", ""],
    ["注：本表一式两份", "", "", "", ""],
    ["以上名单经核对无误", "", "", "", ""],
    ["填表人：某", "", "", "2025年7月1日", ""],
    ["班主任", "某", "女", "1980-01-01", ""],
    ["——", "", "", "", ""],
    ["（以下空白）", "", "", "", ""],
    ["数据截至2025年7月", "", "", "", ""],
    ["", "某", "男", "2018-10-01", "1班"],
    [dirty_files.HEADER[0], *dirty_files.HEADER[1:]],
]
STYLES = ("csv", "csv of Chinese Excel", "full-width commas", "xlsx", "numbers as numbers", "web page", "ods", "xls")


@settings(deadline=None, max_examples=40)
@given(style=st.sampled_from(STYLES), nobody=st.sampled_from(NOBODY), place=st.integers(1, len(ROWS)))
def test_a_row_that_is_no_child_is_refused_or_left_out(style, nobody, place):
    content = dirty_files.STYLES[style]([*ROWS[:place], nobody, *ROWS[place:]])
    for read in (
        lambda: set(draws.read(content, "名册").families),
        lambda: set(grades.read(content, "名册")[0]["pupil_id"]),
    ):
        with suppress(DataError):  # refused is as good
            assert read() == CHILDREN


@pytest.mark.parametrize("style", STYLES)
def test_the_same_list_without_such_a_row_is_read(style):
    content = dirty_files.STYLES[style](ROWS)
    assert set(draws.read(content, "名册").families) == CHILDREN
    assert set(grades.read(content, "名册")[0]["pupil_id"]) == CHILDREN
