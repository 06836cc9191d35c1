"""What a clerk adds to a child's result: what was filed, which paper is missing, why not the own school, what is left.

`explaining` tells the way through the rounds; the lines here answer what parents ask next, for every status.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from zhaosheng_analysis.admission import descriptions, grounds
from zhaosheng_analysis.admission.outcome import PLACED, Outcome
from zhaosheng_analysis.admission.rounds import Round
from zhaosheng_analysis.applicants import declared_facts, filings, registration
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import Policy, Window, conditions, decision_table, parameters, sectors, vocabulary
from zhaosheng_analysis.schema import Faults

HOLDERS = {
    "child": "监护人的居住证",
    "guardian": "学生本人的居住证",
    "none": "监护人和学生本人的居住证",
}
CHANNELS = {"online": "网上", "onsite": "现场", "offline": "线下"}
STANDS = {0: "作废：同一时段先确认的有效，没有按时的不计", 1: "有效", 2: "有效，用于后一环节"}
UNSETTLED = {
    "out_of_window": "没有在报名时间内",
    "double_registration": "与另一次报名先后不明，待核实",
    "under_age": "不成立：不足龄",
    "incomplete": "还没有成立：材料没有齐",
    "ineligible": "不成立：不符合入学条件",
    "wrong_channel": "不成立：报名渠道不符",
}
TWO_COUNTIES = "在几个县（市、区）报了名，只能选一个，保留哪一处待核实"
WAITS = ("unplaced", "not_registered", "out_of_window", "incomplete", "double_registration", "wrong_channel")


@dataclass(frozen=True)
class Asked:
    """One child of one intake: its row before it, its result, and where both come from."""

    row: pd.Series
    table: pd.DataFrame  # the same row with the kinds of its columns
    end: pd.Series
    outcome: Outcome
    district: District
    policy: Policy
    sequence: tuple[Round, ...]


def filed(asked: Asked) -> Iterator[str]:
    """Tell every registration of the family: school, choice, way, time, and whether it counts."""
    stages = pd.Series([str(asked.row["stage"])], index=[asked.row.name])
    rows = filings.effective(asked.district.table("applications"), stages, asked.policy)
    names = asked.district.schools.set_index("school_id")["name"]
    once = "".join(f"（依据{check.clause}）" for check in asked.policy.checks if check.rule == "single_registration")
    if rows.empty:
        yield "报名：没有报名记录"
    for item in rows.sort_values(["submitted_at", "choice_n", "school_id"], na_position="last").to_dict("records"):
        when = "时间没有填写" if pd.isna(item["submitted_at"]) else f"{item['submitted_at']:%Y-%m-%d %H:%M:%S}"
        how = "、".join(word for word in (CHANNELS.get(item["channel"], ""), when) if word)
        stands = STANDS[min(int(item["turn_n"]), 2)]
        said = _unsettled(item, asked) or stands if item["turn_n"] else stands + once
        said = TWO_COUNTIES if _two_counties(asked) else said
        yield f"报名：{names.get(item['school_id'], item['school_id'])}（第{item['choice_n']}志愿，{how}）——{said}"


def _unsettled(item: Mapping[str, Any], asked: Asked) -> str:
    """Say what is wrong with a registration that was in time; empty where it stands."""
    only_public = any(check.rule == "public_registration" for check in asked.policy.checks)
    if asked.row["status"] == "not_registered" and item["sector"] == "private" and only_public:
        return "不是公办学校的报名；公办学校没有报名"
    return UNSETTLED.get(asked.row["status"], "")


def _two_counties(asked: Asked) -> bool:
    """Tell whether the family registered in several counties where only one may be chosen."""
    one = any(check.rule == "one_entrance" for check in asked.policy.checks)
    return one and asked.row["status"] == "double_registration" and asked.row.get("entrances_n", 1) > 1


def unmet(asked: Asked) -> Iterator[str]:
    """Tell which condition of the notice the child does not meet, and by which way it should have registered."""
    row = asked.row
    if row["status"] not in ("ineligible", "wrong_channel"):
        return
    for check in asked.policy.checks:
        if check.status == row["status"] and check.clause == row["status_clause"]:
            if check.rule == "channel":
                yield f"应当：{'或'.join(CHANNELS.get(way, way) for way in check.allow)}报名（依据{check.clause}）"
            elif check.rule == "must":
                yield f"不符合的条件：{_short_of(check.must, asked)}（依据{check.clause}）"
            else:
                asks = vocabulary.PAPERS.get(check.rule) or vocabulary.CHECKS.get(check.rule, check.rule)
                yield f"不符合的条件：{asks}（依据{check.clause}）"


def _short_of(must: Mapping[str, Any], asked: Asked) -> str:
    """Name the part of what a check asks that the child does not meet; all of it of a table without evidence."""
    policy, one = asked.policy, asked.table
    condition = conditions.read(must, policy.askable, policy.dates, policy.file, Faults())
    try:
        table = declared_facts.with_declared(one, policy, condition.columns)
        return grounds.lacking(condition, table, policy)
    except KeyError:  # a table written by hand has no evidence to look at
        return descriptions.asked(must, policy)


def missing(asked: Asked) -> list[str]:
    """Name the papers for want of which the registration does not stand."""
    row = asked.row
    papers: list[tuple[str, str]] = []
    if row["status"] != "incomplete":
        return []
    one = asked.table
    for check in registration.every(asked.policy):
        if check.status == "incomplete" and {*check.when} <= set(one):
            try:
                fails = registration.concerns(check, one, asked.policy) & ~registration.CHECKS[check.rule](
                    one, asked.policy, check
                )
            except KeyError:  # a table written by hand has no evidence to look at
                continue
            if fails[0]:
                name = (
                    HOLDERS.get(row.get("permit_holders"))
                    if check.rule == "permit_holders"
                    else registration.cells(one, asked.policy)[0]
                    if check.rule == "answers_known"
                    else vocabulary.PAPERS.get(check.rule)
                )
                papers.append((name or check.words, f"（依据{check.clause}）" if check.clause else ""))
    lacks = row.get("missing")
    named = {name for name, _ in papers}
    more = [name for name in (lacks.split("、") if isinstance(lacks, str) and lacks else []) if name not in named]
    return [f"{name}{clause}" for name, clause in papers] + (["、".join(more)] if more else [])


def given_up(asked: Asked) -> str:
    """Return the school at which the child gave up a seat it had got, empty where it did not."""
    table = asked.district.tables.get("withdrawals")
    if table is None:
        return ""
    mine, log = table.loc[table["child_id"] == asked.row.name, "school_id"], asked.outcome.log
    had = log.loc[(log["child_id"] == asked.row.name) & (log["result"] == "in"), "school_id"]
    schools = had[had.isin(mine) & had.ne("" if pd.isna(asked.end["school_id"]) else asked.end["school_id"])]
    return str(schools.iloc[-1]) if len(schools) else ""


def own_school(asked: Asked) -> list[str]:
    """Tell why the child is not at the school it belongs to, over all rounds of that school."""
    mine, held = asked.end["zone_school_id"], asked.end["school_id"]
    if mine == given_up(asked) and not pd.isna(mine):
        return []
    if pd.isna(mine) or mine in ("", held) or asked.end["status"] not in (*PLACED, "unplaced"):
        return []
    cuts = asked.outcome.cuts
    cut = cuts[(cuts["school_id"] == mine) & (cuts["stage"] == asked.row["stage"])]
    if cut.empty:
        return ["本人学区的学校：今年不招新生"]
    cut = cut.iloc[0]
    full = "已经录满" if not cut["left_n"] else f"还余 {cut['left_n']} 个"
    if cut["tied_n"]:
        full = f"{cut['tied_n']} 人同序未定，余下的学位留待决定"
    ends = asked.outcome.rounds
    there = ends[(ends["school_id"] == mine) & (ends["stage"] == asked.row["stage"])].sort_values("number")
    parts = [
        f"「{row['round_name']}」录 {row['admitted_n']} 人" for row in there.to_dict("records") if row["admitted_n"]
    ]
    if asked.end["status"] == "private":
        return [f"本人学区的学校：{cut['name']}；已录取到民办学校，不再占用公办学位"]
    return [f"本人学区的学校：{cut['name']}计划 {cut['seats_n']} 个学位，{full}；" + ("，".join(parts) or "还没有录取")]


def dwelling(asked: Asked) -> Iterator[str]:
    """Tell that another family registers by the same dwelling, and whose the seat is (``[lock] rivals``)."""
    turn, lock = asked.row.get("lock_turn"), asked.policy.lock
    if not isinstance(turn, str) or not turn or lock is None:
        return
    n = asked.row["lock_rivals"].count("、") + 1
    whose = {
        "first": "按房屋材料日期，由本户使用",
        "later": "按房屋材料日期，由更早的一户使用，本人不能再用这套住房",
        "open": "由哪一家使用还没有查清，查清以前都不安排",
    }
    yield f"同一住房：今年另有 {n} 名儿童用这套住房报名同一所学校，{whose[turn]}（依据{lock.clause}）"


def campus(asked: Asked) -> Iterator[str]:
    """Tell a child with a place which schools fill that plan together: which gate it is, the school decides."""
    names = asked.district.joined.get(asked.end["school_id"], ()) if asked.end["status"] in PLACED else ()
    if names:
        yield f"校区：{asked.end['school']}与{'、'.join(names)}合用一个计划，录取后在哪一个校区由学校安排（假定）"


def assumed(asked: Asked) -> Iterator[str]:
    """List the assumptions that took part in the rounds the child went through, each with its question.

    An order, or what happens to twins, took no part where everybody who asked the child's schools got in.
    """
    log = asked.outcome.log
    mine = log[log["child_id"] == asked.row.name]
    numbers = {asked.sequence[number].id: number for number in mine["number"].unique()}
    named: dict[str, None] = {}
    for table in asked.policy.rounds:
        if table["id"] in numbers:
            idle = _idle(mine[mine["number"] == numbers[table["id"]]], asked.outcome)
            named |= dict.fromkeys(name for key, value in table.items() if key not in idle for name in _switches(value))
            named |= dict.fromkeys(table.get("when", {}))
    for name in named:
        item = asked.policy.parameters.get(name)
        if item is not None and item.assumed:
            chosen = parameters.said(item, asked.policy.parameter(name))
            yield f"假定：{item.question}——{chosen}（{item.ambiguity or name}，{item.clause}）"
    stages = pd.Series([str(asked.row["stage"])], index=[asked.row.name])
    filed = filings.effective(asked.district.table("applications"), stages, asked.policy)
    if set(filed["sector"]) == {"private"} and any(sectors.left_open(asked.policy)):
        yield "假定：只报名民办学校的儿童，公办的轮次不收（规则文件没有写）"


def _idle(steps: pd.DataFrame, outcome: Outcome) -> tuple[str, ...]:
    """Name the keys of a round that moved nobody at the schools a child asked in it."""
    schools, number = steps["school"].unique(), steps["number"].iloc[0]
    ends = outcome.rounds[(outcome.rounds["number"] == number) & outcome.rounds["school"].isin(schools)]
    if (ends["refused_n"] + ends["tied_n"]).eq(0).all():
        return (*_ORDERING, "bundle")
    log = outcome.log[(outcome.log["number"] == number) & outcome.log["school"].isin(schools)]
    twins = log.drop_duplicates(["family", "child_id"])["family"].duplicated().any()
    return () if twins else ("bundle",)


def _switches(value: Any) -> Iterator[str]:
    """Return the parameters a value of a rule file switches on."""
    if isinstance(value, Mapping):
        if "parameter" in value:
            yield value["parameter"]
        for part in value.values():
            yield from _switches(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _switches(part)


_ORDERING = ("key", "orders", "key_by", "draw", "ticket_by")  # keys of a round that only say who comes before whom
# What a text that says nothing more leaves open, by where a registration stands.
_UNSAID = {"registered": "未录取的怎样安排", "ineligible": "不符合条件的怎样办"}


def left(asked: Asked) -> Iterator[str]:
    """Tell what can still be done, where and until when; for who has a place, what it takes to keep it."""
    if asked.end["status"] in PLACED:
        lines = list(_windows(asked, ("notices", "reporting"), "按时"))
        yield from lines or ["提醒：按录取学校的通知报到；文件没有写报到日期"]
        return
    lines = list(_left(asked))
    yield from lines
    if not lines:
        what = _UNSAID.get(asked.row["status"], "补报的办法")
        yield f"还可以：文件没有写{what}；请带材料向教育局（招生办）说明情况，由其答复"


def _where(asked: Asked) -> str:
    """Say where a family brings a paper: to the school it registered at, or the bureau's office."""
    names = asked.district.schools.set_index("school_id")["name"]
    school = names.get(asked.row.get("registered_id"))
    return f"报名的{school}，或招生办" if isinstance(school, str) else "招生办"


