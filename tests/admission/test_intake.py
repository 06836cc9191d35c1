"""Whole intakes: a slow oracle, conservation, validity, reasons, chances and what-ifs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.rulebook import a_round
from tests.towns.street import PLACES, ranked, street
from zhaosheng_analysis import admission, lottery
from zhaosheng_analysis.schema import DataError

TIERS = ["1", "2", "3a", "3b", "4", "5", "6"]
PINGCHENG = (
    a_round("lottery", id="private", name="民办派位", sector="private", key=["ticket"], bundle="skip"),
    a_round("zone", name="第一阶段", takes={"applied_private": False}),
    a_round("area", name="第二阶段", key=["tier", "ticket"], ticket_by="child", takes={"private_only": [True, False]}),
)


def town(seed, *, most=24):
    """Return random children, applications and seats on the street."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(1, most))
    children = []
    for _ in range(n):
        school = str(chance.choice(["A", "B"]))
        children.append({"zone_id": f"Z{school}", "school_id": school, "tier": str(chance.choice(TIERS))})
        status = "incomplete" if chance.random() < 0.1 else "registered"
        children[-1] |= {"x": float(chance.integers(0, 4000)), "status": status}
    pairs = chance.permutation(n)[: 2 * int(chance.integers(0, 1 + n // 6))]
    for twin, (a, b) in enumerate(pairs.reshape(-1, 2)):
        children[b] = dict(children[a])
        children[a]["twin_id"] = children[b]["twin_id"] = f"t{twin}"
    private = chance.random(n) < 0.3
    for a, b in pairs.reshape(-1, 2):
        private[b] = private[a]
    filed = [(f"c{i:03d}", "P", "private", 1) for i in np.flatnonzero(private)]
    seats = dict(zip(PLACES, chance.integers(0, 1 + n // 3, 3).tolist(), strict=True))
    return children, filed, seats


def by_the_book(table, filed, seats, seed):
    """Place children as a clerk would with paper: private draw, zones tier by tier, then the area; child -> school."""
    left, placed = dict(seats), {}
    ready = [c for c in table.index if table.loc[c, "status"] == "registered"]
    asked = {child for child, *_ in filed}

    def ticket(name, stream):
        return int(lottery.tickets([name], seed=seed, stream=stream)[0])

    families = {}
    for child in sorted(asked & set(ready)):
        twin = table.loc[child, "twin_id"]
        families.setdefault(child if pd.isna(twin) else twin, []).append(child)
    over = sum(map(len, families.values())) > left["P"]
    for family in sorted(families, key=lambda name: ticket(name, "P")):
        if len(families[family]) <= left["P"] or not over:
            placed |= dict.fromkeys(families[family], "P")
            left["P"] -= len(families[family])
    for school in ("A", "B"):
        queue = [c for c in ready if table.loc[c, "school_id"] == school and c not in asked]
        queue.sort(key=lambda c: (table.loc[c, "tier_rank"], ticket(c, school)))
        placed |= dict.fromkeys(queue[: left[school]], school)
        left[school] -= min(left[school], len(queue))
    waiting = [c for c in ready if c not in placed]
    for child in sorted(waiting, key=lambda c: (table.loc[c, "tier_rank"], ticket(c, "area"))):
        for school in sorted("AB", key=lambda s: (abs(table.loc[child, "x"] - PLACES[s]), s)):
            if left[school] > 0 and child not in placed:
                placed[child], left[school] = school, left[school] - 1
    return placed


def test_thirty_random_towns_come_out_as_by_the_book():
    for seed in range(30):
        children, filed, seats = town(seed)
        table, district, rules = ranked(children), street(seats, applications=filed), rulebook.rules(*PINGCHENG)
        outcome = admission.run(table, district, rules, seed=str(seed))
        assert admission.check(outcome, table, district, rules) == [], seed
        assert outcome.children["school_id"].dropna().to_dict() == by_the_book(table, filed, seats, str(seed)), seed


def test_children_in_are_children_placed_or_explained_and_nobody_twice():
    for seed in range(4):
        children, filed, seats = town(seed, most=60)
        table = ranked(children)
        outcome = admission.run(table, street(seats, applications=filed), rulebook.rules(*PINGCHENG), seed="s")
        assert outcome.children.index.tolist() == table.index.tolist()
        assert outcome.cuts["admitted_n"].sum() == outcome.children["status"].isin(admission.PLACED).sum()
        assert (outcome.cuts["admitted_n"] <= outcome.cuts["seats_n"]).all()
        assert (outcome.children["reason"].str.len() > 3).all()


def test_the_order_of_every_table_changes_nothing():
    for seed in range(3):
        children, filed, seats = town(seed, most=60)
        table, district = ranked(children), street(seats, applications=filed)
        turned = replace(
            district,
            schools=district.schools[::-1],
            zone_schools=district.zone_schools[::-1],
            tables={name: part.sample(frac=1, random_state=seed) for name, part in district.tables.items()},
        )
        outcome = admission.run(table, district, rulebook.rules(*PINGCHENG), seed="s")
        again = admission.run(table.sample(frac=1, random_state=seed), turned, rulebook.rules(*PINGCHENG), seed="s")
        pd.testing.assert_frame_equal(outcome.children, again.children)


def test_one_more_seat_hurts_nobody_of_the_same_school_and_tier():
    for seed in range(4):
        children, _, seats = town(seed, most=60)
        table, rules = ranked(children), rulebook.rules(a_round())
        before = admission.run(table, street(seats), rules, seed="s").children
        for school in ("A", "B"):
            after = admission.run(table, street({**seats, school: seats[school] + 1}), rules, seed="s").children
            assert set(before.index[before["status"] == "admitted"]) <= set(after.index[after["status"] == "admitted"])


def test_a_child_that_nobody_competes_with_changes_nobody_elses_result():
    children, filed, seats = town(3, most=40)
    alone = {"status": "incomplete"}
    a = admission.run(
        ranked(children), street(seats, applications=filed), rulebook.rules(*PINGCHENG), seed="s"
    ).children
    b = admission.run(
        ranked([*children, alone]), street(seats, applications=filed), rulebook.rules(*PINGCHENG), seed="s"
    ).children
    pd.testing.assert_frame_equal(a, b.iloc[:-1])


def pcw_15():
    """Return 107 registrants for 90 seats: tiers of 62, 11, 9, 12, 5, 7, 1."""
    children = [{"tier": t} for t, n in zip(TIERS, (62, 11, 9, 12, 5, 7, 1), strict=True) for _ in range(n)]
    table, district, rules = (
        ranked(children),
        street({"A": 90, "B": 0, "P": 0}),
        rulebook.rules(a_round(name="第一阶段")),
    )
    return table, district, rules, admission.run(table, district, rules, seed="2024-07-18")


def test_case_pcw_15_all_to_3a_are_in_and_eight_of_twelve_of_3b():
    *_, outcome = pcw_15()
    inside = outcome.children["status"].eq("admitted").groupby(outcome.children["tier"]).sum()
    assert inside.to_dict() == {"1": 62, "2": 11, "3a": 9, "3b": 8, "4": 0, "5": 0, "6": 0}
    cut = outcome.cuts.set_index("school_id").loc["A"]
    assert (cut["tier"], cut["margin_n"], cut["margin_left_n"], cut["bound"]) == ("3b", 12, 8, True)
    last = outcome.children.query("tier == '3b' and status == 'admitted'")["ticket"].max()
    assert cut["ticket"] == last


def test_the_reason_names_tier_cut_digit_and_clause():
    *_, outcome = pcw_15()
    reasons = outcome.children["reason"]
    assert reasons["c106"] == "第6类；甲校90个学位录至第3乙类；差在类别；未获得学位；依据七(一)2(6)"
    refused = outcome.children.query("tier == '3b' and status == 'unplaced'").index[0]
    assert reasons[refused] == "第3乙类；甲校90个学位录至第3乙类；差在派位号；未获得学位；依据七(一)2(3)"
    assert reasons["c000"] == "第1类；在「第一阶段」录取到甲校；依据七(一)2(1)、七(一)"


def test_whoever_never_entered_keeps_what_was_wrong_with_the_registration():
    table = ranked([{"status": "under_age"}, {}]).assign(status_clause="五(一)")
    outcome = admission.run(table, street({"A": 2, "B": 0, "P": 0}), rulebook.rules(a_round()), seed="s")
    assert outcome.children["status"].tolist() == ["under_age", "admitted"]
    assert outcome.children.loc["c000", "reason"] == "不足龄；未参加录取；依据五(一)"


def spoilt(outcome, children=None, log=None):
    """Return an outcome with a part of it changed behind its back."""
    return replace(
        outcome, children=outcome.children if children is None else children, log=outcome.log if log is None else log
    )


def test_check_finds_every_planted_fault():
    table, district, rules, outcome = pcw_15()
    assert admission.check(outcome, table, district, rules) == []
    children = outcome.children
    lost = spoilt(outcome, children.drop("c000"))
    assert "不在结果中" in admission.check(lost, table, district, rules)[0]
    doubled = spoilt(outcome, pd.concat([children, children.head(1)]))
    assert any("重复出现" in text for text in admission.check(doubled, table, district, rules))
    refused = children.index[children["status"] == "unplaced"][0]
    over = children.copy()
    over.loc[refused, ["status", "school_id", "round"]] = ["admitted", "A", "zone"]
    assert any("超计划" in text for text in admission.check(spoilt(outcome, over), table, district, rules))
    silent = children.assign(reason=children["reason"].where(children.index != refused, ""))
    assert any("没有理由" in text for text in admission.check(spoilt(outcome, silent), table, district, rules))
    wrong = children.copy()
    wrong.loc["c000", "stage"] = "junior"
    assert any("学段不符" in text for text in admission.check(spoilt(outcome, wrong), table, district, rules))
    log = outcome.log.copy()
    swap = log["child_id"].isin(["c000", refused])
    log.loc[swap, "result"] = log.loc[swap, "result"].to_numpy()[::-1]
    assert any("排在其后者" in text for text in admission.check(spoilt(outcome, log=log), table, district, rules))


def test_check_finds_a_seat_left_empty_before_a_refused_child():
    table, district, rules, outcome = pcw_15()
    idle = outcome.rounds.assign(admitted_n=outcome.rounds["admitted_n"] - 1)
    found = admission.check(replace(outcome, rounds=idle), table, district, rules)
    assert found == ["1 所学校有空余学位仍拒收报名者：甲校"]


def test_ranked_children_that_cannot_be_used_are_refused():
    table = ranked([{}, {}])
    district, rules = street({"A": 1}), rulebook.rules(a_round())
    with pytest.raises(DataError, match=r"类别次序.*tiers\.assign"):
        admission.run(table.drop(columns="tier_rank"), district, rules, seed="s")
    with pytest.raises(DataError, match="重复"):
        admission.run(pd.concat([table, table]), district, rules, seed="s")
    with pytest.raises(DataError, match="2023 年的招生计划"):
        admission.run(table, district, replace(rules, intake_year=2023), seed="s")


def test_two_rules_share_their_tickets_so_that_only_the_rule_differs():
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(12)]
    children = [{"twin_id": f"t{n // 2}" if n < 4 else None} for n in range(12)]
    found = {}
    for rule in ("none", "skip", "stop", "expand", "split"):
        said = a_round("lottery", sector="private", key=["ticket"], bundle={"parameter": "rule", rule: rule})
        rules = rulebook.rules(said, settings={"rule": rule})
        outcome = admission.run(ranked(children), street({"A": 0, "B": 0, "P": 5}, applications=filed), rules, seed="x")
        found[rule] = outcome.children
    singles = found["skip"].index[4:]
    tickets = {rule: told.loc[singles, "ticket"] for rule, told in found.items()}
    for rule, told in tickets.items():
        same = (told != "") & (tickets["skip"] != "")
        assert (told[same] == tickets["skip"][same]).all(), rule
    counts = {rule: int((told["status"] == "private").sum()) for rule, told in found.items()}
    assert counts["stop"] <= counts["skip"] <= 5 == counts["none"] == counts["split"]
    assert counts["expand"] in (5, 6)


@pytest.mark.parametrize(("counted", "over"), [("qualified", False), ("registered", True)])
def test_whether_a_private_school_is_over_plan_depends_on_who_is_counted_and_nobodys_seat_does(counted, over):
    status = ["registered", "registered", "incomplete", "out_of_window", "not_registered"]
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(4)]
    private = a_round("lottery", sector="private", key=["ticket"])
    district = street({"A": 0, "B": 0, "P": 2}, applications=filed)
    rules = rulebook.rules(private, settings={"private_count": counted})
    outcome = admission.run(ranked([{"status": name} for name in status]), district, rules, seed="s")
    (row,) = outcome.rounds.to_dict("records")
    assert (row["asked_n"], row["filed_n"], row["seats_n"]) == (2, 3, 2)
    assert row["over_plan"] is over
    assert outcome.children["school_id"].fillna("").tolist() == ["P", "P", "", "", ""]


def test_those_the_round_does_not_take_are_not_counted_as_its_registered():
    children = [{"origin": "district"}, {"origin": "city", "status": "incomplete"}, {"origin": "district"}]
    filed = [(f"c{n:03d}", "P", "private", 1) for n in range(3)]
    private = a_round("lottery", sector="private", key=["ticket"], takes={"origin": ["district"]})
    district = street({"A": 0, "B": 0, "P": 3}, applications=filed)
    outcome = admission.run(ranked(children), district, rulebook.rules(private), seed="s")
    assert outcome.rounds["filed_n"].tolist() == [2]
