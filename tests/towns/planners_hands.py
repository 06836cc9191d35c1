"""A planner's hands on the page in Chromium with the network off, and the sums of an assignment made by hand."""

import json
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.towns import river_town
from tests.towns.river_town import CHILDREN, SCHOOLS, SEATS, TODAY, UNITS
from zhaosheng_analysis import report
from zhaosheng_analysis.redraw import problems, valuing
from zhaosheng_analysis.redraw.solver import contiguity

ORDER = list(SCHOOLS)
plain = cache(river_town.problem)

#: Take back every step, select nothing, compare with nothing, show the whole town: the page as it was opened.
TIDY = """() => {
  const by = id => document.getElementById(id);
  while (!by('undo').disabled) by('undo').click();
  by('clear').click();
  by('against').value = 0; by('against').onchange();
  by('view').value = 0; by('view').onchange();
  by('tab-seats').click();
  by('status').textContent = '';
}"""
#: What stands on the page.
SEEN = """() => {
  const by = id => document.getElementById(id), all = (css, from) => [...(from || document).querySelectorAll(css)];
  return {
    cells: all('#seats tbody tr').map(row => all('.count', row).map(cell => cell.textContent)),
    sums: all('#sums div').map(box => [box.firstChild.textContent, box.lastChild.firstChild.textContent]),
    cut: document.querySelector('path.cut').getAttribute('d'), warning: by('warning').innerText,
  };
}"""
#: The page's own sums of an assignment, unrounded.
ACCOUNT = """assignment => {
  const data = JSON.parse(document.getElementById('board').textContent), now = data.scenarios[0];
  const units = data.units.map((unit, u) => Object.assign({}, unit, now.members[u]));
  const board = Object.assign({}, data, now, { units });
  return zhaoshengSums.account(board, zhaoshengSums.neighbours(board), assignment);
}"""


def written(found: problems.Problem, options: list | None = None) -> str:
    """Return the page of a problem; one option is beside it where none is given."""
    options = [river_town.option(found, {"b2": "s-bing", "c2": "s-bing"})] if options is None else options
    return report.redraw_page.page(found, options, title="示范县小学学区调整")


@cache
def plain_page() -> str:
    """Return the page of the plain town."""
    return written(plain())


class Hands:
    """What a planner does on the page and sees of it."""

    def __init__(self, page, found):
        self.page, self.problem = page, found

    def pick(self, *units: str) -> None:
        """Click on units of the map, away from the school in their middle."""
        boxes = self.page.evaluate(
            "places => { const all = document.querySelectorAll('path.unit'); return places.map(n => {"
            " const box = all[n].getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; }); }",
            [UNITS.index(unit) for unit in units],
        )
        for left, top, width, height in boxes:
            self.page.mouse.click(left + width * 0.25, top + height * 0.75)

    def give(self, school: str, *units: str, button: str = "#give") -> None:
        """Select units only, choose a school in the list and give them."""
        self.clear()
        self.pick(*units)
        self.page.locator("#target").select_option(value=str(ORDER.index(school)))
        self.page.locator(button).click()

    def about(self, unit: str) -> list[str]:
        """Point at a unit and return the lines that appear."""
        self.page.locator("path.unit").nth(UNITS.index(unit)).hover(position={"x": 20, "y": 90})
        return self.page.locator(".about").inner_text().split("\n")

    def drag(self, *corners: float) -> None:
        """Draw a box from corner to corner with Shift held down."""
        self.page.keyboard.down("Shift")
        self.page.mouse.move(*corners[:2])
        self.page.mouse.down()
        self.page.mouse.move(*corners[2:], steps=3)
        self.page.mouse.up()
        self.page.keyboard.up("Shift")

    def clear(self) -> None:
        self.page.keyboard.press("Escape")

    def file(self) -> dict:
        """Return what the page would export now."""
        return json.loads(self.text())

    def text(self) -> str:
        return self.page.locator("#text").input_value()

    def assignment(self) -> dict[str, str]:
        return self.file()["schools"]

    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    def warning(self) -> str:
        return self.page.locator("#warning").inner_text()

    def cells(self, school: str | int) -> list[str]:
        """Return children / seats of each year as the table shows them, of a school of the town or of a line."""
        return self.page.evaluate(SEEN)["cells"][ORDER.index(school) if isinstance(school, str) else school]

    def outlined(self, name: str) -> int:
        """Return how many units an overlay of the map covers."""
        return rings(self.page.locator(f"path.{name}").get_attribute("d"))


