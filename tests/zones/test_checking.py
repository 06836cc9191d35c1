"""Checks of zones: each kind of fault on a town of sixteen blocks, the planted ones on the demo maps, and repairs."""

import dataclasses

import pandas as pd
import pytest
import shapely

from tests.towns.block_town import BLOCKS, EAST, IDS, LINKS, SCHOOLS, WEST, found, only, town
from tests.towns.zone_maps import INTAKE, KM, NAMES, demo, line, point, square
from zhaosheng_analysis import policy, zones
from zhaosheng_analysis.schema import DataError
from zhaosheng_analysis.zones import KINDS


def test_a_clean_town_has_no_finding():
    assert found(town()).empty
    assert list(found(town()).columns) == list(found(town(west=square(0, 0, 1, 4))).columns)


def test_a_gap_says_which_units_and_which_children():
    finding = only(town(west=square(0, 0, 2, 3)))
    assert finding["kind"] == "gap"
    assert finding["unit_ids"] == (IDS["甲4"], IDS["乙4"])
    assert finding["children_n"] == 20
    assert finding["area_m2"] == pytest.approx(2 * KM**2)
    assert (
        finding["message"]
        == "遗漏（小学）：甲4、乙4不在任何小学学区内，共 2.00 平方公里；应入学 2025 年 20 人、2026 年 22 人"
    )
    assert finding["remedy"].startswith("请划入相邻学区")
    assert finding["action"] == ""


def test_two_gaps_apart_are_two_findings():
    findings = found(town(west=square(0, 1, 2, 3)))
    assert [set(units) for units in findings["unit_ids"]] == [{IDS["甲1"], IDS["乙1"]}, {IDS["甲4"], IDS["乙4"]}]


def test_the_children_of_a_finding_are_those_of_its_stage():
    gap = zones.check(town(), stage="junior")  # no junior zone at all: everybody is left out
    assert gap["children_n"].sum() == 16 * 4  # those who entered grade 1 in 2019


def test_an_overlap_names_both_zones_and_the_units():
    finding = only(town(east=square(1, 0, 4, 4).intersection(square(2, 0, 4, 4).union(BLOCKS["乙2"]))))
    assert finding["kind"] == "overlap"
    assert finding["zone_ids"] == ("ze", "zw")
    assert finding["unit_ids"] == (IDS["乙2"],)
    assert finding["message"].startswith("重叠（小学）：东小学学区、西小学学区都包含乙2；应入学 2025 年 10 人")


def test_an_overlap_that_cuts_units_without_swallowing_one_is_found():
    finding = only(town(east=square(1.6, 0, 4, 4)))
    assert finding["kind"] == "overlap"
    assert finding["unit_ids"] == tuple(sorted(IDS[f"乙{row}"] for row in range(1, 5)))
    assert "东小学学区、西小学学区重叠 1.60 平方公里，伸进乙1、乙2、乙3、乙4" in finding["message"]
    assert found(town(east=square(1.99, 0, 4, 4)))["kind"].tolist() == ["sliver_overlap"]


def test_a_zone_of_two_schools_over_the_zone_of_one_of_them_is_declared():
    choice = {"zone_id": "zc", "name": "两校学区", "rule": "choice", "geometry": BLOCKS["乙2"]}
    links = [*LINKS, ("zc", "w"), ("zc", "e")]
    assert found(town(zones=[choice], links=links)).empty
    other = [*SCHOOLS, {"school_id": "n", "name": "北小学", "geometry": point(1.5, 1.5)}]
    strange = town(zones=[choice], schools=other, links=[*LINKS, ("zc", "n")])
    assert only(strange)["kind"] == "overlap"


def test_land_without_units_in_two_zones_is_an_overlap_all_the_same():
    """The fields between the blocks: 0.3 km² in both zones, and nobody drawn there."""
    units = {name: shape for name, shape in BLOCKS.items() if name[0] != "乙"}
    finding = only(town(west=WEST, east=EAST.union(square(1.5, 1, 2, 1.6)), units=units))
    assert (finding["kind"], finding["unit_ids"]) == ("overlap", ())
    assert finding["area_m2"] == pytest.approx(0.3 * KM**2)
    assert "东小学学区、西小学学区重叠 0.30 平方公里，其中没有画出小区或村" in finding["message"]


