"""One clause of a notice: which names are the first of a chain, which belong to a border, where a list ends."""

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, notes, numbers
from zhaosheng_analysis.sentences.brackets import Brackets
from zhaosheng_analysis.sentences.constructions import LEAVERS, Constructions
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import Bounds, Place, union
from zhaosheng_analysis.sentences.headings import Headings
from zhaosheng_analysis.sentences.items import Items
from zhaosheng_analysis.sentences.phrases import EXCEPT, EXCLUDED, HANDED_OVER, INCLUDE, SCHOOL_ZONE, WEAK
from zhaosheng_analysis.sentences.places import Places
from zhaosheng_analysis.sentences.sections import Item
from zhaosheng_analysis.sentences.series import spelt_out
from zhaosheng_analysis.sentences.sides import Sides
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import DIRECTION

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.parsing import Reader

LEFT_OUT = re.compile("(?:以外|之外|外)(?:的.*)?$")
FEEDING = re.compile(
    "(?:(?:[^,;、]{2,12}(?:[一二三四五六七八九十]中|中学|初中|学校))?(?:就近|学籍制?)?(?:对口|接收|招收|直升).*(?:小学|学校|附小|校区|[一二三四五六七八九十实]小).*|"
    ".*(?:小学|学校|附小|校区|[一二三四五六七八九十实]小)(?:的)?(?:[四五六八九]年级)?(?:的)?(?:应届)?)"
    "毕业(?:学)?生(?:对口|直升|升入)*(?:到[^,;、]{2,12}(?:中学|初中|学校|中)(?:报名|就读|入学)+)?$"
)
PRIMARY = re.compile("(?:小学|附小|完小|实小|中心校|(?<=..)[一二三四五六七八九]小|小学部|小学校区)$")
LEAVERS_OF = re.compile(f"(?:小学|附小|实小|小学部){GROUP}*(?:的)?(?:[五六]年级)?(?:的)?(?:应届)?毕业(?:学)?生")
NUMBERED_DOOR = re.compile("\\d(?:号|弄|巷|幢|栋)$")
ONE_SIDE = re.compile(f"以(?:{DIRECTION})")
DIVIDED = re.compile("以(?P<line>[^以]{2,}?)(?:为|作)(?:边|分)?界(?:线)?")
RING_ROAD = re.compile("环(?:城|[东西南北])?(?:路|线|高速|公路)?$|城墙$|绕城(?:高速|公路|路)?$")
BROKEN_CHAIN = re.compile(rf"以(?:{DIRECTION})[-~](?!.*以(?:{DIRECTION}))")


