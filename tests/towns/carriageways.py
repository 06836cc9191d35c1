"""Streets as maps draw them, made from a known middle line: carriageways, links, ramps, gaps, pieces in any order.

Every street begins with its honest course; what a map would hold of it is worked out from that, so that a test knows
the answer. All in metres, the toy district is 20 km by 20 km.
"""

import itertools
from collections.abc import Callable

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, MultiLineString, Polygon, box

from tests.towns import districts, zone_maps
from zhaosheng_analysis import geodata

WEST, SOUTH = zone_maps.WEST, zone_maps.SOUTH
LAND = box(WEST - 10_000, SOUTH - 10_000, WEST + 10_000, SOUTH + 10_000)


def at(x: float, y: float) -> tuple[float, float]:
    """Return a place so many metres from the middle of the district."""
    return WEST + x, SOUTH + y


def middle(*points: tuple[float, float]) -> LineString:
    """Draw the honest course of a street, in metres from the middle of the district."""
    return LineString([at(*point) for point in points])


def curve(course: Callable[[np.ndarray], np.ndarray], first: float, last: float, *, upright: bool = True) -> LineString:
    """Draw a course x = f(y), or y = f(x) where it lies level, every 50 m."""
    along = np.arange(first, last + 1, 50.0)
    off = course(along)
    path = np.column_stack([off, along] if upright else [along, off])
    return LineString(path + np.array([WEST, SOUTH]))


def cut_up(line: LineString, every: float) -> list[LineString]:
    """Cut a line into pieces of some length, as at every junction."""
    marks = np.append(np.arange(0, line.length - every / 2, every), line.length)
    return [shapely.ops.substring(line, a, b) for a, b in itertools.pairwise(marks)]


def two_ways(course: LineString, *, apart: float = 24.0, every: float = 300.0) -> list[LineString]:
    """Draw both directions, each in pieces and driven its own way, with links across at every second junction."""
    sides = [course.offset_curve(off) for off in (apart / 2, -apart / 2)]
    there, back = cut_up(sides[0], every), [shapely.reverse(piece) for piece in cut_up(sides[1], every)]
    links = [LineString([a.coords[0], b.coords[-1]]) for a, b in list(zip(there, back, strict=False))[1::2]]
    return [*there, *back, *links]


def with_ramps(pieces: list[LineString], course: LineString, *, count: int = 4) -> list[LineString]:
    """Add slip roads that leave the street at a low angle and bend away from it, under the same name."""
    ramps = []
    for place in np.linspace(0.2, 0.8, count):
        foot, on = (np.array(course.interpolate(place * course.length + off).coords[0]) for off in (0, 80))
        ahead = (on - foot) / np.hypot(*(on - foot))
        aside = np.array([-ahead[1], ahead[0]])
        ramps.append(LineString([foot, foot + 80 * ahead + 25 * aside, foot + 110 * ahead + 90 * aside]))
    return [*pieces, *ramps]


def with_gaps(pieces: list[LineString], course: LineString, *gaps: tuple[float, float]) -> list[LineString]:
    """Leave out what lies between some metres along the course."""
    holes = shapely.union_all([shapely.ops.substring(course, a, b).buffer(60, cap_style="flat") for a, b in gaps])
    left = [part for piece in pieces for part in shapely.get_parts(piece.difference(holes))]
    return [part for part in left if part.length > 1]


def with_hook(pieces: list[LineString], course: LineString, *, metres: float = 14.0) -> list[LineString]:
    """Let the street end in a hook at right angles."""
    end, before = (np.array(course.interpolate(course.length - off).coords[0]) for off in (0, 5))
    ahead = (end - before) / np.hypot(*(end - before))
    return [*pieces, LineString([end, end + metres * np.array([-ahead[1], ahead[0]])])]


def shuffled(pieces: list[LineString], seed: int) -> list[LineString]:
    """Draw pieces in another order, some the other way round, some twice, with heights and repeated vertices."""
    draw = np.random.default_rng(seed)
    mixed = [pieces[place] for place in draw.permutation(len(pieces))]
    mixed = [shapely.reverse(piece) if draw.random() < 0.5 else piece for piece in mixed]
    mixed += [shapely.reverse(piece) for piece in mixed if draw.random() < 0.2]
    heights = [shapely.force_3d(piece, 410.0) for piece in mixed]
    return [LineString(np.repeat(shapely.get_coordinates(p, include_z=p.has_z), 2, axis=0)) for p in heights]


def rows(
    streets: dict[str, list[LineString]], *, kinds: dict[str, str] | None = None, many: bool = False
) -> list[dict]:
    """Return rows of the streets layer, one a piece, or one a street of many pieces."""
    kinds = kinds or {}
    held = {name: [MultiLineString(pieces)] if many else pieces for name, pieces in streets.items()}
    return [
        {"street_id": f"{name}-{place}", "name": name, "kind": kinds.get(name, "street"), "geometry": piece}
        for name, pieces in held.items()
        for place, piece in enumerate(pieces)
    ]


