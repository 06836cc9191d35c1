"""Every kind of page passes the rules of axe: contrast, names, headings, landmarks, tables, keyboard."""

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.towns import planners_hands
from tests.towns.warning_report import document
from zhaosheng_analysis import alerts, demo, forecast, policy, report, texts


def notice() -> str:
    district, rules = demo.nine_plots(), policy.load("laoting-2025")
    flags = alerts.flag(forecast.project(district, rules, years=[2026]), rules)
    return alerts.notices.page(alerts.notices.draft(flags, district, rules))


def printout() -> str:
    table = pd.DataFrame({"学校": ["甲"], "学位": [90]})
    section = texts.policy.Section("计划", table, "注")
    return report.printout.html("一页", [("区县", "甲")], [section], headline="一句。", synthetic=True, signed=True)


def index() -> str:
    entry = {"name": "early-warning", "folder": "jia", "district": "甲", "headline": "一句。", "policy": "乙"}
    return report.pages.index([entry | {"synthetic": True}])


def questions() -> str:
    line = {
        "kind": "schools",
        "said": "一小",
        "is": "",
        "by": "",
        "on": "",
        "hint": "s1 第一小学",
        "rows": "roll.csv C3",
    }
    return report.questions_page.page([line])


PAGES = {
    "report": lambda: report.pages.html(document()),
    "redraw": planners_hands.plain_page,
    "notice": notice,
    "printout": printout,
    "index": index,
    "questions": questions,
}


@pytest.mark.parametrize("kind", PAGES)
def test_no_rule_of_axe_is_broken(browser, tmp_path, kind):
    path = tmp_path / "page.html"
    path.write_text(PAGES[kind](), encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.goto(path.as_uri())
    broken = Axe().run(page).response["violations"]
    context.close()
    assert not [(rule["id"], node["html"]) for rule in broken for node in rule["nodes"]]
