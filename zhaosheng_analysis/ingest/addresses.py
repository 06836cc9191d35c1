"""Which unit an address lies in, as far as its words say: certain, doubtful, or none of ours.

Comes in: an address as a family wrote it, and a `Book` of the district's units, their door numbers and townships. Goes
out: a `Match`. Three ways to write a place are read: street and number, estate and building, village and group. Where
the words fit two units, where a name may be the beginning of another (东区, 二期), or where the estate and the door
number disagree, nothing is certain; likeness is only ever suggested.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from zhaosheng_analysis.geodata import names as bearers
from zhaosheng_analysis.schema import names

_ALIKE = 0.7
_MOST = 3
_DIGITS = {word: at for at, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_COUNTED = re.compile(r"[零〇一二两三四五六七八九十百]+(?=号|幢|栋|座|单元|室|组|队|弄|楼|层|社|门)")
_COUNT = "[零〇一二两三四五六七八九十百]+"
_LETTER = r"[A-Za-z](?![\u4e00-\u9fff]*区)|[甲乙丙丁](?=\d|幢|栋|座)"
_HOUSE = rf"(?:\d|{_LETTER}|{_COUNT}(?:号|幢|栋|座|单元|室|组|队|楼|社|门))"
# What a name of ours may be followed by; 东区, 二期, 新村 and the like would be another name.
_AFTER = re.compile(
    rf"(?!\d+(?:期|区|村|里|路|街))(?:$|[,，、;；()（）\[\]【】·./#-]|第?{_HOUSE}|内|院内|村民|委会|村委会|居委会)"
)
_PHASE = re.compile(r"[一二三四五六七八九十\d]+(?:期|区|村|里)|[东西南北中新老前后A-Za-z]+(?:区|苑|园|院|村|里|期)")
_LANE = re.compile(r"[\u4e00-\u9fff]{1,6}(?:路|街|巷|弄|胡同|道)\d+")
# What may stand before a name: nothing, an office's area, a street, a number, a mark.
_BEFORE = re.compile(
    r"(?:^|(?:租住|现住|家住|暂住|常住|居住|住址|地址)[于在为]?|[省市区县镇乡道处州盟旗场会路街巷弄号院里\d,，、;；()（）\[\]【】·./#-])$"
)
_NUMBER = re.compile(r"第?(\d{1,5})(?:[-之]\d{1,3})?(?:号|弄)(?!楼)")
_COUNTY = re.compile(r"(?:^|省|市|州|盟|自治区)([\u4e00-\u9fff]{1,5}?(?:自治县|自治旗|县|区|旗))(?!道|间)")
_LARGE = ("开发区", "新区", "高新区", "城区", "自治区", "工业园区", "园区", "矿区", "社区", "小区")
_ESTATE = "小区"


@dataclass(frozen=True)
class Match:
    """What the words of one address say.

    Attributes
    ----------
    verdict : {"certain", "doubtful", "unmatched"}
        How sure it is.
    units : tuple of str
        The unit; those that may be meant, the likeliest first; none.
    why : str
        In Chinese.
    """

    verdict: str
    units: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Book:
    """What is known of the places of a district.

    Attributes
    ----------
    bearers : mapping of str to tuple of str
        Name as it is compared -> ids of the units that bear it.
    starts : mapping of str to tuple of str
        The first two characters of names -> the names, longest first.
    kinds : mapping of str to str
        Unit -> community, village or block.
    towns : mapping of str to str
        Unit -> name of its township, where it is known.
    doors : mapping of str to tuple of tuple
        Street -> (lowest, highest number, odd, even or all, unit).
    streets : tuple of str
        Names of streets, longest first: a village's name in a street's name is no village.
    own : frozenset of str
        Name of the district and of its areas: what an address may begin with.
    rivals : mapping of str to frozenset of str
        Township -> the others of its kind: an address that names one of them is not in it.
    """

    bearers: Mapping[str, tuple[str, ...]]
    starts: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    towns: Mapping[str, str]
    doors: Mapping[str, tuple[tuple[int, int, str, str], ...]]
    streets: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    rivals: Mapping[str, frozenset[str]] = field(default_factory=dict)


def book(
    units: pd.DataFrame,
    doors: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
    streets: pd.DataFrame | None = None,
    *,
    district: str = "",
) -> Book:
    """Gather what is known of the places of a district.

    Parameters
    ----------
    units : DataFrame
        Columns unit_id, name, and aliases, kind and area_id where there are any.
    doors : DataFrame, optional
        Columns unit_id, street, low_n, high_n, parity: which door numbers lie in which unit.
    areas : DataFrame, optional
        Columns area_id, name: townships.
    streets : DataFrame, optional
        Column name.
    district : str, optional
        Name of the district: an address that names another county is none of ours.

    Returns
    -------
    Book
        For `find`.
    """
    borne: dict[str, dict[str, None]] = defaultdict(dict)
    for word, ids in bearers.bearers(units, "unit_id").items():
        even = _even(word)
        if len(even) < 2 or word in set(units["unit_id"]):
            continue
        for form in _forms(even):
            borne[form].update(dict.fromkeys(ids))
    starts: dict[str, list[str]] = defaultdict(list)
    for word in sorted(borne, key=lambda word: (-len(word), word)):
        starts[word[:2]].append(word)
    kinds = dict(zip(units["unit_id"], units["kind"], strict=True)) if "kind" in units else {}
    towns = {}
    if areas is not None and "area_id" in units:
        called = dict(zip(areas["area_id"], areas["name"], strict=True))
        towns = {u: _even(called[a]) for u, a in zip(units["unit_id"], units["area_id"], strict=True) if a in called}
    ids = {word: tuple(found) for word, found in borne.items()}
    numbered = _doors(doors)
    named = {*numbered, *(map(_even, streets["name"].dropna()) if streets is not None else ())}
    own = {_even(name) for name in (district, *(areas["name"].dropna() if areas is not None else ())) if name}
    beginnings = {two: tuple(words) for two, words in starts.items()}
    ways = tuple(sorted(named, key=lambda name: (-len(name), name)))
    return Book(ids, beginnings, kinds, towns, numbered, ways, frozenset(own if district else ()), _rivals(areas))


def _rivals(areas: pd.DataFrame | None) -> dict[str, frozenset[str]]:
    """Return the areas of the same kind as each, without those whose names hold it or that it holds."""
    if areas is None:
        return {}
    kinds = areas["kind"] if "kind" in areas else pd.Series("", index=areas.index)
    rivals = {}
    for _, part in areas["name"].dropna().map(_even).groupby(kinds):
        for one in part:
            rivals[one] = frozenset(other for other in part if other not in one and one not in other)
    return rivals


def _forms(name: str) -> Iterator[str]:
    """Yield the ways a name is written: with and without 小区 behind it."""
    yield name
    if name.endswith(_ESTATE) and len(name) > len(_ESTATE) + 2:
        yield name.removesuffix(_ESTATE)


def _doors(table: pd.DataFrame | None) -> dict[str, tuple[tuple[int, int, str, str], ...]]:
    """Return the door numbers of every street."""
    by_street: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    if table is not None:
        parities = table["parity"].fillna("all") if "parity" in table else ["all"] * len(table)
        for street, low, high, parity, unit in zip(
            table["street"], table["low_n"], table["high_n"], parities, table["unit_id"], strict=True
        ):
            by_street[_even(street)].append((int(low), int(high), str(parity), unit))
    return {street: tuple(ranges) for street, ranges in by_street.items()}


def find(text: str, book: Book) -> Match:
    """Find the unit an address lies in.

    Parameters
    ----------
    text : str
        As written.
    book : Book
        From `book`.

    Returns
    -------
    Match
        Certain only where one unit can be meant.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> units = pd.DataFrame(
    ...     {"unit_id": ["u1", "u2", "u3"], "name": ["金桂园", "丰园东区", "丰园西区"], "kind": ["community"] * 3}
    ... )
    >>> places = zs.ingest.addresses.book(units)
    >>> for words in ("某县城关镇金桂园３幢１０２室", "丰园5号楼2单元", "金桂园二期3幢", "中山路8号"):
    ...     match = zs.ingest.addresses.find(words, places)
    ...     print(match.verdict, match.units, match.why)
    certain ('u1',) 小区或村名
    doubtful ('u2', 'u3') 名称写得不全
    doubtful ('u1',) 「金桂园」后面的字可能是另一个小区
    unmatched () 没有相符的小区、村或门牌
    """
    even = _even(text)
    ways = _spans_of_streets(even, book)
    spans = _spans(even, book, ways)
    first = min([*(at for at, _, _ in spans), *(at for at, _ in ways)], default=len(even))
    if _is_elsewhere(even[:first], book.own):
        return Match("unmatched", (), "写的是别的区县")
    counted = _COUNTED.sub(lambda found: str(_number(found[0])), even)
    named, doubt = _by_name(even, spans, ways, book) if spans else _by_beginning(even, book)
    door = _by_door(counted, book)
    bare = "".join(letter for at, letter in enumerate(even) if not any(low <= at < high for low, high in ways))
    named = _in_town(named, bare, book)
    if named and door:
        both = [unit for unit in named if unit in door]
        if len(both) == 1 and not doubt:
            return Match("certain", (both[0],), "小区名与门牌一致")
        why = doubt or "小区名与门牌不在一处"
        return Match("doubtful", tuple(dict.fromkeys([*both, *named, *door])), why)
    if named:
        if len(named) == 1 and not doubt:
            return _checked(named[0], bare, book)
        return Match("doubtful", tuple(named), doubt or f"有 {len(named)} 处叫这个名字")
    if door:
        if len(door) == 1:
            return Match("certain", tuple(door), "门牌")
        return Match("doubtful", tuple(door), f"门牌在 {len(door)} 个小区的号段里")
    near = _alike(even, book)
    return Match("doubtful", near, "名称相像") if near else Match("unmatched", (), "没有相符的小区、村或门牌")


def _even(text: str) -> str:
    """Write an address or a name the one way it is compared: script, width, no spaces, no interpunct."""
    plain = names.plain(unicodedata.normalize("NFKC", str(text))).replace("於", "于")
    return re.sub(r"[\s·—–_~～]+", lambda found: "-" if found[0].strip() in ("—", "–", "~", "～") else "", plain)


def _number(word: str) -> int:
    """Read a Chinese number below a thousand."""
    hundreds, _, rest = word.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    if not ten and not hundreds and len(rest) > 1:  # 一〇二 is read digit by digit
        return int("".join(str(_DIGITS.get(one, 0)) for one in rest))
    total = 100 * _DIGITS.get(hundreds[-1:], 0)
    if ten:
        total += 10 * _DIGITS.get(tens.lstrip("零〇")[-1:], 1)
    return total + _DIGITS.get(ones.lstrip("零〇")[-1:], 0)


def _is_elsewhere(head: str, own: frozenset[str]) -> bool:
    """Tell whether what stands before any name of ours is another county's."""
    if not own:
        return False
    for match in _COUNTY.finditer(re.split(r"[镇乡路街]|\d", head, maxsplit=1)[0]):
        county = match[1]
        if not county.endswith(_LARGE) and not any(county.endswith(one) or one.endswith(county) for one in own):
            return True
    return False


