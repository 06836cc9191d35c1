"""What the roll counts say of one stage: its pupils by school, year and grade, and where the tables are silent."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import existing
from zhaosheng_analysis.geodata import District, relations
from zhaosheng_analysis.schema import DataError, Fault


def history(
    district: District, stage: str, origin: int, *, invalid: Iterable[int]
) -> tuple[list[str], np.ndarray, int]:
    """Return school ids, (S, Y, G) pupils up to the origin and the first year of one stage.

    Schools without a history that are planned, or that have a plan, have a row of nan.
    """
    grades = district.school_system.grades[stage]
    counts = district.table("roll_counts")
    counts = counts[counts["grade"].isin(grades) & (counts["school_year"] <= origin)]
    stages = (stage, "both")
    schools = district.schools.loc[district.schools["stage"].isin(stages), "school_id"]
    ids = sorted(set(schools) | set(counts["school_id"]))
    first = int(counts["school_year"].min()) if len(counts) else origin
    pupils = np.full((len(ids), origin - first + 1, len(grades)), np.nan)
    rows = pd.Index(ids).get_indexer(counts["school_id"])
    pupils[rows, counts["school_year"].astype(int) - first, counts["grade"].astype(int) - grades[0]] = counts[
        "pupils_n"
    ]
    empty = np.nan_to_num(pupils).sum(axis=2) == 0
    pupils[empty] = np.nan
    pupils = existing.without_noughts(pupils)
    pupils[:, [year - first for year in invalid if first <= year <= origin]] = np.nan
    return ids, pupils, first


def lost(district: District, stage: str, ids: list[str], first: int, origin: int) -> np.ndarray:
    """Return (S, Y) the years in which a school taught and its rolls are not in the tables."""
    counts = district.table("roll_counts")
    counts = counts[counts["grade"].isin(district.school_system.grades[stage]) & (counts["school_year"] <= origin)]
    begins = relations.without_past(counts, district.schools, system=district.school_system).set_index("school_id")[
        "school_year"
    ]
    known_from = begins.reindex(ids).fillna(first).to_numpy(dtype=int)
    years = np.arange(first, origin + 1)
    return (years < known_from[:, None]) | _gaps(district, ids, counts, years)


def _gaps(district: District, ids: list[str], counts: pd.DataFrame, years: np.ndarray) -> np.ndarray:
    """Return (S, Y) the years between those with rolls that have none, and the last one of a school that is open."""
    counted = np.zeros((len(ids), len(years)), dtype=bool)
    filled = counts[counts["pupils_n"] > 0]
    counted[pd.Index(ids).get_indexer(filled["school_id"]), filled["school_year"].to_numpy(dtype=int) - years[0]] = True
    before = np.logical_or.accumulate(counted, axis=1)
    after = np.logical_or.accumulate(counted[:, ::-1], axis=1)[:, ::-1]
    facts = district.schools.set_index("school_id").reindex(ids)
    closed = facts["closed_year"].astype(float).fillna(np.inf).to_numpy()
    goes_on = facts["status"].eq("open").to_numpy() & (closed > years[-1])
    only_last = np.zeros_like(counted)
    # A school that had rolls a year ago and is said to be open has not vanished.
    only_last[:, -1] = goes_on & counted[:, -2] if len(years) > 1 else False
    return ~counted & before & (after | only_last)


def filled(district: District, stage: str, ids: list[str], intakes: np.ndarray, first: int) -> np.ndarray:
    """Return (S, Y) whether a school took as many as its plan of that year; False where no plan is known."""
    plans = district.table("plans")
    plans = plans[(plans["stage"] == stage) & plans["seats_n"].gt(0)]
    rows = pd.Index(ids).get_indexer(plans["school_id"])
    columns = plans["intake_year"].to_numpy(dtype=int) - first
    inside = (rows >= 0) & (columns >= 0) & (columns < intakes.shape[1])
    seats = np.full(intakes.shape, np.inf)
    seats[rows[inside], columns[inside]] = plans["seats_n"].to_numpy(dtype=float)[inside]
    return np.nan_to_num(intakes) >= seats


def has_pupils(district: District, stage: str) -> bool:
    """Tell whether anybody of a stage is in the roll counts; without them nothing of it can be carried forward."""
    counts = district.table("roll_counts")
    return bool(counts.loc[counts["grade"].isin(district.school_system.grades[stage]), "pupils_n"].gt(0).any())


def last_year(district: District) -> int:
    """Return the last September with roll counts."""
    counts = district.table("roll_counts")
    if len(counts):
        return int(counts["school_year"].max())
    raise DataError(Fault("roll_counts 表", "没有一行数据", "至少需要最近一年的分年级在校生", "请补填"))
