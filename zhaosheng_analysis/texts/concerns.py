"""The tables of a warning that somebody signs: who is concerned, why, what to do, and where every number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.forecast import DRIVERS
from zhaosheng_analysis.schema import takes
from zhaosheng_analysis.texts import accuracy, alerts, forecast, labels
from zhaosheng_analysis.zones import memberships

if TYPE_CHECKING:
    from zhaosheng_analysis.forecast import Outlook, Simulation
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

KEYS = ["school_id", "stage", "year"]
#: What chose the numbers of a step: the backtest, or, where there is too little past to test, what is usual.
TESTED = {"chosen": "由回测选定", "believed": "过去的误差", "shown": "回测所示"}
UNTESTED = {"chosen": "取通用值，历史太短、没有回测", "believed": "通用值", "shown": "通用值"}
#: Drivers named in one reason.
NAMED = 2
NUMERALS = "一二三四五六七八九"
#: Cautions of steps that widen an interval.
WIDENED = ("redraw", "closure", "housing", "migrants")
#: How the number of a driver is made, and from which table.
MADE_FROM = {
    "level": {
        "primary": "roll_counts：近几年新生的加权平均（权重{chosen}）与上次之差；改划前的年份折算到现在的学区，"
        "招满的年份按学区适龄儿童推回",
        "junior": "roll_counts：近几年新生的加权平均（权重{chosen}）与上次之差；招满的年份按学区、对口的毕业生推回",
    },
    "cohort": {
        "primary": "cohorts：全区（县）适龄儿童由上次到当年的增减",
        "junior": "roll_counts：小学毕业生由上次到当年的增减",
    },
    "zone": {
        "primary": "cohorts：本学区与全区（县）增减之差，按{believed}只信一部分",
        "junior": "{leading}：对口小学与全区（县）毕业生增减之差，按{believed}只信一部分",
    },
    "mobility": "roll_counts：本校和片区历年的迁入迁出，逐年减弱",
    "capture": {
        "primary": "各校按比例调到全区（县）总量：适龄人数 × 近几年入学率（年数{chosen}）",
        "junior": "各校按比例调到全区（县）总量：小学毕业生 × 近几年升入本地初中的比例（年数{chosen}）",
    },
    "size": {
        "primary": "roll_counts：各校在校生按{shown}逐年向原有规模回拉；没有适龄人口数据的，"
        "总量取各校合计与上次总量之间",
        "junior": "roll_counts：各校在校生按{shown}逐年向原有规模回拉",
    },
    "housing": "housing：比往年多交付的住房 × 每户新生数（假定，参数 yields）",
    "migrants": "政策情形：增减的随迁新生（参数 migrants）",
    "redraw": "zones、zone_schools：改划小区的儿童整体转出、转入",
    "closure": "schools：停招、停办学校的新生整体转入接收学校",
}


@takes(flags="alerts", actions="actions")
def concerns(flags: pd.DataFrame, outlook: Outlook, actions: pd.DataFrame, policy: Policy) -> labels.Listing:
    """Return the public schools that need attention within three years, one row each: how grave, why, what to do.

    Parameters
    ----------
    flags : DataFrame
        From `alerts.flag`.
    outlook : Outlook
        The forecast behind them.
    actions : DataFrame
        From `actions.propose`.
    policy : Policy
        The rules.

    Returns
    -------
    Listing
        Columns name, stage, level_ratio (statutory, of the first year concerned; not for an audit policy), one graded
        column a year (probability, or class size for an audit policy), missing_seats_n, because and todo; the soonest
        first, of these the gravest.
    """
    near = alerts.public(flags[~flags["watch"].astype(bool)])
    metric = "class_flag" if policy.kind == "audit" else "colour"
    number, written = ("class_size_n", "whole") if policy.kind == "audit" else ("probability", "chance")
    rows = near[near["class_flag"] != "ok"] if policy.kind == "audit" else near[concerning(near)]
    first = rows.sort_values(["year", "missing_seats_n", "school_id"], ascending=[True, False, True])
    first = first.drop_duplicates(alerts.KEYS)
    changes = outlook.drivers.set_index(KEYS)
    table = first[["name", "stage"]].copy()
    if policy.kind != "audit":
        table["level_ratio"] = _pairs(first["level"], first["ratio"])
    wide = near.assign(pair=_pairs(near[metric], near[number])).pivot_table(
        index=alerts.KEYS, columns="year", values="pair", aggfunc="first"
    )
    wide = wide.reindex(pd.MultiIndex.from_frame(first[alerts.KEYS])).set_axis(wide.columns.astype(str), axis=1)
    table = table.assign(**{year: wide[year].to_numpy() for year in wide})
    table["missing_seats_n"] = first["missing_seats_n"]
    table["because"] = [because(row, changes) for row in first.itertuples()]
    table["todo"] = [todo(row, actions) for row in first.itertuples()]
    return labels.Listing.of(table.reset_index(drop=True), *alerts.graded(wide, metric, written))


def _pairs(codes: pd.Series, numbers: pd.Series) -> list[list | None]:
    """Return [code, number] of every row, nothing where the number is not known."""
    return [[code, number] if pd.notna(number) else None for code, number in zip(codes, numbers, strict=True)]


@takes(rows="alerts")
def concerning(rows: pd.DataFrame) -> pd.Series:
    """Say which rows need attention: red or yellow by the statutory ratio, red or orange by the probability.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    Series of bool
        On the index of the rows.
    """
    return alerts.pressing(rows) | (rows["level"] == "yellow") | (rows["colour"] == "orange")


def because(row, changes: pd.DataFrame) -> str:
    """Say why one school is concerned in its first year: demand against seats, and what moved it most.

    Parameters
    ----------
    row : tuple
        One row of flags.
    changes : DataFrame
        Drivers of `Outlook`, indexed by school_id, stage and year.

    Returns
    -------
    str
        One phrase in Chinese.
    """
    moved = changes.loc[[(row.school_id, row.stage, row.year)]].set_index("driver")["pupils_n"].astype(int)
    parts = [f"{row.year}年预计{row.demand_n:,}人，计划{row.seats_n:,}个学位"]
    total, largest = int(moved.sum()), moved[moved != 0].abs().sort_values(ascending=False, kind="stable").index[:NAMED]
    if total:
        named = "、".join(f"{labels.code('driver', name)}{moved[name]:+,}" for name in largest)
        among = "其中" if (moved != 0).sum() > NAMED else ""  # so that nobody adds up what are not all the parts
        parts.append(f"比上次{'多' if total > 0 else '少'}{abs(total):,}人（{among}{named}）")
    if row.class_flag != "ok":
        parts.append(f"若全收，平均每班{row.class_size_n}人")
    return "；".join(parts)


@takes(actions="actions")
def todo(row, actions: pd.DataFrame) -> str:
    """Say what can be done at one school in one year, step by step, with the seats each step gives.

    Parameters
    ----------
    row : tuple
        One row of flags.
    actions : DataFrame
        Steps, from `alerts.actions.propose`.

    Returns
    -------
    str
        One phrase in Chinese.
    """
    mine = (actions[KEYS] == [row.school_id, row.stage, row.year]).all(axis=1) & actions["action"].ne("reduce")
    steps = actions[mine].sort_values("order_n")
    if len(steps):
        return "；".join(f"{step.order_n}. {step.advice}（+{step.seats_n}）" for step in steps.itertuples())
    if pd.isna(row.seats_n) or not row.seats_n:
        return "没有招生计划，须另行安排学校"
    spare = int(row.seats_n - row.demand_n)
    if spare > 0 and (row.level == "red" or (row.level == "yellow" and row.colour == "green")):
        # Registered children alone decide on the level; the forecast beside it says how many of them come.
        whom = "对口小学毕业生" if row.counted == "feeders" else "户籍适龄"
        if row.hukou_n >= row.seats_n:
            return f"按中位数余{spare}个学位，但{whom}{row.hukou_n:,}人不少于计划：报名核实之前不安排统筹生"
        return f"按中位数余{spare}个学位：先按{whom}{row.hukou_n:,}人留足，报名后再定是否接收统筹生"
    return "按中位数不缺学位：不再接收统筹生，报名后复核"


def tier_words(tier: str, policy: Policy) -> str:
    """Return a tier with its name.

    Parameters
    ----------
    tier : str
        The tier.
    policy : Policy
        The rules.

    Returns
    -------
    str
        Its name.
    """
    return wording.tier(tier, dict(policy.table.labels) if policy.table else {})


@takes(flags="alerts")
def trace(
    flags: pd.DataFrame,
    outlook: Outlook,
    district: District,
    policy: Policy,
    *,
    through: Simulation | None = None,
) -> pd.DataFrame:
    """Trace every number of the warnings of the first year to the input, the driver and the rule it comes from.

    Parameters
    ----------
    flags : DataFrame
        As for `concerns`.
    outlook : Outlook
        As for `concerns`.
    district : District
        As for `concerns`.
    policy : Policy
        As for `concerns`.
    through : Simulation, optional
        The years put through the rules; its chances are traced too.

    Returns
    -------
    DataFrame
        One row a number, the school that lacks most seats first: name, stage, item, number (as written), made_from. The
        last intake and the drivers below it add up to the demand exactly.
    """
    rows = alerts.by_need(alerts.public(alerts.spring(flags)))
    rows = rows[concerning(rows) if policy.kind != "audit" else rows["class_flag"].ne("ok")]
    zoned, joined = _zoned(rows, district), alerts.taken_over(flags, district)
    lines_of = "、".join(alerts.shades(flags)[name] for name in ("red", "orange", "yellow"))
    parts = [
        (row.name_, row.stage, *line)
        for row in rows.rename(columns={"name": "name_"}).itertuples()
        for line in [
            *_demand(row, outlook, district, joined.get((row.school_id, row.stage, row.year), "")),
            *_seats(row, district, policy, lines_of),
            *_register(row, zoned, district, policy),
            *_rules(row, policy, through),
        ]
    ]
    return pd.DataFrame(parts, columns=["name", "stage", "item", "number", "made_from"])


def of_first(traced: pd.DataFrame) -> pd.DataFrame:
    """Keep the numbers of the first school.

    Parameters
    ----------
    traced : DataFrame
        From `trace`.

    Returns
    -------
    DataFrame
        Its rows; none where no school is traced.
    """
    keys = ["name", "stage"]
    return traced[traced[keys].eq(traced[keys].head(1).squeeze()).all(axis=1)] if len(traced) else traced


def _zoned(rows: pd.DataFrame, district: District) -> dict[tuple[str, str], int]:
    """Return how many units lie in the zone of each school in the year of the rows, by (stage, school_id)."""
    zoned = {}
    counted = rows[rows["counted"].eq("zone") & rows["ratio"].notna()]
    for (stage, year), some in counted.groupby(["stage", "year"]):
        held = memberships.members(district, stage=stage, year=int(year), seats={})
        units = held.groupby("school_id")["unit_id"].nunique()
        zoned |= {(stage, school): int(units.get(school, 0)) for school in some["school_id"]}
    return zoned


def _leading(district: District) -> str:
    """Name what of a district's folder leads the leavers of its primaries to its juniors."""
    held = {"feeders": len(district.tables.get("feeders", ())), "zones": district.zones["stage"].eq("junior").any()}
    return "、".join(name for name, there in held.items() if there) or "schools"


