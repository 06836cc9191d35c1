"""Said and came on the planted truth: twenty seeds of a demo district, whose children are counted as in life.

Every seed lets other children be born, enter and move up on the same map; the forecasts are made from the rolls and the
register of past Septembers and held against what came. Seats are the most classes of three years times 45. Results in
``benchmarks/results/planted.json`` and ``.md``; run with ``python benchmarks/planted.py``.
"""

import json

import numpy as np
import pandas as pd
from forecast import RESULTS

from zhaosheng_analysis import __version__
from zhaosheng_analysis.demo import making
from zhaosheng_analysis.demo.maps import townscape
from zhaosheng_analysis.demo.people import past, settlement
from zhaosheng_analysis.demo.people.families import Place
from zhaosheng_analysis.forecast import backtest, stages, warning_skill
from zhaosheng_analysis.forecast.progression import Panel

DISTRICTS, SEEDS = ("taobei",), range(20)
HORIZONS, CLASS_SIZE, PLAN_YEARS = (1, 2, 3), 45, 3


def planted(district_id: str, seed: str) -> tuple[Panel, np.ndarray]:
    """Return the primary stage of one seed as a panel, and (S, Y) classes of grade 1."""
    town, recipe = townscape.layers(district_id), making.recipe_of(district_id)
    recipe = settlement.resolved(recipe, town["schools"])
    zones = settlement.valid_zones(town["zones"], pd.Timestamp(recipe["intake_year"], 8, 31))
    town = town | {"zones": zones}
    before = past.filled(Place(settlement.settled_units(town, recipe), recipe, seed), town)
    rows = before.counts[before.counts["grade"] <= 6]
    schools, first = sorted(rows["school_id"].unique()), int(rows["school_year"].min())
    years = int(rows["school_year"].max()) - first + 1
    pupils, classes = np.full((len(schools), years, 6), np.nan), np.full((len(schools), years), np.nan)
    at = pd.Index(schools).get_indexer(rows["school_id"]), rows["school_year"] - first, rows["grade"] - 1
    pupils[at] = rows["pupils_n"]
    entry = rows[rows["grade"] == 1]
    classes[pd.Index(schools).get_indexer(entry["school_id"]), entry["school_year"] - first] = entry["classes_n"]
    share = before.serving["primary"].pivot_table(index="school_id", columns="unit_id", values="share", aggfunc="sum")
    due = before.living[range(first, first + years)]
    cohort = (share.reindex(index=schools, columns=due.index).fillna(0.0) @ due).to_numpy()
    area = town["schools"].set_index("school_id")["area_id"].reindex(schools).fillna("")
    everyone = np.zeros(len(schools), dtype=int)
    levels = (pd.factorize(area)[0], everyone)
    zone = np.where(cohort.sum(axis=1) > 0, np.arange(len(schools)), -1)
    known = np.repeat(cohort[None], years, axis=0)
    return Panel(first, pupils, levels, known, first, zone, (everyone,)), classes


def measured() -> dict[str, pd.DataFrame]:
    """Return coverage by size and the reliability of warnings over all seeds."""
    sizes, said = [], []
    for district_id in DISTRICTS:
        for number in SEEDS:
            panel, classes = planted(district_id, f"种子{number}")
            origins = range(panel.last_year - 3, panel.last_year)
            replays = backtest.run(panel, origins=origins, horizons=3, default=stages.DEFAULT["primary"])
            seats = {
                origin: np.nan_to_num(classes[:, : origin - panel.first_year + 1][:, -PLAN_YEARS:]).max(axis=1)
                * CLASS_SIZE
                for origin in origins
            }
            sizes.append(backtest.coverage_by_size(panel, replays, horizons=HORIZONS))
            said.append(warning_skill.reliability(panel, replays, seats.__getitem__, horizons=HORIZONS))
            print(district_id, number, flush=True)
    return {
        "coverage": pooled(pd.concat(sizes), ["level", "size", "horizon"], ["coverage80", "width80"]),
        "said": pooled(pd.concat(said), ["horizon", "bin"], ["said", "came"]),
    }


def pooled(table: pd.DataFrame, keys: list[str], means: list[str]) -> pd.DataFrame:
    """Return means over the seeds, weighted by the number of cases."""
    weighted = table[means].mul(table["n"], axis=0).assign(n=table["n"], **{key: table[key] for key in keys})
    sums = weighted.groupby(keys, as_index=False).sum()
    return sums.assign(**{name: sums[name] / sums["n"] for name in means})[[*keys, *means, "n"]]


def main() -> None:
    """Measure, print and keep the results."""
    found = measured()
    parts = [f"# Planted truth, {len(SEEDS)} seeds of {', '.join(DISTRICTS)}, version {__version__}"]
    for name, table in found.items():
        shown = table.round(2)
        lines = [shown.columns, ["---"] * shown.shape[1], *shown.astype(object).to_numpy()]
        parts += [f"## {name}", "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)]
    text = "\n\n".join(parts) + "\n"
    print(text)
    tables = {name: json.loads(table.round(4).to_json(orient="records")) for name, table in found.items()}
    (RESULTS / "planted.json").write_text(
        json.dumps({"version": __version__} | tables, indent=1) + "\n", encoding="utf-8"
    )
    (RESULTS / "planted.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
