"""Which units lie beside each other, over streets too, and how the pieces of today's zones hang together."""

import geopandas as gpd
import numpy as np
import pytest
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


def lines(kinds: dict[str, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Return a streets layer, one line a kind."""
    rows = [
        {"street_id": f"s{n}", "name": kind, "kind": kind.rstrip("0123456789"), "geometry": shapely.LineString(points)}
        for n, (kind, points) in enumerate(kinds.items())
    ]
    return districts.layer("streets", rows)


def blocks(street_m: float, columns: int = 3, rows: int = 3) -> gpd.GeoDataFrame:
    """Return blocks of 200 m with streets between them, row by row from the south-west."""
    step = 200 + street_m
    shapes = [
        shapely.box(x * step, y * step, x * step + 200, y * step + 200) for y in range(rows) for x in range(columns)
    ]
    return gpd.GeoDataFrame(geometry=shapes, crs=districts.CRS)


#: Rook's moves on a board of three by three.
ROOKS = {(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (0, 3), (3, 6), (1, 4), (4, 7), (2, 5), (5, 8)}


def beside(units, kinds=None, **options) -> set[tuple[int, int]]:
    streets = lines(kinds) if kinds else districts.nothing("streets", districts.CRS)
    return set(map(tuple, adjacency.adjacent(units, streets, **options).edges.tolist()))


@pytest.mark.parametrize("street_m", [0, 0.5, 3, 10, 24, 60])
def test_blocks_across_a_street_are_neighbours_and_those_across_a_junction_are_not(street_m):
    assert beside(blocks(street_m)) == ROOKS


def test_blocks_far_apart_or_behind_another_are_no_neighbours():
    assert beside(blocks(120)) == set()
    # A strip of 20 m, 10 m from either block: the blocks are 40 m apart and do not see each other.
    strip = [shapely.box(0, 0, 200, 200), shapely.box(210, 0, 230, 200), shapely.box(240, 0, 440, 200)]
    assert beside(gpd.GeoDataFrame(geometry=strip, crs=districts.CRS)) == {(0, 1), (1, 2)}


def test_the_common_edge_across_a_street_is_as_long_as_the_blocks_face_each_other():
    shapes = [shapely.box(0, 0, 200, 200), shapely.box(210, 120, 400, 320)]
    street = lines({"street": [(205, 0), (205, 400)]})
    found = adjacency.adjacent(gpd.GeoDataFrame(geometry=shapes, crs=districts.CRS), street)
    assert found.edges.tolist() == [[0, 1]]
    assert found.length_m[0] == pytest.approx(80, abs=25)  # a little past the corners still faces
    assert found.unnamed_m[0] == pytest.approx(0)


@pytest.mark.parametrize("kind", ["river", "railway", "motorway", "wall"])
def test_what_runs_in_the_street_parts_blocks_unless_it_can_be_crossed(kind):
    units = blocks(20, columns=2, rows=1)
    along = {kind: [(210, -100), (210, 1000)]}
    assert beside(units, along) == set()
    over = {"bridge" if kind == "river" else "street": [(150, 100), (270, 100)]}
    assert beside(units, along | over) == {(0, 1)}
    far = {"bridge" if kind == "river" else "street": [(150, 900), (270, 900)]}
    assert beside(units, along | far) == set()


def test_a_street_the_planner_marks_parts_blocks_across_it():
    units, streets = blocks(20, columns=2, rows=1), {"street": [(210, -100), (210, 300)]}
    assert beside(units, streets) == {(0, 1)}
    assert beside(units, streets, barriers=("street",)) == set()


def test_the_order_of_the_units_changes_nothing():
    units = blocks(10)
    turned = units.iloc[::-1].reset_index(drop=True)
    assert {tuple(sorted((8 - a, 8 - b))) for a, b in beside(turned)} == beside(units)


def test_crossings_are_where_streets_and_bridges_cross():
    streets = lines(
        {"railway": [(0, 0), (1000, 0)], "street1": [(300, -50), (300, 50)], "street2": [(0, 80), (900, 80)]}
    )
    assert [(spot.x, spot.y) for spot in adjacency.crossings(streets)] == [(300, 0)]
