"""The demo maps: their ground holds together, and every name of the texts lies where its sentence says."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString

from zhaosheng_analysis import schema, townscape
from zhaosheng_analysis.dwellings import ENTRANTS_PER_DWELLING

INTAKE = {
    "pingcheng": "2024-07-01",
    "taobei": "2024-07-15",
    "quzhou": "2022-07-01",
    "zhanhe": "2024-07-01",
    "laoting": "2025-07-07",
}
ENTRANTS = {"pingcheng": 11000, "taobei": 3000, "quzhou": 9000, "zhanhe": 3500, "laoting": 3500}
TWO_SCHOOLS = {"laoting": ["盛世景湾"]}

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

# Annex 1 of the notice of 乐亭: the named places of each primary
LAOTING_PLACES = {
    "第一实验小学": "泰和盛景、乐康家园西区、水岸星城、水韵名居、水悦华府、水悦华庭、水悦华郡、盛世景湾、龙王庙村",
    "第二实验小学": "盛世景湾、御景嘉园东区、腾飞家园、浩森尚景、郁庄上村、王庄上村、麻坨村",
    "第三实验小学": "天正壹号院、乐泰和园、嘉林景苑、宏屹上院",
    "第四实验小学": "张楼村、蔡各庄村、高庄村、晁庄村",
    "第五实验小学": "水悦华苑、乐康家园东区、二十二冶、乐安家园、富康家园、坤泽佳苑、乐欣家园、泰和嘉苑",
}
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
    return {district: townscape.layers(district) for district in townscape.DISTRICTS}


def known_names(layer: gpd.GeoDataFrame) -> dict[str, int]:
    """Row of every name and alias."""
    names: dict[str, int] = {}
    for row, name, aliases in zip(layer.index, layer["name"], layer["aliases"].fillna(""), strict=True):
        names |= dict.fromkeys([name, *filter(None, aliases.split("、"))], row)
    return names


def on(zones: gpd.GeoDataFrame, day: str) -> gpd.GeoDataFrame:
    day = pd.Timestamp(day)
    return zones[(zones["valid_from"] <= day) & ~(zones["valid_to"] < day)]


def holders(layers: dict, stage: str, day: str) -> pd.Series:
    """How many valid zones hold each unit, found by area, unit by unit."""
    zones = on(layers["zones"], day)
    zones = zones[(zones["stage"] == stage) & (zones["rule"] != "district")]
    covered = [
        (shapely.area(shapely.intersection(zones.geometry.to_numpy(), unit)) > 0.99 * unit.area).sum()
        for unit in layers["units"].geometry
    ]
    return pd.Series(covered, index=layers["units"]["name"])


def zone(layers: dict, zone_id: str):
    zones = layers["zones"].set_index("zone_id").geometry
    return zones[zone_id]


def inside(layers: dict, shape) -> set[str]:
    points = layers["units"].representative_point()
    return set(layers["units"].loc[points.within(shape), "name"])


def rays(layers: dict, street: str, toward: tuple[int, int]) -> set[str]:
    """Names of the units from which one sees the street when looking in a direction: an oracle that cuts nothing."""
    track = shapely.get_coordinates(layers["streets"].set_index("name").geometry[street])
    far = 9 * track[[0, -1]] - 8 * track[[1, -2]]  # prolonged straight, by a few hundred metres at each end
    line = LineString(np.vstack([far[:1], track, far[1:]]))
    points = layers["units"].representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    away = 200_000
    looks = [LineString([(a, b), (a + toward[0] * away, b + toward[1] * away)]) for a, b in zip(x, y, strict=True)]
    return set(layers["units"]["name"][[look.intersects(line) for look in looks]])


NORTH, SOUTH, EAST, WEST = (0, 1), (0, -1), (1, 0), (-1, 0)


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_layers_keep_the_contracts_of_the_tables(maps, district):
    for name, layer in maps[district].items():
        schema.check(name, layer, where=name)
    crs = {layer.crs.to_epsg() for layer in maps[district].values() if isinstance(layer, gpd.GeoDataFrame)}
    assert len(crs) == 1


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_units_tile_the_inhabited_land_without_gap_or_overlap(maps, district):
    units, areas = maps[district]["units"], maps[district]["areas"]
    townships = areas[areas["kind"] == "township"]
    together = units.union_all()
    assert units.area.sum() == pytest.approx(together.area, rel=1e-9)
    assert townships.area.sum() == pytest.approx(together.area, rel=1e-9)
    if district == "pingcheng":
        inhabited = areas.set_index("area_id").geometry["pc-limit-present"]
        left_over = inhabited.difference(together.buffer(0.05))
        bed = maps[district]["streets"].set_index("name").geometry["御河"].buffer(360)
        assert left_over.difference(bed).area < 1, "only the river bed is uninhabited"
    else:
        assert together.area == pytest.approx(maps[district]["boundary"].area.sum(), rel=1e-6)
    assert units.geometry.is_valid.all()
    assert (units.geometry.geom_type == "Polygon").all()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_every_unit_is_in_one_zone_except_where_a_fault_is_planted(maps, district, stage):
    layers = maps[district]
    counted = holders(layers, stage, INTAKE[district])
    if (district, stage) == ("pingcheng", "junior"):
        assert (counted == 0).all()
        whole = layers["zones"].query("stage == 'junior'")
        assert list(whole["rule"]) == ["district"]
        assert whole.area.sum() == pytest.approx(layers["units"].area.sum(), rel=1e-9)
        return
    twice = counted.index[counted > 1].tolist()
    assert twice == (TWO_SCHOOLS.get(district, []) if stage == "primary" else [])
    gap = set(counted.index[counted == 0])
    if district == "zhanhe":
        assert gap == {"荆山悦府"}
    elif (district, stage) == ("laoting", "primary"):
        town = rays(layers, "滨河路", WEST) & rays(layers, "金融街东延", SOUTH)
        urban = layers["areas"].set_index("area_id").geometry["lt-area-urban"]
        named = set(known_names(layers["units"])) & set("、".join(LAOTING_PLACES.values()).split("、"))
        assert gap == (town & inside(layers, urban)) - named
        assert len(gap) >= 8
        assert layers["units"].set_index("name")["dwellings_n"][list(gap)].sum() > 1000
    else:
        assert gap == set()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_every_school_with_a_zone_stands_in_one_of_its_zones(maps, district):
    layers = maps[district]
    pairs = layers["zone_schools"].merge(layers["zones"][["zone_id", "geometry"]], on="zone_id", validate="many_to_one")
    spots = layers["schools"].set_index("school_id").geometry
    for school, own in pairs.groupby("school_id"):
        assert shapely.contains(own["geometry"].to_numpy(), spots[school]).any(), school


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_every_open_public_school_has_a_zone_and_every_zone_a_school(maps, district):
    layers = maps[district]
    schools = layers["schools"]
    public = schools[(schools["sector"] == "public") & schools["status"].isin(["open", "closing"])]
    assert set(public["school_id"]) <= set(layers["zone_schools"]["school_id"])
    assert set(layers["zones"]["zone_id"]) == set(layers["zone_schools"]["zone_id"])


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_dwellings_add_up_to_the_entrants_of_the_district(maps, district):
    units = maps[district]["units"]
    town, villages = units[units["kind"] != "village"], units[units["kind"] == "village"]
    assert units["dwellings_n"].sum() * ENTRANTS_PER_DWELLING == pytest.approx(ENTRANTS[district], rel=0.02)
    assert town["dwellings_n"].between(150, 1500).all()
    assert villages["dwellings_n"].between(80, 500).all()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_streets_cross_rivers_only_on_bridges(maps, district):
    streets = maps[district]["streets"]
    bridges = streets[streets["kind"] == "bridge"].union_all().buffer(1)
    for river in streets[streets["kind"] == "river"].geometry:
        roads = streets[streets["kind"] == "street"].geometry
        crossings = roads[roads.crosses(river)].intersection(river)
        assert crossings.within(bridges).all()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_streets_have_one_name_and_one_line_each_and_run_along_units(maps, district):
    streets, units = maps[district]["streets"], maps[district]["units"]
    assert streets["name"].is_unique
    assert (streets.geometry.geom_type == "LineString").all()
    steps = shapely.segmentize(streets.query("kind == 'street'").geometry.to_numpy(), 40)
    walked = shapely.points(shapely.get_coordinates(steps))
    step, unit = shapely.STRtree(units.geometry.to_numpy()).query(walked, predicate="within")
    assert len(walked) > 500
    assert (shapely.distance(walked[step], units.boundary.to_numpy()[unit]) < 0.05).all()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_the_same_layout_gives_the_same_map(maps, district):
    again = townscape.layers(district)
    for name, layer in maps[district].items():
        pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(again[name]))


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


def test_taobei_merges_the_zone_of_the_closing_school_in_2024(maps):
    layers = maps["taobei"]
    old, heir, merged = (zone(layers, f"tb-zone-{name}") for name in ("tieer", "j2", "j2-2024"))
    assert merged.area == pytest.approx(old.area + heir.area, rel=1e-9)
    assert merged.geom_type == "Polygon"
    closing = layers["schools"].query("status == 'closing'")
    assert list(closing["name"]) == ["白城市铁路第二中学"]
    assert list(closing["successor_id"]) == ["tb-sch-j2"]
    zones_2024 = on(layers["zones"], "2024-07-15")["zone_id"]
    assert "tb-zone-tieer" not in set(zones_2024)
    assert "tb-zone-tieer" in set(on(layers["zones"], "2023-07-15")["zone_id"])
    assert (holders(layers, "junior", "2023-07-15") == 1).all()


def test_taobei_township_schools_serve_whole_villages_of_their_own_township(maps):
    layers = maps["taobei"]
    rural = layers["schools"].query("~urban and stage == 'primary'").set_index("school_id")["township_id"]
    units = layers["units"]
    points = gpd.GeoDataFrame(units[["area_id"]], geometry=units.representative_point(), crs=units.crs)
    for school, township in rural.items():
        held = points[points.within(zone(layers, school.replace("-sch-", "-zone-")))]
        assert township in set(held["area_id"])
        others = set(held["area_id"]) - {township}
        assert not others & set(rural), "a township with a school of its own sends nobody elsewhere"


def test_quzhou_junior_feeder_zones_are_the_zones_of_their_primaries_together(maps):
    layers = maps["quzhou"]
    primary_zone = (
        layers["zones"].query("stage == 'primary'").merge(layers["zone_schools"], on="zone_id", validate="one_to_many")
    )
    shapes = primary_zone.set_index("school_id").geometry
    fed = layers["zones"].query("rule == 'feeder'").merge(layers["zone_schools"], on="zone_id", validate="one_to_many")
    assert len(fed) >= 9
    for row in fed.itertuples():
        primaries = layers["feeders"].query("junior_id == @row.school_id")["primary_id"]
        assert row.geometry.symmetric_difference(shapes[primaries].union_all()).area < 1


def test_quzhou_zones_keep_within_their_county_and_every_county_has_all_kinds_of_schools(maps):
    layers = maps["quzhou"]
    counties = layers["areas"].query("kind == 'district'").set_index("area_id")
    assert set(counties["name"]) == {"柯城区", "衢江区", "常山县", "开化县", "龙游县", "江山市"}
    doors = layers["zone_schools"].merge(layers["schools"], on="school_id", validate="many_to_one")
    shapes = layers["zones"].set_index("zone_id").geometry
    for row in doors.itertuples():
        assert shapes[row.zone_id].difference(counties.geometry[row.area_id].buffer(0.1)).area < 1
    for _, ours in layers["schools"].groupby("area_id"):
        public = ours[ours["sector"] == "public"]
        kinds = public["stage"].value_counts()
        assert kinds["primary"] >= 3
        assert kinds["junior"] >= 2
        assert kinds["both"] >= 1
        assert (ours["approver"] == "county").sum() >= 1
    by_city = layers["schools"].query("approver == 'city'")
    assert list(by_city["area_id"]) == ["qz-county-802"] * 2
    notes = layers["zones"]["condition"].dropna()
    assert notes.str.contains("委托学区生").sum() == 1
    assert notes.str.contains("协议约定生").sum() == 1


def test_zhanhe_schools_report_to_two_central_schools_a_school_district_or_the_bureau(maps):
    layers = maps["zhanhe"]
    units = layers["areas"].query("kind == 'reporting_unit'")
    assert sorted(units["name"].str[-3:]) == ["中心校", "中心校", "庄学区"]
    counted = layers["schools"]["org_id"].fillna("bureau").value_counts()
    assert set(counted.index) == {"bureau", *units["area_id"]}
    assert counted.min() >= 2
    assert 25 <= len(layers["schools"]) <= 32
