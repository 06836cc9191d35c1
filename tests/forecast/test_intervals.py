"""Intervals that hold as often as they say, never shrink with the level, and admit when they do not know."""

from itertools import pairwise

import numpy as np
import pytest

from zhaosheng_analysis import lottery
from zhaosheng_analysis.forecast import intervals


def past(number: int, *, seed: str = "intervals") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return forecasts of 20 to 400 children and what came, counted around them."""
    chance = lottery.generator(seed, "past")
    expected = chance.uniform(20, 400, number)
    return expected, chance.poisson(expected).astype(float), np.full(number, 1)


def test_an_interval_of_eighty_per_cent_holds_eighty_per_cent_of_what_comes():
    calibration = intervals.calibrate(*past(3000))
    expected, observed, _ = past(3000, seed="another year")
    for level in (0.5, 0.8, 0.95):
        low, high = intervals.bounds(calibration, expected, 1, level)
        assert ((observed >= low) & (observed <= high)).mean() == pytest.approx(level, abs=0.03)


def test_a_higher_level_and_a_longer_horizon_never_make_it_narrower():
    calibration = intervals.calibrate(*past(400))
    expected = np.linspace(0, 500, 40)
    widths = [np.subtract(*intervals.bounds(calibration, expected, 1, level)[::-1]) for level in (0.5, 0.8, 0.9, 0.95)]
    assert all((wide >= narrow).all() for narrow, wide in pairwise(widths))
    ahead = [np.subtract(*intervals.bounds(calibration, expected, horizon, 0.8)[::-1]) for horizon in (1, 2, 5)]
    assert all((wide >= narrow).all() for narrow, wide in pairwise(ahead))


def test_beyond_what_was_seen_the_spread_grows_as_the_horizon_to_the_three_quarters():
    calibration = intervals.calibrate(*past(400))
    expected = np.array([10_000.0])
    near, far = (intervals.bounds(calibration, expected, horizon, 0.8) for horizon in (1, 4))
    assert (far[1] - expected) / (near[1] - expected) == pytest.approx(4**0.75)


def test_fewer_than_fifty_residuals_are_called_not_calibrated():
    assert not intervals.is_calibrated(intervals.calibrate(*past(49)), 1)
    assert intervals.is_calibrated(intervals.calibrate(*past(50)), 1)
    nothing = intervals.calibrate(*past(0))
    assert not intervals.is_calibrated(nothing, 1)
    low, high = intervals.bounds(nothing, np.array([100.0]), 1, 0.8)
    assert 0 < low[0] < 100 < high[0]


def test_the_chance_of_a_shortage_is_the_share_of_errors_that_would_bring_it():
    # Ninety-nine errors of -49 … 49 on the scale of scaled(); a forecast of 99 has a root of ten.
    errors = np.arange(-49.0, 50.0)
    expected = np.full(99, 99.0)
    calibration = intervals.calibrate(expected, expected + 10 * errors, np.full(99, 1))
    chance = intervals.exceed(calibration, np.full(3, 99.0), 1, np.array([99 + 100 - 0.5, 99 - 100 - 0.5, 98.5]))
    # Above +10: the errors 11 … 49 and half of 10 itself, of a hundred places.
    assert chance.tolist() == pytest.approx([0.40, 0.60, 0.50])


def test_more_seats_never_raise_the_chance_of_a_shortage():
    calibration = intervals.calibrate(*past(300))
    chance = intervals.exceed(calibration, np.full(60, 90.0), 1, np.arange(60, 120).astype(float))
    assert (np.diff(chance) <= 0).all()
    assert ((chance > 0) & (chance < 1)).all()


def test_no_seats_known_means_no_chance_told():
    calibration = intervals.calibrate(*past(300))
    assert np.isnan(intervals.exceed(calibration, np.array([90.0]), 1, np.array([np.nan]))).all()


def test_what_never_came_is_left_out():
    expected, observed, horizon = past(100)
    observed[:40] = np.nan
    assert sum(map(len, intervals.calibrate(expected, observed, horizon).residuals[1])) == 60


def test_a_horizon_of_few_errors_still_tells_how_spreads_grow():
    rng = np.random.default_rng(4)
    size = np.full(24, 100.0)
    # Seventy-two errors a year ahead, twenty-four two and three years ahead, all of one spread: nothing grows.
    seen = [(ahead, size) for ahead in (1, 1, 1, 2, 3)]
    horizon = np.concatenate([np.full(24, ahead) for ahead, _ in seen])
    expected = np.concatenate([part for _, part in seen])
    known = intervals.calibrate(expected, rng.poisson(expected).astype(float), horizon)
    low, high = intervals.bounds(known, np.array([100.0]), 3, 0.8)
    alone = intervals.calibrate(expected[:72], rng.poisson(expected[:72]).astype(float), horizon[:72])
    widest = np.subtract(*reversed(intervals.bounds(alone, np.array([100.0]), 3, 0.8)))
    assert 2 * 12.8 < (high - low).item() < 0.75 * widest.item()


def test_small_intakes_are_off_by_counting_near_or_far_and_large_ones_by_what_adds_up():
    # Small forecasts err alike at one, two and three years; large ones as the horizon.
    rng = np.random.default_rng(5)
    ahead = np.repeat([1, 2, 3], 6000)
    expected = np.tile(np.repeat([10.0, 400.0], 3000), 3) + rng.uniform(-5.0, 5.0, len(ahead))
    spread = np.where(expected > 100, ahead, 1.0)
    observed = expected + spread * np.sqrt(expected + 1.0) * rng.standard_normal(len(ahead))
    learnt = intervals.calibrate(expected, observed, ahead)
    width = {}
    for size in (10.0, 400.0):
        for far in (3, 6):
            low, high = intervals.bounds(learnt, np.array([size]), far, 0.5)
            width[size, far] = (high - low).item()
    # Drawn a fifth of the way toward three quarters: powers of .15 and .95.
    assert width[10.0, 6] / width[10.0, 3] == pytest.approx(2**0.15, rel=0.03)
    assert width[400.0, 6] / width[400.0, 3] == pytest.approx(2**0.95, rel=0.03)
