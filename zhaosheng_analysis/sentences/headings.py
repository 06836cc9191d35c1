"""The words before a colon: a lead, a tier, a campus, a direction, a box, a community and its parts."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, notes
from zhaosheng_analysis.sentences.boundaries import Lines
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import (
    Except,
    Intersection,
    Node,
    Part,
    Place,
    Shared,
    Some,
    Union,
    Who,
    union,
)
from zhaosheng_analysis.sentences.numbered_places import Refusal
from zhaosheng_analysis.sentences.phrases import INCLUDE, MORE, Phrase
from zhaosheng_analysis.sentences.places import RANGE
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import SIDES

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.parsing import Reader

PART_WORDS = ("部分", "一部分", "局部")
PART_HEAD = re.compile("(?:的)?(?:一?部分|局部)(?:区域|小区)?$")
MEMBERS = re.compile("第?[一二三四五六七八九十]+(?:大)?(?:片区|学区|学区片|招生片区)")
FEEDERS = re.compile(
    "(?:学籍制?)?(?:对口|直升|升入|生源)(?:小学|学校|招生|直升)?(?:为|包括)?|"
    "(?:招收|接收)(?:以下)?(?:小学|学校)?(?:的)?毕业生"
)
ALL_OF_IT = re.compile(
    "(?:全部|全域|全境|全段|全路段|全路|全街|全巷|全弄|全里|全村|全社区|全小区|全镇|全乡|整个|所有)(?:的)?(?:小区|住宅|区域|范围|居民)?"
)
CAMPUS = re.compile(
    r"^.{0,12}?(?:校区|本部|小学部|初中部|中学部|(?<!工业|产业|科技|高新|创业|示范)园区|分校|[镇乡心完]小|校|部|小学|初中|中学|学校)$|"
    r"^[东西南北中][校区部]{1,2}$"
)


DISTRICT = re.compile("[东西南北中]区")
LI = re.compile(f"里(?:$|{GROUP}|\\d)|[邻鄰]")
# Where a part of a list holds the place that it is about.
HELD = {Part: "place", Except: "whole", Shared: "of", Some: "of", Who: "of"}


class Headings:
    """The part of a clause's reader that reads what stands before a colon."""

    reader: "Reader"
    ledger: "Ledger"
    to: Gathering

    def head(self, item: Item, rest: list[Item]) -> None:
        """Read the words before a colon and what stands behind it."""
        view = item.view.trimmed()
        rest = [Item(each.view, "" if not place else each.mark) for place, each in enumerate(rest)]
        if notes.ASIDE_HEAD.fullmatch(view.s):
            self._aside_head(view, rest)
        elif notes.BESIDES.fullmatch(view.s):
            self._besides(view, rest)
        elif self._opens(view):
            self.runs(rest)
        elif self._of_children(view, rest):
            pass
        elif match := boundaries.BOX_HEAD.match(view.s):
            self._direction(view, match, rest)
        elif CAMPUS.match(view.s.rstrip(GROUP)) and not self._is_district(view, rest):
            self.campus(view)
            self.runs(rest)
        elif self._is_bounded(view):
            self.item(Item(view, item.mark))
            self._inside_of_box(rest)
        else:
            self._place_head(view, rest)

    def _opens(self, view: View) -> bool:
        """Take a lead, a tier, a linking word: what stands behind it is read as it would be without."""
        tier = notes.TIER.match(view.s)
        schools = FEEDERS.fullmatch(view.s) or MEMBERS.fullmatch(view.s)
        link = INCLUDE.fullmatch(view.s) or MORE.fullmatch(view.s)
        if tier:
            self.ledger.note(view, "tier")
            self.ledger.doubt(view, "文字分了服务区的类别，哪一类算学区须由教育局说明")
        elif link:
            self.ledger.mark(view)
        elif schools or notes.LEAD.fullmatch(view.s):
            self.ledger.note(view, "lead")
            self.feeders = self.feeders or bool(schools)
        else:
            return False
        return True

    def _is_district(self, view: View, rest: list[Item]) -> bool:
        """Tell whether 「南區：…」 is the city's southern district, listed with its 里, and no campus."""
        return bool(DISTRICT.fullmatch(view.s)) and any(LI.search(item.view.s) for item in rest)

    def _of_children(self, view: View, rest: list[Item]) -> bool:
        """Read 「户籍生：甲社区、乙社区」: for these children alone."""
        stop, conditions = notes.tail(view.s)
        if stop or not conditions or not rest:
            return False
        self.ledger.mark(view)
        self.to.who([])
        self.runs(rest)
        self.to.who(list(conditions))
        return True

    def _is_bounded(self, view: View) -> bool:
        """Tell whether the words before a colon describe a box, or limit the one being gathered."""
        land = self.land(view)
        bounded = boundaries.sides(land) or boundaries.boxes(land)
        return bool(bounded) or (self.to.box is not None and bool(RANGE.search(view.s)))

    def _aside_head(self, view: View, rest: list[Item]) -> None:
        """Take 「报名地点：甲小学」, which is no land; schools that follow in other clauses are more of the same."""
        for each in (view, *(item.view for item in rest)):
            self.ledger.note(each, "rule")
        self.reader.schools_noted = True

    def _besides(self, view: View, rest: list[Item]) -> None:
        """Read 「另：…」, 「备注：…」: a remark, more land, or what a clerk has to say."""
        said = "、".join(item.view.s for item in rest)
        if notes.note(said):
            for each in (view, *(item.view for item in rest)):
                self.ledger.note(each, "rule")
        elif view.s.startswith("另"):
            self.ledger.mark(view)
            self.to.close()
            self.runs(rest)
        else:
            for each in (view, *(item.view for item in rest)):
                self.ledger.doubt(each, "备注里的话没有读懂", unread=True)

    def _direction(self, view: View, match: re.Match, rest: list[Item]) -> None:
        """Read 「东：甲路」: the zone lies west of it."""
        if not rest:
            self.ledger.doubt(view, "没有读懂", unread=True)
            return
        sided = [side for item in rest for side, _ in getattr(boundaries.sides(item.view), "sides", ())]
        if sided and boundaries.INSIDE[SIDES[match["side"]]] not in sided:
            self.ledger.doubt(view, "冒号前后的方位不一致", unread=True)
        self.to.resume(boundaries.INSIDE[SIDES[match["side"]]])
        if sided:
            self.ledger.mark(view)  # 「东面：甲路以西」 says the side itself
            self.runs([replace(rest[0], mark="、"), *rest[1:]])
            return
        rest = [replace(item, view=self._without_range(item.view)) for item in rest]
        lines = Lines([name for item in rest for name in boundaries.chain(item.view).names])
        lines.doubt = next((d for name in lines.names if (d := boundaries.unlike_a_line(name.s))), "")
        refusal = self.add_side(Phrase(view, "、"), boundaries.INSIDE[SIDES[match["side"]]], lines, border=True)
        for item in rest:
            if refusal:
                self.ledger.doubt(item.view, refusal, unread=True)
            else:
                self.ledger.node(item.view, self.to.box.parts[-1])

    def _without_range(self, view: View) -> View:
        """Take 合围区域 behind the last border."""
        word = boundaries.RANGE_BEHIND.search(view.s)
        if not word or word.start() < 2:
            return view
        self.ledger.mark(view[word.start() :])
        return view[: word.start()]

    def of_schools(self, head: list[Item], rest: list[Item]) -> bool:
        """Read 「共享学区：甲苑、乙苑」, 「甲小学、乙小学共同学区：…」; what stands behind is shared among them.

        Parameters
        ----------
        head : list of Item
            The items up to the colon.
        rest : list of Item
            Those behind it.

        Returns
        -------
        bool
            Whether it was that.
        """
        view = self.text.view(head[0].view.span[0], head[-1].view.span[1])
        stem = view[: len(view.s.rstrip(GROUP))]
        said = [stem, *(self.inner(view[place : place + 1]) for place in range(len(stem), len(view)))]
        schools = [self.shared_schools(each) for each in said]
        if not rest or None in schools:
            return False
        for each in said:
            self.ledger.mark(each)
        named = next((each for each in schools if each != ("?",)), ("?",))
        node = self._gathered(Gathering(), [Item(rest[0].view, "", rest[0].heads), *rest[1:]])
        if node is not None:
            self.to.close()
            self.to.add(Shared(node, named))
        return True

    def campus(self, view: View) -> None:
        """Take the name of a campus: what belongs to which campus is not said by one zone."""
        self.ledger.note(view, "campus")
        self.to.close()
        self.reader.campuses.append(view)
        if len(self.reader.campuses) > 1:
            for campus in self.reader.campuses:
                self.ledger.doubt(campus, "文字分校区写，应当各写一句")

    def _inside_of_box(self, rest: list[Item]) -> None:
        """Read the places listed behind a colon after a box: those of the box."""
        if self.to.box is None or not rest:
            self.runs(rest)
            return
        doubts = len(self.ledger.doubts)
        node = self._gathered(Gathering(), rest)
        if node is not None:
            self.to.box.narrow.append(node)
        elif any(doubt.unread for doubt in self.ledger.doubts[doubts:]):
            said = self.text.view(rest[0].view.span[0], rest[-1].view.span[1])
            self.ledger.doubt(said, "后面列的没有读懂，不知道是其中哪些")
        self.to.close()

    def _place_head(self, view: View, rest: list[Item]) -> None:
        """Read 「槐荫社区：1、2组」, 「安平街道：甲社区、乙社区」."""
        part = PART_HEAD.search(view.s)
        whole = self.inner(view[len(view) - 1 :]).s in PART_WORDS if view.s[-1:] == GROUP else bool(part)
        if whole and len(view) > 2:  # 「甲社区部分：乙苑、丙苑」: what stands behind says which part
            self.ignore_brackets(view)
            self.ledger.mark(view)
            view = view[: part.start() if part else len(view) - 1]
        node = self.place(view, self.to)
        parity = node.parity if isinstance(node, Part) and not node.only else ""
        node = node.place if parity else node
        if not isinstance(node, Place) or isinstance(node, Refusal) or not rest:
            self.ledger.doubt(view, "冒号前的话没有读懂", unread=True)
            self.runs(rest)
            return
        if len(rest) == 1 and not parity and ALL_OF_IT.fullmatch(rest[0].view.s):
            self.ledger.node(view, node)
            self.ledger.mark(rest[0].view)
            self.to.add(node)
            return
        inner, doubts = Gathering(node, base=node), len(self.ledger.doubts)
        listed = _with_parity(self._gathered(inner, rest), parity)
        if listed is None and not inner.less and any(doubt.unread for doubt in self.ledger.doubts[doubts:]):
            self.ledger.doubt(view, "后面列的没有读懂，不知道是其中哪些", unread=True)
            return
        self.ledger.node(view, node)
        if listed is None and inner.less:
            self.to.add(Except(node, tuple(inner.less)))
        else:
            self.to.add(node if listed is None else inside(node, listed))
        self.to.base = inner.base

    def _gathered(self, inner: Gathering, rest: list[Item]) -> Node | None:
        """Read what stands behind a colon on its own."""
        type(self)(self.reader, inner).read(rest)
        return inner.result()


