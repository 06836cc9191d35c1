"""From a finding back to the rows of the district's tables it was made from, children as pseudonyms.

What is printed names no child and no document; the office finds the rows themselves with `rows`.
"""

from typing import Any

import numpy as np
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
    if evidence.empty:
        return pd.DataFrame()
    finding = evidence.iloc[0].to_dict()
    frame = table_of(district, finding["table"])
    return pd.DataFrame() if frame is None else frame.iloc[_rows(finding, district, findings.year, {})]


def _rows(evidence: dict[str, Any], district: District, year: int, places: dict[tuple[str, str], Any]) -> np.ndarray:
    """Find where the rows stand by the column that names them, else by school, last school year, grade and class.

    Where the values of a column stand is kept in `places`, so that it is looked up once for all findings.
    """
    frame = table_of(district, evidence["table"])
    if frame is None:
        return np.array([], int)
    if evidence["column"]:
        key = (evidence["table"], evidence["column"])
        if key not in places:
            schools = frame["school_id"].to_numpy(object) if "school_id" in frame else None
            places[key] = (frame.groupby(frame[evidence["column"]].astype("str")).indices, schools)
        found, schools = places[key]
        hit = found.get(evidence["value"], np.array([], int))
        if evidence["column"] in CHILD_KEYS or schools is None or not evidence["school_id"]:
            return hit
        own = np.array([at for at in hit if schools[at] == evidence["school_id"]], int)
        return own if len(own) else hit[blank(frame["school_id"].iloc[hit]).to_numpy(bool)]
    at = pd.Series(np.arange(len(frame)), frame.index)
    for column in ("school_id", "grade", "class_no"):
        if column in frame and pd.notna(evidence[column]) and evidence[column] != "":
            frame = frame[frame[column] == evidence[column]]
    if "intake_year" in frame:
        frame = frame[frame["intake_year"] == year]
    if "school_year" in frame and len(frame):
        frame = frame[frame["school_year"] == frame.loc[frame["school_year"] <= year, "school_year"].max()]
    return at[frame.index].to_numpy()


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
    places: dict[tuple[str, str], Any] = {}
    sources = [_rows(finding, district, findings.year, places) for finding in evidence.to_dict("records")]
    shown = [source[:SHOWN_AT_MOST] for source in sources]
    said = {
        table: _said(np.unique(np.concatenate([shown[at] for at in ats])), str(table), district)
        for table, ats in evidence.groupby("table").indices.items()
    }
    lines = []
    for finding, source, few in zip(evidence.itertuples(), sources, shown, strict=True):
        words = [said[finding.table][at] for at in few]
        if len(source) > SHOWN_AT_MOST:
            words.append(f"另有 {len(source) - SHOWN_AT_MOST} 行")
        title = TABLES[finding.table].title
        lines += [(finding.finding_id, finding.name, title, row) for row in words or ["该表没有相应的记录"]]
    return pd.DataFrame(lines, columns=["finding_id", "name", "place", "row"])


def _said(places: np.ndarray, table: str, district: District) -> dict[int, str]:
    """Write rows as 「列：值；…」 without what is blank, by their place in the table."""
    if not len(places):
        return {}
    columns, rows = TABLES[table].columns, table_of(district, table).iloc[places]
    lines: list[list[str]] = [[] for _ in range(len(rows))]
    for name in (name for name in rows if name in columns and name not in LEFT_OUT):
        written = _cells(name, rows[name], WORDS.get(name, {}) | dict(columns[name].choices), district)
        for line, value, words in zip(lines, rows[name].tolist(), written, strict=True):
            line += [] if pd.isna(value) or value == "" else [f"{columns[name].label}：{words}"]
    return dict(zip(places, map("；".join, lines), strict=True))


def _cells(name: str, values: pd.Series, words: dict[str, str], district: District) -> list[str]:
    """Write the cells of a column: a child as a pseudonym, a number of a document masked, a code in words."""
    if name in HIDDEN:
        return pseudonyms(values, district).tolist()
    if name == "student_no":
        return student_numbers.masked(values).tolist()
    return [_cell(name, value, words) for value in values.tolist()]


def _cell(name: str, value: Any, words: dict[str, str]) -> str:
    """Write one cell that names nobody, a date as a day."""
    if pd.isna(value):
        return ""
    if name == "birth_on":
        return f"{value:%Y-%m}"  # the day, beside sex and class, would tell the child
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return words.get(value, str(value)) if isinstance(value, str) else str(value)
