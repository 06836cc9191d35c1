"""One intake carried out many times: with other tickets, or with other numbers of the same families.

Whom a round is for, which schools it offers each child and by which digits their order goes hang on nothing that
happened before, but for the seat the child holds and the schools that have a vacancy. So that is worked out once for
every child that ever enters a round, and kept as numbers; each repetition picks rows of it and fills the seats. The
answer is that of whole intakes (`intake.run`), which tells also why.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis import walks
from zhaosheng_analysis.admission import engine, matching, priorities, proposals, results, words
from zhaosheng_analysis.admission.engine import State
from zhaosheng_analysis.admission.matching import Asked
from zhaosheng_analysis.admission.priorities import Names
from zhaosheng_analysis.admission.rounds import ASIDE, RECALLED, SEARCHING, UNLIMITED, Round
from zhaosheng_analysis.admission.supply import Board, board
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes

_PLACED = ("none", "public", "private")  # sectors of the seat a child may hold


@dataclass(frozen=True)
class Cast:
    """Who takes part in one repetition: rows of the described children, some of them several times.

    Attributes
    ----------
    row : ndarray of int, shape (people,)
        Row of the child, ascending.
    copy : ndarray of int, shape (people,)
        0 the child itself, 1 its first double …
    """

    row: np.ndarray
    copy: np.ndarray


def cast(row: np.ndarray, copy: np.ndarray | int = 0) -> Cast:
    """Put those who take part in the order of their rows.

    Parameters
    ----------
    row : ndarray of int, shape (people,)
        Row of each in the children in the order of their ids.
    copy : ndarray of int or int, default 0
        Nought for the child itself, 1 for its first double, and so on.

    Returns
    -------
    Cast
        For `ends`.
    """
    copy = np.broadcast_to(copy, row.shape)
    order = np.lexsort((copy, row))
    return Cast(row[order], copy[order])


@dataclass(frozen=True)
class Listed:
    """What a round offers the children it was asked about so far, one entry a (child, school) pair.

    Attributes
    ----------
    place : ndarray of int, shape (children,)
        Place of each child among those listed, -1 where it is not listed yet.
    first, count : ndarray of int, shape (listed,)
        Where the entries of each begin, and how many there are.
    most : ndarray of int, shape (listed,)
        How many schools each may have asked for.
    school, order : ndarray, shape (pairs,)
        Code of the school, and what its choice is numbered by.
    fits : ndarray of bool, shape (pairs,)
        Whether the pair fits a priority group of the round.
    digits : ndarray of float, shape (digits, pairs)
        Before the ticket, smaller first, NaN where missing.
    listing : ndarray of float, shape (digits, pairs)
        The same of the key of the round's shortlist; no rows without one.
    """

    place: np.ndarray
    first: np.ndarray
    count: np.ndarray
    most: np.ndarray
    school: np.ndarray
    order: np.ndarray
    fits: np.ndarray
    digits: np.ndarray
    listing: np.ndarray


@dataclass(frozen=True)
class Repeatable:
    """An intake ready to be carried out again and again.

    Attributes
    ----------
    sequence : tuple of Round
        Rounds of the intake.
    children : DataFrame
        From `engine.described`.
    world : Board
        The schools' side.
    meant : dict of int to ndarray of bool, shape (3 × answers, children)
        By number of the round, whom it is for while they hold no seat, a public one, a private one; where it asks what
        earlier rounds did with a child (`Round.recalls`), for each of the answers in turn.
    may : ndarray of bool, shape (children,)
        Who may be of a cast.
    given_up : tuple of ndarray
        From `engine.given_up`.
    names : Names
        What may stand on the tickets.
    told : DataFrame
        What is told of each child: stage, school_id (its own school), tier, tier_label and tier_rank, with no tier
        where it hangs on a missing paper.
    listed : dict of int to Listed
        By number of the round; grows with the children who enter it.
    """

    sequence: tuple[Round, ...]
    children: pd.DataFrame
    world: Board
    meant: Mapping[int, np.ndarray]
    may: np.ndarray
    given_up: tuple[np.ndarray, ...]
    names: Names
    told: pd.DataFrame
    listed: dict[int, Listed] = field(default_factory=dict)


@dataclass(frozen=True)
class Ends:
    """Where one repetition left its cast, one entry a child of it.

    Attributes
    ----------
    status : ndarray of str
        As in `Outcome.children`.
    school : ndarray of int
        Code of the school, of those tied at the last seat where they wait; -1 for none.
    round : ndarray of int
        Number of the round in which each got its seat, -1 for none.
    refused_at_home : ndarray of bool
        Whether the child asked its own school for a seat and got none there.
    over : ndarray of int, shape (schools,)
        Children of each school beyond its plan, the tied included.
    """

    status: np.ndarray
    school: np.ndarray
    round: np.ndarray
    refused_at_home: np.ndarray
    over: np.ndarray


@takes(ranked="ranked")
def ready(
    ranked: pd.DataFrame, district: District, policy: Policy, *, walk: pd.DataFrame | walks.Ways | None = None
) -> Repeatable:
    """Make the intake of ranked children ready to be repeated.

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
    Repeatable
        For `ends`.

    Raises
    ------
    DataError
        As `intake.run`.
    """
    return repeatable(*engine.opened(ranked, district, policy, walk=walk), district, policy)


def replanned(intake: Repeatable, district: District, *, year: int) -> Repeatable | None:
    """Return the same intake under other plans, or None where a round asks for more of them than seats.

    Parameters
    ----------
    intake : Repeatable
        From `ready`.
    district : District
        The same district with other plans.
    year : int
        September under which they stand.

    Returns
    -------
    Repeatable or None
        With what is listed already.
    """
    schools, before = board(district, year=year).schools, intake.world.schools
    if schools[["school_id", "stage"]].to_numpy().tolist() != before[["school_id", "stage"]].to_numpy().tolist():
        return None
    both = schools.columns.intersection(before.columns)
    changed = [*schools.columns.symmetric_difference(before.columns)]
    changed += [name for name in both if not schools[name].equals(before[name])]
    if any(name in str(item) for item in intake.sequence for name in changed):
        return None
    return replace(intake, world=replace(intake.world, schools=schools))


def ends(intake: Repeatable, cast: Cast, *, seed: str) -> Ends:
    """Carry out all rounds for a cast.

    Parameters
    ----------
    intake : Repeatable
        The intake.
    cast : Cast
        Who takes part.
    seed : str
        Published seed; every ticket is drawn from it.

    Returns
    -------
    Ends
        Where everybody ends.
    """
    schools, n = intake.world.schools, cast.row.size
    home, ids = (
        intake.children["school_id"].to_numpy(object, na_value="")[cast.row],
        schools["school_id"].to_numpy(object),
    )
    state = engine.start(n, intake.sequence, intake.world)
    took_part, refused, waits = np.zeros(n, bool), np.zeros(n, bool), np.full(n, -1)
    for number in range(len(intake.sequence)):
        state, asked, result = carry_out(number, intake, cast, state, seed=seed)
        if asked is None:
            continue
        took_part[asked.child[result != ""]] = True
        lost = np.flatnonzero((result == "out") | (result == "tied"))
        refused[asked.child[lost[home[asked.child[lost]] == ids[asked.school[lost]]]]] = True
        tied = result == "tied"
        waits[asked.child[tied]] = asked.school[tied]
    tied = np.flatnonzero(waits >= 0)
    before, sector = intake.children["status"].to_numpy(object)[cast.row], schools["sector"].to_numpy(object)
    status = results.status(before, np.flatnonzero(took_part), tied, state, intake.sequence, sector)
    school = np.where(state.school >= 0, state.school, waits)
    there = np.bincount(school[school >= 0], minlength=len(schools))
    turn = np.where(state.school >= 0, state.turn, -1)
    return Ends(status, school, turn, refused, np.maximum(there - schools["seats_n"].to_numpy(), 0))


def repeatable(
    sequence: tuple[Round, ...], children: pd.DataFrame, world: Board, district: District, policy: Policy
) -> Repeatable:
    """Make an intake ready to be repeated.

    Parameters
    ----------
    sequence : tuple of Round
        Rounds of the intake.
    children : DataFrame
        From `engine.described`.
    world : Board
        The schools' side.
    district : District
        District whose tables are read.
    policy : Policy
        Rules of the intake.

    Returns
    -------
    Repeatable
        For `carry_out`.
    """
    meant = {}
    for number, item in enumerate(sequence):
        if item.kind not in ASIDE:
            there, _ = engine.as_filed(item, children, world)
            meant[number] = np.stack([engine.meant(item, there.assign(**said)) for said in _told(item)])
    given_up, names = engine.given_up(children, district), priorities.names(children)
    told = results.undecided(children, policy)[["stage", "school_id", "tier", "tier_rank"]]
    told["tier_label"] = results.labelled(told["tier"], policy.table.labels if policy.table else {})
    return Repeatable(sequence, children, world, meant, np.ones(len(children), bool), given_up, names, told)


def carry_out(
    number: int, intake: Repeatable, cast: Cast, state: State, *, seed: str, sure: np.ndarray | int = 0
) -> tuple[State, Asked | None, np.ndarray]:
    """Carry out one round.

    Parameters
    ----------
    number : int
        Of the round in the sequence.
    intake : Repeatable
        The intake.
    cast : Cast
        Who takes part.
    state : State
        Where everybody of the cast stands before it.
    seed : str
        Published seed; every ticket is drawn from it.
    sure : ndarray of int or int, default 0
        Seats of each school that go to children who are not of the cast.

    Returns
    -------
    tuple of (State, Asked or None, ndarray of str)
        The state after the round, what was asked for (child: position in the cast; None where nobody entered) and what
        came of it.
    """
    item, world, nothing = intake.sequence[number], intake.world, np.array([], object)
    if item.kind == "withdrawal":
        return _withdrawn(item, intake, cast, state), None, nothing
    if item.kind in ASIDE:
        return state, None, nothing
    sector = np.append(world.schools["sector"].to_numpy(object), "none")
    held = np.select([sector == name for name in _PLACED], range(len(_PLACED)))
    told = held[state.school]
    for other in item.recalls.values():
        told = told * len(RECALLED) + state.told[other]
    enter = ~state.ended & intake.meant[number][told, cast.row]
    if not enter.any():
        return state, None, nothing
    here = np.flatnonzero(enter)
    seats = engine.open_seats(number, intake.sequence, state, world)
    asked, off = _asked(number, intake, Cast(cast.row[here], cast.copy[here]), state.school[here], seats, seed)
    result = matching.solve(item, asked, seats - sure if item.seats not in UNLIMITED else seats, here.size)
    state = engine.after(number, item, state, enter, asked, result, seats, off=here[off])
    return state, replace(asked, child=here[asked.child]), result


def _told(item: Round) -> Iterator[dict[str, str]]:
    """Write out what a child may hold when a round begins, with all that earlier rounds it asks about may have done."""
    names = ["placed", *(f"round.{name}" for name in item.recalls)]
    for said in itertools.product(_PLACED, *([*RECALLED] for _ in item.recalls)):
        yield dict(zip(names, said, strict=True))


def _asked(
    number: int, intake: Repeatable, pool: Cast, holds: np.ndarray, seats: np.ndarray, seed: str
) -> tuple[Asked, np.ndarray]:
    """List what a pool asks for in a round, in the order of each child, with the place there; and who is off."""
    item = intake.sequence[number]
    listed = _listed(number, intake, pool.row, seats > 0)
    place = listed.place[pool.row]
    child, at = _rows(listed.first[place], listed.count[place])
    if item.kind in SEARCHING:
        vacant = seats[listed.school[at]] > 0
        child, at = child[vacant], at[vacant]
    choice = proposals.numbered(item, child, listed.order[at])
    stays = (choice <= listed.most[place][child]) & (listed.school[at] != holds[child])
    engine.planned(item, listed.school[at[stays]], intake.world)
    stays &= listed.fits[at]
    child, at, choice = child[stays], at[stays], choice[stays].astype(int)
    off = np.array([], int)
    if item.shortlist:
        taking = proposals.taking(item, intake.world, seats)
        made = priorities.on_list(item, (child, listed.school[at]), [*listed.listing[:, at]], taking, intake.world)
        off = np.setdiff1d(child, child[made])
        child, at, choice = child[made], at[made], choice[made]
    lead, rest = priorities.split(item, [priorities.dense(values) for values in listed.digits[:, at]], at.size)
    family = priorities.families(item, _names(intake.names, pool))[child]
    unit, turn, school = np.arange(at.size), np.zeros(at.size, int), listed.school[at]
    if item.bundle != "none":
        unit = priorities.combined([pd.factorize(family)[0], school, choice, lead, rest], unit)
    if item.draws:
        ids = intake.world.schools["school_id"].to_numpy(object)
        turn = priorities.turns(priorities.tickets(item, family, school, ids, seed), child)
    return Asked(child, school, choice, lead, rest, turn, family, unit), off


def called(intake: Repeatable, cast: Cast) -> np.ndarray:
    """Return the ids of a cast: those of doubles are doubles.

    Parameters
    ----------
    intake : Repeatable
        The intake.
    cast : Cast
        Who takes part.

    Returns
    -------
    ndarray of str
        Like ``c7`` and ``c7#1``.
    """
    return _names(intake.names, cast).child


def _names(names: Names, pool: Cast) -> Names:
    mine = Names(names.child[pool.row], names.twins[pool.row], names.apart[pool.row])
    if not pool.copy.any():
        return mine
    suffix = np.array(["", *(f"#{n}" for n in range(1, pool.copy.max() + 1))], dtype=object)[pool.copy]
    return replace(mine, child=mine.child + suffix, twins=np.where(mine.twins == "", "", mine.twins + suffix))


def _rows(first: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the entries of several groups one after the other: whose each is, and where it stands."""
    whose = np.repeat(np.arange(count.size), count)
    return whose, np.arange(whose.size) + np.repeat(first - np.cumsum(count) + count, count)


