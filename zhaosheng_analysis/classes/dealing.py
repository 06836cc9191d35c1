"""Deal pupils into classes: quotas a class and sex, those bound by wishes, then layer by layer; or in an S.

A layer is sex × migrant × feeder × residence × age: its pupils are dealt one to each class in turn, so that every class
gets the same number of them, give or take one. Whom the lot puts where is decided by tickets of the seed alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.classes import binding
from zhaosheng_analysis.classes.wishes import Wish

AGE_BANDS = 4


def quotas(boys: int, girls: int, classes: int, *, sizes: Sequence[int] = ()) -> list[list[tuple[int, int]]]:
    """Return the rooms to be given out to the classes.

    Parameters
    ----------
    boys : int
        Boys in all.
    girls : int
        Girls in all.
    classes : int
        Number of classes.
    sizes : sequence of int, optional
        Size of each class; where nothing is said, sizes, boys and girls are at most one apart.

    Returns
    -------
    list of list of (int, int)
        For each room to be given out and each class, boys and girls it takes; (-1, -1) where it must not have it. With
        sizes, a class has its share of the boys, rounded down or up.
    """
    if sizes:
        share = [divmod(boys * size, boys + girls) for size in sizes]
        usual = [(base, size - base) for size, (base, _) in zip(sizes, share, strict=True)]
        more = [(b + 1, g - 1) if part[1] else (-1, -1) for (b, g), part in zip(usual, share, strict=True)]
        extra = boys - sum(base for base, _ in usual)
        return [more if number < extra else usual for number in range(classes)]
    size, larger = divmod(boys + girls, classes)
    base, extra = divmod(boys, classes)
    males = [base + (number < extra) for number in range(classes)]
    return [[(male, size + (number < larger) - male)] * classes for number, male in enumerate(males)]


def layers(pupils: pd.DataFrame, also: Sequence[str] = ()) -> pd.DataFrame:
    """Give every pupil its layer: girl, migrant, feeder, what else is asked for, and a quarter of its sex by age."""
    girl = pupils["sex"].eq("female").to_numpy()
    rank = pupils["birth_on"].groupby(girl).rank(method="first")
    number = rank.groupby(girl).transform("max")
    frame = pd.DataFrame({"girl": girl.astype(int)}, index=pupils.index)
    frame["migrant"] = _column(pupils, "migrant", default=False).astype(int)
    for name in ("feeder", *also):
        frame[name] = pd.factorize(_column(pupils, name, default=""), sort=True)[0]
    frame["age"] = np.minimum((rank - 1) * AGE_BANDS // number, AGE_BANDS - 1).astype(int)
    return frame


def _column(pupils: pd.DataFrame, name: str, *, default: object) -> pd.Series:
    return pupils[name].fillna(default) if name in pupils else pd.Series(default, index=pupils.index)


def deal(
    pupils: pd.DataFrame,
    classes: int,
    *,
    seed: str,
    even: str = "sex",
    also: Sequence[str] = (),
    sizes: Sequence[int] = (),
    wishes: Sequence[Wish] = (),
) -> np.ndarray:
    """Deal pupils into classes by lot.

    Parameters
    ----------
    pupils : DataFrame
        Sorted by pupil_id, with sex, birth_on and, where known, migrant, feeder, special and what else is to be even.
    classes : int
        How many.
    seed : str
        Of the tickets.
    even : str, default "sex"
        Sex (and within it migrants, feeders, ages), or none: sizes alone are even, the rest is as the lot falls.
    also : sequence of str, optional
        Further columns to be even.
    sizes : sequence of int, optional
        Sizes of the classes; one apart at most where nothing is said.
    wishes : sequence of Wish, optional
        What must hold; possible all together (`feasibility`).

    Returns
    -------
    ndarray of int
        Number of the class of each pupil, from 0.
    """
    ids = pupils["pupil_id"].tolist()
    tickets = lottery.tickets(ids, seed=seed, stream="classes")
    strata, pairs = terms(pupils, classes, even=even, also=also, sizes=sizes)
    bound = binding.blocks(ids, strata[:, 0], wishes)
    order, room, chosen = binding.seated(bound, pairs, seed=seed)
    table = seating(room, np.argsort(order), strata, _column(pupils, "special", default=False).to_numpy(bool))
    for block, class_at in zip(bound, chosen, strict=True):
        for pupil in block.members:
            _take(table, pupil, class_at)
    rest = np.flatnonzero(table.seats < 0)
    for pupil in rest[np.lexsort((tickets[rest], *strata[rest].T[::-1], ~table.special[rest]))]:
        _take(table, pupil, _best(table, pupil))
    return table.seats


def terms(
    pupils: pd.DataFrame, classes: int, *, even: str, also: Sequence[str], sizes: Sequence[int]
) -> tuple[np.ndarray, list[list[tuple[int, int]]]]:
    """Return the layer of every pupil and the rooms to be given out.

    Parameters
    ----------
    pupils : DataFrame
        As for `deal`.
    classes : int
        How many.
    even : str
        As for `deal`.
    also : sequence of str
        As for `deal`.
    sizes : sequence of int
        As for `deal`.

    Returns
    -------
    strata : ndarray of int, shape (pupils, parts)
        The first part is 1 for a girl; all are 0 where nothing but the sizes is even.
    rooms : list
        As `quotas` returns them.
    """
    strata = (layers(pupils, also) if even == "sex" else layers(pupils) * 0).to_numpy()
    girls = int(strata[:, 0].sum())
    return strata, quotas(len(pupils) - girls, girls, classes, sizes=sizes)


@dataclass(frozen=True)
class Seating:
    """The classes while they are dealt; the arrays are filled in place.

    Attributes
    ----------
    room : ndarray
        Places left, (classes, 2) for boys and girls.
    rank : ndarray
        Place of each class in the drawn order.
    strata : ndarray
        Layer of each pupil, (pupils, layers).
    special : ndarray of bool
        Who has special needs (随班就读).
    seats : ndarray
        Class of each pupil, -1 before it is seated.
    counts : tuple of ndarray
        For each part of a layer and each of its values, how many sit in each class.
    cells : dict of tuple of int to ndarray
        The same for whole layers.
    cared : ndarray
        Pupils with special needs seated in each class.
    """

    room: np.ndarray
    rank: np.ndarray
    strata: np.ndarray
    special: np.ndarray
    seats: np.ndarray
    counts: tuple[np.ndarray, ...]
    cells: dict[tuple[int, ...], np.ndarray]
    cared: np.ndarray


def seating(room: np.ndarray, rank: np.ndarray, strata: np.ndarray, special: np.ndarray) -> Seating:
    """Return empty classes."""
    classes = len(room)
    counts = tuple(np.zeros((int(column.max(initial=0)) + 1, classes), dtype=int) for column in strata.T)
    empty = np.full(len(strata), -1)
    return Seating(room.copy(), rank, strata, special, empty, counts, {}, np.zeros(classes, dtype=int))


def _best(table: Seating, pupil: int) -> int:
    """Return the class for a pupil: room, fewest with special needs, of its layer and its parts, most room, order."""
    layer = tuple(table.strata[pupil])
    full = table.room[:, layer[0]] <= 0
    cell = table.cells.get(layer, np.zeros(len(full), dtype=int))
    margins = [table.counts[at][value] for at, value in enumerate(layer)][1:]
    cared = table.cared if table.special[pupil] else np.zeros_like(cell)
    return int(np.lexsort((table.rank, -table.room.sum(axis=1), *margins[::-1], cell, cared, full))[0])


def _take(table: Seating, pupil: int, choice: int) -> None:
    """Seat one pupil in one class."""
    layer = tuple(table.strata[pupil])
    table.seats[pupil] = choice
    table.room[choice, layer[0]] -= 1
    table.cared[choice] += table.special[pupil]
    table.cells.setdefault(layer, np.zeros(len(table.room), dtype=int))[choice] += 1
    for at, value in enumerate(layer):
        table.counts[at][value, choice] += 1


def snake(pupils: pd.DataFrame, classes: int, key: str, *, seed: str) -> np.ndarray:
    """Deal pupils in an S by a lawful key, boys and girls apart, ties by ticket; which pile is which class is drawn.

    Parameters
    ----------
    pupils : DataFrame
        Pupils with the key.
    classes : int
        Number of classes.
    key : str
        Column of numbers to deal by.
    seed : str
        Decides between equals.

    Returns
    -------
    ndarray of int
        Number of the class of each pupil, from 0.
    """
    tickets, order = (
        lottery.tickets(pupils["pupil_id"], seed=seed, stream="classes"),
        binding.drawn_order(classes, seed, 0),
    )
    girl = pupils["sex"].eq("female").to_numpy()
    line = np.lexsort((tickets, -pupils[key].to_numpy(float), girl))
    place = np.arange(len(pupils)) % (2 * classes)
    seats = np.empty(len(pupils), dtype=int)
    seats[line] = order[np.where(place < classes, place, 2 * classes - 1 - place)]
    return seats
