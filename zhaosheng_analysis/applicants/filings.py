"""Which registrations of a family count at which step: the first confirmed stands, a later one waits for its round.

A family may file more than once. Within one window the first confirmed registration stands and a later one is void;
a registration in a later window (on site after online, 志愿补报 after a lost draw) counts only in the rounds held for
it, and never takes away what an earlier one gave. Wishes of another batch (第二批志愿) are another list: they are held
against the window of their own rounds, and neither list makes the other void.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.applicants import registration
from zhaosheng_analysis.policy import Policy

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
    rows = filed[at >= 0]
    rows = rows.assign(stage=stages.array.take(at[at >= 0]))
    for name in ("batch", "channel", "submitted_at"):
        rows[name] = rows.get(name)
    rows["submitted_at"] = pd.to_datetime(rows["submitted_at"])
    if rows.empty:
        return rows.assign(turn_n=pd.Series(dtype=int))
    rows = rows.assign(batch=rows["batch"].astype("str").fillna(""))
    phase, again, inside = _phases(rows, policy)
    family = ["child_id"] if not policy.parameter("dual_registration", default=False) else ["child_id", "sector"]
    rows = rows.assign(phase=phase, again=again)
    in_time = pd.Series(inside, index=rows.index).groupby([rows[name] for name in family]).transform("any")
    void = in_time.to_numpy() & ~inside
    one = ["child_id", "phase", "batch"]
    if "sector" not in family:
        void |= _later(rows[~void], one, ["sector"]).reindex(rows.index, fill_value=False).to_numpy()
    place = [*one, "sector", "choice_n"]
    void |= _later(rows[~void], place, ["school_id"]).reindex(rows.index, fill_value=False).to_numpy()
    turn = rows["phase"].where(~void).groupby([rows[name] for name in ("child_id", "sector", "batch")])
    turn = turn.rank(method="dense")
    turn = np.maximum(turn.fillna(0), np.where(again & ~void, 2, 0)).astype(int)
    return rows.drop(columns=["phase", "again"]).assign(turn_n=turn)


def _phases(rows: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the window each row was filed in, numbered by the day it opens; without a time the first is meant."""
    own, usual = _of_batches(policy), {*_REGISTERS, *(name for check in policy.checks for name in check.windows)}
    windows = [
        item for item in policy.windows if item.name in {*usual, *(name for some in own.values() for name in some)}
    ]
    opens = sorted({pd.Timestamp(item.opens) for item in windows if item.opens is not None})
    phase, again, inside = np.zeros(len(rows), dtype=int), np.zeros(len(rows), dtype=bool), np.zeros(len(rows), bool)
    batch, batches = pd.factorize(rows["batch"])
    for item in sorted(windows, key=lambda item: pd.Timestamp(item.opens or pd.Timestamp.min)):
        timed = registration.inside(item, rows["submitted_at"], policy)
        if item.name not in AGAIN:
            timed |= rows["submitted_at"].isna().to_numpy()
        meant = np.array([item.name in own.get(name, usual) for name in batches], dtype=bool)[batch]
        here = registration.open_to(item, rows) & timed & meant & ~inside
        phase[here] = opens.index(pd.Timestamp(item.opens)) + 1 if item.opens is not None else 0
        again[here], inside[here] = item.name in AGAIN, True
    return phase, again, inside | rows["submitted_at"].isna().to_numpy()


def _of_batches(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the windows in which the wishes of each batch are filed, where its rounds name one."""
    said: dict[str, tuple[str, ...]] = {}
    for item in policy.rounds:
        batch, window = item.get("batch"), item.get("window")
        if isinstance(batch, str) and isinstance(window, str):
            said[batch] = (*said.get(batch, ()), window)
    return said


def _later(rows: pd.DataFrame, group: list[str], rival: list[str]) -> pd.Series:
    """Tell which rows were filed after a rival of their group, where every time is known."""
    first = rows.groupby([*group, *rival], dropna=False)["submitted_at"].transform("min")
    groups = [rows[name] for name in group]
    timed = rows["submitted_at"].notna().groupby(groups).transform("all")
    return timed & (first > first.groupby(groups).transform("min"))
