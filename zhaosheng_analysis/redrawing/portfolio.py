"""Solve an instance at any time: a first plan soon, then better ones, with a bound beside them from the beginning.

Three strands take turns: a search for better plans, a second one that wanders or puts zones seen together anew, and the
bound. Every step of a strand is counted in moves, nodes and turns, never in seconds, and steps of one round know
nothing of each other. With ``moves`` the result is therefore the same on one thread and on many, on a slow machine and
on a fast one; with ``seconds`` alone it depends on how many rounds there is time for.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis.redrawing import (
    bounding,
    climbing,
    columns,
    contiguity,
    instances,
    localsearch,
    neighbourhoods,
    relaxation,
    rounding,
)
from zhaosheng_analysis.redrawing.clocks import Clock
from zhaosheng_analysis.redrawing.columns import Zones
from zhaosheng_analysis.redrawing.cutting import Effort
from zhaosheng_analysis.redrawing.instances import Instance
from zhaosheng_analysis.redrawing.multipliers import Multipliers
from zhaosheng_analysis.redrawing.relaxation import Relaxation

#: Relative gap below which a plan counts as the best there is.
CLOSED = 1e-6
#: Moves of the first walk (each after it makes twice as many until one fits), walks at most; moves of later walks: so
#: many a unit, and at most.
FIRST, OPENING, EACH, MOVES = 60_000, 8, 5_000, 4_000_000
#: Moves a second that can be counted on when time runs out.
PACE = 1_000_000
#: First temperature of the walks in turn, as a share of `localsearch.heat_of`, and how far it falls.
HEATS, COOLING = (0.1, 0.05, 0.2), 10.0
#: Units a school below which zones are small: many walks whose zones are put together anew do best there.
SMALL = 12
#: A child beyond a capacity weighs this many times the dearest seat, so that no search leaves a plan too full.
HARD = 50.0
#: Steps the second search goes on from where a walk has ended.
PATIENCE = 12
#: Zones a walk keeps, and looks and nodes of putting zones together.
POOL, MIXING = 1 << 15, Effort(calls=60, nodes=1000)


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


@dataclass(frozen=True)
class Standing:
    """What is known between two rounds.

    Attributes
    ----------
    plan, cost : the best plan inside the capacities and its cost; None and inf without one.
    start : a contiguous plan to walk from; the best one where there is one.
    prices : what proves the bound.
    zones : those worth keeping of all that were seen.
    fresh : whether zones came since they were last put together.
    """

    plan: np.ndarray | None
    cost: float
    start: np.ndarray
    prices: Multipliers
    zones: Zones
    fresh: bool = False


@dataclass(frozen=True)
class Finding:
    """What one step of a strand has found: contiguous plans, zones, prices; what it was."""

    what: str
    plans: tuple[np.ndarray, ...] = ()
    zones: Zones | None = None
    prices: Multipliers | None = None


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
    stop : asked between two steps; the best so far is returned once it says so. An interrupt from the keyboard does
        the same.
    moves : rounds of work after which the search ends; a round is about two seconds of one core.
    """
    began = time.perf_counter()
    clock = Clock(began + seconds, stop)
    history: list[Progress] = []
    standing = None
    try:
        for what, standing in _standings(instance, seed, start, workers, moves, clock):
            bound = min(standing.prices.bound, standing.cost)
            now = Progress(time.perf_counter() - began, standing.cost, bound, gap(standing.cost, bound), what)
            if not history or (now.cost, now.bound) != (history[-1].cost, history[-1].bound):
                history.append(now)
                if progress is not None:
                    progress(now)
            if now.gap < CLOSED or bound == np.inf or clock.late():
                break
    except KeyboardInterrupt:
        clock.halt.set()
    if standing is None:
        return Solved(None, np.inf, -np.inf, np.inf, ())
    last = history[-1]
    return Solved(standing.plan, last.cost, last.bound, last.gap, tuple(history))


