"""Warnings: the published tables of 永嘉, 光明新区 and 乐清 by number, the bands of class sizes, and the words."""

import pandas as pd
import pytest

from tests.towns import declared, forecast_town, rulebook
from tests.towns.forecast_town import town
from tests.towns.outlooks import outlook
from zhaosheng_analysis import alerts, forecast, policy
from zhaosheng_analysis.alerts import class_sizes, levels, notices
from zhaosheng_analysis.policy.elements import Levels

YONGJIA = [(246, 240, "red"), (353, 240, "red"), (280, 240, "red"), (378, 400, "yellow"), (364, 400, "yellow")]
YUEQING = [  # seats, then registered children 2023, 2024, 2025 (乐清日报 2023-03-28)
    ("滨海校区", 320, (733, 552, 416)),
    ("建设路校区", 280, (394, 336, 263)),
    ("建设路小学滨海校区", 280, (669, 568, 426)),
    ("丹霞路小学", 240, (645, 455, 407)),
    ("城南第一小学", 360, (631, 574, 466)),
]
GUANGMING = [  # 光明新区 2014-11-24, the whole table: classes, taken in, qualified, published gap
    ("实验学校", 10, 550, 821, 271),
    ("公明第二小学", 8, 440, 473, 33),
    ("长圳小学", 5, 250, 267, 17),
    ("玉律小学", 5, 250, 262, 12),
    ("田寮小学", 5, 275, 281, 6),
    ("东周小学", 6, 300, 227, -73),
    ("凤凰小学", 2, 100, 123, 23),
    ("光明小学", 8, 400, 423, 23),
    ("爱华小学", 4, 200, 186, -14),
    ("公明第一小学", 7, 385, 441, 56),
    ("下村小学", 4, 220, 261, 41),
    ("李松蓢小学", 4, 200, 200, 0),
    ("楼村小学", 6, 300, 310, 10),
    ("马田小学", 6, 330, 413, 83),
]


@pytest.mark.parametrize(("hukou", "seats", "level"), YONGJIA)
def test_yongjia_as_published(hukou, seats, level):
    flags = alerts.flag(outlook([("s", hukou, hukou, seats, 6)]), rulebook.rules())
    assert flags["level"].tolist() == [level]
    assert f"户籍适龄{hukou}人，计划{seats}个学位" in flags["reason"].iloc[0]


@pytest.mark.parametrize(
    ("hukou", "level"), [(89, "green"), (90, "yellow"), (99, "yellow"), (100, "red"), (101, "red")]
)
def test_the_lines_of_ninety_and_a_hundred_per_cent_belong_to_the_higher_level(hukou, level):
    assert alerts.flag(outlook([("s", hukou, 50, 100, 2)]), rulebook.rules())["level"].tolist() == [level]


def test_a_district_may_draw_the_yellow_line_at_eighty_per_cent():
    jinhua = rulebook.rules(warning=Levels(yellow=0.8))
    assert alerts.flag(outlook([("s", 80, 80, 100, 2)]), jinhua)["level"].tolist() == ["yellow"]


def test_yueqing_as_published():
    for place, year in enumerate((2023, 2024, 2025)):
        rows = [(name, hukou[place], hukou[place], seats, 7) for name, seats, hukou in YUEQING]
        level = alerts.flag(outlook(rows), rulebook.rules()).set_index("school_id")["level"]
        exceptions = {"建设路校区": "yellow"} if year == 2025 else {}  # 263 of 280: 93.9 %
        assert level.to_dict() == {name: exceptions.get(name, "red") for name, _, _ in YUEQING}


