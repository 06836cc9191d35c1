"""Layers of a district against each other: one that fits badly as declared, and well by another datum.

A shift between two layers says which of them to bring back, for the way of the shift is known: schools in their zones,
or where there are none in the unit they are called after, units within one zone, units and zones within the boundary,
streets along the edges of zones. Nothing is moved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zhaosheng_analysis.geodata import datums

_DRAWN = ("boundary", "streets", "units", "zones")
_FEWEST = 3  # features that must come to lie where they belong
_WHOLE = 0.95
_MANY, _CLEAR, _NEAR = 8, 5.0, 0.4  # schools; standard errors that a shift must be; share of it that may be left over
_KIND_OF_UNIT = r"(?:社区|小区|村委会|居委会|居民委员会|村民委员会|行政村|村)$"
_BESIDE_M, _STEP_M, _MOST = 20.0, 60.0, 3000  # a street beside an edge; how edges are sampled

Measure = Callable[[np.ndarray, np.ndarray], float]
Frames = Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Misfit:
    """A layer that is asked about.

    Attributes
    ----------
    layer : str
        Its name.
    datum : str
        In which its degrees may have been counted.
    found : str
        What speaks for it, in Chinese.
    """

    layer: str
    datum: str
    found: str


@dataclass(frozen=True)
class _Fit:
    """How well two layers fit, from which share on they do, and what bringing one of them back must gain."""

    layers: tuple[str, str]
    shapes: tuple[np.ndarray, np.ndarray]
    measure: Measure
    who: str
    what: str
    n: int
    good: float = 0.9
    enough: float = 0.8
    gain: float = 0.1
    times: float = 1.0


def of(frames: Frames, links: pd.DataFrame, about: Mapping[str, str]) -> list[Misfit]:
    """Return the layers that would fit the others if their degrees had been of another datum.

    Parameters
    ----------
    frames : mapping of str to GeoDataFrame
        Layers in the district's system.
    links : DataFrame
        Columns zone_id, school_id.
    about : mapping of str to str
        Facts: crs, and the datums that are declared.

    Returns
    -------
    list of Misfit
        One a layer at most, the clearest first.
    """
    asked: dict[str, Misfit] = {}
    for fit in _fits(frames, links):
        misfit = _judged(fit, about)
        if misfit is not None:
            asked.setdefault(misfit.layer, misfit)
    schools = _own_zones(frames, links)
    if schools is not None and "schools" not in asked and "zones" not in asked:
        drift = _drift(*schools, about, "学区")
        asked |= {} if drift is None else {"schools": drift}
    named = _own_units(frames) if schools is None else None
    if named is not None and not {"schools", "units"} & asked.keys():
        drift = _drift(*named, about, "同名小区、村")
        asked |= {} if drift is None else {"schools": drift}
    return list(asked.values())


def moved(shapes: np.ndarray, crs: str, datum: str, declared: str = "CGCS2000") -> np.ndarray:
    """Return shapes as they would lie if their degrees had been of another datum than was declared.

    Parameters
    ----------
    shapes : array of Geometry
        In a system of CGCS2000.
    crs : str
        That system.
    datum, declared : str
        Of `datums.DATUMS`.

    Returns
    -------
    array of Geometry
        In the same system.
    """
    there = pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)

    def move(points: np.ndarray) -> np.ndarray:
        lon, lat = there.transform(*points.T)
        written = datums.convert(np.asarray(lon), np.asarray(lat), source="CGCS2000", target=declared)
        pair = datums.convert(*written, source=datum, target="CGCS2000")
        return np.column_stack(there.transform(*pair, direction="INVERSE"))

    return shapely.transform(shapes, move)


def declared(about: Mapping[str, str], layer: str) -> str:
    """Return the datum that a layer is declared in, by the facts; CGCS2000 where nothing is said.

    Parameters
    ----------
    about : mapping of str to str
        Facts.
    layer : str
        Its name.

    Returns
    -------
    str
        One of `datums.DATUMS`.
    """
    return about.get(f"datum_{layer}") or about.get("datum") or "CGCS2000"


def _judged(fit: _Fit, about: Mapping[str, str]) -> Misfit | None:
    """Move one layer and then the other, and say which fits then."""
    as_declared = fit.measure(*fit.shapes)
    if as_declared > fit.good:
        return None
    tries = []
    for at, layer in enumerate(fit.layers):
        own = declared(about, layer)
        for datum in ("CGCS2000", "GCJ-02", "BD-09"):
            if datum == own.replace("WGS-84", "CGCS2000"):
                continue
            shapes = [*fit.shapes]
            shapes[at] = moved(shapes[at], about["crs"], datum, own)
            tries.append((fit.measure(*shapes), -at, layer, datum))
    share, _, layer, datum = max(tries)
    if share < max(fit.enough, as_declared + fit.gain, as_declared * fit.times):
        return None
    if (share - as_declared) * fit.n < _FEWEST:
        return None
    whose = "" if layer == fit.layers[0] else {"zones": "学区", "boundary": "区县界", "units": "小区"}[layer]
    here, there = (f"{value:.{1 if share - as_declared < 0.05 else 0}%}" for value in (as_declared, share))
    return Misfit(layer, datum, f"{fit.who}只有 {here} {fit.what}，{whose}按 {datum} 换算则有 {there}")


def _fits(frames: Frames, links: pd.DataFrame) -> Iterator[_Fit]:
    """Yield the pairs of layers there are, the one that tells most first."""
    schools = _own_zones(frames, links)
    if schools is not None:
        yield _Fit(
            ("schools", "zones"), schools, _covered, f"{len(schools[0])} 所学校", "在自己的学区内", len(schools[0])
        )
    named = _own_units(frames) if schools is None else None
    if named is not None:
        yield _Fit(
            ("schools", "units"), named, _covered, f"{len(named[0])} 所学校", "在同名的小区、村内", len(named[0])
        )
    shapes = {name: _drawn(frame) for name, frame in frames.items() if name in _DRAWN}
    units, land = shapes.get("units", np.empty(0)), _one_stage(frames.get("zones"))
    if len(units) >= _FEWEST and len(land) >= 2:
        yield _Fit(("units", "zones"), (units, land), _whole, f"{len(units)} 个小区", "整个在一个学区内", len(units))
    edges = land if len(land) >= 2 else units
    if len(shapes.get("streets", ())) and len(edges) >= 2:
        name = "zones" if edges is land else "units"
        pair = (shapes["streets"], edges)
        who = "学区边线" if name == "zones" else "小区边线"
        yield _Fit(("streets", name), pair, _along, who, "沿着道路", _MOST, 0.4, 0.4, 0.2, 2.0)
    for name, many, title in (("units", units, "小区"), ("zones", land, "学区")):
        if len(shapes.get("boundary", ())) == 1 and len(many) >= _FEWEST:
            pair = (many, shapes["boundary"])
            yield _Fit((name, "boundary"), pair, _inside, f"{title}的面积", "在区县界内", 1000, 0.99, 0.995, 0.005)


def _drawn(frame: gpd.GeoDataFrame) -> np.ndarray:
    shapes = np.asarray(frame.geometry.array)
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _one_stage(zones: gpd.GeoDataFrame | None) -> np.ndarray:
    """Return the zones of the stage that has most; those of several lie over each other."""
    if zones is None or not len(zones):
        return np.empty(0, dtype=object)
    return _drawn(zones[zones["stage"] == zones["stage"].mode().iloc[0]])


def _own_zones(frames: Frames, links: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Return schools and the zone of each; None where there are few."""
    if not {"schools", "zones"} <= frames.keys():
        return None
    points, land = (frames[name].set_index(f"{name[:-1]}_id").geometry for name in ("schools", "zones"))
    both = links["school_id"].isin(points.index) & links["zone_id"].isin(land.index)
    pairs = links[both].drop_duplicates("school_id")
    if len(pairs) < _FEWEST or not (points.index.is_unique and land.index.is_unique):
        return None
    return np.asarray(points[pairs["school_id"]].array), np.asarray(land[pairs["zone_id"]].array)


