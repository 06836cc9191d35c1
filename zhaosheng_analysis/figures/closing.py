"""Pictures of a closure: where the units of the school's zone go, and what that makes of the schools that take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from zhaosheng_analysis.figures import map_panels, maps, style
from zhaosheng_analysis.figures import redraw as redraws
from zhaosheng_analysis.schema import STAGES, small_cells

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zhaosheng_analysis.redraw import Closure


def where(study: Closure) -> Figure:
    """Draw the units of the zone filled by the school they go to, the school that closes as a cross.

    Parameters
    ----------
    study : Closure
        The study.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    district, schools = study.district, study.district.schools.set_index("school_id")
    shapes = district.units.set_index("unit_id").reindex(study.units["unit_id"]).reset_index()
    takers = sorted(set(study.units["to"]))
    tints = redraws.tints_of(shapely.get_coordinates(schools.geometry.reindex(takers).to_numpy()), len(redraws.TINTS))
    tint = dict(zip(takers, tints, strict=True))
    gate = schools.geometry[study.school_id]
    with style.style():
        page, (axes,) = map_panels.sheet(message(study), district, height_inch=6.0)
        map_panels.ground(axes, district)
        shapes.plot(
            ax=axes, color=[redraws.TINTS[tint[to]] for to in study.units["to"]], edgecolor="white", linewidth=0.5
        )
        map_panels.streets(axes, district)
        ends = [gate, *schools.geometry.reindex(takers)]
        map_panels.view(axes, shapely.union_all([*shapes.geometry, *ends]), margin=0.1)
        map_panels.named(axes, shapes, shapes["name"], size=6.5)
        axes.scatter([gate.x], [gate.y], marker="X", s=90, c=map_panels.ALARM, edgecolors="white", zorder=8)
        for to in takers:
            spot, name = schools.geometry[to], maps.short_name(schools["name"][to], district.name)
            look = {"c": redraws.TINTS[tint[to]], "edgecolors": style.INK, "linewidths": 0.8}
            axes.scatter([spot.x], [spot.y], marker="s", s=60, zorder=8, label=f"接收：{name}", **look)
        own = maps.short_name(schools["name"][study.school_id], district.name)
        axes.scatter([], [], marker="X", s=60, c=map_panels.ALARM, label=f"停办：{own}")
        axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, frameon=False, fontsize=7.5, columnspacing=1.0
        )
        return style.settled(page)


def message(study: Closure) -> str:
    """Say in one sentence what the closure does.

    Parameters
    ----------
    study : Closure
        The study.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    schools = study.district.schools.set_index("school_id")["name"]
    name = maps.short_name(schools[study.school_id], study.district.name)
    pupils, weight = int(study.grades["children_n"].sum()), study.units["pupils_n"]
    before, after = (
        (study.units[f"walk_{when}_m"] * weight).sum() / max(weight.sum(), 1e-9) for when in ("before", "after")
    )
    stays = study.scenario.changes[0]["pupils"] == "stay"
    how = "起停止招生，在校生读完" if stays else "停办"
    stage, takers = STAGES[study.scenario.stage], study.units["to"].nunique()
    told = small_cells.shown(pupils)
    return (
        f"{name}（{stage}）{study.years[0]} 年{how}：当年预计在校 {told} 人，由 {takers} 所学校接收，"
        f"平均步行由 {before:,.0f} 米变为 {after:,.0f} 米"
    )
