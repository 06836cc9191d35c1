"""What a rule file adds to the vocabulary for itself: columns, measures and facts that no other notice asks for.

``[columns.TABLE.NAME]`` declares a column of a table; it becomes evidence of the child under the prefix of its
table. ``[measures.NAME]`` makes a number of a date, ``[define.NAME]`` a fact: ``answers`` with their Chinese,
``when`` a list of answers with their conditions (the first that holds decides), ``otherwise`` the answer where
none does. A fact whose answer hangs on a blank is not known; ``unknown`` says which answer stands for that, and
without it the child's papers are incomplete and what is missing is named. A line of a fact or of the table of points
with ``when`` is in force only under those values of parameters: two readings of a text that has both.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from zhaosheng_analysis.geodata import Declared, Record, declared
from zhaosheng_analysis.policy import conditions
from zhaosheng_analysis.policy.conditions import Condition
from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.policy.measures import COUNTS, FILED, HOLDERS, MADE, UNITS, Measure
from zhaosheng_analysis.policy.measures import TAKES as STRETCHES
from zhaosheng_analysis.policy.points import TAKES, UNKNOWNS, WHOSE, Group, Item, Points
from zhaosheng_analysis.policy.vocabulary import CHILD, PAIR, Column, Fact
from zhaosheng_analysis.schema import TABLES, Faults, keys, near

#: Tables that may be given columns of their own, and the prefixes under which the evidence knows them: what is written
#: on a home is known of the home that counts (``home_``) and of the rented one (``rent_``), and so on.
PREFIXES = {
    "children": ("",),
    "homes": ("home_", "rent_"),
    "hukou": ("hukou_", "guardian_hukou_"),
    "permits": ("permit_",),
    "applications": ("applied_",),
}
#: Numbers of a school's plan that conditions on it may name, and how they take the kinds of its table.
_PLANNED = ("seats_n", "reserved_n", "classes_n", "class_size_n")
# What is made of a child beside its papers, and digits of a key.
_MADE = ("group", "key_by", "ticket", "status", "status_clause", "clause", "missing", "unanswered")
_AS_ASKED = {"one_of": "choice", "place": "choice", "moment": "date", "timestamp": "date"}
_POINTS = {
    **dict.fromkeys(("label", "clause", "unknown", "words"), str),
    **dict.fromkeys(("items", "groups"), tuple[keys.Table, ...]),
    "decimals": int,
    "provisions": keys.Strings,
}
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ITEM = {
    **dict.fromkeys(("measure", "of", "group", "words"), str),
    **dict.fromkeys(("points", "per", "cap"), float),
    "if": keys.Table,
    "when": keys.Table,
    "provisions": keys.Strings,
}


def evidence(item: Declared) -> dict[str, Column]:
    """Return the columns of the evidence a declared column becomes: one for each paper its table is read for.

    Parameters
    ----------
    item : Declared
        A column of the rule file.

    Returns
    -------
    dict of str to Column
        None for what is no paper of a child (plans, schools): rounds ask for it as ``school.NAME``.
    """
    named = [f"{prefix}{item.name}" for prefix in PREFIXES.get(item.table, ())]
    return {name: _column(name, item) for name in named}


def _column(name: str, item: Declared) -> Column:
    """Return a declared column under the name conditions know it by."""
    said = tuple(item.choices.items())
    return Column(name, item.label, item.kind, item.blank, tuple(item.choices), said)


@dataclass(frozen=True)
class Defined:
    """A fact of this rule file, made of conditions.

    Attributes
    ----------
    fact : Fact
        Name, label and answers, as for the facts of the vocabulary.
    when : tuple of (str, Condition)
        Answer and condition in the order of the file; the first that holds decides.
    otherwise : str
        Answer where none holds.
    unknown : str
        Answer where that is not known; empty: the papers are incomplete.
    clause : str
        Where the text asks for it.
    under : tuple of dict
        Values of parameters under which each line of `when` is in force; of the same length.
    announce : bool
        Whether every family is told the answer, be it that nothing else hangs on it.
    windows : dict of str to str
        Answer -> the window in which it takes place.
    """

    fact: Fact
    when: tuple[tuple[str, Condition], ...]
    otherwise: str
    unknown: str = ""
    clause: str = ""
    under: tuple[Mapping[str, Any], ...] = ()
    announce: bool = False
    windows: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it looks at, each once."""
        return tuple(dict.fromkeys(name for _, condition in self.when for name in condition.columns))


