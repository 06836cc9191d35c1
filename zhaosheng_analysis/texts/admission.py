"""What an intake came to, in tables and sentences: who got in, where each school stopped, how close it was.

Who applied stands in `applicants`, two results side by side in `comparisons`, what is published of one in `bulletin`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from zhaosheng_analysis.admission import PLACED, rounds, summaries
from zhaosheng_analysis.policy import vocabulary
from zhaosheng_analysis.schema import small_cells, takes
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhaosheng_analysis.admission import Outcome
    from zhaosheng_analysis.policy import Policy


RESULTS = {
    "admitted": "公办录取",
    "redirected": "统筹安排",
    "private": "民办录取",
    "undetermined": "待定",
    "unplaced": "未录取",
}
_STEP_M = 100
_PLACE = re.compile(r"(?P<metres>\d+)米|(?P<day>\d{4}-\d\d-\d\d)(?P<clock> \d\d:\d\d(?::\d\d)?)?")
_SURE = ["一定录取", "要看派位", "本校没有机会"]


def status(code: str) -> str:
    """Return the Chinese word of a final status.

    Parameters
    ----------
    code : str
        Status of `admission.Outcome.children`.

    Returns
    -------
    str
        One word.
    """
    return RESULTS.get(code) or vocabulary.STATUSES.get(code, code)


def results(outcome: Outcome) -> pd.DataFrame:
    """Count how each tier fared: placed by its own right, redirected, private, undetermined, unplaced, the rest.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.ends(outcome)
    counts.insert(0, "学段", counts.pop("stage").map(lambda stage: labels.code("stage", stage)))
    named = {"tier_label": "类别", "whole_n": "合计", **RESULTS, summaries.ASIDE: "未参加录取"}
    return counts.drop(columns="tier_rank").rename(columns=named)


def cuts(outcome: Outcome) -> pd.DataFrame:
    """List the schools: seats, admitted, where each stopped and how close it was; those that refused come first.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = outcome.cuts.sort_values(["bound", "refused_n", "name"], ascending=[False, False, True], kind="stable")
    return pd.DataFrame(
        {
            "学校": table["name"],
            "学段": table["stage"].map(lambda stage: labels.code("stage", stage)),
            "性质": table["sector"].map(lambda sector: labels.code("sector", sector)),
            "计划": table["seats_n"],
            "录取": table["admitted_n"],
            "余位": table["left_n"],
            "未录取人次": table["refused_n"],
            "待定": table["tied_n"],
            "录至": [_cut(row) for row in table.to_dict("records")],
            "最末者": [_coarse(words) for words in table["criterion"].astype("str").fillna("")],
            "末类人数": table["margin_n"],
            "末类余位": table["margin_left_n"],
        }
    ).reset_index(drop=True)


def _coarse(criterion: str) -> str:
    """Say where the last child in stood without pointing at its home, deed or file: to 100 metres, a day, a month."""

    def coarser(found: re.Match[str]) -> str:
        if found["metres"]:
            return f"不超过{-(-int(found['metres']) // _STEP_M) * _STEP_M}米"
        return found["day"] if found["clock"] else found["day"][:7]

    return _PLACE.sub(coarser, criterion) or "—"


def _cut(row: dict[str, Any]) -> str:
    """Say where a school stopped."""
    if not row["admitted_n"] and not row["tied_n"]:
        return "无人录取"
    label = row["tier_label"] if isinstance(row["tier_label"], str) else ""
    if row["tied_n"]:
        return "同序未定"
    return (label or "按派位号") if row["bound"] else "全部录取"


def margins(outcome: Outcome) -> pd.DataFrame:
    """List the schools where one tier had to share the last seats: seats left, children, and the chance of each.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = summaries.margins(outcome)
    return pd.DataFrame(
        {
            "学校": rows["name"],
            "学段": rows["stage"].map(lambda stage: labels.code("stage", stage)),
            "末类": rows["tier_label"].astype("str").replace("", "全部报名者").fillna("全部报名者"),
            "末类人数": rows["margin_n"],
            "余位": rows["margin_left_n"],
            "每人机会": [f"{chance:.0%}" for chance in rows["chance"].clip(upper=1)],
        }
    ).reset_index(drop=True)