def _demand(row, outlook: Outlook, district: District, joined: str) -> list[tuple[str, str, str]]:
    """Trace the demand: last intake, drivers, sum, interval."""
    mine = outlook.drivers[(outlook.drivers[KEYS] == [row.school_id, row.stage, row.year]).all(axis=1)]
    change = mine.set_index("driver")["pupils_n"].reindex(DRIVERS).fillna(0).astype(int)
    basis = TESTED if outlook.accuracy["stage"].eq(row.stage).any() else UNTESTED
    start, origin = int(row.demand_n) - int(change.sum()), outlook.origin_year
    lines = [
        (
            "上次入学",
            f"{start:,}",
            f"roll_counts：{origin}年9月本校{NUMERALS[outlook.school_system.entry[row.stage] - 1]}年级在校生",
        )
    ]
    for name, number in change[change != 0].items():
        made = MADE_FROM[name]
        said = (made if isinstance(made, str) else made[row.stage]).format(leading=_leading(district), **basis)
        if joined and number > 0 and name in ("redraw", "closure"):
            said += f"；{joined}停止招生，由本校接收"
        lines.append((labels.code("driver", name), f"{number:+,}", said))
    held = outlook.accuracy[
        (outlook.accuracy["level"] == "school")
        & (outlook.accuracy["stage"] == row.stage)
        & (outlook.accuracy["horizon"] == row.horizon)
    ]
    doubt = "过去的预测太少，未校准，只供参考"
    if row.calibrated and len(held) and pd.notna(held["coverage80"].iloc[0]):
        tried, share = held["n"].iloc[0], held["coverage80"].iloc[0]
        doubt = f"过去同样提前{row.horizon}年的误差（{tried}次）；这样的区间实际命中{accuracy.held(share, tried)}"
    lines.append(("预计入学", f"{row.demand_n:,}", "以上各行相加"))
    if _widened(row, outlook):
        doubt += "；本校受学区调整、停办、新建住房或随迁情形影响，区间另有放宽"
    return [*lines, ("80%区间", labels.written([row.low80_n, row.high80_n], labels.column("interval80")), doubt)]


