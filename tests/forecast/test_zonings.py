"""The zones of a district by day: asked once or twice, they say what the memberships say."""

import numpy as np
import pandas as pd

from zhaosheng_analysis import demo
from zhaosheng_analysis.forecast.zonings import Zoning
from zhaosheng_analysis.zones import memberships


def test_a_day_asked_again_is_not_looked_up_again_and_other_seats_are():
    town, day = demo.nine_plots(), pd.Timestamp(2026, 9, 1)
    zoning = Zoning(town, "primary", ["s1", "s2", "s3"])
    asked = {"stage": "primary", "year": 2026, "open_in": 2025, "on": day}
    for seats in ({}, {"s1": 2.0, "s2": 3.0, "s3": 2.0}):
        shares = zoning.shares(2026, day, seats=seats, shares=None, open_in=2025)
        rows = memberships.members(town, seats=seats, **asked)
        assert np.array_equal(shares, memberships.share_table(rows, town.units["unit_id"], zoning.schools))
        assert shares is zoning.shares(2026, day, seats=seats, shares=None, open_in=2025)
    assert zoning.open_schools(2026) == memberships.open_schools(town, 2026)
