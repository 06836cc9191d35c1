"""Datums: there and back again, known shifts, and layers that declare the wrong one."""

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaosheng_analysis.geodata import datums

# Towns of the five notices: longitude, latitude, and the shifts in metres that standards §4.2 measured there.
TOWNS = {
    "平城": (113.30, 40.08),
    "洮北": (122.85, 45.62),
    "衢州": (118.87, 28.94),
    "湛河": (113.29, 33.74),
    "乐亭": (118.91, 39.43),
}
SHIFTS_M = {"平城": (613, 870), "洮北": (504, 833), "衢州": (580, 904), "湛河": (601, 913), "乐亭": (512, 893)}
ELLIPSOID = pyproj.Geod(ellps="WGS84")


def metres(one, other):
    return ELLIPSOID.inv(*one, *other)[2]


@settings(max_examples=200, deadline=None)
@given(
    st.floats(73.7, 135.0),
    st.floats(18.2, 53.5),
    st.sampled_from([(a, b) for a in datums.DATUMS for b in datums.DATUMS]),
)
def test_there_and_back_again_is_exact_to_a_millimetre_anywhere_in_china(lon, lat, pair):
    source, target = pair
    there = datums.convert(np.array([lon]), np.array([lat]), source=source, target=target)
    back = datums.convert(*there, source=target, target=source)
    assert metres((lon, lat), (back[0][0], back[1][0])) < 0.001


def test_a_hundred_thousand_points_come_back_too_and_keep_their_shape():
    lon, lat = np.meshgrid(np.linspace(73.7, 135.0, 500), np.linspace(18.2, 53.5, 200))
    back = datums.convert(
        *datums.convert(lon, lat, source="CGCS2000", target="BD-09"), source="BD-09", target="CGCS2000"
    )
    assert back[0].shape == lon.shape
    assert np.max(metres((lon, lat), back)) < 0.001


@pytest.mark.parametrize("town", TOWNS)
def test_the_shift_at_the_five_districts_is_the_measured_one(town):
    here = TOWNS[town]
    gcj = datums.convert(*here, source="WGS-84", target="GCJ-02")
    bd = datums.convert(*gcj, source="GCJ-02", target="BD-09")
    # The districts are tens of kilometres wide and the shift varies by a few percent across one.
    assert (metres(here, gcj), metres(gcj, bd)) == pytest.approx(SHIFTS_M[town], rel=0.1)


def test_the_published_example_of_tiananmen_is_met():
    # 116.404, 39.915 is the example of the eviltransform and gcoord test suites.
    gcj = datums.convert(116.404, 39.915, source="WGS-84", target="GCJ-02")
    assert gcj == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-7)
    bd = datums.convert(116.404, 39.915, source="GCJ-02", target="BD-09")
    assert bd == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-7)


def test_cgcs2000_and_wgs84_count_as_one_and_places_abroad_are_not_shifted():
    assert datums.convert(113.3, 40.1, source="CGCS2000", target="WGS-84") == (113.3, 40.1)
    assert datums.convert(2.35, 48.86, source="WGS-84", target="GCJ-02") == (2.35, 48.86)


@pytest.mark.parametrize(
    ("code", "good"),
    [
        (4490, True),
        (4549, True),
        (4526, True),
        (4326, True),
        (3857, True),
        (32650, True),
        (4214, False),
        (2437, False),
        (4610, False),
    ],
)
def test_only_systems_on_cgcs2000_or_wgs84_convert_exactly(code, good):
    assert datums.exact(pyproj.CRS(code)) is good


@pytest.mark.parametrize(
    ("bounds", "code", "said"),
    [
        ((113.2, 40.0, 113.4, 40.2), 4490, ""),
        ((500_000, 4_300_000, 510_000, 4_310_000), 4549, ""),
        ((40_500_000, 4_300_000, 40_510_000, 4_310_000), 4528, ""),
        ((40.0, 113.2, 40.2, 113.4), 4490, "经度与纬度写反了（第一个数应为经度，中国境内 73 至 136）"),
        ((500_000, 4_300_000, 510_000, 4_310_000), 4490, "声明为经纬度，坐标却是 500000、4300000 这样的米数"),
        ((113.2, 40.0, 113.4, 40.2), 4549, "声明为以米计的平面坐标，坐标却是 113.2000、40.0000 这样的度数"),
        ((4_300_000, 500_000, 4_310_000, 510_000), 4549, "横坐标与纵坐标写反了（应先东向、后北向）"),
        ((40_500_000, 4_300_000, 40_510_000, 4_310_000), 4549, "东向坐标带有两位带号，而声明的坐标系不带带号"),
    ],
)
def test_a_layer_that_declares_the_wrong_system_gives_itself_away(bounds, code, said):
    assert datums.suspicion(bounds, pyproj.CRS(code)) == said


def _geocentric(lon, lat, axis, flattening):
    """The textbook formula, written out: what PROJ's pipeline must agree with."""
    square = flattening * (2 - flattening)
    lon, lat = np.radians(lon), np.radians(lat)
    radius = axis / np.sqrt(1 - square * np.sin(lat) ** 2)
    across = radius * np.cos(lat)
    return np.array([across * np.cos(lon), across * np.sin(lon), radius * (1 - square) * np.sin(lat)])


@pytest.mark.parametrize(("code", "axis", "inverse"), [(2437, 6378245.0, 298.3), (2385, 6378140.0, 298.257)])
def test_three_parameters_shift_an_old_datum_by_the_textbook(code, axis, inverse):
    crs, parameters = pyproj.CRS(code), datums.shift("15.8，-154.4，-82.3")
    x, y = np.array([480_000.0, 520_000.0]), np.array([3_350_000.0, 3_360_000.0])
    there = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    wanted = _geocentric(*there, axis, 1 / inverse) + np.array(parameters)[:, None]
    found = _geocentric(*datums.renewed(x, y, crs, parameters), 6378137.0, 1 / 298.257222101)
    sideways = np.cross(found.T - wanted.T, wanted.T / np.linalg.norm(wanted, axis=0)[:, None])
    assert np.linalg.norm(sideways, axis=1).max() < 1


@pytest.mark.parametrize("text", ["", "15.8", "a, b, c", "1, 2, 3, 4, 5, 6, 7", "15800, 1, 2"])
def test_what_is_no_three_numbers_is_no_shift(text):
    assert datums.shift(text) is None


def test_metres_of_a_web_map_have_no_number_of_a_zone_before_them():
    assert not datums.suspicion((13_358_000.0, 4_790_000.0, 13_360_000.0, 4_792_000.0), pyproj.CRS("EPSG:3857"))
