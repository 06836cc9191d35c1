"""What changes when zones change: hand-counted on the town of sixteen blocks, conserved on the demo maps."""

import dataclasses

import pandas as pd
import pytest

from tests.towns.block_town import BLOCKS, EAST, IDS, LINKS, SCHOOLS, WEST, town
from tests.towns.zone_maps import INTAKE, demo, point, square
from zhaosheng_analysis import zones
from zhaosheng_analysis.zones import versions

PLANS = pd.DataFrame(
    [("w", 2025, 4), ("w", 2026, 2), ("e", 2025, 5)], columns=["school_id", "intake_year", "classes_n"]
).assign(stage="primary", class_size_n=45, seats_n=lambda table: 45 * table["classes_n"])


def in_force(district, on="2025-09-01"):
    return zones.valid(district.zones, stage="primary", on=on)


def change(after, **more) -> versions.Change:
    """Compare the usual town with another one."""
    before = town(tables={"plans": PLANS})
    return zones.compare(before, in_force(before), in_force(after), **more)


MOVED = town(west=WEST.difference(BLOCKS["乙4"]), east=EAST.union(BLOCKS["乙4"]))


def test_nothing_moves_where_nothing_changed():
    found = change(town())
    assert not found.units["moved"].any()
    assert (found.flows["before"] == found.flows["after"]).all()
    assert versions.summary(found, town()) == "玩具县：两版学区的归属没有差别。"


def test_a_moved_unit_takes_its_children_and_its_way_along():
    found = change(MOVED)
    moved = found.units[found.units["moved"]]
    assert moved[["unit_id", "before", "after"]].to_numpy().tolist() == [[IDS["乙4"], "w", "e"]]
    row = moved.iloc[0]
    assert row["straight_before_m"] == pytest.approx((500**2 + 1500**2) ** 0.5)
    assert row["straight_after_m"] == pytest.approx((1500**2 + 1500**2) ** 0.5)
    assert row["walk_before_m"] == pytest.approx(500 + 1500 + 1000)  # to 中路, south to 中街, west to the gate
    assert row["walk_after_m"] == pytest.approx(500 + 1500 + 1000)
    assert row["children_n"] == 10  # who entered in 2019 is in grade 7, and the junior's


def test_children_are_counted_by_grade_and_year():
    flows = change(MOVED).flows
    out = flows[flows["before"] != flows["after"]].set_index(["year", "grade"])["children_n"]
    assert out.to_dict() == {(2025, 1): 10, (2026, 1): 11, (2026, 2): 10, (2027, 2): 11, (2027, 3): 10}


def test_class_sizes_follow_from_the_planned_classes():
    schools = change(MOVED).schools.set_index(["school_id", "year"])
    assert schools.loc[("w", 2025), ["sole_before_n", "sole_after_n", "classes_n"]].tolist() == [80, 70, 4]
    assert schools.loc[("w", 2025), "size_before_low"] == 20
    assert schools.loc[("w", 2025), "size_after_high"] == 17.5
    assert schools.loc[("w", 2026), "classes_n"] == 2
    assert schools.loc[("e", 2026), "classes_n"] == 5  # the plan of 2025 stands until there is another


def test_a_zone_of_two_schools_gives_a_choice_and_a_range_of_class_sizes():
    choice = {"zone_id": "zc", "name": "两校学区", "rule": "choice", "geometry": BLOCKS["乙4"]}
    links = [*LINKS, ("zc", "w"), ("zc", "e")]
    after = town(west=WEST.difference(BLOCKS["乙4"]), zones=[choice], links=links)
    found = change(after, links=after.zone_schools)
    assert found.units.set_index("unit_id").loc[IDS["乙4"], "after"] == "e、w"
    families = found.families.set_index("year")
    assert families.loc[2025, ["choice_before_n", "choice_after_n"]].tolist() == [0, 10]
    row = found.schools.set_index(["school_id", "year"]).loc[("w", 2025)]
    assert row[["sole_after_n", "choice_after_n"]].tolist() == [70, 10]
    assert (row["size_after_low"], row["size_after_high"]) == (17.5, 20)


def test_units_left_in_no_zone_are_counted_as_such():
    found = change(town(west=square(0, 0, 2, 3)))
    assert found.units.loc[found.units["moved"], "after"].tolist() == ["", ""]
    assert found.families.set_index("year").loc[2025, "nowhere_after_n"] == 20
    assert found.units.loc[found.units["moved"], "walk_after_m"].isna().all()


def test_a_new_school_is_compared_by_the_new_links():
    north = [*SCHOOLS, {"school_id": "n", "name": "北小学", "geometry": point(1, 3.5)}]
    zone = {"zone_id": "zn", "name": "北小学学区", "geometry": square(0, 3, 2, 4)}
    after = town(west=square(0, 0, 2, 3), zones=[zone], schools=north, links=[*LINKS, ("zn", "n")])
    district = town(schools=north, tables={"plans": PLANS}, links=LINKS)
    found = zones.compare(district, in_force(district), in_force(after), links=after.zone_schools)
    assert set(found.units.loc[found.units["moved"], "after"]) == {"n"}
    assert found.schools.set_index(["school_id", "year"]).loc[
        ("n", 2025), ["sole_before_n", "sole_after_n"]
    ].tolist() == [0, 20]


