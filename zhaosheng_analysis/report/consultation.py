"""Who is to be asked about a redraw, who loses by it, and the steps only the bureau can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.redraw import JOINED
from zhaosheng_analysis.report import redraw
from zhaosheng_analysis.report.blocks import heading, laid
from zhaosheng_analysis.schema import small_cells

if TYPE_CHECKING:
    from zhaosheng_analysis.redraw import Option, Score
    from zhaosheng_analysis.report.blocks import Block

BLANK = " "  # to be written into by hand
STEPS = (
    ("实地走访与路线核对", "调查"),
    ("征求学校意见", "调查"),
    ("公示草案", "征求意见"),
    ("收集书面意见", "征求意见"),
    ("听证会", "征求意见"),
    ("意见采纳与不采纳的理由", "说明理由"),
    ("合法性审查与集体决定", "说明理由"),
    ("公布并报上级备案", "说明理由"),
)


def steps() -> Block:
    """Leave a line for every step that only the bureau can take.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    table = pd.DataFrame(STEPS, columns=["what", "basis"]).assign(day=BLANK, who=BLANK, reason=BLANK)
    columns = [
        heading("what", "事项", share=6, look="long"),
        heading("basis", "环节", share=2),
        heading("day", "日期"),
        heading("who", "负责人"),
        heading("reason", "结果、意见与采纳情况", share=6, look="long"),
    ]
    return laid(table, columns, title="程序记录", sheet="程序记录")


def consulted(option: Option, score: Score) -> Block:
    """List whom the assignment concerns and who is to be asked, with room for what they say and what is made of it.

    Parameters
    ----------
    option : Option
        The option.
    score : Score
        What it does.

    Returns
    -------
    Block
        The block, which a notebook shows.
    """
    count = score.families.groupby("unit_id").agg(families_n=("changed", "sum"), lose_n=("loses", "sum"))
    units = redraw.named(option.moved, score.district).set_index("unit_id")
    effect = [f"由{old or '没有学区'}改为{new}" for old, new in zip(units["from"], units["to"], strict=True)]
    people = units.assign(what=units["name"] + "的家长", effect=effect).join(count)
    counts = ["families_n", "lose_n"]  # where nobody has registered they are not known
    people[counts] = people[counts].fillna(0).astype("Int64") if score.simulated else pd.NA
    schools = score.seats.groupby("name", sort=False)[["demand_before_n", "demand_after_n"]].sum()
    schools = schools[schools["demand_before_n"] != schools["demand_after_n"]]
    shown = small_cells.shown
    lines = [
        f"各年新生由 {shown(row.demand_before_n)} 人变为 {shown(row.demand_after_n)} 人" for row in schools.itertuples()
    ]
    offices = pd.DataFrame({"what": schools.index, "effect": lines})
    said, names = score.assignment.comments, score.district.units.set_index("unit_id")["name"]
    people["reason"] = [said.get(unit, BLANK) for unit in people.index]
    others = sorted(set(said) - set(people.index))
    kept = pd.DataFrame(
        {"what": [f"{names[unit]}的家长" for unit in others], "reason": [said[unit] for unit in others]}
    )
    parts = [people, kept.assign(effect="学校不变"), offices.assign(reason=BLANK)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True).assign(because=BLANK)
    columns = [
        heading("what", "征求谁的意见", share=6, look="long"),
        heading("effect", "对其影响", share=6, look="long"),
        heading("families_n", "今年|家庭", "whole"),
        heading("lose_n", "其中|变差", "whole"),
        heading("reason", "意见", share=6, look="long"),
        heading("because", "采纳与否及理由", share=5, look="long"),
    ]
    note = "家庭为今年的新生中学区改变的；学校为新生人数因此改变的。空栏由教育行政部门填写。"
    return laid(table, columns, title="征求意见的对象", sheet="征求意见", note=note)


def losers(score: Score) -> str:
    """Say who loses: how, which groups on balance, and from which units; few children are told as few only.

    Parameters
    ----------
    score : Score
        What it does.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if not score.simulated:
        return redraw.NOBODY
    lost = score.families[score.families["loses"]]
    if lost.empty:
        return "今年的新生没有人变差。"
    without = int(((lost["seat_after"] == 0) & (lost["seat_before"] > 0)).sum())
    away = int(((lost["seat_after"] == 1) & (lost["seat_before"] == 2)).sum())
    kinds = pd.DataFrame({"n": [without, away, len(lost) - without - away]})
    no_seat, other, far = small_cells.masked(kinds, ["n"])["n"]
    lines = [
        f"变差的 {small_cells.shown(len(lost))} 人中，{no_seat} 人失去学位，{other} 人离开本校，"
        f"{far} 人录取相同而步行远 200 米以上。"
    ]
    groups_ = score.by_group.assign(net=lambda rows: rows["lose_n"] - rows["gain_n"])
    worst = groups_[groups_["net"] > 0].sort_values("net", ascending=False, kind="stable")
    # Names only: from a difference, or a count beside one that is left out, what is not printed would follow.
    named = JOINED.join(f"{row.facet}「{row.group}」" for row in worst.head(8).itertuples())
    more = f"等 {len(worst)} 类" if len(worst) > 8 else ""
    lines.append(f"变差多于变好的类别：{named}{more}。" if len(worst) else "没有一类学生变差多于变好。")
    units = lost["unit_id"].map(score.district.units.set_index("unit_id")["name"]).value_counts()
    lines.append(f"变差的人最多的小区或村：{JOINED.join(units.index[:6])}。")
    return "".join(lines)
