"""One item of a list: its wording about children taken off, its link read, the rest left to the constructions."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, notes
from zhaosheng_analysis.sentences.brackets import PEOPLE
from zhaosheng_analysis.sentences.constructions import OTHERS
from zhaosheng_analysis.sentences.grammar import Place, Shared, walk
from zhaosheng_analysis.sentences.numbers import PARITIES, PARITY
from zhaosheng_analysis.sentences.phrases import (
    EXCEPT,
    EXCLUDED,
    HAN_NAME,
    HANDED_OVER,
    INCLUDE,
    IS_SCHOOL,
    LEAVING_END,
    MORE,
    Phrase,
)
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import BUILT, GENERIC, SCHOOL, SHARED_KINDS, STAFF

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.gathering import Gathering
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.parsing import Reader
    from zhaosheng_analysis.sentences.sections import Item

KEPT = 1024  # names whose reading is remembered: a sentence asks about the same one many times
AT = re.compile("(?:凡|凡是)?在(?![水田河山])(?=..)")
# 「甲小学招收乙村…」, 「甲小学：招收乙村…」: whose zone it is, and that it is one.
SUBJECT = re.compile(
    rf"^(?:(?P<school>.{{2,14}}?(?:{SCHOOL}|[一二三四五六七八九十]中(?=就近|对口|招收|接收)))(?:主要|负责|只|面向)*)?(?:就近|对口)*(?:招收|招录|录取|接收|面向)(?=.{{2,}})(?!(?:本|该|我)?(?:学校|校|学区))"
)
FEEDER = re.compile("^(?:学籍制?)?(?:对口|直升|由)(?=.{2,})")
LEAD_IN = re.compile(
    r"^(?:\d{4}年(?:秋季|春季|度)?)?(?:本校|我校|该校|学校)?(?:所在)?(?:的)?(?:招生|学区|施教区|划片|教育服务区?|服务区?)(?:服务)?(?:范围|区域)?"
    r"(?:划分|划定|调整|变更)?"
    r"(?:包括|包含|为|是|:|(?=[东西南北]{1,2}[面边侧]?[至到起以临]))(?=.{2,})"
)
HOMES_OF_RANGE = re.compile(
    rf"(?:区域|范围|以内|之内|区间|地段|[区域围路街道镇]内)(?P<homes>(?:的)?(?:{BUILT}的)?(?:所有|全部|各|现有)?(?:的)?(?:住宅小区|居民小区|"
    rf"住宅楼盘|住宅|小区|社区|楼盘|楼院|居民点|村庄|村社|房屋|住宅楼|民居))(?P<behind>{GROUP}*)$"
)
FORMERLY_OF = re.compile("原属于?[^,;、的]{2,14}的(?=..)")
REASON_AHEAD = re.compile("(?:根据|按照?|因|由于)(?:历史|共建|有关|相关|原有)(?:的)?(?:协议|原因|沿革|传统|划分)")
JOINED_BEFORE = re.compile("[,;](?:以及|及|和)$")
FURTHER = ("另", "另有", "另外", "还有", "加上", "外加")
INSIDE_SIDE = re.compile("的(?!区域|范围|地区|片区|城区|住宅|小区|居民)(?=..)")
KINDS_OF_HOMES = ("村庄", "村", "小区", "住宅", "社区")
OWN_ALONE = re.compile("(?<=..)(?:均|都)?[为属是](?:其|该校|本校)?(?:基本|单一)学区$")
ALL_OF_ZONE = re.compile(  # 「甲镇除乙里外，各里均为学区」
    "(?:其余|其他|其它)?(?:各|所有|全部)(?:里|村|社区|邻|鄰)?(?:均|都|皆)?[为属是](?:本校|该校|其)?(?:基本)?学区(?:范围)?"
)
SHARED_ALONE = re.compile(f"(?:{SHARED_KINDS})(?:学区|施教区|招生区)")
SHARED_ITEM = re.compile("[与和为属是]")
EACH = ("均", "都", "皆")
SHARED_BEHIND = re.compile(rf"(?P<word>(?:(?:均|都|皆)?[为属是])?(?:{SHARED_KINDS})学区)(?P<brackets>{GROUP}*)$")


class Items:
    """The part of a clause's reader that reads one item."""

    reader: "Reader"
    ledger: "Ledger"
    to: "Gathering"
    said: str
    parity_before: str

    def item(self, item: "Item", *, before: tuple[View, ...] = (), after: tuple[View, ...] = ()) -> None:
        """Read one item; what cannot be read is a doubt, whole.

        Parameters
        ----------
        item : Item
            The item.
        before : tuple of View
            Names before it that belong to the same line.
        after : tuple of View
            Names behind it that do.
        """
        view = self._without_in(item.view.trimmed())
        self._begin(item.mark)
        view = self._without_subject(view)
        while view.s[:1] == GROUP:
            if self._parity_before(view):
                view = view[1:]
                break
            self.aside(view[:1])
            view = view[1:].trimmed()
        if not view.s or self._is_remark(view) or self._is_shared(view):
            return
        stem = len(view.s.rstrip(GROUP))
        generic = GENERIC.fullmatch(view.s[:stem]) or STAFF.fullmatch(view.s[:stem].removeprefix("以及"))
        if generic and (self.to.parts or self.to.box):
            self._generic(view[:stem])
            self._asides(view[stem:])
            return
        if own := OWN_ALONE.search(view.s):  # 「甲里为基本学区」: of this school alone
            self.ledger.mark(view[own.start() :])
            view = view[: own.start()]
        view, shared = self._shared_word(self._without_homes(self._without_errand(self._without_own_zone(view))))
        stem = len(view.s.rstrip(GROUP))
        people = notes.tail(view.s[:stem])[0] < stem
        bounded = _range_behind_border(view[:stem])
        apart = people or bounded is not None or (stem < len(view) and self._ring_apart(view, stem, len(before)))
        if bounded is not None:
            self.ledger.mark(view[bounded:stem])
        land = view[: stem if bounded is None else bounded] if apart else view
        self._with_children(Phrase(land, item.mark, before, after), people=people)
        if shared in EACH:
            self.to.share(("?",))  # 「甲区及乙区皆为共同学区」
        elif shared:
            self.to.share_last(("?",))
        if own:
            self.to.close()
            self.to.shared = len(self.to.parts)
        if self.schools:  # of a bracket behind what is no single place
            self.to.share(self.schools)
            self.schools = ()
        if apart:
            self._asides(view[stem:])

    def _ring_apart(self, view: View, stem: int, before_n: int) -> bool:
        """Tell whether a bracket behind a closed line speaks of all the land inside: 「环城路以内（不含松涛苑）」."""
        said = self.inner(view[stem : stem + 1]).s
        more = bool(EXCEPT.match(said) or INCLUDE.match(said) or said.endswith("除外"))
        between = more and boundaries.between(view[:stem])
        return bool(between) or _is_ring(view[:stem], before_n + 2 * more)

    def _parity_before(self, view: View) -> bool:
        """Take the bracket of 「(双)684-1088弄」, which says the parity of the numbers behind it."""
        inner = self.inner(view[:1])
        match = PARITY.fullmatch(inner.s)
        if not match or not view.s[1:2].isdigit():
            return False
        self.ledger.mark(inner)
        self.parity_before = self.to.parity = PARITIES[match["parity"]]
        return True

    def _with_children(self, phrase: Phrase, *, people: bool) -> None:
        """Read an item with what it says of children at either end; `people` where its last words are about them."""
        view = phrase.view
        stop, conditions = notes.tail(view.s.rstrip(GROUP))
        start, first = notes.head(view.s[:stop])
        core = view[start:stop] if people else view[start:]
        self.ledger.mark(view[:start])
        core, dated = self._dated(core)
        core = core.trimmed()
        if core.s:
            self._core(Phrase(core, phrase.mark, phrase.before, phrase.after))
        elif not people and not dated:
            self.ledger.doubt(view, "没有读懂", unread=True)
        if people:
            self.ledger.mark(view[stop:])
        if people and self.to.leaving and not core.s.strip("但并均其中不含包括除"):
            self.ledger.note(view, "excl-who")
            return
        self.to.pending += [*first, *dated]
        if people:
            self.to.who(conditions)

    def _begin(self, mark: str) -> None:
        """Do what a word that begins an item within another asks for: 具有, 除."""
        if mark == "具有":
            self.to.hold()
        elif mark == "除":
            self.to.close()
            self.to.leaving, self.to.apart = True, len(self.to.less)
            self.to.base = next((node for node in walk(self.to.last()) if isinstance(node, Place)), None)

    def _is_remark(self, view: View) -> bool:
        """Take an item that is no land: a school to register at, houses pulled down, categories of children."""
        said = bool(self.to.parts or self.to.box)
        if self.reader.schools_noted and IS_SCHOOL.search(view.s):
            self.ledger.note(view, "rule")
        elif PEOPLE.fullmatch(view.s):
            self.ledger.note(view, "excl-who")
        elif REASON_AHEAD.fullmatch(view.s):
            self.ledger.note(view, "rule")
        elif notes.PATTERNS["demolished"].search(view.s):
            self.ledger.note(view, "demolished")
        elif said and (ALL_OF_ZONE.fullmatch(view.s) or self._is_the_rest(view)):
            self.ledger.mark(view)
        elif said and notes.CATEGORY.fullmatch(view.s.rstrip(GROUP)):
            self.ledger.note(view, "category")
        else:
            return False
        return True

    def _is_the_rest(self, view: View) -> bool:
        """Tell whether 「其餘各鄰」 only says that what was not left out belongs to the zone."""
        return self.to.ends_in_exception() and bool(OTHERS.fullmatch(view.s))

    def _is_shared(self, view: View) -> bool:
        """Take 「与甲小学共享施教区」, 「为甲小学和乙小学共同学区」: said of all the clause so far."""
        if SHARED_ALONE.fullmatch(view.s.rstrip(GROUP)) and not (self.to.parts or self.to.box):
            return self._land_of_shared(view)
        schools = self.shared_schools(view)
        schools = schools if SHARED_ITEM.match(view.s) or SHARED_ALONE.fullmatch(view.s) else None
        if schools is None or not (self.to.parts or self.to.box):
            return False
        self.to.share(schools)
        self.ledger.node(view, self.to.parts[-1])
        return True

    def _land_of_shared(self, view: View) -> bool:
        """Read 「自由学区（甲县）」: the bracket says which land it is, if any."""
        node = self.reader.gather(self.inner(view[len(view) - 1 :]), None).result() if view.s[-1] == GROUP else None
        if node is None:
            return False
        self.ledger.node(view, Shared(node, ("?",)))
        self.to.add(Shared(node, ("?",)))
        return True

    def _asides(self, brackets: View) -> None:
        """Read brackets that speak of all of the clause."""
        for place in range(len(brackets)):
            self.aside(brackets[place : place + 1])

    def _without_in(self, view: View) -> View:
        """Take 在 at the head of a list of places: 「在甲村、乙村居住的」."""
        match = AT.match(view.s)
        if not match or not re.search("居住|范围|区域|附近|内|购房|购买|置业|落户", self.said):
            return view
        self.ledger.mark(view[: match.end()])
        return view[match.end() :]

    def _dated(self, core: View) -> tuple[View, list[str]]:
        """Return the land of 「甲镇区域内2019年4月前交付楼盘（…）」 or 「2019年4月前交付的甲苑」, and the condition."""
        match = notes.DATED.match(core.s)
        if not match or "除外" in match["rest"] or (match["before"] and not notes.HOUSES.fullmatch(match["rest"])):
            return core, []
        if match["with"] and not self._same_day(core.part(match, "with"), match["side"]):
            return core, []
        before, rest = core.part(match, "before"), core.part(match, "rest")
        self.ledger.mark(core[match.start("year") : match.start("rest")])
        if not before.s and notes.HOUSES.fullmatch(rest.s):
            self.ledger.mark(rest)
            return rest[:0], [notes.delivered(match)]
        if before.s:
            stem = len(rest.s.rstrip(GROUP))
            self.ledger.mark(rest[:stem])
            rest = before.plus(rest[stem:])
        return rest, [notes.delivered(match)]

    def _same_day(self, bracket: View, side: str) -> bool:
        """Take （含） behind a day, where it only says what 后 means anyway: since that day."""
        if side != "后" or self.inner(bracket).s not in ("含", "含当日", "含本日"):
            return False
        self.ignore_brackets(bracket)
        return True

    def _without_subject(self, view: View) -> View:
        """Take 「甲小学招收」 at the head of an item; two schools in one text are two sentences."""
        match = SUBJECT.match(view.s)
        if not match:
            return view
        school = view.part(match, "school")
        if school.s and names.objection(school.s):
            return view
        if school.s:
            self.campus(school)
        self.ledger.mark(view[len(school) : match.end()])
        return view[match.end() :]

    def _without_own_zone(self, view: View) -> View:
        """Take 「为本学区范围」 behind a place."""
        match = notes.OWN_ZONE.search(view.s)
        if not match:
            return self._without_school(view)
        self.ledger.mark(view[match.start() :])
        self.to.included = True
        return view[: match.start()]

    def _without_school(self, view: View) -> View:
        """Take 「为甲小学施教区」 at the end of all of the text; said before the end it is of one part, for a clerk."""
        match = notes.ZONE_OF_SCHOOL.search(view.s)
        if not match or re.search(SHARED_KINDS, match["school"]) or notes.PATTERNS["to"].search(match[0]):
            return view
        said = view[match.start() :]
        self.ledger.note(said, "lead")
        if self.text.plain[said.span[1] :].strip(" \n。;,") or self.reader.depth > 1:
            self.ledger.doubt(said, "这一处是本校的还是另归这所学校，须对照两校的文字")
        return view[: match.start()]

    def _generic(self, view: View) -> None:
        """Take 「社区及企事业单位」, which only says that all of what was named before belongs to it."""
        self.ledger.mark(view)
        if self.to.narrowing:
            self.to.close()

    def _without_errand(self, view: View) -> View:
        """Take what the children of a place are to do, and why: 「甲苑的学龄儿童由乙局委托…」."""
        reason = notes.REASON.search(view.s)
        if reason and reason.start() > 1:
            self.ledger.note(view[reason.start() :], "rule")
            view = view[: reason.start()]
        errand, stem = notes.ERRAND.search(view.s), view.s.rstrip(GROUP)
        if not errand or errand.start() < 2 or notes.tail(stem)[0] < len(stem):
            return view
        self.ledger.note(view[errand.start() :], "rule")
        return view[: errand.start()]

    def _without_homes(self, view: View) -> View:
        """Take 「的住宅小区（村庄）」 behind a range, which only says that people live there."""
        match = HOMES_OF_RANGE.search(view.s)
        if not match:
            return view
        self.ledger.mark(view.part(match, "homes"))
        behind = view.part(match, "behind")
        if all(self.inner(behind[k : k + 1]).s in KINDS_OF_HOMES for k in range(len(behind))):
            self.ignore_brackets(behind)
            behind = behind[:0]
        return view[: match.start("homes")].plus(behind)

    def _shared_word(self, view: View) -> tuple[View, str]:
        """Take 自由学区 behind a place; the bracket that follows it, if any, says with which schools."""
        match = SHARED_BEHIND.search(view.s)
        if not match or match.start() < 2:
            return view, ""
        self.ledger.mark(view.part(match, "word"))
        said = self.inner(view[match.start("brackets") :][:1]) if match["brackets"] else view[:0]
        if schools := self.school_list(said):
            self.ledger.mark(said)
            self.schools = schools
            return view[: match.start()].plus(view[match.start("brackets") + 1 :]), ""
        return view[: match.start()].plus(view.part(match, "brackets")), "" if match["brackets"] else match["word"][0]

    def _core(self, phrase: Phrase) -> None:
        """Read what an item says of land; where that fails, forget it and mark all of it."""
        view = self._without_former(self.linked(phrase.view, phrase.mark))
        if not view.s:
            return
        ledger, kept = self.ledger.state(), self.to.saved()  # 含 and 不含 hold for what follows, whatever this is
        if JOINED_BEFORE.search(self.text.plain, 0, view.span[0]):
            self._joins_box("以及", view)
        said = Phrase(view, phrase.mark, phrase.before, phrase.after)
        refusal = self._listed(view) if set(view.s) == {GROUP} else self.construction(said)
        if refusal:
            self.ledger.back_to(ledger)
            self.to.back_to(kept)
            self.ledger.doubt(said.span, refusal, unread=True)

    def _without_former(self, view: View) -> View:
        """Take 「原属甲社区的」 before a place, which only says whose it was."""
        match = FORMERLY_OF.match(view.s)
        if match:
            self.ledger.note(view[: match.end()], "lead")
        return view[match.end() :] if match else view

    def _listed(self, view: View) -> str:
        """Read the brackets behind 包括 or 不含: 「包括（甲苑、乙苑）」."""
        for place in range(len(view)):
            node = self.reader.gather(self.inner(view[place : place + 1]), None).result()
            if node is not None:
                self.to.add(node)
        return ""

    def linked(self, view: View, mark: str) -> View:
        """Take the linking word at the beginning of an item: 还包括, 以及, 不含, 除.

        Parameters
        ----------
        view : View
            The words of the item.
        mark : str
            The mark before the item.

        Returns
        -------
        View
            The words without the linking word.
        """
        match = EXCEPT.match(view.s)
        if match:
            self.to.limit_box()
            self.to.suspend()
            self.to.leaving = True
            self.ledger.mark(view[: match.end()])
            if over := HANDED_OVER.match(view.s):
                self.ledger.note(view[match.end() : over.end()], "rule")
            return view[(over or match).end() :].trimmed()
        match = INCLUDE.match(view.s)
        nothing = not self.to.parts and self.to.box is None
        in_bracket = nothing and self.reader.depth > 1 and view.s[1:2] not in ("光", "元")
        goes_on = in_bracket or (not nothing and view.s[1:2] not in ("光", "元"))
        if match and (goes_on or match[0] != "含" or not HAN_NAME.match(view.s)):
            self.to.included = self.to.included or nothing
            self.to.include_whole()
            if self.to.box is not None and len(self.to.box.parts) > 1:
                self._unbounded(view[match.end() :])
            self.to.limit_box()
            self.to.suspend()
            self.to.leaving = False
            self.ledger.mark(view[: match.end()])
            return view[match.end() :].trimmed(": ")
        match = LEAD_IN.match(view.s) or (self.feeders and FEEDER.match(view.s)) or _joining(view.s, mark)
        if not match:
            return view
        self.ledger.mark(view[: match.end()])
        self._joins_box(match[0], view[match.end() :])
        if match[0] == "其中":
            self.to.close()
            self.to.among = self.to.run = len(self.to.parts)
        return view[match.end() :]

    def _unbounded(self, view: View) -> None:
        """Doubt 「包括甲路以南的居民」 behind borders: how far that goes is not said."""
        sided = boundaries.sides(_land(view))
        if sided is not None and not sided.rest.s and self.text.plain[view.span[1] :][:1] not in tuple("、和及"):
            self.ledger.doubt(view, "这条路的这一侧到哪里为止，文字没有说清")

    def _joins_box(self, word: str, view: View) -> None:
        """End an open box before 「另有…路以西的甲苑」; 以及 may go on with it, which only a clerk can say."""
        sided = boundaries.sides(view) if self.to.box is not None and not self.to.box.complete else None
        if sided is None or not INSIDE_SIDE.match(sided.rest.s):
            return
        if word not in FURTHER and not self.text.plain[: view.span[0]].removesuffix(word).endswith(tuple(";。\n")):
            self.ledger.doubt(view, "前面的界线与后面的是合成一片还是各为一片，文字没有说清")
        self.to.close()

    def is_name(self, view: View) -> bool:
        """Tell whether an item can only be a name: no side, no border, no wording about children."""
        return _is_name(view.s, leaving=self.to.leaving)

    def land(self, view: View) -> View:
        """Return an item without the words on children at either end, and without the homes behind a range."""
        return _land(view)


