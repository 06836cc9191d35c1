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
}
#: Prices of the terms that are prices of loads, in the order of the instance's hinges.
LOADS = ("shortage", "oversize", "surplus", "balance")
#: Weights that neither favour the new nor the old: a child who changes school is worth two kilometres a day.
WEIGHTS = {
    "walk": 1.0,
    "moved": 2.0,
    "shortage": 20.0,
    "oversize": 5.0,
    "surplus": 0.2,
    "balance": 0.2,
    "border": 2.0,
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
    }
    return pd.Series(terms | dict(zip(LOADS, beyond, strict=True))).reindex(list(TERMS)).astype(float)


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
