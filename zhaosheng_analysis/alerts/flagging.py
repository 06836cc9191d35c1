"""Which school, which year, what colour, and why.

Two columns, side by side: the statutory ratio (registered children of the zone over planned seats, 浙教基〔2018〕100号:
yellow from 90 %, red from 100 %, set by each policy) and the probability that more children come than there are seats.
Beyond three years a warning is a watch list only.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from zhaosheng_analysis import schema
from zhaosheng_analysis.admission import wording
from zhaosheng_analysis.alerts import levels
from zhaosheng_analysis.alerts.class_sizes import SIZE_NAMES, class_outlook, newly_oversized, size_flag
from zhaosheng_analysis.alerts.levels import LEVEL_NAMES, colour
from zhaosheng_analysis.forecast import COLOURS, Outlook, Simulation
from zhaosheng_analysis.policy import Policy
from zhaosheng_analysis.schema import RESULTS, STAGES, small_cells, takes

__all__ = ["COLOURS", "class_outlook", "colour", "flag", "headline"]

#: Warnings beyond this many years are a watch list.
CONFIRMED_YEARS = 3
#: A tier whose chance of being cut is at least this is the one named as cut.
LIKELY = 0.5
#: Fewer intakes than this are told as a count, not as a chance.
FEW_RUNS = 20
KEYS = list(RESULTS["alerts"].key)


@takes(ranked="ranked", before="alerts.published")
def flag(
    outlook: Outlook,
    policy: Policy,
    *,
    ranked: pd.DataFrame | None = None,
    through: Simulation | None = None,
    before: pd.DataFrame | None = None,
    hysteresis: float = 0.0,
    yellow: float | Mapping[int, float] | None = None,
    red: float | Mapping[int, float] | None = None,
    false_alarms: float = 1.0,
) -> pd.DataFrame:
    """Flag every school and year.

    Parameters
    ----------
    outlook : Outlook
        The forecast, from `forecast.project`.
    policy : Policy
        Its warning lines and class sizes.
    ranked : DataFrame, optional
        This year's children with school_id, stage, tier and tier_rank, whose mix of tiers is taken to stay.
    through : Simulation, optional
        The years put through the rules; where they were, the tier cut and its chance come from there.
    before : DataFrame, optional
        The flags published last (school_id, stage, level), for the hysteresis of the first year.
    hysteresis : float, default 0.0
        How far below its line the ratio must fall before a level is lowered.
    yellow : float or mapping of int to float, optional
        Line other than the policy's, for all years or by year (.8 is the other yellow line in use).
    red : float or mapping of int to float, optional
        Line other than the policy's, for all years or by year.
    false_alarms : float, default 1.0
        How many false alarms a missed shortage is worth; the lines of the colours follow from it.

    Returns
    -------
    DataFrame
        The table ``alerts`` of tables.toml, one row a (school_id, stage, year); `level` is the statutory one (public
        schools only: it is about their registered pupils), `colour` that of the probability, `watch` marks years
        beyond three, `rising` resident children that grow from year to year while seats are tight,
        `counted` who the registered children are, `cut_tier` the code of the tier that is cut and `cut_label` its
        words, `turned_away_n` the children the rules leave without this school (mean of all futures); `reason` says
        it all in a Chinese sentence. Besides ``red_from``, the chance from which the colour is red, and, with
        `through`, ``p_oversized``, the chance of classes of 56 and more if nobody is turned away, ``cut_runs_n``, how
        many intakes tell the chance of the cut (nan where it was counted), and one column ``p_cut_<tier>`` a tier.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> flags = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> flags[["school_id", "ratio", "level", "missing_seats_n"]]
      school_id     ratio  level  missing_seats_n
    0        s1  1.500000    red                1
    1        s2  0.666667  green                0
    2        s3       NaN  green                0
    """
    table = outlook.schools.sort_values(KEYS, ignore_index=True)
    demand, seats = table["demand_n"].astype(float), table["seats_n"].astype(float)
    lines = {
        "yellow": levels.line(table["year"], yellow, policy.warning.yellow),
        "red": levels.line(table["year"], red, policy.warning.red),
    }
    public = table["sector"].eq("public")
    table["ratio"] = (table["hukou_n"].astype(float) / seats.where(seats > 0)).where(public).astype(float)
    table["level"] = levels.year_by_year(table, before=before, slack=hysteresis, **lines)
    table["line"] = lines["red"].where(table["level"] == "red", lines["yellow"])
    table["probability"] = table["p_short"]
    shades = levels.colour_lines(false_alarms)
    table["colour"] = colour(table["probability"], shades)
    cut, chances = _cut(table, ranked, through)
    chances["red_from"] = pd.Series(shades["red"], index=table.index)
    table = table.assign(**_missing(table, policy), **cut, **chances)
    labels = policy.table.labels if policy.table else {}
    words = [wording.titled(tier, labels) if tier else "" for tier in table["cut_tier"]]
    table["cut_label"] = pd.Series(words, index=table.index, dtype="str")
    planned = table["classes_n"].astype(float)
    table["class_size_n"] = np.ceil(demand / planned.where(planned > 0)).astype("Int64")
    table["class_flag"] = size_flag(table["class_size_n"], table["stage"], policy)
    table["newly_oversized"] = newly_oversized(table, outlook, policy)
    table["surplus"] = (demand < policy.warning.surplus * seats).fillna(value=False)
    table["watch"] = table["horizon"] > CONFIRMED_YEARS
    table["rising"] = rising(table, lines["yellow"], policy)
    table["reason"] = [reason(row, policy) for row in table.itertuples()]
    return table[[*schema.empty("alerts").columns, *chances]]


def _missing(table: pd.DataFrame, policy: Policy) -> dict[str, pd.Series]:
    """Return the seats and classes that the median forecast lacks."""
    missing = (table["demand_n"].astype(float) - table["seats_n"].astype(float)).clip(lower=0).fillna(0)
    standard = table["stage"].map(dict(policy.capacity.standard)).astype(float)
    size = table["class_size_n"].astype(float).fillna(standard)
    return {
        "missing_seats_n": missing.astype("Int64"),
        "missing_classes_n": np.ceil(missing / size).astype("Int64"),
    }


def rising(table: pd.DataFrame, yellow: pd.Series, policy: Policy) -> pd.Series:
    """Whether resident children grow year after year while seats are tight, where the text asks for it.

    Tight is a demand, or registered children, from the yellow line on; how many years make it "year after year" is the
    policy's `rising_years`, nought where the text has no such rule.
    """
    years = policy.warning.rising_years
    if not years:
        return pd.Series(False, index=table.index)
    fill = np.fmax(table["ratio"], table["demand_n"].astype(float) / table["seats_n"].astype(float).replace(0, np.nan))
    return (table["rising_n"].fillna(0).ge(years) & fill.ge(yellow - 1e-9)).fillna(value=False).astype(bool)


def _cut(
    table: pd.DataFrame, ranked: pd.DataFrame | None, through: Simulation | None
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the tier at which each row is cut, its chance, how many are turned away; then the chances put through."""
    plain = cut_tiers(table, ranked)
    unknown = pd.Series(np.nan, index=table.index)
    if through is None:
        return {"cut_tier": plain, "cut_chance": unknown, "turned_away_n": unknown}, {}
    keys = pd.MultiIndex.from_frame(table[KEYS])
    cuts = through.tiers.sort_values([*KEYS, "tier_rank"])
    likely = cuts[cuts["p_cut"] >= LIKELY].drop_duplicates(KEYS).set_index(KEYS)
    simulated = keys.isin(pd.MultiIndex.from_frame(cuts[KEYS]))
    wide = cuts.pivot_table(index=KEYS, columns="tier", values="p_cut", aggfunc="max").reindex(keys)
    names = cuts.drop_duplicates("tier").sort_values("tier_rank")["tier"]
    away = cuts.groupby(KEYS)["refused_n"].sum().reindex(keys).to_numpy()
    large = through.sizes.set_index(KEYS)["p_oversized"].reindex(keys).to_numpy()
    cut = likely["tier"].reindex(keys).fillna("").to_numpy()
    told_cut = {
        "cut_tier": pd.Series(np.where(simulated, cut, plain), index=table.index, dtype="str"),
        "cut_chance": pd.Series(likely["p_cut"].reindex(keys).to_numpy(), index=table.index),
        "turned_away_n": pd.Series(away, index=table.index),
    }
    runs = likely["method"].map({"carried out": float(through.intakes)}).reindex(keys).to_numpy(dtype=float)
    others = {f"p_cut_{name}": wide[name].to_numpy() for name in names}
    return told_cut, {"p_oversized": large, "cut_runs_n": runs} | others


