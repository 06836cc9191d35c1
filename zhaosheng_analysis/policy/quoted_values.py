"""Days, numbers and schools of a rule file beside the words they are taken from: what the words do not say is told.

A quotation may stand in the notice letter by letter and still belong to another value: 「4月30日前」 beside ``on =
2016-03-30``. What the words say in another way (满一年, 满6周岁) is reckoned with; where they name no day or no school
at all, there is nothing to compare.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from zhaosheng_analysis.policy import notices, references
from zhaosheng_analysis.policy.book import Policy
from zhaosheng_analysis.policy.quotations import normal
from zhaosheng_analysis.schema import Note

_N = r"(\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR = r"(?:(\d{4}|[〇零一二三四五六七八九]{4})年)?"
_FULL = re.compile(rf"{_YEAR}{_N}月(?:{_N}[日号]|(底|上旬|中旬|下旬|初|份))?")
_NUMERIC = re.compile(r"(?<!\d)(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?!\d)")
# The end of a stretch leaves out the month: 5月10~12日, 7月7日9:00至9日17:00.
_RANGE = re.compile(rf"{_YEAR}{_N}月{_N}(?:日[^月。;]{{0,16}}?)?(?:至|到|[—–~～-]+){_N}[日号]")
_LISTED = re.compile(rf"{_N}月(?:{_N}日?、)+{_N}日")
_LENGTH = re.compile(rf"({_N}|两|半)(?:周?岁|年|个月)")
_SCHOOL = re.compile(r"小学|中学|学校|校区|[\u4e00-\u9fff]小(?![\u4e00-\u9fff])|[\u4e00-\u9fff]中(?![\u4e00-\u9fff])")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_POINTS = re.compile(r"(\d+(?:\.\d+)?)分")
_DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
Said = tuple[int | None, int, int | None]  # year and day may be left open


def differing(policy: Policy, folder: Path | None = None) -> list[Note]:
    """List the days, points and schools of a policy that the words they rest on do not say, and clauses left open.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.
    folder : Path, optional
        Folder of the source texts: with it, elements without words are held against their clause.

    Returns
    -------
    list of Note
        One an element; none where all agree or nothing can be compared.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.quoted_values.differing(zs.policy.load("laoting-2025"))
    []
    """
    path = folder / policy.source.file if folder is not None and policy.source.file else None
    notice = references.Notice(notices.text(path)) if path is not None and path.is_file() else None
    said = [*_days(policy, notice), *_points(policy), *_schools(policy, notice)]
    return said if notice is None else [*said, *_several(policy, notice)]


def _several(policy: Policy, notice: references.Notice) -> Iterator[Note]:
    """Note clauses of which the text has several of that number, where no words say which is meant."""
    places = {place for _, clause, words in policy.citations if not words for place in references.read(clause)}
    for place in sorted(places, key=str):
        clauses = "、".join(str(one) for one in notice.several(place))
        if clauses:
            done = f"指哪一处，写全：{clauses}"
            yield Note(f"{policy.file} 原文", f"条款「{place}」在原文里不止一处", done, asks=True)


# ---- days


def _days(policy: Policy, notice: references.Notice | None) -> Iterator[Note]:
    for name, item in policy.dates.items():
        where = f"{policy.file} [dates.{name}]"
        yield from _day(item.on, item.words, item.clause, where, notice)
        yield from _counted_in(item.inclusive, item.words, where)
    for number, item in enumerate(policy.windows, 1):
        where = f"{policy.file} [[windows]] 第{number}项（{item.label or item.name}）"
        days = () if item.note else (item.opens, item.closes)  # a note says why a day is not that of the text
        for day in dict.fromkeys(filter(None, days)):
            yield from _day(day, item.words, item.clause, where, notice)


def _day(on: date | None, words: str, clause: str, where: str, notice: references.Notice | None) -> Iterator[Note]:
    """Note a day that its words, or without words its clause, name no way to."""
    said = normal(words) if words else _clause(clause, notice)
    days = list(_named(said))
    if on is None or not days or any(_is(on, day, length) for day in days for length in _lengths(said)):
        return
    shown = "、".join(dict.fromkeys(_shown(day) for day in days))
    of = "引文" if words else f"条款「{clause}」"
    yield Note(where, f"写的是 {_date(on)}，{of}里的日期是{shown}", "请核对日期，或改引文（条款）", asks=True)


def _clause(clause: str, notice: references.Notice | None) -> str:
    """Return the text of the places a clause names; empty without a notice."""
    texts = [] if notice is None else [notice.text(place) for place in references.read(clause)]
    return normal("\n".join(text for text in texts if text))


def _named(text: str) -> Iterator[Said]:
    """List the days a text names, as year, month and day; a part of a month has no day."""
    for year, month, first, last in _RANGE.findall(text):
        yield from ((_year(year), _number(month), _number(day)) for day in (first, last))
    for year, month, day, part in _FULL.findall(text):
        if day or part:
            yield _year(year), _number(month), _number(day) if day else None
    for year, month, day in _NUMERIC.findall(text):
        yield int(year), int(month), int(day)
    for match in _LISTED.finditer(text):
        month, *days = re.findall(_N, match[0])
        yield from ((None, _number(month), _number(day)) for day in days)


def _year(written: str) -> int | None:
    return int("".join(_DIGITS.get(letter, letter) for letter in written)) if written else None


def _number(written: str) -> int:
    return int(written) if written.isdigit() and written.isascii() else notices.counted(written)


def _lengths(text: str) -> set[int]:
    """Return the lengths of time a text names, in months, each alone and two of them together; 0 among them."""
    months = {0}
    for whole, *_ in _LENGTH.findall(text):
        number = {"两": 2, "半": 0.5}.get(whole) or _number(whole)
        months |= {round(12 * number), round(number)}
    return months | {sum(pair) for pair in itertools.combinations(months, 2)}


def _is(on: date, said: Said, months: int) -> bool:
    """Tell whether a day is the one named, or so many months before or after, give or take the day itself."""
    year, month, day = said
    written, length = pd.Timestamp(on.year, on.month, on.day), pd.DateOffset(months=months)
    if day is None:
        ends = (written + length, written - length)
        return any(end.month == month and year in (None, end.year) for end in ends)
    around = range(on.year - months // 12 - 1, on.year + months // 12 + 2)
    try:
        named = [pd.Timestamp(one, month, day) for one in (around if year is None else [year])]
    except ValueError:  # no such day: 2月30日, or 2月29日 in some of the years
        return year is None
    ends = [end for one in named for end in (one - length, one + length)]
    return any(abs(end - written) <= pd.Timedelta(days=1) for end in ends)


def _shown(said: Said) -> str:
    year, month, day = said
    return (f"{year}年" if year else "") + f"{month}月" + (f"{day}日" if day else "")


def _date(on: date) -> str:
    return f"{on:%Y-%m-%d}" if isinstance(on, datetime) else str(on)


def _counted_in(inclusive: bool | None, words: str, where: str) -> Iterator[Note]:
    """Note a day said to count where the words say that it does not, or the other way round."""
    said = normal(words)
    out = "不含" in said
    if inclusive is not None and inclusive == out and (out or "(含" in said):
        written = "true" if inclusive else "false"
        yield Note(where, f"inclusive = {written}，引文写的是「{'不含' if out else '含'}」", "请核对", asks=True)


# ---- points and schools


def _points(policy: Policy) -> Iterator[Note]:
    """Note lines of the table of points none of whose numbers is among those of its words."""
    for item in policy.written.points.items:
        said = {float(number) for number in _POINTS.findall(normal(item.words))}
        written = {abs(number) for number in (item.points, *(item.parts or (item.per,)), item.cap) if number}
        if said and written and not said & written:
            where = f"{policy.file} [points] {item.id}"
            shown = "、".join(f"{number:g}" for number in sorted(said))
            found = f"写的是 {'、'.join(f'{number:g}' for number in sorted(written))} 分，引文说的是 {shown} 分"
            yield Note(where, found, "请核对", asks=True)


def _schools(policy: Policy, notice: references.Notice | None) -> Iterator[Note]:
    whole = normal(notice.whole) if notice is not None else ""
    for where, schools, words in with_schools(policy):
        names = [name for name in schools if isinstance(name, str) and _HAN.search(name)]
        said = normal(words)
        lost = [name for name in names if normal(name) not in said] if _SCHOOL.search(said) else []
        unknown = [name for name in names if whole and normal(name) not in whole]
        if unknown:
            done = "请写成原文的名称（简称写进 schools 表的 aliases）"
            yield Note(f"{policy.file} {where}", f"原文里没有学校「{'、'.join(unknown)}」", done, asks=True)
        elif lost:
            found = f"引文里没有学校「{'、'.join(lost)}」"
            yield Note(f"{policy.file} {where}", found, "请核对校名，或补上引文", asks=True)


def with_schools(policy: Policy) -> Iterator[tuple[str, Iterable[str], str]]:
    """List the elements that name schools.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Yields
    ------
    tuple of (str, iterable of str, str)
        Element, its schools, and the words it quotes; no words where a note says why they name others.
    """
    for item in policy.rounds:
        for key in ("schools", "not_schools"):
            if isinstance(item.get(key), list):
                words = "" if item.get("note") else str(item.get("words", ""))
                yield f"[[rounds]]（{item.get('id', '')}）{key}", item[key], words
    for item in policy.pools:
        yield f"[[pools]]（{item.id}）", [*item.schools, *([item.plan] if item.plan else [])], item.words
    for number, item in enumerate(policy.checks, 1):
        yield f"[[checks]] 第{number}项", item.schools, "" if item.note else item.words
    for number, item in enumerate(policy.residence, 1):
        yield f"[[residence]] 第{number}项", [item.school] if item.school else [], item.words
    if policy.lock is not None:
        yield "[lock]", policy.lock.schools, policy.lock.words
