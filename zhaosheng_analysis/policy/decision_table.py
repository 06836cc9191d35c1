"""A decision table over a closed vocabulary: rows over the domains of the facts, each cell answered by one of them.

It is read in `pipe_table` and proved in `table_proof`; sets of its cells are said in `cell_blocks`. The proved table is
an array with one number a cell, so that a million children cost one gather.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ANY = "-"
IMPOSSIBLE = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Row:
    """One line of the table: under `when`, a child whose facts are all in `needs` is in `tier`, by `clause`.

    Attributes
    ----------
    number : int
        Its place in the table, from 1.
    tier : str
        The tier it gives.
    needs : dict of str to tuple of str
        The values a child's facts must have; a fact that is not named may have any.
    when : dict of str to str
        The values of parameters under which the row exists.
    clause : str
        Clause of the text it rests on.
    words : str
        The words of the text, as quoted.
    """

    number: int
    tier: str
    needs: dict[str, tuple[str, ...]]
    when: dict[str, str]
    clause: str
    words: str


@dataclass(frozen=True)
class Table:
    """The rows over the domains of the facts.

    Attributes
    ----------
    facts : dict of str to tuple of str
        Allowed values of each fact, in the order of the file; the axes of the array of cells.
    order : tuple of str
        Tiers, first served first.
    residual : tuple of str
        The tiers that take what no other takes.
    labels : dict of str to str
        Chinese name of each tier.
    rows : tuple of Row
        Its lines, in the order of the file.
    impossible : tuple of dict of str to tuple of str
        Combinations of facts that cannot occur, each with its values.
    unplaced : dict of str to str
        What the text has, or has not, for a child of a tier (``-`` every other) left without a place.
    """

    facts: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    residual: tuple[str, ...]
    labels: dict[str, str]
    rows: tuple[Row, ...]
    impossible: tuple[dict[str, tuple[str, ...]], ...] = ()
    unplaced: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each fact."""
        return tuple(len(values) for values in self.facts.values())


def text_of(value: Any) -> str:
    """Write a parameter value as on a command line: true, false, 0.5, 2024-06-30, words as they are, a,b for a list.

    Parameters
    ----------
    value : object
        A value as the file has it.

    Returns
    -------
    str
        Its text.
    """
    if isinstance(value, list | tuple):
        return ",".join(text_of(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def active(table: Table, chosen: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows that exist under the chosen parameter values.

    Parameters
    ----------
    table : Table
        The tier table.
    chosen : mapping of str to object
        Value of each parameter.

    Returns
    -------
    tuple of Row
        The rows, in the order of the table.
    """
    said = {name: text_of(value) for name, value in chosen.items()}
    return tuple(row for row in table.rows if all(said[name] in value.split("/") for name, value in row.when.items()))


def cover(table: Table, needs: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Mark the cells in which every named fact has one of its values.

    Parameters
    ----------
    table : Table
        The tier table.
    needs : mapping of str to tuple of str
        The values of each fact that count; a fact that is not named may have any.

    Returns
    -------
    ndarray of bool
        One axis a fact, True in the cells.
    """
    inside = np.ones(shape := table.shape, dtype=bool)
    for axis, (fact, domain) in enumerate(table.facts.items()):
        if fact in needs:
            along = [1] * len(shape)
            along[axis] = len(domain)
            inside &= np.array([value in needs[fact] for value in domain], dtype=bool).reshape(along)
    return inside


def impossible(table: Table) -> np.ndarray:
    """Mark the cells declared impossible.

    Parameters
    ----------
    table : Table
        The tier table.

    Returns
    -------
    ndarray of bool
        One axis a fact, True in those cells.
    """
    marked = np.zeros(table.shape, dtype=bool)
    for needs in table.impossible:
        marked |= cover(table, needs)
    return marked


def compile_rows(table: Table, chosen: Mapping[str, Any]) -> np.ndarray:
    """Compile the table under the chosen parameter values.

    Parameters
    ----------
    table : Table
        The tier table.
    chosen : mapping of str to object
        Value of each parameter.

    Returns
    -------
    ndarray of uint16
        One axis a fact, holding the position in `table.rows` of the row that answers the cell; `IMPOSSIBLE` (65535)
        where the cell was declared impossible or nothing answers.
    """
    answer = np.full(table.shape, IMPOSSIBLE, dtype=np.uint16)
    position = {row.number: place for place, row in enumerate(table.rows)}
    for row in active(table, chosen):
        answer[cover(table, row.needs)] = position[row.number]
    answer[impossible(table)] = IMPOSSIBLE
    return answer
