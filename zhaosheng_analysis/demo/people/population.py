"""How many children of the demo districts live in each unit and reach grade 1 in each year; shape from national births.

In go the units, who serves them and the planted growth; out come expected children, one row a unit, one column an
entry year. Chance is a hash of (seed, stream, unit), so that neither row order nor a new unit changes the others.
"""

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery

# A dwelling fills with families over five years after it is handed over.
FILLED_SHARE = np.array([0.25, 0.5, 0.75, 0.9, 1.0])
# Growth is held beyond these years from the intake, or an exponential would run away.
HELD_YEARS = 6
SPREAD_OF_SCHOOLS = 0.02
SPREAD_OF_UNITS = 0.015


def uniforms(ids: Iterable[str], *, seed: str, stream: str) -> np.ndarray:
    """Return one number in [0, 1) an id, the same whatever the order of the ids."""
    return lottery.tickets(ids, seed=seed, stream=stream) / 2.0**64


def normals(ids: Iterable[str], *, seed: str, stream: str) -> np.ndarray:
    """Return one standard normal number an id, the same whatever the order of the ids."""
    from scipy.special import ndtri

    return ndtri(np.clip(uniforms(ids, seed=seed, stream=stream), 1e-9, 1 - 1e-9))


def entry_cohorts(births: Mapping[int, float]) -> pd.Series:
    """Return the children who turn six from September to August, by entry year; a third of them in the autumn."""
    years = [year + 6 for year in sorted(births) if year - 1 in births]
    return pd.Series({year: births[year - 7] / 3 + births[year - 6] * 2 / 3 for year in years}, name="births_wan")


def served(
    units: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    zone_schools: pd.DataFrame,
    schools: gpd.GeoDataFrame,
    *,
    stage: str,
) -> pd.DataFrame:
    """Return which schools take the children of each unit: unit_id, school_id, share in (0, 1], zoned.

    A zone of several schools is shared by the order of its text, two to one; a unit in no zone goes to the nearest
    public school. Zones of the whole district are left out: they say nothing about where children live; where there
    is one, a unit in no other zone belongs to no school.
    """
    points = gpd.GeoDataFrame(units[["unit_id"]], geometry=units.representative_point(), crs=units.crs)
    local = zones.loc[(zones["stage"] == stage) & (zones["rule"] != "district"), ["zone_id", "geometry"]]
    open_ids = schools.loc[schools["status"].eq("open"), "school_id"]
    links = zone_schools.loc[zone_schools["school_id"].isin(open_ids), ["zone_id", "school_id", "order_n"]]
    inside = points.sjoin(local, predicate="within")[["unit_id", "zone_id"]]
    pairs = inside.merge(links, on="zone_id", how="inner", validate="many_to_many")
    pairs = pairs.sort_values("order_n").drop_duplicates(["unit_id", "school_id"])
    pairs["share"] = 0.5 ** (pairs["order_n"] - 1)
    pairs["share"] /= pairs.groupby("unit_id")["share"].transform("sum")
    pairs["zoned"] = True
    outside = points[~points["unit_id"].isin(pairs["unit_id"])]
    shares = pairs[["unit_id", "school_id", "share", "zoned"]]
    if not ((zones["stage"] == stage) & (zones["rule"] == "district")).any():
        shares = pd.concat([shares, _nearest(outside, schools, stage=stage)])
    return shares.sort_values(["unit_id", "school_id"], ignore_index=True)


def _nearest(points: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, *, stage: str) -> pd.DataFrame:
    """Return the nearest open public school of every point, as a row of `served`."""
    gates = schools[
        schools["stage"].isin([stage, "both"]) & (schools["sector"] == "public") & (schools["status"] == "open")
    ]
    if points.empty or gates.empty:
        return pd.DataFrame({"unit_id": [], "school_id": [], "share": [], "zoned": []})
    near = points.sjoin_nearest(gates[["school_id", "geometry"]].sort_values("school_id")).drop_duplicates("unit_id")
    return near[["unit_id", "school_id"]].assign(share=1.0, zoned=False)


