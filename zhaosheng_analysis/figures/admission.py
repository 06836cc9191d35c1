"""Pictures of an intake and of a draw: each takes finished tables, and its title is its message as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhaosheng_analysis import texts
from zhaosheng_analysis.figures import lottery
from zhaosheng_analysis.figures.style import (
    DEMAND,
    INK,
    QUIET,
    RULE,
    SEATS,
    headed,
    named_rows,
    settled,
    sheet,
    source,
    style,
)
from zhaosheng_analysis.lottery import odds
from zhaosheng_analysis.schema import takes

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.admission import Outcome
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

LINE_INCH = 0.27
SCHOOLS_AT_MOST = 12
ENDS = {
    "公办录取": "#1f4e79",
    "民办录取": "#6f9bc4",
    "统筹安排": "#e0b35a",
    "待定": "#c9c9c4",
    "未录取": "#a31621",
    "未参加录取": "#efefec",
}
NARROW = 0.04  # of the bar; a thinner piece carries no number
NAME_LETTERS = 16


@takes(ranked="ranked")
def tiers(ranked: pd.DataFrame, district: District, policy: Policy) -> Figure:
    """Draw how many children fall in each tier, a panel a stage, first served on top.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    district : District
        District named in the caption.
    policy : Policy
        The rules.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    table = texts.applicants.applicants(ranked, policy)
    counts = table.groupby(["学段", "类别"], sort=False)["人数"].sum().reset_index()
    with style():
        page, panels = _by_stage(texts.applicants.tier_message(ranked, policy), district, counts, _bars, frame_inch=1.1)
        panels[-1].set_xlabel("儿童（人）")
        return settled(page)


def _by_stage(
    message: str,
    district: District,
    table: pd.DataFrame,
    draw: Callable[[Axes, pd.DataFrame], None],
    *,
    frame_inch: float,
) -> tuple[Figure, list[Axes]]:
    """Return a sheet with a panel a stage, each as high as its rows of the table and drawn from them."""
    stages = list(dict.fromkeys(table["学段"]))
    heights = [int((table["学段"] == stage).sum()) for stage in stages]
    height = frame_inch + LINE_INCH * sum(heights) + 0.4 * len(stages)
    page, panels = sheet(message, source(district), height_inch=height, rows=len(stages), ratios=heights)
    for axes, stage in zip(panels, stages, strict=True):
        draw(axes, table[table["学段"] == stage])
        headed(axes, stage)
    return page, panels


def _bars(axes: Axes, counts: pd.DataFrame) -> None:
    """Draw one horizontal bar a tier with its number at the end."""
    places = np.arange(len(counts))
    axes.barh(places, counts["人数"], color=DEMAND, height=0.66)
    for place, n in zip(places, counts["人数"], strict=True):
        axes.annotate(f"{n:,}", (n, place), (4, 0), textcoords="offset points", va="center", fontsize=8, color=QUIET)
    named_rows(axes, [shorten(name) for name in counts["类别"]])
    axes.set_xlim(0, counts["人数"].max() * 1.12)
    axes.xaxis.set_major_formatter("{x:,.0f}")


def shorten(name: str) -> str:
    """Cut a long name so that it fits beside a bar.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        The name, with … at its end where it was cut.
    """
    name = name if len(name) <= NAME_LETTERS else name.partition("（")[0]
    return name if len(name) <= NAME_LETTERS else name[: NAME_LETTERS - 1] + "…"


def results(outcome: Outcome, district: District) -> Figure:
    """Draw how each tier fared, as shares of the tier: placed by right, private, redirected, undetermined, unplaced.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    table = texts.admission.results(outcome)
    with style():
        page, panels = _by_stage(texts.admission.result_message(outcome), district, table, _shares, frame_inch=1.5)
        shown = [name for name in ENDS if table[name].sum()]
        handles = [_swatch(name) for name in shown]
        panels[0].legend(
            handles=handles,
            labels=shown,
            loc="lower right",
            bbox_to_anchor=(1.01, 0.98),
            ncols=len(shown),
            frameon=False,
            fontsize=7.5,
            handlelength=1,
            columnspacing=1,
        )
        panels[-1].set_xlabel("占本类儿童的份额")
        return settled(page)


def _swatch(name: str) -> object:
    """Return the coloured square of one result."""
    from matplotlib.patches import Patch

    return Patch(facecolor=ENDS[name], edgecolor=RULE)


def _shares(axes: Axes, table: pd.DataFrame) -> None:
    """Draw one stacked bar a tier; pieces wide enough carry their number of children."""
    from matplotlib.ticker import PercentFormatter

    places, left = np.arange(len(table)), np.zeros(len(table))
    for name, colour in ENDS.items():
        share = (table[name] / table["合计"]).to_numpy()
        axes.barh(places, share, left=left, color=colour, edgecolor="white", linewidth=0.5, height=0.7)
        for place in np.flatnonzero(share >= NARROW):
            ink = "white" if colour in (DEMAND, SEATS) else INK
            middle = left[place] + share[place] / 2
            axes.text(middle, place, f"{table[name].iloc[place]:,}", ha="center", va="center", fontsize=7.5, color=ink)
        left += share
    named_rows(axes, [shorten(name) for name in table["类别"]])
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def cuts(outcome: Outcome, district: District) -> Figure:
    """Draw the schools that refused most: seats against everybody who asked, with the tier they stopped at.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    rows = outcome.cuts[outcome.cuts["bound"]]
    lost = (rows["refused_n"] + rows["tied_n"]).sort_values(ascending=False, kind="stable")
    rows = rows.loc[lost.index].head(SCHOOLS_AT_MOST)
    with style():
        page, (axes,) = sheet(
            texts.admission.cut_message(outcome),
            source(district),
            height_inch=1.5 + 1.25 * LINE_INCH * max(len(rows), 2),
        )
        places = np.arange(len(rows))
        asked = rows["admitted_n"] + rows["refused_n"] + rows["tied_n"]
        axes.barh(places, asked, color="#e9d3d1", height=0.62)
        axes.barh(places, rows["admitted_n"], color=DEMAND, height=0.62)
        axes.scatter(rows["seats_n"], places, marker="|", s=190, color=SEATS, linewidths=2, zorder=3)
        for place, row in zip(places, rows.itertuples(), strict=True):
            end = (asked.iloc[place], place)
            axes.annotate(_stop(row), end, (5, 0), textcoords="offset points", va="center", fontsize=7.5, color=QUIET)
        named_rows(
            axes, [f"{row.name}（{texts.labels.code('stage', row.stage)}）" for row in rows.itertuples(index=False)]
        )
        axes.set_xlim(0, asked.max() * 1.55 if len(rows) else 1)
        axes.set_xlabel("人次：深蓝已录取，浅红未录取，红线为计划学位")
        return settled(page)


