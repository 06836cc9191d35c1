"""Where a child of 平城 goes in the second phase: the 大学区 of its own zone, wherever it registered (A-PC7)."""

import geopandas as gpd
import pandas as pd
import pytest

from tests.towns import demo_districts
from zhaosheng_analysis import admission, applicants, policy, tiers


@pytest.fixture(scope="module")
def demo():
    return demo_districts.district("pingcheng")


def intake(district, rules):
    people = tiers.assign(applicants.build(district, rules), rules)
    return people, admission.run(people, district, rules, seed="demo").children


@pytest.fixture(scope="module")
def carried_out(demo):
    return intake(demo, policy.load("pingcheng-2024"))


@pytest.fixture(scope="module")
def addresses(demo):
    """Return every address of every child with its zone and the areas of that zone's schools, looked up afresh."""
    estates = demo.units.set_index("unit_id").representative_point()
    papers = pd.concat([demo.table(name)[["child_id", "x", "y", "unit_id"]] for name in ("homes", "hukou", "permits")])
    for axis in "xy":
        papers[axis] = papers[axis].astype(float).fillna(papers["unit_id"].map(getattr(estates, axis)))
    papers = papers.dropna(subset=["x", "y"])
    points = gpd.GeoDataFrame(papers[["child_id"]], geometry=gpd.points_from_xy(papers["x"], papers["y"]), crs=demo.crs)
    zones = demo.zones[demo.zones["stage"] == "primary"][["zone_id", "geometry"]]
    links = demo.zone_schools.merge(demo.schools[["school_id", "area_id"]], on="school_id", validate="m:1")
    found = gpd.sjoin(points, zones, predicate="within").merge(links, on="zone_id", validate="m:m")
    return pd.DataFrame(found[["child_id", "zone_id", "school_id", "order_n", "area_id"]])


def test_who_registered_out_of_its_zone_is_placed_in_the_area_of_an_address_of_its_own(demo, carried_out, addresses):
    _, children = carried_out
    away = children[(children["tier"] == "x") & children["round"].eq("area-registered")]
    areas = demo.schools.set_index("school_id")["area_id"]
    assert (areas[away["school_id"]].to_numpy() != areas[away["zone_school_id"]].to_numpy()).sum() >= 20
    own = addresses.groupby("child_id")["area_id"].agg(set)
    wrong = [child for child, school in away["school_id"].items() if areas[school] not in own.get(child, set())]
    assert wrong == []


def test_its_standing_there_is_that_at_the_school_of_its_zone(carried_out):
    """Where both papers lie in one zone, by the text the child is of tier 1 or 2 there, though not where it applied."""
    people, _ = carried_out
    away = people[people["tier"] == "x"]
    assert (away["own_rank"] < away["tier_rank"]).sum() >= 30
    at_home = people[people["tier"] != "x"]
    assert (at_home["own_rank"] == at_home["tier_rank"]).all()


def test_a_choice_zone_belongs_to_the_area_of_the_school_that_took_it_over(demo, carried_out):
    """七(一)4(2): 原四十小 is now 四十三校's (area 1), even for who chose 振华校区 of area 2 (A-PC17)."""
    people, _ = carried_out
    here = people[people["zone_id"].eq("pc-zone-former-40") & (people["tier"] != "x")]
    assert {"pc-sch-43", "pc-sch-14-zhenhua"} <= set(here["school_id"])
    assert set(here["area_id"]) == {"pc-area-1"}
    chosen = applicants.build(demo, policy.load("pingcheng-2024", set={"pc.choice_area": "chosen"}))
    areas = demo.schools.set_index("school_id")["area_id"]
    moved = chosen.loc[here.index]
    assert moved["area_id"].tolist() == areas[moved["school_id"]].tolist()


def test_only_the_zone_of_kaiyuan_alone_has_no_area(carried_out):
    """A-PC8: 开源校区 is in no 大学区; where 四十五校 may be chosen, that school's area serves."""
    people, _ = carried_out
    primary = people[(people["stage"] == "primary") & people["zone_id"].notna()]
    assert set(primary.loc[primary["area_id"].isna(), "zone_id"]) == {"pc-zone-dafu-kaiyuan"}
    assert set(primary.loc[primary["zone_id"].eq("pc-zone-changning-north"), "area_id"]) == {"pc-area-5"}
