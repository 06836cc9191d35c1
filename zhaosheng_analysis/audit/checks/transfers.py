"""Transfers and class changes: who moved when, into how large a class, with whose approval."""

from datetime import date

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen
from zhaosheng_analysis.classes import sibling_caps

MIDDLE_OF_AUGUST = 15  # after it schools write the grade of the coming year


def arrivals(view: View) -> pd.DataFrame:
    """Return the transfers into schools of the district since the September before the audited year."""
    rows = view.table("transfers")
    rows = rows[~blank(rows["to_school_id"]) & (rows["moved_on"] <= view.on)]
    rows = rows[rows["moved_on"] >= pd.Timestamp(view.year - 1, 9, 1)]
    stage = view.district.school_system.stage_of(rows["grade"])
    base = stage.map({"primary": view.chosen.get("class.base_primary"), "junior": view.chosen.get("class.base_junior")})
    return rows.assign(
        school_id=rows["to_school_id"], stage=stage, base=base, moved=rows["moved_on"].dt.strftime("%Y-%m-%d")
    )


def first_year(view: View) -> Seen:
    """Find transfers within the time after entry in which nobody may transfer (A-TB5)."""
    rows = view.table("transfers")
    rows = rows[rows["moved_on"] <= view.on]
    end = _entered(view, rows, view.chosen["transfer_lock_start"], _coming(rows, view)) + pd.DateOffset(
        months=int(view.chosen["transfer_lock_months"])
    )
    home = rows["to_school_id"].where(~blank(rows["to_school_id"]), rows["from_school_id"])
    rows = rows.assign(school_id=home, moved=rows["moved_on"].dt.strftime("%Y-%m-%d"))
    recent = rows["moved_on"] >= pd.Timestamp(view.year - 1, 9, 1)
    return seen(rows[recent], (rows["moved_on"] < end)[recent], "transfers", "pupil_id")


def _coming(rows: pd.DataFrame, view: View) -> pd.Series:
    """Tell which moves of late August are written under the grade of the coming year, not the one just ended."""
    late = (rows["moved_on"].dt.month == 8) & (rows["moved_on"].dt.day > MIDDLE_OF_AUGUST)
    if not view.has("roll"):
        return late
    roll = view.table("roll")[["pupil_id", "school_year", "grade"]].astype({"school_year": int, "grade": int})
    ended = pd.MultiIndex.from_frame(roll)
    mine = [rows["pupil_id"], rows["moved_on"].dt.year - 1, rows["grade"].astype(int)]
    return late & ~pd.MultiIndex.from_arrays(mine).isin(ended)


def _entered(view: View, rows: pd.DataFrame, start: date, coming: pd.Series) -> pd.Series:
    """Return the day from which the time runs for each pupil: `start` in the year it entered its stage."""
    system = view.district.school_system
    school_year = rows["moved_on"].dt.year - (rows["moved_on"].dt.month < 9).astype(int) + coming
    entered = school_year - rows["grade"].astype(int) + system.stage_of(rows["grade"]).map(system.entry)
    return pd.to_datetime({"year": entered, "month": start.month, "day": start.day})


def into_full_class(view: View) -> Seen:
    """Find transfers into a class above the standard size; a brother or sister's school may be an exception."""
    rows = arrivals(view)
    spared = rows["reason"].eq("sibling") & (view.chosen["sibling_spared"] is True)
    gaps = dict.fromkeys(rows.loc[rows["size_after_n"].isna(), "school_id"], "部分转入没有登记转入后的班额")
    return seen(rows, (rows["size_after_n"] > rows["base"]) & ~spared, "transfers", "pupil_id", gaps=gaps)


def siblings(view: View) -> Seen:
    """Find siblings let in beyond what the rules allow: the base size in first grades, else a cap below oversized."""
    rows = arrivals(view)
    rows = rows[rows["reason"].eq("sibling")]
    cap = rows["stage"].map(sibling_caps(view.chosen))
    rows = rows.assign(cap=np.where(view.district.school_system.is_entry(rows["grade"]), rows["base"], cap))
    gaps = dict.fromkeys(rows.loc[rows["size_after_n"].isna(), "school_id"], "部分长幼随学转入没有登记班额")
    return seen(rows, rows["size_after_n"] > rows["cap"], "transfers", "pupil_id", gaps=gaps)


