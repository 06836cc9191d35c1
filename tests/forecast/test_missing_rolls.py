"""Rolls that are not all there: a school without a past, a stage nobody is in, one year only."""

import pytest

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast
from zhaosheng_analysis.schema import DataError

YEARS = range(2026, 2031)


def carried(district):
    return forecast.project(district, rulebook.rules(), years=YEARS)


def test_a_school_without_earlier_rolls_is_no_growth_of_the_district():
    counts = forecast_town.roll_counts()
    late = counts[(counts["school_id"] != "y1") | (counts["school_year"] == ORIGIN)]
    whole, part = (carried(town(roll_counts=rows)).schools for rows in (counts, late))
    both = whole.merge(part, on=["school_id", "stage", "year"], suffixes=("", "_late"), validate="1:1")
    assert ((both["demand_n_late"] - both["demand_n"]).abs() <= 0.08 * both["demand_n"]).all()


def test_a_stage_nobody_is_in_is_left_out():
    counts = forecast_town.roll_counts()
    told = carried(town(roll_counts=counts[counts["grade"] < 7]))
    assert set(told.schools["stage"]) == {"primary"}


def test_juniors_need_the_primary_leavers_of_a_year_before():
    counts = forecast_town.roll_counts()
    with pytest.raises(DataError, match="只有 2025 一年的小学在校生；初中的生源是上一年的小学毕业生，至少需要两年"):
        carried(town(roll_counts=counts[counts["school_year"] == ORIGIN]))
