"""The plan in force for a September: the year's own, else the last one before it, else the first one after."""

from collections.abc import Iterable

import pandas as pd

from zhaosheng_analysis.geodata import District


def planned(district: District, stage: str, year: int) -> pd.DataFrame:
    """Return the plan in force for one September: the year's own, else the last one before, else the first one after.

    Parameters
    ----------
    district : District
        District with the table plans.
    stage : str
        Stage of school.
    year : int
        A September.

    Returns
    -------
    DataFrame
        Columns seats_n, classes_n and class_size_n by school_id.
    """
    return in_force(district, stage, [year])[year]


def in_force(district: District, stage: str, years: Iterable[int]) -> dict[int, pd.DataFrame]:
    """Return the plans in force for some Septembers, of a table that is asked for once.

    Parameters
    ----------
    district : District
        District with the table plans.
    stage : str
        Stage of school.
    years : iterable of int
        Septembers.

    Returns
    -------
    dict of int to DataFrame
        By year, as from `planned`.
    """
    plans = district.table("plans")
    plans = plans[plans["stage"] == stage].sort_values("intake_year", kind="stable").set_index("school_id")
    numbers = plans[["seats_n", "classes_n", "class_size_n"]]
    # A cell left blank in a later plan is that of the plan before it, in the first ones that of the plan after.
    until, since = numbers.groupby(level=0).ffill(), numbers.groupby(level=0).bfill()
    forces = {}
    for year in years:
        begun = plans["intake_year"].le(year).to_numpy()
        before, after = until[begun], since[~begun]
        before = before[~before.index.duplicated(keep="last")]
        after = after[~after.index.duplicated() & ~after.index.isin(before.index)]
        forces[year] = pd.concat([before, after]).sort_index()
    return forces
