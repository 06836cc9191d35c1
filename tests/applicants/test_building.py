"""Applicants: children of the town on paper, each with the school, tier and clause the text gives it."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns.paper_town import Register
from zhaosheng_analysis import applicants, demo, policy, tiers
from zhaosheng_analysis.applicants import FACTS, registration
from zhaosheng_analysis.policy.vocabulary import CHECKS, STATUSES
from zhaosheng_analysis.policy.vocabulary import FACTS as WORDS
from zhaosheng_analysis.schema import DataError


def laoting() -> Register:
    """Write down the children of 乐亭's rules, one for each sentence."""
    book = Register(policy.load("laoting-2025"))
    cases = {
        "two-unity": ("s1", lambda n: (book.home(n, 2, 3), book.hukou(n, 2, 3))),
        "gap": ("s1", lambda n: (book.home(n, 2, 3), book.hukou(n, 15, 3))),
        "several": ("s2", lambda n: (book.home(n, 2, 3), book.home(n, 15, 4, occupied=False), book.hukou(n, 15, 4))),
        "no-hukou": ("s1", lambda n: (book.home(n, 2, 3), book.away(n))),
        "demolished": ("s1", lambda n: (book.home(n, 2, 3, owner="other", evidence="rent"), book.hukou(n, 15, 3))),
        "parent-hukou": ("s2", lambda n: book.hukou(n, 15, 3)),
        "migrant": ("s2", lambda n: (book.away(n), book.permit(n, 2, 3))),
        "half-permit": ("s2", lambda n: (book.away(n), book.permit(n, 2, 3, who="guardian"))),
        "elders": (
            "s2",
            lambda n: (book.home(n, 15, 3, owner="grandparent"), book.hukou(n, 15, 3, head="grandparent")),
        ),
        "elders-new": (
            "s2",
            lambda n: (
                book.home(n, 15, 3, owner="grandparent"),
                book.hukou(n, 15, 3, head="grandparent", who="child"),
                book.hukou(n, 15, 3, head="grandparent", who="father mother", since_on="2024-10-01"),
            ),
        ),
        "elders-late": (
            "s2",
            lambda n: (
                book.home(n, 15, 3, owner="grandparent"),
                book.hukou(n, 15, 3, head="grandparent", since_on="2024-09-01"),
            ),
        ),
        "no-permit": ("s1", lambda n: (book.home(n, 2, 3, owner="other", evidence="rent"), book.away(n))),
        "village": ("s3", lambda n: (book.home(n, 25, 3), book.hukou(n, 25, 3))),
        "corner": ("s2", lambda n: (book.home(n, 9, 9), book.hukou(n, 9, 9))),
        "corner-silent": ("", lambda n: (book.home(n, 9, 9), book.hukou(n, 9, 9))),
        "nobody": ("s2", lambda n: (book.home(n, 15, 11), book.hukou(n, 15, 11))),
    }
    for name, (school, papers) in cases.items():
        book.child(name, demolition=name == "demolished", demolition_papers=name == "demolished")
        papers(name)
        if school:
            book.applies(name, school)
    book.child("late")
    book.home("late", 2, 3)
    book.hukou("late", 2, 3)
    book.applies("late", "s1", submitted_at="2025-07-09 17:00:01")
    book.child("young", birth_on="2019-09-01")
    book.hukou("young", 2, 3)
    book.applies("young", "s1")
    return book


EXPECTED = {
    "two-unity": ("s1", "z1", "1", "registered", "二(二)1"),
    "gap": ("s1", "z1", "1b", "registered", "二(二)1"),
    "several": ("s2", "z2", "1", "registered", "二(二)1"),
    "no-hukou": ("s1", "z1", "2", "registered", "二(二)2"),
    "demolished": ("s1", "z1", "3", "registered", "二(二)3(1)"),
    "parent-hukou": ("s2", "z2", "3", "registered", "二(二)3(2)"),
    "migrant": ("s2", "z2", "4", "registered", "二(二)4"),
    "half-permit": ("s2", "z2", "4", "incomplete", "二(二)4"),
    "elders": ("s2", "z2", "3", "registered", "二(二)3(2)"),
    "elders-new": ("s2", "z2", "5", "registered", "二(二)5"),
    "elders-late": ("s2", "z2", "6", "registered", "二(二)5"),
    "no-permit": ("s1", "z1", "N", "registered", "二(二)4"),
    "village": ("s3", "z3", "R", "registered", "二(一)"),
    "corner": ("s2", "z4", "1", "registered", "二(二)1"),
    "corner-silent": ("s1", "z4", "1", "not_registered", "二(二)1"),
    "late": ("s1", "z1", "1", "out_of_window", "二(二)1"),
    "young": ("s1", "z1", "3", "under_age", "二(二)3(2)"),
}