def rings(path: str) -> int:
    """Return how many rings a path has."""
    return path.replace("M0 0", "").count("M")


def by_hand(assignment: dict[str, str], found: problems.Problem, seats: dict[str, int] = SEATS) -> SimpleNamespace:
    """Count an assignment unit by unit; the children of several schools go to them by their seats."""
    load = {school: [0.0, 0.0] for school in SCHOOLS}
    walked, longest, moved = 0.0, 0.0, 0.0
    for unit in UNITS:
        doors = assignment[unit].split("、")
        for school in doors:
            share = seats[school] / sum(seats[door] for door in doors)
            for year in range(2):
                load[school][year] += share * CHILDREN[unit][year]
            walk = found.walk_m.loc[unit, school]
            walked, longest = walked + share * sum(CHILDREN[unit]) * walk, max(longest, walk)
            moved += share * sum(CHILDREN[unit]) * (school not in TODAY[unit].split("、"))
    children = sum(map(sum, CHILDREN.values()))
    short = {school: [max(0.0, count - seats[school]) for count in load[school]] for school in SCHOOLS}
    reached = set(SCHOOLS.values())
    doors = {unit: assignment[unit].split("、")[0] for unit in UNITS}
    for _ in UNITS:
        reached |= {a for a in UNITS for b in reached if river_town.beside(a, b) and doors[a] == doors[b]}
    return SimpleNamespace(
        load=load, short=short, mean=walked / children, longest=longest, moved=moved, cut=sorted(set(UNITS) - reached)
    )


def agree(hands: Hands) -> None:
    """Hold the page's sums of its assignment against the count by hand and against the package."""
    assignment = hands.assignment()
    account = hands.page.evaluate(
        ACCOUNT, [[ORDER.index(door) for door in assignment[unit].split("、")] for unit in UNITS]
    )
    counted = by_hand(assignment, hands.problem)
    assert account["load"] == [pytest.approx(counted.load[school]) for school in SCHOOLS]
    assert account["short"] == [pytest.approx(counted.short[school], abs=1e-9) for school in SCHOOLS]
    assert account["mean"] == pytest.approx(counted.mean)
    assert account["longest"] == pytest.approx(counted.longest)
    assert account["terms"]["moved"] == pytest.approx(counted.moved)
    assert [UNITS[unit] for unit in account["cutUnits"]] == counted.cut
    folded = problems.folded(hands.problem, pd.Series(assignment))
    measured = valuing.measures(hands.problem, pd.Series(assignment))
    if assignment["d3"] == TODAY["d3"] and all("、" not in assignment[unit] for unit in UNITS if unit != "d3"):
        pd.testing.assert_series_equal(measured, problems.measures(hands.problem, folded))
    assert account["terms"] == {term: pytest.approx(value, abs=1e-6) for term, value in measured.items()}
    assert account["cost"] == pytest.approx(
        sum(measured[term] * hands.problem.weights[term] for term in measured.index)
    )
    assert account["cutUnits"] == contiguity.loose(hands.problem.instance, folded).tolist()
    seen = hands.page.evaluate(SEEN)
    assert seen["cells"] == [[f"{whole(n)} / {SEATS[school]}" for n in counted.load[school]] for school in SCHOOLS]
    sums = dict(seen["sums"])
    assert sums["缺学位（2 年合计）"] == f"{whole(sum(map(sum, counted.short.values())))}"
    assert sums["平均步行"] == f"{whole(counted.mean)} 米"
    assert rings(seen["cut"]) == len(counted.cut)
    assert all(f"{unit}小区" in seen["warning"] for unit in counted.cut)
    assert ("连成一片" in seen["warning"]) == (not counted.cut)


def whole(number: float) -> str:
    """Write a number as the page does: half rounds up."""
    return f"{int(np.floor(number + 0.5)):,}"


def table(hands: Hands) -> list[list[str]]:
    """Return the rows of the comparison."""
    rows = hands.page.locator("#compare tr").all()
    return [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()] for row in rows]


def export(hands: Hands, tmp_path):
    """Press the button and return the file."""
    with hands.page.expect_download() as waiting:
        hands.page.locator("#export").click()
    assert waiting.value.suggested_filename == "assignment.json"
    path = tmp_path / "assignment.json"
    waiting.value.save_as(path)
    return path


def bring(hands: Hands, tmp_path, text: str) -> None:
    """Choose a file to import and wait until it is judged."""
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    hands.page.evaluate("document.getElementById('status').textContent = ''")
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).not_to_have_text("")