def rest(outcome: Outcome) -> pd.DataFrame:
    """Count where the children went whom their own school refused, by that school and their end.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.refused(outcome)
    table = pd.DataFrame(
        {
            "未录取的学校": counts["school"],
            "结果": counts["status"].map(status),
            "去向": counts["to"].replace("", "—"),
            "人数": counts["children_n"],
        }
    )
    return table.sort_values(
        ["人数", "未录取的学校", "结果", "去向"], ascending=[False, True, True, True], ignore_index=True
    )


@takes(ranked="ranked")
def roster(outcome: Outcome, ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """List every child with its end in the words of the rules, as the bureau reads it.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a child, columns named in Chinese: points, in all and by item, where the rules count them.
    """
    children, table = outcome.children, policy.table
    names = {} if table is None else table.labels
    said = {
        name: _titled(name, label, names) for name, label in zip(children["tier"], children["tier_label"], strict=True)
    }
    columns = {
        "儿童编号": children.index,
        "学段": children["stage"].map(lambda stage: labels.code("stage", stage)),
        "结果": children["status"].map(status),
        "录取学校": children["school"].fillna(""),
        "环节": children["round_name"].fillna(""),
        "类别": children["tier"].map(said),
        "条款": children["clause"],
    }
    items = policy.declared.points.items
    if items:
        mine = ranked.reindex(children.index)
        columns |= {"积分": mine["points"], "积分缺": mine["points_missing"].fillna("")}
        columns |= {item.label: mine[f"points_{item.id}"] for item in items if f"points_{item.id}" in mine}
    columns |= {"派位号": children["ticket"], "理由": children["reason"]}
    return pd.DataFrame({name: getattr(values, "array", values) for name, values in columns.items()})


def _titled(name: str, label: str, names: Mapping[str, str]) -> str:
    """Return a tier with its number and its name."""
    own = names.get(name, "")
    return label if not own or own == label else f"{label}（{own}）"


def unplaced(outcome: Outcome) -> pd.DataFrame:
    """List the children who took part and have no seat, with their reasons.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = outcome.children[outcome.children["status"].isin(["unplaced", "undetermined"])]
    return pd.DataFrame(
        {
            "儿童": rows.index,
            "学段": [labels.code("stage", stage) for stage in rows["stage"]],
            "类别": rows["tier_label"].to_numpy(),
            "结果": rows["status"].map(status).to_numpy(),
            "理由": rows["reason"].to_numpy(),
        }
    )


def validity(faults: list[str], policy: Policy | None = None) -> str:
    """Say whether the result keeps the rules, as `admission.check` found.

    Parameters
    ----------
    faults : list of str
        What `admission.check` found.
    policy : Policy, optional
        The rules: rounds that take everybody (``seats = "all"``) may fill a school beyond its plan, and are named.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if faults:
        return f"自检发现 {len(faults)} 个问题：" + "；".join(faults) + "。"
    names = [f"「{item.name}」" for item in rounds.read(policy) if item.seats in rounds.UNLIMITED] if policy else []
    beyond = f"除全部接收的环节（{'、'.join(names)}）以外没有超计划" if names else "没有超计划"
    return f"自检合格：{beyond}，没有漏人或重复，没有人被排在其后的人越过，没有空着学位拒收，未录取的都有理由。"


def headline(outcome: Outcome) -> str:
    """Say in one sentence how the intake ended.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    counts = outcome.children["status"].value_counts()
    ends = {code: int(counts.get(code, 0)) for code in (*PLACED, "unplaced", "undetermined", "incomplete")}
    aside = len(outcome.children) - sum(ends.values())
    few = any(0 < n < small_cells.FEWEST for n in (*ends.values(), aside))
    # All who were placed, beside all children, would tell the few who were not.
    placed = small_cells.LEFT_OUT if few else str(sum(ends[code] for code in PLACED))
    told = {code: n if n >= 1000 else small_cells.shown(n) for code, n in (ends | {"aside": aside}).items()}
    kinds = f"其中统筹 {told['redirected']} 名、民办 {told['private']} 名"
    parts = [f"{len(outcome.children)} 名儿童中 {placed} 名有学位（{kinds}）"]
    words = {"unplaced": "未录取", "undetermined": "待定（文件未规定同类先后）"}
    words |= {"incomplete": "材料未齐（待补、待核）", "aside": "报名无效或未报名"}
    parts += [f"{told[code]} 名{word}" for code, word in words.items() if told[code] != "0"]
    bound = int(outcome.cuts["bound"].sum())
    return "，".join(parts) + f"；{bound} 所学校没有收下全部报名者。"


