"""Grades that exist: 教学点 that end early, schools that grow, phase out or are empty by chance."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import forecast

YEARS = range(ORIGIN + 1, ORIGIN + 5)


def with_school(rows: pd.DataFrame, **facts) -> dict:
    """Return the tables of the town with one school more, in the east."""
    schools = forecast_town.schools()
    new = schools[schools["school_id"] == "y1"].assign(
        school_id="p1", name="丁教学点", geometry=[Point(350, 100)], **facts
    )
    both = gpd.GeoDataFrame(pd.concat([schools, new], ignore_index=True), crs=schools.crs)
    return {"schools": both, "roll_counts": rows.sort_values(["school_id", "school_year", "grade"], ignore_index=True)}


def teaching_point(top: int) -> pd.DataFrame:
    """Return rolls in which ten of 乙's forty children a year go to a school that ends with grade `top`."""
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"].copy()
    early = (counts["school_id"] == "y1") & (counts["grade"] <= top)
    counts.loc[early, "pupils_n"] -= 10
    small = counts[early].assign(school_id="p1", pupils_n=10, classes_n=1)
    return pd.concat([counts, small], ignore_index=True)


def test_a_school_of_three_grades_grows_no_others_and_its_pupils_go_where_they_always_went():
    told = forecast.project(town(**with_school(teaching_point(3))), rulebook.rules(), years=YEARS)
    grades = told.grades.set_index(["school_id", "grade", "year"])["pupils_n"].sort_index()
    assert set(told.grades.loc[told.grades["school_id"] == "p1", "grade"]) == {1, 2, 3}
    # 乙 has thirty in grades 1 to 3 and forty from grade 4 on, for ever.
    assert grades.loc["y1", 4].loc[ORIGIN + 1 :].tolist() == pytest.approx([40] * 4, abs=2)
    assert grades.loc["y1", 3].loc[ORIGIN + 1 :].tolist() == pytest.approx([30] * 4, abs=2)
    west = told.grades[told.grades["school_id"] == "j1"].groupby("year")["pupils_n"].sum()
    whole = told.grades.groupby("year")["pupils_n"].sum() - west
    assert whole.tolist() == pytest.approx([240] * 5, abs=8), "a steady town stays steady"


def test_written_as_noughts_the_grades_of_a_teaching_point_exist_no_more_than_left_out():
    rows = teaching_point(3)
    noughts = [("p1", year, grade, 0, 0) for year in range(2018, ORIGIN + 1) for grade in (4, 5, 6)]
    both = pd.concat([rows, pd.DataFrame(noughts, columns=rows.columns)], ignore_index=True)
    told = [forecast.project(town(**with_school(table)), rulebook.rules(), years=YEARS) for table in (rows, both)]
    pd.testing.assert_frame_equal(told[0].grades, told[1].grades)


def test_a_new_school_adds_its_next_grade_every_year():
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"]
    new = [("p1", year, grade, 20, 1) for year in (2024, 2025) for grade in range(1, year - 2022)]
    rows = pd.concat([counts, pd.DataFrame(new, columns=counts.columns)], ignore_index=True)
    told = forecast.project(town(**with_school(rows, opened_year=2024)), rulebook.rules(), years=YEARS)
    mine = told.grades[(told.grades["school_id"] == "p1") & (told.grades["pupils_n"] > 0)]
    assert mine.groupby("year")["grade"].max().to_dict() == {2025: 2, 2026: 3, 2027: 4, 2028: 5, 2029: 6}


@pytest.mark.parametrize("since", [ORIGIN - 1, ORIGIN])
def test_a_new_school_of_upper_grades_goes_on_taking_children_into_its_lowest(since):
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"]
    # Every year 乙 lets ten of its forty third graders go, to a school of grades four to six that has just opened.
    moved = (
        (counts["school_id"] == "y1") & (counts["grade"] > 3) & (counts["school_year"] - counts["grade"] >= since - 4)
    )
    counts.loc[moved, "pupils_n"] -= 10
    new = counts[moved].assign(school_id="p1", pupils_n=10, classes_n=1)
    rows = pd.concat([counts, new], ignore_index=True)
    told = forecast.project(town(**with_school(rows, opened_year=since)), rulebook.rules(), years=YEARS)
    mine = told.grades[(told.grades["school_id"] == "p1") & (told.grades["year"] > ORIGIN)]
    assert set(mine["grade"]) == {4, 5, 6}
    assert mine.loc[mine["grade"] == 4, "pupils_n"].between(5, 12).all(), mine
    last = mine[mine["year"] == max(YEARS)]
    assert (last["pupils_n"] > 0).all()


def test_a_lowest_grade_that_has_gone_is_a_phase_out():
    counts = forecast_town.roll_counts()
    gone = (counts["school_id"] == "b1") & (counts["school_year"] == ORIGIN) & (counts["grade"] == 7)
    told = forecast.project(town(roll_counts=counts[~gone]), rulebook.rules(), years=YEARS)
    left = told.grades[told.grades["school_id"] == "b1"].groupby("year")["pupils_n"].sum()
    assert left.to_dict() == {2025: 200, 2026: 100, 2027: 0, 2028: 0, 2029: 0} or left.loc[2027:].sum() == 0
    assert told.schools.loc[told.schools["school_id"] == "b1", "demand_n"].sum() == 0


def test_a_tiny_school_with_no_first_graders_this_year_is_no_phase_out():
    counts = forecast_town.roll_counts()
    counts = counts[counts["school_id"] != "b1"]
    tiny = [
        ("p1", year, grade, 0 if year - grade == ORIGIN - 1 else 3, 1)
        for year in range(2018, ORIGIN + 1)
        for grade in range(1, 7)
    ]
    rows = pd.concat([counts, pd.DataFrame(tiny, columns=counts.columns)], ignore_index=True)
    told = forecast.project(town(**with_school(rows)), rulebook.rules(), years=YEARS)
    assert (told.schools.loc[told.schools["school_id"] == "p1", "demand_n"] > 0).all()
