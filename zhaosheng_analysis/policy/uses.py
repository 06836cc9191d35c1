"""Where a rule file asks each word: the tier table, facts of its own, points, checks, homes, rounds."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from zhaosheng_analysis.policy import vocabulary
from zhaosheng_analysis.policy.book import Policy, mentioned

_WORD = re.compile(r"[^\W\d]\w*")
#: What of a round asks a word; the rest is about schools, seats and days.
_OF_ROUNDS = ("takes", "excludes", "offers", "groups", "choices_by", "key", "orders")
TABLE = "[tiers] 类别表"


def listed(policy: Policy) -> dict[str, list[str]]:
    """List the places of a rule file that ask each word.

    Parameters
    ----------
    policy : Policy
        The rules; what is written under a reading that is not in force is listed, too.

    Returns
    -------
    dict of str to list of str
        Word -> places in the order of the file, as they are written there.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> asked = zs.policy.uses.listed(zs.policy.load("taobei-2024"))
    >>> asked["hukou"][:2], "homes_n" in asked
    (['[tiers] 类别表', '[[residence]] 第1项（home）'], False)
    """
    kept = vars(policy)  # where a cached property keeps what it found
    if "listed" not in kept:
        asked: dict[str, list[str]] = {}
        for place, words in _places(policy):
            for word in dict.fromkeys(words):
                asked.setdefault(word, []).append(place)
        kept["listed"] = {word: list(dict.fromkeys(places)) for word, places in asked.items()}
    return kept["listed"]


def reads(name: str) -> set[str]:
    """Return the columns of the evidence on which a word hangs: what a fact reads, or the column itself.

    Parameters
    ----------
    name : str
        A fact of the vocabulary or a column.

    Returns
    -------
    set of str
        Names of columns.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> sorted(zs.policy.uses.reads("kin"))
    ['hukou_head', 'same_register']
    """
    fact = vocabulary.FACTS.get(name)
    if fact is None:
        return {name}
    return {column for word in fact.reads for column in ({word} if word == name else reads(word))}


def _places(policy: Policy) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield every place that asks with the words it names."""
    made = policy.written
    if policy.table is not None:
        yield TABLE, policy.facts
    for name, fact in made.facts.items():
        yield f"[define.{name}]", fact.columns
    for item in made.points.items:
        yield f"[points] {item.id}", item.condition.columns
    for name, number in made.measures.items():
        yield f"[measures.{name}]", _words((number.since, number.until, list(number.parts)))
    for order, check in enumerate(policy.checks, 1):
        yield f"[[checks]] 第{order}项（{check.rule}）", _words((check.when, check.must))
    for order, way in enumerate(policy.residence, 1):
        yield f"[[residence]] 第{order}项（{way.use}）", _words(way.only_if)
    yield "[home] must", _words(policy.home.must)
    for order, item in enumerate(policy.rounds, 1):
        for key in _OF_ROUNDS:
            yield f"[[rounds]] {item.get('id', f'第{order}项')} 的 {key}", _words(item.get(key))


def _words(value: Any) -> list[str]:
    """List the words in a value of a rule file."""
    return [word for text in mentioned(value) for word in _WORD.findall(text)]
