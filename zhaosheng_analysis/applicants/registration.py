"""Whether a registration stands: in the window, of age, by the right channel, with the papers, once.

The checks and their order are the policy's; every child gets a status with the clause that gave it, and none is
dropped silently.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import blanks, days, declared_facts, facts, offered_facts, own_homes, unsaid
from zhaosheng_analysis.policy import Check, Policy, Window, conditions, vocabulary
from zhaosheng_analysis.schema import Faults

# The tests themselves are made by name, through CHECKS.
__all__ = ["CHECKS", "status"]
_DAYS = ("home_dated_on", "hukou_since_on", "guardian_hukou_since_on")
_EARLY, _LATE = pd.Timestamp(1990, 1, 1), pd.Timestamp(2200, 1, 1)

_SATURDAY = 5
_PLACES = ("zone", "town", "district", "city")  # where a register that is not there may be, if not outside


def status(evidence: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the status of every registration and the clause behind it.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of `policy.vocabulary.EVIDENCE`.
    policy : Policy
        Its `checks` are made in order; the first that fails counts.

    Returns
    -------
    DataFrame
        On the same index: status (vocabulary STATUSES) and status_clause (empty when registered).
    """
    statuses = np.full(len(evidence), "registered", dtype=object)
    clause = np.full(len(evidence), "", dtype=object)
    # The papers of who need not wait prove a tier, and the blank is asked for beside (`asked_for`).
    for check in (check for check in every(policy) if check.waits):
        whom = (statuses == "registered") & concerns(check, evidence, policy)
        if not whom.any():
            continue
        fails = whom & ~CHECKS[check.rule](evidence, policy, check)
        statuses[fails], clause[fails] = check.status, check.clause
        if check.rule == "must":  # what nobody can judge yet is asked for
            waits = whom & ~fails & (_meets(evidence, policy, check.must) == conditions.UNKNOWN)
            statuses[waits], clause[waits] = "incomplete", check.clause
    waits = (statuses == "registered") & own_homes.home_unsure(evidence, policy)
    statuses[waits], clause[waits] = "incomplete", policy.home.clause
    waits = (statuses == "registered") & rivalled(evidence)
    statuses[waits], clause[waits] = "incomplete", policy.lock.clause if policy.lock else ""
    return pd.DataFrame({"status": statuses, "status_clause": clause}, index=evidence.index, dtype="str")


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


def rivalled(evidence: pd.DataFrame) -> np.ndarray:
    """Tell who shares the dwelling with another family of this intake, while it is not known whose the seat is.

    Parameters
    ----------
    evidence : DataFrame
        One row a child; lock_turn is there where a dwelling has several families (`locks.rivals`).

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether that is to be asked.
    """
    turn = evidence["lock_turn"] if "lock_turn" in evidence else pd.Series("", index=evidence.index)
    return turn.eq("open").to_numpy()


def _meets(evidence: pd.DataFrame, policy: Policy, wanted: dict[str, Any]) -> np.ndarray:
    """Answer a condition of a check for every child."""
    condition = conditions.read(wanted, policy.askable, policy.dates, policy.file, Faults())
    table = declared_facts.with_declared(evidence, policy, condition.columns)
    return conditions.judge(condition, table, inclusive=bool(policy.parameter("cutoff.inclusive", default=True)))


def asked_for(evidence: pd.DataFrame, policy: Policy) -> pd.Series:
    """Name what is asked for beside a registration that stands: blanks with which the tier might be another.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Its checks that do not wait (``waits = false``).

    Returns
    -------
    Series of str
        On the same index, each with its clause, joined by 、; empty where nothing is blank.
    """
    asked = pd.Series("", index=evidence.index, dtype="str")
    for check in (check for check in policy.checks if not check.waits):
        blank = concerns(check, evidence, policy) & ~CHECKS[check.rule](evidence, policy, check)
        said = f"{vocabulary.PAPERS[check.rule]}（依据{check.clause}）"
        asked = asked.mask(blank, asked.where(asked == "", asked + "、") + said)
    return asked


def lacking(evidence: pd.DataFrame, policy: Policy) -> pd.Series:
    """Name the papers on which the checks of a policy wait.

    Parameters
    ----------
    evidence : DataFrame
        One row a child, columns of ``policy.evidence``.
    policy : Policy
        Its checks ``must`` name the papers.

    Returns
    -------
    Series of str
        On the same index, joined by 、; empty where no check waits.
    """
    missing = pd.Series("", index=evidence.index, dtype="str")
    for check in (check for check in policy.checks if check.rule == "must"):
        waits = concerns(check, evidence, policy) & (_meets(evidence, policy, check.must) == conditions.UNKNOWN)
        must_ = conditions.read(check.must, policy.askable, policy.dates, policy.file, Faults())
        papers = declared_facts.with_declared(evidence, policy, must_.columns)
        missing = blanks.waiting(missing, waits, must_, papers, policy)
    if policy.home.must:
        unsure = own_homes.home_unsure(evidence, policy)
        missing = blanks.waiting(missing, unsure, own_homes.condition_of_home(policy), evidence, policy)
    open_ = rivalled(evidence)
    if open_.any():
        n = evidence["lock_rivals"].str.count("、") + 1
        said = "由本户使用这套住房的材料（今年另有 " + n.astype("str") + " 名儿童用同一住房报名）"
        missing = missing.mask(open_, missing.where(missing == "", missing + "、") + said)
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


