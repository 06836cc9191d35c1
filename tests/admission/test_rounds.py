"""What a round may say, what it must not say, and what each kind does on a street of three schools."""

import hashlib

import pandas as pd
import pytest
from shapely.geometry import Point

from tests.towns import rulebook
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, texts
from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.schema import DataError


def result(children, district, *said, seed="s", values=None, **options):
    """Run some rounds, check that the outcome is valid, and return where each child is."""
    rules = rulebook.rules(*said, settings=values)
    table = ranked(children)
    outcome = admission.run(table, district, rules, seed=seed, **options)
    assert admission.check(outcome, table, district, rules) == []
    return outcome


EVERYBODY = {"private_only": [True, False]}  # also who asked only private schools


def schools(outcome):
    """Return the school of each child, empty without one."""
    return outcome.children["school_id"].fillna("").tolist()


def test_every_fault_of_every_round_is_named_at_once():
    rules = rulebook.rules(
        a_round("zone", colour="red", seats="many"),
        a_round("lotery", key=["ticket", "tier"]),
        a_round("zone", groups=(), key=["group"]),
    )
    with pytest.raises(DataError) as caught:
        rounds.read(rules)
    text = str(caught.value)
    for word in ("colour", '"many"', '"lotery"', "ticket", "没有 groups"):
        assert word in text


def test_two_rounds_may_not_share_an_id():
    with pytest.raises(DataError, match="重复"):
        rounds.read(rulebook.rules(a_round(), a_round()))


def test_a_switch_takes_the_value_of_its_parameter_even_deep_inside():
    key = {"parameter": "order", "lottery": ["tier", "ticket"], "nearest": ["tier", "distance", "ticket"]}
    takes = {"tier": {"parameter": "all", "true": ["1", "2"], "false": ["1"]}}
    rules = rulebook.rules(a_round(key=key, takes=takes), settings={"order": "nearest", "all": False})
    (item,) = rounds.read(rules)
    assert item.key == ("tier", "distance", "ticket")
    assert item.takes == {"tier": ("1",)}


def test_a_switch_without_the_value_in_force_is_a_fault():
    key = {"parameter": "order", "lottery": ["ticket"]}
    with pytest.raises(DataError, match="nearest"):
        rounds.read(rulebook.rules(a_round(key=key), settings={"order": "nearest"}))


def test_a_round_exists_only_under_the_parameter_values_it_names():
    both = (a_round(id="a", when={"x": [1, 2]}), a_round(id="b", when={"x": 3}))
    assert [item.id for item in rounds.read(rulebook.rules(*both, settings={"x": 2}))] == ["a"]


def test_a_zone_round_fills_tier_by_tier():
    outcome = result([{"tier": t} for t in ("4", "1", "3a", "2")], street({"A": 2, "B": 0, "P": 0}), a_round())
    assert schools(outcome) == ["", "A", "", "A"]


def test_children_of_a_choice_zone_get_the_school_they_named_and_fall_back_on_the_other():
    children = [{"zone_id": "ZC"} for _ in range(3)] + [{"zone_id": "ZB", "school_id": "B", "tier": "2"}]
    filed = [(f"c{n:03d}", "B", "public", 1) for n in range(3)]
    district = street({"A": 1, "B": 2, "P": 0}, applications=filed)
    outcome = result(children, district, a_round())
    assert sorted(schools(outcome)[:3]) == ["A", "B", "B"]
    assert schools(outcome)[3] == ""
    alone = result(children, district, a_round(fallback=False))
    assert sorted(schools(alone)[:3]) == ["", "B", "B"]


def test_choice_zone_children_may_be_put_behind_the_schools_own():
    children = [{"zone_id": "ZC", "school_id": "A"}, {"zone_id": "ZB", "school_id": "B", "tier": "2"}]
    district = street({"A": 0, "B": 1, "P": 0})
    assert schools(result(children, district, a_round())) == ["B", ""]
    own_first = a_round(key=["-native", "tier", "ticket"])
    assert schools(result(children, district, own_first)) == ["", "B"]


