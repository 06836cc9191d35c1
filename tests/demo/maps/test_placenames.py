"""The demo maps hold every name of the notices of 平城 and 乐亭, where its sentence says."""

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.towns.map_oracles import EAST, LAOTING_PLACES, NORTH, SOUTH, WEST, holders, inside, known_names, rays, zone
from zhaosheng_analysis.demo.maps import townscape

# 七(一)3 of the notice of 平城, in simplified script
UNIVERSITY_AREAS = {
    "第一片区": "十四校、四十三校、机车一校、二十三校枫林分校、十四校知行分校",
    "第二片区": "一校、十校、二十三校五洲分校、四十二校、十四校振华校区、区实验小学",
    "第三片区": "八校、三十一校、三十五校、四十六校、四十七校",
    "第四片区": "十七校、二十三校、三十二校、三十九校、四十九校",
    "第五片区": "大同大学附属小学、御河小学、十八校、十八校南关校区、四十一校、四十五校",
    "第六片区": "十八校文瀛分校、十八校御东校区、文慧小学、十八校文兴校区、大同大学附属小学御东校区、"
    "御河小学水泊寺校区",
}
SECOND_PHASE = ["十四校知行分校", "一校", "三十一校", "十七校", "四十一校", "御河小学水泊寺校区"]

LAOTING_FORMER = {
    "第二实验小学": "原西高小学学区",
    "第三实验小学": "原范庄小学学区",
    "第四实验小学": "原三刘庄小学学区",
    "第五实验小学": "原井坨小学学区",
    "新戴河初级中学": "三合庄初中招生片区、原范庄学区",
    "第三初级中学": "原井坨学区",
}
STREETS = {
    "pingcheng": "永泰南路、源茂街、御河西路、昌宁街、太和路、开源街、御河东路、南环路、南环东路、"
    "魏都大道、文兴路、恒源路、永和路、永安路、北都街、迎宾街、友谊北街、兴国寺街、西环路、同泉路、前进路、兴云桥、迎宾桥",
    "laoting": "滨河路、金融街、金融街东延",
}


@pytest.fixture(scope="module")
def maps():
    return {district: townscape.layers(district) for district in ("pingcheng", "laoting")}


@pytest.mark.parametrize("district", STREETS)
def test_all_streets_of_the_texts_are_on_the_map(maps, district):
    assert set(STREETS[district].split("、")) <= set(maps[district]["streets"]["name"])


def test_pingcheng_has_the_33_campuses_in_their_six_areas_and_one_in_none(maps):
    layers = maps["pingcheng"]
    schools, names = layers["schools"], known_names(layers["schools"])
    areas = layers["areas"].query("kind == 'area'").set_index("area_id")
    found = 0
    for area_id, point, (area, campuses) in zip(areas.index, SECOND_PHASE, UNIVERSITY_AREAS.items(), strict=True):
        assert areas.loc[area_id, "name"] == area
        members = schools[schools["area_id"] == area_id]
        assert set(members.index) == {names[campus] for campus in campuses.split("、")}
        assert areas.loc[area_id, "point_school_id"] == schools.loc[names[point], "school_id"]
        assert names[point] in members.index
        found += len(members)
    assert found == 33
    assert pd.isna(schools.loc[names["开源校区"], "area_id"])
    assert names["御河小学水泊寺分校"] == names["御河小学水泊寺校区"]
    boarding = schools[schools["boarding"] & (schools["sector"] == "public")]
    assert set(boarding["name"]) == {"平城中学", "平城二中"}


def test_a_university_area_is_the_union_of_the_single_zones_of_its_campuses(maps):
    layers = maps["pingcheng"]
    for area in layers["areas"].query("kind == 'area'").itertuples():
        ours = layers["schools"].loc[layers["schools"]["area_id"] == area.area_id, "school_id"]
        pairs = layers["zone_schools"]
        ids = pairs.loc[pairs["school_id"].isin(ours), "zone_id"]
        single = layers["zones"][layers["zones"]["zone_id"].isin(ids) & (layers["zones"]["rule"] == "single")]
        assert area.geometry.symmetric_difference(single.union_all()).area < 1
        assert area.geometry.geom_type == "Polygon", f"{area.name} is in pieces"


def test_pingcheng_zones_lie_on_the_sides_of_the_streets_their_sentences_name(maps):
    layers = maps["pingcheng"]
    beside = rays(layers, "永泰南路", WEST) & rays(layers, "源茂街", NORTH) & rays(layers, "御河西路", EAST)
    north = beside & rays(layers, "昌宁街", SOUTH)
    assert inside(layers, zone(layers, "pc-zone-changning-north")) == north
    assert inside(layers, zone(layers, "pc-zone-dafu-kaiyuan")) == beside - north
    original = layers["areas"].set_index("area_id").geometry["pc-limit-original"]
    east = rays(layers, "太和路", WEST) & rays(layers, "开源街", NORTH) & inside(layers, original)
    assert inside(layers, zone(layers, "pc-zone-taihe-east")) == east
    assert min(len(north), len(beside - north), len(east)) >= 4


