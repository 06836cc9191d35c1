"""One child's way through the rules: tier, every round in turn, the digit that decided, and what would change it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import tiers
from zhaosheng_analysis.admission import (
    advice,
    criteria,
    descriptions,
    engine,
    grounds,
    papers,
    reasons,
    repeating,
    rounds,
    unoffered,
    wording,
    words,
)
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.applicants import filings
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, decision_table, points, vocabulary
from zhaosheng_analysis.schema import STAGES, DataError, Fault, near, takes

RESULTS = {
    "admitted": "录取到",
    "redirected": "统筹安排到",
    "private": "录取到民办学校",
    "undetermined": "待定",
    "unplaced": "没有录取",
}
# Of clauses of one number the second is written 三1#2 in a rule file.
_SEVERAL = re.compile(r"(?<=[\d一二三四五六七八九十)])#(\d)")
SCHOOLS_TOLD = 5  # of the schools one round tried
TRIED_AT_MOST = 6  # what-ifs
_FILED = ("applications", "withdrawals")


@takes(ranked="ranked")
def explain(child: str, ranked: pd.DataFrame, outcome: Outcome, district: District, policy: Policy) -> str:
    """Tell the path of one child through the rules, with the clause of every step.

    Parameters
    ----------
    child : str
        `child_id`.
    ranked : DataFrame
        Children with tiers (`tiers.assign`).
    outcome : Outcome
        Of these children under this policy.
    district : District
        The schools, for the area a child belongs to.
    policy : Policy
        Rules of the intake.

    Returns
    -------
    str
        Several lines of Chinese.

    Raises
    ------
    DataError
        No such child in the intake.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> outcome = zs.admission.run(ranked, town, rules, seed="2025-07-12")
    >>> told = zs.admission.explain("c3", ranked, outcome, town, rules)
    >>> print(told.splitlines()[0])
    c3　未参加录取：不足龄
    """
    row, end = _row(child, ranked), outcome.children.loc[child]
    plan = rounds.read(policy)
    labels = dict(policy.table.labels)
    seen = _seen(row, district, policy) | _recalled(child, outcome, plan)
    asked = advice.Asked(row, ranked.loc[[child]], end, outcome, district, policy, plan)
    lines = [
        f"{child}　{_result(end)}",
        *advice.filed(asked),
        f"登记学校：{_school(row.get('school_id'), outcome)}" + _clause(row.get("residence_clause")),
        f"类别：{tiers.explain(row, policy)}" + _own_tier(row, policy) + _meanwhile(row, plan, policy),
        *([f"采用的材料：{judged}"] if (judged := papers.counted(row, policy)) else []),
        *(f"    {line}" for line in grounds.lines(ranked.loc[[child]], policy)),
        *_points(row, _at_schools(child, ranked, district, policy), policy),
        f"登记：{vocabulary.STATUSES.get(row['status'], row['status'])}" + _clause(row["status_clause"]),
        "经过：",
    ]
    path = outcome.log[outcome.log["child_id"] == child]
    gone = stays = False
    stands = [rounds.listed(item.takes.get("status", "registered")) for item in plan]
    for number, item in enumerate(plan):
        steps = path[path["number"] == number].to_dict("records")
        held = (path[path["number"] < number]["result"] == "in").any() and not stays
        if steps:
            lines += _told(number, item, steps, outcome)
        elif item.kind == "withdrawal" and held and not gone and advice.given_up(asked):
            gone, stays = True, item.stays
            lines.append(
                f"  {number + 1} {item.name}（{item.clause}）：放弃{_school(advice.given_up(asked), outcome)}的学位"
            )
        elif gone and not stays and item.kind not in rounds.ASIDE and row["stage"] in item.stage:
            lines.append(f"  {number + 1} {item.name}：未参加（已放弃学位）")
        elif row["stage"] in item.stage and row["status"] in stands[number] and item.kind not in rounds.ASIDE:
            why = _passed(item, seen, labels, held=held)
            if not why or (why.startswith(descriptions.NOT_ASKED) and not held):
                why = unoffered.told(ranked.loc[[child]], item, district, policy) or why
            passed = f"未参加（{why or '没有可报的学校，或所在范围没有空余学位'}）"
            lines.append(f"  {number + 1} {item.name}：{_cut(item, end) or passed}")
    if lines[-1] == "经过：":
        lines.append("  报名不成立，没有进入任何环节")
    told = "\n".join([*lines, f"结论：{end['reason']}", *advice.lines(asked)])
    return _SEVERAL.sub(r"（第\1处）", told)


def _seen(row: pd.Series, district: District, policy: Policy) -> dict[str, Any]:
    """Return what rounds ask of a child: its row, the sectors it applied to, and whether its school has an area."""
    stages = pd.Series([str(row["stage"])], index=[row.name])
    filed = filings.effective(district.table("applications"), stages, policy)
    sectors = set(filed.loc[filed["turn_n"] == 1, "sector"])
    area = district.schools.set_index("school_id")["area_id"].get(row.get("school_id"))
    asked = {f"applied_{sector}": sector in sectors for sector in ("public", "private")}
    asked["private_only"] = sectors == {"private"}
    asked |= {f"batch.{name}": name in set(filed["batch"]) for name in words.of(policy).batches}
    return {**row.to_dict(), **asked, "has_area": isinstance(row.get("area_id", area), str) and bool(area)}


def _recalled(child: str, outcome: Outcome, plan: tuple[Round, ...]) -> dict[str, str]:
    """Return what each round did with a child, as a later one may ask it."""
    log, end = outcome.log[outcome.log["child_id"] == child], outcome.children.loc[child]
    told = dict.fromkeys((f"round.{item.id}" for item in plan), "none")
    told |= {f"round.{item.id}": "cut" for item in plan if _cut(item, end)}
    told |= {f"round.{name}": "refused" for name in log["round"]}
    return told | {f"round.{name}": "admitted" for name in log.loc[log["result"] == "in", "round"]}


def _cut(item: Round, end: Mapping[str, Any]) -> str:
    """Say that a child was not on the shortlist of a round; nothing where it was, or the round has none."""
    said = str(end.get("not_shortlisted", "")).split("；") if item.shortlist else []
    return next((text.partition("」")[2] for text in said if text.startswith(f"「{item.name}」")), "")


def _row(child: str, ranked: pd.DataFrame) -> pd.Series:
    """Return one child, or say that there is none."""
    if child not in ranked.index:
        remedy = near(child, ranked.index) or "请核对编号"
        raise DataError(Fault("儿童编号", f"本年报名名单中没有「{child}」", f"共 {len(ranked)} 名儿童", remedy))
    return ranked.loc[child]


def _result(end: Mapping[str, Any]) -> str:
    """Say where a child ended."""
    status = end["status"]
    if status in PLACED:
        return f"{RESULTS[status]}{end['school']}（{end['round_name']}）"
    if status == "undetermined":
        return f"待定：在{end['school']}，文件未规定同类先后"
    return RESULTS.get(status) or f"未参加录取：{vocabulary.STATUSES.get(status, status)}"


def _school(school_id: Any, outcome: Outcome) -> str:
    """Name a school by its id."""
    names = outcome.cuts.loc[outcome.cuts["school_id"] == school_id, "name"]
    return names.iloc[0] if len(names) else "没有（没有可据以登记的地址）" if pd.isna(school_id) else str(school_id)


def _own_tier(row: pd.Series, policy: Policy) -> str:
    """Say the tier a child has at its own zone's school, where it registered at another (A-PC7)."""
    if row.get("own_rank", row["tier_rank"]) == row["tier_rank"] or row.get("awaited"):
        return ""
    own = wording.tier(policy.table.order[row["own_rank"]], policy.table.labels)
    return f"在本人学区的学校看为{own}，后面的统筹调配按此排序。"


