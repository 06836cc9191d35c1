"""The transport relaxation: units may be split over schools; nothing feasible costs less."""

from dataclasses import dataclass, replace

import numpy as np

from zhaosheng_analysis.redraw.solver import contiguity, formulation, highs, instances
from zhaosheng_analysis.redraw.solver.formulation import Cut, Formulation
from zhaosheng_analysis.redraw.solver.instances import Instance

#: Rounds of cuts; a bound that still rises after them is left to the mixed-integer solver.
ROUNDS = 12


@dataclass(frozen=True)
class Relaxation:
    """A solved relaxation.

    Attributes
    ----------
    bound : float
        No contiguous assignment of whole units costs less.
    share : ndarray, shape (n, k)
        Share of each unit that each school gets.
    reduced : ndarray, shape (n, k)
        By how much the bound rises when a unit must go to a school; inf where that is forbidden.
    unit_dual : ndarray, shape (n,)
        What a unit costs to serve.
    year_price : ndarray, shape (k, t)
        What a seat of a school is worth in a year, at least 0.
    cuts : list of Cut
        Cuts that were added.
    feasible : bool
        Whether the children fit at all once units are split.
    """

    bound: float
    share: np.ndarray
    reduced: np.ndarray
    unit_dual: np.ndarray
    year_price: np.ndarray
    cuts: list[Cut]
    feasible: bool


def relax(instance: Instance, *, rounds: int = 0) -> Relaxation:
    """Solve the transport relaxation, with so many rounds of contiguity cuts.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    rounds : int, default 0
        0 for the plain transport problem.

    Returns
    -------
    Relaxation
        The bound and its multipliers.
    """
    form = formulation.formulate(instance, whole=False)
    solver = highs.load(form.program)
    answer, cuts = highs.run(solver), []
    for _ in range(rounds):
        if answer.x is None:
            break
        violated = formulation.violated(form, formulation.shares(form, answer.x))
        if not violated:
            break
        cuts += violated
        formulation.add_cuts(solver, form, violated)
        answer = highs.run(solver)
    return _relaxation(form, answer, cuts)


def _relaxation(form: Formulation, answer: highs.Answer, cuts: list[Cut]) -> Relaxation:
    """Read duals and shares."""
    n, k = form.column.shape
    years, pairs = form.instance.pupils.shape[1], len(form.unit)
    reduced = np.full((n, k), np.inf)
    if answer.x is None:
        empty = np.zeros((n, k))
        return Relaxation(np.inf, empty, reduced, np.zeros(n), np.zeros((k, years)), cuts, feasible=False)
    reduced[form.unit, form.school] = answer.column_dual[:pairs]
    dual = answer.row_dual[n : n + k * years].reshape(k, years)
    return Relaxation(
        answer.value,
        formulation.shares(form, answer.x),
        reduced,
        answer.row_dual[:n],
        np.maximum(0.0, -dual),
        cuts,
        feasible=True,
    )


@dataclass(frozen=True)
class Lack:
    """Children without a seat, proved: these units may go to these schools only, and those have fewer seats.

    Attributes
    ----------
    year : int
        Number of the year; -1 where every year fits alone, but not with the same zones in all of them.
    units : ndarray
        Their numbers; no schools where units cannot be joined to any school that may take them.
    schools : ndarray
        Their numbers; no schools where units cannot be joined to any school that may take them.
    missing : float
        Children for whom no seat is left, units split at will.
    """

    year: int
    units: np.ndarray
    schools: np.ndarray
    missing: float


def lack(instance: Instance) -> list[Lack]:
    """Return which areas lack how many seats, one entry a year and area; empty where split units fit."""
    open_to = contiguity.reachable(instance)
    stranded = np.flatnonzero(~open_to.any(axis=1))
    if len(stranded):
        seated = np.isfinite(instance.capacity).any(axis=0)
        missing = float(instance.pupils[np.ix_(stranded, seated)].sum(axis=1).max())
        return [Lack(0, stranded, np.array([], int), missing)]
    years = [_short(instance, open_to, [t]) for t in range(instance.pupils.shape[1])]
    lacks = [Lack(t, *area) for t, areas in enumerate(years) for area in areas]
    return lacks or [Lack(-1, *area) for area in _short(instance, open_to, list(range(len(years))))]


def _short(instance: Instance, open_to: np.ndarray, years: list[int]) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return units, schools and missing seats of each area that some years overfill, from the duals of the flow."""
    bare = replace(
        instance,
        cost=np.where(open_to, 0.0, np.inf),
        pupils=instance.pupils[:, years],
        capacity=instance.capacity[:, years],
        border=np.zeros(len(instance.edges)),
        hinge_at=np.zeros((0, instance.schools_n, len(years))),
        hinge_price=np.zeros((0, instance.schools_n, len(years))),
        hinge_sign=np.zeros(0, np.int64),
        apart=0.0,
    )
    form = formulation.formulate(bare, elastic=1.0, whole=False)
    answer = highs.solve(form.program)
    if answer.value <= instances.SLACK * len(years):
        return []
    n, k = form.column.shape
    crowded = answer.row_dual[:n] > instances.SLACK
    full = (answer.row_dual[n:].reshape(k, len(years)) < -instances.SLACK).any(axis=1)
    over = answer.x[len(form.unit) :].reshape(k, len(years)).sum(axis=1)
    shared = open_to & crowded[:, None] & full
    unit, school = np.nonzero(shared)
    area = contiguity.components(np.column_stack([unit, n + school]), n + k)
    parts = [np.flatnonzero(area == number) for number in np.unique(area[:n][crowded])]
    return [(part[part < n], part[part >= n] - n, float(over[part[part >= n] - n].sum())) for part in parts]
