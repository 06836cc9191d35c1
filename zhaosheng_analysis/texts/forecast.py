"""What a forecast says, as tables and sentences a planner reads: what drives it, how sure it is, what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.forecast import DRIVERS
from zhaosheng_analysis.schema import STAGES, small_cells, takes
from zhaosheng_analysis.texts import labels
from zhaosheng_analysis.texts.accuracy import FEW

if TYPE_CHECKING:
    from zhaosheng_analysis.forecast import Outlook, simulation
    from zhaosheng_analysis.policy import Policy

ENDS = {
    "admitted": "就近录取到",
    "redirected": "统筹到",
    "unplaced": "没有学位",
    "undetermined": "并列待定（文件没有规定先后）",
}
#: How the picture of cuts is read.
CUTS = (
    "一行一所学校，一列一个类别：这一类有人落选的概率（模拟不到二十次的写次数）；空白是没有这一类，或不在本校排队。"
    "从左往右，第一个变深的类别就是截止线；没有按时报名、材料不全的排在最后，截止线之前也可能有人落选。"
)
OPEN = "没有学位（并列待定：文件没有规定先后，说不出是哪些儿童）"


#: What a reader is told of each caution; {names} are schools, {years} Septembers.
CAUTIONS = {
    "missing": "{names}的在校生有缺，缺的按前后年补算，请补填",
    "phase_out": "{names}最低年级已没有学生，按停止招生预测；如系漏填，请补填",
    "top_gone": "{names}上年的最高年级今年没有学生，按不再设置预测；如系漏填，请补填",
    "new": "{names}新开办，没有历史，未校准",
    "young": "{names}开办不满四年，历史不足",
    "merged": "{names}要接收停办学校的学生，区间已放宽",
    "closure": "{names}受停办、停招影响，区间已放宽",
    "redraw": "{names}学区有调整，区间已放宽",
    "housing": "{names}有新建住房的学生，产生率是假设，区间已放宽",
    "migrants": "{names}含随迁政策情形，区间已放宽",
    "shared": "{names}与其他校区（学校）合用一个招生计划，按一所学校预测，不分校区",
}
OF_STAGE = {
    "short": "只有不到五年的在校生，区间未经充分校准",
    "break": "{years}年人数与前后年相差过大（疫情、撤并或漏填？），误差和区间受其影响；不应计入的，用 --invalid 去掉",
    "last_break": "预测起点{years}年人数突变：在校各年级主要按上年升级推算，新生取当年与上年的中间值，区间已放宽",
    "size": "过去几年各校在校生总数变动之后往往回到原有规模，预测按回测所示逐年回拉（“办学规模”一项）",
    "capture": "回测显示上年的入学比例比几年平均更准，全区（县）新生总量按上年的比例推算",
    "line": "没有适龄人口数据，全区（县）总量取各校合计与上次总量的中间值（每提前一年至多调整在校生的 1%）",
    "standing": "有的公办小学没有学区，也没有对口初中，毕业生按校址归入所在的初中学区；不符的，请填校校对口（feeders）",
    "last_line": "没有适龄人口数据，历史又不足八年，回测不足以说明哪条线更准：全区（县）总量取上次总量（每提前一年"
    "至多调整在校生的 1/60）",
}


def cautions(outlook: Outlook, *, most: int = 8) -> list[str]:
    """Say of which schools and years the forecast is least sure, and why.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    most : int, default 8
        Schools named at most in one sentence; the others are counted.

    Returns
    -------
    list of str
        Chinese sentences; none where nothing is to be said.
    """
    table, names = outlook.cautions, _names(outlook)
    lines = []
    for stage, word in STAGES.items():
        mine = table[table["stage"] == stage]
        for caution, sentence in CAUTIONS.items():
            schools = sorted(set(mine.loc[mine["caution"] == caution, "school_id"]))
            if schools:
                listed = "、".join(names.get(school, school) for school in schools[:most])
                more = f"等{len(schools)}所学校" if len(schools) > most else ""
                lines.append(f"{word}：" + sentence.format(names=listed + more) + "。")
        for caution, sentence in OF_STAGE.items():
            years = sorted(set(mine.loc[mine["caution"] == caution, "year"]))
            if years:
                lines.append(f"{word}：" + sentence.format(years="、".join(map(str, years))) + "。")
    return lines


@takes(flags="alerts")
def headline(outlook: Outlook, flags: pd.DataFrame) -> str:
    """Say in a few sentences how many children come, how many seats are missing, and how sure that is.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    flags : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    district = outlook.totals[outlook.totals["level"] == "district"]
    lines = []
    for stage in STAGES:
        rows = district[district["stage"] == stage].sort_values("year")
        if len(rows):
            lines.append(_trend(stage, rows.iloc[0], rows.iloc[-1]))
    near = flags[~flags["watch"]]
    near = near[near["sector"].eq("public")] if near["sector"].eq("public").any() else near
    first = near[near["year"] == near["year"].min()]
    short = first[first["missing_seats_n"] > 0]
    lines.append(_seats(first, short))
    if not flags["calibrated"].all():
        lines.append("部分学校历史不足，区间未校准，以“未校准”标出。")
    return "".join([*lines, *cautions(outlook)])