def _meanwhile(row: pd.Series, plan: tuple[Round, ...], policy: Policy) -> str:
    """Say as what a child is served whose tier hangs on a paper, and that a tier is that of the papers handed in."""
    if row["status"] == "incomplete" and not row.get("awaited"):
        return "这是按已交的材料看的，补齐后以补齐的为准。"
    takes_ = {status for item in plan for status in rounds.listed(item.takes.get("status", "registered"))}
    if not row.get("awaited") or row["status"] not in takes_:
        return ""
    tier = wording.tier(row["tier"], policy.table.labels)
    return f"先按可能的类别中最靠后的{tier}参加；补齐后可能提前，不会更靠后。"


def _at_schools(child: str, ranked: pd.DataFrame, district: District, policy: Policy) -> list[str]:
    """Tell the points a child has at each school it asked for, where some depend on the school."""
    table = policy.declared.points
    if not table.of("pair") or "points" not in ranked:
        return []
    one = ranked.loc[[child]]
    world = engine.world(one, district, policy)
    pool = engine.described(one, world)
    filed = world.applications[world.applications["child_id"].eq(child)].sort_values(["choice_n", "school_id"])
    stage = str(one["stage"].iloc[0])
    codes = [world.code[name, stage] for name in filed["school_id"].unique() if (name, stage) in world.code]
    pairs = pd.DataFrame({"child": 0, "school": codes, "choice": 1})
    counted = criteria.of_school(pairs, pool, world)
    lines = []
    for place, school in enumerate(pairs["school"]):
        own = points.shown(table, {item.id: counted[item.id][place] for item in table.of("pair")})
        gives = "另计" + "、".join(own) if own else "没有另计的分"
        total = one["points"].iloc[0] + counted["points"][place]
        said = "未知" if pd.isna(total) else f"{total:g} 分"
        lines.append(f"报{world.schools['name'].iloc[school]}：{gives}；共 {said}")
    return lines


