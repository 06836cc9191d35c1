"""Faults of the five notices put back by hand: one call, `audit.check` with the intake, finds each, and none elsewhere.

The points are those of the ten faults the five plans once had. Two are no part of an intake, so that `admission.check`
cannot see them: entrants on no roll (7) and moves of late August (10) stand in what an audit names; the same call finds
them (`tests/audit/test_checking.py`). The villagers working in town (6) are in `test_cases_laoting`.
"""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import city_street
from tests.towns.clerks import lane, table
from tests.towns.one_door import faults
from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, applicants, policy, schema, tiers


def intake(book: Register, rules: policy.Policy, **changed: object):
    """Carry out the intake of a book, its children changed by hand before it."""
    district = book.district()
    ranked = tiers.assign(applicants.build(district, rules), rules).assign(**changed)
    return admission.run(ranked, district, rules, seed="s"), ranked, district, rules


def moved(asked, child: str, **changed: object):
    """Return the same intake with the result of one child written over."""
    outcome, *rest = asked
    children = outcome.children.copy()
    children.loc[child, list(changed)] = list(changed.values())
    return replace(outcome, children=children), *rest


def resident(book: Register, name: str) -> None:
    book.child(name)
    book.home(name, 2, 3)
    book.hukou(name, 2, 3)


@pytest.fixture
def twice() -> Register:
    """Return a book in which a registered at s1 and an hour later at s2."""
    book = Register(policy.load("pingcheng-2024"))
    resident(book, "a")
    book.applies("a", "s1", submitted_at="2024-07-02 09:00")
    book.applies("a", "s2", submitted_at="2024-07-02 10:00")
    book.seats(s1=1, s2=1)
    return book


def test_a_first_registration_undone_by_a_second_is_found(twice):
    """四(二): point 1."""
    rules = policy.load("pingcheng-2024")
    assert faults(*intake(twice, rules)) == []
    late = intake(twice, rules, status="double_registration", status_clause="四(二)", unregistered=1)
    assert "1 名儿童在时限内先报的名有效，却按未报名、超期或重复报名处理：a" in faults(*late)


def test_a_private_place_lost_to_a_later_registration_is_found():
    """七(三): point 1."""
    rules = policy.load("pingcheng-2024")
    book = Register(rules)
    resident(book, "a")
    book.applies("a", "p1", sector="private", submitted_at="2024-07-02 09:00")
    book.applies("a", "s1", submitted_at="2024-07-20 09:00")
    book.seats(s1=1, p1=1)
    asked = intake(book, rules)
    assert faults(*asked) == []
    lost = moved(asked, "a", status="redirected", school_id="s1", sector="public", round="area-registered")
    assert "1 名儿童已录取到民办学校，后来却失去了这个学位：a" in faults(*lost)


def test_a_child_with_papers_missing_left_beside_empty_seats_is_found():
    """七(一), 六(四): point 2."""
    rules = policy.load("pingcheng-2024")
    book = Register(rules)
    book.child("a")
    book.home("a", 2, 3, papers=False)
    book.hukou("a", 2, 3)
    book.applies("a", "s1")
    book.seats(s1=1, s2=1)
    asked = intake(book, rules)
    assert asked[0].children.loc["a", ["status", "round"]].tolist() == ["redirected", "area-registered"]
    assert faults(*asked) == []
    rounds = tuple(
        {**item, "takes": {"status": ["registered", "not_registered"]}} if item["id"] == "area-registered" else item
        for item in rules.rounds
    )
    before = intake(book, replace(rules, rounds=rounds))
    assert "1 名未录取儿童所在大学区还有空余学位：a" in faults(*before)


def test_a_preference_without_a_reserved_seat_that_comes_behind_everybody_is_found():
    """衢州 三(六)15: point 3; the rounds of the own tier leave her out, the county sends her elsewhere."""
    rules = policy.load("quzhou-2022")
    child = {**city_street.RESIDENT, "category": "现役军人子女", "category_basis": "党委会决定"}
    district = city_street.town(rules, {"A": 3, "B": 3, "P": 0}, reserved={"A": 0})
    ranked = city_street.ranked(rules, [(child, {})] + [(city_street.RESIDENT, {})] * 2)
    own = admission.run(ranked, district, rules, seed="s")
    assert own.children.loc["c000", "round"] == "resident"
    assert faults(own, ranked, district, rules) == []
    shut = replace(
        rules,
        rounds=tuple(
            {**item, "excludes": {"special": ["yes"]}} if item["id"].startswith("resident") else item
            for item in rules.rounds
        ),
    )
    behind = admission.run(ranked, district, shut, seed="s")
    assert "1 名政策保障生没有按自己的类别参加录取：c000" in faults(behind, ranked, district, shut)