def cut_tiers(table: pd.DataFrame, ranked: pd.DataFrame | None) -> pd.Series:
    """Return the tier at which admission is expected to be cut: the first that, with those before, exceeds the seats.

    Parameters
    ----------
    table : DataFrame
        `school_id`, stage, demand_n, seats_n.
    ranked : DataFrame or None
        This year's children with their tiers; their mix is taken to stay as it is.

    Returns
    -------
    Series
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


def named(tier: str, policy: Policy) -> str:
    """Return a tier in words."""
    return wording.tier(tier, policy.table.labels if policy.table else {})


def reason(row, policy: Policy) -> str:
    """Say in one Chinese sentence, with numbers, why a school and year has its level and colour."""
    parts = []
    if not pd.isna(row.ratio):
        reached = f"，达到{LEVEL_NAMES[row.level]}预警线（{row.line:.0%}）" if row.level != "green" else ""
        whose = "对口小学毕业" if row.counted == "feeders" else "户籍适龄"
        parts.append(f"{whose}{row.hukou_n}人，计划{row.seats_n}个学位，占{_tenths(row.ratio)}{reached}")
    doubt = "" if row.calibrated else "，历史不足，未校准"
    parts.append(f"预计入学{row.demand_n}人（80%区间{row.low80_n}—{row.high80_n}人{doubt}）")
    if not pd.isna(row.probability):
        parts.append(f"学位不足的概率{_chance(row.probability)}")
    if row.missing_seats_n:
        cut = f"，预计录至{named(row.cut_tier, policy)}止" if row.cut_tier else ""
        parts.append(f"按中位数缺{row.missing_seats_n}个学位（{row.missing_classes_n}个班）{cut}")
    if row.cut_chance > 0:
        who, away = named(row.cut_tier, policy), f"{small_cells.shown(round(row.turned_away_n))}人"
        apart = "与缺学位数口径不同" if row.missing_seats_n else "其中有其后去民办、外地和未按时登记的，多于预计入学"
        limited = f"{who}有人落选{_how_often(row)}，平均分流{away}（按今年报名家庭推算，{apart}）"
        parts.append(limited if row.counted else f"不限学区，按今年报名推算平均{away}不能录取")
    if row.rising:
        parts.append(f"常住适龄儿童连续{row.rising_n}年增加，学位紧张")
    if row.class_flag != "ok":
        fresh = "新增" if row.newly_oversized and row.class_flag != "over" else ""
        parts.append(f"若全部接收，平均每班{row.class_size_n}人，{fresh}{SIZE_NAMES[row.class_flag]}")
    if row.newly_oversized and row.class_flag not in ("oversized", "super"):
        size = math.ceil(row.high80_n / row.classes_n)
        parts.append(f"按80%区间上限平均每班{size}人，可能新增大班额")
    if row.surplus:
        parts.append(f"需求不足计划的{policy.warning.surplus:.0%}，学位富余")
    watch = "（三年以外，仅列入观察）" if row.watch else ""
    return f"{row.year}年{STAGES[row.stage]}：" + "；".join(parts) + f"{watch}。"


def _tenths(ratio: float) -> str:
    """Write a share of seats in tenths of a per cent, rounded down as everywhere, so that 100 % is never below it."""
    return f"{math.floor(ratio * 1000 + 1e-9) / 10:.1f}%"


def _how_often(row) -> str:
    """Write the chance of a cut; of few intakes carried out, how many of them had it."""
    runs = getattr(row, "cut_runs_n", math.nan)
    if runs < FEW_RUNS:
        return f"（{runs:.0f}次模拟中出现{row.cut_chance * runs:.0f}次）"
    return f"的概率{_chance(row.cut_chance)}"


def _chance(chance: float) -> str:
    """Write a probability; nothing is ever quite impossible or certain."""
    if chance < 0.01:
        return "<1%"
    return ">99%" if chance > 0.99 else f"{chance:.0%}"


@takes(flags="alerts")
def headline(flags: pd.DataFrame, *, most: int = 5) -> list[str]:
    """Say what needs a decision this spring, most pressing first.

    Parameters
    ----------
    flags : DataFrame
        From `flag`.
    most : int, default 5
        Schools named at most.

    Returns
    -------
    list of str
        Chinese sentences; every number is computed from `flags`.

    Examples
    --------
    >>> import zhaosheng_analysis as zs
    >>> town, rules = zs.demo.nine_plots(), zs.policy.load("laoting-2025")
    >>> flags = zs.alerts.flag(zs.forecast.project(town, rules, years=[2026]), rules)
    >>> zs.alerts.headline(flags)[0]
    '2026—2026年有1所学校达到红色（户籍比或概率），其中2026年1所，预计共缺1个学位（各校同取80%区间两端：0—4个）。'
    """
    near = flags[~flags["watch"]]
    near = near[near["sector"].eq("public")]
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
        return f"{years}没有学校达到红色预警，无须为缺学位作决定。"
    soonest = pressing[pressing["year"] == pressing["year"].min()]
    lacking = int(soonest["missing_seats_n"].sum())
    ends = [(soonest[end] - soonest["seats_n"]).clip(lower=0).fillna(0).sum() for end in ("low80_n", "high80_n")]
    lack = f"预计共缺{lacking}个学位" if lacking else "按中位数不缺学位"
    return (
        f"{years}有{pressing['school_id'].nunique()}所学校达到红色（户籍比或概率），其中{pressing['year'].min()}年"
        f"{soonest['school_id'].nunique()}所，{lack}（各校同取80%区间两端：{ends[0]}—{ends[1]}个）。"
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
