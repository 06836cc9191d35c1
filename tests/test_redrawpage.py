"""What the planner's page is made of: the problem's own numbers, and nothing that could ask the network."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import river_town
from test_report import HOSTILE

from zhaosheng_analysis.schema import DataError
from zhaosheng_analysis.writing import redrawpage


def written(**options) -> str:
    """Return the page of the town with one option."""
    found = river_town.problem(**options)
    return redrawpage.page(found, [river_town.option(found, {"b2": "s-bing"})], title="示范县小学学区调整")


def inside(page: str) -> dict:
    """Return the numbers in a page."""
    return json.loads(re.search(r'<script type="application/json" id="board">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_holds_units_schools_and_children_as_they_are():
    board = inside(written())
    assert [unit["id"] for unit in board["units"]] == river_town.UNITS
    assert [tuple(unit["pupils"]) for unit in board["units"]] == list(river_town.CHILDREN.values())
    assert [school["id"] for school in board["schools"]] == list(river_town.SCHOOLS)
    assert [school["seats"] for school in board["schools"]] == [[40, 40], [80, 80], [60, 60]]
    assert [board["units"][school["row"]]["id"] for school in board["schools"]] == ["b1", "a2", "d2"]
    assert [unit["keeps"] for unit in board["units"] if unit["keeps"]] == ["s-yi、s-bing"]


def test_only_what_a_child_can_walk_is_joined():
    board = inside(written())
    joined = {frozenset(board["units"][end]["id"] for end in edge[:2]) for edge in board["edges"]}
    units = river_town.UNITS
    assert joined == {frozenset((a, b)) for a in units for b in units if a < b and river_town.beside(a, b)}


def test_every_common_edge_can_be_drawn_as_a_border():
    board = inside(written())
    drawn = {frozenset(board["units"][unit]["id"] for unit in border[:2]) for border in board["borders"]}
    assert len(drawn) == 17  # nine between columns and eight between rows, the river among them
    assert frozenset(("b3", "c3")) in drawn
    lines = [np.array(border[2]) for border in board["borders"]]
    assert {tuple(np.abs(ends[-1] - ends[0])) for ends in lines} == {(500, 0), (0, 500)}


def test_an_option_is_its_plan_unit_by_unit():
    board = inside(written())
    plan = board["options"][0]["plan"]
    changed = [unit["id"] for unit in board["units"] if plan[unit["row"]] != board["start"][unit["row"]]]
    assert changed == ["b2"]
    assert board["schools"][plan[board["units"][4]["row"]]]["id"] == "s-bing"


def test_neighbouring_schools_have_different_tints():
    points = np.array([[x, y] for x in range(4) for y in range(3)], float)
    tints = np.array(redrawpage.tints_of(points))
    apart = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    same = tints[:, None] == tints[None, :]
    assert apart[same & (apart > 0)].min() > 1
    assert len(set(tints)) == len(redrawpage.TINTS)


def test_an_option_with_other_seats_is_refused():
    found = river_town.problem()
    more = replace(found, schools=found.schools.assign(classes_n=9.0))
    with pytest.raises(DataError, match="方案甲"):
        redrawpage.page(found, [river_town.option(more, {}, name="方案甲")], title="图")


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
