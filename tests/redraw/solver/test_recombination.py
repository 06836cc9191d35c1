"""Plans of small grids put together, against every plan that takes each unit's school from one of them."""

import itertools

import numpy as np
import pytest

from tests.towns.little_grids import hangs_together, town
from zhaosheng_analysis.redraw.solver import deadlines, instances, recombination

PRICE = 1000.0


def plans_of(place) -> list[np.ndarray]:
    """Return every contiguous plan of a 3 × 3 grid with two schools at its corners."""
    plans = [np.array([0, *rest, 1]) for rest in itertools.product((0, 1), repeat=7)]
    return [plan for plan in plans if hangs_together(place, plan) and np.isfinite(instances.price(place, plan))]


def merit(place, plan) -> float:
    return instances.price(place, plan) + PRICE * np.maximum(0, instances.loads(place, plan) - place.capacity).sum()


@pytest.mark.parametrize("seed", ["合", "并", "同", "归"])
@pytest.mark.parametrize("parents_n", [2, 3, 5])
def test_the_best_plan_is_found_that_takes_every_unit_from_one_of_the_parents(seed, parents_n):
    place = town(seed, rows=3, schools=2)
    every = plans_of(place)
    parents = sorted(every[:: len(every) // parents_n][:parents_n], key=lambda plan: merit(place, plan))
    held = [plan for plan in every if all(any(plan[u] == one[u] for one in parents) for u in range(9))]
    if instances.overflow(place, parents[0]) == 0:
        held = [plan for plan in held if instances.overflow(place, plan) == 0]
    merged = recombination.merge(place, parents, price=PRICE, clock=deadlines.ENDLESS)
    assert merged.ended
    assert merit(place, merged.plan) == pytest.approx(min(merit(place, plan) for plan in held))
    assert any((merged.plan == plan).all() for plan in held)


def test_from_plans_that_are_too_full_comes_one_that_is_not():
    place = town("满", rows=3, schools=2, full=0.9)
    every = plans_of(place)
    full = [plan for plan in every if instances.overflow(place, plan) > 0]
    parents = sorted(full, key=lambda plan: merit(place, plan))
    merged = recombination.merge(place, parents, price=PRICE, clock=deadlines.ENDLESS)
    assert instances.overflow(place, merged.plan) == 0
    assert merit(place, merged.plan) == pytest.approx(min(merit(place, plan) for plan in every))


def test_plans_are_merged_once_and_the_same_seed_merges_the_same():
    place = town("次", rows=3, schools=2)
    every = sorted(plans_of(place), key=lambda plan: merit(place, plan))

    def found(seed: str) -> list[bytes | None]:
        merges = recombination.merges(place, seed=seed, stream="m", price=PRICE, clock=deadlines.ENDLESS)
        next(merges)
        made = [merges.send(every[:4]) for _ in range(4)]
        return [None if plan is None else plan.tobytes() for plan in made]

    first = found("甲")
    assert first == found("甲")
    assert first[0] is not None
    assert first[2] is None
