"""Where the heading of a sheet stands: below titles, in one row or several, under merged groups.

Comes in: a grid and the headings somebody looks for. Goes out: the rows that make up the heading, a name for every
column, and which of them were looked for. A heading counts as recognised however it is spaced, starred or marked 必填.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from zhaosheng_analysis.sheets.grids import Grid, written

HIGHEST = 20  # rows in which a heading is looked for
DEEPEST = 3  # rows it may take up
_MARKS = re.compile(r"[\s*＊:：　]+")
_HINT = re.compile(
    r"\((?:必填项?|选填|可选|可空|可不填|非必填|文本(?:格式)?|格式.*|如.*|例.*|请?填.*|男.{0,2}女|是.{0,2}否|[y]{4}.*|下拉.*)\)"
)


@dataclass(frozen=True)
class Heading:
    """The heading of a sheet.

    Attributes
    ----------
    top : int
        First row, counted from 0.
    bottom : int
        Last row, counted from 0.
    names : tuple of str
        Name of every column; "" where it has none. A recognised heading has the name looked for.
    known : mapping of int to str
        Names of those that were looked for, by column.
    doubled : mapping of str to tuple of int
        Names looked for that more than one column bears, with the columns.
    """

    top: int
    bottom: int
    names: tuple[str, ...]
    known: Mapping[int, str]
    doubled: Mapping[str, tuple[int, ...]]


@cache
def folded(word: str) -> str:
    """Return a heading without what does not count: spaces, stars, width, case, and hints such as （必填）.

    Parameters
    ----------
    word : str
        As it is written.

    Returns
    -------
    str
        As it is compared.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.sheets.folded("性 别*（必填）")
    '性别'
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", word)).lower()
    return _HINT.sub("", plain) or plain


def words(titles: Mapping[str, str]) -> dict[str, str]:
    """Return the headings looked for as they are compared: folded -> name."""
    return {folded(word): name for word, name in titles.items()}


def matches(row: Iterable[Any], sought: Mapping[str, str]) -> int:
    """Count the different names looked for that a row of cells holds; `sought` comes from `words`."""
    return len({sought[key] for key in (folded(str(cell)) for cell in row if isinstance(cell, str)) if key in sought})


def heading(grid: Grid, titles: Mapping[str, str]) -> Heading:
    """Find the heading of a sheet.

    Parameters
    ----------
    grid : Grid
        Cells as the file holds them.
    titles : mapping of str to str
        Name of each heading as it may be written. Without any, the first row that is well filled with text is taken.

    Returns
    -------
    Heading
        Where it stands and what its columns are.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> grid = zs.sheets.Grid("表", [["某校名册", ""], ["报名号*", "性 别"], ["c1", "男"]])
    >>> found = zs.sheets.heading(grid, {"报名号": "child", "性别": "sex"})
    >>> found.top, found.known
    (1, {0: 'child', 1: 'sex'})
    """
    sought = words(titles)
    best = None
    for top in range(min(HIGHEST, len(grid.cells))):
        for bottom in range(top, min(top + DEEPEST, len(grid.cells))):
            heading = _named(grid, top, bottom, sought)
            fit = (len(set(heading.known.values())), -(bottom - top), -top)
            if best is None or fit > best[0]:
                best = fit, heading
        if best and best[1].top == best[1].bottom and best[0][0] == sum(name != "" for name in best[1].names):
            break  # every column of one row is known: nothing can fit better
    if best is None:
        return Heading(0, 0, (), {}, {})
    if not best[0][0]:
        return _unsought(grid)
    heading = best[1]
    return _named(grid, heading.top, max(heading.bottom, _merged_down(grid, heading)), sought)


def printed(grid: Grid, heading: Heading) -> list[str]:
    """Return the last row of a heading as it is written, spaces removed; a heading printed again looks like it."""
    return [_tidy(cell) for cell in grid.cells[heading.bottom]] if grid.cells else []


def _unsought(grid: Grid) -> Heading:
    """Take the first row that is as full of text as the sheet is wide, for a heading nobody has looked for."""
    rows = grid.cells[:HIGHEST]
    full = [sum(isinstance(cell, str) and cell.strip() != "" for cell in row) for row in rows]
    top = next((at for at, count in enumerate(full) if count >= 0.6 * max(full)), 0)
    return _named(grid, top, max(top, _merged_down(grid, Heading(top, top, (), {}, {}))), {})


def _merged_down(grid: Grid, heading: Heading) -> int:
    """Return the last row of cells that are merged downwards from the top of the heading."""
    deep = [last[0] for first, last in grid.merged if first[0] == heading.top and last[0] < heading.top + DEEPEST]
    return max(deep, default=heading.top)


def _named(grid: Grid, top: int, bottom: int, sought: Mapping[str, str]) -> Heading:
    """Name the columns by the heading in these rows."""
    parts = _parts(grid, top, bottom)
    ends = Counter(folded(part[-1]) for part in parts if part)
    names, titles = [], {}
    for column, part in enumerate(parts):
        joined = "".join(part)
        name = next((sought[folded(text)] for text in [*(part[-1:] or [""])[:1], joined] if folded(text) in sought), "")
        if name:
            titles[column] = name
        alone = bool(part) and ends[folded(part[-1])] == 1
        names.append(name or (part[-1] if alone else joined))
    columns: dict[str, tuple[int, ...]] = {}
    for column, name in titles.items():
        columns[name] = (*columns.get(name, ()), column)
    return Heading(top, bottom, tuple(names), titles, {name: at for name, at in columns.items() if len(at) > 1})


def _parts(grid: Grid, top: int, bottom: int) -> list[list[str]]:
    """Return the words above each column, the widest group first; a word over a merged group counts for all of it."""
    rows = [[_tidy(cell) for cell in row] for row in grid.cells[top : bottom + 1]]
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    for (first, left), (last, right) in grid.merged:
        if top <= first <= bottom and left < width:
            for row in range(first, min(last, bottom) + 1):
                for column in range(left, min(right + 1, width)):
                    rows[row - top][column] = rows[first - top][left]
    if not any(right > left and top <= first <= bottom for (first, left), (_, right) in grid.merged):
        _spread(rows)
    return [_distinct(row[column] for row in rows) for column in range(width)]


def _spread(rows: list[list[str]]) -> None:
    """Let a group name count for the blanks to its right that have a word below, as merged cells look in text."""
    for above, below in itertools.pairwise(rows):
        for column in range(1, len(above)):
            if not above[column] and below[column] and below[column - 1]:
                above[column] = above[column - 1]


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))


def _tidy(cell: Any) -> str:
    return "".join(written(cell).split()) if cell != "" else ""
