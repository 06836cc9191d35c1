"""The planner's page in Chromium with the network off: every number against sums by hand, every movement it offers."""

import json
import random
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import river_town
from playwright.sync_api import expect
from river_town import CHILDREN, SCHOOLS, SEATS, TODAY, UNITS
from test_browser import browser, pytestmark  # noqa: F401
from test_report import HOSTILE

from zhaosheng_analysis import redraw
from zhaosheng_analysis.redrawing import contiguity, plans, problems, scenarios
from zhaosheng_analysis.writing import redrawpage

ORDER = list(SCHOOLS)
SHORT = {"s-bing": "丙小学", "s-jia": "甲小学", "s-yi": "乙小学"}


@pytest.fixture
def opened(browser, tmp_path):  # noqa: F811
    """Return a function that writes the page of a problem, opens it as a file and returns the planner's hands."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page, requests, errors = context.new_page(), [], []
    page.set_default_timeout(5000)
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def show(found=None, options=None) -> Hands:
        found = found or river_town.problem()
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


def test_today_is_what_the_page_opens_with(opened):
    hands = opened()
    assert hands.plan() == TODAY
    assert hands.page.locator("path.unit").count() == 12
    assert "示例数据" in hands.page.locator(".synthetic").inner_text()
    assert {"甲小学", "乙小学"} <= {name.split(" ")[0] for name in hands.page.locator(".name").all_inner_texts()}
    agree(hands)


def test_a_unit_tells_its_school_its_way_and_its_children(opened):
    hands = opened()
    hands.give("s-bing", "b2")
    assert hands.about("b2") == ["b2小区", "丙小学（现状：甲小学）", "步行 500 米", "2026 年 14，2027 年 17 人"]
    assert hands.about("d3")[:2] == ["d3小区（多校划片，不能划走）", "乙小学、丙小学"]
    assert hands.about("a2")[:2] == ["a2小区（有学校在内，不能划走）", "甲小学"]


def test_whatever_is_reassigned_the_sums_are_those_of_the_package(opened):
    hands, dice = opened(), random.Random(7)
    free = [unit for unit in UNITS if unit not in {*SCHOOLS.values(), "d3"}]
    for _ in range(10):
        units, school = dice.sample(free, dice.choice([1, 2])), dice.choice(ORDER)
        hands.give(school, *units)
        assert all(hands.plan()[unit] == school for unit in units)
        agree(hands)


def test_undo_and_redo_go_back_and_forth_exactly(opened):
    hands = opened()
    texts = [hands.text()]
    for school, units in [("s-bing", ["b2", "c2"]), ("s-yi", ["a1"]), ("s-jia", ["c3", "d1"])]:
        hands.give(school, *units)
        texts.append(hands.text())
    hands.clear()
    hands.pick("a3")
    hands.page.locator("#lock").click()
    texts.append(hands.text())
    assert len(set(texts)) == 5
    for before in reversed(texts[:-1]):
        hands.page.keyboard.press("Control+z")
        assert hands.text() == before
    assert hands.page.locator("#undo").is_disabled()
    for after in texts[1:]:
        hands.page.keyboard.press("Control+y")
        assert hands.text() == after
    hands.page.locator("#undo").click()
    hands.page.locator("#undo").click()
    assert hands.text() == texts[2]
    hands.give("s-jia", "c1")
    assert hands.page.locator("#redo").is_disabled()
    agree(hands)


def test_a_river_without_a_bridge_cuts_off_what_lies_beyond(opened):
    hands = opened()
    hands.give("s-jia", "c3")  # it touches b3, which is 甲's, but across the river
    assert hands.warning() == "⚠ 与甲小学不相连，1 个小区：c3小区"
    assert hands.outlined("cut") == 1
    hands.give("s-jia", "c2")
    assert "连成一片" in hands.warning()


def test_what_must_stay_stays_and_says_why(opened):
    hands = opened(river_town.problem(locked=["a3"], forbidden=[("a1", "s-bing")]))
    hands.give("s-bing", "a1", "a2", "a3", "d3", "b2")
    assert {unit for unit in UNITS if hands.plan()[unit] != TODAY[unit]} == {"b2"}
    told = hands.status()
    for words in ["a1小区（不许划给该校）", "a2小区（有学校在内）", "a3小区（按要求锁定）", "d3小区（多校划片）"]:
        assert words in told
    assert hands.file()["locked"] == ["a3"]
    hands.clear()
    hands.pick("a2")
    hands.page.locator("#lock").click()
    assert hands.status() == "所选小区本来就不能划走"


def test_a_locked_unit_does_not_move_until_it_is_unlocked(opened):
    hands = opened()
    hands.pick("b2")
    hands.page.locator("#lock").click()
    assert hands.outlined("locked") == 1
    hands.give("s-bing", "b2", "b3")
    assert (hands.plan()["b2"], hands.plan()["b3"]) == ("s-jia", "s-bing")
    assert "b2小区（已锁定）" in hands.status()
    hands.page.locator("#start").select_option(label="方案一")
    hands.page.locator("#load").click()
    assert (hands.plan()["b2"], hands.plan()["c2"]) == ("s-jia", "s-bing")
    assert "保持不动：b2小区" in hands.status()
    hands.clear()
    hands.pick("b2")
    hands.page.locator("#unlock").click()
    hands.give("s-bing", "b2")
    assert hands.plan()["b2"] == "s-bing"
    assert hands.file()["locked"] == []


def test_a_school_on_the_map_or_in_the_table_takes_what_is_selected(opened):
    hands = opened()
    hands.pick("b2")
    hands.page.locator(".school").nth(ORDER.index("s-bing")).click()
    assert hands.plan()["b2"] == "s-bing"
    hands.clear()
    hands.pick("c2")
    hands.page.get_by_role("button", name="把所选小区划给丙小学").click()
    assert hands.plan()["c2"] == "s-bing"


def test_a_box_drawn_with_shift_selects_what_lies_in_it(opened):
    hands = opened()
    boxes = [hands.page.locator("path.unit").nth(UNITS.index(unit)).bounding_box() for unit in ("c3", "d1", "a3")]
    corners = [(box["x"] - 2, box["y"] + 4, box["x"] + box["width"] - 4, box["y"] + box["height"] - 4) for box in boxes]
    hands.drag(*corners[0][:2], *corners[1][2:])
    assert hands.outlined("selected") == 6
    left, top = corners[2][0] + 6, corners[2][1]
    hands.drag(left, top, left + 30, top + 30)  # a corner of a3: its middle is outside, and no click is meant
    assert hands.outlined("selected") == 6
    assert hands.page.locator("#picked").inner_text().startswith("已选 6 个小区：c1小区、c2小区、c3小区")


def test_the_keyboard_is_enough(opened):
    hands = opened()
    hands.page.locator("#find").fill("b1小区")
    hands.page.keyboard.press("Enter")
    hands.clear()
    hands.page.locator("#map").focus()
    for key in ["ArrowUp", "ArrowUp"]:  # the first finds the unit in the middle of the map: b1, now shown
        hands.page.keyboard.press(key)
    assert hands.status().startswith("b2小区；甲小学；步行")
    hands.page.keyboard.press(" ")
    hands.page.keyboard.press("Shift+ArrowRight")
    assert hands.outlined("selected") == 2
    near = hands.page.locator("#target option").all_inner_texts()
    assert near == ["1 丙小学，750 米", "2 甲小学，1,000 米", "3 乙小学，1,000 米"]
    hands.page.locator("#target").focus()
    hands.page.keyboard.press("Home")
    hands.page.locator("#give").press("Enter")
    assert (hands.plan()["b2"], hands.plan()["c2"]) == ("s-bing", "s-bing")
    hands.page.keyboard.press("Control+z")
    assert hands.plan() == TODAY


def test_an_option_is_compared_outlined_and_started_from(opened):
    hands = opened()
    hands.page.locator("#against").select_option(label="方案一")
    assert hands.outlined("different") == 2
    assert "有 2 个小区不同：b2小区、c2小区" in hands.status()
    hands.page.locator("#tab-compare").click()
    rows = {cells[0]: cells[1:] for cells in table(hands)}
    assert rows["各方案同一算法"] == ["现状", "当前方案", "方案一"]
    assert rows["与当前方案不同 小区"] == ["0", "0", "2"]
    assert rows["离最优不超过 按方案自己的权重，已证明"] == ["—", "—", "1.23%"]
    moved = sum(CHILDREN["b2"]) + sum(CHILDREN["c2"])
    assert rows["改变学校的儿童 人次 × 2"] == ["0", "0", f"{whole(moved)} +{whole(moved)}"]
    hands.page.locator("#start").select_option(label="方案一")
    hands.page.locator("#load").click()
    assert hands.plan() == TODAY | {"b2": "s-bing", "c2": "s-bing"}
    assert hands.outlined("different") == 0
    agree(hands)


def table(hands: Hands) -> list[list[str]]:
    """Return the rows of the comparison."""
    rows = hands.page.locator("#compare tr").all()
    return [[" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()] for row in rows]


def test_an_option_under_a_scenario_brings_its_seats_and_takes_them_back(opened, tmp_path):
    found = river_town.problem()
    more = river_town.with_more_classes(found)
    hands = opened(found, [river_town.option(more, {"b2": "s-bing", "c2": "s-bing"}, name="加班")])
    hands.pick("a3")
    hands.page.locator("#lock").click()
    before = hands.text()
    hands.page.locator("#start").select_option(label="加班")
    hands.page.locator("#load").click()
    assert "情景：丙小学增加 2 个班" in hands.page.locator(".facts").inner_text()
    load = by_hand(hands.plan(), found, SEATS | {"s-bing": 120}).load["s-bing"]
    assert hands.cells("s-bing") == [f"{whole(count)} / 120" for count in load]
    hands.give("s-yi", "c1")
    hands.give("s-yi", "a3")
    assert (hands.plan()["a3"], hands.plan()["c1"]) == ("s-jia", "s-yi")
    path = export(hands, tmp_path)
    plan = redraw.read_plan(path)
    assert plan.scenario == scenarios.table(more.scenario)
    assert path.read_text(encoding="utf-8") == plans.text(plan)
    for _ in range(2):
        hands.page.keyboard.press("Control+z")
    assert hands.text() == before
    assert hands.cells("s-bing")[0].endswith(" / 40")
    agree(hands)
    bring(hands, tmp_path, path.read_text(encoding="utf-8"))
    assert hands.text() == path.read_text(encoding="utf-8")
    assert hands.cells("s-bing")[0].endswith(" / 120")
    hands.page.locator("#tab-compare").click()
    rows = {cells[0]: cells[1:] for cells in table(hands)}
    assert rows["各方案同一算法"] == ["现状", "当前方案", "现状（丙小学增加 2 个班）", "加班"]
    assert rows["与当前方案不同 小区"] == ["3", "0", "3", "1"]


def test_where_a_school_closes_its_units_cannot_be_kept(opened):
    found = river_town.problem()
    closed = river_town.with_yi_closed(found)
    plan = dict.fromkeys(["c2", "c3", "d1", "d2"], "s-bing")
    hands = opened(found, [river_town.option(closed, plan, name="停办")])
    hands.pick("a3", "c2")
    hands.page.locator("#lock").click()
    hands.page.locator("#start").select_option(label="停办")
    hands.page.locator("#load").click()
    assert hands.status() == "从「停办」开始；1 个小区在此情景下不能留在原校，已解锁：c2小区"
    assert hands.plan() == TODAY | plan
    assert hands.file()["locked"] == ["a3"]
    assert hands.about("c2")[1] == "丙小学（现状：乙小学）"
    assert hands.page.locator(".school").count() == 2
    hands.page.keyboard.press("Control+z")
    assert hands.page.locator(".school").count() == 3
    assert hands.file()["locked"] == ["a3", "c2"]
    agree(hands)


def test_class_sizes_follow_the_children(opened):
    hands = opened()
    hands.page.locator("#tab-sizes").click()
    assert hands.cells("s-jia") == ["31 人 / 班", "46 人 / 班"]  # 62 and 90.5 children in two classes
    hands.give("s-yi", "b2", "b3")
    sizes = [int(np.ceil(count)) for count in by_hand(hands.plan(), hands.problem).load["s-yi"]]
    assert hands.cells("s-yi") == [f"{size} 人 / 班" for size in sizes]
    marks = hands.page.locator("#seats tbody tr").nth(ORDER.index("s-yi")).locator("i").all_inner_texts()
    assert marks == ["超大班" if size >= 66 else "大班额" if size >= 56 else "超标准" for size in sizes]


def export(hands: Hands, tmp_path):
    """Press the button and return the file."""
    with hands.page.expect_download() as waiting:
        hands.page.locator("#export").click()
    assert waiting.value.suggested_filename == "plan.json"
    path = tmp_path / "plan.json"
    waiting.value.save_as(path)
    return path


def test_what_is_exported_is_read_back_as_the_same_plan(opened, tmp_path):
    hands = opened()
    hands.give("s-bing", "b2", "c2")
    hands.page.locator("#lock").click()
    hands.page.locator("#note").fill("先听证，再公布“方案”")
    hands.page.locator("#from").fill("2027-09-01")
    hands.page.keyboard.press("Tab")
    path = export(hands, tmp_path)
    plan = redraw.read_plan(path)
    assert plan.plan.to_dict() == TODAY | {"b2": "s-bing", "c2": "s-bing"}
    assert (plan.district, plan.policy, plan.stage) == ("jia", "jia-2025", "primary")
    assert (plan.valid_from.isoformat(), plan.locked, plan.note) == ("2027-09-01", ("b2", "c2"), "先听证，再公布“方案”")
    assert plan.scenario is None
    assert path.read_text(encoding="utf-8") == plans.text(plan) == hands.text()


def test_what_is_exported_can_be_brought_in_again(opened, tmp_path):
    hands = opened()
    hands.give("s-bing", "b2", "c2")
    hands.page.locator("#lock").click()
    path, text = export(hands, tmp_path), hands.text()
    for _ in range(2):
        hands.page.locator("#undo").click()
    assert hands.plan() == TODAY
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).to_have_text("导入方案")
    assert hands.text() == text
    agree(hands)
    hands.page.locator("#undo").click()
    assert hands.plan() == TODAY


def test_a_file_that_does_not_fit_is_refused_with_its_reason(opened, tmp_path):
    hands = opened()
    good = hands.file()
    some = {unit: TODAY[unit] for unit in UNITS[2:]}
    refused = [
        ({"district": "yi"}, "区县：文件是 yi，本页是 jia（示范县）"),
        ({"policy": "yi-2025", "version": 2}, "2 处问题：版本：文件是 2，本页是 1；政策：文件是 yi-2025"),
        ({"stage": "junior"}, "学段：文件是 junior，本页是 primary"),
        ({"scenario": {"name": "停办乙小学"}}, "情景「停办乙小学」不在本页；本页有：无情景"),
        ({"valid_from": "明年"}, "施行日期是 明年"),
        ({"notes": ""}, "有不认识的项：notes"),
        ({"plan": some}, "2 个小区没有学校：a1小区、a2小区"),
        ({"plan": TODAY | {"x9": "s-yi"}}, "1 个小区不在本页：x9"),
        ({"plan": TODAY | {"a1": "s-ding"}}, "1 个小区的学校不在本页：a1小区 → s-ding"),
        ({"plan": TODAY | {"b1": "s-yi"}}, "1 个小区划给了不能划给的学校：b1小区 → 乙小学"),
        ({"plan": TODAY | {"d3": "s-yi"}}, "1 个多校划片的小区改了学校：d3小区"),
        ({"plan": some, "locked": ["x9"]}, "没有学校：a1小区、a2小区；1 个锁定的小区不在本页：x9"),
    ]
    for change, words in refused:
        bring(hands, tmp_path, json.dumps(good | change))
        assert hands.status().startswith("没有导入")
        assert words in hands.status()
    for text in ["", "{", "[]", "3", "null"]:
        bring(hands, tmp_path, text)
        assert "请选择本页或 zhaosheng 导出的 plan.json" in hands.status()
    assert hands.file() == good
    assert hands.page.locator("#undo").is_disabled()


def bring(hands: Hands, tmp_path, text: str) -> None:
    """Choose a file to import and wait until it is judged."""
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    hands.page.evaluate("document.getElementById('status').textContent = ''")
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).not_to_have_text("")


def test_a_reload_forgets_nothing_and_can_still_be_undone(opened):
    hands = opened()
    hands.give("s-bing", "b2")
    hands.give("s-bing", "c2")
    hands.page.locator("#note").fill("备忘")
    hands.page.keyboard.press("Tab")
    text = hands.text()
    hands.page.reload()
    assert hands.text() == text
    assert "已恢复上次未完的修改（3 步，可撤销）" in hands.status()
    agree(hands)
    for _ in range(3):
        hands.page.keyboard.press("Control+z")
    assert hands.plan() == TODAY


def test_leaving_asks_first_where_nothing_can_be_kept(opened):
    hands, asked = opened(), []
    hands.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    hands.page.evaluate(
        "let part = 'x'.repeat(1 << 20), n = 0; while (part.length)"
        " try { localStorage.setItem('full' + n++, part); } catch (e) { part = part.slice(part.length / 2 + 1); }"
    )
    hands.give("s-bing", "b2")
    hands.page.close(run_before_unload=True)
    hands.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]


def test_inside_a_sandbox_as_in_jupyterlab_it_works_without_storage(opened):
    hands = opened()
    hands.page.evaluate(
        "text => { const f = document.createElement('iframe'); f.sandbox = 'allow-scripts'; f.srcdoc = text;"
        " f.style = 'position:fixed;inset:0;width:100%;height:100%;z-index:9999'; document.body.append(f); }",
        redrawpage.page(hands.problem, [], title="图"),
    )
    frame = hands.page.frame_locator("iframe")
    frame.locator("#find").fill("b2小区")
    frame.locator("#find").press("Enter")
    frame.locator("#target").select_option(value=str(ORDER.index("s-bing")))
    frame.locator("#give").click()
    assert json.loads(frame.locator("#text").input_value())["plan"]["b2"] == "s-bing"


def test_hostile_names_are_only_text(opened):
    names = {"b2": HOSTILE, "a3": "</script><script>alert(1)</script>", "s-bing": "丙\"'><b onclick=alert(1)>小学"}
    found = river_town.problem(names=names)
    hands = opened(found, [river_town.option(found, {"b2": "s-bing"}, name=HOSTILE)])
    hands.give("s-bing", "b2", "a3")
    assert HOSTILE in hands.status()
    assert names["a3"] in hands.warning()
    hands.page.locator("#against").select_option(label=HOSTILE)
    hands.page.locator("#tab-compare").click()
    assert table(hands)[0][3] == HOSTILE
    assert hands.about("b2")[0] == HOSTILE
    assert hands.page.locator("script").count() == 7
    assert hands.page.locator("main b:not(.meter b)").count() == 0


def test_everything_fits_a_small_screen_and_can_be_hit(opened):
    hands = opened()
    size = hands.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1366, 768]
    for control in hands.page.locator("button:visible, select:visible, .school").all():
        box = control.bounding_box()
        assert box["height"] >= 24
        assert box["width"] >= 24
    panel = hands.page.locator("#seats")
    assert panel.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_names_on_the_map_do_not_cover_each_other(opened):
    hands = opened()
    boxes = [name.bounding_box() for name in hands.page.locator(".name").all()]
    assert len(boxes) == 3 + 9  # all schools; the units without a school in their middle
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            apart |= one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert apart


def test_paper_shows_map_and_both_tables_and_no_buttons(opened):
    hands = opened()
    hands.page.emulate_media(media="print")
    shown = {
        name: hands.page.locator(name).is_visible() for name in ("#map", "#seats", "#compare", ".tools", ".selection")
    }
    assert shown == {"#map": True, "#seats": True, "#compare": True, ".tools": False, ".selection": False}
