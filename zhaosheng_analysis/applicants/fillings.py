"""What a blank among a family's papers may turn out to be, and whose answer hangs on it: no yes or no is made of it.

A blank is a row nobody handed in or a cell nobody filled in. It is filled every way it may be, and beside it the other
blanks of the same family once as they stand and once as good as they may be.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Cells

__all__ = [
    "CELLS",
    "PLACED",
    "Blank",
    "can_tell",
    "columns",
    "found",
    "hanging",
    "unanswered",
]

Answer = Callable[[Cells], np.ndarray]
_EARLY, _LATE = np.datetime64("1990-01-01", "us"), np.datetime64("2200-01-01", "us")
_DATED = ("home_dated_on", "hukou_since_on", "guardian_hukou_since_on")
_PLACES = ("zone", "town", "district", "city")  # where a register that is not there may be, if not outside

#: Kind of an address -> the column that says where it is.
PLACED = {
    "home": "home_at",
    "grandparents": "grand_home_at",
    "temporary": "rent_at",
    "hukou": "hukou_at",
    "guardian_hukou": "guardian_hukou_at",
    "permit": "permit_at",
}
#: Cell of the evidence that may be blank -> what may stand there, what it is taken for while it is blank first.
CELLS: dict[str, tuple[Any, ...]] = {
    "home_accepted": (False, True),
    "home_occupied": (False, True),
    "demolition": (False, True),
    "demolition_papers": (False, True),
    "national_no": (False, True),
    "agreement": (False, True),
    "returner": (False, True),
    "hukou_head": ("", "parent", "grandparent", "collective", "relative"),
    "points_n": (0, 10_000),
    "prev_school_kind": ("", "own", "district", "city_direct", "outside"),
}


@dataclass(frozen=True)
class Blank:
    """One kind of blank.

    Attributes
    ----------
    rule : str
        The test that asks for it (``hukou_known`` …).
    rows : ndarray of bool, shape (children,)
        Whose paper is blank.
    ways : tuple of dict
        Column -> what may stand there; the first as it stands, the second as good as it may be.
    """

    rule: str
    rows: np.ndarray
    ways: tuple[dict[str, Any], ...]


def columns(rule: str) -> tuple[str, ...]:
    """Return the columns of the evidence in which nobody said a word where a paper of a kind is blank.

    Parameters
    ----------
    rule : str
        Test of a blank.

    Returns
    -------
    tuple of str
        Their names.
    """
    return _COLUMNS[rule]


_COLUMNS = {
    "hukou_known": (
        *("hukou_at", "hukou_since_on", "hukou_head", "same_register", "same_dwelling", "with_father", "with_mother"),
        *("partner", "origin"),
    ),
    "guardian_known": ("guardian_hukou_at", "guardian_hukou_since_on", "same_register", "grand_hukou"),
    "second_hand_known": ("home_second_hand",),
    "dates_known": ("hukou_since_on", "guardian_hukou_since_on"),  # of homes: where the paper has a date of its own
    "address_known": tuple(PLACED.values()),
    "answers_known": tuple(CELLS),
}


def unanswered(papers: Cells, name: str) -> np.ndarray:
    """Tell whose cell is blank.

    Parameters
    ----------
    papers : Cells
        One row a child; ``unanswered`` names the blank cells of each.
    name : str
        One of `CELLS`.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether nobody filled it in.
    """
    if "unanswered" not in papers:
        return np.zeros(len(papers), dtype=bool)
    said = papers.coded("unanswered")
    return said.each((name in str(cells).split() for cells in said.words), blank=False)


def can_tell(papers: Cells) -> bool:
    """Tell whether a table says of every paper whether it is there; one written by hand may not.

    Parameters
    ----------
    papers : Cells
        One row a child.

    Returns
    -------
    bool
        Whether `found` can be asked.
    """
    asked = ("hukou_known", "guardian_known", "home_second_hand_known", "home_at", *_DATED)
    return all(name in papers for name in asked)


def found(papers: Cells) -> list[Blank]:
    """List the blanks among the papers of some children.

    Parameters
    ----------
    papers : Cells
        One row a child, columns of ``policy.evidence``.

    Returns
    -------
    list of Blank
        Those that somebody has.
    """
    return [item for item in _kinds(papers) if item.rows.any()]


def _kinds(papers: Cells) -> Iterator[Blank]:
    """Yield every kind of blank."""
    mine = {"hukou_head": "parent", "hukou_since_on": _EARLY, "same_register": True, "same_dwelling": True}
    ways = [{"hukou_at": place, **mine} for place in _PLACES]
    registered, guarded = papers.flag("hukou_known"), papers.flag("guardian_known")
    owned = ~papers.is_one("home_at", "none")
    yield Blank("hukou_known", ~registered, ({}, *ways))
    theirs = {"guardian_hukou_since_on": _EARLY, "same_register": True}
    ways = [{"guardian_hukou_at": place, **theirs} for place in _PLACES]
    yield Blank("guardian_known", ~guarded, ({}, *ways, ways[0] | {"grand_hukou": True}))
    old = ~papers.flag("home_second_hand_known") & owned
    yield Blank("second_hand_known", old, ({"home_second_hand": False}, {"home_second_hand": True}))
    days = {name: papers.days(name) for name in _DATED}
    undated = np.isnat(days["home_dated_on"]) & owned
    undated |= np.isnat(days["hukou_since_on"]) & registered
    undated |= np.isnat(days["guardian_hukou_since_on"]) & guarded
    ways = [{name: np.where(np.isnat(said), day, said) for name, said in days.items()} for day in (_LATE, _EARLY)]
    yield Blank("dates_known", undated, tuple(ways))
    if "lost" in papers:
        lost = papers.coded("lost")
        for kind, column in PLACED.items():
            whom = lost.each((kind in str(said).split() for said in lost.words), blank=False)
            yield Blank("address_known", whom, ({}, *({column: place} for place in _PLACES)))
    if "unanswered" in papers and any(papers.coded("unanswered").words):
        for name, said in CELLS.items():
            yield Blank("answers_known", unanswered(papers, name), tuple({name: one} for one in said))


def hanging(
    papers: Cells,
    asked: Sequence[Blank],
    others: Sequence[Blank],
    answer: Answer,
    differs: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.not_equal,
) -> list[np.ndarray]:
    """Tell whose answer another way to fill a blank would change, whatever their other blanks turn out to be.

    Parameters
    ----------
    papers : Cells
        One row a child.
    asked : sequence of Blank
        From `found`.
    others : sequence of Blank
        The blanks that may count beside each of them.
    answer : callable
        Gives the answers of some rows of the papers.
    differs : callable, optional
        Compares answers with those of the first way; where both are not the same by default.

    Returns
    -------
    list of ndarray of bool, shape (children,)
        One a blank asked about; no where the paper is not blank.
    """
    hangs = [np.zeros(len(papers), dtype=bool) for _ in asked]
    # All at once, whatever else is filled in: a hundred ways cost little more than one.
    parts = [(number, *part) for number, blank in enumerate(asked) for part in _beside(papers, blank, others)]
    if not parts:
        return hangs
    named = dict.fromkeys(name for _, _, part in parts for name in part)
    usual = {name: _usual(papers, name) for name in named}
    columns = {
        name: _kept(np.concatenate([part.get(name, usual[name][rows]) for _, rows, part in parts]), papers, name)
        for name in named
    }
    given = np.asarray(answer(papers.take(np.concatenate([rows for _, rows, _ in parts])).assign(**columns)))
    ends = np.cumsum([rows.size for _, rows, _ in parts])
    for (number, rows, _), said in zip(parts, np.split(given, ends[:-1]), strict=True):
        ways = said.reshape(len(asked[number].ways), -1)
        hangs[number][rows[: ways.shape[1]]] |= differs(ways[1:], ways[0]).any(axis=0)
    return hangs


def _beside(papers: Cells, blank: Blank, others: Sequence[Blank]) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Yield the children with a blank, once a way to fill it, and what is filled in: their other blanks too, or not."""
    kinds: dict[str, list[Blank]] = {}
    for item in others:
        if item is not blank and (item.rows & blank.rows).any():
            kinds.setdefault(item.rule, []).append(item)
    for chosen in itertools.chain.from_iterable(
        itertools.combinations(kinds.values(), number) for number in range(len(kinds) + 1)
    ):
        lacks = [np.logical_or.reduce([item.rows for item in kind]) for kind in chosen]
        rows = np.flatnonzero(np.logical_and.reduce([blank.rows, *lacks]))
        if not rows.size:
            continue
        table: dict[str, np.ndarray] = {}
        for item in itertools.chain.from_iterable(chosen):
            for name in (name for name in item.ways[1] if name in papers):
                usual = table.get(name, _usual(papers, name))
                table[name] = np.where(item.rows, _said(item.ways[1][name], papers, name), usual)
        yield np.tile(rows, len(blank.ways)), _each_way(papers, table, rows, blank.ways)


