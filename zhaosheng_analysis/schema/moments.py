"""Dates and times as people write them: read where there is one reading, asked where there are two or none.

A day is read however its parts are separated, as long as the year comes first with four digits. 1/9/2018 may be in
January or in September, 18.8.31 in 1918, and 43343 is a day only if somebody says so: such cells are never guessed,
`doubt` says what is in question.
"""

import re
import unicodedata
from datetime import datetime, timedelta

_SEPARATOR = r"[-/.。、·‐‑–]|—{1,2}"
_DATE = re.compile(
    rf"(?P<y>\d{{4}})(?:(?P<s>{_SEPARATOR})(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d)"
    r"|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})(?:[日号]|(?!\d))|(?P<m3>\d{2})(?P<d3>\d{2})(?=\D|\d{6}$|$))"
)
_CLOCK = re.compile(
    r"[ T]?(?P<hour>\d{1,2})[:时](?P<minute>\d{2})分?(?::?(?P<second>\d{2})秒?(?:\.(?P<fraction>\d{1,6})\d*)?)?"
    r"|(?P<hour2>\d{2})(?P<minute2>\d{2})(?P<second2>\d{2})"
)
_OF_CHINA = re.compile(r"\+08:?00$")
_AROUND = re.compile(rf"\s*({_SEPARATOR}|[年月])\s*(?=\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_FIRST_DAY = datetime(1899, 12, 30)  # day 0 of Excel, as it counts from March 1900 on
_SERIALS = range(20_000, 60_000)  # 1954 to 2064
_SHORT_YEAR = re.compile(rf"(\d{{2}})(?:{_SEPARATOR}|年)\d{{1,2}}(?:{_SEPARATOR}|月)\d{{1,2}}日?|\d{{6}}")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_TIGHT_MONTH = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])")
_MONTH = re.compile(rf"\d{{4}}(?:(?:{_SEPARATOR})\d{{1,2}}|年\d{{1,2}}月)")


def moment(text: str, kind: str, day: str = "") -> datetime | None:
    """Read one date or timestamp.

    Parameters
    ----------
    text : str
        As written, in half-width characters.
    kind : str
        ``date``, which bears no time of day but midnight, or ``timestamp``.
    day : str
        For a timestamp, what a bare date means: ``start`` or ``end`` of that day; "" refuses it.

    Returns
    -------
    datetime or None
        None where it is neither, does not exist (30 February), or may be read in two ways.
    """
    text = _AROUND.sub(r"\1", text)
    match = _DATE.match(text)
    start = _day(match) if match else None
    if start is None:
        return None
    rest = _OF_CHINA.sub("", text[match.end() :])
    if rest == "" and kind == "timestamp":
        return {"start": start, "end": start.replace(hour=23, minute=59, second=59)}.get(day)
    at = _at(start, rest) if rest else start
    return at if kind == "timestamp" or at == start else None


def _day(match: re.Match) -> datetime | None:
    """Return the day a match names, or None where there is no such day."""
    year, month, date = (
        int(part) for part in (match["y"], *(match[m] for m in ("m", "m2", "m3", "d", "d2", "d3"))) if part
    )
    try:
        return datetime(year, month, date)
    except ValueError:
        return None


def _at(start: datetime, rest: str) -> datetime | None:
    """Add the time of day written after a date."""
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return None
    hour, minute, second = (int(clock[part] or clock[f"{part}2"] or 0) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        return None
    microsecond = int((clock["fraction"] or "0").ljust(6, "0"))
    return start.replace(hour=hour, minute=minute, second=second, microsecond=microsecond)


def doubt(text: str, kind: str) -> str:
    """Say in Chinese why a date or timestamp was not read, with the likely day where there is one.

    Parameters
    ----------
    text : str
        As written.
    kind : str
        ``date`` or ``timestamp``.

    Returns
    -------
    str
        A clause such as 像是 Excel 的日期序号，即 2018-08-31; "" where nothing is known.
    """
    text = _AROUND.sub(r"\1", unicodedata.normalize("NFKC", str(text)).strip())
    serial = _SERIAL.fullmatch(text)
    if serial and int(serial[1]) in _SERIALS:
        return f"像是 Excel 的日期序号，即 {_FIRST_DAY + timedelta(days=int(serial[1])):%Y-%m-%d}"
    turned = _YEAR_LAST.fullmatch(text)
    if turned:
        return _turned(int(turned[1]), int(turned[3]), int(turned[4]))
    if _MONTH.fullmatch(text):
        return "没有写日"
    if _TIGHT_MONTH.fullmatch(text):
        return "没有写日，或年份只有两位"
    if _SHORT_YEAR.fullmatch(text):
        return "年份只有两位"
    match = _DATE.match(text)
    if match is None:
        return ""
    if _day(match) is None:
        return "没有这一天"
    rest = text[match.end() :]
    if rest.endswith("Z"):
        return "是世界时，比北京时间早 8 小时"
    if kind == "timestamp":
        return "没有钟点" if not rest else "没有这个钟点"
    return "带有钟点" if _at(_day(match), _OF_CHINA.sub("", rest)) else ""


def _turned(first: int, second: int, year: int) -> str:
    """Say what a date with its year last may be."""
    days = [_real(year, *pair) for pair in dict.fromkeys([(first, second), (second, first)])]
    days = [day for day in days if day]
    if len(days) == 2:
        return f"分不清月和日：{days[0]} 还是 {days[1]}"
    return f"年份须写在前面，是不是 {days[0]}" if days else "没有这一天"


def _real(year: int, month: int, date: int) -> str:
    try:
        return f"{datetime(year, month, date):%Y-%m-%d}"
    except ValueError:
        return ""
