"""The inner loops of the local search, compiled: a walk from assignment to assignment that never loosens a zone.

A move takes a unit at a border into the zone beside it, alone or while a unit of that zone goes on to a third zone or
back.
"""

from typing import NamedTuple

import numpy as np

from zhaosheng_analysis.compiled import compiled

_SLACK = 1e-6
_TURN = 500  # proposals between two looks at the penalties
_UP, _DOWN = 1.25, 1.01  # a school that is too full at one look in twenty-three keeps its price
_CARGO = 16  # most units that follow one that cuts them off


class Ground(NamedTuple):
    """What does not change: the arrays of `instances.Instance`."""

    cost: np.ndarray
    pupils: np.ndarray
    capacity: np.ndarray
    root: np.ndarray
    fixed: np.ndarray
    start: np.ndarray
    others: np.ndarray
    border: np.ndarray
    hinge_at: np.ndarray
    hinge_price: np.ndarray
    hinge_sign: np.ndarray
    flock: np.ndarray
    members: np.ndarray
    whole: np.ndarray
    apart: float


class Walk(NamedTuple):
    """Where the walk stands.

    Attributes
    ----------
    assignment : (n,) school of each unit.
    load, soft : (k, t) children and (k,) what they cost, penalty included.
    members, place, size : units of each zone, where each stands in that list, how many there are.
    mark, queue, cargo : scratch for walks through a zone, and the units that move together.
    state : random state.
    penalty : (k,) price of a child beyond a capacity of each school.
    over : (1,) children beyond capacities.
    together : (flocks, k) members of each flock with each school.
    """

    assignment: np.ndarray
    load: np.ndarray
    soft: np.ndarray
    members: np.ndarray
    place: np.ndarray
    size: np.ndarray
    mark: np.ndarray
    queue: np.ndarray
    cargo: np.ndarray
    state: np.ndarray
    penalty: np.ndarray
    over: np.ndarray
    together: np.ndarray


@compiled
def draw(state):
    """Return the next 64 random bits (SplitMix64, Steele et al. 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def chance(state):
    """Return a number from 0 to below 1."""
    return np.float64(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def below(state, n):
    """Return a whole number from 0 to n - 1."""
    return np.int64(((draw(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@compiled
def load_cost(ground, load, school, sign, pupils, penalty):
    """Return what a school's loads cost once `sign` times `pupils` have joined them."""
    total = 0.0
    for t in range(load.size):
        children = load[t] + sign * pupils[t]
        over = children - ground.capacity[school, t]
        if over > _SLACK:
            total += penalty * over
        for h in range(ground.hinge_sign.size):
            beyond = ground.hinge_sign[h] * (children - ground.hinge_at[h, school, t])
            if beyond > 0:
                total += ground.hinge_price[h, school, t] * beyond
    return total


@compiled
def excess(ground, load, school):
    """Return the children of one school beyond its capacities."""
    total = 0.0
    for t in range(load.size):
        if load[t] > ground.capacity[school, t] + _SLACK:
            total += load[t] - ground.capacity[school, t]
    return total


@compiled
def parting(ground, walk, unit, to):
    """Return how many more members of a unit's flock are apart when it goes to another school."""
    flock = ground.flock[unit]
    if flock < 0 or ground.whole[flock] <= 0:
        return 0.0
    whole, moving = ground.whole[flock], ground.members[unit]
    here, there = walk.together[flock, walk.assignment[unit]], walk.together[flock, to]
    # A flock's members x with a school are apart from whole - x: x (whole - x) / whole.
    return 2.0 * moving * (here - there - moving) / whole


@compiled
def change(ground, walk, unit, to):
    """Return what the cost of the assignment rises by when one unit goes to another school."""
    origin, pupils = walk.assignment[unit], ground.pupils[unit]
    total = ground.cost[unit, to] - ground.cost[unit, origin]
    total += load_cost(ground, walk.load[origin], origin, -1, pupils, walk.penalty[origin]) - walk.soft[origin]
    total += load_cost(ground, walk.load[to], to, 1, pupils, walk.penalty[to]) - walk.soft[to]
    for e in range(ground.start[unit], ground.start[unit + 1]):
        zone = walk.assignment[ground.others[e]]
        if zone == origin:
            total += ground.border[e]
        elif zone == to:
            total -= ground.border[e]
    if ground.apart > 0:
        total += ground.apart * parting(ground, walk, unit, to)
    return total


