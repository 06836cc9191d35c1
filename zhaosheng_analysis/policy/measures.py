"""Numbers a rule file makes of papers: months of residence, years of insurance, how long a register has been held.

A measure is declared under ``[measures.NAME]``: what is counted (``of`` = months, years or days), from which
column of the evidence (``from``) until which date of the policy (``until``); a month counts when it is whole,
or (``count = "started"``) when it has begun. A missing day makes the number not known; a day after the date
makes it 0.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.schema import keys

UNITS = {"months": "个月", "years": "年", "days": "天"}
COUNTS = ("whole", "started")
_SIZE = {"months": 1, "years": 12}


@dataclass(frozen=True)
class Measure:
    """One number of a child.

    Attributes
    ----------
    label, clause : str
        What a planner reads, and where the text says so.
    of : str
        ``months``, ``years`` or ``days``.
    since : str
        Column of the evidence with the first day (``from`` in the file).
    until : str
        Name of the date up to which is counted, that day included.
    count : str
        ``whole`` units only, or ``started``: a unit that has begun counts.
    words : str
        The words of the text.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    """

    label: str
    clause: str
    of: str
    since: str
    until: str
    count: str = "whole"
    words: str = ""
    provisions: keys.Strings = ()


def length(first: pd.Series, last: Any, *, of: str = "months", count: str = "whole") -> pd.Series:
    """Return how long it is from some days to a day.

    Parameters
    ----------
    first : Series of datetime64, shape (rows,)
        First day of each stretch.
    last : date-like
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
    end = pd.Timestamp(last).normalize()
    stop = end + pd.Timedelta(days=1)
    days = (stop - first.dt.normalize()).dt.days
    if of == "days":
        whole = days
    elif count == "started":
        whole = _months(first, end) // _SIZE[of] + 1
    else:
        whole = (_months(first, stop) - (first.dt.day > stop.day)) // _SIZE[of]
    return whole.where(days > 0, 0).where(first.notna()).astype("Int64")


def _months(first: pd.Series, last: pd.Timestamp) -> pd.Series:
    """Count the turns of the calendar month between some days and a day."""
    return (last.year - first.dt.year) * 12 + (last.month - first.dt.month)


def measured(measure: Measure, evidence: pd.DataFrame, dates: dict[str, Date]) -> pd.Series:
    """Return a measure of every child.

    Parameters
    ----------
    measure : Measure
        What is counted.
    evidence : DataFrame
        One row a child with the column `since` of the measure.
    dates : dict of str to Date
        The dates of the policy.

    Returns
    -------
    Series of Int64, shape (children,)
        Missing where it is not known.
    """
    return length(evidence[measure.since], dates[measure.until].on, of=measure.of, count=measure.count)
