"""An instance as a mixed-integer program: one yes-or-no column a unit and school, whole units, contiguity by cuts."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import block_array, coo_array, csr_array

from zhaosheng_analysis.redraw.solver import contiguity, highs
from zhaosheng_analysis.redraw.solver.highs import INFINITY, Program
from zhaosheng_analysis.redraw.solver.instances import Instance

#: A column below this is taken as empty when loose pieces of a fractional solution are looked for.
EMPTY = 0.02
#: Cuts violated by less than this are not worth a row.
VIOLATED = 1e-3

Cut = tuple[int, int, np.ndarray]  # unit, school, the units of which one must be in the school's zone as well


@dataclass(frozen=True)
class Formulation:
    """A program and what its columns mean.

    Attributes
    ----------
    instance : Instance
        What was formulated.
    program : Program
        Its columns are the pairs first, then the prices of loads, borders and missing seats.
    unit : ndarray
        Of each pair.
    school : ndarray
        Of each pair.
    column : ndarray, shape (n, k)
        Column of each pair, -1 where there is none.
    """

    instance: Instance
    program: Program
    unit: np.ndarray
    school: np.ndarray
    column: np.ndarray


def formulate(
    instance: Instance, *, kept: np.ndarray | None = None, elastic: float | None = None, whole: bool = True
) -> Formulation:
    """Write an instance as a program, without contiguity.

    Parameters
    ----------
    instance : Instance
        The problem as the solver has it.
    kept : ndarray, shape (n, k), optional
        Pairs that get a column; by default every allowed one.
    elastic : float, optional
        Price of a child beyond a capacity; by default there are no such children.
    whole : bool, default True
        Whether units are whole; otherwise the linear relaxation.

    Returns
    -------
    Formulation
        The program.
    """
    n, k = instance.cost.shape
    unit, school = np.nonzero(instance.allowed if kept is None else kept & instance.allowed)
    column = np.full((n, k), -1)
    column[unit, school] = np.arange(len(unit))
    blocks = [_assignment(n, unit), _capacity(instance, unit, school, elastic)]
    blocks += [_hinge(instance, unit, school, h) for h in range(len(instance.hinge_sign))]
    if instance.border.any():
        blocks.append(_borders(instance, column))
    program = _join(instance.cost[unit, school], blocks, len(unit) if whole else 0)
    return Formulation(instance, program, unit, school, column)


@dataclass(frozen=True)
class _Block:
    """Rows over the pairs and over columns of their own: pairs, own, row bounds, cost of the own columns."""

    pairs: csr_array
    own: csr_array
    low: np.ndarray
    high: np.ndarray
    cost: np.ndarray


def _block(pairs: coo_array, low: np.ndarray, high: np.ndarray, *, own: csr_array | None = None, cost=()) -> _Block:
    """Return a block, without own columns unless some are given."""
    rows = pairs.shape[0]
    own = csr_array((rows, 0)) if own is None else own
    return _Block(pairs.tocsr(), own, low, high, np.asarray(cost, float))


def _assignment(n: int, unit: np.ndarray) -> _Block:
    """Every unit goes to one school."""
    pairs = coo_array((np.ones(len(unit)), (unit, np.arange(len(unit)))), shape=(n, len(unit)))
    return _block(pairs, np.ones(n), np.ones(n))


def _load_rows(instance: Instance, unit: np.ndarray, school: np.ndarray) -> coo_array:
    """Return the loads of (school, year), rows in that order, as a matrix over the pairs."""
    years = instance.pupils.shape[1]
    row = (school[:, None] * years + np.arange(years)).ravel()
    at = np.repeat(np.arange(len(unit)), years)
    shape = (instance.schools_n * years, len(unit))
    return coo_array((instance.pupils[unit].ravel(), (row, at)), shape=shape)


def _eye(size: int, sign: float) -> csr_array:
    """Return a diagonal of `sign`."""
    return csr_array((np.full(size, sign), (np.arange(size), np.arange(size))), shape=(size, size))


def _capacity(instance: Instance, unit: np.ndarray, school: np.ndarray, elastic: float | None) -> _Block:
    """No school gets more children than its capacity in any year, unless that has a price."""
    rows = _load_rows(instance, unit, school)
    high, low = instance.capacity.ravel(), np.full(rows.shape[0], -INFINITY)
    if elastic is None:
        return _block(rows, low, high)
    return _block(rows, low, high, own=_eye(rows.shape[0], -1.0), cost=np.full(rows.shape[0], elastic))


def _hinge(instance: Instance, unit: np.ndarray, school: np.ndarray, h: int) -> _Block:
    """Children beyond (or short of) a line have a column each school and year."""
    sign = instance.hinge_sign[h]
    rows = _load_rows(instance, unit, school) * float(sign)
    high, low = sign * instance.hinge_at[h].ravel(), np.full(rows.shape[0], -INFINITY)
    return _block(rows, low, high, own=_eye(rows.shape[0], -1.0), cost=instance.hinge_price[h].ravel())


def _borders(instance: Instance, column: np.ndarray) -> _Block:
    """Price an edge whose ends part company as a border: two columns an edge and school, half the price each."""
    priced = np.flatnonzero(instance.border)
    one, other = instance.edges[priced].T
    edge, school = np.nonzero((column[one] >= 0) | (column[other] >= 0))
    size = len(edge)
    row, value, at = [], [], []
    for ends, sign in ((one, 1.0), (other, -1.0)):
        ends_column = column[ends[edge], school]
        there = np.flatnonzero(ends_column >= 0)
        row.append(there)
        at.append(ends_column[there])
        value.append(np.full(len(there), sign))
    pairs = coo_array(
        (np.concatenate(value), (np.concatenate(row), np.concatenate(at))), shape=(size, int(column.max()) + 1)
    ).tocsr()
    half = instance.border[priced[edge]] / 2
    both = csr_array(block_array([[pairs], [-pairs]]))
    return _block(
        both.tocoo(),
        np.full(2 * size, -INFINITY),
        np.zeros(2 * size),
        own=csr_array(block_array([[_eye(size, -1.0)], [_eye(size, -1.0)]])),
        cost=half,
    )


def _join(cost: np.ndarray, blocks: list[_Block], whole_n: int) -> Program:
    """Put blocks under each other, their own columns side by side."""
    grid = [
        [block.pairs, *[block.own if mine == at else None for at in range(len(blocks)) if blocks[at].own.shape[1]]]
        for mine, block in enumerate(blocks)
    ]
    price = np.concatenate([cost, *[block.cost for block in blocks]])
    # A pair is at most 1 by its assignment; saying so again would spoil the reduced costs of the relaxation.
    high = np.where(np.arange(len(price)) < whole_n, 1.0, INFINITY)
    return Program(
        price,
        np.zeros(len(price)),
        high,
        csr_array(block_array(grid, format="csr")),
        np.concatenate([block.low for block in blocks]),
        np.concatenate([block.high for block in blocks]),
        np.arange(len(price)) < whole_n,
    )


def shares(form: Formulation, x: np.ndarray) -> np.ndarray:
    """Return the share of each unit that each school gets in a solution, (n, k)."""
    share = np.zeros(form.column.shape)
    share[form.unit, form.school] = x[: len(form.unit)]
    return share


def values(form: Formulation, assignment: np.ndarray) -> np.ndarray:
    """Return the columns of the pairs of an assignment; the other columns follow from them."""
    return (assignment[form.unit] == form.school).astype(float)


def neighbour_cuts(form: Formulation) -> list[Cut]:
    """Return, for every pair, that a unit goes to a school only if a neighbour does, unless it holds the school."""
    roots = form.instance.root
    around = [form.instance.neighbours(unit) for unit in range(form.instance.units_n)]
    return [(u, j, around[u]) for u, j in zip(form.unit, form.school, strict=True) if roots[j] != u]


def violated(form: Formulation, share: np.ndarray) -> list[Cut]:
    """Return cuts that a fractional solution violates: neighbours first, then separators of its loose pieces."""
    instance = form.instance
    start, others, _ = instance.around
    ends = np.repeat(np.arange(instance.units_n), np.diff(start))
    beside = csr_array((np.ones(len(others)), (ends, others)), shape=(instance.units_n, instance.units_n)) @ share
    lonely = np.argwhere(share > beside + VIOLATED)
    cuts = [(u, j, instance.neighbours(u)) for u, j in lonely if instance.root[j] != u]
    for school in range(instance.schools_n):
        cuts += _separators(form, share[:, school], school)
    return cuts


def _separators(form: Formulation, share: np.ndarray, school: int) -> list[Cut]:
    """Return the separators one school's share violates at the pieces that do not hold the school."""
    instance = form.instance
    there = share > EMPTY
    inside = there[instance.edges].all(axis=1)
    piece = contiguity.components(instance.edges[inside], instance.units_n)
    cuts = []
    for number in np.unique(piece[there & (piece != piece[instance.root[school]])]):
        part = np.flatnonzero(there & (piece == number))
        wall = contiguity.separator(instance, part, school)
        beyond = share[wall].sum() + VIOLATED
        cuts += [(u, school, wall) for u in part if share[u] > beyond]
    return cuts


