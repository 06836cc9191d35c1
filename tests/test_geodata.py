"""A district folder: what goes in comes out, and every way to break one is answered in words."""

import dataclasses

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter
from conftest import ABOUT, CRS, box, town_layers, town_tables

from zhaosheng_analysis import datums, geodata, schema, workbooks


def alike(one, other):
    """Compare two districts, frame by frame, types and order included."""
    assert (one.id, one.name, one.code, one.crs, one.about) == (
        other.id,
        other.name,
        other.code,
        other.crs,
        other.about,
    )
    assert one.tables.keys() == other.tables.keys()
    for name in (*geodata.LAYERS, "zone_schools"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])
    return True


def sheet(folder, name):
    return pd.read_excel(folder / "district.xlsx", sheet_name=name, dtype="str", engine="calamine")


def messages(folder):
    return [str(fault) for fault in geodata.check(folder)]


def rewrite_layer(folder, name, change):
    """Change one layer of the GeoPackage in place."""
    path = folder / "district.gpkg"
    frames = {layer: pyogrio.read_dataframe(path, layer=layer) for layer, _ in pyogrio.list_layers(path)}
    path.unlink()
    frames[name] = change(frames[name])
    for layer, frame in frames.items():
        if frame is not None:
            pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")


def rewrite_tables(folder, **tables):
    """Replace sheets of the workbook; None leaves a sheet out."""
    known = {name: sheet(folder, name) for name in ("about", "plans")}
    with pd.ExcelWriter(folder / "district.xlsx", engine="xlsxwriter") as book:
        for name, frame in {**known, **tables}.items():
            if frame is not None:
                frame.to_excel(book, sheet_name=name, index=False)


def cells(path, *rows, sheet="plans", merged=()):
    """Write a workbook cell by cell, beside the facts about the town."""
    with xlsxwriter.Workbook(path) as book:
        for name, lines in {"about": [("key", "value"), *ABOUT.items()], sheet: rows}.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)
            for span in merged if name == sheet else ():
                page.merge_range(span, "合并")


def test_a_saved_town_is_loaded_as_it_was(town, town_dir):
    assert alike(geodata.load(town_dir), town)


def test_planner_tables_go_to_the_workbook_and_child_tables_to_csv(town_dir):
    names = {path.name for path in town_dir.iterdir()}
    assert names == {
        "district.gpkg",
        "district.xlsx",
        *(f"{n}.csv" for n in ("children", "homes", "hukou", "applications")),
    }


def test_the_same_town_is_written_as_the_same_bytes(town, town_dir, tmp_path):
    shuffled = {
        name: frame.sample(frac=1, random_state=1) for name, frame in {**town_layers(), **town_tables()}.items()
    }
    again = geodata.assemble(shuffled, ABOUT, where="九格镇")
    geodata.save(again, tmp_path / "again")
    for path in town_dir.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_table_that_moves_to_the_workbook_leaves_no_old_csv_behind(town, tmp_path):
    units = [f"u{plot}" for plot in range(1, 10)]
    long = pd.DataFrame([{"unit_id": u, "entry_year": y, "hukou_n": 1} for u in units for y in range(1990, 2101)])
    long = schema.ordered("cohorts", schema.check("cohorts", long, where="cohorts"))
    grown = dataclasses.replace(town, tables={**town.tables, "cohorts": long})
    geodata.save(grown, tmp_path / "town")
    (tmp_path / "town" / "plans.csv").write_text("old", encoding="utf-8")
    geodata.save(grown, tmp_path / "town")
    assert not (tmp_path / "town" / "plans.csv").exists()
    assert alike(geodata.load(tmp_path / "town"), grown)


def test_a_table_too_long_to_read_in_a_workbook_is_kept_as_csv():
    assert workbooks.in_csv("plans", pd.DataFrame(index=range(3001)))
    assert not workbooks.in_csv("plans", pd.DataFrame(index=range(3000)))


