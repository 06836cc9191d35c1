"""Five notices of five kinds as rule files, without Python: cases by hand, and two hundred towns against a clerk.

A clerk reads the papers of every family by the text, clause by clause, and fills the schools with a list; what a clerk
does is written here anew and knows nothing of the package. The towns of a notice lie in one district, far apart.
"""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.towns.notice_world import STEP, Clerk, World
from zhaosheng_analysis import admission, policy, tiers
from zhaosheng_analysis.schema import DataError

FOLDER = Path(__file__).with_name("notices")
TOWNS = 200
NOTICES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def rules(name):
    return policy.load(FOLDER / f"{name}.toml")


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_passes_the_check_and_its_cases(name):
    found = rules(name)
    assert admission.rounds.prove(found)
    assert tiers.tried(found) == []


@pytest.mark.parametrize("name", [name for name in NOTICES if name.endswith("-2016")])
def test_every_provision_of_a_notice_is_answered(name):
    found = rules(name)
    table = policy.coverage(found)
    assert (table["element"] != "").all(), table.loc[table["element"] == "", "id"].to_list()
    assert len(table) >= 40
    assert table["rule"].str.len().le(40).all()


# ---- what every clerk does


def pick(random, *answers):
    """Draw one of some answers."""
    return answers[random.integers(0, len(answers))]


def likely(random, chance):
    """Draw yes or no."""
    return bool(random.random() < chance)


def near(random, day, spread):
    """Draw a day around another."""
    return day + dt.timedelta(days=int(random.integers(-spread, spread + 1)))


def whole_months(since, last):
    """Count the months from a day to another, that day included, as on a calendar: only those that are whole."""
    end = last + dt.timedelta(days=1)
    months = (end.year - since.year) * 12 + end.month - since.month
    short = end.day < since.day and (end + dt.timedelta(days=1)).month == end.month
    return max(months - short, 0)


def born(random):
    """Draw a birthday; a few are not yet six."""
    return near(random, dt.date(2010, 6, 15), 90)


def old_enough(family):
    """Tell who is six on the last day of August."""
    return family["birth_on"] <= dt.date(2010, 8, 31)


def settled(world, found, read, expected):
    """Hold what the package makes of every family against what the clerk reads, and return the table."""
    table = world.ranked(found)
    assert table["tier"].astype("str").to_list() == [kind for kind, _ in read]
    assert table["status"].to_list() == [status for _, status in read]
    got = world.admitted(found, table)
    assert got == expected
    return table


# ---- 类别在先、同类比积分，大学区，服从安排的统筹


def luohu_family(random):
    """Draw the papers of one family."""
    since = dt.date(2010, 1, 1) + dt.timedelta(days=int(random.integers(0, 2200)))
    return {
        "registered": likely(random, 0.95),
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "district", "city", "outside", "outside"),
        "guardian_hukou_at": pick(random, "zone", "outside"),
        "guardian_hukou_since_on": since,
        "home_at": pick(random, "zone", "zone", "district", "none", "none"),
        "home_use": pick(random, "flat", "flat", "special", "other"),
        "home_share": pick(random, 0.5, 0.51, 1.0),
        "home_evidence": pick(random, "title", "web_contract"),
        "home_moved_on": near(random, dt.date(2016, 4, 30), 5),
        "home_occupied": likely(random, 0.9),
        "home_dated_on": since,
        "rent_at": pick(random, "zone", "none"),
        "rent_use": pick(random, "flat", "special", "other"),
        "rent_dated_on": near(random, dt.date(2015, 3, 31), 400),
        "rent_red_book": likely(random, 0.7),
        "grand_home_at": pick(random, "zone", "none", "none"),
        "grand_hukou": likely(random, 0.7),
        "no_home": likely(random, 0.8),
        "permit_at": pick(random, "zone", "district", "district", "none"),
        "only_child": likely(random, 0.5),
        "planned": likely(random, 0.5),
        "parent_here": likely(random, 0.3),
        "obeys": likely(random, 0.5),
        "locked": pick(random, "no", "no", "unknown", "yes"),
        "pension_months": pick(random, 0, 1, 7, 20, 33),
        "injury_months": pick(random, 0, 1, 9, 15, 40),
        "tax_months": pick(random, 0, 0, 5, 18),
    }


