"""The streets of a district as a graph: where they cross they meet; water is crossed on bridges and nowhere else."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

WALKABLE = ("street", "bridge")
BARRIERS = ("river", "railway", "wall", "motorway")
GRID_M = 0.01
SNAP_M = 1.0  # a street that ends this near another one ends in it
BRIDGE_M = 30.0  # a street this near a bridge, where it meets the water, is on it
GAP_M = 0.5
HAIR_M = 1e-9


@dataclass(frozen=True)
class Network:
    """Streets as a graph.

    Attributes
    ----------
    ways : ndarray of LineString
        Streets as drawn (m), reached at access points; not bridges.
    lines : ndarray of LineString
        All ways, cut at every corner.
    ends : ndarray of int, shape (lines, 2)
        Corners of each line, as positions in `corners`.
    part : ndarray of int, shape (lines,)
        Which connected part of the network each line belongs to; 0 is the largest.
    corners : ndarray of float, shape (corners, 2)
        Corners in metres.
    roads : csr_array, shape (corners, corners)
        Metres from corner to neighbouring corner, both ways.
    barriers : ndarray of LineString
        Lines no way on foot may cross off the streets.
    """

    ways: np.ndarray
    lines: np.ndarray
    ends: np.ndarray
    part: np.ndarray
    corners: np.ndarray
    roads: csr_array
    barriers: np.ndarray


def network(streets: gpd.GeoDataFrame, *, bridged: tuple[str, ...] = ("river",)) -> Network:
    """Join streets to a network for walking.

    Parameters
    ----------
    streets : GeoDataFrame
        Columns kind (street, bridge, river, railway, wall, motorway) and lines (m).
    bridged : tuple of str, default ('river',)
        What a street crosses only on a bridge of the layer; where none is drawn the street is cut.

    Returns
    -------
    Network
        The streets as a graph.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> net = zs.walks.network(zs.demo.nine_plots().streets)
    >>> len(net.corners), len(net.lines)
    (12, 12)
    """
    shapes = {kind: rows.geometry.to_numpy() for kind, rows in streets.groupby("kind")}
    ways = shapely.get_parts(np.concatenate([shapes.get(kind, np.array([])) for kind in WALKABLE]))
    joined = shapely.union_all([*ways, *_joints(ways)], grid_size=GRID_M)
    water = shapely.union_all([line for kind in bridged for line in shapes.get(kind, [])])
    bridges = shapely.buffer(shapely.union_all(shapes.get("bridge", [])), BRIDGE_M)
    fords = shapely.buffer(shapely.intersection(shapely.difference(water, bridges), joined), GAP_M)
    lines = shapely.get_parts(joined if fords.is_empty else shapely.difference(joined, fords))
    lines = lines[shapely.length(lines) > 0]
    tips = np.stack([shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)], axis=1)
    corners, ends = np.unique(np.round(tips, 2).reshape(-1, 2), axis=0, return_inverse=True)
    ends = ends.reshape(-1, 2)
    barriers = [line for kind in BARRIERS for line in shapes.get(kind, [])]
    return Network(
        shapely.get_parts(shapes.get("street", ways)),
        lines,
        ends,
        _parts(ends),
        corners,
        _roads(ends, shapely.length(lines), len(corners)),
        shapely.get_parts(np.array(barriers, dtype=object)),
    )


def _roads(ends: np.ndarray, length: np.ndarray, size: int) -> csr_array:
    """Return streets as a graph; of two between the same corners the shorter counts.

    A street of no length is kept as a hair's breadth, for a sparse graph takes zero for no edge.
    """
    start, end = np.append(ends[:, 0], ends[:, 1]), np.append(ends[:, 1], ends[:, 0])
    step = np.maximum(np.tile(length, 2), HAIR_M)
    return sparse(start, end, step, (size, size))


def sparse(row: np.ndarray, column: np.ndarray, step: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """Return a sparse table of the shortest step in each place."""
    order = np.lexsort((step, column, row))
    row, column, step = row[order], column[order], step[order]
    first = np.append(True, (row[1:] != row[:-1]) | (column[1:] != column[:-1]))[: len(row)]
    return csr_array((step[first], (row[first], column[first])), shape=shape)


def _parts(ends: np.ndarray) -> np.ndarray:
    """Give every line the number of its connected part, the part with most streets first."""
    size = ends.max(initial=-1) + 1
    graph = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    label = connected_components(graph, directed=False)[1][ends[:, 0]]
    order = np.argsort(-np.bincount(label), kind="stable")
    return np.argsort(order)[label]


def _joints(ways: np.ndarray) -> list[shapely.LineString]:
    """Join ends of streets that stop a little short of another street."""
    tips = np.concatenate([shapely.get_point(ways, 0), shapely.get_point(ways, -1)])
    owner = np.tile(np.arange(len(ways)), 2)
    tip, way = shapely.STRtree(ways).query(tips, predicate="dwithin", distance=SNAP_M)
    apart = (owner[tip] != way) & (shapely.distance(tips[tip], ways[way]) > 0)
    joints = shapely.get_coordinates(shapely.shortest_line(tips[tip[apart]], ways[way[apart]])).reshape(-1, 2, 2)
    # A little beyond, so that the two are sure to cross on the grid.
    joints[:, 1] += (joints[:, 1] - joints[:, 0]) * 0.05
    return list(shapely.linestrings(joints))
