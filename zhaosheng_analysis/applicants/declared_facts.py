"""Facts and measures a rule file declares itself, beside those of the vocabulary its conditions name.

A declared fact that hangs on a blank has no answer; `blanks` tells which blanks those are.
"""

from collections import ChainMap
from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks, fillings
from zhaosheng_analysis.applicants.offered_facts import FACTS
from zhaosheng_analysis.policy import Cells, Coded, Defined, Policy, conditions, measures, uses, vocabulary

__all__ = ["answer", "asked", "with_blanks", "with_declared"]


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
    names = list(dict.fromkeys(names))
    answers = {name: answer(name, papers, policy) for name in names if name in FACTS}
    if "locked" in answers:  # what the register cannot tell is a blank like any other
        said = answers["locked"]
        answers["locked"] = Coded(np.where(said.is_one(["unknown"]), -1, said.codes), said.words)
    every = fillings.found(papers) if names and fillings.can_tell(papers) else []
    for name in names if every else ():
        open_ = _open(name, papers, every, policy)
        if open_.any():
            said = answers[name] if name in answers else papers.coded(name)
            answers[name] = Coded(np.where(open_, -1, said.codes), said.words)
    return papers.assign(**numbers, **answers)


def answer(name: str, papers: Cells, policy: Policy) -> Coded:
    """Answer a fact of the vocabulary; where the children have its answer in place of the paper, that is it.

    Parameters
    ----------
    name : str
        The fact.
    papers : Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    Coded
        The answers.
    """
    apart = name not in vocabulary.EVIDENCE and all(column in papers for column in uses.reads(name))
    if not apart and name in papers and isinstance(papers[name].dtype, pd.CategoricalDtype):
        return papers.coded(name)
    return FACTS[name](papers, policy)


def _open(name: str, papers: Cells, every: list[fillings.Blank], policy: Policy) -> np.ndarray:
    """Tell of whom a word is not known: of a cell where it is blank, of a fact where a blank decides it."""
    none = np.zeros(len(papers), dtype=bool)
    if name in policy.declared.facts or name in policy.declared.measures:
        return none
    reads = uses.reads(name)
    mine = [blank for blank in every if reads & {column for way in blank.ways[1:] for column in way}]
    if name not in FACTS or name in vocabulary.EVIDENCE:
        return np.logical_or.reduce([none, *(blank.rows for blank in mine if _holds(blank, name))])
    found = fillings.hanging(papers, mine, mine, lambda table: _words(name, table, policy))
    return np.logical_or.reduce([none, *found])


def _words(name: str, papers: Cells, policy: Policy) -> np.ndarray:
    """Return the answers of a fact, written out."""
    return FACTS[name](papers, policy).spelled("")


def _holds(blank: fillings.Blank, name: str) -> bool:
    """Tell whether a column says nothing where a paper is blank; a day that is blank says so itself."""
    if blank.rule in ("answers_known", "address_known"):
        return name in blank.ways[1]
    return blank.rule != "dates_known" and name in fillings.columns(blank.rule)


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
