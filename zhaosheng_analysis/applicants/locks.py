"""Seats that are locked to a dwelling: which children use a home that has sent another child to the school lately.

A row of the table seat_locks says that in an intake a child got a seat at a school by a dwelling. For ``[lock] years``
intakes after, nobody else gets a seat there by it; a brother or sister does, where the text says so. Of several
families who register by one dwelling in one intake only one gets a seat: whose it is (``rivals``) is asked, or told by
the date of its paper.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Cells, Coded, Policy

ANSWERS = ("no", "yes", "unknown")
SEVERAL = 2


def of(
    children: pd.DataFrame, picked: dict[str, Cells], school_id: np.ndarray, district: District, policy: Policy
) -> Coded:
    """Answer for every child whether its dwelling is locked at the school it stands at.

    Parameters
    ----------
    children : DataFrame
        One row a child, indexed by child_id, with stage and sibling_school_id.
    picked : dict of str to Cells
        The home and the temporary dwelling of each, with address_id; `at` is -1 without one.
    school_id : ndarray of str, shape (children,)
        School each stands at; empty for none.
    district : District
        Its table seat_locks.
    policy : Policy
        Its ``[lock]``.

    Returns
    -------
    Coded
        ``no``, ``yes``, or ``unknown`` where the dwelling has no address_id.
    """
    lock = policy.lock
    if lock is None:
        return Coded(np.zeros(len(children), dtype=int), ANSWERS)
    asked = _asked(children, picked, school_id)
    concerned = _concerned(asked, district, policy) & children["stage"].isin(list(lock.by_stage)).to_numpy()
    blank = asked["address_id"].fillna("").eq("").to_numpy()
    used, perhaps = _used(asked, children, district, policy)
    return Coded(np.select([~concerned, blank, used, perhaps], [0, 2, 1, 2], 0), ANSWERS)


def claims(
    children: pd.DataFrame,
    picked: dict[str, Cells],
    school_id: np.ndarray,
    registered: np.ndarray,
    district: District,
    policy: Policy,
) -> pd.DataFrame:
    """List who registers by which dwelling at which school, where a lock may be between several.

    Parameters
    ----------
    children : DataFrame
        One row a child, indexed by child_id, with stage and twin_id: twins are one family.
    picked : dict of str to Cells
        As for `of`, with the day of the paper (`on`).
    school_id : ndarray of str, shape (children,)
        School each stands at; empty for none.
    registered : ndarray of bool, shape (children,)
        Who registered at all, by a dwelling that is not locked.
    district : District
        Its schools.
    policy : Policy
        Its ``[lock]``.

    Returns
    -------
    DataFrame
        child_id, address_id, school_id, stage, family and on, for `rivals`.
    """
    asked = _asked(children, picked, school_id).assign(stage=children["stage"].astype("str").array)
    twin = children["twin_id"].astype("str").replace("", pd.NA) if "twin_id" in children else None
    asked["family"] = (
        asked["child_id"] if twin is None else twin.fillna(pd.Series(children.index, children.index)).array
    )
    there = _concerned(asked, district, policy) & asked["stage"].isin(list(policy.lock.by_stage)).to_numpy()
    return asked[there & registered & asked["address_id"].fillna("").ne("").to_numpy()]


def rivals(mine: pd.DataFrame, others: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Tell who registers by a dwelling by which another family registers too, at the same school in the same intake.

    Parameters
    ----------
    mine : DataFrame
        `claims` of those who are asked.
    others : DataFrame
        Those of everybody; of those who are asked the former count.
    policy : Policy
        Its ``[lock]``.

    Returns
    -------
    DataFrame
        One row a claim of `mine` with rivals, indexed by child_id: lock_rivals (ids of the children of the other
        families, joined by 、) and lock_turn (``first`` where the dwelling is this family's by ``rivals``, ``later``
        where it is another's, ``open`` where that is to be asked).
    """
    asked = mine["child_id"]
    every = pd.concat([mine, others[~others["child_id"].isin(asked)]], ignore_index=True)
    told: dict[str, tuple[str, str]] = {}
    for _, group in every.groupby(["address_id", "school_id", "stage"], sort=True):
        if group["family"].nunique() < SEVERAL:
            continue
        days = group.groupby("family")["on"].min()
        first = days.index[days.eq(days.min())]
        sure = policy.lock.rivals == "earliest" and days.notna().all() and len(first) == 1
        for row in group.itertuples():
            names = group.loc[group["family"] != row.family, "child_id"]
            turn = ("first" if row.family in first else "later") if sure else "open"
            told[row.child_id] = "、".join(sorted(names)), turn
    table = pd.DataFrame.from_dict(told, orient="index", columns=["lock_rivals", "lock_turn"], dtype="str")
    return table[table.index.isin(asked)]


