"""Classmates of a primary school: which units send them, and which of them go on to another junior school than most.

Where a primary promotes as a whole (校校对口) its units are one row of the problem and cannot part. Elsewhere a
boundary of junior zones may run through a primary's zone; how many friends it parts is counted, and weighed on demand.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.redraw import problems
from zhaosheng_analysis.redraw.problems import Problem


def parted(problem: Problem, assignment: pd.Series) -> pd.DataFrame:
    """List the primaries whose pupils would not all go on to one junior school.

    Parameters
    ----------
    problem : Problem
        Of the junior stage; of another there are none.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose: then the first counts.

    Returns
    -------
    DataFrame
        One row a primary that is parted, most children first: primary_id, name, children_n (who enter in the years, of
        units with one junior school), schools_n (junior schools they go to), to (that of most of them), apart_n
        (children who go elsewhere).

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> outlook = zs.forecast.project(town, rules, years=[2026])
    >>> problem = zs.redraw.problem(town, outlook, rules, years=[2026])
    >>> len(zs.redraw.classmates.parted(problem, problem.now))
    0
    """
    folded, made = problems.folded(problem, assignment), problem.instance
    rows, ids = [], problem.schools["school_id"].to_numpy()
    names = problem.district.schools.set_index("school_id")["name"]
    for number, primary in enumerate(problem.flocks):
        mine = np.flatnonzero((made.flock == number) & (folded >= 0))
        to = np.bincount(folded[mine], made.members[mine], minlength=len(ids))
        if len(np.unique(folded[mine][made.members[mine] > 0])) > 1:
            most = int(to.argmax())
            rows.append((primary, names[primary], to.sum(), int((to > 0).sum()), ids[most], to.sum() - to[most]))
    columns = ["primary_id", "name", "children_n", "schools_n", "to", "apart_n"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["apart_n", "primary_id"], ascending=[False, True], ignore_index=True)