def _each_way(
    papers: Cells, table: dict[str, np.ndarray], rows: np.ndarray, ways: tuple[dict[str, Any], ...]
) -> dict[str, np.ndarray]:
    """Return the columns of some rows that are filled in, under each way to fill a blank one after another."""
    columns = {}
    for name in dict.fromkeys([*table, *(name for way in ways for name in way if name in papers)]):
        usual = table.get(name, _usual(papers, name))
        said = (_said(way[name], papers, name) if name in way else usual for way in ways)
        columns[name] = np.concatenate([np.broadcast_to(one, usual.shape)[rows] for one in said])
    return columns


def _usual(table: Cells, name: str) -> np.ndarray:
    """Return a column as an array in which anything may be put."""
    if name in _DATED:
        return table.days(name)
    return table.numbers(name) if name == "points_n" else table[name].to_numpy(dtype=object)


def _kept(column: np.ndarray, table: Cells, name: str) -> Any:
    """Return a column as the table has it: where it is an answer, still one."""
    return pd.Categorical(column) if isinstance(table[name].dtype, pd.CategoricalDtype) else column


def _said(value: Any, table: Cells, name: str) -> Any:
    """Return what is filled in; where the answer stands for the paper (yes, no), the answer."""
    if isinstance(value, bool) and isinstance(table[name].dtype, pd.CategoricalDtype):
        return "yes" if value else "no"
    return value
