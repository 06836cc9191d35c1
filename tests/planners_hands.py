"""A planner's hands on the page in Chromium with the network off, and the sums of a plan made by hand."""

import json
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import river_town
from playwright.sync_api import expect
from river_town import CHILDREN, SCHOOLS, SEATS, TODAY, UNITS
from test_browser import browser  # noqa: F401

from zhaosheng_analysis.redrawing import contiguity, problems
from zhaosheng_analysis.writing import redrawpage

ORDER = list(SCHOOLS)
plain = cache(river_town.problem)


@pytest.fixture(name="opened")
def open_page(browser, tmp_path):  # noqa: F811
    """Return a function that writes the page of a problem, opens it as a file and returns the planner's hands."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page, requests, errors = context.new_page(), [], []
    page.set_default_timeout(5000)
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def show(found=None, options=None) -> Hands:
        found = found or plain()
        options = [river_town.option(found, {"b2": "s-bing", "c2": "s-bing"})] if options is None else options
        path = tmp_path / "redraw.html"
        path.write_text(redrawpage.page(found, options, title="示范县小学学区调整"), encoding="utf-8")
        page.goto(path.as_uri())
        return Hands(page, found)

    yield show
    assert not errors
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    context.close()


class Hands:
    """What a planner does on the page and sees of it."""

    def __init__(self, page, found):
        self.page, self.problem = page, found

    def pick(self, *units: str) -> None:
        """Click on units of the map, away from the school in their middle."""
        for unit in units:
            place = self.page.locator("path.unit").nth(UNITS.index(unit))
            box = place.bounding_box()
            place.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})

    def give(self, school: str, *units: str) -> None:
        """Select units only, choose a school in the list and give them."""
        self.clear()
        self.pick(*units)
        self.page.locator("#target").select_option(value=str(ORDER.index(school)))
        self.page.locator("#give").click()

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

    def plan(self) -> dict[str, str]:
        return self.file()["plan"]

    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    def warning(self) -> str:
        return self.page.locator("#warning").inner_text()

    def cells(self, school: str) -> list[str]:
        """Return children / seats of each year as the table shows them."""
        row = self.page.locator("#seats tbody tr").nth(ORDER.index(school))
        return row.locator(".count").all_inner_texts()

    def sums(self) -> dict[str, str]:
        labels, values = (self.page.locator(f"#sums {tag}").all_inner_texts() for tag in ("dt", "dd"))
        return dict(zip(labels, [value.split("\n")[0] for value in values], strict=True))

    def outlined(self, name: str) -> int:
        """Return how many units an overlay of the map covers."""
        return self.page.locator(f"path.{name}").get_attribute("d").replace("M0 0", "").count("M")

    def account(self) -> dict:
        """Return the page's own sums of the plan on it, unrounded."""
        places = [ORDER.index(self.plan()[unit].split("、")[0]) for unit in UNITS]
        return self.page.evaluate(
            "plan => { const data = JSON.parse(document.getElementById('board').textContent), now = data.scenarios[0];"
            " const units = data.units.map((unit, u) => Object.assign({}, unit, now.members[u]));"
            " const board = Object.assign({}, data, now, { units });"
            " return zhaoshengSums.account(board, zhaoshengSums.neighbours(board), plan); }",
            places,
        )


def by_hand(plan: dict[str, str], found: problems.Problem, seats: dict[str, int] = SEATS) -> SimpleNamespace:
    """Count a plan unit by unit; d3's children go to 乙 and 丙 by their seats."""
    both = {school: seats[school] / (seats["s-yi"] + seats["s-bing"]) for school in ("s-yi", "s-bing")}
    load = {school: [0.0, 0.0] for school in SCHOOLS}
    walked, children, longest, moved = 0.0, 0.0, 0.0, 0.0
    for unit in UNITS:
        for year in range(2):
            count = CHILDREN[unit][year]
            for school, share in both.items() if unit == "d3" else [(plan[unit], 1.0)]:
                load[school][year] += share * count
        if unit == "d3":
            continue
        walk = found.walk_m.loc[unit, plan[unit]]
        walked, children = walked + sum(CHILDREN[unit]) * walk, children + sum(CHILDREN[unit])
        longest = max(longest, walk)
        moved += sum(CHILDREN[unit]) * (plan[unit] != TODAY[unit])
    short = {school: [max(0.0, count - seats[school]) for count in load[school]] for school in SCHOOLS}
    reached = set(SCHOOLS.values())
    doors = {unit: plan[unit].split("、")[0] for unit in UNITS}
    for _ in UNITS:
        reached |= {a for a in UNITS for b in reached if river_town.beside(a, b) and doors[a] == doors[b]}
    return SimpleNamespace(
        load=load, short=short, mean=walked / children, longest=longest, moved=moved, cut=sorted(set(UNITS) - reached)
    )


def agree(hands: Hands) -> None:
    """Hold the page's sums of its plan against the count by hand and against the package."""
    plan, account = hands.plan(), hands.account()
    counted = by_hand(plan, hands.problem)
    assert account["load"] == [pytest.approx(counted.load[school]) for school in SCHOOLS]
    assert account["short"] == [pytest.approx(counted.short[school], abs=1e-9) for school in SCHOOLS]
    assert account["mean"] == pytest.approx(counted.mean)
    assert account["longest"] == pytest.approx(counted.longest)
    assert account["terms"]["moved"] == pytest.approx(counted.moved)
    assert [UNITS[unit] for unit in account["cutUnits"]] == counted.cut
    folded = problems.folded(hands.problem, pd.Series(plan))
    measured = problems.measures(hands.problem, folded)
    assert account["terms"] == {term: pytest.approx(value, abs=1e-6) for term, value in measured.items()}
    assert account["cost"] == pytest.approx(
        sum(measured[term] * hands.problem.weights[term] for term in measured.index)
    )
    assert account["cutUnits"] == contiguity.loose(hands.problem.instance, folded).tolist()
    shown = {school: [f"{whole(n)} / {SEATS[school]}" for n in counted.load[school]] for school in SCHOOLS}
    assert {school: hands.cells(school) for school in SCHOOLS} == shown
    assert hands.sums()["缺学位（2 年合计）"] == f"{whole(sum(map(sum, counted.short.values())))}"
    assert hands.sums()["平均步行"] == f"{whole(counted.mean)} 米"
    assert hands.outlined("cut") == len(counted.cut)
    assert all(f"{unit}小区" in hands.warning() for unit in counted.cut)
    assert ("连成一片" in hands.warning()) == (not counted.cut)


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
    assert waiting.value.suggested_filename == "plan.json"
    path = tmp_path / "plan.json"
    waiting.value.save_as(path)
    return path


def bring(hands: Hands, tmp_path, text: str) -> None:
    """Choose a file to import and wait until it is judged."""
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    hands.page.evaluate("document.getElementById('status').textContent = ''")
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).not_to_have_text("")
