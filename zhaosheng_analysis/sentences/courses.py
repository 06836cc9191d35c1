"""The course of a street out of what its map layer holds: carriageways, ramps, pieces with gaps, rings.

A map draws a street as it is driven: each direction a line of its own, links at every junction, a new piece at every
corner. A notice means one line. Pieces nearer to each other than the street is wide are one stretch (`stretches`);
stretches that continue each other are one street with a gap, which is remembered; stretches that do not are several
streets of one name.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, Polygon

from zhaosheng_analysis.sentences.stretches import Stretch, distinct, merged, stretch, together, unlooped

WIDTH_M = {"street": 70.0, "motorway": 110.0, "railway": 70.0, "river": 260.0, "wall": 40.0, "bridge": 70.0}
CHORD_M = 500.0
FARTHEST_GAP_M = 3000.0
OVERLAP_M = 100.0  # stretches of one street that reach this far past each other are shortened to meet
LEAST_GAP_M = 300.0  # even short pieces this near to each other are one street
STRAIGHT_ON = 35.0  # degrees by which a street may turn in a gap no longer than its pieces
DEAD_STRAIGHT = 8.0  # the same in a longer gap
STUB_SHARE, STUB_M = 0.1, 500.0
RING_SHARE = 1.2  # a hole whose edge is this much longer than the longest way through the street makes it a ring
RING_CLOSED = 0.05
RING_ROUND = 0.03
HAIR = 1e-9


@dataclass(frozen=True)
class Course:
    """One street as a line.

    Attributes
    ----------
    line : LineString
        From end to end (m); of a ring, once round.
    drawn_m : float
        Length of the line that is drawn on the map.
    gaps : tuple of LineString
        Stretches of it that are not drawn and were bridged straight.
    aside_m : float
        Length of lines of the same name that run elsewhere: ramps, loops of a junction, side lanes.
    inside : Polygon or None
        What a ring encloses.
    as_drawn : bool
        Whether the line is the one the map holds, rather than the middle of several.
    """

    line: LineString
    drawn_m: float
    gaps: tuple[LineString, ...] = ()
    aside_m: float = 0.0
    inside: Polygon | None = None
    as_drawn: bool = True


def courses(pieces: list[LineString], *, width_m: float = WIDTH_M["street"]) -> list[Course]:
    """Return the streets that some pieces of one name make, the longest first.

    Parameters
    ----------
    pieces : list of LineString
        In any order and direction (m); a piece may be drawn twice.
    width_m : float, default 70
        Lines nearer to each other than this are one street.

    Returns
    -------
    list of Course
        One where all of them continue each other.

    Examples
    --------
    >>> import shapely
    >>> from zhaosheng_analysis.sentences.courses import courses
    >>> there, back = shapely.LineString([(0, 0), (900, 0)]), shapely.LineString([(900, 20), (0, 20)])
    >>> [round(y, 1) for _, y in courses([there, back])[0].line.coords][:2]
    [10.0, 10.0]
    """
    stretches = [stretch(lines, width_m) for lines in together(merged(pieces), width_m)]
    stretches.sort(key=lambda each: (-each.way.length, *each.way.bounds))
    parts = [
        _joined([stretches[place] for place, _ in chain], [back for _, back in chain]) for chain in _chains(stretches)
    ]
    parts.sort(key=lambda each: (-each.way.length, *each.way.bounds))
    streets, stubs = _without_stubs(parts)
    return [_course(street, more, width_m) for street, more in zip(streets, stubs, strict=True)]


class _Link(NamedTuple):
    """Two ends of stretches, (place, at its end), that continue each other, and how far apart they are (m)."""

    gap_m: float
    one: tuple[int, bool]
    other: tuple[int, bool]


def _chains(stretches: list[Stretch]) -> list[list[tuple[int, bool]]]:
    """Return stretches that continue each other as chains: (place, turned round), in the order of the street."""
    ends: dict[tuple[int, bool], tuple[int, bool]] = {}
    chain = list(range(len(stretches)))
    for link in _links(stretches):
        if link.one in ends or link.other in ends or chain[link.one[0]] == chain[link.other[0]]:
            continue
        ends[link.one], ends[link.other] = link.other, link.one
        old, new = chain[link.other[0]], chain[link.one[0]]
        chain = [new if each == old else each for each in chain]
    chains = []
    for group in dict.fromkeys(chain):
        mine = [place for place, each in enumerate(chain) if each == group]
        at = next((place, last) for place in mine for last in (False, True) if (place, last) not in ends)
        walked = [(at[0], at[1])]
        while (following := ends.get((walked[-1][0], not walked[-1][1]))) is not None:
            walked.append(following)
        chains.append(walked)
    return chains


def _links(stretches: list[Stretch]) -> list[_Link]:
    """Return which ends may continue each other, the nearest first."""
    links = []
    for one in range(len(stretches)):
        for other in range(one + 1, len(stretches)):
            for at in ((False, False), (False, True), (True, False), (True, True)):
                link = _link(stretches, (one, at[0]), (other, at[1]))
                if link is not None:
                    links.append(link)
    return sorted(links)


def _link(stretches: list[Stretch], one: tuple[int, bool], other: tuple[int, bool]) -> _Link | None:
    """Return how two ends continue each other, or None: near, or straight on; a long gap only dead straight."""
    lines = [stretches[each[0]].way for each in (one, other)]
    if lines[0].is_closed or lines[1].is_closed:
        return None
    spots = [
        shapely.get_coordinates(line)[-1 if each[1] else 0] for line, each in zip(lines, (one, other), strict=True)
    ]
    across = spots[1] - spots[0]
    gap = float(np.hypot(*across))
    if gap > FARTHEST_GAP_M:
        return None
    if gap > LEAST_GAP_M:
        headings = [heading(line, at_end=each[1]) for line, each in zip(lines, (one, other), strict=True)]
        longest = sum(line.length for line in lines)
        least = np.cos(np.radians(STRAIGHT_ON if gap <= longest else DEAD_STRAIGHT)) * gap
        if headings[0] @ across < least or headings[1] @ -across < least:
            return None
    return _Link(gap, one, other)


def heading(line: LineString, *, at_end: bool, chord_m: float = CHORD_M) -> np.ndarray:
    """Return the direction in which a line leaves its end, taken over a long chord.

    It is the main axis of the last stretch: a hook of a few metres at the very end turns it by next to nothing.

    Parameters
    ----------
    line : LineString
        The line.
    at_end : bool
        Whether the last end is meant rather than the first.
    chord_m : float, default 500
        Length of the stretch (m); the whole line where it is shorter.

    Returns
    -------
    ndarray of float, shape (2,)
        Unit vector, outward.
    """
    if not at_end:
        line = shapely.reverse(line)
    reach = min(chord_m, line.length)
    along = line.length - np.linspace(reach, 0, 101)
    spots = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    chord = spots[-1] - spots[0]
    spread = spots - spots.mean(axis=0)
    off = np.abs(spread @ (-chord[1], chord[0]))
    axis = chord
    if not chord.any():  # the stretch closes
        axis = np.diff(shapely.get_coordinates(line)[-2:], axis=0)[0]
    elif off.max() > HAIR * (chord @ chord):  # a straight end goes on exactly as it is drawn
        axis = np.linalg.svd(spread, full_matrices=False)[2][0]
    axis = axis if axis @ chord >= 0 else -axis
    return axis / np.hypot(*axis)


def _joined(parts: list[Stretch], turned: list[bool]) -> Stretch:
    """Return stretches that continue each other as one, the gaps between them bridged straight."""
    if len(parts) == 1:
        return parts[0]
    ways = [shapely.reverse(part.way) if back else part.way for part, back in zip(parts, turned, strict=True)]
    gaps = [gap for part in parts for gap in part.gaps]
    for one, other in itertools.pairwise(ways):
        bridge = LineString([one.coords[-1], other.coords[0]])
        gaps += [bridge] if bridge.length > 0 else []
    path = LineString(distinct(np.vstack([shapely.get_coordinates(way) for way in ways])))
    straight = path if path.is_simple else unlooped(path)  # two stretches may reach a few metres past each other
    path = straight if path.length - straight.length <= OVERLAP_M else path
    drawn = all(part.as_drawn for part in parts)
    return Stretch([line for part in parts for line in part.lines], path, gaps, drawn)


def _without_stubs(stretches: list[Stretch]) -> tuple[list[Stretch], list[list[LineString]]]:
    """Tell streets from the stubs beside them, which are ramps and links of a junction that hang loose."""
    streets, stubs = [], []
    for each in stretches:
        long_ones = enumerate(streets)
        host = next((place for place, street in long_ones if _stub_of(each.way, street.way)), None)
        if host is None:
            streets.append(each)
            stubs.append([])
        else:
            stubs[host] += each.lines
    return streets, stubs


def _stub_of(way: LineString, street: LineString) -> bool:
    """Tell whether a way is a stub beside a street."""
    return way.length < STUB_SHARE * street.length and way.distance(street) < STUB_M


def _course(street: Stretch, stubs: list[LineString], width_m: float) -> Course:
    """Return a stretch as a course, told to be a ring where it closes."""
    line, gaps = street.way, list(street.gaps)
    inside = _inside(street, width_m)
    if inside is not None:
        closing = LineString([line.coords[-1], line.coords[0]])
        gaps += [closing] if not line.is_closed and _nearly_closed(line) else []
        line = LineString(inside.exterior.coords)
    band = line.buffer(width_m)
    aside = sum(each.difference(band).length for each in [*street.lines, *stubs])
    drawn_m = line.length - sum(gap.length for gap in gaps)
    return Course(line, drawn_m, tuple(gaps), aside, inside, street.as_drawn and not stubs)


def _inside(street: Stretch, width_m: float) -> Polygon | None:
    """Return what a ring encloses, or None where the street is none."""
    way = street.way
    if way.is_closed:
        return Polygon(way)
    if _nearly_closed(way):
        return Polygon(way).buffer(0)
    if len(street.lines) == 1 and street.lines[0] is way:
        return None
    paved = shapely.union_all(shapely.buffer(street.lines, width_m / 2))
    outlines = [part for part in shapely.get_parts(paved) if part.interiors]
    holes = [(Polygon(ring), Polygon(part.exterior)) for part in outlines for ring in part.interiors]
    if not holes:
        return None
    hole, outline = max(holes, key=lambda pair: pair[0].area)
    wide = 2 * hole.area / hole.length > width_m
    if not wide or hole.length < RING_SHARE * way.length:
        return None
    inner, outer = hole.buffer(width_m / 2, join_style="mitre"), outline.buffer(-width_m / 2, join_style="mitre")
    between = max(0.0, (outer.area - inner.area) / inner.length / 2) if outer.contains(inner.buffer(-1)) else 0.0
    ring = inner.buffer(min(between, width_m / 2), join_style="mitre")
    return Polygon(ring.exterior) if ring.geom_type == "Polygon" else None


def _nearly_closed(way: LineString) -> bool:
    """Tell whether the ends of a way nearly meet round an open middle."""
    apart = shapely.distance(shapely.get_point(way, 0), shapely.get_point(way, -1))
    if apart > RING_CLOSED * way.length:
        return False
    shape = Polygon(way)
    return bool(shape.is_valid and shape.area > RING_ROUND * way.length**2)
