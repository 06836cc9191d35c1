"""Two ways to fill schools by the smallest keys: `admit` for one school a child, `match` for several choices.

Whatever decides (tier, settlement date, points, time, choice number, ticket) is a digit of one 64-bit key, smaller
first. Both kernels exist twice, as NumPy and as loops that numba compiles; tests hold the two equal. Compiling starts
only above `MANY` children.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

LAYOUT = {"choice": 3, "tier": 5, "criterion": 24, "ticket": 32}  # bits, first digit first; 64 in all
OVERFLOW = ("skip", "stop", "expand", "split")
MANY = 50_000  # children; below, NumPy is done before numba has been imported


@dataclass(frozen=True)
class Cut:
    """Where each school's admission ended, one entry a school.

    Attributes
    ----------
    seats : ndarray
        Seats given in and children admitted (counting each member of a bundle).
    admitted : ndarray
        Seats given in and children admitted (counting each member of a bundle).
    tier : ndarray
        Tier and key of the last child in; tier -1 where nobody is in.
    key : ndarray
        Tier and key of the last child in; tier -1 where nobody is in.
    margin : ndarray
        Children in the tier that straddles the plan, 0 where everybody is in.
    left : ndarray
        Seats that were left for that tier.
    tied_n : ndarray
        Children with equal keys at the last seat, whom no rule tells apart.
    """

    seats: np.ndarray
    admitted: np.ndarray
    tier: np.ndarray
    key: np.ndarray
    margin: np.ndarray
    left: np.ndarray
    tied_n: np.ndarray


@dataclass(frozen=True)
class Admission:
    """Who is in: `taken` seats of each entry (0 or its weight, between if split), `tied`, and each school's `cut`."""

    taken: np.ndarray
    tied: np.ndarray
    cut: Cut

    @property
    def admitted(self) -> np.ndarray:
        """Whether each entry has a seat."""
        return self.taken > 0


@dataclass(frozen=True)
class Match:
    """What child-proposing deferred acceptance ends in.

    Attributes
    ----------
    choice : ndarray of int, shape (children,)
        Choice each child ends at, 0 first, -1 none.
    school : ndarray of int, shape (children,)
        School each child ends at, -1 none.
    filled : ndarray of int, shape (schools,)
        Children at each school.
    proposals : int
        Proposals made; the same for every order of the children.
    """

    choice: np.ndarray
    school: np.ndarray
    filled: np.ndarray
    proposals: int


def pack(**digits: np.ndarray | int) -> np.ndarray:
    """Pack the digits of `LAYOUT` into one uint64 key, smaller first.

    Parameters
    ----------
    **digits : ndarray or int
        Whole numbers from 0 to ``2**bits - 1`` by name (choice, tier, criterion, ticket); an absent one is 0.

    Returns
    -------
    ndarray of uint64
        One key an entry.

    Raises
    ------
    OverflowError
        A digit does not fit into its bits; nothing is ever cut off.
    """
    unknown = set(digits) - set(LAYOUT)
    if unknown:
        raise TypeError(f"unknown digits {sorted(unknown)}; there are {list(LAYOUT)}")
    key = np.zeros(np.broadcast_shapes(*(np.shape(digit) for digit in digits.values())), np.uint64)
    for name, bits in LAYOUT.items():
        digit = np.asarray(digits.get(name, 0))
        if digit.size and (digit.min() < 0 or int(digit.max()) >= 2**bits):
            raise OverflowError(f"digit {name!r} runs from {digit.min()} to {digit.max()}; it has {bits} bits")
        key = (key << np.uint64(bits)) | digit.astype(np.uint64)
    return key


