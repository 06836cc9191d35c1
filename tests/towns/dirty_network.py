"""A made-up street network as dirty as real ones, whose honest courses are known.

Every street begins as a gently bent middle line; drawn are both carriageways in pieces, with ramps, roundabouts at its
junctions, short gaps, shaky digitising, hooks, names by stretch (南段, 北段), pieces in any order and twice. Some names
are borne by two streets kilometres apart.
"""

from typing import NamedTuple

import numpy as np
import shapely
import shapely.affinity
import shapely.ops
from shapely import LineString

from tests.towns.carriageways import middle, shuffled, two_ways, with_gaps, with_hook, with_ramps

REACH_M = 9_000.0
SHAKE_M = 1.5


class Street(NamedTuple):
    """One street.

    Attributes
    ----------
    name : str
        As a notice says it.
    course : LineString
        The honest middle line.
    drawn : dict of str to list of LineString
        What the map holds, by the name it gives each stretch.
    twins : int
        How many streets bear the name.
    """

    name: str
    course: LineString
    drawn: dict[str, list[LineString]]
    twins: int = 1


def network(number: int, rng: np.random.Generator) -> list[Street]:
    """Draw so many streets; every tenth name is borne by another street elsewhere too."""
    return [_street(place, rng) for place in range(number)]


def _street(place: int, rng: np.random.Generator) -> Street:
    """Draw one street with some of the faults maps have."""
    upright = place % 2 == 0
    name = (
        f"{'甲乙丙丁戊己庚辛壬癸'[place % 10]}{'子丑寅卯辰巳午未申酉戌亥'[place // 10 % 12]}{'路' if upright else '街'}"
    )
    course = _course(rng, upright=upright)
    pieces = _drawn(course, rng)
    if place % 10 == 9:
        other = shapely.affinity.translate(course, *((6_500.0, 300.0) if upright else (300.0, 6_500.0)))
        return Street(name, course, {name: [*pieces, *_drawn(other, rng)]}, twins=2)
    if place % 5 == 2:
        half = course.length / 2
        low, high = shapely.ops.substring(course, 0, half), shapely.ops.substring(course, half, course.length)
        words = ("南段", "北段") if upright else ("西段", "东段")
        return Street(name, course, {name + words[0]: _drawn(low, rng), name + words[1]: _drawn(high, rng)})
    return Street(name, course, {name: pieces})


def _course(rng: np.random.Generator, *, upright: bool) -> LineString:
    """Return a middle line of 1 to 7 km that bends a little."""
    length, start = rng.uniform(1_000, 7_000), rng.uniform(-REACH_M / 2, 0)
    along = np.linspace(start, start + length, 12)
    off = rng.uniform(-REACH_M / 3, REACH_M / 3) + rng.uniform(20, 120) * np.sin(along / rng.uniform(900, 2_500))
    return middle(*zip(off, along, strict=True)) if upright else middle(*zip(along, off, strict=True))


def _drawn(course: LineString, rng: np.random.Generator) -> list[LineString]:
    """Return what a map holds of a course."""
    apart = rng.uniform(8, 40)
    both = rng.random() < 0.8 and all(
        course.offset_curve(off).geom_type == "LineString" for off in (apart / 2, -apart / 2)
    )
    pieces = two_ways(course, apart=apart, every=rng.uniform(150, 500)) if both else [course]
    if rng.random() < 0.5:
        pieces = with_ramps(pieces, course, count=int(rng.integers(1, 4)))
    if rng.random() < 0.4:
        at = rng.uniform(0.2, 0.7) * course.length
        pieces = with_gaps(pieces, course, (at, at + rng.uniform(20, 180)))
    if rng.random() < 0.4:
        pieces = [*pieces, course.interpolate(rng.uniform(0.2, 0.8), normalized=True).buffer(30).exterior]
    if rng.random() < 0.3:
        pieces = with_hook(pieces, course)
    return shuffled([_shaken(piece, rng) for piece in pieces], int(rng.integers(1 << 30)))


def _shaken(piece: LineString, rng: np.random.Generator) -> LineString:
    """Digitise a piece by a hand that is not quite sure; its ends stay where the next piece begins."""
    points = shapely.get_coordinates(shapely.segmentize(piece, 80))
    points[1:-1] += rng.normal(0, SHAKE_M, points[1:-1].shape)
    return LineString(points)
