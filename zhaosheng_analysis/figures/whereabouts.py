"""Where a district's layers lie: all of them over each other, and where its schools would lie by another datum.

Computes nothing; the points by another datum come finished from `geodata.whereabouts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhaosheng_analysis.figures import style

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District

_UNIT, _ZONE, _BOUNDARY, _SCHOOL = "#c9c4b8", "#5f8a7d", "#222222", "#a31621"
_MOVED = {"GCJ-02": "#1f4e79", "BD-09": "#a35a00"}
_MARGIN = 0.05
_NEAR_DEGREES = 1.0  # a province is shown with this much around it


def layers(
    district: District,
    moved: Mapping[str, gpd.GeoSeries],
    province: tuple[str, tuple[float, float, float, float]] | None,
    place: tuple[float, float],
) -> Figure:
    """Draw the layers over each other, the schools by other datums, and the district in its province.

    Parameters
    ----------
    district : District
        As declared.
    moved : mapping of str to GeoSeries
        Datum -> schools where they would lie by it.
    province : tuple of (str, tuple of float, length 4) or None
        Name and box of the province of the district's code, in degrees.
    place : tuple of float, length 2
        Longitude and latitude of the district as declared.

    Returns
    -------
    Figure
        Two panels.
    """
    with style.style():
        title = f"{district.name}各图层按所声明的坐标放在一起"
        page, panels = style.sheet(title, style.source(district), height_inch=4.6, columns=2)
        one, other = np.ravel(panels)
        style.headed(one, "图层相互对不对得上")
        _draw_layers(one, district, moved)
        style.headed(other, "在不在代码所说的省")
        _draw_province(other, province, place)
        return page


def _draw_layers(axes: Axes, district: District, moved: Mapping[str, gpd.GeoSeries]) -> None:
    units, zones = district.units.geometry, district.zones.geometry
    for shapes, colour, width in (
        (units, _UNIT, 0.4),
        (zones, _ZONE, 1.0),
        (district.boundary.geometry, _BOUNDARY, 1.4),
    ):
        drawn = shapes[~(shapes.isna() | shapes.is_empty)]
        if len(drawn):
            drawn.boundary.plot(ax=axes, color=colour, linewidth=width)
    schools = district.schools.geometry
    for datum, points in moved.items():
        axes.scatter(
            points.x,
            points.y,
            s=16,
            facecolors="none",
            edgecolors=_MOVED[datum],
            linewidths=0.8,
            label=f"学校，若为 {datum}",
        )
    axes.scatter(schools.x, schools.y, s=12, color=_SCHOOL, label="学校，按所声明的", zorder=3)
    axes.plot([], [], color=_ZONE, label="学区")
    axes.plot([], [], color=_UNIT, label="小区与村")
    axes.plot([], [], color=_BOUNDARY, label="区县界")
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3, frameon=False, fontsize=7)


def _draw_province(
    axes: Axes, province: tuple[str, tuple[float, float, float, float]] | None, place: tuple[float, float]
) -> None:
    lon, lat = place
    corners = np.array([place])
    if province is not None:
        name, (west, south, east, north) = province
        axes.plot(
            [west, east, east, west, west], [south, south, north, north, south], color=_ZONE, label=f"{name}的范围"
        )
        corners = np.array([place, (west, south), (east, north)])
    axes.scatter([lon], [lat], color=_SCHOOL, zorder=3, label=f"区县：东经 {lon:.2f} 度、北纬 {lat:.2f} 度")
    low, high = corners.min(axis=0) - _NEAR_DEGREES, corners.max(axis=0) + _NEAR_DEGREES
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="经度（度）", ylabel="纬度（度）")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False, fontsize=7)
