"""A rule book in force: the rules of one district and year, and what can be asked of them.

It is read in `loading`, made out of the tables of its file in `building`, and changed in `variants`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np

from zhaosheng_analysis.geodata import declared
from zhaosheng_analysis.policy import declarations, elements, quotations, vocabulary
from zhaosheng_analysis.policy.decision_table import Table
from zhaosheng_analysis.schema import Column, DataError, Fault, Faults, near

_NO_DEFAULT = object()


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
    answer : ndarray of uint16 or None
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

    @cached_property
    def words(self) -> dict[str, vocabulary.Fact]:
        """Facts the file may ask, its own among them: name -> label and answers."""
        return vocabulary.FACTS | {name: item.fact for name, item in self.declared.facts.items()}

    @cached_property
    def evidence(self) -> dict[str, vocabulary.Column]:
        """Columns of the evidence, those of the file among them, by name."""
        own = {name: column for item in self.declared.columns for name, column in declarations.evidence(item).items()}
        counted = {
            name: vocabulary.Column(name, item.label, "whole", default=0 if item.unknown == "zero" else None)
            for name, item in self.declared.measures.items()
            if item.given
        }
        return vocabulary.EVIDENCE | own | counted

    @property
    def tells_city(self) -> bool:
        """Whether the file tells the rest of the city from what lies beyond it."""
        return self.city or any("city" in values for values in self.facts.values())

    @cached_property
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

    @cached_property
    def asked_in_rounds(self) -> tuple[str, ...]:
        """Facts the rounds name, in the order of the file."""
        words = self.words
        return tuple(dict.fromkeys(name for name in mentioned(self.rounds) if name in words))

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
        raise DataError(unknown(self.file, "参数", name, self.chosen))

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
        raise DataError(unknown(self.file, "日期", name, self.dates))

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
            raise DataError(unknown(self.file, "时间窗口", name, {item.name for item in self.windows}))
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


def mentioned(value: Any) -> Iterator[str]:
    """List the words of a value of a rule file, keys and texts alike.

    Parameters
    ----------
    value : object
        Text, table or list as it stands in the file.

    Yields
    ------
    str
        Each key and text, in their order, without the sign of the other direction.
    """
    if isinstance(value, str):
        yield value.removeprefix("-")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield key
            yield from mentioned(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from mentioned(part)


def _open_to(listed: tuple[str, ...], value: str) -> bool:
    return not value or not listed or value in listed


def unknown(where: str, what: str, name: str, allowed: Iterable[str]) -> Fault:
    """Say that a name is not one of those there are.

    Parameters
    ----------
    where : str
        File that was asked.
    what : str
        What the name should be of, in Chinese.
    name : str
        The name.
    allowed : iterable of str
        Those there are.

    Returns
    -------
    Fault
        With all of them, and the one that was meant.
    """
    return Fault(where, f"没有{what}「{name}」", f"可用：{'、'.join(sorted(allowed))}", near(name, allowed))
