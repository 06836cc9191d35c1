"""The planner's page in Chromium with the network off: every number against sums by hand, every movement it offers."""

import random

import numpy as np
import pandas as pd

from tests.towns import river_town
from tests.towns.planners_hands import ORDER, agree, bring, by_hand, export, table, whole
from tests.towns.river_town import CHILDREN, SCHOOLS, SEATS, TODAY, UNITS
from tests.towns.warning_report import HOSTILE
from zhaosheng_analysis import redraw


def test_today_is_what_the_page_opens_with(opened):
    hands = opened()
    assert hands.assignment() == TODAY
    assert hands.page.locator("path.unit").count() == 12
    assert "示例数据" in hands.page.locator(".synthetic").inner_text()
    assert {"甲小学", "乙小学"} <= {name.split(" ")[0] for name in hands.page.locator(".name").all_inner_texts()}
    agree(hands)


def test_a_unit_tells_its_school_its_way_and_its_children(opened):
    hands = opened()
    hands.give("s-bing", "b2")
    assert hands.about("b2") == ["b2小区", "丙小学（现状：甲小学）", "步行 500 米", "2026 年 14，2027 年 17 人"]
    assert hands.about("d3")[:2] == ["d3小区（多校任选）", "乙小学、丙小学"]
    assert hands.about("a2")[:2] == ["a2小区（有学校在内，不能划走）", "甲小学"]


def test_whatever_is_reassigned_the_sums_are_those_of_the_package(opened):
    hands, dice = opened(), random.Random(7)
    free = [unit for unit in UNITS if unit not in SCHOOLS.values()]
    for more in [False] * 8 + [True] * 4:
        units, school = dice.sample(free, dice.choice([1, 2])), dice.choice(ORDER)
        before = hands.assignment()
        hands.give(school, *units, button="#more" if more else "#give")
        after = hands.assignment()
        for unit in units:
            had = before[unit].split("、") if more else []
            assert after[unit] == "、".join([*had, school] if school not in had else had)
        agree(hands)


def test_a_group_and_classmates_are_counted_as_the_package_does(opened):
    share = pd.Series({unit: place / 11 for place, unit in enumerate(UNITS)}).rename_axis("unit_id")
    primary = pd.Series({unit: f"p{unit[1]}" for unit in UNITS}).rename_axis("unit_id")
    group = redraw.Composition("随迁", share)
    found = river_town.problem(mix=group, primary=primary, weights={"mix": 3.0, "split": 2.0})
    hands = opened(found, [])
    for unit, school in (("b2", "s-bing"), ("c2", "s-bing"), ("c2", "s-yi"), ("a1", "s-bing")):
        hands.give(school, unit)
        agree(hands)
    hands.give("s-bing", "c3", button="#more")
    agree(hands)


