"""Maps the zone tests stand on: the demo maps without their people, and toy maps drawn in kilometres."""

import pandas as pd
import shapely
from shapely import LineString, Point, box

from tests.towns import districts
from tests.towns.once import shared
from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo.maps import townscape
from zhaosheng_analysis.sentences import atlases

CRS = "EPSG:4549"
WEST, SOUTH = 500_000.0, 4_370_000.0
KM = 1000.0
NAMES = {"laoting": "乐亭县", "pingcheng": "平城区", "taobei": "洮北区", "zhanhe": "湛河区", "quzhou": "衢州市"}
INTAKE = {"laoting": "2025", "pingcheng": "2024", "taobei": "2024", "zhanhe": "2024", "quzhou": "2022"}


@shared
def demo(district_id: str) -> geodata.District:
    """Return a demo district with layers only."""
    layers = townscape.layers(district_id)
    facts = {"district_id": district_id, "name": NAMES[district_id], "district_code": "130225"}
    facts |= {"crs": str(layers["boundary"].crs), "intake_year": INTAKE[district_id]}
    return geodata.assemble(layers, districts.about(**facts), where="图")


@shared
def atlas(district_id: str) -> atlases.Atlas:
    """Return what a demo district offers to describe zones with."""
    return atlases.of(demo(district_id))


def square(left: float, low: float, right: float, top: float) -> shapely.Polygon:
    """Draw a rectangle in kilometres from the middle of the toy map."""
    return box(WEST + KM * left, SOUTH + KM * low, WEST + KM * right, SOUTH + KM * top)


def line(*points: tuple[float, float]) -> LineString:
    """Draw a line in kilometres from the middle of the toy map."""
    return LineString([(WEST + KM * x, SOUTH + KM * y) for x, y in points])


def point(x: float, y: float) -> Point:
    """Set a point in kilometres from the middle of the toy map."""
    return Point(WEST + KM * x, SOUTH + KM * y)


def toy(
    *,
    land: shapely.Polygon,
    streets: dict[str, LineString] | None = None,
    units: dict[str, shapely.Polygon] | None = None,
    areas: dict[str, tuple[str, shapely.Polygon]] | None = None,
    kinds: dict[str, str] | None = None,
    aliases: dict[str, str] | None = None,
    schools: list[dict] | None = None,
    zones: list[dict] | None = None,
    links: list[tuple[str, str]] | None = None,
    tables: dict[str, pd.DataFrame] | None = None,
    name: str = "玩具县",
) -> geodata.District:
    """Return a district of hand-drawn layers.

    `areas`: name -> (kind, shape). `kinds`: street -> kind where it is not a street. `links`: pairs of zone and school.
    """
    kinds, aliases = kinds or {}, aliases or {}
    street_rows = [
        {"street_id": f"s{n}", "name": name, "kind": kinds.get(name, "street"), "geometry": course}
        for n, (name, course) in enumerate((streets or {}).items())
    ]
    unit_rows = [
        {"unit_id": f"u{n}", "name": name, "aliases": aliases.get(name), "kind": "community", "geometry": shape}
        for n, (name, shape) in enumerate((units or {}).items())
    ]
    area_rows = [
        {"area_id": f"a{n}", "name": name, "kind": kind, "geometry": shape}
        for n, (name, (kind, shape)) in enumerate((areas or {}).items())
    ]
    facts = {"district_id": "toy", "name": name, "district_code": "130225", "crs": CRS}
    return districts.district(
        facts=facts,
        boundary=[{"district_id": "toy", "name": name, "geometry": land}],
        streets=street_rows,
        units=unit_rows,
        areas=area_rows,
        schools=schools or [],
        zones=zones or [],
        zone_schools=districts.links(links or []),
        **(tables or {}),
    )


def inside(district: geodata.District, land: shapely.Geometry) -> set[str]:
    """Return the names of the units that lie in the land with the greater part of their area."""
    units = district.units
    held = shapely.area(shapely.intersection(units.geometry.to_numpy(), land)) > 0.5 * units.area
    return set(units.loc[held, "name"])
