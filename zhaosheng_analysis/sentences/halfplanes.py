"""The side of a street: extend it past the edge of the land, cut, and choose the part the words mean.

「滨河路以东」 says nothing about where the street ends. The street is extended straight on from both ends, in the
direction of a long chord, until it leaves the frame; it must then cut the frame in exactly two, and its own course must
say which part is the east one. Where it does not, a planner gets an error that names the street, not a guess; what was
added to the street is handed back with the land, for it may have to be said.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon, box, contains_xy, get_coordinates, union_all
from shapely.geometry.base import BaseGeometry
from shapely.ops import split, substring

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences.courses import CHORD_M, heading
from zhaosheng_analysis.sentences.grammar import OPPOSITE
from zhaosheng_analysis.sentences.printing import WORDS
from zhaosheng_analysis.sentences.stretches import distinct

SLANT = 0.5**0.5
TOWARD = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}
SLANTING = {
    "northeast": (SLANT, SLANT),
    "northwest": (-SLANT, SLANT),
    "southeast": (SLANT, -SLANT),
    "southwest": (-SLANT, -SLANT),
}
EVERY_WAY = TOWARD | SLANTING
# A street says which side is east only if, weighed by length, it runs more north–south than this share (cos 45° = .71).
LEAST_COURSE = 0.5
STEEP, LEAST_STEEP = 0.7, 0.25  # or if a stretch of it as long as this share runs plainly north–south, as of an L
ONE_SIDE = 0.8
SLIVER_SHARE = 1e-9
CHORDS = (CHORD_M, 2 * CHORD_M, 4 * CHORD_M, float("inf"))
MOST_TRIED = 5  # names of a chain whose order is still tried out


@dataclass(frozen=True)
class Cut:
    """Land cut off by a line, and what had to be added to the line to cut it.

    Attributes
    ----------
    land : BaseGeometry
        The side that is meant (m).
    extensions : tuple of LineString
        From each end of the line straight on to the edge of the land; left out where the line reaches it.
    """

    land: BaseGeometry
    extensions: tuple[LineString, ...]


def chained(
    lines: list[LineString], shorter: tuple[bool, bool] = (False, False)
) -> tuple[LineString, list[LineString]]:
    """Return streets end to end as one line, and what had to be bridged; what runs on past a corner is cut off.

    Parameters
    ----------
    lines : list of LineString
        In the order of the street (m); each may be drawn in either direction.
    shorter : tuple of (bool, bool), default (False, False)
        Whether the first and the last street go on from their corner along the shorter of their two arms.

    Returns
    -------
    tuple of (LineString, list of LineString)
        The line, and its straight bridges.
    """
    if len(lines) == 1:
        return lines[0], []
    bridges = [shapely.shortest_line(one, other) for one, other in itertools.pairwise(lines)]
    path: list[np.ndarray] = []
    for place, line in enumerate(lines):
        before = shapely.get_point(bridges[place - 1], -1) if place else None
        after = shapely.get_point(bridges[place], 0) if place < len(bridges) else None
        path.append(
            get_coordinates(_between(line, before, after, shorter=shorter[0] if before is None else shorter[1]))
        )
    return LineString(distinct(np.vstack(path))), [bridge for bridge in bridges if bridge.length > 0]


def _between(
    line: LineString, before: shapely.Point | None, after: shapely.Point | None, *, shorter: bool
) -> LineString:
    """Return the part of a line from where the one before meets it to where the next one does."""
    if before is not None and after is not None:
        start, end = line.project(before), line.project(after)
        part = substring(line, min(start, end), max(start, end))
        return shapely.reverse(part) if start > end else part
    arm = arms_at(line, before if after is None else after)[shorter]
    return arm if after is None else shapely.reverse(arm)


def arms_at(line: LineString, corner: shapely.Point) -> tuple[LineString, LineString]:
    """Return what of a line runs on to either side of a corner, outward from it, the longer one first.

    Parameters
    ----------
    line : LineString
        The line (m).
    corner : Point
        A point on it or near it.

    Returns
    -------
    tuple of (LineString, LineString)
        The longer and the shorter arm; the shorter one is of no length where the line ends at the corner.
    """
    along = line.project(corner)
    ahead = substring(line, along, line.length)
    back = shapely.reverse(substring(line, 0, along)) if along > 0 else LineString([line.coords[0]] * 2)
    ahead = ahead if ahead.geom_type == "LineString" else LineString([line.coords[-1]] * 2)
    return (ahead, back) if ahead.length >= back.length else (back, ahead)


def in_order(lines: list[LineString], *, reach_m: float) -> list[int]:
    """Return the order in which streets hang together: as written, or, where that leaves gaps, the one that has least.

    Parameters
    ----------
    lines : list of LineString
        The streets (m).
    reach_m : float
        How far apart two streets may end and still count as meeting (m).

    Returns
    -------
    list of int
        Positions.
    """

    def widest(order: tuple[int, ...]) -> float:
        return max((lines[a].distance(lines[b]) for a, b in itertools.pairwise(order)), default=0.0)

    written = tuple(range(len(lines)))
    if len(lines) < 3 or len(lines) > MOST_TRIED or widest(written) <= reach_m:
        return list(written)
    best = min(itertools.permutations(written), key=lambda order: (widest(order) > reach_m, order))
    return list(best)


def extended(line: LineString, frame: Polygon, *, chord_m: float = CHORD_M) -> LineString:
    """Extend a line straight on from both ends until it has left the frame.

    Parameters
    ----------
    line : LineString
        A line of two points or more.
    frame : Polygon
        What it has to leave.
    chord_m : float, default 500
        Length of the chord at each end that gives the direction (m).

    Returns
    -------
    LineString
        The longer line.

    Examples
    --------
    >>> import shapely
    >>> import zhaosheng_analysis as zs
    >>> longer = zs.sentences.extended(shapely.LineString([(1, 1), (2, 1)]), shapely.box(0, 0, 3, 3))
    >>> longer.crosses(shapely.box(0, 0, 3, 3))
    True
    """
    points = get_coordinates(line)
    left, below, right, above = frame.union(line).bounds
    reach = 2 * np.hypot(right - left, above - below)
    first = points[0] + reach * heading(line, at_end=False, chord_m=chord_m)
    last = points[-1] + reach * heading(line, at_end=True, chord_m=chord_m)
    return LineString([first, *points, last])


def cut(line: LineString, side: str, land: BaseGeometry, *, name: str) -> Cut:
    """Return the part of the land on one side of a street.

    Parameters
    ----------
    line : LineString
        The street's course (m).
    side : str
        east, west, north, south or what lies between.
    land : BaseGeometry
        What is divided, such as the district; it need not be convex.
    name : str
        The street's name, for the error.

    Returns
    -------
    Cut
        The land, and what was added to the street.

    Raises
    ------
    DataError
        The extended street does not cut the land's surroundings in exactly two, or its course does not say which part
        the side is.
    """
    longer, parts = _parted(line, land)
    where = f"「{name}以{WORDS[side]}」"
    if len(parts) != 2:
        raise DataError(
            Fault(
                where,
                f"{name}弯得厉害，向两端照直延长后又碰到自己，把辖区分成了 {len(parts)} 块",
                "应当恰好分成 2 块",
                "请写明以其中哪一段为界，或检查街道图层中这条路的线形（是否自相交、回绕或缺段）",
            )
        )
    chosen = _meant(line, parts, side, where, name)
    return Cut(surface(parts[chosen].intersection(land)), tuple(_ends(longer, land)))


def parted(line: LineString, land: BaseGeometry) -> tuple[list[Polygon], list[LineString]]:
    """Return the two parts a street divides the surroundings of some land into, and what was added to the street.

    Parameters
    ----------
    line : LineString
        The street's course (m).
    land : BaseGeometry
        What is divided.

    Returns
    -------
    tuple of (list of Polygon, list of LineString)
        Two parts, or none where the street does not divide in two; the extensions within the land.
    """
    longer, parts = _parted(line, land)
    return (parts, _ends(longer, land)) if len(parts) == 2 else ([], [])


def _ends(longer: LineString, land: BaseGeometry) -> list[LineString]:
    """Return the extensions of an extended line, outward, as far as they lie in the land."""
    points = get_coordinates(longer)
    ends = [LineString(points[1::-1]), LineString(points[-2:])]
    return [part for end in ends for part in shapely.get_parts(end.intersection(land)) if part.length > 0]


def _parted(line: LineString, land: BaseGeometry) -> tuple[LineString, list[Polygon]]:
    """Extend a line and cut the frame; over a longer chord where the extensions would meet each other or the line."""
    margin = 1.0 + 0.05 * max(land.bounds[2] - land.bounds[0], land.bounds[3] - land.bounds[1])
    frame = box(*land.union(line).buffer(margin).bounds)
    for chord in CHORDS:
        longer = extended(line, frame, chord_m=chord)
        parts = [part for part in split(frame, longer).geoms if part.area > SLIVER_SHARE * frame.area]
        if len(parts) == 2 or chord > line.length:
            break
    return longer, parts


def _meant(line: LineString, parts: list[Polygon], side: str, where: str, name: str) -> int:
    """Return which of two parts is the side, as the line's own course tells."""
    steps = np.diff(get_coordinates(line), axis=0)
    toward = np.array(EVERY_WAY[side])
    lengths = np.hypot(*steps.T)
    across = np.abs(steps[:, 0] * toward[1] - steps[:, 1] * toward[0])
    steep = across >= STEEP * lengths
    mostly = across * steep if across[steep].sum() >= LEAST_STEEP * lengths.sum() else across
    if across.sum() < LEAST_COURSE * lengths.sum() and across[steep].sum() < LEAST_STEEP * lengths.sum():
        raise DataError(
            Fault(
                where,
                f"{name}的走向与所说方位几乎一致，看不出哪一侧是{WORDS[side]}",
                "东、西两侧须由大致南北走向的路划分，南、北两侧须由大致东西走向的路划分",
                "请核对路名或方位词",
            )
        )
    weights = [_weight(line, part, toward, mostly) for part in parts]
    if max(weights) < ONE_SIDE * mostly.sum():
        raise DataError(
            Fault(
                where,
                f"{name}折回来走，一段的{WORDS[side]}侧是另一段的{WORDS[OPPOSITE[side]]}侧，没有一侧能称为{WORDS[side]}",
                "一侧须始终在路的同一边",
                "请写明以其中哪一段为界，闭合的写“以内”",
            )
        )
    return int(np.argmax(weights))


