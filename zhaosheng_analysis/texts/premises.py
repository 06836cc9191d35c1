"""What a report rests on, in tables: silences of the text and their values, thresholds, what is left out or unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.policy import parameters, sectors
from zhaosheng_analysis.texts import alerts, labels
from zhaosheng_analysis.zones import SKETCHED

if TYPE_CHECKING:
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Parameter, Policy


ONLY = "唯一做法"
_DRAWN = "公布的是文字；图形按文字和小区、道路图层画出，为示意"


def assumptions(policy: Policy, district: District | None = None) -> pd.DataFrame:
    """Return every silence of the text with the value this report takes; what is read one way only comes last.

    Parameters
    ----------
    policy : Policy
        The rules.
    district : District, optional
        Its zones; those that nobody drew are told.

    Returns
    -------
    DataFrame
        Columns question, setting, options (lists of pairs: words, code that ``--set`` takes), why, clause and
        parameter (empty where nothing may be set).
    """
    rows = [
        (
            item.question,
            [parameters.pair(item, policy.chosen[item.name])],
            parameters.offered(item),
            _why(policy, item),
            item.clause,
            item.name,
        )
        for item in policy.parameters.values()
    ]
    rows += [(item.question, [(item.reading, "")], [(ONLY, "")], item.why, item.clause, "") for item in policy.notes]
    if any(sectors.left_open(policy)):
        asked = "只报名民办学校的儿童，公办的轮次收不收？"
        rows.append((asked, [("不收", "")], [(ONLY, "")], "规则文件没有写", "", ""))
    drawn = [note for note in (district.notes if district else ()) if note.where == SKETCHED]
    rows += [(f"学区{note.found}，画在哪里？", [(note.done, "")], [(ONLY, "")], _DRAWN, "", "") for note in drawn]
    return pd.DataFrame(rows, columns=["question", "setting", "options", "why", "clause", "parameter"])


def thresholds(policy: Policy, flags: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the numbers the levels and flags depend on, and whether the text gives them.

    Parameters
    ----------
    policy : Policy
        The rules.
    flags : DataFrame, optional
        From `alerts.flag`; the lines of the colours are told too.

    Returns
    -------
    DataFrame
        Columns threshold, chosen and basis.
    """
    capacity, warning = policy.capacity, policy.warning
    rows = [
        (
            "标准班额",
            "、".join(f"{labels.code('stage', key)} {size} 人" for key, size in capacity.standard.items()),
            capacity,
            "standard",
        ),
        ("大班额", f"{capacity.oversized} 人及以上", capacity, "oversized"),
        ("超大班额", f"{capacity.super_oversized} 人及以上", capacity, "super_oversized"),
        ("黄色预警", f"户籍适龄 ÷ 计划学位 ≥ {warning.yellow:.0%}", warning, "yellow"),
        ("红色预警", f"户籍适龄 ÷ 计划学位 ≥ {warning.red:.0%}", warning, "red"),
        ("学位富余", f"预计入学 ÷ 计划学位 < {warning.surplus:.0%}", warning, "surplus"),
    ]
    table = [(what, value, _basis(section, key)) for what, value, section, key in rows]
    table += [] if flags is None or policy.kind == "audit" else [_colours(flags)]
    return pd.DataFrame(table, columns=["threshold", "chosen", "basis"])


def _colours(flags: pd.DataFrame) -> tuple[str, str, str]:
    """Tell the lines of the colours of a chance and the cost of a missed shortage that they follow from."""
    shades = alerts.shades(flags)
    lines = "、".join(f"{labels.code('colour', name)} ≥ {shades[name]}" for name in ("red", "orange", "yellow"))
    worth = 1 / float(flags["red_from"].iloc[0]) - 1 if "red_from" in flags and len(flags) else 1.0
    return "缺学位概率的颜色", lines, f"漏报一次抵误报 {worth:.3g} 次（参数 FALSE_ALARMS）"


def not_modelled(policy: Policy) -> pd.DataFrame:
    """Return what the text says and the package does not do.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns clause, what and why.
    """
    rows = [(item.clause or "、".join(item.provisions), item.what, item.why) for item in policy.not_modelled]
    return pd.DataFrame(rows, columns=["clause", "what", "why"])


def unseen(policy: Policy) -> pd.DataFrame:
    """Return the documents the text refers to and nobody here has read.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns title, clause and effect.
    """
    rows = [(item.title, item.clause, item.effect) for item in policy.unseen]
    return pd.DataFrame(rows, columns=["title", "clause", "effect"])


def _why(policy: Policy, item: Parameter) -> str:
    """Write the reason; a value that was set for this run says so."""
    if item.name not in policy.changed:
        return item.why
    return f"本次运行改动，默认为{parameters.said(item, item.default)}。{item.why}"


def _basis(section: object, key: str) -> str:
    """Say where a number comes from."""
    return labels.sentence("silent") if key in section.assumed else f"条款 {section.clause}"
