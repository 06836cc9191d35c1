"""Whether a registration stands: in the window, of age, by the right channel, with the papers, once.

The checks and their order are the policy's; every child gets a status with the clause that gave it, and none is
dropped silently.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import (
    blanks,
    days,
    declared_facts,
    facts,
    fillings,
    offered_facts,
    own_homes,
    unsaid,
)
from zhaosheng_analysis.policy import Cells, Check, Policy, Window, conditions, decision_table, vocabulary
from zhaosheng_analysis.schema import Faults

# The tests themselves are made by name, through CHECKS.
__all__ = ["CELLS", "CHECKS", "status"]
_THURSDAY, _SATURDAY = 3, 5  # the first day numpy counts was a Thursday
#: Check -> the cells without which it cannot be made: a blank is no failure.
CELLS = {"national_no": ("national_no",), "demolition_papers": ("demolition", "demolition_papers")}


def status(evidence: pd.DataFrame | Cells, policy: Policy) -> pd.DataFrame:
    """Return the status of every registration and the clause behind it.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Its `checks` are made in order; the first that fails counts.

    Returns
    -------
    DataFrame
        On the same index: status (vocabulary STATUSES) and status_clause (empty when registered).
    """
    index, evidence = evidence.index, Cells.of(evidence)
    statuses = np.full(len(evidence), "registered", dtype=object)
    clause = np.full(len(evidence), "", dtype=object)
    open_ = np.full(len(evidence), None, dtype=object)
    # The papers of who need not wait prove a tier, and the blank is asked for beside (`asked_for`).
    for check in (check for check in every(policy) if check.waits):
        made = _made(check, evidence, policy)
        fails = (statuses == "registered") & (made == conditions.NO)
        statuses[fails], clause[fails] = check.status, check.clause
        open_[(made == conditions.UNKNOWN) & (open_ == None)] = check.clause  # noqa: E711
    unsaid_ = (statuses == "registered") | ((statuses == "incomplete") & (clause == ""))
    waits = unsaid_ & (open_ != None)  # noqa: E711 - what nobody can judge yet is asked for, by the clause there is
    statuses[waits], clause[waits] = "incomplete", open_[waits]
    waits = (statuses == "registered") & own_homes.home_unsure(evidence, policy)
    statuses[waits], clause[waits] = "incomplete", policy.home.clause
    waits = (statuses == "registered") & rivalled(evidence)
    statuses[waits], clause[waits] = "incomplete", policy.lock.clause if policy.lock else ""
    return pd.DataFrame({"status": statuses, "status_clause": clause}, index=index, dtype="str")


def every(policy: Policy) -> tuple[Check, ...]:
    """Return the checks of a rule file, and the tests of blanks it needs and does not have.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    tuple of Check
        In the order they are made; those that are not of the file have no clause.
    """
    return (*policy.checks, *unsaid.checks(policy))


def rivalled(evidence: pd.DataFrame | Cells) -> np.ndarray:
    """Tell who shares the dwelling with another family of this intake, while it is not known whose the seat is.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child; lock_turn is there where a dwelling has several families (`locks.rivals`).

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether that is to be asked.
    """
    papers = Cells.of(evidence)
    return papers.is_one("lock_turn", "open") if "lock_turn" in papers else np.zeros(len(papers), dtype=bool)


def _meets(evidence: pd.DataFrame | Cells, policy: Policy, wanted: dict[str, Any]) -> np.ndarray:
    """Answer a condition of a check for every child."""
    condition = conditions.read(wanted, policy.askable, policy.dates, policy.file, Faults())
    table = declared_facts.with_declared(evidence, policy, condition.columns)
    return conditions.judge(condition, table, inclusive=bool(policy.parameter("cutoff.inclusive", default=True)))


def asked_for(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Name what is asked for beside a registration that stands: blanks with which the tier might be another.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Its checks that do not wait (``waits = false``).

    Returns
    -------
    ndarray of object, shape (children,)
        Each with its clause, joined by 、; empty where nothing is blank.
    """
    evidence, asked = Cells.of(evidence), np.full(len(evidence), "", dtype=object)
    for check in (check for check in policy.checks if not check.waits):
        blank = concerns(check, evidence, policy) & ~CHECKS[check.rule](evidence, policy, check)
        blanks.add(asked, blank, f"{vocabulary.PAPERS[check.rule]}（依据{check.clause}）")
    return asked