@lru_cache(KEPT)
def _is_name(s: str, *, leaving: bool) -> bool:
    """Tell whether words can only be a name; it depends on nothing but them, and is asked of each several times."""
    stem = s.rstrip(GROUP)
    if not stem or EXCEPT.match(s) or (INCLUDE.match(s) and not HAN_NAME.match(s)):
        return False
    if notes.tail(stem)[0] < len(stem) or EXCLUDED.match(stem) or (leaving and LEAVING_END.match(stem)):
        return False
    places = tuple(range(len(s)))
    land = _land(View(s, places, places)).s
    return boundaries.unbounded(land) and not (land != names.bare(land) and _is_end_of_land(names.bare(land)))


def _is_end_of_land(s: str) -> bool:
    """Tell whether words end what a list began: 「丁路围合的区域」, 「乙河之间」, whatever bracket stands behind it."""
    view = View(s, tuple(range(len(s))), tuple(range(len(s))))
    return boundaries.ring(view) is not None or boundaries.between(view) is not None


def _land(view: View) -> View:
    """Return words without those on children at either end, and without the homes behind a range."""
    match = HOMES_OF_RANGE.search(view.s)
    view = view[: match.start("homes")] if match else view
    end = len(view.s.rstrip(GROUP))
    stop, _ = notes.tail(view.s[:end])
    start, _ = notes.head(view.s[:stop])
    return view[start : len(view) if stop == end else stop].trimmed()


def _range_behind_border(view: View) -> int | None:
    """Return where the word for all that lies between begins behind a border: 「北至丙路合围区域」.

    A bracket behind that word speaks of the whole land, not of the line.
    """
    word = boundaries.RANGE_BEHIND.search(view.s)
    if not word or word.start() < 2:
        return None
    boxes = boundaries.boxes(view[: word.start()])
    return word.start() if boxes and all(sure for _, _, sure in boxes) else None


def _is_ring(view: View, before_n: int) -> bool:
    """Tell whether an item draws a closed line, so that a bracket behind it speaks of all the land inside."""
    lines = boundaries.ring(view)
    return lines is not None and before_n + len(lines.names) > 2 and not lines.doubt


def _joining(s: str, mark: str) -> re.Match | None:
    """Return the word that joins an item to what stands before it, unless a name begins with it."""
    match = MORE.match(s)
    if not match or match[0] not in "和及与或" or mark == ",":
        return match
    # 「、和丰社区」 is one name: what would follow 和 is none.
    kind = names.KIND_ENDS.search(names.bare(s[1:])) if mark else None
    return match if kind and kind.start() > 1 else None
