"""The frames of an outlook, made from arrays: whole children, seats carried forward, drivers that add up.

How well the past was forecast is tabulated in `accuracy`, the plans stand in `plans_in_force`.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import aggregates, cell_intervals, intervals
from zhaosheng_analysis.forecast.plans_in_force import in_force, planned
from zhaosheng_analysis.forecast.stages import Coming
from zhaosheng_analysis.geodata import District

COUNTS = ("demand_n", "low80_n", "high80_n", "low95_n", "high95_n", "hukou_n", "seats_n", "classes_n", "class_size_n")
COUNTS += ("resident_n", "rising_n")


def whole(values: np.ndarray) -> np.ndarray:
    """Round to whole children, halves up, nan kept.

    Parameters
    ----------
    values : ndarray of float
        Children.

    Returns
    -------
    ndarray of float
        Whole numbers.
    """
    return np.floor(values + 0.5)


def schools(district: District, coming: Coming, years: Iterable[int], origin: int) -> pd.DataFrame:
    """Tabulate the intake of every school and year of one stage.

    Parameters
    ----------
    district : District
        Schools and plans.
    coming : Coming
        One stage carried forward.
    years : iterable of int
        Septembers.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    DataFrame
        One row a school and year: intake, intervals, registered children, seats, p_short.
    """
    facts = district.schools.set_index("school_id").reindex(coming.record.schools)
    years, parts = list(years), []
    plans = in_force(district, coming.record.name, years)
    for year in years:
        plan = plans[year].reindex(coming.record.schools)
        parts.append(_school_rows(coming, facts, plan.astype(float), year, year - origin))
    frame = pd.concat(parts, ignore_index=True).astype({"area_id": "str"} | dict.fromkeys(COUNTS, "Int64"))
    return frame[frame["school_id"].isin(_present(coming)) & _takes_children(district, frame)]


def _school_rows(coming: Coming, facts: pd.DataFrame, plan: pd.DataFrame, year: int, ahead: int) -> pd.DataFrame:
    """Return the schools of one stage in one September, `ahead` years from the origin."""
    record, cells, expected = coming.record, coming.scored["entry"], coming.pupils[:, ahead - 1, 0]
    unsure = coming.unsure[:, ahead - 1, 0]
    # A school that takes nobody new takes nobody, whatever is doubtful of others.
    takes = record.takers[ahead - 1] == np.arange(len(expected))
    (low80, high80), (low95, high95) = (
        [np.where(takes, end, 0.0) for end in ends]
        for ends in (
            intervals.bounds(cells, expected, ahead, share, unsure=unsure, whole=True) for share in (0.8, 0.95)
        )
    )
    seats = plan["seats_n"].to_numpy()
    return pd.DataFrame(
        {
            "school_id": record.schools,
            "name": facts["name"].to_numpy(),
            "stage": record.name,
            "area_id": facts["area_id"].to_numpy(),
            "sector": facts["sector"].to_numpy(),
            "counted": record.counted,
            "year": year,
            "horizon": ahead,
            "demand_n": whole(expected),
            "low80_n": whole(low80),
            "high80_n": whole(high80),
            "low95_n": whole(low95),
            "high95_n": whole(high95),
            "hukou_n": whole(record.hukou[:, ahead - 1]),
            "resident_n": whole(record.resident[:, year - record.due_first]),
            "rising_n": rising(record.resident[:, : year + 1 - record.due_first]),
            "seats_n": seats,
            "classes_n": plan["classes_n"].to_numpy(),
            "class_size_n": plan["class_size_n"].to_numpy(),
            "p_short": np.where(expected > 0, intervals.exceed(cells, expected, ahead, seats, unsure=unsure), np.nan),
            "calibrated": intervals.is_calibrated(cells, ahead) & ~_unheard(coming),
        }
    )


def _unheard(coming: Coming) -> np.ndarray:
    """Tell which schools nothing is known of: they have no past, so that no past error speaks for them; (S,)."""
    return ~np.isfinite(coming.grades.pupils).any(axis=1)


def rising(resident: np.ndarray) -> np.ndarray:
    """Count for how many years, up to the last column, a zone's resident children have grown from year to year.

    Parameters
    ----------
    resident : ndarray of float, shape (schools, years)
        Resident children.

    Returns
    -------
    ndarray of int, shape (schools,)
        Years.
    """
    grows = np.diff(resident, axis=1) > 0
    return np.cumprod(grows[:, ::-1], axis=1).sum(axis=1)


def _present(coming: Coming) -> set[str]:
    """Return the schools that have pupils at the origin or will have some."""
    pupils = np.nan_to_num(coming.grades.pupils).sum(axis=1) + coming.pupils.sum(axis=(1, 2))
    return {school for school, number in zip(coming.record.schools, pupils, strict=True) if number > 0}


def _takes_children(district: District, frame: pd.DataFrame) -> pd.Series:
    """Whether each row's school is open in its year."""
    years = district.schools.set_index("school_id")[["opened_year", "closed_year"]].apply(pd.to_numeric)
    opened, closed = (frame["school_id"].map(years[name]).astype(float) for name in years)
    return (frame["year"] >= opened.fillna(-np.inf)) & (frame["year"] < closed.fillna(np.inf))


