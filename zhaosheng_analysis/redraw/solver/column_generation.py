"""Whole zones as columns, priced until the bound is that of whole zones."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from zhaosheng_analysis.redraw.solver import (
    deadlines,
    highs,
    instances,
    lagrange,
    pricing,
)
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.formulation import Cut
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.redraw.solver.lagrange import Multipliers

#: Nodes of one search for a zone, times the units, and of the longer one after it in the first.
NODES, LONGER = 1_500_000, 20
#: Nodes that one program counts for.
PROGRAM = 150_000
#: Share of all prices below which what a search leaves open is let be.
LOOSE = 2e-6
#: Boxes without a better bound after which every search is brought to its end, and pairs up to which that is tried.
DEEP, PAIRS = 4, 15_000
#: Zones kept of one search, the last to improve.
LAST = 6
#: First half-width of the box around the prices, in mean costs of a unit; how it shrinks, grows, and its least width.
BOX, SHRINK, GROW, LEAST = 0.1, 0.8, 2.0, 0.002
#: Share of what the program promised by which the bound must rise for the box to grow, as in a trust region.
TRUST = 0.5


@dataclass(frozen=True)
class Zones:
    """Contiguous zones within the capacities: (m, n) units inside, (m,) school and cost of each."""

    inside: np.ndarray
    school: np.ndarray
    cost: np.ndarray


def none(instance: Instance) -> Zones:
    """Return no zones."""
    return priced(instance, np.zeros((0, instance.units_n), bool), np.zeros(0, np.int64))


def of_assignment(instance: Instance, assignment: np.ndarray) -> Zones:
    """Return the zones of an assignment."""
    school = np.arange(instance.schools_n)
    return priced(instance, assignment == school[:, None], school)


def priced(instance: Instance, inside: np.ndarray, school: np.ndarray) -> Zones:
    """Return zones with their cost: units, prices of loads, and half of their border."""
    units = (inside * np.where(instance.allowed, instance.cost, 0.0).T[school]).sum(axis=1)
    load = inside @ instance.pupils
    beyond = instance.hinge_sign[:, None, None] * (load - instance.hinge_at[:, school])
    loads = (np.maximum(0.0, beyond) * instance.hinge_price[:, school]).sum(axis=(0, 2))
    cut = inside[:, instance.edges[:, 0]] != inside[:, instance.edges[:, 1]]
    return Zones(inside, school, units + loads + cut @ instance.border / 2)


def together(parts: list[Zones]) -> Zones:
    """Return the zones of all parts, one after the other."""
    return Zones(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("inside", "school", "cost")))


@dataclass(frozen=True)
class Offer:
    """What all schools would choose at some prices: a bound, what each gains, their zones, and the work it took."""

    bound: float
    school: np.ndarray
    zones: Zones
    work: int


def offers(
    instance: Instance,
    unit: np.ndarray,
    year_price: np.ndarray,
    *,
    cuts: dict[int, list[Cut]] | None = None,
    clock: Clock = deadlines.ENDLESS,
) -> Offer:
    """Search the best contiguous zone of every school at given prices of the units.

    Parameters
    ----------
    instance : Instance
        Without prices of loads and borders.
    unit : ndarray of float, shape (n,)
        Price of each unit.
    year_price : ndarray of float, shape (k, t)
        Weight of each year at each school.
    cuts : dict of int to list of Cut, optional
        Where given, schools whose search was not ended get a program; the cuts found are added.
    clock : Clock, default deadlines.ENDLESS
        Once it is late nothing is proved.

    Returns
    -------
    Offer
        Zones found, and a bound on all zones.
    """
    weight, room = lagrange.seats(instance, year_price)
    steps, whole = lagrange.whole_seats(weight, room)
    priced_zones, schools, least, work = [], [], np.zeros(instance.schools_n), 0
    for j in range(instance.schools_n):
        if clock.late():
            return Offer(-np.inf, least, none(instance), work)
        seats = Seats(weight[j], room[j] + instances.SLACK, steps[j], whole[j] - steps[j, instance.root[j]])
        zones, worth, most, may, must, nodes = _searched(instance, j, unit, seats)
        work += nodes
        if cuts is not None and most > worth + LOOSE * abs(unit.sum()):
            zone, better, cuts[j] = pricing.search(instance, j, unit, cuts.get(j, []), may=may, must=must, clock=clock)
            most, work = min(most, max(worth, better)), work + PROGRAM
            zones = np.concatenate([zones, zone[None][zone.any(keepdims=True)]])
        least[j] = -most
        priced_zones.append(zones)
        schools += [j] * len(zones)
    zones = priced(instance, np.concatenate(priced_zones), np.array(schools))
    fits = (zones.inside @ instance.pupils <= instance.capacity[zones.school] + instances.SLACK).all(axis=1)
    return Offer(
        float(unit.sum() + least.sum()), least, Zones(zones.inside[fits], zones.school[fits], zones.cost[fits]), work
    )


@dataclass(frozen=True)
class Seats:
    """Seats of one school: (n,) what each unit takes and how many there are; the same in whole steps, the root's gone.

    See `lagrange.seats` and `lagrange.whole_seats`.
    """

    weight: np.ndarray
    room: float
    steps: np.ndarray
    whole: int


def _searched(
    instance: Instance, school: int, unit: np.ndarray, seats: Seats
) -> tuple[np.ndarray, float, float, np.ndarray, np.ndarray, int]:
    """Search one school's best zone; what cannot be in a better one is left out of a second, longer search.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    school : int
        Number of the school.
    unit : ndarray of float, shape (n,)
        Price of each unit.
    seats : Seats
        Seats of the school.

    Returns
    -------
    tuple of (ndarray, float, float, ndarray, ndarray, int)
        Zones found, worth of the best, a bound on all, the units that may and must be in a better one, and nodes used.
    """
    from zhaosheng_analysis.redraw.solver import lagrange_loops, pricing_loops

    start, others, _ = instance.around
    n, root = instance.units_n, instance.root[school]
    profit, must = unit - instance.cost[:, school], np.arange(n) == root
    inside, worths = np.zeros((LAST, n), bool), np.zeros(LAST)

    def search(profit: np.ndarray, must: np.ndarray, floor: float, nodes: int) -> tuple[np.ndarray, float, float, int]:
        worth, many, most, used = pricing_loops.best_zone(
            root, profit, seats.weight, seats.room, start, others, must, floor, nodes, inside, worths
        )
        return inside[: min(many, LAST)].copy(), worth, most, used

    zones, worth, most, nodes = search(profit, must, -np.inf, NODES // n)
    if most <= worth:
        return zones, worth, most, must, must, nodes
    within, without = np.empty(n), np.empty(n)
    lagrange_loops.forced(profit, seats.steps, seats.whole, root, within, without)
    may, must = within > worth, without <= worth
    more, worth, most, again = search(np.where(may, profit, -np.inf), must, worth, LONGER * NODES // n)
    most = min(most, max(worth, within[root]))
    return np.concatenate([zones, more]), worth, most, may, must, nodes + again


def rising(
    instance: Instance, prices: Multipliers, year_price: np.ndarray, zones: Zones, clock: Clock = deadlines.ENDLESS
) -> Iterator[tuple[Multipliers, int]]:
    """Yield ever better prices, and the work each took, until no zone is missing (box steps, Marsten 1975).

    Parameters
    ----------
    instance : Instance
        Without prices of loads and borders.
    prices : Multipliers
        To begin from.
    year_price : ndarray of float, shape (k, t)
        Weight of each year at each school.
    zones : Zones
        To begin with, at their cost in this instance.
    clock : Clock, default deadlines.ENDLESS
        How long it may take.

    Yields
    ------
    tuple of (Multipliers, int)
        Better prices, and the work they took.
    """
    n = instance.units_n
    mean = abs(prices.bound) / n
    centre, width, best, offer = prices.unit, BOX * mean, prices, offers(instance, prices.unit, year_price, clock=clock)
    # A school has exactly one zone: the unit that holds it must be covered, whatever that costs.
    free = np.tile(np.where(np.isin(np.arange(n), instance.root), 0.0, np.inf), 2)
    eye = csr_array(np.hstack([np.eye(n), -np.eye(n)]))
    sides = np.concatenate([centre + width, width - centre])
    program = highs.Program(sides, np.zeros(2 * n), free, eye, np.ones(n), np.ones(n), np.zeros(2 * n, bool))
    solver, seen = highs.load(program), set()
    _add(solver, zones, seen)
    _add(solver, offer.zones, seen)
    best, idle, cuts = _better(best, offer, centre), 0, None
    while True:
        yield best, offer.work
        answer = highs.run(solver)
        unit = answer.row_dual
        offer = offers(instance, unit, year_price, cuts=cuts, clock=clock)
        new = _add(solver, _useful(offer.zones, unit, mean), seen)
        rose, hoped = offer.bound > best.bound, answer.value - best.bound
        good = offer.bound - best.bound > TRUST * hoped
        idle, best = 0 if rose else idle + 1, _better(best, offer, unit)
        closed = new == 0 and answer.x[: 2 * n].sum() < 1e-7
        deeper = cuts is None and (closed or idle > DEEP)
        most = (closed and cuts is not None) or (deeper and instance.allowed.sum() > PAIRS)
        if answer.status != "optimal" or most:
            yield best, offer.work
            return
        cuts = {} if deeper else cuts
        if rose or new == 0:
            centre = unit
        width = width * GROW if new == 0 or good else width if rose else max(width * SHRINK, LEAST * mean)
        sides = np.concatenate([centre + width, width - centre])
        solver.changeColsCost(2 * n, np.arange(2 * n, dtype=np.int32), sides)


def _better(best: Multipliers, offer: Offer, unit: np.ndarray) -> Multipliers:
    """Return the prices that prove more."""
    return Multipliers(offer.bound, unit, offer.school, best.step) if offer.bound > best.bound else best


def _useful(zones: Zones, unit: np.ndarray, mean: float) -> Zones:
    """Return the zones that cost less than the prices of their units."""
    less = zones.cost - zones.inside @ unit < -1e-7 * mean
    return Zones(zones.inside[less], zones.school[less], zones.cost[less])


def _add(solver, zones: Zones, seen: set) -> int:
    """Add zones that are not there yet as columns; return how many."""
    names = [(int(j), row.tobytes()) for j, row in zip(zones.school, zones.inside, strict=True)]
    new = [at for at, name in enumerate(names) if name not in seen and not seen.add(name)]
    if new:
        highs.add_columns(solver, zones.cost[new], csr_array(zones.inside[new].astype(float)))
    return len(new)
