"""The rounds of 衢州 and 洮北 on the street of three schools: worked cases of the texts, counted by hand."""

from dataclasses import replace

import pandas as pd
import pytest
from shapely.geometry import Point

from tests.towns.city_street import MIGRANT, MIXED, RESIDENT, URBAN, choose, ranked, town
from zhaosheng_analysis import admission, policy


def admitted(rules, children, district, seed="2022"):
    """Run the intake, ask it whether it is valid, and return its children."""
    table = ranked(rules, children)
    outcome = admission.run(table, district, rules, seed=seed)
    assert admission.check(outcome, table, district, rules) == []
    return outcome.children


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


@pytest.fixture(scope="module")
def taobei():
    return policy.load("taobei-2024")


@pytest.mark.parametrize("dual", ["hold", "skip"])
def test_qzw_05_and_qzw_06_residents_who_lose_at_the_private_school_come_before_every_mixed_child(quzhou, dual):
    """Ten residents and four 统筹生 for ten seats at A; six residents also chose P, which takes two."""
    rules = policy.under(quzhou, {"qz.step5_dual": dual})
    district = town(rules, {"A": 10, "B": 0, "P": 2}, applications=choose("P", range(6)))
    result = admitted(rules, [(RESIDENT, {})] * 10 + [(MIXED, {})] * 4, district)
    assert result["status"].eq("private").sum() == 2
    assert result.loc[result["status"].eq("private")].index.isin([f"c{n:03d}" for n in range(6)]).all()
    residents = result[result["tier"] == "resident"]
    assert residents["status"].isin(["private", "admitted"]).all()
    assert residents["school_id"].eq("A").sum() == 8
    assert result[result["tier"] == "mixed4"]["status"].value_counts().to_dict() == {"admitted": 2, "unplaced": 2}


def test_a_finalised_resident_no_longer_takes_part_in_the_private_draw(quzhou):
    rules = policy.under(quzhou, {"qz.step5_dual": "finalise"})
    district = town(rules, {"A": 10, "B": 0, "P": 2}, applications=choose("P", range(6)))
    result = admitted(rules, [(RESIDENT, {})] * 10, district)
    assert result["status"].eq("admitted").all()


@pytest.mark.parametrize(("applicants", "out"), [(48, 0), (49, 1)])
def test_qzw_08_a_private_school_draws_only_when_more_apply_than_it_has_seats(quzhou, applicants, out):
    """48 seats, 48 or 49 first choices."""
    district = town(quzhou, {"A": 60, "B": 0, "P": 48}, applications=choose("P", range(applicants)))
    result = admitted(quzhou, [(MIXED, {})] * applicants, district)
    assert result["status"].eq("private").sum() == 48
    assert result["school_id"].eq("A").sum() == out


def test_qzw_10_second_choices_only_share_what_first_choices_leave(quzhou):
    """27 first choices for 30 seats, then five children who lost elsewhere draw for three."""
    second = pd.DataFrame(
        {"school_id": ["Q"], "name": ["民二校"], "stage": "primary", "sector": "private", "status": "open"}
    ).assign(geometry=[Point(500.0, 0.0)])
    filed = choose("Q", range(27)) + choose("P", range(27, 33)) + choose("Q", range(27, 33), choice=2)
    district = town(quzhou, {"A": 60, "B": 0, "P": 1, "Q": 30}, applications=filed, schools=second)
    result = admitted(quzhou, [(MIXED, {})] * 33, district)
    first, rest = result.iloc[:27], result.iloc[27:]
    assert first["school_id"].eq("Q").all()
    assert rest["school_id"].value_counts().to_dict() == {"Q": 3, "A": 2, "P": 1}


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_a_first_choice_the_rules_bar_does_not_make_the_second_one_first(quzhou, seed):
    """三(六)16: batch k uses k-th choices only. The first choice of c000 is a school of another county."""
    away = pd.DataFrame(
        {"school_id": ["Q"], "name": ["外县民校"], "stage": "primary", "sector": "private", "status": "open"}
    ).assign(geometry=[Point(500.0, 0.0)])
    filed = choose("Q", [0]) + choose("P", [0], choice=2) + choose("P", [1])
    district = town(quzhou, {"A": 5, "B": 0, "P": 1, "Q": 1}, applications=filed, schools=away)
    schools = district.schools.assign(area_id=["kecheng"] * 3 + ["qujiang"])
    result = admitted(quzhou, [(MIXED, {})] * 2, replace(district, schools=schools), seed=seed)
    assert result["school_id"].tolist() == ["A", "P"]


