"""How a notice is laid out: numbered points, sentences, clauses, items, and the words before a colon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from zhaosheng_analysis.sentences import names, notes, numbers
from zhaosheng_analysis.sentences.views import GROUP, QUOTED, Text, View
from zhaosheng_analysis.sentences.words import SHARED_KINDS, STAFF

CHINESE = "一二三四五六七八九十"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
BEFORE_POINT = rf"(?:^|(?<=[\n。;:,、 \]){GROUP}]))"
# A row of a table that was pasted as text: its number, and its first line, which names the columns.
ROW_NUMBER = re.compile(r"(?:^|(?<=\n))(\d{1,2}) *(?=[一-龥])(?! *[邻鄰组队号幢栋座弄巷期村社楼至到])")
LINE_NUMBER = re.compile(r"(?:^|(?<=\n))(\d{1,2})[.、](?!\d)\s*")
COLUMN = (
    r"(?:(?:公办)?(?:小学|初中|中学|学校)?(?:名称|名)|序号|编号|学校|校名|社区|村|村居|社区\(村\)|小区|路段|路名|道路|门牌号?|单双号|街道|镇街?|"
    r"(?:所属|所在)?(?:街道|社区|镇|乡镇)(?:名称)?|(?:招生|学区|服务|施教区?|划片|具体)*(?:范围|区域|地段)|学区|施教区|服务区|备注|说明|小区名称|楼栋|楼幢号?|户数)"
)
COLUMNS = re.compile(rf"{COLUMN}(?:[ ,、|/]+{COLUMN})+")
# The ways points are numbered; each pattern has the number, or its characters, as group 1.
STYLES = (
    re.compile(
        rf"{BEFORE_POINT}([{CHINESE}]{{1,3}})[、.,](?![、.,]|[{CHINESE}]{{1,3}}[、.,])|"
        rf"(?<=[里村区路号组鄰邻])(?!一)([{CHINESE}]{{1,3}})、(?![、.,]|[{CHINESE}\d])"
    ),
    re.compile(r"(?:^|(?<![\d.A-Za-z\-~第]))(\d{1,2})[.)](?!\d)\s*"),
    re.compile(rf"(?:^|(?<=[\n。;:,、 \])一-龥{GROUP}]))(\d{{1,2}})、(?!\d)"),
    re.compile(rf"([{CIRCLED}])[、.]?"),
    re.compile(rf"{BEFORE_POINT}([{CHINESE}]{{1,2}})是(?=..)"),
    re.compile(rf"{BEFORE_POINT}(?:区域|片区|区块|地块|地段|范围)([{CHINESE}]{{1,2}}|\d{{1,2}})[:、.]"),
)
IN_BRACKETS = re.compile(rf"(?:[{CHINESE}]{{1,3}}|\d{{1,2}})")
LINKS = {"具有": "具有", "持有": "具有", "拥有": "具有", "除": "除", "不含": "除", "不包括": "除"}
# Words within an item that begin another one: 「…以北具有甲社区户籍的」, 「甲社区除乙苑外」.
CUTS = re.compile(
    f"(?<=.)(?:具有|持有|拥有)(?=.*(?:户籍|户口|居委|社区|村))|(?:(?<=[区县市村苑园里路街道镇乡内{GROUP}])|(?<=以[东西南北]))(?:除(?!外|夕)|不含|不包括)(?=.{{2}})"
)
# 「甲里为松涛、柳溪小学共同学区」: said of the land before it, the schools listed in one breath.
SHARED_BEHIND = re.compile(
    rf"(?:(?<=[里村区域围段片苑园庄院路街邻鄰组队号幢栋内{GROUP}])|(?<=以[东西南北])|^)(?:均|都|同)?[与和为属是系同](?![^,;。]{{0,3}}以[东西南北])"
    rf"(?:[^,;:。{GROUP}]*?(?:小|学|校|中)(?:学区)?|(?<=[为属])[^,;:。{GROUP}]{{1,16}}?)(?:的)?(?:{SHARED_KINDS})(?:学区|施教区|招生区|服务区)|"
    rf"(?<=[里村区苑园庄院城府期幢栋邻鄰组{GROUP}])[与和同][^,;:。、{GROUP}]*?(?:小|学|校|中)(?:共享|共用|共有|共同招生)$"
)
BULLET = re.compile(r"\s*(?:-|[*·•●○◆◇■□▪►▶]) *(?=[^\s\d-])")
NEXT_NUMBERS = re.compile(rf"[号弄幢栋座巷组队]{GROUP}\d")
SENTENCE_ENDS, CLAUSE_ENDS, ITEM_ENDS = "。\n.", ";", "、,:/ "
ITEM_END = re.compile(f"[{ITEM_ENDS}]")


@dataclass(frozen=True)
class Item:
    """One item of a list: what it is, the mark before it (strongest of several), and whether a colon follows it."""

    view: View
    mark: str
    heads: bool = False


def points(view: View, text: Text) -> list[View]:
    """Split at the numbers of numbered points; the first part is what stands before the first number.

    A number counts only where the numbers run 1, 2, 3 …, so that 「柳溪一、柳溪二村」 and 「12、13鄰」 stay whole.
    """
    for spans in _numbered(view, text):
        heads = _runs(spans)
        if heads and _are_points(view.s, heads):
            cuts = [start for start, _, _ in heads] + [len(view)]
            inner = [view[end:cut] for (_, end, _), cut in zip(heads, cuts[1:], strict=True)]
            return [view[: cuts[0]], *(each for part in inner for each in points(part, text))]
    return _lines_with_numbers(view)


def _lines_with_numbers(view: View) -> list[View]:
    """Split an excerpt of numbered lines, 「2.甲路…⏎3.乙路…⏎7.丙路…」, whose numbers rise but leave some out."""
    heads = _matches(LINE_NUMBER, view.s)
    rising = all(one[2] < two[2] for one, two in pairwise(heads))
    if len(heads) < 2 or not rising or heads[0][0]:
        return [view]
    ends = [*(start for start, _, _ in heads[1:]), len(view)]
    return [view[:0], *(view[end:stop] for (_, end, _), stop in zip(heads, ends, strict=True))]


def unnumbered(view: View, text: Text) -> View:
    """Return one point of a longer notice without its number: 「（2）东至甲路…」, whatever the number is."""
    for heads in _numbered(view, text):
        if heads and heads[0][0] == 0 and len(view) > heads[0][1] + 1:
            return view[heads[0][1] :]
    return view


def _numbered(view: View, text: Text) -> Iterator[list[tuple[int, int, int]]]:
    """Return for each way to number points begin, end and value of all that looks like a number of it."""
    yield from (_matches(style, view.s) for style in STYLES)
    yield _bracketed(view, text)
    rows = _matches(ROW_NUMBER, view.s)
    yield [row for row in rows if text.original[view.ends[row[1] - 1] :][:1].isspace()]


def _matches(style: re.Pattern, s: str) -> list[tuple[int, int, int]]:
    """Return begin, end and value of everything that looks like a number of this style."""
    return [
        (m.start(), m.end(), CIRCLED.find(m[m.lastindex]) + 1 or numbers.value(m[m.lastindex]))
        for m in style.finditer(s)
    ]


def _bracketed(view: View, text: Text) -> list[tuple[int, int, int]]:
    """Return the brackets that hold nothing but a number: （一）, (2)."""
    spans = []
    for place in (place for place, character in enumerate(view.s) if character == GROUP):
        inner = text.inner(view.starts[place], view.ends[place]).s
        if IN_BRACKETS.fullmatch(inner):
            spans.append((place, place + 1, numbers.value(inner)))
    return spans


def _runs(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return those that count 1, 2, 3 … from the first one on."""
    kept: list[tuple[int, int, int]] = []
    for head in spans:
        if head[2] == len(kept) + 1:
            kept.append(head)
    return kept


