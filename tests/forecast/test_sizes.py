"""Schools that keep their size, and totals of districts where nobody knows of births."""

from dataclasses import replace

import numpy as np
import pytest

from zhaosheng_analysis.forecast import existing, projection, sizes, tuning
from zhaosheng_analysis.forecast.progression import Panel, Tuning

PLAIN = Tuning(strengths=(5000.0, 5000.0), betas=(0.0,))


def full_schools(*, births: bool, years: int = 9) -> Panel:
    """Return schools with rooms for so many: whoever leaves at the top is followed by so many at the bottom."""
    rng = np.random.default_rng(3)
    rooms = rng.integers(200, 400, 24)
    pupils = np.full((24, years, 3), np.nan)
    pupils[:, 0, 1:] = rng.integers(50, 120, (24, 2))
    for year in range(years):
        if year:
            pupils[:, year, 1:] = np.rint(pupils[:, year - 1, :-1] * rng.normal(1.0, 0.01, (24, 2)))
        pupils[:, year, 0] = np.maximum(rooms - pupils[:, year, 1:].sum(axis=1), 10)
    cohort = np.ones((years, 1, years + 12)) * (np.arange(years + 12) % 3 + 900 if births else 1.0)
    everyone = np.zeros(24, dtype=int)
    return Panel(2010, pupils, (everyone, everyone), cohort, 2010, np.full(24, -1), (np.zeros(1, dtype=int),))


def test_a_school_that_always_fills_its_rooms_is_drawn_back_to_its_size():
    panel = full_schools(births=True)
    history = panel.until(2016)
    chosen = tuning.tune(history, 2016, default=PLAIN)
    assert chosen.hold > 0
    came = panel.pupils[:, -1].sum(axis=1)
    off = {
        name: np.abs(projection.project(history, 2016, 2, rule).pupils[:, 1].sum(axis=1) - came).sum()
        for name, rule in {"held": chosen, "free": replace(chosen, hold=0.0)}.items()
    }
    assert off["held"] < 0.8 * off["free"]


def test_drawing_schools_back_keeps_the_sum_and_their_steps_add_up():
    panel = full_schools(births=True)
    free, held = (projection.project(panel, 2018, 3, replace(PLAIN, hold=hold)) for hold in (0.0, 0.4))
    assert np.nansum(held.pupils, axis=(0, 2)) == pytest.approx(np.nansum(free.pupils, axis=(0, 2)))
    assert held.entry.steps["size"] == pytest.approx(held.entry.expected)
    assert held.pupils[:, :, 0] == pytest.approx(held.entry.expected)


def test_a_growing_school_is_not_drawn_back():
    panel = full_schools(births=True)
    pupils = panel.pupils.copy()
    pupils[0, :, 1:], pupils[0, :-1] = np.nan, np.nan
    pupils[0, -1, 0] = 90.0
    grown = replace(panel, pupils=pupils)
    told = projection.project(grown, 2018, 2, replace(PLAIN, hold=0.5))
    assert np.nansum(told.pupils[0, 1]) > 1.5 * 90


def test_without_births_the_total_lies_between_cohorts_and_last_total():
    assert sizes.lines({1: (np.array([90.0]), 100.0)}, {1: np.array([99.0])}, years=8) == (sizes.HALF,)
    past = {year: (np.array([90.0]), 100.0) for year in range(3)}
    assert sizes.lines(past, {year: np.array([90.5]) for year in range(3)}, years=8) == (0.0,)
    assert not sizes.births_known(full_schools(births=False))
    assert sizes.births_known(full_schools(births=True))


@pytest.mark.parametrize("years", [2, 5, 7])
def test_a_short_past_without_births_takes_the_last_total(years):
    panel = full_schools(births=False)
    pupils = panel.pupils[:, -years:]
    short = replace(panel, first_year=2019 - years, pupils=pupils, cohort=panel.cohort[-years:])
    chosen = tuning.tune(short, 2018, default=PLAIN)
    free, told = (np.nansum(projection.project(short, 2018, 3, rule).pupils, axis=(0, 2)) for rule in (PLAIN, chosen))
    last = pupils[:, -1].sum()
    most = np.arange(1, 4) * last / 60
    assert told == pytest.approx(free + np.clip(last - free, -most, most), rel=1e-3)


def test_a_total_is_kept_though_children_change_schools_on_the_way():
    # Ten small schools end after grade 1, a larger one takes their children into grade 2.
    pupils = np.full((11, 5, 3), np.nan)
    pupils[:10, :, 0] = 20.0
    pupils[10, :, 0], pupils[10, :, 1:] = 60.0, 250.0
    everyone = np.zeros(11, dtype=int)
    cohort = np.ones((5, 1, 17))
    panel = Panel(2014, pupils, (everyone, everyone), cohort, 2014, np.full(11, -1), (np.zeros(1, dtype=int),))
    free = projection.project(panel, 2018, 3, PLAIN)
    assert free.moves is not None
    drawn = projection.project(panel, 2018, 3, replace(PLAIN, lines=(sizes.LAST,)))
    last, sum_ = np.nansum(pupils[:, -1]), np.nansum(free.pupils, axis=(0, 2))
    most = np.arange(1, 4) * last / 60
    assert np.nansum(drawn.pupils, axis=(0, 2)) == pytest.approx(sum_ + np.clip(last - sum_, -most, most), rel=1e-3)


def test_a_district_that_shrinks_fast_is_believed():
    pupils = np.array([[[50.0, 100.0]]])
    grades = existing.at_origin(Panel(2020, np.array([[[60.0, 100.0]]]), (np.zeros(1, int),), *none()))
    factor = sizes.factors(pupils, grades, 0.0, (0.5,))
    # Half way would be 155; a year ahead a total is drawn by one per cent of the last one, 1.6.
    assert (factor * pupils.sum()).item() == pytest.approx(151.6)


def none() -> tuple:
    """Return no cohorts and no zones, as arguments of a panel."""
    return np.ones((1, 1, 12)), 2020, np.full(1, -1), (np.zeros(1, dtype=int),)
