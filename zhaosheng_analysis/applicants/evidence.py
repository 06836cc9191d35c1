"""From addresses to evidence: one row a child in the columns of the vocabulary, places relative to its school."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import addresses
from zhaosheng_analysis.applicants.addresses import KINDS, PLACES
from zhaosheng_analysis.applicants.residence import Leads
from zhaosheng_analysis.geodata import Declared, District
from zhaosheng_analysis.policy import Cells, Coded, Policy, declarations

_OUTSIDE = PLACES.index("outside")
_DAY = np.int64(86_400_000_000)
_NEVER = np.iinfo(np.int64).max
# Columns of the evidence -> how they are read, and from which column of the home or of the children. An absent paper is
# written as such: no word, no flag; a day stays missing.
_HOME = {
    "home_owner": ("word", "owner"),
    "home_evidence": ("word", "evidence"),
    "home_second_hand": ("flag", "second_hand"),
    "home_dated_on": ("days", "on"),
    "home_contract_on": ("days", "contract_on"),
    "home_moved_on": ("days", "moved_on"),
    "home_accepted": ("flag", "accepted"),
    "home_occupied": ("flag", "occupied"),
    "home_papers": ("flag", "papers"),
    "price_ratio": ("as it is", "price_ratio"),
}
_CHILD = {
    "stage": ("coded", "stage"),
    "birth_on": ("days", "birth_on"),
    "prev_school_kind": ("word", "prev_school_kind"),
    "national_no": ("flag", "national_no"),
    "category": ("word", "category"),
    "category_basis": ("word", "category_basis"),
    "staff_years_n": ("number", "staff_years_n"),
    "agreement": ("flag", "agreement"),
    "returner": ("flag", "returner"),
    "demolition": ("flag", "demolition"),
    "demolition_papers": ("flag", "demolition_papers"),
}
# Which address a prefix of a declared column means.
_PAPERS = {
    "home_": "home",
    "rent_": "temporary",
    "hukou_": "hukou",
    "guardian_hukou_": "guardian_hukou",
    "permit_": "permit",
}


def relative(places: Cells, school: np.ndarray, links: Leads, district: District) -> Cells:
    """Say where each address lies as seen from the child's school (-1: none yet, and no place is ``zone``).

    An address is in the zone when its zone leads to the school, so a choice zone belongs to each of its schools. In a
    prefecture another county than the school's is outside. `at` is a position in `addresses.PLACES`.
    """
    mine, zone = school[places.whole("child")], places.whole("zone")
    here = (zone >= 0) & (mine >= 0) & links.to[zone, mine]
    at = np.where(here, 0, places.whole("place"))
    if len(addresses.counties(district)):
        county = county_of_schools(links, district)[mine]
        away = (mine >= 0) & (places.coded("county").spelled() != county) & ~here
        at = np.where(away, _OUTSIDE, at)
    return places.assign(at=at)


def county_of_schools(links: Leads, district: District) -> np.ndarray:
    """Return the county of each school, through the areas it lies in."""
    parent = district.areas.set_index("area_id")["parent_id"].to_dict()
    counties = set(addresses.counties(district)["area_id"])

    def climb(area: object) -> str:
        while area in parent and area not in counties:
            area = parent[area]
        return str(area) if area in counties else ""

    return np.array([climb(area) for area in links.schools["area_id"]], dtype=object)


def pick(
    places: Cells,
    n: int,
    *,
    every_guardian: bool,
    lived_in: bool = False,
    turn: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Cells]:
    """Pick each child's best address of each kind: nearest place first, then the earliest paper.

    Own homes that count come first, and of those in one place the one the child is registered at, then (`lived_in`)
    one that is lived in, then one in the zone the child is registered in. With `every_guardian` the worse guardian
    counts instead of the better (A-G9). `turn` says of each child which of a kind is taken, the first (0) by default,
    the last where there are not so many. Each table has one row a child, by position; that of a child without such an
    address is blank.
    """
    kind, child, at = places.coded("kind").codes, places.whole("child"), places.whole("at")
    on = places.days("on").view("int64")
    on = np.where(on == np.iinfo(np.int64).min, _NEVER, on // _DAY)
    worst = (kind == KINDS.index("guardian_hukou")) & every_guardian
    place, when = np.where(worst, -at, at), np.where(worst, -on, on)
    spare, empty = ~places.flag("counts"), ~places.flag("occupied") & lived_in
    registered = _registered_at(places, n)
    order = np.lexsort(
        (when, ~_in_zone_of(registered, places), empty, ~_at(registered, places), place, spare, child, kind)
    )
    code = kind[order].astype(np.int64) * n + child[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(order) else np.array([], dtype=int)
    sizes = np.diff(np.r_[starts, len(order)])
    nth = np.zeros(len(starts), dtype=int)
    for name, said in (turn or {}).items():
        here = kind[order[starts]] == KINDS.index(name)
        nth[here] = said[child[order[starts[here]]]]
    first = order[starts + np.minimum(nth, sizes - 1)]
    return {name: _of_each(first[kind[first] == number], places, n) for number, name in enumerate(KINDS)}


def _of_each(rows: np.ndarray, places: Cells, n: int) -> Cells:
    """Spread some addresses over all children, the last of a child; those without one have a row of blanks."""
    place = np.full(n, -1)
    place[places.whole("child")[rows]] = rows
    return places.take(place)


def _registered_at(places: Cells, n: int) -> Cells:
    """Return the dwelling each child is registered at, as seen from each address of the child."""
    own = np.flatnonzero(places.is_one("kind", "hukou"))
    return _of_each(own, places, n).take(places.whole("child"))


def _at(registered: Cells, places: Cells) -> np.ndarray:
    """Tell which addresses are the dwelling the child is registered at."""
    return (registered.whole("key") >= 0) & (places.whole("key") == registered.whole("key"))


def _in_zone_of(registered: Cells, places: Cells) -> np.ndarray:
    """Tell which addresses lie in the zone the child is registered in."""
    return (places.whole("zone") >= 0) & (places.whole("zone") == registered.whole("zone"))


def _may_be_at(registered: Cells, places: Cells) -> np.ndarray:
    """Tell which addresses may be the dwelling the child is registered at: one estate, and no number or point to tell.

    Two numbers, or two points, tell; a number tells nothing beside a point.
    """
    unit, there = places.coded("unit_id"), registered.coded("unit_id")
    said = (unit.codes >= 0) & ~unit.is_one([""])
    alike = places.flag("numbered") == registered.flag("numbered")
    comparable = (places.whole("key") >= 0) & (registered.whole("key") >= 0) & alike
    return said & (unit.codes == there.codes) & ~comparable


def _unless(unknown: np.ndarray, answer: np.ndarray) -> pd.arrays.BooleanArray:
    """Return yes where it is, otherwise no, and blank where that is not known."""
    return pd.arrays.BooleanArray(answer, unknown & ~answer)


def table(
    children: Cells,
    places: Cells,
    picked: dict[str, Cells],
    registration: Mapping[str, object],
    *,
    every_guardian: bool,
    declared: Iterable[Declared] = (),
) -> Cells:
    """Assemble the evidence table.

    Parameters
    ----------
    children : Cells
        One row a child.
    places : Cells
        Every address with its place `at`.
    picked : dict of str to Cells
        The best of each kind.
    registration : mapping of str to object
        By child: registered, sector, channel, submitted_at, sectors_n, schools_n and flags of the school.
    every_guardian : bool
        Whether the worse guardian counts instead of the better (A-G9).
    declared : iterable of Declared, optional
        Columns the policy declares itself.

    Returns
    -------
    Cells
        One row a child in the order of `children`, columns of `policy.vocabulary.EVIDENCE`. An absent paper is written
        as such (no home: ``none``; no flag: false); dates stay missing.
    """
    n, home = len(children), picked["home"]
    columns = {"home_at": _words(home, "none")} | {name: _read(home, *way) for name, way in _HOME.items()}
    columns |= _of_hukou(picked, places, n, every_guardian=every_guardian) | _of_others(picked, places, n)
    columns |= {name: _read(children, *way) for name, way in _CHILD.items()}
    columns |= _of_the_file(children, picked, declared) | {**registration}
    columns["home_second_hand_known"] = ~home.blank("second_hand") | (home.whole("at") < 0)
    columns["unanswered"] = _unanswered(children, picked, places)
    return Cells(pd.DataFrame(index=pd.RangeIndex(n)), columns)


def _unanswered(children: Cells, picked: dict[str, Cells], places: Cells) -> Coded:
    """Name the cells nobody filled in, of a paper only where there is one, joined by a space."""
    home, own, n = picked["home"], picked["hukou"], len(children)
    blank = {name: home.blank(_HOME[name][1]) & (home.whole("at") >= 0) for name in ("home_accepted", "home_occupied")}
    blank["hukou_head"] = own.blank("head") & (own.whole("at") >= 0)
    blank |= {name: children.blank(name) for name, (way, _) in _CHILD.items() if way == "flag"}
    blank["prev_school_kind"] = children.blank("prev_school_kind") & children.is_one("stage", "junior")
    child, permit = places.whole("child"), places.is_one("kind", "permit")
    scored = ~places.blank("points_n")
    # Where nobody has points, nobody lacks them.
    blank["points_n"] = _any(permit & places.flag("rated"), child, n) & ~_any(permit & scored, child, n)
    names = [name for name, here in blank.items() if here.any()]
    codes = np.zeros(n, dtype=np.int64)
    for number, name in enumerate(names):
        codes |= blank[name].astype(np.int64) << number
    sets, codes = np.unique(codes, return_inverse=True)
    said = (" ".join(name for number, name in enumerate(names) if one >> number & 1) for one in sets.tolist())
    return Coded(codes, tuple(said))


def _read(papers: Cells, way: str, column: str) -> object:
    """Read a column the way the evidence has it."""
    if way == "word":
        return papers.coded(column).filled("")
    if way == "number":
        return papers[column].fillna(0)
    return papers[column] if way == "as it is" else getattr(papers, way)(column)


def _of_the_file(children: Cells, picked: dict[str, Cells], declared: Iterable[Declared]) -> dict[str, object]:
    """Return the columns only this rule file asks for, each under the prefix of the paper it is read from."""
    columns: dict[str, object] = {}
    for item in declared:
        for name in declarations.evidence(item):
            prefix = name.removesuffix(item.name)
            if prefix != "applied_":
                kind = _PAPERS.get(prefix)
                columns[name] = children[item.name] if kind is None else picked[kind][addresses.declared(item.name)]
    return columns


def _words(papers: Cells, absent: str) -> Coded:
    """Write places out; where there is no paper it is absent."""
    return Coded(papers.whole("at"), PLACES).filled(absent)


def _any(where: np.ndarray, child: np.ndarray, n: int) -> np.ndarray:
    """Tell which children have any address for which a condition holds."""
    return np.bincount(child[where], minlength=n) > 0


def _of_hukou(picked: dict[str, Cells], places: Cells, n: int, *, every_guardian: bool) -> dict[str, object]:
    own, guardian, child = picked["hukou"], picked["guardian_hukou"], places.whole("child")
    registered = _registered_at(places, n)
    same, parents = _at(registered, places), places.is_one("kind", "guardian_hukou")
    may_be, counts = _may_be_at(registered, places) & ~same, places.flag("counts")
    apart = _any(parents & ~same, child, n)
    together = _any(parents & same, child, n)
    alike = together & ~apart if every_guardian else together
    apart_for_sure = _any(parents & ~same & ~may_be, child, n) & every_guardian
    return {
        "hukou_at": _words(own, "outside"),
        "hukou_known": own.whole("at") >= 0,
        "guardian_known": guardian.whole("at") >= 0,
        "hukou_since_on": own.days("on"),
        "hukou_head": own.coded("head").filled(""),
        "guardian_hukou_at": _words(guardian, "outside"),
        "guardian_hukou_since_on": guardian.days("on"),
        "same_register": _unless(_any(parents & may_be, child, n) & ~apart_for_sure, alike),
        "same_dwelling": _unless(_any(counts & may_be, child, n), _any(same & counts, child, n)),
        "grand_hukou": _any(parents & places.is_one("head", "grandparent"), child, n),
        **_of_parent("father", own, places, n),
        **_of_parent("mother", own, places, n),
    }


def _of_parent(person: str, own: Cells, places: Cells, n: int) -> dict[str, object]:
    """Return where the hukou of the father or the mother is, and whether it is the child's; blank where unknown."""
    theirs = _of_each(np.flatnonzero(places.is_one("person", person)), places, n)
    mine, at = own.whole("key"), theirs.whole("at")
    said = (at >= 0) & (mine >= 0) & (theirs.whole("key") >= 0)
    return {
        f"{person}_hukou_at": Coded(at, PLACES),
        f"with_{person}": pd.arrays.BooleanArray(theirs.whole("key") == mine, ~said),
    }