def admit(
    school: np.ndarray,
    tier: np.ndarray,
    key: np.ndarray,
    seats: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    overflow: str = "skip",
    engine: str = "auto",
) -> Admission:
    """Fill each school tier by tier and select by key only inside the tier that straddles its plan.

    No sort of the applicants: whole tiers are admitted from the counts of the (school, tier) cells. Entries with equal
    keys are treated alike: when not all of them fit, none is taken and all are `tied`. After a tier that does not fit
    nobody of a lower tier gets a seat, even where a bundle left one empty.

    Parameters
    ----------
    school : ndarray
        School of each entry, 0 … ``len(seats) - 1``, -1 for none.
    tier : ndarray
        Tier of each entry, 0 first.
    key : ndarray of uint64
        Order inside the tier, smaller first.
    seats : ndarray
        Seats of each school.
    weight : ndarray, optional
        Children of each entry (twins on one ticket); None is 1 each.
    overflow : {"skip", "stop", "expand", "split"}, default "skip"
        A bundle that does not fit is passed over (skip), ends the admission (stop), is admitted over plan (expand), or
        is admitted as far as seats go (split). Catalogue A-G4.
    engine : {"auto", "numpy", "numba"}, default "auto"
        What computes it (weights always use NumPy: bundles matter in marginal groups only).

    Returns
    -------
    Admission
        Who is in, who is tied, and where each school stopped.
    """
    _allow("overflow", overflow, OVERFLOW)
    _allow("engine", engine, ("auto", "numpy", "numba"))
    school, tier = np.ascontiguousarray(school, np.int32), np.ascontiguousarray(tier, np.int8)
    key, seats = np.ascontiguousarray(key, np.uint64), np.ascontiguousarray(seats, np.int64)
    if seats.size and seats.min() < 0:
        raise ValueError("seats may not be negative")
    if weight is not None:
        return _admit_numpy(school, tier, key, seats, np.asarray(weight, np.int64), overflow)
    if _compile(engine, school.size):
        return _admit_numba(school, tier, key, seats)
    return _admit_numpy(school, tier, key, seats, None, overflow)


def match(
    choices: np.ndarray, key: np.ndarray, seats: np.ndarray, *, choice_first: bool = False, engine: str = "auto"
) -> Match:
    """Match children with schools by child-proposing deferred acceptance (Gale and Shapley 1962).

    Parameters
    ----------
    choices : ndarray of int, shape (children, choices)
        School of each choice, best first, -1 for none.
    key : ndarray of uint64, shape (children, choices) or (children,)
        Order at a school, smaller first; keys at one school must differ, the ticket sees to that.
    seats : ndarray
        Seats of each school.
    choice_first : bool, default False
        Put the choice number above every other digit (志愿优先): the first 3 bits of `key` must be free.
    engine : {"auto", "numpy", "numba"}, default "auto"
        What computes it.

    Returns
    -------
    Match
        Where everybody ends.
    """
    _allow("engine", engine, ("auto", "numpy", "numba"))
    choices, seats = np.ascontiguousarray(choices, np.int32), np.ascontiguousarray(seats, np.int64)
    key = np.asarray(key, np.uint64)
    key = np.broadcast_to(key[:, None] if key.ndim == 1 else key, choices.shape)
    if choice_first:
        key = _with_choice(key)
    solve = _match_numba if _compile(engine, len(choices)) else _match_numpy
    return solve(choices, np.ascontiguousarray(key), seats)


def _with_choice(key: np.ndarray) -> np.ndarray:
    """Write the column number into the choice digit of the keys."""
    shift = 64 - LAYOUT["choice"]
    if key.shape[1] > 2 ** LAYOUT["choice"] or (key.size and int(key.max()) >> shift):
        raise OverflowError(f"choice first needs at most {2 ** LAYOUT['choice']} choices and keys below 2**{shift}")
    return key | (np.arange(key.shape[1], dtype=np.uint64) << np.uint64(shift))


