"""Who gets a seat in one round: one choice after the other, or several matched; twins on one ticket together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import kernels, priorities
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.schema import DataError, Fault


@dataclass(frozen=True)
class Asked:
    """What is asked for in one round, one entry a (child, school) pair, the choices of a child in its order.

    Attributes
    ----------
    child : ndarray of int
        Position in the pool, in the order of the children's ids.
    school : ndarray of int
        Code of the school.
    choice : ndarray of int
        Number of the choice, 1 first.
    lead, rest : ndarray of int
        Digits down to the tier, and those after it (`priorities.rank`).
    turn : ndarray of int
        Place in the order of the tickets; 0 without a draw.
    family : ndarray of str
        Name on the ticket.
    unit : ndarray of int
        Who shares a ticket at a school.
    """

    child: np.ndarray
    school: np.ndarray
    choice: np.ndarray
    lead: np.ndarray
    rest: np.ndarray
    turn: np.ndarray
    family: np.ndarray
    unit: np.ndarray


def asked(table: pd.DataFrame) -> Asked:
    """Return the pairs of a table of `priorities.rank`."""
    numbers = ("child", "school", "choice", "lead", "rest", "turn")
    return Asked(
        **{name: table[name].to_numpy() for name in numbers},
        family=table["family"].to_numpy(dtype=object),
        unit=table["unit"].to_numpy(),
    )


def solve(item: Round, pairs: Asked, seats: np.ndarray, n: int) -> np.ndarray:
    """Decide every pair of a round: in, out, tied, or empty where it was never proposed."""
    result = np.full(len(pairs.child), "", object)
    if not result.size:
        return result
    one_each = np.bincount(pairs.child).max() == 1
    if item.choice_first or one_each:
        return _by_batches(item, pairs, seats, n, result)
    if not item.draws:
        raise DataError(
            Fault(
                f"轮次「{item.name}」", "一名儿童有几所学校可选，而 key 中没有 ticket", "", "请在 key 末尾加上 ticket"
            )
        )
    if item.bundle in ("none", "split"):
        return _by_match(pairs, seats, n, result)
    return _by_bundles(item, pd.DataFrame(vars(pairs)), seats, result)


def _by_batches(item: Round, pairs: Asked, seats: np.ndarray, n: int, result: np.ndarray) -> np.ndarray:
    """Fill the schools choice by choice, or all at once; whoever got a seat takes no part in the next batch."""
    seats, waiting = seats.copy(), np.ones(n, bool)
    batches = pairs.choice if item.choice_first else np.ones(len(result), int)
    for number in np.unique(batches):
        rows = np.flatnonzero((batches == number) & waiting[pairs.child])
        if not rows.size:
            continue
        taken, tied = _units(item, pairs, rows, seats)
        result[rows] = np.select([taken, tied], ["in", "tied"], "out")
        waiting[pairs.child[rows[taken | tied]]] = False
        seats = np.maximum(seats - np.bincount(pairs.school[rows[taken]], minlength=seats.size), 0)
    return result


def _units(item: Round, pairs: Asked, rows: np.ndarray, seats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Admit one batch, twins on one ticket; say who is in and who is tied, by row."""
    order = rows[np.argsort(pairs.turn[rows], kind="stable")]
    _, first, place, weight = np.unique(pairs.unit[order], return_index=True, return_inverse=True, return_counts=True)
    lead, bundled = order[first], weight.max() > 1
    result = kernels.admit(
        pairs.school[lead],
        pairs.lead[lead],
        kernels.pack(criterion=pairs.rest[lead], ticket=pairs.turn[lead]),
        seats,
        weight=weight if bundled else None,
        overflow=item.bundle if item.bundle != "none" else "skip",
    )
    of_row = np.empty(len(order), int)
    of_row[np.searchsorted(rows, order)] = place
    within = _numbered(of_row, pairs.child[rows]) if bundled else 1  # a split pair goes by name
    return within <= result.taken[of_row], result.tied[of_row]


def _numbered(unit: np.ndarray, child: np.ndarray) -> np.ndarray:
    """Return the number of each member in its unit, from 1 in the order of the ids."""
    order = np.lexsort((child, unit))
    first = np.searchsorted(unit[order], np.arange(unit.max(initial=0) + 1))
    number = np.empty(unit.size, int)
    number[order] = np.arange(unit.size) - first[unit[order]] + 1
    return number


def _by_match(pairs: Asked, seats: np.ndarray, n: int, result: np.ndarray) -> np.ndarray:
    """Match children with schools by deferred acceptance; twins on one ticket stand side by side."""
    whole = priorities.combined([pairs.lead, pairs.rest], pairs.lead)
    bits = kernels.LAYOUT["criterion"]
    key = kernels.pack(tier=whole >> bits, criterion=whole & (2**bits - 1), ticket=pairs.turn)
    column = priorities.places(pairs.child)
    choices = np.full((n, column.max() + 1), -1)
    keys = np.zeros(choices.shape, np.uint64)
    choices[pairs.child, column], keys[pairs.child, column] = pairs.school, key
    end = kernels.match(choices, keys, seats).choice[pairs.child]
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
    lead = table.assign(unit=unit).sort_values(["unit", "choice", "child"]).drop_duplicates(["unit", "choice"])
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
