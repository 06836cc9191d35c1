"""Neighbouring zones drawn apart come to share their borders exactly, and keep their land."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.towns.zone_maps import demo, square
from zhaosheng_analysis import zones


def shaken(layer: gpd.GeoDataFrame, by_m: float) -> gpd.GeoDataFrame:
    """Draw every zone a little differently, as if each had been digitised by itself."""

    def wave(shape, phase):
        dense = shapely.segmentize(shape, 250)
        return shapely.transform(dense, lambda xy: xy + by_m * np.sin(xy[:, ::-1] / 777 + phase))

    return layer.set_geometry([wave(shape, phase) for phase, shape in enumerate(layer.geometry)], crs=layer.crs)


@pytest.mark.parametrize("district_id", ["taobei", "zhanhe"])
def test_snapped_zones_share_every_edge_and_keep_their_land(district_id):
    layer = zones.valid(demo(district_id).zones, stage="primary", on="2024-09-01")
    drawn = shaken(layer, 1.5)
    assert not shapely.coverage_is_valid(drawn.geometry.to_numpy())
    snapped = zones.snap(drawn, 10)
    assert shapely.coverage_is_valid(snapped.geometry.to_numpy())
    together = shapely.union_all(snapped.geometry.to_numpy())
    assert snapped.area.sum() == pytest.approx(together.area, rel=1e-9)
    before = shapely.union_all(drawn.geometry.to_numpy())
    closed = together.difference(before)
    on_the_grid_m2 = 0.001 * shapely.length(drawn.geometry.to_numpy()).sum()
    assert together.area == pytest.approx(before.area + closed.area, abs=on_the_grid_m2)
    assert closed.buffer(-5.01).is_empty, "only gaps narrower than the tolerance are closed"
    assert (snapped.symmetric_difference(drawn).area <= 10 * drawn.length).all()
    assert list(snapped["zone_id"]) == list(drawn["zone_id"])


def test_wide_gaps_and_overlaps_are_not_closed_by_snapping():
    layer = gpd.GeoDataFrame(
        {"zone_id": ["a", "b", "c"]}, geometry=[square(0, 0, 2, 1), square(1.5, 0, 3, 1), square(4, 0, 5, 1)]
    )
    snapped = zones.snap(layer, 10)
    assert snapped.symmetric_difference(layer).area.max() < 1


def test_zones_that_share_their_edges_already_stay_as_they_are():
    layer = zones.valid(demo("zhanhe").zones, stage="primary", on="2024-09-01")
    snapped = zones.snap(layer, 5)
    assert snapped.symmetric_difference(layer).area.max() < 1
