"""A forecast that was made, against what came since: errors, coverage, and how good its warnings were."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast.colours import COLOURS
from zhaosheng_analysis.schema import SIX_THREE, SchoolSystem, takes

LEVELS = ("school", "grade", "area", "district")
#: Quantiles of the numbers an outlook gives, for the score of a whole distribution (CRPS).
QUANTILES = {"low95_n": 0.025, "low80_n": 0.10, "demand_n": 0.50, "high80_n": 0.90, "high95_n": 0.975}


@takes(schools="outlook.schools", grades="outlook.grades", totals="outlook.totals")
def errors(
    schools: pd.DataFrame,
    grades: pd.DataFrame,
    totals: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    origin: int,
    system: SchoolSystem = SIX_THREE,
) -> pd.DataFrame:
    """Score the forecasts of the years that have come since.

    Parameters
    ----------
    schools : DataFrame
        Table of an outlook.
    grades : DataFrame
        Table of an outlook.
    totals : DataFrame
        Table of an outlook.
    counts : DataFrame
        Table `roll_counts`; years up to the origin are not looked at.
    origin : int
        September the outlook was made in.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    DataFrame
        One row a (stage, level, horizon): n, wape and bias (shares), mase (beside the change from the year of origin),
        coverage80, coverage95 (shares), crps (children). Level ``school`` is a school's entry grade, ``grade`` the
        grades above it, ``area`` and ``district`` totals of the entry grade.
    """
    came = counts[counts["school_year"] >= origin].astype({"grade": int, "school_year": int})
    by_cell = came.groupby(["school_id", "school_year", "grade"])["pupils_n"].sum()
    parts = [
        _schools(schools, by_cell, origin, system),
        _grades(grades, by_cell, origin, system),
        _totals(totals, schools, by_cell, system),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["came_n"].notna()]
    scored = [_scored(key, group) for key, group in rows.groupby(["stage", "level", "horizon"], sort=False)]
    order = {name: place for place, name in enumerate(LEVELS)}
    columns = ["stage", "level", "horizon", "n", "wape", "bias", "mase", "coverage80", "coverage95", "crps"]
    table = pd.DataFrame(scored, columns=columns)
    return table.sort_values(
        ["stage", "horizon", "level"],
        ascending=[False, True, True],
        key=lambda column: column.map(order) if column.name == "level" else column,
        ignore_index=True,
    )


def _read(cells: pd.Series, school: pd.Series, year: pd.Series, grade: pd.Series) -> np.ndarray:
    """Return the pupils of some cells, nan where nobody counted."""
    keys = pd.MultiIndex.from_arrays([school, year, grade])
    return cells.reindex(keys).to_numpy(dtype=float)


def _schools(schools: pd.DataFrame, cells: pd.Series, origin: int, system: SchoolSystem) -> pd.DataFrame:
    rows = schools[["school_id", "stage", "area_id", "year", "horizon", *QUANTILES, "seats_n", "p_short"]].copy()
    grade = rows["stage"].map(system.entry)
    rows["came_n"] = _read(cells, rows["school_id"], rows["year"], grade)
    rows["last_n"] = _read(cells, rows["school_id"], pd.Series(origin, index=rows.index), grade)
    return rows.assign(level="school")


def _grades(grades: pd.DataFrame, cells: pd.Series, origin: int, system: SchoolSystem) -> pd.DataFrame:
    rows = grades[(grades["year"] > origin) & ~system.is_entry(grades["grade"])].copy()
    rows["stage"] = system.stage_of(rows["grade"])
    rows["came_n"] = _read(cells, rows["school_id"], rows["year"], rows["grade"])
    rows["last_n"] = _read(cells, rows["school_id"], pd.Series(origin, index=rows.index), rows["grade"])
    rows = rows.rename(columns={"pupils_n": "demand_n"})
    return rows.assign(level="grade", horizon=rows["year"] - origin)


def _totals(totals: pd.DataFrame, schools: pd.DataFrame, cells: pd.Series, system: SchoolSystem) -> pd.DataFrame:
    """Return totals beside what came to all schools of the place, those that opened since included."""
    entry = cells.reset_index().rename(columns={"school_year": "year", "pupils_n": "came_n"})
    entry = entry[system.is_entry(entry["grade"])]
    entry = entry.assign(stage=system.stage_of(entry["grade"]))
    area = schools.drop_duplicates("school_id").set_index("school_id")["area_id"]
    entry = entry.assign(area=entry["school_id"].map(area))
    whole = entry.groupby(["stage", "year"])["came_n"].sum()
    by_area = entry.groupby(["area", "stage", "year"])["came_n"].sum()
    district = pd.MultiIndex.from_frame(totals[["stage", "year"]])
    place = pd.MultiIndex.from_frame(totals[["id", "stage", "year"]])
    came = np.where(totals["level"] == "district", whole.reindex(district), by_area.reindex(place))
    return totals.assign(came_n=came.astype(float))


def _scored(key: tuple, rows: pd.DataFrame) -> tuple:
    """Return one row of `errors`."""
    came = rows["came_n"].to_numpy(dtype=float)
    numbers = rows.reindex(columns=list(QUANTILES)).astype(float)
    off = numbers["demand_n"].to_numpy() - came
    change = np.abs(came - rows.get("last_n", pd.Series(np.nan, rows.index)).to_numpy(dtype=float))
    usual = np.nanmean(change) if np.isfinite(change).any() else np.nan
    inside = [
        float(((came >= numbers[f"low{side}_n"]) & (came <= numbers[f"high{side}_n"])).mean())
        if numbers[f"low{side}_n"].notna().all()
        else np.nan
        for side in (80, 95)
    ]
    return (
        *key,
        len(rows),
        np.abs(off).sum() / max(came.sum(), 1.0),
        off.sum() / max(came.sum(), 1.0),
        np.abs(off).mean() / usual if usual else np.nan,
        *inside,
        _crps(numbers, came),
    )


def _crps(numbers: pd.DataFrame, came: np.ndarray) -> float:
    """Return the mean continuous ranked probability score, twice the mean pinball loss of the known quantiles."""
    finite = numbers.dropna(axis=1)
    if finite.shape[1] < len(QUANTILES):
        return float("nan")
    levels = np.array([QUANTILES[name] for name in finite])
    off = came[:, None] - finite.to_numpy()
    return float(2 * np.maximum(levels * off, (levels - 1) * off).mean())


@takes(schools="outlook.schools")
def warnings(
    schools: pd.DataFrame, counts: pd.DataFrame, *, origin: int, system: SchoolSystem = SIX_THREE
) -> pd.DataFrame:
    """Score the probabilities of a shortage: more children in the entry grade than planned seats.

    Parameters
    ----------
    schools : DataFrame
        Table of an outlook.
    counts : DataFrame
        Table `roll_counts`; years up to the origin are not looked at.
    origin : int
        September the outlook was made in.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    DataFrame
        One row a horizon: n, base (share of schools that fell short), precision and recall of red, brier, brier_skill
        against always saying the base rate (nan where nobody or everybody fell short).
    """
    came = counts[counts["school_year"] > origin].astype({"grade": int, "school_year": int})
    cells = came.groupby(["school_id", "school_year", "grade"])["pupils_n"].sum()
    rows = _schools(schools, cells, origin, system).dropna(subset=["came_n", "seats_n", "p_short"])
    scored = []
    for ahead, group in rows.groupby("horizon"):
        event = (group["came_n"] > group["seats_n"].astype(float)).to_numpy()
        chance = group["p_short"].to_numpy(dtype=float)
        red, brier, spread = chance >= COLOURS["red"], float(np.mean((chance - event) ** 2)), float(event.var())
        scored.append(
            (
                int(ahead),
                len(group),
                event.mean(),
                (red & event).sum() / red.sum() if red.any() else np.nan,
                (red & event).sum() / event.sum() if event.any() else np.nan,
                brier,
                1 - brier / spread if spread else np.nan,
            )
        )
    return pd.DataFrame(scored, columns=["horizon", "n", "base", "precision_red", "recall_red", "brier", "brier_skill"])
