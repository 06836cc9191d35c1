"""Pictures of an audit: the matrix of questions and schools, and the sizes of all classes against the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhaosheng_analysis import audit, schema, texts
from zhaosheng_analysis.alerts import class_sizes
from zhaosheng_analysis.audit import ledger
from zhaosheng_analysis.figures.style import DEMAND, QUIET, RULE, SEATS, headed, settled, sheet, source, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.audit import Ledger
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

LINE_INCH = 0.2
# A letter in every cell, so that colour is never the only sign.
MARKS = {
    "open": ("改", "#a31621", "#ffffff"),
    "cured": ("销", "#6f9bc4", "#ffffff"),
    "waiting": ("核", "#f4d35e", "#4a3b00"),
    "noted": ("提", "#efe9d6", "#4a3b00"),
    "pass": ("", "#dbe9e4", "#1d4d42"),
    "not_concerned": ("", "#f7f7f4", "#6b6b66"),
}
COLUMNS_AT_MOST = 30
NUMBER_AT_MOST, TITLE_AT_MOST = 6, 18  # characters of a label that lies flat, and of one that is turned
TITLES_INCH = 1.6


def matrix(book: Ledger, district: District) -> Figure:
    """Draw every item at every school: red to be put right, yellow to be checked, green in order, else blank.

    Parameters
    ----------
    book : Ledger
        The ledger.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    rows = book.rows.assign(status=ledger.statuses(book))
    rows = rows[(rows["scope"] == "school") & (rows["school_id"] != "")]
    names = rows.drop_duplicates("school_id").set_index("school_id")[["org", "name"]].sort_values(["org", "name"])
    every = rows["item"].drop_duplicates().tolist()
    cells = rows.pivot_table(index="school_id", columns="item", values="status", aggfunc="first")
    grid = cells.reindex(index=names.index, columns=every)
    items = _most_to_do(grid)
    labels = _labels(rows, items)
    tall = any(len(label) > NUMBER_AT_MOST for label in labels)
    left_out = f"；共 {len(every)} 项，这里是待整改、待核实最多的 {len(items)} 项" if len(items) < len(every) else ""
    with style():
        height = 1.1 + LINE_INCH * len(names) + (TITLES_INCH if tall else 0)
        page, (axes,) = sheet(_said(grid), source(district), height_inch=height)
        _cells(axes, grid[items].to_numpy(object))
        axes.set_yticks(range(len(names)), names["name"], fontsize=7)
        turned = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"} if tall else {}
        axes.set_xticks(range(len(items)), labels, fontsize=7, **turned)
        axes.set_xlabel(f"事项（红：待整改；黄：待核实；米：提示；绿：符合；浅灰：不涉及{left_out}）", fontsize=8)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        return settled(page)


def _most_to_do(grid: pd.DataFrame) -> list[str]:
    """Return the items that fit, in their order: those with most cells to be put right, then to be checked."""
    urgent = sorted(grid.columns, key=lambda item: (-(grid[item] == "open").sum(), -(grid[item] == "waiting").sum()))
    shown = set(urgent[:COLUMNS_AT_MOST])
    return [item for item in grid.columns if item in shown]


def _labels(rows: pd.DataFrame, items: list[str]) -> list[str]:
    """Return the number of each item, or the beginning of its text where only a rule asks and no catalogue counts."""
    texts_ = rows.drop_duplicates("item").set_index("item")["text"]
    said = [texts_[item] if "." in item else item.rpartition("-")[2] for item in items]
    return [text if len(text) <= TITLE_AT_MOST else text[: TITLE_AT_MOST - 1] + "…" for text in said]


def _said(grid: pd.DataFrame) -> str:
    """Say how many cells are open and how many nobody can judge yet."""
    open_, waiting = (int((grid == status).to_numpy().sum()) for status in ("open", "waiting"))
    schools = int((grid == "open").any(axis=1).sum())
    return f"{schools} 所学校有待整改事项共 {open_} 格；另有 {waiting} 格须检查人员核实"


def _cells(axes: Axes, grid: np.ndarray) -> None:
    """Colour the cells and write their letters."""
    from matplotlib.colors import to_rgb

    colours = np.array([[to_rgb(MARKS.get(code, MARKS["not_concerned"])[1]) for code in row] for row in grid])
    axes.imshow(colours, aspect="auto", interpolation="nearest")
    axes.set_xticks(np.arange(-0.5, grid.shape[1]), minor=True)
    axes.set_yticks(np.arange(-0.5, grid.shape[0]), minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    for (down, across), code in np.ndenumerate(grid):
        letter, _, ink = MARKS.get(code, MARKS["not_concerned"])
        if letter:
            word = axes.text(across, down, letter, ha="center", va="center", fontsize=6, color=ink)
            word.set_in_layout(False)  # it stays in its cell; measuring thousands of letters takes most of the time


def sizes(district: District, policy: Policy) -> Figure:
    """Draw how many classes have which size in the last school year, with the standard and the oversized lines.

    Parameters
    ----------
    district : District
        District named in the caption.
    policy : Policy
        The rules.

    Returns
    -------
    Figure
        The figure; its title says what it shows, or that there is no list of classes to show.
    """
    table = audit.cohorts(district.tables.get("classes", schema.empty("classes")), district.school_system)
    if table.empty:
        return _without_classes(district)
    year = int(table["school_year"].max())
    table = table[table["school_year"] == year]
    stages = schema.in_order(table["stage"])
    limits, counts = policy.capacity, class_sizes.counts(district, policy)
    now = counts[counts["school_year"] == year]
    over, big = (int(now[name].sum()) for name in ("over_n", "oversized_n"))
    title = f"{year} 学年 {len(table)} 个班中 {over} 个超过标准班额，其中大班额 {big} 个"
    with style():
        page, panels = sheet(title, source(district), height_inch=2.6, columns=len(stages))
        for axes, stage in zip(panels, stages, strict=True):
            own = table.loc[table["stage"] == stage, "pupils_n"]
            counts = own.value_counts()
            standard = limits.standard[stage]
            shades = [
                SEATS if size >= limits.oversized else "#e07b39" if size > standard else DEMAND for size in counts.index
            ]
            axes.bar(counts.index, counts.to_numpy(), color=shades, width=0.9)
            for line, words in ((standard, "标准"), (limits.oversized - 1, "大班额")):
                axes.axvline(line + 0.5, color=RULE, linewidth=1, zorder=0)
                axes.text(line + 0.7, counts.max(), words, fontsize=7, color=QUIET, va="top")
            headed(axes, texts.labels.code("stage", stage))
            axes.set_xlabel("班额（人）")
        panels[0].set_ylabel("班数")
        return settled(page)


def _without_classes(district: District) -> Figure:
    """Return a sheet that says why there is nothing to draw."""
    with style():
        page, panels = sheet("没有「班级」表，班额没有核查", source(district), height_inch=0.6)
        panels[0].set_axis_off()
        return settled(page)