def test_qzw_15_a_private_junior_takes_its_own_leavers_first_and_draws_for_the_rest(quzhou):
    """Plan 120, 100 go straight on, 30 outsiders draw for 20 seats."""
    junior = pd.DataFrame(
        {"school_id": ["N"], "name": ["民办九年一贯制"], "stage": "both", "sector": "private", "status": "open"}
    ).assign(geometry=[Point(0.0, 100.0)])
    own = {"stage": "junior", "prev_school_kind": "own", **MIXED}
    other = {"stage": "junior", "prev_school_kind": "district", **MIXED}
    people = [(own, {"prev_school_id": "N", "school_id": ""})] * 100 + [(other, {"school_id": ""})] * 30
    district = town(quzhou, {"A": 0, "B": 0, "P": 0}, applications=choose("N", range(130)), schools=junior)
    plan = district.tables["plans"].iloc[[0]].assign(school_id="N", stage="junior", seats_n=120)
    district.tables["plans"] = pd.concat([district.tables["plans"], plan], ignore_index=True)
    result = admitted(quzhou, people, district)
    assert result.iloc[:100]["round"].eq("promotion").all()
    assert result.iloc[100:]["school_id"].eq("N").sum() == 20


def test_seats_of_policy_children_are_kept_back_from_the_residents(quzhou):
    """Ten seats, two of them approved for 政策保障生: twelve residents share eight, both policy children are in."""
    policy_child = {**RESIDENT, "category": "现役军人子女", "category_basis": "党委会决定"}
    district = town(quzhou, {"A": 10, "B": 0, "P": 0}, reserved={"A": 2})
    result = admitted(quzhou, [(RESIDENT, {})] * 12 + [(policy_child, {})] * 2, district)
    assert result.iloc[12:]["round"].eq("policy").all()
    assert result.iloc[:12]["status"].eq("admitted").sum() == 8


def test_a_policy_child_without_a_reserved_seat_stands_with_its_own_tier_and_not_behind_everybody(quzhou):
    """One seat is approved for two 政策保障生 who are residents: the other is a resident like the six for six seats."""
    policy_child = {**RESIDENT, "category": "现役军人子女", "category_basis": "党委会决定"}
    district = town(quzhou, {"A": 7, "B": 0, "P": 0}, reserved={"A": 1})
    result = admitted(quzhou, [(policy_child, {})] * 2 + [(RESIDENT, {})] * 5 + [(MIXED, {})] * 3, district)
    assert sorted(result.iloc[:2]["round"]) == ["policy", "resident"]
    assert result["status"].eq("admitted").tolist() == [True] * 7 + [False] * 3


def test_a_resident_who_keeps_a_public_seat_takes_part_in_the_refill_and_nobody_from_outside_the_city_does(quzhou):
    """三(六)17, 三(一)2: Q is approved by the city and lies in another county; c000 holds A, c002 is of no county."""
    rules = policy.under(quzhou, {"qz.buzhao_city": True})
    other = pd.DataFrame(
        {"school_id": ["Q"], "name": ["市批民校"], "stage": "primary", "sector": "private", "status": "open"}
    ).assign(geometry=[Point(3000.0, 0.0)])
    district = town(rules, {"A": 5, "B": 0, "P": 1, "Q": 4}, schools=other, applications=choose("Q", range(3)))
    schools = district.schools.assign(approver="city")
    schools["area_id"] = schools["area_id"].mask(schools["school_id"].eq("Q"), "jiangshan")
    people = [(RESIDENT, {}), (MIXED, {}), ({}, {"school_id": "", "zone_id": "", "area_id": "", "local": "no"})]
    result = admitted(rules, people, replace(district, schools=schools))
    assert result["school_id"].fillna("").tolist() == ["Q", "Q", ""]


def test_an_unused_policy_seat_falls_back_to_those_who_still_wait(quzhou):
    district = town(quzhou, {"A": 10, "B": 0, "P": 0}, reserved={"A": 2})
    result = admitted(quzhou, [(RESIDENT, {})] * 12, district)
    assert result["status"].eq("admitted").sum() == 10