def luohu_reads(family):
    """Return the class of a family, its status, and its points without those of the school."""
    native = family["hukou_at"] != "outside"
    dwelling = None
    lives = family["home_at"] == "zone" and family["home_occupied"]
    in_time = family["home_evidence"] == "title" or family["home_moved_on"] < dt.date(2016, 4, 30)
    if lives and family["home_use"] == "flat" and family["home_share"] >= 0.51 and in_time:
        dwelling = "bought"
    elif lives and family["home_use"] == "special":
        dwelling = "special"
    elif family["grand_home_at"] == "zone" and family["grand_hukou"] and family["no_home"]:
        dwelling = "grand"
    elif family["home_at"] == "none" and family["rent_at"] == "zone" and family["rent_use"] != "other":
        dwelling = "rented" if family["no_home"] else None
    kind = "N"
    if dwelling and family["locked"] != "yes":
        kind = {"bought": "AD", "special": "BE", "grand": "CF", "rented": "CF"}[dwelling][0 if native else 1]
    status = "registered"
    insured = min(family["pension_months"], family["injury_months"])
    if not family["registered"]:
        status = "not_registered"
    elif not old_enough(family):
        status = "under_age"
    elif not native and (
        family["permit_at"] == "none"
        or max(family["pension_months"], family["injury_months"], family["tax_months"]) == 0
        or (dwelling == "rented" and family["rent_dated_on"] > dt.date(2015, 3, 31))
    ):
        status = "ineligible"
    last, points = dt.date(2016, 3, 31), 10 * family["only_child"] + 5 * family["planned"]
    if kind == "A":
        points += 3 * whole_months(family["home_dated_on"], last)
    elif kind == "B" and family["guardian_hukou_at"] == "zone":
        points += 3 * whole_months(family["guardian_hukou_since_on"], last)
    elif kind == "C" and dwelling == "rented" and family["rent_red_book"]:
        points += 2 * whole_months(family["rent_dated_on"], last)
    elif kind in "DEF":
        points += max(insured, family["tax_months"]) + 10 * family["parent_here"]
    return kind, status, points


def test_luohu_is_that_of_a_clerk():
    found, random, world = rules("luohu-2016"), np.random.default_rng(2), World()
    for town in range(TOWNS):
        apart = "ab" if likely(random, 0.2) else "aa"  # not every town is a 大学区
        names = [
            world.school(name, town, dx, area, ("primary", int(random.integers(0, 3))), own_only=likely(random, 0.2))
            for name, dx, area in (("A", 0.0, apart[0]), ("B", 2000.0, apart[1]))
        ]
        for _ in range(random.integers(2, 8)):
            wishes = [names[n] for n in random.permutation(2)][: random.integers(1, 3)]
            world.child.append(
                luohu_family(random)
                | {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": {"": wishes}}
            )
    read = [luohu_reads(family) for family in world.child]
    clerk = Clerk(world)

    def place(child, school):
        kind, _, points = read[child]
        bonus = {"A": 30, "B": 30, "C": 20, "D": 10}.get(kind, 0) if world.child[child]["own"] == school else 0
        return "ABCDEF".index(kind), -points - bonus

    def by_choice(child, school):
        return *place(child, school), world.child[child]["wishes"][""].index(school), clerk.ticket(school, child)

    def by_distance(child, school):
        return *place(child, school), clerk.metres(child, school), clerk.ticket(school, child)

    taken = [n for n, (kind, status, _) in enumerate(read) if status == "registered" and kind != "N"]
    asked = {}
    for child in taken:
        own = world.child[child]["own"]
        asked[child] = [
            school
            for school in world.child[child]["wishes"][""]
            if school == own or (world.area[school] == world.area[own] and not world.marks[school]["own_only"])
        ]
    clerk.fill("choices", asked, by_choice)
    clerk.nearest("arranged", [child for child in taken if world.child[child]["obeys"]], by_distance)
    table = settled(world, found, [(kind, status) for kind, status, _ in read], clerk.got)
    assert table["points"].to_list() == [points for _, _, points in read]


# ---- 三对口、六年一户；购房看日期、积分看分数


def jiulongpo_family(random):
    """Draw the papers of one family from elsewhere or from here."""
    return {
        "stage": "primary",
        "registered": likely(random, 0.9),
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "zone", "district", "outside", "outside"),
        "home_at": pick(random, "zone", "zone", "district", "none"),
        "home_occupied": likely(random, 0.9),
        "home_share": pick(random, 0.5, 0.51, 0.6, 1.0),
        "home_dated_on": near(random, pick(random, dt.date(2015, 8, 31), dt.date(2015, 4, 30)), 60),
        "hukou_since_on": near(random, dt.date(2015, 8, 31), 60),
        "same_dwelling": likely(random, 0.9),
        "same_register": likely(random, 0.8),
        "grand_home_at": pick(random, "zone", "none"),
        "no_home": likely(random, 0.7),
        "since_birth": likely(random, 0.7),
        "permit_at": pick(random, "zone", "none"),
        "locked": pick(random, "yes", "no", "no", "unknown"),
        **{name: int(random.integers(0, 40)) for name in ("permit_f", "permit_m", "work_f", "work_m")},
    }


