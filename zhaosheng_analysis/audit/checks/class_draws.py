"""The record of how classes were formed: by lot, on the day, with teachers filed and spread, signed, copied."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown

SIGNERS = ("家长代表", "班主任", "校长", "教育局领导")
METHODS = {"random": "电脑随机派位", "snake": "蛇形", "other": "其他"}


def records(view: View) -> pd.DataFrame:
    """Return the records of the year."""
    rows = view.table("class_draws")
    return rows[rows["intake_year"] == view.year]


def method(view: View, *, juniors_may_snake: bool) -> Seen:
    """Find intakes whose classes were not formed by lot.

    Parameters
    ----------
    view : View
        What the check may look at.
    juniors_may_snake : bool
        Whether a junior school may use the S-shaped order.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    rows = records(view)
    allowed = rows["method"].eq("random") | (
        rows["method"].eq("snake") & rows["stage"].eq("junior") & juniors_may_snake
    )
    rows = rows.assign(said=rows["method"].map(METHODS))
    gaps = dict.fromkeys(rows.loc[blank(rows["method"]), "school_id"], "没有填写编班方式")
    return seen(rows, ~allowed & ~blank(rows["method"]), "class_draws", gaps=gaps)


def teams_first(view: View) -> Seen:
    """Find intakes whose teachers were filed after the draw, or never."""
    rows = records(view)
    rows = rows.assign(
        filed=rows["teams_filed_at"].dt.strftime("%Y-%m-%d %H:%M").fillna("未报备"),
        drawn=rows["drawn_at"].dt.strftime("%Y-%m-%d %H:%M").fillna("无记录"),
    )
    gaps = dict.fromkeys(rows.loc[rows["drawn_at"].isna(), "school_id"], "没有派位时间")
    late = rows["teams_filed_at"].isna() | (rows["teams_filed_at"] >= rows["drawn_at"])
    return seen(rows, late & rows["drawn_at"].notna(), "class_draws", gaps=gaps)


def in_window(view: View, *, window: str) -> Seen:
    """Find draws outside the days, or off the hour, that the text sets for all schools.

    Parameters
    ----------
    view : View
        What the check may look at.
    window : str
        Name of the policy's window.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    spans = [span for span in view.policy.windows if span.name == window]
    if not spans:
        return unknown("原文没有规定编班时间")
    rows, opens, closes = records(view), pd.Timestamp(spans[0].opens), pd.Timestamp(spans[0].closes)
    day_only = opens == opens.normalize()
    early = rows["drawn_at"] < opens
    late = rows["drawn_at"] >= closes.normalize() + pd.Timedelta(days=1)
    off = pd.Series(False, index=rows.index) if day_only else rows["drawn_at"] != opens
    rows = rows.assign(drawn=rows["drawn_at"].dt.strftime("%Y-%m-%d %H:%M"), window=_said(opens, closes))
    gaps = dict.fromkeys(rows.loc[rows["drawn_at"].isna(), "school_id"], "没有派位时间")
    return seen(rows, early | late | off, "class_draws", gaps=gaps)


def _said(opens: pd.Timestamp, closes: pd.Timestamp) -> str:
    return f"{opens:%Y-%m-%d %H:%M}" if opens != opens.normalize() else f"{opens:%Y-%m-%d} 至 {closes:%Y-%m-%d}"


def signed(view: View) -> Seen:
    """Find class lists without one of the four signatures, or in fewer copies than asked for."""
    rows = records(view)
    given = rows["signers"].fillna("").str.split("、")
    lacking = [[name for name in SIGNERS if name not in names] for names in given]
    copies = rows["copies_n"] < view.chosen["class_list.copies"]
    messages = pd.Series(["缺少" + "、".join(names) + "签字" if names else "" for names in lacking], index=rows.index)
    few = "；只有 " + rows["copies_n"].astype(str) + " 份"
    rows = rows.assign(told=(messages + few.where(copies, "")).str.strip("；"))
    gaps = dict.fromkeys(rows.loc[rows["copies_n"].isna(), "school_id"], "没有填写名单份数")
    return seen(rows, rows["told"] != "", "class_draws", gaps=gaps)


def teachers_apart(view: View) -> Seen:
    """Find grades whose leading teachers do not sit evenly in the classes."""
    rows = _teachers(view)
    counts = rows.groupby(["school_id", "grade", "class_no"], as_index=False)["leading"].sum()
    grades = counts.groupby(["school_id", "grade"], as_index=False).agg(
        most=("leading", "max"), least=("leading", "min"), classes_n=("class_no", "size")
    )
    return seen(grades, grades["most"] - grades["least"] > view.chosen["leading.max_gap"], "class_teachers")


def _teachers(view: View) -> pd.DataFrame:
    rows = view.table("class_teachers")
    rows = rows[rows["school_year"] == rows.loc[rows["school_year"] <= view.year, "school_year"].max()]
    return rows.assign(leading=rows["leading"].astype(int))


def teachers_swapped(view: View) -> Seen:
    """Find teachers swapped after they were filed without the bureau's approval."""
    rows = _teachers(view)
    rows = rows.assign(swapped=rows["replaced_on"].dt.strftime("%Y-%m-%d").fillna("日期不明"))
    return seen(rows, ~blank(rows["replaces_id"]) & blank(rows["approval_no"]), "class_teachers", "teacher_id")