def test_pingcheng_choice_zones_are_apart_from_single_zones_and_fall_to_their_heir_next_year(maps):
    layers = maps["pingcheng"]
    heirs = {"former-19": "08", "former-40": "43"}
    for choice, heir in heirs.items():
        part, before, after = (zone(layers, f"pc-zone-{name}") for name in (choice, heir, f"{heir}-2025"))
        assert part.intersection(before).area < 1
        assert after.area == pytest.approx(before.area + part.area, rel=1e-9)
        assert after.geom_type == "Polygon"
    doors = layers["zone_schools"].groupby("zone_id")["school_id"].apply(set)
    assert doors["pc-zone-former-19"] == {"pc-sch-08", "pc-sch-31"}
    assert doors["pc-zone-former-40"] == {"pc-sch-43", "pc-sch-14-zhenhua"}
    assert doors["pc-zone-changning-north"] == {"pc-sch-dafu-kaiyuan", "pc-sch-45"}
    vacant = layers["zone_schools"].query("if_vacant")
    assert set(vacant["school_id"]) == {"pc-sch-18-yudong", "pc-sch-yuhe-shuiposi"}


def test_pingcheng_single_zones_and_choice_zones_leave_nobody_out_in_2025(maps):
    later = holders(maps["pingcheng"], "primary", "2025-07-01")
    choice = inside(maps["pingcheng"], zone(maps["pingcheng"], "pc-zone-changning-north"))
    assert set(later.index[later != 1]) <= choice


def test_laoting_names_every_place_of_annex_1_in_the_zone_of_its_school(maps):
    layers = maps["laoting"]
    units, doors = layers["units"], layers["zone_schools"].set_index("school_id")["zone_id"]
    places, schools = known_names(units), known_names(layers["schools"])
    for school, listed in LAOTING_PLACES.items():
        shape = zone(layers, doors[layers["schools"].loc[schools[school], "school_id"]])
        for place in listed.split("、"):
            assert units.geometry[places[place]].representative_point().within(shape), (school, place)
    assert places["水岸星城"] == places["乐康家园西区"]
    assert places["二十二冶"] == places["乐康家园东区"]


def test_laoting_zones_hold_the_former_school_districts_they_inherit(maps):
    layers = maps["laoting"]
    areas = layers["areas"].set_index("name").geometry
    doors, schools = layers["zone_schools"].set_index("school_id")["zone_id"], known_names(layers["schools"])
    for school, listed in LAOTING_FORMER.items():
        shape = zone(layers, doors[layers["schools"].loc[schools[school], "school_id"]])
        places = set("、".join(LAOTING_PLACES.values()).split("、"))
        for name in listed.split("、"):
            held = inside(layers, areas[name])
            assert held
            assert held - places <= inside(layers, shape)
    assert areas["原范庄小学学区"].within(areas["原范庄学区"].buffer(1))
    assert areas["原井坨小学学区"].within(areas["原井坨学区"].buffer(1))
    assert areas["原井坨小学学区"].area < areas["原井坨学区"].area


def test_laoting_quadrants_follow_the_two_streets_with_the_flats_south_of_the_street_as_an_exception(maps):
    layers = maps["laoting"]
    areas = layers["areas"].set_index("name").geometry
    urban, flats = inside(layers, areas["城区"]), inside(layers, areas["金融街南侧机关单位家属楼"])
    west, east = rays(layers, "滨河路", EAST) & urban, rays(layers, "滨河路", WEST) & urban
    named = set("、".join(LAOTING_PLACES.values()).split("、")) & set(layers["units"]["name"])
    third = inside(layers, zone(layers, "lt-zone-sy3"))
    fourth = inside(layers, zone(layers, "lt-zone-sy4"))
    second = inside(layers, zone(layers, "lt-zone-sy2"))
    assert flats <= rays(layers, "金融街", NORTH) & west & third
    assert len(flats) >= 5
    assert (west & rays(layers, "金融街", SOUTH)) - named == (third & urban) - named - flats
    assert (west & rays(layers, "金融街", NORTH)) - named - flats == (fourth & urban) - named
    assert (east & rays(layers, "金融街东延", NORTH)) - named == (second & urban) - named
    assert inside(layers, zone(layers, "lt-zone-xindaihe")) & urban == west
    assert inside(layers, zone(layers, "lt-zone-j3")) & urban == east


def test_laoting_finance_street_meets_its_eastern_extension_on_the_riverside_road(maps):
    lines = maps["laoting"]["streets"].set_index("name").geometry
    west, east = (shapely.get_coordinates(lines[name]) for name in ("金融街", "金融街东延"))
    meeting = west[np.argmax(west[:, 0])]
    assert tuple(meeting) == tuple(east[np.argmin(east[:, 0])])
    assert lines["滨河路"].distance(shapely.Point(meeting)) < 0.02