def _of_others(picked: dict[str, Cells], places: Cells, n: int) -> dict[str, object]:
    child, permit = places.whole("child"), places.is_one("kind", "permit")
    held = {name: _any(permit & places.is_one("holder", name), child, n) for name in ("child", "guardian")}
    points = np.zeros(n)
    np.maximum.at(points, child, np.where(permit, np.nan_to_num(places.numbers("points_n")), 0))
    own = places.flag("counts") & (places.whole("at") <= places.whole("near"))
    return {
        "rent_at": _words(picked["temporary"], "none"),
        "grand_home_at": _words(picked["grandparents"], "none"),
        "rent_dated_on": picked["temporary"].days("on"),
        "permit_at": _words(picked["permit"], "none"),
        "permit_issued_on": picked["permit"].days("on"),
        "permit_holders": Coded(held["child"] + 2 * held["guardian"], ("none", "child", "guardian", "both")),
        "permit_papers": _any(permit & places.flag("work_papers"), child, n),
        "points_n": points,
        "homes_n": np.bincount(child[own], minlength=n),
    }


def missing_dates(evidence: Cells, policy: Policy) -> str:
    """Name the column of homes that a chosen parameter needs and the table does not have (A-PC3), or nothing."""
    needed = {"webcontract": "contract_on", "move_in": "moved_on"}.get(policy.parameter("house_date", "registration"))
    return needed if needed and evidence.blank(f"home_{needed}").all() else ""
