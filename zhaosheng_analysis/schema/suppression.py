"""Which cells of published tables must not be printed, so that no small count follows (secondary suppression).

Cells stand in one row, whatever tables they come from; what a reader can add up are the rows of a sparse matrix over
them. A cell is safe where it could be another number and everything printed, and every sum, would be the same.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

_CERTAIN = 0.999  # whole numbers closer together than this are one
_TRIED = 3000  # trades looked at before the linear program is asked


@dataclass(frozen=True)
class Cells:
    """Cells that count children, and what a reader can add up.

    Attributes
    ----------
    counts : ndarray of float, shape (cells,)
        The true numbers.
    sums : csr_array, shape (sums, cells)
        Coefficients of each sum the reader knows.
    useful : ndarray of bool, shape (cells,)
        Cells that hide something where they are hidden; none of a column of noughts.
    fewest : int
        The smallest count that is printed.
    """

    counts: np.ndarray
    sums: sparse.csr_array
    useful: np.ndarray
    fewest: int
    _memory: dict = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _by_cell(self) -> sparse.csr_array:
        return sparse.csr_array(self.sums.T)

    @cached_property
    def totals(self) -> np.ndarray:
        """Tell which cells are the sum of others."""
        found = np.zeros(len(self.counts), bool)
        found[self.sums.indices[self.sums.data < 0]] = True
        return found

    @cached_property
    def kinds(self) -> dict[frozenset, np.ndarray]:
        """Return the cells that count alike in every sum, by how they count."""
        together: dict[frozenset, list[int]] = {}
        for cell in range(len(self.counts)):
            together.setdefault(self.kind(cell), []).append(cell)
        return {kind: np.array(cells) for kind, cells in together.items()}

    def kind(self, cell: int) -> frozenset:
        """Return in which sums a cell counts, and how often."""
        if cell not in self._memory:
            one = slice(self._by_cell.indptr[cell], self._by_cell.indptr[cell + 1])
            self._memory[cell] = frozenset(
                zip(self._by_cell.indices[one].tolist(), self._by_cell.data[one].tolist(), strict=True)
            )
        return self._memory[cell]

    def of_sum(self, at: int) -> np.ndarray:
        """Return the cells of one sum."""
        return self.sums.indices[self.sums.indptr[at] : self.sums.indptr[at + 1]]

    def of_cells(self, cells: np.ndarray) -> np.ndarray:
        """Return the sums in which some cells count."""
        return self._by_cell[cells].indices

    def beside(self, cells: np.ndarray) -> np.ndarray:
        """Return the cells that share a sum with some, these among them."""
        rows = np.unique(self.of_cells(cells))
        return np.unique(self.sums[rows].indices) if len(rows) else np.asarray(cells)


def hidden(cells: Cells, small: np.ndarray) -> np.ndarray:
    """Return which cells must not be printed: the small ones, and as many more that none of them can be worked out.

    What is hidden besides never narrows what was looked at before, so that every cell is looked at once. A cell that
    its own sums cannot hide is no longer marked in `small`, so that it is printed as left out.

    Parameters
    ----------
    cells : Cells
        The cells.
    small : ndarray of bool, shape (cells,)
        Those of few children; changed in place.

    Returns
    -------
    ndarray of bool, shape (cells,)
        Cells that are not printed.
    """
    gone, counts = small.copy(), cells.counts
    waiting = sorted(np.flatnonzero(small).tolist(), key=lambda cell: counts[cell])
    for cell in waiting:  # grows while it is gone through
        while not vague(cells, small, gone, cell):
            besides = _besides(cells, gone, np.array([cell]))
            if not len(besides) and small[cell]:
                small[cell] = False  # to say that it is few says that it is not nought, and that may be all it takes
                if vague(cells, small, gone, cell):
                    break
                small[cell] = True
            joined = _joined(cells, gone, cell)
            besides = besides if len(besides) else _besides(cells, gone, joined)
            if not len(besides):
                break
            alone = _alone(cells, gone, joined)
            besides = alone if len(alone) else besides
            # A part before a sum, the smallest first; a nought only where all else is hidden.
            more = besides[np.lexsort((besides, counts[besides], cells.totals[besides]))[0]]
            gone[more] = True
            if counts[more]:
                waiting.append(int(more))
    return gone


def _besides(cells: Cells, gone: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the cells that could be hidden so that one no longer follows; noughts come last."""
    reached = cells.beside(near)
    reached = reached[~gone[reached]]
    large = reached[cells.counts[reached] > 0]
    return large if len(large) else reached[cells.useful[reached]]


