"""Forecast the past from where it stood: tune on it, and keep the errors. Nothing after an origin is ever looked at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from zhaosheng_analysis.forecast import entry_grade, existing, intervals, progression, sizes, transfers
from zhaosheng_analysis.forecast.entry_grade import Intake
from zhaosheng_analysis.forecast.existing import Grades
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.forecast.transfers import Transfers

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
#: Times that factors of schools are brought to the sum they are to give, at most, and how close is close enough.
PASSES, CLOSE = 4, 1e-4
#: Past origins that a tuning is judged on, at most.
TUNED_ORIGINS = 4
#: Years of history an origin needs before its forecast is scored: two, to see one cohort move up.
FIRST_ORIGIN = 2


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


KINDS = ("entry", "entered", "enrolled")


def kinds(horizon: np.ndarray | int, grades: int) -> np.ndarray:
    """Name the kind of each cell: entry grade, entered since the origin, at school then.

    What errs together is scored together: a cohort that was at school at the origin is far surer than one to come.

    Parameters
    ----------
    horizon : int or ndarray of int
        Years ahead.
    grades : int
        Number of grades.

    Returns
    -------
    ndarray of str, shape (..., grades)
        One of `KINDS`, the last axis by grade.
    """
    grade = np.arange(grades)
    later = np.where(grade < np.asarray(horizon)[..., None], "entered", "enrolled")
    return np.where(grade == 0, "entry", later)


def calibrations(past: Past) -> dict[str, intervals.Calibration]:
    """Return the calibration of each kind of cell, from forecasts of past origins.

    Parameters
    ----------
    past : Past
        Forecasts of past origins beside what came.

    Returns
    -------
    dict of str to Calibration
        Calibration by kind.
    """
    kind = kinds(past.horizon, past.expected.shape[1])
    ahead = np.broadcast_to(past.horizon[:, None], kind.shape)
    return {
        name: intervals.calibrate(past.expected[kind == name], past.observed[kind == name], ahead[kind == name])
        for name in KINDS
    }


def bounds(
    scored: dict[str, intervals.Calibration],
    expected: np.ndarray,
    horizon: int,
    share: float,
    *,
    unsure: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Read the interval of each cell from the calibration of its kind.

    Parameters
    ----------
    scored : dict of str to Calibration
        Calibration of each kind of cell.
    expected : ndarray of float, shape (n, grades)
        Pupils expected.
    horizon : int
        Years ahead.
    share : float
        Nominal coverage, in (0, 1).
    unsure : ndarray of float, shape (n, grades), optional
        Standard deviation of what no past error speaks of, in children.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Low and high, shape (n, grades) each.
    """
    low, high = np.empty_like(expected), np.empty_like(expected)
    for grade, kind in enumerate(kinds(horizon, expected.shape[1])):
        calibration = scored[kind]
        if kind == "entered" and intervals.source(calibration, horizon)[0] is None:
            # Who is to enter before then errs as who enters then.
            calibration = scored["entry"]
        extra = None if unsure is None else unsure[:, grade]
        low[:, grade], high[:, grade] = intervals.bounds(
            calibration, expected[:, grade], horizon, share, unsure=extra, whole=True
        )
    return low, high


def coverage(past: Past, ahead: int, grade: slice, share: float) -> float:
    """Measure how often what came lay in the interval, each origin's made from forecasts that were over by then.

    Parameters
    ----------
    past : Past
        Forecasts of past origins.
    ahead : int
        Horizon.
    grade : slice
        Columns of the grades looked at.
    share : float
        Nominal coverage, in (0, 1).

    Returns
    -------
    float
        Share in [0, 1], whole children counted: of an origin with nothing before it, that of the assumed interval it
        would have shown; nan where nothing was forecast.
    """
    inside = []
    for origin in np.unique(past.origin[past.horizon == ahead]):
        learnt = past.origin + past.horizon <= origin
        now = (past.origin == origin) & (past.horizon == ahead)
        low, high = bounds(calibrations(subset(past, learnt)), past.expected[now], ahead, share)
        came, low, high = past.observed[now][:, grade], low[:, grade], high[:, grade]
        finite = np.isfinite(came) & np.isfinite(low)
        inside.append(((came >= np.rint(low)) & (came <= np.rint(high)))[finite])
    return float(np.concatenate(inside).mean()) if inside else float("nan")


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
