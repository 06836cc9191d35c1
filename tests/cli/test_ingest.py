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
    told = run("suggest", tmp_path / "in", "--out", recipe)
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
