"""A points city, said in a rule file alone: named children by hand, and intakes against a clerk with a list.

The clerk knows nothing of arrays: children ask school after school, a school keeps the best it has seats for.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.towns.clerks import walk
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, policy, tiers
from zhaosheng_analysis.admission import explaining
from zhaosheng_analysis.applicants import cases, facts

CITY = Path(__file__).parents[1] / "towns" / "points_city.toml"
BONUS = 30  # 原地段加分 of the city


@pytest.fixture(scope="module")
def rules():
    return policy.load(CITY)


def test_children_a_clerk_can_judge_by_hand(rules):
    assert tiers.tried(rules) == []


def town(random, children_n):
    """Make children with tiers, points, a zone school and a list of choices, and the seats of two schools."""
    zones = random.choice(["A", "B"], children_n)
    children = [
        {
            "tier": str(random.choice(["1", "2"])),
            "points": float(random.choice([50, 60, 70, 80, 90])) + number / 100,  # nobody is tied
            "school_id": str(zone),
            "zone_id": f"Z{zone}",
        }
        for number, zone in enumerate(zones)
    ]
    wishes = [list(map(str, random.permutation(["A", "B"])))[: random.integers(1, 3)] for _ in children]
    return children, wishes, {"A": int(random.integers(0, 4)), "B": int(random.integers(0, 4)), "P": 0}


def by_a_clerk(children, wishes, seats):
    """Let children ask school after school; a school keeps the best it has seats for and sends the others on."""

    def place(child, school):
        row = children[child]
        bonus = BONUS if row["school_id"] == school else 0
        return row["tier"], -row["points"] - bonus, wishes[child].index(school)

    kept = {school: [] for school in seats}
    asking, asked = list(range(len(children))), [0] * len(children)
    while asking:
        child = asking.pop()
        if asked[child] == len(wishes[child]):
            continue
        school = wishes[child][asked[child]]
        asked[child] += 1
        best = sorted([*kept[school], child], key=lambda other, at=school: place(other, at))
        kept[school] = best[: seats[school]]
        asking += best[seats[school] :]
    return {child: school for school, there in kept.items() for child in there}


@pytest.mark.parametrize("seed", range(100))
def test_an_intake_by_points_is_that_of_a_clerk_with_a_list(rules, seed):
    random = np.random.default_rng(seed)
    children, wishes, seats = town(random, int(random.integers(1, 9)))
    named = [{"child_id": f"c{n}", **row} for n, row in enumerate(children)]
    asked = [(f"c{n}", school, "public", k) for n, list_ in enumerate(wishes) for k, school in enumerate(list_, 1)]
    only = replace(rules, rounds=rules.rounds[:1])
    outcome = admission.run(ranked(named), street(seats, applications=asked), only, seed="x").children
    told = {child: outcome.loc[f"c{child}", "school_id"] for child in range(len(children))}
    expected = by_a_clerk(children, wishes, seats)
    assert {child: school for child, school in told.items() if pd.notna(school)} == expected


def test_the_own_zone_counts_and_tiers_are_not_compared_by_points(rules):
    children = ranked(
        [
            {"child_id": "own", "points": 60.0},
            {"child_id": "far", "points": 80.0, "school_id": "B", "zone_id": "ZB"},
            {"child_id": "low", "points": 99.0, "tier": "2"},
        ]
    )
    asked = [(child, "A", "public", 1) for child in ("own", "far", "low")]
    only = replace(rules, rounds=rules.rounds[:1])
    outcome = admission.run(children, street({"A": 1, "B": 0, "P": 0}, applications=asked), only, seed="x").children
    # 60 + 30 for the own zone beats 80; the best points of the second tier beat nobody of the first.
    assert outcome.loc["own", "school_id"] == "A"
    assert outcome.loc[["far", "low"], "status"].tolist() == ["unplaced", "unplaced"]


def test_who_has_fewer_points_than_the_line_is_not_placed_by_the_bureau(rules):
    children = ranked(
        [
            {"child_id": name, "points": points}
            for name, points in {"on": 60.0, "under": 59.5, "unknown": np.nan}.items()
        ]
    )
    outcome = admission.run(children, street({"A": 9, "B": 9, "P": 0}), rules, seed="x").children
    assert outcome["status"].to_dict() == {"on": "redirected", "under": "unplaced", "unknown": "unplaced"}


def test_what_depends_on_the_school_is_told_school_by_school(rules):
    """The lines of `explain` on children made by hand, who have no papers from which the rest could be told."""
    children = ranked([{"child_id": name, "points": n} for name, n in (("own", 60.0), ("open", np.nan))])
    asked = [(child, school, "public", n) for child in ("own", "open") for n, school in enumerate("BA", 1)]
    district = street({"A": 1, "B": 0, "P": 0}, applications=asked)
    other, own = explaining._at_schools("own", children, district, rules)
    assert other == "报乙校：没有另计的分；共 60 分"
    assert own.startswith("报甲校：另计原地段 30 分（四")
    assert own.endswith("；共 90 分")
    assert explaining._at_schools("open", children, district, rules)[1].endswith("；共 未知")


def waiting(rules, **paper):
    """Judge one child of the A kind by hand, whose share of the home is as said."""
    child = {"hukou_at": "zone", "home_at": "zone", "home_housing": "flat", "only_child": True, **paper}
    table = cases.evidence_of([child], rules.evidence)
    own, answers = facts.own(table, rules), facts.build(table, rules)
    own = own.drop(columns=own.columns.intersection(answers.columns))
    table = table.drop(columns=table.columns.intersection([*own, *answers]))
    return tiers.assign(pd.concat([table, own, answers], axis=1), rules)


def test_a_tier_that_hangs_on_a_blank_is_not_told_and_its_points_are_not_counted(rules):
    row = waiting(rules).iloc[0]
    assert tiers.explain(row, rules) == "未定（等父母产权份额）。补齐以前不能归类。"
    assert pd.isna(row["points"])  # A with 100 or C with none: not known, and never the 10 of an only child alone
    assert row["points_missing"] == "A 类基础分、B 类基础分、居住时间、参保时间"
    known = waiting(rules, home_ownership=0.3).iloc[0]
    assert tiers.explain(known, rules).startswith("其他。")
    assert known["points"] == 10


def test_a_choice_beside_another_condition_stands_in_brackets(rules):
    one = {"hukou": ["zone", "district"]}
    alone = admission.descriptions.asked(one, rules)
    assert alone == "户籍：在本学区或户籍：在本区（县）其他地方"
    assert admission.descriptions.asked({**one, "home": "zone"}, rules) == f"（{alone}）且房产：在本学区"


@pytest.mark.parametrize("seed", range(20))
def test_ties_in_points_are_broken_item_by_item_down_the_chain(rules, seed):
    """The own zone counted, then the longer stay, then the longer insurance; what is blank stands last at its item."""
    random = np.random.default_rng(seed)
    children, wishes, seats = town(random, 8)
    for number, child in enumerate(random.permutation(8)):
        stay = float(random.choice([12.0, 24.0, np.nan]))
        children[child] |= {"points": float(random.choice([50, 80])), "home_months": stay, "insured_months": number}

    def place(child, school):
        row = children[child]
        stay = (1, 0.0) if np.isnan(row["home_months"]) else (0, -row["home_months"])
        return -row["points"] - BONUS * (row["school_id"] == school), stay, -row["insured_months"]

    named = [{"child_id": f"c{n}", **row} for n, row in enumerate(children)]
    asked = [(f"c{n}", school, "public", k) for n, list_ in enumerate(wishes) for k, school in enumerate(list_, 1)]
    chain = {**rules.rounds[0], "key": ["-points", "-home_months", "-insured_months", "ticket"]}
    only = replace(rules, rounds=(chain,))
    outcome = admission.run(ranked(named), street(seats, applications=asked), only, seed="x").children
    told = {n: outcome.loc[f"c{n}", "school_id"] for n in range(len(children))}
    expected = walk(dict(enumerate(wishes)), place, seats)
    assert {n: school for n, school in told.items() if pd.notna(school) and school} == expected


@pytest.mark.parametrize("seed", range(5))
def test_a_home_counts_by_the_share_of_its_owner_as_a_clerk_reads_it_off_the_deed(rules, seed):
    """百分之五十一以上：以分子分母相比，写到千分之一；没有写份额的等补。"""
    random = np.random.default_rng(seed)
    book = replace(rules, home=replace(rules.home, must={"home_ownership": ">= 0.51"}))
    for thousandths in [*map(int, random.integers(0, 1001, 8)), 509, 510, 511, None]:
        share = None if thousandths is None else thousandths / 1000
        child = {"hukou_at": "zone", "home_at": "zone", "home_housing": "special", "home_ownership": share}
        found = tiers.outcome({key: said for key, said in child.items() if said is not None}, book)
        if thousandths is None:
            assert found["status"] == "incomplete"
        else:
            assert (found["tier"], found["status"]) == ("A" if thousandths * 100 >= 51 * 1000 else "C", "registered")
