"""Which units lie beside each other on foot, and how much of the border between them runs along a street with a name.

Units are adjacent where they share an edge (a point is not enough), or face each other across a street with nothing in
between, unless a river without a bridge, a railway, wall or motorway no street is drawn across, or a barrier the
planner marks runs between them. A bridge joins its two ends.
"""

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.redraw.solver import contiguity
from zhaosheng_analysis.schema import Faults
from zhaosheng_analysis.walks import BARRIERS, WALKABLE

TOUCH_M = 1.0  # units this near share an edge; digitised borders are not exact
ACROSS_M = 80.0  # units this near may face each other across a street
FACING, LEAST_FACING = 1.5, 2.5  # of the gap: how much farther off an edge still faces, and how long it must be
SIGHT_M = 5.0  # how often along an edge it is looked across
LEAST_EDGE_M = 5.0  # a shorter common edge is a corner
ALONG_M = 20.0  # an edge this near a line runs along it
MOSTLY = 0.5
OPENING_M = 30.0  # a bridge or crossing this near an edge opens it
LANDING_M = 250.0  # a bridge this near a unit lands in it


@dataclass(frozen=True)
class Adjacency:
    """Pairs of adjacent units, by position in the units given, the smaller first.

    Attributes
    ----------
    edges : ndarray
        (m, 2).
    length_m : ndarray, shape (m,)
        Common edge; nought where a bridge or a declaration joins the two.
    unnamed_m : ndarray, shape (m,)
        Part of it that runs along no street, river or wall with a name.
    """

    edges: np.ndarray
    length_m: np.ndarray
    unnamed_m: np.ndarray


class _Barrier(NamedTuple):
    """Lines no way on foot may cross, and where they can be."""

    line: shapely.Geometry
    openings: shapely.Geometry


def adjacent(units: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, *, barriers: tuple[str, ...] = ()) -> Adjacency:
    """Find the pairs of units a child can walk between.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons (m).
    streets : GeoDataFrame
        `street_id`, name, kind and lines (m).
    barriers : tuple of str, optional
        Ids or names of streets that no zone may cross.

    Returns
    -------
    Adjacency
        The pairs and what lies between them.

    Raises
    ------
    DataError where a barrier is no street of the layer.
    """
    shapes = units.geometry.to_numpy()
    closed = _barriers(streets, marked(streets, barriers))
    touching, facing = _touching(shapes, closed), _facing(shapes, closed)
    pairs = np.concatenate([touching.pairs, facing.pairs])
    seams, length = np.append(touching.seams, facing.seams), np.append(touching.length, facing.length)
    named = streets[streets["name"].fillna("") != ""]
    along = shapely.buffer(shapely.union_all(named.geometry.to_numpy()), ALONG_M)
    unnamed = length - shapely.length(shapely.intersection(seams, along))
    bridges = _bridged(shapes, streets, marked(streets, barriers))
    edges = set(map(tuple, pairs.tolist()))
    new = np.array(sorted(pair for pair in bridges if pair not in edges), dtype=np.int64).reshape(-1, 2)
    zeros = np.zeros(len(new))
    return Adjacency(np.concatenate([pairs, new]), np.append(length, zeros), np.append(unnamed, zeros))


class _Beside(NamedTuple):
    """Pairs of units, the smaller first, the edge that lies between them, and its length (m)."""

    pairs: np.ndarray
    seams: np.ndarray
    length: np.ndarray


