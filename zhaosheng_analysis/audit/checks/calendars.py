"""The calendar as it was run against the calendar as it is written: windows, order, weekends, registrations in time."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from zhaosheng_analysis.audit.findings import Seen, View, blank, seen, unknown
from zhaosheng_analysis.audit.lists import ALIASES, _first
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES

SECTORS = {"public": "公办", "private": "民办"}
EVENTS = {
    "publication": "公布",
    "registration": "报名",
    "review": "材料审核",
    "online": "线上报名",
    "onsite": "现场报名",
    "private_registration": "民办报名",
    "roll_registration": "学籍注册",
    "roll_recheck": "学籍复核",
    "county_rules_filed": "县方案备案",
    "report": "报到",
    "class_draw": "编班",
    "admission": "录取",
    "lottery": "电脑派位",
    "private_lottery": "民办电脑派位",
}
WEEKEND = {5: "周六", 6: "周日"}
CHANNELS = {"online": ("online",), "onsite": ("onsite", "offline")}


def declarations(policy: Policy) -> list[dict[str, Any]]:
    """Return one rule a window of the policy's calendar, as keywords of `audit.verdicts.Rule`; none without dates."""
    names = dict.fromkeys(window.name for window in policy.windows if window.opens or window.closes)
    rows = []
    for name in names:
        spans = [window for window in policy.windows if window.name == name]
        rows.append(
            {
                "id": f"calendar.{name}",
                "title": f"日程与原文一致：{'、'.join(dict.fromkeys(span.label for span in spans))}",
                "check": "calendars.window",
                "severity": "plain",
                "todo": "改正日程并重新公布；已经过去的说明原因",
                "say": "{label}：日程为 {held}，原文为 {written}",
                "needs": ("calendar.event",),
                "provisions": tuple(dict.fromkeys(row for span in spans for row in span.provisions)),
                "scope": "district",
                "using": {"name": name},
            }
        )
    return rows


def window(view: View, *, name: str) -> Seen:
    """Hold the events of the calendar against one window of the text: no earlier, no later."""
    spans = [span for span in view.policy.windows if span.name == name]
    rows, lost = [], []
    for span in spans:
        events = _events(view.table("calendar"), name, span)
        lost += [] if len(events) else [span.label]
        rows += [_held(event, span) for event in events.to_dict("records")]
    if not rows:
        return unknown(f"招生日程中没有「{'、'.join(dict.fromkeys(lost))}」")
    frame = pd.DataFrame(rows)
    gaps = {"": f"招生日程中没有「{'、'.join(lost)}」"} if lost else {}
    return seen(frame, frame["wrong"], "calendar", gaps=gaps)


def _events(calendar: pd.DataFrame, name: str, span: Any) -> pd.DataFrame:
    """Return the events of the calendar that a window of the text is about."""
    if span.channel and calendar["event"].isin(CHANNELS).any():
        names = {event for event, channels in CHANNELS.items() if set(channels) & set(span.channel)}
    else:
        names = {name, *ALIASES.get(name, ())}
    named = calendar[calendar["event"].isin(names)]
    for column, allowed in (("stage", span.stage), ("sector", span.sector)):
        if allowed:
            named = named[blank(named[column]) | named[column].isin(allowed)]
    return named


def _held(event: dict[str, Any], span: Any) -> dict[str, Any]:
    """Compare one event with one window; a bare date in the text ends at midnight."""
    opens, closes = _moment(span.opens), _moment(span.closes, end=True)
    begun, ended = event["opens_at"], event["closes_at"]
    early = opens is not None and pd.notna(begun) and begun < opens
    late = closes is not None and pd.notna(ended) and ended > closes
    moved = opens is not None and closes is not None and pd.notna(begun) and begun > closes
    return {
        "school_id": "",
        "label": span.label,
        "held": f"{_said(begun)} 至 {_said(ended)}",
        "written": f"{_said(opens)} 至 {_said(closes)}",
        "wrong": early or late or moved,
    }


def _moment(value: Any, *, end: bool = False) -> pd.Timestamp | None:
    """Return a moment of the text; a bare closing date is the end of that day."""
    if value is None:
        return None
    moment = pd.Timestamp(value)
    whole = not hasattr(value, "hour")
    return moment + pd.Timedelta(days=1, seconds=-1) if end and whole else moment


