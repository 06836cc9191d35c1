"""Which school, which year, what colour, and why.

Two columns, side by side: the statutory ratio (registered children of the zone over planned seats, 浙教基〔2018〕100号:
yellow from 90 %, red from 100 %, set by each policy) and the probability that more children come than there are seats.
Beyond three years a warning is a watch list only.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import Outlook
from zhaosheng_analysis.policy import Policy

#: Least probability of a colour (reference/forecast.md §6.3).
COLOURS = {"red": 0.5, "orange": 0.3, "yellow": 0.1}
#: Warnings beyond this many years are a watch list.
CONFIRMED_YEARS = 3
LEVELS = ("green", "yellow", "red")
LEVEL_NAMES = {"red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色"}
STAGE_NAMES = {"primary": "小学", "junior": "初中"}
SIZE_NAMES = {"ok": "不超标准班额", "over": "超过标准班额", "oversized": "大班额", "super": "超大班额"}
KEYS = ["school_id", "stage", "year"]


def ratio_level(ratio: pd.Series, *, yellow: float, red: float) -> pd.Series:
    """Return the statutory level of a ratio: red from `red`, yellow from `yellow`, else green; green where unknown."""
    # Ratios are quotients of whole children: without the tolerance 0.9 · 40 seats would miss 36 children.
    tolerance = 1e-9
    chosen = np.select([ratio >= red - tolerance, ratio >= yellow - tolerance], ["red", "yellow"], "green")
    return pd.Series(chosen, index=ratio.index, dtype="str")


def held(
    level: pd.Series, ratio: pd.Series, before: pd.Series, *, yellow: float, red: float, slack: float
) -> pd.Series:
    """Keep the level of the year before while the ratio has fallen by less than `slack` below its line.

    Parameters
    ----------
    level, ratio : of each school this year.
    before : level of the year before, green where none.
    yellow, red : lines.
    slack : hysteresis, as a ratio; 0 lets every level drop at once.
    """
    loose = ratio_level(ratio, yellow=yellow - slack, red=red - slack)
    rank = {name: place for place, name in enumerate(LEVELS)}
    kept = np.maximum(level.map(rank), np.minimum(loose.map(rank), before.map(rank)))
    return kept.astype(int).map(dict(enumerate(LEVELS)))


def colour(probability: pd.Series) -> pd.Series:
    """Return the colour of a probability of shortage; green where there is no plan to be short of."""
    chosen = np.select([probability >= least for least in COLOURS.values()], list(COLOURS), "green")
    return pd.Series(chosen, index=probability.index, dtype="str")


def size_flag(size: pd.Series, stage: pd.Series, policy: Policy) -> pd.Series:
    """Return ok, over, oversized or super for class sizes, at 45|46 (primary), 50|51 (junior), 55|56 and 65|66.

    Parameters
    ----------
    size : pupils in the largest class; unknown is ok.
    stage : primary or junior, aligned with `size`.
    policy : its capacity names the sizes.
    """
    capacity = policy.capacity
    standard = stage.map(dict(capacity.standard)).astype(float)
    number = size.astype(float)
    bands = [number >= capacity.super_oversized, number >= capacity.oversized, number > standard]
    return pd.Series(np.select(bands, ["super", "oversized", "over"], "ok"), index=size.index, dtype="str")


def flag(
    outlook: Outlook,
    policy: Policy,
    *,
    ranked: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    hysteresis: float = 0.0,
) -> pd.DataFrame:
    """Flag every school and year.

    Parameters
    ----------
    outlook : from `forecast.project`.
    policy : its warning lines and class sizes.
    ranked : this year's children with school_id, stage, tier and tier_rank, whose mix of tiers is taken to stay.
    before : the flags published last (school_id, stage, level), for the hysteresis of the first year.
    hysteresis : how far below its line the ratio must fall before a level is lowered.

    Returns
    -------
    One row a (school_id, stage, year), the columns of the contract; `level` is the statutory one, `colour` that of the
    probability, `watch` marks years beyond three, `reason` says it all in a Chinese sentence.
    """
    table = outlook.schools.sort_values([*KEYS], ignore_index=True)
    demand, seats = table["demand_n"].astype(float), table["seats_n"].astype(float)
    table["ratio"] = (table["hukou_n"].astype(float) / seats.where(seats > 0)).astype(float)
    table["level"] = levels(table, policy, before=before, hysteresis=hysteresis)
    table["probability"] = table["p_short"]
    table["colour"] = colour(table["probability"])
    missing = (demand - seats).clip(lower=0).fillna(0)
    standard = table["stage"].map(dict(policy.capacity.standard)).astype(float)
    table["missing_seats_n"] = missing.astype("Int64")
    table["missing_classes_n"] = np.ceil(missing / table["class_size_n"].astype(float).fillna(standard)).astype("Int64")
    table["cut_tier"] = cut_tiers(table, ranked)
    planned = table["classes_n"].astype(float)
    table["class_size_n"] = np.ceil(demand / planned.where(planned > 0)).astype("Int64")
    table["class_flag"] = size_flag(table["class_size_n"], table["stage"], policy)
    table["newly_oversized"] = newly_oversized(table, outlook, policy)
    table["surplus"] = (demand < policy.warning.surplus * seats).fillna(value=False)
    table["watch"] = table["horizon"] > CONFIRMED_YEARS
    table["reason"] = [reason(row, policy) for row in table.itertuples()]
    return table[[*KEYS, "name", *COLUMNS]]


COLUMNS = [
    "horizon",
    "ratio",
    "level",
    "probability",
    "colour",
    "demand_n",
    "low80_n",
    "high80_n",
    "hukou_n",
    "seats_n",
    "missing_seats_n",
    "missing_classes_n",
    "cut_tier",
    "class_size_n",
    "class_flag",
    "newly_oversized",
    "surplus",
    "watch",
    "calibrated",
    "reason",
]


def levels(table: pd.DataFrame, policy: Policy, *, before: pd.DataFrame | None, hysteresis: float) -> pd.Series:
    """Return the statutory level of every row, year by year, so that a level held last year may be kept."""
    lines = {"yellow": policy.warning.yellow, "red": policy.warning.red}
    plain = ratio_level(table["ratio"], **lines)
    if hysteresis == 0:
        return plain
    known = (
        {}
        if before is None
        else dict(zip(zip(before["school_id"], before["stage"], strict=True), before["level"], strict=True))
    )
    result = plain.copy()
    for _, rows in table.groupby("year", sort=True):
        keys = list(zip(rows["school_id"], rows["stage"], strict=True))
        last = pd.Series([known.get(key, "green") for key in keys], index=rows.index)
        result[rows.index] = held(plain[rows.index], rows["ratio"], last, slack=hysteresis, **lines)
        known.update(zip(keys, result[rows.index], strict=True))
    return result


def cut_tiers(table: pd.DataFrame, ranked: pd.DataFrame | None) -> pd.Series:
    """Return the tier at which admission is expected to be cut: the first that, with those before, exceeds the seats.

    Parameters
    ----------
    table : school_id, stage, demand_n, seats_n.
    ranked : this year's children with their tiers; their mix is taken to stay as it is.

    Returns
    -------
    Tier names, empty where nobody is cut or where the mix is not known.
    """
    if ranked is None or not len(ranked):
        return pd.Series("", index=table.index, dtype="str")
    counted = ranked.dropna(subset=["school_id", "tier"])
    mix = counted.groupby(["school_id", "stage", "tier_rank", "tier"], observed=True).size().rename("n").reset_index()
    groups = {key: rows.sort_values("tier_rank") for key, rows in mix.groupby(["school_id", "stage"], observed=True)}
    return pd.Series([cut_tier(row, groups) for row in table.itertuples()], index=table.index, dtype="str")


def cut_tier(row, groups: dict) -> str:
    """Return the tier at which one school and year is cut, in closed form: demand × cumulative share against seats."""
    rows = groups.get((row.school_id, row.stage))
    if rows is None or pd.isna(row.seats_n) or row.demand_n <= row.seats_n:
        return ""
    heads = row.demand_n * rows["n"].cumsum() / rows["n"].sum()
    over = heads.to_numpy(dtype=float) > float(row.seats_n) + 1e-9
    return str(rows["tier"].iloc[int(np.argmax(over))])


def newly_oversized(table: pd.DataFrame, outlook: Outlook, policy: Policy) -> pd.Series:
    """Whether a school would have a 大班额 (56 and more) in a year while it had none at the origin (乐亭 四(二))."""
    observed = outlook.grades[outlook.grades["year"] == outlook.origin_year]
    stage = np.where(observed["grade"] <= 6, "primary", "junior")
    largest = observed.groupby([observed["school_id"], stage])["class_size_n"].max()
    then = largest.reindex(pd.MultiIndex.from_frame(table[["school_id", "stage"]])).astype(float).to_numpy()
    had = np.nan_to_num(then) >= policy.capacity.oversized
    return table["class_flag"].isin(["oversized", "super"]) & ~had


def reason(row, policy: Policy) -> str:
    """Say in one Chinese sentence, with numbers, why a school and year has its level and colour."""
    parts = []
    if not pd.isna(row.ratio):
        lines = {"red": policy.warning.red, "yellow": policy.warning.yellow}
        reached = f"，达到{LEVEL_NAMES[row.level]}预警线（{lines[row.level]:.0%}）" if row.level in lines else ""
        parts.append(f"户籍适龄{row.hukou_n}人，计划{row.seats_n}个学位，占{row.ratio:.1%}{reached}")
    doubt = "" if row.calibrated else "，历史不足，未校准"
    parts.append(f"预计入学{row.demand_n}人（80%区间{row.low80_n}—{row.high80_n}人{doubt}）")
    if not pd.isna(row.probability):
        parts.append(f"学位不足的概率{row.probability:.0%}")
    if row.missing_seats_n:
        cut = f"，预计录至“{row.cut_tier}”类止" if row.cut_tier else ""
        parts.append(f"按中位数缺{row.missing_seats_n}个学位（{row.missing_classes_n}个班）{cut}")
    if row.class_flag != "ok":
        fresh = "新增" if row.newly_oversized else ""
        parts.append(f"若全部接收，平均每班{row.class_size_n}人，{fresh}{SIZE_NAMES[row.class_flag]}")
    if row.surplus:
        parts.append(f"需求不足计划的{policy.warning.surplus:.0%}，学位富余")
    watch = "（三年以外，仅列入观察）" if row.watch else ""
    return f"{row.year}年{STAGE_NAMES[row.stage]}：" + "；".join(parts) + f"{watch}。"


def headline(flags: pd.DataFrame, *, most: int = 5) -> list[str]:
    """Say what needs a decision this spring, most pressing first.

    Parameters
    ----------
    flags : from `flag`.
    most : schools named at most.

    Returns
    -------
    Chinese sentences; every number is computed from `flags`.
    """
    near = flags[~flags["watch"]]
    pressing = near[(near["level"] == "red") | (near["colour"] == "red")]
    first = pressing.sort_values(["year", "missing_seats_n", "school_id"], ascending=[True, False, True])
    first = first.drop_duplicates(["school_id", "stage"])
    sentences = [_opening(near, pressing)]
    sentences += [
        f"{row.name_}：{row.reason}" for row in first.head(most).rename(columns={"name": "name_"}).itertuples()
    ]
    if len(first) > most:
        sentences.append(f"另有{len(first) - most}所学校达到红色，见后表。")
    return sentences + _closing(flags, near)


def _opening(near: pd.DataFrame, pressing: pd.DataFrame) -> str:
    """Count the schools in red and what they lack in the first year."""
    years = f"{near['year'].min()}—{near['year'].max()}年" if len(near) else "近三年"
    if pressing.empty:
        return f"{years}没有学校达到红色预警，今春无须为缺学位作决定。"
    soonest = pressing[pressing["year"] == pressing["year"].min()]
    return (
        f"{years}有{pressing['school_id'].nunique()}所学校达到红色（户籍比或概率），其中{pressing['year'].min()}年"
        f"{soonest['school_id'].nunique()}所，预计共缺{soonest['missing_seats_n'].sum()}个学位。"
    )


def _closing(flags: pd.DataFrame, near: pd.DataFrame) -> Sequence[str]:
    """Name oversized classes to come, surplus, and the watch list."""
    sentences = []
    new = near.loc[near["newly_oversized"], "name"].unique()
    if len(new):
        sentences.append(
            f"若不分流，{len(new)}所学校将新增56人及以上大班额：{'、'.join(new[:3])}{'等' if len(new) > 3 else ''}。"
        )
    spare = near.loc[near["surplus"], "name"].unique()
    if len(spare):
        sentences.append(f"{len(spare)}所学校学位富余：{'、'.join(spare[:3])}{'等' if len(spare) > 3 else ''}。")
    far = flags[flags["watch"] & ((flags["level"] == "red") | (flags["colour"] == "red"))]
    if len(far):
        sentences.append(f"三年以外另有{far['school_id'].nunique()}所学校列入观察名单。")
    return sentences


def class_outlook(outlook: Outlook, policy: Policy) -> pd.DataFrame:
    """Return class sizes by school, grade and year if nobody is turned away.

    Returns
    -------
    school_id, name, stage, year, grade, pupils_n, classes_n, class_size_n, flag (ok|over|oversized|super), newly
    (the school had no 大班额 the year before).
    """
    table = outlook.grades.copy()
    table["stage"] = np.where(table["grade"] <= 6, "primary", "junior")
    table["flag"] = size_flag(table["class_size_n"], table["stage"], policy)
    names = outlook.schools.drop_duplicates("school_id").set_index("school_id")["name"]
    table["name"] = table["school_id"].map(names)
    table = table.sort_values(["school_id", "grade", "year"], ignore_index=True)
    large = table["class_size_n"].ge(policy.capacity.oversized).fillna(value=False).astype(bool)
    anyone = large.groupby([table["school_id"], table["stage"], table["year"]]).any()
    keys = pd.MultiIndex.from_arrays([table["school_id"], table["stage"], table["year"] - 1])
    before = anyone.reindex(keys, fill_value=False).to_numpy()
    table["newly"] = large & ~before
    columns = ["school_id", "name", "stage", "year", "grade", "pupils_n", "classes_n", "class_size_n", "flag", "newly"]
    return table[columns]
