"""Parameters as a planner reads them: Chinese first, the code that can be set after it, one way only said as such."""

from datetime import date

import pytest

from tests.towns import hand_made
from tests.towns.hand_made import INCLUSIVE
from zhaosheng_analysis import policy, report, texts
from zhaosheng_analysis.cli import options
from zhaosheng_analysis.policy import Parameter, parameters


def parameter(**said) -> Parameter:
    """Return a parameter of which only the shown parts matter."""
    return Parameter(**{"name": "p", "default": None, "question": "？", "why": "。", **said})


TIE = parameter(options=("lottery", "nearest"), says={"lottery": "电脑派位", "nearest": "离校较近者先"})


@pytest.mark.parametrize(
    ("item", "value", "read"),
    [
        (TIE, "lottery", "电脑派位（lottery）"),
        (INCLUSIVE, True, "是（true）"),
        (parameter(options=(True, False), says={"false": "不跨片区"}), False, "不跨片区（false）"),
        (parameter(options=(51, 56), unit="人"), 56, "56 人"),
        (parameter(options=(0, 3), unit="年", says={"0": "只登记"}), 0, "只登记（0）"),
        (parameter(range=(date(2024, 9, 1), date(2024, 9, 9))), date(2024, 9, 2), "2024-09-02"),
        (parameter(options=((), ("a", "b")), says={"": "都不扣除", "a,b": "甲、乙"}), (), "都不扣除（留空）"),
        (parameter(options=((), ("a", "b")), says={"": "都不扣除", "a,b": "甲、乙"}), ("a", "b"), "甲、乙（a,b）"),
    ],
)
def test_a_value_is_read_in_chinese_with_the_code_that_can_be_set(item, value, read):
    assert parameters.said(item, value) == read


@pytest.mark.parametrize(
    ("item", "read"),
    [
        (TIE, "电脑派位（lottery）；离校较近者先（nearest）"),
        (parameter(range=(1, 14), unit="天"), "1 至 14 天"),
    ],
)
def test_what_else_a_parameter_may_be_is_told(item, read):
    assert parameters.written(parameters.offered(item)) == read


@pytest.mark.parametrize("name", policy.names())
def test_every_code_shown_can_be_set_and_means_what_was_shown(name):
    rules = policy.load(name)
    for item in rules.parameters.values():
        for words, code in parameters.offered(item):
            if not code:
                continue
            text = "" if code == parameters.NOTHING else code
            chosen = options.of_policy([f"{item.name}={text}"])
            other = policy.under(rules, chosen)
            assert parameters.said(item, other.chosen[item.name]) == f"{words}（{code}）"


@pytest.mark.parametrize("name", policy.names())
def test_no_option_is_shown_as_a_bare_english_word(name):
    rules = policy.load(name)
    for item in rules.parameters.values():
        pairs = [parameters.pair(item, rules.chosen[item.name]), *parameters.offered(item)]
        assert not [words for words, _ in pairs if any(letter.islower() for letter in words)]


def test_what_is_read_one_way_only_comes_last_in_the_report_and_in_a_table_of_its_own_in_the_rule_book():
    rules = policy.load("laoting-2025")
    assumed = texts.premises.assumptions(rules)
    assert assumed["parameter"].tolist() == [*rules.parameters, *[""] * len(rules.notes)]
    assert assumed["question"].tolist()[len(rules.parameters) :] == [item.question for item in rules.notes]
    assert texts.policy.setting_rows(rules)["参数"].tolist() == list(rules.parameters)
    told = texts.policy.note_rows(rules)
    assert told["读法"].tolist() == [item.reading for item in rules.notes]
    assert len(told) > 10


def test_a_changed_value_says_what_the_default_was():
    rules = policy.load("pingcheng-2024", set={"pc.tie_break": "nearest"})
    row = texts.premises.assumptions(rules).set_index("parameter").loc["pc.tie_break"]
    assert row["setting"] == [("离校较近者先", "nearest")]
    assert row["why"].startswith("本次运行改动，默认为电脑派位（lottery）。")
    assert dict(texts.policy.facts(rules))["改动的参数"] == "pc.tie_break = 离校较近者先（nearest）"


def test_on_the_page_the_code_is_small_and_a_hostile_one_is_only_text():
    hostile = parameter(name="p", options=("<b>", "x"), says={"<b>": "甲<i>", "x": "乙"})
    rules = hand_made.rules(parameters={"p": hostile}, chosen={"p": "<b>"})
    pieces = [
        report.rendering.head(hand_made.town(), rules, hand_made.alerts(), question="？"),
        report.rendering.show(texts.premises.assumptions(rules), title="假设"),
    ]
    page = report.pages.html(report.rendering.compose("x", [piece.data for piece in pieces], foot=[]))
    assert "<div>甲&lt;i&gt;<small>（&lt;b&gt;）</small></div>" in page
    assert "<div>乙<small>（x）</small></div>" in page


def test_a_cell_of_a_notebook_and_of_the_workbook_says_the_same_on_one_line():
    block = report.blocks.table(texts.premises.assumptions(policy.load("pingcheng-2024")), title="假设", sheet="假设")
    at = [column["key"] for column in block.data["columns"]].index("options")
    said = [texts.labels.written(row[at], block.data["columns"][at]) for row in block.data["rows"]]
    assert "电脑派位（lottery）；房户手续较早者先（earliest_settled）；离校较近者先（nearest）" in said
    assert "唯一做法" in said
