"""A record that lacks a line or has one of another kind is refused in words, all lines at once."""

import pandas as pd
import pytest

from zhaosheng_analysis import lottery
from zhaosheng_analysis.classes import teams
from zhaosheng_analysis.lottery import records
from zhaosheng_analysis.schema import DataError, Faults

ROSTER = {"f1": 1, "f2": 2, "f3": 1}


@pytest.fixture
def drawn():
    return lottery.draw(ROSTER, seed="2025-07-27", plan=3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"plan": "3"}, '派位记录「plan」：写成了 "3"；应为整数'),
        ({"seed": None}, "派位记录「seed」：写成了 null；应为文字"),
        ({"seeds": "1"}, "派位记录：不认识的键「seeds」；"),
    ],
)
def test_a_line_of_another_kind_is_refused(drawn, change, told):
    result, record = drawn
    with pytest.raises(DataError) as caught:
        lottery.verify(record | change, ROSTER, result)
    assert str(caught.value).startswith(told)


def test_every_line_that_is_missing_is_told_at_once(drawn):
    result, record = drawn
    cut = {name: value for name, value in record.items() if name not in ("seed", "plan")}
    with pytest.raises(DataError) as caught:
        lottery.verify(cut, ROSTER, result)
    assert [str(fault) for fault in caught.value.faults] == [
        "派位记录：缺少「seed」；请补上。",
        "派位记录：缺少「plan」；请补上。",
    ]


def test_a_moment_that_does_not_exist_is_refused():
    record = teams.draw(
        ["甲", "乙"],
        2,
        seed="1",
        filed_at=pd.Timestamp("2025-08-20"),
        drawn_at=pd.Timestamp("2025-08-21"),
    )
    teams.verify(record)
    with pytest.raises(DataError, match='「filed_at」：写成了 "昨天"；应为真实存在的时刻'):
        teams.verify(record | {"filed_at": "昨天"})


def test_a_list_is_the_one_whose_hash_was_published():
    faults, published = Faults(), records.sha256("甲\n乙\n")
    records.unchanged("甲\n乙\n", published, what="名册", faults=faults)
    assert not faults.found
    records.unchanged("乙\n甲\n", published, what="名册", faults=faults)
    assert f"应为 {published}" in str(faults.found[0])
