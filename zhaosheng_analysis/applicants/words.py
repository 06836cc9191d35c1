"""Columns of words, compared as they are stored."""

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Cells


def is_one(evidence: pd.DataFrame | Cells, column: str, *values: str) -> np.ndarray:
    """Tell in which rows a column is one of some words; a blank is none.

    Parameters
    ----------
    evidence : DataFrame or Cells
        One row a child.
    column : str
        Column of words.
    *values : str
        The words.

    Returns
    -------
    ndarray of bool, shape (children,)
        Whether it is.
    """
    return Cells.of(evidence).is_one(column, *values)