def test_parquet_and_csv_in_gb18030_are_read_alike(town, town_dir):
    frame = pd.read_csv(town_dir / "homes.csv", dtype="str")
    frame.to_parquet(town_dir / "homes.parquet")
    (town_dir / "homes.csv").unlink()
    text = (town_dir / "hukou.csv").read_text(encoding="utf-8-sig").replace("parent", "父母")
    (town_dir / "hukou.csv").write_text(text, encoding="gb18030")
    assert alike(geodata.load(town_dir), town)


def test_text_that_looks_like_a_formula_stays_text(town, tmp_path):
    plans = town.table("plans")
    cohorts = pd.DataFrame({"unit_id": ["u1"], "entry_year": [2025], "hukou_n": [1], "source": ["=1+1"]})
    tables = {"plans": plans, "cohorts": schema.check("cohorts", cohorts, where="x")}
    formula = dataclasses.replace(town, tables=tables)
    geodata.save(formula, tmp_path / "town")
    assert geodata.load(tmp_path / "town").table("cohorts")["source"].tolist() == ["=1+1"]


def test_a_missing_table_is_named_with_those_that_are_there(town):
    with pytest.raises(schema.DataError) as error:
        town.table("cohorts")
    assert str(error.value) == (
        "九格镇数据文件夹：缺少工作表「cohorts」；现有：applications、children、homes、hukou、plans；"
        "请在 district.xlsx 中补上工作表「cohorts」，或提供 cohorts.csv。"
    )


def test_an_empty_folder_is_no_district(tmp_path):
    (tmp_path / "nowhere").mkdir()
    assert messages(tmp_path / "nowhere") == [
        "nowhere：没有 district.gpkg 和 district.xlsx；须为区县数据文件夹；请核对路径；"
        "空白样表可用 zhaosheng template 生成。"
    ]


def test_a_missing_layer_and_a_missing_sheet_are_said_together(town_dir):
    rewrite_layer(town_dir, "streets", lambda frame: None)
    rewrite_tables(town_dir, about=None)
    assert messages(town_dir) == [
        "区县文件夹：缺少图层「streets」（道路与界线）；请补上；没有内容的也要有空表。",
        "区县文件夹：缺少工作表「about」（数据说明）；请补上；没有内容的也要有空表。",
    ]


def test_a_layer_without_a_system_is_refused_and_told_what_a_datum_is(town_dir):
    with pytest.warns(UserWarning, match="crs"):
        rewrite_layer(town_dir, "units", lambda frame: frame.set_crs(None, allow_override=True))
    assert messages(town_dir) == [
        "district.gpkg 图层「units」：没有声明坐标系；坐标基准说明坐标从哪里量起；同一组数字按 CGCS2000、"
        "GCJ-02（高德、腾讯）、BD-09（百度）落点相差 500 至 1400 米，须声明才能使用；"
        "请在 QGIS 中「图层—设置图层坐标系」选定实际坐标系（如 EPSG:4490）后另存；坐标为经纬度的，"
        "也可在工作表「about」的「坐标基准」填写 CGCS2000、WGS-84、GCJ-02、BD-09 之一。"
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


def test_beijing_1954_is_refused_because_nothing_here_can_convert_it(town_dir):
    rewrite_layer(town_dir, "zones", lambda frame: frame.set_crs("EPSG:2437", allow_override=True))
    assert (
        "district.gpkg 图层「zones」：坐标系为 Beijing 1954 / 3-degree Gauss-Kruger CM 120E；"
        "只接受 CGCS2000 或 WGS-84；1954 北京、1980 西安和地方独立坐标系缺少转换参数，直接使用会偏移数十米；"
        "请测绘部门转换到 CGCS2000 后再提供。"
    ) in messages(town_dir)


def test_swapped_axes_are_recognised(town_dir):
    def swap(frame):
        return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry, lambda xy: xy[:, ::-1]), crs=CRS))

    rewrite_layer(town_dir, "schools", swap)
    assert messages(town_dir) == [
        "district.gpkg 图层「schools」：横坐标与纵坐标写反了（应先东向、后北向）；"
        "图层声明的坐标系为 CGCS2000 / 3-degree Gauss-Kruger CM 120E；请改正坐标系声明或坐标次序。"
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
        "district.gpkg 图层「zones」：有 1 个要素没有图形：第 3 个要素；每个要素须有面；请补画或删去。",
        "district.gpkg 图层「zones」：有 1 个要素的边线自交或重叠：第 1 个要素（Self-intersection[500050 4370050]）；"
        "面的边线不得自交；请用 QGIS「修复几何图形」改正。",
    ]