def test_guangming_gaps_as_published():
    rows = [(name, demand, demand, seats, classes) for name, classes, seats, demand, _ in GUANGMING]
    flags = alerts.flag(outlook(rows), rulebook.rules()).set_index("school_id")
    assert flags["missing_seats_n"].to_dict() == {name: max(gap, 0) for name, *_, gap in GUANGMING}
    assert [sum(row[place] for row in GUANGMING) for place in (1, 2, 3)] == [80, 4200, 4688], "the published totals"
    assert flags["missing_seats_n"].sum() - 73 - 14 == 4688 - 4200
    assert (flags["level"] == "green").sum() == 1, "only 东周 has seats to spare by the registered count"
    # 821 children in ten classes are 83 a class; 441 in seven are 63; 123 in two are 62; 473 in eight are 60.
    assert flags.loc[["实验学校", "公明第一小学", "凤凰小学", "公明第二小学"], "class_size_n"].tolist() == [
        83,
        63,
        62,
        60,
    ]
    assert flags.loc["实验学校", "class_flag"] == "super"
    assert flags.loc["实验学校", "missing_classes_n"] == 6  # 271 seats, 50 a class


@pytest.mark.parametrize(
    ("stage", "size", "band"),
    [
        ("primary", 45, "ok"),
        ("primary", 46, "over"),
        ("junior", 50, "ok"),
        ("junior", 51, "over"),
        ("primary", 55, "over"),
        ("primary", 56, "oversized"),
        ("junior", 65, "oversized"),
        ("junior", 66, "super"),
    ],
)
def test_class_size_bands_turn_at_the_published_numbers(stage, size, band):
    flags = alerts.flag(outlook([("s", 1, size, 500, 1)], stage=stage), rulebook.rules())
    assert flags["class_flag"].tolist() == [band]


def test_newly_oversized_means_none_last_year():
    rows = [("s", 1, 113, 500, 2)]  # 113 in two classes: 57
    assert alerts.flag(outlook(rows, last_size=55), rulebook.rules())["newly_oversized"].tolist() == [True]
    assert alerts.flag(outlook(rows, last_size=56), rulebook.rules())["newly_oversized"].tolist() == [False]


@pytest.mark.parametrize(
    ("reading", "last", "new", "words"),
    [
        ("expected", 40, False, ""),
        ("upper", 40, True, "按80%区间上限平均每班56人，可能新增大班额"),
        ("upper", 56, False, ""),
    ],
)
def test_by_the_upper_end_of_the_forecast_a_large_class_is_feared_earlier(reading, last, new, words):
    """A-LT19: 100 expected in two classes are 50; at the upper end of the interval 111 are 56."""
    told = outlook([("s", 1, 100, 500, 2)], last_size=last)
    told.schools["high80_n"] = 111
    flag = alerts.flag(told, policy.load("laoting-2025", set={"lt.new_oversized": reading})).iloc[0]
    assert bool(flag["newly_oversized"]) is new
    assert words in flag["reason"]


@pytest.mark.parametrize(
    ("chance", "colour"),
    [(0.5, "red"), (0.49, "orange"), (0.3, "orange"), (0.29, "yellow"), (0.1, "yellow"), (0.09, "green")],
)
def test_colours_of_the_probability(chance, colour):
    assert levels.colour(pd.Series([chance])).tolist() == [colour]


def test_beyond_three_years_a_warning_is_a_watch_list_only():
    near, far = (
        alerts.flag(outlook([("s", 300, 300, 100, 2)], horizon=horizon), rulebook.rules()) for horizon in (3, 4)
    )
    assert not near["watch"].iloc[0]
    assert far["watch"].iloc[0]
    assert "没有学校达到红色预警" in alerts.headline(far)[0]
    assert "列入观察名单" in alerts.headline(far)[-1]


def test_a_level_does_not_flicker_within_the_hysteresis():
    before = pd.DataFrame({"school_id": ["s", "t"], "stage": "primary", "level": ["red", "green"]})
    slightly_less = outlook([("s", 98, 98, 100, 2), ("t", 98, 98, 100, 2)])
    held = alerts.flag(slightly_less, rulebook.rules(), before=before, hysteresis=0.05).set_index("school_id")["level"]
    assert held.to_dict() == {"s": "red", "t": "yellow"}
    much_less = outlook([("s", 93, 93, 100, 2), ("t", 93, 93, 100, 2)])
    assert alerts.flag(much_less, rulebook.rules(), before=before, hysteresis=0.05)["level"].tolist() == [
        "yellow",
        "yellow",
    ]


