"""Districts that have less than others: no streets, zones of choice alone; assignments are valued and told."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from zhaosheng_analysis import demo, forecast, policy, redraw, report
from zhaosheng_analysis.redraw import problems
from zhaosheng_analysis.schema import DataError


def bare(kind: str):
    """Return the nine plots without streets, with one school in a zone of choice alone, or all of them."""
    town = demo.nine_plots()
    if kind == "streets":
        return replace(town, streets=town.streets.iloc[:0])
    drawn, links = town.zones.copy(), town.zone_schools
    choosing = ["z3"] if kind == "one" else list(drawn["zone_id"])
    drawn.loc[drawn["zone_id"].isin(choosing), "rule"] = "choice"
    all_ = pd.MultiIndex.from_product([choosing, ["s1", "s2", "s3"]]).to_frame(
        index=False, name=["zone_id", "school_id"]
    )
    more = all_.merge(links, how="left").assign(if_vacant=False)
    more["order_n"] = more.groupby("zone_id").cumcount() + 1
    kept = links[~links["zone_id"].isin(choosing)]
    return replace(town, zones=drawn, zone_schools=pd.concat([kept, more], ignore_index=True)[list(links.columns)])


@cache
def proposed(kind: str):
    town, rules = bare(kind), policy.load("laoting-2025")
    outlook = forecast.project(town, rules, years=[2026])
    found = redraw.problem(town, outlook, rules, years=[2026], overload=0.5)
    now = redraw.valued(found, found.now, "now", "现状")
    # A search that ends at nothing: where nobody can move neither cost nor bound need be above 0.
    now = replace(now, history=(redraw.Progress(0.1, 0.0, 0.0, 0.0, "start"),), bound=0.0, gap=0.0)
    hand = redraw.valued(found, found.now.where(found.now.index != "u7", "s2"), "hand", "手工方案")
    options = (now, hand)
    reference = redraw.reference_of(town, rules, stage="primary", seed="1", years=[2026], outlook=outlook)
    return town, rules, options, redraw.scored(options, town, reference=reference)


def test_the_comparison_of_a_district_without_streets_says_how_ways_are_counted():
    town, rules, options, scores = proposed("streets")
    page = report.pages.html(report.hearing.comparison(options, scores, town, rules))
    assert "各类学生在各方案中" in page
    assert "直线距离的 1.5 倍" in page
    words = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"\bnan\b", words, re.IGNORECASE)


def test_without_streets_ways_are_the_straight_line_and_half_as_much_again():
    town, _, options, scores = proposed("streets")
    homes = town.units.set_index("unit_id").representative_point()
    gates = town.schools.set_index("school_id").geometry
    straight = pd.DataFrame({school: homes.distance(gate) for school, gate in gates.items()})
    made = options[0].problem.walk_m
    np.testing.assert_allclose(made, problems.DETOUR * straight.reindex(index=made.index, columns=made.columns))
    assert np.isfinite(scores["now"].everybody["way_after_m"])


def test_moves_are_read_aloud_and_groups_compared_without_small_counts():
    _, _, options, scores = proposed("one")
    option = max(options, key=lambda each: len(each.moved))
    moves = report.public_counts.shown(report.redraw.moved_units(option))
    rows = report.hearing_lists.aloud(moves, option).data["rows"]
    assert len(rows) == len(option.moved) > 0
    name = option.moved["name"].iloc[0]
    assert rows[0][1].startswith(f"{name}：原来上")
    assert "2026 年入学的新生不到 10 人" in rows[0][1]
    groups = {
        each.option_id: report.public_counts.shown(report.redraw.groups(scores[each.option_id])) for each in options
    }
    told = report.hearing_lists.compared(options, groups).data
    assert len(told["columns"]) == 3 + 2 * len(options)
    cells = [cell for row in told["rows"] for cell in row[2:]]
    assert all(cell in ("<10", "…", 0) or cell >= 10 for cell in cells if cell is not None)


def test_where_no_child_has_papers_enough_the_years_ahead_are_counted_only():
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    bare = replace(town, tables=town.tables | {"hukou": town.table("hukou").iloc[:0]})
    reference = redraw.reference_of(bare, rules, stage="primary", seed="1", years=[2026])
    assert reference.side.ranked is None
    assert redraw.has_intake(bare, rules)


def test_fewer_units_than_schools_are_told_with_both_numbers():
    town, rules = demo.nine_plots(), policy.load("laoting-2025")
    few = replace(town, units=town.units.iloc[:2])
    outlook = forecast.project(town, rules, years=[2026])
    with pytest.raises(DataError, match=r"有 3 所学校要分学区，能分的小区只有 2 个；每所学校至少一个小区"):
        redraw.problem(few, outlook, rules, years=[2026])
    with pytest.raises(DataError, match="（units）里一个也没有"):
        redraw.problem(replace(town, units=town.units.iloc[:0]), outlook, rules, years=[2026])
