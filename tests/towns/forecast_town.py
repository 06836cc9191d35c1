"""A town of two primary zones and one junior school with a past, for the tests of forecast and alerts.

::

    +--------+--------+     west 甲 (j1): units u1, u2 (each 30 children a year, u2 grows by 6 a year from 2025)
    | u1 | u2| u3 | u4|     east 乙 (y1): units u3, u4 (each 20 children a year)
    +--------+--------+     丙 (b1) is the junior school of all
"""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from tests.towns import districts
from zhaosheng_analysis.geodata import District

CRS = districts.CRS
ORIGIN = 2025
FIRST = 2018
UNITS = ["u1", "u2", "u3", "u4"]


def layer(**columns) -> gpd.GeoDataFrame:
    """Return a layer of the town."""
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=CRS)


def due(unit: str, year: int) -> int:
    """Return the children of a unit who reach grade 1 in a year."""
    base = 30 if unit in ("u1", "u2") else 20
    return base + (6 * max(year - 2024, 0) if unit == "u2" else 0)


def cohorts(*, last: int = 2031) -> pd.DataFrame:
    """Return the cohorts of every unit."""
    rows = [(unit, year, due(unit, year)) for unit in UNITS for year in range(FIRST - 6, last + 1)]
    frame = pd.DataFrame(rows, columns=["unit_id", "entry_year", "hukou_n"])
    return frame.assign(resident_n=frame["hukou_n"], source="register")


def roll_counts(*, last: int = ORIGIN) -> pd.DataFrame:
    """Return rolls where nobody ever moves: each grade is the cohort that entered."""
    rows = []
    for year in range(FIRST, last + 1):
        for school, units in (("j1", ["u1", "u2"]), ("y1", ["u3", "u4"]), ("b1", UNITS)):
            for grade in range(7, 10) if school == "b1" else range(1, 7):
                pupils = sum(due(unit, year - grade + 1) for unit in units)
                rows.append((school, year, grade, pupils, -(-pupils // 45)))
    return pd.DataFrame(rows, columns=["school_id", "school_year", "grade", "pupils_n", "classes_n"])


def zones() -> gpd.GeoDataFrame:
    """Return the three zones."""
    return layer(
        zone_id=["zj", "zy", "zb"],
        name=["甲小学学区", "乙小学学区", "丙中学学区"],
        stage=["primary", "primary", "junior"],
        rule=["single"] * 3,
        sentence=[""] * 3,
        valid_from=pd.to_datetime(["2010-01-01"] * 3),
        valid_to=pd.to_datetime([None] * 3),
        condition=[""] * 3,
        geometry=[box(0, 0, 200, 200), box(200, 0, 400, 200), box(0, 0, 400, 200)],
    )


def redrawn(east: object, *, on: str, since: str = "2010-01-01") -> dict[str, pd.DataFrame]:
    """Return the zones of a town whose east is another from a day on, and the west the rest, with their doors."""
    day, old = pd.Timestamp(on), zones()
    mine = old["stage"] == "primary"
    new = old[mine].assign(zone_id=["zj2", "zy2"], valid_from=day)
    new = new.set_geometry([box(0, 0, 400, 200).difference(east), east], crs=CRS)
    old = old.assign(valid_from=old["valid_from"].where(~mine, pd.Timestamp(since)))
    old = old.assign(valid_to=old["valid_to"].where(~mine, day - pd.Timedelta(days=1)))
    return {
        "zones": pd.concat([old, new.astype(old.drop(columns="geometry").dtypes.to_dict())], ignore_index=True),
        "zone_schools": doors("zj", "zy", "zb", "zj2", "zy2"),
    }


def schools(**changes) -> gpd.GeoDataFrame:
    """Return the schools; `changes` sets a column."""
    table = layer(
        school_id=["j1", "y1", "b1"],
        name=["甲小学", "乙小学", "丙中学"],
        stage=["primary", "primary", "junior"],
        sector=["public"] * 3,
        area_id=["a", "a", ""],
        township_id=["t", "t", "t"],
        status=["open"] * 3,
        opened_year=pd.array([None] * 3, dtype="Int64"),
        closed_year=pd.array([None] * 3, dtype="Int64"),
        successor_id=pd.array([None] * 3, dtype="str"),
        geometry=[Point(100, 100), Point(300, 100), Point(200, 50)],
    )
    return table.assign(**changes)


def doors(*zone_ids: str) -> pd.DataFrame:
    """Return which school each zone leads to, by the letter of its id."""
    return pd.DataFrame({"zone_id": zone_ids, "school_id": [f"{zone[1]}1" for zone in zone_ids]})


def plans() -> pd.DataFrame:
    """Return the plan of 2025."""
    return pd.DataFrame(
        {
            "school_id": ["j1", "y1", "b1"],
            "stage": ["primary", "primary", "junior"],
            "intake_year": 2025,
            "classes_n": [2, 1, 2],
            "class_size_n": [40, 45, 50],
            "seats_n": [80, 45, 100],
            "reserved_n": 0,
        }
    )


def town(**tables) -> District:
    """Return the town; keywords replace layers (schools, zones, zone_schools) or tables."""
    usual = {"schools": schools(), "zones": zones(), "zone_schools": doors("zj", "zy", "zb")}
    usual |= {"cohorts": cohorts(), "roll_counts": roll_counts(), "plans": plans()}
    return districts.district(
        checked=False,
        boundary=[{"geometry": box(0, 0, 400, 200)}],
        areas=layer(
            area_id=["a", "t"],
            name=["城区", "镇"],
            kind=["area", "township"],
            parent_id=["", ""],
            geometry=[box(0, 0, 400, 200)] * 2,
        ),
        units=layer(unit_id=UNITS, geometry=[box(left, 0, left + 100, 200) for left in np.arange(4) * 100.0]),
        **(usual | tables),
    )