STREET = 0.012  # km; between blocks that stop short of the streets
APART = {
    f"{'甲乙丙丁'[x]}{y + 1}": square(x + STREET / 2, y + STREET / 2, x + 1 - STREET / 2, y + 1 - STREET / 2)
    for x in range(4)
    for y in range(4)
}


def test_a_side_of_the_town_that_nobody_drew_is_one_finding():
    """Eight blocks, parted by streets of 12 m, in no zone: one gap, not eight; the same children as before."""
    findings = found(town(west=square(0, 0, 0.001, 0.001), zw={"rule": "district"}, units=APART))
    finding = findings.iloc[0]
    assert findings["kind"].tolist() == ["gap", "school_outside"]
    assert len(finding["unit_ids"]) == 8
    assert finding["children_n"] == 80
    assert finding["area_m2"] == pytest.approx(8 * ((1 - STREET) * KM) ** 2)


def test_units_cut_by_one_border_are_one_finding():
    finding = only(town(west=square(0, 0, 2.4, 4), east=square(2.4, 0, 4, 4)))
    assert (finding["kind"], finding["zone_ids"]) == ("cut_unit", ("ze", "zw"))
    assert finding["unit_ids"] == tuple(sorted(IDS[f"丙{row}"] for row in range(1, 5)))
    assert finding["children_n"] == 40
    assert "丙1：东小学学区 60%、西小学学区 40%" in finding["message"]
    assert "等 4 个" in finding["message"]


def test_what_concerns_most_children_comes_first():
    """Three blocks in two zones outweigh one block in none, which is the graver kind."""
    east = square(2, 0, 4, 4).union(square(1, 0, 2, 3))
    findings = found(town(west=WEST.difference(BLOCKS["甲4"]), east=east))
    assert findings["kind"].tolist() == ["overlap", "gap"]
    assert findings["children_n"].tolist() == [30, 10]


def test_a_sentence_whose_street_goes_far_past_its_end_is_to_be_settled():
    streets = {"中路": line((2, 1.9), (2, 2.1))}
    said = {"zw": {"sentence": "中路以西"}}
    finding = only(town(streets=streets, **said))
    assert (finding["kind"], finding["zone_ids"], finding["children_n"]) == ("unsettled", ("zw",), 80)
    assert "「中路」：向南、北照直延长 3800 米，比图上画出的 200 米还长" in finding["message"]
    assert found(town(streets=streets, zw={"sentence": "中路以西", "assume": "中路照直延长"})).empty


def test_a_drawing_that_keeps_to_one_carriageway_says_what_its_sentence_says():
    """The zone is drawn to the western carriageway, the sentence means the middle of the street, 9 m away."""
    both = shapely.MultiLineString([line((1.991, 0), (1.991, 4)), line((2.009, 4), (2.009, 0))])
    said = {"zw": {"sentence": "中路以西"}, "ze": {"sentence": "中路以东"}}
    findings = found(town(west=square(0, 0, 1.991, 4), streets={"中路": both}, **said))
    assert findings["kind"].tolist() == ["sliver_gap"]
    wrong = found(town(west=square(0, 0, 1.9, 4), east=square(1.9, 0, 4, 4), streets={"中路": both}, **said))
    assert "wording" in set(wrong["kind"])


def test_a_unit_that_two_sentences_name_is_a_conflict_of_the_text():
    east = EAST.union(BLOCKS["乙2"])
    said = {"zw": {"sentence": "中路以西,含「乙2」"}, "ze": {"sentence": "中路以东,含「乙2」"}}
    finding = only(town(east=east, **said))
    assert finding["kind"] == "named_twice"
    assert finding["message"].startswith("重复列名（小学）：东小学学区、西小学学区的文字都列了乙2")


