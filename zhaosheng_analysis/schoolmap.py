"""Schools, zones and areas of a made-up district, from the layout and the ground."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import Point

from zhaosheng_analysis import catchments

if TYPE_CHECKING:
    from zhaosheng_analysis.townscape import Scene

SCHOOL_TEXTS = [
    "school_id",
    "name",
    "aliases",
    "stage",
    "sector",
    "campus_of",
    "area_id",
    "township_id",
    "org_id",
    "approver",
]
SCHOOL_COLUMNS = [
    *SCHOOL_TEXTS,
    "boarding",
    "urban",
    "status",
    "opened_year",
    "closed_year",
    "successor_id",
    "geometry",
]
ROW_TEXTS = ["id", "name", "stage", "rule", "sentence", "condition"]
ZONE_TEXTS = ["zone_id", "name", "stage", "rule", "sentence"]
ZONE_COLUMNS = [*ZONE_TEXTS, "valid_from", "valid_to", "condition", "geometry"]
FROM_FENCE_M = 25


@dataclass(frozen=True)
class Drawn:
    """Zones with their schools; `masks` tells the units (True) of every zone."""

    zones: gpd.GeoDataFrame
    zone_schools: pd.DataFrame
    feeders: pd.DataFrame
    masks: dict[str, np.ndarray]


def home_area(scene: "Scene", township: int) -> str:
    """Return the area a unit is filed under: its county where the district has several, else its township."""
    spec = scene.layout["townships"][township]
    return spec.get("parent", spec["id"])


def schools(scene: "Scene") -> gpd.GeoDataFrame:
    """Return the layer `schools`; each stands in its unit, a little away from the street."""
    frame = gpd.GeoDataFrame([_school(scene, spec) for spec in scene.layout["schools"]], crs=scene.layout["crs"])
    frame = frame.rename(columns={"id": "school_id"})[SCHOOL_COLUMNS]
    texts = [*SCHOOL_TEXTS, "status", "successor_id"]
    return frame.astype(dict.fromkeys(texts, "str") | {"opened_year": "Int64", "closed_year": "Int64"})


def _school(scene: "Scene", spec: dict[str, Any]) -> dict[str, Any]:
    """Return one school: what the layout says of it, and what follows from where it stands."""
    unit = scene.unit_at(spec["at"])
    township = scene.layout["townships"][scene.township[unit]]
    usual = {"stage": "primary", "sector": "public", "boarding": False, "status": "open"}
    silent = dict.fromkeys(["aliases", "campus_of", "org_id", "approver", "opened_year", "closed_year", "successor_id"])
    placed = {
        "area_id": township.get("parent"),
        "township_id": township["id"],
        "urban": bool(scene.ground.in_town[unit]),
        "geometry": _standing(scene.ground.cells[unit], scene.layout.point(spec["at"])),
    }
    return silent | usual | placed | spec


def _standing(cell: shapely.Polygon, spot: Point) -> Point:
    """Return the spot if it lies well inside the unit, else a point in the middle of the unit."""
    place = spot if cell.buffer(-FROM_FENCE_M).contains(spot) else cell.point_on_surface()
    return shapely.set_precision(place, 0.1)


def zones(scene: "Scene") -> Drawn:
    """Draw the zones of both stages: those with a sentence first, the rest grown from the schools."""
    rows: list[dict[str, Any]] = []
    for stage in ("primary", "junior"):
        specs = [spec for spec in scene.layout.get("zones", []) if spec["stage"] == stage]
        masks = _claimed(scene, specs)
        owner = _grown(scene, stage, specs, masks)
        rows += [row for spec, mask in zip(specs, masks, strict=True) if (row := _spec_row(spec, mask))["schools"]]
        rows += _grown_rows(scene, stage, owner, specs, masks)
    rows += _feeder_rows(scene, rows)
    return _drawn(scene, rows)


def area_masks(scene: "Scene") -> dict[str, np.ndarray]:
    """Return the units (True) of every area that the layout outlines, lists or builds of townships."""
    masks: dict[str, np.ndarray] = {}
    for number, township in enumerate(scene.layout["townships"]):
        masks[township["id"]] = scene.township == number
    for area in scene.layout["areas"]:
        if "shape" in area:
            ring = scene.layout.ring(area["shape"])
            mask = shapely.contains_xy(ring, scene.points[:, 0], scene.points[:, 1])
            masks[area["id"]] = (
                mask & ~scene.ground.in_town if area["kind"].startswith("former") and area.get("rural") else mask
            )
        elif "members" in area:
            masks[area["id"]] = np.isin(np.arange(len(scene.points)), [scene.names[name] for name in area["members"]])
        elif "townships" in area:
            masks[area["id"]] = np.any([masks[township] for township in area["townships"]], axis=0)
        elif area.get("town"):
            masks[area["id"]] = scene.ground.in_town
    for area in scene.layout["areas"]:
        if area["kind"] == "district":
            inside = [
                place
                for place, township in enumerate(scene.layout["townships"])
                if township.get("parent") == area["id"]
            ]
            masks[area["id"]] = np.isin(scene.township, inside)
    return masks


def _claimed(scene: "Scene", specs: list[dict[str, Any]]) -> list[np.ndarray]:
    """Return the units of every hand-made zone; one that lies inside another (`over`) takes them out of it."""
    masks = catchments.claims(
        specs, names=scene.names, shapes=area_masks(scene), curves=scene.curves, points=scene.points
    )
    place = {spec["id"]: number for number, spec in enumerate(specs)}
    for spec, mask in zip(specs, masks, strict=True):
        for below in spec.get("over", []):
            masks[place[below]] = masks[place[below]] & ~mask
    return masks


def _grown(scene: "Scene", stage: str, specs: list[dict[str, Any]], masks: list[np.ndarray]) -> np.ndarray:
    """Return for every unit the id of the school its zone grew from, or an empty text."""
    claimed = np.any([np.zeros(len(scene.points), bool), *masks], axis=0)
    handled = {school for spec in specs for school in spec["schools"] if not spec.get("also_grows")}
    handled |= set(scene.layout.get("feeders", {})) if stage == "junior" else set()
    grows = [spec for spec in scene.layout["schools"] if _has_zone(spec, stage) and spec["id"] not in handled]
    owner = np.full(len(scene.points), "", dtype=object)
    rules = scene.layout.get("zoning", {})
    for county in {spec.get("area_id") if rules.get("by_county") else None: None for spec in grows}:
        ours = [spec for spec in grows if not rules.get("by_county") or spec.get("area_id") == county]
        here = area_masks(scene)[county] if rules.get("by_county") else np.ones(len(scene.points), bool)
        sources = np.array([scene.unit_at(spec["at"]) for spec in ours])
        found = catchments.grow(
            scene.net,
            sources,
            free=here & ~claimed,
            load=scene.load,
            balance=rules["balance"],
            parts=scene.township if rules.get("by_township") else None,
        )
        ids = np.array([spec["id"] for spec in ours] + [""], dtype=object)
        owner = np.where(found >= 0, ids[found], owner)
    return owner


def _has_zone(spec: dict[str, Any], stage: str) -> bool:
    """Tell whether a school has a zone of its own at this stage."""
    stages = ("primary", "junior") if spec.get("stage") == "both" else (spec.get("stage", "primary"),)
    public = spec.get("sector", "public") == "public"
    return stage in stages and spec.get("zone", public and spec.get("status", "open") in ("open", "closing"))


def _spec_row(spec: dict[str, Any], mask: np.ndarray) -> dict[str, Any]:
    """Return a hand-made zone with its units."""
    keys = ("id", "name", "stage", "sentence", "from", "to", "condition", "if_vacant")
    return {key: spec.get(key) for key in keys} | {
        "rule": spec.get("rule", "single"),
        "schools": spec.get("schools", []),
        "mask": mask,
    }


def _grown_rows(
    scene: "Scene", stage: str, owner: np.ndarray, specs: list[dict[str, Any]], masks: list[np.ndarray]
) -> list[dict[str, Any]]:
    """Return the grown zones; where a temporary zone falls to its `parent` later, the parent has two versions."""
    begins = scene.layout.get("zoning", {}).get("from")
    rows = []
    for spec in scene.layout["schools"]:
        mask = owner == spec["id"]
        if not mask.any():
            continue
        suffix = "-j" if spec.get("stage") == "both" and stage == "junior" else ""
        zone_id = spec["id"].replace("-sch-", "-zone-") + suffix
        short = (spec.get("aliases") or spec["name"]).split("、")[0]
        row = {
            "id": zone_id,
            "name": f"{short}学区",
            "stage": stage,
            "rule": "single",
            "schools": [spec["id"]],
            "from": begins,
            "mask": mask,
        }
        later = [(below, part) for below, part in zip(specs, masks, strict=True) if below.get("parent") == spec["id"]]
        rows.append(row | ({"to": later[0][0]["to"]} if later else {}))
        for below, part in later:
            since = pd.Timestamp(below["to"]) + pd.Timedelta(days=1)
            rows.append(row | {"id": f"{zone_id}-{since.year}", "from": since, "mask": mask | part})
    return rows


def _feeder_rows(scene: "Scene", rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the junior zones that are the zones of their feeder primaries together."""
    at = {row["schools"][0]: row["mask"] for row in rows if row["stage"] == "primary" and len(row["schools"]) == 1}
    begins = scene.layout.get("zoning", {}).get("from")
    found = []
    for junior, primaries in scene.layout.get("feeders", {}).items():
        name = next(spec["name"] for spec in scene.layout["schools"] if spec["id"] == junior)
        mask = np.any([at[primary] for primary in primaries], axis=0)
        zone_id = junior.replace("-sch-", "-zone-") + "-j"
        found.append(
            {
                "id": zone_id,
                "name": f"{name}对口学区",
                "stage": "junior",
                "rule": "feeder",
                "schools": [junior],
                "from": begins,
                "mask": mask,
            }
        )
    return found


