"""Notices as documents that an office edits and stamps (Word): nothing but their own words and table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__
from zhaosheng_analysis.report import blocks
from zhaosheng_analysis.report.pages import Document
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from zhaosheng_analysis.geodata import District


def letter(
    title: str, lines: Iterable[str], district: District, *, table: pd.DataFrame | None = None, above: str = ""
) -> Document:
    """Return a notice as a document: its title, its lines as paragraphs, its table below.

    Parameters
    ----------
    title : str
        Its title.
    lines : iterable of str
        Its lines; an empty one is left out.
    district : District
        Whose notice it is.
    table : DataFrame, optional
        What stands below the lines, with the headings it is printed with.
    above : str, optional
        Title of the table.

    Returns
    -------
    Document
        To be written by `word.docx`.
    """
    pieces = [blocks.text("\n\n".join(labels.literal(line.strip()) for line in lines if line.strip()))]
    if table is not None and len(table):
        headings = [blocks.heading(str(name), str(name)) for name in table.columns]
        pieces.append(
            blocks.laid(
                table.astype("str").set_axis(map(str, table.columns), axis=1), headings, title=above, sheet=above
            )
        )
    head = {"title": title, "question": "", "headline": "", "facts": [], "synthetic": district.synthetic}
    day = district.about.get("data_as_of") or "2000-01-01"
    return Document("notice", head, tuple(piece.data for piece in pieces), (), __version__, day)
