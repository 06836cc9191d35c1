"""What a reader must know of a forecast that its past cannot show: schools that change, rolls that are not whole.

Such a step moves children whom no past error speaks of, so that it widens the interval as well (`unsure`).
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.forecast import existing, sizes
from zhaosheng_analysis.forecast.existing import Grades
from zhaosheng_analysis.forecast.panels import StageRecord
from zhaosheng_analysis.forecast.progression import Panel, Tuning
from zhaosheng_analysis.geodata import District

#: Standard deviation of what each step moves, as a share of it: of few places it is known who follows a new zone, and
#: what a flat or a policy brings is an assumption.
UNSURE = {"housing": 0.5, "migrants": 0.5, "redraw": 0.25, "closure": 0.15}
#: A step is named where it moves this share of an intake.
NAMED = 0.05
#: Fewer years of rolls than this are a short history; a school younger than that is young.
SHORT, YOUNG = 5, 3
COLUMNS = ["school_id", "stage", "caution", "year"]


def unsure(steps: dict[str, np.ndarray], gross: dict[str, np.ndarray], pupils: np.ndarray) -> np.ndarray:
    """Return the standard deviation that housing, migrants, redraws and closures add to each cell.

    Parameters
    ----------
    steps : dict of str to ndarray
        Driver → (S, H) intake after that step.
    gross : dict of str to ndarray
        ``redraw`` and ``closure`` → (S, H) children who come and go, which may balance.
    pupils : ndarray, shape (S, H, G)
        Children expected.

    Returns
    -------
    ndarray of float, shape (S, H, G)
        Children; a cohort keeps its doubt as it moves up.
    """
    names = list(steps)
    variance = np.zeros(steps[names[-1]].shape)
    for name, share in UNSURE.items():
        change = np.abs(steps[name] - steps[names[names.index(name) - 1]])
        moved = np.maximum(change, gross.get(name, 0.0))
        variance += (share * moved) ** 2 + np.where(moved > 0, moved * share, 0.0)
    result = np.zeros(pupils.shape)
    result[:, :, 0] = np.sqrt(variance)
    for step in range(1, pupils.shape[1]):
        result[:, step, 1:] = result[:, step - 1, :-1]
    return result


def of_break(panel: Panel, grades: Grades, horizons: int) -> np.ndarray:
    """Return the standard deviation that a broken last year adds: as much as was drawn back of it, cohort by cohort.

    Parameters
    ----------
    panel : Panel
        The stage as it was counted.
    grades : Grades
        As it was taken, with a broken year drawn back.
    horizons : int
        Years ahead.

    Returns
    -------
    ndarray of float, shape (S, H, G)
        Children; nought where the last year was like the others.
    """
    gap = np.nan_to_num(np.abs(panel.pupils[:, -1] - grades.pupils))
    result = np.repeat(gap[:, None, :1], horizons, axis=1) * np.ones((1, 1, gap.shape[1]))
    for step in range(min(horizons, gap.shape[1] - 1)):
        result[:, step, step + 1 :] = gap[:, : -step - 1]
    return result


def least_sure(
    district: District,
    record: StageRecord,
    grades: Grades,
    steps: dict[str, np.ndarray],
    gross: dict[str, np.ndarray],
    tuning: Tuning,
) -> pd.DataFrame:
    """Name the schools and years that the forecast of one stage is least sure of.

    Parameters
    ----------
    district : District
        When schools opened.
    record : StageRecord
        The stage at the origin.
    grades : Grades
        Grades at the origin.
    steps : dict of str to ndarray
        Driver → (S, H) intake after that step.
    gross : dict of str to ndarray
        ``redraw`` and ``closure`` → (S, H) children who come and go.
    tuning : Tuning
        Which lines were taken.

    Returns
    -------
    DataFrame
        The table ``outlook.cautions``; school_id is empty where it is about the whole stage.
    """
    rows = [*_of_schools(district, record, grades), *_of_steps(record, steps, gross), *_of_stage(record, tuning)]
    return schema.typed("outlook.cautions", pd.DataFrame(sorted(set(rows)), columns=COLUMNS))


def _of_schools(district: District, record: StageRecord, grades: Grades) -> list[tuple]:
    """Return cautions of single schools: new, young, merged, phased out, rolls missing."""
    panel, origin, rows = record.panel, record.panel.last_year, []
    counted = np.isfinite(panel.pupils).any(axis=2)
    here = np.isfinite(grades.pupils).any(axis=1)
    missing = existing.missing(panel.pupils, panel.lost)[:, -SHORT:]
    first = np.where(counted.any(axis=1), panel.first_year + np.argmax(counted, axis=1), origin + 1)
    lost = np.zeros(len(here), dtype=bool) if panel.lost is None else panel.lost.any(axis=1)
    opened = district.schools.set_index("school_id")["opened_year"].astype(float).reindex(record.schools).to_numpy()
    valid = np.flatnonzero(counted.any(axis=0))
    begun = panel.first_year + int(valid[0]) if len(valid) else origin  # before it nobody is known to have been open
    for row, school in enumerate(record.schools):
        cautions = [
            ("new", not here[row] and opened[row] > origin - 1),
            ("young", here[row] and not lost[row] and first[row] > max(origin - YOUNG, begun)),
            ("merged", any((np.delete(heir, row) == row).any() for heir in record.heirs)),
            ("phase_out", here[row] and (grades.ends[row] < existing.NEVER).any()),
            ("missing", here[row] and (missing[row].any() or lost[row])),
            ("top_gone", here[row] and _top_gone(panel.pupils[row], valid)),
        ]
        rows += [(school, record.name, name, origin) for name, holds in cautions if holds]
    return rows


def _top_gone(pupils: np.ndarray, valid: np.ndarray) -> bool:
    """Tell whether the highest grade of the year before is not there any more though its children were; (Y, G)."""
    if len(valid) < 2 or valid[-1] != len(pupils) - 1:
        return False
    now, then = (np.nan_to_num(pupils[valid[place]]) for place in (-1, -2))
    if not now.any() or not then.any():
        return False
    top = int(np.flatnonzero(then)[-1])
    return bool(top > np.flatnonzero(now)[-1] and (top == 0 or then[top - 1] >= existing.TINY))


def _of_steps(record: StageRecord, steps: dict[str, np.ndarray], gross: dict[str, np.ndarray]) -> list[tuple]:
    """Return cautions of schools whose intake a step moves, with the first year it does."""
    names, rows = list(steps), []
    whole = np.maximum(steps[names[-1]], 1.0)
    for name in UNSURE:
        change = np.abs(steps[name] - steps[names[names.index(name) - 1]])
        much = np.maximum(change, gross.get(name, 0.0)) > NAMED * whole
        rows += [
            (record.schools[row], record.name, name, record.panel.last_year + 1 + int(np.argmax(much[row])))
            for row in np.flatnonzero(much.any(axis=1))
        ]
    return rows


def _of_stage(record: StageRecord, tuning: Tuning) -> list[tuple]:
    """Return cautions of the whole stage: a short history, a broken year, totals drawn to what they were."""
    panel = record.panel
    pupils = np.nansum(existing.without_gaps(panel), axis=(0, 2))
    valid = np.flatnonzero(pupils > 0)
    rows = [("", record.name, "short", panel.first_year)] if len(valid) < SHORT else []
    last = sizes.LAST in tuning.lines
    latest = tuning.capture_years == 1 and sizes.births_known(panel)
    drawn = [
        ("size", tuning.hold > 0),
        ("capture", latest),
        ("line", any(tuning.lines) and not last),
        ("last_line", last),
        ("standing", record.stood),
    ]
    rows += [("", record.name, name, panel.last_year + 1) for name, holds in drawn if holds]
    broken = existing.breaks(pupils)
    if broken and broken[-1] == len(pupils) - 1:
        rows.append(("", record.name, "last_break", panel.last_year))
    return rows + [("", record.name, "break", panel.first_year + year) for year in broken]