def test_families_may_be_given_a_choice_and_lose_it(opened, tmp_path):
    hands = opened()
    hands.give("s-bing", "c2", button="#more")
    assert hands.assignment() == TODAY | {"c2": "s-yi、s-bing"}  # one zone of choice with d3: the same two schools
    assert hands.status() == "c2小区 也可选丙小学"
    assert hands.about("c2")[:3] == ["c2小区（多校任选）", "乙小学、丙小学（现状：乙小学）", "步行 500 米、1,000 米"]
    children, seats = CHILDREN["c2"], {school: SEATS[school] for school in ("s-yi", "s-bing")}
    moved = sum(children) * seats["s-bing"] / sum(seats.values())
    hands.page.locator("#tab-compare").click()
    rows = {cells[0]: cells[1:] for cells in table(hands)}
    assert rows["改变学校的儿童 人次 × 2"][1] == f"{whole(moved)} +{whole(moved)}"
    agree(hands)
    hands.give("s-bing", "c2", button="#more")
    assert hands.status() == "所选小区已经可选丙小学"
    path = export(hands, tmp_path)
    assert redraw.read_assignment(path).schools["c2"] == "s-yi、s-bing"
    hands.give("s-yi", "c2", "d3")
    assert hands.assignment() == TODAY | {"d3": "s-yi"}
    agree(hands)
    bring(hands, tmp_path, path.read_text(encoding="utf-8"))
    assert hands.assignment() == TODAY | {"c2": "s-yi、s-bing"}
    agree(hands)
    for _ in range(3):
        hands.page.keyboard.press("Control+z")
    assert hands.assignment() == TODAY


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
    hands.give("s-bing", "a1", "a2", "a3", "b2")
    assert hands.assignment() == TODAY | {"b2": "s-bing"}
    told = hands.status()
    for words in ["a1小区（不许划给该校）", "a2小区（有学校在内）", "a3小区（按要求锁定）"]:
        assert words in told
    assert hands.file()["locked"] == ["a3"]
    hands.clear()
    hands.pick("a1")
    listed = hands.page.locator("#target option").all_inner_texts()
    assert listed == ["2 甲小学，500 米", "3 乙小学，2,000 米", "1 丙小学，500 米（不能划给）"]
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
    assert (hands.assignment()["b2"], hands.assignment()["b3"]) == ("s-jia", "s-bing")
    assert "b2小区（已锁定）" in hands.status()
    hands.page.locator("#start").select_option(label="方案一")
    hands.page.locator("#load").click()
    assert (hands.assignment()["b2"], hands.assignment()["c2"]) == ("s-jia", "s-bing")
    assert "保持不动：b2小区" in hands.status()
    hands.clear()
    hands.pick("b2")
    hands.page.locator("#unlock").click()
    hands.give("s-bing", "b2")
    assert hands.assignment()["b2"] == "s-bing"
    assert hands.file()["locked"] == []


def test_a_school_on_the_map_or_in_the_table_takes_what_is_selected(opened):
    hands = opened()
    hands.pick("b2")
    hands.page.locator(".school").nth(ORDER.index("s-bing")).click()
    assert hands.assignment()["b2"] == "s-bing"
    hands.clear()
    hands.pick("c2")
    hands.page.get_by_role("button", name="把所选小区划给丙小学").click()
    assert hands.assignment()["c2"] == "s-bing"


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
    hands = opened(anew=True)
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
    assert (hands.assignment()["b2"], hands.assignment()["c2"]) == ("s-bing", "s-bing")
    hands.page.keyboard.press("Control+z")
    assert hands.assignment() == TODAY


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
    assert hands.assignment() == TODAY | {"b2": "s-bing", "c2": "s-bing"}
    assert hands.outlined("different") == 0
    agree(hands)


def test_the_moves_of_the_plan_on_the_desk_can_be_read_aloud(opened):
    hands = opened()
    hands.page.locator("#tab-aloud").click()
    assert hands.page.locator("#aloud").inner_text() == "没有小区改变学校。"
    hands.give("s-bing", "b2")
    children = whole(sum(CHILDREN["b2"]))
    said = f"b2小区：原来上甲小学，今后上丙小学；2026 至 2027 年入学的新生约 {children} 人；步行由 500 米变为 500 米。"
    assert hands.page.locator("#aloud li").all_inner_texts() == [said]


def test_class_sizes_follow_the_children(opened):
    hands = opened()
    hands.page.locator("#tab-sizes").click()
    assert hands.cells("s-jia") == ["31 人 / 班", "46 人 / 班"]  # 62 and 90.5 children in two classes
    hands.give("s-yi", "b2", "b3")
    sizes = [int(np.ceil(count)) for count in by_hand(hands.assignment(), hands.problem).load["s-yi"]]
    assert hands.cells("s-yi") == [f"{size} 人 / 班" for size in sizes]
    marks = hands.page.locator("#seats tbody tr").nth(ORDER.index("s-yi")).locator("i").all_inner_texts()
    assert marks == ["超大班" if size >= 66 else "大班额" if size >= 56 else "超标准" for size in sizes]


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
    hands.page.emulate_media(media="screen")
    assert shown == {"#map": True, "#seats": True, "#compare": True, ".tools": False, ".selection": False}
