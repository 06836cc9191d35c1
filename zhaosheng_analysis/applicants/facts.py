"""From evidence to facts: every question of a rule file answered for every child, and what only that file makes of it.

What comes in is the evidence table (one row a child, columns of `policy.vocabulary.EVIDENCE`) and a policy; what goes
out is one categorical column a fact, with the values the policy declares.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks
from zhaosheng_analysis.applicants.declared_facts import asked, with_blanks, with_declared
from zhaosheng_analysis.applicants.offered_facts import FACTS
from zhaosheng_analysis.applicants.own_homes import condition_of_home, home_unsure
from zhaosheng_analysis.policy import Policy, vocabulary
from zhaosheng_analysis.schema import DataError, Fault

__all__ = ["Answers", "answered", "answers", "awaited", "build", "own"]

_WIDER = {
    "zone": "town",
    "town": "district",
    "district": "elsewhere",
    "outside": "elsewhere",
    "none": "elsewhere",
    "city": "outside",
}


@dataclass(frozen=True)
class Answers:
    """What some evidence says to the questions of a policy, found once and read by all that ask.

    Attributes
    ----------
    table : DataFrame
        What conditions may name, on the index of the evidence; a fact of the file is blank where it hangs on a blank.
    codes : dict of str to ndarray of int
        Fact of the tier table -> place of each child's answer in the policy's own list.
    waits : dict of str to ndarray of bool
        Fact of the file -> where it hangs on a blank.
    matters : dict of str to ndarray of bool
        The same where another answer would be another tier.
    """

    table: pd.DataFrame
    codes: dict[str, np.ndarray]
    waits: dict[str, np.ndarray]
    matters: dict[str, np.ndarray]


def build(evidence: pd.DataFrame, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Compute the facts a policy asks about.

    Parameters
    ----------
    evidence : DataFrame
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
    evidence: pd.DataFrame, policy: Policy, *, known: Answers | None = None
) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Answer every fact a policy asks about, those it declares itself among them.

    Parameters
    ----------
    evidence : DataFrame
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
    clause = pd.Series("", index=evidence.index, dtype="str")
    for name, here in matters.items():
        said = policy.declared.facts[name].clause
        new = here & [bool(said) and said not in one.split("、") for one in clause]
        clause = clause.mask(new, clause.where(clause == "", clause + "、") + said)
    said = {name: np.asarray(policy.facts[name], dtype=object)[places] for name, places in known.codes.items()}
    return said, pd.DataFrame({"missing": blanks.hanging(matters, known.table, policy), "missing_clause": clause})


def awaited(evidence: pd.DataFrame, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Tell whose tier cannot be told yet, for want of which papers.

    Parameters
    ----------
    evidence : DataFrame
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
        unsure = home_unsure(evidence, policy)
        papers = blanks.waiting(papers, unsure, condition_of_home(policy), evidence, policy)
    open_ = pd.Series("", index=evidence.index, dtype="str")
    for name in policy.facts:
        if name in known.waits:
            open_ = open_.mask(known.waits[name], open_ + " " + name)
    return pd.DataFrame({"awaited": papers, "open_facts": open_.str.strip()})


def own(evidence: pd.DataFrame, policy: Policy, *, known: Answers | None = None) -> pd.DataFrame:
    """Return what only this rule file makes of the papers.

    Parameters
    ----------
    evidence : DataFrame
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
    given = asked(evidence, policy, named)
    given = given[[*declared.measures, *dict.fromkeys(name for name in named if name in FACTS)]]
    if policy.table is not None and (declared.facts or policy.home.must):
        known = known or answers(evidence, policy)
        given = given.join(awaited(evidence, policy, known=known))
    if not declared.facts:
        return given
    said, missing = answered(evidence, policy, known=known)
    more = {name: said[name] for name in dict.fromkeys(named) if name in said and name not in given}
    asks = {*named, *(name for name, item in declared.facts.items() if item.announce)}
    beside = [name for name in declared.facts if name in asks and name not in policy.facts]
    announced = with_declared(evidence, policy, beside)[beside] if beside else given[[]]
    return given.assign(**more, **announced, **missing)


def answers(evidence: pd.DataFrame, policy: Policy) -> Answers:
    """Answer every question of a policy for all that ask: the facts of the tier table, and those of the file.

    Of a fact that is not known stands the answer with the last tier that may come out (`blanks.deciding`).

    Parameters
    ----------
    evidence : DataFrame
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
    table, waits = with_blanks(evidence, policy)
    places = {
        name: _codes(
            name,
            table[name].fillna(defined[name].otherwise).to_numpy(dtype=object)
            if name in defined
            else FACTS[name](evidence, policy),
            policy,
        )
        for name in policy.facts
    }
    if not any(waits[name].any() for name in policy.facts if name in waits):
        return Answers(table, places, waits, {name: np.zeros_like(blank) for name, blank in waits.items()})
    matters, last = blanks.deciding(places, waits, policy)
    return Answers(table, places | last, waits, matters)


def codes(evidence: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, ...]:
    """Answer the facts of the tier table by the place of each answer in the policy's own list.

    Parameters
    ----------
    evidence : DataFrame
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


def _codes(name: str, values: np.ndarray, policy: Policy) -> np.ndarray:
    domain = policy.facts[name]
    place, said = pd.factorize(np.asarray(values, dtype=object), use_na_sentinel=False)
    order = {value: at for at, value in enumerate(domain)}
    found = np.array([order.get(value, -1) for value in _collapsed(said, domain)], dtype=int)[place]
    lost = found < 0
    if lost.any():
        words = "、".join(sorted({str(value) for value in np.asarray(values)[lost]}))
        where, remedy = f"{policy.file} [facts] {name}", "请在 [facts] 中补上这个取值"
        said = f"{int(lost.sum())} 名儿童的{policy.words[name].label}为「{words}」"
        raise DataError(Fault(where, said, "、".join(domain), remedy))
    return found


def _collapsed(values: np.ndarray, domain: tuple[str, ...]) -> np.ndarray:
    """Widen places to the ones a policy distinguishes: zone, else town, else district, else elsewhere."""
    values = np.asarray(values, dtype=object)
    for _ in range(3):
        for place, wider in _WIDER.items():
            if place not in domain and (places := values == place).any():
                values = np.where(places, wider, values)
    return values
