"""Assignments that leave the planner's page and come back: files, scenarios, reloads, sandboxes."""

import io
import json
from unicodedata import normalize

import pypdf
import pytest
from playwright.sync_api import expect

from tests.towns import big_town, river_town
from tests.towns.planners_hands import ORDER, agree, bring, by_hand, export, plain, table, whole
from tests.towns.river_town import SEATS, TODAY, UNITS
from zhaosheng_analysis import redraw, report
from zhaosheng_analysis.redraw import assignments, scenarios


def test_an_option_under_a_scenario_brings_its_seats_and_takes_them_back(opened, tmp_path):
    found = plain()
    more = river_town.with_more_classes(found)
    hands = opened(found, [river_town.option(more, {"b2": "s-bing", "c2": "s-bing"}, name="加班")])
    hands.pick("a3")
    hands.page.locator("#lock").click()
    before = hands.text()
    hands.page.locator("#start").select_option(label="加班")
    hands.page.locator("#load").click()
    assert "情景：丙小学增加 2 个班" in hands.page.locator(".facts").inner_text()
    load = by_hand(hands.assignment(), found, SEATS | {"s-bing": 120}).load["s-bing"]
    assert hands.cells("s-bing") == [f"{whole(count)} / 120" for count in load]
    hands.give("s-yi", "c1")
    hands.give("s-yi", "a3")
    assert (hands.assignment()["a3"], hands.assignment()["c1"]) == ("s-jia", "s-yi")
    path = export(hands, tmp_path)
    assignment = redraw.read_assignment(path)
    assert assignment.scenario == scenarios.table(more.scenario)
    assert path.read_text(encoding="utf-8") == assignments.text(assignment)
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
    found = plain()
    closed = river_town.with_yi_closed(found)
    assignment = dict.fromkeys(["c2", "c3", "d1", "d2"], "s-bing")
    hands = opened(found, [river_town.option(closed, assignment, name="停办")])
    hands.pick("a3", "c2")
    hands.page.locator("#lock").click()
    hands.page.locator("#start").select_option(label="停办")
    hands.page.locator("#load").click()
    assert hands.status() == "从「停办」开始；1 个小区在此情景下不能留在原校，已解锁：c2小区"
    assert hands.assignment() == TODAY | assignment | {"d3": "s-bing"}  # of its two schools one is left
    assert hands.file()["locked"] == ["a3"]
    assert hands.about("c2")[1] == "丙小学（现状：乙小学）"
    assert hands.page.locator(".school").count() == 2
    hands.page.keyboard.press("Control+z")
    assert hands.page.locator(".school").count() == 3
    assert hands.file()["locked"] == ["a3", "c2"]
    agree(hands)


def test_what_is_exported_is_read_back_as_the_same_assignment(opened, tmp_path):
    hands = opened()
    hands.give("s-bing", "b2", "c2")
    hands.page.locator("#lock").click()
    hands.page.locator("#note").fill("先听证，再公布“方案”")
    hands.page.locator("#from").fill("2027-09-01")
    hands.page.keyboard.press("Tab")
    path = export(hands, tmp_path)
    assignment = redraw.read_assignment(path)
    assert assignment.schools.to_dict() == TODAY | {"b2": "s-bing", "c2": "s-bing"}
    assert (assignment.district, assignment.policy, assignment.stage) == ("jia", "jia-2025", "primary")
    assert (assignment.valid_from.isoformat(), assignment.locked, assignment.note) == (
        "2027-09-01",
        ("b2", "c2"),
        "先听证，再公布“方案”",
    )
    assert assignment.scenario is None
    assert path.read_text(encoding="utf-8") == assignments.text(assignment) == hands.text()


