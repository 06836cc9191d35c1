"""The words of the reports: Chinese names of columns and codes, tones, sentences; all from ``labels.toml``."""

import math
import re
from functools import cache

from zhaosheng_analysis import disk
from zhaosheng_analysis.policy import parameters

Cell = str | int | float | bool | None | list


@cache
def book() -> dict:
    """Return everything in ``labels.toml``.

    Returns
    -------
    dict
        Its tables.
    """
    return disk.own("texts", "labels.toml")


def sentence(name: str, **values: object) -> str:
    """Return one sentence of the report with its numbers put in.

    Parameters
    ----------
    name : str
        Name of the sentence.
    **values : object
        Numbers and words to put in.

    Returns
    -------
    str
        The sentence.
    """
    return book()["sentences"][name].format(**values)


def column(key: str) -> dict:
    """Return label and format of a column; a column without an entry keeps its own name and is text.

    Parameters
    ----------
    key : str
        Name of the column.

    Returns
    -------
    dict
        Keys key, label, lines (the label as it is broken over a narrow heading) and format.
    """
    entry = book()["columns"].get(key, {"label": key, "format": "text"})
    return {"key": key, **entry, "label": entry["label"].replace("|", ""), "lines": entry["label"].split("|")}


def code(key: str, value: Cell) -> str:
    """Return the Chinese word of a code, such as 红 for the level ``red``.

    Parameters
    ----------
    key : str
        Name of the column.
    value : Cell
        The code.

    Returns
    -------
    str
        The word, or the code where it has none.
    """
    word = str(value).lower() if isinstance(value, bool) else value
    return book()["codes"].get(key, {}).get(word, str(value))


def literal(name: str) -> str:
    """Return a name from the data so that Markdown leaves every letter of it alone.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        The name with its marks escaped.
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~])", r"\\\1", name)


def tone(value: Cell, column: dict) -> dict[str, str] | None:
    """Return fill and ink of a level or flag; a cell of another kind has no colour.

    Parameters
    ----------
    value : Cell
        The cell.
    column : dict
        The column, from `column`.

    Returns
    -------
    dict of str to str or None
        Keys fill and ink, or None.
    """
    if column["format"] == "graded":
        value = value[0] if value else None
    elif column["format"] != "code":
        return None
    return book()["tones"].get(value) if isinstance(value, str) else None


def plain(value: object) -> Cell:
    """Turn a NumPy or pandas scalar into a plain one; every kind of missing value becomes None.

    Parameters
    ----------
    value : object
        The value.

    Returns
    -------
    Cell
        A plain value of Python, or None.
    """
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    value = value.item() if hasattr(value, "item") else value
    if missing(value):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def missing(value: Cell) -> bool:
    """Say whether a cell is empty: None, NaN or NA.

    Parameters
    ----------
    value : Cell
        The cell.

    Returns
    -------
    bool
        Whether it is empty.
    """
    return value is None or (isinstance(value, float) and math.isnan(value))


def written(value: Cell, column: dict) -> str:
    """Write one cell as a planner reads it; an empty cell is a dash.

    Parameters
    ----------
    value : Cell
        Plain value; a pair for an interval, ``[code, number]`` for a graded cell, pairs of words and code for a
        setting.
    column : dict
        Label and format, from `column`.

    Returns
    -------
    str
        The cell as text.
    """
    if missing(value) or value == "":
        return "—"
    return _WRITERS[column["format"]](value, column)


def _whole(value: float) -> str:
    """Write a whole number with a thin group separator."""
    return f"{round(value):,}"


def _change(value: float) -> str:
    """Write a change with its sign."""
    return f"{round(value):+,}" if round(value) else "0"


def _percent(value: float) -> str:
    """Write a share as a whole per cent."""
    return f"{value:.0%}"


def _ratio(value: float) -> str:
    """Write a share of seats as a whole per cent, rounded down, so that 100 % is never written below the plan."""
    return f"{math.floor(value * 100 + 1e-9)}%"


def _chance(value: float) -> str:
    """Write a probability; nothing is ever quite impossible or certain."""
    if value < 0.01:
        return "<1%"
    return ">99%" if value > 0.99 else f"{value:.0%}"


def _interval(value: list) -> str:
    """Write a pair of bounds."""
    low, high = value
    return "—" if missing(low) or missing(high) else f"{_whole(low)}–{_whole(high)}"


def _graded(value: list, column: dict) -> str:
    """Write the level's word and its number, so that colour is never the only sign."""
    level, ratio = value
    if level is None:
        return "—"
    number = "" if missing(ratio) else " " + _WRITERS[column["number"]](ratio, column)
    return code(column["codes"], level) + number


_WRITERS = {
    "text": lambda value, _: str(value),
    "year": lambda value, _: str(int(value)),
    "whole": lambda value, _: _whole(value),
    "size": lambda value, _: f"{value:.1f}",
    "change": lambda value, _: _change(value),
    "percent": lambda value, _: _percent(value),
    "ratio": lambda value, _: _ratio(value),
    "chance": lambda value, _: _chance(value),
    "interval": lambda value, _: _interval(value),
    "code": lambda value, column: code(column["key"], value),
    "graded": _graded,
    "setting": lambda value, _: parameters.written(value),
}
