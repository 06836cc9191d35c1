"""The handbook is right: its examples, one after the other, are one rule file that passes the check and runs."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from zhaosheng_analysis import admission, applicants, demo, geodata, policy, tiers
from zhaosheng_analysis.policy import grammar

BOOK = Path(__file__).parents[2] / "docs" / "规则文件手册.md"
TEXT = BOOK.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "heping-2026.toml"
    path.write_text("\n".join(re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)), encoding="utf-8")
    return policy.load(path)


def test_the_examples_are_one_rule_file_that_passes_the_check(rules):
    assert admission.rounds.prove(rules) == 16
    assert tiers.tried(rules) == []
    assert len(rules.cases) == 9


def test_every_section_and_every_kind_of_round_is_in_the_handbook():
    said = {name.split(".")[0] for name in re.findall(r"^\[+([\w.]+)\]+$", TEXT, flags=re.MULTILINE)}
    seldom = {"audit", "catalogue", "questions", "duties", "redraw", "unseen", "home", "source"}  # of audits, or rare
    assert {name.split(".")[0] for name in grammar.KEYS if name} - said <= seldom
    for kind in grammar.ROUNDS:
        assert kind in TEXT or kind == "transfer"


def test_the_town_of_the_handbook_is_admitted(rules):
    town = demo.nine_plots()
    tables = {name: table.copy() for name, table in town.tables.items()}
    for name in ("children", "plans"):
        tables[name]["intake_year"] = 2026
    born = pd.Timestamp("2020-01-01")
    tables["children"] = tables["children"].assign(only_child=True, obeys=True, birth_on=born)
    addresses = "h-" + tables["homes"]["child_id"]
    tables["homes"] = tables["homes"].assign(ownership=1.0, use="flat", address_id=addresses)
    tables["applications"] = tables["applications"].assign(
        batch="第一批", submitted_at=pd.Timestamp("2026-04-02 09:00")
    )
    tables["records"] = pd.DataFrame(columns=["child_id", "record_n", "kind", "holder", "since_on", "until_on"])
    owner = tables["homes"].iloc[0]
    tables["plans"] = tables["plans"].assign(newcomers_n=0)
    tables["feeders"] = pd.DataFrame({"primary_id": ["s1"], "junior_id": ["s2"]})
    lock = {"address_id": owner["address_id"], "child_id": "older", "school_id": "s1", "intake_year": 2023}
    tables["seat_locks"] = pd.DataFrame([lock])
    frames = {name: getattr(town, name) for name in geodata.LAYERS} | {"zone_schools": town.zone_schools} | tables
    about = town.about | {"intake_year": "2026"}
    town = geodata.assemble(frames, about, where="内存", columns=rules.columns)
    names = dict(zip(["一小", "二小"], town.schools["name"].head(2), strict=True))
    rules = _renamed(rules, names)
    ranked = tiers.assign(applicants.build(town, rules), rules)
    here = ranked.loc[owner["child_id"]]
    assert here["locked"] == ("yes" if here["school_id"] == "s1" else "no")
    outcome = admission.run(ranked, town, rules, seed="s")
    assert admission.check(outcome, ranked, town, rules) == []
    assert outcome.children["status"].isin(["admitted", "redirected"]).any()


def _renamed(rules, names):
    """Let the pool name the schools of the little town."""
    pool = replace(rules.pools[0], schools=tuple(names[name] for name in rules.pools[0].schools))
    return replace(rules, pools=(pool,))
