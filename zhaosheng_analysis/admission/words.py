"""What the conditions of a round may ask: of the child, of the pair of child and school, of the school.

A condition of a round is read like every condition of a rule file (`policy.conditions`), against these words; the
answer decides only where it is yes: who is not known to meet ``takes`` does not enter, who is not known to meet
``excludes`` is not kept out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Cells, Coded, Policy, conditions, declarations, vocabulary
from zhaosheng_analysis.schema import Faults

Column = vocabulary.Column
RECALLED = vocabulary.ROUND_RESULTS


@dataclass(frozen=True)
class Words:
    """The columns conditions may name, and the dates they compare with.

    Attributes
    ----------
    child, pair, school, transfer : dict of str to Column
        What may be asked of a child, of a child and a school (with ``school.`` before what is the school's), of a
        school, and of a request to join a sibling.
    recalled : dict of str to Column
        What every round of the file did with a child (``round.ID``); a round may ask it of those before it.
    dates : dict of str to Date
        The dates of the policy.
    inclusive : bool
        Whether the day itself counts where the text does not say (A-G1).
    """

    child: Mapping[str, Column] = field(default_factory=dict)
    pair: Mapping[str, Column] = field(default_factory=dict)
    school: Mapping[str, Column] = field(default_factory=dict)
    transfer: Mapping[str, Column] = field(default_factory=dict)
    recalled: Mapping[str, Column] = field(default_factory=dict)
    dates: Mapping[str, Any] = field(default_factory=dict)
    inclusive: bool = True

    @property
    def batches(self) -> tuple[str, ...]:
        """Names of the batches of wishes the rounds read."""
        return tuple(name.removeprefix("batch.") for name in self.child if name.startswith("batch."))


def of(policy: Policy) -> Words:
    """Return what the rounds of a policy may ask.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    Words
        The columns and dates.
    """
    child = dict(policy.evidence) | vocabulary.CHILD | {name: _asked(name, policy) for name in policy.words}
    for name in ("status", "status_private"):
        child[name] = Column(name, "报名状态", "choice", values=tuple(vocabulary.STATUSES))
    lists = dict.fromkeys(item["batch"] for item in policy.rounds if isinstance(item.get("batch"), str))
    child |= {f"batch.{name}": Column(f"batch.{name}", f"填报了{name}的志愿", "flag") for name in lists}
    child |= {name: Column(name, item.label, "number") for name, item in policy.declared.measures.items()}
    if policy.table:
        child["tier"] = Column("tier", "类别", "choice", values=policy.table.order)
    if policy.declared.points.items:
        own = {f"points_{item.id}": item.label for item in policy.declared.points.of("child")}
        child |= {name: Column(name, label, "number") for name, label in own.items()}
        child["points"] = Column("points", policy.declared.points.label, "number")
    school = declarations.of_school(policy.declared.columns)
    pair = child | vocabulary.PAIR | declarations.of_school(policy.declared.columns, "school.")
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    return Words(child, pair, school, vocabulary.TRANSFER, _recalled(policy), policy.dates, inclusive)


def _recalled(policy: Policy) -> dict[str, Column]:
    """Return what may be asked of earlier rounds, in the order of the file."""
    said = tuple(RECALLED.items())
    names = {str(item.get("id", "")): str(item.get("name", "")) for item in policy.rounds}
    return {
        f"round.{name}": Column(f"round.{name}", f"在「{label}」", "choice", values=tuple(RECALLED), said=said)
        for name, label in names.items()
    }


def _asked(name: str, policy: Policy) -> Column:
    """Return a fact as a column; of its answers those the policy tells apart."""
    fact = policy.words[name]
    return Column(name, fact.label, "choice", values=tuple(policy.facts.get(name, fact.answers)))


def judge(wanted: Any, columns: Mapping[str, Column], words: Words, where: str, faults: Faults) -> None:
    """Note what a condition of a round asks that is not there, or could never hold.

    Parameters
    ----------
    wanted : object
        The condition as it stands in the file.
    columns : mapping of str to Column
        The columns it may name.
    words : Words
        The dates.
    where : str
        File, round and key, for the messages.
    faults : Faults
        Collects what is wrong.
    """
    conditions.read(wanted, columns, words.dates, where, faults)


def holds(
    wanted: Mapping[str, Any],
    columns: Mapping[str, Column],
    words: Words,
    column: Callable[[str], pd.Series | Coded],
    n: int,
) -> np.ndarray:
    """Tell for which rows a condition is known to hold.

    Parameters
    ----------
    wanted : mapping of str to object
        The condition, judged before.
    columns : mapping of str to Column
        The columns it may name; any other is taken as text.
    words : Words
        The dates.
    column : callable
        Returns the values of a column by its name.
    n : int
        How many rows there are.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether it holds.
    """
    asked = conditions.read(wanted, _Open(columns), words.dates, "", Faults())
    table = Cells(pd.DataFrame(index=pd.RangeIndex(n)), {name: column(name) for name in asked.columns})
    return conditions.judge(asked, table, inclusive=words.inclusive) == conditions.YES


def named(wanted: Mapping[str, Any], columns: Mapping[str, Column], words: Words) -> tuple[str, ...]:
    """Return the columns a condition of a round names."""
    return tuple(conditions.read(wanted, _Open(columns), words.dates, "", Faults()).columns)


class _Open(dict):
    """Columns, of which one that was never declared is text: the caller says that it is not there."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Column:
        return Column(name, name, "text")
