"""Pictures of what a sentence came to."""

import pandas as pd

from tests.towns.zone_maps import line, square, toy
from zhaosheng_analysis import figures
from zhaosheng_analysis.sentences import placing


def test_a_picture_of_two_streets_that_do_not_meet_shows_both():
    streets = {"短街": line((1, 2), (1, 4)), "金融街": line((-4, 0), (4, 0))}
    district = toy(land=square(-5, -5, 5, 5), streets=streets)
    picture = figures.sentences.sentence(placing.place("短街以东、金融街以南", district), district)
    assert "短街与金融街在图上不相接，最近处相距 2000 米" in figures.style.message(picture)
    axes, _ = picture.axes
    assert [text.get_text() for text in axes.texts] == ["北", "短街", "金融街"]
    assert len(axes.lines) == 4  # each street as drawn and as prolonged


def test_a_street_without_such_a_side_is_shown():
    loop = line((0, -1), (0, 1), (1, 1), (1, 0), (-1, 0))
    district = toy(land=square(-5, -5, 5, 5), streets={"环路": loop})
    picture = figures.sentences.sentence(placing.place("环路以东", district), district)
    assert "环路是一条环路" in figures.style.message(picture)
    assert [text.get_text() for text in picture.axes[0].texts] == ["北", "环路"]


def written(picture):
    """Return the words on the map of a picture."""
    return [text.get_text() for text in picture.axes[0].texts if text.get_text() != "北"]


def test_a_sentence_that_was_placed_says_its_area_and_the_metres_that_were_added():
    streets = {"滨河路": line((0, -2), (0, 4)), "金融街": line((-5, 0), (5, 0))}
    text = "滨河路以西、金融街以南"
    district = toy(land=square(-5, -5, 5, 5), streets=streets)
    picture = figures.sentences.sentence(placing.place(text, district), district)
    assert figures.style.message(picture).startswith(f"「{text}」：25.00 平方公里")
    assert written(picture) == ["滨河路", "金融街", "补 3000 米"]


def test_what_a_doubt_is_about_is_outlined_and_what_is_known_of_a_refused_side_is_drawn():
    units = {"甲苑": square(0, 0, 1, 1), "乙苑": square(1, 0, 2, 1)}
    doors = pd.DataFrame(
        [("u0", "青云路", 1, 49, "all"), ("u1", "青云路", 51, 99, "all")],
        columns=["unit_id", "street", "low_n", "high_n", "parity"],
    )
    streets = {"滨河路": line((0, -2), (0, 4))}
    district = toy(land=square(-5, -5, 5, 5), streets=streets, units=units, tables={"doors": doors})
    assert "乙苑？" in written(figures.sentences.sentence(placing.place("青云路1-60号", district), district))
    assert written(figures.sentences.sentence(placing.place("滨河路以西、无名街以南", district), district)) == [
        "滨河路"
    ]
