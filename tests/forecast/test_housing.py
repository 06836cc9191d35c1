"""Flats to come, in one estate and in the largest."""

import pandas as pd

from tests.towns.forecast_town import town
from zhaosheng_analysis import forecast


def test_more_flats_multiply_one_estates_coming_flats_only():
    housing = pd.DataFrame(
        {
            "unit_id": ["u1", "u1", "u2"],
            "delivered_on": pd.to_datetime(["2024-05-01", "2026-05-01", "2026-05-01"]),
            "dwellings_n": [10, 100, 60],
        }
    )
    district = town(housing=housing)
    estate = forecast.housing.largest_estate(district)
    assert estate == "u1"
    more = forecast.housing.more_flats(district, estate, times=2).table("housing")
    assert more["dwellings_n"].tolist() == [10, 200, 60]
