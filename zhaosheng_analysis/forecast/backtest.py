"""How good were such forecasts, and such warnings: rolling origins against simple methods, on any panel.

Every origin is tuned, calibrated and forecast from what was known in its September; what came after is only looked at
to score. Numbers are scored as they are shown: a cell (school × grade) in whole children.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import (
    baselines,
    cell_intervals,
    existing,
    intervals,
    past_forecasts,
    progression,
    projection,
    tuning,
)
from zhaosheng_analysis.forecast.intervals import Calibration
from zhaosheng_analysis.forecast.past_forecasts import Past
from zhaosheng_analysis.forecast.progression import Panel, Tuning

#: Pupils from which on a school's own percentage error means something.
LARGE_SCHOOL = 100


#: A method to be beaten: panel, origin, years ahead → (S, H, G).
Method = Callable[[Panel, int, int], np.ndarray]
CHALLENGERS: dict[str, Method] = {"last value": baselines.last_value, "textbook": baselines.textbook}
OURS = "shrunk cohorts"


@dataclass(frozen=True)
class Replay:
    """Forecasts of one origin with what is needed to judge them.

    Attributes
    ----------
    origin : int
        September of the forecast.
    expected : ndarray of float, shape (schools, horizons, grades)
        Forecasts.
    cells : dict of str to Calibration
        Calibration by kind of cell, known at the origin.
    schools : Calibration
        Calibration of school totals, known at the origin.
    shortage : ndarray of float, shape (schools, horizons), or None
        Chance of a shortage learnt from all schools, nan or none where past errors are all there is.
    """

    origin: int
    expected: np.ndarray
    cells: dict[str, Calibration]
    schools: Calibration
    shortage: np.ndarray | None = None

    def with_shortage(self, chances: np.ndarray) -> "Replay":
        """Return the same forecast with learnt chances of a shortage.

        Parameters
        ----------
        chances : ndarray of float, shape (schools, horizons)
            From `shortage.chances`.

        Returns
        -------
        Replay
            A copy.
        """
        return replace(self, shortage=chances)

    def short(self, ahead: int, seats: np.ndarray) -> np.ndarray:
        """Return the chance that more children come to the entry grade than there are seats.

        Parameters
        ----------
        ahead : int
            Horizon, in years.
        seats : ndarray of float, shape (schools,)
            Seats, nan where there is no plan.

        Returns
        -------
        ndarray of float, shape (schools,)
            The learnt chance where there is one, else that of past errors.
        """
        plain = intervals.exceed(self.cells["entry"], self.expected[:, ahead - 1, 0], ahead, seats)
        if self.shortage is None or ahead > self.shortage.shape[1]:
            return plain
        learnt = self.shortage[:, ahead - 1]
        return np.where(np.isfinite(learnt) & np.isfinite(plain), learnt, plain)


def run(panel: Panel, *, origins: Iterable[int], horizons: int, default: Tuning) -> list[Replay]:
    """Tune, calibrate and forecast from each origin, as it would have been done then.

    Parameters
    ----------
    panel : Panel
        The whole history.
    origins : iterable of int
        Septembers to start from.
    horizons : int
        Longest horizon.
    default : Tuning
        Tuning before there is a past to tune on.

    Returns
    -------
    list of Replay
        One entry an origin.
    """
    origins = list(origins)
    earlier = past_forecasts.origins(panel, max(origins))
    tunings = tuning.tune_all(panel, sorted({*earlier, *origins}), default=default)
    scores = []
    for origin in origins:
        history = panel.until(origin)
        past = past_forecasts.replay(history, past_forecasts.origins(history, origin), horizons, tunings)
        expected = projection.project(panel, origin, horizons, tunings[origin]).pupils
        scores.append(Replay(origin, expected, cell_intervals.calibrations(past), of_schools(past)))
    return scores


def of_schools(past: Past) -> Calibration:
    """Return the calibration of school totals.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.

    Returns
    -------
    Calibration
        What was learnt of their errors.
    """
    observed = np.where(np.isfinite(past.observed).any(axis=1), np.nansum(past.observed, axis=1), np.nan)
    return intervals.calibrate(np.nansum(past.expected, axis=1), observed, past.horizon)


#: What every method is measured by, in this order.
MEASURES = ("wape", "entry_wape", "mape", "bias", "crps", "mase")


def score(
    panel: Panel,
    replays: list[Replay],
    *,
    horizons: Iterable[int],
    levels: Mapping[str, np.ndarray],
    methods: Mapping[str, Method] = CHALLENGERS,
) -> pd.DataFrame:
    """Score the forecasts and the methods to be beaten, by level and horizon.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts, from `run`.
    horizons : iterable of int
        Years ahead to score.
    levels : mapping of str to ndarray
        Group of each school by name of the level, for totals that include openings and closures.
    methods : mapping of str to Method, default CHALLENGERS
        Methods of `baselines` by name.

    Returns
    -------
    DataFrame
        One row a (method, horizon), means over origins, in per cent: wape (school × grade), entry_wape, mape (schools
        from `LARGE_SCHOOL` pupils), bias (of all pupils), one column a level (mean absolute percentage error of its
        totals); mase (ratio), crps (children a cell: of our intervals; of a method that gives one number, its mean
        absolute error) and n (origins).
    """
    far = max(horizons := list(horizons))
    rows = []
    for name, method in {**methods, OURS: None}.items():
        columns = {
            replay.origin: replay.expected if method is None else method(panel, replay.origin, far)
            for replay in replays
        }
        for ahead in horizons:
            usable = [origin for origin in columns if origin + ahead <= panel.last_year]
            errors = [measure(panel, origin, columns[origin][:, ahead - 1], ahead, levels) for origin in usable]
            if errors:
                mean = pd.DataFrame(errors).mean().to_dict()
                if method is None:
                    spread = [replay for replay in replays if replay.origin in usable]
                    mean["crps"] = coverage(panel, spread, horizons=[ahead])["crps"].reindex([0]).iloc[0]
                rows.append({"method": name, "horizon": ahead, "n": len(usable)} | mean)
    return pd.DataFrame(rows, columns=["method", "horizon", "n", *MEASURES, *levels])


def measure(
    panel: Panel, origin: int, expected: np.ndarray, ahead: int, levels: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Measure one forecast of one year against what came.

    Parameters
    ----------
    panel : Panel
        The whole history.
    origin : int
        September of the forecast.
    expected : ndarray of float, shape (schools, grades)
        The forecast.
    ahead : int
        Horizon, in years.
    levels : mapping of str to ndarray
        Group of each school by name of the level.

    Returns
    -------
    dict of str to float
        Every measure by name, in per cent.
    """
    observed = existing.observed(panel)[:, origin - panel.first_year + ahead]
    # A cell nobody filled in tells of no error; of a school that was not foreseen, or is gone, all cells do.
    missing = ~np.isfinite(observed) & np.isfinite(observed).any(axis=1, keepdims=True)
    expected = np.where(missing, np.nan, expected)
    both = np.isfinite(expected).any(axis=1) & np.isfinite(observed).any(axis=1)
    cells, came = np.rint(np.nan_to_num(expected[both])), np.nan_to_num(observed[both])
    schools, totals = np.nansum(expected[both], axis=1), came.sum(axis=1)
    large = totals >= LARGE_SCHOOL
    if not both.any() or not came.any():
        return dict.fromkeys([*MEASURES, *levels], float("nan"))
    measures = {
        "wape": 100 * np.abs(cells - came).sum() / came.sum(),
        "entry_wape": 100 * np.abs(cells[:, 0] - came[:, 0]).sum() / (came[:, 0].sum() or np.nan),
        "mape": 100 * float(np.mean(np.abs(schools - totals)[large] / totals[large])) if large.any() else float("nan"),
        "bias": 100 * (np.nansum(expected) - np.nansum(observed)) / np.nansum(observed),
        "crps": np.abs(cells - came).mean(),
        "mase": np.abs(cells - came).mean() / (usual_step(panel, origin) or float("nan")),
    }
    for name, group in levels.items():
        said, true = (progression.totals(np.nansum(values, axis=1), group) for values in (expected, observed))
        measures[name] = 100 * float(np.mean(np.abs(said - true)[true > 0] / true[true > 0]))
    return measures