def _said(moment: pd.Timestamp | None) -> str:
    if moment is None or pd.isna(moment):
        return "未定"
    plain = moment == moment.normalize() or (moment.hour, moment.minute) == (23, 59)
    return f"{moment:%Y-%m-%d}" if plain else f"{moment:%Y-%m-%d %H:%M}"


def synchronous(view: View) -> Seen:
    """Find stages whose private registration does not run at the same time as the public one (公民同招)."""
    calendar = view.table("calendar")
    rows = calendar[calendar["event"].isin(["registration", *ALIASES["registration"]])]
    if not {"public", "private"} <= _sectors(rows):
        return unknown("招生日程没有分别写明公办和民办的报名时间")
    frame = pd.DataFrame([_spans(rows, stage) for stage in STAGES])
    return seen(frame, frame["public"] != frame["private"], "calendar")


def _sectors(rows: pd.DataFrame) -> set[str]:
    """Return the sectors rows speak of; a blank speaks of both."""
    return set(SECTORS) if blank(rows["sector"]).any() else set(rows["sector"].dropna())


def _spans(rows: pd.DataFrame, stage: str) -> dict[str, str]:
    """Write the registration times of each sector for one stage."""
    own = rows[blank(rows["stage"]) | rows["stage"].eq(stage)]
    said = {}
    for sector in SECTORS:
        times = own[blank(own["sector"]) | own["sector"].eq(sector)]
        said[sector] = f"{_said(times['opens_at'].min())} 至 {_said(times['closes_at'].max())}"
    return {"school_id": "", "stage_said": STAGES[stage], **said}


def order(view: View) -> Seen:
    """Find events that close before they open, and phases held in another order than the text's."""
    calendar = view.table("calendar")
    frame = calendar[calendar["opens_at"].notna() | calendar["closes_at"].notna()].assign(school_id="", told="")
    reversed_ = frame["closes_at"] < frame["opens_at"]
    frame.loc[reversed_, "told"] = "截止早于开始"
    before = _first(view, ("registration", *ALIASES["registration"]))
    for name, words in (("lottery", "派位早于报名"), ("admission", "录取早于报名"), ("class_draw", "编班早于报名")):
        early = frame["event"].isin([name, *ALIASES.get(name, ())]) & (frame["opens_at"] < before)
        frame.loc[early, "told"] = words
    frame["held"] = [f"{_said(a)} 至 {_said(b)}" for a, b in zip(frame["opens_at"], frame["closes_at"], strict=True)]
    frame["event_said"] = _names(frame, view)
    return seen(frame, frame["told"] != "", "calendar")


def _names(calendar: pd.DataFrame, view: View) -> list[str]:
    """Return what the text calls each event; one it does not know goes by a plain word, else by its own code."""
    return [_name(row, view) for row in calendar.to_dict("records")]


def _name(event: dict[str, Any], view: View) -> str:
    for span in view.policy.windows:
        called = event["event"] in (span.name, *ALIASES.get(span.name, ()))
        if called and (not span.stage or pd.isna(event["stage"]) or event["stage"] in ("", *span.stage)):
            return span.label
    return EVENTS.get(event["event"], event["event"])


def weekends(view: View) -> Seen:
    """Name events that begin or end on a Saturday or Sunday: to be checked, not a breach."""
    calendar = view.table("calendar")
    frame = calendar[calendar["opens_at"].notna() | calendar["closes_at"].notna()].assign(school_id="")
    frame["event_said"] = _names(frame, view)
    frame["held"] = [f"{_said(a)} 至 {_said(b)}" for a, b in zip(frame["opens_at"], frame["closes_at"], strict=True)]
    begins = (frame["opens_at"].dt.day_of_week.map(WEEKEND) + "开始").fillna("")
    ends = (frame["closes_at"].dt.day_of_week.map(WEEKEND) + "截止").fillna("")
    frame["told"] = ["、".join(filter(None, pair)) for pair in zip(begins, ends, strict=True)]
    return seen(frame, frame["told"] != "", "calendar")


