"""The tables a planning authority hands in: last year's forecast scored, areas by year group, places, development.

Primary year groups are told five years ahead, junior ones seven, places three. Every number is in another table of the
forecast or follows from the columns beside it.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import aggregates, housing, outlook_tables, rolls, scoring
from zhaosheng_analysis.forecast.outlook import Outlook
from zhaosheng_analysis.forecast.projecting import project
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

#: Years ahead that year groups are told by stage, and places.
AHEAD, PLACES = {"primary": 5, "junior": 7}, 3


def tables(
    district: District, policy: Policy, *, yields: tuple[float, ...] = housing.YIELDS, within: float = 0.0
) -> dict[str, pd.DataFrame]:
    """Forecast a district and put the planning tables together.

    Parameters
    ----------
    district : District
        With the tables roll_counts, cohorts and plans; housing where there is one.
    policy : Policy
        Its intake year says which plan is carried forward.
    yields : tuple of float, default housing.YIELDS
        First graders a flat, by years since it was handed over.
    within : float, default 0.0
        Share of the children of new flats who lived in the district before, in [0, 1]: an assumption of the bureau.

    Returns
    -------
    dict of str to DataFrame
        ``scored`` (last year's forecast beside what came; empty where there is no earlier year), ``areas``, ``places``
        and ``development`` (empty without the table housing).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> found = zs.forecast.planning.tables(town, rules)
    >>> list(found)
    ['scored', 'areas', 'places', 'development']
    >>> found["places"][["school_id", "year", "seats_n", "demand_n", "spare_n"]].head(2)
      school_id  year  seats_n  demand_n  spare_n
    0        s1  2026        2         3       -1
    1        s2  2026        3         2        1
    """
    last = rolls.last_year(district)
    outlook = project(district, policy, years=range(last + 1, last + 1 + max(AHEAD.values())), yields=yields)
    return {
        "scored": scored(district, policy),
        "areas": areas(outlook, district),
        "places": places(outlook),
        "development": development(district, range(last + 1, last + 1 + max(AHEAD.values())), yields, within=within),
    }


def scored(district: District, policy: Policy) -> pd.DataFrame:
    """Forecast the last September from the one before it, and score that.

    Parameters
    ----------
    district : District
        With roll counts.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        As from `scoring.errors`; empty where the rolls begin with the last September.
    """
    last, counts = rolls.last_year(district), district.table("roll_counts")
    before = counts[counts["school_year"] < last]
    if before.empty:
        empty = ["stage", "level", "horizon", "n", "wape", "bias", "mase", "coverage80", "coverage95", "crps"]
        return pd.DataFrame(columns=empty)
    origin = int(before["school_year"].max())
    outlook = project(district, policy, years=[last], origin=origin)
    return scoring.errors(
        outlook.schools, outlook.grades, outlook.totals, counts, origin=origin, system=district.school_system
    )


def areas(outlook: Outlook, district: District) -> pd.DataFrame:
    """Add up year groups by planning area: the area of a school, its township where it has none.

    Parameters
    ----------
    outlook : Outlook
        A forecast of seven years.
    district : District
        Where the schools lie.

    Returns
    -------
    DataFrame
        area_id (empty where a school has none), name, stage, year, grade, pupils_n, low80_n, high80_n; the origin as
        observed. The half-width of a sum is between that of schools that err apart and as one, as in the totals.
    """
    rows = outlook.grades.assign(stage=district.school_system.stage_of(outlook.grades["grade"]))
    facts = district.schools.set_index("school_id")
    area = facts["area_id"].fillna("")
    rows["area_id"] = rows["school_id"].map(area.where(area != "", facts["township_id"].fillna(""))).fillna("")
    near = rows["year"] - outlook.origin_year <= rows["stage"].map(AHEAD)
    rows = rows[near].astype({"pupils_n": float, "low80_n": float, "high80_n": float})
    keys = ["area_id", "stage", "year", "grade"]
    by_area = rows.groupby(keys, as_index=False)["pupils_n"].sum()
    for end, sign in (("low80_n", -1), ("high80_n", 1)):
        off = (rows[end] - rows["pupils_n"]).abs()
        sums = pd.DataFrame({"apart": off**2, "as_one": off}).groupby([rows[key] for key in keys]).sum()
        half = aggregates.half_width(sums["apart"].to_numpy(), sums["as_one"].to_numpy() ** 2, aggregates.ASSUMED)
        by_area[end] = outlook_tables.whole(np.maximum(by_area["pupils_n"].to_numpy() + sign * half, 0.0))
    by_area.insert(1, "name", by_area["area_id"].map(district.areas.set_index("area_id")["name"]).fillna(""))
    return by_area.astype(dict.fromkeys(["pupils_n", "low80_n", "high80_n"], "Int64"))


def places(outlook: Outlook) -> pd.DataFrame:
    """Put the planned places of the coming three years beside the children expected.

    Parameters
    ----------
    outlook : Outlook
        A forecast.

    Returns
    -------
    DataFrame
        school_id, name, stage, area_id, year, classes_n, seats_n (the plan of the year, else the one carried forward),
        demand_n, low80_n, high80_n and spare_n, negative where seats lack.
    """
    rows = outlook.schools[outlook.schools["horizon"] <= PLACES]
    columns = ["school_id", "name", "stage", "area_id", "year", "classes_n", "seats_n", "demand_n"]
    table = rows[[*columns, "low80_n", "high80_n"]].assign(spare_n=rows["seats_n"] - rows["demand_n"])
    return table.sort_values(["year", "stage", "school_id"], ascending=[True, False, True], ignore_index=True)


def development(district: District, years: Iterable[int], yields: tuple[float, ...], *, within: float) -> pd.DataFrame:
    """Tell the first graders of flats still to be handed over, delivery by delivery.

    Parameters
    ----------
    district : District
        With the table housing.
    years : iterable of int
        Septembers.
    yields : tuple of float
        First graders a flat, by years since it was handed over.
    within : float
        Share of them who lived in the district before, in [0, 1].

    Returns
    -------
    DataFrame
        unit_id, delivered_year (the school year), flats_n, year, since (years since it was handed over), yield_a_flat,
        pupils (flats × yield), within, net (pupils who are new to the district). The forecast counts of these only what
        flats beyond the usual number of the last years bring, see `housing`.
    """
    columns = ["unit_id", "delivered_year", "flats_n", "year", "since", "yield_a_flat", "pupils", "within", "net"]
    table, years = district.tables.get("housing"), list(years)
    if table is None or table.empty:
        return pd.DataFrame(columns=columns)
    on = pd.to_datetime(table["delivered_on"])
    begun = (on.dt.year - (on.dt.month < 9)).rename("delivered_year")
    flats = table["dwellings_n"].groupby([table["unit_id"], begun]).sum()
    rows = []
    for (unit, first), number in flats.items():
        # Flats handed over between two Septembers send their first children in the second of them.
        for year in years if first >= years[0] - 1 else []:
            since = year - first - 1
            if since >= 0:
                share = yields[min(since, len(yields) - 1)]
                came = number * share
                rows.append((unit, first, number, year, since, share, came, within, came * (1 - within)))
    return pd.DataFrame(rows, columns=columns)
