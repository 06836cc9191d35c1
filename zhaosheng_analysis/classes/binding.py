"""Seat those whom wishes bind, by lot: every lawful arrangement of theirs has the same chance.

They draw seats, not classes, so that an arrangement counts by the ways the rest can still be dealt; a draw that breaks
a wish is thrown away whole and drawn anew, which leaves the free draw on condition that the wishes hold. Where
`ATTEMPTS` draws find nothing, so many are bound that a search goes through the arrangements in drawn order instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import perm

import numpy as np

from zhaosheng_analysis import lottery
from zhaosheng_analysis.classes.wishes import Wish

ATTEMPTS = 2000
_SPAN = 64  # bits of a ticket


@dataclass(frozen=True)
class Block:
    """Pupils that share a class.

    Attributes
    ----------
    name : str
        Number of its first pupil.
    boys_n : int
        Boys among them; all, where the sexes are not balanced.
    girls_n : int
        Girls among them.
    members : tuple of int
        Rows of the roster.
    rivals : frozenset of int
        Places in the list of blocks that must be in other classes.
    class_at : int
        Class given beforehand, from 0; -1 where free.
    """

    name: str
    boys_n: int
    girls_n: int
    members: tuple[int, ...]
    rivals: frozenset[int]
    class_at: int


def blocks(ids: Sequence[str], girl: np.ndarray, wishes: Sequence[Wish]) -> list[Block] | None:
    """Join the pupils of the wishes to blocks, those placed first, then the larger ones, then by number.

    Parameters
    ----------
    ids : sequence of str
        The roster, sorted.
    girl : ndarray of int, shape (pupils,)
        1 for a girl.
    wishes : sequence of Wish
        What binds them.

    Returns
    -------
    list of Block or None
        None where a pupil would have to be in two classes, or apart from itself.
    """
    at = {name: row for row, name in enumerate(ids)}
    head = {row: row for wish in wishes for row in (at[name] for name in wish.pupils)}

    def first(row: int) -> int:
        while head[row] != row:
            row = head[row]
        return row

    places: dict[int, int] = {}
    for wish in wishes:
        if wish.kind == "together":
            rows = sorted(first(at[name]) for name in wish.pupils)
            head.update(dict.fromkeys(rows, rows[0]))
    for wish in (wish for wish in wishes if wish.kind == "placed"):
        for name in wish.pupils:
            if places.setdefault(first(at[name]), wish.class_no - 1) != wish.class_no - 1:
                return None
    parts: dict[int, list[int]] = {}
    for row in sorted(head):
        parts.setdefault(first(row), []).append(row)
    order = sorted(parts, key=lambda row: (row not in places, -len(parts[row]), row))
    place = {row: number for number, row in enumerate(order)}
    rivals: list[set[int]] = [set() for _ in order]
    for wish in (wish for wish in wishes if wish.kind == "apart"):
        those = [place[first(at[name])] for name in wish.pupils]
        if len(set(those)) < len(those):
            return None
        for one in those:
            rivals[one].update(other for other in those if other != one)
    return [
        Block(
            ids[parts[row][0]],
            int((girl[parts[row]] == 0).sum()),
            int((girl[parts[row]] == 1).sum()),
            tuple(parts[row]),
            frozenset(rivals[number]),
            places.get(row, -1),
        )
        for number, row in enumerate(order)
    ]


def rooms(pairs: Sequence[Sequence[tuple[int, int]]], order: np.ndarray, taken: np.ndarray) -> np.ndarray | None:
    """Give every class its room for boys and girls, in drawn order, so that those already seated fit.

    Parameters
    ----------
    pairs : sequence of (classes,) sequence of (boys, girls)
        Quotas to be given out: the room a class has if it takes this one; (-1, -1) where it must not.
    order : ndarray of int
        The classes in drawn order; the first takes the first quota, if all can still be served.
    taken : ndarray of int, shape (classes, 2)
        Boys and girls seated.

    Returns
    -------
    ndarray of int, shape (classes, 2), or None
        Room of each class; None where no giving out serves all.
    """
    holder: dict[int, int] = {}

    def serves(class_at: int, tried: set[int]) -> bool:
        for number, quota in enumerate(pairs):
            if number in tried or quota[class_at][0] < taken[class_at, 0] or quota[class_at][1] < taken[class_at, 1]:
                continue
            tried.add(number)
            if number not in holder or serves(holder[number], tried):
                holder[number] = class_at
                return True
        return False

    if not all(serves(int(class_at), set()) for class_at in order):
        return None
    room = np.zeros_like(taken)
    for number, class_at in holder.items():
        room[class_at] = pairs[number][class_at]
    return room


def drawn_order(classes: int, seed: str, attempt: int) -> np.ndarray:
    """Draw an order of the classes.

    Parameters
    ----------
    classes : int
        How many.
    seed : str
        Of the draw.
    attempt : int
        Which attempt, from 0.

    Returns
    -------
    ndarray of int
        The classes.
    """
    names = [str(number) for number in range(classes)]
    return np.argsort(lottery.tickets(names, seed=seed, stream=f"class order {attempt}"), kind="stable")


def seated(
    bound: Sequence[Block], pairs: Sequence[Sequence[tuple[int, int]]], *, seed: str
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Draw the classes of all blocks.

    Parameters
    ----------
    bound : sequence of Block
        Those whom wishes bind; a lawful arrangement of them exists (`possible`).
    pairs : sequence
        Quotas, as for `rooms`.
    seed : str
        Of the draw.

    Returns
    -------
    order : ndarray of int
        The classes in drawn order.
    room : ndarray of int, shape (classes, 2)
        Boys and girls each class takes, those of the blocks counted.
    seats : list of int
        Class of each block.
    """
    classes = len(pairs)
    none = np.zeros((classes, 2), dtype=int)
    for attempt in range(ATTEMPTS):
        order = drawn_order(classes, seed, attempt)
        room = rooms(pairs, order, none)
        seats = _attempt(bound, room, f"{seed}|wish {attempt}")
        if seats is not None:
            return order, room, seats
    order = drawn_order(classes, seed, 0)
    turns = [[_lot(seed, f"turn {number}", block.name) for number in range(classes)] for block in bound]
    line = [sorted(range(classes), key=lambda number: (turn[number], number)) for turn in turns]
    seats = _searched(bound, pairs, order, line, none, [])
    return order, rooms(pairs, order, _taken(bound, seats, classes)), seats


