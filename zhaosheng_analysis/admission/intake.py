"""Who gets which seat: the rounds of a policy, carried out in their order on one intake.

Ranked children, a district and a policy come in; an `Outcome` goes out, in which every child has a status and a reason.
Nothing here knows a district: what differs is written in the policy's rounds (`rounds`), and chance is the seed alone.
"""

import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.admission import engine, reasons, results
from zhaosheng_analysis.admission.checking import check
from zhaosheng_analysis.admission.engine import State
from zhaosheng_analysis.admission.kernels import admit, match
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes

__all__ = ["PLACED", "Outcome", "admit", "check", "match", "run"]


@takes(ranked="ranked")
def run(
    ranked: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    seed: str,
    walk: pd.DataFrame | walks.Ways | None = None,
) -> Outcome:
    """Carry out one intake under the rules of a policy.

    Parameters
    ----------
    ranked : DataFrame
        Children with tier and clause, from `tiers.assign`.
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Its rounds in the order of the text.
    seed : str
        Published seed; every ticket is drawn from it.
    walk : DataFrame or Ways, optional
        Walking distance in metres, child_id by school_id; measured along the district's streets where it is not given.
        Where distance.metric says euclid (A-G3), or no streets are drawn, the straight line counts.

    Returns
    -------
    Outcome
        Who got which seat, and why.

    Raises
    ------
    DataError
        A round names what does not exist, or offers a school that has no plan.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> outcome = zs.admission.run(ranked, town, rules, seed="2025-07-12")
    >>> outcome.children[["status", "school_id", "tier"]]
                     status school_id tier
    child_id
    c1             admitted        s1   1b
    c2             admitted        s1   1b
    c3            under_age       NaN   1b
    c4             admitted        s2   1b
    c5             admitted        s2   1b
    c6              private        s3   1b
    c7        out_of_window       NaN    2
    """
    sequence, children, world = engine.opened(ranked, district, policy, walk=walk)
    state, logs = engine.start(len(children), sequence, world), []
    for number in range(len(sequence)):
        state, log = engine.carry_out(number, sequence, children, state, world, district, seed=seed)
        logs.append(log)
    return _outcome(children, sequence, state, logs, world, policy)


def _outcome(
    children: pd.DataFrame,
    sequence: tuple[Round, ...],
    state: State,
    logs: list[pd.DataFrame],
    world: Board,
    policy: Policy,
) -> Outcome:
    """Put the state after the last round into words and tables."""
    logs, cut = results.parted(logs)
    log = results.log(logs, sequence, world)
    labels, beyond = (policy.table.labels, policy.table.unplaced) if policy.table else ({}, {})
    children = results.undecided(children, policy)
    by_round = results.by_round(log, sequence, children, labels, world)
    every = policy.parameter("private_count", "qualified") == "registered"
    by_round["over_plan"] = by_round["filed_n" if every else "asked_n"] > by_round["seats_n"]
    cuts = results.by_school(by_round, log, sequence, state.school, state.lost, world)
    table = results.children(children, sequence, state, log, labels, world)
    unknown = children["points_missing"].to_numpy(object) if "points_missing" in children else ""
    awaited = children["awaited"].to_numpy(object) if "awaited" in children else ""
    short = results.not_shortlisted(cut, sequence, table.index)
    told = {"unknown": unknown, "awaited": awaited, "short": short}
    table["reason"] = reasons.sentences(
        table.assign(entered=state.entered, left=_left(table, log, world), **told),
        log,
        by_round,
        sequence,
        beyond,
    )
    if any(item.shortlist for item in sequence):
        table["not_shortlisted"] = short
    return Outcome(table, cuts, by_round, log)


def _left(table: pd.DataFrame, log: pd.DataFrame, world: Board) -> pd.Series:
    """Name the school whose seat a child had and gave up, of those who have none in the end; empty for others."""
    had = log[log["result"] == "in"].drop_duplicates("child_id", keep="last").set_index("child_id")["school"]
    names = pd.Series(world.schools["name"].array.take(had.to_numpy(int)), index=had.index, dtype="str")
    return names.reindex(table.index).where(table["status"].eq("unplaced")).fillna("")
