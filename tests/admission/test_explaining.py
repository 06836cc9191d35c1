"""What would change a result: nothing that changes nothing, and nothing a child of its stage could not have said."""

import pytest

from tests.towns.clerks import lane, table
from zhaosheng_analysis import admission, policy
from zhaosheng_analysis.admission import explaining

SCHOOL = {"school_id": "A", "name": "甲小学", "stage": "primary", "sector": "public", "area_id": "a", "x": 0.0}


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


def what_ifs(rules, said, seats, filed=()):
    """Return what would change the result of the last child."""
    facts = dict.fromkeys(rules.facts, "no") | {"home": "elsewhere", "hukou": "zone", "guardian_hukou": "elsewhere"}
    usual = {**facts, "school_id": "A", "zone_id": "ZA", "x": 0.0, "y": 0.0, "returner": False, "points_n": 0}
    people = table(rules, [usual | {"tier": "mixed5"} | child for child in said])
    district = lane(rules, [SCHOOL], {"A": seats}, list(filed))
    outcome = admission.run(people, district, rules, seed="s")
    return explaining.changes(people.index[-1], people, outcome, district, rules, seed="s")


def test_a_primary_child_is_not_told_that_going_straight_on_to_the_junior_would_help(quzhou):
    found = what_ifs(quzhou, [{"tier": "mixed4"}, {}], 1)
    assert any("监护人户籍" in line for line in found)
    assert not any("直升" in line for line in found)


def test_an_answer_that_changes_nothing_is_not_told(quzhou):
    assert what_ifs(quzhou, [{"tier": "other", "hukou": "elsewhere"}], 0) == []


def test_who_never_registered_is_told_what_registering_would_have_brought():
    """In 乐亭 only who asked for a public school takes part; the what-if lets the child ask."""
    rules = policy.load("laoting-2025")
    facts = {name: answers[0] for name, answers in rules.facts.items()}
    here = {**facts, "tier": "1", "school_id": "A", "zone_id": "ZA", "x": 0.0, "y": 0.0, "channel": "online"}
    people = table(rules, [{**here, "status": "not_registered", "submitted_at": None}])
    others = {"第二实验小学": 0, "吉祥寺小学": 0, "大杨庄小学": 0, "毛庄小学": 0, "毛庄初中": 0, "蔡庄初中": 0}
    others |= {"第三初级中学": 0, "新戴河初级中学": 0, "忠德小学": 0}
    rows = [{**SCHOOL, "school_id": f"o{n}", "name": name} for n, name in enumerate(others)]
    rows = [row | {"stage": "junior" if "初" in row["name"] else "primary"} for row in rows]
    district = lane(rules, [SCHOOL, *rows], {"A": 1} | {row["school_id"]: 0 for row in rows}, [])
    people["submitted_at"] = people["submitted_at"].astype("datetime64[us]")
    outcome = admission.run(people, district, rules, seed="s")
    told = explaining.changes("c000", people, outcome, district, rules, seed="s")
    assert told == ["若报名登记学校（现为未报名）：录取到甲小学（线上报名录取）"]
