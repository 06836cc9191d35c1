"""Which grades a school has: those it had at the origin, the next one while it grows, none that it phases out.

A cell nobody filled in is not an empty grade: where the years and grades around it are known it is missing, and what
must have been there stands in for it in sums and as the start of a forecast; ratios are never read from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import numpy as np

from zhaosheng_analysis.forecast.progression import Panel

#: A grade that should have had fewer children than this may be empty by chance and is still a grade.
TINY = 5.0
#: Where this share of all cells is missing among known ones, a lowest or highest grade without a row in the last year
#: is missing too, and no phase-out.
LEAKY = 0.02
#: Years of intakes that say how many should have come.
RECENT = 3
NEVER = 10**6
#: A year is a break where all pupils change by this much, and by so many times the usual change.
BREAK, TIMES = 0.08, 4.0
#: Fewer years than this know of no usual change.
FEWEST_YEARS = 4
#: Of a broken year's intake so much is believed, the rest is as the year before; cohorts at school are known from the
#: years before, and of their break only `TIMES` the usual change is believed, which is `STEADIEST` at least.
BELIEVED, STEADIEST = 0.5, 0.01


@dataclass(frozen=True)
class Grades:
    """Grades of every school at one origin; S schools, G grades.

    Attributes
    ----------
    pupils : ndarray of float, shape (S, G)
        Children at the origin, missing cells filled in, nan where a school has no such grade.
    begins : ndarray of int, shape (S, G)
        Years ahead from which a grade exists: 0 at the origin, `NEVER` where it is not to come.
    ends : ndarray of int, shape (S, G)
        Years ahead from which a grade is gone, `NEVER` while it goes on.
    filled : ndarray of bool, shape (S, G)
        Cells at the origin that were missing and are filled in.
    """

    pupils: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    filled: np.ndarray

    def at(self, ahead: int) -> np.ndarray:
        """Tell which grades exist some years ahead; (S, G) of bool."""
        return (self.begins <= ahead) & (ahead < self.ends)


def completed(pupils: np.ndarray, lost: np.ndarray | None = None) -> np.ndarray:
    """Return (S, Y, G) pupils, those of lost years and of holes among known grades filled in from what is around them.

    A cohort is where it was a year before, moved up, else where it is a year later, moved down; what no cohort tells is
    as in the nearest year that is known. Years in which no school is known stay unknown.

    Parameters
    ----------
    pupils : ndarray of float, shape (S, Y, G)
        History of one stage.
    lost : ndarray of bool, shape (S, Y), optional
        Years in which a school taught and its rolls are not known.

    Returns
    -------
    ndarray of float, shape (S, Y, G)
        Children; nan where a school or grade does not exist.
    """
    wanted = missing(pupils, lost)
    if not wanted.any():
        return pupils
    result = pupils.copy()
    for school in np.flatnonzero(wanted.any(axis=(1, 2))):
        _fill(result[school], wanted[school], pupils[school])
    return result


def _once(work: Callable[[Panel], Any]) -> Callable[[Panel], Any]:
    """Work out once what hangs on a panel alone: a panel never changes, and a tuning asks a hundred times."""

    @wraps(work)
    def known(panel: Panel) -> Any:
        kept = vars(panel)
        if work.__name__ not in kept:
            kept[work.__name__] = work(panel)
        return kept[work.__name__]

    return known


@_once
def without_gaps(panel: Panel) -> np.ndarray:
    """Return the pupils of a panel, `completed`.

    Parameters
    ----------
    panel : Panel
        History of one stage.

    Returns
    -------
    ndarray of float, shape (S, Y, G)
        Children; nan where a school or grade does not exist.
    """
    return completed(panel.pupils, panel.lost)


def without_noughts(pupils: np.ndarray) -> np.ndarray:
    """Take out noughts that say that there is no such grade: below the lowest, above the highest, or never anybody.

    A nought where fewer than `TINY` were due is an empty grade and stays.

    Parameters
    ----------
    pupils : ndarray of float, shape (S, Y, G)
        As written in the tables.

    Returns
    -------
    ndarray of float, shape (S, Y, G)
        With nan in their place.
    """
    some = np.nan_to_num(pupils) > 0
    never = ~some.any(axis=1, keepdims=True)
    below = ~np.logical_or.accumulate(some, axis=2)
    above = ~np.logical_or.accumulate(some[:, :, ::-1], axis=2)[:, :, ::-1]
    due = np.zeros_like(pupils)
    due[:, 1:, 1:] = np.nan_to_num(pupils[:, :-1, :-1])
    due[:, 1:, 0] = np.nan_to_num(pupils[:, :-1, 0])
    return np.where((pupils == 0) & (never | ((below | above) & (due >= TINY))), np.nan, pupils)


@_once
def observed(panel: Panel) -> np.ndarray:
    """Return (S, Y, G) pupils as a forecast is held against them: a grade without a row at an open school is empty.

    Parameters
    ----------
    panel : Panel
        History of one stage.

    Returns
    -------
    ndarray of float, shape (S, Y, G)
        Children; nan where the school was closed or the cell is missing.
    """
    open_ = np.isfinite(panel.pupils).any(axis=2, keepdims=True)
    empty = ~np.isfinite(panel.pupils) & open_ & ~missing(panel.pupils, panel.lost)
    return np.where(empty, 0.0, panel.pupils)


def missing(pupils: np.ndarray, lost: np.ndarray | None = None) -> np.ndarray:
    """Tell which cells are not known though the grade must have existed.

    Parameters
    ----------
    pupils : ndarray of float, shape (S, Y, G)
        History of one stage.
    lost : ndarray of bool, shape (S, Y), optional
        Years in which a school taught and its rolls are not known.

    Returns
    -------
    ndarray of bool, shape (S, Y, G)
        Cells of lost years, of grades the school has in other years, and holes among the grades of one year; of rolls
        with many holes also the lowest and the highest grade of the last year.
    """
    finite = np.isfinite(pupils)
    some = finite.any(axis=0).any(axis=1)
    lower = np.logical_or.accumulate(finite, axis=2)
    upper = np.logical_or.accumulate(finite[:, :, ::-1], axis=2)[:, :, ::-1]
    earlier = np.zeros_like(finite)
    earlier[:, 1:, 1:] = finite[:, :-1, :-1] & (pupils[:, :-1, :-1] >= TINY)
    hole = ~finite & lower & upper & earlier
    if finite.shape[1] == 1:
        hole = ~finite & lower & upper
    # A grade that was there a year before and is there a year later was there.
    between = np.zeros_like(finite)
    between[:, 1:-1] = ~finite[:, 1:-1] & finite[:, :-2] & finite[:, 2:] & (pupils[:, :-2] >= TINY)
    holes = hole | between
    if finite.shape[1] > 1 and holes.sum() >= LEAKY * finite.sum():
        holes[:, -1] |= ~finite[:, -1] & finite[:, -1].any(axis=1)[:, None] & (np.nan_to_num(pupils[:, -2]) >= TINY)
    if lost is not None:
        holes |= lost[:, :, None] & finite.any(axis=1)[:, None, :]
    return holes & some[None, :, None] & ~finite


def _fill(result: np.ndarray, wanted: np.ndarray, finite: np.ndarray) -> None:
    """Fill the wanted cells of one school in place; (Y, G) each."""
    years = len(finite)
    sure = np.isfinite(finite)
    for year in range(1, years):
        cells = np.flatnonzero(wanted[year, 1:] & ~np.isfinite(result[year, 1:])) + 1
        result[year, cells] = result[year - 1, cells - 1]
    for year in range(years - 2, -1, -1):
        cells = np.flatnonzero(wanted[year, :-1] & ~np.isfinite(result[year, :-1]))
        result[year, cells] = result[year + 1, cells + 1]
    for year, grade in np.argwhere(wanted & ~np.isfinite(result)):
        there = np.flatnonzero(sure[:, grade])
        if len(there):
            result[year, grade] = finite[there[np.argmin(np.abs(there - year))], grade]
        else:
            beside = np.flatnonzero(np.isfinite(result[year]))
            result[year, grade] = np.interp(grade, beside, result[year, beside]) if len(beside) else np.nan


@_once
def at_origin(panel: Panel) -> Grades:
    """Find the grades every school has at the last year of its panel, will add and phases out.

    Parameters
    ----------
    panel : Panel
        History up to the origin.

    Returns
    -------
    Grades
        By school.
    """
    counts = without_gaps(panel)
    latest = counts[:, -1]
    some = np.nan_to_num(latest) > 0
    open_ = some.any(axis=1)
    prior = _due(counts)
    had = (np.nan_to_num(counts[:, -1 - min(6, counts.shape[1] - 1) :]) > 0).any(axis=1)
    by_chance = open_[:, None] & ~some & had & (prior < TINY)
    inner = np.logical_or.accumulate(some, axis=1) & np.logical_or.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    has = some | by_chance | inner
    pupils = np.where(has, np.nan_to_num(latest), np.nan)
    begins = np.where(has, 0, NEVER)
    ends = np.full(has.shape, NEVER)
    grades = np.arange(has.shape[1])
    if counts.shape[1] > 1:
        begins = np.minimum(begins, _growing(panel, counts, has, grades))
        gone = _phased_out(counts, has)
        low = np.argmax(has, axis=1)
        ends = np.where(gone[:, None], np.maximum(grades - low[:, None] + 1, 0), ends)
    return Grades(pupils, begins, ends, has & missing(panel.pupils, panel.lost)[:, -1])


def _due(pupils: np.ndarray) -> np.ndarray:
    """Return how many children each grade should have had; (S, G), the entry grade's by the intakes before."""
    prior = np.zeros(pupils[:, -1].shape)
    if pupils.shape[1] > 1:
        prior[:, 1:] = np.nan_to_num(pupils[:, -2, :-1])
        before = pupils[:, -1 - RECENT : -1, 0]
        prior[:, 0] = np.nan_to_num(before).sum(axis=1) / np.maximum(np.isfinite(before).sum(axis=1), 1)
    return prior


