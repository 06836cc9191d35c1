"""Who gets which seat: the rounds of a policy, carried out in their order on one intake.

Ranked children, a district and a policy come in; an `Outcome` goes out, in which every child has a status and a reason.
Nothing here knows a district: what differs is written in the policy's rounds (`rounds`), and chance is the seed alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.catchment import walks
from zhaosheng_analysis.placement import offers, reasons, rounds, seating, standing, tally
from zhaosheng_analysis.placement.board import Board, applied, board
from zhaosheng_analysis.placement.chances import chances
from zhaosheng_analysis.placement.facets import areas, fits
from zhaosheng_analysis.placement.kernels import admit, match
from zhaosheng_analysis.placement.outcome import PLACED, Outcome
from zhaosheng_analysis.placement.reasons import explain
from zhaosheng_analysis.placement.rounds import CHOOSING, Round
from zhaosheng_analysis.placement.validity import check
from zhaosheng_analysis.policy import Policy, under
from zhaosheng_analysis.schema import DataError, Fault, Faults

__all__ = ["PLACED", "Outcome", "admit", "chances", "check", "explain", "match", "run", "sensitivity"]

FAILED = ("under_age", "ineligible", "incomplete")  # registered in the window, refused on the papers
_NEEDED = ("stage", "status", "school_id", "tier", "tier_rank", "clause")


@dataclass(frozen=True)
class State:
    """Where everybody stands between two rounds, by position in the ranked children.

    Attributes
    ----------
    school : code of the school whose seat each child holds, -1 for none.
    turn, choice : round and choice number by which it was got.
    ended : children who take no further part.
    lost : seats of each school that may not be filled again: given up, or waiting for children tied at the last one.
    """

    school: np.ndarray
    turn: np.ndarray
    choice: np.ndarray
    ended: np.ndarray
    lost: np.ndarray


def run(
    ranked: pd.DataFrame, district: Any, policy: Any, *, seed: str, walk: pd.DataFrame | walks.Ways | None = None
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
    if policy.parameter("distance.metric", "network") == "euclid":
        walk = None
    elif walk is None:
        walk = walks.ways(district)
    world = board(district, year=policy.intake_year, walk=walk)
    children = _children(ranked, world)
    n = len(children)
    state = State(*(np.full(n, -1) for _ in range(3)), np.zeros(n, bool), np.zeros(len(world.schools), int))
    logs = []
    for number, item in enumerate(plan):
        if item.kind in rounds.ASIDE:
            state = _withdraw(item, children, state, world, district) if item.kind == "withdrawal" else state
            continue
        state, log = _carry_out(item, number, plan, children, state, world, seed)
        logs.append(log)
    return _outcome(children, plan, state, logs, world, policy)


def _children(ranked: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return the ranked children with what rounds may ask beyond their facts."""
    missing = [name for name in _NEEDED if name not in ranked]
    if missing:
        raise DataError(Fault("ranked", f"缺少列：{'、'.join(missing)}", "", "请先运行 tiers.assign"))
    if ranked.index.has_duplicates:
        twice = ranked.index[ranked.index.duplicated()].unique()
        raise DataError(Fault("ranked", f"{len(twice)} 名儿童重复：{'、'.join(twice[:3])}", "每名儿童一行", "请去重"))
    children = ranked.sort_index().rename_axis("child_id")
    for name in ("tier", "clause", "status"):
        children[name] = children[name].astype("str")
    filed = applied(children, world)
    sector = world.schools["sector"].to_numpy()[filed["school"]]
    for name in ("public", "private"):
        children[f"applied_{name}"] = np.isin(np.arange(len(children)), filed["child"][sector == name])
    own = children["own_rank"] if "own_rank" in children else children["tier_rank"]
    return children.assign(has_area=areas(children, world).notna(), own_rank=own)


