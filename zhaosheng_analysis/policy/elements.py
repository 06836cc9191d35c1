"""The elements of a policy file as frozen dataclasses.

The dataclass *is* the schema: `schema.keys.read` makes an unknown key, a missing key or a value of the wrong kind a
fault that names the file and the element. Nothing is filled in but the defaults written here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zhaosheng_analysis.schema import STAGES, keys


@dataclass(frozen=True)
class Source:
    """The text that was read: file name in the sources folder, its SHA-256, its script (simplified | traditional).

    A file is empty where no text stands behind the rules (``kind = "forecast"``).
    """

    file: str = ""
    sha256: str = ""
    script: str = "simplified"


@dataclass(frozen=True)
class Date:
    """A date the rules compare with; `inclusive` says whether the text counts the day in (含, 及以前) or out (不含).

    Where it does not say, the parameter ``cutoff.inclusive`` decides.
    """

    on: keys.Moment
    clause: str
    label: str = ""
    inclusive: keys.Said = None
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Home:
    """Which homes count as a family's own.

    Attributes
    ----------
    owners : tuple of str
        Parent, child, grandparent, other.
    evidence : tuple of str
        Papers that count.
    clause : str
        Clause of the text it rests on.
    if_accepted : tuple of str
        Of these, the ones that need a building formally accepted.
    dated : dict
        Papers -> name of the date by which they must be dated to count at all.
    must : dict
        Condition on the columns of a home (``home_…``): one that is known not to meet it does not count; of one of
        which it is not known the papers are incomplete.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    owners: keys.Strings
    evidence: keys.Strings
    clause: str
    if_accepted: keys.Strings = ()
    dated: keys.Table = field(default_factory=dict)
    must: keys.Table = field(default_factory=dict)
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Window:
    """A stretch of the calendar.

    Empty `stage`, `sector` or `channel` means all; a bare date closes at 24:00. Every window named ``registration``
    counts for the check `window`; names may repeat with another scope.

    Attributes
    ----------
    name : str
        What happens in it, such as registration.
    clause : str
        Clause of the text it rests on.
    label : str
        Its Chinese name.
    stage : tuple of str
        Stages it is for.
    sector : tuple of str
        Sectors it is for.
    channel : tuple of str
        Channels it is for.
    opens : date, datetime or None
        When it opens; None where the text does not say.
    closes : date, datetime or None
        When it closes; None where the text does not say.
    closed_on : tuple of date
        Days inside it on which nobody can register (节假日除外).
    weekends : bool
        Whether Saturdays and Sundays are open.
    open_on : tuple of date
        Saturdays and Sundays that are open all the same (调休上班).
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    note : str
        What a reader should know besides.
    """

    name: str
    clause: str
    label: str = ""
    stage: keys.Strings = ()
    sector: keys.Strings = ()
    channel: keys.Strings = ()
    opens: keys.Moment = None
    closes: keys.Moment = None
    closed_on: tuple[date, ...] = ()
    weekends: bool = True
    open_on: tuple[date, ...] = ()
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Residence:
    """One way to choose the school a child belongs to; the first that applies decides.

    Attributes
    ----------
    use : str
        Address (vocabulary ADDRESSES), or ``school`` for the school named in `school`.
    clause : str
        Clause of the text it rests on.
    only_if : dict
        The condition on the child, asked before any school is known: no place is ``zone`` yet.
    registered : bool
        Whether the way is only for families who registered at a school to which the zone of the address leads.
    within : {"", "town"}
        Town when the address must lie in town or in the zone of an urban school.
    stage : tuple of str
        Stages it is for; empty means all.
    school : str
        Name of the school every such child belongs to.
    when : dict
        The values of parameters under which the way exists.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    use: str
    clause: str
    only_if: keys.Table = field(default_factory=dict)
    within: str = ""
    registered: bool = False
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
    rule : str
        Which test (vocabulary CHECKS).
    status : str
        What becomes of a child who fails.
    clause : str
        Clause of the text it rests on.
    stage : tuple of str
        Stages it is for; empty means all.
    sector : tuple of str
        Sectors it is for; empty means all.
    schools : tuple of str
        Ids, names or aliases of the schools it is for, as the first choice of the family; empty means all.
    when : dict
        Evidence columns with the values for which the test is made.
    allow : tuple of str
        Allowed values, for the tests that ask for one of several (channel).
    date : str
        The date of the policy that the test compares with.
    windows : tuple of str
        Of the test ``window``: names of the windows that count, ``registration`` where none is named.
    must : dict
        The condition of the test ``must``: who is known not to meet it fails; of whom it is not known the papers are
        incomplete.
    waits : bool
        Whether a child whose paper is blank waits for it; otherwise it stands as the papers there prove, and the blank
        is asked for beside (only the tests of blanks: ``guardian_known``, ``dates_known``, ``second_hand_known``,
        ``answers_known``, ``address_known``).
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    note : str
        What a reader should know besides.
    """

    rule: str
    status: str
    clause: str
    stage: keys.Strings = ()
    sector: keys.Strings = ()
    schools: keys.Strings = ()
    when: keys.Table = field(default_factory=dict)
    allow: keys.Strings = ()
    date: str = ""
    windows: keys.Strings = ()
    must: keys.Table = field(default_factory=dict)
    waits: bool = True
    words: str = ""
    provisions: keys.Strings = ()
    note: str = ""


