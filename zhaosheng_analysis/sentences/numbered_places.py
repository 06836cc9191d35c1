"""The numbers of a place, with whose they are: doors of a road, houses of a compound, groups of a village."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import names, numbers
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import Intersection, Node, Part, Place, union
from zhaosheng_analysis.sentences.numbers import PARITIES, PARITY, Numbers
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.sub_doors import DOORS_OF_HOUSE, SubDoors
from zhaosheng_analysis.sentences.views import GROUP, View

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.ledger import Ledger
    from zhaosheng_analysis.sentences.views import Text

WHOLE = re.compile(
    r"(?:的)?(?:全部|全域|全境|全村|全号|全路|全街|全路段|全巷|全弄|全社区|全小区|全里|全段|全区|全乡|全镇|全街道|全县|全市|全片|整个|整体|所有住户|(?<=[路街巷弄道])门牌|全体)(?:的)?(?:小区|住宅|区域|范围)?$"
)
AFTER_NUMBER = re.compile(
    r"^(?:的)?(?:小区|居民区|居委会|居委|住宅|居民楼|居民|楼栋|楼幢|房屋|住户|院内|院落|院|门牌|内|楼|单元|大院|家属楼|家属院|宿舍|部分|号段|之间)?(?:的)?$"
)
PARITY_BEFORE = re.compile(r"^(?P<name>.*?)(?:的)?(?P<parity>[单双奇偶])(?:号|数)?$")
ROAD_NUMBERS = re.compile(
    rf"^(?P<road>.{{2,}}?(?:大道[东西南北中]?|马路|[路街巷弄里道][东西南北中]?)(?:{GROUP}|[单双奇偶](?:号|数)?)?)"
    r"(?P<numbers>\d+(?:-\d+)?(?:[、,]\d+(?:-\d+)?)*)(?:(?P<parity>[单双奇偶])(?:数?号|"
    r"数)?)?$"
)
ANY_NUMBERS = re.compile(
    r"^(?P<road>.{2,}?(?<!\d))(?P<numbers>\d+-\d+(?:[、,]\d+(?:-\d+)?)*)(?:(?P<parity>[单双奇偶])(?:号|数)?)?$"
)
BESIDE = re.compile("(?<!大道)[东西南北]$")  # 「青云路东12号」; 「青云大道西12号」 is a road of its own
FIRST_OF_TWINS = re.compile("[路街巷道弄条胡同]+[甲乙丙丁]$")  # 青云街甲6号 is not 青云街6号
OF_TAIWAN = re.compile("[鄰國學區鄉鎮縣東]")
LEFT_OUT = re.compile("除外|^不含|^除")
PIECE = re.compile(r"(\d+)[^\d、,]*?(?:(?:-+|~|至|到)[^\d、,]*?(\d+))?(?=\D|$)")
MIXED = re.compile(r"\d(?:号|弄|巷)(?:-+|~|至|到)$")  # 「519号-699弄」
BUILDINGS = ("栋", "幢", "座", "号楼", "单元")
DOOR_OF_ROAD = re.compile(r"(?P<road>[^\d]{2,})\d+号")
LANE = re.compile(r"\d{1,4}[弄巷]")
ALONG = re.compile("(?<=..)(?:沿街|沿线|路段|门牌)$")


class NumberedPlaces(SubDoors):
    """The part of a clause's reader that reads the numbers of places."""

    text: "Text"
    ledger: "Ledger"

    def _parity_alone(self, match: re.Match, gathering: Gathering) -> Node | Refusal:
        """Read 双号 as an item of its own: of the numbers said just before it, or of the place around the bracket."""
        parity = PARITIES[match["parity"]] if "parity" in match.groupdict() else ""
        last = gathering.parts[-1] if gathering.parts else None
        if isinstance(last, Part) and not last.parity:
            return replace(gathering.parts.pop(), parity=parity)
        owner = gathering.parent if last is None else None
        return Part(owner, "号", parity=parity) if owner is not None else Refusal("没有说是哪里的单双号")

    def _bare_parity(self, match: re.Match, gathering: Gathering) -> Node | Refusal:
        """Read 「1-99单」 in the brackets of a road."""
        owner, listed = gathering.base or gathering.parent, numbers.bare(match["numbers"])
        if owner is None or listed is None:
            return Refusal("没有说是哪里的号码")
        if self.parity_before:
            self.parity_before = ""
            return Refusal("单双号说了两次")
        return Part(owner, "号", listed.only, (), PARITIES[match["first"] or match["parity"]])

    def _bare_numbers(self, bare: Numbers, gathering: Gathering) -> Part | None:
        """Return the part that numbers without a unit name: house numbers of a road, else what all the text counts."""
        owner = gathering.base or gathering.parent
        units = set(re.findall(r"\d(组|队|邻|鄰|幢|栋|号)", self.text.original))
        if owner is None:
            return None
        if names.is_line(owner.name):
            return Part(owner, "号", bare.only)
        if owner.name.endswith("里") and not units and OF_TAIWAN.search(self.text.original):
            return Part(owner, "鄰", bare.only)  # 「青雲里（13、15、17-20）」
        return Part(owner, units.pop(), bare.only) if len(units) == 1 else None

    def _numbered(self, view: View, listed: Numbers, gathering: Gathering) -> Node | Refusal:
        """Read a place with numbers: 「青云路16号」, 「槐荫里6鄰青云路7巷」, 「青云路12号望湖花园」."""
        head, rest = view[: listed.start], view[listed.end :]
        if listed.only[-1][1] is None and any(first > listed.only[-1][0] for first, _ in listed.only):
            return Refusal("「以上」从哪个号码起，文字没有说清")  # 「45号、16号以上」: odd from 45, even from 16?
        parity, self.parity_before = listed.parity or self.parity_before, ""
        gathering.parity = gathering.parity if not head.s else ""
        if not parity and all(first != last for first, last in listed.only):
            parity = gathering.parity
        head, parity = self._without_parity(head, parity)
        match = PARITY_BEFORE.match(head.s)
        if match and (match["name"] or match["parity"]):
            head, parity = head[: match.end("name")], PARITIES[match["parity"]]
        if rest.s and not AFTER_NUMBER.match(rest.s):
            return self._after_number(view, listed, gathering)
        twin = FIRST_OF_TWINS.search(head.s) and not listed.listed and not rest.s and not parity
        if twin and not names.objection(head.s[:-1]):
            gathering.base = Place(self.text.name(head[: len(head) - 1]))
            return Place(self.text.name(view))  # 「青云街甲6号」 is one house
        place = self._owner(head, gathering, listed.unit)
        if isinstance(place, Refusal):
            return place
        gathering.base = place
        if (mixed := self._with_brackets_inside(view, listed, place)) is not None:
            return mixed
        node: Node = with_parity(Part(place, self._unit(view, listed), listed.only), parity)
        for at in range(listed.start, listed.end):
            if view.s[at] == GROUP:
                node = self.bracketed(node, view[at : at + 1])
        return node

    def _with_brackets_inside(self, view: View, listed: Numbers, place: Place) -> Node | None:
        """Read 「25、26（青云路以南）、27-35鄰」: a bracket among numbers speaks of the one before it alone."""
        inside = [at for at in range(listed.start, listed.end) if view.s[at] == GROUP]
        said = [self.inner(view[at : at + 1]).s for at in inside]
        if all(PARITY.fullmatch(each) or LEFT_OUT.search(each) for each in said):
            return None
        unit, plain_ones, apart, start = self._unit(view, listed), [], [], listed.start
        for at in [*inside, listed.end]:
            pieces = [(int(one), int(two or one)) for one, two in PIECE.findall(view.s[start:at])]
            plain_ones += pieces if at == listed.end else pieces[:-1]
            if at < listed.end and pieces:
                apart.append(self.bracketed(Part(place, unit, (pieces[-1],)), view[at : at + 1]))
            start = at
        return union([*([Part(place, unit, tuple(plain_ones))] if plain_ones else []), *apart])

    def _without_parity(self, head: View, parity: str) -> tuple[View, str]:
        """Take the bracket of 「青云路（单）1-207弄」 off the name."""
        if head.s[-1:] != GROUP:
            return head, parity
        inner = self.inner(head[len(head) - 1 :])
        match = PARITY.fullmatch(inner.s)
        if not match:
            return head, parity
        self.ledger.mark(inner)
        return head[: len(head) - 1], PARITIES[match["parity"]]

    def _unit(self, view: View, listed: Numbers) -> str:
        """Return the unit as it is written."""
        if not listed.unit:
            return "号"
        stretch = view[listed.start : listed.end]
        at = stretch.s.find(listed.unit)
        return self.text.name(stretch[at : at + len(listed.unit)])

    def _owner(self, head: View, gathering: Gathering, unit: str = "") -> Place | Refusal:
        """Return the place whose numbers are said: named here, or before, or around the bracket."""
        if head.s.endswith("新") and not names.has_kind(head.s):
            return Refusal("新旧门牌号，须对照门牌")
        if FIRST_OF_TWINS.search(head.s):
            return Refusal("门牌带甲、乙，须对照门牌")
        if head.s.endswith("的") and len(head) > 2:
            head = head[:-1]
        if along := ALONG.search(head.s) or WHOLE.search(head.s):
            head = head[: along.start()] if along.start() > 1 else head
        if MIXED.search(head.s):
            return Refusal("号与弄（巷）写在一个起止里，须对照门牌")
        if unit != "期" and BESIDE.search(head.s) and names.has_kind(head.s[:-1]) and not names.is_line(head.s):
            return Refusal("号码前的方位是名称还是哪一部分，文字没有说清")
        if not head.s.strip(GROUP):
            owner = gathering.base or gathering.parent
            return _outer(owner, unit) if owner is not None else Refusal("没有说是哪里的号码")
        road = gathering.base or gathering.parent
        if LANE.fullmatch(head.s) and road is not None and names.is_line(road.name):
            lane = _outer(road, head.s[-1])
            return replace(lane, name=lane.name + self.text.name(head))  # 「青云路：200弄1-17号」
        door = DOOR_OF_ROAD.fullmatch(head.s) if unit in BUILDINGS else None
        if door and names.is_line(door["road"]) and not names.objection(door["road"]):
            return Place(self.text.name(head))  # 「青云路33号1-12栋」: the houses of one door
        if (house := self._with_own_doors(head, gathering, unit)) is not None:
            return house
        node = self._plain(head, gathering, limit=False)
        if isinstance(node, Refusal):
            return node
        if not isinstance(node, Place):
            return Refusal("号码前的名称没有读懂")
        former = node.name.startswith("原") and len(node.name) > 2
        return Place(node.name[1:], (node.name,), node.within) if former else node

    def _after_number(self, view: View, listed: Numbers, gathering: Gathering) -> Node | Refusal:
        """Read a name behind a number: a house of its own, or a place within a group or neighbourhood."""
        rest = view[listed.end :]
        head = self._owner(view[: listed.start], gathering, listed.unit)
        if isinstance(head, Refusal):
            return head
        if rest.s[0] in "之附" or rest.s in ("甲", "乙", "丙", "丁"):
            gathering.base = head
            return self._sub_door(view, listed, rest, gathering)
        if rest.s[0] in "和及与":
            return Refusal("号码后的「和」是连接还是名称的一部分，文字没有说清")
        doors = numbers.find(rest.s) if not listed.listed else None
        if doors is not None and doors.unit in DOORS_OF_HOUSE and doors.start == 0 and doors.end == len(rest):
            gathering.base = head
            group = replace(head, name=head.name + self.text.name(view[listed.start : listed.end]))
            return Part(group, self._unit(rest, doors), doors.only, (), doors.parity)
        if listed.unit in numbers.ALWAYS_COUNTED:
            inner = self._named(rest, gathering, limit=False)
            part = Part(head, self._unit(view, listed), listed.only, (), listed.parity)
            return inner if isinstance(inner, Refusal) else Intersection((part, inner))
        objection = names.objection(rest.s) or ("号码后的名称没有读懂" if listed.listed else "")
        if objection:
            return Refusal(objection)
        gathering.base = head
        of_street = not listed.start and names.is_line(head.name)  # 「青云路：16号望湖花园」
        return Place((head.name if of_street else "") + self.text.name(view), (self.text.name(rest),))


