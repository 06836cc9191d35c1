"""Which schools and years a report leaves out: so few children that a number would point at them.

A report shows the numbers of every school beside the sums of the district, so that one school that is left out would
follow by subtraction: another is left out with it, one that lacks no seats and is the smallest of those that are left.
Where all schools are that small the report shows them all and says that it is 内部.
"""

import pandas as pd

from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.schema import STAGES, small_cells, takes

COUNTS = ["demand_n", "hukou_n"]
KEYS = ["school_id", "stage", "year"]
#: Said at the head of a report that hides nothing.
INSIDE = f"内部：含不足 {small_cells.FEWEST} 人的数，不得公布；对外请用预警公告。"


@takes(flags="alerts")
def shown(flags: pd.DataFrame, outlook: Outlook) -> pd.DataFrame:
    """Return the flags a report may show: without the rows of few children, nor those that would tell them.

    Parameters
    ----------
    flags : DataFrame
        From `flag`.
    outlook : Outlook
        The forecast behind them; it tells the last intake of each school.

    Returns
    -------
    DataFrame
        Some of the rows; all of them where none would be left (`inside`).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> flags = zs.alerts.flag(outlook, rules)
    >>> len(zs.alerts.small_schools.shown(flags, outlook)) == len(flags)  # nobody has ten children here
    True
    """
    left = flags[~_hidden(flags, outlook)]
    return left if len(left) else flags


@takes(flags="alerts", told="alerts")
def left_out(flags: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Name the schools and years that are not shown.

    Parameters
    ----------
    flags : DataFrame
        From `flag`.
    told : DataFrame
        From `shown`.

    Returns
    -------
    DataFrame
        Columns name, stage and years (in words), a row a school and stage.
    """
    rest = flags[~pd.MultiIndex.from_frame(flags[KEYS]).isin(pd.MultiIndex.from_frame(told[KEYS]))]
    groups = rest.sort_values(KEYS).groupby(["name", "stage"], sort=False)["year"]
    years = groups.agg(lambda some: "、".join(map(str, some))).rename("years").reset_index()
    return years.assign(order=years["stage"].map(list(STAGES).index)).sort_values(["order", "name"], ignore_index=True)[
        ["name", "stage", "years"]
    ]


@takes(told="alerts")
def inside(told: pd.DataFrame) -> bool:
    """Tell whether a report of these flags shows counts of few children, so that it stays inside.

    Parameters
    ----------
    told : DataFrame
        From `shown`.

    Returns
    -------
    bool
        Whether it does.
    """
    return bool(_few(told[COUNTS]).any(axis=None))


def _few(counts: pd.DataFrame) -> pd.DataFrame:
    numbers = counts.astype("float64").fillna(0)
    return (numbers > 0) & (numbers < small_cells.FEWEST)


def _hidden(flags: pd.DataFrame, outlook: Outlook) -> pd.Series:
    """Return which rows must not be shown, each stage and year by itself."""
    changes = outlook.drivers.groupby(KEYS)["pupils_n"].sum().rename("change_n").reset_index()
    counts = flags[[*KEYS, *COUNTS]].merge(changes, on=KEYS, how="left", validate="1:1").set_axis(flags.index)
    before = (counts["demand_n"].astype("float64") - counts["change_n"].astype("float64").fillna(0)).rename("before_n")
    small = _few(flags[COUNTS].assign(before_n=before))
    hidden, numbers = small.any(axis=1), flags[COUNTS].astype("float64").fillna(0)
    needed = flags["missing_seats_n"].gt(0) | flags["level"].ne("green") | flags["colour"].ne("green")
    for _, rows in flags.groupby(["stage", "year"], sort=True):
        for name in COUNTS:
            _besides(hidden, numbers.loc[rows.index, name], small.loc[rows.index, name], needed)
    return hidden


def _besides(hidden: pd.Series, numbers: pd.Series, small: pd.Series, needed: pd.Series) -> None:
    """Hide further rows until the small ones do not follow from their sum; those a decision hangs on come last."""
    while small.any():
        some = numbers[hidden[numbers.index] & (numbers > 0)]
        if len(some) > 1 and some.sum() > len(some):  # otherwise there is one, or each of them is one child
            return
        others = numbers[~hidden[numbers.index] & (numbers > 0)]
        if others.empty:
            return
        order = pd.DataFrame({"needed": needed[others.index], "n": others}).sort_values(["needed", "n"], kind="stable")
        hidden[order.index[0]] = True
