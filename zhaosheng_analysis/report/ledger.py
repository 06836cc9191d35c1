"""The open rows of a ledger on paper: to print, sign and pin up, a table a reporting unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__
from zhaosheng_analysis.audit import ledger, ledger_workbook
from zhaosheng_analysis.report import audit
from zhaosheng_analysis.report import pdf as typeset
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.report.pages import Document

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.audit import Ledger

_COLUMNS = [
    heading("name", "学校", share=3),
    heading("code", "事项"),
    heading("told", "发现的情况", share=6, look="long"),
    heading("clause", "条款", share=2),
    heading("severity", "程度"),
    heading("todo", "怎么办", share=4, look="long"),
    heading("due", "期限"),
    heading("status", "状态"),
    heading("owner", "责任人", share=2),
    heading("cured", "销号人、日期", share=2),
]
_FOOT = (("程序", f"zhaosheng_analysis {__version__}"), ("声明", "销号须写明销号人和日期；原始记录由本单位保存"))


def pdf(book: Ledger) -> bytes:
    """Return the open rows of the ledger as a PDF: one line a row, gravest first.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    bytes
        The file.
    """
    rows = ledger_workbook.open_rows(book)
    parts = [
        laid(part, _COLUMNS, title=org or "区级事项", sheet=org or "区级").data
        for org, part in _lines(rows).groupby("org", sort=True)
    ]
    opening = _opening(book, rows["status"].value_counts())
    return typeset.pdf(Document("ledger", opening, tuple(parts), _FOOT, __version__, f"{book.on:%Y-%m-%d}"))


def _opening(book: Ledger, counts: pd.Series) -> dict[str, object]:
    """Return the head of the document: whose ledger, and how much of it is open."""
    return {
        "title": f"{book.district_name}自查台账",
        "question": book.policy_title,
        "headline": f"待整改 {counts.get('open', 0)} 项，已销号 {counts.get('cured', 0)} 项。",
        "facts": [("核查日期", f"{book.on:%Y-%m-%d}"), ("招生年度", str(book.year))],
        "synthetic": book.synthetic,
        "district": book.district_name,
        "policy": book.policy_title,
    }


def _lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the rows into the words of the columns; blank to be written into, where nobody is named yet."""
    cured = [f"{by} {on:%Y-%m-%d}" if by else " " for by, on in zip(rows["cured_by"], rows["cured_on"], strict=True)]
    return rows.assign(
        code=audit.codes(rows["item"]),
        told=rows["told"].where(rows["told"] != "", rows["text"]),
        severity=rows["severity"].map(ledger.SEVERITY),
        status=rows["status"].map(ledger.STATUSES),
        due=rows["due_on"].dt.strftime("%Y-%m-%d").fillna(rows["by"]),
        owner=rows["owner"].where(rows["owner"] != "", " "),
        cured=cured,
    )
