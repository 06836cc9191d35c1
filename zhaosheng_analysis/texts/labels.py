"""The words of the reports: Chinese names of columns and codes, tones, sentences; all from ``labels.toml``."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pandas as pd

from zhaosheng_analysis import disk, schema
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


def heading(
    key: str,
    label: str,
    form: str = "text",
    *,
    share: int = 0,
    look: str = "",
    codes: str = "",
    number: str = "",
    **links: str,
) -> dict:
    """Say how one column of a table is read: what stands over it, how a cell is written, how wide it is.

    Parameters
    ----------
    key : str
        Column of the frame.
    label : str
        Its Chinese name; a bar marks where a narrow heading may break.
    form : str, default "text"
        How a cell is written, one of the formats in ``labels.toml``.
    share : int, default 0
        Its share of a printed line beside the other columns that have one; with none it is as wide as its longest word.
    look : {"", "long", "key"}
        On the page: a sentence (long), or the name of a parameter, small (key).
    codes : str, optional
        For codes and graded cells: which words of ``labels.toml`` they have.
    number : str, optional
        Format of the number of a graded cell.
    **links : str
        On the page: ``anchor``, what others lead to, and ``to``, where it leads; each is completed by the cell.

    Returns
    -------
    dict
        The same, label and lines apart; plain data, as a block keeps it.
    """
    said = {"key": key, "label": label.replace("|", ""), "lines": label.split("|"), "format": form}
    return said | {"share": share, "look": look, "codes": codes, "number": number} | links


def column(key: str) -> dict:
    """Return how a column is read that means the same in every table; without an entry it is text under its own name.

    Parameters
    ----------
    key : str
        Name of the column.

    Returns
    -------
    dict
        As from `heading`.
    """
    entry = dict(book()["columns"].get(key, {}))
    return heading(key, entry.pop("label", key), entry.pop("format", "text"), **entry)


@dataclass(frozen=True)
class Listing:
    """A table as it is read.

    Attributes
    ----------
    rows : DataFrame
        One row a line.
    columns : tuple of dict
        How each of its columns is read, in order (`heading`).
    """

    rows: pd.DataFrame
    columns: tuple[dict, ...]

    @classmethod
    def of(cls, rows: pd.DataFrame, *own: dict) -> "Listing":
        """Return a listing of rows whose columns are those of ``labels.toml``, but for some of its own.

        Parameters
        ----------
        rows : DataFrame
            One row a line.
        *own : dict
            Headings of this table alone.

        Returns
        -------
        Listing
            The rows with a heading for every column.
        """
        said = {entry["key"]: entry for entry in own}
        return cls(rows, tuple(said.get(key) or column(str(key)) for key in rows.columns))


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


def stages(codes: Iterable[str]) -> str:
    """Name the stages something is for; all of them where none is named.

    Parameters
    ----------
    codes : iterable of str
        Codes of stages.

    Returns
    -------
    str
        Their Chinese words.
    """
    return "、".join(code("stage", stage) for stage in codes) or "、".join(schema.STAGES.values())


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


def _whole(value: float | str) -> str:
    """Write a whole number with a thin group separator; a count that is hidden (<10) stands already as words."""
    return value if isinstance(value, str) else f"{round(value):,}"


def _change(value: float) -> str:
    """Write a change with its sign."""
    return f"{round(value):+,}" if round(value) else "0"


def _percent(value: float | str) -> str:
    """Write a share as a whole per cent: not quite none or all is not written as such, what is left out stays so."""
    if isinstance(value, str):
        return value
    if 1e-9 < value < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= value < 1 - 1e-9 else f"{value:.0%}"


def _ratio(value: float) -> str:
    """Write a share of seats in tenths of a per cent, rounded down, so that 100 % is never written below the plan."""
    return f"{math.floor(value * 1000 + 1e-9) / 10:.1f}%"


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
    "code": lambda value, column: code(column["codes"], value),
    "graded": _graded,
    "setting": lambda value, _: parameters.written(value),
}
