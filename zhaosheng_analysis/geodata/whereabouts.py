"""Whether a district lies where its code says, and its layers where the others say (`misfits`).

Each of these is a question for the clerk, never a conversion: what a declared system makes of coordinates stays until
somebody says otherwise.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import misfits
from zhaosheng_analysis.schema import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from zhaosheng_analysis.geodata.district import District

_MARGIN = 0.3  # degrees around a province
_AROUND, _AROUND_PREFECTURE = 0.5, 1.2  # degrees around a district, or around the seats of a prefecture
_TURNS = (3, -3, 6, -6)  # degrees that a central meridian of another zone is off
_TITLES = {"boundary": "区县界", "streets": "道路", "units": "小区", "schools": "学校", "zones": "学区"}


@dataclass(frozen=True)
class Seat:
    """Where a district of a code must be: a point, or a box of points.

    Attributes
    ----------
    name : str
        Of the county, or of its prefecture where the county is not on the list.
    box : tuple of float, length 4
        West, south, east, north in degrees; of a county it is its seat.
    margin : float
        Degrees that a district may lie off it.
    """

    name: str
    box: tuple[float, float, float, float]
    margin: float

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
        west, south, far_east, north = self.box
        left, bottom, right, top = bounds
        return (
            left + east - self.margin <= far_east
            and right + east + self.margin >= west
            and bottom - self.margin <= north
            and top + self.margin >= south
        )


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
        _note_code(frames["boundary"], about, places["boundary"], notes)
    for misfit in misfits.found(frames, links, about):
        done = f"如取自网络地图，请在工作表「about」的 datum_{misfit.layer} 填 {misfit.datum}"
        if misfit.datum == "CGCS2000":
            done = f"如果不是取自网络地图，请在工作表「about」的 datum_{misfit.layer} 填 CGCS2000"
        if systems.get(misfit.layer):
            done += f"，并提供原来的经纬度（这一层写的是 {systems[misfit.layer]}）"
        notes.append(Note(places[misfit.layer], misfit.found, f"没有换算；{done}", asks=True))


def _note_code(boundary: gpd.GeoDataFrame, about: Mapping[str, str], where: str, notes: list[Note]) -> None:
    """Note a district that lies outside the province of its code, or away from the seat of its county."""
    code = about["district_code"]
    there = tuple(boundary.to_crs("EPSG:4490").total_bounds)
    lon, lat = (there[0] + there[2]) / 2, (there[1] + there[3]) / 2
    found = ""
    within, there_is = province(code), seat(code)
    if within is not None:
        name, (west, south, east, north) = within
        if not (west - _MARGIN <= lon <= east + _MARGIN and south - _MARGIN <= lat <= north + _MARGIN):
            found = f"不在{name}（代码 {code}）"
    if not found and there_is is not None and not there_is.near(there):
        west, south, east, north = there_is.box
        at = f"东经 {(west + east) / 2:.1f} 度、北纬 {(south + north) / 2:.1f} 度"
        found = f"不在{there_is.name}（代码 {code}，约在{at}）"
    if not found:
        return
    turn = "" if there_is is None else _turned(there, there_is, about["crs"])
    done = f"没有换算；{turn}请核对行政区划代码、中央经线、带号和坐标次序"
    notes.append(Note(where, f"区县界在东经 {lon:.1f} 度、北纬 {lat:.1f} 度，{found}", done, asks=True))


def _turned(bounds: tuple[float, float, float, float], there: Seat, crs: str) -> str:
    """Say with which central meridian the district would lie where its code says, or nothing."""
    conversion = pyproj.CRS(crs).coordinate_operation
    meridian = next((it.value for it in conversion.params if it.name == "Longitude of natural origin"), None)
    fits = [] if meridian is None else [turn for turn in _TURNS if there.near(bounds, turn)]
    if not fits:
        return ""
    middle = (there.box[0] + there.box[2]) / 2 - (bounds[0] + bounds[2]) / 2
    turn = min(fits, key=lambda turn: abs(middle - turn))
    right = round(meridian + turn)
    return f"坐标系 {crs} 的中央经线是 {meridian:.0f} 度，若是 {right} 度（EPSG:{4534 + (right - 75) // 3}）就对得上；"


def seat(code: str) -> Seat | None:
    """Return where a district of a code must be.

    Parameters
    ----------
    code : str
        Six digits of GB/T 2260.

    Returns
    -------
    Seat or None
        The seat of the county; where the list has it not, the seats of its prefecture; None where it has neither.
    """
    if len(code) != 6:
        return None
    kin = [row for row in csv.reader(disk.own_lines("geodata", "counties.csv")) if row[0].startswith(code[:4])]
    own = next((row for row in kin if row[0] == code), None)
    if own is not None:
        lon, lat = float(own[2]), float(own[3])
        return Seat(own[1], (lon, lat, lon, lat), _AROUND)
    if not kin or code[4:] == "00":
        return None
    places = np.array([(float(row[2]), float(row[3])) for row in kin])
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    name = next((row[1] for row in kin if row[0].endswith("00")), kin[0][1])
    return Seat(name, (west, south, east, north), _AROUND_PREFECTURE)


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
    asked = [(it.layer, it.datum) for it in misfits.found(layers, district.zone_schools, district.about)]
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
    found = disk.own("geodata", "provinces.toml").get(code[:2])
    return None if found is None else (found["name"], tuple(found["box"]))
