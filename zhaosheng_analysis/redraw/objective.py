"""What an assignment is judged by: each term measured in its own unit and weighed in the open.

The cost of an assignment is the sum of measure times weight; nothing else is in it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.redraw.solver import instances
from zhaosheng_analysis.redraw.solver.instances import Instance
from zhaosheng_analysis.schema import DataError, Fault, Faults, near, takes

#: term -> what it measures, in what. 均衡线: a school fuller than half way between the district's average and full.
TERMS = {
    "walk": ("步行路程", "人·千米"),
    "moved": ("改变学校的儿童", "人次"),
    "shortage": ("超出学位", "人·年"),
    "oversize": ("超出标准班额", "人·年"),
    "surplus": ("学位闲置", "人·年"),
    "balance": ("高于均衡线", "人·年"),
    "border": ("不沿道路的边界", "千米"),
    "mix": ("学生构成高于全区平均", "人次"),
    "split": ("与小学同学分开", "折合人次"),
}
#: What a child parted from all classmates is worth where both stages are redrawn, unless a planner says otherwise.
FRIENDS = 2.0
#: Prices of the terms that are prices of loads, in the order of the instance's hinges; the last only of a group named.
LOADS = ("shortage", "oversize", "surplus", "balance", "mix")
#: A load that is nowhere reached.
NEVER = 1e9
#: Weights that neither favour the new nor the old: a child who changes school is worth two kilometres a day.
WEIGHTS = {
    "walk": 1.0,
    "moved": 2.0,
    "shortage": 20.0,
    "oversize": 5.0,
    "surplus": 0.2,
    "balance": 0.2,
    "border": 2.0,
    # Only measured unless a planner says what they are worth.
    "mix": 0.0,
    "split": 0.0,
}


def weights(chosen: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return a weight for every term: the chosen, else the usual one.

    Parameters
    ----------
    chosen : mapping of str to float, optional
        Weights of some terms.

    Returns
    -------
    dict of str to float
        Weight by term.

    Raises
    ------
    DataError
        A term is unknown, or a weight is negative or no number.
    """
    faults = Faults()
    for name, value in (chosen or {}).items():
        if name not in TERMS:
            faults.add("目标权重", f"没有「{name}」这一项", f"可用：{'、'.join(TERMS)}", near(name, TERMS) or "请改名")
        elif not (isinstance(value, int | float) and 0 <= value < np.inf):
            faults.add(f"目标权重「{name}」", f"取值为 {value}", "须为不小于 0 的数", "请改正")
    faults.raise_if_any()
    return {name: float((chosen or {}).get(name, usual)) for name, usual in WEIGHTS.items()}


