"""The report as one HTML page that asks for nothing: script, style, data and pictures are inside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

from zhaosheng_analysis import texts
from zhaosheng_analysis.report import last_run, templating
from zhaosheng_analysis.report.blocks import brief

NUMBERS = {"year", "whole", "change", "size", "percent", "ratio", "chance", "interval"}
MARKS = {"code", "graded"}


@dataclass(frozen=True)
class Document:
    """A report before it takes a form.

    Attributes
    ----------
    name : str
        File name without ending.
    head : dict
        Title, question, headline, facts, synthetic, district and policy.
    blocks : tuple of dict
        The pieces in order, as plain JSON.
    foot : tuple of tuple of str, length 2
        Label and value, for whoever wants to repeat the run.
    version : str
        Version of the package.
    day : str
        Date of the data, for formats that want one (no clock is read).
    """

    name: str
    head: dict
    blocks: tuple[dict, ...]
    foot: tuple[tuple[str, str], ...]
    version: str
    day: str


def html(document: Document) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    str
        The whole page.
    """
    headings: list[dict] = []
    blocks = [_prepared(block, headings) for block in document.blocks]
    return (
        _environment()
        .get_template("report.html")
        .render(
            head=document.head,
            blocks=blocks,
            headings=headings,
            foot=document.foot,
            version=document.version,
            maps=[block for block in blocks if block["kind"] == "map"],
            anchors=_anchors(blocks),
            synthetic=texts.labels.sentence("synthetic_long"),
            not_a_basis=texts.labels.sentence("not_a_basis"),
            report_css=style(),
            tables_js=templating.own("tables.js"),
            chosen_js=templating.own("chosen.js"),
            **templating.assets(),
        )
    )


def index(entries: list[dict]) -> str:
    """Return the page that lists the reports with their headlines.

    Parameters
    ----------
    entries : list of dict
        Entries of the reports, as `render` writes them.

    Returns
    -------
    str
        The whole page.
    """
    page = _environment().get_template("index.html")
    entries = [entry | {"years": last_run.by_year(entry.get("numbers"))} for entry in entries]
    counts = last_run.TWO_COUNTS if any(entry["years"] for entry in entries) else ""
    basis = texts.labels.sentence("not_a_basis")
    return page.render(entries=entries, report_css=style(), two_counts=counts, not_a_basis=basis)


def _prepared(block: dict, headings: list[dict]) -> dict:
    """Turn the Markdown of a text block into HTML and note its headings for the table of contents."""
    if block["kind"] == "part":
        headings.append({"id": f"s{len(headings) + 1}", "text": block["title"]})
        here = headings[-1]["id"]
        return block | {"id": here, "blocks": [_prepared(inner, []) for inner in block["blocks"]]}
    if block["kind"] == "table":
        return brief(block)
    if block["kind"] != "text":
        return block
    written = templating.markdown(block["markdown"])

    def anchor(match: re.Match) -> str:
        headings.append({"id": f"s{len(headings) + 1}", "text": re.sub(r"<[^>]+>", "", match[1])})
        return f'<h2 id="{headings[-1]["id"]}">{match[1]}</h2>'

    return block | {"html": re.sub(r"<h2>(.*?)</h2>", anchor, written)}


def _anchors(blocks: list[dict]) -> set[str]:
    """Return what links can lead to: a row that a long table leaves to Excel is no place on the page."""
    found: set[str] = set()
    for block in blocks:
        if block["kind"] == "part":
            found |= _anchors(block["blocks"])
        if block["kind"] == "table":
            named = [(at, column["anchor"]) for at, column in enumerate(block["columns"]) if column.get("anchor")]
            found |= {f"{prefix}{row[at]}" for at, prefix in named for row in block["rows"]}
    return found


def style() -> str:
    """Return the style sheet of every page.

    Returns
    -------
    str
        CSS.
    """
    return (resources.files("zhaosheng_analysis.report") / "templates" / "report.css").read_text(encoding="utf-8")


def _environment() -> object:
    """Return the templates with the filters a table needs."""
    environment = templating.templates()
    environment.filters |= {"written": texts.labels.written, "tone": texts.labels.tone, "align": _align}
    return environment


def _align(column: dict) -> str:
    """Return the class of a column's cells: numbers to the right, long sentences wide, names of parameters small."""
    if column["format"] in NUMBERS:
        return "number"
    if column["format"] == "setting":
        return "setting"
    return "mark" if column["format"] in MARKS else column["look"]
