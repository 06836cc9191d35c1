"""Layers of an old national datum: shifted by the parameters of a county, or taken as they are and asked about.

Between layers of one old datum nothing is off, only against maps and positions of today; beside a layer of CGCS2000 a
zone would lie a hundred metres from its school, so that such a folder is refused until it has the parameters.
"""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis.geodata import datums, layers, points
from zhaosheng_analysis.schema import Note

_ADDRESS = ("x", "y", "经度", "纬度", "lon", "lat")


def shift(frames: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> tuple[datums.Shift | None, list[Note]]:
    """Say how layers of an old datum are brought to CGCS2000, and what is to be told of it.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Layers and tables as read, by name.
    about : mapping of str to str
        Facts; shift holds the three parameters.

    Returns
    -------
    tuple of (tuple of float or None, list of Note)
        Three parameters, () where degrees are taken as they are, None where old layers are refused; notes.
    """
    drawn = {name: frames[name].crs for name in layers.SPATIAL if _is_drawn(frames.get(name))}
    old = {datums.old(crs) for crs in drawn.values()}
    if not any(old):
        return None, []
    names = "、".join(name for name in drawn if datums.old(drawn[name]))
    titles = "、".join(datums.OLD[code][0] for code in sorted(old - {0}))
    parameters = datums.shift(about.get("shift", ""))
    if parameters is not None and len(old - {0}) == 1:
        done = f"按三参数 {about['shift']} 换算到 CGCS2000，一县之内误差数米"
        return parameters, [Note("区县文件夹", f"图层 {names} 为{titles}坐标系", done)]
    if len(old) > 1 or any(_has_addresses(frames.get(name)) for name in points.NAMES):
        return None, []
    done = f"没有转换参数，按经纬度不变当作 CGCS2000：各图层之间不受影响，与底图和手机定位相比{datums.UNCHANGED}"
    remedy = "请测绘部门转换，或把三参数填在工作表「about」的 shift"
    return (), [Note("区县文件夹", f"图层都是{titles}坐标系", f"{done}；{remedy}", asks=True)]


def _is_drawn(frame: pd.DataFrame | None) -> bool:
    if not isinstance(frame, gpd.GeoDataFrame):
        return False
    return not (frame.geometry.isna() | frame.geometry.is_empty).all()


def _has_addresses(frame: pd.DataFrame | None) -> bool:
    return frame is not None and any(name in frame and frame[name].notna().any() for name in _ADDRESS)
