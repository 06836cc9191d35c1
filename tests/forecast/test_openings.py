"""Schools that open, close and merge in the demo districts: whole cohorts move, counted from the tables by hand."""

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest

from tests.towns import demo_districts
from zhaosheng_analysis import forecast, policy, zones


@pytest.fixture(scope="module")
def datong():
    return demo_districts.district("pingcheng")


def demand(district, rules, years):
    """Return the demand by school and year."""
    told = forecast.project(district, policy.load(rules), years=years)
    return told, told.schools.set_index(["school_id", "year"])["demand_n"].astype(float)


def homes(district, zone_ids: set[str]) -> set[str]:
    """Return the units whose middle lies in some zones."""
    area = district.zones[district.zones["zone_id"].isin(zone_ids)].geometry.union_all()
    inside = district.units.representative_point().within(area)
    return set(district.units.loc[inside, "unit_id"])


def test_the_school_that_stops_taking_pupils_runs_out_in_two_years_and_its_zone_goes_to_its_heir():
    # 洮北 三: from 2024 铁路二中 takes no new pupils; the children of its zone go to 第二中学.
    district = demo_districts.district("taobei")
    told, intake = demand(district, "taobei-2024", range(2024, 2028))
    rolls = district.table("roll_counts").query("school_id == 'tb-sch-tieer' and school_year == 2023")
    had = rolls.set_index("grade")["pupils_n"]
    left = (
        told.grades[told.grades["school_id"] == "tb-sch-tieer"].set_index(["year", "grade"])["pupils_n"].astype(float)
    )
    assert left.xs(7, level="grade").loc[2024:].eq(0).all()
    assert left[2024, 8] == pytest.approx(had[7], rel=0.05)
    assert left[2024, 9] == pytest.approx(had[8], rel=0.05)
    assert left[2025, 9] == pytest.approx(had[7], rel=0.1)
    assert left.groupby("year").sum().loc[2026:].eq(0).all(), "empty from the summer of 2026"
    moved = told.drivers[told.drivers["driver"].isin(["redraw", "closure"]) & (told.drivers["year"] == 2024)]
    gained = moved.groupby("school_id")["pupils_n"].sum()
    before = told.drivers.query("school_id == 'tb-sch-j2' and year == 2024").set_index("driver")["pupils_n"].sum()
    assert gained["tb-sch-j2"] == pytest.approx(before - _own_change(told, "tb-sch-j2"), abs=1)
    assert gained["tb-sch-j2"] > 300
    others = gained.drop(["tb-sch-j2", "tb-sch-tieer"], errors="ignore")
    assert others.abs().max() <= 1
    assert intake.loc[("tb-sch-j2", 2024)] > 1.5 * rolls_of(district, "tb-sch-j2", 2023, 7)


def _own_change(told, school: str) -> float:
    """Return what changes a school's intake of 2024 but for zones and closures."""
    rows = told.drivers.query("school_id == @school and year == 2024 and driver not in ['redraw', 'closure']")
    return float(rows["pupils_n"].sum())


def rolls_of(district, school: str, year: int, grade: int) -> int:
    """Return the pupils of one grade."""
    counts = district.table("roll_counts").query("school_id == @school and school_year == @year and grade == @grade")
    return int(counts["pupils_n"].sum())


def test_the_children_of_the_merged_school_may_choose_for_a_year_and_then_belong_to_one_school(datong):
    # 平城 七(一)4(1): in 2024 the former 十九小 zone may go to 八校 or 三十一校; from 2025 it is 八校's.
    told, _ = demand(datong, "pingcheng-2024", range(2024, 2026))
    units = homes(datong, {"pc-zone-former-19"})
    due = datong.table("cohorts").query("unit_id in @units").groupby("entry_year")["hukou_n"].sum()
    hukou = told.schools.set_index(["school_id", "year"])["hukou_n"].astype(float)
    doors = datong.zone_schools.query("zone_id == 'pc-zone-former-19'")["school_id"].tolist()
    names = datong.schools.set_index("school_id")["name"]
    eighth = next(school for school in doors if "第八小学" in names[school])
    other = next(school for school in doors if school != eighth)
    own = {
        school: datong.table("cohorts")
        .query("unit_id in @units_of", local_dict={"units_of": homes(datong, zones_of(datong, school)) - units})
        .groupby("entry_year")["hukou_n"]
        .sum()
        for school in (eighth, other)
    }
    assert hukou[eighth, 2024] + hukou[other, 2024] == pytest.approx(
        due[2024] + own[eighth][2024] + own[other][2024], abs=1
    )
    assert hukou[eighth, 2024] < own[eighth][2024] + due[2024]
    assert hukou[eighth, 2025] == pytest.approx(own[eighth][2025] + due[2025], abs=1)
    assert hukou[other, 2025] == pytest.approx(own[other][2025], abs=1)


