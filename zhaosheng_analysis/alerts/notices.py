"""The public notice of a seat warning: twelve items, drafted from the tables, as text and as a page.

The items are the union of what published notices contain (浙江, 芜湖, 惠阳, 光明, 广州, 舟山, 丽水). What the tables do
not know stands as （待填）: nothing is invented. Numbers of few children are not printed (`schema.small_cells`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import pandas as pd

from zhaosheng_analysis.alerts.levels import COUNTED_NAMES, LEVEL_NAMES
from zhaosheng_analysis.geodata import District
from zhaosheng_analysis.policy import NEUTRAL, Policy, borrowed
from zhaosheng_analysis.schema import STAGES, small_cells, takes

OPEN = "（待填）"
#: Fewer cases than these are told as a count, not as a percentage.
FEW = 20
NOT_A_BASIS = "仅供参考，不作为购房、迁户依据"
#: Where the rule of 90 and 100 per cent is in force by its own text, and its two lines.
ZHEJIANG, ZHEJIANG_LINES = "33", (0.9, 1.0)
COLUMNS = ["学校", "学段", "招生范围", "入学年份", "级别", "统计人数", "计划学位", "占比"]


@dataclass(frozen=True)
class Notice:
    """A drafted notice.

    Attributes
    ----------
    title : str
        Its title.
    items : tuple of tuple of str, length 2
        Its twelve items in order (heading, sentences).
    table : DataFrame
        The table of item seven.
    """

    title: str
    items: tuple[tuple[str, str], ...]
    table: pd.DataFrame


@takes(flags="alerts", cuts="outcome.cuts", accuracy="outlook.accuracy")
def draft(
    flags: pd.DataFrame,
    district: District,
    policy: Policy,
    *,
    issuer: str = OPEN,
    issued_on: date | None = None,
    phone: str = OPEN,
    cuts: pd.DataFrame | None = None,
    accuracy: pd.DataFrame | None = None,
) -> Notice:
    """Draft the notice of the red and yellow schools of the next three years.

    Parameters
    ----------
    flags : DataFrame
        From `alerts.flag`.
    district : District
        Zones, the date of the data and where the counts come from.
    policy : Policy
        The text in force and its lines.
    issuer : str, default OPEN
        Who issues it, as it is to be printed.
    issued_on : date, optional
        Day of issue.
    phone : str, default OPEN
        Telephone number, as it is to be printed.
    cuts : DataFrame, optional
        Last intake's ``Outcome.cuts``, for item eight.
    accuracy : DataFrame, optional
        Accuracy of the outlook, for item ten.

    Returns
    -------
    Notice
        The draft.
    """
    near = flags[~flags["watch"] & flags["level"].isin(["red", "yellow"])]
    years = sorted(flags.loc[~flags["watch"], "year"].unique())
    span = "—".join(dict.fromkeys(str(year) for year in (years[0], years[-1]))) + "年" if years else OPEN
    stamp = f"{issued_on:%Y年%m月%d日}" if issued_on else OPEN
    items = (
        ("发布单位与日期", f"{issuer}，{stamp}。"),
        ("依据", _basis(district, policy)),
        ("数据来源与截止日期", _source(district)),
        ("统计对象", _counted(near if len(near) else flags)),
        ("分母", "常态招生计划（班数×班额）；尚无当年计划的年份，沿用最近一年的计划。"),
        ("级别", _levels(policy, district)),
        ("预警学校", _reached(near, flags)),
        ("上一次录取结果", _last_result(cuts)),
        ("录取顺序与超额办法", OPEN if borrowed(policy, district) else _order(policy)),
        ("不确定性", _doubt(accuracy)),
        ("声明", f"{NOT_A_BASIS}。"),
        ("咨询电话与时间", f"{phone}。"),
    )
    return Notice(f"{district.name}{span}义务教育学位预警", items, _table(near, district, policy))


def _basis(district: District, policy: Policy) -> str:
    if borrowed(policy, district):
        return f"{OPEN}。本稿的数字按借用的《{policy.title}》推算，不是本地文件。"
    clause = policy.warning.clause or OPEN
    method = "预警标准：浙教基〔2018〕100号。" if district.code.startswith(ZHEJIANG) else ""
    plain = "" if method else "预警线参照浙教基〔2018〕100号的做法，本地文件另有规定的从其规定。"
    if policy.id == NEUTRAL:
        return f"{OPEN}。本稿没有本地文件，界线为通用假定。{method}{plain}"
    return f"《{policy.title}》{clause}。{method}{plain}"


def _source(district: District) -> str:
    cohorts = district.tables.get("cohorts", pd.DataFrame({"source": []}))
    sources = "、".join(sorted(set(cohorts["source"].dropna()))) or OPEN
    as_of = district.about.get("data_as_of", OPEN)
    synthetic = "（示例数据，均为虚构）" if district.synthetic else ""
    return f"适龄儿童数来自{sources}，截至{as_of}{synthetic}；为动态数据，以当年报名审核结果为准。"


def _counted(rows: pd.DataFrame) -> str:
    names = [COUNTED_NAMES[name] for name in dict.fromkeys(rows["counted"]) if name]
    return f"公办学校的{'、'.join(names) or OPEN}；不含尚未落户、尚未入住的家庭，民办学校不统计。"


def _levels(policy: Policy, district: District) -> str:
    yellow, red = policy.warning.yellow, policy.warning.red
    assumed = ""
    if {"yellow", "red"} & set(policy.warning.assumed):
        published = district.code.startswith(ZHEJIANG) and (yellow, red) == ZHEJIANG_LINES
        assumed = "（浙教基〔2018〕100号的数字）" if published else "（本地文件没有写明数字，为假定）"
    return (
        f"统计人数达到计划的{red:.0%}为红色，达到{yellow:.0%}、不到{red:.0%}为黄色，不到{yellow:.0%}为绿色{assumed}。"
    )


def _last_result(cuts: pd.DataFrame | None) -> str:
    if cuts is None:
        return f"{OPEN}：各校录取到哪一类、分流了哪一类。"
    bound = cuts[cuts["bound"] & cuts["sector"].eq("public")]
    if bound.empty:
        return "各公办学校均未分流。"
    said = [
        f"{row.name_}：录取至“{row.tier_label or row.tier}”，未录取{small_cells.shown(row.refused_n)}人"
        for row in bound.rename(columns={"name": "name_"}).itertuples()
    ]
    return "；".join(said) + "。"


#: Rounds that place whom a school has turned away.
LATER = ("area", "nearest", "designated")
#: Rounds in which a school takes its own; one that names no tier takes them all.
OWN = ("zone", "choice", "promotion")


def _order(policy: Policy) -> str:
    """Say who goes before whom, and which steps take those whom their school turns away, each once for both stages."""
    if policy.table is None:
        return OPEN
    labels, parts = dict(policy.table.labels), {}
    for stage in STAGES:
        taken, later = _taken(policy, stage)
        order = " → ".join(labels.get(name, name) for name in policy.table.order if name in taken)
        if order:
            named = "、".join(dict.fromkeys(later))
            rest = f"未录取的儿童依次进入：{named}" if named else "未录取的儿童去哪里，文件没有写"
            parts[STAGES[stage]] = (f"依次为：{order}", f"本校学位不足时，{rest}")
    return "".join(_by_stage({stage: words[at] for stage, words in parts.items()}) for at in (0, 1)) or OPEN


def _by_stage(said: Mapping[str, str]) -> str:
    """Write what is said of each stage, once where it is the same."""
    if len(set(said.values())) == 1:
        return f"{next(iter(said.values()))}。"
    return "；".join(f"{stage}{words}" for stage, words in said.items()) + "。" if said else ""


def _taken(policy: Policy, stage: str) -> tuple[set[str], list[str]]:
    """Return the tiers that public rounds of a stage take, and the rounds that place whom a school turned away."""
    taken: set[str] = set()
    later = []
    for item in policy.rounds:
        if not _public(item, policy, stage):
            continue
        tiers, status = (_values(item.get("takes", {}).get(name)) for name in ("tier", "status"))
        turned_away = not status or "registered" in status
        if item["kind"] in LATER and turned_away and (not tiers or tiers & taken):
            later.append(item["name"])
        taken |= tiers or (set(policy.table.order) if item["kind"] in OWN else set())
    return taken, later


def _public(item: Mapping[str, Any], policy: Policy, stage: str) -> bool:
    """Whether a round is in force and places children of a stage at public schools."""
    held = policy.holds(item.get("when", {})) and item.get("sector", "public") in ("public", "any")
    return held and stage in item.get("stage", STAGES)


def _values(said: Any) -> set[str]:
    """Return all values a condition names, those of every value of a parameter included."""
    if isinstance(said, Mapping):
        return set().union(*(_values(value) for key, value in said.items() if key != "parameter"))
    return {said} if isinstance(said, str) else set(map(str, said or ()))


def _doubt(accuracy: pd.DataFrame | None) -> str:
    if accuracy is None:
        return "预测有误差，三年以外只作观察，不发布级别。"
    if accuracy.empty:
        return "历史太短，预测的误差没有经过检验；三年以外只作观察，不发布级别。"
    first = accuracy[(accuracy["level"] == "school") & (accuracy["horizon"] == 1)]
    said = [
        f"{STAGES[row.stage]}过去提前一年的预测平均偏差{_percent(row.wape)}，80%区间{_held(row.coverage80, row.n)}"
        for row in first.itertuples()
        if pd.notna(row.coverage80)
    ]
    return "；".join([*said, "三年以外只作观察，不发布级别"]) + "。"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 or share < 1e-9 else "不到1%"


def _held(share: float, cases: int) -> str:
    """Say how often an interval held, of few cases as a count."""
    return f"实际命中{share:.0%}" if cases >= FEW else f"{cases}次中命中{round(share * cases)}次"


def _table(rows: pd.DataFrame, district: District, policy: Policy) -> pd.DataFrame:
    """Return the table of item seven; small numbers are hidden with the ratio or seats that would tell them."""
    texts = _zone_texts(district)
    shown = [
        (
            row.name_,
            STAGES[row.stage],
            texts.get((row.school_id, row.stage), OPEN),
            int(row.year),
            *_counts(row, policy),
        )
        for row in rows.rename(columns={"name": "name_"})
        .sort_values("ratio", ascending=False, kind="stable")
        .itertuples()
    ]
    order = pd.DataFrame(shown, columns=COLUMNS)
    return order.sort_values(["学段", "入学年份"], ascending=[False, True], kind="stable", ignore_index=True)


def _counts(row: Any, policy: Policy) -> tuple[str, str, int | str, str]:
    """Return level, children, seats and share as printed; of few children nothing that leaves one number only.

    Nine of nine seats are red, and only nine of ten are yellow.
    """
    level = LEVEL_NAMES[row.level].removesuffix("色")
    if row.hukou_n >= small_cells.FEWEST:
        share = f"{math.floor(row.ratio * 1000 + 1e-9) / 10:.1f}%"
        return level, small_cells.shown(row.hukou_n), int(row.seats_n), share
    lines = policy.warning
    low, high = (lines.red, math.inf) if row.level == "red" else (lines.yellow, lines.red)
    fitting = [n for n in range(1, small_cells.FEWEST) if low <= n / max(row.seats_n, 1) < high]
    if len(fitting) > 1:
        return level, small_cells.shown(row.hukou_n), int(row.seats_n), "—"
    shown = level if row.level == "red" else small_cells.LEFT_OUT
    return shown, small_cells.shown(row.hukou_n), small_cells.LEFT_OUT, "—"


def _zone_texts(district: District) -> dict[tuple[str, str], str]:
    """Return the published words of each school's zones, by (school_id, stage)."""
    words = district.zones[["zone_id", "stage", "name", "sentence"]]
    links = district.zone_schools[["zone_id", "school_id"]].merge(words, on="zone_id", validate="many_to_one")
    said = links["sentence"].fillna("").where(links["sentence"].fillna("") != "", links["name"])
    return (
        said.groupby([links["school_id"], links["stage"].astype("str")])
        .agg(lambda texts: "；".join(dict.fromkeys(texts)))
        .to_dict()
    )


