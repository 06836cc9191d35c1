"""A town of sixteen blocks with two zones, in which faults are planted."""

import geopandas as gpd
import pandas as pd

from tests.towns.zone_maps import line, point, square, toy
from zhaosheng_analysis import zones

# Sixteen blocks of 1 km, named by column (甲乙丙丁, from the west) and row (1 to 4, from the south).
BLOCKS = {f"{'甲乙丙丁'[x]}{y + 1}": square(x, y, x + 1, y + 1) for x in range(4) for y in range(4)}
IDS = {name: f"u{number}" for number, name in enumerate(BLOCKS)}
WEST, EAST = square(0, 0, 2, 4), square(2, 0, 4, 4)
SCHOOLS = [
    {"school_id": "w", "name": "西小学", "geometry": point(1, 2)},
    {"school_id": "e", "name": "东小学", "geometry": point(3, 2)},
]
LINKS = [("zw", "w"), ("ze", "e")]


def cohorts(units: dict) -> pd.DataFrame:
    """Let 4 children of every unit enter grade 1 in 2019, 10 in 2025 and 11 in 2026."""
    years = {2019: 4, 2025: 10, 2026: 11}
    rows = [(f"u{number}", year, count) for number in range(len(units)) for year, count in years.items()]
    return pd.DataFrame(rows, columns=["unit_id", "entry_year", "hukou_n"])


def town(west=WEST, east=EAST, **more):
    """Return the town; what is given replaces what is usual."""
    rows = [
        {"zone_id": "zw", "name": "西小学学区", "geometry": west},
        {"zone_id": "ze", "name": "东小学学区", "geometry": east},
    ]
    for row in rows:
        row |= more.pop(row["zone_id"], {})
    usual = {"land": square(0, 0, 4, 4), "units": BLOCKS, "schools": SCHOOLS, "links": LINKS}
    more["tables"] = {"cohorts": cohorts(more.get("units", BLOCKS))} | more.pop("tables", {})
    usual["streets"] = {"中路": line((2, 0), (2, 4)), "中街": line((0, 2), (4, 2))}
    return toy(**(usual | {"zones": rows + more.pop("zones", [])} | more))


def found(district, **options) -> gpd.GeoDataFrame:
    return zones.check(district, stage="primary", **options)


def only(district, **options) -> pd.Series:
    """Return the one finding of a town that has one fault."""
    findings = found(district, **options)
    assert len(findings) == 1, findings["message"].tolist()
    return findings.iloc[0]
