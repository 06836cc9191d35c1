"""From the sentence alone to the land: the published zones on the demo maps, toy maps, and what cannot be drawn."""

import pandas as pd
import pytest
import shapely

from tests.towns import zone_maps
from tests.towns.laoting_annex import AREAS, ELEMENTS, UNITS
from tests.towns.zone_maps import demo, inside, line, point, square, toy
from zhaosheng_analysis.sentences import gazetteer, placing

STREET_BOUNDED = ["pc-zone-dafu-kaiyuan", "pc-zone-changning-north", "pc-zone-taihe-east"]


def written(district: str, stage: str) -> pd.DataFrame:
    """Return the zones of a demo map that have a sentence."""
    zones = demo(district).zones
    return zones[zones["sentence"].notna() & (zones["stage"] == stage)]


@pytest.fixture(scope="module", params=["primary", "junior"])
def laoting(request):
    rows = written("laoting", request.param)
    index = zone_maps.atlas("laoting").gazetteer
    drawn, doubts = placing.zones(demo("laoting"), rows, limit="城区", index=index)
    return rows, drawn, doubts


def test_the_zones_of_laoting_are_built_from_their_sentences_alone(laoting):
    rows, drawn, doubts = laoting
    assert doubts == []
    assert list(drawn["zone_id"]) == list(rows["zone_id"])
    for made, known in zip(drawn.geometry, rows.geometry, strict=True):
        assert made.symmetric_difference(known).area < 1e-5 * known.area
        assert inside(demo("laoting"), made) == inside(demo("laoting"), known)


def test_the_three_street_bounded_zones_of_pingcheng_are_built_from_their_sentences_alone():
    rows = written("pingcheng", "primary").set_index("zone_id", drop=False).loc[STREET_BOUNDED]
    drawn, doubts = placing.zones(demo("pingcheng"), rows)
    assert doubts == []
    for made, known in zip(drawn.geometry, rows.geometry, strict=True):
        assert made.symmetric_difference(known).area < 1e-5 * known.area
        assert inside(demo("pingcheng"), made) == inside(demo("pingcheng"), known)


@pytest.mark.parametrize(
    ("district_id", "written_n"), {"laoting": 7, "pingcheng": 6, "quzhou": 0, "taobei": 0, "zhanhe": 0}.items()
)
def test_every_sentence_of_a_demo_district_gives_its_layer(district_id, written_n):
    """Three of the notices describe children alone; last year's zone is no rival of this year's."""
    district = demo(district_id)
    drawn = [
        placing.zones(district, rows, limit="城区" * (district_id == "laoting"))[0]
        for stage in ("primary", "junior")
        if len(rows := written(district_id, stage))
    ]
    made = {zone: land for frame in drawn for zone, land in zip(frame["zone_id"], frame.geometry, strict=True)}
    known = district.zones.set_index("zone_id").geometry
    assert len(made) == written_n
    assert [zone for zone, land in made.items() if land.symmetric_difference(known[zone]).area > 1e-5 * land.area] == []


def test_the_choice_zone_of_pingcheng_lies_inside_the_zone_of_its_first_school():
    sentences = written("pingcheng", "primary").set_index("zone_id")["sentence"]
    whole, choice, other = (placing.place(sentences[zone], demo("pingcheng")).land for zone in STREET_BOUNDED)
    assert choice.difference(whole).area < 1e-6 * choice.area  # Z-PC-4 within Z-PC-3
    assert whole.intersection(other).area < 1  # Z-PC-3 and Z-PC-5 apart


@pytest.mark.parametrize("zone", ELEMENTS)
def test_each_element_of_annex_1_is_accounted_for(zone):
    zones = demo("laoting").zones.set_index("zone_id")
    found = placing.place(zones.loc[zone, "sentence"], demo("laoting"), stage=zones.loc[zone, "stage"])
    meant = {(place.layer, place.name) for place in found.places}
    assert meant == {(layer, name) for layer, names in ELEMENTS[zone].items() for name in names.split("、")}
    assert found.parsed.unread == ()
    assert found.faults.found == []


@pytest.mark.parametrize("zone", ELEMENTS)
def test_each_named_place_of_annex_1_lies_in_the_zone_that_names_it(zone):
    district = demo("laoting")
    land = district.zones.set_index("zone_id").geometry[zone]
    for layer in (UNITS, AREAS):
        shapes = getattr(district, layer).set_index("name").geometry
        for name in ELEMENTS[zone].get(layer, "").split("、"):
            if name and name != "城区":
                assert shapes[name].difference(land).area < 1e-6 * shapes[name].area, name