@dataclass(frozen=True)
class Pool:
    """Schools that fill their seats in one order: a 大学区, a group of campuses.

    Attributes
    ----------
    id : str
        Its name in the program.
    name : str
        Its Chinese name.
    schools : tuple of str
        Ids, names or aliases.
    clause : str
        Clause of the text it rests on.
    plan : str
        The school whose row in plans is the one plan of all of them; empty where each has its own.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    id: str
    name: str
    schools: keys.Strings
    clause: str
    plan: str = ""
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Stages:
    """The grades of each stage (学制), where the rules say them: first and last.

    Attributes
    ----------
    primary : tuple of int
        First and last grade of primary school; empty where the text does not say.
    junior : tuple of int
        First and last grade of junior school.
    clause : str
        Clause of the text it rests on.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    primary: tuple[int, ...] = ()
    junior: tuple[int, ...] = ()
    clause: str = ""
    words: str = ""
    provisions: keys.Strings = ()


#: What is done where several families register by one dwelling in one intake.
RIVALS = {"ask": "都等查清由谁使用", "earliest": "房屋材料日期最早的一家使用"}


@dataclass(frozen=True)
class Lock:
    """How long a dwelling that has sent a child to a school sends no other (六年一户).

    Attributes
    ----------
    years : int or dict of str to int
        For so many intakes after the one it was used in no other family may use it; by stage where they differ.
    clause : str
        Clause of the text it rests on.
    schools : tuple of str
        Ids, names or aliases of the schools that ask; all where none is named.
    stage : tuple of str
        Stages it is for; both where none is named.
    siblings : bool
        Whether a brother or sister of the child who used it is let in.
    rivals : {"ask", "earliest"}
        Of several families who register by one dwelling in one intake: all wait until it is known whose it is, or the
        one whose paper of the dwelling is the earliest has it.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    years: int | dict[str, int]
    clause: str
    schools: keys.Strings = ()
    stage: keys.Strings = ()
    siblings: bool = True
    rivals: str = "ask"
    words: str = ""
    provisions: keys.Strings = ()

    @property
    def by_stage(self) -> dict[str, int]:
        """Years of each stage that locks dwellings."""
        years = self.years if isinstance(self.years, dict) else dict.fromkeys(STAGES, self.years)
        return {name: n for name, n in years.items() if name in (self.stage or STAGES)}


@dataclass(frozen=True)
class Parameter:
    """A silence of the text: what is assumed, what else could be, and why.

    Attributes
    ----------
    name : str
        Its full name, such as cutoff.inclusive.
    default : object
        What is assumed where nobody says otherwise.
    question : str
        What the text leaves open, in Chinese.
    why : str
        Why the default is the default.
    clause : str
        Clause of the text it rests on.
    ambiguity : str
        Its entry in the list of ambiguities.
    options : tuple of object
        Every allowed value, two at least (one way only is a `Note`); empty when `range` is given.
    says : dict
        The short Chinese words of an option, by the option as written on the command line. Options that are words must
        be said; true and false are 是 and 否 unless said.
    range : tuple of object
        Lowest and highest allowed number or date.
    label : str
        Its short Chinese name.
    assumed : bool
        Whether the text is silent; otherwise the text says the default.
    sets : str
        The parameter of the package (vocabulary ``[parameters]``) whose value this one gives; by default the one of the
        same name. One that offers a choice must set one, or be named by the rules of the file itself.
    unit : str
        Unit of its numbers, in Chinese.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
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
    sets: str = ""
    unit: str = ""
    words: str = ""
    provisions: keys.Strings = ()


