"""The shape of what a rule file holds outside its elements: facts, tiers, rounds and cases, before anything is read.

A word where a list belongs, a number where a word does: told with the section, so that nothing behind stumbles on it.
"""

from collections.abc import Mapping
from typing import Any

from zhaosheng_analysis.schema import Faults, keys

_TIERS = {
    "order": "words",
    "residual": "words",
    "labels": "texts",
    "unplaced": "texts",
    "rows": "text",
    "impossible": "tables",
    "provisions": "words by name",
    "parts": "tables",
}
_PART = {**dict.fromkeys(("title", "clause", "words", "rows"), "text"), **dict.fromkeys(("given", "when"), "table")}
_ROUND = {
    **dict.fromkeys(("id", "name", "kind", "clause", "words", "note", "draw", "window", "batch", "of", "pool"), "text"),
    "stage": "word or words",
    "key": "list",
    "orders": "table",
    "schools": "words or table",
    "provisions": "words",
    "not_schools": "words or table",
    **dict.fromkeys(("takes", "excludes", "offers", "when"), "table"),
}
_SAID = {
    "text": "文字，加引号",
    "words": '文字的列表 ["…", "…"]',
    "texts": "键值表，值都是文字",
    "word or words": "文字，或文字的列表",
    "words or table": "学校名称的列表，或学校列的条件 { … }",
    "table": "键值表 { … }",
    "tables": "键值表的列表 [ {…} ]",
    "list": "列表 [ … ]",
    "words by name": "按名称写的文字列表 { … = [ … ] }",
}


def sound(data: Mapping[str, Any], file: str, faults: Faults) -> bool:
    """Note what has another shape than its section asks for.

    Parameters
    ----------
    data : mapping of str to object
        The rule file.
    file : str
        Its name, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    bool
        Whether everything has its shape.
    """
    before = len(faults.found)
    for key in ("id", "district", "kind", "title"):
        _check(data, key, "text", file, faults)
    if "intake_year" in data and (isinstance(data["intake_year"], bool) or not isinstance(data["intake_year"], int)):
        faults.add(f"{file} intake_year", f"写成了 {keys.shown(data['intake_year'])}", "应为年份，如 2026", "请改正")
    for section in ("facts", "tiers", "points"):
        _check(data, section, "table", file, faults)
    for section in ("rounds", "cases"):
        _check(data, section, "tables", file, faults)
    if len(faults.found) > before:
        return False
    for name in data.get("facts", {}):
        _check(data["facts"], name, "words", f"{file} [facts]", faults)
    for key, shape in _TIERS.items():
        _check(data.get("tiers", {}), key, shape, f"{file} [tiers]", faults)
    parts = data.get("tiers", {}).get("parts", ())
    for number, item in enumerate(parts if _fits(parts, "tables") else (), 1):
        for key, shape in _PART.items():
            _check(item, key, shape, f"{file} [[tiers.parts]] 第{number}项", faults)
    for number, item in enumerate(data.get("rounds", ()), 1):
        for key, shape in _ROUND.items():
            _check(item, key, shape, f"{file} [[rounds]] 第{number}项", faults)
    for number, item in enumerate(data.get("cases", ()), 1):
        _case(item, f"{file} [[cases]] 第{number}项", faults)
    return len(faults.found) == before


def _case(item: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note a case whose papers or results are lists or tables."""
    _check(item, "also", "tables", where, faults)
    others = item.get("also", ())
    for part in (item, *(others if isinstance(others, list) else ())):
        for key in ("child", "evidence", "expect", "set"):
            if isinstance(part, Mapping):
                _check(part, key, "table", where, faults)
        for key in ("child", "evidence", "expect"):
            values = part.get(key, {}) if isinstance(part, Mapping) else {}
            for name, value in values.items() if isinstance(values, Mapping) else ():
                if isinstance(value, list | dict):
                    faults.add(f"{where} {key} {name}", f"写成了 {keys.shown(value)}", "应为单个值", "请改正")


def _check(data: Mapping[str, Any], key: str, shape: str, where: str, faults: Faults) -> None:
    """Note a value of another shape."""
    if key in data and not _fits(data[key], shape):
        faults.add(f"{where} {key}", f"写成了 {keys.shown(data[key])}", f"应为{_SAID[shape]}", "请改正")


def _fits(value: Any, shape: str) -> bool:
    if isinstance(value, Mapping) and "parameter" in value:  # a switch: each of what it may choose
        return shape == "table" or all(_fits(part, shape) for name, part in value.items() if name != "parameter")
    if shape == "word or words" and isinstance(value, str):
        return True
    if shape == "text":
        return isinstance(value, str)
    if shape == "words or table" and isinstance(value, Mapping):
        return True
    if shape in ("words", "word or words", "words or table"):
        return isinstance(value, list) and all(isinstance(part, str) for part in value)
    if shape == "tables":
        return isinstance(value, list) and all(isinstance(part, Mapping) for part in value)
    if shape == "list":
        return isinstance(value, list)
    if shape == "words by name":
        return isinstance(value, Mapping) and all(_fits(part, "words") for part in value.values())
    if shape == "texts":
        return isinstance(value, Mapping) and all(isinstance(part, str) for part in value.values())
    return isinstance(value, Mapping)