def _alone(cells: Cells, gone: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the cells that stand in a sum with no more than one hidden cell, which follows from them."""
    rows = np.unique(cells.of_cells(near))
    sums = cells.sums[rows]
    lone = np.flatnonzero(sums.astype(bool).astype(int) @ gone.astype(int) == 1)
    reached = np.unique(sums[lone].indices) if len(lone) else np.zeros(0, int)
    reached = reached[~gone[reached]]
    large = reached[cells.counts[reached] > 0]
    # A nought is as good where nothing else would part the two.
    return large if len(large) else reached[cells.useful[reached]]


def vague(cells: Cells, small: np.ndarray, gone: np.ndarray, cell: int) -> bool:
    """Tell whether a hidden cell could be another number; where children could trade places with others, at once.

    Parameters
    ----------
    cells : Cells
        The cells.
    small : ndarray of bool, shape (cells,)
        Cells that are printed as few.
    gone : ndarray of bool, shape (cells,)
        All cells that are not printed.
    cell : int
        The cell asked about.

    Returns
    -------
    bool
        Whether the reader is left with more than one number.
    """
    up = gone & (~small | (cells.counts < cells.fewest - 1))
    down = gone & np.where(small, cells.counts > 1, cells.counts > cells.fewest)
    alike = cells.kinds[cells.kind(cell)]
    alike = alike[alike != cell]
    if (up[cell] and down[alike].any()) or (down[cell] and up[alike].any()):
        return True
    if any(trade and _traded(up, down, trade) for trade in itertools.islice(_trades(cells, gone, cell), _TRIED)):
        return True
    low, high = _bounds(cells, small, gone, cell)
    return high - low >= _CERTAIN


def _traded(up: np.ndarray, down: np.ndarray, trade: tuple[int, int, int, int, int]) -> bool:
    """Tell whether one child more or less at the first cell leaves the four of a trade possible."""
    a, b, c, d, sign = trade
    gives, takes = (up, down) if sign > 0 else (down, up)
    return bool((up[a] and down[b] and gives[c] and takes[d]) or (down[a] and up[b] and takes[c] and gives[d]))


def _trades(cells: Cells, gone: np.ndarray, cell: int) -> Iterator[tuple[int, int, int, int, int] | None]:
    """Yield four hidden cells among which one child each could trade places, all sums as they are; None where not.

    They are what a linear program finds for most cells, and it takes a hundred times as long.
    """
    own = dict(cells.kind(cell))
    mates = {at: _without(cells.of_sum(at), gone, cell) for at in own}
    for one, two in itertools.permutations(own, 2):
        for other, third in itertools.product(mates[one], mates[two]):
            change = _less(own, dict(cells.kind(other)))
            for sign in (1, -1):
                wanted = _less(dict(cells.kind(third)), change, -sign)
                last = next(iter(cells.kinds.get(frozenset(wanted.items()), ())), cell)
                trades = gone[last] and len({cell, other, third, last}) == 4
                yield (cell, other, third, int(last), sign) if trades else None


def _without(found: np.ndarray, gone: np.ndarray, cell: int) -> list[int]:
    """Return the hidden cells of some but one."""
    return found[gone[found] & (found != cell)].tolist()


def _less(one: dict[int, float], other: dict[int, float], times: float = 1.0) -> dict[int, float]:
    """Return how often the first counts in each sum, less so many times the other."""
    found = dict(one)
    for at, value in other.items():
        left = found.get(at, 0.0) - times * value
        if left:
            found[at] = left
        else:
            found.pop(at, None)
    return found


def _bounds(cells: Cells, small: np.ndarray, gone: np.ndarray, cell: int) -> tuple[float, float]:
    """Return between which numbers a reader can place a hidden cell, from the sums and from what is printed."""
    from scipy.optimize import linprog

    near = _joined(cells, gone, cell)
    weights = cells.sums[:, near]
    touching = np.flatnonzero(np.diff(weights.indptr))
    if not len(touching):
        return (1.0, cells.fewest - 1.0) if small[cell] else (0.0, np.inf)
    weights = weights[touching]
    ranges = [
        (1, cells.fewest - 1) if few else (cells.fewest, None) if n >= cells.fewest else (0, None)
        for few, n in zip(small[near], cells.counts[near], strict=True)
    ]
    aim, right = (near == cell).astype(float), weights @ cells.counts[near]
    ends = [linprog(sign * aim, A_eq=weights, b_eq=right, bounds=ranges, method="highs") for sign in (1, -1)]
    least = ends[0].fun if ends[0].status == 0 else -np.inf
    most = -ends[1].fun if ends[1].status == 0 else np.inf
    return float(least), float(most)


def _joined(cells: Cells, gone: np.ndarray, cell: int) -> np.ndarray:
    """Return the hidden cells that share a sum with a cell, and those that share one with them, and so on."""
    near = np.array([cell])
    while True:
        wider = cells.beside(near)
        wider = np.union1d(wider[gone[wider]], [cell])
        if len(wider) == len(near):
            return near
        near = wider
