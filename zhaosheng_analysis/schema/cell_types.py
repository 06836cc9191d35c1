"""What a cell may hold: text as planners write it becomes a number, a date, a yes or no, or is left unread.

Comes in: one column as text. Goes out: the same column, typed, with a missing value wherever the text could not be
read. Ids, numbers and dates are normalised (full-width digits, NFKC); names are kept as written.
"""

import unicodedata
from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.schema.moments import moment

DTYPES = {
    "id": "str",
    "text": "str",
    "ids-list": "str",
    "choice": "str",
    "whole": "Int64",
    "number": "float64",
    "share": "float64",
    "metres": "float64",
    "date": "datetime64[us]",
    "timestamp": "datetime64[us]",
    "flag": "boolean",
    "list": "object",
    "geometry": "geometry",
}
ALLOWED = {
    "id": "须为编号，不含看不见的字符",
    "text": "须为文字",
    "ids-list": "须为文字，多项用顿号隔开",
    "whole": "须为整数",
    "number": "须为数字",
    "share": "须为 0 到 1 之间的小数",
    "metres": "须为以米计的数字",
    "date": "须为真实存在的日期，写成 2019-08-31、2019/8/31、2019年8月31日 或 20190831",
    "timestamp": "须为日期加时间，写成 2019-08-31 09:00 或 2019-08-31 09:00:00",
    "flag": "须为 是 或 否",
    "list": "须为编号的列表",
    "geometry": "须为图形",
}
# What nobody sees in an id: control characters, zero-width ones, marks of direction, other line ends.
UNSEEN = "[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
_FLAGS = {
    **dict.fromkeys(("是", "true", "1", "yes", "y", "t", "有", "对", "√", "✓", "✔", "☑"), True),
    **dict.fromkeys(("否", "false", "0", "no", "n", "f", "无", "没有", "错", "×", "✗", "✘"), False),
}
# What national sheets and offices write for a word of a closed list; 1 and 2 are the codes of GB/T 2261.1.
_SAME = {
    "男": ("1", "M", "male", "男性", "男生", "男孩", "男童"),
    "女": ("2", "F", "female", "女性", "女生", "女孩", "女童"),
    "小学": ("小学部", "小学段", "小学阶段"),
    "初中": ("初中部", "初中段", "初中阶段", "初级中学", "完全中学"),
    "九年一贯": ("九年一贯制", "九年制", "十二年一贯", "十二年一贯制"),
    "公办": ("公立", "公办学校"),
    "民办": ("私立", "民办学校"),
}
_UNITS = {
    "人": "人名位",
    "班": "班个",
    "套": "套",
    "年": "年",
    "米": "米m",
    "元": "元",
    "间": "间",
    "份": "份",
    "次": "次",
}
_NESTED = (bytes, bytearray, list, tuple, dict, set, np.ndarray)
_TEXTS = ("id", "ids-list", "text")
_LARGEST = 2**63 - 1  # of the whole numbers of a table
_WHOLE = r"[+-]?(?:\d{1,18}|\d{1,3}(?:,\d{3})+)(?:\.0+)?"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"


def nested(cells: pd.Series) -> pd.Series:
    """Tell of each cell whether it holds no single value but a list, a table or bytes, as a foreign Parquet file may.

    Parameters
    ----------
    cells : Series
        Values of any type.

    Returns
    -------
    Series of bool
        On the same index.
    """
    if cells.dtype != object:
        return pd.Series(False, index=cells.index)
    return pd.Series([isinstance(cell, _NESTED) for cell in cells], index=cells.index, dtype=bool)


def written(cells: pd.Series) -> pd.Series:
    """Return a column as text, stripped, with blank cells missing.

    Parameters
    ----------
    cells : Series
        Values of any type.

    Returns
    -------
    Series of str
        The text of each, on the same index.
    """
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if cells.dtype == object and (odd := nested(cells)).any():
        cells = cells.where(~odd, cells[odd].map(repr))
    text = cells if cells.dtype == "str" else cells.astype("str").mask(cells.isna())
    if text.str.contains("\r", regex=False, na=False).any():
        text = text.str.replace("\r\n?", "\n", regex=True)
    text = text.str.strip()
    blank = (text == "").fillna(False)
    return text.mask(blank) if blank.any() else text


