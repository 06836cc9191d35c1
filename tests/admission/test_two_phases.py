"""The rounds of 平城 beside a clerk who places two hundred small towns by hand, sentence by sentence of the text.

Every town has a 大学区 of its own with two schools, a choice zone between them, one with a school of the next town (as
原四十小学区), and a school without area (开源校区); the private school is one for ten towns, as are the juniors. Some
children register at a school they have nothing to do with.
"""

import numpy as np
import pandas as pd
import pytest

from tests.towns.clerks import lane, table, ticket, walk
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
FAR = {"area_id": None, "x": 0.0}
SCHOOLS += [{"school_id": "P", "name": "民校", "stage": "primary", "sector": "private", **FAR}]
JUNIORS = {side: [f"{side}{number}{place}" for number in range(TOWNS) for place in "ab"] for side in "JQ"}
SECTORS = {"J": "public", "Q": "private"}
SCHOOLS += [
    {"school_id": name, "name": f"{name}中", "stage": "junior", "sector": SECTORS[name[0]], **FAR}
    for names in JUNIORS.values()
    for name in names
]
PLACES = {school["school_id"]: school["x"] for school in SCHOOLS}
ABSENT = ["not_registered", "out_of_window"]  # 未在规定时间内报名，即第一阶段未报名
RANKS = ["1", "2", "3a", "3b", "4", "5", "6"]


def choices():
    """Return the zones: of one school, of A or B (in odd towns B only if it has seats), of A or the next town's B."""
    single = [(f"Z{name}", name, 1, False) for name in OWN]
    either = [(f"ZC{number}", f"A{number}", 1, False) for number in range(TOWNS)]
    either += [(f"ZC{number}", f"B{number}", 2, number % 2 == 1) for number in range(TOWNS)]
    across = [(f"ZD{number}", f"A{number}", 1, False) for number in range(TOWNS)]
    across += [(f"ZD{number}", f"B{(number + 1) % TOWNS}", 2, False) for number in range(TOWNS)]
    return pd.DataFrame([*single, *either, *across], columns=["zone_id", "school_id", "order_n", "if_vacant"])


