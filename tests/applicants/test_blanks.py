"""Which blanks are asked for: those that can change the answer, whatever the others turn out to be, and no other."""

import itertools
import random
from dataclasses import replace

import pandas as pd
import pytest

from tests.towns.nine_rules import BASE, FLAG, REST, USUAL, ZONE
from zhaosheng_analysis import admission, applicants, demo, policy, tiers
from zhaosheng_analysis.applicants import cases, facts

COLUMNS = ("甲", "乙", "丙", "丁")
NAMES = dict(zip("abcd", COLUMNS, strict=True))
OWN = BASE.replace('hukou = ["zone", "district", "outside"]', 'way = ["x", "z"]')
OWN = OWN.replace("hukou            |", "way              |").replace("zone             | 一", "x                | 一")
OWN = OWN.replace("district/outside |", "z                |")
FLAGS = "".join(FLAG.format(name, label) for name, label in NAMES.items())


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    """Return a reader of rule files of a fact of two answers, given by its lines."""
    path = tmp_path_factory.mktemp("rules") / "rules.toml"

    def read(when, rounds=USUAL, more=""):
        answers = 'label = "办法"\nclause = "二"\nanswers = { x = "一", z = "二" }\notherwise = "z"\n'
        path.write_text(f"{OWN}{FLAGS}{more}[define.way]\n{answers}when = [{when}]\n{rounds}", encoding="utf-8")
        return policy.load(path)

    return read


def holds(condition, child):
    """Judge a condition of flags of which all are known, in plain Python."""
    return all(
        (any(holds(part, child) for part in value) if name == "any" else not holds(value, child))
        if name in ("any", "not")
        else child[name] is value
        for name, value in condition.items()
    )


def answered(lines, child):
    """Return the answer of the first line that holds."""
    return next((said for said, condition in lines if holds(condition, child)), "z")


def asked_for(lines, child):
    """List the blanks with which the tier can be another, by filling every blank in every way."""
    blank = [name for name, value in child.items() if value is None]
    ways = [child | dict(zip(blank, way, strict=True)) for way in itertools.product([True, False], repeat=len(blank))]
    return {
        NAMES[name]
        for name in blank
        if any(answered(lines, way | {name: True}) != answered(lines, way | {name: False}) for way in ways)
    }


def written(condition):
    """Write a condition as a rule file has it."""
    if isinstance(condition, bool):
        return str(condition).lower()
    if isinstance(condition, list):
        return f"[{', '.join(map(written, condition))}]"
    return "{ " + ", ".join(f"{name} = {written(value)}" for name, value in condition.items()) + " }"


def at_random(draw, *, deep=True):
    """Draw a condition on the four flags."""
    named = draw.sample("abcd", draw.choice([1, 1, 2]))
    condition = {name: draw.random() < 0.7 for name in named}
    if deep and draw.random() < 0.5:
        condition["any"] = [at_random(draw, deep=False), at_random(draw, deep=False)]
    if deep and draw.random() < 0.3:
        condition["not"] = at_random(draw, deep=False)
    return condition


def papers(rules, children):
    """Return what is missing of children of an own home in the zone."""
    rows = [{"home_at": "zone", "home_owner": "parent", "home_evidence": "title", **child} for child in children]
    return facts.own(cases.evidence_of(rows, rules.evidence), rules)["missing"].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_a_blank_is_asked_for_where_it_can_change_the_tier_and_nowhere_else(seed, ruled):
    draw = random.Random(seed)
    lines = [("x", at_random(draw)), *([("x", at_random(draw))] if seed % 2 else [])]
    rules = ruled(", ".join(f'{{ answer = "{said}", if = {written(condition)} }}' for said, condition in lines))
    children = [dict(zip("abcd", way, strict=True)) for way in itertools.product([True, False, None], repeat=4)]
    for child, missing in zip(children, papers(rules, children), strict=True):
        assert set(filter(None, missing.split("、"))) == asked_for(lines, child), (lines, child)


def test_a_paper_whose_label_is_part_of_another_is_named_beside_it(ruled):
    """「甲」 stands in 「甲乙」: both are named where both are missing."""
    rules = ruled('{ answer = "x", if = { long = true, a = true } }', more=FLAG.format("long", "甲乙"))
    assert papers(rules, [{}, {"long": True}]) == ["甲乙、甲", "甲"]


def test_a_fact_of_the_file_is_traced_to_its_own_papers(ruled):
    """A check on a fact asks for the papers of the fact, not for the fact, and for no paper that no longer matters."""
    check = '[[checks]]\nrule = "must"\nstatus = "ineligible"\nclause = "三"\nmust = { way = "x" }\n'
    rules = ruled('{ answer = "x", if = { any = [{ a = true, b = true }, { c = true }] } }', USUAL + check)
    rows = [{"a": False}, {"a": True}, {"c": True}, {"a": True, "c": False}]
    evidence = cases.evidence_of(rows, rules.evidence)
    assert applicants.registration.lacking(evidence, rules).tolist() == ["丙", "乙、丙", "", "乙"]


@pytest.fixture(scope="module")
def intake(ruled):
    """Return an intake of the nine plots whose last round takes incomplete papers; of c2 it is not known what it is."""
    took = 'takes = { status = ["registered", "incomplete"] }\nkey = ["tier", "ticket"]\n'
    rules = ruled('{ answer = "x", if = { a = true, b = true } }', ZONE + 'key = ["tier", "ticket"]\n' + REST + took)
    town = demo.nine_plots()
    blank = pd.array([True, None, *[True] * 5], "boolean")
    children = town.tables["children"].assign(a=blank, b=True, c=True, d=True)
    plans = town.tables["plans"].assign(seats_n=5)
    town = replace(town, tables=town.tables | {"children": children, "plans": plans})
    ranked = tiers.assign(applicants.build(town, rules), rules)
    return town, rules, ranked, admission.run(ranked, town, rules, seed="1")


def test_every_face_says_that_a_tier_waits_for_a_paper(intake):
    town, rules, ranked, outcome = intake
    mine = outcome.children.loc["c2"]
    assert (mine["tier"], mine["tier_label"], mine["status"]) == ("未定", "未定", "redirected")
    assert mine["reason"].startswith("类别未定（等甲）；在「就近」统筹安排到")
    said = admission.explain("c2", ranked, outcome, town, rules)
    assert "类别：未定（等甲）。补齐以前不能归类。先按可能的类别中最靠后的第2类参加；" in said
    assert f"结论：{mine['reason']}" in said
    counted = admission.summaries.ends(outcome)
    assert counted.loc[counted["tier_label"].eq("未定"), ["whole_n", "redirected"]].to_numpy().tolist() == [[1, 1]]
    assert admission.check(outcome, ranked, town, rules) == []


def test_who_waits_is_served_as_the_last_it_may_be(intake):
    _, _, ranked, _ = intake
    assert ranked["tier"].astype("str").to_dict() == {f"c{n}": "2" if n == 2 else "1" for n in range(1, 8)}
