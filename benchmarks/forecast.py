"""Forecasts and warnings scored on 2,700 real primary schools (Taiwan, 2014–2023), beside the aims.

Reads ``$ZHAOSHENG_BENCH_DATA/forecast`` (Taiwan MOE 國民小學校別資料, Government Open Data Licence, and births of the
MOI); nothing of it is kept in the project. Run with ``make benchmark`` or ``python benchmarks/forecast.py``.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from zhaosheng_analysis import backtest, rolling
from zhaosheng_analysis.progression import Panel, Tuning

ORIGINS = range(2018, 2023)
HORIZONS = (1, 3, 5)
#: The share of the cohort that comes to school was .970 to .972 in every year to 2018: five years are averaged.
DEFAULT = Tuning(strengths=(5000.0, 20000.0, 20000.0), betas=(0.25, 0.0), capture_years=5)
#: Most children in a class by law, and the years whose largest number of classes is called the plan.
CLASS_SIZE = 29
PLAN_YEARS = 3
#: Entry cohorts are known this many years ahead (births to August).
KNOWN_AHEAD = 6
AIMS = {
    "wape": (3.6, 7.9, 11.5),
    "mape": (2.8, 6.9, 10.8),
    "county": (0.48, 1.15, 1.8),
    "nation": (0.3, 0.5, 0.6),
}


def read(folder: Path) -> tuple[Panel, np.ndarray]:
    """Return the panel of all schools and (S, Y) classes of grade 1."""
    table = pd.read_csv(folder / "tw_elementary_school_grade_2014_2023.csv.gz", dtype={"code": "str"})
    grades = [f"s{grade}" for grade in range(1, 7)]
    table = table[table[grades].sum(axis=1) > 0].sort_values(["code", "year"])
    cohort = pd.read_csv(folder / "tw_feeder_cohort_by_town_entry_year.csv").set_index("town")
    cohort = cohort[[name for name in cohort if name.isdigit()]]
    table["place"] = table["county"] + table["town"]
    school = table.groupby("code").agg(place=("place", "last"), county=("county", "last"))
    school["place"] = school["place"].fillna(school["county"] + "?")
    first, last = int(table["year"].min()), int(table["year"].max())
    shape = (len(school), last - first + 1)
    pupils, classes = np.full((*shape, 6), np.nan), np.full(shape, np.nan)
    where = school.index.get_indexer(table["code"]), table["year"].to_numpy() - first
    pupils[where], classes[where] = table[grades].to_numpy(dtype=float), table["c1"]
    levels = (pd.factorize(school["place"])[0], pd.factorize(school["county"])[0], np.zeros(len(school), dtype=int))
    zone_county = pd.factorize(cohort.index.str[:3])[0]
    known = known_cohorts(cohort, range(first, last + 1))
    zone = cohort.index.get_indexer(school["place"])
    zone_levels = (zone_county, np.zeros(len(cohort), dtype=int))
    return Panel(first, pupils, levels, known, int(cohort.columns[0]), zone, zone_levels), classes


def known_cohorts(cohort: pd.DataFrame, years: range) -> np.ndarray:
    """Return the cohorts as known each September, unborn ones nan."""
    entry = cohort.columns.astype(int).to_numpy()
    known = np.repeat(cohort.to_numpy(dtype=float)[None], len(years), axis=0)
    for row, year in enumerate(years):
        known[row][:, entry > year + KNOWN_AHEAD] = np.nan
    return known


def planned(panel: Panel, classes: np.ndarray, origin: int) -> np.ndarray:
    """Return the seats of each school of two classes and more: the most classes of three years times 29."""
    column = origin - panel.first_year
    recent = np.nan_to_num(classes[:, column - PLAN_YEARS + 1 : column + 1]).max(axis=1)
    return np.where(recent >= 2, recent * CLASS_SIZE, np.nan)


def beside_aims(scores: pd.DataFrame) -> pd.DataFrame:
    """Return what was reached beside what was aimed at."""
    ours = scores[scores["method"] == "shrunk cohorts"].set_index("horizon")
    rows = [
        {"measure": name, "horizon": ahead, "reached": ours.loc[ahead, name], "aim": aim}
        for name, aims in AIMS.items()
        for ahead, aim in zip(HORIZONS, aims, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.assign(met=table["reached"].round(2) <= table["aim"])


def seconds(panel: Panel) -> tuple[float, float]:
    """Return the seconds of nine years for all schools: with one tuning, and with that of every past origin too."""
    began = time.perf_counter()
    tuning = rolling.tune(panel, panel.last_year, default=DEFAULT)
    rolling.project(panel, panel.last_year, 9, tuning)
    once = time.perf_counter() - began
    began = time.perf_counter()
    backtest.run(panel, origins=[panel.last_year], horizons=9, default=DEFAULT)
    return once, time.perf_counter() - began


def main() -> None:
    """Print the tables."""
    where = os.environ.get("ZHAOSHENG_BENCH_DATA")
    if not where:
        sys.exit("forecast: set ZHAOSHENG_BENCH_DATA to the folder of the benchmark data")
    panel, classes = read(Path(where) / "forecast")
    replays = backtest.run(panel, origins=ORIGINS, horizons=max(HORIZONS), default=DEFAULT)
    levels = dict(zip(("township", "county", "nation"), panel.levels, strict=True))
    scores = backtest.score(panel, replays, horizons=HORIZONS, levels=levels)
    with pd.option_context("display.width", 200, "display.max_columns", 40):
        print(f"{len(panel.pupils)} schools, origins {ORIGINS[0]}–{ORIGINS[-1]}; per cent unless said")
        print(scores.round(2).to_string(index=False), "\n")
        print(beside_aims(scores).round(2).to_string(index=False), "\n")
        print(backtest.coverage(panel, replays, horizons=HORIZONS).round(2).to_string(index=False), "\n")
        seats = {origin: planned(panel, classes, origin) for origin in ORIGINS}
        found = backtest.warnings(panel, replays, seats.__getitem__, horizons=(1, 2, 3, 5))
        print(found.round(2).T.to_string(header=False), "\n")
    once, whole = seconds(panel)
    print(
        f"{len(panel.pupils)} schools × 9 years: {once:.2f} s with tuning, "
        f"{whole:.2f} s with intervals, every past origin tuned on its own"
    )


if __name__ == "__main__":
    main()