def _points(row: pd.Series, at_schools: list[str], policy: Policy) -> list[str]:
    """Tell the points of a child line by line, and what is not known of them; nothing where the rules count none."""
    table = policy.declared.points
    if not table.items or "points" not in row:
        return []
    total = "未知，补齐材料以前排在最后" if pd.isna(row["points"]) else f"{row['points']:g} 分"
    given = {item.id: row.get(f"points_{item.id}") for item in table.items}
    own = points.shown(table, given, {item.id: _blanks(item, row, policy) for item in table.items})
    rest = at_schools or [f"{item.label}另按所报学校计（{item.clause}）" for item in table.of("pair")]
    limits = {"max": "取最高的一项", "sum": "合计"}
    together = [
        f"{group.label or _members(group, table)}{limits[group.take]}" + (f"至多 {group.cap:g} 分" if group.cap else "")
        for group in table.groups
        if group.cap or group.take == "max"
    ]
    return [f"{table.label}：{total}", *(f"    {line}" for line in [*own, *together, *rest])]


def _blanks(item: points.Item, row: pd.Series, policy: Policy) -> str:
    """Name what is blank of the papers on which one line of the points hangs."""
    named = [*item.condition.columns, *([item.measure] if item.measure else [])]
    blank = [name for name in dict.fromkeys(named) if name in row.index and pd.isna(row[name])]
    return "、".join(wording.digit(name, words.of(policy).pair) for name in blank)


def _members(group: points.Group, table: points.Points) -> str:
    """Name a group that has no name of its own by its lines."""
    return "、".join(dict.fromkeys(item.label for item in table.items if item.group == group.id))


def _clause(clause: Any) -> str:
    return f"（{reasons.resting(clause)}）" if isinstance(clause, str) and clause else ""


def _told(number: int, item: Round, steps: list[dict[str, Any]], outcome: Outcome) -> list[str]:
    """Tell what one round did with the child, school by school."""
    head = f"  {number + 1} {item.name}（{item.clause}）"
    lines = [f"{head}："] + [f"      {_step(step, item, outcome)}" for step in steps[:SCHOOLS_TOLD]]
    rest = len(steps) - SCHOOLS_TOLD
    return [*lines, f"      另试 {rest} 所学校，都没有录取"] if rest > 0 else lines