@dataclass(frozen=True)
class Declarations:
    """Everything a rule file adds to the vocabulary.

    Attributes
    ----------
    columns : tuple of Declared
        Columns of the district's tables.
    records : dict of str to Record
        Kinds of records, by code.
    measures : dict of str to Measure
        Numbers made of dates and records.
    facts : dict of str to Defined
        Facts, in the order of the file; a later one may ask an earlier one.
    points : Points
        The table of points; without lines where there is none.
    """

    columns: tuple[Declared, ...] = ()
    records: dict[str, Record] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    facts: dict[str, Defined] = field(default_factory=dict)
    points: Points = field(default_factory=Points)


def read(
    data: Mapping[str, Any],
    dates: Mapping[str, Date],
    usual: Mapping[str, Column],
    facts: Mapping[str, Fact],
    tiers: tuple[str, ...],
    *,
    file: str,
    faults: Faults,
) -> Declarations:
    """Read what a rule file declares for itself, and refuse what points nowhere.

    Parameters
    ----------
    data : mapping
        The rule file.
    dates : mapping of str to Date
        Its dates.
    usual : mapping of str to Column
        Columns every rule file may name.
    facts : mapping of str to Fact
        Facts every rule file may name.
    tiers : tuple of str
        Its tiers, which points may ask.
    file : str
        For the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    Declarations
        What was made.
    """
    taken = {**usual, **facts, **CHILD, **PAIR, "tier": None, "points": None}  # what conditions may name already
    own = _columns(data.get("columns", {}), taken | dict.fromkeys(_MADE), file, faults)
    kinds = declared.records(data.get("records", {}), file, faults)
    columns = dict(usual) | {name: column for item in own for name, column in evidence(item).items()}
    measures = _measures(data.get("measures", {}), columns, kinds, dates, file, faults)
    for name in sorted(set(measures) & set(taken) - set(columns)):
        faults.add(f"{file} [measures.{name}]", f"「{name}」已是通用的词", "", "请换一个名字")
    columns |= {name: Column(name, item.label, "number") for name, item in measures.items()}
    columns |= {name: as_column(fact) for name, fact in facts.items()}
    defined: dict[str, Defined] = {}
    for name, item in declared.tables(data.get("define", {}), f"{file} [define]", faults):
        where = f"{file} [define.{name}]"
        if name in taken or name in columns:
            faults.add(where, f"「{name}」已是通用的词", "", "请换一个名字")
        definition = _defined(name, item, columns, dates, where, faults)
        if definition:
            defined[name] = definition
            columns[name] = as_column(definition.fact)
    columns["tier"] = Column("tier", "类别", "choice", values=tiers)
    of_pair = columns | PAIR | of_school(own, "school.")
    points = _points(data.get("points", {}), columns, of_pair, measures, dates, file, faults)
    return Declarations(own, kinds, measures, defined, points)


def of_school(own: Iterable[Declared], prefix: str = "") -> dict[str, Column]:
    """Return what may be asked of a school: its own table, the numbers of its plan, and what a file declares.

    Parameters
    ----------
    own : iterable of Declared
        Columns the file declares.
    prefix : str, default ""
        Put before every name: ``school.`` where a child is asked beside it.

    Returns
    -------
    dict of str to Column
        By name.
    """
    columns = dict(TABLES["schools"].columns) | {name: TABLES["plans"].columns[name] for name in _PLANNED}
    kinds = {name: _AS_ASKED.get(column.kind, column.kind) for name, column in columns.items()}
    columns |= {item.name: item for item in own if item.table in ("schools", "plans")}
    return {
        prefix + name: Column(
            prefix + name,
            column.label,
            kinds.get(name, column.kind),
            None,
            tuple(column.choices),
            tuple(column.choices.items()),
        )
        for name, column in columns.items()
    }


def in_force(made: Declarations, holds: Callable[[Mapping[str, Any]], bool]) -> Declarations:
    """Leave out the lines of facts and points that the parameters switch off.

    Parameters
    ----------
    made : Declarations
        Everything the file declares.
    holds : callable
        Tells whether parameters have the values of a ``when``.

    Returns
    -------
    Declarations
        What counts.
    """
    facts = {}
    for name, item in made.facts.items():
        kept = [place for place, needs in enumerate(item.under) if holds(needs)]
        lines, needs = ([some[place] for place in kept] for some in (item.when, item.under))
        facts[name] = replace(item, when=tuple(lines), under=tuple(needs))
    items = tuple(item for item in made.points.items if holds(item.when))
    return replace(made, facts=facts, points=replace(made.points, items=items))


def switched(made: Declarations) -> list[tuple[str, Mapping[str, Any]]]:
    """List the lines that hang on parameters, with the values they ask for.

    Parameters
    ----------
    made : Declarations
        Everything the file declares.

    Returns
    -------
    list of (str, mapping)
        Where a line stands, and its ``when``.
    """
    lines = [
        (f"[define.{name}] when 第{number}项", needs)
        for name, item in made.facts.items()
        for number, needs in enumerate(item.under, 1)
    ]
    return [*lines, *((f"[points] items（{item.id}）", item.when) for item in made.points.items)]


