"""Pictures of a forecast and of how good forecasts are; each takes finished tables, its title is its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhaosheng_analysis import texts
from zhaosheng_analysis.admission import wording
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
from zhaosheng_analysis.schema import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.forecast import Outlook, Simulation
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

LESS, MORE = "#a31621", "#2f7d6d"
CHANCE = texts.labels.column("cut_chance")
SCENARIOS = {"low": "低", "mid": "中", "high": "高"}
LINE_INCH = 0.27
#: Schools are drawn that have a tier with at least this chance of a cut.
LIKELY = 0.5
SCHOOLS_AT_MOST = 14
YEARS_AT_MOST = 7
HEAD_LETTERS = 6
#: Room that a name needs, of the height of a panel.
LABEL_SHARE = 0.07
CAPTION = "数据：台湾 2,700 所小学 2014—2023 学年在校生与出生登记（教育主管部门、户政公开数据）。"


def scenarios(outlooks: Mapping[str, Outlook], district: District) -> Figure:
    """Draw the district's intakes under three birth scenarios, a panel a stage; they part where nobody is born yet.

    Parameters
    ----------
    outlooks : mapping of str to Outlook
        Forecasts by scenario: low, mid and high.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    mid = outlooks["mid"].totals
    stages = in_order(mid["stage"])
    with style():
        page, panels = sheet(_scenario_message(outlooks), source(district), height_inch=2.9, columns=len(stages))
        for axes, stage in zip(panels, stages, strict=True):
            ends = []
            for name, outlook in outlooks.items():
                rows = _district(outlook, stage)
                line = {"color": DEMAND} if name == "mid" else {"color": QUIET, "linestyle": (0, (4, 2))}
                axes.plot(rows["year"], rows["demand_n"], linewidth=1.6, **line)
                ends.append((rows["year"].iloc[-1], float(rows["demand_n"].iloc[-1]), SCENARIOS[name], line["color"]))
            headed(axes, texts.labels.code("stage", stage))
            years = list(_district(outlooks["mid"], stage)["year"])
            axes.set_xticks(years[:: 1 + len(years) // YEARS_AT_MOST])
            axes.set_ylim(0)
            _counted(axes)
            _named_ends(axes, ends)
        panels[0].set_ylabel("新生（人）")
        return settled(page)


def _district(outlook: Outlook, stage: str) -> pd.DataFrame:
    rows = outlook.totals
    return rows[(rows["level"] == "district") & (rows["stage"] == stage)].sort_values("year")


def _scenario_message(outlooks: Mapping[str, Outlook]) -> str:
    """Say when and how far the scenarios part."""
    low, high = (_district(outlooks[name], "primary").set_index("year")["demand_n"] for name in ("low", "high"))
    apart = (high - low)[high != low]
    if apart.empty:
        return "所需各年的孩子都已出生，三种生育情形没有差别"
    return f"{apart.index[0]}年起的小学新生尚未出生，{apart.index[-1]}年高低两种情形相差{apart.iloc[-1]:,}人"


def drivers(outlook: Outlook, district: District, *, year: int) -> Figure:
    """Draw the way from the last intake to one year, driver by driver, a panel a stage.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    district : District
        District named in the caption.
    year : int
        September.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    stages = in_order(outlook.schools["stage"])
    tables = {stage: texts.forecast.steps(outlook, year=year, stage=stage) for stage in stages}
    heights = [len(table) for table in tables.values()]
    with style():
        page, panels = sheet(
            _driver_message(tables, year),
            source(district),
            height_inch=1.2 + LINE_INCH * sum(heights),
            rows=len(stages),
            ratios=heights,
        )
        for axes, (stage, table) in zip(panels, tables.items(), strict=True):
            _waterfall(axes, table)
            headed(axes, texts.labels.code("stage", stage))
        panels[-1].set_xlabel("新生（人）")
        return settled(page)


def _waterfall(axes: Axes, table: pd.DataFrame) -> None:
    """Draw totals as bars from nought and changes as bars between two levels."""
    places = np.arange(len(table))
    whole = table["whole"].to_numpy()
    start = np.where(whole, 0, table["level_n"] - table["change_n"])
    colours = np.select([whole, table["change_n"] < 0], [DEMAND, LESS], MORE)
    axes.barh(places, table["change_n"], left=start, color=colours, height=0.62)
    for place, row in zip(places, table.itertuples(), strict=True):
        end = max(row.level_n, start[place])
        text = f"{row.change_n:,}" if whole[place] else f"{row.change_n:+,}"
        axes.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=8, color=QUIET)
    named_rows(axes, table["name"].tolist())
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(0, max(table["level_n"].max(), start.max()) * 1.15)


def _driver_message(tables: dict[str, pd.DataFrame], year: int) -> str:
    """Name what moves each stage most."""
    said = []
    for stage, table in tables.items():
        inner = table[~table["whole"]]
        if len(inner):
            most = inner.loc[inner["change_n"].abs().idxmax()]
            said.append(f"{texts.labels.code('stage', stage)}{most['name']} {most['change_n']:+,} 人")
    return f"{year} 年新生变化主要来自：{'，'.join(said)}" if said else f"{year} 年新生与上次相同"


def cuts(through: Simulation, outlook: Outlook, district: District, policy: Policy, *, year: int) -> Figure:
    """Draw the chance that each tier is cut, a row a school and a column a tier, the schools most in need first.

    Parameters
    ----------
    through : Simulation
        The years put through the rules.
    outlook : Outlook
        The forecast.
    district : District
        District named in the caption.
    policy : Policy
        The rules.
    year : int
        September.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    rows = through.tiers[through.tiers["year"] == year]
    few = rows["method"].eq("carried out") & (through.intakes < texts.accuracy.FEW)
    said = [
        texts.accuracy.held(share, through.intakes) if told else texts.labels.written(float(share), CHANCE)
        for share, told in zip(rows["p_cut"], few, strict=True)
    ]
    worst = rows.groupby(["school_id", "stage"])["refused_n"].sum().sort_values(ascending=False, kind="stable")
    likely = rows[rows["p_cut"] >= LIKELY].set_index(["school_id", "stage"]).index
    worst = worst[worst.index.isin(likely)].head(SCHOOLS_AT_MOST)
    order = rows.drop_duplicates("tier").sort_values("tier_rank")["tier"].tolist()
    keys = ["school_id", "stage"]
    wide = rows.pivot_table(index=keys, columns="tier", values="p_cut").reindex(index=worst.index)
    wide = wide[[name for name in order if name in wide and wide[name].notna().any()]]
    written = rows.assign(said=said).pivot_table(index=keys, columns="tier", values="said", aggfunc="first")
    schools = outlook.schools.drop_duplicates("school_id").set_index("school_id")
    names = schools["name"].where(schools["sector"].ne("private"), schools["name"] + "（民办）")
    with style():
        title = _cut_message(worst, names, year)
        page, panels = sheet(title, source(district), height_inch=1.5 + LINE_INCH * max(len(wide), 3))
        words = written.reindex(index=wide.index, columns=wide.columns).to_numpy(dtype=object)
        _heat(panels[0], wide, words, [f"{names[school]}" for school, _ in wide.index], policy)
        return settled(page)


def _heat(axes: Axes, wide: pd.DataFrame, words: np.ndarray, names: list[str], policy: Policy) -> None:
    """Draw shares as shaded cells with what is said of them; empty where nobody of the tier applies."""
    from matplotlib.colors import LinearSegmentedColormap

    shade = LinearSegmentedColormap.from_list("need", ["#f3f3f0", "#f4d35e", "#e07b39", "#a31621"])
    values = wide.to_numpy(dtype=float)
    axes.imshow(np.ma.masked_invalid(values), cmap=shade, vmin=0, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
        ink = "white" if values[row, column] > 0.6 else INK
        axes.text(column, row, words[row, column], ha="center", va="center", fontsize=7.5, color=ink)
    tiers = dict(policy.table.labels)
    heads = [wording.tier(name, tiers) for name in wide.columns]
    axes.set_xticks(range(len(heads)), [_folded(name) for name in heads], fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _folded(name: str) -> str:
    """Break a long name over three lines at most, without what its brackets explain."""
    short = name.partition("（")[0][: 3 * HEAD_LETTERS]
    return "\n".join(short[start : start + HEAD_LETTERS] for start in range(0, len(short), HEAD_LETTERS))


def _cut_message(worst: pd.Series, names: pd.Series, year: int) -> str:
    if worst.empty:
        return f"{year} 年没有学校有儿童按规则不能录取的概率过半"
    school, number = names[worst.index[0][0]], texts.forecast.counted(worst.iloc[0])
    told = f"{year} 年 {len(worst)} 所学校有儿童按规则不能录取的概率过半"
    return f"{told}，最多的是{school}，平均 {number} 人"


def held(outlook: Outlook, district: District) -> Figure:
    """Draw how often the 80 % intervals of past forecasts held, by years ahead, a line a level and a panel a stage.

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
    table = outlook.accuracy
    stages = in_order(table["stage"])
    with style():
        page, panels = sheet(_held_message(table), source(district), height_inch=3.0, columns=len(stages))
        for axes, stage in zip(panels, stages, strict=True):
            rows = table[table["stage"] == stage]
            axes.axhspan(78, 86, color=DEMAND, alpha=0.12, linewidth=0)
            ends = []
            for level, colour in (("school", DEMAND), ("grade", QUIET), ("area", "#6f9bc4")):
                line = rows[(rows["level"] == level) & rows["coverage80"].notna()]
                if len(line):
                    axes.plot(line["horizon"], 100 * line["coverage80"], color=colour, marker="o", markersize=3.5)
                    end = line.iloc[-1]
                    ends.append((end["horizon"], 100 * end["coverage80"], texts.labels.code("scale", level), colour))
            headed(axes, texts.labels.code("stage", stage))
            axes.set_xlabel("提前年数")
            axes.set_ylim(0, 103)
            axes.set_xlim(0.8, rows["horizon"].max() + 1)
            axes.set_xticks(range(1, rows["horizon"].max() + 1))
            axes.grid(axis="y", color=RULE, linewidth=0.6)
            _named_ends(axes, ends)
        panels[0].set_ylabel("80% 区间实际命中（%）")
        return settled(page)


def _held_message(table: pd.DataFrame) -> str:
    first = table[(table["level"] == "school") & (table["horizon"] == 1)].dropna(subset=["coverage80"])
    said = [f"{texts.labels.code('stage', row.stage)}{row.coverage80:.0%}" for row in first.itertuples()]
    return f"提前一年，学校新生的80%区间实际命中{'、'.join(said)}" if said else "历史太短，区间命中率无从检验"


def _named_ends(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Name lines at their ends, moved apart where they would overlap; lines that end alike share one place."""
    low, high = axes.get_ylim()
    gap, floor = (high - low) * LABEL_SHARE, low
    together: dict[float, list[tuple[float, str, str]]] = {}
    for x, y, text, colour in ends:
        together.setdefault(round(y, 6), []).append((x, text, colour))
    for y in sorted(together):
        x, _, colour = together[y][0]
        text = "、".join(name for _, name, _ in together[y])
        floor = max(y, floor + gap)
        axes.annotate(
            text,
            (x, floor),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=colour,
            annotation_clip=False,
        )


def _counted(axes: Axes) -> None:
    """Write whole numbers on the upright axis, over a light grid."""
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def methods(results: dict[str, pd.DataFrame]) -> Figure:
    """Draw the error of every method by years ahead.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results of the benchmark, from `texts.benchmarks.read`.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    from matplotlib.ticker import MultipleLocator

    rows = results["scores"]
    with style():
        page, panels = sheet(texts.benchmarks.better(results), CAPTION, height_inch=3.2)
        axes = panels[0]
        ends = []
        for method, line in rows.groupby("method", sort=False):
            ours = method == "shrunk cohorts"
            look = {"color": DEMAND if ours else QUIET, "linewidth": 2.0 if ours else 1.2}
            axes.plot(line["horizon"], line["wape"], marker="o", markersize=4, **look)
            ends.append(
                (line["horizon"].iloc[-1], line["wape"].iloc[-1], texts.benchmarks.METHODS[method], look["color"])
            )
        axes.set_xticks(sorted(rows["horizon"].unique()))
        axes.set_xlim(0.8, rows["horizon"].max() + 1.6)
        axes.set_ylim(0)
        axes.set_xlabel("提前年数")
        axes.set_ylabel("学校各年级，加权误差（%）")
        axes.yaxis.set_major_locator(MultipleLocator(5))
        _counted(axes)
        _named_ends(axes, ends)
        return settled(page)


def reliability(results: dict[str, pd.DataFrame]) -> Figure:
    """Draw the probabilities said against how often a shortage came; points on the slope are honest.

    Parameters
    ----------
    results : dict of str to DataFrame
        Results of the benchmark, from `texts.benchmarks.read`.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    rows = results["reliability"]
    horizons = sorted(rows["horizon"].unique())
    with style():
        page, panels = sheet(_reliable(rows), CAPTION, height_inch=3.4, columns=len(horizons))
        for axes, ahead in zip(panels, horizons, strict=True):
            bins = rows[rows["horizon"] == ahead]
            axes.plot([0, 100], [0, 100], color=SEATS, linewidth=1, linestyle=(0, (5, 2)))
            axes.plot(100 * bins["said"], 100 * bins["came"], color=DEMAND, linewidth=1.2)
            size = 12 + 160 * np.sqrt(bins["n"] / rows["n"].max())
            axes.scatter(100 * bins["said"], 100 * bins["came"], s=size, color=DEMAND, zorder=3)
            headed(axes, f"提前{ahead}年")
            axes.set_xlabel("预测的概率（%）")
            axes.set_aspect("equal")
            axes.set_xlim(-4, 104)
            axes.set_ylim(-4, 104)
            axes.grid(color=RULE, linewidth=0.6)
            axes.set_axisbelow(True)
        panels[0].set_ylabel("实际不足的比例（%）")
        return settled(page)


def _reliable(rows: pd.DataFrame) -> str:
    first = rows[rows["horizon"] == rows["horizon"].min()]
    high = first[first["said"] >= 0.7]
    said = (high["said"] * high["n"]).sum() / high["n"].sum()
    came = (high["came"] * high["n"]).sum() / high["n"].sum()
    return f"说{said:.0%}会缺学位的学校，实际{came:.0%}缺了"
