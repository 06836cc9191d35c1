"""The inner loops of the local search, compiled: a walk from plan to plan that never loosens a zone.

A move takes a unit at a border into the zone beside it, alone or while a unit of that zone goes on to a third zone or
back. Zones met on the way are kept for `partitioning`.
"""

from typing import NamedTuple

import numpy as np

from zhaosheng_analysis.machinecode import compiled

_SLACK = 1e-6
_TURN = 2000  # proposals between two looks at the penalty


class Ground(NamedTuple):
    """What does not change: the arrays of `instances.Instance`, and random 64-bit names of the units.

    `aim` is the load above which a child has a price; a little below the capacity, walks end inside the capacity.
    """

    cost: np.ndarray
    pupils: np.ndarray
    capacity: np.ndarray
    aim: np.ndarray
    fixed: np.ndarray
    start: np.ndarray
    others: np.ndarray
    border: np.ndarray
    hinge_at: np.ndarray
    hinge_price: np.ndarray
    hinge_sign: np.ndarray
    name: np.ndarray


class Walk(NamedTuple):
    """Where the walk stands.

    Attributes
    ----------
    plan : (n,) school of each unit.
    load, soft : (k, t) children and (k,) what they cost, penalty included.
    units : (k,) cost of the units of each zone less their duals.
    members, place, size : units of each zone, where each stands in that list, how many there are.
    key : (k,) names of the units of a zone, xor-ed.
    mark, queue : scratch for walks through a zone.
    state : random state.
    penalty : (1,) price of a child beyond a capacity.
    over : (1,) children beyond capacities.
    """

    plan: np.ndarray
    load: np.ndarray
    soft: np.ndarray
    units: np.ndarray
    members: np.ndarray
    place: np.ndarray
    size: np.ndarray
    key: np.ndarray
    mark: np.ndarray
    queue: np.ndarray
    state: np.ndarray
    penalty: np.ndarray
    over: np.ndarray


class Pool(NamedTuple):
    """Zones seen: table of hashes, (1,) how many are kept, bit sets of their units, school and cost of each.

    `dual`, `school_dual` and `room` say which are worth keeping: cost less duals at most the (1,) room.
    """

    table: np.ndarray
    kept: np.ndarray
    bits: np.ndarray
    school: np.ndarray
    cost: np.ndarray
    dual: np.ndarray
    school_dual: np.ndarray
    room: np.ndarray


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
        over = children - ground.aim[school, t]
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
def change(ground, walk, unit, to):
    """Return what the cost of the plan rises by when one unit goes to another school."""
    origin, pupils, penalty = walk.plan[unit], ground.pupils[unit], walk.penalty[0]
    total = ground.cost[unit, to] - ground.cost[unit, origin]
    total += load_cost(ground, walk.load[origin], origin, -1, pupils, penalty) - walk.soft[origin]
    total += load_cost(ground, walk.load[to], to, 1, pupils, penalty) - walk.soft[to]
    for e in range(ground.start[unit], ground.start[unit + 1]):
        zone = walk.plan[ground.others[e]]
        if zone == origin:
            total += ground.border[e]
        elif zone == to:
            total -= ground.border[e]
    return total


@compiled
def shift(ground, walk, dual, unit, to):
    """Move one unit to another school and keep every tally true."""
    origin = walk.plan[unit]
    for zone, sign in ((origin, -1), (to, 1)):
        walk.over[0] -= excess(ground, walk.load[zone], zone)
        for t in range(walk.load.shape[1]):
            walk.load[zone, t] += sign * ground.pupils[unit, t]
        walk.over[0] += excess(ground, walk.load[zone], zone)
        walk.soft[zone] = load_cost(ground, walk.load[zone], zone, 0, ground.pupils[unit], walk.penalty[0])
        walk.units[zone] += sign * (ground.cost[unit, zone] - dual[unit])
        walk.key[zone] ^= ground.name[unit]
    last = walk.members[origin, walk.size[origin] - 1]
    walk.members[origin, walk.place[unit]] = last
    walk.place[last] = walk.place[unit]
    walk.size[origin] -= 1
    walk.members[to, walk.size[to]] = unit
    walk.place[unit] = walk.size[to]
    walk.size[to] += 1
    walk.plan[unit] = to


@compiled
def holds(ground, walk, unit, zone):
    """Say whether the units of a zone around one unit are joined through the zone without that unit."""
    plan, mark, queue = walk.plan, walk.mark, walk.queue
    stamp = mark[-1] + 2
    mark[-1] = stamp
    want, head, tail = 0, 0, 1
    for e in range(ground.start[unit], ground.start[unit + 1]):
        v = ground.others[e]
        if plan[v] == zone:
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
            if plan[v] != zone or mark[v] == stamp + 1:
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
        met |= walk.plan[ground.others[e]] == zone
    return met


