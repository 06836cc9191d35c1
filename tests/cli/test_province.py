"""Many districts in one call: each as its own call gives it, one that fails apart, none done twice."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError


def call(*arguments):
    return CliRunner().invoke(main.app, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def folders(tmp_path):
    """Save the little town twice, with an empty folder between them."""
    town = demo.nine_plots()
    about = {**town.about, "policy": "laoting-2025"}
    geodata.save(replace(town, about=about), tmp_path / "省" / "甲县")
    shutil.copytree(tmp_path / "省" / "甲县", tmp_path / "省" / "丙县")
    (tmp_path / "省" / "乙县").mkdir()
    (tmp_path / "省" / "名单.txt").write_text("甲县\n", encoding="utf-8")
    return sorted((tmp_path / "省").iterdir())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".html")}


def test_each_district_comes_out_as_by_itself_and_one_that_fails_stops_nobody(folders, tmp_path):
    out = tmp_path / "果"
    done = call("province", "admit", *folders, "--out", out, "--with", "--seed 2026", "--workers", 2)
    assert done.exit_code == 1
    assert "3 个区县，完成 2 个，未完成 1 个：乙县。" in done.output
    assert "乙县：没有 district.gpkg 和 district.xlsx" in done.output
    for name in ("甲县", "丙县"):
        call("admit", tmp_path / "省" / name, "--seed", "2026", "--out", tmp_path / "单" / name)
        assert contents(out / name) == contents(tmp_path / "单" / name)
    listed = pd.read_csv(out / "province.csv")
    assert list(listed["状态"]) == ["未完成", "完成", "完成"]
    page = (out / "province.html").read_text(encoding="utf-8")
    assert page.count('href="%E') == 2
    assert "示例数据" in page


def test_what_is_done_is_left_and_what_has_changed_is_done_again(folders, tmp_path):
    out, words = tmp_path / "果", ("--with", "--seed 2026", "--workers", 1)
    districts = [folder for folder in folders if folder.name in ("甲县", "丙县")]
    assert call("province", "admit", *districts, "--out", out, *words).exit_code == 0
    before = {name: (out / name / "summary.html").stat().st_mtime_ns for name in ("甲县", "丙县")}
    homes = tmp_path / "省" / "丙县" / "homes.csv"
    homes.write_text(homes.read_text(encoding="utf-8-sig") + "\n", encoding="utf-8")
    again = call("province", "admit", *districts, "--out", out, *words)
    assert "2 个区县，完成 2 个，其中 1 个上次已做、数据未变。" in again.output
    after = {name: (out / name / "summary.html").stat().st_mtime_ns for name in before}
    assert {name for name in before if before[name] != after[name]} == {"丙县"}
    (out / "甲县" / "summary.html").unlink()
    call("province", "admit", *districts, "--out", out, *words)
    assert (out / "甲县" / "summary.html").is_file()
    other = call("province", "admit", *districts, "--out", out, "--with", "--seed 2027", "--workers", 1)
    assert "上次已做" not in other.output


def test_a_warning_is_listed_with_its_seats_and_a_map(folders, tmp_path):
    districts = [folder for folder in folders if folder.name == "甲县"]
    done = call("province", "report", *districts, "--out", tmp_path / "报", "--workers", 1)
    assert done.exit_code == 0, done.output
    row = pd.read_csv(tmp_path / "报" / "province.csv").iloc[0]
    assert row["缺学位"] <= row["今后最多缺"]
    assert 0 <= row["大班额（所）"] <= 3
    assert "<svg" in (tmp_path / "报" / "province.html").read_text(encoding="utf-8")
    assert (tmp_path / "报" / "甲县" / "甲县" / "early-warning.pdf").is_file()


def test_an_unknown_verb_and_two_folders_of_one_name_are_refused(folders, tmp_path):
    with pytest.raises(DataError, match="没有这个选项"):
        call("province", "explain", folders[0], "--out", tmp_path / "果")
    with pytest.raises(DataError, match="有几个同名的文件夹"):
        call("province", "admit", folders[0], folders[0], "--out", tmp_path / "果")
