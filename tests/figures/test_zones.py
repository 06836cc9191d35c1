"""Pictures and tables of zones: the message is the title, what is drawn is what was found."""

import pandas as pd
import pytest

from tests.towns.block_town import BLOCKS, EAST, IDS, WEST, found, town
from tests.towns.zone_maps import demo, square
from zhaosheng_analysis import figures, texts, walks, zones


def in_force(district):
    return zones.valid(district.zones, stage="primary", on="2025-09-01")


FAULTY = {
    "gap": town(west=square(0, 0, 2, 3)),
    "school_outside": town(west=square(0, 2.5, 2, 4), east=EAST.union(square(0, 0, 2, 2.5))),
    "overlap": town(east=EAST.union(BLOCKS["乙2"])),
    "wording": town(zw={"sentence": "中路以西、中街以南范围内"}),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_finding_is_drawn_under_its_own_message(kind):
    district = FAULTY[kind]
    row = next(row for row in found(district).itertuples(index=False) if row.kind == kind)
    picture = figures.zones.finding(row, in_force(district), district)
    assert figures.style.message(picture).replace(" ", "") == row.message.replace(" ", "")
    assert figures.style.png(picture).startswith(b"\x89PNG")


def test_a_finding_of_a_stage_without_a_zone_is_drawn_too():
    district = FAULTY["gap"]
    row = next(found(district).itertuples(index=False))._replace(zone_ids=())
    none = in_force(district).iloc[:0]
    assert figures.style.png(figures.zones.finding(row, none, district)).startswith(b"\x89PNG")


def test_units_of_a_finding_are_named_on_its_picture():
    district = FAULTY["gap"]
    row = next(found(district).itertuples(index=False))
    (axes,) = figures.zones.finding(row, in_force(district), district).axes
    assert {"甲4", "乙4"} <= {text.get_text() for text in axes.texts}


def test_the_overview_has_a_view_of_a_small_town_and_the_gallery_at_most_four():
    district = demo("laoting")
    layer, findings = in_force(district), zones.check(district, stage="primary")
    title = texts.zones.headline(findings, district)
    assert len(figures.zones.overview(layer, findings, district, title=title).axes) == 2
    assert len(figures.zones.gallery(findings, layer, district, title=title).axes) == 4
    assert figures.style.message(figures.zones.gallery(findings.head(0), layer, district, title="没有")) == "没有"


def test_the_headline_counts_by_kind_and_says_the_children():
    district = FAULTY["gap"]
    assert texts.zones.headline(found(district), district) == (
        "玩具县的学区检查发现 1 项：遗漏 1 处；不在学区内的当年应入学 20 人。"
    )
    assert texts.zones.headline(found(town()), town()) == "玩具县的学区全覆盖、无遗漏、不重复，没有发现问题。"


def test_every_draft_of_a_zone_is_read_back():
    table = texts.zones.drafts(in_force(town()), town())
    assert table["按图起草"].tolist() == ["中路以东范围内", "中路以西范围内"]
    assert set(table["读回相差"]) == {"0.00%"}


def test_ways_are_told_as_advice():
    district = town()
    ways = walks.to_schools(district, in_force(district))
    children = texts.zones.entrants(district, stage="primary")
    assert children.sum() == 160
    told = texts.zones.ways_message(ways, children)
    assert told == "160 名新生沿街步行到校，超过 500 米的占 100%，超过 1000 米的占 50%（供参考：就近不等于最近）"
    table = texts.zones.ways(ways, children, district)
    assert table["新生（人）"].tolist() == [80, 80]
    assert figures.style.message(figures.walks.ways(ways, children, district, title=told)).startswith("160 名新生")
    assert texts.zones.ways_message(ways, pd.Series(dtype=float)).startswith("没有适龄儿童数据")


def test_moved_units_are_told_with_their_schools():
    before, after = town(), town(west=WEST.difference(BLOCKS["乙4"]), east=EAST.union(BLOCKS["乙4"]))
    table = texts.zones.moved(zones.compare(before, in_force(before), in_force(after)), before)
    assert table.to_numpy().tolist() == [["乙4", "西小学", "东小学", 10, "3000", "3000"]]
    assert IDS["乙4"] not in table.to_string()
