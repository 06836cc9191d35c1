"""Steps against a shortage, and the notice: seats counted by hand, twelve items, nothing that lets a child be known."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from tests.towns import declared, forecast_town, rulebook
from tests.towns.forecast_town import town
from tests.towns.outlooks import outlook
from zhaosheng_analysis import alerts
from zhaosheng_analysis.alerts import actions, notices
from zhaosheng_analysis.policy import Capacity
from zhaosheng_analysis.policy.elements import Levels


def short(demand: int = 200, *, east: int = 20, leaving: int = 3):
    """Return an outlook of 甲 (two classes of 40) and 乙 (one of 45), with so many classes leaving 甲."""
    told = outlook([("j1", demand, demand, 80, 2), ("y1", east, east, 45, 1)])
    last = pd.DataFrame({"school_id": ["j1"], "year": [2025], "grade": [6], "pupils_n": [120]})
    grades = pd.concat([told.grades, last.assign(classes_n=leaving, class_size_n=40)], ignore_index=True)
    return replace(told, grades=declared.whole("outlook.grades", grades))


def steps(told, policy) -> pd.DataFrame:
    flags = alerts.flag(told, policy)
    return actions.propose(flags, told, town(), policy)


def test_the_seats_of_every_step_by_hand():
    # 120 seats are missing. Three classes leave and two are planned: one room, 40 seats. Two classes go from 40 to 45:
    # 10. 乙, 200 m away, has 45 - 20 = 25. Two classes of 55 instead of 45: 20. The last 25 need one room of 45.
    found = steps(short(), rulebook.rules())
    west = found[found["school_id"] == "j1"]
    assert west["action"].tolist() == ["classrooms", "standard", "neighbour", "temporary", "build"]
    assert west["seats_n"].tolist() == [40, 10, 25, 20, 45]
    assert west["left_n"].tolist() == [80, 70, 45, 25, 0]
    assert west["to_school_id"].tolist() == ["", "", "y1", "", ""]


def test_steps_stop_when_nothing_is_missing():
    found = steps(short(115), rulebook.rules())
    assert found[found["school_id"] == "j1"]["action"].tolist() == ["classrooms"]


def test_where_the_text_sets_a_limit_classes_are_not_stretched():
    sizes = {"primary": 45, "junior": 50}
    strict = rulebook.rules(capacity=Capacity(standard=sizes, limit=sizes))
    found = steps(short(), strict)
    assert "temporary" not in set(found["action"])


def test_a_seat_is_given_away_once():
    told = outlook([("j1", 100, 100, 80, 2), ("b1", 120, 120, 100, 2), ("y1", 20, 20, 45, 1)])
    told.schools.loc[told.schools["school_id"] == "b1", "stage"] = "primary"
    flags = alerts.flag(told, rulebook.rules())
    district = town(plans=forecast_town.plans().assign(stage="primary", class_size_n=45))
    found = actions.propose(flags, told, district, rulebook.rules())
    assert found.loc[found["to_school_id"] == "y1", "seats_n"].sum() <= 25


def test_a_school_with_seats_to_spare_may_do_with_fewer_classes():
    # 30 of 80 seats: one class of 40 is enough, the other may go.
    told = outlook([("j1", 30, 30, 80, 2), ("y1", 40, 40, 45, 1)])
    found = steps(told, rulebook.rules())
    assert found[["school_id", "action", "seats_n"]].to_numpy().tolist() == [["j1", "reduce", -40]]


def notice(hukou: int = 90, **said) -> notices.Notice:
    flags = alerts.flag(outlook([("j1", hukou, hukou, 80, 2), ("y1", 20, 20, 45, 1)]), rulebook.rules())
    return notices.draft(flags, town(), rulebook.rules(), issuer="县教育局", issued_on=date(2025, 12, 31), **said)


def test_a_notice_has_its_twelve_items_in_order():
    lines = notices.text(notice()).splitlines()
    numbers = [int(line.split(".")[0]) for line in lines if re.match(r"\d+\. ", line)]
    assert numbers == list(range(1, 13))
    assert "11. 声明：仅供参考，不作为购房、迁户依据。" in lines
    assert any("示范县2025年招生方案》四(二)" in line for line in lines)
    assert any("户籍适龄儿童" in line for line in lines if line.startswith("4."))


def test_a_stage_without_counted_children_is_not_said_to_stay_below_the_line():
    flags = alerts.flag(outlook([("j1", 50, 50, 80, 2)]), rulebook.rules())
    junior = flags.assign(stage="junior", school_id="m1", ratio=float("nan"), hukou_n=pd.NA)
    both = declared.whole("alerts", pd.concat([flags, junior.astype(flags.dtypes)], ignore_index=True))
    said = dict(notices.draft(both, town(), rulebook.rules()).items)["预警学校"]
    assert said == "初中没有统计人数，不能与预警线相比（待填）。其余没有学校达到预警线。"


def test_a_school_without_counted_children_is_not_said_to_stay_below_the_line():
    flags = alerts.flag(outlook([("j1", 50, 50, 80, 2), ("y1", 20, 20, 45, 1)]), rulebook.rules())
    mine = flags["school_id"].eq("y1")
    some = flags.assign(ratio=flags["ratio"].mask(mine), hukou_n=flags["hukou_n"].mask(mine))
    said = dict(notices.draft(some, town(), rulebook.rules()).items)["预警学校"]
    assert said == "小学的 1 所学校没有统计人数，不能与预警线相比（待填）。其余没有学校达到预警线。"


def test_the_table_of_a_notice_names_red_and_yellow_schools_only():
    table = notice().table
    assert table["学校"].tolist() == ["j1"]
    assert table[["级别", "统计人数", "计划学位", "占比"]].iloc[0].tolist() == ["红", "90", 80, "112.5%"]


def test_what_nobody_knows_stands_open():
    assert notices.OPEN in dict(notice().items)["上一次录取结果"]
    assert notices.OPEN in dict(notice().items)["咨询电话与时间"]


def test_small_numbers_are_not_printed():
    flags = alerts.flag(outlook([("j1", 9, 9, 9, 1)]), rulebook.rules())
    table = notices.draft(flags, town(), rulebook.rules()).table
    assert table[["统计人数", "占比"]].iloc[0].tolist() == ["<10", "—"]


def test_the_last_result_says_who_was_cut():
    cuts = pd.DataFrame(
        {"name": ["甲小学"], "bound": [True], "sector": ["public"], "tier": ["3"], "tier_label": ["第3类"]}
    ).assign(refused_n=31)
    cuts = declared.whole("outcome.cuts", cuts)
    assert dict(notice(cuts=cuts).items)["上一次录取结果"] == "甲小学：录取至“第3类”，未录取31人。"


def test_names_from_data_are_escaped_on_the_page():
    flags = alerts.flag(outlook([("j1", 90, 90, 80, 2)]), rulebook.rules()).assign(name="<script>甲")
    page = notices.page(notices.draft(flags, town(), rulebook.rules()))
    assert "&lt;script&gt;甲" in page
    assert "<script>" not in page
    assert page.count("<li>") == 12


@pytest.mark.parametrize(
    ("yellow", "level"), [(None, "green"), (0.8, "yellow"), ({2026: 0.8}, "yellow"), ({2027: 0.8}, "green")]
)
def test_the_yellow_line_may_be_drawn_by_year(yellow, level):
    assert alerts.flag(outlook([("s", 85, 85, 100, 2)]), rulebook.rules(), yellow=yellow)["level"].tolist() == [level]


@pytest.mark.parametrize(
    ("years", "demand", "warned"), [(3, 90, True), (4, 120, True), (2, 120, False), (3, 89, False)]
)
def test_children_that_rise_year_by_year_are_warned_of_where_seats_are_tight(years, demand, warned):
    told = outlook([("s", 50, demand, 100, 2)])
    told.schools["rising_n"] = years
    flags = alerts.flag(told, rulebook.rules(warning=Levels(rising_years=3)))
    assert flags["rising"].tolist() == [warned]
    assert ("连续" in flags["reason"].iloc[0]) is warned
    assert not alerts.flag(told, rulebook.rules())["rising"].any(), "only where the text asks for it"


def test_registered_pupils_are_counted_against_public_seats_only():
    told = outlook([("s", 200, 50, 100, 2), ("t", 200, 50, 100, 2)])
    told.schools["sector"] = ["public", "private"]
    flags = alerts.flag(told, rulebook.rules()).set_index("school_id")
    assert flags["level"].to_dict() == {"s": "red", "t": "green"}
    assert pd.isna(flags.loc["t", "ratio"])


def test_chances_from_the_rules_name_the_tier_and_every_tiers_chance():
    told = outlook([("s", 120, 120, 90, 2)])
    tiers = pd.DataFrame(
        {"school_id": "s", "stage": "primary", "year": 2026, "tier": ["1", "2"], "tier_rank": [0, 1]}
    ).assign(children_n=[80.0, 40.0], refused_n=[0.0, 30.0], p_cut=[0.02, 0.97])
    sizes = pd.DataFrame({"school_id": ["s"], "stage": "primary", "year": 2026, "p_oversized": 0.9})
    through = declared.simulation(tiers=tiers, sizes=sizes)
    flags = alerts.flag(told, rulebook.rules(), through=through)
    assert flags["p_oversized"].tolist() == [0.9]
    assert flags[["cut_tier", "cut_label", "cut_chance"]].iloc[0].tolist() == ["2", "第2类（时间不足）", 0.97]
    assert flags["turned_away_n"].tolist() == [30.0]
    assert flags[["p_cut_1", "p_cut_2"]].iloc[0].tolist() == [0.02, 0.97]
    assert "有人落选的概率97%，平均分流30人" in flags["reason"].iloc[0]
    anywhere = replace(told, schools=told.schools.assign(counted=""))
    open_to_all = alerts.flag(anywhere, rulebook.rules(), through=through)
    assert "不限学区，按今年报名推算平均30人不能录取" in open_to_all["reason"].iloc[0]


def test_advice_never_sends_children_where_seats_are_short_nor_closes_classes_there():
    told = outlook([("j1", 200, 200, 80, 2), ("y1", 60, 60, 45, 1), ("b1", 30, 30, 100, 2)])
    told.schools["stage"] = "primary"
    flags = alerts.flag(told, rulebook.rules())
    plans = forecast_town.plans().assign(stage="primary")
    found = actions.propose(flags, told, town(plans=plans), rulebook.rules())
    lacking = set(flags.loc[flags["missing_seats_n"] > 0, "school_id"])
    assert lacking == {"j1", "y1"}
    assert not lacking & set(found["to_school_id"])
    assert not lacking & set(found.loc[found["action"] == "reduce", "school_id"])
    # 丙 has 100 - 30 to give, however many ask for them.
    assert found.loc[found["to_school_id"] == "b1", "seats_n"].sum() <= 70


def test_the_order_of_a_notice_names_steps_in_force_that_take_those_turned_away():
    rounds = (
        rulebook.a_round(takes={"tier": ["1", "2"]}, stage=["primary"]),
        rulebook.a_round("nearest", name="外来者指定学校", takes={"tier": ["5"]}, stage=["primary"]),
        rulebook.a_round("nearest", name="就近调剂", takes={"tier": ["1", "2"]}, stage=["primary"]),
        rulebook.a_round("area", name="情景", when={"how": ["other"]}, stage=["primary"]),
        rulebook.a_round("choice", takes={"tier": ["4"]}, stage=["junior"]),
    )
    flags = alerts.flag(outlook([("j1", 90, 90, 80, 2)]), rulebook.rules())
    rules = rulebook.rules(*rounds, settings={"how": "usual"})
    said = dict(notices.draft(flags, town(), rules).items)["录取顺序与超额办法"]
    assert said == (
        "小学依次为：房户一致 → 时间不足 → 持居住证；初中依次为：有户无房。"
        "小学本校学位不足时，未录取的儿童依次进入：就近调剂；初中本校学位不足时，未录取的儿童去哪里，文件没有写。"
    )
