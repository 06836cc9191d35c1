"""Bounds, each above the one before: prices of units, whole zones as columns, then branch and bound."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from zhaosheng_analysis.redrawing import columns, cutting, multipliers, relaxation
from zhaosheng_analysis.redrawing.clocks import Clock
from zhaosheng_analysis.redrawing.columns import Zones
from zhaosheng_analysis.redrawing.cutting import Effort
from zhaosheng_analysis.redrawing.instances import Instance
from zhaosheng_analysis.redrawing.multipliers import Multipliers

#: Additions of one chunk of price turns, fewest and most turns in it, and the length of step at which they end.
WORK, FEWEST, TURNS, SHORT = 1e9, 20, 2000, 0.003
#: A chunk of boxes that raises the bound by less than this share is idle; so many idle ones are the end.
WORTH, IDLE = 2e-5, 4
#: Boxes of one chunk: of the first two, and of all others, whose searches are deeper.
BOXES, DEEP = 12, 6
#: Pairs up to which branch and bound comes first, and up to which it comes at all; looks of the first try; tries
#: first and last.
FIRST, PAIRS, CALLS, TRIES, MORE = 1500, 4000, 60, 3, 12


Known = tuple[np.ndarray | None, float, Zones]
Step = tuple[Multipliers, np.ndarray | None, Zones | None]


def rises(instance: Instance, clock: Clock) -> Generator[Step, Known]:
    """Yield bounds of the instance with the prices that prove them, plans and zones met on the way, to the last.

    What is known is sent in at every step: the best plan or None, its cost, and zones seen.
    """
    plain, constant = multipliers.bare(instance)
    relaxed = relaxation.relax(plain)
    prices = replace(multipliers.start(plain, unit=relaxed.unit_dual), bound=relaxed.bound)
    plan, cost, zones = yield _shown(prices, constant), None, None
    if instance.allowed.sum() <= FIRST:
        best, plan, cost, zones = yield from _branches(
            instance, _shown(prices, constant), plan, cost, zones, clock, TRIES
        )
        prices = _shown(best, -constant)
    turns = int(np.clip(WORK / multipliers.work(plain, relaxed.year_price), FEWEST, TURNS))
    while prices.step > SHORT:
        target = cost - constant if np.isfinite(cost) else relaxed.bound + 0.02 * abs(relaxed.bound)
        prices = multipliers.ascend(plain, prices, relaxed.year_price, target=target, turns=turns)
        plan, cost, zones = yield _shown(prices, constant), None, None
    for better, found in _boxes(plain, prices, relaxed.year_price, zones, clock):
        prices = better
        known = columns.priced(instance, found.inside, found.school)
        plan, cost, zones = yield _shown(prices, constant), None, known
    yield from _branches(instance, _shown(prices, constant), plan, cost, zones, clock, MORE)


def _shown(prices: Multipliers, constant: float) -> Multipliers:
    """Return prices with the bound of the instance itself."""
    return replace(prices, bound=prices.bound + constant)


def _boxes(plain: Instance, prices: Multipliers, year_price: np.ndarray, zones: Zones, clock: Clock):
    """Yield prices after every chunk of boxes, and the zones found in it, until they hardly rise."""
    own = columns.priced(plain, zones.inside, zones.school)
    before, idle, found = prices.bound, 0, []
    for number, (better, offered) in enumerate(columns.rising(plain, prices, year_price, own, clock)):
        prices = better
        found.append(offered)
        if len(found) == (BOXES if number < 2 * BOXES else DEEP):
            yield prices, columns.together(found)
            idle, found = (0 if prices.bound - before > WORTH * abs(before) else idle + 1), []
            before = prices.bound
        if idle == IDLE or clock.late():
            break
    if found:
        yield prices, columns.together(found)


def _branches(
    instance: Instance,
    prices: Multipliers,
    plan: np.ndarray | None,
    cost: float,
    zones: Zones,
    clock: Clock,
    tries: int,
):
    """Yield bounds of branch and bound with ever more effort; return the last and what is known."""
    relaxed, calls, cuts = relaxation.relax(instance, rounds=relaxation.ROUNDS), CALLS, []
    for _ in range(tries):
        known = np.isfinite(cost)
        kept = relaxed.reduced <= max(0.0, cost - relaxed.bound) * (1 + 1e-9) + 1e-9 if known else instance.allowed
        if kept.sum() > PAIRS:
            break
        effort = Effort(calls=calls, nodes=100 * calls, rounds=20, gap=1e-7)
        solved = cutting.solve(instance, effort, kept=kept, start=plan, cuts=relaxed.cuts + cuts, clock=clock)
        # Pairs left out are in no plan that is better than the one known.
        prices = replace(prices, bound=max(prices.bound, min(solved.bound, cost)))
        plan, cost, zones = yield prices, solved.plan, None
        calls, cuts = 2 * calls, solved.cuts
    return prices, plan, cost, zones