def _carry_out(
    item: Round, number: int, plan: tuple[Round, ...], children: pd.DataFrame, state: State, world: Board, seed: str
) -> tuple[State, pd.DataFrame]:
    """Carry out one round: who enters, what is offered, who gets it."""
    enter = _entrants(item, children, state, world)
    if not enter.any():
        return state, pd.DataFrame()
    pool = children[enter]
    here = np.flatnonzero(enter)
    seats = _seats(item, number, plan, state, world)
    found = offers.pairs(item, pool, world, seats)
    found = found[found["school"].to_numpy() != state.school[here[found["child"]]]].reset_index(drop=True)
    _planned(item, found, world)
    table = standing.rank(item, found, pool, world, seed=seed)
    table["result"] = seating.solve(item, table, seats, len(pool))
    log = table[table["result"] != ""]
    failed = _failed(item, children, state, world, seats)
    log = log.assign(number=number, seats_n=seats[log["school"]], failed_n=failed[log["school"]])
    got = log[log["result"] == "in"]
    who = here[got["child"]]
    school, turn, choice, ended = (part.copy() for part in (state.school, state.turn, state.choice, state.ended))
    school[who], turn[who], choice[who] = got["school"], number, got["choice"]
    if item.overflow == "end":
        ended[np.setdiff1d(here, who)] = True
    ended[here[log[log["result"] == "tied"]["child"]]] = True
    lost = state.lost + _awaiting(log, seats)
    return State(school, turn, choice, ended, lost), log.assign(at=here[log["child"]])


def _awaiting(log: pd.DataFrame, seats: np.ndarray) -> np.ndarray:
    """Count the seats that belong to children tied at the last one: nobody may take them in a later round."""
    tied = np.bincount(log["school"][log["result"] == "tied"], minlength=seats.size) > 0
    taken = np.bincount(log["school"][log["result"] == "in"], minlength=seats.size)
    return np.where(tied, np.maximum(seats - taken, 0), 0)


def _entrants(item: Round, children: pd.DataFrame, state: State, world: Board) -> np.ndarray:
    """Say which children enter a round."""
    sector = np.append(world.schools["sector"].to_numpy(object), "none")
    children = children.assign(placed=sector[state.school])
    takes = {"placed": "none", "status": "registered", **item.takes}
    inside = children["stage"].isin(item.stage).to_numpy(bool) & ~state.ended
    for name, values in takes.items():
        inside &= fits(_column(item, children, name), values).to_numpy(bool)
    for name, values in item.excludes.items():
        inside &= ~fits(_column(item, children, name), values).to_numpy(bool)
    return inside


def _failed(item: Round, children: pd.DataFrame, state: State, world: Board, seats: np.ndarray) -> np.ndarray:
    """Count at each school of a private round by application the registered children whose papers did not pass."""
    if item.sector != "private" or item.kind not in CHOOSING:
        return np.zeros(seats.size, int)
    item = replace(item, takes={**item.takes, "status": FAILED})
    found = offers.pairs(item, children[_entrants(item, children, state, world)], world, seats)
    return np.bincount(found["school"], minlength=seats.size)