def gap(cost: float, bound: float) -> float:
    """Return the share of a cost that a bound leaves open, inf without a plan."""
    return max(0.0, cost - bound) / max(abs(cost), 1e-9) if np.isfinite(cost) else np.inf


def _standings(
    instance: Instance, seed: str, start: np.ndarray | None, workers: int, moves: int | None, clock: Clock
) -> Iterator[tuple[str, Standing]]:
    """Yield what is known after every step of the opening and after every round."""
    instance = replace(instance, cost=np.where(contiguity.reachable(instance), instance.cost, np.inf))
    relaxed = relaxation.relax(instance)
    grown = rounding.grow(instance, relaxed.share)
    prices = Multipliers(relaxed.bound, relaxed.unit_dual, np.zeros(instance.schools_n), 1.0)
    nothing = columns.priced(instance, np.zeros((0, instance.units_n), bool), np.zeros(0, np.int64))
    standing = Standing(None, np.inf, grown, prices, nothing)
    if not relaxed.feasible or (grown < 0).any():
        yield "relaxation", replace(standing, prices=replace(prices, bound=np.inf))
        return
    yield "relaxation", standing
    price = HARD * localsearch.seat_price(instance, relaxed)
    for finding in _opening(instance, relaxed, seed, start, standing, clock):
        standing = _taken(instance, standing, finding, price)
        yield finding.what, standing
    yield from _rounds(instance, relaxed, seed, standing, price, workers, moves, clock)


def _opening(
    instance: Instance, relaxed: Relaxation, seed: str, start: np.ndarray | None, standing: Standing, clock: Clock
) -> Iterator[Finding]:
    """Yield the plan given and the rounded relaxation, then longer and longer walks until one of them fits."""
    if start is not None and not len(contiguity.loose(instance, start)):
        yield Finding("start", (start,))
    yield Finding("rounding", (standing.start,))
    most = max(FIRST, EACH * instance.units_n)
    for number in range(OPENING):
        if clock.late():
            return
        walked = _walk(
            instance, relaxed, standing, seed, f"opening-{number}", min(FIRST << number, most), HEATS[0], clock
        )
        yield walked
        if any(instances.overflow(instance, plan) <= instances.SLACK for plan in walked.plans):
            return


def _walk(
    instance: Instance,
    relaxed: Relaxation,
    standing: Standing,
    seed: str,
    stream: str,
    moves: int,
    heat: float,
    clock: Clock,
) -> Finding:
    """Walk from the standing's start; zones that may be in a better plan are kept; the last walk ends in time."""
    if clock.left() < moves / PACE:
        moves = int(max(1.0, PACE * clock.left()))
    hot = heat * localsearch.heat_of(instance)
    prices = standing.prices
    worth = localsearch.Prices(prices.unit, prices.school, _room(instance, prices, standing.cost))
    pool = localsearch.new_pool(instance, worth, zones=POOL)
    walked = localsearch.walk(
        instance,
        standing.start,
        pool,
        seed=seed,
        stream=stream,
        moves=moves,
        price=localsearch.seat_price(instance, relaxed),
        hot=hot,
        cold=hot / COOLING,
    )
    plan = walked.last if walked.best is None else walked.best
    return Finding("walk", (plan,), columns.of_pool(pool, instance.units_n))


def _room(instance: Instance, prices: Multipliers, cost: float) -> float:
    """Return how much a zone of a better plan may cost beyond the prices; not known where loads or borders cost too."""
    return cost - prices.bound if instance.simple else np.inf


def _taken(instance: Instance, standing: Standing, finding: Finding, price: float) -> Standing:
    """Return the standing with a finding in it."""
    plan, cost, start = standing.plan, standing.cost, standing.start
    for found in finding.plans:
        if len(contiguity.loose(instance, found)) or not np.isfinite(instances.price(instance, found)):
            continue
        if instances.overflow(instance, found) <= instances.SLACK and instances.price(instance, found) < cost:
            plan, cost, start = found.copy(), instances.price(instance, found), found.copy()
        merits = [neighbourhoods.merit(instance, candidate, price) for candidate in (found, start)]
        if plan is None and merits[0] < merits[1]:
            start = found.copy()
    prices, zones, fresh = standing.prices, standing.zones, standing.fresh
    if finding.prices is not None and finding.prices.bound > prices.bound:
        prices = finding.prices
    if finding.zones is not None and len(finding.zones.cost):
        zones = columns.joined([zones, finding.zones], prices, _room(instance, prices, cost))
        fresh = True
    return Standing(plan, cost, start, prices, zones, fresh)


