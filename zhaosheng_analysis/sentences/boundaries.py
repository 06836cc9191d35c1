"""Lines that bound a zone, as they stand in one item: sides, boxes, rings, stretches between two lines.

Nothing here knows the rest of the sentence; what several items mean together is settled in `gathering`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from zhaosheng_analysis.sentences import names
from zhaosheng_analysis.sentences.grammar import OPPOSITE
from zhaosheng_analysis.sentences.views import GROUP, QUOTED, View
from zhaosheng_analysis.sentences.words import ADMIN, DIRECTION, LINE, SCHOOL, SIDES

INSIDE = OPPOSITE  # what lies inside of an eastern border is west of it
SIDE = re.compile(rf"以(?P<side>{DIRECTION})(?:侧|面|边|方向|方|一侧|一带|(?=区域|区间|部分|片|地|段))?")
ON_SIDE = re.compile(rf"(?P<side>{DIRECTION})[边面侧](?=..)")
TO_SIDE = re.compile("[-~]?[至到]|~")
AGAIN = re.compile(rf"(?:及|和|、|并|且)?以(?P<side>{DIRECTION})(?:侧|面|方向)?")
# 「青云路西」, 「白塔路路东」, 「长虹路西侧」: a side said without 以, at the end of what is said.
BARE_SIDE = re.compile(
    rf"^(?P<name>.+(?:{LINE}|{GROUP}|{QUOTED}))(?:的|(?<={GROUP})路)?(?P<side>{DIRECTION})(?:侧|面|边|岸|部|一侧)?(?P<rest>$|(?<=[侧面边]){GROUP}+$|"
    rf"(?:的|(?<=[侧面边]))(?:住宅小区|居民小区|小区|住宅|楼盘|居民楼)$|(?:的)?(?:合围|围合)?(?:区域|范围|地区|片区|地段|部分|一侧|片).*$)"
)
# 「青云路西侧白塔街南侧」
TWO_BARE_SIDES = re.compile(
    rf"^(?P<name>.{{2,}}?(?:{LINE}))(?P<side>{DIRECTION})侧(?P<rest>.{{2,}}(?:{LINE})(?:{DIRECTION})侧.*)$"
)
BESIDE = re.compile(rf"^(?P<name>[^{GROUP}]+?(?:{LINE}))(?P<side>{DIRECTION})侧的?(?P<rest>[^{GROUP}]{{2,}})$")
BOX_VERB = (
    r"(?:起自|起于|起|自(?!.{1,2}$)|至于|至|到|抵至|抵|达到|达|止于|止|以"
    r"|临近|临|靠近|紧靠|靠|邻近|毗邻|毗连|邻|接壤|接|濒临|濒|依|傍|沿着|沿(?!.{1,2}$)|与|为|是)"
)
BOX = re.compile(
    rf"^(?P<side>{DIRECTION})(?:侧|面|边|部|方|界|边界|线|端)?(?:(?P<verb>{BOX_VERB}):?|:|-+|(?<=[东西南北][面侧界])(?=.{{2,}}(?:{LINE})$))(?P<name>.+?)(?P<end>(?:(?<=[路街巷道河])(?:街心|"
    rf"中线|中心线|路中)|(?<=街)心)?(?:为(?:边)?界|为止|止|相邻|接壤|相接|交界|搭界|毗邻|相连|为邻|一线|沿线)(?:所?(?:围成|围合|合围)(?:而成)?)?(?:的)?(?:区域|"
    rf"范围|地区)?(?:以内|之内|内)?|(?:的)?(?:所?(?:合围|围合|围成|形成)(?:而成)?(?:的)?)?(?:区域|地区)(?:范围)?(?:以内|之内|内)?|范围内|以内)?$"
)
INSIDE_SAID = re.compile(rf"以(?P<side>{DIRECTION})(?:侧|面|边|方)?$")
NEXT_BOX = re.compile(
    rf"(?<=.)(?<!^[东西])(?=(?:{DIRECTION})(?:侧|面|边|部|方|界)?(?:起自|起于|起|至|到|临|靠|邻|抵)(?!{SCHOOL}).{{2,}})"
)
SIDE_AHEAD = re.compile(
    rf"^(?P<side>{DIRECTION})(?:侧|面|边|部|方|界|边界|界线|线|端)?(?:划界|分界|边界|界限)?(?::|-|至|到|起|以|为|临|靠|邻|接|濒|沿)"
)
LONE_SIDE = re.compile(
    rf"[^,;、。]{{2,}}?以(?P<side>{DIRECTION})(?:侧|面)?"
)  # a sentence that says one side and no more
BOX_HEAD = re.compile(
    rf"^(?P<side>{DIRECTION})(?:侧|面|边|部|方|界|边界|界线|线|端)?(?:划界|分界|边界|界限)?(?:起自|起于|起|至|到|止|临|邻|以|为)?$"
)
RING = re.compile(
    rf"^(?P<names>.+?)(?:等)?(?:[二两三四五六七八]条(?:道路|路|街))?(?:所)?(?:(?:合围|围合|围成|环绕|包围|闭合|圈定|围拢|组成|构成|形成|为(?:边)?界(?:所)?(?:围成|围合|合围)?|(?<=条[路街])之间|(?<=条道路)之间|围(?=的|区域|范围|地区|地块|片区))(?:而成|形成|成)?(?:的)?(?:封闭)?(?:[我本该全](?:镇|县|市|区|乡|街道))?(?:{DIRECTION})?(?:部)?(?:区域|"
    r"范围|地区|片区|区间|地块|部分|三角地带?|地带)?(?:以内|之内|内)?|以内|之内|(?<=[环速墙线])内)(?:的)?(?:区域|范围|地区)?$"
)
# 合围区域, 范围内, 以内 behind the last border of a box
RANGE_BEHIND = re.compile(
    r"(?:的)?(?:(?:所)?(?:合围|围合|围成|包围|形成)(?:而成)?(?:的)?)?(?:(?:区域|范围|地段|地块|地区|三角地带?|地带|片区|区块)(?:以内|之内|内)?|以内|之内|内)$"
)
RING_START = re.compile(r"^(?:由|从|自|沿|以|起自|起)")
STRETCH = r"(?:的)?(?:区域|范围|地区|片区|地段|路段|部分|段|地块|片)*(?:以内|之内|内)?(?:的(?P<rest>.{2,}))?$"
BETWEEN = re.compile(
    rf"^(?P<one>.+?)(?:(?:与|和|、|及)(?P<two>.+?)之?间|(?:至|到|-+|~|→)(?P<to>.+?)(?:之间|间|区间段|区间|的路段|段)){STRETCH}"
)
# 「青云路白塔街至长虹路段」: a road, and the stretch of it.
OF_ROAD = re.compile(r"^(?P<road>.{2,}?(?:大道|大街|[路街巷]))(?P<first>.{2,}(?:大道|大街|[路街巷河桥渠]))$")
SECTION = re.compile("[东西南北中]?[一二三四五六七八九十东西南北中]")
BETWEEN_ENDS = re.compile(rf"^(?P<two>.+?)之间{STRETCH}")
LINE_SIDE = re.compile(
    rf"^(?:(?:{DIRECTION})?(?:起自|起于|起)|由|从|自|沿|以)?(?P<names>.+?)(?:一线)?为(?:边)?界(?:线)?(?:的)?(?:以)?(?P<side>{DIRECTION})(?:侧|"
    rf"面|边|部|方向)?(?:的)?(?:区域|范围|地区|片区|部分)?(?:以内|之内|内)?$"
)
CHAIN = re.compile(r"-+>?|→|~+")
NEIGHBOUR = re.compile(r"(?<=[-→~])[与和](?=[^-→~]+$)")  # 「南至甲街——与乙区交界」
# 「甲路一乙路」: a dash that was written as the numeral; 「一段」, 「一巷」 are names.
WRITTEN_ONE = re.compile(
    rf"(?<=[路街道河渠巷{GROUP}])一(?=[^段巷街路弄里横支马号期村纬经环{GROUP}一二三四五六七八九十](?:[^一{GROUP}]|一条(?=街))+?(?:路|街|大道|河|渠|巷))"
)
# 「甲路转乙路」, 「甲路经乙路至丙路」: where one road of a line goes over into the next.
TURN = re.compile(
    rf"(?<=.)(?<=[路街巷道弄河江渠塘港湖墙线堤岸桥段{GROUP}])(?P<how>再?止|转接|转到|转|连接|连|接|经过|经|通往|折向|折|至|到)(?=..)"
)
GOES_OVER = re.compile("[-~→一止转接连经通折至到和及与或]")  # what may stand between two names of a line
# 「甲路至乙路以东」: the line that runs along the one and then along the other
FROM_TO = re.compile(
    r"^(?P<one>[^至到\-~→]{2,}?(?:大道|大街|[路街巷河渠]))(?:至|到)(?P<two>[^至到\-~→]+?(?:大道|大街|[路街巷河渠]))$"
)
REACHES = re.compile(r"(?<=..)(?:至|到)(?![善诚真德尊圣美和臻礼正道远])(?=..)")
# 「甲路从乙路至丙路段以北」: the line is told by its name, whatever stretch of it is meant
EXTENT = re.compile(
    rf"^(?P<road>[^从自由\-~→]{{2,}}?(?:{LINE}))(?:从|自(?!由)|由)(?P<extent>.{{2,}}?(?:至|到).{{2,}}?)(?:路)?段$"
)
# 「南至甲厂至乙路」: a border that runs from a landmark along to a street
FROM_MARK = re.compile(
    r"^(?P<one>[^至到\-~→]{2,})(?:至|到)(?![善诚真德尊圣美和臻礼正道远])(?P<two>[^至到\-~→]{2,}?(?:大道|大街|[路街巷河渠]))$"
)
START_OF_RING = re.compile(rf"^(?:{DIRECTION})起")
SCHOOL_BEFORE = re.compile(rf"^(?P<school>[^\-→~]{{2,}}?(?:{SCHOOL})(?!区))(?P<line>[^东西南北].{{2,}})$")
STREET_BEFORE = re.compile(
    r"^(?P<area>[^东西南北中大小新老前后横正十\-→~]{1,2}[^大\-→~]街)(?!道|延|[东西南北中一二三四五六]段|一[^一二三四五六七八九十号马横支经纬]{2,})(?P<line>[^\-→~]{3,})$"
)
INSIDE_OF = re.compile(r"^(?P<area>.{1,}?[^境])(?:行政)?(?:范围内|区域内|辖区内|境内|辖区|内)(?:的)?(?P<line>.{2,})$")
ADMIN_BEFORE = re.compile(
    rf"^(?P<area>[^\-→~]{{1,9}}?(?:{ADMIN}|社区(?:居委会|居委)?|居委会|居委|村委会|[^新]村)|县城|城区|镇区|集镇|市区|主城区|老城区|[^一二三四五六七八九十百\d东西南北]{{2,3}}里(?=[^\-→~]{{2,}}[路街河]))(?:的|中(?![东西南北心山原华兴]))?(?:位于|处于)?(?P<line>铁路|城墙|国道|省道|护城河|[^东西南北中前后].{{2,}}|[东西南北].{{3,}}|(?<=[区县镇乡道村里])[东西南北].(?:路|街|河|江|溪|渠|湖|港)|中[山正华兴原央和平新民].+)$"
)
# Words before a line that are no part of its name; 沿江中路, 自由路, 由义巷, 从化路, 为民路 are names.
COMMUNITY_BEFORE = re.compile(r"^(?P<area>[^\-→~]{2,6}?社区)(?P<line>[^\-→~]{3,})$")
LEADING = re.compile(
    rf"^(?:位于|坐落于|地处|沿着|(?:{DIRECTION})(?:侧|面|边|方|界)?(?:-+|~)|在(?![水田河山])|凡(?!尔)|即(?!墨)|的|"
    r"沿(?![江河湖海山溪塘渠滨堤港城湾浦])|从(?![化云新善文武周江])|自(?![由强力新立成信珍忠然贸来])|"
    r"由(?![义家拳仁])|为(?![民农公工]))(?=.{2,})"
)
# 「县医院北面的松涛路」: where the line runs is no part of its name
WHERE_IT_RUNS = re.compile(rf"[^的]{{2,12}}?(?:{DIRECTION}|前|后|旁)(?:面|侧|边|方)?的(?=..)")
WHOLE = re.compile(
    r"(?:(?:及|和)(?:其)?[东西南北]?延(?:长线|伸段|伸线|长段|长|伸|线)?|(?:(?:及|和)(?:其)?)?向[东西南北]{1,2}(?:顺延|延(?:长|伸))(?:线|段)?|全段|全线|全路段|连线|一线|(?<=[路街道河江渠线])(?:道路)?中(?:心|轴)?线)$"
)
OF_AREA = re.compile("(?<=[区村镇乡会委])(?:所辖|管辖|辖区|所属)$")  # 「北至柳溪社区所辖范围」
DOOR = re.compile(r"(?<=..)\d+号$")  # 「青云里29号以北」: a house may bound a zone
TWICE = re.compile(r"(?<=[路街巷])路$")  # 「白塔路路东」
CROSSING = re.compile(
    r"交叉|交汇|交接|交口|往[东西南北]|岔口|十字|丁字|(?:路口|街口)(?![东西南北内外中]{0,2}(?:大街|横街|街|路|桥|巷|道))|转角|拐角|附近|部分|(?:延伸|段|线)至|约\d|\d+米"
)
# 「…交叉口的松林岭」: what stands there
AT_CROSSING = re.compile("(?:交叉|交汇)(?:口|处)的(?P<what>[^路口段附至]{2,})$")
# What a border may be called though no place is: 「甲区乙区交界处」, 「绕城高速柳溪段」, 「5号河」, 「柳溪村的南围墙」.
BORDER = re.compile(
    r"(?:交界处|交界线|交界|分界线|分界|界线|边界|接壤处|[一-龥]{1,3}段|[东西南北]{1,2}侧|的?[东南西北]*[侧面]?(?:围墙|院墙|护校河|山脚|山麓|河岸|岸线)|连线|一线)$"
)
# 「南至甲路（与乙区交界）」: what lies beyond the line changes nothing.
BORDERING = re.compile("(?:与|和|同)[^,;。]{1,14}(?:交界|分界|接壤|相邻|相接|相连|毗邻|为界)(?:处|线|区域)?")
JOINED_TO_LINE = re.compile("(?:大道|大街|[路街巷河渠])[和及与](?=..)")
OWN_GROUNDS = ("学校", "本校", "校园", "厂区", "小区", "机场")
NUMBERED_LINE = re.compile(r"(?:\d+|[一二三四五六七八九十]{1,2})号(?:河|港|浜|渠|路|线|大街|公路|桥|地铁线|干道)")
ALSO = re.compile(r"(?:及|和)$")


@dataclass
class Lines:
    """The names of one line, from first to last.

    Attributes
    ----------
    names : list of View
        Each with its stretch.
    limit : View, optional
        The area named before it.
    school : View, optional
        The school named before it.
    doubt : str
        What is unclear about it.
    """

    names: list[View] = field(default_factory=list)
    limit: View | None = None
    school: View | None = None
    doubt: str = ""


@dataclass
class Sided:
    """What one item says about sides: (side, its lines), and what is left of the item."""

    sides: list[tuple[str, Lines]]
    rest: View
    beside: bool = False  # 「甲路南侧的乙楼」: a place with the side it lies on, whole in itself


def sides(view: View) -> Sided | None:
    """Read 「甲路以东」, 「甲路——乙路以南丙路以西的小区」, 「青云路西」; None where no side is said."""
    named: list[tuple[str, Lines]] = []
    place = 0
    while match := SIDE.search(view.s, place):
        lines = chain(_without_side(view[place : match.start()], SIDES[match["side"]]))
        place = match.end()
        named.append((SIDES[match["side"]], lines))
        while again := AGAIN.match(view.s, place):
            named.append((SIDES[again["side"]], lines))
            place = again.end()
        while place < len(view) and view.s[place] in "-,、" and SIDE.search(view.s, place):
            place += 1
        place += _reaches_across(view.s[place:], named[-1][0])
    if named:
        return Sided(named, view[place:])
    if match := TWO_BARE_SIDES.match(view.s):
        rest = sides(view.part(match, "rest"))
        first = (SIDES[match["side"]], chain(view.part(match, "name")))
        return None if rest is None or rest.beside else Sided([first, *rest.sides], rest.rest)
    match = BARE_SIDE.match(view.s)
    if match and not names.is_line(view.s):
        return Sided([(SIDES[match["side"]], chain(view.part(match, "name")))], view.part(match, "rest"))
    match = BESIDE.match(view.s)
    if not match:
        return None
    return Sided([(SIDES[match["side"]], chain(view.part(match, "name")))], view.part(match, "rest"), beside=True)


def _without_side(view: View, side: str) -> View:
    """Take 东边 off 「东边青云路以西」, which says twice on which side of the zone the line runs."""
    match = ON_SIDE.match(view.s)
    return view[match.end() :] if match and SIDES[match["side"]] == INSIDE[side] else view


def _reaches_across(rest: str, side: str) -> int:
    """Return how long 至 is where the other side of what lies between is said with it: 「甲路以东至乙路以西」."""
    to, ahead = TO_SIDE.match(rest), SIDE.search(rest)
    return to.end() if to and ahead and SIDES[ahead["side"]] == INSIDE[side] else 0


def side_ahead(s: str) -> str:
    """Return which side of a line the land lies on that a sentence begins to describe: west for 「东边：…」."""
    match = SIDE_AHEAD.match(s)
    alone = None if match else LONE_SIDE.fullmatch(s)
    return INSIDE[SIDES[match["side"]]] if match else SIDES[alone["side"]] if alone else ""


def chain(view: View, *, border: bool = False) -> Lines:
    """Read the names of one line: 「甲桥河-乙漾河-丙路」; before a side what limits it is taken off first."""
    lines = Lines()
    view = _stripped(view.trimmed("-,、 ·"))
    view = view if border else _limited(view, lines)
    if extent := EXTENT.match(view.s):
        view = view.part(extent, "road")
    if border and (match := FROM_MARK.match(view.s)) and not names.objection(names.bare(match["one"])):
        lines.names = [_shortened(view.part(match, key)) for key in ("one", "two")]
        return lines
    if not border and (match := FROM_TO.match(view.s)):
        ends = [_shortened(view.part(match, key)) for key in ("one", "two")]
        if not OF_ROAD.match(match["one"]) and not any(unlike_a_line(end.s) for end in ends):
            lines.names = ends
            return lines
    start = 0
    for match in [*_dashes(view.s), None]:
        part = view[start : match.start() if match else len(view)]
        start = match.end() if match else start
        lines.names += [_shortened(each) for turn in _turns(part) for each in _joined(_same(turn)) if each.s]
    lines.doubt = next((doubt for name in lines.names if (doubt := unlike_a_line(name.s))), "")
    return lines


def _dashes(s: str) -> list[re.Match]:
    """Return the marks between the names of a line; 一 is one where only roads stand around it."""
    ones = [match for match in WRITTEN_ONE.finditer(s) if names.is_line(s[: match.start()])]
    return sorted([*CHAIN.finditer(s), *ones], key=re.Match.start)


def _turns(view: View) -> list[View]:
    """Split 「甲路转乙路」, 「甲路经乙路至丙路」; 「甲路至乙路」 alone may be a stretch of a third road."""
    if reached := _reached(view):
        return reached
    cuts, parts, start = [*TURN.finditer(view.s)], [], 0
    for match, following in pairwise([*cuts, None]):
        rest = names.bare(view.s[match.end() : following.start() if following else len(view)])
        reaches = match["how"] in ("至", "到")
        if names.is_line(view.s[start : match.start()]) and _goes_on(rest, reaches=reaches, turned=bool(parts)):
            parts.append(view[start : match.start()])
            start = match.end()
    return [*parts, view[start:]]


def _reached(view: View) -> list[View]:
    """Split 「甲桥头至乙路至丙线」: with 至 said twice it is a line from place to place, and no stretch of one."""
    cuts = [match.span() for match in REACHES.finditer(view.s)]
    if len(cuts) < 2:
        return []
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(view)]
    parts = [view[start:end] for start, end in zip(starts, ends, strict=True)]
    unfit = any(names.objection(names.bare(part.s)) for part in parts)
    return parts if names.is_line(parts[-1].s) and not unfit else []


def _goes_on(rest: str, *, reaches: bool, turned: bool) -> bool:
    """Tell whether a road may go over into what is named behind the word for it."""
    if reaches:
        return turned and names.is_line(rest)
    return not names.objection(rest) and (names.has_kind(rest) or len(rest) > 2)


def _joined(view: View) -> list[View]:
    """Split 「甲路和乙路」 where both are lines."""
    for start, end in names.joints(view.s):
        if names.is_line(view.s[:start]) and names.is_line(view.s[end:]):
            return [view[:start], *_joined(view[end:])]
    return [view]


@lru_cache(names.KEPT)
def unlike_a_line(name: str) -> str:
    """Say why a word cannot be the name of a boundary; empty where it can."""
    if at := AT_CROSSING.search(name):
        return names.objection(at["what"])
    if CROSSING.search(name):
        return "界线说的是一个路口或一段，图上没有唯一的线"
    if names.CODE.fullmatch(name) and len(name) > 1:
        return ""
    if JOINED_TO_LINE.search(name) and not BORDER.search(name):
        return "像是几处地方连在一起"
    core = BORDER.sub("", DOOR.sub("", NUMBERED_LINE.sub("河道", names.bare(name))))
    return (
        ""
        if len(core) < 2 <= len(name) or (core != name and core in OWN_GROUNDS)
        else names.objection(core.replace("与", "").replace("和", "") or core)
    )


def _stripped(view: View) -> View:
    match = LEADING.match(view.s)
    view = view[match.end() :] if match else view
    told = WHERE_IT_RUNS.match(view.s)
    return view[told.end() :] if told and names.is_line(view.s[told.end() :]) else view


def _limited(view: View, lines: Lines) -> View:
    """Take off the district, the area or the school whose land a line divides."""
    for pattern, key in (
        (INSIDE_OF, "area"),
        (SCHOOL_BEFORE, "school"),
        (ADMIN_BEFORE, "area"),
        (STREET_BEFORE, "area"),
    ):
        match = pattern.match(view.s)
        first = match["line"].split("-")[0] if match else ""
        whole = match[key] if match else ""
        if match and names.is_line(first) and not names.objection(names.bare(first)) and not names.objection(whole):
            if key == "school":
                lines.school = view.part(match, "school")
                return view.part(match, "line")
            return _limited_again(view.part(match, "area"), view.part(match, "line"), lines)
    return view


def _limited_again(area: View, line: View, lines: Lines) -> View:
    """Take off the second area of 「甲镇乙社区丙路」, which lies inside of the first."""
    match = COMMUNITY_BEFORE.match(line.s)
    if match is None or not names.is_line(match["line"]) or names.objection(match["area"]):
        lines.limit = area
        return line
    lines.limit = area.plus(line.part(match, "area"))
    return line.part(match, "line")


def _same(view: View) -> View:
    """Return 青云路 for 「青云路及青云路」."""
    match = re.match(r"^(?P<name>.{2,})(?:及|和)(?P=name)$", view.s)
    return view[match.end("name") + 1 :] if match else view[: len(view) - 1] if ALSO.search(view.s) else view


def _shortened(view: View) -> View:
    match = WHOLE.search(view.s) or TWICE.search(view.s) or OF_AREA.search(view.s)
    return view[: match.start()] if match and match.start() else view


def boxes(view: View) -> list[tuple[str, Lines, bool]] | None:
    """Read 「东至甲路」, 「东至甲路南至乙路」: (side of the zone the line runs on, its lines, whether it is sure)."""
    if view.s.lstrip("、,和及 ")[:1] not in tuple("东西南北"):
        return None
    parts = []
    cuts = [0, *(m.start() for m in NEXT_BOX.finditer(view.s)), len(view)]
    for start, end in pairwise(cuts):
        part = view[start:end].trimmed("、,和及 ")
        match = BOX.match(part.s)
        if not match or (match["verb"] in ("以", "与") and not match["end"]):
            return None
        name = part.part(match, "name")
        if match["end"] and (neighbour := NEIGHBOUR.search(name.s)):
            name = name[: neighbour.start()].plus(name[neighbour.end() :])
        inside = INSIDE_SAID.search(name.s.rstrip(GROUP))
        if inside:  # 「东至甲路以西」 says both where the line runs and where the land is
            if SIDES[inside["side"]] != INSIDE[SIDES[match["side"]]]:
                return None
            name = name[: inside.start()].plus(name[inside.end() :])
        sure = match["verb"] in ("至", "到", "起", "起自", "起于", "以", "与", "为", "是", None) or bool(match["end"])
        parts.append((SIDES[match["side"]], chain(name, border=True), sure or names.is_line(name.s)))
    return parts or None


def ring(view: View) -> Lines | None:
    """Read 「甲路→乙路→丙路以内」, 「环城路以内」, and the end 「…、丁路围合的区域」 of a list."""
    match = RING.match(view.s)
    if not match:
        return None
    inner = view.part(match, "names")
    if DOOR.search(inner.s):
        return None  # 「青云路100号以内」
    start = RING_START.match(inner.s)
    return chain(inner[start.end() :] if start and not names.is_line(inner.s[:2]) else inner)


def line_side(view: View) -> tuple[str, Lines] | None:
    """Read 「东起甲路——乙路为界西南区域」: southwest of the line."""
    match = LINE_SIDE.match(view.s) if "界" in view.s else None
    return (SIDES[match["side"]], chain(view.part(match, "names"))) if match else None


def between(view: View) -> tuple[list[View], View] | None:
    """Read 「甲路与乙路之间的甲苑」, 「甲路至乙路段」 into its lines and what follows; one line where a list ends."""
    match = BETWEEN.match(view.s) if "间" in view.s or "段" in view.s else None
    if match:
        pair = [view.part(match, "one"), view.part(match, "two") if match["two"] else view.part(match, "to")]
        if match["to"] and SECTION.fullmatch(match["to"]) and view.s[match.end("to") :].startswith("段"):
            return None  # 「青云路西一段至西二段」: 段 is part of the name
    else:
        match = BETWEEN_ENDS.match(view.s) if "间" in view.s else None
        pair = [view.part(match, "two")] if match else []
    ends = [name for part in pair for name in chain(part).names]
    if not pair or len(ends) != len(pair) or any(unlike_a_line(name.s) for name in ends):
        return None
    return ends, view.part(match, "rest")


@lru_cache(names.KEPT)
def unbounded(s: str) -> bool:
    """Tell whether words say no side, border, ring or stretch; asked of each item of a list more than once."""
    places = tuple(range(len(s)))
    view = View(s, places, places)
    bounded = sides(view) or boxes(view) or between(view)
    return not bounded and ring(view) is None and not line_side(view)
