"""Sides and borders as one item says them, and what follows a side: a range, a limit, places, a bracket."""

import re
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import boundaries, names
from zhaosheng_analysis.sentences.boundaries import BORDERING, Lines
from zhaosheng_analysis.sentences.grammar import Bounds, Place, Ring, Side, Some, ZoneOf, lines_of, walk
from zhaosheng_analysis.sentences.phrases import (
    EXCEPT,
    HOMES,
    INCLUDE,
    LIMIT_OF,
    RANGE_WORDS,
    STRONG,
    THAT_LINE,
    TOWNSHIP,
    ZONE_WORDS,
    Phrase,
)
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import ADMIN

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.gathering import Gathering
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.views import Text

ACROSS = re.compile(r"^至(?P<name>.+?)(?:之间)?(?:(?:的)?(?:片区|区域|范围|地区|地段)(?:以内|内)?|(?=包括|包含)|$)")
HOME_ENDS = re.compile("(?:小区|花园|家园|新村|家属院|公寓|宿舍|[^新]村|苑|社区)$")
WHOLE_AREA = re.compile(rf"(?:{ADMIN})$|^(?:城区|古城)$")
AREA_OF_BOX = re.compile(
    rf"(?P<area>[^东西南北{GROUP}][^{GROUP}]{{1,9}}?(?:{ADMIN}|社区|村|街))(?P<rest>[东西南北](?:面|侧|边|界)?(?:至|起|到|起自).{{2,}})$"
)
SOME_OF_RANGE = re.compile("^的(?P<hint>一?部分|局部)(?:区域|小区|地区|住宅|居民楼|居民|楼盘|村庄)")
JOINED_TO_SIDE = re.compile("^(?:的|之(?![江浦])|具有|内)")


