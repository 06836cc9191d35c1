"""What each option does where the text of 平城 is silent: parameters of its rounds, on a street of four schools."""

import pandas as pd
import pytest

from tests.towns.clerks import lane, table, ticket
from zhaosheng_analysis import admission, policy

AREA = {"stage": "primary", "sector": "public", "area_id": "area1"}
S = {**AREA, "school_id": "S", "name": "甲校", "x": 0.0}
N = {**AREA, "school_id": "N", "name": "乙校", "x": 1000.0}
FAR = {**AREA, "school_id": "F", "name": "外片校", "area_id": "area2", "x": 5000.0}
P = {**AREA, "school_id": "P", "name": "民校", "sector": "private", "area_id": None, "x": 0.0}
EITHER = pd.DataFrame(
    [("ZC", "S", 1, True), ("ZC", "N", 2, True)], columns=["zone_id", "school_id", "order_n", "if_vacant"]
)


def placed(said, seats, filed=None, *, ways=None, **chosen):
    """Return the school of each child under some options; unless said it is of tier 1 and registered at S."""
    rules = policy.load("pingcheng-2024", set=chosen)
    usual = {"tier": "1", "school_id": "S", "zone_id": "ZS", "x": 0.0, "y": 0.0, "area_id": "area1"}
    people = table(rules, [{**usual, **child} for child in said])
    if filed is None:
        filed = [(child, people.loc[child, "school_id"], "public", 1) for child in people.index]
    district = lane(rules, [S, N, FAR, P], {"S": 0, "N": 0, "F": 0, "P": 0} | seats, filed, zone_schools=ways)
    outcome = admission.run(people, district, rules, seed="1")
    return outcome.children["school_id"].fillna("").tolist()


@pytest.mark.parametrize(("cross", "end"), [(False, ""), (True, "F")])
def test_a_full_area_sends_nobody_to_another_unless_the_parameter_says_so(cross, end):
    """A-PC2: S and N are full, F of the next area has room."""
    assert placed([{}], {"F": 1}, **{"phase2.allow_cross_area": cross}) == [end]


@pytest.mark.parametrize("status", ["not_registered", "out_of_window"])
@pytest.mark.parametrize(("who", "end"), [("include", "N"), ("exclude", "")])
def test_who_did_not_register_in_time_may_enter_the_second_phase_or_not(who, end, status):
    """A-PC6."""
    absent = [{"status": status, "unregistered": 1}]
    assert placed(absent, {"N": 1}, filed=[], **{"pc.phase2_unregistered": who}) == [end]


@pytest.mark.parametrize(
    ("key", "winner"),
    [("tier", 0), ("choice", 1), ("nearest", 2)],
)
def test_the_second_phase_goes_by_tier_by_wish_or_by_distance(key, winner):
    """A-PC7: one seat at N; a T1 child of S, a T2 child that applied to N, a T3a child that lives next to N."""
    said = [{"tier": "1"}, {"tier": "2"}, {"tier": "3a", "x": 990.0}]
    filed = [("c000", "S", "public", 1), ("c001", "S", "public", 1), ("c001", "N", "public", 2)]
    ends = placed(said, {"N": 1}, [*filed, ("c002", "S", "public", 1)], **{"pc.phase2_key": key})
    assert ends == ["N" if number == winner else "" for number in range(3)]


def test_in_the_second_phase_the_tier_is_that_at_the_childs_own_zone():
    """A-PC7: both are refused where they registered; the stranger of tier x would be of tier 1 at its own school."""
    said = [{"tier": "2", "own_rank": 1}, {"tier": "x", "own_rank": 0}]
    assert placed(said, {"N": 1}) == ["", "N"]


SIX = [f"c{number:03d}" for number in range(6)]
BY_LOT = sorted(sorted(SIX, key=lambda child: ticket("1", "S", child))[:3])


@pytest.mark.parametrize(("standing", "inside"), [("equal", BY_LOT), ("after_native", SIX[:3])])
def test_children_of_a_choice_zone_stand_beside_or_behind_the_schools_own(standing, inside):
    """A-PC9, 七(一)4(1)–(3): three of S's own and three who may choose it, all of tier 1, for three seats by lot."""
    ways = EITHER.assign(if_vacant=False)
    ends = placed([{}] * 3 + [{"zone_id": "ZC"}] * 3, {"S": 3}, ways=ways, **{"pc.choice_priority": standing})
    assert [child for child, end in zip(SIX, ends, strict=True) if end == "S"] == inside


@pytest.mark.parametrize(("condition", "inside"), [("equal", BY_LOT), ("after_own_zone", SIX[:3])])
def test_where_the_choice_depends_on_seats_the_schools_own_children_come_first_in_a_tier(condition, inside):
    """A-PC9, 七(一)4(4)."""
    ends = placed([{}] * 3 + [{"zone_id": "ZC"}] * 3, {"S": 3}, ways=EITHER, **{"pc.seat_condition": condition})
    assert [child for child, end in zip(SIX, ends, strict=True) if end == "S"] == inside


def test_even_there_a_better_tier_comes_first():
    assert placed([{"tier": "2"}, {"zone_id": "ZC"}], {"S": 1}, ways=EITHER) == ["", "S"]


@pytest.mark.parametrize(
    ("when", "ends"),
    [("before_tiers", ["", "S"]), ("after_tiers", ["S", ""]), ("off_plan", ["S", "S"])],
)
def test_special_care_before_the_tiers_after_them_or_beyond_the_plan(when, ends):
    """A-PC19: a T1 child and a soldier's child of tier 4 for one seat."""
    assert placed([{}, {"tier": "4", "special": "yes"}], {"S": 1}, **{"special.reserve": when}) == ends


@pytest.mark.parametrize(("bundled", "inside"), [(True, 0), (False, 1)])
def test_twins_who_may_not_be_bundled_are_drawn_one_by_one(bundled, inside):
    """A-G4, 「可捆绑」: one seat left and only twins ask for it; a bundle is passed over, a single twin is not."""
    filed = [("c000", "P", "private", 1), ("c001", "P", "private", 1)]
    ends = placed([{"twin_id": "t"}] * 2, {"P": 1}, filed, **{"twin.opt_in": bundled})
    assert ends.count("P") == inside


@pytest.mark.parametrize(("metric", "end"), [("euclid", "S"), ("network", "N")])
def test_near_is_on_foot_or_as_the_crow_flies(metric, end):
    """A-G3: the child lives 400 m from S and 600 m from N, but the way to S is a detour."""
    rules = policy.load("pingcheng-2024", set={"distance.metric": metric})
    child = {"tier": "x", "school_id": "F", "zone_id": None, "area_id": "area1", "x": 400.0, "y": 0.0}
    people = table(rules, [child])
    district = lane(rules, [S, N, FAR], {"S": 1, "N": 1, "F": 0}, [("c000", "F", "public", 1)])
    walk = pd.DataFrame({"S": [2400.0], "N": [700.0]}, index=people.index)
    outcome = admission.run(people, district, rules, seed="1", walk=walk)
    assert outcome.children["school_id"].tolist() == [end]
