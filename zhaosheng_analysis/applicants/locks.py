"""Seats that are locked to a dwelling: which children use a home that has sent another child to the school lately.

A row of the table seat_locks says that in an intake a child got a seat at a school by a dwelling. For ``[lock] years``
intakes after, nobody else gets a seat there by it; a brother or sister does, where the text says so.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.geodata import District, names
from zhaosheng_analysis.policy import Policy

ANSWERS = ("yes", "no", "unknown")


def of(
    children: pd.DataFrame, picked: dict[str, pd.DataFrame], school_id: np.ndarray, district: District, policy: Policy
) -> np.ndarray:
    """Answer for every child whether its dwelling is locked at the school it stands at.

    Parameters
    ----------
    children : DataFrame
        One row a child, indexed by child_id, with stage and sibling_school_id.
    picked : dict of str to DataFrame
        The home and the temporary dwelling of each, with address_id; `at` is -1 without one.
    school_id : ndarray of str, shape (children,)
        School each stands at; empty for none.
    district : District
        Its table seat_locks.
    policy : Policy
        Its ``[lock]``.

    Returns
    -------
    ndarray of str, shape (children,)
        ``yes``, ``no``, or ``unknown`` where the dwelling has no address_id.
    """
    lock = policy.lock
    if lock is None:
        return np.full(len(children), "no", dtype=object)
    own = picked["home"]["at"].ge(0).to_numpy()
    address = np.where(own, picked["home"]["address_id"], picked["temporary"]["address_id"])
    lives = own | picked["temporary"]["at"].ge(0).to_numpy()
    asked = pd.DataFrame({"child_id": children.index, "address_id": address, "school_id": school_id})
    where = f"{policy.file} [lock] schools"
    named = names.find(district.schools.set_index("school_id", drop=False), lock.schools, where=where)
    concerned = np.isin(school_id, named) if lock.schools else school_id != ""
    concerned &= children["stage"].isin(list(lock.by_stage)).to_numpy()
    used, perhaps = _used(asked, children, district, policy)
    blank = pd.isna(address) | (pd.Series(address).fillna("") == "").to_numpy()
    return np.select([~concerned | ~lives, blank, used, perhaps], ["no", "unknown", "yes", "unknown"], "no")


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
