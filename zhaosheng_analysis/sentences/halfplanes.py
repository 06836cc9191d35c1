"""The side of a street: extend it past the edge of the land, cut, and choose the part the words mean.

「滨河路以东」 says nothing about where the street ends. The street is extended straight on from both ends until it
leaves the frame; it must then cut the frame in exactly two, and its own course must say which part is the east one.
Where it does not, a planner gets an error that names the street, not a guess.
"""

import itertools

import numpy as np
from shapely import LineString, MultiLineString, Polygon, box, contains_xy, get_coordinates, line_merge, union_all
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences.printing import WORDS

TOWARD = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}
# A street says which side is east only if, weighed by length, it runs more north–south than this share (cos 45° = .71).
LEAST_COURSE = 0.5
SLIVER_SHARE = 1e-9


def course(pieces: list[LineString]) -> LineString:
    """Return one street, drawn in pieces in any order and direction, as one line; gaps are bridged straight."""
    joined = line_merge(MultiLineString(pieces)) if len(pieces) > 1 else pieces[0]
    if joined.geom_type == "LineString":
        return joined
    parts = list(joined.geoms)
    middles = np.array([part.interpolate(0.5, normalized=True).coords[0] for part in parts])
    spread = middles - middles.mean(axis=0)
    along = spread @ np.linalg.svd(spread, full_matrices=False)[2][0]
    return chained([parts[place] for place in np.argsort(along, kind="stable")])


def chained(lines: list[LineString]) -> LineString:
    """Return streets end to end in the order of the sentence as one line; gaps are bridged straight.

    Parameters
    ----------
    lines : one or more polylines (m); each may be drawn in either direction.
    """
    path = get_coordinates(lines[0])
    for place, line in enumerate(lines[1:]):
        following = get_coordinates(line)
        ends = [(path, following), (path, following[::-1])]
        # Only the first line may still be turned round; the later ones hang on to what is there.
        ends += [(path[::-1], following), (path[::-1], following[::-1])] if place == 0 else []
        before, after = min(ends, key=lambda pair: np.hypot(*(pair[0][-1] - pair[1][0])))
        path = np.vstack([before, after])
    return LineString(_distinct(path))


def _distinct(path: np.ndarray) -> np.ndarray:
    """Leave out points that repeat the one before."""
    return path[np.append(True, np.any(np.diff(path, axis=0) != 0, axis=1))]


def extended(line: LineString, frame: Polygon) -> LineString:
    """Extend a line straight on from both ends until it has left the frame.

    Parameters
    ----------
    line : LineString
        A line of two points or more.
    frame : Polygon
        What it has to leave.

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

    def beyond(end: np.ndarray, inner: np.ndarray) -> np.ndarray:
        direction = (end - inner) / np.hypot(*(end - inner))
        return end + reach * direction

    return LineString([beyond(points[0], points[1]), *points, beyond(points[-1], points[-2])])


def half(line: LineString, side: str, land: BaseGeometry, *, name: str) -> BaseGeometry:
    """Return the part of the land on one side of a street.

    Parameters
    ----------
    line : the street's course (m).
    side : east, west, north or south.
    land : what is divided, such as the district; it need not be convex.
    name : the street's name, for the error.

    Raises
    ------
    DataError if the extended street does not cut the land's surroundings in exactly two, or if its course does not
    say which part the side is.
    """
    margin = 1.0 + 0.05 * max(land.bounds[2] - land.bounds[0], land.bounds[3] - land.bounds[1])
    frame = box(*land.union(line).buffer(margin).bounds)
    parts = [part for part in split(frame, extended(line, frame)).geoms if part.area > SLIVER_SHARE * frame.area]
    if len(parts) != 2:
        raise DataError(
            Fault(
                f"「{name}以{WORDS[side]}」",
                f"{name}向两端延长后把辖区分成了 {len(parts)} 块",
                "应当恰好分成 2 块",
                "请检查街道图层中这条路的线形（是否自相交、回绕或缺段），或在图上修正后重试",
            )
        )
    weights = [_weight(line, part, side) for part in parts]
    total = sum(weights)
    if total < LEAST_COURSE * line.length or max(weights) < 0.8 * total:
        raise DataError(
            Fault(
                f"「{name}以{WORDS[side]}」",
                f"{name}的走向与所说方位几乎一致，看不出哪一侧是{WORDS[side]}",
                "东、西两侧须由大致南北走向的路划分，南、北两侧须由大致东西走向的路划分",
                "请核对路名或方位词",
            )
        )
    return surface(parts[int(np.argmax(weights))].intersection(land))


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


def _weight(line: LineString, part: Polygon, side: str) -> float:
    """Return the length of the street, seen across the direction, whose `side` lies in a part (m)."""
    points = get_coordinates(line)
    steps = np.diff(points, axis=0)
    toward = np.array(TOWARD[side])
    across = np.abs(steps[:, 0] * toward[1] - steps[:, 1] * toward[0])
    # Stepping a thousandth of the street off its middle is far enough to be in one part and too near to meet a bend.
    beside = (points[:-1] + points[1:]) / 2 + toward * max(1e-3 * line.length, 1e-6)
    return float(across[contains_xy(part, beside)].sum())


def apart(lines: list[tuple[str, LineString]], *, reach_m: float) -> list[tuple[str, str, float]]:
    """Return neighbours in a list of streets that do not come within reach of each other: names and distance (m).

    Parameters
    ----------
    lines : name and course, neighbours in the order given.
    reach_m : how far apart two streets may end and still count as meeting (m).
    """
    gaps = [(a, b, line.distance(other)) for (a, line), (b, other) in itertools.pairwise(lines)]
    return [(a, b, gap) for a, b, gap in gaps if gap > reach_m]
