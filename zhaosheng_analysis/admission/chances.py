"""What a new draw can change: the children no draw moves are placed once and left out, the others drawn anew.

A child is sure of a round when its first school has room for everybody who may stand at or before it there, and sure
to be refused when those who stand before it for certain fill the seats. Whoever is neither is open from then on, and
so is whatever it may hold. The answer is that of whole intakes, draw by draw.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import engine, priorities, repeating, rounds
from zhaosheng_analysis.admission.engine import State
from zhaosheng_analysis.admission.outcome import Outcome
from zhaosheng_analysis.admission.repeating import Repeatable
from zhaosheng_analysis.admission.rounds import ANY_PLACE, ASIDE, Round
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import takes

_WHOLE_GROUPS = {"tier", "if_vacant", "native", "match"}


@dataclass(frozen=True)
class Margin:
    """An intake reduced to the children a draw can move.

    Attributes
    ----------
    intake : Repeatable
        The intake.
    open : ndarray of bool, shape (children,)
        Which children a draw can move.
    state : State
        Where everybody stands before round `first`.
    first : int
        Number of the first round that draws.
    kept : ndarray of int, shape (rounds, schools)
        Seats the other children hold before each round.
    sure : ndarray of int, shape (rounds, schools)
        Seats the other children get in each round.
    settled : ndarray of int, shape (children,)
        School the other children end at, -1 for none.
    """

    intake: Repeatable
    open: np.ndarray
    state: State
    first: int
    kept: np.ndarray
    sure: np.ndarray
    settled: np.ndarray


@dataclass
class Known:
    """What is known of the state whatever the draw.

    Attributes
    ----------
    state : State
        Where everybody stands.
    open : ndarray of bool, shape (children,)
        Which children a draw can move.
    may : ndarray of int, shape (rounds, schools)
        Seats open children may hold.
    dark : ndarray of bool, shape (schools,)
        Schools whose seats nobody can count before the draw.
    """

    state: State
    open: np.ndarray
    may: np.ndarray
    dark: np.ndarray  # schools whose seats nobody can count before the draw


@takes(ranked="ranked")
def reduced(ranked: pd.DataFrame, district: District, policy: Policy) -> Margin:
    """Find the children of an intake that a draw can move.

    Parameters
    ----------
    ranked : DataFrame
        As for `admission.run`.
    district : District
        As for `admission.run`.
    policy : Policy
        As for `admission.run`.

    Returns
    -------
    Margin
        The intake, with those children marked.
    """
    sequence, children, world = engine.opened(ranked, district, policy)
    state = engine.start(len(children), sequence, world)
    if rounds.remembers(sequence):  # one child more or less on a list moves others: nobody can be left out
        everybody, nothing = np.ones(len(children), bool), np.zeros_like(state.kept)
        kept, settled = np.zeros((len(sequence), *state.kept.shape), int), np.full(len(children), -1)
        intake = repeating.repeatable(sequence, children, world, district, policy)
        return Margin(intake, everybody, state, 0, kept, nothing, settled)
    given_up = district.tables.get("withdrawals", pd.DataFrame(columns=["child_id"]))["child_id"]
    certain = Known(state, children.index.isin(given_up), np.zeros_like(state.kept), np.zeros(len(world.schools), bool))
    first, before, moves = 0 if certain.open.any() else len(sequence), state, []
    for number in range(len(sequence)):
        before = certain.state if number <= first else before
        moves.append(_look(number, sequence, children, certain, world))
        if certain.open.any() and first == len(sequence):
            first = number
    kept, sure, settled = _replay(moves, certain.open, state.kept.shape)
    intake = replace(repeating.repeatable(sequence, children, world, district, policy), may=certain.open)
    return Margin(intake, certain.open, before, first, kept, sure, settled)


def _look(number: int, sequence: tuple[Round, ...], children: pd.DataFrame, fixed: Known, world: Board) -> pd.DataFrame:
    """Go through one round as far as it is certain; return who is sure of which school."""
    item, nobody = sequence[number], pd.DataFrame({"who": [], "school": []}, dtype=int)
    if item.kind in ASIDE:
        return nobody
    certain = replace(fixed.state, school=np.where(fixed.open, -1, fixed.state.school))
    most = engine.open_seats(number, sequence, certain, world)
    least = np.where(fixed.dark, 0, engine.open_seats(number, sequence, replace(certain, kept=fixed.may), world))
    anywhere = replace(item, takes={**item.takes, "placed": ANY_PLACE})
    seen, there = engine.as_filed(item, children, world)
    enter = engine.entrants(item, children, certain, world) & ~fixed.open
    enter |= engine.entrants(anywhere, children, certain, world) & fixed.open
    if not enter.any():
        return nobody
    here = np.flatnonzero(enter)
    table = engine.proposals(item, seen[enter], certain.school[here], there, most, seed="")
    table["who"] = here[table["child"]]
    got, out = _certain(item, table, ~fixed.open[table["who"]], most, least)
    _note(number, item, table, got, out, fixed, here)
    return table.loc[got, ["who", "school", "choice"]].astype(int)


def _certain(
    item: Round, table: pd.DataFrame, certain: np.ndarray, most: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Say which pairs are sure to be admitted and which to be refused, whatever the draw and the open children do."""
    school = table["school"].to_numpy()
    digits = table["lead"].to_numpy(), table["rest"].to_numpy()
    place = pd.Series(priorities.combined(digits, digits[0]), table.index)
    first = table["choice"].eq(table.groupby("child")["choice"].transform("min")).to_numpy()
    upto = place.groupby(school).rank(method="max").to_numpy()
    got = certain & first & (upto <= least[school])
    if item.bundle != "none" or table["child"].duplicated().any():
        return got, np.zeros(len(table), bool)
    before = place.where(certain).groupby(school).rank(method="min").to_numpy() - 1
    return got, certain & (before >= most[school])


