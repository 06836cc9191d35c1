"""What a cell or header says in words: the year, the grade or the number of a class it names."""

import re
import unicodedata

from zhaosheng_analysis.schema import SIX_THREE, SchoolSystem

_CHINESE = {word: at for at, word in enumerate("零一二三四五六七八九十")}
_YEAR = re.compile(r"((?:19|20)\d{2})(?:\d{2}(?:\d{2})?|\D.*)?")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_BORN = re.compile(r"((?:19|20)\d{2})(?:(?:[年./-])?(\d{2})(?:\d{2})?|[年./-](\d))(?:月|[月./-]\d{1,2}日?(?:\s.*)?)?")
_MONTHS, _LAST_MONTH, _ENTERS_AT = 12, 8, 6
_GRADE = re.compile(
    r"(小学|初中|小|初)?([一二三四五六七八九]|[1-9](?=年|\(|$))(?:年级|年)?(?:\(?(?:\d{1,2}|十?[一二三四五六七八九]|十)\)?班?)?(?:\(人\))?"
)


def year(text: str) -> str | None:
    """Return the one year a cell names: 2024, 202409, 2024级, 小学2024级, 2024-2025学年.

    Parameters
    ----------
    text : str
        A cell, in half width.

    Returns
    -------
    str or None
        Four digits, of a school year the first; None where there is none, or several.
    """
    match = _YEAR.fullmatch(text)
    named = list(dict.fromkeys(_YEARS.findall(text)))
    if len(named) > 1 and [int(one) for one in named] != [int(named[0]), int(named[0]) + 1]:
        return None
    return match[1] if match else (named[0] if named else None)


def number_in(text: str) -> str | None:
    """Return the number of a class or grade: 3, 03, 3班, 一(3)班, 三年级.

    Parameters
    ----------
    text : str
        A cell, in half width.

    Returns
    -------
    str or None
        The number without zeros; None where two are possible, as in 1.2, or a stage is named, as in 初一.
    """
    if re.fullmatch(r"(?:初|初中|小|小学)[一二三四五六1-6](?:年级)?", text):
        return None  # a grade by its stage: 初一 is the seventh
    tail = re.fullmatch(
        r"(?:.*?(?:级|年|[一二三四五六七八九初高]))?\(?(\d{1,2}|十?[一二三四五六七八九]|十)\)?(?:班|年级)?", text
    )
    only = re.fullmatch(r"\d{1,2}|十?[一二三四五六七八九]|十", text)
    number = only[0] if only else (tail[1] if tail else None)
    if number is None:
        return None
    if number.isdecimal():
        return str(int(number))
    return str(10 + _CHINESE[number[1]] if len(number) == 2 else _CHINESE[number])


def grade_in(text: str, system: SchoolSystem = SIX_THREE) -> str | None:
    """Return the grade a cell names: 3, 三年级, 小学三年级, 三（2）班; 初一 is 7, in a district of five and four 6.

    Parameters
    ----------
    text : str
        A cell.
    system : SchoolSystem, optional
        That of the district.

    Returns
    -------
    str or None
        1 to 9; None where none is named, or more than a grade is.
    """
    even = "".join(unicodedata.normalize("NFKC", text).split())
    match = _GRADE.fullmatch(even)
    if match is None:
        return None
    junior, number = match[1] in ("初中", "初"), match[2]
    grade = int(number) if number.isdecimal() else _CHINESE[number]
    if junior and grade <= len(system.grades["junior"]):
        grade += system.primary_n
    fits = grade >= system.entry["junior"] if junior else (match[1] is None or grade <= system.primary_n)
    return str(grade) if fits else None


def enters(text: str) -> str | None:
    """Return the September in which a child born in a month enters school, six years old by the end of August.

    Parameters
    ----------
    text : str
        A cell, in half width: 2019年9月, 2019-09, 201909, 2019-09-01.

    Returns
    -------
    str or None
        Four digits; None where no month is named.
    """
    match = _BORN.fullmatch(text.strip())
    month = int(match[2] or match[3]) if match else 0
    return str(int(match[1]) + _ENTERS_AT + (month > _LAST_MONTH)) if match and 1 <= month <= _MONTHS else None