def _touching(shapes: np.ndarray, closed: list[_Barrier]) -> _Beside:
    """Return the pairs that share an edge along no barrier."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH_M)
    one, other = one[one < other], other[one < other]
    seams = shapely.intersection(shapely.buffer(shapes[one], TOUCH_M), shapely.boundary(shapes[other]))
    length = shapely.length(seams)
    barred = np.zeros(len(seams), dtype=bool)
    for barrier in closed:
        barred |= _runs_along(seams, length, barrier.line) & ~shapely.dwithin(seams, barrier.openings, OPENING_M)
    kept = (length >= LEAST_EDGE_M) & ~barred
    return _Beside(np.column_stack([one, other])[kept], seams[kept], length[kept])


def _facing(shapes: np.ndarray, closed: list[_Barrier]) -> _Beside:
    """Return the pairs that face each other across a street, with no third unit and no barrier between them."""
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="dwithin", distance=ACROSS_M)
    gap = shapely.distance(shapes[one], shapes[other])
    apart = (one < other) & (gap > TOUCH_M)
    one, other, gap = one[apart], other[apart], gap[apart]
    seams = shapely.intersection(shapely.buffer(shapes[one], FACING * gap + TOUCH_M), shapely.boundary(shapes[other]))
    seams = shapely.line_merge(seams)
    sight, pair = _sights(seams, shapes[one])
    inner = shapely.buffer(shapes, -TOUCH_M)
    looks, met = shapely.STRtree(inner).query(sight, predicate="intersects")
    third = (met != one[pair[looks]]) & (met != other[pair[looks]])
    free = np.ones(len(sight), dtype=bool)
    free[looks[third]] = False
    seen = np.bincount(pair[free], minlength=len(one)) / np.maximum(np.bincount(pair, minlength=len(one)), 1)
    length = shapely.length(seams) * seen
    kept = length >= np.maximum(LEAST_EDGE_M, LEAST_FACING * gap)
    for barrier in closed:
        kept &= ~_cut_off(sight[free], pair[free], len(one), barrier)
    return _Beside(np.column_stack([one, other])[kept].reshape(-1, 2), seams[kept], length[kept])


def _sights(seams: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look from points along edges straight to the unit over the way: the lines of sight, and which edge each is of."""
    parts, pair = shapely.get_parts(seams, return_index=True)
    counts = np.maximum(np.ceil(shapely.length(parts) / SIGHT_M).astype(int), 1)
    step = np.concatenate([(np.arange(count) + 0.5) / count for count in counts] or [np.array([])])
    spots = shapely.line_interpolate_point(np.repeat(parts, counts), step, normalized=True)
    pair = np.repeat(pair, counts)
    return shapely.shortest_line(spots, across[pair]), pair


def _cut_off(sight: np.ndarray, pair: np.ndarray, count: int, barrier: _Barrier) -> np.ndarray:
    """Return which pairs look at each other over a barrier, for the most part, with no opening near."""
    if barrier.line.is_empty or not len(sight):
        return np.zeros(count, dtype=bool)
    shapely.prepare(barrier.line)
    over = np.bincount(pair, shapely.intersects(sight, barrier.line), minlength=count)
    opened = np.bincount(pair, shapely.dwithin(sight, barrier.openings, OPENING_M), minlength=count)
    return (over > MOSTLY * np.bincount(pair, minlength=count)) & (opened == 0)


def marked(streets: gpd.GeoDataFrame, barriers: tuple[str, ...]) -> pd.Series:
    """Return which streets the planner marks as barriers."""
    faults, borne = Faults(), names.bearers(streets, "street_id")
    for word in barriers:
        if not names.meant(word, borne):  # a street may lie on the layer in several pieces, each of that name
            names.judge(word, borne, key="street_id", where="不可跨越的道路", faults=faults)
    faults.raise_if_any()
    return streets["street_id"].isin([street for word in barriers for street in names.meant(word, borne)])


def _barriers(streets: gpd.GeoDataFrame, marked: pd.Series) -> list[_Barrier]:
    """Return rivers, railways, walls and motorways with the places where they can be crossed; a marked one has none."""
    lines = streets.geometry
    walkable = lines[streets["kind"].isin(WALKABLE)].union_all()
    bridges = lines[streets["kind"] == "bridge"].union_all()
    barriers = []
    for kind in BARRIERS:
        line = lines[(streets["kind"] == kind) & ~marked].union_all()
        barriers.append(_Barrier(line, bridges if kind == "river" else line.intersection(walkable)))
    return [*barriers, _Barrier(lines[marked].union_all(), shapely.MultiPoint())]


