"""Say how sure a forecast is, from how wrong such forecasts have been (size-binned conformal prediction).

Residuals of rolling origins are kept on the scale ``(observed - expected) / sqrt(expected + 1)``, by horizon and by
size of the forecast, and read back as quantiles. Beyond the longest horizon that was seen, spreads grow with the
horizon to the power 0.75; fewer than fifty residuals are called not calibrated.
"""

from dataclasses import dataclass

import numpy as np

#: Fewer residuals than this in a bin, and the interval is shown as "not calibrated".
FEWEST = 50
#: Growth of the spread with the horizon beyond the calibrated range (reference: Taiwan bench; a root is too little).
GROWTH = 0.75
#: Most bins by size.
BINS = 6
#: Spread assumed beside the residuals where fewer than `FEWEST` were seen: one and a half times that of counting.
UNSCORED = 1.5 * np.array([-2.3, -1.96, -1.645, -1.2816, -0.8416, -0.5244, -0.2533, 0.0])


@dataclass(frozen=True)
class Calibration:
    """Sorted residuals by horizon and size.

    Attributes
    ----------
    edges : dict of int to ndarray
        Horizon → inner edges of the size bins.
    residuals : dict of int to list of ndarray
        Horizon → one sorted array a bin.
    """

    edges: dict[int, np.ndarray]
    residuals: dict[int, list[np.ndarray]]


def scaled(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return ``(observed - expected) / sqrt(expected + 1)``."""
    return (observed - expected) / np.sqrt(np.maximum(expected, 0.0) + 1.0)


def calibrate(expected: np.ndarray, observed: np.ndarray, horizon: np.ndarray) -> Calibration:
    """Sort past errors by horizon and size.

    Parameters
    ----------
    expected : ndarray, shape (n,)
        Past forecasts and what came; pairs with nan are left out.
    observed : ndarray, shape (n,)
        Past forecasts and what came; pairs with nan are left out.
    horizon : ndarray, shape (n,)
        Years ahead.

    Returns
    -------
    Calibration
        As many size bins as hold `FEWEST` residuals each, at most `BINS`.
    """
    finite = np.isfinite(expected) & np.isfinite(observed)
    expected, horizon = expected[finite], horizon[finite]
    errors = scaled(observed[finite], expected)
    edges, residuals = {}, {}
    for ahead in np.unique(horizon).tolist():
        size, error = expected[horizon == ahead], errors[horizon == ahead]
        bins = min(BINS, max(len(size) // FEWEST, 1))
        edges[ahead] = np.quantile(size, np.arange(1, bins) / bins)
        bin_of = np.searchsorted(edges[ahead], size, side="right")
        residuals[ahead] = [np.sort(error[bin_of == number]) for number in range(bins)]
    return Calibration(edges, residuals)


def source(calibration: Calibration, horizon: int) -> tuple[int | None, float]:
    """Return the calibrated horizon to read for `horizon` and the factor its residuals are widened by.

    None where no horizon has enough residuals in every bin.
    """
    enough = [ahead for ahead, bins in calibration.residuals.items() if min(map(len, bins)) >= FEWEST]
    if not enough:
        return None, 1.0
    near = [ahead for ahead in enough if ahead <= horizon]
    used = max(near) if near else min(enough)
    return used, max(horizon / used, 1.0) ** GROWTH


def is_calibrated(calibration: Calibration, horizon: int) -> bool:
    """Whether enough forecasts of some horizon up to this one were scored: `FEWEST` residuals or more in every bin."""
    used, _ = source(calibration, horizon)
    return used is not None and used <= horizon


def scarce(calibration: Calibration, horizon: int) -> np.ndarray:
    """Return residuals where there are few: all horizons brought to this one, beside an assumed spread."""
    seen = [error * (horizon / ahead) ** GROWTH for ahead, bins in calibration.residuals.items() for error in bins]
    assumed = np.concatenate([UNSCORED, -UNSCORED[-2::-1]]) * horizon**GROWTH
    return np.sort(np.concatenate([*seen, assumed]))


def spread(calibration: Calibration, expected: np.ndarray, horizon: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split forecasts by size bin: (row numbers, sorted residuals on the scale of `scaled`) a bin."""
    used, factor = source(calibration, horizon)
    if used is None:
        return [(np.arange(len(expected)), scarce(calibration, horizon))]
    bin_of = np.searchsorted(calibration.edges[used], expected, side="right")
    return [
        (np.flatnonzero(bin_of == number), errors * factor) for number, errors in enumerate(calibration.residuals[used])
    ]


def bounds(calibration: Calibration, expected: np.ndarray, horizon: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the central interval that should hold what comes with probability `level`.

    Parameters
    ----------
    calibration : Calibration
        Past errors.
    expected : ndarray, shape (n,)
        Forecasts, nan allowed.
    horizon : int
        Years ahead, one for all.
    level : float
        In (0, 1).

    Returns
    -------
    tuple of (ndarray, ndarray)
        Low and high, shape (n,) each, in children; low is never below nought.
    """
    low, high = np.full(len(expected), np.nan), np.full(len(expected), np.nan)
    for rows, errors in spread(calibration, expected, horizon):
        share = np.array([(1 - level) / 2, (1 + level) / 2])
        places = np.clip(share * (len(errors) + 1), 1, len(errors)) - 1
        ends = np.interp(places, np.arange(len(errors)), errors)
        root = np.sqrt(np.maximum(expected[rows], 0.0) + 1.0)
        low[rows] = np.maximum(expected[rows] + min(ends[0], 0.0) * root, 0.0)
        high[rows] = expected[rows] + max(ends[1], 0.0) * root
    return low, high


def exceed(calibration: Calibration, expected: np.ndarray, horizon: int, limit: np.ndarray) -> np.ndarray:
    """Return the probability that more children come than `limit`.

    Parameters
    ----------
    calibration : Calibration
        Past errors.
    expected : ndarray, shape (n,)
        Forecasts.
    horizon : int
        Years ahead.
    limit : ndarray, shape (n,)
        Seats, whole numbers; nan gives nan.

    Returns
    -------
    ndarray, shape (n,)
        In (0, 1): the share of past errors that would carry the forecast over the limit, never quite 0 or 1.
    """
    chance = np.full(len(expected), np.nan)
    for rows, errors in spread(calibration, expected, horizon):
        need = scaled(limit[rows] + 0.5, expected[rows])
        rank = np.interp(need, errors, np.arange(1, len(errors) + 1), left=0.5, right=len(errors) + 0.5)
        chance[rows] = 1.0 - rank / (len(errors) + 1)
    return np.where(np.isfinite(expected) & np.isfinite(limit), chance, np.nan)