class Clause(Headings, Items, Sides, Constructions, Brackets, Places):
    """Read one clause into a gathering.

    Parameters
    ----------
    reader : Reader
        Who reads the sentence.
    gathering : Gathering
        What takes up what the clause says.

    Attributes
    ----------
    said : str
        All of the clause.
    feeders : bool
        Whether it lists schools whose leavers are taken in.
    zones_ahead : bool
        Whether the name of a school stands for its zone.
    for_run : bool
        Whether a bracket speaks of all the names of the run.
    schools : tuple of str
        Of a bracket behind a place that speaks of all since the last one.
    parity_before : str
        Of the bracket before the numbers at hand.
    closing_kind : str
        里 of 「松涛、竹影等里」.
    counted : int
        三 of 「松涛、竹影、柳溪等三村」.
    """

    def __init__(self, reader: "Reader", gathering: Gathering) -> None:
        self.reader, self.text, self.ledger, self.to = reader, reader.text, reader.ledger, gathering
        self.said = ""
        self.feeders = self.zones_ahead = self.for_run = self.parity_behind = self.last_has_kind = False
        self.kind_ahead = self.closing_kind = self.parity_before = ""
        self.schools: tuple[str, ...] = ()
        self.counted = 0

    def read(self, items: list[Item]) -> None:
        """Read the items of a clause; a name before a colon has the rest for itself."""
        self.said = "".join(item.view.s for item in items)
        self.feeders = self.feeders or bool(FEEDING.match(self.said) or LEAVERS_OF.search(self.said))
        self._of_schools_alone(items)
        heads = [place for place, item in enumerate(items) if item.heads]
        if heads and self.of_schools(items[: heads[0] + 1], items[heads[0] + 1 :]):
            return
        self.runs(items[: heads[0]] if heads else items)
        for place, following in itertools.pairwise([*heads, len(items)]):
            self.head(items[place], items[place + 1 : following])

    def _of_schools_alone(self, items: list[Item]) -> None:
        """Take 「甲小学、乙小学、丙小学」, of which nothing more is said, for schools whose leavers are taken in."""
        alone = len(items) > 1 and not self.to.parts and self.to.box is None and self.reader.depth == 1
        said = [self.inner(item.view[k : k + 1]) for item in items for k, c in enumerate(item.view.s) if c == GROUP]
        if any(LEAVERS.fullmatch(inner.s) for inner in said):
            return
        if self.feeders or not alone or not all(_is_school(item.view.s) and not item.heads for item in items):
            return
        self.feeders = True
        whole = self.text.view(items[0].view.span[0], items[-1].view.span[1])
        self.ledger.doubt(whole, "只列了学校名，按对口这些学校的学区读，是否如此须由教育局说明")

    def runs(self, items: list[Item]) -> None:
        """Read runs of items: those joined by 、 belong together more closely than those parted by a comma."""
        runs: list[list[Item]] = []
        for item in items:
            if item.mark not in WEAK or not runs:
                runs.append([])
            runs[-1].append(item)
        for run, following in itertools.pairwise([*runs, []]):
            said = "、".join(item.view.s for item in run)
            if (kind := notes.note(said)) and not HANDED_OVER.match(said):
                start, end = run[0].view.span[0], runs[-1][-1].view.span[1]
                self.reader.remark(View(GROUP, (start,), (end,)), kind)
                return
            if self._said_ahead(run, following):
                self.ledger.mark(run[0].view)
            elif self._without_side(run, following):
                self.ledger.doubt(run[0].view, "没有说在这条路的哪一侧", unread=True)
            elif self._lengthens_box(run):
                self._lengthen_box(run)
            else:
                self._unbroken(run)

    def _unbroken(self, run: list[Item]) -> None:
        """Read a run up to a chain that breaks off: 「甲河以西-乙大厦、丙通道以西」."""
        broken = next((k for k, item in enumerate(run) if _breaks_off(item.view.s)), len(run))
        if broken:
            self._run(run[:broken])
        for item in run[broken:]:
            self.ledger.doubt(item.view, "界线的写法没有读懂", unread=True)

    def _said_ahead(self, run: list[Item], following: list[Item]) -> bool:
        """Tell whether 「以甲路为界」 only says ahead what comes next: 「甲路以东…」."""
        match = DIVIDED.fullmatch(run[0].view.s) if len(run) == 1 and following else None
        sided = boundaries.sides(following[0].view) if match else None
        return sided is not None and [name.s for name in sided.sides[0][1].names] == [match["line"]]

    def _without_side(self, run: list[Item], following: list[Item]) -> bool:
        """Tell whether a road stands alone between two sides: its direction has been forgotten."""
        box, view = self.to.box, run[0].view
        if len(run) > 1 or not following or box is None or box.complete or box.narrow or not names.is_line(view.s):
            return False
        return self.is_name(view) and boundaries.sides(following[0].view) is not None

    def _lengthens_box(self, run: list[Item]) -> bool:
        """Tell whether roads behind a comma go on with the border before it: 「西至甲路、乙街，丙路，南至…」."""
        box = self.to.box
        if box is None or box.complete or box.narrow or box.ended or not isinstance(box.parts[-1], Bounds):
            return False
        roads = all(names.is_street(item.view.s) and self.is_name(item.view) for item in run)
        roads = roads and not any(boundaries.unlike_a_line(item.view.s) for item in run)
        return roads and run[0].mark == "," and not any(numbers.find(item.view.s) for item in run)

    def _lengthen_box(self, run: list[Item]) -> None:
        """Add roads to the border said last, which a clerk has to confirm."""
        *before, (side, line) = self.to.box.parts[-1].lines
        own = tuple(self.line_name(item.view) for item in run)
        self.to.box.parts[-1] = node = Bounds((*before, (side, (*line, *own))))
        for item in run:
            self.ledger.node(item.view, node)
        said = self.text.view(run[0].view.span[0], run[-1].view.span[1])
        self.ledger.doubt(said, "是前一条界线的一段还是另一处，文字没有说清")

    def _run(self, run: list[Item]) -> None:
        """Read one run; a name before a side may be the first of its chain, one after a border the next of it."""
        if run[0].mark not in WEAK:
            if self.to.narrowing:
                self.to.close()
            if self.to.leaving and run[0].mark == ",":
                self.to.close()  # 「不含甲苑、乙路以南，还包括…」: the side is left out too
                self.to.leaving = False
            self.to.run = len(self.to.parts) + (self.to.box is not None)
        run = spelt_out(run)
        if self._limits(run):
            return
        self.zones_ahead = self.zones_ahead or any(_of_school(item.view) for item in run[1:])
        place = 0
        while place < len(run):
            following = place
            while following < len(run) and self.is_name(run[following].view):
                following += 1
            place = self._names(run, place, following) if following > place else self._bounded(run, place)
        self.zones_ahead = False
        self.to.end_apart()

    def _limits(self, run: list[Item]) -> bool:
        """Keep a box inside of several areas: 「…以北，安平街道、永安街道辖区内」."""
        box = self.to.box
        ready = box is not None and not (box.narrow or box.ended or self.to.narrowing or self.to.leaving)
        if not ready or len(run) < 2 or not all(names.is_township(item.view.s) for item in run[:-1]):
            return False
        land = self.land(run[-1].view)
        nodes = [self.place(view, self.to) for view in (*(item.view for item in run[:-1]), land)]
        if not all(isinstance(node, Place) for node in nodes) or not nodes[-1].limit:
            return False
        node = union([replace(each, limit=True) for each in nodes])
        for item in run:
            self.ledger.node(item.view, node)
        self.to.limit(node)
        return True

    def _names(self, run: list[Item], place: int, following: int) -> int:
        """Read names, the last of which may belong to the side said next; return where to go on."""
        first = self._first_of_chain(run, place, following)
        for item in run[place:first]:
            self.item(item)
        if first == following:
            return following
        self.item(run[following], before=tuple(item.view for item in run[first:following]))
        return following + 1

    def _bounded(self, run: list[Item], place: int) -> int:
        """Read an item that is no name, with the names that lengthen its border; return where to go on."""
        view, following = run[place].view, place + 1
        boxes = None if EXCEPT.match(view.s) else boundaries.boxes(self.land(view))
        after: list[View] = []
        if boxes and not boundaries.RANGE_BEHIND.search(view.s):
            following = self._end_of_border(run, following, boxes[-1][1].names)
            after = [item.view for item in run[place + 1 : following]]
            if last := self._last_of_border(run[following : following + 1], boxes[-1][0]):
                after, following = [*after, last], following + 1
        self.item(run[place], after=tuple(after))
        return following

    def _last_of_border(self, ahead: list[Item], side: str) -> View | None:
        """Return the last name of 「西至甲路、乙街、丙路以东地区」, which says once more where the land lies."""
        sided = boundaries.sides(ahead[0].view) if ahead and ahead[0].mark == "、" else None
        if sided is None or sided.beside or len(sided.sides) > 1 or sided.sides[0][0] != boundaries.INSIDE[side]:
            return None
        lines = sided.sides[0][1]
        plain_line = len(lines.names) == 1 and not (lines.limit or lines.school or lines.doubt)
        if not plain_line or (sided.rest.s and not boundaries.RANGE_BEHIND.fullmatch(sided.rest.s)):
            return None
        self.ledger.mark(ahead[0].view)
        return lines.names[0]

    def _end_of_border(self, run: list[Item], following: int, border: list[View]) -> int:
        """Return where a border ends: 「北起甲路、乙街西段」; a landmark before a street of it belongs to it too."""
        end = following
        for place in range(following, len(run)):
            view = run[place].view
            if not self.is_name(view) or numbers.find(view.s) or run[place].mark == "除":
                break
            end = place + 1 if self._lengthens(view, border) else end
        return end

    @staticmethod
    def _lengthens(view: View, border: list[View]) -> bool:
        """Tell whether a name goes on with the border said before it."""
        return names.is_line(view.s) or not border or not names.is_line(border[-1].s)

    def _first_of_chain(self, run: list[Item], place: int, following: int) -> int:
        """Return which of the names in run[place:following] is the first that belongs to the side said next."""
        view = self.land(run[following].view) if following < len(run) else run[place].view[:0]
        if not view.s.strip(GROUP) or EXCEPT.match(view.s) or INCLUDE.match(view.s):
            return following
        stretch, sided = boundaries.between(view[: len(names.bare(view.s))]), boundaries.sides(view)
        if stretch:
            lined = [names.is_line(item.view.s) for item in run[place:following]]
            if len(lined) + len(stretch[0]) > 2 and all(lined) and names.is_line(stretch[0][-1].s):
                return place  # 「甲路、乙街、丙路、丁街之间」
            return following - 1 if len(stretch[0]) == 1 else following
        if sided is None:
            ring = boundaries.ring(view[: len(names.bare(view.s))])
            return following if ring is None else self._first_of_ring(run, place, following, ring.names)
        lines = sided.sides[0][1]
        if lines.limit or lines.school or len(lines.names) > 1:
            return following
        own = lines.names[0].s if lines.names else ""
        if not own or boundaries.CROSSING.search(own):
            return following if re.search("[与和及]", own) else following - 1
        first = following
        while first > place and self._may_be_line(run[first - 1].view, own):
            first -= 1
        streets = sum(names.is_line(item.view.s) for item in run[first:following])
        listed = self.to.box is None and not names.is_line(own) and streets > 1
        return following if listed else first  # 「甲路、乙街、丙厂以北」 lists streets, and what lies north of a works

    def _first_of_ring(self, run: list[Item], place: int, following: int, own: list[View]) -> int:
        """Return which name is the first of a closed line; a ring road behind a list of places is one alone."""
        if len(own) != 1 or not RING_ROAD.search(own[0].s):
            return place
        lined = [names.is_line(item.view.s) for item in run[place:following]]
        return place if all(lined) else following

    def _may_be_line(self, view: View, own: str) -> bool:
        """Tell whether a name may be one of a chain whose last member is known."""
        if boundaries.unlike_a_line(view.s) or (GROUP in view.s and not self._harmless(view)):
            return False
        if self.to.box is None and NUMBERED_DOOR.search(view.s):
            return False
        if names.is_line(view.s):
            return True
        if names.is_community(view.s):
            return names.is_community(own)
        return not names.is_line(own) or self.to.box is not None

    def _harmless(self, view: View) -> bool:
        """Tell whether the brackets behind a name of a line leave it a line: an alias or an extent."""
        brackets = [view[place : place + 1] for place, character in enumerate(view.s) if character == GROUP]
        return not any(boundaries.SIDE.search(self.inner(bracket).s) for bracket in brackets)


def _breaks_off(s: str) -> bool:
    """Tell whether a chain says the side of some of its lines only: 「甲路以南→乙街以东→丙河→丁路以西」."""
    steps = s.split("→")
    sided = [bool(ONE_SIDE.search(step)) for step in steps]
    return bool(BROKEN_CHAIN.search(s)) or (sum(sided[:-1]) > 1 and not all(sided))


def _is_school(s: str) -> bool:
    """Tell whether an item is the name of a primary school, with a bracket behind it or not."""
    return bool(PRIMARY.search(s.rstrip(GROUP))) and not names.objection(s.rstrip(GROUP))


def _of_school(view: View) -> bool:
    """Tell whether an item is the zone of a school, for which the schools listed before it stand too."""
    return bool(SCHOOL_ZONE.match(LEFT_OUT.sub("", EXCLUDED.sub(r"\g<name>", view.s.rstrip(GROUP)))))
