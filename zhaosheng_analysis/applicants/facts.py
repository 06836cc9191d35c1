"""From evidence to facts: every question of a rule file answered for every child, and what only that file makes of it.

What comes in is the evidence table (one row a child, columns of `policy.vocabulary.EVIDENCE`) and a policy; what goes
out is one categorical column a fact, with the values the policy declares.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks
from zhaosheng_analysis.applicants.declared_facts import answer, asked, with_blanks, with_declared
from zhaosheng_analysis.applicants.offered_facts import FACTS
from zhaosheng_analysis.applicants.own_homes import condition_of_home, home_unsure
from zhaosheng_analysis.policy import Cells, Coded, Policy, vocabulary
from zhaosheng_analysis.schema import DataError, Fault

__all__ = ["Answers", "answered", "answers", "awaited", "build", "own", "untold"]


@dataclass(frozen=True)
class Answers:
    """What some evidence says to the questions of a policy, found once and read by all that ask.

    Attributes
    ----------
    table : Cells
        What conditions may name, one row a child; a fact of the file is blank where it hangs on a blank.
    codes : dict of str to ndarray of int
        Fact of the tier table -> place of each child's answer in the policy's own list.
    waits : dict of str to ndarray of bool
        Fact of the file -> where it hangs on a blank.
    matters : dict of str to ndarray of bool
        The same where another answer would be another tier.
    """

    table: Cells
    codes: dict[str, np.ndarray]
    waits: dict[str, np.ndarray]
    matters: dict[str, np.ndarray]


def build(evidence: pd.DataFrame | Cells, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Compute the facts a policy asks about.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        The rules; `policy.facts` names the facts and their values.
    known : Answers, optional
        From `answers`, where they were asked for before.

    Returns
    -------
    DataFrame
        On the same index, one categorical column a fact, categories in the order of the policy.

    Raises
    ------
    DataError
        A fact came out with a value the policy does not declare.
    """
    known = known or answers(evidence, policy)
    columns = {
        name: pd.Categorical.from_codes(places, categories=pd.Index(policy.facts[name], dtype="str"))
        for name, places in known.codes.items()
    }
    return pd.DataFrame(columns, index=evidence.index)


def answered(
    evidence: pd.DataFrame | Cells, policy: Policy, *, known: Answers | None = None
) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Answer every fact a policy asks about, those it declares itself among them.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    known : Answers, optional
        From `answers`, where they were asked for before.

    Returns
    -------
    dict of str to ndarray
        The answers of the facts of the tier table.
    DataFrame
        On the index of `evidence`: missing (the label of every blank on which a declared fact hangs that has no answer
        for it, joined by 、; empty where all is known) and missing_clause (the clauses of those facts).
    """
    known = known or answers(evidence, policy)
    matters = dict(known.matters)
    named = {column for item in policy.declared.points.items for column in item.condition.columns}
    named |= set(policy.asked_in_rounds)
    matters |= {name: blank for name, blank in known.waits.items() if name in named}
    clause = np.full(len(evidence), "", dtype=object)
    for name, here in matters.items():
        if said := policy.declared.facts[name].clause:
            blanks.add(clause, here, said)
    said = {name: np.asarray(policy.facts[name], dtype=object)[places] for name, places in known.codes.items()}
    missing = {"missing": blanks.hanging(matters, known.table, policy), "missing_clause": clause}
    return said, pd.DataFrame(missing, index=evidence.index, dtype="str")


def awaited(evidence: pd.DataFrame | Cells, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Tell whose tier cannot be told yet, for want of which papers.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    known : Answers, optional
        From `answers`, where they were asked for before.

    Returns
    -------
    DataFrame
        On the index of `evidence`: awaited (labels of the blanks on which the tier hangs, joined by 、; empty where it
        is known) and open_facts (names of the facts of the tier table not known, joined by a space).
    """
    known = known or answers(evidence, policy)
    papers = blanks.hanging(known.matters, known.table, policy)
    if policy.home.must:
        blanks.wait(papers, home_unsure(evidence, policy), condition_of_home(policy), Cells.of(evidence), policy)
    open_ = np.full(len(evidence), "", dtype=object)
    for name in policy.facts:
        if name in known.waits:
            blanks.add(open_, known.waits[name], name, between=" ")
    return pd.DataFrame({"awaited": papers, "open_facts": open_}, index=evidence.index, dtype="str")


