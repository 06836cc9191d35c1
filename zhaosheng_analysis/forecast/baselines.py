"""Methods to be beaten: the last value, textbook progression, and gradient boosting over all schools at once.

Each takes a panel, an origin and a number of years, looks at nothing after the origin, and returns the pupils it
expects as (S, H, G).
"""

import numpy as np

from zhaosheng_analysis.forecast import entry_grade, progression
from zhaosheng_analysis.forecast.progression import Panel

#: Fewer past cells than this, and gradient boosting has nothing to learn from: it repeats the cohort as it is.
FEWEST = 200
#: Small trees: a few thousand cells do not bear more.
TREES = {"max_iter": 100, "learning_rate": 0.1, "max_leaf_nodes": 15, "min_samples_leaf": 40, "random_state": 0}


def last_value(panel: Panel, origin: int, horizons: int) -> np.ndarray:
    """Forecast every cell as it is at the origin.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Number of coming years.

    Returns
    -------
    ndarray of float, shape (schools, horizons, grades)
        Children expected.
    """
    latest = panel.until(origin).pupils[:, -1]
    return np.repeat(latest[:, None, :], horizons, axis=1)


def textbook(panel: Panel, origin: int, horizons: int) -> np.ndarray:
    """Forecast by each school's own progression ratios of three years, the entry grade as it was last.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Number of coming years.

    Returns
    -------
    ndarray of float, shape (schools, horizons, grades)
        Children expected.
    """
    past = panel.until(origin)
    starts, ends = progression.pairs(past.pupils, 3, 1.0)
    ratios = progression.blend(starts, ends, np.ones_like(starts), 0.0)
    at_school = still_open(past)
    return progression.advance(at_school, ratios, np.repeat(at_school[:, :1], horizons, axis=1))


def boosting(panel: Panel, origin: int, horizons: int) -> np.ndarray:
    """Forecast by gradient-boosted trees on the share of each cohort that is there some years later.

    A cell's cohort is the grade it was in at the origin, or for grades yet to enter the last intake moved by the growth
    of the district's cohort. One model a horizon, learnt from all earlier origins whose outcome was known by then.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Number of coming years.

    Returns
    -------
    ndarray of float, shape (schools, horizons, grades)
        Children expected.
    """
    from threadpoolctl import threadpool_limits

    # Trees of this size are done before a second thread has woken up.
    with threadpool_limits(limits=1):
        return _boosted(panel.until(origin), horizons)


def _boosted(past: Panel, horizons: int) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingRegressor

    origin = past.last_year
    result = np.empty((len(past.pupils), horizons, past.pupils.shape[2]))
    for ahead in range(1, horizons + 1):
        base, facts = cells(past, ahead)
        learnt = [_lesson(past, year, ahead) for year in range(past.first_year + 1, origin - ahead + 1)]
        shares = np.ones(base.size)
        if sum(len(share) for _, share, _ in learnt) >= FEWEST:
            targets, share, weight = (np.concatenate(part) for part in zip(*learnt, strict=True))
            model = HistGradientBoostingRegressor(**TREES).fit(targets, share, sample_weight=weight)
            shares = model.predict(facts)
        result[:, ahead - 1] = base * shares.reshape(base.shape)
    return result


def still_open(past: Panel) -> np.ndarray:
    """Return the pupils of the last year, empty grades of open schools as nought.

    Parameters
    ----------
    past : Panel
        History up to the origin.

    Returns
    -------
    ndarray of float, shape (schools, grades)
        Pupils; nan where a school is closed.
    """
    latest = past.pupils[:, -1]
    return np.where(np.isfinite(latest).any(axis=1, keepdims=True), np.nan_to_num(latest), np.nan)


def cells(past: Panel, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cohort behind every cell some years ahead, and what is known of it.

    Parameters
    ----------
    past : Panel
        History up to the origin.
    ahead : int
        Horizon, in years.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Cohorts, shape (schools, grades), and facts, shape (schools · grades, facts).
    """
    latest, grades = still_open(past), past.pupils.shape[2]
    before = past.pupils[:, -2] if past.pupils.shape[1] > 1 else latest
    here = past.last_year - past.cohort_first
    district = entry_grade.extend(past.cohort[-1], here + ahead + 1).sum(axis=0)
    base = np.empty_like(latest)
    base[:, ahead:] = latest[:, : max(grades - ahead, 0)]
    for grade in range(min(ahead, grades)):
        base[:, grade] = latest[:, 0] * district[here + ahead - grade] / max(district[here], 1.0)
    whole, then = np.nansum(latest, axis=1), np.nansum(before, axis=1)
    moved = np.nansum(latest[:, 1:], axis=1) / np.maximum(np.nansum(before[:, :-1], axis=1), 1.0)
    area = progression.totals(np.stack([whole, then], axis=1), past.levels[0])[past.levels[0]]
    per_school = [np.log1p(whole), whole / np.maximum(then, 1.0), moved, area[:, 0] / np.maximum(area[:, 1], 1.0)]
    facts = [np.repeat(column, grades) for column in per_school]
    facts += [np.tile(np.arange(grades), len(latest)), np.log1p(base).ravel()]
    return base, np.nan_to_num(np.stack(facts, axis=1), posinf=10.0)


def _lesson(past: Panel, year: int, ahead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was known in an earlier year, the share of each cohort that came of it, and its weight."""
    base, facts = cells(past.until(year), ahead)
    came = past.pupils[:, year - past.first_year + ahead].ravel()
    cohort = base.ravel()
    usable = np.isfinite(came) & np.isfinite(cohort) & (cohort >= 1)
    return facts[usable], np.clip(came[usable] / cohort[usable], 0.0, 3.0), cohort[usable]