@compiled
def keep(ground, walk, pool, zone):
    """Put a zone into the pool if it is within its capacities, worth keeping and not there yet."""
    worth = walk.units[zone] + walk.soft[zone] - pool.school_dual[zone]
    if worth > pool.room[0] or pool.kept[0] >= pool.school.size or excess(ground, walk.load[zone], zone) > 0:
        return
    key = walk.key[zone] + np.uint64(zone + 1)
    slot = np.int64(key % np.uint64(pool.table.size))
    while pool.table[slot] != 0:
        if pool.table[slot] == key:
            return
        slot = (slot + 1) % pool.table.size
    pool.table[slot] = key
    at = pool.kept[0]
    total = walk.soft[zone]
    for place in range(walk.size[zone]):
        unit = walk.members[zone, place]
        total += ground.cost[unit, zone]
        pool.bits[at, unit >> 6] |= np.uint64(1) << np.uint64(unit & 63)
        for e in range(ground.start[unit], ground.start[unit + 1]):
            if walk.plan[ground.others[e]] != zone:
                total += 0.5 * ground.border[e]
    pool.school[at] = zone
    pool.cost[at] = total
    pool.kept[0] = at + 1


@compiled
def whole_cost(ground, walk):
    """Recompute loads, their cost and the excess of the whole plan; return the cost of the plan with penalties."""
    total = 0.0
    walk.over[0] = 0.0
    for zone in range(walk.size.size):
        walk.load[zone] = 0.0
        for place in range(walk.size[zone]):
            unit = walk.members[zone, place]
            walk.load[zone] += ground.pupils[unit]
            total += ground.cost[unit, zone]
            for e in range(ground.start[unit], ground.start[unit + 1]):
                if walk.plan[ground.others[e]] != zone:
                    total += 0.5 * ground.border[e]
        walk.soft[zone] = load_cost(ground, walk.load[zone], zone, 0, ground.pupils[0], walk.penalty[0])
        walk.over[0] += excess(ground, walk.load[zone], zone)
        total += walk.soft[zone]
    return total


@compiled
def accepts(state, rise, heat):
    """Say whether a rise in cost is taken at this temperature (Metropolis)."""
    return rise <= 0 or chance(state) < np.exp(-rise / heat)


@compiled
def step(ground, walk, pool, heat):
    """Propose one move and make it if it is taken; return what the cost rose by and whether anything moved."""
    state, plan = walk.state, walk.plan
    unit = below(state, plan.size)
    degree = ground.start[unit + 1] - ground.start[unit]
    if ground.fixed[unit] >= 0 or degree == 0:
        return 0.0, False
    origin, to = plan[unit], plan[ground.others[ground.start[unit] + below(state, degree)]]
    if to == origin or not np.isfinite(ground.cost[unit, to]):
        return 0.0, False
    rise = change(ground, walk, unit, to)
    if below(state, 3) > 0:
        if not accepts(state, rise, heat) or not holds(ground, walk, unit, origin):
            return 0.0, False
        shift(ground, walk, pool.dual, unit, to)
        keep(ground, walk, pool, origin)
        keep(ground, walk, pool, to)
        return rise, True
    second = walk.members[to, below(state, walk.size[to])]
    edge = ground.start[second] + below(state, max(1, ground.start[second + 1] - ground.start[second]))
    if ground.fixed[second] >= 0 or edge >= ground.start[second + 1]:
        return 0.0, False
    onward = plan[ground.others[edge]]
    if onward == to or not np.isfinite(ground.cost[second, onward]) or not holds(ground, walk, unit, origin):
        return 0.0, False
    shift(ground, walk, pool.dual, unit, to)
    rise += change(ground, walk, second, onward)
    fine = accepts(state, rise, heat) and touches(ground, walk, second, onward) and holds(ground, walk, second, to)
    if not fine:
        shift(ground, walk, pool.dual, unit, origin)
        return 0.0, False
    shift(ground, walk, pool.dual, second, onward)
    keep(ground, walk, pool, origin)
    keep(ground, walk, pool, to)
    if onward != origin:
        keep(ground, walk, pool, onward)
    return rise, True


@compiled
def anneal(ground, walk, pool, moves, hot, cold):
    """Walk under a temperature that falls from `hot` to `cold`.

    Returns
    -------
    Best plan met inside the capacities and its cost, inf where there was none.
    """
    total = whole_cost(ground, walk)
    best_plan = walk.plan.copy()
    best = total if walk.over[0] <= _SLACK else np.inf
    cooling, heat, outside, usual = (cold / hot) ** (1.0 / max(1, moves)), hot, 0, walk.penalty[0]
    for turn in range(moves):
        rise, moved = step(ground, walk, pool, heat)
        heat *= cooling
        total += rise
        if walk.over[0] > _SLACK:
            outside += 1
        elif moved and total < best - 1e-9:
            best = total
            best_plan[:] = walk.plan
        if turn % _TURN == _TURN - 1:
            # Good plans are met where the walk is about half of its time inside the capacities.
            if outside > 0.7 * _TURN:
                walk.penalty[0] = min(1.25 * walk.penalty[0], 4 * usual)
            elif outside < 0.3 * _TURN:
                walk.penalty[0] = max(walk.penalty[0] / 1.15, usual / 8)
            outside = 0
            total = whole_cost(ground, walk)
    return best_plan, best
