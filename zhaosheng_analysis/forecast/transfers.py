"""Pupils whose school has no next grade, and the schools of their area that take them (教学点 to 中心校)."""

from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.forecast.progression import totals

#: Years of transfers that are looked at, and the weight of one year against the next.
YEARS, FADING = 4, 0.6
#: A school that has the grade below takes others' pupils where it grows by this much, in share and in children.
GROWS, LEAST = 0.1, 4.0


@dataclass(frozen=True)
class Transfers:
    """Who takes the pupils of schools that end before the stage does; S schools, G grades.

    Attributes
    ----------
    groups : tuple of ndarray
        Group of each school, finest first; what an area cannot place is placed by the next coarser one.
    weight : ndarray of float, shape (S, G)
        Children taken into each grade in a usual year.
    kept : tuple of ndarray, shape (groups, G)
        By level, the share of those released that arrived.
    steady : ndarray of float, shape (S, G)
        Children a grade takes from nowhere that is known, so that as many go on coming.
    explained : ndarray of float, shape (S, G)
        Share of a grade's growth past the grade below that transfers explain, in [0, 1].
    """

    groups: tuple[np.ndarray, ...]
    weight: np.ndarray
    kept: tuple[np.ndarray, ...]
    steady: np.ndarray
    explained: np.ndarray

    def arrivals(self, released: np.ndarray) -> np.ndarray:
        """Spread the children released into each grade over the schools that take them; (S, G) each."""
        left, arriving = released, self.steady.copy()
        for group, kept in zip(self.groups, self.kept, strict=True):
            there = totals(left, group)
            takes = totals(self.weight, group)
            placed = np.where(takes > 0, there * kept, 0.0)
            part = np.divide(self.weight, takes[group], out=np.zeros_like(self.weight), where=takes[group] > 0)
            arriving += part * placed[group]
            left = np.where(takes[group] > 0, 0.0, left)
        return arriving


def of_past(pupils: np.ndarray, groups: tuple[np.ndarray, ...]) -> Transfers | None:
    """Learn who took the pupils of schools without a next grade in the last years.

    Parameters
    ----------
    pupils : ndarray of float, shape (S, Y, G)
        History up to the origin, missing cells filled in.
    groups : tuple of ndarray
        Group of each school, finest first.

    Returns
    -------
    Transfers or None
        None where no school of the stage begins or ends within it.
    """
    pairs = [_pair(pupils[:, year], pupils[:, year + 1]) for year in range(pupils.shape[1] - 1)][-YEARS:]
    if not any(released.any() or alone.any() or opened.any() for released, alone, _, opened, _ in pairs):
        return None
    fade = FADING ** np.arange(len(pairs) - 1, -1, -1)
    released, alone, beyond, opened, open_ = (
        sum(weight * part for weight, part in zip(fade, parts, strict=True)) / fade.sum()
        for parts in zip(*pairs, strict=True)
    )
    explained = _explained(released, alone, beyond, groups[0])
    taken = alone + explained * beyond
    # A young school takes as many as in the years it has been there, its first intake one of them.
    usual = np.divide(alone + opened, open_, out=np.zeros_like(alone), where=open_ > 0) * _here(pupils[:, -1])
    steady = np.where(totals(released, groups[-1])[groups[-1]] > 0, 0.0, usual)
    kept = []
    for group in groups:
        # Schools that opened took some; as many will come to schools that nobody knows of, or to those that are there.
        gave, took = totals(released, group), totals(np.where(steady > 0, 0.0, taken) + opened, group)
        kept.append(np.clip(np.divide(took, gave, out=np.zeros_like(took), where=gave > 0), 0.0, 1.5))
    weight = np.where(steady > 0, 0.0, usual + explained * beyond)
    return Transfers(groups, weight, tuple(kept), steady, np.where(beyond > 0, explained, 0.0))


def _explained(released: np.ndarray, alone: np.ndarray, beyond: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the share of the growth beyond the grade below that is left to explain."""
    left = np.maximum(totals(released, group) - totals(alone, group), 0.0)
    grown = totals(beyond, group)
    return np.clip(np.divide(left, grown, out=np.zeros_like(left), where=grown > 0), 0.0, 1.0)[group]


def _pair(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the children released from one year to the next into each grade, and taken there; (S, G) each.

    Taken by schools that have no grade below, by others beyond the grade below, and by schools that opened; last,
    whether a school was there a year later.
    """
    then, now = np.nan_to_num(before), np.nan_to_num(after)
    stays = ((then > 0).any(axis=1) & (now > 0).any(axis=1))[:, None]
    could, came = then[:, :-1], now[:, 1:]
    released, alone, beyond = (np.zeros_like(now) for _ in range(3))
    opened = np.where(~(then > 0).any(axis=1)[:, None] & _lowest(now), now, 0.0)
    released[:, 1:] = np.where(stays & (could > 0) & (came == 0), could, 0.0)
    alone[:, 1:] = np.where(stays & (could == 0), came, 0.0)
    grown = np.where(stays & (could > 0), came - could, 0.0)
    beyond[:, 1:] = np.where((grown > GROWS * could) & (grown >= LEAST), grown, 0.0)
    return released, alone, beyond, opened, _here(after) * np.ones_like(now)


def _here(pupils: np.ndarray) -> np.ndarray:
    """Tell which schools have any pupils in a year; (S, 1) of bool."""
    return (np.nan_to_num(pupils) > 0).any(axis=1, keepdims=True)


def _lowest(now: np.ndarray) -> np.ndarray:
    """Tell which cell is the lowest grade of its school, above the first of the stage; (S, G)."""
    first = np.cumsum(now > 0, axis=1) == 1
    return first & (now > 0) & (np.arange(now.shape[1]) > 0)
