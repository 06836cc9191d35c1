"""The worked cases of 乐亭 that need schools and seats, through its own rule book.

::

    x =   0      1000       2000       3000        4000 m
        第三    第二(migrants)  吉祥寺   忠德 (private)  高平 (private junior)      第三 and 第二 are 实验小学
"""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns.clerks import lane, table, ticket
from tests.towns.one_door import faults
from zhaosheng_analysis import admission, policy

NAMES = {
    "T": "第三实验小学",
    "S": "第二实验小学",
    "J": "吉祥寺小学",
    "D": "大杨庄小学",
    "M": "毛庄小学",
    "Z": "忠德小学",
    "G": "高平中学",
}
NAMES |= {"j3": "第三初级中学", "jx": "新戴河初级中学", "jm": "毛庄初中", "jc": "蔡庄初中"}
SCHOOLS = [
    {
        "school_id": school,
        "name": name,
        "stage": "junior" if school[0] in "jG" else "primary",
        "sector": "private" if school in "ZG" else "public",
        "x": 1000.0 * place,
    }
    for place, (school, name) in enumerate(NAMES.items())
]
NINE = pd.Timestamp("2025-07-07 09:00:00")


@pytest.fixture(scope="module")
def rules():
    return policy.load("laoting-2025")


def intake(rules, said, seats, filed=(), *, seed="2025"):
    """Carry out an intake of children of 第三实验小学 who asked for it online, unless said otherwise."""
    usual = {"tier": "1", "school_id": "T", "zone_id": "ZT", "x": 0.0, "y": 0.0, "channel": "online"}
    usual |= {"submitted_at": NINE}
    people = table(rules, [{**usual, **child} for child in said])
    district = lane(rules, SCHOOLS, {name: seats.get(name, 0) for name in NAMES}, list(filed))
    outcome = admission.run(people, district, rules, seed=seed)
    assert admission.check(outcome, people, district, rules) == []
    return outcome


def public(*schools):
    return [(f"c{number:03d}", school, "public", 1) for number, school in enumerate(schools)]


def private(school, numbers):
    return [(f"c{number:03d}", school, "private", 1) for number in numbers]


def test_ltw_15_and_ltw_13_a_migrant_of_the_third_quarter_is_never_admitted_there(rules):
    """All five registered at 第三, which has room; 第二 takes two, the village schools the others."""
    said = [{"tier": "4", "school_id": "S", "submitted_at": NINE + pd.Timedelta(seconds=n)} for n in range(5)]
    outcome = intake(rules, said, {"T": 9, "S": 2, "J": 1, "D": 5}, public(*"TTTTT"))
    assert outcome.children["school_id"].tolist() == ["S", "S", "J", "D", "D"]
    assert "二(二)4" in outcome.children.loc["c002", "reason"]


@pytest.mark.parametrize("order", ["channel,rank,ts", "channel,ts"])
def test_ltw_20_the_first_two_online_are_in_the_third_and_who_came_on_site_are_moved(rules, order):
    seconds = [NINE + pd.Timedelta(seconds=n) for n in (3, 1, 2)]
    said = [{"submitted_at": moment} for moment in seconds]
    said.append({"submitted_at": NINE + pd.Timedelta(days=7), "channel": "onsite"})
    outcome = intake(policy.under(rules, {"lt.order": order}), said, {"T": 2, "S": 9}, public(*"TTTT"))
    assert outcome.children["school_id"].tolist() == ["S", "T", "T", "S"]
    assert outcome.children["status"].tolist() == ["redirected", "admitted", "admitted", "redirected"]
    assert "差在报名时间" in outcome.children.loc["c000", "reason"]


def test_channel_stands_before_rank_unless_the_parameter_turns_them_round(rules):
    """One seat: a rule-5 family online, a two-unity child on site."""
    said = [{"tier": "5"}, {"channel": "onsite", "submitted_at": NINE + pd.Timedelta(days=7)}]
    first = {}
    for order in ("channel,rank,ts", "rank,channel,ts"):
        outcome = intake(policy.under(rules, {"lt.order": order}), said, {"T": 1, "S": 5}, public(*"TT"))
        first[order] = outcome.children.query("school_id == 'T'").index.tolist()
    assert first == {"channel,rank,ts": ["c000"], "rank,channel,ts": ["c001"]}


@pytest.mark.parametrize("local", [25, 30])
def test_ltw_24_zhongde_takes_children_of_the_county_and_leaves_the_rest_empty(rules, local):
    said = [{}] * local + [{"tier": "O", "school_id": None, "origin": "city"}] * 10
    outcome = intake(rules, said, {"T": 50, "Z": 30}, public(*"T" * local) + private("Z", range(local + 10)))
    assert outcome.children["status"].tolist() == ["private"] * local + ["unplaced"] * 10
    assert outcome.cuts.set_index("school_id").loc["Z", "left_n"] == 30 - local
    assert outcome.children["reason"].iloc[-1].startswith("县外生源，只报民办学校")


