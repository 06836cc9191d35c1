"""One round after the other: who stands where, how many seats are open, who enters, and what a round changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.admission import matching, priorities, rounds, words
from zhaosheng_analysis.admission import proposals as offers
from zhaosheng_analysis.admission.criteria import areas
from zhaosheng_analysis.admission.rounds import ASIDE, CHOOSING, UNLIMITED, Round
from zhaosheng_analysis.admission.supply import Board, applied, board, with_filings
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Cells, Coded, Policy
from zhaosheng_analysis.schema import DataError, Fault, Faults, near

_IDS = ("school_id", "prev_school_id", "sibling_school_id", "registered_id", "applied_id", "zone_id", "area_id")
FAILED = ("under_age", "ineligible", "incomplete")  # registered in the window, refused on the papers


@dataclass(frozen=True)
class State:
    """Where everybody stands between two rounds, by position in the ranked children.

    Attributes
    ----------
    school : ndarray
        Code of the school whose seat each child holds, -1 for none.
    turn : ndarray
        Round and choice number by which it was got.
    choice : ndarray
        Round and choice number by which it was got.
    ended : ndarray
        Children who take no further part.
    lost : ndarray
        Seats of each school that may not be filled again: given up, or waiting for children tied at the last one.
    kept : ndarray
        Seats held by children left out of the calculation, rounds × schools.
    entered : ndarray
        Children some round was for.
    told : ndarray, rounds × children
        What each round did with each child (its place in `rounds.RECALLED`); no rows where nobody asks.
    """

    school: np.ndarray
    turn: np.ndarray
    choice: np.ndarray
    ended: np.ndarray
    lost: np.ndarray
    kept: np.ndarray
    entered: np.ndarray
    told: np.ndarray


def world(
    ranked: pd.DataFrame, district: District, policy: Policy, *, walk: pd.DataFrame | walks.Ways | None = None
) -> Board:
    """Set up the schools' side for an intake, with the distances its policy asks for (A-G3) and what was filed."""
    if ranked.index.has_duplicates:
        twice = ranked.index[ranked.index.duplicated()].unique()
        raise DataError(Fault("ranked", f"{len(twice)} 名儿童重复：{'、'.join(twice[:3])}", "每名儿童一行", "请去重"))
    straight = policy.parameter("distance.metric", "network") == "euclid"
    walk = None if straight else walks.ways(district) if walk is None else walk
    schools = board(district, year=policy.intake_year, walk=walk, points=policy.declared.points)
    return with_filings(schools, district, ranked["stage"].astype("str"), policy)


def opened(
    ranked: pd.DataFrame, district: District, policy: Policy, *, walk: pd.DataFrame | walks.Ways | None = None
) -> tuple[tuple[Round, ...], pd.DataFrame, Board]:
    """Return the rounds of an intake, its children as rounds see them, and the schools' side, all of it checked.

    Parameters
    ----------
    ranked : DataFrame
        Children with tier and clause, from `tiers.assign`.
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Its rounds in the order of the text.
    walk : DataFrame or Ways, optional
        As for `intake.run`.

    Returns
    -------
    tuple of (tuple of Round, DataFrame, Board)
        For `carry_out`.

    Raises
    ------
    DataError
        A round names what does not exist, or applications are of a batch that no round reads.
    """
    sequence = rounds.read(policy)
    board = world(ranked, district, policy, walk=walk)
    batches_are_read(sequence, board)
    ids_are_known(sequence, board, district)
    return sequence, described(ranked, board), board


def batches_are_read(sequence: tuple[Round, ...], world: Board) -> None:
    """Refuse applications of a batch that no round reads, where rounds tell batches apart."""
    read = {item.batch for item in sequence} - {""}
    filed = world.applications["batch"].dropna()
    strange = filed[~filed.isin([*read, ""])]
    if len(strange):
        allowed = f"轮次里有的批次：{'、'.join(sorted(read)) or '无'}"
        remedy = f"{near(strange.iloc[0], read)}请改 applications 的 batch，或在轮次里写 batch"
        raise DataError(
            Fault("applications", f"{len(strange)} 行的批次「{strange.iloc[0]}」没有一轮会读", allowed, remedy)
        )


