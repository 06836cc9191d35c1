"""Days of a policy: what is on time for one, and when it ends."""

from datetime import date

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import Policy, conditions

__all__ = ["by", "cut"]


def by(moments: np.ndarray, policy: Policy, name: str) -> np.ndarray:
    """Tell which moments are on time for a date of the policy; a missing moment is not.

    Whether the day itself counts is in the text (含, 及以前, 不含) or else the parameter ``cutoff.inclusive`` (A-G1).

    Parameters
    ----------
    moments : ndarray of datetime64[us]
        Moments; a missing one is not on time.
    policy : Policy
        Rules that have the date.
    name : str
        Name of the date.

    Returns
    -------
    ndarray of bool, shape (moments,)
        Whether each is on time.
    """
    policy.date(name)  # says which are there where this one is not
    inclusive = bool(policy.parameter("cutoff.inclusive", default=True))
    return conditions.on_time(moments, policy.dates[name], inclusive=inclusive)


def cut(on: date) -> pd.Timestamp:
    """Return the last moment of a day.

    Parameters
    ----------
    on : date
        A day.

    Returns
    -------
    Timestamp
        Its last microsecond.
    """
    return pd.Timestamp(on) + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
