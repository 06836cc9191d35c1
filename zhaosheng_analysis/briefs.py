"""The tables and sentences of a report, arranged from alerts, outlook and policy; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import labels

if TYPE_CHECKING:
    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

FULL = [
    "name", "stage", "year", "level", "ratio", "colour", "probability", "demand_n", "interval80", "hukou_n", "seats_n",
    "missing_seats_n", "missing_classes_n", "cut_tier", "class_size_n", "class_flag", "watch", "surplus", "reason",
]  # fmt: skip
SHORT = [
    "name", "stage", "year", "level", "ratio", "probability", "demand_n", "interval80", "seats_n", "missing_seats_n",
    "missing_classes_n", "cut_tier",
]  # fmt: skip
NAMED_AT_MOST = 6  # more schools than this in one sentence are counted, not named


def spring(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows a decision is due on this spring: those of the first forecast year."""
    return alerts[alerts["year"] == alerts["year"].min()]


def headline(alerts: pd.DataFrame) -> str:
    """Say in one sentence how many schools lack seats this spring."""
    now = spring(alerts)
    short, near = now[now["level"] == "red"], now[now["level"] == "yellow"]
    numbers = {
        "year": int(now["year"].min()),
        "red": len(short),
        "yellow": len(near),
        "missing": int(short["missing_seats_n"].sum()),
        "classes": int(short["missing_classes_n"].sum()),
    }
    key = "headline_short" if len(short) else "headline_near" if len(near) else "headline_calm"
    return labels.sentence(key, **numbers)


def decisions(alerts: pd.DataFrame) -> str:
    """Write what needs a decision this spring, as a Markdown list; the gravest first."""
    now = spring(alerts).sort_values(["missing_seats_n", "ratio"], ascending=False, kind="stable")
    lines = [_short(row) for row in now[now["level"] == "red"].head(NAMED_AT_MOST).itertuples()]
    lines += _rest(now[now["level"] == "red"])
    lines += _near(now[now["level"] == "yellow"])
    lines += _likely(now[(now["level"] != "red") & now["colour"].isin(["red", "orange"])])
    lines += _crowded(now[now["newly_oversized"].astype(bool)])
    lines += _later(alerts, now)
    lines += _empty(now[now["surplus"].astype(bool)])
    return "\n".join(f"- {line}" for line in lines) or "- 今春没有学校需要就学位作出决定。"


def _short(row: tuple) -> str:
    """Say what one school lacks and where the rules would cut."""
    stage, chance = labels.code("stage", row.stage), labels.written(row.probability, labels.column("probability"))
    interval = labels.written([row.low80_n, row.high80_n], labels.column("interval80"))
    text = (
        f"**{row.name}（{stage}）缺 {row.missing_seats_n:.0f} 个学位（{row.missing_classes_n:.0f} 个班）**："
        f"预计入学 {row.demand_n:.0f} 人（80% 区间 {interval}），计划 {row.seats_n:.0f} 个学位，"
        f"户籍学位比 {row.ratio:.0%}，缺学位概率 {chance}。"
    )
    cut = "" if labels.missing(row.cut_tier) or not row.cut_tier else f"按现行规则预计录到{row.cut_tier}。"
    return text + cut + "招生方案公布前须定：增班、调整学区，还是统筹分流。"


def _names(rows: pd.DataFrame) -> str:
    """Name the schools, at most a handful, and count the rest."""
    names = [f"{row.name}（{labels.code('stage', row.stage)}）" for row in rows.head(NAMED_AT_MOST).itertuples()]
    return "、".join(names) + (f"等 {len(rows)} 所" if len(rows) > NAMED_AT_MOST else "")


def _rest(red: pd.DataFrame) -> list[str]:
    """Name the red schools that got no line of their own."""
    rest = red.iloc[NAMED_AT_MOST:]
    if rest.empty:
        return []
    missing, classes = rest["missing_seats_n"].sum(), rest["missing_classes_n"].sum()
    return [f"另有 {len(rest)} 所红色学校，合计缺 {missing:.0f} 个学位（{classes:.0f} 个班）：{_names(rest)}。"]


