"""The search for the best zones, against every assignment of small grids, and its promises on larger ones."""

import numpy as np
import pytest

from tests.towns.little_grids import cheapest, hangs_together, streets, town
from zhaosheng_analysis.redraw.solver import instances, relaxation, search

SMALL = [
    {"rows": rows, "schools": schools, "years": years, "priced": priced}
    for rows in (3, 4)
    for schools in (2, 3)
    for years, priced in ((1, False), (2, False), (2, True))
]


def fits(place, assignment) -> bool:
    return bool((instances.loads(place, assignment) <= place.capacity + 1e-6).all())


@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: "-".join(map(str, shape.values())))
def test_the_best_of_all_assignments_is_found_and_proved(shape):
    for seed in ("甲", "乙"):
        place = town(seed, **shape)
        best = cheapest(place)
        assert np.isfinite(best)
        solved = search.solve(place, seed=seed, seconds=600, iterations=12)
        assert solved.cost == pytest.approx(best, rel=1e-6)
        assert solved.cost == pytest.approx(instances.price(place, solved.assignment))
        assert hangs_together(place, solved.assignment)
        assert fits(place, solved.assignment)
        assert solved.bound <= best * (1 + 1e-6)
        assert solved.gap < 1e-4


def large(seed: str = "大"):
    return town(seed, rows=9, columns=7, schools=4, full=0.95)


def test_with_counted_work_the_assignment_does_not_depend_on_the_threads():
    one, many = (search.solve(large(), seed="5", seconds=600, iterations=2, workers=workers) for workers in (1, 3))
    assert one.assignment.tobytes() == many.assignment.tobytes()
    assert (one.cost, one.bound) == (many.cost, many.bound)
    assert [entry.what for entry in one.history] == [entry.what for entry in many.history]


def test_cost_never_rises_and_the_bound_never_falls():
    solved = search.solve(large(), seed="6", seconds=600, iterations=3)
    cost, bound = ([getattr(entry, name) for entry in solved.history] for name in ("cost", "bound"))
    assert cost == sorted(cost, reverse=True)
    assert bound == sorted(bound)
    assert bound[-1] <= cost[-1]
    assert hangs_together(large(), solved.assignment)
    assert fits(large(), solved.assignment)


def test_who_asks_to_stop_gets_the_best_so_far():
    seen = []
    solved = search.solve(large(), seed="7", seconds=600, progress=seen.append, stop=lambda: seen[-1].cost < np.inf)
    assert solved.cost == min(entry.cost for entry in seen)
    assert solved.cost == pytest.approx(instances.price(large(), solved.assignment))


def test_an_interrupt_keeps_the_best_so_far():
    def interrupt(entry: search.Progress) -> None:
        if np.isfinite(entry.cost):
            raise KeyboardInterrupt

    solved = search.solve(large(), seed="7", seconds=600, progress=interrupt)
    assert np.isfinite(solved.cost)
    assert fits(large(), solved.assignment)
    assert hangs_together(large(), solved.assignment)


def test_an_assignment_given_is_not_made_worse():
    place = large()
    good = search.solve(place, seed="8", seconds=600, iterations=3)
    again = search.solve(place, seed="9", seconds=600, iterations=0, start=good.assignment)
    assert again.cost <= good.cost


def row_town(pupils: list[float], capacity: list[float], **more):
    """Units in a row, the schools at its two ends."""
    n = len(pupils)
    cost = np.abs(np.arange(n)[:, None] - np.array([0, n - 1])) * np.array(pupils)[:, None]
    return instances.instance(cost, np.array(pupils), np.array(capacity), np.array([0, n - 1]), streets(1, n), **more)


def test_a_town_with_too_few_seats_has_no_assignment_and_says_how_many_are_missing():
    place = row_town([10, 20, 30, 25, 15], [40, 50])
    solved = search.solve(place, seed="1", seconds=600, iterations=5)
    assert solved.assignment is None
    assert solved.bound == np.inf
    (area,) = relaxation.lack(place)
    assert area.missing == pytest.approx(100 - 90)
    assert area.units.tolist() == [0, 1, 2, 3, 4]
    assert area.schools.tolist() == [0, 1]


def test_an_area_that_may_only_go_to_a_full_school_is_named_though_the_town_has_seats():
    cost = np.array([[0, 9], [1, np.inf], [2, np.inf], [3, 1], [9, 0]], float)
    pupils = np.array([10.0, 20, 30, 25, 15])
    place = instances.instance(cost, pupils, np.array([45.0, 90]), np.array([0, 4]), streets(1, 5))
    (area,) = relaxation.lack(place)
    assert (area.units.tolist(), area.schools.tolist()) == ([0, 1, 2], [0])
    assert area.missing == pytest.approx(60 - 45)
    assert search.solve(place, seed="1", seconds=600, iterations=5).assignment is None


def test_an_area_across_a_river_without_a_bridge_is_named():
    cost = np.zeros((5, 2))
    edges = np.array([(0, 1), (2, 3), (3, 4)])
    place = instances.instance(cost, np.array([10.0, 20, 5, 5, 5]), np.array([25.0, 90]), np.array([0, 4]), edges)
    (area,) = relaxation.lack(place)
    assert (area.units.tolist(), area.schools.tolist(), area.missing) == ([0, 1], [0], pytest.approx(5))


def test_units_no_school_can_be_reached_from_are_named():
    edges = np.array([(0, 1), (3, 4)])
    place = instances.instance(np.zeros((5, 2)), np.full(5, 8.0), np.array([90.0, 90]), np.array([0, 4]), edges)
    (area,) = relaxation.lack(place)
    assert (area.units.tolist(), area.schools.tolist(), area.missing) == ([2], [], pytest.approx(8))
    assert search.solve(place, seed="1", seconds=600, iterations=5).assignment is None


def test_whole_units_that_fit_only_when_split_are_proved_to_have_no_assignment():
    place = row_town([1, 7, 7, 7, 1], [12, 12])
    assert relaxation.lack(place) == []
    solved = search.solve(place, seed="1", seconds=600, iterations=5)
    assert solved.assignment is None
    assert solved.bound == np.inf


def test_a_town_that_fits_lacks_nothing():
    assert relaxation.lack(large()) == []
