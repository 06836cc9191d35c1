"""The entry grade of every school: who comes next September, from the cohorts that are due.

A school's level is the weighted mean of its last intakes, each moved to the coming year by the growth of the cohort.
A small area's growth is believed only in part (its births do not become its first graders one for one); the district's
is believed wholly, and the schools are raked to the district's cohort times the share of it that came to school.
For junior school the "cohort" is the last graders of the feeder primaries, and nothing else changes.
"""

from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.forecast import existing
from zhaosheng_analysis.forecast.progression import Panel, Tuning, totals

#: Children added to a zone's cohort before growth is taken, so that a hamlet's one birth is not a growth of 100 %.
QUIET_CHILDREN = 5.0
#: Share of this year's mobility and drift that is left a year later: no school grows or empties for ever.
FADING = 0.8
#: Years that an area's drift is read from, and the fewest.
DRIFT_YEARS, DRIFT_LEAST = 5, 4
#: Standard normal quantile of 90 %, so that low and high hold 80 %.
NORMAL_80 = 1.2816


@dataclass(frozen=True)
class Intake:
    """Coming intakes and the steps that lead to them from the last one; S schools, H years.

    Attributes
    ----------
    expected : ndarray, shape (S, H)
        Children.
    steps : dict of str to ndarray
        Name of a step → (S, H) intake after that step; the last is `expected`.
    total : ndarray, shape (H,)
        Intake of the district.
    """

    expected: np.ndarray
    steps: dict[str, np.ndarray]
    total: np.ndarray

    def scaled(self, factor: np.ndarray) -> "Intake":
        """Return the intakes times a factor as one more step, ``size``.

        Parameters
        ----------
        factor : ndarray, shape (S, H)
            Above nought; 1 changes nothing.

        Returns
        -------
        Intake
            A copy.
        """
        expected = self.expected * factor
        return Intake(expected, {**self.steps, "size": expected}, np.nansum(expected, axis=0))


def extend(cohort: np.ndarray, columns: int, *, scenario: str = "mid") -> np.ndarray:
    """Continue cohorts into the years that are not born yet.

    The district's cohort goes on by half of its recent mean log growth (a trend is not believed wholly); low and
    high leave that by 1.28 standard deviations of the yearly growth, spreading with the root of time. Zones keep
    their share of the last three known cohorts.

    Parameters
    ----------
    cohort : ndarray, shape (Z, C)
        Children by entry year, nan from some year on.
    columns : int
        Number of entry years wanted.
    scenario : str, default "mid"
        ``low``, ``mid`` or ``high``.

    Returns
    -------
    ndarray, shape (Z, columns)
        Without nan.
    """
    years_known = int(np.isfinite(cohort).all(axis=0).sum())
    if years_known >= columns:
        return cohort[:, :columns]
    if not years_known:
        return np.ones((len(cohort), columns))
    total = cohort[:, :years_known].sum(axis=0)
    growth = np.diff(np.log(np.maximum(total[-6:], 1.0)))
    trend = growth.mean() / 2 if len(growth) else 0.0
    spread = growth.std(ddof=1) if len(growth) > 1 else 0.1
    ahead = np.arange(1, columns - years_known + 1)
    side = {"low": -NORMAL_80, "mid": 0.0, "high": NORMAL_80}[scenario]
    coming = total[-1] * np.exp(trend * ahead + side * spread * np.sqrt(ahead))
    recent = cohort[:, max(years_known - 3, 0) : years_known].sum(axis=1)
    share = recent / max(recent.sum(), 1.0)
    return np.hstack([cohort[:, :years_known], share[:, None] * coming[None, :]])


