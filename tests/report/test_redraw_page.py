"""What the planner's page is made of: the problem's own numbers, and nothing that could ask the network."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.towns import river_town
from tests.towns.warning_report import HOSTILE
from zhaosheng_analysis import figures, report
from zhaosheng_analysis.schema import DataError


def written(**options) -> str:
    """Return the page of the town with one option."""
    found = river_town.problem(**options)
    return report.redraw_page.page(found, [river_town.option(found, {"b2": "s-bing"})], title="示范县小学学区调整")


def inside(page: str) -> dict:
    """Return the numbers in a page."""
    return json.loads(re.search(r'<script type="application/json" id="board">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_holds_units_schools_and_children_as_they_are():
    board = inside(written())
    assert [unit["id"] for unit in board["units"]] == river_town.UNITS
    now = board["scenarios"][0]
    assert [tuple(unit["pupils"]) for unit in now["members"]] == list(river_town.CHILDREN.values())
    assert [school["id"] for school in now["schools"]] == list(river_town.SCHOOLS)
    assert [school["seats"] for school in now["schools"]] == [[40, 40], [80, 80], [60, 60]]
    assert [board["units"][school["row"]]["id"] for school in now["schools"]] == ["b1", "a2", "d2"]
    assert [unit["keeps"] for unit in now["members"] if unit["keeps"]] == ["s-yi、s-bing"]
    assert [unit["today"] for unit in board["units"][-2:]] == ["乙小学", "乙小学、丙小学"]


def test_only_what_a_child_can_walk_is_joined():
    board = inside(written())
    joined = {frozenset(board["units"][end]["id"] for end in edge[:2]) for edge in board["scenarios"][0]["edges"]}
    units = river_town.UNITS
    assert joined == {frozenset((a, b)) for a in units for b in units if a < b and river_town.beside(a, b)}


def test_every_common_edge_can_be_drawn_as_a_border():
    board = inside(written())
    drawn = {frozenset(board["units"][unit]["id"] for unit in border[:2]) for border in board["borders"]}
    assert len(drawn) == 17  # nine between columns and eight between rows, the river among them
    assert frozenset(("b3", "c3")) in drawn
    lines = [np.array(border[2]) for border in board["borders"]]
    assert {tuple(np.abs(ends[-1] - ends[0])) for ends in lines} == {(500, 0), (0, 500)}


def test_an_option_is_its_assignment_unit_by_unit():
    board = inside(written())
    now = board["scenarios"][0]
    assignment = now["options"][0]["assignment"]
    rows = [unit["row"] for unit in now["members"]]
    changed = [
        unit["id"] for unit, row in zip(board["units"], rows, strict=True) if assignment[row] != now["start"][row]
    ]
    assert changed == ["b2"]
    assert [now["schools"][school]["id"] for school in assignment[rows[4]]] == ["s-bing"]
    assert [now["schools"][school]["id"] for school in assignment[rows[11]]] == ["s-yi", "s-bing"]


def test_an_option_with_a_school_that_is_not_there_is_refused():
    closed = river_town.with_yi_closed(river_town.problem())
    with pytest.raises(DataError, match="方案「少了」：1 个小区的学校不在其情景中：d2"):
        report.redraw_page.page(
            closed, [river_town.option(closed, dict.fromkeys(["c2", "c3", "d1"], "s-jia"), name="少了")], title=""
        )


def test_an_option_under_a_scenario_brings_its_own_seats():
    found = river_town.problem()
    more = river_town.with_more_classes(found)
    options = [river_town.option(found, {}), river_town.option(more, {"b2": "s-bing"}, name="加班")]
    today, then = inside(report.redraw_page.page(found, options, title="图"))["scenarios"]
    assert (today["scenario"], then["scenario"]["name"]) == (None, "丙小学增加 2 个班")
    assert [school["seats"] for school in then["schools"]] == [[120, 120], [80, 80], [60, 60]]
    assert [[option["name"] for option in side["options"]] for side in (today, then)] == [["方案一"], ["加班"]]


def test_neighbouring_schools_have_different_tints():
    points = np.array([[x, y] for x in range(4) for y in range(3)], float)
    tints = np.array(figures.redraw.tints_of(points, 8))
    apart = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    same = tints[:, None] == tints[None, :]
    assert apart[same & (apart > 0)].min() > 1
    assert len(set(tints)) == 8


def test_an_option_with_other_seats_is_refused():
    found = river_town.problem()
    more = replace(found, schools=found.schools.assign(classes_n=9.0))
    with pytest.raises(DataError, match="方案甲"):
        report.redraw_page.page(found, [river_town.option(more, {}, name="方案甲")], title="图")


def test_the_same_problem_gives_the_same_page():
    assert written() == written()


def test_a_name_cannot_end_the_script_it_stands_in():
    page = written(names={"a1": "</script><script>alert(1)</script>", "s-yi": HOSTILE})
    assert "<script>alert" not in page
    assert inside(page)["units"][0]["name"] == "</script><script>alert(1)</script>"


def test_the_page_asks_for_nothing():
    page = written()
    assert "sourceMappingURL" not in page
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!#)', markup)
    assert "url(" not in markup
    assert "default-src 'none'" in page


def test_made_up_data_say_so():
    assert "示例数据" in written()
