"""From addresses to evidence: one row a child in the columns of the vocabulary, places relative to its school."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import addresses
from zhaosheng_analysis.applicants.addresses import KINDS, PLACES
from zhaosheng_analysis.applicants.residence import Leads
from zhaosheng_analysis.geodata import Declared, District
from zhaosheng_analysis.policy import Policy, declarations

_OUTSIDE = PLACES.index("outside")
_DAY = np.int64(86_400_000_000)
_NEVER = np.iinfo(np.int64).max
_HOME = {
    "at": "home_at",
    "owner": "home_owner",
    "evidence": "home_evidence",
    "second_hand": "home_second_hand",
    "on": "home_dated_on",
    "contract_on": "home_contract_on",
    "moved_on": "home_moved_on",
    "accepted": "home_accepted",
    "occupied": "home_occupied",
    "papers": "home_papers",
    "price_ratio": "price_ratio",
}
_ANY = ("at", "zone", "key", "place", "x", "y", "county", "on")
_MORE = {
    "home": [*(name for name in _HOME if name not in _ANY), "address_id"],
    "temporary": ["address_id"],
    "hukou": ["head"],
}
_CHILD = (
    "stage",
    "birth_on",
    "prev_school_kind",
    "national_no",
    "category",
    "category_basis",
    "staff_years_n",
    "agreement",
    "returner",
    "demolition",
    "demolition_papers",
)
_ABSENT = {
    "home_owner": "",
    "home_evidence": "",
    "hukou_head": "",
    "prev_school_kind": "",
    "category": "",
    "category_basis": "",
    "channel": "",
    "staff_years_n": 0,
    "points_n": 0,
}
# Which table a kind of address is read from, and which address a prefix of a declared column means.
_TABLES = {
    "home": "homes",
    "grandparents": "homes",
    "temporary": "homes",
    "hukou": "hukou",
    "guardian_hukou": "hukou",
    "permit": "permits",
}
_PAPERS = {
    "home_": "home",
    "rent_": "temporary",
    "hukou_": "hukou",
    "guardian_hukou_": "guardian_hukou",
    "permit_": "permit",
}
_FLAGS = (
    "home_second_hand",
    "home_accepted",
    "home_occupied",
    "home_papers",
    "demolition",
    "demolition_papers",
    "national_no",
    "agreement",
    "returner",
)


def relative(places: pd.DataFrame, school: np.ndarray, links: Leads, district: District) -> pd.DataFrame:
    """Say where each address lies as seen from the child's school (-1: none yet, and no place is ``zone``).

    An address is in the zone when its zone leads to the school, so a choice zone belongs to each of its schools. In a
    prefecture another county than the school's is outside. `at` is a position in `addresses.PLACES`.
    """
    mine, zone = school[places["child"]], places["zone"].to_numpy()
    here = (zone >= 0) & (mine >= 0) & links.to[zone, mine]
    at = np.where(here, 0, places["place"])
    if len(addresses.counties(district)):
        county = county_of_schools(links, district)[mine]
        away = (mine >= 0) & (places["county"].to_numpy(dtype=object) != county) & ~here
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
    places: pd.DataFrame,
    n: int,
    *,
    every_guardian: bool,
    lived_in: bool = False,
    turn: Mapping[str, np.ndarray] | None = None,
    declared: Iterable[Declared] = (),
) -> dict[str, pd.DataFrame]:
    """Pick each child's best address of each kind: nearest place first, then the earliest paper.

    Own homes that count come first, and of those in one place the one the child is registered at, then (`lived_in`)
    one that is lived in, then one in the zone the child is registered in. With `every_guardian` the worse guardian
    counts instead of the better (A-G9). `turn` says of each child which of a kind is taken, the first (0) by default,
    the last where there are not so many. Each table has one row a child, by position; a child without such an address
    has `at` -1 and missing values.
    """
    kind, child = places["kind"].cat.codes.to_numpy(), places["child"].to_numpy()
    on = places["on"].to_numpy(dtype="datetime64[us]").view("int64")
    on = np.where(on == np.iinfo(np.int64).min, _NEVER, on // _DAY)
    worst = (kind == KINDS.index("guardian_hukou")) & every_guardian
    place = np.where(worst, -places["at"], places["at"])
    when = np.where(worst, -on, on)
    spare = ~places["counts"].to_numpy(dtype=bool)
    empty = ~places["occupied"].fillna(value=False).to_numpy(dtype=bool) & lived_in
    order = np.lexsort((when, ~_in_zone_of_hukou(places, n), empty, ~_at_hukou(places, n), place, spare, child, kind))
    code = kind[order].astype(np.int64) * n + child[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(order) else np.array([], dtype=int)
    sizes = np.diff(np.r_[starts, len(order)])
    nth = np.zeros(len(starts), dtype=int)
    for name, said in (turn or {}).items():
        here = kind[order[starts]] == KINDS.index(name)
        nth[here] = said[child[order[starts[here]]]]
    first = order[starts + np.minimum(nth, sizes - 1)]
    rows = {name: first[kind[first] == number] for number, name in enumerate(KINDS)}
    more = {
        kind: [addresses.declared(item.name) for item in declared if item.table == table]
        for kind, table in _TABLES.items()
    }
    return {
        name: _by_child(places, child, these, n, (*_MORE.get(name, ()), *more[name])) for name, these in rows.items()
    }


def _at_hukou(places: pd.DataFrame, n: int) -> np.ndarray:
    """Tell which addresses are the dwelling the child is registered at."""
    key = _hukou_key(places, n)[places["child"]]
    return (key >= 0) & (places["key"].to_numpy() == key)


def _may_be_at_hukou(places: pd.DataFrame, n: int) -> np.ndarray:
    """Tell which addresses may be the dwelling the child is registered at: one estate, and no number or point to tell.

    Two numbers, or two points, tell; a number tells nothing beside a point.
    """
    own = places["kind"].eq("hukou").to_numpy(dtype=bool)
    place = np.full(n, -1)
    place[places["child"].to_numpy()[own]] = np.flatnonzero(own)
    unit, key = places["unit_id"].fillna("").to_numpy(dtype=object), places["key"].to_numpy()
    numbered = places["address_id"].fillna("").ne("").to_numpy(dtype=bool)
    there = place[places["child"].to_numpy()]
    comparable = (key >= 0) & (key[there] >= 0) & (numbered == numbered[there])
    return (there >= 0) & (unit != "") & (unit == unit[there]) & ~comparable


def _unless(unknown: np.ndarray, answer: np.ndarray) -> pd.array:
    """Return yes where it is, otherwise no, and blank where that is not known."""
    return pd.array(np.where(unknown & ~answer, None, answer), dtype="boolean")


def _in_zone_of_hukou(places: pd.DataFrame, n: int) -> np.ndarray:
    """Tell which addresses lie in the zone the child is registered in."""
    own = places["kind"].eq("hukou").to_numpy(dtype=bool)
    zone = np.full(n, -1)
    zone[places["child"].to_numpy()[own]] = places["zone"].to_numpy()[own]
    return (places["zone"].to_numpy() >= 0) & (places["zone"].to_numpy() == zone[places["child"]])


def _hukou_key(places: pd.DataFrame, n: int) -> np.ndarray:
    """Return the dwelling each child is registered at, -1 unknown."""
    own = places["kind"].eq("hukou").to_numpy(dtype=bool)
    key = np.full(n, -1)
    key[places["child"].to_numpy()[own]] = places["key"].to_numpy()[own]
    return key


def _by_child(places: pd.DataFrame, child: np.ndarray, rows: np.ndarray, n: int, more: Iterable[str]) -> pd.DataFrame:
    """Spread the picked rows over all children; numbers of those without one are -1."""
    place = np.full(n, -1)
    place[child[rows]] = rows
    table = places[[*_ANY, *dict.fromkeys(more)]].reindex(place).reset_index(drop=True)
    return table.assign(**{name: table[name].fillna(-1).astype(int) for name in ("at", "zone", "key", "place")})


def table(
    children: pd.DataFrame,
    places: pd.DataFrame,
    picked: dict[str, pd.DataFrame],
    registration: pd.DataFrame,
    *,
    every_guardian: bool,
    declared: Iterable[Declared] = (),
) -> pd.DataFrame:
    """Assemble the evidence table.

    Parameters
    ----------
    children : DataFrame
        Indexed by child_id.
    places : DataFrame
        Every address with its place `at`.
    picked : dict of str to DataFrame
        The best of each kind.
    registration : DataFrame
        By child: registered, sector, channel, submitted_at, sectors_n, schools_n and flags of the school.
    every_guardian : bool
        Whether the worse guardian counts instead of the better (A-G9).
    declared : iterable of Declared, optional
        Columns the policy declares itself.

    Returns
    -------
    DataFrame
        One row a child on the index of `children`, columns of `policy.vocabulary.EVIDENCE`. An absent paper is written
        as such (no home: ``none``; no flag: false); dates stay missing.
    """
    n = len(children)
    home = picked["home"][list(_HOME)].rename(columns=_HOME)
    columns = {name: home[name] for name in home} | _of_hukou(picked, places, n, every_guardian=every_guardian)
    columns |= _of_others(picked, places, n)
    columns |= {name: children[name].array for name in _CHILD}
    columns |= _of_the_file(children, picked, declared)
    evidence = pd.DataFrame({name: getattr(values, "array", values) for name, values in columns.items()})
    evidence = evidence.set_index(children.index).join(registration)
    answered = evidence["home_second_hand"].notna().to_numpy() | (picked["home"]["at"].to_numpy() < 0)
    return _filled(evidence.assign(home_at=_words(picked["home"]["at"], "none"), home_second_hand_known=answered))


def _of_the_file(
    children: pd.DataFrame, picked: dict[str, pd.DataFrame], declared: Iterable[Declared]
) -> dict[str, object]:
    """Return the columns only this rule file asks for, each under the prefix of the paper it is read from."""
    columns: dict[str, object] = {}
    for item in declared:
        for name in declarations.evidence(item):
            prefix = name.removesuffix(item.name)
            if prefix != "applied_":
                kind = _PAPERS.get(prefix)
                given = children[item.name] if kind is None else picked[kind][addresses.declared(item.name)]
                columns[name] = given.array
    return columns


def _words(at: pd.Series, absent: str) -> np.ndarray:
    """Write places out; -1 is absent."""
    return np.array([*PLACES, absent], dtype=object)[at.to_numpy()]


def _any(where: np.ndarray, child: np.ndarray, n: int) -> np.ndarray:
    """Tell which children have any address for which a condition holds."""
    return np.bincount(child[where], minlength=n) > 0


def _of_hukou(
    picked: dict[str, pd.DataFrame], places: pd.DataFrame, n: int, *, every_guardian: bool
) -> dict[str, object]:
    own, guardian, child = picked["hukou"], picked["guardian_hukou"], places["child"].to_numpy()
    same, parents = _at_hukou(places, n), places["kind"].eq("guardian_hukou").to_numpy()
    may_be, counts = _may_be_at_hukou(places, n) & ~same, places["counts"].to_numpy(dtype=bool)
    apart = _any(parents & ~same, child, n)
    together = _any(parents & same, child, n)
    registered = together & ~apart if every_guardian else together
    apart_for_sure = _any(parents & ~same & ~may_be, child, n) & every_guardian
    return {
        "hukou_at": _words(own["at"], "outside"),
        "hukou_known": own["at"].to_numpy() >= 0,
        "guardian_known": guardian["at"].to_numpy() >= 0,
        "hukou_since_on": own["on"],
        "hukou_head": own["head"],
        "guardian_hukou_at": _words(guardian["at"], "outside"),
        "guardian_hukou_since_on": guardian["on"],
        "same_register": _unless(_any(parents & may_be, child, n) & ~apart_for_sure, registered),
        "same_dwelling": _unless(_any(counts & may_be, child, n), _any(same & counts, child, n)),
        "grand_hukou": _any(parents & places["head"].eq("grandparent").to_numpy(), child, n),
        **_of_parent("father", places, n),
        **_of_parent("mother", places, n),
    }


def _of_parent(person: str, places: pd.DataFrame, n: int) -> dict[str, object]:
    """Return where the hukou of the father or the mother is, and whether it is the child's; blank where unknown."""
    rows = np.flatnonzero(places["person"].eq(person).to_numpy(dtype=bool, na_value=False))
    place = np.full(n, -1)
    place[places["child"].to_numpy()[rows]] = rows
    theirs = places[["at", "key"]].reindex(place).reset_index(drop=True)
    mine, placed = _hukou_key(places, n), theirs["at"].notna().to_numpy()
    said = placed & (mine >= 0) & theirs["key"].ge(0).to_numpy()
    at = pd.Series(_words(theirs["at"].fillna(-1).astype(int), "outside"), dtype="object")
    return {
        f"{person}_hukou_at": at.where(placed, pd.NA),
        f"with_{person}": pd.Series(theirs["key"].eq(mine), dtype="boolean").where(said),
    }


