"""The sentences of a report: what is to be decided this spring, and what each figure says; every number is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.alerts import class_sizes
from zhaosheng_analysis.schema import small_cells, takes
from zhaosheng_analysis.texts import alerts as briefs
from zhaosheng_analysis.texts import forecast, labels
from zhaosheng_analysis.texts.accuracy import FEW
from zhaosheng_analysis.texts.forecast import counted

if TYPE_CHECKING:
    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

NAMED_AT_MOST = 6  # more schools than this in one sentence are counted, not named
FLAT = 0.02  # a change smaller than this share is called none


@takes(alerts="alerts")
def headline(alerts: pd.DataFrame, district: District, policy: Policy) -> str:
    """Say in one sentence what matters most this spring.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    district : District
        The district it is about.
    policy : Policy
        The rules.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    if policy.kind == "audit":
        return _class_headline(district, policy)
    now = briefs.public(briefs.spring(alerts))
    short = now[briefs.pressing(now)]
    numbers = {
        "year": int(alerts["year"].min()),
        "red": len(short),
        "yellow": int((now["level"] == "yellow").sum()),
        "orange": briefs.shades(alerts)["orange"],
        "doubtful": int((~briefs.pressing(now) & (now["colour"] == "orange")).sum()),
        "missing": int(short["missing_seats_n"].sum()),
        "classes": int(short["missing_classes_n"].sum()),
    }
    others = now[~briefs.pressing(now) & (now["missing_seats_n"] > 0)]
    numbers["rest"] = _enough(short) + _besides(others)
    numbers["untested"] = "" if short["calibrated"].all() else "（有的学校历史不足，未校准）"
    every = "headline_red" if numbers["rest"] else "headline_short"
    calm = "headline_doubtful" if numbers["doubtful"] else "headline_near" if numbers["yellow"] else "headline_calm"
    calm = "headline_lacking" if len(others) else calm
    return labels.sentence(every if len(short) else calm, **numbers)


def _enough(short: pd.DataFrame) -> str:
    """Say of how many red schools only the counted children reach the plan, or only the odds are against it."""
    rows = short[short["missing_seats_n"] == 0]
    reached = rows["level"] == "red"
    whom = "统计人数" if rows["counted"].eq("feeders").any() else "户籍适龄"
    said = [f"其中 {reached.sum()} 所{whom}已达计划、按中位数不缺"] if reached.any() else []
    line = briefs.shades(short)["red"]
    said += [f"其中 {(~reached).sum()} 所缺学位的概率在 {line} 以上、按中位数不缺"] if (~reached).any() else []
    return "".join(f"，{words}" for words in said)


def _besides(others: pd.DataFrame) -> str:
    """Say how many schools lack seats by the median and are not red."""
    missing = others["missing_seats_n"].sum()
    return f"；另有 {len(others)} 所没有报红、按中位数缺 {missing} 个" if len(others) else ""


def _class_headline(district: District, policy: Policy) -> str:
    """Count the oversized classes of the last school year."""
    counts = class_sizes.counts(district, policy)
    last = counts[counts["school_year"] == counts["school_year"].max()]
    numbers = {
        "oversized": last["oversized_n"].sum(),
        "super": last["super_n"].sum(),
        "classes": last["formed_n"].sum(),
    }
    return labels.sentence("headline_audit", year=int(last["school_year"].max()), **numbers)


@takes(alerts="alerts", actions="actions")
def decisions(alerts: pd.DataFrame, district: District, policy: Policy, *, actions: pd.DataFrame | None = None) -> str:
    """Write what needs a decision this spring, as a Markdown list, the gravest first, with the steps of `actions`.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    district : District
        The district it is about.
    policy : Policy
        The rules.
    actions : DataFrame, optional
        Steps, from `alerts.actions.propose`.

    Returns
    -------
    str
        A Markdown list.
    """
    now = briefs.by_need(briefs.spring(alerts))
    if policy.kind == "audit":
        return _listed([policy.note or "", *_classes(district, policy), *_crowded(now), *_spare(now)])
    private = now[~now["sector"].eq("public")]
    alerts, now = briefs.public(alerts), briefs.public(now)
    red = now[briefs.pressing(now)]
    yellow = now[(now["level"] == "yellow") & ~briefs.pressing(now)]
    doubtful = now[(now["level"] == "green") & (now["colour"] == "orange")]
    joined = briefs.taken_over(alerts, district)
    named = [
        _short(row, joined.get((row.school_id, row.stage, row.year), ""), policy) + _steps(row, actions)
        for row in red.head(NAMED_AT_MOST).itertuples()
    ]
    lines = [*_opening(red, policy), *named]
    lines += [
        *_rest(red),
        *_near(yellow, policy, besides=len(red) > 0),
        *_doubtful(doubtful),
        *_crowded(now),
        *_later(alerts, red),
        *_spare(now),
        *_sought(private),
    ]
    return _listed(lines)


