"""The verbs of ingest at the command line: suggest, correct, run, run again."""

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError


def run(*arguments) -> str:
    done = CliRunner().invoke(main.app, ["ingest", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


ROLL = "校名,一年级,二年级\n甲校,40,41\n合计,40,41\n"


def test_from_a_folder_to_tables(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "roll.csv").write_text(ROLL, encoding="gb18030")
    recipe = tmp_path / "in" / "ingest.toml"
    told = run("suggest", tmp_path / "in")
    assert "待定" in told
    words = recipe.read_text(encoding="utf-8")
    line = next(line for line in words.splitlines() if "待定：school_year" in line)
    recipe.write_text(words.replace(line, 'school_year = { is = 2025, why = "表名" }'), encoding="utf-8")
    told = run("run", recipe, "--out", tmp_path / "out")
    assert "roll_counts" in told
    assert "合计、注释、重复的表头 1 行" in told
    assert (tmp_path / "out" / "ingest-log.csv").is_file()
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    run("run", recipe, "--out", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_recipe_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "roll.csv").write_text(ROLL, encoding="utf-8")
    (tmp_path / "ingest.toml").write_text("# 已定\n", encoding="utf-8")
    with pytest.raises(DataError, match="已作的决定不覆盖"):
        run("suggest", tmp_path, "--out", tmp_path / "ingest.toml")
    assert (tmp_path / "ingest.toml").read_text(encoding="utf-8") == "# 已定\n"


def test_a_file_given_for_the_folder_is_said(tmp_path):
    (tmp_path / "roll.csv").write_text(ROLL, encoding="utf-8")
    with pytest.raises(DataError, match="不是文件夹"):
        run("suggest", tmp_path / "roll.csv")


def test_open_questions_become_a_page(tmp_path):
    recipe = tmp_path / "ingest.toml"
    recipe.write_text(
        """
[[sources]]
files = "units.csv"
units = { unit_id = "编号", name = "名称", kind = { is = "community", why = "名单" } }
[[sources]]
files = "homes.csv"
homes = { child_id = "编号", home_n = { is = 1, why = "x" }, owner = { is = "父母", why = "x" }, \
evidence = { is = "不动产权证", why = "x" }, unit_id = { address = "地址" } }
""",
        encoding="utf-8",
    )
    (tmp_path / "units.csv").write_text("编号,名称\nu2,丰园东区\nu3,丰园西区\n", encoding="utf-8")
    (tmp_path / "homes.csv").write_text("编号,地址\nc2,丰园5号楼\n", encoding="utf-8")
    assert "没有待定的" in run("ask", recipe, "--out", tmp_path / "ask.html")
    assert "还有 1 处待定" in run("run", recipe, "--out", tmp_path / "out")
    assert "待定 1 处" in run("ask", recipe, "--out", tmp_path / "ask.html")
    assert "丰园5号楼" in (tmp_path / "ask.html").read_text(encoding="utf-8")