@compiled
def shift(ground, walk, unit, to):
    """Move one unit to another school and keep every tally true."""
    origin = walk.assignment[unit]
    for zone, sign in ((origin, -1), (to, 1)):
        walk.over[0] -= excess(ground, walk.load[zone], zone)
        for t in range(walk.load.shape[1]):
            walk.load[zone, t] += sign * ground.pupils[unit, t]
        walk.over[0] += excess(ground, walk.load[zone], zone)
        walk.soft[zone] = load_cost(ground, walk.load[zone], zone, 0, ground.pupils[unit], walk.penalty[zone])
    last = walk.members[origin, walk.size[origin] - 1]
    walk.members[origin, walk.place[unit]] = last
    walk.place[last] = walk.place[unit]
    walk.size[origin] -= 1
    walk.members[to, walk.size[to]] = unit
    walk.place[unit] = walk.size[to]
    walk.size[to] += 1
    walk.assignment[unit] = to
    if ground.flock[unit] >= 0:
        walk.together[ground.flock[unit], origin] -= ground.members[unit]
        walk.together[ground.flock[unit], to] += ground.members[unit]


@compiled
def holds(ground, walk, unit, zone):
    """Say whether the units of a zone around one unit are joined through the zone without that unit."""
    assignment, mark, queue = walk.assignment, walk.mark, walk.queue
    stamp = mark[-1] + 2
    mark[-1] = stamp
    want, head, tail = 0, 0, 1
    for e in range(ground.start[unit], ground.start[unit + 1]):
        v = ground.others[e]
        if assignment[v] == zone:
            want += 1
            mark[v] = stamp
            queue[0] = v
    if want <= 1:
        return want == 1
    met = 1
    mark[queue[0]] = stamp + 1
    mark[unit] = stamp + 1
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(ground.start[at], ground.start[at + 1]):
            v = ground.others[e]
            if assignment[v] != zone or mark[v] == stamp + 1:
                continue
            met += mark[v] == stamp
            if met == want:
                return True
            mark[v] = stamp + 1
            queue[tail] = v
            tail += 1
    return False


@compiled
def touches(ground, walk, unit, zone):
    """Say whether a unit is adjacent to a zone."""
    met = False
    for e in range(ground.start[unit], ground.start[unit + 1]):
        met |= walk.assignment[ground.others[e]] == zone
    return met


@compiled
def whole_cost(ground, walk):
    """Recompute loads, their cost and the excess of the whole assignment; return its cost with penalties."""
    total = 0.0
    walk.over[0] = 0.0
    walk.together[:] = 0.0
    for zone in range(walk.size.size):
        walk.load[zone] = 0.0
        for place in range(walk.size[zone]):
            unit = walk.members[zone, place]
            walk.load[zone] += ground.pupils[unit]
            total += ground.cost[unit, zone]
            if ground.flock[unit] >= 0:
                walk.together[ground.flock[unit], zone] += ground.members[unit]
            for e in range(ground.start[unit], ground.start[unit + 1]):
                if walk.assignment[ground.others[e]] != zone:
                    total += 0.5 * ground.border[e]
        walk.soft[zone] = load_cost(ground, walk.load[zone], zone, 0, ground.pupils[0], walk.penalty[zone])
        walk.over[0] += excess(ground, walk.load[zone], zone)
        total += walk.soft[zone]
    for flock in range(ground.whole.size):
        for zone in range(walk.size.size):
            here = walk.together[flock, zone]
            total += ground.apart * here * (ground.whole[flock] - here) / max(ground.whole[flock], 1e-9)
    return total


@compiled
def drive(ground, walk, unit, to):
    """Move a unit to a zone beside it, with the units it cuts off from their school.

    Returns
    -------
    What the cost rose by and how many units moved, 0 where they may not; they stand in `walk.cargo`.
    """
    origin, cargo = walk.assignment[unit], walk.cargo
    cargo[0], count = unit, 1
    if not holds(ground, walk, unit, origin):
        count = cut_off(ground, walk, unit, origin)
    for place in range(count):
        if ground.fixed[cargo[place]] >= 0 or not np.isfinite(ground.cost[cargo[place], to]):
            return 0.0, 0
    rise = 0.0
    for place in range(count):
        rise += change(ground, walk, cargo[place], to)
        shift(ground, walk, cargo[place], to)
    return rise, count


