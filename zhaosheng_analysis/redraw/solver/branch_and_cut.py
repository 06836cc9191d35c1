"""Solve an instance exactly or nearly so: branch and bound; where a zone comes apart, cut that off and go on."""

from dataclasses import dataclass

import numpy as np

from zhaosheng_analysis.redraw.solver import deadlines, formulation, highs
from zhaosheng_analysis.redraw.solver.deadlines import Clock
from zhaosheng_analysis.redraw.solver.formulation import Cut
from zhaosheng_analysis.redraw.solver.instances import Instance


@dataclass(frozen=True)
class Effort:
    """How far a search goes; counted, so that the same search ends in the same place on any machine.

    Attributes
    ----------
    calls : int
        Looks the solver takes at whether to go on; a few dozen for a root, one a node after it.
    nodes : int
        Nodes of one branch and bound.
    rounds : int
        Times that loose pieces are cut off.
    heuristic : float
        Share of the effort the solver may put into its own heuristics.
    gap : float
        Relative gap at which a solution is good enough.
    """

    calls: int = 30
    nodes: int = 100
    rounds: int = 6
    heuristic: float = 0.05
    gap: float = 1e-4


@dataclass(frozen=True)
class Solved:
    """Outcome of a search: a contiguous assignment or None, a bound (of the pairs kept), and the cuts found."""

    assignment: np.ndarray | None
    bound: float
    cuts: list[Cut]


def solve(
    instance: Instance,
    effort: Effort,
    *,
    kept: np.ndarray | None = None,
    start: np.ndarray | None = None,
    elastic: float | None = None,
    cuts: list[Cut] | None = None,
    clock: Clock = deadlines.ENDLESS,
) -> Solved:
    """Search the cheapest contiguous assignment.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    effort : Effort
        How much may be tried.
    kept : ndarray, shape (n, k), optional
        Pairs that may be used; by default all that are allowed.
    start : ndarray, optional
        A feasible contiguous assignment to begin from.
    elastic : float, optional
        Price of a child beyond a capacity; by default there is none.
    cuts : list of Cut, optional
        Contiguity known to matter; neighbours are always asked for.
    clock : Clock, default deadlines.ENDLESS
        Ends the search early.

    Returns
    -------
    Solved
        The assignment, a bound and the cuts found.
    """
    form = formulation.formulate(instance, kept=kept, elastic=elastic)
    cuts = formulation.neighbour_cuts(form) + (cuts or [])
    bound = -np.inf
    for _ in range(effort.rounds):
        cut = formulation.with_cuts(form, cuts)
        incumbent = formulation.values(cut, start) if start is not None else None
        answer = bounded(cut.program, effort, start=incumbent, clock=clock)
        bound = max(bound, answer.bound)
        if answer.x is None:
            return Solved(None, bound, cuts)
        assignment = formulation.shares(cut, answer.x).argmax(axis=1)
        violated = formulation.assignment_cuts(instance, assignment)
        if not violated:
            return Solved(assignment, bound, cuts)
        cuts = cuts + violated
    return Solved(None, bound, cuts)


def bounded(
    program: highs.Program,
    effort: Effort,
    *,
    start: np.ndarray | None = None,
    clock: Clock = deadlines.ENDLESS,
) -> highs.Answer:
    """Run one branch and bound within an effort."""
    solver = highs.load(program)
    looks = [0]

    def look(event) -> None:
        looks[0] += 1
        if looks[0] > effort.calls or clock.late():
            event.data_in.user_interrupt = True

    solver.cbMipInterrupt += look
    limits = {"mip_max_nodes": effort.nodes, "mip_rel_gap": effort.gap, "mip_heuristic_effort": effort.heuristic}
    if clock.left() < float("inf"):
        limits["time_limit"] = max(0.0, clock.left())
    whole = np.flatnonzero(program.whole)
    return highs.run(solver, start=start, incumbent=whole, **limits)
