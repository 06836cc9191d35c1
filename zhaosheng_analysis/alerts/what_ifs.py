"""What might be, beside what is: two districts forecast, put through the rules and flagged with the same tickets."""

from collections.abc import Iterable

import pandas as pd

from zhaosheng_analysis import forecast
from zhaosheng_analysis.alerts.flagging import flag
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes

KEYS = ["school_id", "stage", "year"]
#: What is set side by side: column of the warnings -> columns before and after.
SIDES = {name: [f"{name}_{when}" for when in ("before", "after")] for name in ("probability", "cut_tier")}
SIDES |= {f"{name}_n": [f"{name}_{when}_n" for when in ("before", "after")] for name in ("demand", "turned_away")}


@takes(ranked="ranked")
def what_if(
    before: District, after: District, policy: Policy, ranked: pd.DataFrame, *, years: Iterable[int], seed: str
) -> pd.DataFrame:
    """Forecast and flag two districts with the same families and tickets, and tell what differs.

    Parameters
    ----------
    before : District
        As it is, and as it might be.
    after : District
        As it is, and as it might be.
    policy : Policy
        The rules, which set tiers.
    ranked : DataFrame
        This year's children with their tiers.
    years : iterable of int
        Septembers.
    seed : str
        Of futures and tickets, the same for both.

    Returns
    -------
    DataFrame
        One row a school and year whose demand differs: school_id, name, stage, year, and demand, probability of a
        shortage, tier cut and children turned away, each before and after.

    Examples
    --------
    >>> import dataclasses
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.ranked(town, rules)
    >>> cohorts = town.table("cohorts")
    >>> born = 2 * ((cohorts["unit_id"] == "u8") & (cohorts["entry_year"] == 2026))
    >>> more = cohorts.assign(hukou_n=cohorts["hukou_n"] + born, resident_n=cohorts["resident_n"] + born)
    >>> after = dataclasses.replace(town, tables=town.tables | {"cohorts": more})
    >>> found = zs.alerts.what_if(town, after, rules, ranked, years=[2026], seed="1")
    >>> found[["school_id", "demand_before_n", "demand_after_n"]]
      school_id  demand_before_n  demand_after_n
    0        s2                2               3
    """
    years, sides = list(years), []
    for district in (before, after):
        outlook = forecast.project(district, policy, years=years)
        through = simulation.run(outlook, ranked, district, policy, seed=seed, intakes=0)
        sides.append(flag(outlook, policy, ranked=ranked, through=through))
    return differing(*sides)


@takes(before="alerts", after="alerts")
def differing(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Set two tables of warnings side by side where the demand differs.

    Parameters
    ----------
    before, after : DataFrame
        From `flag`, of the same schools and years.

    Returns
    -------
    DataFrame
        As from `what_if`.
    """
    parts = [
        table.rename(columns={name: columns[side] for name, columns in SIDES.items()})
        for side, table in enumerate((before, after))
    ]
    second = parts[1][[*KEYS, *(columns[1] for columns in SIDES.values())]]
    both = parts[0].merge(second, on=KEYS, validate="one_to_one")
    compared = [column for columns in SIDES.values() for column in columns]
    moved = both[both["demand_before_n"] != both["demand_after_n"]]
    return moved[["school_id", "name", "stage", "year", *compared]].reset_index(drop=True)
