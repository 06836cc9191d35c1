"""Where on earth a coordinate is: national and commercial datums, and signs that a layer declares the wrong one.

Comes in: longitude and latitude in degrees, or a coordinate reference system. A datum says from which point and by
which ellipsoid coordinates are counted; the same pair of numbers lies 0.5 to 1.4 km apart in CGCS2000, GCJ-02 (AMap,
Tencent) and BD-09 (Baidu), more than the radius of a school zone, so that nothing here is guessed.
"""

import re

import numpy as np
import pyproj

DATUMS = ("CGCS2000", "WGS-84", "GCJ-02", "BD-09")
WHAT_IS_A_DATUM = (
    "坐标基准说明坐标从哪里量起；"
    "同一组数字按 CGCS2000、GCJ-02（高德、腾讯）、BD-09（百度）落点相差 500 至 1400 米，须声明才能使用"
)

# Krasovsky 1940 as the published GCJ-02 code uses it: semi-major axis in metres, first eccentricity squared.
_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
# Each pass of the inverse shrinks the error about a thousandfold; five leave nothing a double can hold.
_PASSES = 5

#: Old national datums by the code of their geodetic system: what they are called, and their ellipsoid.
OLD = {
    4214: ("1954 北京", "+ellps=krass"),
    4555: ("新 1954 北京", "+ellps=krass"),
    4610: ("1980 西安", "+a=6378140 +rf=298.257"),
}
#: How far off degrees of an old datum lie that are taken for those of CGCS2000 unchanged.
UNCHANGED = "整体可能偏移几十米到一百多米"
_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_SHIFT = re.compile(rf"\s*({_NUMBER})\s*[,，、\s]\s*({_NUMBER})\s*[,，、\s]\s*({_NUMBER})\s*")

Pair = tuple[np.ndarray, np.ndarray]
Shift = tuple[float, float, float] | tuple[()]


