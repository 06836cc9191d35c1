"""The nine-plot town: so small that every answer can be worked out by hand; for examples and tests.

::

    y
    300 +-----------+-----------+-----------+
        | u7        | u8        | u9        |     zones z1 z2 z3 are the columns, west to east;
        | c3        |           | c6        |     school s1 in u4 serves z1, s2 in u5 serves z2,
    200 +-----------+-----------+-----------+     s3 in u6 (private) serves z3
        | u4   [s1] | u5   [s2] | u6   [s3] |
        | c2        | c5 (twin) |           |     seats: s1 2, s2 3, s3 2
    100 +-----------+-----------+-----------+
        | u1        | u2        | u3        |     every child owns the home it lives in and is registered there,
        | c1        | c4 (twin) | c7        |     but c7, whose hukou is in another county
      0 +-----------+-----------+-----------+
        0          100         200         300  x

z1 has c1 c2 c3 for two seats, z2 has c4 c5 for three, z3 has c6 c7 for two. c3 is born one day after the cut-off of
31 August 2019, so that two eligible children remain in z1. 中一路 runs north along x = 100, 中二路 along x = 200;
横一街 runs east along y = 100, 横二街 along y = 200. (0, 0) is (500000, 4370000) of EPSG:4549.

In every other year one child enters from each of these seven plots: s1 lacks a seat, s2 has one to spare, and giving
one plot of z1 to z2 is the cure.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from zhaosheng_analysis import geodata, schema

if TYPE_CHECKING:
    from zhaosheng_analysis.geodata import District

CRS = "EPSG:4549"
LEFT, BOTTOM, PLOT_M = 500_000.0, 4_370_000.0, 100.0
ABOUT = {
    "district_id": "town",
    "name": "九格镇",
    "district_code": "130299",
    "crs": CRS,
    "datum": "CGCS2000",
    "policy": "laoting-2025",
    "intake_year": "2025",
    "data_as_of": "2025-05-31",
    "synthetic": "是",
    "seed": "0",
}
PLOTS = {"c1": 1, "c2": 4, "c3": 7, "c4": 2, "c5": 5, "c6": 9, "c7": 3}
ROLLS_FROM, INTAKE, REGISTERED_TO = 2019, 2025, 2031


def nine_plots(*, full: bool = True) -> District:
    """Return the town of nine plots: three zones of one column each, three schools, seven children.

    Parameters
    ----------
    full : bool, default True
        Whether it has what whole intakes and forecasts need beside plans, children, homes, hukou and applications: the
        registers (cohorts), the rolls of earlier years, and permits, of which there are none.

    Returns
    -------
    District
        A copy of one's own, which may be changed.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town = zs.demo.nine_plots()
    >>> town.name, len(town.units), len(town.table("children"))
    ('九格镇', 9, 7)
    """
    return copy.deepcopy(_checked(full))


@cache
def _checked(full: bool) -> District:
    """Check the town once."""
    tables = town_layers() | town_tables() | (town_past() if full else {})
    return geodata.assemble(tables, ABOUT, where=ABOUT["name"])


def box(column: float, row: float, columns: float = 1, rows: float = 1) -> shapely.Polygon:
    """Draw a rectangle counted in plots from the south-west corner."""
    left, bottom = LEFT + PLOT_M * column, BOTTOM + PLOT_M * row
    return shapely.box(left, bottom, left + PLOT_M * columns, bottom + PLOT_M * rows)


def middle(plot: int) -> shapely.Point:
    """Find the middle of plot 1 to 9."""
    return box((plot - 1) % 3, (plot - 1) // 3).centroid


def layer(rows: list[dict]) -> gpd.GeoDataFrame:
    """Make a layer of the town."""
    return gpd.GeoDataFrame(rows, crs=CRS)


def town_layers() -> dict[str, pd.DataFrame]:
    """Draw the layers of the town."""
    sides = [("s1", "中一路", 1, 0, 1, 3), ("s2", "中二路", 2, 0, 2, 3), ("s3", "横一街", 0, 1, 3, 1)]
    sides.append(("s4", "横二街", 0, 2, 3, 2))
    zones = [("z1", "一小学区", 0), ("z2", "二小学区", 1), ("z3", "三小学区", 2)]
    kinds = {"public": ["s1", "s2"], "private": ["s3"]}
    sector = {school: kind for kind, schools in kinds.items() for school in schools}
    plots = {"s1": 4, "s2": 5, "s3": 6}

    def line(x0: float, y0: float, x1: float, y1: float) -> shapely.LineString:
        ends = [(LEFT + PLOT_M * x, BOTTOM + PLOT_M * y) for x, y in ((x0, y0), (x1, y1))]
        return shapely.LineString(ends)

    return {
        "boundary": layer([{"district_id": "town", "name": "九格镇", "geometry": box(0, 0, 3, 3)}]),
        "areas": layer([{"area_id": "a1", "name": "城关", "kind": "township", "geometry": box(0, 0, 3, 3)}]),
        "streets": layer([{"street_id": i, "name": n, "kind": "street", "geometry": line(*at)} for i, n, *at in sides]),
        "units": layer(
            [
                {
                    "unit_id": f"u{plot}",
                    "name": f"{'一二三四五六七八九'[plot - 1]}号院",
                    "kind": "community",
                    "area_id": "a1",
                    "dwellings_n": 100,
                    "geometry": box((plot - 1) % 3, (plot - 1) // 3),
                }
                for plot in range(1, 10)
            ]
        ),
        "schools": layer(
            [
                {
                    "school_id": school,
                    "name": f"{'一二三'[plot - 4]}小",
                    "stage": "primary",
                    "sector": sector[school],
                    "area_id": "a1",
                    "urban": True,
                    "aliases": "第二实验小学" if school == "s2" else None,
                    "status": "open",
                    "geometry": middle(plot),
                }
                for school, plot in plots.items()
            ]
        ),
        "zones": layer(
            [
                {"zone_id": i, "name": n, "stage": "primary", "rule": "single", "geometry": box(at, 0, 1, 3)}
                for i, n, at in zones
            ]
        ),
        "zone_schools": pd.DataFrame(
            {"zone_id": ["z1", "z2", "z3"], "school_id": ["s1", "s2", "s3"], "order_n": [1, 1, 1]}
        ),
    }


def town_tables() -> dict[str, pd.DataFrame]:
    """List the children of the town and what is known of them."""
    children = list(PLOTS)
    places = {
        "unit_id": [f"u{plot}" for plot in PLOTS.values()],
        "x": [middle(plot).x for plot in PLOTS.values()],
        "y": [middle(plot).y for plot in PLOTS.values()],
        "address_id": [f"d-{child}" for child in children],
    }
    homes = {"home_n": 1, "owner": "parent", "evidence": "title", "dated_on": "2020-05-01"}
    checked = {"accepted": "是", "occupied": "是", "papers": "是"}
    return {
        "plans": pd.DataFrame(
            {
                "school_id": ["s1", "s2", "s3"],
                "stage": "primary",
                "intake_year": 2025,
                "classes_n": 1,
                "class_size_n": [2, 3, 2],
                "seats_n": [2, 3, 2],
            }
        ),
        "children": pd.DataFrame(
            {
                "child_id": children,
                "stage": "primary",
                "intake_year": 2025,
                "birth_on": ["2018-09-01", "2019-08-31", "2019-09-01", *["2019-03-15"] * 4],
                "sex": ["male", "female", "male", "female", "male", "female", "male"],
                "twin_id": [None, None, None, "t1", "t1", None, None],
                **dict.fromkeys(("agreement", "demolition", "demolition_papers", "returner"), "否"),
            }
        ),
        "homes": pd.DataFrame({"child_id": children, **homes, **checked, **places}),
        "hukou": pd.DataFrame(
            {
                "child_id": children,
                "person": "child",
                "head": "parent",
                "district_code": ["130299"] * 6 + ["130224"],
                "since_on": "2020-06-01",
                **{name: [*cells[:6], None] for name, cells in places.items()},
            }
        ),
        "applications": pd.DataFrame(
            {
                "child_id": children,
                "school_id": ["s1", "s1", "s1", "s2", "s2", "s3", "s3"],
                "sector": ["public"] * 5 + ["private"] * 2,
                "choice_n": 1,
                "channel": "online",
                "submitted_at": [f"2025-07-07 09:0{minute}:00" for minute in range(7)],
            }
        ),
    }


def town_past() -> dict[str, pd.DataFrame]:
    """List the registers of every unit and the rolls of every school, where nobody ever moves, and no permit."""
    registers = pd.DataFrame(
        [
            {"unit_id": f"u{plot}", "entry_year": year, "hukou_n": n, "resident_n": n, "source": "register"}
            for plot, n in ((plot, int(plot in PLOTS.values())) for plot in range(1, 10))
            for year in range(ROLLS_FROM - 6, REGISTERED_TO + 1)
        ]
    )
    rolls = pd.DataFrame(
        [
            {"school_id": school, "school_year": year, "grade": grade, "pupils_n": pupils, "classes_n": 1}
            for school, pupils in {"s1": 3, "s2": 2, "s3": 2}.items()
            for year in range(ROLLS_FROM, INTAKE + 1)
            for grade in range(1, 7)
        ]
    )
    return {"cohorts": registers, "roll_counts": rolls, "permits": schema.empty("permits")}
