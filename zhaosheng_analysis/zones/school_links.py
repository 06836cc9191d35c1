"""Zones and schools must fit: every zone a school, every school a zone, none of them closed; new estates assigned."""

import pandas as pd
import shapely

from zhaosheng_analysis import walks
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.zones.findings import Flaw, Survey

AT_THE_EDGE_M = 5.0  # a gate on the street that bounds a zone is not outside it


def check(survey: Survey, policy: Policy | None = None) -> list[Flaw]:
    """Find zones and schools that do not fit each other, and estates handed over that no zone holds."""
    return [
        *_without_school(survey),
        *_closed(survey),
        *_without_zone(survey),
        *_outside(survey),
        *_cut_off(survey),
        *_new_estates(survey, policy),
    ]


def _without_school(survey: Survey) -> list[Flaw]:
    """Find zones in force that lead to no school."""
    empty = survey.zones[~survey.zones["zone_id"].isin(survey.links["zone_id"])]
    return [
        Flaw(
            "zone_without_school",
            row.geometry,
            f"{row.name}没有对应的学校",
            zones=(row.zone_id,),
            units=_units_of(survey, row.zone_id),
        )
        for row in empty.itertuples(index=False)
    ]


def _units_of(survey: Survey, zone_id: str) -> tuple[str, ...]:
    """Return the units a zone holds."""
    held = survey.held[(survey.held["zone_id"] == zone_id) & (survey.held["share"] > 0.5)]
    return tuple(held["unit_id"])


def _closed(survey: Survey) -> list[Flaw]:
    """Find closed schools that a zone in force still leads to."""
    schools = survey.district.schools
    gone = schools["status"].eq("closed") | schools["closed_year"].le(survey.on.year).fillna(value=False)
    flaws = []
    for row in schools[gone].sort_values("school_id").itertuples(index=False):
        zones = tuple(survey.links.loc[survey.links["school_id"] == row.school_id, "zone_id"])
        if zones:
            heir = survey.names.get(row.successor_id)
            message = f"{row.name}已停办，仍对应{survey.listed(zones)}" + (f"；承接学校为{heir}" if heir else "")
            flaws.append(Flaw("closed_school", row.geometry, message, zones=zones, schools=(row.school_id,)))
    return flaws


def _without_zone(survey: Survey) -> list[Flaw]:
    """Find open public schools of the stage without a zone; campuses of a school with one, and fed juniors, have it."""
    schools = survey.district.schools
    served = set(survey.links["school_id"])
    feeders = survey.district.tables.get("feeders")
    if feeders is not None and survey.stage == "junior":
        served |= set(feeders["junior_id"])
    bare = schools[
        schools["stage"].isin([survey.stage, "both"])
        & schools["sector"].eq("public")
        & schools["status"].eq("open")
        & ~schools["school_id"].isin(served)
        & ~schools["campus_of"].isin(served)
    ]
    return [
        Flaw("school_without_zone", row.geometry, f"{row.name}是公办学校，没有学区", schools=(row.school_id,))
        for row in bare.sort_values("school_id").itertuples(index=False)
    ]


def _outside(survey: Survey) -> list[Flaw]:
    """Find schools that stand in none of the zones that lead to them."""
    lands = survey.zones.set_index("zone_id").geometry
    spots = survey.district.schools.set_index("school_id").geometry
    flaws = []
    for school, links in survey.links.groupby("school_id", sort=True):
        zones = tuple(sorted(links["zone_id"]))
        away_m = min(shapely.distance(lands[zone], spots[school]) for zone in zones)
        if away_m > AT_THE_EDGE_M:
            message = f"{survey.names[school]}在{survey.listed(zones)}之外，距边界 {away_m:.0f} 米"
            flaws.append(Flaw("school_outside", spots[school], message, zones=zones, schools=(school,)))
    return flaws


def _cut_off(survey: Survey) -> list[Flaw]:
    """Find units from which no way on foot leads to any school of their zones; nothing is said without streets."""
    if survey.district.streets.empty:
        return []
    ways = walks.to_schools(survey.district, survey.zones, links=survey.links)
    best = ways.groupby(["zone_id", "unit_id"])["walk_m"].min()
    shapes = survey.district.units.set_index("unit_id").geometry
    flaws = []
    for zone, lost in best[best.isna()].groupby("zone_id", sort=True):
        units = tuple(lost.index.get_level_values("unit_id"))
        message = (
            f"{survey.names[zone]}，{survey.listed(units)}沿图上的道路和桥步行无法到达学校；{survey.children(units)}"
        )
        land = shapely.union_all([shapes[unit] for unit in units])
        flaws.append(Flaw("no_way", land, message, zones=(zone,), units=units))
    return flaws


def _new_estates(survey: Survey, policy: Policy | None) -> list[Flaw]:
    """Find estates handed over before registration began that lie in no zone."""
    housing = survey.district.tables.get("housing")
    if housing is None:
        return []
    day = _registration(survey, policy)
    ready = housing[(housing["delivered_on"] < day) & ~housing["unit_id"].isin(survey.homes.index)]
    shapes = survey.district.units.set_index("unit_id").geometry
    flaws = []
    for unit, rows in ready.groupby("unit_id", sort=True):
        first, dwellings = rows["delivered_on"].min(), int(rows["dwellings_n"].sum())
        message = (
            f"{survey.names[unit]}自 {first:%Y-%m-%d} 起交付 {dwellings} 套，报名（{day:%Y-%m-%d}）前未划入任何学区"
        )
        message += f"；{survey.children((unit,))}"
        flaws.append(Flaw("new_estate", shapes[unit], message, units=(unit,)))
    return flaws


def _registration(survey: Survey, policy: Policy | None) -> pd.Timestamp:
    """Return the day registration begins for the stage, or the day of the check where no policy says."""
    windows = [
        window
        for window in (policy.windows if policy else ())
        if window.name == "registration" and window.opens and (not window.stage or survey.stage in window.stage)
    ]
    return min((pd.Timestamp(window.opens).tz_localize(None).normalize() for window in windows), default=survey.on)
