"""Layers in files: systems, datums, shapes and encodings, each fault as a planner reads it."""

import sqlite3

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from tests.towns.tampering import messages, rewrite_layer, rewrite_tables, sheet
from zhaosheng_analysis import geodata
from zhaosheng_analysis.demo.little_town import ABOUT, CRS, box
from zhaosheng_analysis.geodata import datums


def test_a_layer_without_a_system_is_refused_and_told_what_a_datum_is(town_dir):
    with pytest.warns(UserWarning, match="crs"):
        rewrite_layer(town_dir, "units", lambda frame: frame.set_crs(None, allow_override=True))
    assert messages(town_dir) == [
        "district.gpkg 图层「units」：没有声明坐标系；坐标基准说明坐标从哪里量起；同一组数字按 CGCS2000、"
        "GCJ-02（高德、腾讯）、BD-09（百度）落点相差 500 至 1400 米，须声明才能使用；"
        "请在 QGIS 中「图层—设置图层坐标系」选定实际坐标系（如 EPSG:4490）后另存；坐标为经纬度的，"
        "也可在工作表「about」的「坐标基准」填写 CGCS2000、WGS-84、GCJ-02、BD-09 之一；"
        "用 ingest 的，写在来源的 crs 或 datum。"
    ]


def test_layers_of_different_systems_are_an_error_even_where_each_could_be_converted(town_dir):
    rewrite_layer(town_dir, "units", lambda frame: frame.to_crs("EPSG:4490"))
    found = messages(town_dir)
    assert found == [
        "district.gpkg：各图层坐标系不一致：boundary、areas、streets、schools、zones 为 EPSG:4549；units 为 EPSG:4490；"
        "所有图层须为同一坐标系；请统一转换后再提供。"
    ]


@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4528", "EPSG:4326", "EPSG:32650"])
def test_layers_in_another_exact_system_are_brought_into_the_districts(town, town_dir, system):
    path = town_dir / "district.gpkg"
    frames = {name: getattr(town, name) for name in geodata.LAYERS}
    for name, frame in frames.items():
        pyogrio.write_dataframe(frame.to_crs(system), path, layer=name, driver="GPKG")
    loaded = geodata.load(town_dir)
    assert loaded.zones.crs.to_string() == CRS
    assert (loaded.units.geometry.distance(town.units.geometry) < 0.001).all()
    assert loaded.units.area.sum() == pytest.approx(90_000, abs=1)


def test_beijing_1954_beside_layers_of_today_is_refused_because_nothing_here_can_convert_it(town_dir):
    rewrite_layer(town_dir, "zones", lambda frame: frame.set_crs("EPSG:2437", allow_override=True))
    assert (
        "district.gpkg 图层「zones」：坐标系为 Beijing 1954 / 3-degree Gauss-Kruger CM 120E；"
        "只接受 CGCS2000 或 WGS-84；1954 北京、1980 西安和地方独立坐标系缺少转换参数，直接使用会偏移数十米；"
        "请测绘部门转换到 CGCS2000 后再提供，或把测绘部门给的三参数（dX、dY、dZ，米）填在工作表「about」的 shift。"
    ) in messages(town_dir)


def test_swapped_axes_are_recognised(town_dir):
    def swap(frame):
        return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry, lambda xy: xy[:, ::-1]), crs=CRS))

    rewrite_layer(town_dir, "schools", swap)
    assert messages(town_dir) == [
        "district.gpkg 图层「schools」：横坐标与纵坐标写反了（应先东向、后北向）；"
        "图层声明的坐标系为 CGCS2000 / 3-degree Gauss-Kruger CM 120E；"
        "确是先北后东写的，请在工作表「about」的 north_first 填这一层的名称（如 schools），"
        "用 ingest 的在来源里写 north_first = true；不是的，请改正坐标系声明。"
    ]


def test_a_school_far_outside_the_district_is_named(town_dir):
    def move(frame):
        return frame.set_geometry(frame.geometry.where(frame["school_id"] != "s2", frame.translate(20_000)))

    rewrite_layer(town_dir, "schools", move)
    assert messages(town_dir) == [
        "district.gpkg 图层「schools」：有 1 个要素在区县界 5 公里以外：第 2 个要素；须在本区县；"
        "请核对坐标系、中央经线和经纬度次序。"
    ]


def test_shapes_that_cannot_be_used_are_named(town_dir):
    bow = shapely.Polygon([(5e5, 437e4), (5e5 + 100, 437e4 + 100), (5e5 + 100, 437e4), (5e5, 437e4 + 100)])
    rewrite_layer(town_dir, "zones", lambda f: f.set_geometry([bow, box(1, 0, 1, 3), None], crs=CRS))
    assert messages(town_dir) == [
        "district.gpkg 图层「zones」：有 1 个要素没有图形：第 3 个要素；"
        "每个要素须有面或在「学区文字」中写明；请补画或删去。",
        "district.gpkg 图层「zones」：有 1 个要素的边线自交或重叠：第 1 个要素（Self-intersection[500050 4370050]）；"
        "面的边线不得自交；请用 QGIS「修复几何图形」改正。",
    ]


