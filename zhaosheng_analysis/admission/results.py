"""The result tables of an intake, counted from the proposals of its rounds."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.admission.engine import State
from zhaosheng_analysis.admission.rounds import SEARCHING, Round
from zhaosheng_analysis.admission.supply import Board
from zhaosheng_analysis.policy import Policy

_PLACE = ["number", "school"]
_EMPTY = ["child", "school", "choice", "child_id", "lead", "rest", "family", "unit", "ticket", "turn", "result"]
_ENDS = {"admitted": "in", "refused": "out", "tied": "tied"}
_COUNTS = ["number", "seats_n", "failed_n", "at"]


def log(parts: list[pd.DataFrame], sequence: tuple[Round, ...], world: Board) -> pd.DataFrame:
    """Join the proposals of all rounds: one row a (round, child, school), in the order of the rounds."""
    kept = [part for part in parts if len(part)]
    table = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=[*_EMPTY, *_COUNTS])
    table = table.astype({"number": int, "school": int, "at": int, "choice": int})
    drawn = np.array([item.draws for item in sequence], dtype=bool)[table["number"]]
    shown = wording.tickets(table["ticket"].to_numpy(np.uint64))
    table["ticket"] = pd.array(np.where(drawn, shown, ""), "str")
    digits = _digits("d", table, sequence)
    table[digits] = table[digits].fillna(-1).astype(int)
    schools = world.schools
    table["round"] = np.array([item.id for item in sequence], dtype=object)[table["number"]].tolist()
    for name in ("school_id", "stage", "sector"):
        table[name] = schools[name].array.take(table["school"].to_numpy())
    return table.rename(columns={"choice": "choice_n"}).sort_values(
        ["number", "child_id", "choice_n"], kind="stable", ignore_index=True
    )


def parted(parts: list[pd.DataFrame]) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Part what rounds gave back into proposals and those who were not on a shortlist.

    Parameters
    ----------
    parts : list of DataFrame
        From `engine.carry_out`, one a round.

    Returns
    -------
    tuple of (list of DataFrame, DataFrame)
        The proposals, and the pairs of children cut (number, child_id, said).
    """
    cut = [part.loc[part["result"] == "cut", ["number", "child_id", "said"]] for part in parts if "said" in part]
    own = ["listed", "said", "list", "standing"]
    whole = [part[part["result"] != "cut"].drop(columns=own) if "said" in part else part for part in parts]
    return whole, pd.concat(cut, ignore_index=True) if cut else pd.DataFrame(columns=["number", "child_id", "said"])


def not_shortlisted(cut: pd.DataFrame, sequence: tuple[Round, ...], children: pd.Index) -> pd.Series:
    """Say of each child on which shortlists it was not, with its own place and that of the last who was.

    Parameters
    ----------
    cut : DataFrame
        From `parted`.
    sequence : tuple of Round
        Rounds of the intake.
    children : Index
        Ids of the children.

    Returns
    -------
    Series of str
        On `children`; empty where there is nothing to say.
    """
    names = np.array([item.name for item in sequence], dtype=object)
    each = cut.drop_duplicates(["number", "child_id"])
    said = pd.Series(
        [f"「{names[n]}」{text}" for n, text in zip(each["number"], each["said"], strict=True)], dtype="str"
    )
    joined = said.groupby(each["child_id"].to_numpy()).agg("；".join)
    return joined.reindex(children, fill_value="").astype("str")


def by_round(
    table: pd.DataFrame, sequence: tuple[Round, ...], children: pd.DataFrame, labels: dict[str, str], world: Board
) -> pd.DataFrame:
    """Count each school in each round and find where its admission ended.

    Parameters
    ----------
    table : DataFrame
        Every proposal.
    sequence : tuple of Round
        Rounds of the intake.
    children : DataFrame
        Children of the intake.
    labels : dict of str to str
        Chinese name of each tier.
    world : Board
        The schools' side.

    Returns
    -------
    DataFrame
        Columns round, school_id, stage, seats_n, asked_n, filed_n, admitted_n, refused_n, tied_n, tier, criterion,
        ticket and `last` (row of `table`) of the last child in, margin_n, margin_left_n.
    """
    ends = {f"{name}_n": table["result"] == word for name, word in _ENDS.items()}
    counts = (
        table[_PLACE]
        .assign(seats_n=table["seats_n"], asked_n=1, failed_n=table["failed_n"], **ends)
        .groupby(_PLACE)
        .agg({"seats_n": "first", "asked_n": "size", "failed_n": "first", **dict.fromkeys(ends, "sum")})
    )
    counts["filed_n"] = counts["asked_n"] + counts.pop("failed_n")
    counts = counts.join(_margins(table, counts)).join(_last(table))
    end = table.reindex(counts["last"])
    counts["tier"] = children["tier"].array.take(end["at"].fillna(-1).to_numpy(int), allow_fill=True)
    tiered = np.array(["tier" in sequence[number].digits for number, _ in counts.index], dtype=bool)
    counts["tier"] = counts["tier"].where(tiered & counts["last"].notna())
    counts["tier_label"] = [wording.tier(name, labels) if pd.notna(name) else "" for name in counts["tier"]]
    counts["cut"] = [wording.cut(label, n) for label, n in zip(counts["tier_label"], counts["admitted_n"], strict=True)]
    counts["criterion"] = _key(end, sequence).tolist()
    counts["ticket"] = end["ticket"].fillna("").to_numpy()
    counts = counts.reset_index()
    counts["round"] = [sequence[number].id for number in counts["number"]]
    counts["round_name"] = [sequence[number].name for number in counts["number"]]
    for name in ("school_id", "name", "stage", "sector"):
        counts[name] = world.schools[name].array.take(counts["school"].to_numpy())
    return counts