def jiulongpo_reads(family):
    """Return the class of a family, its status, and its points where they count."""
    owns, status, points = family["home_at"] != "none", "registered", 0.0
    status = "registered" if old_enough(family) else "under_age"
    status = status if family["registered"] else "not_registered"
    here, own = family["hukou_at"] == "zone", family["home_at"] == "zone"
    if family["hukou_at"] != "outside":
        three = here and own and family["same_register"] and family["same_dwelling"] and family["home_occupied"]
        like = here and not owns and family["grand_home_at"] == "zone" and family["no_home"] and family["since_birth"]
        late = max(family["home_dated_on"], family["hukou_since_on"]) > dt.date(2015, 8, 31)
        kind = "H3"
        if three or like:
            kind = "H2" if family["locked"] == "yes" or (three and late) else "H1"
        return kind, status, points
    year = owns and family["home_dated_on"] <= dt.date(2015, 4, 30)
    if year and family["home_share"] > 0.51 and family["permit_at"] == "zone":
        return "M1", status, points
    lives = max(family["permit_f"], family["permit_m"]) >= 12
    if lives and max(family["work_f"], family["work_m"]) >= 12:
        father = family["permit_f"] + 2 * family["work_f"] + 0.5 * family["permit_m"] + family["work_m"]
        mother = family["permit_m"] + 2 * family["work_m"] + 0.5 * family["permit_f"] + family["work_f"]
        return "M2", status, 20 + max(father, mother)
    return "N", status, points


