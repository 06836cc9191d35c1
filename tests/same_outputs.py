# ruff: noqa: T201 - a script whose output is what it prints
"""Compare what two checkouts write for the demo districts, file by file: the net under a refactoring.

``python tests/same_outputs.py BEFORE AFTER`` prints the files that differ and ends with 1 if there are any; each side
is a checkout, or a ``hashes.json`` an earlier run wrote into its ``--keep`` folder. Everything is written by the
commands a user runs, with the code and the ``geodata/`` of the checkout.
"""

import argparse
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DISTRICTS = ("laoting", "pingcheng", "quzhou", "taobei", "zhanhe")
CHECKLIST = "zhanhe"  # its rules are a self-inspection: no tiers, no redraw
SEED = "2025-07-12"

# What differs from run to run of one checkout: seconds a search took, today's date.
NOISE = (
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(\+00:00|Z)?", b"MOMENT"),
    (rb'"made_on": "[^"]*"', b"MADE"),
)


def commands(district: str, folder: Path) -> dict[str, list[str]]:
    """Return the commands for one district: name of the output folder -> arguments."""
    here = f"geodata/{district}"
    found = {
        "report": ["report", here, "--out", str(folder / "report")],
        "zones": ["zones", "check", here],
        "audit": ["audit", here, "--out", str(folder / "audit")],
    }
    if district != CHECKLIST:
        found |= {
            "admit": ["admit", here, "--seed", SEED, "--out", str(folder / "admit")],
            "forecast": [
                "forecast",
                "run",
                here,
                "--archive",
                str(folder / "archive"),
                "--out",
                str(folder / "forecast"),
            ],
            "redraw": [
                "redraw",
                here,
                "--iterations",
                "1",
                "--seconds",
                "600",
                "--seed",
                SEED,
                "--page",
                "--out",
                str(folder / "redraw"),
            ],
        }
    return found


def steady(name: str, content: bytes) -> bytes:
    """Return what must be the same: parts of an archive one by one, text without what a clock or an address made."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [(part, steady(part, archive.read(part))) for part in sorted(archive.namelist())]
        return b"".join(f"{part}\0".encode() + inner for part, inner in parts)
    if name.endswith("options.html"):
        content = re.sub(
            rb"<svg.*?</svg>", b"SVG", content, flags=re.DOTALL
        )  # its search history is drawn over seconds
    for pattern, instead in NOISE:
        content = re.sub(pattern, instead, content)
    return content


def run(checkout: Path, district: str, folder: Path) -> dict[str, str]:
    """Run the commands of a district and hash what they print and write."""
    hashes = {}
    for name, arguments in commands(district, folder).items():
        environment = os.environ | {"PYTHONPATH": str(checkout)}
        command = [sys.executable, "-m", "zhaosheng_analysis", *arguments]
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, check=False)
        told = done.stdout.replace(str(folder).encode(), b"OUT") + f"\nexit {done.returncode}".encode()
        if done.returncode not in (0, 1):
            sys.stderr.write(done.stderr.decode(errors="replace"))
        hashes[f"{district}/{name}.stdout"] = hashlib.sha256(told).hexdigest()
        (folder / f"{name}.stdout").write_bytes(told)
        print(f"{checkout.name} {district} {name}: exit {done.returncode}", file=sys.stderr, flush=True)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inner = path.relative_to(folder).as_posix()
        hashes[f"{district}/{inner}"] = hashlib.sha256(steady(path.name, path.read_bytes())).hexdigest()
    return hashes


def hashes_of(side: Path, keep: Path) -> dict[str, str]:
    """Return file -> hash of a checkout, or of the hashes kept of one."""
    if side.suffix == ".json":
        return json.loads(side.read_text(encoding="utf-8"))
    folders = [keep / district for district in DISTRICTS]
    for folder in folders:
        folder.mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(run, [side.resolve()] * len(DISTRICTS), DISTRICTS, folders))
    hashes = {name: value for part in found for name, value in part.items()}
    (keep / "hashes.json").write_text(json.dumps(hashes, indent=1, sort_keys=True), encoding="utf-8")
    return hashes


def main() -> int:
    """Compare two sides and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--keep", type=Path, required=True, help="an empty or new folder for what is written")
    chosen = parser.parse_args()
    before = hashes_of(chosen.before, chosen.keep.resolve() / "before")
    after = hashes_of(chosen.after, chosen.keep.resolve() / "after")
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    for name in differing:
        state = "differs" if name in before and name in after else "only before" if name in before else "only after"
        print(f"{state:<12} {name}")
    print(f"{len(differing)} of {len(before.keys() | after.keys())} outputs differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
