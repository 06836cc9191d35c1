"""What hangs on a blank: whose tier or declared fact cannot be told yet, and the papers it waits for, by name."""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Policy, decision_table

__all__ = ["deciding", "hanging", "joined"]


def hanging(matters: Mapping[str, np.ndarray], table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Name the blanks on which the given facts hang.

    Parameters
    ----------
    matters : mapping of str to ndarray of bool, shape (children,)
        By declared fact, whose answer is asked for and not known.
    table : DataFrame
        One row a child: what conditions may name (`declared_facts.with_blanks`).
    policy : Policy
        The rules.

    Returns
    -------
    Series of str
        On the index of `table`: labels joined by 、; empty where nothing is missing.
    """
    missing = pd.Series("", index=table.index, dtype="str")
    for name, here in matters.items():
        missing = joined(missing, here, _papers(name, policy), table, policy)
    return missing


def joined(
    missing: pd.Series, blank: np.ndarray, names: Iterable[str], table: pd.DataFrame, policy: Policy
) -> pd.Series:
    """Add the labels of the blanks an answer hangs on to what is missing.

    Parameters
    ----------
    missing : Series of str
        What is missing already, joined by 、.
    blank : ndarray of bool, shape (children,)
        Whose answer is not known.
    names : iterable of str
        Columns it is made of.
    table : DataFrame
        Their values (`asked`).
    policy : Policy
        The rules.

    Returns
    -------
    Series of str
        On the same index.
    """
    for name in names:
        here = blank & table[name].isna().to_numpy()
        if here.any():
            label = policy.askable[name].label
            new = ~missing.str.contains(label, regex=False).to_numpy() & here
            missing = missing.mask(new, missing.where(missing == "", missing + "、") + label)
    return missing


def _papers(name: str, policy: Policy) -> list[str]:
    """List the columns a declared fact is made of, through other declared facts."""
    defined = policy.declared.facts
    return [
        paper
        for column in defined[name].columns
        for paper in (_papers(column, policy) if column in defined else [column])
    ]


def deciding(codes: Mapping[str, np.ndarray], waits: Mapping[str, np.ndarray], policy: Policy) -> dict[str, np.ndarray]:
    """Tell whose unknown answer decides the tier: where another answer would give another one.

    Parameters
    ----------
    codes : mapping of str to ndarray of int, shape (children,)
        By fact of the tier table, the position of each answer in its values.
    waits : mapping of str to ndarray of bool, shape (children,)
        By declared fact, where it hangs on a blank.
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to ndarray of bool
        By declared fact, where the tier hangs on it.
    """
    matters = {name: np.zeros_like(blank) for name, blank in waits.items()}
    open_ = [name for name in policy.facts if name in waits and waits[name].any()]
    if not open_:
        return matters
    rank = np.array([policy.table.order.index(row.tier) for row in policy.table.rows])
    patterns, which = np.unique(np.column_stack([waits[name] for name in open_]), axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        here = np.flatnonzero(which == number)
        varied = [name for name, blank in zip(open_, pattern, strict=True) if blank]
        low, high = np.full(here.size, len(rank)), np.full(here.size, -1)
        for choice in product(*(range(len(policy.facts[name])) for name in varied)):
            given = dict(zip(varied, choice, strict=True))
            row = policy.answer[tuple(given.get(name, codes[name][here]) for name in policy.facts)]
            tier = np.broadcast_to(rank.take(row.astype(int), mode="clip"), here.shape)
            possible = np.broadcast_to(row != decision_table.IMPOSSIBLE, here.shape)
            low = np.where(possible, np.minimum(low, tier), low)
            high = np.where(possible, np.maximum(high, tier), high)
        for name in varied:
            matters[name][here] |= low < high
    return matters
