"""The map's data: metres from the corner, levels by school and year, and nothing that could break out of the page."""

import json
import re

from tests.towns import hand_made
from zhaosheng_analysis import figures, report


def content(**options) -> dict:
    """Return the map data of the town."""
    return figures.maps.data(hand_made.town(**options), hand_made.alerts(**options))


def test_coordinates_are_metres_from_the_south_west_corner_north_first():
    data = content()
    assert data["boundary"] == [[[[0, 4000], [2000, 4000], [2000, 0], [0, 0], [0, 4000]]]]
    places = {school["name"]: school["at"] for school in data["schools"]}
    assert places == {"甲小学": [1200, 800], "乙小学": [900, 3100], "丙中学": [500, 2300]}
    assert data["streets"][0]["line"] == [[0, 2000], [2000, 2000]]


def test_a_school_carries_its_levels_and_written_numbers_by_year():
    data = content()
    west = next(school for school in data["schools"] if school["name"] == "甲小学")
    assert [west["years"][year]["level"] for year in ("2026", "2027", "2028")] == ["red"] * 3
    numbers = dict(zip([label for _, label in data["numbers"]], west["years"]["2026"]["numbers"], strict=True))
    assert numbers["预计入学（人）"] == "120"
    assert numbers["80% 区间（人）"] == "110–130"
    assert numbers["户籍学位比"] == "127.7%"  # 115 registered for 90 seats are 127.77… %, rounded down
    assert numbers["缺学位"] == "30"
    assert west["years"]["2026"]["cut"] == "第2类（甲）"


def test_a_zone_leads_to_its_school_and_small_zones_lie_on_top_of_large_ones():
    zones = content()["zones"]
    assert [zone["name"] for zone in zones] == ["丙中学学区", "甲小学学区", "乙小学学区"]
    assert [zone["schools"] for zone in zones] == [["b1"], ["j1"], ["y1"]]


def test_the_order_of_the_rows_changes_nothing():
    district, alerts = hand_made.town(), hand_made.alerts()
    assert figures.maps.data(district, alerts) == figures.maps.data(district, alerts.sample(frac=1, random_state=1))


def test_a_name_cannot_end_the_script_it_stands_in():
    name = "甲</script><script>alert(1)</script>"
    page = report.templating.page(content(west_name=name), title=name)
    assert "<script>alert" not in page
    inside = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1]
    assert name in {school["name"] for school in json.loads(inside)["schools"]}


def test_the_page_asks_for_nothing():
    page = report.templating.page(content(), title="图")
    assert "sourceMappingURL" not in page
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!#)', markup)
    assert "url(" not in markup


def test_the_still_names_every_school_and_every_level():
    still = figures.maps.still(hand_made.town(), hand_made.alerts())
    import matplotlib as mpl

    words = {text.get_text() for text in still.findobj(mpl.text.Text)}
    assert {"甲小学", "乙小学", "丙中学", "小学", "初中"} <= words
    assert any(word.startswith("红：") for word in words)
