"""The planning tables: sums that agree with the forecast, places beside it, flats delivery by delivery."""

import pandas as pd
import pytest

from tests.towns import forecast_town, rulebook
from tests.towns.forecast_town import ORIGIN, town
from zhaosheng_analysis import texts
from zhaosheng_analysis.forecast import planning


@pytest.fixture(scope="module")
def found():
    flats = pd.DataFrame({"unit_id": ["u1"], "delivered_on": [pd.Timestamp(2026, 3, 1)], "dwellings_n": [1000]})
    return planning.tables(town(housing=flats), rulebook.rules(), within=0.25)


def test_year_groups_add_up_to_the_schools_five_years_for_primary_and_seven_for_junior(found):
    areas = found["areas"]
    assert areas[areas["stage"] == "primary"]["year"].max() == ORIGIN + 5
    assert areas[areas["stage"] == "junior"]["year"].max() == ORIGIN + 7
    now = areas[areas["year"] == ORIGIN].groupby("stage")["pupils_n"].sum()
    rolls = forecast_town.roll_counts().query("school_year == @ORIGIN")
    assert now["primary"] == rolls.loc[rolls["grade"] < 7, "pupils_n"].sum()
    assert now["junior"] == rolls.loc[rolls["grade"] > 6, "pupils_n"].sum()
    assert (areas["low80_n"] <= areas["pupils_n"]).all()
    assert (areas["pupils_n"] <= areas["high80_n"]).all()


def test_places_are_those_of_the_plan_beside_the_demand(found):
    places = found["places"]
    assert sorted(set(places["year"])) == [ORIGIN + 1, ORIGIN + 2, ORIGIN + 3]
    assert (places["spare_n"] == places["seats_n"] - places["demand_n"]).all()


def test_flats_tell_their_pupils_delivery_by_delivery_net_of_moves(found):
    rows = found["development"].set_index("year")
    # Handed over in the school year 2025: 8 first graders of a thousand flats in 2026, 16 in 2027, a quarter from here.
    assert rows.loc[2026, "pupils"] == pytest.approx(8.0)
    assert rows.loc[2027, "net"] == pytest.approx(16.0 * 0.75)
    assert (rows["flats_n"] == 1000).all()


def test_last_years_forecast_is_scored_first_and_a_first_year_has_none(found):
    assert next(iter(found)) == "scored"
    assert set(found["scored"]["horizon"]) == {1}
    counts = forecast_town.roll_counts()
    first = planning.scored(town(roll_counts=counts[counts["school_year"] == ORIGIN]), rulebook.rules())
    assert first.empty


def test_the_sheets_are_headed_in_chinese(found):
    told = texts.forecast.planning(found)
    assert list(told) == ["上年预测打分", "片区分年级", "计划学位", "住房开发学生"]
    assert not any(column.isascii() for table in told.values() for column in table.columns)
