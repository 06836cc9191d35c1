"""Conditions of a rule file: what must hold of a row, said in one small language and answered yes, no or not known.

``{ home_at = "zone", home_share = ">= 0.51", dated_on = "by settled" }`` holds where all of it holds; ``any =
[{…}, {…}]`` where one of several does; ``not = {…}`` where something does not. A value is a word, a list of
words (one of them), true or false, a number, a comparison with a number or another column written as text, ``by
DATE`` or ``after DATE`` (a name of [dates]), ``known`` or ``unknown``. An empty cell is not known, and so is all that
hangs on it: neither yes nor no is made of a blank.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy.cells import Cells
from zhaosheng_analysis.policy.elements import Date
from zhaosheng_analysis.policy.vocabulary import Column
from zhaosheng_analysis.schema import Faults, keys, near

#: Answers, ordered so that "all of" is the smallest, "one of" the largest and "not" the mirror image.
NO, UNKNOWN, YES = 0, 1, 2

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_COMPARISON = re.compile(r"(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)")
_BESIDE = re.compile(r"(>=|<=|>|<|=)\s*([A-Za-z_][\w.]*)")
_KINDS: dict[str, Callable[[Any], bool]] = {
    "Float64": pd.api.types.is_numeric_dtype,
    "datetime64[us]": pd.api.types.is_datetime64_any_dtype,
}
_MOMENT = re.compile(r"(by|after)\s+(\w+)")
_NUMBERS = ("number", "whole", "share", "metres")
_DAYS = ("date", "moment", "timestamp")
SHOWN = 12  # words of a closed list that are written out in a message


@dataclass(frozen=True)
class Requirement:
    """One column and what it must be.

    Attributes
    ----------
    column : str
        Name of the column.
    kind : str
        ``words``, ``flag``, ``compare``, ``beside``, ``by``, ``after`` or ``known``.
    wanted : Any
        Words or numbers (one of them), truth values (one of them), (operator, number), (operator, other column), or a
        `Date`.
    """

    column: str
    kind: str
    wanted: Any


@dataclass(frozen=True)
class Condition:
    """What must hold of a row.

    Attributes
    ----------
    requirements : tuple of Requirement
        All of them must hold.
    any_of : tuple of Condition
        One of them must, where there are any.
    none_of : tuple of Condition
        None of them may.
    """

    requirements: tuple[Requirement, ...] = ()
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()

    @property
    def every(self) -> tuple[Requirement, ...]:
        """All requirements, those of its parts among them, each once, in the order of the file."""
        inner = [item for part in (*self.any_of, *self.none_of) for item in part.every]
        return tuple(dict.fromkeys([*self.requirements, *inner]))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it looks at, each once, in the order of the file."""
        inner = [name for part in (*self.any_of, *self.none_of) for name in part.columns]
        beside = [item.wanted[1] for item in self.requirements if item.kind == "beside"]
        return tuple(dict.fromkeys([*(requirement.column for requirement in self.requirements), *beside, *inner]))


def read(data: Any, columns: Mapping[str, Column], dates: Mapping[str, Date], where: str, faults: Faults) -> Condition:
    """Read a condition and refuse what could never hold.

    Parameters
    ----------
    data : dict
        The condition as it stands in the file.
    columns : mapping of str to Column
        The columns that may be named, with their kinds and words.
    dates : mapping of str to Date
        The dates of the policy.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects what is wrong: unknown columns, words and dates, values of another kind.

    Returns
    -------
    Condition
        What could be read of it.
    """
    if not isinstance(data, Mapping):
        faults.add(where, f"条件写成了 {keys.shown(data)}", "应为键值表 { 列 = 取值 }", "请改正")
        return Condition()
    inner: dict[str, tuple[Condition, ...]] = {}
    for key, name in (("any", "any_of"), ("not", "none_of")):
        parts = data.get(key, [])
        parts = parts if isinstance(parts, list | tuple) else [parts]  # what is no table is noted as a part
        inner[name] = tuple(read(part, columns, dates, f"{where} {key}", faults) for part in parts)
    for name in (name for name, value in data.items() if isinstance(value, Mapping) and not value):
        faults.add(f"{where} {name}", "写成了 { }", "一个取值", "请补上，或删去这一项")
    own = _flat({name: value for name, value in data.items() if name not in ("any", "not")})
    requirements = []
    for name, value in own.items():
        if name not in columns:
            faults.add(where, f"没有列「{name}」", some(columns), near(name, columns))
            continue
        requirement = _beside(name, value, columns, f"{where} {name}", faults) or _requirement(
            columns[name], value, dates, f"{where} {name}", faults
        )
        requirements += [requirement] if requirement else []
    return Condition(tuple(requirements), **inner)


