"""What a district offers to describe a zone with: which units and bare land lie on which side of every street.

Comes in: a district. Goes out: an `Atlas`, worked out once, in which a stretch of land is a few whole numbers.
"""

import itertools
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.sentences import door_runs, doors
from zhaosheng_analysis.sentences.gazetteer import REACH_M, Gazetteer, gazetteer
from zhaosheng_analysis.sentences.halfplanes import TOWARD

ALONG_M = 60.0  # an edge this near a street runs along it
SLIVER_SHARE = 5e-4  # of a unit's area: less than this is the drawing, not the land
LEAST_CELL_M2 = 1.0
GROUP_KINDS = ("named", "former_zone", "former_district")
LIMIT_KINDS = ("urban", "limit")


class Held(NamedTuple):
    """What a stretch of land holds: `whole` units, `some` of units, and cells of `bare` land, one bit each.

    Whole numbers, for a thousand boxes are tried for one sentence.
    """

    whole: int
    some: int
    bare: int

    def within(self, other: "Held") -> "Held":
        """Return what lies in both stretches.

        Parameters
        ----------
        other : Held
            The other stretch.

        Returns
        -------
        Held
            What lies in both.
        """
        return Held(*(mine & theirs for mine, theirs in zip(self, other, strict=True)))

    def with_(self, other: "Held") -> "Held":
        """Return what lies in one stretch or the other.

        Parameters
        ----------
        other : Held
            The other stretch.

        Returns
        -------
        Held
            What lies in one of them.
        """
        return Held(*(mine | theirs for mine, theirs in zip(self, other, strict=True)))


EVERYTHING = Held(-1, -1, -1)


@dataclass(frozen=True)
class Atlas:
    """What a district offers to describe a zone with, worked out once.

    Attributes
    ----------
    names : ndarray of str
        Name of every unit, unique.
    shapes : ndarray of Polygon
        Their polygons.
    spots : ndarray of float, shape (units, 2)
        A point inside each, in metres.
    cells : ndarray of Polygon
        Cells of land that no unit covers, such as a river bed; no street and no limit cuts one.
    sides : dict of tuple of str, length 2 to Held
        What lies on each (street, side).
    limits : dict of str to Held
        The same of urban areas and other limits.
    groups : dict of str to int
        Which units named areas and former zones hold, one bit each.
    bands : dict of str to BaseGeometry
        The land along each street, as wide as an edge may stray from it.
    meeting : set of tuple of str, length 2
        Pairs of streets that come near each other somewhere, as the reader of a sentence will demand.
    gazetteer : Gazetteer
        The names of the district, with the halves drawn for this atlas.
    ids : ndarray of str
        Id of every unit.
    doors : dict
        The table of door numbers, from `doors.listed`.
    chains : dict of tuple of str, length 2 to Held or None
        What lies on each (chain, side), as far as it has been asked for; None where that is no land.
    """

    names: np.ndarray
    shapes: np.ndarray
    spots: np.ndarray
    cells: np.ndarray
    sides: dict[tuple[str, str], Held]
    limits: dict[str, Held]
    groups: dict[str, int]
    bands: dict[str, BaseGeometry]
    meeting: set[tuple[str, str]]
    gazetteer: Gazetteer
    ids: np.ndarray
    doors: door_runs.Table
    chains: dict[tuple[str, str], Held | None] = field(default_factory=dict)


def of(district: District) -> Atlas:
    """Work out, once a district, on which side of every street each unit lies.

    Parameters
    ----------
    district : District
        Layers streets, units and areas.

    Returns
    -------
    Atlas
        What zones of the district can be described with.

    Raises
    ------
    DataError
        Two units share a name: a sentence could not tell them apart.
    """
    names = district.units["name"].to_numpy(dtype=object)
    twice = sorted({name for name in names if (names == name).sum() > 1})
    if twice:
        found = f"{len(twice)} 个名称对应多个小区或村：{'、'.join(twice[:3])}"
        raise DataError(Fault("小区与村图层", found, "名称应当唯一", "请改名或加上方位（如“东区”“西区”）"))
    shapes, index = district.units.geometry.to_numpy(), gazetteer(district)
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes))
    lines = _lines(index)
    halves = _halves(lines, index)
    areas = {kind: dict(zip(rows["name"], rows.geometry, strict=True)) for kind, rows in district.areas.groupby("kind")}
    grouped = {name: land for kind in GROUP_KINDS for name, land in areas.get(kind, {}).items()}
    limits = {name: land for kind in LIMIT_KINDS for name, land in areas.get(kind, {}).items()}
    cells = _cells(index.country.difference(shapely.union_all(shapes)), [*halves.values(), *limits.values()])
    return Atlas(
        names=names,
        shapes=shapes,
        spots=spots,
        cells=cells,
        sides={side: held(land, shapes, cells) for side, land in halves.items()},
        limits={name: held(land, shapes, cells) for name, land in limits.items()},
        groups={name: bits(inside(land, spots)) for name, land in grouped.items()},
        bands={name: line.buffer(ALONG_M) for name, line in lines.items()},
        meeting=_meeting(lines),
        gazetteer=index,
        ids=district.units["unit_id"].to_numpy(dtype=object),
        doors=doors.listed(district.tables.get("doors")),
    )


