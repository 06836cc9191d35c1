"""The rounds of 平城 beside a clerk who places two hundred small towns by hand, sentence by sentence of the text.

Every town has a 大学区 of its own with two schools, a choice zone between them, and a school without area (开源校区);
the private school is one for ten towns.
"""

import numpy as np
import pandas as pd
import pytest
from clerks import lane, table, ticket, walk

from zhaosheng_analysis import admission, policy

TOWNS = 10
OWN = [f"{side}{number}" for number in range(TOWNS) for side in "ABK"]
SCHOOLS = [
    {
        "school_id": name,
        "name": f"{name}小学",
        "stage": "primary",
        "sector": "public",
        "area_id": None if name[0] == "K" else f"area{name[1:]}",
        "x": int(name[1:]) * 9000.0 + 1000.0 * "ABK".index(name[0]),
    }
    for name in OWN
]
SCHOOLS += [{"school_id": "P", "name": "民校", "stage": "primary", "sector": "private", "area_id": None, "x": 0.0}]
PLACES = {school["school_id"]: school["x"] for school in SCHOOLS}
RANKS = ["1", "2", "3a", "3b", "4", "5", "6"]


def choices():
    """Return the zones: one for each school, and one of either A or B; in odd towns B only if it has seats."""
    single = [(f"Z{name}", name, 1, False) for name in OWN]
    either = [(f"ZC{number}", f"A{number}", 1, False) for number in range(TOWNS)]
    either += [(f"ZC{number}", f"B{number}", 2, number % 2 == 1) for number in range(TOWNS)]
    return pd.DataFrame([*single, *either], columns=["zone_id", "school_id", "order_n", "if_vacant"])


