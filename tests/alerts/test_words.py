"""Words of a warning that must be true: one ratio is written one way, years that are only watched say so."""

import numpy as np
import pandas as pd
import pytest

from tests.towns import declared, rulebook
from tests.towns.forecast_town import town
from tests.towns.outlooks import outlook
from zhaosheng_analysis import alerts, policy, texts
from zhaosheng_analysis.alerts import levels
from zhaosheng_analysis.forecast import intervals


@pytest.mark.parametrize(("hukou", "written", "level"), [(1079, "89.9%", "green"), (1199, "99.9%", "yellow")])
def test_a_ratio_is_written_alike_in_the_sentence_and_in_the_table_and_never_beyond_its_line(hukou, written, level):
    rules = rulebook.rules()
    flags = alerts.flag(outlook([("s", hukou, 1000, 1200, 27)]), rules)
    assert flags["level"].tolist() == [level]
    assert f"占{written}" in flags["reason"].item()
    listing = texts.alerts.grid(flags, rules)
    year = str(flags["year"].item())
    heading = next(column for column in listing.columns if column["key"] == year)
    assert texts.labels.written(listing.rows[year].item(), heading).endswith(written)


def test_the_table_of_levels_marks_the_years_that_are_only_watched():
    rules = rulebook.rules()
    for horizon, marked in ((3, False), (4, True)):
        flags = alerts.flag(outlook([("s", 300, 300, 100, 2)], horizon=horizon), rules)
        year = str(flags["year"].item())
        heading = next(column for column in texts.alerts.grid(flags, rules).columns if column["key"] == year)
        assert ("（观察）" in heading["label"]) == marked
        assert ("三年以外，仅列入观察" in flags["reason"].item()) == marked


@pytest.mark.parametrize("errors", [50, 63])
def test_few_past_errors_are_never_written_as_nearly_certain(errors):
    past = np.full(errors, 100.0)
    known = intervals.calibrate(past, past + np.arange(errors) % 7, np.ones(errors, dtype=int))
    for seats, written in ((1.0, "98%"), (900.0, "2%")):
        chance = intervals.exceed(known, np.array([100.0]), 1, np.array([seats])).item()
        assert texts.labels.written(chance, {"format": "chance"}) == written
        assert min(chance, 1 - chance) == pytest.approx(1 / (errors + 1))


def test_a_school_that_is_red_by_its_register_alone_is_not_told_to_lack_seats():
    flags = alerts.flag(outlook([("s", 120, 90, 100, 2)]), rulebook.rules())
    assert flags[["level", "missing_seats_n"]].to_numpy().tolist() == [["red", 0]]
    reason = flags["reason"].item()
    assert "占120.0%" in reason
    assert "缺" not in reason, reason


def test_seats_missing_and_children_turned_away_are_told_apart_in_one_sentence():
    flags = alerts.flag(outlook([("s", 120, 145, 100, 2), ("t", 80, 90, 100, 2)]), rulebook.rules())
    told = flags.assign(line=1.0, cut_tier="3a", cut_chance=0.8, cut_runs_n=np.nan, turned_away_n=[12.0, 5.0])
    short, roomy = (alerts.flagging.reason(row, rulebook.rules()) for row in told.itertuples())
    assert "缺45个学位" in short
    assert "平均分流12人（按今年报名家庭推算，与缺学位数口径不同）" in short
    # A school that is not short turns children away only because more register than come.
    assert "缺" not in roomy
    assert "平均分流<10人（按今年报名家庭推算，其中有其后去民办、外地和未按时登记的，多于预计入学）" in roomy


def test_a_sum_over_schools_carries_an_interval():
    told = outlook([("s", 120, 120, 100, 2), ("t", 130, 130, 100, 2)])
    told.schools["low80_n"], told.schools["high80_n"] = told.schools["demand_n"] - 25, told.schools["demand_n"] + 25
    opening = alerts.headline(alerts.flag(told, rulebook.rules()))[0]
    # 20 and 30 by the median; 0 and 5, 45 and 55 at the two ends.
    assert "预计共缺50个学位（各校同取80%区间两端：5—100个）" in opening


