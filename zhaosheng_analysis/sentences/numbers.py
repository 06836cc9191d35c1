"""Numbers by which a notice names part of a place: house numbers, buildings, groups, neighbourhoods, lanes, phases.

「5－13、17－19鄰」, 「1、2、3幢」, 「24幢26幢28幢」, 「32号起到底」, 「1-99号（单号）」, 「一至六巷」, 「1-6横路」.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from zhaosheng_analysis.sentences.views import GROUP

KEPT = 1024  # stretches whose reading is remembered: a sentence asks about the same one many times
# What is counted, the longest word first; what may not follow, because it makes a name of it (2号线, 3组团, 12号大院).
UNITS = {
    "号楼": "",
    "号大院": "",
    "号院": "子",
    "号街坊": "",
    "号": "线|路|街|桥|大院|院子|公馆|公寓|高层|地块|支路|渠|闸|井|码头|矿|库|门|厂|仓|沟|坝|农场|泊|机|公路|"
    "干|河|港|浦|浜|地铁",
    "楼": r"[^、,;。至到\-~及和与]",
    "幢": "",
    "栋": "",
    "座": "落",
    "居民小组": "",
    "村民小组": "",
    "居民组": "",
    "村民组": "",
    "组": "团|合|织",
    "队": "伍",
    "邻": "里|居|近",
    "鄰": "里|居|近",
    "弄": "堂",
    "横路": "",
    "横巷": "",
    "横街": "",
    "巷": "口|子",
    "期": "间|望|颐|思|盼",
    "单元": "",
    "经济社": "",
    "经济合作社": "",
    "社": "区|会",
    "排": "涝|水|屋",
    "街坊": "",
    "街区": "",
    "社区": "",
    "门": "牌|口|诊|前|楼|里|外|村|社|路|街|头|东|西|南|北|坊|岗|面|店",
    "网格": "",
    "苑": "小|社",
    "村": "委|民|庄|道|口|级",
}
UNIT = re.compile(
    "(?:#(?:楼|街坊)?)|" + "|".join(f"{unit}(?!{barred})" if barred else unit for unit, barred in UNITS.items())
)
# Counted in Chinese numerals even when there is but one: 六队. Elsewhere 八栋, 二期 or 三村 may well be a name.
# 「二号院、五号院」 are names, unless the road they are counted on stands before them.
# 117街坊 is a name; 「8、9、10街坊」 are numbers
NAMES = ("苑", "村", "号大院", "号院", "号街坊", "街坊", "街区", "社区")
COUNTED_BEHIND = ("街坊", "街区", "社区")
COURTS, BETWEEN = ("号院", "号大院"), ("", *"、,;: ")
ALWAYS_COUNTED = ("组", "队", "邻", "鄰", "社", "经济社", "经济合作社", "居民组", "村民组", "居民小组", "村民小组")
DIGITS = dict(zip("零〇一二三四五六七八九两", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))
DASH = re.compile(r"-+|~|至|到")
ARABIC = re.compile(r"第?\d{1,4}(?!\d)")
CHINESE = re.compile(r"第?[一二三四五六七八九十百]{1,4}")
MARK = re.compile(rf"{GROUP}*(?:[、,]|\.(?=\d)| +|以及|[和及与])")
OPEN = re.compile(
    r"(?:起)?(?:到底|至底|到尾|(?:至|到)(?:尾|末|底)(?:号|门牌)?)|起|(?:及|和|与)?(?:其)?(?:以上|以后|之后|往后)(?:的?各?[邻鄰组号幢栋])?"
)
BACK = re.compile(r"(?:及|和|与)?(?:其)?(?:以前|之前|以下|以内|之内)|(?:为)?止(?=[单双奇偶、,;]|$)")
PARITY = re.compile(
    r"(?:之?中)?(?:的)?(?:[弄院里巷]内)?(?:门牌(?:号码?)?(?:尾数)?[为是]?)?(?P<parity>[单双奇偶])(?:号|数)?(?:门牌)?(?:幢号|栋号|楼号|座号|号码|号|幢|栋|楼|座|邻|鄰|弄|巷)?(?:侧)?"
)
BOTH = re.compile(
    r"(?:(?:上述|以上)?(?:各)?(?:道路|路段|街道|路)?(?:两侧)?)?(?:含|均含|包括)?(?:单号?[、和及]?双号?|双号?[、和及]?单号?)(?![号\d])(?:门牌)?"
)
PARITIES = {"单": "odd", "双": "even", "奇": "odd", "偶": "even"}
INNER = re.compile(r"\d(?:-+|~)$")  # the second number of a range begins no list
HEAD = re.compile(r"(?<![0-9A-Za-z.附])(?=[第0-9一二三四五六七八九十百])")


@dataclass(frozen=True)
class Numbers:
    """Some numbers of one kind.

    Attributes
    ----------
    unit : str
        What is counted, as it is written; empty where it is not said.
    only : tuple of (int, int or None)
        First and last; last None for 起到底.
    parity : str
        odd, even or "".
    start : int
        The first character of the view they take.
    end : int
        The character behind the last one.
    listed : bool
        Whether there is a range or more than one.
    """

    unit: str
    only: tuple[tuple[int, int | None], ...]
    parity: str
    start: int
    end: int
    listed: bool


@dataclass(frozen=True)
class _Piece:
    """One number or range with the unit behind it, if any."""

    first: int
    last: int
    unit: str
    end: int
    chinese: bool


def value(word: str) -> int:
    """Return the number a numeral stands for, Chinese or Arabic."""
    word = word.removeprefix("第")
    if word.isdigit():
        return int(word)
    total, digit = 0, 0
    for character in word:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = DIGITS[character]
    return total + digit


@lru_cache(KEPT)
def find(s: str, start: int = 0) -> Numbers | None:
    """Find the first list of numbers with its unit."""
    for head in HEAD.finditer(s, start):
        place = head.start()
        if INNER.search(s, 0, place):
            continue
        numbers = _at(s, place)
        if numbers is not None:
            return numbers
    return None


@lru_cache(KEPT)
def lists(s: str) -> tuple[tuple[int, int], ...]:
    """Return where the lists of numbers stand, so that a mark in one is not taken for the end of an item."""
    listed, start = [], 0
    while (numbers := find(s, start)) is not None:
        listed.append((numbers.start, numbers.end))
        start = numbers.end
    return (*listed, *(match.span() for match in BOTH.finditer(s)))


def bare(s: str) -> Numbers | None:
    """Read a stretch that is nothing but Arabic numbers without a unit: 「24-38」, 「2-14、16」."""
    pieces, place = [], 0
    while (piece := _piece(s, place)) is not None and not piece.chinese:
        if piece.last < piece.first:
            return None
        pieces.append((piece.first, piece.last))
        place = piece.end
        if place == len(s):
            return Numbers("", tuple(pieces), "", 0, place, True)
        mark = MARK.match(s, place)
        if not mark:
            break
        place = mark.end()
    return None


def _piece(s: str, place: int) -> _Piece | None:
    """Read one number or range."""
    first = ARABIC.match(s, place) or CHINESE.match(s, place)
    if not first:
        return None
    chinese = not first[0].removeprefix("第").isdigit()
    unit = UNIT.match(s, first.end())
    end, word, last = (unit.end(), _short(unit), first) if unit else (first.end(), "", first)
    dash = DASH.match(s, end)
    second = (CHINESE if chinese else ARABIC).match(s, dash.end()) if dash else None
    if second:
        unit = UNIT.match(s, second.end())
        if not (unit and word and _short(unit) != word):
            last, end, word = second, unit.end() if unit else second.end(), _short(unit) if unit else word
    return _Piece(value(first[0]), value(last[0]), word, end, chinese)


def _short(unit: re.Match) -> str:
    """Return a unit by one word: 1# and 1#楼 count the same."""
    return unit[0].removesuffix("楼") if unit[0].startswith("#") else unit[0]


