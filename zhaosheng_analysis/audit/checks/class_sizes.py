"""Class sizes against the lines 45|46, 50|51, 55|56, 65|66: now, through the years, and in the middle of a stage.

A class is one administrative class on one date. Of 66 pupils it is oversized *and* super-oversized, as in the national
statistics. A cohort is known by the September it entered the stage.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, seen, unknown
from zhaosheng_analysis.classes import sibling_caps
from zhaosheng_analysis.schema import SIX_THREE, STAGES, SchoolSystem

GROUP = ["school_id", "stage", "entered_year"]
HISTORY = {"new": "今年新出现", "legacy": "上一学年已有", "rebound": "消除后反弹", "unknown": "没有上一学年数据"}


def cohorts(classes: pd.DataFrame, system: SchoolSystem = SIX_THREE) -> pd.DataFrame:
    """Give every class its stage and the September its cohort entered the stage.

    Parameters
    ----------
    classes : DataFrame
        Columns school_year and grade.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    DataFrame
        The table with stage and entered_year.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rolls = zs.demo.nine_plots().table("roll_counts")
    >>> zs.audit.cohorts(rolls)[["school_year", "grade", "stage", "entered_year"]].tail(1)
         school_year  grade    stage  entered_year
    125         2025      6  primary          2020
    """
    stage = system.stage_of(classes["grade"])
    entered = (
        classes["school_year"]
        - classes["grade"]
        + stage.map(system.entry).astype("int64" if stage.notna().all() else "float")
    )
    return classes.assign(stage=stage, entered_year=entered)


def latest(classes: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the classes of the last school year up to a year."""
    past_years = classes.loc[classes["school_year"] <= year, "school_year"]
    return classes[classes["school_year"] == past_years.max()] if len(past_years) else classes.iloc[:0]