def _note(
    number: int, item: Round, table: pd.DataFrame, got: np.ndarray, out: np.ndarray, certain: Known, here: np.ndarray
) -> None:
    """Write down what a round settled, whom it left open, and what those may hold."""
    school, turn, choice, ended = (
        part.copy() for part in (certain.state.school, certain.state.turn, certain.state.choice, certain.state.ended)
    )
    who = table["who"].to_numpy()
    doubt = np.setdiff1d(who[~got & ~out], who[got])
    opened = doubt[~certain.open[doubt]]
    held = opened[school[opened] >= 0]
    np.add.at(certain.may, (turn[held], school[held]), 1)
    certain.open[doubt] = True
    rows = certain.open[who]
    np.add.at(certain.may[number], table["school"].to_numpy()[rows], 1)
    if not item.draws:
        certain.dark[table["school"].to_numpy()[rows]] = True
    school[who[got]], turn[who[got]], choice[who[got]] = table["school"][got], number, table["choice"][got]
    if item.overflow == "end":
        ended[np.setdiff1d(here, np.append(who[got], np.flatnonzero(certain.open)))] = True
    if item.final:
        ended[who[got]] = True
    certain.state = replace(certain.state, school=school, turn=turn, choice=choice, ended=ended)


def _replay(moves: list[pd.DataFrame], open_: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Count the seats of the children left out, before each round (by the round they got them in) and in it."""
    held = np.zeros(shape, int)
    kept, sure = np.zeros((shape[0], *shape), int), np.zeros(shape, int)
    school, turn = np.full(open_.size, -1), np.full(open_.size, -1)
    for number, move in enumerate(moves):
        kept[number] = held
        mine = move[~open_[move["who"].to_numpy(int)]]
        who, to = mine["who"].to_numpy(int), mine["school"].to_numpy(int)
        before = who[school[who] >= 0]
        np.subtract.at(held, (turn[before], school[before]), 1)
        np.add.at(held[number], to, 1)
        np.add.at(sure[number], to, 1)
        school[who], turn[who] = to, number
    return kept, sure, school


def draw(margin: Margin, *, seed: str) -> np.ndarray:
    """Carry out the rounds for the open children with one seed.

    Parameters
    ----------
    margin : Margin
        The intake, as `reduced` gives it.
    seed : str
        Published seed; every ticket is drawn from it.

    Returns
    -------
    ndarray of int, shape (children,)
        School each child ends at, as code of `Board.schools`, -1 for none, in the order of `Repeatable.children`.
    """
    open_, state = margin.open, margin.state
    cast = repeating.cast(np.flatnonzero(open_))
    state = State(
        *(part[open_] for part in (state.school, state.turn, state.choice, state.ended)),
        state.lost,
        state.kept,
        state.entered[open_],
        state.told[:, open_],
    )
    for number in range(margin.first, len(margin.intake.sequence)):
        state = replace(state, kept=margin.kept[number])
        state, _, _ = repeating.carry_out(number, margin.intake, cast, state, seed=seed, sure=margin.sure[number])
    school = margin.settled.copy()
    school[open_] = state.school
    return school


@takes(ranked="ranked")
def simulate(ranked: pd.DataFrame, district: District, policy: Policy, *, draws: int = 20, seed: str) -> pd.DataFrame:
    """Estimate the chance of any place, and of one at the school it belongs to, for every child.

    Parameters
    ----------
    ranked : DataFrame
        Children with tiers.
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Rules of the intake.
    draws : int, default 20
        Number of draws; the error of a chance is at most 0.5 / sqrt(draws).
    seed : str
        Name of the series of seeds.

    Returns
    -------
    DataFrame
        On the children's index: placed_share, own_share (at its zone school), error (standard error of placed_share, 0
        where every draw agrees), certain (no draw can change the child's place), draws_n.
    """
    margin = reduced(ranked, district, policy)
    ids = np.append(margin.intake.world.schools["school_id"].to_numpy(object), "")
    home = margin.intake.children["school_id"].fillna("none").to_numpy(object)
    placed, own = np.zeros(len(home)), np.zeros(len(home))
    for number in range(draws):
        school = draw(margin, seed=f"{seed}|{number}")
        placed += school >= 0
        own += ids[school] == home
    share = placed / draws
    columns = {"placed_share": share, "own_share": own / draws, "error": np.sqrt(share * (1 - share) / draws)}
    chances = pd.DataFrame(columns, index=margin.intake.children.index).assign(certain=~margin.open, draws_n=draws)
    return chances.loc[ranked.index]


def exact(outcome: Outcome, policy: Policy) -> pd.DataFrame:
    """Return the chance of a seat at the first school asked, before the draw and given the rounds before.

    Only rounds by zone in which tiers and then tickets decide have a closed form: a whole tier is in, or out, or shares
    the seats that are left. Where time or several choices decide, there is no row.

    Parameters
    ----------
    outcome : Outcome
        Of one intake.
    policy : Policy
        The rules it was carried out under.

    Returns
    -------
    DataFrame
        One row a child and round: child_id, stage, tier_rank, tier_label, chance (in [0, 1]).
    """
    closed = [number for number, item in enumerate(rounds.read(policy)) if _has_closed_form(item)]
    log = outcome.log[outcome.log["number"].isin(closed) & (outcome.log["choice_n"] == 1)]
    cells = log.groupby(["number", "school", "lead", "rest"]).agg(n=("child_id", "size"), seats=("seats_n", "first"))
    before = cells.groupby(["number", "school"])["n"].cumsum() - cells["n"]
    cells["chance"] = ((cells["seats"] - before) / cells["n"]).clip(0, 1)
    table = log.join(cells["chance"], on=["number", "school", "lead", "rest"])
    children = outcome.children.loc[table["child_id"], ["stage", "tier_rank", "tier_label"]].reset_index(drop=True)
    return pd.concat([table[["child_id", "chance"]].reset_index(drop=True), children], axis=1)


def counted(chances: pd.DataFrame) -> pd.DataFrame:
    """Count the children of each tier who are certain of a seat, draw for one, or have no chance.

    Parameters
    ----------
    chances : DataFrame
        From `exact`.

    Returns
    -------
    DataFrame
        stage, tier_rank, tier_label, sure_n, drawn_n, none_n; primary first, in the order of the tiers.
    """
    kinds = ["sure_n", "drawn_n", "none_n"]
    if chances.empty:
        return pd.DataFrame(columns=["stage", "tier_rank", "tier_label", *kinds])
    kind = np.select([chances["chance"] >= 1, chances["chance"] > 0], kinds[:2], kinds[2])
    keys = [chances["stage"].astype("str"), chances["tier_rank"], chances["tier_label"].astype("str")]
    counts = pd.crosstab(keys, kind).reindex(columns=kinds, fill_value=0).rename_axis(columns=None).reset_index()
    return counts.sort_values(["stage", "tier_rank"], ascending=[False, True], ignore_index=True)


def _has_closed_form(item: Round) -> bool:
    """Say whether a round orders the children of one zone by whole groups and then by tickets."""
    if item.shortlist:
        return False
    return item.kind == "zone" and item.draws and item.bundle == "none" and set(item.digits) <= _WHOLE_GROUPS
