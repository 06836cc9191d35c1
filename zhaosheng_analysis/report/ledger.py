"""The ledger as the report shows it and as printed: where each item stands, by school and unit, and what is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhaosheng_analysis import __version__
from zhaosheng_analysis.audit import ledger, ledger_workbook
from zhaosheng_analysis.report import pdf as typeset
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.report.pages import Document
from zhaosheng_analysis.schema import DataError, Fault

if TYPE_CHECKING:
    import pandas as pd

    from zhaosheng_analysis.audit import Ledger
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.report.blocks import Block

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
        code=codes(rows["item"]),
        told=rows["told"].where(rows["told"] != "", rows["text"]),
        severity=rows["severity"].map(ledger.SEVERITY),
        status=rows["status"].map(ledger.STATUSES),
        due=rows["due_on"].dt.strftime("%Y-%m-%d").fillna(rows["by"]),
        owner=rows["owner"].where(rows["owner"] != "", " "),
        cured=cured,
    )


def codes(items: pd.Series) -> pd.Series:
    """Return the number of an item as the catalogue has it; what only a rule asks, by a name with a dot, is 另查.

    Parameters
    ----------
    items : Series of str
        Items of the ledger.

    Returns
    -------
    Series of str
        On the same index.
    """
    return items.where(~items.str.contains(".", regex=False), "另查")


def answers(book: Ledger) -> Block:
    """Answer the questions one by one: how many schools are open, waiting, in order, not concerned.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = book.rows.assign(status=ledger.statuses(book))
    rows = rows[rows["scope"] == "school"]
    counts = rows.pivot_table(index="item", columns="status", values="name", aggfunc="count", sort=False)
    counts = counts.reindex(columns=list(ledger.STATUSES)).fillna(0).astype(int)
    facts = rows.drop_duplicates("item").set_index("item")[["text", "clause"]]
    table = facts.join(counts, validate="1:1").reset_index()
    table = table.assign(code=codes(table["item"]))
    columns = [
        heading("code", "事项"),
        heading("text", "内容", share=6, look="long"),
        heading("clause", "条款", share=4),
        heading("open", "待|整改", "whole"),
        heading("cured", "已|销号", "whole"),
        heading("waiting", "待|核实", "whole"),
        heading("noted", "提示", "whole"),
        heading("pass", "符合", "whole"),
        heading("not_concerned", "不|涉及", "whole"),
    ]
    note = "数字为学校数（区级事项另计一格）。待核实：缺少数据，或须检查人员填写结论。"
    return laid(table, columns, title="逐项结论", sheet="逐项结论", note=note)


def district_matters(book: Ledger) -> Block:
    """Show the rows that are the district's own.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = book.rows.assign(status=ledger.statuses(book).map(ledger.STATUSES))
    rows = rows[rows["school_id"] == ""].copy()
    rows["code"], rows["why"] = codes(rows["item"]), rows["told"].where(rows["told"] != "", rows["missing"])
    columns = [
        heading("code", "事项"),
        heading("text", "内容", share=6, look="long"),
        heading("clause", "条款", share=2),
        heading("status", "状态"),
        heading("why", "说明", share=6, look="long"),
    ]
    return laid(rows, columns, title="区级事项", sheet="区级事项")


def by_unit(book: Ledger) -> Block:
    """Show the sums of reporting units and district.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = ledger.add_up(book)
    table = table[table["level"] != "school"].copy()
    table["name"] = table["org"].where(table["level"] == "org", "全区（县）")
    return laid(table, [heading("name", "上报单位", share=3), *_statuses()], title="按上报单位汇总", sheet="上报单位")


def by_school(book: Ledger) -> Block:
    """Show the sums of every school.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = ledger.add_up(book)
    table = table[(table["level"] == "school") & (table["school_id"] != "")]
    columns = [heading("org", "上报单位"), heading("name", "学校", share=3), *_statuses()]
    return laid(table, columns, title="按学校汇总", sheet="学校", fold=True)


def _statuses() -> list[dict]:
    return [heading(code, word, "whole") for code, word in ledger.STATUSES.items()]


def guidance(book: Ledger, district: District) -> Block:
    """Show the schools with most open findings and complaints.

    Parameters
    ----------
    book : Ledger
        The ledger.
    district : District
        District it is about.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = ledger.need_guidance(book, district).head(10)
    columns = [
        heading("name", "学校", share=3),
        heading("open_n", "待整改事项", "whole"),
        heading("complaints_n", "咨询投诉", "whole"),
    ]
    return laid(table, columns, title="问题与投诉最多的学校", sheet="重点指导")


def history(book: Ledger) -> Block:
    """Show what became of the items since last year's run.

    Parameters
    ----------
    book : Ledger
        The ledger.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = book.rows[book.rows["change"] != ""]
    table = rows.assign(code=codes(rows["item"]), turn=rows["change"].map(ledger.CHANGES))
    columns = [
        heading("turn", "变化"),
        heading("code", "事项"),
        heading("text", "内容", share=6, look="long"),
        heading("name", "学校", share=3),
    ]
    # What is open now would be new or lasting, had there been a ledger to compare with.
    unsettled = ledger.statuses(book).eq("open").any()
    empty = "没有上一次的台账，无从比较。" if unsettled else "没有上一次的台账，或两次都没有待整改的事项。"
    return laid(table.sort_values(["turn", "code"]), columns, title="与上次核查相比", sheet="与上次相比", empty=empty)


def compared(book: Ledger, last: str) -> Ledger:
    """Compare with the ledger of last year's run, given as a path; without one nothing is compared.

    Parameters
    ----------
    book : Ledger
        The ledger.
    last : str
        Path of last year's ledger; empty where there is none.

    Returns
    -------
    Ledger
        The ledger with its column change.
    """
    before = previous(last)
    return book if before is None else ledger.compare(before, book)


def previous(last: str) -> Ledger | None:
    """Read the ledger of last year's run.

    Parameters
    ----------
    last : str
        Path of last year's ledger; empty where there is none.

    Returns
    -------
    Ledger or None
        What was filled in then.

    Raises
    ------
    DataError
        No such file, or it cannot be read.
    """
    if not last:
        return None
    path = Path(last)
    if not path.is_file():
        raise DataError(Fault(path.as_posix(), "没有这个文件", "上一次的台账", "请检查路径"))
    return ledger_workbook.read(path.read_bytes(), where=path.name)