def test_no_sentence_of_the_warning_names_a_season():
    told = outlook([("s", 120, 120, 100, 2)])
    flags = alerts.flag(told, rulebook.rules())
    words = [
        *alerts.headline(flags),
        texts.forecast.headline(told, flags),
        texts.alert_sentences.decisions(flags, town(), rulebook.rules()),
    ]
    assert not any("今春" in line for line in words)


def test_without_plans_nobody_is_said_to_lack_or_to_spare_seats():
    told = outlook([("s", 120, 120, 100, 2)])
    told.schools["seats_n"] = pd.array([None], dtype="Int64")
    words = texts.forecast.headline(told, alerts.flag(told, rulebook.rules()))
    assert "没有2026年的招生计划，缺多少学位无从说起。" in words
    assert "0个" not in words


def test_a_notice_names_no_document_that_is_not_and_claims_no_test_that_was_not_run():
    district, rules = town(), policy.load(policy.NEUTRAL)
    flags = alerts.flag(outlook([("s", 300, 300, 100, 2)]), rules)
    row = {"stage": "primary", "level": "school", "horizon": 1, "wape": 0.004, "coverage80": 0.75}
    said = {}
    for cases in (0, 12, 40):
        held = declared.whole("outlook.accuracy", pd.DataFrame([row | {"n": cases}])).iloc[: int(cases > 0)]
        said[cases] = dict(alerts.notices.draft(flags, district, rules, accuracy=held).items)
    assert said[0]["依据"].startswith("（待填）。本稿没有本地文件，界线为通用假定。")
    assert said[0]["不确定性"].startswith("历史太短，预测的误差没有经过检验")
    assert "平均偏差不到1%，80%区间12次中命中9次；" in said[12]["不确定性"]
    assert "80%区间实际命中75%；" in said[40]["不确定性"]


def test_a_school_that_admits_nobody_has_no_grade_and_is_no_gap_in_a_notice():
    rules, closed = rulebook.rules(), [("open", 50, 60, 100, 2), ("shut", None, 0, 0, 0)]
    flags = alerts.flag(outlook(closed), rules)
    flags["probability"] = flags["probability"].mask(flags["school_id"].eq("shut"))
    table = texts.alerts.levels(flags).set_index("name")
    assert table.loc["shut（停止招生）", ["level", "colour", "class_flag"]].tolist() == ["", "", ""]
    assert texts.alerts.grounded(flags).query("school_id == 'open'")["colour"].item() == "green"
    assert dict(alerts.notices.draft(flags, town(), rules).items)["预警学校"] == "没有学校达到预警线。"


def test_every_word_of_a_colour_follows_what_a_missed_shortage_is_worth():
    rules = rulebook.rules()
    town_ = outlook([("s", 100, 100, 100, 2), ("t", 90, 130, 100, 2)])
    for false_alarms, red, orange in ((1.0, "50%", "30%"), (3.0, "25%", "15%")):
        flags = alerts.flag(town_, rules, false_alarms=false_alarms)
        flags["probability"] = [0.2, 0.85]
        flags["colour"] = levels.colour(flags["probability"], levels.colour_lines(false_alarms))
        flags["level"] = "green"
        assert texts.alerts.legend(flags, "colour")["red"] == f"红：概率 ≥ {red}"
        assert texts.alerts.legend(flags, "colour")["orange"] == f"橙：{orange}—{red}"
        told = texts.premises.thresholds(rules, flags).set_index("threshold").loc["缺学位概率的颜色"]
        assert told["chosen"].startswith(f"红 ≥ {red}、橙 ≥ {orange}、")
        assert told["basis"].startswith(f"漏报一次抵误报 {false_alarms:.0f} 次")
        if false_alarms > 1:
            assert f"缺学位概率在 {orange} 以上的 1 所：s（小学）" in texts.alert_sentences.decisions(
                flags, town(), rules
            )