def send_schools(folder, town, datum, write):
    """Take the schools out of the GeoPackage and hand them in as another file, in degrees of a datum."""
    rewrite_layer(folder, "schools", lambda frame: None)
    degrees = town.schools.to_crs("EPSG:4490")
    lon, lat = datums.convert(degrees.geometry.x, degrees.geometry.y, source="CGCS2000", target=datum)
    frame = town.schools.set_geometry(gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    write(frame.dropna(axis=1, how="all"))
    about = {**ABOUT, "datum": datum}
    rewrite_tables(folder, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))


@pytest.mark.parametrize(
    ("form", "datum"),
    [("geojson", "GCJ-02"), ("kml", "WGS-84"), ("shp", "BD-09"), ("csv", "BD-09"), ("csv", "CGCS2000")],
)
def test_schools_in_any_file_and_any_declared_datum_land_where_they_stand(town, town_dir, datum, form):
    path = town_dir / f"schools.{form}"

    def write(frame):
        if form == "csv":
            frame.drop(columns="geometry").assign(经度=frame.geometry.x, 纬度=frame.geometry.y).to_csv(
                path, index=False
            )
        else:
            driver = {"geojson": "GeoJSON", "kml": "LIBKML", "shp": "ESRI Shapefile"}[form]
            options = {"COORDINATE_PRECISION": "10"} if form == "geojson" else {}
            pyogrio.write_dataframe(frame, path, driver=driver, layer="schools", **options)

    send_schools(town_dir, town, datum, write)
    loaded = geodata.load(town_dir)
    assert (loaded.schools.geometry.distance(town.schools.geometry) < 0.01).all()
    assert loaded.schools["name"].tolist() == ["一小", "二小", "三小"]


def test_a_geojson_in_a_folder_that_declares_no_datum_is_refused(town, town_dir):
    send_schools(town_dir, town, "GCJ-02", lambda frame: frame.to_file(town_dir / "schools.geojson", driver="GeoJSON"))
    about = {key: value for key, value in ABOUT.items() if key != "datum"}
    rewrite_tables(town_dir, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))
    assert [message.split("；")[0] for message in messages(town_dir)] == ["schools.geojson：没有声明坐标系"]


@pytest.mark.parametrize(("encoding", "read_as"), [("UTF-8", "UTF-8"), ("GBK", "GB18030")])
def test_a_shapefile_that_declares_no_encoding_says_which_one_was_taken(town, town_dir, encoding, read_as):
    def write(frame):
        path = town_dir / "schools.shp"
        pyogrio.write_dataframe(frame.assign(sector="半公办"), path, driver="ESRI Shapefile", encoding=encoding)
        path.with_suffix(".cpg").unlink()
        table = bytearray(path.with_suffix(".dbf").read_bytes())
        table[29] = 0
        path.with_suffix(".dbf").write_bytes(table)

    send_schools(town_dir, town, "WGS-84", write)
    assert messages(town_dir) == [
        f"schools.shp（未声明编码，按 {read_as} 读取）：列「办学性质」(sector)有 3 处不能识别："
        "第 1 个要素「半公办」、第 2 个要素「半公办」、第 3 个要素「半公办」；"
        "只能填写 公办(public)、民办(private)；是不是「公办」？请更正。"
    ]


def test_what_the_reader_remarks_is_a_note_and_never_english_on_the_screen(town_dir, recwarn):
    """A GeoPackage whose list of systems is gone: no warning, and no datum is guessed."""
    base = sqlite3.connect(town_dir / "district.gpkg")
    base.execute("DELETE FROM gpkg_spatial_ref_sys")
    base.commit()
    base.close()
    assert any("没有声明坐标系" in message for message in messages(town_dir))
    assert not [warning for warning in recwarn if issubclass(warning.category, RuntimeWarning)]


def old(town, folder, system):
    """Write every layer of a town as if its metres were counted from an old datum."""
    for name in geodata.layers.SPATIAL:
        frame = getattr(town, name).set_crs(system, allow_override=True)
        pyogrio.write_dataframe(frame, folder / "district.gpkg", layer=name, driver="GPKG")


def test_a_folder_all_of_an_old_datum_is_taken_as_it_is_and_asked_about(town, town_dir):
    old(town, town_dir, "EPSG:2385")
    assert any("三参数" in message for message in messages(town_dir)), "addresses of today lie beside them"
    rewrite_tables(town_dir)
    for path in town_dir.glob("*.csv"):
        path.unlink()
    loaded = geodata.load(town_dir)
    (note,) = [note for note in loaded.notes if "1980 西安" in str(note)]
    assert note.asks
    assert "偏移" in str(note)
    assert (loaded.units.geometry.distance(town.units.geometry) < 200).all()
    assert loaded.units.area.sum() == pytest.approx(town.units.area.sum(), rel=1e-4)


def test_three_parameters_bring_a_folder_of_an_old_datum_to_today(town, town_dir):
    old(town, town_dir, "EPSG:2385")
    more = pd.DataFrame({"key": ["shift"], "value": ["15.8, -154.4, -82.3"]})
    rewrite_tables(town_dir, about=pd.concat([sheet(town_dir, "about"), more]))
    loaded = geodata.load(town_dir)
    (note,) = [note for note in loaded.notes if "1980 西安" in str(note)]
    assert not note.asks
    lon, lat = datums.renewed(
        *town.schools.geometry.get_coordinates().to_numpy().T, town.schools.crs.__class__(2385), (15.8, -154.4, -82.3)
    )
    placed = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4490").to_crs(CRS)
    assert (loaded.schools.geometry.reset_index(drop=True).distance(placed) < 0.01).all()
