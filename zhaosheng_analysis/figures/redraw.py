"""Pictures of a redraw: where units change school, options side by side, who gains and who loses, how sure the best is.

They compute nothing but sums of what is drawn; everything comes finished from `redraw`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from zhaosheng_analysis import redraw, zones
from zhaosheng_analysis.figures import line_breaks, map_panels, maps, style
from zhaosheng_analysis.redraw import JOINED
from zhaosheng_analysis.schema import small_cells
from zhaosheng_analysis.walks import BARRIERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.redraw import Option, Score

#: Columns of the groups that count children, in the order in which the public sees them.
GROUP_COUNTS = [
    *("children_n", "changed_n", "gain_n", "lose_n"),
    *("own_before_n", "own_after_n", "none_before_n", "none_after_n"),
]
#: Fills of the units that move, by the school they move to (Paul Tol, "light"); more schools than tints share them.
TINTS = (
    "#77AADD",
    "#EE8866",
    "#BBCC33",
    "#FFAABB",
    "#44BB99",
    "#EEDD88",
    "#C8B6E2",
    "#AAAA00",
    "#D2B48C",
    "#99DDFF",
)
GAIN, LOSS, AFTER = "#2f7d6d", "#a31621", "#1f4e79"
NAMED = 24
CHILDREN = "改变学校的新生"
#: Behind a number, so that no line runs through it.
PATCH = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}


def change(option: Option, score: Score) -> Figure:
    """Draw which units change school and to which: filled by the new school, schools as numbers told in the legend.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    before, after = option.problem.district, score.district
    moved = after.units.set_index("unit_id").reindex(option.moved["unit_id"]).reset_index()
    to = option.moved["to"].to_numpy()
    gates = after.schools[after.schools["school_id"].isin(_concerned(option))].set_index("school_id")
    number = {school: place for place, school in enumerate(gates.index, 1)}
    aims = sorted(set(to), key=lambda aim: [number[school] for school in aim.split(JOINED)])
    labels = {aim: JOINED.join(str(number[school]) for school in aim.split(JOINED)) for aim in aims}
    first = gates.geometry.reindex([aim.split(JOINED)[0] for aim in aims])
    tint = dict(zip(aims, tints_of(shapely.get_coordinates(first.to_numpy()), len(TINTS)), strict=True))
    with style.style():
        page, (axes,) = map_panels.sheet(change_message(option, score), after, height_inch=6.4)
        map_panels.ground(axes, after)
        map_panels.streets(axes, after)
        few = len(moved) <= NAMED
        if moved.empty:
            _unchanged(axes, after, option)
        else:
            moved.plot(ax=axes, color=[TINTS[tint[aim]] for aim in to], edgecolor="white", linewidth=0.5, zorder=3)
            old, new = _zones(before, option), _zones(after, option)
            new.boundary.plot(ax=axes, color=style.INK, linewidth=0.9, zorder=4)
            old.boundary.plot(ax=axes, color=map_panels.ALARM, linewidth=0.7, linestyle=(0, (3, 2)), zorder=5)
            map_panels.view(axes, shapely.union_all(moved.geometry.to_numpy()), margin=0.2 if few else 0.02)
        _gates(axes, gates, number)
        words = moved["name"] if few else pd.Series([labels[aim] for aim in to])
        map_panels.named(axes, moved, words, size=7 if few else 6.5, most=len(moved))
        for aim in aims:
            names = JOINED.join(maps.short_name(gates["name"][school], after.name) for school in aim.split(JOINED))
            words = f"{labels[aim]} {names}{'任选' if JOINED in aim else ''}"
            axes.scatter([], [], marker="s", s=60, c=TINTS[tint[aim]], label=words)
        for school in gates.index.difference(aims, sort=False):
            words = f"{number[school]} {maps.short_name(gates['name'][school], after.name)}（只划出）"
            axes.scatter([], [], marker="s", s=60, facecolors="none", edgecolors=style.RULE, label=words)
        _crossings(axes, after)
        axes.plot([], [], color=style.INK, linewidth=0.9, label="新边界")
        axes.plot([], [], color=map_panels.ALARM, linewidth=0.7, linestyle=(0, (3, 2)), label="原边界")
        _legend(axes, columns=4)
        return style.settled(page)