def own(evidence: pd.DataFrame | Cells, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Return what only this rule file makes of the papers.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.
    known : Answers, optional
        From `answers`, where they were asked for before.

    Returns
    -------
    DataFrame
        On the index of `evidence`: the measures, the facts its points ask for, where a tier may hang on a blank awaited
        and open_facts (`awaited`), and, where it declares facts, missing and missing_clause (`answered`). No column
        where there is none of these.
    """
    declared = policy.declared
    named = [name for item in declared.points.items for name in item.condition.columns if name not in vocabulary.PAIR]
    named += [name for name in policy.asked_in_rounds if name not in policy.facts and name not in policy.evidence]
    table = asked(evidence, policy, named)
    given = _frame(table, [*declared.measures, *dict.fromkeys(name for name in named if name in FACTS)])
    if policy.table is not None and (declared.facts or policy.home.must):
        known = known or answers(evidence, policy)
        given = given.join(awaited(evidence, policy, known=known))
    if not declared.facts:
        return given
    said, missing = answered(evidence, policy, known=known)
    more = {name: said[name] for name in dict.fromkeys(named) if name in said and name not in given}
    asks = {*named, *(name for name, item in declared.facts.items() if item.announce)}
    beside = [name for name in declared.facts if name in asks and name not in policy.facts]
    announced = _frame(with_declared(evidence, policy, beside), beside) if beside else given[[]]
    return given.assign(**more, **announced, **missing)


def _frame(table: Cells, names: list[str]) -> pd.DataFrame:
    """Write some columns out."""
    return pd.DataFrame({name: table[name] for name in names}, index=table.index)


def answers(evidence: pd.DataFrame | Cells, policy: Policy) -> Answers:
    """Answer every question of a policy for all that ask: the facts of the tier table, and those of the file.

    Of a fact that is not known stands the answer with the last tier that may come out (`blanks.deciding`).

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    Answers
        On the index of `evidence`.

    Raises
    ------
    DataError
        A fact came out with a value the policy does not declare.
    """
    defined = policy.declared.facts
    papers = Cells.of(evidence)
    table, waits = with_blanks(papers, policy)
    places = {}
    for name in policy.facts:
        said = table.coded(name) if name in defined else answer(name, papers, policy)
        if name in defined:
            said = Coded(np.where(said.codes < 0, said.words.index(defined[name].otherwise), said.codes), said.words)
        places[name] = _codes(name, said, policy)
    if not any(waits[name].any() for name in policy.facts if name in waits):
        return Answers(table, places, waits, {name: np.zeros_like(blank) for name, blank in waits.items()})
    matters, last = blanks.deciding(places, waits, policy)
    return Answers(table, places | last, waits, matters)


def codes(evidence: pd.DataFrame | Cells, policy: Policy) -> tuple[np.ndarray, ...]:
    """Answer the facts of the tier table by the place of each answer in the policy's own list.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    tuple of ndarray of int, each of shape (children,)
        One a fact, in the order of ``policy.facts``.

    Raises
    ------
    DataError
        A fact came out with a value the policy does not declare.
    """
    known = answers(evidence, policy)
    return tuple(known.codes[name] for name in policy.facts)


def untold(policy: Policy) -> dict[str, list[str]]:
    """List the answers a family may give to a question of the tier table for which the rules have no place.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    dict of str to list of str
        Fact of the vocabulary -> its answers, which would end an intake with the first such family.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.applicants.facts.untold(zs.policy.load("laoting-2025"))
    {}
    """
    found = {}
    for name, domain in policy.facts.items():
        answers_ = vocabulary.FACTS[name].answers if name in vocabulary.FACTS else {}
        lost = [word for word in answers_ if word != "elsewhere" and vocabulary.widened(word, domain) not in domain]
        if lost and name not in policy.declared.facts:
            found[name] = lost
    return found


def _codes(name: str, said: Coded, policy: Policy) -> np.ndarray:
    """Return the place of each answer in the policy's own list."""
    domain = policy.facts[name]
    order = {value: at for at, value in enumerate(domain)}
    found = said.each((order.get(vocabulary.widened(value, domain), -1) for value in said.words), blank=-1)
    lost = found < 0
    if lost.any():
        words = "、".join(sorted({str(value) for value in said.spelled()[lost]}))
        where, remedy = f"{policy.file} [facts] {name}", "请在 [facts] 中补上这个取值"
        found_ = f"{int(lost.sum())} 名儿童的{policy.words[name].label}为「{words}」"
        raise DataError(Fault(where, found_, "、".join(domain), remedy))
    return found
