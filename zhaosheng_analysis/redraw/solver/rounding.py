"""From the relaxation to a first assignment: whole units, contiguous zones, then inside the capacities."""

import heapq

import numpy as np

from zhaosheng_analysis.redraw.solver.instances import Instance


def grow(instance: Instance, share: np.ndarray) -> np.ndarray:
    """Grow contiguous zones from the schools, units with the largest share first.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    share : ndarray, shape (n, k)
        Preference for each pair, as from the relaxation.

    Returns
    -------
    ndarray, shape (n,)
        Contiguous assignment, -1 for units no school can reach; capacities are not looked at.
    """
    assignment = np.full(instance.units_n, -1)
    assignment[instance.root] = np.arange(instance.schools_n)
    waiting: list[tuple[float, float, int, int]] = []

    def offer(unit: int) -> None:
        school = assignment[unit]
        for other in instance.neighbours(unit):
            if assignment[other] < 0 and instance.allowed[other, school]:
                entry = (-share[other, school], instance.cost[other, school], int(other), int(school))
                heapq.heappush(waiting, entry)

    for unit in instance.root:
        offer(unit)
    while waiting:
        *_, unit, school = heapq.heappop(waiting)
        if assignment[unit] < 0:
            assignment[unit] = school
            offer(unit)
    return assignment
