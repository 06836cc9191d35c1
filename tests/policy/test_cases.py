"""Every worked case of every policy file comes out as the file says, and every file of the package is read."""

import os
from dataclasses import replace

import pytest

from zhaosheng_analysis import policy, tiers
from zhaosheng_analysis.admission import rounds
from zhaosheng_analysis.policy import starting

ADMISSION = [name for name in policy.names() if policy.load(name).kind == "admission"]


@pytest.mark.parametrize("name", ADMISSION)
def test_no_case_of_the_file_fails(name):
    assert tiers.tried(policy.load(name)) == []


@pytest.mark.parametrize("name", ADMISSION)
def test_there_are_cases_and_each_has_its_clause(name):
    rules = policy.load(name)
    assert len(rules.cases) >= 10
    assert all(case.clause for case in rules.cases)
    assert len({case.id for case in rules.cases}) == len(rules.cases)


def test_a_case_that_is_wrong_is_reported_with_what_came_out():
    rules = policy.load("pingcheng-2024")
    third = next(case for case in rules.cases if case.id == "PCW-03")
    wrong = replace(third, expect={"tier": "6"}, also=())
    (said,) = tiers.tried(replace(rules, cases=(wrong,)))
    assert "PCW-03" in said
    assert "tier=1（应为 6）" in said


def test_a_case_may_expect_a_fact_the_tier_table_does_not_ask():
    """洮北 asks nobody whether home and hukou agree; a case may say so all the same, and is held to it."""
    rules = policy.load("taobei-2024")
    assert "match" not in rules.facts
    case = replace(rules.cases[0], evidence={"home_at": "zone", "hukou_at": "zone"}, also=())
    assert tiers.tried(replace(rules, cases=(replace(case, expect={"match": "yes"}),))) == []
    (said,) = tiers.tried(replace(rules, cases=(replace(case, expect={"match": "no"}),)))
    assert "match=yes（应为 no）" in said


def test_a_case_that_leaves_a_paper_out_is_told_which(tmp_path):
    path = tmp_path / "town-2025.toml"
    case = '\n[[cases]]\nid = "一"\nclause = "一"\nchild = { stage = "primary" }\nexpect = { status = "registered" }\n'
    case += 'evidence = { hukou_at = "zone", home_at = "zone", home_owner = "parent", home_evidence = "title" }\n'
    path.write_text(starting.text("town-2025", "points", year=2025) + case, encoding="utf-8")
    rules = policy.load(path)
    assert tiers.tried(rules) == ["算例 一：status=incomplete（应为 registered）；算例里没有写：父母产权份额"]
    child = {**rules.cases[0].child, **rules.cases[0].evidence}
    assert tiers.outcome(child, rules)["clause"] == "四(一)"  # of the fact that waits


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        (
            "pingcheng-2024",
            "PCW-01 PCW-02 PCW-03 PCW-05 PCW-06 PCW-07a PCW-09 PCW-11 PCW-12a PCW-12b PCW-14 PCW-28",
        ),
        ("laoting-2025", "LTW-01 LTW-02 LTW-11 LTW-12 LTW-13 LTW-17 LTW-18 LTW-21 LTW-27"),
    ],
)
def test_the_worked_cases_of_the_catalogue_are_all_there(name, ids):
    assert set(ids.split()) <= {case.id for case in policy.load(name).cases}


@pytest.mark.parametrize("name", ADMISSION)
def test_rounds_can_be_read_under_every_option_of_every_parameter(name):
    rules = policy.load(name)
    for item in rules.parameters.values():
        for option in item.options:
            assert rounds.read(policy.under(rules, {item.name: option}))


def test_quotations_are_checked_against_the_texts_where_they_are_at_hand():
    folder = os.environ.get("ZHAOSHENG_SOURCES")
    checked = [policy.load(name).words_checked for name in policy.names()]
    assert all(checked) is bool(folder)
