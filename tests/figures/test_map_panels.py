"""A bar and an arrow say how large a map is and where north lies."""

import pytest
from matplotlib.figure import Figure

from zhaosheng_analysis.figures import map_panels


@pytest.mark.parametrize(("wide_m", "words"), [(2500, "500 米"), (9000, "2 公里"), (40_000, "10 公里"), (300, "50 米")])
def test_a_bar_says_its_length_in_the_metres_of_the_map(wide_m, words):
    axes = Figure().subplots()
    axes.set_xlim(500_000, 500_000 + wide_m)
    axes.set_ylim(0, wide_m)
    map_panels.scale(axes)
    (bar,) = axes.artists
    metres = float(words.split()[0]) * {"米": 1, "公里": 1000}[words.split()[1]]
    assert bar.txt_label.get_text() == words
    assert bar.size_bar.get_children()[0].get_width() == metres
    assert wide_m / 10 < metres <= wide_m / 4
    assert [text.get_text() for text in axes.texts] == ["北"]