def _widened(row, outlook: Outlook) -> bool:
    """Whether what no past error speaks of widens the interval of a school."""
    table = outlook.cautions
    mine = table["school_id"].eq(row.school_id) & table["stage"].eq(row.stage) & table["year"].le(row.year)
    return bool((mine & table["caution"].isin(WIDENED)).any())


def _seats(row, district: District, policy: Policy, lines_of: str) -> list[tuple[str, str, str]]:
    """Trace the seats, what is missing, and the chance of a shortage."""
    plans = district.table("plans")
    mine = plans[(plans["school_id"] == row.school_id) & (plans["stage"] == row.stage)].sort_values("intake_year")
    if mine.empty:
        return [("计划学位", "—", "plans：本校没有计划")]
    before = mine[mine["intake_year"] <= row.year]
    plan = before.iloc[-1] if len(before) else mine.iloc[0]
    kept = "" if plan["intake_year"] == row.year else f"，沿用到{row.year}年"
    lines = [("计划学位", f"{row.seats_n:,}", f"plans：{plan['intake_year']}年{plan['classes_n']}个班{kept}")]
    if row.missing_seats_n:
        lines.append(("缺学位", f"{row.missing_seats_n:,}", "预计入学减计划学位"))
    if pd.notna(row.probability):
        chance = labels.written(float(row.probability), labels.column("probability"))
        said = f"{chance}，{labels.code('colour', row.colour)}"
        errors = (
            "过去的误差里，有多大一部分会使人数超过计划；过去够长的，再按各校历年满额、超额的情形修正"
            if row.calibrated
            else "过去的误差太少，按假定的误差估算，只供参考"
        )
        made = f"{errors}；{lines_of} 起为红、橙、黄"
        lines.append(("缺学位概率", said, made))
    if row.class_flag != "ok":
        standard = policy.capacity.standard[row.stage]
        lines.append(("平均班额", f"{row.class_size_n}", f"预计入学除以计划班数，进一；标准班额{standard}人"))
    return lines


