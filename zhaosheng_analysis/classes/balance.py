"""How even classes are: a table a class, a quick screen for many grades, and an exact test of one list.

The question is always "could a lot have made this list?". The measure of unevenness is the share of a trait's variance
that lies between the classes; under a lot, (n − 1) times it is close to χ² with k − 1 degrees of freedom (for a trait
of two values it is Pearson's χ² with fixed margins), and a permutation gives the exact chance.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery

TRAITS = {"sex": "性别", "age_months": "月龄", "migrant": "随迁子女", "feeder": "毕业小学"}
DRAWS = 999
GROUP = ["school_id", "grade"]


def age_months(birth_on: pd.Series, on: pd.Timestamp) -> pd.Series:
    """Return the age in whole months on a day.

    Parameters
    ----------
    birth_on : Series of datetime
        Days of birth.
    on : Timestamp
        The day.

    Returns
    -------
    Series of int
        Months on the same index.
    """
    return (on.year - birth_on.dt.year) * 12 + on.month - birth_on.dt.month - (birth_on.dt.day > on.day)


def by_class(pupils: pd.DataFrame) -> pd.DataFrame:
    """Count each class.

    Parameters
    ----------
    pupils : DataFrame
        Columns class_no, sex (male, female), birth_on and, where known, migrant (bool).

    Returns
    -------
    DataFrame
        One row a class: class_no, pupils_n, male_n, female_n, male_share, mean_months (age on the last day of August of
        the latest entry), migrant_share.
    """
    on = _end_of_august(pupils["birth_on"])
    frame = pupils.assign(male=pupils["sex"].eq("male"), months=age_months(pupils["birth_on"], on))
    frame["migrant"] = frame.get("migrant", pd.Series(np.nan, index=frame.index)).astype(float)
    counts = frame.groupby("class_no").agg(
        pupils_n=("male", "size"),
        male_n=("male", "sum"),
        mean_months=("months", "mean"),
        migrant_share=("migrant", "mean"),
    )
    counts.insert(2, "female_n", counts["pupils_n"] - counts["male_n"])
    counts.insert(3, "male_share", counts["male_n"] / counts["pupils_n"])
    return counts.reset_index()


def _end_of_august(birth_on: pd.Series) -> pd.Timestamp:
    """Return a day by which all are born, so that ages are comparable."""
    return pd.Timestamp(int(birth_on.dt.year.max()) + 6, 8, 31)


def screen(pupils: pd.DataFrame, *, seed: str, traits: Iterable[str]) -> pd.DataFrame:
    """Test every school and grade by the χ² approximation; small p: hardly a lot. A single class is always even.

    Parameters
    ----------
    pupils : DataFrame
        Columns school_id, grade, class_no and the traits (age_months is made from birth_on).
    seed : str
        Kept for the exact test of what the screen catches.
    traits : iterable of str
        Names of the columns to test.

    Returns
    -------
    DataFrame
        One row a school, grade and trait: school_id, grade, trait, classes_n, pupils_n, p in (0, 1].
    """
    frame = pupils
    if "age_months" in traits:
        frame = frame.assign(age_months=age_months(frame["birth_on"], _end_of_august(frame["birth_on"])))
    parts = [_screened(frame, trait) for trait in traits]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(seed=seed)


def _screened(frame: pd.DataFrame, trait: str) -> pd.DataFrame:
    """Test one trait of every school and grade at once."""
    from scipy import stats

    values = frame[trait].eq("male") if trait == "sex" else frame[trait]
    cells = frame[[*GROUP, "class_no"]].assign(x=values.astype(float)).dropna(subset="x")
    cells["square"] = cells["x"] ** 2
    classes = cells.groupby([*GROUP, "class_no"]).agg(n=("x", "size"), total=("x", "sum"), squares=("square", "sum"))
    classes["between"] = classes["total"] ** 2 / classes["n"]
    grades = classes.groupby(level=GROUP).agg(
        pupils_n=("n", "sum"),
        total=("total", "sum"),
        squares=("squares", "sum"),
        between=("between", "sum"),
        classes_n=("n", "size"),
    )
    centre = grades["total"] ** 2 / grades["pupils_n"]
    spread = grades["squares"] - centre
    share = ((grades["between"] - centre) / spread.where(spread > 1e-9)).fillna(0).clip(lower=0)
    statistic = (grades["pupils_n"] - 1) * share
    p = stats.chi2.sf(statistic, (grades["classes_n"] - 1).clip(lower=1))
    table = grades.assign(p=np.where(grades["classes_n"] > 1, p, 1.0), trait=trait).reset_index()
    return table[[*GROUP, "trait", "classes_n", "pupils_n", "p"]]


def unevenness(values: np.ndarray, classes: np.ndarray) -> float:
    """Measure the share of a trait's variance that lies between classes, 0 (even) to 1 (sorted).

    Parameters
    ----------
    values : ndarray of float, shape (pupils,) or (pupils, columns)
        The trait of each pupil; a trait may have many columns.
    classes : ndarray, shape (pupils,)
        Class of each.

    Returns
    -------
    float
        The share, in [0, 1].
    """
    values = _columns(values)
    codes = np.unique(classes, return_inverse=True)[1]
    sizes = np.bincount(codes)
    centred = values - values.mean(axis=0)
    sums = np.column_stack([np.bincount(codes, weights=column) for column in centred.T])
    total = (centred**2).sum()
    return float((sums**2 / sizes[:, None]).sum() / total) if total > 0 else 0.0


def _columns(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[:, None] if values.ndim == 1 else values


def permutation_test(values: np.ndarray, classes: np.ndarray, *, seed: str, draws: int = DRAWS) -> dict[str, float]:
    """Ask of one list whether a lot could have made it: deal the same pupils anew many times and compare.

    Parameters
    ----------
    values : ndarray of float, shape (pupils,) or (pupils, columns)
        Trait of each pupil as a number, or a column for each of its values (毕业小学).
    classes : ndarray, shape (pupils,)
        Class of each.
    seed : str
        Any text; the same text gives the same answer.
    draws : int, default DRAWS
        Lists dealt.

    Returns
    -------
    dict of str to float
        Keys unevenness, expected (mean of the dealt lists) and p: the share of lists (this one counted) at least as
        uneven. A small p says hardly a lot; a large one says nothing against the list.
    """
    values, classes = _columns(values), np.asarray(classes)
    # Sorted, so that the answer does not hang on the order of the rows.
    order = np.lexsort((*values.T, classes))
    values, classes = values[order], classes[order]
    sizes = np.unique(classes, return_counts=True)[1]
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    centred = values - values.mean(axis=0)
    total, observed = (centred**2).sum(), unevenness(values, classes)
    if total == 0:
        return {"unevenness": 0.0, "expected": 0.0, "p": 1.0}
    generator = lottery.generator(seed, "permutation-test")
    dealt = generator.permuted(np.broadcast_to(np.arange(len(values)), (draws, len(values))), axis=1)
    between = np.zeros(draws)
    for column in centred.T:
        between += (np.add.reduceat(column[dealt], starts, axis=1) ** 2 / sizes).sum(axis=1)
    as_uneven = int((between / total >= observed - 1e-12).sum())
    return {"unevenness": observed, "expected": float(between.mean() / total), "p": (1 + as_uneven) / (1 + draws)}
