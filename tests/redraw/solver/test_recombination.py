"""Assignments of small grids put together, against every assignment that takes each unit's school from one of them."""

import itertools

import numpy as np
import pytest

from tests.towns.little_grids import hangs_together, town
from zhaosheng_analysis.redraw.solver import deadlines, instances, recombination

PRICE = 1000.0


def assignments_of(place) -> list[np.ndarray]:
    """Return every contiguous assignment of a 3 × 3 grid with two schools at its corners."""
    assignments = [np.array([0, *rest, 1]) for rest in itertools.product((0, 1), repeat=7)]
    return [
        assignment
        for assignment in assignments
        if hangs_together(place, assignment) and np.isfinite(instances.price(place, assignment))
    ]


def merit(place, assignment) -> float:
    return (
        instances.price(place, assignment)
        + PRICE * np.maximum(0, instances.loads(place, assignment) - place.capacity).sum()
    )


@pytest.mark.parametrize("seed", ["合", "并", "同", "归"])
@pytest.mark.parametrize("parents_n", [2, 3, 5])
def test_the_best_assignment_is_found_that_takes_every_unit_from_one_of_the_parents(seed, parents_n):
    place = town(seed, rows=3, schools=2)
    every = assignments_of(place)
    parents = sorted(every[:: len(every) // parents_n][:parents_n], key=lambda assignment: merit(place, assignment))
    held = [
        assignment for assignment in every if all(any(assignment[u] == one[u] for one in parents) for u in range(9))
    ]
    if instances.overflow(place, parents[0]) == 0:
        held = [assignment for assignment in held if instances.overflow(place, assignment) == 0]
    merged = recombination.merge(place, parents, price=PRICE, clock=deadlines.ENDLESS)
    assert merged.ended
    assert merit(place, merged.assignment) == pytest.approx(min(merit(place, assignment) for assignment in held))
    assert any((merged.assignment == assignment).all() for assignment in held)


def test_from_assignments_that_are_too_full_comes_one_that_is_not():
    place = town("满", rows=3, schools=2, full=0.9)
    every = assignments_of(place)
    full = [assignment for assignment in every if instances.overflow(place, assignment) > 0]
    parents = sorted(full, key=lambda assignment: merit(place, assignment))
    merged = recombination.merge(place, parents, price=PRICE, clock=deadlines.ENDLESS)
    assert instances.overflow(place, merged.assignment) == 0
    assert merit(place, merged.assignment) == pytest.approx(min(merit(place, assignment) for assignment in every))


def test_assignments_are_merged_once_and_the_same_seed_merges_the_same():
    place = town("次", rows=3, schools=2)
    every = sorted(assignments_of(place), key=lambda assignment: merit(place, assignment))

    def found(seed: str) -> list[bytes | None]:
        merges = recombination.merges(place, seed=seed, stream="m", price=PRICE, clock=deadlines.ENDLESS)
        next(merges)
        made = [merges.send(every[:4]) for _ in range(4)]
        return [None if assignment is None else assignment.tobytes() for assignment in made]

    first = found("甲")
    assert first == found("甲")
    assert first[0] is not None
    assert first[2] is None
