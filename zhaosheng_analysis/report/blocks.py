"""What a notebook cell shows: a block that JupyterLab displays and the report's runner collects.

A block is plain data (JSON), so that the same block becomes a piece of the page, of the PDF and of the workbook.
"""

import html
from dataclasses import dataclass

import pandas as pd

from zhaosheng_analysis import texts
from zhaosheng_analysis.report import templating
from zhaosheng_analysis.schema import student_numbers

heading, Listing = texts.labels.heading, texts.labels.Listing
#: Rows of a table that a page and its print show: nobody reads more, no browser opens more; all are in Excel.
AT_MOST = 1_000
MIME = "application/vnd.zhaosheng.block+json"


@dataclass(frozen=True)
class Block:
    """One piece of a report.

    Attributes
    ----------
    data : dict
        Plain JSON; ``kind`` is head, text, table, figure, map or part (a heading with pieces folded under it).
    """

    data: dict

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:  # noqa: ARG002 - IPython asks
        """Return the block for the runner and a readable form for JupyterLab."""
        return {MIME: self.data, "text/html": _html(self.data), "text/plain": self.data.get("title", "")}


def text(markdown: str, *, style: str = "prose") -> Block:
    """Make a block of computed sentences; the style ``decisions`` sets them apart.

    Parameters
    ----------
    markdown : str
        The sentences.
    style : {"prose", "decisions"}, default "prose"
        How the page sets them.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    return Block({"kind": "text", "style": style, "markdown": student_numbers.hidden(markdown)})


def table(
    rows: pd.DataFrame | Listing,
    *,
    title: str,
    sheet: str,
    note: str = "",
    fold: bool = False,
    empty: str = "没有这样的记录。",
) -> Block:
    """Make a table block; how each column is read is said by the listing, or declared in ``labels.toml``.

    Parameters
    ----------
    rows : DataFrame or Listing
        One row a line; a listing says itself how its columns are read.
    title : str
        Above the table.
    sheet : str
        Name of its sheet in the workbook, at most 31 characters.
    note : str, optional
        Below the table.
    fold : bool, default False
        Whether the page shows it only on request and the PDF leaves it to the workbook.
    empty : str, default "没有这样的记录。"
        What to say when there is no row.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    listing = rows if isinstance(rows, Listing) else Listing.of(rows)
    rows = listing.rows.itertuples(index=False, name=None)
    cells = [[_unnumbered(texts.labels.plain(value)) for value in row] for row in rows]
    data = {"kind": "table", "title": title, "sheet": sheet[:31], "note": note, "fold": fold, "empty": empty}
    return Block(data | {"columns": list(listing.columns), "rows": cells})


def brief(data: dict) -> dict:
    """Return a table block with no more rows than a page shows, and the note that says where the others are.

    Parameters
    ----------
    data : dict
        A table block.

    Returns
    -------
    dict
        The block, or one with its first `AT_MOST` rows and how many there are (rows_n).
    """
    rows = data["rows"]
    if len(rows) <= AT_MOST:
        return data
    left = f"共 {len(rows):,} 行，这里列前 {AT_MOST:,} 行，全部见 Excel 的「{data['sheet']}」表。"
    return data | {"rows": rows[:AT_MOST], "rows_n": len(rows), "note": f"{left}{data['note']}"}


def _unnumbered(value: texts.labels.Cell) -> texts.labels.Cell:
    """Return a cell without the identity numbers somebody wrote into a text."""
    return student_numbers.hidden(value) if isinstance(value, str) else value


def laid(rows: pd.DataFrame, columns: list[dict], **options: object) -> Block:
    """Make a table block of some columns, each with its heading.

    Parameters
    ----------
    rows : DataFrame
        One row a line.
    columns : list of dict
        A heading for each column shown (`heading`).
    **options : object
        As for `table`.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    return table(Listing(rows[[column["key"] for column in columns]], tuple(columns)), **options)


def figure(fig: object, *, note: str = "") -> Block:
    """Make a figure block: the picture as SVG, its message as the alternative text.

    Parameters
    ----------
    fig : Figure
        The figure.
    note : str, optional
        What stands below it.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    from zhaosheng_analysis import figures

    return Block({"kind": "figure", "title": figures.style.message(fig), "svg": figures.style.svg(fig), "note": note})


def chart(data: dict, still: object, *, title: str, note: str = "") -> Block:
    """Make a map block: the data of the interactive map and a still picture for print.

    Parameters
    ----------
    data : dict
        What the interactive map draws, from `figures.maps.data`.
    still : Figure
        The same for print.
    title : str
        Its title.
    note : str, optional
        What stands below it.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    from zhaosheng_analysis import figures

    return Block({"kind": "map", "title": title, "map": data, "svg": figures.style.svg(still), "note": note})


def part(title: str, words: str, pieces: list[Block]) -> Block:
    """Make a part that a page shows folded: its heading, what it comes to in a sentence, and the pieces under it.

    Parameters
    ----------
    title : str
        Its title.
    words : str
        What it comes to, in a sentence.
    pieces : list of Block
        The pieces under it.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    return Block({"kind": "part", "title": title, "told": words, "blocks": [piece.data for piece in pieces]})


def _html(data: dict) -> str:
    """Return the block as a fragment for JupyterLab."""
    if data["kind"] in ("text", "head"):
        return templating.markdown(data.get("markdown", ""))
    if data["kind"] == "table":
        return _html_table(data)
    if data["kind"] == "map":
        page = html.escape(templating.page(data["map"], title=data["title"]), quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="640" style="border:0"></iframe>'
    if data["kind"] == "part":
        return "".join(map(_html, data["blocks"]))
    return data["svg"]


def _html_table(data: dict) -> str:
    """Return a plain table with labels and written cells."""
    data = brief(data)
    head = "".join(f"<th>{html.escape(column['label'])}</th>" for column in data["columns"])
    body = "".join(
        "<tr>" + "".join(_html_cell(*pair) for pair in zip(row, data["columns"], strict=True)) + "</tr>"
        for row in data["rows"]
    )
    title = html.escape(data["title"])
    return f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html_cell(value: texts.labels.Cell, column: dict) -> str:
    """Return one cell, coloured when it carries a level."""
    tone = texts.labels.tone(value, column)
    style = f' style="background:{tone["fill"]};color:{tone["ink"]}"' if tone else ""
    return f"<td{style}>{html.escape(texts.labels.written(value, column))}</td>"
