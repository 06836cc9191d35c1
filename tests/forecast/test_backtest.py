"""Scores worked by hand on two schools, a panel that cannot see the future, and interval coverage on a made-up past."""

from dataclasses import replace

import numpy as np
import pytest

from zhaosheng_analysis import lottery
from zhaosheng_analysis.forecast import backtest, baselines, warning_skill
from zhaosheng_analysis.forecast import tuning as rolling
from zhaosheng_analysis.forecast.progression import Panel, Tuning

DEFAULT = Tuning(strengths=(5000.0, 5000.0), betas=(0.5,))
FIRST, LAST = 2014, 2023


def made_up(*, schools: int = 120, seed: str = "backtest") -> Panel:
    """Return schools of known size whose intakes are counted around their zone's cohort and nobody moves."""
    chance = lottery.generator(seed, "panel")
    size = chance.uniform(30, 150, schools)
    years = np.arange(FIRST - 5, LAST + 1)
    intakes = chance.poisson(size[:, None] * np.ones(len(years))).astype(float)
    grades = [intakes[:, 5 - grade : len(years) - grade] for grade in range(6)]
    area = np.arange(schools) % 6
    entry = np.arange(FIRST, LAST + 8)
    cohort = np.repeat(size[:, None], len(entry), axis=1)
    known = np.repeat(cohort[None], LAST - FIRST + 1, axis=0)
    for row in range(len(known)):
        known[row][:, entry > FIRST + row + 6] = np.nan
    nowhere = np.zeros(schools, dtype=int)
    return Panel(FIRST, np.stack(grades, axis=2), (area, nowhere), known, FIRST, np.arange(schools), (nowhere,))


@pytest.fixture(scope="module")
def panel():
    return made_up()


@pytest.fixture(scope="module")
def replays(panel):
    return backtest.run(panel, origins=[2019, 2021], horizons=4, default=DEFAULT)


def test_nothing_after_an_origin_is_seen(panel, replays):
    pupils, cohort = panel.pupils.copy(), panel.cohort.copy()
    pupils[:, 2020 - FIRST :] = 9999.0
    cohort[2020 - FIRST :] = 9999.0
    poisoned = replace(panel, pupils=pupils, cohort=cohort)
    again = backtest.run(poisoned, origins=[2019], horizons=4, default=DEFAULT)[0]
    np.testing.assert_array_equal(again.expected, replays[0].expected)
    assert rolling.tune(poisoned, 2019, default=DEFAULT) == rolling.tune(panel, 2019, default=DEFAULT)
    for bins, same in zip(again.schools.residuals[1], replays[0].schools.residuals[1], strict=True):
        np.testing.assert_array_equal(bins, same)


def test_a_cohort_not_yet_born_at_the_origin_is_not_used(panel):
    # Entry 2026 is known in 2020 only; before, whatever the table says, the scenario decides.
    told = panel.until(2019)
    assert np.isnan(told.cohort[-1][:, 2026 - FIRST]).all()
    assert np.isfinite(panel.until(2020).cohort[-1][:, 2026 - FIRST]).all()


def test_scores_of_two_schools_by_hand():
    # Cells said 10, 20 and 100, 110; came 12, 20 and 90, 120: off by 2 + 0 + 10 + 10 of 242.
    pupils = np.array([[[10.0, 20], [12, 20]], [[100.0, 110], [90, 120]]])
    nowhere = np.zeros(2, dtype=int)
    panel = Panel(2020, pupils, (nowhere,), np.ones((2, 2, 2)), 2020, nowhere - 1, (nowhere,))
    found = backtest.measure(panel, 2020, pupils[:, 0], 1, {"district": nowhere})
    assert found["wape"] == pytest.approx(100 * 22 / 242)
    assert found["entry_wape"] == pytest.approx(100 * 12 / 102)
    assert found["mape"] == 0, "only the second school has a hundred pupils, and it was off by -10 + 10"
    assert found["bias"] == pytest.approx(100 * (240 - 242) / 242)
    assert found["district"] == pytest.approx(100 * 2 / 242)
    assert found["crps"] == pytest.approx(22 / 4), "the CRPS of a single number is its mean absolute error"


def test_warnings_by_hand():
    chance = np.array([0.9, 0.6, 0.2, 0.05])
    event = np.array([True, False, True, False])
    found = warning_skill.judge(chance, event, np.array([True, True, False, False]))
    assert (found["precision_red"], found["recall_red"]) == (50, 50)
    assert found["recall_yellow"] == 100
    assert found["base"] == 50
    brier = (0.1**2 + 0.6**2 + 0.8**2 + 0.05**2) / 4
    assert found["brier_skill"] == pytest.approx(1 - brier / 0.25)


