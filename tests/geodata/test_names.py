"""A word means the one row that bears it as id, name or alias; nothing is guessed, and all that is wrong is told."""

import pandas as pd
import pytest

from zhaosheng_analysis.geodata import names
from zhaosheng_analysis.schema import DataError

SCHOOLS = pd.DataFrame(
    {
        "school_id": ["s1", "s2", "s3"],
        "name": ["第一实验小学", "第二实验小学", "育红小学"],
        "aliases": ["一实小", "二实小、实验小学", "实验小学"],
    }
)


def test_id_name_and_alias_mean_the_same_row():
    found = names.find(SCHOOLS, ["s2", "第二实验小学", "二实小", "育红小学"], where="轮次")
    assert found == ["s2", "s2", "s2", "s3"]


def test_script_width_and_interpunct_do_not_count():
    schools = SCHOOLS.assign(name=["乐亭・实验", "ＡＢ学校", "歐陽小学"])
    assert names.find(schools, ["乐亭•實驗", "AB学校", "欧阳小学"], where="轮次") == ["s1", "s2", "s3"]


def test_what_nobody_bears_and_what_two_bear_is_told_at_once():
    with pytest.raises(DataError) as told:
        names.find(SCHOOLS, ["第三实验小学", "实验小学", "s9", "第三实验小学"], where="轮次")
    assert [str(fault) for fault in told.value.faults] == [
        "轮次：没有学校「第三实验小学」；须为编号、名称或别名；是不是「第二实验小学」？",
        "轮次：有 2 个学校叫「实验小学」：s2、s3；应恰有一个；请改写编号。",
        "轮次：没有学校「s9」；须为编号、名称或别名；请核对，或登记为别名。",
    ]


def test_a_layer_without_aliases_or_names_is_known_by_its_ids():
    units = pd.DataFrame({"unit_id": ["u1", "u2"]})
    assert names.find(units, ["u2"], key="unit_id", where="小区") == ["u2"]
    with pytest.raises(DataError, match="没有小区「海」；须为编号、名称或别名；请核对，或登记为别名"):
        names.find(units, ["海"], key="unit_id", where="小区")
