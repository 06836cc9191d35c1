"""Borders of districts, townships and villages as lines: 「南至长安区界」, 「某镇界以北」, 「至区界」."""

import re

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from zhaosheng_analysis.sentences.halfplanes import TOWARD

BORDER = re.compile(r"(?P<area>.*?)(?:行政)?(?:边界|交界|[区县市镇乡村]界|界线?)")
OWN = ("", "辖", "本", "行政", "本辖")


def bordering(name: str) -> str | None:
    """Return whose border a name is that of.

    Parameters
    ----------
    name : str
        The name, made plain.

    Returns
    -------
    str or None
        The area; empty for the district itself (区界, 辖区界), None where the name is that of no border.

    Examples
    --------
    >>> from zhaosheng_analysis.sentences.borders import bordering
    >>> bordering("长安区界"), bordering("区界"), bordering("长安路")
    ('长安区', '', None)
    """
    match = BORDER.fullmatch(name)
    if match is None:
        return None
    return "" if match["area"] in OWN else re.sub(r"(?:行政)?(?:边界|交界|界线?)$", "", name)


def edge(land: BaseGeometry, side: str) -> LineString:
    """Return the edge of some land that faces a side: from its one end across that direction to its other.

    Parameters
    ----------
    land : BaseGeometry
        Polygons (m); the largest counts.
    side : str
        east, west, north or south.

    Returns
    -------
    LineString
        The edge.
    """
    outline = max(shapely.get_parts(land), key=lambda part: part.area).exterior
    points = shapely.get_coordinates(outline)[:-1]
    toward = np.array(TOWARD[side])
    across = points @ (-toward[1], toward[0])
    first, last = int(across.argmin()), int(across.argmax())
    ways = [np.roll(points, -a, axis=0)[: (b - a) % len(points) + 1] for a, b in ((first, last), (last, first))]
    return LineString(max(ways, key=lambda way: _mean_height(way, toward)))


def _mean_height(way: np.ndarray, toward: np.ndarray) -> float:
    """Return how far out a way lies on the average, by length."""
    steps = np.hypot(*np.diff(way, axis=0).T)
    return float(((way[:-1] + way[1:]) / 2 @ toward * steps).sum() / steps.sum())
