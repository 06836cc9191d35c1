"""Who gets which seat: the rounds of a policy, carried out in their order on one intake.

Ranked children, a district and a policy come in; an `Outcome` goes out, in which every child has a status and a reason.
Nothing here knows a district: what differs is written in the policy's rounds (`rounds`), and chance is the seed alone.
"""

import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.admission import engine, reasons, results, rounds
from zhaosheng_analysis.admission.checking import check
from zhaosheng_analysis.admission.engine import State
from zhaosheng_analysis.admission.kernels import admit, match
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy

__all__ = ["PLACED", "Outcome", "admit", "check", "match", "run"]


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
    ranked : children with tier and clause, from `tiers.assign`.
    district : schools, zones, plans and applications.
    policy : its rounds in the order of the text.
    seed : published seed; every ticket is drawn from it.
    walk : walking distance in metres, child_id by school_id; measured along the district's streets where it is not
        given. Where distance.metric says euclid (A-G3), or no streets are drawn, the straight line counts.

    Raises
    ------
    DataError : a round names what does not exist, or offers a school that has no plan.
    """
    plan = rounds.read(policy)
    world = engine.world(district, policy, walk=walk)
    children = engine.described(ranked, world)
    state, logs = engine.start(len(children), plan, world), []
    for number in range(len(plan)):
        state, log = engine.carry_out(number, plan, children, state, world, district, seed=seed)
        logs.append(log)
    return _outcome(children, plan, state, logs, world, policy)


def _outcome(
    children: pd.DataFrame,
    plan: tuple[Round, ...],
    state: State,
    logs: list[pd.DataFrame],
    world: Board,
    policy: Policy,
) -> Outcome:
    """Put the state after the last round into words and tables."""
    log = results.log(logs, plan, world)
    labels, beyond = (policy.table.labels, policy.table.unplaced) if policy.table else ({}, {})
    by_round = results.by_round(log, plan, children, labels, world)
    every = policy.parameter("private_count", "qualified") == "registered"
    by_round["over_plan"] = by_round["filed_n" if every else "asked_n"] > by_round["seats_n"]
    cuts = results.by_school(by_round, log, plan, state.school, state.lost, world)
    told = results.children(children, plan, state, log, labels, world)
    told["reason"] = reasons.sentences(told, log, by_round, plan, beyond)
    return Outcome(told, cuts, by_round, log)
