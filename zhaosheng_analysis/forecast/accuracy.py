"""How well the method forecast the years already past, tabulated: error and coverage, by level and horizon."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import aggregates, cell_intervals, existing
from zhaosheng_analysis.forecast.stages import Coming


def accuracy(coming: Coming) -> pd.DataFrame:
    """Tabulate error and coverage of past origins of one stage, by level and horizon.

    Coverage is honest: each origin's intervals are made from forecasts that were over by then.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.

    Returns
    -------
    DataFrame
        Columns stage, level (``school``: the entry grade of a school; ``grade``: the grades above; ``area`` and
        ``district``: totals of the entry grade), horizon, wape (share), coverage80, coverage95 (share; nan where never
        tried), n (the cases of all three), wape_all (with schools and grades opened or closed since; nan for totals).
    """
    past, parts = coming.past, totals_accuracy(coming)
    for ahead in np.unique(past.horizon).tolist():
        rows = past.horizon == ahead
        for level, grade in (("school", slice(0, 1)), ("grade", slice(1, None))):
            expected, observed = past.expected[rows][:, grade], past.observed[rows][:, grade]
            finite = np.isfinite(expected) & np.isfinite(observed)
            if not finite.any():
                continue
            off = np.abs(expected - observed)[finite].sum()
            wape = off / max(observed[finite].sum(), 1.0)
            inside = [cell_intervals.coverage(past, ahead, grade, share) for share in (0.80, 0.95)]
            others, came = changed_schools(coming, ahead, grade)
            whole = (off + others) / max(came, 1.0)
            parts.append((coming.record.name, level, ahead, wape, *inside, int(finite.sum()), whole))
    columns = ["stage", "level", "horizon", "wape", "coverage80", "coverage95", "n", "wape_all"]
    order = pd.CategoricalDtype(["school", "grade", "area", "district"])
    table = pd.DataFrame(parts, columns=columns)
    place = table["level"].astype(order).cat.codes
    return table.assign(place=place).sort_values(["horizon", "place"], ignore_index=True).drop(columns="place")


def changed_schools(coming: Coming, ahead: int, grade: slice) -> tuple[float, float]:
    """Return the error of cells that nobody foresaw or that are gone, and all children who came, in past years.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    ahead : int
        Horizon, in years.
    grade : slice
        Columns of the grades looked at.

    Returns
    -------
    tuple of (float, float)
        Children expected where there is no school or grade and children who came where none was foreseen; children
        who came in all.
    """
    panel, error, whole = coming.record.panel, 0.0, 0.0
    observed, missing = existing.observed(panel), existing.missing(panel.pupils, panel.lost)
    for origin, expected_of in coming.forecasts.items():
        if origin + ahead > panel.last_year or ahead > expected_of.shape[1]:
            continue
        came, expected = observed[:, origin + ahead - panel.first_year, grade], expected_of[:, ahead - 1, grade]
        if not np.isfinite(came).any():
            continue
        one = np.isfinite(came) ^ np.isfinite(expected)
        # A school or grade that goes on and whose roll is missing tells of no error.
        one &= ~missing[:, origin + ahead - panel.first_year, grade]
        error += np.nansum(np.where(one, np.where(np.isfinite(came), came, expected), 0.0))
        whole += np.nansum(came)
    return float(error), float(whole)


def totals_accuracy(coming: Coming) -> list[tuple]:
    """Return the rows of `accuracy` for areas, where schools lie in several, and for the district.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.

    Returns
    -------
    list of tuple
        One tuple a row of `accuracy`.
    """
    past, rows = coming.past, []
    for level, group in zip(("area", "district"), coming.record.panel.levels, strict=True):
        if level == "area" and len(np.unique(group)) in (1, len(group)):
            continue
        sums = aggregates.collect(past, coming.scored, group)
        for ahead in np.unique(past.horizon).tolist():
            now = sums.horizon == ahead
            if not now.any():
                continue
            wape = np.abs(sums.expected - sums.observed)[now].sum() / max(sums.observed[now].sum(), 1.0)
            inside = [aggregates.coverage(past, group, ahead, share) for share in (0.80, 0.95)]
            rows.append((coming.record.name, level, ahead, wape, *inside, int(now.sum()), np.nan))
    return rows