def _own_units(frames: Frames) -> tuple[np.ndarray, np.ndarray] | None:
    """Return schools and the unit each is called after, as 东庄小学 after 东庄村, where one only can be meant."""
    if not {"schools", "units"} <= frames.keys() or not {"name"} <= set(frames["schools"]) & set(frames["units"]):
        return None
    layers = (frames["schools"], frames["units"])
    schools, units = (frame[frame.geometry.notna() & ~frame.geometry.is_empty] for frame in layers)
    plain = units["name"].astype("str").str.replace(_KIND_OF_UNIT, "", regex=True)
    own = units.assign(plain=plain)[(plain.str.len() > 1) & ~plain.duplicated(keep=False)]
    words = sorted(zip(own["plain"], own.geometry, strict=True), key=lambda pair: (-len(pair[0]), pair[0]))
    pairs = [
        (point, land)
        for name, point in zip(schools["name"].astype("str"), schools.geometry, strict=True)
        if (land := next((land for word, land in words if name.startswith(word) or f"{word}小" in name), None))
    ]
    if len(pairs) < _FEWEST:
        return None
    points, land = (np.array(part, dtype="object") for part in zip(*pairs, strict=True))
    return points, land


def _covered(points: np.ndarray, land: np.ndarray) -> float:
    return float(shapely.covers(land, points).mean())


