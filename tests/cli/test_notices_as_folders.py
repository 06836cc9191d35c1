"""The five notices as folders on disk: the blank workbook filled in for three families, judged by the text."""

from pathlib import Path

import pandas as pd
import pytest

from tests.towns.clerk_folder import folder_of, run
from zhaosheng_analysis import policy

NOTICES = Path(__file__).parents[1] / "policy" / "notices"
ADDRESS = {"c1": {"地址编号": "a1"}, "c3": {"地址编号": "a3"}}
NO = "否"
# c1 has hukou and home at one address in the zone of s1 (one seat), c2 the hukou there and no home, c3 the home in the
# zone of s2 and its hukou in another province.
MORE = {
    "luohu-2016": {
        "报名": {"报名时间": "2016-04-05 09:00"},
        "房产": {"父母产权份额": 1.0, "房屋性质": "住宅", "租赁凭证（红本）": NO} | ADDRESS,
        "儿童": {
            "父母在本市无房证明": NO,
            "独生子女": "是",
            "政策内生育": "是",
            "父母一方深圳户籍": NO,
            "服从安排": "是",
        },
        "资格记录": [],
        "学位锁定库": [],
    },
    "jiulongpo-2016": {
        "报名": {"报名时间": "2016-05-11 09:00", "c3": {"报名时间": "2016-05-18 09:00"}},
        "房产": {"父母产权份额": 1.0} | ADDRESS,
        "户籍": {"c1": {"地址编号": "a1"}},
        "资格记录": [],
        "学位锁定库": [{"地址编号": "a1", "儿童编号": "older", "学校编号": "s1", "学段": "小学", "招生年度": 2009}],
    },
    "xicheng-2016": {
        "儿童": {
            "租住公房": NO,
            "法定监护人在本区工作": "是",
            "实际居住在西城区": "是",
            "监护人属该单位集体户并在该单位工作": NO,
            "非本市户籍借读批准书": NO,
            "c3": {"非本市户籍借读批准书": "是"},
        },
        "校校对口": [],
    },
    "gaochun-2016": {"报名": {"报名时间": "2016-05-21 09:00"}},
    "fuzhou-2016": {
        "房产": {"产权份额": 1.0} | ADDRESS,
        "户籍": {"c1": {"地址编号": "a1"}},
        "报名": {"报名时间": "2016-08-18 09:00", "c3": {"报名时间": "2016-06-16 09:00"}},
        "儿童": {"c3": {"父母双方的暂住证或居住证": "没有", "劳动合同或营业执照": NO}},
        "资格记录": [],
    },
}
# By the texts: the class of each family, and where it goes.
TIERS = {
    "luohu-2016": ("A", "N", "D"),
    "jiulongpo-2016": ("1", "2", "5"),
    "xicheng-2016": ("register", "register", "approval"),
    "gaochun-2016": ("1", "1", "4"),
    "fuzhou-2016": ("in", "hung", "none"),
}
SCHOOLS = {
    "luohu-2016": ("s1", "", ""),
    "jiulongpo-2016": ("s1", "s2", ""),
    "gaochun-2016": ("s1", "s1", ""),
    "fuzhou-2016": ("s1", "s2", ""),
}
ANSWERS = {
    "luohu-2016": "不符合入学条件",
    "jiulongpo-2016": "不符合购房和积分条件",
    "xicheng-2016": "非本市户籍，全区分配",
    "gaochun-2016": "回户籍地入学",
    "fuzhou-2016": "暂不符合条件",
}


def test_every_notice_has_its_folder():
    assert sorted(MORE) == sorted(path.stem for path in NOTICES.glob("*-2016.toml"))


@pytest.mark.parametrize("name", MORE)
def test_a_notice_runs_as_a_folder(name, tmp_path):
    rules, folder, out = NOTICES / f"{name}.toml", tmp_path / "数据", tmp_path / "录取"
    run("policy", "check", rules)
    checked = folder_of(rules, folder, 2016, district=policy.load(rules).district, more=MORE[name])
    assert f"规则文件：{name}（文件夹里的 policy.toml）" in checked
    run("admit", folder, "--seed", "s", "--out", out)
    placed = pd.read_csv(out / "内部-children.csv", dtype=str, skiprows=1).set_index("child_id").fillna("")
    assert tuple(placed["tier"]) == TIERS[name]
    if name == "xicheng-2016":  # of two who register the nearer has the seat of s1, the other one in the 学区
        assert sorted(placed["school_id"][:2]) == ["s1", "s2"]
        assert placed.loc["c3", "school_id"] == "s2"
    else:
        assert tuple(placed["school_id"]) == SCHOOLS[name]
    assert ANSWERS[name] in run("explain", folder, "c3", "--seed", "s")