def _left(asked: Asked) -> Iterator[str]:
    """Tell what a child without a place can still do."""
    status = asked.end["status"]
    lacks = missing(asked)
    if lacks:
        until = "".join(f"；报名到{_days(item).rpartition('—')[2]}为止" for item in _open(asked)[:1])
        yield "还可以：补齐" + "、".join(lacks) + f"；交到{_where(asked)}" + until
    if asked.row["status"] == "double_registration":
        several = (asked.row.get("entrances_n") or 0) > 1
        how = "书面确认保留哪一个县（市、区）的报名、放弃其余的" if several else "说明各次报名的先后，或只保留一处报名"
        yield f"还可以：向招生办{how}，核实后按有效报名办理"
    if status in WAITS:
        own = _own_windows(asked) if asked.row["status"] in ("not_registered", "out_of_window") else []
        yield from _windows(asked, (*own, *filings.AGAIN), "到")
        later = [item for item in asked.policy.windows if item.name == "registration" and "onsite" in item.channel]
        if status in ("not_registered", "out_of_window", "incomplete"):
            yield from (_window(item, asked, "线下") for item in later if _for(item, asked))
    if status == "undetermined":
        yield f"还可以：等候{asked.end['school']}同类先后的决定；文件没有规定，由教育局公布办法"
    if status == "under_age":
        yield "还可以：到入学年龄的那一年按时报名"
    beyond = asked.policy.table.unplaced if asked.policy.table else {}
    words = beyond.get(str(asked.end["tier"]), beyond.get(decision_table.ANY, ""))
    if words and status == "unplaced":
        yield f"之后：{words}"