def _whole(units: np.ndarray, land: np.ndarray) -> float:
    """Return the share of units that lie in one zone but for a sliver."""
    unit, zone = shapely.STRtree(land).query(units, predicate="intersects")
    inside = shapely.area(shapely.intersection(units[unit], land[zone])) / shapely.area(units[unit])
    return float((pd.Series(inside).groupby(unit).max() >= _WHOLE).sum() / len(units))


def _inside(shapes: np.ndarray, boundary: np.ndarray) -> float:
    """Return the share of the area of shapes that lies within the boundary."""
    outline = boundary[0]
    shapely.prepare(outline)
    area, within = shapely.area(shapes), shapely.covers(outline, shapes)
    crossing = shapely.area(shapely.intersection(shapes[~within], outline))
    return float((area[within].sum() + crossing.sum()) / max(area.sum(), 1e-9))


def _along(streets: np.ndarray, land: np.ndarray) -> float:
    """Return the share of points along edges that have a street beside them."""
    edges = shapely.get_parts(shapely.boundary(land))
    step = max(_STEP_M, float(shapely.length(edges).sum()) / _MOST)
    counts = np.maximum(1, (shapely.length(edges) / step).astype(int))
    at = np.concatenate([(np.arange(n) + 0.5) / n for n in counts])
    points = shapely.line_interpolate_point(np.repeat(edges, counts), at, normalized=True)
    beside, _ = shapely.STRtree(streets).query(points, predicate="dwithin", distance=_BESIDE_M)
    return len(np.unique(beside)) / len(points)


def _drift(spots: np.ndarray, land: np.ndarray, about: Mapping[str, str], what: str) -> Misfit | None:
    """Ask of schools that all lie off the middle of their zones or units by what a datum shifts."""
    if len(spots) < _MANY or (what == "学区" and _covered(spots, land) <= 0.9):
        return None
    off = shapely.get_coordinates(spots) - shapely.get_coordinates(shapely.centroid(land))
    error = np.sqrt(off.var(axis=0, ddof=1).mean() / len(off))
    for datum in ("GCJ-02", "BD-09"):
        there = moved(spots, about["crs"], datum, declared(about, "schools"))
        shift = (shapely.get_coordinates(there) - shapely.get_coordinates(spots)).mean(axis=0)
        far = float(np.hypot(*shift))
        if far >= _CLEAR * error and np.hypot(*(off.mean(axis=0) + shift)) <= _NEAR * far:
            off_m = np.hypot(*off.mean(axis=0))
            same = f"与 {datum} 的偏移方向、远近相同"
            return Misfit("schools", datum, f"{len(spots)} 所学校平均偏离{what}中心 {off_m:,.0f} 米，{same}")
    return None
