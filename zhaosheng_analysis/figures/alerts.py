"""Pictures of a warning: demand and seats of a district and of its schools, and class sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis import schema, texts
from zhaosheng_analysis.figures.style import DEMAND, INK, QUIET, RULE, SEATS, headed, settled, sheet, source, style
from zhaosheng_analysis.schema import takes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Capacity, Policy


PANELS_AT_MOST = 6


def district_outlook(outlook: Outlook, district: District) -> Figure:
    """Draw the district's expected intake against its seats, a panel a stage, with the 80 % interval.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    stages = schema.in_order(outlook.schools["stage"])
    title = texts.alert_sentences.district_trend(outlook)
    with style():
        page, panels = sheet(title, source(district), height_inch=2.9, columns=len(stages))
        for axes, stage in zip(panels, stages, strict=True):
            _demand_and_seats(axes, texts.forecast.stage_totals(outlook, stage))
            headed(axes, texts.labels.code("stage", stage))
            axes.set_xlabel("入学年份")
        panels[0].set_ylabel("人（学位）")
        return settled(page)


@takes(alerts="alerts")
def school_outlook(outlook: Outlook, alerts: pd.DataFrame, district: District, *, title: str = "") -> Figure:
    """Draw demand, interval and seats of the schools that lack most seats, a panel a school.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    alerts : DataFrame
        Flags, from `alerts.flag`.
    district : District
        District named in the caption.
    title : str, optional
        What stands above it; by default where the pressure is greatest.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    worst = texts.alerts.worst(alerts, at_most=PANELS_AT_MOST)
    columns = min(3, len(worst))
    rows = -(-len(worst) // columns)
    title = title or texts.alert_sentences.worst_school(alerts)
    with style():
        page, panels = sheet(title, source(district), height_inch=0.9 + 1.75 * rows, rows=rows, columns=columns)
        for axes, school in zip(panels, worst.itertuples(), strict=False):
            _demand_and_seats(axes, texts.forecast.school_years(outlook, school.school_id, school.stage))
            heading = f"{school.name}（{texts.labels.code('stage', school.stage)}）"
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


@takes(alerts="alerts")
def class_sizes(alerts: pd.DataFrame, district: District, policy: Policy) -> Figure:
    """Draw the average entry class of every public school in the first year, against the limits.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    district : District
        District named in the caption.
    policy : Policy
        The rules.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    now = texts.alerts.public(texts.alerts.spring(alerts)).dropna(subset=["class_size_n"])
    stages = schema.in_order(now["stage"])
    with style():
        page, panels = sheet(
            texts.alert_sentences.class_size(alerts, policy),
            source(district),
            height_inch=0.9 + 1.1 * len(stages),
            rows=len(stages),
        )
        for axes, stage in zip(panels, stages, strict=True):
            _strip(axes, now[now["stage"] == stage], policy.capacity, stage)
        panels[-1].set_xlabel("若不分流，起始年级平均班额（人）；每点一所公办学校")
        return settled(page)


def _strip(axes: Axes, rows: pd.DataFrame, capacity: Capacity, stage: str) -> None:
    """Draw one line of dots, stacked where they would cover each other, with the limits as vertical rules."""
    sizes = rows["class_size_n"].round()
    heights = sizes.groupby(sizes).cumcount()
    tones = [texts.labels.book()["tones"][flag]["fill"] for flag in rows["class_flag"]]
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
    headed(axes, texts.labels.code("stage", stage))
