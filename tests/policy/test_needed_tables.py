"""The template holds what a policy needs: with the needed tables it runs, without any one of them it does not."""

import dataclasses

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import demo_districts
from tests.towns.nine_rules import BASE, BY_TIER, CHECK, CHOICE
from zhaosheng_analysis import admission, applicants, demo, geodata, policy, schema, tiers
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.policy import needed_tables

SEED = "2025-07-12"


@pytest.fixture(scope="module")
def laoting():
    """Return a few hundred children of the demo district, with the needed tables only."""
    district = demo_districts.district("laoting")
    kept = {
        name: district.tables[name]
        for name in needed_tables.tables(policy.load("laoting-2025")).needed
        if name != "about"
    }
    few = kept["children"]["child_id"].sort_values().head(300)
    kept = {name: table[table["child_id"].isin(few)] if "child_id" in table else table for name, table in kept.items()}
    return dataclasses.replace(district, tables=kept)


def run(district: geodata.District) -> admission.Outcome:
    rules = policy.load("laoting-2025")
    ranked = tiers.assign(applicants.build(district, rules), rules)
    return admission.run(ranked, district, rules, seed=SEED)


def test_the_needed_tables_are_enough_to_admit(laoting):
    assert len(run(laoting).children) == 300


@pytest.mark.parametrize(
    "name", sorted(set(needed_tables.tables(policy.load("laoting-2025"), "admit").needed) - {"about"})
)
def test_without_one_of_the_needed_tables_nobody_is_admitted_and_its_name_is_told(laoting, name):
    poorer = dataclasses.replace(laoting, tables={key: table for key, table in laoting.tables.items() if key != name})
    with pytest.raises(schema.DataError, match=f"缺少工作表「{name}」"):
        run(poorer)


PERMIT = '[[residence]]\nuse = "permit"\nclause = "一"\n'
ASKS = [
    ("", True),
    (PERMIT, False),
    (f'{CHECK}must = {{ permit_at = ["zone", "district"] }}\n', False),
    ('[columns.permits.years]\nkind = "whole"\nlabel = "办证年数"\n', False),
]


@pytest.mark.parametrize(("said", "spared"), ASKS)
def test_permits_are_asked_for_only_where_a_rule_looks_at_them(said, spared, tmp_path):
    """Without the table everybody is judged as with it, or its name is told."""
    path = tmp_path / "town-2025.toml"
    path.write_text(BASE + said + CHOICE + BY_TIER, encoding="utf-8")
    town, rules = demo.nine_plots(), policy.load(path)
    without = dataclasses.replace(town, tables={name: rows for name, rows in town.tables.items() if name != "permits"})
    assert needed_tables.has_intake(without.tables, rules) is spared
    assert ("permits" in needed_tables.tables(rules, "admit").needed) is not spared
    assert ("居住证" in needed_tables.still_wanting(without.tables, rules).get("模拟录取", "")) is not spared
    if spared:
        whole, fewer = (tiers.assign(applicants.build(one, rules), rules) for one in (town, without))
        pd.testing.assert_frame_equal(whole, fewer)
        needed_tables.demand({*without.tables, "boundary"}, "admit", where="九格镇", policy=rules)
    else:
        with pytest.raises(schema.DataError, match="permits"):
            needed_tables.demand({*without.tables, "boundary"}, "admit", where="九格镇", policy=rules)


def test_an_audit_needs_every_table_its_questions_name():
    found = needed_tables.tables(policy.load("zhanhe-2024"))
    assert {"plans", "roll", "attendance", "admitted", "publications", "fees"} <= set(found.needed)
    assert found.useful == ()
    assert not {"streets", "zones", "schools"} & set(found.needed)


@pytest.mark.parametrize("name", ["pingcheng-2024", "quzhou-2022", "zhanhe-2024"])
def test_the_template_of_a_policy_holds_its_tables_and_says_which_are_optional(name, tmp_path):
    done = CliRunner().invoke(main.app, ["template", name, "--out", str(tmp_path / "new")], catch_exceptions=False)
    found = needed_tables.tables(policy.load(name))
    book = pd.read_excel(tmp_path / "new" / "district.xlsx", sheet_name=None, dtype="str", engine="calamine")
    titles = {schema.TABLES[table].title for table in (*found.needed, *found.useful)}
    assert set(book) == {"怎么填", "说明"} | titles
    grades = book["说明"].drop_duplicates("表").set_index("表")["本规则"]
    assert set(grades.index[grades == "需要"]) == set(found.needed)
    assert set(grades.index[grades == "可选"]) == set(found.useful)
    assert set(grades.index[grades == "图层"]) == {*geodata.LAYERS, "zone_schools"}
    assert "需要填：数据说明(about)、招生计划(plans)" in done.output


def test_a_redraw_asks_for_estates_on_the_map_and_a_forecast_does_not(tmp_path):
    said = {}
    for job in ("redraw", "forecast"):
        words = ["template", "laoting-2025", "--for", job, "--out", str(tmp_path / job)]
        said[job] = CliRunner().invoke(main.app, words, catch_exceptions=False).output
    assert "图层里不能空着的：小区与村(units)" in said["redraw"]
    assert "不能空着的" not in said["forecast"]
