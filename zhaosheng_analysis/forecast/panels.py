"""A district's tables as the arrays the forecast works on, one stage at a time.

What the rolls say stands in `rolls`; how the leavers of primaries become the cohorts of juniors, in `feeders`.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import entry_grade, existing
from zhaosheng_analysis.forecast.progression import Panel, inherit
from zhaosheng_analysis.forecast.rolls import filled, history, last_year, lost
from zhaosheng_analysis.forecast.zonings import Zoning
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import empty
from zhaosheng_analysis.zones import memberships

#: A cohort is registered this many years before it enters grade 1.
KNOWN_AHEAD = 6


@dataclass(frozen=True)
class StageRecord:
    """One stage of a district at one origin; S schools, U units, T entry years.

    Attributes
    ----------
    name : str
        ``primary`` or ``junior``.
    schools : list of str
        Ids in the order of all arrays.
    zoning : Zoning
        Its zones by day.
    panel : Panel
        History and cohorts.
    now : ndarray, shape (U, S + 1)
        Share of each unit that belongs to each school at the origin.
    then : dict of int to ndarray
        Past year → the same under the zones and schools of that September; the origin is among them.
    later : dict of int to ndarray
        Coming year → the same under the zones and schools of that year.
    due : ndarray, shape (U, T)
        Children by year of entry to this stage, nan where not known; `due_first` is the first year.
    due_first : int
        First year of `due`.
    hukou : ndarray, shape (S, H)
        Registered children of the zone (juniors without zones: leavers of the feeders), nan where unknown.
    counted : ndarray, shape (S,)
        Who the registered children are: ``zone`` its children, ``feeders`` leavers of its feeders, empty for nobody.
    resident : ndarray, shape (S, T)
        Resident children of the zone by year of entry, nan where not known; first year as of `due`.
    heirs : ndarray, shape (H, S)
        Row of the school that has each school's pupils in each coming year, itself while it is open.
    takers : ndarray, shape (H, S)
        The same for new pupils, whom a closing school no longer takes.
    alike : bool
        Whether past origins knew the cohorts as the present one does, so that their errors speak for it.
    stood : bool, default False
        Whether leavers of primaries without zone and feeders are led by where these stand.
    leavers : ndarray, shape (H,) or None
        Leavers of all primaries in the summer before each coming year; none for a stage that is not fed.
    unnamed : ndarray, shape (H,) or None
        Those of them whom no feeder list and no zone leads to a school.
    """

    name: str
    schools: list[str]
    zoning: Zoning
    panel: Panel
    now: np.ndarray
    then: dict[int, np.ndarray]
    later: dict[int, np.ndarray]
    due: np.ndarray
    due_first: int
    hukou: np.ndarray
    counted: np.ndarray
    resident: np.ndarray
    heirs: np.ndarray
    takers: np.ndarray
    alike: bool
    stood: bool = False
    leavers: np.ndarray | None = None
    unnamed: np.ndarray | None = None


def area_codes(district: District, schools: list[str]) -> np.ndarray:
    """Return the group of each school: its 片区 or county where it has one, else its township."""
    return pd.factorize(area_names(district, schools))[0]


def area_names(district: District, schools: list[str]) -> pd.Series:
    """Return the area of each school, its township where it has none, empty where neither is known."""
    facts = district.schools.set_index("school_id").reindex(schools)
    area = facts["area_id"].fillna("")
    return area.where(area != "", facts["township_id"].fillna(""))


def snapshots(cohorts: np.ndarray, cohort_first: int, first: int) -> np.ndarray:
    """Return what was known of (Y, Z, C) cohorts in each September: those who enter within `KNOWN_AHEAD` years."""
    entry = cohort_first + np.arange(cohorts.shape[2])
    known = entry <= first + np.arange(len(cohorts))[:, None] + KNOWN_AHEAD
    return np.where(known[:, None], cohorts, np.nan)


def zoned_then(zoning: Zoning, years: range, now: np.ndarray, *, seats, shares) -> dict[int, np.ndarray]:
    """Return the (U, S + 1) shares of units among schools in each of some past Septembers, the last one's being known.

    Parameters
    ----------
    zoning : Zoning
        Zones of the stage by day.
    years : range
        Septembers, the last of them that of `now`.
    now : ndarray of float, shape (U, S + 1)
        Shares of the last year.
    seats : mapping of str to float
        Planned seats by school.
    shares : mapping of (str, str) to float or None
        Share of a choice zone's children by (zone_id, school_id).

    Returns
    -------
    dict of int to ndarray
        Year → shares; where nothing turned, those of the year after.
    """
    turned = {day.year - (day <= pd.Timestamp(day.year, 9, 1)) for day in zoning.turns()}
    mine = set(zoning.schools)
    there = {year: zoning.open_schools(year) & mine for year in years}
    tables = {years[-1]: now}
    for year in reversed(years[:-1]):
        same = year not in turned and there[year] == there[year + 1]
        of_day = range(year, year + 1)
        tables[year] = tables[year + 1] if same else zoned(zoning, of_day, seats=seats, shares=shares)[0]
    return tables


def assemble(district: District, stage: str, origin: int, horizons: int, *, seats, shares, invalid) -> StageRecord:
    """Return one stage of a district whose cohorts are those of the units (grade 1, or juniors without primaries).

    Parameters
    ----------
    district : District
        With the tables roll_counts and cohorts.
    stage : str
        ``primary`` or ``junior``.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Coming years.
    seats : mapping of str to float
        Planned seats by school.
    shares : mapping of (str, str) to float or None
        Share of a choice zone's children by (zone_id, school_id).
    invalid : tuple of int
        Septembers to leave out.

    Returns
    -------
    StageRecord
        The stage as arrays.
    """
    ids, pupils, first = history(district, stage, origin, invalid=invalid)
    zoning = Zoning(district, stage, ids)
    units = zoning.units()
    coming = range(origin + 1, origin + horizons + 1)
    now, later = zoned(zoning, range(origin, coming.stop), seats=seats, shares=shares)
    gap = memberships.years_before(district, stage)
    cohorts = district.tables.get("cohorts", empty("cohorts"))
    entry = range(first - gap, coming.stop - gap)
    resident = bool(cohorts["resident_n"].notna().all())
    due = memberships.children(cohorts, units, entry, column="resident_n" if resident else "hukou_n")
    registered = memberships.children(cohorts, units, entry, column="hukou_n")[:, -horizons:]
    hukou = np.column_stack([later[year][:, :-1].T @ registered[:, step] for step, year in enumerate(coming)])
    has_zone = sum(later.values())[:, :-1].sum(axis=0) > 0
    hukou[~has_zone] = np.nan
    heirs, takers = (memberships.heirs(district, ids, coming, entering=new) for new in (False, True))
    entries = range(first, coming.stop)
    gone = lost(district, stage, ids, first, origin)
    past = range(first, origin + 1)
    then = zoned_then(zoning, past, now, seats=seats, shares=shares)
    # A layer of units without a row tells nothing of anybody's children: they are not known, not none.
    whole = (len(past), len(ids) + 1, due.shape[1])
    cohorts_then = np.stack([then[year].T @ due for year in past]) if units else np.full(whole, np.nan)
    panel = _panel(pupils, first, area_codes(district, ids), cohorts_then, entries, gone, resident=resident)
    panel = replace(panel, full=filled(district, stage, ids, pupils[:, :, 0], first))
    alike = bool(np.isfinite(cohorts_then[-1, :, : origin + 2 - first]).all())
    counted = np.where(has_zone, "zone", "")
    living = living_in(now, later, memberships.children(cohorts, units, entry, column="resident_n"), first)
    living[~has_zone] = np.nan
    hukou = inherited(hukou, takers)
    return StageRecord(
        stage, ids, zoning, panel, now, then, later, due, first, hukou, counted, living, heirs, takers, alike
    )


def living_in(now: np.ndarray, later: dict[int, np.ndarray], resident: np.ndarray, first: int) -> np.ndarray:
    """Count the resident children of each school's zone by year of entry, under the zones of that year.

    Parameters
    ----------
    now : ndarray
        Shares of units, see `StageRecord`.
    later : dict of int to ndarray
        Shares of units, see `StageRecord`.
    resident : ndarray, shape (U, T)
        Resident children, nan where not known.
    first : int
        Year of the first column.

    Returns
    -------
    ndarray of float, shape (S, T)
        Children.
    """
    shares = [later.get(first + column, now)[:, :-1] for column in range(resident.shape[1])]
    return np.column_stack([share.T @ line for share, line in zip(shares, resident.T, strict=True)])


def zoned(zoning: Zoning, years: range, *, seats, shares) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Return the (U, S + 1) shares of units among schools at the origin (first of `years`) and in each later year.

    A unit no zone spoke of at the origin was where the first zone to name it says, even one that was replaced before
    its first September: such a zone is what the children leave.
    """
    district, origin = zoning.district, years[0]

    def membership(year: int, on: pd.Timestamp) -> np.ndarray:
        return zoning.shares(year, on, seats=seats, shares=shares, open_in=origin)

    begun = {year: pd.Timestamp(year, 9, 1) for year in years}
    later = {year: membership(year, begun[year]) for year in years[1:]}
    still_open = pd.Index(zoning.schools).isin(zoning.open_schools(origin))
    now = membership(origin, begun[origin])
    # Seen from a past origin, zones that were first drawn up since have not moved anybody either.
    last = pd.Timestamp(max(last_year(district), origin) + 1, 9, 1)
    turns = [day for day in zoning.turns() if begun[origin] < day < last]
    named = np.full(len(now), begun[origin].value)
    for day in [*turns, last]:
        then = memberships.settled(now, membership(max(day.year + (day.month > 8), origin + 1), day), still_open)
        named = np.where((then != now).any(axis=1), day.value, named)
        now = then
    # Until a zone names it for the first time, a unit is where that zone will find it.
    waits = {year: (named > begun[year].value)[:, None] for year in later}
    return now, {year: np.where(waits[year], now, shares) for year, shares in later.items()}


