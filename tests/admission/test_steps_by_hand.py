"""The ten steps of 衢州 and the rounds of 洮北 beside clerks who place two hundred small towns of each by hand.

Every town of 衢州 is a county of its own: two public primaries (A, B), a public school of nine years (N), a public
junior (J) and two private schools of nine years (P, Q). Twenty towns of 洮北 share a district.
"""

import numpy as np
import pandas as pd
import pytest

from tests.towns.clerks import lane, serve, table, ticket, walk
from tests.towns.quzhou_counties import MIXED, PLACES, PUBLIC, TOWNS, URBAN, ZONED, counties, schools, ten_counties
from zhaosheng_analysis import admission, policy


def ten_steps(people, filed, plans, seed):
    """Place the children step by step, as 三(六) of the text says; the stages never meet."""
    placed = {}
    for stage in ("primary", "junior"):
        rows = people[people["stage"] == stage].to_dict("index")
        seats = {name: plan for (name, of), plan in plans.items() if of == stage}
        placed |= one_stage(rows, [row for row in filed if row[0] in rows], seats, seed, stage)
    return placed


def one_stage(rows, filed, plans, seed, stage):
    seats = {name: n for name, (n, _) in plans.items()}
    kept = {name: min(n, k) for name, (n, k) in plans.items()}
    left, placed = {name: seats[name] - kept[name] for name in seats}, {}
    ready = [child for child, row in rows.items() if row["status"] == "registered"]
    asked, wish = {}, {}
    for child, school, sector, number in filed:
        if school[1:] != rows[child]["school_id"][1:]:  # 民办学校在审批地招生
            continue
        asked.setdefault(child, []).append((number, school))
        if sector == "private":
            wish[child, number] = school
    private = [name for name in sorted(seats) if name[0] in "PQ"]

    def waiting(*tiers):
        return [child for child in ready if child not in placed and rows[child]["tier"] in tiers]

    def draw(queue, school, most=None):
        room, won = {school: left[school] if most is None else min(left[school], most)}, {}
        serve(sorted(queue, key=lambda c: ticket(seed, school, c)), school, room, won)
        for child in won:
            if child in placed:
                left[placed[child]] += 1  # 民办录取后退出公办学位
            placed[child] = school
            left[school] -= 1

    def zone(queue, key):
        for school in seats:
            own = [c for c in queue if rows[c]["school_id"] == school]
            serve(sorted(own, key=lambda c, s=school: (*key(rows[c]), ticket(seed, s, c))), school, left, placed)

    def settle(found):
        for child, school in found.items():
            placed[child] = school
            left[school] -= 1

    def away(child, school):
        return abs(rows[child]["x"] - PLACES[school])

    def near(child, first=""):
        town = rows[child]["school_id"][1:]
        there = [f"{kind}{town}" for kind in PUBLIC[stage] if left[f"{kind}{town}"]]
        return sorted(there, key=lambda s: (s != first, away(child, s)))

    def without_private(child):
        return placed.get(child, "A")[0] not in "PQ"

    # 第四步 一贯制学校直升生：自愿，超过计划的派位
    for school in sorted(seats):
        own = [c for c in waiting("direct") if rows[c]["prev_school_id"] == school]
        draw([c for c in own if school in [name for _, name in asked.get(c, [])]], school)
    # 第六步 政策保障生：名额从接纳学校的计划中核减，名单先定；未用完的退回，名额不够的按自己的类别
    chosen = [c for c in ready if c not in placed and rows[c]["special"] == "yes"]
    wishes = {c: [name for _, name in sorted(asked.get(c, [(0, rows[c]["school_id"])]))] for c in chosen}
    final = walk(wishes, lambda c, s: ticket(seed, s, c), kept)
    for name, n in kept.items():
        left[name] += n
    settle(final)
    # 第五步 公办学校学区房户生；民办学校委托学区生、协议约定生
    zone([c for c in waiting("resident") if rows[c]["school_id"][0] not in "PQ"], lambda _: ())
    zone(waiting("commissioned"), lambda row: (row["match"] != "yes",))
    for school in private:
        sure = {c: min(asked.get(c, [(0, "")]))[1] for c in waiting("agreed")}
        draw([c for c, first in sure.items() if first == school], school)
    # 三(一)4 举办者和教职工子女优先，至多计划的一成
    rest = [c for c in ready if c not in final]
    for school in private:
        able = [c for c in rest if wish.get((c, 1)) == school and rows[c]["staff"] == "yes" and without_private(c)]
        draw(able, school, seats[school] // 10)
    # 第七步 民办按志愿分批：未超计划一次性全部录取，超过的电脑随机派位；第八步 县内补招，先留住公办学位的也可参加
    for _ in ("第七步", "第八步"):
        for number in (1, 2, 3, 4):
            for school in private:
                draw([c for c in rest if wish.get((c, number)) == school and without_private(c)], school)
    # 第九步 未被民办录取的直升生、房户生，排序不受影响；统筹生；本县统筹；随迁子女按积分
    zone(
        [c for c in waiting("direct", "resident") if rows[c]["school_id"][0] not in "PQ"],
        lambda row: (row["tier_rank"],),
    )
    zone(waiting(*MIXED), lambda row: (row["tier_rank"],))
    queue = waiting("direct", "resident", "commissioned", "agreed", *MIXED)

    def by_way(c, s):
        return (rows[c]["tier_rank"], round(away(c, s)), ticket(seed, s, c))

    settle(walk({c: near(c) for c in queue}, by_way, left))
    wishes = {c: near(c, first=rows[c]["school_id"]) for c in waiting("migrant", "cross")}
    settle(walk(wishes, lambda c, s: (rows[c]["tier_rank"], -rows[c]["points_n"], ticket(seed, s, c)), left))
    # 三(四)12 错过报名时间的回原籍学生，由教育局统筹安排
    late = [child for child, row in rows.items() if row["status"] == "out_of_window" and row["returner"]]
    settle(walk({c: near(c, first=rows[c]["school_id"]) for c in late}, by_way, left))
    return placed


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_counties_come_out_step_by_step(quzhou, seed):
    people, filed, plans = ten_counties(quzhou, seed)
    district = counties(quzhou, filed, plans)
    outcome = admission.run(people, district, quzhou, seed=str(seed))
    assert admission.check(outcome, people, district, quzhou) == []
    assert outcome.children["school_id"].dropna().to_dict() == ten_steps(people, filed, plans, str(seed))


def district_of_towns(rules, seed):
    """Return random children of a district whose first towns are urban, and seats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(40, 400))
    children = []
    for _ in range(n):
        school = f"{chance.choice(['A', 'B'])}{chance.integers(TOWNS)}"
        own = "zone" if URBAN[school] else "township"
        child = {"tier": str(chance.choice([own, "designated", "returned"], p=[0.7, 0.2, 0.1]))}
        child |= {"school_id": school, "zone_id": f"Z{school}", "y": 0.0}
        child["x"] = PLACES[school] + float(chance.normal(0, 900))
        child["status"] = str(chance.choice(["registered", "under_age"], p=[0.9, 0.1]))
        children.append(child)
    return table(rules, children), {name: int(chance.integers(0, 3 + n // 24)) for name in ZONED}


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


@pytest.mark.parametrize("seed", range(10))
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