def _beside(name: str, value: Any, columns: Mapping[str, Column], where: str, faults: Faults) -> Requirement | None:
    """Read a comparison with another column, such as ``>= school.months`` or ``= school.township``; None where none.

    Numbers are compared with numbers, days with days; of words only that they are the same.
    """
    match = _BESIDE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or columns[name].kind == "flag":
        return None
    sort = _sort(columns[name])
    if match[2] not in columns:
        faults.add(where, f"没有列「{match[2]}」", some(columns), near(match[2], columns))
    elif _sort(columns[match[2]]) != sort:
        faults.add(where, f"「{match[2]}」不是{sort}", "只有数和数、日期和日期能比大小，文字和文字能比相同", "请改正")
    elif sort == "文字" and match[1] != "=":
        faults.add(where, f"写成了 {keys.shown(value)}", f'文字只能比相同："= {match[2]}"', "请改正")
    return Requirement(name, "beside", (match[1], match[2]))


def _sort(column: Column) -> str:
    """Return what a column holds, as far as two of them may be compared."""
    if column.kind in _NUMBERS:
        return "数"
    return "日期" if column.kind in _DAYS else "是否" if column.kind == "flag" else "文字"


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """Put names with a dot (school.tight) together again, which TOML takes apart."""
    flat: dict[str, Any] = {}
    for name, value in data.items():
        flat |= {f"{name}.{part}": one for part, one in value.items()} if isinstance(value, Mapping) else {name: value}
    return flat


def some(names: Iterable[str]) -> str:
    """Say what may be written; of many words the first few, and where the others are listed.

    Parameters
    ----------
    names : iterable of str
        Every word there is.

    Returns
    -------
    str
        In Chinese.
    """
    names = list(names)
    if len(names) <= SHOWN:
        return f"可用：{'、'.join(names) or '无'}"
    return f"可用：{'、'.join(names[:SHOWN])}……共 {len(names)} 个，用 zhaosheng policy words 查看"


def _requirement(
    column: Column, value: Any, dates: Mapping[str, Date], where: str, faults: Faults
) -> Requirement | None:
    """Read what one column must be."""
    if isinstance(value, list | tuple):
        _each_once(value, where, faults)
    if value in ("known", "unknown") and not isinstance(value, bool):
        return Requirement(column.name, "known", value == "known")
    if column.kind in _DAYS:
        return _moment(column, value, dates, where, faults)
    if column.kind in _NUMBERS:
        return _number(column, value, where, faults)
    if column.kind == "flag":
        flags = value if isinstance(value, list | tuple) else (value,)
        if not all(isinstance(flag, bool) for flag in flags):
            faults.add(where, f"写成了 {keys.shown(value)}", "这一列只有 true 和 false", "请改正")
            return None
        return Requirement(column.name, "flag", tuple(flags))
    answers = column.values  # noqa: PD011 - a field, no frame
    words = tuple(value) if isinstance(value, list | tuple) else (value,)
    for word in words:
        if not isinstance(word, str):
            faults.add(where, f"写成了 {keys.shown(word)}", "这一列是文字，取值要加引号", "请改正")
        elif answers and word not in answers:
            faults.add(where, f"没有取值「{word}」", f"可用：{'、'.join(answers)}", near(word, answers))
    return Requirement(column.name, "words", words)


def _each_once(values: list[Any] | tuple[Any, ...], where: str, faults: Faults) -> None:
    """Note a list of values that holds none, which nobody could meet, or one of them twice."""
    if not values:
        faults.add(where, "一个取值也没有，永远不会符合", "至少写一个取值", "请补上，或删去这一项")
    double = {str(value) for value in values if sum(value == other for other in values) > 1}
    if double:
        faults.add(where, f"取值写了两次：{'、'.join(sorted(double))}", "各写一次", "请删去重复的")


def comparison(text: Any) -> Callable[[pd.Series], pd.Series] | None:
    """Read ``>= 12`` and the like; None where a value is no comparison.

    Parameters
    ----------
    text : object
        A value of a condition.

    Returns
    -------
    callable or None
        Answers the comparison for a column of numbers; a blank answers neither yes nor no.
    """
    match = _COMPARISON.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    return lambda cells: _ORDERS[match[1]](cells.astype("Float64"), float(match[2]))


def _number(column: Column, value: Any, where: str, faults: Faults) -> Requirement | None:
    """Read a number, several, or a comparison."""
    if isinstance(value, str) and (match := _COMPARISON.fullmatch(value.strip())):
        return Requirement(column.name, "compare", (match[1], float(match[2])))
    listed = value if isinstance(value, list | tuple) else [value]
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in listed):
        faults.add(where, f"写成了 {keys.shown(value)}", '这一列是数：写数、[数, 数]，或 ">= 12"、"< 0.5"', "请改正")
        return None
    return Requirement(column.name, "words", tuple(float(number) for number in listed))


