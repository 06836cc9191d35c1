"""The audit as a whole, in pieces of the report for notebook 06: head, rules, what it rests on and asks.

Every function takes findings or a district and returns a block; nothing is judged here. What was found is shown in
`findings`, what becomes of it in `ledger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import audit
from zhaosheng_analysis.audit import SEVERITIES, View, lacking, ledger, questions
from zhaosheng_analysis.report.blocks import Block, heading, laid

if TYPE_CHECKING:
    from zhaosheng_analysis.audit import Findings, Ledger
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy


HASH_SHOWN = 16
_NAMED = 3  # rules of a line
#: Said at the head: a finding names a child, if only by pseudonym.
INSIDE = "内部：含学生化名和很少几人的数，不得公布"


def head(findings: Findings, book: Ledger, district: District, policy: Policy, *, question: str) -> Block:
    """Open the report: what was audited, its answer in one sentence, and what it was made from.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    book : Ledger
        The ledger.
    district : District
        District it is about.
    policy : Policy
        The rules.
    question : str
        The question it answers, in Chinese.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    facts = [
        ("使用范围", INSIDE),
        ("区县", f"{district.name}（{district.code}）"),
        ("政策文件", policy.title),
        ("规则", f"{policy.id}，原文哈希 {policy.source.sha256[:HASH_SHOWN]}" if policy.source.file else policy.id),
        ("核查日期", f"{findings.on:%Y-%m-%d}"),
        ("招生年度", str(findings.year)),
    ]
    title = f"{district.name}义务教育招生核查报告"
    data = {"kind": "head", "title": title, "question": question, "headline": headline(findings, book), "facts": facts}
    data |= {"synthetic": district.synthetic, "district": district.name, "policy": policy.title}
    return Block(data | {"day": f"{findings.on:%Y-%m-%d}", "markdown": f"## {title}\n\n{headline(findings, book)}"})


def headline(findings: Findings, book: Ledger) -> str:
    """Count what was found, at how many schools, and what nobody can judge yet.

    Parameters
    ----------
    findings : Findings
        Result of the audit.
    book : Ledger
        The ledger.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    rows = book.rows.assign(status=ledger.statuses(book))
    grave = int(findings.evidence["severity"].eq("grave").sum())
    notes = int(findings.evidence["severity"].eq("note").sum())
    counted = rows["status"].isin(["open", "cured", "noted"]) & rows["school_id"].ne("")
    schools = rows.loc[counted, "school_id"].nunique()
    asked = rows[rows["scope"].eq("school") & rows["school_id"].ne("")]
    waiting = int(asked["status"].eq("waiting").sum())
    others = int(rows["status"].eq("waiting").sum()) - waiting
    besides = f"（区级事项另有 {others} 项）" if others else ""
    aside = f"、提示 {notes} 条（不计入待整改）" if notes else ""
    return (
        f"共发现 {len(findings.evidence)} 条，其中严重 {grave} 条{aside}，涉及 {schools} 所学校；"
        f"学校台账 {len(asked):,} 格中 {waiting} 格因缺少数据或须检查人员填写而无法判定{besides}，一概没有记为符合。"
    )


def shares(findings: Findings, district: District) -> Block:
    """Show the public share of migrants and the private share of pupils through the years.

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
    view = View(district, None, findings.on, findings.year, {})
    parts = []
    for table, what, make in (
        ("migrant_counts", "随迁子女在公办（含购买学位）就读", audit.migrant_shares),
        ("roll_counts", "民办在校生占比", audit.sector_shares),
    ):
        if not lacking(district, (f"{table}.pupils_n",)):
            parts.append(make(view).assign(what=what)[["what", "school_year", "pupils_n", "share"]])
    rows = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["what", "school_year", "pupils_n", "share"])
    )
    rows = rows.assign(share=rows["share"].map("{:.2%}".format), school_year=rows["school_year"].astype(str))
    columns = [
        heading("what", "指标", share=6, look="long"),
        heading("school_year", "学年"),
        heading("pupils_n", "总人数", "whole"),
        heading("share", "占比"),
    ]
    return laid(rows, columns, title="逐年占比", sheet="占比", empty="缺少随迁子女人数和分年级在校生。")


