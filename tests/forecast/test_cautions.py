"""What no past error speaks of widens the interval and is named; all through the door."""

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import town
from zhaosheng_analysis import forecast, texts
from zhaosheng_analysis.forecast import existing, intervals


def width(told, school: str, year: int) -> int:
    """Return how wide the 80 % interval of one school's intake is."""
    row = told.schools[(told.schools["school_id"] == school) & (told.schools["year"] == year)].iloc[0]
    return int(row["high80_n"] - row["low80_n"])


def test_a_redraw_widens_the_interval_of_both_schools_and_is_named():
    plain = forecast.project(town(), rulebook.rules(), years=[2026])
    moved = forecast.project(
        town(**forecast_town.redrawn(box(100, 0, 400, 200), on="2026-07-01")), rulebook.rules(), years=[2026]
    )
    # 42 children of u2 move; of them a standard deviation of a quarter is not known, and the chance of each.
    assert width(moved, "y1", 2026) >= 2 * 1.28 * 0.25 * 42
    assert width(moved, "y1", 2026) > width(plain, "y1", 2026)
    named = moved.cautions[moved.cautions["caution"] == "redraw"]
    assert set(named["school_id"]) == {"j1", "y1"}
    assert "小学：甲小学、乙小学学区有调整，区间已放宽。" in texts.forecast.cautions(moved)


def test_migrants_and_flats_widen_what_they_move():
    plain = forecast.project(town(), rulebook.rules(), years=[2026])
    more = forecast.project(town(), rulebook.rules(), years=[2026], migrants=60)
    extra = more.schools.set_index("school_id")["demand_n"] - plain.schools.set_index("school_id")["demand_n"]
    for school in ("j1", "y1"):
        assert width(more, school, 2026) >= 2 * 1.28 * 0.5 * (extra[school] - 1)


def test_what_does_not_move_is_not_widened():
    told = forecast.project(town(), rulebook.rules(), years=[2026])
    assert told.cautions.empty
    assert texts.forecast.cautions(told) == []


def test_a_year_like_no_other_is_named_once_and_its_return_is_not():
    assert existing.breaks(np.array([1000, 1010, 1000, 990, 700, 985, 990])) == [4]
    assert existing.breaks(np.array([1000, 1010, 1020, 1030, 1040])) == []


def test_from_a_broken_year_intakes_are_half_way_back_cohorts_further_and_the_interval_says_how_far():
    counts = forecast_town.roll_counts()
    broken = counts["pupils_n"].where(counts["school_year"] < 2025, (counts["pupils_n"] * 0.7).round().astype(int))
    plain, told = (
        forecast.project(town(roll_counts=rows), rulebook.rules(), years=[2026])
        for rows in (counts, counts.assign(pupils_n=broken))
    )
    # Forty came to 乙 every year and 28 in the broken one: half way back is 34, and six more or less are not known.
    soon = told.schools.set_index("school_id")["demand_n"]
    assert soon["y1"] in range(33, 40)
    assert width(told, "y1", 2026) >= max(2 * 1.28 * 6, width(plain, "y1", 2026))
    shown = told.grades[(told.grades["year"] == 2025) & (told.grades["school_id"] == "y1")]
    assert set(shown["pupils_n"]) == {28}, "the year of origin as it was counted"
    assert any("2025年人数与前后年相差过大" in line for line in texts.forecast.cautions(told))
    assert any("预测起点2025年人数突变：在校各年级主要按上年" in line for line in texts.forecast.cautions(told))
    # A cohort is known from the year before: forty were in every grade, 28 are counted, and 36 or more are expected.
    later = told.grades[(told.grades["year"] == 2026) & (told.grades["school_id"] == "y1") & (told.grades["grade"] > 2)]
    assert later["pupils_n"].between(36, 40).all()


def test_of_a_broken_year_no_more_is_believed_than_breaks_begin_at():
    steady = np.array([1000.0, 990, 1000, 990, 1000, 750])
    # One per cent is usual, four times that would be a break, and a quarter fewer came.
    assert existing.belief(steady) == pytest.approx(4 * 0.01005 / np.log(1000 / 750), rel=0.01)
    assert existing.belief(np.append(steady, 990.0)) == 1.0
    assert existing.belief(np.array([1000.0, 700, 1000, 700, 1000, 690])) == 1.0


def test_missing_rolls_and_short_histories_are_named():
    counts = forecast_town.roll_counts()
    gap = (counts["school_id"] == "y1") & (counts["school_year"] == 2024)
    told = forecast.project(town(roll_counts=counts[~gap]), rulebook.rules(), years=[2026])
    assert "小学：乙小学的在校生有缺，缺的按前后年补算，请补填。" in texts.forecast.cautions(told)
    young = forecast.project(town(roll_counts=counts[counts["school_year"] >= 2024]), rulebook.rules(), years=[2026])
    assert "小学：只有不到五年的在校生，区间未经充分校准。" in texts.forecast.cautions(young)


def test_the_interval_holds_as_much_as_it_says_of_small_and_large_schools():
    rng = np.random.default_rng(1)
    past, coming = (np.exp(rng.uniform(1.5, 5.5, 9000)) for _ in range(2))
    known = intervals.calibrate(past, rng.poisson(past).astype(float), np.ones(len(past)))
    came = rng.poisson(coming)
    low, high = intervals.bounds(known, coming, 1, 0.8, whole=True)
    inside = pd.Series((came >= np.rint(low)) & (came <= np.rint(high)))
    held = inside.groupby(pd.cut(coming, [0, 10, 20, 60, 300]), observed=True).mean()
    assert held.between(0.78, 0.82).all(), held
