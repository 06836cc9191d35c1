"""The schools with which a bracket or an item says that land is shared."""

import itertools
import re
from typing import TYPE_CHECKING

from zhaosheng_analysis.sentences import names, notes
from zhaosheng_analysis.sentences.characters import plain
from zhaosheng_analysis.sentences.views import View
from zhaosheng_analysis.sentences.words import NOT_JOINED, SCHOOL, SHARED_KINDS

if TYPE_CHECKING:
    from zhaosheng_analysis.sentences.views import Text

SHARED = re.compile(
    rf"(?P<schools>.*?)(?:为|属|的|之|等)?(?:{SHARED_KINDS})(?:的)?(?:学区|施教区|招生区|招生范围|服务区|划片|学校)(?:范围|区域|区)?"
)
SHARED_WITH = re.compile(
    rf"(?:为|属)?(?:(?:{SHARED_KINDS})(?:学区|施教区)|学区(?:共同|共享|重叠))(?:学校)?(?::|为|是|与)?"
    rf"(?P<schools>.*(?:{SCHOOL}))"
)
SHARED_LIST = re.compile(f"(?:{SHARED_KINDS})(?:学区|施教区)(?:学校)?:(?P<schools>[^:以]+)")
SHARING = re.compile(rf"[与和同](?P<schools>.*(?:{SCHOOL}))(?:共享|共有|共用|共同|重叠|共划)")
OF_THIS = re.compile(
    "(?:此|该|本|以上|上述)(?:区域|范围|片区|小区|地段|处|(?P<count>[一二三四五六七八九两])(?:个)?(?:里|村|社区|处))?(?=[为属是与])"
)
THIS_SCHOOL = re.compile("(?:[为属是])?[本我该]校[与和及、同]")
SHARED_AT_ALL = re.compile("[由共双叉校叠合可]")  # a character that each of these holds
SHARED_WORD = re.compile(
    "(?:双|双学区|共享区|共享片区|共享区域|公共区|多校划片(?:区域|范围|片区|区)?|共同|共享|交叉|重叠|可选|两可|共同招生)"
)
SCHOOL_KIND = re.compile(r"(?:国中小|国小|国中|小学|中学|学校|初中|高中|校区|分校|实小|附小|附中|[小中国学校]部)$")
SCHOOL_LIST = re.compile(
    "(?!不?含|不|除|原|近|靠|临|仅|限)[^、,;\\d]{1,10}(?:[、,和与或及][^、,;\\d]{1,10})*(?:国中小|国小|国中|小学|中学|初中|学校|实小|分校)"
)
OF_TAIWAN = re.compile("国小|国中|(?<=.)分校$")  # there a bracket of a table names the partners of a 共同學區
# 和 joins behind the kind of a school alone: 「永和、中和國小」 are names.
SCHOOL_SAID = "小学|中学|学校|分校|国小|国中|初中|高中|附小|附中|校区|[一二三四五六七八九实]小|[一二三四五六七八九]中"
SEPARATORS = re.compile("[、,;/]|(?:" + "|".join(f"(?<={each})" for each in SCHOOL_SAID.split("|")) + ")[和或与及]")


class Sharing:
    """The part of a clause's reader that reads with whom land is shared."""

    text: "Text"

    def shared_schools(self, inner: View) -> tuple[str, ...] | None:
        """Return the schools of 「甲、乙國小自由學區」; ? where none is named; None for any other bracket."""
        if not SHARED_AT_ALL.search(inner.s):
            return None
        if SHARED_WORD.fullmatch(inner.s):
            return ("?",)
        said_of = OF_THIS.match(inner.s)
        inner = inner[said_of.end() :] if said_of else inner
        if own := THIS_SCHOOL.match(inner.s):
            inner = inner[own.end() :]
        match = (
            SHARED_LIST.fullmatch(inner.s)
            or SHARED_WITH.fullmatch(inner.s)
            or SHARED.fullmatch(inner.s)
            or SHARING.fullmatch(inner.s)
        )
        if not match or notes.PATTERNS["to"].search(inner.s):
            return None
        said = inner.part(match, "schools").trimmed("与同为属是")
        said = said[1:] if said.s[:1] == "和" and said.s[1:2] not in NOT_JOINED["和"] else said
        words = [said[start:end].trimmed("、, ") for start, end in _between_marks(said.s)]
        schools = _whole_names([self.text.name(word) for word in words if word.s])
        return None if any(_no_school(school) for school in schools) else schools or ("?",)

    def school_list(self, inner: View) -> tuple[str, ...]:
        """Return the schools a bracket lists, and nothing else; none where it says anything else."""
        if not SCHOOL_LIST.fullmatch(inner.s):
            return ()
        words = [inner[start:end].trimmed("、, ") for start, end in _between_marks(inner.s)]
        return _whole_names([self.text.name(word) for word in words if word.s])


def _between_marks(s: str) -> list[tuple[int, int]]:
    """Return where the words between separators begin and end."""
    cuts = [(0, 0), *(match.span() for match in SEPARATORS.finditer(s)), (len(s), len(s))]
    return [(end, start) for (_, end), (start, _) in itertools.pairwise(cuts)]


def _no_school(name: str) -> bool:
    """Tell whether a word said to share a zone is none of a school: too long, or with a verb in it."""
    return bool(names.objection(plain(name))) or (len(name) > 9 and not SCHOOL_KIND.search(plain(name)))


def _whole_names(words: list[str]) -> tuple[str, ...]:
    """Give the kind that is said once at the end to every school: 「甲、乙國小」."""
    kind, names = "", []
    for word in reversed(words):
        own = SCHOOL_KIND.search(plain(word))
        kind = word[own.start() :] if own else kind
        names.append(word if own else word + kind)
    return tuple(names[::-1])
