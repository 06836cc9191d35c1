"""Time the audit of a roll of 100,000 pupils with three years of history against the time it takes to read its tables.

The district is made up: 100 schools, 40 units, every child-level table an audit asks for. It is written as CSV, read
with `geodata.load` (which checks it), and audited by the checklist of 湛河. Aim: at most three times the reading.
"""

import os
import tempfile

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box
from stopwatch import best, keep

from zhaosheng_analysis import audit, geodata, lottery, policy
from zhaosheng_analysis.schema import student_numbers

CRS, YEAR, PUPILS, SCHOOLS = "EPSG:4547", 2024, 100_000, 100
LEFT, LOW, SIDE_M = 480_000.0, 3_720_000.0, 1_000.0


def layers() -> dict[str, pd.DataFrame]:
    """Lay out one school, zone and unit a square kilometre, ten by ten; every fourth school is a junior."""
    spots = [(n % 10, n // 10) for n in range(SCHOOLS)]
    cells = [
        box(LEFT + x * SIDE_M, LOW + y * SIDE_M, LEFT + (x + 1) * SIDE_M, LOW + (y + 1) * SIDE_M) for x, y in spots
    ]
    whole = box(LEFT, LOW, LEFT + 10 * SIDE_M, LOW + 10 * SIDE_M)
    names = [f"s{n:03d}" for n in range(SCHOOLS)]
    junior = [n % 4 == 3 for n in range(SCHOOLS)]
    stage = np.where(junior, "junior", "primary")

    def layer(geometry: list, **columns: object) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)

    numbers = [f"{n:03d}" for n in range(SCHOOLS)]
    places = [f"z{n}" for n in numbers] + [f"j{n}" for n, wide in zip(numbers, junior, strict=True) if wide]
    # The square of a junior school belongs to the primary west of it.
    leads = [names[n - 1] if junior[n] else names[n] for n in range(SCHOOLS)]
    leads += [name for name, wide in zip(names, junior, strict=True) if wide]
    road = LineString([(LEFT, LOW), (LEFT + SIDE_M, LOW)])
    return {
        "boundary": layer([whole], district_id=["bench"], name=["基准区"]),
        "areas": layer([whole], area_id=["all"], name=["全区"], kind=["reporting_unit"]),
        "streets": layer([road], street_id=["r"], name=["路"], kind=["street"]),
        "units": layer(cells, unit_id=[f"u{n}" for n in numbers], name=numbers, kind="village", area_id="all"),
        "schools": layer(
            [Point(cell.centroid) for cell in cells],
            school_id=names,
            name=[f"学校{n}" for n in numbers],
            stage=stage,
            sector="public",
            org_id="all",
            status="open",
            opened_year=2000,
        ),
        "zones": layer(
            [*cells, *[whole] * sum(junior)],
            zone_id=places,
            name="学区",
            rule="choice",
            stage=["primary"] * SCHOOLS + ["junior"] * sum(junior),
        ),
        "zone_schools": pd.DataFrame({"zone_id": places, "school_id": leads, "order_n": 1}),
    }


def pupils() -> pd.DataFrame:
    """List every pupil of the last year with grade, class and a well-formed student number."""
    rng = lottery.generator("benchmark", "audit")
    school = np.arange(PUPILS) % SCHOOLS
    grade = np.where(school % 4 == 3, 7 + np.arange(PUPILS) // SCHOOLS % 3, 1 + np.arange(PUPILS) // SCHOOLS % 6)
    born = pd.to_datetime({"year": YEAR - 6 - grade, "month": 9, "day": 1}) + pd.to_timedelta(
        rng.integers(0, 365, PUPILS), unit="D"
    )
    male = rng.random(PUPILS) < 0.52
    table = pd.DataFrame({"pupil_id": [f"p{n:06d}" for n in range(PUPILS)], "school_id": [f"s{n:03d}" for n in school]})
    table["grade"], table["birth_on"], table["sex"] = grade, born, np.where(male, "male", "female")
    table["class_no"] = table.groupby(["school_id", "grade"]).cumcount() % 5 + 1
    county = pd.Series(990000 + np.arange(PUPILS) // 400, dtype="str")
    serial = pd.Series(np.arange(PUPILS) % 400 * 2 + male + 100, dtype="str")
    body = county + table["birth_on"].dt.strftime("%Y%m%d") + serial
    table["student_no"] = "G" + body + student_numbers.check_characters(body)
    return table


def tables() -> dict[str, pd.DataFrame]:
    """Make the tables: the roll of three years, who sits where, who was admitted, where they live."""
    now = pupils()
    years = []
    for back in range(3):
        began = np.where(now["grade"] >= 7, 7, 1)
        rows = now[now["grade"] - back >= began].assign(school_year=YEAR - back, status="active")
        years.append(rows.assign(grade=rows["grade"] - back, registered_on=pd.Timestamp(YEAR - back, 9, 10)))
    # The leavers of those years, so that every year has its 100,000.
    for back in (1, 2):
        left = PUPILS - len(years[back])
        before = now.head(left)
        gone = before.assign(grade=np.where(before["grade"] >= 7, 9, 6))
        older = pd.to_timedelta(((gone["grade"] - before["grade"] + back) * 365.25).round(), unit="D")
        gone["birth_on"], gone["pupil_id"] = before["birth_on"] - older, f"x{back}" + before["pupil_id"]
        dated = pd.Timestamp(YEAR - back, 9, 10)
        years.append(gone.assign(student_no="", school_year=YEAR - back, status="active", registered_on=dated))
    roll = pd.concat(years, ignore_index=True)
    new = now[now["grade"].isin([1, 7])].rename(columns={"pupil_id": "child_id"})
    stage = np.where(new["grade"] == 1, "primary", "junior")
    spot = new["school_id"].str[1:].astype(int)
    home = {
        "x": LEFT + (spot % 10 + 0.5) * SIDE_M,
        "y": LOW + (spot // 10 + 0.5) * SIDE_M,
        "unit_id": "u" + new["school_id"].str[1:],
    }
    sizes = roll.groupby(["school_id", "school_year", "grade", "class_no"], as_index=False).size()
    counts = roll.groupby(["school_id", "school_year", "grade"], as_index=False).agg(pupils_n=("pupil_id", "size"))
    seats = new.groupby("school_id").size()
    return {
        "roll": roll,
        "attendance": now[["pupil_id", "school_id", "grade", "class_no"]].assign(seen_on=pd.Timestamp("2024-10-15")),
        "classes": sizes.rename(columns={"size": "pupils_n"}).assign(label="普通班"),
        "roll_counts": counts.assign(classes_n=5),
        "children": new[["child_id", "birth_on", "sex"]].assign(stage=stage, intake_year=YEAR),
        "homes": new[["child_id"]].assign(home_n=1, owner="parent", evidence="title", **home),
        "hukou": new[["child_id"]].assign(person="child", head="parent", district_code="410499", **home),
        "permits": new[["child_id"]].iloc[::20].assign(holder="guardian", district_code="410499"),
        "applications": new[["child_id", "school_id"]].assign(
            sector="public", choice_n=1, channel="online", submitted_at=pd.Timestamp("2024-07-11 10:00")
        ),
        "admitted": new[["child_id", "school_id"]].assign(
            stage=stage, intake_year=YEAR, route="zone", list_sector="public", admitted_on=pd.Timestamp("2024-07-25")
        ),
        "plans": pd.DataFrame(
            {
                "school_id": seats.index,
                "stage": np.where(seats.index.str[1:].astype(int) % 4 == 3, "junior", "primary"),
                "intake_year": YEAR,
                "classes_n": np.ceil(seats.to_numpy() / 50).astype(int),
                "class_size_n": 50,
                "seats_n": np.ceil(seats.to_numpy() / 50).astype(int) * 50,
            }
        ),
        "calendar": pd.DataFrame(
            {
                "event": "registration",
                "sector": ["public", "private"],
                "opens_at": pd.Timestamp("2024-07-10"),
                "closes_at": pd.Timestamp("2024-07-16 18:00"),
            }
        ),
    }


def main() -> None:
    about = {
        "district_id": "bench",
        "name": "基准区",
        "district_code": "410499",
        "crs": CRS,
        "datum": "CGCS2000",
        "intake_year": str(YEAR),
        "data_as_of": "2024-10-31",
        "synthetic": "是",
        "policy": "zhanhe-2024",
    }
    made = geodata.assemble(layers() | tables(), about, where="基准区")
    rules = policy.load("zhanhe-2024")
    os.environ["ZHAOSHENG_CACHE"] = "off"  # the tables are read, not what was kept of them
    with tempfile.TemporaryDirectory() as folder:
        geodata.save(made, folder)
        reading, district = best(lambda: geodata.load(folder))
    auditing, found = best(lambda: audit.run(district, rules))
    rows, whole = len(district.table("roll")), sum(map(len, district.tables.values()))
    line = (
        f"{PUPILS:,} pupils, {rows:,} rows of the roll in three years, {whole:,} rows in all: "
        f"read {reading:.1f} s, audited by {found.summary['rule'].nunique()} rules {auditing:.1f} s, "
        f"ratio {auditing / reading:.2f} (aim: at most 3); {len(found.evidence)} findings"
    )
    keep("audit", "An audit against reading its tables", [line])


if __name__ == "__main__":
    main()
