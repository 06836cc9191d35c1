"""One side of a comparison of zones: a district with outlook and this year's intake, before or after an assignment."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import zones
from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw.status_quo import JOINED
from zhaosheng_analysis.redraw.status_quo import read as status_quo_of

#: Results of children who seek a public seat.
SEEKING = ("admitted", "redirected", "unplaced", "undetermined")


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes
    ----------
    district : District
        With the zones of this side.
    outlook : Outlook
        Of it.
    ranked : DataFrame or None
        This year's children with their tiers; None where nobody has registered yet.
    children : DataFrame or None
        What became of them.
    sets : Series
        `unit_id` -> schools, joined by 、.
    layer : GeoDataFrame
        The zones in force.
    fates : DataFrame or None
        What becomes of the children of the years ahead, from `future_ends.counted`.
    """

    district: District
    outlook: Outlook
    ranked: pd.DataFrame | None
    children: pd.DataFrame | None
    sets: pd.Series
    layer: gpd.GeoDataFrame
    fates: pd.DataFrame | None


def sets_of(district: District, stage: str, year: int) -> pd.Series:
    """Return the schools of every unit, joined by 、; by unit_id."""
    return status_quo_of(district, stage, year).sets.map(JOINED.join)


def units_of(ranked: pd.DataFrame, district: District, stage: str) -> pd.Series:
    """Return the unit each child lives in, by the address that counts; missing outside the district."""
    mine = ranked[ranked["stage"].astype("str") == stage]
    spots = gpd.GeoSeries(gpd.points_from_xy(mine["x"], mine["y"]), index=mine.index, crs=district.crs)
    return zones.locate(spots, district.units.rename(columns={"unit_id": "zone_id"}))
