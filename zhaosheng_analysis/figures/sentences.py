"""Pictures of what a zone sentence came to: its land, its streets, what was added to them, and all that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from zhaosheng_analysis.figures import style as figures
from zhaosheng_analysis.sentences import extended

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.sentences import Territory
from zhaosheng_analysis.figures.line_breaks import lines
from zhaosheng_analysis.figures.map_panels import (
    ALARM,
    LINES,
    TINTS,
    draw,
    fill,
    ground,
    named,
    sheet,
    streets,
    view,
)

NAMED_AT = (0.5, 0.1, 0.9, 0.3)  # where along it each street of a sentence bears its name
HAIR_M = 2.0
LEAST_LABELLED = 0.05  # of the width of the view: an added stretch from this length on bears its metres
MOST_LISTED, LISTED_WIDTH = 7, 27


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
            fill(axes, whole, facecolor=TINTS[0], edgecolor=figures.DEMAND, linewidth=1.2)
        shapes = [territory.land] if not territory.land.is_empty else list(territory.lines.values())
        shapes += [entry.shape for entry in territory.doubtful]
        view(axes, shapely.union_all(shapes or [district.boundary.union_all()]), margin=0.15)
        spots: list[shapely.Point] = []
        for number, (name, line) in enumerate(territory.lines.items()):
            _street(axes, name, line, number, district, spots, extend=territory.land.is_empty)
        _mentioned(axes, territory, district)
        for made in territory.made:
            draw(axes, made.shape, color=ALARM, linewidth=2.2, linestyle=(0, (2, 1.5)), zorder=7)
            _metres(axes, made.shape)
        for entry in territory.doubtful:
            _doubtful(axes, entry.name, entry.shape)
        _listed(beside, territory)
        return figures.settled(page)


def _metres(axes: Axes, shape: BaseGeometry) -> None:
    """Write beside an added stretch of border how long it is, where it is long enough to be seen."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    seen = shape.intersection(shapely.box(west, south, east, north))
    if seen.length < LEAST_LABELLED * max(east - west, north - south):
        return
    spot = max(shapely.get_parts(seen), key=shapely.length).interpolate(0.5, normalized=True)
    _label(axes, f"补 {shape.length:.0f} 米", spot, offset=(5, -10))


def _doubtful(axes: Axes, name: str, shape: BaseGeometry) -> None:
    """Outline what a doubt is about and the land leaves out."""
    draw(axes, shape.boundary, color=ALARM, linewidth=1.2, linestyle=(0, (1, 1.5)), zorder=7)
    _label(axes, f"{name}？", shape.representative_point(), offset=(-12, 0))


def _label(axes: Axes, text: str, spot: shapely.Point, *, offset: tuple[float, float]) -> None:
    """Write a word about what is not certain onto the map."""
    axes.annotate(
        text,
        (spot.x, spot.y),
        offset,
        textcoords="offset points",
        fontsize=8,
        color=ALARM,
        zorder=8,
        annotation_clip=True,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )


def _mentioned(axes: Axes, territory: Territory, district: District) -> None:
    """Outline the units and areas a sentence names and write their names into them."""
    for layer, column in (("areas", "area_id"), ("units", "unit_id")):
        rows = getattr(district, layer)
        said = {meaning.place_id for meaning in territory.places if meaning.layer == layer}
        rows = rows[rows[column].isin(said)]
        if len(rows):
            rows.boundary.plot(ax=axes, color=figures.QUIET, linewidth=0.9, zorder=4, autolim=False)
            named(axes, rows, rows["name"], size=8)


def _spot(line: BaseGeometry, frame: BaseGeometry, taken: list[shapely.Point]) -> shapely.Point:
    """Return where along its part in view a street bears its name: as far as may be from the names before it."""
    seen = line.intersection(frame)
    seen = max(shapely.get_parts(seen), key=shapely.length) if not seen.is_empty else line
    spots = [seen.interpolate(along, normalized=True) for along in NAMED_AT]
    return max(spots, key=lambda spot: min((spot.distance(other) for other in taken), default=float("inf")))


def _street(
    axes: Axes,
    name: str,
    line: BaseGeometry,
    number: int,
    district: District,
    taken: list[shapely.Point],
    *,
    extend: bool,
) -> None:
    """Draw a street of a sentence with its name; its prolongations too where it bounds no land yet."""
    colour = LINES[number % len(LINES)]
    if extend:
        frame = shapely.box(*district.boundary.total_bounds)
        beyond = extended(line, frame).intersection(frame)
        draw(axes, beyond, color=colour, linewidth=0.9, linestyle=(0, (4, 3)), zorder=5)
    draw(axes, line, color=colour, linewidth=2.4, zorder=6)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    spot = _spot(line, shapely.box(west, south, east, north), taken)
    taken.append(spot)
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
        ("疑问", [str(fault) for fault in territory.open], ALARM if territory.open else figures.INK),
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
