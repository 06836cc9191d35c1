"""Chromium with the network off, and a window in which a planner works."""

import os
import shutil
from types import SimpleNamespace

import pytest

from tests.towns import planners_hands

CHROMIUM = shutil.which("chromium")
IN_CI = bool(os.environ.get("CI"))
# Only a machine without Chromium that is not CI goes without these, as the README says.
MISSING = "pages are opened in Chromium, which is not installed here: apt-get install chromium"


@pytest.fixture(scope="session")
def browser():
    """Start Chromium once."""
    if CHROMIUM is None and not IN_CI:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def window(browser):
    """Return one page for many tests, with what it asked for, what went wrong in it and what is shown in it."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.set_default_timeout(60_000)  # a page is waited for; how long a loaded machine takes is no fault of it
    window = SimpleNamespace(context=context, page=None, requests=[], errors=[], shown="")
    context.on("request", lambda request: window.requests.append(request.url))
    noted = ("error", "warning")
    context.on("console", lambda told: window.errors.append(told.text) if told.type in noted else None)
    context.on("weberror", lambda error: window.errors.append(str(error.error)))
    yield window
    context.close()


@pytest.fixture
def opened(window, tmp_path):
    """Return a function that shows the page of a problem and returns the planner's hands.

    The page that is shown already is tidied by taking every step back; it is loaded anew where that is asked for.
    """

    def show(found=None, options=None, *, anew=False, html="") -> planners_hands.Hands:
        html = html or (planners_hands.plain_page() if found is None else planners_hands.written(found, options))
        if window.page is None or window.page.is_closed():
            window.page, window.shown = window.context.new_page(), ""
        if html == window.shown and not anew:
            window.page.mouse.move(0, 0)
            window.page.evaluate(planners_hands.TIDY)
        else:
            if window.shown:
                window.page.evaluate("localStorage.clear()")
            path = tmp_path / "redraw.html"
            path.write_text(html, encoding="utf-8")
            window.page.goto(path.as_uri())
            window.shown = html
        return planners_hands.Hands(window.page, found or planners_hands.plain())

    yield show
    assert not window.errors
    assert [url for url in window.requests if not url.startswith(("file:", "blob:"))] == []
