"""Two rule books on the same children: what moves, and nothing else; one child's path and chances beside a recount."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns.city_street import MIXED, RESIDENT, choose, ranked, town
from tests.towns.street import street
from zhaosheng_analysis import admission, applicants, figures, policy, schema, texts, tiers
from zhaosheng_analysis.admission import chances, comparing, explaining
from zhaosheng_analysis.figures.style import message
from zhaosheng_analysis.schema import DataError, small_cells


@pytest.fixture(scope="module")
def quzhou():
    return policy.load("quzhou-2022")


@pytest.fixture(scope="module")
def intake(quzhou):
    """Return ten residents, of whom six also chose P, and six 统筹生 for ten seats at A and two at P."""
    district = town(quzhou, {"A": 10, "B": 0, "P": 2}, applications=choose("P", range(6)))
    table = ranked(quzhou, [(RESIDENT, {})] * 10 + [(MIXED, {})] * 6)
    return table, district


def run(rules, intake):
    table, district = intake
    return admission.run(table, district, rules, seed="2022")


def test_rules_compared_with_themselves_move_nobody(quzhou, intake):
    children = run(quzhou, intake).children
    same = comparing.between(children, children, names=("甲", "乙"))
    assert same.movers.empty
    assert same.schools.empty
    assert texts.comparisons.moves(same) == "16 名儿童中没有人的类别、状态或学校改变。"
    assert same.tiers.to_numpy().sum() == 16


def test_the_moves_are_those_a_recount_finds(quzhou, intake):
    """A finalised resident no longer takes P: the two who had won P stay at A and push two 统筹生 out."""
    before = run(quzhou, intake).children
    after = run(policy.under(quzhou, {"qz.step5_dual": "finalise"}), intake).children
    found = comparing.between(before, after, names=("甲", "乙"))
    recount = before.index[(before["school_id"].fillna("") != after["school_id"].fillna("")).to_numpy()]
    assert sorted(found.movers["child_id"]) == sorted(recount)
    assert found.schools["children_n"].sum() == len(recount)
    table = texts.comparisons.school_moves(found)
    assert set(zip(table["甲"], table["乙"], table["人数"], strict=True)) == {
        ("民校", "甲校", 2),
        ("甲校", "没有学位", 2),
    }
    assert "4 名有变动：0 名换了类别，4 名换了去向" in texts.comparisons.moves(found)


def test_a_child_of_one_intake_only_is_not_lost(quzhou, intake):
    children = run(quzhou, intake).children
    found = comparing.between(children, children.iloc[1:], names=("甲", "乙"))
    assert found.movers["child_id"].tolist() == ["c000"]
    assert found.movers["tier_b"].tolist() == [comparing.OUTSIDE]
    assert found.children_n == 16


def test_two_settings_are_named_by_the_parameter_in_which_they_differ(quzhou):
    first, second = comparing.named(quzhou, policy.under(quzhou, {"qz.step5_dual": "finalise"}))
    assert "qz.step5_dual" in first
    assert "qz.step5_dual" in second
    assert first != second
    assert comparing.named(quzhou, policy.load("taobei-2024")) == ("quzhou-2022", "taobei-2024")


def in_2024(district):
    """Return the nine-plot town a year earlier, with a table of permits that nobody holds."""
    columns = ["child_id", "holder", "district_code", "issued_on", "work_papers", "points_n", "unit_id", "x", "y"]
    none = schema.check("permits", pd.DataFrame(columns=columns, dtype="str"), where="九格镇")
    dated = {name: district.tables[name].assign(intake_year=2024) for name in ("children", "plans")}
    return replace(district, tables={**district.tables, **dated, "permits": none})


def test_flips_agree_with_a_whole_intake_under_each_option(checked_town):
    rules, district = policy.load("taobei-2024"), in_2024(checked_town)
    names = ("tb.rural_urban_home", "tb.zone_by", "tb.overflow")
    found = comparing.counts(comparing.flips(district, rules, seed="s", names=names))

    def ends(under):
        told = tiers.assign(applicants.build(district, under), under)
        told = admission.run(told, district, under, seed="s").children[["tier", "status", "school_id"]]
        return {child: tuple(end) for child, *end in told.fillna("").astype("str").itertuples(name=None)}

    base, expected = ends(rules), []
    for name in names:
        for option in rules.parameters[name].options:
            if option != rules.chosen[name]:
                there = ends(policy.under(rules, {name: option}))
                pairs = [(base[child], there[child]) for child in base]
                moved = [sum(one[n] != other[n] for one, other in pairs) for n in (0, 1)]
                expected.append((name, *moved, sum(one != other for one, other in pairs)))
    key = ["parameter", "tiers_n", "status_n", "flipped_n"]
    assert sorted(found[key].itertuples(index=False, name=None)) == sorted(expected)


def test_an_option_the_data_cannot_answer_is_told_and_does_not_stop_the_others(checked_town):
    """A-PC3: no home of the town has a day of moving in."""
    rules, district = policy.load("pingcheng-2024"), in_2024(checked_town)
    names = ("pc.house_date", "pc.t4_home_scope")
    found = comparing.counts(comparing.flips(district, rules, seed="s", names=names))
    told = found.set_index("option")["note"]
    assert len(found) == 3
    assert told.str.contains("homes 表没有列").sum() == 2
    assert (found["flipped_n"] == 0)[found["note"] != ""].all()
    assert texts.comparisons.sensitivity(found, rules)["说明"].tolist() == found["note"].tolist()


def test_the_verbs_compare_and_count_in_chinese(checked_town):
    rules, district = policy.load("taobei-2024"), in_2024(checked_town)
    found = comparing.compare(district, rules, policy.under(rules, {"tb.overflow": "designate"}), seed="s")
    assert found.children_n == 7
    assert len(texts.comparisons.mover_rows(found)) == len(found.movers)


def test_only_parameters_of_an_intake_are_tried(quzhou):
    tried = {name for name, _ in comparing.options(quzhou)}
    assert "class.oversized" not in tried
    assert "qz.step5_dual" in tried


def test_a_path_names_every_round_of_the_stage_and_the_digit_that_decided(quzhou, intake):
    table, district = intake
    outcome = run(quzhou, intake)
    loser = outcome.children.index[outcome.children["status"] == "unplaced"][0]
    told = explaining.explain(loser, table, outcome, district, quzhou)
    assert "没有录取" in told.splitlines()[0]
    assert "差在派位号，本人" in told
    assert "限类别为「学区房户生」" in told
    assert any(line.startswith("结论：统筹生") for line in told.splitlines())


def test_what_would_change_a_result_does_change_it(quzhou, intake):
    """So many more seats as the path names, and not one fewer, admit the child."""
    table, district = intake
    outcome = run(quzhou, intake)
    loser = outcome.children.index[outcome.children["status"] == "unplaced"][0]
    said = explaining.changes(loser, table, outcome, district, quzhou, seed="2022")
    missing = int(said[-1].split("多 ")[1].split(" ")[0])
    assert any("户籍" in line and "录取到甲校" in line for line in said[:-1])
    for more, status in ((missing - 1, "unplaced"), (missing, "admitted")):
        plans = district.tables["plans"].assign(
            seats_n=lambda plan, more=more: plan["seats_n"].where(plan["school_id"] != "A", 10 + more)
        )
        again = admission.run(table, replace(district, tables={**district.tables, "plans": plans}), quzhou, seed="2022")
        assert again.children.loc[loser, "status"] == status


def test_an_unknown_child_is_refused_with_a_suggestion(quzhou, intake):
    table, district = intake
    with pytest.raises(DataError, match=r"没有「x003」.*是不是「c003」"):
        explaining.explain("x003", table, run(quzhou, intake), district, quzhou)


def test_the_closed_form_agrees_with_drawing_again(quzhou):
    """Five 统筹生 of one order for three seats: the chance of each is 3/5, whatever the seed."""
    district = town(quzhou, {"A": 3, "B": 0, "P": 0})
    table = ranked(quzhou, [(MIXED, {})] * 5)
    outcome = admission.run(table, district, quzhou, seed="1")
    told = texts.admission.chances(chances.counted(chances.exact(outcome, quzhou)))
    assert told[["一定录取", "要看派位", "本校没有机会"]].to_numpy().tolist() == [[0, 5, 0]]
    close = texts.admission.margins(outcome)
    assert close["每人机会"].tolist() == ["60%"]
    drawn = chances.simulate(table, district, quzhou, draws=20, seed="again")
    assert drawn["placed_share"].sum() == pytest.approx(3)
    assert drawn["own_share"].equals(drawn["placed_share"])
    assert (drawn["placed_share"] - 0.6).abs().max() < 4 * (0.6 * 0.4 / 20) ** 0.5


def test_every_count_of_a_bulletin_adds_up_to_the_children(quzhou, intake):
    table, _ = intake
    outcome = run(quzhou, intake)
    assert texts.admission.results(outcome)["合计"].sum() == len(table)
    assert texts.applicants.applicants(table, quzhou)["人数"].sum() == len(table)
    assert texts.applicants.registrations(table)["人数"].sum() == len(table)
    assert texts.admission.cuts(outcome)["录取"].sum() == outcome.children["school_id"].notna().sum()
    # 4 were not: the 12 who were would tell them.
    assert "16 名儿童中 … 名有学位" in texts.admission.headline(outcome)


def test_where_the_last_child_in_stood_points_at_no_home_deed_or_file(quzhou, intake):
    outcome = run(quzhou, intake)
    exact = [
        "距离=820米",
        "报名时间=2025-07-14 11:17:21",
        "取得房产日期=2019-03-05、派位",
        "直线1001米（路网没有画到）",
        "",
    ]
    cut = outcome.cuts.iloc[[0] * len(exact)].assign(criterion=exact)
    shown = texts.admission.cuts(replace(outcome, cuts=cut))["最末者"]
    told = [
        "距离=不超过900米",
        "报名时间=2025-07-14",
        "取得房产日期=2019-03、派位",
        "直线不超过1100米（路网没有画到）",
        "—",
    ]
    assert shown.tolist() == told


def test_small_counts_are_hidden():
    shown = small_cells.masked(pd.DataFrame({"人数": [9, 0, 10, 8, 1200]}), ["人数"])
    assert shown["人数"].tolist() == ["<10", 0, 10, "<10", 1200]


def test_the_pictures_say_what_the_tables_say(quzhou, intake):
    table, district = intake
    outcome = run(quzhou, intake)
    assert "16 名儿童中学区房户生最多（62%）" in message(figures.admission.tiers(table, district, quzhou))
    # No tier of this street has ten children, and a smaller one is not named.
    assert message(figures.admission.results(outcome, district)).endswith("都在不足 10 人的类别")
    assert "所学校没有收下全部报名者" in message(figures.admission.cuts(outcome, district))
    assert "被第一所学校拒收" in message(figures.admission.destinations(outcome, district))
    assert "相隔 4 的号码" in message(figures.admission.neighbours(40, 10))
    assert "逐位摇起始号" in message(figures.admission.starts(40, 10))


def test_an_intake_that_refuses_nobody_can_be_drawn_too(quzhou):
    district = town(quzhou, {"A": 9, "B": 0, "P": 0})
    outcome = admission.run(ranked(quzhou, [(MIXED, {})] * 3), district, quzhou, seed="1")
    assert message(figures.admission.cuts(outcome, district)) == "各校都收下了全部报名者"
    assert message(figures.admission.destinations(outcome, district)) == "没有人被学校拒收"
    assert message(figures.admission.results(outcome, district)) == "参加录取的儿童都在所报学校录取"


def test_the_tables_of_the_methods_give_the_published_odds():
    """Anchors worked out for Nanchang (300 for 100) and Fuzhou (666 for 90, step 8)."""
    nanchang = figures.lottery.methods(300, 100).iloc[1]
    assert (nanchang["相邻两号都中"], nanchang["可能的结果"]) == ("0.1254", "90,000")
    fuzhou = figures.lottery.methods(666, 90).iloc[2]
    assert (fuzhou["最高的间隔"], fuzhou["永不同中的间隔"]) == ("相隔 8：0.1336", "73%")
    assert figures.lottery.digit_message(845, 200).count("0.2360 到 0.2375") == 1


def test_a_withdrawal_from_tickets_moves_only_the_first_who_waits():
    """Eight for four: a winner withdraws with chance 1/2, and then one of seven changes sides."""
    shares = figures.lottery.withdrawal(8, 4)["其余号码改变结果"].tolist()
    assert shares[0] == "7.1%"
    assert float(shares[1].rstrip("%")) > 7.1


def test_the_verifier_notices_every_change_but_none_where_nothing_changed():
    document = figures.lottery.example({"f1": 1, "f2": 2, "f3": 1}, 2)
    told = figures.lottery.tampering(document, seed="12 34 43 21")["核验"].tolist()
    assert told[0] == "无误"
    assert "无误" not in told[1:]


def test_seats_for_which_children_are_tied_go_to_nobody_in_a_later_round():
    """Three zone pupils of 洮北 for two seats, and a renter: the renter must not get a seat of the zone pupils."""
    rules = policy.load("taobei-2024")
    urban = {"home_at": "zone", "hukou_at": "zone"}
    renter = {"home_at": "none", "hukou_at": "zone", "rent_at": "town"}
    district = town(rules, {"A": 2, "B": 1, "P": 0})
    table = ranked(rules, [(urban, {})] * 3 + [(renter, {})])
    outcome = admission.run(table, district, rules, seed="1")
    assert outcome.children["status"].tolist() == ["undetermined"] * 3 + ["admitted"]
    assert outcome.children.loc["c003", "school_id"] == "B"
    assert admission.check(outcome, table, district, rules) == []


def test_nobody_is_drawn_where_a_batch_is_empty(quzhou):
    """One child wins its first choice; the batch of second choices has nobody left."""
    filed = [("c000", "P", "private", 1), ("c000", "A", "private", 2)]
    district = street({"A": 1, "B": 0, "P": 1}, applications=filed)
    rules = quzhou
    plans = district.tables["plans"].assign(intake_year=rules.intake_year)
    schools = district.schools.assign(
        area_id="kecheng", approver="county", urban=True, township_id="t1", sector="private"
    )
    district = replace(district, schools=schools, tables={**district.tables, "plans": plans})
    outcome = admission.run(ranked(rules, [(MIXED, {"school_id": ""})]), district, rules, seed="1")
    assert outcome.children["school_id"].tolist() == ["P"]
