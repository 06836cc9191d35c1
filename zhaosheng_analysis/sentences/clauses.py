"""One clause of a notice, item by item: which names are the first of a chain, what a bracket does, where a list ends."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, notes, numbers
from zhaosheng_analysis.sentences.boundaries import Lines
from zhaosheng_analysis.sentences.brackets import Brackets
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import (
    Between,
    Former,
    Intersection,
    Node,
    Part,
    Place,
    Ring,
    Shared,
    Side,
    ZoneOf,
    union,
    walk,
)
from zhaosheng_analysis.sentences.places import ETC, RANGE, Places, Refusal
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.series import spelt_out
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import ADMIN, DIRECTION, GENERIC, SCHOOL, SIDES

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.parsing import Reader

WEAK = ("、", "和", "/", " ", "具有", "除")
STRONG = ("", ";", "。", "\n")
INCLUDE = re.compile(r"^(?:具体|主要|范围|还|另|并|均|也|及|以及|同时)?(?:包括|包含|含括|涵盖|囊括|含)(?:有|了|以下|但不限于)?(?:的)?")
MORE = re.compile(r"^(?:以及|及其|另有|另外|还有|加上|外加|其中|并且?|另|和(?=[^平睦谐美风顺家园苑润信庄合泰兴田悦府新])|及(?=[^第人])|与|或者?)(?=.{2,})")
EXCEPT = re.compile(r"^(?:但|并|均|其中)?(?:不含|不包括|不包含|不包|除去|扣除|排除|剔除|除了|除)")
EXCLUDED = re.compile(r"^(?P<name>.*?)(?:除外|不含|不包括|不在内|不计)(?:的)?(?P<rest>.*)$")
LEAVING_END = re.compile(r"^(?P<name>.*)(?:以外|之外|外)(?:的(?P<rest>.*))?$")
# 含光路, 含元殿 …: names that begin like the word for including.
HAN_NAME = re.compile(r"^含(?:光|元|山|浦|嘉|章|秀|香|笑|英|晖|辉|珠|弘|翠|烟|露|芳|谷)")
AT = re.compile("在(?![水田河山])(?=..)")
BROKEN_CHAIN = re.compile(rf"以(?:{DIRECTION})-(?!.*以(?:{DIRECTION}))")
LEAD_IN = re.compile(
    r"^(?:学校)?(?:所在)?(?:的)?(?:招生|学区|施教区|划片|教育服务区?|服务区?)(?:服务)?(?:范围|区域)?(?:包括|包含|为|是|:)(?=.{2,})"
)
AFTER_SIDE = re.compile(
    r"^(?:的)?(?:合围|围合)?(?:区域|范围|地区|地段|地带|地块|部分|区间|段|一侧|整片区|片区|区块|片|一带)(?:区域|范围)?(?:以内|之内|内)?(?:的)?|^(?:以内|之内|内)(?:的)?$|^的$"
)
HOMES_OF_RANGE = re.compile(
    rf"(?:区域|范围|以内|之内|区间|地段|[区域围路街道镇]内)(?P<homes>(?:的)?(?:所有|全部|各)?(?:的)?(?:住宅小区|居民小区|住宅|小区|社区|楼盘|楼院|居民点|村庄|村社|房屋|住宅楼)(?:{GROUP})?)$"
)
CATEGORY = re.compile("(?:(?:户籍|房产|居住证|务工经商|经商务工|经商|务工|积分|统筹|租房|其他|其它|随迁|调剂)(?:生|类)?[、和及]?)+(?:生|类)")
HOMES = re.compile(
    rf"^(?:的)?(?:所有|全部|各)?(?:住宅小区|居民小区|住宅|小区|楼盘|楼院|居民点|村庄|村|房屋|住户|居民)(?:{GROUP})?$"
)
ACROSS = re.compile(r"^至(?P<name>.+?)(?:之间)?(?:(?:的)?(?:片区|区域|范围|地区|地段)(?:以内|内)?|(?=包括|包含)|$)")
SCHOOL_ZONE = re.compile(
    rf"^(?P<name>.+?(?:{SCHOOL}))(?:的)?(?:(?:基本)?学区(?:各[里村])?|施教区|招生范围|招生区域|招生片区|教育服务区|教育服务范围|服务区|学区范围|服务范围|地段|划片)(?:所辖)?(?:范围)?(?:区域)?(?:以内|之内|内)?$"
)
PRESENT = re.compile(r"^(?P<name>[^原].*?)(?:招生片区|学区)$")
FORMER = re.compile(
    rf"^(?:划入的)?原(?P<name>.+?(?:小学学区|中学学区|学校学区|学区|招生片区|片区|施教区|招生范围|学区范围))(?P<tail>区域|范围)?(?:以内|之内|内)?$"
)
BELONGED = re.compile("^(?:原属于?|属原|原)(?P<name>.{2,}(?:片|片区))$")
ZONE_WORDS = re.compile("(?:招生)?(?:学区|施教区|片区|范围)+$")
IS_SCHOOL = re.compile(f"(?:{SCHOOL})$")
LIMIT_OF = re.compile(r"^(?P<name>.{2,}?学区范围)(?:区域|以内|之内|内)*$")
SHARED_BEHIND = re.compile(rf"(?P<word>(?:为|属)?(?:自由|共同|双|共享)学区)(?P<brackets>{GROUP}*)$")
HOME_ENDS = re.compile("(?:小区|花园|家园|新村|家属院|公寓|宿舍|[^新]村|苑|社区)$")
FEEDERS = re.compile("(?:学籍制?)?(?:对口|直升|升入|生源)(?:小学|学校|招生|直升)?(?:为|包括)?|(?:招收|接收)(?:以下)?(?:小学|学校)?(?:的)?毕业生")
CAMPUS = re.compile(rf"^.{{0,12}}?(?:校区|本部|小学部|初中部|中学部|园区|分校|[镇乡心完]小|校|部|小学|初中|中学|学校)$|^[东西南北中][校区部]{{1,2}}$")
TOWNSHIP = re.compile("(?:街|街道|街道办事处|街办|镇|乡)$")
WHOLE_AREA = re.compile(rf"(?:{ADMIN})$")


class Clause(Brackets, Places):
    """Read one clause into a gathering."""

    def __init__(self, reader: "Reader", gathering: Gathering) -> None:
        self.reader, self.text, self.ledger, self.to = reader, reader.text, reader.ledger, gathering
        self.said = ""  # all of the clause
        self.zones_ahead = False  # whether a name of a school stands for its zone
        self.kind_ahead = self.closing_kind = ""  # 里 of 「民安、介寿等里」
        self.schools: tuple[str, ...] = ()  # of the bracket behind a place that speaks of all since the last one
        self.for_run = False  # whether a bracket speaks of all the names of the run

    def read(self, items: list[Item]) -> None:
        """Read the items of a clause; a name before a colon has the rest for itself."""
        self.said = "".join(item.view.s for item in items)
        for place, item in enumerate(items):
            if item.heads:
                self._runs(items[:place])
                following = next((k for k in range(place + 1, len(items)) if items[k].heads), len(items))
                self._head(item, items[place + 1 : following])
                self.read(items[following:])
                return
        self._runs(items)

    def _runs(self, items: list[Item]) -> None:
        """Read runs of items: those joined by 、 belong together more closely than those parted by a comma."""
        runs: list[list[Item]] = []
        for item in items:
            if item.mark not in WEAK or not runs:
                runs.append([])
            runs[-1].append(item)
        for place, run in enumerate(runs):
            if kind := notes.note("、".join(item.view.s for item in run)):
                start, end = run[0].view.span[0], runs[-1][-1].view.span[1]
                self.reader.remark(View(GROUP, (start,), (end,)), kind)
                return
            if self._without_side(run, runs[place + 1] if place + 1 < len(runs) else []):
                self.ledger.doubt(run[0].view, "没有说在这条路的哪一侧", unread=True)
            elif broken := [k for k, item in enumerate(run) if BROKEN_CHAIN.search(item.view.s)]:
                self._run(run[: broken[0]])
                for item in run[broken[0] :]:
                    self.ledger.doubt(item.view, "界线的写法没有读懂", unread=True)
            else:
                self._run(run)

    def _without_side(self, run: list[Item], following: list[Item]) -> bool:
        """Tell whether a road stands alone between two sides: its direction has been forgotten."""
        box = self.to.box
        alone = len(run) == 1 and box is not None and not box.complete and not box.narrow and bool(following)
        return (
            alone
            and names.is_line(run[0].view.s)
            and self._is_name(run[0].view)
            and boundaries.sides(following[0].view) is not None
        )

    def _run(self, run: list[Item]) -> None:
        """Read one run; a name before a side may be the first of its chain, one after a border the next of it."""
        if not run:
            return
        if run[0].mark not in WEAK:
            if self.to.narrowing:
                self.to.close()
            self.to.leaving = False if run[0].mark == "," and self.to.leaving else self.to.leaving
            self.to.run = len(self.to.parts) + (self.to.box is not None)
        run = spelt_out(run)
        self.zones_ahead = self.zones_ahead or any(_of_school(item.view) for item in run[1:])
        place = 0
        while place < len(run):
            following = place
            while following < len(run) and self._is_name(run[following].view):
                following += 1
            if following == place:
                place = self._bounded(run, place)
                continue
            first = self._first_of_chain(run, place, following)
            for item in run[place:first]:
                self._item(item)
            if first < following:
                self._item(run[following], before=[item.view for item in run[first:following]])
                following += 1
            place = following
        self.zones_ahead = False
        self.to.end_apart()

    def _bounded(self, run: list[Item], place: int) -> int:
        """Read an item that is no name, with the names that lengthen its border; return where to go on."""
        view = run[place].view
        boxes = None if EXCEPT.match(view.s) else boundaries.boxes(self._land(view))
        after: list[View] = []
        following = place + 1
        if boxes:
            while following < len(run) and self._lengthens(run, following, boxes):
                after.append(run[following].view)
                following += 1
        self._item(run[place], after=after)
        return following

    def _lengthens(self, run: list[Item], place: int, boxes: list) -> bool:
        """Tell whether a name goes on with the border said before it: 「北起甲路、乙街西段」."""
        view = run[place].view
        if not self._is_name(view) or numbers.find(view.s):
            return False
        return names.is_line(view.s) or not names.is_line(boxes[-1][1].names[-1].s if boxes[-1][1].names else "")

    def _first_of_chain(self, run: list[Item], place: int, following: int) -> int:
        """Return which of the names in run[place:following] is the first that belongs to the side said next."""
        if following == len(run) or GROUP == run[following].view.s:
            return following
        view = self._land(run[following].view)
        if EXCEPT.match(view.s) or INCLUDE.match(view.s):
            return following
        stretch = boundaries.between(view)
        if stretch and len(stretch[0]) == 1:
            return following - 1
        if boundaries.ring(view) is not None and boundaries.sides(view) is None:
            return place
        sided = boundaries.sides(view)
        if sided is None:
            return following
        lines = sided.sides[0][1]
        if lines.limit or lines.school or len(lines.names) > 1:
            return following
        own = lines.names[0].s if lines.names else ""
        if not own:
            return following - 1
        first = following
        while first > place and self._may_be_line(run[first - 1].view, own):
            first -= 1
        return first

    def _may_be_line(self, view: View, own: str) -> bool:
        """Tell whether a name may be one of a chain whose last member is known."""
        if boundaries.unlike_a_line(view.s) or (GROUP in view.s and not self._harmless(view)):
            return False
        if names.is_line(view.s):
            return True
        return not names.is_line(own) or (self.to.box is not None and not names.is_community(view.s))

    def _harmless(self, view: View) -> bool:
        """Tell whether the brackets behind a name of a line leave it a line: an alias or an extent."""
        inner = [self.text.inner(s, e).s for c, s, e in zip(view.s, view.starts, view.ends, strict=True) if c == GROUP]
        return not any(boundaries.SIDE.search(s) for s in inner)

    def _is_name(self, view: View) -> bool:
        """Tell whether an item can only be a name: no side, no border, no wording about children."""
        s = view.s
        if set(s) == {GROUP} or EXCEPT.match(s) or (INCLUDE.match(s) and not HAN_NAME.match(s)):
            return False
        land = self._land(view)
        if notes.tail(s.rstrip(GROUP))[0] < len(s.rstrip(GROUP)):
            return False
        if boundaries.sides(land) or boundaries.boxes(land) or boundaries.ring(land) is not None:
            return False
        stem = s.rstrip(GROUP)
        if EXCLUDED.match(stem) or (self.to.leaving and LEAVING_END.match(stem)):
            return False
        return not boundaries.between(land) and not boundaries.line_side(land)

    def _land(self, view: View) -> View:
        """Return an item without the words on children at either end, and without the homes behind a range."""
        match = HOMES_OF_RANGE.search(view.s)
        view = view[: match.start("homes")] if match else view
        end = len(view.s.rstrip(GROUP))
        stop, _ = notes.tail(view.s[:end])
        start, _ = notes.head(view.s[:stop])
        return view[start : len(view) if stop == end else stop].trimmed()

    # -- one item ------------------------------------------------------------------------------------------------

    def _item(self, item: Item, *, before: list[View] = (), after: list[View] = ()) -> None:
        """Read one item; what cannot be read is a doubt, whole."""
        view = self._without_in(item.view.trimmed())
        if item.mark == "具有":
            self.to.hold()
        elif item.mark == "除":
            self.to.close()
            self.to.leaving, self.to.apart = True, len(self.to.less)
            last = self.to.last()
            self.to.base = next((node for node in walk(last) if isinstance(node, Place)), None)
        while view.s[:1] == GROUP:
            self.aside(view[:1])
            view = view[1:].trimmed()
        if not view.s:
            return
        if self.reader.schools_noted and IS_SCHOOL.search(view.s):
            self.ledger.note(view, "rule")
            return
        if notes.PATTERNS["demolished"].search(view.s):
            self.ledger.note(view, "demolished")
            return
        if CATEGORY.fullmatch(view.s.rstrip(GROUP)) and (self.to.parts or self.to.box):
            self.ledger.note(view, "category")
            return
        view = self._without_errand(view)
        view, shared = self._shared_word(self._without_homes(view))
        stem = view.s.rstrip(GROUP)
        if GENERIC.fullmatch(stem) and (self.to.parts or self.to.box):
            self._generic(view[: len(stem)], view[len(stem) :])
            return
        stop, conditions = notes.tail(stem)
        start, first = notes.head(stem[:stop])
        people = stop < len(stem)
        core, asides = (view[start:stop], view[len(stem) :]) if people else (view[start:], view[:0])
        self.ledger.mark(view[:start])
        dated = notes.DATED.match(core.s)
        if dated and not (dated["before"] and not notes.HOUSES.fullmatch(dated["rest"])):
            first = [*first, notes.delivered(dated)]
            self.ledger.mark(core[dated.start("year") : dated.start("rest")])
            core = self._dated(core, dated)
        if core.trimmed().s:
            self._core(core.trimmed(), item.mark, list(before), list(after))
        elif not people and not dated:
            self.ledger.doubt(view, "没有读懂", unread=True)
        if people:
            self.ledger.mark(view[stop : len(stem)])
        if people and self.to.leaving and not core.s.strip("但并均其中不含包括除"):
            self.ledger.note(view, "excl-who")
        else:
            self.to.pending += first
            if people:
                self.to.who(conditions)
        if shared:
            self.to.share_last(("?",))
        for place in range(len(asides)):
            self.aside(asides[place : place + 1])

    def _without_in(self, view: View) -> View:
        """Take 在 at the head of a list of places: 「在甲村、乙村居住的」."""
        if not AT.match(view.s) or not re.search("居住|范围|区域|附近|内", self.said):
            return view
        self.ledger.mark(view[:1])
        return view[1:]

    def _dated(self, core: View, dated: re.Match) -> View:
        """Return the land of 「甲镇区域内2019年4月前交付楼盘（…）」 or 「2019年4月前交付的甲苑」."""
        before, rest = core.part(dated, "before"), core.part(dated, "rest")
        if not before.s:
            return rest
        stem = len(rest.s.rstrip(GROUP))
        self.ledger.mark(rest[:stem])
        return View(before.s + rest.s[stem:], before.starts + rest.starts[stem:], before.ends + rest.ends[stem:])

    def _generic(self, view: View, asides: View) -> None:
        """Take 「社区及企事业单位」, which only says that all of what was named before belongs to it."""
        self.ledger.mark(view)
        if self.to.narrowing:
            self.to.close()
        for place in range(len(asides)):
            self.aside(asides[place : place + 1])

    def _without_errand(self, view: View) -> View:
        """Take what the children of a place are to do: 「甲苑的学龄儿童由乙局委托…」."""
        match = notes.REASON.search(view.s)
        if match and match.start() > 1:
            self.ledger.note(view[match.start() :], "rule")
            view = view[: match.start()]
        match = notes.ERRAND.search(view.s)
        stem = view.s.rstrip(GROUP)
        if not match or match.start() < 2 or notes.tail(stem)[0] < len(stem):
            return view
        self.ledger.note(view[match.start() :], "rule")
        return view[: match.start()]

    def _without_homes(self, view: View) -> View:
        """Take 「的住宅小区（村庄）」 behind a range, which only says that people live there."""
        match = HOMES_OF_RANGE.search(view.s)
        if not match:
            return view
        homes = view.part(match, "homes")
        self.ledger.mark(homes)
        self._ignore_brackets(homes)
        return view[: match.start("homes")]

    def _shared_word(self, view: View) -> tuple[View, bool]:
        """Take 自由学区 behind a place; the bracket that follows it, if any, says with which schools."""
        match = SHARED_BEHIND.search(view.s)
        if not match or match.start() < 2:
            return view, False
        self.ledger.mark(view.part(match, "word"))
        return View(
            view.s[: match.start()] + match["brackets"],
            (*view.starts[: match.start()], *view.starts[match.start("brackets") :]),
            (*view.ends[: match.start()], *view.ends[match.start("brackets") :]),
        ), not match["brackets"]

    def _core(self, view: View, mark: str, before: list[View], after: list[View]) -> None:
        """Read what an item says of land."""
        ledger, kept = self.ledger.state(), self.to.saved()
        view = self._linked(view, mark)
        if not view.s:
            return
        refusal = self._construction(view, mark, before, after)
        if refusal:
            self.ledger.back_to(ledger)
            self.to.back_to(kept)
            for name in [*before, view, *after]:
                self.ledger.doubt(name, refusal, unread=True)

    def _linked(self, view: View, mark: str) -> View:
        """Take the linking word at the beginning of an item: 还包括, 以及, 不含, 除."""
        match = EXCEPT.match(view.s)
        if match:
            self.to.close()
            self.to.leaving = True
            self.ledger.mark(view[: match.end()])
            return view[match.end() :].trimmed()
        match = INCLUDE.match(view.s)
        begins = self.to.parent is not None and not self.to.parts and self.to.box is None
        if match and (begins or match[0] != "含" or not HAN_NAME.match(view.s)):
            self.to.included = self.to.included or not self.to.parts and self.to.box is None
            self.to.close()
            self.to.leaving = False
            self.ledger.mark(view[: match.end()])
            return view[match.end() :].trimmed(": ")
        match = LEAD_IN.match(view.s)
        if match:
            self.ledger.mark(view[: match.end()])
            return view[match.end() :]
        match = MORE.match(view.s)
        if match and (mark == "," or match[0] not in "和及与或" or (mark and _stands_alone(view.s[1:]))):
            self.ledger.mark(view[: match.end()])
            return view[match.end() :]
        return view

    def _construction(
        self, view: View, mark: str, before: list[View], after: list[View], *, whole: bool = True
    ) -> str:
        """Try the constructions in turn; return why none of them fits, or nothing.

        Parameters
        ----------
        whole : False where the words that leave it out are taken off already.
        """
        left_out = (self._left_out,) if whole else ()
        rest = (self._line_side, self._boxed, self._sided, self._ringed, self._zone, self._between)
        for read in (*left_out, *rest):
            done = read(view, mark, before, after)
            if done is not None:
                return done
        node = self.place(view, self.to)
        if isinstance(node, Refusal):
            return str(node)
        self._take(view, node)
        return ""

    def _take(self, view: View, node: Node) -> None:
        """Add a place that was read, and say so."""
        node = self._township(node)
        self.ledger.node(view, node)
        if isinstance(node, Place) and node.limit and self.to.box is not None and not self.to.narrowing:
            self.to.limit(node)
        else:
            self.to.add(node)
        if self.for_run:
            self._for_run()
        if self.closing_kind:
            self.to.suffix(self.closing_kind)
        if self.schools:
            self.to.share(self.schools)
        self.closing_kind, self.schools, self.for_run = "", (), False

    def _township(self, node: Node) -> Node:
        """Take the street office before a road off: it holds for all of the clause, roads run on beyond it."""
        place = node.place if isinstance(node, Part) else node
        road = isinstance(place, Place) and TOWNSHIP.search(place.within) and names.is_line(place.name)
        if not road or not self._heads_clause():
            return node
        self.to.township = Place(place.within, limit=True)
        bare = replace(place, within="")
        return replace(node, place=bare) if isinstance(node, Part) else bare

    def _for_run(self) -> None:
        """Let a bracket hold for the bare names before it too: 「甲、乙、丙村部分（X路以北）」."""
        run, last = self.to.parts[self.to.run : -1], self.to.last()
        alike = self.to.contrast or all(isinstance(n, Place) and not names.is_community(n.name) for n in run)
        community = isinstance(last, Intersection) and isinstance(last.parts[0], Place) and names.is_community(last.parts[0].name)
        if run and alike and community and isinstance(last, Intersection):
            self.to.parts[self.to.run :] = [Intersection((union([*run, last.parts[0]]), *last.parts[1:]))]

    def _left_out(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「甲小区除外」, and the end 「…乙小区外」 of what 除 began."""
        stem = view.s.rstrip(GROUP)
        match = EXCLUDED.match(stem) or (LEAVING_END.match(stem) if self.to.leaving else None)
        if not match or before:
            return None
        if not self.to.leaving:
            self.to.close()
            self.to.move_to_less()
        self.to.leaving = True
        core = view.part(match, "name")
        refusal = self._construction(core, mark, [], [], whole=False) if core.s else ""
        self.to.end_apart()
        self.to.leaving = False
        rest = view.part(match, "rest")
        self.ledger.mark(view[match.end("name") : len(stem) - len(rest)])
        if not refusal and rest.s:
            refusal = "" if HOMES.match(rest.s) or AFTER_SIDE.fullmatch(rest.s) else self._construction(rest, mark, [], [])
        return refusal

    def _line_side(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「东起甲路——乙路为界西南区域」."""
        found = boundaries.line_side(view)
        if found is None:
            return None
        side, lines = found
        return self._add_side(view, side, lines, mark, before)

    def _boxed(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「东至甲路、乙路」, 「西起甲——乙——丙」 (a ring)."""
        found = boundaries.boxes(view)
        if not found or not all(sure for _, _, sure in found):
            return None
        if limit := LIMIT_OF.match(found[0][1].names[0].s) if len(found) == 1 and found[0][1].names else None:
            name = found[0][1].names[0][: limit.end("name")]
            self._limit(name, view)
            return ""
        if len(found) == 1 and boundaries.START_OF_RING.match(view.s) and len(found[0][1].names) > 2:
            node = Ring(tuple(self.text.name(name) for name in found[0][1].names))
            self.ledger.node(view, node)
            self.to.add(node)
            return found[0][1].doubt
        for place, (side, lines, _) in enumerate(found):
            if lines.names and all(HOME_ENDS.search(name.s) for name in lines.names):
                self.ledger.doubt(view, "以小区、村为界，这个小区或村本身算不算在内，文字没有说清")
            if place == len(found) - 1:
                lines.names += after
            refusal = self._add_side(view, boundaries.INSIDE[side], lines, mark if not place else "、", before, border=True)
            if refusal:
                return refusal
        for name in after:
            self.ledger.mark(name)
        return ""

    def _sided(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「甲路以东」 and what may follow: 范围内, a limit, places, another bracket."""
        sided = boundaries.sides(view)
        if sided is None:
            return None
        for side, lines in sided.sides:
            refusal = self._add_side(view[: len(view) - len(sided.rest)], side, lines, mark, before)
            if refusal:
                return refusal
            before, mark = [], "、"
        return self._after_side(sided.rest)

    def _add_side(
        self, view: View, side: str, lines: Lines, mark: str, before: list[View], *, border: bool = False
    ) -> str:
        """Add one side with its limit, and look into the brackets behind its names."""
        if lines.doubt:
            return lines.doubt
        before = self._once(before, lines)
        chain = [*before, *[name for name in lines.names if name.s not in {view.s for view in before}]]
        if not chain:
            last = self._last_line()
            if last is None:
                return "没有说是哪条路"
            of = last
        else:
            of = tuple(self._line_name(name) for name in chain)
        doubt = self.to.side(side, of, strong=mark in STRONG, border=border)
        node = self.to.box.parts[-1]
        if doubt:
            self.ledger.doubt(view, doubt)
        for name in before:
            self.ledger.mark(name)
        self.ledger.node(view, node)
        for name in chain:
            self._behind_line(name)
        if lines.school:
            self.to.limit(ZoneOf(self.text.name(lines.school)))
        if lines.limit:
            self._limited_by(lines.limit)
        return ""

    def _limited_by(self, area: View) -> None:
        """Keep a box, or all of the clause where a street office is put at its head, inside of an area."""
        limit = Place(self.text.name(area), limit=True)
        if self._heads_clause() and TOWNSHIP.search(area.s):
            self.to.township = limit
        else:
            self.to.limit(limit)

    def _heads_clause(self) -> bool:
        """Tell whether nothing has been said in the clause yet, but for the side at hand."""
        return len(self.to.parts) == self.to.clause and (self.to.box is None or len(self.to.box.parts) == 1)

    def _once(self, before: list[View], lines: Lines) -> list[View]:
        """Return the names before a side without the one said twice: 「市桥街甲路及甲路以西」."""
        own = lines.names[0].s if lines.names else ""
        if not before or not own or not before[-1].s.endswith(own):
            return before
        rest = before[-1][: len(before[-1]) - len(own)]
        self.ledger.mark(before[-1])
        if rest.s and not lines.limit:
            lines.limit = rest
        return before[:-1]

    def _line_name(self, name: View) -> str:
        """Return a line's name as it is written, with the bracket that gives its other name."""
        return self.text.name(boundaries.WHOLE.search(name.s) and name[: boundaries.WHOLE.search(name.s).start()] or name)

    def _last_line(self) -> tuple[str, ...] | None:
        """Return the line named last: 「华光路以东及以北」."""
        parts = self.to.box.parts if self.to.box else []
        return next((part.of for part in reversed(parts) if isinstance(part, Side)), None)

    def _after_side(self, rest: View) -> str:
        """Read what follows a side in the same item."""
        while rest.s:
            match = AFTER_SIDE.match(rest.s)
            if match and match.end():
                self.ledger.mark(rest[: match.end()])
                rest = rest[match.end() :]
                homes = HOMES.match(rest.s)
                if homes:
                    self.ledger.mark(rest)
                    self._ignore_brackets(rest)
                    return ""
            elif rest.s[0] == GROUP:
                self.beside_side(rest[:1])
                rest = rest[1:]
            elif rest.s[0] in "-,、":
                return "界线的写法没有读懂"
            elif match := ACROSS.match(rest.s):
                if refusal := self._across(rest[: match.end()], match):
                    return refusal
                rest = rest[match.end() :]
            else:
                return self._inside(rest)
        return ""

    def _across(self, rest: View, match: re.Match) -> str:
        """Read 「甲路以西至乙路」: between the two."""
        lines = boundaries.chain(rest.part(match, "name"))
        last = next(part for part in reversed(self.to.box.parts) if isinstance(part, Side))
        if lines.doubt or not all(names.is_line(name) for name in (*last.of, *(name.s for name in lines.names))):
            return lines.doubt or "「以…至…」的两端不都是路或河，不知道指哪一片"
        return self._add_side(rest, boundaries.INSIDE[last.side], lines, "、", [])

    def _inside(self, rest: View) -> str:
        """Read a place or a limit said right after a side: 「以北拱墅区域内」, 「以西的甲小区」, 「以南包括甲园」."""
        if INCLUDE.match(rest.s) or EXCEPT.match(rest.s):
            return self._construction(self._linked(rest, ""), "、", [], [])
        match = re.match("^(?:的|具有|内)", rest.s)
        rest_ = rest[match.end() :] if match else rest
        node = self.place(rest_, self.to)
        if isinstance(node, Refusal):
            return str(node)
        self.ledger.node(rest, node)
        if isinstance(node, Place) and (node.limit or WHOLE_AREA.search(node.name) or node.name in ("城区", "古城")):
            self.to.limit(Place(node.name, node.aliases, node.within, limit=True))
        else:
            self.to.narrowing = True
            self.to.add(node)
        return ""

    def _limit(self, name: View, view: View) -> None:
        """Add a limit the zone must stay inside."""
        node = Place(self.text.name(name), limit=True)
        self.ledger.node(view, node)
        self.to.limit(node)

    def _ringed(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「甲路→乙路→丙路以内」, 「甲路、乙路、丙路、丁路围合的区域」."""
        found = boundaries.ring(view) or self._arrows(view)
        if found is None:
            return None
        chain = [*before, *found]
        if before:
            start = boundaries.RING_START.match(before[0].s)
            chain[0] = before[0][start.end() :] if start and not names.is_line(before[0].s[:2]) else before[0]
        doubt = next((d for name in chain if (d := boundaries.unlike_a_line(name.s))), "")
        drawn = len(found) > 2
        if doubt or not (drawn or all(names.is_line(name.s) for name in chain)):
            return None if not before else doubt or "围合的界线里有不是线的名称"
        if len(chain) == 2:
            return "两条线围不成一片"
        node = Ring(tuple(self.text.name(name) for name in chain))
        for name in before:
            self.ledger.mark(name)
        self.ledger.node(view, node)
        self.to.add(node)
        return ""

    def _arrows(self, view: View) -> list[View] | None:
        """Read 「甲路→乙路→丙河→丁路范围内」: a line drawn from street to street is a ring where no side is said."""
        match = RANGE.search(view.s)
        found = boundaries.chain(view[: match.start()] if match else view, border=True)
        return found.names if len(found.names) > 3 or (match and len(found.names) > 2) else None

    def _zone(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read the zone of a school, present or former."""
        if before:
            return None
        node: Node | None = None
        match = None
        if belonged := BELONGED.match(view.s):
            node = Former(self.text.name(view.part(belonged, "name")))
            self.ledger.node(view, node)
            self.to.add(node)
            return ""
        if (match := LIMIT_OF.match(view.s)) and self.to.box is not None and not SCHOOL_ZONE.match(view.s):
            self._limit(view.part(match, "name"), view)
            return ""
        if match := FORMER.match(view.s):
            node = Former(self.text.name(view.part(match, "name")))
        elif self.zones_ahead and IS_SCHOOL.search(view.s) and not names.objection(view.s):
            node = ZoneOf(self.text.name(view))
        elif match := SCHOOL_ZONE.match(view.s) or PRESENT.match(view.s):
            node = ZoneOf(self.text.name(view.part(match, "name")))
        if node is None or (match and names.objection(ZONE_WORDS.sub("", match["name"]))):
            return None
        self.ledger.node(view, node)
        self.to.add(node)
        return ""

    def _between(self, view: View, mark: str, before: list[View], after: list[View]) -> str | None:
        """Read 「甲路与乙路之间」, 「甲路至乙路段」."""
        found, rest = boundaries.between(view) or ([], view[:0])
        if not found or len(before) + len(found) != 2:
            return None
        node = Between(tuple(self.text.name(name) for name in [*before, *found]))
        for name in before:
            self.ledger.mark(name)
        self.ledger.node(view[: len(view) - len(rest)], node)
        if not rest.s:
            self.to.add(node)
            return ""
        self.to.open(node)
        return self._construction(rest, mark, [], [])

    # -- before a colon ------------------------------------------------------------------------------------------

    def _head(self, item: Item, rest: list[Item]) -> None:
        """Read the words before a colon and what stands behind it."""
        view = item.view.trimmed()
        rest = [Item(each.view, "" if not place else each.mark) for place, each in enumerate(rest)]
        if self.shared_schools(view) == ("?",):
            self.ledger.mark(view)
            self._shared_head(rest)
            return
        if notes.TIER.match(view.s):
            self.ledger.note(view, "tier")
            self.ledger.doubt(view, "文字分了服务区的类别，哪一类算学区须由教育局说明")
        elif FEEDERS.fullmatch(view.s):
            self.ledger.mark(view)
            self.zones_ahead = True
        elif notes.LEAD.fullmatch(view.s) or INCLUDE.fullmatch(view.s) or MORE.fullmatch(view.s):
            self.ledger.mark(view)
        elif match := boundaries.BOX_HEAD.match(view.s):
            self._direction_head(view, match, rest)
            return
        elif CAMPUS.match(view.s):
            self._campus(view)
        elif boundaries.sides(self._land(view)) or boundaries.boxes(self._land(view)) or (self.to.box and RANGE.search(view.s)):
            self._item(Item(view, item.mark))
            if self.to.box is not None and rest:
                self._inside_of_box(rest)
                return
        elif notes.ASIDE_HEAD.fullmatch(view.s):
            self.ledger.note(view, "rule")
            for each in rest:
                self.ledger.note(each.view, "rule")
            self.reader.schools_noted = True
            return
        else:
            self._place_head(view, rest)
            return
        self._runs(rest)

    def _direction_head(self, view: View, match: re.Match, rest: list[Item]) -> None:
        """Read 「东：甲路」: the zone lies west of it."""
        if not rest:
            self.ledger.doubt(view, "没有读懂", unread=True)
            return
        lines = Lines([name for item in rest for name in boundaries.chain(item.view).names])
        lines.doubt = next((d for name in lines.names if (d := boundaries.unlike_a_line(name.s))), "")
        refusal = self._add_side(view, boundaries.INSIDE[SIDES[match["side"]]], lines, "、", [], border=True)
        for item in rest:
            self.ledger.mark(item.view) if not refusal else self.ledger.doubt(item.view, refusal, unread=True)

    def _shared_head(self, rest: list[Item]) -> None:
        """Read 「共享学区：甲苑、乙苑」."""
        inner = Gathering()
        Clause(self.reader, inner).read(rest)
        node = inner.result()
        if node is not None:
            self.to.add(Shared(node, ("?",)))

    def _campus(self, view: View) -> None:
        """Take the name of a campus: what belongs to which campus is not said by one zone."""
        self.ledger.note(view, "campus")
        self.reader.campuses.append(view)
        if len(self.reader.campuses) > 1:
            for campus in self.reader.campuses:
                self.ledger.doubt(campus, "文字分校区写，应当各写一句")

    def _inside_of_box(self, rest: list[Item]) -> None:
        """Read the places listed behind a colon after a box: those of the box."""
        inner = Gathering()
        Clause(self.reader, inner).read(rest)
        node = inner.result()
        if node is not None and self.to.box is not None:
            self.to.box.narrow.append(node)
        self.to.close()

    def _place_head(self, view: View, rest: list[Item]) -> None:
        """Read 「黎明社区：1、2组」, 「望江街道：甲社区、乙社区」."""
        node = self.place(view, self.to)
        if isinstance(node, Refusal) or not isinstance(node, Place) or not rest:
            self.ledger.doubt(view, "冒号前的话没有读懂", unread=True)
            self._runs(rest)
            return
        inner = Gathering(node, run=0)
        inner.base = node
        Clause(self.reader, inner).read(rest)
        listed = inner.result()
        self.ledger.node(view, node)
        if listed is None:
            self.to.add(node)
        else:
            self.to.add(inside(node, listed))
        self.to.base = inner.base


def _of_school(view: View) -> bool:
    """Tell whether an item is the zone of a school, for which the schools listed before it stand too."""
    return bool(SCHOOL_ZONE.match(EXCLUDED.sub(r"\g<name>", view.s.rstrip(GROUP))))


def _within(node: Place | Part, whole: str) -> Place | Part:
    """Return a place with the street office it was listed under."""
    if isinstance(node, Part):
        return replace(node, place=_within(node.place, whole))
    return node if node.within else replace(node, within=whole)


def _stands_alone(name: str) -> bool:
    """Tell whether what follows 和 is a whole name, so that 和 is not its first character: 「、和华社区」 is one name."""
    kind = names.KIND_ENDS.search(names.bare(name))
    return bool(kind) and kind.start() > 1


def inside(whole: Place, listed: Node) -> Node:
    """Return the part of a place that a list behind it names; numbers are the place's own."""
    parts = listed.parts if hasattr(listed, "parts") else (listed,)
    if all(isinstance(part, Part) and part.place == whole for part in parts):
        return listed
    if re.search(f"(?:{ADMIN})$", whole.name) and all(isinstance(part, Place | Part) for part in parts):
        return union([_within(part, whole.name) for part in parts])
    return Intersection((whole, listed))
