"""The inner loops of zone pricing, compiled: the contiguous zone of one school that is worth most at given duals.

Depth first: a unit beside the zone is taken in, later left out for good. What could still be won is bounded by the
fractional knapsack of the units that can still be reached.
"""

import numpy as np

from zhaosheng_analysis.compiled import compiled

FREE, IN, OUT = 0, 1, 2


@compiled
def reach(root, state, weight, room, start, others, mark, stamp, queue):
    """Mark the free units that can be reached from the zone through free units that fit; return how many were met."""
    head, tail = 0, 1
    queue[0] = root
    mark[root] = stamp
    while head < tail:
        at = queue[head]
        head += 1
        for e in range(start[at], start[at + 1]):
            v = others[e]
            if mark[v] == stamp or state[v] == OUT:
                continue
            if state[v] == FREE and weight[v] > room:
                continue
            mark[v] = stamp
            queue[tail] = v
            tail += 1
    return tail


@compiled
def knapsack(order, profit, weight, room, state, mark, stamp):
    """Return the fractional knapsack of the marked free units with a profit, taken in order of profit a child."""
    total = 0.0
    for place in range(order.size):
        u = order[place]
        if state[u] != FREE or mark[u] != stamp:
            continue
        if weight[u] <= room:
            total += profit[u]
            room -= weight[u]
        else:
            total += profit[u] * room / weight[u]
            break
    return total


@compiled
def beside(state, ratio, weight, room, start, others, chain, size):
    """Return the free unit beside the zone that fits and is worth most a child, -1 where there is none."""
    best, nearest = -np.inf, -1
    for place in range(size):
        at = chain[place]
        for e in range(start[at], start[at + 1]):
            v = others[e]
            if state[v] == FREE and weight[v] <= room and ratio[v] > best:
                best, nearest = ratio[v], v
    return nearest


@compiled
def best_zone(root, profit, weight, capacity, start, others, must, floor, limit, zones, worths):
    """Search the zone of one root with the greatest profit, within so many nodes.

    Parameters
    ----------
    profit, weight : (n,) worth and children of each unit; -inf profit where it may not be in the zone.
    must : (n,) whether a unit is in every zone of interest.
    floor : zones that are worth no more than this are of no interest.
    limit : nodes.
    zones, worths : (m, n) bool and (m,) filled with the last improving zones, in turn.

    Returns
    -------
    Worth of the best zone (at least `floor`), how many were written, a bound no zone exceeds, nodes used.
    """
    n = profit.size
    state = np.zeros(n, np.int8)
    ratio = np.zeros(n)
    wins = 0
    for u in range(n):
        ratio[u] = profit[u] / max(weight[u], 1e-9)
        if profit[u] == -np.inf:
            state[u] = OUT
        elif profit[u] > 0:
            wins += 1
    order = np.argsort(-ratio)[:wins]
    mark, queue = np.zeros(n, np.int64), np.zeros(n, np.int64)
    chain, trail, taken = np.zeros(n, np.int64), np.zeros(n + 1, np.int64), np.zeros(n + 1, np.bool_)
    state[root] = IN
    chain[0], size = root, 1
    room, worth = capacity - weight[root], profit[root]
    best, zones_n, stamp, nodes, depth = floor, 0, 0, 0, 0
    bound = -np.inf
    while True:
        # One node: what is taken is worth `worth`; everything reachable may still come.
        stamp += 1
        nodes += 1
        if worth > best + 1e-9:
            best = worth
            at = zones_n % worths.size
            worths[at] = worth
            for u in range(n):
                zones[at, u] = state[u] == IN
            zones_n += 1
        reach(root, state, weight, room, start, others, mark, stamp, queue)
        promise = worth + knapsack(order, profit, weight, room, state, mark, stamp)
        for u in range(n):
            if must[u] and mark[u] != stamp:
                promise = -np.inf
        unit = -1
        if promise > best + 1e-9:
            if nodes >= limit:
                bound = max(bound, promise)
            else:
                unit = beside(state, ratio, weight, room, start, others, chain, size)
        if unit >= 0:
            trail[depth], taken[depth] = unit, True
            depth += 1
            state[unit] = IN
            chain[size] = unit
            size += 1
            room -= weight[unit]
            worth += profit[unit]
            continue
        # Back: the last unit taken is left out instead; those left out before are set free.
        while depth > 0:
            unit = trail[depth - 1]
            if taken[depth - 1]:
                size -= 1
                room += weight[unit]
                worth -= profit[unit]
                if not must[unit]:
                    taken[depth - 1], state[unit] = False, OUT
                    break
            state[unit] = FREE
            depth -= 1
        if depth == 0:
            break
    return best, zones_n, max(bound, best), nodes
