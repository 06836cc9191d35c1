"""Good assignments put together: where they agree a unit stays, all else is decided anew, best possible.

Assignments from many walks share most of their pairs of unit and school, and the best assignment there is uses few
pairs that none of them has. What is left to decide is small enough for branch and bound (for tours: Cook and Seymour
2003).
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis import lottery
from zhaosheng_analysis.redraw.solver import branch_and_cut, instances
from zhaosheng_analysis.redraw.solver.branch_and_cut import Effort
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.instances import Instance

#: Assignments kept to be put together.
ELITE = 32
#: Effort of one merge; assignments in the first, and in the smallest.
EFFORT, PARENTS, FEWEST = Effort(calls=100, nodes=1000, rounds=8), 6, 3


@dataclass(frozen=True)
class Merged:
    """The best assignment found (None where there is none), and whether the search for it was brought to its end."""

    assignment: np.ndarray | None
    ended: bool


def merge(instance: Instance, assignments: list[np.ndarray], *, price: float, clock: Clock) -> Merged:
    """Search the cheapest assignment in which every unit goes where one of the assignments sends it.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    assignments : list of ndarray
        Contiguous; the first is begun from, and if it is inside the capacities, so is what is found.
    price : float
        Of a child beyond a capacity otherwise.
    clock : Clock
        How long it may take.

    Returns
    -------
    Merged
        The merged assignment and how good it is.
    """
    kept = np.zeros(instance.cost.shape, bool)
    for assignment in assignments:
        kept[np.arange(instance.units_n), assignment] = True
    elastic = price if instances.overflow(instance, assignments[0]) > instances.SLACK else None
    solved = branch_and_cut.solve(instance, EFFORT, kept=kept, start=assignments[0], elastic=elastic, clock=clock)
    if solved.assignment is None:
        return Merged(None, ended=False)
    cost = instances.merit(instance, solved.assignment, price)
    return Merged(solved.assignment, ended=cost - solved.bound <= 2 * EFFORT.gap * abs(cost))


def merges(
    instance: Instance, *, seed: str, stream: str, price: float, clock: Clock
) -> Generator[np.ndarray | None, list[np.ndarray]]:
    """Yield what comes of the assignments that are sent in, ever more of them where that is easy, without end.

    In turn the best are merged, and the best one with some others; what is sent in are assignments, the best first.
    """
    chance = lottery.generator(seed, f"redraw {stream}")
    size, turn, tried, assignments = PARENTS, 0, set(), (yield None)
    while True:
        turn += 1
        some = list(range(min(size, len(assignments))))
        if turn % 2 == 0 and len(assignments) > size:
            some[1:] = 1 + np.sort(chance.choice(len(assignments) - 1, size - 1, replace=False))
        parents = [assignments[at] for at in some]
        name = b"".join(sorted(assignment.tobytes() for assignment in parents))
        if len(parents) < 2 or name in tried:
            size = min(size + 1, ELITE)
            assignments = yield None
            continue
        tried.add(name)
        merged = merge(instance, parents, price=price, clock=clock)
        size = min(size + 1, ELITE) if merged.ended else max(size - 1, FEWEST)
        assignments = yield merged.assignment
