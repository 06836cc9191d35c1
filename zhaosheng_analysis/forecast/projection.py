"""The coming pupils of one stage from one origin: who enters, who moves up, and which grades there are."""

from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis.forecast import entry_grade, existing, progression, sizes, transfers
from zhaosheng_analysis.forecast.entry_grade import Intake
from zhaosheng_analysis.forecast.existing import Grades
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.forecast.transfers import Transfers

#: Times that factors of schools are brought to the sum they are to give, at most, and how close is close enough.
PASSES, CLOSE = 4, 1e-4


@dataclass(frozen=True)
class Projection:
    """Coming pupils of one stage from one origin.

    Attributes
    ----------
    origin : int
        September of the last year that was looked at.
    pupils : ndarray of float, shape (schools, horizons, grades)
        Children expected.
    entry : Intake
        How the entry grade came about.
    ratios : ndarray of float, shape (schools, grades - 1)
        Progression ratios.
    grades : Grades
        Which grades exist, and who is in them at the origin.
    moves : Transfers or None
        Who takes the pupils of schools without a next grade.
    growth : ndarray of float, shape (schools, horizons), or None
        Factor by which schools are drawn back to their size, year after year; none where they are not.
    """

    origin: int
    pupils: np.ndarray
    entry: Intake
    ratios: np.ndarray
    grades: Grades
    moves: Transfers | None
    growth: np.ndarray | None = None

    def carried(self, latest: np.ndarray, entries: np.ndarray, *, heirs: np.ndarray | None = None) -> np.ndarray:
        """Carry pupils up by these ratios and grades, with other entries and heirs.

        Parameters
        ----------
        latest : ndarray of float, shape (schools, grades)
            Pupils at the origin.
        entries : ndarray of float, shape (schools, horizons)
            Coming intakes.
        heirs : ndarray of int, shape (horizons, schools), optional
            Row of the school that has each school's pupils in each coming year.

        Returns
        -------
        ndarray of float, shape (schools, horizons, grades)
            Pupils, 0 where a grade does not exist.
        """
        arrivals = self.moves.arrivals if self.moves else None
        options = {"exists": self.grades.at, "arrivals": arrivals, "heirs": heirs, "growth": self.growth}
        return progression.advance(latest, self.ratios, entries, **options)


def project(panel: Panel, origin: int, horizons: int, tuning: Tuning, *, scenario: str = "mid") -> Projection:
    """Project every grade of every school from one origin.

    Parameters
    ----------
    panel : Panel
        History; what lies after `origin` is cut off first.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Number of coming years.
    tuning : Tuning
        Strengths, betas and weights.
    scenario : {"low", "mid", "high"}, default "mid"
        For cohorts not born at the origin.

    Returns
    -------
    Projection
        Schools closed at the origin, and grades that do not exist, are nan.
    """
    past = existing.damped(panel.until(origin))
    ratios, mobility = progression.ratios(*pairs(past, tuning), past.levels, tuning)
    entry = entry_grade.project(past, horizons, tuning, mobility=mobility, scenario=scenario)
    grades = existing.at_origin(past)
    moves = transfers.of_past(existing.without_gaps(past), past.levels)
    projection = _with_pupils(Projection(origin, np.empty(0), entry, ratios, grades, moves), horizons)
    factor = sizes.factors(projection.pupils, grades, tuning.hold, tuning.lines)
    if (factor == 1.0).all():
        return replace(projection, entry=projection.entry.scaled(factor), growth=factor)
    return _sized(projection, factor, horizons)


def _sized(projection: Projection, factor: np.ndarray, horizons: int) -> Projection:
    """Raise or lower the schools of a projection by some factors, so that each year's sum is the one they give.

    Who comes from schools that lack a grade comes as those schools send, so that the first try misses the sum.
    """
    wanted = (np.nansum(projection.pupils, axis=2) * factor).sum(axis=0)
    for _ in range(PASSES):
        changed = replace(projection, entry=projection.entry.scaled(factor), growth=sizes.yearly(factor))
        sized = _with_pupils(changed, horizons)
        missed = wanted / np.maximum(np.nansum(sized.pupils, axis=(0, 2)), 1e-9)
        if np.allclose(missed, 1.0, rtol=CLOSE):
            break
        factor = factor * np.clip(missed, 0.5, 2.0)
    return sized


def _with_pupils(projection: Projection, horizons: int) -> Projection:
    """Fill in the pupils that follow from the entry grade, ratios and grades of a projection."""
    grades = projection.grades
    pupils = projection.carried(np.nan_to_num(grades.pupils), np.nan_to_num(projection.entry.expected))
    here = np.stack([grades.at(step + 1) for step in range(horizons)], axis=1)
    open_ = np.isfinite(grades.pupils).any(axis=1)[:, None, None]
    return replace(projection, pupils=np.where(here & open_, pupils, np.nan))


def pairs(past: Panel, tuning: Tuning) -> tuple[np.ndarray, np.ndarray]:
    """Return who could have moved up at each school and who did, weighted as the tuning says.

    Parameters
    ----------
    past : Panel
        History up to the origin.
    tuning : Tuning
        Its window and decay give the weights.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Weighted sums, shape (schools, grades - 1) each.
    """
    starts, ends = progression.pairs(past.pupils, tuning.window, tuning.decay)
    moves = transfers.of_past(existing.without_gaps(past), past.levels)
    if moves is None:
        return starts, ends
    # Who came from a school without that grade did not move up here.
    return starts, ends - moves.explained[:, 1:] * np.maximum(ends - starts, 0.0)
