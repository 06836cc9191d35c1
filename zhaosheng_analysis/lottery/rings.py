"""The ring methods in use: numbers 1 … n in a circle, a start is drawn, from there every step-th number wins.

Nanchang 2023 draws start and step, and winners leave the circle; Fuzhou 2019–2023 announces step = ceil(n / plan),
draws the start digit by digit and counts on over numbers that have won. The odds here are exact: turning the circle
turns the winners, so one start stands for all.
"""

import math

import numpy as np


def winners(n: int, plan: int, *, start: int, step: int, leave: bool = True) -> list[int]:
    """Return the winning numbers in the order they are drawn.

    Parameters
    ----------
    n : int
        Numbers in the circle.
    plan : int
        How many win.
    start : int
        The first winner.
    step : int
        Count from one winner to the next.
    leave : bool, default True
        Whether winners leave the circle (Nanchang); otherwise they are counted on, and a number that has won already
        passes its turn to the next one that has not (Fuzhou).

    Returns
    -------
    list of int
        The numbers, from 1 to n.

    Raises
    ------
    ValueError
        The numbers do not fit each other.
    """
    if not (0 <= plan <= n and 1 <= start <= n and step >= 1):
        raise ValueError(f"need 0 <= plan <= n, 1 <= start <= n, step >= 1; got {n=}, {plan=}, {start=}, {step=}")
    if not leave:
        return _staying(n, plan, start, step)
    circle, place, drawn = list(range(1, n + 1)), start - 1, []
    for _ in range(plan):
        drawn.append(circle.pop(place))
        if circle:
            place = (place + step - 1) % len(circle)
    return drawn


def _staying(n: int, plan: int, start: int, step: int) -> list[int]:
    """Count round a circle whose winners stay in it."""
    won, place, drawn = np.zeros(n, bool), start - 1, []
    for _ in range(plan):
        while won[place]:
            place = (place + 1) % n
        won[place] = True
        drawn.append(place + 1)
        place = (place + step) % n
    return drawn


def step_of(n: int, plan: int) -> int:
    """Return the announced step: ceil(n / plan).

    Parameters
    ----------
    n : int
        Numbers in the circle.
    plan : int
        How many win, at least one.

    Returns
    -------
    int
        The step.
    """
    return math.ceil(n / plan)


def together(n: int, plan: int, *, step: int | None = None, leave: bool = True) -> np.ndarray:
    """Return the exact chance that two numbers at each distance both win, for an even start.

    Parameters
    ----------
    n : int
        Numbers in the circle.
    plan : int
        How many win.
    step : int, optional
        The announced step; None draws it evenly from 1 … n.
    leave : bool, default True
        Whether winners leave the circle, as in `winners`.

    Returns
    -------
    ndarray of float, shape (n,)
        Chances by distance (the larger number minus the smaller, round the circle); distance 0 is the chance of one
        number, plan / n. Independent draws of `plan` would give plan (plan - 1) / n (n - 1) at every other distance.
    """
    steps = range(1, n + 1) if step is None else [step]
    chance = np.zeros(n)
    for one in steps:
        won = _indicator(n, plan, one, leave)
        spectrum = np.fft.rfft(won)
        chance += np.rint(np.fft.irfft(spectrum * spectrum.conj(), n))
    return chance / (n * len(steps))


def odds(n: int, plan: int, *, step: int, start: np.ndarray | None = None, leave: bool = True) -> np.ndarray:
    """Return the exact chance of each number under one step.

    Parameters
    ----------
    n : int
        Numbers in the circle.
    plan : int
        How many win.
    step : int
        Count from one winner to the next.
    start : ndarray of float, shape (n,), optional
        Chance of each start 1 … n (`start_odds`); even where it is not given, and then every number has plan / n.
    leave : bool, default True
        Whether winners leave the circle, as in `winners`.

    Returns
    -------
    ndarray of float, shape (n,)
        Chances of the numbers 1 … n.
    """
    start = np.full(n, 1 / n) if start is None else np.asarray(start, float)
    won = _indicator(n, plan, step, leave)
    return np.fft.irfft(np.fft.rfft(start) * np.fft.rfft(won), n)


def start_odds(n: int) -> np.ndarray:
    """Return the chance of each start when its digits are drawn units first and impossible balls are taken out.

    Parameters
    ----------
    n : int
        Numbers in the circle.

    Returns
    -------
    ndarray of float, shape (n,)
        Chances of the starts 1 … n; not quite even, because a digit with few numbers behind it is as likely as one with
        many.
    """
    width = len(str(n))
    chance = np.zeros(n)
    _draw_digit(n, width, 0, 0, 1.0, chance)
    return chance


def _draw_digit(n: int, width: int, place: int, tail: int, share: float, chance: np.ndarray) -> None:
    """Share a chance evenly among the digits that still lead to a number from 1 to n."""
    if place == width:
        chance[tail - 1] = share
        return
    unit = 10**place
    possible = [tail + digit * unit for digit in range(10) if _reachable(tail + digit * unit, unit * 10, n)]
    for longer in possible:
        _draw_digit(n, width, place + 1, longer, share / len(possible), chance)


def _reachable(tail: int, modulus: int, n: int) -> bool:
    """Say whether some number from 1 to n ends in these digits."""
    return tail <= n if tail else modulus <= n


def _indicator(n: int, plan: int, step: int, leave: bool) -> np.ndarray:
    """Return 1 for each number that wins when the start is 1."""
    won = np.zeros(n)
    won[np.array(winners(n, plan, start=1, step=step, leave=leave), int) - 1] = 1
    return won