def test_a_private_win_takes_the_child_out_of_the_public_round():
    filed = [("c000", "P", "private", 1), ("c001", "P", "private", 1)]
    district = street({"A": 5, "B": 0, "P": 1}, applications=filed)
    private = a_round("lottery", sector="private", key=["ticket"])
    outcome = result([{}, {}, {}], district, private, a_round(takes=EVERYBODY))
    assert sorted(schools(outcome)) == ["A", "A", "P"]
    assert sorted(outcome.children["status"]) == ["admitted", "admitted", "private"]


def test_a_public_seat_is_released_by_a_private_win_and_goes_to_the_next_round():
    filed = [("c000", "P", "private", 1)]
    district = street({"A": 1, "B": 0, "P": 1}, applications=filed)
    private = a_round("lottery", sector="private", key=["ticket"], takes={"placed": ["none", "public"]})
    again = a_round("nearest", id="again", name="补录")
    outcome = result([{}, {"tier": "2"}], district, a_round(takes=EVERYBODY), private, again)
    assert schools(outcome) == ["P", "A"]
    assert outcome.children["status"].tolist() == ["private", "redirected"]


def test_a_lottery_under_plan_takes_everybody_and_over_plan_exactly_the_plan():
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(49)]
    private = a_round("lottery", sector="private", key=["ticket"])
    for plan, inside in ((49, 49), (48, 48)):
        outcome = result([{} for _ in range(49)], street({"A": 0, "B": 0, "P": plan}, applications=filed), private)
        assert (outcome.children["status"] == "private").sum() == inside


def test_the_admissions_of_a_lottery_are_the_first_tickets_of_seed_and_school():
    names = [f"c{n:03d}" for n in range(30)]
    filed = [(name, "P", "private", 1) for name in names]
    district = street({"A": 0, "B": 0, "P": 11}, applications=filed)
    outcome = result([{} for _ in names], district, a_round("lottery", sector="private", key=["ticket"]), seed="球")
    tickets = {name: hashlib.sha256(f"球|P|{name}".encode()).hexdigest() for name in names}
    winners = set(sorted(names, key=tickets.get)[:11])
    assert set(outcome.children.index[outcome.children["status"] == "private"]) == winners


def test_batches_use_only_the_choices_of_their_number():
    later = pd.DataFrame(
        [
            {
                "school_id": "Q",
                "name": "二民校",
                "stage": "primary",
                "sector": "private",
                "status": "open",
                "area_id": None,
            }
        ]
    ).assign(geometry=[Point(5000.0, 0.0)])
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(5)] + [(f"c{n:03d}", "Q", "private", 2) for n in range(5)]
    filed += [("c005", "Q", "private", 1)]
    district = street({"A": 0, "B": 0, "P": 2, "Q": 3}, applications=filed, schools=later)
    outcome = result([{} for _ in range(6)], district, a_round("lottery", sector="private", key=["ticket"]))
    assert schools(outcome)[5] == "Q"
    assert schools(outcome).count("P") == 2
    assert schools(outcome).count("Q") == 3
    assert outcome.children.loc["c005", "choice_n"] == 1


def test_county_children_come_first_and_the_rest_is_drawn_among_outsiders():
    """QZ and LT: 30 seats; 25 county children are exempt from the draw; 5 of 10 outsiders are drawn."""
    children = (
        [{"origin": "district"} for _ in range(25)] + [{"origin": "city"} for _ in range(10)] + [{"origin": "outside"}]
    )
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(36)]
    groups = [{"origin": "district"}, {"origin": "city"}]
    said = a_round("lottery", sector="private", key=["ticket"], groups=groups)
    outcome = result(children, street({"A": 0, "B": 0, "P": 30}, applications=filed), said)
    inside = outcome.children["status"] == "private"
    assert (inside[:25].sum(), inside[25:35].sum(), inside["c035"]) == (25, 5, False)
    only = a_round("lottery", sector="private", key=["ticket"], groups=groups[:1])
    outcome = result(children, street({"A": 0, "B": 0, "P": 30}, applications=filed), only)
    assert (outcome.children["status"] == "private").sum() == 25