def crossings(streets: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the places where rivers, railways, walls and motorways can be crossed on foot.

    Parameters
    ----------
    streets : GeoDataFrame
        `street_id`, name, kind and lines (m).

    Returns
    -------
    GeoSeries
        One point a place (m).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> len(zs.redraw.crossings(zs.demo.nine_plots().streets))
    0
    """
    nothing = pd.Series(False, index=streets.index)
    spots = [
        shapely.centroid(part)
        for barrier in _barriers(streets, nothing)
        for part in shapely.get_parts(barrier.openings)
        if barrier.line.dwithin(part, OPENING_M)
    ]
    return gpd.GeoSeries(spots, crs=streets.crs)


def _runs_along(seams: np.ndarray, length: np.ndarray, line: shapely.Geometry) -> np.ndarray:
    """Return which seams lie along a line for the most part."""
    if line.is_empty:
        return np.zeros(len(seams), dtype=bool)
    return shapely.length(shapely.intersection(seams, line.buffer(ALONG_M))) > MOSTLY * length


def _bridged(shapes: np.ndarray, streets: gpd.GeoDataFrame, marked: pd.Series) -> set[tuple[int, int]]:
    """Return the pairs of units that the ends of a bridge lie in or nearest to."""
    tree, pairs = shapely.STRtree(shapes), set()
    for bridge in streets.geometry[(streets["kind"] == "bridge") & ~marked]:
        ends = [shapely.get_point(bridge, place) for place in (0, -1)]
        landed = [int(tree.nearest(end)) for end in ends]
        near = [shapely.dwithin(shapes[unit], end, LANDING_M) for unit, end in zip(landed, ends, strict=True)]
        if all(near) and landed[0] != landed[1]:
            pairs.add((min(landed), max(landed)))
    return pairs


def joined(
    edges: Adjacency, shapes: np.ndarray, group: np.ndarray, root: dict[int, int]
) -> tuple[Adjacency, np.ndarray]:
    """Declare the pieces of today's zones that lie apart to be joined to their school's piece, at their nearest units.

    Parameters
    ----------
    edges : Adjacency
        What is adjacent on the map.
    shapes : ndarray
        Shapes of the units.
    group : ndarray, shape (n,)
        Number of the zone each unit lies in today, -1 for none.
    root : dict of int to int
        Zone -> unit of its school.

    Returns
    -------
    tuple of (Adjacency, ndarray)
        The adjacency with the declared pairs, and those pairs.
    """
    inside = group[edges.edges[:, 0]] == group[edges.edges[:, 1]]
    piece = contiguity.components(edges.edges[inside], len(shapes))
    links = []
    for zone, home in root.items():
        mine = np.flatnonzero(group == zone)
        main = mine[piece[mine] == piece[home]]
        if len(main) == 0:  # a school may stand outside its zone, as where it is one of several to choose
            main = np.array([home])
        for label in np.unique(piece[mine[piece[mine] != piece[home]]]):
            apart = mine[piece[mine] == label]
            links.append(_nearest(shapes, apart, main))
            main = np.append(main, apart)
    pairs = edges.edges if not links else np.concatenate([edges.edges, np.array(links)])
    whole = contiguity.components(pairs, len(shapes))
    reached = np.isin(whole, whole[list(root.values())])
    near = np.flatnonzero(reached)
    links += [_nearest(shapes, np.flatnonzero(whole == label), near) for label in np.unique(whole[~reached])]
    declared = np.array(sorted(set(links)), dtype=np.int64).reshape(-1, 2)
    zeros = np.zeros(len(declared))
    more = (
        np.concatenate([edges.edges, declared]),
        np.append(edges.length_m, zeros),
        np.append(edges.unnamed_m, zeros),
    )
    return Adjacency(*more), declared


def _nearest(shapes: np.ndarray, some: np.ndarray, others: np.ndarray) -> tuple[int, int]:
    """Return the pair of units, one of each set, that lie nearest; the smaller first."""
    apart = shapely.distance(shapes[some][:, None], shapes[others][None, :])
    place = np.unravel_index(int(apart.argmin()), apart.shape)
    pair = int(some[place[0]]), int(others[place[1]])
    return min(pair), max(pair)
