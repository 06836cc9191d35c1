"""Many districts admitted by `zhaosheng province`, file to file, against rewriting the same tables as Parquet.

The districts are made up, each with its own seed; the nation has 2,800 and some 16.2 million children of an age. One
district is one task and no task sees another, so time grows with their number and memory does not: what so many
districts take here is multiplied, and said to be. The figures are kept in ``results/nation.md``. Run with ``python
benchmarks/nation.py --districts 12``; alone on the machine, for it counts wall time.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from zhaosheng_analysis import demo

RESULT = Path(__file__).parent / "results" / "nation.md"
KINDS = ("laoting", "pingcheng", "quzhou", "taobei")
NATION = 16_200_000
OUTCOME = ("内部-children.csv", "内部-cuts.csv", "内部-rounds.csv", "内部-log.csv")


def made(folder: Path, districts: int) -> list[Path]:
    """Write districts of four kinds in turn, each of another seed."""
    written = []
    for number in range(districts):
        kind = KINDS[number % len(KINDS)]
        demo.write(folder / f"{number:03d}", districts=[kind], seed=f"nation {number}", progress=lambda _: None)
        place = folder / "all" / f"{kind}-{number:03d}"
        place.parent.mkdir(exist_ok=True)
        (folder / f"{number:03d}" / kind).rename(place)
        written.append(place)
    return written


def admitted(folders: list[Path], out: Path, workers: int) -> tuple[float, float]:
    """Admit all districts in processes of their own; return wall and CPU seconds."""
    command = [sys.executable, "-m", "zhaosheng_analysis", "province", "admit", *map(str, folders)]
    command += ["--out", str(out), "--with", "--seed 2026", "--workers", str(workers)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bare(folders: list[Path], out: Path, scratch: Path) -> float:
    """Return the seconds it takes only to read what an intake reads and write what it writes, as Parquet."""
    tables = {
        path.relative_to(scratch.parent): pd.read_csv(path, dtype=str, encoding="utf-8-sig", skiprows=int(inner))
        for paths, inner in (
            ((path for folder in folders for path in folder.glob("*.csv")), False),
            ((path for folder in folders for path in (out / folder.name).glob("内部-*.csv")), True),
        )
        for path in paths
    }
    scratch.mkdir()
    places = {scratch / f"{number}.parquet": table for number, table in enumerate(tables.values())}
    for place, table in places.items():
        table.to_parquet(place)
    started = time.perf_counter()
    for place in places:
        pd.read_parquet(place).to_parquet(place)
    return time.perf_counter() - started


def main() -> None:
    """Make, admit and compare; print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=4)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folders = made(place, asked.districts)
        wall, cpu = admitted(folders, place / "out", asked.workers)
        again, _ = admitted(folders, place / "out", asked.workers)
        files = [place / "out" / folder.name / OUTCOME[0] for folder in folders]
        children = sum(len(pd.read_csv(file, skiprows=1, dtype=str)) for file in files)
        alone = bare(folders, place / "out", place / "parquet")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    rows = [
        ("districts", f"{asked.districts}"),
        ("children", f"{children:,}"),
        ("processes", f"{asked.workers}"),
        ("wall, from CSV to results (s)", f"{wall:.1f}"),
        ("CPU (s)", f"{cpu:.1f}"),
        ("CPU a child (µs)", f"{1e6 * cpu / children:.0f}"),
        ("reading and writing the same tables as Parquet, one process (s)", f"{alone:.2f}"),
        ("wall as a multiple of that", f"{wall / alone:.0f}"),
        ("a second call, nothing changed (s)", f"{again:.1f}"),
        ("largest process (GiB)", f"{peak:.2f}"),
        ("16.2 million children at this pace (h, multiplied)", f"{wall * NATION / children / 3600:.1f}"),
    ]
    lines = ["# Many districts", "", f"Made by `python benchmarks/nation.py --districts {asked.districts}`.", ""]
    lines += ["| what | |", "| --- | --- |", *(f"| {label} | {figure} |" for label, figure in rows)]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
