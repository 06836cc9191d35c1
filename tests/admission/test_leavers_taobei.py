"""The juniors of 洮北 beside a clerk: two hundred small towns, ten to a district, read sentence by sentence (二, 三).

Five towns are urban, with two juniors and one that closed for the first; five are townships: each has a primary, all
but the last a junior, and in some districts that last primary has a junior named for it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns.clerks import lane, serve, table, ticket, walk
from zhaosheng_analysis import admission, policy

URBAN = [f"{side}{number}" for number in range(5) for side in "AB"]
CLOSED = {f"C{number}": f"A{number}" for number in range(5)}
RURAL = [f"J{number}" for number in range(5, 9)]
PRIMARIES = [f"p{number}" for number in range(5, 10)]
PLACES = {
    name: int(name[1:]) * 9000.0 + 1200.0 * "ABCJp".index(name[0]) for name in [*URBAN, *CLOSED, *RURAL, *PRIMARIES]
}


def school(name):
    """Return one school of the district; a closed one leads to its heir."""
    row = {
        "school_id": name,
        "name": f"{name}校",
        "stage": "primary" if name[0] == "p" else "junior",
        "x": PLACES[name],
    }
    row |= {"sector": "public", "area_id": None, "urban": int(name[1:]) < 5, "township_id": f"t{name[1:]}"}
    return row | {"successor_id": CLOSED.get(name)}


def district(rules, seats, feeders):
    """Return the district; 三: the railway school takes no new pupils, its successor does."""
    names = [*URBAN, *CLOSED, *RURAL, *PRIMARIES]
    found = lane(rules, [school(name) for name in names], seats, [])
    found.schools.loc[found.schools["school_id"].isin(CLOSED), "status"] = "closing"
    return found if feeders is None else replace(found, tables={**found.tables, "feeders": feeders})


def leavers(rules, seed):
    """Return random leavers of the primaries, seats, and the junior named for the last primary, or none."""
    chance = np.random.default_rng(seed)
    n, children = int(chance.integers(20, 200)), []
    for _ in range(n):
        if chance.random() < 0.5:
            home, before = str(chance.choice([*URBAN, *CLOSED])), "away"
            tier = "zone"
        else:
            home, before = str(chance.choice(RURAL)), str(chance.choice([*PRIMARIES, "away"]))
            tier = "township" if before == f"p{home[1:]}" else "returned"
        tier = "designated" if chance.random() < 0.15 else tier
        child = {"stage": "junior", "tier": tier, "school_id": home, "zone_id": f"Z{home}", "prev_school_id": before}
        child |= {"x": PLACES[home] + float(chance.normal(0, 900)), "y": 0.0}
        child["status"] = str(chance.choice(["registered", "ineligible"], p=[0.92, 0.08]))
        children.append(child)
    seats = {name: int(chance.integers(0, 3 + n // 10)) for name in [*URBAN, *RURAL]}
    named = pd.DataFrame({"primary_id": ["p9"], "junior_id": ["J8"]}) if seed % 2 else None
    return table(rules, children), seats, named


def by_hand(people, seats, named, seed):
    """Place the leavers of one district as 二 and 三 say; children nobody may order are counted, not named."""
    left, placed, open_ = dict(seats), {}, []
    ready = [child for child in people.index if people.loc[child, "status"] == "registered"]
    tier, before = people["tier"], people["prev_school_id"]

    def metres(child, name):
        return round(abs(people.loc[child, "x"] - PLACES[name]))

    def settle(wishes):
        wishes = {child: names for child, names in wishes.items() if names}
        for child, name in walk(wishes, lambda c, s: (metres(c, s), ticket(seed, s, c)), left).items():
            placed[child] = name
            left[name] -= 1

    # 二 城内各中小学只招收本学区学生；三 铁路二中学区内学生到第二中学报名入学；二 农村初中只招收本乡镇小学毕业生
    for name in seats:
        own = [c for c in ready if CLOSED.get(people.loc[c, "school_id"], people.loc[c, "school_id"]) == name]
        own = [c for c in own if tier[c] in ("zone", "township")]
        if len(own) <= left[name]:
            serve(own, name, left, placed)
        elif left[name]:
            open_ += own
            left[name] = 0
    # 二 「本乡镇小学毕业生」看毕业小学：住在外乡镇的，到毕业小学所在乡镇的初中
    returned = [c for c in ready if tier[c] == "returned"]
    settle({c: [name for name in RURAL if left[name] and before[c] == f"p{name[1:]}"] for c in returned})
    # 没有初中的乡镇：数据中写明的对口初中
    if named is not None:
        settle({c: ["J8"] for c in returned if c not in placed and before[c] == "p9"})
    # 二 随迁子女、城内户籍租房居住的，由教育部门统筹安排指定学校：就近有空余学位的
    sent = [c for c in ready if tier[c] == "designated"]
    settle(
        {c: sorted((s for s in seats if left[s]), key=lambda s, c=c: abs(people.loc[c, "x"] - PLACES[s])) for c in sent}
    )
    return placed, sorted(open_)


@pytest.mark.parametrize("seed", range(20))
def test_the_leavers_of_two_hundred_towns_go_where_the_text_sends_them(seed):
    rules = policy.load("taobei-2024")
    people, seats, named = leavers(rules, seed)
    town = district(rules, seats, named)
    outcome = admission.run(people, town, rules, seed=str(seed))
    assert admission.check(outcome, people, town, rules) == []
    placed, open_ = by_hand(people, seats, named, str(seed))
    children = outcome.children
    assert children.index[children["status"] == "undetermined"].tolist() == open_
    assert children.loc[children["status"] == "admitted", "school_id"].to_dict() == placed
    assert not children["school_id"].isin(CLOSED).any()
