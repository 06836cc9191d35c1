"""A parameter as a planner reads it: its value in Chinese, the code `--set` takes, and what else it may be."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zhaosheng_analysis.policy.decision_table import text_of
from zhaosheng_analysis.policy.elements import Parameter

if TYPE_CHECKING:
    from zhaosheng_analysis.policy.book import Policy

NOTHING = "留空"  # the code of an empty list
Pair = tuple[str, str]


def pair(item: Parameter, value: Any) -> Pair:
    """Return a value in Chinese and its code; no code where the words are it.

    Parameters
    ----------
    item : Parameter
        The parameter.
    value : object
        One of its values.

    Returns
    -------
    tuple of str, length 2
        Words and code.
    """
    code = text_of(value)
    words = item.says.get(code, "")
    if not words and isinstance(value, bool):
        words = "是" if value else "否"
    if not words:
        return _measured(code, item), ""
    return words, code or NOTHING


def offered(item: Parameter) -> list[Pair]:
    """Return what a parameter may be: its options, or the ends of its range.

    Parameters
    ----------
    item : Parameter
        The parameter.

    Returns
    -------
    list of (str, str)
        Words and code of each; the code is empty where the words are it.
    """
    if item.range:
        low, high = map(text_of, item.range)
        return [(f"{low} 至 {_measured(high, item)}", "")]
    return [pair(item, option) for option in item.options]


def _measured(code: str, item: Parameter) -> str:
    return f"{code} {item.unit}".rstrip()


def written(pairs: Iterable[Pair]) -> str:
    """Write values on one line, as 电脑派位（lottery）；离校较近者先（nearest）.

    Parameters
    ----------
    pairs : iterable of (str, str)
        Words and code of each value.

    Returns
    -------
    str
        The values in one line of Chinese.
    """
    return "；".join(f"{words}（{code}）" if code else words for words, code in pairs)


def said(item: Parameter, value: Any) -> str:
    """Write one value of a parameter, as 电脑派位（lottery）.

    Parameters
    ----------
    item : Parameter
        The parameter.
    value : object
        One of its values.

    Returns
    -------
    str
        The value in Chinese, with its code where it has one.
    """
    return written([pair(item, value)])


def listed(policy: "Policy", names: Iterable[str]) -> str:
    """Write the values in force of some parameters, as pc.tie_break = 离校较近者先（nearest）.

    Parameters
    ----------
    policy : Policy
        The rules they are in force in.
    names : iterable of str
        Full names of the parameters.

    Returns
    -------
    str
        One line of Chinese.
    """
    return "；".join(f"{name} = {said(policy.parameters[name], policy.chosen[name])}" for name in names)
