"""The two stages of compulsory school (义务教育): what they are called, and which grades they have."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

STAGES = {"primary": "小学", "junior": "初中"}
GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
ENTRY = {stage: grades[0] for stage, grades in GRADES.items()}
LAST = {stage: grades[-1] for stage, grades in GRADES.items()}


def stage_of(grades: pd.Series) -> pd.Series:
    """Return the stage of each grade: 1 to 6 primary, 7 to 9 junior.

    Parameters
    ----------
    grades : Series of int
        Grades 1 to 9.

    Returns
    -------
    Series of str
        Primary or junior, on the same index.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.stage_of(pd.Series([1, 6, 7])).to_list()
    ['primary', 'primary', 'junior']
    """
    return pd.Series(np.where(grades <= LAST["primary"], "primary", "junior"), index=grades.index, dtype="str")


def is_entry(grades: pd.Series) -> pd.Series:
    """Say of each grade whether it is the first of its stage: 1 or 7.

    Parameters
    ----------
    grades : Series of int
        Grades 1 to 9.

    Returns
    -------
    Series of bool
        On the same index.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.is_entry(pd.Series([1, 6, 7])).to_list()
    [True, False, True]
    """
    return grades.isin(list(ENTRY.values()))


def is_last(grades: pd.Series) -> pd.Series:
    """Say of each grade whether it is the last of its stage: 6 or 9.

    Parameters
    ----------
    grades : Series of int
        Grades 1 to 9.

    Returns
    -------
    Series of bool
        On the same index.

    Examples
    --------
    >>> import pandas as pd
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.is_last(pd.Series([1, 6, 7])).to_list()
    [False, True, False]
    """
    return grades.isin(list(LAST.values()))


def in_order(stages: Iterable[str]) -> list[str]:
    """Return the stages that occur, primary before junior.

    Parameters
    ----------
    stages : iterable of str
        Stages, in any order and as often as they occur.

    Returns
    -------
    list of str
        Each once.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.schema.in_order(["junior", "primary", "junior"])
    ['primary', 'junior']
    """
    return sorted(set(stages), key=list(STAGES).index)
