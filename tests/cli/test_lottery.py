"""A draw as a school makes it: publish, draw, verify; every byte counts and every fault is told in Chinese."""

import hashlib
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import lottery
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError

CHILDREN = "报名号,姓名,多胞胎编号\nc1,甲,\nc2,乙,t1\nc3,丙,t1\nc4,丁,\nc5,戊,\n"
FAMILIES = {"c1": 1, "t1": 2, "c4": 1, "c5": 1}


def call(*arguments):
    return CliRunner().invoke(main.app, ["lottery", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text(CHILDREN, encoding="utf-8-sig")
    return path


@pytest.fixture
def drawn(roster, tmp_path):
    out = tmp_path / "派位"
    done = call(
        "draw", roster, "--seed", "07 12 31", "--plan", 3, "--out", out, "--stream", "甲校", "--source", "摇号球"
    )
    assert done.exit_code == 0
    return out


def test_the_published_hash_is_that_of_the_canonical_roster(roster):
    lines = "family,heads\nc1,1\nc4,1\nc5,1\nt1,2\n"
    said = call("commit", roster).output
    assert said.splitlines()[0] == hashlib.sha256(lines.encode()).hexdigest()
    assert "4 张票，5 名儿童" in said


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match="没有这个文件"):
        call("commit", tmp_path / "nowhere.csv")


def test_nothing_is_drawn_from_a_list_with_a_total_below_it(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text(CHILDREN + "合计,5人,\n", encoding="gb18030")
    with pytest.raises(DataError, match="A7「合计」"):
        call("draw", path, "--seed", "1", "--plan", 3, "--out", tmp_path / "派位")
    assert not (tmp_path / "派位").exists()


def test_what_was_settled_while_reading_is_said(tmp_path):
    path = tmp_path / "名册.txt"
    path.write_text(("某校报名名册\n" + CHILDREN).replace(",", "；"), encoding="utf-16")
    said = call("commit", path).output
    assert hashlib.sha256(b"family,heads\nc1,1\nc4,1\nc5,1\nt1,2\n").hexdigest() in said
    assert "说明：名册.txt：编码 UTF-16，分隔符为全角分号。" in said
    assert "说明：名册.txt：表头在第 2 行；以上的当作标题，未读：A1「某校报名名册」。" in said


def test_a_draw_is_recorded_with_everything_needed_to_check_it(drawn):
    record = json.loads((drawn / "draw.json").read_text(encoding="utf-8"))
    assert (record["seed"], record["source"], record["plan"], record["children"]) == ("07 12 31", "摇号球", 3, 5)
    result, expected = lottery.draw(FAMILIES, seed="07 12 31", plan=3, stream="甲校", source="摇号球")
    assert record == expected
    listed = (drawn / "派位结果.csv").read_text(encoding="utf-8-sig").splitlines()
    assert listed[0] == "次序,户号,人数,派位号,录取人数"
    assert [line.split(",")[1] for line in listed[1:]] == [row["family"] for row in result]


def test_anyone_can_verify_with_and_without_the_package(drawn):
    assert "核验无误" in call("verify", drawn).output
    alone = subprocess.run([sys.executable, "-I", "verify.py"], cwd=drawn, capture_output=True, text=True, check=False)
    assert alone.returncode == 0
    assert alone.stdout.startswith("OK")


@pytest.mark.parametrize("name", ["roster.csv", "result.csv", "draw.json", "verify.py", "派位结果.csv"])
@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_one_changed_byte_is_noticed(drawn, name, place):
    path = drawn / name
    raw = bytearray(path.read_bytes())
    at = int(len(raw) * place)
    at = next(at for at in range(at, len(raw)) if chr(raw[at]).isalnum())
    raw[at] = ord("7") if raw[at] != ord("7") else ord("8")
    path.write_bytes(bytes(raw))
    with pytest.raises(DataError):
        call("verify", drawn)


def test_a_missing_file_is_named(drawn):
    (drawn / "result.csv").unlink()
    with pytest.raises(DataError, match=r"result\.csv：没有这个文件"):
        call("verify", drawn)


def test_an_existing_draw_is_never_overwritten_unasked(roster, drawn):
    before = (drawn / "draw.json").read_bytes()
    again = ["draw", roster, "--seed", "99", "--plan", 3, "--out", drawn]
    with pytest.raises(DataError, match=r"已有派位结果.*--force"):
        call(*again)
    assert (drawn / "draw.json").read_bytes() == before
    assert call(*again, "--force").exit_code == 0
    assert json.loads((drawn / "draw.json").read_text(encoding="utf-8"))["seed"] == "99"
    assert "核验无误" in call("verify", drawn).output


def test_a_draw_from_another_roster_than_the_published_one_is_refused(roster, tmp_path):
    with pytest.raises(DataError, match="公布的是 abc"):
        call("draw", roster, "--seed", "1", "--plan", 1, "--out", tmp_path / "o", "--published", "abc")
    assert not (tmp_path / "o").exists()


def test_a_draw_without_seed_or_with_a_negative_plan_is_refused(roster, tmp_path):
    with pytest.raises(DataError, match=r"--seed[\s\S]*--plan"):
        call("draw", roster, "--seed", " ", "--plan", -1, "--out", tmp_path / "o")


def test_twins_are_treated_as_asked(roster, tmp_path):
    """Whatever the order, expand takes at least the plan, and stop at most."""
    seats = {}
    for rule in lottery.RULES:
        call("draw", roster, "--seed", "5", "--plan", 2, "--out", tmp_path / rule, "--overflow", rule)
        seats[rule] = json.loads((tmp_path / rule / "draw.json").read_text(encoding="utf-8"))["admitted"]
    assert seats["stop"] <= seats["skip"] == seats["split"] == 2 <= seats["expand"]
