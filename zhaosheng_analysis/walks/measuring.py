"""How far it is from points to points: along the streets, or straight where the streets are farther off."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array, hstack, vstack
from scipy.sparse.csgraph import dijkstra

from zhaosheng_analysis.walks.access import FARTHEST_LEG_M, AccessPoints, access_points, crosses
from zhaosheng_analysis.walks.streets import HAIR_M, Network, sparse


def distances(homes: gpd.GeoSeries, gates: gpd.GeoSeries, net: Network) -> pd.DataFrame:
    """Measure the walk from every home to every gate.

    Parameters
    ----------
    homes : GeoSeries
        Points in the system of the network.
    gates : GeoSeries
        Points in the same system.
    net : Network
        The streets.

    Returns
    -------
    DataFrame
        Metres, homes down and gates across, on their indexes; missing where no way leads.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> gates = town.schools.set_index("school_id").geometry
    >>> zs.walks.distances(gates, gates, zs.walks.network(town.streets)).round(1)
    school_id     s1     s2     s3
    school_id
    s1           0.0  100.0  300.0
    s2         100.0    0.0  100.0
    s3         300.0  100.0    0.0
    """
    if len(net.lines) == 0:  # nothing is drawn: no way is known, near or far
        return pd.DataFrame(np.nan, index=homes.index, columns=gates.index)
    out, back = access_points(homes, net), access_points(gates, net)
    from_gates = _searched(back, len(gates), net)
    first, last = (from_gates[:, net.ends[out.line, end]] for end in (0, 1))
    walked = np.minimum(first + out.along_m, last + _left(out, net)) + out.leg_m
    ways = np.full((len(homes), len(gates)), np.inf)
    np.minimum.at(ways, out.point, walked.T)
    _along_one_street(ways, out, back)
    ways = np.minimum(ways, _straight(homes, gates, out, back, net))
    ways[np.isinf(ways)] = np.nan
    return pd.DataFrame(ways, index=homes.index, columns=gates.index)


def _left(access: AccessPoints, net: Network) -> np.ndarray:
    """Return how far each door is from the last corner of its line (m)."""
    return shapely.length(net.lines[access.line]) - access.along_m


def _searched(back: AccessPoints, size: int, net: Network) -> np.ndarray:
    """Return the way from each gate to every corner, (gates, corners) metres, in one search with many sources.

    Each gate is one more corner, from which roads lead to both ends of every street it is reached from.
    """
    corners = len(net.corners)
    gate, corner = np.tile(back.point, 2), np.append(net.ends[back.line, 0], net.ends[back.line, 1])
    step = np.append(back.leg_m + back.along_m, back.leg_m + _left(back, net))
    starts = sparse(gate, corner, np.maximum(step, HAIR_M), (size, corners))
    graph = hstack([vstack([net.roads, starts]), csr_array((corners + size, size))], format="csr")
    return dijkstra(graph, indices=np.arange(corners, corners + size))[:, :corners]


def _along_one_street(ways: np.ndarray, out: AccessPoints, back: AccessPoints) -> None:
    """Enter the ways between access points on one stretch of street, which pass no corner."""
    here, there = (pd.DataFrame(vars(access)) for access in (out, back))
    pairs = here.merge(there, on="line", how="inner", validate="many_to_many", suffixes=("", "_there"))
    walked = (pairs["along_m"] - pairs["along_m_there"]).abs() + pairs["leg_m"] + pairs["leg_m_there"]
    np.minimum.at(ways, (pairs["point"].to_numpy(), pairs["point_there"].to_numpy()), walked.to_numpy())


def _straight(
    homes: gpd.GeoSeries, gates: gpd.GeoSeries, out: AccessPoints, back: AccessPoints, net: Network
) -> np.ndarray:
    """Return the straight way where the streets lie farther off than the gate itself and no barrier is between."""
    spots, ends = np.asarray(homes.array), np.asarray(gates.array)
    away = shapely.distance(spots[:, None], ends[None, :])
    legs = [np.full(len(points), np.inf) for points in (homes, gates)]
    for least, ways_ in zip(legs, (out, back), strict=True):
        np.minimum.at(least, ways_.point, ways_.leg_m)
    legs = [np.where(np.isinf(least), FARTHEST_LEG_M, least) for least in legs]
    home, gate = np.nonzero(away <= legs[0][:, None] + legs[1][None, :])
    ways = shapely.shortest_line(spots[home], ends[gate])
    free = ~crosses(ways, shapely.STRtree(net.barriers))
    straight = np.full(away.shape, np.inf)
    straight[home[free], gate[free]] = away[home[free], gate[free]]
    return straight
