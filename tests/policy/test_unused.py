"""What a rule file declares and nothing asks for is told, and only that."""

import pytest

from zhaosheng_analysis import policy
from zhaosheng_analysis.policy import starting

OWN = """
[columns.children.orphan]
kind = "flag"
label = "孤儿"
[columns.schools.tight]
kind = "flag"
label = "学位紧张"
[records.insurance]
label = "社会保险"
[measures.held]
label = "居住月数"
clause = "三"
of = "months"
from = "home_dated_on"
until = "counted"
[define.own_born]
label = "本地"
clause = "三"
answers = { yes = "是", no = "否" }
when = [{ answer = "yes", if = { hukou = "zone" } }]
otherwise = "no"
[[pools]]
id = "east"
name = "东片"
schools = ["甲小学", "乙小学"]
clause = "三"
[[windows]]
name = "registation"
label = "第二次报名"
opens = 2026-05-01
closes = 2026-05-03
clause = "二"
[[windows]]
name = "registration"
label = "报名"
opens = 2026-04-01
closes = 2026-04-03
clause = "二"
[[windows]]
name = "publicity"
label = "公示"
clause = "二"
[lock]
years = 6
clause = "三"
[dates.counted]
on = 2026-03-31
clause = "三"
[dates.elder]
on = 2020-02-28
clause = "三"
label = "另一日"
"""
NAMES = ["orphan", "tight", "insurance", "held", "own_born", "east", "elder", "registation", "[lock]", "公示"]


def told(folder, own="", **changes):
    """Return what is told of a starting file with more in it."""
    text = starting.text("heping-2026", "tiers", year=2026) + own
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "heping-2026.toml"
    path.write_text(text, encoding="utf-8")
    return policy.unused.listed(policy.load(path))


def test_everything_that_is_not_asked_for_is_told(tmp_path):
    notes = "\n".join(map(str, told(tmp_path, OWN)))
    assert [name for name in NAMES if name not in notes] == []
    assert "是不是「registration」" in notes
    assert "没有一项核查看它" in notes
    assert "counted" not in notes  # the measure reckons up to it
    assert not [note for note in told(tmp_path) if note.asks]


def test_a_sector_without_a_window_is_not_out_of_time_in_silence(tmp_path):
    """民办写了报名时间，公办没有写：报公办的都会算超出报名时间；核查写明只查民办的，不用问。"""
    text = starting.text("heping-2026", "lottery", year=2026)
    window = '[[windows]]\nname = "registration"\nsector = ["private"]\nopens = 2026-04-01\n'
    window += 'closes = 2026-04-03\nclause = "二"\n'
    check = '  { rule = "window", status = "out_of_window", clause = "二" },\n]\n\n[source]'
    for said, told in (("", True), (', sector = ["private"]', False)):
        one = text.replace("]\n\n[source]", check.replace(' clause = "二" }', f' clause = "二"{said} }}'), 1)
        path = tmp_path / "heping-2026.toml"
        path.write_text(one + window, encoding="utf-8")
        notes = [note for note in policy.unused.listed(policy.load(path)) if "没有公办学校的报名时间" in str(note)]
        assert bool(notes) is told


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("orphan", "excludes = { orphan = true }"),
        ("tight", "not_schools = { tight = true }"),
        ("elder", 'takes = { birth_on = "by elder" }'),
        ("own_born", 'takes = { own_born = "yes" }'),
        ("held", 'takes = { held = ">= 12" }'),
        ("east", 'pool = "east"'),
        ("[lock]", 'excludes = { locked = "yes" }'),
        ("registation", 'window = "registation"'),
        ("没有一项核查看它", None),
    ],
)
def test_what_a_round_or_a_check_asks_for_is_not_told(tmp_path, name, asked):
    line = ('clause = "五"\n', f'clause = "五"\n{asked}\n')
    if asked is None:
        line = ("checks = [", 'checks = [\n  { rule = "window", status = "out_of_window", clause = "二" },')
    assert name not in "\n".join(map(str, told(tmp_path, OWN, more=line)))


@pytest.mark.parametrize("name", policy.names())
def test_the_five_rule_books_declare_nothing_in_vain(name):
    rules = policy.load(name)
    assert not [note for note in policy.unused.listed(rules) if note.asks]
    assert policy.quoted_values.differing(rules) == []
