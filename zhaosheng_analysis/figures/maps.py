"""The interactive map: zones and schools coloured by level, in one page that needs no network.

Coordinates stay in the district's metres, counted from its south-west corner (Leaflet's simple plane), so that the
scale bar is exact and no conversion blurs a boundary. Leaflet comes from the ``XStatic-Leaflet`` package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import shapely

from zhaosheng_analysis import schema, texts
from zhaosheng_analysis.figures import style
from zhaosheng_analysis.figures.map_panels import scale
from zhaosheng_analysis.schema import takes
from zhaosheng_analysis.zones import versions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from shapely.geometry.base import BaseGeometry

    from zhaosheng_analysis.geodata import District

METRICS = ("level", "colour", "class_flag")
TOLERANCE_M = 5.0  # a screen pixel of the whole district is ten metres or more
SMALL_TOWN_SHARE = 0.2  # of the district's bounds; a smaller town gets its own view
GRAVITY = ["none", "green", "ok", "yellow", "over", "orange", "oversized", "red", "super"]
NUMBERS = [
    "demand_n",
    "interval80",
    "hukou_n",
    "seats_n",
    "ratio",
    "probability",
    "missing_seats_n",
    "missing_classes_n",
    "class_size_n",
]
ANCHORS = [
    ((5, 0), "left", "center"),
    ((-5, 0), "right", "center"),
    ((0, 5), "center", "bottom"),
    ((0, -5), "center", "top"),
]
OUTLINES = ["district", "area", "reporting_unit", "township"]


@takes(alerts="alerts")
def data(district: District, alerts: pd.DataFrame, *, metrics: tuple[str, ...] = METRICS) -> dict:
    """Return everything the map draws, as plain JSON.

    Parameters
    ----------
    district : District
        District to draw.
    alerts : DataFrame
        One row a (school_id, stage, year), as from ``alerts.flag``.
    metrics : tuple of str, default METRICS
        Columns of `alerts` a zone may be coloured by; the first is shown first.

    Returns
    -------
    dict
        Plain values only.
    """
    origin = np.floor(district.boundary.total_bounds[:2])
    stages = schema.in_order(alerts["stage"])
    return {
        "district": district.name,
        "boundary": _rings(district.boundary.union_all(), origin),
        "views": views(district, origin),
        "areas": _areas(district, origin),
        "streets": streets(district.streets, origin),
        "zones": _zones(district, stages, origin, year=int(alerts["year"].min())),
        "schools": _schools(district, alerts, metrics, origin),
        "years": sorted({int(year) for year in alerts["year"]}),
        "stages": [[stage, texts.labels.code("stage", stage)] for stage in stages],
        "metrics": [[metric, texts.labels.book()["maps"][metric]] for metric in metrics],
        "legends": {metric: texts.alerts.legend(alerts, metric) for metric in metrics},
        "words": {metric: texts.labels.book()["codes"][metric] for metric in metrics},
        "tones": texts.labels.book()["tones"],
        "gravity": GRAVITY,
        "numbers": [[key, texts.labels.column(key)["label"]] for key in NUMBERS],
        "synthetic": texts.labels.sentence("synthetic_long") if district.synthetic else "",
    }


def _rings(shape: BaseGeometry, origin: np.ndarray) -> list:
    """Return the rings of a simplified shape."""
    return rings(shapely.simplify(shape, TOLERANCE_M, preserve_topology=True), origin)


def rings(shape: BaseGeometry, origin: np.ndarray) -> list:
    """Return the polygons of a shape as rings of ``[north, east]`` metres from the origin.

    Parameters
    ----------
    shape : BaseGeometry
        The shape, in metres.
    origin : ndarray of float, shape (2,)
        East and north of the origin, in metres.

    Returns
    -------
    list
        One list a polygon.
    """
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return [[line(ring, origin) for ring in (part.exterior, *part.interiors)] for part in polygons]


def line(shape: BaseGeometry, origin: np.ndarray) -> list:
    """Return the vertices of a line or point as whole ``[north, east]`` metres from the origin.

    Parameters
    ----------
    shape : BaseGeometry
        The shape, in metres.
    origin : ndarray of float, shape (2,)
        East and north of the origin, in metres.

    Returns
    -------
    list
        One pair a vertex.
    """
    points = shapely.get_coordinates(shape) - origin
    return np.round(points[:, ::-1]).astype(int).tolist()


def _areas(district: District, origin: np.ndarray) -> list[dict]:
    """Return the outlines to draw, the weightiest first: its name is placed first."""
    rows = district.areas[district.areas["kind"].isin(OUTLINES)]
    rows = rows.assign(weight=rows["kind"].map(OUTLINES.index)).sort_values(["weight", "area_id"])
    rows = rows[[geometry.geom_type.endswith("Polygon") for geometry in rows.geometry]]
    return [
        {"name": row.name, "kind": row.kind, "rings": _rings(row.geometry, origin)}
        for row in rows.itertuples(index=False)
    ]


def town_of(district: District) -> np.ndarray | None:
    """Return the bounds of the built-up area where it is small on the map of the whole district, else None.

    Parameters
    ----------
    district : District
        District to draw.

    Returns
    -------
    ndarray of float, shape (4,), or None
        West, south, east and north, in metres.
    """
    towns = district.areas[district.areas["kind"] == "urban"]
    if towns.empty:
        return None
    bounds, whole = towns.total_bounds, district.boundary.total_bounds
    share = np.prod(bounds[2:] - bounds[:2]) / np.prod(whole[2:] - whole[:2])
    return bounds if share < SMALL_TOWN_SHARE else None


def views(district: District, origin: np.ndarray) -> list:
    """Return the parts of the map one can jump to, as name and corners: the whole, the town, the counties.

    Parameters
    ----------
    district : District
        District to draw.
    origin : ndarray of float, shape (2,)
        East and north of the origin, in metres.

    Returns
    -------
    list
        Name and two corners of each, a corner as ``[north, east]`` metres.
    """
    counties = district.areas[district.areas["kind"] == "district"].sort_values("area_id")
    named = [("全域", district.boundary.total_bounds)]
    named += [("城区", bounds) for bounds in [town_of(district)] if bounds is not None]
    named += [(row.name, row.geometry.bounds) for row in counties.itertuples(index=False)]
    return [[name, _corners(np.asarray(bounds), origin)] for name, bounds in named]


def _corners(bounds: np.ndarray, origin: np.ndarray) -> list:
    """Return two corners as ``[north, east]`` metres from the origin."""
    return [np.round(corner - origin)[::-1].astype(int).tolist() for corner in (bounds[:2], bounds[2:])]


def streets(rows: gpd.GeoDataFrame, origin: np.ndarray) -> list[dict]:
    """Return the lines of the streets with their names and kinds.

    Parameters
    ----------
    rows : GeoDataFrame
        Streets.
    origin : ndarray of float, shape (2,)
        East and north of the origin, in metres.

    Returns
    -------
    list of dict
        One dict a street.
    """
    rows = rows.sort_values("street_id")
    return [
        {"name": row.name, "kind": row.kind, "line": line(part, origin)}
        for row in rows.itertuples(index=False)
        for part in shapely.get_parts(shapely.simplify(row.geometry, TOLERANCE_M))
    ]


def _in_force(district: District, stage: str, year: int) -> gpd.GeoDataFrame:
    """Return the zones of a stage that hold for the intake of a year."""
    return versions.valid(district.zones, stage=stage, on=f"{year}-09-01")


def _zones(district: District, stages: list[str], origin: np.ndarray, *, year: int) -> list[dict]:
    """Return the zones in force, the larger first, so that a small one inside it can be clicked."""
    held = set().union(*(_in_force(district, stage, year)["zone_id"] for stage in stages))
    zones = district.zones[district.zones["zone_id"].isin(held)]
    order = zones.geometry.area.sort_values(ascending=False, kind="stable").index
    schools = district.zone_schools.groupby("zone_id")["school_id"].agg(list).to_dict()
    return [
        {
            "name": row.name,
            "stage": row.stage,
            "rule": row.rule,
            "sentence": texts.labels.plain(row.sentence) or "",
            "schools": schools.get(row.zone_id, []),
            "rings": _rings(row.geometry, origin),
        }
        for row in zones.loc[order].itertuples(index=False)
    ]


def _schools(district: District, alerts: pd.DataFrame, metrics: tuple[str, ...], origin: np.ndarray) -> list[dict]:
    """Return one entry a school and stage with its written numbers by year."""
    places: gpd.GeoDataFrame = district.schools.set_index("school_id")
    marks = []
    alerts = texts.alerts.grounded(alerts)
    for (school_id, stage), rows in alerts.groupby(["school_id", "stage"], sort=True):
        place = places.loc[school_id]
        north, east = line(place.geometry, origin)[0]
        years = {str(int(row["year"])): _year(row, metrics) for _, row in rows.iterrows()}
        names = {"name": place["name"], "short": short_name(place["name"], district.name)}
        marks.append({"id": school_id, **names, "stage": stage, "at": [north, east], "years": years})
    return marks


def short_name(name: str, district: str) -> str:
    """Return a school's name as it fits on a map of its own district: without city, district and 「学校」.

    Parameters
    ----------
    name : str
        Full name of the school.
    district : str
        Name of the district.

    Returns
    -------
    str
        The short name.
    """
    short = re.sub(rf"^(\w{{2,3}}市)?({re.escape(district)})?", "", name)
    return (short or name).replace("小学校", "小学")


def _year(row: pd.Series, metrics: tuple[str, ...]) -> dict:
    """Return the codes and the written numbers of one school in one year."""
    values = {key: texts.labels.plain(value) for key, value in row.items()}
    values["interval80"] = [values["low80_n"], values["high80_n"]]
    return {
        **{metric: values[metric] or "none" for metric in metrics},
        "short": values["missing_seats_n"] or 0,
        "cut": values["cut_label"],
        "numbers": [texts.labels.written(values.get(key), texts.labels.column(key)) for key in NUMBERS],
    }


@takes(alerts="alerts")
def still(district: District, alerts: pd.DataFrame, *, metric: str = "level") -> Figure:
    """Draw the map of the first forecast year for print, a row a stage, with the town beside a large district.

    Parameters
    ----------
    district : District
        District to draw.
    alerts : DataFrame
        Flags, from `alerts.flag`.
    metric : str, default "level"
        Column of `alerts` the zones are coloured by.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    now = alerts[alerts["year"] == alerts["year"].min()]
    stages = schema.in_order(now["stage"])
    town = town_of(district)
    extents = [None] if town is None else [None, town]
    views = [(stage, extent) for stage in stages for extent in extents]
    columns = min(2, len(views))
    rows = -(-len(views) // columns)
    west, south, east, north = district.boundary.total_bounds
    height = min(4.8, style.WIDTH_INCH / columns * (north - south) / (east - west))
    title = texts.alert_sentences.map_message(now, metric)
    size = {"height_inch": height * rows + 1.1, "rows": rows, "columns": columns}
    with style.style():
        page, panels = style.sheet(title, style.source(district), **size)
        for axes, (stage, bounds) in zip(panels, views, strict=True):
            held = _in_force(district, stage, int(now["year"].min()))
            _panel(axes, district, now[now["stage"] == stage], metric, held, bounds)
        _key(page, now, metric)
        return style.settled(page)


def _panel(
    axes: Axes,
    district: District,
    rows: pd.DataFrame,
    metric: str,
    held: gpd.GeoDataFrame,
    bounds: np.ndarray | None,
) -> None:
    """Draw the zones in force, streets and schools of one stage, in the whole district or within bounds."""
    tones = texts.labels.book()["tones"]
    grades = texts.alerts.grounded(rows).set_index("school_id")[metric].replace("", "none").to_dict()
    zones = held[held["rule"] != "district"]
    worst = district.zone_schools.assign(grade=district.zone_schools["school_id"].map(grades)).dropna(subset=["grade"])
    worst = worst.groupby("zone_id")["grade"].agg(lambda found: max(found, key=GRAVITY.index)).to_dict()
    district.boundary.plot(ax=axes, facecolor="white", edgecolor=style.QUIET, linewidth=0.8)
    if len(zones):
        colours = [tones[worst.get(zone, "none")]["fill"] for zone in zones["zone_id"]]
        zones.plot(ax=axes, color=colours, edgecolor="white", linewidth=0.6, alpha=0.6)
    district.streets.plot(ax=axes, color="#b9b3a6", linewidth=0.5)
    places = district.schools[district.schools["school_id"].isin(grades)]
    fills = [tones[grades[school]]["fill"] for school in places["school_id"]]
    axes.scatter(places.geometry.x, places.geometry.y, c=fills, s=22, edgecolors=style.INK, linewidths=0.6, zorder=4)
    axes.set_axis_off()
    axes.set_aspect("equal")
    where = "" if bounds is None else "（城区）"
    style.headed(axes, texts.labels.code("stage", rows["stage"].iloc[0]) + where)
    if bounds is not None:
        axes.set_xlim(bounds[0], bounds[2])
        axes.set_ylim(bounds[1], bounds[3])
        places = places.cx[bounds[0] : bounds[2], bounds[1] : bounds[3]]
    scale(axes)
    short = [short_name(name, district.name) for name in places["name"]]
    _name(axes, places.assign(grade=places["school_id"].map(grades), short=short))


def _name(axes: Axes, places: gpd.GeoDataFrame) -> None:
    """Name the schools, the gravest first, where no other name or dot is in the way."""
    from matplotlib.transforms import Bbox

    axes.figure.draw_without_rendering()
    taken = [
        Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in axes.transData.transform(places.get_coordinates())
    ]
    order = sorted(places.itertuples(), key=lambda row: (-GRAVITY.index(row.grade), row.school_id))
    for school in order:
        for shift, side, height in ANCHORS:
            text = axes.annotate(
                school.short,
                (school.geometry.x, school.geometry.y),
                shift,
                textcoords="offset points",
                ha=side,
                va=height,
                fontsize=6.2,
                zorder=5,
            )
            box = text.get_window_extent().padded(1)
            if axes.bbox.padded(30).containsx(box.x0) and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()


def _key(page: Figure, rows: pd.DataFrame, metric: str) -> None:
    """Draw the legend: every colour with its meaning in words."""
    from matplotlib.patches import Patch

    tones = texts.labels.book()["tones"]
    marks = [
        Patch(facecolor=tones[code]["fill"], edgecolor=style.QUIET, linewidth=0.4, label=words)
        for code, words in texts.alerts.legend(rows, metric).items()
    ]
    below = 0.24 / page.get_size_inches()[1]  # the source stands there
    page.get_layout_engine().set(rect=(0, 2 * below, 1, 1 - 2 * below))
    page.legend(
        handles=marks, loc="lower right", bbox_to_anchor=(1, below), ncols=len(marks), frameon=False, fontsize=7.5
    )