def _step(step: dict[str, Any], item: Round, outcome: Outcome) -> str:
    """Tell one proposal: seats, rivals, result, and the digit that decided it."""
    ends = outcome.rounds
    end = ends[(ends["number"] == step["number"]) & (ends["school"] == step["school"])].iloc[0]
    choice = f"（第{step['choice_n']}志愿）" if item.kind in rounds.CHOOSING else ""
    seats = (
        "全部接收" if item.seats in rounds.UNLIMITED and not (item.cap or item.share) else f"{end['seats_n']} 个学位"
    )
    head = f"{end['name']}{choice}：{seats}{_freed(end, outcome)}，{end['asked_n']} 人"
    if step["result"] == "in":
        return f"{head}，录取"
    if step["result"] == "tied":
        return f"{head}，同序 {end['margin_n']} 人争 {end['margin_left_n']} 个学位，文件未规定先后，不逐人认定"
    if not end["admitted_n"]:
        return f"{head}，{_filled(end, outcome)}" if not end["seats_n"] else f"{head}，未录取"
    last = outcome.log.loc[end["last"]]
    return f"{head}，未录取：{decided(step, last, item)}"


def _freed(end: pd.Series, outcome: Outcome) -> str:
    """Say how many of the seats of a round had been filled before and became free again, where they were needed."""
    log = outcome.log
    before = log[(log["school"] == end["school"]) & (log["number"] < end["number"]) & (log["result"] == "in")]
    left = outcome.children["school_id"].reindex(before["child_id"]).ne(end["school_id"]).fillna(value=True).sum()
    n = min(int(left), int(end["seats_n"]))
    needed = end["asked_n"] > end["seats_n"] - n
    return f"（其中 {n} 个是录取后放弃或另有去处空出的）" if n and needed else ""


def _filled(end: pd.Series, outcome: Outcome) -> str:
    """Say in which earlier rounds the seats of a school went."""
    ends = outcome.rounds
    before = ends[(ends["school"] == end["school"]) & (ends["number"] < end["number"]) & (ends["admitted_n"] > 0)]
    listed = "、".join(f"「{row['round_name']}」{row['admitted_n']} 人" for row in before.to_dict("records"))
    return f"学位在前面的环节已经录满：{listed}" if listed else "没有学位"


def decided(step: Mapping[str, Any], last: Mapping[str, Any], item: Round) -> str:
    """Name the first digit in which a refused child stands behind the last child in, with both values.

    Parameters
    ----------
    step : mapping of str to object
        Rows of `Outcome.log`: the refused proposal and that of the last child in.
    last : mapping of str to object
        Rows of `Outcome.log`: the refused proposal and that of the last child in.
    item : Round
        The round.

    Returns
    -------
    str
        One phrase in Chinese.
    """
    for place, name in enumerate(item.digits, 1):
        mine, theirs = step[f"d{place}"], last[f"d{place}"]
        if mine > theirs:
            values = [wording.value(name, row[f"v{place}"]) for row in (step, last)]
            said = (
                f"本人{values[0]}，最后录取者{values[1]}"
                if name not in wording.TIERED
                else "本人的类别排在最后录取者之后"
            )
            return f"差在{wording.digit(name, item.words.pair)}，{said}"
        if mine < theirs:
            return "多胞胎捆绑一票，余下的学位放不下，不是派位号靠后"
    if step["turn"] > last["turn"]:
        return f"差在派位号，本人 {step['ticket'][:8]}…，最后录取者 {last['ticket'][:8]}…（小者先）"
    return "多胞胎捆绑一票，余下的学位放不下，不是派位号靠后"


def _passed(item: Round, seen: dict[str, Any], labels: dict[str, str], *, held: bool) -> str:
    """Say why a round did not concern the child, where it is by the child alone."""
    why = descriptions.why_not(item, seen, labels)
    if not why and held and rounds.listed(item.takes.get("placed", "none")) == ("none",):
        return "已有学位"
    return why


