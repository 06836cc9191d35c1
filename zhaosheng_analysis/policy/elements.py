"""The elements of a policy file as frozen dataclasses.

The dataclass *is* the schema: `schema.keys.read` makes an unknown key, a missing key or a value of the wrong kind a
fault that names the file and the element. Nothing is filled in but the defaults written here.
"""

from dataclasses import dataclass, field
from typing import Any

from zhaosheng_analysis.schema import keys


@dataclass(frozen=True)
class Source:
    """The text that was read: file name in the sources folder, its SHA-256, its script (simplified | traditional)."""

    file: str
    sha256: str
    script: str = "simplified"


@dataclass(frozen=True)
class Date:
    """A date the rules compare with; `inclusive` where the text itself counts the day in (含, 及以前).

    Where it does not, the parameter ``cutoff.inclusive`` decides.
    """

    on: keys.Moment
    clause: str
    label: str = ""
    inclusive: bool = False
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Home:
    """Which homes count as a family's own.

    Attributes
    ----------
    owners : parent, child, grandparent, other.
    evidence : papers that count. if_accepted : of these, the ones that need a building formally accepted.
    dated : papers -> name of the date by which they must be dated to count at all.
    """

    owners: keys.Strings
    evidence: keys.Strings
    clause: str
    if_accepted: keys.Strings = ()
    dated: keys.Table = field(default_factory=dict)
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Window:
    """A stretch of the calendar. Empty `stage`, `sector` or `channel` means all; a bare date closes at 24:00.

    Every window named ``registration`` counts for the check `window`; names may repeat with another scope.
    """

    name: str
    clause: str
    label: str = ""
    stage: keys.Strings = ()
    sector: keys.Strings = ()
    channel: keys.Strings = ()
    opens: keys.Moment = None
    closes: keys.Moment = None
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Residence:
    """One way to choose the school a child belongs to; the first that applies decides.

    Attributes
    ----------
    use : address (vocabulary ADDRESSES), or ``school`` for the school named in `school`.
    only_if : fact -> values that must hold, asked before any school is known: no place is ``zone`` yet.
    within : ``town`` when the address must lie in town or in the zone of an urban school.
    stage : stages it is for; empty means all.
    when : parameter = value under which the way exists.
    """

    use: str
    clause: str
    only_if: keys.Table = field(default_factory=dict)
    within: str = ""
    stage: keys.Strings = ()
    school: str = ""
    when: keys.Table = field(default_factory=dict)
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Check:
    """A test of the registration itself; a child who fails gets `status` with this clause. The first failure counts.

    Attributes
    ----------
    rule : which test (vocabulary CHECKS).
    stage, sector : whom it is for; empty means all.
    when : evidence column = allowed values for which the test is made.
    allow : allowed values, for the tests that ask for one of several (channel).
    """

    rule: str
    status: str
    clause: str
    stage: keys.Strings = ()
    sector: keys.Strings = ()
    when: keys.Table = field(default_factory=dict)
    allow: keys.Strings = ()
    date: str = ""
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Parameter:
    """A silence of the text: what is assumed, what else could be, and why.

    Attributes
    ----------
    options : every allowed value; empty when `range` is given.
    says : option as written on the command line -> short Chinese words. Options that are words must be said; true and
        false are 是 and 否 unless said.
    range : lowest and highest allowed number or date.
    read_by : the modules that read it.
    value : the chosen value (not read from the file).
    """

    name: str
    default: Any
    question: str
    why: str
    clause: str = ""
    ambiguity: str = ""
    options: tuple[Any, ...] = ()
    says: keys.Table = field(default_factory=dict)
    range: tuple[Any, ...] = ()
    label: str = ""
    assumed: bool = True
    read_by: keys.Strings = ()
    unit: str = ""
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class NotModelled:
    """What the text says and the package does not do, with the reason; shown in every report."""

    what: str
    why: str
    provisions: keys.Strings = ()
    clause: str = ""


@dataclass(frozen=True)
class Unseen:
    """A document the text refers to and nobody here has read; its content is never invented."""

    title: str
    clause: str
    effect: str
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Question:
    """One question of an inspection checklist; `answer` says who can: data, inspector or both."""

    id: str
    text: str
    clause: str
    answer: str
    needs: keys.Strings = ()
    parts: tuple[keys.Table, ...] = ()
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Duty:
    """One duty an audit text lays down beside its questions."""

    id: str
    what: str
    clause: str
    words: str = ""
    needs: keys.Strings = ()
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Capacity:
    """Class sizes by stage, in pupils a class; `assumed` names those the text does not give."""

    standard: keys.Table = field(default_factory=dict)
    oversized: int = 56
    super_oversized: int = 66
    limit: keys.Table = field(default_factory=dict)
    assumed: keys.Strings = ()
    why: str = ""
    clause: str = ""
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Levels:
    """Levels of the seat warning, as demand divided by seats; `assumed` names those the text does not give."""

    yellow: float = 0.9
    red: float = 1.0
    surplus: float = 0.6
    assumed: keys.Strings = ()
    why: str = ""
    clause: str = ""
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""
    rising_years: int = 0


@dataclass(frozen=True)
class Case:
    """A named child and what the rules must say of it, by default and under other parameter values."""

    id: str
    clause: str
    expect: keys.Table
    mark: str = "R"
    child: keys.Table = field(default_factory=dict)
    evidence: keys.Table = field(default_factory=dict)
    also: tuple[keys.Table, ...] = ()
    note: str = ""
