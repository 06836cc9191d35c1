"""One function a picture; each takes finished tables, computes nothing, and its title is its message as a sentence.

The Chinese font is read from the ``zhplot`` package's file; no global setting of matplotlib is changed.
"""

from __future__ import annotations

import importlib.util
import io
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis.writing import briefs, labels, sayings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy
    from zhaosheng_analysis.rules.elements import Capacity

FAMILY = "Noto Sans SC"
INK, QUIET, RULE = "#1f2933", "#6b6b66", "#d9d9d4"
DEMAND, SEATS = "#1f4e79", "#a31621"
WIDTH_INCH = 7.2
PANELS_AT_MOST = 6


def font_file() -> Path:
    """Return the Chinese font of the ``zhplot`` package, without importing it (its import changes matplotlib)."""
    return Path(importlib.util.find_spec("zhplot").origin).parent / "fonts" / "NotoSansSC-Regular.ttf"


@cache
def _family() -> str:
    """Make the font known to matplotlib and return its family."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(font_file())
    return font_manager.FontProperties(fname=font_file()).get_name()


@contextmanager
def style() -> Iterator[None]:
    """Draw in the report's look: Chinese font, quiet axes, reproducible SVG."""
    import matplotlib as mpl

    look = {
        "font.family": _family(),
        "font.size": 9,
        "axes.unicode_minus": False,
        "axes.edgecolor": RULE,
        "axes.labelcolor": QUIET,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "text.parse_math": False,  # a dollar sign in a name is a dollar sign
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "svg.hashsalt": "zhaosheng",
        "svg.fonttype": "path",
    }
    with mpl.rc_context(look):
        yield


def source(district: District) -> str:
    """Return the caption: where the numbers come from, and 示例数据 where they are made up."""
    as_of = district.about.get("data_as_of", "")
    note = f"数据：{district.name}" + (f"，截至 {as_of}" if as_of else "")
    return f"{note}。{labels.sentence('synthetic')}" if district.synthetic else f"{note}。"


def message(figure: Figure) -> str:
    """Return the sentence a figure says."""
    return figure.get_suptitle().replace("\n", "")


def svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes for the same picture."""
    with style():
        return _saved(figure, "svg", metadata={"Date": None, "Creator": None}).decode()


def png(figure: Figure) -> bytes:
    """Return a figure as PNG at 160 dots per inch."""
    with style():
        return _saved(figure, "png", dpi=160, metadata={"Software": None})


def _saved(figure: Figure, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, facecolor="white", **options)
    return buffer.getvalue()


def sheet(
    title: str,
    caption: str,
    *,
    height_inch: float,
    rows: int = 1,
    columns: int = 1,
    ratios: list[int] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Return an empty sheet of panels with its message above and its source below; `ratios` are the rows' heights."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(WIDTH_INCH, height_inch), layout="constrained")
    page.get_layout_engine().set(
        rect=(0, 0.06 / height_inch * 4, 1, 1 - 0.06 / height_inch * 4), w_pad=0.08, h_pad=0.08
    )
    page.suptitle(title, x=0.012, ha="left", fontsize=11.5)
    page.text(0.012, 0.012, caption, ha="left", va="bottom", fontsize=7.5, color=QUIET)
    return page, list(page.subplots(rows, columns, squeeze=False, height_ratios=ratios).flat)


def named_rows(axes: Axes, names: list[str]) -> None:
    """Name the rows of a horizontal chart, the first on top, with a light grid."""
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def settled(page: Figure) -> Figure:
    """Fix the layout once: a second draw of a constrained layout would move things by a hair."""
    page.draw_without_rendering()
    page.set_layout_engine("none")
    return page


def district_outlook(outlook: Outlook, district: District) -> Figure:
    """Draw the district's expected intake against its seats, a panel a stage, with the 80 % interval."""
    stages = [stage for stage in ("primary", "junior") if stage in set(outlook.schools["stage"])]
    title = sayings.district_trend(outlook)
    with style():
        page, panels = sheet(title, source(district), height_inch=2.9, columns=len(stages))
        for axes, stage in zip(panels, stages, strict=True):
            _demand_and_seats(axes, briefs.stage_totals(outlook, stage))
            axes.set_title(labels.code("stage", stage), loc="left", fontsize=9.5, color=INK)
            axes.set_xlabel("入学年份")
        panels[0].set_ylabel("人（学位）")
        return settled(page)


