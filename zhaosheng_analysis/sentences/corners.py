"""The ends of a chain of streets, where the first and the last may run on both ways past the corner they turn at.

「甲路——乙街以南」 turns from one street into the other; where the second crosses the first, nothing says which way it
goes on. The longer arm is taken, and where the other one gives other land a clerk is asked: 「乙街取甲路以东的一段」.
"""

import itertools
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString

from zhaosheng_analysis.sentences.halfplanes import TOWARD, arms_at

LEAST_ARM_M = 150.0  # what runs on past a corner by less is how junctions are drawn
Flags = tuple[bool, bool]  # whether the shorter arm is taken at the first and at the last street


class End(NamedTuple):
    """One end of a chain with two arms.

    Attributes
    ----------
    place : int
        0 for the first street of the chain, 1 for the last.
    street, corner : str
        The street, and the one it meets.
    sides : tuple of str, length 2
        On which side of the corner the longer and the shorter arm lie: east, west, north or south.
    """

    place: int
    street: str
    corner: str
    sides: tuple[str, str]


def open_ends(chain: list[tuple[str, LineString]]) -> list[End]:
    """Return the ends of a chain that run on both ways past their corner.

    Parameters
    ----------
    chain : list of tuple of (str, LineString)
        Name and course (m) of each street, in the order in which they hang together.

    Returns
    -------
    list of End
        At most two.
    """
    if len(chain) < 2:
        return []
    corners = []
    for place, (own, other) in enumerate(((chain[0], chain[1]), (chain[-1], chain[-2]))):
        corner = shapely.get_point(shapely.shortest_line(own[1], other[1]), 0)
        longer, shorter = arms_at(own[1], corner)
        if shorter.length >= LEAST_ARM_M:
            corners.append(End(place, own[0], other[0], (_lies(longer, corner), _lies(shorter, corner))))
    return corners


def flags(ends: list[End], taken: dict[int, bool]) -> list[Flags]:
    """Return the ways a chain can go on at its ends, the longer arms first.

    Parameters
    ----------
    ends : list of End
        Ends with two arms.
    taken : dict of int to bool
        Place of an end -> whether a clerk settled on its shorter arm.

    Returns
    -------
    list of tuple of (bool, bool)
        One for every combination.
    """
    places = {end.place for end in ends}
    ways = [[taken[place]] if place in taken else [False, True] if place in places else [False] for place in (0, 1)]
    return list(itertools.product(*ways))


def _lies(arm: LineString, corner: shapely.Point) -> str:
    """Return on which of the four sides of a corner an arm lies."""
    middle = arm.interpolate(0.5, normalized=True)
    away = np.array([middle.x - corner.x, middle.y - corner.y])
    return max(TOWARD, key=lambda side: float(away @ np.array(TOWARD[side])))
