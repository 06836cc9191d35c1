"""The tiers of a rule book in words: what each asks for, how two sets of rules differ, what falls to the last ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import policy, tiers
from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.policy import cell_blocks, decision_table

if TYPE_CHECKING:
    from zhaosheng_analysis.policy import Policy


def unplaced(rules: Policy) -> str:
    """Say what the text has for those left without a place, tier by tier.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    str
        In Chinese; empty where the text is silent.
    """
    left = rules.table.unplaced if rules.table else {}
    who = {tier: "其余各类" if tier == decision_table.ANY else f"「{rules.table.labels[tier]}」" for tier in left}
    return "；".join(
        f"{who[tier]}没有学位的：{said}" for tier, said in sorted(left.items(), key=lambda it: it[0] == "-")
    )


def tier_rows(rules: Policy) -> pd.DataFrame:
    """List the rows of the tier table that are in force, in the order of the tiers.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = rules.table
    if table is None:
        return pd.DataFrame()
    rows = [
        {
            "类别": _tier(row.tier, rules),
            "名称": table.labels[row.tier],
            "条件": _needs(row, rules),
            "条款": row.clause,
            "原文": row.words,
        }
        for tier in table.order
        for row in decision_table.active(table, rules.chosen)
        if row.tier == tier
    ]
    return pd.DataFrame(rows)


def tier_changes(first: Policy, second: Policy) -> list[str]:
    """Say how the tiers of two sets of rules differ: their order, those only one has, what each asks for.

    Parameters
    ----------
    first, second : Policy
        The two sets of rules.

    Returns
    -------
    list of str
        One line a difference, in Chinese.
    """
    sides = [_asked_of(rules) for rules in (first, second)]
    orders = ["、".join(side) or "没有类别表" for side in sides]
    lines = [f"类别的次序：{orders[0]} → {orders[1]}"] if orders[0] != orders[1] else []
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = (side.get(name) for side in sides)
        if before and after and before != after:
            lines.append(f"{name}的条件：{before} → {after}")
    return lines


def _asked_of(rules: Policy) -> dict[str, str]:
    """Return what each tier asks for, by its name, in the order of the tiers; other wordings of one tier after 或."""
    asked: dict[str, list[str]] = {}
    for line in tier_rows(rules).to_dict("records"):
        numbered = not line["类别"].startswith("次序")
        asked.setdefault(f"{line['类别']}（{line['名称']}）" if numbered else line["名称"], []).append(line["条件"])
    return {name: "；或 ".join(dict.fromkeys(needs)) for name, needs in asked.items()}


def _tier(name: str, rules: Policy) -> str:
    """Name a tier shortly: its number, or its place in the order where it has none."""
    return wording.tier(name) if tiers.is_numbered(name) else f"次序{rules.table.order.index(name) + 1}"


def _needs(row: decision_table.Row, rules: Policy) -> str:
    """Say the facts a row asks for, leaving out those of which any value will do."""
    asked = {fact: values for fact, values in row.needs.items() if len(values) < len(rules.facts[fact])}
    return cell_blocks.in_words(asked, rules.words)


def catch_rows(rules: Policy) -> pd.DataFrame:
    """List the situations that fall through to the last tiers.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    parts = [line.split("：", 1) for line in policy.catches(rules)]
    return pd.DataFrame(parts, columns=["落到", "情形"])
