"""Several names that are written as one: 「柳溪一路至七路」, 「槐荫一二村」.

Each is spelt out; what is put together here is read by nobody again, so every name must be able to be one.
"""

import re
from itertools import pairwise

from zhaosheng_analysis.sentences import names, numbers

NUMERAL = "[一二三四五六七八九十]{1,3}"
ROADS = "大街|马路|横路|横街|支路|支巷|路|街|道|巷"
# 「柳溪一路至七路」, 「柳溪一至七路」, 「柳溪北一巷-北五巷」, 「柳溪一路至柳溪七路」
ROW = re.compile(
    rf"(?P<head>[^\d至到\-~]*?[^\d至到\-~一二三四五六七八九十])(?P<one>{NUMERAL}|\d{{1,2}})(?P<kind>{ROADS})?(?:至|到|-+|~)"
    rf"(?P<again>[^\d至到\-~]*?)(?P<two>{NUMERAL}|\d{{1,2}})(?P<last>{ROADS})"
)
COUNTED = ("巷", "横路", "横街")  # numbers of one place where nothing stands before the numeral but its name
CONSECUTIVE = re.compile("(?P<head>.{2,}?)(?P<numerals>[一二三四五六七八九]{2,6})(?P<kind>村|里|社区|小区|苑|区|坊)")
NUMERALS = "零一二三四五六七八九"
MOST = 30


def spelt(name: str) -> list[str]:
    """Return the names that are written as one, or none where it is a single name.

    Parameters
    ----------
    name : str
        Plain.

    Returns
    -------
    list of str
        Two or more names, or none.
    """
    return _roads(name) or _consecutive(name)


def common(spelt: list[str]) -> tuple[int, int]:
    """Return how many characters all names begin with, and how many they end with.

    Parameters
    ----------
    spelt : list of str
        The names.

    Returns
    -------
    tuple of int
        At the beginning, at the end.
    """
    places = range(len(spelt[0]) + 1)
    head = next(k for k in places if len({name[: k + 1] for name in spelt}) > 1)
    tail = next(k for k in places if len({name[-k - 1 :] for name in spelt}) > 1)
    return head, tail


def _roads(name: str) -> list[str]:
    """Spell out a row of roads that are numbered."""
    match = ROW.fullmatch(name)
    if not match or match["kind"] not in (None, match["last"]):
        return []
    head, again = match["head"], match["again"]
    beside = head[-1] in "东西南北中" and again == head[-1]
    if again not in ("", head) and not beside:
        return []
    if match["last"] in COUNTED and not beside:
        return []
    first, last = numbers.value(match["one"]), numbers.value(match["two"])
    if not first < last <= first + MOST or match["one"].isdigit() != match["two"].isdigit():
        return []
    said = str if match["one"].isdigit() else in_chinese
    return [f"{head}{said(k)}{match['last']}" for k in range(first, last + 1)]


def _consecutive(name: str) -> list[str]:
    """Spell out 「槐荫一二村」; 八一村 and 三五里 are names, their numerals do not count on."""
    match = CONSECUTIVE.fullmatch(name)
    values = [NUMERALS.index(numeral) for numeral in match["numerals"]] if match else []
    if not match or any(two != one + 1 for one, two in pairwise(values)) or names.objection(match["head"]):
        return []
    return [match["head"] + numeral + match["kind"] for numeral in match["numerals"]]


def in_chinese(number: int) -> str:
    """Return a number below a hundred in Chinese numerals.

    Parameters
    ----------
    number : int
        1 to 99.

    Returns
    -------
    str
        As it stands in the name of a road: 十二.
    """
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else NUMERALS[tens] + "十"
    return ten + (NUMERALS[ones] if ones else "")