def with_parity(part: Part, parity: str) -> Node:
    """Return the odd or even numbers of a part; of one lane or 鄰 alone they are the doors in it: 「青云路12弄单号」.

    Parameters
    ----------
    part : Part
        The part.
    parity : str
        odd, even or "".

    Returns
    -------
    Node
        The part that is meant; in 「4号、6号、49-87号（单号）」 the parity is that of the last range.
    """
    *before, last = part.only or [None]
    if before and any(low == high and low % 2 != (parity == "odd") for low, high in before if parity):
        return union([replace(part, only=tuple(before)), replace(part, only=(last,), parity=parity)])
    alone = len(part.only) == 1 and part.only[0][0] == part.only[0][1]
    if parity and before and part.unit in BUILDINGS and last[0] == last[1]:
        whole = replace(part, only=tuple(before))  # 「1-3号楼、5号楼单号」: the odd doors of the last one
        return union([whole, with_parity(replace(part, only=(last,)), parity)])
    if not parity or not alone or part.unit not in ("弄", "巷", "邻", "鄰", "组", "队", *BUILDINGS):
        return replace(part, parity=parity or part.parity)
    lane = replace(part.place, name=f"{part.place.name}{part.only[0][0]}{part.unit}")
    return Part(lane, "号", parity=parity)


