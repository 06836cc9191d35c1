"""One stretch of a street: lines that lie together, and the longest way through them, in their middle.

Both carriageways, the links between them and the ramps beside them are points of one graph, in which stepping across
is dear; the longest of its shortest ways runs from one end of the stretch to the other.
"""

from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from shapely import LineString, MultiLineString

STEP_M = 15.0
TOGETHER = 1.5  # lines within one and a half widths hang together
GRID_M = 0.01
ACROSS_COSTS = 3.0  # stepping to the other carriageway costs more than going on, so that a bend is not cut short
AS_DRAWN = 0.98
SMOOTH_M = 60.0
AHEAD = 4  # steps before and after that tell where a way runs
PARALLEL = 0.2  # sine of the angle within which a line still runs along the way


class Stretch(NamedTuple):
    """Lines that hang together, the longest way through them, its gaps, and whether it is exactly as drawn.

    Attributes
    ----------
    lines : list of LineString
        The lines (m).
    way : LineString
        The longest way.
    gaps : list of LineString
        Its steps where no line is drawn.
    as_drawn : bool
        Whether the way is a line of the map.
    """

    lines: list[LineString]
    way: LineString
    gaps: list[LineString]
    as_drawn: bool = True


def merged(pieces: list[LineString]) -> list[LineString]:
    """Return flat pieces without repetition, joined where they meet end to end.

    Parameters
    ----------
    pieces : list of LineString
        In any order and direction (m); a piece may be drawn twice.

    Returns
    -------
    list of LineString
        The longest first.
    """
    flat = [shapely.remove_repeated_points(shapely.force_2d(piece)) for piece in pieces]
    flat = [piece for piece in flat if piece.length > 0]
    once = {shapely.normalize(shapely.set_precision(piece, GRID_M)).wkb: piece for piece in flat}
    if len(once) == 1:
        return list(once.values())
    joined = shapely.line_merge(MultiLineString([once[key] for key in sorted(once)]))
    return sorted(shapely.get_parts(joined), key=lambda line: (-line.length, line.wkb))


def together(lines: list[LineString], width_m: float) -> list[list[LineString]]:
    """Return lines in groups that lie within the width of a street.

    Parameters
    ----------
    lines : list of LineString
        The lines (m).
    width_m : float
        Width of the street.

    Returns
    -------
    list of list of LineString
        The groups.
    """
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=TOGETHER * width_m)
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(lines), len(lines)))
    count, label = connected_components(graph, directed=False)
    return [[line for line, mine in zip(lines, label, strict=True) if mine == group] for group in range(count)]


def stretch(lines: list[LineString], width_m: float) -> Stretch:
    """Return the longest way through lines that lie together; a line that does not double back stays as drawn.

    Parameters
    ----------
    lines : list of LineString
        Lines of one street (m).
    width_m : float
        Width of the street.

    Returns
    -------
    Stretch
        The way, in the middle of what runs beside it.
    """
    if len(lines) == 1 and lines[0].is_closed and lines[0].is_simple:
        return Stretch(lines, lines[0], [])
    if len(lines) == 1 and _plain(lines[0]):
        return Stretch(lines, lines[0], [])
    steps, track, crossing = _longest_way(lines, width_m)
    if len(lines) == 1 and shapely.LineString(track).length > AS_DRAWN * lines[0].length and lines[0].is_simple:
        return Stretch(lines, lines[0], [])
    gaps = _gaps(track, crossing)
    middle = _centred(track, steps, width_m)
    return Stretch(lines, unlooped(LineString(distinct(middle))), gaps, as_drawn=False)


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
    gaps = []
    for place in np.flatnonzero(crossing):
        here, there = track[place], track[place + 1]
        ahead = track[min(place + 5, len(track) - 1)] - track[max(place - 4, 0)]
        if abs((there - here) @ ahead) > 0.7 * np.hypot(*(there - here)) * np.hypot(*ahead):
            gaps.append(LineString([here, there]))
    return gaps


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


def unlooped(line: LineString) -> LineString:
    """Cut off the loops of a line that crosses itself.

    Parameters
    ----------
    line : LineString
        The line (m).

    Returns
    -------
    LineString
        The line without them.
    """
    while not line.is_simple:
        crossing = _first_loop(line)
        if crossing is None:
            return line
        start, end = crossing
        points = shapely.get_coordinates(line)
        line = LineString(distinct(np.vstack([points[: start + 1], points[end + 1 :]])))
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


def distinct(path: np.ndarray) -> np.ndarray:
    """Leave out points that repeat the one before.

    Parameters
    ----------
    path : ndarray of float, shape (points, 2)
        The points.

    Returns
    -------
    ndarray of float, shape (fewer, 2)
        The rest.
    """
    return path[np.append(True, np.any(np.diff(path, axis=0) != 0, axis=1))]