def text(notice: Notice) -> str:
    """Write a notice as plain text, its table with bars.

    Parameters
    ----------
    notice : Notice
        The notice, from `draft`.

    Returns
    -------
    str
        Its lines.
    """
    lines = [notice.title, ""]
    for number, (heading, said) in enumerate(notice.items, start=1):
        lines.append(f"{number}. {heading}：{said}")
        if heading == "预警学校" and len(notice.table):
            lines += ["   " + " | ".join(map(str, row)) for row in [notice.table.columns, *notice.table.to_numpy()]]
    return "\n".join(lines) + "\n"


def markdown(notice: Notice) -> str:
    """Write the items of a notice as Markdown paragraphs, for a report that shows the table beside them.

    Parameters
    ----------
    notice : Notice
        The notice, from `draft`.

    Returns
    -------
    str
        Its paragraphs.
    """
    return "\n\n".join(
        f"**{number}　{heading}**　{said}" for number, (heading, said) in enumerate(notice.items, start=1)
    )


def page(notice: Notice) -> str:
    """Write a notice as a page of HTML that stands alone; names from data are escaped.

    Parameters
    ----------
    notice : Notice
        The notice, from `draft`.

    Returns
    -------
    str
        The whole page.
    """
    parts = []
    for heading, said in notice.items:
        table = _rows_html(notice.table) if heading == "预警学校" and len(notice.table) else ""
        parts.append(f"<li><b>{escape(heading)}</b>：{escape(said)}{table}</li>")
    style = (
        "body{font-family:'Noto Sans SC',sans-serif;max-width:52rem;margin:2rem auto;line-height:1.7;color:#1f2933}"
        "table{border-collapse:collapse;margin:.6rem 0;font-size:.9rem}td.n{text-align:right}"
        "td:nth-child(2),th{white-space:nowrap}"
        "td,th{border:1px solid #d9d9d4;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    )
    asks = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{asks}">'
    head = f'<meta charset="utf-8">{policy}<title>{escape(notice.title)}</title><style>{style}</style>'
    body = f"<main><h1>{escape(notice.title)}</h1><ol>{''.join(parts)}</ol></main>"
    return f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head><body>{body}</body></html>\n'


def _reached(near: pd.DataFrame, flags: pd.DataFrame) -> str:
    """Say how many schools reach a line; without the children of the register none can be said to stay below it."""
    blank = flags["ratio"].isna().groupby(flags["stage"]).all()
    # A private school has no children of a zone to be counted, one that admits nobody more has none to come.
    public = flags[flags["sector"].eq("public") & (flags["demand_n"].gt(0) | flags["seats_n"].gt(0))]
    alone = public["ratio"].isna().groupby([public["stage"], public["school_id"]]).all().groupby("stage").sum()
    unknown = "、".join(
        STAGES[stage] if blank[stage] else f"{STAGES[stage]}的 {alone[stage]} 所学校"
        for stage in STAGES
        if stage in blank and (blank[stage] or alone.get(stage, 0))
    )
    left = f"{unknown}没有统计人数，不能与预警线相比（待填）。" if unknown else ""
    if len(near):
        return f"共{near['school_id'].nunique()}所学校，见下表。{left}"
    if blank.all():
        return "没有户籍适龄人数，不能与预警线相比（待填）。"
    return f"{left}{'其余' if left else ''}没有学校达到预警线。"


def _rows_html(table: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in table.itertuples(index=False))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Sequence[object]) -> str:
    numeric = {COLUMNS.index(name) for name in ("入学年份", "统计人数", "计划学位", "占比")}
    return "".join(
        f'<td class="n">{escape(str(value))}</td>' if at in numeric else f"<td>{escape(str(value))}</td>"
        for at, value in enumerate(row)
    )
