"""Bounds, each above the one before: prices of units, whole zones as columns, then branch and bound."""

from collections.abc import Generator, Iterator
from dataclasses import replace

import numpy as np

from zhaosheng_analysis.redraw.solver import (
    branch_and_cut,
    column_generation,
    lagrange,
    relaxation,
)
from zhaosheng_analysis.redraw.solver.branch_and_cut import Effort
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.redraw.solver.lagrange import Multipliers

#: Additions of one chunk of price turns, fewest and most turns in it, and the length of step at which they end.
WORK, FEWEST, TURNS, SHORT = 1e9, 20, 2000, 0.003
#: So many boxes that raise the bound by less than this share are idle; so many times idle is the end.
BOXES, WORTH, IDLE = 6, 2e-5, 6
#: Work of the boxes between two yields: some seconds.
CHUNK = 4_000_000
#: Pairs up to which branch and bound comes first, and up to which it comes at all; looks of the first try; tries
#: first and last.
FIRST, PAIRS, CALLS, TRIES, MORE = 1500, 4000, 60, 3, 12


Known = tuple[tuple[float, np.ndarray], ...]
Step = tuple[Multipliers, np.ndarray | None]


def rises(instance: Instance, clock: Clock) -> Generator[Step, Known]:
    """Yield bounds of the instance with the prices that prove them, and assignments met on the way, to the last.

    What is known is sent in at every step: cost and assignment of good assignments, the best first.
    """
    plain, constant = lagrange.bare(instance)
    relaxed = relaxation.relax(plain)
    prices = replace(lagrange.start(plain, unit=relaxed.unit_dual), bound=relaxed.bound)
    incumbent = yield _shown(prices, constant), None
    if instance.allowed.sum() <= FIRST:
        best, incumbent = yield from _branches(instance, _shown(prices, constant), incumbent, clock, TRIES)
        prices = _shown(best, -constant)
    turns = int(np.clip(WORK / lagrange.work(plain, relaxed.year_price), FEWEST, TURNS))
    while prices.step > SHORT:
        target = incumbent[0][0] - constant if incumbent else relaxed.bound + 0.02 * abs(relaxed.bound)
        prices = lagrange.ascend(plain, prices, relaxed.year_price, target=target, turns=turns)
        incumbent = yield _shown(prices, constant), None
    for better in _boxes(plain, prices, relaxed.year_price, [assignment for _, assignment in incumbent], clock):
        prices = better
        incumbent = yield _shown(prices, constant), None
    yield from _branches(instance, _shown(prices, constant), incumbent, clock, MORE)


def _shown(prices: Multipliers, constant: float) -> Multipliers:
    """Return prices with the bound of the instance itself."""
    return replace(prices, bound=prices.bound + constant)


def _boxes(
    plain: Instance, prices: Multipliers, year_price: np.ndarray, assignments: list[np.ndarray], clock: Clock
) -> Iterator[Multipliers]:
    """Yield prices each time the boxes have taken so much work, until they hardly rise."""
    zones = column_generation.together(
        [column_generation.of_assignment(plain, assignment) for assignment in assignments]
        or [column_generation.none(plain)]
    )
    before, idle, done, better = prices.bound, 0, 0, prices
    for number, (better, work) in enumerate(column_generation.rising(plain, prices, year_price, zones, clock), 1):
        done += work
        if done > CHUNK:
            yield better
            done = 0
        if number % BOXES == 0:
            idle = 0 if better.bound - before > WORTH * abs(before) else idle + 1
            before = better.bound
        if idle == IDLE or clock.late():
            break
    yield better


def _branches(instance: Instance, prices: Multipliers, seen: Known, clock: Clock, tries: int):
    """Yield bounds of branch and bound with ever more effort; return the last and what is known."""
    relaxed, calls, cuts = relaxation.relax(instance, rounds=relaxation.ROUNDS), CALLS, []
    for _ in range(tries):
        cost, assignment = seen[0] if seen else (np.inf, None)
        kept = relaxed.reduced <= max(0.0, cost - relaxed.bound) * (1 + 1e-9) + 1e-9 if seen else instance.allowed
        if kept.sum() > PAIRS:
            break
        effort = Effort(calls=calls, nodes=100 * calls, rounds=20, gap=1e-7)
        solved = branch_and_cut.solve(
            instance, effort, kept=kept, start=assignment, cuts=relaxed.cuts + cuts, clock=clock
        )
        # Pairs left out are in no assignment that is better than the one known.
        prices = replace(prices, bound=max(prices.bound, min(solved.bound, cost)))
        seen = yield prices, solved.assignment
        calls, cuts = 2 * calls, solved.cuts
    return prices, seen
