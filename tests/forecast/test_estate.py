"""A planner doubles the flats of one estate of a demo district and sees the right school, year and tier change."""

import pandas as pd
import pytest

from tests.towns import demo_districts
from zhaosheng_analysis import alerts, forecast, policy
from zhaosheng_analysis.forecast import housing, simulation

ESTATE, FLATS, YEARS = "pc-unit-387", 600, range(2024, 2027)


@pytest.fixture(scope="module")
def district():
    return demo_districts.district("pingcheng")


@pytest.fixture(scope="module")
def told(district):
    """Return the warnings with the estate as planned, and with twice its flats."""
    rules, ranked = demo_districts.rules("pingcheng"), demo_districts.ranked("pingcheng")
    planned = housing.add_flats(district, ESTATE, FLATS, on="2024-11-30")
    flags = []
    for there in (planned, housing.more_flats(planned, ESTATE, times=2)):
        outlook = forecast.project(there, rules, years=YEARS)
        through = simulation.run(outlook, ranked, there, rules, seed="s", drawn=200, intakes=0)
        flags.append(alerts.flag(outlook, rules, ranked=ranked, through=through))
    return flags


def school_of(district, unit: str) -> str:
    """Return the one school of the zone a unit lies in, read from the map."""
    point = district.units.set_index("unit_id").loc[unit, "geometry"].representative_point()
    zones = district.zones[(district.zones["stage"] == "primary") & district.zones.contains(point)]
    doors = district.zone_schools[district.zone_schools["zone_id"].isin(zones["zone_id"])]
    return doors["school_id"].drop_duplicates().item()


def test_twice_the_flats_move_the_right_school_in_the_right_years(district, told):
    keys = ["school_id", "stage", "year"]
    once, twice = (flags.set_index(keys)["demand_n"].astype(float) for flags in told)
    change = twice - once
    school = school_of(district, ESTATE)
    # Flats of November 2024 and June 2025 belong to one school year: first felt in September 2025, more in 2026.
    doubled = FLATS + 313
    west = change.xs((school, "primary"), level=("school_id", "stage"))
    assert west.tolist() == pytest.approx([0, housing.YIELDS[0] * doubled, housing.YIELDS[1] * doubled], abs=2)
    assert change.drop(index=[(school, "primary", year) for year in YEARS]).abs().max() <= 1, "nobody else's"


def test_twice_the_flats_cut_a_higher_tier(district, told):
    order = [*policy.load("pingcheng-2024").table.order, ""]
    school = school_of(district, ESTATE)
    cut = pd.DataFrame([flags[flags["school_id"] == school].set_index("year")["cut_tier"] for flags in told])
    ranks = cut.map(order.index)
    assert (ranks.iloc[1] <= ranks.iloc[0]).all()
    assert (ranks.iloc[1] < ranks.iloc[0]).any(), "some tier that was safe is cut"
    away = [flags[flags["school_id"] == school].set_index("year")["turned_away_n"] for flags in told]
    assert (away[1] >= away[0] - 1e-9).all()
    assert away[1][2026] > away[0][2026] + 10
