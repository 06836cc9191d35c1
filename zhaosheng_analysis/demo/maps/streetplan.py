"""The streets of a made-up district: the named ones as drawn, the others along the edges between units.

Named streets come from the layout, because zone sentences speak of them; lanes are the long cuts inside the towns;
country roads lead to every township and village. All lie exactly on the edges of units.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis import lottery
from zhaosheng_analysis.demo.maps import countryroads
from zhaosheng_analysis.demo.maps.blueprint import GRID_M, SEED, Blueprint
from zhaosheng_analysis.demo.maps.countryroads import ends
from zhaosheng_analysis.demo.maps.parcels import TOUCH_M, Ground

LEAST_LANE_M = 200


def named(layout: Blueprint) -> dict[str, LineString]:
    """Draw the streets, rivers and railways of the layout, in the order in which it lists them.

    A street with `along` runs beside an earlier one; a street with `stops` ends where it meets those.
    """
    curves: dict[str, LineString] = {}
    for spec in layout["streets"]:
        name = spec["name"]
        if "along" in spec:
            curve = shapely.set_precision(curves[spec["along"]].offset_curve(spec["aside_m"]), GRID_M)
        else:
            curve = layout.curve(spec["at"], name=name, straight=spec.get("straight", False))
        curves[name] = _stopped(curve, [curves[stop] for stop in spec.get("stops", [])])
    return curves


def _stopped(curve: LineString, stops: list[LineString]) -> LineString:
    """Keep the longest part of a line between those it stops at."""
    if not stops:
        return curve
    parts = shapely.get_parts(curve.difference(shapely.union_all(stops)))
    return max(parts, key=lambda part: part.length)


def layer(
    layout: Blueprint,
    curves: dict[str, LineString],
    ground: Ground,
    seats: dict[str, np.ndarray],
    villages: dict[str, BaseGeometry],
) -> gpd.GeoDataFrame:
    """Assemble the layer `streets`: named streets, their bridges, lanes in town and country roads.

    Parameters
    ----------
    layout : Blueprint
        The layout of the district.
    curves : dict of str to LineString
        What `named` returned.
    ground : Ground
        Units and their edges.
    seats : dict of str to ndarray
        Place of every township outside the towns, by name.
    villages : dict of str to BaseGeometry
        The land of every village, by name.

    Returns
    -------
    GeoDataFrame
        The layer streets.
    """
    rows = [
        _row(spec["name"], spec.get("kind", "street"), _on_edges(curves[spec["name"]], ground))
        for spec in layout["streets"]
    ]
    rows += _bridges(layout, curves)
    rows += _lanes(layout, ground)
    rows += [_row(*road) for road in countryroads.drawn(layout, curves, ground, seats, villages)]
    for number, row in enumerate(rows, start=1):
        row["street_id"] = f"{layout.prefix}-street-{number:03d}"
    columns = ["street_id", "name", "kind", "geometry"]
    return gpd.GeoDataFrame(rows, crs=layout["crs"])[columns]


def _row(name: str, kind: str, geometry: BaseGeometry) -> dict[str, Any]:
    """Return one street without its number."""
    return {"name": name, "kind": kind, "geometry": geometry}


def _on_edges(curve: LineString, ground: Ground) -> BaseGeometry:
    """Return a line made of whole edges of units: what the drawn one became on the grid."""
    tree = shapely.STRtree(ground.edges)
    near = tree.query(curve, predicate="dwithin", distance=TOUCH_M)
    middle = shapely.line_interpolate_point(ground.edges[near], 0.5, normalized=True)
    along = near[shapely.dwithin(middle, curve, TOUCH_M)]
    return shapely.line_merge(shapely.union_all(ground.edges[np.sort(along)]))


def _bridges(layout: Blueprint, curves: dict[str, LineString]) -> list[dict[str, Any]]:
    """Return the part of a street that lies over a river, for the streets the layout gives a bridge."""
    rows = []
    for spec in layout["streets"]:
        bed = curves[spec["name"]].buffer(spec.get("half_width_m", 60), cap_style="flat")
        for street in spec.get("bridges", []):
            name = street.removesuffix("路").removesuffix("街") + "桥"
            name = spec["name"] + name if name in {row["name"] for row in rows} else name
            for number, over in enumerate(shapely.get_parts(curves[street].intersection(bed))):
                rows.append(_row(("", "东", "南", "西")[number] + name, "bridge", shapely.set_precision(over, GRID_M)))
    return rows


def _lanes(layout: Blueprint, ground: Ground) -> list[dict[str, Any]]:
    """Name the long cuts inside the towns: 路 from north to south, 街 from west to east."""
    stems = [head + middle for middle in ("", "新", "东", "西", "南", "北") for head in layout["lane_heads"]]
    order = np.argsort(lottery.tickets(stems, seed=SEED, stream=f"lanes {layout['id']}"), kind="stable")
    fresh = [stems[place] for place in order]
    drawn = {spec["name"][:-1] for spec in layout["streets"]}
    stem = iter([name for name in fresh if name not in drawn])
    rows = []
    for cut in ground.lanes:
        line = max(shapely.get_parts(_on_edges(cut, ground)), key=lambda piece: piece.length, default=LineString())
        if line.length >= LEAST_LANE_M:
            across, along = np.abs(np.diff(ends(line), axis=0))[0]
            rows.append(_row(next(stem) + ("街" if across > along else "路"), "street", line))
    return rows
