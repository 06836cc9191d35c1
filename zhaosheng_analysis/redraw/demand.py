"""How many children each unit sends to the first grade of a stage, in whole accord with the forecast of the schools.

A school's forecast is shared out over the units of today's zone in proportion to the children due there, as the
forecast itself does when a zone changes. Units in no zone send what the district's average would.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import unit_counts


def held(sets: pd.Series, seats: Mapping[str, float]) -> pd.DataFrame:
    """Share the children of a unit of several schools out by their seats.

    Parameters
    ----------
    sets : Series
        `unit_id` -> school ids.
    seats : mapping of str to float
        `school_id` -> seats; a school without a number counts as one seat, schools that have none share alike.

    Returns
    -------
    DataFrame
        Columns unit_id, school_id and share.
    """
    rows = []
    for unit, schools in sets.items():
        worth = [float(seats.get(school, 1.0)) for school in schools]
        worth = worth if sum(worth) > 0 else [1.0] * len(schools)
        rows += [(unit, school, part / sum(worth)) for school, part in zip(schools, worth, strict=True)]
    return pd.DataFrame(rows, columns=["unit_id", "school_id", "share"])


def by_unit(
    district: District, outlook: Outlook, held: pd.DataFrame, *, stage: str, years: Iterable[int]
) -> pd.DataFrame:
    """Return the children of every unit.

    Parameters
    ----------
    district : District
        District whose tables are read.
    outlook : Outlook
        The forecast.
    held : DataFrame
        `unit_id`, school_id, share: which schools the units' children belong to today.
    stage : {"primary", "junior"}
        Stage of school.
    years : iterable of int
        Septembers.

    Returns
    -------
    DataFrame
        Floats, unit_id by year; the units of a school add up to its forecast.
    """
    due = weights(district, stage=stage, years=list(years))
    expected = demand(outlook, stage=stage, years=list(years))
    rate = expected.sum() / due.sum().clip(lower=1.0)
    shared = by_school(district, outlook, held, stage=stage, years=years).drop(columns="school_id")
    return shared.groupby("unit_id").sum().reindex(due.index).fillna(rate * due)


def by_school(
    district: District, outlook: Outlook, held: pd.DataFrame, *, stage: str, years: Iterable[int]
) -> pd.DataFrame:
    """Return the forecast of every school shared out over the units of today's zone: unit_id, school_id, years."""
    due = weights(district, stage=stage, years=list(years))
    expected = demand(outlook, stage=stage, years=list(years))
    rows = held[held["school_id"].isin(expected.index)].reset_index(drop=True)
    part = due.reindex(rows["unit_id"]).reset_index(drop=True).mul(rows["share"], axis=0)
    whole = part.groupby(rows["school_id"]).transform("sum")
    children = part / whole * expected.reindex(rows["school_id"]).to_numpy()
    return rows[["unit_id", "school_id"]].join(children)


def demand(outlook: Outlook, *, stage: str, years: list[int]) -> pd.DataFrame:
    """Return the forecast of every school, (school_id, years)."""
    table = outlook.schools[outlook.schools["stage"] == stage]
    wide = table.pivot_table(index="school_id", columns="year", values="demand_n", aggfunc="sum")
    return wide.reindex(columns=years).astype(float)


def weights(district: District, *, stage: str, years: list[int]) -> pd.DataFrame:
    """Return the children due of every unit and year, (units, years); never quite nought.

    They are the residents where those are told of every cohort, else the registered, as in `forecast.panels`.
    Years of which nothing is known take the mean of the last three that are; without any table dwellings count.
    """
    units = district.units.set_index("unit_id")["dwellings_n"].sort_index()
    flats = units.fillna(1).astype(float).clip(lower=1.0)
    cohorts = district.tables.get("cohorts")
    resident = cohorts is not None and bool(cohorts["resident_n"].notna().all())
    due = unit_counts.due(district, stage=stage, column="resident_n" if resident else "hukou_n").pivot_table(
        index="unit_id", columns="year", values="children_n"
    )
    due = due.reindex(flats.index).astype(float).fillna(0.0)
    if due.empty or not due.to_numpy().any():
        return pd.DataFrame(dict.fromkeys(years, flats))
    usual = due[sorted(due.columns)[-3:]].mean(axis=1)
    table = pd.DataFrame({year: due.get(year, usual) for year in years})
    return table + 1e-6 * np.asarray(flats)[:, None]
