"""One course for every street, whatever its layer holds: known middle lines, drawn as maps draw them, found again."""

import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from tests.towns import carriageways as maps
from tests.towns import dirty_network
from zhaosheng_analysis.sentences import courses as rooms
from zhaosheng_analysis.sentences import gazetteer, halfplanes, place, placing

STRAIGHT = maps.middle((100, -9_000), (100, 9_000))
BENT = maps.middle((-2_000, -8_000), (-500, -2_000), (800, 1_500), (400, 8_500))
RIVER = maps.curve(lambda y: 900 * np.sin(y / 1_500), -9_000, 9_000)
ARC = maps.curve(lambda y: np.sqrt(12_000**2 - y**2) - 12_000, -7_000, 7_000)
COURSES = {"straight": STRAIGHT, "bent": BENT, "river": RIVER, "arc": ARC}


def off_middle(found: LineString, honest: LineString) -> float:
    """Return the greatest distance of a point of the honest course from the one found (m)."""
    along = np.linspace(60, honest.length - 60, 400)
    return float(shapely.distance(shapely.line_interpolate_point(honest, along), found).max())


@pytest.mark.parametrize("name", COURSES)
def test_a_street_drawn_once_stays_exactly_as_it_is_drawn(name):
    honest = COURSES[name]
    for pieces in ([honest], maps.cut_up(honest, 400), [shapely.reverse(p) for p in maps.cut_up(honest, 400)][::-1]):
        (found,) = rooms.courses(pieces)
        assert found.line.hausdorff_distance(honest) < 0.01
        assert found.as_drawn
        assert (found.gaps, found.aside_m, found.inside) == ((), 0.0, None)


@pytest.mark.parametrize("apart", [10.0, 24.0, 45.0, 65.0])
@pytest.mark.parametrize("name", COURSES)
def test_two_carriageways_become_their_middle(name, apart):
    (found,) = rooms.courses(maps.two_ways(COURSES[name], apart=apart))
    assert off_middle(found.line, COURSES[name]) < 5 + 0.2 * apart
    assert found.line.length == pytest.approx(COURSES[name].length, rel=0.01)


@pytest.mark.parametrize("name", COURSES)
def test_ramps_do_not_move_a_street(name):
    pieces = maps.with_ramps(maps.two_ways(COURSES[name]), COURSES[name])
    (found,) = rooms.courses(pieces)
    assert off_middle(found.line, COURSES[name]) < 30  # a slip road beside the street widens it for some metres
    assert found.line.length == pytest.approx(COURSES[name].length, rel=0.02)


@pytest.mark.parametrize("name", COURSES)
def test_gaps_are_bridged_and_their_metres_known(name):
    honest = COURSES[name]
    gaps = ((2_000, 2_400), (6_000, 7_100))
    (found,) = rooms.courses(maps.with_gaps(maps.two_ways(honest), honest, *gaps))
    assert sum(gap.length for gap in found.gaps) == pytest.approx(1_500, rel=0.1)
    assert found.drawn_m + sum(gap.length for gap in found.gaps) == pytest.approx(found.line.length)


def test_two_streets_of_one_name_far_apart_are_two():
    near, far = maps.middle((0, 0), (900, 0)), maps.middle((9_000, 3_000), (9_500, 3_000))
    found = rooms.courses([near, far])
    assert [course.line.length for course in found] == [900, 500]
    # Dead straight ahead and 8 km away is still another street.
    ahead = maps.middle((8_900, 0), (9_800, 0))
    assert len(rooms.courses([near, ahead])) == 2


def test_parallel_streets_of_one_name_are_not_joined_crosswise():
    one, other = maps.middle((0, 0), (2_000, 0)), maps.middle((0, 900), (2_000, 900))
    assert len(rooms.courses([one, other])) == 2


@pytest.mark.parametrize("apart", [0.0, 30.0])
def test_a_ring_is_a_ring_and_holds_what_it_encloses(apart):
    round_way = shapely.Point(maps.at(0, 0)).buffer(1_500, quad_segs=64).exterior
    pieces = maps.cut_up(LineString(round_way.coords), 300)
    if apart:
        pieces = [*pieces, *maps.cut_up(LineString(round_way.buffer(apart).exterior.coords), 300)]
    (found,) = rooms.courses(pieces)
    assert found.inside.area == pytest.approx(np.pi * (1_500 + apart / 2) ** 2, rel=0.01)