def _edges(cells: np.ndarray, seats: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find each school's marginal tier (past the last if all fit), its size, seats left for it, last whole tier."""
    schools, tiers = cells.shape
    total = cells.cumsum(axis=1)
    over = total > seats[:, None]
    edge = np.where(over.any(axis=1), over.argmax(axis=1), tiers)
    at = np.minimum(edge, tiers - 1)
    rows = np.arange(schools)
    margin = np.where(edge < tiers, cells[rows, at], 0)
    left = np.where(edge < tiers, seats - total[rows, at] + cells[rows, at], seats - total[:, -1])
    whole = (cells > 0) & (np.arange(tiers) < edge[:, None])
    last = np.where(whole.any(axis=1), tiers - 1 - whole[:, ::-1].argmax(axis=1), -1)
    return edge, margin, left, last


def _admit_numba(school: np.ndarray, tier: np.ndarray, key: np.ndarray, seats: np.ndarray) -> Admission:
    """Admit with the compiled loops; unit weights."""
    cells = _compiled("count")(school, tier, seats.size, _tiers(tier))
    edge, margin, left, last = _edges(cells, seats)
    start = np.concatenate([[0], margin.cumsum()])
    # Where the marginal tier has a seat the last child in is found there; only elsewhere the tier above is asked.
    asked = np.where(left * margin > 0, -1, last).astype(np.int16)
    admitted, who, keys, top = _compiled("gather")(school, tier, key, edge.astype(np.int16), asked, start)
    tied, highest = _compiled("divide")(admitted, who, keys, start, left)
    here = np.repeat(np.arange(seats.size), margin)
    inside = np.bincount(here[admitted[who]], minlength=seats.size)
    tied_n = np.bincount(here[tied[who]], minlength=seats.size)
    if tied_n.any():
        top = _largest(school, key, (school >= 0) & (tier == last[school]), seats.size)
    cut = _cut(cells, seats, (edge, margin, left, last), inside, inside, top, highest, tied_n)
    return Admission(admitted.view(np.int8), tied, cut)


def _admit_numpy(
    school: np.ndarray, tier: np.ndarray, key: np.ndarray, seats: np.ndarray, weight: np.ndarray | None, overflow: str
) -> Admission:
    """Admit with arrays; bundles are walked through in the marginal groups only."""
    tiers, real = _tiers(tier), school >= 0
    cell = np.where(real, school.astype(np.int64) * tiers + tier, seats.size * tiers)
    heads = np.ones(school.size, np.int64) if weight is None else weight
    cells = np.bincount(cell, weights=weight, minlength=seats.size * tiers + 1)[:-1].astype(np.int64).reshape(-1, tiers)
    edge, margin, left, last = _edges(cells, seats)
    taken = np.where(real & (tier < edge[school]), heads, 0)
    group = np.flatnonzero(real & (tier == edge[school]))
    group = group[np.lexsort((key[group], school[group]))]
    fill = _fill_singles if weight is None else _fill_bundles
    got, equal = fill(school[group], key[group], heads[group], left, overflow)
    taken[group] = got
    tied = np.zeros(school.size, bool)
    tied[group] = equal
    inside = np.bincount(school[group], weights=got, minlength=seats.size).astype(np.int64)
    entries = np.bincount(school[group][got > 0], minlength=seats.size)
    highest = _largest(school[group], key[group], got > 0, seats.size)
    asked = np.where(
        entries > 0, -1, last
    )  # where nobody of the marginal tier is in, the last child in stands above it
    top = _largest(school, key, real & (tier == asked[school]), seats.size)
    tied_n = np.bincount(school[group][equal], weights=heads[group][equal], minlength=seats.size).astype(np.int64)
    return Admission(taken, tied, _cut(cells, seats, (edge, margin, left, last), inside, entries, top, highest, tied_n))


def _fill_singles(
    school: np.ndarray, key: np.ndarray, heads: np.ndarray, left: np.ndarray, _: str
) -> tuple[np.ndarray, np.ndarray]:
    """Take the first of each school's sorted marginal group; who shares the key of the first out is tied or out."""
    first = np.searchsorted(school, np.arange(left.size))
    out = np.minimum(
        first + left, max(school.size - 1, 0)
    )  # a marginal group is always larger than the seats left for it
    threshold = key[out][school] if school.size else key
    below = key < threshold
    short = np.bincount(school[below], minlength=left.size) < left
    return np.where(below, heads, 0), (key == threshold) & short[school]


def _fill_bundles(
    school: np.ndarray, key: np.ndarray, heads: np.ndarray, left: np.ndarray, overflow: str
) -> tuple[np.ndarray, np.ndarray]:
    """Walk each school's sorted marginal group and apply the rule for a bundle that does not fit."""
    got, tied = np.zeros(school.size, np.int64), np.zeros(school.size, bool)
    for s in np.unique(school):
        low, high = np.searchsorted(school, [s, s + 1])
        got[low:high], tied[low:high] = _walk(key[low:high], heads[low:high], int(left[s]), overflow)
    return got, tied


def _walk(key: np.ndarray, heads: np.ndarray, left: int, overflow: str) -> tuple[np.ndarray, np.ndarray]:
    """Fill one school's open seats in key order, bundles whole unless the rule splits them."""
    got, tied = np.zeros(key.size, np.int64), np.zeros(key.size, bool)
    for value in np.unique(key):
        same = np.flatnonzero(key == value)
        need = heads[same].sum()
        if left == 0:
            break
        if need <= left:
            got[same], left = heads[same], left - need
        elif same.size > 1:
            tied[same] = True
            break
        elif overflow == "skip":
            continue
        else:
            got[same] = {"stop": 0, "expand": need, "split": left}[overflow]
            break
    return got, tied


def _cut(
    cells: np.ndarray,
    seats: np.ndarray,
    edges: tuple[np.ndarray, ...],
    inside: np.ndarray,
    entries: np.ndarray,
    top: np.ndarray,
    highest: np.ndarray,
    tied_n: np.ndarray,
) -> Cut:
    """Describe where each school ended; the last child in is in the marginal tier if anybody of it got in."""
    edge, margin, left, last = edges
    whole = np.where(np.arange(cells.shape[1]) < edge[:, None], cells, 0).sum(axis=1)
    return Cut(
        seats=seats,
        admitted=whole + inside,
        tier=np.where(entries > 0, edge, last),
        key=np.where(entries > 0, highest, top),
        margin=margin,
        left=left,
        tied_n=tied_n,
    )


def _largest(school: np.ndarray, key: np.ndarray, chosen: np.ndarray, schools: int) -> np.ndarray:
    """Return the largest key among the chosen of each school, 0 where there is none."""
    largest = np.zeros(schools, np.uint64)
    np.maximum.at(largest, school[chosen], key[chosen])
    return largest


def _match_numba(choices: np.ndarray, key: np.ndarray, seats: np.ndarray) -> Match:
    """Match with the compiled heaps."""
    start = np.concatenate([[0], seats.cumsum()])
    held, filled, proposals = _compiled("propose")(choices, key, seats, start)
    return _matched(choices, held, filled, int(proposals))


def _match_numpy(choices: np.ndarray, key: np.ndarray, seats: np.ndarray) -> Match:
    """Match in rounds: everybody without a seat proposes, each school keeps its smallest keys of old and new."""
    n, width = choices.shape
    rows = np.arange(n)
    held, seated, proposals = np.full(n, -1), np.zeros(n, bool), 0
    while True:
        held = held + (~seated & (held < width))
        named = held < width
        target = np.where(named, choices[rows, np.minimum(held, width - 1)], -1) if width else np.full(n, -1)
        proposals += int((~seated & (target >= 0)).sum())
        live = np.flatnonzero(target >= 0)
        live = live[np.lexsort((key[live, held[live]], target[live]))]
        first = np.searchsorted(target[live], np.arange(seats.size))
        keep = np.arange(live.size) - first[target[live]] < seats[target[live]]
        seated = np.zeros(n, bool)
        seated[live[keep]] = True
        if not (named & ~seated).any():
            break
    filled = np.bincount(target[seated], minlength=seats.size)
    return _matched(choices, held, filled, proposals)


def _matched(choices: np.ndarray, held: np.ndarray, filled: np.ndarray, proposals: int) -> Match:
    """Put the result of either engine into one form."""
    width = choices.shape[1]
    choice = np.where(held < width, held, -1)
    school = np.where(choice >= 0, choices[np.arange(len(choices)), choice], -1) if width else choice
    return Match(choice, school, filled, proposals)


def _tiers(tier: np.ndarray) -> int:
    """Return the number of tiers, at least one."""
    if tier.size and tier.min() < 0:
        raise ValueError("tiers start at 0")
    return int(tier.max()) + 1 if tier.size else 1


def _compile(engine: str, n: int) -> bool:
    """Say whether to use the compiled loops."""
    return engine == "numba" or (engine == "auto" and n >= MANY)


def _allow(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse an option that does not exist."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it may be one of {list(allowed)}")


@cache
def _compiled(name: str) -> Callable:
    """Return one loop of `loops` as machine code."""
    from zhaosheng_analysis import compiled
    from zhaosheng_analysis.admission import loops

    return compiled.compiled(getattr(loops, name))
