"""The inner loops of the price ascent, compiled: what each school would choose at given prices, zones in pieces or not.

A unit's price is what the assignment pays for serving it. Each school picks the units worth most to it within its seats
(a knapsack of whole units); prices fall where several schools want a unit and rise where none does (subgradients, Held
and Karp 1971). Whatever the prices, their sum less what the schools gain is a bound.
"""

import numpy as np

from zhaosheng_analysis.compiled import compiled

_PATIENCE = 9  # turns without a better bound before the step is cut
_TURN = 0.6  # by this much, and as much of the new direction counts


@compiled
def fill(profit, weight, room, root, gain, taken, chosen, missing):
    """Return what one school gains at most; units it takes are counted out of `missing`."""
    n = profit.size
    missing[root] -= 1.0
    if room < 0:
        return profit[root]
    gain[: room + 1] = 0.0
    size = 0
    for u in range(n):
        heavy = weight[u]
        if u == root or not profit[u] > 0 or heavy > room:
            continue
        for at in range(room, heavy - 1, -1):
            value = gain[at - heavy] + profit[u]
            better = value > gain[at]
            taken[size, at] = better
            if better:
                gain[at] = value
        taken[size, :heavy] = False
        chosen[size] = u
        size += 1
    at = room
    for place in range(size - 1, -1, -1):
        if taken[place, at]:
            missing[chosen[place]] -= 1.0
            at -= weight[chosen[place]]
    return profit[root] + gain[room]


@compiled
def forced(profit, weight, room, root, inside, outside):
    """Write what a school gains at most with each unit, and without it; -inf where the unit does not fit."""
    n = profit.size
    wins = np.array([u for u in range(n) if u != root and profit[u] > 0 and weight[u] <= room])
    # Gains of the first units, and of the last, with so many seats: each unit stands between the two.
    before, after = np.zeros((wins.size + 1, room + 1)), np.zeros((wins.size + 1, room + 1))
    for place in range(wins.size):
        grow(before[place], profit[wins[place]], weight[wins[place]], before[place + 1])
        last = wins.size - 1 - place
        grow(after[last + 1], profit[wins[last]], weight[wins[last]], after[last])
    whole = before[wins.size]
    inside[:], outside[:] = -np.inf, profit[root] + whole[room]
    for u in range(n):
        if u != root and profit[u] <= 0 and weight[u] <= room:
            inside[u] = profit[root] + profit[u] + whole[room - weight[u]]
    inside[root], outside[root] = profit[root] + whole[room], -np.inf
    for place in range(wins.size):
        u, left = wins[place], room - weight[wins[place]]
        inside[u] = profit[root] + profit[u] + (before[place, : left + 1] + after[place + 1, : left + 1][::-1]).max()
        outside[u] = profit[root] + (before[place] + after[place + 1][::-1]).max()


@compiled
def grow(gain, profit, weight, grown):
    """Write the gains with so many seats once one more unit may be taken."""
    for at in range(gain.size):
        grown[at] = gain[at] if at < weight else max(gain[at], gain[at - weight] + profit)


@compiled
def ascend(price, cost, weight, room, root, target, turns, step):
    """Raise the bound by turning prices.

    Parameters
    ----------
    price : (n,) first prices of the units.
    cost : (n, k), inf where forbidden.
    weight, room : (k, n) and (k,) seats each unit takes and each school has beside its root, whole numbers.
    target : a cost somewhat above the bound, such as that of the best assignment.
    step : (1,) length of the steps, changed in place.

    Returns
    -------
    Best prices, their bound, and (k,) what each school gains at them.
    """
    n, k = cost.shape
    most = max(0, room.max())
    gain, taken = np.zeros(most + 1), np.zeros((n, most + 1), np.bool_)
    chosen, missing, slope, profit = np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n)
    worth, best_worth, best_price, best, stale = np.zeros(k), np.zeros(k), price.copy(), -np.inf, 0
    price = price.copy()
    for _ in range(turns):
        missing[:] = 1.0
        value = price.sum()
        for j in range(k):
            for u in range(n):
                profit[u] = price[u] - cost[u, j]
            worth[j] = fill(profit, weight[j], room[j], root[j], gain, taken, chosen, missing)
            value -= worth[j]
        stale += 1
        if value > best + 1e-6 * abs(best) or best == -np.inf:
            stale = 0
        if value > best:
            best = value
            best_price[:] = price
            best_worth[:] = worth
        if stale > _PATIENCE:
            step[0] *= _TURN
            price[:] = best_price
            slope[:] = 0.0
            stale = 0
            continue
        slope = _TURN * missing + (1 - _TURN) * slope
        length = (slope * slope).sum()
        if length < 1e-9:
            break
        price += step[0] * max(target - value, 1e-6 * abs(target)) / length * slope
    return best_price, best, best_worth