def _sought(private: pd.DataFrame) -> list[str]:
    """Name the private schools that more ask for than they take: the tables show them, the counts above do not."""
    rows = private[private["missing_seats_n"] > 0]
    text = f"民办学校 {len(rows)} 所预计报名多于计划：{_names(rows)}；按其招生办法录取，不算学位不足，上面各数都不含。"
    return [text] if len(rows) else []


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line) or "- 没有学校需要就学位作出决定。"


def _short(row: tuple, joined: str, policy: Policy) -> str:
    """Say what one school lacks, whose children it takes over, and where the rules would cut."""
    if not row.seats_n:
        return _closed(row)
    stage, chance = labels.code("stage", row.stage), _written("probability", row.probability)
    interval = _written("interval80", [row.low80_n, row.high80_n])
    doubt = "" if row.calibrated else "（历史不足，未校准）"
    whom = "户籍适龄" if row.counted != "feeders" else "对口小学毕业"
    ratio = "户籍学位比" if row.counted != "feeders" else "与计划之比"
    taken = f"；含停止招生的{labels.literal(joined)}转来的" if joined else ""
    registered = "" if pd.isna(row.ratio) else f"{whom} {row.hukou_n} 人，{ratio} {_written('ratio', row.ratio)}，"
    text = (
        f"**{labels.literal(row.name)}（{stage}）{_lack(row)}**：预计入学 {row.demand_n:,} 人（80% 区间 "
        f"{interval}{taken}），计划 {row.seats_n:,} 个学位，{registered}缺学位概率 {chance}{doubt}。"
    )
    return text + _cut(row) + _beyond(row, policy)


def _beyond(row: tuple, policy: Policy) -> str:
    """Say what the text has for those whom it leaves without a seat."""
    words = policy.table.unplaced if policy.table and row.cut_chance > 0 else {}
    said = words.get(row.cut_tier, "")
    return f"未录取的：{said}。" if said else ""


def _cut(row: tuple) -> str:
    """Say where the rules would cut, how likely, and how many would be sent elsewhere."""
    if not row.cut_label:
        return ""
    if not row.cut_chance > 0:
        return f"按现行规则预计录到{row.cut_label}。"
    if not row.counted:
        apart = "（按报名人数计；缺学位数按预计入学计）" if row.missing_seats_n else ""
        return f"本校不限学区：按今年的报名推算，平均 {counted(row.turned_away_n)} 人报名而不能录取{apart}。"
    runs = getattr(row, "cut_runs_n", float("nan"))
    chance = f"的概率 {_written('cut_chance', row.cut_chance)}"
    if pd.notna(runs) and runs < FEW:
        chance = f"（{runs:.0f} 次模拟中出现 {row.cut_chance * runs:.0f} 次）"
    return f"按现行规则，{row.cut_label}有人落选{chance}，平均分流 {counted(row.turned_away_n)} 人{_apart(row)}。"


def _apart(row: tuple) -> str:
    """Tell the two numbers apart where a sentence has both: seats short of the forecast, children the rules refuse."""
    away = round(row.turned_away_n)
    rest = row.missing_seats_n - away
    if not row.missing_seats_n or not rest:
        return ""
    if rest < small_cells.FEWEST:
        return "（分流按今年报名家庭的类别推算，只计本校未录取的；缺学位数是预计入学减计划）"
    why = "按规则统筹、指定或就近安排到其他学校，或没有按时报名"
    number = f"其余约 {rest} 人" if away >= small_cells.FEWEST or not away else "其余的儿童"  # it would tell the few
    return f"（按今年报名家庭的类别推算；缺学位数中{number}不在本校排队：{why}）"


def _steps(row: tuple, actions: pd.DataFrame | None) -> str:
    """Name the steps against one school's shortage with the seats each gives."""
    if actions is None:
        return ""
    mine = (actions[["school_id", "stage", "year"]] == [row.school_id, row.stage, row.year]).all(axis=1)
    steps = actions[mine & actions["action"].ne("reduce")].sort_values("order_n")
    named = []
    for action, same in steps.groupby("action", sort=False):
        several = f"（{len(same)} 所）" if len(same) > 1 else ""
        named.append(f"{labels.code('action', action)}{several}（+{same['seats_n'].sum()} 个）")
    return f"可依次：{'、'.join(named)}。" if named else ""


