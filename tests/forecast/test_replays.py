"""What moved in the past is carried out from a past origin as it is today: redraws, closures, openings."""

import pandas as pd
import pytest
from shapely.geometry import box

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import UNITS, due, town
from zhaosheng_analysis import forecast

EAST = box(100, 0, 400, 200)


def rolls(moved: int = 9999, *, grown: bool = False) -> pd.DataFrame:
    """Return rolls in which u2 belongs to the east from the intake of one year on; `grown`: its older pupils too."""
    rows = []
    for year in range(forecast_town.FIRST, forecast_town.ORIGIN + 1):
        for school in ("j1", "y1", "b1"):
            for grade in range(7, 10) if school == "b1" else range(1, 7):
                since = year if grown else year - grade + 1
                west = ["u1"] if since >= moved else ["u1", "u2"]
                units = {"j1": west, "y1": [unit for unit in UNITS if unit not in west], "b1": UNITS}[school]
                pupils = sum(due(unit, year - grade + 1) for unit in units)
                rows.append((school, year, grade, pupils, -(-pupils // 45)))
    return pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "pupils_n", "classes_n"])


def error(district, *, ahead: int = 1, whole: bool = False) -> float:
    """Return the published error of the intakes of primaries, as a share."""
    table = forecast.project(district, rulebook.rules(), years=[2026]).accuracy
    rows = table[table["stage"].eq("primary") & table["level"].eq("school") & table["horizon"].eq(ahead)]
    return rows["wape_all" if whole else "wape"].item()


def test_a_past_origin_lies_in_the_zones_of_its_day_and_foresees_the_redraw_that_came():
    there = town(roll_counts=rolls(2023), **forecast_town.redrawn(EAST, on="2023-07-01"))
    told = forecast.project(there, rulebook.rules(), years=[2023, 2024], origin=2022)
    coming = told.schools[told.schools["stage"] == "primary"].set_index(["school_id", "year"])["demand_n"]
    assert coming.to_dict() == {("j1", 2023): 30, ("y1", 2023): 70, ("j1", 2024): 30, ("y1", 2024): 70}
    by_redraw = told.drivers[told.drivers["driver"] == "redraw"].set_index(["school_id", "year"])["pupils_n"]
    assert by_redraw["j1", 2023] == -30
    assert by_redraw["y1", 2023] == 30


def test_zones_that_were_first_drawn_up_since_move_nobody():
    new = forecast_town.redrawn(EAST, on="2023-07-01")
    new["zones"] = new["zones"][new["zones"]["zone_id"].isin(["zj2", "zy2", "zb"])]
    told = forecast.project(town(roll_counts=rolls(2023), **new), rulebook.rules(), years=[2023], origin=2022)
    assert told.drivers.loc[told.drivers["driver"] == "redraw", "pupils_n"].eq(0).all()


@pytest.mark.parametrize("year", [2023, 2025])
def test_a_redraw_of_the_past_is_no_error_of_the_past(year):
    drawn = forecast_town.redrawn(EAST, on=f"{year}-07-01")
    assert error(town(roll_counts=rolls(year), **drawn)) < 0.01


def test_closures_and_openings_of_the_past_are_no_error_of_the_past():
    counts = forecast_town.roll_counts()
    merged = counts.assign(
        school_id=counts["school_id"].where((counts["school_year"] < 2025) | (counts["school_id"] != "y1"), "j1")
    )
    keys = ["school_id", "school_year", "grade"]
    merged = merged.groupby(keys, as_index=False)[["pupils_n", "classes_n"]].sum()
    facts = forecast_town.schools()
    gone = facts["school_id"] == "y1"
    closed = facts.assign(
        status=facts["status"].where(~gone, "closed"),
        closed_year=facts["closed_year"].mask(gone, 2025),
        successor_id=facts["successor_id"].mask(gone, "j1"),
    )
    told = town(roll_counts=merged, schools=closed)
    assert error(told, whole=True) < 0.01
