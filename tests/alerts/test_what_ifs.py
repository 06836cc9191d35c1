"""What might be: the right school, year and tier change, and nothing else does."""

import pandas as pd
import pytest

from tests.towns import forecast_town
from tests.towns.admitting_town import families, rules, sure
from tests.towns.admitting_town import town as admitting_town
from zhaosheng_analysis import alerts, forecast
from zhaosheng_analysis.alerts import what_ifs
from zhaosheng_analysis.forecast import simulation


def flats(number: int) -> pd.DataFrame:
    """Return flats handed over in unit u1 in the summer of 2026."""
    return pd.DataFrame({"unit_id": ["u1"], "delivered_on": [pd.Timestamp("2026-06-30")], "dwellings_n": [number]})


def test_twice_the_flats_of_one_estate_cut_a_higher_tier_at_the_right_school_in_the_right_year():
    # 甲 has 80 seats and expects 72, 78 and 84 children, half of tier 1, a quarter each of 2 and 3a. 800 flats bring
    # 6, 13 and 18 more, twice as many 13, 26 and 35: 78, 91, 102 against 85, 104, 119 children. Tier 3a is cut beyond
    # 80 children, tier 2 beyond 107, where three quarters are more than the seats.
    def told(number):
        district = admitting_town(west=80)
        built = forecast_town.town(**district.tables | {"housing": flats(number)})
        made = sure(forecast.project(built, rules(), years=[2026, 2027, 2028]))
        through = simulation.run(made, families(), built, rules(), seed="s", drawn=20, intakes=0)
        return alerts.flag(made, rules(), ranked=families(), through=through)

    once, twice = told(800), told(1600)
    moved = what_ifs.differing(once, twice)
    assert set(moved["school_id"]) == {"j1"}, "the estate lies in 甲's zone"
    west = moved.set_index("year")
    assert west["demand_before_n"].tolist() == pytest.approx([78, 91, 102], abs=1)
    assert west["demand_after_n"].tolist() == pytest.approx([85, 104, 119], abs=1)
    assert west["cut_tier_before"].tolist() == ["", "3a", "3a"]
    assert west["cut_tier_after"].tolist() == ["3a", "3a", "2"]
    assert (west["turned_away_after_n"] > west["turned_away_before_n"]).all()


def test_nothing_differs_from_itself():
    there = forecast_town.town(**admitting_town(west=80).tables | {"housing": flats(800)})
    assert alerts.what_if(there, there, rules(), families(), years=[2026], seed="s").empty