def _lines(index: Gazetteer) -> dict[str, LineString]:
    """Return the streets a sentence may name: those whose name is borne by one street only, and no ring."""
    names = sorted(set(index.district.streets["name"].dropna()) - {""})
    courses = {name: index.courses(name) for name in names}
    return {name: each[0].line for name, each in courses.items() if len(each) == 1 and each[0].inside is None}


def _meeting(lines: dict[str, LineString]) -> set[tuple[str, str]]:
    """Return the pairs of streets that come within reach of each other."""
    names, courses = list(lines), np.array(list(lines.values()), dtype=object)
    pairs = shapely.STRtree(courses).query(courses, predicate="dwithin", distance=REACH_M)
    return {(names[one], names[other]) for one, other in pairs.T}


def _halves(lines: dict[str, LineString], index: Gazetteer) -> dict[tuple[str, str], BaseGeometry]:
    """Return the land on each side a street can be said to have."""
    halves = {}
    for name, side in itertools.product(lines, TOWARD):
        try:
            halves[name, side] = index.half((name,), side)
        except DataError:
            continue  # the street's course does not say which side that is; another street has to
    return halves


def _cells(bare: BaseGeometry, lands: list[BaseGeometry]) -> np.ndarray:
    """Cut bare land along the border of every stretch of land, so that each cell lies in a stretch or outside it."""
    if bare.area < LEAST_CELL_M2:
        return np.array([], dtype=object)
    cuts = shapely.intersection(shapely.boundary(np.array(lands, dtype=object)), bare)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(_segments([*cuts, bare.boundary]))]))
    spots = shapely.get_coordinates(shapely.point_on_surface(faces))
    return faces[inside(bare, spots) & (shapely.area(faces) >= LEAST_CELL_M2)]


def _segments(shapes: list[BaseGeometry]) -> np.ndarray:
    """Return the straight pieces of lines, each once: both sides of a street have its course, all have the border.

    What lies on itself a hundred times over costs a union the square of that in time and memory.
    """
    lines = shapely.get_parts(shapely.get_parts(np.array(shapes, dtype=object)))
    points, line = shapely.get_coordinates(lines[shapely.get_type_id(lines) == 1], return_index=True)
    pairs = np.hstack([points[:-1], points[1:]])[line[:-1] == line[1:]]
    back = (pairs[:, 0] > pairs[:, 2]) | ((pairs[:, 0] == pairs[:, 2]) & (pairs[:, 1] > pairs[:, 3]))
    pairs[back] = pairs[back][:, [2, 3, 0, 1]]
    return shapely.linestrings(np.unique(pairs, axis=0).reshape(-1, 2, 2))


def held(land: BaseGeometry, shapes: np.ndarray, cells: np.ndarray) -> Held:
    """Tell what lies in the land; only those units its border crosses are measured.

    Parameters
    ----------
    land : BaseGeometry
        The land.
    shapes : ndarray of Polygon
        The units.
    cells : ndarray of Polygon
        Cells of land without units.

    Returns
    -------
    Held
        What it holds.
    """
    border = land.boundary
    shapely.prepare(border)
    # A unit in one piece that the border does not touch lies on the side that any point of it lies on.
    crossed = shapely.intersects(border, shapes) | (shapely.get_num_geometries(shapes) > 1)
    corners, unit = shapely.get_coordinates(shapes, return_index=True)
    share = inside(land, corners[np.searchsorted(unit, range(len(shapes)))]).astype(float)
    share[crossed] = shapely.area(shapely.intersection(shapes[crossed], land)) / shapely.area(shapes[crossed])
    spots = shapely.get_coordinates(shapely.point_on_surface(cells))
    return Held(bits(share > 1 - SLIVER_SHARE), bits(share > SLIVER_SHARE), bits(inside(land, spots)))


def bits(mask: np.ndarray) -> int:
    """Pack an array of bool into one whole number, the first into the lowest bit.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)
        Whether each is among them.

    Returns
    -------
    int
        The number.
    """
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def mask(packed: int, size: int) -> np.ndarray:
    """Unpack what `bits` packed.

    Parameters
    ----------
    packed : int
        The number.
    size : int
        How many there are.

    Returns
    -------
    ndarray of bool, shape (size,)
        Whether each is among them.
    """
    octets = np.frombuffer(packed.to_bytes((size + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=size, bitorder="little").astype(bool)


def weight(packed: int, weights: np.ndarray) -> float:
    """Return the summed weight of some cells.

    Parameters
    ----------
    packed : int
        Which ones (`bits`).
    weights : ndarray of float
        Weight of each.

    Returns
    -------
    float
        Their sum.
    """
    return float(weights[mask(packed, len(weights))].sum())


def inside(land: BaseGeometry, spots: np.ndarray) -> np.ndarray:
    """Tell which points lie in some land.

    Parameters
    ----------
    land : BaseGeometry
        The land.
    spots : ndarray of float, shape (n, 2)
        Points in metres.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether each does.
    """
    shapely.prepare(land)
    found = shapely.contains_xy(land, spots)
    shapely.destroy_prepared(land)  # thousands of halves are kept, and their indexes would be with them
    return found
