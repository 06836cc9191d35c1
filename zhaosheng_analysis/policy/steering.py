"""What a parameter of a rule book steers: papers, rounds, or a number the package reads under a name of its own.

A rule book may call its parameters what it likes. Its own rules name them in full (``when``, switches of rounds); the
package knows a closed list of names (``[parameters]`` of the vocabulary), and a parameter of the book says in ``sets``
which of them it gives the value of.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy import declarations, elements
from zhaosheng_analysis.policy.decision_table import text_of
from zhaosheng_analysis.policy.elements import Note, Parameter
from zhaosheng_analysis.policy.vocabulary import PARAMETERS
from zhaosheng_analysis.schema import Faults, near

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy

_KINDS = {
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
    "date": lambda value: isinstance(value, date),
    "list": lambda value: isinstance(value, list | tuple),
}
_SAID = {"number": "不小于 0 的数字", "date": "日期", "list": "列表"}
# Parameters of class sizes and warning levels -> the number of [capacity] or [warning] they set.
_SIZES = {"class.base_primary": "primary", "class.base_junior": "junior"}
_LIMITS = {"class.oversized": "oversized", "class.super_oversized": "super_oversized"}
_LEVELS = {"warning.yellow": "yellow", "warning.red": "red", "warning.surplus": "surplus"}


def named(parameters: Mapping[str, Parameter], file: str, faults: Faults) -> dict[str, str]:
    """Tell which parameter of a file gives the value of which of the package.

    Names the package does not know, two parameters for one name, and values it cannot read are noted.

    Parameters
    ----------
    parameters : mapping of str to Parameter
        The parameters of the file, by name.
    file : str
        Name of the file, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    dict of str to str
        Parameter of the package -> name of the parameter of the file.
    """
    full: dict[str, str] = {}
    for item in parameters.values():
        where = f"{file} 参数「{item.name}」"
        name = item.sets or item.name
        if name not in PARAMETERS:
            if item.sets:
                faults.add(f"{where} sets", f"没有「{name}」", f"可用：{'、'.join(PARAMETERS)}", near(name, PARAMETERS))
            continue
        if name in full:
            faults.add(f"{where} sets", f"「{name}」已由参数「{full[name]}」给出", "只能由一个参数给出", "请删去一处")
            continue
        full[name] = item.name
        _judge_values(item.range or item.options, name, where, faults)
    return full


def settled(notes: Iterable[Note], named: Mapping[str, str], file: str, faults: Faults) -> dict[str, Any]:
    """Tell which values of the package the notes of a file give, where there is nothing to choose.

    Parameters
    ----------
    notes : iterable of Note
        The notes of the file.
    named : mapping of str to str
        Parameters of the package that a parameter of the file gives already, from `named`.
    file : str
        Name of the file, for the messages.
    faults : Faults
        Collects what is wrong.

    Returns
    -------
    dict of str to object
        Parameter of the package -> its value.
    """
    values: dict[str, Any] = {}
    for number, item in enumerate(notes, 1):
        where = f"{file} [[notes]] 第{number}项"
        if bool(item.sets) != (item.value is not None):
            faults.add(where, "sets 和 value 不成对", 'sets = "名称" 和 value = 值 一起写', "请补上")
        elif item.sets and item.sets not in PARAMETERS:
            faults.add(
                f"{where} sets", f"没有「{item.sets}」", f"可用：{'、'.join(PARAMETERS)}", near(item.sets, PARAMETERS)
            )
        elif item.sets in {**named, **values}:
            faults.add(f"{where} sets", f"「{item.sets}」已由别处给出", "只能给出一次", "请删去一处")
        elif item.sets:
            values[item.sets] = item.value
            _judge_values((item.value,), item.sets, where, faults)
    return values


def _judge_values(values: Iterable[Any], name: str, where: str, faults: Faults) -> None:
    """Note the values of a parameter that the package could not tell apart from its usual one."""
    parameter = PARAMETERS[name]
    if parameter.kind:
        strange = [value for value in values if not _KINDS[parameter.kind](value)]
        allowed = f"「{name}」是{_SAID[parameter.kind]}"
    else:
        strange = [value for value in values if not any(_same(value, word) for word in parameter.values)]
        allowed = f"「{name}」的取值：{'、'.join(text_of(value) for value in parameter.values)}"
    for value in strange:
        faults.add(where, f"取值「{text_of(value)}」没有一处读得懂", allowed, "请改正，或改 sets")


def _same(value: Any, word: Any) -> bool:
    """Tell whether a value is one the package compares with: a list of it is another, and 1 is not true."""
    return type(value) is type(word) and bool(value == word)


def all_are_read(policy: "Policy", faults: Faults) -> None:
    """Note parameters that offer a choice and that nothing reads: another value would change nothing.

    Parameters
    ----------
    policy : Policy
        The rules.
    faults : Faults
        Collects what is wrong.
    """
    for name in policy.parameters:
        if not read_by(policy, name):
            allowed = "由本文件的规则（when、parameter）用到，或以 sets 写明给出哪一个取值"
            remedy = near(name.rpartition(".")[2], PARAMETERS) or "请补上，或改写成 [[notes]]"
            faults.add(f"{policy.file} 参数「{name}」", "有几种取值，却没有一处读它", allowed, remedy)


def read_by(policy: "Policy", name: str) -> frozenset[str]:
    """Find what a parameter of a policy steers.

    Parameters
    ----------
    policy : Policy
        The rules.
    name : str
        Name of one of its parameters.

    Returns
    -------
    frozenset of str
        Some of `vocabulary.STEERED`; none where the parameter only writes a reading down.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> sorted(zs.policy.steering.read_by(zs.policy.load("laoting-2025"), "cutoff.inclusive"))
    ['papers', 'rounds']
    """
    own = {full: PARAMETERS[short].steers for short, full in policy.named.items()}
    readers = set(own.get(name, ()))
    if any(name in row.when for row in (policy.table.rows if policy.table else ())):
        readers.add("papers")
    if any(name in way.when for way in policy.residence):
        readers.add("papers")
    if any(name in needs for _, needs in declarations.switched(policy.written)):
        readers.add("papers")
    if name in set(_used(policy.rounds)):
        readers.add("rounds")
    return frozenset(readers)


def _used(value: Any) -> Iterator[str]:
    """List the parameters that a value of a round is switched by."""
    if isinstance(value, Mapping):
        if isinstance(value.get("parameter"), str):
            yield value["parameter"]
        for key, part in value.items():
            if key == "when" and isinstance(part, Mapping):
                yield from part
            yield from _used(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _used(part)


def steered(policy: "Policy") -> "Policy":
    """Let the parameters set the numbers of [capacity] and [warning], and say which lines of facts and points hold.

    Parameters
    ----------
    policy : Policy
        The rules, with the values in force of their parameters.

    Returns
    -------
    Policy
        A copy with these numbers and lines.
    """

    def set_by(names: Mapping[str, str]) -> dict[str, Any]:
        values = {field: policy.parameter(name, None) for name, field in names.items()}
        return {field: value for field, value in values.items() if value is not None}

    said = dict(policy.capacity.standard) | set_by(_SIZES)
    silent = () if set(elements.NATIONAL) <= set(said) else ("standard",)
    assumed = tuple(dict.fromkeys((*policy.capacity.assumed, *silent)))
    capacity = replace(policy.capacity, standard=elements.NATIONAL | said, assumed=assumed, **set_by(_LIMITS))
    declared_ = declarations.in_force(policy.written, policy.holds)
    return replace(policy, capacity=capacity, warning=replace(policy.warning, **set_by(_LEVELS)), declared=declared_)
