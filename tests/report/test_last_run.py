"""A report beside its predecessor, through the command a bureau types."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import alerts, demo, forecast, geodata, policy, report
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import DataError


def test_a_second_report_says_what_changed_and_from_which_numbers(tmp_path):
    town = demo.nine_plots()
    plans = town.table("plans")
    more = plans.assign(seats_n=plans["seats_n"] + 20, class_size_n=plans["class_size_n"] + 20 // plans["classes_n"])
    geodata.save(replace(town, tables=town.tables | {"plans": more}), tmp_path / "town")
    rules = policy.load("laoting-2025")
    years = forecast.coming_years(town, 5)
    flags = alerts.flag(forecast.project(town, rules, years=years), rules)
    first = tmp_path / "first" / "town" / "early-warning.json"
    first.parent.mkdir(parents=True)
    first.write_text(json.dumps({"numbers": report.last_run.kept(town, rules, flags)}), encoding="utf-8")
    verb = ["report", f"{tmp_path}/town", "--out", f"{tmp_path}/second", "--last", f"{tmp_path}/first"]
    second = CliRunner().invoke(main.app, verb)
    assert second.exit_code == 0, second.output
    page = (tmp_path / "second" / "town" / "early-warning.html").read_text(encoding="utf-8")
    part = page[page.index("<caption>与上次相比") :].partition("</table>")[0]
    assert "消除" in part
    assert "新增" not in part
    assert "计划学位" in part
    gone = part.count(">消除<")
    assert f"与上次相比（校、年）：消除 {gone}" in (tmp_path / "second" / "index.html").read_text(encoding="utf-8")
    assert "规则编号、原文和参数与上次相同" in page
    assert str(tmp_path) not in page
    again = report.last_run.last(tmp_path / "second" / "town")["rows"]
    assert len(again) == len(flags)
    assert (again["seats_n"] - flags["seats_n"]).dropna().eq(20).all()


def test_what_is_no_last_report_is_refused(tmp_path):
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    flags = alerts.flag(forecast.project(town, rules, years=[2026]), rules)
    kept = report.last_run.kept(town, rules, flags)
    (tmp_path / "early-warning.json").write_text(json.dumps({"numbers": kept}), encoding="utf-8")
    assert "没有变化" in str(report.since(town, rules, flags, str(tmp_path)).data)
    with pytest.raises(DataError, match="是「town」的报告"):
        report.since(replace(town, id="other"), rules, flags, str(tmp_path))
    (tmp_path / "early-warning.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="里面没有上次的逐校数字"):
        report.since(town, rules, flags, str(tmp_path))
    with pytest.raises(DataError, match="没有这个文件"):
        report.since(town, rules, flags, str(tmp_path / "none"))


def test_the_list_of_reports_adds_up_the_published_years(tmp_path):
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    flags = alerts.flag(forecast.project(town, rules, years=forecast.coming_years(town, 5)), rules)
    flags = flags.assign(sector=flags["sector"].mask(flags["school_id"] == "s3", "private"))
    published = flags[~flags["watch"] & (flags["sector"] == "public")]
    years = report.last_run.by_year(report.last_run.kept(town, rules, flags))
    assert [it["year"] for it in years] == sorted(published["year"].unique())
    assert [it["lacking_n"] for it in years] == published.groupby("year")["missing_seats_n"].sum().astype(int).tolist()
    assert sum(it["red_n"] for it in years) == published["level"].eq("red").sum()
    entry = {
        "district": "九格镇",
        "headline": "",
        "policy": "",
        "synthetic": True,
        "folder": "town",
        "name": "early-warning",
    }
    page = report.pages.index([entry | {"numbers": report.last_run.kept(town, rules, flags)}, entry])
    assert page.count("缺学位（个）</th>") == page.count("缺学位（所）</th>") == 1
    assert report.last_run.by_year(None) == []
