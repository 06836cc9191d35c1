"""Real JupyterLab as `zhaosheng lab` opens it: Chinese, no news, nothing fetched; map and whole pages open in it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from zhaosheng_analysis import demo, geodata
from zhaosheng_analysis.cli import lab

LINES = """\
import zhaosheng_analysis as zs
district = zs.geodata.load(DISTRICT_DIR)
policy = zs.policy.of(district, beside=DISTRICT_DIR)
outlook = zs.forecast.project(district, policy, years=[2026])
alerts = zs.alerts.flag(outlook, policy)
zs.report.chart(district, alerts, policy)
"""
PAGE = """\
with zs.report.bar("改划方案", parts=4, seconds=20) as bar:
    options = zs.redraw.propose(
        district, alerts, policy, seed="1", iterations=2, outlook=outlook, progress=bar.of_search, stop=bar.stopped
    )
zs.report.inside(zs.report.redraw_page.page(options[0].problem, options, title="改划"))
"""


@pytest.fixture
def address(tmp_path):
    """Run the verb on the little town with a notebook of few cells in place of the first; return its address."""
    town, work = tmp_path / "town", tmp_path / "笔记本"
    geodata.save(demo.nine_plots(), town)
    there = lab.prepare(town, work)
    book = nbformat.read(there / lab.FIRST, as_version=4)
    book.cells = [book.cells[1], *map(nbformat.v4.new_code_cell, (LINES, PAGE, "print('做' + '完')"))]
    (there / lab.FIRST).write_text(nbformat.writes(book), encoding="utf-8")
    line = "import sys; from zhaosheng_analysis.cli.main import main; sys.argv[0] = 'zhaosheng'; main()"
    command = [sys.executable, "-c", line, "lab", str(town), "--work", str(work), "--no-browser"]
    known = os.environ | {"HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=known, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        running.stdout.readline()
        yield running.stdout.readline().strip()
        running.send_signal(signal.SIGINT)
        try:
            assert running.wait(60) == 0
        finally:
            running.kill()  # one that does not stop would keep the suite for ever


def awaited(address: str) -> None:
    """Wait until the server answers."""
    for _ in range(1200):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - of this machine
        except OSError:
            time.sleep(0.1)
            continue
        return
    raise TimeoutError(address)


def test_the_notebook_runs_in_chinese_and_shows_map_bar_and_page(browser, address):
    awaited(address)
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    context.set_default_timeout(60_000)
    page, strange = context.new_page(), []
    page.on("request", lambda asked: strange.append(asked.url) if "//127.0.0.1" not in asked.url else None)
    page.goto(address)
    page.locator("#jp-main-statusbar").get_by_text("| 空闲").wait_for()  # the kernel is there
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.get_by_role("menuitem", name="运行").click()
    page.locator(".lm-Menu-itemLabel").get_by_text("运行所有单元格", exact=True).click()
    page.locator(".jp-OutputArea-output").get_by_text("做完", exact=True).wait_for(state="attached")
    assert "用时" in page.locator(".zs-bar").text_content()
    chart, redraw = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
    chart.locator("path.zs-zone").first.wait_for()
    redraw.get_by_text("一小").first.wait_for(state="attached")
    assert page.locator(".jp-toast, .Toastify__toast").count() == 0
    assert [url for url in strange if not url.startswith(("data:", "blob:", "about:"))] == []
    context.close()
