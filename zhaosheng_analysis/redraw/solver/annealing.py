"""Annealing from a contiguous assignment: fast, compiled, seeded."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from zhaosheng_analysis import lottery
from zhaosheng_analysis.redraw.solver import instances
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.redraw.solver.relaxation import Relaxation

#: First temperature, in what a unit loses with its second-best school, for zones of one unit.
HOT = 15.0
#: Price of a child beyond a capacity, in the dearest seat of the relaxation.
PENALTY = 4.0


def seed_of(seed: str, stream: str) -> np.ndarray:
    """Return the (1,) random state of one named walk: the first ticket of the seed."""
    return lottery.tickets([stream], seed=seed, stream="redraw").copy()


def ground_of(instance: Instance):
    """Return the arrays the compiled loops read."""
    from zhaosheng_analysis.redraw.solver import annealing_loops

    start, others, border = instance.around
    return annealing_loops.Ground(
        instance.cost,
        instance.pupils,
        instance.capacity,
        instance.root,
        instance.fixed,
        start,
        others,
        border,
        instance.hinge_at,
        instance.hinge_price,
        instance.hinge_sign,
        instance.flock,
        instance.members,
        np.bincount(instance.flock + 1, instance.members, minlength=int(instance.flock.max(initial=-1)) + 2)[1:],
        instance.apart,
    )


def walk_from(instance: Instance, assignment: np.ndarray, state: np.ndarray, penalty: float):
    """Return the tallies of a walk that starts at an assignment."""
    from zhaosheng_analysis.redraw.solver import annealing_loops

    n, k = instance.cost.shape
    order = np.argsort(assignment, kind="stable")
    size = np.bincount(assignment, minlength=k)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    members = np.zeros((k, n), np.int64)
    members[assignment, place] = np.arange(n)
    return annealing_loops.Walk(
        assignment.astype(np.int64).copy(),
        np.zeros(instance.capacity.shape),
        np.zeros(k),
        members,
        place,
        size.astype(np.int64),
        np.zeros(n + 1, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n + 1, np.int64),
        state,
        np.full(k, penalty),
        np.zeros(1),
        np.zeros((int(instance.flock.max(initial=-1)) + 1, k)),
    )


def heat_of(instance: Instance) -> float:
    """Return a temperature to begin with: what units lose with their second-best school, less where zones are large."""
    free = np.flatnonzero((instance.fixed < 0) & (instance.allowed.sum(axis=1) > 1))
    if not len(free):
        return 1.0
    best = np.partition(instance.cost[free], 1, axis=1)
    return max(1e-9, HOT * instance.schools_n / instance.units_n * float((best[:, 1] - best[:, 0]).mean()))


def seat_price(instance: Instance, relaxation: Relaxation) -> float:
    """Return a price of a child beyond a capacity that is worth a little more than any seat in the relaxation."""
    child = np.where(instance.allowed, instance.cost, 0).sum() / max(1.0, instance.allowed.sum())
    return PENALTY * max(
        float(relaxation.year_price.max(initial=0)), child / max(1e-9, float(instance.pupils.mean())) / 10, 1e-6
    )


@dataclass(frozen=True)
class Walked:
    """Outcome of a walk: the best assignment met inside the capacities (or None), and where it ended."""

    best: np.ndarray | None
    last: np.ndarray


@cache
def ready() -> None:
    """Compile the loops, which takes some seconds the first time and is no part of a search."""
    town = instances.instance(np.zeros((2, 2)), np.ones(2), np.full(2, 2.0), np.arange(2), np.array([[0, 1]]))
    walk(town, np.arange(2), seed="", stream="", moves=1, price=1.0, hot=1.0, cold=0.1)


def walk(
    instance: Instance,
    assignment: np.ndarray,
    *,
    seed: str,
    stream: str,
    moves: int,
    price: float,
    hot: float,
    cold: float,
) -> Walked:
    """Walk from a contiguous assignment; the same seed and stream give the same walk.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    assignment : ndarray of int
        School of each unit.
    seed : str
        Decides what chance decides.
    stream : str
        Which of the walks.
    moves : int
        Proposals; about three million a second.
    price : float
        Of a child beyond a capacity, to begin with.
    hot : float
        First and last temperature.
    cold : float
        First and last temperature.

    Returns
    -------
    Walked
        The best assignment of the walk.
    """
    from zhaosheng_analysis.redraw.solver import annealing_loops

    ground = ground_of(instance)
    state = walk_from(instance, assignment, seed_of(seed, stream), price)
    best, cost = annealing_loops.anneal(ground, state, moves, hot, cold)
    return Walked(best if np.isfinite(cost) else None, state.assignment)
