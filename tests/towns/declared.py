"""Result tables written by hand in the few columns a test is about; what else is declared is filled in plainly."""

from dataclasses import fields
from typing import Any

import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.admission import Outcome
from zhaosheng_analysis.forecast import Simulation
from zhaosheng_analysis.schema import RESULTS, Column


def plain(column: Column) -> Any:
    """Return the cell of a column that a test says nothing of: nothing, or the first of what there must be."""
    if not column.required:
        return None
    if column.choices:
        return next(iter(column.choices))
    return {"flag": False, "id": "", "text": ""}.get(column.kind, column.low or 0)


def whole(name: str, table: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Return a declared table from some of its columns."""
    declared, table = RESULTS[name], table.assign(**columns)
    if declared.index and isinstance(table.index, pd.RangeIndex):
        table.index = pd.Index([f"c{n:03d}" for n in range(len(table))])
    table = table.rename_axis(declared.index or None)
    wanted = [it for it in declared.columns.values() if not (it.each or it.optional or it.name == declared.index)]
    lost = {it.name: pd.Series(plain(it), table.index, it.dtype) for it in wanted if it.name not in table}
    typed = {it.name: it.loose_dtype for it in wanted if it.name in table and _loose(table[it.name], it)}
    table = table.assign(**lost).astype(typed)
    schema.expect(name, table)
    return table


def _loose(cells: pd.Series, column: Column) -> bool:
    """Tell whether a column written as a list, with blanks in it, still wants the type of its kind."""
    return cells.dtype == object or (column.kind == "whole" and cells.dtype == float)


def several(prefix: str, owner: type, **tables: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables of an outlook, an outcome or a simulation; what a test says nothing of has no rows."""
    names = [it.name for it in fields(owner) if f"{prefix}.{it.name}" in RESULTS]
    return {name: whole(f"{prefix}.{name}", tables.get(name, schema.empty(f"{prefix}.{name}"))) for name in names}


def simulation(*, futures: int = 1, intakes: int = 0, **tables: pd.DataFrame) -> Simulation:
    """Return a simulation of the tables a test is about."""
    return Simulation(**several("simulation", Simulation, **tables), futures=futures, intakes=intakes)


def outcome(**tables: pd.DataFrame) -> Outcome:
    """Return an outcome of the tables a test is about."""
    return Outcome(**several("outcome", Outcome, **tables))
