"""Solve an instance at any time: a first assignment soon, then better ones, a bound beside them from the beginning.

Strands take turns: some walk anew from the same starts, one puts the good assignments together, and one raises the
bound. Every step of a strand is counted in moves, nodes and turns, never in seconds, and steps of one round know
nothing of each other. With ``iterations`` the result is therefore the same on one thread and on many, on a slow machine
and on a fast one; with ``seconds`` alone it depends on how many rounds there is time for.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from zhaosheng_analysis.redraw.solver import (
    annealing,
    bounding,
    contiguity,
    instances,
    recombination,
    relaxation,
    rounding,
)
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.redraw.solver.lagrange import Multipliers
from zhaosheng_analysis.redraw.solver.relaxation import Relaxation

#: Relative gap below which an assignment counts as the best there is.
CLOSED = 1e-6
#: Moves of the first walk (each after it makes twice as many until one fits), walks at most; moves of later walks: so
#: many a unit, and at most.
FIRST, OPENING, EACH, MOVES = 60_000, 8, 1_500, 4_000_000
#: Moves a second that can be counted on when time runs out.
PACE = 1_000_000
#: First temperature of the walks in turn, as a share of `annealing.heat_of`, and how far it falls.
HEATS, COOLING = (0.1, 0.3, 1.0), 10.0
#: A child beyond a capacity weighs this many times the dearest seat, so that no search leaves an assignment too full.
HARD = 50.0
#: Strands that walk; rounds after which a step of the bound is waited for.
WALKERS, LAG = 4, 2


@dataclass(frozen=True)
class Progress:
    """Where a search stands after some seconds.

    Attributes
    ----------
    seconds : float
        Seconds since its start.
    cost : float
        Cost of the best assignment, inf without one.
    bound : float
        No assignment costs less.
    gap : float
        How far the cost is from the bound, as a share.
    what : str
        What was done last.
    """

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
    assignment : ndarray, shape (n,) or None
        School of each unit, contiguous and inside the capacities; None where none was found.
    cost : float
        Of the assignment, inf without one.
    bound : float
        No such assignment costs less; inf where there is none at all.
    gap : float
        Share of the cost that the bound leaves open, from 0; inf without an assignment.
    history : tuple of Progress
        One entry each time something was found out.
    """

    assignment: np.ndarray | None
    cost: float
    bound: float
    gap: float
    history: tuple[Progress, ...]


@dataclass(frozen=True)
class State:
    """What is known between two rounds.

    Attributes
    ----------
    elite : tuple of tuple of (float, ndarray)
        Contiguous assignments with their cost, children beyond the capacities at a price; best first.
    assignment : ndarray or None
        The best assignment if it is inside the capacities; None and inf without one.
    cost : float
        The best assignment if it is inside the capacities; None and inf without one.
    prices : Multipliers
        What proves the bound.
    """

    elite: tuple[tuple[float, np.ndarray], ...]
    assignment: np.ndarray | None
    cost: float
    prices: Multipliers


@dataclass(frozen=True)
class Finding:
    """What one step of a strand has found: contiguous assignments, prices; what it was."""

    what: str
    assignments: tuple[np.ndarray, ...] = ()
    prices: Multipliers | None = None


