"""Where a child stands at a school: the digits of a round's key, its tickets, and the families that share one."""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.admission.criteria import column, meets
from zhaosheng_analysis.admission.kernels import LAYOUT
from zhaosheng_analysis.admission.rounds import Round, listed
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.admission.wording import TIERED
from zhaosheng_analysis.schema import DataError, Fault

MOST_LEADS = 2 ** LAYOUT["tier"]


def rank(item: Round, pairs: pd.DataFrame, pool: pd.DataFrame, world: Board, *, seed: str) -> pd.DataFrame:
    """Give each pair of a round its place in the order of the school.

    Parameters
    ----------
    item : Round
        The round.
    pairs : DataFrame
        Pairs from `proposals.pairs`.
    pool : DataFrame
        Children who enter the round.
    world : Board
        The schools' side.
    seed : str
        Published seed of the draw.

    Returns
    -------
    DataFrame
        The pairs that fit a priority group (all where there are none) with v1, v2 … (digits before the ticket as they
        are), d1, d2 … (the same as dense whole numbers, smaller first), lead (digits down to the tier), rest (those
        after it), family (name on the ticket), unit (who shares it at this school), ticket (uint64) and turn (place in
        the order of the tickets; 0 without a draw).
    """
    table = pairs.assign(child_id=pool.index.to_numpy()[pairs["child"]])
    if item.groups:
        table["group"] = _group(item, table, pool, world)
        table = table[table["group"] < len(item.groups)].reset_index(drop=True)
    for place, (name, sign) in enumerate(_signed(item.key), 1):
        table[f"v{place}"] = _shown(name, table, pool, world)
        table[f"d{place}"] = _dense(_ordered(name, table[f"v{place}"], item), sign)
    names = [f"d{place}" for place in range(1, len(item.digits) + 1)]
    upper = next((place for place, name in enumerate(item.digits, 1) if name in TIERED), len(names))
    table["lead"], table["rest"] = combined(table[names[:upper]]), combined(table[names[upper:]])
    if table["lead"].max() >= MOST_LEADS:
        table["lead"], table["rest"] = 0, combined(table[names])
    table["family"] = _families(item, table, pool)
    table["unit"] = table.groupby(["family", "school", "choice", "lead", "rest"], sort=False).ngroup()
    table["ticket"] = _tickets(item, table, world, seed) if item.draws else np.uint64(0)
    return table.assign(turn=_turns(table) if item.draws else 0)


def _signed(key: tuple[str, ...]) -> list[tuple[str, int]]:
    """Split the digits of a key into names and directions, leaving out the ticket."""
    return [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in key if name != "ticket"]


def _group(item: Round, table: pd.DataFrame, pool: pd.DataFrame, world: Board) -> np.ndarray:
    """Return the first priority group each pair fits, or the number of groups."""
    group = np.full(len(table), len(item.groups))
    for number in reversed(range(len(item.groups))):
        group[meets(item.groups[number], item, table, pool, world)] = number
    return group


def _shown(name: str, table: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return one digit as the planner knows it."""
    if name == "group":
        return table["group"]
    values = column("tier_rank" if name == "tier" else name, table, pool, world)
    return values.round() if name == "distance" else values


def _ordered(name: str, values: pd.Series, item: Round) -> pd.Series:
    """Return one digit as numbers, dates or flags; text only in the order the round gives."""
    if name in item.orders:
        return values.map({value: place for place, value in enumerate(listed(item.orders[name]))})
    if not pd.api.types.is_string_dtype(values.dtype):
        return values
    remedy = f"请写 orders = {{ {name} = [先, 后, …] }}"
    raise DataError(Fault(f"轮次「{item.name}」", f"排序项「{name}」是文字，没有先后", "", remedy))


def _dense(values: pd.Series, sign: int) -> np.ndarray:
    """Return the values as whole numbers from 0 in their order, the missing last."""
    codes, levels = pd.factorize(values, sort=True, use_na_sentinel=True)
    codes = codes if sign > 0 else np.where(codes >= 0, len(levels) - 1 - codes, -1)
    return np.where(codes >= 0, codes, len(levels))


def combined(digits: pd.DataFrame) -> np.ndarray:
    """Return the combinations of several digits as whole numbers from 0 in their order, the first digit deciding."""
    whole = np.zeros(len(digits), np.int64)
    for name in digits:
        digit = digits[name].to_numpy()
        whole = np.unique(whole * (digit.max(initial=0) + 1) + digit, return_inverse=True)[1]
    return whole


def together(table: pd.DataFrame) -> np.ndarray:
    """Give one number to twins on one ticket who ask the same schools in the same order; one to everybody else."""
    table = table.reset_index(drop=True)
    crowd = table.groupby("family")["child"].transform("nunique") > 1
    name = "child " + table["child"].astype("str")
    if crowd.any():
        steps = table[crowd].sort_values(["child", "choice"])
        path = steps[["family", "school", "choice", "lead", "rest"]].astype("str").agg("/".join, axis=1)
        name[crowd] = table["child"].map(path.groupby(steps["child"]).agg(" ".join))
    return pd.factorize(name)[0]


def _families(item: Round, table: pd.DataFrame, pool: pd.DataFrame) -> pd.Series:
    """Return the name on the ticket of each pair: the child, or its twins where round and family bundle them."""
    child = pd.Series(pool.index, dtype="str").array.take(table["child"].to_numpy())
    child = pd.Series(child, table.index)
    if item.bundle == "none":
        return child
    bundled = pool["twin_id"].replace("", pd.NA)
    apart = pool.loc[~pool["twin_bundle"].astype("boolean").fillna(value=True).to_numpy(bool), "twin_id"]
    bundled = bundled.mask(bundled.isin(apart))
    twins = pd.Series(bundled.array.take(table["child"].to_numpy()), table.index)
    return twins.fillna(child).astype("str")


def _tickets(item: Round, table: pd.DataFrame, world: Board, seed: str) -> np.ndarray:
    """Draw the tickets: SHA-256 of seed, draw and school, and family (`lottery.tickets`)."""
    if item.ticket_by == "child":
        return lottery.tickets(table["family"], seed=seed, stream=item.draw or item.id)
    drawn = np.zeros(len(table), np.uint64)
    for school, rows in table.groupby("school").indices.items():
        name = world.schools["school_id"].iloc[school]
        stream = f"{item.draw}/{name}" if item.draw else name
        drawn[rows] = lottery.tickets(table["family"].iloc[rows], seed=seed, stream=stream)
    return drawn


def _turns(table: pd.DataFrame) -> np.ndarray:
    """Return the place of each ticket in their order; equal ones go by family and child, never by row."""
    order = np.lexsort((table["child_id"], table["family"], table["ticket"]))
    turn = np.empty(len(table), np.int64)
    turn[order] = np.arange(len(table))
    return turn
