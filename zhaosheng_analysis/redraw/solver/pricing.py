"""The contiguous zone of one school that is worth most at given prices, as a small mixed-integer program."""

from dataclasses import replace

import numpy as np

from zhaosheng_analysis.redraw.solver import branch_and_cut, contiguity, deadlines, formulation
from zhaosheng_analysis.redraw.solver.branch_and_cut import Effort
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.formulation import Cut
from zhaosheng_analysis.redraw.solver.instances import Instance

#: Effort of one program, and times that loose pieces are cut off.
EFFORT = Effort(calls=40, nodes=200, rounds=6, heuristic=0.0, gap=1e-5)


def search(
    instance: Instance,
    school: int,
    unit: np.ndarray,
    cuts: list[Cut],
    *,
    may: np.ndarray,
    must: np.ndarray,
    clock: Clock = deadlines.ENDLESS,
) -> tuple[np.ndarray, float, list[Cut]]:
    """Return the best zone found (empty where it came apart), a bound on the worth of all, and all cuts now known.

    Parameters
    ----------
    instance : Instance
        Without prices of loads and borders.
    school : int
        Number of the school.
    unit : ndarray, shape (n,)
        Price of each unit; a zone is worth the prices of its units less their costs.
    cuts : list of Cut
        Known to matter for this school.
    may : ndarray, shape (n,)
        Units that may be in a zone of interest, and those that are in each of them.
    must : ndarray, shape (n,)
        Units that may be in a zone of interest, and those that are in each of them.
    clock : Clock, default deadlines.ENDLESS
        How long it may take.

    Returns
    -------
    tuple of (ndarray of bool, float, list of Cut)
        The zone, the bound and the cuts.
    """
    kept = np.zeros(instance.cost.shape, bool)
    kept[:, school] = may
    form = formulation.formulate(replace(instance, cost=instance.cost - unit[:, None]), kept=kept)
    low = form.program.row_low.copy()
    low[: instance.units_n] = 0.0
    low[: instance.units_n][must] = 1.0
    form = replace(form, program=replace(form.program, row_low=low))
    beside, most = formulation.neighbour_cuts(form), np.inf
    for _ in range(EFFORT.rounds):
        answer = branch_and_cut.bounded(formulation.with_cuts(form, beside + cuts).program, EFFORT, clock=clock)
        most = min(most, -answer.bound)
        if answer.x is None:
            break
        zone = formulation.shares(form, answer.x)[:, school] > 0.5
        loose = _pieces(instance, zone, school)
        if not loose:
            return zone, most, cuts
        cuts = cuts + [(u, school, contiguity.separator(instance, part, school)) for part in loose for u in part]
    return np.zeros(instance.units_n, bool), most, cuts


def _pieces(instance: Instance, zone: np.ndarray, school: int) -> list[np.ndarray]:
    """Return the pieces of a zone that are not joined to its school."""
    piece = contiguity.components(instance.edges[zone[instance.edges].all(axis=1)], instance.units_n)
    apart = zone & (piece != piece[instance.root[school]])
    return [np.flatnonzero(apart & (piece == number)) for number in np.unique(piece[apart])]
