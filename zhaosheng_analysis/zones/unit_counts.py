"""Which units a zone holds, and the children who come of school age in them.

A unit belongs to a zone with the part of its area that lies there; whole units are what a redraw moves.
"""

import geopandas as gpd
import pandas as pd
import shapely

from zhaosheng_analysis.geodata import District

LEAST_SHARE = 1e-9


def shares(units: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure how much of each unit lies in each zone.

    Parameters
    ----------
    units : GeoDataFrame
        Units, as polygons (m) with unit_id.
    zones : GeoDataFrame
        Zones, as valid polygons with zone_id in the same system.

    Returns
    -------
    DataFrame
        Columns unit_id, zone_id and share (0 to 1, of the unit's area); a pair without common land has no row.
    """
    shapes, lands = units.geometry.to_numpy(), zones.geometry.to_numpy()
    unit, zone = shapely.STRtree(lands).query(shapes, predicate="intersects")
    shapely.prepare(lands)
    share = shapely.covers(lands[zone], shapes[unit]).astype(float)
    cut = share == 0
    share[cut] = shapely.area(shapely.intersection(shapes[unit[cut]], lands[zone[cut]])) / shapely.area(
        shapes[unit[cut]]
    )
    ids = {"unit_id": units["unit_id"].to_numpy()[unit], "zone_id": zones["zone_id"].to_numpy()[zone], "share": share}
    table = pd.DataFrame(ids)
    return table[table["share"] > LEAST_SHARE].sort_values(["unit_id", "zone_id"], ignore_index=True)


def homes(held: pd.DataFrame, *, least: float = 0.5) -> pd.Series:
    """Find the zones that hold more than half of each unit.

    Parameters
    ----------
    held : DataFrame
        Shares as `shares` gives them.
    least : float, default 0.5
        Share that has to be exceeded, in [0, 1].

    Returns
    -------
    Series of tuple
        Sorted zone_ids by unit_id, several on overlaps; a unit without has no entry.
    """
    mine = held[held["share"] > least]
    return mine.groupby("unit_id")["zone_id"].agg(lambda ids: tuple(sorted(ids)))


def due(district: District, *, stage: str, grades: range | None = None, column: str = "hukou_n") -> pd.DataFrame:
    """Count the children of each unit by September and grade, as its birth cohorts reach them.

    Parameters
    ----------
    district : District
        District whose tables are read.
    stage : {"primary", "junior"}
        Stage whose first grade is counted.
    grades : range, optional
        Other grades of the stage, such as ``district.school_system.grades[stage]``.
    column : {"hukou_n", "resident_n"}, default "hukou_n"
        Whom to count.

    Returns
    -------
    DataFrame
        Columns unit_id, year, grade and children_n; no row where the table cohorts is missing. The same children appear
        in every grade they pass through, each September once.
    """
    grades = grades or district.school_system.grades[stage][:1]
    cohorts = district.tables.get("cohorts")
    if cohorts is None or cohorts.empty:
        kinds = {"unit_id": "str", "year": "int64", "grade": "int64", "children_n": "int64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    counts = cohorts.groupby(["unit_id", "entry_year"], as_index=False)[column].sum()
    parts = [
        pd.DataFrame(
            {
                "unit_id": counts["unit_id"],
                "year": counts["entry_year"] + grade - 1,
                "grade": grade,
                "children_n": counts[column],
            }
        )
        for grade in grades
    ]
    return pd.concat(parts, ignore_index=True)


def expected(children: pd.DataFrame, unit_ids: tuple[str, ...], years: range) -> dict[int, int]:
    """Return the children of some units in each of some years, where anything is known of the units and the year.

    Parameters
    ----------
    children : DataFrame
        Children due, as `due` gives them.
    unit_ids : tuple of str
        The units.
    years : range
        The years asked for.

    Returns
    -------
    dict of int to int
        Children by year; a year in which nothing is known is left out.
    """
    years_counted, mine = set(children["year"]), children[children["unit_id"].isin(unit_ids)]
    counted = mine.groupby("year")["children_n"].sum()
    return {year: int(counted.get(year, 0)) for year in years if year in years_counted and len(mine)}
