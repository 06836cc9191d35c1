"""Memory and time of the three jobs at size, as a user runs them: one command, from the folder to its papers.

The inputs are demo districts laid side by side: every copy has its own ids, names, families and place, so that all
grows together (units, schools, children, findings). Seconds are on the wall, memory is that of the largest process.
The figures are kept in ``results/weight.md``. Run with ``python benchmarks/weight.py audit 5`` (job and copies, or
nothing for all of them); alone on the machine, for it counts wall time.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zhaosheng_analysis import demo, geodata

RESULT = Path(__file__).parent / "results" / "weight.md"
KEPT = RESULT.with_suffix(".json")
CEILING = 10 * 2**30  # bytes a command may address before it is stopped
LAYERS = ("areas", "streets", "units", "schools", "zones")


@dataclass(frozen=True)
class Load:
    """One command on one input, with what it should take at most."""

    job: str
    district: str
    copies: int
    words: tuple[str, ...]
    seconds: float
    mb: float


LOADS = (
    Load("audit", "zhanhe", 1, ("audit", "HERE"), math.inf, math.inf),
    Load("audit", "zhanhe", 5, ("audit", "HERE"), 60, 2048),
    Load("admit", "quzhou", 6, ("admit", "HERE", "--seed", "1"), math.inf, math.inf),
    Load("admit", "quzhou", 60, ("admit", "HERE", "--seed", "1"), 347, 7700),
    *(
        Load("redraw", "quzhou", copies, ("redraw", "HERE", "--seconds", "10", "--stage", "primary"), math.inf, 4096)
        for copies in (2, 4, 12)
    ),
)


def marked(frame: pd.DataFrame, copy: int) -> pd.DataFrame:
    """Return a table of one copy: ids, and names of places, are its own."""
    own = [name for name in frame if name.endswith("_id") or (name == "name" and "geometry" in frame)]
    own = [name for name in own if name not in ("clause_id", "district_id")]
    told = {
        name: frame[name].where(frame[name].isna() | frame[name].eq(""), frame[name].astype("str") + f"-{copy}")
        for name in own
    }
    return frame.assign(**told)


def beside(district: geodata.District, copies: int) -> geodata.District:
    """Lay copies of a district side by side, in rows as long as the columns."""
    side = math.ceil(math.sqrt(copies))
    left, low, right, top = district.boundary.total_bounds
    parts: dict[str, list[pd.DataFrame]] = {}
    outlines = []
    for copy in range(copies):
        step = {"xoff": copy % side * (right - left), "yoff": copy // side * (top - low)}
        outlines.append(district.boundary.translate(**step))
        for name in (*LAYERS, "zone_schools", *district.tables):
            frame = getattr(district, name) if name in (*LAYERS, "zone_schools") else district.tables[name]
            frame = marked(frame, copy)
            if isinstance(frame, gpd.GeoDataFrame):
                frame = frame.set_geometry(frame.translate(**step))
            elif "x" in frame:
                frame = frame.assign(x=frame["x"] + step["xoff"], y=frame["y"] + step["yoff"])
            parts.setdefault(name, []).append(frame)
    whole = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    whole |= {
        name: whole[name].drop_duplicates(ignore_index=True) for name in district.tables
    }  # rows of the whole county
    outline = gpd.GeoSeries(pd.concat(outlines)).union_all()
    whole["boundary"] = district.boundary.set_geometry(gpd.GeoSeries([outline], crs=district.boundary.crs))
    return geodata.assemble(whole, district.about, where=f"{district.name} × {copies}")


def run(words: list[str], out: Path) -> dict[str, float]:
    """Run one command in a process of its own and return what it took."""
    told = out.with_suffix(".time")
    command = ["/usr/bin/time", "-f", "%e %U %S %M", "-o", str(told), sys.executable, "-m", "zhaosheng_analysis"]
    limited = ["bash", "-c", f'ulimit -v {CEILING // 1024}; exec "$@"', "bash"]
    around = os.environ | {"ZHAOSHENG_CACHE": "off"}
    done = subprocess.run([*limited, *command, *words, "--out", str(out)], capture_output=True, check=False, env=around)
    wall, user, system, kilobytes = map(float, told.read_text().splitlines()[-1].split())
    return {"wall": wall, "cpu": user + system, "mb": kilobytes / 1024, "code": done.returncode}


def table(kept: dict[str, dict[str, float]]) -> list[str]:
    """Return the figures kept so far as a table: size, seconds, peak, aim, met."""
    lines = ["| command | district, copies | seconds | CPU s | peak MB | aim | met |"]
    lines += ["| --- | --- | ---: | ---: | ---: | --- | --- |"]
    for load in LOADS:
        got = kept.get(f"{load.job} {load.copies}")
        if got is None:
            continue
        aims = [f"{load.seconds:g} s"] * math.isfinite(load.seconds) + [f"{load.mb:g} MB"] * math.isfinite(load.mb)
        met = got["code"] == 0 and got["wall"] <= load.seconds and got["mb"] <= load.mb
        figures = f"{got['wall']:.0f} | {got['cpu']:.0f} | {got['mb']:.0f}"
        said = ("yes" if met else "no") if aims else ""
        lines.append(f"| {load.job} | {load.district} × {load.copies} | {figures} | {', '.join(aims)} | {said} |")
    return lines


def main() -> None:
    """Run what is asked for; print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job", nargs="?", default="")
    parser.add_argument("copies", nargs="?", type=int, default=0)
    asked = parser.parse_args()
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    for load in LOADS:
        if (asked.job and load.job != asked.job) or (asked.copies and load.copies != asked.copies):
            continue
        with tempfile.TemporaryDirectory() as name:
            here = Path(name) / "district"
            geodata.save(beside(demo.make(load.district)[0], load.copies), here, bulk="parquet")
            words = [str(here) if word == "HERE" else word for word in load.words]
            kept[f"{load.job} {load.copies}"] = run(words, Path(name) / "out")
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    lines = ["# Memory and time at size", "", "Made by `python benchmarks/weight.py`.", "", *table(kept)]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
