"""How far children walk: along the streets, across rivers only on bridges, to the gate; the straight line beside it.

In go streets and points, in metres; out come distances. Where streets cross they meet; a river is crossed on a bridge
and nowhere else; a railway or a wall where the street's own line is drawn across it, for the level crossing, underpass
or gate is then part of the street (`network(..., bridged=("river", "railway"))` asks for bridges there too). A door
opens on the streets round its block; the way there is straight and crosses neither street nor barrier. Where the
streets are farther from two points than the points from each other, the way between them is straight too. Distances are
advice: near is not nearest (就近不等于最近).
"""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components, dijkstra

from zhaosheng_analysis.geodata import District

WALKABLE = ("street", "bridge")
BARRIERS = ("river", "railway", "wall", "motorway")
GRID_M = 0.01
SNAP_M = 1.0  # a street that ends this near another one ends in it
BRIDGE_M = 30.0  # a street this near a bridge, where it meets the water, is on it
GAP_M = 0.5
HAIR_M = 1e-9
FARTHEST_LEG_M = 5_000.0
BLOCK_WIDTHS, BLOCK_MARGIN_M = 2.5, 20.0  # how far round a point the streets of its block are looked for
MOST_PARTS = 3
LIMITS_M = (500, 1000)


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


@dataclass(frozen=True)
class Ways:
    """The walk from dwellings to the schools of a district, measured when asked for and each dwelling once.

    Attributes
    ----------
    net : Network
        The streets.
    gates : GeoSeries
        Gates of the schools, by school_id.
    known : dict of tuple of float, length 2 to ndarray
        What was measured so far: metres to every gate, by place.
    """

    net: Network
    gates: gpd.GeoSeries
    known: dict[tuple[float, float], np.ndarray] = field(default_factory=dict)

    def of(self, children: pd.DataFrame) -> pd.DataFrame:
        """Measure the walk of children (x, y in metres) to every school.

        Parameters
        ----------
        children : DataFrame
            Columns x and y in metres.

        Returns
        -------
        DataFrame
            Metres to the decimetre, children down and school_id across; missing where no way is drawn.
        """
        spots = list(zip(children["x"], children["y"], strict=True))
        new = sorted({spot for spot in spots if spot not in self.known and not np.isnan(spot).any()})
        if new:
            homes = gpd.GeoSeries(shapely.points(np.array(new)), crs=self.gates.crs)
            self.known.update(zip(new, distances(homes, self.gates, self.net).round(1).to_numpy(), strict=True))
        nowhere = np.full(len(self.gates), np.nan)
        metres = np.array([self.known.get(spot, nowhere) for spot in spots])
        return pd.DataFrame(metres.reshape(-1, len(self.gates)), index=children.index, columns=self.gates.index)


def ways(district: District) -> Ways | None:
    """Return the ways of a district, or None where no streets are drawn.

    Parameters
    ----------
    district : District
        Its streets and schools.

    Returns
    -------
    Ways or None
        What measures the walks.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> homes = town.table("homes").set_index("child_id")
    >>> zs.walks.ways(town).of(homes.loc[["c1", "c6"]])
    school_id     s1     s2     s3
    child_id
    c1         100.0  200.0  300.0
    c6         300.0  200.0  100.0
    """
    if district.streets.empty:
        return None
    return Ways(network(district.streets), district.schools.set_index("school_id").geometry)


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
    return _sparse(start, end, step, (size, size))


def _sparse(row: np.ndarray, column: np.ndarray, step: np.ndarray, shape: tuple[int, int]) -> csr_array:
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
    free = ~_crosses(legs, walls) & ~_crosses(legs, streets)
    return point[free], feet[free]


def _crosses(legs: np.ndarray, walls: shapely.STRtree) -> np.ndarray:
    """Tell which ways cross a barrier."""
    crossed = np.zeros(len(legs), dtype=bool)
    crossed[walls.query(legs, predicate="crosses")[0]] = True
    return crossed


def _reachable(spot: shapely.Point, net: Network, tree: shapely.STRtree, walls: shapely.STRtree) -> list[int]:
    """Return the nearest streets of a few parts of the network on this side of every barrier; none beyond the limit."""
    near = tree.query(spot, predicate="dwithin", distance=FARTHEST_LEG_M)
    near = near[np.argsort(shapely.distance(spot, net.lines[near]), kind="stable")]
    near = near[~_crosses(shapely.shortest_line(np.repeat(spot, len(near)), net.lines[near]), walls)]
    first = near[np.sort(np.unique(net.part[near], return_index=True)[1])]
    return [*first[:MOST_PARTS], *[line for line in first[MOST_PARTS:] if net.part[line] == 0]]


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
    starts = _sparse(gate, corner, np.maximum(step, HAIR_M), (size, corners))
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
    free = ~_crosses(ways, shapely.STRtree(net.barriers))
    straight = np.full(away.shape, np.inf)
    straight[home[free], gate[free]] = away[home[free], gate[free]]
    return straight


