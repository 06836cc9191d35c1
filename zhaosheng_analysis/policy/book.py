"""A district's admission rules on a given day: one TOML a district and year, read, checked and proved complete.

What comes in is a file a bureau can sign beside its notice; what goes out is a frozen `Policy`. A file with a gap, an
overlap, an unknown word or a quotation that is not in the notice is refused, with every fault in one message.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from zhaosheng_analysis import disk
from zhaosheng_analysis.geodata import District, declared
from zhaosheng_analysis.policy import (
    decision_table,
    declarations,
    elements,
    grammar,
    proof,
    quotations,
    sense,
    shapes,
    steering,
    vocabulary,
)
from zhaosheng_analysis.policy.decision_table import Table
from zhaosheng_analysis.schema import Column, DataError, Fault, Faults, keys, near

FOLDER = Path(__file__).parents[1] / "policies"
_NO_DEFAULT = object()
_LISTS = grammar.LISTS
# Elements that stand under a name of their own.
_NAMED = {name: grammar.NAMED[name] for name in ("dates", "catalogue", "audit")}
_SINGLE = grammar.SINGLE
_KEYS = ("id", "district", "kind", "title", "intake_year", "issued_on", "number", "note", "partners")
_NEEDED = ("id", "kind", "title")
_KINDS = ("admission", "audit", "forecast")
# Rules of a district and year, read from its text; a file of assumptions only (kind forecast) has none of these.
_OF_A_TEXT = ("district", "intake_year", "source")
#: What a district without a rule file is forecast by.
NEUTRAL = "national-neutral"
_SECTIONS = (
    *_SINGLE,
    *_NAMED,
    "quotes",
    "columns",
    "records",
    "measures",
    "define",
    "points",
    "facts",
    "tiers",
    "rounds",
)
# Parameters of class sizes and warning levels -> the number of [capacity] or [warning] they set.
_SIZES = {"class.base_primary": "primary", "class.base_junior": "junior"}
_LIMITS = {"class.oversized": "oversized", "class.super_oversized": "super_oversized"}
_LEVELS = {"warning.yellow": "yellow", "warning.red": "red", "warning.surplus": "surplus"}
_OWN_HOME = {
    "owners": ["parent", "child"],
    "evidence": ["title", "web_contract", "presale", "resettlement"],
    "clause": "",
}


@dataclass(frozen=True)
class Policy:
    """The rules of one district and year.

    Attributes
    ----------
    id : str
        Id of the file.
    district : str
        Slug of the district.
    kind : {"admission", "audit", "forecast"}
        Rules of an intake, or a checklist.
    title : str
        Title of the text.
    intake_year : int
        September it is for.
    issued_on : date or None
        Day of issue, where the text has one.
    source : Source
        The text that was read.
    file : str
        Where the rules were read from.
    dates : dict of str to Date
        The dates the rules compare with, by name.
    windows : tuple of Window
        Stretches of the calendar.
    home : Home
        What counts as a home.
    declared : Declarations
        Columns, measures, facts and points that only this file knows, as the parameters have them.
    written : Declarations
        The same as written, whatever the parameters say.
    facts : dict of str to tuple of str
        The values each fact may have, in the order of the file.
    table : Table or None
        The tier table; None for an audit policy.
    answer : ndarray of uint8 or None
        The row of the table that answers each cell (`decision_table.compile_rows`).
    residence : tuple of Residence
        How the school a child belongs to is chosen; the first way that applies decides.
    checks : tuple of Check
        Tests of the registration itself.
    rounds : tuple of dict of str to object
        Tables as in the file, in the order of the text; `rounds` (of admission) says what they may hold.
    pools : tuple of Pool
        Schools that fill their seats in one order.
    stages : Stages
        Grades of each stage, where the file says them.
    lock : Lock or None
        How long a dwelling is locked; None where the text does not say.
    parameters : dict of str to Parameter
        What the text leaves open, by full name.
    chosen : dict of str to object
        The value in force of each parameter.
    changed : tuple of str
        The parameters set by the caller.
    not_modelled : tuple of NotModelled
        What the text says and the program does not do.
    unseen : tuple of Unseen
        Documents the text refers to and nobody here has read.
    capacity : Capacity
        Class sizes.
    warning : Levels
        Levels of the early warning.
    cases : tuple of Case
        Named children with the tier, clause and school they must get.
    words_checked : bool
        Whether every quotation was looked up in the source text.
    questions : tuple of Question
        Questions of an audit policy.
    duties : tuple of Duty
        Duties of an audit policy.
    catalogue : dict of str to Provision
        What the text lays down, row by row.
    audit : dict of str to Audited
        What of an audit rule is the text's own.
    redraw : tuple of Redraw
        What the text forbids a redraw of zones.
    notes : tuple of Note
        How the text is read where there is one way only.
    named : dict of str to str
        The parameter of this file that sets each parameter of the package.
    settled : dict of str to object
        Values of parameters of the package that the notes give.
    city : bool
        Whether its conditions ask for places elsewhere in the city.
    number : str or None
        Number of the document.
    note : str or None
        Of the document.
    partners : tuple of tuple of str
        Counties that take each other's home owners as migrants.
    provisions : dict of str to tuple of str
        The catalogue rows each element of the file answers for.
    citations : tuple of tuple of str, length 3
        Every element with the clause it names and its words of the text.
    """

    id: str
    district: str
    kind: str
    title: str
    intake_year: int
    issued_on: date | None
    source: elements.Source
    file: str
    dates: dict[str, elements.Date]
    windows: tuple[elements.Window, ...]
    home: elements.Home
    declared: declarations.Declarations
    written: declarations.Declarations
    facts: dict[str, tuple[str, ...]]
    table: Table | None
    answer: np.ndarray | None
    residence: tuple[elements.Residence, ...]
    checks: tuple[elements.Check, ...]
    rounds: tuple[dict[str, Any], ...]
    pools: tuple[elements.Pool, ...]
    stages: elements.Stages
    lock: elements.Lock | None
    parameters: dict[str, elements.Parameter]
    chosen: dict[str, Any]
    changed: tuple[str, ...]
    not_modelled: tuple[elements.NotModelled, ...]
    unseen: tuple[elements.Unseen, ...]
    capacity: elements.Capacity
    warning: elements.Levels
    cases: tuple[elements.Case, ...]
    words_checked: bool
    questions: tuple[elements.Question, ...]
    duties: tuple[elements.Duty, ...]
    catalogue: dict[str, elements.Provision]
    audit: dict[str, elements.Audited]
    redraw: tuple[elements.Redraw, ...]
    notes: tuple[elements.Note, ...]
    named: dict[str, str]
    settled: dict[str, Any]
    city: bool
    number: str | None
    note: str | None
    partners: tuple[tuple[str, ...], ...]
    provisions: dict[str, tuple[str, ...]]
    citations: tuple[quotations.Citation, ...]

    @property
    def words(self) -> dict[str, vocabulary.Fact]:
        """Facts the file may ask, its own among them: name -> label and answers."""
        return vocabulary.FACTS | {name: item.fact for name, item in self.declared.facts.items()}

    @property
    def evidence(self) -> dict[str, vocabulary.Column]:
        """Columns of the evidence, those of the file among them, by name."""
        own = {name: column for item in self.declared.columns for name, column in declarations.evidence(item).items()}
        counted = {
            name: vocabulary.Column(name, item.label, "whole")
            for name, item in self.declared.measures.items()
            if item.records
        }
        return vocabulary.EVIDENCE | own | counted

    @property
    def tells_city(self) -> bool:
        """Whether the file tells the rest of the city from what lies beyond it."""
        return self.city or any("city" in values for values in self.facts.values())

    @property
    def askable(self) -> dict[str, vocabulary.Column]:
        """What the conditions on a child may name before it has a tier: evidence, measures and facts."""
        numbers = {name: vocabulary.Column(name, it.label, "number") for name, it in self.declared.measures.items()}
        answers = {name: declarations.as_column(fact) for name, fact in self.words.items()}
        return self.evidence | numbers | answers

    @property
    def columns(self) -> dict[str, tuple[Column, ...]]:
        """Columns this file adds to the tables of its district, by table."""
        return declared.columns(self.declared.columns, self.declared.records)

    @property
    def school_system(self) -> str:
        """Name of the school system the file says; empty where it says none."""
        return declared.system(vars(self.stages), self.file, Faults())

    @property
    def asked_in_rounds(self) -> tuple[str, ...]:
        """Facts the rounds name, in the order of the file."""
        return tuple(dict.fromkeys(name for name in _mentioned(self.rounds) if name in self.words))

    def parameter(self, name: str, default: Any = _NO_DEFAULT) -> Any:
        """Return the value in force of a parameter, by its own name, or by that of the package it sets.

        Parameters
        ----------
        name : str
            Name of the parameter.
        default : object, optional
            Value where there is no such parameter.

        Returns
        -------
        object
            The value in force.

        Raises
        ------
        DataError
            There is no such parameter, and no default was given.
        """
        full = self.named.get(name, name)
        if full in self.chosen:
            return self.chosen[full]
        if name in self.settled:
            return self.settled[name]
        if default is not _NO_DEFAULT:
            return default
        raise DataError(_unknown(self.file, "参数", name, self.chosen))

    def date(self, name: str, default: Any = _NO_DEFAULT) -> date | datetime:
        """Return a date the rules compare with.

        Parameters
        ----------
        name : str
            Name of the date.
        default : object, optional
            Value where there is no such date.

        Returns
        -------
        date or datetime
            The date.

        Raises
        ------
        DataError
            There is no such date, and no default was given.
        """
        if name in self.dates:
            return self.dates[name].on
        if default is not _NO_DEFAULT:
            return default
        raise DataError(_unknown(self.file, "日期", name, self.dates))

    def window(self, name: str, *, stage: str = "", sector: str = "", channel: str = "") -> tuple[elements.Window, ...]:
        """Return the windows of a name that are open to a stage, sector and channel (empty: any).

        Parameters
        ----------
        name : str
            Name of the windows, such as registration.
        stage : str, optional
            Stage that is let in; any where empty.
        sector : str, optional
            Sector that is let in; any where empty.
        channel : str, optional
            Channel that is let in; any where empty.

        Returns
        -------
        tuple of Window
            The windows, in the order of the file.

        Raises
        ------
        DataError
            No window has that name.
        """
        named = [item for item in self.windows if item.name == name]
        if not named:
            raise DataError(_unknown(self.file, "时间窗口", name, {item.name for item in self.windows}))
        asked = {"stage": stage, "sector": sector, "channel": channel}
        return tuple(item for item in named if all(_open_to(getattr(item, key), value) for key, value in asked.items()))

    def holds(self, when: Mapping[str, Any]) -> bool:
        """Tell whether ``parameter = value`` conditions hold (a list of values: one of them).

        Parameters
        ----------
        when : mapping of str to object
            Wanted value of each parameter; a list of values means one of them.

        Returns
        -------
        bool
            Whether all of them hold.
        """
        wanted = {name: value if isinstance(value, list | tuple) else [value] for name, value in when.items()}
        return all(self.parameter(name) in values for name, values in wanted.items())


def _mentioned(value: Any) -> Iterator[str]:
    """List the words of a value of a round, keys and texts alike."""
    if isinstance(value, str):
        yield value.removeprefix("-")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield key
            yield from _mentioned(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _mentioned(part)


def _open_to(listed: tuple[str, ...], value: str) -> bool:
    return not value or not listed or value in listed


def _unknown(where: str, what: str, name: str, allowed: Any) -> Fault:
    return Fault(where, f"没有{what}「{name}」", f"可用：{'、'.join(sorted(allowed))}", near(name, allowed))


def names() -> list[str]:
    """List the policies of the package.

    Returns
    -------
    list of str
        Their ids, sorted.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.names()
    ['laoting-2025', 'pingcheng-2024', 'quzhou-2022', 'taobei-2024', 'zhanhe-2024']
    """
    return sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != NEUTRAL)


def load(
    name: str | Path,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    sources: str | Path | None = None,
    beside: str | Path | None = None,
) -> Policy:
    """Read a policy, check every word of it and prove its tier table.

    Parameters
    ----------
    name : str or Path
        Id of a policy of the package or path of a TOML file.
    set : mapping of str to object, optional
        Values of parameters to use instead of the defaults.
    sources : str, Path, optional
        Folder with the source texts; by default the environment variable ZHAOSHENG_SOURCES. With it, the stored hash
        must match the text and every `words` must occur in it.
    beside : str or Path, optional
        Folder of a district's data: a policy file in it (``NAME.toml``) goes before those of the package.

    Returns
    -------
    Policy
        The rules, proved.

    Raises
    ------
    DataError
        With every fault of the file, each naming the element.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025", set={"cutoff.inclusive": False})
    >>> rules.kind, rules.intake_year, rules.changed
    ('admission', 2025, ('cutoff.inclusive',))
    """
    faults = Faults()
    policy = judged(name, faults, set=set, sources=sources, beside=beside)
    faults.raise_if_any()
    return policy


def judged(
    name: str | Path,
    faults: Faults,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002
    sources: str | Path | None = None,
    beside: str | Path | None = None,
) -> Policy | None:
    """Read a policy as `load` does, and note its faults, those of its words and clauses among them.

    Parameters
    ----------
    name : str or Path
        Id of a policy of the package or path of a TOML file.
    faults : Faults
        Collects what is wrong.
    set, sources, beside : optional
        As for `load`.

    Returns
    -------
    Policy or None
        The rules, not to be used where a fault was noted; None where they could not be read so far.

    Raises
    ------
    DataError
        There is no such file, or it is no TOML.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> faults = zs.schema.Faults()
    >>> zs.policy.judged("laoting-2025", faults).id, faults.found
    ('laoting-2025', [])
    """
    path = _find(str(name), beside)
    policy = _build(disk.read(path, expected="须为规则文件（TOML）"), path.name, dict(set or {}), faults)
    folder = sources or os.environ.get("ZHAOSHENG_SOURCES")
    if policy is None or not folder or not policy.source.file:
        return policy
    quotations.check(policy, Path(folder), faults)
    return replace(policy, words_checked=True)


def of(district: District, name: str = "", **options: Any) -> Policy:
    """Read the rules of a district: those asked for, else those its folder names, else assumptions that fit any.

    Parameters
    ----------
    district : District
        The district.
    name : str, optional
        Id or file of the rules, where not those the folder names are meant.
    **options : object
        As for `load`.

    Returns
    -------
    Policy
        The rules, proved. Without any the neutral ones (``national-neutral``), for the intake year of the folder.

    Raises
    ------
    DataError
        As for `load`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.of(zs.demo.nine_plots()).id
    'laoting-2025'
    """
    rules = load(name or district.about.get("policy") or NEUTRAL, **options)
    _same_stages(rules, district)
    if rules.kind != "forecast":
        return rules
    return replace(rules, district=district.id, intake_year=int(district.about["intake_year"]))


def _same_stages(rules: Policy, district: District) -> None:
    """Refuse rules whose stages have other grades than the schools of the district."""
    told = rules.school_system
    if told and told != district.school_system.name:
        found = f"[stages] 是{told}学制，{district.name}的数据是{district.school_system.name}学制"
        remedy = "请在数据说明（about）写明学制，或更正 [stages]"
        raise DataError(Fault(rules.file, found, "两处须一致", remedy))


def under(policy: Policy, chosen: Mapping[str, Any]) -> Policy:
    """Return the same policy with other parameter values, without reading it again.

    Parameters
    ----------
    policy : Policy
        A loaded policy.
    chosen : mapping of str to object
        Values of parameters, on top of the values in force.

    Returns
    -------
    Policy
        A copy with its tier table compiled anew; the one given stays as it is.

    Raises
    ------
    DataError
        Unknown parameters, or values outside the options.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.load("laoting-2025")
    >>> zs.policy.under(rules, {"cutoff.inclusive": False}).parameter("cutoff.inclusive")
    False
    >>> rules.parameter("cutoff.inclusive")
    True
    """
    faults = Faults()
    changed = {name: policy.chosen[name] for name in policy.changed} | dict(chosen)
    values = proof.choose(policy.parameters, changed, policy.notes, policy.file, faults)
    faults.raise_if_any()
    answer = None if policy.table is None else decision_table.compile_rows(policy.table, values)
    return _steered(replace(policy, chosen=values, changed=tuple(sorted(changed)), answer=answer))


def as_if_in(policy: Policy, year: int) -> Policy:
    """Return the rules as they would read in another year: every date and window so many years earlier or later.

    So the rules of two years are compared on the same children.

    Parameters
    ----------
    policy : Policy
        A loaded policy.
    year : int
        September of the other intake.

    Returns
    -------
    Policy
        The same where it is that year's.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rules = zs.policy.as_if_in(zs.policy.load("laoting-2025"), 2026)
    >>> rules.intake_year, rules.date("age").year - zs.policy.load("laoting-2025").date("age").year
    (2026, 1)
    """
    years = year - policy.intake_year

    def moved(on: Any) -> Any:
        if not isinstance(on, date):
            return on
        leap = (on.month, on.day) == (2, 29)  # the last day of February stays the last
        return (on.replace(day=28) if leap else on).replace(year=on.year + years)

    if not years:
        return policy
    dates = {name: replace(item, on=moved(item.on)) for name, item in policy.dates.items()}
    # The holidays of another year are not known: its days off are left out.
    off = {"closed_on": (), "weekends": True, "open_on": ()}
    windows = tuple(replace(item, opens=moved(item.opens), closes=moved(item.closes), **off) for item in policy.windows)
    return replace(policy, intake_year=year, dates=dates, windows=windows)


def _steered(policy: Policy) -> Policy:
    """Let the parameters set the numbers of [capacity] and [warning], and say which lines of facts and points hold."""

    def set_by(names: Mapping[str, str]) -> dict[str, Any]:
        values = {field: policy.parameter(name, None) for name, field in names.items()}
        return {field: value for field, value in values.items() if value is not None}

    said = dict(policy.capacity.standard) | set_by(_SIZES)
    silent = () if set(elements.NATIONAL) <= set(said) else ("standard",)
    assumed = tuple(dict.fromkeys((*policy.capacity.assumed, *silent)))
    capacity = replace(policy.capacity, standard=elements.NATIONAL | said, assumed=assumed, **set_by(_LIMITS))
    declared_ = declarations.in_force(policy.written, policy.holds)
    return replace(policy, capacity=capacity, warning=replace(policy.warning, **set_by(_LEVELS)), declared=declared_)


def _find(name: str, beside: str | Path | None) -> Path:
    file = name if name.endswith(".toml") else f"{name}.toml"
    places = [*([Path(file)] if file == name else []), *([Path(beside) / file] if beside else []), FOLDER / file]
    existing = next((path for path in places if path.is_file()), None)
    here = declared.beside(Path(beside)) if beside else None
    # A bureau's own version of rules of the package, under the same id, is the one that is meant.
    if here is not None and (existing is None or (file != name and _own_id(here) == name)):
        return _named_so(here, name)
    if existing:
        return existing
    own = sorted(path.stem for path in Path(beside).glob("*.toml")) if beside else []
    raise DataError(_unknown("政策", "文件", name, [*names(), *own]))


def _own_id(path: Path) -> str:
    """Return the id a rule file gives itself."""
    return str(disk.read(path, expected="须为规则文件（TOML）").get("id", ""))


def _named_so(path: Path, name: str) -> Path:
    """Return the rule file of a folder, if it is the one that was asked for."""
    own = _own_id(path)
    if name in ("", own):
        return path
    found = f"数据说明里的政策是「{name}」，文件夹里的 {path.name} 是「{own}」"
    raise DataError(Fault(path.name, found, "两处须一致", "请改 about 表的 policy 或文件的 id"))


def _build(data: dict[str, Any], file: str, chosen: dict[str, Any], faults: Faults) -> Policy | None:
    quoted = Faults()  # words that are not there keep nothing else from being judged
    data = quotations.spelled(data, file, quoted)
    policy = _made(data, file, chosen, faults)
    faults.found.extend(quoted.found)
    return policy


def _made(data: dict[str, Any], file: str, chosen: dict[str, Any], faults: Faults) -> Policy | None:
    """Make the rules of a file with its quotations in full; None where it cannot be read so far."""
    _check_keys(data, file, faults)
    if not shapes.sound(data, file, faults):
        return None
    read = _read_elements(data, file, faults)
    tiers = tuple(data.get("tiers", {}).get("order", ()))
    made = declarations.read(
        data, read["dates"], vocabulary.EVIDENCE, vocabulary.FACTS, tiers, file=file, faults=faults
    )
    words = vocabulary.FACTS | {name: item.fact for name, item in made.facts.items()}
    facts = {name: tuple(values) for name, values in data.get("facts", {}).items()}
    parameters = {item.name: item for item in read.pop("parameters")}
    proof.options_are_said(parameters, file, faults)
    values = proof.choose(parameters, chosen, read["notes"], file, faults)
    table = proof.table(data.get("tiers"), facts, words, parameters, file, faults)
    if faults.found:
        return None
    policy = Policy(
        **{key: data.get(key) for key in _KEYS if key != "partners"},
        **read,
        partners=tuple(tuple(pair) for pair in data.get("partners", ())),
        file=file,
        declared=made,
        written=made,
        facts=facts,
        table=table,
        answer=None if table is None else decision_table.compile_rows(table, values),
        rounds=tuple(data.get("rounds", ())),
        parameters=parameters,
        named=(named := steering.named(parameters, file, faults)),
        settled=steering.settled(read["notes"], named, file, faults),
        city="city" in {word for key in ("define", "checks", "points") for word in _mentioned(data.get(key, {}))},
        chosen=values,
        changed=tuple(sorted(chosen)),
        words_checked=False,
        provisions={path: _rows_named(item) for path, item in elements.walk(data) if "provisions" in item},
        citations=quotations.listed(data, table),
    )
    declared.system(data.get("stages", {}), f"{file} [stages]", faults)
    proof.names_are_known(policy, faults)
    proof.facts_have_what_they_need(policy, faults)
    proof.rows_are_known(policy, faults)
    sense.judge(policy, data, faults)
    proof.switches_are_known(policy, faults)
    steering.all_are_read(policy, faults)
    return policy if faults.found else _steered(policy)


def _check_keys(data: dict[str, Any], file: str, faults: Faults) -> None:
    """Refuse keys and sections nobody reads, and miss those that must be there."""
    keys.known_only(data, [*_KEYS, *_SECTIONS, *_LISTS], where=file, faults=faults)
    if data.get("kind", _KINDS[0]) not in _KINDS:
        found = f"kind 为 {keys.shown(data['kind'])}"
        faults.add(file, found, f"可用：{'、'.join(_KINDS)}", near(data["kind"], _KINDS) or "请改正")
    for key in (*_NEEDED, *(() if data.get("kind") == "forecast" else _OF_A_TEXT)):
        if key not in data:
            keys.missing(key, where=file, faults=faults)


def _read_elements(data: dict[str, Any], file: str, faults: Faults) -> dict[str, Any]:
    """Read what consists of the dataclasses of `elements`: lists, dates by name, and sections that stand once."""
    lists = {name: _read_list(kind, data.get(name, []), f"{file} [[{name}]]", faults) for name, kind in _LISTS.items()}
    named = {name: _read_named(kind, data.get(name, {}), file, name, faults) for name, kind in _NAMED.items()}
    given = {"home": _OWN_HOME} | data
    single = {
        name: keys.read(kind, given.get(name, {}), where=f"{file} [{name}]", faults=faults)
        for name, kind in _SINGLE.items()
        if name in given or name not in (*_NEEDED, "lock")
    }
    return {"lock": None, **lists, **named, **single}


def _read_named(kind: type, items: Any, file: str, section: str, faults: Faults) -> dict[str, Any]:
    """Read the elements of a section that stand under names of their own; nothing where one has faults."""
    if not isinstance(items, dict):
        faults.add(f"{file} [{section}]", "应写作 名称 = { … }")
        return {}
    given = _flat(items, {field.name for field in fields(kind)})
    read = {
        name: keys.read(kind, item, where=f"{file} [{section}.{name}]", faults=faults) for name, item in given.items()
    }
    return {name: element for name, element in read.items() if element is not None}


def _read_list(kind: type, items: Any, where: str, faults: Faults) -> tuple:
    if not isinstance(items, list):
        faults.add(where, "应写作 [[…]] 的列表")
        return ()
    read = [
        keys.read(kind, item, where=f"{where} 第{number}项{_called(item)}", faults=faults)
        for number, item in enumerate(items, 1)
    ]
    return tuple(item for item in read if item is not None)


def _flat(items: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """Put names with a dot together again, which TOML takes apart where they stand without quotation marks."""
    flat: dict[str, Any] = {}
    for name, item in items.items():
        inner = isinstance(item, dict) and item and not keys & set(item)
        if inner and all(isinstance(part, dict) for part in item.values()):
            flat |= {f"{name}.{rest}": part for rest, part in _flat(item, keys).items()}
        else:
            flat[name] = item
    return flat


def _called(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    label = next((item[key] for key in ("id", "name", "rule", "use", "title", "what") if key in item), "")
    return f"（{label}）" if label else ""


def _rows_named(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the catalogue rows one element names; the tiers name them by tier."""
    rows = item.get("provisions", [])
    return tuple(rows) if isinstance(rows, list) else tuple(row for some in rows.values() for row in some)


