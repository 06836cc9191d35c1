"""What moves whole cohorts: redraws, openings and closures, carried out alike today and from every past origin."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from zhaosheng_analysis import zones
from zhaosheng_analysis.forecast import panels, progression, projection
from zhaosheng_analysis.forecast.panels import StageRecord
from zhaosheng_analysis.forecast.progression import Tuning
from zhaosheng_analysis.forecast.projection import Projection
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.zones import memberships


def forecasts(
    district: District, record: StageRecord, origins: Iterable[int], horizons: int, tunings: dict[int, Tuning]
) -> dict[int, np.ndarray]:
    """Forecast from every past origin as far as the panel reaches, with what was to move by then carried out.

    Parameters
    ----------
    district : District
        Zones by day, opened and closed schools.
    record : StageRecord
        The stage at the present origin.
    origins : iterable of int
        Past Septembers.
    horizons : int
        Longest horizon.
    tunings : dict of int to Tuning
        Tuning of each origin.

    Returns
    -------
    dict of int to ndarray
        Origin → pupils, (S, H, G), nan for schools and grades that did not exist.
    """
    by_origin = {}
    for origin in origins:
        ahead = min(horizons, record.panel.last_year - origin)
        base = projection.project(record.panel, origin, ahead, tunings[origin])
        by_origin[origin] = moved(district, record, base, ahead) if _moves(district, record, origin) else base.pupils
    return by_origin


def _moves(district: District, record: StageRecord, origin: int) -> bool:
    """Tell whether a zone, an opening or a closure takes effect between a past origin and the present one."""
    mine = district.schools[district.schools["school_id"].isin(record.schools)]
    last = record.panel.last_year
    for name in ("opened_year", "closed_year"):
        years = mine[name].astype(float)
        if ((years > origin) & (years <= last)).any():
            return True
    turns = zones.versions.turns(district.zones, stage=record.name)
    return any(origin <= day.year - (day.month < 9 or (day.month == 9 and day.day == 1)) < last for day in turns)


def moved(district: District, record: StageRecord, base: Projection, ahead: int) -> np.ndarray:
    """Carry out on a forecast from a past origin what moved since.

    Parameters
    ----------
    district : District
        Zones by day, opened and closed schools.
    record : StageRecord
        The stage at the present origin.
    base : Projection
        Forecast of the past origin.
    ahead : int
        Years.

    Returns
    -------
    ndarray of float, shape (S, H, G)
        Pupils; nan where a school has none.
    """
    years = range(base.origin, base.origin + ahead + 1)
    now, later = panels.zoned(record.zoning, years, seats={}, shares=None)
    then = replace(record, now=now, later=later)
    coming = years[1:]
    takers, heirs = (_past_heirs(district, record.schools, coming, entering=new) for new in (True, False))
    entries = closed(redrawn(then, np.nan_to_num(base.entry.expected), origin=base.origin), takers)
    pupils = carried(base, entries, heirs)
    counted = np.isfinite(base.pupils).any(axis=(1, 2)) | (pupils.sum(axis=(1, 2)) > 0)
    return np.where(counted[:, None, None], np.where(np.isfinite(base.pupils) | (pupils > 0), pupils, np.nan), np.nan)


def _past_heirs(district: District, schools: list[str], years: range, *, entering: bool) -> np.ndarray:
    """Return the heirs of schools that closed in some past years; what is closing now was open then."""
    facts = district.schools
    then = replace(district, schools=facts.assign(status=facts["status"].replace("closing", "open")))
    return memberships.heirs(then, schools, years, entering=entering)


def closed(intakes: np.ndarray, takers: np.ndarray) -> np.ndarray:
    """Give (S, H) intakes of closing schools to those that take their new pupils, (H, S)."""
    pairs = zip(intakes.T, takers, strict=True)
    return np.stack([progression.inherit(column, heir) for column, heir in pairs], axis=1)


def carried(base: Projection, entries: np.ndarray, heirs: np.ndarray) -> np.ndarray:
    """Move the pupils of a projection up with other entries, whole schools to their heirs; (S, H, G).

    A school without pupils at the origin, or that takes over another, has the grades of those who come to it.
    """
    grades = base.grades
    empty = ~np.isfinite(grades.pupils).any(axis=1)
    begins = np.where(empty[:, None], 0, grades.begins)
    ends = grades.ends.copy()
    for heir in heirs:
        for row in np.flatnonzero(heir != np.arange(len(heir))):
            begins[heir[row]] = np.minimum(begins[heir[row]], grades.begins[row])
    enters = entries.sum(axis=1) > 0
    begins[enters, 0] = 0
    ends[enters, 0] = np.iinfo(ends.dtype).max
    kept = replace(base, grades=replace(grades, begins=begins, ends=ends))
    return kept.carried(np.nan_to_num(grades.pupils), entries, heirs=heirs)


def redrawn(record: StageRecord, intakes: np.ndarray, *, origin: int | None = None) -> np.ndarray:
    """Move the children of units whose school changes, as their share of the old school's cohort; none is lost.

    Children of no school's zone come at the share of all children due who come to school, and have come to one school
    or another: who they are is known of none, so that all schools give and take them as they take children.

    Parameters
    ----------
    record : StageRecord
        Shares of units now and later.
    intakes : ndarray of float, shape (S, H)
        Before anything moves.
    origin : int, optional
        The September before the first column; the last of the panel by default.

    Returns
    -------
    ndarray of float, shape (S, H)
        Intakes, of the same sum.
    """
    result = intakes.copy()
    for step, flow in _flows(record, intakes, origin):
        unzoned = flow[-1, :-1].sum() - flow[:-1, -1].sum()
        result[:, step] += (flow.sum(axis=0) - flow.sum(axis=1))[:-1]
        result[:, step] -= unzoned * intakes[:, step] / max(intakes[:, step].sum(), 1e-9)
    return result


def turnover(record: StageRecord, intakes: np.ndarray) -> np.ndarray:
    """Return the children who come to a school or leave it because zones change, though they may balance; (S, H)."""
    result = np.zeros_like(intakes)
    for step, flow in _flows(record, intakes, None):
        result[:, step] = (flow.sum(axis=0) + flow.sum(axis=1))[:-1]
    return result


def _flows(record: StageRecord, intakes: np.ndarray, origin: int | None) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the steps in which zones move children, with the (S + 1, S + 1) children from row to column."""
    origin = record.panel.last_year if origin is None else origin
    for step in range(intakes.shape[1]):
        year = origin + 1 + step
        due = np.nan_to_num(record.due[:, year - record.due_first])
        moved_ = memberships.flows(record.now, record.later[year], due)
        if not moved_.any():
            continue
        whole = record.now.T @ due
        rate = intakes[:, step].sum() / max(whole.sum(), 1.0)
        coming = np.append(intakes[:, step], rate * whole[-1])
        share = np.divide(moved_, whole[:, None], out=np.zeros_like(moved_), where=whole[:, None] > 0)
        yield step, share * coming[:, None]