def diverted(serving: pd.DataFrame, unit_ids: pd.Series, school_id: str, share: float) -> pd.DataFrame:
    """Return the table of `served` with a share of the children of some units sent to one named school."""
    touched = serving["unit_id"].isin(unit_ids)
    kept = serving.assign(share=serving["share"].where(~touched, serving["share"] * (1 - share)))
    sent = pd.DataFrame({"unit_id": unit_ids.sort_values(), "school_id": school_id, "share": share, "zoned": False})
    both = pd.concat([kept, sent], ignore_index=True)
    return both.groupby(["unit_id", "school_id"], as_index=False).agg({"share": "sum", "zoned": "any"})


def main_school(serving: pd.DataFrame) -> pd.Series:
    """Return the school that takes most of each unit, by unit_id."""
    first = serving.sort_values(["unit_id", "share", "school_id"], ascending=[True, False, True])
    return first.drop_duplicates("unit_id").set_index("unit_id")["school_id"]


def growth(serving: pd.DataFrame, planted: Mapping[str, float], *, seed: str) -> pd.Series:
    """Return the yearly growth of each unit's children against the district's; planted schools override chance.

    Parameters
    ----------
    serving : DataFrame
        Table of `served` for the primary stage.
    planted : mapping of str to float
        Yearly rate by school_id.
    seed : str
        Decides what chance decides.

    Returns
    -------
    Series of float
        Yearly growth by unit_id.
    """
    school = main_school(serving)
    shared = pd.Series(
        SPREAD_OF_SCHOOLS * normals(school.unique(), seed=seed, stream="growth-school"), index=school.unique()
    )
    shared.update(pd.Series(planted, dtype=float))
    own = SPREAD_OF_UNITS * normals(school.index, seed=seed, stream="growth-unit")
    return school.map(shared) + own


def filled(housing: pd.DataFrame, units: pd.DataFrame, years: range) -> pd.DataFrame:
    """Return the share of each unit's dwellings that families live in, one row a unit, one column a year."""
    dwellings = units.set_index("unit_id")["dwellings_n"].astype(float)
    table = pd.DataFrame(1.0, index=dwellings.index, columns=list(years))
    for row in housing.itertuples():
        waited = np.array(list(years)) - pd.Timestamp(row.delivered_on).year
        living = np.where(waited < 0, 0.0, FILLED_SHARE[np.clip(waited, 0, len(FILLED_SHARE) - 1)])
        table.loc[row.unit_id] -= row.dwellings_n / dwellings[row.unit_id] * (1 - living)
    return table.clip(lower=0.0)


def expected(
    units: pd.DataFrame, rates: pd.Series, living: pd.DataFrame, cohorts: pd.Series, *, total_n: float, intake_year: int
) -> pd.DataFrame:
    """Return the expected grade-1 entrants living in each unit, one column an entry year.

    Parameters
    ----------
    units : DataFrame
        `unit_id` and dwellings_n.
    rates : Series
        Yearly growth by unit_id (see `growth`).
    living : DataFrame
        Share of dwellings lived in, by unit and year (see `filled`).
    cohorts : Series
        National entry cohorts (see `entry_cohorts`); only their shape is used.
    total_n : float
        Entrants of the whole district in the intake year.
    intake_year : int
        September of the intake.

    Returns
    -------
    DataFrame
        Children, unit_id by entry year.
    """
    units = units.sort_values("unit_id").set_index("unit_id")
    years = np.array([year for year in living.columns if year in cohorts.index])
    age = np.clip(years - intake_year, -HELD_YEARS, HELD_YEARS)
    shape = np.exp(np.outer(rates.reindex(units.index).fillna(0.0), age)) * cohorts[years].to_numpy()
    table = pd.DataFrame(shape, index=units.index, columns=years) * living.loc[units.index, years]
    table = table.mul(units["dwellings_n"], axis=0)
    return table * (total_n / table[intake_year].sum())


def born(expected: pd.DataFrame, *, seed: str) -> pd.DataFrame:
    """Return whole children where a number was expected: as many as chance lets be born.

    Parameters
    ----------
    expected : DataFrame
        Children, unit_id by entry year (see `expected`).
    seed : str
        Decides what chance decides.

    Returns
    -------
    DataFrame
        Children, the same rows and columns.
    """
    expected = expected.sort_index()
    counts = lottery.generator(seed, "born").poisson(expected)
    return pd.DataFrame(counts, index=expected.index, columns=expected.columns)
