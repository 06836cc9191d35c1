"""The worked cases of 平城 that need a town: seats, rounds, draws. The school is S, its zone ZS, area 4."""

import pandas as pd
import pytest

from tests.towns import demo_districts
from tests.towns.clerks import lane, table, ticket
from zhaosheng_analysis import admission, policy

S = {"school_id": "S", "name": "十七校", "stage": "primary", "sector": "public", "area_id": "area4", "x": 0.0}
NEXT = {**S, "school_id": "N", "name": "二十三校", "x": 1500.0}
PRIVATE = {**S, "school_id": "P", "name": "民办小学", "sector": "private", "area_id": None}
JUNIOR = {**PRIVATE, "school_id": "Q", "name": "民办九年一贯制学校", "stage": "junior"}
TIERS = {"1": 62, "2": 11, "3a": 9, "3b": 12, "4": 5, "5": 7, "6": 1}


@pytest.fixture(scope="module")
def rules():
    return policy.load("pingcheng-2024")


def registrants(rules, said, *, at="S"):
    """Return ranked children of one school's zone and their applications to it, one dict a child."""
    usual = {"tier": "1", "school_id": at, "zone_id": f"Z{at}", "area_id": "area4", "x": 0.0, "y": 0.0}
    usual |= {"settled_on": pd.Timestamp("2020")}
    people = table(rules, [{**usual, **child} for child in said])
    return people, [(child, at, "public", 1) for child in people.index]


def intake(people, district, rules, *, seed="2024-07-18"):
    """Carry out the intake and hold it valid."""
    outcome = admission.run(people, district, rules, seed=seed)
    assert admission.check(outcome, people, district, rules) == []
    return outcome


def pcw_15(rules, *, vacancies=0, **columns):
    """Return the 107 registrants for 90 seats and their intake."""
    said = [{"tier": tier} for tier, n in TIERS.items() for _ in range(n)]
    people, filed = registrants(rules, said)
    people = people.assign(**columns)
    return people, intake(people, lane(rules, [S, NEXT], {"S": 90, "N": vacancies}, filed), rules)


def test_pcw_15_all_to_3a_are_in_and_eight_of_twelve_of_3b(rules):
    _, outcome = pcw_15(rules)
    inside = outcome.children["status"].eq("admitted").groupby(outcome.children["tier"]).sum()
    assert inside.to_dict() == {"1": 62, "2": 11, "3a": 9, "3b": 8, "4": 0, "5": 0, "6": 0}
    cut = outcome.cuts.set_index("school_id").loc["S"]
    assert (cut["tier"], cut["margin_n"], cut["margin_left_n"], cut["bound"]) == ("3b", 12, 8, True)


@pytest.mark.parametrize("vacancies", [0, 5, 20])
def test_pcw_15_seventeen_go_on_to_the_second_phase(rules, vacancies):
    _, outcome = pcw_15(rules, vacancies=vacancies)
    assert outcome.children["status"].ne("admitted").sum() == 17
    placed = outcome.children.query("status == 'redirected'")
    assert len(placed) == min(17, vacancies)
    assert set(placed["school_id"]) <= {"N"}
    assert (placed["tier"] == "3b").sum() == min(4, vacancies)  # the second phase asks the tier first, too (A-PC7)


@pytest.mark.parametrize(
    ("way", "column"), [("earliest_settled", "settled_on"), ("nearest", "x"), ("lottery", "")], ids=str
)
def test_pcw_15_who_of_3b_is_in_is_a_parameter(rules, way, column):
    """A-PC1: twelve tied for eight seats; by date, by distance or by lot."""
    order = pd.Series(range(107))[::-1].to_numpy()
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(order, unit="D")
    people, outcome = pcw_15(policy.under(rules, {"pc.tie_break": way}), settled_on=days, x=order * 10.0)
    third = people[people["tier"] == "3b"]
    first = third.sort_values(column).index[:8] if column else sorted(third.index, key=by_lot("S"))[:8]
    assert set(outcome.children.query("tier == '3b' and status == 'admitted'").index) == set(first)


def by_lot(stream, *, seed="2024-07-18"):
    """Return the order of the tickets of one draw."""
    return lambda name: ticket(seed, stream, name)