def test_names_one_character_apart_are_different_places():
    district = demo("laoting")
    wanted = ["水悦华府", "水悦华苑", "泰和盛景", "泰和嘉苑", "乐泰和园", "乐康家园西区", "乐康家园东区"]
    places = [placing.place(name, district).places for name in wanted]
    assert [[place.name for place in found] for found in places] == [[name] for name in wanted]


def test_an_alias_in_brackets_or_alone_means_the_same_place():
    for text in ("水岸星城", "乐康家园西区(水岸星城)", "樂康家園西區（水岸星城）"):
        found = placing.place(text, demo("laoting"))
        assert {place.name for place in found.places} == {"乐康家园西区"}, text


# The toy map of catalogue §8.5: 滨河路 x = 0, 金融街 y = 0 for x < 0, 金融街东延 y = 0 for x > 0, town |x|, |y| ≤ 5.
SENTENCES = {
    (
        "第一实验小学",
        "primary",
    ): "泰和盛景、乐康家园西区(水岸星城)、水韵名居、水悦华府、水悦华庭、水悦华郡、盛世景湾、龙王庙村",
    ("第二实验小学", "primary"): "滨河路以东、金融街东延以南的城区,还包括盛世景湾、麻坨村、原西高小学学区",
    ("第三实验小学", "primary"): "滨河路以西、金融街以北的城区,金融街南侧机关单位家属楼,乐泰和园,原范庄小学学区",
    ("第四实验小学", "primary"): "滨河路以西、金融街以南的城区,还包括张楼村,原三刘庄小学学区",
    ("第五实验小学", "primary"): "水悦华苑、乐康家园东区(二十二冶)、泰和嘉苑,原井坨小学学区",
    ("新戴河初级中学", "junior"): "滨河路以西,含三合庄初中招生片区、原范庄学区",
    ("第三初级中学", "junior"): "滨河路以东,含原井坨学区",
}
NORTH_EAST = ["泰和盛景", "乐康家园西区", "水韵名居", "水悦华府", "水悦华庭", "水悦华郡", "盛世景湾", "龙王庙村"]
NORTH_EAST += ["乐泰和园", "水悦华苑", "乐康家园东区", "泰和嘉苑"]
FORMER = {"原西高小学学区": (5, -5), "原范庄小学学区": (-7, 5), "原范庄学区": (-7, 5.01), "原三刘庄小学学区": (-7, -7)}
FORMER |= {"原井坨小学学区": (5, 5), "原井坨学区": (5.01, 5), "三合庄初中招生片区": (-1, -7)}


@pytest.fixture(scope="module")
def toy_laoting():
    units = {name: square(0.2 + n * 0.3, 4, 0.4 + n * 0.3, 4.2) for n, name in enumerate(NORTH_EAST)}
    units |= {"麻坨村": square(2, -6, 3, -5.5), "张楼村": square(-6, -2, -5.5, -1)}
    areas = {"城区": ("urban", square(-5, -5, 5, 5)), "金融街南侧机关单位家属楼": ("named", square(-3, -0.3, -2, 0))}
    areas |= {name: ("former_zone", square(x, y, x + 2, y + 2)) for name, (x, y) in FORMER.items()}
    streets = {"滨河路": line((0, -4), (0, 4)), "金融街": line((-4, 0), (0, 0)), "金融街东延": line((0, 0), (4, 0))}
    return toy(land=square(-8, -8, 8, 8), streets=streets, units=units, areas=areas)


@pytest.fixture(scope="module")
def toy_zones(toy_laoting):
    rows = pd.DataFrame([(s, t, text) for (s, t), text in SENTENCES.items()], columns=["zone_id", "stage", "sentence"])
    parts = [placing.zones(toy_laoting, part, limit="城区") for _, part in rows.groupby("stage", sort=False)]
    assert [doubts for _, doubts in parts] == [[], []]
    return [zones.set_index("zone_id").geometry for zones, _ in parts]


def of(spot, toy_zones) -> tuple[set[str], set[str]]:
    """Return the primary and the junior schools whose zone holds a point."""
    primary, junior = ({name for name, land in zones.items() if land.contains(spot)} for zones in toy_zones)
    return primary, junior


