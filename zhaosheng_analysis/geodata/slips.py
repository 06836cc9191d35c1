"""Counts and points that stand alone among their own neighbours: a digit too many, a digit of a coordinate wrong.

Each may be true, such as an estate that sold all its flats in one year; it is asked, and nothing is changed.
"""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_LEAP = 7  # a digit too many or too few makes ten; what grows by itself hardly reaches this within a year
_LEAST = 60  # pupils, of the larger count: below it chance leaps too
_FAR_M = 20_000.0
_FAR_TIMES = 10  # the distance at which a neighbour usually is
_FEWEST = 4  # points, below which nothing is usual


def leaps(counts: pd.DataFrame, value: str, place: str, steps: Iterable[dict[str, int]]) -> pd.Series:
    """Return the counts that are many times more, or less, than every neighbour of theirs.

    Parameters
    ----------
    counts : pd.DataFrame
        One row for each place and moment, without a second row for any of them.
    value : str
        The column counted.
    place : str
        The column of the place.
    steps : iterable of dict of str to int
        Each neighbour, as what is added to the columns of the moment: the same children a year on are
        ``{"school_year": 1, "grade": 1}``.

    Returns
    -------
    pd.Series of str
        Such as ``某小学 2024 1 为 1860 人，前后为 186、190``, on the index of their rows.
    """
    steps = list(steps)
    keys = [place, *dict.fromkeys(name for step in steps for name in step)]
    own = counts[value].astype("float").to_numpy()
    index = pd.MultiIndex.from_frame(counts[keys])
    beside = np.full((len(steps), len(counts)), np.nan)
    for at, step in enumerate(steps):
        moved = counts[keys].assign(**{name: counts[name] + by for name, by in step.items()})
        found = index.get_indexer(pd.MultiIndex.from_frame(moved))
        beside[at, found >= 0] = own[found[found >= 0]]
    most = np.fmax.reduce(beside, axis=0)
    least = np.fmin.reduce(beside, axis=0)
    odd = (own >= _LEAST) & (own >= _LEAP * most) | (least >= _LEAST) & (own * _LEAP <= least) & (own > 0)
    return pd.Series(
        [
            f"{' '.join(map(str, key))} 为 {number:.0f} 人，前后为 {'、'.join(f'{it:.0f}' for it in near if it == it)}"
            for key, number, near in zip(index[odd], own[odd], beside[:, odd].T, strict=True)
        ],
        counts.index[odd],
        dtype="str",
    )


def strays(points: gpd.GeoDataFrame) -> pd.Series:
    """Return the names of what lies far from everything of its kind, as with one wrong digit of a coordinate.

    Parameters
    ----------
    points : gpd.GeoDataFrame
        Schools or estates, with a column name; metres.

    Returns
    -------
    pd.Series of str
        Names and how far the nearest other one is.
    """
    drawn = points[points.geometry.notna() & ~points.geometry.is_empty]
    spots = shapely.centroid(drawn.geometry.to_numpy())
    if len(spots) < _FEWEST:
        return pd.Series(dtype="str")
    pairs, nearest = shapely.STRtree(spots).query_nearest(
        spots, exclusive=True, return_distance=True, all_matches=False
    )
    far = nearest > max(_FAR_M, _FAR_TIMES * float(np.median(nearest)))
    rows = pairs[0][far]
    words = [
        f"{name}（离最近的 {m / 1000:.0f} 公里）"
        for name, m in zip(drawn["name"].iloc[rows], nearest[far], strict=True)
    ]
    return pd.Series(words, drawn.index[rows], dtype="str")