def _unchanged(axes: Axes, district: District, option: Option) -> None:
    """Show the zones as they are and stay, each with its name."""
    layer = zones.valid(district.zones, stage=option.problem.stage, on=f"{option.problem.years[0]}-09-01")
    layer.boundary.plot(ax=axes, color=style.INK, linewidth=0.9, zorder=4)
    map_panels.named(axes, layer, layer["name"], size=7, most=NAMED)


def _crossings(axes: Axes, district: District) -> None:
    """Show where barriers can be crossed, and say in the legend which units count as neighbours."""
    kinds = set(district.streets["kind"]) & set(BARRIERS)
    if not kinds:
        return
    spots = redraw.crossings(district.streets)
    axes.scatter(spots.x, spots.y, marker="x", s=14, c=style.INK, linewidths=0.8, zorder=6)
    axes.scatter(
        [], [], marker="x", s=14, c=style.INK, linewidths=0.8, label="桥、道口；隔街相邻，隔河、铁路、高速须有桥或道口"
    )


def tints_of(points: np.ndarray, tints_n: int) -> list[int]:
    """Return a tint for each point such that points of one tint are far apart.

    Parameters
    ----------
    points : ndarray of float, shape (k, 2)
        Points in metres.
    tints_n : int
        How many tints there are.

    Returns
    -------
    list of int
        Number of the tint of each point.
    """
    chosen: list[int] = []
    for point in points:
        apart = np.hypot(*(points[: len(chosen)] - point).T)
        nearest = [min(apart[np.array(chosen) == tint], default=np.inf) for tint in range(tints_n)]
        chosen.append(int(np.argmax(nearest)))
    return chosen


def _legend(axes: Axes, *, columns: int) -> None:
    """Put the legend below the panel."""
    look = {"ncols": columns, "frameon": False, "fontsize": 7.5, "columnspacing": 1.0}
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), **look)


def change_message(option: Option, score: Score) -> str:
    """Say in one sentence what an option does.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    years = option.problem.years
    children = option.moved[list(years)].to_numpy().sum()
    missing = [int(score.seats[f"missing_{when}_n"].sum()) for when in ("before", "after")]
    return (
        f"{option.name}：{len(option.moved)} 个小区或村改变学校，"
        f"{style.span(years)}新生 {small_cells.shown(round(children))} 人，"
        f"缺学位由 {missing[0]:,} 变为 {missing[1]:,} 个"
    )


def _zones(district: District, option: Option) -> gpd.GeoDataFrame:
    """Return the zones of the schools an option concerns."""
    layer = zones.valid(district.zones, stage=option.problem.stage, on=f"{option.problem.years[0]}-09-01")
    links = district.zone_schools[district.zone_schools["school_id"].isin(_concerned(option))]
    return layer[layer["zone_id"].isin(links["zone_id"])]


def _concerned(option: Option) -> set[str]:
    """Return the schools that lose or gain a unit."""
    joined = [*option.moved["from"], *option.moved["to"]]
    return {school for schools in joined for school in schools.split(JOINED) if school}


def _gates(axes: Axes, gates: gpd.GeoDataFrame, number: Mapping[str, int]) -> None:
    """Mark schools by their numbers."""
    for row in gates.itertuples():
        axes.annotate(
            str(number[row.Index]),
            (row.geometry.x, row.geometry.y),
            fontsize=6.5,
            zorder=9,
            ha="center",
            va="center",
            annotation_clip=True,
            clip_on=True,
            color="white",
            bbox={"boxstyle": "circle,pad=0.2", "facecolor": style.INK, "edgecolor": "white", "linewidth": 0.6},
        )


def options(chosen: Sequence[Option], scores: Mapping[str, Score], district: District) -> Figure:
    """Draw options side by side: seats still missing, children who change school, mean way, gap to the bound.

    Parameters
    ----------
    chosen : sequence of Option
        Options to show.
    scores : mapping of str to Score
        What they do, by option_id.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    names = [_broken(option.name) for option in chosen]
    panels_ = [
        ("还缺学位（各年合计）", [int(scores[o.option_id].seats["missing_after_n"].sum()) for o in chosen], "{:,.0f}"),
        (f"{CHILDREN}（各年合计）", [o.moved[list(o.problem.years)].to_numpy().sum() for o in chosen], "{:,.0f}"),
        ("与理论最优的差距上限（%）", [100 * o.gap for o in chosen], "{:.2f}"),
    ]
    first = scores[chosen[0].option_id]
    before = [int(first.seats["missing_before_n"].sum()), None, None]
    if first.simulated:
        ways = [scores[o.option_id].everybody["way_after_m"] for o in chosen]
        if np.isfinite([*ways, first.everybody["way_before_m"]]).all():
            panels_.insert(2, ("新生平均步行（米）", ways, "{:,.0f}"))
            before.insert(2, first.everybody["way_before_m"])
    height = 1.2 + 0.5 * len(chosen)
    with style.style():
        page, panels = style.sheet(
            options_message(chosen, scores),
            style.source(district),
            height_inch=height + 0.4,
            columns=len(panels_),
        )
        for axes, (label, values, form), today in zip(panels, panels_, before, strict=True):
            _bars(axes, names if axes is panels[0] else [""] * len(names), values, form, label, today)
        return style.settled(page)