def county(rules, seed):
    """Return random children of ten towns, what they applied to, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 160))
    children, filed = [], []
    for _ in range(n):
        town, side = int(chance.integers(TOWNS)), str(chance.choice(list("ABKC"), p=[0.35, 0.35, 0.1, 0.2]))
        school = f"{side}{town}" if side != "C" else f"{chance.choice(['A', 'B'])}{town}"
        child = {"tier": str(chance.choice([*RANKS, "x"])), "school_id": school, "zone_id": f"Z{side}{town}"}
        child |= {"x": PLACES[school] + float(chance.normal(0, 900)), "y": 0.0}
        child["special"] = "yes" if chance.random() < 0.06 else "no"
        child["local"] = "no" if chance.random() < 0.1 else "yes"
        child["status"] = str(chance.choice(["registered", "incomplete", "not_registered"], p=[0.82, 0.08, 0.1]))
        child["unregistered"] = int(child["status"] == "not_registered")
        children.append(child)
    pairs = chance.permutation(n)[: 2 * int(chance.integers(0, 1 + n // 8))].reshape(-1, 2)
    for twin, (a, b) in enumerate(pairs):
        children[b] = children[a] = {
            **children[a],
            "twin_id": f"t{twin:02d}",
            "status": "registered",
            "unregistered": 0,
        }
    private = chance.random(n) < 0.3
    for a, b in pairs:
        private[b] = private[a]
    for number, child in enumerate(children):
        if not child["unregistered"]:
            wish = ("P", "private") if private[number] else (child["school_id"], "public")
            filed.append((f"c{number:03d}", *wish, 1))
    seats = {name: int(chance.integers(0, 2 + n // 25)) for name in OWN} | {"P": int(chance.integers(0, 1 + n // 5))}
    return table(rules, children), filed, seats


def by_hand(people, filed, seats, seed):
    """Place the children of ten towns as the text says."""
    left, placed = dict(seats), {}
    public = {child: school for child, school, sector, _ in filed if sector == "public"}
    private = {child for child, _, sector, _ in filed if sector == "private"}
    ready = [child for child in people.index if people.loc[child, "status"] == "registered"]
    tier, zone = people["tier_rank"], people["zone_id"]

    def own(child):
        """七(一)4: a child of the choice zone may go to either school, the one it chose first."""
        town = zone[child][-1]
        if not zone[child].startswith("ZC"):
            return [people.loc[child, "school_id"]]
        return sorted([f"A{town}", f"B{town}"], key=lambda school: (school != public.get(child), school))

    def conditional(child, school):
        """七(一)4(4): only there does the text look at the seats (odd towns)."""
        return zone[child].startswith("ZC") and school[0] == "B" and int(school[1:]) % 2 == 1

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    # 七(四) 烈士子女、军人子女等教育优待：计划内，先于梯次
    cared = [child for child in ready if people.loc[child, "special"] == "yes"]
    wishes = {child: [public[child]] if child in public else own(child) for child in cared}
    settle(walk(wishes, lambda c, s: (tier[c], ticket(seed, s, c)), left))
    # 七(一) 第一阶段由各学校按照学区范围和招生计划自行组织招生，并严格按入学梯次顺序进行录取
    wishes = {c: own(c) for c in ready if c in public and c not in placed and people.loc[c, "tier"] in RANKS}
    settle(walk(wishes, lambda c, s: (tier[c], conditional(c, s), ticket(seed, s, c)), left))
    # 七(三)3 报名人数超过招生计划的民办学校，全部电脑派位（多胞胎可捆绑），一次性录足
    families = {}
    for child in ready:
        if child in private and child not in placed and people.loc[child, "local"] == "yes":
            twin = people.loc[child, "twin_id"]
            families.setdefault(child if pd.isna(twin) else twin, []).append(child)
    for family in sorted(families, key=lambda name: ticket(seed, "private/P", name)):
        if len(families[family]) <= left["P"]:
            settle(dict.fromkeys(families[family], "P"))
    # 七(一) 第二阶段由大学区内多所学校……对未报名、未录取（包括民办未录取）的学生进行集中补报和统筹调配
    wishes = {}
    for child in people.index[people["status"].isin(["registered", "not_registered"])]:
        town, side = people.loc[child, "school_id"][1:], people.loc[child, "school_id"][0]
        if child not in placed and side != "K":
            there = [school for school in (f"A{town}", f"B{town}") if left[school]]
            away = {school: abs(people.loc[child, "x"] - PLACES[school]) for school in there}
            wishes[child] = sorted(there, key=lambda school: (school != public.get(child), away[school]))

    def second(child, school):
        metres = round(abs(people.loc[child, "x"] - PLACES[school]))
        late = people.loc[child, "unregistered"]
        return (tier[child], late, wishes[child].index(school), metres, ticket(seed, school, child))

    settle(walk(wishes, second, left))
    return placed


@pytest.fixture(scope="module")
def rules():
    return policy.load("pingcheng-2024")


def carry_out(rules, seed):
    people, filed, seats = county(rules, seed)
    district = lane(rules, SCHOOLS, seats, filed, zone_schools=choices())
    return people, filed, seats, district, admission.run(people, district, rules, seed=str(seed))


@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_small_towns_come_out_as_by_hand(rules, seed):
    people, filed, seats, district, outcome = carry_out(rules, seed)
    assert admission.check(outcome, people, district, rules) == []
    assert outcome.children["school_id"].dropna().to_dict() == by_hand(people, filed, seats, str(seed))


def test_who_holds_a_private_place_has_left_the_public_pool(rules):
    *_, outcome = carry_out(rules, 3)
    taken = outcome.children[outcome.children["status"] == "private"]
    later = outcome.log[outcome.log["child_id"].isin(taken.index) & (outcome.log["round"] == "area-registered")]
    assert len(taken)
    assert later.empty


def test_a_child_of_a_school_without_an_area_has_no_second_phase(rules):
    *_, outcome = carry_out(rules, 5)
    kept_out = outcome.children[outcome.children["zone_school_id"].str.startswith("K")]
    assert not kept_out["round"].eq("area-registered").any()
    assert kept_out["status"].eq("unplaced").any()
