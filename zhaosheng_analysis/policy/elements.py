"""The elements of a policy file as frozen dataclasses, and the one reader that refuses everything else.

The dataclass *is* the schema: an unknown key, a missing key or a value of the wrong kind becomes a fault that names
the file and the element. Nothing is filled in but the defaults written here.
"""

from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from typing import Any, TypeVar

from zhaosheng_analysis.schema import Faults, near

Strings = tuple[str, ...]
Moment = date | datetime | None
Any_ = Any
Table = dict[str, Any]
E = TypeVar("E")


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

    on: Moment
    clause: str
    label: str = ""
    inclusive: bool = False
    words: str = ""
    provisions: Strings = ()


@dataclass(frozen=True)
class Home:
    """Which homes count as a family's own.

    Attributes
    ----------
    owners : parent, child, grandparent, other.
    evidence : papers that count. if_accepted : of these, the ones that need a building formally accepted.
    dated : papers -> name of the date by which they must be dated to count at all.
    """

    owners: Strings
    evidence: Strings
    clause: str
    if_accepted: Strings = ()
    dated: Table = field(default_factory=dict)
    words: str = ""
    provisions: Strings = ()


@dataclass(frozen=True)
class Window:
    """A stretch of the calendar. Empty `stage`, `sector` or `channel` means all; a bare date closes at 24:00.

    Every window named ``registration`` counts for the check `window`; names may repeat with another scope.
    """

    name: str
    clause: str
    label: str = ""
    stage: Strings = ()
    sector: Strings = ()
    channel: Strings = ()
    opens: Moment = None
    closes: Moment = None
    words: str = ""
    provisions: Strings = ()
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
    only_if: Table = field(default_factory=dict)
    within: str = ""
    stage: Strings = ()
    school: str = ""
    when: Table = field(default_factory=dict)
    words: str = ""
    provisions: Strings = ()


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
    stage: Strings = ()
    sector: Strings = ()
    when: Table = field(default_factory=dict)
    allow: Strings = ()
    date: str = ""
    words: str = ""
    provisions: Strings = ()
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
    default: Any_
    question: str
    why: str
    clause: str = ""
    ambiguity: str = ""
    options: tuple[Any_, ...] = ()
    says: Table = field(default_factory=dict)
    range: tuple[Any_, ...] = ()
    label: str = ""
    assumed: bool = True
    read_by: Strings = ()
    unit: str = ""
    words: str = ""
    provisions: Strings = ()


@dataclass(frozen=True)
class NotModelled:
    """What the text says and the package does not do, with the reason; shown in every report."""

    what: str
    why: str
    provisions: Strings = ()
    clause: str = ""


@dataclass(frozen=True)
class Unseen:
    """A document the text refers to and nobody here has read; its content is never invented."""

    title: str
    clause: str
    effect: str
    words: str = ""
    provisions: Strings = ()


@dataclass(frozen=True)
class Question:
    """One question of an inspection checklist; `answer` says who can: data, inspector or both."""

    id: str
    text: str
    clause: str
    answer: str
    needs: Strings = ()
    parts: tuple[Table, ...] = ()
    provisions: Strings = ()


@dataclass(frozen=True)
class Duty:
    """One duty an audit text lays down beside its questions."""

    id: str
    what: str
    clause: str
    words: str = ""
    needs: Strings = ()
    provisions: Strings = ()


@dataclass(frozen=True)
class Capacity:
    """Class sizes by stage, in pupils a class; `assumed` names those the text does not give."""

    standard: Table = field(default_factory=dict)
    oversized: int = 56
    super_oversized: int = 66
    limit: Table = field(default_factory=dict)
    assumed: Strings = ()
    why: str = ""
    clause: str = ""
    words: str = ""
    provisions: Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Levels:
    """Levels of the seat warning, as demand divided by seats; `assumed` names those the text does not give."""

    yellow: float = 0.9
    red: float = 1.0
    surplus: float = 0.6
    assumed: Strings = ()
    why: str = ""
    clause: str = ""
    words: str = ""
    provisions: Strings = ()
    note: str = ""
    rising_years: int = 0


@dataclass(frozen=True)
class Case:
    """A named child and what the rules must say of it, by default and under other parameter values."""

    id: str
    clause: str
    expect: Table
    mark: str = "R"
    child: Table = field(default_factory=dict)
    evidence: Table = field(default_factory=dict)
    also: tuple[Table, ...] = ()
    note: str = ""


_KINDS = {
    str: (lambda value: isinstance(value, str), "文字"),
    bool: (lambda value: isinstance(value, bool), "true 或 false"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "整数"),
    float: (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "数字"),
    Strings: (lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "文字列表 […]"),
    Moment: (lambda value: isinstance(value, date), "日期（2024-06-30）或时刻（2024-06-30T17:00:00）"),
    Table: (lambda value: isinstance(value, dict), "键值表 { … }"),
    tuple[Table, ...]: (
        lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value),
        "键值表的列表",
    ),
    tuple[Any_, ...]: (lambda value: isinstance(value, list), "列表 […]"),
    Any_: (lambda value: not isinstance(value, dict), "单个值"),
}


def read(kind: type[E], data: Any, where: str, faults: Faults) -> E | None:
    """Read one element of a policy file, noting every unknown, missing or ill-typed key.

    Parameters
    ----------
    kind : one of the dataclasses of this module.
    data : the element as the TOML parser gave it.
    where : file and element, for the messages.
    faults : collects what is wrong.

    Returns
    -------
    The element, or None when it has faults.
    """
    if not isinstance(data, dict):
        faults.add(where, "不是键值表", "应写作 { 键 = 值, … }")
        return None
    known = {item.name: item for item in fields(kind)}
    before = len(faults.found)
    for key in data.keys() - known.keys():
        faults.add(where, f"不认识的键「{key}」", f"可用：{'、'.join(known)}", near(key, known))
    for name, item in known.items():
        _check(item, data.get(name, MISSING), f"{where}「{name}」", faults)
    if len(faults.found) > before:
        return None
    return kind(**{name: _frozen(value) for name, value in data.items()})


def _check(item: Any, value: Any, where: str, faults: Faults) -> None:
    if value is MISSING:
        if item.default is MISSING and item.default_factory is MISSING:
            faults.add(where, "缺少这一项", "", "请补上")
        return
    accepts, words = _KINDS[item.type]
    if not accepts(value):
        faults.add(where, f"写成了 {value!r}", f"应为{words}")


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
