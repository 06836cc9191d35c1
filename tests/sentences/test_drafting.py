"""From the land back to the sentence: random zones, and drafts a planner can read."""

import functools

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.towns import carriageways
from tests.towns.zone_maps import atlas, demo, inside, line, square, toy
from zhaosheng_analysis import lottery, sentences
from zhaosheng_analysis.sentences import atlases, drafting, parse, placing
from zhaosheng_analysis.sentences.gazetteer import UPRIGHT
from zhaosheng_analysis.sentences.halfplanes import TOWARD as WORDS

#: Seed and number of the random zones drawn on each demo map. Eleven faults were planted in `drafting` and a thousand
#: zones drawn: eight faults came to light, five of them by the fifth zone, and the same eight come to light by these.
# A thousand are drawn by benchmarks/round_trip.py.
DRAWN = {"laoting": ("丙", 26), "zhanhe": ("drafts", 20), "taobei": ("drafts", 20), "pingcheng": ("drafts", 26)}
EDITED_SHARE = 0.2
STREET_EDGE_M = 300


def held(land: shapely.Geometry, ground: atlases.Atlas) -> np.ndarray:
    """Tell which units have their inner point in the land."""
    shapely.prepare(land)
    return shapely.contains_xy(land, ground.spots)


def random_sides(ground: atlases.Atlas, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Choose two to four sides, one a direction, whose streets meet at the corners."""
    choices = {side: sorted(street for street, other in ground.sides if other == side) for side in WORDS}
    sides: list[tuple[str, str]] = []
    for direction in rng.permutation(["east", "west", "north", "south"])[: int(rng.integers(2, 5))]:
        across = [street for street, side in sides if (side in UPRIGHT) != (direction in UPRIGHT)]
        fitting = [
            (street, str(direction))
            for street in choices[direction]
            if all((street, other) in ground.meeting and street != other for other in across)
        ]
        sides += [fitting[rng.integers(len(fitting))]] if fitting else []
    return sides


def random_zone(ground: atlases.Atlas, country: shapely.Geometry, rng: np.random.Generator) -> shapely.Geometry | None:
    """Cut a zone out of the school-zone land along streets; some single units at its edge change hands."""
    sides = random_sides(ground, rng)
    halves = [ground.gazetteer.half((street,), side) for street, side in sides]
    land = functools.reduce(shapely.intersection, halves, country)
    whole = held(land, ground)
    if not 3 <= whole.sum() <= 0.6 * len(whole):
        return None
    outline = land.boundary
    shapely.prepare(outline)
    border = shapely.intersects(outline, ground.shapes)
    beyond = shapely.area(shapely.difference(ground.shapes[border], land))
    whole[border] &= beyond < 1e-4 * shapely.area(ground.shapes[border])
    taken = whole.copy()
    if rng.random() < EDITED_SHARE:
        some = rng.choice(np.flatnonzero(border), min(3, border.sum()), replace=False)
        taken[some] = ~taken[some]
    zone = shapely.union_all(
        [land.difference(shapely.union_all(ground.shapes[border & ~taken])), *ground.shapes[border & taken]]
    )
    edges = [shapely.length(shapely.intersection(zone.boundary, ground.bands[street])) for street, _ in sides]
    return (
        zone if taken.sum() >= 3 and min(edges) >= STREET_EDGE_M else None
    )  # some are bounded by the mere prolongation of a street


@pytest.mark.parametrize("district_id", DRAWN)
def test_random_zones_are_given_back_by_their_drafts(district_id):
    district, ground = demo(district_id), atlas(district_id)
    limits = district.areas.geometry[district.areas["kind"] == "limit"]
    country = max(limits, key=shapely.area) if len(limits) else ground.gazetteer.country
    seed, number = DRAWN[district_id]
    rng, drawn = lottery.generator(seed, district_id), 0
    while drawn < number:
        zone = random_zone(ground, country, rng)
        if zone is None:
            continue
        drawn += 1
        assert_given_back(zone, held(zone, ground), district_id)


DISTRICTS = ["laoting", "pingcheng", "taobei", "quzhou", "zhanhe"]
REDRAWN = 7


def grown(ground: atlases.Atlas, rng: np.random.Generator) -> np.ndarray:
    """Grow a connected union of whole units from one of them, up to a fifth of the district."""
    one, other = shapely.STRtree(ground.shapes).query(ground.shapes, predicate="touches")
    seam = shapely.length(shapely.intersection(ground.shapes[one], ground.shapes[other])) > 1
    one, other = one[seam], other[seam]
    size = int(rng.integers(1, len(ground.shapes) // 5))
    taken = np.zeros(len(ground.shapes), dtype=bool)
    taken[rng.integers(len(taken))] = True
    while taken.sum() < size:
        beside = np.unique(other[taken[one] & ~taken[other]])
        taken[rng.choice(beside)] = True
    return taken


def assert_given_back(zone: shapely.Geometry, units: np.ndarray, district_id: str) -> None:
    """Draft the sentence of a zone, read it, and compare land and units."""
    district, ground = demo(district_id), atlas(district_id)
    sentence = drafting.write(zone, district, ground=ground)
    found = placing.place(sentence, district, index=ground.gazetteer)
    assert found.faults.found == [], sentence
    assert found.land.symmetric_difference(zone).area < 1e-3 * zone.area, sentence
    assert (held(found.land, ground) == units).all(), sentence


def test_the_door_writes_a_sentence_and_places_it_again():
    district = town()
    north = square(-2, 0, 3, 2)
    assert sentences.place(sentences.write(north, district), district).land.equals(north)


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_any_connected_union_of_whole_units_is_given_back_by_its_draft(district_id):
    ground, rng = atlas(district_id), lottery.generator("unions", district_id)
    for _ in range(REDRAWN):
        units = grown(ground, rng)
        assert_given_back(shapely.union_all(ground.shapes[units]), units, district_id)


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_a_zone_that_wins_or_loses_one_unit_is_given_back_by_its_draft(district_id):
    district, ground = demo(district_id), atlas(district_id)
    rng = lottery.generator("moves", district_id)
    single = district.zones.geometry[district.zones["rule"] == "single"].to_numpy()
    for zone in rng.choice(single, REDRAWN):
        units = held(zone, ground)
        moved = rng.choice(np.flatnonzero(shapely.intersects(ground.shapes, zone.boundary)))
        land = zone.difference(ground.shapes[moved]) if units[moved] else zone.union(ground.shapes[moved])
        units[moved] = ~units[moved]
        if units.any():
            assert_given_back(land, units, district_id)


@pytest.mark.parametrize("district_id", ["laoting", "pingcheng"])
def test_every_zone_of_the_layer_is_given_back_by_its_draft(district_id):
    district, ground = demo(district_id), atlas(district_id)
    for zone in district.zones.geometry:
        found = placing.place(drafting.write(zone, district, ground=ground), district, index=ground.gazetteer)
        assert inside(district, found.land) == inside(district, zone)


# A town of sixteen blocks, 1 km each: two streets in the middle, a village outside.
BLOCKS = {f"{'东西南北'[x]}{'甲乙丙丁'[y]}": square(x - 2, y - 2, x - 1, y - 1) for x in range(4) for y in range(4)}
STREETS = {"中路": line((0, -2), (0, 2)), "中街": line((-2, 0), (2, 0))}


def town(**more):
    units = BLOCKS | {"张楼村": square(2, -2, 3, -1)}
    return toy(land=square(-2, -2, 3, 2), streets=STREETS, units=units, **more)


def test_a_quarter_of_the_town_is_its_two_streets():
    urban = {"城区": ("urban", square(-2, -2, 2, 2))}
    assert drafting.write(square(-2, 0, 0, 2), town()) == "中路以西、中街以北范围内"
    assert drafting.write(square(0, -2, 2, 0), town(areas=urban)) == "中路以东、中街以南的城区"


def test_what_lies_beyond_is_included_by_name_and_what_does_not_belong_is_left_out():
    north, gift, loss = square(-2, 0, 3, 2), BLOCKS["东甲"], BLOCKS["北丁"]
    sentence = drafting.write(north.union(gift).difference(loss), town())
    assert sentence == "中街以北范围内,还包括东甲,不含北丁"
    assert parse(sentence).unread == ()


def test_a_street_that_would_be_prolonged_past_its_own_length_is_left_out_of_a_draft():
    lane = {"短巷": line((-1, -0.3), (-1, 0.3))}
    district = toy(land=square(-2, -2, 3, 2), streets=STREETS | lane, units=BLOCKS)
    zone = square(-2, -2, -1, 2)
    sentence = sentences.write(zone, district)
    found = sentences.place(sentence, district)
    assert "短巷" not in sentence
    assert found.doubts.found == []
    assert found.land.equals(zone)


def test_a_few_scattered_units_are_simply_named():
    assert drafting.write(BLOCKS["东甲"].union(BLOCKS["北丁"]), town()) == "东甲、北丁"


def test_a_former_zone_is_named_as_one():
    former = {"原西高小学学区": ("former_zone", square(-2, -2, 0, -1))}
    zone = square(-2, 0, 3, 2).union(square(-2, -2, 0, -1))
    assert drafting.write(zone, town(areas=former)) == "中街以北范围内,还包括原西高小学学区"


def test_a_unit_cut_by_the_street_is_named_in_any_case():
    units = {"跨街小区": square(-2, -0.5, -1, 0.5), "北村": square(-1, 0, 2, 2), "南村": square(-1, -2, 2, 0)}
    units |= {"北小区": square(-2, 0.5, -1, 2), "南小区": square(-2, -2, -1, -0.5)}
    units |= {"北里": square(2, 0, 3, 2), "北园": square(3, 0, 4, 2)}
    district = toy(land=square(-2, -2, 4, 2), streets={"中街": line((-2, 0), (4, 0))}, units=units)
    zone = shapely.union_all([units[name] for name in ("跨街小区", "北小区", "北村", "北里", "北园")])
    sentence = drafting.write(zone, district)
    assert sentence == "中街以北范围内,还包括跨街小区"
    without = zone.difference(units["跨街小区"])
    assert drafting.write(without, district) == "中街以北范围内,不含跨街小区"
    for text, land in ((sentence, zone), (drafting.write(without, district), without)):
        assert placing.place(text, district).land.symmetric_difference(land).area < 1


@pytest.mark.parametrize("district_id", DISTRICTS)
def test_every_name_on_the_demo_maps_can_be_said_and_is_understood(district_id):
    district, ground = demo(district_id), atlas(district_id)
    said = [drafting._name(name) for name in ground.names]
    found = placing.place("、".join(said), district, index=ground.gazetteer)
    assert found.faults.found == []
    assert [place.name for place in found.places] == district.units["name"].tolist()
    for name in ground.groups:
        assert placing.place(name, district, index=ground.gazetteer).faults.found == []


def test_a_name_that_would_be_read_as_something_else_is_quoted():
    units = {"含光小区": square(0, 0, 1, 1), "东至新村": square(1, 0, 2, 1), "和平里(北区)": square(2, 0, 3, 1)}
    units |= {f"普通{n}村": square(n, 1, n + 1, 2) for n in range(3)}
    district = toy(land=square(0, 0, 3, 2), streets={"含元街": line((0, 1), (3, 1))}, units=units)
    odd = drafting.write(square(0, 0, 1, 1).union(square(2, 0, 3, 1)), district)
    assert odd == "含光小区、「和平里(北区)」"
    assert drafting.write(square(0, 1, 3, 2), district) == "含元街以北范围内"
    for text, land in ((odd, [0, 2]), ("「含元街」以北范围内,还包括「东至新村」", [1])):
        found = placing.place(text, district)
        assert found.faults.found == []
        spots = [square(n, 0, n + 1, 1).centroid for n in range(3)]
        assert [n for n, spot in enumerate(spots) if found.land.contains(spot)] == land


DOORS = [
    ("u0", 1, 9, "odd"),
    ("u1", 11, 19, "odd"),
    ("u2", 21, 29, "odd"),
    ("u3", 2, 10, "even"),
    ("u4", 12, 20, "even"),
    ("u5", 22, 30, "even"),
]


def beside_a_street():
    """Return a town along one street: three estates with odd doors north of it, three with even doors south."""
    units = {f"柳溪人家{word}花园": square(at, 1, at + 1, 2) for at, word in enumerate("甲乙丙")}
    units |= {f"望湖人家{word}花园": square(at, -2, at + 1, -1) for at, word in enumerate("甲乙丙")}
    rows = [(unit, "青云路", low, high, parity) for unit, low, high, parity in DOORS]
    doors = pd.DataFrame(rows, columns=["unit_id", "street", "low_n", "high_n", "parity"])
    return toy(land=square(-5, -5, 5, 5), units=units, tables={"doors": doors})


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([0, 1, 2], "青云路1-29号（单号）"),
        ([0, 2], "柳溪人家甲花园、柳溪人家丙花园"),
        ([0, 1, 3, 4], "青云路1-20号"),
        ([0, 1, 2, 3, 4, 5], "青云路1-30号"),
        ([0, 1, 5], "青云路1-19号（单号）、望湖人家丙花园"),
    ],
)
def test_door_numbers_are_said_where_they_are_shorter_than_names_and_nobody_elses(units, said):
    district = beside_a_street()
    zone = shapely.union_all(district.units.geometry.to_numpy()[units])
    assert drafting.write(zone, district) == said
    found = placing.place(said, district)
    assert found.open == []
    assert found.land.symmetric_difference(zone).area < 1


def test_a_street_that_changes_its_name_and_bends_is_said_as_a_chain():
    """West of a street that runs north as 南塔路, then northeast as 北塔路; either alone would cut units off."""
    streets = {"南塔路": line((0, -8), (0, 0)), "北塔路": line((0, 0), (6, 8))}
    west = {f"西{row}苑": square(-2, row, -1, row + 1) for row in range(-8, 0)}
    west |= {f"北{row}苑": square(0.75 * row - 1.2, row, 0.75 * row - 0.2, row + 1) for row in range(1, 7)}
    east = {f"东{row}苑": square(1, row, 2, row + 1) for row in range(-8, 0)}
    east |= {f"南{row}苑": square(0.75 * row + 1, row, 0.75 * row + 2, row + 1) for row in range(1, 7)}
    district = toy(land=square(-8, -8, 8, 8), units=west | east, streets=streets)
    zone = shapely.union_all([shapely.Polygon(), placing.place("南塔路——北塔路以西", district).land])
    sentence = drafting.write(zone, district)
    assert sentence in ("南塔路——北塔路以西范围内", "北塔路——南塔路以西范围内")
    assert placing.place(sentence, district).land.symmetric_difference(zone).area < 1


def test_a_zone_without_any_unit_has_no_sentence():
    with pytest.raises(ValueError, match="学区：范围内没有任何小区或村；至少一个；请检查学区多边形与坐标系。"):
        drafting.write(square(2, 0, 3, 1), town())


def test_two_units_of_one_name_cannot_be_told_apart():
    district = town()
    twins = district.units.assign(name="王庄村")
    with pytest.raises(ValueError, match="1 个名称对应多个小区或村：王庄村；名称应当唯一"):
        atlases.of(type(district)(**{**vars(district), "units": twins}))


def test_names_that_would_be_joined_side_by_side_are_quoted():
    units = {"柳溪一": square(0, 0, 1, 1), "柳溪二村": square(1, 0, 2, 1), "别的村": square(2, 0, 3, 1)}
    district = toy(land=square(0, 0, 3, 1), streets={"中街": line((0, 2), (3, 2))}, units=units)
    zone = square(0, 0, 2, 1)
    sentence = drafting.write(zone, district)
    assert sentence == "「柳溪一」、「柳溪二村」"
    assert placing.place(sentence, district).land.equals(zone)


def test_a_zone_that_cuts_units_says_which_and_how_much():
    district = town()
    zone = square(-2, -2, -1.25, 2)
    assert drafting.cut(zone, district) == dict.fromkeys(("东丁", "东丙", "东乙", "东甲"), 0.75)
    assert drafting.cut(square(-2, 0, 3, 2), district) == {}


@pytest.fixture(scope="module")
def avenues():
    """A town between avenues drawn as maps draw them: carriageways, ramps, gaps, names by stretch."""
    district = carriageways.avenues()
    return district, atlases.of(district)


AVENUES_DRAWN = 40


def test_random_zones_between_avenues_are_given_back_by_their_drafts(avenues):
    district, ground = avenues
    rng, drawn = lottery.generator("r", "avenues"), 0
    while drawn < AVENUES_DRAWN:
        zone = random_zone(ground, ground.gazetteer.country, rng)
        if zone is None:
            continue
        drawn += 1
        sentence = drafting.write(zone, district, ground=ground)
        found = placing.place(sentence, district, index=ground.gazetteer)
        assert found.faults.found == [], sentence
        assert found.land.symmetric_difference(zone).area < 1e-3 * zone.area, sentence
        assert (held(found.land, ground) == held(zone, ground)).all(), sentence


def test_a_zone_drawn_along_honest_middle_lines_is_given_back_between_avenues(avenues):
    """The zone knows nothing of carriageways: it is drawn between the lines the town was made from."""
    district, ground = avenues
    streets = ("二经路", "六经路", "二纬路", "三纬路")
    zone = carriageways.between(*streets)
    sentence = drafting.write(zone, district, ground=ground)
    found = placing.place(sentence, district, index=ground.gazetteer)
    assert sorted(found.lines) == sorted(streets)
    assert (held(found.land, ground) == held(zone, ground)).all()
    assert found.land.symmetric_difference(zone).area < 0.01 * zone.area
