"""Each way the papers of a family may be read, one of its homes with one of its guardians: the best for it counts.

No text lets a further paper take away what an earlier one gave, save where a clause says so; so a second home or a
second guardian in the household register is read beside the first, never instead of it.
"""

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import facts, registration
from zhaosheng_analysis.policy import Cells, Policy, decision_table

_WORST = 10_000  # behind every tier: a situation declared impossible


def best(
    papers: Cells,
    places: Cells,
    read: Callable[..., Cells],
    kinds: Iterable[str],
    policy: Policy,
) -> Cells:
    """Return the evidence of each child in the reading with which it stands best, the first of equals.

    Parameters
    ----------
    papers : Cells
        Evidence in the usual reading, one row a child.
    places : Cells
        Every address, with child (position), kind and counts (whether it is a home that counts; those are read first).
    read : callable
        Reads the papers of some children (positions, one may come several times) anew with another home or guardian:
        by kind of address an array of which one (0 is the first).
    kinds : iterable of str
        Kinds of address of which any will do.
    policy : Policy
        Rules with a tier table.

    Returns
    -------
    Cells
        Like `papers`.
    """
    n = len(papers)
    counts = {kind: _how_many(places.take(np.flatnonzero(places.is_one("kind", kind))), n) for kind in kinds}
    several = np.logical_or.reduce([count > 1 for count in counts.values()])
    if not several.any():
        return papers
    most = [range(int(count.max(initial=1))) for count in counts.values()]
    usual = papers.frame(pd.RangeIndex(n))
    readings, whose = [usual], [np.arange(n)]
    parts = []
    for turns in product(*most):
        # Who has not so many would be read as before.
        who = several & np.logical_and.reduce(
            [count > turn for count, turn in zip(counts.values(), turns, strict=True) if turn], initial=True
        )
        if any(turns) and who.any():
            parts.append((np.flatnonzero(who), np.tile(turns, (int(who.sum()), 1))))
    # All at once, for it costs as much for few as for many; one by one where families are held against each other.
    if policy.lock is None:
        parts = [tuple(np.concatenate(part) for part in zip(*parts, strict=True))]
    for rows, turns in parts:
        again = read(rows, dict(zip(counts, turns.T, strict=True)))
        readings.append(again.frame(pd.RangeIndex(len(rows))))
        whose.append(rows)
    every, owner = Cells(pd.concat(readings, ignore_index=True)), np.concatenate(whose)
    asked = np.flatnonzero(several[owner])
    order = asked[np.lexsort((asked, rank(every.take(asked), policy), owner[asked]))]
    chosen = order[np.unique(owner[order], return_index=True)[1]]
    first = np.arange(n)
    first[owner[chosen]] = chosen
    return papers if (first == np.arange(n)).all() else every.take(first)


def _how_many(places: Cells, n: int) -> np.ndarray:
    """Count the addresses of one kind each child may be read with.

    A home that does not count is as if there were none, so it never stands in for one that does or may: with it the
    family would not be asked for what is missing on the other.
    """
    child = places.whole("child")
    every, counting = (np.bincount(some, minlength=n) for some in (child, child[places.flag("counts")]))
    return np.where(counting, counting, every)


def rank(papers: Cells, policy: Policy) -> np.ndarray:
    """Return how each child stands under the rules, the smaller the better: a valid registration, then the tier.

    Parameters
    ----------
    papers : Cells
        Evidence, one row a child.
    policy : Policy
        Rules with a tier table.

    Returns
    -------
    ndarray of int, shape (children,)
        Comparable within one policy.
    """
    row = policy.answer[facts.codes(papers, policy)]
    order = [policy.table.order.index(item.tier) for item in policy.table.rows]
    tiers = np.where(row == decision_table.IMPOSSIBLE, _WORST, np.array(order)[row])
    fails = registration.status(papers, policy)["status"].ne("registered").to_numpy()
    return tiers + fails * 2 * _WORST
