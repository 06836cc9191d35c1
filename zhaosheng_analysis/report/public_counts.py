"""Tables as the public may see them: no counts of few children, and none that follows from a sum or another table.

What a hearing pack and the page of options say of one option is hidden together, so that one table does not tell what
another leaves out. Today's side is hidden by itself, and so alike beside every option.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zhaosheng_analysis.redraw import FATES
from zhaosheng_analysis.report import blocks, redraw
from zhaosheng_analysis.schema import small_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhaosheng_analysis.redraw import Score
    from zhaosheng_analysis.report.blocks import Block

# Columns that count children: by year, by group, by what became of them.
_COUNTED = r"(children|families|moved|moving|changed|gain|lose|apart|beyond|away|own_\w+|none_\w+|demand_\w+)_n"
_PUPILS = r"children_(before|come|after)_n"
_CHILDREN = rf"y\d+|total|all|none|children|{_COUNTED}|{_PUPILS}|{'|'.join(FATES)}"
# Whose parts add up to a whole each: groupings of the same children, today's zones and the option's.
_WHOLES = ("facet", "zones", "whom")
#: Sums within a row: the sum, and its parts where all of them are there.
_SUMS = {
    "children": tuple(FATES),
    "children_after_n": ("children_before_n", "children_come_n", "children_n"),
}


def shown(block: Block) -> Block:
    """Return a table as the public may see it: counts of few children, and what would tell them, are not printed.

    Parameters
    ----------
    block : Block
        Of any kind; only tables have counts.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    return together({"": block})[""]


def together(
    tables: Mapping[str, Block],
    links: Iterable[small_cells.Link] = (),
    beside: Mapping[str, small_cells.Counts] | None = None,
) -> dict[str, Block]:
    """Return tables that are published together, hidden together.

    Parameters
    ----------
    tables : mapping of str to Block
        By name; what is no table, or has no rows, stays as it is.
    links : iterable of Link
        Where two of them count the same children; one that names a table without rows is left out.
    beside : mapping of str to Counts, optional
        Further tables the links name, which are not shown.

    Returns
    -------
    dict of str to Block
        By name.
    """
    counted = {name: _counts(block) for name, block in tables.items() if _is_table(block)} | dict(beside or {})
    known = [link for link in links if {link.one[0], link.other[0]} <= counted.keys()]
    hidden = small_cells.together(counted, known)
    return {name: _written(block, hidden[name]) if name in counted else block for name, block in tables.items()}


def _is_table(block: Block) -> bool:
    return block.data["kind"] == "table" and bool(block.data["rows"])


def frame(block: Block) -> pd.DataFrame:
    """Return the rows of a table block.

    Parameters
    ----------
    block : Block
        A table.

    Returns
    -------
    DataFrame
        Its columns by key.
    """
    return pd.DataFrame(block.data["rows"], columns=[column["key"] for column in block.data["columns"]])


def _counts(block: Block) -> small_cells.Counts:
    """Say what of a table counts children, and what adds up."""
    table = frame(block)
    counts = [name for name in table if re.fullmatch(_CHILDREN, name)]
    years = [name for name in counts if re.fullmatch(r"y\d+", name)]
    sums = [(total, years) for total in ("total", "all") if total in counts]
    for total, parts in _SUMS.items():
        there = [name for name in parts if name in counts]
        if total in counts and there and _adds_up(table, total, there):
            sums.append((total, there))
    by = next((name for name in _WHOLES if name in table), "")
    diagonals = {f"born{name[1:]}": int(name[1:]) - table["grade"] for name in years if "grade" in table}
    return small_cells.Counts(table.assign(**diagonals), counts, sums, by=by)


def _adds_up(table: pd.DataFrame, total: str, parts: list[str]) -> bool:
    return bool((table[parts].sum(axis=1) == table[total]).all())


def _written(block: Block, hidden: pd.DataFrame) -> Block:
    """Return a table with what is hidden, and without ways that a few children walk."""
    keys = [column["key"] for column in block.data["columns"]]
    table = _without_ways(hidden[keys].astype("object"), frame(block))
    rows = table.where(table.notna(), None).to_numpy().tolist()
    return blocks.Block(block.data | {"rows": rows, "note": block.data["note"] + small_cells.NOTE})


