"""Pictures of zones: a map of all of them, one of each finding, one of what a sentence came to, one of a change.

They compute nothing but the extent of the map; what is drawn comes finished from `zones`, `sentences.placing` and
`walks`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis import walks
from zhaosheng_analysis.figures import maps
from zhaosheng_analysis.figures import style as figures
from zhaosheng_analysis.schema import takes
from zhaosheng_analysis.sentences import extended

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.sentences import Territory

ALARM, STREET, WATER, RAIL = "#a31621", "#b9b3a6", "#8fb3c7", "#6b6b66"
TINTS = ("#dbe9e4", "#e8e2d0", "#dde3ee", "#ecdfe3", "#e3ead3", "#e6dff0")
LINES = ("#1f4e79", "#a35a00", "#3d6b35", "#6a3d7c")
NAMED_AT = (0.5, 0.1, 0.9, 0.3)  # where along it each street of a sentence bears its name
LEAST_VIEW_M = 2500.0
MARGIN = 0.35
TITLE_WIDTH = 42  # Chinese characters a line
CLOSING = "，。；：、）」”"
LINE_INCH = 0.2
HAIR_M = 2.0
HEIGHT_INCH = 5.6
NAMED_UNITS_AT_MOST = 40
NUDGES_PT = (0, 10, -10)
MOST_SHOWN = 4
MOST_LISTED, LISTED_WIDTH = 7, 27
FARTHEST_KM = 5


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


def ways(measured: pd.DataFrame, children: pd.Series, district: District, *, title: str) -> Figure:
    """Draw the share of children within each distance of their school, walked and straight.

    Parameters
    ----------
    measured : DataFrame
        From `walks.to_schools`.
    children : Series
        Children by unit_id.
    district : District
        District to draw.
    title : str
        What the figure says.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    nearest = measured.sort_values(["unit_id", "walk_m", "school_id"]).drop_duplicates("unit_id")
    weight = nearest["unit_id"].map(children).fillna(0).to_numpy(dtype=float)
    with figures.style():
        page, (axes,) = figures.sheet("\n".join(lines(title)), figures.source(district), height_inch=3.4)
        for column, label, colour, dash in (
            ("walk_m", "沿街步行", LINES[0], "-"),
            ("straight_m", "直线", LINES[1], "--"),
        ):
            metres = nearest[column].to_numpy(dtype=float)
            order = np.argsort(np.where(np.isnan(metres), np.inf, metres), kind="stable")
            share = np.cumsum(weight[order]) / max(weight.sum(), 1)
            axes.step(metres[order] / 1000, 100 * share, where="post", color=colour, linestyle=dash, label=label)
        for limit in walks.LIMITS_M:
            axes.axvline(limit / 1000, color=figures.RULE, linewidth=1, zorder=0)
            axes.text(limit / 1000, 101, f"{limit} 米", ha="center", va="bottom", fontsize=7.5, color=figures.QUIET)
        axes.set_xlim(0, FARTHEST_KM)
        axes.set_ylim(0, 100)
        axes.set_xlabel("到校距离（千米）")
        axes.set_ylabel("累计新生（%）")
        axes.legend(frameon=False, loc="lower right")
        return figures.settled(page)


