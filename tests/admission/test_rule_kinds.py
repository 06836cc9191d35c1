"""Kinds of rounds a notice may ask for: batches, shares, pools, choices by condition, who moves up, words refused.

Each by hand on a street of three schools, and against a clerk with a list who knows nothing of arrays.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, tiers
from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.policy.elements import Pool
from zhaosheng_analysis.schema import DataError

POOL = (Pool("ab", "甲乙大学区", ("甲校", "乙校"), "三"),)


def placed(children, district, *said, seed="s", **changes):
    """Run some rounds and return who is where: school and round, empty without a seat."""
    rules = rulebook.rules(*said, **changes)
    table = ranked(children)
    outcome = admission.run(table, district, rules, seed=seed)
    assert admission.check(outcome, table, district, rules) == []
    return outcome.children[["school_id", "round"]].fillna("").agg("/".join, axis=1).to_dict()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"takes": {"hukou": ["outsid"]}}, "没有取值「outsid」.*是不是「outside」"),
        ({"takes": {"hukuo": ["outside"]}}, "没有列「hukuo」.*是不是「hukou」"),
        ({"takes": {"applied_public": [1]}}, "只有 true 和 false"),
        ({"excludes": {"tier": "7"}}, "没有取值「7」"),
        ({"offers": {"zone_her": True}}, "是不是「zone_here」"),
        ({"offers": {"wish": "1st"}}, "这一列是数"),
        ({"schools": {"urban": "yes"}}, "只有 true 和 false"),
        ({"schools": {"stag": "primary"}}, "是不是「stage」"),
        ({"key": ["tier", "distanse", "ticket"]}, "没有排序项「distanse」.*是不是「distance」"),
        ({"key": ["channel", "ticket"]}, "排序项「channel」是文字.*online"),
        ({"key": ["channel", "ticket"], "orders": {"channel": ["onlin"]}}, "没有取值「onlin」"),
        ({"groups": [{"sibling_her": True}]}, "是不是「sibling_here」"),
        ({"takes": {"settled_on": "by settld"}}, "没有日期「settld」"),
        ({"share": 2}, "0 到 1 之间的份额"),
        ({"pool": "abb"}, "没有学校组.*是不是「ab」"),
        ({"kind": "waiting", "of": "zones"}, "是不是「zone」"),
        ({"choices_by": [{"if": {"tier": "1"}, "choice": 1}]}, "应为 { if"),
        ({"not_schools": {"urbn": True}}, "是不是「urban」"),
        ({"cap": "seats_n"}, r"各校名额所在的列.*是不是「school.seats_n」"),
        ({"cap": "school.name"}, "各校名额所在的列"),
    ],
)
def test_a_word_that_leads_nowhere_is_refused_when_the_policy_is_checked(said, words):
    rules = rulebook.rules(a_round(), {**a_round("choice"), "id": "other", **said}, pools=POOL)
    with pytest.raises(DataError, match=f"(?s){words}"):
        rounds.prove(rules)


def test_conditions_of_a_round_may_be_joined_and_turned_round():
    children = [{"points_n": 10.0}, {"points_n": 30.0}, {"points_n": 30.0, "tier": "5"}, {"points_n": None}]
    town = street({"A": 9, "B": 0, "P": 0})
    either = {"any": [{"points_n": ">= 20"}, {"tier": "6"}], "not": {"tier": "5"}}
    assert placed(children, town, a_round(takes=either)) == {"c000": "/", "c001": "A/zone", "c002": "/", "c003": "/"}


# ---- batches


BATCHES = [
    ("c000", "A", "public", 1, "first"),
    ("c000", "B", "public", 1, "second"),
    ("c001", "A", "public", 1, "second"),
    ("c001", "B", "public", 1, "first"),
]


def batched(applications=BATCHES, **seats):
    """Return the street with applications in batches."""
    town = street({"A": 1, "B": 1, "P": 0, **seats}, applications=[row[:4] for row in applications])
    filed = town.tables["applications"].assign(batch=[row[4] for row in applications])
    return replace(town, tables={**town.tables, "applications": filed})


def test_each_batch_has_a_list_of_its_own():
    first = a_round("choice", id="one", batch="first", schools=["A"])
    second = a_round("choice", id="two", batch="second")
    # A is asked for by c000 in the first batch; the second list of c001 comes to late for it.
    assert placed([{}, {}], batched(), first, second) == {"c000": "A/one", "c001": "/"}
    alone = [row for row in BATCHES if row[4] == "second"]
    assert placed([{}, {}], batched(alone), second) == {"c000": "B/two", "c001": "A/two"}


def test_a_round_without_a_batch_beside_rounds_with_one_is_refused():
    with pytest.raises(DataError, match="没有写 batch"):
        rounds.read(rulebook.rules(a_round("choice", id="one", batch="first"), a_round("choice", id="two")))


def test_a_batch_no_round_reads_is_told():
    filed = [row for row in BATCHES if row[4] == "first"]
    with pytest.raises(DataError, match=r"批次「frist」.*是不是「first」"):
        placed([{}, {}], batched([*filed, ("c001", "P", "private", 1, "frist")]), a_round("choice", batch="first"))


# ---- shares


@pytest.mark.parametrize(
    ("share", "of", "rounding", "seats"),
    [(0.2, "plan", "down", 2), (0.25, "plan", "up", 3), (0.25, "plan", "nearest", 3), (0.3, "plan", "down", 3)],
)
def test_a_share_of_the_plan_is_drawn_and_the_rest_goes_by_order(share, of, rounding, seats):
    children = [{"tier": "2"} for _ in range(30)]
    drawn = a_round("choice", id="draw", key=["ticket"], share=share, share_of=of, rounding=rounding)
    own = a_round("choice", id="own", key=["tier", "ticket"])
    filed = [(f"c{n:03d}", "A", "public", 1) for n in range(30)]
    found = placed(children, street({"A": 10, "B": 0, "P": 0}, applications=filed), drawn, own)
    assert list(found.values()).count("A/draw") == seats
    assert list(found.values()).count("A/own") == 10 - seats


# ---- seats of a kind that each school has a number of its own for, and schools left out by what they are


def numbered(quota, **columns):
    """Return the street with a number of the reserved at each school, and columns of the schools."""
    town = street({"A": 3, "B": 3, "P": 0}, applications=[(f"c{n:03d}", "AB"[n % 2], "public", 1) for n in range(8)])
    plans = town.tables["plans"].assign(reserved_n=pd.Series(quota, dtype="Int64"))
    return replace(town, schools=town.schools.assign(**columns), tables={**town.tables, "plans": plans})


def test_each_school_takes_the_number_in_its_own_column():
    some = a_round("choice", id="some", cap="school.classes_n", key=["ticket"])
    town = numbered([0, 0, 0])
    plans = town.tables["plans"].assign(classes_n=pd.Series([1, 2, 0], dtype="Int64"))
    found = placed([{}] * 8, replace(town, tables={**town.tables, "plans": plans}), some)
    assert sorted(found.values()) == ["/"] * 5 + ["A/some", "B/some", "B/some"]
    blank = plans.assign(classes_n=pd.Series([1, None, 0], dtype="Int64"))
    with pytest.raises(DataError, match=r"1 所学校没有填 school\.classes_n：乙校"):
        placed([{}] * 8, replace(town, tables={**town.tables, "plans": blank}), some)


def test_schools_may_be_left_out_by_what_they_are():
    town = numbered([0, 0, 0], boarding=[False, True, False])
    found = placed([{}] * 8, town, a_round("choice", not_schools={"boarding": True}))
    assert {place for place in found.values() if place != "/"} == {"A/choice"}


def test_an_id_no_school_has_is_told_with_the_one_that_is_meant():
    with pytest.raises(DataError, match=r"prev_school_id.*没有编号为「甲校」.*请写编号 A"):
        placed([{}], street({"A": 1, "B": 0, "P": 0}), a_round(takes={"any": [{"prev_school_id": ["甲校"]}]}))


# ---- choices by condition


def test_some_have_one_choice_and_the_others_all_of_theirs():
    filed = [("c000", "A", "public", 1), ("c000", "B", "public", 2), ("c001", "A", "public", 1)]
    filed += [("c001", "B", "public", 2), ("c002", "A", "public", 1)]
    children = [{"tier": "2"}, {"tier": "3a"}, {"tier": "1"}]
    town = street({"A": 1, "B": 2, "P": 0}, applications=filed)
    one = [{"if": {"tier": "2"}, "choices": 1}]
    assert placed(children, town, a_round("choice"))["c000"] == "B/choice"
    found = placed(children, town, a_round("choice", choices_by=one))
    assert found == {"c000": "/", "c001": "B/choice", "c002": "A/choice"}


# ---- pools


def by_a_clerk_of_a_pool(children, wishes, seats):
    """Call the children of a pool in the order of their tiers and numbers; each takes the best that is left."""
    left, found = dict(seats), {}
    for child in sorted(range(len(children)), key=lambda n: (children[n]["tier"], n)):
        named = wishes[child]
        others = sorted((s for s in ("A", "B") if s not in named), key=lambda s: abs({"A": 0, "B": 2000}[s] - 0.0))
        if not named:
            continue
        school = next((s for s in [*named, *others] if left[s]), None)
        found[child] = school
        if school:
            left[school] -= 1
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a_pool_is_filled_in_one_order_as_by_a_clerk(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 9))
    children = [{"tier": str(random.choice(["1", "2"])), "points_n": float(k)} for k in range(n)]
    wishes = [list(map(str, random.permutation(["A", "B"])))[: random.integers(0, 3)] for _ in range(n)]
    seats = {"A": int(random.integers(0, 4)), "B": int(random.integers(0, 4))}
    filed = [(f"c{c:03d}", school, "public", k) for c, named in enumerate(wishes) for k, school in enumerate(named, 1)]
    town = street({**seats, "P": 0}, applications=filed)
    key = ["tier", "points_n", "ticket"]
    found = placed(children, town, a_round("choice", pool="ab", key=key), pools=POOL)
    expected = by_a_clerk_of_a_pool(children, wishes, seats)
    assert {c: school for c in range(n) if (school := found[f"c{c:03d}"].split("/")[0])} == {
        child: school for child, school in expected.items() if school
    }


def test_without_the_pool_a_child_stays_with_the_schools_it_named():
    filed = [("c000", "A", "public", 1), ("c001", "A", "public", 1)]
    town = street({"A": 1, "B": 1, "P": 0}, applications=filed)
    children = [{"tier": "1"}, {"tier": "2"}]
    assert placed(children, town, a_round("choice"), pools=POOL)["c001"] == "/"
    assert placed(children, town, a_round("choice", pool="ab"), pools=POOL)["c001"] == "B/choice"


# ---- waiting list


def withdrawn(refill: bool, **seats):
    """Run a zone round of ten children for four seats, of which two are given up, and let others move up."""
    given_up = pd.DataFrame({"child_id": ["c000", "c001"], "school_id": ["A", "A"]})
    town = street({"A": 4, "B": 0, "P": 0, **seats}, withdrawals=given_up.assign(proof=True, consent=False))
    children = [{"points_n": float(n), "tier": "1"} for n in range(10)]
    said = (
        a_round("zone", key=["tier", "points_n", "ticket"]),
        a_round("withdrawal", refill=refill),
        {"id": "next", "name": "递补", "kind": "waiting", "of": "zone", "clause": "七(二)"},
    )
    return placed(children, town, *said)


def test_after_a_withdrawal_the_next_in_order_moves_up_where_the_text_lets_seats_be_filled_again():
    found = withdrawn(refill=True)
    assert {child: place for child, place in found.items() if place != "/"} == {
        "c002": "A/zone",
        "c003": "A/zone",
        "c004": "A/next",
        "c005": "A/next",
    }
    assert list(withdrawn(refill=False).values()).count("A/next") == 0


@pytest.mark.parametrize("seed", range(20))
def test_who_moves_up_are_those_a_larger_plan_would_have_let_in(seed):
    """With tickets: after k withdrawals the first k refused of the draw are in, whoever gave up."""
    children = [{} for _ in range(8)]
    drawn = placed(children, street({"A": 3, "B": 0, "P": 0}), a_round("zone", key=["ticket"]), seed=str(seed))
    more = placed(children, street({"A": 5, "B": 0, "P": 0}), a_round("zone", key=["ticket"]), seed=str(seed))
    inside = [child for child, place in drawn.items() if place != "/"]
    table = pd.DataFrame({"child_id": inside[:2], "school_id": "A"}).assign(proof=False, consent=False)
    said = (a_round("zone", key=["ticket"]), a_round("withdrawal", refill=True))
    said += ({"id": "next", "name": "递补", "kind": "waiting", "of": "zone", "clause": "七(二)"},)
    found = placed(children, street({"A": 3, "B": 0, "P": 0}, withdrawals=table), *said, seed=str(seed))
    assert {child for child, place in found.items() if place == "A/next"} == {
        child for child, place in more.items() if place != "/" and child not in inside
    }


def test_a_round_is_read_aloud_with_its_conditions():
    said = a_round(takes={"any": [{"points_n": ">= 20"}, {"tier": "6"}], "not": {"tier": "5"}})
    text = admission.descriptions.who(rounds.read(rulebook.rules(said))[0], {})
    assert "积分不少于20" in text
    assert "不是" in text
    assert tiers.name_of("6", {}) in text


# ---- a word of the child and one of the school


def test_a_child_is_offered_the_school_that_stands_on_its_own_paper():
    filed = [(f"c00{n}", school, "public", k) for n in range(3) for k, school in enumerate("AB", 1)]
    town = street({"A": 9, "B": 9, "P": 0}, applications=filed)
    own = a_round("choice", offers={"prev_school_id": "= school.school_id"})
    children = [{"prev_school_id": "B"}, {"prev_school_id": "A"}, {"prev_school_id": "P"}]
    assert placed(children, town, own) == {"c000": "B/choice", "c001": "A/choice", "c002": "/"}
    with pytest.raises(DataError, match=r"没有列「school\.shcool_id」"):
        rounds.prove(rulebook.rules(a_round("choice", offers={"prev_school_id": "= school.shcool_id"})))


def test_twins_on_one_ticket_ask_what_becomes_of_a_pair_that_does_not_fit():
    book = rulebook.rules(a_round(bundle=True))
    lost = {name: item for name, item in book.parameters.items() if name != "bundle.overflow"}
    chosen = {name: value for name, value in book.chosen.items() if name != "bundle.overflow"}
    with pytest.raises(DataError, match=r"bundle.*true.*skip.*expand"):
        rounds.read(replace(book, parameters=lost, chosen=chosen))


# ---- who gave a seat up, and who filed in an earlier batch


def given_up(*children):
    """Return the street where these children gave up the seat they had got at the private school."""
    filed = [(f"c00{n}", "P", "private", 1) for n in range(3)]
    papers = pd.DataFrame([{"child_id": c, "school_id": "P", "proof": False, "consent": False} for c in children])
    return street({"A": 9, "B": 0, "P": 3}, applications=filed, withdrawals=papers)


def test_who_gives_up_a_private_seat_may_be_arranged_for_all_the_same():
    private, rest = a_round("choice", sector="private"), a_round("nearest", takes={"private_only": [True, False]})
    gone, staying = a_round("withdrawal"), a_round("withdrawal", stays=True)
    children = [{"gave_up": True}, {"gave_up": False}, {"gave_up": False}]
    town = given_up("c000")
    assert placed(children, town, private, gone, rest)["c000"] == "/"
    assert placed(children, town, private, staying, rest)["c000"] == "A/nearest"
    # 放弃的只参加统筹，不参加学区录取
    zone = a_round("zone", takes={"gave_up": False})
    assert placed(children, town, private, staying, zone, rest)["c000"] == "A/nearest"


def test_a_later_batch_may_be_only_for_those_who_filed_in_the_first():
    filed = [("c000", "A", "public", 1, "首批"), ("c000", "B", "public", 1, "补录"), ("c001", "B", "public", 1, "补录")]
    town = batched(filed, A=0, B=9)
    first = a_round("choice", id="one", batch="首批")
    open_ = a_round("choice", id="two", batch="补录")
    closed = {**open_, "takes": {"batch.首批": True}}
    assert placed([{}, {}], town, first, open_) == {"c000": "B/two", "c001": "B/two"}
    assert placed([{}, {}], town, first, closed) == {"c000": "B/two", "c001": "/"}
    with pytest.raises(DataError, match=r"没有列「batch\.首轮」.*是不是「batch\.首批」"):
        rounds.prove(rulebook.rules(first, {**open_, "takes": {"batch.首轮": True}}))
