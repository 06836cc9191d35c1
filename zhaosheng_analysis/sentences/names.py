"""What can be the name of a place and what cannot, and where one name ends and the next begins.

A reader that takes every word it does not know for a village makes wrong maps in silence. So a name has to pass: no
number without its unit, no bracket, no word of a rule, not a single character.
"""

import re
from functools import lru_cache

from zhaosheng_analysis.sentences.views import GROUP, QUOTED
from zhaosheng_analysis.sentences.words import (
    ADMIN,
    COMMUNITY,
    COMPOUND,
    END_NO_NAME,
    KIND,
    LINE,
    NO_NAME,
    NOT_JOINED,
    START_NO_NAME,
    WHOLE_NO_NAME,
)

KEPT = 1024  # names whose reading is remembered: a sentence asks about the same one many times
LONGEST = 20
CODE = re.compile(r"[A-Za-z]+-?\d*")
MARK = re.compile(rf"[^\w· {QUOTED}]")  # whatever is no letter, character or digit, 「◎」 too
PLACE_ENDS = re.compile(f"(?:{COMMUNITY}|{COMPOUND})$")
COMMUNITY_ENDS = re.compile(f"(?:{COMMUNITY})$")
TOWNSHIP_ENDS = re.compile(f"(?:{ADMIN}|街)$")
LINE_ENDS = re.compile(f"(?:{LINE})$")
KIND_ENDS = re.compile(f"(?:{KIND})$")
# Numbers that belong to a name: 六号高层 and 10号大院, 701厂, 108国道, 2号线, G15, 福德1路177巷.
NUMBERED_NAME = re.compile(
    r"\d+号(?:线|路|街|桥|院|大院|院子|公馆|公寓|高层|地块|支路|渠|闸|井|码头|楼|门|矿|库|家属院|住宅)|"
    r"(?<=[路街道])\d段|(?:国道|省道|县道|乡道)\d+|\d+(?:国道|省道|县道|乡道|医院|中学|小区|厂|工厂|油库|仓库|宿舍|家属区|家属院|研究所|地质队|干休所|所|团|师|旅|部队|大院|院|街|路|弄|巷|局|处|库|队|栋|公馆|街区|街坊|区|文创园|创意园|广场|创业园)|"
    r"[A-Za-z]+\d+(?:线|路|国道|省道|高速)?|(?:期|段|区|座|幢)[A-Z]?|(?<=阳光)100|(?<=[一-龥])\d{2}城"
)
BARE_NUMBER = re.compile(r"\d")
TWO_PLACES = re.compile(
    r"^[一-龥]{2,3}里[一-龥]{2,3}里$|社区.+社区(?!委)|(?<!新)小区.+小区|街道.+街道|[A-Z\d][区期座组队号幢栋][和及与].{2,}|[^新老大小东西南北前后上下]村[和及与].+|(?:社区|小区|公寓|大厦|宿舍|[家属医大]院|村|苑|园|里)[和及与].{2,}"
)
REACHING = re.compile(
    rf"(?:{LINE}|社区|村|小区|苑|号|桥|里)(?:至|到).+|(?:路|街|巷|大道|河|渠)(?:转|连|接|经|通往|折).*(?:{LINE})$"
)
OF_ADMIN = re.compile(rf"(?P<within>(?:[^{GROUP}]{{2,5}}?(?:{ADMIN}))+)的?(?P<rest>[^{GROUP}]{{3,}})$")
OF_STREET = re.compile(
    rf"(?P<within>[^{GROUP}东西南北中大小新老前后横正十]{{1,2}}[^{GROUP}大]街)(?P<rest>[^\d至到道].{{1,}}(?:{LINE}|村|居委))$"
)
ONE_OF_SEVERAL = re.compile(r"[A-Z甲乙丙丁东西南北中一二三四五六][区座期苑块院片部]")  # of the place named before it
FROM_TO = re.compile("..至(?![善诚真德尊圣美和臻礼正道远])..")  # no name of a place; a line may well be called so
SCHOOLS_JOINED = re.compile("(?:小学|学校)和[^,;、和]{2,8}(?:小学|学校)")
SHORT_NAME = re.compile("(?:^|[街道办镇乡县区、,含括收及])[一-龥]{2,4}$")
SHORT_WITH_KIND = re.compile("[一-龥]{2,4}(?:社区|行政村|村|居委会|里|庄|屯|寨|营|堡|片区)$")
COMMON_BORDER = re.compile("交界|分界|接壤|交汇|交叉|交口|十字路口|丁字路口")
RUN_TOGETHER = re.compile(
    "(?:路|大道)[^路街巷道东西南北中一二三四五六七八九十支横直段口]{2,4}(?:桥|河|路|大道|大街)$|"
    "[路街][东西南北](?![一二三四五六七八九十段延直后前支小大]).{2,}(?:路|街|大道)$|[巷路街](?:东西|南北)路$|[路街巷道][一二三四五六七八九]$|[东西南北中]路[东西南北中]路$|(?:一二|二三|三四|四五|五六|六七|七八|八九)(?:村|里|区|社区|苑|期)$"
)
GOES_ON = re.compile("(?:其)?(?:以[前后上下]|之[前后]|往后|(?:向?[东西南北]{1,2})?延(?:长|伸)|[东西南北]延)")
BORDERED = re.compile("[东西南北]{1,2}[侧面边]?以.*为(?:边)?界")
NEAR = re.compile(
    "(?:其)?(?:附近|周边|周围)|(?:房产|户籍|产权|户口|房屋).{0,4}一致|(?:房产|住房|房屋|不动产).{0,4}(?:均|都|同)"
)


