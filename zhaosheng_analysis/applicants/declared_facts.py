"""Facts and measures a rule file declares itself, beside those of the vocabulary its conditions name.

A declared fact that hangs on a blank has no answer; `blanks` tells which blanks those are.
"""

from collections import ChainMap
from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks
from zhaosheng_analysis.applicants.offered_facts import FACTS
from zhaosheng_analysis.policy import Defined, Policy, conditions, measures

__all__ = ["asked", "with_blanks", "with_declared"]


def asked(evidence: pd.DataFrame, policy: Policy, names: Iterable[str]) -> pd.DataFrame:
    """Return the evidence with the measures of a policy and the facts of the vocabulary that conditions name.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name; where a fact has the name of a column, the fact is meant.

    Returns
    -------
    DataFrame
        On the index of `evidence`.
    """
    numbers: dict[str, pd.Series] = {}
    for name, item in policy.declared.measures.items():
        values = ChainMap(numbers, evidence)
        numbers[name] = evidence[name] if item.given else measures.measured(item, values, policy.dates)
    answers = {name: _answer(name, evidence, policy) for name in dict.fromkeys(names) if name in FACTS}
    if "locked" in answers:  # what the register cannot tell is a blank like any other
        answers["locked"] = pd.Series(answers["locked"], evidence.index, dtype="object").replace("unknown", pd.NA)
    return evidence.assign(**numbers, **answers)


def _answer(name: str, evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Answer a fact of the vocabulary; where the children have its answer in place of the paper, that is it."""
    if name in evidence and isinstance(evidence[name].dtype, pd.CategoricalDtype):
        return evidence[name].to_numpy(dtype=object)
    return FACTS[name](evidence, policy)


def with_declared(evidence: pd.DataFrame, policy: Policy, names: Iterable[str]) -> pd.DataFrame:
    """Return what conditions on a child may name, the facts of the file among it; not known where they hang on a blank.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name.

    Returns
    -------
    DataFrame
        On the index of `evidence`.
    """
    names = list(names)
    return (
        with_blanks(evidence, policy, names)[0]
        if {*names} & {*policy.declared.facts}
        else asked(evidence, policy, names)
    )


def with_blanks(
    evidence: pd.DataFrame, policy: Policy, names: Iterable[str] = ()
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return what conditions may name with every fact of the file, and where each of those hangs on a blank.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str, optional
        Columns that conditions name besides.

    Returns
    -------
    DataFrame
        On the index of `evidence`; a fact of the file is blank where it hangs on a blank.
    dict of str to ndarray of bool
        By fact of the file, where it does.
    """
    facts = policy.declared.facts
    table = asked(evidence, policy, [*names, *(name for item in facts.values() for name in item.columns)])
    waits = {}
    for name, item in facts.items():
        answer, waits[name] = _defined(item, table, policy)
        table[name] = pd.Series(answer, evidence.index).mask(waits[name])
    return table, waits


def _defined(item: Defined, table: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """Answer one declared fact, and tell where that hangs on a blank."""
    answer = np.full(len(table), item.otherwise, dtype=object)
    open_, blank = np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    for said, condition in item.when:
        holds = conditions.judge(condition, table, inclusive=inclusive)
        answer[open_ & (holds == conditions.YES)] = said
        blank |= open_ & (holds == conditions.UNKNOWN)
        open_ &= holds == conditions.NO
    for known, said in blanks.settled(item.when, item.otherwise, table, blank, policy):
        answer[known], blank[known] = said, False
    if item.unknown:
        answer[blank] = item.unknown
        blank[:] = False
    return answer, blank
