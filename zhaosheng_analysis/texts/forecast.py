"""What a forecast says, as tables and sentences a planner reads: what drives it, how sure it is, what it comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis import alerts, forecast
from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.forecast import simulation
from zhaosheng_analysis.schema import STAGES
from zhaosheng_analysis.texts import labels
from zhaosheng_analysis.zones import memberships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy

#: Drivers in the order in which they are added.
DRIVERS = ("level", "cohort", "zone", "mobility", "capture", "housing", "migrants", "redraw", "closure")
ENDS = {
    "admitted": "就近录取到",
    "redirected": "统筹到",
    "unplaced": "没有学位",
    "undetermined": "并列待定（文件没有规定先后，只有一部分人有学位）",
}


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
    first = near[near["year"] == near["year"].min()]
    short = first[first["missing_seats_n"] > 0]
    lines.append(
        f"{first['year'].min()}年按中位数有{len(short)}所学校学位不足，合计缺{short['missing_seats_n'].sum()}个；"
        f"同年其余学校共余{_spare(first)}个。"
    )
    if not flags["calibrated"].all():
        lines.append("部分学校历史不足，区间未校准，以“未校准”标出。")
    return "".join(lines)


def _trend(stage: str, first: pd.Series, last: pd.Series) -> str:
    change = last["demand_n"] / first["demand_n"] - 1
    word = "增加" if change >= 0 else "减少"
    return (
        f"{labels.code('stage', stage)}新生{first['year']}年预计{first['demand_n']:,}人"
        f"（80%区间{first['low80_n']:,}—{first['high80_n']:,}），到{last['year']}年{word}{abs(change):.0%}；"
    )


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
    named = f"；{first['unnamed_n']:,}名毕业生没有对口或学区初中" if first["unnamed_n"] else ""
    came = f"本区（县）初中预计入学{first['demand_n']:,}人"
    return f"{first['year']}年夏小学毕业{first['leavers_n']:,}人，{came}，{word}{named}。"


def _spare(rows: pd.DataFrame) -> int:
    """Return the seats that are left over at the schools that lack none."""
    left = (rows["seats_n"] - rows["demand_n"]).clip(lower=0).fillna(0)
    return int(left.sum())


def drivers(outlook: Outlook, *, year: int, most: int = 10, by: str = "") -> pd.DataFrame:
    """Return what changes the intake of the schools that change most, from the last intake to one year.

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
    rows = outlook.drivers[outlook.drivers["year"] == year]
    keys = ["school_id", "stage"]
    wide = rows.pivot_table(index=keys, columns="driver", values="pupils_n", aggfunc="sum")
    wide = wide.reindex(columns=[name for name in DRIVERS if name in wide]).astype("Int64")
    shown = wide.loc[:, wide.abs().sum() > 0]
    schools = outlook.schools[outlook.schools["year"] == year].set_index(keys)
    told = schools.reindex(shown.index)
    table = shown.rename(columns=lambda name: labels.code("driver", name))
    table.insert(0, "上次入学", told["demand_n"] - wide.sum(axis=1))
    table["预计入学"] = told["demand_n"]
    change = wide[by] if by else table["预计入学"] - table["上次入学"]
    order = change.abs().sort_values(ascending=False, kind="stable").index[:most]
    table = table.loc[order]
    table.insert(0, "学段", [labels.code("stage", stage) for _, stage in table.index])
    table.insert(0, "学校", told["name"].reindex(table.index).to_numpy())
    return table.reset_index(drop=True)


def steps(outlook: Outlook, *, year: int, stage: str) -> pd.DataFrame:
    """Return the district's way from the last intake to one year, drivers in order: name, change_n, level_n after it.

    The first row is the last intake, the last row the forecast; drivers that do nothing are left out.

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
        Columns name, change_n and level_n after it. The first row is the last intake, the last row the forecast;
        drivers that do nothing are left out.
    """
    rows = outlook.drivers[(outlook.drivers["year"] == year) & (outlook.drivers["stage"] == stage)]
    change = rows.groupby("driver")["pupils_n"].sum().reindex(DRIVERS).fillna(0).astype(int)
    chosen = (outlook.schools["year"] == year) & (outlook.schools["stage"] == stage)
    end = int(outlook.schools.loc[chosen, "demand_n"].sum())
    start = end - int(change.sum())
    change = change[change != 0]
    names = [labels.code("driver", name) for name in change.index]
    table = pd.DataFrame({"name": ["上次入学", *names, f"{year}年预计"], "change_n": [start, *change, end]})
    level = [start, *(start + change.cumsum()), end]
    return table.assign(level_n=level)


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
            "80%区间命中": [_percent(share) for share in table["coverage80"]],
            "95%区间命中": [_percent(share) for share in table["coverage95"]],
            "次数": table["n"],
        }
    )


def _percent(share: float) -> str:
    return "—" if pd.isna(share) else f"{share:.1%}"


