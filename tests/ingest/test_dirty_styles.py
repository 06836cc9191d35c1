"""A list in any of the ways offices write one comes through ingest as it was, or is refused with the cell."""

import re

import pytest

from tests.towns import dirty_files
from zhaosheng_analysis import ingest
from zhaosheng_analysis.schema import DataError

ROWS = [
    ["P001", "张梓涵", "男", "2018-09-01", "一（1）班"],
    ["P002", "李，明", "女", "2019-01-02", "一（1）班"],
    ["P003", "买买提·阿", "男", "2018-12-31", "一（2）班"],
]
RECIPE = """
rest = "ignore"
[[sources]]
files = "list.*"
[sources.roll]
pupil_id = "报名号"
school_id = { is = "s1", why = "一校" }
school_year = { is = 2025, why = "题" }
grade = { is = 1, why = "题" }
class_no = { number_in = "班级" }
sex = "性别"
birth_on = "出生日期"
"""
CELL = re.compile(r"[A-Z]+\d+|第 \d+ 行")


@pytest.mark.parametrize("style", dirty_files.STYLES)
def test_a_list_comes_through_as_it_was_or_is_refused_with_the_cell(style, tmp_path):
    (tmp_path / "list.xls").write_bytes(dirty_files.STYLES[style](ROWS))
    (tmp_path / "ingest.toml").write_text(RECIPE, encoding="utf-8")
    recipe = ingest.load(tmp_path / "ingest.toml")
    if style == "formulas never computed":
        with pytest.raises(DataError) as refused:
            ingest.run(recipe, tmp_path / "out")
        assert all(CELL.search(str(fault)) for fault in refused.value.faults)
        return
    made = ingest.run(recipe, tmp_path / "out")
    table = made.tables["roll"].sort_values("pupil_id")
    told = table.assign(
        birth_on=table["birth_on"].dt.strftime("%Y-%m-%d"), sex=table["sex"].map({"male": "男", "female": "女"})
    )
    assert told[["pupil_id", "sex", "birth_on", "class_no"]].to_numpy().tolist() == [
        [number, sex, born, int(re.search(r"（(\d)）", group)[1])] for number, _, sex, born, group in ROWS
    ]
    steps = made.log[made.log["what"] != "写出"]["rows_n"]
    assert steps.sum() == len(ROWS)