@pytest.fixture(scope="module")
def laoting_children() -> pd.DataFrame:
    rules = policy.load("laoting-2025")
    return tiers.assign(applicants.build(laoting().district(), rules), rules)


@pytest.mark.parametrize("name", EXPECTED)
def test_laoting_gives_each_child_the_school_the_tier_and_the_clause_of_its_sentence(laoting_children, name):
    row = laoting_children.loc[name]
    assert (row["school_id"], row["zone_id"], row["tier"], row["status"], row["residence_clause"]) == EXPECTED[name]


def test_an_address_no_zone_claims_falls_back_on_the_application_and_has_no_zone(laoting_children):
    row = laoting_children.loc["nobody"]
    assert row["residence"] == "applied"
    assert pd.isna(row["zone_id"])
    assert row["home_at"] == "town"


def test_every_child_has_a_status_and_a_reason_when_it_does_not_stand(laoting_children):
    assert len(laoting_children) == len(EXPECTED) + 1
    assert set(laoting_children["status"]) <= set(STATUSES)
    assert ((laoting_children["status_clause"] != "") == (laoting_children["status"] != "registered")).all()
    assert laoting_children.loc["late", "status_clause"] == "二(三)1(1)"
    assert laoting_children.loc["half-permit", "status_clause"] == "二(三)1(2)"


def test_two_addresses_in_one_choice_zone_are_seen_from_both_its_schools(laoting_children):
    assert laoting_children.loc["corner", "home_at"] == "zone"
    assert laoting_children.loc["corner-silent", "home_at"] == "zone"


def test_an_overlap_may_go_to_the_first_school_listed_or_stop_the_run():
    rules = policy.load("laoting-2025", set={"lt.overlap": "first_listed"})
    first = applicants.build(laoting().district(), rules)
    assert first.loc[["corner", "corner-silent"], "school_id"].tolist() == ["s1", "s1"]
    assert first.loc[["corner", "corner-silent"], "zone_id"].tolist() == ["z1", "z1"]
    with pytest.raises(DataError, match="2 名儿童住在两校都列名的地方"):
        applicants.build(laoting().district(), policy.load("laoting-2025", set={"lt.overlap": "error"}))


def test_who_lives_with_grandparents_follows_the_rule_that_is_chosen():
    rules = policy.load("laoting-2025", set={"lt.grand_rule": "3"})
    children = tiers.assign(applicants.build(laoting().district(), rules), rules)
    assert children.loc["elders", ["tier", "residence"]].tolist() == ["3", "hukou"]


def test_one_parent_is_enough_unless_the_policy_asks_for_both():
    book = Register(policy.load("laoting-2025"))
    book.child("mixed")
    book.hukou("mixed", 15, 3, who="child mother")
    book.away("mixed", who="father")
    book.applies("mixed", "s2")
    found = {}
    for way in ("any", "all"):
        rules = policy.load("laoting-2025", set={"guardian.match": way})
        found[way] = tiers.assign(applicants.build(book.district(), rules), rules).loc["mixed"]
    assert (found["any"]["tier"], found["any"]["guardian_hukou_at"]) == ("3", "zone")
    assert (found["all"]["tier"], found["all"]["guardian_hukou_at"]) == ("6", "outside")


@pytest.mark.parametrize(("way", "school"), [("building", "s1"), ("estate", "s2")])
def test_a_home_is_where_its_building_stands_or_where_its_estate_lies(way, school):
    """A-G11: the building stands in 甲's zone, the middle of its estate (the whole town) in 乙's."""
    book = Register(policy.load("laoting-2025"))
    book.child("edge")
    book.home("edge", 2, 3, unit_id="n1")
    children = applicants.build(book.district(), policy.load("laoting-2025", set={"address.locate": way}))
    assert children.loc["edge", "school_id"] == school


