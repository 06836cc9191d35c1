"""Names as they are compared: one script, one interpunct, one width, whoever typed them.

丰园・東區 and 丰园·东区 are one place. Only how a name is written is evened out; which names mean the same place is for
an alias to say.
"""

import re
from functools import cache

#: One interpunct is written with several code points (W3C clreq, issue 512) …
DOTS = "•‧・∙⋅"
# … and a full stop between two 汉字 is one more way.
_STOP = re.compile("(?<=[\u4e00-\u9fff])[.．](?=[\u4e00-\u9fff])")
# 乾 (乾潭), 於 (於陵), 夥 … are characters of the simplified standard too, where they are not short for another one.
# The old standard character set tells which; 後 alone got into it by mistake.
_ALSO_SIMPLIFIED = "gb2312"
_NEVER_SIMPLIFIED = "後"


def plain(text: str) -> str:
    """Return a name, or a text with names in it, as it is compared; as long as it was, so that places stay.

    Parameters
    ----------
    text : str
        As somebody wrote it.

    Returns
    -------
    str
        In simplified script, with the interpunct ·, letters, digits and marks in half width.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.names.plain("丰园・東區Ａ座")
    '丰园·东区A座'
    """
    return dotted("".join(map(_evened, text)))


def dotted(text: str) -> str:
    """Return a text with a full stop between two 汉字 as the interpunct it stands for.

    Parameters
    ----------
    text : str
        A text.

    Returns
    -------
    str
        As long as it was.
    """
    return _STOP.sub("·", text)


@cache
def _evened(character: str) -> str:
    return "·" if character in DOTS else simplified(half_width(character))


def half_width(character: str) -> str:
    """Return a full-width letter, digit or mark in its usual width.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    str
        One character.
    """
    return chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character


def simplified(character: str) -> str:
    """Return a traditional character in simplified script; one that would become two, or is simplified too, stays.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    str
        One character.
    """
    if character.isascii() or (_is_encodable(character) and character != _NEVER_SIMPLIFIED):
        return character
    converted = _converter().convert(character)
    return converted if len(converted) == 1 else character


def _is_encodable(character: str) -> bool:
    try:
        character.encode(_ALSO_SIMPLIFIED)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> object:
    """Return the converter from traditional to simplified script."""
    import opencc

    return opencc.OpenCC("t2s")