def test_jiulongpo_is_that_of_a_clerk():
    found, random, world = rules("jiulongpo-2016"), np.random.default_rng(3), World()
    for town in range(TOWNS):
        names = [
            world.school(name, town, dx, "a", ("primary", int(random.integers(0, 4))), tight=likely(random, 0.5))
            for name, dx in (("A", 0.0), ("B", 2000.0))
        ]
        for _ in range(random.integers(3, 9)):
            wishes = [names[n] for n in random.permutation(2)][: random.integers(1, 3)]
            world.child.append(
                jiulongpo_family(random)
                | {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": {"": wishes}}
            )
    read = [jiulongpo_reads(family) for family in world.child]
    clerk = Clerk(world)
    of = {kind: [n for n, (said, status, _) in enumerate(read) if (said, status) == (kind, "registered")] for kind in
          ("H1", "H2", "H3", "M1", "M2")}  # fmt: skip
    own = {child: [world.child[child]["own"]] for child in range(len(read))}
    wishes = {child: world.child[child]["wishes"][""] for child in own}
    clerk.fill("own", {child: own[child] for child in of["H1"]}, lambda child, s: clerk.ticket(s, child))
    loose = {child: own[child] for child in of["H2"] if not world.marks[own[child][0]]["tight"]}
    clerk.fill("late", loose, lambda child, s: clerk.ticket(s, child))
    clerk.nearest(
        "moved",
        of["H1"] + of["H2"] + of["H3"],
        lambda child, s: (read[child][0], clerk.metres(child, s), clerk.ticket(s, child)),
    )
    missed = [n for n, (kind, status, _) in enumerate(read) if status == "not_registered" and kind[0] == "H"]
    clerk.nearest("missed", missed, lambda child, s: (clerk.metres(child, s), clerk.ticket(s, child)))
    bought = {child: wishes[child] for child in of["M1"]}
    clerk.fill(
        "bought",
        bought,
        lambda child, s: (world.child[child]["home_dated_on"], bought[child].index(s), clerk.ticket("bought", child)),
    )
    counted = {child: wishes[child] for child in of["M2"]}
    clerk.fill(
        "points",
        counted,
        lambda child, s: (-read[child][2], counted[child].index(s), clerk.ticket("points", child)),
    )
    table = settled(world, found, [(kind, status) for kind, status, _ in read], clerk.got)
    assert table["points"].to_list() == [points for _, _, points in read]


# ---- 片内生全收、挂户生统筹、进城购房派位、随迁子女两级优先派位


def fuzhou_family(random):
    """Draw the papers of one family."""
    return {
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "district", "outside", "outside", "outside"),
        "guardian_hukou_at": pick(random, "zone", "zone", "outside"),
        "home_at": pick(random, "zone", "district", "none"),
        "home_occupied": likely(random, 0.9),
        "home_share": pick(random, 0.4, 0.5, 1.0),
        "same_dwelling": likely(random, 0.8),
        "grand_home_at": pick(random, "zone", "none"),
        "no_home_here": likely(random, 0.5),
        "contract": likely(random, 0.8),
        "both_permits": pick(random, "temporary", "temporary", "five", "card", "no"),
        "permit_issued_on": near(random, dt.date(2016, 3, 1), 2),
        "insured_months": int(random.integers(0, 12)),
        "hero": likely(random, 0.1),
        "village_buyer": likely(random, 0.1),
        "requisition": pick(random, "no", "no", "no", "no", "no", "original", "elsewhere", "money", "bought"),
        "compensated_on": near(random, dt.date(2013, 8, 31), 3),
        "foster": likely(random, 0.1),
        "approved": likely(random, 0.1),
    }


def fuzhou_reads(family):
    """Return the class of a family and, of migrants, the group of the draw."""
    local = family["hukou_at"] != "outside"
    if family["hukou_at"] == "zone":
        with_parent = family["guardian_hukou_at"] == "zone"
        own = family["home_at"] == "zone" and family["same_dwelling"] and family["home_occupied"]
        elders = family["grand_home_at"] == "zone" and family["no_home_here"]
        again = family["requisition"] == "bought" and family["compensated_on"] > dt.date(2013, 8, 31)
        if (with_parent and (own or elders)) or family["requisition"] == "original" or again:
            return "in", 0
    if (local and family["foster"]) or family["requisition"] in ("elsewhere", "money") or family["approved"]:
        return "arranged", 0
    if family["village_buyer"] and family["home_at"] == "zone":
        return "buyer", 0
    if local:
        return "hung", 0
    owns = family["home_at"] != "none"
    half_year = family["both_permits"] in ("temporary", "five") and family["permit_issued_on"] < dt.date(2016, 3, 1)
    if not (family["both_permits"] == "card" or (family["contract"] and (owns or half_year))):
        return "none", 0
    return "migrant", 0 if owns and family["home_share"] >= 0.5 else 1 if family["insured_months"] >= 6 else 2