def _seats(first: pd.DataFrame, short: pd.DataFrame) -> str:
    """Say how many schools lack seats in the first year, and how many are left over elsewhere."""
    year = f"{first['year'].min()}年"
    if first["seats_n"].isna().all():
        return f"没有{year}的招生计划，缺多少学位无从说起。"
    lacking = (
        f"有{len(short)}所公办学校学位不足，合计缺{short['missing_seats_n'].sum():,}个"
        if len(short)
        else "没有学校学位不足"
    )
    others = "其余公办学校" if len(short) else "各校"
    return f"{year}按中位数{lacking}；同年{others}共余{_spare(first):,}个。"


def _trend(stage: str, first: pd.Series, last: pd.Series) -> str:
    soon = (
        f"{labels.code('stage', stage)}新生{first['year']}年预计{first['demand_n']:,}人"
        f"（80%区间{first['low80_n']:,}—{first['high80_n']:,}）"
    )
    if not first["demand_n"]:
        return f"{soon}，{last['year']}年{last['demand_n']:,}人；"
    change = last["demand_n"] / first["demand_n"] - 1
    word = "增加" if change >= 0 else "减少"
    return f"{soon}，到{last['year']}年{word}{abs(change):.0%}；"


def leavers(outlook: Outlook) -> str:
    """Say how many leavers of the primaries come to no junior school of the district, net, and whom nothing leads.

    Parameters
    ----------
    outlook : Outlook
        The forecast.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    rows = outlook.totals[outlook.totals["level"].eq("district") & outlook.totals["stage"].eq("junior")]
    rows = rows[rows["leavers_n"].notna()].sort_values("year")
    if rows.empty:
        return "没有小学毕业生与初中的对应，外流无从说起。"
    first = rows.iloc[0]
    went = first["elsewhere_n"]
    word = f"净外流{went:,}人（升入未列入本数据的学校，或去外地）" if went >= 0 else f"净流入{-went:,}人"
    named = (
        f"；{first['unnamed_n']:,}名毕业生所在的小学没有对口初中，学区也连不到初中的学区，不归到哪一所初中，只计入全区总量"
        if first["unnamed_n"]
        else ""
    )
    if first["unnamed_n"] and first["unnamed_n"] >= first["leavers_n"]:
        named = "；数据中没有校校对口，小学的学区也连不到初中的学区，各初中按历年人数推算"
    came = f"本区（县）初中预计入学{first['demand_n']:,}人"
    return f"{first['year']}年夏小学毕业{first['leavers_n']:,}人，{came}，{word}{named}。"


def _spare(rows: pd.DataFrame) -> int:
    """Return the seats that are left over at the schools that lack none."""
    left = (rows["seats_n"] - rows["demand_n"]).clip(lower=0).fillna(0)
    return int(left.sum())


def drivers(outlook: Outlook, *, year: int, most: int = 10, by: str = "") -> pd.DataFrame:
    """Write what changes the intake of the schools that change most, from the last intake to one year.

    Parameters
    ----------
    outlook : Outlook
        A forecast.
    year : int
        September.
    most : int, default 10
        Schools at most.
    by : str, optional
        A driver, such as ``housing``, to name the schools that it changes most.

    Returns
    -------
    DataFrame
        Columns 学校, 学段, 上次入学, one column a driver that matters, 预计入学; every row adds up.
    """
    table = outlook.changes(year, by=by).head(most)
    named = {name: labels.code("driver", name) for name in DRIVERS if name in table}
    shown = table.assign(stage=[labels.code("stage", stage) for stage in table["stage"]])
    shown = shown.drop(columns="school_id")
    heads = {"name": "学校", "stage": "学段", "before_n": "上次入学", **named, "demand_n": "预计入学"}
    return shown.rename(columns=heads)


def steps(outlook: Outlook, *, year: int, stage: str) -> pd.DataFrame:
    """Name the steps of the district's way from the last intake to one year; drivers that do nothing are left out.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    year : int
        September.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    DataFrame
        Columns name, change_n, level_n after it, and whole: whether a row is a number of children (the last intake,
        the forecast) and no change.
    """
    table = outlook.steps(year, stage)
    names = {"before": "上次入学", "demand": f"{year}年预计"}
    titles = [names.get(step) or labels.code("driver", step) for step in table["step"]]
    return table.assign(name=titles, whole=table["step"].isin(names))[["name", "change_n", "level_n", "whole"]]


def accuracy(outlook: Outlook) -> pd.DataFrame:
    """Return how good such forecasts were: error, what the intervals held, by stage, level and years ahead.

    Parameters
    ----------
    outlook : Outlook
        The forecast.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    table = outlook.accuracy
    return pd.DataFrame(
        {
            "学段": [labels.code("stage", stage) for stage in table["stage"]],
            "层级": [labels.code("scale", level) for level in table["level"]],
            "提前年数": table["horizon"],
            "加权误差": [_percent(share) for share in table["wape"]],
            "含新开停办": [_percent(share) for share in table["wape_all"]],
            "80%区间命中": _hits(table, "coverage80"),
            "95%区间命中": _hits(table, "coverage95"),
            "次数": table["n"],
        }
    )


