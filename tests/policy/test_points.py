"""Points and the measures behind them: sums by hand, and an oracle that adds up one child at a time."""

import datetime as dt
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from tests.towns.nine_rules import BASE, CHOICE
from tests.towns.nine_rules import MONTHS as INSURED
from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import conditions, measures, points
from zhaosheng_analysis.policy.conditions import Condition, Requirement
from zhaosheng_analysis.policy.points import Group, Item, Points
from zhaosheng_analysis.schema import DataError


@pytest.mark.parametrize(
    ("first", "of", "count", "n"),
    [
        ("2015-03-31", "months", "whole", 12),
        ("2015-04-01", "months", "whole", 12),  # 31 March is counted in, so that the twelfth month is whole
        ("2015-04-01", "years", "whole", 1),
        ("2015-04-02", "years", "whole", 0),
        ("2016-03-31", "months", "whole", 0),
        ("2016-03-31", "months", "started", 1),
        ("2016-02-29", "months", "started", 2),
        ("2016-04-01", "months", "started", 0),
        ("2016-03-01", "days", "whole", 31),
        (None, "months", "whole", None),
    ],
)
def test_a_stretch_up_to_31_march_2016_by_hand(first, of, count, n):
    found = measures.length(pd.to_datetime(pd.Series([first])), dt.date(2016, 3, 31), of=of, count=count)
    assert found.tolist() == [pd.NA if n is None else n] if n is not None else found.isna().all()


def test_more_time_never_counts_less():
    days = pd.Series(pd.date_range("2010-01-01", "2016-06-30"))
    for of in measures.UNITS:
        for count in measures.COUNTS:
            assert measures.length(days, dt.date(2016, 3, 15), of=of, count=count).is_monotonic_decreasing


OWNER, RENTER = (
    Condition((Requirement("home", "words", ("own",)),)),
    Condition((Requirement("home", "words", ("rent",)),)),
)
ITEMS = (
    Item("base", "基础分", "一", points=60),
    Item("own", "购房居住", "二", OWNER, per=3, measure="months"),
    Item("rent", "租房居住", "二", RENTER, per=0.5, measure="months", cap=20),
    Item("only", "独生子女", "三", Condition((Requirement("only", "flag", (True,)),)), points=10, group="extra"),
    Item("plan", "政策内生育", "三", Condition((Requirement("plan", "flag", (True,)),)), points=5, group="extra"),
)
TOWN = pd.DataFrame(
    {
        "home": pd.array(["own", "rent", "rent", None, "none"], dtype="str"),
        "only": pd.array([True, False, None, True, False], dtype="boolean"),
        "plan": pd.array([True, True, False, False, False], dtype="boolean"),
    },
    index=list("abcde"),
)
MONTHS = {"months": pd.Series([12, 50, 3, 7, None], index=TOWN.index, dtype="Int64")}


def table(take="sum", cap=0.0, unknown="ask"):
    """Return the points of the town under one way to take the group."""
    return Points(ITEMS, (Group("extra", take, cap),), unknown=unknown)


def oracle(row, months, take, cap):
    """Add up one child: (sum, lines not known)."""
    lost, base = [], 60.0
    home = row["home"]
    for label, kind, per, most in (("购房居住", "own", 3, math.inf), ("租房居住", "rent", 0.5, 20)):
        if pd.isna(home) or (home == kind and pd.isna(months)):
            lost.append(label)
        elif home == kind:
            base += min(per * months, most)
    extra = []
    for label, name, n in (("独生子女", "only", 10), ("政策内生育", "plan", 5)):
        if pd.isna(row[name]):
            lost.append(label)
        elif row[name]:
            extra.append(n)
    part = max(extra, default=0) if take == "max" else sum(extra)
    return base + (min(part, cap) if cap else part), lost


@pytest.mark.parametrize(("take", "cap"), [("sum", 0.0), ("sum", 12.0), ("max", 0.0)])
@pytest.mark.parametrize("unknown", points.UNKNOWNS)
def test_the_sum_is_that_of_a_clerk_who_adds_up_one_child(take, cap, unknown):
    chosen = table(take, cap, unknown)
    found = points.count(chosen, chosen.of("child"), TOWN, MONTHS)
    for child, row in TOWN.iterrows():
        total, lost = oracle(row, MONTHS["months"][child], take, cap)
        assert found.loc[child, "points_missing"] == "、".join(lost)
        if lost and unknown == "ask":
            assert np.isnan(found.loc[child, "points"])
        else:
            assert found.loc[child, "points"] == total


def test_worked_by_hand():
    found = points.count(table(), table().of("child"), TOWN, MONTHS)
    # a: 60 + 12 × 3 + 10 + 5; b: 60 + min(50 × 0.5, 20) + 5; e: 60 alone, no home; c and d hang on blanks.
    assert found["points"].tolist()[:2] == [111.0, 85.0]
    assert found.loc["e", "points"] == 60.0
    assert found.loc[["c", "d"], "points"].isna().all()
    assert points.shown(table(), found.loc["a"]) == [
        "基础分 60 分（一）",
        "购房居住 36 分（二）",
        "独生子女 10 分（三）",
        "政策内生育 5 分（三）",
    ]
    assert points.shown(table(), found.loc["c"]) == [
        "基础分 60 分（一）",
        "租房居住 1.5 分（二）",
        "独生子女 未知（缺材料）（三）",
    ]


def test_a_line_of_the_pair_is_not_counted_for_the_child():
    bonus = Item("zone", "原地段加分", "四", points=30, of="pair")
    chosen = Points((*ITEMS, bonus))
    assert chosen.of("pair") == (bonus,)
    assert conditions.judge(bonus.condition, TOWN).tolist() == [conditions.YES] * 5


@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize(("gives", "every"), [(4, 12), (1, 3), (5, 8), (2, 7)])
def test_so_many_points_for_so_many_months_are_those_of_fractions_rounded_as_at_school(gives, every, decimals):
    """每满 12 个月 4 分、不足的按月折算: 30 months are 10; a half of the last place is rounded up."""
    item = Item("stay", "居住", "一", per=gives / every, parts=(gives, every), measure="months")
    table = pd.DataFrame({"months": pd.array([*range(200), None], "Int64")})
    found = points.count(Points((item,), decimals=decimals), (item,), table, table)["points"]
    for n in range(200):
        exact = Fraction(gives, every) * n * 10**decimals
        assert found[n] == pytest.approx(math.floor(exact + Fraction(1, 2)) / 10**decimals, abs=1e-9)
    assert pd.isna(found[200])


@pytest.mark.parametrize(
    ("per", "found"), [("4/0", "写成了"), ("4／12", "写成了"), ("0.5", "不是分数的，去掉引号"), ("四/12", "写成了")]
)
def test_a_share_that_is_none_is_refused_in_words(per, found, tmp_path):
    text = (
        BASE
        + INSURED
        + '[points]\nlabel = "积分"\nclause = "一"\n[[points.items]]\nid = "a"\nlabel = "甲"\nclause = "一"\n'
    )
    path = tmp_path / "rules.toml"
    path.write_text(f'{text}measure = "insured"\nper = "{per}"\n' + CHOICE + 'key = ["-points"]\n', encoding="utf-8")
    with pytest.raises(DataError, match=found):
        policy.load(path)
    path.write_text(f'{text}measure = "insured"\nper = "4/12"\n' + CHOICE + 'key = ["-points"]\n', encoding="utf-8")
    assert policy.load(path).declared.points.items[0].per == 4 / 12
