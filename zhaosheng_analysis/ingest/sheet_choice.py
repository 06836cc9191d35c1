"""Which sheets of a workbook are read: those a recipe names, else the one with the headers it asks for."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from zhaosheng_analysis import sheets
from zhaosheng_analysis.ingest.recipes import Source
from zhaosheng_analysis.schema import DataError, Fault, Note, near


def chosen(grids: Iterable[sheets.Grid], file: str, source: Source) -> list[sheets.Grid]:
    """Choose the sheets the recipe names, a star for many, or the only one with the headers asked for.

    Parameters
    ----------
    grids : iterable of Grid
        All sheets of a file.
    file : str
        Its name, for the messages.
    source : Source
        Which sheets it is read for.

    Returns
    -------
    list of Grid
        Those that are read.

    Raises
    ------
    DataError
        A sheet of such a name is not there, or several would do.
    """
    grids, asked = list(grids), source.options.get("sheet", "")
    if asked:
        return _asked(grids, (asked,) if isinstance(asked, str) else asked, file)
    words = {name: name for name in source.headers}
    fits = [len(sheets.heading(grid, words).known) for grid in grids]
    best = [grid for grid, fit in zip(grids, fits, strict=True) if fit and fit == max(fits)]
    if len(best) > 1:
        titles = "、".join(f"「{grid.title}」" for grid in best)
        remedy = '请写明 sheet = "…"；每张都要读的写 sheet = "*"'
        raise DataError(Fault(file, f"有 {len(best)} 张工作表都有所找的列：{titles}", "", remedy))
    return best[:1] or grids[:1]


def _asked(grids: list[sheets.Grid], asked: Sequence[str], file: str) -> list[sheets.Grid]:
    """Return the sheets with these names; by a star only those that somebody sees and that hold anything."""
    made = []
    for word in asked:
        fits = [grid for grid in grids if grid.title == word]
        if "*" in word:
            fits = [grid for grid in grids if fnmatchcase(grid.title, word) and _is_seen(grid)]
        if not fits:
            titles = "、".join(f"「{grid.title}」" for grid in grids)
            remedy = near(word, [grid.title for grid in grids])
            raise DataError(Fault(file, f"没有工作表「{word}」", f"现有：{titles}", remedy))
        made += [grid for grid in fits if grid not in made]
    return made


def _is_seen(grid: sheets.Grid) -> bool:
    return not grid.hidden and any(map(is_filled, grid.cells))


def unread(grids: Iterable[sheets.Grid], read: Iterable[sheets.Grid], file: str) -> tuple[Note, ...]:
    """Name the sheets of a file that a source leaves out.

    Parameters
    ----------
    grids, read : iterable of Grid
        All sheets, and those that are read.
    file : str
        Its name, for the messages.

    Returns
    -------
    tuple of Note
        One, or none.
    """
    titles = {grid.title for grid in read}
    left = "、".join(f"「{grid.title}」" for grid in grids if _is_seen(grid) and grid.title not in titles)
    return (Note(file, f"这一来源没有读工作表{left}"),) if left else ()


def is_filled(row: Sequence[Any]) -> bool:
    """Tell whether anything stands in a row; spaces are nothing.

    Parameters
    ----------
    row : sequence
        Its cells.

    Returns
    -------
    bool
        Whether anything does.
    """
    return any(cell.strip() != "" if isinstance(cell, str) else True for cell in row)
