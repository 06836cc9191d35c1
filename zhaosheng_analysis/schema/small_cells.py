"""Small counts in what is published: a cell of a few children could point at one of them, and so could a difference.

Ten is the smallest group that school statistics commonly show (most American states, NCES 2011-603); a count of the
children of one school and tier is read by neighbours who know the families, so that the stricter usual number is taken.
A hidden cell must not follow from a sum either: where it would, further cells are left out until the sums allow more
than one answer (secondary suppression, as statistical offices do it). Tables that are published together are hidden
together: the number one of them leaves out may be a sum, or the same number, in another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from zhaosheng_analysis.schema import suppression

FEWEST = 10
LEFT_OUT = "…"
NOTE = f"1 至 {FEWEST - 1} 人的只写“<{FEWEST}”；“{LEFT_OUT}”是为了不被推算出来而略去的数。"


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


@dataclass(frozen=True)
class Counts:
    """A table that will be published, and what of it counts children.

    Attributes
    ----------
    table : DataFrame
        The table.
    columns : sequence of str
        Columns that count children.
    sums : sequence of tuple of (str, sequence of str)
        Columns that are the sum of others, with these; a sum that is no column of counts is known.
    others : sequence of str
        Columns of whole numbers that count no children, but from which one would follow, such as seats left.
    by : str
        Column whose groups have known sums each; the whole table where it is "".
    """

    table: pd.DataFrame
    columns: Sequence[str]
    sums: Sequence[tuple[str, Sequence[str]]] = ()
    others: Sequence[str] = ()
    by: str = ""

    @property
    def free(self) -> list[str]:
        """The columns of which cells may be hidden."""
        return [name for name in (*self.columns, *self.others) if name in self.table]


@dataclass(frozen=True)
class Link:
    """The same children in two tables: for every value of a key the columns of one add up to those of the other.

    Attributes
    ----------
    one, other : tuple of (str, sequence of str, sequence of str)
        Name of the table, its columns that are added up, its columns that are the key.
    """

    one: tuple[str, Sequence[str], Sequence[str]]
    other: tuple[str, Sequence[str], Sequence[str]]


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
    return together({"": Counts(table, columns, tuple(sums), others, by)})[""]


def together(tables: Mapping[str, Counts], links: Iterable[Link] = ()) -> dict[str, pd.DataFrame]:
    """Hide the small counts of tables that are published together, and as many more that none of them follows.

    Parameters
    ----------
    tables : mapping of str to Counts
        The tables by name.
    links : iterable of Link
        Where two of them count the same children.

    Returns
    -------
    dict of str to DataFrame
        Copies by name, written as `masked` writes them.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> ends = pd.DataFrame({"类别": ["甲", "乙"], "录取": [45, 30], "未录取": [3, 9], "合计": [48, 39]})
    >>> tiers = pd.DataFrame({"类别": ["甲", "乙"], "人数": [48, 39]})
    >>> cells = zs.schema.small_cells
    >>> counts = cells.Counts(ends, ["录取", "未录取", "合计"], [("合计", ["录取", "未录取"])])
    >>> link = cells.Link(("ends", ["合计"], ["类别"]), ("tiers", ["人数"], ["类别"]))
    >>> shown = cells.together({"ends": counts, "tiers": cells.Counts(tiers, ["人数"])}, [link])
    >>> shown["ends"]["未录取"].tolist(), shown["ends"]["录取"].tolist(), shown["tiers"]["人数"].tolist()
    (['<10', '<10'], ['…', '…'], [48, 39])
    """
    starts, at = {}, 0
    for name, counts in tables.items():
        starts[name], at = at, at + len(counts.table) * len(counts.free)
    if not at:
        return {name: counts.table.copy() for name, counts in tables.items()}
    flat = zip(*map(_flat, tables.values()), strict=True)
    values, small, useful = (np.concatenate(parts) for parts in flat)
    gone = small.copy()
    if small.any():
        rows = [row for name, counts in tables.items() for row in _sums(counts, starts[name])]
        linked = [row for link in links for row in _linked(link, tables, starts)]
        # What is counted otherwise in the other table, such as proposals instead of children, tells nothing of it.
        linked = [(cells, signs) for cells, signs in linked if values[cells] @ signs == 0]
        one = _same(at, [cells for cells, _ in linked if len(cells) == 2])
        np.logical_or.at(small, one, small.copy())
        np.logical_or.at(useful, one, useful.copy())
        sums = _sparse([(one[cells], signs) for cells, signs in [*rows, *linked]], at)
        small &= one == np.arange(at)
        gone = suppression.hidden(suppression.Cells(values, sums, useful, FEWEST), small)
        small, gone = small[one], gone[one]
    parts = {
        name: slice(starts[name], starts[name] + len(counts.table) * len(counts.free))
        for name, counts in tables.items()
    }
    return {name: _written(counts, small[parts[name]], gone[parts[name]]) for name, counts in tables.items()}


def _same(cells: int, pairs: list[np.ndarray]) -> np.ndarray:
    """Return for each cell the first of those that are the same number: only one of them need be looked at."""
    one = np.arange(cells)
    for pair in pairs:
        first, other = sorted(one[pair])
        one[one == other] = first
    return one


def _flat(counts: Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cells of a table row by row: numbers, which are few children, which are of a column with children."""
    values = (
        counts.table[counts.free]
        .astype("float64")
        .fillna(0)
        .round()
        .to_numpy()
        .reshape(len(counts.table), len(counts.free))
    )
    children = np.array([name in counts.columns for name in counts.free], dtype=bool)
    small = (values > 0) & (values < FEWEST) & children
    useful = np.broadcast_to(values.sum(axis=0) > 0, values.shape)
    return values.ravel(), small.ravel(), useful.ravel()


