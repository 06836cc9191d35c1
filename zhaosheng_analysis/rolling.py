"""Forecast the past from where it stood: tune on it, and keep the errors. Nothing after an origin is ever looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis import intake, intervals, progression
from zhaosheng_analysis.intake import Intake
from zhaosheng_analysis.progression import Panel, Tuning

STRENGTHS = (100.0, 500.0, 2000.0, 5000.0, 20000.0)
BETAS = (0.0, 0.25, 0.5, 0.75, 1.0)
WEIGHTS = ((1.0, 0.0, 0.0), (6.0, 3.0, 1.0), (1.0, 1.0, 1.0))
#: Years of history an origin needs before its forecast is scored: two, to see one cohort move up.
FIRST_ORIGIN = 2


@dataclass(frozen=True)
class Projection:
    """Coming pupils of one stage from one origin.

    Attributes
    ----------
    origin : September of the last year that was looked at.
    pupils : (S, H, G) children expected.
    entry : how the entry grade came about.
    ratios : (S, G - 1) progression ratios.
    """

    origin: int
    pupils: np.ndarray
    entry: Intake
    ratios: np.ndarray


@dataclass(frozen=True)
class Past:
    """Forecasts of past origins beside what came, one entry a (school, origin, horizon).

    Attributes
    ----------
    school, origin, horizon : (n,) of int.
    expected, observed : (n, G) pupils; observed is nan where the school was closed.
    """

    school: np.ndarray
    origin: np.ndarray
    horizon: np.ndarray
    expected: np.ndarray
    observed: np.ndarray


def project(panel: Panel, origin: int, horizons: int, tuning: Tuning, *, scenario: str = "mid") -> Projection:
    """Project every grade of every school from one origin.

    Parameters
    ----------
    panel : history; what lies after `origin` is cut off first.
    origin : September of the last year that may be looked at.
    horizons : number of coming years.
    tuning : strengths, betas and weights.
    scenario : for cohorts not born at the origin.

    Returns
    -------
    `Projection`; schools closed at the origin are nan.
    """
    known = panel.until(origin)
    starts, ends = progression.pairs(known.pupils, tuning.window)
    ratios = progression.shrink(starts, ends, known.levels, tuning.strengths)
    entry = intake.project(known, horizons, tuning, scenario=scenario)
    latest = known.pupils[:, -1]
    at_school = np.where(np.isfinite(latest).any(axis=1, keepdims=True), np.nan_to_num(latest), np.nan)
    return Projection(origin, progression.advance(at_school, ratios, entry.expected), entry, ratios)


def origins(panel: Panel, origin: int) -> list[int]:
    """Return the valid past origins whose next year is known at `origin`."""
    valid = np.isfinite(panel.pupils).any(axis=(0, 2))
    return [year for year in range(panel.first_year + FIRST_ORIGIN - 1, origin) if valid[year - panel.first_year]]


def replay(panel: Panel, starts: Iterable[int], horizons: int, tunings: dict[int, Tuning]) -> Past:
    """Forecast from each origin as far as the panel reaches, and put what came beside it.

    Parameters
    ----------
    panel : history, cut at the last year that may be looked at.
    starts : origins.
    horizons : longest horizon.
    tunings : tuning of each origin.

    Returns
    -------
    `Past`, one row for each school open at the origin.
    """
    parts = []
    for origin in starts:
        ahead = min(horizons, panel.last_year - origin)
        expected = project(panel, origin, ahead, tunings[origin]).pupils
        observed = panel.pupils[:, origin - panel.first_year + 1 :][:, :ahead]
        open_schools = np.flatnonzero(np.isfinite(expected[:, :, 1:]).any(axis=(1, 2)))
        for step in range(ahead):
            whole = np.full(len(open_schools), 1)
            parts.append(
                (
                    open_schools,
                    whole * origin,
                    whole * (step + 1),
                    expected[open_schools, step],
                    observed[open_schools, step],
                )
            )
    if not parts:
        none = np.empty(0, dtype=int)
        return Past(none, none, none, *np.empty((2, 0, panel.pupils.shape[2])))
    return Past(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def tune(panel: Panel, origin: int, *, default: Tuning) -> Tuning:
    """Choose strengths, betas and weights by the absolute error of past origins, each on its own.

    Parameters
    ----------
    panel : history; what lies after `origin` is cut off first.
    origin : September of the last year that may be looked at.
    default : where the search starts, and what stays where there is no past to tune on or no gain.

    Returns
    -------
    `Tuning`.
    """
    known = panel.until(origin)
    past = origins(known, origin)
    if not past:
        return default
    chosen = default
    for place in range(len(default.strengths)):
        chosen = better(chosen, [with_item(chosen, "strengths", place, k) for k in STRENGTHS], known, past, step_error)
    chosen = better(chosen, [replace(chosen, weights=weights) for weights in WEIGHTS], known, past, entry_error)
    for place in range(len(default.betas)):
        chosen = better(chosen, [with_item(chosen, "betas", place, beta) for beta in BETAS], known, past, entry_error)
    return chosen


def with_item(tuning: Tuning, name: str, place: int, value: float) -> Tuning:
    """Return the tuning with one number of one of its tuples replaced."""
    items = list(getattr(tuning, name))
    items[place] = value
    return replace(tuning, **{name: tuple(items)})


def better(current: Tuning, candidates: list[Tuning], panel: Panel, past: list[int], error) -> Tuning:
    """Return the tuning of least error; the current one where none is better."""
    errors = [sum(error(panel, origin, tuning) for origin in past) for tuning in (current, *candidates)]
    return (current, *candidates)[int(np.argmin(errors))]


def step_error(panel: Panel, origin: int, tuning: Tuning) -> float:
    """Sum the absolute error of grades two and up one year after `origin`."""
    known = panel.until(origin)
    starts, ends = progression.pairs(known.pupils, tuning.window)
    ratios = progression.shrink(starts, ends, known.levels, tuning.strengths)
    expected = known.pupils[:, -1, :-1] * ratios
    return float(np.nansum(np.abs(expected - panel.pupils[:, origin - panel.first_year + 1, 1:])))


def entry_error(panel: Panel, origin: int, tuning: Tuning) -> float:
    """Sum the absolute error of the entry grade over every year after `origin` that the panel knows."""
    ahead = panel.last_year - origin
    expected = intake.project(panel.until(origin), ahead, tuning).expected
    observed = panel.pupils[:, origin - panel.first_year + 1 :, 0]
    return float(np.nansum(np.abs(expected - observed)))


def coverage(past: Past, ahead: int, grade: slice, share: float) -> float:
    """Return how often what came lay in the interval, each origin's made from forecasts that were over by then.

    Parameters
    ----------
    past : forecasts of past origins.
    ahead : horizon.
    grade : columns of the grades looked at.
    share : nominal coverage in (0, 1).

    Returns
    -------
    Share in [0, 1], whole children counted; nan where no origin had an earlier one to learn from.
    """
    inside = []
    for origin in np.unique(past.origin[past.horizon == ahead]):
        learnt = past.origin + past.horizon <= origin
        now = (past.origin == origin) & (past.horizon == ahead)
        if not learnt.any():
            continue
        width = past.expected[:, grade].shape[1]
        calibration = intervals.calibrate(
            past.expected[learnt][:, grade].ravel(),
            past.observed[learnt][:, grade].ravel(),
            np.repeat(past.horizon[learnt], width),
        )
        low, high = intervals.bounds(calibration, past.expected[now][:, grade].ravel(), ahead, share)
        came = past.observed[now][:, grade].ravel()
        known = np.isfinite(came) & np.isfinite(low)
        inside.append((came >= np.rint(low))[known] & (came <= np.rint(high))[known])
    return float(np.concatenate(inside).mean()) if inside else float("nan")