def _of_others(picked: dict[str, pd.DataFrame], places: pd.DataFrame, n: int) -> dict[str, object]:
    child, permit = places["child"].to_numpy(), places["kind"].eq("permit").to_numpy()
    held = {name: _any(permit & places["holder"].eq(name).to_numpy(), child, n) for name in ("child", "guardian")}
    points = np.zeros(n)
    np.maximum.at(points, child, np.where(permit, places["points_n"].to_numpy("float64", na_value=0), 0))
    own = places["counts"].to_numpy(dtype=bool) & (places["at"] <= places["near"]).to_numpy()
    papers = places["work_papers"].fillna(value=False).to_numpy(dtype=bool)
    return {
        "rent_at": _words(picked["temporary"]["at"], "none"),
        "grand_home_at": _words(picked["grandparents"]["at"], "none"),
        "rent_dated_on": picked["temporary"]["on"],
        "permit_at": _words(picked["permit"]["at"], "none"),
        "permit_issued_on": picked["permit"]["on"],
        "permit_holders": np.select(
            [held["child"] & held["guardian"], held["child"], held["guardian"]], ["both", "child", "guardian"], "none"
        ),
        "permit_papers": _any(permit & papers, child, n),
        "points_n": points,
        "homes_n": np.bincount(child[own], minlength=n),
    }


def _filled(evidence: pd.DataFrame) -> pd.DataFrame:
    """Write what an absent paper means."""
    filled = {name: evidence[name].fillna(value) for name, value in _ABSENT.items()}
    filled |= {name: evidence[name].astype("boolean").fillna(value=False).astype(bool) for name in _FLAGS}
    dates = ("home_dated_on", "home_contract_on", "home_moved_on", "hukou_since_on", "guardian_hukou_since_on")
    dates = (*dates, "rent_dated_on", "permit_issued_on")
    filled |= {name: evidence[name].astype("datetime64[us]") for name in dates}
    return evidence.assign(**filled)


def missing_dates(evidence: pd.DataFrame, policy: Policy) -> str:
    """Name the column of homes that a chosen parameter needs and the table does not have (A-PC3), or nothing."""
    needed = {"webcontract": "contract_on", "move_in": "moved_on"}.get(policy.parameter("house_date", "registration"))
    return needed if needed and evidence[_HOME[needed]].isna().all() else ""