def convert(lon: np.ndarray, lat: np.ndarray, *, source: str, target: str) -> Pair:
    """Convert degrees from one datum to another; CGCS2000 and WGS-84 differ by centimetres and count as one.

    Parameters
    ----------
    lon, lat : array of float
        Degrees, arrays of one shape; points outside China are not shifted.
    source, target : {"CGCS2000", "WGS-84", "GCJ-02", "BD-09"}
        Datum the degrees are counted in, and datum wanted.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Longitude and latitude in degrees. There and back again is exact to less than a millimetre.
    """
    steps = {"CGCS2000": 0, "WGS-84": 0, "GCJ-02": 1, "BD-09": 2}
    at, goal = steps[source], steps[target]
    pair = (np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    upward, downward = (_to_gcj, _to_bd), (_from_gcj, _from_bd)
    for step in range(at, goal):
        pair = upward[step](*pair)
    for step in range(at, goal, -1):
        pair = downward[step - 1](*pair)
    return pair


def _to_gcj(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Shift WGS-84 degrees to GCJ-02 by the published polynomial and waves."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave + _waves(y, (20, 40, 160, 320))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave + _waves(x, (20, 40, 150, 300))
    sine = np.sin(np.radians(lat))
    magic = 1.0 - _ECCENTRICITY2 * sine * sine
    meridian = _AXIS_M * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    parallel = _AXIS_M / np.sqrt(magic) * np.cos(np.radians(lat))
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return (
        np.where(inside, lon + np.degrees(east / parallel), lon),
        np.where(inside, lat + np.degrees(north / meridian), lat),
    )


def _waves(value: np.ndarray, heights: tuple[int, int, int, int]) -> np.ndarray:
    """Sum the four slow waves of the published shift, in metres."""
    first, second, third, fourth = heights
    short = first * np.sin(value * np.pi) + second * np.sin(value / 3.0 * np.pi)
    long = third * np.sin(value / 12.0 * np.pi) + fourth * np.sin(value / 30.0 * np.pi)
    return (short + long) * 2.0 / 3.0


def _to_bd(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Shift GCJ-02 degrees to BD-09."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _from_gcj(lon: np.ndarray, lat: np.ndarray) -> Pair:
    return _undo(_to_gcj, lon, lat)


def _from_bd(lon: np.ndarray, lat: np.ndarray) -> Pair:
    return _undo(_to_bd, lon, lat)


def _undo(shift, lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Find the point a shift moved here, by fixed-point iteration."""
    guess = lon, lat
    for _ in range(_PASSES):
        there = shift(*guess)
        guess = guess[0] - (there[0] - lon), guess[1] - (there[1] - lat)
    return guess


def exact(crs: pyproj.CRS) -> bool:
    """Tell whether PROJ converts a coordinate reference system to CGCS2000 without losing tens of metres.

    True for CGCS2000 and WGS-84 and their projections. Beijing 1954 and Xi'an 1980 need local parameters that PROJ does
    not have (it returns such coordinates unchanged), and a city grid has no parameters at all.

    Parameters
    ----------
    crs : CRS
        Any coordinate reference system of pyproj.

    Returns
    -------
    bool
        Whether the conversion is exact to a metre or so.
    """
    if "PARAMETERFILE" in crs.to_wkt() or "nadgrids" in crs.to_wkt():
        return False  # converts by a file that the declaration names, wherever that lies
    geodetic = crs.geodetic_crs
    return geodetic is not None and geodetic.to_epsg() in (4490, 4480, 4326, 4979)


def old(crs: pyproj.CRS | None) -> int:
    """Tell whether a system counts from an old national datum.

    Parameters
    ----------
    crs : CRS or None
        Any coordinate reference system.

    Returns
    -------
    int
        Its geodetic code, a key of `OLD`; 0 for others.
    """
    geodetic = None if crs is None else crs.geodetic_crs
    code = None if geodetic is None else geodetic.to_epsg()
    return code if code in OLD and "PARAMETERFILE" not in crs.to_wkt() else 0


def shift(text: str) -> Shift | None:
    """Read the three parameters of a county, as its surveying office gives them.

    Parameters
    ----------
    text : str
        dX, dY, dZ in metres, from the old datum to CGCS2000: 15.8, -154.4, -82.3.

    Returns
    -------
    tuple of float or None
        The parameters; None where they are none.
    """
    match = _SHIFT.fullmatch(text)
    return (float(match[1]), float(match[2]), float(match[3])) if match else None


def renewed(x: np.ndarray, y: np.ndarray, crs: pyproj.CRS, by: Shift) -> Pair:
    """Bring coordinates of an old national datum to degrees of CGCS2000.

    Parameters
    ----------
    x, y : array of float
        Coordinates in the old system.
    crs : CRS
        The old system.
    by : tuple of float
        Three parameters, good to a few metres within a county; () leaves the degrees as they are, see `UNCHANGED`.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Longitude and latitude in degrees.
    """
    geodetic = crs.geodetic_crs
    lon, lat = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True).transform(x, y)
    if not by:
        return np.asarray(lon), np.asarray(lat)
    ellipsoid, (dx, dy, dz) = OLD[old(crs)][1], by
    steps = (
        "+proj=unitconvert +xy_in=deg +xy_out=rad",
        f"+proj=cart {ellipsoid}",
        f"+proj=helmert +x={dx} +y={dy} +z={dz}",
        "+inv +proj=cart +ellps=GRS80",
        "+proj=unitconvert +xy_in=rad +xy_out=deg",
    )
    pipeline = pyproj.Transformer.from_pipeline("+proj=pipeline " + " ".join(f"+step {step}" for step in steps))
    lon, lat, _ = pipeline.transform(lon, lat, np.zeros_like(lat))
    return np.asarray(lon), np.asarray(lat)


def suspicion(bounds: tuple[float, float, float, float], crs: pyproj.CRS) -> str:
    """Say in Chinese what is odd about the extent of a layer, given the system it declares, or nothing.

    Parameters
    ----------
    bounds : tuple of float, length 4
        Smallest x and y, largest x and y.
    crs : CRS
        The declared system.

    Returns
    -------
    str
        What is odd, or "".
    """
    left, bottom, right, top = bounds
    degrees = -180 <= left <= right <= 180 and -180 <= bottom <= top <= 180
    if crs.is_geographic:
        if not degrees:
            return f"声明为经纬度，坐标却是 {left:.0f}、{bottom:.0f} 这样的米数"
        if 15 <= left <= right <= 55 and 73 <= bottom <= top <= 136:
            return "经度与纬度写反了（第一个数应为经度，中国境内 73 至 136）"
        return ""
    if degrees:
        return f"声明为以米计的平面坐标，坐标却是 {left:.4f}、{bottom:.4f} 这样的度数"
    if 1_600_000 <= left <= right <= 6_200_000 and (top < 1_000_000 or bottom > 13_000_000):
        return "横坐标与纵坐标写反了（应先东向、后北向）"
    if crs.coordinate_operation.method_name != "Transverse Mercator":
        return ""  # of a web map, whose metres have other sizes
    false_easting = next((it.value for it in crs.coordinate_operation.params if it.name == "False easting"), 0)
    if left > 10_000_000 > false_easting:
        return "东向坐标带有两位带号，而声明的坐标系不带带号"
    return ""