def _own_windows(asked: Asked) -> list[str]:
    """Name the windows of the child's own kind: those of the checks that look at it."""
    one = asked.table
    checks = [check for check in asked.policy.checks if check.rule == "window" and {*check.when} <= set(one)]
    held = [check for check in checks if registration.concerns(check, one, asked.policy)[0]]
    return [name for check in held for name in check.windows]


def _open(asked: Asked) -> list[Window]:
    """List the windows in which the child registers, the last to close first."""
    names = _own_windows(asked) or ["registration"]
    mine = [item for item in asked.policy.windows if item.name in names and item.closes is not None]
    return sorted((item for item in mine if _for(item, asked)), key=lambda item: _moment(item.closes), reverse=True)


def _windows(asked: Asked, names: tuple[str, ...], how: str) -> Iterator[str]:
    yield from (_window(item, asked, how) for item in asked.policy.windows if item.name in names and _for(item, asked))


def _for(item: Window, asked: Asked) -> bool:
    """Tell whether a window is open to the child's stage, and, where it names sectors, to public schools."""
    private = asked.row.get("sector") == "private" or asked.end["status"] == "private"
    sectors = ("public", "private") if private else ("public",)
    return (not item.stage or asked.row["stage"] in item.stage) and (
        not item.sector or bool(set(item.sector) & set(sectors))
    )