def test_a_horseshoe_is_no_ring():
    bow = maps.middle((0, 0), (0, 2_000), (1_500, 2_000), (1_500, 0))
    (found,) = rooms.courses(maps.two_ways(bow))
    assert found.inside is None


def test_a_hook_at_the_end_turns_nothing():
    honest = STRAIGHT
    straight = rooms.heading(honest, at_end=True)
    hooked = LineString([*honest.coords, (honest.coords[-1][0] + 14, honest.coords[-1][1])])
    turned = np.degrees(np.arccos(rooms.heading(hooked, at_end=True) @ straight))
    assert turned < 0.5  # the hook by itself points 90° away


@settings(max_examples=24, deadline=None)
@given(
    seed=st.integers(0, 10_000), name=st.sampled_from(sorted(COURSES)), every=st.sampled_from([120.0, 300.0, 2_000.0])
)
def test_order_direction_repetition_and_heights_change_nothing(seed, name, every):
    pieces = maps.two_ways(COURSES[name], every=every)
    (plain,), (mixed,) = rooms.courses(pieces), rooms.courses(maps.shuffled(pieces, seed))
    assert off_middle(mixed.line, plain.line) < 6
    assert mixed.drawn_m == pytest.approx(plain.drawn_m, rel=0.005)


def test_the_same_pieces_give_the_same_bytes_whatever_their_order():
    pieces = maps.with_ramps(maps.two_ways(BENT), BENT)
    drawn = [rooms.courses(order)[0].line.wkb for order in (pieces, pieces[::-1], sorted(pieces, key=lambda p: p.wkb))]
    assert len(set(drawn)) == 1


SIDES = {"straight": ("以东", "以西"), "bent": ("以东", "以西"), "river": ("以东", "以西"), "arc": ("以东", "以西")}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("name", COURSES)
def test_the_land_beside_a_street_is_that_beside_its_middle_line(name, many):
    """Through the door a user takes, with carriageways, ramps, a gap, a hook, heights, and another system."""
    honest = COURSES[name]
    pieces = maps.with_gaps(maps.with_ramps(maps.two_ways(honest), honest), honest, (3_000, 3_500))
    pieces = maps.shuffled(maps.with_hook(pieces, honest), 7)
    drawn = place("长路以东", maps.town({"长路": pieces}, many=many, crs="EPSG:4490"))
    plain = place("长路以东", maps.town({"长路": [honest]}))
    assert drawn.faults.found == []
    assert drawn.land.symmetric_difference(plain.land).area < 0.4e6  # of 400 km²
    assert any("米图上没有画" in told for told in drawn.assumed)


@pytest.mark.parametrize("turned", range(0, 360, 15))
def test_every_straight_street_has_two_sides_that_share_the_land(turned):
    ahead = np.array([np.cos(np.radians(turned)), np.sin(np.radians(turned))])
    honest = maps.middle(tuple(-5_000 * ahead), tuple(5_000 * ahead))
    town = maps.town({"斜路": maps.two_ways(honest)})
    lands = {side: place(f"斜路以{side}", town).land for side in "东西南北"}
    for one, other in (("东", "西"), ("南", "北")):
        assert lands[one].is_empty == lands[other].is_empty
        if not lands[one].is_empty:
            assert lands[one].intersection(lands[other]).area < 1
            assert lands[one].union(lands[other]).area == pytest.approx(maps.LAND.area)
    assert any(not land.is_empty for land in lands.values())
    spot = {"东": (9_000, 0), "西": (-9_000, 0), "北": (0, 9_000), "南": (0, -9_000)}
    for side, land in lands.items():
        assert land.is_empty or land.contains(shapely.Point(maps.at(*spot[side])))


