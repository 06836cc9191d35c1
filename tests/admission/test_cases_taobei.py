"""The worked cases of 洮北 that need a town: seats that are too few, a school that closed, pupils sent elsewhere."""

import geopandas as gpd
import pandas as pd
import pytest

from tests.towns import demo_districts
from tests.towns.clerks import lane, table
from zhaosheng_analysis import admission, policy, zones

A = {"school_id": "A", "name": "甲校", "stage": "primary", "sector": "public", "urban": True, "x": 0.0}
B = {**A, "school_id": "B", "name": "乙校", "x": 1500.0}


@pytest.fixture(scope="module")
def rules():
    return policy.load("taobei-2024")


@pytest.fixture(scope="module")
def demo(rules):
    district, people = demo_districts.district("taobei"), demo_districts.ranked("taobei")
    return district, people, admission.run(people, district, rules, seed="demo").children


def intake(rules, said, seats):
    """Carry out the intake of an urban zone, one dict a child, and hold it valid."""
    usual = {"tier": "zone", "school_id": "A", "zone_id": "ZA", "x": 0.0, "y": 0.0}
    people = table(rules, [{**usual, **child} for child in said])
    district = lane(rules, [A, B], seats, [])
    outcome = admission.run(people, district, rules, seed="2024")
    assert admission.check(outcome, people, district, rules) == []
    return outcome


@pytest.mark.parametrize(("seats", "zone_pupils", "over"), [(135, 135, 0), (135, 136, 1), (270, 273, 3)])
def test_tbw_04_and_tbw_05_who_is_over_the_plan_is_counted_and_never_named(rules, seats, zone_pupils, over):
    outcome = intake(rules, [{}] * zone_pupils, {"A": seats, "B": 500})
    cut = outcome.cuts.set_index("school_id").loc["A"]
    assert cut["over_n"] == over
    assert set(outcome.children["status"]) == {"undetermined" if over else "admitted"}
    assert not outcome.children["school_id"].eq("B").any()


def test_tbw_06_pupils_of_the_old_zone_of_the_railway_school_register_at_the_second_middle_school(demo):
    district, people, children = demo
    juniors = people[(people["stage"] == "junior") & (people["residence"] == "home")]
    old = district.zones.query("zone_id == 'tb-zone-tieer'")
    assert old["valid_to"].notna().all()
    spots = gpd.GeoSeries(gpd.points_from_xy(juniors["x"], juniors["y"]), juniors.index, crs=old.crs)
    there = zones.locate(spots, old).notna()
    assert there.sum() >= 20
    assert set(children.loc[juniors.index[there], "zone_school_id"]) == {"tb-sch-j2"}
    assert not children["school_id"].eq("tb-sch-tieer").any()


@pytest.mark.parametrize(("left", "home", "away"), [(2, 2, 1), (0, 0, 3), (5, 3, 0)])
def test_tbw_09_and_tbw_10_renters_and_migrants_get_what_zone_pupils_leave_nearest_first(rules, left, home, away):
    """Of three pupils to be designated those nearest A get what its four zone pupils leave, the others walk to B."""
    sent = [{"tier": "designated", "x": 100.0 * (number + 1)} for number in range(3)]
    children = intake(rules, [{}] * 4 + sent, {"A": 4 + left, "B": 9}).children
    assert children.iloc[:4]["school_id"].eq("A").all()
    assert children.iloc[4:]["school_id"].tolist() == ["A"] * home + ["B"] * away
    assert children.iloc[4:]["round"].eq("designated").all()


def test_tbw_09_a_designated_pupil_never_takes_the_seat_of_zone_pupils_who_are_tied(rules):
    sent = [{"tier": "designated"}]
    children = intake(rules, [{}] * 5 + sent, {"A": 4, "B": 0}).children
    assert children["status"].tolist() == ["undetermined"] * 5 + ["unplaced"]


def test_every_pupil_of_the_demo_has_a_status_and_no_school_takes_more_than_its_plan(demo, rules):
    district, people, children = demo
    assert children.index.tolist() == people.index.tolist()
    plans = district.table("plans").query("intake_year == 2024").groupby("school_id")["seats_n"].sum()
    held = children["school_id"].where(children["status"].eq("admitted")).value_counts()
    assert (held <= plans.reindex(held.index)).all()
    assert set(children["status"]) - set(admission.PLACED) <= {*pd.unique(people["status"]), "unplaced", "undetermined"}


def test_a_leaver_is_left_without_a_place_only_where_the_township_of_its_primary_has_no_junior(demo):
    """二: 农村初中只招收本乡镇小学毕业生; the reason says what the text leaves open and what the family can do."""
    district, people, children = demo
    left = children[children["status"].eq("unplaced")]
    schools = district.schools.set_index("school_id")
    rural = schools[(schools["stage"] == "junior") & ~schools["urban"] & (schools["status"] == "open")]
    attended = people.loc[left.index, "prev_school_id"]
    township = attended.map(schools["township_id"]).where(
        ~attended.map(schools["urban"]).fillna(value=True).astype(bool)
    )
    assert len(left) >= 100
    assert set(left["tier"]) == {"returned"}
    assert not township.isin(rural["township_id"]).any()
    assert left["reason"].str.contains("农村初中只收本乡镇小学毕业生.*申请指定学校；依据二", regex=True).all()


def test_who_applied_to_the_private_school_alone_has_not_registered_at_its_zone(demo):
    """五·第二阶段 「到相应学区报名」; the text knows no private school (TB-50)."""
    district, people, children = demo
    asked = district.table("applications").groupby("child_id")["sector"].agg(set)
    private = people.index[people.index.map(asked.get).map(lambda sectors: sectors == {"private"})]
    assert len(private) >= 10
    assert set(people.loc[private, "status"]) == {"not_registered"}
    assert set(people.loc[private, "status_clause"]) == {"五·第二阶段"}
    assert children.loc[private, "school_id"].isna().all()
