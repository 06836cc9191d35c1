"""The sentence of an edited zone, drafted from the streets along its edge and the units that must be named.

A zone is a set of whole units. The draft looks for the few streets that bound most of it, says 「A以东、B以南范围内」,
and names what lies beyond them (还包括) and what lies within and does not belong (不含). A unit that a side cuts in two
is named in any case. `territory.place` gives the zone back.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.halfplanes import course, half
from zhaosheng_analysis.phrases import WORDS
from zhaosheng_analysis.schema import DataError, Fault
from zhaosheng_analysis.territory import REACH_M

ALONG_M = 60.0  # an edge this near a street runs along it
LEAST_SHARED_M = 150.0
MOST_CHOICES = 6
MOST_PARTS = 3
SLIVER_SHARE = 5e-4  # of a unit's area: less than this is the drawing, not the land
EXCLUDED_COSTS = 1.5  # a reader minds an exception more than an inclusion


class Held(NamedTuple):
    """Which units a stretch of land holds: `whole` of them, or `some` of them (bool arrays, one entry a unit)."""

    whole: np.ndarray
    some: np.ndarray


@dataclass(frozen=True)
class Atlas:
    """What a district offers to describe a zone with, worked out once.

    Attributes
    ----------
    names : name of every unit, unique. shapes : its polygon. spots : a point inside it, (n, 2) metres.
    lines : course of every named street. sides : (street, side) -> which units lie there, wholly and at all.
    groups : named areas and former zones -> which units they hold. urban : name of the urban area, if any.
    """

    names: np.ndarray
    shapes: np.ndarray
    spots: np.ndarray
    lines: dict[str, LineString]
    sides: dict[tuple[str, str], Held]
    groups: dict[str, np.ndarray]
    urban: str


def atlas(district: District) -> Atlas:
    """Work out, once a district, on which side of every street each unit lies.

    Raises
    ------
    DataError if two units share a name: a sentence could not tell them apart.
    """
    names = district.units["name"].to_numpy(dtype=object)
    twice = sorted({name for name in names if (names == name).sum() > 1})
    if twice:
        found = f"{len(twice)} 个名称对应多个小区或村：{'、'.join(twice[:3])}"
        raise DataError(Fault("小区与村图层", found, "名称应当唯一", "请改名或加上方位（如“东区”“西区”）"))
    shapes = district.units.geometry.to_numpy()
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes))
    lines = _lines(district.streets)
    held = {row.name: _inside(row.geometry, spots) for row in district.areas.itertuples() if row.kind in _NAMED_KINDS}
    urban = next((row.name for row in district.areas.itertuples() if row.kind == "urban"), "")
    return Atlas(names, shapes, spots, lines, _sides(lines, district, shapes), held, urban)


_NAMED_KINDS = {"named", "former_zone", "former_district", "urban"}


def _lines(streets: gpd.GeoDataFrame) -> dict[str, LineString]:
    """Return the course of every street a sentence may name."""
    parts = {
        name: [part for line in rows.geometry for part in getattr(line, "geoms", [line])]
        for name, rows in streets[streets["name"].fillna("") != ""].groupby("name")
    }
    return {name: course(lines) for name, lines in sorted(parts.items())}


def _sides(lines: dict[str, LineString], district: District, shapes: np.ndarray) -> dict[tuple[str, str], Held]:
    """Return the units on each side a street can be said to have."""
    country = shapely.union_all(district.boundary.geometry.to_numpy())
    found = {}
    for (name, line), side in itertools.product(lines.items(), WORDS):
        try:
            found[name, side] = _held(half(line, side, country, name=name), shapes)
        except DataError:
            continue  # the street's course does not say which side that is; another street has to
    return found


def _held(land: BaseGeometry, shapes: np.ndarray) -> Held:
    """Tell which units lie in the land; only those its border crosses are measured."""
    shapely.prepare(land)
    share = shapely.covers(land, shapes).astype(float)
    crossed = shapely.intersects(land.boundary, shapes)
    share[crossed] = shapely.area(shapely.intersection(shapes[crossed], land)) / shapely.area(shapes[crossed])
    return Held(share > 1 - SLIVER_SHARE, share > SLIVER_SHARE)


def _inside(land: BaseGeometry, spots: np.ndarray) -> np.ndarray:
    shapely.prepare(land)
    return shapely.contains_xy(land, spots)


def write(zone: BaseGeometry, district: District, *, atlas_of: Atlas | None = None) -> str:
    """Draft the sentence of a zone.

    Parameters
    ----------
    zone : polygon (m) made of whole units; a unit belongs to it with the greater part of its area.
    district : layers streets, units, areas.
    atlas_of : `atlas(district)`, to be made once when many sentences are drafted.

    Returns
    -------
    A sentence in the words of the notices, such as 「滨河路以东、金融街以南的城区,还包括盛世景湾,不含天正壹号院」.

    Raises
    ------
    DataError if no unit lies in the zone.
    """
    known = atlas_of or atlas(district)
    target = _inside(zone, known.spots)
    if not target.any():
        raise DataError(Fault("学区", "范围内没有任何小区或村", "至少一个", "请检查学区多边形与坐标系"))
    nothing = np.zeros(len(target), dtype=bool)
    parts, covered = [], Held(nothing, nothing)
    for _ in range(MOST_PARTS):
        words, held = _best_box(zone, target, covered, known)
        if not words:
            break
        parts.append(words)
        covered = Held(covered.whole | held.whole, covered.some | held.some)
    return _sentence(parts, target, covered, known)


def _best_box(zone: BaseGeometry, target: np.ndarray, covered: Held, known: Atlas) -> tuple[str, Held]:
    """Return the sides that spare the most naming, and the units they hold; no words where naming is shorter."""
    wanted = target & ~covered.whole
    options = [[None, *_along(zone.boundary, wanted, side, known)] for side in WORDS]
    best, words, held = 0.0, "", covered
    for chosen in itertools.product(*options):
        sides = [option for option in chosen if option]
        if not sides or not _meet(sides, known):
            continue
        whole = np.logical_and.reduce([known.sides[side].whole for side in sides])
        some = np.logical_and.reduce([known.sides[side].some for side in sides])
        for urban in ("", known.urban) if known.urban else ("",):
            part = Held(whole & known.groups[urban], some & known.groups[urban]) if urban else Held(whole, some)
            gain = (part.whole & wanted).sum() - EXCLUDED_COSTS * (part.some & ~target & ~covered.some).sum()
            gain -= len(sides) + 0.5 * bool(urban)
            if gain > best:
                best, words, held = gain, _box_words(sides, urban), part
    return words, held


def _along(edge: BaseGeometry, target: np.ndarray, side: str, known: Atlas) -> list[tuple[str, str]]:
    """Return the streets the zone lies on one side of and borders, the longest shared edge first."""
    shared = {}
    for (name, where), held in known.sides.items():
        if (
            where != side
            or (held.whole & target).sum() < 0.5 * target.sum()
            or known.lines[name].distance(edge) > ALONG_M
        ):
            continue
        length = edge.intersection(known.lines[name].buffer(ALONG_M)).length
        if length >= LEAST_SHARED_M:
            shared[name, where] = length
    return sorted(shared, key=lambda option: (-shared[option], option))[:MOST_CHOICES]


def _meet(sides: list[tuple[str, str]], known: Atlas) -> bool:
    """Tell whether neighbouring sides come near each other on the map, as the reader of a sentence will demand."""
    upright = [name for name, side in sides if side in ("east", "west")]
    level = [name for name, side in sides if side in ("north", "south")]
    if set(upright) & set(level):
        return False
    return all(known.lines[a].distance(known.lines[b]) <= REACH_M for a in upright for b in level)


def _box_words(sides: list[tuple[str, str]], urban: str) -> str:
    said = "、".join(f"{name}以{WORDS[side]}" for name, side in sides)
    return said + (f"的{urban}" if urban else "范围内")


def _sentence(parts: list[str], target: np.ndarray, covered: Held, known: Atlas) -> str:
    """Join the bounded parts, what else belongs, and what does not."""
    groups, left = _grouped(target & ~covered.whole, known)
    more = groups + sorted(known.names[left])
    less = sorted(known.names[covered.some & ~target])
    sentence = ";".join(parts)
    if more:
        sentence += (",还包括" if parts else "") + "、".join(more)
    return sentence + (f",不含{'、'.join(less)}" if less else "")


def _grouped(left: np.ndarray, known: Atlas) -> tuple[list[str], np.ndarray]:
    """Name former zones and named areas that lie wholly in what is left, the largest first."""
    chosen, left = [], left.copy()
    for name, mask in sorted(known.groups.items(), key=lambda item: (-item[1].sum(), item[0])):
        if name != known.urban and mask.sum() > 1 and not (mask & ~left).any():
            chosen.append(name)
            left &= ~mask
    return chosen, left
