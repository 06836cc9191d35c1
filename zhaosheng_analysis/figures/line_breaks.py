"""Where the lines of a Chinese sentence end that is too long for one."""

import re
import unicodedata

TITLE_WIDTH = 42  # Chinese characters a line
CLOSING = "，。；：、）」”"


def lines(text: str, most: float = TITLE_WIDTH) -> list[str]:
    """Break a Chinese sentence into even lines above a picture; numbers and brackets stay with what follows.

    Parameters
    ----------
    text : str
        The title.
    most : float, default TITLE_WIDTH
        Widest line, in Chinese letters.

    Returns
    -------
    list of str
        Its lines.
    """
    rows = _filled(text, most)
    while len(rows) > 1 and most > TITLE_WIDTH / 2 and len(_filled(text, most - 1)) == len(rows):
        most -= 1
        rows = _filled(text, most)
    return rows


def _filled(text: str, most: float) -> list[str]:
    """Break a sentence where a line is full."""
    lines, width = [""], 0.0
    for word in re.findall(r"[（「“]?(?:[\x21-\x7e]+ ?|.)", text):
        wide = sum(1.0 if unicodedata.east_asian_width(character) in "WF" else 0.55 for character in word)
        if width + wide > most and word not in CLOSING:
            lines.append("")
            width = 0.0
        lines[-1] += word if lines[-1] else word.lstrip()
        width += wide
    return lines
