"""What the rules ask about a (child, school) pair: one function a column, computed only where a round names it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import policy
from zhaosheng_analysis.admission import words
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.admission.supply import Board, applied, choice_sets
from zhaosheng_analysis.admission.wording import UNDRAWN_M
from zhaosheng_analysis.schema import DataError, Fault


def column(name: str, pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return one column of the pairs: a facet of the pair, ``school.x`` of the school, or a column of the child.

    Parameters
    ----------
    name : str
        Name of the column.
    pairs : DataFrame
        Pairs with child (position in `pool`) and school (code).
    pool : DataFrame
        Children who enter the round.
    world : Board
        The schools' side.

    Returns
    -------
    Series
        One value a pair, on the index of `pairs`.

    Raises
    ------
    DataError
        No such column.
    """
    if name in FACETS:
        values = FACETS[name](pairs, pool, world)
    elif name.startswith("school.") and name.removeprefix("school.") in world.schools:
        values = world.schools[name.removeprefix("school.")].array.take(pairs["school"].to_numpy())
    elif name in pool:
        values = pool[name].array.take(pairs["child"].to_numpy())
    else:
        allowed = "、".join([*FACETS, *pool.columns])
        raise DataError(Fault("rounds", f"没有列「{name}」", f"可用：{allowed}，或 school.<学校表的列>", "请改正列名"))
    return pd.Series(values, index=pairs.index)


def holds(wanted: Mapping[str, Any], item: Round, table: pd.DataFrame) -> np.ndarray:
    """Tell for which rows a condition of a round is known to hold; a column that is not there is not known.

    Parameters
    ----------
    wanted : mapping of str to object
        The condition, as in ``takes``.
    item : Round
        The round.
    table : DataFrame
        Ranked children, or requests to join a sibling where the round answers those.

    Returns
    -------
    ndarray of bool, shape (rows,)
        Whether it holds.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> children = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> first = zs.admission.rounds.read(rules)[0]
    >>> zs.admission.holds({"tier": "1b", "status": "registered"}, first, children).sum()
    np.int64(4)
    """
    columns = item.words.transfer if item.kind == "transfer" else item.words.child
    blank = pd.Series(pd.NA, table.index, dtype="object")
    return words.holds(wanted, columns, item.words, lambda name: table.get(name, blank), len(table))


def meets(wanted: Any, item: Round, proposed: pd.DataFrame, pool: pd.DataFrame, world: Board) -> np.ndarray:
    """Tell which pairs are known to meet a condition of a round.

    Parameters
    ----------
    wanted : mapping of str to object
        The condition, as in ``offers`` and ``groups``.
    item : Round
        The round.
    proposed : DataFrame
        Pairs with child (position in `pool`) and school (code).
    pool : DataFrame
        Children who enter the round.
    world : Board
        The schools' side.

    Returns
    -------
    ndarray of bool, shape (pairs,)
        Whether the condition holds.
    """
    return words.holds(
        wanted, item.words.pair, item.words, lambda name: column(name, proposed, pool, world), len(proposed)
    )


def _pick(values: pd.Series, places: pd.Series) -> pd.Series:
    """Take values by position, on the index of the places."""
    return pd.Series(values.array.take(places.to_numpy()), index=places.index)


def _main(ids: pd.Series, world: Board) -> pd.Series:
    """Return the main campus of each school, itself where it is no branch."""
    main = world.every["campus_of"].fillna("").replace("", pd.NA)
    return ids.map(main).fillna(ids)


def _school_ids(pairs: pd.DataFrame, world: Board) -> pd.Series:
    """Return the school_id of each pair."""
    return _pick(world.schools["school_id"], pairs["school"])


