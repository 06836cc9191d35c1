"""Why a child got its place or none, in Chinese: one sentence each (`explaining` tells the whole way)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.admission.outcome import PLACED
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.policy import decision_table, vocabulary

BUNDLED = "多胞胎捆绑"
_TOLD = [
    *("status", "status_clause", "tier", "tier_label", "clause", "round_name", "round_clause", "school"),
    *("entered", "unknown", "awaited", "left", "short"),
]
_LOSS = ["name", "result", "decided", "cut", "asked_n", "seats_n", "most_n", "margin_n", "margin_left_n"]


def sentences(
    children: pd.DataFrame,
    log: pd.DataFrame,
    by_round: pd.DataFrame,
    sequence: tuple[Round, ...],
    beyond: Mapping[str, str],
) -> pd.Series:
    """Write the reason of every child: tier, where its school was cut, which digit decided, the clauses.

    Parameters
    ----------
    children : DataFrame
        `Outcome.children` without the reason, with entered (whether some round was for it), unknown (the lines of the
        table of points that wait for a paper, empty where none does), awaited (the papers on which the tier hangs),
        short (the shortlists it was not on) and left (the school whose seat the child gave up, empty where it did not).
    log : DataFrame
        As in `Outcome`.
    by_round : DataFrame
        As in `Outcome`.
    sequence : tuple of Round
        Rounds of the intake.
    beyond : mapping of str to str
        Tier (``-`` every other) -> what the text has for who is left without a place (``[tiers.unplaced]``).

    Returns
    -------
    Series of str
        On the index of `children`.
    """
    losses = refusals(log, by_round, sequence)
    final = losses["child_id"].map(children["school_id"])
    telling = losses[(losses["school_id"] != final) | (losses["result"] == "tied")]
    telling = telling.assign(empty=telling["seats_n"] == 0).sort_values(["empty", "number"], kind="stable")
    first = telling.drop_duplicates("child_id").reset_index(drop=True)
    at = pd.Index(first["child_id"]).get_indexer(children.index)
    tried = telling.groupby("child_id").size().reindex(first["child_id"]).to_numpy()
    # Children of whom the same is to be said share their sentence: each is written once.
    story = _alike([first[name] for name in _LOSS] + [tried])
    story = np.append(story, -1)[at]
    code = _alike([*(children[name] for name in _TOLD), story])
    _, example = np.unique(code, return_index=True)
    examples = children.iloc[example][_TOLD].astype(object).fillna("").to_dict("records")
    places = at[example]
    asked = np.unique(places[places >= 0])
    losses = dict(zip(asked.tolist(), first.iloc[asked][_LOSS].to_dict("records"), strict=True))
    texts = [
        _sentence(one, losses.get(place), tried[place] if place >= 0 else 0, beyond)
        for one, place in zip(examples, places.tolist(), strict=True)
    ]
    return pd.Series(np.array(texts, dtype=object)[code], index=children.index, dtype="str")


def _alike(columns: list[pd.Series | np.ndarray]) -> np.ndarray:
    """Give each row a number from 0, the same to rows that are alike in every column."""
    whole = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, levels = pd.factorize(column, use_na_sentinel=False)
        whole = np.unique(whole * len(levels) + code, return_inverse=True)[1]
    return whole


def refusals(log: pd.DataFrame, by_round: pd.DataFrame, sequence: tuple[Round, ...]) -> pd.DataFrame:
    """List every refusal with the digit that decided it and where the school stopped.

    Parameters
    ----------
    log : DataFrame
        As in `Outcome`.
    by_round : DataFrame
        As in `Outcome.rounds`.
    sequence : tuple of Round
        Rounds of the intake.

    Returns
    -------
    DataFrame
        Columns child_id, number, school, name, result, decided (digit in Chinese), cut (tier of the last child in, in
        words), seats_n, most_n (the most the school had in any round), margin_n, margin_left_n, in the order of the
        rounds.
    """
    lost = log[log["result"] != "in"]
    lost = lost.merge(
        by_round[["number", "school", "name", "tier_label", "asked_n", "last", "margin_n", "margin_left_n", "tied_n"]],
        on=["number", "school"],
        how="left",
        validate="m:1",
        suffixes=("", "_cut"),
    )
    lost["most_n"] = lost["school"].map(by_round.groupby("school")["seats_n"].max())
    last = log.reindex(lost["last"])
    decided, number = np.full(len(lost), "", dtype=object), lost["number"].to_numpy()
    for asked in np.unique(number):
        rows = np.flatnonzero(number == asked)
        decided[rows] = _decided(lost.iloc[rows], last.iloc[rows], sequence[asked])
    lost["decided"] = decided.tolist()
    return lost.rename(columns={"tier_label": "cut"})


def _decided(rows: pd.DataFrame, ends: pd.DataFrame, item: Round) -> np.ndarray:
    """Name the first digit in which refused children stand behind the last child in; empty where nobody got in."""
    digits = [(f"d{place}", wording.digit(name, item.words.pair)) for place, name in enumerate(item.digits, 1)]
    said = np.full(len(rows), BUNDLED, dtype=object)
    for column, name in reversed([*digits, ("turn", wording.digit("ticket"))]):
        one, other = rows[column].to_numpy(), ends[column].to_numpy()
        said[one > other], said[one < other] = name, BUNDLED
    said[ends["child_id"].isna().to_numpy()] = ""
    return said


def _sentence(child: dict[str, Any], loss: dict[str, Any] | None, tried: int, beyond: Mapping[str, str]) -> str:
    """Write the reason of one child."""
    status = child["status"]
    if status not in (*PLACED, "unplaced", "undetermined"):
        return _join(vocabulary.STATUSES.get(status, status), "未参加录取", _by(child["status_clause"]))
    tier = f"类别{wording.UNDECIDED}（等{child['awaited']}）" if child["awaited"] else child["tier_label"]
    parts, clauses = [tier, *_lost(loss, tried)], [child["clause"]]
    if status in PLACED:
        parts.append(f"在「{child['round_name']}」{_verb(status)}{child['school']}")
        clauses.append(child["round_clause"])
    elif status == "undetermined":
        parts.append("文件未规定同类先后，不逐人认定")
    elif child["left"]:
        parts = [tier, f"录取到{child['left']}，后来放弃了学位"]
    else:
        nothing = "没有可报的学校或空余学位" if child["entered"] else "没有一个环节招收本人"
        parts.append(child["short"])
        parts.append("未获得学位" if loss or child["short"] else nothing)
        parts.append(f"总分未知：{child['unknown']}缺材料" if child["unknown"] else "")
        parts.append(beyond.get(child["tier"], beyond.get(decision_table.ANY, "")))
    return _join(*parts, _by(*clauses))


def _by(*clauses: Any) -> str:
    """Name the clauses, each once."""
    named = dict.fromkeys(clause for clause in clauses if isinstance(clause, str) and clause)
    return resting("、".join(named)) if named else ""


def resting(clause: str) -> str:
    """Say on what something rests: the clause, or in its own words that the text says nothing (原文未载，依假定).

    Parameters
    ----------
    clause : str
        The clause.

    Returns
    -------
    str
        In Chinese.
    """
    return clause if clause.startswith("原文") else f"依据{clause}"


def _verb(status: str) -> str:
    """Return how a place was come by."""
    return {"admitted": "录取到", "redirected": "统筹安排到", "private": "录取到民办学校"}[status]


def _lost(loss: dict[str, Any] | None, tried: int) -> list[str]:
    """Say where the refusal came from, and how many there were."""
    if loss is None:
        return []
    school, seats = loss["name"], int(loss["seats_n"])
    if loss["result"] == "tied":
        return [f"{school}本类{loss['margin_n']}人，余{loss['margin_left_n']}个学位"]
    if not loss["decided"]:
        return [f"{school}没有空余学位" if not seats else f"{school}学位不足"]
    stop = loss["cut"] if loss["cut"].startswith("第") else f"「{loss['cut']}」"
    where = f"录至{stop}" if loss["cut"] else f"{loss['asked_n']}人争取"
    open_ = f"余{seats}个学位" if seats < loss["most_n"] else f"{seats}个学位"
    why = "多胞胎捆绑一票，余下的学位放不下" if loss["decided"] == BUNDLED else f"差在{loss['decided']}"
    parts = [f"{school}{open_}{where}", why]
    return [*parts, f"先后{tried}次未录取"] if tried > 1 else parts


def _join(*parts: str, glue: str = "；") -> str:
    """Join the parts that say something."""
    return glue.join(part for part in parts if isinstance(part, str) and part)