def zones_of(district, school: str) -> set[str]:
    """Return the single zones of a school that hold in 2025."""
    valid = zones.valid(district.zones, stage="primary", on=date(2025, 9, 1))
    mine = set(district.zone_schools.loc[district.zone_schools["school_id"] == school, "zone_id"])
    return set(valid.loc[valid["rule"] == "single", "zone_id"]) & mine


def given(district, zones_, school: str, *, on: pd.Timestamp):
    """Return the district in which some zones lead to another school from a day on."""
    new = zones_.assign(zone_id=zones_["zone_id"] + "-new", valid_from=on)
    ended = district.zones["zone_id"].isin(zones_["zone_id"])
    old = district.zones.assign(valid_to=district.zones["valid_to"].where(~ended, on - pd.Timedelta(days=1)))
    links = district.zone_schools[district.zone_schools["zone_id"].isin(zones_["zone_id"])]
    links = links.assign(zone_id=links["zone_id"] + "-new", school_id=school)
    return replace(
        district,
        zones=pd.concat([old, new.astype(old.drop(columns="geometry").dtypes.to_dict())], ignore_index=True),
        zone_schools=pd.concat([district.zone_schools, links], ignore_index=True),
    )


def test_the_estates_own_primary_takes_the_children_of_its_zone_and_nobody_elses(datong):
    # 平城 七(一)4(3): until the estate's own primary is built its children go to 开源校区; here it opens in 2026.
    rules, years = "pingcheng-2024", range(2024, 2029)
    _, before = demand(datong, rules, years)
    old = "pc-sch-dafu-kaiyuan"
    valid = zones.valid(datong.zones, stage="primary", on=date(2026, 9, 1))
    mine = set(datong.zone_schools.loc[datong.zone_schools["school_id"] == old, "zone_id"])
    here = valid[valid["zone_id"].isin(mine) & (valid["rule"] == "single")]
    new = datong.schools[datong.schools["school_id"] == old].assign(
        school_id="pc-sch-new", name="配建小学", status="planned", opened_year=2026
    )
    plans = datong.table("plans")
    plan = plans.query("school_id == @old and intake_year == 2024").assign(school_id="pc-sch-new", intake_year=2026)
    built = replace(
        datong,
        schools=gpd.GeoDataFrame(pd.concat([datong.schools, new], ignore_index=True), crs=datong.crs),
        tables=datong.tables | {"plans": pd.concat([plans, plan], ignore_index=True)},
    )
    told, after = demand(given(built, here, "pc-sch-new", on=pd.Timestamp(2026, 7, 1)), rules, years)
    same = before.index.difference([(old, year) for year in range(2026, 2029)])
    assert (after[same] - before[same]).abs().max() <= 1
    assert set(told.schools.query("school_id == 'pc-sch-new'")["year"]) == {2026, 2027, 2028}
    due = datong.table("cohorts").query("unit_id in @units", local_dict={"units": homes(datong, set(here["zone_id"]))})
    due = due.groupby("entry_year")["hukou_n"].sum()
    for year in range(2026, 2029):
        assert after["pc-sch-new", year] == pytest.approx(before[old, year] - after.get((old, year), 0.0), abs=1)
        hukou = told.schools.query("school_id == 'pc-sch-new' and year == @year")["hukou_n"].item()
        assert hukou == due[year], "the registered children of its units"
