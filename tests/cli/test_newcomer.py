"""The newcomer's whole way with files only: a new rule file, the blank workbook filled in, layers drawn, an intake."""

import geopandas as gpd
import pandas as pd
import pyogrio
import python_calamine
import xlsxwriter
from typer.testing import CliRunner

from zhaosheng_analysis import demo
from zhaosheng_analysis.cli import main

ABOUT = {"区县编号": "heping", "区县名称": "和平区", "招生年度": 2026, "示例数据": "是"}
BORN = {"学段": "小学", "招生年度": 2026, "出生日期": "2020-01-15", "性别": "女"}
PLAN = {"学段": "小学", "招生年度": 2026, "班数": 1}
HOME = {"房产序号": 1, "产权人": "父母", "房产凭证": "不动产权证", "凭证日期": "2020-05-01"}
CHECKED = {"已竣工验收": "是", "已入住": "是", "材料齐全": "是", "二手房": "否"}
HUKOU = {"户籍人": "儿童", "户主": "父母", "迁入日期": "2020-06-01"}
ASKED = {"办学性质": "公办", "志愿序号": 1, "报名方式": "网上", "报名时间": "2026-07-07 09:00"}
ROWS = {
    "招生计划": [
        PLAN | {"学校编号": school, "班额": seats, "招生计划数": seats} for school, seats in (("s1", 1), ("s2", 2))
    ],
    "儿童": [BORN | {"儿童编号": child} for child in ("c1", "c2", "c3")],
    "房产": [HOME | CHECKED | {"儿童编号": child, "小区编号": unit} for child, unit in (("c1", "u1"), ("c3", "u2"))],
    "户籍": [
        HUKOU | {"儿童编号": "c1", "户籍区划代码": "130299", "小区编号": "u1"},
        HUKOU | {"儿童编号": "c2", "户籍区划代码": "130299", "小区编号": "u4"},
        HUKOU | {"儿童编号": "c3", "户籍区划代码": "110101"},
    ],
    "居住证": [],
    "报名": [
        ASKED | {"儿童编号": child, "学校编号": school} for child, school in (("c1", "s1"), ("c2", "s1"), ("c3", "s2"))
    ],
}


def run(*words):
    """Type a command."""
    told = CliRunner().invoke(main.app, [str(word) for word in words], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def fill(path, about):
    """Write under the headers of every sheet, as in a spreadsheet program."""
    blank = python_calamine.CalamineWorkbook.from_path(str(path))
    sheets = {name: blank.get_sheet_by_name(name).to_python() for name in blank.sheet_names}
    for name, rows in ROWS.items():
        head = sheets[name][0]
        assert {key for row in rows for key in row} <= set(head), name
        sheets[name] = [head, *([row.get(key, "") for key in head] for row in rows)]
    sheets["数据说明"] = [[key, about.get(key, said)] for key, said, *_ in sheets["数据说明"]]
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


def draw(path, town):
    """Draw the layers into the file of the template, with its own columns."""
    for name, _ in pyogrio.list_layers(path):
        columns = list(pyogrio.read_info(path, layer=name)["fields"])
        layer = getattr(town, name)
        if name == "boundary":
            layer = layer.assign(district_id="heping", name="和平区")
        shapes = ["geometry"] if isinstance(layer, gpd.GeoDataFrame) else []
        layer = layer[[*(column for column in columns if column in layer), *shapes]]
        pyogrio.write_dataframe(layer, path, layer=name)


def test_a_newcomer_gets_from_nothing_to_an_answer(tmp_path):
    town, rules, folder, out = demo.nine_plots(), tmp_path / "heping-2026.toml", tmp_path / "数据", tmp_path / "录取"
    run("policy", "new", "heping-2026", "--like", "tiers", "--out", tmp_path)
    run("policy", "check", rules)
    run("template", rules, "--out", folder, "--for", "admit")
    fill(folder / "district.xlsx", ABOUT | {"坐标系": town.about["crs"], "行政区划代码": "130299"})
    draw(folder / "district.gpkg", town)
    run("check", folder)
    run("admit", folder, "--seed", "s", "--out", out)
    placed = pd.read_csv(out / "内部-children.csv", dtype=str, skiprows=1).set_index("child_id")  # a mark above it
    # c1 has hukou and home in the zone of s1, whose one seat it gets; c2 has the hukou only and goes to s2, the nearest
    # with a seat left; c3 has the home only, in the zone of s2.
    assert placed["tier"].to_dict() == {"c1": "1", "c2": "3", "c3": "2"}
    assert placed["school_id"].to_dict() == {"c1": "s1", "c2": "s2", "c3": "s2"}
    assert "有户无房" in run("explain", folder, "c2", "--seed", "s")
