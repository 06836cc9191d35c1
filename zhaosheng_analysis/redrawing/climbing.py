"""From plan to better plan by neighbourhoods drawn anew, in counted cycles, wider and wider."""

from collections.abc import Generator

import numpy as np

from zhaosheng_analysis import lottery
from zhaosheng_analysis.redrawing import instances, neighbourhoods
from zhaosheng_analysis.redrawing.clocks import Clock
from zhaosheng_analysis.redrawing.cutting import Effort
from zhaosheng_analysis.redrawing.instances import Instance
from zhaosheng_analysis.redrawing.relaxation import Relaxation

#: Neighbourhoods a cycle, cycles that decide whether to widen, and by how much.
TRIES, CYCLES, WIDER = 6, 2, 1.3


def cycles(
    instance: Instance,
    relaxation: Relaxation,
    plan: np.ndarray,
    *,
    seed: str,
    stream: str,
    price: float,
    clock: Clock,
) -> Generator[np.ndarray, np.ndarray | None]:
    """Yield the plan after every cycle, without end; a plan that is sent in and is better is taken instead.

    Parameters
    ----------
    relaxation : of the instance.
    plan : contiguous.
    seed, stream : decide which neighbourhoods are drawn.
    price : of a child beyond a capacity.
    """
    chance = lottery.generator(seed, f"redraw {stream}")
    pairs, calls, seen, idle = float(neighbourhoods.PAIRS), float(Effort().calls), set(), 0
    while True:
        before = neighbourhoods.merit(instance, plan, price)
        for better in neighbourhoods.improvements(
            instance,
            plan,
            relaxation,
            chance=chance,
            price=price,
            tries=TRIES,
            effort=Effort(calls=int(calls)),
            pairs=int(pairs),
            worth=worthwhile(instance, relaxation, plan),
            seen=seen,
            clock=clock,
        ):
            plan = better
        idle = 0 if neighbourhoods.merit(instance, plan, price) < before else idle + 1
        if idle == CYCLES:
            pairs, calls, idle = pairs * WIDER, calls * WIDER, 0
        sent = yield plan
        if sent is not None and neighbourhoods.merit(instance, sent, price) < neighbourhoods.merit(
            instance, plan, price
        ):
            plan = sent


def worthwhile(instance: Instance, relaxation: Relaxation, plan: np.ndarray) -> np.ndarray:
    """Return the (n, k) pairs worth a look: forcing one costs at most a share of the gap."""
    gap = max(0.0, instances.price(instance, plan) - relaxation.bound)
    room = neighbourhoods.WORTH * max(gap, 0.01 * abs(relaxation.bound))
    return relaxation.reduced <= room
