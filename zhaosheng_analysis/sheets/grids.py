"""A sheet as its file holds it: cells where they stand, what is merged, hidden or could not be computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Span = tuple[tuple[int, int], tuple[int, int]]
SHOWN = 3
FAR_ROWS, FAR_COLUMNS = 1000, 100  # blank rows or columns beyond which a cell is no part of the table


@dataclass(frozen=True)
class Grid:
    """One sheet before anything is made of it.

    Attributes
    ----------
    title : str
        Name of the sheet; "" where the file is one table of text.
    cells : list of list
        One list a row, from the first row of the file; a blank cell is "".
    merged : tuple of spans
        First and last cell of every merged range, counted from 0.
    hidden_rows : frozenset of int
        Rows nobody sees, counted from 0.
    hidden_columns : frozenset of int
        Columns nobody sees, counted from 0.
    hidden : bool
        Whether the whole sheet is.
    unread : mapping of tuple of int to str
        (row, column) -> why its value is not known: a formula that was never computed, or an error.
    said : tuple of str
        What was found and done while the file was opened, one sentence each.
    """

    title: str
    cells: list[list[Any]]
    merged: tuple[Span, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    unread: Mapping[tuple[int, int], str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass
class Details:
    """What a workbook says of one sheet beside its values; places are counted from 0.

    Attributes
    ----------
    hidden_rows : set of int
        Rows that are hidden, as in `Grid`.
    hidden_columns : set of int
        Columns that are hidden, as in `Grid`.
    unread : dict of tuple of int, length 2 to str
        Cells whose value is not known, as in `Grid`.
    padded : dict of tuple of int, length 2 to int
        Digits a number is shown with, zeros in front, by (row, column).
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    unread: dict[tuple[int, int], str] = field(default_factory=dict)
    padded: dict[tuple[int, int], int] = field(default_factory=dict)


def letters(column: int) -> str:
    """Name a column as Excel does: 0 is A, 26 is AA."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def number(name: str) -> int:
    """Return the place of a column from its letters: A is 0."""
    place = 0
    for letter in name:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def address(row: int, column: int) -> str:
    """Name a cell as Excel does: (2, 1) is B3."""
    return f"{letters(column)}{row + 1}"


def span(first: tuple[int, int], last: tuple[int, int]) -> str:
    """Name a range as Excel does: B3:B8."""
    return f"{address(*first)}:{address(*last)}"


def some(names: Iterable[str]) -> str:
    """Name at most three of many: B3、B4、B5 等."""
    names = list(names)
    return "、".join(names[:SHOWN]) + ("等" if len(names) > SHOWN else "")


def at(cells: Iterable[tuple[int, int, Any]]) -> str:
    """Name at most three cells with what stands in them: B3「合计」、B9「注」."""
    return some([f"{address(row, column)}「{written(value)}」" for row, column, value in cells])


def written(value: Any) -> str:
    """Write one cell as the text a planner sees; a whole number has no decimals, a day no time.

    Parameters
    ----------
    value : object
        The value as the file types it.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> [zs.sheets.written(value) for value in (2025.0, 0.5, True, "甲")]
    ['2025', '0.5', '是', '甲']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if hasattr(value, "hour") and hasattr(value, "year"):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value)


def placed(cells: Mapping[tuple[int, int], Any]) -> tuple[list[list[Any]], tuple[str, ...]]:
    """Lay cells on a sheet; those far away from the rest are left out and named, so that one does not cost a grid.

    Parameters
    ----------
    cells : mapping of tuple of int, length 2 to object
        (row, column) -> value; blank ones may be there.

    Returns
    -------
    list of list of object
        One list a row.
    tuple of str
        What was left out.
    """
    filled = {place: value for place, value in cells.items() if value != ""}
    deep = _reach(sorted({row for row, _ in filled}), FAR_ROWS)
    wide = _reach(sorted({column for row, column in filled if row <= deep}), FAR_COLUMNS)
    rows = [[""] * (wide + 1) for _ in range(deep + 1)]
    far = []
    for (row, column), value in filled.items():
        if row <= deep and column <= wide:
            rows[row][column] = value
        else:
            far.append((row, column, value))
    return rows, (left_far(far),) if far else ()


def left_far(cells: Iterable[tuple[int, int, Any]]) -> str:
    """Say that cells far outside the table were left out."""
    cells = sorted(cells, key=lambda cell: cell[:2])
    return f"有 {len(cells)} 格远在表外，未读：{at(cells)}"


def _reach(places: list[int], far: int) -> int:
    """Return the last place before the first gap that is too wide, or -1."""
    reach = -1
    for place in places:
        if place - reach > far:
            break
        reach = place
    return reach
