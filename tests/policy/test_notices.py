"""Five notices of five kinds as rule files, without Python: cases by hand, and little towns against a clerk each.

A clerk reads the papers of every family by the text, clause by clause, and fills the schools with a list; what a clerk
does is written here anew and knows nothing of the package.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.towns import papers
from tests.towns.street import street
from zhaosheng_analysis import admission, policy, tiers

FOLDER = Path(__file__).with_name("notices")
TOWNS, FILLED = 200, 25  # towns whose papers are read, and of those the towns whose schools are filled
NOTICES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def rules(name):
    return policy.load(FOLDER / f"{name}.toml")


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_passes_the_check_and_its_cases(name):
    found = rules(name)
    assert admission.rounds.prove(found)
    assert tiers.tried(found) == []


def town_of(found, seats, wishes, sector="public", **columns):
    """Return the street with the plans of the year of a notice and these wishes."""
    filed = [(f"c{c:03d}", school, sector, k) for c, named in enumerate(wishes) for k, school in enumerate(named, 1)]
    town = street(seats, applications=filed)
    plans = town.tables["plans"].assign(intake_year=found.intake_year)
    schools = town.schools.assign(**columns) if columns else town.schools
    return replace(town, schools=schools, tables={**town.tables, "plans": plans})


def towns_of(found, family, random):
    """Draw two hundred little towns and return the families of each with their children as ranked."""
    towns = [[family(random) for _ in range(random.integers(3, 9))] for _ in range(TOWNS)]
    table, start = papers.ranked(found, [one for town in towns for one in town]), 0
    for town in towns:
        rows = table.iloc[start : start + len(town)]
        rows.index = pd.Index([f"c{n:03d}" for n in range(len(town))], name="child_id")
        yield town, rows
        start += len(town)


def admitted(found, table, town):
    """Return the school and round of every child, by number."""
    outcome = admission.run(table, town, found, seed="x")
    return {
        int(child[1:]): (row["school_id"], row["round"])
        for child, row in outcome.children.iterrows()
        if row["status"] in ("admitted", "redirected", "private")
    }


def whole_months(since, last):
    """Count the months from a day to another, that day included, as on a calendar: only those that are whole."""
    months, day = 0, pd.Timestamp(since)
    while day + pd.DateOffset(months=months + 1) - pd.Timedelta(days=1) <= pd.Timestamp(last):
        months += 1
    return months


def asked_in_turn(children, wishes, seats, place):
    """Let children ask school after school; a school keeps the best it has seats for and sends the others on."""
    kept = {school: [] for school in seats}
    asking, asked = sorted(children), dict.fromkeys(children, 0)
    while asking:
        child = asking.pop(0)
        if asked[child] == len(wishes[child]):
            continue
        school = wishes[child][asked[child]]
        asked[child] += 1
        best = sorted([*kept[school], child], key=lambda other, at=school: place(other, at))
        kept[school] = best[: seats[school]]
        asking += best[seats[school] :]
    return {child: school for school, there in kept.items() for child in there}


# ---- 类别在先、同类比积分


def luohu_family(random):
    """Draw the papers of one family."""
    home = str(random.choice(["zone", "none", "none", "zone"]))
    since = dt.date(2010, 1, 1) + dt.timedelta(days=int(random.integers(0, 2200)))
    return {
        "hukou_at": str(random.choice(["zone", "city", "outside"])),
        "home_at": home,
        "home_use": str(random.choice(["flat", "special"])),
        "home_share": float(random.choice([0.5, 0.51, 1.0])),
        "home_dated_on": since,
        "guardian_hukou_since_on": since,
        "rent_at": str(random.choice(["zone", "none"])),
        "rent_dated_on": since,
        "rent_red_book": bool(random.random() < 0.7),
        "no_home": bool(random.random() < 0.8),
        "only_child": bool(random.random() < 0.5),
        "planned": bool(random.random() < 0.5),
        "parent_here": bool(random.random() < 0.3),
        "obeys": False,
        "pension_months": int(random.integers(0, 40)),
        "injury_months": int(random.integers(0, 40)),
        "tax_months": int(random.integers(0, 20)),
    }


def luohu_clerk(family):
    """Read the papers by the text: class and points, without those of the pair; None where none is taken."""
    native = family["hukou_at"] != "outside"
    dwelling = "none"
    if family["home_at"] == "zone":
        if family["home_use"] == "special":
            dwelling = "special"
        elif family["home_share"] >= 0.51:
            dwelling = "bought"
    elif family["rent_at"] == "zone" and family["no_home"]:
        dwelling = "rented"
    if dwelling == "none":
        return None
    if not native and dwelling == "rented" and family["rent_dated_on"] > dt.date(2015, 3, 31):
        return None
    last, points = dt.date(2016, 3, 31), 0.0
    if native:
        since = {"bought": "home_dated_on", "special": "guardian_hukou_since_on", "rented": "rent_dated_on"}[dwelling]
        if dwelling != "rented" or family["rent_red_book"]:
            points += whole_months(family[since], last) * (2 if dwelling == "rented" else 3)
    else:
        points += max(min(family["pension_months"], family["injury_months"]), family["tax_months"])
        points += 10 if family["parent_here"] else 0
    points += (10 if family["only_child"] else 0) + (5 if family["planned"] else 0)
    kind = ["bought", "special", "rented"].index(dwelling) + (0 if native else 3)
    return kind, points, {0: 30, 1: 30, 2: 20, 3: 10}.get(kind, 0)


def test_luohu_is_that_of_a_clerk():
    found = rules("luohu-2016")
    random = np.random.default_rng(2)
    families = [[luohu_family(random) for _ in range(random.integers(2, 8))] for _ in range(TOWNS)]
    flat = [family for town in families for family in town]
    zones = [str(random.choice(["A", "B"])) for _ in flat]
    table = papers.ranked(found, flat, school_id=zones, zone_id=[f"Z{zone}" for zone in zones])
    read = [luohu_clerk(family) for family in flat]
    stands = [family is not None for family in read]
    assert table["status"].eq("registered").to_list() == [
        ok or table["tier"].iloc[n] == "N" for n, ok in enumerate(stands)
    ]
    start = 0
    for town in families[:FILLED]:
        here = range(start, start + len(town))
        rows = table.iloc[list(here)]
        rows.index = pd.Index([f"c{n:03d}" for n in range(len(town))], name="child_id")
        wishes = [list(map(str, random.permutation(["A", "B"])))[: random.integers(1, 3)] for _ in town]
        seats = {"A": int(random.integers(0, 3)), "B": int(random.integers(0, 3))}
        taken = {n: read[start + n] for n in range(len(town)) if read[start + n]}

        def place(child, school, taken=taken, start=start, wishes=wishes):
            kind, points, bonus = taken[child]
            own = bonus if zones[start + child] == school else 0
            return kind, -points - own, wishes[child].index(school)

        expected = asked_in_turn(taken, wishes, seats, place)
        places = {place(child, school) for child in taken for school in wishes[child]}
        if len(places) == sum(len(wishes[child]) for child in taken):  # nobody is tied: no ticket decides
            got = admitted(found, rows, town_of(found, {**seats, "P": 0}, wishes))
            assert {child: school for child, (school, _) in got.items()} == expected
        start += len(town)


# ---- 三对口、购房、积分


def jiulongpo_family(random):
    """Draw the papers of one family from elsewhere or from here."""
    day = dt.date(2013, 1, 1) + dt.timedelta(days=int(random.integers(0, 1100)))
    return {
        "hukou_at": str(random.choice(["zone", "district", "outside", "outside"])),
        "home_at": str(random.choice(["zone", "district", "none"])),
        "home_share": float(random.choice([0.5, 0.51, 0.6, 1.0])),
        "home_dated_on": day,
        "hukou_since_on": dt.date(2014, 1, 1),
        "grand_home_at": str(random.choice(["zone", "none"])),
        "no_home": bool(random.random() < 0.5),
        "since_birth": bool(random.random() < 0.5),
        "permit_at": str(random.choice(["zone", "none"])),
        "locked": str(random.choice(["yes", "no"])),
        "same_register": bool(random.random() < 0.8),
        **{name: int(random.integers(0, 40)) for name in ("permit_f", "permit_m", "work_f", "work_m")},
    }


def jiulongpo_clerk(family):
    """Return the class of a family, and its points where they count."""
    owns = family["home_at"] != "none"
    if family["hukou_at"] != "outside":
        if family["hukou_at"] == "zone" and family["home_at"] == "zone" and family["same_register"]:
            late = max(family["home_dated_on"], family["hukou_since_on"]) > dt.date(2015, 8, 31)
            return ("H2" if family["locked"] == "yes" or late else "H1"), 0.0
        like = family["hukou_at"] == "zone" and not owns and family["grand_home_at"] == "zone"
        if like and family["no_home"] and family["since_birth"]:
            return ("H2" if family["locked"] == "yes" else "H1"), 0.0
        return "H3", 0.0
    year = owns and family["home_dated_on"] <= dt.date(2015, 4, 30)
    if year and family["home_share"] > 0.51 and family["permit_at"] == "zone":
        return "M1", 0.0
    lives = max(family["permit_f"], family["permit_m"]) >= 12
    if lives and max(family["work_f"], family["work_m"]) >= 12:
        father = family["permit_f"] + 2 * family["work_f"] + 0.5 * family["permit_m"] + family["work_m"]
        mother = family["permit_m"] + 2 * family["work_m"] + 0.5 * family["permit_f"] + family["work_f"]
        return "M2", 20 + max(father, mother)
    return "N", 0.0


def test_jiulongpo_reads_the_papers_as_a_clerk_and_fills_by_day_then_by_points():
    found = rules("jiulongpo-2016")
    random = np.random.default_rng(3)
    for number, (town, table) in enumerate(towns_of(found, jiulongpo_family, random)):
        read = [jiulongpo_clerk(family) for family in town]
        assert table["tier"].astype("str").to_list() == [kind for kind, _ in read]
        assert table["points"].to_list() == [points for _, points in read]
        if number >= FILLED:
            continue
        wishes = [list(map(str, random.permutation(["A", "B"])))[: random.integers(1, 3)] for _ in town]
        migrants = {n: family for n, family in enumerate(town) if read[n][0] in ("M1", "M2")}
        rank = {
            n: (read[n][0], family["home_dated_on"] if read[n][0] == "M1" else -read[n][1])
            for n, family in migrants.items()
        }
        if len(set(rank.values())) < len(rank):
            continue  # who is tied goes by lot
        left, expected = {"A": int(random.integers(0, 3)), "B": int(random.integers(0, 3))}, {}
        seats = dict(left)
        for child in sorted(migrants, key=rank.get):
            school = next((school for school in wishes[child] if left[school]), None)
            if school:
                expected[child], left[school] = school, left[school] - 1
        only = table[table["tier"].isin(["M1", "M2"])]
        place = town_of(found, {**seats, "P": 0}, wishes, tight=False)
        got = admitted(found, only, place)
        assert {child: school for child, (school, _) in got.items()} == expected


# ---- 片内生、挂户生、两级优先派位


def fuzhou_family(random):
    """Draw the papers of one family."""
    home = str(random.choice(["zone", "district", "none"]))
    return {
        "hukou_at": str(random.choice(["zone", "district", "outside", "outside"])),
        "guardian_hukou_at": str(random.choice(["zone", "outside"])),
        "home_at": home,
        "home_share": None if home == "none" else float(random.choice([0.4, 0.5, 1.0])),
        "same_dwelling": bool(random.random() < 0.8),
        "grand_home_at": str(random.choice(["zone", "none"])),
        "no_home_here": bool(random.random() < 0.5),
        "contract": bool(random.random() < 0.8),
        "permit_at": "zone",
        "permit_holders": str(random.choice(["both", "guardian", "child"])),
        "permit_issued_on": dt.date(2016, 2, 28) + dt.timedelta(days=int(random.integers(0, 4))),
        "insured_months": int(random.integers(0, 12)),
        "hero": False,
    }


def fuzhou_clerk(family):
    """Return the class of a family and, of migrants, the group of the draw."""
    if family["hukou_at"] != "outside":
        own = family["home_at"] == "zone" and family["same_dwelling"]
        elders = family["grand_home_at"] == "zone" and family["no_home_here"]
        with_parent = family["hukou_at"] == "zone" and family["guardian_hukou_at"] == "zone"
        return ("in" if with_parent and (own or elders) else "hung"), 0
    permit = family["permit_holders"] != "child" and family["permit_issued_on"] < dt.date(2016, 3, 1)
    if not (family["contract"] and (permit or family["home_at"] != "none")):
        return "none", 0
    owner = family["home_at"] != "none" and family["home_share"] >= 0.5
    return "migrant", 0 if owner else 1 if family["insured_months"] >= 6 else 2


def test_fuzhou_draws_group_after_group():
    found = rules("fuzhou-2016")
    random = np.random.default_rng(10)
    for number, (town, table) in enumerate(towns_of(found, fuzhou_family, random)):
        read = [fuzhou_clerk(family) for family in town]
        assert table["tier"].astype("str").to_list() == [kind for kind, _ in read]
        migrants = [n for n, (kind, _) in enumerate(read) if kind == "migrant"]
        seats = int(random.integers(0, 4))
        only = table.iloc[migrants]
        if not migrants or number >= FILLED:
            continue
        draw = replace(found, rounds=tuple(item for item in found.rounds if item["id"] == "draw"))
        got = admitted(draw, only, town_of(found, {"A": seats, "B": 0, "P": 0}, [["A"]] * len(town)))
        groups = sorted(read[n][1] for n in migrants)
        assert sorted(read[n][1] for n in got) == groups[:seats]
        if len(migrants) <= seats:  # 报名人数少于余额时，全部录取
            assert set(got) == set(migrants)


# ---- 施教区、民办派位与自主 2:8


def gaochun_family(random):
    """Draw the papers of one family."""
    return {
        "stage": "primary",
        "hukou_at": str(random.choice(["zone", "district", "city", "outside"])),
        "home_at": str(random.choice(["zone", "district", "none"])),
        "home_occupied": bool(random.random() < 0.7),
        "hukou_head": str(random.choice(["parent", "grandparent", "relative"])),
        "grand_home_at": str(random.choice(["zone", "none"])),
        "no_home": bool(random.random() < 0.5),
        "never_moved": bool(random.random() < 0.5),
        "soldier": bool(random.random() < 0.1),
        "work": bool(random.random() < 0.7),
        "permit_at": str(random.choice(["zone", "none"])),
        "permit_issued_on": dt.date(2015, 5, 29) + dt.timedelta(days=int(random.integers(0, 5))),
    }


def gaochun_clerk(family):
    """Return the class of a family."""
    if family["hukou_at"] == "outside":
        year = family["permit_at"] == "zone" and family["permit_issued_on"] <= dt.date(2015, 5, 31)
        return "3" if year and family["work"] else "4"
    if family["hukou_at"] != "zone":
        return "4" if family["hukou_at"] == "city" else "2"
    lives = family["home_at"] == "zone" and family["home_occupied"] and family["hukou_head"] != "relative"
    elders = family["grand_home_at"] == "zone" and family["no_home"] and family["never_moved"]
    return "1" if lives or family["soldier"] or elders else "2"


def test_gaochun_draws_two_of_ten_private_seats_and_reads_the_papers_as_a_clerk():
    found = rules("gaochun-2016")
    random = np.random.default_rng(8)
    only = tuple(item for item in found.rounds if item["id"].startswith("private"))
    for number, (town, table) in enumerate(towns_of(found, gaochun_family, random)):
        assert table["tier"].astype("str").to_list() == [gaochun_clerk(family) for family in town]
        if number >= FILLED:
            continue
        plan = int(random.integers(0, len(town) + 2))
        place = town_of(found, {"A": 0, "B": 0, "P": plan}, [["P"]] * len(town), sector="private")
        got = admitted(replace(found, rounds=only), table, place)
        drawn = int(plan * 0.2 + 0.5)  # 四舍五入
        assert len(got) == min(plan, len(town))
        assert [name for _, name in got.values()].count("private_draw") == min(drawn, len(town))


# ---- 登记、集体户、持证、借读


def xicheng_family(random):
    """Draw the papers of one family."""
    certificate = [None, None, "work_permit", "army"][random.integers(0, 4)]
    return {
        "stage": "primary",
        "hukou_at": str(random.choice(["zone", "district", "city", "outside"])),
        "hukou_head": str(random.choice(["parent", "parent", "collective"])),
        "home_at": str(random.choice(["zone", "district", "none"])),
        "public_rent": bool(random.random() < 0.3),
        "works_here": bool(random.random() < 0.5),
        "certificate": certificate,
        "approval": bool(random.random() < 0.5),
    }


def xicheng_clerk(family):
    """Return the class of a family."""
    here = family["hukou_at"] in ("zone", "district")
    if here and family["hukou_head"] == "collective":
        return "collective"
    if here or (family["hukou_at"] == "city" and (family["home_at"] != "none" or family["public_rent"])):
        return "register"
    if family["works_here"] and family["certificate"]:
        return "certificate"
    return "approval" if family["approval"] else "none"


def test_xicheng_gives_seats_class_by_class():
    found = rules("xicheng-2016")
    random = np.random.default_rng(4)
    order = ["register", "collective", "certificate", "approval"]
    for number, (town, table) in enumerate(towns_of(found, xicheng_family, random)):
        read = [xicheng_clerk(family) for family in town]
        assert table["tier"].astype("str").to_list() == read
        assert table["status"].eq("ineligible").to_list() == [kind == "none" for kind in read]
        if number >= FILLED:
            continue
        seats = {"A": int(random.integers(0, 4)), "B": int(random.integers(0, 3))}
        got = admitted(found, table, town_of(found, {**seats, "P": 0}, [["A"]] * len(town)))
        ranks = sorted(order.index(kind) for kind in read if kind != "none")
        assert sorted(order.index(read[child]) for child in got) == ranks[: sum(seats.values())]


# ---- a clause left out changes somebody


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("luohu-2016", {"checks": ()}),
        ("luohu-2016", {"facts": "locked"}),
        ("jiulongpo-2016", {"facts": "locked"}),
    ],
)
def test_a_rule_on_and_off_changes_somebody(name, change):
    found = rules(name)
    random = np.random.default_rng(1)
    family = {"luohu-2016": luohu_family, "jiulongpo-2016": jiulongpo_family}[name]
    rows = [family(random) | {"locked": "no"} for _ in range(600)]
    before = papers.ranked(found, rows)
    if "checks" in change:
        after = papers.ranked(replace(found, **change), rows)
        assert (before["status"] != after["status"]).any()
        return
    after = papers.ranked(found, [row | {"locked": "yes"} for row in rows])
    assert (before["tier"].astype("str") != after["tier"].astype("str")).any()