def usual_step(panel: Panel, origin: int) -> float:
    """Return the mean absolute change of a cell from year to year up to the origin, the scale of MASE.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    float
        Children a cell.
    """
    change = np.abs(np.diff(panel.until(origin).pupils, axis=1))
    finite = np.isfinite(change)
    return float(change[finite].mean()) if finite.any() else float("nan")


def coverage(panel: Panel, replays: list[Replay], *, horizons: Iterable[int]) -> pd.DataFrame:
    """Say how often what came lay in the interval, and how wide that was.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts, from `run`.
    horizons : iterable of int
        Years ahead.

    Returns
    -------
    DataFrame
        One row a (level, horizon), level cell or school: coverage80, coverage95 (per cent, whole children), width80
        (per cent of pupils), crps (children, from eleven quantiles), n.
    """
    rows = []
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        for level, read in (("cell", _cells), ("school", _schools)):
            parts = [read(panel, replay, ahead) for replay in usable]
            if parts:
                columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
                if columns[1].sum() > 0:
                    rows.append({"level": level, "horizon": ahead} | _summary(*columns))
    measures = ["coverage95", "coverage80", "width80", "crps", "n"]
    return pd.DataFrame(rows, columns=["level", "horizon", *measures])


#: Lower ends of the size bins that coverage is told by: cells and school totals.
CELL_SIZES, SCHOOL_SIZES = (0, 20, 50, 100, 150), (0, 100, 300, 900)


