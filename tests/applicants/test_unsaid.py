"""What a missing row or a blank cell does in a rule file without a single check: asked for, or as the words say.

For every fact a book of two classes is written, A for the first answer a family of full papers has and B for the rest,
and beside that family stands one for each row and cell the fact is made of, which lacks it. Nobody may fall from A to B
without a word.
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


def book(fact: str, said: str, folder: Path, *more: str, second_hand: str = "2025-06-30") -> Policy:
    """Write rules of two classes by one fact; `second_hand`: the last day for a home bought of somebody."""
    answers = [name for name in vocabulary.FACTS[fact].answers if name != "elsewhere"]
    others = [name for name in answers if name != said]
    text = f"[facts]\n{fact} = {answers}\n".replace("'", '"') + "[tiers]\norder = ['A', 'B']\nrows = '''\n"
    text += f"tier | {fact} | clause | words\nA | {said} | 一 | 甲\nB | {'/'.join(others)} | 一 | 乙\n'''\n"
    file = folder / f"{fact}.toml"
    labels = '[tiers.labels]\nA = "甲"\nB = "乙"\n'
    before, after = HEAD.split("[dates.settled_second_hand]\non = 2025-06-30")
    head = f"{before}[dates.settled_second_hand]\non = {second_hand}{after}"
    file.write_text("\n".join([head, text, labels, REST, MORE, *more]), encoding="utf-8")
    return policy.load(str(file))


#: What the family of full papers is, by hand.
FULL = {
    "home": "zone",
    "lived": "yes",
    "several": "no",
    "hukou": "zone",
    "kin": "yes",
    "match": "yes",
    "unified": "yes",
    "in_time": "yes",
    "guardian_hukou": "zone",
    "guardian_in_time": "yes",
    "demolished": "yes",
    "grand": "none",
    "permit": "yes",
    "rents": "no",
    "link": "yes",
    "own_leaver": "yes",
    "prev_township": "no",
    "national_roll": "yes",
    "special": "yes",
    "agreement": "yes",
    "staff": "yes",
    "locked": "no",
}


@pytest.fixture(scope="module")
def town() -> geodata.District:
    """A family with every paper there is: own and grandparents' home, registers, permit, certificate."""
    full = Register(policy.load("laoting-2025"))
    given = {"category": "烈士子女", "category_basis": "批件", "agreement": True, "staff_years_n": 3}
    full.child("full", demolition=True, demolition_papers=True, prev_school_id="s1", prev_school_kind="own", **given)
    full.home("full", 2, 3)
    full.hukou("full", 2, 3)
    full.permit("full", 2, 3)
    full.applies("full", "s1")
    full.seats(s1=2)
    district = full.district()
    return replace(district, tables={**district.tables, "seat_locks": schema.empty("seat_locks")})


def may_be_blank(source: str) -> bool:
    """Tell whether a table or a column of it is a paper of the family that may be missing."""
    table, _, column = source.partition(".")
    return table not in ("schools", "applications") and column not in ("x", "y")


def without(rows: pd.DataFrame, table: str, source: str) -> pd.DataFrame:
    """Take away the rows of one family in a table, or blank a column of them."""
    asked, _, column = source.partition(".")
    if table != asked:
        return rows
    if not column or column in ("person", "holder", "district_code", "owner", "evidence", "home_n"):
        return rows.head(0)
    names = ["x", "y"] if column == "unit_id" else [column]
    return rows.assign(**{name: rows[name].where(pd.Series(False, rows.index)) for name in names})


def families(town: geodata.District, *sources: str) -> geodata.District:
    """Put beside the family of full papers one for each paper or cell, which lacks it and has a dwelling of its own."""
    tables = dict(town.tables)
    for name, rows in town.tables.items():
        if "child_id" not in rows or rows.empty:
            continue
        others = [without(rows, name, source).assign(child_id=source) for source in sources]
        tables[name] = pd.concat([rows, *others], ignore_index=True)
        if "address_id" in rows:
            tables[name]["address_id"] = tables[name]["child_id"].where(tables[name]["address_id"].notna())
    return replace(town, tables=tables)


def judged(district: geodata.District, rules: Policy) -> pd.DataFrame:
    return tiers.assign(applicants.build(district, rules), rules)


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


def test_every_fact_of_papers_is_gone_through():
    assert [*FULL] == PAPERS


@pytest.mark.parametrize("fact", FULL)
def test_nobody_falls_behind_by_a_blank_without_a_word(town, tmp_path, fact):
    rules, sources = book(fact, FULL[fact], tmp_path), [source for source in columns(fact) if may_be_blank(source)]
    people = judged(families(town, *sources), rules)
    assert people.loc["full", ["status", "tier"]].tolist() == ["registered", "A"]
    fallen = people.index[(people["status"] == "registered") & (people["tier"] != "A")]
    unsaid = {source: people.loc[source, "tier"] for source in fallen if not is_said(fact, source)}
    assert unsaid == {}, f"{fact}: another tier, and not a word"


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
    # The home of 2020 is in time; a second-hand one of that year is not, so that it hangs on which it is.
    rules = book(fact, FULL[fact], tmp_path, second_hand="2019-01-01" if fact == "in_time" else "2025-06-30")
    fewer = families(town, source)
    ranked = judged(fewer, rules)
    assert ranked.loc[source, ["status", "status_clause"]].tolist() == ["incomplete", ""]
    outcome = admission.run(ranked, fewer, rules, seed="s")
    told = admission.explain(source, ranked, outcome, fewer, rules)
    assert paper in told
    assert "依据）" not in told
    assert admission.check(outcome, ranked, fewer, rules) == []


def test_a_register_on_which_nothing_hangs_is_not_waited_for(town, tmp_path):
    rules = book("permit", "yes", tmp_path)
    assert judged(families(town, "hukou"), rules).loc["hukou", "status"] == "registered"