def backcast(cohort: np.ndarray, start: int, intakes: np.ndarray, *, resident: bool) -> np.ndarray:
    """Fill the years before the register begins with the district's own intakes, brought to the register's scale.

    The scale is the share of the cohort that came to school in the years that have both. Where there are none: 1 if the
    cohort counts residents; else the last intake is taken to be as large a cohort as the first registered one.

    Parameters
    ----------
    cohort : ndarray, shape (Z, C)
        Children by entry year, nan before column `start`.
    start : int
        First known column.
    intakes : ndarray, shape (Y,)
        Intake of the district in the years of the first Y columns, 0 where not known.
    resident : bool
        Whether the cohort counts residents, not only the registered.

    Returns
    -------
    ndarray
        (Z, C); zones keep their share of the first known cohort.
    """
    if start == 0:
        return cohort
    years = np.arange(len(intakes))
    came = np.interp(years, years[intakes > 0], intakes[intakes > 0])
    both = slice(start, len(came))
    registered = cohort[:, both].sum()
    if registered > 0:
        capture = came[both].sum() / registered
    else:
        capture = 1.0 if resident else came[-1] / max(cohort[:, start].sum(), 1.0)
    # A gap between the last intake and the first registered cohort is bridged by the latter.
    line = np.append(came / capture, np.full(max(start - len(came), 0), cohort[:, start].sum()))[:start]
    share = cohort[:, start] / max(cohort[:, start].sum(), 1.0)
    return np.hstack([share[:, None] * line, cohort[:, start:]])


def index(cohort: np.ndarray, levels: tuple[np.ndarray, ...], betas: tuple[float, ...]) -> np.ndarray:
    """Return a growth index of every zone: the district's cohort, bent by the believed part of the zone's own growth.

    Parameters
    ----------
    cohort : ndarray, shape (Z, C)
        Children by entry year, without nan.
    levels : tuple of ndarray
        Group of each zone, finest first, the district last.
    betas : tuple of float
        Believed share of growth beyond the next coarser level, finest first.

    Returns
    -------
    ndarray, shape (Z + 1, C)
        Index; the last row is the district's, so that zone -1 reads it.
    """
    coarse = np.log(np.maximum(totals(cohort, levels[-1])[levels[-1]], 1.0))
    result = coarse.copy()
    for level, beta in zip(reversed((np.arange(len(cohort)), *levels[:-1])), reversed(betas), strict=True):
        fine = np.log(totals(cohort, level)[level] + QUIET_CHILDREN)
        result += beta * (fine - coarse)
        coarse = fine
    district = np.log(np.maximum(cohort.sum(axis=0), 1.0))
    return np.exp(np.vstack([result, district]))