def leavers():
    """Return a private nine-year school, its leavers and outsiders for its junior part."""
    school = pd.DataFrame(
        [{"school_id": "N", "name": "九年校", "stage": "both", "sector": "private", "status": "open", "area_id": None}]
    ).assign(geometry=[Point(5000.0, 0.0)])
    plan = pd.DataFrame(
        [{"school_id": "N", "stage": "junior", "intake_year": rulebook.YEAR, "seats_n": 120, "reserved_n": 0}]
    )
    promote = a_round("promotion", stage=["junior"], sector="private", key=["ticket"], applied=True)
    rest = a_round("lottery", stage=["junior"], sector="private", key=["ticket"])
    return school, plan, (promote, rest)


@pytest.mark.parametrize(
    ("own", "out", "own_in", "out_in"), [(130, 40, 120, 0), (100, 15, 100, 15), (100, 30, 100, 20)]
)
def test_cases_pcw_23_and_qzw_15_own_leavers_fill_the_junior_first(own, out, own_in, out_in):
    school, plan, said = leavers()
    children = [{"stage": "junior", "prev_school_id": "N"} for _ in range(own)]
    children += [{"stage": "junior", "prev_school_id": "A"} for _ in range(out)]
    filed = [(f"c{n:03d}", "N", "private", 1) for n in range(own + out)]
    district = street({"A": 0}, applications=filed, schools=school)
    district.tables["plans"] = plan
    inside = (result(children, district, *said).children["status"] == "private").tolist()
    assert (sum(inside[:own]), sum(inside[own:])) == (own_in, out_in)


def test_juniors_of_the_feeder_table_are_offered_to_their_primaries():
    junior = pd.DataFrame(
        [{"school_id": "J", "name": "初中", "stage": "junior", "sector": "public", "status": "open", "area_id": None}]
    ).assign(geometry=[Point(0.0, 0.0)])
    links = pd.DataFrame({"primary_id": ["A"], "junior_id": ["J"]})
    district = street({"A": 0}, schools=junior, feeders=links)
    district.tables["plans"] = pd.DataFrame(
        [{"school_id": "J", "stage": "junior", "intake_year": rulebook.YEAR, "seats_n": 9, "reserved_n": 0}]
    )
    children = [{"stage": "junior", "prev_school_id": name, "school_id": None} for name in ("A", "B")]
    said = a_round("promotion", stage=["junior"], **{"from": "feeder"})
    assert schools(result(children, district, said)) == ["J", ""]


def test_reserved_seats_wait_for_their_round_and_the_unused_ones_fall_back():
    children = [{"special": "no"} for _ in range(5)] + [{"special": "yes", "tier": "6"}]
    district = street({"A": 4, "B": 0, "P": 0}, reserved={"A": 2})
    reserve = a_round("reserve", seats="reserved", takes={"special": "yes"})
    last = a_round(id="last", name="末轮")
    outcome = result(children, district, a_round(takes={"special": "no"}), reserve, last)
    by_round = outcome.children["round"].value_counts().to_dict()
    assert by_round == {"zone": 2, "reserve": 1, "last": 1}


def test_places_over_and_above_the_plan_take_no_seat_of_it():
    children = [{"special": "yes"}, {"special": "no"}, {"special": "no"}]
    beyond = a_round("reserve", seats="none", takes={"special": "yes"})
    outcome = result(children, street({"A": 2, "B": 0, "P": 0}), beyond, a_round())
    assert schools(outcome) == ["A", "A", "A"]
    assert outcome.cuts.loc[0, ["seats_n", "admitted_n", "over_n"]].tolist() == [2, 3, 1]


def test_a_cap_is_a_number_or_a_share_of_the_plan():
    for cap, inside in ((3, 3), (0.25, 2)):
        outcome = result([{} for _ in range(9)], street({"A": 8, "B": 0, "P": 0}), a_round(cap=cap))
        assert schools(outcome).count("A") == inside


def test_the_area_takes_those_left_over_into_its_vacancies_only():
    children = [{} for _ in range(6)]
    outcome = result(children, street({"A": 2, "B": 3, "P": 9}), a_round(), a_round("area"))
    assert sorted(schools(outcome)) == ["", "A", "A", "B", "B", "B"]
    assert (outcome.children["status"] == "redirected").sum() == 3