@lru_cache(KEPT)
def objection(name: str) -> str:
    """Say why a word cannot be the name of a place; empty where it can.

    Parameters
    ----------
    name : plain, a name in quotation marks as `views.QUOTED`.
    """
    if name == QUOTED:
        return ""
    if len(name) < 2:
        return "只有一个字" if name else "没有名称"
    if CODE.fullmatch(name):
        return "只有编号"
    if len(name) > LONGEST:
        return "太长，不像一个名称"
    if MARK.search(name):
        return "名称里有标点或不成对的括号"
    if BARE_NUMBER.search(NUMBERED_NAME.sub("", name)):
        return "名称里有读不懂的数字"
    if WHOLE_NO_NAME.fullmatch(name):
        return "不是一处地方的名称"
    for pattern in (NO_NAME, START_NO_NAME, END_NO_NAME):
        match = pattern.match(name) if pattern is START_NO_NAME else pattern.search(name)
        if match:
            return f"「{match[0]}」不会是名称的一部分"
    if RUN_TOGETHER.search(name) or TWO_PLACES.search(name) or REACHING.search(name):
        return "像是几处地方连在一起"
    return ""


@lru_cache(KEPT)
def is_line(name: str) -> bool:
    """Tell whether a name is that of a street, river, railway, wall or border."""
    return bool(LINE_ENDS.search(bare(name)))


def is_street(name: str) -> bool:
    """Tell whether a name is that of a line and no street office: 安平街, but not 安平街道."""
    return is_line(name) and not is_community(name)


@lru_cache(KEPT)
def is_community(name: str) -> bool:
    """Tell whether a name is that of a community, village or township, which has named parts."""
    return bool(COMMUNITY_ENDS.search(bare(name)))


@lru_cache(KEPT)
def is_township(name: str) -> bool:
    """Tell whether a name is that of a district, township or street office: 安平镇, 安平街道, in the south 安平街."""
    return bool(TOWNSHIP_ENDS.search(bare(name)))


@lru_cache(KEPT)
def has_kind(name: str) -> bool:
    """Tell whether a name ends with a word that says what kind of place it is."""
    return bool(KIND_ENDS.search(bare(name)))


@lru_cache(KEPT)
def is_whole(name: str) -> bool:
    """Tell whether a name has its kind; 乐山 and 小营店 may lack 社区, whatever they look like."""
    match = KIND_ENDS.search(bare(name))
    return bool(match) and (len(match[0]) > 1 or match[0] in "苑园府邸村里路街巷道弄")


def bare(name: str) -> str:
    """Return a name without the brackets behind it."""
    return name.rstrip(GROUP)


@lru_cache(KEPT)
def split_within(name: str) -> tuple[int, int] | None:
    """Return how much of a name is the township or street office put before it, and where the place itself begins."""
    match = OF_ADMIN.match(name) or OF_STREET.match(name)
    if not match or (not PLACE_ENDS.search(match["rest"]) and not is_line(match["rest"])):
        return None
    rest = match["rest"]
    if (
        objection(match["within"])
        or WHOLE_NO_NAME.fullmatch(rest)
        or START_NO_NAME.match(rest)
        or rest[0] == "之"
        or len(match["within"]) < 3
    ):
        return None
    return match.end("within"), match.start("rest")


@lru_cache(KEPT)
def joints(s: str) -> tuple[tuple[int, int], ...]:
    """Return where 和, 及, 与, 或 join two places rather than belong to a name."""
    places = []
    for match in re.finditer("以及|[和及与或]", s):
        left, right = s[: match.start()], s[match.end() :]
        if COMMON_BORDER.search(s) or BORDERED.match(s) or NEAR.match(right) or GOES_ON.match(right):
            continue
        if len(right) >= 2 and (
            match[0] == "以及"
            or (right[0] not in NOT_JOINED[match[0]] and _ends_a_place(left))
            or SCHOOLS_JOINED.search(f"{left}和{right}")
            or (right[0] not in NOT_JOINED[match[0]] and _two_short_names(left, right))
        ):
            places.append(match.span())
    return tuple(places)


def _two_short_names(left: str, right: str) -> bool:
    """Tell whether 「宝华和长青社区」 are two, whose kind is said once; 「人和社区」, 「永安和平里」 are one."""
    return bool(SHORT_NAME.search(left) and SHORT_WITH_KIND.match(right))


def _ends_a_place(left: str) -> bool:
    """Tell whether a place, a side or the children of a place have just been named."""
    return bool(
        (KIND_ENDS.search(left) and len(left) > 1)
        or re.search(
            r"(?:以[东西南北]|[东西南北][侧面]|儿童|少年|学生|毕业生|生源|联社|经济社|合作社|子女|股民|村民|居民|[号幢栋座组队邻鄰弄巷期\d]|部分|全部|全段|内|户籍|业主|区域|范围|片区|地段|楼盘|单位|集体户|住户|居民)$",
            left,
        )
    )
