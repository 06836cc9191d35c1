"""What may not stand in a round: numbers that are none, keys that cannot order, words that lead nowhere.

Every round is judged when the policy is checked, whatever its kind, so that a misspelt word is never a condition that
nobody meets.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from zhaosheng_analysis.admission import words
from zhaosheng_analysis.admission.words import Words
from zhaosheng_analysis.policy import conditions
from zhaosheng_analysis.schema import STAGES, Faults, keys, near

#: Digits of a key that are no column.
DIGITS = ("tier", "choice", "group", "ticket", "points_n", "key_by")
_OF_WHOLE = ("group", "ticket", "key_by")  # digits of the key of a round that stand in no key inside it
_TEXTS = ("choice", "one_of", "place", "text", "id")
_FILLED = ("stage", "key", "schools", "not_schools", "groups", "choices_by", "offers", "key_by", "shortlist")
_FLAGS = ("fallback", "applied", "final", "refill", "stays", "release", "choice_first")
_SEATS = ("left", "reserved", "none", "all", "sibling")


def filled(table: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note lists that are written and hold nothing: an order by nothing, a round for no stage and no school.

    Parameters
    ----------
    table : mapping of str to object
        The round as it stands in the file, resolved.
    where : str
        File and round, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    for name in _FILLED:
        if name in table and not table[name]:
            faults.add(where, f"「{name}」是空的", "写了就至少一项", "请补上，或删去这一行")


def flags(table: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note words and numbers where a round asks for true or false.

    Parameters
    ----------
    table : mapping of str to object
        The round as it stands in the file, resolved.
    where : str
        File and round, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    for name in _FLAGS:
        if name in table and not isinstance(table[name], bool):
            faults.add(where, f"「{name}」写成了 {keys.shown(table[name])}", "true 或 false，不加引号", "请改正")


def numbers(table: Mapping[str, Any], columns: Words, where: str, faults: Faults) -> None:
    """Note seats, caps, shares and choices that are no numbers, and stages that do not exist.

    Parameters
    ----------
    table : mapping of str to object
        The round, resolved and written in full.
    columns : Words
        The columns a cap may be kept in.
    where : str
        File and round, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    seats = table.get("seats", "left")
    if isinstance(seats, bool) or (seats not in _SEATS and not (isinstance(seats, int) and seats >= 0)):
        faults.add(where, f"「seats」写成了 {keys.shown(seats)}", f"{'、'.join(_SEATS)} 或不小于 0 的整数", "请改正")
    for name in ("cap", "choices", "share"):
        value = table.get(name, 0)
        if name == "cap" and isinstance(value, str):
            _counted(value, columns, where, faults)
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            faults.add(where, f"「{name}」写成了 {keys.shown(value)}", "不小于 0 的数", "请改正")
        elif name == "share" and value > 1:
            faults.add(where, f"「share」写成了 {keys.shown(value)}", "0 到 1 之间的份额，如 0.2", "请改正")
    for stage in set(table["stage"]) - set(STAGES):
        faults.add(where, f"「stage」中的「{stage}」", "、".join(STAGES), "请改正")


def _counted(cap: str, columns: Words, where: str, faults: Faults) -> None:
    """Note a cap that is no column of whole numbers of the schools or their plans."""
    askable = [f"school.{name}" for name, item in columns.school.items() if item.kind in ("whole", "number")]
    if cap not in askable:
        allowed = f"一个数，或各校名额所在的列：{'、'.join(askable)}"
        remedy = f"是不是「school.{cap}」？" if f"school.{cap}" in askable else near(cap, askable)
        faults.add(where, f"「cap」写成了 {keys.shown(cap)}", allowed, remedy or "请先在 [columns.plans.…] 声明这一列")