def test_stretches_named_by_where_they_lie_are_one_street():
    thirds = [shapely.ops.substring(RIVER, a * RIVER.length / 3, (a + 1) * RIVER.length / 3) for a in range(3)]
    town = maps.town(
        {f"曲河路{name}": maps.two_ways(part) for name, part in zip(("南段", "中段", "北段"), thirds, strict=True)}
    )
    whole = place("曲河路以东", town)
    honest = place("曲河路以东", maps.town({"曲河路": [RIVER]}))
    assert whole.land.symmetric_difference(honest.land).area < 0.3e6
    assert any(
        f"由曲河路{one}、曲河路中段、曲河路{other}连成" in told
        for told in whole.assumed
        for one, other in (("南段", "北段"), ("北段", "南段"))
    )
    assert place("曲河路中段以东", town).places[0].name == "曲河路中段"
    unknown = place("曲河路东段以东", town)  # a stretch the map does not have is not guessed from those it has
    assert "没有这个名称；是不是「曲河路南段」或「曲河路北段」或「曲河路中段」？" in str(unknown.faults.found[0])


def test_a_street_of_two_places_is_asked_for_and_told_apart_by_its_neighbours():
    town = maps.town(
        {
            "明德路": [maps.middle((-6_000, -6_000), (-6_000, -4_000)), maps.middle((6_000, 4_000), (6_000, 5_500))],
            "南街": [maps.middle((-8_000, -6_000), (-3_000, -6_000))],
            "北街": [maps.middle((3_000, 5_500), (8_000, 5_500))],
        }
    )
    asked = place("明德路以东", town)
    assert asked.land.is_empty
    assert str(asked.faults.found[0]) == (
        "「明德路」：图上有 2 条互不相连的路叫这个名称：第1条长 2.0 公里，与南街相接；第2条长 1.5 公里，与北街相接；"
        "应当只指一条；请写明是哪一条，或用约定选定，如「明德路取与南街相接的一条」（--assume）。"
    )
    south, north = place("明德路以东，南街以北", town), place("明德路以东，北街以南", town)
    assert south.land.equals(maps.box(*maps.at(-6_000, -6_000), *maps.at(10_000, 10_000)))
    assert north.land.equals(maps.box(*maps.at(6_000, -10_000), *maps.at(10_000, 5_500)))
    assert any("取与这一句的其他路相接的第 2 条（1.5 公里）" in told for told in north.assumed)
    for choice in ("明德路取第2条", "明德路取与北街相接的一条"):
        settled = place("明德路以东", town, assume=[choice, "明德路照直延长"])
        assert settled.land.equals(maps.box(*maps.at(6_000, -10_000), *maps.at(10_000, 10_000)))
        assert settled.doubts.found == []
    nowhere = place("明德路以东", town, assume="明德路取与明德路相接的一条")
    assert "图上与明德路相接的「明德路」有 2 条" in str(nowhere.faults.found[0])
    assert place("明德路以东", town, assume="明德路取第3条").land.is_empty


def test_a_street_with_a_crumb_elsewhere_is_taken_and_doubted():
    town = maps.town({"长街": [maps.middle((0, -9_000), (0, 9_000)), maps.middle((7_000, 0), (7_000, 200))]})
    found = place("长街以东", town)
    assert found.land.area == pytest.approx(200e6)
    assert ["取最长的第 1 条（18.0 公里），没有用其余的（0.2 公里）" in str(doubt) for doubt in found.doubts.found] == [
        True
    ]
    assert place("长街以东", town, assume="长街取第1条").doubts.found == []


def test_an_extension_longer_than_the_street_is_a_doubt_until_it_is_settled():
    town = maps.town({"短路": [maps.middle((0, -500), (0, 500))]})
    found = place("短路以东", town)
    assert found.land.area == pytest.approx(200e6)
    assert found.assumed == ["「短路」向南、北照直延长 19000 米（图上画出 1000 米）"]
    assert [doubt.found for doubt in found.doubts.found] == ["向南、北照直延长 19000 米，比图上画出的 1000 米还长"]
    settled = place("短路以东", town, assume="短路照直延长")
    assert (settled.assumed, settled.doubts.found) == (found.assumed, [])


