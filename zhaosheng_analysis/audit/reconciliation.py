"""Plan = admitted = roll, day by day: by which day which school's lists agreed, and who is on one of them only.

A child counts as admitted, and as on the roll, from its own date on; without a date, from the first day there is. What
differs in July is on its way; what still differs on the day of the audit is a finding (`checks.admission_lists`).
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit import lists
from zhaosheng_analysis.audit.findings import View, pseudonyms
from zhaosheng_analysis.geodata import District

KEYS = ["school_id", "stage"]
COUNTS = ["admitted_n", "roll_n", "waiting_n", "unlisted_n"]
EMPTY = pd.DataFrame(
    {name: [] for name in ("plan_n", *COUNTS, "over_n")} | {"day": pd.to_datetime([])} | dict.fromkeys(KEYS, "")
)
KINDS = {"waiting": "已录取，未注册学籍", "unlisted": "已注册学籍，不在录取名单"}


def pairs(district: District, *, year: int, on: pd.Timestamp) -> pd.DataFrame:
    """Return every child and school on one of the two lists: child_id, school_id, stage, admitted_on, registered_on.

    Parameters
    ----------
    district : District
        Tables admitted and roll.
    year : int
        Year of the intake.
    on : Timestamp
        Day of the audit.

    Returns
    -------
    DataFrame
        Columns child_id, school_id, stage, admitted_on and registered_on.
    """
    view = View(district, None, on, year, {})
    listed = lists.admitted(view).drop_duplicates(["child_id", "school_id"])
    entered = lists.entrants(view).rename(columns={"pupil_id": "child_id"}).drop_duplicates(["child_id", "school_id"])
    dates = pd.concat([listed["admitted_on"], entered["registered_on"]]).dropna()
    # Whoever began in an earlier year and came by transfer keeps the date of then; the list of this year starts later.
    first = max(dates.min(), pd.Timestamp(year, 1, 1)) if len(dates) else on
    listed = listed[["child_id", *KEYS]].assign(admitted_on=listed["admitted_on"].fillna(first))
    entered = entered[["child_id", *KEYS]].assign(
        registered_on=entered["registered_on"].fillna(first).clip(lower=first)
    )
    return listed.merge(entered, on=["child_id", *KEYS], how="outer", validate="1:1")


def daily(district: District, *, year: int, on: pd.Timestamp) -> pd.DataFrame:
    """Count plan, list and roll of every school and stage on every day on which one of them changed.

    Parameters
    ----------
    district : District
        Tables admitted, roll and plans.
    year : int
        Year of the intake.
    on : Timestamp
        Day of the audit.

    Returns
    -------
    DataFrame
        Columns day, school_id, stage, plan_n, admitted_n, roll_n, waiting_n (admitted, not on the roll), unlisted_n (on
        the roll, not admitted), over_n (the longer list beyond the plan); sorted, the day of the audit last.
    """
    both = pairs(district, year=year, on=on)
    dates = pd.concat([both["admitted_on"], both["registered_on"]]).dt.normalize()
    days = sorted({*dates[dates <= on], on.normalize()})
    table = pd.concat([_on(both, day) for day in days], ignore_index=True)
    plans = district.table("plans")
    plans = plans.loc[plans["intake_year"] == year, [*KEYS, "seats_n"]].rename(columns={"seats_n": "plan_n"})
    table = table.merge(plans, on=KEYS, how="left", validate="m:1").fillna({"plan_n": 0})
    table = table.astype(dict.fromkeys([*COUNTS, "plan_n"], int))
    table["over_n"] = (table[["admitted_n", "roll_n"]].max(axis=1) - table["plan_n"]).clip(lower=0)
    columns = ["day", *KEYS, "plan_n", *COUNTS, "over_n"]
    return table[columns].sort_values(["day", *KEYS], ignore_index=True)


def _on(both: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Count the lists of every school as they stood at the end of one day."""
    end = day + pd.Timedelta(days=1)
    admitted, entered = both["admitted_on"] < end, both["registered_on"] < end
    flags = {
        "admitted_n": admitted,
        "roll_n": entered,
        "waiting_n": admitted & ~entered,
        "unlisted_n": entered & ~admitted,
    }
    return both[KEYS].assign(**flags).groupby(KEYS, as_index=False).sum().assign(day=day)


def by_day(table: pd.DataFrame) -> pd.DataFrame:
    """Add the schools up: one row a day.

    Parameters
    ----------
    table : DataFrame
        Counts, as `daily` gives them.

    Returns
    -------
    DataFrame
        The same counts without schools.
    """
    return table.drop(columns=KEYS).groupby("day", as_index=False).sum()


def still_different(district: District, *, year: int, on: pd.Timestamp) -> pd.DataFrame:
    """List who is on one list only on the day of the audit.

    Parameters
    ----------
    district : District
        Tables admitted and roll.
    year : int
        Year of the intake.
    on : Timestamp
        Day of the audit.

    Returns
    -------
    DataFrame
        Columns school_id, subject (pseudonym), kind (`KINDS`), since_on and days; the longest first.
    """
    both = pairs(district, year=year, on=on)
    there = both["admitted_on"] <= on, both["registered_on"] <= on
    both["kind"] = np.select([there[0] & ~there[1], there[1] & ~there[0]], ["waiting", "unlisted"], "")
    rows = both[both["kind"] != ""]
    since = rows["admitted_on"].where(rows["kind"] == "waiting", rows["registered_on"]).dt.normalize()
    rows = rows.assign(
        subject=pseudonyms(rows["child_id"], district),
        since_on=since,
        days=(on.normalize() - since).dt.days,
    )
    columns = ["school_id", "subject", "kind", "since_on", "days"]
    return rows.sort_values(["days", "school_id", "subject"], ascending=[False, True, True])[columns].reset_index(
        drop=True
    )
