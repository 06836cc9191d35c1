"""Rows brought into the form of a list: blanks filled downwards, rows chosen, lists and side-by-side columns opened.

Comes in: a `Piece` as its file holds it. Goes out: the same with one row a thing, every row that went counted.
"""

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from zhaosheng_analysis.ingest.pieces import LISTED, Piece, Step
from zhaosheng_analysis.schema import DataError, Fault, names

_WHOLE = ("全部", "全", "整体", "整个", "所有", "全小区", "整个小区", "全部楼栋")
_BETWEEN = r"[、,，;；\n]+"


def of(piece: Piece, options: Mapping[str, Any]) -> Piece:
    """Shape the rows of a piece as its source says.

    Parameters
    ----------
    piece : Piece
        As read.
    options : mapping of str to object
        Of the source: blank, fill_down, keep, leave, explode, append, gather, melt.

    Returns
    -------
    Piece
        One row a thing.

    Raises
    ------
    DataError
        There are no columns to make rows of.
    """
    piece = _filled(_blanked(piece, options.get("blank", ())), options.get("fill_down", ()))
    for header, wanted in options.get("keep", {}).items():
        piece = piece.without(~_is(piece.table[header], wanted), f"「{header}」不是 {_shown(wanted)}")
    for header, unwanted in options.get("leave", {}).items():
        piece = piece.without(_is(piece.table[header], unwanted), f"「{header}」为 {_shown(unwanted)}")
    if "explode" in options:
        piece = _opened(piece, options["explode"])
    if "append" in options:
        piece = _appended(piece, *options["append"])
    if "gather" in options:
        piece = _gathered(piece, options["gather"])
    return _long(piece, options["melt"]) if "melt" in options else piece


def _blanked(piece: Piece, marks: tuple[str, ...]) -> Piece:
    """Take the marks for nothing, such as a stroke, for blanks."""
    if not marks:
        return piece
    texts = [name for name in piece.table if name != "geometry"]
    return replace(
        piece, table=piece.table.assign(**{n: piece.table[n].where(~piece.table[n].isin(marks)) for n in texts})
    )


def _filled(piece: Piece, headers: tuple[str, ...]) -> Piece:
    """Fill blanks downwards, which stand for 同上."""
    return replace(piece, table=piece.table.assign(**{name: piece.table[name].ffill() for name in headers}))


def _is(cells: pd.Series, wanted: Any) -> pd.Series:
    """Tell which cells are one of some words; a word may hold a star."""
    patterns = [names.plain(str(word)) for word in (wanted if isinstance(wanted, tuple) else (wanted,))]
    return cells.map(
        lambda cell: any(fnmatchcase("" if pd.isna(cell) else names.plain(cell), pattern) for pattern in patterns)
    ).astype(bool)


def _shown(wanted: Any) -> str:
    return LISTED.join(f"「{word}」" for word in (wanted if isinstance(wanted, tuple) else (wanted,)))


def _opened(piece: Piece, header: str) -> Piece:
    """Make one row of each word of a list."""
    piece = piece.without(piece.table[header].isna(), f"没有「{header}」")
    words = piece.table[header].str.split(_BETWEEN, regex=True)
    table = piece.table.assign(**{header: words}).explode(header)
    table = table.assign(**{header: table[header].str.strip()})
    table = table[table[header].fillna("") != ""]
    more = len(table) - len(piece.table)
    # A word twice in one list is one thing.
    once = ~pd.Series(list(zip(table.index, table[header], strict=True))).duplicated().to_numpy()
    opened = replace(piece, table=table, steps=(*piece.steps, Step(f"按「{header}」一项一行展开", more)))
    return opened.without(pd.Series(~once), f"「{header}」同一格里重复")


def _appended(piece: Piece, first: str, *others: str) -> Piece:
    """Write columns into the first of them: 东苑 and 1-3幢 are 东苑1-3幢; a word for all of it adds nothing."""
    words = piece.table[first]
    for header in others:
        words = words + piece.table[header].where(~piece.table[header].isin(_WHOLE)).fillna("")
    return replace(piece, table=piece.table.drop(columns=list(others)).assign(**{first: words}))


def _gathered(piece: Piece, header: str) -> Piece:
    """Make one row of rows that differ in one column alone: what stands there becomes a list."""
    others = [name for name in piece.table if name not in (header, "geometry", *piece.ignored)]
    alike = piece.table[others].fillna("").apply(tuple, axis=1)
    words = piece.table[header].groupby(alike, sort=False).agg(lambda cells: LISTED.join(cells.dropna()) or None)
    table = piece.table.assign(**{header: alike.map(words)})
    return replace(piece, table=table).without(alike.duplicated(), f"「{header}」列在一起")


def _long(piece: Piece, options: Mapping[str, Any]) -> Piece:
    """Make one row of each of several columns side by side."""
    columns, into, value = options.get("columns", ()), options.get("into", ""), options.get("value", "")
    patterns = [columns] if isinstance(columns, str) else list(columns)
    headers = [name for name in piece.table if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not headers:
        options = "、".join(f"「{pattern}」" for pattern in patterns)
        raise DataError(Fault(piece.where, f"没有 {options} 这样的列", "", "请核对 melt 的 columns"))
    kept = [name for name in piece.table if name not in headers]
    parts = [piece.table[kept].assign(**{into: name, value: piece.table[name]}) for name in headers]
    order = [
        row
        for place in range(len(piece.table))
        for row in range(place, len(headers) * len(piece.table), len(piece.table))
    ]
    table = pd.concat(parts).iloc[order]
    more = len(table) - len(piece.table)
    steps = (*piece.steps, Step(f"{len(headers)} 列并排，一列一行展开", more))
    long = replace(piece, table=table, steps=steps, melted=(into, value))
    return long.without(table[value].isna(), f"「{value}」空白")