def town(
    streets: dict[str, list[LineString]],
    *,
    kinds: dict[str, str] | None = None,
    many: bool = False,
    areas: dict[str, Polygon] | None = None,
    units: list[dict] | None = None,
    crs: str = "",
    land: Polygon = LAND,
) -> geodata.District:
    """Return a district of streets as a map draws them; `crs` is the system the streets come in, if another."""
    layer = districts.layer("streets", rows(streets, kinds=kinds, many=many), zone_maps.CRS)
    layer = layer.to_crs(crs).to_crs(zone_maps.CRS) if crs else layer
    kept = [
        {"area_id": f"a{place}", "name": name, "kind": "named", "geometry": shape}
        for place, (name, shape) in enumerate((areas or {}).items())
    ]
    facts = {"district_id": "toy", "name": "玩具县", "district_code": "130225", "crs": zone_maps.CRS}
    return districts.district(
        facts=facts,
        boundary=[{"district_id": "toy", "name": "玩具县", "geometry": land}],
        streets=layer,
        areas=kept,
        units=units or [],
        zone_schools=districts.links([]),
    )


#: Middle lines of a town of streets, in metres: those that run north and those that run east.
UPRIGHT = {
    "一经路": -3_600,
    "二经路": -2_400,
    "三经路": -1_200,
    "四经路": 0,
    "五经路": 1_200,
    "六经路": 2_400,
    "七经路": 3_600,
}
LEVEL = {
    "一纬路": -3_300,
    "二纬路": -2_200,
    "三纬路": -1_100,
    "四纬路": 0,
    "五纬路": 1_100,
    "六纬路": 2_200,
    "七纬路": 3_300,
}
TOWN = box(WEST - 4_800, SOUTH - 4_400, WEST + 4_800, SOUTH + 4_400)


def middle_lines() -> dict[str, LineString]:
    """Return the honest course of every avenue; each bends a little in its middle."""
    bent = {name: ((x, -4_300), (x + 60 * (-1) ** n, 0), (x, 4_300)) for n, (name, x) in enumerate(UPRIGHT.items())}
    bent |= {name: ((-4_700, y), (0, y + 40 * (-1) ** n), (4_700, y)) for n, (name, y) in enumerate(LEVEL.items())}
    return {name: middle(*points) for name, points in bent.items()}


def between(*names: str) -> Polygon:
    """Return the block of land that borders all of some avenues."""
    lines = [across(course) for name, course in middle_lines().items() if name in names]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([*lines, TOWN.boundary])]))
    bands = [line.buffer(1) for line in lines]
    return next(face for face in faces if all(face.boundary.intersection(band).length > 100 for band in bands))


def avenues() -> geodata.District:
    """Draw a town of blocks between avenues as maps draw them: carriageways, ramps, gaps, stretches, a crooked one."""
    courses = middle_lines()
    drawn = {}
    for n, (name, course) in enumerate(courses.items()):
        pieces = [course] if n % 5 == 4 else two_ways(course, apart=14.0 + 3 * n % 20, every=270.0)
        pieces = with_ramps(pieces, course, count=2) if n % 3 == 1 else pieces
        pieces = with_gaps(pieces, course, (2_900, 3_150)) if n % 4 == 2 else pieces
        drawn[name] = shuffled(pieces, n)
    half = shapely.ops.substring(courses["四纬路"], 0, 0.5, normalized=True)
    rest = shapely.ops.substring(courses["四纬路"], 0.5, 1, normalized=True)
    drawn |= {"四纬路西段": two_ways(half), "四纬路东段": two_ways(rest)}
    del drawn["四纬路"]
    faces = shapely.get_parts(
        shapely.polygonize([shapely.union_all([*(across(c) for c in courses.values()), TOWN.boundary])])
    )
    units = [
        {
            "unit_id": f"u{n}-{m}",
            "name": f"{'甲乙丙丁戊己庚辛壬'[n % 9]}{'一二三四五六七八九'[n // 9]}{side}院",
            "geometry": part,
        }
        for n, face in enumerate(sorted(faces, key=lambda face: face.centroid.coords[0]))
        for m, (side, part) in enumerate(zip("东西", _halved(face.buffer(-22, join_style="mitre")), strict=True))
    ]
    return town(drawn, units=units, land=TOWN)


def across(course: LineString) -> LineString:
    """Return a course run on over the edge of the town."""
    points = shapely.get_coordinates(course)
    ends = points[0] + (points[0] - points[1]) * 0.2, points[-1] + (points[-1] - points[-2]) * 0.2
    return LineString([ends[0], *points, ends[1]])


def _halved(block: Polygon) -> tuple[Polygon, Polygon]:
    """Return the eastern and the western part of a block, which touch."""
    west, south, east, north = block.bounds
    cut = (west + east) / 2
    return block.intersection(box(cut, south, east, north)), block.intersection(box(west, south, cut, north))