def grades(district: District, coming: Coming, years: Iterable[int], origin: int) -> pd.DataFrame:
    """Tabulate the pupils of every school, year and grade; the origin as observed.

    Parameters
    ----------
    district : District
        Schools and plans.
    coming : Coming
        One stage carried forward.
    years : iterable of int
        Septembers.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    DataFrame
        One row a school, year and grade: pupils, interval, classes, class size.
    """
    plan = planned(district, coming.record.name, origin + 1).reindex(coming.record.schools)["classes_n"]
    classes = observed_classes(district, coming, origin)
    span = district.school_system.grades[coming.record.name]
    parts = [grade_rows(coming, span, origin, observed_pupils(coming), classes, None)]
    for year in years:
        ahead = year - origin
        carried = np.full(classes.shape, np.nan)
        carried[:, ahead:] = classes[:, :-ahead] if ahead < classes.shape[1] else carried[:, ahead:]
        carried[:, :ahead] = plan.to_numpy(dtype=float, na_value=np.nan)[:, None]
        parts.append(grade_rows(coming, span, year, coming.pupils[:, ahead - 1], carried, ahead))
    frame = pd.concat(parts, ignore_index=True)
    observed = largest_classes(district, frame, origin)
    frame["class_size_n"] = observed.fillna(
        np.ceil(frame["pupils_n"] / frame["classes_n"].where(frame["classes_n"] > 0))
    )
    kept = (
        frame["school_id"].isin(_present(coming)) & _takes_children(district, frame) & _exist(district, coming, frame)
    )
    counts = ("pupils_n", "low80_n", "high80_n", "classes_n", "class_size_n")
    return frame[kept].astype(dict.fromkeys(counts, "Int64"))


def _exist(district: District, coming: Coming, frame: pd.DataFrame) -> pd.Series:
    """Leave out the grades that a school that is there neither has at the origin nor ever has pupils in."""
    here = np.isfinite(coming.grades.pupils)
    had = here | (coming.pupils > 0).any(axis=1) | ~here.any(axis=1, keepdims=True)
    rows = pd.Index(coming.record.schools).get_indexer(frame["school_id"])
    columns = frame["grade"].to_numpy() - district.school_system.entry[coming.record.name]
    return pd.Series(had[rows, columns], index=frame.index)


def observed_pupils(coming: Coming) -> np.ndarray:
    """Return the pupils of the origin.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.

    Returns
    -------
    ndarray of float, shape (schools, grades)
        Pupils.
    """
    observed = coming.record.panel.pupils[:, -1]
    return np.nan_to_num(np.where(np.isfinite(observed), observed, coming.grades.pupils))


def observed_classes(district: District, coming: Coming, origin: int) -> np.ndarray:
    """Return the classes of the origin.

    Parameters
    ----------
    district : District
        District with the table roll_counts.
    coming : Coming
        One stage carried forward.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    ndarray of float, shape (schools, grades)
        Classes, nan where the table does not say.
    """
    counts = district.table("roll_counts")
    span = district.school_system.grades[coming.record.name]
    counts = counts[(counts["school_year"] == origin) & counts["grade"].isin(span)]
    table = np.full((len(coming.record.schools), len(span)), np.nan)
    rows = pd.Index(coming.record.schools).get_indexer(counts["school_id"])
    table[rows, counts["grade"].astype(int) - span[0]] = counts["classes_n"].to_numpy(dtype=float, na_value=np.nan)
    return table


def grade_rows(
    coming: Coming, span: range, year: int, pupils: np.ndarray, classes: np.ndarray, ahead: int | None
) -> pd.DataFrame:
    """Tabulate one year.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    span : range
        Grades of the stage.
    year : int
        A September.
    pupils : ndarray of float, shape (schools, grades)
        Pupils.
    classes : ndarray of float, shape (schools, grades)
        Classes.
    ahead : int or None
        Horizon; None for the origin, which is known and has no interval.

    Returns
    -------
    DataFrame
        One row a school and grade.
    """
    count = len(coming.record.schools)
    low, high = pupils.copy(), pupils.copy()
    if ahead is not None:
        low, high = cell_intervals.bounds(coming.scored, pupils, ahead, 0.80, unsure=coming.unsure[:, ahead - 1])
    return pd.DataFrame(
        {
            "school_id": np.repeat(coming.record.schools, len(span)),
            "year": year,
            "grade": np.tile(list(span), count),
            "pupils_n": whole(pupils.ravel()),
            "low80_n": whole(low.ravel()),
            "high80_n": whole(high.ravel()),
            "classes_n": classes.ravel(),
        }
    )