def coverage_by_size(panel: Panel, replays: list[Replay], *, horizons: Iterable[int]) -> pd.DataFrame:
    """Say by size of the forecast how often what came lay in the 80 % interval, and how wide that was.

    Parameters
    ----------
    panel : Panel
        The whole history.
    replays : list of Replay
        Forecasts, from `run`.
    horizons : iterable of int
        Years ahead.

    Returns
    -------
    DataFrame
        One row a (level, size, horizon), level entry (the entry grade), grade (the others) or school (totals), size the
        least forecast of the bin: coverage80 (per cent, whole children), width80 (per cent of pupils), n.
    """
    rows = []
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        for level, read, sizes in (
            ("entry", _entries, CELL_SIZES),
            ("grade", _upper, CELL_SIZES),
            ("school", _schools, SCHOOL_SIZES),
        ):
            parts = [read(panel, replay, ahead) for replay in usable]
            if not parts:
                continue
            expected, observed, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
            low, high = low[:, 1], high[:, 1]
            size = np.searchsorted(sizes, expected, side="right") - 1
            for number in np.unique(size):
                at = size == number
                inside = ((observed >= low) & (observed <= high))[at]
                width = (high - low)[at].sum() / max(observed[at].sum(), 1.0)
                rows.append((level, sizes[number], ahead, 100 * inside.mean(), 100 * width, int(at.sum())))
    return pd.DataFrame(rows, columns=["level", "size", "horizon", "coverage80", "width80", "n"])


SHARES = (0.95, 0.80, 0.60, 0.40, 0.20)


def _cells(panel: Panel, replay: Replay, ahead: int, *, grades: slice = slice(None)) -> tuple[np.ndarray, ...]:
    """Return expected, observed and the bounds of every cell of one year."""
    expected = replay.expected[:, ahead - 1]
    observed = panel.pupils[:, replay.origin - panel.first_year + ahead][:, grades]
    sides = [cell_intervals.bounds(replay.cells, expected, ahead, share) for share in SHARES]
    cut = [(low[:, grades].ravel(), high[:, grades].ravel()) for low, high in sides]
    return _finite(expected[:, grades].ravel(), observed.ravel(), cut)


def _entries(panel: Panel, replay: Replay, ahead: int) -> tuple[np.ndarray, ...]:
    """Return the cells of the entry grade."""
    return _cells(panel, replay, ahead, grades=slice(0, 1))


def _upper(panel: Panel, replay: Replay, ahead: int) -> tuple[np.ndarray, ...]:
    """Return the cells of the grades above."""
    return _cells(panel, replay, ahead, grades=slice(1, None))


def _schools(panel: Panel, replay: Replay, ahead: int) -> tuple[np.ndarray, ...]:
    """Return expected, observed and the bounds of every school's total of one year."""
    expected = replay.expected[:, ahead - 1]
    expected = np.where(np.isfinite(expected).any(axis=1), np.nansum(expected, axis=1), np.nan)
    pupils = panel.pupils[:, replay.origin - panel.first_year + ahead]
    observed = np.where(np.isfinite(pupils).any(axis=1), np.nansum(pupils, axis=1), np.nan)
    sides = [intervals.bounds(replay.schools, expected, ahead, share, whole=True) for share in SHARES]
    return _finite(expected, observed, sides)


def _finite(expected: np.ndarray, observed: np.ndarray, sides: list) -> tuple[np.ndarray, ...]:
    """Keep what was forecast and came."""
    finite = np.isfinite(expected) & np.isfinite(observed)
    low, high = (np.stack([side[end] for side in sides], axis=1)[finite] for end in (0, 1))
    return expected[finite], observed[finite], np.rint(low), np.rint(high)


def _summary(expected: np.ndarray, observed: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Summarise bounds of all `SHARES` against what came."""
    inside = (observed[:, None] >= low) & (observed[:, None] <= high)
    miss = np.maximum(low - observed[:, None], 0) + np.maximum(observed[:, None] - high, 0)
    # The weighted interval score of central intervals and the median is a quadrature of the CRPS.
    share = 1 - np.array(SHARES)
    interval_score = (share / 2 * (high - low) + miss).sum(axis=1)
    crps = (0.5 * np.abs(observed - expected) + interval_score) / (len(SHARES) + 0.5)
    return {
        "coverage95": 100 * inside[:, 0].mean(),
        "coverage80": 100 * inside[:, 1].mean(),
        "width80": 100 * (high - low)[:, 1].sum() / observed.sum(),
        "crps": crps.mean(),
        "n": len(observed),
    }
