"""How well the method forecast the years already past, as a report shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhaosheng_analysis.forecast import Outlook


#: Fewer cases than these are printed as a count, not as a percentage.
FEW = 20
SHARE = labels.column("coverage80")
UNTESTED = (
    "历史太短，没有可以回测的年份：这个方法在本区（县）有多准，无从得知。区间按通用的误差估算，未校准，只供参考。"
)
#: Columns of what the intervals held -> the same as text.
COVERED = {"coverage80": "held80", "coverage95": "held95"}


def accuracy(outlook: Outlook, *, levels: Sequence[str] = (), ahead: int | None = None) -> pd.DataFrame:
    """Return how well the method forecast the years already past, by level and horizon; some of them if asked.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    levels : sequence of str, optional
        Levels wanted; all where none is named.
    ahead : int, optional
        Longest horizon wanted.

    Returns
    -------
    DataFrame
        Rows of `forecast.Outlook.accuracy`; what the intervals held as text, of few cases as a count.
    """
    table = outlook.accuracy
    chosen = table["level"].isin(levels or table["level"]) & (table["horizon"] <= (ahead or table["horizon"].max()))
    table = table[chosen].rename(columns={"level": "scale"})
    hits = {name: [held(*pair) for pair in zip(table[name], table["n"], strict=True)] for name in COVERED}
    return table.assign(**hits).rename(columns=COVERED)


def lately(outlook: Outlook) -> pd.DataFrame | str:
    """Return how well schools and the district were forecast one to three years ahead, or that nothing tells of it.

    Parameters
    ----------
    outlook : Outlook
        The forecast.

    Returns
    -------
    DataFrame or str
        From `accuracy`; a sentence in Chinese where the past is too short to be forecast anew.
    """
    table = accuracy(outlook, levels=("school", "district"), ahead=3) if len(outlook.accuracy) else outlook.accuracy
    return table if len(table) else UNTESTED


def held(share: float, cases: int) -> str:
    """Write how often an interval held, of few cases as a count and not as a percentage.

    Parameters
    ----------
    share : float
        In [0, 1]; nan where it was never tried.
    cases : int
        How often it was tried.

    Returns
    -------
    str
        Such as 84% or 5/6.
    """
    if pd.isna(share):
        return "—"
    return labels.written(float(share), SHARE) if cases >= FEW else f"{round(share * cases)}/{cases}"