def _moment(column: Column, value: Any, dates: Mapping[str, Date], where: str, faults: Faults) -> Requirement | None:
    """Read ``by DATE`` or ``after DATE``."""
    match = _MOMENT.fullmatch(str(value).strip())
    if match is None:
        faults.add(where, f"写成了 {keys.shown(value)}", '这一列是日期：写 "by 日期名" 或 "after 日期名"', "请改正")
        return None
    if match[2] not in dates:
        faults.add(where, f"没有日期「{match[2]}」", f"[dates] 有：{'、'.join(dates) or '无'}", near(match[2], dates))
        return None
    return Requirement(column.name, match[1], dates[match[2]])


def judge(condition: Condition, table: pd.DataFrame | Cells, *, inclusive: bool = True) -> np.ndarray:
    """Answer a condition for every row.

    Parameters
    ----------
    condition : Condition
        From `read`.
    table : DataFrame or Cells
        Rows with the columns the condition names.
    inclusive : bool
        Whether the day itself counts where the text of a date does not say (A-G1).

    Returns
    -------
    ndarray of int8, shape (rows,)
        `NO`, `UNKNOWN` or `YES`.
    """
    cells = Cells.of(table)
    return joined(condition, lambda requirement: _answer(requirement, cells, inclusive=inclusive), len(cells))


def joined(condition: Condition, answered: Callable[[Requirement], np.ndarray], n: int) -> np.ndarray:
    """Put the answers of single requirements together as a condition says.

    Parameters
    ----------
    condition : Condition
        From `read`.
    answered : callable
        Gives the answers of one `Requirement`: an array of int8, shape (rows,).
    n : int
        Number of rows.

    Returns
    -------
    ndarray of int8, shape (rows,)
        `NO`, `UNKNOWN` or `YES`.
    """
    answer = np.full(n, YES, dtype=np.int8)
    for requirement in condition.requirements:
        answer = np.minimum(answer, answered(requirement))
    if condition.any_of:
        answer = np.minimum(answer, np.maximum.reduce([joined(part, answered, n) for part in condition.any_of]))
    for part in condition.none_of:
        answer = np.minimum(answer, YES - joined(part, answered, n))
    return answer


def _answer(requirement: Requirement, cells: Cells, *, inclusive: bool) -> np.ndarray:
    """Answer one requirement for every row."""
    name, kind, wanted = requirement.column, requirement.kind, requirement.wanted
    blank = cells.blank(name)
    if kind == "known":
        return np.where(blank != wanted, YES, NO).astype(np.int8)
    if kind in ("words", "flag"):
        yes = cells.is_one(name, *wanted)
        if kind == "words" and "unknown" in wanted:  # said to be as good as one of the others
            yes, blank = yes | blank, np.zeros_like(blank)
    elif kind == "compare":
        yes = _ORDERS[wanted[0]](cells.numbers(name), wanted[1])
    elif kind == "beside":
        blank = blank | cells.blank(wanted[1])
        holds = _ORDERS[wanted[0]](*_comparable(cells[name], cells[wanted[1]]))
        yes = holds.fillna(False).to_numpy(dtype=bool)
    else:
        early = on_time(cells.days(name), wanted, inclusive=inclusive)
        yes = early if kind == "by" else ~early
    return np.where(blank, UNKNOWN, np.where(yes, YES, NO)).astype(np.int8)


def _comparable(cells: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return two columns as numbers, as days, or else as words, row beside row."""
    cells, other = pd.Series(cells.array), pd.Series(other.array)
    for kind, is_kind in _KINDS.items():
        if is_kind(cells.dtype) and is_kind(other.dtype):
            return cells.astype(kind), other.astype(kind)
    return cells.astype("str"), other.astype("str")


def on_time(moments: np.ndarray, limit: Date, *, inclusive: bool) -> np.ndarray:
    """Tell which moments are not after a date of the policy; a missing moment is not.

    Parameters
    ----------
    moments : ndarray of datetime64[us], shape (rows,)
        When something happened.
    limit : Date
        The date; where its text counts the day in (含, 及以前) or out (不含), that holds.
    inclusive : bool
        Whether the day counts where the text does not say (A-G1).

    Returns
    -------
    ndarray of bool, shape (rows,)
        Whether each is in time.
    """
    last = np.datetime64(limit.on, "us")
    counts = inclusive if limit.inclusive is None else limit.inclusive
    if isinstance(limit.on, date) and not isinstance(limit.on, datetime) and counts:
        return moments < last + np.timedelta64(1, "D")
    return moments <= last if counts else moments < last