def parse(
    cells: pd.Series, kind: str, *, words: Mapping[str, str] | None = None, day: str = "", unit: str = ""
) -> pd.Series:
    """Read one column of a kind; what cannot be read is missing in the result.

    Parameters
    ----------
    cells : Series
        Text or already typed values.
    kind : str
        One of `DTYPES`.
    words : mapping of str to str, optional
        The words of a choice by their codes; either is read as the code.
    day : {"", "start", "end"}, optional
        What a bare date means in a timestamp: start or end of that day; "" refuses it.
    unit : str, optional
        What a number counts, which may stand behind it: 90人. Another unit is not read.

    Returns
    -------
    Series
        The values on the same index, of dtype ``DTYPES[kind]``.
    """
    cells = cells.mask(nested(cells)) if cells.dtype == object else cells
    if kind in _TEXTS:
        cells = cells.mask(_endless(cells))
    typed = _already(cells, kind)
    if typed is not None:
        return typed
    if cells.isna().all():
        return pd.Series(index=cells.index, name=cells.name, dtype=DTYPES[kind])
    codes, distinct = pd.factorize(cells)  # each distinct text is read once
    read = _read(written(pd.Series(distinct)), kind, words or {}, day, unit)
    return pd.Series(read.array.take(codes, allow_fill=True), index=cells.index, name=cells.name)


def _endless(cells: pd.Series) -> pd.Series:
    """Tell which cells are infinite numbers, which name nothing."""
    if pd.api.types.is_float_dtype(cells):
        return pd.Series(np.isinf(cells.to_numpy(float, na_value=0)), index=cells.index)
    if cells.dtype != object:
        return pd.Series(False, index=cells.index)
    return cells.map(lambda cell: isinstance(cell, float) and np.isinf(cell)).astype(bool)


def _read(text: pd.Series, kind: str, words: Mapping[str, str], day: str, unit: str) -> pd.Series:
    """Read distinct texts as values of a kind."""
    if kind in ("text", "ids-list"):
        return text
    text = text.str.normalize("NFKC").str.strip()
    if kind == "id":
        return text.mask(text.str.contains(UNSEEN, na=False))
    if kind == "choice":
        codes = _spellings(words)
        return pd.Series([codes.get(_tight(word)) for word in text], dtype="str")
    if kind == "flag":
        return pd.Series([_FLAGS.get(word) for word in text.str.lower()], dtype="boolean")
    if kind in ("date", "timestamp"):
        return pd.Series([moment(value, kind, day) for value in text.fillna("")], dtype="datetime64[us]")
    if unit in _UNITS:
        text = text.str.replace(rf"(?<=\d)\s*个?[{_UNITS[unit]}](?:[/／每]班)?$", "", regex=True)
    if kind == "whole":
        whole = text.where(text.str.fullmatch(_WHOLE, na=False))
        return whole.str.replace(r"\.0+$|,", "", regex=True).astype("Int64")
    number = text.where(text.str.fullmatch(_NUMBER, na=False)).str.replace(",", "").astype("float64")
    if kind == "share":
        percent = text.where(text.str.fullmatch(_NUMBER + "%", na=False)).str.rstrip("%").astype("float64") / 100
        return number.fillna(percent)
    return number


def _spellings(words: Mapping[str, str]) -> dict[str, str]:
    """Return every way to write a word of a closed list -> its code; the list itself comes before other spellings."""
    same = {_tight(other): code for code, word in words.items() for other in _SAME.get(word, ())}
    return same | {_tight(word): code for code, word in words.items()} | {code: code for code in words}


def _tight(word: str | float) -> str | float:
    """Return a word without width, case and spaces; what is missing stays missing."""
    return "".join(unicodedata.normalize("NFKC", word).lower().split()) if isinstance(word, str) else word


def _already(cells: pd.Series, kind: str) -> pd.Series | None:
    """Return a column that holds typed values in the dtype of its kind, or None where it must be read as text."""
    types = pd.api.types
    if kind == "flag" and types.is_bool_dtype(cells):
        return cells.astype("boolean")
    if types.is_bool_dtype(cells):
        return None
    if kind == "whole" and types.is_integer_dtype(cells):
        if types.is_unsigned_integer_dtype(cells):
            cells = cells.where(cells <= _LARGEST)  # such a column can hold more
        return cells.astype("Int64")
    if kind == "whole" and types.is_float_dtype(cells):
        return cells.where((cells % 1 == 0) & (cells.abs() < _LARGEST)).astype("Int64")
    if kind in ("number", "share", "metres") and types.is_numeric_dtype(cells):
        return cells.astype("float64")
    if kind in ("date", "timestamp") and types.is_datetime64_dtype(cells):
        moments = cells.astype("datetime64[us]")
        return moments.where(moments == moments.dt.normalize()) if kind == "date" else moments
    return None