def test_fuzhou_is_that_of_a_clerk():
    found, random, world = rules("fuzhou-2016"), np.random.default_rng(10), World()
    for town in range(TOWNS):
        names = [
            world.school(name, town, dx, "a", ("primary", int(random.integers(0, 5))))
            for name, dx in (("A", 0.0), ("B", 2000.0))
        ]
        for _ in range(random.integers(3, 9)):
            wishes = [names[n] for n in random.permutation(2)][: random.integers(0, 3)]
            world.child.append(
                fuzhou_family(random)
                | {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": {"": wishes}}
            )
    read = [fuzhou_reads(family) for family in world.child]
    status = ["registered" if old_enough(family) else "under_age" for family in world.child]
    clerk = Clerk(world)

    def of(kind):
        return [n for n, (said, _) in enumerate(read) if said == kind and status[n] == "registered"]

    def near_by(child, school):
        return clerk.metres(child, school), clerk.ticket(school, child)

    own = {child: [world.child[child]["own"]] for child in range(len(read))}
    clerk.fill("in", {child: own[child] for child in of("in")}, lambda child, _: child, all_in=True)
    clerk.nearest("arranged", of("arranged"), near_by)
    clerk.fill("buyer", {child: own[child] for child in of("buyer")}, lambda child, s: clerk.ticket(s, child))
    clerk.nearest("buyer_rest", of("buyer"), near_by)
    clerk.nearest("hung", of("hung"), near_by)
    clerk.nearest("hero", [child for child in of("migrant") if world.child[child]["hero"]], near_by)
    for turn in range(2):  # 一个志愿一个志愿地派
        named = {
            child: [world.child[child]["wishes"][""][turn]]
            for child in clerk.free(of("migrant"))
            if len(world.child[child]["wishes"][""]) > turn
        }
        clerk.fill("draw", named, lambda child, s: (read[child][1], clerk.ticket(s, child)))
    clerk.nearest("rest", of("migrant"), near_by)
    settled(world, found, [(kind, said) for (kind, _), said in zip(read, status, strict=True)], clerk.got)


# ---- 施教区；区一中派位；民办派位与自主 2:8


def gaochun_family(random):
    """Draw the papers of one family."""
    return {
        "stage": pick(random, "primary", "junior"),
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "zone", "district", "city", "outside"),
        "home_at": pick(random, "zone", "district", "none"),
        "home_occupied": likely(random, 0.7),
        "hukou_head": pick(random, "parent", "grandparent", "relative"),
        "grand_home_at": pick(random, "zone", "none"),
        "no_home": likely(random, 0.5),
        "never_moved": likely(random, 0.5),
        "soldier": likely(random, 0.1),
        "moved": pick(random, "no", "no", "no", "no", "waiting", "resettled", "bought"),
        "work": likely(random, 0.8),
        "papers": likely(random, 0.8),
        "permit_at": pick(random, "zone", "zone", "none"),
        "permit_issued_on": near(random, dt.date(2015, 5, 31), 2),
    }


def gaochun_reads(family):
    """Return the class of a family."""
    if family["hukou_at"] == "outside":
        year = family["permit_at"] == "zone" and family["permit_issued_on"] <= dt.date(2015, 5, 31)
        return "3" if year and family["work"] and family["papers"] else "4"
    if family["hukou_at"] == "city":
        return "4"
    own = family["home_at"] == "zone"
    ward = own and family["moved"] in ("resettled", "bought")
    if family["hukou_at"] == "zone":
        elders = family["grand_home_at"] == "zone"
        ward |= own and family["home_occupied"] and family["hukou_head"] != "relative"
        ward |= elders and (family["soldier"] or (family["no_home"] and family["never_moved"]))
        ward |= family["moved"] == "waiting"
    return "1" if ward else "2"


def test_gaochun_is_that_of_a_clerk():
    found, random, world = rules("gaochun-2016"), np.random.default_rng(8), World()
    for town in range(TOWNS):
        seats = {name: int(random.integers(0, 4)) for name in "ABJH"}
        world.school("A", town, 0.0, "a", ("primary", seats["A"]), hot=False)
        world.school("B", town, 2000.0, "a", ("primary", seats["B"]), hot=False)
        world.school("J", town, 500.0, "a", ("junior", seats["J"]), hot=False)
        world.school("H", town, 2500.0, "a", ("junior", seats["H"]), hot=True)
        whole = [(stage, int(random.integers(0, 5))) for stage in ("primary", "junior")]
        world.school("P", town, 4000.0, "a", *whole, sector="private", hot=False)
        for _ in range(random.integers(4, 10)):
            family = gaochun_family(random)
            primary = family["stage"] == "primary"
            own = f"{pick(random, 'A', 'B') if primary else 'J'}{town:03d}"
            wishes = [f"{name}{town:03d}" for name in ("P" if primary else "HP") if likely(random, 0.6)]
            day = dt.datetime(2016, 5, 21, 9) if primary else dt.datetime(2016, 6, 7, 9)
            filed = pd.Timestamp(day) + pd.Timedelta(minutes=int(random.integers(0, 500)))
            world.child.append(
                family
                | {
                    "own": own,
                    "x": town * STEP + random.integers(0, 3000),
                    "wishes": {"": wishes},
                    "submitted_at": filed,
                }
            )
    read = [gaochun_reads(family) for family in world.child]
    status = [
        "registered" if family["stage"] == "junior" or old_enough(family) else "under_age" for family in world.child
    ]
    clerk = Clerk(world)
    up = [n for n, said in enumerate(status) if said == "registered"]
    locals_ = [n for n in up if read[n] in "12"]

    def asking(children, letter):
        named = {child: [s for s in world.child[child]["wishes"][""] if s[0] == letter] for child in children}
        return {child: schools for child, schools in named.items() if schools}

    def near_by(child, school):
        return clerk.metres(child, school), clerk.ticket(school, child)

    clerk.fill(
        "hot",
        asking([n for n in locals_ if world.child[n]["stage"] == "junior"], "H"),
        lambda child, s: clerk.ticket(s, child),
    )
    for stage in ("primary", "junior"):
        here = [n for n in up if world.child[n]["stage"] == stage]
        fifth = {s: int(n * 0.2 + 0.5) for (s, which), n in world.seats.items() if which == stage}
        clerk.fill("private_draw", asking(clerk.free(here), "P"), lambda child, s: clerk.ticket(s, child), fifth)
        clerk.fill(
            "private_own",
            asking(clerk.free(here), "P"),
            lambda child, s: (world.child[child]["submitted_at"], clerk.ticket(s, child)),
        )
    clerk.fill(
        "ward",
        {child: [world.child[child]["own"]] for child in clerk.free(locals_)},
        lambda child, s: (read[child], clerk.ticket(s, child)),
    )
    clerk.nearest("local_rest", locals_, near_by)
    clerk.nearest("migrants", [n for n in up if read[n] == "3"], near_by)
    settled(world, found, list(zip(read, status, strict=True)), clerk.got)