def test_qzw_13_a_private_school_takes_nobody_of_another_county(quzhou):
    """补招 in other counties needs a city-approved school and an approval."""
    district = town(quzhou, {"A": 5, "B": 0, "P": 5}, applications=choose("P", range(4)))
    there = [(MIXED, {"area_id": "kecheng"})] * 2 + [(MIXED, {"area_id": "jiangshan", "school_id": ""})] * 2
    result = admitted(quzhou, there, district)
    assert result.iloc[:2]["status"].eq("private").all()
    assert not result.iloc[2:]["status"].eq("private").any()
    approved = policy.under(quzhou, {"qz.buzhao_city": True})
    still = admitted(approved, there, district)
    assert not still.iloc[2:]["status"].eq("private").any()
    district = replace(district, schools=district.schools.assign(approver="city"))
    assert admitted(approved, there, district)["status"].eq("private").all()


def test_qzw_11_a_seat_given_up_stays_empty_and_only_hardship_leads_back_to_public_schools(quzhou):
    """c000 gives up P without a reason, c001 with proof and consent; c002 waits for P in vain."""
    given_up = pd.DataFrame(
        {"child_id": ["c000", "c001"], "school_id": "P", "proof": [False, True], "consent": [False, True]}
    )
    people = [(MIXED, {})] * 2 + [(MIXED, {})]
    filed = choose("P", range(2))
    district = town(quzhou, {"A": 5, "B": 0, "P": 2}, applications=filed, withdrawals=given_up)
    result = admitted(quzhou, people, district)
    assert result.loc["c000", "school_id"] != "A"
    assert result.loc["c001", "school_id"] == "A"
    assert not result["school_id"].eq("P").any()


def test_children_of_a_commissioned_zone_enter_before_the_private_choices_and_those_agreed_upon_too(quzhou):
    served = {**MIXED, "commissioned": True}
    agreed = {**MIXED, "agreement": True}
    people = [(served, {"school_id": "P"})] * 3 + [(agreed, {})] * 2 + [(MIXED, {})] * 5
    district = town(quzhou, {"A": 10, "B": 0, "P": 6}, applications=choose("P", range(3, 10)))
    result = admitted(quzhou, people, district)
    assert result.iloc[:5]["status"].eq("private").all()
    assert result.iloc[5:]["status"].eq("private").sum() == 1


def test_migrants_come_last_and_by_points(quzhou):
    people = [(MIXED, {})] * 3 + [({**MIGRANT, "points_n": points}, {}) for points in (10, 50, 30)]
    result = admitted(quzhou, people, town(quzhou, {"A": 5, "B": 0, "P": 0}))
    assert result["status"].tolist()[:3] == ["admitted"] * 3
    assert result["status"].eq("admitted").tolist()[3:] == [False, True, True]
    before = policy.under(quzhou, {"qz.step9_batches": "migrant_first"})
    assert admitted(before, people, town(before, {"A": 5, "B": 0, "P": 0})).iloc[3:]["status"].eq("admitted").all()


def test_private_seats_are_bought_for_migrants_only_if_the_government_says_so(quzhou):
    people = [(MIGRANT, {})] * 3
    assert admitted(quzhou, people, town(quzhou, {"A": 1, "B": 0, "P": 2}))["status"].eq("unplaced").sum() == 2
    bought = policy.under(quzhou, {"qz.buy_private": True})
    assert not admitted(bought, people, town(bought, {"A": 1, "B": 0, "P": 2}))["status"].eq("unplaced").any()


def test_a_returner_who_comes_late_is_placed_after_everybody_else(quzhou):
    late = {**RESIDENT, "returner": True, "submitted_at": pd.Timestamp("2022-08-01 09:00")}
    stranger = {**RESIDENT, "returner": False, "submitted_at": pd.Timestamp("2022-08-01 09:00")}
    people = [(late, {}), (stranger, {})] + [(RESIDENT, {})] * 2 + [(MIXED, {})]
    result = admitted(quzhou, people, town(quzhou, {"A": 4, "B": 0, "P": 0}))
    assert result.loc["c000", "round"] == "late-returner"
    assert result.loc["c001", "status"] == "out_of_window"
    assert result.iloc[2:]["status"].eq("admitted").all()
    fuller = admitted(quzhou, people, town(quzhou, {"A": 3, "B": 0, "P": 0}))
    assert pd.isna(fuller.loc["c000", "school_id"]) or fuller.loc["c000", "school_id"] == ""


