"""Pictures of zones: a map of all of them, and one of each finding.

They compute nothing but the extent of the map; what is drawn comes finished from `zones`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis.figures import maps
from zhaosheng_analysis.figures import style as figures
from zhaosheng_analysis.schema import takes

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.figures.line_breaks import lines
from zhaosheng_analysis.figures.map_panels import (
    ALARM,
    HEIGHT_INCH,
    TINTS,
    fill,
    ground,
    named,
    schools,
    sheet,
    streets,
    view,
)

MARGIN = 0.35
MOST_SHOWN = 4


@takes(findings="zone_findings")
def overview(zones: gpd.GeoDataFrame, findings: gpd.GeoDataFrame, district: District, *, title: str) -> Figure:
    """Draw all zones of one stage with their schools, and in red where something was found; a small town apart.

    Parameters
    ----------
    zones : GeoDataFrame
        Zones in force of one stage.
    findings : GeoDataFrame
        What `zones.check` found.
    district : District
        District to draw.
    title : str
        What the figure says.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    town = maps.town_of(district)
    views = [district.boundary.total_bounds, *([] if town is None else [town])]
    lands = findings[findings.geometry.geom_type.str.endswith("Polygon")]
    tints = [TINTS[colour] for colour in _colours(zones)]
    with figures.style():
        page, panels = sheet(title, district, columns=len(views), height_inch=HEIGHT_INCH / len(views) ** 0.5)
        for axes, bounds in zip(panels, views, strict=True):
            ground(axes, district)
            zones.plot(ax=axes, color=tints, edgecolor="white", linewidth=0.8, zorder=1)
            streets(axes, district)
            if len(lands):
                lands.plot(ax=axes, facecolor="none", edgecolor=ALARM, linewidth=0.9, hatch="///", zorder=4)
            schools(axes, district, zones)
            view(axes, shapely.box(*bounds), margin=0.02)
        if town is not None:
            figures.headed(panels[1], "城区")
        return figures.settled(page)


def finding(row: object, zones: gpd.GeoDataFrame, district: District) -> Figure:
    """Draw one finding: the zones around it, the place in question in red, the message above.

    Parameters
    ----------
    row : tuple
        One row of `zones.check`, as from ``itertuples``.
    zones : GeoDataFrame
        The zones in force that were checked.
    district : District
        District to draw.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    with figures.style():
        page, (axes,) = sheet(row.message, district)
        _picture(axes, row, zones, district)
        return figures.settled(page)


@takes(findings="zone_findings")
def gallery(findings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, district: District, *, title: str) -> Figure:
    """Draw the gravest findings of one stage side by side, at most four.

    Parameters
    ----------
    findings : GeoDataFrame
        What `zones.check` found.
    zones : GeoDataFrame
        Zones in force of one stage.
    district : District
        District to draw.
    title : str
        What the figure says.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    shown = findings.head(MOST_SHOWN)
    columns = min(2, max(1, len(shown)))
    rows = -(-max(1, len(shown)) // columns)
    with figures.style():
        page, panels = sheet(title, district, columns=columns, rows=rows, height_inch=3.7 * rows + 0.4)
        for axes, row in zip(panels, shown.itertuples(index=False), strict=False):
            _picture(axes, row, zones, district)
            axes.set_title("\n".join(lines(_short(row.message), 20)), loc="left", fontsize=8, color=figures.INK)
        return figures.settled(page)


def _short(message: str) -> str:
    """Return the first part of a message, without the children by year."""
    return message.partition("；")[0]


def _picture(axes: Axes, row: object, zones: gpd.GeoDataFrame, district: District) -> None:
    """Draw one finding into a panel."""
    units = district.units[district.units["unit_id"].isin(row.unit_ids)]
    chosen = zones[zones["zone_id"].isin(row.zone_ids)]
    tints = [TINTS[colour] for colour in _colours(zones)]
    ground(axes, district)
    if len(zones):  # a stage may have none at all
        zones.plot(ax=axes, color=tints, edgecolor=figures.QUIET, linewidth=0.6, zorder=1)
    if len(chosen):
        chosen.boundary.plot(ax=axes, color=figures.INK, linewidth=1.6, zorder=3)
    district.units.boundary.plot(ax=axes, color="white", linewidth=0.5, zorder=1)
    streets(axes, district)
    _mark(axes, row.geometry)
    schools(axes, district, zones)
    view(axes, row.geometry, margin=MARGIN)
    named(axes, units, units["name"], size=7.5)
    named(axes, zones, zones["name"], size=8.5, color=figures.QUIET)


def _mark(axes: Axes, shape: BaseGeometry) -> None:
    """Draw the place in question in red: an area hatched, a point ringed."""
    if shape.geom_type == "Point":
        axes.scatter([shape.x], [shape.y], s=130, facecolors="none", edgecolors=ALARM, linewidths=2, zorder=7)
    else:
        fill(axes, shape, facecolor="none", edgecolor=ALARM, linewidth=1.6, hatch="//", zorder=4)


def _colours(zones: gpd.GeoDataFrame) -> np.ndarray:
    """Give neighbouring zones different tints, the first free one in the order of the ids."""
    shapes = zones.geometry.to_numpy()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    tint = np.full(len(shapes), -1)
    for place in np.argsort(zones["zone_id"].to_numpy(), kind="stable"):
        used = set(tint[[other for one, other in pairs.tolist() if one == place]])
        tint[place] = next((free for free in range(len(TINTS)) if free not in used), place % len(TINTS))
    return tint