def assignment_cuts(instance: Instance, assignment: np.ndarray) -> list[Cut]:
    """Return the separators that an assignment of whole units violates, for every unit of every loose piece."""
    return [
        (unit, int(assignment[part[0]]), wall)
        for part in contiguity.loose_pieces(instance, assignment)
        for wall in [contiguity.separator(instance, part, int(assignment[part[0]]))]
        for unit in part
    ]


def cut_rows(form: Formulation, cuts: list[Cut]) -> csr_array:
    """Return cuts as rows of the program, each at most 0; cuts on pairs without a column are left out."""
    row, at, value, count = [], [], [], 0
    for unit, school, wall in cuts:
        if form.column[unit, school] < 0:
            continue
        behind = form.column[wall, school]
        behind = behind[behind >= 0]
        row += [count] * (len(behind) + 1)
        at += [form.column[unit, school], *behind]
        value += [1.0] + [-1.0] * len(behind)
        count += 1
    return csr_array((value, (row, at)), shape=(count, len(form.program.cost)))


def add_cuts(solver, form: Formulation, cuts: list[Cut]) -> None:
    """Add cuts to a loaded formulation."""
    rows = cut_rows(form, cuts)
    if rows.shape[0]:
        highs.add_rows(solver, rows, np.full(rows.shape[0], -INFINITY), np.zeros(rows.shape[0]))


def with_cuts(form: Formulation, cuts: list[Cut]) -> Formulation:
    """Return the formulation with cuts among its rows."""
    rows, program = cut_rows(form, cuts), form.program
    added = replace(
        program,
        rows=csr_array(block_array([[program.rows], [rows]], format="csr")) if rows.shape[0] else program.rows,
        row_low=np.concatenate([program.row_low, np.full(rows.shape[0], -INFINITY)]),
        row_high=np.concatenate([program.row_high, np.zeros(rows.shape[0])]),
    )
    return replace(form, program=added)