def test_ltw_02_and_ltw_03_homes_in_the_quadrants_of_the_town(toy_zones):
    assert of(point(-2, 3), toy_zones) == ({"第三实验小学"}, {"新戴河初级中学"})
    assert of(point(-2, -3), toy_zones) == ({"第四实验小学"}, {"新戴河初级中学"})
    assert of(point(2, -3), toy_zones) == ({"第二实验小学"}, {"第三初级中学"})
    assert of(point(2, 3), toy_zones) == (set(), {"第三初级中学"})


@pytest.mark.parametrize(
    ("name", "schools"),
    [
        ("水悦华苑", {"第五实验小学"}),  # LTW-04
        ("水悦华庭", {"第一实验小学"}),
        ("泰和盛景", {"第一实验小学"}),  # LTW-05
        ("泰和嘉苑", {"第五实验小学"}),
        ("乐泰和园", {"第三实验小学"}),
        ("乐康家园西区", {"第一实验小学"}),  # LTW-06
        ("乐康家园东区", {"第五实验小学"}),
        ("盛世景湾", {"第一实验小学", "第二实验小学"}),  # LTW-07
    ],
)
def test_ltw_04_ltw_05_ltw_06_and_ltw_07_named_compounds_belong_where_they_are_named(
    name, schools, toy_laoting, toy_zones
):
    spot = toy_laoting.units.set_index("name").geometry[name].centroid
    assert of(spot, toy_zones)[0] == schools


def test_the_office_flats_south_of_the_street_stay_with_the_school_that_names_them(toy_zones):
    assert of(point(-2.5, -0.15), toy_zones)[0] == {"第三实验小学"}  # A-LT7
    assert of(point(-2.5, -0.35), toy_zones)[0] == {"第四实验小学"}


def test_junior_zones_stay_inside_the_town_and_the_named_areas(toy_zones):  # A-LT6
    assert of(point(-7.5, 0), toy_zones) == (set(), set())
    assert of(point(-0.5, -6), toy_zones)[1] == {"新戴河初级中学"}


def test_a_side_of_open_country_is_said_to_have_been_limited(toy_laoting):
    found = placing.place("滨河路以西", toy_laoting, stage="junior", limit="城区")
    # The street is drawn to 4 km on either side of the middle, the town ends at 5.
    extended = "「滨河路」向南、北照直延长 2000 米（图上画出 8000 米）"
    assert found.assumed == ["「滨河路以西」没有写明界限，限于城区", extended]
    assert found.doubts.found == []
    assert found.land.area == pytest.approx(50e6)


def test_pcw_19_the_choice_zone_and_the_zone_around_it():
    streets = {
        "永泰南路": line((0, -2), (0, 14)),
        "御河西路": line((10, -2), (10, 14)),
        "源茂街": line((-2, 10), (12, 10)),
        "昌宁街": line((-2, 5), (12, 5)),
    }
    limit = {"平城区学区范围": ("limit", square(-5, 0, 15, 15))}
    district = toy(land=square(-5, -5, 15, 15), streets=streets, areas=limit)
    rows = pd.DataFrame(
        {
            "zone_id": ["开源校区", "两校"],
            "stage": "primary",
            "rule": ["single", "choice"],
            "sentence": [
                "永泰南路以東,源茂街以南,御河西路以西,南至平城區學區范圍區域",
                "永泰南路以東,源茂街以南,御河西路以西,昌寧街以北范圍內",
            ],
        }
    )
    zones, doubts = placing.zones(district, rows)
    assert doubts == []
    spots = [point(5, 7), point(5, 3), point(5, 12), point(-1, 7), point(5, -1)]
    held = [
        {zone for zone, land in zip(zones["zone_id"], zones.geometry, strict=True) if land.contains(spot)}
        for spot in spots
    ]
    assert held == [{"两校"}, {"开源校区"}, set(), set(), set()]


# Other ways to bound a zone.
TOWN = square(-5, -5, 5, 5)


def test_a_street_that_bends_divides_by_its_own_course():
    bent = line((0, -4), (2, -1), (2, 1), (0, 4))
    land = placing.place("弯路以东", toy(land=TOWN, streets={"弯路": bent})).land
    assert land.contains(point(2.1, 0))
    assert not land.contains(point(1.9, 0))
    assert not land.contains(point(1.0, 0))


@pytest.mark.parametrize("text", ["和平街——解放路以东", "和平街、解放路以东", "解放路——和平街以东"])
def test_a_chain_of_streets_is_one_side(text):
    streets = {"和平街": line((-1, 0), (-1, 4)), "解放路": line((1, -4), (1, -0.1), (-0.9, -0.1))}
    land = placing.place(text, toy(land=TOWN, streets=streets)).land
    assert land.contains(point(0, 2))
    assert land.contains(point(1.5, -2))
    assert not land.contains(point(0, -2))


