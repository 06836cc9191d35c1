"""A planner's folder with everything Excel does to it: all faults on one page, and what is harmless is simply read."""

import subprocess
import sys

import pytest
import xlsxwriter

from zhaosheng_analysis.demo.little_town import ABOUT
from zhaosheng_analysis.geodata.folder import check

HEADER = ("school_id", "stage", "intake_year", "classes_n", "class_size_n", "seats_n")
TIDY = ("小学", 2025, 1, 45, 45)
TABLES = {
    "about": [("key", "value"), *ABOUT.items()],
    "plans": [
        HEADER,
        (
            "s1 ",
            " 小学",
            "２０２５",
            "2",
            "４５",
            90,
        ),  # trailing and leading blanks, full-width digits, numbers as text
        ("s2", "小学", 2025, "二", 45, 45),
        ("s3", *TIDY),
        ("s3", *TIDY),
        ("s9", *TIDY),
        (130299202500000123.0, *TIDY),
    ],
    "calendar": [
        ("event", "stage", "sector", "opens_at", "closes_at"),
        ("registration", "小学", "公办", "2025年7月7日 09:00", "2025-02-30 17:00"),
    ],
}
FAULTS = [
    "district.xlsx 工作表「plans」：列「学校编号」(school_id)有 1 处长号码被当作数字存放，末几位已丢失："
    "A7「130299202500000096」；须为文本格式的单元格；请把该列设为「文本」后从原始资料重新录入。",
    "district.xlsx 工作表「plans」：不认识的列「合并」；请改列名或删去此列。",
    "district.xlsx 工作表「plans」：列「班数」(classes_n)有 1 处不能识别：第 3 行「二」；"
    "须为整数，不小于 0、不大于 100；请更正。",
    "district.xlsx 工作表「plans」：有 2 行的「学校编号」(school_id)、「学段」(stage)、「招生年度」(intake_year)"
    "与别的行相同：第 4 行「s3，primary，2025」、第 5 行「s3，primary，2025」；不得重复；请删去重复的行或更正编号。",
    "district.xlsx 工作表「calendar」：列「截止时间」(closes_at)有 1 处不能识别：第 2 行「2025-02-30 17:00」；"
    "须为日期加时间，写成 2019-08-31 09:00 或 2019-08-31 09:00:00；「2025-02-30 17:00」没有这一天，请更正。",
    "district.xlsx 工作表「plans」：列「学校编号」(school_id)有 2 处在「schools」中找不到："
    "第 6 行「s9」、第 7 行「130299202500000096」；请更正编号或补上该行。",
]


@pytest.fixture
def broken(town_dir):
    """Replace the workbook of the town by one that a person typed."""
    with xlsxwriter.Workbook(town_dir / "district.xlsx") as book:
        for name, rows in TABLES.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
            if name == "plans":
                page.merge_range("G1:H1", "合并")
    return town_dir


def test_all_faults_of_a_folder_come_at_once(broken):
    assert [str(fault) for fault in check(broken)] == FAULTS


def test_the_verb_prints_them_on_one_page_and_fails(broken):
    command = [sys.executable, "-m", "zhaosheng_analysis", "check", str(broken)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"共 {len(FAULTS)} 处问题：", *FAULTS]
