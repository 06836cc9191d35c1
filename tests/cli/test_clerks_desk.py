"""A clerk's made-up notices, each from the rule file to the answer for a child; what comes out was decided by hand."""

import pandas as pd
import pytest

from tests.towns import clerk_folder
from tests.towns.clerk_folder import run

HEAD = """
id = "{0}-2026"
district = "heping"
kind = "admission"
title = "和平区2026年小学招生办法"
intake_year = 2026
[source]
file = "x.txt"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
[[residence]]
use = "home"
clause = "一"
[[residence]]
use = "hukou"
clause = "一"
[[checks]]
rule = "registered"
status = "not_registered"
clause = "一"
"""


def folder(tmp, name, text, **more):
    """Make a clerk's folder of a rule file."""
    rules = tmp / f"{name}-2026.toml"
    rules.write_text(HEAD.format(name) + text, encoding="utf-8")
    clerk_folder.folder_of(rules, tmp / name, 2026, **more)
    return tmp / name


def admitted(where):
    """Admit, and return the children as the file has them."""
    run("admit", where, "--seed", "7", "--out", where / "out")
    return pd.read_csv(where / "out" / "内部-children.csv", skiprows=1, dtype=str).set_index("child_id")


# ---- 不算数的住房：份额不够的当作没有，年限也不计分；只有本通知要的列随便叫什么名字

SHARES = """
[columns.homes.share]
kind = "share"
label = "产权份额"
[columns.homes.kind]
kind = "flag"
label = "住宅"
blank = true
[columns.hukou.place]
kind = "choice"
label = "户籍地种类"
choices = { village = "行政村", community = "社区" }
[dates]
counted = { on = 2026-06-30, clause = "二", label = "截止日", inclusive = true }
[home]
owners = ["parent"]
evidence = ["title"]
must = { home_share = ">= 0.51", home_kind = true }
clause = "二"
[measures.years]
label = "产权证满年数"
of = "years"
from = "home_dated_on"
until = "counted"
unknown = "zero"
clause = "二"
[facts]
home = ["zone", "elsewhere"]
[tiers]
order = ["有房", "无房"]
labels = { "有房" = "有房", "无房" = "无房" }
rows = '''
tier | home      | clause | words
有房 | zone      | 二     | 有房
无房 | elsewhere | 二     | 无房
'''
[points]
label = "积分"
clause = "三"
[[points.items]]
id = "years"
label = "产权证年限"
clause = "三"
measure = "years"
per = 2
[[points.items]]
id = "village"
label = "行政村"
clause = "三"
points = 5
if = { hukou_place = "village" }
[[rounds]]
id = "zone"
name = "按积分录取"
kind = "zone"
clause = "三"
key = ["tier", "-points", "ticket"]
"""


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    """Make the folder: c1 owns half of its home since May 2020, c3 six tenths; c2 did not say; c1 is of a village."""
    own = clerk_folder.HOME | {"住宅": "是", "凭证日期": "2020-05-01"}
    homes = [
        own | {"儿童编号": "c1", "小区编号": "u1", "产权份额": 0.5},
        own | {"儿童编号": "c2", "小区编号": "u4"},
        own | {"儿童编号": "c3", "小区编号": "u2", "产权份额": 0.6},
    ]
    places = {"c1": {"户籍地种类": "行政村"}, "c2": {"户籍地种类": "社区"}, "c3": {"户籍地种类": "社区"}}
    return folder(tmp_path_factory.mktemp("desk"), "shares", SHARES, more={"房产": homes, "户籍": places})


def test_a_home_that_does_not_count_gives_neither_a_tier_nor_points(shares):
    children = admitted(shares)
    # c1：份额五成，当作没有住房：行政村 5 分，年限 0 分。c3：2020-05-01 到 2026-06-30 满 6 年，12 分。
    assert children["tier"].to_dict() == {"c1": "无房", "c2": "未定", "c3": "有房"}
    points = {child: key.split("积分=")[1] for child, key in children["key"].dropna().items()}
    assert points == {"c1": "5", "c3": "12"}


def test_the_family_is_told_why_its_home_does_not_count(shares):
    told = run("explain", shares, "c1", "--seed", "7")
    assert "不作为家庭自有住房计入：产权份额不少于0.51（本人：0.5）" in told
    assert "产权证年限" not in told


def test_a_child_whose_tier_hangs_on_a_paper_is_asked_for_it_and_told_no_result(shares):
    told = run("explain", shares, "c2", "--seed", "7")
    assert "缺少的材料：产权份额" in told
    assert "怎样会不同" not in told
