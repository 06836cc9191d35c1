"""Which zone an address lies in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from zhaosheng_analysis import lottery, schema, zones
from zhaosheng_analysis.demo.little_town import BOTTOM, CRS, LEFT, box, middle


def points(*places, crs=CRS):
    return gpd.GeoSeries([shapely.Point(LEFT + x, BOTTOM + y) for x, y in places], crs=crs)


def test_each_plot_of_the_town_lies_in_the_zone_of_its_column(town):
    plots = gpd.GeoSeries({f"plot {plot}": middle(plot) for plot in range(1, 10)}, crs=CRS)
    found = zones.locate(plots, town.zones)
    assert found.tolist() == ["z1", "z2", "z3"] * 3
    assert found.index.equals(plots.index)
    assert found.dtype == "str"


def test_a_point_outside_every_zone_lies_nowhere(town):
    assert zones.locate(points((-1, 50), (150, 150), (301, 50)), town.zones).isna().tolist() == [True, False, True]


def test_a_point_on_a_border_belongs_to_the_zone_whose_id_sorts_first_however_the_layer_is_ordered(town):
    border = points((100, 150), (200, 0), (0, 0), (300, 300))
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert zones.locate(border, town.zones.iloc[order]).tolist() == ["z1", "z2", "z1", "z3"]


def test_ids_decide_and_not_positions():
    layer = gpd.GeoDataFrame({"zone_id": ["b", "a"], "geometry": [box(0, 0, 2, 2), box(1, 0, 2, 2)]}, crs=CRS)
    assert zones.locate(points((150, 50)), layer).tolist() == ["a"]
    assert zones.locate(points((50, 50)), layer).tolist() == ["b"]


def test_all_of_lists_every_zone_of_a_point_in_an_overlap(town):
    choice = gpd.GeoDataFrame({"zone_id": ["z0"], "geometry": [box(0, 0, 2, 1)]}, crs=CRS)
    layer = pd.concat([town.zones, choice], ignore_index=True)
    found = zones.all_of(points((50, 50), (250, 50), (-5, 0), (100, 50)), layer)
    pairs = list(found.itertuples(index=False, name=None))
    assert pairs == [(0, "z0"), (0, "z1"), (1, "z3"), (3, "z0"), (3, "z1"), (3, "z2")]


def test_nothing_is_found_where_there_is_nothing(town):
    assert zones.locate(points(), town.zones).empty
    assert zones.locate(points((50, 50)), town.zones.iloc[:0]).isna().all()
    assert zones.all_of(points((50, 50)), town.zones.iloc[:0]).empty
    missing = gpd.GeoSeries([None, shapely.Point()], crs=CRS)
    assert zones.locate(missing, town.zones).isna().all()


def test_one_column_of_points_is_located_too(town):
    assert zones.locate(points((50, 10), (50, 290), (50, 310)), town.zones).tolist()[:2] == ["z1", "z1"]


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_a_thousand_points_in_overlapping_circles_agree_with_asking_every_zone(seed):
    generator = lottery.generator(seed, "circles")
    spots = gpd.GeoSeries(gpd.points_from_xy(*generator.uniform(0, 1000, (2, 1000))), crs=CRS)
    circles = gpd.points_from_xy(*generator.uniform(0, 1000, (2, 25))).buffer(120)
    layer = gpd.GeoDataFrame({"zone_id": [f"z{at:02d}" for at in generator.permutation(25)]}, geometry=circles, crs=CRS)
    by_id = layer.sort_values("zone_id")
    slow = [next((z for z, shape in by_id.itertuples(index=False) if shape.covers(p)), None) for p in spots]
    pd.testing.assert_series_equal(zones.locate(spots, layer), pd.Series(slow, dtype="str", name="zone_id"))
    every = zones.all_of(spots, layer)
    assert len(every) == sum(shape.covers(p) for p in spots for shape in layer.geometry)


def test_other_systems_are_refused_and_the_way_out_is_named(town):
    with pytest.raises(schema.DataError, match="坐标系不同：EPSG:4490 与 EPSG:4549；两者须一致；请先用"):
        zones.locate(points((50, 50), crs="EPSG:4490"), town.zones)


def test_the_first_and_the_last_day_of_validity_count(town):
    dated = town.zones.assign(
        valid_from=pd.to_datetime(["2024-09-01", None, None]),
        valid_to=pd.to_datetime(["2025-08-31", "2025-07-06", None]),
    )

    def in_force(day):
        return zones.valid(dated, stage="primary", on=day)["zone_id"].tolist()

    assert in_force("2024-08-31") == ["z2", "z3"]
    assert in_force("2024-09-01") == ["z1", "z2", "z3"]
    assert in_force("2025-07-06") == ["z1", "z2", "z3"]
    assert in_force("2025-07-07") == ["z1", "z3"]
    assert in_force("2025-09-01") == ["z3"]
    assert zones.valid(dated, stage="junior", on="2025-07-07").empty
    assert np.array_equal(zones.valid(dated, stage="primary", on="2025-09-01").index, [2])


def test_a_point_on_a_border_belongs_to_the_side_of_its_building_and_is_logged(town):
    border = points((100, 150), (100, 150), (200, 50), (50, 50))
    units = pd.Series(["u5", "u4", None, "u9"], index=border.index)
    sides = units.map(zones.of_units(town.units, town.zones))
    assert sides.tolist()[:2] == ["z2", "z1"]
    assert zones.locate(border, town.zones, sides=sides).tolist() == ["z2", "z1", "z2", "z1"]
    log = zones.on_borders(border, town.zones, sides=sides)
    assert log.to_dict("records") == [
        {"point": 0, "zone_ids": ("z1", "z2"), "zone_id": "z2", "rule": "building"},
        {"point": 1, "zone_ids": ("z1", "z2"), "zone_id": "z1", "rule": "building"},
        {"point": 2, "zone_ids": ("z2", "z3"), "zone_id": "z2", "rule": "first"},
    ]
    assert zones.on_borders(points((50, 50)), town.zones).empty


def test_a_side_that_does_not_touch_the_point_is_not_believed(town):
    border = points((100, 150))
    sides = pd.Series(["z3"], index=border.index)
    assert zones.locate(border, town.zones, sides=sides).tolist() == ["z1"]


def test_units_have_the_zone_that_holds_most_of_them(town):
    assert zones.of_units(town.units, town.zones).tolist() == ["z1", "z2", "z3"] * 3
    assert zones.of_units(town.units, town.zones.iloc[:1]).isna().sum() == 6