def _listed(number: int, intake: Repeatable, rows: np.ndarray, vacant: np.ndarray) -> Listed:
    """Return what a round offers some children, listing those who never entered it before."""
    item, before = intake.sequence[number], intake.listed.get(number)
    if item.kind in SEARCHING and _asks_the_number(item, intake.world):  # which hangs on the vacancies
        return _of_new(item, intake, np.unique(rows), vacant)
    new = np.unique(rows if before is None else rows[before.place[rows] < 0])
    if before is None and item.kind not in SEARCHING:  # few enter those, and each is offered many schools
        new = np.flatnonzero(intake.may & intake.meant[number].any(axis=0))
    if new.size:
        intake.listed[number] = _joined(before, _of_new(item, intake, new, np.ones_like(vacant)))
    return intake.listed[number]


def _asks_the_number(item: Round, world: Board) -> bool:
    """Tell whether the order of a round hangs on the number of the choice."""
    asked = [*item.groups, *(part["if"] for part in item.key_by)]
    columns = [*item.digits, *item.listing.digits, *(digit for part in item.key_by for digit in part["key"])]
    columns = [name.removeprefix("-") for name in columns]
    columns += [name for one in asked for name in words.named(one, item.words.pair, item.words)]
    columns += [name for line in world.points.of("pair") for name in line.condition.columns]
    return "choice" in columns