def largest_classes(district: District, frame: pd.DataFrame, origin: int) -> pd.Series:
    """Look up the largest observed class of each row of the origin.

    Parameters
    ----------
    district : District
        District with the table classes.
    frame : DataFrame
        Rows with school_id, year and grade.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    Series of float
        On the same index; nan elsewhere or where classes are not known.
    """
    keys = ["school_id", "grade"]
    classes = district.tables.get(
        "classes", pd.DataFrame({"school_id": [], "school_year": [], "grade": [], "pupils_n": []})
    )
    largest = classes[classes["school_year"] == origin].groupby(keys)["pupils_n"].max()
    cells = pd.MultiIndex.from_frame(frame[keys])
    sizes = pd.Series(largest.reindex(cells).to_numpy(dtype=float, na_value=np.nan), index=frame.index)
    return sizes.where(frame["year"] == origin)


def drivers(coming: Coming, years: Iterable[int], origin: int, kept: pd.DataFrame) -> pd.DataFrame:
    """Tabulate what drives the change from the last intake, in whole children that add up to it.

    Parameters
    ----------
    coming : Coming
        One stage carried forward.
    years : iterable of int
        Septembers.
    origin : int
        September of the last year that may be looked at.
    kept : DataFrame
        Rows of `schools`; others are left out.

    Returns
    -------
    DataFrame
        One row a school, year and driver.
    """
    names = list(coming.steps)
    steps = whole(np.stack([coming.steps[name] for name in names]))
    change = np.diff(steps, axis=0).astype(int)
    parts = [
        pd.DataFrame(
            {
                "school_id": coming.record.schools,
                "stage": coming.record.name,
                "year": year,
                "driver": name,
                "pupils_n": change[place, :, year - origin - 1],
            }
        )
        for year in years
        for place, name in enumerate(names[1:])
    ]
    frame = pd.concat(parts, ignore_index=True)
    keys = ["school_id", "stage", "year"]
    frame = frame.merge(kept[keys], on=keys, how="inner", validate="many_to_one")
    return frame.astype({"pupils_n": "Int64"})


def summed(frame: pd.DataFrame, district: District, together: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    """Add up areas and the district, with intervals that were calibrated on past totals.

    Parameters
    ----------
    frame : DataFrame
        Rows of `schools`.
    district : District
        Its areas name the totals.
    together : mapping of tuple of str, length 2 to float
        Share of the variance that schools have in common by (stage, level), see `aggregates`.

    Returns
    -------
    DataFrame
        One row a (level, id, stage, year).
    """
    sums = ["demand_n", "hukou_n", "seats_n"]
    parts = []
    for level, key in (("area", "area_id"), ("district", None)):
        rows = frame.assign(level=level, id=frame[key] if key else district.id)
        rows = rows[rows["id"].fillna("") != ""]
        keys = ["level", "id", "stage", "year", "horizon"]
        total = rows.groupby(keys)[sums].sum(min_count=1)
        share = np.array([together[stage, level] for stage in total.index.get_level_values("stage")])
        expected = total["demand_n"].to_numpy(dtype=float)
        for side, sign in (("low", -1), ("high", 1)):
            off = (rows[f"{side}80_n"] - rows["demand_n"]).abs().astype(float)
            by_group = pd.DataFrame({"apart": off**2, "as_one": off}).groupby([rows[k] for k in keys]).sum()
            half = aggregates.half_width(by_group["apart"].to_numpy(), by_group["as_one"].to_numpy() ** 2, share)
            for percent, quantile in aggregates.NORMAL.items():
                wide = half * quantile / aggregates.NORMAL[80]
                total[f"{side}{percent}_n"] = whole(np.maximum(expected + sign * wide, 0.0))
        total["common_share"] = share
        parts.append(total.reset_index())
    joined = pd.concat(parts, ignore_index=True)
    names = district.areas.set_index("area_id")["name"]
    joined.insert(2, "name", joined["id"].map(names).where(joined["level"] == "area", district.name).astype("str"))
    counts = dict.fromkeys([*sums, "low80_n", "high80_n", "low95_n", "high95_n"], "Int64")
    return joined.astype({"id": "str"} | counts)


def with_leavers(totals: pd.DataFrame, coming: Iterable[Coming], origin: int) -> pd.DataFrame:
    """Add the leavers of the primaries to the district's juniors: how many, who goes elsewhere, whom nothing leads.

    Parameters
    ----------
    totals : DataFrame
        Totals, as `summed` gives them.
    coming : iterable of Coming
        Stages carried forward.
    origin : int
        September of the last year that may be looked at.

    Returns
    -------
    DataFrame
        The totals with leavers_n, elsewhere_n and unnamed_n.
    """
    counts = ["leavers_n", "elsewhere_n", "unnamed_n"]
    totals = totals.assign(**dict.fromkeys(counts, np.nan))
    for each in coming:
        if each.record.leavers is None:
            continue
        rows = (totals["level"] == "district") & (totals["stage"] == each.record.name)
        ahead = totals.loc[rows, "year"].to_numpy() - origin - 1
        totals.loc[rows, "leavers_n"] = whole(each.record.leavers[ahead])
        totals.loc[rows, "unnamed_n"] = whole(each.record.unnamed[ahead])
        totals.loc[rows, "elsewhere_n"] = totals.loc[rows, "leavers_n"] - totals.loc[rows, "demand_n"].astype(float)
    return totals.astype(dict.fromkeys(counts, "Int64"))
