"""Which rules a policy asks for, and in whose words: read from its catalogue, refused where it points nowhere."""

import re

import pytest

from zhaosheng_analysis import audit, policy
from zhaosheng_analysis.audit import rules
from zhaosheng_analysis.schema import DataError

LAOTING = (policy.FOLDER / "laoting-2025.toml").read_text(encoding="utf-8")


def edited(tmp_path, *changes):
    """Load 乐亭 with pieces of its file replaced, each of which is there once."""
    text = LAOTING
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (tmp_path / "edited.toml").write_text(text, encoding="utf-8")
    return policy.load(tmp_path / "edited.toml")


def by_id(book: policy.Policy) -> dict:
    return {rule.id: rule for rule in rules.applied(book)}


def test_the_shared_rules_name_no_row_of_a_catalogue_and_no_policy():
    rows = {row for name in policy.names() for row in policy.load(name).catalogue}
    declared = repr(rules.declared())
    assert not [row for row in rows if re.search(rf"\b{row}\b", declared)]
    assert not [name for name in policy.names() if name in declared]
    assert not [school for school in ("高平", "忠德", "实验小学") if school in declared]


def test_a_rule_has_the_rows_that_name_it_in_the_order_of_the_catalogue():
    told = by_id(policy.load("quzhou-2022"))
    assert told["plan.over"].provisions == ("QZ-32", "QZ-64", "QZ-102j")
    assert by_id(policy.load("laoting-2025"))["plan.over"].provisions == ()
    assert by_id(policy.load("laoting-2025"))["plan.over"].basis == "“十项严禁”第一项（全文未见）"


def test_the_severity_the_school_and_the_basis_are_the_texts_own():
    laoting, taobei, zhanhe = (by_id(policy.load(name)) for name in ("laoting-2025", "taobei-2024", "zhanhe-2024"))
    assert [each["size.over"].severity for each in (laoting, taobei, zhanhe)] == ["note", "grave", "plain"]
    assert laoting["plan.named_300"].using == {"school": "高平中学", "stage": "junior", "seats": 300}
    assert laoting["plan.named_300"].title == "高平中学初中部计划不是 300 人"
    assert "plan.named" not in laoting
    assert zhanhe["draw.method"].basis == "参照洮北区 2024（本文件没有规定）"
    assert (zhanhe["draw.method"].severity, taobei["draw.method"].severity) == ("note", "grave")


def test_what_a_policy_does_not_name_is_not_asked_for_and_is_told(tmp_path):
    usual = policy.load("laoting-2025")
    other = edited(tmp_path, ('audit = ["roll.without"]', "audit = []"), ('audit = ["public.hotline"]', "audit = []"))
    assert "public.hotline" not in {rule.id for rule in rules.applied(other)}
    before, after = ({rule.id for rule in rules.unlinked(each)} for each in (usual, other))
    assert after - before == {"public.hotline"}  # that nobody sits without a roll is asked of every district
    assert "roll.without" in by_id(other)
    # The row itself is still asked about, now of an inspector.
    assert by_id(other)["inspect.LT-94"].check == "questions.answers"


def test_every_declared_rule_is_asked_for_or_told_of():
    for name in policy.names():
        book = policy.load(name)
        asked = {rule.id for rule in rules.applied(book)} | {own.rule for own in book.audit.values()}
        assert {rule.id for rule in rules.declared()} - asked == {rule.id for rule in rules.unlinked(book)}


def test_every_rule_that_asks_something_of_the_text_is_told_by_some_policy():
    asking = {rule.id for rule in rules.declared() if rule.asks}
    told = {own.rule or name for each in policy.names() for name, own in policy.load(each).audit.items() if own.using}
    assert asking == told


def test_a_rule_may_be_asked_for_by_a_clause_alone(tmp_path):
    other = edited(tmp_path, ("[audit]\n", '[audit]\n"area.public" = { clause = "十(三)", severity = "note" }\n'))
    rule = by_id(other)["area.public"]
    assert (rule.provisions, rule.clause, rule.severity) == ((), "十(三)", "note")


def test_quotation_marks_round_the_name_of_a_rule_may_be_left_out(tmp_path):
    other = edited(tmp_path, ('"size.over" = {', "size.over = {"), ('"area.zone_named" = {', "area.zone_named = {"))
    assert other.audit == policy.load("laoting-2025").audit


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('audit = ["roll.without"]', 'audit = ["roll.witout"]', "LT-92 audit：没有核查规则「roll.witout」"),
        ('audit = ["roll.without"]', 'audit = ["roll.witout"]', "是不是「roll.without」"),
        ('"size.over" = {', '"size.ovr" = {', "[audit] size.ovr：没有核查规则「size.ovr」"),
        ('audit = ["plan.named_30"]', "audit = []", "[audit] plan.named_30：没有写明依据哪一条规定"),
        ('audit = ["plan.named_30"]', 'audit = ["plan.named"]', "[audit] plan.named using：没有写明「school」"),
        ('named = "第二实验小学", barred', "barred", "[audit] area.migrant_school using：没有写明「named」"),
        ("seats = 30 }", "seats = 30, seat = 3 }", "[audit] plan.named_30 using：不认识的键「seat」"),
        ('"plan.named_30" = {', '"plan.over" = {', "[audit] plan.over：与一条通用规则同名"),
    ],
)
def test_names_of_rules_that_point_nowhere_are_refused(tmp_path, old, new, words):
    with pytest.raises(DataError) as error:
        audit.rules.applied(edited(tmp_path, (old, new)))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"LT-92", "LT-93"', '"LT-292", "LT-93"', "没有规定「LT-292」"),
        ('kinds = ["warning"], rule = "控制民办', 'kinds = ["warnings"], rule = "控制民办', "没有种类「warnings」"),
        ('"size.over" = { severity = "note"', '"size.over" = { severity = "heavy"', "没有程度「heavy」"),
        ('LT-86 = { clause = "四(二)", ', "LT-86 = { ", "[catalogue.LT-86]：缺少「clause」"),
        ("LT-86 = { clause", '"LT.86" = { clause', "编号写成「LT.86」"),
    ],
)
def test_a_catalogue_with_words_of_its_own_is_refused(tmp_path, old, new, words):
    with pytest.raises(DataError) as error:
        edited(tmp_path, (old, new))
    assert words in str(error.value)


def test_a_file_without_a_catalogue_is_told_so_in_one_sentence(tmp_path):
    text = re.sub(r"\n\[catalogue\]\n.*?(?=\n# ----)", "\n", LAOTING, flags=re.DOTALL)
    (tmp_path / "old.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        policy.load(tmp_path / "old.toml")
    assert len(error.value.faults) == 1
    assert "没有规定目录" in str(error.value)