def _near(yellow: pd.DataFrame) -> list[str]:
    """Name the schools close to their plan."""
    return [f"**{len(yellow)} 所学校接近饱和（黄色）**：{_names(yellow)}。不宜再接收统筹生。"] if len(yellow) else []


def _likely(rows: pd.DataFrame) -> list[str]:
    """Name the schools that the statutory ratio passes and the probability does not."""
    if rows.empty:
        return []
    return [
        f"户籍学位比未到红色、但缺学位概率在 30% 以上的 {len(rows)} 所：{_names(rows)}。"
        "压力来自非户籍或新建小区入学，宜提前核实。"
    ]


def _crowded(rows: pd.DataFrame) -> list[str]:
    """Name the schools where classes would become oversized if nobody were turned away."""
    if rows.empty:
        return []
    return [f"若不分流，{len(rows)} 所学校的起始年级平均班额将新达到 56 人及以上（大班额）：{_names(rows)}。"]


def _later(alerts: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Name the schools that turn red only in a later year."""
    red = alerts[(alerts["level"] == "red") & (alerts["year"] > now["year"].min())]
    already = pd.MultiIndex.from_frame(now.loc[now["level"] == "red", ["school_id", "stage"]])
    red = red[~pd.MultiIndex.from_frame(red[["school_id", "stage"]]).isin(already)]
    first = red.sort_values("year", kind="stable").drop_duplicates(["school_id", "stage"])
    if first.empty:
        return []
    return [
        f"{first['year'].min()} 年起还会有 {len(first)} 所学校转为红色：{_names(first)}。三年以外的只列入观察名单。"
    ]


def _empty(rows: pd.DataFrame) -> list[str]:
    """Name the schools with seats to spare."""
    return [f"学位富余、可承接分流的 {len(rows)} 所：{_names(rows)}。"] if len(rows) else []


def grid(alerts: pd.DataFrame) -> pd.DataFrame:
    """Lay the levels out with one row a school and one column a year, the gravest first.

    Returns
    -------
    name, stage, then one column a year holding ``[level, ratio]``.
    """
    pairs = alerts.assign(pair=[list(pair) for pair in zip(alerts["level"], alerts["ratio"], strict=True)])
    wide = pairs.pivot_table(index=["school_id", "stage"], columns="year", values="pair", aggfunc="first")
    wide.columns = wide.columns.astype(str)
    heads = alerts.groupby(["school_id", "stage"]).agg(name=("name", "first"), ratio=("ratio", "max"))
    ordered = heads.join(wide, validate="1:1").reset_index()
    ordered["stage"] = pd.Categorical(ordered["stage"], ["primary", "junior"], ordered=True)
    ordered = ordered.sort_values(["stage", "ratio"], ascending=[True, False], kind="stable")
    return ordered.astype({"stage": "str"})[["name", "stage", *wide.columns]]


def flagged(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return the schools and years that need attention within three years, with their numbers."""
    near = alerts[~alerts["watch"].astype(bool)]
    rows = near[near["level"].isin(["red", "yellow"]) | near["colour"].isin(["red", "orange"])]
    return levels(rows)[SHORT]


def levels(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return every school and year with every number, by year and missing seats."""
    order = alerts.sort_values(["year", "missing_seats_n", "ratio"], ascending=[True, False, False], kind="stable")
    pairs = [list(pair) for pair in zip(order["low80_n"], order["high80_n"], strict=True)]
    table = order.assign(interval80=pairs)
    return table[[column for column in FULL if column in table]]


def class_sizes(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return the entry grades that exceed the standard class size if nobody is turned away."""
    rows = levels(alerts[alerts["class_flag"] != "ok"])
    return rows[["name", "stage", "year", "demand_n", "seats_n", "class_size_n", "class_flag"]]


def class_counts(district: District, policy: Policy) -> pd.DataFrame:
    """Count the classes above each limit, by school year and stage, from the class lists.

    Returns
    -------
    school_year, stage, classes_n, over_n, oversized_n, super_n, oversized_share, largest_n. A class of 66 counts as
    oversized and as super-oversized, as in the national statistics.
    """
    classes = district.table("classes")
    stage = classes["grade"].map(lambda grade: "junior" if grade > 6 else "primary")
    limit = stage.map(policy.capacity.standard)
    size = classes["pupils_n"]
    marks = classes.assign(
        stage=stage,
        over=size > limit,
        oversized=size >= policy.capacity.oversized,
        super=size >= policy.capacity.super_oversized,
    )
    counts = marks.groupby(["school_year", "stage"]).agg(
        classes_n=("pupils_n", "size"),
        over_n=("over", "sum"),
        oversized_n=("oversized", "sum"),
        super_n=("super", "sum"),
        largest_n=("pupils_n", "max"),
    )
    return counts.assign(oversized_share=counts["oversized_n"] / counts["classes_n"]).reset_index()


def stage_totals(outlook: Outlook, stage: str) -> pd.DataFrame:
    """Return the district's demand, interval and seats by year for one stage."""
    totals = outlook.totals
    return totals[(totals["level"] == "district") & (totals["stage"] == stage)].sort_values("year")


def school_years(outlook: Outlook, school_id: str, stage: str) -> pd.DataFrame:
    """Return one school's forecast by year."""
    rows = outlook.schools
    return rows[(rows["school_id"] == school_id) & (rows["stage"] == stage)].sort_values("year")


def worst(alerts: pd.DataFrame, *, at_most: int) -> pd.DataFrame:
    """Return the schools that lack most seats this spring, then those with the highest ratio."""
    now = spring(alerts).sort_values(["missing_seats_n", "ratio"], ascending=False, kind="stable")
    return now.head(at_most)


def worst_message(alerts: pd.DataFrame) -> str:
    """Say which school the pressure is greatest at, and how long it lasts."""
    first = worst(alerts, at_most=1).iloc[0]
    rows = alerts[(alerts["school_id"] == first["school_id"]) & (alerts["stage"] == first["stage"])]
    short = rows[rows["missing_seats_n"] > 0]["year"]
    if short.empty:
        return f"压力最大的{first['name']}在预测期内仍有学位"
    missing = first["missing_seats_n"]
    return f"{first['name']}缺口最大：{first['year']} 年缺 {missing:.0f} 个学位，预测期 {len(rows)} 年中 {len(short)} 年不足"


def district_message(outlook: Outlook) -> str:
    """Say for each stage how the district's intake moves and whether its seats suffice in sum."""
    parts = []
    for stage in ("primary", "junior"):
        rows = stage_totals(outlook, stage)
        if len(rows):
            first, last = rows.iloc[0], rows.iloc[-1]
            change = last["demand_n"] / first["demand_n"] - 1
            direction = "基本持平" if abs(change) < 0.02 else f"{'增' if change > 0 else '减'} {abs(change):.0%}"
            parts.append(f"{labels.code('stage', stage)}新生到 {last['year']:.0f} 年{direction}")
    return "，".join(parts)


def class_message(alerts: pd.DataFrame, policy: Policy) -> str:
    """Say how many entry grades would exceed the oversized limit if nobody were turned away."""
    now = spring(alerts)
    big, limit = int((now["class_size_n"] >= policy.capacity.oversized).sum()), policy.capacity.oversized
    year = int(now["year"].min())
    if not big:
        return f"{year} 年若不分流，各校起始年级平均班额仍在 {limit} 人以下"
    return f"{year} 年若不分流，{big} 所学校起始年级平均班额达到 {limit} 人及以上"
