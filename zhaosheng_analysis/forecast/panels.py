"""A district's tables as the arrays the forecast works on, one stage at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zhaosheng_analysis import zones
from zhaosheng_analysis.forecast import entry_grade, existing, tuning
from zhaosheng_analysis.forecast.progression import Panel, Tuning, inherit
from zhaosheng_analysis.geodata import District, relations
from zhaosheng_analysis.schema import DataError, Fault, empty
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
    panel : Panel
        History and cohorts.
    now : ndarray, shape (U, S + 1)
        Share of each unit that belongs to each school at the origin.
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
    leavers : ndarray, shape (H,) or None
        Leavers of all primaries in the summer before each coming year; none for a stage that is not fed.
    unnamed : ndarray, shape (H,) or None
        Those of them whom no feeder list and no zone leads to a school.
    """

    name: str
    schools: list[str]
    panel: Panel
    now: np.ndarray
    later: dict[int, np.ndarray]
    due: np.ndarray
    due_first: int
    hukou: np.ndarray
    counted: np.ndarray
    resident: np.ndarray
    heirs: np.ndarray
    takers: np.ndarray
    alike: bool
    leavers: np.ndarray | None = None
    unnamed: np.ndarray | None = None


def history(
    district: District, stage: str, origin: int, *, invalid: Iterable[int]
) -> tuple[list[str], np.ndarray, int]:
    """Return school ids, (S, Y, G) pupils up to the origin and the first year of one stage.

    Schools without a history that are planned, or that have a plan, have a row of nan.
    """
    grades = district.school_system.grades[stage]
    counts = district.table("roll_counts")
    counts = counts[counts["grade"].isin(grades) & (counts["school_year"] <= origin)]
    stages = (stage, "both")
    schools = district.schools.loc[district.schools["stage"].isin(stages), "school_id"]
    ids = sorted(set(schools) | set(counts["school_id"]))
    first = int(counts["school_year"].min()) if len(counts) else origin
    pupils = np.full((len(ids), origin - first + 1, len(grades)), np.nan)
    rows = pd.Index(ids).get_indexer(counts["school_id"])
    pupils[rows, counts["school_year"].astype(int) - first, counts["grade"].astype(int) - grades[0]] = counts[
        "pupils_n"
    ]
    empty = np.nan_to_num(pupils).sum(axis=2) == 0
    pupils[empty] = np.nan
    pupils = existing.without_noughts(pupils)
    pupils[:, [year - first for year in invalid if first <= year <= origin]] = np.nan
    return ids, pupils, first


def area_codes(district: District, schools: list[str]) -> np.ndarray:
    """Return the group of each school: its 片区 or county where it has one, else its township."""
    return pd.factorize(_area_names(district, schools))[0]


def _area_names(district: District, schools: list[str]) -> pd.Series:
    """Return the area of each school, its township where it has none, empty where neither is known."""
    facts = district.schools.set_index("school_id").reindex(schools)
    area = facts["area_id"].fillna("")
    return area.where(area != "", facts["township_id"].fillna(""))


def snapshots(cohort: np.ndarray, cohort_first: int, first: int, origin: int) -> np.ndarray:
    """Return what was known of the cohorts in each September: those who enter within `KNOWN_AHEAD` years."""
    entry = cohort_first + np.arange(cohort.shape[1])
    cohorts = np.repeat(cohort[None], origin - first + 1, axis=0)
    for row, year in enumerate(range(first, origin + 1)):
        cohorts[row][:, entry > year + KNOWN_AHEAD] = np.nan
    return cohorts


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
    units = district.units["unit_id"].tolist()
    coming = range(origin + 1, origin + horizons + 1)
    now, later = zoned(district, stage, ids, range(origin, coming.stop), seats=seats, shares=shares)
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
    # A layer of units without a row tells nothing of anybody's children: they are not known, not none.
    cohort = now.T @ due if units else np.full((len(ids) + 1, due.shape[1]), np.nan)
    panel = _panel(pupils, first, area_codes(district, ids), cohort, entries, gone, resident=resident)
    panel = replace(panel, full=filled(district, stage, ids, pupils[:, :, 0], first))
    alike = bool(np.isfinite(cohort[:, : origin + 2 - first]).all())
    counted = np.where(has_zone, "zone", "")
    living = living_in(now, later, memberships.children(cohorts, units, entry, column="resident_n"), first)
    living[~has_zone] = np.nan
    hukou = inherited(hukou, takers)
    return StageRecord(stage, ids, panel, now, later, due, first, hukou, counted, living, heirs, takers, alike)


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


