"""A clerk's folder out of a rule file: the blank workbook filled in as in a spreadsheet program, the layers drawn."""

import geopandas as gpd
import pyogrio
import python_calamine
import xlsxwriter
from typer.testing import CliRunner

from zhaosheng_analysis import demo
from zhaosheng_analysis.cli import main

COUNTY = "130299"
HOME = {"房产序号": 1, "产权人": "父母", "房产凭证": "不动产权证", "二手房": "否"}
HOME |= {"已竣工验收": "是", "已入住": "是", "材料齐全": "是"}
HUKOU = {"户主": "父母", "户籍区划代码": COUNTY}
ASKED = {"办学性质": "公办", "志愿序号": 1, "报名方式": "网上"}


def run(*words):
    """Type a command."""
    told = CliRunner().invoke(main.app, [str(word) for word in words], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def rows(year, more=None):
    """Return what three families hand in: home and hukou in the zone of s1, hukou only, home only and from outside.

    Parameters
    ----------
    year : int
        September of the intake.
    more : dict, optional
        Sheet -> columns for each of its rows; ``儿童`` may have them by child. A sheet of which there are no rows here
        may be given as a list of rows.
    """
    born = {"学段": "小学", "招生年度": year, "出生日期": f"{year - 6}-01-15", "性别": "女"}
    plan = {"学段": "小学", "招生年度": year, "班数": 1}
    dated, since, filed = f"{year - 6}-05-01", f"{year - 6}-06-01", f"{year}-07-07 09:00"
    persons = [{"户籍人": person, "迁入日期": since} for person in ("儿童", "父亲")]
    where = {"c1": {"小区编号": "u1"}, "c2": {"小区编号": "u4"}, "c3": {"户籍区划代码": "110101"}}
    sheets = {
        "招生计划": [plan | {"学校编号": one, "班额": n, "招生计划数": n} for one, n in (("s1", 1), ("s2", 2))],
        "儿童": [born | {"儿童编号": child} for child in where],
        "房产": [
            HOME | {"儿童编号": child, "小区编号": unit, "凭证日期": dated}
            for child, unit in (("c1", "u1"), ("c3", "u2"))
        ],
        "户籍": [HUKOU | person | {"儿童编号": child} | place for child, place in where.items() for person in persons],
        "居住证": [],
        "报名": [
            ASKED | {"儿童编号": child, "学校编号": school, "报名时间": filed}
            for child, school in (("c1", "s1"), ("c2", "s1"), ("c3", "s2"))
        ],
    }
    for name, extra in (more or {}).items():
        if isinstance(extra, list):
            sheets[name] = extra
            continue
        by_child = {child: said for child, said in extra.items() if child in where}
        common = {key: value for key, value in extra.items() if key not in where}
        sheets[name] = [row | common | by_child.get(row.get("儿童编号"), {}) for row in sheets[name]]
    return sheets


def fill(path, about, filled):
    """Write under the headers of every sheet, as in a spreadsheet program."""
    blank = python_calamine.CalamineWorkbook.from_path(str(path))
    sheets = {name: blank.get_sheet_by_name(name).to_python() for name in blank.sheet_names}
    for name, lines in filled.items():
        if name not in sheets:  # what this job asks nothing of
            continue
        head = sheets[name][0]
        assert {key for row in lines for key in row} <= set(head), (name, head)
        sheets[name] = [head, *([row.get(key, "") for key in head] for row in lines)]
    sheets["数据说明"] = [[key, about.get(key, said)] for key, said, *_ in sheets["数据说明"]]
    with xlsxwriter.Workbook(str(path)) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(lines):
                sheet.write_row(number, 0, row)


def draw(path, town, district, **more):
    """Draw the layers into the file of the template, with its own columns; `more` are columns of the schools."""
    for name, _ in pyogrio.list_layers(path):
        columns = list(pyogrio.read_info(path, layer=name)["fields"])
        layer = getattr(town, name)
        if name == "boundary":
            layer = layer.assign(district_id=district, name="和平区")
        if name == "schools":
            layer = layer.assign(**more)
        shapes = ["geometry"] if isinstance(layer, gpd.GeoDataFrame) else []
        layer = layer[[*(column for column in columns if column in layer), *shapes]]
        pyogrio.write_dataframe(layer, path, layer=name)


def folder_of(rules, folder, year, *, district="heping", job="admit", more=None, **schools):
    """Make the folder of a rule file: template, workbook, layers, and let `check` look at it."""
    town = demo.nine_plots()
    run("template", rules, "--out", folder, "--for", job)
    about = {"区县编号": district, "区县名称": "和平区", "招生年度": year, "示例数据": "是", "行政区划代码": COUNTY}
    about |= {"数据截止日期": f"{year}-07-31"}
    fill(folder / "district.xlsx", about | {"坐标系": town.about["crs"]}, rows(year, more))
    draw(folder / "district.gpkg", town, district, **schools)
    return run("check", folder)