def test_only_what_becomes_a_border_is_said_to_have_been_added():
    """The four streets end 50 m short of each other and go on for kilometres outside: 50 m at each end is added."""
    town = maps.town(
        {
            "东路": [maps.middle((1_000, -950), (1_000, 950))],
            "西路": [maps.middle((-1_000, -950), (-1_000, 950))],
            "南路": [maps.middle((-950, -1_000), (950, -1_000))],
            "北路": [maps.middle((-950, 1_000), (950, 1_000))],
        }
    )
    found = place("东至东路、南至南路、西至西路、北至北路", town)
    assert found.land.area == pytest.approx(4e6)
    assert sorted(found.assumed) == sorted(
        f"「{name}」向{ways}照直延长 100 米（图上画出 1900 米）"
        for name, ways in (("东路", "南、北"), ("西路", "南、北"), ("南路", "西、东"), ("北路", "西、东"))
    )
    assert found.doubts.found == []


def test_a_corner_that_is_missing_is_refused_until_it_is_settled():
    town = maps.town(
        {"东路": [maps.middle((1_000, 500), (1_000, 5_000))], "南路": [maps.middle((-5_000, 0), (500, 0))]}
    )
    words = "东至东路，南至南路"
    refused = place(words, town)
    assert refused.land.is_empty
    assert "相距 707 米" in str(refused.faults.found[0])
    assert "「东路与南路照直相接」（--assume）" in str(refused.faults.found[0])
    settled = place(words, town, assume="南路与东路照直相接")
    assert settled.faults.found == []
    assert settled.land.equals(maps.box(*maps.at(-10_000, 0), *maps.at(1_000, 10_000)))
    assert "「东路」与「南路」在图上相距 707 米，按约定照直延长到相接" in settled.assumed


def test_what_was_settled_and_is_not_asked_for_is_said():
    found = place("长街以东", maps.town({"长街": [STRAIGHT]}), assume=["短街照直延长"])
    assert [str(doubt) for doubt in found.doubts.found] == [
        "约定「短街照直延长」：这一句里用不上；请核对路名，或删去这一条约定。"
    ]


RING = {
    "环城东路": [maps.middle((2_000, -2_000), (2_000, 2_200))],
    "环城西路": [maps.middle((-2_000, -2_300), (-2_000, 2_000))],
    "环城南路": [maps.middle((-2_100, -2_000), (2_000, -2_000))],
    "环城北路": [maps.middle((-2_000, 2_000), (1_850, 2_000))],
}


def test_the_inside_of_several_streets_that_meet():
    found = place("环城东路→环城南路→环城西路→环城北路以内", maps.town(RING))
    assert found.faults.found == []
    assert found.land.area == pytest.approx(16e6)


def test_streets_that_do_not_close_have_no_inside():
    streets = RING | {"环城北路": [maps.middle((-2_000, 2_000), (0, 2_000))]}
    found = place("环城东路→环城南路→环城西路→环城北路以内", maps.town(streets))
    assert found.land.is_empty
    assert "相距 2000 米；围合的各条路应当首尾相接" in str(found.faults.found[0])


def test_the_inside_of_a_ring_road():
    round_way = LineString(shapely.Point(maps.at(0, 0)).buffer(3_000, quad_segs=32).exterior.coords)
    town = maps.town({"环城路": maps.cut_up(round_way, 500)})
    inside = place("环城路以内", town)
    assert inside.land.area == pytest.approx(shapely.Polygon(round_way).area)
    for side in "东西南北":
        refused = place(f"环城路以{side}", town)
        assert refused.land.is_empty
        assert "环城路是一条环路" in str(refused.faults.found[0])


def test_a_corner_has_the_sides_it_has():
    """An L from the north to the middle and on to the east: what is north-east of it is north and east of it."""
    town = maps.town({"弯街": maps.two_ways(maps.middle((0, 8_000), (0, 0), (8_000, 0)))})
    quarter = maps.box(*maps.at(0, 0), *maps.at(10_000, 10_000))
    for words in ("弯街以东", "弯街以北"):
        assert place(words, town).land.symmetric_difference(quarter).area < 0.1e6
    for words in ("弯街以西", "弯街以南"):
        assert place(words, town).land.symmetric_difference(maps.LAND.difference(quarter)).area < 0.1e6


def test_a_horseshoe_has_no_east_side_and_says_why():
    town = maps.town({"弓街": [maps.middle((0, 3_000), (0, 0), (2_000, 0), (2_000, 3_000))]})
    refused = place("弓街以东", town)
    assert refused.land.is_empty
    assert "弓街折回来走，一段的东侧是另一段的西侧，没有一侧能称为东" in str(refused.faults.found[0])
    assert place("弓街以北", town).land.area == pytest.approx(2_000 * 10_000)