@pytest.mark.parametrize("chosen", ["八校", "三十一校"])
@pytest.mark.parametrize("full", [False, True])
def test_pcw_17_former_19_may_go_to_either_school_and_to_the_other_when_one_is_full(rules, chosen, full):
    """七(一)4(1): by wish; seats are not a condition, so a full school sends the child to the other (A-PC9)."""
    both = [{**S, "school_id": name, "name": name, "x": 900.0 * at} for at, name in enumerate(("八校", "三十一校"))]
    links = [("former-19", "八校", 1, False), ("former-19", "三十一校", 2, False)]
    ways = pd.DataFrame(links, columns=["zone_id", "school_id", "order_n", "if_vacant"])
    people, filed = registrants(rules, [{"zone_id": "former-19"}], at=chosen)
    other = ({"八校", "三十一校"} - {chosen}).pop()
    district = lane(rules, both, {chosen: 0 if full else 1, other: 1}, filed, zone_schools=ways)
    result = intake(people, district, rules).children.iloc[0]
    assert (result["school_id"], result["round"]) == (other if full else chosen, "zone")


def test_pcw_17_the_former_zones_of_the_map_lead_to_the_schools_of_the_text():
    """七(一)4(1)–(4): the choice sets as the text names them; only (4) depends on seats."""
    district = demo_districts.district("pingcheng")
    schools = district.schools.set_index("school_id")["name"]
    links = district.zone_schools.assign(school=district.zone_schools["school_id"].map(schools))
    links = links[links["zone_id"].duplicated(keep=False)].sort_values(["zone_id", "order_n"])
    sets = links.groupby("zone_id")["school"].agg(list).to_dict()
    assert sets["pc-zone-former-19"] == ["平城区第八小学校", "平城区第三十一小学校"]
    assert sets["pc-zone-former-40"] == ["平城区第四十三小学校", "平城区第十四小学校振华校区"]
    assert sets["pc-zone-changning-north"] == ["大同大学附属小学开源校区", "平城区第四十五小学校"]
    assert sets["pc-zone-taihe-east"] == ["平城区第十八小学校御东校区", "御河小学水泊寺校区"]
    assert set(links[links["if_vacant"]]["zone_id"]) == {"pc-zone-taihe-east"}


def private(rules, said, *, school=PRIVATE, seats, seed="2024-07-18"):
    """Return the children of one private school and their intake."""
    usual = {"tier": "1" if school["stage"] == "primary" else "J", "stage": school["stage"]}
    people, _ = registrants(rules, [{**usual, **child} for child in said])
    filed = [(child, school["school_id"], "private", 1) for child in people.index]
    return people, intake(
        people, lane(rules, [S, school], {"S": 0, school["school_id"]: seats}, filed), rules, seed=seed
    )


@pytest.mark.parametrize(("qualified", "inside", "drawn"), [(100, 100, False), (101, 100, True)])
def test_pcw_21_a_private_school_draws_only_when_more_registered_than_planned(rules, qualified, inside, drawn):
    people, outcome = private(rules, [{}] * qualified, seats=100)
    assert outcome.children["status"].eq("private").sum() == inside
    row = outcome.rounds.query("round == 'private-lottery'").iloc[0]
    assert bool(row["over_plan"]) is drawn
    losers = set(outcome.children.query("status != 'private'").index)
    assert losers == set(sorted(people.index, key=by_lot("private/P"))[100:])


@pytest.mark.parametrize(("count", "over"), [("qualified", False), ("registered", True)])
def test_pcw_21_two_without_papers_count_as_registered_and_never_get_in(rules, count, over):
    """A-PC22: 99 qualified and two incomplete for 100 seats; both numbers are reported, and all 99 are in."""
    said = [{}] * 99 + [{"status": "incomplete", "status_clause": "六(四)"}] * 2
    _, outcome = private(policy.under(rules, {"pc.private_count": count}), said, seats=100)
    row = outcome.rounds.query("round == 'private-lottery'").iloc[0]
    assert (row["asked_n"], row["filed_n"], bool(row["over_plan"])) == (99, 101, over)
    assert outcome.children["status"].eq("private").sum() == 99


def pair_drawn(place, *, names):
    """Return a seed under which the pair's ticket is the one drawn at this place."""
    tickets = [*names, "pair"]
    seeds = (str(number) for number in range(10_000))
    return next(s for s in seeds if sorted(tickets, key=by_lot("private/P", seed=s))[place - 1] == "pair")


PAIR = [{}] * 39 + [{"twin_id": "pair"}] * 2
SINGLES = [f"c{number:03d}" for number in range(39)]


