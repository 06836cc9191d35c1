"""The solver core of a redraw against every assignment of a small grid.

Nine units, numbered by row; school 0 stands in unit 0, school 1 in unit 8::

    0 1 2
    3 4 5
    6 7 8
"""

import itertools

import numpy as np
import pytest

from zhaosheng_analysis.lottery import generator
from zhaosheng_analysis.redraw.solver import branch_and_cut, contiguity, instances
from zhaosheng_analysis.redraw.solver.relaxation import relax

EDGES = np.array(
    [(r * 3 + c, r * 3 + c + d) for r in range(3) for c in range(3) for d in (1, 3) if c + d != 3 or d == 3]
)
EDGES = EDGES[(EDGES[:, 1] < 9)]


def grid(seed: str) -> instances.Instance:
    chance = generator(seed, "grid")
    pupils = chance.integers(5, 30, 9)
    capacity = np.full(2, 0.6 * pupils.sum())
    return instances.instance(chance.uniform(1, 9, (9, 2)), pupils, capacity, np.array([0, 8]), EDGES)


def cheapest(town: instances.Instance) -> float:
    """Price every assignment there is and return the least price of those that keep the rules."""
    prices = [np.inf]
    for rest in itertools.product(range(2), repeat=7):
        assignment = np.array([0, *rest, 1])
        if not contiguity.loose(town, assignment).any() and instances.overflow(town, assignment) <= instances.SLACK:
            prices.append(instances.price(town, assignment))
    return min(prices)


def test_the_grid_has_twelve_streets():
    assert len(EDGES) == 12


@pytest.mark.parametrize("seed", ["一", "二", "三", "四", "五", "六"])
def test_the_assignment_found_is_the_best_of_all_and_no_bound_is_above_it(seed):
    town = grid(seed)
    best = cheapest(town)
    assert np.isfinite(best)
    relaxed, solved = relax(town, rounds=3), branch_and_cut.solve(town, branch_and_cut.Effort())
    assert instances.price(town, solved.assignment) == pytest.approx(best)
    assert not contiguity.loose(town, solved.assignment).any()
    assert instances.overflow(town, solved.assignment) <= instances.SLACK
    assert relax(town).bound <= relaxed.bound + 1e-9 <= best + 1e-6
    assert solved.bound <= best + 1e-6
