"""How good were such forecasts, and such warnings: rolling origins against simple methods, on any panel.

Every origin is tuned, calibrated and forecast from what was known in its September; what came after is only looked at
to score. Numbers are scored as they are shown: a cell (school × grade) in whole children.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zhaosheng_analysis import intervals, progression, rolling
from zhaosheng_analysis.intervals import Calibration
from zhaosheng_analysis.progression import Panel, Tuning
from zhaosheng_analysis.rolling import Past

#: Pupils from which on a school's own percentage error means something.
LARGE_SCHOOL = 100
#: Colours of the probability and the least probability of each.
RULES = {"red": 0.5, "orange": 0.3, "yellow": 0.1}


@dataclass(frozen=True)
class Replay:
    """Forecasts of one origin with what is needed to judge them.

    Attributes
    ----------
    origin : September.
    expected : (S, H, G) forecasts.
    cells : calibration by kind of cell, known at the origin.
    schools : calibration of school totals, known at the origin.
    """

    origin: int
    expected: np.ndarray
    cells: dict[str, Calibration]
    schools: Calibration


def run(panel: Panel, *, origins: Iterable[int], horizons: int, default: Tuning) -> list[Replay]:
    """Tune, calibrate and forecast from each origin, as it would have been done then.

    Parameters
    ----------
    panel : the whole history.
    origins : Septembers to start from.
    horizons : longest horizon.
    default : tuning before there is a past to tune on.

    Returns
    -------
    One `Replay` an origin.
    """
    origins = list(origins)
    earlier = rolling.origins(panel, max(origins))
    tunings = rolling.tune_all(panel, sorted({*earlier, *origins}), default=default)
    found = []
    for origin in origins:
        known = panel.until(origin)
        past = rolling.replay(known, rolling.origins(known, origin), horizons, tunings)
        expected = rolling.project(panel, origin, horizons, tunings[origin]).pupils
        found.append(Replay(origin, expected, rolling.calibrations(past), of_schools(past)))
    return found


def of_schools(past: Past) -> Calibration:
    """Return the calibration of school totals."""
    observed = np.where(np.isfinite(past.observed).any(axis=1), np.nansum(past.observed, axis=1), np.nan)
    return intervals.calibrate(past.expected.sum(axis=1), observed, past.horizon)


def last_value(panel: Panel, origin: int, horizons: int) -> np.ndarray:
    """Forecast every cell as it is at the origin; (S, H, G)."""
    latest = panel.until(origin).pupils[:, -1]
    return np.repeat(latest[:, None, :], horizons, axis=1)


def textbook(panel: Panel, origin: int, horizons: int) -> np.ndarray:
    """Forecast by each school's own progression ratios of three years, the entry grade as it was last; (S, H, G)."""
    known = panel.until(origin)
    starts, ends = progression.pairs(known.pupils, 3, 1.0)
    ratios = progression.blend(starts, ends, np.ones_like(starts), 0.0)
    latest = known.pupils[:, -1]
    at_school = np.where(np.isfinite(latest).any(axis=1, keepdims=True), np.nan_to_num(latest), np.nan)
    return progression.advance(at_school, ratios, np.repeat(at_school[:, :1], horizons, axis=1))