def level(intakes: np.ndarray, indices: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Return the weighted mean of the last intakes, each divided by its year's index.

    Parameters
    ----------
    intakes : ndarray, shape (S, Y)
        Last intakes, nan where unknown.
    indices : ndarray, shape (S, Y)
        Growth index of the same years.
    weights : tuple of float
        Latest first.

    Returns
    -------
    ndarray, shape (S,)
        Level; nan where the school had no intake in those years.
    """
    years = min(len(weights), intakes.shape[1])
    recent = intakes[:, -years:] / indices[:, -years:]
    weight = np.asarray(weights[:years])[::-1] * np.isfinite(recent)
    total = weight.sum(axis=1)
    return np.divide(
        (np.nan_to_num(recent) * weight).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0
    )


def project(
    panel: Panel, horizons: int, tuning: Tuning, *, mobility: np.ndarray | None = None, scenario: str = "mid"
) -> Intake:
    """Project the entry grade of every school that is open at the end of the panel.

    Parameters
    ----------
    panel : Panel
        History up to the origin; its last year is the origin.
    horizons : int
        Number of coming years.
    tuning : Tuning
        Weights, betas, pull and the years of the capture rate.
    mobility : ndarray, shape (S,), optional
        Yearly growth of a school's grades by families who move in or out; none if not given.
    scenario : str, default "mid"
        For cohorts not born at the origin: ``low``, ``mid`` or ``high``.

    Returns
    -------
    Intake
        Schools closed at the origin are nan.
    """
    here = panel.last_year - panel.cohort_first
    cohort = extend(panel.cohort[-1], here + horizons + 1, scenario=scenario)
    growth = index(cohort, panel.zone_levels, tuning.betas)[panel.zone]
    intakes = panel.pupils[:, :, 0]
    years = min(len(tuning.weights), intakes.shape[1], here + 1)
    wanted = uncensored(panel, cohort[:, here - years + 1 : here + 1])[:, -years:]
    base = level(wanted, growth[:, here - years + 1 : here + 1], tuning.weights)
    base = np.where(existing.at_origin(panel).at(1)[:, 0], base, np.nan)
    moving = np.ones(len(base)) if mobility is None else mobility**tuning.pull
    drifting = drift(intakes, growth[:, : here + 1], panel.levels, tuning.drift)
    pulled = (moving * np.exp(drifting))[:, None] ** np.cumsum(FADING ** np.arange(horizons))
    by_zone = leant(base[:, None] * growth[:, here:], panel, cohort[:, here:], tuning.lean)
    return rake(by_zone, pulled, existing.without_gaps(panel)[:, :, 0], cohort.sum(axis=0), here, tuning)


def drift(intakes: np.ndarray, indices: np.ndarray, levels: tuple[np.ndarray, ...], strength: float) -> np.ndarray:
    """Return how fast the intakes of each school's area grow past its cohorts, against those of the district.

    Children who move in before they enter are in no cohort; a county that has won them for five years goes on doing so.

    Parameters
    ----------
    intakes : ndarray, shape (S, Y)
        Intakes, nan where unknown.
    indices : ndarray, shape (S, Y)
        Growth index, the same last year.
    levels : tuple of ndarray
        Group of each school, the district last; the one before it is the area.
    strength : float
        Children lent to an area that does not drift.

    Returns
    -------
    ndarray, shape (S,)
        Yearly log growth; nought where there are no areas or fewer than four years.
    """
    years = min(DRIFT_YEARS, intakes.shape[1], indices.shape[1])
    recent, index = intakes[:, -years:], indices[:, -years:]
    finite = np.isfinite(recent)
    valid = np.flatnonzero(np.nansum(recent, axis=0) > 0)
    if len(levels) < 2 or len(valid) < DRIFT_LEAST:
        return np.zeros(len(intakes))
    usual = np.where(finite, recent / index, 0.0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
    came = totals(recent, levels[-2])[:, valid]
    due = totals(np.where(finite, usual[:, None] * index, 0.0), levels[-2])[:, valid]
    beyond = np.log((came + 1.0) / (due + 1.0)) - np.log(came.sum(axis=0) / due.sum(axis=0))
    time = valid - valid.mean()
    slope = beyond @ time / (time @ time)
    size = came.mean(axis=1)
    return (slope * size / (size + strength))[levels[-2]]


def uncensored(panel: Panel, cohort: np.ndarray) -> np.ndarray:
    """Return the last intakes under the zones of now, with those of full schools raised to what these would have sent.

    A school that took all its plan allowed tells only that at least so many wanted to come. Its zone's cohort, at the
    share of the cohort that came to the schools that were not full, says how many it may have been.

    Parameters
    ----------
    panel : Panel
        With `full` where plans of the past are known.
    cohort : ndarray, shape (Z, Y)
        Cohorts of the last Y years.

    Returns
    -------
    ndarray, shape (S, Y)
        Children.
    """
    years = cohort.shape[1]
    intakes = (panel.pupils[:, :, 0] * rezoned(panel))[:, -years:]
    if panel.full is None or not panel.full[:, -years:].any():
        return intakes
    full, alone = panel.full[:, -years:], panel.alone()
    due = np.where(alone[:, None], cohort[panel.zone], np.nan)
    free = ~full & np.isfinite(intakes) & np.isfinite(due)
    rate = np.where(free, intakes, 0.0).sum(axis=0) / np.maximum(np.where(free, due, 0.0).sum(axis=0), 1.0)
    return np.where(full & np.isfinite(due), np.fmax(intakes, rate * due), intakes)


def rezoned(panel: Panel) -> np.ndarray:
    """Return what past intakes are multiplied by to be those of the zones of now: children of these over those of then.

    Parameters
    ----------
    panel : Panel
        Whose cohorts are counted under the zones of each September.

    Returns
    -------
    ndarray, shape (S, Y)
        1 where the zone was the same, where there is none, and where nobody lived in one of the two.
    """
    years = np.arange(panel.pupils.shape[1])
    entry = panel.first_year + years - panel.cohort_first
    known = entry >= 0
    then = np.ones((len(panel.zone), len(years)))
    now = then.copy()
    then[:, known] = panel.cohort[years[known], :, entry[known]][:, panel.zone].T
    now[:, known] = panel.cohort[-1][panel.zone][:, entry[known]]
    usable = (panel.zone >= 0)[:, None] & (then > 0) & (now > 0)
    return np.divide(now, then, out=np.ones_like(now), where=usable)


def leant(expected: np.ndarray, panel: Panel, cohort: np.ndarray, lean: float) -> np.ndarray:
    """Draw the schools that have a zone to themselves toward the number of children in it, their sum kept.

    Parameters
    ----------
    expected : ndarray, shape (S, H + 1)
        By past intakes and growth, from the origin on.
    panel : Panel
        Who has a zone to itself.
    cohort : ndarray, shape (Z, H + 1)
        Cohorts of the same years.
    lean : float
        Weight of the zone's cohort, in [0, 1].

    Returns
    -------
    ndarray, shape (S, H + 1)
        The intakes, drawn.
    """
    # In a zone that was not drawn yet nobody lived, which tells nothing of who came.
    here = panel.alone() & np.isfinite(expected[:, 0]) & (cohort[panel.zone].sum(axis=1) > 0)
    due = cohort[panel.zone[here]]
    if lean == 0.0 or not here.any():
        return expected
    rate = expected[here].sum(axis=0) / np.maximum(due.sum(axis=0), 1.0)
    result = expected.copy()
    result[here] = (1.0 - lean) * expected[here] + lean * rate * due
    return result


def rake(
    by_zone: np.ndarray,
    pulled: np.ndarray,
    intakes: np.ndarray,
    district: np.ndarray,
    here: int,
    tuning: Tuning,
) -> Intake:
    """Scale intakes to the district's cohort times its capture rate, and keep the steps that led there.

    Parameters
    ----------
    by_zone : ndarray, shape (S, H + 1)
        Intakes by level, growth and zone; the first column is the level at the origin.
    pulled : ndarray, shape (S, H)
        Growth by mobility.
    intakes : ndarray, shape (S, Y)
        Observed intakes.
    district : ndarray, shape (C,)
        Cohorts of the district; `here` is the column of the origin.
    here : int
        Column of the origin in `district`.
    tuning : Tuning
        Its capture_years.

    Returns
    -------
    Intake
        The intakes, scaled.
    """
    years = min(tuning.capture_years, intakes.shape[1], here + 1)
    finite = np.isfinite(intakes[:, -years:]).any(axis=0)
    capture = np.nansum(intakes[:, -years:]) / max(district[here - years + 1 : here + 1][finite].sum(), 1.0)
    total = capture * district[here + 1 :]
    usual, by_zone = by_zone[:, :1], by_zone[:, 1:]
    by_district = usual * (district[here + 1 :] / max(district[here], 1.0))
    by_moves = by_zone * pulled
    raked = by_moves * (total / np.maximum(np.nansum(by_moves, axis=0), 1e-9))
    flat = np.ones((1, len(total)))
    steps = {
        "last": intakes[:, -1:] * flat,
        "level": usual * flat,
        "cohort": by_district,
        "zone": by_zone,
        "mobility": by_moves,
        "capture": raked,
    }
    return Intake(raked, steps, total)
