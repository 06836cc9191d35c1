"""The provisions of a text row by row: where its rule file models each, and which rules of an audit it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import audit
from zhaosheng_analysis.policy import vocabulary

if TYPE_CHECKING:
    from zhaosheng_analysis.policy import Policy


_ELEMENTS = {
    "capacity": "班额",
    "cases": "算例",
    "checks": "报名核查",
    "dates": "日期",
    "duties": "职责",
    "home": "住房",
    "not_modelled": "未纳入",
    "parameters": "参数",
    "questions": "自查问题",
    "redraw": "学区调整",
    "residence": "登记学校",
    "rounds": "环节",
    "tiers": "梯次",
    "unseen": "未见文件",
    "warning": "预警",
    "windows": "时间窗口",
}


def question_rows(rules: Policy) -> pd.DataFrame:
    """List the questions and duties of an audit text.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    who = {"data": "数据", "inspector": "检查人员", "both": "数据与检查人员"}
    asked = [
        {"编号": item.id, "内容": item.text, "由谁答": who[item.answer], "条款": item.clause}
        for item in rules.questions
    ]
    duties = [{"编号": item.id, "内容": item.what, "由谁答": "职责", "条款": item.clause} for item in rules.duties]
    return pd.DataFrame([*asked, *duties])


def coverage_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Write every row of the catalogue for a text: clause, kind, summary, and where it is modelled or why it is not.

    Parameters
    ----------
    table : DataFrame
        From `policy.coverage`.

    Returns
    -------
    DataFrame
        One row a row of the catalogue.
    """
    kinds = ["、".join(vocabulary.KINDS[part] for part in kind.split("|")) for kind in table["kind"]]
    rows = {
        "行号": table["id"],
        "条款": table["clause"],
        "类": kinds,
        "内容": table["rule"],
        "写在哪里": [_places(element) for element in table["element"]],
        "未纳入的理由": table["why"],
    }
    return pd.DataFrame(rows)


def audit_rows(rules: Policy) -> pd.DataFrame:
    """List every rule an audit can apply: by which clause a text asks for it, or that it does not.

    Parameters
    ----------
    rules : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    clauses = {row: provision.clause for row, provision in rules.catalogue.items()}
    asked = [rule for rule in audit.rules.applied(rules) if rule.check not in ("questions.answers", "calendars.window")]
    words = {
        rule.id: "、".join(dict.fromkeys(clauses[row] for row in rule.provisions)) or rule.clause or rule.basis
        for rule in asked
    }
    every = [*asked, *audit.rules.unlinked(rules)]
    columns = {
        "规则名": [rule.id for rule in every],
        "查什么": [rule.title for rule in every],
        "须由原文写明": ["、".join(rule.asks) for rule in every],
        "条款": [words.get(rule.id, "没有引用") for rule in every],
        "程度": [audit.SEVERITIES[rule.severity] for rule in every],
    }
    return pd.DataFrame(columns)


def _places(element: str) -> str:
    """Write where a row is modelled: 环节 zone、参数 pc.kin; a row nobody answers for is 缺."""
    if not element:
        return "缺"
    places: dict[str, None] = {}
    for path in element.split("、"):
        section, _, rest = path.partition(".")
        name = rest.split(".", 1)[-1] if rest.split(".")[0].isdigit() else rest
        plain = _ELEMENTS.get(section, section)
        places[f"{plain} {name}".strip() if section not in ("not_modelled", "tiers") else plain] = None
    return "、".join(places)
