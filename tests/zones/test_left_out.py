"""Units left without a school: their zone ended, nobody knows how many children, no way leads there."""

import dataclasses

import pandas as pd

from tests.towns.block_town import WEST, found, only, town
from tests.towns.zone_maps import line, square


def test_units_whose_zone_ended_are_told_from_those_that_never_had_one():
    ended = {"zone_id": "zo", "name": "旧学区", "geometry": WEST, "valid_to": pd.Timestamp("2024-12-31")}
    district = town(zones=[ended], zw={"geometry": square(0, 0, 2, 2), "valid_from": pd.Timestamp("2025-01-01")})
    finding = only(district)
    assert finding["kind"] == "ended"
    assert finding["message"] == (
        "学区到期后无着落（小学）：甲3、甲4、乙3、乙4原属旧学区（2024-12-31 止），到期后不在任何小学学区内；"
        "应入学 2025 年 40 人、2026 年 44 人"
    )
    assert finding["remedy"] == "请写明到期以后由哪所学校招收，或延长原学区的有效期"
    assert set(found(district, on="2024-09-01")["kind"]) == {"zone_without_school", "school_without_zone"}


def test_children_are_counted_for_the_year_looked_at_and_unknown_is_not_none():
    gap = square(0, 0, 2, 2)
    assert only(town(zw={"geometry": gap}), on="2026-09-01")["children_n"] == 44
    unknown = only(dataclasses.replace(town(zw={"geometry": gap}), tables={}))
    assert unknown["message"].endswith("；应入学人数无数据")
    assert unknown["children_n"] is pd.NA


def test_units_no_way_on_foot_leads_to_their_school_from_are_found():
    streets = {"大河": line((0.95, -1), (0.95, 5)), "中路": line((2, 0), (2, 4)), "中街": line((0, 2), (4, 2))}
    finding = only(town(streets=streets, kinds={"大河": "river"}))
    assert finding["kind"] == "no_way"
    assert finding["message"] == (
        "图上步行无法到达学校（小学）：西小学学区，甲1、甲4沿图上的道路和桥步行无法到达学校；"
        "应入学 2025 年 20 人、2026 年 22 人"
    )
    bridged = streets | {"中街桥": line((0.9, 2), (1, 2))}
    assert found(town(streets=bridged, kinds={"大河": "river", "中街桥": "bridge"})).empty
