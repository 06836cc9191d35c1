"""Two results of an intake side by side: what a change of rules does to whom, in tables and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from zhaosheng_analysis.admission import Comparison
    from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.texts.admission import status


def moves(comparison: Comparison) -> str:
    """Say in one sentence what a change of rules does.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if not len(comparison.movers):
        return f"{comparison.children_n} 名儿童中没有人的类别、状态或学校改变。"
    movers = comparison.movers
    tier_n = int((movers["tier_a"] != movers["tier_b"]).sum())
    place_n = int((movers["place_a"] != movers["place_b"]).sum())
    only = movers["tier_a"].eq(movers["tier_b"]) & movers["place_a"].eq(movers["place_b"])
    rest = f"，另有 {only.sum()} 名学校不变、换了录取方式" if only.any() else ""
    head = f"{comparison.children_n} 名儿童中 {len(movers)} 名有变动"
    return f"{head}：{tier_n} 名换了类别，{place_n} 名换了去向{rest}。"


def tier_moves(comparison: Comparison) -> pd.DataFrame:
    """Write the tier matrix with its rows in words; only the tiers in which somebody moves.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    matrix = comparison.tiers
    square = matrix.reset_index().rename(columns={"stage": "学段", "tier_a": "类别"}).rename_axis(columns=None)
    square["学段"] = square["学段"].map(lambda stage: labels.code("stage", stage))
    moved = comparison.movers[comparison.movers["tier_a"] != comparison.movers["tier_b"]]
    touched = set(moved["tier_a"]) | set(moved["tier_b"])
    kept = [name for name in matrix.columns if name in touched]
    return square.loc[square["类别"].isin(touched), ["学段", "类别", *kept]]


def school_moves(comparison: Comparison) -> pd.DataFrame:
    """Write the moves between schools, the largest first.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = comparison.schools.assign(stage=comparison.schools["stage"].map(lambda stage: labels.code("stage", stage)))
    return table.rename(columns={"stage": "学段", "place_a": "甲", "place_b": "乙", "children_n": "人数"})


def mover_rows(comparison: Comparison) -> pd.DataFrame:
    """Write the children who move, one line each.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = comparison.movers
    return pd.DataFrame(
        {
            "儿童": rows["child_id"],
            "类别（甲）": rows["tier_a"],
            "类别（乙）": rows["tier_b"],
            "结果（甲）": rows["status_a"].map(status),
            "结果（乙）": rows["status_b"].map(status),
            "去向（甲）": rows["place_a"],
            "去向（乙）": rows["place_b"],
        }
    )


def sensitivity(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Write how many children each open question flips, with the question.

    Parameters
    ----------
    counts : DataFrame
        Counts of `admission.comparing.counts`.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    return pd.DataFrame(
        {
            "参数": counts["parameter"],
            "问题": [policy.parameters[name].question for name in counts["parameter"]],
            "本次取值": counts["value"],
            "改为": counts["option"],
            "换类别": counts["tiers_n"],
            "换状态": counts["status_n"],
            "换去向": counts["schools_n"],
            "变动儿童": counts["flipped_n"],
            "说明": counts["note"],
        }
    )
