"""Numbers that say part of a place, found by the table of door numbers or by the names of units."""

import pandas as pd
import pytest

from tests.towns.zone_maps import square, toy
from zhaosheng_analysis.sentences import placing

TOWN = square(-5, -5, 5, 5)
UNITS = {
    "甲苑": square(0, 0, 1, 1),
    "乙苑": square(1, 0, 2, 1),
    "丙苑": square(2, 0, 4, 1),
    "柳溪一村": square(0, 2, 1, 3),
    "柳溪二村": square(1, 2, 2, 3),
    "松涛里": square(-4, 2, -2, 3),
}
DOORS = [
    # unit, street, counted, low, high, parity
    ("u0", "青云路", "号", 1, 49, "odd"),
    ("u1", "青云路", "号", 2, 60, "even"),
    ("u2", "青云路", "号", 51, 120, "odd"),
    ("u2", "青云路", "号", 62, 130, "even"),
    ("u0", "白塔街12弄", "号", 1, 30, "all"),
    ("u1", "长虹街", "号", 12, 12, "all"),
    ("u5", "松涛里", "邻", 1, 8, "all"),
]


@pytest.fixture(scope="module")
def town():
    columns = ["unit_id", "street", "counted", "low_n", "high_n", "parity"]
    return toy(land=TOWN, units=UNITS, tables={"doors": pd.DataFrame(DOORS, columns=columns)})


@pytest.mark.parametrize(
    ("sentence", "units"),
    [
        ("青云路1-49号（单号）", ["甲苑"]),
        ("青云路1-130号", ["甲苑", "乙苑", "丙苑"]),
        ("青云路双号1-60号、柳溪一村", ["乙苑", "柳溪一村"]),
        ("青云路1号起到底", ["甲苑", "乙苑", "丙苑"]),
        ("青云路", None),
        ("白塔街12弄", ["甲苑"]),
        ("白塔街12弄1-30号", ["甲苑"]),
        ("松涛里1-8鄰", ["松涛里"]),
        ("长虹街12号附1号、附2号", ["乙苑"]),
        ("长虹街甲12号", ["乙苑"]),
        ("柳溪一村至二村", ["柳溪一村", "柳溪二村"]),
    ],
)
def test_numbers_are_the_units_whose_doors_they_are(town, sentence, units):
    found = placing.place(sentence, town)
    if units is None:
        assert found.land.is_empty  # a street is no place
        return
    assert [*map(str, found.open)] == []
    wanted = sum(UNITS[name].area for name in units)
    assert found.land.area == pytest.approx(wanted)
    assert {meaning.name for meaning in found.places} == set(units)


def test_a_unit_of_which_some_doors_are_named_is_a_question(town):
    found = placing.place("青云路1-55号", town)
    assert "乙苑、丙苑只有一部分号在其中" in str(found.doubts.found[0])
    assert found.land.area == pytest.approx(1e6)


def test_numbers_nobody_has_are_asked_for(town):
    assert "没有「长虹路」的号" in str(placing.place("长虹路1-9号", town).faults.found[0])
    bare = placing.place("青云路1-9号", toy(land=TOWN, units=UNITS))
    assert "没有门牌号段表" in str(bare.faults.found[0])
