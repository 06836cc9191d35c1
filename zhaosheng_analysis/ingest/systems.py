"""In which system coordinates of a bureau seem to be: order, datum, zone; and what that says of the district's own.

Nothing is settled here: what the numbers make likely is drafted, and what disagrees is said.
"""

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.ingest import places, seeing
from zhaosheng_analysis.ingest.seeing import ASK, Seen

DATUM = f'{ASK}datum = "GCJ-02"  # 坐标基准：CGCS2000、WGS-84、GCJ-02（高德、腾讯）、BD-09（百度）'
_NORTH = f"{ASK}north_first = true  # 第一个数像是北纬（纵坐标），第二个像是东经（横坐标）；确是这样写的才留这一行"


def meridian(seen: Seen) -> int:
    """Return the central meridian of the zone of three degrees that a layer or table of points lies in.

    Parameters
    ----------
    seen : Seen
        Anything of theirs.

    Returns
    -------
    int
        Degrees, by its own degrees, the zone its metres carry or the system it names; 0 where nothing says it.
    """
    shapes, crs = _coordinates(seen)
    if not len(shapes):
        return 0
    bounds = np.array(shapes.total_bounds).reshape(2, 2)
    if np.abs(bounds).max() <= 180:
        middle = bounds.mean(axis=0)
        return 3 * round(float(max(middle)) / 3) if max(middle) >= 73 else 0
    zone = int(bounds.max() // 1_000_000)
    if 25 <= zone <= 45:
        return 3 * zone
    if crs is None or not crs.is_projected:
        return 0
    there = [it.value for it in crs.coordinate_operation.params if it.name == "Longitude of natural origin"]
    return round(there[0]) if there and round(there[0]) % 3 == 0 else 0


def _coordinates(seen: Seen) -> tuple[gpd.GeoSeries, pyproj.CRS | None]:
    if isinstance(seen.table, gpd.GeoDataFrame):
        return seen.table.geometry[~(seen.table.geometry.isna() | seen.table.geometry.is_empty)], seen.table.crs
    pair = seeing.pair(seen)
    return (places.written_points(seen.table, pair) if pair else gpd.GeoSeries()), None


def system(all_seen: Sequence[Seen]) -> tuple[str, str]:
    """Draft the system of the district by where its files lie.

    Parameters
    ----------
    all_seen : sequence of Seen
        Everything of theirs.

    Returns
    -------
    tuple of (str, str)
        Such as EPSG:4549; why, or which files disagree, "" where nothing says it.
    """
    found = {seen.files: there for seen in all_seen if (there := meridian(seen))}
    if not found:
        return "EPSG:4549", ""
    told = "、".join(f"{name} 在 {there} 度带" for name, there in list(found.items())[:4])
    counts = pd.Series(list(found.values())).value_counts()
    if len(counts) > 1:
        return f"EPSG:{4534 + (int(counts.index[0]) - 75) // 3}", f"crs：各文件不在一个三度带里，请核对：{told}"
    return f"EPSG:{4534 + (int(counts.index[0]) - 75) // 3}", f"crs：{told}"


def placed(
    bounds: tuple[float, float, float, float], crs: pyproj.CRS | None, district: str = "EPSG:4549"
) -> Iterator[str]:
    """Yield the lines about coordinates of which nothing, or only a system, is said.

    Parameters
    ----------
    bounds : tuple of float, length 4
        Smallest x and y, largest x and y.
    crs : CRS or None
        The system the file names; None where none can be believed.
    district : str, optional
        The system drafted for the district.

    Yields
    ------
    str
        A line of the recipe.
    """
    degrees = np.abs(bounds).max() <= 180
    system = crs or pyproj.CRS("EPSG:4490" if degrees else "EPSG:4549")
    swapped = "写反" in datums.suspicion(bounds, system)
    if swapped:
        yield _NORTH
    if crs is None and degrees:
        yield DATUM
    elif crs is None:
        east = bounds[1] if swapped else bounds[0]
        zone = int(east // 1_000_000)
        own = f"EPSG:{4488 + zone}" if 25 <= zone <= 45 else district
        why = f"坐标带着带号 {zone}" if 25 <= zone <= 45 else "写的是区县的"
        yield f'{ASK}crs = "{own}"  # 以米计的坐标没有写坐标系；{why} CGCS2000 三度带，请核对基准和中央经线'
