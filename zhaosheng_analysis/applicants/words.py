"""Columns of words, compared as they are stored."""

import numpy as np
import pandas as pd


def is_one(evidence: pd.DataFrame, column: str, *values: str) -> np.ndarray:
    """Tell in which rows a column is one of some words; a blank is none.

    Parameters
    ----------
    evidence : DataFrame
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
    return evidence[column].isin(values).to_numpy(dtype=bool)  # compared as stored: no object is made of a word