def as_column(fact: Fact) -> Column:
    """Return a fact as a column that conditions may name.

    Parameters
    ----------
    fact : Fact
        A fact of the vocabulary or of the file.

    Returns
    -------
    Column
        A closed list of its answers.
    """
    return Column(fact.name, fact.label, "choice", values=tuple(fact.answers))


def _columns(data: Any, taken: Mapping[str, Any], file: str, faults: Faults) -> tuple[Declared, ...]:
    own = declared.read(data, file, faults)
    for item in own:
        double = [name for name in evidence(item) if name in taken]
        if double:
            where = f"{file} [columns.{item.table}.{item.name}]"
            faults.add(where, f"「{double[0]}」已是通用的列", "", "请直接使用它，或换一个名字")
    return own


def _measures(
    data: Any,
    columns: Mapping[str, Column],
    kinds: Mapping[str, Record],
    dates: Mapping[str, Date],
    file: str,
    faults: Faults,
) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for name, item in declared.tables(data, f"{file} [measures]", faults):
        where = f"{file} [measures.{name}]"
        if name in columns:
            faults.add(where, f"「{name}」已是列名", "", "请换一个名字")
        item = {("since" if key == "from" else key): value for key, value in item.items()}
        if isinstance(item.get("records"), str):
            item["records"] = [item["records"]]
        if isinstance(item.get("parts"), list):
            item["parts"] = dict.fromkeys(item["parts"], 1.0)
        made = keys.read(Measure, item, where=where, faults=faults)
        if made is not None:
            _judge_measure(made, columns, measures, kinds, dates, where, faults)
            measures[name] = made
    return measures


def _judge_measure(
    made: Measure,
    columns: Mapping[str, Column],
    before: Mapping[str, Measure],
    kinds: Mapping[str, Record],
    dates: Mapping[str, Date],
    where: str,
    faults: Faults,
) -> None:
    """Refuse a measure that counts from nowhere, or whose words are none of those there are."""
    _one_of("of", made.of, {**UNITS, **MADE, **FILED}, where, faults)
    _one_of("count", made.count, COUNTS, where, faults)
    _one_of("unknown", made.unknown, UNKNOWNS, where, faults)
    said = [key for key, value in (("from", made.since), ("records", made.records), ("parts", made.parts)) if value]
    if made.of in FILED:
        if said:
            faults.add(where, f"写了 {'、'.join(said)}", f'of = "{made.of}" 数的是报名表，不写来源', "请删去")
        return
    wanted = ["parts"] if made.of in MADE else ["from", "records"]
    if len(said) != 1 or said[0] not in wanted:
        faults.add(
            where,
            f"写了 {'、'.join(said) or '零项来源'}",
            f'of = "{made.of}" 须写且只写 {" 或 ".join(wanted)}',
            "请改正",
        )
        return
    if made.parts:
        if made.unknown != "ask":
            todo = "请写在各项量度上"
            faults.add(f"{where}「unknown」", f'写成了 "{made.unknown}"', "由别的数算出的量度，缺不缺看那些数", todo)
        numbers = [*before, *(name for name, column in columns.items() if column.kind in ("number", "whole", "share"))]
        for part in made.parts:
            _one_of("parts", part, numbers, where, faults)
        return
    _one_of("until", made.until, dates, where, faults)
    if made.since:
        days = [name for name, column in columns.items() if column.kind in ("date", "moment")]
        _one_of("from", made.since, days, where, faults)
        return
    for kind in made.records:
        _one_of("records", kind, kinds, where, faults)
    _one_of("holder", made.holder, HOLDERS, where, faults)
    _one_of("take", made.take, STRETCHES, where, faults)
    if made.gap_months < 0:
        faults.add(f"{where}「gap_months」", f"写成了 {made.gap_months}", "不小于 0 的整数", "请改正")