def test_a_zone_in_pieces_is_told_and_one_whose_sentence_names_the_piece_is_not():
    east, west = EAST.union(BLOCKS["甲1"]), WEST.difference(BLOCKS["甲1"])
    finding = only(town(west=west, east=east))
    assert finding["kind"] == "piece"
    assert finding["unit_ids"] == (IDS["甲1"],)
    assert "东小学学区分成 2 片，主片之外有：甲1" in finding["message"]
    assert found(town(west=west, east=east, ze={"sentence": "中路以东,含「甲1」"})).empty


def test_a_unit_cut_in_two_says_the_shares():
    units = {"西院": square(0, 0, 1, 4), "大院": square(1, 0, 2, 4), "东院": square(2, 0, 4, 4)}
    finding = only(town(west=square(0, 0, 1.4, 4), east=square(1.4, 0, 4, 4), units=units))
    assert finding["kind"] == "cut_unit"
    assert finding["zone_ids"] == ("ze", "zw")
    assert "大院：东小学学区 60%、西小学学区 40%；应入学 2025 年 10 人" in finding["message"]


def test_a_part_of_a_unit_in_no_zone_is_a_cut_unit():
    units = {"西院": square(0, 0, 2, 4), "大院": square(2, 0, 4, 4)}
    finding = only(town(east=square(2, 0, 3.5, 4), units=units))
    assert finding["kind"] == "cut_unit"
    assert "东小学学区 75%、不在学区内 25%" in finding["message"]


def test_a_narrow_gap_and_a_narrow_overlap_are_the_drawing_and_may_be_mended():
    gap = only(town(east=square(2.004, 0, 4, 4)))
    assert (gap["kind"], gap["action"], gap["target"]) == ("sliver_gap", "add", "ze")
    overlap = only(town(west=square(0, 0, 2.004, 4)))
    assert (overlap["kind"], overlap["action"], overlap["target"]) == ("sliver_overlap", "take", "zw")
    for finding, district in ((gap, town(east=square(2.004, 0, 4, 4))), (overlap, town(west=square(0, 0, 2.004, 4)))):
        mended = zones.repair(district, found(district), [finding["finding_id"]])
        assert found(mended).empty
        drawn = mended.zones.set_index("zone_id").geometry
        assert drawn["zw"].equals(WEST)
        assert drawn["ze"].equals(EAST)


@pytest.mark.parametrize("hair", [0.4, -0.4])
def test_a_hair_between_two_borders_is_no_finding(hair):
    _, low, right, top = WEST.bounds
    bent = shapely.Polygon([(right, low), (right + hair, (low + top) / 2), (right, top)])
    west = WEST.union(bent) if hair > 0 else WEST.difference(bent)
    assert found(town(west=west)).empty


def test_a_speck_of_a_zone_in_another_may_be_dropped():
    speck = square(3, 3, 3.01, 3.01)
    district = town(west=WEST.union(speck), east=EAST.difference(speck))
    finding = found(district).set_index("kind").loc["sliver_piece"]
    assert (finding["action"], finding["target"]) == ("take", "zw")
    mended = zones.repair(district, found(district), [finding["finding_id"]])
    assert mended.zones.set_index("zone_id").geometry["zw"].equals(WEST)


def test_a_hole_nobody_lives_in_may_be_filled():
    units = {name: shape for name, shape in BLOCKS.items() if name != "乙2"}
    district = town(west=WEST.difference(square(1.2, 1.2, 1.8, 1.8)), units=units)
    finding = only(district)
    assert (finding["kind"], finding["action"]) == ("hole", "add")
    assert found(zones.repair(district, found(district), [finding["finding_id"]])).empty


def test_a_hole_somebody_lives_in_is_a_gap():
    units = BLOCKS | {"湖心村": square(1.2, 1.2, 1.8, 1.8), "乙2": BLOCKS["乙2"].difference(square(1.2, 1.2, 1.8, 1.8))}
    finding = only(town(west=WEST.difference(square(1.2, 1.2, 1.8, 1.8)), units=units))
    assert (finding["kind"], finding["action"]) == ("gap", "")