def test_textbook_progression_is_the_mean_ratio_and_the_last_intake():
    # Of 10 and 20 first graders 9 and 18 were there a year later: .9. The last intake of 30 stays.
    pupils = np.array([[[10.0, 0], [20, 9], [30, 18]]])
    nowhere = np.zeros(1, dtype=int)
    panel = Panel(2020, pupils, (nowhere,), np.ones((3, 1, 3)), 2020, nowhere, (nowhere,))
    np.testing.assert_allclose(baselines.textbook(panel, 2022, 2), [[[30, 27], [30, 27]]])
    np.testing.assert_allclose(baselines.last_value(panel, 2022, 2), [[[30, 18], [30, 18]]])


def test_shrunk_cohorts_beat_both_simple_methods_where_only_counting_errs(panel, replays):
    scores = backtest.score(panel, replays, horizons=(1, 2), levels={"area": panel.levels[0]})
    by_method = scores.pivot_table(index="horizon", columns="method", values="wape")
    assert (by_method["shrunk cohorts"] < by_method["textbook"]).all()
    assert (by_method["textbook"] < by_method["last value"]).all()
    crps = scores.pivot_table(index="horizon", columns="method", values="crps")
    assert (crps["shrunk cohorts"] < 0.9 * crps["textbook"]).all(), "intervals tell more than a number"
    cells = backtest.coverage(panel, replays, horizons=(1, 2)).query("level == 'cell'").set_index("horizon")["crps"]
    assert crps["shrunk cohorts"].to_dict() == pytest.approx(cells.to_dict())


def test_intervals_hold_about_as_often_as_they_say(panel, replays):
    held = backtest.coverage(panel, replays, horizons=(1, 2)).set_index(["level", "horizon"])
    assert held.loc["school", "coverage80"].between(74, 88).all()
    assert held.loc["school", "coverage95"].between(90, 100).all()
    assert (held.loc["cell", "coverage80"] > 80).all(), "whole children, and who is at school already never moves"
    assert (held["coverage95"] >= held["coverage80"]).all()


def test_warnings_are_scored_against_the_plan_of_the_origin(panel, replays):
    def seats(origin):
        return panel.pupils[:, origin - FIRST, 0] + 5

    found = warning_skill.warnings(panel, replays, seats, horizons=(1, 2)).set_index("horizon")
    assert found["n"].tolist() == [240, 240]
    assert (found["recall_yellow"] >= found["recall_orange"]).all()
    assert (found["recall_orange"] >= found["recall_red"]).all()
    assert (found["brier_skill"] > 0).all()


def test_a_tuning_is_only_changed_for_less_error():
    flat = Tuning()
    assert rolling.better(flat, [replace(flat, pull=0.0)], [1, 2], lambda *_: 1.0) is flat
    other = replace(flat, pull=0.0)
    assert rolling.better(flat, [other], [1], lambda _, tuning: tuning.pull) == other


def test_gradient_boosting_learns_what_textbook_progression_knows(panel):
    # A fifth of every grade leaves every year: trees must find .8 without being told, and see nothing later.
    leaving = 0.8 ** np.arange(6)
    size = np.linspace(40, 200, 120)
    pupils = np.rint(size[:, None, None] * leaving * np.ones((1, 10, 1)))
    steady = replace(panel, pupils=pupils)
    expected = baselines.boosting(steady, 2021, 2)
    assert np.abs(expected[:, 1, 2:] / pupils[:, 0, 2:] - 1).mean() < 0.03
    poisoned = replace(steady, pupils=np.concatenate([pupils[:, :8], np.full((120, 2, 6), 9999.0)], axis=1))
    np.testing.assert_array_equal(baselines.boosting(poisoned, 2021, 2), expected)


def test_reliability_puts_what_was_said_beside_what_came(panel, replays):
    def seats(origin):
        return panel.pupils[:, origin - FIRST, 0] + 5

    table = warning_skill.reliability(panel, replays, seats, horizons=(1,))
    chance, event, _ = warning_skill.said_and_came(panel, replays[0], seats(2019), 1)
    other, came, _ = warning_skill.said_and_came(panel, replays[1], seats(2021), 1)
    assert table["n"].sum() == 240
    assert (table["said"] * table["n"]).sum() == pytest.approx(chance.sum() + other.sum())
    assert (table["came"] * table["n"]).sum() == pytest.approx(event.sum() + came.sum())


def test_lead_counts_the_years_a_shortage_was_told_without_a_break(panel):
    runs = backtest.run(panel, origins=[2019, 2020, 2021], horizons=3, default=DEFAULT)

    def none(origin):
        return np.zeros(len(panel.pupils)) + 0 * origin

    def plenty(origin):
        return np.full(len(panel.pupils), 1e6) + 0 * origin

    # With no seats every school is short and always was: a lead of one, two and three years at the three origins.
    assert warning_skill.lead(panel, runs, none, horizons=(1, 2, 3)) == {"mean": 2.0, "median": 2.0, "n": 360}
    assert warning_skill.lead(panel, runs, plenty, horizons=(1, 2, 3))["n"] == 0