def _hits(table: pd.DataFrame, column: str) -> list[str]:
    """Write how often an interval held, of few cases as a count and not as a percentage."""
    pairs = zip(table[column], table["n"], strict=True)
    return [_percent(share) if pd.isna(share) or n >= FEW else f"{round(share * n)}/{n}" for share, n in pairs]


def _percent(share: float) -> str:
    return "—" if pd.isna(share) else f"{share:.1%}"


def ends(
    through: simulation.Simulation | None, outlook: Outlook, policy: Policy, *, year: int, most: int = 15
) -> pd.DataFrame:
    """Return where the children end whom their own school turns away, the largest flows of one year first.

    The table is empty where the text has no rules of admission and nothing was put through them.

    Parameters
    ----------
    through : Simulation or None
        The years put through the rules.
    outlook : Outlook
        The forecast.
    policy : Policy
        What its text has for those it leaves without a seat.
    year : int
        September.
    most : int, default 15
        Rows at most.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    columns = ["本校", "学段", "去向", "人数（平均）"]
    if through is None:
        return pd.DataFrame(columns=columns)
    names = _names(outlook)
    rows = through.ends[through.ends["year"] == year].sort_values("children_n", ascending=False, kind="stable")
    rows = rows[rows["children_n"] >= 1].head(most)
    refused = through.tiers[through.tiers["year"] == year].groupby(["school_id", "stage"])["refused_n"].sum()
    placed = rows[rows["status"].isin(["admitted", "redirected"])].groupby(["school_id", "stage"])["children_n"].sum()
    rows = _left_open(rows, refused - placed.reindex(refused.index, fill_value=0))
    beyond = _beyond(through.tiers[through.tiers["year"] == year], policy)
    to = [_end(row, names, beyond) for row in rows.itertuples()]
    return pd.DataFrame(
        {
            "本校": rows["school_id"].map(names),
            "学段": [labels.code("stage", stage) for stage in rows["stage"]],
            "去向": to,
            "人数（平均）": [
                n if n >= small_cells.FEWEST else small_cells.shown(n) for n in rows["children_n"].round().astype(int)
            ],
        }
    ).reset_index(drop=True)


def counted(children: float) -> str:
    """Write a mean of children as a whole number, of a few no more than that they are few.

    Parameters
    ----------
    children : float
        Children, at least nought.

    Returns
    -------
    str
        Such as 1,043 or <10.
    """
    return small_cells.shown(round(children))


def _left_open(rows: pd.DataFrame, left: pd.Series) -> pd.DataFrame:
    """Count of the children among whom nothing decides only those for whom there is no seat, where that is known."""
    of = left.reindex(pd.MultiIndex.from_frame(rows[["school_id", "stage"]])).to_numpy(dtype=float)
    known = rows["status"].eq("undetermined") & (of >= 1) & (of < rows["children_n"])
    told = rows.assign(children_n=rows["children_n"].where(~known, of), known=known)
    return told.sort_values("children_n", ascending=False, kind="stable")


def _beyond(tiers: pd.DataFrame, policy: Policy) -> dict[tuple[str, str], str]:
    """Return what the text has for those left without a seat, of schools where it has it for every tier refused."""
    words = policy.table.unplaced if policy.table else {}
    refused = tiers[tiers["refused_n"] > 0]
    said = refused["tier"].map(lambda tier: words.get(tier, words.get("-", "")))
    by_school = said.groupby([refused["school_id"], refused["stage"].astype("str")])
    return {school: own.iloc[0] for school, own in by_school if len(set(own)) == 1 and own.iloc[0]}


def _end(row, names: dict[str, str], beyond: dict[tuple[str, str], str]) -> str:
    """Write where some children of a school end."""
    if row.status == "unplaced" and (row.school_id, row.stage) in beyond:
        return f"按本文件没有录取：{beyond[row.school_id, row.stage]}"
    if row.status in ("admitted", "redirected"):
        return f"{ENDS[row.status]}{names.get(row.to_school_id, row.to_school_id)}"
    return OPEN if row.known else ENDS[row.status]


def _names(outlook: Outlook) -> dict[str, str]:
    return outlook.schools.drop_duplicates("school_id").set_index("school_id")["name"].to_dict()


@takes(actions="actions")
def steps_to_take(actions: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """Return the steps against shortages of one year, each with the seats it gives.

    Parameters
    ----------
    actions : DataFrame
        Steps, from `alerts.actions.propose`.
    year : int
        September.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    rows = actions[(actions["year"] == year) & (actions["action"] != "reduce")]
    return pd.DataFrame(
        {
            "学校": rows["name"],
            "学段": [labels.code("stage", stage) for stage in rows["stage"]],
            "次序": rows["order_n"],
            "做法": rows["advice"],
            "增加学位": rows["seats_n"],
            "仍缺": rows["left_n"],
        }
    ).reset_index(drop=True)


