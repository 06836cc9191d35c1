"""Runs of door numbers that say some units more shortly than their names: 「青云路1-49号（单号）」.

A run is taken only where the table `doors` (门牌号段) puts nobody else's doors among these numbers.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from zhaosheng_analysis.sentences.doors import HOUSE, Doors, held
from zhaosheng_analysis.sentences.grammar import Part, Place
from zhaosheng_analysis.sentences.parsing import parse
from zhaosheng_analysis.sentences.printing import PARITIES

LEAST_UNITS = 2  # one unit is known by its name
Table = Mapping[tuple[str, str], list[Doors]]


class Run(NamedTuple):
    """Door numbers and the units they are.

    Attributes
    ----------
    words : str
        As a sentence says them.
    unit_ids : frozenset of str
        The units, each with all its doors on this street.
    """

    words: str
    unit_ids: frozenset[str]


def chosen(wanted: Mapping[str, str], table: Table) -> list[Run]:
    """Choose runs that are shorter than the names of the units they are, the one that spares most first.

    Parameters
    ----------
    wanted : mapping of str to str
        Unit -> its name as a sentence would say it.
    table : mapping of (str, str) to list of Doors
        From `doors.listed`.

    Returns
    -------
    list of Run
        No unit is in two of them.
    """
    left, runs = dict(wanted), []
    offered = sorted(
        {run for street, unit in table if unit == HOUSE for run in _runs(street, table[street, unit], wanted, table)}
    )
    while offered:
        spared = [len("、".join(left[unit] for unit in sorted(run.unit_ids))) - len(run.words) for run in offered]
        most = max(spared)
        if most <= 0:
            break
        run = offered[spared.index(most)]
        runs.append(run)
        left = {unit: name for unit, name in left.items() if unit not in run.unit_ids}
        offered = [each for each in offered if not each.unit_ids & run.unit_ids]
    return runs


def _runs(street: str, doors: list[Doors], wanted: Mapping[str, str], table: Table) -> Iterator[Run]:
    """Return the runs of one street that are wanted units alone, and say so to a reader."""
    for parity in ("", "odd", "even"):
        mine = sorted(door for door in doors if parity in ("", door.parity) or door.parity == "all")
        for ours, group in itertools.groupby(mine, key=lambda door: door.unit_id in wanted):
            run = list(group)
            part = Part(Place(street), HOUSE, ((run[0].low, max(door.high for door in run)),), parity=parity)
            found = held(part, table) if ours and len({door.unit_id for door in run}) >= LEAST_UNITS else None
            if found is None or found.partly or not set(found.whole) <= set(wanted):
                continue
            words = _words(part)
            read = parse(words)
            if read.tree == part and not read.doubts:
                yield Run(words, frozenset(found.whole))


def _words(part: Part) -> str:
    """Return 「青云路1-49号（单号）」."""
    first, last = part.only[0]
    return f"{part.place.name}{first}-{last}号" + (f"（{PARITIES[part.parity]}号）" if part.parity else "")
