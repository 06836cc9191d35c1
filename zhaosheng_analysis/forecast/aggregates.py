"""Totals of areas and of the district: how much the schools of one place err together.

If schools erred apart, the errors of a district would cancel; if they erred as one, they would add up. What share of
the variance is common is read from the totals of past origins, so that an interval of a total is calibrated on totals.
"""

from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.forecast import cell_intervals, intervals, past_forecasts
from zhaosheng_analysis.forecast.past_forecasts import Past
from zhaosheng_analysis.forecast.progression import totals

#: Fewer past totals than this, and `ASSUMED` is taken for the common share.
FEWEST = 6
ASSUMED = 0.3
#: Half of a central interval, in standard deviations, by its per cent.
NORMAL = {80: 1.2816, 95: 1.96}


@dataclass(frozen=True)
class Sums:
    """Past totals of the entry grade, one entry a (group, origin, horizon).

    Attributes
    ----------
    origin : ndarray of int, shape (n,)
        September of the forecast.
    horizon : ndarray of int, shape (n,)
        Years ahead.
    expected : ndarray of float, shape (n,)
        Children expected.
    observed : ndarray of float, shape (n,)
        Children who came.
    apart : ndarray of float, shape (n,)
        Variance of the total if schools err apart.
    as_one : ndarray of float, shape (n,)
        Variance of the total if schools err as one.
    """

    origin: np.ndarray
    horizon: np.ndarray
    expected: np.ndarray
    observed: np.ndarray
    apart: np.ndarray
    as_one: np.ndarray


def collect(past: Past, scored: dict[str, intervals.Calibration], group: np.ndarray) -> Sums:
    """Sum past forecasts of the entry grade by group of schools.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.
    scored : dict of str to Calibration
        Calibrations, which say how far a single school errs.
    group : ndarray of int, shape (schools,)
        Group of each school.

    Returns
    -------
    Sums
        One entry a (group, origin, horizon).
    """
    finite = np.isfinite(past.expected[:, 0]) & np.isfinite(past.observed[:, 0])
    rows = past_forecasts.subset(past, finite)
    if not len(rows.origin):
        none = np.empty(0)
        return Sums(rows.origin, rows.horizon, none, none, none, none)
    spread = deviations(scored["entry"], rows.expected[:, 0], rows.horizon)
    keys = np.stack([rows.origin, rows.horizon, group[rows.school]], axis=1)
    groups, member = np.unique(keys, axis=0, return_inverse=True)
    sums = totals(
        np.stack([rows.expected[:, 0], rows.observed[:, 0], spread**2, spread], axis=1), member.reshape(len(keys))
    )
    return Sums(groups[:, 0], groups[:, 1], sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3] ** 2)


def deviations(calibration: intervals.Calibration, expected: np.ndarray, horizon: np.ndarray) -> np.ndarray:
    """Return the standard deviation that each forecast's 80 % interval stands for.

    Parameters
    ----------
    calibration : Calibration
        Calibration of the forecasts.
    expected : ndarray of float, shape (n,)
        Forecasts.
    horizon : ndarray of int, shape (n,)
        Years ahead of each.

    Returns
    -------
    ndarray of float, shape (n,)
        Standard deviations, in children.
    """
    spread = np.zeros(len(expected))
    for ahead in np.unique(horizon).tolist():
        rows = horizon == ahead
        low, high = intervals.bounds(calibration, expected[rows], ahead, 0.80)
        spread[rows] = (high - low) / (2 * NORMAL[80])
    return spread


def common_share(sums: Sums) -> float:
    """Estimate the share of the variance that schools have in common, by the method of moments.

    The squared error of a total is on average ``(1 - share) · apart + share · as_one``.

    Parameters
    ----------
    sums : Sums
        Past totals beside what came.

    Returns
    -------
    float
        In [0, 1]; `ASSUMED` where too few totals have been seen.
    """
    if len(sums.origin) < FEWEST:
        return ASSUMED
    scale = np.maximum(sums.as_one, 1.0)
    excess = ((sums.observed - sums.expected) ** 2 - sums.apart) / scale
    room = (sums.as_one - sums.apart) / scale
    return float(np.clip(excess.sum() / max(room.sum(), 1e-9), 0.0, 1.0))


def half_width(apart: np.ndarray, as_one: np.ndarray, share: float) -> np.ndarray:
    """Return the half-width of a total from the sum of squares and the squared sum of its schools' half-widths.

    Parameters
    ----------
    apart : ndarray of float
        Sum of the squared half-widths of the schools.
    as_one : ndarray of float
        Squared sum of their half-widths.
    share : float
        Share of the variance that schools have in common, in [0, 1].

    Returns
    -------
    ndarray of float
        Half-widths, in children.
    """
    return np.sqrt((1.0 - share) * apart + share * as_one)


def coverage(past: Past, group: np.ndarray, ahead: int, level: float) -> float:
    """Return how often a total lay in its interval, each origin's made from forecasts that were over by then.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.
    group : ndarray of int, shape (schools,)
        Group of each school.
    ahead : int
        Horizon, in years.
    level : float
        Nominal coverage, in (0, 1).

    Returns
    -------
    float
        Share in [0, 1]; of an origin with little before it, that of the assumed interval it would have shown; nan where
        nothing was forecast.
    """
    quantile = NORMAL[round(100 * level)]
    inside = []
    for origin in np.unique(past.origin[past.horizon == ahead]):
        learnt = past_forecasts.subset(past, past.origin + past.horizon <= origin)
        now = past_forecasts.subset(past, (past.origin == origin) & (past.horizon == ahead))
        scored = cell_intervals.calibrations(learnt)
        before = collect(learnt, scored, group)
        sums = collect(now, scored, group)
        half = quantile * half_width(sums.apart, sums.as_one, common_share(before))
        inside.append(np.abs(sums.observed - sums.expected) <= np.rint(half) + 0.5)
    return float(np.concatenate(inside).mean()) if inside else float("nan")
