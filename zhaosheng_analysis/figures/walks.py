"""Pictures of ways to school: how many children live within each distance, walked and straight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zhaosheng_analysis import walks
from zhaosheng_analysis.figures import style as figures

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.figures.map_panels import LINES

FARTHEST_KM = 5


def ways(measured: pd.DataFrame, children: pd.Series, district: District, *, title: str) -> Figure:
    """Draw the share of children within each distance of their school, walked and straight.

    Parameters
    ----------
    measured : DataFrame
        From `walks.to_schools`.
    children : Series
        Children by unit_id.
    district : District
        District to draw.
    title : str
        What the figure says.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    nearest = measured.sort_values(["unit_id", "walk_m", "school_id"]).drop_duplicates("unit_id")
    weight = nearest["unit_id"].map(children).fillna(0).to_numpy(dtype=float)
    with figures.style():
        page, (axes,) = figures.sheet(title, figures.source(district), height_inch=3.4)
        for column, label, colour, dash in (
            ("walk_m", "沿街步行", LINES[0], "-"),
            ("straight_m", "直线", LINES[1], "--"),
        ):
            metres = nearest[column].to_numpy(dtype=float)
            order = np.argsort(np.where(np.isnan(metres), np.inf, metres), kind="stable")
            share = np.cumsum(weight[order]) / max(weight.sum(), 1)
            axes.step(metres[order] / 1000, 100 * share, where="post", color=colour, linestyle=dash, label=label)
        for limit in walks.LIMITS_M:
            axes.axvline(limit / 1000, color=figures.RULE, linewidth=1, zorder=0)
            axes.text(limit / 1000, 101, f"{limit} 米", ha="center", va="bottom", fontsize=7.5, color=figures.QUIET)
        axes.set_xlim(0, FARTHEST_KM)
        axes.set_ylim(0, 100)
        axes.set_xlabel("到校距离（千米）")
        axes.set_ylabel("累计新生（%）")
        axes.legend(frameon=False, loc="lower right")
        return figures.settled(page)
