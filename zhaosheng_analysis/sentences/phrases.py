"""One item on its way through the constructions, and the words by which items hang together.

A construction is given a phrase and says whether it is one of its kind: None if not, else why it cannot be read, which
is empty where it has been read.
"""

import re
from dataclasses import dataclass

from zhaosheng_analysis.sentences.views import GROUP, View
from zhaosheng_analysis.sentences.words import BUILT, KIND, SCHOOL

WEAK = ("、", "和", "/", " ", "具有", "除")  # marks between the items of one run
STRONG = ("", ";", "。", "\n")  # marks that part clauses and sentences
INCLUDE = re.compile(
    r"^(?:(?:此|该|本|上述|以上)(?:区域|范围|片区|地段)内?)?(?:同时|此外|另外)?(?:具体|主要|范围|还|另|并|均|也|及|以及)?(?:包括|包含|含括|涵盖|囊括|另加|外加|含)(?:有|了|以下|但不限于)?(?:的)?"
)
MORE = re.compile(
    r"^(?:以及|及其|另有|另外|另加|再加|还有|加上|外加|其中|并且?|另|和(?=[^平睦谐美风顺家园苑润信庄合泰兴田悦府新])|"
    r"及(?=[^第人])|与|或者?)(?=.{2,})"
)
EXCEPT = re.compile(
    r"^(?:(?:此|该|本|上述|以上)(?:区域|范围|片区|地段)内?)?(?:但|并|均|其中)?(?:不含|不包括|不包含|不包|除去|扣除|排除|剔除|除了|除)"
)
# 「不含已划入乙小学的甲苑」: what the other school has taken over is left out.
HANDED_OVER = re.compile(
    f"{EXCEPT.pattern}(?:已|原)?(?:划入|划归|划给|归入|并入)[^,;、的]{{2,14}}(?:学区|范围)?的(?=..)"
)
EXCLUDED = re.compile(r"^(?:但(?![家庙]))?(?P<name>.*?)(?:除外|不含|不包括|不在内|不计)(?:的)?(?P<rest>.*)$")
LEAVING_END = re.compile(
    r"^(?P<name>.*?)(?:以外|之外|外)(?:的(?P<rest>.*)|(?:其[他余馀它])?(?:的|各|所有)?(?:区域|地区|范围|部分|地段|邻|鄰|组|队|村|里|幢|栋))?$"
)
# 含光路, 含香苑: names that begin like the word for including; what is left of them without it would be no name.
HAN_NAME = re.compile(
    rf"^含(?:[光元]|[^{GROUP}][东西南北中上下]?(?:{KIND})(?=$|[{GROUP}\d\-~→]|以[东西南北]|[东西南北]侧|[与和至到内]|范围|区域|之间))"
)
RANGE_WORDS = re.compile(
    r"^(?:的)?(?:合围|围合)?(?:区域|范围|地区|地段|地带|地块|部分|区间|段|一侧|整片区|片区|区块|辖区|片|一带)"
    r"(?:区域|范围)?(?:以内|之内|内)?(?:的)?|^(?:以内|之内|内)(?:的)?$|^的$"
)
HOMES = re.compile(
    rf"^(?:的)?(?:{BUILT}的)?(?:所有|全部|各|现有)?(?:的)?(?:各行政村|行政村|自然村|住宅楼盘小区|住宅楼盘|住宅小区|居民小区|居民区|住宅|小区|楼盘|楼院|居民点|村庄|村|房屋|住户|"
    rf"门牌号码|门牌号|门牌|居民|民居)(?={GROUP}|$)"
)
ZONE = (
    "(?:基本)?学区(?:各[里村])?|施教区域|施教区|招生范围|招生区域|招生片区|教育服务区|教育服务范围|服务区|学区范围|服务范围|"
    "地段|划片|片区"
)
SCHOOL_ZONE = re.compile(
    rf"^(?P<name>.+?(?:{SCHOOL}){GROUP}?)(?:的)?(?:{ZONE})(?:所辖)?(?:范围)?(?:区域)?(?:以内|之内|内)?$"
)
ZONE_WORDS = re.compile("(?:招生)?(?:学区|施教区|片区|范围)+$")
LIMIT_OF = re.compile(r"^(?P<name>.{2,}?学区范围)(?:区域|以内|之内|内)*$")
IS_SCHOOL = re.compile(f"(?:{SCHOOL})$")
# 「含该街两侧」: of the line named last
THAT_LINE = re.compile(
    "(?:该|此|本)(?:大道|大街|道路|公路|路段|路|街|巷|道|河|渠)(?:的)?(?P<hint>(?:[东西南北]侧|两侧|两边|两旁|沿线|沿街|对面)?)(?:的)?(?:住户|居民|小区|楼房|门牌|用户)?"
)
TOWNSHIP = re.compile("(?:街|街道|街道办事处|街办|镇|乡)$")


@dataclass(frozen=True)
class Phrase:
    """What one item says of land.

    Attributes
    ----------
    view : View
        Its words.
    mark : str
        The mark before it.
    before : tuple of View
        Names before it that belong to the same line.
    after : tuple of View
        Names behind it that do.
    """

    view: View
    mark: str = ""
    before: tuple[View, ...] = ()
    after: tuple[View, ...] = ()

    @property
    def span(self) -> View:
        """Return the stretch from the first name to the last, for a doubt."""
        starts, ends = zip(*(name.span for name in [*self.before, self.view, *self.after]), strict=True)
        return View(GROUP, (min(starts),), (max(ends),))