def hinges(
    weight: Mapping[str, float], seats: np.ndarray, standard: np.ndarray, children: np.ndarray, spare: float
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return the prices of loads, in the order of `LOADS`.

    Parameters
    ----------
    weight : mapping of str to float
        Weight of each term.
    seats : ndarray of float, shape (schools, years)
        Seats planned.
    standard : ndarray of float, shape (schools, years)
        Seats in classes of standard size.
    children : ndarray of float, shape (years,)
        Children in all.
    spare : float
        Share of its seats below which a school is half empty.

    Returns
    -------
    list of (int, ndarray, ndarray)
        Sign, place and price of each hinge.
    """
    fill = children / np.maximum(seats.sum(axis=0), 1.0)
    # Half way between what every school would have if all were alike and a full school.
    even = (1.0 + np.minimum(fill, 1.0)) / 2.0
    above, ones = (1, -1), np.ones(seats.shape)
    return [
        (above[0], seats, weight["shortage"] * ones),
        (above[0], standard, weight["oversize"] * ones),
        (above[1], spare * seats, weight["surplus"] * ones),
        (above[0], even * seats, weight["balance"] * ones),
    ]


def of_group(
    weight: Mapping[str, float], hinges: list[tuple[int, np.ndarray, np.ndarray]]
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return the prices of loads with one load more, of a group of children: what a school has beyond the average.

    Parameters
    ----------
    weight : mapping of str to float
        Weight of each term.
    hinges : list of (int, ndarray, ndarray)
        Prices of the years' loads, as `hinges` gives them.

    Returns
    -------
    list of (int, ndarray, ndarray)
        The same with a column more, which they leave alone, and the group's own price.
    """
    wider = [
        (sign, np.column_stack([at, np.full(len(at), sign * NEVER)]), np.column_stack([price, np.zeros(len(at))]))
        for sign, at, price in hinges
    ]
    at, price = np.full(wider[0][1].shape, NEVER), np.zeros(wider[0][1].shape)
    at[:, -1], price[:, -1] = 0.0, weight["mix"]
    return [*wider, (1, at, price)]


def measure(
    instance: Instance,
    assignment: np.ndarray,
    *,
    walked: np.ndarray,
    changed: np.ndarray,
    unnamed_km: np.ndarray,
) -> pd.Series:
    """Measure every term of an assignment, unweighted.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    assignment : ndarray of int, shape (rows,)
        School number of each row.
    walked : ndarray of float, shape (rows, schools)
        Child-kilometres of each unit with each school.
    changed : ndarray of float, shape (rows, schools)
        Children who change school.
    unnamed_km : ndarray of float, shape (edges,)
        Border along no named street, of each pair of adjacent units.

    Returns
    -------
    Series of float
        Measure by term.
    """
    rows = np.arange(instance.units_n)
    load = instances.loads(instance, assignment)
    beyond = np.maximum(0.0, instance.hinge_sign[:, None, None] * (load - instance.hinge_at)).sum(axis=(1, 2))
    cut = assignment[instance.edges[:, 0]] != assignment[instance.edges[:, 1]]
    terms = {
        "walk": walked[rows, assignment].sum(),
        "moved": changed[rows, assignment].sum(),
        "border": unnamed_km[cut].sum(),
        "split": instances.parted(instances.gathered(instance, assignment)),
    }
    return whole(terms, beyond)


def whole(terms: Mapping[str, float], beyond: np.ndarray) -> pd.Series:
    """Put the measures of all terms into one row.

    Parameters
    ----------
    terms : mapping of str to float
        Those that are no prices of loads.
    beyond : ndarray of float
        Children beyond the lines of the loads, in the order of `LOADS`; the last may be missing.

    Returns
    -------
    Series of float
        Measure by term, 0 for a group that nobody named.
    """
    loads = dict(zip(LOADS, beyond, strict=False))
    return pd.Series({**terms, **loads}).reindex(list(TERMS)).fillna(0.0).astype(float)


def table(weight: Mapping[str, float], before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Put the terms side by side.

    Parameters
    ----------
    weight : mapping of str to float
        Weight of each term.
    before : Series of float
        Measures of today's assignment.
    after : Series of float
        Measures of the new one.

    Returns
    -------
    DataFrame
        Columns term, label, unit, weight, before and after.
    """
    labels, units = zip(*TERMS.values(), strict=True)
    return pd.DataFrame(
        {
            "term": list(TERMS),
            "label": labels,
            "unit": units,
            "weight": [weight[name] for name in TERMS],
            "before": before.reindex(list(TERMS)).to_numpy(),
            "after": after.reindex(list(TERMS)).to_numpy(),
        }
    )


@takes(terms="option.terms")
def cost(terms: pd.DataFrame, column: str = "after") -> float:
    """Return the cost of a table of terms.

    Parameters
    ----------
    terms : DataFrame
        Terms, as `table` gives them.
    column : str, default "after"
        Which measures.

    Returns
    -------
    float
        Measures times weights, added up.

    Raises
    ------
    DataError
        A measure is no number.
    """
    if not np.isfinite(terms[column]).all():
        raise DataError(Fault("目标各项", "有一项不是数", "各项须能计算"))
    return float((terms["weight"] * terms[column]).sum())
