"""Three notices that draw lots: who is in without, who draws before whom, and where the others go."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from tests.towns.notice_world import STEP, Clerk, World, born, likely, near, old_enough, pick, settled
from zhaosheng_analysis import policy

FOLDER = Path(__file__).with_name("notices")
TOWNS = 200


def rules(name):
    return policy.load(FOLDER / f"{name}.toml")


# ---- 片内生全收、挂户生统筹、进城购房派位、随迁子女两级优先派位


def fuzhou_family(random):
    """Draw the papers of one family."""
    return {
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "district", "outside", "outside", "outside"),
        "guardian_hukou_at": pick(random, "zone", "zone", "outside"),
        "home_at": pick(random, "zone", "district", "none"),
        "home_occupied": likely(random, 0.9),
        "home_evidence": pick(random, "title", "title", "web_contract"),
        "grand_hukou": likely(random, 0.7),
        "kin_proof": likely(random, 0.3),
        "cared": pick(random, *["no"] * 9, "named", "taiwan", "abroad"),
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
        own = own and family["home_evidence"] == "title"
        elders = family["grand_home_at"] == "zone" and family["no_home_here"]
        elders = elders and (family["grand_hukou"] or family["kin_proof"])
        again = family["requisition"] == "bought" and family["compensated_on"] > dt.date(2013, 8, 31)
        if (with_parent and (own or elders)) or family["requisition"] == "original" or again:
            return "in", 0
    if family["cared"] in ("named", "taiwan"):
        return "cared", 0
    if (
        family["cared"] == "abroad"
        or (local and family["foster"])
        or family["requisition"] in ("elsewhere", "money")
        or family["approved"]
    ):
        return "arranged", 0
    if family["village_buyer"] and family["home_at"] == "zone":
        return "buyer", 0
    if local:
        return "hung", 0
    owns = family["home_at"] != "none"
    half_year = family["both_permits"] == "temporary" and family["permit_issued_on"] < dt.date(2016, 3, 1)
    if not (family["both_permits"] == "card" or (family["contract"] and (owns or half_year))):
        return "spread" if family["contract"] and family["both_permits"] == "five" else "none", 0
    return "migrant", 0 if owns and family["home_share"] >= 0.5 else 1 if family["insured_months"] >= 6 else 2


def test_fuzhou_is_that_of_a_clerk():
    found, random, world = rules("fuzhou-2016"), np.random.default_rng(10), World()
    for town in range(TOWNS):
        names = [
            world.school(name, town, dx, "a", ("primary", int(random.integers(0, 5))), for_taiwan=likely(random, 0.5))
            for name, dx in (("A", 0.0), ("B", 2000.0))
        ]
        for _ in range(random.integers(3, 9)):
            wishes = [names[n] for n in random.permutation(2)][: random.integers(0, 3)]
            world.child.append(
                fuzhou_family(random)
                | {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": {"派位": wishes}}
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
    named = [child for child in of("cared") if world.child[child]["cared"] == "named"]
    clerk.nearest("named", named, near_by)
    abroad = {
        child: sorted(
            (s for s in world.place if world.marks[s]["for_taiwan"] or [s] == own[child]),
            key=lambda s, who=child: clerk.true_metres(who, s),
        )
        for child in clerk.free(of("cared"))
    }
    clerk.fill("taiwan", abroad, near_by)
    clerk.nearest("arranged", of("arranged"), near_by)
    clerk.fill("buyer", {child: own[child] for child in of("buyer")}, lambda child, s: clerk.ticket(s, child))
    clerk.nearest("buyer_rest", of("buyer"), near_by)
    clerk.nearest("hung", of("hung"), near_by)
    clerk.nearest("hero", [child for child in of("migrant") if world.child[child]["hero"]], near_by)
    for turn in range(2):  # 一个志愿一个志愿地派
        named = {
            child: [world.child[child]["wishes"]["派位"][turn]]
            for child in clerk.free(of("migrant"))
            if len(world.child[child]["wishes"]["派位"]) > turn
        }
        clerk.fill("draw", named, lambda child, s: (read[child][1], clerk.ticket(s, child)))
    clerk.nearest(
        "rest",
        of("migrant") + of("spread"),
        lambda child, s: (read[child][0] == "spread", *near_by(child, s)),
    )
    settled(world, found, [(kind, said) for (kind, _), said in zip(read, status, strict=True)], clerk.got)


# ---- 施教区；区一中派位；民办派位与自主 2:8


def gaochun_family(random):
    """Draw the papers of one family."""
    return {
        "stage": pick(random, "primary", "junior"),
        "birth_on": born(random),
        "hukou_at": pick(random, "zone", "zone", "district", "city", "outside"),
        "home_at": pick(random, "zone", "district", "none"),
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
    elders = family["grand_home_at"] == "zone"
    ward = own and (family["moved"] in ("resettled", "bought") or family["hukou_head"] == "grandparent")
    ward |= elders and family["soldier"]
    if family["hukou_at"] == "zone":
        ward |= family["hukou_head"] == "parent" or family["moved"] == "waiting"
        three = family["no_home"] and family["never_moved"]
        ward |= family["hukou_head"] == "grandparent" and elders and three
    return "1" if ward else "2"


def test_gaochun_is_that_of_a_clerk():
    found, random, world = rules("gaochun-2016"), np.random.default_rng(8), World()
    for town in range(TOWNS):
        seats = {name: int(random.integers(0, 4)) for name in "ABJH"}
        world.school("A", town, 0.0, "a", ("primary", seats["A"]), hot=False, urban=True)
        world.school("B", town, 2000.0, "a", ("primary", seats["B"]), hot=False, urban=False)
        world.school("J", town, 500.0, "a", ("junior", seats["J"]), hot=False, urban=True)
        world.school("H", town, 2500.0, "a", ("junior", seats["H"]), hot=True, urban=True)
        whole = [(stage, int(random.integers(0, 5))) for stage in ("primary", "junior")]
        world.school("P", town, 4000.0, "a", *whole, sector="private", hot=False, urban=True)
        for _ in range(random.integers(4, 10)):
            family = gaochun_family(random)
            primary = family["stage"] == "primary"
            own = f"{pick(random, 'A', 'B') if primary else 'J'}{town:03d}"
            wishes = [own] + [f"{name}{town:03d}" for name in ("P" if primary else "HP") if likely(random, 0.6)]
            day = dt.datetime(2016, 5, 21, 9) if primary else dt.datetime(2016, 6, 7, 9)
            filed = pd.Timestamp(day) + pd.Timedelta(minutes=int(random.integers(0, 500)))
            world.child.append(
                family
                | {
                    "own": own,
                    "x": town * STEP + random.integers(0, 3000),
                    "wishes": {"": wishes},
                    "submitted_at": filed,
                    "accepted_by": f"P{town:03d}" if likely(random, 0.4) else None,
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
            lambda child, s: (world.child[child]["accepted_by"] is None, clerk.ticket(s, child)),
        )
    clerk.fill(
        "ward",
        {child: [world.child[child]["own"]] for child in clerk.free(locals_) if read[child] == "1"},
        lambda child, s: child,
        all_in=True,
    )
    clerk.fill(
        "ward_rest",
        {child: [world.child[child]["own"]] for child in clerk.free(locals_) if read[child] == "2"},
        lambda child, s: clerk.ticket(s, child),
    )
    clerk.nearest("local_rest", locals_, near_by)
    newcomers = [n for n in clerk.free(up) if read[n] == "3" and world.child[n]["own"][0] == "B"]
    clerk.fill(
        "migrants_town", {n: [world.child[n]["own"]] for n in newcomers}, lambda child, s: clerk.ticket(s, child)
    )
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
        "from_away": likely(random, 0.5),
        "prev_school_kind": pick(random, "own", "district", "city_direct", "outside"),
    }


def xicheng_reads(family):
    """Return the class of a family and its status."""
    here = family["hukou_at"] in ("zone", "district")
    housed = family["home_at"] != "none" or family["public_rent"]
    if family["stage"] == "junior":
        rises = family["prev_school_kind"] in ("own", "district")
        rises |= family["lives_here"] and family["hukou_at"] != "outside" and housed
        rises |= family["lives_here"] and here and family["from_away"]
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
        marks = {"next_area": f"b{town:03d}", "next_area_2": "", "boarding": False, "registers": False}
        a = world.school("A", town, 0.0, "a", ("primary", some[0]), **marks)
        b = world.school("B", town, 2000.0, "b", ("primary", some[1]), **marks | {"next_area": f"a{town:03d}"})
        nine = world.school("N", town, 2600.0, "a", ("primary", some[2]), ("junior", some[3]), **marks)
        j = world.school("J", town, 500.0, "a", ("junior", some[4]), **marks | {"registers": True})
        k = world.school("K", town, 1500.0, "a", ("junior", some[5]), **marks)
        boards = world.school("R", town, 100.0, "a", ("primary", 1), **marks | {"boarding": True})
        private = world.school("P", town, 100.0, "a", ("primary", 1), sector="private", **marks)
        feeds.append((a, j))
        for _ in range(random.integers(4, 10)):
            family = xicheng_family(random)
            if family["stage"] == "primary":
                own, before = pick(random, a, b, nine), None
                wishes = pick(random, *[{"": [own]}] * 8, {"寄宿": [boards]}, {"民办": [private]})
                family |= {"boards_at": pick(random, boards, None), "private_at": pick(random, private, None)}
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

    def asked(batch, school, children):
        named = {n: child_of[n]["wishes"].get(batch) for n in clerk.free(children)}
        return {n: to for n, to in named.items() if to and child_of[n][school] == to[0]}

    boarders = [n for n in small if child_of[n]["hukou_at"] != "outside"]
    clerk.fill("boarding", asked("寄宿", "boards_at", boarders), lambda child, s: clerk.ticket(s, child))
    kept = {seat: clerk.left.pop(seat) for seat in list(clerk.left) if seat[0][0] == "R"}  # 寄宿学校不参加分配
    for children in (small, big):
        clerk.nearest("guaranteed", [n for n in children if child_of[n]["guaranteed"]], near_by, area=True)
    public = {n for n in small if child_of[n]["wishes"].keys() != {"民办"}}
    clerk.fill(
        "register",
        {n: [child_of[n]["own"]] for n in clerk.free(kinds("register")) if n in public},
        lambda child, s: (not child_of[child]["favoured"], clerk.metres(child, s), clerk.ticket(s, child)),
    )

    def in_turn(name):
        return lambda child, _: (
            order.index(read[child][0]),
            not child_of[child]["favoured"],
            clerk.ticket(name, child),
        )

    here = [n for n in kinds(*order[:2]) if n in public]
    clerk.nearest("near", here, in_turn("near"), area=True)
    beside = {
        n: [
            s
            for s in "ABN"
            if world.marks[f"{s}{child_of[n]['own'][1:]}"]["next_area"] == world.area[child_of[n]["own"]]
        ]
        for n in clerk.free(here)
    }
    beside = {
        n: sorted((f"{s}{child_of[n]['own'][1:]}" for s in to), key=lambda s, n=n: clerk.true_metres(n, s))
        for n, to in beside.items()
    }
    clerk.fill("next", beside, in_turn("next"))
    clerk.nearest("whole", [n for n in kinds(*order[2:]) if n in public], in_turn("whole"))
    clerk.left |= kept
    filed = {n: {s for named in child_of[n]["wishes"].values() for s in named} for n in big}
    stays = {n: [child_of[n]["prev_school_id"]] for n in clerk.free(big)}
    stays = {n: to for n, to in stays.items() if to[0] in filed[n] and to[0][0] == "N"}
    clerk.fill("own", stays, lambda child, s: clerk.ticket(s, child))
    leads = dict(feeds)
    goes = {n: [leads.get(child_of[n]["prev_school_id"])] for n in clerk.free(big)}
    goes = {n: to for n, to in goes.items() if to[0] in filed[n]}
    clerk.fill("feeder", goes, lambda child, s: clerk.ticket(s, child))

    def in_area(child, school):
        return world.area[child_of[child]["own"]] == world.area[school]

    def draw(name, batch, children, stream=None):
        for turn in range(2):
            named = {n: child_of[n]["wishes"][batch][turn : turn + 1] for n in clerk.free(children)}
            clerk.fill(name, named, lambda child, s: clerk.ticket(stream or s, child))

    draw("qualified", "有条件派位", [n for n in big if child_of[n]["qualified"]])
    clerk.fill(
        "nearby",
        {n: [s for s in child_of[n]["wishes"]["登记"][:1] if s[0] == "J" and in_area(n, s)] for n in clerk.free(big)},
        lambda child, s: clerk.ticket(s, child),
    )
    draw("area", "学区派位", big, "area")
    clerk.nearest("rest", big, lambda child, _: clerk.ticket("rest", child), area=True)
    clerk.fill("private", asked("民办", "private_at", small), lambda child, s: clerk.ticket(s, child))
    table = world.ranked(found)
    assert list(zip(table["tier"].astype("str"), table["status"], strict=True)) == read
    got = world.admitted(found, table, feeders=pd.DataFrame(feeds, columns=["primary_id", "junior_id"]))
    assert got == clerk.got
