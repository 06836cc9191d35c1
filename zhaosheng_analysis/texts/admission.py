"""What an intake came to, as the tables and sentences a bureau publishes: who applied, who got in, how close it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zhaosheng_analysis.admission import PLACED, summaries, wording
from zhaosheng_analysis.policy import vocabulary
from zhaosheng_analysis.schema import small_cells, takes
from zhaosheng_analysis.texts import labels
from zhaosheng_analysis.texts.policy import Section

if TYPE_CHECKING:
    from zhaosheng_analysis.admission import Comparison, Outcome
    from zhaosheng_analysis.policy import Policy

RESULTS = {
    "admitted": "公办录取",
    "redirected": "统筹安排",
    "private": "民办录取",
    "undetermined": "待定",
    "unplaced": "未录取",
}
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


@takes(ranked="ranked")
def applicants(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count the children by stage, tier and clause, in the order of the tiers.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.applicants(ranked)
    return pd.DataFrame(
        {
            "学段": counts["stage"].map(lambda stage: labels.code("stage", stage)),
            "类别": [wording.tier(tier, dict(policy.table.labels)) for tier in counts["tier"]],
            "名称": [policy.table.labels[tier] for tier in counts["tier"]],
            "条款": counts["clause"].astype("str"),
            "人数": counts["children_n"],
            "占本学段": [f"{share:.1%}" for share in counts["share"]],
        }
    )


@takes(ranked="ranked")
def registrations(ranked: pd.DataFrame) -> pd.DataFrame:
    """Count the registrations that stand and those that do not, by stage, with the clause that decided.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.registrations(ranked)
    return pd.DataFrame(
        {
            "学段": counts["stage"].map(lambda stage: labels.code("stage", stage)),
            "报名状态": counts["status"].map(status),
            "条款": counts["status_clause"].astype("str").replace("", "—"),
            "人数": counts["children_n"],
        }
    )


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
            "最末者": table["criterion"].astype("str").replace("", "—").fillna("—"),
            "末类人数": table["margin_n"],
            "末类余位": table["margin_left_n"],
        }
    ).reset_index(drop=True)


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


def validity(faults: list[str]) -> str:
    """Say whether the result keeps the rules, as `admission.check` found.

    Parameters
    ----------
    faults : list of str
        What `admission.check` found.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if not faults:
        return "自检合格：没有超计划，没有漏人或重复，没有人被排在其后的人越过，没有空着学位拒收，未录取的都有理由。"
    return f"自检发现 {len(faults)} 个问题：" + "；".join(faults) + "。"


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
    children = outcome.children
    in_n = int(children["status"].isin(PLACED).sum())
    counts = children["status"].value_counts()
    kinds = f"其中统筹 {counts.get('redirected', 0)} 名、民办 {counts.get('private', 0)} 名"
    parts = [f"{len(children)} 名儿童中 {in_n} 名有学位（{kinds}）"]
    for code, word in (("unplaced", "未录取"), ("undetermined", "待定（文件未规定同类先后）")):
        if counts.get(code, 0):
            parts.append(f"{counts[code]} 名{word}")
    out = len(children) - in_n - counts.get("unplaced", 0) - counts.get("undetermined", 0)
    if out:
        parts.append(f"{out} 名报名无效或未报名")
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


def _private(outcome: Outcome, policy: Policy) -> list[Section]:
    """Write the section on private schools where the rules have rounds for them."""
    table = private_counts(outcome, policy)
    counted = "报名人数" if policy.parameter("private_count", "qualified") == "registered" else "验审合格人数"
    note = f"是否超计划按{counted}与学位比；谁入学不因此改变。{small_cells.NOTE}"
    table = small_cells.masked(table, ["报名", "验审合格"])
    return [Section("民办学校的报名与计划", table, note=note)] if len(table) else []


@takes(ranked="ranked")
def sections(outcome: Outcome, ranked: pd.DataFrame, policy: Policy, *, faults: list[str]) -> list[Section]:
    """Write the whole bulletin of an intake.

    Parameters
    ----------
    outcome : Outcome
        One intake, as `admission.run` gives it.
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.
    faults : list of str
        What `admission.check` found.

    Returns
    -------
    list of Section
        The sections in order.
    """
    note = f"{validity(faults)}{small_cells.NOTE}"
    blank = "asked_for" in ranked and ranked["asked_for"].ne("").any()
    asked = "有的孩子材料里有空着、要问清的，先按已交的材料分类：见内部-children 的 asked_for 列。" if blank else ""
    last = "末类：没有录完的那一类；末类余位除以末类人数，就是这一类每人的机会。"
    return [
        Section("各类别的结果", _public_results(outcome), note=note),
        Section("各校录取", _public_cuts(outcome), note=last + small_cells.NOTE),
        Section("报名的儿童", _public_applicants(ranked, policy), note=small_cells.NOTE),
        Section(
            "报名状态", small_cells.masked(registrations(ranked), ["人数"], by="学段"), note=asked + small_cells.NOTE
        ),
        Section("各环节", _public_rounds(outcome), note=small_cells.NOTE),
        *_private(outcome, policy),
        Section("未被录取者的去向", small_cells.masked(rest(outcome), ["人数"]), note=small_cells.NOTE),
    ]


def _public_results(outcome: Outcome) -> pd.DataFrame:
    """Return the results of the tiers with small counts hidden; a row adds up to its sum, a column to what all know."""
    table = results(outcome)
    parts = [name for name in table.columns if name not in ("学段", "类别", "合计")]
    return small_cells.masked(table, [*parts, "合计"], sums=[("合计", parts)], by="学段")


def _public_cuts(outcome: Outcome) -> pd.DataFrame:
    """Return the schools with small counts hidden; seats left tell the admitted, so that they go with them."""
    counts = ["录取", "未录取人次", "待定", "末类人数"]
    return small_cells.masked(cuts(outcome), counts, sums=[("计划", ["录取", "余位"])], others=["余位", "末类余位"])


def _public_applicants(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the children of each tier with small counts, and the shares that tell them, hidden."""
    table = small_cells.masked(applicants(ranked, policy), ["人数"], by="学段")
    counted = table["人数"].map(lambda cell: isinstance(cell, int))
    return table.assign(占本学段=table["占本学段"].where(counted, small_cells.LEFT_OUT))


