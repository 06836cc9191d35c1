"""Five notices of five kinds as rule files, without Python: cases by hand, and two hundred towns against a clerk.

A clerk reads the papers of every family by the text, clause by clause, and fills the schools with a list; what a clerk
does is written here anew and knows nothing of the package. The towns of a notice lie in one district, far apart.
"""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from tests.towns.notice_world import STEP, Clerk, World, born, likely, near, old_enough, pick, settled, whole_months
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
        "permit_issued_on": near(random, dt.date(2015, 3, 31), 60),
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
    if dwelling:
        kind = {"bought": "AD", "special": "BE", "grand": "CF", "rented": "CF"}[dwelling][0 if native else 1]
    status = "registered"
    insured = min(family["pension_months"], family["injury_months"])
    if not family["registered"]:
        status = "not_registered"
    elif not old_enough(family):
        status = "under_age"
    elif not native and (
        family["permit_at"] == "none"
        or family["permit_issued_on"] > dt.date(2015, 3, 31)
        or max(family["pension_months"], family["injury_months"], family["tax_months"]) == 0
        or (dwelling == "rented" and family["rent_dated_on"] > dt.date(2015, 3, 31))
    ):
        status = "ineligible"
    last, points = dt.date(2016, 3, 31), 10 if family["only_child"] else 5 * family["planned"]
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
            world.school(
                name,
                town,
                dx,
                area,
                ("primary", int(random.integers(0, 3))),
                own_only=likely(random, 0.2),
                united=apart == "aa",
                locks=likely(random, 0.5),
            )
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
        bonus *= world.marks[school]["united"]
        return "ABCDEF".index(kind), -points - bonus

    def by_choice(child, school):
        return *place(child, school), world.child[child]["wishes"][""].index(school), clerk.ticket(school, child)

    def by_distance(child, school):
        return *place(child, school), clerk.metres(child, school), clerk.ticket(school, child)

    taken = [n for n, (kind, status, _) in enumerate(read) if status == "registered" and kind != "N"]

    def lets_in(child, school):
        if world.child[child]["own"] == school:
            return world.child[child]["locked"] != "yes" or not world.marks[school]["locks"]
        return not world.marks[school]["own_only"]

    def united(child, school):
        return world.area[school] == world.area[world.child[child]["own"]]

    asked = {n: [s for s in world.child[n]["wishes"][""] if united(n, s) and lets_in(n, s)] for n in taken}
    clerk.fill("choices", asked, by_choice)
    spread = {n: [s for s in world.place if clerk.left[s, "primary"] and lets_in(n, s)] for n in clerk.free(taken)}
    spread = {n: sorted(to, key=lambda s, n=n: clerk.true_metres(n, s)) for n, to in spread.items()}
    clerk.fill("arranged", {n: to for n, to in spread.items() if world.child[n]["obeys"]}, by_distance)
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
        "home_evidence": pick(random, "title", "title", "web_contract"),
        "home_occupied": likely(random, 0.9),
        "home_ownership": pick(random, 0.5, 0.51, 0.6, 1.0),
        "home_dated_on": near(random, dt.date(2015, 8, 31), 60),
        "hukou_since_on": near(random, dt.date(2015, 8, 31), 60),
        "same_dwelling": likely(random, 0.9),
        "with_father": likely(random, 0.6),
        "with_mother": likely(random, 0.6),
        "hukou_head": pick(random, "parent", "grandparent"),
        "grand_home_at": pick(random, "zone", "none"),
        "no_home": likely(random, 0.7),
        "since_birth": likely(random, 0.7),
        "permit_at": pick(random, "zone", "none"),
        "locked": pick(random, "yes", "no", "no"),
        "main_is": pick(random, "father", "mother"),
        **{f"{who}_lived": int(random.integers(0, 40)) for who in ("father", "mother")},
        **{f"{who}_worked": int(random.integers(0, 40)) for who in ("father", "mother")},
    }