def _are_points(s: str, heads: list[tuple[int, int, int]]) -> bool:
    """Tell whether each number begins a point that says something; the first point begins the text or a line."""
    ends = [start for start, _, _ in heads[1:]] + [len(s)]
    said = all(len(s[end:stop].strip("、,;。 \n")) >= 2 for (_, end, _), stop in zip(heads, ends, strict=True))
    if len(heads) == 1 and s[heads[0][1] : heads[0][1] + 1] in (*CHINESE, *"0123456789"):
        return False
    before = s[: heads[0][0]].rstrip(" ")
    return said and (not before or before[-1] in "\n:;。")


def split(view: View, marks: str) -> list[View]:
    """Split at some marks; empty parts are left out."""
    parts, start = [], 0
    for place, character in enumerate(view.s):
        if character in marks and not (character == "." and not _ends_sentence(view.s, place)):
            parts.append(view[start:place])
            start = place + 1
    parts = [_without_bullet(part) for part in [*parts, view[start:]]]
    return [part for part in parts if part.s.strip(" \n、,;:。")]


def _without_bullet(view: View) -> View:
    """Return a line of a list without the mark it begins with."""
    match = BULLET.match(view.s)
    return view[match.end() :] if match else view


def _ends_sentence(s: str, place: int) -> bool:
    """Tell whether a full stop in Latin type ends a sentence, rather than stand in a number or a code."""
    beside = s[place - 1 : place] + s[place + 1 : place + 2]
    return not any(character.isascii() and character.isalnum() for character in beside)


