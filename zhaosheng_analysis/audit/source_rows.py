"""From a finding back to the rows of the district's tables it was made from, children as pseudonyms.

What is printed names no child and no document; the office finds the rows themselves with `rows`.
"""

from typing import Any

import pandas as pd

from zhaosheng_analysis.audit.checks.calendars import EVENTS
from zhaosheng_analysis.audit.findings import Findings, blank, pseudonyms, table_of
from zhaosheng_analysis.audit.verdicts import CHILD_KEYS
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.schema import TABLES, student_numbers

SHOWN_AT_MOST = 6
# What would lead to a person or a door without saying more about the finding.
LEFT_OUT = frozenset({"x", "y", "address_id", "geometry", "aliases", "sentence", "inspector", "contact", "owner"})
HIDDEN = (*CHILD_KEYS, "twin_id")
#: Words of columns that take any name, for the names that are usual; others are shown as written.
WORDS = {"event": EVENTS, "status": {"active": "在籍"}}


def rows(findings: Findings, finding_id: str, district: District) -> pd.DataFrame:
    """Return the rows one finding was made from, as they stand in the district's table; for the office only.

    A finding about a thing that is not there (no page, no record) has no row.

    Parameters
    ----------
    findings : Findings
        Result of an audit.
    finding_id : str
        The finding.
    district : District
        District it is of.

    Returns
    -------
    DataFrame
        Rows with the columns of the table.
    """
    evidence = findings.evidence.merge(findings.keys, on=["finding_id", "table"], validate="1:1")
    evidence = evidence[evidence["finding_id"] == finding_id]
    return pd.DataFrame() if evidence.empty else _rows(evidence.iloc[0], district, findings.year)


def _rows(evidence: pd.Series, district: District, year: int) -> pd.DataFrame:
    """Find the rows by the column that names them, else by school, last school year, grade and class."""
    frame = table_of(district, evidence["table"])
    if frame is None:
        return pd.DataFrame()
    if evidence["column"]:
        hit = frame[frame[evidence["column"]].astype("str") == evidence["value"]]
        if evidence["column"] in CHILD_KEYS or "school_id" not in hit or not evidence["school_id"]:
            return hit
        own = hit[hit["school_id"] == evidence["school_id"]]
        return own if len(own) else hit[blank(hit["school_id"])]
    for column in ("school_id", "grade", "class_no"):
        if column in frame and pd.notna(evidence[column]) and evidence[column] != "":
            frame = frame[frame[column] == evidence[column]]
    if "intake_year" in frame:
        frame = frame[frame["intake_year"] == year]
    if "school_year" in frame and len(frame):
        frame = frame[frame["school_year"] == frame.loc[frame["school_year"] <= year, "school_year"].max()]
    return frame


def printed(findings: Findings, district: District) -> pd.DataFrame:
    """Write the rows behind every finding in words.

    Parameters
    ----------
    findings : Findings
        Result of an audit.
    district : District
        District they are of.

    Returns
    -------
    DataFrame
        Columns finding_id, name (of the school), place (the table's Chinese title), row (「列：值；…」, a child as a
        pseudonym), at most `SHOWN_AT_MOST` rows a finding; one line that says so where there is no row.
    """
    evidence = findings.evidence.merge(findings.keys, on=["finding_id", "table"], validate="1:1")
    lines = []
    for finding in evidence.itertuples():
        title = TABLES[finding.table].title
        source = _rows(pd.Series(finding._asdict()), district, findings.year)
        shown = [_said(row, finding.table, district) for row in source.head(SHOWN_AT_MOST).to_dict("records")]
        if len(source) > SHOWN_AT_MOST:
            shown.append(f"另有 {len(source) - SHOWN_AT_MOST} 行")
        lines += [(finding.finding_id, finding.name, title, row) for row in shown or ["该表没有相应的记录"]]
    return pd.DataFrame(lines, columns=["finding_id", "name", "place", "row"])


def _said(row: dict[str, Any], table: str, district: District) -> str:
    """Write one row as 「列：值；…」 without what is blank."""
    columns = TABLES[table].columns
    parts = [
        f"{columns[name].label}：{_cell(name, value, WORDS.get(name, {}) | dict(columns[name].choices), district)}"
        for name, value in row.items()
        if name in columns and name not in LEFT_OUT and not pd.isna(value) and value != ""
    ]
    return "；".join(parts)


def _cell(name: str, value: Any, words: dict[str, str], district: District) -> str:
    """Write one cell: a child as a pseudonym, a number of a document masked, a code in words, a date as a day."""
    if name in HIDDEN:
        return pseudonyms(pd.Series([value]), district).iloc[0]
    if name == "student_no":
        return student_numbers.masked(pd.Series([value])).iloc[0]
    if name == "birth_on":
        return f"{value:%Y-%m}"  # the day, beside sex and class, would tell the child
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return words.get(value, str(value)) if isinstance(value, str) else str(value)
