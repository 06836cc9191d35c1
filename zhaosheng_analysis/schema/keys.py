"""What a table of a TOML or JSON file may hold: keys that are known, keys that must be there, values of the right kind.

The kinds are Python types, or a table of the words allowed with their Chinese; a dataclass says them for its fields.
Whatever else stands in the file becomes a fault in one wording. Nothing is filled in but the defaults of the dataclass.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from zhaosheng_analysis.schema.faults import Faults, near

Strings = tuple[str, ...]
Table = dict[str, Any]
Moment = date | datetime | None
Said = bool | None  # a yes or no of which the text may be silent
Day = Annotated[str, "a day as text, 2026-05-01"]
Minute = Annotated[str, "a moment as text, 2026-05-01 09:30"]
T = TypeVar("T")

SHOWN_AT_MOST = 80


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, date) or (isinstance(value, str) and bool(date.fromisoformat(value)))
    except ValueError:
        return False


def _is_minute(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: object) -> list[object]:
    """Return one number, or those of a table that has any, as a list."""
    return list(value.values()) or [None] if isinstance(value, dict) else [value]


_KINDS = {
    str: (lambda value: isinstance(value, str), "文字"),
    bool: (lambda value: isinstance(value, bool), "true 或 false"),
    Said: (lambda value: isinstance(value, bool), "true 或 false"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "整数"),
    float: (_is_number, "数字"),
    list: (lambda value: isinstance(value, list), "列表 […]"),
    Strings: (lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "文字列表 […]"),
    tuple[int, ...]: (lambda value: isinstance(value, list) and all(type(v) is int for v in value), "整数列表 [1, 6]"),
    tuple[date, ...]: (
        lambda value: isinstance(value, list) and all(type(v) is date for v in value),
        "日期列表 [2026-04-04, …]",
    ),
    Moment: (lambda value: isinstance(value, date), "日期（2024-06-30）或时刻（2024-06-30T17:00:00）"),
    Day: (_is_day, '真实存在的日期，写成 "2026-05-01"'),
    Minute: (_is_minute, '真实存在的时刻，写成 "2026-05-01 09:30"'),
    int | dict[str, int]: (
        lambda value: all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in _numbers(value)),
        "正整数，或各学段的 { primary = 6, junior = 3 }",
    ),
    Table: (lambda value: isinstance(value, dict), "键值表 { … }"),
    Table | None: (lambda value: value is None or isinstance(value, dict), "键值表 { … }，没有时写 null"),
    dict[str, str]: (
        lambda value: isinstance(value, dict) and all(isinstance(v, str) for v in value.values()),
        "键值表 { … }，值都是文字",
    ),
    dict[str, float]: (
        lambda value: isinstance(value, dict) and all(_is_number(v) for v in value.values()),
        "键值表 { … }，值都是数字",
    ),
    tuple[Table, ...]: (
        lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value),
        "键值表的列表",
    ),
    tuple[Any, ...]: (lambda value: isinstance(value, list), "列表 […]"),
    Any: (lambda value: not isinstance(value, dict), "单个值"),
}


def judge(data: object, must: Mapping[str, Any], may: Mapping[str, Any], *, where: str, faults: Faults) -> bool:
    """Note every key of a table that is unknown, missing or of the wrong kind.

    Parameters
    ----------
    data : object
        The table as the parser gave it.
    must, may : Mapping of str to type
        Keys that have to be there and keys that can be, with the kind of their values.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    bool
        Whether nothing is wrong.
    """
    if not isinstance(data, Mapping):
        faults.add(where, f"写成了 {shown(data)}", "应为键值表 { … }", "请改正")
        return False
    before, keys = len(faults.found), {**must, **may}
    known_only(data, keys, where=where, faults=faults)
    for name, kind in keys.items():
        if name in data:
            _check(kind, data[name], f"{where}「{name}」", faults)
        elif name in must:
            missing(name, where=where, faults=faults)
    return len(faults.found) == before


def known_only(data: Iterable[str], known: Iterable[str], *, where: str, faults: Faults) -> None:
    """Note keys nobody reads, with the one that may have been meant.

    Parameters
    ----------
    data : iterable of str
        The keys that were written, or a mapping by them.
    known : iterable of str
        The keys there are; a mapping says what each is called in Chinese, as a clerk may have written it.
    where : str
        Where they were written, for the messages.
    faults : Faults
        Where each fault is noted.
    """
    told = known.items() if isinstance(known, Mapping) else ()
    called = {word: key for key, what in told if isinstance(word := getattr(what, "label", what), str)}
    known = list(known)
    for key in sorted(set(data) - set(known)):
        meant = f"「{key}」的键是 {called[key]}" if key in called else near(key, known)
        faults.add(where, f"不认识的键「{key}」", f"可用：{'、'.join(known) or '无'}", meant or "请删去或改名")


def missing(name: str, *, where: str, faults: Faults) -> None:
    """Note a key that has to be there and is not.

    Parameters
    ----------
    name : str
        The key that is not there.
    where : str
        Where it should be, for the messages.
    faults : Faults
        Where the fault is noted.
    """
    faults.add(where, f"缺少「{name}」", "", "请补上")


def read(kind: type[T], data: object, *, where: str, faults: Faults) -> T | None:
    """Read a table into a dataclass; its fields say the keys, their kinds and what may be left out.

    Parameters
    ----------
    kind : type
        The dataclass.
    data : object
        The table as the parser gave it.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    object or None
        One of the dataclass; None where the table has faults.
    """
    may = {item.name: item.type for item in fields(kind) if _has_default(item)}
    must = {item.name: item.type for item in fields(kind) if not _has_default(item)}
    if not judge(data, must, may, where=where, faults=faults):
        return None
    return kind(**{name: _frozen(value) for name, value in data.items()})


def _has_default(item: Any) -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING


def _check(kind: Any, value: object, where: str, faults: Faults) -> None:
    if isinstance(kind, Mapping):
        words = "、".join(f"{code}（{word}）" for code, word in kind.items())
        fits, allowed = isinstance(value, str) and value in kind, f"只能是 {words}"
    else:
        accepts, words = _KINDS[kind]
        fits, allowed = accepts(value), f"应为{words}"
    if not fits:
        faults.add(where, f"写成了 {shown(value)}", allowed, "请改正")


def shown(value: object) -> str:
    """Write a value as it may stand in the file, shortened where it is long.

    Parameters
    ----------
    value : object
        What was written.

    Returns
    -------
    str
        Its text, cut short.
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_AT_MOST else f"{text[:SHOWN_AT_MOST]}…"


def _frozen(value: object) -> object:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
