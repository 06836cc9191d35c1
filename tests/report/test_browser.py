"""The report in Chromium with the network off: shapes, Chinese text, slider, click, keyboard; no request, no error."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.towns import hand_made
from tests.towns.warning_report import HOSTILE, document
from zhaosheng_analysis import report


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a report from a file and the lists of its requests and errors."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 1000})
    page, requests, errors = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def show(*more, **options):
        made = document(**options)
        path = tmp_path / "report.html"
        whole = replace(made, blocks=(*made.blocks, *(block.data for block in more)))
        path.write_text(report.pages.html(whole), encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield show
    assert not errors
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1
    context.close()


def fills(page) -> dict[str, str]:
    """Return the fill of every school's dot by the name in its label."""
    dots = page.locator("path.zs-dot")
    labels = [dots.nth(i).get_attribute("aria-label") for i in range(dots.count())]
    return {label.split("，")[0]: dots.nth(i).get_attribute("fill") for i, label in enumerate(labels)}


def test_the_shapes_and_the_chinese_text_are_there(opened):
    page = opened()
    assert page.locator("path.zs-zone").count() == 2
    assert page.locator("h1").inner_text() == "示范县义务教育学位预警报告"
    assert "示例数据" in page.locator(".synthetic").inner_text()
    shown = page.locator(".zs-label").all_inner_texts()
    assert {"甲小学", "乙小学", "中街"} <= set(shown)


def test_colour_follows_the_level_of_the_year(opened):
    page = opened()
    red, yellow = "#a31621", "#f4d35e"
    assert fills(page)["甲小学"] == red
    page.get_by_role("radio", name="初中").check()
    assert fills(page) == {"丙中学": yellow}
    page.get_by_label("入学年份", exact=True).fill("1")
    assert page.locator(".zs-shown").inner_text() == "2027 年"
    assert fills(page) == {"丙中学": red}


def test_a_click_on_a_school_shows_its_numbers(opened):
    page = opened()
    page.locator("path.zs-dot").first.click()
    panel = page.locator(".zs-side").inner_text()
    assert "甲小学" in panel
    assert "110–130" in panel
    assert "中街以西" in panel


def test_numbers_of_the_school_a_sentence_names_stand_beside_it(opened):
    page = opened()
    sentence = page.locator(".decisions li").filter(has=page.locator("button"))
    sentence.get_by_role("button", name="甲小学（小学）").click()
    assert sentence.get_by_role("button").get_attribute("aria-pressed") == "true"
    beside = page.locator(".beside")
    assert beside.locator("h3").inner_text() == "甲小学（小学）"
    year, demand, interval, seats, _, missing = beside.locator("tbody tr").first.inner_text().split()
    assert year == "2026"
    assert f"缺 {missing} 个学位" in sentence.inner_text()
    assert f"预计入学 {demand} 人（80% 区间 {interval}），计划 {seats} 个学位" in sentence.inner_text()
    words, numbers = sentence.bounding_box(), beside.bounding_box()
    assert numbers["x"] > words["x"] + words["width"]


def test_a_click_on_a_zone_shows_its_school(opened):
    page = opened()
    zone = page.locator("path.zs-zone").nth(1)
    box = zone.bounding_box()
    zone.click(position={"x": box["width"] * 0.8, "y": box["height"] * 0.8})
    assert "乙小学" in page.locator(".zs-side h3").inner_text()


def test_the_keyboard_is_enough(opened):
    page = opened()
    page.locator("path.zs-dot").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".zs-side h3").inner_text() == "乙小学"
    page.locator(".zs-year").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".zs-shown").inner_text() == "2027 年"
    page.locator(".zs-find").select_option(label="甲小学")
    assert page.locator(".zs-side h3").inner_text() == "甲小学"


def test_labels_do_not_cover_each_other(opened):
    page = opened()
    boxes = [label.bounding_box() for label in page.locator(".zs-label").all()]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            apart |= one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert apart


def test_a_hostile_name_does_nothing_but_stand_there(opened):
    page = opened(west_name=HOSTILE)
    assert page.locator("b").count() == 0
    page.locator("path.zs-dot").first.click()
    assert page.locator(".zs-side h3").inner_text() == HOSTILE
    assert hand_made.town(west_name=HOSTILE).schools["name"].iloc[0] == HOSTILE


def column(page, title: str, at: int) -> list[str]:
    """Return what stands in a column of a table, in the rows that are shown."""
    table = page.locator("table.data", has=page.locator("caption", has_text=title)).first
    return [row.locator("td").nth(at).inner_text() for row in table.locator("tbody tr").all() if row.is_visible()]


def test_a_heading_sorts_up_down_and_back_and_what_is_not_there_stays_last(opened):
    page = opened()
    table = page.locator("table.data", has=page.locator("caption", has_text="各校逐年级别")).first
    printed, heading = column(page, "各校逐年级别", 2), table.locator("th").nth(2)
    numbers = sorted(float(text.split()[-1].rstrip("%")) for text in printed if text != "—")
    for way, order in (("ascending", numbers), ("descending", numbers[::-1])):
        heading.get_by_role("button").focus()
        page.keyboard.press("Enter")
        now = column(page, "各校逐年级别", 2)
        assert heading.get_attribute("aria-sort") == way
        assert [float(text.split()[-1].rstrip("%")) for text in now[: len(order)]] == order
        assert set(now[len(order) :]) <= {"—"}
    heading.get_by_role("button").click()
    assert column(page, "各校逐年级别", 2) == printed


def test_a_word_above_a_long_table_filters_its_rows_and_none_above_a_short_one(opened):
    many = pd.DataFrame({"学校": [f"第{number}小学" for number in range(1, 31)], "人数": range(30)})
    page = opened(report.rendering.show(many, title="三十所学校"), report.rendering.show(many[:5], title="五所学校"))
    assert len(column(page, "五所学校", 0)) == 5
    boxes = page.get_by_role("searchbox", name="只看含有")
    before = boxes.count()
    box = boxes.last
    box.fill("第2")
    assert column(page, "三十所学校", 0) == ["第2小学", *(f"第{number}小学" for number in range(20, 30))]
    assert page.get_by_role("status").last.inner_text() == "11 / 30 行"
    box.fill("")
    assert len(column(page, "三十所学校", 0)) == 30
    assert before == sum(len(table.locator("tbody tr").all()) > 12 for table in page.locator("table.data").all())
