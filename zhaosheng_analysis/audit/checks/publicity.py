"""What was made public, when, where and about which school; what was asked and answered."""

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown
from zhaosheng_analysis.audit.lists import registration_start
from zhaosheng_analysis.schema import TABLES

ITEMS = dict(TABLES["publications"].columns["item"].choices)
ONLINE = ("website", "wechat")


def _asked(view: View, items: tuple[str, ...]) -> pd.DataFrame:
    """Return one row an open school and item that should have been published, with what was."""
    schools = view.district.schools
    open_ = schools.loc[schools["status"].isin(["open", "closing"]), "school_id"]
    asked = pd.MultiIndex.from_product([open_, items], names=["school_id", "item"]).to_frame(index=False)
    publications = view.table("publications")
    publications = publications[publications["item"].isin(items) & (publications["published_on"] <= view.on)]
    # What the district publishes counts for every school.
    common = (
        publications[blank(publications["school_id"])]
        .drop(columns="school_id")
        .merge(open_.rename("school_id"), how="cross")
    )
    every = pd.concat([publications[~blank(publications["school_id"])], common], ignore_index=True)
    facts = every.groupby(["school_id", "item"]).agg(
        first_on=("published_on", "min"),
        channels_n=("channel", "nunique"),
        online=("channel", lambda names: names.isin(ONLINE).any()),
    )
    frame = asked.merge(facts.reset_index(), on=["school_id", "item"], how="left", validate="1:1")
    return frame.assign(
        item_said=frame["item"].map(ITEMS),
        published=frame["first_on"].dt.strftime("公布于 %Y-%m-%d，").fillna(""),
        channels_n=frame["channels_n"].fillna(0).astype(int),
        online=frame["online"].eq(True),
    )


def in_advance(view: View, *, items: tuple[str, ...], channels_n: int = 1) -> Seen:
    """Find items that were not published, or not before registration opened by so many days, or in too few ways.

    Parameters
    ----------
    view : View
        What the check may look at.
    items : tuple of str
        Codes of the table publications.
    channels_n : int, default 1
        Ways of publishing, one of them on the internet.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    start = registration_start(view)
    if start is None:
        return unknown("没有报名开始时间，无法判断是否提前公布")
    frame, last = _asked(view, items), start.normalize() - pd.Timedelta(days=int(view.chosen["pub_lead_days"]))
    late = frame["first_on"] > last
    few = (frame["channels_n"] < channels_n) | ~frame["online"]
    frame["told"] = "没有公布"
    frame.loc[frame["first_on"].notna() & few, "told"] = "公布途径不足"
    frame.loc[late, "told"] = f"晚于 {last:%Y-%m-%d}（报名 {start:%Y-%m-%d} 开始）"
    return seen(frame, frame["first_on"].isna() | late | few, "publications", "item")


def ever(view: View, *, items: tuple[str, ...]) -> Seen:
    """Find schools for which an item was never published."""
    frame = _asked(view, items)
    return seen(frame, frame["first_on"].isna(), "publications", "item")


def district_wide(view: View, *, items: tuple[str, ...]) -> Seen:
    """Find items the district itself never published."""
    publications = view.table("publications")
    own = publications[blank(publications["school_id"]) & (publications["published_on"] <= view.on)]
    frame = pd.DataFrame({"school_id": "", "item": list(items)})
    frame["item_said"] = frame["item"].map(ITEMS)
    return seen(frame, ~frame["item"].isin(own["item"]), "publications")


def hot_schools(view: View) -> pd.DataFrame:
    """Return the schools in demand: many complaints, or more registrations than seats.

    Parameters
    ----------
    view : View
        What the check may look at.

    Returns
    -------
    DataFrame
        Columns school_id, reason; the text does not say what a hot school is (A-ZH2).
    """
    parts = []
    if view.has("complaints"):
        counts = view.table("complaints").dropna(subset="school_id")["school_id"].value_counts()
        top = (
            counts.iloc[: max(1, round(len(view.schools) * view.chosen["hot_complaint_share"]))]
            if len(counts)
            else counts
        )
        top = counts[counts >= top.min()] if len(top) else top
        parts.append(pd.DataFrame({"school_id": top.index, "reason": [f"咨询投诉 {n} 件" for n in top]}))
    if view.has("plans", "applications"):
        plans = view.table("plans")
        seats = plans[plans["intake_year"] == view.year].groupby("school_id")["seats_n"].sum()
        asked = view.table("applications").query("choice_n == 1")["school_id"].value_counts()
        ratio = (asked / seats.where(seats > 0)).dropna()
        # A private school chooses how many it takes; the question is about seats the public must find.
        ratio = ratio[(ratio >= view.chosen["hot_ratio"]) & (view.schools["sector"].reindex(ratio.index) == "public")]
        parts.append(pd.DataFrame({"school_id": ratio.index, "reason": [f"报名为计划的 {r:.0%}" for r in ratio]}))
    schools = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"school_id": [], "reason": []})
    return schools.groupby("school_id")["reason"].agg("，".join).reset_index()


def statements(view: View) -> Seen:
    """Find hot schools that published no statement on what families asked."""
    hot = hot_schools(view)
    if hot.empty:
        return unknown("没有报名或咨询投诉数据，不知哪些是热点学校")
    publications = view.table("publications")
    publications = publications.loc[publications["item"].isin(["statement", "rebuttal", "explanation"]), "school_id"]
    return seen(hot, ~hot["school_id"].isin(publications), "publications")


def replies(view: View) -> Seen:
    """Find enquiries, complaints and appeals not answered within the days given."""
    return _answered(view, "replied_on", "complaint.reply_days", "答复")


def closures(view: View) -> Seen:
    """Find complaints and appeals not closed within the days given."""
    answered = _answered(view, "closed_on", "complaint.close_days", "办结")
    serious = answered.frame["kind"].isin(["complaint", "appeal"])
    return seen(answered.frame[serious], answered.wrong[serious], "complaints", "complaint_id")


def _answered(view: View, column: str, parameter: str, word: str) -> Seen:
    """Find cases older than so many days without the date of a step, or with a late one."""
    rows = view.table("complaints")
    rows = rows[rows["received_on"] <= view.on].assign(word=word)
    days = (rows[column].fillna(view.on) - rows["received_on"]).dt.days
    rows = rows.assign(days=days, school_id=rows["school_id"].fillna(""))
    rows["received"] = rows["received_on"].dt.strftime("%Y-%m-%d")
    rows["state"] = rows[column].notna().map({True: f"后才{word}", False: f"仍未{word}"})
    return seen(rows, days > view.chosen[parameter], "complaints", "complaint_id")
