"""One character of a notice, brought into simplified script and plain punctuation for matching; its place stays.

What is shown is always a slice of the text as it was written: 「昌寧街」 stays as it is, so does 「乾潭村」.
"""

import re
from functools import cache

from zhaosheng_analysis.schema import names

# Marks that notices use for the same thing, and the one the grammar knows. Each mark is one character on both sides.
MARKS = {
    "，﹐,": ",",
    "；﹔;": ";",
    "：﹕∶:": ":",
    "。｡": "。",
    "．": ".",
    "、﹑､+＋": "、",
    names.DOTS: "·",
    "（﹙〔〈": "(",
    "）﹚〕〉": ")",
    "【［〖[": "[",
    "】］〗]": "]",
    "｛": "{",
    "｝": "}",
    "“‘『「〝": "「",
    "”’』」〞〟": "」",
    "—–－‐‑‒―─━﹣ｰ⁃": "-",
    "～〜∼﹏": "~",
    "→⟶➔⇒➡": "→",
    "\u3000\u00a0\t\u2002\u2003\u200b\ufeff": " ",
    "\r\u2028\u2029\x0b\x0c": "\n",
}

ONE_FOR_DASH = re.compile(r"(?<=\d)一(?=\d)")  # 「1一4号」: a dash that was written as the numeral


def plain(text: str) -> str:
    """Return a text in simplified script and plain punctuation, character for character.

    Parameters
    ----------
    text : str
        In either script, in full or half width.

    Returns
    -------
    str
        A text of the same length; the character at a place is what stood there, made plain.
    """
    return ONE_FOR_DASH.sub("-", names.dotted(text.translate(_Plain.table())))


class _Plain(dict):
    """What each character becomes, worked out when it is first met."""

    @staticmethod
    @cache
    def table() -> "_Plain":
        """Return the one table."""
        return _Plain((ord(mark), plain_mark) for marks, plain_mark in MARKS.items() for mark in marks)

    def __missing__(self, code: int) -> str:
        character = names.simplified(names.half_width(chr(code)))
        self[code] = character
        return character