CROSSED = {"和平街": line((-1, 0), (-1, 4)), "解放路": line((-4, 0), (4.5, 0))}


def test_a_chain_whose_last_street_runs_on_both_ways_asks_which_way_it_goes_on():
    town = toy(land=TOWN, streets=CROSSED)
    found = placing.place("和平街——解放路以北", town)
    assert "解放路取和平街以西的一段" in str(found.doubts.found[0])
    assert found.land.area == pytest.approx(30e6)  # east of the one, north of the other
    west = placing.place("和平街——解放路以北", town, assume="解放路取和平街以西的一段")
    assert west.doubts.found == []
    assert west.land.area == pytest.approx(20e6)
    east = placing.place("和平街——解放路以北", town, assume="解放路取和平街以东的一段")
    assert east.land.equals(found.land)
    assert east.doubts.found == []


def test_an_arm_that_changes_nothing_is_not_asked_for():
    streets = CROSSED | {"东街": line((1, -4), (1, 4)), "北街": line((-4, 3), (4, 3))}
    found = placing.place("和平街——解放路以北、东街以西、北街以南、和平街以东", toy(land=TOWN, streets=streets))
    assert found.doubts.found == []
    assert found.land.area == pytest.approx(6e6)


def test_an_arm_that_is_not_there_is_no_choice():
    found = placing.place("和平街——解放路以北", toy(land=TOWN, streets=CROSSED), assume="解放路取和平街以南的一段")
    assert "只有和平街以东、以西的两段" in str(found.faults.found[0])
    assert found.land.is_empty


def test_the_arm_that_has_ground_in_common_with_the_other_sides_is_taken():
    streets = CROSSED | {"西街": line((-3, -4), (-3, 4)), "北街": line((-4, 3), (4, 3))}
    found = placing.place("和平街——解放路以北、和平街以西、西街以东、北街以南", toy(land=TOWN, streets=streets))
    assert found.land.area == pytest.approx(6e6)
    assert any("取和平街以西的一段" in note for note in found.assumed)


def test_a_street_whose_halves_have_names_of_their_own_is_their_whole_course():
    streets = {"长青南路": line((0, -4), (0, 0)), "长青北路": line((0, 0), (0, 4)), "解放东路": line((0, 1), (4, 1))}
    town = toy(land=TOWN, streets=streets)
    found = placing.place("长青路以东", town)
    assert found.land.area == pytest.approx(50e6)
    assert "「长青路」在图上分段命名，由长青南路、长青北路连成" in found.assumed
    assert placing.place("解放路以南", town).land.is_empty  # one half is not the whole


def test_all_unknown_streets_of_a_box_are_said_at_once():
    found = placing.place("甲路以东、乙路以西、弯路以北", toy(land=TOWN, streets={"弯路": line((-4, 0), (4, 0))}))
    assert [fault.where for fault in found.faults.found] == ["「甲路」", "「乙路」"]


def test_a_street_of_which_the_map_has_one_stretch_is_said():
    found = placing.place("弯路以北", toy(land=TOWN, streets={"弯路东段": line((-4, 0), (4, 0))}))
    assert "「弯路」在图上只有「弯路东段」，当作整条" in found.assumed


def test_a_street_drawn_in_pieces_is_one_street():
    pieces = shapely.MultiLineString([line((0, 2), (0, 4)), line((0, -4), (0, -2)), line((0, 0), (0, 1.9))])
    land = placing.place("长街以东", toy(land=TOWN, streets={"长街": pieces})).land
    assert land.area == pytest.approx(50e6)


def test_a_railway_a_river_and_a_wall_are_sides():
    streets = {"京包线": line((0, -4), (0, 4)), "御河": line((2, -4), (2, 4)), "北城墙": line((-4, 3), (4, 3))}
    district = toy(land=TOWN, streets=streets, kinds={"京包线": "railway", "御河": "river", "北城墙": "wall"})
    assert placing.place("京包线以东,御河以西,北城墙以南", district).land.equals(square(0, -5, 2, 3))


