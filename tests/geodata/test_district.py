"""A district folder: what goes in comes out, and what is missing from it is said."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from tests.towns.tampering import alike, messages, rewrite_layer, rewrite_tables, sheet
from zhaosheng_analysis import geodata, schema
from zhaosheng_analysis.demo.little_town import ABOUT, CRS, town_layers, town_tables
from zhaosheng_analysis.geodata.folder import check


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
    places = [fault.where for fault in check(town_dir)]
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


def test_a_template_lacks_nothing_but_the_facts_and_the_rows(town, tmp_path):
    geodata.template("laoting-2025", tmp_path / "new")
    assert messages(tmp_path / "new") == [
        "district.xlsx 工作表「数据说明」：缺少 6 项：「区县编号」(district_id)、「区县名称」(name)、"
        "「行政区划代码」(district_code)、「坐标系」(crs)、「招生年度」(intake_year)、「示例数据」(synthetic)；请补填。"
    ]
    pages = sheet(tmp_path / "new", None)
    titles = {table.title for table in schema.TABLES.values() if table.level != "layer"}
    assert set(pages) == {"怎么填", "说明"} | titles
    assert len(pages["说明"]) == sum(len(table.columns) for table in schema.TABLES.values())
    with pytest.raises(schema.DataError, match=r"new：已有 district.gpkg、district.xlsx；样表不覆盖已有数据"):
        geodata.template("laoting-2025", tmp_path / "new")


def test_a_template_without_rows_is_a_district(town, tmp_path):
    fill(tmp_path / "new", ABOUT, {})
    empty = geodata.load(tmp_path / "new")
    assert empty.name == "九格镇"
    assert empty.zones.empty
    assert empty.zones.crs.to_string() == CRS
    assert any("示例" in str(note) for note in empty.notes)


def test_a_template_filled_in_its_own_words_gives_the_tables_back(town, tmp_path):
    fill(tmp_path / "new", ABOUT, town.tables)
    geodata.save(town, tmp_path / "layers")
    (tmp_path / "layers" / "district.gpkg").replace(tmp_path / "new" / "district.gpkg")
    filled = geodata.load(tmp_path / "new")
    for name, table in town.tables.items():
        pd.testing.assert_frame_equal(filled.table(name), table)


def fill(folder: Path, about: dict[str, str], tables: dict[str, pd.DataFrame]) -> None:
    """Fill a template as a clerk does: below the headings and the example row, in the words of the lists."""
    geodata.template("laoting-2025", folder, crs=CRS)
    pages = pd.read_excel(folder / "district.xlsx", sheet_name=None, header=None, dtype="str", engine="calamine")
    asked = schema.TABLES["about"].columns["key"].choices
    facts = [[asked[key], value] for key, value in about.items()]
    pages["数据说明"] = pd.concat([pages["数据说明"].head(1), pd.DataFrame(facts)])
    for name, table in tables.items():
        columns = schema.TABLES[name].columns.values()
        rows = pd.DataFrame({at: in_words(table[column.name], column) for at, column in enumerate(columns)})
        pages[schema.TABLES[name].title] = pd.concat([pages[schema.TABLES[name].title], rows])
    with pd.ExcelWriter(folder / "district.xlsx", engine="xlsxwriter") as book:
        for title, rows in pages.items():
            rows.to_excel(book, sheet_name=title, index=False, header=False)


def in_words(cells: pd.Series, column: schema.Column) -> pd.Series:
    """Write cells as a clerk would: words for codes, 是 and 否, days as text."""
    if column.kind in ("date", "timestamp"):
        return cells.dt.strftime("%Y/%m/%d" if column.kind == "date" else "%Y-%m-%d %H:%M:%S")
    words = {True: "是", False: "否"} if column.kind == "flag" else column.choices
    return cells.astype(object).map(lambda cell: words.get(cell, cell) if words else cell)
