"""Do every verb that writes twice and compare what it wrote and said, byte by byte.

The second time the rows of every table, layer and list stand the other way round, it is done in another folder, with
another PYTHONHASHSEED and, where it takes ``--workers``, by two of them. ``python -m tests.fuzz.twice`` does all verbs
on the little town (``--only admit report`` some of them); the suite does the quick ones in one process.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import pyogrio

from zhaosheng_analysis import demo, geodata, outputs

#: Verb -> what is typed, in this order: {town} the district, {out} where it writes, {place} the folder of the run.
VERBS = {
    "check": "{town} --picture {out}.png",
    "template": "laoting-2025 --out {out}",
    "admit": "{town} --seed 1 --out {out}",
    "explain": "{town} c3 --seed 1",
    "siblings": "{town} --seed 1 --policy quzhou-2022 --out {out}",
    "policy new": "heping-2026 --out {out}",
    "policy show": "laoting-2025 --html {out}.html",
    "policy compare": "laoting-2025 --set cutoff.inclusive=false --district {town} --out {out}",
    "policy rules": "laoting-2025",
    "zones check": "{town} --pictures {out}",
    "zones parse": "中一路以东 --district {town} --picture {out}.png",
    "zones write": "{town} z1",
    "forecast run": "{town} --years 3 --archive {place}/archive --out {out}",
    "forecast backtest": "{town} --out {out}",
    "forecast tables": "{town} --out {out}",
    "forecast score": "{run} {town} --out {out}",
    "lottery draw": "{place}/roster.csv --plan 20 --seed 071231 --out {out}",
    "classes form": "{place}/pupils.csv --classes 3 --stage primary --seed 071231 --out {out}",
    "classes lists": "{place}/classes-form {place}/pupils.csv --out {out}",
    "classes test": "{place}/classes-form",
    "classes file": "{place}/teams.csv --filed-at 2024-08-23T10:00 --seed-form digits:6 --seed-source 球 --out {out}",
    "classes headroom": "{town} --policy quzhou-2022 --out {out}",
    "ledger sample": "{town} --seed 1 --out {out}",
    "ingest suggest": "{place}/files --out {out}.toml",
    "province": "admit {town} --out {out} --with --seed=1 --workers {workers}",
    "demo": "{out} --district zhanhe",
    "audit": "{town} --key {place}/key.txt --seed 1 --out {out}",
    "ledger print": "{place}/audit/town/ledger.xlsx --out {out}",
    "redraw propose": "{town} --seed 1 --iterations 1 --seconds 120 --years 2026 --workers {workers} --out {out}",
    "redraw score": "{assignment} --district {town} --years 2026 --out {out}",
    "report": "{town} --out {out} --workers {workers}",
}
#: Verb -> why it has no bytes of its own to compare.
WITHOUT = {
    "lab": "opens a browser",
    "wheelhouse": "fetches packages",
    "docs": "reads no data",
    "test": "runs the suite",
    "strip": "clears notebooks of the checkout",
    "benchmark": "prints seconds",
    "ingest fetch": "reads a database",
    "ingest key": "makes a secret key",
    "ingest run": "writes what the recipe says (tests/ingest/test_round_trip.py)",
    "ingest ask": "needs a recipe with open questions (tests/ingest)",
    "policy coverage": "prints",
    "policy words": "reads no data",
    "policy source": "prints",
    "policy check": "prints",
    "zones settle": "saves a district (tests/geodata/test_district.py)",
    "zones repair": "saves a district (tests/geodata/test_district.py)",
    "lottery commit": "makes secret salts",
    "lottery verify": "prints",
    "classes commit": "the first half of `classes form`",
    "classes teachers": "takes what `classes file` wrote and the seed",
    "classes verify": "prints",
    "classes compare": "prints",
    "classes change": "rewrites what `classes form` wrote",
    "forecast archive": "prints a list",
}
#: What the suite does: what reads lists of its own, and one verb of a district.
QUICK = ("admit", "siblings", "lottery draw", "classes form", "classes lists", "classes test", "classes file")
QUICK += ("classes headroom", "ledger sample", "ingest suggest")

ROSTERS = {
    "roster.csv": ["户号,人数", *(f"A{number:03},{1 + number % 7 // 6}" for number in range(1, 41))],
    "pupils.csv": [
        "pupil_id,sex,birth_on,migrant,feeder,special,twin_id",
        *(
            f"P{n:03},{'男女'[n % 2]},2018-{1 + n % 9:02}-{1 + n % 27:02},{'是否'[n % 5 > 0]},,否,"
            for n in range(1, 61)
        ),
    ],
    "teams.csv": ["教师组合", "甲组", "乙组", "丙组"],
    "files/学校.csv": ["学校名称,学段,性质", *(f"第{n}小学,小学,公办" for n in "一二三四五六")],
}
REQUESTS = ["pupil_id,grade,from_school_id,school_id", *(f"p{n},3,s{1 + n % 3},s{1 + n % 2}" for n in range(6))]
CLASSES = ["school_id,school_year,grade,class_no,pupils_n", *(f"s{n},2024,3,1,{40 + n}" for n in (1, 2, 3))]
#: What the script does besides, which takes long.
LONG = {"admit": "--sensitivity --draws 3", "redraw propose": "--page"}
_INPUTS = ("inputs", "made_of")  # records of what was read
_READ = re.compile(rb"SHA-256 [0-9a-f]{16}")  # a report names the files it read, each with its hash
_RUN = re.compile(r"(?<=town-2025-)[0-9a-f]{8}")  # an archived forecast is called by the hash of the files it read


def laid(place, *, turned):
    """Lay out the town and the lists of a run, as they are or with all rows the other way round."""
    way = slice(None, None, -1 if turned else 1)
    town = demo.nine_plots()
    folder = place / "town"
    geodata.save(town, folder)
    for path in (folder / "district.xlsx", folder / "district.gpkg"):
        path.unlink()
    for name in (*geodata.LAYERS, "zone_schools"):
        layer = getattr(town, name).dropna(axis="columns", how="all")
        pyogrio.write_dataframe(layer[way], folder / "district.gpkg", layer=name)
    about = pd.DataFrame({"key": list(town.about), "value": list(town.about.values())})
    for name, table in ({"about": about} | town.tables).items():
        table[way].to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d %H:%M:%S")
    lists = ROSTERS | {"town/sibling_requests.csv": REQUESTS, "town/classes.csv": CLASSES}
    for name, (head, *rows) in lists.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text("\n".join([head, *rows[way]]), encoding="utf-8")
    (place / "key.txt").write_text("0" * 64, encoding="utf-8")


def words(verb, place, workers):
    """Return what is typed for a verb in the folder of a run."""
    found = {
        "town": place / "town",
        "out": place / verb.replace(" ", "-"),
        "place": place,
        "workers": workers,
        "run": next(iter(sorted((place / "archive").glob("*"))), place),
        "assignment": next(iter(sorted((place / "redraw-propose").rglob("assignment.json"))), place),
    }
    return [*verb.split(), *(word.format(**found) for word in VERBS[verb].split())]


def written(place):
    """Return what the verbs left, by path within the place; the hashes of what was read are of another order."""
    given = {place / name for name in (*ROSTERS, "key.txt")}
    files = (path for path in sorted(place.rglob("*")) if path.is_file() and place / "town" not in path.parents)
    return {_RUN.sub("", str(path.relative_to(place))): _steady(path) for path in files if path not in given}


def _steady(path):
    content = path.read_bytes()
    if path.name == outputs.MARK:
        kept = json.loads(content)
        return json.dumps({name: sorted(part) for name, part in kept.items() if isinstance(part, dict)}).encode()
    if path.name in ("run.json", "province.json"):
        return json.dumps({name: part for name, part in json.loads(content).items() if name not in _INPUTS}).encode()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            content = b"".join(name.encode() + book.read(name) for name in sorted(book.namelist()))
    page = path.with_suffix(".html")
    if path.suffix == ".pdf" and page.exists() and _READ.search(page.read_bytes()):
        return b""  # the same page is compared as HTML
    return _READ.sub(b"", content)


def told(output, place):
    """Return what a verb said, without the place of the run."""
    return _RUN.sub("", output.replace(str(place), "PLACE")).encode()


def differing(first, second):
    """Return the names of what differs between two runs."""
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def run(place, verbs, *, again):
    """Run verbs, each as a process of its own; return what they wrote and said."""
    place.mkdir(parents=True)
    laid(place, turned=again)
    environment = os.environ | {"PYTHONHASHSEED": str(1 + again)}
    said = {}
    for verb in verbs:
        command = [
            sys.executable,
            "-m",
            "zhaosheng_analysis",
            *map(str, words(verb, place, 1 + again)),
            *LONG.get(verb, "").split(),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=place)
        tell(verb, 1 + again, "exit", done.returncode, done.stderr[-300:] if done.returncode else "")
        said[verb] = told(done.stdout, place)
    return written(place) | said


def tell(*said):
    print(*said, flush=True)  # noqa: T201 - what the script is for


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(VERBS))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / "one", Path(folder) / "another" / "place"]
        first, second = (run(place, asked.only, again=bool(n)) for n, place in enumerate(places))
    wrong = differing(first, second)
    for name in wrong:
        tell("differs" if name in first and name in second else "only in one", name)
    tell(f"{len(wrong)} of {len(first.keys() | second.keys())} files and words differ")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