def lost(district: District, stage: str, ids: list[str], first: int, origin: int) -> np.ndarray:
    """Return (S, Y) the years in which a school taught and its rolls are not in the tables."""
    counts = district.table("roll_counts")
    counts = counts[counts["grade"].isin(district.school_system.grades[stage]) & (counts["school_year"] <= origin)]
    begins = relations.without_past(counts, district.schools, system=district.school_system).set_index("school_id")[
        "school_year"
    ]
    known_from = begins.reindex(ids).fillna(first).to_numpy(dtype=int)
    years = np.arange(first, origin + 1)
    return (years < known_from[:, None]) | _gaps(district, ids, counts, years)


def _gaps(district: District, ids: list[str], counts: pd.DataFrame, years: np.ndarray) -> np.ndarray:
    """Return (S, Y) the years between those with rolls that have none, and the last one of a school that is open."""
    counted = np.zeros((len(ids), len(years)), dtype=bool)
    filled = counts[counts["pupils_n"] > 0]
    counted[pd.Index(ids).get_indexer(filled["school_id"]), filled["school_year"].to_numpy(dtype=int) - years[0]] = True
    before = np.logical_or.accumulate(counted, axis=1)
    after = np.logical_or.accumulate(counted[:, ::-1], axis=1)[:, ::-1]
    facts = district.schools.set_index("school_id").reindex(ids)
    closed = facts["closed_year"].astype(float).fillna(np.inf).to_numpy()
    goes_on = facts["status"].eq("open").to_numpy() & (closed > years[-1])
    only_last = np.zeros_like(counted)
    # A school that had rolls a year ago and is said to be open has not vanished.
    only_last[:, -1] = goes_on & counted[:, -2] if len(years) > 1 else False
    return ~counted & before & (after | only_last)


def filled(district: District, stage: str, ids: list[str], intakes: np.ndarray, first: int) -> np.ndarray:
    """Return (S, Y) whether a school took as many as its plan of that year; False where no plan is known."""
    plans = district.table("plans")
    plans = plans[(plans["stage"] == stage) & plans["seats_n"].gt(0)]
    rows = pd.Index(ids).get_indexer(plans["school_id"])
    columns = plans["intake_year"].to_numpy(dtype=int) - first
    inside = (rows >= 0) & (columns >= 0) & (columns < intakes.shape[1])
    seats = np.full(intakes.shape, np.inf)
    seats[rows[inside], columns[inside]] = plans["seats_n"].to_numpy(dtype=float)[inside]
    return np.nan_to_num(intakes) >= seats


