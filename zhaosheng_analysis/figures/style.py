"""One function a picture; each takes finished tables, computes nothing, and its title is its message as a sentence.

The Chinese font is read from the ``zhplot`` package's file; no global setting of matplotlib is changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import texts
from zhaosheng_analysis.figures.line_breaks import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from zhaosheng_analysis.geodata import District

FAMILY = "Noto Sans SC"
INK, QUIET, RULE = "#1f2933", "#6b6b66", "#d9d9d4"
DEMAND, SEATS = "#1f4e79", "#a31621"
WIDTH_INCH = 7.2
LINE_INCH = 0.2  # of a heading
_CLIP = re.compile(r"\bp[0-9a-f]{10}\b")


def font_file() -> Path:
    """Return the Chinese font of the ``zhplot`` package, without importing it (its import changes matplotlib).

    Returns
    -------
    Path
        The file.
    """
    return Path(importlib.util.find_spec("zhplot").origin).parent / "fonts" / "NotoSansSC-Regular.ttf"


@cache
def _family() -> str:
    """Make the font known to matplotlib and return its family."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(font_file())
    return font_manager.FontProperties(fname=font_file()).get_name()


@contextmanager
def style() -> Iterator[None]:
    """Draw in the report's look: Chinese font, quiet axes, reproducible SVG.

    Yields
    ------
    None
        Inside the block the look holds; afterwards every setting is as before.
    """
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
    """Return the caption: where the numbers come from, and 示例数据 where they are made up.

    Parameters
    ----------
    district : District
        District named in the caption.

    Returns
    -------
    str
        One line in Chinese.
    """
    as_of = district.about.get("data_as_of", "")
    note = f"数据：{district.name}" + (f"，截至 {as_of}" if as_of else "")
    return f"{note}。{texts.labels.sentence('synthetic')}" if district.synthetic else f"{note}。"


def message(figure: Figure) -> str:
    """Return the sentence a figure says.

    Parameters
    ----------
    figure : Figure
        The figure.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    return figure.get_suptitle().replace("\n", "")


def svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes for the same picture.

    Parameters
    ----------
    figure : Figure
        The figure.

    Returns
    -------
    str
        The whole picture.
    """
    with style():
        return _named_by_content(_saved(figure, "svg", metadata={"Date": None, "Creator": None}).decode())


def _named_by_content(picture: str) -> str:
    """Name the clips of a picture by what it shows: matplotlib names them by where they lie in memory.

    Several pictures stand in one page, so that a number alone would not do.
    """
    places: dict[str, int] = {}
    numbered = _CLIP.sub(lambda name: f"clip-{places.setdefault(name[0], len(places))}", picture)
    mark = hashlib.sha256(numbered.encode()).hexdigest()[:10]
    return re.sub(r"\bclip-(?=\d+\b)", f"clip-{mark}-", numbered)


def png(figure: Figure) -> bytes:
    """Return a figure as PNG at 160 dots per inch.

    Parameters
    ----------
    figure : Figure
        The figure.

    Returns
    -------
    bytes
        The whole picture.
    """
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
    """Return an empty sheet of panels with its message above and its source below; `ratios` are the rows' heights.

    Parameters
    ----------
    title : str
        What the figure says; it is broken into lines where it is longer than one.
    caption : str
        Where the numbers come from.
    height_inch : float
        Height in inches.
    rows : int, default 1
        Rows of panels.
    columns : int, default 1
        Columns of panels.
    ratios : list of int, optional
        Heights of the rows, in proportion.

    Returns
    -------
    tuple of (Figure, list of Axes)
        The figure and its panels, row by row.
    """
    from matplotlib.figure import Figure

    heading = title.split("\n") if "\n" in title else lines(title)
    height_inch += LINE_INCH * (len(heading) - 1)
    page = Figure(figsize=(WIDTH_INCH, height_inch), layout="constrained")
    page.get_layout_engine().set(
        rect=(0, 0.06 / height_inch * 4, 1, 1 - 0.06 / height_inch * 4), w_pad=0.08, h_pad=0.08
    )
    page.suptitle("\n".join(heading), x=0.012, ha="left", fontsize=11.5)
    page.text(0.012, 0.012, caption, ha="left", va="bottom", fontsize=7.5, color=QUIET)
    return page, list(page.subplots(rows, columns, squeeze=False, height_ratios=ratios).flat)


def headed(axes: Axes, words: str) -> None:
    """Name one panel of several above it.

    Parameters
    ----------
    axes : Axes
        The panel.
    words : str
        Its name.
    """
    axes.set_title(words, loc="left", fontsize=9.5, color=INK)


def named_rows(axes: Axes, names: list[str]) -> None:
    """Name the rows of a horizontal chart, the first on top, with a light grid.

    Parameters
    ----------
    axes : Axes
        Panel to draw in.
    names : list of str
        One name a row.
    """
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def settled(page: Figure) -> Figure:
    """Fix the layout once: a second draw of a constrained layout would move things by a hair.

    Parameters
    ----------
    page : Figure
        The figure.

    Returns
    -------
    Figure
        The same figure.
    """
    page.draw_without_rendering()
    page.set_layout_engine("none")
    return page


def span(years: Sequence[int]) -> str:
    """Write the years of a forecast: one, or the first and the last.

    Parameters
    ----------
    years : sequence of int
        In order.

    Returns
    -------
    str
        Like 2026—2030 年.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.figures.style.span([2026]), zs.figures.style.span([2026, 2027, 2028])
    ('2026 年', '2026—2028 年')
    """
    return f"{years[0]} 年" if len(years) == 1 else f"{years[0]}—{years[-1]} 年"