def _spans(has: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest grade of each school; (S,) each, highest -1 where there is none."""
    low = np.argmax(has, axis=1)
    high = has.shape[1] - 1 - np.argmax(has[:, ::-1], axis=1)
    return low, np.where(has.any(axis=1), high, -1)


def _growing(panel: Panel, pupils: np.ndarray, has: np.ndarray, grades: np.ndarray) -> np.ndarray:
    """Return (S, G) years until each grade is added by the schools that are adding one a year."""
    before = np.nan_to_num(pupils[:, -2]) > 0
    low, high = _spans(has)
    low_then, high_then = _spans(before)
    new = ~(np.nan_to_num(pupils[:, :-1]) > 0).any(axis=(1, 2)) & (high >= 0)
    if panel.lost is not None:
        new &= ~panel.lost[:, :-1].any(axis=1)
    climbs = (high == high_then + 1) & (low == low_then) & (high_then >= 0)
    settled = has.any(axis=1) & ~new & ~climbs
    top = np.full(len(has), has.shape[1] - 1)
    for start in np.unique(low[settled]):
        same = settled & (low == start)
        top[low == start] = np.bincount(high[same]).argmax()
    growing = (climbs | new) & (high < top)
    wait = grades - high[:, None]
    return np.where(growing[:, None] & (wait > 0) & (grades <= top[:, None]), wait, NEVER)


def _phased_out(pupils: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Tell which schools have lost their lowest grade since the year before, so that the others follow; (S,)."""
    low, high = _spans(has)
    low_then, high_then = _spans(np.nan_to_num(pupils[:, -2]) > 0)
    return (high >= 0) & (high_then >= 0) & (low == low_then + 1)


def breaks(pupils: np.ndarray) -> list[int]:
    """Return the columns in which all pupils change far more than they usually do.

    Parameters
    ----------
    pupils : ndarray of float, shape (years,)
        Pupils of a stage, 0 where not known.

    Returns
    -------
    list of int
        Positions; a return to the level before is no break of its own.
    """
    valid = np.flatnonzero(pupils > 0)
    if len(valid) < FEWEST_YEARS:
        return []
    change = np.diff(np.log(pupils[valid]))
    usual = float(np.median(np.abs(change)))
    years: list[int] = []
    for place, size in enumerate(change):
        returns = bool(years) and years[-1] == valid[place] and size * change[place - 1] < 0
        if abs(size) > max(BREAK, TIMES * usual) and not returns:
            years.append(int(valid[place + 1]))
    return years


def belief(pupils: np.ndarray) -> float:
    """Return how much of a broken last year is believed of cohorts at school: a change as large as breaks begin at.

    Parameters
    ----------
    pupils : ndarray of float, shape (years,)
        Pupils of a stage, 0 where not known.

    Returns
    -------
    float
        At most `BELIEVED`; 1 where the last year is like the others.
    """
    if len(pupils) - 1 not in breaks(pupils):
        return 1.0
    change = np.diff(np.log(pupils[pupils > 0]))
    return float(min(BELIEVED, TIMES * max(np.median(np.abs(change)), STEADIEST) / abs(change[-1])))


def damped(panel: Panel) -> Panel:
    """Return the panel with its last year, if that broke with those before, drawn back to them.

    From the year of an epidemic neither its rolls nor those of the year before tell what comes next; most cohorts come
    back to what they were, and intakes half way.

    Parameters
    ----------
    panel : Panel
        History up to the origin.

    Returns
    -------
    Panel
        The same where the last year is like the others.
    """
    pupils = without_gaps(panel)
    believed = belief(np.nansum(pupils, axis=(0, 2)))
    if believed == 1.0:
        return panel
    usual = pupils[:, -2].copy()
    usual[:, 1:] = pupils[:, -2, :-1]
    latest = panel.pupils[:, -1]
    # Of a cohort it is known what it was; an intake may have fallen for good.
    share = np.where(np.arange(latest.shape[1]) == 0, BELIEVED, believed)
    mixed = np.where(np.isfinite(usual), share * latest + (1 - share) * usual, latest)
    return replace(panel, pupils=np.concatenate([panel.pupils[:, :-1], mixed[:, None]], axis=1))