def rules(findings: Findings) -> Block:
    """Show every rule with the schools in each state and the parameters it worked with.

    Parameters
    ----------
    findings : Findings
        Result of the audit.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = audit.states(findings)
    used = findings.summary.drop_duplicates("rule").set_index("rule")["parameters"]
    table = table.assign(missing=table["missing"].where(table["unknown_n"] > 0, ""), used=table["rule"].map(used))
    table["severity"] = table["severity"].map(SEVERITIES)
    columns = [
        heading("title", "规则", share=6, look="long"),
        heading("clause", "条款", share=2),
        heading("severity", "程度"),
        heading("found_n", "有发现", "whole"),
        heading("unknown_n", "无法|判定", "whole"),
        heading("passed_n", "符合", "whole"),
        heading("rows_n", "条数", "whole"),
        heading("missing", "无法判定的原因", share=6, look="long"),
        heading("used", "取值", share=2),
    ]
    return laid(table, columns, title="全部规则与三种结论", sheet="规则", fold=True)


def not_asked(findings: Findings) -> str:
    """Say in a line how many rules the policy does not ask for; empty where it asks for all.

    Parameters
    ----------
    findings : Findings
        Result of the audit.

    Returns
    -------
    str
        One line in Chinese.
    """
    titles = findings.unlinked["title"].tolist()
    named = "、".join(titles[:_NAMED]) + ("等" if len(titles) > _NAMED else "")
    return (
        f"本政策没有引用、因而没有查的规则 {len(titles)} 条：{named}；逐条见报告的表「没有引用的规则」。"
        if titles
        else ""
    )


def validity(faults: list[str]) -> str:
    """Say whether an audit agrees with itself and its tables, as `audit.check` found.

    Parameters
    ----------
    faults : list of str
        What `audit.check` found.

    Returns
    -------
    str
        One line in Chinese.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> zs.report.audit.validity([])
    '自检合格：结论与发现的记录相符，没有数据的不判为符合，没有学籍的、第一年内转学的都已列出。'
    """
    if not faults:
        return "自检合格：结论与发现的记录相符，没有数据的不判为符合，没有学籍的、第一年内转学的都已列出。"
    return f"自检发现 {len(faults)} 个问题：" + "；".join(faults) + "。"


def unlinked(findings: Findings) -> Block:
    """Show the rules the policy does not ask for: nobody may take their silence for a pass.

    Parameters
    ----------
    findings : Findings
        Result of the audit.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    columns = [heading("rule", "规则名"), heading("title", "查什么", share=6, look="long")]
    note = '要查其中一条：在政策文件 [catalogue] 中有这项规定的一行写上 audit = ["规则名"]，或在 [audit] 写明条款。'
    table = findings.unlinked
    title = f"本政策没有引用的规则：{len(table)} 条，都没有查"
    return laid(table, columns, title=title, sheet="没有引用的规则", note=note, fold=True, empty="全部规则都有引用。")


def open_questions(findings: Findings) -> Block:
    """Show what an inspector is asked, with what to look at.

    Parameters
    ----------
    findings : Findings
        Result of the audit.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    rows = findings.items[findings.items["answer"] != "data"]
    rows = rows.assign(
        who=rows["answer"].map({"inspector": "全部", "both": "数据以外的部分"}),
        look=rows["look"].where(rows["look"] != "", "到校走访，查看材料，结论填入检查记录"),
    )
    columns = [
        heading("item", "事项"),
        heading("text", "内容", share=6, look="long"),
        heading("who", "由人核实"),
        heading("look", "看什么", share=6, look="long"),
    ]
    return laid(rows, columns, title="须检查人员填写的事项", sheet="待核实事项")


def sample(district: District, *, seed: str, schools_n: int, pupils_n: int) -> Block:
    """Show the schools and pupils drawn for a spot check; children as pseudonyms.

    Parameters
    ----------
    district : District
        District it is about.
    seed : str
        Published before the draw.
    schools_n : int
        Schools in all.
    pupils_n : int
        Pupils of each.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    drawn, pupils = ledger.spot_check(district, seed=seed, schools_n=schools_n, pupils_n=pupils_n)
    who = pupils.assign(
        child=pupils["grade"].astype(str)
        + "年级"
        + pupils["class_no"].astype("str").fillna("?")
        + "班 "
        + pupils["subject"]
    )
    listed = who.groupby("school_id")["child"].agg("、".join)
    table = drawn.assign(pupils=drawn["school_id"].map(listed).fillna("没有学籍名单"))
    columns = [
        heading("name", "学校", share=3),
        heading("ticket", "抽样号"),
        heading("pupils", "抽到的学生", share=6, look="long"),
    ]
    note = f"种子：{seed}。抽样号为种子与学校编号的 SHA-256 前 16 位，小者先；每个上报单位先抽一所。"
    return laid(table, columns, title="抽查名单", sheet="抽查", note=note)


def looked_at(policy: Policy) -> str:
    """Say which texts the audit rests on and which nobody here has read.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    own = questions.provisions(policy)
    unseen = "、".join(item.title if "《" in item.title else f"《{item.title}》" for item in policy.unseen) or "无"
    return f"依据《{policy.title}》的 {int(own['auditable'].sum())} 条可核查规定。文中引用而未见的文件：{unseen}。"
