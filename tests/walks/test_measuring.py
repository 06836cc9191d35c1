"""Walking distances: hand-measured ways on small street plans, an independent shortest path, and relations."""

import heapq

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.towns.zone_maps import CRS, demo, line, point, square, toy
from zhaosheng_analysis import lottery, walks, zones


def plan(*rows: tuple[str, shapely.LineString]) -> gpd.GeoDataFrame:
    """Return a street layer of (kind, line)."""
    return gpd.GeoDataFrame({"kind": [kind for kind, _ in rows]}, geometry=[shape for _, shape in rows], crs=CRS)


def spots(*places: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([point(x, y) for x, y in places], crs=CRS)


def walk(streets: gpd.GeoDataFrame, home: tuple[float, float], gate: tuple[float, float], **options) -> float:
    """Return the walk between two points, in kilometres."""
    return walks.distances(spots(home), spots(gate), walks.network(streets, **options)).iloc[0, 0] / 1000


# A ladder: two streets from west to east, 1 km apart, joined by two rungs.
#
#   (0,1) ------------- (4,1)
#           |     |
#          x=1   x=3
#   (0,0) ------------- (4,0)
LADDER = [("street", line((0, 0), (4, 0))), ("street", line((0, 1), (4, 1)))]
LADDER += [("street", line((1, 0), (1, 1))), ("street", line((3, 0), (3, 1)))]


def test_the_way_goes_along_the_streets():
    assert walk(plan(*LADDER), (0, 0.1), (0, 0.9)) == pytest.approx(0.1 + 1 + 1 + 1 + 0.1)
    assert walk(plan(*LADDER), (2.5, 0), (2.5, 1)) == pytest.approx(0.5 + 1 + 0.5)
    assert walk(plan(*LADDER), (0.5, 0), (3.5, 0)) == pytest.approx(3)


def test_two_doors_on_one_street_do_not_go_round_by_its_corners():
    assert walk(plan(*LADDER), (1.2, 0.05), (1.7, 0.05)) == pytest.approx(0.05 + 0.5 + 0.05)


def test_a_gate_nearer_than_any_street_is_reached_straight():
    assert walk(plan(*LADDER), (2, 0.5), (2.2, 0.5)) == pytest.approx(0.2)


RIVER = ("river", line((2, -1), (2, 2)))


def test_a_river_is_crossed_only_on_a_bridge():
    streets = [*LADDER[:2], RIVER, ("bridge", line((1.95, 1), (2.05, 1)))]
    rungs = [("street", line((0, 0), (0, 1))), ("street", line((4, 0), (4, 1)))]
    assert walk(plan(*streets, *rungs), (1.5, 0), (2.5, 0)) == pytest.approx(1.5 + 1 + 4 + 1 + 1.5, abs=0.001)
    assert np.isnan(walk(plan(*LADDER[:2], RIVER, *rungs), (1.5, 0), (2.5, 0)))


def test_a_railway_is_crossed_where_a_street_is_drawn_across_it_unless_bridges_are_asked_for():
    streets = plan(*LADDER, ("railway", line((2, -1), (2, 2))))
    assert walk(streets, (1.5, 0), (2.5, 0)) == pytest.approx(1)
    assert np.isnan(walk(streets, (1.5, 0), (2.5, 0), bridged=("river", "railway")))


@pytest.mark.parametrize("kind", ["river", "railway", "wall"])
def test_the_way_to_the_street_does_not_cross_a_barrier(kind):
    """The nearest street lies beyond a short barrier, so the way leads round by the western rung."""
    streets = plan(*LADDER, (kind, line((1.2, 0.3), (2.8, 0.3))))
    assert walk(streets, (2, 0.4), (2, 1)) == pytest.approx(0.6)
    assert walk(streets, (2, 0.4), (2, 0)) == pytest.approx(1 + 0.4 + 1)


def test_a_home_no_street_can_be_reached_from_has_no_way():
    streets = plan(("street", line((0, 0), (1, 0))), ("river", line((-9, 1), (9, 1))))
    assert np.isnan(walk(streets, (0, 2), (0.5, 0)))
    assert np.isnan(walk(streets, (0, -5.1), (0.5, 0)))  # farther than five kilometres from any street
    assert walk(streets, (0, -4.9), (0.5, 0)) == pytest.approx(5.4)


def test_a_street_that_ends_a_little_short_of_another_ends_in_it():
    almost = [("street", line((0, 0), (2, 0))), ("street", line((1, 0.0008), (1, 1)))]
    assert walk(plan(*almost), (0, 0), (1, 1)) == pytest.approx(2, abs=0.001)
    short = [("street", line((0, 0), (2, 0))), ("street", line((1, 0.3), (1, 1)))]
    net = walks.network(plan(*short))
    assert set(net.part) == {0, 1}


def test_the_nearest_lane_that_leads_nowhere_is_not_the_only_door():
    dead_end = ("street", line((0.5, 0.4), (0.6, 0.4)))
    assert walk(plan(*LADDER, dead_end), (0.5, 0.45), (4, 0)) == pytest.approx(0.45 + 3.5)


# An independent answer: a heap and a dictionary on a wild grid.
SIZE = 7


def wild_grid(seed: str) -> tuple[gpd.GeoDataFrame, dict]:
    """Return a grid of crooked streets with some missing, and the same as a dictionary of corners."""
    rng = lottery.generator(seed, "wild grid")
    corner = {
        (i, j): (i + rng.uniform(-0.3, 0.3), j + rng.uniform(-0.3, 0.3)) for i in range(SIZE) for j in range(SIZE)
    }
    rows, roads = [], {place: {} for place in corner}
    for (i, j), here in corner.items():
        for other in ((i + 1, j), (i, j + 1)):
            if other in corner and rng.random() < 0.8:
                rows.append(("street", line(here, corner[other])))
                length = rows[-1][1].length
                roads[i, j][other] = roads[other][i, j] = length
    return plan(*rows), {"corner": corner, "roads": roads}


def shortest(roads: dict, start: tuple[int, int]) -> dict:
    """Return the distance to every corner, by the book."""
    found, heap = {}, [(0.0, start)]
    while heap:
        so_far, place = heapq.heappop(heap)
        if place in found:
            continue
        found[place] = so_far
        for other, length in roads[place].items():
            heapq.heappush(heap, (so_far + length, other))
    return found


@pytest.mark.parametrize("seed", ["一", "二", "三"])
def test_every_way_between_corners_is_the_shortest_path(seed):
    streets, town = wild_grid(seed)
    joined = [place for place, ways in town["roads"].items() if ways]
    places = spots(*(town["corner"][place] for place in joined))
    walked = walks.distances(places, places, walks.network(streets)).to_numpy()
    for row, start in enumerate(joined):
        expected = shortest(town["roads"], start)
        known = np.array([expected.get(place, np.nan) for place in joined])
        np.testing.assert_allclose(walked[row], known, atol=0.2)


@pytest.mark.parametrize("district_id", ["laoting", "pingcheng", "zhanhe"])
def test_a_walk_is_never_shorter_than_the_straight_line_and_the_same_both_ways(district_id):
    district = demo(district_id)
    net = walks.network(district.streets)
    homes = district.units.representative_point()[:60]
    gates = district.schools.geometry[:20]
    there, back = walks.distances(homes, gates, net), walks.distances(gates, homes, net)
    np.testing.assert_allclose(there.to_numpy(), back.to_numpy().T, atol=1e-6)
    straight = shapely.distance(homes.to_numpy()[:, None], gates.to_numpy()[None, :])
    assert (there.to_numpy() >= straight - 0.1)[there.notna().to_numpy()].all()


def test_without_its_bridges_a_town_walks_farther_or_not_at_all():
    district = demo("pingcheng")
    homes, gates = district.units.representative_point(), district.schools.geometry
    dry = district.streets[district.streets["kind"] != "bridge"]
    with_bridges = walks.distances(homes, gates, walks.network(district.streets)).fillna(np.inf)
    without = walks.distances(homes, gates, walks.network(dry)).fillna(np.inf)
    assert (without.to_numpy() >= with_bridges.to_numpy() - 0.1).all()
    assert np.isinf(without.to_numpy()).sum() > np.isinf(with_bridges.to_numpy()).sum()


# From units to the schools of their zones.
UNITS = {"北院": square(0, 1, 1, 2), "南院": square(0, -1, 1, 0), "东院": square(3, 0, 4, 1)}


def town():
    streets = {f"街{number}": shape for number, (_, shape) in enumerate(LADDER)}
    zone = [{"zone_id": "z", "geometry": square(0, -1, 4, 2)}]
    schools = [
        {"school_id": "a", "name": "甲小", "geometry": point(0.5, -0.5)},
        {"school_id": "b", "name": "乙小", "geometry": point(3, 1)},
    ]
    links = [("z", "a"), ("z", "b")]
    return toy(land=square(0, -1, 4, 2), streets=streets, units=UNITS, zones=zone, schools=schools, links=links)


def test_units_are_measured_to_every_school_of_their_zone():
    district = town()
    found = walks.to_schools(district, zones.valid(district.zones, stage="primary", on="2025-09-01"))
    names = district.units.set_index("unit_id")["name"]
    walked = {(names[row.unit_id], row.school_id): row.walk_m for row in found.itertuples()}
    straight = {(names[row.unit_id], row.school_id): row.straight_m for row in found.itertuples()}
    assert walked["南院", "a"] == straight["南院", "a"] < 1  # inside the unit
    assert walked["北院", "b"] == pytest.approx(500 * 2**0.5 + 2000, abs=1)  # across the block to the corner
    assert straight["北院", "b"] == pytest.approx(np.hypot(2500, 500), abs=1)
    assert len(found) == 6


def test_shares_beyond_the_limits_count_children_at_their_nearest_school():
    ways = pd.DataFrame(
        [
            ("u1", "a", 400.0),
            ("u1", "b", 900.0),
            ("u2", "a", 700.0),
            ("u3", "a", 1500.0),
            ("u4", "b", np.nan),
            ("u5", "b", 500.0),
        ],
        columns=["unit_id", "school_id", "walk_m"],
    )
    children = pd.Series({"u1": 10, "u2": 20, "u3": 10, "u4": 5, "u5": 5, "u6": 99})
    found = walks.beyond(ways, children).set_index("school_id")
    assert found.loc["a", ["children_n", "no_way_n"]].tolist() == [40, 0]
    assert found.loc["a", "mean_m"] == pytest.approx((10 * 400 + 20 * 700 + 10 * 1500) / 40)
    assert found.loc["a", "beyond_500_share"] == 30 / 40
    assert found.loc["a", "beyond_1000_share"] == 10 / 40
    assert found.loc["b", ["children_n", "beyond_500_share", "mean_m", "no_way_n"]].tolist() == [10, 0.5, 500, 5]


def test_without_a_street_no_way_is_known():
    empty = plan(*LADDER).iloc[:0]
    ways = walks.distances(spots((0, 0), (1, 1)), spots((2, 2)), walks.network(empty))
    assert ways.isna().all().all()
