"""What each option does where the texts of 洮北, 衢州 and 乐亭 are silent: parameters of their rounds, by hand."""

import pandas as pd
import pytest

from tests.towns.clerks import lane, table, ticket
from zhaosheng_analysis import admission, policy
from zhaosheng_analysis.admission import rounds

PUBLIC = {"stage": "primary", "sector": "public", "area_id": "county", "urban": True, "township_id": "t1"}
A = {**PUBLIC, "school_id": "A", "name": "甲小学", "approver": "county", "x": 0.0}
B = {**A, "school_id": "B", "name": "乙小学", "x": 1000.0}
P = {**A, "school_id": "P", "name": "民办小学", "sector": "private", "x": 100.0}
LAOTING = [
    {**A, "school_id": name, "name": name, "stage": "junior" if "中" in name else "primary", "x": 9000.0}
    for name in (
        *("第二实验小学", "吉祥寺小学", "大杨庄小学", "毛庄小学", "忠德小学"),
        *("第三初级中学", "新戴河初级中学", "毛庄初中", "蔡庄初中"),
    )
]
EITHER = pd.DataFrame({"zone_id": "ZC", "school_id": ["A", "B"], "order_n": [1, 2], "if_vacant": False})


def placed(name, said, seats, private=(), *, seed="1", ways=None, **chosen):
    """Return the school of each child; unless said it registered at A, whose zone it lives in."""
    rules = policy.load(name, set=chosen)
    usual = {"school_id": "A", "zone_id": "ZA", "x": 0.0, "y": 0.0, "area_id": "county", "match": "yes", "staff": "no"}
    usual |= {
        "returner": False,
        "permit": "yes",
        "points_n": 0,
        "channel": "online",
        "settled_on": pd.Timestamp("2020"),
    }
    usual |= {"submitted_at": pd.Timestamp(rules.intake_year, 7, 7, 9)}
    people = table(rules, [{**usual, **child} for child in said])
    filed = [(child, people.loc[child, "school_id"], "public", 1) for child in people.index]
    filed += [(people.index[place], "P", "private", 1) for place in private]
    more = LAOTING if name == "laoting-2025" else []
    district = lane(rules, [A, B, P, *more], {"A": 0, "B": 0, "P": 0} | seats, filed, zone_schools=ways)
    return admission.run(people, district, rules, seed=seed).children["school_id"].fillna("").tolist()


@pytest.mark.parametrize(("way", "end"), [("nearest_vacancy", "B"), ("zone_first", "A")])
def test_taobei_designates_the_nearest_school_or_first_that_of_the_register(way, end):
    """A-TB10: a renter registered at A who lives beside B."""
    said = [{"tier": "designated", "x": 950.0}]
    assert placed("taobei-2024", said, {"A": 1, "B": 1}, **{"tb.designate": way}) == [end]


@pytest.mark.parametrize(("way", "winner"), [("earliest_settled", 0), ("nearest", 1), ("lottery", None)])
def test_quzhou_breaks_ties_by_date_by_distance_or_by_lot(way, winner):
    """A-QZ2: three 房户生 for one seat; the first settled first, the second lives nearest."""
    days = pd.to_datetime(["2011-01-01", "2015-01-01", "2015-01-01"])
    said = [{"tier": "resident", "settled_on": day, "x": x} for day, x in zip(days, (500.0, 10.0, 500.0), strict=True)]
    lot = min(range(3), key=lambda place: ticket("1", "A", f"c{place:03d}"))
    ends = placed("quzhou-2022", said, {"A": 1}, **{"qz.tie_break": way})
    assert ends.index("A") == (lot if winner is None else winner)


STAFF = [{"tier": "mixed1", "staff": "yes"}] * 4 + [{"tier": "mixed1"}] * 36