def ends(through: simulation.Simulation | None, outlook: Outlook, *, year: int, most: int = 15) -> pd.DataFrame:
    """Return where the children end whom their own school turns away, the largest flows of one year first.

    The table is empty where the text has no rules of admission and nothing was put through them.

    Parameters
    ----------
    through : Simulation or None
        The years put through the rules.
    outlook : Outlook
        The forecast.
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
    to = [
        f"{ENDS[status]}{names.get(school, school)}" if status in ("admitted", "redirected") else ENDS[status]
        for status, school in zip(rows["status"], rows["to_school_id"], strict=True)
    ]
    return pd.DataFrame(
        {
            "本校": rows["school_id"].map(names),
            "学段": [labels.code("stage", stage) for stage in rows["stage"]],
            "去向": to,
            "人数（平均）": rows["children_n"].round().astype(int),
        }
    ).reset_index(drop=True)


def _names(outlook: Outlook) -> dict[str, str]:
    return outlook.schools.drop_duplicates("school_id").set_index("school_id")["name"].to_dict()


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


def add_flats(district: District, unit_id: str, flats: int, *, on: str) -> District:
    """Return the district with flats that will be handed over in one estate on a day.

    Parameters
    ----------
    district : District
        The district it is about.
    unit_id : str
        The estate.
    flats : int
        How many.
    on : str
        The day.

    Returns
    -------
    District
        A copy with one more row of the table housing.
    """
    housing = district.table("housing")
    row = pd.DataFrame({"unit_id": [unit_id], "delivered_on": [pd.Timestamp(on)], "dwellings_n": [flats]})
    both = pd.concat([housing, row.astype(housing.dtypes.to_dict())], ignore_index=True)
    return replace(district, tables=district.tables | {"housing": both})


def more_flats(district: District, unit_id: str, *, times: float) -> District:
    """Return the district with the flats still to be handed over in one estate multiplied.

    Parameters
    ----------
    district : District
        The district it is about.
    unit_id : str
        The estate.
    times : float
        By what.

    Returns
    -------
    District
        A copy.
    """
    housing = district.table("housing")
    coming = housing["unit_id"].eq(unit_id) & pd.to_datetime(housing["delivered_on"]).gt(_last(district))
    flats = housing["dwellings_n"].where(~coming, (housing["dwellings_n"] * times).round().astype(int))
    return replace(district, tables=district.tables | {"housing": housing.assign(dwellings_n=flats)})


def largest_estate(district: District) -> str:
    """Return the unit with most flats still to be handed over, of those in the zone of a primary school.

    Parameters
    ----------
    district : District
        The district it is about.

    Returns
    -------
    str
        Its unit_id.
    """
    housing = district.table("housing")
    zoned = memberships.members(district, stage="primary", year=_last(district).year + 1, seats={})["unit_id"]
    coming = housing[pd.to_datetime(housing["delivered_on"]).gt(_last(district)) & housing["unit_id"].isin(zoned)]
    return str(coming.groupby("unit_id")["dwellings_n"].sum().sort_index().idxmax())


def _last(district: District) -> pd.Timestamp:
    """Return the first of September of the last year with roll counts."""
    return pd.Timestamp(int(district.table("roll_counts")["school_year"].max()), 9, 1)


def what_if(
    before: District, after: District, policy: Policy, ranked: pd.DataFrame, *, years: Sequence[int], seed: str
) -> pd.DataFrame:
    """Forecast two districts, put both through the rules with the same families and tickets, and tell what differs.

    Parameters
    ----------
    before : District
        The district as it is.
    after : District
        The district as it might be.
    policy : Policy
        The rules, and this year's children with their tiers.
    ranked : DataFrame
        The rules, and this year's children with their tiers.
    years : sequence of int
        Septembers.
    seed : str
        Seed of futures and tickets, the same for both.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    told = []
    for district in (before, after):
        outlook = forecast.project(district, policy, years=years)
        through = simulation.run(outlook, ranked, district, policy, seed=seed, intakes=0)
        told.append(alerts.flag(outlook, policy, ranked=ranked, through=through))
    return differences(*told, policy)


def differences(before: pd.DataFrame, after: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the schools and years whose demand differs between two runs: chance, tier cut, children turned away.

    Parameters
    ----------
    before : DataFrame
        Flags of the one run.
    after : DataFrame
        Flags of the other.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        One row a line, columns named in Chinese.
    """
    keys = ["school_id", "stage", "year"]
    both = before.merge(after, on=keys, suffixes=("", "_after"), validate="one_to_one")
    moved = both[both["demand_n"] != both["demand_n_after"]]
    return pd.DataFrame(
        {
            "学校": moved["name"],
            "学段": [labels.code("stage", stage) for stage in moved["stage"]],
            "年份": moved["year"],
            "原预计": moved["demand_n"],
            "现预计": moved["demand_n_after"],
            "原缺学位概率": [_percent(share) for share in moved["probability"]],
            "现缺学位概率": [_percent(share) for share in moved["probability_after"]],
            "原截止类别": _tiers(moved["cut_tier"], policy),
            "现截止类别": _tiers(moved["cut_tier_after"], policy),
            "原平均分流": moved["turned_away_n"].round(1),
            "现平均分流": moved["turned_away_n_after"].round(1),
        }
    ).reset_index(drop=True)


def _tiers(names: pd.Series, policy: Policy) -> list[str]:
    """Write tiers in words, nobody cut as a dash."""
    labelled = dict(policy.table.labels)
    return [wording.tier(name, labelled) if name else "—" for name in names]
