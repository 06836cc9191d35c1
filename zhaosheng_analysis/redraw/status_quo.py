"""Where everything stands today: the schools of each unit, the schools there are, the units that hold them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import zones
from zhaosheng_analysis.forecast import plans_in_force
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import needed_tables
from zhaosheng_analysis.schema import STAGES, DataError, Fault
from zhaosheng_analysis.zones import memberships, unit_counts

JOINED = "、"


@dataclass(frozen=True)
class StatusQuo:
    """The zones of one stage in force in the first year, as units.

    Attributes
    ----------
    stage : str
        Of the zones.
    zones : GeoDataFrame
        The zones themselves.
    links : DataFrame
        `zone_id`, school_id, order_n of them.
    homes : Series
        `unit_id` -> ids of the zones that hold it; where one of them is a choice, that alone.
    sets : Series
        `unit_id` -> school ids in the order of the text, () in no zone.
    choice : Series
        `unit_id` -> whether the unit lies in a zone of choice.
    """

    stage: str
    zones: gpd.GeoDataFrame
    links: pd.DataFrame
    homes: pd.Series
    sets: pd.Series
    choice: pd.Series


def read(district: District, stage: str, year: int) -> StatusQuo:
    """Read off which schools every unit belongs to on the first of September of a year.

    Parameters
    ----------
    district : District
        District whose tables are read.
    stage : {"primary", "junior"}
        Stage of school.
    year : int
        A September.

    Returns
    -------
    StatusQuo
        Schools of every unit, as they are.

    Raises
    ------
    DataError where the stage has no zones that could be redrawn.
    """
    if district.units.empty:
        found = "图层「小区与村」（units）里一个也没有"
        remedy = needed_tables.LAYER_REMEDY.format(name="units")
        raise DataError(Fault(district.name, found, "学区是一个小区一个小区地划的", remedy))
    drawn = zones.valid(district.zones, stage=stage, on=pd.Timestamp(year, 9, 1))
    drawn = drawn[drawn["rule"] != "district"]
    if drawn.empty:
        found = f"{year} 年{STAGES[stage]}没有划定学区（全域招生或没有数据）"
        raise DataError(Fault(f"{district.name}学区", found, "重划须有单校、多校或对口学区", "请换一个学段"))
    links = district.zone_schools[district.zone_schools["zone_id"].isin(drawn["zone_id"])]
    schools = links.sort_values(["zone_id", "order_n"]).groupby("zone_id")["school_id"].agg(tuple)
    chosen = set(drawn.loc[drawn["rule"] == "choice", "zone_id"])
    homes = unit_counts.homes(unit_counts.shares(district.units, drawn))
    homes = homes.reindex(sorted(district.units["unit_id"]))
    homes = homes.map(lambda found: found if isinstance(found, tuple) else ())
    # A zone of choice lies over the zones of its schools and decides.
    homes = homes.map(lambda found: tuple(zone for zone in found if zone in chosen) or found)
    sets = homes.map(lambda found: tuple(dict.fromkeys(school for zone in found for school in schools.get(zone, ()))))
    return StatusQuo(stage, drawn, links, homes, sets, homes.map(lambda found: bool(set(found) & chosen)))


def primaries(district: District, stage: str) -> pd.Series:
    """Return the primary school of every unit today, whose pupils enter a stage.

    Parameters
    ----------
    district : District
        Its zones in force in the year of the intake under way, and its feeders.
    stage : {"primary", "junior"}
        Stage of school; before the first there is none.

    Returns
    -------
    Series of str
        The school_id of each unit_id, several joined by 、, "" without one; empty where there is nothing to tell.

    Raises
    ------
    DataError
        Primaries go on as a whole (校校对口), and have no zones.
    """
    if stage != "junior":
        return pd.Series(dtype="str")
    try:
        sets = read(district, "primary", int(district.about["intake_year"])).sets
    except DataError:
        if len(district.table("feeders")):
            raise
        return pd.Series(dtype="str")
    return sets.map(JOINED.join)


def schools(district: District, present: StatusQuo, stage: str, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the schools that may be given units: those of today's zones and new public ones, open in every year.

    Parameters
    ----------
    district : District
        District whose tables are read.
    present : StatusQuo
        StatusQuo's side.
    stage : {"primary", "junior"}
        Stage of school.
    years : tuple of int
        Septembers.

    Returns
    -------
    DataFrame
        Columns school_id, name, classes_n (in the first year), one column a year: seats; by school_id.

    Raises
    ------
    DataError where a school has no plan.
    """
    there = memberships.open_schools(district, years[0]) & memberships.open_schools(district, years[-1])
    all_ = district.schools
    taking = all_["status"] != "closing"  # a school that is closing takes nobody new
    mine = all_[all_["school_id"].isin(there) & all_["stage"].isin([stage, "both"]) & taking]
    zoned = mine["school_id"].isin(present.links["school_id"])
    new = mine["opened_year"].astype(float) > float(district.about["intake_year"])
    mine = mine[zoned | (new & (mine["sector"] == "public"))].sort_values("school_id")
    table = mine[["school_id", "name"]].reset_index(drop=True)
    planned = plans_in_force.in_force(district, stage, years)
    for year in years:
        plan = planned[year].reindex(table["school_id"])
        table[year] = plan["seats_n"].to_numpy(dtype=float, na_value=np.nan)
        table["classes_n"] = plan["classes_n"].to_numpy(dtype=float, na_value=np.nan)
    silent = table.loc[table[list(years)].isna().any(axis=1), "name"]
    if len(silent):
        where = f"{len(silent)} 所学校没有招生计划：{JOINED.join(silent.head(3))}"
        raise DataError(Fault("plans 表", where, "重划的每所学校都要有班数和学位", "请补填招生计划"))
    return table


