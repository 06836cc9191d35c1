"""Addresses in degrees: every declared datum lands where the home stands, everything else is refused and told."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.towns.tampering import messages, rewrite_tables
from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo.little_town import ABOUT
from zhaosheng_analysis.geodata import datums


def send_homes(folder, town, datum, columns, *, metres_n=0):
    """Write the coordinates of the homes as degrees of a datum; the first few stay in metres."""
    homes = pd.read_csv(folder / "homes.csv", dtype="str", encoding="utf-8-sig")
    known = homes["x"].notna()
    spots = gpd.GeoSeries.from_xy(homes["x"].astype(float)[known], homes["y"].astype(float)[known], crs=town.crs)
    degrees = spots.to_crs("EPSG:4490")
    pair = datums.convert(degrees.x, degrees.y, source="CGCS2000", target=datum)
    for axis, values in zip(("x", "y"), pair, strict=True):
        homes.loc[homes.index[known][metres_n:], axis] = [f"{value:.10f}" for value in values[metres_n:]]
    homes.rename(columns=dict(zip(("x", "y"), columns, strict=True))).to_csv(folder / "homes.csv", index=False)
    about = ABOUT | {"datum": datum}
    rewrite_tables(folder, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))


@pytest.mark.parametrize("datum", datums.DATUMS)
@pytest.mark.parametrize("columns", [("x", "y"), ("经度", "纬度")])
def test_homes_in_degrees_of_a_declared_datum_land_where_they_stand(town, town_dir, datum, columns):
    send_homes(town_dir, town, datum, columns)
    there, here = geodata.load(town_dir).tables["homes"], town.tables["homes"]
    assert here["x"].notna().sum() > 3
    assert (there["child_id"] == here["child_id"]).all()
    for axis in ("x", "y"):
        np.testing.assert_allclose(there[axis].astype(float), here[axis].astype(float), atol=0.001)


def test_homes_in_degrees_of_no_declared_datum_are_refused(town, town_dir):
    send_homes(town_dir, town, "GCJ-02", ("x", "y"))
    about = {key: value for key, value in ABOUT.items() if key != "datum"}
    rewrite_tables(town_dir, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))
    assert messages(town_dir) == [
        "homes.csv：坐标是经纬度，没有声明坐标基准；坐标基准说明坐标从哪里量起；"
        "同一组数字按 CGCS2000、GCJ-02（高德、腾讯）、BD-09（百度）落点相差 500 至 1400 米，须声明才能使用；"
        "请在工作表「about」的「坐标基准」(datum) 填写 CGCS2000、WGS-84、GCJ-02、BD-09 之一。"
    ]


def test_homes_in_degrees_and_metres_or_with_both_swapped_are_refused(town, town_dir):
    send_homes(town_dir, town, "CGCS2000", ("x", "y"), metres_n=2)
    (message,) = messages(town_dir)
    assert message.startswith("homes.csv：坐标有 ")
    assert "行是度数、2 行是米数" in message
    assert message.endswith("一张表只能用一种坐标；请统一为经纬度，或统一为以米计的平面坐标。")


def test_homes_with_longitude_and_latitude_swapped_are_refused(town, town_dir):
    send_homes(town_dir, town, "CGCS2000", ("y", "x"))
    (message,) = messages(town_dir)
    assert "经度与纬度写反了：第 2 行" in message
    assert message.endswith("横坐标为经度，中国境内 73 至 136；纵坐标为纬度，15 至 55；请对调两列。")
