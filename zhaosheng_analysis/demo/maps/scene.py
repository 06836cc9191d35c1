"""A made-up district while it is drawn: its lines, its ground, and who lies where."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.demo.maps import blueprint, catchments, dwellings, parcels, streetplan
from zhaosheng_analysis.demo.maps.blueprint import Blueprint
from zhaosheng_analysis.demo.maps.parcels import Ground

APART_M = 900
"""Villages closer than this to a township seat are the seat."""


@dataclass(frozen=True)
class Scene:
    """A district while it is drawn: the layout, its lines, its ground, and who lies where.

    Attributes
    ----------
    layout : Blueprint
        The layout file.
    land : BaseGeometry
        The inhabited land, river beds included.
    curves : dict of str to LineString
        Named streets, rivers and railways.
    ground : Ground
        Units and edges.
    points : ndarray
        A point in every unit, (n, 2) metres.
    net : Web
        The web of neighbouring units.
    township : ndarray
        Position of the township of every unit in `layout["townships"]`.
    load : ndarray
        Dwellings of every unit.
    names : dict of str to int
        Unit of every place named in the layout, by name and by alias.
    labels : DataFrame
        Name and aliases of every unit.
    """

    layout: Blueprint
    land: BaseGeometry
    curves: dict[str, LineString]
    ground: Ground
    points: np.ndarray
    net: catchments.Web
    township: np.ndarray
    load: np.ndarray
    names: dict[str, int]
    labels: pd.DataFrame

    def unit_at(self, spot: blueprint.Spot) -> int:
        """Return the unit that holds a spot of the layout, or the nearest one."""
        return int(shapely.STRtree(self.ground.cells).nearest(self.layout.point(spot)))

    def unit_of(self, spec: dict[str, Any]) -> int:
        """Return the unit a school of the layout stands in: the named `place`, else the one at the spot `at`."""
        return self.names[spec["place"]] if "place" in spec else self.unit_at(spec["at"])

    def united(self, mask: np.ndarray) -> BaseGeometry:
        """Return the land of the chosen units as one shape."""
        return shapely.union_all(self.ground.cells[mask])


def draw(layout: Blueprint) -> Scene:
    """Draw lines and ground of a layout, and name the units."""
    curves = streetplan.named(layout)
    land = _land(layout)
    towns = [
        parcels.Town(layout.ring(town["shape"]), town["community_km2"] * 1e6, town.get("grows", 3.0))
        for town in layout["towns"]
    ]
    hamlets = _hamlets(layout, land, towns)
    cuts = [layout.curve(cut, name=str(cut), straight=True) for cut in layout.get("cuts", [])]
    limits = [layout.ring(area["shape"]) for area in layout["areas"] if area["kind"] == "limit"]
    cuts += [limit.intersection(land).boundary for limit in limits]
    ground = parcels.tile(land, towns, [*curves.values(), *cuts], hamlets, empty=_empty(layout, curves))
    kinds = {spec["name"]: spec.get("kind", "street") for spec in layout["streets"]}
    streets = [curves[name] for name, kind in kinds.items() if kind == "street"]
    barriers = [curves[name] for name, kind in kinds.items() if kind != "street"] or [LineString()]
    net = catchments.web(ground, streets, barriers)
    names, labels = dwellings.named(layout, ground)
    load = dwellings.counted(layout, ground)
    township = _townships(layout, ground, net)
    points = shapely.get_coordinates(shapely.point_on_surface(ground.cells))
    return Scene(layout, land, curves, ground, points, net, township, load, names, labels)


def boundary(layout: Blueprint) -> Polygon:
    """Return the outline of the district."""
    return layout.ring(layout["boundary"])


def _land(layout: Blueprint) -> BaseGeometry:
    """Return the land cut into units: the limit of the school zones if one is drawn, else the whole district."""
    limits = [layout.ring(area["shape"]) for area in layout["areas"] if area.get("inhabited")]
    return limits[0] if limits else boundary(layout)


def _empty(layout: Blueprint, curves: dict[str, LineString]) -> BaseGeometry:
    """Return the river beds wide enough that nobody lives there."""
    beds = [curves[spec["name"]].buffer(spec["half_width_m"]) for spec in layout["streets"] if spec.get("bed")]
    return shapely.union_all(beds)


def _hamlets(layout: Blueprint, land: BaseGeometry, towns: list[parcels.Town]) -> np.ndarray:
    """Return the places of all villages: the named ones, the township seats, and others as the layout asks for."""
    outside = land.difference(shapely.union_all([town.shape for town in towns]).buffer(250))
    spots = list(layout.metres([village["at"] for village in layout.get("villages", [])]))
    for seat in layout.metres([township["at"] for township in layout["townships"]]):
        near = any(np.linalg.norm(seat - spot) < APART_M for spot in spots)
        if shapely.contains_xy(outside, *seat) and not near:
            spots.append(seat)
    return parcels.spread(outside, layout["villages_n"], np.array(spots), stream=f"villages {layout['id']}")


def _townships(layout: Blueprint, ground: Ground, net: catchments.Web) -> np.ndarray:
    """Give every unit to the nearest township seat."""
    spots = [
        (number, spot)
        for number, seat in enumerate(layout["townships"])
        for spot in (seat["at"], *seat.get("also", []))
    ]
    tree = shapely.STRtree(ground.cells)
    sources = np.array([tree.nearest(layout.point(spot)) for _, spot in spots])
    everywhere = np.ones(len(ground.cells), dtype=bool)
    nearest = catchments.grow(net, sources, free=everywhere, load=everywhere, balance=0)
    township = np.array([number for number, _ in spots])[nearest]
    for number, seat in enumerate(layout["townships"]):
        if seat.get("covers_town"):
            township[ground.in_town] = number
    return township
