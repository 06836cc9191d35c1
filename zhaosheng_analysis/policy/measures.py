"""Numbers a rule file makes of papers: months of residence, years of insurance, how long a register has been held.

A measure is declared under ``[measures.NAME]``: what is counted (``of`` = months, years or days), from which
column of the evidence (``from``) until which date of the policy (``until``); a month counts when it is whole,
or (``count = "started"``) when it has begun. A missing day makes the number not known; a day after the date
makes it 0. With ``records`` instead of ``from`` it is counted over the rows of the table records of those kinds
(`stretches`); with ``of`` = sum, most or least it is made of other numbers (``parts``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.schema import keys

UNITS = {"months": "个月", "years": "年", "days": "天"}
MADE = {"sum": "加权相加", "most": "取最大", "least": "取最小"}
FILED = {"choices": "所填公办志愿的所数"}
COUNTS = ("whole", "started")
TAKES = {
    "sum": "累计",
    "current": "到截止日仍在继续的一段",
    "latest": "最近的一段",
    "longest": "最长的一段",
}
HOLDERS = {
    "together": "不分是谁，合在一起算",
    "best": "各人分别算，取最长的一人",
    "both": "父母双方分别算，取较短的一方",
    "father": "父亲",
    "mother": "母亲",
    "guardian": "监护人",
    "child": "儿童本人",
}
_SIZE = {"months": 1, "years": 12}
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Measure:
    """One number of a child.

    Attributes
    ----------
    label, clause : str
        What a planner reads, and where the text says so.
    of : str
        ``months``, ``years`` or ``days``; ``sum``, ``most`` or ``least`` of other numbers; ``choices``, the public
        schools of the family's first registration.
    since : str
        Column of the evidence with the first day (``from`` in the file).
    records : tuple of str
        Kinds of records counted instead.
    until : str
        Name of the date up to which is counted, that day included.
    count : str
        ``whole`` units only, or ``started``: a unit that has begun counts.
    holder : str
        Whose records: one of `HOLDERS`.
    take : str
        Which of the stretches: one of `TAKES`.
    gap_months : int
        Longest interruption, in months, after which records still make one stretch; it is not counted itself.
    parts : dict of str to float
        Of ``sum``, ``most`` and ``least``: numbers with their weights.
    unknown : {"ask", "zero"}
        What it is where no record was handed in, or the first day is blank: not known, or 0. A record without its
        first day is not known in either case. What other numbers make is as known as they are.
    words : str
        The words of the text.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    """

    label: str
    clause: str
    of: str
    since: str = ""
    records: keys.Strings = ()
    until: str = ""
    count: str = "whole"
    holder: str = "together"
    take: str = "sum"
    gap_months: int = 0
    parts: dict[str, float] = field(default_factory=dict)
    unknown: str = "ask"
    words: str = ""
    provisions: keys.Strings = ()

    @property
    def given(self) -> bool:
        """Whether it stands in the evidence already: counted over records or registrations, not made of a column."""
        return bool(self.records) or self.of in FILED


def length(first: pd.Series, last: Any, *, of: str = "months", count: str = "whole") -> pd.Series:
    """Return how long it is from some days to a day.

    Parameters
    ----------
    first : Series of datetime64, shape (rows,)
        First day of each stretch.
    last : date-like or Series of datetime64, shape (rows,)
        Last day, counted in.
    of : {"months", "years", "days"}
        Unit.
    count : {"whole", "started"}
        Whether a unit must be complete; a calendar month that has begun counts as one where it need not.

    Returns
    -------
    Series of Int64, shape (rows,)
        At least 0; missing where the first day is.
    """
    end = last if isinstance(last, pd.Series) else pd.Series(pd.Timestamp(last), index=first.index)
    first, end = first.dt.normalize(), end.dt.normalize()
    stop = end + _DAY
    days = (stop - first).dt.days
    if of == "days":
        whole = days
    elif count == "started":
        whole = _months(first, end) // _SIZE[of] + 1
    else:
        whole = (_months(first, stop) - (first.dt.day > stop.dt.day)) // _SIZE[of]
    return whole.where(days > 0, 0).where(first.notna()).astype("Int64")


def _months(first: pd.Series, last: pd.Series) -> pd.Series:
    """Count the turns of the calendar month between some days and others."""
    return (last.dt.year - first.dt.year) * 12 + (last.dt.month - first.dt.month)


def measured(measure: Measure, evidence: Mapping[str, pd.Series], dates: Mapping[str, Date]) -> pd.Series:
    """Return a measure of every child that is made of its evidence; one of records stands in the evidence already.

    Parameters
    ----------
    measure : Measure
        What is counted.
    evidence : mapping of str to Series
        One row a child: the columns and earlier measures it names.
    dates : mapping of str to Date
        The dates of the policy.

    Returns
    -------
    Series of Int64 or Float64, shape (children,)
        Missing where it is not known.
    """
    if measure.parts:
        parts = [evidence[name].astype("Float64") * weight for name, weight in measure.parts.items()]
        table = pd.concat(parts, axis=1)
        take = {"sum": table.sum, "most": table.max, "least": table.min}[measure.of]
        return take(axis=1, skipna=False).astype("Float64")
    counted = length(evidence[measure.since], dates[measure.until].on, of=measure.of, count=measure.count)
    return counted.fillna(0) if measure.unknown == "zero" else counted


def recorded(measure: Measure, records: pd.DataFrame, children: pd.Index, dates: Mapping[str, Date]) -> pd.Series:
    """Return a measure of every child that is counted over its records.

    Parameters
    ----------
    measure : Measure
        What is counted, with `records`.
    records : DataFrame
        The table records: child_id, kind, holder, since_on, until_on (blank: it runs on).
    children : Index
        Ids of the children.
    dates : mapping of str to Date
        The dates of the policy.

    Returns
    -------
    Series of Int64, shape (children,)
        Missing where nothing was handed in (unless ``unknown = "zero"``), or where a record has no first day.
    """
    rows = records[records["kind"].isin(measure.records) & records["child_id"].isin(children)]
    if measure.holder in ("father", "mother", "guardian", "child"):
        rows = rows[rows["holder"] == measure.holder]
    who = "" if measure.holder == "together" else rows["holder"].fillna("").astype("str")
    lengths = stretches(rows.assign(who=who), measure, pd.Timestamp(dates[measure.until].on))
    blank = rows.loc[rows["since_on"].isna(), "child_id"].unique()
    by_child = lengths.groupby(level="child_id")
    units = by_child.max()
    if measure.holder == "both":
        parents = lengths[lengths.index.get_level_values("who").isin(["father", "mother"])].groupby(level="child_id")
        units = parents.min().where(parents.size() == 2, 0).reindex(units.index, fill_value=0)
    counted = units.reindex(children).astype("Int64")
    handed_in = children.isin(rows["child_id"])
    return counted.mask((handed_in | (measure.unknown == "zero")) & counted.isna(), 0).mask(children.isin(blank))


def stretches(rows: pd.DataFrame, measure: Measure, end: pd.Timestamp) -> pd.Series:
    """Return how long the records of each holder are, taken as the measure says.

    Records that follow each other or overlap are one piece; pieces with no longer interruption than the measure
    allows are one stretch, of which the interruption itself is not counted.

    Parameters
    ----------
    rows : DataFrame
        child_id, who, since_on, until_on.
    measure : Measure
        Unit, stretch to take, and interruption allowed.
    end : Timestamp
        Last day counted.

    Returns
    -------
    Series of int, indexed by child_id and who
        Length of the records in the unit of the measure.
    """
    rows = rows[rows["since_on"].notna() & (rows["since_on"] <= end)]
    since, until = rows["since_on"].dt.normalize(), rows["until_on"].fillna(end).clip(upper=end).dt.normalize()
    if measure.count == "started" and measure.of != "days":  # every month that has begun counts, and once
        since, until = since.dt.to_period("M").dt.start_time, until.dt.to_period("M").dt.end_time.dt.normalize()
    rows = rows[["child_id", "who"]].assign(since=since, until=until)
    rows = rows[rows["until"] >= rows["since"]].sort_values(["child_id", "who", "since", "until"])
    owner = rows.groupby(["child_id", "who"])
    before = owner["until"].cummax().groupby([rows["child_id"], rows["who"]]).shift()
    piece = (~(rows["since"] <= before + _DAY)).cumsum()
    stretch = (~(rows["since"] <= before + _DAY + pd.DateOffset(months=measure.gap_months))).cumsum()
    pieces = rows.assign(piece=piece, stretch=stretch).groupby(["child_id", "who", "stretch", "piece"], sort=True)
    pieces = pieces.agg(since=("since", "min"), until=("until", "max"))
    long = length(pieces["since"], pieces["until"], of=measure.of, count=measure.count).astype("int64")
    if measure.take == "sum":
        return long.groupby(level=["child_id", "who"]).sum()
    whole = pieces.assign(long=long).groupby(level=["child_id", "who", "stretch"]).agg({"long": "sum", "until": "max"})
    if measure.take == "longest":
        return whole["long"].groupby(level=["child_id", "who"]).max()
    last = whole.groupby(level=["child_id", "who"]).tail(1).droplevel("stretch")
    runs = last["until"] + _DAY + pd.DateOffset(months=measure.gap_months) > end
    return last["long"].where(runs | (measure.take == "latest"), 0).astype(np.int64)
