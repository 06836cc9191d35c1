"""A fault says where, what, what is allowed and what to do; a near name is suggested in one wording."""

import pytest

from zhaosheng_analysis.schema import DataError, Fault, Faults, near


def test_all_faults_are_raised_at_once_and_counted():
    faults = Faults()
    faults.raise_if_any()
    faults.add("一表", "缺少列")
    faults.add("二表", "没有「甲」", "可用：乙", "是不是「乙」？")
    with pytest.raises(DataError) as told:
        faults.raise_if_any()
    assert str(told.value).splitlines() == [
        "共 2 处问题：",
        "一表：缺少列。",
        "二表：没有「甲」；可用：乙；是不是「乙」？",
    ]


def test_a_question_in_the_middle_ends_with_its_own_mark():
    assert str(Fault("表", "没有甲", "是不是「乙」？", "请核对")) == "表：没有甲；是不是「乙」？请核对。"


@pytest.mark.parametrize(
    ("word", "known", "most", "told"),
    [
        ("YAER", ["YEAR", "SEED"], 1, "是不是「YEAR」？"),
        ("甲5", ["甲4", "甲3", "乙1"], 3, "是不是「甲4」或「甲3」？"),  # half of two characters
        ("s9", ["s3", "s4"], 3, ""),  # half of an id says nothing
        ("海", ["河", "路"], 1, ""),
        (1, [11, 2], 1, "是不是「11」？"),
    ],
)
def test_near_names_are_suggested(word, known, most, told):
    assert near(word, known, most=most) == told
    assert near(word, reversed(known), most=most) == told