def to_schools(
    district: District, zones: gpd.GeoDataFrame, *, net: Network | None = None, links: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Measure the way from each unit to the schools of its zone.

    Parameters
    ----------
    district : District
        Units, schools and streets.
    zones : GeoDataFrame
        Zones in force of one stage; a unit belongs to those that hold a point inside it.
    net : Network, optional
        The ``network(district.streets)``, made once where several layers are measured.
    links : DataFrame, optional
        The zone_schools of the zones, where they are not those of the district.

    Returns
    -------
    DataFrame
        Columns unit_id, zone_id, school_id, walk_m (missing where no way leads) and straight_m; sorted. A school inside
        the unit is reached straight.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> zs.walks.to_schools(town, town.zones).round(1).head(3)
      unit_id zone_id school_id  walk_m  straight_m
    0      u1      z1        s1   100.0       100.0
    1      u2      z2        s2   100.0       100.0
    2      u3      z3        s3   100.0       100.0
    """
    net = net or network(district.streets)
    units = district.units.set_index("unit_id")
    homes = gpd.GeoSeries(shapely.point_on_surface(units.geometry.to_numpy()), index=units.index, crs=district.crs)
    zone, unit = shapely.STRtree(homes.to_numpy()).query(zones.geometry.to_numpy(), predicate="intersects")
    held = pd.DataFrame({"unit_id": homes.index[unit], "zone_id": zones["zone_id"].to_numpy()[zone]})
    doors_of = (district.zone_schools if links is None else links)[["zone_id", "school_id"]]
    pairs = held.merge(doors_of, on="zone_id", how="inner", validate="many_to_many")
    gates = district.schools.set_index("school_id").geometry
    gates = gates[gates.index.isin(pairs["school_id"])]
    walked = distances(homes, gates, net)
    rows, columns = homes.index.get_indexer(pairs["unit_id"]), gates.index.get_indexer(pairs["school_id"])
    straight = shapely.distance(homes.to_numpy()[rows], gates.to_numpy()[columns])
    within = shapely.intersects(units.geometry.to_numpy()[rows], gates.to_numpy()[columns])
    ways = pairs.assign(
        walk_m=np.where(within, straight, walked.to_numpy()[rows, columns]),
        straight_m=straight,
    )
    return ways.sort_values(["unit_id", "zone_id", "school_id"], ignore_index=True)


def beyond(ways: pd.DataFrame, children: pd.Series, *, limits_m: tuple[int, ...] = LIMITS_M) -> pd.DataFrame:
    """Count, by school, the children who walk farther than some limits; of several schools the nearest counts.

    Parameters
    ----------
    ways : DataFrame
        Ways, from `to_schools`.
    children : Series of int
        Children by unit_id.
    limits_m : tuple of int, default LIMITS_M
        Limits in metres.

    Returns
    -------
    DataFrame
        Columns school_id, children_n, mean_m (walked, weighed by children), beyond_<limit>_share (0 to 1) for each
        limit, no_way_n (children whom no way leads to the school; they count as beyond every limit).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> children = town.table("homes")["unit_id"].value_counts()
    >>> zs.walks.beyond(zs.walks.to_schools(town, town.zones), children, limits_m=(100,)).round(1)
      school_id  children_n  mean_m  beyond_100_share  no_way_n
    0        s1           3    66.7               0.0         0
    1        s2           2    50.0               0.0         0
    2        s3           2   100.0               0.0         0
    """
    nearest = ways.sort_values(["unit_id", "walk_m", "school_id"]).drop_duplicates("unit_id")
    nearest = nearest.assign(children_n=nearest["unit_id"].map(children).fillna(0).astype(float))
    nearest = nearest[nearest["children_n"] > 0]
    nearest["walked"] = nearest["children_n"] * nearest["walk_m"]
    nearest["no_way_n"] = nearest["children_n"].where(nearest["walk_m"].isna(), 0.0)
    for limit in limits_m:
        nearest[f"beyond_{limit}_share"] = nearest["children_n"].where(~(nearest["walk_m"] <= limit), 0.0)
    shares = [f"beyond_{limit}_share" for limit in limits_m]
    sums = nearest.groupby("school_id")[["children_n", "walked", "no_way_n", *shares]].sum()
    sums[shares] = sums[shares].div(sums["children_n"], axis=0)
    sums["mean_m"] = sums["walked"] / (sums["children_n"] - sums["no_way_n"]).replace(0, np.nan)
    whole = {"children_n": "int64", "no_way_n": "int64"}
    return sums.reset_index()[["school_id", "children_n", "mean_m", *shares, "no_way_n"]].astype(whole)
