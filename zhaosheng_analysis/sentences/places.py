"""A place as one item names it: with what stands before it, and the brackets behind it.

Its numbers are read in `numbered_places`.
"""

import re
from dataclasses import replace

from zhaosheng_analysis.sentences import names, numbers, rows
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.gathering import Gathering
from zhaosheng_analysis.sentences.grammar import Node, Part, Place, Some, Union, union
from zhaosheng_analysis.sentences.numbered_places import WHOLE, NumberedPlaces, last_list, unsaid
from zhaosheng_analysis.sentences.numbers import PARITIES
from zhaosheng_analysis.sentences.refusals import Refusal
from zhaosheng_analysis.sentences.views import GROUP, QUOTED, View
from zhaosheng_analysis.sentences.words import ADMIN, COMMUNITY, DIRECTION, KIND

RANGE = re.compile(
    r"(?:(?<=[镇乡区县])政府)?(?:的)?(?:合围|围合)?(?:区域|范围|地区|地段|地带|地块|(?:所?辖的?)区域|辖区|"
    r"(?:所管辖|管辖|所属|所辖|下辖)?(?:的)?(?:全部|所有|整个)?(?:行政)?(?:区域|范围|辖区)|所辖)(?:范围|区域)?(?:以内|之内|内|里)?(?:的)?$|"
    r"境内(?:的)?$|(?<=[县镇乡])域(?:范围)?(?:以内|之内|内)(?:的)?$|(?<=.[区县市镇乡道社区村园里路苑院城邨庭街])内(?:的)?$"
)
WHOLE_RANGE = re.compile("全部|所有|整个")
OF_ALL = re.compile(
    r"(?:所属|所辖|下辖|管辖|辖区|内)?(?:的)?(?:各|所有|全部|全体)(?:的)?(?:行政村|自然村|村庄|村|里|邻|鄰|社区|住宅小区|居民小区|小区|居民|企事业单位|"
    r"企业|事业单位|单位|住户|村组|门牌号码|门牌号|门牌|[及和与、])+$"
)
KIND_OF_ALL = re.compile("^(?:各|所有|全部)(?:行政|自然)?(?P<kind>村|里|社区)$")  # 「松涛、竹影各行政村」
ADMIN_ENDS = re.compile(f"(?:{ADMIN})$")
PART = re.compile(
    r"(?:的)?(?P<hint>[前后上下东西南北]半(?:部分|部|段|截)|大部分?|小部分|一?部分|局部|部分区域|部分小区|部分楼幢|"
    r"部分农居点)(?:区域)?$"
)
NEAR = re.compile(
    r"(?:及|和|的)?(?:其)?(?P<hint>附近|周边|周围|对面|旁边?|边上|门口|一带|沿线|沿街|临街|(?:东西|南北)?两侧|四周)(?:的)?(?:小区|区域|住宅|居民|楼房|楼盘|一带)?$"
)
TOWARD = re.compile(rf"(?P<name>.*(?:社区|村|小区|{COMMUNITY}))(?P<hint>{DIRECTION})(?:部|片|侧|面|边|块|半部|区块)?$")
ETC = re.compile(
    r"(?:等(?:等)?(?:有关|相关)?|(?=[一二三四五六七八九十两\d]+个[社村居自行小街]))(?P<count>[一二三四五六七八九十两]+个?|\d+个?)?(?P<kind>里|村|社区|居委会|居委|居民区|小区|片区|区域|地区|地|处|楼盘|住宅小区|"
    r"自然村|行政村|街道|路段|整片区|道路|单位|花园)?$"
)
CLOSED = ("里", "村", "社区", "居委", "居委会", "行政村", "自然村")
INSIDE = re.compile(
    r"^(?P<area>.{2,}?(?:社区|村|邨|小区|街道|镇|乡|区|园))(?:内的?|里的|中的|(?<=社区|小区)的|(?<=村|邨|园)的|(?<=社区|街道)中(?![心学路街医小山村间原华兴天和央信铁建海粮国]))(?P<name>.{2,})$"
)
COUNTED = re.compile(r"[\d一二三四五六七八九十百零〇两第单双奇偶]")
RANGE_OF_NAMES = re.compile(
    rf"^(?P<head>[^、,{GROUP}]*?)(?P<x>[{'东西南北'}]?)(?P<one>[一二三四五六七八九十]{{1,3}}|\d+)(?P<unit>社区|苑|村|区|里|园|坊|条|弄|巷|期)(?:-+|"
    rf"~|至|到)(?P=head)?(?P=x)(?P<two>[一二三四五六七八九十]{{1,3}}|\d+)(?P=unit)$"
)
# 「一至三区」 in the brackets of a place
BARE_RANGE = re.compile(
    "(?P<one>[一二三四五六七八九十]{1,3}|\\d+)(?:苑|村|区|里|园|坊)?(?:-+|~|至|到)"
    "(?P<two>[一二三四五六七八九十]{1,3}|\\d+)(?P<unit>苑|村|区|里|园|坊)"
)
SEVERAL = re.compile(r"^(?P<head>.{2,}?)(?P<list>(?:[A-Z甲乙丙丁东西南北中一二三四五六][区座期苑块]){2,})$")
OWNED = re.compile(
    "^(?P<within>.{2,}?)(?:(?:所属|下属|下辖|所辖)的|(?<=[办处道镇乡])(?:所属|下属|下辖|所辖))(?P<rest>.{2,})$"
)
SIDED = re.compile("以[东西南北]|[路街道河][东西南北](?:侧|边|面|$)")
LANES, DOORS = ("弄", "巷"), re.compile("[单双]号(?:门牌)?")  # 「青云路36弄、38弄（双号）」: doors of the last lane
OLD_DOOR = re.compile(r"[新旧老]\d+号")
SCHOOL_NAME = re.compile(
    r"(?:小学|中学|学校|国小|国中|初中|高中|附小|附中|[一二三四五六七八九十实]小|(?<=..)[一二三四五六七八九十]中)(?:分校|[东西南北]?校区|(?:小学|初中|高中|国中)部)?$"
)
BARE_PARITY = re.compile(
    r"^(?:(?P<first>[单双奇偶])(?:号|数)?(?=.*\d号?$))?(?P<numbers>\d+(?:-+\d+)?(?:[、,]\d+(?:-+\d+)?)*)"
    r"(?(first)号?|(?P<parity>[单双奇偶])(?:数?号|数)?)$"
)
PARITY_BEHIND = re.compile(
    r"^(?P<name>.{2,}?)(?:中?的)?(?P<parity>[单双奇偶])(?:数)?(?P<unit>号|幢|栋|楼)(?:号|楼|门牌|侧)?$"
)
ONE_ALONE = re.compile("第?(?P<number>[一二三四五六七八九十]{1,3})(?P<unit>期|幢|栋|号楼)")
NEXT_SUB_DOOR = re.compile(r"[之附](?:[一二三四五六七八九十]{1,3}|\d{1,3})号?")
NAMED_TWICE = re.compile(r"(?P<name>.{2,}?)\d+[号栋幢座]?(?:至|到|-+|~)(?P<again>(?P=name))\d+[号栋幢座]")
DOOR = re.compile(r"^(?P<road>.{2,}?)[新旧]?\d+号")
COUNTED_INSIDE = re.compile(r"第?\d[\d、,\-~第 ]*(?:[邻鄰组队幢栋]|[号弄](?!院))")
HOMES = re.compile("(?<=..)(?<![镇乡县市])(?:住宅区|住宅小区|的小区)$")
ALSO_CALLED = re.compile("(?<=..)(?:或称|或名|又称|又名|又叫|也叫|也称|亦称)(?=..)")
REGION = re.compile("区域")  # 「安平区域内」 means 安平区
SEVERAL_SAID = re.compile("[、，,；;：:]")
# 「大小柳溪村」: a large one and a small one, unless one village is called so
TWINS = re.compile(
    r"(?P<pair>大小|上下|前后|东西|南北|左右|新老|新旧|里外|内外)(?P<stem>[一-龥]{1,5}"
    r"(?:村|庄|屯|营|寨|社区|里|堡|坊|店|沟|窑|坡|坝|坪|岭|湾|关|台|集|桥|口|家))$"
)
FIRST = re.compile(r"前(?P<count>[一二三四五六七八九十\d]+)(?P<unit>期|幢|栋|组|排)$")