def test_the_words_of_a_change():
    said = versions.summary(change(MOVED), town())
    assert said == (
        "玩具县：1 个小区或村改变归属，涉及 2025 年 1 年级儿童 10 人；改变归属的儿童平均步行由 3000 米变为 3000 米。"
    )
    left = versions.summary(change(town(west=square(0, 0, 2, 3))), town())
    assert "没有学区的新生由 0 人变为 20 人" in left


def test_conditions_of_new_zones_are_listed():
    said = {"condition": "有空余学位时"}
    assert change(town(ze=said)).conditions.to_numpy().tolist() == [["ze", "有空余学位时"]]


def populated(district_id: str):
    """Return a demo district with made-up cohorts, different in every unit and year."""
    district = demo(district_id)
    year = int(INTAKE[district_id])
    rows = [
        (unit, entry, 1 + (7 * place + 3 * entry) % 23)
        for place, unit in enumerate(district.units["unit_id"])
        for entry in range(year - 9, year + 4)
    ]
    cohorts = pd.DataFrame(rows, columns=["unit_id", "entry_year", "hukou_n"])
    return dataclasses.replace(district, tables={"cohorts": cohorts}), cohorts


@pytest.mark.parametrize(
    ("district_id", "stage"), [("pingcheng", "primary"), ("taobei", "junior"), ("taobei", "primary")]
)
def test_no_child_is_lost_or_counted_twice(district_id, stage):
    district, cohorts = populated(district_id)
    *_, turn = versions.turns(district.zones, stage=stage)
    old = zones.valid(district.zones, stage=stage, on=turn - pd.Timedelta(days=1))
    found = zones.compare(district, old, zones.valid(district.zones, stage=stage, on=turn))
    for (year, grade), flows in found.flows.groupby(["year", "grade"]):
        assert flows["children_n"].sum() == cohorts.loc[cohorts["entry_year"] == year - grade + 1, "hukou_n"].sum()
    first = found.flows[found.flows["grade"] == found.flows["grade"].min()]
    for when in ("before", "after"):
        for year, flows in first.groupby("year"):
            sole = found.schools.loc[found.schools["year"] == year, f"sole_{when}_n"].sum()
            families = found.families.set_index("year").loc[year]
            assert sole + families[f"choice_{when}_n"] + families[f"nowhere_{when}_n"] == flows["children_n"].sum()


def test_the_way_back_is_the_same_change_turned_round():
    district, _ = populated("pingcheng")
    old, new = (zones.valid(district.zones, stage="primary", on=f"{year}-09-01") for year in (2024, 2025))
    there, back = zones.compare(district, old, new), zones.compare(district, new, old)
    turned = back.flows.rename(columns={"before": "after", "after": "before"})
    columns = ["year", "grade", "before", "after", "children_n"]
    pd.testing.assert_frame_equal(
        there.flows[columns], turned[columns].sort_values(columns[:4], ignore_index=True), check_dtype=False
    )
    assert there.units["moved"].sum() == back.units["moved"].sum() > 0


def test_zones_change_on_the_days_their_validity_says():
    day = pd.Timestamp
    assert versions.turns(demo("pingcheng").zones, stage="primary") == [day("2024-01-01"), day("2025-01-01")]
    assert versions.turns(demo("taobei").zones, stage="junior")[-1] == day("2024-01-01")


def test_the_last_change_is_not_the_day_the_first_zones_begin():
    old, new = zones.last_two(demo("pingcheng").zones, stage="primary")
    assert set(old["zone_id"]) - set(new["zone_id"]) >= {"pc-zone-former-19", "pc-zone-former-40"}
    layer = demo("quzhou").zones
    assert [len(each) for each in zones.last_two(layer, stage="primary")] == [43, 43]


def test_the_closed_school_of_taobei_hands_its_children_to_its_successor():
    district, _ = populated("taobei")
    layers = [zones.valid(district.zones, stage="junior", on=day) for day in ("2023-12-31", "2024-01-01")]
    moved = zones.compare(district, *layers).units.query("moved")
    names = district.schools.set_index("school_id")["name"]
    assert set(moved["before"].map(names)) == {"白城市铁路第二中学"}
    assert set(moved["after"].map(names)) == {"白城市第二中学"}


def test_years_without_cohorts_are_empty_and_not_an_error():
    district, _ = populated("taobei")
    unknown = dataclasses.replace(
        district, tables={"cohorts": district.tables["cohorts"].query("entry_year > 2024"), "plans": PLANS}
    )
    layer = zones.valid(district.zones, stage="junior", on="2024-09-01")
    found = zones.compare(unknown, layer, layer)
    assert found.flows.empty
    assert found.schools.empty
    assert found.families.empty
