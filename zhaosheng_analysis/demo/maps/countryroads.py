"""The country roads of a made-up district: from town to town, to every township, and to the villages they leave out.

They follow the borders of villages and cross rivers on bridges, as few as can be; nobody is left without a way.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.demo.maps.blueprint import GRID_M, Blueprint
from zhaosheng_analysis.demo.maps.parcels import TOUCH_M, Ground

BRIDGE_COSTS_M = 6_000.0  # how far round a road goes rather than over a river
BRIDGE_HALF_M = 60
FIRST_COUNTY_ROAD = 101
BRIDGE_HEADS = ("", "东", "南", "西", "北", "中")

Road = tuple[str, str, BaseGeometry]
"""Name, kind (street or bridge) and line."""


@dataclass(frozen=True)
class Web:
    """The edges a road may follow: not along water, railways and walls, nor along the border of the district.

    Attributes
    ----------
    edges : ndarray
        Lines.
    nodes : ndarray, shape (n, 2)
        Metres.
    away : ndarray
        How far each node is from the first town (m), and the next one on the way there; none is negative.
    before : ndarray
        How far each node is from the first town (m), and the next one on the way there; none is negative.
    edge_of : dict of tuple of int, length 2 to int
        Pair of nodes -> edge.
    wet : ndarray
        Which nodes lie on a river.
    town : ndarray
        Whose named streets each node is on, -1 in the country.
    """

    edges: np.ndarray
    nodes: np.ndarray
    away: np.ndarray
    before: np.ndarray
    edge_of: dict[tuple[int, int], int]
    wet: np.ndarray
    town: np.ndarray


def drawn(
    layout: Blueprint,
    curves: dict[str, LineString],
    ground: Ground,
    seats: dict[str, np.ndarray],
    villages: dict[str, BaseGeometry],
) -> list[Road]:
    """Draw every country road as far as the first street or road it comes to, and its bridges.

    Parameters
    ----------
    layout : Blueprint
        The layout of the district.
    curves : dict of str to LineString
        Named streets, rivers and railways.
    ground : Ground
        Units and their edges.
    seats : dict of str to ndarray
        Place of every township outside the towns, by name.
    villages : dict of str to BaseGeometry
        The land of every village, by name.

    Returns
    -------
    list of Road
        The roads.
    """
    web = _web(layout, curves, ground)
    reached: set[int] = set(np.flatnonzero(web.town >= 0).tolist())
    roads: list[Road] = []

    def lead(name: str, start: int) -> None:
        path = _path(web, start, reached)
        reached.update(path)
        roads.extend(_road(web, name, path))

    for number in range(1, web.town.max() + 1):
        lead(f"县道{FIRST_COUNTY_ROAD + number - 1}线", _nearest(web, np.flatnonzero(web.town == number)))
    dry = np.flatnonzero(~web.wet)
    for name, seat in seats.items():
        lead(f"{_short(name)}公路", int(dry[np.argmin(np.linalg.norm(web.nodes[dry] - seat, axis=1))]))
    around = shapely.STRtree(shapely.points(web.nodes))
    for name, land in villages.items():
        corners = np.setdiff1d(around.query(land, predicate="dwithin", distance=TOUCH_M), np.flatnonzero(web.wet))
        if len(corners) and reached.isdisjoint(corners.tolist()):
            lead(f"{name}路", _nearest(web, corners))
    return roads


def ends(line: LineString) -> np.ndarray:
    """Return the first and the last coordinate of a line."""
    return shapely.get_coordinates(line)[[0, -1]]


def _web(layout: Blueprint, curves: dict[str, LineString], ground: Ground) -> Web:
    """Find the way from everywhere to the first town, over as few rivers as can be."""
    kinds = {spec["name"]: spec.get("kind", "street") for spec in layout["streets"]}
    lines = {
        kind: shapely.union_all([curves[name] for name in kinds if kinds[name] == kind]) for kind in kinds.values()
    }
    barriers = shapely.union_all([line for kind, line in lines.items() if kind != "street"])
    middle = shapely.line_interpolate_point(ground.edges, 0.5, normalized=True)
    edges = ground.edges[(ground.left >= 0) & (ground.right >= 0) & ~shapely.dwithin(middle, barriers, TOUCH_M)]
    tips = np.round(np.vstack([ends(edge) for edge in edges]), 2)
    nodes, number = np.unique(tips, axis=0, return_inverse=True)
    pairs = number.reshape(-1, 2)
    places = shapely.points(nodes)
    wet = shapely.dwithin(places, lines.get("river", LineString()), TOUCH_M)
    towns = shapely.get_parts(shapely.union_all(lines["street"].buffer(TOUCH_M)))
    near, place = shapely.STRtree(places).query(towns, predicate="intersects")
    town = np.full(len(nodes), -1)
    town[place] = near
    costs = shapely.length(edges) + BRIDGE_COSTS_M * wet[pairs].sum(axis=1)
    graph = coo_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes))).tocsr()
    away, before, _ = dijkstra(
        graph, directed=False, indices=np.flatnonzero(town == 0), return_predecessors=True, min_only=True
    )
    edge_of = {tuple(sorted(pair)): at for at, pair in enumerate(pairs.tolist())}
    return Web(edges, nodes, away, before, edge_of, wet, town)


def _nearest(web: Web, nodes: np.ndarray) -> int:
    """Return the node from which the way to the first town is shortest."""
    return int(nodes[np.argmin(web.away[nodes])])


def _path(web: Web, start: int, reached: set[int]) -> list[int]:
    """Return the nodes from a place to the first one, other than its own town, that a street or road leads to."""
    own = set(np.flatnonzero(web.town == web.town[start]).tolist()) if web.town[start] >= 0 else set()
    path = [start]
    while web.before[path[-1]] >= 0 and (path[-1] not in reached or path[-1] in own):
        path.append(int(web.before[path[-1]]))
    return path


def _road(web: Web, name: str, path: list[int]) -> list[Road]:
    """Draw a road along its nodes, and a bridge wherever it comes to a river."""
    if len(path) < 2:
        return []
    edges = [web.edge_of[tuple(sorted(pair))] for pair in itertools.pairwise(path)]
    line = shapely.line_merge(shapely.union_all(web.edges[edges]))
    rivers = shapely.points(web.nodes[path][web.wet[path]])
    over = shapely.get_parts(line.intersection(shapely.union_all(shapely.buffer(rivers, BRIDGE_HALF_M))))
    bridges = [
        (f"{name}{head}桥", "bridge", shapely.set_precision(part, GRID_M))
        for head, part in zip(BRIDGE_HEADS, over, strict=False)
    ]
    return [(name, "street", line), *bridges]


def _short(township: str) -> str:
    """Return the name of a township without its kind and without what stands in brackets before it."""
    bare = township.rpartition("）")[2]
    return bare.removesuffix("街道").removesuffix("镇").removesuffix("乡")