def _rounds(
    instance: Instance,
    relaxed: Relaxation,
    seed: str,
    standing: Standing,
    price: float,
    workers: int,
    moves: int | None,
    clock: Clock,
) -> Iterator[tuple[str, Standing]]:
    """Yield the standing after every step of every round."""
    strands = [
        _climber(instance, relaxed, standing, seed, price, clock),
        _wanderer(instance, relaxed, seed, price, clock),
        _prover(instance, clock),
    ]
    for strand in strands:
        next(strand)
    turn = 0
    with ThreadPoolExecutor(workers) as pool:
        while not clock.late() and (moves is None or turn < moves):
            turn += 1
            steps = [pool.submit(strand.send, standing) for strand in strands]
            try:
                findings = [step.result() for step in steps]
            except KeyboardInterrupt:
                clock.halt.set()
                raise
            for finding in findings:
                standing = _taken(instance, standing, finding, price)
                if finding.what == "mixing":
                    standing = replace(standing, fresh=False)
                yield finding.what, standing


def _climber(instance: Instance, relaxed: Relaxation, standing: Standing, seed: str, price: float, clock: Clock):
    """Draw neighbourhoods of the best plan anew; where zones are small, walk from it more often."""
    small, moves = instance.units_n < SMALL * instance.schools_n, min(MOVES, EACH * instance.units_n)
    cycles = climbing.cycles(instance, relaxed, standing.start, seed=seed, stream="climb", price=price, clock=clock)
    next(cycles)
    turn, standing = 0, (yield Finding("climbing"))
    while True:
        turn += 1
        if small and turn % 2 == 1:
            heat = HEATS[turn % len(HEATS)]
            standing = yield _walk(instance, relaxed, standing, seed, f"climb-{turn}", moves, heat, clock)
        else:
            standing = yield Finding("neighbourhood", (cycles.send(standing.start),))


def _wanderer(instance: Instance, relaxed: Relaxation, seed: str, price: float, clock: Clock):
    """Walk away and climb from there, again and again; in between put the zones seen together anew."""
    small, moves = instance.units_n < SMALL * instance.schools_n, min(MOVES, EACH * instance.units_n)
    turn, standing = 0, (yield Finding("wandering"))
    while True:
        turn += 1
        walked = _walk(instance, relaxed, standing, seed, f"wander-{turn}", moves, HEATS[turn % len(HEATS)], clock)
        standing = yield walked
        if standing.plan is not None and standing.fresh and turn % 2 == 0:
            mixed = columns.recombine(instance, standing.zones, standing.plan, MIXING, clock=clock)
            standing = yield Finding("mixing", () if mixed is None else (mixed,))
        cycles = climbing.cycles(
            instance, relaxed, walked.plans[0], seed=seed, stream=f"wander-{turn}", price=price, clock=clock
        )
        for _ in range(0 if small else PATIENCE):
            standing = yield Finding("neighbourhood", (next(cycles),))


def _prover(instance: Instance, clock: Clock):
    """Raise the bound as long as there is a way."""
    proofs, standing = bounding.rises(instance, clock), (yield Finding("bound"))
    prices, *_ = next(proofs)
    standing = yield Finding("bound", prices=prices)
    while True:
        try:
            prices, plan, zones = proofs.send((standing.plan, standing.cost, standing.zones))
        except StopIteration:
            break
        standing = yield Finding("bound", () if plan is None else (plan,), zones, prices)
    while True:
        yield Finding("bound")