def test_a_bank_is_its_river_and_a_street_reaches_the_border_of_the_district():
    streets = {"清河": line((-4, 0), (4, 0)), "长街": line((0, -4), (0, 4))}
    areas = {"西镇": ("township", square(-5, -5, 1, 5))}
    district = toy(land=TOWN, streets=streets, kinds={"清河": "river"}, areas=areas)
    found = placing.place("北至清河南岸，西至长街，南至县界", district)
    assert found.land.equals(square(0, -5, 5, 0))
    assert "「清河南岸」以图上清河的中线为界" in found.assumed
    assert any("照直延长 1000 米" in each for each in found.assumed)
    inside = placing.place(
        "清河以北、长街以东、东至西镇界", district
    )  # 西镇 reaches the western rim: its eastern border
    assert inside.land.equals(square(0, 0, 1, 5))


def test_bridges_between_the_two_roads_of_a_river_are_sides():
    streets = {"御河西路": line((0, -4), (0, 4)), "滨河路": line((0.4, -4), (0.4, 4))}
    streets |= {"兴云桥": line((0.1, 2), (0.3, 2)), "迎宾桥": line((0.1, -1), (0.3, -1))}
    district = toy(land=TOWN, streets=streets, kinds={"兴云桥": "bridge", "迎宾桥": "bridge"})
    found = placing.place("北起兴云桥,南至迎宾桥;西起御河西路,东至滨河路。", district)
    assert found.land.equals(square(0, -1, 0.4, 2))


def test_a_works_as_a_side_stands_for_the_line_through_its_middle_and_that_is_said():
    works = {"机车厂": ("named", square(-3, -1, -1, 1))}
    district = toy(land=TOWN, streets={"西环路": line((3, -4), (3, 4))}, areas=works)
    found = placing.place("西起机车厂,东至西环路", district)
    assert found.land.equals(square(-2, -5, 3, 5))
    assert found.assumed == [
        "「机车厂」是一片地而不是一条线，以穿过其中心的线为界",
        "「西环路」向南、北照直延长 2000 米（图上画出 8000 米）",
    ]


def test_a_half_inside_a_named_area():
    areas = {"古城": ("named", square(-1, -1, 1, 1))}
    district = toy(land=TOWN, streets={"大北街": line((0, -0.5), (0, 0.9))}, areas=areas)
    assert placing.place("古城内大北街以东", district).land.equals(square(0, -1, 1, 1))


def test_a_place_beyond_a_street_is_named_with_the_side_it_lies_on():
    district = toy(land=TOWN, streets={"西环路": line((0, -4), (0, 4))}, units={"同煤新苑": square(-1, 0, -0.5, 1)})
    assert placing.place("西环路以西的同煤新苑", district).land.equals(square(-1, 0, -0.5, 1))


def test_what_is_left_out_again_is_taken_away():
    district = toy(land=TOWN, streets={"中街": line((0, -4), (0, 4))}, units={"甲村": square(1, 1, 2, 2)})
    assert placing.place("中街以东范围内,不含甲村", district).land.area == pytest.approx(49e6)


def test_a_zone_handed_on_is_the_zone_of_the_school_that_closes():
    zones = [{"zone_id": "z", "geometry": square(0, 0, 1, 1)}]
    schools = [{"school_id": "a", "name": "铁路二中", "geometry": point(0.5, 0.5)}]
    district = toy(land=TOWN, zones=zones, schools=schools, links=[("z", "a")])
    text = "2024年铁路二中不再招收新生，学区内学生到第二中学报名入学"
    assert placing.place(text, district).land.equals(square(0, 0, 1, 1))


# What cannot be drawn: the message a planner reads.
CROSS = {"滨河路": line((0, -4), (0, 4)), "金融街": line((-4, 0), (4, 0))}


def message(text: str, **layers) -> str:
    """Return the doubts of a sentence on a toy map, as a planner reads them."""
    found = placing.place(text, toy(land=TOWN, streets=CROSS | layers.pop("streets", {}), **layers))
    return "\n".join(map(str, found.faults.found))


def test_a_street_that_closes_has_an_inside_and_no_sides():
    loop = line((0, -1), (0, 1), (1, 1), (1, 0), (-1, 0))
    said = message("环路以东", streets={"环路": loop})
    assert said == (
        "「环路以东」：环路是一条环路，绕 1.0 平方公里，没有哪一侧能称为东；环路只有里外；"
        "请写“环路以内”，或写明是环路的哪一段。"
    )


def test_a_street_that_runs_east_has_no_east_side():
    assert "「金融街以东」：金融街的走向与所说方位几乎一致，看不出哪一侧是东" in message("金融街以东")


