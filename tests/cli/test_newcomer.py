"""The newcomer's whole way with files only: a new rule file, the blank workbook filled in, layers drawn, an intake."""

import pandas as pd
import pytest

from tests.towns.clerk_folder import folder_of, run
from zhaosheng_analysis import audit, geodata, policy
from zhaosheng_analysis.policy import starting

# What each kind of rules asks besides, as a clerk fills it in.
MORE = {
    "points": {"房产": {"父母产权份额": 1.0}, "儿童": {"独生子女": "是", "服从安排": "是"}, "资格记录": []},
    "choices": {"报名": {"批次": "第一批"}, "放弃录取": []},
    "seat-lock": {"房产": {"c1": {"地址编号": "a1"}, "c3": {"地址编号": "a3"}}, "学位锁定库": []},
}
# c1 has hukou and home in the zone of s1, whose one seat it gets; c2 has the hukou only; c3 is from outside and has the
# home only, in the zone of s2.
TIERS = {
    "tiers": {"c1": "1", "c2": "3", "c3": "2"},
    "points": {"c1": "A", "c2": "C", "c3": "B"},
    "choices": {"c1": "1", "c2": "3", "c3": "2"},
    "lottery": {"c1": "1", "c2": "1", "c3": "3"},
    "seat-lock": {"c1": "1", "c2": "2", "c3": "3"},
}
SCHOOLS = {
    "tiers": {"c1": "s1", "c2": "s2", "c3": "s2"},
    "points": {"c1": "s1", "c2": "", "c3": "s2"},  # c2 has less than the 60 points the last round asks for
    "choices": {"c1": "s1", "c2": "s2", "c3": "s2"},
    "seat-lock": {"c1": "s1", "c2": "s2", "c3": "s2"},
}
ANSWERS = {
    "tiers": "有户无房",
    "points": "累计积分",
    "choices": "就近安排",
    "lottery": "片内生入学",
    "seat-lock": "调剂到周边学校",
}


def test_every_kind_is_gone_through():
    assert {*TIERS, "audit"} == set(starting.LIKE)


@pytest.mark.parametrize("like", TIERS)
def test_a_newcomer_gets_from_nothing_to_an_answer(like, tmp_path):
    rules, folder, out = tmp_path / "heping-2026.toml", tmp_path / "数据", tmp_path / "录取"
    run("policy", "new", "heping-2026", "--like", like, "--out", tmp_path)
    rows = rules.read_text("utf-8").count(starting.PLACEHOLDER)
    assert f"类别表有 {rows} 句引文还是起始文件的“照抄原文一句”" in run("policy", "check", rules)
    assert "没有发现问题" in folder_of(rules, folder, 2026, more=MORE.get(like))
    assert run("policy", "check", folder) == run("policy", "check", rules)  # the copy in the folder is found by itself
    run("admit", folder, "--seed", "s", "--out", out)
    placed = pd.read_csv(out / "内部-children.csv", dtype=str, skiprows=1).set_index("child_id")  # a mark above it
    assert placed["tier"].to_dict() == TIERS[like]
    schools = placed["school_id"].fillna("").to_dict()
    if like == "lottery":  # one of two of a class draws the only seat, who is from outside without a permit none
        assert sorted([schools["c1"], schools["c2"]]) == ["s1", "s2"]
        assert placed.loc["c3", "status"] == "ineligible"
    else:
        assert schools == SCHOOLS[like]
    assert ANSWERS[like] in run("explain", folder, "c2", "--seed", "s")


def test_a_newcomer_gets_from_nothing_to_an_audit(tmp_path):
    rules, folder = tmp_path / "heping-2026.toml", tmp_path / "数据"
    run("policy", "new", "heping-2026", "--like", "audit", "--out", tmp_path)
    run("policy", "check", rules)
    large = {"学校编号": "s1", "学年": 2025, "年级": 1, "班号": "1", "学生数": 57}
    assert "没有发现问题" in folder_of(rules, folder, 2026, job="audit", more={"班级": [large]})
    district = geodata.load(folder)
    findings = audit.run(district, policy.of(district, beside=folder))  # the page of it takes ten seconds
    large = findings.summary.set_index(["rule", "school_id"]).loc[("size.oversized", "s1")]
    assert (large["state"], large["item"], large["clause"]) == ("finding", "Q-01", "一(1)")
    assert "inspect.D-01" in set(findings.summary["rule"])  # a duty no provision stands for is asked all the same