class Sides:
    """The part of a clause's reader that reads sides and borders."""

    text: "Text"
    ledger: "Ledger"
    to: "Gathering"

    def line_side(self, phrase: Phrase) -> str | None:
        """Read 「东起甲路——乙路为界西南区域」."""
        side = boundaries.line_side(phrase.view)
        return None if side is None else self.add_side(phrase, *side)

    def boxed(self, phrase: Phrase) -> str | None:
        """Read 「东至甲路、乙路」, 「西起甲——乙——丙」 (a ring)."""
        if area := AREA_OF_BOX.match(phrase.view.s):
            return self._box_of_area(phrase, area)
        boxes = boundaries.boxes(phrase.view)
        open_ = self.to.box is not None and not self.to.box.complete
        if not boxes or not all(sure or (open_ and self._goes_on(side)) for side, _, sure in boxes):
            return None
        if len(boxes) == 1 and (done := self._limit_or_ring(phrase.view, boxes[0][1])) is not None:
            return done
        if self.to.box is None:
            self.to.resume(boundaries.INSIDE[boxes[0][0]])
        for place, (side, lines, _) in enumerate(boxes):
            if lines.names and all(HOME_ENDS.search(name.s) for name in lines.names):
                self.ledger.doubt(phrase.view, "以小区、村为界，这个小区或村本身算不算在内，文字没有说清")
            last = place == len(boxes) - 1
            lines.names += [each for name in phrase.after for each in boundaries.chain(name, border=True).names if last]
            part = Phrase(phrase.view, "、" if place else phrase.mark, phrase.before, phrase.after if last else ())
            if refusal := self.add_side(part, boundaries.INSIDE[side], lines, border=True):
                return refusal
        return ""

    def _box_of_area(self, phrase: Phrase, match: re.Match) -> str | None:
        """Read 「安平街道东至甲路」: the box that begins lies in the area before it."""
        area, rest = phrase.view.part(match, "area"), phrase.view.part(match, "rest")
        boxes = boundaries.boxes(rest)
        if phrase.before or self.to.box is not None or names.objection(area.s) or not boxes:
            return None
        if not all(names.is_line(name.s) for _, lines, _ in boxes for name in lines.names):
            return None
        refusal = self.boxed(Phrase(rest, phrase.mark, (), phrase.after))
        if not refusal and self.to.box is not None:
            limit = Place(self.text.name(area), limit=True)
            self.ledger.node(area, limit)
            self.to.box.parts.insert(0, limit)
        return refusal

    def _goes_on(self, side: str) -> bool:
        """Tell whether a border is one more of the box at hand: 「东临甲路，西靠乙山，南接丙镇」."""
        return boundaries.INSIDE[side] not in self.to.box.said and isinstance(self.to.box.parts[-1], Bounds)

    def _limit_or_ring(self, view: View, lines: Lines) -> str | None:
        """Read 「南至甲区学区范围」, a limit, and 「西起甲路——乙街——丙路」, a ring."""
        limit = LIMIT_OF.match(lines.names[0].s) if lines.names else None
        if limit and not names.objection(ZONE_WORDS.sub("", limit["name"])):
            self.add_limit(lines.names[0][: limit.end("name")], view)
            return ""
        if not boundaries.START_OF_RING.match(view.s) or len(lines.names) < 3:
            return None
        if boundaries.SIDE_AHEAD.match(self.text.plain[view.span[1] :].lstrip(",、; \n")):
            return None  # 「东起甲路——乙路——丙路，南至丁街」: the border on one side of several
        node = Ring(tuple(self.text.name(name) for name in lines.names))
        self.ledger.node(view, node)
        self.to.add(node)
        return lines.doubt

    def sided(self, phrase: Phrase) -> str | None:
        """Read 「甲路以东」 and what may follow: 范围内, a limit, places, another bracket."""
        view = phrase.view
        sided = boundaries.sides(view)
        if sided is None:
            return None
        if sided.beside:
            self.to.close()
        start = view.span[0]
        if self.to.box is not None and self.text.plain[max(0, start - 2) : start].rstrip("者").endswith("或"):
            self.ledger.doubt(view, "「或」前后是合成一片还是各为一片，文字没有说清")
            self.to.close()
        mark, before = phrase.mark, phrase.before
        for side, lines in sided.sides:
            said = Phrase(view[: len(view) - len(sided.rest)], mark, before)
            if refusal := self.add_side(said, side, lines):
                return refusal
            mark, before = "、", ()
        refusal = self._after_side(sided.rest)
        if sided.beside and "的" not in view.s:
            self.to.close()
        return refusal

    def add_side(self, phrase: Phrase, side: str, lines: Lines, *, border: bool = False) -> str:
        """Add one side with its limit, and look into the brackets behind its names; say why where it cannot be.

        Parameters
        ----------
        phrase : Phrase
            What the item says.
        side : str
            Where the land lies, seen from the line.
        lines : Lines
            The names of the line.
        border : bool
            Whether it is said as 「东至…」.

        Returns
        -------
        str
            Why it cannot be, empty where it can.
        """
        if lines.doubt:
            return lines.doubt
        if lines.limit is not None and self.to.township is not None and TOWNSHIP.search(lines.limit.s):
            self.to.end_township()  # 「安平街道甲路以东、永安街道乙街以南」 are two
        elif lines.limit is not None and self.to.township is not None and self.to.box is not None and self.to.box.ended:
            self.to.end_township()
        elif lines.limit is not None and self._inside_of_another(lines.limit.s):
            self.to.close()  # 「甲社区青云路北、乙社区白塔街东」 are two
        before = self._once(phrase.before, lines)
        chain = [*before, *[name for name in lines.names if name.s not in {view.s for view in before}]]
        of = tuple(self.line_name(name) for name in chain) or self._last_line()
        if not of:
            return "没有说是哪条路"
        box = self.to.box if phrase.mark == "和" else None
        anew = box is not None and side in box.said and len(box.said) > 1 and lines.names
        again = box is not None and (box.ended or bool(anew))  # 「…以北及甲路以东…」
        beside = self.to.box is None and border and phrase.mark in (",", "、") and self.to.last() is not None
        ahead = self.to.limit_ahead() if phrase.mark == "," else None
        doubt = self.to.side(side, of, strong=phrase.mark in STRONG or again, border=border)
        if ahead is not None:
            self.to.limit(ahead, ends=False)
        if beside and not doubt and len(self.to.parts) > self.to.clause:
            doubt = "前面的地方与后面的四至是同一片还是两片，文字没有说清"
        node = self.to.box.parts[-1]
        if doubt:
            self.ledger.doubt(phrase.view, doubt)
        for name in [*phrase.before, phrase.view, *phrase.after]:
            self.ledger.node(name, node)
        for name in chain:
            self.behind_line(name)
        self._limited_by(lines)
        return ""

    def _inside_of_another(self, name: str) -> bool:
        """Tell whether the box at hand lies in another community than the one named now."""
        said = [part.name for part in (self.to.box.parts if self.to.box else ()) if isinstance(part, Place)]
        return names.is_community(name) and any(names.is_community(each) and each != name for each in said)

    def _limited_by(self, lines: Lines) -> None:
        """Keep a box, or all of the clause where a street office is put at its head, inside of an area."""
        if lines.school:
            self.to.limit(ZoneOf(self.text.name(lines.school)), ends=False)
        if lines.limit is None:
            return
        cut = names.split_within(lines.limit.s) or (0, 0)
        within, own = (self.text.name(part) for part in (lines.limit[: cut[0]], lines.limit[cut[1] :]))
        limit = Place(own, within=within, limit=True)
        self.ledger.node(lines.limit, limit)
        if self.heads_clause() and TOWNSHIP.search(lines.limit.s):
            self.to.township = limit
            return
        if self.to.contrast and any(
            isinstance(node, Place) and names.is_community(node.name) for node in self.to.parts[self.to.run :]
        ):
            self.ledger.doubt(lines.limit, "路的这一侧只指最后一处，还是前面几处也算，文字没有说清")
        self.to.limit(limit, ends=False)

    def heads_clause(self) -> bool:
        """Tell whether nothing has been said in the clause yet, but for the side at hand."""
        return len(self.to.parts) == self.to.clause and (self.to.box is None or len(self.to.box.parts) == 1)

    def _once(self, before: tuple[View, ...], lines: Lines) -> tuple[View, ...]:
        """Return the names before a side without the one said twice: 「安平街甲路及甲路以西」."""
        own = lines.names[0].s if lines.names else ""
        if not before or not own or not before[-1].s.endswith(own):
            return before
        rest = before[-1][: len(before[-1]) - len(own)]
        if rest.s and not lines.limit and not names.objection(rest.s):
            lines.limit = rest
        return before[:-1]

    def line_name(self, name: View) -> str:
        """Return a line's name as it is written, with the bracket that gives its other name."""
        for place, character in enumerate(name.s):
            said = self.inner(name[place : place + 1]) if character == GROUP else name[:0]
            if character == GROUP and (BORDERING.fullmatch(said.s) or not self.of_line(said)):
                name = name[:place]
                break
        whole = boundaries.WHOLE.search(name.s)
        return self.text.name(name[: whole.start()] if whole and whole.start() else name)

    def that_line(self, phrase: Phrase) -> str | None:
        """Read 「该街两侧」: houses beyond the line named last belong to it too, how far is not said."""
        match = THAT_LINE.fullmatch(phrase.view.s)
        said = self.to.box.parts if self.to.box else [each for part in self.to.parts[-1:] for each in walk(part)]
        of = next((lines[-1] for part in reversed(said) if (lines := lines_of(part))), "")
        if not match or not of or phrase.before:
            return None
        self.ledger.mark(phrase.view)
        if match["hint"] and not self.to.leaving:
            self.ledger.doubt(phrase.view, "这条路两侧的住户算到哪里为止，文字没有说清")
            self.to.add(Some(Place(of), self.text.name(phrase.view.part(match, "hint"))))
        return ""

    def _last_line(self) -> tuple[str, ...]:
        """Return the line named last: 「青云路以东及以北」."""
        parts = self.to.box.parts if self.to.box else []
        return next((part.of for part in reversed(parts) if isinstance(part, Side)), ())

    def _after_side(self, rest: View) -> str:
        """Read what follows a side in the same item."""
        while rest.s:
            if match := SOME_OF_RANGE.match(rest.s):
                rest = self._part_of_range(rest, match)
            elif (match := RANGE_WORDS.match(rest.s)) and match.end():
                rest = self._after_range(rest, match)
            elif match := HOMES.match(rest.s):
                if "各" in match[0]:
                    self._limit_box_alone()
                self.ledger.mark(rest[: match.end()])
                rest = rest[match.end() :]
            elif rest.s == GROUP and (schools := self.shared_schools(self.inner(rest))):
                self.ledger.mark(self.inner(rest))
                self.to.share(schools)
                return ""
            elif rest.s[0] == GROUP:
                self.beside_side(rest[:1])
                rest = rest[1:]
            elif rest.s[0] in "-,、":
                return "界线的写法没有读懂"
            elif rest.s[0] in "和及与" and len(rest) > 2 and self.to.box is not None:
                if not self.to.box.ended:
                    return "「和」是连接还是名称的一部分，文字没有说清"
                self.ledger.mark(rest[:1])
                return self.construction(Phrase(rest[1:], "和"))
            elif match := ACROSS.match(rest.s):
                if refusal := self._across(rest[: match.end()], match):
                    return refusal
                rest = rest[match.end() :]
            else:
                return self._inside(rest)
        return ""

    def _limit_box_alone(self) -> None:
        """Let the township hold for the box alone: 「安平镇青云路以北各村」 are villages of that township."""
        if self.to.township is not None and self.to.box is not None:
            self.to.limit(self.to.township)
            self.to.township = None

    def _part_of_range(self, rest: View, match: re.Match) -> View:
        """Take 「的部分小区」 behind a side: which part is not said."""
        self.ledger.doubt(rest[: match.end()], "是哪一部分，文字没有说清")
        self.to.box.ended, self.to.box.hint = True, self.text.name(rest.part(match, "hint"))
        return rest[match.end() :]

    def _after_range(self, rest: View, match: re.Match) -> View:
        """Take 「区域内的住宅小区」; the box ends with it."""
        homes = HOMES.match(rest.s, match.end()) or HOMES.match(rest.s[match.end() :])
        end = match.end() + (homes.end() if homes else 0)
        self.ledger.mark(rest[:end])
        if self.to.box is not None:
            self.to.box.ended = True
        return rest[end:]

    def _across(self, rest: View, match: re.Match) -> str:
        """Read 「甲路以西至乙路」: between the two."""
        lines = boundaries.chain(rest.part(match, "name"))
        said = reversed(self.to.box.parts) if self.to.box is not None else ()
        last = next((part for part in said if isinstance(part, Side)), None)
        if last is None:
            return "界线的写法没有读懂"
        if lines.doubt or not all(names.is_line(name) for name in (*last.of, *(name.s for name in lines.names))):
            return lines.doubt or "「以…至…」的两端不都是路或河，不知道指哪一片"
        return self.add_side(Phrase(rest, "、"), boundaries.INSIDE[last.side], lines)

    def _inside(self, rest: View) -> str:
        """Read a place or a limit said right after a side: 「以北安平区域内」, 「以西的甲小区」, 「以南包括甲园」."""
        if INCLUDE.match(rest.s) or EXCEPT.match(rest.s):
            return self.construction(Phrase(self.linked(rest, ""), "、"))
        match = JOINED_TO_SIDE.match(rest.s)
        node = self.place(rest[match.end() :] if match else rest, self.to)
        if isinstance(node, Refusal):
            return str(node)
        self.ledger.node(rest, node)
        if isinstance(node, Place) and (node.limit or WHOLE_AREA.search(node.name)):
            self.to.limit(Place(node.name, node.aliases, node.within, limit=True))
        else:
            self.to.narrowing = True
            self.to.add(node)
        return ""

    def add_limit(self, name: View, view: View) -> None:
        """Add a limit the zone must stay inside."""
        node = Place(self.text.name(name), limit=True)
        self.ledger.node(view, node)
        self.to.limit(node)
