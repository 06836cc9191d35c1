"""Schools of a made-up district, and which units its areas hold."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import Point

from zhaosheng_analysis.demo.maps.scene import Scene

SCHOOL_TEXTS = ["school_id", "name", "aliases", "stage", "sector", "campus_of", "area_id", "township_id", "org_id"]
SCHOOL_FACTS = ["approver", "boarding", "urban", "status", "opened_year", "closed_year", "successor_id", "geometry"]
FROM_FENCE_M = 25


def home_area(scene: Scene, township: int) -> str:
    """Return the area a unit is filed under: its county where the district has several, else its township."""
    spec = scene.layout["townships"][township]
    return spec.get("parent", spec["id"])


def schools(scene: Scene) -> gpd.GeoDataFrame:
    """Return the layer `schools`; each stands in its unit, a little away from the street."""
    frame = gpd.GeoDataFrame([_school(scene, spec) for spec in scene.layout["schools"]], crs=scene.layout["crs"])
    frame = frame.rename(columns={"id": "school_id"})[SCHOOL_TEXTS + SCHOOL_FACTS]
    texts = [*SCHOOL_TEXTS, "approver", "status", "successor_id"]
    return frame.astype(dict.fromkeys(texts, "str") | {"opened_year": "Int64", "closed_year": "Int64"})


def _school(scene: Scene, spec: dict[str, Any]) -> dict[str, Any]:
    """Return one school: what the layout says of it, and what follows from where it stands."""
    unit = scene.unit_of(spec)
    township = scene.layout["townships"][scene.township[unit]]
    usual = {"stage": "primary", "sector": "public", "boarding": False, "status": "open"}
    silent = dict.fromkeys(["aliases", "campus_of", "org_id", "approver", "opened_year", "closed_year", "successor_id"])
    placed = {
        "area_id": township.get("parent"),
        "township_id": township["id"],
        "urban": bool(scene.ground.in_town[unit]),
        "geometry": _standing(scene.ground.cells[unit], scene.layout.point(spec["at"]) if "at" in spec else None),
    }
    return silent | usual | placed | spec


def _standing(cell: shapely.Polygon, spot: Point | None) -> Point:
    """Return the spot if it lies well inside the unit, else a point in the middle of the unit."""
    well_inside = spot is not None and cell.buffer(-FROM_FENCE_M).contains(spot)
    return shapely.set_precision(spot if well_inside else cell.point_on_surface(), 0.1)


def area_masks(scene: Scene) -> dict[str, np.ndarray]:
    """Return the units (True) of every township, and of every area that is outlined, lists places or has townships."""
    townships = scene.layout["townships"]
    masks = {township["id"]: scene.township == number for number, township in enumerate(townships)}
    for area in scene.layout["areas"]:
        mask = _area_mask(scene, area)
        if mask is not None:
            masks[area["id"]] = mask
    return masks


def _area_mask(scene: Scene, area: dict[str, Any]) -> np.ndarray | None:
    """Return the units (True) of one area of the layout, or None where it is made of its schools' zones."""
    if "shape" in area:
        ring = scene.layout.ring(area["shape"])
        inside = shapely.contains_xy(ring, scene.points[:, 0], scene.points[:, 1])
        return inside & ~scene.ground.in_town if area.get("rural") else inside
    if "members" in area:
        return np.isin(np.arange(len(scene.points)), [scene.names[name] for name in area["members"]])
    if area["kind"] == "urban":
        return scene.ground.in_town
    if area["kind"] == "district":
        parents = [township.get("parent") for township in scene.layout["townships"]]
        return np.isin(scene.township, [number for number, parent in enumerate(parents) if parent == area["id"]])
    return None
