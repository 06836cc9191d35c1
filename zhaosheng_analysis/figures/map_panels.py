"""The panel of a map: land, streets and schools of a district, the part in view, names that do not hide each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis.figures import style as figures

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District


ALARM, STREET, WATER, RAIL = "#a31621", "#b9b3a6", "#8fb3c7", "#6b6b66"
TINTS = ("#dbe9e4", "#e8e2d0", "#dde3ee", "#ecdfe3", "#e3ead3", "#e6dff0")
LINES = ("#1f4e79", "#a35a00", "#3d6b35", "#6a3d7c")
LEAST_VIEW_M = 2500.0
HEIGHT_INCH = 5.6
NAMED_UNITS_AT_MOST = 40
BAR_SHARE = 0.25  # of the width in view, the longest bar
NUDGES_PT = (0, 10, -10)


def sheet(
    title: str, district: District, *, rows: int = 1, columns: int = 1, height_inch: float = HEIGHT_INCH
) -> tuple[Figure, list[Axes]]:
    """Return a page of maps side by side; a long message is broken into lines.

    Parameters
    ----------
    title : str
        What the figure says.
    district : District
        District to draw.
    rows : int, default 1
        Rows of panels.
    columns : int, default 1
        Columns of panels.
    height_inch : float, default HEIGHT_INCH
        Height in inches.

    Returns
    -------
    tuple of (Figure, list of Axes)
        The figure and its panels.
    """
    page, panels = figures.sheet(title, figures.source(district), height_inch=height_inch, rows=rows, columns=columns)
    for axes in panels:
        axes.set_axis_off()
        axes.set_aspect("equal")
    return page, panels


def ground(axes: Axes, district: District) -> None:
    """Draw the land of the district.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    district : District
        District to draw.
    """
    district.boundary.plot(ax=axes, facecolor="#fbfaf7", edgecolor=figures.QUIET, linewidth=0.8, zorder=0)


def streets(axes: Axes, district: District) -> None:
    """Draw streets, water and railways, each in its own way.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    district : District
        District to draw.
    """
    looks = {
        "river": (WATER, 2.2, "-"),
        "railway": (RAIL, 1.2, (0, (3, 2))),
        "wall": (RAIL, 1.4, "-"),
        "motorway": (RAIL, 2.0, "-"),
    }
    for kind, rows in district.streets.groupby("kind"):
        colour, width, style = looks.get(kind, (STREET, 0.6, "-"))
        rows.plot(ax=axes, color=colour, linewidth=width, linestyle=style, zorder=2)


def schools(axes: Axes, district: District, zones: gpd.GeoDataFrame) -> None:
    """Mark and name the schools the zones lead to.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    district : District
        District to draw.
    zones : GeoDataFrame
        Zones in force of one stage.
    """
    links = district.zone_schools[district.zone_schools["zone_id"].isin(zones["zone_id"])]
    schools = district.schools[district.schools["school_id"].isin(links["school_id"])]
    axes.scatter(
        schools.geometry.x, schools.geometry.y, s=16, c=figures.INK, edgecolors="white", linewidths=0.6, zorder=6
    )


def fill(axes: Axes, shape: BaseGeometry, **look: object) -> None:
    """Draw an area, its holes left open.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    shape : BaseGeometry
        Its land, in metres.
    **look : object
        How it is drawn, as ``GeoSeries.plot`` takes it.
    """
    import geopandas as gpd

    gpd.GeoSeries([shape]).plot(ax=axes, **look)


def draw(axes: Axes, line: BaseGeometry, **look: object) -> None:
    """Draw a line, piece by piece.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    line : BaseGeometry
        Its course, in metres.
    **look : object
        How it is drawn, as ``Axes.plot`` takes it.
    """
    for part in getattr(line, "geoms", [line]):
        axes.plot(*shapely.get_coordinates(part).T, **look)


def view(axes: Axes, shape: BaseGeometry, *, margin: float) -> None:
    """Show what lies around a shape, never less than a walkable piece of land.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    shape : BaseGeometry
        What is to be in view, in metres.
    margin : float
        Room around it, as a share of its size.
    """
    west, south, east, north = shape.bounds
    half = max((east - west) / 2, (north - south) / 2, LEAST_VIEW_M / 2) * (1 + margin)
    axes.set_xlim((west + east) / 2 - half, (west + east) / 2 + half)
    axes.set_ylim((south + north) / 2 - half, (south + north) / 2 + half)
    scale(axes)


def scale(axes: Axes) -> None:
    """Draw a bar of a round length and an arrow to the north, for the part in view.

    Parameters
    ----------
    axes : Axes
        Panel to draw in, its limits in metres.
    """
    from matplotlib.font_manager import FontProperties
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    most = abs(float(np.diff(axes.get_xlim())[0])) * BAR_SHARE
    step = 10 ** np.floor(np.log10(most))
    metres = int(max(part * step for part in (1, 2, 5) if part * step <= most))
    words = f"{metres} 米" if metres < 1000 else f"{metres // 1000} 公里"
    look = {"frameon": True, "borderpad": 0.3, "pad": 0.3, "sep": 2, "fontproperties": FontProperties(size=7.5)}
    bar = AnchoredSizeBar(axes.transData, metres, words, "lower left", **look)
    bar.patch.set(facecolor="white", edgecolor="none", alpha=0.75)
    bar.set_zorder(9)
    axes.add_artist(bar)
    look = {"ha": "center", "va": "top", "fontsize": 8, "color": figures.QUIET, "zorder": 9}
    arrow = {"arrowstyle": "->", "color": figures.QUIET}
    axes.annotate("北", (0.965, 0.985), (0.965, 0.93), xycoords="axes fraction", arrowprops=arrow, **look)


def named(
    axes: Axes,
    rows: gpd.GeoDataFrame,
    names: pd.Series,
    *,
    size: float,
    color: str = figures.INK,
    most: int = NAMED_UNITS_AT_MOST,
) -> None:
    """Write names inside the view, where no other name is in the way.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    rows : GeoDataFrame
        What is named.
    names : Series
        The names, aligned.
    size : float
        Size of the letters, in points.
    color : str, default figures.INK
        Colour of the letters.
    most : int, default NAMED_UNITS_AT_MOST
        Names at most.
    """
    from matplotlib.patheffects import withStroke

    axes.figure.draw_without_rendering()
    window = shapely.box(axes.get_xlim()[0], axes.get_ylim()[0], axes.get_xlim()[1], axes.get_ylim()[1])
    seen = shapely.intersection(rows.geometry.to_numpy(), window)
    taken = [thing.get_window_extent().padded(1) for thing in (*axes.texts, *axes.artists)]
    halo = [withStroke(linewidth=2.5, foreground="white")]
    look = {"fontsize": size, "color": color, "ha": "center", "va": "center", "zorder": 8, "path_effects": halo}
    for place in np.argsort(-shapely.area(seen), kind="stable")[:most]:
        if seen[place].is_empty:
            continue
        spot = shapely.point_on_surface(seen[place])
        for nudge in NUDGES_PT:
            text = axes.annotate(names.iloc[place], (spot.x, spot.y), (0, nudge), textcoords="offset points", **look)
            box = text.get_window_extent().padded(1)
            inside = axes.bbox.containsx(box.x0) and axes.bbox.containsx(box.x1)
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
