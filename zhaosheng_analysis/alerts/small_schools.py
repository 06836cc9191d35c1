"""Whether a report names numbers of so few children that it must stay inside the office.

An early warning that left small schools out would hide the very schools it is for. So the report shows all of them and
says at its head that it is 内部; what the public may read is the notice, which hides such numbers (`notices`).
"""

import pandas as pd

from zhaosheng_analysis.schema import small_cells, takes

COUNTS = ["demand_n", "hukou_n"]
#: Said at the head of a report with numbers of few children.
INSIDE = f"内部：含不足 {small_cells.FEWEST} 人的数，不得公布；对外请用预警公告。"


@takes(flags="alerts")
def inside(flags: pd.DataFrame) -> bool:
    """Tell whether a report of these flags shows counts of few children, so that it stays inside.

    Parameters
    ----------
    flags : DataFrame
        From `flag`.

    Returns
    -------
    bool
        Whether it does.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> flags = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> zs.alerts.small_schools.inside(flags)  # nobody has ten children here
    True
    """
    numbers = flags[COUNTS].astype("float64").fillna(0)
    return bool(((numbers > 0) & (numbers < small_cells.FEWEST)).any(axis=None))
