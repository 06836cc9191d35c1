"""Which schools a round offers each child, in which order: one row a (child, school) pair; one function a kind."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import words
from zhaosheng_analysis.admission.criteria import column, meets
from zhaosheng_analysis.admission.priorities import places
from zhaosheng_analysis.admission.rounds import CHOOSING, SEARCHING, Round
from zhaosheng_analysis.admission.supply import Board, applied, choice_sets, codes, frame
from zhaosheng_analysis.geodata import names

_NOT_APPLIED = 1_000  # above every choice number: schools a child did not name come after those it did


def pairs(item: Round, pool: pd.DataFrame, world: Board, seats: np.ndarray) -> pd.DataFrame:
    """List the schools a round offers the children of its pool.

    Parameters
    ----------
    item : Round
        The round.
    pool : DataFrame
        Ranked children who enter, indexed by child_id.
    world : Board
        The schools' side.
    seats : ndarray
        Seats of each school in this round; coordinated rounds look only at schools with a vacancy.

    Returns
    -------
    DataFrame
        Columns child (position in `pool`), school (code), choice (1 first; in rounds by application its number as
        filed, even where the rules bar the one before it), one row a pair, children in order.
    """
    proposed = offered(item, pool, world, seats > 0)
    choice = numbered(item, proposed["child"].to_numpy(), proposed["order"].to_numpy())
    proposed = proposed.assign(choice=choice)
    if item.choices or item.choices_by:
        proposed = proposed[choice <= most(item, pool)[proposed["child"]]]
    return proposed[["child", "school", "choice"]].astype(int).reset_index(drop=True)


def offered(item: Round, pool: pd.DataFrame, world: Board, vacant: np.ndarray) -> pd.DataFrame:
    """List the schools a round offers, each child's in its order, before choices are numbered.

    Parameters
    ----------
    item : Round
        The round.
    pool : DataFrame
        Ranked children who enter, indexed by child_id.
    world : Board
        The schools' side.
    vacant : ndarray of bool, shape (schools,)
        Which schools have a seat; coordinated rounds offer no others.

    Returns
    -------
    DataFrame
        Columns child (position in `pool`), school (code) and order, one row a pair.
    """
    open_ = allowed(item, world)
    if item.kind in SEARCHING:
        open_ = open_ & vacant
    proposed = _KINDS[item.kind](item, pool, world, open_)
    proposed = proposed[open_[proposed["school"]]]
    if item.pool:
        proposed = _pooled(item, proposed, pool, world)
    if item.offers:
        proposed = proposed[meets(item.offers, item, proposed, pool, world)]
    return proposed.sort_values(["child", "order", "school"], kind="stable").drop_duplicates(["child", "school"])


def numbered(item: Round, child: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the number of each choice: as filed in rounds by application, else the place among what is offered."""
    return order if item.kind in CHOOSING and not item.pool else places(child) + 1


def most(item: Round, pool: pd.DataFrame) -> np.ndarray:
    """Return how many schools each child may have asked for: what the first condition that holds says."""
    number = np.full(len(pool), item.choices or np.iinfo(np.int64).max)
    for part in reversed(item.choices_by):
        number[words.holds(part["if"], item.words.child, item.words, pool.__getitem__, len(pool))] = part["choices"]
    return number