# ---- 登记、集体户、持证、借读；小升初的几条路


def xicheng_family(random):
    """Draw the papers of one family."""
    return {
        "stage": pick(random, "primary", "junior"),
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "district", "city", "outside"),
        "hukou_head": pick(random, "parent", "parent", "grandparent", "collective"),
        "home_at": pick(random, "zone", "district", "none"),
        "public_rent": likely(random, 0.3),
        "lives_here": likely(random, 0.8),
        "unit_worker": likely(random, 0.7),
        "works_here": likely(random, 0.6),
        "certificate": pick(random, None, None, "work_permit", "army"),
        "approval": likely(random, 0.5),
        "guaranteed": likely(random, 0.1),
        "favoured": likely(random, 0.1),
        "qualified": likely(random, 0.5),
        "prev_school_kind": pick(random, "own", "district", "city_direct", "outside"),
    }


def xicheng_reads(family):
    """Return the class of a family and its status."""
    here = family["hukou_at"] in ("zone", "district")
    housed = family["home_at"] != "none" or family["public_rent"]
    if family["stage"] == "junior":
        rises = family["prev_school_kind"] in ("own", "district")
        rises |= family["lives_here"] and family["hukou_at"] != "outside" and housed
        rises |= family["lives_here"] and here and family["prev_school_kind"] == "outside"
        return "junior", "registered" if rises else "ineligible"
    kind, citizen = "none", family["hukou_head"] != "collective"
    if here and not citizen and family["unit_worker"]:
        kind = "collective"
    elif family["lives_here"] and citizen and (here or (family["hukou_at"] == "city" and housed)):
        kind = "register"
    elif family["lives_here"] and family["works_here"] and family["certificate"]:
        kind = "certificate"
    elif family["approval"]:
        kind = "approval"
    if not old_enough(family):
        return kind, "under_age"
    return kind, "ineligible" if kind == "none" else "registered"


