"""What this run warns of otherwise than the last one: newly short schools, cured ones, worse, better, and from what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS = ["school_id", "stage", "year"]
#: What is kept of a run for the next one, one row a school, stage and year.
KEPT = [*KEYS, "name", "sector", "level", "demand_n", "hukou_n", "seats_n", "missing_seats_n", "watch"]
TURNS = {"new": "新增", "worse": "加重", "better": "减轻", "gone": "消除"}
_LEVELS = ["green", "yellow", "red"]


def since(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Compare two runs on the public schools and years both speak of; watched years (观察) have no warning.

    A school concerns a planner in a year if its level is yellow or red or if it lacks seats. Among two runs that both
    concern him the graver level is worse, and of one level the one that lacks more seats.

    Parameters
    ----------
    before : DataFrame
        Columns `KEPT` of the last run.
    after : DataFrame
        Columns `KEPT` of this run, from `alerts.flag`.

    Returns
    -------
    DataFrame
        Columns school_id, stage, year, name, turn (a key of `TURNS`), and level, demand_n, hukou_n, seats_n and
        missing_seats_n of both runs, those of the last one with the ending ``_before``. Unchanged rows are left out;
        newly short schools come first, within a turn the largest shortage.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> cured = alerts.assign(level="green", missing_seats_n=0)
    >>> zs.alerts.changes.since(cured, alerts)[["name", "turn", "missing_seats_n_before", "missing_seats_n"]]
      name turn  missing_seats_n_before  missing_seats_n
    0   一小  new                       0                1
    """
    published = after.loc[~after["watch"].astype(bool) & (after["sector"] == "public"), KEPT]
    both = before[KEPT].merge(published, on=KEYS, suffixes=("_before", ""), validate="1:1")
    grave, was_grave = _gravity(both["level"]), _gravity(both["level_before"])
    lacks, lacked = (both[name].fillna(0).astype(int) for name in ("missing_seats_n", "missing_seats_n_before"))
    now, then = (grave > 0) | (lacks > 0), (was_grave > 0) | (lacked > 0)
    up = (grave > was_grave) | ((grave == was_grave) & (lacks > lacked))
    down = (grave < was_grave) | ((grave == was_grave) & (lacks < lacked))
    turn = pd.Series("", index=both.index, dtype="str")
    for code, holds in {"better": then & down, "worse": now & up, "new": now & ~then, "gone": then & ~now}.items():
        turn = turn.mask(holds, code)
    table = both.assign(turn=turn, _turn=turn.map({code: place for place, code in enumerate(TURNS)}), _lacks=-lacks)
    table = table[turn != ""]
    table = table.sort_values(["_turn", "_lacks", *KEYS], ignore_index=True)
    numbers = ["level", "demand_n", "hukou_n", "seats_n", "missing_seats_n"]
    return table[[*KEYS, "name", "turn", *(f"{name}{end}" for name in numbers for end in ("_before", ""))]]


def _gravity(levels: pd.Series) -> pd.Series:
    """Return 0 for green and for no level, 1 for yellow, 2 for red."""
    return levels.map({code: place for place, code in enumerate(_LEVELS)}).fillna(0).astype(int)


def years_of_both(before: pd.DataFrame, after: pd.DataFrame) -> list[int]:
    """Return the years that can be compared.

    Parameters
    ----------
    before : DataFrame
        Columns `KEPT` of the last run.
    after : DataFrame
        Columns `KEPT` of this run.

    Returns
    -------
    list of int
        In order.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> alerts = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> zs.alerts.changes.years_of_both(alerts, alerts)
    [2026]
    """
    published = after.loc[~after["watch"].astype(bool), "year"]
    years: Iterable[int] = set(before["year"].astype(int)) & set(published.astype(int))
    return sorted(years)
