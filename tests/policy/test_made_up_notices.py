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


# ---- 小学到初中的名额各不相同：按志愿派位，名额未满的由近及远补；配套入学不在类别表里


def test_each_primary_has_its_own_number_of_places_at_each_junior():
    found, random, world = policy.load(FOLDER / "luhe-2026.toml"), np.random.default_rng(4), World()
    juniors = [
        world.school("X", 0, 0.0, "a", ("junior", 14)),
        world.school("Y", 0, 1500.0, "a", ("junior", 12)),
        world.school("Z", 0, 4000.0, "a", ("junior", 16), boarding=True),
    ]
    primaries = [world.school(name, 0, dx, "a", ("primary", 0)) for name, dx in (("P", 300.0), ("Q", 900.0))]
    quota = {"P000": {"X000": 8, "Y000": 3, "Z000": 5}, "Q000": {"X000": 6, "Y000": 6, "Z000": 7}}
    for _ in range(50):
        wishes = [juniors[n] for n in random.permutation(3)][: random.integers(1, 4)]
        papers = {
            "stage": "junior",
            "home_at": pick(random, "zone", "none"),
            "hukou_at": pick(random, "zone", "outside"),
        }
        papers["home_attached"] = bool(random.random() < 0.2)
        place = {
            "own": pick(random, *juniors),
            "prev_school_id": pick(random, *primaries),
            "x": random.integers(0, 5000),
        }
        world.child.append(papers | place | {"wishes": {"": wishes}})
    clerk = Clerk(world)
    attached = [n for n, it in enumerate(world.child) if it["home_at"] == "zone" and it["home_attached"]]
    clerk.fill(
        "attached", {n: [world.child[n]["own"]] for n in attached}, lambda child, s: clerk.ticket(s, child), all_in=True
    )
    for name, primary in zip(("from_p", "from_q"), primaries, strict=True):
        there = clerk.free([n for n, it in enumerate(world.child) if it["prev_school_id"] == primary])
        asked = {}
        for n in there:
            filed = world.child[n]["wishes"][""]
            others = sorted(set(juniors) - set(filed), key=lambda s, who=n: (clerk.true_metres(who, s), s))
            asked[n] = [*filed, *others]
        clerk.fill(name, asked, lambda n, s, a=asked, d=name: (a[n].index(s), clerk.ticket(d, n)), quota[primary])
    clerk.left["Z000", "junior"] = 0  # a boarding school takes no part in the last round
    outside = [it["hukou_at"] == "outside" for it in world.child]
    clerk.nearest(
        "rest",
        list(range(50)),
        lambda child, s: (outside[child], clerk.metres(child, s), clerk.ticket(s, child)),
    )
    town = world.district(found)
    plans = town.tables["plans"]
    numbers = {f"from_{p[0].lower()}_n": plans["school_id"].map(quota[p]).fillna(0).astype("Int64") for p in primaries}
    table = world.ranked(found)
    assert world.admitted(found, table, plans=plans.assign(**numbers)) == clerk.got
    assert {name for _, name in clerk.got.values()} == {"attached", "from_p", "from_q", "rest"}


# ---- 公办民办同步登记：教职工子女至多一成、派位、未录取的排在同类登记公办的后面


