"""Linear and mixed-integer programs as arrays, solved by HiGHS on one thread and within a counted effort."""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array

INFINITY = highspy.kHighsInf


@dataclass(frozen=True)
class Program:
    """Minimise ``cost @ x`` with ``row_low <= rows @ x <= row_high`` and ``low <= x <= high``.

    Attributes
    ----------
    cost : ndarray
        One entry a column.
    low : ndarray
        One entry a column.
    high : ndarray
        One entry a column.
    rows : csr_array
        Sparse matrix of the constraints.
    row_low : ndarray
        One entry a row.
    row_high : ndarray
        One entry a row.
    whole : ndarray
        Whether a column must be a whole number.
    """

    cost: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rows: csr_array
    row_low: np.ndarray
    row_high: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes
    ----------
    status : str
        Optimal, infeasible, limit or other.
    x : ndarray or None
        Values of the columns; None where none were found.
    value : float
        Their cost, inf where none were found.
    bound : float
        No solution costs less.
    row_dual : ndarray
        Prices of rows and reduced costs of columns (linear programs only).
    column_dual : ndarray
        Prices of rows and reduced costs of columns (linear programs only).
    """

    status: str
    x: np.ndarray | None
    value: float
    bound: float
    row_dual: np.ndarray
    column_dual: np.ndarray


def load(program: Program, *, seed: int = 0) -> highspy.Highs:
    """Hand a program to a silent solver of one thread."""
    solver = highspy.Highs()
    for option, value in {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": seed}.items():
        solver.setOptionValue(option, value)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), len(program.row_low)
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.low, program.high
    model.row_lower_, model.row_upper_ = program.row_low, program.row_high
    matrix = program.rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    if program.whole.any():
        kinds = np.where(program.whole, highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
        model.integrality_ = list(kinds)
    solver.passModel(model)
    return solver


def add_rows(solver: highspy.Highs, rows: csr_array, low: np.ndarray, high: np.ndarray) -> None:
    """Add constraints to a loaded program."""
    solver.addRows(len(low), low, high, rows.nnz, rows.indptr, rows.indices, rows.data)


def add_columns(solver: highspy.Highs, cost: np.ndarray, columns: csr_array) -> None:
    """Add columns from 0 upwards to a loaded program; each row of `columns` is one of them."""
    size = len(cost)
    solver.addCols(
        size,
        cost,
        np.zeros(size),
        np.full(size, INFINITY),
        columns.nnz,
        columns.indptr,
        columns.indices,
        columns.data,
    )


def run(
    solver: highspy.Highs, *, start: np.ndarray | None = None, incumbent: np.ndarray | None = None, **limits: float
) -> Answer:
    """Solve what is loaded.

    Parameters
    ----------
    solver : Highs
        The program, loaded.
    start : ndarray, optional
        Values of a feasible solution to begin from.
    incumbent : ndarray, optional
        Columns these values belong to; by default all.
    **limits : float
        Options of HiGHS such as mip_max_nodes, mip_rel_gap, time_limit, objective_bound.

    Returns
    -------
    Answer
        What it found.
    """
    for option, value in limits.items():
        solver.setOptionValue(option, value)
    if start is not None:
        incumbent = np.arange(len(start)) if incumbent is None else incumbent
        solver.setSolution(len(incumbent), incumbent.astype(np.int32), start.astype(float))
    solver.run()
    return _answer(solver)


def solve(program: Program, *, start: np.ndarray | None = None, seed: int = 0, **limits: float) -> Answer:
    """Load and solve one program."""
    return run(load(program, seed=seed), start=start, **limits)


def _answer(solver: highspy.Highs) -> Answer:
    """Read status, values and bound."""
    info, model_status = solver.getInfo(), solver.getModelStatus()
    names = {highspy.HighsModelStatus.kOptimal: "optimal", highspy.HighsModelStatus.kInfeasible: "infeasible"}
    status = names.get(model_status, "limit")
    solution = solver.getSolution()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    mixed = info.mip_node_count >= 0
    bound = info.mip_dual_bound if mixed else info.objective_function_value if status == "optimal" else -np.inf
    return Answer(
        status,
        np.array(solution.col_value) if feasible else None,
        info.objective_function_value if feasible else np.inf,
        np.inf if status == "infeasible" else bound,
        np.array(solution.row_dual),
        np.array(solution.col_dual),
    )
