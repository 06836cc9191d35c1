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


def _private(outcome: Outcome, policy: Policy) -> list[Section]:
    """Write the section on private schools where the rules have rounds for them."""
    table = private_counts(outcome, policy)
    counted = "报名人数" if policy.parameter("private_count", "qualified") == "registered" else "验审合格人数"
    note = f"是否超计划按{counted}与学位比；谁入学不因此改变。{small_cells.NOTE}"
    table = small_cells.masked(table, ["报名", "验审合格"])
    return [Section("民办学校的报名与计划", table, note=note)] if len(table) else []


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
    note = f"{validity(faults)}{small_cells.NOTE}"
    blank = "asked_for" in ranked and ranked["asked_for"].ne("").any()
    asked = "有的孩子材料里有空着、要问清的，先按已交的材料分类：见内部-children 的 asked_for 列。" if blank else ""
    last = "末类：没有录完的那一类；末类余位除以末类人数，就是这一类每人的机会。"
    return [
        Section("各类别的结果", _public_results(outcome), note=note),
        Section("各校录取", _public_cuts(outcome), note=last + small_cells.NOTE),
        Section("报名的儿童", _public_applicants(ranked, policy), note=small_cells.NOTE),
        Section(
            "报名状态", small_cells.masked(registrations(ranked), ["人数"], by="学段"), note=asked + small_cells.NOTE
        ),
        Section("各环节", _public_rounds(outcome), note=small_cells.NOTE),
        *_private(outcome, policy),
        Section("未被录取者的去向", small_cells.masked(rest(outcome), ["人数"]), note=small_cells.NOTE),
    ]


def _public_results(outcome: Outcome) -> pd.DataFrame:
    """Return the results of the tiers with small counts hidden; a row adds up to its sum, a column to what all know."""
    table = results(outcome)
    parts = [name for name in table.columns if name not in ("学段", "类别", "合计")]
    return small_cells.masked(table, [*parts, "合计"], sums=[("合计", parts)], by="学段")


def _public_cuts(outcome: Outcome) -> pd.DataFrame:
    """Return the schools with small counts hidden; seats left tell the admitted, so that they go with them."""
    counts = ["录取", "未录取人次", "待定", "末类人数"]
    return small_cells.masked(cuts(outcome), counts, sums=[("计划", ["录取", "余位"])], others=["余位", "末类余位"])


def _public_applicants(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the children of each tier with small counts, and the shares that tell them, hidden."""
    table = small_cells.masked(applicants(ranked, policy), ["人数"], by="学段")
    counted = table["人数"].map(lambda cell: isinstance(cell, int))
    return table.assign(占本学段=table["占本学段"].where(counted, small_cells.LEFT_OUT))


def _public_rounds(outcome: Outcome) -> pd.DataFrame:
    """Return the rounds with small counts hidden; who asked was admitted, refused or is undetermined."""
    parts = ["录取", "未录取", "待定"]
    return small_cells.masked(rounds_told(outcome), [*parts, "报名人次"], sums=[("报名人次", parts)])
