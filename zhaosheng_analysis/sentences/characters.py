"""One character of a notice, brought into simplified script and plain punctuation for matching; its place stays.

What is shown is always a slice of the text as it was written: 「昌寧街」 stays as it is, so does 「乾潭村」.
"""

from functools import cache

# Marks that notices use for the same thing, and the one the grammar knows. Each mark is one character on both sides.
MARKS = {
    "，﹐,": ",",
    "；﹔;": ";",
    "：﹕∶:": ":",
    "。｡": "。",
    "．": ".",
    "、﹑､・": "、",
    "（﹙〔": "(",
    "）﹚〕": ")",
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
# 乾 (乾潭), 於 (於陵), 夥 … are characters of the simplified standard too, where they are not short for another one.
# The old standard character set tells which; 後 alone got into it by mistake.
ALSO_SIMPLIFIED = "gb2312"
NEVER_SIMPLIFIED = "後"


def plain(text: str) -> str:
    """Return a text in simplified script and plain punctuation, character for character.

    Parameters
    ----------
    text : in either script, in full or half width.

    Returns
    -------
    A text of the same length; the character at a place is what stood there, made plain.
    """
    return text.translate(_Plain.table())


class _Plain(dict):
    """What each character becomes, worked out when it is first met."""

    @staticmethod
    @cache
    def table() -> "_Plain":
        """Return the one table."""
        return _Plain((ord(mark), plain_mark) for marks, plain_mark in MARKS.items() for mark in marks)

    def __missing__(self, code: int) -> str:
        character = _simplified(_half_width(chr(code)))
        self[code] = character
        return character


def _half_width(character: str) -> str:
    """Return a full-width letter or digit in its usual width."""
    return chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character


def _simplified(character: str) -> str:
    """Return a traditional character in simplified script; one that would become two, or is simplified too, stays."""
    if character.isascii() or (_encodable(character) and character != NEVER_SIMPLIFIED):
        return character
    converted = _converter().convert(character)
    return converted if len(converted) == 1 else character


def _encodable(character: str) -> bool:
    try:
        character.encode(ALSO_SIMPLIFIED)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter():
    """Return the converter from traditional to simplified script."""
    import opencc

    return opencc.OpenCC("t2s")
