"""Which registrations of a family count at which step: the first confirmed stands, a later one waits for its round.

A family may file more than once. Within one window the first confirmed registration stands and a later one is void;
a registration in a later window (on site after online, 志愿补报 after a lost draw) counts only in the rounds held for
it, and never takes away what an earlier one gave. Wishes of another batch (第二批志愿) are another list: they are held
against the window of their own rounds, and neither list makes the other void.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import registration
from zhaosheng_analysis.policy import Cells, Policy

AGAIN = ("supplement", "private_supplement")  # windows for those who got nothing the first time
_REGISTERS = ("registration", *AGAIN)


def effective(filed: pd.DataFrame, stages: pd.Series, policy: Policy) -> pd.DataFrame:
    """Say of every registration in which turn of its family it counts.

    Parameters
    ----------
    filed : DataFrame
        Rows of the table applications: child_id, school_id, sector, choice_n and, where known, channel, submitted_at.
    stages : Series of str
        Stage of each child, by child_id; rows of other children are left out.
    policy : Policy
        Its windows for registration, and whether public and private may both be asked at once (A-G10).

    Returns
    -------
    DataFrame
        The rows of these children in their order, with stage and turn_n: 1 the first registration that stands, 2 and
        more a later window, 0 void (too late beside one in time, or another choice after the first was confirmed).
        Rivals whose order the times do not tell all stand.
    """
    at = stages.index.get_indexer(filed["child_id"])
    rows, child = filed[at >= 0], at[at >= 0]
    said = {name: rows.get(name) for name in ("batch", "channel", "submitted_at")}
    rows = rows.assign(stage=stages.array.take(child), **said)
    rows["submitted_at"] = pd.to_datetime(rows["submitted_at"])
    if rows.empty:
        return rows.assign(turn_n=pd.Series(dtype=int))
    rows["batch"] = rows["batch"].astype("str").fillna("")
    cells = Cells(rows)
    phase, again, inside = _phases(cells, policy)
    sector, batch, school = (cells.coded(name).codes for name in ("sector", "batch", "school_id"))
    dual, at = policy.parameter("dual_registration", default=False), cells.days("submitted_at")
    family = _groups(child, sector) if dual else child
    void = (np.bincount(family, inside) > 0)[family] & ~inside
    one = _groups(child, phase, batch)
    if not dual:
        void |= _later(~void, one, sector, at)
    void |= _later(~void, _groups(one, sector, cells.numbers("choice_n")), school, at)
    turn = np.where(again & ~void, 2, 0)
    turn[~void] = np.maximum(turn[~void], _ranked(_groups(child, sector, batch)[~void], phase[~void]))
    return rows.assign(turn_n=turn)


def _phases(rows: Cells, policy: Policy) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the window each row was filed in, numbered by the day it opens; without a time the first is meant."""
    own, usual = _of_batches(policy), {*_REGISTERS, *(name for check in policy.checks for name in check.windows)}
    windows = [
        item for item in policy.windows if item.name in {*usual, *(name for some in own.values() for name in some)}
    ]
    opens = sorted({pd.Timestamp(item.opens) for item in windows if item.opens is not None})
    phase, again, inside = np.zeros(len(rows), dtype=int), np.zeros(len(rows), dtype=bool), np.zeros(len(rows), bool)
    batch, at = rows.coded("batch"), rows.days("submitted_at")
    for item in sorted(windows, key=lambda item: pd.Timestamp(item.opens or pd.Timestamp.min)):
        timed = registration.inside(item, at, policy)
        if item.name not in AGAIN:
            timed |= np.isnat(at)
        meant = batch.each((item.name in own.get(name, usual) for name in batch.words), blank=False)
        here = registration.open_to(item, rows) & timed & meant & ~inside
        phase[here] = opens.index(pd.Timestamp(item.opens)) + 1 if item.opens is not None else 0
        again[here], inside[here] = item.name in AGAIN, True
    return phase, again, inside | np.isnat(at)


def _of_batches(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the windows in which the wishes of each batch are filed, where its rounds name one."""
    said: dict[str, tuple[str, ...]] = {}
    for item in policy.rounds:
        batch, window = item.get("batch"), item.get("window")
        if isinstance(batch, str) and isinstance(window, str):
            said[batch] = (*said.get(batch, ()), window)
    return said


def _groups(*columns: np.ndarray) -> np.ndarray:
    """Give rows that are alike in some columns one number."""
    group = np.unique(columns[0], return_inverse=True)[1]
    for column in columns[1:]:
        values, place = np.unique(column, return_inverse=True)
        group = np.unique(group * len(values) + place, return_inverse=True)[1]
    return group


def _later(stands: np.ndarray, group: np.ndarray, rival: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Tell which of the rows that stand were filed after a rival of their group, where every time is known."""
    later = np.zeros(len(group), dtype=bool)
    mine, moments = group[stands], at[stands].view(np.int64)
    first = _least(_groups(mine, rival[stands]), moments)
    unknown = np.bincount(mine, np.isnat(at[stands])) > 0
    later[stands] = ~unknown[mine] & (first > _least(mine, first))
    return later


def _least(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return for every row the smallest value of its group."""
    least = np.full(group.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, group, values)
    return least[group]


def _ranked(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Give the different values of each group numbers from 1, the smallest first."""
    base = values.max(initial=0) + 1
    pairs, place = np.unique(group * base + values, return_inverse=True)
    return (place - np.searchsorted(pairs, group * base)) + 1