def inherited(values: np.ndarray, heirs: np.ndarray) -> np.ndarray:
    """Move (S, H) numbers of closed schools to their heirs; nan where nobody knows a number."""
    counted = np.isfinite(values).astype(float)
    pairs = zip(np.nan_to_num(values).T, counted.T, heirs, strict=True)
    moved = [np.where(inherit(known, heir) > 0, inherit(number, heir), np.nan) for number, known, heir in pairs]
    return np.stack(moved, axis=1)


def _panel(
    pupils: np.ndarray,
    first: int,
    areas: np.ndarray,
    cohorts: np.ndarray,
    entry: range,
    gone: np.ndarray,
    *,
    resident: bool,
) -> Panel:
    """Put a panel together whose zones are the schools' own and, last, the children who belong to none.

    Cohorts are (Y, S + 1, C), under the zones of each September. Where no cohort is known at all every year counts
    alike, and no zone moves beyond the district.
    """
    origin = first + pupils.shape[1] - 1
    served = np.nansum(cohorts[-1, :-1], axis=1) > 0
    zone = np.where(served, np.arange(len(served)), -1)
    complete = np.flatnonzero(np.isfinite(cohorts[-1]).all(axis=0))
    start = int(complete[0]) if len(complete) else 0
    if len(complete):
        came = np.nansum(existing.completed(pupils, gone)[:, :, 0], axis=0)
        cohorts = np.stack([entry_grade.backcast(each, start, came, resident=resident) for each in cohorts])
    else:
        cohorts = np.ones_like(cohorts)
    cohorts = snapshots(cohorts, first, first)
    for year in range(first, min(entry[start] - 1, origin) if len(complete) else first):
        # A year filled in from the intake itself was not known before it came.
        cohorts[year - first][:, year - first + 1 :] = np.nan
    everyone = np.zeros(cohorts.shape[1], dtype=int)
    return Panel(first, pupils, (areas, np.zeros(len(areas), dtype=int)), cohorts, first, zone, (everyone,), lost=gone)
