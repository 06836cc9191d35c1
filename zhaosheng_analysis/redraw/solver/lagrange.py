"""Prices of units that prove a bound: far above the transport relaxation, since every school takes whole units only."""

from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis.redraw.solver import formulation, highs, instances
from zhaosheng_analysis.redraw.solver.instances import Instance

#: Seats of a school are counted in at most so many steps; children are rounded down to them.
STEPS = 8192
#: Length of the first step, as a share of the way to the cost of an assignment.
FIRST = 0.3


@dataclass(frozen=True)
class Multipliers:
    """Prices and what they prove.

    Attributes
    ----------
    bound : float
        No assignment costs less.
    unit : ndarray, shape (n,)
        Price of serving each unit.
    school : ndarray, shape (k,)
        Least that a zone of the school costs beyond the prices of its units.
    step : float
        Length of the next step of the ascent.
    """

    bound: float
    unit: np.ndarray
    school: np.ndarray
    step: float


def bare(instance: Instance) -> tuple[Instance, float]:
    """Return an instance without prices of loads and borders, and a constant: no assignment costs less than with them.

    The prices are replaced by their tangents where the transport relaxation ends, which cost the same there. What
    parted flocks cost is left out: it is never negative.
    """
    if instance.simple:
        return instance, 0.0
    form = formulation.formulate(instance, whole=False)
    answer = highs.solve(form.program)
    n, k = form.column.shape
    first, pairs = n + k * instance.pupils.shape[1], len(form.unit)
    dual = answer.row_dual[first:]
    cost = instance.cost.copy()
    cost[form.unit, form.school] -= form.program.rows[first:, :pairs].T @ dual
    shape = (0, *instance.capacity.shape)
    plain = replace(
        instance,
        cost=cost,
        border=np.zeros(len(instance.edges)),
        hinge_at=np.zeros(shape),
        hinge_price=np.zeros(shape),
        hinge_sign=np.zeros(0, np.int64),
        apart=0.0,
    )
    return plain, float(dual @ form.program.row_high[first:])


def seats(instance: Instance, year_price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the seats each unit takes and each school has, several years counted as one.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    year_price : ndarray, shape (k, t)
        Weight of each year at each school; where it is all 0, the fullest year counts.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Seats each unit takes, shape (k, n), and seats each school has, shape (k,).
    """
    limited = np.isfinite(instance.capacity)
    total = instance.pupils.sum(axis=0)
    fullest = np.where(limited, total / np.maximum(instance.capacity, 1e-9), 0)
    weight = np.where(limited, np.maximum(year_price, 0), 0)
    none = weight.sum(axis=1) <= 0
    weight[none] = (fullest[none] == fullest[none].max(axis=1, keepdims=True)) & limited[none]
    room = (weight * np.where(limited, instance.capacity, 0)).sum(axis=1)
    return weight @ instance.pupils.T, room


def whole_seats(weight: np.ndarray, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return seats as whole numbers, those of the units rounded down, so that nothing that fits is shut out."""
    whole = (weight == np.round(weight)).all() and room.max(initial=0) < STEPS
    scale = np.ones(len(room)) if whole else STEPS / np.maximum(room, 1e-9)
    slack = instances.SLACK * scale
    steps = np.floor(weight * scale[:, None] + slack[:, None]).astype(np.int64)
    return steps, np.floor(room * scale + slack).astype(np.int64)


def work(instance: Instance, year_price: np.ndarray) -> float:
    """Return about how many additions one turn of the prices takes."""
    _, room = whole_seats(*seats(instance, year_price))
    return 3.0 * instance.units_n / instance.schools_n * float(room.sum()) + instance.cost.size


def start(instance: Instance, *, unit: np.ndarray) -> Multipliers:
    """Return prices to begin from, with nothing proved yet."""
    return Multipliers(-np.inf, unit, np.zeros(instance.schools_n), FIRST)


def ascend(
    instance: Instance, before: Multipliers, year_price: np.ndarray, *, target: float, turns: int
) -> Multipliers:
    """Turn prices so many times; what is returned proves at least as much as before.

    Parameters
    ----------
    instance : Instance
        Without prices of loads and borders.
    before : Multipliers
        Prices to start from.
    year_price : ndarray, shape (k, t)
        Weights of the years, see `seats`.
    target : float
        Cost of an assignment.
    turns : int
        Steps to make.

    Returns
    -------
    Multipliers
        Prices that prove at least as much.
    """
    from zhaosheng_analysis.redraw.solver import lagrange_loops

    weight, room = whole_seats(*seats(instance, year_price))
    room = room - weight[np.arange(instance.schools_n), instance.root]
    step = np.array([before.step])
    unit, bound, worth = lagrange_loops.ascend(
        before.unit, instance.cost, weight, room, instance.root, target, turns, step
    )
    return (
        Multipliers(float(bound), unit, -worth, float(step[0]))
        if bound > before.bound
        else replace(before, step=float(step[0]))
    )