def ring(*points: tuple[float, float]) -> shapely.Polygon:
    """Draw a polygon through points, valid or not."""
    return shapely.Polygon(line(*points, points[0]).coords)


def redrawn(district, zone: str, shape: shapely.Polygon):
    """Return the town with one zone drawn anew in memory, as an editor leaves it before a folder is saved."""
    layer = district.zones.copy()
    layer.loc[layer["zone_id"] == zone, "geometry"] = [shape]
    return dataclasses.replace(district, zones=layer)


def test_a_ring_that_touches_itself_may_be_redrawn_and_a_figure_of_eight_may_not():
    spike = ring((0, 0), (2, 0), (2, 4), (2, 2), (2, 4), (0, 4))
    finding = found(redrawn(town(), "zw", spike)).iloc[0]
    assert (finding["kind"], finding["action"]) == ("ring", "redraw")
    assert finding["message"] == "图形无效（小学）：西小学学区：边界自相交"
    mended = zones.repair(redrawn(town(), "zw", spike), found(redrawn(town(), "zw", spike)), [finding["finding_id"]])
    assert found(mended).empty
    eight = ring((0, 0), (2, 4), (2, 0), (0, 4))
    findings = found(redrawn(town(), "zw", eight)).set_index("kind")
    assert findings.loc["ring", "action"] == ""


def test_a_school_outside_its_zone_says_how_far():
    schools = [SCHOOLS[0], SCHOOLS[1] | {"geometry": point(1.5, 2)}]
    finding = only(town(schools=schools))
    assert finding["kind"] == "school_outside"
    assert finding["message"] == "学校不在本校学区内（小学）：东小学在东小学学区之外，距边界 500 米"


def test_a_gate_on_the_street_between_two_zones_is_not_outside():
    assert found(town(schools=[SCHOOLS[0], SCHOOLS[1] | {"geometry": point(1.996, 2)}])).empty


def test_schools_without_zone_and_zones_without_school():
    findings = found(town(links=[("zw", "w")])).set_index("kind")
    assert set(findings.index) == {"school_without_zone", "zone_without_school"}
    assert findings.loc["school_without_zone", "message"].endswith("东小学是公办学校，没有学区")
    assert findings.loc["zone_without_school", "message"].endswith("东小学学区没有对应的学校")
    assert len(findings.loc["zone_without_school", "unit_ids"]) == 8


@pytest.mark.parametrize(
    "more",
    [{"sector": "private"}, {"status": "planned"}, {"status": "closed"}, {"campus_of": "w"}, {"stage": "junior"}],
    ids=lambda more: next(iter(more.values())),
)
def test_schools_that_need_no_zone_of_their_own(more):
    third = {"school_id": "x", "name": "第三所", "geometry": point(1, 1)} | more
    assert found(town(schools=[*SCHOOLS, third])).empty


def test_a_closed_school_that_still_holds_a_zone_names_its_successor():
    closed = SCHOOLS[1] | {"status": "closed", "closed_year": 2024, "successor_id": "w"}
    finding = only(town(schools=[SCHOOLS[0], closed]))
    assert finding["message"] == "停办学校仍有学区（小学）：东小学已停办，仍对应东小学学区；承接学校为西小学"


def test_a_zone_that_ended_is_not_looked_at():
    old = {"zone_id": "zo", "name": "旧学区", "geometry": WEST, "valid_to": pd.Timestamp("2024-12-31")}
    assert found(town(zones=[old])).empty
    assert set(found(town(zones=[old]), on="2024-09-01")["kind"]) == {"overlap", "zone_without_school"}


def test_a_sentence_that_is_not_what_was_drawn():
    finding = only(town(zw={"sentence": "中路以西、中街以南范围内"}))
    assert finding["kind"] == "wording"
    assert finding["message"].startswith(
        "文字与图不符（小学）：西小学学区，图上有而文字没有：甲3、甲4、乙3、乙4；相差面积占学区的 50"
    )
    assert found(town(zw={"sentence": "中路以西"})).empty


