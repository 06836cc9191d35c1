"""Which units lie beside each other, and how the pieces of today's zones hang together."""

import geopandas as gpd
import numpy as np
import shapely

from tests.towns import districts
from zhaosheng_analysis.redraw import adjacency

#: Four plots in a row, the last one apart from the others.
PLOTS = gpd.GeoDataFrame(geometry=[shapely.box(x, 0, x + 100, 100) for x in (0, 100, 200, 900)], crs=districts.CRS)


def joined(group, root):
    found = adjacency.adjacent(PLOTS, districts.nothing("streets", districts.CRS))
    _, declared = adjacency.joined(found, PLOTS.geometry.to_numpy(), np.array(group), root)
    return declared.tolist()


def test_a_piece_apart_hangs_on_the_unit_of_its_zone_that_is_nearest():
    assert joined([0, 0, 1, 1], {0: 0, 1: 2}) == [[2, 3]]


def test_a_school_that_stands_outside_its_zone_is_where_the_zone_hangs():
    """The school of zone 1 stands in plot 0, which belongs to zone 0, as where the text lets parents choose."""
    assert joined([0, 0, 1, 1], {0: 0, 1: 0}) == [[0, 2], [2, 3]]
