"""Schools keep their size: how far totals go back to what they were, where the own past says that they do.

A school has so many rooms; who leaves at the top is followed by so many at the bottom, whatever its ratios say. And
where nobody knows of births, a district's total may be nearer to the last one than to what its cohorts at school tell.
"""

from collections.abc import Mapping

import numpy as np

from zhaosheng_analysis.forecast.existing import Grades
from zhaosheng_analysis.forecast.progression import Panel

#: Where nobody knows of births, the district's total lies half way between the sum of the schools and the last total,
#: unless the sum alone was better by a quarter in at least three past forecasts of as many years ahead.
HALF, BETTER, SURE = 0.5, 0.25, 3
#: With fewer Septembers than these no past forecast says anything yet, and the last total is the line: on New York, its
#: 32 districts and 22 counties of Taiwan without births no other line is nearer at every horizon.
LAST, FEW_YEARS = 1.0, 8
#: However the past was, a total is drawn by no more than this share of the last one for each year ahead: cohorts at
#: school that shrink fast are believed. The last total as a line may be followed further than a line between.
DRAWN = {HALF: 0.01, LAST: 1 / 60}


def factors(pupils: np.ndarray, grades: Grades, hold: float, weights: tuple[float, ...]) -> np.ndarray:
    """Return by how much the forecast of each school is raised or lowered, the district's total kept or drawn.

    Parameters
    ----------
    pupils : ndarray of float, shape (S, H, G)
        Children expected, nan where a grade does not exist.
    grades : Grades
        Grades at the origin and later: a school that wins or loses a grade is not drawn back.
    hold : float
        Share of the way back to its own size that a school's total goes each year.
    weights : tuple of float
        Weight of the district's last total by years ahead, as `progression.Tuning` has them.

    Returns
    -------
    ndarray of float, shape (S, H)
        Factors, all 1 where nothing is drawn.
    """
    total, last = np.nansum(pupils, axis=2), np.nansum(grades.pupils, axis=1)
    result = np.ones(total.shape)
    if not hold and not any(weights):
        return result
    for step in range(total.shape[1]):
        same = (grades.at(step + 1) == grades.at(0)).all(axis=1) & (total[:, step] > 0) & (last > 0)
        way = 1.0 - (1.0 - hold) ** (step + 1)
        result[same, step] = (last[same] / total[same, step]) ** way
        weight = weights[min(step, len(weights) - 1)] if weights else 0.0
        most = DRAWN.get(weight, 0.0) * (step + 1) * last.sum()
        target = total[:, step].sum() + np.clip(weight * (last.sum() - total[:, step].sum()), -most, most)
        result[:, step] *= target / max((result[:, step] * total[:, step]).sum(), 1e-9) if target > 0 else 1.0
    return result


def yearly(factor: np.ndarray) -> np.ndarray:
    """Return the factor of each year against the year before.

    Parameters
    ----------
    factor : ndarray of float, shape (S, H)
        From `factors`.

    Returns
    -------
    ndarray of float, shape (S, H)
        Of the same product.
    """
    return factor / np.hstack([np.ones((len(factor), 1)), factor[:, :-1]])


def births_known(panel: Panel) -> bool:
    """Tell whether anything is known of the cohorts to come: where nothing is, every zone's stands as 1.

    Parameters
    ----------
    panel : Panel
        History of one stage.

    Returns
    -------
    bool
        Whether there is any other number among the cohorts.
    """
    cohort = panel.cohort[-1]
    return bool((cohort[np.isfinite(cohort)] != 1.0).any())


def lines(
    told: Mapping[int, tuple[np.ndarray, float]], came: Mapping[int, np.ndarray], *, years: int
) -> tuple[float, ...]:
    """Choose the weight of the district's last total, for each number of years ahead, by the errors of past origins.

    Parameters
    ----------
    told : mapping of int to tuple of (ndarray, float)
        Origin → (H,) total of the schools forecast, and the total at the origin.
    came : mapping of int to ndarray
        Origin → (H,) total that came, schools opened since included; nought where it is not known.
    years : int
        Septembers with rolls: under `FEW_YEARS` the last total is the line.

    Returns
    -------
    tuple of float
        Weights, one a year ahead that was seen; the last one holds for all years after it.
    """
    if years < FEW_YEARS:
        return (LAST,)
    chosen: list[float] = []
    for step in range(max((len(line) for line in came.values()), default=0)):
        seen = [origin for origin, line in came.items() if step < len(line) and line[step] > 0]
        alone, drawn = (
            sum(_error(*told[origin], came[origin], weight, step) for origin in seen) for weight in (0.0, HALF)
        )
        chosen.append(0.0 if len(seen) >= SURE and alone < (1.0 - BETTER) * drawn else HALF)
    return tuple(chosen)


def _error(schools: np.ndarray, last: float, came: np.ndarray, weight: float, step: int) -> float:
    """Return the error of one past total, as a share of what came."""
    return abs((1.0 - weight) * schools[step] + weight * last - came[step]) / came[step]