def _public_rounds(outcome: Outcome) -> pd.DataFrame:
    """Return the rounds with small counts hidden; who asked was admitted, refused or is undetermined."""
    parts = ["录取", "未录取", "待定"]
    return small_cells.masked(rounds_told(outcome), [*parts, "报名人次"], sums=[("报名人次", parts)])


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


def moves(comparison: Comparison) -> str:
    """Say in one sentence what a change of rules does.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if not len(comparison.movers):
        return f"{comparison.children_n} 名儿童中没有人的类别、状态或学校改变。"
    movers = comparison.movers
    tier_n = int((movers["tier_a"] != movers["tier_b"]).sum())
    place_n = int((movers["place_a"] != movers["place_b"]).sum())
    only = movers["tier_a"].eq(movers["tier_b"]) & movers["place_a"].eq(movers["place_b"])
    rest = f"，另有 {only.sum()} 名学校不变、换了录取方式" if only.any() else ""
    head = f"{comparison.children_n} 名儿童中 {len(movers)} 名有变动"
    return f"{head}：{tier_n} 名换了类别，{place_n} 名换了去向{rest}。"


def tier_moves(comparison: Comparison) -> pd.DataFrame:
    """Write the tier matrix with its rows in words; only the tiers in which somebody moves.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    matrix = comparison.tiers
    square = matrix.reset_index().rename(columns={"stage": "学段", "tier_a": "类别"}).rename_axis(columns=None)
    square["学段"] = square["学段"].map(lambda stage: labels.code("stage", stage))
    moved = comparison.movers[comparison.movers["tier_a"] != comparison.movers["tier_b"]]
    touched = set(moved["tier_a"]) | set(moved["tier_b"])
    kept = [name for name in matrix.columns if name in touched]
    return square.loc[square["类别"].isin(touched), ["学段", "类别", *kept]]


def school_moves(comparison: Comparison) -> pd.DataFrame:
    """Write the moves between schools, the largest first.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = comparison.schools.assign(stage=comparison.schools["stage"].map(lambda stage: labels.code("stage", stage)))
    return table.rename(columns={"stage": "学段", "place_a": "甲", "place_b": "乙", "children_n": "人数"})


def mover_rows(comparison: Comparison) -> pd.DataFrame:
    """Write the children who move, one line each.

    Parameters
    ----------
    comparison : Comparison
        Two results side by side.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = comparison.movers
    return pd.DataFrame(
        {
            "儿童": rows["child_id"],
            "类别（甲）": rows["tier_a"],
            "类别（乙）": rows["tier_b"],
            "结果（甲）": rows["status_a"].map(status),
            "结果（乙）": rows["status_b"].map(status),
            "去向（甲）": rows["place_a"],
            "去向（乙）": rows["place_b"],
        }
    )


def sensitivity(counts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Write how many children each open question flips, with the question.

    Parameters
    ----------
    counts : DataFrame
        Counts of `admission.comparing.counts`.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    return pd.DataFrame(
        {
            "参数": counts["parameter"],
            "问题": [policy.parameters[name].question for name in counts["parameter"]],
            "本次取值": counts["value"],
            "改为": counts["option"],
            "换类别": counts["tiers_n"],
            "换状态": counts["status_n"],
            "换去向": counts["schools_n"],
            "变动儿童": counts["flipped_n"],
            "说明": counts["note"],
        }
    )


@takes(ranked="ranked")
def tier_message(ranked: pd.DataFrame, policy: Policy) -> str:
    """Say which tier is the largest and how many fall to the residual tiers.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    known = ranked[ranked["awaited"].eq("")] if "awaited" in ranked else ranked
    counts = known["tier"].astype("str").value_counts()
    if counts.empty:
        return f"{len(ranked):,} 名儿童的类别都未定，等材料"
    first = wording.tier(counts.index[0], dict(policy.table.labels))
    last = int(counts.reindex(policy.table.residual).fillna(0).sum())
    open_ = f"，{len(ranked) - len(known):,} 名等材料、类别未定" if len(known) < len(ranked) else ""
    most = f"{first}最多（{counts.iloc[0] / len(ranked):.0%}）"
    return f"{len(ranked):,} 名儿童中{most}，{last:,} 名落到最后接住的类别{open_}"


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


@takes(ranked="ranked")
def caught(ranked: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Count the situations of the children who fell to the residual tiers, the commonest first.

    Parameters
    ----------
    ranked : DataFrame
        This year's children with their tiers.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    counts = summaries.residual(ranked, policy)
    asked = counts.columns.drop(["tier", "children_n"])
    rows = {policy.words[name].label: counts[name].astype("str").map(policy.words[name].answers) for name in asked}
    tier = counts["tier"].astype("str").map(dict(policy.table.labels))
    return pd.DataFrame({"类别": tier, **rows, "人数": counts["children_n"]})