def school_outlook(outlook: Outlook, alerts: pd.DataFrame, district: District) -> Figure:
    """Draw demand, interval and seats of the schools that lack most seats, a panel a school."""
    worst = briefs.worst(alerts, at_most=PANELS_AT_MOST)
    columns = min(3, len(worst))
    rows = -(-len(worst) // columns)
    title = sayings.worst_school(alerts)
    with style():
        page, panels = sheet(title, source(district), height_inch=0.9 + 1.75 * rows, rows=rows, columns=columns)
        for axes, school in zip(panels, worst.itertuples(), strict=False):
            _demand_and_seats(axes, briefs.school_years(outlook, school.school_id, school.stage))
            heading = f"{school.name}（{labels.code('stage', school.stage)}）"
            axes.set_title(heading, loc="left", fontsize=9, color=INK)
        for axes in panels[len(worst) :]:
            axes.set_visible(False)
        for axes in panels[::columns]:
            axes.set_ylabel("人（学位）")
        return settled(page)


def _demand_and_seats(axes: Axes, years: pd.DataFrame) -> None:
    """Draw one series of intakes with its interval over the step line of seats."""
    axes.fill_between(years["year"], years["low80_n"], years["high80_n"], color=DEMAND, alpha=0.16, linewidth=0)
    axes.plot(years["year"], years["demand_n"], color=DEMAND, marker="o", markersize=3.5, linewidth=1.6)
    axes.plot(years["year"], years["seats_n"], color=SEATS, linewidth=1.4, linestyle=(0, (5, 2)))
    last = years.iloc[-1]
    top_is_demand = last["demand_n"] >= last["seats_n"]
    _end_label(axes, last["year"], last["demand_n"], "预计入学", DEMAND, above=top_is_demand)
    _end_label(axes, last["year"], last["seats_n"], "计划学位", SEATS, above=not top_is_demand)
    axes.set_xticks(list(years["year"]))
    axes.set_xlim(years["year"].min() - 0.25, years["year"].max() + 0.25)
    axes.set_ylim(0, max(years["high80_n"].max(), years["seats_n"].max()) * 1.18)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def _end_label(axes: Axes, x: float, y: float, text: str, colour: str, *, above: bool) -> None:
    """Name a line at its end, so that no legend is needed."""
    offset, anchor = (7, "bottom") if above else (-7, "top")
    axes.annotate(
        text, (x, y), (0, offset), textcoords="offset points", ha="right", va=anchor, fontsize=8, color=colour
    )


def class_sizes(alerts: pd.DataFrame, district: District, policy: Policy) -> Figure:
    """Draw the average entry class of every school in the first year, against the limits."""
    now = briefs.spring(alerts).dropna(subset=["class_size_n"])
    stages = [stage for stage in ("primary", "junior") if stage in set(now["stage"])]
    with style():
        page, panels = sheet(
            sayings.class_size(alerts, policy),
            source(district),
            height_inch=0.9 + 1.1 * len(stages),
            rows=len(stages),
        )
        for axes, stage in zip(panels, stages, strict=True):
            _strip(axes, now[now["stage"] == stage], policy.capacity, stage)
        panels[-1].set_xlabel("若不分流，起始年级平均班额（人）；每点一所学校")
        return settled(page)


def _strip(axes: Axes, rows: pd.DataFrame, capacity: Capacity, stage: str) -> None:
    """Draw one line of dots, stacked where they would cover each other, with the limits as vertical rules."""
    sizes = rows["class_size_n"].round()
    heights = sizes.groupby(sizes).cumcount()
    tones = [labels.book()["tones"][flag]["fill"] for flag in rows["class_flag"]]
    axes.scatter(sizes, heights, c=tones, s=26, edgecolors=INK, linewidths=0.5, zorder=3)
    top = max(4, heights.max() + 1) if len(rows) else 4
    limits = {
        capacity.standard[stage]: "标准",
        capacity.oversized: "大班额",
        capacity.super_oversized: "超大班额",
    }
    for limit, word in limits.items():
        axes.axvline(limit + 0.5 if word == "标准" else limit - 0.5, color=RULE, linewidth=1)
        axes.text(limit + 0.8, top, word if word == "标准" else f"{word} {limit}+", fontsize=7.5, color=QUIET, va="top")
    axes.set_ylim(-0.8, top + 0.4)
    axes.set_xlim(15, max(75, sizes.max() + 3 if len(rows) else 0))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title(labels.code("stage", stage), loc="left", fontsize=9.5, color=INK)
