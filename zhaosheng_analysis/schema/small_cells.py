"""Small counts in what is published: a cell of a few children could point at one of them, and so could a difference.

Ten is the smallest group that school statistics commonly show (most American states, NCES 2011-603); a count of the
children of one school and tier is read by neighbours who know the families, so that the stricter usual number is taken.
A hidden cell must not follow from a sum either: where it would, further cells are left out until the sums allow more
than one answer (secondary suppression, as statistical offices do it).
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

FEWEST = 10
LEFT_OUT = "…"
NOTE = f"1 至 {FEWEST - 1} 人的只写“<{FEWEST}”；“{LEFT_OUT}”是为了不被推算出来而略去的数。"
_CERTAIN = 0.999  # whole numbers closer together than this are one


def shown(number: float) -> str:
    """Write a number of children; of 1 to `FEWEST` only that it is below.

    Parameters
    ----------
    number : float
        Children, whole.

    Returns
    -------
    str
        The number with separators, nought too, or ``<10``.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [zs.schema.small_cells.shown(number) for number in (0, 9, 1200)]
    ['0', '<10', '1,200']
    """
    return f"<{FEWEST}" if 0 < number < FEWEST else f"{int(number):,}"


def masked(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    sums: Iterable[tuple[str, Sequence[str]]] = (),
    others: Sequence[str] = (),
    by: str = "",
) -> pd.DataFrame:
    """Hide the small counts of a table, and as many more that none of them follows from a sum.

    The sum of every column is taken to be known to the reader, because another table or a headline tells it.

    Parameters
    ----------
    table : DataFrame
        What will be published.
    columns : sequence of str
        Columns that count children.
    sums : iterable of tuple of (str, sequence of str)
        Columns that are the sum of others, with these; a sum that is no column of counts is known.
    others : sequence of str
        Columns of whole numbers that count no children, but from which one would follow, such as seats left.
    by : str, optional
        Column whose groups have known sums each; the whole table where it is "".

    Returns
    -------
    DataFrame
        A copy; in the columns whole numbers, ``<10`` for 1 to 9 children and `LEFT_OUT` for what is left out besides.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> table = pd.DataFrame({"学校": ["一小", "二小", "三小"], "人数": [40, 3, 25]})
    >>> zs.schema.small_cells.masked(table, ["人数"])["人数"].tolist()
    [40, '<10', '…']
    """
    columns = [name for name in columns if name in table]
    free = [*columns, *(name for name in others if name in table)]
    counts = table[free].astype("float64").fillna(0).round().to_numpy()
    small = np.zeros(counts.shape, bool)
    small[:, : len(columns)] = (counts[:, : len(columns)] > 0) & (counts[:, : len(columns)] < FEWEST)
    relations = _relations(table, free, len(columns), sums, by)
    hidden = _hidden(counts, small, relations) if small.any() else small
    cells = {
        name: [
            f"<{FEWEST}" if small[row, at] else LEFT_OUT if hidden[row, at] else value
            for row, value in enumerate(_whole(table[name]))
        ]
        for at, name in enumerate(free)
    }
    return table.assign(**{name: pd.Series(column, table.index, dtype="object") for name, column in cells.items()})


def _whole(cells: pd.Series) -> list[object]:
    """Return the counts of a column as they are printed; what is missing stays so."""
    return [cell if pd.isna(cell) else round(float(cell)) for cell in cells]


def _relations(
    table: pd.DataFrame, free: list[str], children: int, sums: Iterable[tuple[str, Sequence[str]]], by: str
) -> np.ndarray:
    """Return what a reader can add up: the coefficients of each sum, of shape (sums, rows, columns)."""
    shape, relations = (len(table), len(free)), []
    names = pd.Series("", range(len(table))) if not by else table[by].reset_index(drop=True)
    groups = list(names.groupby(names, sort=False).indices.values())
    for rows in groups:
        for at in range(children):
            relations.append(np.zeros(shape))
            relations[-1][rows, at] = 1
    for total, parts in sums:
        places = [free.index(name) for name in parts if name in free]
        for row in range(len(table)):
            relations.append(np.zeros(shape))
            relations[-1][row, places] = 1
            if total in free:
                relations[-1][row, free.index(total)] = -1
    return np.array(relations) if relations else np.zeros((0, *shape))


def _hidden(counts: np.ndarray, small: np.ndarray, relations: np.ndarray) -> np.ndarray:
    """Return which cells must not be printed: the small ones, and as many more that none of them can be worked out.

    What is hidden besides never narrows what was looked at before, so that every cell is looked at once. A cell that
    its own sums cannot hide is no longer marked in `small`, so that `LEFT_OUT` is printed in it.
    """
    hidden, waiting = small.copy(), sorted(zip(*np.nonzero(small), strict=True), key=lambda cell: counts[cell])
    sums, kinds = (relations < 0).sum(axis=0), _kinds(relations)
    while waiting:
        cell = waiting.pop(0)
        while not _vague(counts, small, hidden, relations, cell, kinds):
            besides = _besides(counts, hidden, relations, cell, far=False)
            if not besides.any() and small[cell]:
                small[cell] = False  # <10 would say that it is not nought, and that may be all it takes
                if _vague(counts, small, hidden, relations, cell, kinds):
                    break
                small[cell] = True
            besides = besides if besides.any() else _besides(counts, hidden, relations, cell, far=True)
            if not besides.any():
                break
            # A part before a sum, the smallest first; a nought only where all else is hidden.
            order = {at: (sums[at] > 0, counts[at], at) for at in zip(*np.nonzero(besides), strict=True)}
            more = min(order, key=order.get)
            hidden[more] = True
            if counts[more]:
                waiting.append(more)
    return hidden


def _kinds(relations: np.ndarray) -> np.ndarray:
    """Return a number for each cell, the same where cells count alike in every sum."""
    cells = relations.reshape(len(relations), -1).T
    return np.unique(cells, axis=0, return_inverse=True)[1].reshape(relations.shape[1:])


def _besides(
    counts: np.ndarray, hidden: np.ndarray, relations: np.ndarray, cell: tuple[int, int], *, far: bool
) -> np.ndarray:
    """Return the cells that could be hidden so that one no longer follows: in its own sums, or in those farther.

    Noughts come last, and none of a column that adds up to nought, because it hides nothing.
    """
    near = np.zeros_like(hidden)
    near[cell] = True
    near = _joined(hidden, relations, cell) if far else near
    reached = np.any([relation != 0 for relation in relations if (relation[near] != 0).any()], axis=0) & ~hidden
    large = reached & (counts > 0)
    return large if large.any() else reached & (counts.sum(axis=0) > 0)


def _vague(
    counts: np.ndarray,
    small: np.ndarray,
    hidden: np.ndarray,
    relations: np.ndarray,
    cell: tuple[int, int],
    kinds: np.ndarray,
) -> bool:
    """Tell whether a hidden cell could be another number; where children could trade places with others, at once."""
    up, down = _room(counts, small, hidden)
    alike = kinds == kinds[cell]
    alike[cell] = False
    if (up[cell] and (down & alike).any()) or (down[cell] and (up & alike).any()):
        return True
    if _exchanged(up, down, hidden, relations, cell):
        return True
    low, high = bounds(counts, small, hidden, relations, cell)
    return high - low >= _CERTAIN


def _exchanged(
    up: np.ndarray, down: np.ndarray, hidden: np.ndarray, relations: np.ndarray, cell: tuple[int, int]
) -> bool:
    """Tell whether a child here and one in another row and column could trade places, all sums as they are.

    The corners of a rectangle are what a linear program finds for most cells, and it takes a hundred times as long.
    """
    row, column = cell
    aside, elsewhere = relations[:, row, :], np.arange(hidden.shape[1]) != column
    for other in np.flatnonzero(hidden[:, column] & (np.arange(len(hidden)) != row)):
        here, there = aside[:, [column]] - relations[:, other, [column]], aside - relations[:, other, :]
        for sign, gives, takes in ((1, up, down), (-1, down, up)):
            same = elsewhere & (here + sign * there == 0).all(axis=0)
            more = up[cell] & down[other, column] & gives[row] & takes[other]
            less = down[cell] & up[other, column] & takes[row] & gives[other]
            if (same & (more | less)).any():
                return True
    return False


def _room(counts: np.ndarray, small: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which hidden cells could be one more, and one less, from what is printed in them."""
    return hidden & (~small | (counts < FEWEST - 1)), hidden & np.where(small, counts > 1, counts > FEWEST)


