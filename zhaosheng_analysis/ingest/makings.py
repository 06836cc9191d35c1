"""Rows of one table made of the rows of one piece, each rule at its column, every row that goes counted.

Comes in: a piece and what is to be made of it. Goes out: a frame of text with the columns of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zhaosheng_analysis.ingest import columns, places
from zhaosheng_analysis.ingest.answers import NOBODY
from zhaosheng_analysis.ingest.columns import Kitchen
from zhaosheng_analysis.ingest.pieces import Piece, Step
from zhaosheng_analysis.ingest.recipes import Making, Rule
from zhaosheng_analysis.schema import TABLES, cell_types, examples

_ROW = "第几行"


@dataclass(frozen=True)
class Part:
    """What one piece gave to one table.

    Attributes
    ----------
    table : str
        Name of the table.
    frame : DataFrame
        Text under our columns; a layer has its shapes. The index plus 2 is the row of theirs.
    piece : Piece
        Where it came from, with every step up to here.
    fills : bool
        Whether it only fills blanks of rows that are there already.
    distinct : bool
        Whether rows that are alike are one, those of other pieces too.
    """

    table: str
    frame: pd.DataFrame
    piece: Piece
    fills: bool = False
    distinct: bool = False


def of(piece: Piece, making: Making, options: Mapping[str, Any], crs: str, kitchen: Kitchen) -> Part:
    """Make the rows of one table.

    Parameters
    ----------
    piece : Piece
        One row a thing.
    making : Making
        What is made.
    options : mapping of str to object
        Of the source.
    crs : str
        The district's system; "" where the recipe names none.
    kitchen : Kitchen
        What all rules share.

    Returns
    -------
    Part
        The rows.
    """
    given = making.options
    if "skip_blank" in given:
        piece = piece.without(piece.table[given["skip_blank"]].isna(), f"「{given['skip_blank']}」空白")
    piece, frame = (
        _opened(piece, making, kitchen) if making.each else (piece, _columns(piece, making.rules, making, kitchen))
    )
    piece, frame = _several(piece, frame)
    piece, frame = _nobody(piece, frame)
    piece, frame = _without_orphans(piece, frame, making, kitchen)
    if TABLES[making.table].geometry:
        piece, frame = _shaped(piece, frame, making, options, crs, kitchen)
    piece, frame = _joined(piece, frame, making, kitchen)
    return Part(making.table, frame, piece, bool(given.get("fills")), bool(given.get("distinct")))


def _columns(piece: Piece, rules: Mapping[str, Rule], making: Making, kitchen: Kitchen) -> pd.DataFrame:
    """Make every column by its rule."""
    titles = {name: column.title for name, column in TABLES[making.table].columns.items()}
    made = {name: columns.made(rule, piece, titles[name], kitchen) for name, rule in rules.items()}
    return pd.DataFrame(made, index=piece.table.index)


def _opened(piece: Piece, making: Making, kitchen: Kitchen) -> tuple[Piece, pd.DataFrame]:
    """Make one row of ours of each group of columns side by side; a group without anything is no row."""
    size, count = len(piece.table), len(making.each)
    steps = (*piece.steps, Step(f"{count} 组并排，一组一行展开", size * (count - 1)))
    filled, parts = [], []
    for rules in making.each:
        read = sorted({header for rule in rules.values() for header in rule.headers})
        some = piece.table[read].notna().any(axis=1).to_numpy() if read else np.ones(size, dtype=bool)
        part = replace(piece, table=piece.table[some])
        parts.append(_columns(part, rules, making, kitchen).assign(**{_ROW: np.flatnonzero(some)}))
        filled.append(some)
    own = pd.concat(parts).sort_values(_ROW, kind="stable")
    opened = replace(piece, table=piece.table.iloc[own.pop(_ROW)], steps=steps)
    blank = size * count - int(np.sum(filled))
    opened = replace(opened, steps=(*steps, Step("该组空白", -blank))) if blank else opened
    frame = _columns(opened, making.rules, making, kitchen)
    return opened, frame.assign(**{name: own[name].to_numpy() for name in own})


def _several(piece: Piece, frame: pd.DataFrame) -> tuple[Piece, pd.DataFrame]:
    """Make one row of each id where a name means several."""
    for name in frame:
        lists = frame[name].map(lambda cell: isinstance(cell, list))
        if not lists.any():
            continue
        counts = [len(cell) if isinstance(cell, list) else 1 for cell in frame[name]]
        again = np.repeat(np.arange(len(frame)), counts)
        frame = frame.explode(name)
        steps = (*piece.steps, Step("一名多个编号，一个一行", len(frame) - len(piece.table)))
        piece = replace(piece, table=piece.table.iloc[again], steps=steps)
    return piece, frame


def _nobody(piece: Piece, frame: pd.DataFrame) -> tuple[Piece, pd.DataFrame]:
    """Leave out rows whose name was decided to be none of ours."""
    gone = frame.eq(NOBODY).any(axis=1) if len(frame.columns) else pd.Series(False, index=frame.index)
    return piece.without(gone, "已决定不属于本区县"), frame[~gone.to_numpy()]


def _without_orphans(piece: Piece, frame: pd.DataFrame, making: Making, kitchen: Kitchen) -> tuple[Piece, pd.DataFrame]:
    """Leave out rows of things that were left out of their own table, where the recipe says so."""
    name = making.options.get("only_known", "")
    column = TABLES[making.table].columns.get(name)
    targets = [target.split(".") for target in (column.refers if column is not None else ())]
    if not name or not targets or name not in frame or targets[0][0] not in kitchen.made:
        return piece, frame
    table, other = targets[0]
    gone = frame[name].notna() & ~frame[name].isin(kitchen.made[table][other])
    return piece.without(gone, f"「{table}」里没有的{column.title}"), frame[~gone.to_numpy()]


def _shaped(
    piece: Piece, frame: pd.DataFrame, making: Making, options: Mapping[str, Any], crs: str, kitchen: Kitchen
) -> tuple[Piece, pd.DataFrame]:
    """Give the rows of a layer their shapes."""
    table, given = making.table, making.options
    if not crs:
        if isinstance(piece.table, gpd.GeoDataFrame) or {"point", "hull", "cells", "union"} & set(given):
            kitchen.faults.add("about", f"「{table}」是图层，没有写坐标系", "如 EPSG:4549", "请在 about 里补上 crs")
        return piece, frame
    if "union" in given:
        shapes = _land_of(piece, given["union"], crs, kitchen)
    else:
        shapes = places.of(piece, making, crs, options, kitchen)
    if shapes is None:
        return piece, frame
    if "cells" in given or "hull" in given:
        bare = frame[shapes.isna().to_numpy()]
        if len(bare) and ("cells" in given or len(bare) == len(frame)):
            pair = given.get("cells") or given["hull"]
            found = f"有 {len(bare)} 行没有坐标：{piece.some(pair[0], piece.table[pair[0]][shapes.isna().to_numpy()])}"
            kitchen.faults.add(piece.where, found, "示意的界线要由点来画", "请补上坐标，或用 leave 写明不要这些行")
            return piece, frame
    if "hull" in given:
        outline = places.hull(shapes)
        shapes = gpd.GeoSeries([outline] * len(shapes), shapes.index, crs=crs)
        kitchen.notes.append(f"{TABLES[table].title}为示意：由 {'、'.join(given['hull'])} 各点围成")
    if "cells" in given:
        shapes = _sketched(frame, shapes, table, kitchen)
    laid = gpd.GeoDataFrame(frame, geometry=np.asarray(shapes.array), crs=crs)
    blank = laid.geometry.isna() | laid.geometry.is_empty
    if blank.any() and "no_shape" in given:
        piece, laid = piece.without(blank, f"没有图形（{given['no_shape']}）"), laid[~blank.to_numpy()]
    elif blank.any() and not TABLES[table].geometry_optional and not given.get("fills"):
        shown = "、".join(f"第 {row + 1} 个" for row in laid.index[blank.to_numpy()][:3])
        remedy = '请补画，或写 no_shape = "为什么不要"'
        kitchen.faults.add(piece.where, f"「{table}」有 {blank.sum()} 个没有图形或坐标：{shown}", "", remedy)
    return piece, laid


def _sketched(frame: pd.DataFrame, shapes: gpd.GeoSeries, table: str, kitchen: Kitchen) -> gpd.GeoSeries:
    """Share out the boundary among things of which only a point nearby is known."""
    key = TABLES[table].key[0]
    boundary = kitchen.made.get("boundary")
    outline = places.hull(shapes) if boundary is None else boundary.geometry.union_all()
    land = places.cells(shapes, frame[key], outline)
    kitchen.notes.append(f"{TABLES[table].title}的界线为示意：只知附近的点，按最近的点划分")
    return gpd.GeoSeries(np.asarray(land[frame[key]].array), shapes.index, crs=shapes.crs)


def _land_of(piece: Piece, header: str, crs: str, kitchen: Kitchen) -> gpd.GeoSeries | None:
    """Return the land of the units that a column names."""
    rule = Rule("match", header, {"in": "units"})
    ids = columns.made(rule, piece, f"「{header}」", kitchen)
    units = kitchen.made.get("units")
    if units is None or not isinstance(units, gpd.GeoDataFrame):
        return None
    land = units.set_index("unit_id").geometry
    return gpd.GeoSeries([land.get(one) for one in ids], piece.table.index, crs=crs)


def _joined(piece: Piece, frame: pd.DataFrame, making: Making, kitchen: Kitchen) -> tuple[Piece, pd.DataFrame]:
    """Join rows that are one thing: alike throughout, parts of one shape, or numbers to be added up."""
    options, table = making.options, TABLES[making.table]
    asked = [name for name in ("distinct", "dissolve", "total") if options.get(name)]
    keys = [key for key in table.key if key in frame]
    if not asked or len(keys) != len(table.key):
        return piece, frame
    first = ~frame.duplicated(keys).to_numpy()
    _judge_agreement(piece, frame, keys, asked[0], making, kitchen)
    once = frame[first]
    if "dissolve" in asked and isinstance(frame, gpd.GeoDataFrame):
        shapes = places.dissolved(frame, making.table)
        by = once[keys[0]] if len(keys) == 1 else pd.MultiIndex.from_frame(once[keys])
        once = once.set_geometry(gpd.GeoSeries(np.asarray(shapes[by].array), once.index, crs=frame.crs))
    if "total" in asked:
        counts = [name for name in frame if name.endswith("_n") and name not in keys]
        units = {name: table.columns[name].unit for name in counts}
        _judge_counts(piece, frame, counts, making, kitchen)
        sums = (
            frame.assign(**{n: cell_types.parse(frame[n], "whole", unit=units[n]) for n in counts})
            .groupby(keys)[counts]
            .sum(min_count=1)
        )
        told_by = once[keys[0]] if len(keys) == 1 else pd.MultiIndex.from_frame(once[keys])
        once = once.assign(**{name: sums[name].reindex(told_by).astype("str").to_numpy() for name in counts})
    what = {"distinct": "相同的行并为一行", "dissolve": "同一编号的图形合并", "total": "同一编号的人数相加"}[asked[0]]
    return piece.without(pd.Series(~first), what), once


def _judge_counts(piece: Piece, frame: pd.DataFrame, counts: list[str], making: Making, kitchen: Kitchen) -> None:
    """Note counts to be added up that are no numbers."""
    table = TABLES[making.table]
    for name in counts:
        unit = table.columns[name].unit
        lost = frame[name].notna() & cell_types.parse(frame[name], "whole", unit=unit).isna()
        if lost.any():
            listed = _told(piece, making.table, frame[name], lost.to_numpy())
            found = f"{table.columns[name].title}有 {lost.sum()} 处不是整数：{listed}"
            kitchen.faults.add(piece.where, found, "要相加的须为整数", "请更正")


def _judge_agreement(
    piece: Piece, frame: pd.DataFrame, keys: list[str], how: str, making: Making, kitchen: Kitchen
) -> None:
    """Note rows of one key that do not agree in the other columns."""
    free = {*keys, "geometry", *((name for name in frame if name.endswith("_n")) if how == "total" else ())}
    for name in (name for name in frame if name not in free):
        several = frame.groupby(keys)[name].transform("nunique") > 1
        if several.any():
            table = TABLES[making.table]
            shown = _told(piece, making.table, frame[name], several.to_numpy())
            found = f"同一编号的行，{table.columns[name].title}有不同：{shown}"
            kitchen.faults.add(piece.where, found, "并为一行的须相同", "请核对，或换一种编号")


def _told(piece: Piece, table: str, cells: pd.Series, which: np.ndarray) -> str:
    """Name some rows of a table that was made, as the file they came from counts them, with what stands in them."""
    named = replace(TABLES[table], row_names=dict(enumerate(piece.row_names())))
    return examples(named, cells.reset_index(drop=True)[which])
