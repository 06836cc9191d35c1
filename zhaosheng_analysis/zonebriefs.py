"""What a planner reads about zones: a headline, tables with Chinese headings, one page of findings."""

import pandas as pd

from zhaosheng_analysis.flaws import KINDS, SAFE, STAGES
from zhaosheng_analysis.geodata import District


def headline(findings: pd.DataFrame, district: District) -> str:
    """Say in one sentence whether the zones cover everybody once, and what is in the way."""
    if findings.empty:
        return f"{district.name}的学区全覆盖、无遗漏、不重复，没有发现问题。"
    parts = [f"{KINDS[kind][0]} {count} 处" for kind, count in _counts(findings).items()]
    left_out = findings[findings["kind"] == "gap"]
    children = left_out["children_n"].sum() if left_out["children_n"].notna().any() else 0
    year = district.about.get("intake_year", "")
    tail = f"；遗漏的地方 {year} 年应入学 {children} 人" if children else ""
    return f"{district.name}的学区检查发现 {len(findings)} 项：{'、'.join(parts)}{tail}。"


def _counts(findings: pd.DataFrame) -> dict[str, int]:
    """Count findings by kind, the gravest kind first."""
    counted = findings["kind"].value_counts()
    return {kind: int(counted[kind]) for kind in KINDS if kind in counted}


def page(findings: pd.DataFrame, district: District, *, day: str, zones_n: dict[str, int]) -> str:
    """Write all findings on one page of text.

    Parameters
    ----------
    day : the day the zones were looked at for. zones_n : stage -> zones in force.
    """
    counted = "、".join(f"{STAGES[stage]} {count} 个" for stage, count in zones_n.items())
    lines = [f"{district.name}学区检查，{day} 生效的学区：{counted}", headline(findings, district)]
    for number, row in enumerate(findings.itertuples(index=False), start=1):
        lines += [
            "",
            f"{number}. {row.message}。",
            f"   怎么办：{row.remedy}。{_offer(row, district)}[{row.finding_id}]",
        ]
    return "\n".join(lines)


def _offer(row: tuple, district: District) -> str:
    """Say which safe repair is on offer."""
    if not row.action:
        return ""
    names = dict(zip(district.zones["zone_id"], district.zones["name"], strict=True))
    return f"可以自动修正：{SAFE[row.action]}（{names.get(row.target, row.target)}）。"


def table(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings as a table for a report: 学段, 问题, 说明, 应入学, 怎么办, 可自动修正."""
    return pd.DataFrame(
        {
            "学段": findings["stage"].map(STAGES),
            "问题": [KINDS[kind][0] for kind in findings["kind"]],
            "说明": [message.partition("：")[2] for message in findings["message"]],
            "应入学（人）": findings["children_n"].astype("Int64"),
            "怎么办": findings["remedy"],
            "可自动修正": ["是" if action else "否" for action in findings["action"]],
        }
    )