def score(
    panel: Panel, replays: list[Replay], *, horizons: Iterable[int], levels: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Score the forecasts and two simple methods, by level and horizon.

    Parameters
    ----------
    panel : the whole history.
    replays : from `run`.
    horizons : years ahead to score.
    levels : name → group of each school, for totals that include openings and closures.

    Returns
    -------
    One row a (method, horizon), means over origins, in per cent: wape (school × grade), entry_wape, mape (schools from
    `LARGE_SCHOOL` pupils), bias (of all pupils), one column a level (mean absolute percentage error of its totals);
    mase (ratio) and n (origins).
    """
    methods: dict[str, Callable[[Replay, int], np.ndarray]] = {
        "last value": lambda replay, ahead: last_value(panel, replay.origin, ahead),
        "textbook": lambda replay, ahead: textbook(panel, replay.origin, ahead),
        "shrunk cohorts": lambda replay, ahead: replay.expected[:, :ahead],
    }
    rows = []
    for name, forecast in methods.items():
        for ahead in horizons:
            usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
            errors = [measure(panel, replay.origin, forecast(replay, ahead)[:, -1], ahead, levels) for replay in usable]
            if errors:
                mean = pd.DataFrame(errors).mean().to_dict()
                rows.append({"method": name, "horizon": ahead, "n": len(usable)} | mean)
    return pd.DataFrame(rows)


def measure(
    panel: Panel, origin: int, expected: np.ndarray, ahead: int, levels: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Measure one forecast of one year, (S, G), against what came."""
    observed = panel.pupils[:, origin - panel.first_year + ahead]
    both = np.isfinite(expected).any(axis=1) & np.isfinite(observed).any(axis=1)
    cells, came = np.rint(np.nan_to_num(expected[both])), np.nan_to_num(observed[both])
    schools, totals = np.nansum(expected[both], axis=1), came.sum(axis=1)
    large = totals >= LARGE_SCHOOL
    found = {
        "wape": 100 * np.abs(cells - came).sum() / came.sum(),
        "entry_wape": 100 * np.abs(cells[:, 0] - came[:, 0]).sum() / came[:, 0].sum(),
        "mape": 100 * float(np.mean(np.abs(schools - totals)[large] / totals[large])),
        "bias": 100 * (np.nansum(expected) - np.nansum(observed)) / np.nansum(observed),
        "mase": np.abs(cells - came).mean() / usual_step(panel, origin),
    }
    for name, group in levels.items():
        said, true = (progression.totals(np.nansum(values, axis=1), group) for values in (expected, observed))
        found[name] = 100 * float(np.mean(np.abs(said - true)[true > 0] / true[true > 0]))
    return found


def usual_step(panel: Panel, origin: int) -> float:
    """Return the mean absolute change of a cell from year to year up to the origin, the scale of MASE."""
    change = np.abs(np.diff(panel.until(origin).pupils, axis=1))
    known = np.isfinite(change)
    return float(change[known].mean()) if known.any() else float("nan")


def coverage(panel: Panel, replays: list[Replay], *, horizons: Iterable[int]) -> pd.DataFrame:
    """Say how often what came lay in the interval, and how wide that was.

    Returns
    -------
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
                rows.append({"level": level, "horizon": ahead} | _summary(*columns))
    return pd.DataFrame(rows)


SHARES = (0.95, 0.80, 0.60, 0.40, 0.20)


def _cells(panel: Panel, replay: Replay, ahead: int) -> tuple[np.ndarray, ...]:
    """Return expected, observed and the bounds of every cell of one year."""
    expected = replay.expected[:, ahead - 1]
    observed = panel.pupils[:, replay.origin - panel.first_year + ahead]
    sides = [rolling.bounds(replay.cells, expected, ahead, share) for share in SHARES]
    return _known(expected.ravel(), observed.ravel(), [(low.ravel(), high.ravel()) for low, high in sides])


def _schools(panel: Panel, replay: Replay, ahead: int) -> tuple[np.ndarray, ...]:
    """Return expected, observed and the bounds of every school's total of one year."""
    expected = replay.expected[:, ahead - 1].sum(axis=1)
    pupils = panel.pupils[:, replay.origin - panel.first_year + ahead]
    observed = np.where(np.isfinite(pupils).any(axis=1), np.nansum(pupils, axis=1), np.nan)
    sides = [intervals.bounds(replay.schools, expected, ahead, share) for share in SHARES]
    return _known(expected, observed, sides)


def _known(expected: np.ndarray, observed: np.ndarray, sides: list) -> tuple[np.ndarray, ...]:
    """Keep what was forecast and came."""
    known = np.isfinite(expected) & np.isfinite(observed)
    low, high = (np.stack([side[end] for side in sides], axis=1)[known] for end in (0, 1))
    return expected[known], observed[known], np.rint(low), np.rint(high)


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


def warnings(
    panel: Panel, replays: list[Replay], seats: Callable[[int], np.ndarray], *, horizons: Iterable[int]
) -> pd.DataFrame:
    """Score warnings that more children come to the entry grade than there are seats.

    Parameters
    ----------
    panel : the whole history.
    replays : from `run`.
    seats : origin → (S,) seats as planned then, nan where the school is not to be warned of.
    horizons : years ahead.

    Returns
    -------
    One row a horizon, per cent: base (share of schools that fell short), precision_* and recall_* of each colour and of
    the rule "last intake filled the plan"; brier_skill against always saying the base rate; n.
    """
    rows = []
    for ahead in horizons:
        usable = [replay for replay in replays if replay.origin + ahead <= panel.last_year]
        parts = [_chances(panel, replay, seats(replay.origin), ahead) for replay in usable]
        if parts:
            chance, event, full = (np.concatenate(column) for column in zip(*parts, strict=True))
            rows.append({"horizon": ahead} | judge(chance, event, full))
    return pd.DataFrame(rows)


def _chances(panel: Panel, replay: Replay, seats: np.ndarray, ahead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability said, whether it came to pass, and whether the plan was full at the origin."""
    expected = replay.expected[:, ahead - 1, 0]
    column = replay.origin - panel.first_year
    came, last = panel.pupils[:, column + ahead, 0], panel.pupils[:, column, 0]
    known = np.isfinite(expected) & np.isfinite(came) & np.isfinite(seats)
    chance = intervals.exceed(replay.cells["entry"], expected, ahead, seats)
    return chance[known], (came > seats)[known], (last >= seats)[known]


def judge(chance: np.ndarray, event: np.ndarray, full: np.ndarray) -> dict[str, float]:
    """Judge probabilities of a shortage against what came; all in per cent but brier_skill and n."""
    said = {colour: chance >= least for colour, least in RULES.items()} | {"full": full}
    found = {"base": 100 * event.mean()}
    for name, warned in said.items():
        found[f"precision_{name}"] = 100 * (warned & event).sum() / max(warned.sum(), 1)
        found[f"recall_{name}"] = 100 * (warned & event).sum() / max(event.sum(), 1)
    brier = np.mean((chance - event) ** 2)
    return found | {"brier_skill": 1 - brier / max(event.var(), 1e-12), "n": len(event)}
