"""The tables of a warning: why and what to do by hand, and every number traced to where it comes from."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import forecast_town
from tests.towns.admitting_town import families, rules, sure, town
from tests.towns.forecast_town import ORIGIN
from zhaosheng_analysis import alerts, forecast, texts
from zhaosheng_analysis.alerts import actions
from zhaosheng_analysis.forecast import simulation


@pytest.fixture(scope="module")
def found():
    """Return flags, outlook, district, book, simulation and steps: 甲 expects 72 children for 60 seats."""
    book = rules()
    district = town(west=60)
    outlook = sure(forecast.project(district, book, years=[2026, 2027]))
    through = simulation.run(outlook, families(), district, book, seed="s", drawn=20, intakes=2, workers=1)
    flags = alerts.flag(outlook, book, ranked=families(), through=through)
    return flags, outlook, district, book, through, actions.propose(flags, outlook, district, book)


def test_why_and_what_to_do_by_hand(found):
    flags, outlook, _, rules, _, steps = found
    table = texts.concerns.concerns(flags, outlook, steps, rules).rows
    # 甲 lacks seats, 丙 and 乙 do not; 乙's 40 registered children are 89 % of 45 seats.
    assert table["name"].tolist() == ["甲小学"]
    west = table.iloc[0]
    assert west["level_ratio"] == ["red", 72 / 60]
    assert west["2026"][0] == "red"
    assert west["missing_seats_n"] == 12
    # 66 came in 2025, u2's cohort grows by six.
    assert west["because"].startswith("2026年预计72人，计划60个学位；比上次多6人（")
    # Two classes of 40 may take 45 each: ten seats; 乙, 200 m away, has five to give, two are needed.
    assert west["todo"].startswith("1. 计划班额由40人放到标准班额45人（+10）；2. 统筹2人到乙小学")


def test_every_number_of_a_warning_is_traced(found):
    flags, outlook, district, rules, through, _ = found
    table = texts.concerns.trace(flags, outlook, district, rules, through=through)
    west = table[table["name"] == "甲小学"].set_index("item")
    rolls, cohorts = district.table("roll_counts"), district.table("cohorts")
    last = rolls[(rolls["school_id"] == "j1") & (rolls["school_year"] == ORIGIN) & (rolls["grade"] == 1)]
    assert west.loc["上次入学", "number"] == str(last["pupils_n"].item()) == "66"
    steps = west["number"].loc["上次入学":"预计入学"].iloc[1:-1].astype(int)
    assert 66 + steps.sum() == int(west.loc["预计入学", "number"]) == 72, "the drivers add up exactly"
    assert west.loc["缺学位", "number"] == "12"
    due = cohorts[(cohorts["entry_year"] == 2026) & cohorts["unit_id"].isin(["u1", "u2"])]["hukou_n"].sum()
    assert west.loc["户籍适龄", "number"] == str(due) == "72"
    assert "学区内2个小区（村）2026年进小学" in west.loc["户籍适龄", "made_from"]
    assert west.loc["户籍学位比", "number"] == "120.0%，红"
    assert "条款四(二)，数字为假定" in west.loc["户籍学位比", "made_from"]
    assert west.loc["计划学位", ["number", "made_from"]].tolist() == ["60", "plans：2026年2个班"]
    assert "条款七(一)2(3)" in west.loc["第3甲类有人落选的概率", "made_from"]
    assert west.loc["平均落选", "number"] == "12"
    assert "未校准" in west.loc["80%区间", "made_from"]
    # Where nothing was tested no step says that a backtest chose it.
    named = outlook.drivers["driver"].replace({"cohort": "level", "level": "cohort"})
    tested = replace(outlook, drivers=outlook.drivers.assign(driver=named))
    made = [
        texts.concerns.trace(flags, some, district, rules, through=through).set_index("item")["made_from"]["生源水平"]
        for some in (tested, replace(tested, accuracy=outlook.accuracy.iloc[:0]))
    ]
    assert "（权重由回测选定）" in made[0]
    assert "（权重取通用值，历史太短、没有回测）" in made[1]
    said = texts.alert_sentences.headline(flags, district, rules)
    assert said == "2026 年预计 1 所学校学位不足，合计缺 12 个学位（1 个班）（有的学校历史不足，未校准）。"
    # The window and weights of past intakes are tuned: no sentence names three years.
    assert not table["made_from"].str.contains("近三年").any()


def test_a_juniors_registered_children_are_those_who_began_primary_six_years_before(found):
    flags, outlook, district, rules, through, _ = found
    full = flags.assign(seats_n=flags["seats_n"].mask(flags["school_id"] == "b1", 100), colour="red")
    table = texts.concerns.trace(full, outlook, district, rules, through=through)
    junior = table[table["name"] == "丙中学"].set_index("item")
    cohorts = district.table("cohorts")
    assert junior.loc["户籍适龄", "number"] == str(cohorts.loc[cohorts["entry_year"] == 2020, "hukou_n"].sum()) == "100"
    assert "4个小区（村）2020年进小学" in junior.loc["户籍适龄", "made_from"]


def test_the_trace_names_the_school_that_lacks_most_first(found):
    flags, outlook, district, rules, through, _ = found
    told = texts.concerns.of_first(texts.concerns.trace(flags, outlook, district, rules, through=through))
    assert set(told["name"]) == {"甲小学"}


def test_decisions_name_the_cut_and_the_steps(found):
    flags, _, district, rules, _, steps = found
    said = texts.alert_sentences.decisions(flags.assign(cut_label="第3甲类（有房）"), district, rules, actions=steps)
    first = next(line for line in said.splitlines() if "甲小学" in line)
    assert "缺 12 个学位" in first
    assert "第3甲类（有房）有人落选的概率 92%，平均分流 12 人" in first
    assert f"（+{steps.iloc[0]['seats_n']} 个）" in first
    assert "未校准" in first
    open_to_all = flags.assign(cut_label="第3甲类（有房）", counted="")
    assert "本校不限学区" in texts.alert_sentences.decisions(open_to_all, district, rules, actions=steps)


def test_a_school_that_takes_over_one_that_admits_nobody_says_so(found):
    # 71 children more than last year, and no word of the school that closed.
    flags, outlook, district, rules, through, _ = found
    schools = district.schools
    heirs = schools["successor_id"].astype(object).where(schools["school_id"] != "y1", "j1")
    joined = replace(district, schools=schools.assign(successor_id=heirs))
    gone = flags.assign(demand_n=flags["demand_n"].mask(flags["school_id"] == "y1", 0))
    mine = outlook.drivers.query("school_id == 'j1' and year == 2026").set_index("driver")["pupils_n"]
    most = mine.astype(int).idxmax()
    moved = outlook.drivers.assign(driver=outlook.drivers["driver"].replace({most: "redraw", "redraw": most}))
    said = texts.alert_sentences.decisions(gone, joined, rules)
    assert "；含停止招生的乙小学转来的），计划 60 个学位" in said
    assert "停止招生" not in texts.alert_sentences.decisions(flags, joined, rules), "乙 still admits children"
    assert texts.alerts.taken_over(gone, joined) == {("j1", "primary", year): "乙小学" for year in (2026, 2027)}
    told = texts.concerns.trace(gone, replace(outlook, drivers=moved), joined, rules, through=through)
    steps = told[told["name"].eq("甲小学") & told["item"].eq("学区调整")]
    assert steps["made_from"].str.endswith("；乙小学停止招生，由本校接收").tolist() == [True]


def test_seats_that_may_well_lack_are_no_calm_headline(found):
    flags, _, district, rules, _, _ = found
    even = flags.assign(level="green", missing_seats_n=0, colour="green")
    assert texts.alert_sentences.headline(even, district, rules) == "2026 年预计各校学位够用，没有红色预警。"
    told = texts.alert_sentences.headline(even.assign(colour="orange"), district, rules)
    assert told == "2026 年没有红色预警，但 3 所学校缺学位的概率在 30% 以上（橙色）。"


def test_a_private_school_that_is_asked_for_too_much_is_nobodys_shortage(found):
    flags, outlook, district, rules, _, steps = found
    private = flags.assign(sector="private")
    assert texts.concerns.concerns(private, outlook, steps, rules).rows.empty
    assert texts.alert_sentences.headline(private, district, rules) == "2026 年预计各校学位够用，没有红色预警。"
    assert texts.alerts.flagged(private, rules).empty
    assert texts.alerts.grid(private, rules).rows["name"].str.endswith("（民办）").all()
    assert texts.alert_sentences.class_size(private, rules) == "2026 年若不分流，各校起始年级平均班额仍在 56 人以下"
    # The tables show what it lacks, so a sentence says why no count does.
    assert texts.alert_sentences.decisions(private, district, rules, actions=steps) == (
        "- 民办学校 1 所预计报名多于计划：甲小学（小学）；按其招生办法录取，不算学位不足，上面各数都不含。"
    )


def test_a_yellow_school_with_seats_to_spare_keeps_them_for_its_registered_children(found):
    flags, _, district, rules, _, steps = found
    east = flags[flags["school_id"] == "y1"].assign(level="yellow", colour="green", demand_n=30, hukou_n=42)
    row = next(east.itertuples())
    spare = row.seats_n - 30
    assert texts.concerns.todo(row, steps) == f"按中位数余{spare}个学位：先按户籍适龄42人留足，报名后再定是否接收统筹生"
    full = next(east.assign(level="red", hukou_n=row.seats_n).itertuples())
    assert texts.concerns.todo(full, steps).endswith("人不少于计划：报名核实之前不安排统筹生")
    said = texts.alert_sentences.decisions(east, district, rules, actions=steps)
    assert "报名核实之前不安排统筹生" in said
    more = east.assign(demand_n=43)
    assert "不宜再接收统筹生" in texts.alert_sentences.decisions(more, district, rules, actions=steps)


def test_a_school_that_lacks_none_is_told_to_wait(found):
    flags, *_, steps = found
    east = next(flags[flags["school_id"] == "y1"].itertuples())
    assert texts.concerns.todo(east, steps) == "按中位数不缺学位：不再接收统筹生，报名后复核"
    assert forecast_town.plans()["school_id"].tolist() == ["j1", "y1", "b1"]
    nothing = pd.Series(east._asdict() | {"seats_n": 0})
    assert texts.concerns.todo(nothing, steps) == "没有招生计划，须另行安排学校"


def test_no_school_above_the_standard_size_is_no_row_and_those_who_stand_elsewhere_are_told(found):
    flags, _, district, rules, _, _ = found
    assert "p_oversized" in flags
    assert texts.alerts.crowded(flags.assign(class_flag="ok")).empty
    crowded = texts.alerts.crowded(flags)
    assert crowded["p_oversized"].tolist() == flags.loc[crowded.index, "p_oversized"].tolist()
    cut = flags["missing_seats_n"].gt(0)
    for away, told in ((8.0, "<10 人（按今年报名家庭的类别推算；缺学位数中其余的儿童不在"), (20.0, "其余约 20 人不在")):
        some = flags.assign(
            missing_seats_n=flags["missing_seats_n"].mask(cut, 40), turned_away_n=flags["turned_away_n"].mask(cut, away)
        )
        assert told in texts.alert_sentences.decisions(some, district, rules)
