"""Names typed by different hands are compared as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhaosheng_analysis.schema import names


@pytest.mark.parametrize("dot", ["\u00b7", "\u2022", "\u2027", "\u30fb", "\uff0e", "."])
def test_every_interpunct_is_one(dot):
    assert names.plain(f"丰园{dot}东区") == "丰园\u00b7东区"


def test_script_and_width_do_not_count_but_a_decimal_point_stays():
    assert names.plain("歐陽路１２号Ｂ座、乾潭村2.5公里") == "欧阳路12号B座、乾潭村2.5公里"


@given(st.text(max_size=40))
def test_places_stay(text):
    assert len(names.plain(text)) == len(text)
    assert names.plain(names.plain(text)) == names.plain(text)
