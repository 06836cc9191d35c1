"""What a missing row or a blank cell does in a rule file without a single check: asked for, or as the words say.

For every fact a book of two classes is written, A for the first answer a family of full papers has and B for the rest,
and each row and cell the fact is made of is taken away in turn. Nobody may fall from A to B without a word.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.towns import rulebook
from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, applicants, geodata, policy, schema, tiers
from zhaosheng_analysis.policy import Policy, uses, vocabulary

BOOK = Path(rulebook.__file__).with_name("rulebook.toml").read_text("utf-8")
HEAD, REST = BOOK[: BOOK.index("[facts]")], BOOK[BOOK.index("[[rounds]]") :]
MORE = """
[[residence]]
use = "hukou"
clause = "一"
[[residence]]
use = "home"
clause = "一"
[dates.town_hukou]
on = 2025-01-01
clause = "一"
[dates.grandparents]
on = 2025-01-01
clause = "一"
[lock]
years = 6
clause = "一"
[[parameters]]
name = "staff.years"
question = "几年？"
why = "没有写"
default = 1
options = [1, 2]
"""
#: Facts of schools, of choices and of lists, which no paper of the family is asked for.
NO_PAPER = {"stage", "urban", "sector", "commissioned", "cross", "direct"}
PAPERS = [name for name in vocabulary.FACTS if name not in NO_PAPER]


def book(fact: str, said: str, folder: Path, *more: str) -> Policy:
    """Write rules of two classes by one fact."""
    answers = [name for name in vocabulary.FACTS[fact].answers if name != "elsewhere"]
    others = [name for name in answers if name != said]
    text = f"[facts]\n{fact} = {answers}\n".replace("'", '"') + "[tiers]\norder = ['A', 'B']\nrows = '''\n"
    text += f"tier | {fact} | clause | words\nA | {said} | 一 | 甲\nB | {'/'.join(others)} | 一 | 乙\n'''\n"
    file = folder / f"{fact}.toml"
    labels = '[tiers.labels]\nA = "甲"\nB = "乙"\n'
    file.write_text("\n".join([HEAD, text, labels, REST, MORE, *more]), encoding="utf-8")
    return policy.load(str(file))


@pytest.fixture(scope="module")
def town() -> geodata.District:
    """A family with every paper there is: own and grandparents' home, registers, permit, certificate."""
    full = Register(policy.load("laoting-2025"))
    given = {"category": "烈士子女", "category_basis": "批件", "agreement": True, "staff_years_n": 3}
    full.child("a", demolition=True, demolition_papers=True, prev_school_id="s1", prev_school_kind="own", **given)
    full.home("a", 2, 3)
    full.hukou("a", 2, 3)
    full.permit("a", 2, 3)
    full.applies("a", "s1")
    full.seats(s1=2)
    district = full.district()
    return replace(district, tables={**district.tables, "seat_locks": schema.empty("seat_locks")})


def judged(district: geodata.District, rules: Policy) -> pd.Series:
    return tiers.assign(applicants.build(district, rules), rules).loc["a"]


def written(fact: str, district: geodata.District, folder: Path) -> Policy:
    """Write rules by one fact under which the family of full papers is of class A."""
    any_ = book(fact, next(iter(vocabulary.FACTS[fact].answers)), folder)
    return book(fact, applicants.build(district, any_).loc["a", fact], folder)


def without(district: geodata.District, source: str) -> geodata.District | None:
    """Take away the rows of a table, or blank a column of it, where it is a paper of the family that may be blank."""
    table, _, column = source.partition(".")
    if table in ("schools", "applications") or column in ("x", "y"):
        return None
    rows = district.tables[table]
    if not column or column in ("person", "holder", "district_code", "owner", "evidence", "home_n"):
        rows = rows.head(0)
    else:
        names = ["x", "y"] if column == "unit_id" else [column]
        rows = rows.assign(**{name: rows[name].where(pd.Series(False, rows.index)) for name in names})
    return replace(district, tables={**district.tables, table: rows})


def columns(fact: str) -> list[str]:
    """List the rows and cells a fact is made of, each once."""
    names = [name for name in vocabulary.EVIDENCE if name in uses.reads(fact)]
    return list(dict.fromkeys(source for name in names for source in vocabulary.EVIDENCE[name].source))