@takes(ranked="ranked")
def changes(
    child: str, ranked: pd.DataFrame, outcome: Outcome, district: District, policy: Policy, *, seed: str
) -> list[str]:
    """Say what would change the result of a child without a place of its own choosing.

    Tried are a registration that stands, another answer to one question of the rules, and more seats; each is carried
    out with the same tickets, other things equal.

    Parameters
    ----------
    child : str
        The child_id.
    ranked : DataFrame
        Children with tier and clause, from `tiers.assign`.
    outcome : Outcome
        Their intake under the policy.
    district : District
        Schools, zones, plans and applications.
    policy : Policy
        Rules of the intake.
    seed : str
        Published seed; every ticket is drawn from it.

    Returns
    -------
    list of str
        One Chinese sentence each.

    Raises
    ------
    DataError
        No such child in the intake.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> ranked = zs.tiers.assign(zs.applicants.build(town, rules), rules)
    >>> outcome = zs.admission.run(ranked, town, rules, seed="2025-07-12")
    >>> zs.admission.changes("c3", ranked, outcome, town, rules, seed="2025-07-12")
    ['若报名有效（现为不足龄）：统筹安排到二小（片内学位不足，调剂到相对就近的学校（第1至3条））']
    """
    row, end = _row(child, ranked), outcome.children.loc[child]
    if end["status"] in ("admitted", "private"):
        return []
    there = _asking(child, row, district) if row["status"] == "not_registered" else district
    tried = list(_what_ifs(row, policy))
    results = _tried(child, [changed for _, changed in tried], ranked, there, policy, seed=seed)
    alternatives = [
        f"{said}：{_result(result)}"
        for (said, _), result in zip(tried, results, strict=True)
        if _place(result) != _place(end)
    ]
    return alternatives + _seats(child, outcome)


def _tried(
    child: str,
    changes: list[dict[str, Any]],
    ranked: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    seed: str,
) -> list[dict[str, Any]]:
    """Carry out the intake of a child's stage once for each change of it; tell where the child ends.

    Each change is a double of the child, with its name on the ticket, of whom one takes part at a time.
    """
    if not changes:
        return []
    doubles = [f"{child}#{number}" for number in range(1, len(changes) + 1)]
    people = ranked[ranked["stage"] == ranked.loc[child, "stage"]]
    people = pd.concat([people, *(people.loc[[child]].set_axis([double]) for double in doubles)])
    people = people.rename_axis(ranked.index.name)
    for double, changed in zip(doubles, changes, strict=True):
        people = _with(people, double, changed)
    tables = {name: _doubled(district.tables[name], child, doubles) for name in _FILED if name in district.tables}
    intake = repeating.ready(people, replace(district, tables=district.tables | tables), policy)
    row = intake.children.index.get_indexer([child, *doubles])
    tickets = intake.names.child.copy()
    tickets[row] = child
    intake = replace(intake, names=replace(intake.names, child=tickets))
    others = np.setdiff1d(np.arange(len(people)), row)
    return [_end_of(at, intake, repeating.cast(np.append(others, at)), seed) for at in row[1:]]


def _doubled(table: pd.DataFrame, child: str, doubles: list[str]) -> pd.DataFrame:
    """Return what was filed, for the doubles of a child as for itself."""
    own = table[table["child_id"] == child]
    return pd.concat([table, *(own.assign(child_id=double) for double in doubles)], ignore_index=True)


def _end_of(row: int, intake: repeating.Repeatable, cast: repeating.Cast, seed: str) -> dict[str, Any]:
    """Carry out an intake and tell where one child of it ends."""
    ends, at = repeating.ends(intake, cast, seed=seed), np.flatnonzero(cast.row == row)[0]
    school = intake.world.schools.iloc[ends.school[at]] if ends.school[at] >= 0 else {"school_id": "", "name": ""}
    turn = intake.sequence[ends.round[at]].name if ends.round[at] >= 0 else ""
    return {"status": ends.status[at], "school_id": school["school_id"], "school": school["name"], "round_name": turn}


def _place(end: Mapping[str, Any]) -> tuple[str, str]:
    """Return status and school of a child, no school as an empty word."""
    return end["status"], "" if pd.isna(end["school_id"]) else end["school_id"]


