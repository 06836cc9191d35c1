"""Forecasts scored on two real panels without births: Eau Claire K-5 (27 years) and New York City K-8 (seven years).

Reads the folder named by ``$ZHAOSHENG_BENCH_ENROLMENT`` (columns school, area, year, grade, pupils; neither file is
kept in the project); results in ``benchmarks/results/forecast_panels.json`` and ``.md``. The year of distance learning
(2020) and what follows is a case of its own.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from forecast import RESULTS, auto_ets

from zhaosheng_analysis import __version__
from zhaosheng_analysis.forecast import backtest
from zhaosheng_analysis.forecast.progression import Panel, Tuning

#: Nobody knows of births: every year's cohort counts alike.
DEFAULT = Tuning(strengths=(5000.0, 5000.0), betas=(0.0,))
#: Panel -> file, last year, origins, years ahead.
PANELS = {
    "Eau Claire K-5, to 2019": ("eau_claire_k5.csv", 2019, range(2006, 2019), (1, 3, 5)),
    "Eau Claire K-5, from the broken year 2020": ("eau_claire_k5.csv", 2024, range(2020, 2021), (1, 3)),
    "New York City K-8, 2005-2011": ("nyc_k8_2005_2011.csv.gz", 2011, range(2007, 2011), (1, 2, 3, 4)),
}
#: AutoETS wants a few points a series; New York has no more than six.
METHODS = {**backtest.CHALLENGERS, "AutoETS": auto_ets}
NOTE = """WAPE of cells (school x grade), of the entry grade, of large schools' totals (MAPE) and of the totals of areas
and of the district, schools that opened or closed since included in totals; per cent. Cells of an open school whose
grade is absent count as 0. The textbook line knows no grades that do not exist: on New York's K-8 panel, where middle
schools have no fifth grade, it is out of its depth. From the broken year 2020 the product's entry grade is the middle
of that September and the one before, and its report says so: of all cells here, that line alone, three years on, errs
more than the last value (twelve schools, one origin)."""


def read(path: Path, last: int) -> Panel:
    """Return one panel up to a year."""
    table = pd.read_csv(path, dtype={"school": "str", "area": "str"})
    table = table[(table["pupils"] > 0) & (table["year"] <= last)].sort_values(["school", "year", "grade"])
    schools, first = sorted(table["school"].unique()), int(table["year"].min())
    pupils = np.full((len(schools), last - first + 1, int(table["grade"].max())), np.nan)
    pupils[pd.Index(schools).get_indexer(table["school"]), table["year"] - first, table["grade"] - 1] = table["pupils"]
    area = table.groupby("school")["area"].last().reindex(schools)
    levels = (pd.factorize(area)[0], np.zeros(len(schools), dtype=int))
    years = pupils.shape[1]
    cohort = np.ones((years, 1, years + 12))
    return Panel(first, pupils, levels, cohort, first, np.full(len(schools), -1), (np.zeros(1, dtype=int),))


def measured(path: Path, last: int, origins: range, horizons: tuple[int, ...]) -> dict[str, pd.DataFrame]:
    """Return scores and coverage of one panel."""
    panel = read(path, last)
    replays = backtest.run(panel, origins=origins, horizons=max(horizons), default=DEFAULT)
    levels = {"area": panel.levels[0], "district": panel.levels[-1]}
    return {
        "scores": backtest.score(panel, replays, horizons=horizons, levels=levels, methods=METHODS),
        "coverage": backtest.coverage(panel, replays, horizons=horizons),
        "sizes": backtest.coverage_by_size(panel, replays, horizons=horizons),
    }


def rows(table: pd.DataFrame) -> str:
    """Return a table as Markdown."""
    shown = table.round(2)
    lines = [shown.columns, ["---"] * shown.shape[1], *shown.astype(object).to_numpy()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    """Measure, print and keep the results."""
    where = os.environ.get("ZHAOSHENG_BENCH_ENROLMENT")
    if not where:
        sys.exit("forecast_panels: set ZHAOSHENG_BENCH_ENROLMENT to the folder of the panels")
    kept, parts = {"version": __version__}, ["# Forecast benchmark: panels without births", NOTE]
    for name, (file, last, origins, horizons) in PANELS.items():
        found = measured(Path(where) / file, last, origins, horizons)
        kept[name] = {title: json.loads(table.round(4).to_json(orient="records")) for title, table in found.items()}
        parts.append(f"## {name}: origins {origins[0]}-{origins[-1]}")
        parts += [rows(table) for table in found.values()]
    text = "\n\n".join(parts) + "\n"
    print(text)
    (RESULTS / "forecast_panels.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "forecast_panels.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
