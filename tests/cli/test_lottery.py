"""A draw as a school makes it: commit, publish, draw, verify; every byte counts and every fault is told in Chinese."""

import hashlib
import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import lottery
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

CHILDREN = "报名号,姓名,多胞胎编号\nc1,甲,\nc2,乙,t1\nc3,丙,t1\nc4,丁,\nc5,戊,\n"
SEED = "07 12 31"
TERMS = ("--school", "甲校", "--seed-source", "公证处摇号球", "--seed-form", "digits:6")


def call(*arguments):
    return CliRunner().invoke(main.app, ["lottery", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text(CHILDREN, encoding="utf-8-sig")
    return path


@pytest.fixture
def published(roster, tmp_path):
    done = call("commit", roster, *TERMS, "--plan", 3, "--out", tmp_path / "承诺")
    assert done.exit_code == 0
    return next(line for line in done.output.splitlines() if re.fullmatch(r"[0-9a-f]{64}", line))


@pytest.fixture
def drawn(published, tmp_path):
    out = tmp_path / "派位"
    paper = tmp_path / "承诺" / "commitment.json"
    done = call("draw", paper, "--seed", SEED, "--published", published, "--out", out, "--note", "公证书 1 号")
    assert done.exit_code == 0
    return out


def test_the_published_hash_is_that_of_the_document(published, tmp_path):
    content = (tmp_path / "承诺" / "commitment.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == published
    document = json.loads(content)
    assert [row[1:3] for row in document["roster"]] == [["c1", 1], ["c4", 1], ["c5", 1], ["t1", 2]]
    assert (document["school"], document["plan"], document["seed_source"]) == ("甲校", 3, "公证处摇号球")


def test_key_and_salts_stay_inside_and_bind_the_children(published, tmp_path):
    key = (tmp_path / "承诺-内部" / "内部-密钥.txt").read_text(encoding="utf-8").strip()
    lines = (tmp_path / "承诺-内部" / "内部-盐值.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "内部" in lines[0]
    salts = dict(line.split(",") for line in lines[2:])
    assert salts["c1"] == lottery.commitments.salt(key, "c1")
    document = json.loads((tmp_path / "承诺" / "commitment.json").read_bytes())
    bound = {row[1]: row[3] for row in document["roster"]}
    assert bound["t1"] == hashlib.sha256(f"{salts['t1']}|c2|乙\nc3|丙".encode()).hexdigest()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match="没有这个文件"):
        call("commit", tmp_path / "nowhere.csv", *TERMS, "--plan", 1, "--out", tmp_path / "o")
    with pytest.raises(DataError, match="没有这个文件"):
        call("draw", tmp_path / "no.json", "--seed", SEED, "--published", "0" * 64, "--out", tmp_path / "o")


def test_nothing_is_committed_from_a_list_with_a_total_below_it(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text(CHILDREN + "合计,5人,\n", encoding="gb18030")
    with pytest.raises(DataError, match="A7「合计」"):
        call("commit", path, *TERMS, "--plan", 3, "--out", tmp_path / "承诺")
    assert not (tmp_path / "承诺").exists()


def test_what_was_settled_while_reading_is_said(tmp_path):
    path = tmp_path / "名册.txt"
    path.write_text(("某校报名名册\n" + CHILDREN).replace(",", "；"), encoding="utf-16")
    said = call("commit", path, *TERMS, "--plan", 3, "--out", tmp_path / "承诺").output
    assert "4 张票，5 名儿童" in said
    assert "说明：名册.txt：编码 UTF-16，分隔符为全角分号。" in said
    assert "说明：名册.txt：表头在第 2 行；以上的当作标题，未读：A1「某校报名名册」。" in said


def test_anyone_can_verify_with_and_without_the_package(drawn, published):
    said = call("verify", drawn, "--published", published, "--seed", "071231", "--number", "Ｃ1").output
    assert "核验无误" in said
    assert "c1：名册第 1 行，1 人" in said
    command = [sys.executable, "-I", "verify.py", "c1", "--published", published, "--seed", SEED]
    alone = subprocess.run(command, cwd=drawn, capture_output=True, text=True, check=False)
    assert alone.returncode == 0
    assert alone.stdout.startswith("OK")
    record = json.loads((drawn / "draw.json").read_bytes())
    assert record["notes"] == {"备注": "公证书 1 号"}


@pytest.mark.parametrize("name", lottery.FILES)
def test_one_changed_byte_is_noticed(drawn, published, name):
    raw = bytearray((drawn / name).read_bytes())
    at = next(at for at in range(len(raw) // 2, len(raw)) if chr(raw[at]).isalnum())
    raw[at] = ord("7") if raw[at] != ord("7") else ord("8")
    (drawn / name).write_bytes(bytes(raw))
    with pytest.raises(DataError):
        call("verify", drawn, "--published", published, "--seed", SEED)


def test_another_hash_or_seed_than_the_public_ones_is_noticed(drawn, published):
    with pytest.raises(DataError, match="公布的是"):
        call("verify", drawn, "--published", "0" * 64, "--seed", SEED)
    with pytest.raises(DataError, match="逐字节"):
        call("verify", drawn, "--published", published, "--seed", "071232")


def test_a_missing_file_is_named(drawn, published):
    (drawn / "result.csv").unlink()
    with pytest.raises(DataError, match=r"result\.csv：没有这个文件"):
        call("verify", drawn, "--published", published, "--seed", SEED)


def test_what_was_committed_or_drawn_is_never_overwritten_unasked(roster, drawn, published, tmp_path):
    with pytest.raises(DataError, match="已有承诺书"):
        call("commit", roster, *TERMS, "--plan", 4, "--out", tmp_path / "承诺")
    before = (drawn / "draw.json").read_bytes()
    again = [
        "draw",
        tmp_path / "承诺" / "commitment.json",
        "--seed",
        "99 00 00",
        "--published",
        published,
        "--out",
        drawn,
    ]
    with pytest.raises(DataError, match=r"派位结果.*--force"):
        call(*again)
    assert (drawn / "draw.json").read_bytes() == before
    assert call(*again, "--force").exit_code == 0
    assert "核验无误" in call("verify", drawn, "--published", published, "--seed", "990000").output


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (("--plan", -1), "招生计划"),
        (("--seed-form", "mine"), "种子形式"),
        (("--seed-form", "digits:3"), "种子形式"),
        (("--seed-form", "drand:1000"), "已在 2023-08-23"),
        (("--seed-source", " "), "种子来源"),
        (("--overflow", "maybe"), "多胞胎规则"),
    ],
)
def test_terms_that_would_leave_a_choice_are_refused(roster, tmp_path, changes, told):
    with pytest.raises(DataError, match=told):
        call("commit", roster, *TERMS, "--plan", 3, "--out", tmp_path / "o", *changes)
    assert not (tmp_path / "o").exists()


def test_a_trial_is_drawn_from_the_roster_and_says_that_it_is_none(roster, tmp_path):
    done = call("draw", roster, "--seed", "随便", "--plan", 3, "--out", tmp_path / "试派")
    assert "不得作为正式结果" in done.output
    paper = (tmp_path / "试派" / "commitment.json").read_bytes()
    assert json.loads(paper)["round"] == "试派"
    proof = ("--published", hashlib.sha256(paper).hexdigest(), "--seed", "随便")
    assert "核验无误" in call("verify", tmp_path / "试派", *proof).output
    alone = [sys.executable, tmp_path / "试派" / "verify.py", *proof]
    assert subprocess.run(alone, check=False, capture_output=True).returncode == 0


def test_a_roster_alone_has_a_hash_that_its_order_does_not_change(roster, tmp_path):
    head, *rows = CHILDREN.split()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([head, *reversed(rows)]), encoding="utf-8")
    hashes = [call("commit", path).output.splitlines() for path in (roster, turned)]
    assert next(line for line in hashes[0] if len(line) == 64) in hashes[1]


def test_a_commitment_needs_all_its_terms_and_the_seed_of_none_that_is_a_trial(roster, tmp_path):
    with pytest.raises(DataError, match="没有写明 --seed-form、--seed-source、--out"):
        call("commit", roster, "--school", "甲校", "--plan", 3)
    terms = ("--school", "甲校", "--seed-source", "我", "--seed-form", "trial", "--plan", 3, "--out", tmp_path / "x")
    with pytest.raises(DataError, match="trial 只用于试派"):
        call("commit", roster, *terms)
