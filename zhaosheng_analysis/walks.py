"""How far children walk: along the streets, across rivers only on bridges, to the gate; the straight line beside it.

In go streets and points, in metres; out come distances. Where streets cross they meet; a river is crossed on a bridge
and nowhere else; a railway or a wall where the street's own line is drawn across it, for the level crossing, underpass
or gate is then part of the street (`network(..., bridged=("river", "railway"))` asks for bridges there too). A door
opens on the streets round its block; the way there is straight and crosses neither street nor barrier. Where the
streets are farther from two doors than the doors from each other, the way between them is straight too. Distances are
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
BARRIERS = ("river", "railway", "wall")
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
    ways : streets as drawn (m), on which doors open; not bridges. lines : all ways, cut at every corner.
    ends : corners of each line, (n, 2) positions in `corners`.
    part : which connected part of the network each line belongs to; 0 is the largest.
    corners : (k, 2) metres. roads : (k, k) metres from corner to neighbouring corner, both ways.
    barriers : lines no way on foot may cross off the streets.
    """

    ways: np.ndarray
    lines: np.ndarray
    ends: np.ndarray
    part: np.ndarray
    corners: np.ndarray
    roads: csr_array
    barriers: np.ndarray


@dataclass(frozen=True)
class Doors:
    """Where points join the streets, sorted by point; one that no street can be reached from has no row.

    Attributes
    ----------
    point : position of the point. line : position in `Network.lines`. along_m : from the line's first corner.
    leg_m : from the point to the street, straight.
    """

    point: np.ndarray
    line: np.ndarray
    along_m: np.ndarray
    leg_m: np.ndarray


@dataclass(frozen=True)
class Ways:
    """The walk from dwellings to the schools of a district, measured when asked for and each dwelling once."""

    net: Network
    gates: gpd.GeoSeries
    known: dict[tuple[float, float], np.ndarray] = field(default_factory=dict)

    def of(self, children: pd.DataFrame) -> pd.DataFrame:
        """Measure the walk of children (x, y in metres) to every school.

        Returns
        -------
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
    """Return the ways of a district, or None where no streets are drawn."""
    if district.streets.empty:
        return None
    return Ways(network(district.streets), district.schools.set_index("school_id").geometry)


def network(streets: gpd.GeoDataFrame, *, bridged: tuple[str, ...] = ("river",)) -> Network:
    """Join streets to a network for walking.

    Parameters
    ----------
    streets : kind (street, bridge, river, railway, wall) and lines (m).
    bridged : what a street crosses only on a bridge of the layer; where none is drawn the street is cut.
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


def doors(points: gpd.GeoSeries, net: Network) -> Doors:
    """Find where each point joins the streets: the few around its block, reached without crossing a street or barrier.

    A point that sees no street of the largest part of the network joins other parts within reach as well.
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
    return Doors(point, line, along, shapely.distance(feet, spots[point]))


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

    Returns
    -------
    Metres, homes down and gates across, on their indexes; missing where no way leads.
    """
    out, back = doors(homes, net), doors(gates, net)
    from_gates = _searched(back, len(gates), net)
    first, last = (from_gates[:, net.ends[out.line, end]] for end in (0, 1))
    walked = np.minimum(first + out.along_m, last + _left(out, net)) + out.leg_m
    ways = np.full((len(homes), len(gates)), np.inf)
    np.minimum.at(ways, out.point, walked.T)
    _along_one_street(ways, out, back)
    ways = np.minimum(ways, _straight(homes, gates, out, back, net))
    ways[np.isinf(ways)] = np.nan
    return pd.DataFrame(ways, index=homes.index, columns=gates.index)


def _left(found: Doors, net: Network) -> np.ndarray:
    """Return how far each door is from the last corner of its line (m)."""
    return shapely.length(net.lines[found.line]) - found.along_m


def _searched(back: Doors, size: int, net: Network) -> np.ndarray:
    """Return the way from each gate to every corner, (gates, corners) metres, in one search with many sources.

    Each gate is one more corner, from which roads lead to both ends of every street its doors open on.
    """
    corners = len(net.corners)
    gate, corner = np.tile(back.point, 2), np.append(net.ends[back.line, 0], net.ends[back.line, 1])
    step = np.append(back.leg_m + back.along_m, back.leg_m + _left(back, net))
    starts = _sparse(gate, corner, np.maximum(step, HAIR_M), (size, corners))
    graph = hstack([vstack([net.roads, starts]), csr_array((corners + size, size))], format="csr")
    return dijkstra(graph, indices=np.arange(corners, corners + size))[:, :corners]


def _along_one_street(ways: np.ndarray, out: Doors, back: Doors) -> None:
    """Enter the ways between doors on one stretch of street, which pass no corner."""
    here, there = (pd.DataFrame(vars(found)) for found in (out, back))
    pairs = here.merge(there, on="line", how="inner", validate="many_to_many", suffixes=("", "_there"))
    walked = (pairs["along_m"] - pairs["along_m_there"]).abs() + pairs["leg_m"] + pairs["leg_m_there"]
    np.minimum.at(ways, (pairs["point"].to_numpy(), pairs["point_there"].to_numpy()), walked.to_numpy())


def _straight(homes: gpd.GeoSeries, gates: gpd.GeoSeries, out: Doors, back: Doors, net: Network) -> np.ndarray:
    """Return the straight way where the streets lie farther off than the gate itself and no barrier is between."""
    spots, ends = np.asarray(homes.array), np.asarray(gates.array)
    away = shapely.distance(spots[:, None], ends[None, :])
    legs = [np.full(len(points), np.inf) for points in (homes, gates)]
    for least, found in zip(legs, (out, back), strict=True):
        np.minimum.at(least, found.point, found.leg_m)
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
    zones : zones in force of one stage; a unit belongs to those that hold a point inside it.
    net : `network(district.streets)`, made once where several layers are measured.
    links : zone_schools of the zones, where they are not those of the district.

    Returns
    -------
    unit_id, zone_id, school_id, walk_m (missing where no way leads), straight_m; sorted. A school inside the unit is
    reached straight.
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
    found = pairs.assign(
        walk_m=np.where(within, straight, walked.to_numpy()[rows, columns]),
        straight_m=straight,
    )
    return found.sort_values(["unit_id", "zone_id", "school_id"], ignore_index=True)


def beyond(ways: pd.DataFrame, children: pd.Series, *, limits_m: tuple[int, ...] = LIMITS_M) -> pd.DataFrame:
    """Count, by school, the children who walk farther than some limits; of several schools the nearest counts.

    Parameters
    ----------
    ways : from `to_schools`. children : children by unit_id.

    Returns
    -------
    school_id, children_n, mean_m (walked, weighed by children), beyond_<limit>_share (0 to 1) for each limit,
    no_way_n (children whom no way leads to the school; they count as beyond every limit).
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
