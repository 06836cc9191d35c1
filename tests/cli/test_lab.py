"""The notebooks as a planner gets them: the path filled in, nothing of one's own written over."""

import ast
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import report
from zhaosheng_analysis.cli import lab, main
from zhaosheng_analysis.schema import DataError


def parameters(path: Path) -> dict:
    return report.notebook.parameters(nbformat.read(path, as_version=4))


def test_every_notebook_has_the_path_of_the_district_and_keeps_the_rest(town_dir, tmp_path):
    there = lab.prepare(town_dir, tmp_path / "笔记本")
    assert there == tmp_path / "笔记本" / "town"
    ours = report.notebook.find("00-start-here").parent
    assert sorted(path.name for path in there.iterdir()) == sorted(path.name for path in ours.glob("*.ipynb"))
    for path in there.iterdir():
        filled, usual = parameters(path), parameters(ours / path.name)
        assert filled.keys() == usual.keys()
        assert filled.get("DISTRICT_DIR", town_dir.as_posix()) == town_dir.as_posix()
        rest = usual.keys() - {"DISTRICT_DIR", "SENTENCE"}
        assert {name: filled[name] for name in rest} == {name: usual[name] for name in rest}


def test_nothing_of_ones_own_is_written_over(town_dir, tmp_path):
    there = lab.prepare(town_dir, tmp_path / "w")
    setting = tmp_path / "w" / ".jupyter" / "@jupyterlab" / "translation-extension" / "plugin.jupyterlab-settings"
    for path in (there / "00-start-here.ipynb", setting):
        path.write_text("mine", encoding="utf-8")
    (there / "01-catchment-map.ipynb").unlink()
    lab.prepare(town_dir, tmp_path / "w")
    assert [path.read_text(encoding="utf-8") for path in (there / "00-start-here.ipynb", setting)] == ["mine"] * 2
    assert parameters(there / "01-catchment-map.ipynb")["DISTRICT_DIR"] == town_dir.as_posix()


def test_a_faulty_folder_is_told_of_and_opened_all_the_same(town_dir, tmp_path, capsys):
    (town_dir / "children.csv").write_text("不是表\n", encoding="utf-8")
    assert lab.prepare(town_dir, tmp_path / "w").is_dir()
    assert "笔记本照样打开" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="没有这个文件夹"):
        CliRunner().invoke(main.app, ["lab", str(tmp_path / "无"), "--no-browser"], catch_exceptions=False)
    assert not list(tmp_path.iterdir())


def test_a_path_of_any_letters_is_a_parameter_that_can_be_read():
    for value in ['D:/数据/"县"', "a'b", "c\\d"]:
        assert ast.literal_eval(lab._literal(value)) == value
