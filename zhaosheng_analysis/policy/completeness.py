"""What a rule book leaves: what falls through its tiers, and the provisions of its text that it does not model."""

from typing import Any

import numpy as np

from zhaosheng_analysis.policy import cell_blocks
from zhaosheng_analysis.policy.book import Policy


def catches(policy: Policy) -> list[str]:
    """List in Chinese the situations the residual tiers catch, each a block of facts.

    Shown in every report: a rule book is judged by what falls through it.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    list of str
        One line a block of situations; none for a policy without tiers.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.catches(zs.policy.load("taobei-2024"))[0].split("：")[0]
    '不属于登记学校，退回原学区'
    """
    if policy.table is None:
        return []
    caught = []
    for tier in policy.table.residual:
        rows = [place for place, row in enumerate(policy.table.rows) if row.tier == tier]
        blocks = cell_blocks.merge(policy.table, np.isin(policy.answer, rows))
        caught += [f"{policy.table.labels[tier]}：{cell_blocks.in_words(block, policy.words)}" for block in blocks]
    return caught


def coverage(policy: Policy) -> Any:
    """Tabulate every catalogue row of the policy: where the file models it, or why it does not.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    object
        One row a provision of the catalogue: id, kind, clause, rule, element (empty when missing) and why (for rows not
        modelled).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rows = zs.policy.coverage(zs.policy.load("laoting-2025"))
    >>> rows.loc[rows["id"].isin(["LT-25", "LT-80"]), ["id", "clause", "element"]]
           id    clause                                            element
    24  LT-25  二(三)1(1)                     dates.age、checks.2.age、notes.1
    79  LT-80     三(三)5  windows.18.lottery、windows.19.private_suppleme...
    """
    import pandas as pd

    catalogued = [(row, it.clause, "|".join(it.kinds), it.rule) for row, it in policy.catalogue.items()]
    rows = pd.DataFrame(catalogued, columns=["id", "clause", "kind", "rule"], dtype="str")
    where: dict[str, list[str]] = {}
    for element, ids in policy.provisions.items():
        for row in ids:
            where.setdefault(row, []).append(element)
    reasons = {row: item.why for item in policy.not_modelled for row in item.provisions}
    rows["element"] = rows["id"].map(lambda row: "、".join(where.get(row, [])))
    rows["why"] = rows["id"].map(lambda row: reasons.get(row, ""))
    return rows