class Places(NumberedPlaces):
    """The part of a clause's reader that reads places."""

    def place(self, view: View, gathering: Gathering) -> Node | Refusal:
        """Read one place, or say why it is none.

        Parameters
        ----------
        view : View
            The words.
        gathering : Gathering
            Whose parent or last numbered place numbers without a name belong to.

        Returns
        -------
        Node or Refusal
            The place, or why it is none.
        """
        view = _named_once(view)
        body = view.s.rstrip(GROUP)
        etc = ETC.search(body)
        etc = etc if etc and etc.start() > 0 else None
        stop = etc.start() if etc else len(body)
        stem = body[:stop].rstrip(GROUP)
        if not stem:
            return Refusal("没有名称")
        brackets = [*range(len(stem), stop), *range(len(body), len(view))]
        limit, kind_of_all = False, None
        match = RANGE.search(stem)
        if match and match.start() >= 2:
            limit, stem = not WHOLE_RANGE.search(match[0]), stem[: match.start()]
        elif (match := OF_ALL.search(stem)) and match.start() >= 2:
            stem = stem[: match.start()]
            kind_of_all = KIND_OF_ALL.search(match[0])
        bare = stem.rstrip(GROUP)
        brackets, stem = [*range(len(bare), len(stem)), *brackets], bare
        behind = self.inner(view[brackets[0] : brackets[0] + 1]).s if brackets else ""
        self.parity_behind = bool(re.match("[单双奇偶]号", behind))
        self.last_has_kind = names.is_whole(stem)
        self.kind_ahead = etc["kind"] if etc and etc["kind"] in CLOSED else ""
        node = self._named(view[: len(stem)], gathering, limit=limit)
        if isinstance(node, Refusal):
            return node
        self.ledger.mark(view)
        whole, counted = node, False
        for place in brackets:
            numbered = bool(COUNTED_INSIDE.match(self.inner(view[place : place + 1]).s))
            if counted and numbered and isinstance(whole, Place):  # 「甲里（4-10鄰）（13-16鄰）」
                node = union([node, self.bracketed(whole, view[place : place + 1])])
                continue
            counted = counted or numbered
            apart = self._said_apart(node, stem, view[place : place + 1])
            node = self.bracketed(apart[-1], view[place : place + 1])
            node = node if len(apart) == 1 else Union((apart[0], node))
        if etc:
            self._etcetera(view[etc.start() : etc.end()], etc)
        elif kind_of_all and gathering.parts and not self.last_has_kind and not ADMIN_ENDS.search(stem):
            self.closing_kind = kind_of_all["kind"]
        return node

    def _said_apart(self, node: Node, stem: str, bracket: View) -> list[Node]:
        """Return the last number alone where a side behind it is said of it: 「松涛里1-7鄰、8鄰（青云路以北）」."""
        said = self.inner(bracket).s
        if not isinstance(node, Part) or len(node.only) < 2:
            return [node]
        doors = node.unit in LANES and len(set(node.only[-1])) == 1 and DOORS.fullmatch(said)
        if not (SIDED.search(said) or doors):
            return [node]
        if stem.count(plain(node.unit)) < 2:
            return [node]
        return [replace(node, only=node.only[:-1]), replace(node, only=node.only[-1:])]

    def _etcetera(self, view: View, etc: re.Match) -> None:
        """Read 等: with a kind behind it the kind of all names of the list; alone an open end."""
        kind = self.text.name(view[etc.start("kind") - etc.start() :]) if etc["kind"] in CLOSED else ""
        kind = kind[-1:] if etc["kind"] in ("行政村", "自然村") else kind
        self.counted = numbers.value(etc["count"].rstrip("个")) if etc["count"] else 0
        self.closing_kind = kind if not self.last_has_kind or kind == "里" else ""
        if not self.closing_kind and not etc["count"]:
            self.ledger.doubt(view, "「等」后面还有没有，文字没有说清")

    def _named(self, view: View, gathering: Gathering, *, limit: bool) -> Node | Refusal:
        """Read a name with its numbers and what qualifies it."""
        if match := numbers.PARITY.fullmatch(view.s) or numbers.BOTH.fullmatch(view.s):
            return self._parity_alone(match, gathering)
        if (doors := self._sub_doors(view, gathering) or self._attached(view, gathering)) is not None:
            return doors
        match = numbers.BOTH.search(view.s)
        if match and match.end() == len(view) and match.start() >= 2:
            view = view[: match.start()]
        match = HOMES.search(view.s)
        if match and match[0].startswith("的") and names.is_line(view.s[: match.start()]):
            return Refusal("没有说在这条路的哪一侧、从哪里到哪里")
        bare = view[: match.start()] if match else view
        if match and not names.objection(bare.s) and (names.has_kind(bare.s) or match[0].startswith("的")):
            view = bare  # 「甲苑住宅区」 is 甲苑, 「卫华住宅小区」 is called so
        match = WHOLE.search(view.s)
        if match and match.start() >= 2:
            view, gathering.contrast = view[: match.start()], True
        if match := NEAR.search(view.s) or PART.search(view.s):
            return self._some(view, match, gathering)
        if COUNTED.search(view.s) and (node := self._counted(view, gathering)) is not None:
            return node
        if match := TOWARD.search(view.s):
            return self._some(view, match, gathering)
        return self._plain(view, gathering, limit=limit)

    def _counted(self, view: View, gathering: Gathering) -> Node | Refusal | None:
        """Read what is told by numbers or by their parity; None for a name that only holds a numeral."""
        if listed := self._spelt(view):
            return listed
        ranged = RANGE_OF_NAMES.match(view.s)
        if ranged and (ranged["head"] or ranged["x"]):
            return self._range_of_names(view, ranged)
        ranged = BARE_RANGE.fullmatch(view.s)
        if ranged and gathering.parent is not None:
            unit = self.text.name(view.part(ranged, "unit"))
            return Part(gathering.parent, unit, ((numbers.value(ranged["one"]), numbers.value(ranged["two"])),))
        numbers_at = last_list(view.s) or unsaid(view.s, parity=self.parity_behind)
        if numbers_at is not None:
            return self._numbered(view, numbers_at, gathering)
        if match := BARE_PARITY.match(view.s):
            return self._bare_parity(match, gathering)
        parity = PARITY_BEHIND.match(view.s)
        if parity:
            owner = self._owner(view.part(parity, "name"), gathering)
            unit = self.text.name(view.part(parity, "unit")) or "号"
            return owner if isinstance(owner, Refusal) else Part(owner, unit, parity=PARITIES[parity["parity"]])
        match = FIRST.search(view.s)
        return self._first(view, match) if match else None

    def _spelt(self, view: View) -> Union | None:
        """Read 「柳溪一路至七路」, 「槐荫一二村」: several names written as one."""
        spelt = rows.spelt(view.s)
        if not spelt or any(names.objection(name) for name in spelt):
            return None
        head, tail = rows.common(spelt)
        before, behind = self.text.name(view[:head]), self.text.name(view[len(view) - tail :])
        return Union(tuple(Place(before + name[head : len(name) - tail] + behind) for name in spelt))

    def _some(self, view: View, match: re.Match, gathering: Gathering) -> Node | Refusal:
        """Read a part the text does not settle; a bracket behind it may."""
        name = view[: match.end("name")] if "name" in match.groupdict() else view[: match.start()]
        hint = match["hint"]
        etc = ETC.search(name.s)
        if etc and etc.start() > 1 and etc[0].startswith("等"):
            self.ledger.doubt(name[etc.start() :], "「等」后面还有没有，文字没有说清")
            name = name[: etc.start()]
        if hint == "部分":
            self.for_run = True
        if hint == "部分" and view.ends[-1] < len(self.text.plain) and self.text.plain[view.ends[-1]] in "([":
            return self._named(name, gathering, limit=False)
        node = self._named(name, gathering, limit=False)
        if isinstance(node, Refusal):
            return node
        self.ledger.doubt(view, f"「{hint}」是哪一部分，文字没有说清")
        return Some(node, self.text.name(view[match.start("hint") : match.end("hint")]))

    def _plain(self, view: View, gathering: Gathering, *, limit: bool) -> Node | Refusal:
        """Read a place without numbers."""
        return (
            self._door_alone(view, gathering)
            or self._lying_inside(view, gathering)
            or self._one_of_several(view, gathering)
            or self._region(view, limit=limit)
            or self._own_name(view, gathering, limit=limit)
        )

    def _door_alone(self, view: View, gathering: Gathering) -> Node | Refusal | None:
        """Read a number that is named without its place: 「旧2号」, 「之八」, 「三期」."""
        if OLD_DOOR.match(view.s):
            road = gathering.base.name if gathering.base is not None else ""
            return Place(road + self.text.name(view)) if road else Refusal("新旧门牌号，须对照门牌")
        if NEXT_SUB_DOOR.fullmatch(view.s):
            return self._next_sub_door(view, gathering)
        if match := ONE_ALONE.fullmatch(view.s):
            owner = gathering.base or gathering.parent
            number = numbers.value(match["number"])
            unit = self.text.name(view.part(match, "unit"))
            return Refusal("没有说是哪里的") if owner is None else Part(owner, unit, ((number, number),))
        return None

    def _lying_inside(self, view: View, gathering: Gathering) -> Node | Refusal | None:
        """Read 「南湖社区内的望湖花园」: what follows lies there too."""
        match = INSIDE.match(view.s)
        if not match or names.objection(match["area"]):
            return None
        inner = self._named(view.part(match, "name"), gathering, limit=False)
        if not isinstance(inner, Refusal):
            gathering.open(Place(self.text.name(view.part(match, "area")), limit=True))
        return inner

    def _one_of_several(self, view: View, gathering: Gathering) -> Node | Refusal | None:
        """Read 「望湖花园C区D区」, and 「西区」 behind 「望湖花园东区」."""
        if match := SEVERAL.match(view.s):
            return self._several(view, match)
        if not names.ONE_OF_SEVERAL.fullmatch(view.s):
            return None
        sibling = self._sibling(gathering, view.s[-1])
        if not sibling and gathering.parent is None:
            return Refusal("没有说是哪里的")
        return Place(sibling + self.text.name(view))

    def _region(self, view: View, *, limit: bool) -> Node | Refusal | None:
        """Read 「安平区域内」: 安平区."""
        if not (
            limit and len(view) == 2 and view.s[-1] not in "区城镇县市" and REGION.match(self.text.plain, view.ends[-1])
        ):
            return None
        name, objection = self.text.name(view), names.objection(view.s)
        return Refusal(objection) if objection else Place(name + "区", (name,), limit=True)

    def _own_name(self, view: View, gathering: Gathering, *, limit: bool) -> Node | Refusal:
        """Read a place that is called by its own name, or say why this is none."""
        cut = names.split_within(view.s)
        if twins := self._twins(view, cut[1] if cut else 0):
            return twins
        if (bare_numbers := numbers.bare(view.s)) and (part := self._bare_numbers(bare_numbers, gathering)):
            return part
        owned = OWNED.match(view.s)
        if owned and not names.objection(owned["rest"]) and not names.objection(owned["within"]):
            rest = self.text.name(view.part(owned, "rest"))
            return Place(rest, within=self.text.name(view.part(owned, "within")), limit=limit)
        if SCHOOL_NAME.search(view.s) and not self.kind_ahead:
            return Refusal("学校名不是一处地域，若指它的学区，请写「…学区」")
        if QUOTED in view.s and SEVERAL_SAID.search(self.text.name(view)):
            return Refusal("引号里不是一个名称")
        own = view.s if cut is None else view.s[cut[1] :]
        objection = names.objection(own + self.kind_ahead if len(own) > 1 else own)
        if objection or names.FROM_TO.search(own):
            return Refusal(objection or "像是几处地方连在一起")
        if cut is not None:
            return Place(self.text.name(view[cut[1] :]), within=self.text.name(view[: cut[0]]), limit=limit)
        return self._whole_name(view, gathering, limit=limit)

    def _twins(self, view: View, start: int) -> Union | None:
        """Read 「大小柳溪村」: 大柳溪村 and 小柳溪村, which a clerk has to confirm."""
        match = TWINS.fullmatch(view.s[start:])
        if not match or names.objection(match["stem"]):
            return None
        within, pair, stem = view[:start], view[start : start + 2], view[start + 2 :]
        self.ledger.doubt(view, "是两个地方合写还是一个名称，文字没有说清")
        owner = self.text.name(within)
        return Union(tuple(Place(self.text.name(half.plus(stem)), within=owner) for half in (pair[:1], pair[1:])))

    def _whole_name(self, view: View, gathering: Gathering, *, limit: bool) -> Place:
        """Take all of the words for the name; a house with a number says of which road the next numbers are."""
        door = DOOR.match(view.s)
        if door and names.is_line(door["road"]):
            gathering.base = Place(self.text.name(view.part(door, "road")))
        if other := ALSO_CALLED.search(view.s):
            name, alias = self.text.name(view[: other.start()]), self.text.name(view[other.end() :])
            return Place(name, (alias,), limit=limit)
        name = self.text.name(view)
        old = name[1:] if view.s.startswith("原") and len(view) > 3 else ""
        return Place(name, (old,) if old else (), limit=limit)

    def _several(self, view: View, match: re.Match) -> Node | Refusal:
        """Read 「望湖花园C区D区」: two places."""
        if names.objection(match["head"]):
            return Refusal(names.objection(match["head"]))
        head = self.text.name(view.part(match, "head"))
        return Union(
            tuple(Place(head + each) for each in names.ONE_OF_SEVERAL.findall(self.text.name(view.part(match, "list"))))
        )

    def _sibling(self, gathering: Gathering, kind: str) -> str:
        """Return what stands before 东区 in the place named last: 「望湖花园东区、西区」, 「望湖花园东、西区」."""
        last = gathering.last()
        last = last.place if isinstance(last, Part) else last
        if isinstance(gathering.last(), Place) and re.search("[A-Z甲乙丙丁东西南北中]$", last.name):
            gathering.replace_last(replace(last, name=last.name + kind))
        match = (
            re.search(r"^(?P<head>.{2,}?)[A-Z甲乙丙丁东西南北中一二三四五六][区座期苑块]?$", last.name)
            if isinstance(last, Place)
            else None
        )
        return match["head"] if match else ""

    def _range_of_names(self, view: View, match: re.Match) -> Node | Refusal:
        """Read 「望湖小区东一苑至东九苑」: numbered places within one."""
        head = view.part(match, "head")
        inner = match["x"] + match["unit"]
        of_kind = bool(re.search(f"(?:{KIND})$", head.s)) and bool(match["x"])
        name = head if of_kind else view[: match.end("x")]
        if names.objection(name.s):
            return Refusal(names.objection(name.s))
        only = ((numbers.value(match["one"]), numbers.value(match["two"])),)
        unit = self.text.name(view[match.start("unit") : match.end("unit")])
        if of_kind or not match["x"]:
            return Part(Place(self.text.name(name)), inner if of_kind else unit, only)
        return Part(Place(self.text.name(name) + unit), unit, only)

    def _first(self, view: View, match: re.Match) -> Node | Refusal:
        """Read 「望湖花园前三期」."""
        name = view[: match.start()]
        if names.objection(name.s):
            return Refusal(names.objection(name.s))
        return Part(Place(self.text.name(name)), match["unit"], ((1, numbers.value(match["count"])),))


def _named_once(view: View) -> View:
    """Return 「青云路2号至110号」 for 「青云路2号至青云路110号」."""
    match = NAMED_TWICE.match(view.s)
    return view[: match.start("again")].plus(view[match.end("again") :]) if match else view