def test_a_school_without_an_area_leaves_its_children_without_a_second_phase():
    lonely = pd.DataFrame(
        [
            {
                "school_id": "K",
                "name": "开源校区",
                "stage": "primary",
                "sector": "public",
                "status": "open",
                "area_id": None,
            }
        ]
    ).assign(geometry=[Point(100.0, 0.0)])
    district = street({"A": 5, "B": 5, "P": 0, "K": 1}, schools=lonely)
    children = [{"school_id": "K", "zone_id": "ZK"} for _ in range(2)]
    outcome = result(children, district, a_round(), a_round("area"))
    assert sorted(outcome.children["status"]) == ["admitted", "unplaced"]


def test_the_nearest_vacancy_is_nearest_and_a_walked_distance_beats_the_straight_line():
    children = [{"x": 900.0, "school_id": None}]
    district = street({"A": 1, "B": 1, "P": 0})
    assert schools(result(children, district, a_round("nearest"))) == ["A"]
    walk = pd.DataFrame({"A": [5000.0], "B": [1100.0]}, index=["c000"])
    assert schools(result(children, district, a_round("nearest"), walk=walk)) == ["B"]


def test_a_designated_school_is_the_only_one_and_the_others_may_take_nobody():
    children = [{"tier": "5", "x": 0.0} for _ in range(3)]
    said = a_round("designated", schools=["乙校"], takes={"tier": "5"})
    assert schools(result(children, street({"A": 9, "B": 2, "P": 9}), said)).count("B") == 2
    listed = a_round("designated", schools=["乙校", "甲校"], by="listed")
    assert sorted(schools(result(children, street({"A": 9, "B": 2, "P": 9}), listed))) == ["A", "B", "B"]
    zone_first = a_round("designated", schools=["甲校", "乙校"], by="zone_first")
    children = [{"school_id": "B", "x": 0.0}]
    assert schools(result(children, street({"A": 9, "B": 2, "P": 9}), zone_first)) == ["B"]


def test_a_school_name_nobody_has_is_refused():
    with pytest.raises(DataError, match="丁校"):
        result([{}], street({"A": 1}), a_round("designated", schools=["丁校"]))


def test_a_closing_school_sends_its_children_to_its_successor():
    closing = pd.DataFrame(
        [
            {
                "school_id": "T",
                "name": "铁路校",
                "stage": "primary",
                "sector": "public",
                "status": "closing",
                "area_id": None,
                "successor_id": "B",
            }
        ]
    ).assign(geometry=[Point(1000.0, 0.0)])
    district = street({"A": 1, "B": 5, "P": 0}, schools=closing)
    assert schools(result([{"school_id": "T", "zone_id": "ZT"}], district, a_round())) == ["B"]


def test_without_a_ticket_the_tied_are_counted_and_not_named():
    """TBW-05: plan 270, 273 of the zone; three too many, and nobody may say which."""
    children = [{} for _ in range(273)]
    outcome = result(children, street({"A": 270, "B": 0, "P": 0}), a_round(key=["tier"]))
    assert (outcome.children["status"] == "undetermined").all()
    assert outcome.cuts.loc[0, "over_n"] == 3
    assert outcome.children["reason"].str.contains("不逐人认定").all()


def test_ltw_20_channel_comes_before_rank_and_time_inside_it():
    """Seats 2; three online at 09:00:01, :02, :03 and one on site; the first two are in."""
    times = pd.to_datetime([f"2025-07-07 09:00:0{n}" for n in (3, 1, 2)] + ["2025-07-07 08:00:00"])
    children = [{"submitted_at": t, "channel": "online"} for t in times]
    children[3]["channel"] = "onsite"
    orders = {"channel": ["online", "onsite"]}
    said = a_round(key=["channel", "tier", "submitted_at", "ticket"], orders=orders)
    outcome = result(children, street({"A": 2, "B": 9, "P": 0}), said, a_round("nearest"))
    assert schools(outcome) == ["B", "A", "A", "B"]
    assert "差在报名时间" in outcome.children.loc["c000", "reason"]
    assert "差在报名方式" in outcome.children.loc["c003", "reason"]