def test_a_child_of_another_city_in_a_private_school_is_found():
    """衢州 三(一)2: point 3."""
    rules = policy.load("quzhou-2022", set={"qz.buzhao_city": True})
    book = Register(rules)
    book.child("a")
    book.away("a", code="330100")
    book.applies("a", "p1", sector="private")
    book.seats(p1=5)
    asked = intake(book, rules)
    assert faults(*asked) == []
    let_in = moved(asked, "a", status="private", school_id="p1", school="忠德小学", sector="private", round="private")
    assert "1 名市外儿童被民办学校补招：a" in faults(*let_in)


def test_a_child_put_behind_by_a_second_home_is_found():
    """七(一)1: point 4; the second-hand home of last October is not in time, the new one of May is."""
    rules = policy.load("pingcheng-2024")
    book = Register(rules)
    book.child("a")
    book.home("a", 2, 3, dated_on="2024-05-01")
    book.home("a", 3, 3, dated_on="2023-10-01", second_hand=True)
    book.hukou("a", 2, 4)
    book.applies("a", "s1")
    book.seats(s1=1)
    asked = intake(book, rules)
    assert asked[1].loc["a", "tier"] == "1"
    assert faults(*asked) == []
    lower = pd.Categorical(["2"], categories=rules.table.order, ordered=True)
    behind = intake(book, rules, tier=lower, tier_rank=pd.Series([1], ["a"], dtype="int8"))
    assert "1 名儿童因多一处住房而排后或不能参加：a" in faults(*behind)


def test_a_leaver_sent_back_to_where_it_lives_is_found():
    """洮北 二: point 5; a left the primary of township t1 and lives in t2."""
    rules = policy.load("taobei-2024")
    rows = [("P1", "t1", "primary"), ("J1", "t1", "junior"), ("J2", "t2", "junior")]
    schools = pd.DataFrame(rows, columns=["school_id", "township_id", "stage"])
    schools = schools.assign(name=schools["school_id"], sector="public", urban=False, status="open", x=0.0)

    district = lane(rules, schools.to_dict("records"), {"J1": 2, "J2": 2}, [])
    empty = {name: schema.empty(name) for name in ("children", "homes", "hukou", "permits", "applications")}
    district = replace(district, tables=empty | district.tables)
    child = {"stage": "junior", "prev_school_id": "P1", "x": 0.0, "y": 0.0, "tier": "township", "school_id": "J1"}
    for said, found in ((child, False), ({**child, "tier": "returned", "school_id": "J2"}, True)):
        ranked = table(rules, [said])
        outcome = admission.run(ranked, district, rules, seed="s")
        assert any("没有登记到本乡镇初中" in text for text in faults(outcome, ranked, district, rules)) is found


def test_a_child_registered_in_two_counties_and_let_stand_is_found():
    """衢州 三(四)10: point 10; a public school of 柯城, a private one of 衢江."""
    rules = policy.load("quzhou-2022")
    book = Register(rules)
    resident(book, "a")
    book.applies("a", "s1")
    book.applies("a", "p1", sector="private")
    book.seats(s1=1, p1=1)
    asked = intake(book, rules)
    assert asked[1].loc["a", "status"] == "double_registration"
    assert faults(*asked) == []
    stands = intake(book, rules, status="registered", status_clause="", status_private="registered", unregistered=0)
    assert "1 名儿童在两个县（市、区）报名，却按有效报名处理：a" in faults(*stands)


def test_a_child_registered_at_private_schools_of_two_counties_is_found():
    """衢州 三(四)10: point 10; both schools are private, one of 柯城 and one of 衢江."""
    rules = policy.load("quzhou-2022")
    book = Register(rules)
    book.child("a")
    book.home("a", 13, 4)
    book.hukou("a", 13, 4)
    book.applies("a", "p1", sector="private")
    book.applies("a", "s1", choice_n=2)
    book.seats(s2=1, p1=1)
    district = book.district()
    schools, filed = district.schools, district.table("applications").assign(sector="private")
    schools = schools.assign(sector=schools["sector"].mask(schools["school_id"] == "s1", "private"))
    district = replace(district, schools=schools, tables=district.tables | {"applications": filed})
    ranked = tiers.assign(applicants.build(district, rules), rules)
    assert ranked.loc["a", ["status", "status_private"]].tolist() == ["double_registration"] * 2
    outcome = admission.run(ranked, district, rules, seed="s")
    assert faults(outcome, ranked, district, rules) == []
    let_in = ranked.assign(status="registered", status_clause="", status_private="registered", unregistered=0)
    outcome = admission.run(let_in, district, rules, seed="s")
    found = faults(outcome, let_in, district, rules)
    assert "1 名儿童在两个县（市、区）报名，却按有效报名处理：a" in found


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025", "quzhou-2022", "taobei-2024"])
def test_a_blank_hukou_taken_for_one_outside_is_found(name):
    """Point 9: a has a home in the zone and no page of a register in the papers."""
    rules = policy.load(name)
    book = Register(rules)
    book.child("a")
    book.home("a", 2, 3)
    book.applies("a", "s1")
    book.seats(s1=1)
    asked = intake(book, rules)
    assert asked[1].loc["a", "status"] == "incomplete"
    assert faults(*asked) == []
    judged = intake(book, rules, status="registered", status_clause="", unregistered=0)
    assert "1 名儿童没有户籍材料，却当作户籍在外认定：a" in faults(*judged)


