"""A document of titled tables, as plain text for a terminal and as one page to print and sign."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__, texts
from zhaosheng_analysis.report import pages, templating
from zhaosheng_analysis.schema import student_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

NARROWEST = 60


def text(title: str, facts: Iterable[tuple[str, str]], sections: Iterable[texts.sections.Section]) -> str:
    """Write a document for a terminal, long cells wrapped; Chinese letters count double.

    Parameters
    ----------
    title : str
        Its title.
    facts : iterable of tuple of str, length 2
        Label and value, under the title.
    sections : iterable of Section
        The tables.

    Returns
    -------
    str
        Lines of text.
    """
    parts = [title, *(f"{label}：{value}" for label, value in facts)]
    for section in sections:
        shown = section.table.drop(columns=list(section.on_paper))
        parts += ["", f"【{section.title}】", grid(shown), section.note]
    return "\n".join(part.rstrip() for part in parts if part is not None)


def grid(table: pd.DataFrame, *, width: int | None = None) -> str:
    """Write one table for a terminal, so many columns wide (by default those of the one in use).

    Parameters
    ----------
    table : DataFrame
        The table.
    width : int, optional
        Columns of the terminal; those of the one in use by default.

    Returns
    -------
    str
        Lines of text.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    width = width or shutil.get_terminal_size((140, 40)).columns
    paper = io.StringIO()
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in table.columns:
        drawn.add_column(str(name), overflow="fold")
    for row in table.itertuples(index=False, name=None):
        drawn.add_row(*[_cell(value) for value in row])
    Console(file=paper, width=max(width, NARROWEST), markup=False, highlight=False, emoji=False).print(drawn)
    return "\n".join(line.rstrip() for line in paper.getvalue().splitlines())


def _cell(value: object) -> str:
    plain = texts.labels.plain(value)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return f"{plain:,}"
    return "" if plain is None else student_numbers.hidden(str(plain))


def html(
    title: str,
    facts: Iterable[tuple[str, str]],
    sections: Iterable[texts.sections.Section],
    *,
    headline: str = "",
    synthetic: bool = False,
    signed: bool = False,
) -> str:
    """Write a document as one HTML page that asks for nothing; every cell is escaped.

    Parameters
    ----------
    title : str
        Its title.
    facts : iterable of tuple of str, length 2
        Label and value, under the title.
    sections : iterable of Section
        The tables.
    headline : str, optional
        One sentence under the title.
    synthetic : bool, default False
        Mark every page as demo data.
    signed : bool, default False
        Leave lines to sign.

    Returns
    -------
    str
        The whole page.
    """
    blocks = [
        {
            "title": section.title,
            "note": section.note,
            "columns": [str(name) for name in section.table.columns],
            "rows": [[_cell(value) for value in row] for row in section.table.itertuples(index=False, name=None)],
            "numbers": [kind.kind in "iuf" for kind in section.table.dtypes],
        }
        for section in sections
    ]
    return (
        templating.templates()
        .get_template("printout.html")
        .render(
            title=title,
            facts=list(facts),
            headline=headline,
            blocks=blocks,
            synthetic=texts.labels.sentence("synthetic_long") if synthetic else "",
            signed=signed,
            not_a_basis=texts.labels.sentence("not_a_basis"),
            report_css=pages.style(),
            version=__version__,
        )
    )
