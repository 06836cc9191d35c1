"""The course of a street out of what its map layer holds: carriageways, ramps, pieces with gaps, rings.

A map draws a street as it is driven: each direction a line of its own, links at every junction, a new piece at every
corner. A notice means one line. Pieces nearer to each other than the street is wide are one stretch; the course is the
longest way through it, moved to the middle of what runs beside it. Stretches that continue each other are one street
with a gap, which is remembered; stretches that do not are several streets of one name.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from shapely import LineString, MultiLineString, Polygon

WIDTH_M = {"street": 70.0, "motorway": 110.0, "railway": 70.0, "river": 260.0, "wall": 40.0, "bridge": 70.0}
CHORD_M = 500.0
STEP_M = 15.0
TOGETHER = 1.5  # lines within one and a half widths hang together
GRID_M = 0.01
ACROSS_COSTS = 3.0  # stepping to the other carriageway costs more than going on, so that a bend is not cut short
FARTHEST_GAP_M = 3000.0
LEAST_GAP_M = 300.0  # even short pieces this near to each other are one street
STRAIGHT_ON = 35.0  # degrees by which a street may turn in a gap no longer than its pieces
DEAD_STRAIGHT = 8.0  # the same in a longer gap
STUB_SHARE, STUB_M = 0.1, 500.0
RING_SHARE = 1.2  # a hole whose edge is this much longer than the longest way through the street makes it a ring
RING_CLOSED = 0.05
RING_ROUND = 0.03
AS_DRAWN = 0.98
SMOOTH_M = 60.0
AHEAD = 4  # steps before and after that tell where a way runs
PARALLEL = 0.2  # sine of the angle within which a line still runs along the way
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


class _Stretch(NamedTuple):
    """Lines that hang together, the longest way through them, and whether it is exactly as drawn."""

    lines: list[LineString]
    way: LineString
    gaps: list[LineString]
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
    stretches = [_stretch(lines, width_m) for lines in _together(_merged(pieces), width_m)]
    stretches.sort(key=lambda each: (-each.way.length, *each.way.bounds))
    found = [
        _joined([stretches[place] for place, _ in chain], [back for _, back in chain]) for chain in _chains(stretches)
    ]
    found.sort(key=lambda each: (-each.way.length, *each.way.bounds))
    streets, stubs = _without_stubs(found)
    return [_course(street, more, width_m) for street, more in zip(streets, stubs, strict=True)]


def _merged(pieces: list[LineString]) -> list[LineString]:
    """Return flat pieces without repetition, joined where they meet end to end."""
    flat = [shapely.remove_repeated_points(shapely.force_2d(piece)) for piece in pieces]
    flat = [piece for piece in flat if piece.length > 0]
    once = {shapely.normalize(shapely.set_precision(piece, GRID_M)).wkb: piece for piece in flat}
    if len(once) == 1:
        return list(once.values())
    joined = shapely.line_merge(MultiLineString([once[key] for key in sorted(once)]))
    return sorted(shapely.get_parts(joined), key=lambda line: (-line.length, line.wkb))


def _together(lines: list[LineString], width_m: float) -> list[list[LineString]]:
    """Return lines in groups that lie within the width of a street."""
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=TOGETHER * width_m)
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(lines), len(lines)))
    count, label = connected_components(graph, directed=False)
    return [[line for line, mine in zip(lines, label, strict=True) if mine == group] for group in range(count)]


def _stretch(lines: list[LineString], width_m: float) -> _Stretch:
    """Return the longest way through lines that lie together; a line that does not double back stays as drawn."""
    if len(lines) == 1 and lines[0].is_closed and lines[0].is_simple:
        return _Stretch(lines, lines[0], [])
    if len(lines) == 1 and _plain(lines[0]):
        return _Stretch(lines, lines[0], [])
    steps, track, crossing = _longest_way(lines, width_m)
    if len(lines) == 1 and shapely.LineString(track).length > AS_DRAWN * lines[0].length and lines[0].is_simple:
        return _Stretch(lines, lines[0], [])
    gaps = _gaps(track, crossing)
    middle = _centred(track, steps, width_m)
    return _Stretch(lines, _unlooped(LineString(_distinct(middle))), gaps, as_drawn=False)


def _plain(line: LineString) -> bool:
    """Tell whether a line runs on without turning back, so that nothing of it lies beside itself."""
    steps = np.diff(shapely.get_coordinates(line), axis=0)
    chord = steps.sum(axis=0)
    return bool((steps @ chord > 0).all())


def _longest_way(lines: list[LineString], width_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the steps of lines, the longest of shortest ways through them, and which of its own steps leave them."""
    step = min(STEP_M, width_m / 3)
    laid = [shapely.get_coordinates(shapely.segmentize(line, step)) for line in lines]
    points, place = np.unique(np.round(np.vstack(laid), 2), axis=0, return_inverse=True)
    place = place.ravel()
    ends = np.cumsum([len(each) for each in laid])[:-1]
    along = np.column_stack([place[:-1], place[1:]])
    along = np.delete(along, ends - 1, axis=0)
    along = np.unique(np.sort(along[along[:, 0] != along[:, 1]], axis=1), axis=0)
    across = cKDTree(points).query_pairs(TOGETHER * width_m, output_type="ndarray")
    drawn = along @ (len(points), 1)
    across = across[~np.isin(across @ (len(points), 1), drawn)]
    pairs = np.vstack([along, across])
    metres = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    metres[len(along) :] *= ACROSS_COSTS
    graph = coo_array((metres, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))).tocsr()
    first = int(np.argmin(points @ (1.0, 1e-3)))
    start = _farthest(dijkstra(graph, directed=False, indices=first))
    reached, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    way = [_farthest(reached)]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    way = np.array(way[::-1])
    taken = np.sort(np.column_stack([way[:-1], way[1:]]), axis=1)
    return points[along], points[way], ~np.isin(taken @ (len(points), 1), drawn)