def siblings_to_private(view: View) -> Seen:
    """Find siblings who came to a private school under that name, without registration and lot."""
    rows = arrivals(view)
    rows = rows[view.school(rows["school_id"], "sector").eq("private")]
    return seen(rows, rows["reason"].eq("sibling"), "transfers", "pupil_id")


def unapproved(view: View) -> Seen:
    """Find transfers into the district's schools without an approval number."""
    rows = arrivals(view)
    return seen(rows, blank(rows["approval_no"]), "transfers", "pupil_id")


def poached(view: View) -> Seen:
    """Find pupils who came from one school to another with many others within a few weeks; a common group is named."""
    rows = arrivals(view)
    rows = rows[~blank(rows["from_school_id"])].sort_values(["from_school_id", "to_school_id", "moved_on", "pupil_id"])
    days = int(view.chosen["transfer.together_days"])
    pair = rows["from_school_id"] + "|" + rows["to_school_id"]
    # Days on one axis, pairs so far apart that no window reaches from one to the next.
    axis = pd.factorize(pair)[0] * 10**6 + (rows["moved_on"] - pd.Timestamp("1990-01-01")).dt.days.to_numpy()
    first = np.searchsorted(axis, axis - days, side="left")
    together = np.searchsorted(axis, axis[first] + days, side="right") - first if len(axis) else axis
    group = view.schools["campus_of"].where(~blank(view.schools["campus_of"]), view.schools.index.to_series())
    same = rows["from_school_id"].map(group).eq(rows["to_school_id"].map(group))
    rows = rows.assign(
        together_n=together,
        days=days,
        other=view.school(rows["from_school_id"], "name"),
        group=same.map({True: "（同一集团）", False: ""}),
    )
    return seen(rows, rows["together_n"] > view.chosen["transfer.together_max"], "transfers", "pupil_id")


def bursts(view: View) -> Seen:
    """Find schools and grades that took in more transfers than a share of the grade (转学掐尖 is suspected)."""
    rows = arrivals(view)
    counts = view.table("roll_counts")
    counts = counts[counts["school_year"] == counts.loc[counts["school_year"] <= view.year, "school_year"].max()]
    came = rows.groupby(["school_id", "grade"]).size().rename("moved_n").reset_index()
    frame = counts.merge(came, on=["school_id", "grade"], how="left", validate="1:1").fillna({"moved_n": 0})
    frame["moved_n"] = frame["moved_n"].astype(int)
    frame["share"] = (frame["moved_n"] / frame["pupils_n"].clip(lower=1)).round(3)
    return seen(frame, frame["share"] > view.chosen["transfer.burst_share"], "roll_counts")


def class_changes(view: View, *, approved_spared: bool) -> Seen:
    """Find pupils who changed class after the draw.

    Parameters
    ----------
    view : View
        What the check may look at.
    approved_spared : bool
        Whether an approval number makes a change right; some texts allow none at all.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = view.table("class_changes")
    rows = rows[rows["changed_on"] <= view.on]
    approved = ~blank(rows["approval_no"])
    rows = rows.assign(
        changed=rows["changed_on"].dt.strftime("%Y-%m-%d"),
        class_no=rows["to_class_no"],
        approval=rows["approval_no"].where(approved, "没有批准文号"),
    )
    drawn = rows["changed_on"] >= _drawn(view, rows)
    return seen(rows, drawn & ~(approved & approved_spared), "class_changes", "pupil_id")


def _drawn(view: View, rows: pd.DataFrame) -> pd.Series:
    """Return the day from which each row's class stands: the draw of its school and intake, else the first of July."""
    entered = rows["changed_on"].dt.year - (rows["changed_on"].dt.month < 7).astype(int)
    start = pd.to_datetime({"year": entered, "month": 7, "day": 1})
    if not view.has("class_draws"):
        return start
    draws = view.table("class_draws").dropna(subset=["drawn_at"])
    day = draws[draws["intake_year"] == view.year].groupby("school_id")["drawn_at"].min().dt.normalize()
    entry = view.district.school_system.is_entry(rows["grade"]) & (entered == view.year)
    return rows["school_id"].map(day).where(entry).fillna(start)