def limits(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """Give every class the standard size of its stage."""
    standard = {stage: view.chosen[f"class.base_{stage}"] for stage in STAGES}
    return frame.assign(standard=frame["stage"].map(standard), where=_where(frame))


def _where(frame: pd.DataFrame) -> pd.Series:
    """Name a class in words."""
    return frame["grade"].astype(str) + "年级" + frame["class_no"].astype(str) + "班"


def through_years(classes: pd.DataFrame, *, oversized: int, system: SchoolSystem = SIX_THREE) -> pd.DataFrame:
    """Say of every oversized class whether its cohort had one the year before.

    Parameters
    ----------
    classes : DataFrame
        `school_id`, school_year, grade, class_no, pupils_n, of any number of years.
    oversized : int
        Pupils from which a class is oversized.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    DataFrame
        One row an oversized class with stage, entered_year and history: new (none last year, none ever, or the entry
        grade), legacy (one last year), rebound (one before, none last year), unknown (last year not in the table).
    """
    table = cohorts(classes, system)
    largest = table.groupby([*GROUP, "school_year"])["pupils_n"].max().ge(oversized).rename("had").reset_index()
    big = table[table["pupils_n"] >= oversized].copy()
    last = largest.assign(school_year=largest["school_year"] + 1).rename(columns={"had": "last"})
    big = big.merge(last, on=[*GROUP, "school_year"], how="left", validate="m:1")
    first = largest[largest["had"]].groupby(GROUP)["school_year"].min().rename("first_year").reset_index()
    big = big.merge(first, on=GROUP, how="left", validate="m:1")
    entry = big["grade"] == big["stage"].map(system.entry)
    before = big["first_year"] < big["school_year"] - 1
    lasting = big["last"].notna()
    had = big["last"].eq(True)
    choices = [entry, ~lasting, had, before]
    big["history"] = np.select(choices, ["new", "unknown", "legacy", "rebound"], "new")
    return big.drop(columns=["last", "first_year"])


def over(view: View) -> Seen:
    """Find classes above the standard size and below the oversized line.

    A policy that limits its intake (A-TB14, ``cap_scope``) calls an entry class too large a breach of it and any other
    a legacy, or looks at entry classes alone.
    """
    frame = limits(latest(cohorts(view.table("classes"), view.district.school_system), view.year), view)
    entry, scope = view.district.school_system.is_entry(frame["grade"]), view.chosen["cap_scope"]
    frame["told"] = np.where(entry, "，属招生违规", "，属历史存量") if scope else ""
    frame = frame[entry] if scope == "entry" else frame
    size = frame["pupils_n"]
    return seen(frame, (size > frame["standard"]) & (size < view.chosen["class.oversized"]), "classes")


def oversized(view: View) -> Seen:
    """Find classes at or above the oversized line, new, legacy or come back."""
    return _big(view, view.chosen["class.oversized"])


def super_oversized(view: View) -> Seen:
    """Find classes at or above the super-oversized line."""
    return _big(view, view.chosen["class.super_oversized"])


def _big(view: View, line: int) -> Seen:
    """Find the classes of a size in the last school year, with their history."""
    frame = limits(latest(cohorts(view.table("classes"), view.district.school_system), view.year), view)
    rows = _with_history(frame, view)
    return seen(rows, rows["pupils_n"] >= line, "classes")


def _with_history(frame: pd.DataFrame, view: View) -> pd.DataFrame:
    """Join the history of oversized classes to the classes of the last school year."""
    past = through_years(
        view.table("classes"), oversized=view.chosen["class.oversized"], system=view.district.school_system
    )
    keys = ["school_id", "school_year", "grade", "class_no"]
    rows = frame.merge(past[[*keys, "history"]], on=keys, how="left", validate="1:1")
    return rows.assign(told=rows["history"].map(HISTORY))


def rebound(view: View) -> Seen:
    """Find oversized classes of schools and stages that had none the year before (大班额反弹或新增)."""
    rows = _with_history(
        limits(latest(cohorts(view.table("classes"), view.district.school_system), view.year), view), view
    )
    every = cohorts(view.table("classes"), view.district.school_system)
    line, year = view.chosen["class.oversized"], rows["school_year"].max()
    before = every[every["school_year"] == year - 1]
    had = before.groupby(["school_id", "stage"])["pupils_n"].max().ge(line)
    last = pd.Series(had.reindex(pd.MultiIndex.from_frame(rows[["school_id", "stage"]])).to_numpy(), rows.index)
    big = rows["pupils_n"] >= line
    gaps = dict.fromkeys(rows.loc[big & last.isna(), "school_id"], f"没有 {year - 1} 学年的班级，不知是否新增")
    return seen(rows, big & last.eq(False), "classes", gaps=gaps)


def extra(view: View) -> Seen:
    """Find cohorts with more classes than the year before; splitting an oversized class is a cure, not an extension."""
    every = cohorts(view.table("classes"), view.district.school_system)
    counts = every.groupby([*GROUP, "school_year", "grade"], as_index=False).agg(
        classes_n=("class_no", "nunique"), largest_n=("pupils_n", "max")
    )
    pairs = _pairs(counts, view)
    if pairs.empty:
        return unknown("没有相邻两个学年的班级")
    cured = (pairs["largest_n_last"] >= view.chosen["class.oversized"]) & (
        "oversize_cure" in view.chosen["audit.midstage_allow"]
    )
    return seen(pairs, (pairs["classes_n"] > pairs["classes_n_last"]) & ~cured, "classes", gaps=_first_year(view))


def growth(view: View) -> Seen:
    """Find classes that grew above the standard size in the middle of a stage, but for siblings let in by the rules.

    The exemption (长幼随学) ends below the oversized line and is never for the first grades of the stages.
    """
    frame = limits(cohorts(view.table("classes"), view.district.school_system), view)
    pairs = _pairs(frame, view, "class_no")
    if pairs.empty:
        return unknown("没有相邻两个学年的班级")
    pairs["grown_n"] = pairs["pupils_n"] - pairs["pupils_n_last"]
    pairs["siblings_n"] = _siblings(pairs, view)
    exempt = (
        (pairs["grown_n"] <= pairs["siblings_n"])
        & (pairs["pupils_n"] <= pairs["stage"].map(sibling_caps(view.chosen)))
        & ("sibling" in view.chosen["audit.midstage_allow"])
    )
    line = pairs["standard"] if view.chosen["audit.growth_above"] == "standard" else 0
    wrong = (pairs["grown_n"] > 0) & (pairs["pupils_n"] > line) & ~exempt
    return seen(pairs, wrong, "classes", gaps=_first_year(view))


def _pairs(frame: pd.DataFrame, view: View, *more: str) -> pd.DataFrame:
    """Put each cohort (or class) of the last school year beside itself a year before."""
    now = latest(frame, view.year)
    keys = [*GROUP, *more]
    before = frame[frame["school_year"] == now["school_year"].max() - 1]
    columns = [name for name in ("classes_n", "largest_n", "pupils_n") if name in frame]
    return now.merge(before[[*keys, *columns]], on=keys, suffixes=("", "_last"), validate="1:1")


def _first_year(view: View) -> dict[str, str]:
    """Return the schools whose classes are known of the last school year only."""
    classes = view.table("classes")
    now = latest(classes, view.year)
    before = set(classes.loc[classes["school_year"] == now["school_year"].max() - 1, "school_id"])
    elder = now[~view.district.school_system.is_entry(now["grade"])]
    return dict.fromkeys(set(elder["school_id"]) - before, "没有上一学年的班级，无法比较")


def _siblings(pairs: pd.DataFrame, view: View) -> pd.Series:
    """Count the siblings who transferred into each school and grade since the September before."""
    none = pd.Series(0, index=pairs.index)
    if not view.has("transfers"):
        return none
    moves = view.table("transfers")
    began = pd.Timestamp(int(pairs["school_year"].max()) - 1, 9, 1)
    counted = moves[moves["reason"].eq("sibling") & (moves["moved_on"] >= began)]
    counts = counted.groupby(["to_school_id", "grade"]).size()
    sizes = counts.reindex(pd.MultiIndex.from_frame(pairs[["school_id", "grade"]]))
    return pd.Series(sizes.fillna(0).to_numpy(int), index=pairs.index)


def schools_too_large(view: View) -> Seen:
    """Find schools with more pupils than a school may have (大校额), and say whether they grew."""
    counts = view.table("roll_counts")
    years = counts.groupby(["school_id", "school_year"], as_index=False)["pupils_n"].sum()
    now = latest(years, view.year)
    last = years.assign(school_year=years["school_year"] + 1)[["school_id", "school_year", "pupils_n"]]
    now = now.merge(last, on=["school_id", "school_year"], how="left", suffixes=("", "_last"), validate="1:1")
    nine = view.school(now["school_id"], "stage").eq("both")
    now["limit"] = np.where(nine, view.chosen["big_school.nine_year"], view.chosen["big_school.threshold"])
    change = now["pupils_n"] - now["pupils_n_last"]
    now["told"] = np.select(
        [change.isna(), change > 0, change < 0],
        ["没有上一学年数据", "比上一学年增加", "比上一学年减少"],
        "与上一学年持平",
    )
    return seen(now, now["pupils_n"] > now["limit"], "roll_counts")