def _farthest(reached: np.ndarray) -> int:
    """Return the point that is farthest off among those that can be reached."""
    return int(np.argmax(np.where(np.isfinite(reached), reached, -1)))


def _gaps(track: np.ndarray, crossing: np.ndarray) -> list[LineString]:
    """Return the steps of a way that go on along the street where no line is drawn."""
    found = []
    for place in np.flatnonzero(crossing):
        here, there = track[place], track[place + 1]
        ahead = track[min(place + 5, len(track) - 1)] - track[max(place - 4, 0)]
        if abs((there - here) @ ahead) > 0.7 * np.hypot(*(there - here)) * np.hypot(*ahead):
            found.append(LineString([here, there]))
    return found


def _centred(track: np.ndarray, steps: np.ndarray, width_m: float) -> np.ndarray:
    """Move a way to the middle of what is drawn beside it; then again, for it has left the side it kept to."""
    for _ in range(2):
        normal, shift = _off_middle(track, steps, width_m)
        track = track + shift[:, None] * normal
    normal, shift = _off_middle(track, steps, width_m)
    return track + _smooth(shift, track)[:, None] * normal


def _off_middle(track: np.ndarray, steps: np.ndarray, width_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return at each point of a way the direction across it, and how far off the middle lies (m).

    Only what runs along the way counts: a ramp that bends away and a link across leave it where it is.
    """
    spots, along = steps.mean(axis=1), np.diff(steps, axis=1)[:, 0]
    along /= np.hypot(*along.T)[:, None]
    shift, normal = np.zeros(len(track)), np.zeros_like(track)
    for place, mine in enumerate(cKDTree(spots).query_ball_point(track, width_m)):
        ahead = track[min(place + AHEAD, len(track) - 1)] - track[max(place - AHEAD, 0)]
        length = np.hypot(*ahead)
        if length == 0 or not mine:
            continue
        ahead = ahead / length
        normal[place] = (-ahead[1], ahead[0])
        beside = spots[mine] - track[place]
        level = (np.abs(beside @ ahead) <= STEP_M) & (np.abs(along[mine] @ normal[place]) <= PARALLEL)
        off = beside[level] @ normal[place]
        shift[place] = (off.min() + off.max()) / 2 if len(off) else 0.0
    return normal, shift


def _smooth(shift: np.ndarray, track: np.ndarray) -> np.ndarray:
    """Return a shift that changes slowly along the way."""
    along = np.append(0, np.cumsum(np.hypot(*np.diff(track, axis=0).T)))
    total = np.append(0, np.cumsum(shift))
    low = np.searchsorted(along, along - SMOOTH_M)
    high = np.searchsorted(along, along + SMOOTH_M, side="right")
    return (total[high] - total[low]) / (high - low)


def _unlooped(line: LineString) -> LineString:
    """Cut off the loops of a line that crosses itself."""
    while not line.is_simple:
        crossing = _first_loop(line)
        if crossing is None:
            return line
        start, end = crossing
        points = shapely.get_coordinates(line)
        line = LineString(_distinct(np.vstack([points[: start + 1], points[end + 1 :]])))
    return line


def _first_loop(line: LineString) -> tuple[int, int] | None:
    """Return the first two steps of a line that cross each other."""
    points = shapely.get_coordinates(line)
    steps = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    one, other = shapely.STRtree(steps).query(steps, predicate="intersects")
    apart = other > one + 1
    if not apart.any():
        return None
    place = np.lexsort((-other[apart], one[apart]))[0]
    return int(one[apart][place]), int(other[apart][place])


def _distinct(path: np.ndarray) -> np.ndarray:
    """Leave out points that repeat the one before."""
    return path[np.append(True, np.any(np.diff(path, axis=0) != 0, axis=1))]


class _Link(NamedTuple):
    """Two ends of stretches, (place, at its end), that continue each other, and how far apart they are (m)."""

    gap_m: float
    one: tuple[int, bool]
    other: tuple[int, bool]


def _chains(stretches: list[_Stretch]) -> list[list[tuple[int, bool]]]:
    """Return stretches that continue each other as chains: (place, turned round), in the order of the street."""
    ends: dict[tuple[int, bool], tuple[int, bool]] = {}
    chain = list(range(len(stretches)))
    for link in _links(stretches):
        if link.one in ends or link.other in ends or chain[link.one[0]] == chain[link.other[0]]:
            continue
        ends[link.one], ends[link.other] = link.other, link.one
        old, new = chain[link.other[0]], chain[link.one[0]]
        chain = [new if each == old else each for each in chain]
    found = []
    for group in dict.fromkeys(chain):
        mine = [place for place, each in enumerate(chain) if each == group]
        at = next((place, last) for place in mine for last in (False, True) if (place, last) not in ends)
        walked = [(at[0], at[1])]
        while (following := ends.get((walked[-1][0], not walked[-1][1]))) is not None:
            walked.append(following)
        found.append(walked)
    return found


def _links(stretches: list[_Stretch]) -> list[_Link]:
    """Return which ends may continue each other, the nearest first."""
    found = []
    for one in range(len(stretches)):
        for other in range(one + 1, len(stretches)):
            for at in ((False, False), (False, True), (True, False), (True, True)):
                link = _link(stretches, (one, at[0]), (other, at[1]))
                if link is not None:
                    found.append(link)
    return sorted(found)


def _link(stretches: list[_Stretch], one: tuple[int, bool], other: tuple[int, bool]) -> _Link | None:
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


def _joined(parts: list[_Stretch], turned: list[bool]) -> _Stretch:
    """Return stretches that continue each other as one, the gaps between them bridged straight."""
    if len(parts) == 1:
        return parts[0]
    ways = [shapely.reverse(part.way) if back else part.way for part, back in zip(parts, turned, strict=True)]
    gaps = [gap for part in parts for gap in part.gaps]
    for one, other in itertools.pairwise(ways):
        bridge = LineString([one.coords[-1], other.coords[0]])
        gaps += [bridge] if bridge.length > 0 else []
    path = np.vstack([shapely.get_coordinates(way) for way in ways])
    drawn = all(part.as_drawn for part in parts)
    return _Stretch([line for part in parts for line in part.lines], LineString(_distinct(path)), gaps, drawn)


def _without_stubs(found: list[_Stretch]) -> tuple[list[_Stretch], list[list[LineString]]]:
    """Tell streets from the stubs beside them, which are ramps and links of a junction that hang loose."""
    streets, stubs = [], []
    for each in found:
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


def _course(street: _Stretch, stubs: list[LineString], width_m: float) -> Course:
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


def _inside(street: _Stretch, width_m: float) -> Polygon | None:
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