def _digits(letter: str, table: pd.DataFrame, sequence: tuple[Round, ...]) -> list[str]:
    """Name the columns of the digits of proposals: d1, d2 … as numbers, v1, v2 … as they are."""
    asked = table["number"].dropna().astype(int).unique()
    return [f"{letter}{place}" for place in range(1, max((len(sequence[at].digits) for at in asked), default=0) + 1)]


def _key(table: pd.DataFrame, sequence: tuple[Round, ...]) -> np.ndarray:
    """Return the digits of proposals in words, empty where nobody was in; each value is put into words once."""
    words = np.full(len(table), "", dtype=object)
    number = table["number"].where(table["child_id"].notna()).to_numpy(float)
    for asked in np.unique(number[~np.isnan(number)]).astype(int):
        rows = np.flatnonzero(number == asked)
        words[rows] = wording.digits(table.iloc[rows], sequence[asked])
    return words


def _margins(table: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Size the group that straddles each school's seats: everybody who stands where the first child refused stands."""
    lost = table[table["result"] != "in"]
    edge = lost.groupby(_PLACE)["lead"].min().rename("edge")
    near = table.merge(edge.reset_index(), on=_PLACE, validate="m:1")
    size = near[near["lead"] == near["edge"]].groupby(_PLACE).size().rename("margin_n")
    above = near[(near["lead"] < near["edge"]) & (near["result"] == "in")].groupby(_PLACE).size()
    left = (counts["seats_n"] - above.reindex(counts.index).fillna(0)).clip(lower=0).rename("margin_left_n")
    margins = pd.concat([size, left], axis=1).reindex(counts.index)
    margins.loc[margins["margin_n"].isna(), "margin_left_n"] = 0
    return margins.fillna(0).astype(int)


def _last(table: pd.DataFrame) -> pd.Series:
    """Find the row of the last child in at each school and round."""
    inside = table[table["result"] == "in"].sort_values(["lead", "rest", "turn"], kind="stable")
    last = inside.reset_index().groupby(_PLACE)["index"].last()
    return last.rename("last")


def by_school(
    rounds: pd.DataFrame,
    table: pd.DataFrame,
    sequence: tuple[Round, ...],
    held: np.ndarray,
    lost: np.ndarray,
    world: Board,
) -> pd.DataFrame:
    """Count each school over all rounds.

    Its cut is that of the first round of its own (zone, promotion, lottery, choice) which refused somebody, or of the
    last one where nobody was refused; rounds that look for vacancies come after.
    """
    schools = world.schools
    cuts = schools[["school_id", "stage", "name", "sector", "seats_n"]].copy()
    cuts["admitted_n"] = np.bincount(held[held >= 0], minlength=len(schools))
    cuts["left_n"] = (cuts["seats_n"] - cuts["admitted_n"] - lost).clip(lower=0)
    tied = table[table["result"] == "tied"].groupby("school")["child_id"].nunique().reindex(cuts.index).fillna(0)
    cuts["over_n"] = (cuts["admitted_n"] + tied - cuts["seats_n"]).clip(lower=0).astype(int)
    cuts["tied_n"] = tied.astype(int)
    cuts["refused_n"] = rounds.groupby("school")["refused_n"].sum().reindex(cuts.index).fillna(0).astype(int)
    main = rounds.assign(bound=rounds["refused_n"] + rounds["tied_n"] > 0)
    aside = np.array([item.kind in (*SEARCHING, "reserve") for item in sequence], dtype=bool)[main["number"]]
    main["rank"] = aside * 2 - main["bound"]
    main["place"] = np.where(main["bound"], main["number"], -main["number"])
    main = main.sort_values(["rank", "place"], kind="stable").drop_duplicates("school").set_index("school")
    cuts = cuts.join(main[["bound", "round", "tier", "tier_label", "criterion", "ticket", "margin_n", "margin_left_n"]])
    cuts["bound"] = cuts["bound"].fillna(False).astype(bool)
    return cuts.fillna({"margin_n": 0, "margin_left_n": 0}).astype({"margin_n": int, "margin_left_n": int})


def children(
    ranked: pd.DataFrame,
    sequence: tuple[Round, ...],
    state: State,
    table: pd.DataFrame,
    labels: dict[str, str],
    world: Board,
) -> pd.DataFrame:
    """Say of each child where it ended: status, school, round, tier and the digits of its key."""
    schools, at = world.schools, state.school
    result = ranked[["stage", "tier", "tier_rank", "clause"]].copy()
    result["tier_label"] = labelled(result["tier"], labels)
    result["status_clause"] = ranked["status_clause"].astype("str")
    waits = table.loc[table["result"] == "tied", "at"].to_numpy(int)
    before, sector = ranked["status"].to_numpy(object), schools["sector"].to_numpy(object)
    result.insert(1, "status", status(before, table["at"].to_numpy(int), waits, state, sequence, sector))
    tied = table[table["result"] == "tied"].drop_duplicates("at", keep="last").set_index("at")["school"]
    shown = np.where(at >= 0, at, tied.reindex(range(len(ranked))).fillna(-1).to_numpy(int))
    for name, column in (("school_id", "school_id"), ("school", "name"), ("sector", "sector")):
        result[name] = pd.array(schools[column].array.take(shown, allow_fill=True), dtype="str")
    for name, key in (("round", "id"), ("round_name", "name"), ("round_clause", "clause")):
        of_round = np.array([*(getattr(item, key) for item in sequence), None], dtype=object)
        result[name] = pd.array(of_round[np.where(at >= 0, state.turn, -1)], "str")
    result["choice_n"] = pd.array(np.where(at >= 0, state.choice, 0), "Int64")
    result["zone_school_id"] = ranked["school_id"]
    final = table[(table["result"] == "in") & (table["school"].to_numpy() == at[table["at"]])]
    final = final.drop_duplicates("at", keep="last").set_index("at").reindex(range(len(ranked)))
    result["key"] = _key(final, sequence).tolist()
    result["ticket"] = final["ticket"].fillna("").to_numpy()
    return result


def labelled(tiers: pd.Series, labels: dict[str, str]) -> pd.Series:
    """Return the Chinese name of the tier of each child."""
    code, named = pd.factorize(tiers, use_na_sentinel=False)
    said = np.array([wording.tier(name, labels) for name in named], dtype=object)
    return pd.Series(pd.array(said[code], "str"), index=tiers.index)


def undecided(children: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the children with no tier where it hangs on a missing paper: what it was served as is none of its own."""
    if "awaited" not in children or policy.table is None:
        return children
    waits = children["awaited"].ne("")
    last = len(policy.table.order)
    return children.assign(
        tier=children["tier"].mask(waits, wording.UNDECIDED),
        tier_rank=children["tier_rank"].mask(waits, last),
        clause=children["clause"].mask(waits, ""),
    )


def status(
    before: np.ndarray,
    asked: np.ndarray,
    tied: np.ndarray,
    state: State,
    sequence: tuple[Round, ...],
    sector: np.ndarray,
) -> np.ndarray:
    """Return the final status of each child; who was never in a pool keeps what was wrong with the registration.

    Parameters
    ----------
    before : ndarray of str, shape (children,)
        Status of the registration.
    asked, tied : ndarray of int
        Children who proposed to a school in some round, and who are tied at the last seat of one.
    state : State
        After the last round.
    sequence : tuple of Round
        Rounds of the intake.
    sector : ndarray of str, shape (schools,)
        Sector of each school.

    Returns
    -------
    ndarray of str, shape (children,)
        As in `Outcome.children`.
    """
    status = before.copy()
    status[(before == "registered") | np.isin(np.arange(before.size), asked)] = "unplaced"
    status[tied] = "undetermined"
    held = np.flatnonzero(state.school >= 0)
    places = np.array([item.places for item in sequence], dtype=object)[state.turn[held]]
    status[held] = np.where(sector[state.school[held]] == "private", "private", places)
    return status