def test_public_and_private_at_once():
    found, random, world = policy.load(FOLDER / "minban-2026.toml"), np.random.default_rng(5), World()
    for town in range(6):
        names = [world.school(name, town, dx, "a", ("primary", 3)) for name, dx in (("A", 0.0), ("B", 2000.0))]
        private = world.school("P", town, 900.0, "a", ("primary", 10), sector="private")
        for _ in range(22):
            own = pick(random, *names)
            papers = {
                "home_at": pick(random, "zone", "district", "none"),
                "hukou_at": pick(random, "zone", "outside"),
                "permit_at": pick(random, "zone", "none"),
                "permit_holders": "both",
                "staff_years_n": pick(random, None, 0.0, 2.0),
            }
            where = {
                "own": own,
                "x": town * STEP + random.integers(0, 3000),
                "wishes": {"": [pick(random, own, private, private)]},
            }
            world.child.append(papers | where)
    clerk = Clerk(world)
    private = {n: it["wishes"][""] for n, it in enumerate(world.child) if it["wishes"][""][0].startswith("P")}

    def tier(child):
        family = world.child[child]
        home, hukou = family["home_at"] == "zone", family["hukou_at"] == "zone"
        if home or hukou:
            return 1 if home and hukou else 2 if hukou else 3
        return 4 if family["permit_at"] == "zone" else 5

    def drawn(child, school):
        return clerk.ticket(school, child)

    staff = {n: wish for n, wish in private.items() if (world.child[n]["staff_years_n"] or 0) >= 1}
    clerk.fill("staff", staff, drawn, dict.fromkeys(world.place, 1))  # a tenth of ten
    clerk.fill("draw", {n: private[n] for n in clerk.free(list(private))}, drawn)
    public = {n: [it["own"]] for n, it in enumerate(world.child) if tier(n) < 5}
    public = {n: public[n] for n in clerk.free(list(public))}
    clerk.fill("public", public, lambda child, s: (tier(child), child in private, drawn(child, s)))
    clerk.nearest(
        "rest", list(range(len(world.child))), lambda child, s: (tier(child), clerk.metres(child, s), drawn(child, s))
    )
    table = world.ranked(found)
    assert table["tier"].astype("str").to_list() == [str(tier(n)) for n in range(len(world.child))]
    assert world.admitted(found, table) == clerk.got


# ---- 县：村小、中心小学、寄宿、指定学校、对口初中


def test_a_county_with_village_schools_by_hand():
    found, world = policy.load(FOLDER / "anping-2026.toml"), World()
    village = world.school("V", 0, 0.0, "t", ("primary", 2))
    centre = world.school("C", 0, 5000.0, "t", ("primary", 2), central=True)
    town = world.school("T", 0, 20000.0, "u", ("primary", 2))
    east = world.school("E", 0, 21000.0, "u", ("primary", 1), aliases="城东小学")
    west = world.school("W", 0, 25000.0, "u", ("primary", 2), aliases="城西小学")
    rural_junior = world.school("J", 0, 5200.0, "t", ("junior", 3))
    town_junior = world.school("K", 0, 20500.0, "u", ("junior", 3))
    rural = {"urban": False, "hukou_at": "zone", "own": village}
    urban = {"urban": True, "own": town, "x": 20000.0}
    migrant = urban | {"hukou_at": "outside", "permit_at": "district", "permit_holders": "both"}
    early, late = dt.date(2025, 12, 31), dt.date(2026, 1, 1)
    leaver = {"stage": "junior", "hukou_at": "zone", "x": 6000.0}
    told = [  # the papers of a family and what the plan gives it
        (rural | {"x": 1000.0, "boards": True}, (centre, "boarders")),  # 4 km to the central school
        (rural | {"x": 2500.0, "boards": True}, (centre, "central")),  # 2.5 km: no boarder; third at the village school
        (rural | {"x": 0.0}, (village, "village")),
        (rural | {"x": 100.0}, (village, "village")),
        (urban | {"hukou_at": "zone", "home_at": "zone"}, (town, "town")),
        (urban | {"hukou_at": "outside", "home_at": "zone"}, (town, "town")),
        (urban | {"hukou_at": "zone"}, (west, "rest")),  # the town school is full, and so is the nearer one
        (migrant | {"permit_issued_on": early}, (east, "migrants")),
        (migrant | {"permit_issued_on": late}, None),  # a day short of half a year
        (migrant | {"permit_issued_on": early, "x": 24500.0}, (west, "migrants")),
        (leaver | {"prev_township_same": True, "own": rural_junior}, (rural_junior, "township")),
        (leaver | {"prev_township_same": False, "own": rural_junior, "prev_school_id": town}, (town_junior, "feeder")),
    ]
    world.child += [{"wishes": {}} | papers for papers, _ in told]
    feeders = pd.DataFrame({"primary_id": [town], "junior_id": [town_junior]})
    table = world.ranked(found).assign(settled_on=pd.Timestamp("2024-01-01"))
    expected = {n: place for n, (_, place) in enumerate(told) if place}
    assert world.admitted(found, table, feeders=feeders) == expected