def _days(item: Window) -> str:
    """Tell from when until when a window is open; a single day is named once."""
    days = [f"{day:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for day in map(_moment, (item.opens, item.closes)) if day]
    return "—".join(dict.fromkeys(days))


def _window(item: Window, asked: Asked, how: str) -> str:
    """Tell one window: what, where (the registration point of the child's area), from when until when."""
    days = _days(item)
    place = _point(asked) if item.name in filings.AGAIN and "public" in (item.sector or ("public",)) else ""
    lead = "还可以" if asked.end["status"] not in PLACED else "提醒"
    what = item.label or vocabulary.WINDOWS.get(item.name, "报名").partition("（")[0]
    return f"{lead}：{what}{f'，{how}{place}' if place else ''}（{days or '日期由教育局公布'}；依据{item.clause}）"


def _moment(day: Any) -> pd.Timestamp | None:
    return None if day is None else pd.Timestamp(day)


def _point(asked: Asked) -> str:
    """Return the school where the second phase of the child's area registers."""
    areas = asked.district.areas.set_index("area_id")
    area = asked.row.get("area_id")
    if "point_school_id" not in areas or not isinstance(area, str) or area not in areas.index:
        return ""
    point = areas.loc[area, "point_school_id"]
    names = asked.district.schools.set_index("school_id")["name"]
    return f"{areas.loc[area, 'name']}报名点{names[point]}" if isinstance(point, str) and point in names else ""


def lines(asked: Asked) -> list[str]:
    """Return everything a clerk adds, one line each.

    Parameters
    ----------
    asked : Asked
        The child and its intake.

    Returns
    -------
    list of str
        Lines in Chinese.
    """
    lacks = missing(asked)
    papers = [f"缺少的材料：{'、'.join(lacks)}"] if lacks else []
    beside = asked.row.get("asked_for")
    if isinstance(beside, str) and beside:
        papers.append(f"还要问清：{beside}——空着的不当作没有，现在先按已交的材料排；补交后类别可能改变")
    return [
        *announced(asked),
        *papers,
        *unmet(asked),
        *dwelling(asked),
        *campus(asked),
        *own_school(asked),
        *assumed(asked),
        *left(asked),
    ]


def announced(asked: Asked) -> Iterator[str]:
    """Tell what the rule file has every family told, and when it takes place; nothing to who has not registered.

    Parameters
    ----------
    asked : Asked
        The child and its intake.

    Yields
    ------
    str
        One line in Chinese.
    """
    if asked.row["status"] not in ("registered", "incomplete"):
        return
    for name, item in asked.policy.declared.facts.items():
        answer = asked.row.get(name)
        if item.announce and isinstance(answer, str):
            day = "，".join(
                f"{_days(window)}"
                for window in asked.policy.windows
                if window.name == item.windows.get(answer) and _for(window, asked)
            )
            yield f"{item.fact.label}：{item.fact.answers[answer]}（{f'{day}；' if day else ''}依据{item.clause}）"
