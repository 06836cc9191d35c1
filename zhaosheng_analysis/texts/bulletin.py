"""What a bureau publishes of an intake: every table with its small counts hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis.schema import small_cells, takes
from zhaosheng_analysis.texts.sections import Section

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.admission import Outcome
    from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.texts.admission import cuts, private_counts, rest, results, rounds_told, validity
from zhaosheng_analysis.texts.applicants import applicants, registrations


@takes(ranked="ranked")
def sections(outcome: Outcome, ranked: pd.DataFrame, policy: Policy, *, faults: list[str]) -> list[Section]:
    """Write the whole bulletin of an intake.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.
    faults : list of str
        What `admission.check` found.

    Returns
    -------
    list of Section
        The sections in order.
    """
    tables = published(outcome, ranked, policy)
    few = small_cells.NOTE
    blank = "asked_for" in ranked and ranked["asked_for"].ne("").any()
    asked = "有的孩子材料里有空着、要问清的，先按已交的材料分类：见内部-children 的 asked_for 列。" if blank else ""
    last = "末类：没有录完的那一类；末类余位除以末类人数，就是这一类每人的机会。"
    counted = "报名人数" if policy.parameter("private_count", "qualified") == "registered" else "验审合格人数"
    over = f"是否超计划按{counted}与学位比；谁入学不因此改变。"
    titled = [
        ("results", "各类别的结果", validity(faults, policy)),
        ("cuts", "各校录取", last),
        ("applicants", "报名的儿童", ""),
        ("registrations", "报名状态", asked),
        ("rounds", "各环节", ""),
        *([("private", "民办学校的报名与计划", over)] if len(tables["private"]) else []),
        ("rest", "未被录取者的去向", ""),
    ]
    return [Section(title, tables[name], note=note + few) for name, title, note in titled]


@takes(ranked="ranked")
def published(outcome: Outcome, ranked: pd.DataFrame, policy: Policy) -> dict[str, pd.DataFrame]:
    """Return the tables of the bulletin, small counts hidden in all of them at once.

    A tier has the same children in its results and among those who applied, a school refuses the same in its line and
    in the list of where they went: what one table leaves out must not stand in another.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to DataFrame
        Keys of `counted`.
    """
    shown = small_cells.together(counted(outcome, ranked, policy), LINKS)
    table = shown["applicants"]
    printed = table["人数"].map(lambda cell: isinstance(cell, int))
    return shown | {"applicants": table.assign(占本学段=table["占本学段"].where(printed, small_cells.LEFT_OUT))}


@takes(ranked="ranked")
def counted(outcome: Outcome, ranked: pd.DataFrame, policy: Policy) -> dict[str, small_cells.Counts]:
    """Return the tables of the bulletin as they are counted, and what of them counts children.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to Counts
        results, cuts, applicants, registrations, rounds, private and rest.
    """
    count, tiers = small_cells.Counts, results(outcome)
    parts = [name for name in tiers.columns if name not in ("学段", "类别", "合计")]
    seats = {"sums": [("计划", ["录取", "余位"])], "others": ["余位", "末类余位"]}
    told = ["录取", "未录取", "待定"]
    return {
        "results": count(tiers, [*parts, "合计"], sums=[("合计", parts)], by="学段"),
        "cuts": count(cuts(outcome), ["录取", "未录取人次", "待定", "末类人数"], **seats),
        "applicants": count(applicants(ranked, policy), ["人数"], by="学段"),
        "registrations": count(registrations(ranked), ["人数"], by="学段"),
        "rounds": count(rounds_told(outcome), [*told, "报名人次"], sums=[("报名人次", told)]),
        "private": count(private_counts(outcome, policy), ["报名", "验审合格"]),
        "rest": count(rest(outcome), ["人数"]),
    }


#: Where two tables of the bulletin count the same children.
LINKS = (
    small_cells.Link(("results", ["合计"], ["学段", "类别"]), ("applicants", ["人数"], ["学段", "类别"])),
    small_cells.Link(("cuts", ["未录取人次"], ["学校"]), ("rest", ["人数"], ["未录取的学校"])),
    small_cells.Link(("cuts", ["未录取人次", "待定"], ["学校"]), ("rest", ["人数"], ["未录取的学校"])),
    small_cells.Link(("cuts", ["录取", "未录取人次", "待定"], ["学校"]), ("private", ["验审合格"], ["学校"])),
    small_cells.Link(("rounds", ["报名人次"], ["环节"]), ("private", ["验审合格"], ["环节"])),
)
