"""A bureau in spring has rolls and plans and no registered child: it forecasts, warns and redraws all the same."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from zhaosheng_analysis import applicants, audit, demo, forecast, geodata, policy, redraw, tiers
from zhaosheng_analysis.cli import main
from zhaosheng_analysis.schema import TABLES, DataError

COUNTS = ("plans", "roll_counts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of the little town with rolls and plans only, which names no rule file."""
    whole = demo.nine_plots()
    about = {key: value for key, value in whole.about.items() if key != "policy"}
    path = tmp_path_factory.mktemp("spring") / "九格"
    geodata.save(replace(whole, about=about, tables={name: whole.table(name) for name in COUNTS}), path)
    return path


def said(*arguments: str) -> tuple[int, str]:
    """Run the command line and return its exit code and what it says, a refusal too."""
    done = CliRunner().invoke(main.app, [str(argument) for argument in arguments])
    return done.exit_code, f"{done.output}{done.exception or ''}"


def sheets(path: Path) -> dict[str, pd.DataFrame]:
    """Read every sheet of a workbook as text."""
    return pd.read_excel(path, sheet_name=None, header=None, dtype="str", engine="calamine")


def test_the_report_is_made_and_says_which_parts_it_lacks(folder, tmp_path):
    code, words = said("report", folder, "--out", tmp_path)
    assert (code, words.count("因此没有")) == (0, 4)
    lacking = sheets(tmp_path / "九格" / "early-warning.xlsx")["缺少的部分"].to_numpy().tolist()
    assert ["按本地规则谁会落选、去哪里", "儿童、房产、户籍、居住证、报名"] in lacking
    page = (tmp_path / "九格" / "early-warning.html").read_text(encoding="utf-8")
    assert "没有本地规则文件（通用假定）" in page
    assert "没有录取规则或没有报名数据，不作模拟。" in page


def test_rules_without_tiers_admit_nobody_and_leave_a_redraw_to_the_forecast():
    """As for 湛河, whose rules are a list of questions, with children who have registered for the same year."""
    town = demo.nine_plots()
    rules = replace(policy.load("zhanhe-2024"), intake_year=2025)
    with pytest.raises(DataError, match="没有类别表"):
        applicants.build(town, rules)
    reference = redraw.reference_of(town, rules, stage="primary", seed="1", years=[2026])
    assert (reference.side.ranked, reference.side.children) == (None, None)


def test_every_seat_missing_is_that_of_the_forecast():
    whole = demo.nine_plots()
    district = replace(whole, tables={name: whole.table(name) for name in COUNTS})
    rules, years = policy.of(district), [2026, 2027]
    reference = redraw.reference_of(district, rules, stage="primary", seed="1", years=years)
    assignment = redraw.Assignment(district.id, rules.id, "primary", dt.date(2026, 3, 1), reference.side.sets)
    score = redraw.score(district, rules, assignment, seed="1", years=years, reference=reference)
    mine = forecast.project(district, rules, years=years).schools.query("stage == 'primary'")
    lacking = (mine["demand_n"] - mine["seats_n"].fillna(0)).clip(lower=0).sum()
    assert score.seats["missing_before_n"].sum() == score.seats["missing_after_n"].sum() == lacking
    assert not score.simulated
    assert tiers.ranked(district, rules) is None


def test_a_redraw_writes_its_papers_without_a_list_of_families(folder, tmp_path):
    verb = ("redraw", folder, "--iterations", "1", "--seconds", "600", "--years", "2026", "--out", tmp_path, "--page")
    code, words = said(*verb, "--workers", "1")
    assert code == 0, words
    assert (tmp_path / "options.html").is_file()
    assert (tmp_path / "fewest" / "hearing.pdf").is_file()
    assert not (tmp_path / "fewest" / "内部-families.xlsx").exists()
    assert "还没有报名数据，没有模拟录取" in (tmp_path / "options.html").read_text(encoding="utf-8")


def test_an_intake_asks_for_all_its_tables_before_any_work(folder, tmp_path):
    code, words = said("admit", folder, "--policy", "laoting-2025", "--seed", "1", "--out", tmp_path / "new")
    assert code != 0
    for title in ("儿童", "房产", "户籍", "居住证", "报名"):
        assert f"缺少表「{title}」" in words
    assert not (tmp_path / "new").exists()


def test_check_says_what_cannot_be_done_yet(tmp_path):
    whole = demo.nine_plots()
    counts = {name: whole.table(name) for name in COUNTS if name != "cohorts"}
    geodata.save(replace(whole, tables=counts, units=whole.units.iloc[:0]), tmp_path / "d")
    told = said("check", tmp_path / "d")[1]
    assert "还不能做模拟录取：缺少儿童、房产、户籍、居住证、报名" in told
    assert "还不能做学区调整方案：图层「小区与村」里一个也没有。" in told


def test_without_a_rule_file_nobody_is_admitted_and_only_national_rules_are_audited(tmp_path):
    whole = demo.nine_plots()
    about = {key: value for key, value in whole.about.items() if key != "policy"}
    geodata.save(replace(whole, about=about), tmp_path / "d")
    code, words = said("admit", tmp_path / "d", "--seed", "1", "--out", tmp_path / "new")
    assert (code != 0, "没有类别表" in words) == (True, True)
    code, words = said("audit", tmp_path / "d", "--out", tmp_path / "out")
    assert code == 0, words
    page = (tmp_path / "out" / "d" / "compliance-audit.html").read_text(encoding="utf-8")
    assert "没有「班级」表，班额没有核查" in page
    findings = audit.run(whole, policy.load(policy.NEUTRAL))
    assert set(findings.summary["rule"]) == {rule.id for rule in audit.rules.declared() if rule.national}


@pytest.mark.parametrize("job", ["report", "forecast", "redraw", "admit", "audit"])
def test_the_template_of_a_job_holds_what_it_asks_for(job, tmp_path):
    name = "zhanhe-2024" if job == "audit" else "laoting-2025"
    assert said("template", name, "--for", job, "--out", tmp_path / "new")[0] == 0
    needs = policy.needed_tables.tables(policy.load(name), job)
    titles = {TABLES[table].title for table in (*needs.needed, *needs.useful)}
    assert set(sheets(tmp_path / "new" / "district.xlsx")) == {"怎么填", "说明"} | titles


def test_a_job_there_is_none_of_is_refused(tmp_path):
    code, words = said("template", "laoting-2025", "--for", "reprot", "--out", tmp_path / "new")
    assert code != 0
    assert "是不是「report」" in words
