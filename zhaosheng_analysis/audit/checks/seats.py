"""Seats an audit asks about: plans within the standard, zones short of them, the private share, the lock register."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import locks as lock_register
from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown
from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.schema import STAGES


def plans_of(view: View) -> pd.DataFrame:
    """Return the plans of the year."""
    rows = view.table("plans")
    return rows[rows["intake_year"] == view.year].assign(stage_said=rows["stage"].map(STAGES))


def plan_size(view: View) -> Seen:
    """Find plans with more seats than classes times the standard size."""
    rows = plans_of(view)
    standard = rows["stage"].map({stage: view.chosen[f"class.base_{stage}"] for stage in STAGES})
    rows = rows.assign(most=rows["classes_n"] * standard)
    return seen(rows, rows["seats_n"] > rows["most"], "plans")


def named_plan(view: View, *, school: str, stage: str, seats: int) -> Seen:
    """Hold the plan of one named school against the number the text gives.

    Parameters
    ----------
    view : View
        What the check may look at.
    school : str
        Word in its name.
    stage : str
        Its stage.
    seats : int
        The number.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = plans_of(view)
    rows = rows[view.school(rows["school_id"], "name").str.contains(school, regex=False) & rows["stage"].eq(stage)]
    if rows.empty:
        return unknown(f"招生计划中没有{school}")
    return seen(rows.assign(written=seats), rows["seats_n"] != seats, "plans")


def demand(view: View) -> pd.DataFrame:
    """Count the first choices of each public school and stage."""
    asked = view.table("applications")
    asked = asked[(asked["choice_n"] == 1) & asked["sector"].eq("public")]
    stage = view.table("children").set_index("child_id")["stage"]
    counts = asked.assign(stage=asked["child_id"].map(stage)).groupby(["school_id", "stage"]).size()
    return counts.rename("asked_n").reset_index()


def shortages(view: View) -> Seen:
    """Find public schools for which more children registered than there are seats; say how many classes are lacking."""
    rows = plans_of(view)
    rows = rows[view.school(rows["school_id"], "sector").eq("public")]
    if rows.empty:
        return unknown(f"没有 {view.year} 年公办招生计划")
    frame = rows.merge(demand(view), on=["school_id", "stage"], how="left", validate="1:1")
    gaps = dict.fromkeys(frame.loc[frame["asked_n"].isna(), "school_id"], "没有本校的报名记录")
    frame["asked_n"] = frame["asked_n"].fillna(0).astype(int)
    standard = frame["stage"].map({stage: view.chosen[f"class.base_{stage}"] for stage in STAGES})
    frame["short_n"] = frame["asked_n"] - frame["seats_n"]
    frame["needed_n"] = np.ceil(frame["asked_n"] / standard).astype(int)
    return seen(frame, frame["short_n"] > 0, "plans", gaps=gaps)


def bursting(view: View) -> Seen:
    """Find plans whose registrations, over the planned classes, would make an oversized class."""
    short = shortages(view)
    if short.missing:
        return short
    frame = short.frame
    frame["size_n"] = np.ceil(frame["asked_n"] / frame["classes_n"].clip(lower=1)).astype(int)
    return seen(frame, frame["size_n"] >= view.chosen["class.oversized"], "plans", gaps=short.gaps)


def coordinated(view: View) -> Seen:
    """Say whether the children to be placed fit into what the zones leave empty."""
    rows = plans_of(view)
    rows = rows[view.school(rows["school_id"], "sector").eq("public")]
    listed = view.table("admitted")
    listed = listed[listed["intake_year"] == view.year]
    placed = listed[listed["route"].eq("coordinated")].groupby("stage").size()
    zoned = listed[listed["route"].ne("coordinated")].groupby(["school_id", "stage"]).size().rename("zoned_n")
    frame = rows.merge(zoned.reset_index(), on=["school_id", "stage"], how="left", validate="1:1").fillna(
        {"zoned_n": 0}
    )
    left = (frame["seats_n"] - frame["zoned_n"]).clip(lower=0).groupby(frame["stage"]).sum()
    table = pd.DataFrame({"school_id": "", "stage": list(STAGES)})
    table["placed_n"] = table["stage"].map(placed).fillna(0).astype(int)
    table["left_n"] = table["stage"].map(left).fillna(0).astype(int)
    table["stage_said"] = table["stage"].map(STAGES)
    return seen(table, table["placed_n"] > table["left_n"], "plans")


def rising(view: View) -> Seen:
    """Find a district whose resident children rise year after year while its seats are tight (须及早预警)."""
    due, rows = view.table("cohorts"), plans_of(view)
    totals = due.groupby("entry_year")["resident_n"].sum().sort_index()
    years = max(int(view.policy.warning.rising_years), 2)
    coming = totals.loc[view.year :].head(years)
    if len(coming) < years or rows.empty:
        return unknown(f"需要连续 {years} 年的常住适龄儿童和当年计划")
    seats = rows.loc[
        rows["stage"].eq("primary") & view.school(rows["school_id"], "sector").eq("public"), "seats_n"
    ].sum()
    grows = bool((coming.diff().dropna() > 0).all())
    tight = coming.iloc[-1] / max(seats, 1)
    forecast = "、".join(f"{year} 年 {int(number)} 人" for year, number in coming.items())
    frame = pd.DataFrame([{"school_id": "", "told": forecast, "seats_n": int(seats), "ratio": f"{tight:.0%}"}])
    return seen(frame, [grows and tight >= view.policy.warning.yellow], "cohorts")


