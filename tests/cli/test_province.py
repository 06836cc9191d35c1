"""Many districts in one call: each as its own call gives it, one that fails apart, none done twice."""

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import alerts, demo, forecast, geodata, policy, report
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
    call("admit", tmp_path / "省" / "甲县", "--seed", "2026", "--out", tmp_path / "单")
    for name in ("甲县", "丙县"):  # one is a copy of the other
        assert contents(out / name) == contents(tmp_path / "单")
    listed = pd.read_csv(out / "province.csv")
    assert list(listed["状态"]) == ["未完成", "完成", "完成"]
    page = (out / "province.html").read_text(encoding="utf-8")
    assert page.count('href="%E') == 2
    assert not re.search(r"(?<![\d<])[1-9] (名|人)(?!儿童中)", page), "a count of few children in the list of districts"
    assert "示例数据" in page


def test_what_is_done_is_left_and_what_has_changed_is_done_again(folders, tmp_path):
    out = tmp_path / "果"
    districts = [folder for folder in folders if folder.name in ("甲县", "丙县")]

    def told(words="--seed 2026"):
        done = call("province", "admit", *districts, "--out", out, "--with", words, "--workers", 1)
        times = {name: (out / name / "summary.html").stat().st_mtime_ns for name in ("甲县", "丙县")}
        return done.output, times

    _, before = told()
    homes = tmp_path / "省" / "丙县" / "homes.csv"
    homes.write_text(homes.read_text(encoding="utf-8-sig") + "\n", encoding="utf-8")
    output, after = told()
    assert "2 个区县，完成 2 个，其中 1 个上次已做、数据未变。" in output
    assert {name for name in before if before[name] != after[name]} == {"丙县"}
    (out / "甲县" / "内部-cuts.csv").unlink()
    output, _ = told()
    assert "其中 1 个上次已做" in output
    assert (out / "甲县" / "内部-cuts.csv").is_file()


def test_a_warning_is_listed_with_its_seats_and_a_map(folders, tmp_path):
    town, rules = geodata.load(tmp_path / "省" / "甲县"), policy.load("laoting-2025")
    flags = alerts.flag(forecast.project(town, rules, years=forecast.coming_years(town, 5)), rules)
    there = tmp_path / "报" / "甲县" / "甲县"
    there.mkdir(parents=True)
    numbers = {"numbers": report.last_run.kept(town, rules, flags)}
    (there / "early-warning.json").write_text(json.dumps(numbers), encoding="utf-8")
    (there / "early-warning.html").touch()
    record = {"folder": "甲县", "state": "done", "said": "一句。"}
    record |= report.province.shown(tmp_path / "省" / "甲县", tmp_path / "报" / "甲县")
    row = report.province.table([record]).iloc[0]
    first = flags[(flags["year"] == flags["year"].min()) & (flags["sector"] == "public")]
    assert row["缺学位（个）"] == first["missing_seats_n"].sum()
    assert row["缺学位（所）"] == first["missing_seats_n"].gt(0).sum()
    assert row["户籍学位比红（所）"] == first["level"].eq("red").sum()
    assert row["大班额（所）"] == first["class_flag"].isin(["oversized", "super"]).sum()
    page = report.province.files("report", [record])["province.html"].decode()
    assert "<svg" in page
    assert report.last_run.TWO_COUNTS in page, "why schools that lack seats need not be red"
    assert 'href="%E7%94%B2%E5%8E%BF/%E7%94%B2%E5%8E%BF/early-warning.html"' in page


def test_an_unknown_verb_and_two_folders_of_one_name_are_refused(folders, tmp_path):
    with pytest.raises(DataError, match="没有这个选项"):
        call("province", "explain", folders[0], "--out", tmp_path / "果")
    with pytest.raises(DataError, match="写了两次"):
        call("province", "admit", folders[0], folders[0], "--out", tmp_path / "果")
    other = tmp_path / "邻省" / folders[0].name
    other.mkdir(parents=True)
    with pytest.raises(DataError, match="有几个同名的文件夹"):
        call("province", "admit", folders[0], other, "--out", tmp_path / "果")
