"""The layers `zones` and `zone_schools` of a made-up district.

Zones with a sentence of their own come first, the others grow from the schools. Where a text merges a zone into another
on a day, the heir has two versions: one that ends the day before, one with the inherited land.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis.demo.maps import catchments
from zhaosheng_analysis.demo.maps.scene import Scene
from zhaosheng_analysis.demo.maps.schoolmap import area_masks

ROW_TEXTS = ["id", "name", "stage", "rule", "sentence", "condition"]
ZONE_COLUMNS = [
    "zone_id",
    "name",
    "stage",
    "rule",
    "sentence",
    "valid_from",
    "valid_to",
    "condition",
    "geometry",
]

Row = dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """Zones, their schools, the feeders (校校对口), and the units (True) of every zone."""

    zones: gpd.GeoDataFrame
    zone_schools: pd.DataFrame
    feeders: pd.DataFrame
    masks: dict[str, np.ndarray]


def draw(scene: Scene) -> Drawn:
    """Draw the zones of both stages."""
    rows: list[Row] = []
    for stage in ("primary", "junior"):
        specs = [spec for spec in scene.layout.get("zones", []) if spec["stage"] == stage]
        written = [spec | {"mask": mask} for spec, mask in zip(specs, _claimed(scene, specs), strict=True)]
        for row in written:
            if row["schools"]:
                rows += _versions({"rule": "single"} | row, _returned(row, written))
        rows += _grown_rows(scene, stage, written)
    rows += _feeder_rows(scene, rows)
    return _layers(scene, rows)


def _claimed(scene: Scene, specs: list[Row]) -> list[np.ndarray]:
    """Return the units of every written zone; one that lies inside another (`over`) takes them out of it."""
    shapes = area_masks(scene)
    masks = catchments.claims(specs, names=scene.names, shapes=shapes, curves=scene.curves, points=scene.points)
    place = {spec["id"]: number for number, spec in enumerate(specs)}
    for spec, mask in zip(specs, masks, strict=True):
        for below in spec.get("over", []):
            masks[place[below]] = masks[place[below]] & ~mask
    return masks


def _grown_rows(scene: Scene, stage: str, written: list[Row]) -> list[Row]:
    """Return the zones that grow from schools, with a second version where one inherits land later."""
    owner = _owners(scene, stage, written)
    rows = []
    for spec in scene.layout["schools"]:
        mask = owner == spec["id"]
        if mask.any():
            bequests = _bequests(scene, spec["id"], owner, written)
            rows += _versions(_grown_row(scene, spec, stage, mask), bequests)
    return rows


def _owners(scene: Scene, stage: str, written: list[Row]) -> np.ndarray:
    """Return for every unit the id of the school whose zone it grew into, or an empty text."""
    claimed = np.any([np.zeros(len(scene.points), bool), *(row["mask"] for row in written)], axis=0)
    served = {school for row in written for school in row["schools"] if not row.get("also_grows")}
    served |= set(scene.layout.get("feeders", {})) if stage == "junior" else set()
    growing = [spec for spec in scene.layout["schools"] if _has_zone(spec, stage) and spec["id"] not in served]
    by_county = scene.layout["zoning"].get("by_county", False)
    owner = np.full(len(scene.points), "", dtype=object)
    for county in dict.fromkeys(spec["area_id"] if by_county else "" for spec in growing):
        here = area_masks(scene)[county] if by_county else np.ones(len(scene.points), bool)
        ours = [spec for spec in growing if not by_county or spec["area_id"] == county]
        owner = np.where(here & ~claimed, _grown(scene, ours, here & ~claimed), owner)
    return owner


def _has_zone(spec: Row, stage: str) -> bool:
    """Tell whether a school has a zone of its own at this stage: public ones do, private ones if the layout says."""
    stages = ("primary", "junior") if spec.get("stage") == "both" else (spec.get("stage", "primary"),)
    public = spec.get("sector", "public") == "public" and spec.get("status", "open") in ("open", "closing")
    return stage in stages and spec.get("zone", public)


def _grown(scene: Scene, growing: list[Row], free: np.ndarray) -> np.ndarray:
    """Return the id of the school each free unit goes to (empty where a unit is not free)."""
    sources = np.array([scene.unit_of(spec) for spec in growing])
    zoning = scene.layout["zoning"]
    barred = _barred(scene, sources) if zoning.get("by_township") else None
    grown = catchments.grow(scene.net, sources, free=free, load=scene.load, balance=zoning["balance"], barred=barred)
    return np.array([*(spec["id"] for spec in growing), ""], dtype=object)[grown]


def _barred(scene: Scene, sources: np.ndarray) -> np.ndarray:
    """Tell which units a school may not serve where townships keep to their own schools.

    Schools in town serve no village and the other way round; a township outside the towns that has a school of its own
    sends nobody elsewhere.
    """
    town = scene.ground.in_town
    part = np.where(town, -1, scene.township)
    has_school = np.isin(part, part[sources])
    return (has_school & (part[sources][:, None] != part)) | (town[sources][:, None] != town)


def _grown_row(scene: Scene, spec: Row, stage: str, mask: np.ndarray) -> Row:
    """Return the zone of a school."""
    suffix = "-j" if spec.get("stage") == "both" and stage == "junior" else ""
    short = (spec.get("aliases") or spec["name"]).split("、")[0]
    row = {
        "id": spec["id"].replace("-sch-", "-zone-") + suffix,
        "name": f"{short}学区",
        "stage": stage,
        "rule": "single",
    }
    row |= {"schools": [spec["id"]], "from": scene.layout["zoning"].get("from"), "mask": mask}
    return row | {"to": spec.get("zone_to"), "condition": spec.get("zone_condition"), "sentence": spec.get("sentence")}


def _returned(row: Row, written: list[Row]) -> list[tuple[Any, np.ndarray, str | None]]:
    """Return what falls back to a written zone when the choice over a part of it ends; its sentence stays."""
    over = [other for other in written if row["id"] in other.get("over", []) and "to" in other]
    return [(other["to"], other["mask"], row.get("sentence")) for other in over]


def _bequests(
    scene: Scene, heir: str, owner: np.ndarray, written: list[Row]
) -> list[tuple[Any, np.ndarray, str | None]]:
    """Return what falls to a school later: last day of the old order, units, and the sentence that says so."""
    bequests = [(row["to"], row["mask"], None) for row in written if row.get("parent") == heir]
    closing = [spec for spec in scene.layout["schools"] if spec.get("successor_id") == heir and "zone_to" in spec]
    return bequests + [(spec["zone_to"], owner == spec["id"], spec.get("heir_sentence")) for spec in closing]


def _versions(row: Row, bequests: list[tuple[Any, np.ndarray, str | None]]) -> list[Row]:
    """Return one version of a zone, or two where it inherits land."""
    if not bequests:
        return [row]
    last_day, land, sentence = bequests[0]
    since = pd.Timestamp(last_day) + pd.Timedelta(days=1)
    merged = {"id": f"{row['id']}-{since.year}", "from": since, "mask": row["mask"] | land, "sentence": sentence}
    return [row | {"to": last_day}, row | merged]


def _feeder_rows(scene: Scene, rows: list[Row]) -> list[Row]:
    """Return the junior zones that are the zones of their feeder primaries together."""
    land = {row["schools"][0]: row["mask"] for row in rows if row["stage"] == "primary" and len(row["schools"]) == 1}
    names = {spec["id"]: spec["name"] for spec in scene.layout["schools"]}
    feeders = []
    for junior, primaries in scene.layout.get("feeders", {}).items():
        row = {"id": junior.replace("-sch-", "-zone-") + "-fed", "name": f"{names[junior]}对口学区", "stage": "junior"}
        row |= {"rule": "feeder", "schools": [junior], "from": scene.layout["zoning"].get("from")}
        feeders.append(row | {"mask": np.any([land[primary] for primary in primaries], axis=0)})
    return feeders


def _layers(scene: Scene, rows: list[Row]) -> Drawn:
    """Turn zone rows into the layer and its tables."""
    columns = {"id": "zone_id", "from": "valid_from", "to": "valid_to"}
    frame = pd.DataFrame(rows, columns=[*ROW_TEXTS, "from", "to"]).astype(dict.fromkeys(ROW_TEXTS, "str"))
    frame = frame.rename(columns=columns)
    for column in ("valid_from", "valid_to"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    zones = gpd.GeoDataFrame(frame, geometry=[scene.united(row["mask"]) for row in rows], crs=scene.layout["crs"])
    pairs = [
        (row["id"], school, order, bool(row.get("if_vacant", False)))
        for row in rows
        for order, school in enumerate(row["schools"], start=1)
    ]
    zone_schools = pd.DataFrame(pairs, columns=["zone_id", "school_id", "order_n", "if_vacant"])
    feeds = scene.layout.get("feeders", {})
    pairs = [(primary, junior) for junior, primaries in feeds.items() for primary in primaries]
    feeders = pd.DataFrame(pairs, columns=["primary_id", "junior_id"])
    return Drawn(zones[ZONE_COLUMNS], zone_schools, feeders, {row["id"]: row["mask"] for row in rows})