def test_a_sentence_whose_open_side_means_the_town_agrees_with_either_drawing():
    areas = {"areas": {"城区": ("urban", square(0, 1, 4, 4))}}
    units = {name: shape for name, shape in BLOCKS.items() if not name.endswith("1")}
    inside = {"west": square(0, 1, 2, 4), "east": square(2, 1, 4, 4), "units": units}
    assert found(town(zw={"sentence": "中路以西"}, **areas)).empty
    assert found(town(zw={"sentence": "中路以西"}, **areas, **inside)).empty


def test_one_bad_sentence_does_not_hide_what_is_wrong_with_the_others():
    """A border that ends in two names once ended the reader with an error, and with it the whole check."""
    rows = found(town(zw={"sentence": "西至直路，南至乙界、丙界"}, ze={"sentence": "中路以东,含「甲5」"}))
    assert sorted(rows.loc[rows["kind"] == "unplaced", "zone_ids"]) == [("ze",), ("zw",)]


def test_a_sentence_that_cannot_be_placed_quotes_the_doubt():
    finding = only(town(zw={"sentence": "中路以西,含「甲5」"}))
    assert finding["kind"] == "unplaced"
    assert "「甲5」：小区与村、区域图层中没有这个名称；是不是「甲4」或「甲3」或「甲2」？" in finding["message"]


def test_a_sentence_about_children_is_no_fault_of_the_map():
    assert found(town(zw={"sentence": "农村小学只招收本乡镇学生"})).empty


def test_a_zone_handed_on_has_only_to_lie_in_the_zone_of_the_school_that_takes_it():
    former = {"areas": {"原老小学学区": ("former_zone", BLOCKS["甲1"])}}
    said = {"zw": {"sentence": "原老小学学区范围划归至现合并学校西小学学区范围"}}
    assert found(town(**former, **said)).empty
    assert only(town(areas={"原老小学学区": ("former_zone", BLOCKS["丁1"])}, **said))["kind"] == "wording"


def test_an_estate_handed_over_before_registration_must_be_in_a_zone():
    housing = pd.DataFrame(
        {"unit_id": [IDS["甲4"]] * 2, "delivered_on": ["2024-06-01", "2025-12-01"], "dwellings_n": [300, 100]}
    )
    tables = {"tables": {"housing": housing}}
    findings = found(town(west=square(0, 0, 2, 3), **tables)).set_index("kind")
    assert findings.loc["new_estate", "message"] == (
        "新交付小区未划入（小学）：甲4自 2024-06-01 起交付 300 套，报名（2025-09-01）前未划入任何学区；"
        "应入学 2025 年 10 人、2026 年 11 人"
    )
    assert found(town(**tables)).empty
    assert "new_estate" not in set(found(town(west=square(0, 0, 2, 3), **tables), on="2024-06-01")["kind"])


def test_the_policy_says_when_registration_begins():
    rules = policy.load("laoting-2025")  # registration from 7 July 2025
    housing = pd.DataFrame({"unit_id": [IDS["甲4"]], "delivered_on": ["2025-08-01"], "dwellings_n": [300]})
    district = town(west=square(0, 0, 2, 3), tables={"housing": housing})
    assert "new_estate" in set(found(district)["kind"])
    assert "new_estate" not in set(found(district, policy=rules)["kind"])


def test_the_order_of_the_rows_changes_nothing():
    district = town(west=square(0, 0, 2, 3), east=EAST.union(BLOCKS["乙2"]))
    turned = dataclasses.replace(
        district, zones=district.zones.iloc[::-1], units=district.units.iloc[::-1], schools=district.schools.iloc[::-1]
    )
    columns = ["finding_id", "zone_ids", "children_n", "area_m2"]
    pd.testing.assert_frame_equal(pd.DataFrame(found(turned)[columns]), pd.DataFrame(found(district)[columns]))


