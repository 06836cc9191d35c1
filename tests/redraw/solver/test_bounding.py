"""Bounds and walks of a redraw, step by step, against every assignment and every zone of small grids."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.towns.little_grids import cheapest, hangs_together, town
from zhaosheng_analysis.lottery import generator
from zhaosheng_analysis.redraw.solver import (
    annealing,
    annealing_loops,
    bounding,
    column_generation,
    deadlines,
    instances,
    lagrange,
    lagrange_loops,
    relaxation,
    rounding,
)

SHAPES = [("一", {}), ("二", {"years": 2}), ("三", {"priced": True}), ("四", {"rows": 4, "schools": 3, "priced": True})]


@pytest.mark.parametrize(("seed", "shape"), SHAPES, ids=["plain", "two years", "priced", "three schools"])
def test_no_bound_is_above_the_best_assignment_and_each_is_at_least_the_one_before(seed, shape):
    place = town(seed, **shape)
    best, bounds = cheapest(place), []
    proofs = bounding.rises(place, deadlines.ENDLESS)
    prices, *_ = next(proofs)
    for _ in range(8):
        bounds.append(prices.bound)
        try:
            prices, *_ = proofs.send(())
        except StopIteration:
            break
    assert bounds == sorted(bounds)
    assert bounds[-1] <= best + 1e-6 * best
    assert bounds[-1] == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize(("seed", "shape"), SHAPES[:3], ids=["plain", "two years", "priced"])
def test_whatever_the_prices_what_the_schools_choose_proves_a_bound(seed, shape):
    place = town(seed, **shape)
    best, chance = cheapest(place), generator(seed, "prices")
    plain, constant = lagrange.bare(place)
    relaxed = relaxation.relax(plain)
    assert relaxed.bound + constant == pytest.approx(relaxation.relax(place).bound)
    for _ in range(20):
        unit = relaxed.unit_dual + chance.normal(0, 2, place.units_n)
        assert column_generation.offers(plain, unit, relaxed.year_price).bound + constant <= best + 1e-6


@pytest.mark.parametrize("nodes_n", [None, 1, 4])
def test_a_school_chooses_the_zone_worth_most_of_all_contiguous_ones_with_seats(monkeypatch, nodes_n):
    """Searches that are cut short leave the rest to what may and must be in a zone, and to programs."""
    place = town("九")
    if nodes_n:
        monkeypatch.setattr(column_generation, "NODES", nodes_n * place.units_n)
        monkeypatch.setattr(column_generation, "LONGER", 1)
    unit = relaxation.relax(place).unit_dual + 1.0
    offer, cut_short = (column_generation.offers(place, unit, np.zeros((2, 1)), cuts=cuts) for cuts in ({}, None))
    assert cut_short.bound <= offer.bound + 1e-9
    for school in range(2):
        worth, alone = [], replace(place, root=place.root[[school]], cost=place.cost[:, [school]])
        for rest in itertools.product((False, True), repeat=9):
            zone = np.array(rest)
            seated = place.pupils[zone].sum() <= place.capacity[school, 0]
            allowed = zone[place.root[school]] and np.isfinite(place.cost[zone, school]).all()
            if seated and allowed and hangs_together(alone, np.where(zone, 0, 1)):
                worth.append((unit[zone] - place.cost[zone, school]).sum())
        assert -offer.school[school] == pytest.approx(max(worth))


def test_what_a_school_gains_with_and_without_each_unit_is_that_of_all_its_choices():
    chance = generator("有无", "gains")
    for _ in range(20):
        profit, weight = chance.normal(2, 6, 8), chance.integers(1, 9, 8)
        room, root = int(chance.integers(4, 20)), int(chance.integers(8))
        choices = [np.array(rest) for rest in itertools.product((False, True), repeat=8) if rest[root]]
        others = np.where(np.arange(8) == root, 0, weight)
        choices = [choice for choice in choices if others[choice].sum() <= room]
        within, without = np.empty(8), np.empty(8)
        lagrange_loops.forced(profit, others, room, root, within, without)
        for u in range(8):
            gains = {kind: [profit[c].sum() for c in choices if c[u] == kind] for kind in (True, False)}
            assert within[u] == pytest.approx(max(gains[True], default=-np.inf))
            assert without[u] == pytest.approx(max(gains[False], default=-np.inf))


def test_zones_of_an_assignment_cost_what_the_assignment_costs():
    place = town("十", years=2, priced=True, rows=4, schools=3)
    assignment = rounding.grow(place, relaxation.relax(place).share)
    assert column_generation.of_assignment(place, assignment).cost.sum() == pytest.approx(
        instances.price(place, assignment)
    )


@pytest.mark.parametrize("priced", [False, True])
def test_after_every_move_zones_hang_together_and_every_tally_is_true(priced):
    place = town("步", rows=5, columns=5, schools=3, years=2, priced=priced, full=0.9)
    assignment = rounding.grow(place, relaxation.relax(place).share)
    ground = annealing.ground_of(place)
    walk = annealing.walk_from(place, assignment, annealing.seed_of("步", "moves"), 0.0)
    annealing_loops.whole_cost(ground, walk)
    moved_n, cost = 0, instances.price(place, assignment)
    for _ in range(4000):
        rise, moved = annealing_loops.step(ground, walk, 15.0)
        cost += rise
        if moved:
            moved_n += 1
            assert hangs_together(place, walk.assignment)
            np.testing.assert_allclose(walk.load, instances.loads(place, walk.assignment))
            assert cost == pytest.approx(instances.price(place, walk.assignment))
            assert walk.over[0] == pytest.approx(instances.overflow(place, walk.assignment), abs=1e-6)
    assert moved_n > 100


def test_the_best_assignment_of_a_walk_is_inside_the_capacities():
    place = town("走", rows=5, columns=5, schools=3, full=0.97)
    assignment = rounding.grow(place, relaxation.relax(place).share)
    walked = annealing.walk(place, assignment, seed="走", stream="a", moves=50_000, price=3.0, hot=3.0, cold=0.1)
    assert instances.overflow(place, walked.best) <= instances.SLACK
    assert hangs_together(place, walked.best)
