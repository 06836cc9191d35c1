"""The ground of a made-up district cut into units: blocks between streets in town, cells around villages outside.

A face is what the named streets, rivers and borders enclose; faces in town are halved until they have the size of a
community, land outside is cut into the cells nearest to a village. All cuts are noded together on a centimetre grid,
so units neither overlap nor leave gaps, and a border between two units is the same line for both.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.maps.blueprint import GRID_M, SEED

TOUCH_M = 0.05
"""Two lines closer than this are the same line: five times the grid."""


OVER_M = 0.5
RURAL_SHARE = 0.2
"""Villages near a town hold much less land than the average village."""

SMALLEST_SHARE = 0.3
"""Cells under this share of the usual area are joined to a neighbour across a cut, never a barrier."""


@dataclass(frozen=True)
class Town:
    """A built-up outline and the area of a community in its middle (m²); towards the rim communities grow."""

    shape: Polygon
    community_m2: float
    grows: float = 3.0

    def wanted_m2(self, face: Polygon) -> float:
        """Return the area a community should have where `face` lies."""
        radius_m = np.sqrt(self.shape.area / np.pi)
        away = face.centroid.distance(self.shape.centroid) / radius_m
        return self.community_m2 * (1 + (self.grows - 1) * min(away, 1.2) ** 2)


@dataclass(frozen=True)
class Ground:
    """Units and the edges between them.

    Attributes
    ----------
    cells : ndarray
        Polygons of the units, ordered from north to south and west to east.
    in_town : ndarray
        Whether a cell lies in a town.
    edges : ndarray
        Noded lines; every border of a cell is made of whole edges.
    left : ndarray
        Position of the cell on each side of an edge, -1 where there is none.
    right : ndarray
        Position of the cell on each side of an edge, -1 where there is none.
    lanes : list of LineString
        Cuts inside the towns that are long enough to be streets.
    """

    cells: np.ndarray
    in_town: np.ndarray
    edges: np.ndarray
    left: np.ndarray
    right: np.ndarray
    lanes: list[LineString]


def tile(
    land: BaseGeometry,
    towns: list[Town],
    barriers: list[LineString],
    hamlets: np.ndarray,
    *,
    empty: BaseGeometry,
) -> Ground:
    """Cut the inhabited land into units.

    Parameters
    ----------
    land : BaseGeometry
        The inhabited land, metres.
    towns : list of Town
        Built-up outlines inside it.
    barriers : list of LineString
        Streets, rivers and outlines no unit may straddle.
    hamlets : ndarray, shape (n, 2)
        Places of villages; each gets the land nearest to it.
    empty : BaseGeometry
        Where nobody lives, such as a river bed; faces there become no unit.

    Returns
    -------
    Ground
        The units.
    """
    outlines = [land.boundary, *(town.shape.boundary for town in towns)]
    frame = [line.intersection(land) for line in barriers] + outlines
    faces = shapely.get_parts(shapely.polygonize(_noded(frame)))
    faces = faces[~shapely.contains(empty, shapely.point_on_surface(faces))]
    cuts, lanes = _town_cuts(faces, towns)
    built = shapely.union_all([town.shape for town in towns])
    edges = _noded([*frame, *cuts, _village_edges(hamlets, land, built)])
    cells = shapely.get_parts(shapely.polygonize(edges))
    inside = shapely.point_on_surface(cells)
    cells = cells[shapely.contains(land, inside) & ~shapely.contains(empty, inside)]
    in_town = shapely.contains(built, shapely.point_on_surface(cells))
    left, right = _sides(edges, cells)
    soft = ~_along(edges, frame)
    usual_m2 = np.array(
        [_usual_m2(cell, towns, inside, land, hamlets) for cell, inside in zip(cells, in_town, strict=True)]
    )
    group = _joined(cells, left, right, soft, shapely.length(edges), SMALLEST_SHARE * usual_m2)
    return _grouped(cells, in_town, edges, left, right, group, lanes)


def spread(land: BaseGeometry, count: int, taken: np.ndarray, *, stream: str) -> np.ndarray:
    """Scatter `count` places over the land, each far from those before it (Mitchell's best candidate)."""
    chance = lottery.generator(SEED, stream)
    west, south, east, north = land.bounds
    placed = list(taken)
    while len(placed) < len(taken) + count:
        draws = chance.uniform((west, south), (east, north), (24, 2))
        draws = draws[shapely.contains_xy(land, draws[:, 0], draws[:, 1])]
        if len(draws):
            apart = _nearest_m(draws, placed)
            placed.append(draws[int(np.argmax(apart))])
    return np.array(placed).reshape(-1, 2)


def _nearest_m(draws: np.ndarray, placed: list[np.ndarray]) -> np.ndarray:
    """Return the distance of every draw from the nearest place already taken."""
    if not placed:
        return np.zeros(len(draws))
    return np.linalg.norm(draws[:, None] - np.array(placed)[None], axis=2).min(axis=1)


def _noded(lines: list[BaseGeometry]) -> np.ndarray:
    """Cut lines wherever they meet, on the grid."""
    return shapely.get_parts(shapely.union_all(np.array(lines, dtype=object), grid_size=GRID_M))


def _town_cuts(faces: np.ndarray, towns: list[Town]) -> tuple[list[LineString], list[LineString]]:
    """Return all cuts that turn the faces in town into communities, and those that are streets (the first two)."""
    cuts, lanes = [], []
    for face in _in_reading_order(faces):
        for town in towns:
            if town.shape.contains(face.point_on_surface()):
                # each face has its own chance, so that a street redrawn here changes nothing over there
                x, y = face.centroid.x, face.centroid.y
                parts = _halve(face, town, lottery.generator(SEED, f"cuts {x:.0f} {y:.0f}"), depth=0)
                cuts += [cut for cut, _ in parts]
                lanes += [cut for cut, depth in parts if depth < 2 and cut.length > 250]
    return cuts, lanes


def _halve(face: Polygon, town: Town, chance: np.random.Generator, depth: int) -> list[tuple[LineString, int]]:
    """Cut a face across its long side until its parts have the wanted area."""
    if face.area < 1.5 * town.wanted_m2(face) or depth > 9:
        return []
    corners = shapely.get_coordinates(face.minimum_rotated_rectangle)[:4]
    if np.linalg.norm(corners[1] - corners[0]) < np.linalg.norm(corners[2] - corners[1]):
        corners = np.roll(corners, -1, axis=0)
    share = chance.uniform(0.42, 0.58)
    start, stop = corners[0] + share * (corners[1] - corners[0]), corners[3] + share * (corners[2] - corners[3])
    reach = (stop - start) * 0.05
    cut = LineString([start - reach, stop + reach])
    halves = shapely.get_parts(shapely.polygonize(_noded([face.boundary, cut])))
    # a cut runs a little over the edge of its face: were it to end on the edge, rounding might leave it short of it
    inside = cut.intersection(face.buffer(OVER_M))
    pieces = [(piece, depth) for piece in shapely.get_parts(inside) if piece.length > 4 * OVER_M]
    for half in _in_reading_order(halves[shapely.contains(face, shapely.point_on_surface(halves))]):
        pieces += _halve(half, town, chance, depth + 1)
    return pieces


def _in_reading_order(shapes: np.ndarray) -> np.ndarray:
    """Sort shapes from north to south, then from west to east."""
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes)).round(1)
    return shapes[np.lexsort((middle[:, 0], -middle[:, 1]))]


