"""Children a scenario brings (new estates) or sends elsewhere (a second school for some tiers)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis.forecast import housing
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.redraw.scenarios import Scenario
from zhaosheng_analysis.schema import takes


def arrivals(scenario: Scenario, years: tuple[int, ...]) -> pd.DataFrame:
    """Count the children of new estates, at the yields of `forecast.housing`.

    Parameters
    ----------
    scenario : Scenario
        What might be.
    years : tuple of int
        Septembers.

    Returns
    -------
    DataFrame
        Children, unit_id by year.
    """
    table = pd.DataFrame(0.0, index=pd.Index([], name="unit_id", dtype="str"), columns=list(years))
    for change in scenario.changes:
        if change["kind"] != "estate":
            continue
        flats = pd.DataFrame([{"delivered_on": change["delivered_on"], "dwellings_n": change["dwellings_n"]}])
        first = min(pd.Timestamp(change["delivered_on"]).year, years[0])
        when = range(first - 1, years[-1])
        built = housing.deliveries(flats.assign(unit_id=change["unit"]), [change["unit"]], when)
        come = housing.first_graders(built, housing.YIELDS)[0]
        row = pd.Series(come, index=[year + 1 for year in when]).reindex(list(years))
        table = table.add(pd.DataFrame([row], index=[change["unit"]]), fill_value=0.0)
    return table


@takes(ranked="ranked")
def directed(ranked: pd.DataFrame, district: District, scenario: Scenario | None) -> pd.DataFrame:
    """Send the children of some tiers to the nearer of two schools, where a scenario adds one.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        The schools under the scenario.
    scenario : Scenario or None
        What might be.

    Returns
    -------
    DataFrame
        The children with the school_id they are sent to.
    """
    if scenario is None:
        return ranked
    gates = district.schools.set_index("school_id").geometry
    links = district.zone_schools.drop_duplicates("school_id", keep="last").set_index("school_id")["zone_id"]
    for change in scenario.changes:
        if change["kind"] != "second":
            continue
        mine = sent(ranked, change, scenario.stage) & _nearer(ranked, gates[change["second"]], gates[change["school"]])
        zone = links.get(change["second"])
        ranked = ranked.assign(
            school_id=ranked["school_id"].where(~mine, change["second"]), zone_id=ranked["zone_id"].where(~mine, zone)
        )
    return ranked


@takes(ranked="ranked")
def sent(ranked: pd.DataFrame, change: Mapping, stage: str) -> pd.Series:
    """Return which children the rules send to the school of a change.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    change : mapping of str to object
        A change of kind second.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    Series of bool
        On the index of the children.
    """
    tiers = ranked["tier"].astype("str").isin([str(tier) for tier in change["tiers"]])
    return tiers & (ranked["school_id"] == change["school"]) & (ranked["stage"].astype("str") == stage)


def _nearer(ranked: pd.DataFrame, one: shapely.Point, other: shapely.Point) -> pd.Series:
    """Return which children live nearer to one gate than to the other; who has no place stays."""
    away = [np.hypot(ranked["x"] - gate.x, ranked["y"] - gate.y) for gate in (one, other)]
    return (away[0] < away[1]).fillna(value=False).astype(bool)


@takes(ranked="ranked")
def shifts(ranked: pd.DataFrame, district: District, scenario: Scenario, demand: pd.DataFrame) -> pd.DataFrame:
    """Count the children whom a second school takes from the first: less here, more there.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        The schools under the scenario.
    scenario : Scenario
        What might be.
    demand : DataFrame
        Forecast, school_id by year; the share of the school's entrants who are sent there is taken to stay.

    Returns
    -------
    DataFrame
        Children, school_id by year.
    """
    after = directed(ranked, district, scenario)
    table = pd.DataFrame(0.0, index=demand.index, columns=demand.columns)
    for change in scenario.changes:
        if change["kind"] == "second":
            one, other = change["school"], change["second"]
            stage = ranked["stage"].astype("str") == scenario.stage
            whole = max(1, int((stage & (ranked["school_id"] == one)).sum()))
            moved = int((stage & (ranked["school_id"] == one) & (after["school_id"] == other)).sum())
            table.loc[one] -= demand.loc[one] * moved / whole
            table.loc[other] += demand.loc[one] * moved / whole
    return table