def sector_shares(view: View) -> pd.DataFrame:
    """Tabulate the share of pupils at private schools by school year.

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    DataFrame
        Columns school_year, private_n, pupils_n and share, in [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> view = zs.audit.View(town, rules, pd.Timestamp("2025-09-01"), 2025, {})
    >>> zs.audit.sector_shares(view).tail(1)
       school_year  private_n  pupils_n     share
    6         2025         12        42  0.285714
    """
    counts = view.table("roll_counts")
    private = view.school(counts["school_id"], "sector").eq("private")
    table = counts.assign(private_n=counts["pupils_n"].where(private, 0)).groupby("school_year", as_index=False)
    table = table[["private_n", "pupils_n"]].sum()
    return table.assign(share=table["private_n"] / table["pupils_n"].clip(lower=1))


def private_share(view: View) -> Seen:
    """Find a private share of pupils above the target, or above last year's."""
    table = sector_shares(view)
    table = table[table["school_year"] <= view.year]
    last = table["share"].shift()
    table = table.assign(school_id="", percent=table["share"].map("{:.1%}".format), told="")
    table.loc[table["share"] > last, "told"] = "高于上一学年的 " + last.map("{:.1%}".format)
    table.loc[table["share"] > view.chosen["private.share_max"], "told"] = "超过控制线"
    now = table.tail(1)
    return seen(now, now["told"] != "", "roll_counts")


def locks(view: View) -> Seen:
    """Find admitted children without a row in the seat-lock register, or with more than one."""
    listed, register = view.table("admitted"), view.table("seat_locks")
    listed = listed[listed["intake_year"] == view.year]
    counts = register.loc[register["intake_year"] == view.year, "child_id"].value_counts()
    rows = listed.assign(locks_n=listed["child_id"].map(counts).fillna(0).astype(int))
    return seen(rows, rows["locks_n"] != 1, "admitted", "child_id")


def locked_twice(view: View) -> Seen:
    """Find dwellings that gave a seat to more than one family while they were locked; siblings are spared."""
    if view.policy.lock is not None:
        return _locked_twice(view)
    years = int(view.chosen["seat_lock.years"])
    if years == 0:
        return unknown("原文没有写明一套住房几年锁定一个学位（A-TB7）")
    rows = view.table("seat_locks").sort_values(["address_id", "intake_year", "child_id"])
    last = rows.groupby("address_id")["intake_year"].shift()
    kin = (
        view.table("children").set_index("child_id")["sibling_school_id"]
        if view.has("children")
        else pd.Series(dtype="str")
    )
    sibling = ~blank(rows["child_id"].map(kin)) & (view.chosen["seat_lock.sibling_exempt"] is True)
    rows = rows.assign(last=last)
    return seen(rows, (rows["intake_year"] - last < years) & ~sibling, "seat_locks", "child_id")


def _locked_twice(view: View) -> Seen:
    """Find dwellings used twice at one stage of one school within the years of ``[lock]``, as admission reads it."""
    lock, schools = view.policy.lock, view.district.schools
    rows = lock_register.register(view.district).sort_values(["address_id", "intake_year", "child_id"])
    if lock.schools:
        by_id = schools.set_index("school_id", drop=False)
        rows = rows[rows["school_id"].isin(names.find(by_id, lock.schools, where=f"{view.policy.file} [lock] schools"))]
    people = view.table("children").set_index("child_id") if view.has("children") else pd.DataFrame()
    twin, kin = (
        rows["child_id"].map(people[name]) if name in people else pd.Series(pd.NA, rows.index)
        for name in ("twin_id", "sibling_school_id")
    )
    rows = rows.assign(family=twin.fillna(rows["child_id"]), order=range(len(rows)))
    sibling = kin.eq(rows["school_id"]).fillna(value=False) & lock.siblings
    rows = rows.assign(last=_use_before(rows[rows["stage"] != ""], lock.by_stage))
    told = rows.drop(columns=["family", "order"])
    return seen(told, rows["last"].notna() & ~sibling, "seat_locks", "child_id", gaps=_without_stage(rows))


def _use_before(rows: pd.DataFrame, years: dict[str, int]) -> pd.Series:
    """Return by row the last year in which another family had a seat by the dwelling that still locks it."""
    names = ["address_id", "school_id", "stage", "intake_year", "family", "order"]
    pairs = rows[names].merge(rows[names], on=names[:3], suffixes=("", "_before"))
    since = pairs["intake_year"] - pairs["intake_year_before"]
    earlier = (pairs["order_before"] < pairs["order"]) & (since < pairs["stage"].map(years).astype(float).fillna(0))
    pairs = pairs[earlier & (pairs["family"] != pairs["family_before"])]
    return rows["order"].map(pairs.groupby("order")["intake_year_before"].max())


def _without_stage(rows: pd.DataFrame) -> dict[str, str]:
    """Say of which schools of nine years a dwelling was used twice and nobody wrote at which stage."""
    used = rows.groupby(["address_id", "school_id"])["family"].transform("nunique") > 1
    schools = rows.loc[used & rows["stage"].eq(""), "school_id"]
    return dict.fromkeys(schools, "锁定记录没有写学段（九年一贯制学校须填）")


def warnings(view: View) -> Seen:
    """Find schools short of seats for which no warning was published."""
    short = shortages(view)
    if short.missing:
        return short
    publications = view.table("publications")
    publications = publications[publications["item"].eq("warning")]
    wide = bool(blank(publications["school_id"]).any())
    warned = short.frame["school_id"].isin(publications["school_id"]) | wide
    return seen(short.frame, short.wrong & ~warned, "publications", gaps=short.gaps)
