"""Text from data is text wherever it goes: nothing of a hostile town asks, runs or counts.

``make fuzz`` makes its report too and opens every page in Chromium, and every table and letter in LibreOffice.
"""

import shutil
import tomllib

from typer.testing import CliRunner

from tests.fuzz import ending, hostile, office, rule_damage
from zhaosheng_analysis import geodata, policy
from zhaosheng_analysis.cli import main


def test_no_hostile_text_lives(tmp_path):
    frames, about = hostile.town()
    geodata.save(geodata.assemble(frames, about, where="镇"), tmp_path / "town")
    town, out = str(tmp_path / "town"), tmp_path / "out"
    harmless(["admit", town, "--seed", "1", "--out", str(out / "admit")], out)
    assert b"&lt;img src=" in (out / "admit" / "summary.html").read_bytes()


def test_none_of_four_hundred_lives_in_any_paper(tmp_path):
    """Two towns and a rule file hold them all; `make fuzz` writes every paper of them."""
    data = tomllib.loads((policy.FOLDER / "laoting-2025.toml").read_text(encoding="utf-8"))
    assert hostile.rules(data) > 20
    (tmp_path / "rules.toml").write_text(rule_damage.written(data), encoding="utf-8")
    policy.load(tmp_path / "rules.toml")
    for start in (0, 200) if ending.SECONDS else ():
        frames, about = hostile.town(hostile.MANY, start)
        place, out = tmp_path / str(start), tmp_path / f"out{start}"
        geodata.save(geodata.assemble(frames, about, where="镇"), place / "town")
        town, rules = str(place / "town"), ["--policy", str(tmp_path / "rules.toml")]
        some = ["--iterations", "1", "--seconds", "30", "--workers", "1", "--page"]
        harmless(["admit", town, "--seed", "1", "--out", str(out / "admit"), *rules], out)
        harmless(["forecast", "run", town, "--archive", str(place / "kept"), "--out", str(out / "next"), *rules], out)
        harmless(["audit", town, "--out", str(out / "audit"), *rules], out)
        harmless(["report", town, "--out", str(out / "report"), *rules], out)
        harmless(["redraw", town, "--out", str(out / "redraw"), *some, *rules], out)
        (place / "office").mkdir()
        papers = [path for path in sorted(out.rglob("*")) if path.suffix in (".csv", ".xlsx", ".docx")]
        assert not office.living(papers, place / "office")
        asked = opened(sorted(out.rglob("*.html")))
        assert not [address for address in asked if not address.startswith(("file:", "data:", "blob:"))]


def harmless(words, out):
    """Run a verb; nothing in what it wrote asks, runs or counts, and no file of the machine stands in it."""
    done = CliRunner().invoke(main.app, words)
    assert done.exit_code == 0, (words, done.output[-2000:], done.exception)
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    assert not {path.name: found for path in files if (found := hostile.living(path.name, path.read_bytes()))}
    assert not [path.name for path in files if b"root:x:0" in path.read_bytes()]


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
