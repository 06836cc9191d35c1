"""Which units lie beside each other on foot, and how much of the border between them runs along a street with a name.

Units are adjacent where they share an edge (a point is not enough), unless the edge runs along a river without a
bridge, a railway or a wall no street is drawn across, or a barrier the planner marks. A bridge joins its two ends.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.redraw.solver import contiguity
from zhaosheng_analysis.schema import Faults
from zhaosheng_analysis.walks import BARRIERS, WALKABLE

TOUCH_M = 1.0  # units this near share an edge; digitised borders are not exact
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
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=TOUCH_M)
    one, other = one[one < other], other[one < other]
    seams = shapely.intersection(shapely.buffer(shapes[one], TOUCH_M), shapely.boundary(shapes[other]))
    length = shapely.length(seams)
    long_enough = length >= LEAST_EDGE_M
    one, other, seams, length = one[long_enough], other[long_enough], seams[long_enough], length[long_enough]
    open_ = ~_barred(seams, length, streets, _marked(streets, barriers))
    named = streets[streets["name"].fillna("") != ""]
    along = shapely.buffer(shapely.union_all(named.geometry.to_numpy()), ALONG_M)
    unnamed = length - shapely.length(shapely.intersection(seams, along))
    pairs = np.column_stack([one, other])[open_]
    bridges = _bridged(shapes, streets, _marked(streets, barriers))
    edges = set(map(tuple, pairs.tolist()))
    new = np.array(sorted(pair for pair in bridges if pair not in edges), dtype=np.int64).reshape(-1, 2)
    zeros = np.zeros(len(new))
    return Adjacency(np.concatenate([pairs, new]), np.append(length[open_], zeros), np.append(unnamed[open_], zeros))


def _marked(streets: gpd.GeoDataFrame, barriers: tuple[str, ...]) -> pd.Series:
    """Return which streets the planner marks as barriers."""
    faults, borne = Faults(), names.bearers(streets, "street_id")
    for word in barriers:
        if not names.meant(word, borne):  # a street may lie on the layer in several pieces, each of that name
            names.judge(word, borne, key="street_id", where="不可跨越的道路", faults=faults)
    faults.raise_if_any()
    return streets["street_id"].isin([street for word in barriers for street in names.meant(word, borne)])


def _barred(seams: np.ndarray, length: np.ndarray, streets: gpd.GeoDataFrame, marked: pd.Series) -> np.ndarray:
    """Return which seams run along a barrier that has no opening near them."""
    barred = np.zeros(len(seams), dtype=bool)
    lines = streets.geometry
    walkable = lines[streets["kind"].isin(WALKABLE)].union_all()
    bridges = lines[streets["kind"] == "bridge"].union_all()
    for kind in BARRIERS:
        barrier = lines[(streets["kind"] == kind) & ~marked].union_all()
        openings = bridges if kind == "river" else barrier.intersection(walkable)
        barred |= _runs_along(seams, length, barrier) & ~shapely.dwithin(seams, openings, OPENING_M)
    return barred | _runs_along(seams, length, lines[marked].union_all())


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
    found: Adjacency, shapes: np.ndarray, group: np.ndarray, root: dict[int, int]
) -> tuple[Adjacency, np.ndarray]:
    """Declare the pieces of today's zones that lie apart to be joined to their school's piece, at their nearest units.

    Parameters
    ----------
    found : Adjacency
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
    inside = group[found.edges[:, 0]] == group[found.edges[:, 1]]
    piece = contiguity.components(found.edges[inside], len(shapes))
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
    pairs = found.edges if not links else np.concatenate([found.edges, np.array(links)])
    whole = contiguity.components(pairs, len(shapes))
    reached = np.isin(whole, whole[list(root.values())])
    near = np.flatnonzero(reached)
    links += [_nearest(shapes, np.flatnonzero(whole == label), near) for label in np.unique(whole[~reached])]
    declared = np.array(sorted(set(links)), dtype=np.int64).reshape(-1, 2)
    zeros = np.zeros(len(declared))
    more = (
        np.concatenate([found.edges, declared]),
        np.append(found.length_m, zeros),
        np.append(found.unnamed_m, zeros),
    )
    return Adjacency(*more), declared


def _nearest(shapes: np.ndarray, some: np.ndarray, others: np.ndarray) -> tuple[int, int]:
    """Return the pair of units, one of each set, that lie nearest; the smaller first."""
    apart = shapely.distance(shapes[some][:, None], shapes[others][None, :])
    place = np.unravel_index(int(apart.argmin()), apart.shape)
    pair = int(some[place[0]]), int(others[place[1]])
    return min(pair), max(pair)