def _written(counts: Counts, small: np.ndarray, gone: np.ndarray) -> pd.DataFrame:
    """Return the table with the cells that are few, or left out, marked so."""
    table, shape = counts.table, (len(counts.table), len(counts.free))
    small, gone = small.reshape(shape), gone.reshape(shape)
    cells = {
        name: [
            f"<{FEWEST}" if few else LEFT_OUT if out else value
            for few, out, value in zip(small[:, at], gone[:, at], _whole(table[name]), strict=True)
        ]
        for at, name in enumerate(counts.free)
    }
    return table.assign(**{name: pd.Series(column, table.index, dtype="object") for name, column in cells.items()})


def _whole(cells: pd.Series) -> list[object]:
    """Return the counts of a column as they are printed; what is missing stays so."""
    return [cell if pd.isna(cell) else round(float(cell)) for cell in cells]


def _sums(counts: Counts, start: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return what a reader of a table can add up: cells and coefficients of each sum."""
    table, free = counts.table, counts.free
    names = table[counts.by].reset_index(drop=True) if counts.by else pd.Series("", range(len(table)))
    groups = list(names.groupby(names, sort=False).indices.values())
    children = [at for at, name in enumerate(free) if name in counts.columns]
    found = [(start + rows * len(free) + at, np.ones(len(rows))) for rows in groups for at in children]
    for total, parts in counts.sums:
        places = [free.index(name) for name in parts if name in free]
        signs = np.ones(len(places))
        if total in free:
            places, signs = [*places, free.index(total)], np.append(signs, -1.0)
        found += [(start + row * len(free) + np.array(places, int), signs) for row in range(len(table)) if places]
    return found


def _linked(link: Link, tables: Mapping[str, Counts], starts: Mapping[str, int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the sums that two tables have in common, a key each."""
    sides = []
    for name, columns, keys in (link.one, link.other):
        counts = tables[name]
        places = np.array([counts.free.index(column) for column in columns if column in counts.free], int)
        key = pd.MultiIndex.from_frame(counts.table[list(keys)].astype("str"))
        rows = pd.Series(range(len(key))).groupby(key.to_flat_index()).indices
        width = len(counts.free)
        sides.append({one: (starts[name] + at[:, None] * width + places).ravel() for one, at in rows.items()})
    one, other = sides
    return [
        (np.concatenate([one[key], other[key]]), np.repeat([1.0, -1.0], [len(one[key]), len(other[key])]))
        for key in one
        if key in other and len(one[key]) and len(other[key])
    ]


def _sparse(rows: list[tuple[np.ndarray, np.ndarray]], cells: int) -> sparse.csr_array:
    """Put sums one below the other."""
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    indices = np.concatenate([at for at, _ in rows]) if rows else np.zeros(0, int)
    data = np.concatenate([signs for _, signs in rows]) if rows else np.zeros(0)
    made = sparse.csr_array((data, indices, ends), shape=(len(rows), cells))
    made.sum_duplicates()
    made.eliminate_zeros()
    return made
