"""One stage of a district carried forward: cohorts first, then new flats, new zones, new schools and closures.

Each step leaves a line, so that every school's change can be told (`outlook_tables.drivers`). What moves, moves as
whole cohorts and is lost nowhere: a unit's children leave one school's intake and join another's; a closed school's
pupils follow to its heir.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import (
    aggregates,
    cautions,
    cell_intervals,
    existing,
    feeders,
    housing,
    panels,
    past_forecasts,
    projection,
    replays,
    rolls,
    tuning,
)
from zhaosheng_analysis.forecast.existing import Grades
from zhaosheng_analysis.forecast.intervals import Calibration
from zhaosheng_analysis.forecast.panels import StageRecord
from zhaosheng_analysis.forecast.progression import Tuning
from zhaosheng_analysis.forecast.replays import carried, closed, redrawn
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import STAGES, empty
from zhaosheng_analysis.zones import memberships

#: Before there is a past to tune on: pupils lent by area and district; half of a zone's own growth is believed, and
#: three quarters of a feeder's; a primary's intake leans on its zone's children as much as on its own past.
DEFAULT = {
    "primary": Tuning(strengths=(5000.0, 5000.0), betas=(0.5,), lean=0.5),
    "junior": Tuning(strengths=(5000.0, 5000.0), betas=(0.75,)),
}


@dataclass(frozen=True)
class Coming:
    """Coming pupils of one stage, arrays by school (S), horizon (H) and grade (G).

    Attributes
    ----------
    record : StageRecord
        The arrays it was made from.
    pupils : ndarray, shape (S, H, G)
        Children expected.
    steps : dict of str to ndarray
        Driver → (S, H) intake after that step, in order; ``last`` first.
    past : Past
        Forecasts of past origins beside what came.
    scored : dict of str to Calibration
        Calibrations by kind of cell, see `cell_intervals.KINDS`.
    tunings : dict of int to Tuning
        Origin → tuning, each chosen on what lay before it.
    together : dict of str to float
        ``area`` and ``district`` → share of the variance that the schools of one have in common.
    forecasts : dict of int to ndarray
        Past origin → (S, H, G) as it would have been forecast then, closures, openings and redraws carried out.
    grades : Grades
        Which grades each school has at the origin and later.
    unsure : ndarray, shape (S, H, G)
        Standard deviation that housing, migrants, redraws and closures add.
    cautions : DataFrame
        The table ``outlook.cautions`` of the stage.
    """

    record: StageRecord
    pupils: np.ndarray
    steps: dict[str, np.ndarray]
    past: past_forecasts.Past
    scored: dict[str, Calibration]
    tunings: dict[int, Tuning]
    together: dict[str, float]
    forecasts: dict[int, np.ndarray]
    grades: Grades
    unsure: np.ndarray
    cautions: pd.DataFrame


def advance(
    district: District,
    record: StageRecord,
    horizons: int,
    *,
    scenario: str = "mid",
    yields: tuple[float, ...] = housing.YIELDS,
    migrants: Mapping[int, float] = MappingProxyType({}),
) -> Coming:
    """Carry one stage forward from the last year of its panel.

    Parameters
    ----------
    district : District
        Closures, successors and the table of housing where there is one.
    record : StageRecord
        From `panels.assemble`.
    horizons : int
        Coming years.
    scenario : str, default "mid"
        For cohorts that are not born yet.
    yields : tuple of float, default housing.YIELDS
        First graders a flat, by years since it was handed over.
    migrants : mapping of int to float, default MappingProxyType({})
        Year → more first graders of migrant families than now.

    Returns
    -------
    Coming
        The stage carried forward.
    """
    panel, origin = record.panel, record.panel.last_year
    past_origins = past_forecasts.origins(panel, origin)
    tunings = tuned(record, past_origins)
    base = projection.project(panel, origin, horizons, tunings[origin], scenario=scenario)
    steps = {name: np.nan_to_num(values) for name, values in base.entry.steps.items()}
    last = existing.without_gaps(panel)[:, -1:, 0]
    steps["last"] = np.nan_to_num(last) * np.ones((1, horizons))
    steps["housing"] = steps["size"] + new_flats(district, record, steps["size"], yields)
    steps["migrants"] = steps["housing"] + by_policy(district, record, steps["housing"], migrants)
    steps["redraw"] = redrawn(record, steps["migrants"])
    steps["closure"] = closed(steps["redraw"], record.takers)
    pupils = carried(base, steps["closure"], record.heirs)
    gross = {"redraw": replays.turnover(record, steps["migrants"])}
    gross["closure"] = np.abs(steps["closure"] - steps["redraw"])
    unsure = np.hypot(cautions.unsure(steps, gross, pupils), cautions.of_break(panel, base.grades, horizons))
    doubts = cautions.least_sure(district, record, base.grades, steps, gross, tunings[origin])
    forecasts = replays.forecasts(district, record, past_origins, horizons, tunings)
    past = past_forecasts.replay(panel, past_origins, horizons, tunings, forecasts=forecasts)
    scored = cell_intervals.calibrations(past)
    together = {
        name: aggregates.common_share(aggregates.collect(past, scored, group))
        for name, group in zip(("area", "district"), panel.levels, strict=True)
    }
    return Coming(record, pupils, steps, past, scored, tunings, together, forecasts, base.grades, unsure, doubts)


def tuned(record: StageRecord, past_origins: list[int]) -> dict[int, Tuning]:
    """Tune every origin on its own past; one whose zones' cohorts were not known then may not lean on them."""
    default, origin = DEFAULT[record.name], record.panel.last_year
    then = default if record.alike else replace(default, betas=(0.0,), lean=0.0)
    before = tuning.tune_all(record.panel, past_origins, default=then, zoned=record.alike)
    return before | tuning.tune_all(record.panel, [origin], default=default, zoned=record.alike)