def zoned(
    district: District, stage: str, ids: list[str], years: range, *, seats, shares
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Return the (U, S + 1) shares of units among schools at the origin (first of `years`) and in each later year.

    A unit no zone spoke of at the origin was where the first zone to name it says, even one that was replaced before
    its first September: such a zone is what the children leave.
    """
    units, origin = district.units["unit_id"].tolist(), years[0]
    tables: dict[tuple, np.ndarray] = {}

    def membership(year: int, on: pd.Timestamp) -> np.ndarray:
        valid = zones.valid(district.zones, stage=stage, on=on)["zone_id"]
        key = (*valid, *sorted(memberships.open_schools(district, year, open_in=origin)))
        if key not in tables:
            rows = memberships.members(
                district, stage=stage, year=year, seats=seats, shares=shares, open_in=origin, on=on
            )
            tables[key] = memberships.share_table(rows, units, ids)
        return tables[key]

    begun = {year: pd.Timestamp(year, 9, 1) for year in years}
    later = {year: membership(year, begun[year]) for year in years[1:]}
    still_open = pd.Index(ids).isin(memberships.open_schools(district, origin))
    now = membership(origin, begun[origin])
    # Seen from a past origin, zones that were first drawn up since have not moved anybody either.
    last = pd.Timestamp(max(last_year(district), origin) + 1, 9, 1)
    turns = [day for day in zones.versions.turns(district.zones, stage=stage) if begun[origin] < day < last]
    named = np.full(len(units), begun[origin].value)
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
    cohort: np.ndarray,
    entry: range,
    gone: np.ndarray,
    *,
    resident: bool,
) -> Panel:
    """Put a panel together whose zones are the schools' own and, last, the children who belong to none.

    Where no cohort is known at all every year counts alike, and no zone moves beyond the district.
    """
    origin = first + pupils.shape[1] - 1
    served = np.nansum(cohort[:-1], axis=1) > 0
    zone = np.where(served, np.arange(len(served)), -1)
    complete = np.flatnonzero(np.isfinite(cohort).all(axis=0))
    start = int(complete[0]) if len(complete) else 0
    if len(complete):
        came = np.nansum(existing.completed(pupils, gone)[:, :, 0], axis=0)
        cohort = entry_grade.backcast(cohort, start, came, resident=resident)
    else:
        cohort = np.ones_like(cohort)
    cohorts = snapshots(cohort, first, first, origin)
    for year in range(first, min(entry[start] - 1, origin) if len(complete) else first):
        # A year filled in from the intake itself was not known before it came.
        cohorts[year - first][:, year - first + 1 :] = np.nan
    everyone = np.zeros(len(cohort), dtype=int)
    return Panel(first, pupils, (areas, np.zeros(len(areas), dtype=int)), cohorts, first, zone, (everyone,), lost=gone)


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
    overlap = _overlap(primary, junior)
    split = memberships.feeding(district, primary.schools, junior.schools, overlap)
    pooled, zone = _pooled(split, *(_area_names(district, record.schools) for record in (primary, junior)))
    panel = feed(junior, primary, pooled, tunings, coming[:, :, -1], zone=zone)
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
    return replace(junior, panel=panel, hukou=hukou, counted=counted, alike=True, **sums)


def _overlap(primary: StageRecord, junior: StageRecord) -> np.ndarray:
    """Return the share of each primary zone's children that live in each junior's zone, (P, J)."""
    size = np.nan_to_num(primary.due).sum(axis=1)
    size = size if size.any() else np.ones_like(size)
    both = (primary.now[:, :-1] * size[:, None]).T @ junior.now[:, :-1]
    whole = primary.now[:, :-1].T @ size
    return np.divide(both, whole[:, None], out=np.zeros_like(both), where=whole[:, None] > 0)


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
    split: np.ndarray,
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
    split : ndarray, shape (P, C)
        Share of each primary's leavers that each junior, or the juniors of an area together, expect.
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
    start = begins + 1
    cohort = np.full((origin - first + 1, split.shape[1], origin + horizons + 1 - start), np.nan)
    for year in range(first, origin + 1):
        seen = max(year - begins + 1, 0)
        ahead = leavers if year == origin else np.empty((len(leavers), 0))
        if year in tunings and year != origin:
            ahead = tuning.project(primary.panel, year, horizons, tunings[year]).pupils[:, :, -1]
        line = np.nan_to_num(np.hstack([observed[:, :seen], ahead]))[:, : cohort.shape[2]]
        cohort[year - first, :, : line.shape[1]] = split.T @ line
    everyone = np.zeros(split.shape[1], dtype=int)
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


def has_pupils(district: District, stage: str) -> bool:
    """Tell whether anybody of a stage is in the roll counts; without them nothing of it can be carried forward."""
    counts = district.table("roll_counts")
    return bool(counts.loc[counts["grade"].isin(district.school_system.grades[stage]), "pupils_n"].gt(0).any())


def last_year(district: District) -> int:
    """Return the last September with roll counts."""
    counts = district.table("roll_counts")
    if len(counts):
        return int(counts["school_year"].max())
    raise DataError(Fault("roll_counts 表", "没有一行数据", "至少需要最近一年的分年级在校生", "请补填"))
