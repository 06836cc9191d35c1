"""Whether a district lies where its code says, and its layers where the others say (`misfits`).

Each of these is a question for the clerk, never a conversion: what a declared system makes of coordinates stays until
somebody says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import misfits
from zhaosheng_analysis.schema import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from zhaosheng_analysis.geodata.district import District

_ENOUGH = 3  # places of which one can be wrong and the middle one is not
_MARGIN = 0.3  # degrees around a province
_AROUND = 0.5  # degrees that its government may sit outside its district as drawn
_REACH = 2.0  # degrees of longitude that a county lies from the government of its prefecture at most, unless it is said
_CHINA = (73.0, 3.0, 136.0, 54.0)  # west, south, east, north in degrees
_TURNS = (3, -3, 6, -6)  # degrees that a central meridian of another zone is off
_TITLES = {"boundary": "区县界", "streets": "道路", "units": "小区", "schools": "学校", "zones": "学区"}


@dataclass(frozen=True)
class Headquarters:
    """Where the government of a district sits, as the bureau says.

    Attributes
    ----------
    name : str
        Of the district.
    lon : float
        Longitude in degrees.
    lat : float
        Latitude in degrees.
    """

    name: str
    lon: float
    lat: float

    def near(self, bounds: tuple[float, float, float, float], east: float = 0.0) -> bool:
        """Tell whether it lies in a district, or hardly outside it, moved east by some degrees.

        Parameters
        ----------
        bounds : tuple of float, length 4
            West, south, east, north of the district in degrees.
        east : float, default 0
            Degrees by which the district is moved.

        Returns
        -------
        bool
            Whether it does.
        """
        left, bottom, right, top = bounds
        across = left + east - _AROUND <= self.lon <= right + east + _AROUND
        return across and bottom - _AROUND <= self.lat <= top + _AROUND


def note(
    frames: Mapping[str, gpd.GeoDataFrame],
    links: pd.DataFrame,
    about: Mapping[str, str],
    places: Mapping[str, str],
    systems: Mapping[str, str],
    notes: list[Note],
) -> None:
    """Note what is odd about where the layers of a district lie.

    Parameters
    ----------
    frames : mapping of str to GeoDataFrame
        Layers in the district's system.
    links : DataFrame
        Columns zone_id, school_id.
    about : mapping of str to str
        Facts: district_code, crs and the datums declared.
    places : mapping of str to str
        Layer -> its file, for the notes.
    systems : mapping of str to str
        Layer -> the system its coordinates were taken in, where it names one itself.
    notes : list of Note
        Where it is noted.
    """
    if "boundary" in frames and len(frames["boundary"]):
        _note_code(frames, about, places["boundary"], notes)
    for misfit in misfits.of(frames, links, about):
        done = f"如取自网络地图，请在工作表「about」的 datum_{misfit.layer} 填 {misfit.datum}"
        if misfit.datum == "CGCS2000":
            done = f"如果不是取自网络地图，请在工作表「about」的 datum_{misfit.layer} 填 CGCS2000"
        if systems.get(misfit.layer):
            done += f"，并提供原来的经纬度（这一层写的是 {systems[misfit.layer]}；由 ingest 整理的，改来源的 datum）"
        notes.append(Note(places[misfit.layer], misfit.found, f"没有换算；{done}", asks=True))


def _middle(frames: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float]:
    """Return where most of a district lies: a single school far off moves its outline, and hardly this."""
    drawn = (frames[name].to_crs("EPSG:4490").geometry for name in ("schools", "units") if name in frames)
    spots = [shapely.centroid(shapes.dropna().to_numpy()) for shapes in drawn]
    middles = [shapely.get_coordinates(some) for some in spots if len(some) >= _ENOUGH]
    if not middles:
        west, south, east, north = frames["boundary"].to_crs("EPSG:4490").total_bounds
        return (west + east) / 2, (south + north) / 2
    lon, lat = np.median(middles[0], axis=0)
    return float(lon), float(lat)


def _note_code(frames: Mapping[str, gpd.GeoDataFrame], about: Mapping[str, str], where: str, notes: list[Note]) -> None:
    """Note a district that lies outside the province of its code, or away from where its government sits."""
    code = about["district_code"]
    there = tuple(frames["boundary"].to_crs("EPSG:4490").total_bounds)
    lon, lat = _middle(frames)
    found, fits = "", []
    within, there_is, seat = province(code), headquarters(about), prefecture(code)
    if within is not None:
        name, (west, south, east, north) = within
        if not (west - _MARGIN <= lon <= east + _MARGIN and south - _MARGIN <= lat <= north + _MARGIN):
            found = f"不在{name}（代码 {code}）"
    if not found and there_is is not None and not there_is.near(there):
        found = f"离所填的政府驻地（东经 {there_is.lon:.1f} 度、北纬 {there_is.lat:.1f} 度）太远"
    if there_is is not None:
        fits = sorted(
            (turn for turn in _TURNS if there_is.near(there, turn)), key=lambda t: abs(lon + t - there_is.lon)
        )
    elif seat is not None and not seat.holds(lon):
        fits = sorted((turn for turn in _TURNS if seat.holds(lon + turn)), key=lambda t: abs(lon + t - seat.lon))
        if not found and fits:
            found = f"离代码 {code[:4]} 的市、州、盟（政府约在东经 {seat.lon:.1f} 度）太远"
    if not found:
        return
    turn = _turned(fits[0], about["crs"]) if fits else ""
    own = (
        ""
        if there_is is not None or within is None or "不在" in found
        else "；位置没有错的，请填 headquarters（政府驻地）"
    )
    done = f"没有换算；{turn}请核对行政区划代码、中央经线、带号和坐标次序{own}"
    notes.append(Note(where, f"区县界在东经 {lon:.1f} 度、北纬 {lat:.1f} 度，{found}", done, asks=True))


def _turned(turn: int, crs: str) -> str:
    """Say with which central meridian the district would lie where it should, or nothing."""
    conversion = pyproj.CRS(crs).coordinate_operation
    meridian = next((it.value for it in conversion.params if it.name == "Longitude of natural origin"), None)
    if meridian is None:
        return ""
    right = round(meridian + turn)
    # Of layers that came as degrees the meridian is no cause: it is then the code, or the place of the government.
    return (
        f"或是行政区划代码、政府驻地填错，或是中央经线不对：坐标系 {crs} 的中央经线是 {meridian:.0f} 度，"
        f"图层原以米计的，若是 {right} 度（EPSG:{4534 + (right - 75) // 3}）就对得上，原是经纬度的与它无关；"
    )


@dataclass(frozen=True)
class Prefecture:
    """On which longitude the counties of a prefecture lie.

    Attributes
    ----------
    lon : float
        Of its government, in degrees, to about a tenth.
    reach : float
        Degrees that its counties lie to the east or west of there at most.
    """

    lon: float
    reach: float = _REACH

    def holds(self, lon: float) -> bool:
        """Tell whether a county of it may lie on a longitude.

        Parameters
        ----------
        lon : float
            In degrees.

        Returns
        -------
        bool
            Whether it may.
        """
        return abs(lon - self.lon) <= self.reach


def prefecture(code: str) -> Prefecture | None:
    """Return the prefecture of a district's code.

    Parameters
    ----------
    code : str
        Six digits of GB/T 2260.

    Returns
    -------
    Prefecture or None
        None where the code is of none that is known.
    """
    entry = disk.own("geodata", "prefectures.toml").get(code[:2], {}).get(code[2:4])
    return None if entry is None else Prefecture(*entry)


def headquarters(about: Mapping[str, str]) -> Headquarters | None:
    """Return where the government of a district sits.

    Parameters
    ----------
    about : mapping of str to str
        Facts of the folder; ``headquarters`` is longitude and latitude, such as ``118.9, 39.4``.

    Returns
    -------
    Headquarters or None
        None where the folder does not say it, or says what is no place in China.
    """
    numbers = re.findall(r"\d+(?:\.\d+)?", about.get("headquarters", ""))
    if len(numbers) != 2:
        return None
    lon, lat = map(float, numbers)
    west, south, east, north = _CHINA
    return Headquarters(about.get("name", ""), lon, lat) if west <= lon <= east and south <= lat <= north else None


def otherwise(district: District) -> dict[str, gpd.GeoSeries]:
    """Return layers where they would lie if their degrees had been of another datum, for a picture.

    Parameters
    ----------
    district : District
        As declared.

    Returns
    -------
    dict of str to GeoSeries
        What is shown -> shapes: the layers that are asked about, and where none is the schools by each datum.
    """
    layers = {name: getattr(district, name) for name in ("boundary", "streets", "units", "schools", "zones")}
    asked = [(it.layer, it.datum) for it in misfits.of(layers, district.zone_schools, district.about)]
    own = misfits.declared(district.about, "schools")
    others = [("schools", datum) for datum in ("GCJ-02", "BD-09") if datum != own]
    return {
        f"{_TITLES[name]}，若为 {datum}": gpd.GeoSeries(
            misfits.moved(
                np.asarray(layers[name].geometry.array),
                district.crs,
                datum,
                misfits.declared(district.about, name),
            ),
            layers[name].index,
            crs=district.crs,
        )
        for name, datum in asked or others
    }


def place(district: District) -> tuple[float, float]:
    """Return where a district lies as declared.

    Parameters
    ----------
    district : District
        Any district.

    Returns
    -------
    tuple of float, length 2
        Longitude and latitude of its middle, in degrees.
    """
    west, south, east, north = district.boundary.to_crs("EPSG:4490").total_bounds
    return float(west + east) / 2, float(south + north) / 2


def province(code: str) -> tuple[str, tuple[float, float, float, float]] | None:
    """Return the province of a district's code and its box, for a picture.

    Parameters
    ----------
    code : str
        Six digits of GB/T 2260.

    Returns
    -------
    tuple of (str, tuple of float, length 4) or None
        Name; west, south, east, north in degrees.
    """
    entry = disk.own("geodata", "provinces.toml").get(code[:2])
    return None if entry is None else (entry["name"], tuple(entry["box"]))
