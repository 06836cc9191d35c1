"""Addresses are matched to the unit they were made for, and never to another with certainty."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest import made_up_addresses
from zhaosheng_analysis import geodata
from zhaosheng_analysis.ingest import addresses

WORDS = {
    "u1": "金桂园",
    "u2": "丰园·东区",
    "u3": "丰园·西区",
    "u4": "徐家村",
    "u5": "水悦华府",
    "u6": "水悦华苑",
    "u7": "和睦小区",
}


@pytest.fixture
def units() -> pd.DataFrame:
    kinds = ["village" if name.endswith("村") else "community" for name in WORDS.values()]
    return pd.DataFrame({"unit_id": list(WORDS), "name": list(WORDS.values()), "kind": kinds, "area_id": "a1"})


@pytest.fixture
def doors() -> pd.DataFrame:
    rows = [("u1", "中华路", 1, 19, "odd"), ("u5", "中华路", 2, 20, "even"), ("u6", "李府街", 1, 9, "all")]
    return pd.DataFrame(
        [*rows, ("u7", "李府街", 9, 20, "all")], columns=["unit_id", "street", "low_n", "high_n", "parity"]
    )


@pytest.fixture
def book(units, doors) -> addresses.Book:
    areas = pd.DataFrame({"area_id": ["a1", "a2"], "name": ["城关镇", "秣陵镇"]})
    return addresses.book(units, doors, areas, district="小小县")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("中华路7号1407室", "u1"),
        ("中华路八号", "u5"),
        ("小小县城关镇徐家村3组", "u4"),
        ("徐家村三组12号", "u4"),
        ("某省某市小小县水悦华府３幢１０２室", "u5"),
        ("水悦華苑3-2-301", "u6"),
        ("丰园东区5号楼", "u2"),
        ("豐園•西區二单元301", "u3"),
        ("和睦小区3幢", "u7"),
        ("中华路7号（金桂园）3幢", "u1"),
        ("城关镇 金桂园小区 A座 502", "u1"),
        ("徐家村委会12号", "u4"),
        ("租住金桂园3幢", "u1"),
        ("中华路7号院3号楼302", "u1"),
    ],
)
def test_what_can_mean_one_place_only_is_certain(book, text, unit):
    assert addresses.find(text, book) == addresses.Match("certain", (unit,), addresses.find(text, book).why)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("和睦3幢", {"u7"}),  # 和睦新村, for all we know
        ("丰园5号楼2单元", {"u2", "u3"}),  # the name is short of 东区 or 西区
        ("金桂园二期3幢", {"u1"}),  # another estate, perhaps
        ("金桂园新村3幢", {"u1"}),
        ("大金桂园3幢", {"u1"}),
        ("李府街9号2幢", {"u6", "u7"}),  # the number stands in both ranges
        ("中华路7号水悦华府3幢", {"u1", "u5"}),  # door and estate disagree
        ("秣陵镇徐家村3组", {"u4"}),  # a village of that name in another township
        ("徐家村小区3幢", {"u4"}),
    ],
)
def test_what_can_mean_two_places_is_doubtful_and_names_them(book, text, meant):
    match = addresses.find(text, book)
    assert (match.verdict, set(match.units)) == ("doubtful", meant)


@pytest.mark.parametrize("text", ["中山路8号", "大大县城关镇徐家村3组", "中华路300号", "", "无", "新中华路7号"])
def test_what_is_none_of_ours_is_unmatched(book, text):
    assert addresses.find(text, book).verdict == "unmatched"


def test_a_name_that_begins_within_another_is_doubtful():
    """常山港 is a river: 常山港花园 and 花园新村 may both be meant, and neither is taken."""
    names = ["常山港花园", "花园新村"]
    units = pd.DataFrame({"unit_id": ["u1", "u2"], "name": names, "kind": "community"})
    match = addresses.find("常山港花园新村3幢", addresses.book(units, streets=pd.DataFrame({"name": ["常山港"]})))
    assert (match.verdict, set(match.units)) == ("doubtful", {"u1", "u2"})


@pytest.fixture(scope="module")
def measured() -> tuple[Counter, Counter]:
    """Count what becomes of the made-up addresses of a demo district; all its units in the book, or half of them."""
    district = geodata.load("geodata/zhanhe")
    numbers = made_up_addresses.doors(district.units, district.streets)
    towns = dict(zip(district.areas["area_id"], district.areas["name"], strict=True))
    half = district.units[[made_up_addresses.pick("keep", unit, below=2) == 0 for unit in district.units["unit_id"]]]
    some = numbers[numbers["unit_id"].isin(half["unit_id"])]
    whole = addresses.book(district.units, numbers, district.areas, district.streets, district=district.name)
    part = addresses.book(half, some, district.areas, district.streets, district=district.name)
    known, unknown = Counter(), Counter()
    for _, text, unit in made_up_addresses.written(district.units, numbers, towns, district.name):
        match = addresses.find(text, whole)
        known[match.verdict, match.units == (unit,)] += 1
        if unit not in set(half["unit_id"]):
            unknown[addresses.find(text, part).verdict] += 1
    return known, unknown


def test_of_ten_ways_of_writing_at_least_97_in_100_are_certain_and_right(measured):
    known, _ = measured
    assert known["certain", True] / known.total() >= 0.97
    assert known["certain", False] / known.total() < 0.001


def test_an_address_of_a_place_that_is_not_in_the_folder_is_never_certain(measured):
    _, unknown = measured
    assert unknown.total() > 500
    assert unknown["certain"] / unknown.total() < 0.001


@given(st.text(alphabet="零一二三百十号幢室路街金桂园丰东西区徐家村小组期中华·（3-A 縣", max_size=24))
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_written_is_answered_and_what_is_certain_is_one_unit(book, text):
    match = addresses.find(text, book)
    assert match.verdict in ("certain", "doubtful", "unmatched")
    assert (len(match.units) == 1) or match.verdict != "certain"
    assert bool(match.units) == (match.verdict != "unmatched")