@pytest.mark.parametrize(
    ("options", "first"),
    [({}, 2), ({"qz.staff_cap": 0.05}, 1), ({"qz.staff_cap": 0.2}, 4), ({"qz.staff_cap": 0}, 4)],
)
def test_quzhou_lets_children_of_the_staff_in_first_up_to_a_share_of_the_plan(options, first):
    """A-QZ7: four of them and 36 others for twenty seats; those beyond the share draw with everybody else."""
    ends = placed("quzhou-2022", STAFF, {"P": 20}, private=range(40), **options)
    drawn = sorted(f"c{place:03d}" for place in range(40))
    kept = sorted(drawn[:4], key=lambda child: ticket("1", "P", child))[:first]
    rest = sorted((child for child in drawn if child not in kept), key=lambda child: ticket("1", "P", child))
    inside = {child for child, end in zip(drawn, ends, strict=True) if end == "P"}
    assert inside == {*kept, *rest[: 20 - first]}


def test_quzhou_may_give_them_no_step_at_all():
    ends = placed("quzhou-2022", STAFF, {"P": 20}, private=range(40), **{"qz.staff_step": "none"})
    by_lot = sorted((f"c{place:03d}" for place in range(40)), key=lambda child: ticket("1", "P", child))
    assert {f"c{place:03d}" for place, end in enumerate(ends) if end == "P"} == set(by_lot[:20])


@pytest.mark.parametrize(("refilled", "steps"), [(True, 1), (False, 0)])
def test_quzhou_fills_what_a_private_school_has_left_in_a_step_of_its_own_or_not(refilled, steps):
    """A-QZ9: the step is there or not; whom it takes are those who register for it."""
    rules = policy.load("quzhou-2022", set={"qz.buzhao_county": refilled})
    assert [item.id for item in rounds.read(rules)].count("refill-county") == steps


@pytest.mark.parametrize(("way", "end"), [("nearest", "B"), ("list", "")])
def test_quzhou_places_who_finds_its_school_full_or_lists_it(way, end):
    """A-QZ14."""
    said = [{"tier": "mixed1"}]
    assert placed("quzhou-2022", said, {"B": 1}, **{"qz.overflow_place": way}) == [end]


@pytest.mark.parametrize(("way", "end"), [("choice_then_lottery", "B"), ("choice_only", "")])
def test_quzhou_sends_a_child_of_a_choice_zone_on_to_its_other_school_or_not(way, end):
    """A-QZ17: the child named A alone, which is full; nobody is placed outside the zones here (A-QZ14: list)."""
    said = [{"tier": "resident", "zone_id": "ZC"}]
    chosen = {"zone.multi": way, "qz.overflow_place": "list"}
    assert placed("quzhou-2022", said, {"B": 1}, ways=EITHER, **chosen) == [end]


@pytest.mark.parametrize(("bundled", "inside"), [(False, 1), (True, 0)])
def test_laoting_draws_twins_one_by_one_unless_the_parameter_bundles_them(bundled, inside):
    """A-LT16: one seat and only twins."""
    said = [{"tier": "1", "twin_id": "t"}] * 2
    chosen = {"lt.twin_bundle": bundled, "lt.bulu": "none"}
    ends = placed("laoting-2025", said, {"P": 1}, private=range(2), **chosen)
    assert ends.count("P") == inside


@pytest.mark.parametrize(("way", "end"), [("unfilled_only", "P"), ("none", "")])
def test_laoting_fills_empty_private_seats_on_29_july_or_not(way, end):
    """A-LT18: a child of the county who registered too late for the draw."""
    said = [{"tier": "1", "status": "out_of_window"}]
    assert placed("laoting-2025", said, {"P": 1}, private=[0], **{"lt.bulu": way}) == [end]


@pytest.mark.parametrize(("carried", "winner"), [(False, 1), (True, 0)])
def test_laoting_lets_who_failed_online_keep_its_time_on_site_or_not(carried, winner):
    """A-LT14: both come on site, the first later than the second; carried, its time is that of its online attempt."""
    online, early, late = (pd.Timestamp(f"2025-07-{day} 10:00") for day in ("07", "14", "15"))
    said = [{"tier": "2", "channel": "onsite", "submitted_at": online if carried else late}]
    said += [{"tier": "2", "channel": "onsite", "submitted_at": early}]
    ends = placed("laoting-2025", said, {"A": 1}, **{"lt.carry_online_ts": carried})
    assert ends.index("A") == winner