def county(rules, seed):
    """Return random children of ten towns, what they applied to, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 160))
    children, filed = [], []
    for _ in range(n):
        town, side = int(chance.integers(TOWNS)), str(chance.choice(list("ABKCD"), p=[0.3, 0.3, 0.1, 0.2, 0.1]))
        there = {"C": [f"A{town}", f"B{town}"], "D": [f"A{town}", f"B{(town + 1) % TOWNS}"]}
        school = str(chance.choice(there.get(side, [f"{side}{town}"])))
        child = {"tier": str(chance.choice(RANKS)), "school_id": school, "zone_id": f"Z{side}{town}"}
        child |= {"own_rank": RANKS.index(child["tier"]), "area_id": None if side == "K" else f"area{town}"}
        if chance.random() < 0.1:
            child |= {"tier": "x", "school_id": str(chance.choice(OWN)), "zone_id": None}
        child |= {"x": PLACES[school] + float(chance.normal(0, 900)), "y": 0.0}
        child["special"] = "yes" if chance.random() < 0.06 else "no"
        child["local"] = "no" if chance.random() < 0.1 else "yes"
        child["status"] = str(chance.choice(["registered", "incomplete", *ABSENT], p=[0.8, 0.08, 0.06, 0.06]))
        child["unregistered"] = int(child["status"] != "registered")
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
        if child["status"] not in ABSENT:
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
        """七(一)4: a child of a choice zone may go to either school, the one it chose first."""
        school, where = people.loc[child, "school_id"], zone[child]
        if pd.isna(where) or where[1] not in "CD":
            return [school]
        town = int(where[-1])
        either = [f"A{town}", f"B{town}" if where[1] == "C" else f"B{(town + 1) % TOWNS}"]
        return sorted(either, key=lambda name: (name != public.get(child), name))

    def conditional(child, school):
        """七(一)4(4): only there does the text look at the seats (odd towns)."""
        return zone[child] == f"ZC{school[1:]}" and school[0] == "B" and int(school[1:]) % 2 == 1

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
    # 七(一) 第二阶段由大学区内多所学校……对未报名、未录取（包括民办未录取）的学生集中补报、统筹调配（七(三) 依房户）；
    # 六(四) 材料不全的在规定时间内补验，同样是未录取的，排在报名有效者之后
    wishes = {}
    for child in people.index[people["status"].isin(["registered", "incomplete", *ABSENT])]:
        town = people.loc[child, "area_id"]
        if child not in placed and not pd.isna(town):
            town = town.removeprefix("area")
            there = [school for school in (f"A{town}", f"B{town}") if left[school]]
            away = {school: abs(people.loc[child, "x"] - PLACES[school]) for school in there}
            wishes[child] = sorted(there, key=lambda school: (school != public.get(child), away[school]))

    def second(child, school):
        metres = round(abs(people.loc[child, "x"] - PLACES[school]))
        late = people.loc[child, "unregistered"]
        return (people.loc[child, "own_rank"], late, public.get(child) != school, metres, ticket(seed, school, child))

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


def test_a_child_of_a_zone_without_an_area_has_no_second_phase(rules):
    people, *_, outcome = carry_out(rules, 5)
    kept_out = outcome.children[people["area_id"].isna()]
    assert not kept_out["round"].eq("area-registered").any()
    assert kept_out["status"].eq("unplaced").any()


def leavers(rules, seed):
    """Return random leavers of the primaries of ten towns, the juniors they applied to, and seats."""
    chance = np.random.default_rng(1000 + seed)
    n = int(chance.integers(20, 300))
    children, filed = [], []
    for _ in range(n):
        town = int(chance.integers(TOWNS))
        child = {
            "stage": "junior",
            "tier": "J",
            "zone_id": f"ZJ{town}",
            "school_id": f"J{town}{chance.choice(['a', 'b'])}",
        }
        child["prev_school_id"] = str(chance.choice([f"Q{town}a", f"Q{town}b", "A0", "B1"]))
        child |= {"special": "yes" if chance.random() < 0.08 else "no"}
        child |= {"local": "no" if chance.random() < 0.1 else "yes", "x": 0.0, "y": 0.0}
        child["status"] = str(chance.choice(["registered", "wrong_channel", "not_registered"], p=[0.86, 0.07, 0.07]))
        children.append(child)
    pairs = chance.permutation(n)[: 2 * int(chance.integers(0, 1 + n // 8))].reshape(-1, 2)
    for twin, (a, b) in enumerate(pairs):
        children[b] = children[a] = {**children[a], "twin_id": f"t{twin:02d}", "status": "registered"}
    wishes = []
    for child in children:
        side = "Q" if chance.random() < 0.5 else "J"
        both = chance.permutation([f"{side}{child['zone_id'][-1]}a", f"{side}{child['zone_id'][-1]}b"])
        wishes.append(both[: int(chance.integers(1, 3))].tolist())
    for a, b in pairs:
        wishes[b] = wishes[a]
    for number, (child, named) in enumerate(zip(children, wishes, strict=True)):
        if child["status"] != "not_registered":
            filed += [(f"c{number:03d}", school, SECTORS[school[0]], place) for place, school in enumerate(named, 1)]
    seats = {name: int(chance.integers(0, 2 + n // 40)) for names in JUNIORS.values() for name in names}
    return table(rules, children), filed, seats


def juniors_by_hand(people, filed, seats, seed):
    """Place the leavers of all primaries as 七(二), 七(三)2, 3 and 七(四) say."""
    left, placed = dict(seats), {}
    asked = {child: [school for name, school, *_ in filed if name == child] for child, *_ in filed}
    ready = [child for child in people.index if people.loc[child, "status"] == "registered"]
    local = [child for child in ready if people.loc[child, "local"] == "yes"]

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    def public(child):
        return [school for school in asked[child] if school[0] == "J"]

    def city(child):
        return [f"J{people.loc[child, 'zone_id'][-1]}{place}" for place in "ab"]

    # 七(四) 照顾对象先于其他：所报公办初中，没有报的看全区两校
    wishes = {c: public(c) or city(c) for c in ready if people.loc[c, "special"] == "yes"}
    settle(walk(wishes, lambda c, s: ticket(seed, s, c), left))
    # 七(二) 平城中学、平城二中（市直方案未见：按志愿和派位号测算）
    settle(walk({c: public(c) for c in local if c not in placed}, lambda c, s: ticket(seed, s, c), left))
    # 七(三)2 对口直升：不超计划的全部直升，超过的全部学位在本校小学毕业生中派位
    for school in JUNIORS["Q"]:
        own = [c for c in ready if c not in placed and school in asked[c] and people.loc[c, "prev_school_id"] == school]
        settle(dict.fromkeys(sorted(own, key=lambda c, s=school: ticket(seed, s, c))[: left[school]], school))
    # 七(三)3 第二批次：按志愿派位，多胞胎捆绑；上一批次已录满的不再进行
    for place in range(2):
        for school in JUNIORS["Q"]:
            families = {}
            for child in (c for c in local if c not in placed and asked[c][place : place + 1] == [school]):
                twin = people.loc[child, "twin_id"]
                families.setdefault(child if pd.isna(twin) else twin, []).append(child)
            for family in sorted(families, key=lambda name, s=school: ticket(seed, f"private/{s}", name)):
                if len(families[family]) <= left[school]:
                    settle(dict.fromkeys(families[family], school))
    return placed


@pytest.mark.parametrize("seed", range(20))
def test_the_leavers_of_two_hundred_towns_come_out_as_by_hand(rules, seed):
    people, filed, seats = leavers(rules, seed)
    whole = pd.DataFrame({"school_id": JUNIORS["J"], "order_n": [1, 2] * TOWNS, "if_vacant": False})
    whole["zone_id"] = "ZJ" + whole["school_id"].str[1]
    district = lane(rules, SCHOOLS, seats, filed, zone_schools=whole)
    outcome = admission.run(people, district, rules, seed=str(seed))
    assert admission.check(outcome, people, district, rules) == []
    assert outcome.children["school_id"].dropna().to_dict() == juniors_by_hand(people, filed, seats, str(seed))