def what_if(sides: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Write the schools and years whose demand differs in a what-if: chance, tier cut, children turned away.

    Parameters
    ----------
    sides : DataFrame
        From `alerts.what_if`.
    policy : Policy
        Names the tiers.

    Returns
    -------
    DataFrame
        One row a school and year, before and after side by side.
    """
    return pd.DataFrame(
        {
            "学校": sides["name"],
            "学段": [labels.code("stage", stage) for stage in sides["stage"]],
            "年份": sides["year"],
            "原预计": sides["demand_before_n"],
            "现预计": sides["demand_after_n"],
            "原缺学位概率": [_percent(share) for share in sides["probability_before"]],
            "现缺学位概率": [_percent(share) for share in sides["probability_after"]],
            "原截止类别": _tiers(sides["cut_tier_before"], policy),
            "现截止类别": _tiers(sides["cut_tier_after"], policy),
            "原平均分流": sides["turned_away_before_n"].round(1),
            "现平均分流": sides["turned_away_after_n"].round(1),
        }
    )


def _tiers(names: pd.Series, policy: Policy) -> list[str]:
    """Write tiers in words, nobody cut as a dash."""
    labelled = dict(policy.table.labels)
    return [wording.tier(name, labelled) if name else "—" for name in names]


PLANNING = {"scored": "上年预测打分", "areas": "片区分年级", "places": "计划学位", "development": "住房开发学生"}
PLANNED = {
    "stage": "学段",
    "level": "层级",
    "horizon": "提前年数",
    "n": "次数",
    "wape": "加权误差",
    "bias": "偏差",
    "mase": "与按上年不变相比",
    "coverage80": "80%区间命中",
    "coverage95": "95%区间命中",
    "crps": "分布误差（人）",
    "area_id": "片区编号",
    "year": "年份",
    "grade": "年级",
    "pupils_n": "学生数",
    "low80_n": "80%区间下限",
    "high80_n": "80%区间上限",
    "school_id": "学校编号",
    "name": "名称",
    "classes_n": "计划班数",
    "seats_n": "计划学位",
    "demand_n": "预计入学",
    "spare_n": "余缺（负为缺）",
    "unit_id": "小区编号",
    "delivered_year": "交付学年",
    "flats_n": "套数",
    "since": "交付后年数",
    "yield_a_flat": "每套一年级新生（假设）",
    "pupils": "一年级新生",
    "within": "原住本区县的比例（假设）",
    "net": "净增一年级新生",
}


def planning(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Head the planning tables in Chinese.

    Parameters
    ----------
    tables : dict of str to DataFrame
        From `forecast.planning.tables`.

    Returns
    -------
    dict of str to DataFrame
        Name of the sheet → table.
    """
    shown = {}
    for name, title in PLANNING.items():
        table = tables[name].copy()
        for column, codes in (("stage", "stage"), ("level", "scale")):
            if column in table:
                table[column] = [labels.code(codes, value) for value in table[column]]
        shown[title] = table.rename(columns=PLANNED)
    return shown


def stage_totals(outlook: Outlook, stage: str) -> pd.DataFrame:
    """Return the district's demand, interval and seats by year for one stage.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    DataFrame
        Rows of `forecast.Outlook.totals`.
    """
    totals = outlook.totals
    return totals[(totals["level"] == "district") & (totals["stage"] == stage)].sort_values("year")


def school_years(outlook: Outlook, school_id: str, stage: str) -> pd.DataFrame:
    """Return one school's forecast by year.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    school_id : str
        The school.
    stage : {"primary", "junior"}
        Stage of school.

    Returns
    -------
    DataFrame
        Rows of `forecast.Outlook.schools`.
    """
    rows = outlook.schools
    return rows[(rows["school_id"] == school_id) & (rows["stage"] == stage)].sort_values("year")