@compiled
def cut_off(ground, walk, unit, zone):
    """Write a unit and those of its zone that only it joins to the school into `walk.cargo`; 0 where too many."""
    assignment, mark, queue, cargo = walk.assignment, walk.mark, walk.queue, walk.cargo
    stamp = mark[-1] + 2
    mark[-1] = stamp
    mark[unit] = stamp
    head, tail = 0, 1
    queue[0] = ground.root[zone]
    mark[queue[0]] = stamp
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(ground.start[at], ground.start[at + 1]):
            v = ground.others[e]
            if assignment[v] == zone and mark[v] != stamp:
                mark[v] = stamp
                queue[tail] = v
                tail += 1
    if walk.size[zone] - tail > _CARGO:
        return 0
    cargo[0], count = unit, 1
    for place in range(walk.size[zone]):
        v = walk.members[zone, place]
        if mark[v] != stamp:
            cargo[count] = v
            count += 1
    return count


@compiled
def step(ground, walk, heat):
    """Propose one move and make it if it is taken; return what the cost rose by and whether anything moved."""
    state, assignment = walk.state, walk.assignment
    unit = below(state, assignment.size)
    degree = ground.start[unit + 1] - ground.start[unit]
    if ground.fixed[unit] >= 0 or degree == 0:
        return 0.0, False
    origin, to = assignment[unit], assignment[ground.others[ground.start[unit] + below(state, degree)]]
    if to == origin or not np.isfinite(ground.cost[unit, to]):
        return 0.0, False
    # The rise that is just taken at this temperature (Metropolis).
    limit = -heat * np.log(1.0 - chance(state))
    kind = below(state, 6)
    if kind < 3 and change(ground, walk, unit, to) > limit:
        return 0.0, False
    second = walk.members[to, below(state, walk.size[to])] if kind > 3 else unit
    onward = to
    if kind > 3:
        if ground.fixed[second] >= 0 or ground.start[second + 1] == ground.start[second]:
            return 0.0, False
        onward = assignment[
            ground.others[ground.start[second] + below(state, ground.start[second + 1] - ground.start[second])]
        ]
        if onward == to or not np.isfinite(ground.cost[second, onward]):
            return 0.0, False
    rise, count = drive(ground, walk, unit, to)
    if count == 0:
        return 0.0, False
    fine = rise <= limit
    if kind > 3:
        rise += change(ground, walk, second, onward)
        fine = rise <= limit and touches(ground, walk, second, onward) and holds(ground, walk, second, to)
        if fine:
            shift(ground, walk, second, onward)
    if not fine:
        for place in range(count - 1, -1, -1):
            shift(ground, walk, walk.cargo[place], origin)
        return 0.0, False
    return rise, True


@compiled
def haggle(ground, walk, usual):
    """Raise the price of seats where a school is too full, lower it slowly where it is not."""
    for zone in range(walk.penalty.size):
        if excess(ground, walk.load[zone], zone) > _SLACK:
            walk.penalty[zone] = min(_UP * walk.penalty[zone], 100 * usual[zone])
        else:
            walk.penalty[zone] = max(walk.penalty[zone] / _DOWN, usual[zone] / 20)


@compiled
def anneal(ground, walk, moves, hot, cold):
    """Walk under a temperature that falls from `hot` to `cold`.

    Returns
    -------
    Best assignment met inside the capacities and its cost, inf where there was none.
    """
    total = whole_cost(ground, walk)
    best_assignment = walk.assignment.copy()
    best = total if walk.over[0] <= _SLACK else np.inf
    cooling, heat, usual = (cold / hot) ** (1.0 / max(1, moves)), hot, walk.penalty.copy()
    for turn in range(moves):
        rise, moved = step(ground, walk, heat)
        heat *= cooling
        total += rise
        if moved and walk.over[0] <= _SLACK and total < best - 1e-9:
            best = total
            best_assignment[:] = walk.assignment
        if turn % _TURN == _TURN - 1:
            haggle(ground, walk, usual)
            total = whole_cost(ground, walk)
    return best_assignment, best
