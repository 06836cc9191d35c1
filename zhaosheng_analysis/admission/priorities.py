"""Where a child stands at a school: the digits of a round's key, its tickets, and the families that share one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.admission import shortlists, wording
from zhaosheng_analysis.admission.criteria import column, meets
from zhaosheng_analysis.admission.kernels import LAYOUT
from zhaosheng_analysis.admission.rounds import Round, listed
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.admission.wording import TIERED
from zhaosheng_analysis.schema import DataError, Fault

MOST_LEADS = 2 ** LAYOUT["tier"]


def rank(
    item: Round, pairs: pd.DataFrame, pool: pd.DataFrame, world: Board, *, seed: str, seats: np.ndarray
) -> pd.DataFrame:
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
    seats : ndarray of int, shape (schools,)
        Seats of each school that takes part, 0 of any other: for a shortlist of so many for each.

    Returns
    -------
    DataFrame
        The pairs that fit a priority group (all where there are none) with v1, v2 … (digits before the ticket as they
        are), d1, d2 … (the same as dense whole numbers, smaller first), lead (digits down to the tier), rest (those
        after it), family (name on the ticket), unit (who shares it at this school), ticket (uint64) and turn (place in
        the order of the tickets; 0 without a draw). Where the round has a shortlist also listed: whether each is on it.
    """
    table = grouped(item, pairs, pool, world)
    if item.groups:
        table = table[table["group"] < len(item.groups)].reset_index(drop=True)
    if item.shortlist:
        said, ordered = standing(item.listing, table, pool, world)
        table["listed"] = on_list(item, (table["child"].to_numpy(), table["school"].to_numpy()), ordered, seats, world)
        table["said"], table["list"] = _listing(item, said), _lists(item, world)[table["school"]]
        table["standing"] = combined([dense(values) for values in ordered], np.zeros(len(table), int))
    digits, numbers = standing(item, table, pool, world)
    numbers = [dense(values) for values in numbers]
    for place, (values, number) in enumerate(zip(digits, numbers, strict=True), 1):
        table[f"v{place}"], table[f"d{place}"] = values, number
    table["lead"], table["rest"] = split(item, numbers, len(table))
    table["family"] = pd.array(families(item, names(pool))[table["child"].to_numpy()], "str")
    table["unit"] = table.groupby(["family", "school", "choice", "lead", "rest"], sort=False).ngroup()
    ids = world.schools["school_id"].to_numpy(object)
    table["ticket"] = (
        tickets(item, table["family"], table["school"].to_numpy(), ids, seed) if item.draws else np.uint64(0)
    )
    return table.assign(turn=turns(table["ticket"].to_numpy(), table["child"].to_numpy()) if item.draws else 0)