def solve(
    instance: Instance,
    *,
    seed: str,
    seconds: float,
    start: np.ndarray | None = None,
    others: Sequence[np.ndarray] = (),
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    iterations: int | None = None,
) -> Solved:
    """Search the cheapest assignment and a bound until the time or the work is used up, or the bound is reached.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    seed : str
        Decides everything that chance decides.
    seconds : float
        Wall time; with `iterations` a time that is not reached leaves the result the same on every machine.
    start : ndarray, optional
        A contiguous assignment to begin from as well, such as today's.
    others : sequence of ndarray, optional
        Further assignments to begin from, such as those found with another aim; what is found costs no more than any
        that is contiguous and inside the capacities.
    workers : int, default 1
        Threads; the result of a search limited by `iterations` does not depend on them.
    progress : callable, optional
        Told each time something was found out.
    stop : callable, optional
        Asked between two steps; the best so far is returned once it says so. An interrupt from the keyboard does the
        same.
    iterations : int, optional
        Rounds of work after which the search ends; a round is about two seconds of one core.

    Returns
    -------
    Solved
        The best assignment, its bound, and how they came about.
    """
    annealing.ready()
    began = time.perf_counter()
    clock = Clock(began + seconds, stop)
    history: list[Progress] = []
    state = None
    try:
        for what, state in _states(instance, seed, start, others, workers, iterations, clock):
            bound = min(state.prices.bound, state.cost)
            now = Progress(time.perf_counter() - began, state.cost, bound, gap(state.cost, bound), what)
            if not history or (now.cost, now.bound) != (history[-1].cost, history[-1].bound):
                history.append(now)
                if progress is not None:
                    progress(now)
            if now.gap < CLOSED or bound == np.inf:
                break
    except KeyboardInterrupt:
        clock.halt.set()
    if state is None:
        return Solved(None, np.inf, -np.inf, np.inf, ())
    last = history[-1]
    return Solved(state.assignment, last.cost, last.bound, last.gap, tuple(history))


def gap(cost: float, bound: float) -> float:
    """Return the share of a cost that a bound leaves open, inf without an assignment."""
    return max(0.0, cost - bound) / max(abs(cost), 1e-9) if np.isfinite(cost) else np.inf


def _states(
    instance: Instance,
    seed: str,
    start: np.ndarray | None,
    others: Sequence[np.ndarray],
    workers: int,
    iterations: int | None,
    clock: Clock,
) -> Iterator[tuple[str, State]]:
    """Yield what is known after every step of the opening and after every round."""
    instance = replace(instance, cost=np.where(contiguity.reachable(instance), instance.cost, np.inf))
    relaxed = relaxation.relax(instance)
    grown = rounding.grow(instance, relaxed.share)
    prices = Multipliers(relaxed.bound, relaxed.unit_dual, np.zeros(instance.schools_n), 1.0)
    state = State((), None, np.inf, prices)
    if not relaxed.feasible or (grown < 0).any():
        yield "relaxation", replace(state, prices=replace(prices, bound=np.inf))
        return
    yield "relaxation", state
    search = _Search(instance, relaxed, seed, HARD * annealing.seat_price(instance, relaxed), clock)
    given = {assignment.tobytes(): assignment for assignment in ([] if start is None else [start]) + [*others]}.values()
    starts = [
        grown,
        *(
            assignment
            for assignment in given
            if (assignment >= 0).all() and not len(contiguity.loose(instance, assignment))
        ),
    ]
    for finding in _opening(search, starts):
        state = _taken(search, state, finding)
        yield finding.what, state
    yield from _rounds(search, state, starts, workers, iterations)


@dataclass(frozen=True)
class _Search:
    """What all strands share; `price` is that of a child beyond a capacity."""

    instance: Instance
    relaxed: Relaxation
    seed: str
    price: float
    clock: Clock


def _opening(search: _Search, starts: list[np.ndarray]) -> Iterator[Finding]:
    """Yield the assignments to start from, then longer and longer walks until one of them fits."""
    yield Finding("start", tuple(starts))
    start = starts[0]
    most = max(FIRST, 3 * EACH * search.instance.units_n)
    for number in range(OPENING):
        if search.clock.late():
            return
        walked = _walk(search, start, f"opening-{number}", min(FIRST << number, most), HEATS[0])
        yield walked
        start = walked.assignments[0]
        if any(instances.overflow(search.instance, assignment) <= instances.SLACK for assignment in walked.assignments):
            return


def _walk(search: _Search, start: np.ndarray, stream: str, moves: int, heat: float) -> Finding:
    """Walk from a contiguous assignment; the last walk ends in time."""
    if search.clock.left() < moves / PACE:
        moves = int(max(1.0, PACE * search.clock.left()))
    hot = heat * annealing.heat_of(search.instance)
    walked = annealing.walk(
        search.instance,
        start,
        seed=search.seed,
        stream=stream,
        moves=moves,
        price=annealing.seat_price(search.instance, search.relaxed),
        hot=hot,
        cold=hot / COOLING,
    )
    return Finding("walk", (walked.last if walked.best is None else walked.best,))


