"""Every number of a method, chosen by the errors of past origins. Nothing after an origin is ever looked at."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial

import numpy as np

from zhaosheng_analysis.forecast import entry_grade, progression, sizes
from zhaosheng_analysis.forecast.past_forecasts import origins
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.forecast.projection import pairs, project

STRENGTHS = (2500.0, 5000.0, 20000.0)
#: What persists of mobility is bounded already; the past says whether to believe in it at all.
MOBILITIES = (300.0, 1e9)
DECAYS = (0.5, 0.7, 1.0)
PULLS = (0.0, 0.25, 0.5, 1.0)
BETAS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
LEANS = (0.0, 0.25, 0.5, 0.75, 1.0)
WEIGHTS = ((3.0, 1.0), (8.0, 4.0, 2.0, 1.0), (1.0, 1.0, 1.0))
#: Years of the share of the cohort that came: one says that the district's last intake is the best guess of the next.
CAPTURES = (1, 5)
#: A line that is not the usual one must have been better by this share.
MARGIN = 0.25
#: Shares of the way back to its own size that a school goes each year; another than none must be better by this share.
HOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
HOLD_MARGIN = 0.01
#: Share of schools with a zone to themselves from which on zones are catchments, whose children one may count on.
MOSTLY = 0.5
#: Past origins that a tuning is judged on, at most.
TUNED_ORIGINS = 4


def tune(panel: Panel, origin: int, *, default: Tuning, seen: dict | None = None, zoned: bool = True) -> Tuning:
    """Choose every number of a tuning by the absolute error of past origins, one after the other.

    Parameters
    ----------
    panel : Panel
        History; what lies after `origin` is cut off first.
    origin : int
        September of the last year that may be looked at.
    default : Tuning
        Where the search starts, and what stays where there is no past to tune on or no gain.
    seen : dict, optional
        Errors one year after an origin, which are the same whenever they are asked for; filled on the way.
    zoned : bool, default True
        Whether the cohorts of past zones were known; if not, what is believed of zones stays as in `default`.

    Returns
    -------
    Tuning
        The numbers chosen.
    """
    history = panel.until(origin)
    past = origins(history, origin)[-TUNED_ORIGINS:]
    if not past:
        return default if sizes.births_known(history) else replace(default, lines=(sizes.LAST,))
    chosen = tune_steps(history, past, default, {} if seen is None else seen)
    return tune_sizes(history, past, tune_entry(history, past, chosen, zoned=zoned))


def tune_all(panel: Panel, starts: Iterable[int], *, default: Tuning, zoned: bool = True) -> dict[int, Tuning]:
    """Tune every origin on its own past.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    starts : iterable of int
        Origins.
    default : Tuning
        Where the search starts.
    zoned : bool, default True
        Whether the cohorts of past zones were known.

    Returns
    -------
    dict of int to Tuning
        Tuning by origin.
    """
    seen: dict = {}
    return {origin: tune(panel, origin, default=default, seen=seen, zoned=zoned) for origin in starts}


def tune_steps(panel: Panel, past: list[int], default: Tuning, seen: dict) -> Tuning:
    """Choose decay, strengths and mobility by the error one year after each past origin.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    past : list of int
        Past origins.
    default : Tuning
        Where the search starts.
    seen : dict
        Errors known already; filled on the way.

    Returns
    -------
    Tuning
        The tuning with these numbers chosen.
    """

    @cache
    def sums(origin: int, decay: float) -> tuple[np.ndarray, np.ndarray]:
        return pairs(panel.until(origin), replace(default, decay=decay))

    def error(origin: int, tuning: Tuning) -> float:
        if (origin, tuning) not in seen:
            seen[origin, tuning] = step_error(panel, origin, tuning, sums(origin, tuning.decay))
        return seen[origin, tuning]

    chosen = better(default, [replace(default, decay=decay) for decay in DECAYS], past, error)
    for place in range(len(default.strengths)):
        chosen = better(chosen, [with_item(chosen, "strengths", place, k) for k in STRENGTHS], past, error)
    return better(chosen, [replace(chosen, mobility=k) for k in MOBILITIES], past, error)


def tune_entry(panel: Panel, past: list[int], chosen: Tuning, *, zoned: bool) -> Tuning:
    """Choose weights, betas, lean and pull by the error of the entry grade in all years after each past origin.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    past : list of int
        Past origins.
    chosen : Tuning
        Tuning with the other numbers chosen.
    zoned : bool
        Whether the cohorts of past zones were known.

    Returns
    -------
    Tuning
        The tuning with these numbers chosen.
    """
    pasts = {origin: panel.until(origin) for origin in past}
    mobility = {
        origin: progression.ratios(*pairs(before, chosen), before.levels, chosen)[1] for origin, before in pasts.items()
    }

    def error(origin: int, tuning: Tuning, group: np.ndarray | None = None) -> float:
        ahead = panel.last_year - origin
        expected = entry_grade.project(pasts[origin], ahead, tuning, mobility=mobility[origin]).expected
        errors = expected - panel.pupils[:, origin - panel.first_year + 1 :, 0]
        return float(np.nansum(np.abs(errors if group is None else progression.totals(errors, group))))

    everyone = np.zeros(len(panel.pupils), dtype=int)
    captures = [replace(chosen, capture_years=years) for years in CAPTURES]
    chosen = better(chosen, captures, past, partial(error, group=everyone), margin=MARGIN)
    chosen = better(chosen, [replace(chosen, weights=weights) for weights in WEIGHTS], past, error)
    for place, group in enumerate(groups(panel) if zoned else []):
        candidates = [with_item(chosen, "betas", place, beta) for beta in BETAS]
        chosen = better(chosen, candidates, past, partial(error, group=group))
    if zoned and panel.alone().mean() > MOSTLY:
        chosen = better(chosen, [replace(chosen, lean=lean) for lean in LEANS], past, error)
    return better(chosen, [replace(chosen, pull=pull) for pull in PULLS], past, error)


def tune_sizes(panel: Panel, past: list[int], chosen: Tuning) -> Tuning:
    """Choose how far schools are drawn back to their size, and the line of the district's total, on past origins.

    Schools are judged by the errors of their grades and of their totals in all years after each origin. The line of the
    district's total is only chosen where nobody knows of births: where they are known, the cohorts are the line.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    past : list of int
        Past origins.
    chosen : Tuning
        Tuning with the other numbers chosen.

    Returns
    -------
    Tuning
        The tuning with these numbers chosen.
    """
    plain = replace(chosen, hold=0.0, lines=())
    projections = {origin: project(panel, origin, panel.last_year - origin, plain) for origin in past}
    came = {origin: panel.pupils[:, origin - panel.first_year + 1 :] for origin in past}

    def error(origin: int, tuning: Tuning) -> float:
        factor = sizes.factors(projections[origin].pupils, projections[origin].grades, tuning.hold, ())
        errors = projections[origin].pupils * factor[:, :, None] - came[origin]
        return float(np.nansum(np.abs(errors)) + np.abs(np.nansum(errors, axis=2)).sum())

    held = better(plain, [replace(plain, hold=hold) for hold in HOLDS], past, error, margin=HOLD_MARGIN)
    if sizes.births_known(panel):
        return held
    sums = {
        origin: (np.nansum(projections[origin].pupils, axis=(0, 2)), np.nansum(projections[origin].grades.pupils))
        for origin in past
    }
    arrived = {origin: np.nansum(values, axis=(0, 2)) for origin, values in came.items()}
    return replace(held, lines=sizes.lines(sums, arrived, years=septembers(panel)))


def septembers(panel: Panel) -> int:
    """Return the number of years with any pupils.

    Parameters
    ----------
    panel : Panel
        History of one stage.

    Returns
    -------
    int
        Years, those left out as invalid not counted.
    """
    return int(np.isfinite(panel.pupils).any(axis=(0, 2)).sum())


def groups(panel: Panel) -> list[np.ndarray]:
    """Return the zone of each school, then its zone's coarser groups; a beta is judged by the totals it is about.

    Parameters
    ----------
    panel : Panel
        History of one stage.

    Returns
    -------
    list of ndarray of int, shape (schools,)
        One grouping a level, the finest first.
    """
    last = len(panel.zone_levels[0])
    coarse = [np.append(level, level.max(initial=-1) + 1)[panel.zone] for level in panel.zone_levels[:-1]]
    return [np.where(panel.zone < 0, last + np.arange(len(panel.zone)), panel.zone), *coarse]


def with_item(tuning: Tuning, name: str, place: int, value: float) -> Tuning:
    """Return the tuning with one number of one of its tuples replaced.

    Parameters
    ----------
    tuning : Tuning
        The tuning.
    name : str
        Which of its tuples.
    place : int
        Position in the tuple.
    value : float
        The new number.

    Returns
    -------
    Tuning
        A copy.
    """
    items = list(getattr(tuning, name))
    items[place] = value
    return replace(tuning, **{name: tuple(items)})


def better(
    current: Tuning, candidates: list[Tuning], past: list[int], error: Callable, *, margin: float = 0.0
) -> Tuning:
    """Return the tuning of least error over the past origins; the current one where none is better.

    Parameters
    ----------
    current : Tuning
        Tuning to beat.
    candidates : list of Tuning
        Tunings to try.
    past : list of int
        Past origins.
    error : callable
        Error of a tuning at an origin.
    margin : float, default 0.0
        Share by which another must be better than the current one.

    Returns
    -------
    Tuning
        The best of them.
    """
    offered = [current, *(candidate for candidate in candidates if candidate != current)]
    errors = [sum(error(origin, tuning) for origin in past) for tuning in offered]
    errors[0] *= 1.0 - margin
    return offered[int(np.argmin(errors))]


def step_error(panel: Panel, origin: int, tuning: Tuning, sums: tuple[np.ndarray, np.ndarray]) -> float:
    """Sum the absolute errors of grades two and up, and twice those of each school's sum, one year after `origin`.

    Parameters
    ----------
    panel : Panel
        History of one stage.
    origin : int
        September of the last year that may be looked at.
    tuning : Tuning
        The numbers tried.
    sums : tuple of (ndarray, ndarray)
        Weighted sums of who could have moved up and who did.

    Returns
    -------
    float
        Children.
    """
    column = origin - panel.first_year
    ratios, _ = progression.ratios(*sums, panel.levels, tuning)
    errors = np.nan_to_num(panel.pupils[:, column, :-1] * ratios - panel.pupils[:, column + 1, 1:])
    return float(np.abs(errors).sum() + 2.0 * np.abs(errors.sum(axis=1)).sum())
