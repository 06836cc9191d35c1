"""What the map tests share: names of the texts, and ways to find out what lies where without cutting a polygon."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString

# Annex 1 of the notice of 乐亭: the named places of each primary
LAOTING_PLACES = {
    "第一实验小学": "泰和盛景、乐康家园西区、水岸星城、水韵名居、水悦华府、水悦华庭、水悦华郡、盛世景湾、龙王庙村",
    "第二实验小学": "盛世景湾、御景嘉园东区、腾飞家园、浩森尚景、郁庄上村、王庄上村、麻坨村",
    "第三实验小学": "天正壹号院、乐泰和园、嘉林景苑、宏屹上院",
    "第四实验小学": "张楼村、蔡各庄村、高庄村、晁庄村",
    "第五实验小学": "水悦华苑、乐康家园东区、二十二冶、乐安家园、富康家园、坤泽佳苑、乐欣家园、泰和嘉苑",
}


def known_names(layer: gpd.GeoDataFrame) -> dict[str, int]:
    """Row of every name and alias."""
    names: dict[str, int] = {}
    for row, name, aliases in zip(layer.index, layer["name"], layer["aliases"].fillna(""), strict=True):
        names |= dict.fromkeys([name, *filter(None, aliases.split("、"))], row)
    return names


def on(zones: gpd.GeoDataFrame, day: str) -> gpd.GeoDataFrame:
    day = pd.Timestamp(day)
    return zones[(zones["valid_from"] <= day) & ~(zones["valid_to"] < day)]


def holders(layers: dict, stage: str, day: str) -> pd.Series:
    """How many valid zones hold each unit, found by area, unit by unit."""
    zones = on(layers["zones"], day)
    zones = zones[(zones["stage"] == stage) & (zones["rule"] != "district")]
    covered = [
        (shapely.area(shapely.intersection(zones.geometry.to_numpy(), unit)) > 0.99 * unit.area).sum()
        for unit in layers["units"].geometry
    ]
    return pd.Series(covered, index=layers["units"]["name"])


def zone(layers: dict, zone_id: str):
    zones = layers["zones"].set_index("zone_id").geometry
    return zones[zone_id]


def inside(layers: dict, shape) -> set[str]:
    points = layers["units"].representative_point()
    return set(layers["units"].loc[points.within(shape), "name"])


def rays(layers: dict, street: str, toward: tuple[int, int]) -> set[str]:
    """Names of the units from which one sees the street when looking in a direction: an oracle that cuts nothing."""
    track = shapely.get_coordinates(layers["streets"].set_index("name").geometry[street])
    far = 9 * track[[0, -1]] - 8 * track[[1, -2]]  # prolonged straight, by a few hundred metres at each end
    line = LineString(np.vstack([far[:1], track, far[1:]]))
    points = layers["units"].representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    away = 200_000
    looks = [LineString([(a, b), (a + toward[0] * away, b + toward[1] * away)]) for a, b in zip(x, y, strict=True)]
    return set(layers["units"]["name"][[look.intersects(line) for look in looks]])


NORTH, SOUTH, EAST, WEST = (0, 1), (0, -1), (1, 0), (-1, 0)
