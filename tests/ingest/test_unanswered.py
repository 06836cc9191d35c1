"""A draft that was not filled in is told as that, and an answer may be given in the words people use."""

import pytest

from zhaosheng_analysis import ingest
from zhaosheng_analysis.schema import DataError

MATCHED = """
[[sources]]
files = "schools.csv"
[sources.schools]
school_id = "码"
name = "名"
stage = { is = "primary", why = "题" }
sector = { is = "public", why = "题" }
status = { is = "open", why = "题" }
[[sources]]
files = "plans.csv"
[sources.plans]
school_id = { match = "校", in = "schools" }
stage = { is = "primary", why = "题" }
intake_year = { is = 2026, why = "题" }
classes_n = "班"
class_size_n = { is = 45, why = "题" }
"""
ADDRESSED = """
[[sources]]
files = "units.csv"
units = { unit_id = "码", name = "名", kind = { is = "community", why = "题" } }
[[sources]]
files = "homes.csv"
[sources.homes]
child_id = "号"
home_n = { is = 1, why = "题" }
owner = { is = "parent", why = "题" }
evidence = { is = "title", why = "题" }
unit_id = { address = "址" }
"""


@pytest.fixture
def run(tmp_path):
    """Return how to carry out a recipe on lists; answers may be written into decisions.csv first."""

    def carry(words: str, decisions: str = "", **lists: str) -> ingest.Taken:
        for name, text in lists.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        if decisions:
            (tmp_path / "decisions.csv").write_text(f"种类,原文,认作,决定人,日期\n{decisions}\n", encoding="utf-8")
        (tmp_path / "ingest.toml").write_text(words, encoding="utf-8")
        return ingest.run(ingest.load(tmp_path / "ingest.toml"), tmp_path / "out")

    return carry


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('a = { school_id = "校", stage = { is = "", why = "" } }', "的 stage：还没有填；请填 is"),
        (
            'a = { school_id = "校", stage = { from = "类", values = { "完小" = "", "中" = "junior" } } }',
            "还没有填：完小",
        ),
    ],
)
def test_what_is_left_blank_is_not_filled_in(run, words, said):
    with pytest.raises(DataError, match=said):
        run(f'[[sources]]\nfiles = "x.csv"\n{words.replace("a =", "plans =")}\n')


def test_facts_left_blank_are_not_filled_in_or_not_said(run):
    counts = 'roll_counts = { school_id = "校", school_year = "年", grade = "级", pupils_n = "人" }'
    source = f'[[sources]]\nfiles = "x.csv"\n{counts}\n'
    with pytest.raises(DataError, match="「about」：还没有填：district_id、intake_year"):
        run(f'about = {{ district_id = "", name = "某县", intake_year = "" }}\n{source}')
    about = 'about = { district_id = "x", intake_year = "2026", headquarters = "", data_as_of = "" }\n'
    assert run(about + source, x="校,年,级,人\ns1,2025,1,40\n").about == {"district_id": "x", "intake_year": "2026"}


def test_a_name_is_asked_with_names_and_may_be_answered_by_one(run, tmp_path):
    lists = {"schools": "码,名\ns1,第一小学\ns2,第二小学\n", "plans": "校,班\n第一中心小学,4\n"}
    with pytest.raises(DataError, match="「第一中心小学」（像 s1 第一小学；s2 第二小学）"):
        run(MATCHED, **lists)
    short = lists | {"plans": "校,班\n二小,4\n"}
    with pytest.raises(DataError, match="「二小」（像 s2 第二小学）"):
        run(MATCHED, **short)
    made = run(MATCHED, "schools,第一中心小学,第一小学,王,2026-05-01", **lists)
    assert made.tables["plans"]["school_id"].tolist() == ["s1"]


def test_an_address_is_asked_with_the_names_of_what_may_be_meant(run):
    lists = {"units": "码,名\nu1,丰园东区\nu2,丰园西区\n", "homes": "号,址\nc1,丰园5号楼\n"}
    asked = run(ADDRESSED, **lists)
    assert asked.questions["addresses", "丰园5号楼"][0] == "u1 丰园东区；u2 丰园西区"
    made = run(ADDRESSED, "addresses,丰园5号楼,丰园西区,王,2026-05-01", **lists)
    assert made.tables["homes"]["unit_id"].tolist() == ["u2"]