def _defined(
    name: str, item: Any, columns: Mapping[str, Column], dates: Mapping[str, Date], where: str, faults: Faults
) -> Defined | None:
    """Read one fact."""
    must = {"label": str, "answers": dict[str, str], "when": tuple[keys.Table, ...], "otherwise": str}
    may = {"unknown": str, "clause": str, "words": str, "provisions": keys.Strings}
    may |= {"announce": bool, "windows": dict[str, str]}
    if not keys.judge(item, must, may, where=where, faults=faults):
        return None
    answers, when, under = item["answers"], [], []
    for number, part in enumerate(item["when"], 1):
        at = f"{where} when 第{number}项"
        if keys.judge(part, {"answer": str, "if": keys.Table}, {"when": keys.Table}, where=at, faults=faults):
            _one_of("answer", part["answer"], answers, at, faults)
            when.append((part["answer"], conditions.read(part["if"], columns, dates, at, faults)))
            under.append(part.get("when", {}))
    _one_of("otherwise", item["otherwise"], answers, where, faults)
    if item.get("unknown"):
        _one_of("unknown", item["unknown"], answers, where, faults)
    for answer in item.get("windows", {}):
        _one_of("windows", answer, answers, where, faults)
    idle = set(answers) - {answer for answer, _ in when} - {item["otherwise"], item.get("unknown")}
    if idle:
        faults.add(where, f"答案「{'、'.join(sorted(idle))}」永远不会出现", "", "请补一条 when 或删去")
    texts = {key: item.get(key, "") for key in ("unknown", "clause")}
    fact = Fact(name, item["label"], answers)
    texts |= {"announce": item.get("announce", False), "windows": item.get("windows", {})}
    return Defined(fact, tuple(when), item["otherwise"], under=tuple(under), **texts)


def _points(
    data: Any,
    columns: Mapping[str, Column],
    of_pair: Mapping[str, Column],
    measures: Mapping[str, Measure],
    dates: Mapping[str, Date],
    file: str,
    faults: Faults,
) -> Points:
    where = f"{file} [points]"
    if not keys.judge(data, {}, _POINTS, where=where, faults=faults):
        return Points()
    groups = [
        keys.read(Group, item, where=f"{where} groups 第{number}项", faults=faults)
        for number, item in enumerate(data.get("groups", ()), 1)
    ]
    groups = tuple(group for group in groups if group)
    for group in groups:
        _one_of("take", group.take, TAKES, f"{where} groups（{group.id}）", faults)
    names = [group.id for group in groups]
    items = [
        _item(item, number, of_pair if _of_pair(item) else columns, measures, names, dates, where, faults)
        for number, item in enumerate(data.get("items", ()), 1)
    ]
    items = tuple(item for item in items if item)
    ids = [item.id for item in items]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        faults.add(where, f"积分项编号「{name}」重复", "每项一个编号", "请改名")
    made = Points(**{**data, "items": items, "groups": groups})
    _one_of("unknown", made.unknown, UNKNOWNS, where, faults)
    return made


def _of_pair(item: Any) -> bool:
    """Tell whether a line of points depends on the school applied to."""
    return isinstance(item, Mapping) and item.get("of") == "pair"


def _item(
    item: Any,
    number: int,
    columns: Mapping[str, Column],
    measures: Mapping[str, Measure],
    groups: list[str],
    dates: Mapping[str, Date],
    file: str,
    faults: Faults,
) -> Item | None:
    """Read one line of the table of points."""
    where = f"{file} items 第{number}项（{item.get('id', '未命名')}）"
    item, parts = _shared(item, where, faults)
    if not keys.judge(item, {"id": str, "label": str, "clause": str}, _ITEM, where=where, faults=faults):
        return None
    condition = conditions.read(item.get("if", {}), columns, dates, where, faults)
    made = Item(**{key: value for key, value in item.items() if key != "if"}, condition=condition, parts=parts)
    _one_of("of", made.of, WHOSE, where, faults)
    if made.group:
        _one_of("group", made.group, groups, where, faults)
    if made.measure:
        numbers = [
            *measures,
            *(name for name, column in columns.items() if column.kind in ("number", "whole", "share")),
        ]
        _one_of("measure", made.measure, numbers, where, faults)
    if bool(made.per) != bool(made.measure) or bool(made.points) == bool(made.measure):
        faults.add(where, "分值写得不全", "写 points，或写 per 和 measure（可再写 cap）", "请改正")
    return made


def _shared(item: Mapping[str, Any], where: str, faults: Faults) -> tuple[Mapping[str, Any], tuple[float, ...]]:
    """Return a line of points with its ``per`` as a number, and the two it is made of where it is a share: "4/12"."""
    per = item.get("per")
    if not isinstance(per, str):
        return item, ()
    match = _SHARE.fullmatch(per.strip())
    if match is None or not float(match[2]):
        remedy = "不是分数的，去掉引号" if _NUMBER.fullmatch(per.strip()) else "请改正"
        faults.add(f"{where}「per」", f"写成了 {keys.shown(per)}", '一个数，或写成分数，如每12个月4分写 "4/12"', remedy)
        return {**item, "per": 1.0}, ()
    parts = float(match[1]), float(match[2])
    return {**item, "per": parts[0] / parts[1]}, parts


def _one_of(key: str, value: str, allowed: Any, where: str, faults: Faults) -> None:
    """Refuse a word that is not one of some."""
    if value not in allowed:
        faults.add(f"{where}「{key}」", f"写成了「{value}」", conditions.some(allowed), near(value, allowed))