def ids_are_known(sequence: tuple[Round, ...], world: Board, district: District) -> None:
    """Refuse conditions of rounds on a school, zone or area the district does not have: they would hold for nobody."""
    schools = world.every
    layers = {"school": schools.index, "zone": district.zones["zone_id"], "area": schools["area_id"].dropna()}
    called = dict(zip(schools["name"], schools.index, strict=True))
    faults = Faults()
    for item in sequence:
        for name, value in _named_ids(item):
            plain = name.removeprefix("school.")
            ids = layers.get(plain.removesuffix("_id"), layers["school"])
            if value not in set(ids):
                where, found = f"轮次「{item.name}」{name}", f"没有编号为「{value}」的"
                remedy = f"请写编号 {called[value]}" if value in called else near(value, ids)
                faults.add(where, found, f"数据里的编号，如 {'、'.join(sorted(map(str, set(ids)))[:5])}", remedy)
    faults.raise_if_any()


def _named_ids(item: Round) -> list[tuple[str, Any]]:
    """List the ids that the conditions of a round name, each with its column."""
    open_ = [item.takes, item.excludes, item.offers, *item.groups, *(part["if"] for part in item.choices_by)]
    named = []
    for condition in open_:
        for name, value in condition.items():
            if name == "any":
                open_ += value
            elif name == "not":
                open_.append(value)
            elif name.removeprefix("school.") in _IDS:
                ids = [one for one in rounds.listed(value) if one not in ("known", "unknown")]
                named += [(name, one) for one in ids if not str(one).startswith("=")]
    return named


def start(n: int, sequence: tuple[Round, ...], world: Board) -> State:
    """Return where children stand before the first round."""
    schools = len(world.schools)
    nobody, kept = np.zeros(n, bool), np.zeros((len(sequence), schools), int)
    told = np.zeros((len(sequence) * rounds.remembers(sequence), n), np.int8)
    return State(*(np.full(n, -1) for _ in range(3)), nobody, np.zeros(schools, int), kept, nobody, told)


