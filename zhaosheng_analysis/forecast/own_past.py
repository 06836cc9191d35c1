"""A district's own past, forecast again from every September: errors, intervals and warnings, stage by stage.

The same measures as on the benchmark, on the district's own panel; the methods to be beaten stand beside. Seats of past
years are the classes that were formed times the size planned, where no plan of the year is known.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import (
    backtest,
    baselines,
    cell_intervals,
    past_forecasts,
    plans_in_force,
    rolls,
    shortage,
    stages,
    warning_skill,
)
from zhaosheng_analysis.forecast.backtest import Replay
from zhaosheng_analysis.forecast.stages import Coming
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import STAGES

METHODS = {**backtest.CHALLENGERS, "gradient boosting": baselines.boosting}
HEADINGS = {
    "scores": "误差（%；mase 除外）",
    "coverage": "区间命中（%）",
    "warnings": "预警（%；brier_skill 除外）",
    "costs": "一次漏报抵几次误报：报红的界线、准确率、查出率（%）",
    "lead": "提前几年报红（年）",
    "reliability": "说的概率与实际",
}
SEATS_YEARS = 3


def run(
    district: District, policy: Policy, *, horizons: Iterable[int], invalid: Iterable[int] = ()
) -> dict[str, pd.DataFrame]:
    """Forecast a district's past again and score it.

    Parameters
    ----------
    district : District
        District with the tables roll_counts, cohorts and plans.
    policy : Policy
        Its intake year says which plan is carried.
    horizons : iterable of int
        Years ahead.
    invalid : iterable of int, optional
        Past Septembers to leave out.

    Returns
    -------
    dict of str to DataFrame
        The tables of `HEADINGS` by name, each with the stage in its first column.
    """
    horizons, origin = sorted(horizons), rolls.last_year(district)
    seats = {name: plans_in_force.planned(district, name, policy.intake_year)["seats_n"].dropna() for name in STAGES}
    options = {"shares": None, "invalid": tuple(invalid), "scenario": "mid", "yields": stages.housing.YIELDS}
    coming = stages.carry(district, origin, horizons[-1], seats=seats, **options)
    collected: dict[str, list[pd.DataFrame]] = {name: [] for name in HEADINGS}
    for name, stage in coming.items():
        for title, table in _stage(stage, district, policy, horizons).items():
            table.insert(0, "stage", name)
            collected[title].append(table)
    return {name: pd.concat(tables, ignore_index=True) for name, tables in collected.items()}


def _stage(coming: Coming, district: District, policy: Policy, horizons: list[int]) -> dict[str, pd.DataFrame]:
    """Score one stage."""
    panel = coming.record.panel
    own_seats = seats(coming, district, policy)

    def planned(origin: int) -> np.ndarray:
        return own_seats[:, origin - panel.first_year]

    replays = shortage.sharpened(panel, replayed(coming, horizons[-1]), planned)
    levels = {"area": panel.levels[0], "district": panel.levels[-1]}
    lead = warning_skill.lead(panel, replays, planned, horizons=range(1, horizons[-1] + 1))
    return {
        "scores": backtest.score(panel, replays, horizons=horizons, levels=levels, methods=METHODS),
        "coverage": backtest.coverage(panel, replays, horizons=horizons),
        "warnings": warning_skill.warnings(panel, replays, planned, horizons=horizons),
        "costs": warning_skill.costs(panel, replays, planned, horizons=horizons),
        "lead": pd.DataFrame([lead]),
        "reliability": warning_skill.reliability(panel, replays, planned, horizons=horizons),
    }


def replayed(coming: Coming, horizons: int) -> list[Replay]:
    """Return the forecasts of every past origin that had one before it to learn from.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    horizons : int
        Longest horizon.

    Returns
    -------
    list of Replay
        One entry an origin.
    """
    panel, past, replays = coming.record.panel, coming.past, []
    for origin in past_forecasts.origins(panel, panel.last_year)[1:]:
        over = past_forecasts.subset(past, past.origin + past.horizon <= origin)
        expected = coming.forecasts[origin]
        if expected.shape[1] < horizons:
            blank = np.full((len(expected), horizons - expected.shape[1], expected.shape[2]), np.nan)
            expected = np.concatenate([expected, blank], axis=1)
        replays.append(Replay(origin, expected, cell_intervals.calibrations(over), backtest.of_schools(over)))
    return replays


def shortages(coming: Coming, district: District, policy: Policy, horizons: int) -> np.ndarray | None:
    """Return the chances of a shortage that the own past teaches, see `shortage.chances`.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    district : District
        District with the tables roll_counts and plans.
    policy : Policy
        Its intake year says which plan is carried.
    horizons : int
        Years ahead.

    Returns
    -------
    ndarray of float, shape (schools, horizons), or None
        Chances; none where the past is too short.
    """
    panel, offered = coming.record.panel, seats(coming, district, policy)
    plan = plans_in_force.planned(district, coming.record.name, policy.intake_year)["seats_n"]
    coming_seats = plan.reindex(coming.record.schools).to_numpy(dtype=float, na_value=np.nan)
    now = Replay(panel.last_year, coming.pupils, coming.scored, backtest.of_schools(coming.past))

    def planned(origin: int) -> np.ndarray:
        return coming_seats if origin == panel.last_year else offered[:, origin - panel.first_year]

    return shortage.chances(panel, replayed(coming, horizons), now, planned, horizons)


def seats(coming: Coming, district: District, policy: Policy) -> np.ndarray:
    """Find the seats of each past year: its plan, else the most classes of three years times the size planned.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    district : District
        District with the tables roll_counts and plans.
    policy : Policy
        Its intake year says which plan is carried.

    Returns
    -------
    ndarray of float, shape (schools, years)
        Seats.
    """
    panel, schools = coming.record.panel, coming.record.schools
    name, first = coming.record.name, coming.record.panel.first_year
    years = panel.pupils.shape[1]
    counts = district.table("roll_counts")
    counts = counts[(counts["grade"] == district.school_system.entry[name]) & (counts["school_year"] < first + years)]
    classes = np.zeros((len(schools), years))
    rows = pd.Index(schools).get_indexer(counts["school_id"])
    classes[rows, counts["school_year"].astype(int) - first] = counts["classes_n"].to_numpy(dtype=float, na_value=0.0)
    size = plans_in_force.planned(district, name, policy.intake_year)["class_size_n"].reindex(schools).astype(float)
    size = size.fillna(policy.capacity.standard[name]).to_numpy()
    most = np.stack(
        [classes[:, max(year - SEATS_YEARS + 1, 0) : year + 1].max(axis=1) for year in range(years)], axis=1
    )
    planned = np.where(most > 0, most * size[:, None], np.nan)
    plans = district.table("plans")
    plans = plans[
        (plans["stage"] == name) & plans["seats_n"].notna() & plans["intake_year"].between(first, first + years - 1)
    ]
    rows = pd.Index(schools).get_indexer(plans["school_id"])
    planned[rows, plans["intake_year"].astype(int) - first] = plans["seats_n"].to_numpy(dtype=float)
    return planned
