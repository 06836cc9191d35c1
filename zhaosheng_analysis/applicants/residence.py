"""Which school a child belongs to: the first way of the policy's `[[residence]]` that applies to an address of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import declared_facts, own_homes
from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Cells, Policy, Residence, conditions
from zhaosheng_analysis.schema import DataError, Fault, Faults

_LIVES_AT = ("home", "temporary", "permit", "grandparents", "hukou", "guardian_hukou")
_IN_TOWN = 1


@dataclass(frozen=True)
class Leads:
    """Which zones lead to which schools; zones and schools are numbered by their row in the district's layers.

    Attributes
    ----------
    to : ndarray
        Bool array zones × schools; a closed school's zones lead to its successor.
    first : ndarray
        School listed first for each zone, -1 none.
    area : ndarray
        Area (大学区, county) of each zone: that of the school listed first which has one, empty where none has.
    several : ndarray
        Zones that lead to more than one school.
    urban : ndarray
        Zones that lead to an urban school.
    in_town : ndarray
        Urban schools.
    private : ndarray
        Private schools.
    township : ndarray
        Number of the township of each school, -1 none.
    schools : DataFrame
        The layer without geometry, by school_id.
    """

    to: np.ndarray
    first: np.ndarray
    area: np.ndarray
    several: np.ndarray
    urban: np.ndarray
    in_town: np.ndarray
    private: np.ndarray
    township: np.ndarray
    schools: pd.DataFrame


@dataclass(frozen=True)
class Chosen:
    """The school, zone, place and way of every child, by position; -1 (nan) where no way applied."""

    school: np.ndarray
    zone: np.ndarray
    x: np.ndarray
    y: np.ndarray
    way: np.ndarray


def leads(district: District, policy: Policy) -> Leads:
    """Set up which zones lead to which schools in the policy's year."""
    schools = pd.DataFrame(district.schools.drop(columns="geometry")).set_index("school_id")
    gone = schools["status"].eq("closed") | schools["closed_year"].le(policy.intake_year).fillna(value=False)
    successor = schools.loc[gone & schools["successor_id"].fillna("").ne(""), "successor_id"].to_dict()
    pairs = district.zone_schools.sort_values(["zone_id", "order_n"])
    zone = pd.Index(district.zones["zone_id"]).get_indexer(pairs["zone_id"])
    school = schools.index.get_indexer(pairs["school_id"].replace(successor))
    to = np.zeros((len(district.zones), len(schools)), dtype=bool)
    to[zone, school] = True
    first = np.full(len(district.zones), -1)
    first[zone[::-1]] = school[::-1]
    area = np.full(len(district.zones), "", dtype=object)
    areas = schools["area_id"].fillna("").to_numpy(dtype=object)[school]
    area[zone[::-1][areas[::-1] != ""]] = areas[::-1][areas[::-1] != ""]
    in_town = schools["urban"].to_numpy(dtype=bool, na_value=False)
    township = pd.factorize(schools["township_id"].replace("", pd.NA))[0]
    private = schools["sector"].eq("private").to_numpy()
    urban = (to & in_town).any(axis=1)
    return Leads(to, first, area, to.sum(axis=1) > 1, urban, in_town, private, township, schools)


def choose(
    children: pd.DataFrame,
    applied: np.ndarray,
    picked: dict[str, Cells],
    evidence: Cells,
    links: Leads,
    policy: Policy,
) -> Chosen:
    """Choose the school of every child.

    Parameters
    ----------
    children : DataFrame
        With stage.
    applied : ndarray
        School of the first public choice, -1 where there is none.
    picked : dict of str to Cells
        Kind of address -> the child's best address of that kind (`evidence.pick`), before any school is known.
    evidence : Cells
        The evidence at that point; the conditions of a way are asked of it.
    links : Leads
        Which zones lead to which schools.
    policy : Policy
        Its `residence`, in order.

    Returns
    -------
    Chosen
        The school of each child and the way it was found.
    """
    n = len(children)
    chosen = Chosen(*(np.full(n, -1) for _ in range(2)), *(np.full(n, np.nan) for _ in range(2)), np.full(n, -1))
    for number, way in enumerate(policy.residence):
        if policy.holds(way.when):
            candidates = _candidates(way, children, applied, picked, links, policy)
            new = (candidates.school >= 0) & (chosen.school < 0) & _meets(way, children, evidence, policy)
            for name in ("school", "zone", "x", "y"):
                getattr(chosen, name)[new] = getattr(candidates, name)[new]
            chosen.way[new] = number
    return _with_some_point(chosen, picked)


