"""The forecast town with seats for next year, families who apply this year, and a policy of two rounds."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from tests.towns import forecast_town, intake
from zhaosheng_analysis import forecast
from zhaosheng_analysis.forecast import futures
from zhaosheng_analysis.policy import Capacity
from zhaosheng_analysis.policy.elements import Levels

ZONE = intake.a_round("zone", id="zone", stage=["primary"], key=["tier", "ticket"])
REST = intake.a_round("nearest", id="rest", stage=["primary"], key=["tier", "distance", "ticket"])


@dataclass(frozen=True)
class Rules:
    """A policy of one zone round and a placement of the rest."""

    rounds: tuple[dict[str, Any], ...] = (ZONE, REST)
    id: str = "jia-2026"
    intake_year: int = 2026
    capacity: Capacity = field(default_factory=lambda: Capacity(standard={"primary": 45, "junior": 50}))
    warning: Levels = field(default_factory=Levels)
    values: MappingProxyType = field(default_factory=lambda: MappingProxyType({"bundle.overflow": "skip"}))

    def parameter(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def __reduce__(self):
        return Rules, (self.rounds, self.id, self.intake_year, self.capacity, self.warning)


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
    return intake.ranked(rows)


def sure(outlook: forecast.Outlook, **demand: int) -> forecast.Outlook:
    """Return an outlook that is certain of the demand of some schools."""
    table = outlook.schools.copy()
    told = table["school_id"].map(demand).astype("Int64").fillna(table["demand_n"])
    return replace(outlook, schools=table.assign(**dict.fromkeys(futures.NUMBERS, told)))
