"""Mend zones that were not drawn exactly: the repairs a check proposes, and borders that neighbours share to the hair.

Nothing is mended by itself: `repair` does what was chosen from the safe proposals, `snap` what the tolerance allows.
"""

import dataclasses
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import DataError, Fault, takes
from zhaosheng_analysis.sentences import surface

GRID_M = 0.001
SHOWN = 3


@takes(findings="zone_findings")
def repair(district: District, findings: gpd.GeoDataFrame, chosen: Iterable[str]) -> District:
    """Return the district with the chosen safe repairs made; nothing is repaired unasked.

    Parameters
    ----------
    district : District
        District the findings are of.
    findings : GeoDataFrame
        What `check` found.
    chosen : iterable of str
        The finding_id of the repairs to make.

    Returns
    -------
    District
        A copy; the one given stays as it is.

    Raises
    ------
    DataError
        A finding that is not there, or not safe to repair.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> same = zs.zones.repair(town, zs.zones.check(town), [])
    >>> same.zones.geometry.equals(town.zones.geometry)
    True
    """
    chosen = list(dict.fromkeys(chosen))
    rows = findings.set_index("finding_id")
    _refuse("没有这样的发现", [key for key in chosen if key not in rows.index])
    _refuse("没有可以自动采用的修正，须由人决定", [key for key in chosen if not rows.loc[key, "action"]])
    zones = district.zones.copy()
    for row in rows.loc[chosen].itertuples():
        place = zones.index[zones["zone_id"] == row.target]
        zones.loc[place, "geometry"] = [_mended(zones.geometry[at], row.action, row.repair) for at in place]
    return dataclasses.replace(district, zones=zones)


def _refuse(why: str, keys: list[str]) -> None:
    """Refuse findings that cannot be repaired, all at once."""
    if keys:
        found = f"{len(keys)} 项：{'、'.join(keys[:SHOWN])}"
        raise DataError(Fault("学区修正", f"{why} {found}", "只能选 action 一栏不空的发现", "请从清单中重新选择"))


def _mended(shape: BaseGeometry, action: str, land: BaseGeometry) -> BaseGeometry:
    """Return a zone after one repair."""
    if action == "redraw":
        return land
    valid = shapely.make_valid(shape)
    return surface(valid.union(land) if action == "add" else valid.difference(land))


def snap(zones: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Let neighbouring zones share their borders exactly, closing gaps and overlaps narrower than the tolerance (m).

    Both sides get the same corners. Gaps and overlaps narrower than the tolerance go to the neighbour that borders them
    longest; wider ones are not the drawing's doing and stay. No other corner moves by more than a millimetre, so the
    land of all zones together changes only by the gaps that are closed.

    Parameters
    ----------
    zones : GeoDataFrame
        Zones of one stage, as polygons, without zones of several schools that lie over others.
    tolerance_m : float
        Widest gap or overlap to close, in metres.

    Returns
    -------
    GeoDataFrame
        The same rows with their borders moved by no more than the tolerance.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zones = zs.demo.nine_plots().zones
    >>> zones["geometry"] = zones.geometry.buffer(0.5, join_style="mitre")
    >>> joined = zs.zones.snap(zones, 2.0)
    >>> float(zones.geometry.area.sum()), float(joined.geometry.area.sum()), float(zones.union_all().area)
    (91203.0, 90601.0, 90601.0)
    """
    shapes = shapely.set_precision(shapely.make_valid(zones.geometry.to_numpy()), GRID_M)
    faces = _faces(shapes)
    owners = _owners(faces, shapes)
    narrow = shapely.is_empty(shapely.buffer(faces, -tolerance_m / 2, join_style="mitre"))
    doubtful = narrow & (owners.sum(axis=1) != 1)
    while doubtful.any():
        solid = owners.sum(axis=1) == 1
        owners[doubtful], given = _given(faces[doubtful], owners[doubtful], faces[solid], owners[solid])
        if not given.any():
            break
        doubtful[np.flatnonzero(doubtful)[given]] = False  # what lay behind another doubtful face comes next
    mended = [surface(shapely.union_all(faces[owners[:, zone]])) for zone in range(len(shapes))]
    return zones.set_geometry(gpd.GeoSeries(mended, index=zones.index, crs=zones.crs))


def _faces(shapes: np.ndarray) -> np.ndarray:
    """Cut the land along every border: all faces, inside zones and between them."""
    return shapely.get_parts(shapely.polygonize([shapely.union_all(shapely.boundary(shapes), grid_size=GRID_M)]))


def _owners(faces: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Tell which zones hold each face; (faces, zones) bool."""
    spots = shapely.point_on_surface(faces)
    owners = np.zeros((len(faces), len(shapes)), dtype=bool)
    face, zone = shapely.STRtree(shapes).query(spots, predicate="intersects")
    owners[face, zone] = True
    return owners


def _given(
    faces: np.ndarray, claims: np.ndarray, around: np.ndarray, holders: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each face to one zone: of those that claim it, or of all where none does, the one it borders longest.

    Parameters
    ----------
    faces : ndarray
        What is to be given, and which zones claim it; (n,) and (n, zones).
    claims : ndarray
        What is to be given, and which zones claim it; (n,) and (n, zones).
    around : ndarray
        Faces with one holder, and that holder.
    holders : ndarray
        Faces with one holder, and that holder.

    Returns
    -------
    tuple of ndarray, length 2
        The claims, now of one zone each, and which faces could be given; one that borders no such zone keeps its
        claims.
    """
    face, neighbour = shapely.STRtree(around).query(faces, predicate="intersects")
    length = shapely.length(shapely.intersection(shapely.boundary(faces[face]), shapely.boundary(around[neighbour])))
    borders = pd.DataFrame({"face": face, "zone": holders[neighbour].argmax(axis=1), "length": length})
    longest = np.zeros(claims.shape)
    summed = borders.groupby(["face", "zone"])["length"].sum()
    longest[summed.index.get_level_values("face"), summed.index.get_level_values("zone")] = summed
    longest[claims.any(axis=1)[:, None] & ~claims] = -1.0
    given = np.zeros_like(claims)
    touched = longest.max(axis=1) > 0
    given[np.flatnonzero(touched), longest[touched].argmax(axis=1)] = True
    return np.where(touched[:, None], given, claims), touched
