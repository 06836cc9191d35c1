"""The map of a province: its districts, darker where more seats are lacking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis.figures import style as figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoSeries
    from matplotlib.figure import Figure

NONE, WORST = "#e8efe9", "#a31621"
_NAMED_AT_MOST = 60  # more names than these hide the map


def districts(shapes: GeoSeries, names: Sequence[str], lacking: Sequence[int], *, synthetic: bool) -> Figure:
    """Draw districts shaded by the seats they lack in their first year.

    Parameters
    ----------
    shapes : GeoSeries, shape (n,)
        Their land, in degrees.
    names : sequence of str, length n
        Their names.
    lacking : sequence of int, length n
        Seats lacking, 0 or more.
    synthetic : bool
        Whether any of the data is made up.

    Returns
    -------
    Figure
        The figure; its title says what it shows.
    """
    from matplotlib import patheffects
    from matplotlib.colors import LinearSegmentedColormap

    from zhaosheng_analysis import texts

    most, short = max(lacking, default=0), sum(number > 0 for number in lacking)
    worst = names[list(lacking).index(most)] if most else ""
    title = f"图上 {len(names)} 个区县中 {short} 个缺学位" + (f"，{worst}缺得最多：{most} 个" if most else "")
    shade = LinearSegmentedColormap.from_list("lacking", [NONE, WORST])
    with figures.style():
        caption = "颜色越深，缺学位越多。" + (texts.labels.sentence("synthetic") if synthetic else "")
        page, (axes,) = figures.sheet(title, caption, height_inch=5.0)
        fills = [shade(number / most if most else 0.0) for number in lacking]
        shapes.plot(ax=axes, color=fills, edgecolor=figures.INK, linewidth=0.6)
        if len(names) <= _NAMED_AT_MOST:
            halo = [patheffects.withStroke(linewidth=2, foreground="white")]
            for point, name, number in zip(shapes.representative_point(), names, lacking, strict=True):
                words = f"{name}\n{number}" if number else name
                axes.text(point.x, point.y, words, ha="center", va="center", fontsize=8, path_effects=halo)
        axes.set_axis_off()
        return figures.settled(page)
