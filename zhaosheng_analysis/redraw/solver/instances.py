"""A redraw as numbers only: what a solver sees.

Every cost is a sum over zones: a unit's cost with its school, a convex function of each school's load a year, half the
border of each zone, and the members of its flocks who have theirs elsewhere. That is why zones can be priced one at a
time and put together by set partitioning. A load without a capacity may be something other than children, and negative.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

#: Children by which a load may exceed a capacity before it counts, against rounding of floats.
SLACK = 1e-6


@dataclass(frozen=True)
class Instance:
    """Units (n) → schools (k) over years (t) as arrays.

    Attributes
    ----------
    cost : ndarray, shape (n, k)
        Cost of a unit with a school, inf where that is forbidden.
    pupils : ndarray, shape (n, t)
        Children of each unit.
    capacity : ndarray, shape (k, t)
        Most children a school may get.
    root : ndarray, shape (k,)
        The unit that holds the school; it is always in the zone, and no two schools share one.
    fixed : ndarray, shape (n,)
        School a unit must stay with, -1 where it is free.
    edges : ndarray, shape (m, 2)
        Adjacent units, the smaller first, each once.
    border : ndarray, shape (m,)
        Cost of a border between the two.
    hinge_at : ndarray, shape (h, k, t)
        Load from which, and price a child by which, a year's load costs.
    hinge_price : ndarray, shape (h, k, t)
        Load from which, and price a child by which, a year's load costs.
    hinge_sign : ndarray, shape (h,)
        1 for a price above the load, -1 for a price below it.
    flock : ndarray, shape (n,)
        Number of the flock a unit belongs to, that would stay together; -1 for none.
    members : ndarray, shape (n,)
        Members of the flock in each unit.
    apart : float
        Price of a member whose whole flock is with other schools; in part it counts in part.
    """

    cost: np.ndarray
    pupils: np.ndarray
    capacity: np.ndarray
    root: np.ndarray
    fixed: np.ndarray
    edges: np.ndarray
    border: np.ndarray
    hinge_at: np.ndarray
    hinge_price: np.ndarray
    hinge_sign: np.ndarray
    flock: np.ndarray
    members: np.ndarray
    apart: float

    @property
    def units_n(self) -> int:
        """Number of units."""
        return self.cost.shape[0]

    @property
    def schools_n(self) -> int:
        """Number of schools."""
        return self.cost.shape[1]

    @cached_property
    def allowed(self) -> np.ndarray:
        """Whether a unit may go to a school, (n, k)."""
        return np.isfinite(self.cost)

    @cached_property
    def around(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Neighbours of every unit: where each list starts (n + 1), the neighbours, the cost of the border to each."""
        ends = np.concatenate([self.edges[:, 0], self.edges[:, 1]])
        others = np.concatenate([self.edges[:, 1], self.edges[:, 0]])
        price = np.concatenate([self.border, self.border])
        order = np.lexsort((others, ends))
        start = np.searchsorted(ends[order], np.arange(self.units_n + 1))
        return start.astype(np.int64), others[order].astype(np.int64), price[order].astype(float)

    @property
    def simple(self) -> bool:
        """Whether the cost is that of the units alone, without prices of loads, borders and flocks."""
        return not self.hinge_price.any() and not self.border.any() and not self.apart

    def neighbours(self, unit: int) -> np.ndarray:
        """Return the units adjacent to one."""
        start, others, _ = self.around
        return others[start[unit] : start[unit + 1]]