def _outer(owner: Place, unit: str) -> Place:
    """Return 青云路 for the next lane behind 「青云路78弄1-20号、32弄」, which is none of the lane before it."""
    match = re.match(rf"(?P<road>.{{2,}}?)\d+{re.escape(unit)}$", owner.name) if unit else None
    return replace(owner, name=match["road"]) if match else owner


def last_list(s: str) -> Numbers | None:
    """Return the last list of numbers; what stands before it is the name."""
    last, start = [], 0
    while (each := numbers.find(s, start)) is not None:
        last.append(each)
        start = each.end
    for earlier in last[:-1]:
        if earlier.unit in numbers.ALWAYS_COUNTED:
            return earlier
    return last[-1] if last else None


def unsaid(s: str, *, parity: bool) -> Numbers | None:
    """Return house numbers behind the name of a road whose 号 is not said: 「青云二马路1-23」.

    Parameters
    ----------
    s : str
        The words behind the name.
    parity : bool
        Whether a bracket behind it says 单号 or 双号, so that it counts houses whatever the name.

    Returns
    -------
    Numbers, optional
        The numbers, where there are any.
    """
    match = (ANY_NUMBERS if parity else ROAD_NUMBERS).match(s)
    bare = numbers.bare(match["numbers"]) if match else None
    if bare is None or (match["road"].endswith("里") and not match["parity"]):
        return None  # 「青云里1-9」 may count buildings or entrances
    side = PARITIES[match["parity"]] if match["parity"] else ""
    return replace(bare, start=match.start("numbers"), end=match.end(), parity=side)
