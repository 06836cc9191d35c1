"""Where the layers of a folder lie that is refused: a box of each in degrees, as declared and as meant.

A picture of a folder that loads is made of its district; one with swapped axes or another meridian has none.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj

from zhaosheng_analysis import schema
from zhaosheng_analysis.geodata import datums, sources, vectors
from zhaosheng_analysis.schema import TABLES, DataError, Faults

if TYPE_CHECKING:
    import pandas as pd

Box = tuple[float, float, float, float]


def of(folder: str | Path) -> tuple[dict[str, str], dict[str, Box]]:
    """Return where each layer of a folder lies by the system it declares, and with its axes swapped where they seem so.

    Parameters
    ----------
    folder : str or Path
        A district folder, whatever is wrong with it.

    Returns
    -------
    tuple of (dict of str to str, dict of str to tuple of float)
        Facts of the folder as they are written; what is shown, in Chinese -> west, south, east, north in degrees.
        Layers that cannot be read are left out.
    """
    frames, about = {}, {}
    for read in (_layers, _tables):
        with contextlib.suppress(DataError):
            frames |= read(Path(folder))
    facts = frames.pop("about", None)
    if facts is not None and {"key", "value"} <= set(facts):
        about = {str(key): str(value) for key, value in zip(facts["key"], facts["value"].fillna(""), strict=True)}
    found: dict[str, Box] = {}
    for name, frame in frames.items():
        placed = vectors.placed(frame) if TABLES[name].geometry else frame
        if isinstance(placed, gpd.GeoDataFrame):
            found |= _of(placed, TABLES[name].title)
    return about, found


def _layers(folder: Path) -> dict[str, pd.DataFrame]:
    read = vectors.read(folder, Faults(), [])
    return {name: frame for name, _, frame in read if frame is not None and name in TABLES}


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    read = sources.read(folder, Faults(), [], {}, schema.extended({}))
    return {name: frame for name, _, frame in read if frame is not None and name in TABLES}


def _of(frame: gpd.GeoDataFrame, title: str) -> dict[str, Box]:
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not len(shapes):
        return {}
    bounds = tuple(float(value) for value in shapes.total_bounds)
    system = frame.crs or pyproj.CRS("EPSG:4490")
    boxes = {title: _degrees(bounds, system)}
    if "写反" in datums.suspicion(bounds, system):
        left, bottom, right, top = bounds
        boxes[f"{title}，若对调两个坐标"] = _degrees((bottom, left, top, right), system)
    return {name: box for name, box in boxes.items() if box is not None}


def _degrees(bounds: Box, system: pyproj.CRS) -> Box | None:
    """Return a box in degrees; None where the system makes nothing of it."""
    left, bottom, right, top = bounds
    corners = np.array([(left, bottom), (left, top), (right, bottom), (right, top)])
    if not system.is_geographic:
        corners = np.column_stack(
            pyproj.Transformer.from_crs(system, "EPSG:4490", always_xy=True).transform(*corners.T)
        )
    if not np.isfinite(corners).all() or np.abs(corners).max() > 180:
        return None
    west, south, east, north = *corners.min(axis=0), *corners.max(axis=0)
    return float(west), float(south), float(east), float(north)