def test_the_tier_cut_is_the_first_that_does_not_fit():
    # 120 expected for 90 seats; of this year's children half are in tier 1, a quarter each in 2 and 3: 60, 90, 120.
    ranked = pd.DataFrame({"school_id": "s", "stage": "primary", "tier": list("1123"), "tier_rank": [0, 0, 1, 2]})
    ranked = declared.whole("ranked", ranked)
    cut = alerts.flag(outlook([("s", 1, 120, 90, 2)]), rulebook.rules(), ranked=ranked)
    assert cut[["cut_tier", "cut_label"]].to_numpy().tolist() == [["3", "第3类"]]
    harder = alerts.flag(outlook([("s", 1, 120, 89, 2)]), rulebook.rules(), ranked=ranked)
    assert harder["cut_tier"].tolist() == ["2"]
    roomy = alerts.flag(outlook([("s", 1, 120, 120, 2)]), rulebook.rules(), ranked=ranked)
    assert roomy[["cut_tier", "cut_label"]].to_numpy().tolist() == [["", ""]]


def test_a_school_below_three_fifths_of_its_plan_has_seats_to_spare():
    flags = alerts.flag(outlook([("s", 50, 59, 100, 2), ("t", 50, 60, 100, 2)]), rulebook.rules())
    assert flags["surplus"].tolist() == [True, False]


def test_the_town_from_forecast_to_headline():
    outlook_ = forecast.project(town(), rulebook.rules(), years=range(2026, 2031))
    flags = alerts.flag(outlook_, rulebook.rules())
    level = flags.set_index(["school_id", "year"])["level"]
    # West: 72, 78, 84 registered children of 80 seats; east 40 of 45; junior 100 of 100.
    assert [level["j1", year] for year in (2026, 2027, 2028)] == ["yellow", "yellow", "red"]
    assert level["y1"].eq("green").all()
    assert level["b1"].eq("red").all()
    first = alerts.headline(flags)
    assert first[0].startswith("2026—2028年有2所学校达到红色")
    assert any("甲小学：2028年小学：户籍适龄84人，计划80个学位，占105.0%" in sentence for sentence in first)


def test_the_class_outlook_follows_every_grade():
    table = class_sizes.class_outlook(
        forecast.project(town(), rulebook.rules(), years=range(2026, 2031)), rulebook.rules()
    )
    west = table[(table["school_id"] == "j1") & (table["year"] == 2030)].set_index("grade")
    assert west["pupils_n"].loc[[2, 3, 4, 5, 6]].tolist() == pytest.approx([90, 84, 78, 72, 66], abs=1)
    assert west.loc[1, "flag"] == "over"  # 96 in two classes are 48
    assert not table["newly"].any()
    assert {forecast_town.ORIGIN + step for step in range(6)} == set(table["year"])


def test_no_number_of_a_few_children_follows_from_what_a_notice_prints():
    """Every number of 1 to 9 children at 1 to 12 seats; whoever reads level, seats and lines finds more than one."""
    rules = rulebook.rules()
    pairs = [(children, seats) for children in range(1, 10) for seats in range(1, 13)]
    rows = [(f"s{children}-{seats}", children, children, seats, 1) for children, seats in pairs]
    flags = alerts.flag(outlook(rows), rules)
    flags = flags.assign(name=flags["school_id"])
    table = notices.draft(flags, town(), rules).table
    assert 0 < len(table) < len(pairs)
    for shown in table.itertuples():
        children, seats = map(int, shown.学校[1:].split("-"))
        assert shown.统计人数 == "<10"
        assert shown.占比 == "—"
        low, high = {"红": (1.0, 99.0), "黄": (0.9, 1.0), "…": (0.9, 99.0)}[shown.级别]
        of = [seats] if shown.计划学位 == seats else range(1, 13)
        assert shown.计划学位 in (seats, "…")
        fitting = {n for n in range(1, 10) for room in of if low <= n / room < high}
        assert children in fitting
        assert len(fitting) > 1
