"""What a folder and its audit say of one child, where the text only asks questions and gives nobody a seat."""

from typing import Any

import pandas as pd

from zhaosheng_analysis.audit.findings import Findings
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import TABLES, DataError, Fault, near


def explain(child: str, findings: Findings, district: District, policy: Policy) -> str:
    """Tell why a text admits nobody, what the tables hold of one child, and what the audit found on it.

    Parameters
    ----------
    child : str
        Number of the child or pupil.
    findings : Findings
        The audit of the district by the text.
    district : District
        What was audited.
    policy : Policy
        The text, one without rules of admission.

    Returns
    -------
    str
        Several lines of Chinese.

    Raises
    ------
    DataError
        No table names such a child.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("zhanhe-2024")
    >>> told = zs.audit.explain("c1", zs.audit.run(town, rules, only=["plan.not_on_roll"]), town, rules)
    >>> print(told.splitlines()[0])
    c1　不能说明录取经过：湛河区义务教育阳光招生实施方案没有录取规则
    """
    held = [line for name in TABLES if name in district.tables for line in _rows(child, name, district)]
    if not held:
        raise _unknown(child, district)
    lines = [
        f"{child}　不能说明录取经过：{policy.title}没有录取规则",
        *([f"原因：{policy.note}"] if policy.note else []),
        "数据里的记载：",
        *held,
        f"核查（{findings.on:%Y-%m-%d}）列出的问题：",
        *_found(child, findings),
    ]
    return "\n".join(lines)


def _persons(name: str) -> list[str]:
    """Return the columns of a table that name a person."""
    return [column.name for column in TABLES[name].columns.values() if column.person]


def _rows(child: str, name: str, district: District) -> list[str]:
    """Write out the rows of one table that name a child."""
    table, who = district.tables[name], [column for column in _persons(name) if column in district.tables[name]]
    mine = table[table[who].eq(child).any(axis=1)] if who else table.iloc[:0]
    schools = district.schools.set_index("school_id")["name"].to_dict()
    return [
        f"    {TABLES[name].title}：{_row(name, row, schools)}" for row in mine.drop(columns=who).to_dict("records")
    ]


def _row(name: str, row: dict[str, Any], schools: dict[str, str]) -> str:
    """Write out what a row says: labels with their values, what is blank left out."""
    columns = TABLES[name].columns
    said = {columns[key].label: _value(key, value, name, schools) for key, value in row.items() if key in columns}
    named = set(schools.values())
    return "，".join(
        f"{label.removesuffix('编号') if value in named else label} {value}" for label, value in said.items() if value
    )


def _value(key: str, value: Any, name: str, schools: dict[str, str]) -> str:
    """Write out one cell, nothing where it is blank."""
    column = TABLES[name].columns[key]
    if pd.isna(value) or value == "":
        return ""
    if column.kind == "flag":
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
    return schools.get(str(value)) or column.choices.get(str(value)) or str(value)


def _found(child: str, findings: Findings) -> list[str]:
    """Write out what an audit found on one child, and how many rules it could not judge by."""
    mine = set(findings.keys.loc[findings.keys["value"].eq(child), "finding_id"])
    rows = findings.evidence[findings.evidence["finding_id"].isin(mine)]
    todo = findings.summary.drop_duplicates("rule").set_index("rule")["todo"]
    lines = [
        f"    {row['item']}（{row['clause']}）：{row['name']}，{row['sentence']}；{todo[row['rule']]}"
        for row in rows.to_dict("records")
    ]
    blind = findings.summary[findings.summary["state"].eq("not_assessable")]["rule"].nunique()
    lines += [] if lines else ["    没有点到这名学生的问题"]
    return [*lines, *([f"    另有 {blind} 条规则缺数据，至少有一处无法判定，不等于合格"] if blind else [])]


def _unknown(child: str, district: District) -> DataError:
    """Say that no table names a child."""
    known: set[str] = set()
    for name in (name for name in TABLES if name in district.tables):
        for column in (column for column in _persons(name) if column in district.tables[name]):
            known |= set(district.tables[name][column].dropna())
    remedy = near(child, sorted(known)) or "请核对编号"
    return DataError(Fault("儿童编号", f"各表里都没有「{child}」", f"共 {len(known)} 名儿童、学生", remedy))
