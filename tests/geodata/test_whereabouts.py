"""What is odd about where a district lies is asked, and nothing is moved for it."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zhaosheng_analysis import geodata
from zhaosheng_analysis.geodata import misfits, whereabouts
from zhaosheng_analysis.schema import DataError


def shifted(layer: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    """Return a layer whose degrees of a web map are taken for CGCS2000."""

    def move(points: np.ndarray) -> np.ndarray:
        return np.column_stack(geodata.datums.convert(*points.T, source="CGCS2000", target=datum))

    there = layer.to_crs("EPSG:4490")
    shapes = shapely.transform(np.asarray(there.geometry.array), move)
    return there.set_geometry(gpd.GeoSeries(shapes, there.index, crs="EPSG:4490")).to_crs(layer.crs)


def notes_of(town: geodata.District, tmp_path) -> list[str]:
    geodata.save(town, tmp_path / "town")
    return [str(note) for note in geodata.load(tmp_path / "town").notes]


def test_a_town_where_it_says_has_nothing_odd(town, tmp_path):
    assert not notes_of(town, tmp_path)


@pytest.mark.parametrize(("code", "name"), [("330105", "浙江省"), ("440113", "广东省")])
def test_a_town_far_from_the_province_of_its_code_is_asked_about(town, tmp_path, code, name):
    other = replace(town, code=code, about={**town.about, "district_code": code})
    (note,) = notes_of(other, tmp_path)
    assert f"不在{name}（代码 {code}）" in note
    assert "中央经线" in note


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_units_of_a_web_map_among_surveyed_zones_are_asked_about(town, tmp_path, datum):
    notes = notes_of(replace(town, units=shifted(town.units, datum)), tmp_path)
    (note,) = (note for note in notes if "datum_units" in note)
    assert f"9 个小区只有 0% 整个在一个学区内，按 {datum} 换算则有 100%" in note
    assert f"datum_units 填 {datum}" in note


@pytest.mark.parametrize("layer", ["zones", "boundary"])
def test_the_layer_that_is_off_is_named_and_not_the_one_that_is_right(town, tmp_path, layer):
    off = replace(town, **{layer: shifted(getattr(town, layer), "GCJ-02")})
    asked = [note for note in notes_of(off, tmp_path) if "datum_" in note]
    assert len(asked) == 1
    assert f"datum_{layer} 填 GCJ-02" in asked[0]


def test_streets_of_a_web_map_leave_the_edges_they_ran_along(town):
    edges = shapely.get_parts(shapely.boundary(np.asarray(town.units.geometry.array)))
    streets = gpd.GeoDataFrame(geometry=edges, crs=town.crs)
    there = {"units": town.units, "streets": shifted(streets, "GCJ-02")}
    (misfit,) = misfits.of(there, town.zone_schools, town.about)
    assert (misfit.layer, misfit.datum) == ("streets", "GCJ-02")
    assert not misfits.of({"units": town.units, "streets": streets}, town.zone_schools, town.about)


def test_a_layer_declared_of_a_web_map_that_is_none_is_asked_about(town):
    wrong = {**town.about, "datum_units": "GCJ-02"}
    back = misfits.moved(np.asarray(town.units.geometry.array), town.crs, "GCJ-02")
    frames = {
        "zones": town.zones,
        "units": town.units.set_geometry(gpd.GeoSeries(back, town.units.index, crs=town.crs)),
    }
    (misfit,) = misfits.of(frames, town.zone_schools, wrong)
    assert (misfit.layer, misfit.datum) == ("units", "CGCS2000")


@pytest.mark.parametrize("turn", [-3, 0, 3])
def test_another_central_meridian_in_the_same_province_is_asked_about(town, tmp_path, turn):
    names = [name for name in geodata.LAYERS if name != "zone_schools"]
    west = {name: getattr(town, name).set_geometry(getattr(town, name).translate(-100_000, 0)) for name in names}
    crs = f"EPSG:{4549 + turn // 3}"
    layers = {name: layer.set_crs(crs, allow_override=True) for name, layer in west.items()}
    facts = {**town.about, "crs": crs, "district_code": "130225", "headquarters": "118.9, 39.4"}
    notes = notes_of(replace(town, **layers, code="130225", crs=crs, about=facts, tables={}), tmp_path)
    assert [
        ("政府驻地（东经 118.9 度、北纬 39.4 度）太远" in note, "若是 120 度（EPSG:4549）就对得上" in note)
        for note in notes
    ] == [(turn < 0, True)] * bool(turn)


@pytest.mark.parametrize("turn", [-3, 0, 3])
def test_another_central_meridian_is_asked_about_by_the_code_alone(town, tmp_path, turn):
    """A town of Hangzhou on 120 degrees; where the code says, and three degrees off in the same province or not."""
    crs = f"EPSG:{4549 + turn // 3}"
    names = [name for name in geodata.LAYERS if name != "zone_schools"]
    south = {
        name: getattr(town, name).set_geometry(getattr(town, name).translate(20_000, -1_010_000)) for name in names
    }
    layers = {name: layer.set_crs(crs, allow_override=True) for name, layer in south.items()}
    facts = {**town.about, "crs": crs, "district_code": "330105"}
    notes = notes_of(replace(town, **layers, code="330105", crs=crs, about=facts, tables={}), tmp_path)
    assert ["若是 120 度（EPSG:4549）就对得上" in note for note in notes] == [True] * bool(turn)


def test_no_prefecture_lies_outside_its_province():
    from zhaosheng_analysis import disk

    known = disk.own("geodata", "prefectures.toml")
    for province, some in known.items():
        west, _, east, _ = whereabouts.province(f"{province}0000")[1]
        assert [code for code, (lon, *_) in some.items() if not west <= lon <= east] == []
    assert sum(map(len, known.values())) > 330
    assert whereabouts.prefecture("130225").holds(118.9)
    assert not whereabouts.prefecture("130225").holds(115.9)
    assert whereabouts.prefecture("659001") is None


def swapped(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.transform(np.asarray(layer.geometry.array), lambda points: points[:, ::-1])
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=layer.crs))


@pytest.mark.parametrize("said", ["schools", "学校"])
def test_north_before_east_is_asked_and_turned_only_where_the_folder_says_so(town, tmp_path, said):
    turned = replace(town, schools=swapped(town.schools))
    geodata.save(turned, tmp_path / "unsaid")
    with pytest.raises(DataError, match=r"写反了.*请在工作表「about」的 north_first 填这一层的名称"):
        geodata.load(tmp_path / "unsaid")
    geodata.save(replace(turned, about={**town.about, "north_first": said}), tmp_path / "said")
    schools = geodata.load(tmp_path / "said").schools
    assert schools.geometry.geom_equals_exact(town.schools.geometry, 1e-6).all()
    geodata.save(replace(town, about={**town.about, "north_first": said}), tmp_path / "wrong")
    with pytest.raises(DataError, match="写反了"):
        geodata.load(tmp_path / "wrong")


@pytest.mark.parametrize("datum", ["", "GCJ-02", "BD-09"])
def test_schools_of_a_web_map_are_asked_about_by_the_villages_they_are_called_after(wide, datum):
    land, points = wide
    units = land.assign(name=[f"{'东南西北'[at % 4]}{'甲乙丙丁戊'[at // 4]}村" for at in range(len(land))])
    schools = points.assign(name=units["name"].str.removesuffix("村") + "小学")
    frames = {
        "units": units.rename(columns={"zone_id": "unit_id"}),
        "schools": shifted(schools, datum) if datum else schools,
    }
    found = misfits.of(frames, units.iloc[:0].rename(columns={"name": "school_id"}), {"crs": "EPSG:4549"})
    assert [(one.layer, one.datum) for one in found] == ([("schools", datum)] if datum else [])


SEATS = {"118.9, 39.4": 118.9, "东经118.9，北纬39.4": 118.9, "39.4, 118.9": None, "县城": None, "": None}


@pytest.mark.parametrize("written", SEATS)
def test_the_seat_of_the_government_is_a_place_in_china_or_refused(town, tmp_path, written):
    there = whereabouts.headquarters({"name": "乐亭县", "headquarters": written})
    assert SEATS[written] == (there and there.lon)
    geodata.save(replace(town, about={**town.about, "headquarters": written}), tmp_path)
    if written and there is None:
        with pytest.raises(DataError, match=r"政府驻地东经、北纬.*须为国内的东经、北纬（度），如 118\.9, 39\.4"):
            geodata.load(tmp_path)


def test_units_that_zones_cut_through_for_another_reason_are_no_question_of_datum(town, tmp_path):
    moved = town.units.set_geometry(town.units.translate(50, 50))
    assert not notes_of(replace(town, units=moved), tmp_path)


def test_where_a_district_lies_is_told_for_a_picture(town):
    lon, lat = whereabouts.place(town)
    name, (west, south, east, north) = whereabouts.province(town.code)
    assert name == "河北省"
    assert west < lon < east + 0.3, "the nine plots lie a little to the east of it"
    assert south < lat < north
    moved = whereabouts.otherwise(town)
    assert {500 < points.distance(town.schools.geometry).mean() < 1500 for points in moved.values()} == {True}


@pytest.fixture
def wide() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return twenty schools near the middles of zones of four kilometres, which no shift takes them out of."""
    rng = np.random.default_rng(3)
    corners = [(500_000 + 4_000 * x, 4_300_000 + 4_000 * y) for x in range(5) for y in range(4)]
    names = [f"{at}" for at in range(len(corners))]
    zones = gpd.GeoDataFrame(
        {"zone_id": names, "stage": "primary"},
        geometry=[shapely.box(x, y, x + 4_000, y + 4_000) for x, y in corners],
        crs="EPSG:4549",
    )
    at = np.array(corners) + 2_000 + rng.uniform(-600, 600, (len(corners), 2))
    return zones, gpd.GeoDataFrame({"school_id": names}, geometry=gpd.points_from_xy(*at.T), crs="EPSG:4549")


@pytest.mark.parametrize("datum", ["", "GCJ-02", "BD-09"])
def test_schools_of_a_web_map_in_zones_too_large_to_leave_are_asked_about(wide, datum):
    zones, schools = wide
    links = zones.rename(columns={"zone_id": "school_id"})[["school_id"]].assign(zone_id=zones["zone_id"])
    frames, notes = {"zones": zones, "schools": shifted(schools, datum) if datum else schools}, []
    assert frames["schools"].within(zones.geometry).all()
    whereabouts.note(frames, links, {"crs": "EPSG:4549"}, {"schools": "schools.csv"}, {}, notes)
    assert [f"填 {datum}" in str(note) for note in notes] == ([True] if datum else [])


def test_a_package_beside_the_folder_s_own_is_named_and_not_read(town, tmp_path):
    geodata.save(replace(town, tables={}), tmp_path)
    town.zones.to_file(tmp_path / "zones.gpkg", layer="zones")
    with pytest.raises(DataError, match=r"zones\.gpkg：没有读；GeoPackage 只读 district\.gpkg"):
        geodata.load(tmp_path)
