"""Which school a child belongs to: the first way of the policy's `[[residence]]` that applies to an address of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import facts
from zhaosheng_analysis.elements import Residence
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import DataError, Fault

_EMPTY = {"school_id": pd.NA, "zone_id": pd.NA, "x": np.nan, "y": np.nan, "residence": pd.NA, "residence_clause": pd.NA}


@dataclass(frozen=True)
class Leads:
    """Which zones lead to which schools.

    Attributes
    ----------
    pairs : zone_id, school_id (open, the successor of a closed one), order_n, urban; schools of a zone in order.
    schools : district schools by school_id.
    successor : school_id -> the school that takes its pupils.
    """

    pairs: pd.DataFrame
    schools: pd.DataFrame
    successor: dict[str, str]

    def zones_of(self) -> pd.MultiIndex:
        """Return every (zone_id, school_id) pair."""
        return pd.MultiIndex.from_frame(self.pairs[["zone_id", "school_id"]])


def leads(district: District, policy: Policy) -> Leads:
    """Set up which zones lead to which schools in the policy's year."""
    schools = district.schools.drop(columns="geometry").set_index("school_id")
    gone = schools["status"].eq("closed") | schools["closed_year"].le(policy.intake_year).fillna(False)
    successor = schools.loc[gone & schools["successor_id"].fillna("").ne(""), "successor_id"].to_dict()
    pairs = district.zone_schools.assign(school_id=district.zone_schools["school_id"].replace(successor))
    pairs = pairs.sort_values(["zone_id", "order_n"]).drop_duplicates(["zone_id", "school_id"])
    pairs = pairs.assign(urban=pairs["school_id"].map(schools["urban"]).fillna(False).astype(bool))
    return Leads(pairs.reset_index(drop=True), schools, successor)


def choose(
    children: pd.DataFrame,
    applied: pd.Series,
    picked: dict[str, pd.DataFrame],
    evidence: pd.DataFrame,
    links: Leads,
    policy: Policy,
) -> pd.DataFrame:
    """Choose the school of every child.

    Parameters
    ----------
    children : indexed by child_id, with stage.
    applied : school_id of the first public choice, missing where there is none.
    picked : kind of address -> the child's best address of that kind (`evidence.pick`), before any school is known.
    evidence : the evidence at that point; the conditions of a way are facts of it.
    links : which zones lead to which schools.
    policy : its `residence`, in order.

    Returns
    -------
    DataFrame on the index of `children`: school_id, zone_id, x, y, residence (the address that decided),
    residence_clause; missing where no way applies.
    """
    chosen = pd.DataFrame(_EMPTY, index=children.index).astype(
        {"school_id": "str", "zone_id": "str", "residence": "str", "residence_clause": "str"}
    )
    for way in policy.residence:
        if policy.holds(way.when):
            open_to = chosen["school_id"].isna() & _meets(way, children, evidence, policy)
            found = _candidates(way, children, applied, picked, links, policy)
            found = found[open_to.reindex(found.index)]
            chosen.loc[found.index, ["school_id", "zone_id", "x", "y"]] = found[["school_id", "zone_id", "x", "y"]]
            chosen.loc[found.index, ["residence", "residence_clause"]] = [way.use, way.clause]
    return chosen


def _meets(way: Residence, children: pd.DataFrame, evidence: pd.DataFrame, policy: Policy) -> pd.Series:
    """Tell which children a way is for: its stage and the facts it asks for."""
    good = pd.Series(data=True, index=children.index)
    if way.stage:
        good &= children["stage"].isin(way.stage)
    for name, values in way.only_if.items():
        good &= np.isin(facts.FACTS[name](evidence, policy), values)
    return good


def _candidates(
    way: Residence,
    children: pd.DataFrame,
    applied: pd.Series,
    picked: dict[str, pd.DataFrame],
    links: Leads,
    policy: Policy,
) -> pd.DataFrame:
    """Return the children a way can serve, with the school and zone it gives them."""
    if way.use == "applied":
        return _by_application(applied, picked, links)
    if way.use == "school":
        return _by_name(way, children, picked, links, policy)
    found = picked[way.use]
    found = found[found["zone_id"].notna()]
    if way.within == "town":
        urban = set(links.pairs.loc[links.pairs["urban"], "zone_id"])
        found = found[found["place"].eq("town") | found["zone_id"].isin(urban)]
    return _school_of_zone(found, applied, links)


def _school_of_zone(found: pd.DataFrame, applied: pd.Series, links: Leads) -> pd.DataFrame:
    """Give each child a school of its zone: the one it applied to if it is among them, else the first."""
    first = links.pairs.drop_duplicates("zone_id").set_index("zone_id")["school_id"]
    wish = applied.reindex(found.index)
    wished = pd.MultiIndex.from_arrays([found["zone_id"], wish]).isin(links.zones_of())
    school = wish.where(wished, found["zone_id"].map(first))
    return found.assign(school_id=school)[school.notna()]


def _by_application(applied: pd.Series, picked: dict[str, pd.DataFrame], links: Leads) -> pd.DataFrame:
    """Give each child the school it applied to, and the zone of that school in which it has its best address."""
    found = pd.DataFrame({"school_id": applied.dropna()}).assign(zone_id=pd.NA, x=np.nan, y=np.nan)
    found["zone_id"] = found["zone_id"].astype("str")
    pairs = links.zones_of()
    for kind in ("home", "grandparents", "hukou", "permit", "temporary", "guardian_hukou"):
        here = picked[kind].reindex(found.index)
        inside = pd.MultiIndex.from_arrays([here["zone_id"], found["school_id"]]).isin(pairs)
        new = inside & found["zone_id"].isna().to_numpy()
        found.loc[new, ["zone_id", "x", "y"]] = here.loc[new, ["zone_id", "x", "y"]]
    return _with_some_point(found, picked)


def _with_some_point(found: pd.DataFrame, picked: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Fill in where the family lives, for distances, from whatever address it has."""
    for kind in ("home", "temporary", "permit", "grandparents", "hukou", "guardian_hukou"):
        here = picked[kind].reindex(found.index)
        found = found.assign(x=found["x"].fillna(here["x"]), y=found["y"].fillna(here["y"]))
    return found


def _by_name(
    way: Residence, children: pd.DataFrame, picked: dict[str, pd.DataFrame], links: Leads, policy: Policy
) -> pd.DataFrame:
    """Give everybody the school a rule names."""
    school = named(way.school, links, f"{policy.file} [[residence]]（{way.use}）")
    zone = links.pairs.loc[links.pairs["school_id"] == school, "zone_id"]
    found = pd.DataFrame({"school_id": school, "zone_id": zone.min() if len(zone) else pd.NA}, index=children.index)
    return _with_some_point(found.assign(x=np.nan, y=np.nan), picked)


def named(name: str, links: Leads, where: str) -> str:
    """Find a school by id, name or alias; nothing is guessed."""
    schools = links.schools
    alias = schools["aliases"].fillna("").str.split("、").map(lambda names: name in names)
    found = schools.index[(schools.index == name) | schools["name"].eq(name) | alias]
    if len(found) == 1:
        return found[0]
    problem = f"学校表中有 {len(found)} 所学校叫「{name}」"
    raise DataError(Fault(where, problem, "应恰有一所", "请在学校表的 name 或 aliases 中写上这个名称"))