def _register(row, zoned: dict[tuple[str, str], int], district: District, policy: Policy) -> list[tuple[str, str, str]]:
    """Trace the registered children and the statutory level."""
    if pd.isna(row.ratio):
        return []
    made = f"{_leading(district)}：对口小学今夏毕业生"
    if row.counted == "zone":
        units = zoned[row.stage, row.school_id]
        began = int(row.year) - memberships.years_before(district, row.stage)
        made = f"cohorts：学区内{units}个小区（村）{began}年进小学的 hukou_n 之和"
    warning = policy.warning
    silent = "，数字为假定" if {"yellow", "red"} & set(warning.assumed) else ""
    clause = f"条款{warning.clause}{silent}" if warning.clause else "文本未载明，假定"
    said = f"{labels.written(float(row.ratio), labels.column('ratio'))}，{labels.code('level', row.level)}"
    whom = "户籍适龄" if row.counted == "zone" else labels.code("counted", row.counted)
    line = f"{whom}除以计划学位，取到千分位、不进位；{warning.red:.0%}起红，{warning.yellow:.0%}起黄（{clause}）"
    return [(whom, f"{row.hukou_n:,}", made), ("户籍学位比" if row.counted == "zone" else "毕业生学位比", said, line)]


def _rules(row, policy: Policy, through: Simulation | None) -> list[tuple[str, str, str]]:
    """Trace the tier that is cut to its clause, and how its chance was found."""
    if through is None or not row.cut_chance > 0:
        return []
    cuts = through.tiers[
        (through.tiers[[*KEYS, "tier"]] == [row.school_id, row.stage, row.year, row.cut_tier]).all(axis=1)
    ]
    clauses = dict.fromkeys(item.clause for item in policy.table.rows if item.tier == row.cut_tier)
    carried = bool((cuts["method"] == "carried out").all())
    how = f"逐轮模拟{through.intakes}次" if carried else f"{through.futures}种可能逐一计数"
    clause = f"条款{'、'.join(clauses)}" if clauses else "文本没有归类的其余情形"
    chance = labels.written(float(row.cut_chance), labels.column("probability"))
    chance = accuracy.held(row.cut_chance, through.intakes) if carried and through.intakes < accuracy.FEW else chance
    lines = [(f"{tier_words(row.cut_tier, policy)}有人落选的概率", chance, f"{clause}；今年报名家庭的类别结构，{how}")]
    return [*lines, ("平均落选", forecast.counted(row.turned_away_n), f"各类别落选人数之和，{how}")]