def test_the_land_between_two_streets():
    town = maps.town({"甲路": maps.two_ways(RIVER), "乙路": [maps.middle((4_000, -9_000), (4_000, 9_000))]})
    found = place("甲路与乙路之间的区域", town)
    assert found.faults.found == []
    between = place("甲路以东，乙路以西", town)
    assert found.land.symmetric_difference(between.land).area < 1


@pytest.mark.parametrize(
    ("words", "spot"), [("南至邻县界", (0, 2_100)), ("邻县界以北", (0, 2_100)), ("邻县界以南", (0, -9_000))]
)
def test_a_border_is_the_edge_that_faces(words, spot):
    areas = {"邻县": maps.box(*maps.at(-10_000, -4_000), *maps.at(10_000, 2_000))}
    found = place(words, maps.town({"甲路": [STRAIGHT]}, areas=areas))
    assert found.land.contains(shapely.Point(maps.at(*spot)))
    assert not found.land.intersects(shapely.Point(maps.at(0, 0)))


def test_a_border_without_an_area_is_asked_for():
    found = place("南至邻县界", maps.town({"甲路": [STRAIGHT]}))
    assert "「邻县界」：街道、小区与村、区域图层中没有这个名称" in str(found.faults.found[0])


def test_both_banks_of_a_river_are_one_river():
    banks = [RIVER.offset_curve(110), shapely.reverse(RIVER.offset_curve(-110))]
    town = maps.town({"清河": banks}, kinds={"清河": "river"})
    honest = place("清河以东", maps.town({"清河": [RIVER]}))
    assert place("清河以东", town).land.symmetric_difference(honest.land).area < 1e6


def test_a_chain_turns_where_its_streets_cross():
    """甲路 runs on past the corner for 400 m; the chain does not follow it there and back."""
    town = maps.town({"甲路": [maps.middle((0, 9_000), (0, -400))], "乙路": [maps.middle((-300, 0), (9_000, 0))]})
    found = place("甲路——乙路以东", town)
    assert found.land.symmetric_difference(maps.box(*maps.at(0, 0), *maps.at(10_000, 10_000))).area < 1


def test_every_street_is_looked_up_once():
    town = maps.town({"长路": maps.two_ways(BENT)})
    known = gazetteer(town)
    assert known.courses("长路")[0] is known.courses("长路")[0]


def test_a_street_in_many_pieces_is_one_line_of_the_summary():
    found = place("长路以东", maps.town({"长路": maps.two_ways(STRAIGHT)}))
    told = [line for line in placing.summary(found).splitlines() if "→" in line]
    assert len(told) == 1
    assert told[0].startswith(f"  「长路」→ 街道 长路（图上 {len(found.places)} 段，如 ")


def test_another_name_of_a_street_means_the_street():
    town = maps.town({"长路": [STRAIGHT]})
    named = type(town)(**{**vars(town), "streets": town.streets.assign(aliases="老官道、胜利路")})
    assert place("胜利路以东", named).land.equals(place("长路以东", town).land)


def test_of_a_dirty_network_nearly_every_street_is_a_border_and_none_cuts_otherwise_without_a_word():
    """Carriageways, ramps, roundabouts, gaps, names by stretch, hooks, two streets of one name; courses are known."""
    streets = dirty_network.network(40, np.random.default_rng(14))
    town = maps.town({name: pieces for street in streets for name, pieces in street.drawn.items()})
    index = gazetteer(town)
    usable = 0
    for street in streets:
        side = "west" if street.name.endswith("路") else "north"
        found = place(f"「{street.name}」以{'西' if side == 'west' else '北'}", town, index=index)
        if street.twins > 1:
            assert found.land.is_empty
            assert "互不相连" in str(found.faults.found[0])
            continue
        usable += not found.land.is_empty
        honest = halfplanes.cut(street.course, side, index.country, name=street.name).land
        apart = found.land.symmetric_difference(honest).area
        assert apart <= 2e6 or found.assumed, (street.name, apart)
    single = sum(street.twins == 1 for street in streets)
    assert usable >= 0.95 * single
