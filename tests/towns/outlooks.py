"""Outlooks written row by row."""

import pandas as pd

from tests.towns import declared
from zhaosheng_analysis.forecast import Outlook


def of(*, origin_year: int = 2025, **tables: pd.DataFrame) -> Outlook:
    """Return an outlook of some tables; the others are empty."""
    return Outlook(**declared.several("outlook", Outlook, **tables), origin_year=origin_year)


def outlook(rows: list[tuple], *, stage: str = "primary", horizon: int = 1, last_size: int = 40) -> Outlook:
    """Return an outlook of (school, hukou, demand, seats, classes) rows."""
    schools = pd.DataFrame(rows, columns=["school_id", "hukou_n", "demand_n", "seats_n", "classes_n"])
    schools = schools.assign(name=schools["school_id"], stage=stage, area_id="", year=2025 + horizon, horizon=horizon)
    schools = schools.assign(p_short=(schools["demand_n"] > schools["seats_n"]) * 0.8 + 0.05, calibrated=True)
    for name in ("low80_n", "high80_n", "low95_n", "high95_n"):
        schools[name] = schools["demand_n"]
    schools = schools.assign(
        class_size_n=50, sector="public", counted="zone", resident_n=schools["hukou_n"], rising_n=0
    )
    whole = ["hukou_n", "demand_n", "seats_n", "classes_n", "class_size_n", "low80_n", "high80_n"]
    whole += ["resident_n", "rising_n"]
    grade = 1 if stage == "primary" else 7
    grades = pd.DataFrame({"school_id": schools["school_id"], "year": 2025, "grade": grade, "pupils_n": 0})
    grades = grades.assign(classes_n=2, class_size_n=last_size)
    return of(schools=schools.astype(dict.fromkeys(whole, "Int64")), grades=grades)