def _of_new(item: Round, intake: Repeatable, rows: np.ndarray, vacant: np.ndarray) -> Listed:
    """List what a round offers children who enter it for the first time."""
    pool, world = engine.as_filed(item, intake.children.iloc[rows], intake.world)
    pairs = proposals.offered(item, pool, world, vacant).reset_index(drop=True)
    pairs["choice"] = proposals.numbered(item, pairs["child"].to_numpy(), pairs["order"].to_numpy())
    table = priorities.grouped(item, pairs, pool, world)
    _, digits = priorities.standing(item, table, pool, world)
    listing = priorities.standing(item.listing, table, pool, world)[1] if item.shortlist else []
    place = np.full(len(intake.children), -1)
    place[rows] = np.arange(rows.size)
    count = np.bincount(pairs["child"], minlength=rows.size)
    return Listed(
        place,
        np.cumsum(count) - count,
        count,
        proposals.most(item, pool),
        pairs["school"].to_numpy(int),
        pairs["order"].to_numpy(),
        table["group"].to_numpy() < len(item.groups) if item.groups else np.ones(len(pairs), bool),
        np.reshape(digits, (len(digits), len(pairs))),
        np.reshape(listing, (len(listing), len(pairs))),
    )


def _joined(one: Listed | None, other: Listed) -> Listed:
    """Put the pairs of new children behind those of others."""
    if one is None:
        return other
    place = np.where(other.place >= 0, other.place + one.count.size, one.place)
    return Listed(
        place,
        np.append(one.first, other.first + one.school.size),
        *(np.append(getattr(one, name), getattr(other, name)) for name in ("count", "most", "school", "order", "fits")),
        *(np.concatenate([getattr(one, name), getattr(other, name)], axis=1) for name in ("digits", "listing")),
    )


def _withdrawn(item: Round, intake: Repeatable, cast: Cast, state: State) -> State:
    """Take back the seats given up, of every double too."""
    at, school_id, excused = intake.given_up
    order = np.argsort(at, kind="stable")
    first, last = (np.searchsorted(at[order], cast.row, side=side) for side in ("left", "right"))
    who, rows = _rows(first, last - first)
    given = who, school_id[order][rows], excused[order][rows]
    stage = intake.children["stage"].to_numpy(object)[cast.row]
    return engine.withdraw(item, stage, given, intake.world.schools["school_id"].to_numpy(object), state)
