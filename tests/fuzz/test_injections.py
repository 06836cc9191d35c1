"""Text from data is text wherever it goes: nothing of a hostile town asks, runs or counts.

``make fuzz`` makes its report too and opens every page in Chromium.
"""

import shutil

from typer.testing import CliRunner

from tests.fuzz import ending, hostile
from zhaosheng_analysis import geodata
from zhaosheng_analysis.cli import main


def test_no_hostile_text_lives(tmp_path):
    frames, about = hostile.town()
    geodata.save(geodata.assemble(frames, about, where="镇"), tmp_path / "town")
    town, out = str(tmp_path / "town"), tmp_path / "out"
    verbs = [["admit", town, "--seed", "1", "--out", str(out / "admit")]]
    if ending.SECONDS:
        verbs.append(["forecast", "run", town, "--archive", str(out / "archive"), "--out", str(out / "forecast")])
        verbs.append(["report", town, "--out", str(out / "report")])
    for words in verbs:
        assert CliRunner().invoke(main.app, words).exit_code == 0, words
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    assert not {path.name: found for path in files if (found := hostile.living(path.name, path.read_bytes()))}
    assert b"&lt;img src=" in (out / "admit" / "summary.html").read_bytes()
    if ending.SECONDS:
        asked = opened([path for path in files if path.suffix == ".html"])
        assert not [address for address in asked if not address.startswith(("file:", "data:"))]


def opened(paths):
    """Open pages in a browser; return what they asked for."""
    from playwright.sync_api import sync_playwright

    asked = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in paths:
            page = browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.goto(path.as_uri())
            page.wait_for_timeout(500)
            page.close()
        browser.close()
    return asked
