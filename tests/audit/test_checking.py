"""Faults of an audit put back by hand: `audit.check` finds each, and finds nothing where there is none."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns.audit_town import tables, town
from zhaosheng_analysis import audit, policy

CHECKLIST = policy.load("zhanhe-2024")
ROLLS = ["roll.without", "plan.not_on_roll"]


def passed_over(found: audit.Findings, rule: str) -> audit.Findings:
    """Return an audit that found nothing by one rule and passed every school."""
    mine = found.evidence["rule"].eq(rule)
    summary = found.summary.copy()
    summary.loc[summary["rule"].eq(rule), ["state", "found_n"]] = ["pass", 0]
    kept = found.keys["finding_id"].isin(found.evidence.loc[~mine, "finding_id"])
    return replace(found, summary=summary, evidence=found.evidence[~mine], keys=found.keys[kept])


def without_roll(**more: pd.DataFrame):
    roll = tables("roll")["roll"]
    return town({"roll": roll[roll["pupil_id"] != "e-a-1"], **more})


def test_a_clean_town_has_a_valid_audit():
    assert audit.check(audit.run(town(), CHECKLIST), town(), CHECKLIST) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("roll.without", "1 名学生在校就读而没有任何学籍，核查没有列出：e-a-1"),
        ("plan.not_on_roll", "1 名儿童已录取而没有任何学籍，核查没有列出：e-a-1"),
    ],
)
def test_an_entrant_on_no_roll_who_is_passed_over_is_found(rule, said):
    """湛河 二(六): point 7; admitted to a, seated there, on no roll."""
    district = without_roll()
    found = audit.run(district, CHECKLIST, only=ROLLS)
    assert audit.check(found, district, CHECKLIST) == []
    assert audit.check(passed_over(found, rule), district, CHECKLIST) == [said]


def test_a_guest_without_any_roll_who_is_passed_over_is_found():
    """湛河 二(二), 借读: point 7; sits in b, was admitted nowhere and is on no roll."""
    attendance = tables("attendance")["attendance"]
    guest = attendance.head(1).assign(pupil_id="guest", school_id="b")
    district = town({"attendance": pd.concat([attendance, guest])})
    found = audit.run(district, CHECKLIST, only=ROLLS)
    assert audit.check(found, district, CHECKLIST) == []
    assert found.evidence["item"].str.contains("ZH-12").all()
    said = audit.check(passed_over(found, "roll.without"), district, CHECKLIST)
    assert said == ["1 名学生在校就读而没有任何学籍，核查没有列出：guest"]


@pytest.mark.parametrize(("moved_on", "within"), [("2024-08-27", True), ("2024-09-02", False)])
def test_a_move_of_late_august_under_the_coming_grade_that_is_passed_over_is_found(moved_on, within):
    """洮北 六(三): point 10; the pupil entered in September 2023 and is written down as a second-grader."""
    rules = policy.load("taobei-2024")
    district = town({"transfers": tables("transfers")["transfers"].assign(grade=2, moved_on=pd.Timestamp(moved_on))})
    found = audit.run(district, rules, only=["move.first_year"])
    assert audit.check(found, district, rules) == []
    assert len(found.evidence) == within
    said = audit.check(passed_over(found, "move.first_year"), district, rules)
    assert said == (["1 名学生在起始年级不转学的期限内转学，核查没有列出：o-a-1"] if within else [])


def test_a_pass_without_data_a_false_count_and_a_state_beside_its_findings_are_found():
    district = without_roll()
    found = audit.run(district, CHECKLIST, only=ROLLS)
    bare = replace(district, tables={name: rows for name, rows in district.tables.items() if name != "roll"})
    assert "2 条规则没有数据却判为符合：plan.not_on_roll、roll.without" in audit.check(found, bare, CHECKLIST)
    fewer = replace(found, summary=found.summary.assign(found_n=0))
    assert [text[:15] for text in audit.check(fewer, district, CHECKLIST)] == [
        "2 条规则的发现数与发现的记录",
        "2 条规则有发现却没有判为发现",
    ]