def test_xicheng_is_that_of_a_clerk():
    found, random, world = rules("xicheng-2016"), np.random.default_rng(4), World()
    feeds = []
    for town in range(TOWNS):
        some = [int(random.integers(0, 4)) for _ in range(6)]
        a = world.school("A", town, 0.0, "a", ("primary", some[0]))
        b = world.school("B", town, 2000.0, "a", ("primary", some[1]))
        nine = world.school("N", town, 2600.0, "a", ("primary", some[2]), ("junior", some[3]))
        j = world.school("J", town, 500.0, "a", ("junior", some[4]))
        k = world.school("K", town, 1500.0, "a", ("junior", some[5]))
        feeds.append((a, j))
        for _ in range(random.integers(4, 10)):
            family = xicheng_family(random)
            if family["stage"] == "primary":
                own, before, wishes = pick(random, a, b, nine), None, {}
            else:
                own = pick(random, j, k, nine)
                before = pick(random, a, b, nine) if family["prev_school_kind"] in ("own", "district") else None
                wishes = {
                    batch: [[j, k, nine][n] for n in random.permutation(3)][: random.integers(0, 3)]
                    for batch in ("有条件派位", "登记", "学区派位")
                }
            world.child.append(
                family
                | {"own": own, "x": town * STEP + random.integers(0, 3000), "wishes": wishes, "prev_school_id": before}
            )
    read = [xicheng_reads(family) for family in world.child]
    clerk, child_of = Clerk(world), world.child
    up = [n for n, (_, status) in enumerate(read) if status == "registered"]
    small = [n for n in up if child_of[n]["stage"] == "primary"]
    big = [n for n in up if child_of[n]["stage"] == "junior"]
    order = ["register", "collective", "certificate", "approval"]

    def near_by(child, school):
        return clerk.metres(child, school), clerk.ticket(school, child)

    def kinds(*wanted):
        return [n for n in small if read[n][0] in wanted]

    for children in (small, big):
        clerk.nearest("guaranteed", [n for n in children if child_of[n]["guaranteed"]], near_by, area=True)
    clerk.fill(
        "register",
        {n: [child_of[n]["own"]] for n in clerk.free(kinds("register"))},
        lambda child, s: (not child_of[child]["favoured"], clerk.metres(child, s), clerk.ticket(s, child)),
    )
    for name, which, area in (("near", order[:2], True), ("whole", order, False)):
        clerk.nearest(
            name,
            kinds(*which),
            lambda child, _, name=name: (
                order.index(read[child][0]),
                not child_of[child]["favoured"],
                clerk.ticket(name, child),
            ),
            area=area,
        )
    filed = {n: {s for named in child_of[n]["wishes"].values() for s in named} for n in big}
    stays = {n: [child_of[n]["prev_school_id"]] for n in clerk.free(big)}
    stays = {n: to for n, to in stays.items() if to[0] in filed[n] and to[0][0] == "N"}
    clerk.fill("own", stays, lambda child, s: clerk.ticket(s, child))
    leads = dict(feeds)
    goes = {n: [leads.get(child_of[n]["prev_school_id"])] for n in clerk.free(big)}
    goes = {n: to for n, to in goes.items() if to[0] in filed[n]}
    clerk.fill("feeder", goes, lambda child, s: clerk.ticket(s, child))

    def draw(name, batch, children, stream=None):
        for turn in range(2):
            named = {n: child_of[n]["wishes"][batch][turn : turn + 1] for n in clerk.free(children)}
            clerk.fill(name, named, lambda child, s: clerk.ticket(stream or s, child))

    draw("qualified", "有条件派位", [n for n in big if child_of[n]["qualified"]])
    clerk.fill(
        "nearby",
        {n: child_of[n]["wishes"]["登记"][:1] for n in clerk.free(big)},
        lambda child, s: clerk.ticket(s, child),
    )
    draw("area", "学区派位", big, "area")
    clerk.nearest("rest", big, lambda child, _: clerk.ticket("rest", child), area=True)
    table = world.ranked(found)
    assert list(zip(table["tier"].astype("str"), table["status"], strict=True)) == read
    got = world.admitted(found, table, feeders=pd.DataFrame(feeds, columns=["primary_id", "junior_id"]))
    assert got == clerk.got


# ---- readings of a text are parameters


def test_a_line_hangs_on_a_parameter_that_must_be_there(tmp_path):
    text = (FOLDER / "luohu-2016.toml").read_text(encoding="utf-8")
    path = tmp_path / "luohu-2016.toml"
    path.write_text(text.replace('when = { "lh.own_far" = "all" }', 'when = { "lh.own_far" = "al" }'), encoding="utf-8")
    with pytest.raises(DataError, match="没有选项"):
        policy.load(path)
    found = policy.load(FOLDER / "luohu-2016.toml")
    assert "own_far_all" not in {item.id for item in found.declared.points.items}
    other = policy.under(found, {"lh.own_far": "all"})
    assert "own_far_all" in {item.id for item in other.declared.points.items}