def choosing(present: StatusQuo, open_: Iterable[str]) -> StatusQuo:
    """Return where everything stands without the closed schools of zones of choice.

    Where one school is left families no longer choose: the unit is an ordinary one of that school. A unit all of whose
    schools close keeps them, and must find another.
    """
    left = present.sets.map(lambda schools: tuple(school for school in schools if school in set(open_)))
    sets = present.sets.where(~(present.choice & left.map(bool)), left)
    return replace(present, sets=sets, choice=present.choice & left.map(len).gt(1))


def own_units(
    district: District, units: gpd.GeoDataFrame, schools_: pd.DataFrame, present: StatusQuo, row: np.ndarray
) -> np.ndarray:
    """Return the position of the unit that holds each school; no two schools share a row of the instance.

    A school that stands outside its zone, or in the unit of another, has the nearest unit of its zone for its own.

    Parameters
    ----------
    district : District
        District whose tables are read.
    units : GeoDataFrame
        The units.
    schools_ : DataFrame
        The schools.
    present : StatusQuo
        StatusQuo's side.
    row : ndarray
        Row of the instance each unit belongs to.

    Returns
    -------
    ndarray of int, shape (schools,)
        Positions in `units`.

    Raises
    ------
    DataError
        There are fewer rows than schools.
    """
    if (rows_n := len(set(row.tolist()))) < len(schools_):
        found = f"{STAGES[present.stage]}有 {len(schools_)} 所学校要分学区，能分的小区只有 {rows_n} 个"
        whole = "" if rows_n == len(units) else f"（{len(units)} 个小区中，校校对口的整体算一个）"
        remedy = f"请把图层「小区与村」（units）画细，至少 {len(schools_)} 个；或先把共用学区的学校并作一所再算"
        raise DataError(Fault(f"{district.name}小区", found + whole, "每所学校至少一个小区", remedy))
    gates = district.schools.set_index("school_id").geometry.reindex(schools_["school_id"])
    away = shapely.distance(units.geometry.to_numpy()[:, None], gates.to_numpy()[None, :])
    choice = present.choice.reindex(units["unit_id"]).to_numpy(dtype=bool)
    sets = present.sets.reindex(units["unit_id"])
    mine = np.array([[school in joined for school in schools_["school_id"]] for joined in sets])
    single = mine & ~choice[:, None]
    taken, joined = set(), np.full(len(schools_), -1)
    for school in np.lexsort((np.arange(len(schools_)), away.min(axis=0))):
        within = single[:, school] if single[:, school].any() else ~choice
        if not within.any():
            within = np.ones(len(units), dtype=bool)
        order = np.lexsort((np.arange(len(units)), away[:, school], ~within))
        place = next(unit for unit in order if row[unit] not in taken)
        taken.add(row[place])
        joined[school] = place
    return joined