def key(table: Mapping[str, Any], columns: Words, where: str, faults: Faults) -> None:
    """Note keys whose ticket is not last, digits that are no column, and groups and orders that do not fit them.

    Parameters
    ----------
    table : mapping of str to object
        The round, resolved and written in full.
    columns : Words
        The columns a digit may be.
    where : str
        File and round, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    orders = table.get("orders", {})
    if digits(table["key"], orders, columns, where, faults, whole=True):
        if "ticket" in table["key"][:-1] or "-ticket" in table["key"]:
            faults.add(where, "票号（ticket）不在最后一位", "票号之后不再有先后", "请把 ticket 移到 key 的末尾")
        for name, about in (("group", "groups"), ("key_by", "key_by")):
            if name in table["key"] and not table.get(about):
                faults.add(where, f"key 中有 {name}，但没有 {about}", "", f"请写出 {about} = [{{…}}, {{…}}]")
    for name, values in orders.items() if isinstance(orders, Mapping) else ():
        if isinstance(values, list | tuple):
            words.judge({name: list(values)}, columns.pair, columns, f"{where} orders", faults)
        else:
            faults.add(f"{where} orders {name}", f"写成了 {keys.shown(values)}", "[先, 后, …]", "请改正")
    for number, part in enumerate(_listed(table.get("key_by"), f"{where} key_by", faults), 1):
        at = f"{where} key_by 第{number}项"
        if not isinstance(part, Mapping) or set(part) != {"if", "key"} or not isinstance(part["key"], tuple):
            faults.add(at, f"写成了 {keys.shown(part)}", "应为 { if = {…}, key = [排序项] }", "请改正")
            continue
        words.judge(part["if"], columns.pair, columns, f"{at} if", faults)
        digits(part["key"], orders, columns, at, faults)


def digits(
    names: tuple[Any, ...], orders: Any, columns: Words, where: str, faults: Faults, *, whole: bool = False
) -> bool:
    """Note digits of a key that are no column, or words without an order.

    Parameters
    ----------
    names : tuple of object
        The digits, as they stand in the file.
    orders : object
        The orders of text columns the round gives.
    columns : Words
        The columns a digit may be.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects what is wrong.
    whole : bool, default False
        Whether it is the key of a round, with its tickets, groups and keys by condition.

    Returns
    -------
    bool
        Whether the digits are words at all.
    """
    strange = [name for name in names if not isinstance(name, str)]
    if strange or not names:
        found = f"写成了 {keys.shown(strange[0])}" if strange else "是空的"
        faults.add(f"{where} key", found, "应为文字的列表", "请改正")
        return False
    if len(set(names)) != len(names):
        faults.add(where, f"key 中有重复：{'、'.join(names)}", "", "请删去重复的一项")
    own = [name for name in DIGITS if whole or name not in _OF_WHOLE]
    for name in names:
        plain = str(name).removeprefix("-")
        if plain not in own and plain not in columns.pair:
            said = conditions.some([*own, *columns.pair])
            faults.add(f"{where} key", f"没有排序项「{plain}」", said, near(plain, [*own, *columns.pair]))
        elif plain not in (*own, *orders) and columns.pair[plain].kind in _TEXTS:
            example = "、".join(columns.pair[plain].values) or "…"
            remedy = f"请写 orders = {{ {plain} = [先, 后, …] }}，取值：{example}"
            faults.add(f"{where} key", f"排序项「{plain}」是文字，没有先后", "", remedy)
    return True


def wanted(table: Mapping[str, Any], columns: Words, where: str, faults: Faults) -> None:
    """Note what the conditions of a round ask that is not there, or could never hold.

    Parameters
    ----------
    table : mapping of str to object
        The round, resolved and written in full.
    columns : Words
        The columns conditions may name.
    where : str
        File and round, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    child = columns.transfer if table.get("kind") == "transfer" else columns.child
    own = f"round.{table.get('id', '')}"
    earlier = dict(itertools.takewhile(lambda item: item[0] != own, columns.recalled.items()))
    for name in ("takes", "excludes"):
        _of_later(table.get(name, {}), columns, earlier, f"{where} {name}", faults)
        words.judge(table.get(name, {}), child | columns.recalled, columns, f"{where} {name}", faults)
    words.judge(table.get("offers", {}), columns.pair, columns, f"{where} offers", faults)
    for number, group in enumerate(_listed(table.get("groups"), f"{where} groups", faults), 1):
        words.judge(group, columns.pair, columns, f"{where} groups 第{number}项", faults)
    for name in ("schools", "not_schools"):
        if isinstance(table.get(name), Mapping):
            words.judge(table[name], columns.school, columns, f"{where} {name}", faults)
    for number, part in enumerate(_listed(table.get("choices_by"), f"{where} choices_by", faults), 1):
        at = f"{where} choices_by 第{number}项"
        if not isinstance(part, Mapping) or set(part) != {"if", "choices"}:
            faults.add(at, f"写成了 {keys.shown(part)}", "应为 { if = {…}, choices = 数 }", "请改正")
            continue
        words.judge(part["if"], child, columns, f"{at} if", faults)
        if isinstance(part["choices"], bool) or not isinstance(part["choices"], int) or part["choices"] < 1:
            faults.add(at, f"「choices」写成了 {keys.shown(part['choices'])}", "不小于 1 的整数", "请改正")


def _of_later(wanted: Any, columns: Words, earlier: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note questions about what a round did that does not come before."""
    asked = words.named(wanted, {}, columns) if isinstance(wanted, Mapping) else ()
    for name in (name for name in asked if name in columns.recalled and name not in earlier):
        known = "、".join(part.removeprefix("round.") for part in earlier)
        faults.add(where, f"问的「{name}」不在本轮之前", f"前面的轮次：{known or '无'}", "请改正，或调整轮次的先后")


def _listed(value: Any, where: str, faults: Faults) -> Iterable[Any]:
    """Return the parts of a list, or note that there is none."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        faults.add(where, f"写成了 {keys.shown(value)}", "应为 [{…}, {…}]", "请改正")
        return ()
    return value