def _pooled(item: Round, proposed: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Offer who asks for a school of a pool every school of it: those named first, then in the order of the round."""
    codes_ = np.flatnonzero(world.schools["school_id"].isin(_named(item.pool, item, world)))
    proposed = proposed[proposed["school"].isin(codes_)]
    who = proposed["child"].unique()
    every = pd.DataFrame({"child": np.repeat(who, codes_.size), "school": np.tile(codes_, who.size)})
    same = pool["stage"].to_numpy()[every["child"]] == world.schools["stage"].to_numpy()[every["school"]]
    every = every[same].merge(proposed, on=["child", "school"], how="left", validate="1:m")
    listed = replace(item, schools=item.pool) if item.by == "listed" else item
    way = every.assign(way=_way(listed, every, pool, world)).sort_values(["child", "way", "school"], kind="stable")
    place = _NOT_APPLIED * 2 + way.groupby("child").cumcount()
    return way.assign(order=way["order"].fillna(place))[["child", "school", "order"]]


def allowed(item: Round, world: Board) -> np.ndarray:
    """Say which schools take part in a round.

    Parameters
    ----------
    item : Round
        The round.
    world : Board
        The schools' side.

    Returns
    -------
    ndarray of bool, shape (schools,)
        Whether each may be offered.
    """
    schools = world.schools
    stay = schools["stage"].isin(item.stage)
    if item.sector != "any":
        stay &= schools["sector"] == item.sector
    if item.schools:
        stay &= _meant(item.schools, item, world)
    if item.not_schools:
        stay &= ~_meant(item.not_schools, item, world)
    return stay.to_numpy(bool)


def taking(item: Round, world: Board, seats: np.ndarray) -> np.ndarray:
    """Return the seats of the schools that take part in a round, 0 of others; as they are without a shortlist.

    Parameters
    ----------
    item : Round
        The round.
    world : Board
        The schools' side.
    seats : ndarray of int, shape (schools,)
        Seats of each school in the round.

    Returns
    -------
    ndarray of int, shape (schools,)
        For `priorities.on_list`.
    """
    return np.where(allowed(item, world), seats, 0) if item.shortlist else seats


def _meant(said: Mapping[str, Any] | Iterable[str], item: Round, world: Board) -> np.ndarray:
    """Tell which schools a round means: those it names, or those known to meet its condition."""
    if isinstance(said, Mapping):
        return words.holds(said, item.words.school, item.words, world.schools.__getitem__, len(world.schools))
    return world.schools["school_id"].isin(_named(said, item, world)).to_numpy(bool)


def _named(words: Iterable[str], item: Round, world: Board) -> list[str]:
    """Return the ids of the schools a round names by id, name or alias."""
    return names.find(world.every, words, where=f"[[rounds]]（{item.id}）")


def _zone(item: Round, pool: pd.DataFrame, world: Board, _: np.ndarray) -> pd.DataFrame:
    """Offer the zone school, or every school of the choice zone it stands in."""
    sets = choice_sets(pool, world)
    filed = applied(pool, world, item.batch).rename(columns={"order": "named"})
    sets = sets.merge(filed.drop_duplicates(["child", "school"]), on=["child", "school"], how="left", validate="1:1")
    if not item.fallback:
        chose = sets["named"].notna().groupby(sets["child"]).transform("any")
        sets = sets[sets["named"].notna() | ~chose]
    return sets.assign(order=sets["named"].fillna(sets["order"] + _NOT_APPLIED))[["child", "school", "order"]]


def _promotion(item: Round, pool: pd.DataFrame, world: Board, _: np.ndarray) -> pd.DataFrame:
    """Offer the school a child attended, or the juniors its primary feeds."""
    child = np.arange(len(pool))
    if item.origin == "own":
        proposed = frame(child, codes(pool["prev_school_id"], pool["stage"], world), 1)
    else:
        links = pool.reset_index()[["prev_school_id", "stage"]].assign(child=child)
        links = links.merge(world.feeders, left_on="prev_school_id", right_on="primary_id", validate="m:m")
        proposed = frame(links["child"], codes(links["junior_id"], links["stage"], world), 1)
    if not item.applied:
        return proposed
    return proposed[column("applied_here", proposed, pool, world).to_numpy(bool)]


def _reserve(item: Round, pool: pd.DataFrame, world: Board, allowed: np.ndarray) -> pd.DataFrame:
    """Offer the schools applied to; who named none that takes part gets the zone's."""
    filed = applied(pool, world, item.batch)
    filed = filed[allowed[filed["school"]]]
    if item.offers:
        filed = filed[meets(item.offers, item, filed, pool, world)]
    zone = _zone(item, pool, world, allowed)
    return pd.concat([filed, zone[~zone["child"].isin(filed["child"])]], ignore_index=True)


def _chosen(item: Round, pool: pd.DataFrame, world: Board, __: np.ndarray) -> pd.DataFrame:
    """Offer the schools applied to."""
    return applied(pool, world, item.batch)


def _search(item: Round, pool: pd.DataFrame, world: Board, allowed: np.ndarray) -> pd.DataFrame:
    """Offer every school of the round in the child's stage, those applied to first unless near alone counts."""
    places = np.flatnonzero(allowed)
    proposed = pd.DataFrame(
        {"child": np.repeat(np.arange(len(pool)), places.size), "school": np.tile(places, len(pool))}
    )
    same_stage = pool["stage"].to_numpy()[proposed["child"]] == world.schools["stage"].to_numpy()[proposed["school"]]
    proposed = proposed[same_stage]
    if item.within == "area":
        proposed = proposed[column("same_area", proposed, pool, world).to_numpy(bool)]
    wishes = pool if item.kind != "nearest" else pool.iloc[:0]
    filed = applied(wishes, world, item.batch).drop_duplicates(["child", "school"])
    proposed = proposed.merge(filed, on=["child", "school"], how="left", validate="1:1")
    proposed["order"] = proposed["order"].fillna(_NOT_APPLIED)
    if item.by == "zone_first":
        proposed["order"] = proposed["order"].mask(column("zone_here", proposed, pool, world), 0)
    place = proposed.assign(way=_way(item, proposed, pool, world))
    place = place.sort_values(["child", "order", "way", "school"], kind="stable", ignore_index=True)
    return place.assign(order=place.groupby("child").cumcount() + 1)[["child", "school", "order"]]


def _way(item: Round, pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> np.ndarray:
    """Return the order of the schools for each child: metres, or place in the list of the round."""
    if item.by == "listed" and item.schools and not isinstance(item.schools, Mapping):
        place = {school: n for n, school in enumerate(_named(item.schools, item, world))}
        return world.schools["school_id"].map(place).to_numpy()[pairs["school"]]
    return column("distance", pairs, pool, world).fillna(np.inf).to_numpy()


_KINDS: dict[str, Callable[[Round, pd.DataFrame, Board, np.ndarray], pd.DataFrame]] = {
    "zone": _zone,
    "promotion": _promotion,
    "reserve": _reserve,
    "lottery": _chosen,
    "choice": _chosen,
    "designated": _search,
    "area": _search,
    "nearest": _search,
}