@pytest.mark.parametrize(("carried", "hour"), [(False, "2025-07-14 09:30"), (True, "2025-07-07 10:00")])
def test_who_failed_online_and_comes_on_site_stands_by_that_time_or_by_the_first(carried, hour):
    """A-LT14: the window is that of the second time, the place in the queue that of the first if it is carried."""
    book = Register(policy.load("laoting-2025"))
    book.child("again")
    book.home("again", 2, 3)
    book.hukou("again", 2, 3)
    book.applies("again", "s1", channel="onsite", submitted_at="2025-07-14 09:30", online_at="2025-07-07 10:00")
    row = applicants.build(book.district(), policy.load("laoting-2025", set={"lt.carry_online_ts": carried})).loc[
        "again"
    ]
    assert (row["status"], row["channel"], row["submitted_at"]) == ("registered", "onsite", pd.Timestamp(hour))


@pytest.mark.parametrize(("band", "flagged"), [(0.0, True), (0.2, False), (0.1, True), (1.0, False)])
def test_how_far_from_the_market_a_price_is_told_is_a_parameter(band, flagged):
    """A-LT22: an untransferred home for 0.85 of the usual price."""
    book = Register(policy.load("laoting-2025"))
    book.child("cheap")
    book.home("cheap", 2, 3, evidence="untransferred", price_ratio=0.85)
    children = applicants.build(book.district(), policy.load("laoting-2025", set={"lt.price_band": band}))
    assert bool(children.loc["cheap", "price_flag"]) is flagged


@pytest.mark.parametrize(("counted", "origin"), [(True, "district"), (False, "outside")])
def test_who_holds_a_permit_of_the_county_is_of_the_county_or_not(counted, origin):
    """A-LT15."""
    book = Register(policy.load("laoting-2025"))
    book.child("migrant")
    book.away("migrant")
    book.permit("migrant", 2, 3)
    rules = policy.load("laoting-2025", set={"lt.county_includes_permit": counted})
    assert applicants.build(book.district(), rules).loc["migrant", "origin"] == origin


def pingcheng() -> Register:
    """Write down children of 平城's rules around the zone of s1."""
    book = Register(policy.load("pingcheng-2024"))
    cases = {
        "full": ("s1", lambda n: (book.home(n, 2, 3), book.hukou(n, 2, 3))),
        "late-home": ("s1", lambda n: (book.home(n, 2, 3, dated_on="2024-07-01"), book.hukou(n, 2, 3))),
        "second-hand": (
            "s1",
            lambda n: (book.home(n, 2, 3, second_hand=True, dated_on="2023-07-01"), book.hukou(n, 2, 3)),
        ),
        "elsewhere": ("s1", lambda n: (book.home(n, 2, 3), book.hukou(n, 15, 3))),
        "outsider": ("s1", lambda n: (book.home(n, 2, 3), book.away(n))),
        "hukou-only": ("s1", lambda n: book.hukou(n, 2, 3)),
        "unfinished": ("s1", lambda n: (book.home(n, 2, 3, evidence="presale", accepted=False), book.hukou(n, 2, 3))),
        "migrant": ("s1", lambda n: (book.away(n), book.permit(n, 2, 3))),
        "renter": ("s1", lambda n: (book.home(n, 2, 3, owner="other", evidence="rent"), book.hukou(n, 15, 3))),
        "stranger": ("s1", lambda n: (book.home(n, 15, 3), book.hukou(n, 15, 3))),
        "corner": ("s2", lambda n: (book.home(n, 9, 9), book.hukou(n, 9, 9))),
        "silent": ("", lambda n: (book.home(n, 2, 3), book.hukou(n, 2, 3))),
        "two-sectors": ("s1", lambda n: (book.home(n, 2, 3), book.hukou(n, 2, 3))),
        "papers": ("s1", lambda n: (book.home(n, 2, 3, papers=False), book.hukou(n, 2, 3))),
        "private": ("", lambda n: (book.home(n, 15, 3), book.hukou(n, 15, 3))),
    }
    for name, (school, papers) in cases.items():
        book.child(name)
        papers(name)
        if school:
            book.applies(name, school)
    book.applies("two-sectors", "p1", sector="private")
    book.applies("private", "p1", sector="private")
    return book


