"""Figures: the message is computed from the tables, Chinese is drawn, matplotlib's settings stay as they were."""

import matplotlib as mpl
import pytest

from tests.towns import hand_made
from zhaosheng_analysis import figures


def pictures():
    """Return every figure of the town."""
    district, alerts, outlook = hand_made.town(), hand_made.alerts(), hand_made.outlook()
    return {
        "district": figures.alerts.district_outlook(outlook, district),
        "schools": figures.alerts.school_outlook(outlook, alerts, district),
        "classes": figures.alerts.class_sizes(alerts, district, hand_made.rules()),
    }


def words(figure) -> list[str]:
    """Return every text of a figure that is shown."""
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_visible() and text.get_text()]


def test_the_title_is_the_message_with_numbers_counted_by_hand():
    said = {name: figures.style.message(figure) for name, figure in pictures().items()}
    # 180 → 160 entrants in primary, 95 → 99 in junior; 甲 lacks 30 in 2026 and seats in all three years.
    assert said["district"] == "2026—2028 年，小学新生减少 11%，初中新生增加 4%"
    assert said["schools"] == "甲小学缺口最大：2026 年缺 30 个学位，预测的 3 年中 3 年不足"
    assert said["classes"] == "2026 年若不分流，1 所学校起始年级平均班额达到 56 人及以上"


@pytest.mark.parametrize("name", ["district", "schools", "classes"])
def test_every_figure_says_its_unit_its_source_and_that_it_is_made_up(name):
    text = " ".join(words(pictures()[name]))
    assert "示例数据" in text
    assert "截至 2025-11-30" in text
    assert "人" in text


def test_every_letter_of_every_figure_is_in_the_font():
    from matplotlib.ft2font import FT2Font

    known = FT2Font(str(figures.style.font_file())).get_charmap()
    letters = set("".join(text for figure in pictures().values() for text in words(figure))) - {"\n"}
    assert not {letter for letter in letters if ord(letter) not in known}


def test_drawing_leaves_the_settings_of_matplotlib_alone():
    before = dict(mpl.rcParams)
    pictures()
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_bytes():
    first, second = pictures()["schools"], pictures()["schools"]
    assert figures.style.svg(first) == figures.style.svg(second) == figures.style.svg(first)
    assert figures.style.png(first) == figures.style.png(second)


def test_the_line_of_seats_and_the_line_of_demand_carry_the_numbers_of_the_table():
    axes = pictures()["schools"].axes[0]
    lines = [list(line.get_ydata()) for line in axes.lines]
    assert lines == [[120, 130, 110], [90, 90, 90]]