def _broken(name: str) -> str:
    """Break a long option name into lines of ten letters."""
    return "\n".join(line_breaks.lines(name, 11))


def _bars(axes: Axes, names: list[str], values: list[float], form: str, label: str, today: float | None) -> None:
    """Draw one measure as bars, today's value as a line."""
    rows, words = np.arange(len(values))[::-1], [form.format(value) for value in values]
    if label.startswith(CHILDREN):  # neither the word nor the length of a bar tells a few
        words = [small_cells.shown(round(value)) for value in values]
        values = [small_cells.FEWEST / 2 if 0 < round(value) < small_cells.FEWEST else value for value in values]
    axes.barh(rows, values, color=AFTER, height=0.55)
    top = max([*values, today or 0.0, 1e-9])
    for row, value, word in zip(rows, values, words, strict=True):
        axes.text(value + 0.02 * top, row, word, va="center", fontsize=7.5, bbox=PATCH)
    if today is not None:
        axes.axvline(today, color=map_panels.ALARM, linewidth=1, linestyle=(0, (3, 2)))
        axes.text(
            today,
            len(values) - 0.42,
            f"今天 {form.format(today)}",
            fontsize=7,
            color=map_panels.ALARM,
            ha="center",
            bbox=PATCH,
        )
    axes.set_xlim(0, 1.35 * top)
    axes.set_ylim(-0.6, len(values) - 0.15)
    axes.set_yticks(rows, names, fontsize=7.5)
    axes.set_xticks([])
    axes.set_xlabel(label, fontsize=7.5)
    axes.spines["bottom"].set_visible(False)


def options_message(chosen: Sequence[Option], scores: Mapping[str, Score]) -> str:
    """Say which option moves the fewest children of those that leave the fewest seats missing.

    Parameters
    ----------
    chosen : sequence of Option
        Options to show.
    scores : mapping of str to Score
        What they do, by option_id.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    missing = {o.option_id: int(scores[o.option_id].seats["missing_after_n"].sum()) for o in chosen}
    least = min(missing.values())
    best = [o for o in chosen if missing[o.option_id] == least]
    children = {o.option_id: o.moved[list(o.problem.years)].to_numpy().sum() for o in best}
    few = min(best, key=lambda o: children[o.option_id])
    before = int(scores[few.option_id].seats["missing_before_n"].sum())
    over = "（各年合计）" if len(few.problem.years) > 1 else ""
    how = "全部补足" if least == 0 else f"减到 {least:,} 个"
    who = f"{'一个' if len(best) == 1 else f'{len(best)} 个'}方案把缺的 {before:,} 个学位{over}{how}"
    if all(option.moved.empty for option in best):
        who = f"{who}，都不改学区" if len(best) > 1 else f"{who}，不改学区"
        return who if before else "学位不缺，各方案都不改学区"
    return f"{who}，其中「{few.name}」改变学校的新生最少：{small_cells.shown(round(children[few.option_id]))} 人"


def groups(
    option: Option, score: Score, district: District, *, facets: tuple[str, ...] = ("梯次", "户籍", "住处")
) -> Figure:
    """Draw how many children of every group gain and lose; a group that loses is never left out, a few are not told.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.
    district : District
        District named in the caption.
    facets : tuple of str, default ('梯次', '户籍', '住处')
        Groupings to show.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    table = published(score)
    table = table[table["facet"].isin(facets)].reset_index(drop=True)
    gain, lose = (table[name].map(_length) for name in ("gain_n", "lose_n"))
    rows = np.arange(len(table))[::-1]
    with style.style():
        page, (axes,) = style.sheet(
            groups_message(option, score),
            style.source(district),
            height_inch=1.5 + 0.24 * len(table),
        )
        axes.barh(rows, gain, color=GAIN, height=0.6, label="变好（得到学位、回到本校或路近 200 米以上）")
        axes.barh(rows, -lose, color=LOSS, height=0.6, label="变差（失去学位、离开本校或路远 200 米以上）")
        for row, line, more, less in zip(rows, table.itertuples(), gain, lose, strict=True):
            axes.text(more, row, f" {line.gain_n}", va="center", ha="left", fontsize=7.5)
            axes.text(-less, row, f"{line.lose_n} ", va="center", ha="right", fontsize=7.5)
        named = [f"{line.group}（{line.children_n} 人）" for line in table.itertuples()]
        axes.set_yticks(rows, named, fontsize=7.5)
        most = max(1, gain.max(), lose.max())
        axes.set_xlim(-1.25 * most, 1.25 * most)
        axes.set_xticks([])
        axes.axvline(0, color=style.RULE, linewidth=1)
        axes.spines[["bottom", "left"]].set_visible(False)
        _legend(axes, columns=2)
        return style.settled(page)


