"""Towns on a small grid, and the best of all their plans by looking at every one of them.

Units are numbered by row; schools stand in corners::

    0 1 2        0 1  2
    3 4 5   or   3 4  5
    6 7 8        6 7  8
                 9 10 11
"""

import itertools

import numpy as np

from zhaosheng_analysis.lottery import generator
from zhaosheng_analysis.redraw.solver import instances


def streets(rows: int, columns: int) -> np.ndarray:
    """Pair every unit with the one to its right and the one below."""
    number = np.arange(rows * columns).reshape(rows, columns)
    beside = [np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])]
    return np.concatenate([*beside, np.column_stack([number[:-1].ravel(), number[1:].ravel()])])


def town(
    seed: str, *, rows: int = 3, columns: int = 3, schools: int = 2, years: int = 1, priced: bool = False, full=0.85
) -> instances.Instance:
    """Draw a town; `priced` adds a price of children over and under a line and of borders."""
    chance, n = generator(seed, "grid"), rows * columns
    root = np.array([0, n - 1, columns - 1, n - columns])[:schools]
    pupils = chance.integers(5, 30, (n, years)).astype(float)
    share = chance.dirichlet(np.full(schools, 20.0))
    capacity = share[:, None] * pupils.sum(axis=0) / full + pupils[root]
    edges = streets(rows, columns)
    more = {}
    if priced:
        line = 0.8 * capacity
        more["hinges"] = [(1, line, np.full(line.shape, 0.7)), (-1, 0.6 * line, np.full(line.shape, 0.4))]
        more["border"] = chance.uniform(0, 3, len(edges))
    place = np.array([(at // columns, at % columns) for at in range(n)])
    far = np.abs(place[:, None] - place[root]).sum(axis=2)
    cost = far * pupils.mean(axis=1, keepdims=True) / 10 + chance.uniform(0, 2, (n, schools))
    return instances.instance(cost, pupils, capacity, root, edges, **more)


def hangs_together(town: instances.Instance, plan) -> bool:
    """Walk from every school through its zone, with sets."""
    beside = {unit: set() for unit in range(town.units_n)}
    for one, other in town.edges.tolist():
        beside[one].add(other)
        beside[other].add(one)
    for school, root in enumerate(town.root.tolist()):
        zone = {unit for unit in range(town.units_n) if plan[unit] == school}
        met, waiting = {root}, [root]
        while waiting:
            new = (beside[waiting.pop()] & zone) - met
            met |= new
            waiting += new
        if met != zone:
            return False
    return True


def cheapest(town: instances.Instance) -> float:
    """Price all plans there are, then take the cheapest that hangs together and fits; inf where none does."""
    choices = [[at] if at >= 0 else range(town.schools_n) for at in town.fixed.tolist()]
    plans = np.array(list(itertools.product(*choices)))
    member = plans[:, :, None] == np.arange(town.schools_n)
    loads = np.einsum("pnk,nt->pkt", member, town.pupils)
    cost = np.where(member, town.cost, 0.0).sum(axis=(1, 2))
    for sign, line, price in zip(town.hinge_sign, town.hinge_at, town.hinge_price, strict=True):
        cost += (np.maximum(0, sign * (loads - line)) * price).sum(axis=(1, 2))
    cost += (plans[:, town.edges[:, 0]] != plans[:, town.edges[:, 1]]) @ town.border
    fits = (loads <= town.capacity + 1e-6).all(axis=(1, 2)) & np.isfinite(cost)
    for at in np.argsort(cost, kind="stable"):
        if fits[at] and hangs_together(town, plans[at]):
            return float(cost[at])
    return np.inf
