"""The words before a colon: a lead, a tier, a campus, a direction, a box, a community and its parts."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, notes
from zhaosheng_analysis.sentences.boundaries import Lines
from zhaosheng_analysis.sentences.boxes import FOUR
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import Shared
from zhaosheng_analysis.sentences.listings import Listings
from zhaosheng_analysis.sentences.phrases import EXCEPT, INCLUDE, MORE, Phrase
from zhaosheng_analysis.sentences.places import RANGE
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import SIDES

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.parsing import Reader

MEMBERS = re.compile("第?[一二三四五六七八九十]+(?:大)?(?:片区|学区|学区片|招生片区)")
FEEDERS = re.compile(
    "(?:学籍制?)?(?:对口|直升|升入|生源)(?:小学|学校|招生|直升)?(?:为|包括)?|"
    "(?:招收|接收)(?:以下)?(?:小学|学校)?(?:的)?毕业生"
)
# 「南边：西段至甲街、东段至乙路」: one border, told stretch by stretch
STRETCH_OF_SIDE = re.compile(
    "(?:[东西南北中][段半]段?|[前后]段)(?:至|到|以|为|是|沿着?)?(?P<name>.{2,}?)(?:为(?:边)?界|一线|沿线)?$"
)
NUMBERED = re.compile("\\d(?:号|弄|巷)$")
CAMPUS = re.compile(
    r"^.{0,12}?(?:校区|本部|小学部|初中部|中学部|(?<!工业|产业|科技|高新|创业|示范)园区|分校|[镇乡心完]小|校|部|小学|初中|中学|学校)$|"
    r"^[东西南北中][校区部]{1,2}$"
)


class Headings(Listings):
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
        elif CAMPUS.match(view.s.rstrip(GROUP)) and not self.is_district(view, rest):
            self.campus(view)
            self.runs(rest)
        elif self._is_bounded(view):
            self.item(Item(view, item.mark))
            self._inside_of_box(view, rest)
        else:
            self.place_head(view, rest)

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
        rest, others = _of_border(rest)
        sided = [side for item in rest for side, _ in getattr(boundaries.sides(item.view), "sides", ())]
        if sided and boundaries.INSIDE[SIDES[match["side"]]] not in sided:
            self.ledger.doubt(view, "冒号前后的方位不一致", unread=True)
        self.to.resume(boundaries.INSIDE[SIDES[match["side"]]])
        if sided:
            self.ledger.mark(view)  # 「东面：甲路以西」 says the side itself
            own = next((k for k, item in enumerate(rest) if boundaries.sides(item.view)), 0)
            named = all(names.is_line(item.view.s) for item in rest[:own])
            rest = [replace(item, mark="、") if not k or (named and k <= own) else item for k, item in enumerate(rest)]
            self.runs([*rest, *others])
            return
        rest, others = self._not_of_border(match["side"], rest, others)
        rest = [replace(item, view=self._of_side(item.view)) for item in rest]
        lines = Lines([name for item in rest for name in boundaries.chain(item.view).names])
        lines.doubt = next((d for name in lines.names if (d := boundaries.unlike_a_line(name.s))), "")
        said = Phrase(view, "、", (), tuple(item.view for item in rest))
        refusal = self.add_side(said, boundaries.INSIDE[SIDES[match["side"]]], lines, border=True)
        for item in rest if refusal else ():
            self.ledger.doubt(item.view, refusal, unread=True)
        if others:
            self.runs(others)

    def _not_of_border(self, side: str, rest: list[Item], others: list[Item]) -> tuple[list[Item], list[Item]]:
        """Part what follows the last border from it: 「北：甲路及乙村」; behind 「、」 only a clerk can tell."""
        lined = [names.is_line(item.view.s) and not NUMBERED.search(item.view.s) for item in rest]
        end = max((place + 1 for place, line in enumerate(lined) if line), default=0) if lined[0] else len(rest)
        said = self.to.box.said if self.to.box is not None else ()
        if end == len(rest):
            return rest, others
        if {*said, boundaries.INSIDE[SIDES[side]]} >= FOUR and rest[end].mark in ("和", ","):
            return rest[:end], [*rest[end:], *others]
        self.ledger.doubt(rest[end].view, "是这条界线的一段还是另一处地方，文字没有说清")
        return rest, others

    def _of_side(self, view: View) -> View:
        """Return the name of a border without the range behind it, and without which stretch of the side it is."""
        view = self._without_range(view)
        match = STRETCH_OF_SIDE.fullmatch(view.s)
        if not match or not names.is_line(match["name"]):
            return view
        self.ledger.mark(view)
        return view.part(match, "name")

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
        node = self.gathered(Gathering(), [Item(rest[0].view, "", rest[0].heads), *rest[1:]])
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

    def _inside_of_box(self, view: View, rest: list[Item]) -> None:
        """Read the places listed behind a colon after a box: those of the box."""
        if self.to.box is None or not rest:
            self.runs(rest)
            return
        doubts = len(self.ledger.doubts)
        node = self.gathered(Gathering(), rest)
        if node is not None:
            self.to.box.narrow.append(node)
        elif any(doubt.unread for doubt in self.ledger.doubts[doubts:]):
            said = self.text.view(view.span[0], rest[-1].view.span[1])
            self.ledger.doubt(said, "后面列的没有读懂，不知道是其中哪些", unread=True)
            self.to.box = None
        self.to.close()


def _of_border(rest: list[Item]) -> tuple[list[Item], list[Item]]:
    """Return what stands behind 「北：」 up to another border or to what is added or left out, and the rest."""
    own = next((place for place, item in enumerate(rest) if place and _begins_anew(item)), len(rest))
    return rest[:own], rest[own:]


def _begins_anew(item: Item) -> bool:
    """Tell whether an item is another border, or added or left out: 「，以及甲苑」, 「，不含乙村」."""
    linked = any(word.match(item.view.s) for word in (INCLUDE, EXCEPT, MORE)) or not item.view.s
    sided = boundaries.sides(item.view) if item.mark == "和" else None
    apart = sided is not None and sided.sides[0][1].limit is not None  # 「北：甲路以及永安镇乙路以南区域」
    return bool(boundaries.boxes(item.view)) or (item.mark == "," and linked) or apart