def _closed(row: tuple) -> str:
    """Say that a school has no seats this year and how many children that concerns."""
    name, stage = labels.literal(row.name), labels.code("stage", row.stage)
    return f"**{name}（{stage}）今年没有招生计划**：按往年去向约 {row.demand_n:,} 人须另行安排学校。"


def _lack(row: tuple) -> str:
    """Say what is short: seats, or, where children stay away, only the registered count."""
    if row.missing_seats_n:
        return f"缺 {row.missing_seats_n:,} 个学位（{row.missing_classes_n} 个班）"
    whom = "对口小学毕业生" if row.counted == "feeders" else "户籍适龄"
    return f"{whom}已达计划" if row.level == "red" else "学位可能不足"


def _opening(red: pd.DataFrame, policy: Policy) -> list[str]:
    """Say what is to be decided for the red schools, once for all of them, before the plan of a year still to come."""
    if red.empty:
        return []
    low, high = briefs.missing_between(red)
    published = policy.kind == "admission" and policy.intake_year == red["year"].min()
    when, lacking = "" if published else "在招生方案公布前", red["missing_seats_n"].sum()
    return [
        f"以下 {len(red)} 所学校须{when}定下办法：增班、调整学区，还是统筹分流；"
        f"合计缺 {lacking:,} 个学位（各校都取 80% 区间下限为 {low:,} 个，都取上限为 {high:,} 个）。"
    ]


def _written(key: str, value: object) -> str:
    return labels.written(labels.plain(value), labels.column(key))


def _names(rows: pd.DataFrame) -> str:
    """Name the schools, at most a handful, and count the rest."""
    named = rows.head(NAMED_AT_MOST)
    names = [f"{labels.literal(row.name)}（{labels.code('stage', row.stage)}）" for row in named.itertuples()]
    return "、".join(names) + (f"等 {len(rows)} 所" if len(rows) > NAMED_AT_MOST else "")


def _rest(red: pd.DataFrame) -> list[str]:
    """Name the red schools that got no line of their own."""
    rest = red.iloc[NAMED_AT_MOST:]
    missing, classes = rest["missing_seats_n"].sum(), rest["missing_classes_n"].sum()
    return (
        [f"另有 {len(rest)} 所红色学校，合计缺 {missing} 个学位（{classes} 个班）：{_names(rest)}。"]
        if len(rest)
        else []
    )


def _near(rows: pd.DataFrame, policy: Policy, *, besides: bool) -> list[str]:
    """Name the schools whose registered children come close to the plan, besides those that lack seats."""
    if rows.empty:
        return []
    more, line = "另有 " if besides else "", f"{policy.warning.yellow:.0%}"
    text = f"**{more}{len(rows)} 所学校接近饱和（黄色，户籍适龄达到计划的 {line}）**：{_names(rows)}。"
    lacking = rows[rows["missing_seats_n"] > 0]
    doubt = f"其中{_names(lacking)}按中位数缺 {lacking['missing_seats_n'].sum()} 个学位，概率没有到报红的界线。"
    easy = (rows["demand_n"] < rows["hukou_n"]).all() and (rows["colour"] == "green").all()
    advice = "预计入学少于户籍适龄，报名核实之前不安排统筹生。" if easy else "不宜再接收统筹生。"
    return [text + (doubt if len(lacking) else "") + advice]


def _doubtful(rows: pd.DataFrame) -> list[str]:
    """Name the schools that the statutory ratio passes and the probability does not."""
    passed, uncounted = rows[rows["ratio"].notna()], rows[rows["ratio"].isna()]
    line = briefs.shades(rows)["orange"]
    lines = []
    if len(passed):
        text = f"户籍学位比为绿色、但缺学位概率在 {line} 以上的 {len(passed)} 所：{_names(passed)}。"
        lines.append(text + "宜提前核实非户籍和登记之后迁入的儿童。")
    if len(uncounted):
        text = f"没有户籍适龄人数、缺学位概率在 {line} 以上的 {len(uncounted)} 所：{_names(uncounted)}。"
        lines.append(text + "宜先补上分小区的适龄人数。")
    return lines


def _crowded(now: pd.DataFrame) -> list[str]:
    """Name the schools where classes would become oversized if nobody were turned away."""
    rows = now[now["newly_oversized"].astype(bool)]
    text = f"若不分流，{len(rows)} 所学校起始年级平均班额将新达到 56 人及以上（大班额）：{_names(rows)}。"
    return [text] if len(rows) else []


