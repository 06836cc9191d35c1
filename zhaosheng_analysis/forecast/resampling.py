"""Families of a year to come: as many of those of this year as the future wants, in the mix of each school today.

The families of a school stand in a line, ordered by their tickets; a future takes as many from its head as children
come, and where the line is too short it begins again with copies. One child more changes nobody else.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.schema import takes

#: Lines that the futures take turns in: enough to tell how the mix varies, few enough to be quick.
LINES = 20
#: Columns of names, which a copy has its own of.
NAMES = ("twin_id",)


@dataclass(frozen=True)
class Lines:
    """The families of each school, in `LINES` orders.

    Attributes
    ----------
    members : dict of tuple of str, length 2 to ndarray
        Row numbers of the ranked children by (school_id, stage).
    orders : dict of tuple of str, length 2 to ndarray
        Places in `members` by (school_id, stage), shape (LINES, families).
    """

    members: dict[tuple[str, str], np.ndarray]
    orders: dict[tuple[str, str], np.ndarray]


@takes(ranked="ranked")
def lines(ranked: pd.DataFrame, *, seed: str) -> Lines:
    """Put the families of each school in lines by SHA-256 of (seed, line, child).

    Parameters
    ----------
    ranked : DataFrame
        Children with school_id and stage; those of no school have the key ``""``.
    seed : str
        The same seed, the same lines.

    Returns
    -------
    Lines
        The families in their lines.
    """
    keys = pd.DataFrame({"school": ranked["school_id"].fillna(""), "stage": ranked["stage"].astype("str")})
    groups = keys.reset_index(drop=True).groupby(["school", "stage"]).indices
    tickets = np.stack([lottery.tickets(ranked.index, seed=seed, stream=f"line-{line}") for line in range(LINES)])
    orders = {key: np.argsort(tickets[:, rows], axis=1, kind="stable") for key, rows in groups.items()}
    return Lines(dict(groups), orders)


def taken(lines: Lines, wanted: dict[tuple[str, str], int], line: int) -> tuple[np.ndarray, np.ndarray]:
    """Take families from the head of each school's line.

    Parameters
    ----------
    lines : Lines
        Lines, from `lines`.
    wanted : dict of (str, str) to int
        Number of families by (school_id, stage).
    line : int
        Which of the lines.

    Returns
    -------
    ndarray of int
        Rows of the ranked children.
    ndarray of int
        Number of the copy (0 the family itself), aligned.
    """
    rows, copies = [np.empty(0, dtype=int)], [np.empty(0, dtype=int)]
    for key in sorted(set(wanted) & set(lines.members)):
        order = lines.members[key][lines.orders[key][line]]
        place = np.arange(wanted[key])
        rows.append(order[place % len(order)])
        copies.append(place // len(order))
    return np.concatenate(rows), np.concatenate(copies)


@takes(ranked="ranked")
def resampled(ranked: pd.DataFrame, rows: np.ndarray, copies: np.ndarray) -> pd.DataFrame:
    """Return the chosen children under names of their own: the second copy of ``a`` is ``a#2``.

    Parameters
    ----------
    ranked : DataFrame
        The children.
    rows : ndarray of int
        Rows chosen, some several times.
    copies : ndarray of int
        Number of the copy of each.

    Returns
    -------
    DataFrame
        One row a copy, indexed by its name.
    """
    chosen = ranked.iloc[rows]
    suffix = np.where(copies > 0, [f"#{copy}" for copy in copies], "")
    changed = {name: (chosen[name] + suffix).where(chosen[name].fillna("") != "", chosen[name]) for name in NAMES}
    chosen = chosen.assign(**changed)
    chosen.index = pd.Index(chosen.index.astype("str") + suffix, name="child_id")
    return chosen


def copied(table: pd.DataFrame, names: pd.Index, copies: pd.Index) -> pd.DataFrame:
    """Return the rows of a child-level table for every copy of a child.

    Parameters
    ----------
    table : DataFrame
        Table with child_id.
    names : Index
        Children of the table.
    copies : Index
        Their new names, aligned.

    Returns
    -------
    DataFrame
        The rows under the new names.
    """
    pairs = pd.DataFrame({"child_id": names, "copy": copies})
    rows = table.merge(pairs, on="child_id", how="inner", validate="many_to_many")
    return rows.assign(child_id=rows["copy"]).drop(columns="copy")