def published(score: Score) -> pd.DataFrame:
    """Return the groups as the public may see them: the counts of every grouping add up to the same children.

    Parameters
    ----------
    score : Score
        What an option does.

    Returns
    -------
    DataFrame
        The table ``score.groups`` with small counts hidden (`schema.small_cells.masked`).
    """
    return small_cells.masked(score.groups.round(0), GROUP_COUNTS, by="facet")


def _length(count: object) -> float:
    """Return how long a bar is; of a hidden count only that it is small is drawn, and of one left out nothing."""
    if isinstance(count, str):
        return 0.0 if count == small_cells.LEFT_OUT else small_cells.FEWEST / 2
    return float(count)


def groups_message(option: Option, score: Score) -> str:
    """Say how many gain and lose, and which group loses most on balance.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    whole, rest = score.everybody, score.by_group
    rest = rest[rest["facet"] != "街道乡镇"]
    net = (rest["lose_n"] - rest["gain_n"]).astype(float)
    # The name only: with a difference and one of its parts the other would be known.
    tail = f"；净变差最多的是「{rest.loc[net.idxmax(), 'group']}」" if net.gt(0).any() else "；没有一类学生净变差"
    gain, lose = (small_cells.shown(whole[name]) for name in ("gain_n", "lose_n"))
    return f"{option.name}：今年的新生 {gain} 人变好，{lose} 人变差{tail}"


def search(chosen: Sequence[Option], district: District) -> Figure:
    """Draw how cost and bound came together as the search went on, a panel an option.

    Parameters
    ----------
    chosen : sequence of Option
        Options to show.
    district : District
        District named in the caption.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    with style.style():
        worst = max(chosen, key=lambda option: option.gap)
        title = f"每个方案旁都有下界：与理论最优的差距不超过 {100 * worst.gap:.2f}%（{worst.name}）"
        columns = min(4, len(chosen))
        rows = -(-len(chosen) // columns)
        page, panels = style.sheet(
            title, style.source(district), height_inch=0.7 + 1.7 * rows, rows=rows, columns=columns
        )
        for axes, option in zip(panels, chosen, strict=False):
            steps = [step for step in option.history if np.isfinite(step.cost)]
            when = range(1, len(steps) + 1)  # not seconds: the same search is the same picture
            for label, color, values in (
                ("方案", AFTER, [step.cost for step in steps]),
                ("下界", LOSS, [step.bound for step in steps]),
            ):
                share = np.array(values) / (option.bound or 1.0)
                axes.step(when, share, where="post", color=color, marker="o", markersize=2.5, label=label)
            axes.set_title(_broken(option.name), loc="left", fontsize=8)
            axes.set_xlabel("步", fontsize=7.5)
            axes.set_xlim(0.5, max(len(steps), 2) + 0.5)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.tick_params(labelsize=7)
        panels[0].set_ylabel("代价 / 下界", fontsize=7.5)
        panels[0].legend(frameon=False, fontsize=7.5)
        for axes in panels[len(chosen) :]:
            axes.set_axis_off()
        return style.settled(page)
