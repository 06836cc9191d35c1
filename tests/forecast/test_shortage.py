"""The learnt chance of a shortage: blind to what lies ahead, of any order of schools, silent after a short past."""

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis import alerts
from zhaosheng_analysis.forecast import backtest, intervals, shortage, warning_skill
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.schema import DataError

FIRST, YEARS, SCHOOLS = 2010, 10, 160


def panel(seed: int = 3) -> Panel:
    """Return schools whose intakes wander about a level of their own, some of them near their forty seats."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(22, 46, SCHOOLS)[:, None] * np.exp(0.03 * rng.standard_normal((SCHOOLS, YEARS)).cumsum(axis=1))
    entry = rng.poisson(level).astype(float)
    second = np.hstack([entry[:, :1], entry[:, :-1]])
    everyone = np.zeros(SCHOOLS, dtype=int)
    cohort = np.ones((YEARS, 1, YEARS + 8))
    return Panel(FIRST, np.stack([entry, second], axis=2), (everyone,), cohort, FIRST, everyone - 1, (everyone[:1],))


def seats(origin: int) -> np.ndarray:
    """Return forty seats everywhere."""
    return np.full(SCHOOLS, 40.0)


@pytest.fixture(scope="module")
def replays():
    default = Tuning(strengths=(5000.0,), betas=(0.0,))
    return backtest.run(panel(), origins=range(2012, 2019), horizons=2, default=default)


def test_three_past_origins_are_the_fewest_to_learn_from(replays):
    for count in range(6):
        learnt = shortage.chances(panel(), replays[:count], replays[count], seats, 2)
        assert (learnt is None) == (count < 3)


def test_nothing_after_the_origin_is_looked_at(replays):
    whole, now = panel(), replays[4]
    cut = now.origin - FIRST + 1
    spoilt = whole.pupils.copy()
    spoilt[:, cut:] = 1.0
    known = shortage.chances(whole, replays[:4], now, seats, 2)
    blind = shortage.chances(Panel(**(vars(whole) | {"pupils": spoilt})), replays[:4], now, seats, 2)
    np.testing.assert_array_equal(known, blind)


def test_it_is_better_than_saying_the_base_rate_and_no_worse_than_the_errors_alone(replays):
    plain, learnt = (
        warning_skill.warnings(panel(), told, seats, horizons=[1])["brier_skill"].iloc[0]
        for told in (replays, shortage.sharpened(panel(), replays, seats))
    )
    assert learnt > 0.2
    assert learnt > plain - 0.02


def test_no_chance_goes_far_from_that_of_past_errors(replays):
    # Without this a school whose plan lay beyond its 95 % interval was orange: 125 children, 115 to 135, 180 seats.
    now = replays[-1]
    learnt = shortage.chances(panel(), replays[:-1], now, seats, 2)
    for ahead in (1, 2):
        plain = intervals.exceed(now.cells["entry"], now.expected[:, ahead - 1, 0], ahead, seats(now.origin))
        both = np.isfinite(plain) & np.isfinite(learnt[:, ahead - 1]) & (plain > 0.01) & (plain < 0.99)
        times = learnt[both, ahead - 1] / (1 - learnt[both, ahead - 1]) * (1 - plain[both]) / plain[both]
        assert (times <= shortage.FURTHEST * 1.001).all()
        assert (times >= 0.999 / shortage.FURTHEST).all()


def test_a_colour_follows_from_what_a_missed_shortage_costs():
    chance = pd.Series([0.55, 0.4, 0.21, 0.08, 0.05])
    assert alerts.levels.colour(chance).tolist() == ["red", "orange", "yellow", "green", "green"]
    # Two false alarms for a missed shortage: act from one third on.
    careful = alerts.levels.colour(chance, alerts.levels.colour_lines(2.0))
    assert careful.tolist() == ["red", "red", "orange", "yellow", "green"]
    with pytest.raises(DataError, match="大于 0 的数"):
        alerts.levels.colour_lines(0.0)


def test_the_dearer_a_missed_shortage_the_more_of_them_are_told(replays):
    table = warning_skill.costs(panel(), shortage.sharpened(panel(), replays, seats), seats, horizons=[1])
    assert table["line"].is_monotonic_decreasing
    assert table["recall"].is_monotonic_increasing
    one = warning_skill.warnings(panel(), shortage.sharpened(panel(), replays, seats), seats, horizons=[1]).iloc[0]
    assert table.loc[0, ["precision", "recall"]].tolist() == [one["precision_red"], one["recall_red"]]
