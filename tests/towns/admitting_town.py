"""The forecast town with seats for next year, families who apply this year, and a policy of two rounds."""

from dataclasses import replace
from typing import Any

import pandas as pd

from tests.towns import forecast_town, rulebook, street
from zhaosheng_analysis import forecast
from zhaosheng_analysis.forecast import futures
from zhaosheng_analysis.policy import Policy

ZONE, REST = rulebook.plain().rounds


def rules(*rounds: dict[str, Any]) -> Policy:
    """Return the rule book of next year's intake."""
    return rulebook.rules(*rounds, id="jia-2026", intake_year=2026)


def town(west: int = 72, east: int = 45):
    """Return the town with a plan of so many seats for 2026."""
    plans = forecast_town.plans().assign(intake_year=2026, seats_n=[west, east, 200])
    applications = pd.DataFrame(columns=["child_id", "school_id", "sector", "choice_n"], dtype="str")
    return forecast_town.town(plans=plans, applications=applications)


def families() -> pd.DataFrame:
    """Return this year's families: 甲 36 of the first tier, 18 of the second, 18 of the third; 乙 40 of the first."""
    west = ["1"] * 36 + ["2"] * 18 + ["3a"] * 18
    rows = [{"school_id": "j1", "zone_id": "zj", "tier": tier, "x": 100.0, "y": 100.0} for tier in west]
    rows += [{"school_id": "y1", "zone_id": "zy", "tier": "1", "x": 300.0, "y": 100.0}] * 40
    return street.ranked(rows)


def sure(outlook: forecast.Outlook, **demand: int) -> forecast.Outlook:
    """Return an outlook that is certain of the demand of some schools."""
    table = outlook.schools.copy()
    told = table["school_id"].map(demand).astype("Int64").fillna(table["demand_n"])
    short = table["p_short"].mask(table["school_id"].isin(demand))  # that follows from the seats
    return replace(outlook, schools=table.assign(**dict.fromkeys(futures.NUMBERS, told), p_short=short))