def _asking(child: str, row: pd.Series, district: District) -> District:
    """Return the district with an application of the child to the school it belongs to, if it has one."""
    if pd.isna(row["school_id"]) or row["school_id"] == "":
        return district
    sector = district.schools.set_index("school_id").loc[row["school_id"], "sector"]
    asked = {"child_id": [child], "school_id": [row["school_id"]], "sector": [sector], "choice_n": [1]}
    filed = district.table("applications")
    filed = pd.concat([filed, pd.DataFrame(asked).astype(filed.dtypes[list(asked)].to_dict())], ignore_index=True)
    return replace(district, tables={**district.tables, "applications": filed})


def _what_ifs(row: pd.Series, policy: Policy) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the changes worth trying: a registration that stands, then one answer that leads to a better tier."""
    if row["status"] != "registered" and row.get("awaited", ""):
        return  # nobody can say what becomes of a child whose tier hangs on a paper
    if row["status"] != "registered":
        said = "若报名登记学校" if row["status"] == "not_registered" else "若报名有效"
        yield (
            f"{said}（现为{vocabulary.STATUSES.get(row['status'], row['status'])}）",
            {"status": "registered", "status_clause": ""},
        )
        return
    yield from list(_better(row, policy))[:TRIED_AT_MOST]


def _better(row: pd.Series, policy: Policy) -> Iterator[tuple[str, dict[str, Any]]]:
    """List the single answers that lead to a better tier, one for each tier and question."""
    cell = [domain.index(row[fact]) for fact, domain in policy.facts.items()]
    seen = set()
    for axis, (fact, domain) in enumerate(policy.facts.items()):
        for value, answer in enumerate(domain):
            there = (*cell[:axis], value, *cell[axis + 1 :])
            code = policy.answer[there]
            if (
                fact == "stage"
                or code == decision_table.IMPOSSIBLE
                or row["stage"] not in (policy.words[fact].stage or STAGES)
            ):
                continue
            better = policy.table.rows[code]
            rank = policy.table.order.index(better.tier)
            if rank < row["tier_rank"] and (fact, better.tier) not in seen:
                seen.add((fact, better.tier))
                tier = wording.tier(better.tier, policy.table.labels)
                word = policy.words[fact]
                said = f"若「{word.label}」为「{word.answers[answer]}」，即{tier}（{better.clause}）"
                own = {"own_rank": min(rank, row["own_rank"])} if "own_rank" in row else {}
                yield said, {fact: answer, "tier": better.tier, "tier_rank": rank, "clause": better.clause, **own}


def _with(ranked: pd.DataFrame, child: str, changed: dict[str, Any]) -> pd.DataFrame:
    """Return the children with one of them changed."""
    table = ranked.copy()
    for name, value in changed.items():
        if isinstance(table[name].dtype, pd.CategoricalDtype) and value not in table[name].cat.categories:
            table[name] = table[name].cat.add_categories([value])
        table.loc[child, name] = value
    return table


def _seats(child: str, outcome: Outcome) -> list[str]:
    """Say how many more seats would have been enough at the nearest miss."""
    lost = outcome.log[(outcome.log["child_id"] == child) & (outcome.log["result"] == "out")]
    misses = [(_ahead(step, outcome.log) + 1, step) for step in lost.to_dict("records")]
    if not misses:
        return []
    missing, step = min(misses, key=lambda pair: (pair[0], pair[1]["number"]))
    ends = outcome.rounds
    end = ends[(ends["number"] == step["number"]) & (ends["school"] == step["school"])].iloc[0]
    return [f"若{end['name']}在「{end['round_name']}」多 {missing} 个学位：录取到{end['name']}"]


def _ahead(step: dict[str, Any], log: pd.DataFrame) -> int:
    """Count the refused children who stand before this one at the same school and round."""
    same = (log["number"] == step["number"]) & (log["school"] == step["school"]) & (log["result"] == "out")
    rivals = log.loc[same & (log["child_id"] != step["child_id"]), ["lead", "rest", "turn"]]
    mine = (step["lead"], step["rest"], step["turn"])
    return sum(tuple(rival) < mine for rival in rivals.itertuples(index=False))
