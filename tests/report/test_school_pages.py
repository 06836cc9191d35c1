"""One page a school says what the tables of the district's report say of it, and no other school's numbers."""

import io
import re

import pypdf
import pytest

from zhaosheng_analysis import alerts, demo, forecast, policy, report
from zhaosheng_analysis.alerts import actions


@pytest.fixture(scope="module")
def town():
    district, rules = demo.nine_plots(), policy.load("laoting-2025")
    outlook = forecast.project(district, rules, years=[2026, 2027])
    flags = alerts.flag(outlook, rules)
    return flags, outlook, actions.propose(flags, outlook, district, rules), district, rules


def test_every_public_school_has_its_page_and_its_numbers(town):
    flags = town[0]
    pages = dict(report.school_pages.documents(*town))
    public = flags[flags["sector"] == "public"]
    assert set(pages) == set(public["school_id"])
    for school, page in pages.items():
        mine = public[public["school_id"] == school].sort_values("year")
        table = next(block for block in page.blocks if block.get("title") == "逐年的数字")
        at = {column["key"]: number for number, column in enumerate(table["columns"])}
        told = sorted((row[at["year"]], row[at["demand_n"]], row[at["missing_seats_n"]]) for row in table["rows"])
        assert told == [tuple(row) for row in mine[["year", "demand_n", "missing_seats_n"]].to_numpy().tolist()]
        assert page.head["facts"][0] == ("使用范围", alerts.small_schools.INSIDE)  # nobody has ten children here
        short = mine[mine["missing_seats_n"] > 0]
        assert ("缺学位" in page.head["headline"]) == bool(len(short))
        if len(short):
            assert f"自 {short['year'].min()} 年起" in page.head["headline"]
            assert f"最多缺 {short['missing_seats_n'].max()} 个" in page.head["headline"]


def test_a_school_has_its_page_without_any_rule_file_too(town):
    flags, outlook, steps, district, _ = town
    pages = dict(report.school_pages.documents(flags, outlook, steps, district, policy.load(policy.NEUTRAL)))
    assert set(pages) == set(flags.loc[flags["sector"] == "public", "school_id"])


def test_files_are_named_by_the_school_and_name_no_other(town, tmp_path):
    report.school_pages.write(*town, tmp_path)
    schools = town[3].schools.query("sector == 'public'")
    names = schools.set_index("school_id")["name"]
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {f"{name}（{school}）.pdf" for school, name in names.items()}
    for school, name in names.items():
        content = (tmp_path / f"{name}（{school}）.pdf").read_bytes()
        words = re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages))
        assert f"{name}：学位一页" in words
        assert "示例数据" in words


def test_no_folder_no_pages(town, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report.school_pages.write(*town, "")
    assert not list(tmp_path.iterdir())
