"""Do every verb twice, in other folders and with another PYTHONHASHSEED, and compare what they wrote byte by byte.

``python -m tests.fuzz.twice`` takes the little town, ``python -m tests.fuzz.twice geodata/laoting`` another folder. The
lists of a draw and of classes come in another order the second time. Of ``--workers`` the second run has two.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from zhaosheng_analysis import demo, geodata

VERBS = {
    "admit": ["--seed", "1", "--draws", "3"],
    "forecast": ["--years", "3"],
    "audit": [],
    "redraw": ["--seed", "1", "--iterations", "1", "--seconds", "120", "--page"],
    "report": [],
    "lottery": ["--plan", "20", "--seed", "071231"],
    "classes": ["--classes", "3", "--stage", "primary", "--seed", "071231"],
}
SPREAD = ("redraw", "report")  # what takes --workers
FAMILIES = ["户号,人数", *(f"A{number:03},{1 + number % 7 // 6}" for number in range(1, 41))]
PUPILS = [
    "pupil_id,sex,birth_on,migrant,feeder,special,twin_id",
    *(f"P{n:03},{'男女'[n % 2]},2018-{1 + n % 9:02}-{1 + n % 27:02},{'是否'[n % 5 > 0]},,否," for n in range(1, 61)),
]


def words(verb, town, out):
    if verb in ("lottery", "classes"):
        return [verb, "draw" if verb == "lottery" else "form", str(out.parent / f"{verb}.csv"), "--out", str(out)]
    if verb == "forecast":
        return ["forecast", "run", str(town), "--archive", str(out.parent / "archive"), "--out", str(out)]
    return [verb, str(town), "--out", str(out)]


def written(district, place, again, verbs):
    """Run the verbs on a copy of a district; return what each left, by path within the place."""
    shutil.copytree(district, place / "town")
    for name, (head, *lines) in (("lottery.csv", FAMILIES), ("classes.csv", PUPILS)):
        turned = lines[::-1] if again else lines
        (place / name).write_text("\n".join([head, *turned]), encoding="utf-8")
    hash_seed = str(1 + again)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    for verb in verbs:
        spread = ["--workers", str(1 + again)] if verb in SPREAD else []
        said = [*words(verb, place / "town", place / verb), *VERBS[verb], *spread]
        command = [sys.executable, "-m", "zhaosheng_analysis", *said]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        tell(verb, hash_seed, "exit", done.returncode, done.stderr[-300:] if done.returncode else "")
    files = (path for path in sorted(place.rglob("*")) if path.is_file() and path.parent != place)
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def tell(*said):
    print(*said, flush=True)  # noqa: T201 - what the script is for


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("district", nargs="?", type=Path)
    parser.add_argument("--only", nargs="*", default=list(VERBS))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        district = asked.district or Path(folder) / "nine"
        if asked.district is None:
            geodata.save(demo.nine_plots(), district)
        places = [Path(folder) / "one", Path(folder) / "another" / "place"]
        first, second = (written(district, place, bool(n), asked.only) for n, place in enumerate(places))
    differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in differing:
        tell("differs" if name in first and name in second else "only in one", name)
    tell(f"{len(differing)} of {len(first.keys() | second.keys())} files differ")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