def test_text_without_an_order_cannot_be_a_digit():
    with pytest.raises(DataError, match="orders"):
        result([{"channel": "online"}], street({"A": 1}), a_round(key=["channel", "ticket"]))


def test_more_points_come_first():
    children = [{"points_n": n} for n in (10, 30, None, 20)]
    said = a_round(key=["-points_n", "ticket"])
    assert schools(result(children, street({"A": 2, "B": 0, "P": 0}), said)) == ["", "A", "", "A"]


def test_twins_share_a_ticket_and_are_in_or_out_together():
    """PCW-22a: plan 40, 39 singles and one pair; never 41, never half a pair."""
    children = [{} for _ in range(39)] + [{"twin_id": "t"}] * 2
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(41)]
    district = street({"A": 0, "B": 0, "P": 40}, applications=filed)
    said = a_round("lottery", sector="private", key=["ticket"], bundle="skip")
    for seed in "abcd":
        inside = (result(children, district, said, seed=seed).children["status"] == "private").to_numpy()
        assert inside[39] == inside[40]
        assert inside.sum() == (40 if inside[39] else 39)


def test_a_seat_given_up_is_not_filled_again_and_only_the_excused_return():
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(3)]
    gave_up = pd.DataFrame(
        {"child_id": ["c000", "c001"], "school_id": "P", "proof": [True, False], "consent": [True, True]}
    )
    district = street({"A": 9, "B": 0, "P": 3}, applications=filed, withdrawals=gave_up)
    private = a_round("lottery", sector="private", key=["ticket"])
    left = a_round("withdrawal")
    second = a_round("lottery", id="second", name="补招", sector="private", key=["ticket"])
    outcome = result([{} for _ in range(3)], district, private, left, second, a_round(takes=EVERYBODY))
    assert schools(outcome) == ["A", "", "P"]
    refilled = result([{} for _ in range(3)], district, private, a_round("withdrawal", refill=True), second, a_round())
    assert schools(refilled) == ["P", "", "P"]


def test_the_refused_of_a_final_round_take_no_further_part():
    outcome = result([{}, {}], street({"A": 1, "B": 9, "P": 0}), a_round(overflow="end"), a_round("nearest"))
    assert sorted(schools(outcome)) == ["", "A"]


def test_a_round_without_a_plan_for_its_school_is_refused():
    with pytest.raises(DataError, match="没有当年招生计划"):
        result([{}], street({"B": 1}), a_round())


def test_a_column_that_does_not_exist_is_named_with_its_round():
    with pytest.raises(DataError, match="没有列「income」"):
        result([{}], street({"A": 1}), a_round(takes={"income": ["high"]}))


def test_several_choices_need_a_ticket():
    with pytest.raises(DataError, match="ticket"):
        result([{}], street({"A": 1, "B": 1, "P": 0}), a_round("nearest", key=["tier"]))


@pytest.mark.parametrize(("metric", "school"), [("network", "B"), ("euclid", "A")])
def test_near_is_by_the_way_walked_or_by_the_straight_line(metric, school):
    walk = pd.DataFrame({"A": [900.0], "B": [700.0]}, index=["c000"])
    district = street({"A": 1, "B": 1, "P": 0})
    outcome = result([{"x": 900.0}], district, a_round("nearest"), values={"distance.metric": metric}, walk=walk)
    assert schools(outcome) == [school]


def test_the_self_check_names_the_rounds_that_take_everybody_and_the_headline_who_waits():
    """Two children for the one seat of A, both taken; a third, and a fourth without its papers."""
    district = street({"A": 1, "B": 0, "P": 0})
    rules = rulebook.rules(a_round(name="片内全收", seats="all"))
    children = ranked([{}, {}, {"zone_id": "ZB", "school_id": "B"}, {"status": "incomplete"}] * 10)
    outcome = admission.run(children, district, rules, seed="s")
    said = texts.admission.validity([], rules)
    assert said.startswith("自检合格：除全部接收的环节（「片内全收」）以外没有超计划，")
    assert "没有超计划，" in texts.admission.validity([], rulebook.rules(a_round())).split("：")[1]
    assert "10 名材料未齐（待补、待核）" in texts.admission.headline(outcome)
    assert "报名无效" not in texts.admission.headline(outcome)