def surface(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape, without the lines and points at which land merely touches.

    Parameters
    ----------
    shape : BaseGeometry
        Any shape.

    Returns
    -------
    BaseGeometry
        Its polygons.

    Examples
    --------
    >>> import shapely
    >>> import zhaosheng_analysis as zs
    >>> touching = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(2, 2)])
    >>> zs.sentences.surface(touching).area
    1.0
    """
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return union_all([part for part in getattr(shape, "geoms", []) if part.geom_type.endswith("Polygon")])


def _weight(line: LineString, part: Polygon, toward: np.ndarray, mostly: np.ndarray) -> float:
    """Return the length of the street, seen across the direction, whose side lies in a part (m)."""
    points = get_coordinates(line)
    # Stepping a thousandth of the street off its middle is far enough to be in one part and too near to meet a bend.
    beside = (points[:-1] + points[1:]) / 2 + toward * max(1e-3 * line.length, 1e-6)
    return float(mostly[contains_xy(part, beside)].sum())


def apart(lines: list[tuple[str, LineString]], *, reach_m: float) -> list[tuple[str, str, float]]:
    """Return neighbours in a list of streets that do not come within reach of each other: names and distance (m).

    Parameters
    ----------
    lines : list of tuple of (str, LineString)
        Name and course, neighbours in the order given.
    reach_m : float
        How far apart two streets may end and still count as meeting (m).

    Returns
    -------
    list of tuple of (str, str, float)
        Names and distance.
    """
    gaps = [(a, b, line.distance(other)) for (a, line), (b, other) in itertools.pairwise(lines)]
    return [(a, b, gap) for a, b, gap in gaps if gap > reach_m]
