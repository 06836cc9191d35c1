"""What an audit found, in pieces of its report: by rule, one by one, the rows behind it, the clauses cited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import audit
from zhaosheng_analysis.audit import SEVERITIES, questions, source_rows
from zhaosheng_analysis.report.blocks import Block, heading, laid

if TYPE_CHECKING:
    from zhaosheng_analysis.audit import Findings
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy


NAMED_AT_MOST = 4
# On the page a finding leads to its clause and its rows, and the first table leads to the findings.
_FINDING, _CLAUSE, _ROWS = "f-", "c-", "r-"
_EVIDENCE = [
    heading("name", "学校", share=3),
    heading("title", "问题", share=6, look="long"),
    heading("subject", "学生（化名）"),
    heading("sentence", "发现的情况", share=6, look="long"),
    heading("clause", "条款", share=4, to=_CLAUSE),
    heading("finding_id", "发现编号", share=2, anchor=_FINDING, to=_ROWS),
]


def to_do(findings: Findings, *, severity: str, fold: bool = False) -> Block:
    """List what was found by rule, most findings first: clause, how many, where, what to do, by when.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    severity : str
        One of `audit.SEVERITIES`.
    fold : bool, default False
        Whether the page shows it only on request and the PDF leaves it to the workbook.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = findings.evidence[findings.evidence["severity"] == severity]
    facts = findings.summary.drop_duplicates("rule").set_index("rule")[["title", "todo"]]
    counts = rows.groupby("rule", sort=False).agg(
        found_n=("finding_id", "size"),
        clause=("clause", "first"),
        first=("finding_id", "first"),
        where=("name", lambda names: _named(names[rows.loc[names.index, "school_id"] != ""])),
    )
    table = counts.join(facts, validate="1:1").sort_values("found_n", ascending=False, kind="stable")
    columns = [
        heading("title", "问题", share=6, look="long"),
        heading("clause", "条款", share=4, to=_CLAUSE),
        heading("found_n", "条数", "whole"),
        heading("where", "在哪里", share=6, look="long"),
        heading("todo", "怎么办", share=6, look="long"),
        heading("first", "首条编号", to=_FINDING),
    ]
    days = audit.rules.deadlines().get(severity)
    due = f"建议 {findings.on + pd.Timedelta(days=days):%Y-%m-%d} 前整改" if days else "说明理由即可"
    note = f"期限为核查之日起 {days} 天，各文件没有规定，可改。" if days else ""
    title = f"{SEVERITIES[severity]}：{len(table)} 类 {len(rows)} 条（{due}）"
    empty = "没有这一等的发现。"
    sheet = f"{SEVERITIES[severity]}（按问题）"
    return laid(table, columns, title=title, sheet=sheet, note=note, fold=fold, empty=empty)


def _named(names: pd.Series) -> str:
    """Name the first schools and say how many there are; nothing where the matter is the district's."""
    names = names.drop_duplicates()
    more = f"等 {len(names)} 所" if len(names) > NAMED_AT_MOST else ""
    return "、".join(names.head(NAMED_AT_MOST)) + more or "区级"


def evidence(findings: Findings, *, severity: str, fold: bool = False) -> Block:
    """Show every finding of one severity with its clause; a child is a pseudonym.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    severity : str
        One of `audit.SEVERITIES`.
    fold : bool, default False
        Whether the page shows it only on request and the PDF leaves it to the workbook.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    titles = findings.summary.drop_duplicates("rule").set_index("rule")["title"]
    rows = findings.evidence[findings.evidence["severity"] == severity].copy()
    rows["title"] = rows["rule"].map(titles)
    title = f"{SEVERITIES[severity]}：{len(rows)} 条"
    note = "学生为化名。网页上点编号看原始记录，点条款看规定；Excel 中在「原始记录」表按编号筛选。"
    return laid(rows, _EVIDENCE, title=title, sheet=SEVERITIES[severity], note=note, fold=fold)


def records(findings: Findings, district: District) -> Block:
    """Show the rows of the district's tables behind every finding, children as pseudonyms.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    district : District
        District it is about.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = (
        source_rows.printed(findings, district)
        .groupby(["finding_id", "name", "place"], sort=False)["row"]
        .agg(_numbered)
    )
    columns = [
        heading("finding_id", "发现编号", share=2, anchor=_ROWS, to=_FINDING),
        heading("name", "学校", share=3),
        heading("place", "来自哪张表"),
        heading("row", "记录", share=6, look="long"),
    ]
    note = "化名由区县编号和学生编号的 SHA-256 得出；对照表由 zhaosheng audit --keys 另存，只在本单位使用。"
    return laid(rows.reset_index(), columns, title="发现的原始记录", sheet="原始记录", note=note, fold=True)


def _numbered(rows: pd.Series) -> str:
    """Write the rows of a finding into one cell, numbered where there are several."""
    return rows.iloc[0] if len(rows) == 1 else "\n".join(f"（{nth}）{row}" for nth, row in enumerate(rows, 1))


def clauses(findings: Findings, policy: Policy) -> Block:
    """Show what each clause cited says, and which findings rest on it.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    policy : Policy
        The rules.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    texts = questions.provisions(policy)
    rules_ = {rule.id: rule for rule in audit.rules.applied(policy)}
    cited = findings.evidence.drop_duplicates(["rule", "clause"])
    parts = []
    for clause, own in cited.groupby("clause", sort=False):
        names = {row for rule in own["rule"] for row in rules_[rule].provisions}
        chosen = texts[texts["id"].isin(names)]
        said = "；".join(f"{row.id} {row.rule}" for row in chosen.itertuples()) or "本文件没有自己的规定"
        counts = int(findings.evidence["clause"].eq(clause).sum())
        parts.append((clause, said, counts))
    table = pd.DataFrame(parts, columns=["clause", "said", "found_n"])
    columns = [
        heading("clause", "条款", share=4, anchor=_CLAUSE),
        heading("said", "规定了什么", share=6, look="long"),
        heading("found_n", "条数", "whole"),
    ]
    note = f"原文：{policy.title}；编号为规定目录的编号。"
    return laid(table, columns, title="所引条款", sheet="条款", note=note)