def test_only_what_was_chosen_is_mended_and_only_what_is_safe():
    district = town(east=square(2.004, 0, 3, 4))
    findings = found(district)
    by_kind = findings.set_index("kind")["finding_id"]
    assert zones.repair(district, findings, []).zones.geometry.equals(district.zones.geometry)
    with pytest.raises(DataError, match="没有可以自动采用的修正，须由人决定 1 项：primary-gap-1"):
        zones.repair(district, findings, [by_kind["gap"]])
    with pytest.raises(DataError, match="没有这样的发现 1 项：primary-gap-9"):
        zones.repair(district, findings, ["primary-gap-9"])
    mended = zones.repair(district, findings, [by_kind["sliver_gap"]])
    assert set(found(mended)["kind"]) == {"gap"}


# The demo maps.
PLANTED = {
    "laoting": {"gap", "named_twice", "piece"},
    "zhanhe": {"gap"},
    "pingcheng": set(),
    "taobei": set(),
    "quzhou": {"no_way"},
}


@pytest.mark.parametrize("district_id", NAMES)
def test_the_demo_maps_have_the_planted_faults_and_no_other(district_id):
    findings = zones.check(demo(district_id))
    assert set(findings["kind"]) == PLANTED[district_id]


def test_the_north_east_quadrant_and_the_estate_named_twice_are_found_in_laoting():
    district = demo("laoting")
    findings = zones.check(district, stage="primary").set_index("kind")
    units = district.units.set_index("unit_id")
    gap = {unit for units_ in findings.loc[["gap"], "unit_ids"] for unit in units_}
    urban = district.areas.set_index("name").geometry["城区"]
    streets = district.streets.set_index("name").geometry
    for unit in gap:
        spot = units.geometry[unit].representative_point()
        assert urban.contains(spot)
        assert spot.x > streets["滨河路"].interpolate(streets["滨河路"].project(spot)).x
        assert spot.y > streets["金融街东延"].interpolate(streets["金融街东延"].project(spot)).y
    assert len(gap) >= 8
    twice = findings.loc["named_twice"]
    assert [units.loc[unit, "name"] for unit in twice["unit_ids"]] == ["盛世景湾"]
    assert twice["zone_ids"] == ("lt-zone-sy1", "lt-zone-sy2")


def test_the_pieces_of_laoting_are_villages_round_the_town_that_the_text_gives_to_others():
    findings = zones.check(demo("laoting")).query("kind == 'piece'")
    assert sorted(zone for ids in findings["zone_ids"] for zone in ids) == [
        "lt-zone-caizhuang-j",
        "lt-zone-dayangzhuang",
    ]


def test_the_estate_in_no_zone_is_found_in_zhanhe():
    findings = zones.check(demo("zhanhe"))
    names = demo("zhanhe").units.set_index("unit_id")["name"]
    assert [[names[unit] for unit in units] for units in findings["unit_ids"]] == [["荆山悦府"], ["荆山悦府"]]
    assert list(findings["stage"]) == ["primary", "junior"]


def test_the_estate_of_zhanhe_is_also_told_as_handed_over_before_registration():
    district = demo("zhanhe")
    unit = district.units.set_index("name").loc["荆山悦府", "unit_id"]
    housing = pd.DataFrame({"unit_id": [unit], "delivered_on": pd.to_datetime(["2023-09-30"]), "dwellings_n": [154]})
    told = zones.check(dataclasses.replace(district, tables={"housing": housing}), stage="primary")
    assert told["kind"].tolist() == ["gap", "new_estate"]
    assert told["message"].iloc[1].startswith("新交付小区未划入（小学）：荆山悦府自 2023-09-30 起交付 154 套")


def test_every_kind_has_a_title_and_a_remedy():
    assert all(title and remedy.startswith(("请", "洞内", "两个", "可以")) for title, remedy in KINDS.values())
    assert INTAKE.keys() == NAMES.keys()
