"""Deal pupils into classes: quotas a class and sex, then layer by layer, ties by ticket; or in an S.

A layer is sex × migrant × feeder × age: its pupils are dealt one to each class in turn, so that every class gets the
same number of them, give or take one. Whom the lot puts where is decided by tickets of the seed alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery

AGE_BANDS = 4


def quotas(boys: int, girls: int, classes: int, *, order: np.ndarray) -> np.ndarray:
    """Return how many boys and girls each class takes: sizes, boys and girls at most one apart.

    Parameters
    ----------
    boys : int
        Boys in all.
    girls : int
        Girls in all.
    classes : int
        Number of classes.
    order : ndarray
        The classes in drawn order; those that take one more are the first of it.

    Returns
    -------
    ndarray of int, shape (classes, 2)
        Boys and girls of each class.
    """
    size, more = divmod(boys + girls, classes)
    base, extra = divmod(boys, classes)
    rank = np.argsort(order)
    sizes, males = size + (rank < more), base + (rank < extra)
    return np.column_stack([males, sizes - males])


def layers(pupils: pd.DataFrame) -> pd.DataFrame:
    """Give every pupil its layer: girl, migrant, feeder, and a quarter of its sex by age."""
    girl = pupils["sex"].eq("female").to_numpy()
    rank = pupils["birth_on"].groupby(girl).rank(method="first")
    number = rank.groupby(girl).transform("max")
    frame = pd.DataFrame({"girl": girl.astype(int)}, index=pupils.index)
    frame["migrant"] = _column(pupils, "migrant", default=False).astype(int)
    frame["feeder"] = pd.factorize(_column(pupils, "feeder", default=""), sort=True)[0]
    frame["age"] = np.minimum((rank - 1) * AGE_BANDS // number, AGE_BANDS - 1).astype(int)
    return frame


def _column(pupils: pd.DataFrame, name: str, *, default: object) -> pd.Series:
    return pupils[name].fillna(default) if name in pupils else pd.Series(default, index=pupils.index)


def deal(pupils: pd.DataFrame, classes: int, *, seed: str, twins: str, even: str = "sex") -> np.ndarray:
    """Deal pupils into classes by lot.

    Parameters
    ----------
    pupils : DataFrame
        Sorted by pupil_id, with sex, birth_on and, where known, migrant, feeder, special, twin_id.
    classes : int
        How many.
    seed : str
        Of the tickets.
    twins : str
        "" (as the lot falls), together or apart.
    even : str, default "sex"
        Sex (and within it migrants, feeders, ages), or none: sizes alone are even, the rest is as the lot falls.

    Returns
    -------
    ndarray of int
        Number of the class of each pupil, from 0.
    """
    tickets, order = _drawn(pupils, classes, seed)
    strata = layers(pupils) if even == "sex" else layers(pupils) * 0
    girl = strata["girl"].to_numpy()
    room = quotas(int((girl == 0).sum()), int((girl == 1).sum()), classes, order=order)
    table = seating(room, np.argsort(order), strata.to_numpy())
    for group in _first(pupils, tickets, twins):
        seat(table, group, apart=twins == "apart")
    rest = np.flatnonzero(table.seats < 0)
    for pupil in rest[np.lexsort((tickets[rest], *strata.to_numpy()[rest].T[::-1]))]:
        seat(table, [pupil])
    return table.seats


def _drawn(pupils: pd.DataFrame, classes: int, seed: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw a ticket for every pupil, and an order of the classes."""
    tickets = lottery.tickets(pupils["pupil_id"], seed=seed, stream="classes")
    names = [str(number) for number in range(classes)]
    return tickets, np.argsort(lottery.tickets(names, seed=seed, stream="class order"), kind="stable")


def _first(pupils: pd.DataFrame, tickets: np.ndarray, twins: str) -> list[list[int]]:
    """Return who is seated before all others: pupils with special needs (随班就读), then twins, each by ticket."""
    special = _column(pupils, "special", default=False).astype(bool).to_numpy()
    kin = _column(pupils, "twin_id", default="").to_numpy(object)
    groups = [list(np.flatnonzero(kin == name)) for name in sorted(set(kin) - {""})] if twins else []
    groups = [group for group in groups if len(group) > 1]
    kinned = {pupil for group in groups for pupil in group}
    alone = [[pupil] for pupil in np.flatnonzero(special) if pupil not in kinned]
    return sorted(alone + groups, key=lambda group: (not special[group].any(), tickets[group].min()))


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
    seats : ndarray
        Class of each pupil, -1 before it is seated.
    counts : tuple of ndarray
        For each part of a layer and each of its values, how many sit in each class.
    cells : dict of tuple of int to ndarray
        The same for whole layers.
    early : ndarray
        Twins seated in each class.
    """

    room: np.ndarray
    rank: np.ndarray
    strata: np.ndarray
    seats: np.ndarray
    counts: tuple[np.ndarray, ...]
    cells: dict[tuple[int, ...], np.ndarray]
    early: np.ndarray


def seating(room: np.ndarray, rank: np.ndarray, strata: np.ndarray) -> Seating:
    """Return empty classes."""
    classes = len(room)
    counts = tuple(np.zeros((int(column.max(initial=0)) + 1, classes), dtype=int) for column in strata.T)
    empty = np.full(len(strata), -1)
    return Seating(room.copy(), rank, strata, empty, counts, {}, np.zeros(classes, dtype=int))


def seat(table: Seating, group: list[int], *, apart: bool = False) -> None:
    """Seat one pupil, or twins together or apart, where fewest of their kind sit and there is room."""
    taken: list[int] = []
    for pupil in group:
        choice = taken[0] if taken and not apart else _best(table, pupil, group, taken)
        taken.append(choice)
        _take(table, pupil, choice)
    if len(group) > 1:
        table.early[taken[0]] += 1


def _best(table: Seating, pupil: int, group: list[int], taken: list[int]) -> int:
    """Return the class for a pupil: fewest twins, fewest of its layer, origin and age, most room, drawn order."""
    layer = tuple(table.strata[pupil])
    free = table.room[:, layer[0]] > 0
    if taken:
        others = free & ~np.isin(np.arange(len(free)), taken)
        free = others if others.any() else free
    elif len(group) > 1:
        need = np.bincount(table.strata[group, 0], minlength=2)
        whole = (table.room >= need).all(axis=1)
        free = whole if whole.any() else free
    cell = table.cells.get(layer, np.zeros(len(free), dtype=int))
    margins = [table.counts[at][value] for at, value in enumerate(layer)][1:]
    early = table.early if len(group) > 1 else np.zeros_like(cell)
    return int(np.lexsort((table.rank, -table.room.sum(axis=1), *margins[::-1], cell, early, ~free))[0])


def _take(table: Seating, pupil: int, choice: int) -> None:
    """Seat one pupil in one class."""
    layer = tuple(table.strata[pupil])
    table.seats[pupil] = choice
    table.room[choice, layer[0]] -= 1
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
    tickets, order = _drawn(pupils, classes, seed)
    girl = pupils["sex"].eq("female").to_numpy()
    line = np.lexsort((tickets, -pupils[key].to_numpy(float), girl))
    place = np.arange(len(pupils)) % (2 * classes)
    seats = np.empty(len(pupils), dtype=int)
    seats[line] = order[np.where(place < classes, place, 2 * classes - 1 - place)]
    return seats
