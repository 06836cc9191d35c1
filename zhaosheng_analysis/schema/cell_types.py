"""What a cell may hold: text as planners write it becomes a number, a date, a yes or no, or is left unread.

Comes in: one column as text. Goes out: the same column, typed, with a missing value wherever the text could not be
read. Ids, numbers and dates are normalised (full-width digits, NFKC); names are kept as written.
"""

import re
from collections.abc import Mapping
from datetime import datetime

import pandas as pd

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
    "id": "须为编号",
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
_FLAGS = {
    **dict.fromkeys(("是", "true", "1", "yes"), True),
    **dict.fromkeys(("否", "false", "0", "no"), False),
}
_DATE = re.compile(
    r"(?P<y>\d{4})(?:-(?P<m>\d{1,2})-(?P<d>\d{1,2})|/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})"
    r"|年(?P<m3>\d{1,2})月(?P<d3>\d{1,2})日|(?P<m4>\d{2})(?P<d4>\d{2}))"
)
_CLOCK = re.compile(r"[ T]?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?)?")
_WHOLE = r"[+-]?\d{1,18}(?:\.0+)?"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


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
    text = cells.astype("str").str.strip()
    return text.mask(cells.isna() | (text == ""))


def parse(cells: pd.Series, kind: str, *, words: Mapping[str, str] | None = None, day: str = "") -> pd.Series:
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

    Returns
    -------
    Series
        The values on the same index, of dtype ``DTYPES[kind]``.
    """
    typed = _already(cells, kind)
    if typed is not None:
        return typed
    if cells.isna().all():
        return pd.Series(index=cells.index, name=cells.name, dtype=DTYPES[kind])
    codes, distinct = pd.factorize(cells)  # each distinct text is read once
    read = _read(written(pd.Series(distinct)), kind, words or {}, day)
    return pd.Series(read.array.take(codes, allow_fill=True), index=cells.index, name=cells.name)


def _read(text: pd.Series, kind: str, words: Mapping[str, str], day: str) -> pd.Series:
    """Read distinct texts as values of a kind."""
    if kind in ("text", "ids-list"):
        return text
    text = text.str.normalize("NFKC").str.strip()
    if kind == "id":
        return text
    if kind == "choice":
        return text.map({word: code for code, word in words.items()} | {code: code for code in words}).astype("str")
    if kind == "flag":
        return text.str.lower().map(_FLAGS).astype("boolean")
    if kind == "whole":
        whole = text.where(text.str.fullmatch(_WHOLE, na=False))
        return whole.str.replace(r"\.0+$", "", regex=True).astype("Int64")
    if kind in ("date", "timestamp"):
        return pd.Series([moment(value, kind, day) for value in text.fillna("")], dtype="datetime64[us]")
    return text.where(text.str.fullmatch(_NUMBER, na=False)).astype("float64")


def _already(cells: pd.Series, kind: str) -> pd.Series | None:
    """Return a column that holds typed values in the dtype of its kind, or None where it must be read as text."""
    types = pd.api.types
    if kind == "flag" and types.is_bool_dtype(cells):
        return cells.astype("boolean")
    if types.is_bool_dtype(cells):
        return None
    if kind == "whole" and types.is_integer_dtype(cells):
        return cells.astype("Int64")
    if kind == "whole" and types.is_float_dtype(cells):
        return cells.where(cells % 1 == 0).astype("Int64")
    if kind in ("number", "share", "metres") and types.is_numeric_dtype(cells):
        return cells.astype("float64")
    if kind in ("date", "timestamp") and types.is_datetime64_dtype(cells):
        moments = cells.astype("datetime64[us]")
        return moments.where(moments == moments.dt.normalize()) if kind == "date" else moments
    return None


def moment(text: str, kind: str, day: str = "") -> datetime | None:
    """Read one date or timestamp; None where it is neither, or does not exist (30 February).

    Parameters
    ----------
    text : str
        What stands in the cell, stripped.
    kind : {"date", "timestamp"}
        What it should be.
    day : {"", "start", "end"}, optional
        What a bare date means in a timestamp; "" refuses it.

    Returns
    -------
    datetime or None
        The moment, or None.
    """
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, date = (int(part) for part in found.groups() if part is not None)
    try:
        start = datetime(year, month, date)
    except ValueError:
        return None
    rest = text[found.end() :]
    if kind == "date":
        return start if rest in ("", " 00:00:00", "T00:00:00") else None
    if rest == "":
        return {"start": start, "end": start.replace(hour=23, minute=59, second=59)}.get(day)
    return _at(start, rest)


def _at(start: datetime, rest: str) -> datetime | None:
    """Add the time of day written after a date."""
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return None
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        return None
    microsecond = int((clock["fraction"] or "0").ljust(6, "0"))
    return start.replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