def _spans_of_streets(text: str, book: Book) -> list[tuple[int, int]]:
    """Return where names of streets stand in an address."""
    spans: list[tuple[int, int]] = []
    for street in book.streets:
        at = text.find(street)
        if at >= 0 and not any(low <= at < high for low, high in spans):
            spans.append((at, at + len(street)))
    return spans


def _spans(text: str, book: Book, ways: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Return where names of units stand, the longest only; one within a street's name is none."""
    spans = [
        (at, at + len(word), word)
        for at in range(len(text) - 1)
        for word in book.starts.get(text[at : at + 2], ())
        if text.startswith(word, at)
    ]
    wider = [*ways, *((low, high) for low, high, _ in spans)]
    return [
        (low, high, word)
        for low, high, word in spans
        if not any(left <= low and high <= right and right - left > high - low for left, right in wider)
    ]


def _by_name(
    text: str, spans: list[tuple[int, int, str]], ways: list[tuple[int, int]], book: Book
) -> tuple[list[str], str]:
    """Return the units whose names stand in an address, and what makes that doubtful."""
    clean = [one for one in spans if not _doubt(text, one, ways, book)]
    units = list(dict.fromkeys(unit for _, _, word in clean or spans for unit in book.bearers[word]))
    if not clean:
        return units, _doubt(text, spans[0], ways, book)
    bearers = {book.bearers[word] for _, _, word in clean}
    over = [other for low, _, _ in clean for other in spans if other[0] < low < other[1]]
    if any(book.bearers[word] not in bearers for _, _, word in over):
        return list(dict.fromkeys(unit for _, _, word in spans for unit in book.bearers[word])), "名称连着，有两种读法"
    return units, "写了两处名称" if len(bearers) > 1 else ""


def _doubt(text: str, span: tuple[int, int, str], ways: list[tuple[int, int]], book: Book) -> str:
    """Say why a name that stands in an address may not be meant, or nothing."""
    at, end, word = span
    before, after = text[:at], text[end:]
    village = any(book.kinds.get(unit) == "village" for unit in book.bearers[word])
    if not _BEFORE.search(before) and all(at != end_of_way for _, end_of_way in ways):
        return f"「{word}」前面还有别的字"
    if after.startswith(_ESTATE) and not village and not word.endswith(_ESTATE):
        after = after.removeprefix(_ESTATE)
    if _PHASE.match(after) or not (_AFTER.match(after) or (village and _LANE.match(after))):
        return f"「{word}」后面的字可能是另一个小区"
    return ""


def _by_beginning(text: str, book: Book) -> tuple[list[str], str]:
    """Return units whose names begin as an address does and go on: 丰园5号楼 may be in 丰园东区 or 丰园西区."""
    for at in range(len(text) - 1):
        words = book.starts.get(text[at : at + 2], ())
        if not words or not _BEFORE.search(text[:at]):
            continue
        body = re.match(
            r"[\u4e00-\u9fff]{2,}?(?=\d|$|第?[零〇一二两三四五六七八九十百]+(?:号|幢|栋|座|单元|组))", text[at:]
        )
        if body is None:
            continue
        longer = [word for word in words if word.startswith(body[0].removesuffix(_ESTATE)) and len(body[0]) >= 2]
        if longer:
            return list(dict.fromkeys(unit for word in sorted(longer) for unit in book.bearers[word])), "名称写得不全"
    return [], ""


def _by_door(text: str, book: Book) -> list[str]:
    """Return the units that a street and number lie in."""
    units: dict[str, None] = {}
    for street, ranges in book.doors.items():
        at = text.find(street)
        if at < 0 or not _BEFORE.search(text[:at]):
            continue
        number = _NUMBER.match(text[at + len(street) :])
        if number is None:
            continue
        door = int(number[1])
        for low, high, parity, unit in ranges:
            if low <= door <= high and parity in ("all", "odd" if door % 2 else "even"):
                units[unit] = None
    return list(units)


def _in_town(units: list[str], text: str, book: Book) -> list[str]:
    """Keep the units of the township an address names, where several bear the name."""
    if len(units) < 2 or not book.towns:
        return units
    own = [unit for unit in units if book.towns.get(unit) and book.towns[unit] in text]
    return own or units


def _checked(unit: str, text: str, book: Book) -> Match:
    """Doubt a unit where the address names another township than its own."""
    own = book.towns.get(unit)
    others = {town for town in book.rivals.get(own or "", ()) if town in text}
    if own and own not in text and others:
        return Match("doubtful", (unit,), f"写的是{'、'.join(sorted(others))}，该处在{own}")
    return Match("certain", (unit,), "小区或村名")


def _alike(text: str, book: Book) -> tuple[str, ...]:
    """Suggest units whose names are like a stretch of the address; a likeness decides nothing."""
    runs: Iterable[str] = re.findall(r"[\u4e00-\u9fff]{2,}", re.sub(r"\d+.*", "", text)) or []
    units: dict[str, None] = {}
    for run in runs:
        tails = {run[at:] for at in range(max(0, len(run) - 1))}
        for tail in sorted(tails, key=len, reverse=True):
            for word in difflib.get_close_matches(tail, list(book.bearers), n=_MOST, cutoff=_ALIKE):
                units |= dict.fromkeys(book.bearers[word])
    return tuple(units)[:_MOST]