def _stop(row: tuple) -> str:
    """Say where a school stopped and how many it refused."""
    if row.tied_n:
        return f"文件未规定先后，{row.tied_n} 人待定"
    tier = f"录至{row.tier_label}" if isinstance(row.tier_label, str) and row.tier_label else "按派位号"
    return f"{tier}，{row.refused_n} 人次未录取"


def destinations(outcome: Outcome, district: District) -> Figure:
    """Draw where the children went whom their first school refused, the commonest ways first.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    table = texts.admission.rest(outcome)
    shown = table.head(SCHOOLS_AT_MOST)
    with style():
        page, (axes,) = sheet(
            texts.admission.rest_message(outcome),
            source(district),
            height_inch=1.5 + 1.15 * LINE_INCH * max(len(shown), 2),
        )
        places = np.arange(len(shown))
        axes.barh(places, shown["人数"], color=[ENDS.get(end, QUIET) for end in shown["结果"]], height=0.62)
        for place, row in zip(places, shown.itertuples(), strict=True):
            goal = row.去向 if row.去向 != "—" else row.结果
            end = (row.人数, place)
            said = f"{row.人数:,} → {goal}（{row.结果}）" if goal != row.结果 else f"{row.人数:,} → {goal}"
            axes.annotate(said, end, (5, 0), textcoords="offset points", va="center", fontsize=7.5, color=QUIET)
        named_rows(axes, list(shown["未录取的学校"]))
        axes.set_xlim(0, shown["人数"].max() * 1.9 if len(shown) else 1)
        axes.set_xlabel("儿童（人）；左为最先拒收的学校")
        return settled(page)


def neighbours(n: int, plan: int) -> Figure:
    """Draw the exact chance that two numbers both win, by their distance, for each draw method.

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    caption = f"精确值：{n} 个号码，{plan} 个学位，起始号均匀；相隔按圆周计。"
    with style():
        page, panels = sheet(lottery.message(n, plan), caption, height_inch=5.2, rows=len(lottery.METHODS))
        independent = odds.together(n, plan, "ticket")[1]
        for axes, (method, name) in zip(panels, lottery.METHODS.items(), strict=True):
            chance = odds.together(n, plan, method)[1 : n // 2 + 1]
            axes.vlines(np.arange(1, len(chance) + 1), 0, chance, color=DEMAND, linewidth=1.1)
            axes.axhline(independent, color=SEATS, linewidth=1, linestyle=(0, (5, 2)))
            axes.set_title(name, loc="left", fontsize=9, color=INK)
            axes.set_xlim(0, n // 2 + 1)
            axes.set_ylim(0, max(chance.max(), independent) * 1.25)
            axes.grid(axis="y", color=RULE, linewidth=0.6)
            axes.set_axisbelow(True)
        panels[1].set_ylabel("两个号码都中签的概率")
        panels[-1].set_xlabel("两个号码相隔多少；红虚线为互不相干时的概率")
        return settled(page)


def starts(n: int, plan: int) -> Figure:
    """Draw the exact chance of every number when the start is drawn digit by digit (Fuzhou).

    Parameters
    ----------
    n : int
        Numbers in the draw.
    plan : int
        How many win.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    chances = odds.by_digits(n, plan)
    with style():
        page, (axes,) = sheet(
            lottery.digit_message(n, plan),
            f"精确值：{n} 个号码，{plan} 个学位，步长公布，起始号逐位摇球、去掉不可能的球。",
            height_inch=2.7,
        )
        axes.plot(np.arange(1, n + 1), chances, color=DEMAND, linewidth=1)
        axes.axhline(plan / n, color=SEATS, linewidth=1, linestyle=(0, (5, 2)))
        axes.set_xlim(1, n)
        axes.set_xlabel("号码；红虚线为人人相同")
        axes.set_ylabel("中签概率")
        axes.grid(axis="y", color=RULE, linewidth=0.6)
        return settled(page)
