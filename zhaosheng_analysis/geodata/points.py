"""Addresses in tables: degrees of a declared datum become metres of the district; metres stay as they are.

A table of homes, household registers or permits may bear its coordinates as x and y in metres, or as longitude and
latitude, in columns x and y or 经度 and 纬度. Degrees without a declared datum are refused: nothing here is guessed.
"""

import numpy as np
import pandas as pd
import pyproj
import shapely

from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.schema import TABLES, Faults, Note, cell_types, rows

NAMES = tuple(name for name, table in TABLES.items() if {"x", "y"} <= set(table.columns))
_FARTHEST_M, _NEAR_M = 100_000.0, 5000.0
_NOWHERE_M = 1e9  # as far as one can measure
_MOST_OUTSIDE, _FEW = 0.5, 3
_HEADERS = {"x": ("x", "横坐标", "经度", "lon"), "y": ("y", "纵坐标", "纬度", "lat")}


def settle(frame: pd.DataFrame, name: str, *, crs: str, datum: str, where: str, faults: Faults) -> pd.DataFrame:
    """Return a table whose x and y are metres of the district, or note why its degrees cannot be used.

    Parameters
    ----------
    frame : DataFrame
        Table as read.
    name : str
        Of `NAMES`.
    crs : str
        System of the district, such as EPSG:4547.
    datum : str
        What the folder says its degrees are counted in, or "".
    where : str
        File or sheet, for the messages.
    faults : Faults
        Where faults are noted.

    Returns
    -------
    DataFrame
        The table with unit_id, x and y.
    """
    headers = {axis: [head for head in frame if str(head).strip() in _HEADERS[axis]] for axis in _HEADERS}
    if any(len(columns) != 1 for columns in headers.values()):
        return frame  # one is missing or doubled: the check of columns says so
    names = {columns[0]: axis for axis, columns in headers.items()}
    frame = frame.rename(columns=names)
    x, y = (cell_types.parse(frame[axis], "number").to_numpy(copy=True) for axis in ("x", "y"))
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    if not degrees.any():
        return frame
    if not _usable(frame, x, y, degrees, TABLES[name], datum, where, faults):
        return frame.drop(columns=["x", "y"])
    lon, lat = datums.convert(x[degrees], y[degrees], source=datum, target="CGCS2000")
    x[degrees], y[degrees] = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(lon, lat)
    return frame.assign(x=x, y=y)


def judge(
    frame: pd.DataFrame, name: str, boundary: shapely.Geometry, where: str, faults: Faults, notes: list[Note]
) -> None:
    """Note addresses that lie nowhere near the district: swapped, in another zone, or mistyped; ask about a few.

    Parameters
    ----------
    frame : DataFrame
        Table with x and y, in metres of the district.
    name : str
        Of `NAMES`.
    boundary : Geometry
        Outline of the district.
    where : str
        File or sheet, for the messages.
    faults : Faults
        Where addresses are noted that cannot be: 100 km away, or most of a table outside.
    notes : list of Note
        Where addresses outside are asked about.
    """
    spots = frame[["x", "y"]].dropna()
    if spots.empty or boundary is None or boundary.is_empty:
        return
    spots = spots.clip(-_NOWHERE_M, _NOWHERE_M)
    away = pd.Series(shapely.distance(boundary, shapely.points(spots["x"], spots["y"])), index=spots.index)
    far, outside = away[away > _FARTHEST_M], away[away > _NEAR_M]
    remedy = "请核对横、纵坐标是否写反，坐标系和中央经线是否与数据说明一致"
    if len(far):
        found = f"有 {len(far)} 行的坐标在区县界 {_FARTHEST_M / 1000:.0f} 公里以外：{rows(TABLES[name], far.index)}"
        faults.add(where, found, "须在本区县或其附近", remedy)
    elif len(outside) > max(_MOST_OUTSIDE * len(spots), _FEW):
        found = f"{len(spots)} 行坐标有 {len(outside)} 行在区县界 {_NEAR_M / 1000:.0f} 公里以外"
        faults.add(where, found, "多数须在本区县", remedy)
    elif len(outside):
        found = f"有 {len(outside)} 行的坐标在区县界 {_NEAR_M / 1000:.0f} 公里以外：{rows(TABLES[name], outside.index)}"
        notes.append(Note(where, found, "照此计算；如果写错了，请更正", asks=True))


def _usable(
    frame: pd.DataFrame,
    x: np.ndarray,
    y: np.ndarray,
    degrees: np.ndarray,
    table: object,
    datum: str,
    where: str,
    faults: Faults,
) -> bool:
    """Tell whether degrees can be converted; what forbids it is noted."""
    metres = ~degrees & ~np.isnan(x) & ~np.isnan(y)
    swapped = degrees & (x < 73) & (y >= 73)
    if datum not in datums.DATUMS:
        remedy = f"请在工作表「about」的「坐标基准」(datum) 填写 {'、'.join(datums.DATUMS)} 之一"
        faults.add(where, "坐标是经纬度，没有声明坐标基准", datums.WHAT_IS_A_DATUM, remedy)
    elif metres.any():
        found = f"坐标有 {degrees.sum()} 行是度数、{metres.sum()} 行是米数：{rows(table, frame.index[degrees])}是度数"
        faults.add(where, found, "一张表只能用一种坐标", "请统一为经纬度，或统一为以米计的平面坐标")
    elif swapped.any():
        found = f"有 {swapped.sum()} 行经度与纬度写反了：{rows(table, frame.index[swapped])}"
        faults.add(where, found, "横坐标为经度，中国境内 73 至 136；纵坐标为纬度，15 至 55", "请对调两列")
    else:
        return True
    return False
