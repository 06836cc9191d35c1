"""Say how sure a forecast is, from how wrong such forecasts have been (size-binned conformal prediction).

Residuals of rolling origins are kept on the scale ``(observed - expected) / sqrt(expected + 1)``, by horizon and by
size of the forecast, and read back as quantiles. Beyond the longest horizon that was seen, spreads grow with the
horizon to the power 0.75; fewer than fifty residuals are called not calibrated.
"""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

#: Fewer residuals than this in a bin, and the interval is shown as "not calibrated".
FEWEST = 50
#: Growth of the spread with the horizon beyond the calibrated range (reference: Taiwan bench; a root is too little).
GROWTH = 0.75
#: Errors of a horizon from which on it tells how spreads grow, though its own intervals are not calibrated yet.
TELLING = 20
#: What a pair of horizons counts for beside `GROWTH`.
PAIRS = 2
#: Errors of one size, at each of two horizons, from which on it has a growth of its own: small intakes are off by
#: counting, near or far, large ones by what adds up year after year.
OWN_GROWTH = 200
#: Most bins by size.
BINS = 12
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
    sizes : dict of int to list of ndarray
        Horizon → the forecast behind each residual.
    growth : float
        Power of the horizon that spreads grow with beyond the longest one seen.
    own : dict of int to ndarray
        Horizon → the same, one number a bin; bins of few errors have that of all.
    """

    edges: dict[int, np.ndarray]
    residuals: dict[int, list[np.ndarray]]
    sizes: dict[int, list[np.ndarray]]
    growth: float = GROWTH
    own: dict[int, np.ndarray] = field(default_factory=dict)


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
    edges, residuals, sizes = {}, {}, {}
    for ahead in np.unique(horizon).tolist():
        size, error = expected[horizon == ahead], errors[horizon == ahead]
        bins = min(BINS, max(len(size) // FEWEST, 1))
        edges[ahead] = np.quantile(size, np.arange(1, bins) / bins)
        bin_of = np.searchsorted(edges[ahead], size, side="right")
        # Of equal errors the smaller forecast first, so that the order of the rows does not matter.
        order = np.lexsort((size, error))
        members = [order[bin_of[order] == number] for number in range(bins)]
        residuals[ahead], sizes[ahead] = [error[rows] for rows in members], [size[rows] for rows in members]
    usual = growth(residuals)
    own = {ahead: _growths(residuals, sizes, edges[ahead], usual) for ahead in edges}
    return Calibration(edges, residuals, sizes, usual, own)


def _growths(
    residuals: dict[int, list[np.ndarray]], sizes: dict[int, list[np.ndarray]], edges: np.ndarray, usual: float
) -> np.ndarray:
    """Return how the spread of each size bin grows; of few errors, as that of all does."""
    errors, size = ({ahead: np.concatenate(bins) for ahead, bins in kept.items()} for kept in (residuals, sizes))
    place = {ahead: np.searchsorted(edges, size[ahead], side="right") for ahead in size}
    alike = ({ahead: [errors[ahead][place[ahead] == number]] for ahead in errors} for number in range(len(edges) + 1))
    return np.array([growth(some, telling=OWN_GROWTH, few=usual) for some in alike])


def growth(residuals: dict[int, list[np.ndarray]], *, few: float = GROWTH, telling: int = TELLING) -> float:
    """Read from several horizons how spreads grow, drawn toward `GROWTH` as if one pair of horizons had shown that.

    Parameters
    ----------
    residuals : dict of int to list of ndarray
        Horizon → residuals a bin.
    few : float, default GROWTH
        What is taken where fewer than two horizons tell.
    telling : int, default TELLING
        Errors of a horizon from which on it tells.

    Returns
    -------
    float
        Power of the horizon, in [0, 1.2].
    """
    enough = [ahead for ahead, bins in residuals.items() if sum(map(len, bins)) >= telling]
    if len(enough) < 2:
        return few
    spreads = [np.subtract(*np.quantile(np.concatenate(residuals[ahead]), [0.9, 0.1])) for ahead in enough]
    slope = np.polyfit(np.log(enough), np.log(np.maximum(spreads, 1e-9)), 1)[0]
    pairs = PAIRS * (len(enough) - 1)
    return float(np.clip((pairs * slope + GROWTH) / (pairs + 1), 0.0, 1.2))


def source(calibration: Calibration, horizon: int) -> tuple[int | None, float]:
    """Return the calibrated horizon to read for `horizon`, and how many times as far the latter is, at least once.

    None where no horizon has enough residuals in every bin.
    """
    enough = [ahead for ahead, bins in calibration.residuals.items() if min(map(len, bins)) >= FEWEST]
    if not enough:
        return None, 1.0
    near = [ahead for ahead in enough if ahead <= horizon]
    used = max(near) if near else min(enough)
    return used, max(horizon / used, 1.0)


def is_calibrated(calibration: Calibration, horizon: int) -> bool:
    """Whether enough forecasts of some horizon up to this one were scored: `FEWEST` residuals or more in every bin."""
    used, _ = source(calibration, horizon)
    return used is not None and used <= horizon


def scarce(calibration: Calibration, horizon: int) -> np.ndarray:
    """Return residuals where there are few: all horizons brought to this one, beside an assumed spread.

    Which way so few went says nothing of the next, so that each counts both ways: a school that has a seat for every
    child expected is not more likely than not to lack one.
    """
    seen = [error * (horizon / ahead) ** GROWTH for ahead, bins in calibration.residuals.items() for error in bins]
    seen += [-error for error in seen]
    assumed = np.concatenate([UNSCORED, -UNSCORED[-2::-1]]) * horizon**GROWTH
    return np.sort(np.concatenate([*seen, assumed]))


def spread(calibration: Calibration, expected: np.ndarray, horizon: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split forecasts by size bin: (row numbers, sorted residuals on the scale of `scaled`) a bin."""
    used, further = source(calibration, horizon)
    if used is None:
        return [(np.arange(len(expected)), scarce(calibration, horizon))]
    bin_of = np.searchsorted(calibration.edges[used], expected, side="right")
    bins = zip(calibration.residuals[used], calibration.own[used], strict=True)
    return [(np.flatnonzero(bin_of == number), errors * further**power) for number, (errors, power) in enumerate(bins)]


