"""Names as they are compared: one script, one interpunct, one width, whoever typed them.

丰园・東區 and 丰园·东区 are one place. Only how a name is written is evened out; which names mean the same place is for
an alias to say.
"""

import re
from functools import cache

# One interpunct is written with five code points (W3C clreq, issue 512); a full stop between two 汉字 is a sixth way.
_DOTS = str.maketrans(dict.fromkeys("•‧・∙⋅", "·"))
_DOT = re.compile("(?<=[\u4e00-\u9fff])[.．](?=[\u4e00-\u9fff])")
_LETTERS = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))  # full-width digits and letters
_HALF_WIDTH = str.maketrans({chr(code): chr(code - 0xFEE0) for code in _LETTERS})


def plain(text: str) -> str:
    """Return a name, or a text with names in it, as it is compared; as long as it was, so that places stay.

    Parameters
    ----------
    text : str
        As somebody wrote it.

    Returns
    -------
    str
        In simplified script, with the interpunct ·, digits and letters in half width.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.names.plain("丰园・東區Ａ座")
    '丰园·东区A座'
    """
    return _DOT.sub("·", "".join(map(_simplified, text))).translate(_DOTS).translate(_HALF_WIDTH)


@cache
def _converter() -> object:
    """Return the converter from traditional to simplified script."""
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _simplified(character: str) -> str:
    """Return one character in simplified script; a character that would become two stays as it is."""
    converted = _converter().convert(character)
    return converted if len(converted) == 1 else character
