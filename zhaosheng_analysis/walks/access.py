"""Where points join the streets: a door opens on the streets round its block, and the way there is straight."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from zhaosheng_analysis.walks.streets import Network

FARTHEST_LEG_M = 5_000.0
BLOCK_WIDTHS, BLOCK_MARGIN_M = 2.5, 20.0  # how far round a point the streets of its block are looked for
MOST_PARTS = 3


@dataclass(frozen=True)
class AccessPoints:
    """Where points join the streets, sorted by point.

    A point that no street can be reached from has no row.

    Attributes
    ----------
    point : ndarray of int
        Position of the point.
    line : ndarray of int
        Position of the line in `Network.lines`.
    along_m : ndarray of float
        Metres from the line's first corner.
    leg_m : ndarray of float
        Metres from the point to the street, straight.
    """

    point: np.ndarray
    line: np.ndarray
    along_m: np.ndarray
    leg_m: np.ndarray


def access_points(points: gpd.GeoSeries, net: Network) -> AccessPoints:
    """Find where each point joins the streets: the few around its block, reached without crossing a street or barrier.

    A point that sees no street of the largest part of the network joins other parts within reach as well.

    Parameters
    ----------
    points : GeoSeries
        Points in the system of the network.
    net : Network
        The streets.

    Returns
    -------
    AccessPoints
        One entry a way to reach the streets.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> access = zs.walks.access_points(town.schools.geometry, zs.walks.network(town.streets))
    >>> sorted(set(access.point.tolist())), float(access.leg_m.max())
    ([0, 1, 2], 50.0)
    """
    spots = np.asarray(points.array)
    tree, walls = shapely.STRtree(net.lines), shapely.STRtree(net.barriers)
    point, feet = _in_sight(spots, net, walls)
    line = tree.nearest(feet)
    seen = np.isin(np.arange(len(spots)), point[net.part[line] == 0])
    far = [(place, other) for place in np.flatnonzero(~seen) for other in _reachable(spots[place], net, tree, walls)]
    beyond = np.array(far, dtype=int).reshape(-1, 2)
    point, line = np.append(point, beyond[:, 0]), np.append(line, beyond[:, 1])
    feet = np.append(feet, shapely.get_point(shapely.shortest_line(net.lines[beyond[:, 1]], spots[beyond[:, 0]]), 0))
    order = np.lexsort((line, point))
    point, line, feet = point[order], line[order], feet[order]
    along = shapely.line_locate_point(net.lines[line], feet)
    return AccessPoints(point, line, along, shapely.distance(feet, spots[point]))


def _in_sight(spots: np.ndarray, net: Network, walls: shapely.STRtree) -> tuple[np.ndarray, np.ndarray]:
    """Return points and where each would step onto the streets round its block."""
    streets = shapely.STRtree(net.ways)
    nearest = shapely.distance(spots, net.ways[streets.nearest(spots)])
    reach = np.minimum(BLOCK_WIDTHS * nearest + BLOCK_MARGIN_M, FARTHEST_LEG_M)
    point, way = streets.query(spots, predicate="dwithin", distance=reach)
    legs = shapely.get_coordinates(shapely.shortest_line(spots[point], net.ways[way])).reshape(-1, 2, 2)
    feet = shapely.points(legs[:, 1])
    legs[:, 1] -= (legs[:, 1] - legs[:, 0]) * 1e-3  # stop short of the street itself
    legs = shapely.linestrings(legs)
    free = ~crosses(legs, walls) & ~crosses(legs, streets)
    return point[free], feet[free]


def crosses(legs: np.ndarray, walls: shapely.STRtree) -> np.ndarray:
    """Tell which ways cross a barrier."""
    crossed = np.zeros(len(legs), dtype=bool)
    crossed[walls.query(legs, predicate="crosses")[0]] = True
    return crossed


def _reachable(spot: shapely.Point, net: Network, tree: shapely.STRtree, walls: shapely.STRtree) -> list[int]:
    """Return the nearest streets of a few parts of the network on this side of every barrier; none beyond the limit."""
    near = tree.query(spot, predicate="dwithin", distance=FARTHEST_LEG_M)
    near = near[np.argsort(shapely.distance(spot, net.lines[near]), kind="stable")]
    near = near[~crosses(shapely.shortest_line(np.repeat(spot, len(near)), net.lines[near]), walls)]
    first = near[np.sort(np.unique(net.part[near], return_index=True)[1])]
    return [*first[:MOST_PARTS], *[line for line in first[MOST_PARTS:] if net.part[line] == 0]]