@dataclass(frozen=True)
class Note:
    """How a text is read where there is one way only: written down, nothing to choose.

    Attributes
    ----------
    question : str
        What the text leaves open, in Chinese.
    reading : str
        How it is read.
    why : str
        Why it is read so.
    clause : str
        Clause of the text it rests on.
    ambiguity : str
        Its entry in the list of ambiguities.
    assumed : bool
        Whether the text is silent; otherwise the text says so itself.
    sets : str
        The parameter of the package (vocabulary ``[parameters]``) that has this value; most notes set none.
    value : object
        Its value, where one is set.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    question: str
    reading: str
    why: str
    clause: str = ""
    ambiguity: str = ""
    assumed: bool = True
    sets: str = ""
    value: Any = None
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
class Provision:
    """One row of the catalogue under its id: one thing the text lays down, and what holds it against the data.

    Attributes
    ----------
    clause : str
        Clause of the text it stands in.
    kinds : tuple of str
        What it is about (vocabulary ``[kinds]``).
    rule : str
        What it says, in one short sentence.
    audit : tuple of str
        Audit rules that answer for it (``audit/rules.toml``, or names of ``[audit]``).
    look : str
        What to look at, where only a person can judge.
    scope : {"school", "district"}
        Whether it is looked at in every school or once for the district.
    """

    clause: str
    kinds: keys.Strings
    rule: str
    audit: keys.Strings = ()
    look: str = ""
    scope: str = "school"


@dataclass(frozen=True)
class Audited:
    """What of one audit rule is the text's own, under the rule's name.

    Attributes
    ----------
    rule : str
        The rule of which this is a case, where the text asks for it more than once; the name is then free.
    title : str
        The fault it looks for, instead of the rule's own words.
    todo : str
        What is done about it, instead of the rule's own words.
    clause : str
        Where the text asks for the rule, if no row of the catalogue does.
    basis : str
        Whose rule it is, if the text has none of its own.
    severity : {"grave", "plain", "note"}
        Where it is not the rule's own.
    using : dict
        What only the text can tell the rule: the school, the day, the number it names.
    """

    rule: str = ""
    title: str = ""
    todo: str = ""
    clause: str = ""
    basis: str = ""
    severity: str = ""
    using: keys.Table = field(default_factory=dict)


@dataclass(frozen=True)
class Redraw:
    """What the text forbids a redraw of zones.

    Attributes
    ----------
    rule : str
        Which ban it is (vocabulary ``[redraw]``).
    clause : str
        Clause of the text it rests on.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    """

    rule: str
    clause: str
    words: str = ""
    provisions: keys.Strings = ()


#: Standard sizes of the national rules, for texts that give none: `assumed` then says so, in every report.
NATIONAL = {"primary": 45, "junior": 50}


@dataclass(frozen=True)
class Capacity:
    """Class sizes by stage, in pupils a class; `assumed` names those the text does not give.

    Attributes
    ----------
    standard : dict
        Standard size by stage.
    oversized : int
        From how many pupils a class counts as oversized (大班额).
    super_oversized : int
        From how many pupils a class counts as super-oversized (超大班额).
    limit : dict
        Largest size allowed by stage, where the text has one.
    assumed : tuple of str
        The names of those the text does not give.
    why : str
        Why they are assumed.
    clause : str
        Clause of the text it rests on.
    words : str
        The words of the text, as quoted.
    provisions : tuple of str
        Catalogue rows it answers for.
    note : str
        What a reader should know besides.
    """

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


def walk(data: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """List every element of a policy file under its path, such as ``rounds.2.zone``."""
    for key, item in data.items():
        path = f"{where}.{key}".lstrip(".")
        if isinstance(item, dict):
            yield path, item
            yield from walk(item, path)
        elif isinstance(item, list):
            for number, entry in enumerate(item, 1):
                if isinstance(entry, dict):
                    name = next((entry[word] for word in ("id", "name", "rule", "use", "title") if word in entry), "")
                    yield f"{path}.{number}.{name}".rstrip("."), entry
                    yield from walk(entry, f"{path}.{number}.{name}".rstrip("."))
