"""What a bracket says: part of the place before it, more land, less land, another name, a condition, a remark."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import names, notes
from zhaosheng_analysis.sentences.boundaries import BORDERING, NUMBERED_LINE, unlike_a_line
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.gathering import Gathering, road_of
from zhaosheng_analysis.sentences.grammar import (
    Between,
    Bounds,
    Except,
    Intersection,
    Node,
    Part,
    Place,
    Ring,
    Shared,
    Side,
    Some,
    Union,
    Who,
    children,
    lines_of,
    union,
)
from zhaosheng_analysis.sentences.numbered_places import with_parity
from zhaosheng_analysis.sentences.numbers import BOTH, PARITIES, PARITY, value
from zhaosheng_analysis.sentences.phrases import HOMES, INCLUDE, THAT_LINE
from zhaosheng_analysis.sentences.sharing import OF_TAIWAN, OF_THIS, Sharing
from zhaosheng_analysis.sentences.sub_doors import ATTACHED
from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import DIRECTION, SIDES

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.parsing import Reader
    from zhaosheng_analysis.sentences.views import Text

SOME = re.compile("一?部分|局部|附近|周边|部分区域|部分楼幢|部分小区")
SOME_SIDE = re.compile(f"(?:{DIRECTION}|前|后|上|下|中)(?:部|片|侧|面|边|半部|半片|半段|段|部分|半部分)")
STATUS = re.compile(
    "(?:(?:暂未|尚未|未)(?:交付|入住|建成|开工)|筹|筹建|筹备|新|新建|在建|待建|拟建|规划|规划中|未命名|暂名|暂定名?|建设中|已建成|安置|回迁|(?:已|待|未|正在|拟)?(?:拆迁|拆除|征迁|征收)(?:中|完毕)?|已拆|待拆|(?:改造|重建|翻建|修建|在建|施工|建设)中|(?:世居|原住|原有|常住)户|新增|新划入|调整|撤并|已撤并|暂停招生|"
    "(?:含|包括)?(?:拆迁|回迁|还建|还迁)?安置(?:房|小区)|(?:含|包括)(?:公租房|廉租房|经济适用房|经适房|人才公寓|还建房|自建房)|全里|全邻|整里|各邻|全段|全线|全部|全域|全境|全村|整个|区域|小区|村|社区|路|街|巷|号|幢|栋|座|片|片区|沿线|段|含|住宅|一带|居民区|自然村|行政村|含在建|(?:本校)?(?:单一|单独|独立|基本)学区|单学区|回迁[楼房]|还迁[楼房]|拆迁村|单校划片|本校学区|基本学区|(?:含|包括)集体户口?)"
)
HOUSES = re.compile(r"(?:^|[,、;])(?P<houses>(?:其中)?(?:含|包括|包含).*\d.*)$")
# In a bracket behind a line: words that are more than another name or the extent of it.
NOT_OF_LINE = re.compile(
    "^不?(?:含|包括|包含)|号|[,;。:]|学区|施教区|招生|入学|就读|居民|住户|业主|小区|社区|[为属除]|已|可"
)
# Children who are left out, whatever house they live in.
WITHOUT_HOME = "(?:(?:集体|空挂|挂靠|空挂靠|寄挂)户口?[、和及]?)+(?:学生|子女|儿童)?"
PEOPLE = re.compile(
    r"(?:\d{4}年.*(?:购|迁入|落户|入户|取得|过户).*(?:除外|不在内|不计)|"
    r"(?:不含|不包括|除)\d{4}年.*(?:购|迁入|落户|入户|取得|过户)[^以]*?(?:的|外)?)|"
    f"(?:不含|不包括|不招收?|除){WITHOUT_HOME}外?|{WITHOUT_HOME}(?:除外|不在内|不计)"
)
HOUSES_OF = re.compile("门牌|住户|居民|楼")  # 「不含甲路门牌」: the houses of a road are land
OTHER_NAME = re.compile("^(?:原名?|又名|又称|又稱|也称|现名|旧称|曾用名|俗称)(?=..)")
LEFT_OUT = re.compile("除外|不含|不包括")
# 「甲苑、乙村在县五小就读」: which land goes to another school
ELSEWHERE = re.compile(
    "^(?!.*可).{2,}(?:[社小]区|[村苑园庭城府居院组幢栋])(?:[^,;。户籍]*)(?:在|到|去|回)[^,;。]{1,12}(?:小学|中学|学校|[一二三四五六七八九十实]小|[一二三四五六七八九十]中)(?:就读|入学|上学|报名)$"
)
LENGTHENED = re.compile("(?:含|包括)?(?:其)?[东西南北]?(?:延长线|延伸段|延伸线|延长段|规划段)")
STRETCH = re.compile(
    r"^(?P<one>[^\-~至到]{2,})(?:-+|~|至|到)(?P<two>[^\-~至到]{2,}?)(?:之间|段)?$"
)  # of the road before it
THAT_IS = re.compile("即(?!墨)(?:为|是)?(?=..)")
OF_LEAVERS = re.compile("[^,;。]{1,14}(?:小学|学校|校区|小)(?:的)?(?:[四五六八九]年级)?(?:的)?(?:应届)?毕业(?:学)?生")
# Between which two a line is meant, said behind it: 「（甲路至乙路段）」.
EXTENT = re.compile(
    "(?:[^,;。以含]{2,14}?(?:至|到|-+|~)[^,;。以含]{2,14}?段|(?:[东西](?:至|起|到)[^,;、。以含]{2,14}[,、]?){2}|"
    "(?:[南北](?:至|起|到)[^,;、。以含]{2,14}[,、]?){2})(?:$|[,;](?=不?含|包括)|(?<=[,;])(?=不?含|包括))"
)
OF_ALL = re.compile("(?:以上|上述)?(?:各?(?:社区|村|小区|地方))?(?:均|都)(?=不含|不包括|除)")
WHOLE_OF_IT = re.compile("(?:(?:全部|全里|全村|全社区|整个)[,、;:]|其中)(?=.*(?:共同|自由|双|共享)学区)")
MORE_NUMBERS = re.compile(r"第?\d[\d、,\-~至第 ]*(?P<unit>[邻鄰组队])")
SAID_APART = re.compile("(弄|号院|巷)[、,]\\d+\\1$")  # lanes with the word said of each


class Brackets(Sharing):
    """The part of a clause's reader that looks into brackets."""

    reader: "Reader"
    text: "Text"
    ledger: "Ledger"
    to: Gathering
    schools: tuple[str, ...]

    def inner(self, bracket: View) -> View:
        """Return what a bracket holds."""
        return self.text.inner(*bracket.span)

    def aside(self, bracket: View) -> None:
        """Read a bracket that stands alone: it speaks of all the clause, or of all there is."""
        inner = self.inner(bracket)
        if not inner.s or STATUS.fullmatch(inner.s) or BOTH.fullmatch(inner.s) or HOMES.fullmatch(inner.s):
            self.ledger.mark(inner)
            return
        schools = self.shared_schools(inner)
        if schools is not None:
            if isinstance(self.to.last(), Who) and self.to.box is None:
                self.to.share_last(schools)
            else:
                self.to.share(schools)
            if self.to.parts:
                self.ledger.node(inner, self.to.parts[-1])
            return
        if self._more_numbers(inner):
            return
        state = self.ledger.state()
        gathered = self.reader.gather(inner, None) if not self._note(bracket, inner) else None
        if gathered is None:
            return
        included, conditions, less = gathered.included, gathered.conditions, gathered.less
        if less and gathered.parts and included:  # 「（不含甲苑，含乙村）」
            self._leave_out(less)
            gathered.less = less = []
        node = gathered.result() if gathered.parts or gathered.box else None
        if node is None and less:
            self._leave_out(less)
        elif node is not None and included:
            self.to.close()
            self.to.add(node)
        elif node is not None and (self.to.box is not None or len(self.to.parts) == 1):
            self.to.close()
            self.to.replace_last(Intersection((self.to.parts[-1], node)))
        elif node is not None:
            self.ledger.back_to(state)
            self.ledger.doubt(bracket, "括号里的话不知道是补充哪一处的", unread=True)
        if conditions:
            self.to.who(conditions)

    def _more_numbers(self, inner: View) -> bool:
        """Read 「甲里（2、4鄰），（20鄰，与乙小学共同学区）」: more numbers of the place named last."""
        last = self.to.last()
        last = last.of if isinstance(last, Shared) else last
        match = MORE_NUMBERS.match(inner.s)
        if not match or not isinstance(last, Part) or plain(last.unit) != match["unit"]:
            return False
        node = self.reader.gather(inner, last.place).result()
        if node is not None:
            self.to.add(node)
        return node is not None

    def _leave_out(self, less: list[Node]) -> None:
        """Leave out of all that has been said what a bracket at the end of it names."""
        if self.to.box is not None:
            self.to.box.less += less
        elif isinstance(self.to.last(), Ring):
            self.to.replace_last(Except(self.to.parts[-1], tuple(less)))
        else:
            self.to.less += less

    def _note(self, bracket: View, inner: View) -> bool:
        """Take a bracket that is a remark."""
        if PEOPLE.fullmatch(inner.s):
            self.ledger.note(bracket, "excl-who")
            return True
        kind = notes.note(inner.s)
        if ELSEWHERE.search(inner.s) or (kind in ("to", "temporary") and LEFT_OUT.search(inner.s)):
            self.ledger.doubt(bracket, "括号里的地方归哪所学校，文字没有说清", unread=True)
            return True
        if kind and not re.match("含|包括|不含|除", inner.s) and not notes.OWN_ZONE.search(inner.s):
            self.reader.remark(bracket, kind)
            return True
        return False

    def beside_side(self, bracket: View) -> None:
        """Read a bracket behind a side: 「以西（含甲村）」 adds, 「（乙村除外）」 leaves out; names alone are open."""
        inner = self.inner(bracket)
        if not inner.s or any(said.fullmatch(inner.s) for said in (STATUS, BOTH, BORDERING)):
            self.ledger.mark(inner)
            return
        if stretch := EXTENT.match(inner.s):  # 「南至甲路以北（乙路至丙路段，含丁苑）」
            line = self.to.box.parts[-1] if self.to.box is not None else self.to.last()
            if line is not None:
                self.ledger.node(inner[: stretch.end()], line)
            inner = inner[stretch.end() :]
        if not inner.s or self._note(bracket, inner) or self._that_line(inner):
            return
        self.to.limit_box()
        state = self.ledger.state()
        gathered = self.reader.gather(inner, None)
        box, less = self.to.box, gathered.less
        if not HOUSES_OF.search(inner.s):
            less = [each for each in less if not self._is_own_line(each)]  # the road itself; a line has no width
        included, node = gathered.included, gathered.result() if gathered.parts or gathered.box else None
        if included and self._is_own_line(node):
            return  # the road itself; a line has no width
        if node is not None and included and box is not None and node in box.parts:
            return  # 「白塔街以南（含白塔街南侧住户）」 says nothing new
        if node is not None and box is not None and _is_sides(node):
            box.parts += children(node) or (node,)
            self.ledger.doubt(bracket, "括号里的界线只限这一侧还是限整片，文字没有说清")
            self.to.close()
            return
        if node is not None and not included:
            self.ledger.back_to(state)
            self.ledger.doubt(bracket, "界线后括号里的地方是包括在内还是说明界线，文字没有说清", unread=True)
            return
        if less and box is None:
            self.to.replace_last(Except(self.to.parts[-1], tuple(less)))
        elif less:
            box.less += less
        if node is not None and box is None:
            self.to.add(node)
        elif node is not None:
            box.more.append(node)

    def _that_line(self, inner: View) -> bool:
        """Read 「（含该街两侧）」 of the line before the bracket."""
        word = INCLUDE.match(inner.s)
        box = self.to.box
        if word is None or box is None or not THAT_LINE.fullmatch(inner.s[word.end() :]):
            return False
        of, match = lines_of(box.parts[-1])[-1:], THAT_LINE.fullmatch(inner.s[word.end() :])
        self.ledger.mark(inner)
        if match["hint"] and of:
            self.ledger.doubt(inner, "这条路两侧的住户算到哪里为止，文字没有说清")
            box.more.append(Some(Place(of[0]), match["hint"]))
        return True

    def _is_own_line(self, node: Node) -> bool:
        """Tell whether a node names a line of the box at hand: 「白塔街以北（不含白塔街）」."""
        lines = [name for part in (self.to.box.parts if self.to.box else ()) for name in lines_of(part)]
        return isinstance(node, Place) and node.name in lines and names.is_line(plain(node.name))

    def behind_line(self, name: View) -> None:
        """Look into the brackets behind the name of a boundary: another name and an extent change nothing."""
        for place, character in enumerate(name.s):
            if character != GROUP:
                continue
            bracket = name[place : place + 1]
            inner = self.inner(bracket)
            if inner.s in ("含", "不含") or LENGTHENED.fullmatch(inner.s):  # the road itself; a line has no width
                self.ledger.mark(inner)
                continue
            other = NUMBERED_LINE.sub("河道", inner.s)
            if (
                EXTENT.match(inner.s)
                or re.match("不?含|不?包括|不?包含|另加|外加|除(?!夕)|.*除外$", other)
                or PARITY.search(other)
                or "号" in other
            ):
                self.beside_side(bracket)
            elif "部分" in inner.s:
                self.ledger.mark(inner)
                self.ledger.doubt(bracket, "只用这条路的一部分作界线，文字没有说是哪一部分")
            elif notes.OWN_ZONE.search(inner.s):
                self.beside_side(bracket)
            elif self.of_line(inner):
                self.ignore_brackets(bracket)
            else:
                self.ledger.doubt(bracket, "界线后括号里的话没有读懂", unread=True)

    def of_line(self, inner: View) -> bool:
        """Tell whether what a bracket holds is another name of the line before it, or its extent."""
        if BORDERING.fullmatch(inner.s):
            return True
        return not NOT_OF_LINE.search(NUMBERED_LINE.sub("河道", inner.s)) and not notes.note(inner.s)

    def ignore_brackets(self, view: View) -> None:
        """Take what stands in the brackets of a stretch as part of a name."""
        for place, character in enumerate(view.s):
            if character == GROUP:
                start, end = view.starts[place], view.ends[place]
                self.ledger.taken[start:end] = b"\1" * (end - start)

    def bracketed(self, node: Node, bracket: View) -> Node:
        """Return a place with what the bracket behind it says."""
        inner = self.inner(bracket)
        if not inner.s or STATUS.fullmatch(inner.s):
            self.ledger.mark(inner)
            return node
        schools = None if inner.s == "双" and _counts_houses(node) else self.shared_schools(inner)
        if schools is not None:
            self.ledger.mark(inner)
            self._share_above(inner, schools)
            if schools != ("?",):
                self.schools = schools
                return node
            return Shared(node, schools)
        if listed := self.school_list(inner):
            return self._of_schools(node, bracket, listed)
        if SOME.fullmatch(inner.s) or inner.s in SIDES or SOME_SIDE.fullmatch(inner.s):
            self.ledger.mark(inner)
            self.ledger.doubt(bracket, "是哪一部分，文字没有说清")
            return Some(node, self.text.name(inner))
        if BOTH.fullmatch(inner.s):
            self.ledger.mark(inner)
            return node
        parity = PARITY.fullmatch(inner.s)
        place = node.place if isinstance(node, Part) else node
        if parity and isinstance(place, Place):
            self.ledger.mark(inner)
            return _with_parity(node, PARITIES[parity["parity"]], inner.s)
        if self._note(bracket, inner):
            if notes.PATTERNS["rule"].search(inner.s) and re.search("文件|号文|遵照", inner.s):
                self.ledger.doubt(bracket, "另有文件规定，须对照文件")
            return node
        return self._with_inner(node, bracket, inner)

    def _share_above(self, inner: View, schools: tuple[str, ...]) -> None:
        """Share the places before this one too where the bracket says 「以上三里」."""
        match = OF_THIS.match(inner.s)
        more = value(match["count"]) - 1 if match and match["count"] else 0
        if 0 < more <= len(self.to.parts):
            self.to.parts[-more:] = [Shared(part, schools) for part in self.to.parts[-more:]]

    def _of_schools(self, node: Node, bracket: View, listed: tuple[str, ...]) -> Node:
        """Return a place whose bracket names schools: in Taiwan those that share it, elsewhere for a clerk to say."""
        inner = self.inner(bracket)
        self.ledger.mark(inner)
        if OF_TAIWAN.search(inner.s):
            return Shared(node, listed)
        self.ledger.doubt(bracket, "括号里的学校是共同学区的另一所，还是这一处另归它，文字没有说清")
        return node

    def _with_inner(self, node: Node, bracket: View, inner: View) -> Node:
        """Return a place with the land its bracket names."""
        if OF_LEAVERS.fullmatch(inner.s):
            self.ledger.mark(inner)
            self.ledger.doubt(bracket, "这一处只收括号里学校的毕业生，还是全部，文字没有说清")
            return Who(node, ("other",))
        place = node if isinstance(node, Place) else node.place if isinstance(node, Part) else None
        only = notes.ONLY.match(inner.s)
        if only:
            self.ledger.mark(inner[: only.end()])
            inner = inner[only.end() :]
        if match := THAT_IS.match(inner.s):
            self.ledger.mark(inner[: match.end()])
            inner = inner[match.end() :]
        if match := WHOLE_OF_IT.match(inner.s):
            self.ledger.mark(inner[: match.end()])
            return self._shared_in_part(node, inner[match.end() :], bracket)
        if match := OF_ALL.match(inner.s):
            self.ledger.mark(inner[: match.end()])
            inner = inner[match.end() :]
            self.to.less += self.reader.gather(inner, None).less
            return node
        if isinstance(node, Part) and court_of(node) and (match := ATTACHED.fullmatch(inner.s)):
            self.ledger.mark(inner)
            first, last = value(match["first"]), value(match["last"] or match["first"])
            return Part(replace(court_of(node), name=court_of(node).name + "附"), "号", ((first, last),))
        if isinstance(node, Part):
            inner = self._without_houses(node, inner)
            if not inner.s:
                return node
        stretch = STRETCH.match(inner.s) if place is not None and names.is_line(place.name) else None
        if stretch and all(names.is_line(stretch[end]) and not unlike_a_line(stretch[end]) for end in ("one", "two")):
            self.ledger.mark(inner)
            roads = [each for each in self.to.parts[self.to.run :] if isinstance(each, Place)]
            if len(roads) > 1 and all(names.is_street(each.name) for each in roads):
                self.ledger.doubt(bracket, "这一段只限最后一条路还是前面几条都限，文字没有说清")
            return Intersection((node, Between(tuple(self.text.name(inner.part(stretch, e)) for e in ("one", "two")))))
        gathered = self.reader.gather(inner, place)
        less, included, conditions = gathered.less, gathered.included, gathered.conditions
        if included:
            gathered.close()
            gathered.less = []
        listed = gathered.result() if gathered.parts or gathered.box else None
        if listed is not None and included:
            node = Union((node, *(listed.parts if isinstance(listed, Union) else (listed,))))
            node = Except(node, tuple(less)) if less else node
        elif isinstance(listed, Shared) and isinstance(node, Part) and _numbers_of(listed.of, node.place):
            node = Union((node, listed))  # 「甲里1-9鄰（5鄰为共同学区）」
        elif listed is not None:
            node = self._part(node, place, listed, bracket)
        elif less:
            node = _without(node, place, less)
        return Who(node, tuple(conditions)) if conditions else node

    def _shared_in_part(self, node: Node, inner: View, bracket: View) -> Node:
        """Read 「（全部，第4鄰为共同学区）」, 「【其中4、5鄰为共同学区】」: all of the place, part of it shared."""
        place = node if isinstance(node, Place) else node.place if isinstance(node, Part) else None
        listed = self.reader.gather(inner, place).result() if inner.s else None
        if listed is None or not isinstance(listed, Shared):
            self.ledger.doubt(bracket, "括号里说的是全部还是一部分，文字没有说清")
            return node
        return Union((node, listed))

    def _without_houses(self, node: Part, inner: View) -> View:
        """Take 「，含9号甲大厦」, which names houses among the numbers said before the bracket."""
        match = HOUSES.search(inner.s)
        if not match or not all(_among(int(number), node) for number in re.findall(r"\d+", match["houses"])):
            return inner
        self.ledger.note(inner[match.start("houses") :], "houses")
        return inner[: match.start()]

    def _part(self, node: Node, place: Place | None, listed: Node, bracket: View) -> Node:
        """Return the part of a place a bracket names, or the place with the other name the bracket gives."""
        parts = listed.parts if isinstance(listed, Union) else (listed,)
        if isinstance(node, Part) and any(_only_parity(part, node) for part in parts):
            return _named_houses(node, parts)
        if place is not None and all(_numbers_of(part, place) for part in parts):
            if isinstance(node, Part) and node.unit not in {part.unit for part in parts if isinstance(part, Part)}:
                apart = SAID_APART.search(self.text.plain, 0, bracket.starts[0])
                inside = _inside_of_last(node, parts) if apart else _inside_of_one(node, parts)
                if inside is None:
                    self.ledger.doubt(bracket, "院内的号码，不是路上的门牌，须对照门牌")
                return inside or node
            if isinstance(node, Part) and isinstance(listed, Part) and not listed.only:
                return replace(node, parity=listed.parity)
            return listed
        own = [part for part in parts if place is not None and _numbers_of(part, place)]
        if own and all(part in own or isinstance(part, Part) for part in parts):
            return listed  # 「甲里（1-5鄰、乙里6鄰）」 lists the other place beside this one
        sided = [part for part in parts if isinstance(part, Side | Bounds)]
        if own and len(own) + len(sided) == len(parts):
            self.ledger.doubt(bracket, "号码与界线是都要符合还是各算一片，文字没有说清")
            return Intersection((union(own), *sided))
        if place is None or not isinstance(listed, Place) or names.ONE_OF_SEVERAL.fullmatch(listed.name):
            return Intersection((node, listed))
        former = listed.name.startswith("原")
        if names.is_community(place.name):
            if former:
                self.ledger.doubt(bracket, "「原…」是旧名还是并入的一部分，须对照相邻学校的文字")
            return Intersection((node, listed))
        if names.is_community(listed.name) and not names.has_kind(place.name):
            self.ledger.doubt(bracket, "括号里的名称是所属社区还是别名，文字没有说清")
        other = OTHER_NAME.sub("", listed.name)
        return replace(node, aliases=(*node.aliases, *dict.fromkeys((listed.name, other))))