def _meets(way: Residence, children: pd.DataFrame, evidence: Cells, policy: Policy) -> np.ndarray:
    """Tell which children a way is for: its stage, a home that may count, the condition it asks; a blank is no yes."""
    good = children["stage"].isin(way.stage).to_numpy() if way.stage else np.ones(len(children), dtype=bool)
    if way.use == "home":
        good = good & ~own_homes.home_barred(evidence, policy)
    if not way.only_if:
        return good
    condition = conditions.read(way.only_if, policy.askable, policy.dates, policy.file, Faults())
    table = declared_facts.with_declared(evidence, policy, condition.columns)
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    return good & (conditions.judge(condition, table, inclusive=inclusive) == conditions.YES)


def _candidates(
    way: Residence,
    children: pd.DataFrame,
    applied: np.ndarray,
    picked: dict[str, Cells],
    links: Leads,
    policy: Policy,
) -> Chosen:
    """Return what a way would give each child, whoever it is for."""
    n = len(children)
    nowhere = np.full(n, np.nan)
    if way.use == "leaver":
        school = _of_township(children, picked, links)
        return Chosen(school, np.full(n, -1), nowhere, nowhere, applied)
    if way.use == "applied":
        return Chosen(applied, np.full(n, -1), nowhere, nowhere, applied)
    if way.use == "school":
        where = f"{policy.file} [[residence]]（{way.use}）"
        (meant,) = names.find(links.schools.reset_index(), [way.school], where=where)
        school = links.schools.index.get_loc(meant)
        leading = np.flatnonzero(links.to[:, school])
        zone = leading[0] if len(leading) else -1
        return Chosen(np.full(n, school), np.full(n, zone), nowhere, nowhere, applied)
    here = picked[way.use]
    zone = here.whole("zone")
    good = zone >= 0
    if way.within == "town":
        good = good & ((here.whole("place") == _IN_TOWN) | links.urban[zone])
    wished = good & (applied >= 0) & links.to[zone, applied]
    if way.registered:
        good = wished
    school = np.where(good, np.where(wished, applied, links.first[zone]), -1)
    return Chosen(school, np.where(good, zone, -1), here.numbers("x"), here.numbers("y"), applied)


def _of_township(children: pd.DataFrame, picked: dict[str, Cells], links: Leads) -> np.ndarray:
    """Return the rural junior in the township of the primary a child left, -1 none.

    Of several the one whose zone the home or hukou lies in, else the first by its id.
    """
    schools = links.schools.assign(place=range(len(links.schools)))
    open_ = schools["status"].eq("open") & schools["sector"].eq("public") & ~schools["urban"].fillna(value=False)
    juniors = schools[open_ & schools["stage"].isin(["junior", "both"]) & schools["township_id"].fillna("").ne("")]
    before = children["prev_school_id"].map(schools["township_id"]).fillna("")
    first = juniors.sort_index().drop_duplicates("township_id").set_index("township_id")["place"]
    rows = before.map(first).fillna(-1).to_numpy(dtype=int)
    township = schools["township_id"].fillna("").to_numpy(dtype=object)
    several = juniors["place"].to_numpy()[juniors["township_id"].duplicated(keep=False).to_numpy()]
    for kind in ("hukou", "home"):
        zone = picked[kind].whole("zone")
        for place in several:
            near = (zone >= 0) & links.to[zone, place] & (before.to_numpy(dtype=object) == township[place])
            rows = np.where(near, place, rows)
    return rows


def _with_some_point(chosen: Chosen, picked: dict[str, Cells]) -> Chosen:
    """Fill in where the family lives, for distances, from whatever address it has."""
    x, y = chosen.x, chosen.y
    for kind in _LIVES_AT:
        missing = np.isnan(x)
        x, y = (np.where(missing, picked[kind].numbers(axis), own) for axis, own in (("x", x), ("y", y)))
    return Chosen(chosen.school, chosen.zone, x, y, chosen.way)


def settle_overlaps(chosen: Chosen, links: Leads, policy: Policy) -> Chosen:
    """Treat a place two zones claim as the policy says: a choice, the first listed school's, or an error (A-LT4)."""
    way = policy.parameter("overlap", "choice")
    several = (chosen.zone >= 0) & links.several[chosen.zone]
    if way == "choice" or not several.any():
        return chosen
    if way == "error":
        found, remedy = f"{int(several.sum())} 名儿童住在两校都列名的地方", "请改正学区文字，或改用 choice"
        raise DataError(Fault(f"{policy.file} 学区重叠", found, "每个地址只能归一所学校", remedy))
    school = np.where(several, links.first[chosen.zone], chosen.school)
    alone = np.full(len(links.schools), -1)
    zones = np.flatnonzero(~links.several & (links.first >= 0))
    alone[links.first[zones]] = zones
    zone = np.where(several & (alone[school] >= 0), alone[school], chosen.zone)
    return Chosen(school, zone, chosen.x, chosen.y, chosen.way)
