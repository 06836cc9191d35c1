"""The report as a PDF, set by typst from data; the Chinese font is read from its package, never from the system."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

from zhaosheng_analysis import figures
from zhaosheng_analysis.report import paper

if TYPE_CHECKING:
    from zhaosheng_analysis.report.pages import Document


def pdf(document: Document) -> bytes:
    """Return the report as PDF bytes; a warning of typst, such as a missing glyph's font, is an error.

    Parameters
    ----------
    document : Document
        The report.

    Returns
    -------
    bytes
        The file.
    """
    import typst

    template = (resources.files("zhaosheng_analysis.report") / "templates" / "report.typ").read_bytes()
    day = datetime.fromisoformat(document.day).replace(tzinfo=UTC)
    result, warnings = typst.compile_with_warnings(
        template,
        format="pdf",
        font_paths=[str(figures.style.font_file().parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(paper.printed(document), ensure_ascii=False, sort_keys=True)},
        timestamp=int(day.timestamp()),
    )
    if warnings:
        raise RuntimeError("typst: " + "; ".join(str(warning.message) for warning in warnings))
    return result
