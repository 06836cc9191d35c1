"""Facts and measures a rule file declares itself, beside those of the vocabulary its conditions name.

A declared fact that hangs on a blank has no answer; `blanks` tells which blanks those are.
"""

from collections import ChainMap
from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks
from zhaosheng_analysis.applicants.offered_facts import FACTS
from zhaosheng_analysis.policy import Cells, Coded, Defined, Policy, conditions, measures

__all__ = ["asked", "with_blanks", "with_declared"]


def asked(evidence: pd.DataFrame | Cells, policy: Policy, names: Iterable[str]) -> Cells:
    """Return the evidence with the measures of a policy and the facts of the vocabulary that conditions name.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name; where a fact has the name of a column, the fact is meant.

    Returns
    -------
    Cells
        The same rows.
    """
    papers = Cells.of(evidence)
    numbers: dict[str, pd.Series] = {}
    for name, item in policy.declared.measures.items():
        values = ChainMap(numbers, papers)
        numbers[name] = papers[name] if item.given else measures.measured(item, values, policy.dates)
    answers = {name: _answer(name, papers, policy) for name in dict.fromkeys(names) if name in FACTS}
    if "locked" in answers:  # what the register cannot tell is a blank like any other
        said = answers["locked"]
        answers["locked"] = Coded(np.where(said.is_one(["unknown"]), -1, said.codes), said.words)
    return papers.assign(**numbers, **answers)


def _answer(name: str, papers: Cells, policy: Policy) -> Coded:
    """Answer a fact of the vocabulary; where the children have its answer in place of the paper, that is it."""
    if name in papers and isinstance(papers[name].dtype, pd.CategoricalDtype):
        return papers.coded(name)
    return FACTS[name](papers, policy)


def with_declared(evidence: pd.DataFrame | Cells, policy: Policy, names: Iterable[str]) -> Cells:
    """Return what conditions on a child may name, the facts of the file among it; not known where they hang on a blank.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str
        Columns that conditions name.

    Returns
    -------
    Cells
        The same rows.
    """
    names = list(names)
    return (
        with_blanks(evidence, policy, names)[0]
        if {*names} & {*policy.declared.facts}
        else asked(evidence, policy, names)
    )


def with_blanks(
    evidence: pd.DataFrame | Cells, policy: Policy, names: Iterable[str] = ()
) -> tuple[Cells, dict[str, np.ndarray]]:
    """Return what conditions may name with every fact of the file, and where each of those hangs on a blank.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    names : iterable of str, optional
        Columns that conditions name besides.

    Returns
    -------
    Cells
        The same rows; a fact of the file is blank where it hangs on a blank.
    dict of str to ndarray of bool
        By fact of the file, where it does.
    """
    facts = policy.declared.facts
    table = asked(evidence, policy, [*names, *(name for item in facts.values() for name in item.columns)])
    waits = {}
    for name, item in facts.items():
        answer, waits[name] = _defined(item, table, policy)
        table.put(name, Coded(np.where(waits[name], -1, answer.codes), answer.words))
    return table, waits


def _defined(item: Defined, table: Cells, policy: Policy) -> tuple[Coded, np.ndarray]:
    """Answer one declared fact, and tell where that hangs on a blank."""
    words = [*dict.fromkeys([item.otherwise, *(said for said, _ in item.when), item.unknown])]
    answer = np.full(len(table), words.index(item.otherwise))
    open_, blank = np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    for said, condition in item.when:
        holds = conditions.judge(condition, table, inclusive=inclusive)
        answer[open_ & (holds == conditions.YES)] = words.index(said)
        blank |= open_ & (holds == conditions.UNKNOWN)
        open_ &= holds == conditions.NO
    for known, said in blanks.settled(item.when, item.otherwise, table, blank, policy):
        answer[known], blank[known] = words.index(said), False
    if item.unknown:
        answer[blank] = words.index(item.unknown)
        blank[:] = False
    return Coded(answer, tuple(words)), blank
