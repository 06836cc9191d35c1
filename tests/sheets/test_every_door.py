"""Whatever way an office writes a list, every verb that reads one reads the same, or refuses it with the cell."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.towns import dirty_files
from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.classes import rosters as grades
from zhaosheng_analysis.lottery import rosters as draws
from zhaosheng_analysis.schema import DataError

ROWS = [[f"P{at:03d}", f"某{at}", "男" if at % 2 else "女", f"2018-09-{at + 1:02d}", "一（1）班"] for at in range(6)]
REFUSED = ("totals and notes", "hidden row", "formulas never computed")  # of a list that is drawn from
OF_A_FOLDER = (  # the reader is the same in all of them: these are those that take another way through it
    "csv of Chinese Excel",
    "heading of two rows",
    "totals and notes",
    "formulas never computed",
    "web page",
    "xls",
)
CELL = re.compile(r"[A-Z]+\d+|第 \d+ 行")


def of_a_draw(content: bytes) -> list:
    return sorted([child] for child in draws.read(content, "名册.xls").families)


def of_a_grade(content: bytes) -> list:
    table = grades.read(content, "名册.xls")[0].sort_values("pupil_id")
    return [[row.pupil_id, row.sex, f"{row.birth_on:%Y-%m-%d}"] for row in table.itertuples()]


DOORS = {
    "lottery": (of_a_draw, [[row[0]] for row in ROWS]),
    "classes": (of_a_grade, [[row[0], "male" if row[2] == "男" else "female", row[3]] for row in ROWS]),
}


@pytest.mark.parametrize("style", dirty_files.STYLES)
@pytest.mark.parametrize("door", DOORS)
def test_a_list_is_read_as_it_was_or_refused_with_the_cell(door, style):
    read, true = DOORS[door]
    content = dirty_files.STYLES[style](ROWS)
    if style not in REFUSED:
        assert read(content) == true
        return
    with pytest.raises(DataError) as refused:
        read(content)
    assert all(CELL.search(str(fault)) for fault in refused.value.faults)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of the little town, which has no table of classes."""
    there = tmp_path_factory.mktemp("town") / "town"
    geodata.save(demo.nine_plots(), there)
    return there


@pytest.mark.parametrize("style", OF_A_FOLDER)
def test_a_table_of_a_folder_is_read_as_it_was_or_refused_with_the_cell(folder, style, monkeypatch):
    """What check, audit, siblings and all verbs of a folder read comes through `geodata.load`."""
    monkeypatch.setattr(dirty_files, "HEADER", ["学校编号", "学年", "年级", "班号", "学生数"])
    school = demo.nine_plots().schools["school_id"].min()
    classes = [[school, "2024", str(at // 2 + 1), str(at % 2 + 1), str(40 + at)] for at in range(6)]
    (folder / "classes.xls").write_bytes(dirty_files.STYLES[style](classes))
    if style == "formulas never computed":
        with pytest.raises(DataError) as refused:
            geodata.load(folder)
        assert all(CELL.search(str(fault)) for fault in refused.value.faults)
        return
    columns = ["school_id", "school_year", "grade", "class_no", "pupils_n"]
    found = geodata.load(folder).tables["classes"].sort_values(["grade", "class_no"])
    assert found[columns].astype(str).to_numpy().tolist() == classes


#: Table of the little town -> how an office has it. All verbs of a folder (check, report, audit, siblings, admit,
#: redraw, forecast) read it through the same door, so that what they say is the same too.
OFFICES = {
    "plans": "totals and notes",
    "cohorts": "a title and a date",
    "roll_counts": "second sheet",
    "children": "web page",
    "homes": "ods",
    "hukou": "xls",
    "permits": "Unicode text of Excel",
    "applications": "csv of Chinese Excel",
    "classes": "XML of 2003",
}


def test_a_whole_folder_from_the_hands_of_offices_is_the_same_folder(tmp_path, monkeypatch):
    town = demo.nine_plots()
    geodata.save(town, tmp_path / "clean")
    (tmp_path / "dirty").mkdir()
    shutil.copy(tmp_path / "clean" / "district.gpkg", tmp_path / "dirty")
    for name, frame in {**town.tables, "about": pd.DataFrame(town.about.items(), columns=["key", "value"])}.items():
        text = frame.map(lambda cell: "" if pd.isna(cell) else written(cell)).astype(str)
        monkeypatch.setattr(dirty_files, "HEADER", list(frame))
        content = dirty_files.STYLES[OFFICES.get(name, "csv")](text.to_numpy().tolist())
        (tmp_path / "dirty" / f"{name}.xls").write_bytes(content)
    clean, dirty = (geodata.load(tmp_path / each) for each in ("clean", "dirty"))
    assert list(clean.tables) == list(dirty.tables)
    for name, table in clean.tables.items():
        order = list(table)[:3]
        one, other = (each.sort_values(order).reset_index(drop=True) for each in (table, dirty.tables[name]))
        pd.testing.assert_frame_equal(one, other)


def written(cell: object) -> str:
    """Write a cell as a table of text has it."""
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}" if cell == cell.normalize() else f"{cell:%Y-%m-%d %H:%M:%S}"
    return {True: "是", False: "否"}[cell] if isinstance(cell, bool | np.bool_) else str(cell)