def is_said(fact: str, source: str) -> bool:
    """Tell whether the words say of a blank that it is a no, or nothing there."""
    names = [name for name in uses.reads(fact) if source in vocabulary.EVIDENCE[name].source]
    if source.endswith("unit_id"):  # a row is there, and nobody knows where
        return False
    return any(not vocabulary.EVIDENCE[name].blank.split("；")[0].endswith("会影响结果的先问") for name in names)


@pytest.mark.parametrize("fact", PAPERS)
def test_nobody_falls_behind_by_a_blank_without_a_word(town, tmp_path, fact):
    rules = written(fact, town, tmp_path)
    assert judged(town, rules)[["status", "tier"]].tolist() == ["registered", "A"]
    for source in columns(fact):
        fewer = without(town, source)
        if fewer is None:
            continue
        now = judged(fewer, rules)
        if now["status"] == "registered" and now["tier"] != "A":
            assert is_said(fact, source), f"{fact} without {source}: {now['tier']} and not a word"


ASKED = {
    "hukou": ("hukou", "户口簿（学生户籍）"),
    "kin": ("hukou", "户口簿（学生户籍）"),
    "unified": ("hukou", "户口簿（学生户籍）"),
    "match": ("hukou", "户口簿（学生户籍）"),
    "in_time": ("homes.second_hand", "住房是不是二手房（请写明）"),
    "guardian_hukou": ("hukou", "户口簿（监护人户籍）"),
    "guardian_in_time": ("hukou.since_on", "户籍迁入日期或房产证明日期（请写明）"),
}


@pytest.mark.parametrize("fact", ASKED)
def test_what_is_missing_is_asked_for_by_name(town, tmp_path, fact):
    source, paper = ASKED[fact]
    more = '[dates.settled_second_hand]\non = 2019-01-01\nclause = "一"\n'
    rules = written(fact, town, tmp_path)
    if fact == "in_time":  # the home of 2020 is in time, a second-hand one of that year is not
        text = (tmp_path / "in_time.toml").read_text("utf-8")
        head, tail = text.split("[dates.settled_second_hand]")
        (tmp_path / "in_time.toml").write_text(head + more + tail.split("\n\n", 1)[1], encoding="utf-8")
        rules = policy.load(str(tmp_path / "in_time.toml"))
    fewer = without(town, source)
    ranked = tiers.assign(applicants.build(fewer, rules), rules)
    assert ranked.loc["a", ["status", "status_clause"]].tolist() == ["incomplete", ""]
    outcome = admission.run(ranked, fewer, rules, seed="s")
    told = admission.explain("a", ranked, outcome, fewer, rules)
    assert paper in told
    assert "依据）" not in told
    assert admission.check(outcome, ranked, fewer, rules) == []


def test_a_register_on_which_nothing_hangs_is_not_waited_for(town, tmp_path):
    rules = book("permit", "yes", tmp_path)
    assert judged(without(town, "hukou"), rules)["status"] == "registered"


def test_a_register_asked_for_by_a_round_is_waited_for(town, tmp_path):
    more = '[[rounds]]\nid = "more"\nname = "再"\nkind = "nearest"\nclause = "一"\ntakes = { hukou = "zone" }\n'
    rules = book("permit", "yes", tmp_path, more + 'key = ["ticket"]')
    assert judged(without(town, "hukou"), rules)["status"] == "incomplete"
    assert judged(town, rules)["status"] == "registered"


@pytest.mark.parametrize(("asked", "school"), [("", "s1"), ("only_if = { home = ['town', 'district'] }", "s2")])
def test_a_home_that_does_not_count_leads_to_its_zone_unless_the_rules_ask_for_one_that_does(tmp_path, asked, school):
    """The flat is sold before it is built and papers of that kind do not count; the hukou is in the zone of s2."""
    book_ = Register(policy.load("laoting-2025"))
    book_.child("a")
    book_.home("a", 2, 3, evidence="presale")
    book_.hukou("a", 13, 4)
    book_.applies("a", "s1")
    book_.seats(s1=1, s2=1)
    home = (
        '[home]\nowners = ["parent"]\nevidence = ["title"]\nclause = "一"\n[[residence]]\nuse = "home"\nclause = "一"\n'
    )
    text = f"{BOOK}{home}{asked}\n"
    (tmp_path / "own.toml").write_text(text + '[[residence]]\nuse = "hukou"\nclause = "一"\n', encoding="utf-8")
    child = judged(book_.district(), policy.load(str(tmp_path / "own.toml")))
    assert child[["home", "school_id"]].tolist() == ["none", school]
