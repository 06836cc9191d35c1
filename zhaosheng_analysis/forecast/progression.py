"""Carry the grades of one stage forward: arrays in, arrays out.

Grades two and up follow the cohort that is already at school: pupils times the share that is still there a year later,
each school's own share shrunk toward that of its area and of the district (分层收缩队列推移). The entry grade is the
business of `entry_grade`. The same functions serve one district's schools and the benchmark's 2,700.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Panel:
    """What is known of one stage, as arrays; S schools, Y years, G grades, Z zones, C entry years.

    Attributes
    ----------
    first_year : int
        September of the first column of `pupils`.
    pupils : ndarray, shape (S, Y, G)
        Children on roll, nan where the school or grade does not exist or the year is not valid.
    levels : tuple of ndarray
        Group of each school, finest first, the whole district last; each (S,) of int, nested.
    cohort : ndarray, shape (Y, Z, C)
        Children of each zone due to enter, as known in September of each year; nan where unborn.
    cohort_first : int
        Entry year of the first column of the last axis of `cohort`.
    zone : ndarray, shape (S,)
        Row of `cohort` that feeds the school, -1 where no zone does (the district's growth is used).
    zone_levels : tuple of ndarray
        Group of each zone, finest first, the district last; each (Z,) of int, nested.
    full : ndarray, shape (S, Y) or None
        Years in which a school took as many as its plan allowed, so that more may have wanted to come; none where no
        plan of the past is known.
    lost : ndarray, shape (S, Y) or None
        Years in which a school taught and its rolls are not known; none where no roll is missing.
    """

    first_year: int
    pupils: np.ndarray
    levels: tuple[np.ndarray, ...]
    cohort: np.ndarray
    cohort_first: int
    zone: np.ndarray
    zone_levels: tuple[np.ndarray, ...]
    full: np.ndarray | None = None
    lost: np.ndarray | None = None

    @property
    def last_year(self) -> int:
        """September of the last year with pupils."""
        return self.first_year + self.pupils.shape[1] - 1

    def until(self, origin: int) -> "Panel":
        """Return what was known in September of `origin`, and nothing later."""
        kept = origin - self.first_year + 1
        full = None if self.full is None else self.full[:, :kept]
        lost = None if self.lost is None else self.lost[:, :kept]
        return replace(self, pupils=self.pupils[:, :kept], cohort=self.cohort[:kept], full=full, lost=lost)

    def alone(self) -> np.ndarray:
        """Return (S,) whether a school has a zone to itself, so that the zone's children are its own to expect."""
        schools = np.bincount(self.zone[self.zone >= 0], minlength=self.cohort.shape[1])
        return (self.zone >= 0) & (schools[self.zone] == 1)


@dataclass(frozen=True)
class Tuning:
    """How much is lent by whom; chosen on past origins only.

    Attributes
    ----------
    strengths : tuple of float
        Pupils lent to a ratio by the next coarser level, the school's own grade first; one a level.
    mobility : float
        Pupils lent to a school's mobility, the common factor of its grades; a large number means none.
    persistence : float
        Share of a school's mobility that is still there in the coming years, in [0, 1].
    pull : float
        Share of a year's mobility that the entry grade follows, year after year, in [0, 1].
    decay : float
        Weight of a year's progression against that of the year after it, in (0, 1].
    betas : tuple of float
        Share of a zone's own growth that is believed, finest first; one a zone level.
    lean : float
        Weight of the zone's cohort itself against the school's past intakes, where a school has a zone to itself.
    drift : float
        Children lent to an area's drift, its intakes growing past its cohorts; a large number means none.
    weights : tuple of float
        Weights of the last intakes, latest first.
    window : int
        Years of progression that are looked at.
    capture_years : int
        Years over which the share of the cohort that came to school is measured.
    hold : float
        Share of the way back to its own size that a school's total goes each year, in [0, 1].
    lines : tuple of float
        Weight of the district's last total against the sum of its schools, by years ahead, the last one for all years
        after; none at all by default.
    """

    strengths: tuple[float, ...] = (5000.0,)
    mobility: float = 300.0
    persistence: float = 0.6
    pull: float = 0.5
    decay: float = 0.7
    betas: tuple[float, ...] = (0.25,)
    lean: float = 0.0
    drift: float = 5000.0
    weights: tuple[float, ...] = (8.0, 4.0, 2.0, 1.0)
    window: int = 5
    capture_years: int = 3
    hold: float = 0.0
    lines: tuple[float, ...] = ()


def totals(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sum rows by group, counting nan as nothing.

    Parameters
    ----------
    values : ndarray, shape (n, …)
        Numbers.
    group : ndarray, shape (n,)
        Group of each row, from 0.

    Returns
    -------
    ndarray, shape (groups, …)
        Sums.
    """
    groups, wide = int(group.max(initial=-1)) + 1, values.reshape(len(group), math.prod(values.shape[1:]))
    cells = group[:, None] * wide.shape[1] + np.arange(wide.shape[1])
    sums = np.bincount(cells.ravel(), weights=np.nan_to_num(wide).ravel(), minlength=groups * wide.shape[1])
    return sums.reshape(groups, *values.shape[1:])


def pairs(pupils: np.ndarray, window: int, decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Sum, school by school, who could have moved up a grade and who was there a year later.

    Parameters
    ----------
    pupils : ndarray, shape (S, Y, G)
        Pupils up to the origin, nan where not known.
    window : int
        Number of last year-pairs to use.
    decay : float
        Weight of a pair against that of the pair a year later.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Starts and ends, shape (schools, grades - 1) each; a pair counts only where both its years are known.
    """
    before, after = pupils[:, :-1, :-1], pupils[:, 1:, 1:]
    both = np.isfinite(before) & np.isfinite(after)
    weight = decay ** np.arange(window - 1, -1, -1)[-before.shape[1] :] if before.shape[1] else np.empty(0)
    starts = np.einsum("syg,y->sg", np.where(both, before, 0.0)[:, -window:], weight)
    ends = np.einsum("syg,y->sg", np.where(both, after, 0.0)[:, -window:], weight)
    return starts, ends


def ratios(
    starts: np.ndarray, ends: np.ndarray, levels: tuple[np.ndarray, ...], tuning: Tuning
) -> tuple[np.ndarray, np.ndarray]:
    """Return the progression ratios of each school, and its mobility.

    A grade's ratio is drawn toward that of the area times the school's mobility: families who move in or out do so in
    all grades, so one factor of a school is surer than its five ratios. However surely it was measured, only a part of
    it persists.

    Parameters
    ----------
    starts : ndarray, shape (S, G - 1)
        From `pairs`.
    ends : ndarray, shape (S, G - 1)
        From `pairs`.
    levels : tuple of ndarray
        Group of each school, finest first, the district last.
    tuning : Tuning
        Strengths and mobility.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Ratios, shape (schools, grades - 1), and mobility, shape (schools,), 1 where a school keeps what its area keeps.
    """
    area = shrink(starts, ends, levels, tuning.strengths[1:])
    usual = (starts * area).sum(axis=1)
    mobility = blend(usual, ends.sum(axis=1), np.ones(len(usual)), tuning.mobility) ** tuning.persistence
    return blend(starts, ends, area * mobility[:, None], tuning.strengths[0]), mobility


def shrink(
    starts: np.ndarray, ends: np.ndarray, levels: tuple[np.ndarray, ...], strengths: tuple[float, ...]
) -> np.ndarray:
    """Return the progression ratios of each school's area, drawn toward the next coarser level's.

    ``ratio = (ends + k · ratio of the next coarser level) / (starts + k)``, from the district down to the area.

    Parameters
    ----------
    starts : ndarray, shape (S, G - 1)
        From `pairs`.
    ends : ndarray, shape (S, G - 1)
        From `pairs`.
    levels : tuple of ndarray
        Group of each school, finest first, the district last.
    strengths : tuple of float
        K of each step, finest first, in pupils; one fewer than the levels.

    Returns
    -------
    ndarray, shape (S, G - 1)
        Ratios; 1 where nobody was ever seen to move up.
    """
    top_starts, top_ends = totals(starts, levels[-1])[levels[-1]], totals(ends, levels[-1])[levels[-1]]
    ratio = np.divide(top_ends, top_starts, out=np.ones_like(top_starts), where=top_starts > 0)
    for level, strength in zip(reversed(levels[:-1]), reversed(strengths), strict=True):
        level_starts, level_ends = totals(starts, level)[level], totals(ends, level)[level]
        ratio = blend(level_starts, level_ends, ratio, strength)
    return ratio


def blend(starts: np.ndarray, ends: np.ndarray, prior: np.ndarray, strength: float) -> np.ndarray:
    """Return ``(ends + strength · prior) / (starts + strength)``, the prior where both are nothing."""
    weight = starts + strength
    return np.divide(ends + strength * prior, weight, out=prior.copy(), where=weight > 0)


def advance(
    latest: np.ndarray,
    ratios: np.ndarray,
    entries: np.ndarray,
    *,
    heirs: np.ndarray | None = None,
    exists: Callable[[int], np.ndarray] | None = None,
    arrivals: Callable[[np.ndarray], np.ndarray] | None = None,
    growth: np.ndarray | None = None,
) -> np.ndarray:
    """Move every cohort up, one grade a year, and whole schools to their heirs when they close.

    Parameters
    ----------
    latest : ndarray, shape (S, G)
        Pupils of the last known year.
    ratios : ndarray, shape (S, G - 1)
        Share of a grade that is in the next grade a year later.
    entries : ndarray, shape (S, H)
        Coming intakes.
    heirs : ndarray, shape (H, S), optional
        Row of the school that has each school's pupils in each coming year, itself while it is open.
    exists : callable, optional
        Years ahead → which grades exist, (S, G) of bool; all by default.
    arrivals : callable, optional
        Pupils whose school has no next grade, (S, G) by the grade they come to → who takes them, (S, G).
    growth : ndarray, shape (S, H), optional
        Factor of all grades but the entry grade, year after year, beside the ratios; 1 by default.

    Returns
    -------
    ndarray, shape (S, H, G)
        Pupils of the coming years.
    """
    coming = np.empty((latest.shape[0], entries.shape[1], latest.shape[1]))
    current = latest
    for step in range(entries.shape[1]):
        coming[:, step, 0] = entries[:, step]
        coming[:, step, 1:] = current[:, :-1] * ratios
        if exists is not None:
            here = exists(step + 1)
            released = np.zeros_like(current)
            released[:, 1:] = np.where(here[:, 1:], 0.0, np.nan_to_num(current[:, :-1]))
            coming[:, step] = np.where(here, coming[:, step], 0.0)
            if arrivals is not None:
                coming[:, step] += np.where(here, arrivals(released), 0.0)
        if growth is not None:
            coming[:, step, 1:] *= growth[:, step, None]
        if heirs is not None:
            coming[:, step] = inherit(coming[:, step], heirs[step])
        current = coming[:, step]
    return coming


def inherit(values: np.ndarray, heir: np.ndarray) -> np.ndarray:
    """Move the rows of closed schools to their heirs; (S, …) values, (S,) row of each school's heir."""
    moved = np.zeros_like(values)
    np.add.at(moved, heir, values)
    return moved
