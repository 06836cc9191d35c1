"""The ten steps of 衢州 and the rounds of 洮北 beside clerks who place two hundred small towns of each by hand.

Every town of 衢州 is a county of its own with two public schools and a private one; ten towns of 洮北 share a district.
"""

import numpy as np
import pandas as pd
import pytest
from clerks import lane, serve, table, ticket, walk

from zhaosheng_analysis import admission, policy

TOWNS = 10
ZONED = [f"{side}{number}" for number in range(TOWNS) for side in "AB"]
PRIVATE = [f"P{number}" for number in range(TOWNS)]
MIXED = ["mixed1", "mixed2", "mixed3", "mixed4", "mixed5"]
TIERS = ["resident", *MIXED, "commissioned", "agreed", "policy", "migrant", "cross", "other"]
WEIGHTS = [0.3, 0.07, 0.05, 0.05, 0.06, 0.05, 0.06, 0.05, 0.07, 0.14, 0.05, 0.05]
PLACES = {name: int(name[1:]) * 9000.0 + 1200.0 * "ABP".index(name[0]) for name in [*ZONED, *PRIVATE]}
URBAN = {name: int(name[1:]) < TOWNS // 2 for name in ZONED}


def schools(*names, areas=True):
    """Return the schools of ten towns."""
    return [
        {
            "school_id": name,
            "name": f"{name}小学",
            "stage": "primary",
            "sector": "private" if name in PRIVATE else "public",
            "area_id": f"county{name[1:]}" if areas else None,
            "approver": "county",
            "urban": URBAN.get(name, True),
            "township_id": f"t{name[1:]}",
            "x": PLACES[name],
        }
        for name in names
    ]


def ten_counties(rules, seed):
    """Return random children of ten counties, what they applied to, seats, and seats kept back."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 200))
    children, filed = [], []
    for number in range(n):
        town, tier = int(chance.integers(TOWNS)), str(chance.choice(TIERS, p=WEIGHTS))
        school = f"P{town}" if tier == "commissioned" else f"{chance.choice(['A', 'B'])}{town}"
        child = {"tier": tier, "school_id": school, "zone_id": f"Z{school}", "y": 0.0}
        child |= {"x": PLACES[school] + float(chance.normal(0, 900)), "points_n": int(chance.integers(0, 6))}
        child |= {"match": str(chance.choice(["yes", "no"])), "staff": str(chance.choice(["yes", "no"], p=[0.1, 0.9]))}
        child |= {"returner": bool(chance.random() < 0.3), "permit": "yes"}
        child["status"] = str(chance.choice(["registered", "incomplete", "out_of_window"], p=[0.84, 0.08, 0.08]))
        children.append(child)
        if tier == "agreed" or chance.random() < 0.35:
            filed.append((f"c{number:03d}", f"P{town}", "private", 1))
        if chance.random() < 0.1:
            filed.append((f"c{number:03d}", f"P{(town + 1) % TOWNS}", "private", 2))
    seats = {name: int(chance.integers(0, 3 + n // 25)) for name in [*ZONED, *PRIVATE]}
    kept = {name: min(int(chance.integers(0, 3)), n) for name, n in seats.items()}
    return table(rules, children), filed, seats, kept


def ten_steps(people, filed, seats, kept, seed):
    """Place the children of ten counties step by step, as 三(六) of the text says."""
    left = {name: seats[name] - kept[name] for name in seats}
    placed = {}
    tier, rank, school_of = people["tier"], people["tier_rank"], people["school_id"]
    ready = [child for child in people.index if people.loc[child, "status"] == "registered"]
    asked = {child: [s for name, s, _, _ in filed if name == child] for child, *_ in filed}
    wish = {child: named[0] for child, named in asked.items()}
    wish = {c: s for c, s in wish.items() if s[1:] == school_of[c][1:]}  # 民办学校在审批地招生

    def waiting(*tiers):
        return [child for child in ready if child not in placed and tier[child] in tiers]

    def draw(queue, school, most=None):
        room = {school: left[school] if most is None else min(left[school], most)}
        before = dict(placed)
        won = {}
        serve(sorted(queue, key=lambda c: ticket(seed, school, c)), school, room, won)
        for child in won:
            if child in before:
                left[before[child]] += 1  # 民办录取后退出公办学位
            placed[child] = school
            left[school] -= 1

    def zone(queue, key):
        for school in seats:
            serve(
                sorted((c for c in queue if school_of[c] == school), key=lambda c: key(c, school)), school, left, placed
            )

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    def near(child, first=""):
        town = school_of[child][1:]
        there = [s for s in (f"A{town}", f"B{town}") if left[s]]
        return sorted(there, key=lambda s: (s != first, abs(people.loc[child, "x"] - PLACES[s])))

    # 第五步 公办学校学区房户生；民办学校委托学区生、协议约定生
    zone(waiting("resident"), lambda c, s: ticket(seed, s, c))
    zone(waiting("commissioned"), lambda c, s: (people.loc[c, "match"] != "yes", ticket(seed, s, c)))
    for school in PRIVATE:
        draw([c for c in waiting("agreed") if wish.get(c) == school], school)
    # 第六步 政策保障生：名额从接纳学校的计划中核减；未用完的退回
    for name, n in kept.items():
        left[name] += n
    quota = {name: min(n, left[name]) for name, n in kept.items()}
    wishes = {c: asked.get(c, [school_of[c]]) for c in waiting("policy")}
    settle(walk(wishes, lambda c, s: ticket(seed, s, c), quota))
    # 三(一)4 举办者和教职工子女优先，至多计划的一成
    rest = [c for c in ready if tier[c] != "policy"]
    for school in PRIVATE:
        able = [
            c for c in rest if wish.get(c) == school and people.loc[c, "staff"] == "yes" and placed.get(c) != school
        ]
        draw([c for c in able if placed.get(c, "A")[0] != "P"], school, seats[school] // 10)
    # 第七步 民办按志愿分批：未超计划一次性全部录取，超过的电脑随机派位；第八步 县内补招
    for holding in (True, False):
        for school in PRIVATE:
            able = [c for c in rest if wish.get(c) == school and placed.get(c, "A")[0] != "P"]
            draw([c for c in able if holding or c not in placed], school)
    # 第九步 未被民办录取的房户生，排序不受影响；统筹生；本县统筹；随迁子女按积分
    zone(waiting("direct", "resident"), lambda c, s: (rank[c], ticket(seed, s, c)))
    zone(waiting(*MIXED), lambda c, s: (rank[c], ticket(seed, s, c)))
    queue = waiting("resident", "commissioned", "agreed", "policy", *MIXED)
    wishes = {c: near(c) for c in queue}

    def by_way(c, s):
        return (rank[c], round(abs(people.loc[c, "x"] - PLACES[s])), ticket(seed, s, c))

    settle(walk(wishes, by_way, left))
    wishes = {c: near(c, first=school_of[c]) for c in waiting("migrant", "cross")}
    settle(walk(wishes, lambda c, s: (rank[c], -people.loc[c, "points_n"], ticket(seed, s, c)), left))
    # 三(四)12 错过报名时间的回原籍学生，由教育局统筹安排
    late = people.index[(people["status"] == "out_of_window") & people["returner"]]
    settle(walk({c: near(c, first=school_of[c]) for c in late}, by_way, left))
    return placed


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_counties_come_out_step_by_step(quzhou, seed):
    people, filed, seats, kept = ten_counties(quzhou, seed)
    district = lane(quzhou, schools(*ZONED, *PRIVATE), seats, filed, reserved=kept)
    outcome = admission.run(people, district, quzhou, seed=str(seed))
    assert admission.check(outcome, people, district, quzhou) == []
    found = outcome.children["school_id"].dropna().to_dict()
    assert found == ten_steps(people, filed, seats, kept, str(seed))


def district_of_towns(rules, seed):
    """Return random children of a district whose first towns are urban, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 200))
    children = []
    for _ in range(n):
        school = f"{chance.choice(['A', 'B'])}{chance.integers(TOWNS)}"
        own = "zone" if URBAN[school] else "township"
        child = {"tier": str(chance.choice([own, "designated", "returned"], p=[0.7, 0.2, 0.1]))}
        child |= {"school_id": school, "zone_id": f"Z{school}", "y": 0.0}
        child["x"] = PLACES[school] + float(chance.normal(0, 900))
        child["status"] = str(chance.choice(["registered", "under_age"], p=[0.9, 0.1]))
        children.append(child)
    return table(rules, children), {name: int(chance.integers(0, 3 + n // 12)) for name in ZONED}


def zone_only(people, seats, seed):
    """Place the children of 洮北: zone pupils or nobody named, then migrants and renters where seats are left."""
    left, placed, open_ = dict(seats), {}, []
    ready = [child for child in people.index if people.loc[child, "status"] == "registered"]
    for school in seats:
        own = [
            c for c in ready if people.loc[c, "school_id"] == school and people.loc[c, "tier"] in ("zone", "township")
        ]
        if len(own) <= left[school]:
            serve(own, school, left, placed)
        elif left[school]:  # 没有先后：超出计划的只计数，不点名，学位留给他们
            open_ += own
            left[school] = 0
    sent = [c for c in ready if people.loc[c, "tier"] == "designated"]
    metres = {(c, s): round(abs(people.loc[c, "x"] - PLACES[s])) for c in sent for s in seats}
    wishes = {c: sorted((s for s in seats if left[s]), key=lambda s: abs(people.loc[c, "x"] - PLACES[s])) for c in sent}
    placed |= walk(wishes, lambda c, s: (metres[c, s], ticket(seed, s, c)), left)
    return placed, sorted(open_)


@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_towns_take_their_own_pupils_and_name_none_too_many(seed):
    rules = policy.load("taobei-2024")
    people, seats = district_of_towns(rules, seed)
    district = lane(rules, schools(*ZONED, areas=False), seats, [])
    outcome = admission.run(people, district, rules, seed=str(seed))
    assert admission.check(outcome, people, district, rules) == []
    placed, open_ = zone_only(people, seats, str(seed))
    children = outcome.children
    assert children.index[children["status"] == "undetermined"].tolist() == open_
    assert children.loc[children["status"] == "admitted", "school_id"].to_dict() == placed
    assert pd.isna(children.loc[children["status"] == "unplaced", "school_id"]).all()
