"""What any assignment comes to, also one in which families choose otherwise than today; the page does the same sums.

Where families choose, their children are shared out by the schools' seats. Of several schools the first is the one a
unit must be joined to.
"""

import numpy as np
import pandas as pd

from zhaosheng_analysis.redraw import objective, problems
from zhaosheng_analysis.redraw.problems import Problem
from zhaosheng_analysis.redraw.solver import instances
from zhaosheng_analysis.redraw.status_quo import JOINED


def shares(problem: Problem, assignment: pd.Series) -> np.ndarray:
    """Return which share of a unit's children each school gets by its seats in the first year, (units, schools).

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series
        `unit_id` -> school_id, several joined by 、 where families may choose.

    Returns
    -------
    ndarray of float, shape (units, schools)
        Shares in [0, 1].
    """
    number = {school: at for at, school in enumerate(problem.schools["school_id"])}
    seats = problem.schools[problem.years[0]].to_numpy(dtype=float)
    table = np.zeros(problem.walk_m.shape)
    for unit, schools in enumerate(assignment.reindex(problem.units["unit_id"]).fillna("").str.split(JOINED)):
        columns = [number[school] for school in schools if school in number]
        whole = seats[columns].sum()
        table[unit, columns] = seats[columns] / whole if whole > 0 else 1 / max(1, len(columns))
    return table


def leading(problem: Problem) -> np.ndarray:
    """Return which units decide the school of their row: all but those of choice zones in a row with others.

    Parameters
    ----------
    problem : Problem
        The redraw problem.

    Returns
    -------
    ndarray of bool, shape (units,)
        True where it decides.
    """
    choice = problem.units["unit_id"].isin(problem.choice).to_numpy()
    mixed = np.bincount(problem.row, ~choice)[problem.row] > 0
    return ~(choice & mixed)


def measures(problem: Problem, assignment: pd.Series) -> pd.Series:
    """Measure every term of an assignment; with today's zones of choice they are those of `problems.measures`.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series
        As for `shares`.

    Returns
    -------
    Series of float
        Measure by term.
    """
    made, folded, share = problem.instance, problems.folded(problem, assignment), shares(problem, assignment)
    # The ways of today's zones of choice are in no assignment's cost: what they become counts by its difference.
    choice = problem.units["unit_id"].isin(problem.choice).to_numpy()
    extra = share - shares(problem, problem.now) * choice[:, None]
    children, counted = problem.children.to_numpy(), problem.counted
    leads = leading(problem)
    part = np.zeros(made.cost.shape)
    np.add.at(part, problem.row[leads], share[leads] / np.bincount(problem.row[leads])[problem.row[leads]][:, None])
    load = share.T @ counted
    load[:, : len(problem.years)] += problem.shift
    beyond = np.maximum(0.0, made.hinge_sign[:, None, None] * (load - made.hinge_at - problem.shared)).sum(axis=(1, 2))
    cut = folded[made.edges[:, 0]] != folded[made.edges[:, 1]]
    terms = {
        "walk": float(children.sum(axis=1) @ (extra * problem.walk_m.to_numpy()).sum(axis=1)) / 1000,
        "moved": (problem.changed * part).sum(),
        "border": problem.unnamed_km[cut].sum(),
        "split": instances.parted(instances.gathered(made, folded)),
    }
    return objective.whole(terms, beyond)


def as_today(problem: Problem, assignment: pd.Series) -> bool:
    """Return whether families may choose in an assignment exactly where and between what they do today.

    Parameters
    ----------
    problem : Problem
        The redraw problem.
    assignment : Series of str
        The school_id of each unit_id, several joined by 、 where families may choose.

    Returns
    -------
    bool
        Whether it is so.
    """
    sets = [
        schools.reindex(problem.units["unit_id"]).fillna("").str.split(JOINED).map(frozenset)
        for schools in (assignment, problem.now)
    ]
    several = [joined.where(joined.map(len) > 1) for joined in sets]
    return several[0].equals(several[1])