def own_leaver(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether the child comes from this school or a campus of the same school."""
    before = _pick(pool["prev_school_id"], pairs["child"])
    return before.notna() & (_main(before, world) == _main(_school_ids(pairs, world), world))


def feeder_here(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether the child's primary feeds this junior (校校对口)."""
    links = pd.MultiIndex.from_frame(world.feeders[["primary_id", "junior_id"]].astype("str"))
    here = pd.MultiIndex.from_arrays([_pick(pool["prev_school_id"], pairs["child"]), _school_ids(pairs, world)])
    return pd.Series(here.isin(links), index=pairs.index)


def sibling_here(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether a sibling goes to this school (长幼随学)."""
    return _pick(pool["sibling_school_id"], pairs["child"]) == _school_ids(pairs, world)


def _in_set(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return what the child's own zone says of each pair; nothing for other schools."""
    sets = choice_sets(pool, world)[["child", "school", "native", "if_vacant"]]
    return (
        pairs[["child", "school"]].merge(sets, on=["child", "school"], how="left", validate="m:1").set_axis(pairs.index)
    )


def zone_here(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether this is the child's zone school or one of its choice zone."""
    return _in_set(pairs, pool, world)["native"].notna()


def native(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether this is the one school of the child's zone, not one it may choose."""
    return _in_set(pairs, pool, world)["native"].fillna(False).astype(bool)


def if_vacant(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether the text gives this choice only where seats are left."""
    return _in_set(pairs, pool, world)["if_vacant"].fillna(False).astype(bool)


def applied_here(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether the child applied to this school."""
    filed = pd.MultiIndex.from_frame(applied(pool, world)[["child", "school"]])
    return pd.Series(pd.MultiIndex.from_frame(pairs[["child", "school"]]).isin(filed), index=pairs.index)


def areas(pool: pd.DataFrame) -> pd.Series:
    """Return the area (大学区, county) of each child."""
    return pool["area_id"].astype("str").replace("", pd.NA)


def same_area(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether child and school belong to one area."""
    return _pick(areas(pool), pairs["child"]) == _pick(world.schools["area_id"], pairs["school"])


def same_township(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Say whether the child's primary lies in the township of this school."""
    township = _pick(pool["prev_school_id"], pairs["child"]).map(world.every["township_id"])
    return township == _pick(world.schools["township_id"], pairs["school"])


def distance(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return metres from dwelling to school, walked where ways are known, else straight; NaN if unknown.

    Where no way is drawn to a school the straight line counts, `UNDRAWN_M` longer: behind every way that is drawn.
    """
    east = _pick(pool["x"], pairs["child"]) - _pick(world.schools["x"], pairs["school"])
    north = _pick(pool["y"], pairs["child"]) - _pick(world.schools["y"], pairs["school"])
    straight = np.hypot(east.astype(float), north.astype(float))
    if world.walk is None:
        return straight
    who, row = np.unique(pairs["child"], return_inverse=True)
    asked = pool.iloc[who]
    walk = world.walk if isinstance(world.walk, pd.DataFrame) else world.walk.of(asked)
    walk = walk.reindex(index=asked.index, columns=world.schools["school_id"].unique())
    metres = walk.to_numpy(float)[row, walk.columns.get_indexer(_school_ids(pairs, world))]
    return straight.add(UNDRAWN_M).where(np.isnan(metres), metres)


def wish(offers: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return the number under which the child named this school, missing where it did not."""
    filed = applied(pool, world).drop_duplicates(["child", "school"])
    pairs = offers[["child", "school"]].merge(filed, on=["child", "school"], how="left", validate="m:1")
    return pairs["order"].set_axis(offers.index)


def points(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return the points of the child, with those of its lines that depend on the school; missing where not known."""
    own = _pick(pool["points"], pairs["child"])
    return own + of_school(pairs, pool, world)["points"] if world.points.of("pair") else own


def of_school(pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Count the lines of points that depend on the school.

    Parameters
    ----------
    pairs : DataFrame
        One row a child (position in `pool`) and school (its code).
    pool : DataFrame
        The children.
    world : Board
        The schools' side.

    Returns
    -------
    DataFrame
        One column a line, points (their sum) and points_missing, as `policy.points.count` makes them.
    """
    items = world.points.of("pair")
    asked = dict.fromkeys(name for item in items for name in (*item.condition.columns, item.measure) if name)
    table = pd.DataFrame({name: column(name, pairs, pool, world) for name in asked}, index=pairs.index)
    return policy.points.count(world.points, items, table, table)


def choice(pairs: pd.DataFrame, _: pd.DataFrame, __: Board) -> pd.Series:
    """Return the number of the choice, 1 first."""
    return pairs["choice"]


FACETS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, Board], pd.Series]] = {
    facet.__name__: facet
    for facet in (
        own_leaver,
        feeder_here,
        sibling_here,
        zone_here,
        native,
        if_vacant,
        applied_here,
        same_area,
        same_township,
        distance,
        wish,
        points,
        choice,
    )
}
