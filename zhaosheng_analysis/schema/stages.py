"""The two stages of compulsory school (义务教育): what they are called, and which grades they have."""

import numpy as np
import pandas as pd

STAGES = {"primary": "小学", "junior": "初中"}
GRADES = {"primary": range(1, 7), "junior": range(7, 10)}
ENTRY = {stage: grades[0] for stage, grades in GRADES.items()}
LAST = tuple(grades[-1] for grades in GRADES.values())


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
    return pd.Series(np.where(grades <= LAST[0], "primary", "junior"), index=grades.index, dtype="str")
