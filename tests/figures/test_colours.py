"""Colours that mean something stay apart for every kind of colour vision, and words on them can be read.

Colour vision is simulated after Machado, Oliveira and Fernandes (2009); contrast is that of WCAG 2.
"""

import itertools

import numpy as np
import pytest

from zhaosheng_analysis import texts
from zhaosheng_analysis.figures import admission, forecast, redraw, style

VISION = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
APART = 18  # CIE 1976 difference; about eight times what a trained eye can just tell
READABLE = 4.5  # WCAG 2, level AA
LEVELS = ("green", "yellow", "orange", "red")
PAIRS = {
    "more and less": (forecast.MORE, forecast.LESS),
    "gain and loss": (redraw.GAIN, redraw.LOSS),
    "demand and seats": (style.DEMAND, style.SEATS),
    "seats and none": (admission.ENDS["公办录取"], admission.ENDS["未录取"]),
    **{
        f"{one} and {other}": tuple(texts.labels.book()["tones"][level]["fill"] for level in (one, other))
        for one, other in itertools.combinations(LEVELS, 2)
    },
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    share = TO_XYZ @ light / WHITE
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def difference(one: str, other: str, vision: str) -> float:
    seen = [lab(np.clip(np.array(VISION[vision]) @ linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def contrast(one: str, other: str) -> float:
    light = sorted((float(TO_XYZ[1] @ linear(colour)) for colour in (one, other)), reverse=True)
    return (light[0] + 0.05) / (light[1] + 0.05)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("pair", PAIRS)
def test_what_differs_in_meaning_differs_for_every_eye(pair, vision):
    assert difference(*PAIRS[pair], vision) >= APART


def test_words_on_a_tone_can_be_read():
    tones = texts.labels.book()["tones"]
    assert not {name: tone for name, tone in tones.items() if contrast(tone["fill"], tone["ink"]) < READABLE}


def test_the_graver_the_darker_so_that_a_black_and_white_print_keeps_the_order():
    fills = [texts.labels.book()["tones"][level]["fill"] for level in LEVELS]
    lightness = [lab(linear(fill))[0] for fill in fills]
    assert all(one - other > 8 for one, other in itertools.pairwise(lightness[1:])), lightness
    assert lightness[0] > lightness[1]