def _later(alerts: pd.DataFrame, red: pd.DataFrame) -> list[str]:
    """Name the schools that turn red only in a later year."""
    later = alerts[briefs.pressing(alerts) & (alerts["year"] > alerts["year"].min())]
    already = pd.MultiIndex.from_frame(red[briefs.KEYS])
    later = later[~pd.MultiIndex.from_frame(later[briefs.KEYS]).isin(already)]
    first = later.sort_values(["year", "school_id"]).drop_duplicates(briefs.KEYS)
    text = f"{first['year'].min()} 年起还会有 {len(first)} 所学校转为红色：{_names(first)}。三年以外的只列入观察名单。"
    return [text] if len(first) else []


def _spare(now: pd.DataFrame) -> list[str]:
    """Name the schools with seats to spare."""
    rows = now[now["surplus"].astype(bool)]
    return [f"学位富余、可承接分流的 {len(rows)} 所：{_names(rows)}。"] if len(rows) else []


def _classes(district: District, policy: Policy) -> list[str]:
    """Say how many classes exceed the limits now, stage by stage, and name the largest."""
    counts = class_sizes.counts(district, policy)
    last = counts[counts["school_year"] == counts["school_year"].max()]
    lines = [
        f"**{labels.code('stage', row.stage)} {row.formed_n} 个班中 {row.over_n} 个超过标准班额**，"
        f"大班额 {row.oversized_n} 个（占 {row.oversized_share:.0%}），超大班额 {row.super_n} 个，"
        f"最大的班 {row.largest_n} 人。"
        for row in last.itertuples()
    ]
    return [*lines, "超过 55 人的班须列入台账，逐班写明消除时限，查实一个、销号一个。"]


@takes(alerts="alerts")
def worst_school(alerts: pd.DataFrame) -> str:
    """Say which school the pressure is greatest at, and how long it lasts.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    first = briefs.worst(alerts, at_most=1).iloc[0]
    rows = alerts[(alerts[briefs.KEYS] == first[briefs.KEYS]).all(axis=1)]
    short = int((rows["missing_seats_n"] > 0).sum())
    if not first["missing_seats_n"]:
        return f"压力最大的是{first['name']}，{first['year']} 年仍有学位"
    lack = f"{first['year']} 年缺 {first['missing_seats_n']} 个学位"
    return f"{first['name']}缺口最大：{lack}，预测的 {len(rows)} 年中 {short} 年不足"


def district_trend(outlook: Outlook) -> str:
    """Say for each stage how the district's intake moves from the first to the last forecast year.

    Parameters
    ----------
    outlook : Outlook
        The forecast.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    parts = []
    for stage in briefs.STAGES:
        rows = forecast.stage_totals(outlook, stage)
        if len(rows) > 1:
            first, last = rows.iloc[0], rows.iloc[-1]
            change = last["demand_n"] / max(first["demand_n"], 1) - 1
            move = "基本持平" if abs(change) < FLAT else f"{'增加' if change > 0 else '减少'} {abs(change):.0%}"
            parts.append(f"{labels.code('stage', stage)}新生{move}")
            span = f"{first['year']}—{last['year']} 年，"
    return span + "，".join(parts)


@takes(alerts="alerts")
def class_size(alerts: pd.DataFrame, policy: Policy) -> str:
    """Say how many entry grades would exceed the oversized limit if nobody were turned away.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    limit, year = policy.capacity.oversized, alerts["year"].min()
    big = int((briefs.public(briefs.spring(alerts))["class_size_n"] >= limit).sum())
    if not big:
        return f"{year} 年若不分流，各校起始年级平均班额仍在 {limit} 人以下"
    return f"{year} 年若不分流，{big} 所学校起始年级平均班额达到 {limit} 人及以上"


@takes(now="alerts")
def map_message(now: pd.DataFrame, metric: str) -> str:
    """Say how many schools have which grade in one year, the gravest first.

    Parameters
    ----------
    now : DataFrame
        Flags of one year.
    metric : str
        Column of the flags.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    order = [code for code in labels.book()["legends"][metric] if code not in ("green", "ok", "none")]
    counts = briefs.grounded(now)[metric].value_counts()
    said = [f"{labels.code(metric, code)} {counts[code]} 所" for code in order if code in counts]
    return f"{now['year'].min()} 年{labels.book()['maps'][metric]}：" + ("，".join(said) or "没有需要注意的学校")