def _is_sides(node: Node) -> bool:
    """Tell whether a node is made of sides alone: 「青云路南侧（白塔街以东）」."""
    parts = node.parts if isinstance(node, Intersection) else (node,)
    return all(isinstance(part, Side | Bounds) for part in parts)


def _inside_of_one(node: Part, parts: tuple[Node, ...]) -> Node | None:
    """Return the numbers a bracket counts within one lane or court: 「青云路12弄（1-8号）」."""
    court = court_of(node)
    if court is None or not all(isinstance(part, Part) for part in parts):
        return None
    return union([replace(part, place=court) for part in parts])


def court_of(node: Part) -> Place | None:
    """Return the one lane or court a part is, as a place with doors of its own: 青云路12弄.

    Parameters
    ----------
    node : Part
        A part of a place by its numbers.

    Returns
    -------
    Place, optional
        The lane, or None where there are several numbers.
    """
    if len(node.only) != 1 or node.only[0][0] != node.only[0][1]:
        return None
    return Place(f"{node.place.name}{node.only[0][0]}{node.unit}", within=node.place.within)


def _inside_of_last(node: Part, parts: tuple[Node, ...]) -> Node | None:
    """Return all the lanes, the last one with its numbers: 「青云路12弄、14弄（1-8号）」."""
    inside = _inside_of_one(replace(node, only=node.only[-1:]), parts)
    return None if inside is None else union([replace(node, only=node.only[:-1]), inside])


