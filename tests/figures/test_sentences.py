"""Pictures of what a sentence came to."""

from tests.towns.zone_maps import demo, line, square, toy
from zhaosheng_analysis import figures
from zhaosheng_analysis.sentences import placing


def test_a_picture_of_two_streets_that_do_not_meet_shows_both():
    streets = {"短街": line((1, 2), (1, 4)), "金融街": line((-4, 0), (4, 0))}
    district = toy(land=square(-5, -5, 5, 5), streets=streets)
    picture = figures.sentences.sentence(placing.place("短街以东、金融街以南", district), district)
    assert "短街与金融街在图上不相接，最近处相距 2000 米" in figures.style.message(picture)
    axes, _ = picture.axes
    assert [text.get_text() for text in axes.texts] == ["短街", "金融街"]
    assert len(axes.lines) == 4  # each street as drawn and as prolonged


def test_a_street_without_such_a_side_is_shown():
    loop = line((0, -1), (0, 1), (1, 1), (1, 0), (-1, 0))
    district = toy(land=square(-5, -5, 5, 5), streets={"环路": loop})
    picture = figures.sentences.sentence(placing.place("环路以东", district), district)
    assert "环路是一条环路" in figures.style.message(picture)
    assert [text.get_text() for text in picture.axes[0].texts] == ["环路"]


def test_a_sentence_that_was_placed_says_its_area():
    district = demo("laoting")
    text = "滨河路以西、金融街以北的城区"
    picture = figures.sentences.sentence(placing.place(text, district), district)
    assert figures.style.message(picture).startswith(f"「{text}」：")
