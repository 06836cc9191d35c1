"""What an item can be besides a side: a place, a ring, a stretch between two lines, a zone, something left out."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names, numbers
from zhaosheng_analysis.sentences.grammar import (
    Between,
    Except,
    Former,
    Intersection,
    Node,
    Part,
    Place,
    Ring,
    Side,
    ZoneOf,
    union,
    walk,
)
from zhaosheng_analysis.sentences.phrases import (
    EXCLUDED,
    HOMES,
    IS_SCHOOL,
    LEAVING_END,
    LIMIT_OF,
    RANGE_WORDS,
    SCHOOL_ZONE,
    STRONG,
    TOWNSHIP,
    ZONE_WORDS,
    Phrase,
)
from zhaosheng_analysis.sentences.places import RANGE
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import SCHOOL, SHARED_KINDS

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.gathering import Gathering
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.views import Text

LEAVERS = re.compile("(?:的)?(?:小学)?(?:[四五六八九]年级)?(?:应届)?(?:小学)?毕业(?:学)?生")
NO_ZONE = re.compile(f"(?:单一|单校|单|基本|{SHARED_KINDS}|合并|本|该|各自?|其他|相关)(?:的)?")
LEAST_OF_RING = 3
SAME_ZONE = re.compile(
    rf"[与同和](?P<name>[^,;、]{{2,}}?(?:{SCHOOL}))(?:的)?(?:学区|施教区|服务区|招生)?(?:范围|区域)?(?:相同|一致|一样)?$"
)
RING_ROAD = re.compile("环(?:城|[东西南北一二三四五内外])?(?:路|线|高速|公路)?$|环线$|城墙$|绕城(?:高速|公路|路)?$")
OUTSIDE = re.compile("(?P<line>.{2,}?)(?:以外|之外)(?:的)?(?:区域|范围|地区|片区|部分|住户)?")
ALSO_CALLED = re.compile(
    "(?:又称|又名|或称|或叫|也叫|又叫|也称|亦称|俗称|简称|现名|旧称|曾用名|別稱|又稱|也稱|亦稱|俗稱|簡稱|舊稱)(?=..)"
)
OTHERS = re.compile(
    "其[他余它](?:的)?(?:各|所有)?(?:行政村|自然村|村庄|村|社区|居委会|小区|乡镇街道|乡镇|镇街|镇|乡|街道|住宅|区域|地区|部分|地段|范围|小组|组|队|户|邻|里|楼幢|幢|栋)*"
)
ZONE_AHEAD = re.compile("[区围片段]")  # a character that every name of a zone holds
PRESENT = re.compile(r"^(?P<name>[^原].*?)(?:招生片区|学区)$")
FORMER = re.compile(
    r"^(?:划入的)?原(?P<name>.+?(?:小学学区|中学学区|学校学区|学区|招生片区|片区|施教区|招生范围|学区范围))"
    r"(?:区域|范围)?(?:以内|之内|内)?$"
)
FORMERLY = re.compile(
    r"^(?P<name>.{2,}?(?:小学|中学|学校|初中|小|中|[一二三四五六七八九十]校))(?:的)?(?:原|旧|老)(?P<kind>学区|施教区|招生范围|服务范围|服务区|(?:服务|招生)?片区)$"
)
BELONGED = re.compile("^(?:原属于?|属原|原)(?P<name>.{2,}(?:片|片区))$")


class Constructions:
    """The part of a clause's reader that tries the constructions in turn."""

    text: "Text"
    ledger: "Ledger"
    to: "Gathering"
    said: str
    zones_ahead: bool
    feeders: bool

    def construction(self, phrase: Phrase, *, whole: bool = True) -> str:
        """Try the constructions in turn; return why none of them fits, or nothing.

        Parameters
        ----------
        phrase : Phrase
            What one item says.
        whole : bool
            False where the words that leave it out are taken off already.

        Returns
        -------
        str
            The reason, empty where one fits.
        """
        if (done := self.that_line(phrase)) is not None:
            return done
        if whole and (done := self.outside(phrase)) is not None:
            return done
        left_out = (self.left_out,) if whole else ()
        bounded = (self.counted_side, self.line_side, self.boxed, self.sided, self.ringed, self.zone, self.between)
        plain = phrase.before == () and boundaries.unbounded(phrase.view.s)
        for read in (*left_out, *((self.boxed, self.ringed, self.zone) if plain else bounded)):
            done = read(phrase)
            if done is not None:
                return done
        if self._limited(phrase):
            return ""
        node = self.place(phrase.view, self.to)
        if isinstance(node, Refusal):
            return str(node)
        if phrase.mark == "和" and self.to.township is not None and self.to.box is not None and self.to.box.ended:
            self.to.end_township()  # 「安平街道甲路以东区域以及乙村」
        if phrase.mark == "和" and isinstance(node, Place) and node.limit:
            self._further_area(phrase.view)
        self.take(phrase.view, node)
        return ""

    def _limited(self, phrase: Phrase) -> bool:
        """Read 「…以南，永安区范围内（不含甲苑）」: the bracket behind the limit of a box speaks of the box."""
        view = phrase.view
        stem = view[: len(view.s.rstrip(GROUP))]
        if len(stem) == len(view) or self.to.box is None or self.to.narrowing or not RANGE.search(stem.s):
            return False
        node = self.place(stem, self.to)
        if not isinstance(node, Place) or not node.limit:
            return False
        self.take(stem, node)
        for place in range(len(stem), len(view)):
            self.beside_side(view[place : place + 1])
        return True

    def outside(self, phrase: Phrase) -> str | None:
        """Read 「环城路以外，甲街以南」: without what lies inside of a ring road."""
        match = OUTSIDE.fullmatch(phrase.view.s)
        if not match or not RING_ROAD.search(match["line"]) or phrase.before or self.to.leaving:
            return None
        lines = boundaries.chain(phrase.view.part(match, "line"))
        if lines.doubt or len(lines.names) != 1:
            return lines.doubt or "界线的写法没有读懂"
        node = Ring((self.line_name(lines.names[0]),))
        self.ledger.node(phrase.view, node)
        if lines.limit is not None:
            self.to.close()
            self.to.add(Except(Place(self.text.name(lines.limit), limit=True), (node,)))
        elif self.to.box is not None:
            self.to.box.less.append(node)
        else:
            self.to.less.append(node)
            self.ledger.doubt(phrase.view, "在这条环路以外，到哪里为止，文字没有说清")
        return ""

    def _further_area(self, view: View) -> None:
        """End a box before 「…以北片区以及丙乡范围」; an area joined to a border or to another area is in doubt."""
        box = self.to.box
        if box is None or self.to.narrowing:
            return
        if box.ended and not isinstance(box.parts[-1], Place):
            self.to.close()
        else:
            self.ledger.doubt(view, "「和」后面是同一条界线、另一处地方，还是一个范围，文字没有说清")

    def counted_side(self, phrase: Phrase) -> str | None:
        """Read 「6、12鄰及第7鄰青云路以南」: of the group named last the part on one side of a line."""
        view = phrase.view
        listed = numbers.find(view.s)
        if phrase.before or listed is None or listed.unit not in numbers.ALWAYS_COUNTED or listed.end == len(view):
            return None
        rest = view[listed.end :]
        sided = boundaries.sides(rest) if rest.s[0] not in f"的{GROUP}" else None
        if sided is None or sided.beside or sided.rest.s or any(lines.doubt for _, lines in sided.sides):
            return None
        node = self.place(view[: listed.end], self.to)
        if isinstance(node, Refusal):
            return str(node)
        sides = [Side(side, tuple(self.text.name(name) for name in lines.names)) for side, lines in sided.sides]
        self.take(view, _beside(node, sides, apart=view.s[: listed.end].count(listed.unit) > 1))
        return ""

    def take(self, view: View, node: Node) -> None:
        """Add a place that was read, and say so."""
        node = self._township(node)
        if self._also_called(view, node):
            return
        self.ledger.node(view, node)
        if isinstance(node, Place) and node.limit and self.to.box is not None and not self.to.narrowing:
            self.to.limit(node)
        else:
            self.to.add(node)
        if self.for_run:
            self._for_run()
        if self.closing_kind:
            self.to.suffix(self.closing_kind)
        if self.counted and self.counted > self.to.listed():
            self.ledger.doubt(view, f"说有 {self.counted} 处，列出的只有 {self.to.listed()} 处")
        if self.schools:
            self.to.share(self.schools)
        self.closing_kind, self.schools, self.for_run, self.counted = "", (), False, 0

    def _also_called(self, view: View, node: Node) -> bool:
        """Take 「又称乙苑」 as another name of the place before it."""
        last = self.to.last()
        match = ALSO_CALLED.match(node.name) if isinstance(node, Place) else None
        if not match or not isinstance(last, Place):
            return False
        last = replace(last, aliases=(*last.aliases, node.name[match.end() :]))
        self.to.replace_last(last)
        self.ledger.node(view, last)
        return True

    def _township(self, node: Node) -> Node:
        """Take the street office before a road off: it holds for all of the clause, roads run on beyond it."""
        place = node.place if isinstance(node, Part) else node
        road = isinstance(place, Place) and TOWNSHIP.search(place.within) and names.is_line(place.name)
        road = road and not place.name.endswith("桥")  # a bridge gives its name to a community
        if not road or not self.heads_clause():
            return node
        self.to.township = Place(place.within, limit=True)
        bare = replace(place, within="")
        return replace(node, place=bare) if isinstance(node, Part) else bare

    def _for_run(self) -> None:
        """Let a bracket hold for the bare names before it too: 「甲、乙、丙村部分（X路以北）」."""
        run, last = self.to.parts[self.to.run : -1], self.to.last()
        if not run or not isinstance(last, Intersection) or not _is_community(last.parts[0]):
            return
        if self.to.contrast or all(isinstance(node, Place) and not _is_community(node) for node in run):
            self.to.parts[self.to.run :] = [Intersection((union([*run, last.parts[0]]), *last.parts[1:]))]

    def left_out(self, phrase: Phrase) -> str | None:
        """Read 「甲小区除外」, and the end 「…乙小区外」 of what 除 began."""
        view = phrase.view
        stem = view.s.rstrip(GROUP)
        match = EXCLUDED.match(stem) or (LEAVING_END.match(stem) if self.to.leaving else None)
        if not match or phrase.before:
            return None
        core, rest = view.part(match, "name"), view.part(match, "rest")
        if not self.to.leaving and not rest.s and (node := self._all_but(core)):
            self.ledger.mark(view)
            self.take(core, node)
            return ""
        if not self.to.leaving:
            self.to.close()
            core, alone = self._without_listed(core)
            self.to.move_to_less(alone=alone)
        self.to.leaving = True
        refusal = self.construction(Phrase(core, phrase.mark), whole=False) if core.s else ""
        self.to.close()  # a box that is left out ends here, as long as it is
        self.to.end_apart()
        self.to.leaving = False
        self.ledger.mark(view[: match.start("name")])
        self.ledger.mark(view[match.end("name") : len(stem) - len(rest)])
        if (
            rest.s in ("所有", "全部", "各")
            or HOMES.fullmatch(rest.s)
            or RANGE_WORDS.fullmatch(rest.s)
            or OTHERS.fullmatch(rest.s)
        ):
            self.ledger.mark(rest)
            return refusal
        if refusal or not rest.s:
            return refusal
        if names.is_street(rest.s):
            return "「除…外」后面的写法没有读懂"
        return self.construction(Phrase(rest, phrase.mark))

    def _without_listed(self, core: View) -> tuple[View, bool]:
        """Read what 「（1-25鄰、29鄰，11、12鄰除外）」 lists before the comma; what is left out is some of that."""
        cut = core.s.rfind(",")
        whole, less = (numbers.find(core.s[:cut]), numbers.find(core.s[cut + 1 :])) if cut > 0 else (None, None)
        if whole is None or less is None or whole.unit not in ("", less.unit):
            return core, False
        if not all(any(a <= first and (last or first) <= (b or a) for a, b in whole.only) for first, last in less.only):
            return core, False
        listed = self.place(core[:cut], self.to)
        if isinstance(listed, Refusal):
            return core, False
        self.take(core[:cut], listed)
        self.to.run = len(self.to.parts)
        return core[cut + 1 :], True

    def _all_but(self, core: View) -> Part | None:
        """Read 「松涛里9鄰除外」 of a place nobody has named yet: all of it but these numbers."""
        listed = numbers.find(core.s)
        alone = self.reader.depth == 1 and len(self.to.parts) == self.to.clause
        if (
            self.to.parent is not None
            or not alone
            or listed is None
            or listed.end < len(core)
            or listed.start < 2
            or listed.parity
        ):
            return None
        node = self.place(core, self.to)
        if not isinstance(node, Part) or node.place in [each for part in self.to.parts for each in walk(part)]:
            return None
        return Part(node.place, node.unit, excepted=node.only)

    def ringed(self, phrase: Phrase) -> str | None:
        """Read 「甲路→乙路→丙路以内」, 「甲路、乙路、丙路、丁路围合的区域」."""
        lines, before = boundaries.ring(phrase.view), phrase.before
        ring = lines.names if lines is not None else self._arrows(phrase.view)
        if not ring:
            return None
        chain = [*before, *ring]
        start = boundaries.RING_START.match(before[0].s) if before else None
        if start and not names.is_line(before[0].s[:2]):
            chain[0] = before[0][start.end() :]
        doubt = next((d for name in chain if (d := boundaries.unlike_a_line(name.s))), "")
        if doubt or not (len(ring) > 2 or all(names.is_line(name.s) for name in chain)):
            return (doubt or "围合的界线里有不是线的名称") if before else None
        if "为" in phrase.view.s and len(chain) < LEAST_OF_RING:
            return "界线的写法没有读懂"
        if len(chain) == 2:
            return "两条线围不成一片"
        area, chain[0] = _area_before(chain[0]) if len(chain) > 2 else (None, chain[0])
        node: Node = Ring(tuple(self.line_name(name) for name in chain))
        if area is not None:
            node = Intersection((node, Place(self.text.name(area), limit=True)))
        if lines is not None and lines.limit is not None:
            node = Intersection((node, Place(self.text.name(lines.limit), limit=True)))
        for name in [*before, phrase.view]:
            self.ledger.node(name, node)
        if len(chain) == 1:
            self.to.between(node, strong=phrase.mark in STRONG)  # 「环城路以内，白塔街以南」 is one
        else:
            self.to.add(node)
        for name in sorted(chain, key=lambda name: "不含" not in self.text.plain[slice(*name.span)]):
            self.behind_line(name)
        return ""

    def _arrows(self, view: View) -> list[View] | None:
        """Read 「甲路→乙路→丙河→丁路范围内」: a line drawn from street to street is a ring where no side is said."""
        if len(boundaries.GOES_OVER.findall(view.s)) < 2:
            return None  # no three names
        match = RANGE.search(view.s)
        chain = boundaries.chain(view[: match.start()] if match else view, border=True)
        return chain.names if len(chain.names) > 3 or (match and len(chain.names) > 2) else None

    def zone(self, phrase: Phrase) -> str | None:
        """Read the zone of a school, present or former, and the limit a school zone sets to a box."""
        view = phrase.view
        if phrase.before:
            return None
        limit = LIMIT_OF.match(view.s)
        if limit and self.to.box is not None and not SCHOOL_ZONE.match(view.s) and _can_be_zone(limit["name"]):
            self.add_limit(view.part(limit, "name"), view)
            return ""
        stem = view[: len(view.s.rstrip(GROUP))]
        said = [self.inner(view[place : place + 1]) for place in range(len(stem), len(view))]
        leavers = [each for each in said if LEAVERS.fullmatch(each.s)]
        for each in leavers:
            self.ledger.mark(each)
        self.feeders = self.feeders or bool(leavers)
        node = self._zone_of(stem)
        if node is None:
            return None
        self.ignore_brackets(stem)
        for place, each in zip(range(len(stem), len(view)), said, strict=True):
            node = node if each in leavers else self.bracketed(node, view[place : place + 1])
        self.ledger.node(view, node)
        self.to.add(node)
        if self.schools:
            self.to.share(self.schools)
            self.schools = ()
        return ""

    def _zone_of(self, view: View) -> Former | ZoneOf | None:
        """Return the zone an item names, or None where it names none."""
        same = SAME_ZONE.match(view.s) if view.s == self.said else None
        if same and not names.objection(same["name"]) and (view.s[0] == "同" or same.end("name") < len(view)):
            return ZoneOf(self.text.name(view.part(same, "name")))
        if match := BELONGED.match(view.s):
            return Former(self.text.name(view.part(match, "name")))
        if (self.zones_ahead or self.feeders) and IS_SCHOOL.search(view.s) and not names.objection(view.s):
            return ZoneOf(self.text.name(view))
        if not ZONE_AHEAD.search(view.s):
            return None
        if match := FORMERLY.match(view.s):
            return Former(self.text.name(view.part(match, "name").plus(view.part(match, "kind"))))
        former = FORMER.match(view.s)
        match = former or SCHOOL_ZONE.match(view.s) or PRESENT.match(view.s)
        if not match or not _can_be_zone(match["name"]):
            return None
        name = self.text.name(view.part(match, "name"))
        return Former(name) if former else ZoneOf(name)

    def between(self, phrase: Phrase) -> str | None:
        """Read 「甲路与乙路之间」, 「甲路至乙路段」."""
        view = phrase.view
        lines, rest = boundaries.between(view) or ([], view[:0])
        if not lines:
            return None
        if len(phrase.before) + len(lines) > LEAST_OF_RING:
            node = Ring(tuple(self.text.name(name) for name in [*phrase.before, *lines]))
            for name in [*phrase.before, view]:
                self.ledger.node(name, node)
            self.to.add(node)
            return "" if not rest.s else "界线的写法没有读懂"
        if len(phrase.before) + len(lines) != 2:
            return "三条线之间，不知道指哪一片" if phrase.before else None
        if not phrase.before and (of_road := boundaries.OF_ROAD.match(lines[0].s)):
            return self._stretch(view, lines, of_road) if not rest.s and "段" in view.s else "像是几处地方连在一起"
        node = Between(tuple(self.text.name(name) for name in [*phrase.before, *lines]))
        for name in [*phrase.before, view[: len(view) - len(rest)]]:
            self.ledger.node(name, node)
        if not rest.s:
            self.to.between(node, strong=phrase.mark in STRONG)
            return ""
        self.to.open(node)
        return self.construction(Phrase(rest, phrase.mark))

    def _stretch(self, view: View, pair: list[View], match: re.Match) -> str:
        """Read 「青云路白塔街至长虹路段」: the part of one road that lies between two others."""
        first = pair[0].part(match, "first")
        ends = Between((self.text.name(first), self.text.name(pair[1])))
        node = Intersection((Place(self.text.name(pair[0].part(match, "road"))), ends))
        self.ledger.node(view, node)
        self.to.add(node)
        return ""


def _area_before(name: View) -> tuple[View | None, View]:
    """Take the street office off 「安平街道青云路→白塔街→…」: all that the streets go round lies in it."""
    lines = boundaries.chain(name)
    plain_line = len(lines.names) == 1 and not lines.school and not lines.doubt
    if not plain_line or lines.limit is None or not TOWNSHIP.search(lines.limit.s):
        return None, name
    return lines.limit, lines.names[0]


def _beside(node: Node, sides: list[Side], *, apart: bool) -> Node:
    """Return numbers with the side of a line that holds for them, or for the last of them alone."""
    if not apart or not isinstance(node, Part) or len(node.only) < 2:
        return Intersection((node, *sides))
    last = replace(node, only=node.only[-1:])
    return union([replace(node, only=node.only[:-1]), Intersection((last, *sides))])


def _can_be_zone(name: str) -> bool:
    """Tell whether the words before 学区 can be the name of a school or a place."""
    return not NO_ZONE.fullmatch(name) and not names.objection(names.bare(ZONE_WORDS.sub("", name)))


def _is_community(node: Node) -> bool:
    return isinstance(node, Place) and names.is_community(node.name)