def _among(number: int, node: Part) -> bool:
    """Tell whether a number is among those of a part."""
    return any(first <= number and (last is None or number <= last) for first, last in node.only)


def _only_parity(part: Node, node: Part) -> bool:
    """Tell whether a node is 双号 alone, said of the numbers before the bracket."""
    return isinstance(part, Part) and part.place == node.place and bool(part.parity) and not part.only


def _named_houses(node: Part, parts: tuple[Node, ...]) -> Part:
    """Return the numbers of 「2-88号（双号、甲苑）」: even, and called 甲苑."""
    parity = next(part.parity for part in parts if isinstance(part, Part) and part.parity)
    called = tuple(part.name for part in parts if isinstance(part, Place))
    return replace(node, parity=parity, aliases=(*node.aliases, *called))


def _counts_houses(node: Node) -> bool:
    """Tell whether 双 behind a place means its even numbers, rather than two school zones."""
    return isinstance(node, Part) or (isinstance(node, Place) and names.is_line(node.name))


def _numbers_of(part: Node, place: Place) -> bool:
    """Tell whether a node is made of a place's own numbers alone."""
    if isinstance(part, Except):
        return _numbers_of(part.whole, place)
    return isinstance(part, Part) and place in (part.place, road_of(part.place))


def _without(node: Node, place: Place | None, less: list[Node]) -> Node:
    """Return a place without what a bracket leaves out of it; its own numbers are told from other places."""
    own = [part for part in less if isinstance(part, Part) and part.place == place and not part.parity]
    units = {part.unit for part in own}
    if isinstance(node, Part) and len(own) == len(less) and len(units) == 1 and node.unit not in units:
        court = court_of(node)
        if court is not None:  # 「青云路12弄（除1-5号）」: doors of the lane
            return Part(court, own[0].unit, excepted=tuple(pair for part in own for pair in part.only))
    if isinstance(node, Place) and len(own) == len(less) and len({part.unit for part in own}) == 1:
        return Part(node, own[0].unit, excepted=tuple(pair for part in own for pair in part.only))
    return Except(node, tuple(less))


def _with_parity(node: Node, parity: str, words: str) -> Node:
    """Return a place's odd or even numbers."""
    if isinstance(node, Part):
        last = replace(node, only=node.only[-1:])
        if node.unit in ("邻", "鄰") and len(node.only) > 1 and "号" in words:
            return union([replace(node, only=node.only[:-1]), with_parity(last, parity)])
        return with_parity(node, parity)
    unit = next((unit for unit in ("幢", "栋", "楼", "座", "鄰", "邻", "弄", "巷") if unit in words), "号")
    return Part(node, unit, parity=parity)
