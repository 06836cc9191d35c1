"""The rounds of 乐亭 beside a clerk who places two hundred small towns by hand, sentence by sentence of the text.

Ten towns share a county: its three village schools, its private schools and the nearest vacancy.
"""

import numpy as np
import pandas as pd
import pytest
from clerks import lane, serve, table, ticket, walk

from zhaosheng_analysis import admission, policy

TOWNS = 10
ZONED = [f"{side}{number}" for number in range(TOWNS) for side in "AB"]
SCHOOLS = [
    *[
        {
            "school_id": name,
            "name": "第二实验小学" if name == "A0" else f"{name}小学",
            "stage": "primary",
            "sector": "public",
            "x": int(name[1:]) * 5000.0 + (1000.0 if name[0] == "B" else 0.0),
        }
        for name in ZONED
    ],
    {"school_id": "J", "name": "吉祥寺小学", "stage": "primary", "sector": "public", "x": 2000.0},
    {"school_id": "D", "name": "大杨庄小学", "stage": "primary", "sector": "public", "x": 3100.0},
    {"school_id": "M", "name": "毛庄小学", "stage": "primary", "sector": "public", "x": -1500.0},
    {"school_id": "P", "name": "民办小学", "stage": "primary", "sector": "private", "x": 500.0},
    {"school_id": "Z", "name": "忠德小学", "stage": "primary", "sector": "private", "x": 600.0},
    *[
        {"school_id": name, "name": name, "stage": "junior", "sector": "public", "x": 9000.0}
        for name in ("第三初级中学", "新戴河初级中学", "毛庄初中", "蔡庄初中")
    ],
]
PLACES = {school["school_id"]: school["x"] for school in SCHOOLS}
OUTER = ["J", "D", "M"]
PUBLIC = [*ZONED, *OUTER]
RANKS = ["1", "1b", "2", "3", "3a", "3b", "5", "6", "R"]
ONLINE = {"online": 0, "onsite": 1, "offline": 2}
ONSITE = {"onsite": 0, "offline": 1, "online": 2}


def county(rules, seed):
    """Return random children of ten towns, what they applied to, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 200))
    children, filed = [], []
    for number in range(n):
        tier = str(chance.choice([*RANKS, "4", "N"]))
        school = "A0" if tier == "4" else str(chance.choice(ZONED))
        x = PLACES[school] + float(chance.integers(-2000, 2000))
        child = {"tier": tier, "school_id": school, "zone_id": f"Z{school}", "x": x}
        child["channel"] = str(chance.choice(list(ONLINE), p=[0.6, 0.3, 0.1]))
        child["submitted_at"] = pd.Timestamp("2025-07-07 09:00") + pd.Timedelta(minutes=int(chance.integers(0, 9)))
        child["special"] = "yes" if chance.random() < 0.06 else "no"
        child["status"] = str(chance.choice(["registered", "incomplete", "out_of_window"], p=[0.85, 0.08, 0.07]))
        child["origin"] = str(chance.choice(["district", "city", "outside"], p=[0.7, 0.2, 0.1]))
        wants = chance.random()
        if wants < 0.85:
            filed.append((f"c{number:03d}", school, "public", 1))
        if wants > 0.6:
            filed.append((f"c{number:03d}", str(chance.choice(["P", "Z"])), "private", 1))
        children.append({**child, "y": 0.0})
    seats = {name: int(chance.integers(0, 2 + n // 20)) for name in [*PUBLIC, "P", "Z"]}
    return table(rules, children), filed, seats


def by_hand(people, filed, seats, seed):
    """Place the children of one town as the text says."""
    left, placed = dict(seats), {}
    public = {child: school for child, school, sector, _ in filed if sector == "public"}
    private = {child: school for child, school, sector, _ in filed if sector == "private"}
    standing = [child for child in people.index if people.loc[child, "status"] == "registered"]
    tier, channel, time = people["tier_rank"], people["channel"], people["submitted_at"]

    def free(*tiers):
        return [c for c in standing if c not in placed and c in public and people.loc[c, "tier"] in tiers]

    def vacancies(child, among):
        return sorted((s for s in among if left[s]), key=lambda s: (round(abs(people.loc[child, "x"] - PLACES[s])), s))

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    # 二(四)4 确保所有现役军人子女按时顺利入学
    for school in ZONED:
        cared = [
            c
            for c in standing
            if people.loc[c, "special"] == "yes" and public.get(c, people.loc[c, "school_id"]) == school
        ]
        serve(sorted(cared, key=lambda c: (tier[c], ticket(seed, school, c))), school, left, placed)
    # 二(三)1(1) 报名录取顺序以时间先后为准，先录取线上报名学生，后录取线下报名学生；二(一) 依次顺位
    for school in ZONED:
        queue = [c for c in free(*RANKS, "4") if people.loc[c, "school_id"] == school and channel[c] == "online"]
        serve(sorted(queue, key=lambda c: (tier[c], time[c], ticket(seed, school, c))), school, left, placed)
    for school in ZONED:
        queue = [c for c in free(*RANKS, "4") if people.loc[c, "school_id"] == school]
        order = lambda c, school=school: (tier[c], ONSITE[channel[c]], time[c], ticket(seed, school, c))  # noqa: E731
        serve(sorted(queue, key=order), school, left, placed)
    # 二(二)4 随迁子女：其它实验小学一律不得接收；不能取得居住证的可安排在城区周边学校
    for kind in ("4", "N"):
        wishes = {c: vacancies(c, OUTER) for c in free(kind)}
        settle(walk(wishes, lambda c, s: (ONLINE[channel[c]], time[c], ticket(seed, s, c)), left))
    # 二(一) 如片内学校学位不足，由县教育局调剂到相对就近的学校入学
    wishes = {c: vacancies(c, PUBLIC) for c in free(*RANKS)}
    settle(walk(wishes, lambda c, s: (tier[c], ONLINE[channel[c]], time[c], ticket(seed, s, c)), left))
    # 三(二) 优先满足本县学生；剩余学位录取县外唐山市内生源；附件2 忠德小学：本县；三(三)5 补录
    steps = (
        ("private-county", "district", "PZ"),
        ("private-city", "city", "P"),
        ("private-supplement", "district", "PZ"),
    )
    for stream, origin, schools in steps:
        late = stream == "private-supplement"
        able = ("registered", "out_of_window") if late else ("registered",)
        for school in schools:
            queue = [
                c
                for c in people.index
                if private.get(c) == school and people.loc[c, "origin"] == origin and people.loc[c, "status"] in able
            ]
            queue = [c for c in queue if placed.get(c) not in ("P", "Z") and not (late and c in placed)]
            for child in sorted(queue, key=lambda c: ticket(seed, f"{stream}/{school}", c)):
                if left[school] > 0:
                    left[placed.get(child, school)] += placed.get(child) is not None  # the public seat is released
                    placed[child] = school
                    left[school] -= 1
    return placed


@pytest.fixture(scope="module")
def rules():
    return policy.load("laoting-2025")


@pytest.mark.parametrize("seed", range(20))
def test_two_hundred_small_towns_come_out_as_by_hand(rules, seed):
    people, filed, seats = county(rules, seed)
    district = lane(rules, SCHOOLS, seats, filed)
    outcome = admission.run(people, district, rules, seed=str(seed))
    assert admission.check(outcome, people, district, rules) == []
    assert outcome.children["school_id"].dropna().to_dict() == by_hand(people, filed, seats, str(seed))