def test_what_a_unit_says_is_written_down_taken_back_exported_and_brought_in(opened, tmp_path):
    hands = opened()
    hands.clear()
    assert hands.page.locator("#comment").is_disabled()
    hands.pick("b2")
    hands.page.locator("#comment").fill("路太远，<b>要校车</b>")
    hands.page.keyboard.press("Tab")
    assert hands.status() == "记下 b2小区 的意见"
    hands.page.mouse.move(0, 0)
    assert hands.about("b2")[-1] == "意见：路太远，<b>要校车</b>"
    hands.clear()
    hands.pick("b2", "c2")
    assert hands.page.locator("#comment").is_disabled()
    path, text = export(hands, tmp_path), hands.text()
    assert redraw.read_assignment(path).comments == {"b2": "路太远，<b>要校车</b>"}
    assert path.read_text(encoding="utf-8") == assignments.text(redraw.read_assignment(path))
    hands.page.locator("#undo").click()
    assert hands.file()["comments"] == {}
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).to_have_text("导入方案")
    assert hands.text() == text


def test_what_is_exported_can_be_brought_in_again(opened, tmp_path):
    hands = opened()
    hands.give("s-bing", "b2", "c2")
    hands.page.locator("#lock").click()
    path, text = export(hands, tmp_path), hands.text()
    for _ in range(2):
        hands.page.locator("#undo").click()
    assert hands.assignment() == TODAY
    hands.page.locator("#file").set_input_files(path)
    expect(hands.page.locator("#status")).to_have_text("导入方案")
    assert hands.text() == text
    agree(hands)
    hands.page.locator("#undo").click()
    assert hands.assignment() == TODAY


def test_a_file_that_does_not_fit_is_refused_with_its_reason(opened, tmp_path):
    hands = opened()
    good = hands.file()
    some = {unit: TODAY[unit] for unit in UNITS[2:]}
    refused = [
        ({"district": "yi"}, "区县：文件是 yi，本页是 jia（示范县）"),
        ({"policy": "yi-2025", "version": 1}, "2 处问题：版本：文件是 1，本页是 2；政策：文件是 yi-2025"),
        ({"stage": "junior"}, "学段：文件是 junior，本页是 primary"),
        ({"scenario": {"name": "停办乙小学"}}, "情景「停办乙小学」不在本页；本页有：无情景"),
        ({"valid_from": "明年"}, "施行日期是 明年"),
        ({"notes": ""}, "有不认识的项：notes"),
        ({"schools": some}, "2 个小区没有学校：a1小区、a2小区"),
        ({"schools": TODAY | {"x9": "s-yi"}}, "1 个小区不在本页：x9"),
        ({"schools": TODAY | {"a1": "s-ding"}}, "1 个小区的学校不在本页：a1小区 → s-ding"),
        ({"schools": TODAY | {"b1": "s-yi"}}, "1 个小区划给了不能划给的学校：b1小区 → 乙小学"),
        ({"schools": TODAY | {"d3": "s-yi、s-ding"}}, "1 个小区的学校不在本页：d3小区 → s-yi、s-ding"),
        ({"schools": TODAY | {"d2": "s-yi、s-bing"}}, "1 个小区划给了不能划给的学校：d2小区 → 乙小学、丙小学"),
        ({"comments": {"x9": "远"}}, "1 个写有意见的小区不在本页：x9"),
        ({"schools": some, "locked": ["x9"]}, "没有学校：a1小区、a2小区；1 个锁定的小区不在本页：x9"),
    ]
    for change, words in refused:
        bring(hands, tmp_path, json.dumps(good | change))
        assert hands.status().startswith("没有导入")
        assert words in hands.status()
    for text in ["", "{", "[]", "3", "null"]:
        bring(hands, tmp_path, text)
        assert "请选择本页或 zhaosheng 导出的 assignment.json" in hands.status()
    assert hands.file() == good
    assert hands.page.locator("#undo").is_disabled()


def test_a_reload_forgets_nothing_and_can_still_be_undone(opened):
    hands = opened(anew=True)
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
    assert hands.assignment() == TODAY


def test_leaving_asks_first_where_nothing_can_be_kept(opened):
    hands, asked = opened(anew=True), []
    hands.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    hands.page.evaluate(
        "let part = 'x'.repeat(1 << 20), n = 0; while (part.length)"
        " try { localStorage.setItem('full' + n++, part); } catch (e) { part = part.slice(part.length / 2 + 1); }"
    )
    hands.give("s-bing", "b2")
    hands.page.close(run_before_unload=True)
    hands.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    hands.page.evaluate("localStorage.clear()")
    hands.page.close()


