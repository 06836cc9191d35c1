"""Who applied, in tables and sentences: by tier and clause, by state of the registration, what the last tiers catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.admission import summaries, wording
from zhaosheng_analysis.schema import takes
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.texts.admission import status


@takes(ranked="ranked")
def applicants(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count the children by stage, tier and clause, in the order of the tiers.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.applicants(ranked)
    return pd.DataFrame(
        {
            "学段": counts["stage"].map(lambda stage: labels.code("stage", stage)),
            "类别": [wording.tier(tier, dict(policy.table.labels)) for tier in counts["tier"]],
            "名称": [policy.table.labels[tier] for tier in counts["tier"]],
            "条款": counts["clause"].astype("str"),
            "人数": counts["children_n"],
            "占本学段": [f"{share:.1%}" for share in counts["share"]],
        }
    )


@takes(ranked="ranked")
def registrations(ranked: pd.DataFrame) -> pd.DataFrame:
    """Count the registrations that stand and those that do not, by stage, with the clause that decided.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.registrations(ranked)
    return pd.DataFrame(
        {
            "学段": counts["stage"].map(lambda stage: labels.code("stage", stage)),
            "报名状态": counts["status"].map(status),
            "条款": counts["status_clause"].astype("str").replace("", "—"),
            "人数": counts["children_n"],
        }
    )


@takes(ranked="ranked")
def tier_message(ranked: pd.DataFrame, policy: Policy) -> str:
    """Say which tier is the largest and how many fall to the residual tiers.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    settled = ranked[ranked["awaited"].eq("")] if "awaited" in ranked else ranked
    counts = settled["tier"].astype("str").value_counts()
    if counts.empty:
        return f"{len(ranked):,} 名儿童的类别都未定，等材料"
    first = wording.tier(counts.index[0], dict(policy.table.labels))
    last = int(counts.reindex(policy.table.residual).fillna(0).sum())
    open_ = f"，{len(ranked) - len(settled):,} 名等材料、类别未定" if len(settled) < len(ranked) else ""
    most = f"{first}最多（{counts.iloc[0] / len(ranked):.0%}）"
    return f"{len(ranked):,} 名儿童中{most}，{last:,} 名落到最后接住的类别{open_}"


@takes(ranked="ranked")
def caught(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count the situations of the children who fell to the residual tiers, the commonest first.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.residual(ranked, policy)
    asked = counts.columns.drop(["tier", "children_n"])
    rows = {policy.words[name].label: counts[name].astype("str").map(policy.words[name].answers) for name in asked}
    tier = counts["tier"].astype("str").map(dict(policy.table.labels))
    return pd.DataFrame({"类别": tier, **rows, "人数": counts["children_n"]})
