"""Futures: one demand a school, year and number, drawn so that schools err together as they did in the past.

Every school's place in its own interval is a normal number made of one that is common to the district and one of its
own, each a hash of (seed, future, school): a school that is added changes no other's, and two what-ifs share the same
futures (common random numbers).
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.forecast.outlook import Outlook

#: Normal quantiles of the numbers an outlook gives: the ends of its intervals and the middle.
POINTS = (-1.96, -1.2816, 0.0, 1.2816, 1.96)
NUMBERS = ("low95_n", "low80_n", "demand_n", "high80_n", "high95_n")


def draw(outlook: Outlook, *, futures: int, seed: str) -> np.ndarray:
    """Draw the demand of every row of ``outlook.schools``.

    Parameters
    ----------
    outlook : Outlook
        Its intervals say how far a school may err, its totals how much the schools of a district err together.
    futures : int
        Number of futures.
    seed : str
        The same seed, the same futures.

    Returns
    -------
    ndarray, shape (rows, futures)
        Whole children, by the rows of ``outlook.schools``.
    """
    table = outlook.schools
    names = (table["stage"] + "/" + table["school_id"]).tolist()
    own = normals(names, futures, seed=seed, stream="school")
    shared = normals(table["stage"].tolist(), futures, seed=seed, stream="district")
    common = common_shares(outlook).reindex(table["stage"]).to_numpy()[:, None]
    place = np.sqrt(common) * shared + np.sqrt(1.0 - common) * own
    return at_quantile(table[list(NUMBERS)].to_numpy(dtype=float), place)


def common_shares(outlook: Outlook) -> pd.Series:
    """Return the share of the variance that the schools of the district have in common, by stage."""
    district = outlook.totals[outlook.totals["level"] == "district"]
    return district.groupby("stage")["common_share"].first()


def normals(names: list[str], futures: int, *, seed: str, stream: str) -> np.ndarray:
    """Return one standard normal number a name and future; equal names share theirs; (names, futures)."""
    from scipy.special import ndtri

    unique = sorted(set(names))
    keys = [f"{name}/{future}" for name in unique for future in range(futures)]
    tickets = lottery.tickets(keys, seed=seed, stream=stream).reshape(len(unique), futures)
    drawn = ndtri((tickets.astype(float) + 0.5) / 2.0**64)
    return drawn[pd.Index(unique).get_indexer(names)]


def at_quantile(numbers: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Read each school's numbers at normal quantiles, straight between the known points and on beyond the last.

    Parameters
    ----------
    numbers : ndarray, shape (n, 5)
        In the order of `NUMBERS`.
    place : ndarray, shape (n, futures)
        Normal quantiles.

    Returns
    -------
    ndarray, shape (n, futures)
        Whole children, never below nought.
    """
    points = np.array(POINTS)
    piece = np.clip(np.searchsorted(points, place) - 1, 0, len(points) - 2)
    low, high = (np.take_along_axis(numbers, piece + end, axis=1) for end in (0, 1))
    slope = (high - low) / (points[piece + 1] - points[piece])
    return np.maximum(np.floor(low + slope * (place - points[piece]) + 0.5), 0.0)
