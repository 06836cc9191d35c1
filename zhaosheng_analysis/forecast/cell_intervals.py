"""Intervals of the cells of a stage: each kind of cell, by how far its cohort is from school, errs by itself."""

import numpy as np

from zhaosheng_analysis.forecast import intervals
from zhaosheng_analysis.forecast.past_forecasts import Past, subset

KINDS = ("entry", "entered", "enrolled")


def kinds(horizon: np.ndarray | int, grades: int) -> np.ndarray:
    """Name the kind of each cell: entry grade, entered since the origin, at school then.

    What errs together is scored together: a cohort that was at school at the origin is far surer than one to come.

    Parameters
    ----------
    horizon : int or ndarray of int
        Years ahead.
    grades : int
        Number of grades.

    Returns
    -------
    ndarray of str, shape (..., grades)
        One of `KINDS`, the last axis by grade.
    """
    grade = np.arange(grades)
    later = np.where(grade < np.asarray(horizon)[..., None], "entered", "enrolled")
    return np.where(grade == 0, "entry", later)


def calibrations(past: Past) -> dict[str, intervals.Calibration]:
    """Return the calibration of each kind of cell, from forecasts of past origins.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.

    Returns
    -------
    dict of str to Calibration
        Calibration by kind.
    """
    kind = kinds(past.horizon, past.expected.shape[1])
    ahead = np.broadcast_to(past.horizon[:, None], kind.shape)
    return {
        name: intervals.calibrate(past.expected[kind == name], past.observed[kind == name], ahead[kind == name])
        for name in KINDS
    }


def bounds(
    scored: dict[str, intervals.Calibration],
    expected: np.ndarray,
    horizon: int,
    share: float,
    *,
    unsure: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Read the interval of each cell from the calibration of its kind.

    Parameters
    ----------
    scored : dict of str to Calibration
        Calibration of each kind of cell.
    expected : ndarray of float, shape (n, grades)
        Pupils expected.
    horizon : int
        Years ahead.
    share : float
        Nominal coverage, in (0, 1).
    unsure : ndarray of float, shape (n, grades), optional
        Standard deviation of what no past error speaks of, in children.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Low and high, shape (n, grades) each.
    """
    low, high = np.empty_like(expected), np.empty_like(expected)
    for grade, kind in enumerate(kinds(horizon, expected.shape[1])):
        calibration = scored[kind]
        if kind == "entered" and intervals.source(calibration, horizon)[0] is None:
            # Who is to enter before then errs as who enters then.
            calibration = scored["entry"]
        extra = None if unsure is None else unsure[:, grade]
        low[:, grade], high[:, grade] = intervals.bounds(
            calibration, expected[:, grade], horizon, share, unsure=extra, whole=True
        )
    return low, high


def coverage(past: Past, ahead: int, grade: slice, share: float) -> float:
    """Measure how often what came lay in the interval, each origin's made from forecasts that were over by then.

    Parameters
    ----------
    past : Past
        Forecasts of past origins.
    ahead : int
        Horizon.
    grade : slice
        Columns of the grades looked at.
    share : float
        Nominal coverage, in (0, 1).

    Returns
    -------
    float
        Share in [0, 1], whole children counted: of an origin with nothing before it, that of the assumed interval it
        would have shown; nan where nothing was forecast.
    """
    inside = []
    for origin in np.unique(past.origin[past.horizon == ahead]):
        learnt = past.origin + past.horizon <= origin
        now = (past.origin == origin) & (past.horizon == ahead)
        low, high = bounds(calibrations(subset(past, learnt)), past.expected[now], ahead, share)
        came, low, high = past.observed[now][:, grade], low[:, grade], high[:, grade]
        finite = np.isfinite(came) & np.isfinite(low)
        inside.append(((came >= np.rint(low)) & (came <= np.rint(high)))[finite])
    return float(np.concatenate(inside).mean()) if inside else float("nan")