def test_a_home_of_which_nobody_wrote_whether_it_is_second_hand_taken_for_a_new_one_is_found():
    """平城 七(一)1: point 9; bought in October, which is in time for a new home and too late for a second-hand one."""
    rules = policy.load("pingcheng-2024")
    book = Register(rules)
    book.child("a")
    book.home("a", 2, 3, dated_on="2023-10-01", second_hand=None)
    book.hukou("a", 2, 3)
    book.applies("a", "s1")
    book.seats(s1=1)
    asked = intake(book, rules)
    assert asked[1].loc["a", "status"] == "incomplete"
    assert faults(*asked) == []
    judged = intake(book, rules, status="registered", status_clause="", unregistered=0)
    assert "1 名儿童有会改变类别的空格（是否二手房、日期），却没有先问：a" in faults(*judged)


def test_a_child_given_to_the_zone_it_did_not_register_in_is_found():
    """衢州 三(四)10, 统筹生: point 3; home in the zone of s3, hukou in that of s2, where the family registered."""
    rules = policy.load("quzhou-2022")
    book = Register(rules)
    book.child("a")
    book.home("a", 24, 5)
    book.hukou("a", 13, 4)
    book.applies("a", "s2")
    book.seats(s2=1, s3=1)
    asked = intake(book, rules)
    assert asked[0].children.loc["a", "school_id"] == "s2"
    assert faults(*asked) == []
    away = intake(book, rules, school_id="s3", zone_id="z3")
    assert "1 名儿童在自己一处地址的学区学校报名，却算到另一个学区：a" in faults(*away)


def test_a_resident_kept_out_of_a_private_school_for_the_seat_it_holds_is_found():
    """衢州 三(六)17: point 3; a wrong program lets only children without any seat draw."""
    rules = policy.load("quzhou-2022")
    book = Register(rules)
    book.child("a")
    book.home("a", 13, 4)
    book.hukou("a", 13, 4)
    book.applies("a", "s2")
    book.applies("a", "p1", sector="private")
    book.seats(s2=1, p1=1)
    asked = intake(book, rules)
    assert asked[0].children.loc["a", "school_id"] == "p1"
    assert faults(*asked) == []
    rounds = tuple(
        {**item, "takes": {**item["takes"], "placed": ["none"]}} if item["kind"] == "lottery" else item
        for item in rules.rounds
    )
    kept, *_ = intake(book, replace(rules, rounds=rounds))
    said = faults(kept, *asked[1:3], rules)
    assert "1 名儿童报了有空余学位的民办学校，却因已有公办学位没有录取：a" in said


def test_a_child_named_as_over_the_plan_is_found():
    """洮北 二, 五: point 5; over-plan is counted and nobody named, where a wrong program lets tickets decide."""
    rules = policy.load("taobei-2024")
    book = Register(rules)
    for name in ("a", "b"):
        resident(book, name)
        book.applies(name, "s1")
    book.seats(s1=1)
    outcome, *given = intake(book, rules)
    assert outcome.children["status"].tolist() == ["undetermined"] * 2
    assert faults(outcome, *given) == []
    named, *_ = intake(book, policy.load("taobei-2024", set={"tb.overflow": "designate"}))
    assert any("文件没有规定同类先后" in text for text in faults(named, *given))


def test_a_child_made_to_wait_by_a_second_home_is_found():
    """衢州: point 4; with the first home alone the registration stands."""
    rules = policy.load("quzhou-2022")
    book = Register(rules)
    resident(book, "a")
    book.home("a", 3, 3)
    book.applies("a", "s1")
    book.seats(s1=1)
    assert faults(*intake(book, rules)) == []
    waits = intake(book, rules, status="incomplete", status_clause="三(五)13", unregistered=1)
    assert "1 名儿童因多一处住房而排后或不能参加：a" in faults(*waits)


def test_a_family_told_to_come_although_it_is_verified_online_is_found():
    """平城 六(二): point 8; home and hukou in the zone, the title in hand, registered online."""
    rules = policy.load("pingcheng-2024")
    book = Register(rules)
    resident(book, "a")
    book.applies("a", "s1", submitted_at="2024-07-02 09:00")
    book.seats(s1=1)
    asked = intake(book, rules)
    assert asked[1].loc["a", "verification"] == "online"
    assert faults(*asked) == []
    told = intake(book, rules, verification="onsite")
    assert "1 名儿童被告知的办法（如网上、现场审验）与其材料不符：a" in faults(*told)
