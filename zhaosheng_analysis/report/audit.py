"""The audit pack: pieces of the report for notebook 06.

Every function takes findings or a ledger and returns a block; nothing is judged here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import audit, classes, schema
from zhaosheng_analysis.audit import SEVERITIES, View, lacking, ledger, ledger_workbook, questions, source_rows
from zhaosheng_analysis.report.blocks import Block, heading, laid
from zhaosheng_analysis.schema import DataError, Fault

if TYPE_CHECKING:
    from zhaosheng_analysis.audit import Findings, Ledger
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

HASH_SHOWN = 16
NAMED_AT_MOST = 4
NO_CLASSES = "没有「班级」表，余位无从计算。"
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
    schools = rows.loc[rows["status"].eq("open") & rows["school_id"].ne(""), "school_id"].nunique()
    asked = rows[rows["scope"].eq("school") & rows["school_id"].ne("")]
    waiting = int(asked["status"].eq("waiting").sum())
    return (
        f"共发现 {len(findings.evidence)} 条，其中严重 {grave} 条，涉及 {schools} 所学校；"
        f"台账 {len(asked)} 格中 {waiting} 格因缺少数据或须检查人员填写而无法判定，一概没有记为符合。"
    )


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
    """Name in a line the rules the policy does not ask for; empty where it asks for all.

    Parameters
    ----------
    findings : Findings
        Result of the audit.

    Returns
    -------
    str
        One line in Chinese.
    """
    names = "、".join(findings.unlinked["rule"])
    return f"本政策没有引用、因而没有查的规则 {len(findings.unlinked)} 条：{names}" if names else ""


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
    found = ledger.statuses(book).eq("open").any()
    empty = "没有上一次的台账，无从比较。" if found else "没有上一次的台账，或两次都没有待整改的事项。"
    return laid(table.sort_values(["turn", "code"]), columns, title="与上次核查相比", sheet="与上次相比", empty=empty)


def seat_room(district: District, policy: Policy) -> Block:
    """Show by grade how many pupils fit within the base size, and how many siblings beyond it (长幼随学).

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    room = _room(district, policy)
    counts = room.groupby("grade").agg(
        classes_n=("class_no", "size"),
        room_n=("room_n", "sum"),
        sibling_room_n=("sibling_room_n", "sum"),
        full_n=("sibling_room_n", lambda left: int((left == 0).sum())),
    )
    table = counts.reset_index()
    columns = [
        heading("grade", "年级", "whole"),
        heading("classes_n", "班数", "whole"),
        heading("room_n", "标准班额内余位", "whole"),
        heading("sibling_room_n", "长幼随学余位", "whole"),
        heading("full_n", "已无余位的班", "whole"),
    ]
    note = "长幼随学：起始年级不得超过标准班额，其余年级可适当突破，任何班不得达到大班额。"
    return laid(table, columns, title="各年级余位", sheet="余位", note=note, empty=NO_CLASSES)


def _room(district: District, policy: Policy) -> pd.DataFrame:
    """Return the room of the classes of the last school year."""
    table, system = district.tables.get("classes", schema.empty("classes")), district.school_system
    room = classes.headroom(table[table["school_year"] == table["school_year"].max()], policy, system=system)
    return room.assign(stage=system.stage_of(room["grade"]), entry=system.is_entry(room["grade"]))


def class_room(district: District, policy: Policy) -> Block:
    """Show the room of every class: within the base size, and up to the cap for siblings, which is never oversized.

    Parameters
    ----------
    district : District
        District it is about.
    policy : Policy
        The rules.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    room = _room(district, policy)
    names = district.schools.set_index("school_id")["name"]
    rows = room.assign(name=room["school_id"].map(names)).sort_values(["name", "grade", "class_no"])
    columns = [
        heading("name", "学校", share=3),
        heading("grade", "年级", "whole"),
        heading("class_no", "班号", "whole"),
        heading("pupils_n", "现有人数", "whole"),
        heading("base", "标准班额", "whole"),
        heading("room_n", "标准班额内余位", "whole"),
        heading("cap", "长幼随学上限", "whole"),
        heading("sibling_room_n", "长幼随学余位", "whole"),
    ]
    return laid(rows, columns, title="逐班余位", sheet="逐班余位", fold=True, empty=NO_CLASSES)


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
    unseen = "、".join(f"《{item.title}》" for item in policy.unseen) or "无"
    return f"依据 {policy.title} 的 {int(own['auditable'].sum())} 条可核查规定。文中引用而未见的文件：{unseen}。"
