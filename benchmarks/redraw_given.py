"""Redrawing where a plan is given and no seat is free: what is found must not cost more than the plan it was given.

Reads ``$ZHAOSHENG_BENCH_DATA/redraw`` as `redraw.py` does. No plan that people made is published with these towns, so
one is made here: a search under another aim (long ways weigh more), as plans by hand answer to other things than ours,
whose zones then fill every school to its last seat. The search is asked three times: without the plan, with it as a
start, and with it among others. Results go to ``benchmarks/results/redraw_given.json`` and ``.md``. Run with ``python
benchmarks/redraw_given.py --seconds 20``.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import redraw

from zhaosheng_analysis import __version__
from zhaosheng_analysis.redraw.solver import instances, search
from zhaosheng_analysis.redraw.solver.instances import Instance


def full(town: Instance, seconds: float) -> tuple[Instance, np.ndarray] | None:
    """Return the town with no seat left free by a plan, and the plan; nothing where none was found."""
    finite = np.where(town.allowed, town.cost, 0.0)
    long_ways = finite * finite / np.maximum(town.pupils, 1e-9)
    other = replace(town, cost=np.where(town.allowed, long_ways, np.inf))
    found = search.solve(other, seed="by hand", seconds=seconds, workers=2)
    if found.assignment is None:
        return None
    return replace(town, capacity=instances.loads(town, found.assignment)), found.assignment


def measured(town: Instance, plan: np.ndarray, seconds: float) -> dict[str, float | None]:
    """Return the cost of the plan and of what is found without it, from it, and with it among others."""
    asked = {"without": {}, "from_it": {"start": plan}, "among_others": {"others": [plan]}}
    costs = {
        name: search.solve(town, seed="benchmark", seconds=seconds, workers=2, **starts).cost
        for name, starts in asked.items()
    }
    return {"plan": instances.price(town, plan)} | {
        name: cost if np.isfinite(cost) else None for name, cost in costs.items()
    }


def told(rows: dict[str, dict]) -> str:
    """Write the results as a table."""
    lines = [
        "# Redraws with a given plan and no free seat",
        "",
        "Every school is filled to its last seat by the given plan. A cost above the plan's would be a loss.",
        "",
        "| instance | plan | found without it | from it | with it among others |",
        "|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        shares = [
            "none" if row[key] is None else f"{row[key]:,.1f} ({row[key] / row['plan'] - 1:+.2%})"
            for key in ("without", "from_it", "among_others")
        ]
        lines.append(f"| {name} | {row['plan']:,.1f} | {' | '.join(shares)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    folder = Path(os.environ["ZHAOSHENG_BENCH_DATA"]) / "redraw"
    rows = {}
    for name in redraw.names(folder, asked.only):
        made = full(redraw.read(folder, name), asked.seconds)
        if made is not None:
            rows[name] = measured(*made, asked.seconds)
            print(name, rows[name], flush=True)
    kept = {"version": __version__, "seconds": asked.seconds, "instances": rows}
    place = Path(__file__).parent / "results"
    (place / "redraw_given.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (place / "redraw_given.md").write_text(told(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
