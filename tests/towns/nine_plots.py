"""The nine-plot town: small enough to do every sum by hand; drawn in the fixture `town`."""

import geopandas as gpd
import pandas as pd
import shapely

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
    plots = {"c1": 1, "c2": 4, "c3": 7, "c4": 2, "c5": 5, "c6": 9, "c7": 3}
    children = list(plots)
    places = {
        "unit_id": [f"u{plot}" for plot in plots.values()],
        "x": [middle(plot).x for plot in plots.values()],
        "y": [middle(plot).y for plot in plots.values()],
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
