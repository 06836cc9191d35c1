"""The layer `areas` of a made-up district: townships, towns, limits, 大学区, former school districts, others."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.demo.maps.scene import Scene
from zhaosheng_analysis.demo.maps.schoolmap import area_masks
from zhaosheng_analysis.demo.maps.zonemap import Drawn

AREA_TEXTS = ["area_id", "name", "kind", "parent_id", "point_school_id"]


def areas(scene: Scene, drawn: Drawn) -> gpd.GeoDataFrame:
    """Return the layer `areas`: those of the layout, then the townships."""
    masks = area_masks(scene)
    townships = [{"kind": "township"} | township for township in scene.layout["townships"]]
    rows = [
        {
            "area_id": spec["id"],
            "name": spec["name"],
            "kind": spec["kind"],
            "parent_id": spec.get("parent"),
            "point_school_id": spec.get("point_school"),
            "geometry": _area_shape(scene, spec, masks, drawn),
        }
        for spec in [*scene.layout["areas"], *townships]
    ]
    return gpd.GeoDataFrame(rows, crs=scene.layout["crs"]).astype(dict.fromkeys(AREA_TEXTS, "str"))


def _area_shape(scene: Scene, spec: dict[str, Any], masks: dict[str, np.ndarray], drawn: Drawn) -> BaseGeometry:
    """Return the shape of an area: as drawn for limits and towns, of whole units otherwise."""
    if spec["kind"] == "limit":
        return scene.layout.ring(spec["shape"]).intersection(scene.land)
    if spec["kind"] == "urban":
        return shapely.union_all([scene.layout.ring(town["shape"]) for town in scene.layout["towns"]])
    if spec["id"] in masks:
        return scene.united(masks[spec["id"]])
    if "members_of" in spec:
        return scene.united(drawn.masks[spec["members_of"].replace("-sch-", "-zone-")])
    return scene.united(_zones_of_members(scene, spec["id"], drawn))


def _zones_of_members(scene: Scene, area: str, drawn: Drawn) -> np.ndarray:
    """Return the units (True) in the single zones of the schools that belong to an area or report to a unit."""
    ours = [spec["id"] for spec in scene.layout["schools"] if area in (spec.get("area_id"), spec.get("org_id"))]
    single = drawn.zones.loc[drawn.zones["rule"] == "single", "zone_id"]
    pairs = drawn.zone_schools
    wanted = pairs.loc[pairs["school_id"].isin(ours) & pairs["zone_id"].isin(single), "zone_id"]
    return np.any([drawn.masks[zone] for zone in wanted], axis=0)
