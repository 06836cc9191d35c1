"""Exact odds of the draw methods in use: one number, two numbers, a family that withdraws, twins at the last seat."""

import math
from collections.abc import Iterable

import numpy as np

from zhaosheng_analysis.lottery import rings

#: Tickets by SHA-256; the ring of Nanchang 2023; that of Fuzhou 2019–2023, whose step is announced.
METHODS = ("ticket", "nanchang", "fuzhou")


def together(n: int, plan: int, method: str) -> np.ndarray:
    """Return the exact chance that two numbers at each distance round the circle both win.

    Parameters
    ----------
    n : int
        Numbers.
    plan : int
        How many win.
    method : str
        One of `METHODS`.

    Returns
    -------
    ndarray of float, shape (n,)
        n chances; place 0 is the chance of one number.
    """
    if method == "nanchang":
        return rings.together(n, plan)
    if method == "fuzhou":
        return rings.together(n, plan, step=rings.step_of(n, plan), leave=False)
    return np.concatenate([[plan / n], np.full(n - 1, plan * (plan - 1) / (n * (n - 1)))])


def by_digits(n: int, plan: int) -> np.ndarray:
    """Return the exact chance of each number when step is announced and the start drawn digit by digit (Fuzhou).

    Parameters
    ----------
    n : int
        Numbers.
    plan : int
        How many win.

    Returns
    -------
    ndarray of float, shape (n,)
        n chances.
    """
    return rings.odds(n, plan, step=rings.step_of(n, plan), start=rings.start_odds(n), leave=False)


def withdrawal(n: int, plan: int, method: str) -> float:
    """Return which share of the others changes sides when one family withdraws and the numbers close up.

    Start and step stay the same; every step that may be drawn and every family that may withdraw counts alike, and one
    start stands for all, because the circle can be turned. Of tickets one child of the rest moves up where a winner
    withdraws.

    Parameters
    ----------
    n : int
        Numbers.
    plan : int
        How many win.
    method : str
        One of `METHODS`.

    Returns
    -------
    float
        Mean share, in [0, 1].
    """
    if method == "nanchang":
        return _moved(n, plan, range(1, n), leave=True)
    if method == "fuzhou":
        return _moved(n, plan, [rings.step_of(n, plan)], leave=False)
    return plan / n / (n - 1)


def _moved(n: int, plan: int, steps: Iterable[int], *, leave: bool) -> float:
    """Return the mean share of the others whose result differs without one number, start and step being the same."""
    changed = []
    for step in steps:
        before, after = _wins(n, plan, step, leave), _wins(n - 1, plan, step, leave)
        changed += [(np.delete(before, gone) != after).mean() for gone in range(n)]
    return float(np.mean(changed))


def _wins(n: int, plan: int, step: int, leave: bool) -> np.ndarray:
    """Return who wins when the start is the first number."""
    won = np.zeros(n, bool)
    won[np.array(rings.winners(n, plan, start=1, step=step, leave=leave)) - 1] = True
    return won


def twins(singles: int, pairs: int, plan: int, *, overflow: str) -> tuple[float, float, float]:
    """Return the exact chance of a single child, of each child of a pair, and the expected number admitted.

    Pairs and singles are drawn in even order. Only a pair that meets one last seat is treated by the rule; before
    that everybody drawn is in.

    Parameters
    ----------
    singles, pairs : int
        Tickets of one and of two children.
    plan : int
        Seats.
    overflow : str
        A rule of `lottery.RULES`.

    Returns
    -------
    tuple of float
        Chance of a single child, chance of each child of a pair, expected children admitted.
    """
    one, two = 0.0, 0.0  # expected singles and pair children admitted
    for got in range(min(pairs, plan // 2) + 1):
        alone = plan - 2 * got
        if alone <= singles:  # exactly full with `got` pairs, the last ticket being of either kind
            chance = _state(singles, pairs, alone, got)
            one, two = one + chance * alone, two + chance * 2 * got
        before = alone - 1
        if 0 <= before <= singles and got < pairs:  # one seat left, and a pair is drawn
            chance = _state(singles, pairs, before, got) * (pairs - got) / (singles + pairs - before - got)
            extra = {"skip": float(before < singles), "stop": 0.0}.get(overflow, 0.0)
            one += chance * (before + extra)
            two += chance * (2 * got + {"expand": 2, "split": 1}.get(overflow, 0))
    if singles + 2 * pairs < plan:
        one, two = float(singles), 2.0 * pairs
    return one / max(singles, 1), two / max(2 * pairs, 1), one + two


def _state(singles: int, pairs: int, a: int, b: int) -> float:
    """Return the chance that the first a + b tickets are a singles and b pairs."""
    return math.comb(singles, a) * math.comb(pairs, b) / math.comb(singles + pairs, a + b)
