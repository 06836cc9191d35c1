"""The lists held against each other by day, as pieces of the audit pack: plan, admission list, roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.audit import lacking, reconciliation
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.schema import STAGES

if TYPE_CHECKING:
    from zhaosheng_analysis.audit import Findings
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.report.blocks import Block


def days(findings: Findings, district: District) -> Block:
    """Show plan, admission list and roll of the whole district on every day on which one of them changed.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    district : District
        District it is about.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = reconciliation.by_day(_daily(findings, district))
    return _days(table, [heading("day", "日期")], title="计划、录取、学籍逐日核对", sheet="逐日核对", fold=False)


def days_by_school(findings: Findings, district: District) -> Block:
    """Show the days and schools on which the lists differed.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    district : District
        District it is about.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = _daily(findings, district)
    table = table[(table[["waiting_n", "unlisted_n", "over_n"]] > 0).any(axis=1)]
    names = district.schools.set_index("school_id")["name"]
    table = table.assign(name=table["school_id"].map(names), stage=table["stage"].map(STAGES))
    columns = [heading("day", "日期"), heading("name", "学校", share=3), heading("stage", "学段")]
    return _days(table, columns, title="有差异的学校，逐日", sheet="逐日差异", fold=True)


def _daily(findings: Findings, district: District) -> pd.DataFrame:
    """Return the counts of `reconciliation.daily`, empty where a list is missing."""
    missing = lacking(district, ("plans.seats_n", "admitted.admitted_on", "roll.registered_on"))
    return reconciliation.EMPTY if missing else reconciliation.daily(district, year=findings.year, on=findings.on)


def _days(table: pd.DataFrame, columns: list[dict], **options: object) -> Block:
    counts = [
        heading("plan_n", "计划", "whole"),
        heading("admitted_n", "已录取", "whole"),
        heading("roll_n", "已注册", "whole"),
        heading("waiting_n", "已录取|未注册", "whole"),
        heading("unlisted_n", "已注册|未录取", "whole"),
        heading("over_n", "超计划", "whole"),
    ]
    table = table.assign(day=table["day"].dt.strftime("%Y-%m-%d"))
    note = "人数为当天终了时的累计。录取到注册之间的差异是在途，核查日仍有的即为发现。"
    empty = "缺少带日期的录取名单、学籍或招生计划，无法逐日核对。"
    return laid(table, [*columns, *counts], note=note, empty=empty, **options)


def differences(findings: Findings, district: District) -> Block:
    """Show who is on one list only on the day of the audit, and since when.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    district : District
        District it is about.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    columns = [
        heading("name", "学校", share=3),
        heading("subject", "学生（化名）"),
        heading("kind", "差异"),
        heading("since", "起自"),
        heading("days", "已过天数", "whole"),
    ]
    empty = "缺少名单，或没有差异。"
    if _daily(findings, district).empty:
        rows = pd.DataFrame(columns=[column["key"] for column in columns])
    else:
        rows = reconciliation.still_different(district, year=findings.year, on=findings.on)
        names = district.schools.set_index("school_id")["name"]
        rows = rows.assign(
            name=rows["school_id"].map(names),
            kind=rows["kind"].map(reconciliation.KINDS),
            since=rows["since_on"].dt.strftime("%Y-%m-%d"),
        )
    return laid(rows, columns, title="核查日仍不一致的学生", sheet="仍不一致", empty=empty)