def test_ids_that_lead_nowhere_are_named_with_the_nearest_known_one(town_dir):
    text = (town_dir / "homes.csv").read_text(encoding="utf-8-sig")
    (town_dir / "homes.csv").write_text(text.replace(",u1,", ",u11,"), encoding="utf-8-sig")
    assert messages(town_dir) == [
        "homes.csv：列「小区编号」(unit_id)有 1 处在「units」中找不到：第 2 行「u11」；"
        "是不是「u1」？请更正编号或补上该行。"
    ]


def test_faults_of_layers_sheets_and_csv_come_in_one_list(town_dir):
    rewrite_layer(town_dir, "schools", lambda frame: frame.assign(sector="半公办"))
    rewrite_tables(town_dir, plans=sheet(town_dir, "plans").assign(classes_n="一"))
    (town_dir / "children.csv").write_text("child_id\nc1\n", encoding="utf-8")
    places = [fault.where for fault in geodata.check(town_dir)]
    assert places[:3] == ["district.gpkg 图层「schools」", "district.xlsx 工作表「plans」", "children.csv"]
    with pytest.raises(schema.DataError, match="共 6 处问题"):
        geodata.load(town_dir)


def test_facts_about_the_folder_are_checked(town_dir):
    about = {**ABOUT, "crs": "EPSG:3857", "datum": "北斗", "synthetic": "否"}
    rewrite_tables(town_dir, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))
    assert messages(town_dir) == [
        "district.xlsx 工作表「about」：「坐标基准」(datum)为「北斗」；"
        "只能填写 CGCS2000、WGS-84、GCJ-02、BD-09；请更正。"
    ]
    about["datum"] = "CGCS2000"
    rewrite_tables(town_dir, about=pd.DataFrame({"key": list(about), "value": list(about.values())}))
    assert messages(town_dir) == [
        "district.xlsx 工作表「about」：「坐标系」(crs) 为「EPSG:3857」；须为 CGCS2000 三度带投影，"
        "如 EPSG:4547（中央经线 114 度）、EPSG:4549（120 度）、EPSG:4550（123 度）；请按区县所在经度改正。"
    ]


def test_a_table_that_stands_in_two_places_is_an_error(town, town_dir):
    town.table("plans").to_csv(town_dir / "plans.csv", index=False)
    assert messages(town_dir) == [
        "plans.csv：与 district.xlsx 工作表「plans」 是同一张表；一张表只能有一处；请删去其中一处。"
    ]


def test_unknown_sheets_and_files_are_named(town_dir):
    rewrite_tables(town_dir, plan=pd.DataFrame({"a": ["1"]}), 说明=pd.DataFrame({"随便": ["写"]}))
    (town_dir / "home.csv").write_text("a\n", encoding="utf-8")
    assert messages(town_dir) == [
        "district.xlsx 工作表「plan」：不认识的工作表；是不是「plans」？请改名或删去。",
        "home.csv：不认识的表；是不是「homes」？请改文件名或移走。",
    ]


HEADER = ("school_id", "stage", "intake_year", "classes_n", "class_size_n", "seats_n")


