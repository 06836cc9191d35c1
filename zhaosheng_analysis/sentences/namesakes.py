"""Several streets of one name: what tells them apart, so that a planner can say which is meant."""

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.schema import Fault
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.courses import Course

MEETS_M, MEETS_SHOWN = 40.0, 2


def fault(
    name: str, courses: list[Course], streets: gpd.GeoDataFrame, tree: shapely.STRtree, country: BaseGeometry
) -> Fault:
    """Say that several streets bear a name, how long each is, and which streets it meets or where it lies.

    Parameters
    ----------
    name : str
        The name.
    courses : list of Course
        The streets that bear it, the longest first.
    streets : GeoDataFrame
        The layer of streets.
    tree : STRtree
        Its shapes.
    country : BaseGeometry
        The whole district as one polygon (m).

    Returns
    -------
    Fault
        With the words that choose one of them.
    """
    met = [_met(name, course, streets, tree) for course in courses]
    beside = [
        f"，与{'、'.join(some)}相接" if some else f"，在{_compass(_middle(course), country)}"
        for some, course in zip(met, courses, strict=True)
    ]
    listed = "；".join(
        f"第{number}条长 {course.drawn_m / 1000:.1f} 公里{where}"
        for number, (course, where) in enumerate(zip(courses, beside, strict=True), 1)
    )
    others = {word for some in met[1:] for word in some}
    alone = [word for word in met[0] if word not in others]
    choice = f"「{name}取与{alone[0]}相接的一条」" if alone else f"「{name}取第1条」"
    remedy = f"请写明是哪一条，或用约定选定，如{choice}（--assume）"
    return Fault(f"「{name}」", f"图上有 {len(courses)} 条互不相连的路叫这个名称：{listed}", "应当只指一条", remedy)


def _met(name: str, course: Course, streets: gpd.GeoDataFrame, tree: shapely.STRtree) -> list[str]:
    """Return the streets a course meets, nearest to its middle first."""
    shapes, names = streets.geometry.to_numpy(), streets["name"].to_numpy()
    near = tree.query(course.line, predicate="dwithin", distance=MEETS_M)
    order = near[np.lexsort((near, shapely.distance(shapes[near], _middle(course))))]
    met = [str(names[place]) for place in order if plain(str(names[place] or "")) not in ("", plain(name))]
    return list(dict.fromkeys(met))[:MEETS_SHOWN]


def _middle(course: Course) -> shapely.Point:
    return course.line.interpolate(0.5, normalized=True)


def _compass(spot: shapely.Point, land: BaseGeometry) -> str:
    """Say in which part of some land a spot lies."""
    west, south, east, north = land.bounds
    level = ("西", "", "东")[int(np.clip(3 * (spot.x - west) / (east - west), 0, 2))]
    upright = ("南", "", "北")[int(np.clip(3 * (spot.y - south) / (north - south), 0, 2))]
    return (level + upright or "中") + "部"