PINGCHENG = {
    "full": ("s1", "1", "registered"),
    "late-home": ("s1", "2", "registered"),
    "second-hand": ("s1", "2", "registered"),
    "elsewhere": ("s1", "3a", "registered"),
    "outsider": ("s1", "3b", "registered"),
    "hukou-only": ("s1", "4", "registered"),
    "unfinished": ("s1", "4", "registered"),
    "migrant": ("s1", "5", "registered"),
    "renter": ("s1", "6", "registered"),
    "stranger": ("s1", "x", "registered"),
    "corner": ("s2", "1", "registered"),
    "silent": ("s1", "1", "not_registered"),
    "two-sectors": ("s1", "1", "double_registration"),
    "papers": ("s1", "1", "incomplete"),
    "private": ("s2", "1", "registered"),
}


@pytest.fixture(scope="module")
def pingcheng_children() -> pd.DataFrame:
    rules = policy.load("pingcheng-2024")
    return tiers.assign(applicants.build(pingcheng().district(), rules), rules)


@pytest.mark.parametrize("name", PINGCHENG)
def test_pingcheng_sees_each_child_from_the_school_it_applied_to(pingcheng_children, name):
    row = pingcheng_children.loc[name]
    assert (row["school_id"], row["tier"], row["status"]) == PINGCHENG[name]


def test_the_settlement_day_is_the_later_of_home_and_hukou(pingcheng_children):
    assert pingcheng_children.loc["full", "settled_on"] == pd.Timestamp("2020-06-01")
    assert pingcheng_children.loc["late-home", "settled_on"] == pd.Timestamp("2024-07-01")
    assert pd.isna(pingcheng_children.loc["hukou-only", "settled_on"])


def test_where_a_child_comes_from_is_said_for_the_private_rounds(pingcheng_children):
    assert pingcheng_children.loc["outsider", "origin"] == "outside"
    assert pingcheng_children.loc["migrant", "origin"] == "district"
    assert (pingcheng_children["local"] == "yes").all()
    assert pingcheng_children.loc["silent", "unregistered"] == 1


def test_a_date_the_homes_table_does_not_have_is_asked_for():
    rules = policy.load("pingcheng-2024", set={"pc.house_date": "move_in"})
    with pytest.raises(DataError, match="homes 表没有列「moved_on」"):
        applicants.build(pingcheng().district(), rules)


@pytest.mark.parametrize(
    ("clock", "day"), [("registration", "2020-06-01"), ("webcontract", "2021-03-02"), ("move_in", "2022-08-09")]
)
def test_a_home_counts_from_the_day_the_parameter_names(clock, day):
    book = pingcheng()
    (home,) = [row for row in book.tables["homes"] if row["child_id"] == "full"]
    home |= {"contract_on": "2021-03-02", "moved_on": "2022-08-09"}
    children = applicants.build(book.district(), policy.load("pingcheng-2024", set={"pc.house_date": clock}))
    assert children.loc["full", "settled_on"] == pd.Timestamp(day)


def test_an_intake_that_is_not_there_is_said():
    with pytest.raises(DataError, match="没有 2025 年入学的儿童"):
        applicants.build(pingcheng().district(), policy.load("laoting-2025"))


@pytest.mark.parametrize(("make", "name"), [(laoting, "laoting-2025"), (pingcheng, "pingcheng-2024")])
def test_the_order_of_the_rows_of_any_table_does_not_matter(make, name):
    rules, book = policy.load(name), make()
    straight = applicants.build(book.district(), rules)
    for rows in book.tables.values():
        rows.reverse()
    pd.testing.assert_frame_equal(applicants.build(book.district(), rules), straight)


def test_a_home_nobody_else_uses_changes_nobody_else():
    rules, book = policy.load("laoting-2025"), laoting()
    before = applicants.build(book.district(), rules)
    book.child("new")
    book.home("new", 3, 3)
    book.hukou("new", 3, 3)
    after = applicants.build(book.district(), rules)
    pd.testing.assert_frame_equal(after.drop(index="new"), before)


