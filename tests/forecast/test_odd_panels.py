"""Bureaus of any shape: few years, few grades, tiny and large schools, holes and noughts: never a traceback."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from tests.towns import districts, forecast_town, rulebook
from zhaosheng_analysis import alerts, demo, forecast, policy, texts
from zhaosheng_analysis.forecast import own_past

SPANS = [(1, 6), (1, 9), (7, 9), (1, 3), (4, 6), (6, 9), (1, 1), (9, 9)]


def rolls(seed: int) -> pd.DataFrame:
    """Return rolls of a few schools of any span and size, with holes, noughts, openings and closures."""
    rng = np.random.default_rng(seed)
    years, rows = int(rng.integers(1, 8)), []
    for school in range(int(rng.integers(1, 7))):
        low, high = SPANS[rng.integers(len(SPANS))]
        size = rng.choice([1, 4, 25, 120, 900])
        first = 2018 if rng.random() < 0.6 else int(2018 + rng.integers(0, years))
        last = 2017 + years if rng.random() < 0.8 else int(2018 + rng.integers(0, years))
        for year in range(first, last + 1):
            for grade in range(low, high + 1):
                if rng.random() > 0.05:
                    pupils = int(rng.poisson(size)) if rng.random() < 0.95 else 0
                    rows.append((f"s{school}", year, grade, pupils, -(-pupils // 45)))
    return pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "pupils_n", "classes_n"])


def district(counts: pd.DataFrame):
    """Return a district that knows nothing but its rolls."""
    spans = counts.groupby("school_id")["grade"].agg(["min", "max"])
    stage = np.where(spans["max"] < 7, "primary", np.where(spans["min"] > 6, "junior", "both"))
    count = len(spans)
    schools = gpd.GeoDataFrame(
        {
            "school_id": spans.index,
            "name": spans.index,
            "stage": stage,
            "sector": "public",
            "area_id": [f"a{number % 3}" for number in range(count)],
            "township_id": "",
            "status": "open",
            "opened_year": pd.array([None] * count, dtype="Int64"),
            "closed_year": pd.array([None] * count, dtype="Int64"),
            "successor_id": pd.array([None] * count, dtype="str"),
        },
        geometry=[Point(100, 100)] * count,
        crs=forecast_town.CRS,
    )
    return districts.district(
        checked=False,
        boundary=[{"geometry": box(0, 0, 400, 200)}],
        areas=[{"area_id": name, "geometry": box(0, 0, 400, 200)} for name in ("a0", "a1", "a2")],
        units=[{"unit_id": "u1", "geometry": box(0, 0, 100, 200)}],
        schools=schools,
        zones=forecast_town.zones().iloc[:0],
        zone_schools=forecast_town.doors("zj").iloc[:0],
        cohorts=forecast_town.cohorts().iloc[:0],
        roll_counts=counts,
        plans=forecast_town.plans().iloc[:0],
    )


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 7, 9, 12])
def test_any_panel_is_forecast_flagged_and_told(seed):
    there, rules = district(rolls(seed)), rulebook.rules()
    ahead = forecast.coming_years(there, 5)
    told = forecast.project(there, rules, years=ahead)
    table = told.schools
    assert (table["low80_n"] <= table["demand_n"]).all()
    assert (table["demand_n"] <= table["high80_n"]).all()
    flags = alerts.flag(told, rules)
    assert alerts.headline(flags)
    assert texts.forecast.headline(told, flags)
    assert len(texts.forecast.accuracy(told)) == len(told.accuracy)
    assert set(own_past.run(there, rules, horizons=(1, 3))) == set(own_past.HEADINGS)


def test_a_layer_of_units_without_a_row_says_nothing_of_anybodys_children():
    town = demo.nine_plots()
    tables = {name: table for name, table in town.tables.items() if name in ("plans", "roll_counts")}
    bare = replace(town, units=town.units.iloc[:0], areas=town.areas.iloc[:0], tables=tables)
    coming = forecast.project(bare, policy.load("laoting-2025"), years=[2026]).schools
    assert coming["demand_n"].to_list() == [3, 2, 2]  # as many as came every year