def lacking(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Name the papers on which the checks of a policy wait.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Its checks ``must`` name the papers.

    Returns
    -------
    ndarray of object, shape (children,)
        Joined by 、; empty where no check waits.
    """
    evidence, missing = Cells.of(evidence), np.full(len(evidence), "", dtype=object)
    for check in (check for check in policy.checks if check.waits):
        waits = _made(check, evidence, policy) == conditions.UNKNOWN
        for asked in (check.when, check.must) if waits.any() else ():
            condition = conditions.read(asked, policy.askable, policy.dates, policy.file, Faults())
            papers = declared_facts.with_declared(evidence, policy, condition.columns)
            open_ = waits & (_meets(evidence, policy, asked) == conditions.UNKNOWN)
            blanks.wait(missing, open_, condition, papers, policy)
        for name in CELLS.get(check.rule, ()):
            blanks.add(missing, waits & fillings.unanswered(evidence, name), blanks.paper(name, policy))
    if policy.home.must:
        unsure = own_homes.home_unsure(evidence, policy)
        blanks.wait(missing, unsure, own_homes.condition_of_home(policy), evidence, policy)
    for row in np.flatnonzero(rivalled(evidence)):
        n = evidence["lock_rivals"].iloc[row].count("、") + 1
        said = f"由本户使用这套住房的材料（今年另有 {n} 名儿童用同一住房报名）"
        missing[row] = f"{missing[row]}、{said}" if missing[row] else said
    return missing


def with_missing(status: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Let a registration that stands wait for papers on which a declared fact hangs.

    Parameters
    ----------
    status : DataFrame
        From `status`.
    own : DataFrame
        On the same index: missing, what is missing by name (empty where nothing is), and missing_clause
        (`facts.own`).

    Returns
    -------
    DataFrame
        On the same index: status is incomplete where something is missing, with the clause of what hangs on it.
    """
    waits = status["status"].eq("registered") & own["missing"].ne("")
    return status.assign(
        status=status["status"].mask(waits, "incomplete"),
        status_clause=status["status_clause"].mask(waits, own["missing_clause"]),
    )


def must(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell who is not known to fail a condition of the rule file."""
    return _meets(evidence, policy, check.must) != conditions.NO


def concerns(check: Check, evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Tell whom a check is known to be for."""
    return _concerning(check, Cells.of(evidence), policy) == conditions.YES


def _concerning(check: Check, papers: Cells, policy: Policy) -> np.ndarray:
    """Answer whom a check is for: no, yes, or not known where its ``when`` asks about a blank."""
    whom = np.ones(len(papers), dtype=bool)
    for column, values in {"stage": check.stage, "sector": check.sector, "registered_id": check.schools}.items():
        if values:
            whom &= papers.is_one(column, *values)
    asked = _meets(papers, policy, check.when) if check.when else np.full(len(papers), conditions.YES)
    return np.where(whom, asked, conditions.NO)


def _made(check: Check, papers: Cells, policy: Policy) -> np.ndarray:
    """Make a check: NO where it fails, UNKNOWN where it may and that hangs on a blank, else YES."""
    whom = _concerning(check, papers, policy)
    if not (whom != conditions.NO).any():
        return np.full(len(papers), conditions.YES)
    fails = ~CHECKS[check.rule](papers, policy, check)
    blank = np.zeros(len(papers), dtype=bool)
    if check.rule == "must":
        blank = _meets(papers, policy, check.must) == conditions.UNKNOWN
    elif check.rule in CELLS:
        blank = np.logical_or.reduce([fillings.unanswered(papers, name) for name in CELLS[check.rule]])
    if check.rule == "demolition_papers":  # of a home not pulled down no papers are asked for
        blank &= papers.flag("demolition") | fillings.unanswered(papers, "demolition")
    asked = (fails | blank) & (whom != conditions.NO)
    open_ = asked & ((whom == conditions.UNKNOWN) | blank)
    return np.select([open_, asked], [conditions.UNKNOWN, conditions.NO], conditions.YES)


def registered(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered at all."""
    return Cells.of(evidence).flag("registered")


def public_registration(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered at a public school, where the text knows no other."""
    return Cells.of(evidence).is_one("sector", "public")


def age(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell who was born by the date the check names; no text sets an upper age (A-G2)."""
    born = Cells.of(evidence).days("birth_on")
    return days.by(born, policy, check.date) | np.isnat(born)


def single_registration(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose first registration is known: one sector (unless ``dual_registration``, A-G10), one school a choice.

    A later registration is void and counted nowhere (`filings`); what is left here are rivals whose order the times
    do not tell.
    """
    papers = Cells.of(evidence)
    one_sector = (papers.numbers("sectors_n") <= 1) | bool(policy.parameter("dual_registration", False))
    return one_sector & (papers.numbers("schools_n") <= 1)


def one_entrance(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered in one county only, public and private together (每位学生只能选择一个县(市、区)入口报名)."""
    return Cells.of(evidence).numbers("entrances_n") <= 1


def window(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell who registered inside a window of the check open to the child's stage, sector and channel."""
    papers = Cells.of(evidence)
    moments = papers.days("submitted_at")
    good = np.isnat(moments)
    for item in policy.windows:
        if item.name in (check.windows or ("registration",)):
            good = good | open_to(item, papers) & inside(item, moments, policy)
    return good


def open_to(item: Window, evidence: pd.DataFrame | Cells) -> np.ndarray:
    """Tell to whom a window is open, by stage, sector and channel."""
    papers, scope = Cells.of(evidence), {"stage": item.stage, "sector": item.sector, "channel": item.channel}
    allowed = [papers.is_one(column, *values) for column, values in scope.items() if values]
    return np.logical_and.reduce([np.ones(len(papers), dtype=bool), *allowed])


def inside(item: Window, moments: pd.Series | np.ndarray, policy: Policy) -> np.ndarray:
    """Tell which moments lie in a window; a bare date is open from 00:00 to 24:00 (A-G12)."""
    moments = np.asarray(moments, dtype="datetime64[us]")
    within = office_days(item, moments)
    if item.opens is not None:
        within &= moments >= np.datetime64(item.opens, "us")
    return within if item.closes is None else within & before_close(moments, item.closes, policy)


def office_days(item: Window, moments: np.ndarray) -> np.ndarray:
    """Tell which moments lie on a day a window is open: no holiday of it, and no weekend where those are not."""
    day = moments.astype("datetime64[D]")
    shut = np.isin(day, _as_days(item.closed_on))
    if not item.weekends:
        weekend = (day.astype(np.int64) + _THURSDAY) % 7 >= _SATURDAY
        shut |= weekend & ~np.isnat(day) & ~np.isin(day, _as_days(item.open_on))
    return ~shut


def _as_days(listed: Iterable[date]) -> np.ndarray:
    return np.array([*listed], dtype="datetime64[D]")


def before_close(moments: np.ndarray, closes: Any, policy: Policy) -> np.ndarray:
    """Tell which moments are not after a closing day or hour; whether those count is ``window.close_inclusive``.

    Where a text gives hours, the question is about the hour, and a bare date is open to its end (A-G12).
    """
    inclusive = policy.parameter("window.close_inclusive", True)
    hours = any(isinstance(item.closes, datetime) for item in policy.windows)
    limit = np.datetime64(closes, "us")
    if not isinstance(closes, datetime) and (inclusive or hours):
        return moments < limit + np.timedelta64(1, "D")
    return moments.astype("datetime64[s]") <= limit if inclusive else moments < limit


def channel(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered by one of the allowed channels."""
    return Cells.of(evidence).is_one("channel", *check.allow)


def home_papers(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose papers of the own home are complete, where one counts."""
    return Cells.of(evidence).flag("home_papers") | ~own_homes.home_counts(evidence, policy)


def permit_papers(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has work or business papers beside the residence permit, where there is one."""
    return Cells.of(evidence).flag("permit_papers") | Cells.of(evidence).is_one("permit_at", "none")


def permit_holders(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose guardian and child both hold a residence permit, where there is one."""
    return Cells.of(evidence).is_one("permit_holders", "both", "none") | Cells.of(evidence).is_one("permit_at", "none")


def demolition_papers(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has the demolition agreement and proof of the temporary residence."""
    return Cells.of(evidence).flag("demolition_papers") | ~Cells.of(evidence).flag("demolition")


def category_basis(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has the basis document of a claimed preference."""
    return Cells.of(evidence).is_one("category", "") | ~Cells.of(evidence).is_one("category_basis", "")


def second_hand_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell whether the best home is known to be second-hand or not, where that decides whether it is held in time."""
    papers = Cells.of(evidence)
    there = papers.flag("home_second_hand_known")
    owned = own_homes.home_counts(papers, policy)
    if not check.clause:
        beside = unsaid.asked_beside_tiers("second_hand_known", policy)
        return there | ~owned | ~(beside | _decides(papers, "second_hand_known", policy))
    in_time = [offered_facts.in_time(papers.assign(home_second_hand=said), policy) for said in (False, True)]
    return there | ~owned | (in_time[0].codes == in_time[1].codes)


def hukou_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose hukou is in the papers at all, for a rule file without the check where anything may hang on it.

    None in them is not one outside.
    """
    papers = Cells.of(evidence)
    there = papers.flag("hukou_known")
    if check.clause or unsaid.asked_beside_tiers("hukou_known", policy):
        return there
    return there | ~_decides(papers, "hukou_known", policy)


def guardian_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose guardian's hukou is in the papers, where another tier may hang on it."""
    papers = Cells.of(evidence)
    there = papers.flag("guardian_known")
    if not check.clause and unsaid.asked_beside_tiers("guardian_known", policy):
        return there
    return there | ~_decides(papers, "guardian_known", policy)


def dates_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose papers bear every day on which another tier may hang."""
    return ~_decides(Cells.of(evidence), "dates_known", policy)


def answers_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose cells are filled in, where another tier may hang on one: a blank is no no."""
    asked = _open_cells(Cells.of(evidence), policy)
    return ~np.logical_or.reduce([np.zeros(len(evidence), dtype=bool), *asked.values()])


def cells(evidence: pd.DataFrame | Cells, policy: Policy) -> np.ndarray:
    """Name the blank cells on which the tier of a child, or a round, may hang.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        The rules.

    Returns
    -------
    ndarray of object, shape (children,)
        Joined by 、; empty where nothing is asked.
    """
    named = np.full(len(evidence), "", dtype=object)
    for name, here in _open_cells(Cells.of(evidence), policy).items():
        blanks.add(named, here, blanks.paper(name, policy))
    return named


def _open_cells(papers: Cells, policy: Policy) -> dict[str, np.ndarray]:
    """Find by cell where it is blank and the tier of a child, or a round, may hang on it."""
    if "unanswered" not in papers or not any(papers.coded("unanswered").words):
        return {}
    beside, every_ = unsaid.beside_tiers(policy), fillings.found(papers)
    asks, cells_ = {}, [blank for blank in every_ if blank.rule == "answers_known"]
    for blank, here in zip(cells_, _hangs(papers, cells_, every_, policy), strict=True):
        (name,) = blank.ways[0]
        asks[name] = here
        if name in beside:
            asks[name] |= blank.rows & _served(papers, unsaid.tiers_beside(name, policy), policy)
    return asks


def _served(papers: Cells, tiers: set[str] | None, policy: Policy) -> np.ndarray:
    """Tell who is of some tiers, as the papers stand; everybody where none are named."""
    if tiers is None or policy.table is None:
        return np.ones(len(papers), dtype=bool)
    row = policy.answer[facts.codes(papers, policy)].astype(int)
    named = np.array([row.tier in tiers for row in policy.table.rows])
    return named.take(row, mode="clip")


def address_known(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose addresses have a place on the map, where a better tier may hang on it."""
    papers = Cells.of(evidence)
    if "lost" not in papers:
        return np.ones(len(papers), dtype=bool)
    if not check.clause and unsaid.asked_beside_tiers("address_known", policy):
        return papers.is_one("lost", "")
    return ~_decides(papers, "address_known", policy, better=True)


def _decides(papers: Cells, rule: str, policy: Policy, *, better: bool = False) -> np.ndarray:
    """Tell for whom the ways to fill a blank lead to different tiers, or to better than the first."""
    every_ = fillings.found(papers)
    mine = [blank for blank in every_ if blank.rule == rule]
    found = _hangs(papers, mine, every_, policy, better=better)
    return np.logical_or.reduce([np.zeros(len(papers), dtype=bool), *found])


def _hangs(
    papers: Cells, asked: list[fillings.Blank], every_: list[fillings.Blank], policy: Policy, *, better: bool = False
) -> list[np.ndarray]:
    """Tell by blank for whom filling it may change the tier."""
    if policy.table is None:
        return [np.zeros(len(papers), dtype=bool) for _ in asked]
    rank = np.array([policy.table.order.index(row.tier) for row in policy.table.rows])

    def tier(table: Cells) -> np.ndarray:
        row = policy.answer[facts.codes(table, policy)].astype(int)
        return np.where(row == decision_table.IMPOSSIBLE, -1, rank.take(row, mode="clip"))

    def differs(others: np.ndarray, first: np.ndarray) -> np.ndarray:
        return (others >= 0) & (first >= 0) & ((others < first) if better else (others != first))

    return fillings.hanging(papers, asked, every_, tier, differs)


def national_no(evidence: pd.DataFrame | Cells, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has a national registry number."""
    return Cells.of(evidence).flag("national_no")


CHECKS: dict[str, Callable[..., np.ndarray]] = {
    function.__name__: function
    for function in (
        registered,
        public_registration,
        age,
        single_registration,
        one_entrance,
        window,
        channel,
        home_papers,
        permit_papers,
        permit_holders,
        demolition_papers,
        category_basis,
        national_no,
        must,
        second_hand_known,
        hukou_known,
        guardian_known,
        dates_known,
        answers_known,
        address_known,
    )
}
