"""What schools err in common, whose children a full school turned away, and whom a closing school sends on: by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import town
from zhaosheng_analysis import forecast, lottery
from zhaosheng_analysis.forecast import aggregates, cell_intervals, entry_grade, outlook_tables, past_forecasts
from zhaosheng_analysis.forecast.past_forecasts import Past
from zhaosheng_analysis.forecast.progression import Panel, Tuning

SCHOOLS, YEARS = 60, 40


def past(share: float) -> Past:
    """Return forecasts of 100 children at each school, whose errors have so much of their variance in common."""
    chance = lottery.generator("aggregates", "errors")
    common = chance.normal(size=(YEARS, 1)) * np.ones((1, SCHOOLS))
    errors = 10 * (np.sqrt(share) * common + np.sqrt(1 - share) * chance.normal(size=(YEARS, SCHOOLS)))
    school, origin = np.tile(np.arange(SCHOOLS), YEARS), np.repeat(np.arange(YEARS), SCHOOLS)
    expected = np.full((SCHOOLS * YEARS, 2), 100.0)
    observed = expected + np.stack([errors.ravel(), np.zeros(SCHOOLS * YEARS)], axis=1)
    return Past(school, origin, np.ones(SCHOOLS * YEARS, dtype=int), expected, observed)


def shared(told: Past, group: np.ndarray) -> float:
    return aggregates.common_share(aggregates.collect(told, cell_intervals.calibrations(told), group))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_the_share_that_schools_err_in_common_is_found_again(share):
    assert shared(past(share), np.zeros(SCHOOLS, dtype=int)) == pytest.approx(share, abs=0.15)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_interval_of_a_total_holds_as_often_as_it_says(share):
    told = past(share)
    assert aggregates.coverage(told, np.zeros(SCHOOLS, dtype=int), 1, 0.80) == pytest.approx(0.8, abs=0.12)


def test_too_few_totals_take_the_assumed_share():
    few = past_forecasts.subset(past(0.0), past(0.0).origin < 3)
    assert shared(few, np.zeros(SCHOOLS, dtype=int)) == aggregates.ASSUMED


def test_a_total_is_as_wide_as_its_schools_apart_together_or_between():
    # Two schools of half-width 3 and 4: apart 5, as one 7.
    apart, as_one = np.array([25.0]), np.array([49.0])
    assert aggregates.half_width(apart, as_one, 0.0) == pytest.approx(5)
    assert aggregates.half_width(apart, as_one, 1.0) == pytest.approx(7)
    assert aggregates.half_width(apart, as_one, 0.5) == pytest.approx(37**0.5)


def two(*, full: np.ndarray | None = None) -> Panel:
    """Return two schools with a zone each of 100 children a year; one took 60, the other 100, in all of three years."""
    pupils = np.zeros((2, 3, 2))
    pupils[:, :, 0] = [[60.0], [100.0]]
    cohort = np.full((3, 2, 6), 100.0)
    nowhere = np.zeros(2, dtype=int)
    return Panel(2020, pupils + 0.0, (nowhere,), cohort, 2020, np.array([0, 1]), (nowhere,), full)


def test_a_full_school_is_taken_to_have_been_wanted_as_much_as_the_others():
    full = np.array([[True] * 3, [False] * 3])
    assert entry_grade.uncensored(two(), two().cohort[-1][:, :3]).tolist() == two().pupils[:, :, 0].tolist()
    raised = entry_grade.uncensored(two(full=full), two().cohort[-1][:, :3])
    assert raised.tolist() == [[100.0] * 3, [100.0] * 3], "all of the free school's zone came: rate 1"


def test_leaning_draws_schools_toward_their_zones_and_keeps_the_sum():
    expected = np.array([[60.0, 60.0], [100.0, 100.0]])
    half = entry_grade.leant(expected, two(), two().cohort[-1][:, 2:4], 0.5)
    assert half.tolist() == [[70.0, 70.0], [90.0, 90.0]], "160 children, 80 by zone each"
    assert entry_grade.leant(expected, two(), two().cohort[-1][:, 2:4], 0.0) is expected


def test_schools_that_share_a_zone_do_not_lean_on_it():
    crowded = replace(two(), zone=np.array([0, 0]))
    expected = np.array([[60.0, 60.0], [100.0, 100.0]])
    assert entry_grade.leant(expected, crowded, crowded.cohort[-1][:, 2:4], 1.0).tolist() == expected.tolist()
    assert entry_grade.project(crowded, 1, Tuning(lean=1.0, betas=(0.0,))).expected[:, 0].tolist() == pytest.approx(
        [60, 100]
    )


def test_a_closing_school_takes_no_new_pupils_and_keeps_its_old_ones():
    # 洮北 三: from this year on the zone's children register at the successor; the other grades run out.
    closing = forecast_town.schools(
        status=["open", "closing", "open"], successor_id=pd.array([None, "j1", None], dtype="str")
    )
    told = forecast.project(town(schools=closing), rulebook.rules(), years=range(2026, 2029))
    demand = told.schools.set_index(["school_id", "year"])["demand_n"]
    assert demand["y1", 2026] == 0
    assert demand["j1", 2026] == 72 + 40
    left = told.grades[(told.grades["school_id"] == "y1") & (told.grades["year"] == 2027)].set_index("grade")[
        "pupils_n"
    ]
    assert left.to_dict() == {1: 0, 2: 0, 3: 40, 4: 40, 5: 40, 6: 40}
    hukou = told.schools.set_index(["school_id", "year"])["hukou_n"]
    assert hukou["j1", 2026] == 72 + 40
    closed = told.schools[told.schools["school_id"] == "y1"]
    assert closed["p_short"].isna().all(), "nobody is short where nobody enters"
    assert closed[["low80_n", "high95_n"]].eq(0).all(axis=None), "nor may anybody come"


def test_years_of_growth_are_counted_back_from_the_last():
    living = np.array([[3.0, 4, 5, 6], [6, 5, 6, 7], [5, 5, 5, 5], [np.nan, np.nan, 4, 5]])
    assert outlook_tables.rising(living).tolist() == [3, 2, 0, 1]


def test_the_town_counts_its_residents_and_their_growth():
    told = forecast.project(town(), rulebook.rules(), years=[2026, 2027]).schools.set_index(["school_id", "year"])
    assert told["resident_n"]["j1", 2027] == 78
    assert told["rising_n"]["j1", 2027] == 3, "six more each year from 2025 on"
    assert told["rising_n"]["y1", 2027] == 0
    assert told["counted"]["j1", 2026] == "zone"


def test_the_zones_of_a_junior_school_are_counted_together_and_those_of_the_year_they_hold():
    zones = forecast_town.zones()
    west, east = (zones[zones["stage"] == "primary"].iloc[[place]].assign(stage="junior") for place in (0, 1))
    both = pd.concat([west.assign(zone_id="zb"), east.assign(zone_id="zb2")])
    both = both.assign(valid_to=[pd.NaT, pd.Timestamp(2027, 6, 30)])
    apart = pd.concat(
        [zones[zones["stage"] == "primary"], both.astype(zones.drop(columns="geometry").dtypes.to_dict())]
    )
    links = pd.concat([forecast_town.doors("zj", "zy"), pd.DataFrame({"zone_id": ["zb", "zb2"], "school_id": "b1"})])
    district = town(zones=apart.reset_index(drop=True), zone_schools=links.reset_index(drop=True))
    told = forecast.project(district, rulebook.rules(), years=[2026, 2027]).schools
    junior = told[told["school_id"] == "b1"].set_index("year")["hukou_n"]
    # Sixty children began primary in the west six years before, forty in the east, whose zone ends in 2027.
    assert junior.to_dict() == {2026: 100, 2027: 60}
