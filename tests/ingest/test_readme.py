"""The way in that the two front pages show is one a bureau can go: the recipe there makes a folder that passes."""

import re
from pathlib import Path

import pytest
import xlsxwriter

from zhaosheng_analysis import geodata, ingest
from zhaosheng_analysis.policy import needed_tables

ROOT = Path(__file__).parents[2]
BOOKS = {
    "学校名册": [
        ["学校名称", "学段", "办学性质", "经度", "纬度"],
        ["城关小学", "小学", "公办", 119.01, 39.42],
        ["柳林小学", "小学", "民办", 119.03, 39.44],
        ["第一中学", "初中", "公办", 119.02, 39.4],
    ],
    "2026年招生计划": [
        ["2026年秋季招生计划"],
        ["片区", "学校", "学段", "招生班数"],
        ["东", "城关小学", "小学", 4],
        ["", "柳林小学", "小学", "/"],
        ["西", "第一中学", "初中", 6],
        ["合计", "", "", 10],
    ],
    "2025年在校生": [
        ["学校", "年级", "学生数"],
        *[["城关小学", f"{grade}年级", 170] for grade in "一二三四五六"],
        *[["第一中学", grade, 290] for grade in ("初一", "初二", "初三")],
    ],
}


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_recipe_of_a_front_page_makes_a_folder_a_report_can_be_made_of(page, tmp_path):
    (recipe,) = re.findall(r"```toml\n(about = .*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(recipe.splitlines()) <= 25
    for name, rows in BOOKS.items():
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
            sheet = book.add_worksheet("Sheet1")
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    (tmp_path / "ingest.toml").write_text(recipe, encoding="utf-8")
    ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "mine")
    district = geodata.load(tmp_path / "mine")
    plans = district.tables["plans"]
    assert sorted(plans[["stage", "intake_year", "seats_n"]].to_numpy().tolist()) == [
        ["junior", 2026, 300],
        ["primary", 2026, 180],
    ]
    assert set(district.tables["roll_counts"]["grade"]) == set(range(1, 10))
    needed_tables.demand({*district.tables, "about"}, "report", where="mine")