def test_inside_a_sandbox_as_in_jupyterlab_it_works_without_storage(opened):
    hands = opened()
    hands.page.evaluate(
        "text => { const f = document.createElement('iframe'); f.sandbox = 'allow-scripts'; f.srcdoc = text;"
        " f.style = 'position:fixed;inset:0;width:100%;height:100%;z-index:9999'; document.body.append(f); }",
        report.redraw_page.page(hands.problem, [], title="图"),
    )
    frame = hands.page.frame_locator("iframe")
    frame.locator("#find").fill("b2小区")
    frame.locator("#find").press("Enter")
    frame.locator("#target").select_option(value=str(ORDER.index("s-bing")))
    frame.locator("#give").click()
    assert json.loads(frame.locator("#text").input_value())["schools"]["b2"] == "s-bing"


def test_five_thousand_units_are_drawn_selected_and_given(opened):
    made = big_town.board()
    page = report.redraw_page.html(made, title="大县学区调整", stage="小学", policy="办法", synthetic=True)
    hands = opened(html=page)
    units, scenario = made["units"], made["scenarios"][0]
    assert hands.page.locator("path.unit").count() == len(units) == 5041
    outlines = "[...document.querySelectorAll('path.unit')].map(path => path.getAttribute('d')).join('')"
    drawn, one = hands.page.evaluate(outlines), hands.page.locator("path.unit").nth(2600)
    assert drawn.count("M") == len(units)
    size = one.bounding_box()["width"]
    hands.page.locator(".leaflet-control-zoom-in").click()
    assert hands.page.evaluate(outlines) == drawn  # nothing is written anew: the picture as a whole is scaled
    assert one.bounding_box()["width"] == pytest.approx(size * 2**0.5, rel=0.1)
    hands.page.locator(".leaflet-control-zoom-out").click()
    before = hands.text()
    box = hands.page.locator("#map").bounding_box()
    hands.drag(box["x"] + 45, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    assert hands.page.locator("#picked").inner_text().startswith("已选 5041 个小区")
    hands.page.locator("#target").select_option(value="0")
    hands.page.locator("#give").click()
    assert "63 处没有移动" in hands.status()  # units that hold the other schools
    assert "连成一片" in hands.warning()
    children = [sum(member["pupils"][year] for member in scenario["members"]) for year in range(5)]
    held = [scenario["members"][school["row"]]["pupils"] for school in scenario["schools"][1:]]
    expected = [count - sum(row[year] for row in held) for year, count in enumerate(children)]
    assert hands.cells(0) == [f"{count:,} / 700" for count in expected]
    hands.page.locator("#undo").click()
    assert hands.text() == before


def test_parts_are_folded_on_the_screen_opened_by_their_link_and_whole_on_paper(window, tmp_path):
    inner = {"少动": "移动两个小区", "就近": "移动很多小区"}
    parts = [report.blocks.part(name, "一句话。", [report.blocks.text(told)]).data for name, told in inner.items()]
    head = {"title": "比较", "question": "", "headline": "", "facts": [], "synthetic": True}
    path = tmp_path / "options.html"
    path.write_text(
        report.pages.html(report.pages.Document("options", head, tuple(parts), (), "0", "2026-01-01")), encoding="utf-8"
    )
    page = window.context.new_page()
    page.goto(path.as_uri())
    assert [page.get_by_text(told).is_visible() for told in inner.values()] == [False, False]
    page.locator("nav a", has_text="就近").click()
    expect(page.get_by_text(inner["就近"])).to_be_visible()
    assert not page.get_by_text(inner["少动"]).is_visible()
    # A PDF of Chromium tells some characters by their radicals.
    sheets = [normalize("NFKC", sheet.extract_text()) for sheet in pypdf.PdfReader(io.BytesIO(page.pdf())).pages]
    page.close()
    assert all(told in "".join(sheets) for told in inner.values())
    assert all("示例数据" in sheet for sheet in sheets)