def sentence(territory: Territory, district: District) -> Figure:
    """Draw what a sentence came to: its land, its streets, what was added to them, and beside it all that is open.

    A street that does not cut the land in two, two that do not meet, and a border nobody drew are seen at once.

    Parameters
    ----------
    territory : Territory
        The sentence, placed.
    district : District
        District to draw.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    area = f"「{territory.parsed.text}」：{territory.land.area / 1e6:.2f} 平方公里"
    title = str(territory.open[0]) if territory.open else area
    with figures.style():
        page, (axes, beside) = sheet(title, district, columns=2)
        ground(axes, district)
        streets(axes, district)
        if not territory.land.is_empty:
            whole = territory.land.buffer(HAIR_M).buffer(-HAIR_M)  # no hairlines where two layers meet
            _fill(axes, whole, facecolor=TINTS[0], edgecolor=figures.DEMAND, linewidth=1.2)
        for number, (name, line) in enumerate(territory.lines.items()):
            _street(axes, name, line, number, district, extend=territory.land.is_empty)
        for made in territory.made:
            _draw(axes, made.shape, color=ALARM, linewidth=2.2, linestyle=(0, (2, 1.5)), zorder=7)
        shapes = [territory.land] if not territory.land.is_empty else list(territory.lines.values())
        view(axes, shapely.union_all(shapes or [district.boundary.union_all()]), margin=0.15)
        _listed(beside, territory)
        return figures.settled(page)


def _street(axes: Axes, name: str, line: BaseGeometry, number: int, district: District, *, extend: bool) -> None:
    """Draw a street of a sentence with its name; its prolongations too where it bounds no land yet."""
    colour, along = LINES[number % len(LINES)], NAMED_AT[number % len(NAMED_AT)]
    if extend:
        frame = shapely.box(*district.boundary.total_bounds)
        beyond = extended(line, frame).intersection(frame)
        _draw(axes, beyond, color=colour, linewidth=0.9, linestyle=(0, (4, 3)), zorder=5)
    _draw(axes, line, color=colour, linewidth=2.4, zorder=6)
    spot = line.interpolate(along, normalized=True)
    axes.annotate(
        name,
        (spot.x, spot.y),
        (6, 6),
        textcoords="offset points",
        fontsize=9,
        color=colour,
        zorder=8,
        annotation_clip=True,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )


def _listed(axes: Axes, territory: Territory) -> None:
    """Write beside the map what was read, what was assumed and what is open, each under its own head."""
    from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker

    axes.set_aspect("auto")
    blocks = (
        ("读到的", [str(territory.parsed.tree)] if territory.parsed.tree is not None else [], figures.INK),
        ("补上的（红虚线）" if territory.made else "假定", territory.assumed, figures.INK),
        ("疑问", [str(fault) for fault in territory.open], ALARM),
    )
    rows = []
    for head, entries, colour in blocks:
        rows.append(TextArea(head, textprops={"fontsize": 9.5, "color": figures.QUIET}))
        text = [line for each in entries[:MOST_LISTED] for line in _bulleted(each)] or ["无"]
        text += [f"…共 {len(entries)} 条"] if len(entries) > MOST_LISTED else []
        rows.append(TextArea("\n".join(text), textprops={"fontsize": 8, "color": colour, "linespacing": 1.35}))
    pack = VPacker(children=rows, pad=0, sep=5, align="left")
    axes.add_artist(AnchoredOffsetbox("upper left", child=pack, frameon=False, pad=0, borderpad=0))


def _bulleted(text: str) -> list[str]:
    """Break one entry of a list into lines, the first with its mark."""
    rows = lines(text, LISTED_WIDTH)
    return [f"· {rows[0]}", *(f"  {line}" for line in rows[1:])]


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
    heading = lines(title)
    height = height_inch + LINE_INCH * (len(heading) - 1)
    page, panels = figures.sheet(
        "\n".join(heading), figures.source(district), height_inch=height, rows=rows, columns=columns
    )
    for axes in panels:
        axes.set_axis_off()
        axes.set_aspect("equal")
    return page, panels


def lines(text: str, most: float = TITLE_WIDTH) -> list[str]:
    """Break a Chinese sentence into even lines above a picture; numbers and brackets stay with what follows.

    Parameters
    ----------
    text : str
        The title.
    most : float, default TITLE_WIDTH
        Widest line, in Chinese letters.

    Returns
    -------
    list of str
        Its lines.
    """
    rows = _filled(text, most)
    while len(rows) > 1 and most > TITLE_WIDTH / 2 and len(_filled(text, most - 1)) == len(rows):
        most -= 1
        rows = _filled(text, most)
    return rows


def _filled(text: str, most: float) -> list[str]:
    """Break a sentence where a line is full."""
    lines, width = [""], 0.0
    for word in re.findall(r"[（「“]?(?:[\x21-\x7e]+ ?|.)", text):
        wide = sum(1.0 if unicodedata.east_asian_width(character) in "WF" else 0.55 for character in word)
        if width + wide > most and word not in CLOSING:
            lines.append("")
            width = 0.0
        lines[-1] += word if lines[-1] else word.lstrip()
        width += wide
    return lines


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


def _mark(axes: Axes, shape: BaseGeometry) -> None:
    """Draw the place in question in red: an area hatched, a point ringed."""
    if shape.geom_type == "Point":
        axes.scatter([shape.x], [shape.y], s=130, facecolors="none", edgecolors=ALARM, linewidths=2, zorder=7)
    else:
        _fill(axes, shape, facecolor="none", edgecolor=ALARM, linewidth=1.6, hatch="//", zorder=4)


def _fill(axes: Axes, shape: BaseGeometry, **look: object) -> None:
    import geopandas as gpd

    gpd.GeoSeries([shape]).plot(ax=axes, **look)


def _draw(axes: Axes, line: BaseGeometry, **look: object) -> None:
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
    taken = [text.get_window_extent().padded(1) for text in axes.texts]
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


def _colours(zones: gpd.GeoDataFrame) -> np.ndarray:
    """Give neighbouring zones different tints, the first free one in the order of the ids."""
    shapes = zones.geometry.to_numpy()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    tint = np.full(len(shapes), -1)
    for place in np.argsort(zones["zone_id"].to_numpy(), kind="stable"):
        used = set(tint[[other for one, other in pairs.tolist() if one == place]])
        tint[place] = next((free for free in range(len(TINTS)) if free not in used), place % len(TINTS))
    return tint
