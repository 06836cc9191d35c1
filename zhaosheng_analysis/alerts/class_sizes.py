"""Class sizes to come, and where large classes come back: 45|46, 50|51, 55|56 and 65|66 pupils."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import empty

SIZE_NAMES = {"ok": "不超标准班额", "over": "超过标准班额", "oversized": "大班额", "super": "超大班额"}


def size_flag(size: pd.Series, stage: pd.Series, policy: Policy) -> pd.Series:
    """Judge class sizes: ok, over, oversized or super.

    The lines lie at 45|46 (primary), 50|51 (junior), 55|56 and 65|66.

    Parameters
    ----------
    size : Series of int
        Pupils in the largest class; unknown is ok.
    stage : Series of str
        Primary or junior, aligned with `size`.
    policy : Policy
        Its capacity names the sizes.

    Returns
    -------
    Series of str
        On the same index.
    """
    capacity = policy.capacity
    standard = stage.map(dict(capacity.standard)).astype(float)
    number = size.astype(float)
    bands = [number >= capacity.super_oversized, number >= capacity.oversized, number > standard]
    return pd.Series(np.select(bands, ["super", "oversized", "over"], "ok"), index=size.index, dtype="str")


def counts(district: District, policy: Policy) -> pd.DataFrame:
    """Count the classes above each limit, by school year and stage, from the class lists.

    A class of 66 counts as oversized and as super-oversized, as in the national statistics.

    Parameters
    ----------
    district : District
        With the table classes; without it nothing is counted.
    policy : Policy
        Its capacity names the limits.

    Returns
    -------
    DataFrame
        school_year, stage, formed_n, over_n, oversized_n, super_n, largest_n, oversized_share; the last year first.
    """
    classes = district.tables.get("classes", empty("classes"))
    stage, size, limits = district.school_system.stage_of(classes["grade"]), classes["pupils_n"], policy.capacity
    marks = classes.assign(
        stage=stage,
        over=size > stage.map(dict(limits.standard)).astype(float),
        oversized=size >= limits.oversized,
        super=size >= limits.super_oversized,
    )
    counted = marks.groupby(["school_year", "stage"]).agg(
        formed_n=("pupils_n", "size"),
        over_n=("over", "sum"),
        oversized_n=("oversized", "sum"),
        super_n=("super", "sum"),
        largest_n=("pupils_n", "max"),
    )
    counted = counted.assign(oversized_share=counted["oversized_n"] / counted["formed_n"]).reset_index()
    return counted.sort_values(["school_year", "stage"], ascending=[False, False], kind="stable")


def newly_oversized(table: pd.DataFrame, outlook: Outlook, policy: Policy) -> pd.Series:
    """Tell whether a school would have a 大班额 (56 and more) in a year while it had none at the origin.

    By the children expected or, where ``new_oversized`` says upper, by the upper end of the 80 % interval (A-LT19).

    Parameters
    ----------
    table : DataFrame
        Rows of flags with class_flag and high80_n.
    outlook : Outlook
        The forecast; its grades show the origin.
    policy : Policy
        Its capacity names the sizes, its warning the lines.

    Returns
    -------
    Series of bool
        On the same index.
    """
    observed = outlook.grades[outlook.grades["year"] == outlook.origin_year]
    stage = outlook.school_system.stage_of(observed["grade"])
    largest = observed.groupby([observed["school_id"], stage])["class_size_n"].max()
    then = largest.reindex(pd.MultiIndex.from_frame(table[["school_id", "stage"]])).astype(float).to_numpy()
    had = np.nan_to_num(then) >= policy.capacity.oversized
    return large(table, policy) & ~had


def large(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Tell whether the classes of a row would be oversized, by the median or the upper end of the forecast.

    Parameters
    ----------
    table : DataFrame
        Rows of flags with class_flag and high80_n.
    policy : Policy
        Its capacity names the sizes, its warning the lines.

    Returns
    -------
    Series of bool
        On the same index.
    """
    if policy.parameter("new_oversized", "expected") == "expected":
        return table["class_flag"].isin(["oversized", "super"])
    return upper_size(table).ge(policy.capacity.oversized).fillna(value=False).astype(bool)


def upper_size(table: pd.DataFrame) -> pd.Series:
    """Return the class size at the upper end of the 80 % interval, if nobody is turned away.

    Parameters
    ----------
    table : DataFrame
        Rows of flags with classes_n and high80_n.

    Returns
    -------
    Series of int
        Pupils, missing where no class is planned.
    """
    planned = table["classes_n"].astype(float)
    return np.ceil(table["high80_n"].astype(float) / planned.where(planned > 0)).astype("Int64")


def class_outlook(outlook: Outlook, policy: Policy) -> pd.DataFrame:
    """Return class sizes by school, grade and year if nobody is turned away.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    policy : Policy
        Its capacity names the sizes, its warning the lines.

    Returns
    -------
    DataFrame
        Columns school_id, name, stage, year, grade, pupils_n, classes_n, class_size_n, flag (ok, over, oversized,
        super) and newly (the school had no 大班额 the year before).
    """
    table = outlook.grades.copy()
    table["stage"] = outlook.school_system.stage_of(table["grade"])
    table["flag"] = size_flag(table["class_size_n"], table["stage"], policy)
    names = outlook.schools.drop_duplicates("school_id").set_index("school_id")["name"]
    table["name"] = table["school_id"].map(names)
    table = table.sort_values(["school_id", "grade", "year"], ignore_index=True)
    large = table["class_size_n"].ge(policy.capacity.oversized).fillna(value=False).astype(bool)
    anyone = large.groupby([table["school_id"], table["stage"], table["year"]]).any()
    keys = pd.MultiIndex.from_arrays([table["school_id"], table["stage"], table["year"] - 1])
    before = anyone.reindex(keys, fill_value=False).to_numpy()
    table["newly"] = large & ~before
    columns = ["school_id", "name", "stage", "year", "grade", "pupils_n", "classes_n", "class_size_n", "flag", "newly"]
    return table[columns]
