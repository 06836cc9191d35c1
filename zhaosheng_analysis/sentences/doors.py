"""Numbers that say part of a place, found on the map: units named by number, and the table of door numbers.

「柳溪一至六村」 are six units of the layer; 「青云路1-99号单号」 are the units whose doors on that street the table
`doors` (门牌号段) puts among these numbers. A unit that has only some of its doors among them is a question, never half
a unit.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.grammar import Part

HOUSE = "号"
MOST_NAMED = 60  # numbers of a range that are looked up as names
DIGITS = "零一二三四五六七八九"
SAME = {
    "鄰": "邻",
    "栋": "幢",
    "号楼": "幢",
    "#": "幢",
    "村民小组": "组",
    "居民小组": "组",
    "村民组": "组",
    "居民组": "组",
}


class Doors(NamedTuple):
    """A run of numbers that lies in one unit.

    Attributes
    ----------
    low, high : int
        The first and the last number.
    parity : {"all", "odd", "even"}
        Which of them.
    unit_id : str
        The unit.
    """

    low: int
    high: int
    parity: str
    unit_id: str


class Held(NamedTuple):
    """What of the table a part of a place holds: ids of units, sorted.

    Attributes
    ----------
    whole : tuple of str
        Units all of whose numbers there are among those that are asked for.
    partly : tuple of str
        Units some of whose are.
    """

    whole: tuple[str, ...]
    partly: tuple[str, ...]


def listed(table: pd.DataFrame | None) -> dict[tuple[str, str], list[Doors]]:
    """Return the runs of numbers by place and by what is counted.

    Parameters
    ----------
    table : DataFrame, optional
        unit_id, street, low_n, high_n, parity; counted where it counts anything but doors.

    Returns
    -------
    dict of (str, str) to list of Doors
        Keys in simplified script.
    """
    found: dict[tuple[str, str], list[Doors]] = {}
    if table is None:
        return found
    counted = table["counted"].fillna(HOUSE) if "counted" in table else itertools.repeat(HOUSE)
    parities = table["parity"].fillna("all") if "parity" in table else itertools.repeat("all")
    columns = (table["street"], counted, table["low_n"], table["high_n"], parities, table["unit_id"])
    for street, unit, low, high, parity, unit_id in zip(*columns, strict=False):
        key = plain(str(street)), kind(str(unit))
        found.setdefault(key, []).append(Doors(int(low), int(high), str(parity), str(unit_id)))
    return found


def kind(unit: str) -> str:
    """Return what is counted by one word: 栋, 号楼 and # are 幢.

    Parameters
    ----------
    unit : str
        The word of the text.

    Returns
    -------
    str
        In simplified script.
    """
    word = plain(unit)
    return SAME.get(word, word)


def held(part: Part, table: Mapping[tuple[str, str], list[Doors]]) -> Held | None:
    """Return the units a part of a place holds by the table of numbers.

    Parameters
    ----------
    part : Part
        The part.
    table : mapping of (str, str) to list of Doors
        From `listed`.

    Returns
    -------
    Held or None
        None where the table has nothing of the place.
    """
    rows = _rows(part, table)
    if rows is None:
        return None
    inside: dict[str, list[bool]] = {}
    some: dict[str, list[bool]] = {}
    for doors, wanted in rows:
        numbers = _numbers(doors)
        among = [wanted is None or _wanted(number, wanted) for number in numbers]
        inside.setdefault(doors.unit_id, []).append(all(among))
        some.setdefault(doors.unit_id, []).append(any(among))
    whole = sorted(unit for unit, every in inside.items() if all(every))
    partly = sorted(unit for unit, each in some.items() if any(each) and unit not in whole)
    return Held(tuple(whole), tuple(partly))


def _rows(part: Part, table: Mapping[tuple[str, str], list[Doors]]) -> list[tuple[Doors, Part | None]] | None:
    """Return the runs of a place, each with what is asked of it; of a lane that is a place of its own, all of it."""
    place, unit = plain(part.place.within + part.place.name), kind(part.unit)
    names = dict.fromkeys((place, plain(part.place.name), *map(plain, part.place.aliases)))
    for name in names:
        if (name, unit) in table:
            return [(doors, part) for doors in table[name, unit]]
    lanes = [
        (doors, None)
        for name in names
        for number in _asked(part)
        for doors in table.get((f"{name}{number}{plain(part.unit)}", HOUSE), ())
    ]
    return lanes or None


def _numbers(doors: Doors) -> range:
    """Return the numbers of a run."""
    if doors.parity == "all":
        return range(doors.low, doors.high + 1)
    first = doors.low if doors.low % 2 == (doors.parity == "odd") else doors.low + 1
    return range(first, doors.high + 1, 2)


def _wanted(number: int, part: Part) -> bool:
    """Tell whether a number is asked for."""
    if part.parity and number % 2 != (part.parity == "odd"):
        return False
    if part.excepted:
        return not _among(number, part.excepted)
    return not part.only or _among(number, part.only)


def _among(number: int, ranges: Iterable[tuple[int, int | None]]) -> bool:
    return any(first <= number and (last is None or number <= last) for first, last in ranges)


def _asked(part: Part) -> list[int]:
    """Return the single numbers that are asked for; none where they are without end or too many to be names."""
    if not part.only or any(last is None for _, last in part.only):
        return []
    numbers = [number for first, last in part.only for number in range(first, last + 1) if _wanted(number, part)]
    return numbers if len(numbers) <= MOST_NAMED else []


def names(part: Part) -> list[tuple[str, ...]]:
    """Return how each number of a part may be named on the map: 「柳溪3–4村」 are 柳溪三村 or 柳溪3村, and so on.

    Parameters
    ----------
    part : Part
        The part.

    Returns
    -------
    list of tuple of str
        For each number the names it may have; none where it cannot be said number by number.
    """
    place, unit = part.place.within + part.place.name, part.unit
    stems = [place, *([place.removesuffix(unit[-1])] if len(place) > 2 and place.endswith(unit[-1]) else [])]
    bare = part.place.name
    stems += [bare, *([bare.removesuffix(unit[-1])] if len(bare) > 2 and bare.endswith(unit[-1]) else [])]
    return [
        tuple(dict.fromkeys(f"{stem}{word}{unit}" for stem in stems for word in (chinese(number), str(number))))
        for number in _asked(part)
    ]


def chinese(number: int) -> str:
    """Return a number below a hundred in Chinese numerals, a greater one in Arabic.

    Parameters
    ----------
    number : int
        From 1.

    Returns
    -------
    str
        The numeral.
    """
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else DIGITS[tens] + "十"
    return head + (DIGITS[ones] if ones else "")