def _column(item: Round, children: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of the children, or say which round asks for one that is not there."""
    if name in children:
        return children[name]
    known = "、".join(children.columns)
    raise DataError(Fault(f"轮次「{item.name}」takes", f"没有列「{name}」", f"可用：{known}", "请改正列名"))


def _seats(item: Round, number: int, plan: tuple[Round, ...], state: State, world: Board) -> np.ndarray:
    """Return the seats of each school in a round; children who may give up a seat keep it until they have another."""
    planned = world.schools["seats_n"].to_numpy()
    beyond = [place for place, other in enumerate(plan) if other.seats == "none"]
    open_ = np.maximum(planned - _held(state, planned.size, without=beyond) - state.lost, 0)
    if item.seats == "none":
        seats = np.full(planned.size, len(state.school))
    elif item.seats == "reserved":
        seats = _reserved(plan, state, world, open_)
    elif item.seats == "left":
        seats = open_ - np.where(_awaited(number, plan, world), _reserved(plan, state, world, open_), 0)
    else:
        seats = np.minimum(open_, item.seats)
    if item.cap:
        seats = np.minimum(seats, np.floor(item.cap * planned) if item.cap < 1 else item.cap)
    return seats.astype(int)


def _held(state: State, schools: int, *, without: Sequence[int] = (), only: Sequence[int] | None = None) -> np.ndarray:
    """Count the seats held at each school, leaving out some rounds or counting only some."""
    counted = (state.school >= 0) & ~np.isin(state.turn, without)
    if only is not None:
        counted &= np.isin(state.turn, only)
    return np.bincount(state.school[counted], minlength=schools)


def _reserved(plan: tuple[Round, ...], state: State, world: Board, open_: np.ndarray) -> np.ndarray:
    """Return the reserved seats of each school that are not used yet."""
    rounds_ = [place for place, other in enumerate(plan) if other.seats == "reserved"]
    used = _held(state, open_.size, only=rounds_)
    return np.clip(world.schools["reserved_n"].to_numpy() - used, 0, open_)


def _awaited(number: int, plan: tuple[Round, ...], world: Board) -> np.ndarray:
    """Say which schools still have a round ahead that fills their reserved seats."""
    waiting = np.zeros(len(world.schools), bool)
    for other in plan[number + 1 :]:
        if other.seats == "reserved":
            stage = world.schools["stage"].isin(other.stage)
            waiting |= (stage & (world.schools["sector"].eq(other.sector) | (other.sector == "any"))).to_numpy(bool)
    return waiting


def _planned(item: Round, found: pd.DataFrame, world: Board) -> None:
    """Refuse to admit to schools that have no plan for the year; a missing plan is not a plan of 0."""
    schools = world.schools.iloc[np.unique(found["school"])]
    bare = schools[~schools["planned"]]
    if item.seats != "none" and len(bare):
        names = "、".join(bare["name"].head(3))
        faults = Faults()
        faults.add(
            "plans", f"{len(bare)} 所学校没有当年招生计划：{names}", f"轮次「{item.name}」需要", "请补上 seats_n"
        )
        faults.raise_if_any()


def _withdraw(item: Round, children: pd.DataFrame, state: State, world: Board, district: Any) -> State:
    """Take back the seats given up; with proof and the school's consent the child stays in the pool (衢州 三(六)17)."""
    table = district.tables.get("withdrawals")
    if table is None:
        return state
    table = table[table["child_id"].isin(children.index)]
    at = children.index.get_indexer(table["child_id"])
    school_id = world.schools["school_id"].to_numpy(object)
    holds = (state.school[at] >= 0) & (school_id[state.school[at]] == table["school_id"].to_numpy(object))
    holds &= children["stage"].isin(item.stage).to_numpy()[at]
    who, excused = at[holds], (table["proof"] & table["consent"]).to_numpy(bool)[holds]
    lost, school, ended = state.lost.copy(), state.school.copy(), state.ended.copy()
    if not item.refill:
        lost += np.bincount(school[who], minlength=lost.size)
    school[who], ended[who[~excused]] = -1, True
    return replace(state, school=school, ended=ended, lost=lost)


def _outcome(
    children: pd.DataFrame, plan: tuple[Round, ...], state: State, logs: list[pd.DataFrame], world: Board, policy: Any
) -> Outcome:
    """Put the state after the last round into words and tables."""
    log = tally.log(logs, plan, world)
    book = getattr(policy, "table", None)
    labels, beyond = (dict(book.labels), book.unplaced) if book else ({}, {})
    by_round = tally.by_round(log, plan, children, labels, world)
    every = policy.parameter("private_count", "qualified") == "registered"
    by_round["over_plan"] = by_round["filed_n" if every else "asked_n"] > by_round["seats_n"]
    cuts = tally.by_school(by_round, log, plan, state.school, state.lost, world)
    told = tally.children(children, plan, state, log, labels, world)
    told["reason"] = reasons.sentences(told, log, by_round, plan, beyond)
    return Outcome(told, cuts, by_round, log)


def sensitivity(district: Any, policy: Policy, *, seed: str, names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Count the children whose result changes when one parameter takes another of its options, same tickets.

    Parameters
    ----------
    policy : a loaded policy; its chosen values are the baseline.
    names : parameters to try; none means every one that has options.

    Returns
    -------
    DataFrame with parameter, value, option, tiers_n, status_n, schools_n (children whose tier, status or school
    differs) and flipped_n (children with any difference), one row an option.
    """
    base = _under(policy, district, seed)
    tried = [policy.parameters[name] for name in names] if names else policy.parameters.values()
    rows = []
    for item in tried:
        value = policy.chosen[item.name]
        for option in item.options:
            if option != value:
                counts = _differences(base, _under(under(policy, {item.name: option}), district, seed))
                rows.append({"parameter": item.name, "value": value, "option": option, **counts})
    return pd.DataFrame(rows)


def _under(policy: Policy, district: Any, seed: str) -> pd.DataFrame:
    """Return the children's results under one policy, from their papers on."""
    from zhaosheng_analysis import applicants, tiers

    return run(tiers.assign(applicants.build(district, policy), policy), district, policy, seed=seed).children


def _differences(a: pd.DataFrame, b: pd.DataFrame) -> dict[str, int]:
    """Count the children who differ between two results of the same children."""
    b = b.reindex(a.index)
    parts = {"tiers_n": "tier", "status_n": "status", "schools_n": "school_id"}
    differs = {name: a[column].fillna("") != b[column].fillna("") for name, column in parts.items()}
    anything = pd.concat(differs, axis=1).any(axis=1)
    return {**{name: int(found.sum()) for name, found in differs.items()}, "flipped_n": int(anything.sum())}
