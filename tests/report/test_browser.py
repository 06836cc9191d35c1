"""The report in Chromium with the network off: shapes, Chinese text, slider, click, keyboard; no request, no error."""

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

    def show(**options):
        path = tmp_path / "report.html"
        path.write_text(report.pages.html(document(**options)), encoding="utf-8")
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


def test_a_click_on_a_zone_shows_its_school(opened):
    page = opened()
    zone = page.locator("path.zs-zone").nth(1)
    box = zone.bounding_box()
    zone.click(position={"x": box["width"] * 0.8, "y": box["height"] * 0.8})
    assert "乙小学" in page.locator(".zs-side h4").inner_text()


def test_the_keyboard_is_enough(opened):
    page = opened()
    page.locator("path.zs-dot").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".zs-side h4").inner_text() == "乙小学"
    page.locator(".zs-year").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".zs-shown").inner_text() == "2027 年"
    page.locator(".zs-find").select_option(label="甲小学")
    assert page.locator(".zs-side h4").inner_text() == "甲小学"


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
    assert page.locator(".zs-side h4").inner_text() == HOSTILE
    assert hand_made.town(west_name=HOSTILE).schools["name"].iloc[0] == HOSTILE