def _without_ways(table: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """Leave out the mean way of children whose number is not told, and of more until they are not few together."""
    ways = [name for name in table if re.fullmatch(r"(way|mean)_(before|after)_m", name)]
    if not ways or "children_n" not in table:
        return table
    true, table = true["children_n"], table.copy()
    whole = next((table[name] for name in _WHOLES if name in table), pd.Series("", table.index))
    for _, rows in table.groupby(whole, sort=False):
        gone = rows["children_n"].map(lambda count: isinstance(count, str)).to_numpy()
        while gone.any() and not gone.all() and true[rows.index[gone]].sum() < small_cells.FEWEST:
            gone[np.flatnonzero(~gone)[true[rows.index[~gone]].argmin()]] = True
        table.loc[rows.index[gone], ways] = small_cells.LEFT_OUT
    return table


def ends(score: Score) -> tuple[Block, Block]:
    """Return what becomes of the children of the years ahead, and the tiers of those refused: hidden together.

    Parameters
    ----------
    score : Score
        What an assignment does.

    Returns
    -------
    tuple of Block
        As `redraw.fates` and `redraw.tiers` show them.
    """
    fates, tiers = redraw.fates(score), redraw.tiers(score)
    if not (_is_table(fates) and _is_table(tiers)):
        return shown(fates), shown(tiers)
    table = frame(fates)
    lost = ["refused", "none"]  # whom their own school has no seat for, as `redraw.tiers` counts them
    years = {f"fates {year}": small_cells.Counts(rows, lost, by="zones") for year, rows in table.groupby("year")}
    same = [(("tiers", ["none"], ["zones"]), ("fates", ["none"], ["zones"]))]
    for name in years:
        same += [(("fates", [part], ["year", "zones"]), (name, [part], ["year", "zones"])) for part in lost]
        same.append((("tiers", [f"y{name.split()[1]}"], ["zones"]), (name, lost, ["zones"])))
    links = [small_cells.Link(one, other) for one, other in same]
    found = together({"fates": fates, "tiers": tiers}, links, years)
    return found["fates"], found["tiers"]


def by_grade(score: Score) -> Block:
    """Return the children whose zone changes by unit, grade and year: those of one birth year are the same children.

    Parameters
    ----------
    score : Score
        What an assignment does.

    Returns
    -------
    Block
        As `redraw.by_grade` shows it.
    """
    block = redraw.by_grade(score)
    years = [column["key"][1:] for column in block.data["columns"] if re.fullmatch(r"y\d+", column["key"])]
    links = [
        small_cells.Link(("", [f"y{one}"], ["name", f"born{one}"]), ("", [f"y{other}"], ["name", f"born{other}"]))
        for at, one in enumerate(years)
        for other in years[at + 1 :]
    ]
    return together({"": block}, links)[""]


def ways(score: Score) -> Block:
    """Return how far children walk, without the shares that tell of a few.

    Parameters
    ----------
    score : Score
        What an assignment does.

    Returns
    -------
    Block
        As `redraw.ways` shows it.
    """
    block = redraw.ways(score)
    if not _is_table(block):
        return shown(block)
    keys = [column["key"] for column in block.data["columns"]]
    table, true = frame(shown(block)), frame(block)
    for when in ("before", "after"):
        names = sorted((name for name in keys if re.fullmatch(rf"beyond_\d+_{when}_share", name)), key=_metres)
        for row in true.index:
            beyond = [1.0, *true.loc[row, names], 0.0]
            bands = np.rint(-np.diff(beyond) * true.loc[row, "children_n"])
            hidden = small_cells.masked(pd.DataFrame({"n": bands}), ["n"])["n"].map(lambda n: isinstance(n, str))
            for at, name in enumerate(names, start=1):
                inside, outside = int(hidden[at:].sum()), int(hidden[:at].sum())
                if (inside and outside) or 1 in (inside, outside) or isinstance(table.loc[row, "children_n"], str):
                    table[name] = table[name].astype("object")
                    table.loc[row, name] = small_cells.LEFT_OUT
    rows = table.astype("object").where(table.notna(), None).to_numpy().tolist()
    return blocks.Block(shown(block).data | {"rows": rows})


def _metres(name: str) -> int:
    return int(name.split("_")[1])
