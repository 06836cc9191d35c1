"""Plant hostile texts in everything a person may write, run every verb, and open all it wrote as a reader would.

``python -m tests.fuzz.injections FOLDER`` (a part of ``make fuzz``) prints what lives, and how many of the texts came
through as words.
"""

import argparse
import io
import shutil
import sys
import tempfile
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pypdf
from typer.testing import CliRunner

from tests.fuzz import hostile, office, rule_damage
from tests.towns import audit_town
from zhaosheng_analysis import geodata, policy
from zhaosheng_analysis.cli import main as cli

#: What files and folders are called.
NAMED = "=1+1 <img src=x onerror=alert(1)> #read(1) 甲"
SOME = ["--iterations", "1", "--seconds", "60", "--workers", "1", "--page"]
OF_A_DRAW = ["--plan", "20", "--seed", "071231", "--note", hostile.TEXTS[0]]
OF_CLASSES = ["--classes", "3", "--stage", "primary", "--seed", "071231", "--note", hostile.TEXTS[2]]
OWN = ("file:", "data:", "blob:", "about:")
# A page that is opened says what of it acts: elements with a program, or that fetch.
SEEN = """() => [...document.querySelectorAll('*')].flatMap(it => [...it.attributes]
  .filter(at => (/^on/.test(at.name) && /alert/.test(at.value)) || /^javascript:/i.test(at.value)
    || (/^(src|srcset|href|data|action|poster|style|content)$/.test(at.name) && /127\\.0\\.0\\.1:9/.test(at.value)))
  .map(at => it.tagName + ' ' + at.name + '=' + at.value.slice(0, 60)))"""
READABLE = (".csv", ".xlsx", ".docx")


def rules(place, start):
    """Write a rule file whose free words are hostile, under a hostile name; return it."""
    data = tomllib.loads((policy.FOLDER / "laoting-2025.toml").read_text(encoding="utf-8"))
    planted = hostile.rules(data, start=start)
    path = place / f"{NAMED}.toml"
    path.write_text(rule_damage.written(data), encoding="utf-8")
    policy.load(path)
    return path, planted


def towns(place):
    """Write a town that admits and one that is audited; return their folders and how many texts are in them."""
    frames, about = hostile.town(hostile.MANY)
    audited = audit_town.layers() | audit_town._clean()
    folders, last = {}, 0
    for name, (tables, facts) in {
        "admits": (frames, about),
        "audited": (hostile.planted(audited, hostile.MANY, 500), audit_town.ABOUT | {"name": hostile.MANY[8]}),
    }.items():
        folders[name] = place / name / NAMED
        geodata.save(geodata.assemble(tables, facts, where="镇"), folders[name])
        last += len(hostile.marks(" ".join(frame.to_csv() for frame in tables.values()).encode()))
    return folders, last


def lists(place):
    """Write a roster of a draw and one of classes with hostile columns."""
    heads = {"lottery": "户号,人数", "classes": "pupil_id,sex,birth_on,migrant,feeder,special,twin_id"}
    for name, head in heads.items():
        rows = [f"{head},{hostile.TEXTS[1]},备注"]
        for n in range(1, 41):
            own = f"A{n:03},1" if name == "lottery" else f"P{n:03},{'男女'[n % 2]},2018-{1 + n % 9:02}-02,否,,否,"
            text = hostile.marked(hostile.MANY, 900 + n).replace('"', '""')
            rows.append(f'{own},"{text}","{text}"')
        (place / f"{name}.csv").write_text("\n".join(rows), encoding="utf-8")


def verbs(folders, place, rule_file, out):
    """List the verbs, each with what it writes to."""
    town, audited, said = str(folders["admits"]), str(folders["audited"]), ["--policy", str(rule_file)]
    return {
        "check": ["check", town],
        "zones": ["zones", "check", town, "--pictures", str(out / "zones"), *said],
        "admit": ["admit", town, "--seed", "1", "--draws", "3", "--out", str(out / "admit"), *said],
        "explain": ["explain", town, "c1", "--seed", "1", *said],
        "forecast": ["forecast", "run", town, "--archive", str(place / "kept"), "--out", str(out / "next"), *said],
        "backtest": ["forecast", "backtest", town, "--out", str(out / "past"), *said],
        "policy": ["policy", "show", str(rule_file)],
        "lottery": ["lottery", "draw", str(place / "lottery.csv"), "--out", str(out / "lottery"), *OF_A_DRAW],
        "classes": ["classes", "form", str(place / "classes.csv"), "--out", str(out / "classes"), *OF_CLASSES],
        "template": ["template", "laoting-2025", "--out", str(out / "template")],
        "province": ["province", "admit", town, "--out", str(out / "province"), "--with", "--seed 1", "--workers", "1"],
        "audit": ["audit", audited, "--out", str(out / "audit")],
        "audit of the first": ["audit", town, "--out", str(out / "audit1"), *said],
        "report": ["report", town, "--out", str(out / "report"), *said],
        "redraw": ["redraw", town, "--out", str(out / "redraw"), *SOME, *said],
    }


def text_of(path):
    """Return what a reader can read in a file, whatever its form."""
    content = path.read_bytes()
    if path.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).encode()
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return b" ".join(map(package.read, package.namelist()))
    return content


def opened(paths):
    """Open pages in Chromium; return what they asked for, said or would do."""
    from playwright.sync_api import sync_playwright

    acted = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context()
        context.on("request", lambda it: None if it.url.startswith(OWN) else acted.append(it.url))
        context.on("dialog", lambda it: (acted.append(f"dialog {it.message}"), it.dismiss()))
        for path in paths:
            page = context.new_page()
            page.goto(path.as_uri())
            page.wait_for_timeout(300)
            acted += [f"{path.name}: {what}" for what in page.evaluate(SEEN)]
            page.close()
        browser.close()
    return acted


def judged(out, place):
    """Return what of all files lives, by who sees it, and the marks that came through."""
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    contents = {path: text_of(path) for path in files}
    (place / "office").mkdir()
    alive = {
        "in the files": {path.name: hit for path in files if (hit := hostile.living(path.name, path.read_bytes()))},
        "of the machine": [path.name for path, content in contents.items() if b"root:x:0" in content],
        "in Chromium": opened([path for path in files if path.suffix in (".html", ".svg")]),
        "in LibreOffice": office.living([path for path in files if path.suffix in READABLE], place / "office"),
    }
    through = set().union(*(hostile.marks(content) for content in contents.values()))
    return alive, through, Counter(path.suffix for path in files)


def tell(*words):
    print(*words, flush=True)  # noqa: T201 - what the script is for


def tried(place, only=()):
    """Plant, run and judge; return what is wrong."""
    out = place / "out"
    folders, planted = towns(place)
    rule_file, in_rules = rules(place, 210)
    lists(place)
    tell("planted", planted, "in towns", in_rules, "in rules; distinct texts", len(set(hostile.MANY)))
    wrong, said = [], ""
    for name, words in verbs(folders, place, rule_file, out).items():
        if only and name not in only:
            continue
        done = CliRunner().invoke(cli.app, words)
        tell(name, "exit", done.exit_code)
        said += done.output
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            wrong.append(f"{name}: {done.exception}")
    alive, through, kinds = judged(out, place)
    through |= hostile.marks(said.encode())
    tell("texts that came through", len(through), "files", dict(kinds))
    for where, found in alive.items():
        tell("alive", where, len(found), found or "")
    return wrong + [f"{where}: {found}" for where, found in alive.items() if found], through


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong, _ = tried(Path(folder), asked.only)
    for what in wrong:
        tell("WRONG", what)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
