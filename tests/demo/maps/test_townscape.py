"""The demo maps: their ground holds together, and zones, schools and streets fit on it."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.towns.map_oracles import LAOTING_PLACES, SOUTH, WEST, holders, inside, known_names, on, rays, zone
from zhaosheng_analysis import schema, walks
from zhaosheng_analysis.demo.maps import townscape
from zhaosheng_analysis.demo.maps.dwellings import ENTRANTS_PER_DWELLING

INTAKE = {
    "pingcheng": "2024-07-01",
    "taobei": "2024-07-15",
    "quzhou": "2022-07-01",
    "zhanhe": "2024-07-01",
    "laoting": "2025-07-07",
}
ENTRANTS = {"pingcheng": 11000, "taobei": 3000, "quzhou": 9000, "zhanhe": 3500, "laoting": 3500}
TWO_SCHOOLS = {"laoting": ["盛世景湾"]}


@pytest.fixture(scope="module")
def maps():
    return {district: townscape.layers(district) for district in townscape.DISTRICTS}


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
def test_nearly_all_streets_are_one_network_and_every_school_stands_near_it(maps, district):
    streets, schools = maps[district]["streets"], maps[district]["schools"]
    net = walks.network(streets)
    length = shapely.length(net.lines)
    assert length[net.part == 0].sum() > 0.9 * length.sum()
    main = shapely.union_all(net.lines[net.part == 0])
    assert (shapely.distance(schools.geometry.to_numpy(), main) < walks.FARTHEST_LEG_M).all()


@pytest.mark.parametrize("district", townscape.DISTRICTS)
def test_the_same_layout_gives_the_same_map(maps, district):
    again = townscape.layers(district)
    for name, layer in maps[district].items():
        pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(again[name]))


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
