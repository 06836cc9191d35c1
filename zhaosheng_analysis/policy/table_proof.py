"""The proof of a decision table: every situation is answered by exactly one row.

Hit policy *unique*: all cells of the fact domains are enumerated under every option of the parameters the rows depend
on; a gap, an overlap or a dead row is a fault that names the situation.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from zhaosheng_analysis.policy.cell_blocks import merge
from zhaosheng_analysis.policy.decision_table import Row, Table, active, cover, impossible, text_of
from zhaosheng_analysis.schema import Faults

_MOST_CELLS = 1 << 22
_MOST_TRIED = 2_000_000_000  # cells times rows times combinations of parameters: some seconds
_MOST_TOLD = 20


def prove(table: Table, options: Mapping[str, tuple[Any, ...]], where: str, faults: Faults) -> None:
    """Prove that every possible situation is answered by exactly one row, under every option of the parameters used.

    Parameters
    ----------
    table : Table
        The table to prove.
    options : mapping of str to tuple of object
        Options of every declared parameter.
    where : str
        File and element, for the messages.
    faults : Faults
        Collects gaps, overlaps and dead rows, each once.
    """
    if _too_large(table, options, where, faults):
        return
    barred, used, said = impossible(table), set(), set()
    for chosen in combinations(table, options):
        rows = active(table, chosen)
        hits = np.zeros((len(rows), *table.shape), dtype=bool)
        for place, row in enumerate(rows):
            hits[place] = cover(table, row.needs) & ~barred
            used |= {row.number} if hits[place].any() else set()
        count = hits.sum(axis=0)
        tail = _under(chosen)
        if "gap" not in said and (gap := (count == 0) & ~barred).any():
            said.add("gap")
            faults.add(
                where, f"有 {int(gap.sum())} 种情形没有规则{tail}：{_cells(table, gap)}", "", "请补一行，或声明不可能"
            )
        for pair in _overlaps(rows, hits, count):
            if pair not in said and len(said) < _MOST_TOLD:
                said.add(pair)
                both = np.logical_and(*(hits[[row.number for row in rows].index(number)] for number in pair))
                found = f"第{pair[0]}行与第{pair[1]}行规则重叠{tail}：{_cells(table, both)}"
                faults.add(where, found, "每种情形只能有一行", "请缩小其中一行")
    for row in table.rows:
        if row.number not in used:
            faults.add(f"{where}第{row.number}行规则", f"类别「{row.tier}」的这一行永远用不到", "", "请删去或改正取值")


def _too_large(table: Table, options: Mapping[str, tuple[Any, ...]], where: str, faults: Faults) -> bool:
    """Refuse a table nobody could prove: too many situations, or too many parameters that change its rows."""
    cells, tried = math.prod(table.shape), math.prod(len(options[name]) for name in _steering(table, options))
    if cells > _MOST_CELLS:
        found = f"事实的取值组合有 {cells:,} 种情形"
        faults.add(where, found, f"至多 {_MOST_CELLS:,} 种", "请减少 [facts] 里的事实或取值")
    elif cells * len(table.rows) * tried > _MOST_TRIED:
        found = f"when 用到的参数有 {tried:,} 种组合，每种 {cells:,} 种情形，无法逐一证明"
        faults.add(where, found, "", "请减少 when 里的参数，或减少事实")
    else:
        return False
    return True


def _steering(table: Table, options: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """Name the parameters on which rows depend."""
    named = {name for row in table.rows for name in row.when}
    return [name for name in options if name in named]


def combinations(table: Table, options: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """List every combination of the parameter values the rows depend on.

    Parameters
    ----------
    table : Table
        The tier table.
    options : mapping of str to tuple of object
        Options of every declared parameter.

    Yields
    ------
    dict of str to object
        A value for each parameter the rows name.
    """
    names = _steering(table, options)
    for values in itertools.product(*(options[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def _overlaps(rows: tuple[Row, ...], hits: np.ndarray, count: np.ndarray) -> Iterator[tuple[int, int]]:
    if (count > 1).any():
        for first, second in itertools.combinations(range(len(rows)), 2):
            if (hits[first] & hits[second]).any():
                yield rows[first].number, rows[second].number


def _under(chosen: Mapping[str, Any]) -> str:
    return f"（{'、'.join(f'{name}={text_of(value)}' for name, value in chosen.items())} 时）" if chosen else ""


def _cells(table: Table, marked: np.ndarray) -> str:
    """Describe marked cells: at most three blocks, facts that do not matter left out."""
    blocks = merge(table, marked, most=4)
    words = [
        "、".join(f"{fact}={'/'.join(values)}" for fact, values in block.items()) or "一切情形" for block in blocks[:3]
    ]
    return "；".join(words) + ("；……" if len(blocks) > 3 else "")
