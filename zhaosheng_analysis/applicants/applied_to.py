"""What each child applied to: its first registration that stands, the public choice before the private.

What comes in are the registrations of the intake with the turn in which each counts (`filings.effective`); what goes
out is one row a child.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import evidence
from zhaosheng_analysis.applicants.residence import Leads
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Cells, Policy

__all__ = ["entrances", "first", "listed"]


def first(filed: pd.DataFrame, children: pd.DataFrame, declared: Iterable[str]) -> Cells:
    """Return one row a child: what it first applied to, when and how.

    Parameters
    ----------
    filed : DataFrame
        Registrations that count in some turn.
    children : DataFrame
        One row a child, indexed by child_id, with prev_school_id.
    declared : iterable of str
        Columns of the registrations only the rule file knows.

    Returns
    -------
    Cells
        In the order of `children`: registered, registered_id, sector, channel, submitted_at, online_at, sectors_n,
        schools_n (most schools named as one choice), applied_id (first public choice), applied_own, private_channel,
        private_at, private_id and the columns of the file.
    """
    n, cells, child = len(children), Cells(filed), children.index.get_indexer(filed["child_id"])
    turn, choice, second = cells.whole("turn_n"), cells.numbers("choice_n"), ~cells.is_one("sector", "public")
    school = pd.factorize(filed["school_id"], sort=True)[0]
    order = np.lexsort((school, choice, second, turn, child))
    rows = {
        "any": _first_of(child, order, n),
        "public": _first_of(child, order[(turn == 1)[order] & ~second[order]], n),
        "private": _first_of(child, order[second[order]], n),
    }
    any_, public, private = (cells.take(place) for place in rows.values())
    listed_ = (turn == 1) & ~second
    before = children["prev_school_id"].array.take(child)
    own = pd.Series(filed["school_id"].array == before).to_numpy(dtype=bool, na_value=False)
    columns = {
        "registered": rows["any"] >= 0,
        "registered_id": any_.coded("school_id").filled(""),
        "sector": any_.coded("sector").filled("public"),
        "channel": any_["channel"],
        "submitted_at": any_.days("submitted_at"),
        "online_at": any_.days("online_at"),
        "sectors_n": _different(child[turn == 1], second[turn == 1], n),
        "schools_n": _most(child[listed_], [cells.coded("batch").codes[listed_], choice[listed_]], school[listed_], n),
        "applied_id": public["school_id"],
        "applied_own": np.bincount(child[own], minlength=n) > 0,
        "private_channel": private["channel"],
        "private_at": private.days("submitted_at"),
        "private_id": private["school_id"],
    }
    columns |= {f"applied_{name}": any_[name] for name in declared}
    return Cells(pd.DataFrame(index=children.index), columns)


def listed(filed: pd.DataFrame, children: pd.Index) -> np.ndarray:
    """Count the public schools each child listed at first.

    Parameters
    ----------
    filed : DataFrame
        Registrations with turn_n.
    children : Index
        Ids of the children.

    Returns
    -------
    ndarray of int, shape (children,)
        How many.
    """
    cells = Cells(filed)
    mine = (cells.whole("turn_n") == 1) & cells.is_one("sector", "public")
    child = children.get_indexer(filed["child_id"])
    return _different(child[mine], cells.coded("school_id").codes[mine], len(children))


def entrances(filed: pd.DataFrame, children: pd.Index, links: Leads, district: District, policy: Policy) -> np.ndarray:
    """Count the counties each child registered in, void registrations and private schools included.

    Where private schools of the city may refill in other counties (``refill_city``), theirs are no second entrance.

    Parameters
    ----------
    filed : DataFrame
        Every registration.
    children : Index
        Ids of the children.
    links : Leads
        The schools.
    district : District
        Its areas say which counties there are.
    policy : Policy
        Rules.

    Returns
    -------
    ndarray of int, shape (children,)
        At least 1.
    """
    county = pd.factorize(pd.Series(evidence.county_of_schools(links, district), dtype="str").replace("", pd.NA))[0]
    if policy.parameter("refill_city", default=False):
        county[links.private & links.schools["approver"].eq("city").to_numpy(dtype=bool, na_value=False)] = -1
    there = np.append(county, -1)[links.schools.index.get_indexer(filed["school_id"])]
    child = children.get_indexer(filed["child_id"])
    return np.maximum(_different(child[there >= 0], there[there >= 0], len(children)), 1)


def _first_of(child: np.ndarray, order: np.ndarray, n: int) -> np.ndarray:
    """Return the first row of each child in an order, -1 where it has none."""
    rows = np.full(n, -1)
    rows[child[order[::-1]]] = order[::-1]
    return rows


def _different(child: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Count the different values of each child."""
    pairs = np.unique(np.column_stack([child, values]), axis=0)
    return np.bincount(pairs[:, 0], minlength=n)


def _most(child: np.ndarray, within: list[np.ndarray], values: np.ndarray, n: int) -> np.ndarray:
    """Count the different values of each child in each group of its rows, and return the most of any."""
    most = np.zeros(n, dtype=int)
    if child.size:
        pairs = np.unique(np.column_stack([child, *within, values]), axis=0)
        groups, several = np.unique(pairs[:, :-1], axis=0, return_counts=True)
        np.maximum.at(most, groups[:, 0].astype(int), several)
    return most