def test_the_vocabulary_and_the_functions_agree():
    assert set(FACTS) == set(WORDS) == set(applicants.FACTS)
    assert set(registration.CHECKS) == set(CHECKS)
    assert all(function.__doc__ for function in (*FACTS.values(), *registration.CHECKS.values()))


@pytest.mark.parametrize(
    ("said", "bought", "status"),
    [(None, "2024-05-01", "incomplete"), (False, "2024-05-01", "registered"), (None, "2020-05-01", "registered")],
)
def test_a_blank_is_not_no_a_home_that_may_be_second_hand_is_asked_about(said, bought, status):
    """平城 七(一)1: bought within the last year it is in time if new, not if second-hand; older it does not matter."""
    rules, book = policy.load("pingcheng-2024"), Register(policy.load("pingcheng-2024"))
    book.child("a")
    book.home("a", 2, 3, dated_on=bought, second_hand=said)
    book.hukou("a", 2, 3)
    book.applies("a", "s1")
    assert applicants.build(book.district(), rules).loc["a", "status"] == status


@pytest.mark.parametrize("name", ["pingcheng-2024", "laoting-2025", "quzhou-2022", "taobei-2024"])
def test_no_hukou_in_the_papers_is_not_one_outside(name):
    rules, book = policy.load(name), Register(policy.load(name))
    for child in ("none", "away"):
        book.child(child)
        book.home(child, 2, 3)
        book.applies(child, "s1")
    book.away("away")
    assert applicants.build(book.district(), rules)["status"].to_dict() == {"none": "incomplete", "away": "registered"}


@pytest.mark.parametrize(
    ("name", "who", "asked"),
    [
        ("quzhou-2022", "child", True),  # 三者一致, or 统筹生
        ("quzhou-2022", "child mother", False),
        ("laoting-2025", "child", True),  # 两统一, or not
        ("pingcheng-2024", "child", False),  # nothing hangs on it
    ],
)
def test_no_hukou_of_a_guardian_is_asked_about_where_the_tier_hangs_on_it(name, who, asked):
    rules, book = policy.load(name), Register(policy.load(name))
    book.child("a")
    book.home("a", 2, 3)
    book.hukou("a", 2, 3, who=who)
    book.applies("a", "s1")
    row = applicants.build(book.district(), rules).loc["a"]
    assert (row["status"], row["asked_for"] != "") == ("registered", asked)


@pytest.mark.parametrize(
    ("name", "home", "status"),
    [
        ("pingcheng-2024", {}, "incomplete"),  # settled by 30 June, or not
        ("pingcheng-2024", None, "registered"),  # 有户无房: no day is asked
        ("laoting-2025", None, "incomplete"),
        ("laoting-2025", {}, "registered"),
    ],
)
def test_a_day_left_blank_is_asked_about_where_the_tier_hangs_on_it(name, home, status):
    rules, book = policy.load(name), Register(policy.load(name))
    book.child("a")
    if home is not None:
        book.home("a", 2, 3, **home)
    book.hukou("a", 2, 3, since_on=None)
    book.applies("a", "s1")
    assert applicants.build(book.district(), rules).loc["a", "status"] == status


def test_a_folder_without_estates_goes_by_the_points_of_its_papers():
    """Nine plots, drawn and not: the same children in the same zones, where their papers have the plots' middles."""
    town, rules = demo.nine_plots(), policy.load("taobei-2024")
    dated = {name: town.tables[name].assign(intake_year=2024) for name in ("children", "plans")}
    drawn = replace(town, tables={**town.tables, **dated})
    spots = town.units.set_index("unit_id").geometry.centroid
    papers = {name: town.tables[name].copy() for name in ("homes", "hukou")}
    for paper in papers.values():
        there = paper["unit_id"].notna()
        for axis in ("x", "y"):
            paper.loc[there, axis] = getattr(spots, axis).reindex(paper.loc[there, "unit_id"]).to_numpy()
        paper["unit_id"] = None
    bare = replace(drawn, units=town.units.iloc[:0], tables={**drawn.tables, **papers})
    zones = applicants.build(drawn, rules)["zone_id"]
    assert zones.notna().any()
    pd.testing.assert_series_equal(applicants.build(bare, rules)["zone_id"], zones)