def bounds(
    counts: np.ndarray, small: np.ndarray, hidden: np.ndarray, relations: np.ndarray, cell: tuple[int, int]
) -> tuple[float, float]:
    """Return between which numbers a reader can place a hidden cell, from the sums and from what is printed.

    Parameters
    ----------
    counts : ndarray of float, shape (rows, columns)
        The true counts.
    small : ndarray of bool, shape (rows, columns)
        Cells printed as ``<10``.
    hidden : ndarray of bool, shape (rows, columns)
        All cells that are not printed.
    relations : ndarray of float, shape (sums, rows, columns)
        Coefficients of each known sum.
    cell : tuple of int
        The cell.

    Returns
    -------
    tuple of float, length 2
        The least and the most it can be.
    """
    from scipy.optimize import linprog

    near = _joined(hidden, relations, cell)
    touching = [relation for relation in relations if (relation[near] != 0).any()]
    if not touching:
        return (1.0, FEWEST - 1.0) if small[cell] else (0.0, np.inf)
    weights = np.array([relation[near] for relation in touching])
    wanted = weights @ counts[near]
    ranges = [
        (1, FEWEST - 1) if few else (FEWEST, None) if n >= FEWEST else (0, None)
        for few, n in zip(small[near], counts[near], strict=True)
    ]
    aim = np.array([place == cell for place in zip(*np.nonzero(near), strict=True)], float)
    ends = [linprog(sign * aim, A_eq=weights, b_eq=wanted, bounds=ranges, method="highs") for sign in (1, -1)]
    least = ends[0].fun if ends[0].status == 0 else -np.inf
    most = -ends[1].fun if ends[1].status == 0 else np.inf
    return float(least), float(most)


def _joined(hidden: np.ndarray, relations: np.ndarray, cell: tuple[int, int]) -> np.ndarray:
    """Return the hidden cells that share a sum with a cell, and those that share one with them, and so on."""
    near = np.zeros_like(hidden)
    near[cell] = True
    while True:
        wider = near.copy()
        for relation in relations:
            if (relation[near] != 0).any():
                wider |= hidden & (relation != 0)
        if (wider == near).all():
            return near
        near = wider
