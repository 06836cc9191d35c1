"""A street of three schools for tests of admission: seats, children and rules made by hand.

::

    x =   0      1000      2000      3000      4000 m
          A       .         B         .         P          A, B public primaries of one area, P a private primary
          zone ZA | zone ZC (choice of A or B) | zone ZB
"""

from typing import Any

import pandas as pd
from shapely.geometry import Point, box

from tests.towns import districts, rulebook
from tests.towns.declared import whole
from zhaosheng_analysis.geodata import District

CRS = districts.CRS
PLACES = {"A": 0.0, "B": 2000.0, "P": 4000.0}


def street(seats: dict[str, int], *, applications=(), reserved=None, schools=None, **tables) -> District:
    """Return the district with so many seats a school."""
    rows = pd.DataFrame(
        {
            "school_id": list(PLACES),
            "name": ["甲校", "乙校", "民校"],
            "sector": ["public", "public", "private"],
            "area_id": ["area", "area", None],
            "geometry": [Point(x, 0.0) for x in PLACES.values()],
        }
    )
    if schools is not None:
        rows = pd.concat([rows, schools], ignore_index=True)
    plans = pd.DataFrame(
        [
            {
                "school_id": name,
                "stage": "primary",
                "intake_year": rulebook.YEAR,
                "seats_n": n,
                "reserved_n": (reserved or {}).get(name, 0),
            }
            for name, n in seats.items()
        ]
    )
    filed = pd.DataFrame(applications, columns=["child_id", "school_id", "sector", "choice_n"])
    ways = [("ZA", "A"), ("ZB", "B"), ("ZC", "A"), ("ZC", "B")]
    return districts.district(
        checked=False,
        facts={"district_id": "street", "name": "一条街"},
        boundary=[{"geometry": box(0, -500, 4000, 500)}],
        schools=rows,
        zone_schools=districts.links(ways).assign(if_vacant=False),
        plans=plans,
        applications=filed,
        **tables,
    )


def ranked(children: list[dict[str, Any]]) -> pd.DataFrame:
    """Return ranked children; one not said otherwise is a registered tier-1 child of school A's zone, at its gate."""
    usual = {
        "stage": "primary",
        "status": "registered",
        "zone_id": "ZA",
        "school_id": "A",
        "tier": "1",
        "twin_id": None,
        "prev_school_id": None,
        "sibling_school_id": None,
        "x": 0.0,
        "y": 0.0,
    }
    table = pd.DataFrame([{**usual, "child_id": f"c{n:03d}", **child} for n, child in enumerate(children)])
    order = ["1", "2", "3a", "3b", "4", "5", "6"]
    table["tier_rank"] = table["tier"].map(order.index).astype("int8")
    table["clause"] = "七(一)2(" + table["tier"].str[0] + ")"
    for name in ("zone_id", "school_id", "twin_id", "prev_school_id", "sibling_school_id", "tier", "status", "stage"):
        table[name] = table[name].astype("str")
    table["area_id"] = table["school_id"].map({"A": "area", "B": "area"}).astype("str")
    return whole("ranked", table.set_index("child_id"))