def _asked(children: pd.DataFrame, picked: dict[str, Cells], school_id: np.ndarray) -> pd.DataFrame:
    """Return the dwelling by which each child belongs to its school: its own home, else where it lives for a time."""
    home, rented = picked["home"], picked["temporary"]
    own = home.whole("at") >= 0
    lives = own | (rented.whole("at") >= 0)
    columns = {name: np.where(own, home[name], rented[name]) for name in ("address_id", "on")}
    return pd.DataFrame({"child_id": children.index, "school_id": school_id, "lives": lives, **columns})


def _concerned(asked: pd.DataFrame, district: District, policy: Policy) -> np.ndarray:
    """Tell who lives somewhere and stands at a school that locks dwellings."""
    lock, by_id = policy.lock, district.schools.set_index("school_id", drop=False)
    named = names.find(by_id, lock.schools, where=f"{policy.file} [lock] schools")
    there = asked["school_id"].isin(named) if lock.schools else asked["school_id"].ne("")
    return there.to_numpy() & asked["lives"].to_numpy()


def register(district: District) -> pd.DataFrame:
    """Return the register of locks with the stage each seat was of: as written, else that of a school with only one.

    Parameters
    ----------
    district : District
        Its tables seat_locks and schools.

    Returns
    -------
    DataFrame
        The register; stage is empty where a school has both and the row does not say which.
    """
    rows = district.table("seat_locks")
    said = rows["stage"] if "stage" in rows else pd.Series(pd.NA, rows.index, dtype="str")
    taught = rows["school_id"].map(district.schools.set_index("school_id")["stage"].replace("both", ""))
    return rows.assign(stage=said.fillna(taught).fillna("").astype("str"))


def _used(
    asked: pd.DataFrame, children: pd.DataFrame, district: District, policy: Policy
) -> tuple[np.ndarray, np.ndarray]:
    """Tell whose dwelling sent another child to the same stage of a school in its years, and whose perhaps did."""
    rows, years = register(district), policy.lock.by_stage
    since = policy.intake_year - rows["intake_year"]
    rows = rows[
        since.ge(1) & since.lt(rows["stage"].map({"": max(years.values(), default=0), **years}).astype(float).fillna(0))
    ]
    asked = asked.reset_index(drop=True).assign(index=np.arange(len(asked)), asks=children["stage"].astype("str").array)
    pairs = asked.merge(rows, on=["address_id", "school_id"], suffixes=("", "_before"))
    pairs = pairs[pairs["child_id"] != pairs["child_id_before"]]
    pairs = pairs[(pairs["stage"] == "") | (pairs["stage"] == pairs["asks"])]
    if policy.lock.siblings:
        kin = children["sibling_school_id"].reindex(pairs["child_id"]).to_numpy(dtype=object)
        pairs = pairs[kin != pairs["school_id"].to_numpy(dtype=object)]
    sure = pairs["stage"] != ""
    return asked.index.isin(pairs.loc[sure, "index"]), asked.index.isin(pairs.loc[~sure, "index"])
