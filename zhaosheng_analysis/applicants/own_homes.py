"""Which home of a child counts as the family's own under ``[home]``: its owner, its paper, its day, what it must be."""

from typing import TypeVar

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants.days import by
from zhaosheng_analysis.policy import Cells, Policy, conditions
from zhaosheng_analysis.schema import Faults

__all__ = ["ASIDE", "condition_of_home", "home_barred", "home_counts", "home_unsure", "owners", "set_aside"]

Table = TypeVar("Table", pd.DataFrame, Cells)
#: What a column of a home that is set aside is called: what was on the paper, for the family to be told.
ASIDE = "aside_"
_GONE = {"home_at": "none", "home_owner": "", "home_evidence": ""}


def home_counts(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Tell whose best home counts as the family's own under ``[home]``.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Rules; its ``[home]`` says what counts.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether the best home of each counts.
    """
    papers = Cells.of(evidence)
    counts = ~papers.is_one("home_at", "none") & papers.is_one("home_owner", *owners(policy))
    counts &= papers.is_one("home_evidence", *policy.home.evidence)
    if policy.parameter("unaccepted_as", "none") == "none":
        counts &= ~papers.is_one("home_evidence", *policy.home.if_accepted) | papers.flag("home_accepted")
    for kind, name in policy.home.dated.items():
        counts &= ~papers.is_one("home_evidence", kind) | by(papers.days("home_dated_on"), policy, name)
    return counts & (_home_must(papers, policy) != conditions.NO)


def home_unsure(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Tell whose best home counts unless a paper that is missing says otherwise (``[home] must``).

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Rules.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether that is to be asked.
    """
    return home_counts(evidence, policy) & (_home_must(evidence, policy) == conditions.UNKNOWN)


def home_barred(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Tell whose best home is known not to be what ``[home] must`` asks for: it is as if the family had none.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Rules.

    Returns
    -------
    ndarray of bool, shape (children,)
        Nobody's where the rules ask for nothing.
    """
    papers, aside = Cells.of(evidence), f"{ASIDE}home"
    barred = _home_must(papers, policy) == conditions.NO
    return barred | papers.flag(aside) if aside in papers else barred


def set_aside(evidence: Table, policy: Policy) -> Table:
    """Take the home that is known not to be what ``[home] must`` asks for out of the papers, as if there were none.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Rules.

    Returns
    -------
    DataFrame or Cells
        Its places, dates and columns are those of a family without a home; where there is such a home, `ASIDE` home
        says whose, and `ASIDE` with the name of a column what stood there.
    """
    if not policy.home.must:
        return evidence
    barred = home_barred(evidence, policy)
    names = [name for name in evidence if name.startswith("home_") and name != "home_second_hand_known"]
    gone = {name: _without(evidence[name], barred, _GONE.get(name)) for name in names}
    kept = {f"{ASIDE}{name}": evidence[name] for name in names}
    return evidence.assign(**gone, **kept, **{f"{ASIDE}home": barred})


def _without(cells: pd.Series, barred: np.ndarray, absent: str | None) -> pd.Series:
    """Return a column of the papers with what a family without a home has there: no, nothing, or a blank."""
    if absent is None and cells.dtype == bool:
        return cells & ~barred
    return cells.mask(barred, pd.NA if absent is None else absent)


def condition_of_home(policy: Policy) -> conditions.Condition:
    """Return what a home must be to count, beside its owner and paper.

    Parameters
    ----------
    policy : Policy
        Rules.

    Returns
    -------
    Condition
        It asks for nothing where the rules say nothing.
    """
    return conditions.read(policy.home.must, policy.evidence, policy.dates, policy.file, Faults())


def _home_must(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Answer what a home must be to count, for the best home of each child."""
    if not policy.home.must:
        return np.full(len(evidence), conditions.YES, dtype=np.int8)
    return conditions.judge(
        condition_of_home(policy), evidence, inclusive=bool(policy.parameter("cutoff.inclusive", default=True))
    )


def owners(policy: Policy) -> list[str]:
    """Return whose homes count; grandparents' only where direct relatives do (A-PC13).

    Parameters
    ----------
    policy : Policy
        Rules; its ``[home]`` says whose homes count.

    Returns
    -------
    list of str
        Owners, as the table homes has them.
    """
    parents_only = policy.parameter("kin", "relatives") == "parents"
    return [owner for owner in policy.home.owners if not (parents_only and owner == "grandparent")]
