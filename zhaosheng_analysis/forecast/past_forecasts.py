"""Forecasts made from where the past stood, beside what came. Nothing after an origin is ever looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.forecast import existing
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.forecast.projection import project

#: Years of history an origin needs before its forecast is scored: two, to see one cohort move up.
FIRST_ORIGIN = 2


@dataclass(frozen=True)
class Past:
    """Forecasts of past origins beside what came, one entry a (school, origin, horizon).

    Attributes
    ----------
    school : ndarray of int, shape (n,)
        Position of the school.
    origin : ndarray of int, shape (n,)
        September of the forecast.
    horizon : ndarray of int, shape (n,)
        Years ahead.
    expected : ndarray of float, shape (n, grades)
        Pupils expected.
    observed : ndarray of float, shape (n, grades)
        Pupils who came, nan where the school was closed.
    """

    school: np.ndarray
    origin: np.ndarray
    horizon: np.ndarray
    expected: np.ndarray
    observed: np.ndarray


def origins(panel: Panel, origin: int) -> list[int]:
    """Return the valid past origins whose next year is known at `origin`.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    list of int
        Septembers, in order.
    """
    valid = np.isfinite(panel.pupils).any(axis=(0, 2))
    return [year for year in range(panel.first_year + FIRST_ORIGIN - 1, origin) if valid[year - panel.first_year]]


def replay(
    panel: Panel,
    starts: Iterable[int],
    horizons: int,
    tunings: dict[int, Tuning],
    *,
    forecasts: Mapping[int, np.ndarray] | None = None,
) -> Past:
    """Forecast from each origin as far as the panel reaches, and put what came beside it.

    Parameters
    ----------
    panel : Panel
        History, cut at the last year that may be looked at.
    starts : iterable of int
        Origins.
    horizons : int
        Longest horizon.
    tunings : dict of int to Tuning
        Tuning of each origin.
    forecasts : mapping of int to ndarray, optional
        Origin → forecasts that are made already, (S, H, G).

    Returns
    -------
    Past
        One row for each school that was forecast, open at the origin or not.
    """
    parts, came = [], existing.observed(panel)
    for origin in starts:
        ahead = min(horizons, panel.last_year - origin)
        if forecasts is not None:
            expected = forecasts[origin][:, :ahead]
        else:
            expected = project(panel, origin, ahead, tunings[origin]).pupils
        observed = came[:, origin - panel.first_year + 1 :][:, :ahead]
        usable = np.flatnonzero(np.isfinite(expected).any(axis=(1, 2)))
        for step in range(ahead):
            whole = np.full(len(usable), 1)
            parts.append((usable, whole * origin, whole * (step + 1), expected[usable, step], observed[usable, step]))
    if not parts:
        none = np.empty(0, dtype=int)
        return Past(none, none, none, *np.empty((2, 0, panel.pupils.shape[2])))
    return Past(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def subset(past: Past, rows: np.ndarray) -> Past:
    """Return some rows of the past.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.
    rows : ndarray of bool or int
        Rows to keep.

    Returns
    -------
    Past
        The same kind of table.
    """
    return Past(past.school[rows], past.origin[rows], past.horizon[rows], past.expected[rows], past.observed[rows])
