"""Who is on the list before a round gives seats (入围): the best by a key of its own, as many as the text says.

A round with ``shortlist = { key = ["-points"], keep = 300 }`` looks only at the 300 who stand first by that key among
all it is for (``each = "school"``: so many at each school); seats are then given among them by the round's own key.
``times = 1.2`` keeps so many for each seat. Who stands level with the last on the list is on it too, unless ``ties =
"out"`` leaves all of them off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhaosheng_analysis.schema import Faults, keys, near

EACH = {"all": "全部合在一起", "school": "每校各自"}
TIES = {"in": "末位同序的一并入围", "out": "末位同序而放不下的都不入围"}
_KINDS = {"key": list, "keep": int, "times": (int, float), "each": str, "ties": str}


@dataclass(frozen=True)
class Shortlist:
    """How many a round looks at, and by which order they are chosen.

    Attributes
    ----------
    key : tuple of str
        Digits, the first decides, smaller first; ``-x`` larger first.
    keep : int
        How many are on the list; 0 where `times` says it.
    times : float
        So many for each seat of the round.
    each : {"all", "school"}
        Whether there is one list, or one a school.
    ties : {"in", "out"}
        What becomes of those level with the last.
    """

    key: tuple[str, ...]
    keep: int = 0
    times: float = 0.0
    each: str = "all"
    ties: str = "in"


def read(data: Any, where: str, faults: Faults) -> Shortlist | None:
    """Read the shortlist of a round, the digits of its key unjudged; None where it cannot be one.

    Parameters
    ----------
    data : object
        What stands in the file.
    where : str
        File, round and key, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    Shortlist or None
        The shortlist.
    """
    before = len(faults.found)
    if not isinstance(data, Mapping):
        faults.add(where, f"写成了 {keys.shown(data)}", '{ key = ["-points"], keep = 300 }', "请改正")
        return None
    keys.known_only(set(data), sorted(_KINDS), where=where, faults=faults)
    for name, kind in _KINDS.items():
        value = data.get(name)
        given = list(value) if name == "key" and isinstance(value, tuple) else value
        if name in data and (isinstance(value, bool) or not isinstance(given, kind)):
            said = {"key": "文字的列表", "keep": "整数", "times": "数"}.get(name, "文字，加引号")
            faults.add(f"{where} {name}", f"写成了 {keys.shown(value)}", said, "请改正")
    for name, allowed in (("each", EACH), ("ties", TIES)):
        if name in data and isinstance(data[name], str) and data[name] not in allowed:
            said = "、".join(f"{word}（{label}）" for word, label in allowed.items())
            faults.add(f"{where} {name}", f"写成了「{data[name]}」", f"可用：{said}", near(data[name], allowed))
    if len(faults.found) > before:
        return None
    made = Shortlist(tuple(data.get("key", ())), *(data.get(name, 0) for name in ("keep", "times")))
    if not made.key:
        faults.add(where, "没有写 key", '按什么入围，如 key = ["-points"]', "请补上")
    if (made.keep > 0) == (made.times > 0) or min(made.keep, made.times) < 0:
        faults.add(where, "人数写得不对", "写 keep（人数）或 times（学位数的几倍），只写一个，大于 0", "请改正")
    return Shortlist(made.key, made.keep, made.times, data.get("each", "all"), data.get("ties", "in"))


def made(
    item: Shortlist, place: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], lists: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Tell which pairs of child and school are on the list.

    Parameters
    ----------
    item : Shortlist
        How many, and of what.
    place : ndarray of int, shape (pairs,)
        Place in the order of the list, smaller first; of a child at several schools the best counts.
    pairs : tuple of ndarray of int, shape (pairs,)
        Whose pair it is, and on which list.
    lists : tuple of ndarray, shape (lists,)
        The lists, and how many are on each.

    Returns
    -------
    ndarray of bool, shape (pairs,)
        Whether it is.
    """
    child, of_pair = pairs
    inside = np.zeros(place.size, bool)
    for name, many in zip(*lists, strict=True):
        here = np.flatnonzero(of_pair == name)
        if here.size:
            who, whose = np.unique(child[here], return_inverse=True)
            best = np.full(who.size, place.max())
            np.minimum.at(best, whose, place[here])
            inside[here] = best[whose] <= _line(item, best, many)
    return inside


def sizes(item: Shortlist, lists: np.ndarray, seats: np.ndarray, rounding: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the lists and how many are on each, counted in ten-thousandths so that 1.2 times 45 seats are 54.

    Parameters
    ----------
    item : Shortlist
        How many, and of what.
    lists : ndarray, shape (schools,)
        Which list each school belongs to: its own, or that of all of its stage.
    seats : ndarray of int, shape (schools,)
        Seats of each school that takes part, 0 of any other.
    rounding : {"down", "nearest", "up"}
        How so many for each seat become whole.

    Returns
    -------
    tuple of (ndarray, ndarray of int)
        For `made`.
    """
    names, of_school = np.unique(lists, return_inverse=True)
    whole = np.bincount(of_school, seats, minlength=names.size).astype(int) * round(item.times * 10_000)
    counted = (whole + {"down": 0, "nearest": 5_000, "up": 9_999}[rounding]) // 10_000
    return names, np.full(names.size, item.keep) if item.keep else counted


def _line(item: Shortlist, places: np.ndarray, many: int) -> int:
    """Return the last place on the list; -1 where nobody is on it."""
    ordered = np.sort(places)
    if not many:
        return -1
    if ordered.size <= many:
        return int(ordered[-1])
    line = int(ordered[many - 1])
    level = ordered[many] == line
    return line - 1 if level and item.ties == "out" else line