def not_before(view: View, *, day: str) -> Seen:
    """Find registrations that open before the first day the text allows.

    Parameters
    ----------
    view : View
        What the check may look at.
    day : str
        Name of the policy's date.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    first = pd.Timestamp(view.policy.date(day))
    calendar = view.table("calendar")
    frame = calendar[calendar["event"].isin(["registration", *ALIASES["registration"]])].assign(school_id="")
    if frame.empty:
        return unknown("招生日程中没有报名")
    frame["opened"], frame["first"] = frame["opens_at"].map(_said), _said(first)
    gaps = {"": "部分报名没有开始时间"} if frame["opens_at"].isna().any() else {}
    return seen(frame, frame["opens_at"] < first, "calendar", gaps=gaps)


def filed_by(view: View, *, event: str, day: str) -> Seen:
    """Find an event that ends after the last day the text allows.

    Parameters
    ----------
    view : View
        What the check may look at.
    event : str
        Event of the calendar.
    day : str
        Name of the policy's date.

    Returns
    -------
    Seen
        The rows that were looked at, and which of them are findings.
    """
    limit = pd.Timestamp(view.policy.date(day))
    rows = view.table("calendar")
    rows = rows[rows["event"].eq(event)].assign(school_id="", limit=_said(limit))
    if rows.empty:
        return unknown(f"招生日程中没有「{event}」")
    rows["held"] = rows["closes_at"].map(_said)
    gaps = {"": "没有备案时间"} if rows["closes_at"].isna().any() else {}
    return seen(rows, rows["closes_at"] >= limit + pd.Timedelta(days=1), "calendar", gaps=gaps)


def applications(view: View) -> Seen:
    """Find registrations handed in outside every window open to them; too early is the graver sort."""
    rows = view.table("applications")
    stage = view.table("children").set_index("child_id")["stage"]
    rows = rows.assign(stage=rows["child_id"].map(stage))
    spans = [span for span in view.policy.windows if span.name == "registration"] or _planned(view)
    if not spans:
        return unknown("原文和招生日程都没有报名时间")
    inside, covered, first = _inside(rows, spans)
    early = rows["submitted_at"] < first
    rows["submitted"] = rows["submitted_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    rows["told"] = early.map({True: "早于报名开始", False: "不在报名时间内"})
    timed = rows["submitted_at"].notna() & covered
    gaps = dict.fromkeys(rows.loc[rows["submitted_at"].isna(), "school_id"], "部分报名没有时间")
    return seen(rows, timed & ~inside, "applications", "child_id", gaps=gaps)


def early(view: View) -> Seen:
    """Find registrations before the first window opens (提前招生)."""
    filed = applications(view)
    return (
        filed
        if filed.missing
        else seen(
            filed.frame,
            filed.wrong & filed.frame["told"].eq("早于报名开始"),
            "applications",
            "child_id",
            gaps=filed.gaps,
        )
    )


def _inside(rows: pd.DataFrame, spans: Iterable[Any]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Tell which rows lie in a window open to them, which have one at all, and when the first opens."""
    inside, covered = pd.Series(False, index=rows.index), pd.Series(False, index=rows.index)
    first = pd.Series(pd.Timestamp.max, index=rows.index)
    for span in spans:
        open_ = pd.Series(True, index=rows.index)
        for column, allowed in (("stage", span.stage), ("sector", span.sector), ("channel", span.channel)):
            open_ &= rows[column].isin(allowed) | blank(rows[column]) if allowed else True
        start, end = _moment(span.opens), _moment(span.closes, end=True)
        inside |= open_ & rows["submitted_at"].between(start or pd.Timestamp.min, end or pd.Timestamp.max)
        covered |= open_
        first = first.where(~open_ | (start is None), first.clip(upper=start or pd.Timestamp.max))
    return inside, covered, first


def _planned(view: View) -> list[Any]:
    """Return the registration windows of the district's own calendar, where the text sets none."""
    from zhaosheng_analysis.policy import Window

    if not view.has("calendar"):
        return []
    rows = view.table("calendar")
    rows = rows[rows["event"].eq("registration") & rows["opens_at"].notna() & rows["closes_at"].notna()]
    return [
        Window(
            name="registration",
            clause="",
            stage=() if pd.isna(row.stage) or not row.stage else (row.stage,),
            sector=() if pd.isna(row.sector) or not row.sector else (row.sector,),
            opens=row.opens_at.to_pydatetime(),
            closes=row.closes_at.to_pydatetime(),
        )
        for row in rows.itertuples()
    ]
