"""Addresses in tables: degrees of a declared datum become metres of the district; metres stay as they are.

A table of homes, household registers or permits may bear its coordinates as x and y in metres, or as longitude and
latitude, in columns x and y or 经度 and 纬度. Degrees without a declared datum are refused: nothing here is guessed.
"""

import numpy as np
import pandas as pd
import pyproj

from zhaosheng_analysis.geodata import datums
from zhaosheng_analysis.schema import TABLES, Faults, cell_types, rows

NAMES = tuple(name for name, table in TABLES.items() if {"x", "y"} <= set(table.columns))
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


def _usable(
    frame: pd.DataFrame, x: np.ndarray, y: np.ndarray, degrees: np.ndarray, table: object, datum: str, where: str,
    faults: Faults,
) -> bool:  # fmt: skip
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