def test_pcw_22a_the_pair_drawn_twelfth_takes_two_seats_and_the_fortieth_ticket_is_out(rules):
    seed = pair_drawn(12, names=SINGLES)
    _, outcome = private(rules, PAIR, seats=40, seed=seed)
    last = sorted([*SINGLES, "pair"], key=by_lot("private/P", seed=seed))[39]
    assert outcome.children["status"].eq("private").sum() == 40
    assert set(outcome.children.query("status != 'private'").index) == {last}


@pytest.mark.parametrize(
    ("overflow", "singles", "twins"), [("skip", 39, 0), ("stop", 39, 0), ("expand", 39, 2), ("split", 39, 1)]
)
def test_pcw_22a_the_pair_drawn_last_meets_one_seat(rules, overflow, singles, twins):
    """A-G4: passed over, the end of the draw, one seat more, or one twin."""
    seed = pair_drawn(40, names=SINGLES)
    chosen = policy.under(rules, {"bundle.overflow": overflow})
    people, _ = registrants(rules, PAIR)
    filed = [(child, "P", "private", 1) for child in people.index]
    outcome = admission.run(people, lane(rules, [S, PRIVATE], {"S": 0, "P": 40}, filed), chosen, seed=seed)
    inside = outcome.children["status"].eq("private")
    assert (inside.iloc[:39].sum(), inside.iloc[39:].sum()) == (singles, twins)


@pytest.mark.parametrize(("overflow", "after"), [("skip", 1), ("stop", 0)])
def test_a_pair_that_does_not_fit_is_passed_over_or_ends_the_draw(rules, overflow, after):
    """A-G4: two tickets still to draw and one seat left; the pair comes first, a single after it."""
    seed = pair_drawn(39, names=SINGLES)
    people, _ = registrants(rules, PAIR)
    filed = [(child, "P", "private", 1) for child in people.index]
    chosen = policy.under(rules, {"bundle.overflow": overflow})
    outcome = admission.run(people, lane(rules, [S, PRIVATE], {"S": 0, "P": 39}, filed), chosen, seed=seed)
    last = max(SINGLES, key=by_lot("private/P", seed=seed))
    assert outcome.children.loc[last, "status"] == ("private" if after else "unplaced")
    assert outcome.children["status"].eq("private").sum() == 38 + after


def test_pcw_23a_own_leavers_over_the_plan_draw_among_themselves(rules):
    said = [{"prev_school_id": "Q"}] * 130 + [{}] * 40
    people, outcome = private(rules, said, school=JUNIOR, seats=120)
    inside = set(outcome.children.query("status == 'private'").index)
    assert inside == set(sorted(people.index[:130], key=by_lot("Q"))[:120])
    assert outcome.children.query("status == 'private'")["round"].eq("private-promotion").all()
    later = outcome.rounds.query("round == 'private-lottery'").iloc[0]
    assert (later["seats_n"], later["admitted_n"]) == (0, 0)


def test_pcw_23b_own_leavers_under_the_plan_leave_seats_to_the_second_batch(rules):
    said = [{"prev_school_id": "Q"}] * 100 + [{}] * 15
    _, outcome = private(rules, said, school=JUNIOR, seats=120)
    assert outcome.children["status"].eq("private").all()
    assert outcome.children["round"].value_counts().to_dict() == {"private-promotion": 100, "private-lottery": 15}
    assert outcome.cuts.set_index("school_id").loc["Q", "left_n"] == 5
    assert not outcome.rounds["over_plan"].any()


def test_a_leaver_without_a_place_is_told_of_the_juniors_of_the_city_which_the_text_leaves_out(rules):
    """七(二): the 市直 scheme is unseen; its schools are no shortage of this plan, and the report says so."""
    _, outcome = private(rules, [{}] * 2, school=JUNIOR, seats=1)
    refused = outcome.children.query("status == 'unplaced'")["reason"].iloc[0]
    assert "差在派位号" in refused
    assert "市直初中不在本文件之内" in refused
    assert any("市直初中" in item.what and "七(二)" in item.clause for item in rules.not_modelled)


def test_a_child_for_whom_the_whole_area_is_full_is_told_that_the_text_ends_there(rules):
    _, outcome = pcw_15(rules)
    refused = outcome.children.query("status == 'unplaced'")["reason"]
    assert len(refused) == 17
    assert refused.str.contains("未获得学位；原文的第二阶段只到本人所在大学区").all()