def test_a_register_asked_for_by_a_round_is_waited_for(town, tmp_path):
    more = '[[rounds]]\nid = "more"\nname = "再"\nkind = "nearest"\nclause = "一"\ntakes = { hukou = "zone" }\n'
    rules = book("permit", "yes", tmp_path, more + 'key = ["ticket"]')
    people = judged(families(town, "hukou"), rules)
    assert people["status"].to_dict() == {"full": "registered", "hukou": "incomplete"}


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
    child = judged(book_.district(), policy.load(str(tmp_path / "own.toml"))).loc["a"]
    assert child[["home", "school_id"]].tolist() == ["none", school]


LATE = """
[[windows]]
name = "late"
opens = 2025-08-01
closes = 2025-08-03
clause = "一"
[[checks]]
rule = "window"
status = "out_of_window"
windows = ["late"]
when = { WHEN }
clause = "一"
"""
KNOWN = '[[checks]]\nrule = "hukou_known"\nstatus = "incomplete"\nclause = "二"\n'


@pytest.mark.parametrize(("more", "clause"), [("", "一"), (KNOWN, "二")])
@pytest.mark.parametrize("asked", ['hukou = "outside"', 'hukou_at = "outside"', 'not = { hukou = ["zone", "town"] }'])
def test_a_check_on_the_hukou_does_not_take_a_missing_register_for_one_outside(town, tmp_path, asked, more, clause):
    """The window of those from outside is long after the family registered; with the register it is not theirs."""
    (tmp_path / "late.toml").write_text(BOOK + LATE.replace("WHEN", asked) + more, encoding="utf-8")
    rules = policy.load(str(tmp_path / "late.toml"))
    fewer = families(town, "hukou", "hukou.since_on")
    hukou = fewer.tables["hukou"]
    away = hukou["child_id"].eq("hukou.since_on") & hukou["person"].eq("child")
    place = {name: hukou[name].mask(away) for name in ("x", "y", "unit_id", "address_id")}
    hukou = hukou.assign(**place, district_code=hukou["district_code"].mask(away, "410100"))
    fewer = replace(fewer, tables={**fewer.tables, "hukou": hukou})
    ranked = judged(fewer, rules)
    assert ranked["status"].to_list() == ["registered", "incomplete", "out_of_window"]
    assert ranked.loc["hukou", "status_clause"] == clause
    outcome = admission.run(ranked, fewer, rules, seed="s")
    assert admission.explain("hukou", ranked, outcome, fewer, rules).count("缺少的材料：户口簿（学生户籍）") == 1


#: Cell of a paper -> (fact that asks it, what it says of the full family, how it is asked for).
CELLS = {
    "homes.occupied": ("lived", "实际入住（请写明）"),
    "children.demolition": ("demolished", "原住房拆迁（请写明）"),
    "children.demolition_papers": ("demolished", "拆迁协议和居住证明齐全（请写明）"),
    "children.agreement": ("agreement", "协议约定生（请写明）"),
    "children.national_no": ("national_roll", "有全国学籍号（请写明）"),
    "hukou.head": ("kin", "户主与学生的关系（请写明）"),
}


def test_a_blank_cell_is_asked_for_where_the_class_hangs_on_it_and_nowhere_else(town, tmp_path):
    fewer = families(town, *CELLS)
    for source, (fact, label) in CELLS.items():
        rules = book(fact, FULL[fact], tmp_path)
        ranked = judged(fewer, rules)
        waits = [cell for cell, (asked, _) in CELLS.items() if asked == fact]
        assert sorted(ranked.index[ranked["status"] == "incomplete"]) == sorted(waits)
        outcome = admission.run(ranked, fewer, rules, seed="s")
        assert f"缺少的材料：{label}\n" in admission.explain(source, ranked, outcome, fewer, rules)
        assert admission.check(outcome, ranked, fewer, rules) == []


def test_two_papers_that_are_both_missing_are_asked_for_where_only_both_together_decide(town, tmp_path):
    """三者一致 asks for the register of the child and that of a guardian: neither alone would change the class."""
    text = (
        '[facts]\nhome = ["zone", "elsewhere", "none"]\nguardian_hukou = ["zone", "elsewhere"]\nmatch = ["yes", "no"]\n'
    )
    text += "[tiers]\norder = ['A', 'B']\nrows = '''\ntier | home | guardian_hukou | match | clause | words\n"
    text += 'A | - | - | yes | 一 | 甲\nB | - | - | no | 一 | 乙\n\'\'\'\n[tiers.labels]\nA = "甲"\nB = "乙"\n'
    (tmp_path / "three.toml").write_text("\n".join([HEAD, text, REST, MORE]), encoding="utf-8")
    rules = policy.load(str(tmp_path / "three.toml"))
    assert judged(families(town, "hukou"), rules)["status"].to_list() == ["registered", "incomplete"]


def test_points_of_a_permit_that_nobody_wrote_down_are_not_none(town, tmp_path):
    """The rounds order by them; who holds no permit has none."""
    more = '[[rounds]]\nid = "more"\nname = "再"\nkind = "nearest"\nclause = "一"\n'
    rules = book("permit", "yes", tmp_path, more + 'takes = { tier = ["A"] }\nkey = ["-points_n", "ticket"]')
    fewer = families(town, "permits", "permits.points_n")
    scored = fewer.tables["permits"].assign(points_n=pd.array([70, 70, None, None], dtype="Int64"))
    people = judged(replace(fewer, tables={**fewer.tables, "permits": scored}), rules)
    assert people["status"].to_dict() == {
        "full": "registered",
        "permits": "registered",
        "permits.points_n": "incomplete",
    }