def bounds(
    calibration: Calibration,
    expected: np.ndarray,
    horizon: int,
    level: float,
    *,
    unsure: np.ndarray | None = None,
    whole: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
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
    unsure : ndarray, shape (n,), optional
        Standard deviation of what no past error speaks of, in children.
    whole : bool, default False
        Whether the ends will be rounded to whole children, which holds more than the ends themselves.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Low and high, shape (n,) each, in children; low is never below nought.
    """
    low, high = np.full(len(expected), np.nan), np.full(len(expected), np.nan)
    used, _ = source(calibration, horizon)
    for number, (rows, errors) in enumerate(spread(calibration, expected, horizon)):
        nominal = continuous(calibration, used, number, level) if whole and used is not None else level
        ends = tails(errors, nominal)
        root = np.sqrt(np.maximum(expected[rows], 0.0) + 1.0)
        low[rows] = expected[rows] + min(ends[0], 0.0) * root
        high[rows] = expected[rows] + max(ends[1], 0.0) * root
    if unsure is not None:
        extra = unsure * NormalDist().inv_cdf((1 + level) / 2)
        low, high = expected - np.hypot(expected - low, extra), expected + np.hypot(high - expected, extra)
    return np.maximum(low, 0.0), high


def tails(errors: np.ndarray, level: float) -> np.ndarray:
    """Return the two ends of the central share of some sorted errors."""
    share = np.array([(1 - level) / 2, (1 + level) / 2])
    places = np.clip(share * (len(errors) + 1), 1, len(errors)) - 1
    return np.interp(places, np.arange(len(errors)), errors)


def continuous(calibration: Calibration, used: int, number: int, level: float) -> float:
    """Return the central share whose interval, rounded to whole children, held `level` of what came in the past.

    An interval that ends with whole children holds more than the one it is rounded from, the more the smaller the
    school: without this, small schools would be promised 80 % and given 90.
    """
    errors, sizes = calibration.residuals[used][number], calibration.sizes[used][number]
    root = np.sqrt(np.maximum(sizes, 0.0) + 1.0)
    came = np.rint(sizes + errors * root)
    tried = level - np.array([0.3, 0.24, 0.18, 0.12, 0.08, 0.04, 0.0])
    held = []
    for share in tried:
        low, high = tails(errors, share)
        low, high = np.maximum(sizes + min(low, 0.0) * root, 0.0), sizes + max(high, 0.0) * root
        held.append(float(((came >= np.rint(low)) & (came <= np.rint(high))).mean()))
    return float(np.interp(level, np.maximum.accumulate(held), tried))


def exceed(
    calibration: Calibration,
    expected: np.ndarray,
    horizon: int,
    limit: np.ndarray,
    *,
    unsure: np.ndarray | None = None,
) -> np.ndarray:
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
    unsure : ndarray, shape (n,), optional
        Standard deviation of what no past error speaks of, in children.

    Returns
    -------
    ndarray, shape (n,)
        In (0, 1): the share of past errors that would carry the forecast over the limit, of n errors never less than
        1 / (n + 1), nor more than the rest.
    """
    chance = np.full(len(expected), np.nan)
    if unsure is not None:
        # A spread so many times as wide exceeds a limit as the usual one does a limit that is as much nearer.
        low, high = bounds(calibration, expected, horizon, 0.8)
        usual = np.maximum((high - low) / 2, 0.5)
        wider = np.hypot(usual, 1.2816 * unsure) / usual
        limit = expected + (limit + 0.5 - expected) / wider - 0.5
    for rows, errors in spread(calibration, expected, horizon):
        need = scaled(limit[rows] + 0.5, expected[rows])
        rank = np.interp(need, errors, np.arange(1, len(errors) + 1), left=1.0, right=float(len(errors)))
        chance[rows] = 1.0 - rank / (len(errors) + 1)
    return np.where(np.isfinite(expected) & np.isfinite(limit), chance, np.nan)