def jiulongpo_here(family):
    """Return the class of a family of the district, and whether a school short of seats takes it."""
    here, owns = family["hukou_at"] == "zone", family["home_at"] == "zone"
    together = family["with_father"] or family["with_mother"]
    three = here and owns and together and family["same_dwelling"] and family["home_occupied"]
    like = here and family["no_home"] and family["since_birth"] and family["hukou_head"] == "grandparent"
    like = like and family["grand_home_at"] == "zone"
    late = max(family["home_dated_on"], family["hukou_since_on"]) > dt.date(2015, 8, 31)
    early = not late and family["home_evidence"] == "title"
    return ("1" if three or like else "2"), (early or (like and not three)) and family["locked"] == "no"


def jiulongpo_reads(family):
    """Return the class of a family, its status, whether a tight school takes it, and its points where they count."""
    status = "registered" if old_enough(family) else "under_age"
    status = status if family["registered"] else "not_registered"
    if family["hukou_at"] != "outside":
        kind, spared = jiulongpo_here(family)
        return kind, status, spared, 0.0
    main = family["main_is"]
    other = "mother" if main == "father" else "father"
    lived, worked, points = family[f"{main}_lived"], family[f"{main}_worked"], 0.0
    if works := lived >= 12 and worked >= 12:
        points = 20.0 + lived + 2 * worked
        if family[f"{other}_lived"] and family[f"{other}_worked"]:
            points += 0.5 * family[f"{other}_lived"] + family[f"{other}_worked"]
    year = max(family["father_lived"], family["mother_lived"]) >= 12
    titled = family["home_at"] != "none" and family["home_evidence"] == "title" and family["home_ownership"] > 0.51
    return ("3" if year and titled else "4" if works else "5"), status, works, points


def test_jiulongpo_is_that_of_a_clerk():
    found, random, world = rules("jiulongpo-2016"), np.random.default_rng(3), World()
    for town in range(TOWNS):
        second = pick(random, "a", "a", "b")
        names = [
            world.school(name, town, dx, area, ("primary", int(random.integers(0, 4))), tight=likely(random, 0.5))
            for name, dx, area in (("A", 0.0, "a"), ("B", 2000.0, second))
        ]
        for _ in range(random.integers(3, 9)):
            filed = {
                batch: [names[n] for n in random.permutation(2)][: random.integers(1, 3)] for batch in ("购房", "积分")
            }
            world.child.append(
                jiulongpo_family(random)
                | {"own": pick(random, *names), "x": town * STEP + random.integers(0, 3000), "wishes": filed}
            )
    read = [jiulongpo_reads(family) for family in world.child]
    clerk = Clerk(world)
    of = {
        kind: [n for n, (said, status, *_) in enumerate(read) if (said, status) == (kind, "registered")]
        for kind in "12345"
    }
    own = {child: world.child[child]["own"] for child in range(len(read))}
    tight = {child: world.marks[school]["tight"] for child, school in own.items()}
    loose = {child: [own[child]] for child in of["1"] if not tight[child]}
    clerk.fill("own", loose, lambda child, s: child, all_in=True)
    spared = {child: [own[child]] for child in of["1"] if tight[child] and read[child][2]}
    clerk.fill("own_tight", spared, lambda child, s: child, all_in=True)
    clerk.nearest(
        "moved",
        of["1"] + of["2"],
        lambda child, s: (read[child][0], clerk.metres(child, s), clerk.ticket(s, child)),
        but=own,
    )
    local = {
        batch: {
            child: [s for s in world.child[child]["wishes"][batch] if world.area[s] == world.area[own[child]]]
            for child in own
        }
        for batch in ("购房", "积分")
    }
    bought = {child: local["购房"][child] for child in of["3"]}
    numbers = {(child, s): n for child in own for n, s in enumerate(world.child[child]["wishes"]["购房"])}
    clerk.fill(
        "migrants_bought",
        bought,
        lambda child, s: (
            world.child[child]["home_dated_on"],
            numbers[child, s],
            clerk.ticket("migrants_bought", child),
        ),
    )
    counted = {child: local["积分"][child] for child in clerk.free(of["3"] + of["4"]) if read[child][2]}
    numbers = {(child, s): n for child in own for n, s in enumerate(world.child[child]["wishes"]["积分"])}
    clerk.fill(
        "migrants_points",
        counted,
        lambda child, s: (-read[child][3], numbers[child, s], clerk.ticket("migrants_points", child)),
    )
    table = settled(world, found, [(kind, status) for kind, status, *_ in read], clerk.got)
    assert table["points"].to_list() == [points for *_, points in read]


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
