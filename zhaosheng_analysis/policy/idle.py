"""What stands idle in a rule file: words left blank, tables with nothing in them, entries that stand twice.

Each could be read and would change nothing, or change what a report says of the rules without a word.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy.elements import Capacity, Levels
from zhaosheng_analysis.schema import Faults, keys

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy

# The papers of a child in a case may be blank on purpose, and rules without a text have no clauses.
_MAY_BE_BLANK = "cases"
_SLUG = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
_NO_CLAUSE = re.compile(r"^[=+@-]|[=<>{}|\\$^~`\"\x00-\x1f\u2028]")  # in no number of a clause
_SIZES = ("standard", "oversized", "super_oversized", "limit")
_LEVELS = ("yellow", "red", "surplus", "rising_years")
_MOST_TIERS = 100  # as many as a digit of a key holds
_APART = 2  # years between a notice and its intake


def judge(policy: "Policy", data: Mapping[str, Any], faults: Faults) -> None:
    """Note what is written and says nothing, or says it twice.

    Parameters
    ----------
    policy : Policy
        The rules as read.
    data : mapping of str to object
        The file they were read from.
    faults : Faults
        Collects what is wrong.
    """
    for path, value in _inside(data):
        if isinstance(value, float) and not math.isfinite(value):
            faults.add(f"{policy.file} {path}", f"写成了 {value}", "有限的数", "请改正")
    for path, value in _inside({key: part for key, part in data.items() if key != _MAY_BE_BLANK}):
        where = f"{policy.file} {path}"
        if value == {} or (isinstance(value, str) and not value.strip() and policy.kind != "forecast"):
            faults.add(where, "是空的", "", "请写明，或删去这一项")
        if isinstance(value, list) and len(double := _twice(value)):
            faults.add(where, f"写了两次：{'、'.join(double[:3])}", "各写一次", "请删去重复的")
        if path.endswith(".clause") and isinstance(value, str) and _NO_CLAUSE.search(value):
            faults.add(where, f"写成了 {keys.shown(value)}", "条款号，如 七(一)1", "请改正")
    if policy.kind != "forecast":
        _judge_head(policy, faults)
    for section, item, names in (("capacity", policy.capacity, _SIZES), ("warning", policy.warning, _LEVELS)):
        _judge_assumed(section, item, names, policy.file, faults)


def _inside(data: Mapping[str, Any] | list[Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything inside a file with its path."""
    items = data.items() if isinstance(data, Mapping) else enumerate(data, 1)
    for key, value in items:
        inner = f"{path} 第{key}项" if isinstance(data, list) else f"{path}.{key}".lstrip(".")
        yield inner, value
        if isinstance(value, dict | list):
            yield from _inside(value, inner)


def _twice(values: list[Any]) -> list[str]:
    """Return the words of a list that stand in it twice."""
    words = [value for value in values if isinstance(value, str)]
    return [word for word in dict.fromkeys(words) if words.count(word) > 1]


def _judge_head(policy: "Policy", faults: Faults) -> None:
    """Note a district that is no short name, a notice of other years than its intake, and too many tiers."""
    if not _SLUG.fullmatch(policy.district or ""):
        allowed = "区县编号，如 heping-qu，与数据说明的 district_id 相同"
        faults.add(f"{policy.file} district", f"写成了 {keys.shown(policy.district)}", allowed, "请改正")
    tiers = len(policy.table.order) if policy.table else 0
    if tiers > _MOST_TIERS:
        faults.add(f"{policy.file} [tiers] order", f"有 {tiers} 个类别", f"至多 {_MOST_TIERS} 个", "请合并相近的类别")
    issued = policy.issued_on
    if issued is not None and not isinstance(issued, date):
        faults.add(f"{policy.file} issued_on", f"写成了 {keys.shown(issued)}", "日期，如 2026-05-20", "请改正")
    elif issued is not None and policy.intake_year and abs(issued.year - policy.intake_year) > _APART:
        found = f"为 {issued}，招生年度是 {policy.intake_year} 年"
        faults.add(f"{policy.file} issued_on", found, f"相差不过 {_APART} 年", "请核对年份")


def _judge_assumed(
    section: str, item: Capacity | Levels | None, names: tuple[str, ...], file: str, faults: Faults
) -> None:
    """Note what is said to be assumed and is none of the numbers of its section."""
    for name in () if item is None else item.assumed:
        if name not in names:
            faults.add(f"{file} [{section}] assumed", f"没有「{name[:40]}」", "、".join(names), "请改正")
