"""One row of plans for several campuses: their seats are one number, filled in one order, forecast once."""

from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import demo_districts
from zhaosheng_analysis import admission, alerts, applicants, demo, forecast, geodata, policy, texts, tiers
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.policy import campuses
from zhaosheng_analysis.policy.elements import Pool
from zhaosheng_analysis.schema import DataError


def campus_town(own_plan: bool = False, **schools):
    """Return the nine plots where 二小 is a campus of 一小, whose five seats are for both, and c3 is of age."""
    town = demo.nine_plots()
    rows = town.schools.assign(campus_of=town.schools["school_id"].map({"s2": "s1"}).astype("str"), **schools)
    plans = town.table("plans")
    if not own_plan:
        plans = plans[plans["school_id"] != "s2"].assign(seats_n=[5, 2], class_size_n=[5, 2]).astype(plans.dtypes)
    children = town.table("children").assign(birth_on=pd.Timestamp("2019-03-15"))
    return replace(town, schools=rows, tables=town.tables | {"plans": plans, "children": children})


@pytest.fixture(scope="module")
def town():
    return campus_town()


@pytest.fixture(scope="module")
def one(town):
    return campuses.joined(town)


def test_a_campus_with_a_plan_of_its_own_stays_itself():
    apart = campus_town(own_plan=True)
    assert campuses.heads(apart) == {}
    assert campuses.joined(apart) is apart


def test_the_pupils_of_the_campuses_are_added_and_nothing_is_counted_twice(town, one):
    assert campuses.heads(town) == {"s2": "s1"}
    before, after = town.table("roll_counts"), one.table("roll_counts")
    assert after["pupils_n"].sum() == before["pupils_n"].sum()
    assert after["classes_n"].sum() == before["classes_n"].sum()
    assert sorted(one.schools["school_id"]) == ["s1", "s3"]
    assert one.schools.set_index("school_id").loc["s1", "aliases"] == "s2、二小、第二实验小学"
    assert one.zone_schools["school_id"].tolist() == ["s1", "s1", "s3"]
    assert one.table("plans")["seats_n"].sum() == town.table("plans")["seats_n"].sum()
    assert str(one.notes[-1]) == (
        "plans：有 1 所学校（校区）没有单列计划，与别校合用一个：一小（二小）；"
        "合用的按一所学校计：在校生、学区、报名合在一起，距离按有计划的一所；录取后在哪一个校区由学校安排（假定）。"
    )


def test_five_children_of_both_zones_fill_the_five_seats(one):
    """c1, c2, c3 of the one zone and the twins of the other: until the plan is theirs together one is turned away."""
    rules = policy.of(one)
    ranked = tiers.assign(applicants.build(one, rules), rules)
    outcome = admission.run(ranked, one, rules, seed="7")
    assert admission.check(outcome, ranked, one, rules) == []
    placed = outcome.children.loc[["c1", "c2", "c3", "c4", "c5"]]
    assert (placed["school_id"] == "s1").all()
    cut = outcome.cuts.query("school_id == 's1'").iloc[0]
    assert (cut["seats_n"], cut["admitted_n"]) == (5, 5)
    said = admission.explain("c1", ranked, outcome, one, rules)
    assert "校区：一小与二小合用一个计划，录取后在哪一个校区由学校安排（假定）" in said


def test_the_shortage_is_that_of_both_together_and_the_reader_is_told(one):
    rules = policy.of(one)
    outlook = forecast.project(one, rules, years=[2026])
    rows = outlook.schools.set_index("school_id")
    assert (rows.loc["s1", "demand_n"], rows.loc["s1", "seats_n"]) == (5, 5)
    assert "s2" not in rows.index
    flags = alerts.flag(outlook, rules)
    assert flags.set_index("school_id").loc["s1", "missing_seats_n"] == 0
    told = texts.forecast.cautions(outlook)
    assert "小学：一小与其他校区（学校）合用一个招生计划，按一所学校预测，不分校区。" in told


def test_a_group_of_schools_has_one_plan_where_the_rules_say_so(town):
    alone = replace(town, schools=town.schools.assign(campus_of=pd.array([pd.NA] * 3, dtype="str")))
    rules = replace(policy.of(alone), pools=(Pool("e", "东片", ("二小", "一小"), "一", plan="一小"),))
    assert campuses.heads(alone) == {}
    assert campuses.heads(alone, rules) == {"s2": "s1"}
    own = campus_town(own_plan=True)
    with pytest.raises(DataError, match="写着合用一小的一个计划，二小另有自己的计划"):
        campuses.heads(own, rules)


def test_the_joined_folder_reads_back(one, tmp_path):
    """What stands for all of them is a folder like any other: every id leads somewhere."""
    geodata.save(one, tmp_path)
    assert geodata.load(tmp_path).table("roll_counts").equals(one.table("roll_counts"))


def test_no_demo_district_is_joined():
    for name in ("laoting", "pingcheng", "quzhou", "taobei"):
        assert campuses.heads(demo_districts.district(name)) == {}


def test_the_check_of_a_folder_says_who_shares_a_plan(town, tmp_path):
    geodata.save(town, tmp_path)
    done = CliRunner().invoke(main.app, ["check", str(tmp_path)])
    assert done.exit_code == 0
    assert "没有单列计划，与别校合用一个：一小（二小）" in done.output