def _at(s: str, start: int) -> Numbers | None:
    """Read the list that begins here: as many pieces as share one unit."""
    pieces: list[_Piece] = []
    kept, unit, place = 0, "", start
    while (piece := _piece(s, place)) is not None and not (piece.unit and unit and piece.unit != unit):
        if place > start and not pieces[-1].end < place and piece.unit != pieces[-1].unit:
            break  # 二巷1、3号: no mark between them, so the next number counts something else
        pieces.append(piece)
        if piece.unit:
            unit, kept = piece.unit, len(pieces)
        mark = MARK.match(s, piece.end)
        if (piece.unit or piece.last != piece.first) and mark and mark[0].startswith(GROUP):
            break  # 1-99号（单号）、2-98号: the bracket speaks of what came before it
        if not mark and (not piece.unit or piece.chinese):
            break
        place = mark.end() if mark else piece.end
    return _checked(s, unit, pieces[:kept], start) if unit else None


def _checked(s: str, unit: str, pieces: list[_Piece], start: int) -> Numbers | None:
    """Return the list, unless what looks like one is part of a name."""
    only: list[tuple[int, int | None]] = [(piece.first, piece.last) for piece in pieces]
    end = pieces[-1].end
    if any(last is not None and last < first for first, last in only):
        return None  # 5-1号 is one house, not a range
    listed = len(only) > 1 or only[0][0] != only[0][1]
    if unit in COUNTED_BEHIND and (pieces[0].chinese or s[start - 1 : start] in BETWEEN):
        return None
    if pieces[0].chinese and (unit.startswith("横") or (unit in COURTS and s[start - 1 : start] in BETWEEN)):
        return None
    if not listed and (unit in NAMES or (pieces[0].chinese and unit not in ALWAYS_COUNTED)):
        return None
    if open_ := OPEN.match(s, end):
        only[-1], end, listed = (only[-1][0], None), open_.end(), True
    elif (back := BACK.match(s, end)) and not listed:
        only, end, listed = [(1, only[0][1])], back.end(), True
    parity = PARITY.match(s, end)
    if parity and (parity.end() == len(s) or s[parity.end()] in "、,;。 和及与"):
        return Numbers(unit, tuple(only), PARITIES[parity["parity"]], start, parity.end(), listed)
    return Numbers(unit, tuple(only), "", start, end, listed)