def new_flats(district: District, record: StageRecord, intakes: np.ndarray, yields: tuple[float, ...]) -> np.ndarray:
    """Return first graders of flats beyond the trend, (S, H); grade seven has none before they grow up.

    Those of estates in no school's zone come to the schools as the intakes do, until a zone names them.
    """
    if record.name != "primary" or "housing" not in district.tables:
        return np.zeros_like(intakes)
    units = district.units["unit_id"].tolist()
    origin = record.panel.last_year
    options = {"origin": origin, "horizons": intakes.shape[1], "yields": yields}
    newcomers = housing.newcomers(district.tables["housing"], units, record.now, **options)
    return newcomers[:-1] + newcomers[-1] * intakes / np.maximum(intakes.sum(axis=0), 1e-9)


def by_policy(
    district: District, record: StageRecord, intakes: np.ndarray, migrants: Mapping[int, float]
) -> np.ndarray:
    """Spread first graders of migrant families over the schools, (S, H); grade seven has none before they grow up.

    They come where children live who are not registered there; where nobody knows, as the intakes do.
    """
    result = np.zeros_like(intakes)
    if record.name != "primary" or not migrants:
        return result
    units, cohorts = district.units["unit_id"].tolist(), district.tables.get("cohorts", empty("cohorts"))
    coming = [record.panel.last_year + 1 + step for step in range(intakes.shape[1])]
    living, registered = (
        memberships.children(cohorts, units, coming, column=f"{who}_n") for who in ("resident", "hukou")
    )
    strangers = record.now[:, :-1].T @ np.nan_to_num(np.maximum(living - registered, 0.0))
    weights = np.where(strangers.sum(axis=0) > 0, strangers, intakes)
    wanted = np.array([float(migrants.get(year, 0.0)) for year in coming])
    spread = wanted * weights / np.maximum(weights.sum(axis=0), 1e-9)
    return np.maximum(spread, -intakes)


def carry(
    district: District, origin: int, horizons: int, *, seats: Mapping, shares, invalid, **options
) -> dict[str, Coming]:
    """Carry the primary stage forward, then the juniors that its leavers feed; options as in `advance`.

    Parameters
    ----------
    district : District
        District whose tables are read.
    origin : int
        September of the last year that may be looked at.
    horizons : int
        Number of coming years.
    seats : Mapping
        Planned seats by school, by stage.
    shares : mapping of (str, str) to float or None
        Share of a choice zone's children by (zone_id, school_id).
    invalid : tuple of int
        Septembers to leave out.
    **options : object
        As for `advance`.

    Returns
    -------
    dict of str to Coming
        Stages by name, for those that have schools with pupils.
    """
    coming = {}
    for name in STAGES:
        if not rolls.has_pupils(district, name):
            continue
        record = panels.assemble(district, name, origin, horizons, seats=seats[name], shares=shares, invalid=invalid)
        if name == "junior" and "primary" in coming:
            record = feeders.fed(
                district, record, coming["primary"].record, coming["primary"].tunings, coming["primary"].pupils
            )
        if record.schools:
            coming[name] = advance(district, record, horizons, **options)
    return coming