def test_long_numbers_that_excel_has_rounded_are_detected(town_dir):
    line = (130299202500000123.0, "primary", 2025, 1, 45, 45)
    cells(town_dir / "district.xlsx", HEADER, ("s1", "primary", 2025, 1, 45, 45), line)
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：列「学校编号」(school_id)有 1 处长号码被 Excel 当作数字存放，末几位已丢失："
        "第 3 行；须为文本格式的单元格；请把该列设为「文本」后从原始资料重新录入。"
    )


def test_merged_cells_are_named(town_dir):
    line = ("s1", "primary", 2025, 1, 45, 45)
    cells(town_dir / "district.xlsx", HEADER, line, merged=["G1:H1", "I2:I3"])
    assert messages(town_dir)[0] == (
        "district.xlsx 工作表「plans」：有 2 处合并单元格：G1:H1、I2:I3；每格一个值，表头只占第 1 行；"
        "请取消合并并逐格填写。"
    )


def test_a_title_above_the_header_is_recognised(town_dir):
    cells(town_dir / "district.xlsx", ("2025年招生计划",), (), HEADER, ("s1", "primary", 2025, 1, 45, 45))
    assert messages(town_dir) == [
        "district.xlsx 工作表「plans」：表头不在第 1 行，像是在第 3 行；第 1 行须为列名；请删去表头以上的标题行。"
    ]


def test_blank_rows_do_not_shift_the_row_numbers(town_dir):
    cells(town_dir / "district.xlsx", HEADER, (), ("s1", "primary", 2025, "一", 45, 45))
    assert "第 3 行「一」" in messages(town_dir)[0]


def test_a_locked_workbook_is_said_to_be_one(town_dir):
    (town_dir / "district.xlsx").write_bytes(b"not a workbook")
    assert messages(town_dir)[0] == (
        "district.xlsx：打不开；须为未加密的 Excel 工作簿（xlsx）；请用 Excel 另存为 xlsx，去掉密码。"
    )


def test_degrees_in_the_coordinates_of_a_home_are_refused(town_dir):
    text = (town_dir / "homes.csv").read_text(encoding="utf-8-sig")
    (town_dir / "homes.csv").write_text(text.replace("500050.0,4370050.0", "118.9,39.4"), encoding="utf-8-sig")
    assert messages(town_dir) == [
        "homes.csv：列「横坐标」(x)有 1 处超出范围：第 2 行「118.9」；须为以米计的数字，不小于 1000；请更正。",
        "homes.csv：列「纵坐标」(y)有 1 处超出范围：第 2 行「39.4」；须为以米计的数字，不小于 1000；请更正。",
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


def test_a_template_lacks_nothing_but_the_facts_and_the_rows(town, tmp_path):
    geodata.template("laoting-2025", tmp_path / "new")
    assert messages(tmp_path / "new") == [
        "district.xlsx 工作表「about」：缺少 6 项：「区县编号」(district_id)、「区县名称」(name)、"
        "「行政区划代码」(district_code)、「坐标系」(crs)、「招生年度」(intake_year)、「示例数据」(synthetic)；请补填。"
    ]
    pages = sheet(tmp_path / "new", None)
    assert set(pages) == {"说明"} | {name for name, table in schema.TABLES.items() if table.level != "layer"}
    assert len(pages["说明"]) == sum(len(table.columns) for table in schema.TABLES.values())
    with pytest.raises(schema.DataError, match=r"new：已有 district.gpkg、district.xlsx；样表不覆盖已有数据"):
        geodata.template("laoting-2025", tmp_path / "new")


def test_a_filled_template_is_a_district(town, tmp_path):
    geodata.template("laoting-2025", tmp_path / "new", crs=CRS)
    with pd.ExcelWriter(tmp_path / "new" / "district.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame({"key": list(ABOUT), "value": list(ABOUT.values())}).to_excel(
            book, sheet_name="about", index=False
        )
    empty = geodata.load(tmp_path / "new")
    assert empty.name == "九格镇"
    assert empty.zones.empty
    assert empty.zones.crs.to_string() == CRS