def rounds_told(outcome: Outcome) -> pd.DataFrame:
    """Count each round: schools, seats, children who asked, admitted, refused, tied.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    named = {"round_name": "环节", "schools_n": "学校数", "asked_n": "报名人次", "admitted_n": "录取"}
    named |= {"refused_n": "未录取", "tied_n": "待定"}
    return summaries.by_round(outcome)[list(named)].rename(columns=named)


def private_counts(outcome: Outcome, policy: Policy) -> pd.DataFrame:
    """Set the registered and the qualified against the seats, school by school, in private rounds by application.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = summaries.private_rounds(outcome, policy)
    return pd.DataFrame(
        {
            "环节": table["round_name"],
            "学校": table["name"],
            "学段": table["stage"].map(lambda stage: labels.code("stage", stage)),
            "学位": table["seats_n"],
            "报名": table["filed_n"],
            "验审合格": table["asked_n"],
            "是否超计划": table["over_plan"].map({True: "超", False: "不超"}),
        }
    ).reset_index(drop=True)


def chances(counts: pd.DataFrame) -> pd.DataFrame:
    """Write how many children of each tier are certain of a seat, draw for one, or have no chance at their school.

    Parameters
    ----------
    counts : DataFrame
        From `admission.chances.counted`.

    Returns
    -------
    DataFrame
        学段, 类别 and a column each; empty where no round has a closed form.
    """
    named = dict(zip(["sure_n", "drawn_n", "none_n"], _SURE, strict=True))
    stage = [labels.code("stage", stage) for stage in counts["stage"]]
    return counts.assign(学段=stage).rename(columns={"tier_label": "类别", **named})[["学段", "类别", *_SURE]]


def result_message(outcome: Outcome) -> str:
    """Say which tier of those that took part was placed least by its own right; a tier of few children is not named.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    table = results(outcome)
    took = table["合计"] - table["未参加录取"]
    placed = table["公办录取"] + table["民办录取"]
    if placed.eq(took).all():
        return "参加录取的儿童都在所报学校录取"
    own = placed / took.where(took >= small_cells.FEWEST)
    if not (own < 1).any():
        return f"没有在所报学校录取的儿童，都在不足 {small_cells.FEWEST} 人的类别"
    worst = table.loc[own.idxmin()]
    name = worst["类别"] if worst["类别"].startswith("第") else f"「{worst['类别']}」"
    hard = f"最难的是{worst['学段']}{name}，如愿 {own.min():.0%}"
    safe = int((own >= 1).sum())
    return f"{safe} 个类别人人如愿；{hard}" if safe else f"没有一个类别人人如愿；{hard}"


def cut_message(outcome: Outcome) -> str:
    """Say how many schools refused somebody, and which refused most.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    rows = outcome.cuts[outcome.cuts["bound"]]
    if rows.empty:
        return "各校都收下了全部报名者"
    worst = rows.loc[(rows["refused_n"] + rows["tied_n"]).idxmax()]
    lost = worst["refused_n"] or worst["tied_n"]
    lost = f"{small_cells.shown(lost)} {'人次' if worst['refused_n'] else '人待定'}"
    return f"{len(rows)} 所学校没有收下全部报名者，最紧的是{worst['name']}（{lost}）"


def rest_message(outcome: Outcome) -> str:
    """Say how the children ended whom a school refused.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    table = rest(outcome)
    if table.empty:
        return "没有人被学校拒收"
    ends = table.groupby("结果")["人数"].sum().sort_values(ascending=False)
    said = "，".join(f"{small_cells.shown(n)} 名{end}" for end, n in ends.items())
    return f"{small_cells.shown(ends.sum())} 名儿童被第一所学校拒收：{said}"