def described(ranked: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return the ranked children with what rounds may ask beyond their facts."""
    children = ranked.sort_index().rename_axis("child_id")
    for name in ("tier", "clause", "status"):
        children[name] = children[name].astype("str")
    children = _asking(children, world)
    own = children["own_rank"] if "own_rank" in children else children["tier_rank"]
    return children.assign(has_area=areas(children).notna(), own_rank=own)


def _asking(children: pd.DataFrame, world: Board) -> pd.DataFrame:
    """Return the children with the sectors they ask."""
    filed = applied(children, world)
    sector = world.schools["sector"].to_numpy()[filed["school"]]
    asks = {name: np.isin(np.arange(len(children)), filed["child"][sector == name]) for name in ("public", "private")}
    lists = world.applications[["child_id", "batch"]].drop_duplicates()
    lists = lists[lists["batch"].fillna("").ne("")]
    own = {f"batch.{name}": children.index.isin(ids) for name, ids in lists.groupby("batch")["child_id"]}
    alone = asks["private"] & ~asks["public"]
    return children.assign(**{f"applied_{name}": found for name, found in asks.items()}, private_only=alone, **own)


def as_filed(item: Round, children: pd.DataFrame, world: Board) -> tuple[pd.DataFrame, Board]:
    """Return the children and the board as a round sees them: by their first registration, or by their last."""
    if item.registration == "first":
        return children, world
    world = replace(world, applications=world.renewed)
    children = _asking(children, world)
    if "turn_n" not in world.renewed:
        return children, world
    again = world.renewed[(world.renewed["turn_n"] > 1) & world.renewed["sector"].eq(item.sector)]
    again = again.sort_values(["child_id", "choice_n"]).drop_duplicates("child_id").set_index("child_id")
    filed = again.reindex(children.index)
    columns = {name: filed[name].fillna(children[name]) for name in ("channel", "submitted_at") if name in children}
    return children.assign(**columns), world


def carry_out(
    number: int,
    sequence: tuple[Round, ...],
    children: pd.DataFrame,
    state: State,
    world: Board,
    district: District,
    *,
    seed: str,
    sure: np.ndarray | int = 0,
) -> tuple[State, pd.DataFrame]:
    """Carry out one round: who enters, what is offered, who gets it.

    Parameters
    ----------
    number : int
        Of the round in the sequence.
    sequence : tuple of Round
        Rounds of the intake.
    children : DataFrame
        From `described`.
    state : State
        Where everybody stands before it.
    world : Board
        The schools' side.
    district : District
        District whose tables are read.
    seed : str
        Published seed; every ticket is drawn from it.
    sure : ndarray of int or int, default 0
        Seats of each school that go to children who are left out of the calculation.

    Returns
    -------
    tuple of (State, DataFrame)
        The state after the round and its proposals (empty where nobody asked), with the result cut those of children
        who are not on its shortlist.
    """
    item = sequence[number]
    if item.kind == "withdrawal":
        ids = world.schools["school_id"].to_numpy(object)
        state = withdraw(item, children["stage"].to_numpy(object), given_up(children, district), ids, state)
    if item.kind in ASIDE:
        return state, pd.DataFrame()
    seen, world = as_filed(item, children, world)
    enter = _entering(item, seen, state, world)
    if not enter.any():
        return state, pd.DataFrame()
    pool, here = seen[enter], np.flatnonzero(enter)
    seats = open_seats(number, sequence, state, world)
    table = proposals(item, pool, state.school[here], world, seats, seed=seed)
    cut, off = table.iloc[:0], np.array([], int)
    if item.shortlist:
        cut = priorities.cut(table).assign(result="cut")
        table = table[table["listed"]].reset_index(drop=True)
        off = np.setdiff1d(here[cut["child"]], here[table["child"]])
        cut = cut[np.isin(here[cut["child"]], off)]
    asked = matching.asked(table)
    table["result"] = matching.solve(item, asked, seats - sure if item.seats not in UNLIMITED else seats, len(pool))
    failed = _failed(item, seen, state, world, seats)
    state = after(number, item, state, enter, asked, table["result"].to_numpy(object), seats, off=off)
    log = table[table["result"] != ""]
    log = pd.concat([log, cut], ignore_index=True) if len(cut) else log
    log = log.assign(number=number, seats_n=seats[log["school"]], failed_n=failed[log["school"]])
    return state, log.assign(at=here[log["child"]])


def after(
    number: int,
    item: Round,
    state: State,
    enter: np.ndarray,
    asked: matching.Asked,
    result: np.ndarray,
    seats: np.ndarray,
    *,
    off: np.ndarray | tuple[()] = (),
) -> State:
    """Return where everybody stands after a round.

    Parameters
    ----------
    number : int
        Of the round in the sequence.
    item : Round
        The round.
    state : State
        Where everybody stood before it.
    enter : ndarray of bool, shape (children,)
        Who entered.
    asked : Asked
        What they asked for.
    result : ndarray of str
        What came of each pair (`matching.solve`).
    seats : ndarray of int, shape (schools,)
        Seats of the round.
    off : ndarray of int, optional
        Children who are not on its shortlist.

    Returns
    -------
    State
        The same with the seats of the round given.
    """
    here = np.flatnonzero(enter)
    got, tied = result == "in", result == "tied"
    who = here[asked.child[got]]
    school, turn, choice, ended = (part.copy() for part in (state.school, state.turn, state.choice, state.ended))
    school[who], turn[who], choice[who] = asked.school[got], number, asked.choice[got]
    if item.overflow == "end":
        ended[np.setdiff1d(here, who)] = True
    if item.final:
        ended[who] = True
    ended[here[asked.child[tied]]] = True
    lost = state.lost + _awaiting(asked.school[got], asked.school[tied], seats)
    told = state.told
    if len(told):
        told = told.copy()
        answers = list(rounds.RECALLED)
        for who_, answer in ((here[asked.child[result != ""]], "refused"), (who, "admitted"), (list(off), "cut")):
            told[number, who_] = answers.index(answer)
    return State(school, turn, choice, ended, lost, state.kept, state.entered | enter, told)


def proposals(
    item: Round, pool: pd.DataFrame, holds: np.ndarray, world: Board, seats: np.ndarray, *, seed: str
) -> pd.DataFrame:
    """List the schools offered to a pool in the order of each child, with the place of the child in that of the school.

    Parameters
    ----------
    item : Round
        The round.
    pool : DataFrame
        Children who enter the round, from `as_filed`.
    holds : ndarray
        School each child of the pool holds a seat at, which is not offered again, -1 for none.
    world : Board
        The schools' side.
    seats : ndarray of int, shape (schools,)
        Seats of each school.
    seed : str
        Published seed; every ticket is drawn from it.

    Returns
    -------
    DataFrame
        One row a pair, as `priorities.rank` gives it.
    """
    pairs = offers.pairs(item, pool, world, seats)
    pairs = pairs[pairs["school"].to_numpy() != holds[pairs["child"]]].reset_index(drop=True)
    planned(item, pairs["school"].to_numpy(), world)
    return priorities.rank(item, pairs, pool, world, seed=seed, seats=offers.taking(item, world, seats))


def _awaiting(given: np.ndarray, tied: np.ndarray, seats: np.ndarray) -> np.ndarray:
    """Count the seats that belong to children tied at the last one: nobody may take them in a later round."""
    waits = np.bincount(tied, minlength=seats.size) > 0
    taken = np.bincount(given, minlength=seats.size)
    return np.where(waits, np.maximum(seats - taken, 0), 0)


def entrants(item: Round, children: pd.DataFrame, state: State, world: Board) -> np.ndarray:
    """Say which children enter a round."""
    children, world = as_filed(item, children, world)
    return _entering(item, children, state, world)


def _entering(item: Round, children: pd.DataFrame, state: State, world: Board) -> np.ndarray:
    """Say which children enter a round, who are as they filed for it."""
    sector, words_ = pd.factorize(world.schools["sector"])
    placed = Coded(np.append(sector, len(words_))[state.school], (*words_, "none"))
    told = {f"round.{name}": Coded(state.told[number], (*rounds.RECALLED,)) for name, number in item.recalls.items()}
    return ~state.ended & meant(item, Cells(children).assign(placed=placed, **told))


def meant(item: Round, children: pd.DataFrame | Cells) -> np.ndarray:
    """Say which children a round is for, whoever may have ended before it.

    Parameters
    ----------
    item : Round
        The round.
    children : DataFrame or Cells
        From `as_filed`, with placed: the sector of the school whose seat each holds, or none.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether each may enter.
    """
    takes = {"placed": "none", "status": "registered", **item.takes}
    children = Cells.of(children)
    inside = children.is_one("stage", *item.stage)
    asked = {"columns": item.words.child, "words": item.words, "n": len(children)}
    inside = inside & words.holds(takes, column=partial(_column, item, children), **asked)
    for name, values in item.excludes.items():
        inside &= ~words.holds({name: values}, column=partial(_column, item, children), **asked)
    return inside


def _failed(item: Round, children: pd.DataFrame, state: State, world: Board, seats: np.ndarray) -> np.ndarray:
    """Count at each school of a private round by application the registered children whose papers did not pass."""
    if item.sector != "private" or item.kind not in CHOOSING:
        return np.zeros(seats.size, int)
    columns = {name: FAILED for name in ("status", "status_private") if name == "status" or name in item.takes}
    item = replace(item, takes={**item.takes, **columns})
    pairs = offers.pairs(item, children[_entering(item, children, state, world)], world, seats)
    return np.bincount(pairs["school"], minlength=seats.size)


def _column(item: Round, children: Cells, name: str) -> pd.Series | Coded:
    """Return a column of the children, or say which round asks for one that is not there."""
    if name in children:
        return children.given(name)
    if name.startswith("batch."):  # nobody filed a wish in it
        return pd.Series(False, children.index)
    if name.startswith("round."):  # its parameters switch it off
        return pd.Series("none", children.index, dtype="str")
    allowed = "、".join(children)
    raise DataError(Fault(f"轮次「{item.name}」takes", f"没有列「{name}」", f"可用：{allowed}", "请改正列名"))


def open_seats(number: int, sequence: tuple[Round, ...], state: State, world: Board) -> np.ndarray:
    """Return the seats of each school in a round; children who may give up a seat keep it until they have another."""
    item, planned = sequence[number], world.schools["seats_n"].to_numpy()
    beyond = [place for place, other in enumerate(sequence) if other.seats == "none"]
    open_ = np.maximum(planned - _held(state, without=beyond) - state.lost, 0)
    if item.seats in UNLIMITED:
        seats = np.full(planned.size, len(state.school))
    elif item.seats == "reserved":
        seats = _reserved(sequence, state, world, open_)
    elif item.seats == "left":
        seats = open_ - np.where(_awaited(number, sequence, world), _reserved(sequence, state, world, open_), 0)
    else:
        seats = np.minimum(open_, item.seats)
    if item.cap:
        seats = np.minimum(seats, _capped(item, planned, world))
    if item.share:
        seats = np.minimum(seats, _shared(item, seats if item.share_of == "left" else planned))
    return seats.astype(int)


def _capped(item: Round, planned: np.ndarray, world: Board) -> np.ndarray | float:
    """Return the most seats of each school in a round; a number kept in a column must be there where it is asked."""
    if not isinstance(item.cap, str):
        return np.floor(item.cap * planned) if item.cap < 1 else item.cap
    most = world.schools[item.cap.removeprefix("school.")]
    blank = most.isna().to_numpy(bool) & offers.allowed(item, world) & world.schools["planned"].to_numpy(bool)
    if blank.any():
        names = "、".join(world.schools.loc[blank, "name"].head(3))
        where, found = f"轮次「{item.name}」cap", f"{int(blank.sum())} 所学校没有填 {item.cap}：{names}"
        raise DataError(Fault(where, found, "不小于 0 的数，没有名额的填 0", "请补上"))
    return most.fillna(0).to_numpy(float)


def _shared(item: Round, whole: np.ndarray) -> np.ndarray:
    """Return the seats that are the share of a round, counted in ten-thousandths so that 0.3 of 10 is 3."""
    parts = whole * round(item.share * 10_000)
    return (parts + {"down": 0, "nearest": 5_000, "up": 9_999}[item.rounding]) // 10_000


def _held(state: State, *, without: Sequence[int] = (), only: Sequence[int] | None = None) -> np.ndarray:
    """Count the seats held at each school, leaving out some rounds or counting only some."""
    counted = np.ones(len(state.kept), bool)
    if only is not None:
        counted[:] = np.isin(np.arange(counted.size), only)
    counted[list(without)] = False
    mine = (state.school >= 0) & counted[state.turn]
    return np.bincount(state.school[mine], minlength=state.lost.size) + state.kept[counted].sum(axis=0)


def _reserved(sequence: tuple[Round, ...], state: State, world: Board, open_: np.ndarray) -> np.ndarray:
    """Return the reserved seats of each school that are not used yet."""
    rounds_ = [place for place, other in enumerate(sequence) if other.seats == "reserved"]
    used = _held(state, only=rounds_)
    return np.clip(world.schools["reserved_n"].to_numpy() - used, 0, open_)


def _awaited(number: int, sequence: tuple[Round, ...], world: Board) -> np.ndarray:
    """Say which schools still have a round ahead that fills their reserved seats."""
    waiting = np.zeros(len(world.schools), bool)
    for other in sequence[number + 1 :]:
        if other.seats == "reserved":
            stage = world.schools["stage"].isin(other.stage)
            waiting |= (stage & (world.schools["sector"].eq(other.sector) | (other.sector == "any"))).to_numpy(bool)
    return waiting


def planned(item: Round, school: np.ndarray, world: Board) -> None:
    """Refuse to admit to schools that have no plan for the year; a missing plan is not a plan of 0."""
    bare = ~world.schools["planned"].to_numpy(bool)
    if item.seats != "none" and bare[school].any():
        bare = world.schools[bare & np.isin(np.arange(bare.size), school)]
        names = "、".join(bare["name"].head(3))
        faults = Faults()
        faults.add(
            "plans", f"{len(bare)} 所学校没有当年招生计划：{names}", f"轮次「{item.name}」需要", "请补上 seats_n"
        )
        faults.raise_if_any()


def given_up(children: pd.DataFrame, district: District) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the seats given up: position of the child, id of the school, whether the child stays in the pool.

    With proof and the school's consent the child stays; the round may let everybody stay (``stays``).
    """
    table = district.tables.get("withdrawals", pd.DataFrame(columns=["child_id", "school_id", "proof", "consent"]))
    table = table[table["child_id"].isin(children.index)]
    at = children.index.get_indexer(table["child_id"])
    return at, table["school_id"].to_numpy(object), (table["proof"] & table["consent"]).to_numpy(bool)


def withdraw(item: Round, stage: np.ndarray, given: tuple[np.ndarray, ...], ids: np.ndarray, state: State) -> State:
    """Take back the seats given up.

    Parameters
    ----------
    item : Round
        The round.
    stage : ndarray of str
        Stage of each child.
    given : tuple of ndarray
        From `given_up`.
    ids : ndarray of str
        Id of the school of each code.
    state : State
        Where everybody stands.

    Returns
    -------
    State
        The same without those seats.
    """
    at, school_id, excused = given
    holds = (state.school[at] >= 0) & (ids[state.school[at]] == school_id) & np.isin(stage[at], item.stage)
    who, lost, school, ended = at[holds], state.lost.copy(), state.school.copy(), state.ended.copy()
    if not item.refill:
        lost += np.bincount(school[who], minlength=lost.size)
    school[who] = -1
    if not item.stays:
        ended[who[~excused[holds]]] = True
    return replace(state, school=school, ended=ended, lost=lost)
