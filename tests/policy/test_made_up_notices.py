"""Notices of kinds nobody had seen, made up and written with the handbook alone, against a clerk on little towns."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from tests.towns.notice_world import STEP, Clerk, World, near, pick
from zhaosheng_analysis import admission, policy

FOLDER = Path(__file__).with_name("notices")
TOWNS = 60


def months(since, last):
    """Count whole months, the last day included."""
    end = last + dt.timedelta(days=1)
    return max((end.year - since.year) * 12 + end.month - since.month - (end.day < since.day), 0)


def settled(random, world, family):
    """Settle families in towns of two schools."""
    for town in range(TOWNS):
        names = [
            world.school(name, town, dx, "a", ("primary", int(random.integers(0, 3))))
            for name, dx in (("A", 0.0), ("B", 2000.0))
        ]
        for _ in range(random.integers(2, 7)):
            wishes = [names[n] for n in random.permutation(2)][: random.integers(1, 3)]
            place = {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": {"": wishes}}
            world.child.append(family(random) | place)


# ---- 积分入学：相加、取高、封顶、扣分、最低线、同分的次序；志愿和服从调剂


def points_family(random):
    """Draw the papers of one migrant family."""
    return {
        "hukou_at": pick(random, "outside", "outside", "outside", "city", "zone"),
        "permit_at": pick(random, "zone", "zone", "zone", "none"),
        "permit_issued_on": near(random, dt.date(2022, 5, 1), 1200),
        "home_at": pick(random, "zone", "none", "none"),
        "rent_at": pick(random, "zone", "none"),
        "rent_dated_on": near(random, dt.date(2025, 4, 30), 3),
        "degree": pick(random, "bachelor", "college", "senior", "other", None),
        "honours_n": pick(random, 0, 0, 1, 4),
        "offence": pick(random, False, False, False, True),
        "obeys": pick(random, True, False),
        "father_months": int(random.integers(0, 90)),
        "mother_months": int(random.integers(0, 90)),
    }


def points_clerk(family):
    """Return whether a family may apply, and its points: None where a paper is missing."""
    may = family["permit_at"] != "none" and family["hukou_at"] != "zone"
    lived = months(family["permit_issued_on"], dt.date(2026, 4, 30)) // 12
    total = min((10 + 5 * (lived - 1)) if lived else 0, 40)
    total += min((family["father_months"] + family["mother_months"]) * 0.5, 60)
    if family["degree"] is None:
        return may, None
    total += {"bachelor": 20, "college": 10, "senior": 5, "other": 0}[family["degree"]]
    rented = family["home_at"] == "none" and family["rent_at"] == "zone"
    if family["home_at"] == "zone":
        total += 30
    elif rented and family["rent_dated_on"] <= dt.date(2025, 4, 30):
        total += 10
    total += min(5 * family["honours_n"], 15) - (20 if family["offence"] else 0)
    return may, total


def test_points_with_sums_caps_deductions_and_a_line():
    found, random, world = policy.load(FOLDER / "jiangwan-2026.toml"), np.random.default_rng(1), World()
    settled(random, world, points_family)
    read = [points_clerk(family) for family in world.child]
    clerk = Clerk(world)
    in_ = [n for n, (may, total) in enumerate(read) if may and total is not None and total >= 60]

    def rank(child):
        family = world.child[child]
        lived = months(family["permit_issued_on"], dt.date(2026, 4, 30))
        return -read[child][1], -(family["father_months"] + family["mother_months"]), -lived

    wishes = {n: world.child[n]["wishes"][""] for n in in_}
    clerk.fill(
        "choices", wishes, lambda child, s: (*rank(child), wishes[child].index(s), clerk.ticket("choices", child))
    )
    clerk.nearest(
        "arranged",
        [n for n in in_ if world.child[n]["obeys"]],
        lambda child, s: (*rank(child), clerk.metres(child, s), clerk.ticket(s, child)),
    )
    table = world.ranked(found)
    assert [None if pd.isna(total) else total for total in table["points"]] == [total for _, total in read]
    assert (table["tier"] == "P").to_list() == [may for may, _ in read]
    assert world.admitted(found, table) == clerk.got


# ---- 分批次录取：人户一致在先，六年一学位及其例外，统筹在后


def batch_family(random):
    """Draw the papers of one family."""
    return {
        "hukou_at": pick(random, "zone", "zone", "city", "outside"),
        "hukou_head": pick(random, "parent", "grandparent"),
        "hukou_since_on": near(random, dt.date(2025, 8, 31), 3),
        "home_at": pick(random, "zone", "zone", "none"),
        "home_dated_on": pick(random, dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(2025, 9, 1)),
        "same_register": pick(random, True, True, False),
        "same_dwelling": pick(random, True, True, False),
        "grand_home_at": pick(random, "zone", "none"),
        "rent_at": pick(random, "zone", "none"),
        "rent_dated_on": near(random, dt.date(2025, 8, 31), 2),
        "no_home": pick(random, True, False),
        "demolition": pick(random, False, False, False, True),
        "demolition_papers": pick(random, True, False),
        "locked": pick(random, "no", "no", "yes", "unknown"),
        "soldier": pick(random, False, False, True),
    }


def batch_clerk(family):
    """Return the batch of a family."""
    last = dt.date(2025, 8, 31)
    here, owns = family["hukou_at"] == "zone", family["home_at"] == "zone"
    if family["locked"] == "yes" and family["home_dated_on"] > dt.date(2018, 12, 31):
        return "4"
    if here and family["demolition"] and family["demolition_papers"]:
        return "1"
    if here and owns and family["same_register"] and family["same_dwelling"]:
        return "1" if max(family["hukou_since_on"], family["home_dated_on"]) <= last else "2"
    elders = here and not owns and family["hukou_head"] == "grandparent" and family["grand_home_at"] == "zone"
    rents = family["hukou_at"] != "outside" and not owns and family["rent_at"] == "zone"
    if family["no_home"] and (elders or (rents and family["rent_dated_on"] <= last)):
        return "3"
    return "4"


def test_batches_with_a_lock_and_its_exceptions():
    found, random, world = policy.load(FOLDER / "hubin-2026.toml"), np.random.default_rng(2), World()
    settled(random, world, batch_family)
    read = [batch_clerk(family) for family in world.child]
    clerk = Clerk(world)
    for batch in "123":
        wishes = {n: [world.child[n]["own"]] for n, said in enumerate(read) if said == batch}
        clerk.fill(
            f"b{batch}",
            wishes,
            lambda child, s: (
                not world.child[child]["soldier"],
                world.child[child]["hukou_since_on"],
                clerk.ticket(s, child),
            ),
        )
    rest = list(range(len(read)))
    clerk.nearest("b4", rest, lambda child, s: (read[child], clerk.metres(child, s), clerk.ticket(s, child)))
    table = world.ranked(found)
    assert table["tier"].astype("str").to_list() == read
    assert world.admitted(found, table) == clerk.got


def test_why_a_family_is_in_its_batch_is_told_by_the_line_that_held():
    """A paper by paper answer for a parent: what decided, not the name of the batch alone."""
    found, world = policy.load(FOLDER / "hubin-2026.toml"), World()
    own = world.school("A", 0, 0.0, "a", ("primary", 1))
    usual = {"hukou_at": "zone", "home_at": "zone", "hukou_since_on": dt.date(2020, 1, 1), "no_home": False}
    for locked, since in (("yes", dt.date(2019, 1, 1)), ("no", dt.date(2025, 9, 1))):
        world.child.append(usual | {"locked": locked, "home_dated_on": since, "own": own, "x": 5.0, "wishes": {}})
    table, town = world.ranked(found), world.district(found)
    outcome = admission.run(table, town, found, seed="x")
    first, second = (admission.explain(child, table, outcome, town, found) for child in table.index)
    assert "第几批：第四批——学位锁定：锁定" in first
    assert "第几批：第二批——户籍：在本学区且房产：在本学区" in second
