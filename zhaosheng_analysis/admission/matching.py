"""Who gets a seat in one round: one choice after the other, or several matched; twins on one ticket together."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import kernels, priorities
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.schema import DataError, Fault


def solve(item: Round, table: pd.DataFrame, seats: np.ndarray, n: int) -> np.ndarray:
    """Decide every pair of a round: in, out, tied, or empty where it was never proposed."""
    result = np.full(len(table), "", object)
    if table.empty:
        return result
    if item.choice_first or not table["child"].duplicated().any():
        return _by_batches(item, table, seats, n, result)
    if not item.draws:
        raise DataError(
            Fault(
                f"轮次「{item.name}」", "一名儿童有几所学校可选，而 key 中没有 ticket", "", "请在 key 末尾加上 ticket"
            )
        )
    if item.bundle in ("none", "split"):
        return _by_match(table, seats, n, result)
    return _by_bundles(item, table, seats, result)


def _by_batches(item: Round, table: pd.DataFrame, seats: np.ndarray, n: int, result: np.ndarray) -> np.ndarray:
    """Fill the schools choice by choice, or all at once; whoever got a seat takes no part in the next batch."""
    seats, waiting = seats.copy(), np.ones(n, bool)
    batches = table["choice"].to_numpy() if item.choice_first else np.ones(len(table), int)
    for number in np.unique(batches):
        rows = np.flatnonzero((batches == number) & waiting[table["child"]])
        if not rows.size:
            continue
        batch = table.iloc[rows]
        taken, tied = _units(item, batch, seats)
        result[rows] = np.select([taken, tied], ["in", "tied"], "out")
        waiting[batch["child"][taken | tied]] = False
        seats = np.maximum(seats - np.bincount(batch["school"][taken], minlength=seats.size), 0)
    return result


def _units(item: Round, batch: pd.DataFrame, seats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Admit one batch, twins on one ticket; say who is in and who is tied, by row."""
    order = batch["turn"].argsort(kind="stable").to_numpy()
    unit, first, weight = np.unique(batch["unit"].to_numpy()[order], return_index=True, return_counts=True)
    lead = batch.iloc[order].iloc[first]
    key = kernels.pack(criterion=lead["rest"].to_numpy(), ticket=lead["turn"].to_numpy())
    result = kernels.admit(
        lead["school"],
        lead["lead"],
        key,
        seats,
        weight=weight if weight.max() > 1 else None,
        overflow=item.bundle if item.bundle != "none" else "skip",
    )
    place = np.searchsorted(unit, batch["unit"])
    within = batch.groupby("unit")["child_id"].rank(method="first").to_numpy()  # a split pair goes by name
    return within <= result.taken[place], result.tied[place]


def _by_match(table: pd.DataFrame, seats: np.ndarray, n: int, result: np.ndarray) -> np.ndarray:
    """Match children with schools by deferred acceptance; twins on one ticket stand side by side."""
    whole = priorities.combined(table[["lead", "rest"]])
    bits = kernels.LAYOUT["criterion"]
    key = kernels.pack(tier=whole >> bits, criterion=whole & (2**bits - 1), ticket=table["turn"].to_numpy())
    child = table["child"].to_numpy()
    column = table.groupby("child").cumcount().to_numpy()
    choices = np.full((n, column.max() + 1), -1)
    keys = np.zeros(choices.shape, np.uint64)
    choices[child, column], keys[child, column] = table["school"], key
    end = kernels.match(choices, keys, seats).choice[child]
    result[column == end] = "in"
    result[(column < end) | (end < 0)] = "out"
    return result


def _by_bundles(item: Round, table: pd.DataFrame, seats: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Match families with schools by deferred acceptance: twins who ask the same schools in turn go together.

    A pair that is passed over for want of a second seat has never asked there: the matching begins anew without that
    wish, so that nobody was refused for its sake.
    """
    unit = priorities.together(table)
    members = table.groupby(unit)["child"].nunique().to_numpy()
    lead = table.assign(unit=unit).sort_values(["unit", "choice", "child_id"]).drop_duplicates(["unit", "choice"])
    key = kernels.pack(tier=lead["lead"].to_numpy(), criterion=lead["rest"].to_numpy(), ticket=lead["turn"].to_numpy())
    wish, at = lead["school"].to_numpy().copy(), np.array([], int)
    passed_over = True
    while passed_over:
        at, passed_over = _proposals(lead["unit"].to_numpy(), members, wish, key, seats, item.bundle)
    choice = np.append(lead["choice"].to_numpy(), -1)[at][unit]
    result[table["choice"].to_numpy() == choice] = "in"
    result[(table["choice"].to_numpy() < choice) | (choice < 0)] = "out"
    return result


def _proposals(
    unit: np.ndarray, members: np.ndarray, wish: np.ndarray, key: np.ndarray, seats: np.ndarray, overflow: str
) -> tuple[np.ndarray, bool]:
    """Let families ask school after school until nobody is refused; a wish of -1 is left out.

    Parameters
    ----------
    unit : ndarray of int
        Family of each row.
    members : ndarray of int
        Children of each family.
    wish : ndarray of int
        School asked in each row, best first in each family; a wish that is given up becomes -1.
    key : ndarray
        Order at the school, smaller first.
    seats : ndarray of int, shape (schools,)
        Seats of each school.
    overflow : str
        What happens to a pair that does not fit.

    Returns
    -------
    tuple of (ndarray, bool)
        The row each family ends at, -1 for none, and whether the first pair passed over lost a wish (in `wish`)
        instead.
    """
    at, end = (np.searchsorted(unit, np.arange(members.size), side=side) for side in ("left", "right"))
    while True:
        asking = np.flatnonzero(at < end)
        here = at[asking]
        one = np.zeros(here.size)  # the seat a pair leaves goes to the next who fits, of whatever tier
        got = kernels.admit(wish[here], one, key[here], seats, weight=members[asking], overflow=overflow)
        refused = ~got.admitted
        if not refused.any():
            return np.where(at < end, at, -1), False
        pairs = here[refused & (members[asking] > 1) & (wish[here] >= 0)] if overflow == "skip" else here[:0]
        before = [got.taken[(wish[here] == wish[row]) & (key[here] < key[row])].sum() for row in pairs]
        short = pairs[np.array(before, int) < seats[wish[pairs]]]
        if short.size:
            wish[short[key[short].argmin()]] = -1
            return at, True
        at[asking[refused]] += 1