def _drawn(scene: "Scene", rows: list[dict[str, Any]]) -> Drawn:
    """Turn zone rows into the layers and hold every mask under its zone."""
    columns = {"id": "zone_id", "from": "valid_from", "to": "valid_to"}
    frame = pd.DataFrame(rows, columns=[*ROW_TEXTS, "from", "to"]).rename(columns=columns)
    for column in ("valid_from", "valid_to"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    frame = frame.astype(dict.fromkeys([*ZONE_TEXTS, "condition"], "str"))
    zones = gpd.GeoDataFrame(frame, geometry=[scene.united(row["mask"]) for row in rows], crs=scene.layout["crs"])
    pairs = [
        (row["id"], school, order, bool(row.get("if_vacant")))
        for row in rows
        for order, school in enumerate(row["schools"], 1)
    ]
    zone_schools = pd.DataFrame(pairs, columns=["zone_id", "school_id", "order_n", "if_vacant"])
    feeds = [
        (primary, junior) for junior, primaries in scene.layout.get("feeders", {}).items() for primary in primaries
    ]
    feeders = pd.DataFrame(feeds, columns=["primary_id", "junior_id"])
    return Drawn(zones[ZONE_COLUMNS], zone_schools, feeders, {row["id"]: row["mask"] for row in rows})


def areas(scene: "Scene", drawn: Drawn) -> gpd.GeoDataFrame:
    """Return the layer `areas`: townships, those of the layout, and the unions of their schools' zones."""
    layout, masks = scene.layout, area_masks(scene)
    rows = [
        {"area_id": spec["id"], "name": spec["name"], "kind": spec["kind"], "parent_id": spec.get("parent"),
         "point_school_id": spec.get("point_school"), "geometry": _area_shape(scene, spec, masks, drawn)}
        for spec in layout["areas"]
    ]  # fmt: skip
    rows += [
        {"area_id": spec["id"], "name": spec["name"], "kind": "township", "parent_id": spec.get("parent"),
         "point_school_id": None, "geometry": scene.united(masks[spec["id"]])}
        for spec in layout["townships"]
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(rows, crs=layout["crs"])
    return frame.astype(dict.fromkeys(["area_id", "name", "kind", "parent_id", "point_school_id"], "str"))


def _area_shape(scene: "Scene", spec: dict[str, Any], masks: dict[str, np.ndarray], drawn: Drawn) -> shapely.Geometry:
    """Return the shape of an area: as drawn for limits, of whole units otherwise."""
    if spec["kind"] == "limit":
        return scene.layout.ring(spec["shape"]).intersection(scene.land)
    if spec["kind"] == "urban":
        return shapely.union_all([scene.layout.ring(town["shape"]) for town in scene.layout["towns"]])
    if spec["id"] in masks:
        return scene.united(masks[spec["id"]])
    ours = {
        school["id"]
        for school in scene.layout["schools"]
        if spec["id"] in (school.get("area_id"), school.get("org_id"))
    }
    zone_ids = drawn.zone_schools.loc[drawn.zone_schools["school_id"].isin(ours), "zone_id"]
    single = drawn.zones.loc[drawn.zones["rule"] == "single", "zone_id"]
    return scene.united(np.any([drawn.masks[zone] for zone in zone_ids if zone in set(single)], axis=0))
