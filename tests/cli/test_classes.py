"""Classes as a school forms them: a trial straight from a roster, and a commitment with all its terms."""

import hashlib
import json

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

PUPILS = "pupil_id,sex,birth_on\n" + "".join(f"p{n},{'MF'[n % 2]},2018-0{n % 9 + 1}-15\n" for n in range(8))


def call(*arguments):
    return CliRunner().invoke(main.app, ["classes", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "一年级.csv"
    path.write_text(PUPILS, encoding="utf-8")
    return path


def test_a_trial_is_formed_from_the_roster_and_says_that_it_is_none(roster, tmp_path):
    out = tmp_path / "试编"
    done = call("form", roster, "--classes", 2, "--stage", "primary", "--seed", "1", "--out", out)
    assert "不得作为正式结果" in done.output
    paper = (out / "内部-承诺书.json").read_bytes()
    assert json.loads(paper)["seed_form"] == "trial"
    assert "核验无误" in call("verify", out, "--published", hashlib.sha256(paper).hexdigest(), "--seed", "1").output


def test_a_roster_alone_has_a_hash_and_a_commitment_needs_all_its_terms(roster, tmp_path):
    assert "这只是名册的哈希" in call("commit", roster).output
    with pytest.raises(DataError, match="没有写明 --seed-form、--seed-source、--out"):
        call("commit", roster, "--classes", 2, "--stage", "primary")
    terms = ("--classes", 2, "--stage", "primary", "--seed-form", "trial", "--seed-source", "我")
    with pytest.raises(DataError, match="trial 只用于试编"):
        call("commit", roster, *terms, "--out", tmp_path / "x")