def inside(whole: Place, listed: Node) -> Node:
    """Return the part of a place that a list behind it names; numbers are the place's own.

    Parameters
    ----------
    whole : Place
        The place before the colon.
    listed : Node
        What stands behind it.

    Returns
    -------
    Node
        The part that is meant.
    """
    parts = listed.parts if isinstance(listed, Union) else (listed,)
    if all(isinstance(part, Part) and part.place.name.startswith(whole.name) for part in parts):
        return listed
    leads = [_lead(part) for part in parts]
    if None not in leads and (names.is_township(plain(whole.name)) or _lists_communities(plain(whole.name), leads)):
        return union([_within(part, whole.name) for part in parts])
    return Intersection((whole, listed))


def _lists_communities(whole: str, leads: list[Place]) -> bool:
    """Tell whether what stands before a colon is larger than the communities behind it: 「车坊片区：甲社区、乙村」."""
    small = re.search("(?:社区|村|居委会?|里)$", whole)
    return not small and all(names.is_community(plain(lead.name)) for lead in leads)


def _lead(node: Node) -> Place | None:
    """Return the place that a part of a list names first."""
    if isinstance(node, Place):
        return node
    if isinstance(node, Union):
        leads = [_lead(part) for part in node.parts]
        return leads[0] if None not in leads else None
    held = HELD.get(type(node))
    if held is not None:
        return _lead(getattr(node, held))
    return _lead(node.parts[0]) if isinstance(node, Intersection) else None


def _with_parity(listed: Node | None, parity: str) -> Node | None:
    """Give the parity of 「青云路（单）：1-207弄」 to the numbers behind the colon."""
    if isinstance(listed, Union) and parity:
        return Union(tuple(_with_parity(part, parity) for part in listed.parts))
    if isinstance(listed, Except):
        return replace(listed, whole=_with_parity(listed.whole, parity))
    return replace(listed, parity=parity) if parity and isinstance(listed, Part) and not listed.parity else listed


def _within(node: Node, whole: str) -> Node:
    """Return a part of a list with the street office it was listed under."""
    if isinstance(node, Place):
        return node if node.within or node.limit else replace(node, within=whole)
    if isinstance(node, Union):
        return Union(tuple(_within(part, whole) for part in node.parts))
    if isinstance(node, Intersection):
        return Intersection((_within(node.parts[0], whole), *node.parts[1:]))
    held = HELD[type(node)]
    return replace(node, **{held: _within(getattr(node, held), whole)})
