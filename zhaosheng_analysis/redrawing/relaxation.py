"""The transport relaxation: units may be split over schools; nothing feasible costs less."""

from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.redrawing import formulation, programs
from zhaosheng_analysis.redrawing.formulation import Cut, Formulation
from zhaosheng_analysis.redrawing.instances import Instance

#: Rounds of cuts; a bound that still rises after them is left to the mixed-integer solver.
ROUNDS = 12


@dataclass(frozen=True)
class Relaxation:
    """A solved relaxation.

    Attributes
    ----------
    bound : no contiguous plan of whole units costs less.
    share : (n, k) share of each unit that each school gets.
    reduced : (n, k) by how much the bound rises when a unit must go to a school; inf where that is forbidden.
    unit_dual, school_dual : what a unit costs to serve, and (k,) what a school's seats are worth (at most 0).
    cuts : cuts that were added.
    feasible : whether the children fit at all once units are split.
    """

    bound: float
    share: np.ndarray
    reduced: np.ndarray
    unit_dual: np.ndarray
    school_dual: np.ndarray
    cuts: list[Cut]
    feasible: bool


def relax(instance: Instance, *, rounds: int = 0) -> Relaxation:
    """Solve the transport relaxation, with so many rounds of contiguity cuts.

    Parameters
    ----------
    rounds : 0 for the plain transport problem.
    """
    form = formulation.formulate(instance, whole=False)
    solver = programs.load(form.program)
    answer, cuts = programs.run(solver), []
    for _ in range(rounds):
        if answer.x is None:
            break
        found = formulation.violated(form, formulation.shares(form, answer.x))
        if not found:
            break
        cuts += found
        formulation.add_cuts(solver, form, found)
        answer = programs.run(solver)
    return _relaxation(form, answer, cuts)


def _relaxation(form: Formulation, answer: programs.Answer, cuts: list[Cut]) -> Relaxation:
    """Read duals and shares."""
    n, k = form.column.shape
    years, pairs = form.instance.pupils.shape[1], len(form.unit)
    reduced = np.full((n, k), np.inf)
    if answer.x is None:
        empty = np.zeros((n, k))
        return Relaxation(np.inf, empty, reduced, np.zeros(n), np.zeros(k), cuts, feasible=False)
    reduced[form.unit, form.school] = answer.column_dual[:pairs]
    dual = answer.row_dual[n : n + k * years].reshape(k, years)
    return Relaxation(
        answer.value,
        formulation.shares(form, answer.x),
        reduced,
        answer.row_dual[:n],
        (dual * np.where(np.isfinite(form.instance.capacity), form.instance.capacity, 0)).sum(axis=1),
        cuts,
        feasible=True,
    )