def grouped(item: Round, pairs: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return the pairs with child_id and, where the round has priority groups, the first they fit."""
    table = pairs.assign(child_id=pool.index.to_numpy()[pairs["child"]])
    return table.assign(group=_group(item, table, pool, world)) if item.groups else table


def standing(
    item: Round, table: pd.DataFrame, pool: pd.DataFrame, world: Board
) -> tuple[list[pd.Series], list[np.ndarray]]:
    """Return the digits of the pairs before the ticket, as the planner knows them and as numbers, smaller first."""
    by = _case(item, table, pool, world) if item.key_by else None
    shown, numbers = [], []
    for name, sign in signed(item):
        if name.startswith("key_by."):
            said, number = _of_case(item, int(name.partition(".")[2]), by, table, pool, world)
        else:
            said = by if name == "key_by" else _shown(name, table, pool, world)
            number = comparable(name, said, item) * sign
        shown.append(said)
        numbers.append(number)
    return shown, numbers


def on_list(
    item: Round, pairs: tuple[np.ndarray, np.ndarray], numbers: list[np.ndarray], seats: np.ndarray, world: Board
) -> np.ndarray:
    """Tell which pairs of a round are on its shortlist.

    Parameters
    ----------
    item : Round
        A round with a shortlist.
    pairs : tuple of ndarray of int, shape (pairs,)
        Child and school of each.
    numbers : list of ndarray of float
        The digits of the list's key, smaller first, NaN where missing.
    seats : ndarray of int, shape (schools,)
        Seats of each school that takes part, 0 of any other.
    world : Board
        The schools' side.

    Returns
    -------
    ndarray of bool, shape (pairs,)
        Whether it is.
    """
    child, school = pairs
    place = combined([dense(values) for values in numbers], np.zeros(child.size, int))
    lists = _lists(item, world)
    sizes = shortlists.sizes(item.shortlist, lists, seats, item.rounding)
    return shortlists.made(item.shortlist, place, (child, lists[school]), sizes)


def _lists(item: Round, world: Board) -> np.ndarray:
    """Return the list each school belongs to: its own, or that of all of its stage."""
    if item.shortlist.each == "school":
        return np.arange(len(world.schools))
    return pd.factorize(world.schools["stage"], sort=True)[0]


def _listing(item: Round, shown: list[pd.Series]) -> list[str]:
    """Write out where each pair stands in the order of a shortlist: 积分 63."""
    names = [wording.digit(name, item.words.pair) for name in item.listing.digits]
    parts = [
        [f"{label} {wording.value(name, value)}" for value in values]
        for label, name, values in zip(names, item.listing.digits, shown, strict=True)
    ]
    return ["、".join(row) for row in zip(*parts, strict=True)]


def cut(table: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are not on a shortlist, with what is to be said of them.

    Parameters
    ----------
    table : DataFrame
        From `rank`, of a round with a shortlist.

    Returns
    -------
    DataFrame
        The pairs; said tells the own place and that of the last on the same list.
    """
    lists = table["list"]
    inside = table[table["listed"]].sort_values("standing", kind="stable")
    last = inside.groupby(lists[inside.index])["said"].last()
    out = table[~table["listed"]].sort_values(["child", "standing"], kind="stable")
    ends = lists[out.index].map(last)
    line = ("，入围线 " + ends.astype("str")).where(ends.notna(), "；末位同序而放不下，没有人入围")
    said = "没有入围（本人" + out["said"] + line + "）"
    return out.assign(said=said)


def _case(item: Round, table: pd.DataFrame, pool: pd.DataFrame, world: Board) -> pd.Series:
    """Return which of the keys of a round orders each pair: the first whose condition holds; their number for none."""
    case = np.full(len(table), len(item.key_by))
    for number in reversed(range(len(item.key_by))):
        case[meets(item.key_by[number]["if"], item, table, pool, world)] = number
    return pd.Series(case, table.index)


def _of_case(
    item: Round, place: int, case: pd.Series, table: pd.DataFrame, pool: pd.DataFrame, world: Board
) -> tuple[pd.Series, np.ndarray]:
    """Return one digit of the key that orders each pair, in words and as a number; 0 where that key is shorter."""
    said, numbers = np.full(len(table), "", object), np.zeros(len(table))
    for number, part in enumerate(item.key_by):
        rows = np.flatnonzero(case.to_numpy() == number)
        if len(part["key"]) < place or not rows.size:
            continue
        digit = part["key"][place - 1]
        name, sign = digit.removeprefix("-"), -1 if digit.startswith("-") else 1
        own = _shown(name, table.iloc[rows], pool, world)
        numbers[rows] = comparable(name, own, item) * sign
        label = wording.digit(name, item.words.pair)
        said[rows] = [f"{label} {wording.value(name, value)}" for value in own]
    return pd.Series(said, table.index), numbers


def split(item: Round, numbers: list[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the digits of `n` pairs into one number down to the tier and one for what comes after it."""
    upper = next((place for place, name in enumerate(item.digits, 1) if name in TIERED), len(numbers))
    nothing = np.zeros(n, np.int64)
    lead, rest = combined(numbers[:upper], nothing), combined(numbers[upper:], nothing)
    return (lead, rest) if lead.max(initial=0) < MOST_LEADS else (nothing, combined(numbers, nothing))


def signed(item: Round) -> list[tuple[str, int]]:
    """Split the digits of a key into names and directions, leaving out the ticket."""
    return [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in item.key if name != "ticket"]


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


def comparable(name: str, values: pd.Series, item: Round) -> np.ndarray:
    """Return one digit as numbers that go in its order, NaN where it is missing (days in microseconds)."""
    values = _ordered(name, values, item)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        days = values.astype("datetime64[us]")
        return np.where(days.isna(), np.nan, days.astype("int64").astype(float))
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def dense(values: np.ndarray) -> np.ndarray:
    """Return numbers as whole ones from 0 in their order, the missing last."""
    return np.unique(np.where(np.isnan(values), np.inf, values), return_inverse=True)[1]


def combined(digits: Sequence[np.ndarray], nothing: np.ndarray) -> np.ndarray:
    """Return the combinations of several digits as whole numbers from 0 in their order, the first digit deciding.

    Parameters
    ----------
    digits : sequence of ndarray of int
        Whole numbers from 0, one entry a pair.
    nothing : ndarray of int
        What comes out where there are no digits.

    Returns
    -------
    ndarray of int
        One entry a pair.
    """
    if not digits:
        return nothing
    whole = digits[0]
    for digit in digits[1:]:
        whole = whole * (digit.max(initial=0) + 1) + digit
    return np.unique(whole, return_inverse=True)[1]


def places(child: np.ndarray) -> np.ndarray:
    """Return the number of each entry among those of its child, which stand together, from 0."""
    new = np.append(True, child[1:] != child[:-1])[: child.size]
    first = np.flatnonzero(new)
    return np.arange(child.size) - np.repeat(first, np.diff(np.append(first, child.size)))


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


@dataclass(frozen=True)
class Names:
    """What may stand on the tickets of children.

    Attributes
    ----------
    child, twins : ndarray of str
        Id of each child and of its twins, empty without any.
    apart : ndarray of bool
        Whether it draws apart from them.
    """

    child: np.ndarray
    twins: np.ndarray
    apart: np.ndarray


def names(children: pd.DataFrame) -> Names:
    """Return what may stand on the tickets of children."""
    child = children.index.to_numpy(dtype=object)
    if "twin_id" not in children:
        return Names(child, np.full(child.size, "", object), np.zeros(child.size, bool))
    apart = ~children["twin_bundle"].astype("boolean").fillna(value=True).to_numpy(bool)
    return Names(child, children["twin_id"].astype("str").fillna("").to_numpy(dtype=object), apart)


def families(item: Round, pool: Names) -> np.ndarray:
    """Return the name on the ticket of each child: its own, or its twins' where round and family bundle them."""
    if item.bundle == "none":
        return pool.child
    apart = (pool.twins == "") | pd.Index(pool.twins).isin(pool.twins[pool.apart])
    return np.where(apart, pool.child, pool.twins)


def tickets(item: Round, family: Iterable[str], school: np.ndarray, ids: np.ndarray, seed: str) -> np.ndarray:
    """Draw the tickets: SHA-256 of seed, draw and school, and family (`lottery.tickets`).

    Parameters
    ----------
    item : Round
        The round.
    family : iterable of str
        Name on the ticket of each pair.
    school : ndarray of int
        Code of the school of each pair.
    ids : ndarray of str
        Id of the school of each code.
    seed : str
        Published seed of the draw.

    Returns
    -------
    ndarray of uint64
        One ticket a pair.
    """
    if item.ticket_by == "child":
        return lottery.tickets(family, seed=seed, stream=item.draw or item.id)
    family, drawn = np.asarray(family, dtype=object), np.zeros(len(school), np.uint64)
    order = np.argsort(school, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(school[order])) + 1):
        if rows.size:
            name = ids[school[rows[0]]]
            stream = f"{item.draw}/{name}" if item.draw else name
            drawn[rows] = lottery.tickets(family[rows], seed=seed, stream=stream)
    return drawn


def turns(ticket: np.ndarray, child: np.ndarray) -> np.ndarray:
    """Return the place of each ticket in their order; equal ones go by the id of the child, never by row."""
    order = np.lexsort((child, ticket))
    turn = np.empty(order.size, np.int64)
    turn[order] = np.arange(order.size)
    return turn
