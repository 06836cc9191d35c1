"""Do every verb twice, in other folders and with another PYTHONHASHSEED, and compare what they wrote byte by byte.

``python -m tests.fuzz.twice`` takes the little town, ``python -m tests.fuzz.twice geodata/laoting`` another folder.
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
}


def words(verb, town, out):
    if verb == "forecast":
        return ["forecast", "run", str(town), "--archive", str(out.parent / "archive"), "--out", str(out)]
    return [verb, str(town), "--out", str(out)]


def written(district, place, hash_seed, verbs):
    """Run the verbs on a copy of a district; return what each left, by path within the place."""
    shutil.copytree(district, place / "town")
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    for verb in verbs:
        command = [sys.executable, "-m", "zhaosheng_analysis", *words(verb, place / "town", place / verb), *VERBS[verb]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        tell(verb, hash_seed, "exit", done.returncode, done.stderr[-300:] if done.returncode else "")
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
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
        first, second = (written(district, place, str(n + 1), asked.only) for n, place in enumerate(places))
    differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in differing:
        tell("differs" if name in first and name in second else "only in one", name)
    tell(f"{len(differing)} of {len(first.keys() | second.keys())} files differ")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
