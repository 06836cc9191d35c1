"""Schools that keep their size, and totals of districts where nobody knows of births."""

from dataclasses import replace

import numpy as np
import pytest

from zhaosheng_analysis.forecast import existing, sizes, tuning
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
        name: np.abs(tuning.project(history, 2016, 2, rule).pupils[:, 1].sum(axis=1) - came).sum()
        for name, rule in {"held": chosen, "free": replace(chosen, hold=0.0)}.items()
    }
    assert off["held"] < 0.8 * off["free"]


def test_drawing_schools_back_keeps_the_sum_and_their_steps_add_up():
    panel = full_schools(births=True)
    free, held = (tuning.project(panel, 2018, 3, replace(PLAIN, hold=hold)) for hold in (0.0, 0.4))
    assert np.nansum(held.pupils, axis=(0, 2)) == pytest.approx(np.nansum(free.pupils, axis=(0, 2)))
    assert held.entry.steps["size"] == pytest.approx(held.entry.expected)
    assert held.pupils[:, :, 0] == pytest.approx(held.entry.expected)


def test_a_growing_school_is_not_drawn_back():
    panel = full_schools(births=True)
    pupils = panel.pupils.copy()
    pupils[0, :, 1:], pupils[0, :-1] = np.nan, np.nan
    pupils[0, -1, 0] = 90.0
    grown = replace(panel, pupils=pupils)
    told = tuning.project(grown, 2018, 2, replace(PLAIN, hold=0.5))
    assert np.nansum(told.pupils[0, 1]) > 1.5 * 90


def test_without_births_the_total_lies_between_cohorts_and_last_total():
    assert sizes.lines({1: (np.array([90.0]), 100.0)}, {1: np.array([99.0])}) == (sizes.HALF,)
    past = {year: (np.array([90.0]), 100.0) for year in range(3)}
    assert sizes.lines(past, {year: np.array([90.5]) for year in range(3)}) == (0.0,)
    assert not sizes.births_known(full_schools(births=False))
    assert sizes.births_known(full_schools(births=True))


def test_a_district_that_shrinks_fast_is_believed():
    pupils = np.array([[[50.0, 100.0]]])
    grades = existing.at_origin(Panel(2020, np.array([[[60.0, 100.0]]]), (np.zeros(1, int),), *none()))
    factor = sizes.factors(pupils, grades, 0.0, (0.5,))
    # Half way would be 155; a year ahead a total is drawn by one per cent of the last one, 1.6.
    assert (factor * pupils.sum()).item() == pytest.approx(151.6)


def none() -> tuple:
    """Return no cohorts and no zones, as arguments of a panel."""
    return np.ones((1, 1, 12)), 2020, np.full(1, -1), (np.zeros(1, dtype=int),)