def test_gaoping_takes_the_county_first_and_draws_for_the_rest_among_the_city(rules):
    """Plan 5: three of the county are in without a draw, two of four from the city by lot, nobody from beyond."""
    said = [{"stage": "junior", "school_id": "j3"}] * 3
    said += [{"stage": "junior", "tier": "O", "school_id": None, "origin": "city"}] * 4
    said += [{"stage": "junior", "tier": "O", "school_id": None, "origin": "outside"}] * 2
    outcome = intake(rules, said, {"G": 5, "j3": 9}, public(*["j3"] * 3) + private("G", range(9)), seed="s")
    lots = sorted((f"c{n:03d}" for n in range(3, 7)), key=lambda child: ticket("s", "private-city/G", child))
    assert outcome.children.query("school_id == 'G'").index.tolist() == ["c000", "c001", "c002", *sorted(lots[:2])]
    assert outcome.cuts.set_index("school_id").loc["j3", "admitted_n"] == 0


def test_who_is_in_online_takes_no_seat_on_site(rules):
    """c000 is in at T online, so the one seat left goes to c001 on site (what families file: test_filings)."""
    said = [{}, {"channel": "onsite", "submitted_at": NINE + pd.Timedelta(days=7)}]
    outcome = intake(rules, said, {"T": 2, "S": 2}, public(*"TT"))
    assert outcome.children["round"].tolist() == ["online", "onsite"]
    assert outcome.log.query("child_id == 'c000' and result == 'in'")["round"].tolist() == ["online"]


@pytest.mark.parametrize(("freed", "school"), [("refilled", "T"), ("empty", "S")])
def test_a_public_seat_freed_by_a_private_place_goes_to_the_zone_child_who_had_none(rules, freed, school):
    """T has one seat: c000 has it, wins at 忠德 and leaves it; c001 of the same zone came a second later."""
    said = [{}, {"submitted_at": NINE + pd.Timedelta(seconds=1)}]
    outcome = intake(
        policy.under(rules, {"lt.freed": freed}), said, {"T": 1, "S": 3, "Z": 1}, public(*"TT") + private("Z", [0])
    )
    assert outcome.children["school_id"].tolist() == ["Z", school]
    assert outcome.cuts.set_index("school_id").loc["T", "left_n"] == (0 if freed == "refilled" else 1)


def test_who_keeps_a_public_seat_takes_no_part_in_the_draw_where_none_may_be_released(rules):
    kept = policy.under(rules, {"lt.release_public": False})
    outcome = intake(kept, [{}, {}], {"T": 1, "S": 3, "Z": 2}, public(*"TT") + private("Z", [0, 1]))
    assert sorted(outcome.children["school_id"]) == ["T", "Z"]


def test_the_ranks_before_migrants_are_moved_before_them(rules):
    """吉祥寺 has one seat left near by: the overflow of rank 3 has it before a migrant, the migrant before rank 5."""
    said = [{"tier": "5"}, {"tier": "4", "school_id": "S"}, {"tier": "3"}]
    for seats, placed in (({"J": 1}, ["", "", "J"]), ({"J": 2}, ["", "J", "J"]), ({"J": 3}, ["J", "J", "J"])):
        outcome = intake(rules, said, seats, public("T", "S", "T"))
        assert outcome.children["school_id"].fillna("").tolist() == placed


@pytest.mark.parametrize(("seats", "rented", "school"), [(1, "town", "J"), (0, "town", "D"), (1, "none", "D")])
def test_villagers_working_in_town_without_a_permit_have_a_peripheral_school_or_that_of_their_hukou(
    rules, seats, rented, school
):
    """二(二)4: the family lives in a rented flat in town, has its hukou in the zone of 大杨庄 and asked for 吉祥寺."""
    said = [{"tier": "R", "school_id": "D", "zone_id": "ZD", "hukou_at": "zone", "rent_at": rented}]
    outcome = intake(rules, said, {"J": seats, "D": 3}, public("J"))
    assert outcome.children.loc["c000", "school_id"] == school


def test_a_villager_kept_from_the_peripheral_school_asked_for_is_found_by_the_check(rules):
    """The fault put back by hand: 吉祥寺 has a seat, and the child is at none of the five schools."""
    child = {"tier": "R", "school_id": "D", "zone_id": "ZD", "hukou_at": "zone", "rent_at": "town"}
    usual = {"x": 0.0, "y": 0.0, "channel": "online", "submitted_at": NINE}
    people = table(rules, [{**usual, **child}])
    district = lane(rules, SCHOOLS, dict.fromkeys(NAMES, 2), public("J"))
    outcome = admission.run(people, district, rules, seed="s")
    assert outcome.children.loc["c000", "school_id"] == "J"
    away = replace(outcome, children=outcome.children.assign(school_id="T", school="第三实验小学"))
    assert any("没有安排到所报而有空额的一处：c000" in text for text in faults(away, people, district, rules))
