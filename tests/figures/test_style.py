"""A picture is the same bytes wherever its parts lie in memory, and clips nothing of another one in its page."""

import re

from zhaosheng_analysis.figures import style


def drawn(heights):
    with style.style():
        page, (axes,) = style.sheet("题", "来源", height_inch=2)
        axes.bar(range(len(heights)), heights)
        axes.plot(heights)
    return style.svg(page)


def test_the_same_picture_is_the_same_bytes():
    keep = [drawn([1, 2]), [object() for _ in range(1000)], drawn([1, 2])]
    assert keep[0] == keep[2]


def test_clips_are_named_and_found_within_one_picture_only():
    one, other = drawn([1, 2]), drawn([2, 1])
    named = [set(re.findall(r'<clipPath id="([^"]+)"', picture)) for picture in (one, other)]
    asked = [set(re.findall(r"url\(#([^)]+)\)", picture)) for picture in (one, other)]
    assert named[0] >= asked[0] > set()
    assert named[1] >= asked[1]
    assert not named[0] & named[1]
