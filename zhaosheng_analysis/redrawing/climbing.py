"""From plan to better plan, in counted cycles: short walks first, then neighbourhoods drawn anew, wider and wider."""

from collections.abc import Iterator

import numpy as np

from zhaosheng_analysis import lottery
from zhaosheng_analysis.redrawing import instances, localsearch, neighbourhoods, rounding
from zhaosheng_analysis.redrawing.cutting import Effort
from zhaosheng_analysis.redrawing.instances import Instance
from zhaosheng_analysis.redrawing.relaxation import Relaxation

#: Walks of the opening, at most so many more until a plan fits, proposals of each (a tenth of a second), and how far
#: the temperature falls.
WALKS, MORE, MOVES, COOLING = 4, 20, 200_000, 12.0
#: Neighbourhoods a cycle, and by how much they widen when a cycle has found nothing new.
TRIES, WIDER = 10, 1.3
#: A child beyond a capacity weighs this many times the dearest seat, so that the search leaves no plan too full.
HARD = 50.0


def climb(
    instance: Instance, relaxation: Relaxation, *, seed: str, start: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield the best plan so far after every walk of the opening and after every cycle, without end.

    Parameters
    ----------
    relaxation : of the instance, with cuts.
    seed : decides everything that chance decides.
    start : a contiguous plan to begin from as well, such as today's.
    """
    price = HARD * localsearch.seat_price(instance, relaxation)
    best = None
    for plan in openings(instance, relaxation, seed=seed, start=start):
        if best is None or _merit(instance, plan, price) < _merit(instance, best, price):
            best = plan
        yield best
    yield from _cycles(instance, relaxation, best, seed=seed, price=price)


def _merit(instance: Instance, plan: np.ndarray, price: float) -> float:
    """Return the cost of a plan, children beyond the capacities at their price."""
    return neighbourhoods.merit(instance, plan, price)


def openings(
    instance: Instance, relaxation: Relaxation, *, seed: str, start: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield plans to begin from: `start`, the rounded relaxation, and where short walks from it end."""
    if start is not None:
        yield start
    grown = rounding.grow(instance, relaxation.share)
    yield grown
    hot, price = localsearch.heat_of(instance), localsearch.seat_price(instance, relaxation)
    pool = localsearch.new_pool(instance, localsearch.no_prices(instance), zones=1)
    fits = False
    for number in range(WALKS + MORE):
        if fits and number >= WALKS:
            break
        walked = localsearch.walk(
            instance,
            grown,
            pool,
            seed=seed,
            stream=f"opening-{number}",
            moves=MOVES,
            price=price,
            hot=hot,
            cold=hot / COOLING,
        )
        fits |= walked.best is not None
        yield walked.last if walked.best is None else walked.best


def _cycles(
    instance: Instance, relaxation: Relaxation, plan: np.ndarray, *, seed: str, price: float
) -> Iterator[np.ndarray]:
    """Yield the plan after every cycle of neighbourhoods."""
    chance = lottery.generator(seed, "redraw neighbourhoods")
    pairs, calls, seen = neighbourhoods.PAIRS, Effort().calls, set()
    while True:
        before, known = _merit(instance, plan, price), len(seen)
        worth = worthwhile(instance, relaxation, plan)
        for better in neighbourhoods.improvements(
            instance,
            plan,
            relaxation,
            chance=chance,
            price=price,
            tries=TRIES,
            effort=Effort(calls=int(calls)),
            pairs=int(pairs),
            worth=worth,
            seen=seen,
        ):
            plan = better
        yield plan
        if len(seen) - known < TRIES / 2 and _merit(instance, plan, price) >= before:
            pairs, calls = pairs * WIDER, calls * WIDER


def worthwhile(instance: Instance, relaxation: Relaxation, plan: np.ndarray) -> np.ndarray:
    """Return the (n, k) pairs worth a look: forcing one costs at most a share of the gap."""
    gap = max(0.0, instances.price(instance, plan) - relaxation.bound)
    room = neighbourhoods.WORTH * max(gap, 0.01 * abs(relaxation.bound))
    return relaxation.reduced <= room
