"""Maps of five districts that do not exist, with the real names of the five notices plausibly placed.

`layers` reads a layout (``demo/<district>.toml``) and returns every layer of a district folder: boundary, areas,
streets, units, schools, zones and zone_schools. The same layout gives the same map on every machine; nothing is
surveyed (示例数据).
"""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from zhaosheng_analysis.demo.maps import areamap, blueprint, schoolmap, streetplan, zonemap
from zhaosheng_analysis.demo.maps import scene as scenes
from zhaosheng_analysis.demo.maps.scene import Scene

DISTRICTS = ("pingcheng", "taobei", "quzhou", "zhanhe", "laoting")


def layers(district_id: str) -> dict[str, Any]:
    """Draw one demo district.

    Parameters
    ----------
    district_id : str
        One of `DISTRICTS`.

    Returns
    -------
    dict of str to object
        Layers boundary, areas, streets, units, schools, zones (GeoDataFrames in the CRS of the district, metres), the
        table zone_schools, and feeders (校校对口) where the layout has them.
    """
    scene = scenes.draw(blueprint.load(district_id))
    schools = schoolmap.schools(scene)
    drawn = zonemap.draw(scene)
    seats = _seats(scene)
    tables = {
        "boundary": _boundary(scene),
        "areas": areamap.areas(scene, drawn),
        "streets": streetplan.layer(scene.layout, scene.curves, scene.ground, seats, _villages(scene)),
        "units": _units(scene),
        "schools": schools,
        "zones": drawn.zones,
        "zone_schools": drawn.zone_schools,
    }
    return tables | ({"feeders": drawn.feeders} if len(drawn.feeders) else {})


def _boundary(scene: Scene) -> gpd.GeoDataFrame:
    """Return the layer `boundary`."""
    layout = scene.layout
    facts = {"district_id": [layout["id"]], "name": [layout["name"]]}
    return gpd.GeoDataFrame(facts, geometry=[scenes.boundary(layout)], crs=layout["crs"])


def _seats(scene: Scene) -> dict[str, np.ndarray]:
    """Return the place of every township that lies outside the towns."""
    built = shapely.union_all([scene.layout.ring(town["shape"]) for town in scene.layout["towns"]])
    seats = {township["name"]: scene.layout.point(township["at"]) for township in scene.layout["townships"]}
    return {name: shapely.get_coordinates(seat)[0] for name, seat in seats.items() if not built.contains(seat)}


def _villages(scene: Scene) -> dict[str, Any]:
    """Return the land of every village by name."""
    rural = ~scene.ground.in_town
    return dict(zip(scene.labels["name"][rural], scene.ground.cells[rural], strict=True))


def _units(scene: Scene) -> gpd.GeoDataFrame:
    """Return the layer `units`."""
    places = [schoolmap.home_area(scene, number) for number in scene.township]
    frame = scene.labels.assign(area_id=places, dwellings_n=scene.load.astype("int64"))
    units = gpd.GeoDataFrame(frame, geometry=scene.ground.cells, crs=scene.layout["crs"])
    return units[["unit_id", "name", "aliases", "kind", "area_id", "dwellings_n", "geometry"]]