def test_taobei_counts_the_pupils_over_the_plan_and_names_none(taobei):
    """TBW-04, TBW-05: 136 zone pupils, 135 seats: one over, and no order says which."""
    outcome = admission.run(
        ranked(taobei, [(URBAN, {})] * 136), town(taobei, {"A": 135, "B": 5, "P": 0}), taobei, seed="2024"
    )
    assert outcome.children["status"].eq("undetermined").all()
    row = outcome.cuts.set_index("school_id").loc["A"]
    assert row["over_n"] == 1
    enough = admitted(taobei, [(URBAN, {})] * 135, town(taobei, {"A": 135, "B": 5, "P": 0}))
    assert enough["status"].eq("admitted").all()


def test_taobei_moves_the_surplus_only_when_the_parameter_says_so(taobei):
    rules = policy.under(taobei, {"tb.overflow": "designate"})
    result = admitted(rules, [(URBAN, {})] * 136, town(rules, {"A": 135, "B": 5, "P": 0}))
    assert result["school_id"].value_counts().to_dict() == {"A": 135, "B": 1}


def test_taobei_designates_migrants_and_renters_to_the_nearest_seat_zone_pupils_leave(taobei):
    """Three zone pupils fill A up to one seat; of three designated, one gets it and two walk on to B."""
    renter = {"home_at": "none", "hukou_at": "zone", "rent_at": "town"}
    migrant = {"hukou_at": "outside", "rent_at": "zone"}
    people = [(URBAN, {})] * 3 + [(renter, {}), (migrant, {}), (migrant, {})]
    result = admitted(taobei, people, town(taobei, {"A": 4, "B": 5, "P": 0}))
    assert result.iloc[:3]["school_id"].eq("A").all()
    assert result.iloc[3:]["school_id"].value_counts().to_dict() == {"B": 2, "A": 1}
    assert result.iloc[3:]["round"].eq("designated").all()


def test_taobei_takes_nobody_who_belongs_elsewhere(taobei):
    rural = {"home_at": "district", "hukou_at": "district"}
    result = admitted(taobei, [(rural, {})], town(taobei, {"A": 4, "B": 5, "P": 0}))
    assert result["status"].tolist() == ["unplaced"]


def test_a_rural_junior_of_taobei_goes_by_the_primary_attended_not_by_the_home(taobei):
    """Both live by junior J of t2; c000 left a primary of t1, whose junior is K, c001 a primary far away."""
    rural = {"geometry": [Point(0.0, 0.0), Point(900.0, 0.0), Point(950.0, 0.0)], "sector": "public", "status": "open"}
    named = {
        "school_id": ["J", "K", "p1"],
        "name": ["乙镇中学", "甲镇中学", "甲镇小学"],
        "stage": ["junior", "junior", "primary"],
    }
    district = town(taobei, {"A": 0, "B": 0, "P": 0}, schools=pd.DataFrame({**named, **rural}))
    where = {"J": "t2", "K": "t1", "p1": "t1", "A": "t9", "B": "t9", "P": "t9"}
    schools = district.schools.assign(urban=False, township_id=district.schools["school_id"].map(where))
    plan = district.tables["plans"].iloc[[0, 1]].assign(school_id=["J", "K"], stage="junior", seats_n=5)
    district = replace(district, schools=schools, tables={**district.tables, "plans": plan})
    child = {"stage": "junior", "urban": False, "home_at": "zone", "hukou_at": "zone", "prev_township_same": False}
    people = [(child, {"school_id": "J", "prev_school_id": "p1"}), (child, {"school_id": "J", "prev_school_id": "A"})]
    result = admitted(taobei, people, district)
    assert result.loc["c000", ["school_id", "round"]].tolist() == ["K", "township-leaver"]
    assert result.loc["c001", "status"] == "unplaced"
    rules = policy.under(taobei, {"tb.unserved": "designate"})
    assert admitted(rules, people, district).loc["c001", "school_id"] == "J"
    feeders = pd.DataFrame({"primary_id": ["A"], "junior_id": ["J"]})
    fed = replace(district, tables={**district.tables, "feeders": feeders})
    assert admitted(taobei, people, fed).loc["c001", ["school_id", "round"]].tolist() == ["J", "township-feeder"]