def _taken(search: _Search, state: State, finding: Finding) -> State:
    """Return the state with a finding in it."""
    instance, elite = search.instance, {assignment.tobytes(): cost for cost, assignment in state.elite}
    for assignment in finding.assignments:
        cost = instances.merit(instance, assignment, search.price)
        if np.isfinite(cost) and not len(contiguity.loose(instance, assignment)):
            elite[assignment.astype(np.int64).tobytes()] = cost
    ranked = sorted((cost, name) for name, cost in elite.items())[: recombination.ELITE]
    assignments = tuple((cost, np.frombuffer(name, np.int64)) for cost, name in ranked)
    prices = state.prices
    if finding.prices is not None and finding.prices.bound > prices.bound:
        prices = finding.prices
    if assignments and instances.overflow(instance, assignments[0][1]) <= instances.SLACK:
        return State(assignments, assignments[0][1], instances.price(instance, assignments[0][1]), prices)
    return State(assignments, None, np.inf, prices)


def _rounds(
    search: _Search, state: State, starts: list[np.ndarray], workers: int, iterations: int | None
) -> Iterator[tuple[str, State]]:
    """Yield the state after every step of every round; the bound has some rounds for each of its steps."""
    strands = [_walker(search, starts, number) for number in range(WALKERS)]
    strands.append(_merger(search))
    prover, proof, since = _prover(search), None, 0
    for strand in (*strands, prover):
        next(strand)
    with ThreadPoolExecutor(workers) as pool:
        for turn in count(1) if iterations is None else range(1, iterations + 1):
            if proof is None:
                proof, since = pool.submit(prover.send, state), turn
            steps = [pool.submit(strand.send, state) for strand in strands]
            if turn in (since + LAG, iterations) or search.clock.late():
                steps, proof = [*steps, proof], None
            for finding in _waited(steps, search.clock):
                state = _taken(search, state, finding)
                yield finding.what, state
            if search.clock.late() and proof is None:
                return


def _waited(steps: list[Future], clock: Clock) -> list[Finding]:
    """Return what the steps have found; an interrupt ends them early."""
    try:
        return [step.result() for step in steps]
    except KeyboardInterrupt:
        clock.halt.set()
        raise


Strand = Generator[Finding, State]


def _walker(search: _Search, starts: list[np.ndarray], number: int) -> Strand:
    """Walk anew from the starts in turn: walks that know nothing of each other are wrong in different places."""
    moves, state = min(MOVES, EACH * search.instance.units_n), (yield Finding("walk"))
    for turn in count():
        start = starts[(turn + number) % len(starts)] if state.assignment is not None else state.elite[0][1]
        state = yield _walk(search, start, f"walk-{number}-{turn}", moves, HEATS[turn % len(HEATS)])


def _merger(search: _Search) -> Strand:
    """Put the good assignments together."""
    merges = recombination.merges(
        search.instance, seed=search.seed, stream="merge", price=search.price, clock=search.clock
    )
    next(merges)
    state = yield Finding("merge")
    while True:
        merged = merges.send([assignment for _, assignment in state.elite])
        state = yield Finding("merge", () if merged is None else (merged,))


def _prover(search: _Search) -> Strand:
    """Raise the bound as long as there is a way."""
    proofs, state = bounding.rises(search.instance, search.clock), (yield Finding("bound"))
    prices, _ = next(proofs)
    state = yield Finding("bound", prices=prices)
    while True:
        try:
            incumbents = state.elite if state.assignment is not None else ()
            prices, assignment = proofs.send(incumbents)
        except StopIteration:
            break
        state = yield Finding("bound", () if assignment is None else (assignment,), prices)
    while True:
        yield Finding("bound")