def items(clause: View, text: Text, *, table: bool = False) -> list[Item]:
    """Split a clause into its items at commas, gaps, colons and 和 between two places; lists of numbers stay whole.

    Parameters
    ----------
    clause : View
        The clause.
    text : Text
        The sentence it stands in, for what its brackets hold.
    table : bool
        Whether it is a row of a table, so that a gap parts two columns.

    Returns
    -------
    list of Item
        The items in their order.
    """
    pieces = _pieces(clause, text)
    spans = []
    for place, piece in enumerate(pieces):
        shared = SHARED_BEHIND.fullmatch(piece.s) if place else None
        spans += [Item(piece, "、")] if shared else _items(piece, "、" if place else "")
    return _with_columns(spans, text, table=table) if len(spans) > 1 else spans


def _with_columns(spans: list[Item], text: Text, *, table: bool) -> list[Item]:
    """Let a cell of a table head the next one, which says what of it belongs to the zone: 「槐荫社区⇥青云路以北」."""
    row = spans[:1]
    for item in spans[1:]:
        before = row[-1].view
        gap = item.mark == " " and (table or "\t" in text.original[before.span[1] : item.view.span[0]])
        row[-1] = replace(row[-1], heads=True) if gap and _heads_row(before, item.view) else row[-1]
        row.append(item)
    return row


def _heads_row(view: View, following: View) -> bool:
    """Tell whether a cell of a table is a place of which the next cell says which part belongs to the zone."""
    whole = names.is_community(view.s) or names.is_line(view.s) or bool(notes.SCHOOL_ENDS.search(view.s))
    return whole and not names.objection(view.s) and not _of_one_kind(view.s, following.s)


def _of_one_kind(one: str, other: str) -> bool:
    """Tell whether two cells are names of the same kind, as in a list laid out in columns."""
    if names.is_township(one) and not names.is_township(other):
        return False
    same = (names.is_community, names.is_line)
    return any(kind(one) and kind(other) and not names.objection(other) for kind in same)


def _pieces(clause: View, text: Text) -> list[View]:
    """Split where a bracket or a verb parts two items without a mark: 「甲里【…】乙里」, 「甲里为A、B小学共同学区」."""
    cuts = [0, *(place for match in SHARED_BEHIND.finditer(clause.s) for place in match.span() if place < len(clause))]
    cuts += [place for place in range(1, len(clause)) if clause.s[place - 1 : place + 1] == 2 * QUOTED]  # “甲苑”“乙苑”
    for place, character in enumerate(clause.s[1:-1], 1):
        if character != GROUP or clause.s[place + 1] in f"{ITEM_ENDS}{GROUP}":
            continue
        if text.plain[clause.starts[place]] == "[" and names.has_kind(clause.s[place + 1 :].split(GROUP)[0]):
            cuts.append(place + 1)
        elif NEXT_NUMBERS.match(clause.s, place - 1) and numbers.PARITY.fullmatch(_within(clause, place, text)):
            cuts.append(place)
    cuts.sort()
    return [clause[start:end] for start, end in zip(cuts, [*cuts[1:], len(clause)], strict=True)]


def _within(view: View, place: int, text: Text) -> str:
    """Return what the bracket at a place holds."""
    return text.inner(view.starts[place], view.ends[place]).s


def _items(clause: View, mark: str) -> list[Item]:
    """Split a stretch at commas, gaps, colons and 和 between two places."""
    inside = (*numbers.lists(clause.s), *(match.span() for match in STAFF.finditer(clause.s)))
    items: list[Item] = []
    start = 0
    for place, character in [*((match.start(), match[0]) for match in ITEM_END.finditer(clause.s)), (len(clause), "")]:
        if character and any(first <= place < end for first, end in inside):
            continue
        part = clause[start:place]
        if part.s.strip(" \n"):
            items += _joined(part.trimmed(), mark, heads=character == ":")
            mark = character
        else:
            mark = _stronger(mark, character)
        start = place + 1
    return items


def _joined(part: View, mark: str, *, heads: bool) -> list[Item]:
    """Split an item at 和, 及, 与 where they join two places."""
    if notes.SHARED_TAIL.match(part.s):
        return [Item(part, mark, heads)]
    more = CUTS.finditer(part.s) if any(word in part.s for word in LINKS) else ()
    cuts = [*names.joints(part.s), *(m.span() for m in more)]
    cuts.sort()
    inside = (*numbers.lists(part.s), *(match.span() for match in STAFF.finditer(part.s)))
    cuts = [cut for cut in cuts if not any(a <= cut[0] < b for a, b in inside)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(part)]
    marks = [mark, *(LINKS.get(part.s[start:end], "和") for start, end in cuts)]
    last = len(cuts)
    return [
        Item(part[a:b], each, heads and place == last)
        for place, (a, b, each) in enumerate(zip(starts, ends, marks, strict=True))
    ]


def _stronger(one: str, other: str) -> str:
    """Return the mark that parts more."""
    order = " 、/,:"
    return max(one, other, key=lambda mark: order.find(mark) if mark else -1)
