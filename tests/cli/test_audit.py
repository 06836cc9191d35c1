"""A sixth district: a bureau copies a policy file and a folder, gives both a new id, and audits by what it copied."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.towns import audit_town, demo_districts
from zhaosheng_analysis import audit, geodata, policy
from zhaosheng_analysis.audit import ledger, ledger_workbook
from zhaosheng_analysis.cli import main

DEMO = Path(__file__).parents[2] / "geodata"


def call(*arguments):
    return CliRunner().invoke(main.app, [*map(str, arguments)], catch_exceptions=False)


def copied(name: str, new: str, folder: Path) -> Path:
    """Copy a policy file into a folder under a new id, which is all that is changed in it."""
    text = (policy.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    path = folder / f"{new}.toml"
    path.write_text(re.sub(rf'^id = "{name}"$', f'id = "{new}"', text, flags=re.MULTILINE), encoding="utf-8")
    assert policy.load(path).id == new
    return path


@pytest.fixture(scope="module")
def sixth(tmp_path_factory):
    """Audit a copy of 乐亭 under another id, by the command a bureau types, and 乐亭 itself by hand."""
    there = tmp_path_factory.mktemp("sixth")
    district = demo_districts.district("laoting")
    about = {**district.about, "district_id": "sixth", "policy": "sixth-2025"}
    geodata.save(replace(district, id="sixth", about=about), there / "sixth", bulk="parquet")
    copied("laoting-2025", "sixth-2025", there / "sixth")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(there)
        done = call("audit", "sixth", "--policy", "sixth/sixth-2025.toml", "--out", "out")
    assert done.exit_code == 0
    found = demo_districts.audited("laoting")
    return there / "out" / "sixth", done.output, found, ledger.from_findings(found, district)


def test_a_copy_keeps_every_finding(sixth):
    folder, output, found, _ = sixth
    told = pd.read_csv(folder / "findings.csv", encoding="utf-8-sig", dtype=str).fillna("")
    # Pseudonyms, and the ids of findings about children, are made with a key, so those of the copy are others.
    same = ["rule", "item", "clause", "severity", "school_id", "name", "table"]
    pd.testing.assert_frame_equal(told[same], found.evidence[same].astype(str))
    assert told["finding_id"].is_unique
    assert f"共发现 {len(found.evidence)} 条" in output


def test_a_copy_keeps_every_rule_and_says_which_are_not_asked_for(sixth):
    folder, output, found, _ = sixth
    page = (folder / "compliance-audit.html").read_text(encoding="utf-8")
    assert all(title in page for title in found.summary["title"].unique())
    assert f"没有查的规则 {len(found.unlinked)} 条：{found.unlinked['title'].iloc[0]}" in output
    assert all(title in page for title in found.unlinked["title"])
    judged, general = set(found.summary["rule"]), {rule.id for rule in audit.rules.declared()}
    assert general == (judged & general) | set(found.unlinked["rule"]) | {"plan.named"}  # under names of the text
    assert not judged & set(found.unlinked["rule"])


def test_a_copy_keeps_every_item_of_the_ledger(sixth):
    folder, _, _, expected = sixth
    book = ledger_workbook.read((folder / "ledger.xlsx").read_bytes())
    assert book.policy == "sixth-2025"
    same = ["item", "text", "clause", "scope", "school_id", "state", "severity", "found_n", "missing", "todo", "by"]
    pd.testing.assert_frame_equal(book.rows[same], expected.rows[same], check_dtype=False)


def test_the_report_names_the_file_of_the_rules_and_not_where_it_lies(sixth):
    page = (sixth[0] / "compliance-audit.html").read_text(encoding="utf-8")
    assert "POLICY = sixth-2025.toml" in page
    assert str(sixth[0].parents[1]) not in page


@pytest.mark.parametrize("name", policy.names())
def test_every_policy_keeps_its_rules_items_and_catalogue_under_another_id(name, tmp_path):
    usual, other = policy.load(name), policy.load(copied(name, "other-2030", tmp_path))
    rules = [audit.rules.applied(each) for each in (usual, other)]
    assert rules[0] == rules[1]
    items = [audit.questions.items(each, rules[0]) for each in (usual, other)]
    pd.testing.assert_frame_equal(*items)
    pd.testing.assert_frame_equal(policy.coverage(usual), policy.coverage(other))


def test_the_policy_a_folder_names_may_lie_in_it(tmp_path):
    town = audit_town.town()
    geodata.save(replace(town, about={**town.about, "policy": "town-2024"}), tmp_path / "town")
    path = copied("zhanhe-2024", "town-2024", tmp_path / "town")
    assert policy.load("town-2024", beside=tmp_path / "town").id == "town-2024"
    done = call("check", tmp_path / "town")
    assert (done.exit_code, "town-2024（文件夹里的 town-2024.toml）" in done.output) == (0, True), done.output
    shutil.move(path, tmp_path)
    with pytest.raises(ValueError, match="没有规则文件「town-2024」"):
        call("audit", tmp_path / "town", "--out", tmp_path / "out")