def test_two_streets_that_do_not_meet():
    said = message("短街以东、金融街以南", streets={"短街": line((1, 2), (1, 4))})
    assert said == (
        "「短街以东、金融街以南」：短街与金融街在图上不相接，最近处相距 2000 米；"
        "相邻两侧应当相交，或相距不超过 300 米；请补全街道图层，或改用相接的路名；"
        "确认照直延长的写约定「短街与金融街照直相接」（--assume）。"
    )


def test_a_chain_whose_streets_lie_apart():
    said = message("短街——滨河路以东", streets={"短街": line((3, 2), (3, 4))})
    assert "「短街——滨河路以东」：短街与滨河路在图上不相接，最近处相距 3000 米；同一侧的各段应当首尾相接" in said


def test_sides_without_common_ground():
    streets = {"西街": line((-2, -4), (-2, 4)), "东街": line((2, -4), (2, 4))}
    assert "「东街以东 ∩ 西街以西」：各侧没有共同的地域" in message("东街以东、西街以西", streets=streets)


def test_an_unknown_name_is_shown_near_names_and_none_is_taken():
    units = {"水悦华苑": square(1, 1, 2, 2), "水悦华庭": square(2, 1, 3, 2)}
    found = placing.place("水悦华府", toy(land=TOWN, units=units))
    assert found.land.is_empty
    assert found.places == []
    assert str(found.faults.found[0]) == (
        "「水悦华府」：小区与村、区域图层中没有这个名称；是不是「水悦华苑」或「水悦华庭」？"
        "请核对名称，或在图层中补上，或登记别名。"
    )


def test_an_unknown_street_is_an_error_and_the_rest_of_the_sentence_stands():
    found = placing.place("滨江路以东,还包括甲村", toy(land=TOWN, streets=CROSS, units={"甲村": square(1, 1, 2, 2)}))
    assert found.land.equals(square(1, 1, 2, 2))
    assert "「滨江路」：街道、小区与村、区域图层中没有这个名称；是不是「滨河路」？" in str(found.faults.found[0])


def test_a_former_zone_that_nobody_drew_is_asked_for():
    assert "「原西高小学学区」：区域图层中没有这个名称" in message("原西高小学学区")


def test_a_place_named_inside_of_a_side_it_does_not_lie_on_is_a_question():
    units = {"柳溪村": square(1, 1, 2, 2), "槐荫村": square(-2, 1, -1, 2)}
    found = placing.place("滨河路以东的柳溪村、槐荫村", toy(land=TOWN, streets=CROSS, units=units))
    assert found.land.equals(square(1, 1, 2, 2))
    assert "「槐荫村」：图上不在这句话说的界线之内，没有算进来" in str(found.doubts.found[0])


def test_two_villages_of_one_name_are_not_both_taken():
    layers = toy(land=TOWN, units={"王庄村": square(1, 1, 2, 2), "李庄村": square(2, 1, 3, 2)})
    twins = layers.units.assign(name="王庄村")
    district = type(layers)(**{**vars(layers), "units": twins})
    found = placing.place("王庄村", district)
    assert "「王庄村」：有 2 个同名的小区或村：u0、u1；名称应当唯一" in str(found.faults.found[0])


def test_flats_on_the_wrong_side_of_their_street():
    areas = {"金融街南侧家属楼": ("named", square(1, 1, 2, 2))}
    assert "「金融街南侧家属楼」：图上的这片地不在金融街的南侧" in message("金融街南侧家属楼", areas=areas)


def test_words_about_children_are_no_land():
    assert "这是对学生的条件，不是地域" in message("农村小学只招收本乡镇学生")
    assert "没有读懂「甲路至乙路」" in message("滨河路以东的城区,甲路至乙路", areas={"城区": ("urban", TOWN)})


def test_a_gazetteer_used_again_gives_the_same_land():
    district = demo("laoting")
    index = gazetteer(district)
    text = written("laoting", "primary")["sentence"].iloc[1]
    first = placing.place(text, district, index=index).land
    assert placing.place(text, district, index=index).land.equals(first)
    assert placing.place(text, district).land.equals(first)


def test_the_summary_lists_names_assumptions_and_doubts(toy_laoting):
    said = placing.summary(placing.place("滨河路以西,含水悦华园", toy_laoting, limit="城区"))
    street = "「滨河路」→ 街道 s0 滨河路"
    for words in ("滨河路以西 ∪ 水悦华园", "面积：50.000 平方公里", street, "假定：", "疑问：「水悦华园」"):
        assert words in said