def _village_edges(hamlets: np.ndarray, land: BaseGeometry, built: BaseGeometry) -> BaseGeometry:
    """Return the lines half-way between neighbouring villages, outside the towns."""
    if len(hamlets) < 2:
        return LineString()
    cells = shapely.voronoi_polygons(MultiPoint(hamlets), extend_to=land, only_edges=True)
    return cells.intersection(land).difference(built)


def _usual_m2(cell: Polygon, towns: list[Town], in_town: bool, land: BaseGeometry, hamlets: np.ndarray) -> float:
    """Return the area a unit has at least, before joining is thought of, where `cell` lies."""
    if not in_town:
        return RURAL_SHARE * (land.area - sum(town.shape.area for town in towns)) / max(len(hamlets), 1)
    return next(town.wanted_m2(cell) for town in towns if town.shape.contains(cell.point_on_surface()))


def _along(edges: np.ndarray, lines: list[BaseGeometry]) -> np.ndarray:
    """Tell which edges run along one of the lines."""
    tree = shapely.STRtree(lines)
    middle = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    hits = tree.query(middle, predicate="dwithin", distance=TOUCH_M)[0]
    return np.isin(np.arange(len(edges)), hits)


def _sides(edges: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell on the left and on the right of each edge (-1: none)."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(edges, 0.5, normalized=True))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(edges, 0.501, normalized=True)) - middle
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.linalg.norm(ahead, axis=1, keepdims=True)
    tree = shapely.STRtree(cells)
    sides = []
    for sign in (0.2, -0.2):
        side = np.full(len(edges), -1)
        point, cell = tree.query(shapely.points(middle + sign * aside), predicate="within")
        side[point] = cell
        sides.append(side)
    return sides[0], sides[1]


def _joined(
    cells: np.ndarray, left: np.ndarray, right: np.ndarray, soft: np.ndarray, length_m: np.ndarray, least_m2: np.ndarray
) -> np.ndarray:
    """Join cells that are too small to the neighbour with the longest soft border; return a group for every cell."""
    group, area = np.arange(len(cells)), shapely.area(cells)
    inner = soft & (left >= 0) & (right >= 0)
    for cell in np.argsort(area, kind="stable"):
        own = group[cell]
        members = group == own
        if area[members].sum() >= least_m2[cell]:
            continue
        one, other = group[left], group[right]
        border = inner & ((one == own) ^ (other == own))
        if border.any():
            beside = np.where(one[border] == own, other[border], one[border])
            weight = np.bincount(beside, weights=length_m[border])
            group[members] = int(np.argmax(weight))
    return group


def _grouped(
    cells: np.ndarray,
    in_town: np.ndarray,
    edges: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    group: np.ndarray,
    lanes: list[LineString],
) -> Ground:
    """Unite joined cells, put them in reading order and renumber the sides of the edges."""
    names = np.unique(group)
    united = np.array([shapely.union_all(cells[group == name]) for name in names])
    middle = shapely.get_coordinates(shapely.point_on_surface(united)).round(-2)
    order = np.lexsort((middle[:, 0], -middle[:, 1]))
    rank = np.full(len(cells), -1)
    rank[names[order]] = np.arange(len(order))
    number = np.append(rank[group], -1)
    left, right = number[left], number[right]
    keep = (left != right) | (left < 0)
    return Ground(united[order], in_town[names[order]], edges[keep], left[keep], right[keep], lanes)
