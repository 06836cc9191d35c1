"""GeoJSON whose shapes are written otherwise than they say: put right where it can only be meant so, else refused.

GDAL takes a shape it does not understand for no shape at all and says nothing: a ring one bracket too deep is a zone
that is gone. So each shape is looked at before GDAL sees it.
"""

import re
from collections.abc import Mapping
from typing import Any

from zhaosheng_analysis.schema import Fault

_DEPTHS = {"Point": 1, "MultiPoint": 2, "LineString": 2, "MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4}
_NAMES = {name.lower(): name for name in (*_DEPTHS, "GeometryCollection")}
_NUMBER = re.compile(r"\s*-?\d+(\.\d+)?\s*")
_ANOTHER, _AS_TEXT, _OPEN = "类型与坐标的层数不符，按坐标读取", "坐标写成了文字，当作数字", "边线没有闭合，已首尾相连"


class _Strange(Exception):  # noqa: N818 - a way out of a recursion, never seen outside
    """What is no coordinate."""


def settled(data: Mapping[str, Any], file: str) -> tuple[dict[str, Any], str, list[Fault]]:
    """Return features whose shapes are what they say, what was put right, and the shapes nobody can read.

    Parameters
    ----------
    data : mapping
        A GeoJSON as decoded.
    file : str
        Its name, for the messages.

    Returns
    -------
    tuple of (dict, str, list of Fault)
        The features; what was put right, in Chinese, or ""; what must be put right by hand.
    """
    features = data.get("features") if data.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        return dict(data), "", []
    settled_features, said, lost = [], {}, []
    for place, feature in enumerate(features, start=1):
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        try:
            shape, put_right = _shape(shape)
        except _Strange:
            lost.append(place)
            continue
        settled_features.append({**feature, "geometry": shape} if put_right else feature)
        for what in put_right:
            said.setdefault(what, []).append(place)
    reasons = "；".join(f"{_places(places)}的{what}" for what, places in said.items())
    remedy = "请在 GIS 中重新导出，或补画这些图形"
    found = f"有 {len(lost)} 个要素的图形读不出：{_places(lost)}" if lost else ""
    faults = [Fault(file, found, "须为 GeoJSON 的点、线、面，坐标为数字", remedy)] if lost else []
    return {**data, "features": settled_features}, reasons, faults


def _places(places: list[int]) -> str:
    return "、".join(f"第 {place} 个" for place in places[:3]) + (f"等 {len(places)} 个" if len(places) > 3 else "")


def _shape(shape: Any) -> tuple[Any, set[str]]:
    """Return a shape as its coordinates have it, and what was put right; one without coordinates is none."""
    if shape is None:
        return None, set()
    name = _NAMES.get(str(shape.get("type", "")).lower()) if isinstance(shape, dict) else None
    if name == "GeometryCollection":
        return shape, set()
    if name is None or not isinstance(shape.get("coordinates"), list):
        raise _Strange
    if not shape["coordinates"]:
        return shape, set()
    said: set[str] = set()
    coordinates, depth = _read(shape["coordinates"], said)
    family = name.removeprefix("Multi")
    meant = next((other for other in (family, f"Multi{family}") if _DEPTHS[other] == depth), None)
    if meant is None:
        raise _Strange
    if meant != name:
        said.add(_ANOTHER)
    if family == "Polygon":
        parts = [coordinates] if meant == "Polygon" else coordinates
        said |= {_OPEN for rings in parts for ring in rings if _close(ring)}
    if said or shape["type"] != meant:
        return {"type": meant, "coordinates": coordinates}, said or {_ANOTHER}
    return shape, said


def _read(part: Any, said: set[str]) -> tuple[Any, int]:
    """Return coordinates as numbers, and how many lists deep a position lies."""
    if not isinstance(part, list) or not part:
        raise _Strange
    if not isinstance(part[0], list):
        if len(part) < 2:
            raise _Strange
        return [_number(value, said) for value in part], 1
    read = [_read(inner, said) for inner in part]
    if len({depth for _, depth in read}) > 1:
        raise _Strange
    return [inner for inner, _ in read], read[0][1] + 1


def _number(value: Any, said: set[str]) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        said.add(_AS_TEXT)
        return float(value)
    raise _Strange


def _close(ring: list) -> bool:
    """Close a ring that is open; one of fewer than three corners has no inside."""
    if len(ring) < 3:
        raise _Strange
    if ring[0] == ring[-1]:
        return False
    ring.append(ring[0])
    return True