def catches(policy: Policy) -> list[str]:
    """List in Chinese the situations the residual tiers catch, each a block of facts.

    Shown in every report: a rule book is judged by what falls through it.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    list of str
        One line a block of situations; none for a policy without tiers.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.policy.catches(zs.policy.load("taobei-2024"))[0].split("：")[0]
    '不属于登记学校，退回原学区'
    """
    if policy.table is None:
        return []
    caught = []
    for tier in policy.table.residual:
        rows = [place for place, row in enumerate(policy.table.rows) if row.tier == tier]
        blocks = decision_table.merge(policy.table, np.isin(policy.answer, rows))
        caught += [f"{policy.table.labels[tier]}：{decision_table.in_words(block, policy.words)}" for block in blocks]
    return caught


def coverage(policy: Policy) -> Any:
    """Tabulate every catalogue row of the policy: where the file models it, or why it does not.

    Parameters
    ----------
    policy : Policy
        Rules of the intake.

    Returns
    -------
    object
        One row a provision of the catalogue: id, kind, clause, rule, element (empty when missing) and why (for rows not
        modelled).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> rows = zs.policy.coverage(zs.policy.load("laoting-2025"))
    >>> rows.loc[rows["id"].isin(["LT-25", "LT-80"]), ["id", "clause", "element"]]
           id    clause                                            element
    24  LT-25  二(三)1(1)                     dates.age、checks.2.age、notes.1
    79  LT-80     三(三)5  windows.18.lottery、windows.19.private_suppleme...
    """
    import pandas as pd

    catalogued = [(row, it.clause, "|".join(it.kinds), it.rule) for row, it in policy.catalogue.items()]
    rows = pd.DataFrame(catalogued, columns=["id", "clause", "kind", "rule"], dtype="str")
    where: dict[str, list[str]] = {}
    for element, ids in policy.provisions.items():
        for row in ids:
            where.setdefault(row, []).append(element)
    reasons = {row: item.why for item in policy.not_modelled for row in item.provisions}
    rows["element"] = rows["id"].map(lambda row: "、".join(where.get(row, [])))
    rows["why"] = rows["id"].map(lambda row: reasons.get(row, ""))
    return rows