def must(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell who is not known to fail a condition of the rule file."""
    return _meets(evidence, policy, check.must) != conditions.NO


def concerns(check: Check, evidence: pd.DataFrame, policy: Policy) -> np.ndarray:
    """Tell whom a check is for."""
    whom = np.ones(len(evidence), dtype=bool)
    for column, values in {"stage": check.stage, "sector": check.sector}.items():
        if values:
            whom &= evidence[column].isin(values).to_numpy()
    if check.schools:
        whom &= evidence["registered_id"].isin(check.schools).to_numpy()
    return whom & (_meets(evidence, policy, check.when) == conditions.YES) if check.when else whom


def registered(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered at all."""
    return evidence["registered"].to_numpy(dtype=bool)


def public_registration(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered at a public school, where the text knows no other."""
    return evidence["sector"].eq("public").to_numpy()


def age(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell who was born by the date the check names; no text sets an upper age (A-G2)."""
    return days.by(evidence["birth_on"], policy, check.date) | evidence["birth_on"].isna().to_numpy()


def single_registration(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose first registration is known: one sector (unless ``dual_registration``, A-G10), one school a choice.

    A later registration is void and counted nowhere (`filings`); what is left here are rivals whose order the times
    do not tell.
    """
    one_sector = (evidence["sectors_n"] <= 1).to_numpy() | bool(policy.parameter("dual_registration", False))
    return one_sector & (evidence["schools_n"] <= 1).to_numpy()


def one_entrance(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered in one county only, public and private together (每位学生只能选择一个县(市、区)入口报名)."""
    return (evidence["entrances_n"] <= 1).to_numpy()


def window(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell who registered inside a window of the check open to the child's stage, sector and channel."""
    untimed = evidence["submitted_at"].isna().to_numpy()
    for item in policy.windows:
        if item.name in (check.windows or ("registration",)):
            untimed = untimed | open_to(item, evidence) & inside(item, evidence["submitted_at"], policy)
    return untimed


def open_to(item: Window, evidence: pd.DataFrame) -> np.ndarray:
    """Tell to whom a window is open, by stage, sector and channel."""
    scope = {"stage": item.stage, "sector": item.sector, "channel": item.channel}
    allowed = [evidence[column].isin(values).to_numpy() for column, values in scope.items() if values]
    return np.logical_and.reduce([np.ones(len(evidence), dtype=bool), *allowed])


def inside(item: Window, moments: pd.Series, policy: Policy) -> np.ndarray:
    """Tell which moments lie in a window; a bare date is open from 00:00 to 24:00 (A-G12)."""
    after = (
        np.ones(len(moments), dtype=bool) if item.opens is None else (moments >= pd.Timestamp(item.opens)).to_numpy()
    )
    after = after & office_days(item, moments)
    return after if item.closes is None else after & before_close(moments, item.closes, policy)


def office_days(item: Window, moments: pd.Series) -> np.ndarray:
    """Tell which moments lie on a day a window is open: no holiday of it, and no weekend where those are not."""
    day = moments.dt.normalize()
    shut = day.isin(pd.to_datetime(list(item.closed_on))).to_numpy()
    if not item.weekends:
        worked = day.isin(pd.to_datetime(list(item.open_on))).to_numpy()
        shut = shut | (moments.dt.day_of_week.ge(_SATURDAY).to_numpy() & ~worked)
    return ~shut


def before_close(moments: pd.Series, closes: Any, policy: Policy) -> np.ndarray:
    """Tell which moments are not after a closing day or hour; whether those count is ``window.close_inclusive``.

    Where a text gives hours, the question is about the hour, and a bare date is open to its end (A-G12).
    """
    inclusive = policy.parameter("window.close_inclusive", True)
    hours = any(isinstance(item.closes, datetime) for item in policy.windows)
    if not isinstance(closes, datetime) and (inclusive or hours):
        return (moments <= days.cut(closes)).to_numpy()
    if inclusive:
        return (moments.dt.floor("s") <= pd.Timestamp(closes)).to_numpy()
    return (moments < pd.Timestamp(closes)).to_numpy()


def channel(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who registered by one of the allowed channels."""
    return evidence["channel"].isin(check.allow).to_numpy()


def home_papers(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose papers of the own home are complete, where one counts."""
    return evidence["home_papers"].to_numpy(dtype=bool) | ~own_homes.home_counts(evidence, policy)


def permit_papers(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has work or business papers beside the residence permit, where there is one."""
    return evidence["permit_papers"].to_numpy(dtype=bool) | evidence["permit_at"].eq("none").to_numpy()


def permit_holders(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose guardian and child both hold a residence permit, where there is one."""
    return evidence["permit_holders"].isin(["both", "none"]).to_numpy() | evidence["permit_at"].eq("none").to_numpy()


def demolition_papers(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has the demolition agreement and proof of the temporary residence."""
    return evidence["demolition_papers"].to_numpy(dtype=bool) | ~evidence["demolition"].to_numpy(dtype=bool)


def category_basis(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has the basis document of a claimed preference."""
    return evidence["category"].eq("").to_numpy() | evidence["category_basis"].ne("").to_numpy()


def second_hand_known(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose best home is known to be second-hand or not, where that decides whether it is held in time."""
    there = evidence["home_second_hand_known"].to_numpy(dtype=bool)
    owned = own_homes.home_counts(evidence, policy)
    if not check.clause:
        ways = [{"home_second_hand": said} for said in (False, True)]
        beside = unsaid.asked_beside_tiers("second_hand_known", policy)
        return there | ~owned | ~(beside | _decides(evidence, ~there & owned, ways, policy))
    first, second = (offered_facts.in_time(evidence.assign(home_second_hand=said), policy) for said in (False, True))
    return there | ~owned | (first == second)


def hukou_known(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose hukou is in the papers at all, for a rule file without the check where anything may hang on it.

    None in them is not one outside.
    """
    there = evidence["hukou_known"].to_numpy(dtype=bool)
    if check.clause or unsaid.asked_beside_tiers("hukou_known", policy):
        return there
    here = {"hukou_head": "parent", "hukou_since_on": _EARLY, "same_register": True, "same_dwelling": True}
    ways = [{"hukou_at": place, **here} for place in _PLACES]
    return there | ~_decides(evidence, ~there, [{}, *ways], policy)


def guardian_known(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose guardian's hukou is in the papers, where another tier may hang on it."""
    there = evidence["guardian_known"].to_numpy(dtype=bool)
    if not check.clause and unsaid.asked_beside_tiers("guardian_known", policy):
        return there
    here = {"guardian_hukou_since_on": _EARLY, "same_register": True}
    ways = [{"guardian_hukou_at": place, **here} for place in _PLACES]
    return there | ~_decides(evidence, ~there, [{}, *ways, ways[0] | {"grand_hukou": True}], policy)


def dates_known(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell whose papers bear every day on which another tier may hang."""
    asked = [name for name in _DAYS if name in evidence]
    blank = evidence[asked].isna()
    ways = [{name: evidence[name].fillna(day) for name in asked} for day in (_EARLY, _LATE)]
    return ~_decides(evidence, blank.any(axis=1).to_numpy(), ways, policy)


def address_known(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:
    """Tell whose addresses have a place on the map, where a better tier may hang on it."""
    asks = np.zeros(len(evidence), dtype=bool)
    if "lost" not in evidence:
        return ~asks
    kinds = evidence["lost"].str.split()
    beside = not check.clause and unsaid.asked_beside_tiers("address_known", policy)
    for kind, column in unsaid.PLACED.items():
        whom = np.array([kind in said for said in kinds])
        ways = [{column: place} for place in _PLACES]
        asks |= whom & (beside | _decides(evidence, whom, [{}, *ways], policy, better=True))
    return ~asks


def _decides(
    evidence: pd.DataFrame, whom: np.ndarray, ways: list[dict[str, Any]], policy: Policy, *, better: bool = False
) -> np.ndarray:
    """Tell for whom of some children the ways to fill a blank lead to different tiers, or to better than the first."""
    open_ = np.flatnonzero(whom)
    if policy.table is None or not open_.size:
        return np.zeros(len(evidence), dtype=bool)
    rank = np.array([policy.table.order.index(row.tier) for row in policy.table.rows])
    tiers = []
    asked = evidence.iloc[open_]
    for way in ways:
        codes = facts.codes(asked.assign(**{name: _rows(said, open_) for name, said in way.items()}), policy)
        tiers.append(rank.take(policy.answer[codes].astype(int), mode="clip"))
    differs = np.zeros(len(evidence), dtype=bool)
    differs[open_] = np.any([other < tiers[0] if better else other != tiers[0] for other in tiers[1:]], axis=0)
    return differs


def _rows(said: Any, rows: np.ndarray) -> Any:
    """Return some rows of an answer that differs from child to child; one for all stays one."""
    return said.iloc[rows] if isinstance(said, pd.Series) else said


def national_no(evidence: pd.DataFrame, policy: Policy, check: Check) -> np.ndarray:  # noqa: ARG001
    """Tell who has a national registry number."""
    return evidence["national_no"].to_numpy(dtype=bool)


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
        address_known,
    )
}
