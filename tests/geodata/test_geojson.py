"""No shape of a GeoJSON is lost in silence: GDAL says what it drops, and nothing it drops comes through unsaid."""

import copy
import json

import pyogrio
import pytest
import shapely

from zhaosheng_analysis.geodata import geojson

RING = [[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.0]]
SHAPES = {
    "as it says": ({"type": "Polygon", "coordinates": [RING]}, ""),
    "one bracket too deep": ({"type": "Polygon", "coordinates": [[RING]]}, "层数不符"),
    "one bracket short": ({"type": "MultiPolygon", "coordinates": [RING]}, "层数不符"),
    "in small letters": ({"type": "polygon", "coordinates": [RING]}, "层数不符"),
    "open": ({"type": "Polygon", "coordinates": [RING[:3]]}, "首尾相连"),
    "numbers as text": ({"type": "Polygon", "coordinates": [[[str(x), str(y)] for x, y in RING]]}, "当作数字"),
}
LOST = {
    "a line with the depth of a point": {"type": "LineString", "coordinates": [120.0, 30.0]},
    "one number": {"type": "Point", "coordinates": [120.0]},
    "words": {"type": "Point", "coordinates": ["东经", "北纬"]},
    "two corners": {"type": "Polygon", "coordinates": [RING[:2]]},
    "no coordinates": {"type": "Point", "coordinates": None},
    "a box": {"type": "Envelope", "coordinates": [RING]},
    "unlike depths": {"type": "Polygon", "coordinates": [RING, [120.0, 30.0]]},
}


def collection(*shapes: dict) -> dict:
    features = [{"type": "Feature", "properties": {}, "geometry": copy.deepcopy(shape)} for shape in shapes]
    return {"type": "FeatureCollection", "features": features}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_that_can_only_be_meant_so_is_read_so_and_said(name):
    shape, told = SHAPES[name]
    plain, said, lost = geojson.settled(collection(shape), "学区.geojson")
    assert not lost
    assert (told in said) if told else said == ""
    read = pyogrio.read_dataframe(json.dumps(plain).encode()).geometry.iloc[0]
    assert shapely.get_parts(read)[0].equals(shapely.Polygon(RING))


@pytest.mark.parametrize("name", LOST)
def test_a_shape_nobody_can_read_is_refused_with_its_place(name):
    whole = {"type": "Polygon", "coordinates": [RING]}
    _, _, lost = geojson.settled(collection(whole, LOST[name]), "学区.geojson")
    assert [str(fault).split("；")[0] for fault in lost] == ["学区.geojson：有 1 个要素的图形读不出：第 2 个"]


def test_a_feature_without_a_shape_stays_one():
    plain, said, lost = geojson.settled(collection(None, {"type": "Polygon", "coordinates": []}), "学区.geojson")
    assert (len(plain["features"]), said, lost) == (2, "", [])