def instance(
    cost: np.ndarray,
    pupils: np.ndarray,
    capacity: np.ndarray,
    root: np.ndarray,
    edges: np.ndarray,
    *,
    fixed: np.ndarray | None = None,
    border: np.ndarray | None = None,
    hinges: list[tuple[int, np.ndarray, np.ndarray]] | None = None,
    flock: np.ndarray | None = None,
    members: np.ndarray | None = None,
    apart: float = 0.0,
) -> Instance:
    """Build an instance; units that hold a school or are fixed lose every other school.

    Parameters
    ----------
    cost : ndarray
        (n, k), inf where forbidden.
    pupils : ndarray, shape (n, t)
        Or (n,).
    capacity : ndarray, shape (k, t)
        Or (k,).
    root : ndarray, shape (k,)
        Unit that holds each school.
    edges : ndarray, shape (m, 2)
        Pairs of adjacent units.
    fixed : ndarray, shape (n,), optional
        School a unit must stay with, -1 where free.
    border : ndarray, shape (m,), optional
        Cost of a border between the two units of an edge.
    hinges : list of tuple of (int, ndarray, ndarray), optional
        (sign, load from which, price a child), the last two (k, t), of each convex price of loads.
    flock : ndarray of int, shape (n,), optional
        Flock of each unit, -1 for none; no flocks by default.
    members : ndarray, shape (n,), optional
        Members of the flock in each unit.
    apart : float, default 0.0
        Price of a member whose whole flock is elsewhere.

    Returns
    -------
    Instance
        The problem.
    """
    n, k = cost.shape
    pupils, capacity = pupils.reshape(n, -1).astype(float), capacity.reshape(k, -1).astype(float)
    fixed = np.full(n, -1) if fixed is None else fixed.astype(np.int64).copy()
    fixed[root] = np.arange(k)
    bound = np.flatnonzero(fixed >= 0)
    cost = cost.astype(float).copy()
    kept = cost[bound, fixed[bound]]
    cost[bound] = np.inf
    # A school's own unit is in its zone even where the planner forbade the pair: `problems` reports that.
    cost[bound, fixed[bound]] = np.where(np.isfinite(kept), kept, 0.0)
    pairs = np.unique(np.sort(edges.reshape(-1, 2).astype(np.int64), axis=1), axis=0, return_index=True)
    price = np.zeros(len(pairs[0])) if border is None else np.asarray(border, float)[pairs[1]]
    shape = (0, *capacity.shape)
    hinges = hinges or []
    return Instance(
        cost,
        pupils,
        capacity,
        root.astype(np.int64),
        fixed,
        pairs[0],
        price,
        np.array([at for _, at, _ in hinges], float).reshape(-1, *shape[1:]),
        np.array([price for *_, price in hinges], float).reshape(-1, *shape[1:]),
        np.array([sign for sign, *_ in hinges], np.int64),
        np.full(n, -1) if flock is None else flock.astype(np.int64),
        np.zeros(n) if members is None else members.astype(float),
        float(apart),
    )


def loads(instance: Instance, assignment: np.ndarray) -> np.ndarray:
    """Return the children of each school and year under an assignment, (k, t)."""
    result = np.zeros(instance.capacity.shape)
    np.add.at(result, assignment, instance.pupils)
    return result


def load_price(instance: Instance, load: np.ndarray) -> float:
    """Return what the loads of all schools and years cost."""
    beyond = np.maximum(0.0, instance.hinge_sign[:, None, None] * (load - instance.hinge_at))
    return float((instance.hinge_price * beyond).sum())


def gathered(instance: Instance, assignment: np.ndarray) -> np.ndarray:
    """Return the members of each flock with each school, (flocks, k)."""
    table = np.zeros((int(instance.flock.max(initial=-1)) + 1, instance.schools_n))
    mine = (instance.flock >= 0) & (assignment >= 0)
    np.add.at(table, (instance.flock[mine], assignment[mine]), instance.members[mine])
    return table


def parted(together: np.ndarray) -> float:
    """Return the members of flocks who are apart, each counted by the share of its flock that is with other schools.

    Parameters
    ----------
    together : ndarray, shape (flocks, k)
        Members of each flock with each school.

    Returns
    -------
    float
        A flock of 100 halved between two schools counts 50, one of 90 and 10 counts 18.
    """
    whole = together.sum(axis=1, keepdims=True)
    return float((together * (whole - together) / np.maximum(whole, 1e-9)).sum())


def price(instance: Instance, assignment: np.ndarray) -> float:
    """Return the cost of an assignment: units, loads, borders, flocks; inf where a unit's school is forbidden."""
    units = instance.cost[np.arange(instance.units_n), assignment].sum()
    cut = assignment[instance.edges[:, 0]] != assignment[instance.edges[:, 1]]
    flocks = instance.apart * parted(gathered(instance, assignment)) if instance.apart else 0.0
    return float(units + load_price(instance, loads(instance, assignment)) + instance.border[cut].sum() + flocks)


def overflow(instance: Instance, assignment: np.ndarray) -> float:
    """Return the children beyond the capacities, summed over schools and years."""
    return float(np.maximum(0.0, loads(instance, assignment) - instance.capacity).sum())


def merit(instance: Instance, assignment: np.ndarray, child: float) -> float:
    """Return the cost of an assignment with its children beyond the capacities at a price a child."""
    return price(instance, assignment) + child * overflow(instance, assignment)
