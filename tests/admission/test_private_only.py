"""A child who asked only a private school is given no public seat unless the rules place everybody."""

from pathlib import Path

import pytest

from tests.towns import rulebook
from tests.towns.paper_town import Register
from zhaosheng_analysis import admission, applicants, policy, texts, tiers

BOOK = Path(rulebook.__file__).with_name("rulebook.toml").read_text("utf-8")
HEAD = BOOK[: BOOK.index("[[rounds]]")] + "\n"
ROUND = '[[rounds]]\nid = "{0}"\nname = "{0}"\nkind = "{1}"\nclause = "一"\nkey = ["ticket"]\n'
PRIVATE = ROUND.format("private", "choice") + 'sector = "private"\n'
PLACED = '[[notes]]\nquestion = "收不收？"\nreading = "收"\nwhy = "写了"\nclause = "一"\n'
PLACED += 'sets = "private_only"\nvalue = "placed"\n'
WHERE = '[[residence]]\nuse = "home"\nclause = "一"\n[home]\nowners = ["parent"]\nevidence = ["title"]\nclause = "一"\n'


@pytest.mark.parametrize("kind", ["zone", "nearest"])
@pytest.mark.parametrize(
    ("takes", "more", "placed"),
    [
        ("", "", "ac"),
        ("takes = { applied_public = true }\n", "", "ac"),
        ("takes = { private_only = [true, false] }\n", "", "abc"),
        ("takes = { private_only = true }\n", "", "b"),
        ("", PLACED, "abc"),
    ],
)
def test_a_public_round_takes_who_asked_only_private_schools_where_the_rules_say_so(
    tmp_path, kind, takes, more, placed
):
    """Three flats in the zone: a asks the public school, b the private one which has no seat, c asks both."""
    book = Register(policy.load("laoting-2025"))
    for child in "abc":
        book.child(child)
        book.home(child, 2, 3)
        book.hukou(child, 2, 3)
    book.applies("a", "s1")
    book.applies("b", "p1", sector="private")
    book.applies("c", "s1")
    book.applies("c", "p1", sector="private", choice_n=2)
    book.seats(s1=3, p1=0)
    file = tmp_path / "rules.toml"
    text = HEAD + PRIVATE + ROUND.format("public", kind) + takes + BOOK[BOOK.index("[[parameters]]") :] + WHERE + more
    file.write_text(text, encoding="utf-8")
    rules, district = policy.load(str(file)), book.district()
    ranked = tiers.assign(applicants.build(district, rules), rules)
    outcome = admission.run(ranked, district, rules, seed="s")
    assert "".join(outcome.children.index[outcome.children["school_id"].eq("s1")]) == placed
    assert admission.check(outcome, ranked, district, rules) == []
    doubts = [note.found for note in policy.unused.listed(rules) if "只报名民办学校" in note.found]
    assert len(doubts) == (not takes and not more)
    if "b" not in placed:
        left = "限报名公办学校" if "applied" in takes else "不收只报名民办学校"
        told = admission.explain("b", ranked, outcome, district, rules)
        assert f"public：未参加（{left}）" in told
        assert ("假定：只报名民办学校的儿童" in told) == (not takes and not more)
    questions = texts.premises.assumptions(rules)["question"]
    assert questions.str.startswith("只报名民办学校的儿童").any() == (not takes and not more)
