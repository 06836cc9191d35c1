"""Which schools a round offers each child, in which order: one row a (child, school) pair; one function a kind."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission.criteria import column, fits
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
    allowed = _allowed(item, world)
    if item.kind in SEARCHING:
        allowed = allowed & (seats > 0)
    proposed = _KINDS[item.kind](item, pool, world, allowed)
    proposed = proposed[allowed[proposed["school"]]]
    for name, values in item.offers.items():
        proposed = proposed[fits(column(name, proposed, pool, world), values)]
    proposed = proposed.sort_values(["child", "order", "school"], kind="stable").drop_duplicates(["child", "school"])
    choice = proposed["order"] if item.kind in CHOOSING else proposed.groupby("child").cumcount() + 1
    proposed = proposed.assign(choice=choice)
    if item.choices:
        proposed = proposed[proposed["choice"] <= item.choices]
    return proposed[["child", "school", "choice"]].astype(int).reset_index(drop=True)


def _allowed(item: Round, world: Board) -> np.ndarray:
    """Say which schools take part in a round."""
    schools = world.schools
    stay = schools["stage"].isin(item.stage)
    if item.sector != "any":
        stay &= schools["sector"] == item.sector
    if isinstance(item.schools, Mapping):
        for name, values in item.schools.items():
            stay &= fits(schools[name], values)
    elif item.schools:
        stay &= schools["school_id"].isin(_named(item.schools, item, world))
    if item.not_schools:
        stay &= ~schools["school_id"].isin(_named(item.not_schools, item, world))
    return stay.to_numpy(bool)


def _named(words: Iterable[str], item: Round, world: Board) -> list[str]:
    """Return the ids of the schools a round names by id, name or alias."""
    return names.find(world.every, words, where=f"[[rounds]]（{item.id}）")


def _zone(item: Round, pool: pd.DataFrame, world: Board, _: np.ndarray) -> pd.DataFrame:
    """Offer the zone school, or every school of the choice zone it stands in."""
    sets = choice_sets(pool, world)
    filed = applied(pool, world).rename(columns={"order": "named"})
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
    filed = applied(pool, world)
    filed = filed[allowed[filed["school"]]]
    for name, values in item.offers.items():
        filed = filed[fits(column(name, filed, pool, world), values)]
    zone = _zone(item, pool, world, allowed)
    return pd.concat([filed, zone[~zone["child"].isin(filed["child"])]], ignore_index=True)


def _chosen(_: Round, pool: pd.DataFrame, world: Board, __: np.ndarray) -> pd.DataFrame:
    """Offer the schools applied to."""
    return applied(pool, world)


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
    filed = applied(wishes, world).drop_duplicates(["child", "school"])
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
