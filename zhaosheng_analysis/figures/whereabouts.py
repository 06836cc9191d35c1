"""Where a district's layers lie: over each other, by another datum, in its province; and layers that are refused.

Computes nothing; what would lie elsewhere by another datum comes finished from `geodata.whereabouts`.
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

    from zhaosheng_analysis.geodata import District, whereabouts

_UNIT, _ZONE, _BOUNDARY, _SCHOOL = "#c9c4b8", "#5f8a7d", "#222222", "#a31621"
_MOVED = ("#1f4e79", "#a35a00", "#6b2d73", "#3c6e00")
_FRAMES = ("#222222", "#1f4e79", "#a35a00", "#5f8a7d", "#6b2d73", "#3c6e00")
_MARGIN = 0.05
_NEAR_DEGREES = 1.0  # a province is shown with this much around it


def layers(
    district: District,
    moved: Mapping[str, gpd.GeoSeries],
    province: tuple[str, tuple[float, float, float, float]] | None,
    place: tuple[float, float],
    headquarters: whereabouts.Headquarters | None = None,
) -> Figure:
    """Draw the layers over each other, those that may be of another datum by it, and the district in its province.

    Parameters
    ----------
    district : District
        As declared.
    moved : mapping of str to GeoSeries
        What is shown -> shapes where they would lie by another datum.
    province : tuple of (str, tuple of float, length 4) or None
        Name and box of the province of the district's code, in degrees.
    place : tuple of float, length 2
        Longitude and latitude of the district as declared.
    headquarters : Headquarters, optional
        Where a district of its code must be.

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
        other.scatter([place[0]], [place[1]], color=_SCHOOL, zorder=3, label="区县：" + _degrees(*place))
        _draw_province(other, province, headquarters, [place])
        return page


def refused(
    name: str,
    boxes: Mapping[str, tuple[float, float, float, float]],
    province: tuple[str, tuple[float, float, float, float]] | None,
    headquarters: whereabouts.Headquarters | None,
) -> Figure:
    """Draw where the layers of a folder lie that is refused, each a box, and where a district of its code must be.

    Parameters
    ----------
    name : str
        Of the folder.
    boxes : mapping of str to tuple of float
        What is shown -> west, south, east, north in degrees, as declared or otherwise.
    province : tuple of (str, tuple of float, length 4) or None
        Name and box of the province of the district's code, in degrees.
    headquarters : Headquarters or None
        Where a district of its code must be.

    Returns
    -------
    Figure
        One panel.
    """
    with style.style():
        page, panels = style.sheet(f"{name}各图层按所声明的坐标落在哪里", "", height_inch=4.6, columns=1)
        (axes,) = np.ravel(panels)
        for at, (layer, (west, south, east, north)) in enumerate(boxes.items()):
            colour, middle = _FRAMES[at % len(_FRAMES)], ((west + east) / 2, (south + north) / 2)
            axes.plot([west, east, east, west, west], [south, south, north, north, south], color=colour)
            label = f"{layer}：{_degrees(*middle)}"
            axes.scatter(*middle, s=40 + 30 * at, facecolors="none", edgecolors=colour, label=label)
        corners = [corner for west, south, east, north in boxes.values() for corner in ((west, south), (east, north))]
        _draw_province(axes, province, headquarters, corners)
        return page


def _degrees(lon: float, lat: float) -> str:
    return f"东经 {lon:.2f} 度、北纬 {lat:.2f} 度"


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
    for colour, (label, shapes) in zip(_MOVED, moved.items(), strict=False):
        drawn = shapes[~(shapes.isna() | shapes.is_empty)]
        if (drawn.geom_type == "Point").all():
            axes.scatter(drawn.x, drawn.y, s=16, facecolors="none", edgecolors=colour, linewidths=0.8, label=label)
            continue
        lines = drawn if drawn.geom_type.str.endswith("LineString").all() else drawn.boundary
        lines.plot(ax=axes, color=colour, linewidth=0.8, linestyle="--")
        axes.plot([], [], color=colour, linewidth=0.8, linestyle="--", label=label)
    axes.scatter(schools.x, schools.y, s=12, color=_SCHOOL, label="学校，按所声明的", zorder=3)
    axes.plot([], [], color=_ZONE, label="学区")
    axes.plot([], [], color=_UNIT, label="小区与村")
    axes.plot([], [], color=_BOUNDARY, label="区县界")
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=3, frameon=False, fontsize=7)


def _draw_province(
    axes: Axes,
    province: tuple[str, tuple[float, float, float, float]] | None,
    headquarters: whereabouts.Headquarters | None,
    others: list[tuple[float, float]],
) -> None:
    corners = [*others]
    if province is not None:
        name, (west, south, east, north) = province
        axes.plot(
            [west, east, east, west, west], [south, south, north, north, south], color=_ZONE, label=f"{name}的范围"
        )
        corners += [(west, south), (east, north)]
    if headquarters is not None:
        label = f"{headquarters.name}政府驻地：" + _degrees(headquarters.lon, headquarters.lat)
        axes.scatter([headquarters.lon], [headquarters.lat], marker="*", s=70, color=_MOVED[0], label=label)
        corners.append((headquarters.lon, headquarters.lat))
    low, high = np.min(corners, axis=0) - _NEAR_DEGREES, np.max(corners, axis=0) + _NEAR_DEGREES
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="经度（度）", ylabel="纬度（度）")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), frameon=False, fontsize=7)
