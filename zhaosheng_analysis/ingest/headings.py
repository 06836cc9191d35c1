"""What a header means: which thing of ours a column is, what stands before the known word, which children it counts.

Comes in: a header as it is written. Goes out: a word such as school, by the table of what bureaus write; "" where it is
not known.
"""

import re
from collections.abc import Iterable
from functools import cache

from zhaosheng_analysis import disk, sheets
from zhaosheng_analysis.ingest import cell_words

GRADES = ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级")
_GRADE = re.compile(r"(?:小学|初中)?[一二三四五六七八九1-9１-９]年级(?:[(（]人[)）])?|初[一二三]|小[一二三四五六]")
STAGES = {"小学": "primary", "初中": "junior"}
_SHORT = ("班数", "人数", "班额", "性别")  # words of two characters that count at the end of a longer header
_DAY = r"(20\d\d)(?:[.年/-]?(\d{1,2})(?:[.月/-]?(\d{1,2})日?|月)?|年)?"
_SPAN = re.compile(rf"{_DAY}\s*[-—–~～至到]+\s*{_DAY}(?:日|出生|生)*\D{{0,6}}")
_UNIT = re.compile(r"\((?:个|人|班|套|户|名|所)\)$")
_COUNTED = re.compile(r"(.+?年级|[初小].)(小计|合计|计|人|班)")
_AGE = re.compile(r"(?:满|年满)?([0-6])(?:周?岁)(?:儿童|人数|人口)*(?:数)?")
_ENTERED = re.compile(r"(20\d\d)年?(?:秋季|秋|级)?(?:应|拟)?入学.{0,4}")


def is_grade(header: str) -> bool:
    """Tell whether a column is that of one grade, as 一年级, 1年级, 一年级（人） and 初一 are.

    Parameters
    ----------
    header : str
        As it is written.

    Returns
    -------
    bool
        Whether it is.
    """
    return _GRADE.fullmatch("".join(header.split())) is not None


@cache
def aliases() -> dict[str, str]:
    """Return the headers that are known, as they are compared -> what they are.

    Returns
    -------
    dict of str to str
        By `sheets.folded`.
    """
    return {
        sheets.folded(word): thing
        for thing, words in disk.own("ingest", "headers.toml").items()
        if thing != "whole"
        for word in words
    }


@cache
def whole() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the things whose header must be the word itself, and how headers about somebody else begin.

    Returns
    -------
    frozenset of str
        Things.
    tuple of str
        Beginnings.
    """
    phrases = disk.own("ingest", "headers.toml")["whole"]
    return frozenset(phrases["things"]), tuple(phrases["others"])


def thing(header: str) -> str:
    """Tell what a header means; one that only ends with a known word counts too, as 一年级招生计划（班） does.

    Parameters
    ----------
    header : str
        As it is written.

    Returns
    -------
    str
        Such as school; "" where it is not known.
    """
    return split(header)[0]


def another(header: str) -> bool:
    """Tell whether a header is about somebody else than the child, or about another time.

    Parameters
    ----------
    header : str
        As it is written.

    Returns
    -------
    bool
        Whether it begins so, and is no known word itself.
    """
    folded = sheets.folded(header)
    return folded not in aliases() and folded.startswith(whole()[1])


def split(header: str) -> tuple[str, str]:
    """Return what a header means, and what stands before the known word.

    Parameters
    ----------
    header : str
        As it is written.

    Returns
    -------
    tuple of (str, str)
        Such as plan_classes and 一年级; two empty texts where it is not known.
    """
    folded = sheets.folded(header)
    if folded in aliases():
        return aliases()[folded], ""
    alone, others = whole()
    if folded.startswith(others):
        return "", ""
    bare = _UNIT.sub("", folded)
    if bare in aliases():
        return aliases()[bare], ""
    if (counted := _COUNTED.fullmatch(bare)) and cell_words.grade_in(counted[1]):
        return "classes" if counted[2] == "班" else "pupils", counted[1]
    folded = bare if not any(folded.endswith(word) for word in aliases()) else folded
    ends = [word for word in aliases() if (len(word) > 2 or word in _SHORT) and folded.endswith(word)]
    if not ends:
        return "", ""
    longest = max(ends, key=len)
    before = folded[: -len(longest)]
    sides = cell_words.grade_in(before) or any(word in before for word in STAGES) or "班" in before
    return ("", "") if aliases()[longest] in alone and not sides else (aliases()[longest], before)


def spans(headers: Iterable[str], words: str = "") -> dict[str, int]:
    """Return the columns that are headed by the months children were born in, their year of entry, or their age.

    Parameters
    ----------
    headers : iterable of str
        Of a table.
    words : str, optional
        Of `seeing.Seen`; an age needs the year they name.

    Returns
    -------
    dict of str to int
        Header -> September the children enter a primary school in; {} unless there are two.
    """
    headers, now = list(headers), year(words)
    ages = {header: match for header in headers if (match := _AGE.fullmatch(header.strip()))} if now else {}
    if len(ages) > 1:
        return {header: int(now) + 6 - int(match[1]) for header, match in ages.items()}
    grades = {header: entered for header in headers if (entered := _entered(header))}
    return grades if len(grades) > 1 else {}


def _entered(header: str) -> int:
    """Return the year of entry a header means: six years old by the end of August."""
    text = header.strip()
    entered = _ENTERED.fullmatch(text)
    if entered:
        return int(entered[1])
    born = _SPAN.fullmatch(text)
    if born is None or int(born[4]) != int(born[1]) + 1:
        return 0
    first, last = ([int(part) if part else None for part in born.groups()[at : at + 2]] for at in (1, 4))
    whole = first[0] in (9, None) and first[1] in (1, None) and last[0] in (8, None) and last[1] in (31, None)
    return int(born[4]) + 6 if whole else 0


def year(words: str) -> str:
    """Return the only year that title, sheet and file name.

    Parameters
    ----------
    words : str
        Of `seeing.Seen`.

    Returns
    -------
    str
        Four digits, or "".
    """
    named = {found for part in words.split() if (found := cell_words.year(part))}
    return named.pop() if len(named) == 1 else ""
