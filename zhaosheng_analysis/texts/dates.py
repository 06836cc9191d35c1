"""The dates a rule book compares with, and its calendar, in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from zhaosheng_analysis.policy import Policy


def date_rows(rules: Policy) -> pd.DataFrame:
    """List the dates the rules compare with.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    inclusive = rules.parameter("cutoff.inclusive", default=True)
    rows = [
        {
            "日期": item.label or name,
            "是哪天": day(item.on),
            "含当日": _counted(item.inclusive, inclusive),
            "条款": item.clause,
            "原文": item.words,
        }
        for name, item in rules.dates.items()
    ]
    return pd.DataFrame(rows)


def window_rows(rules: Policy) -> pd.DataFrame:
    """List the calendar in the order of the text.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = [
        {
            "事项": item.label or item.name,
            "学段": labels.stages(item.stage),
            "学校": "、".join(labels.code("sector", one) for one in item.sector) or "全部",
            "方式": "、".join(wording.value("channel", one) for one in item.channel) or "不限",
            "开始": day(item.opens),
            "结束": day(item.closes),
            "条款": item.clause,
            "原文": item.words,
        }
        for item in rules.windows
    ]
    return pd.DataFrame(rows)


def _counted(said: bool | None, usual: bool) -> str:
    """Say whether the day itself counts, and whether that is the text's word or assumed."""
    return f"{'含' if usual else '不含'}（假定）" if said is None else f"{'含' if said else '不含'}（原文写明）"


def day(moment: date | datetime | None) -> str:
    """Write a day, or a moment to the minute; a dash where the text has none.

    Parameters
    ----------
    moment : date, datetime or None
        The day or the moment.

    Returns
    -------
    str
        Such as 2025-07-09 17:00.
    """
    if moment is None:
        return "—"
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else f"{moment:%Y-%m-%d}"
