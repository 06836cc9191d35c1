"""What every word needs, is made of and where it may stand: held against the code that answers it and the loader."""

from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import rulebook
from zhaosheng_analysis import policy
from zhaosheng_analysis.admission import words
from zhaosheng_analysis.applicants import cases, offered_facts
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.policy import Policy, grammar, uses, vocabulary
from zhaosheng_analysis.schema import TABLES, DataError, Faults

PLANS = ("pingcheng-2024", "laoting-2025", "quzhou-2022", "taobei-2024")
SECTIONS = {
    "checks": '[[checks]]\nrule = "registered"\nstatus = "not_registered"\nclause = "一"\nwhen = {asked}\n',
    "residence": '[[residence]]\nuse = "hukou"\nclause = "一"\nonly_if = {asked}\n',
    "define": '[define.own]\nlabel = "另问"\nclause = "一"\nanswers = {{ a = "甲", b = "乙" }}\n'
    'when = [{{ answer = "a", if = {asked} }}]\notherwise = "b"\n',
    "points": '[points]\nlabel = "分"\nclause = "一"\n[[points.items]]\nid = "p"\nlabel = "项"\nclause = "一"\n'
    "points = 1\nif = {asked}\n",
}


class Watched(pd.DataFrame):
    """A table that remembers which of its columns were looked at."""

    looked: ClassVar[set[str]] = set()

    def __getitem__(self, name):
        self.looked.update([name] if isinstance(name, str) else name if isinstance(name, list) else ())
        return super().__getitem__(name)


@pytest.fixture(scope="module")
def looked() -> dict[str, tuple[set[str], set[str]]]:
    """Return which columns of the papers and which parameters every fact looks at, in the four plans together."""
    seen = {name: (set(), set()) for name in offered_facts.FACTS}
    for rules in map(policy.load, PLANS):
        for name, answer in offered_facts.FACTS.items():
            papers, steered = Watched(cases.evidence_of([{}], rules.evidence)), set()
            papers.looked.clear()
            with pytest.MonkeyPatch.context() as spy:
                spy.setattr(Policy, "parameter", _asking(steered, Policy.parameter))
                if name != "staff" or rules.named.get("staff.years") or "staff.years" in rules.parameters:
                    try:
                        answer(papers, rules)
                    except DataError:  # a date this plan does not have
                        continue
            seen[name][0].update(papers.looked)
            seen[name][1].update(steered)
    return seen


def _asking(steered: set[str], usual):
    def parameter(self, name, *rest, **more):
        steered.add(name)
        return usual(self, name, *rest, **more)

    return parameter


@pytest.mark.parametrize("name", vocabulary.FACTS)
def test_a_fact_is_told_to_read_what_it_reads(looked, name):
    columns, steered = looked[name]
    extra = {"home_contract_on", "home_moved_on"} if name == "in_time" else set()  # where house_date asks for them
    assert columns | extra == uses.reads(name)
    needed = {text.removeprefix("参数 ") for text in grammar.needed(name)}
    assert steered - needed == {*grammar.steering(name)}


def test_every_column_of_the_papers_is_of_a_table_of_the_folder():
    for name, column in vocabulary.EVIDENCE.items():
        assert column.source, name
        for source in column.source:
            table, _, field = source.partition(".")
            assert not field or field in TABLES[table].columns, source


BOOK = Path(rulebook.__file__).with_name("rulebook.toml").read_text("utf-8")


def told(text: str, folder: Path) -> str:
    """Return what is wrong with a rule file, as lines."""
    (folder / "town-2026.toml").write_text(text, encoding="utf-8")
    faults = Faults()
    policy.judged(str(folder / "town-2026.toml"), faults)
    return "\n".join(str(fault) for fault in faults.found)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_may_stand_where_it_is_told_to(section, tmp_path):
    """All facts and all columns of the papers are asked at once; a word that may not stand there would be told."""
    asked = [f'{name} = "{next(iter(fact.answers))}"' for name, fact in vocabulary.FACTS.items()]
    asked += [f'{name} = "known"' for name in vocabulary.EVIDENCE if name not in vocabulary.FACTS]
    more = SECTIONS[section].format(asked="{ " + ", ".join(asked) + " }")
    faults = told(BOOK.replace("[[rounds]]", f"{more}[[rounds]]", 1), tmp_path)
    assert "没有列" not in faults, faults
    wrong = told(BOOK.replace("[[rounds]]", f"{more.replace('homes_n', 'homes_m')}[[rounds]]", 1), tmp_path)
    assert "homes_m" in wrong


def test_rounds_may_ask_every_word_of_a_child():
    child = words.of(rulebook.plain()).child
    assert {*vocabulary.FACTS, *vocabulary.EVIDENCE, *vocabulary.CHILD} <= {*child}


def test_of_a_home_only_its_paper_is_asked(tmp_path):
    """Beside the five columns of a paper no word may say whether a home counts."""
    book = BOOK + '\n[home]\nowners = ["parent"]\nevidence = ["title"]\nclause = "一"\nmust = { ASKED }\n'
    fine = told(book.replace("ASKED", ", ".join(f'{name} = "known"' for name in vocabulary.OF_HOMES)), tmp_path)
    assert "没有列" not in fine
    for name in {*vocabulary.EVIDENCE, *vocabulary.FACTS} - {*vocabulary.OF_HOMES}:
        assert "没有列" in told(book.replace("ASKED", f'{name} = "known"'), tmp_path), name


def test_where_a_file_asks_a_word_is_told_on_the_terminal():
    printed = CliRunner().invoke(main.app, ["policy", "words", "facts", "--rules", "laoting-2025"])
    assert printed.exit_code == 0, printed.output
    word = printed.output.split("guardian_in_time ")[1].split("\ndemolished ")[0]
    assert "须有：[dates.town_hukou]" in word
    assert "可由参数改变：cutoff.inclusive" in word
    assert "看的列：hukou.person（户籍人）、hukou.district_code（户籍区划代码）" in word
    assert "本文件写在：[tiers] 类别表；[[residence]] 第5项（hukou）" in word
