"""Children from new flats that neither the register nor the trend knows yet.

A flat handed over this year sends few children to school this year and more in each of the next five. Only flats
beyond the zone's usual yearly number count: the usual ones are in the trend already (no double counting).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import rolls
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import memberships

#: First graders a year from one flat, by whole school years since it was handed over; the last value stays.
#: An assumption until a district has counted its own: about 0.2 primary children a flat when grown, late peak
#: (England's pupil-yield data by years after completion show the shape; no Chinese table was found).
YIELDS = (0.008, 0.016, 0.022, 0.027, 0.031, 0.034)
#: Years whose mean delivery is called usual.
USUAL_YEARS = 5


def deliveries(housing: pd.DataFrame, units: list[str], years: range) -> np.ndarray:
    """Count flats handed over by unit and school year (September to August).

    Parameters
    ----------
    housing : DataFrame
        Columns unit_id, delivered_on and dwellings_n.
    units : list of str
        Ids of the rows.
    years : range
        School years of the columns.

    Returns
    -------
    ndarray of float, shape (units, years)
        Flats.
    """
    on = pd.to_datetime(housing["delivered_on"])
    school_year = on.dt.year - (on.dt.month < 9)
    rows = pd.Index(units).get_indexer(housing["unit_id"])
    columns = school_year.to_numpy() - years.start
    inside = (rows >= 0) & (columns >= 0) & (columns < len(years))
    flats = np.zeros((len(units), len(years)))
    np.add.at(flats, (rows[inside], columns[inside]), housing["dwellings_n"].to_numpy(dtype=float)[inside])
    return flats


def beyond_usual(flats: np.ndarray, past: int) -> np.ndarray:
    """Return the flats of the coming years beyond the mean of the last ones.

    Parameters
    ----------
    flats : ndarray of float, shape (n, past + horizons)
        Flats by year.
    past : int
        How many of the years are past.

    Returns
    -------
    ndarray of float, shape (n, horizons)
        Flats, never negative.
    """
    usual = flats[:, :past].mean(axis=1, keepdims=True) if past else 0.0
    return np.maximum(flats[:, past:] - usual, 0.0)


def first_graders(extra: np.ndarray, yields: tuple[float, ...]) -> np.ndarray:
    """Return the first graders of each coming September.

    Parameters
    ----------
    extra : ndarray of float, shape (n, horizons)
        Flats beyond the usual, by coming school year; those handed over in the year before the first coming September
        are in the first column.
    yields : tuple of float
        First graders a flat, by whole school years since it was handed over; the last value stays.

    Returns
    -------
    ndarray of float, shape (n, horizons)
        Children.
    """
    horizons = extra.shape[1]
    since = np.arange(horizons)[None, :] - np.arange(horizons)[:, None]
    curve = np.asarray(yields)[np.clip(since, 0, len(yields) - 1)] * (since >= 0)
    return extra @ curve


def newcomers(
    housing: pd.DataFrame, units: list[str], membership: np.ndarray, *, origin: int, horizons: int, yields: tuple
) -> np.ndarray:
    """Return first graders of new flats by school, and of those in no school's zone, beyond the trend.

    Parameters
    ----------
    housing : DataFrame
        Columns unit_id, delivered_on and dwellings_n.
    units : list of str
        Order of the rows of `membership`.
    membership : ndarray of float, shape (units, schools + 1)
        Share of each unit that belongs to each school.
    origin : int
        September of the last intake; flats handed over after it are new.
    horizons : int
        Coming years.
    yields : tuple of float
        First graders a flat, as in `first_graders`.

    Returns
    -------
    ndarray of float, shape (schools + 1, horizons)
        Children, the last row of units that belong to no school.
    """
    flats = deliveries(housing, units, range(origin - USUAL_YEARS, origin + horizons))
    by_school = membership.T @ flats
    return first_graders(beyond_usual(by_school, USUAL_YEARS), yields)


def add_flats(district: District, unit_id: str, flats: int, *, on: str) -> District:
    """Return the district with flats that will be handed over in one estate on a day.

    Parameters
    ----------
    district : District
        With the table housing.
    unit_id : str
        The estate.
    flats : int
        How many.
    on : str
        Day, such as ``2026-11-30``.

    Returns
    -------
    District
        The flats are one more row of housing.
    """
    housing = district.table("housing")
    row = pd.DataFrame({"unit_id": [unit_id], "delivered_on": [pd.Timestamp(on)], "dwellings_n": [flats]})
    both = pd.concat([housing, row.astype(housing.dtypes.to_dict())], ignore_index=True)
    return replace(district, tables=district.tables | {"housing": both})


def more_flats(district: District, unit_id: str, *, times: float) -> District:
    """Return the district with the flats still to be handed over in one estate multiplied.

    Parameters
    ----------
    district : District
        With the tables housing and roll_counts.
    unit_id : str
        The estate.
    times : float
        0 or more; flats are rounded to whole ones.

    Returns
    -------
    District
        Flats handed over already stay as they are.
    """
    housing = district.table("housing")
    coming = housing["unit_id"].eq(unit_id) & _ahead(district, housing)
    flats = housing["dwellings_n"].where(~coming, (housing["dwellings_n"] * times).round().astype(int))
    return replace(district, tables=district.tables | {"housing": housing.assign(dwellings_n=flats)})


def largest_estate(district: District) -> str:
    """Return the unit with most flats still to be handed over, of those in the zone of a primary school.

    Parameters
    ----------
    district : District
        With the tables housing and roll_counts.

    Returns
    -------
    str
        unit_id.
    """
    housing = district.table("housing")
    year = rolls.last_year(district) + 1
    zoned = memberships.members(district, stage="primary", year=year, seats={})["unit_id"]
    coming = housing[_ahead(district, housing) & housing["unit_id"].isin(zoned)]
    return str(coming.groupby("unit_id")["dwellings_n"].sum().sort_index().idxmax())


def _ahead(district: District, housing: pd.DataFrame) -> pd.Series:
    """Say which flats are handed over after the first of September of the last year with roll counts."""
    return pd.to_datetime(housing["delivered_on"]).gt(pd.Timestamp(rolls.last_year(district), 9, 1))
