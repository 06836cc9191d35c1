"""Rolls that are not all there: a school without a past, a stage nobody is in, one year only."""

import pandas as pd
import pytest

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast

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


@pytest.mark.parametrize("first", [2025, 2024, 2023])
@pytest.mark.parametrize("register", ["whole", "none", "ahead only"])
def test_the_first_spring_works_and_says_that_nothing_is_calibrated(first, register):
    counts, cohorts = forecast_town.roll_counts(), forecast_town.cohorts()
    known = {"whole": cohorts, "none": cohorts.iloc[:0], "ahead only": cohorts[cohorts["entry_year"] > ORIGIN]}[
        register
    ]
    told = carried(town(roll_counts=counts[counts["school_year"] >= first], cohorts=known))
    assert not told.schools["calibrated"].any()
    soon = told.schools[told.schools["year"] == ORIGIN + 1].set_index("school_id")["demand_n"]
    # 66 came to 甲, 40 to 乙, and 100 leave them: one more cohort of the same size, or as the register grows.
    assert 62 <= soon["j1"] <= 72
    assert 39 <= soon["y1"] <= 43
    assert soon["b1"] == 100


@pytest.mark.parametrize("invalid", [[2024], [2022, 2023, 2024], [2018]])
@pytest.mark.parametrize("first", [2018, 2024])
def test_years_that_do_not_count_leave_no_traceback_and_no_false_growth(invalid, first):
    counts = forecast_town.roll_counts()
    told = forecast.project(
        town(roll_counts=counts[counts["school_year"] >= first]), rulebook.rules(), years=YEARS, invalid=invalid
    )
    junior = told.schools[told.schools["school_id"] == "b1"].set_index("year")["demand_n"]
    assert junior.loc[:2027].tolist() == [100, 100]
    assert not told.cautions["caution"].isin(["young", "new"]).any(), "nobody opened; the rolls begin late"


def test_a_school_whose_rolls_are_missing_pushes_its_pupils_onto_nobody():
    counts = forecast_town.roll_counts()
    gaps = [
        (counts["school_id"] == "y1") & counts["school_year"].isin(years) for years in ([2023], [2024], [2022, 2023])
    ]
    gaps += [(counts["school_id"] == "y1") & (counts["school_year"] == ORIGIN)]
    whole = carried(town()).schools
    for gap in gaps:
        part = carried(town(roll_counts=counts[~gap])).schools
        both = whole.merge(part, on=["school_id", "stage", "year"], suffixes=("", "_gap"), validate="1:1")
        assert ((both["demand_n_gap"] - both["demand_n"]).abs() <= 0.08 * both["demand_n"]).all(), "of every school"


def test_one_missing_cell_is_no_empty_class():
    counts = forecast_town.roll_counts()
    whole = carried(town()).grades
    for year, grade in ((ORIGIN, 3), (ORIGIN - 1, 6), (2022, 4)):
        hole = (counts["school_id"] == "j1") & (counts["school_year"] == year) & (counts["grade"] == grade)
        part = carried(town(roll_counts=counts[~hole])).grades
        both = whole.merge(part, on=["school_id", "year", "grade"], suffixes=("", "_hole"), validate="1:1")
        assert ((both["pupils_n_hole"] - both["pupils_n"]).abs() <= 2).all(), (year, grade)


def test_in_rolls_with_many_holes_a_lowest_grade_without_a_row_is_one_of_them():
    counts = forecast_town.roll_counts()
    holes = [("y1", 2020, 3), ("j1", 2021, 2), ("y1", 2022, 5), ("j1", 2023, 4), ("y1", ORIGIN, 1)]
    keys = pd.MultiIndex.from_frame(counts[["school_id", "school_year", "grade"]])
    part = carried(town(roll_counts=counts[~keys.isin(holes)]))
    whole = carried(town())
    both = whole.schools.merge(part.schools, on=["school_id", "year"], suffixes=("", "_holes"), validate="1:1")
    assert ((both["demand_n_holes"] - both["demand_n"]).abs() <= 0.08 * both["demand_n"]).all()
    assert ("y1", "phase_out") not in set(part.cautions[["school_id", "caution"]].itertuples(index=False, name=None))
    assert part.accuracy["wape_all"].max() < 0.05, "what nobody counted is no error of the forecast"
