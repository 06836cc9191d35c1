"""Check the numbers a roll is kept by: national student numbers (全国学籍号); those with G hold a citizen number.

Comes in: a column of numbers as text. Goes out: one row a number saying whether it is well-formed, and the birth date
and sex written in it. The first six digits name the county of *first* registration, which may be abolished by now and
says nothing about where a child lives; they are never compared with a code table.
"""

import re

import numpy as np
import pandas as pd

# GB 11643-1999, 4.2: weights of the first 17 digits; the remainder modulo 11 names the check character.
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))
_CITIZEN_LENGTH = 18
# A citizen number within a text, in half or full width: county, year, month, day, serial and check character.
_WRITTEN = re.compile(
    r"(?<![0-9０-９A-Za-z])([GJLgjl]?)([0-9０-９]{6})(?:[1１][8９89]|[2２][0０])[0-9０-９]{2}(?:[0０][1-9１-９]|[1１][0-2０-２])"
    r"(?:[0０][1-9１-９]|[1１2２][0-9０-９]|[3３][01０１])[0-9０-９]{2}([0-9０-９][0-9０-９XxＸｘ])(?![0-9０-９A-Za-z])"
)
_LONG = r"[0-9０-９]{15}"  # anything shorter is no identity number
_SHORT = r"[0-9０-９]{6}…[0-9０-９][0-9０-９XxＸｘ]"
FAULTS = {
    "form": "不是 G、J、L 开头的 19 位学籍号",
    "birth": "号码中的出生日期不存在",
    "check": "校验码不符",
}


def check_characters(bodies: pd.Series) -> pd.Series:
    """Return the check character of each 17-digit body of a citizen number (GB 11643-1999).

    Parameters
    ----------
    bodies : Series of str
        Exactly 17 digits each.

    Returns
    -------
    Series of str
        One character each, ``0``-``9`` or ``X``, on the same index.
    """
    if bodies.empty:
        return pd.Series(index=bodies.index, dtype="str")
    digits = _letters(bodies, 17) - ord("0")
    return pd.Series(CHECKS[digits @ WEIGHTS % 11], index=bodies.index, dtype="str")


def students(numbers: pd.Series) -> pd.DataFrame:
    """Judge national student numbers of 19 characters.

    ``G`` + citizen number; ``J`` + county (6) + birth (8) + serial (3) + check character; ``L`` + county + birth + four
    random digits, a temporary number without a check character.

    Parameters
    ----------
    numbers : Series of str
        Numbers as written; a missing one is not judged.

    Returns
    -------
    DataFrame
        On the same index: fault ("", form, birth or check), birth_on, and sex, which only a G number says.
    """
    text = numbers.astype("str")
    checked = text.str.fullmatch(r"[GJ]\d{17}[\dX]", na=False)
    formed = checked | text.str.fullmatch(r"L\d{18}", na=False)
    judged = _judged(text.str[1:].where(formed), formed, checked=checked, given=numbers.notna())
    judged["sex"] = judged["sex"].where(text.str.startswith("G", na=False))
    return judged


def citizens(numbers: pd.Series) -> pd.Series:
    """Tell which numbers are citizen numbers (GB 11643-1999): 18 characters, a real date of birth, the right check.

    Parameters
    ----------
    numbers : pd.Series
        Text; a student number that begins with G holds a citizen number and counts as one.

    Returns
    -------
    pd.Series
        Bool, on the same index; a missing number is none.
    """
    long = numbers.astype("str").str.len() >= _CITIZEN_LENGTH
    if not long.any():
        return long.astype(bool)
    text = numbers.astype("str").str.upper().str.removeprefix("G")
    formed = text.str.fullmatch(r"\d{17}[\dX]", na=False)
    if not formed.any():
        return formed
    judged = _judged(text.where(formed), formed, checked=formed, given=formed)
    return formed & judged["fault"].eq("")


def masked(numbers: pd.Series) -> pd.Series:
    """Hide everything of a number but its kind and its last two characters.

    Parameters
    ----------
    numbers : Series of str
        Numbers as written.

    Returns
    -------
    Series of str
        The masked numbers on the same index; （空） where there is none.
    """
    text = numbers.astype("str")
    return (text.str[:1] + "…" + text.str[-2:]).where(numbers.notna(), "（空）")


def hidden(text: str) -> str:
    """Return a text in which every identity number is shortened to its first six and last two characters.

    Parameters
    ----------
    text : str
        A message, a cell, a line of a log.

    Returns
    -------
    str
        The text; what only looks like a number of 18 digits, without a date of birth in it, stays.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.student_numbers.hidden("第 3 行：11010519491231002X 重复")
    '第 3 行：110105…2X 重复'
    """
    return _WRITTEN.sub(r"\1\2…\3", text)


def without(texts: pd.Series) -> pd.Series:
    """Shorten the identity numbers in a column of texts, as `hidden` does.

    Parameters
    ----------
    texts : Series of str
        Free words, some of them missing.

    Returns
    -------
    Series of str
        On the same index.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.student_numbers.without(pd.Series(["张三11010519491231002X，", None])).to_list()
    ['张三110105…2X，', nan]
    """
    some = texts.str.contains(_LONG, na=False)
    return texts.mask(some, texts[some].map(hidden)) if some.any() else texts


def shortened(texts: pd.Series) -> int:
    """Count the texts in which an identity number was shortened.

    Parameters
    ----------
    texts : Series of str
        Free words, as `without` returns them.

    Returns
    -------
    int
        How many.
    """
    some = texts.str.contains("…", regex=False, na=False)
    return int(texts[some].str.contains(_SHORT).sum()) if some.any() else 0


def _judged(text: pd.Series, formed: pd.Series, *, checked: pd.Series, given: pd.Series) -> pd.DataFrame:
    """Find what is wrong with 18-character bodies; those not well-formed are missing in `text`."""
    born = pd.to_datetime(text.str[6:14], format="%Y%m%d", errors="coerce")
    right = pd.Series(True, index=text.index)
    bodies = text[checked].str[:17]
    right[bodies.index] = check_characters(bodies) == text[checked].str[17]
    fault = np.select([~given, ~formed, born.isna(), ~right], ["", "form", "birth", "check"], default="")
    odd = pd.to_numeric(text.str[16], errors="coerce") % 2 == 1
    sex = pd.Series(np.where(odd, "male", "female"), index=text.index, dtype="str").where(formed)
    return pd.DataFrame({"fault": pd.Series(fault, index=text.index, dtype="str"), "birth_on": born, "sex": sex})


def _letters(text: pd.Series, length: int) -> np.ndarray:
    """Return texts of one length as an array of character codes, one row a text."""
    packed = np.array(text.tolist(), dtype=f"S{length}")
    return packed.view(np.uint8).reshape(len(packed), length).astype(np.int64)
