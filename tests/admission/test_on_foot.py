"""Near is near on foot wherever a policy says walking: a river in a small town, and the streets of a demo district."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from tests.towns import demo_districts, rulebook
from tests.towns.rulebook import a_round
from tests.towns.street import ranked, street
from zhaosheng_analysis import admission, policy, walks


def town_with_river(*, bridge):
    """Return the street of schools A (x = 0) and B (x = 2000) with a river at x = 1500, bridged or not."""
    district = street({"A": 1, "B": 1, "P": 0})
    lines = [("street", [(-500, 20), (4500, 20)]), ("river", [(1500, -900), (1500, 900)])]
    lines += [("bridge", [(1490, 20), (1510, 20)])] if bridge else []
    drawn = {"kind": [kind for kind, _ in lines], "geometry": [LineString(points) for _, points in lines]}
    return replace(district, streets=gpd.GeoDataFrame(drawn, geometry="geometry", crs=district.crs))


@pytest.mark.parametrize(
    ("bridge", "metric", "school"), [(False, "network", "A"), (False, "euclid", "B"), (True, "network", "B")]
)
def test_a_river_makes_the_nearest_by_air_the_farther_on_foot(bridge, metric, school):
    """The child lives 600 m from B across the water and 1,400 m from A on its own side."""
    rules = rulebook.rules(a_round("nearest"), settings={"distance.metric": metric})
    child = ranked([{"x": 1400.0, "y": 0.0, "school_id": None}])
    outcome = admission.run(child, town_with_river(bridge=bridge), rules, seed="s")
    assert outcome.children["school_id"].tolist() == [school]


def test_a_school_no_way_leads_to_comes_after_every_other_and_is_told_as_a_straight_line():
    rules = rulebook.rules(a_round("nearest", key=["distance", "ticket"]))
    children = ranked([{"x": 1400.0, "y": 0.0, "school_id": None} for _ in range(2)])
    outcome = admission.run(children, town_with_river(bridge=False), rules, seed="s")
    keys = outcome.children.set_index("school_id")["key"]
    assert keys["A"] == "距离=1440米"
    assert keys["B"] == "距离=直线600米（路网没有画到）"


@pytest.fixture(scope="module")
def laoting():
    return tuple(make("laoting") for make in (demo_districts.ranked, demo_districts.district, demo_districts.rules))


def test_overflow_of_laoting_asks_schools_in_the_order_of_the_walk(laoting):
    """Walked again from every dwelling with `walks.distances`, for all children moved elsewhere."""
    children, district, rules = laoting
    outcome = admission.run(children, district, rules, seed="2025")
    path = outcome.log[outcome.log["round"] == "coordinated"]
    # The school of the zone is asked first, for a seat a private school has freed; the others by the walk.
    path = path[path["school_id"] != path["child_id"].map(children["school_id"])]
    moved = children.loc[path["child_id"].unique()]
    gates = district.schools.set_index("school_id").geometry
    homes = gpd.GeoSeries(gpd.points_from_xy(moved["x"], moved["y"]), index=moved.index, crs=district.crs)
    walked = walks.distances(homes, gates, walks.network(district.streets))
    metres = [walked.loc[row.child_id, row.school_id] for row in path.itertuples()]
    path = path.assign(metres=pd.Series(metres, path.index).fillna(np.inf)).sort_values(["child_id", "choice_n"])
    step = path.groupby("child_id")["metres"].diff()
    assert (step.dropna() > -0.2).all()
    by_air = admission.run(children, district, policy.under(rules, {"distance.metric": "euclid"}), seed="2025")
    differ = outcome.children["school_id"].fillna("") != by_air.children["school_id"].fillna("")
    assert differ.sum() > 0
    assert set(outcome.children.loc[differ, "status"]) <= {"redirected", "unplaced", "admitted"}
