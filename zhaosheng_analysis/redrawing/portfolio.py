"""Solve an instance at any time: a first plan soon, then better ones, with a bound beside them from the beginning."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.redrawing import climbing, contiguity, instances, relaxation
from zhaosheng_analysis.redrawing.instances import Instance

#: Relative gap below which a plan counts as the best there is.
CLOSED = 1e-6


@dataclass(frozen=True)
class Progress:
    """Where a search stands after some seconds: cost of the best plan (inf without one), bound, gap, what was done."""

    seconds: float
    cost: float
    bound: float
    gap: float
    what: str


@dataclass(frozen=True)
class Solved:
    """Outcome of a search.

    Attributes
    ----------
    plan : (n,) school of each unit, contiguous and inside the capacities; None where none was found.
    cost : of the plan, inf without one.
    bound : no such plan costs less; inf where there is none at all.
    gap : share of the cost that the bound leaves open, from 0; inf without a plan.
    history : one entry each time something was found out.
    """

    plan: np.ndarray | None
    cost: float
    bound: float
    gap: float
    history: tuple[Progress, ...]


def solve(
    instance: Instance,
    *,
    seed: str,
    seconds: float,
    start: np.ndarray | None = None,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    moves: int | None = None,
) -> Solved:
    """Search the cheapest plan and a bound until the time or the work is used up, or the bound is reached.

    Parameters
    ----------
    seed : decides everything that chance decides.
    seconds : wall time; with `moves` a time that is not reached leaves the result the same on every machine.
    start : a contiguous plan to begin from as well, such as today's.
    workers : threads; the result of a search limited by `moves` does not depend on them.
    progress : told each time something was found out.
    stop : asked between two steps; the best so far is returned once it says so.
    moves : rounds of work after which the search ends.
    """
    began, history, plan, cost = time.perf_counter(), [], None, np.inf
    relaxed = relaxation.relax(instance, rounds=relaxation.ROUNDS)
    if not relaxed.feasible:
        return Solved(None, np.inf, np.inf, np.inf, ())

    def note(what: str) -> None:
        history.append(Progress(time.perf_counter() - began, cost, relaxed.bound, gap(cost, relaxed.bound), what))
        if progress is not None:
            progress(history[-1])

    note("relaxation")
    for turn, found in enumerate(climbing.climb(instance, relaxed, seed=seed, start=start)):
        fits = instances.overflow(instance, found) <= instances.SLACK and not contiguity.loose(instance, found).any()
        price = instances.price(instance, found)
        if fits and price < cost:
            plan, cost = found.copy(), price
            note("plan")
        late = time.perf_counter() - began > seconds or (moves is not None and turn + 1 >= moves)
        if late or gap(cost, relaxed.bound) < CLOSED or (stop is not None and stop()):
            break
    return Solved(plan, cost, relaxed.bound, gap(cost, relaxed.bound), tuple(history))


def gap(cost: float, bound: float) -> float:
    """Return the share of a cost that a bound leaves open, inf without a plan."""
    return max(0.0, cost - bound) / max(abs(cost), 1e-9) if np.isfinite(cost) else np.inf
