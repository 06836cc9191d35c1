"""The page of open questions in Chromium with the network off: what is answered there is what ingest reads."""

import pytest

from tests.towns.warning_report import HOSTILE
from zhaosheng_analysis import report
from zhaosheng_analysis.ingest import answers


def line(kind: str, said: str, *, hint: str = "", rows: str = "", taken: tuple[str, str, str] = ("", "", "")) -> dict:
    return {"kind": kind, "said": said, **dict(zip(("is", "by", "on"), taken, strict=True)), "hint": hint, "rows": rows}


LINES = [
    line("schools", "旧校", rows="roll.csv C2", taken=("s9", "李四", "2025-06-01")),
    line("schools", "一小", rows="roll.csv C3", hint="s1 第一小学；s7 一小分校"),
    line("addresses", '丰园5号楼,"甲"', hint="u2；u3"),
    line("units", HOSTILE),
    line("units", "=1+1"),
]


@pytest.fixture
def page(browser, tmp_path):
    context = browser.new_context(offline=True, locale="zh-CN")
    context.set_default_timeout(60_000)
    page, requests, errors = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda told: errors.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    path = tmp_path / "questions.html"
    path.write_text(report.questions_page.page(LINES), encoding="utf-8")
    page.goto(path.as_uri())
    yield page
    assert not errors
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    context.close()


def test_only_what_is_doubtful_is_asked_and_names_are_text(page):
    assert page.locator("li").count() == 4
    assert page.locator("#left").inner_text() == "还有 4 处待定，共 4 处"
    assert HOSTILE in page.locator("legend").nth(2).inner_text()


def test_what_is_answered_is_what_ingest_reads(page, tmp_path):
    cards = page.locator("li")
    cards.nth(0).get_by_label("s1 第一小学").check()
    cards.nth(1).get_by_label("无（不属于本区县）").check()
    cards.nth(3).get_by_label("别的编号", exact=True).last.fill("u8")
    assert page.locator("#left").inner_text() == "还有 1 处待定，共 4 处"
    page.locator("#by").fill("张三")
    page.locator("#on").fill("2026-11-29")
    with page.expect_download() as told:
        page.locator("#save").click()
    path = tmp_path / told.value.suggested_filename
    told.value.save_as(path)
    found = answers.load(path)
    assert found.of("schools", "旧校") == "s9"
    assert found.of("schools", "一小") == "s1"
    assert found.of("addresses", '丰园5号楼,"甲"') == answers.NOBODY
    assert found.of("units", "=1+1") == "u8"
    assert found.of("units", HOSTILE) == ""
    by = {line["said"]: (line["by"], line["on"]) for line in answers.lines(path)}
    assert by["旧校"] == ("李四", "2025-06-01"), "who decided before is not written over"
    assert by["一小"] == ("张三", "2026-11-29")
    assert by[HOSTILE] == ("", "")


def test_nothing_is_handed_out_without_a_name_and_a_day(page):
    downloads = []
    page.on("download", lambda told: downloads.append(told))
    page.locator("li").nth(0).get_by_label("s1 第一小学").check()
    page.locator("#save").click()
    assert page.locator("#by:invalid").count() == 1
    assert not downloads
