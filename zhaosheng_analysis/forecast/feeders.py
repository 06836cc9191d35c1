"""The leavers of the primaries as the cohorts of the juniors: who feeds whom, and how many are foreseen."""

from dataclasses import replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import existing, projection
from zhaosheng_analysis.forecast.panels import StageRecord, area_names, inherited
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import memberships


def fed(
    district: District, junior: StageRecord, primary: StageRecord, tunings: dict[int, Tuning], coming: np.ndarray
) -> StageRecord:
    """Return the junior stage with the last graders of its feeder primaries as cohorts.

    Parameters
    ----------
    district : District
        With the table of feeders where there is one.
    junior : StageRecord
        The two stages at the same origin.
    primary : StageRecord
        The two stages at the same origin.
    tunings : dict of int to Tuning
        Origin → tuning of the primary stage; past origins are forecast with their own.
    coming : ndarray, shape (P, H, 6)
        Primary pupils of the coming years, with closures carried out.

    Returns
    -------
    StageRecord
        Where juniors have no zone, their feeders' leavers stand for the registered children.
    """
    if not primary.schools or not junior.schools:
        return junior
    areas = [area_names(district, record.schools) for record in (primary, junior)]
    ids = primary.schools, junior.schools
    splits, stood = {}, False
    for year, overlap in _overlaps(primary, junior).items():
        there = memberships.standing(district, *ids, pd.Timestamp(year, 9, 1))
        splits[year] = memberships.feeding(district, *ids, overlap, standing=there)
        stood |= bool((splits[year] != memberships.feeding(district, *ids, overlap)).any())
    split = splits[junior.panel.last_year]
    pooled, zone = _pooled(split, *areas)
    each = {year: _pooled(shares, *areas) for year, shares in splits.items()}
    # Where other juniors were fed than now, who led whom cannot be set beside it: that of now stands for it.
    by_year = {year: shares if (fed_then == zone).all() else pooled for year, (shares, fed_then) in each.items()}
    panel = feed(junior, primary, by_year, tunings, coming[:, :, -1], zone=zone)
    last = existing.at_origin(primary.panel).pupils[:, -1:]
    leavers = np.column_stack([np.nan_to_num(last), coming[:, :-1, -1]])
    fed_to = split.T @ leavers
    expected = np.rint(fed_to)[:-1]
    expected[split[:, :-1].sum(axis=0) == 0] = np.nan
    hukou = np.where(np.isfinite(junior.hukou), junior.hukou, inherited(expected, junior.takers))
    counted = np.where(np.isfinite(junior.hukou).any(axis=1), junior.counted, "feeders")
    counted = np.where(np.isfinite(hukou).any(axis=1), counted, "")
    # Leavers of the next six years are at school already, whatever is known of the cohorts behind them.
    sums = {"leavers": leavers.sum(axis=0), "unnamed": fed_to[-1]}
    return replace(junior, panel=panel, hukou=hukou, counted=counted, alike=True, stood=stood, **sums)


def _overlaps(primary: StageRecord, junior: StageRecord) -> dict[int, np.ndarray]:
    """Return by September the share of each primary zone's children that live in each junior's zone, (P, J)."""
    size = np.nan_to_num(primary.due).sum(axis=1)
    found: dict[tuple[int, int], np.ndarray] = {}
    overlaps = {}
    for year, mine in junior.then.items():
        theirs = primary.then.get(year, primary.then[min(primary.then)])
        pair = id(theirs), id(mine)
        if pair not in found:
            by_children, by_units = (_within(theirs, mine, weight) for weight in (size, np.ones_like(size)))
            # Of a zone whose children nobody counted, the estates say where it lies.
            counted = (theirs[:, :-1].T @ size)[:, None] > 0
            found[pair] = np.where(counted, by_children, by_units)
        overlaps[year] = found[pair]
    return overlaps


