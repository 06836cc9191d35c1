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


def test_wishes_are_committed_and_a_list_goes_back_through_test_with_every_column(roster, tmp_path):
    """Formed, changed by hand, verified by both programs, tested, compared."""
    asked, out = tmp_path / "约定.csv", tmp_path / "编班"
    asked.write_text("要求,学生编号,班号,理由\n不同班,p0、p2,,家长申请\n预先编入,p1,2班,随班就读\n", encoding="utf-8")
    rows = [
        line + (",姓名" if n == 0 else f",{'张伟' if n in (2, 4) else f'王{n}'}")
        for n, line in enumerate(PUPILS.split())
    ]
    roster.write_text("\n".join(rows), encoding="utf-8")
    terms = ("--classes", 2, "--stage", "primary", "--wishes", asked, "--names", "alike")
    source = ("--seed-form", "digits:6", "--seed-source", "摇号球")
    done = call("commit", roster, *terms, *source, "--out", out)
    assert "不同班 2 条，预先编入 1 条，全部能同时满足" in done.output
    assert "月龄的班际差异：附约定" in done.output
    published = hashlib.sha256((out / "内部-承诺书.json").read_bytes()).hexdigest()
    call("form", out / "内部-承诺书.json", "--published", published, "--seed", "071231", "--out", out)
    listed = (out / "内部-编班结果.csv").read_text(encoding="utf-8").splitlines()
    assert listed[1] == "pupil_id,class_no,number,sex,birth_on,migrant,feeder,special,twin_id"
    assert "1 班：4 人，男 2 女 2" in call("test", out).output
    assert "1 班：4 人，男 2 女 2" in call("test", out / "内部-编班结果.csv").output
    at = dict(line.split(",")[:2] for line in listed[2:])
    move = ("change", out, f"p0={at['p2']}", f"p2={at['p0']}", "--reason", "医生证明", "--decided-by", "校务会")
    assert "记录了 2 人的调整" in call(*move, "--on", "2025-09-03").output
    said = call("verify", out, "--published", published, "--seed", "071231").output
    assert "2 人次手工调整" in said
    compared = call("compare", out / "内部-编班结果.csv", out).output
    assert "8 人两份都有，2 人换了班" in compared
    assert f"{out.as_posix()}：约定全部满足" in compared
    edited = tmp_path / "改过.csv"
    edited.write_text("\n".join([listed[0], *(line + "," for line in listed[1:2]), *listed[2:]]), encoding="utf-8")
    assert "性别：p = " in call("test", edited).output