def _lot(seed: str, stream: str, name: str) -> int:
    return int(lottery.tickets([name], seed=seed, stream=stream)[0])


def _attempt(bound: Sequence[Block], room: np.ndarray, seed: str) -> list[int] | None:
    """Let every block draw seats; None as soon as a wish is broken."""
    free, full = room.tolist(), room.tolist()
    seats: list[int] = []
    for block in bound:
        ways = [_ways(block, number, room) for number, room in enumerate(free)]
        total = sum(ways)
        most = sum(_ways(block, number, room) for number, room in enumerate(full))
        # Seats of many at once: the fewer ways are left, the less often such a draw may stand.
        several = len(block.members) > 1 and block.class_at < 0
        if total == 0 or (several and _lot(seed, "keep", block.name) * most >> _SPAN >= total):
            return None
        mark, choice = _lot(seed, "seat", block.name) * total >> _SPAN, 0
        while mark >= ways[choice]:
            mark, choice = mark - ways[choice], choice + 1
        if any(rival < len(seats) and seats[rival] == choice for rival in block.rivals):
            return None
        seats.append(choice)
        free[choice] = [free[choice][0] - block.boys_n, free[choice][1] - block.girls_n]
    return seats


def _ways(block: Block, number: int, room: list[int]) -> int:
    """Count the ways a block can take seats of a class."""
    if block.class_at not in (-1, number):
        return 0
    return perm(room[0], block.boys_n) * perm(room[1], block.girls_n)


def _taken(bound: Sequence[Block], seats: Sequence[int], classes: int) -> np.ndarray:
    taken = np.zeros((classes, 2), dtype=int)
    for block, number in zip(bound, seats, strict=False):
        taken[number] += (block.boys_n, block.girls_n)
    return taken


def _searched(bound, pairs, order, line, taken, seats) -> list[int] | None:
    """Try the classes of each block in its drawn order, and go back where no quota is left for what is seated."""
    if len(seats) == len(bound):
        return seats
    block = bound[len(seats)]
    for number in line[len(seats)]:
        if block.class_at not in (-1, number) or any(r < len(seats) and seats[r] == number for r in block.rivals):
            continue
        after = taken.copy()
        after[number] += (block.boys_n, block.girls_n)
        if rooms(pairs, order, after) is not None:
            seating = _searched(bound, pairs, order, line, after, [*seats, number])
            if seating is not None:
                return seating
    return None