def _within(theirs: np.ndarray, mine: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the share of each primary zone that lies in each junior's, its estates counted by their size; (P, J)."""
    both = (theirs[:, :-1] * size[:, None]).T @ mine[:, :-1]
    whole = (theirs[:, :-1].T @ size)[:, None]
    return np.divide(both, whole, out=np.zeros_like(both), where=whole > 0)


def _pooled(split: np.ndarray, leave: pd.Series, enter: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Give the leavers whom nothing leads to a junior to those juniors of their area that nothing feeds, together.

    Returns (P, J + A + 1) shares, one column an area before the last, and (J,) the column that feeds each junior, -1
    where none does.
    """
    served = split[:, :-1].sum(axis=0) > 0
    areas = sorted(set(enter[~served]) & set(leave) - {""})
    inside = (leave.to_numpy()[:, None] == np.array(areas, dtype=object)) * split[:, -1:]
    rest = split[:, -1:] - inside.sum(axis=1, keepdims=True)
    place = pd.Index(areas).get_indexer(enter) if areas else np.full(len(enter), -1)
    pool = np.where(place >= 0, len(served) + place, -1)
    return np.hstack([split[:, :-1], inside, rest]), np.where(served, np.arange(len(served)), pool)


def feed(
    junior: StageRecord,
    primary: StageRecord,
    splits: dict[int, np.ndarray],
    tunings: dict[int, Tuning],
    leavers: np.ndarray,
    *,
    zone: np.ndarray,
) -> Panel:
    """Return the junior panel whose cohorts are the last graders of the feeder primaries, as foreseen at each origin.

    Parameters
    ----------
    junior : StageRecord
        The two stages at the same origin.
    primary : StageRecord
        The two stages at the same origin.
    splits : dict of int to ndarray, shape (P, C)
        September → share of each primary's leavers that each junior, or the juniors of an area together, expect.
    tunings : dict of int to Tuning
        Origin → tuning of the primary stage; past origins are forecast with their own.
    leavers : ndarray, shape (P, H)
        Sixth graders of the coming years from the present origin, with closures carried out.
    zone : ndarray of int, shape (J,)
        Column of `split` that feeds each junior, -1 where none does.

    Returns
    -------
    Panel
        One zone a column, the last for leavers expected nowhere in particular.
    """
    panel = junior.panel
    first, origin, horizons = panel.first_year, panel.last_year, leavers.shape[1]
    observed, begins = last_graders(primary.panel), primary.panel.first_year
    if begins + 1 > origin:
        # Of the leavers before the only known year nobody knows; those of that year stand for them.
        observed, begins = np.repeat(observed, 2, axis=1), begins - 1
    # Before the first leavers that are known there were as many, so that juniors with an older past are not cut short.
    pad = max(begins + 1 - first, 0)
    observed, begins = np.hstack([np.repeat(observed[:, :1], pad, axis=1), observed]), begins - pad
    start, columns = begins + 1, splits[origin].shape[1]
    cohort = np.full((origin - first + 1, columns, origin + horizons + 1 - start), np.nan)
    for year in range(first, origin + 1):
        seen = max(year - begins + 1, 0)
        ahead = leavers if year == origin else np.empty((len(leavers), 0))
        if year in tunings and year != origin:
            ahead = projection.project(primary.panel, year, horizons, tunings[year]).pupils[:, :, -1]
        line = np.nan_to_num(np.hstack([observed[:, :seen], ahead]))[:, : cohort.shape[2]]
        cohort[year - first, :, : line.shape[1]] = splits[year].T @ line
    everyone = np.zeros(columns, dtype=int)
    return Panel(first, panel.pupils, panel.levels, cohort, start, zone, (everyone,), panel.full, panel.lost)


def last_graders(panel: Panel) -> np.ndarray:
    """Return (S, Y) leavers; of a year marked invalid, those a grade below in the year before, all moved up.

    Where those are not known either, the leavers of the nearest known year.
    """
    pupils, leavers = panel.pupils, existing.without_gaps(panel)[:, :, -1].copy()
    valid = np.isfinite(pupils).any(axis=(0, 2))
    sure = np.flatnonzero(valid)
    for year in np.flatnonzero(~valid):
        near = leavers[:, sure[np.argmin(np.abs(sure - year))]]
        leavers[:, year] = pupils[:, year - 1, -2] if year and valid[year - 1] else near
    return leavers
