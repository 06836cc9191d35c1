"""The tables of a report, arranged from alerts, outlook, policy and district; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.policy import parameters
from zhaosheng_analysis.schema import STAGES, takes
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from zhaosheng_analysis.forecast import Outlook
    from zhaosheng_analysis.policy import Parameter, Policy

KEYS = ["school_id", "stage"]
ONLY = "唯一做法"
FULL = [
    "name",
    "stage",
    "year",
    "level",
    "ratio",
    "colour",
    "probability",
    "demand_n",
    "interval80",
    "hukou_n",
    "seats_n",
    "missing_seats_n",
    "missing_classes_n",
    "cut_label",
    "class_size_n",
    "class_flag",
    "watch",
    "surplus",
    "reason",
]
SHORT = {
    "admission": [
        "name",
        "stage",
        "year",
        "level",
        "ratio",
        "colour",
        "probability",
        "demand_n",
        "interval80",
        "seats_n",
        "missing_seats_n",
        "missing_classes_n",
        "cut_label",
    ],
    "audit": ["name", "stage", "year", "demand_n", "interval80", "seats_n", "class_size_n", "class_flag"],
}
#: Fewer cases than these are printed as a count, not as a percentage.
FEW = 20
#: Columns of what the intervals held -> the same as text.
COVERED = {"coverage80": "held80", "coverage95": "held95"}
METRICS = {
    "admission": ("level", "colour", "class_flag"),
    "forecast": ("level", "colour", "class_flag"),
    "audit": ("class_flag",),
}
GRADED = {
    "level": ("ratio", "ratio"),
    "colour": ("probability", "chance"),
    "class_flag": ("class_size_n", "whole"),
}


@takes(alerts="alerts")
def spring(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows a decision is due on this spring: those of the first forecast year.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    DataFrame
        Some of the rows.
    """
    return alerts[alerts["year"] == alerts["year"].min()]


@takes(rows="alerts")
def pressing(rows: pd.DataFrame) -> pd.Series:
    """Say which rows are red, by the statutory ratio or by the probability.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    Series of bool
        On the index of the rows.
    """
    return (rows["level"] == "red") | (rows["colour"] == "red")


@takes(rows="alerts")
def public(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of public schools: a private one that is asked for too much is nobody's shortage of seats.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    DataFrame
        Some of the rows.
    """
    return rows[rows["sector"].eq("public")]


@takes(rows="alerts")
def by_need(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the schools that lack most seats first.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    DataFrame
        The rows in their order.
    """
    keys = ["missing_seats_n", "ratio", "school_id"]
    return rows.sort_values(keys, ascending=[False, False, True], kind="stable", na_position="last")


@takes(alerts="alerts")
def grid(alerts: pd.DataFrame, policy: Policy) -> labels.Listing:
    """Lay the grades out with one row a school and one column a year, the gravest first.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.

    Returns
    -------
    Listing
        Columns name, stage, then one a year holding ``[grade, number]``: level and ratio, or, for an audit policy,
        class flag and class size. A school without a plan has no grade.
    """
    metric = metrics(alerts, policy)[0]
    number, written = GRADED[metric]
    pairs = [
        [grade, size] if pd.notna(size) else None for grade, size in zip(alerts[metric], alerts[number], strict=True)
    ]
    rows = alerts.assign(pair=pairs, number=alerts[number].astype(float))
    wide = rows.pivot_table(index=KEYS, columns="year", values="pair", aggfunc="first", dropna=False)
    wide.columns = wide.columns.astype(str)
    heads = rows.groupby(KEYS).agg(name=("name", "first"), number=("number", "max"))
    table = heads.join(wide, validate="1:1").reset_index()
    table["place"] = table["stage"].map(list(STAGES).index)
    table = table.sort_values(["place", "number", "school_id"], ascending=[True, False, True], kind="stable")
    watched = set(alerts.loc[alerts["watch"].astype(bool), "year"].astype(str))
    return labels.Listing.of(table[["name", "stage", *wide.columns]], *graded(wide.columns, metric, written, watched))


def metrics(alerts: pd.DataFrame, policy: Policy) -> tuple[str, ...]:
    """Return the grades that pages show, the one they show first at the head.

    A stage of whose registered children nothing is known has no ratio: the chance of a shortage comes first.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.

    Returns
    -------
    tuple of str
        Columns of `alerts`.
    """
    shown = METRICS[policy.kind]
    blind = alerts.groupby("stage", observed=True)["ratio"].count().eq(0).any()
    return shown[1:] if shown[0] == "level" and blind else shown


def graded(years: Iterable[str], codes: str, number: str, watched: Collection[str] = ()) -> list[dict]:
    """Return the headings of columns of years that hold ``[grade, number]``.

    Parameters
    ----------
    years : iterable of str
        The columns.
    codes : str
        Whose words the grades have in ``labels.toml``.
    number : str
        Format of the numbers.
    watched : collection of str, optional
        The years that are only watched, which their headings say.

    Returns
    -------
    list of dict
        A heading a year.
    """
    names = {year: f"{year} 年|（观察）" if year in watched else f"{year} 年" for year in years}
    return [labels.heading(year, name, "graded", codes=codes, number=number) for year, name in names.items()]


@takes(alerts="alerts")
def flagged(alerts: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the schools and years that need attention within three years, with their numbers.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns of `SHORT`.
    """
    near = alerts[~alerts["watch"].astype(bool)]
    if policy.kind == "audit":
        return levels(near[near["class_flag"] != "ok"])[SHORT["audit"]]
    rows = near[pressing(near) | (near["level"] == "yellow") | (near["colour"] == "orange")]
    table = levels(rows)[SHORT["admission"]]
    short = table["cut_label"].str.split("（").str[0]  # the name of a numbered tier stands in the full table
    return table.assign(cut_label=short)


@takes(alerts="alerts")
def levels(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return every school and year with every number, by year and missing seats; no ratio, no level.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    DataFrame
        Columns of `FULL`.
    """
    order = pd.concat([by_need(rows) for _, rows in alerts.groupby("year")]) if len(alerts) else alerts.copy()
    pairs = [list(pair) for pair in zip(order["low80_n"], order["high80_n"], strict=True)]
    order["level"] = order["level"].where(order["ratio"].notna(), "")
    order["interval80"] = pd.Series(pairs, index=order.index, dtype=object)
    return order[FULL]


@takes(alerts="alerts")
def crowded(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return the entry grades that exceed the standard class size if nobody is turned away.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    DataFrame
        Columns name, stage, year, demand_n, seats_n, class_size_n, class_flag and, where it is known, p_oversized.
    """
    rows = levels(alerts[alerts["class_flag"] != "ok"])
    table = rows[["name", "stage", "year", "demand_n", "seats_n", "class_size_n", "class_flag"]]
    return table.assign(p_oversized=alerts["p_oversized"]) if "p_oversized" in alerts else table


def accuracy(outlook: Outlook, *, levels: Sequence[str] = (), ahead: int | None = None) -> pd.DataFrame:
    """Return how well the method forecast the years already past, by level and horizon; some of them if asked.

    Parameters
    ----------
    outlook : Outlook
        The forecast.
    levels : sequence of str, optional
        Levels wanted; all where none is named.
    ahead : int, optional
        Longest horizon wanted.

    Returns
    -------
    DataFrame
        Rows of `forecast.Outlook.accuracy`; what the intervals held as text, of few cases as a count.
    """
    table = outlook.accuracy
    chosen = table["level"].isin(levels or table["level"]) & (table["horizon"] <= (ahead or table["horizon"].max()))
    table = table[chosen].rename(columns={"level": "scale"})
    hits = {name: [held(*pair) for pair in zip(table[name], table["n"], strict=True)] for name in COVERED}
    return table.assign(**hits).rename(columns=COVERED)


def held(share: float, cases: int) -> str:
    """Write how often an interval held, of few cases as a count and not as a percentage.

    Parameters
    ----------
    share : float
        In [0, 1]; nan where it was never tried.
    cases : int
        How often it was tried.

    Returns
    -------
    str
        Such as 84% or 5/6.
    """
    if pd.isna(share):
        return "—"
    return f"{share:.0%}" if cases >= FEW else f"{round(share * cases)}/{cases}"


def assumptions(policy: Policy) -> pd.DataFrame:
    """Return every silence of the text with the value this report takes; what is read one way only comes last.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns question, setting, options (lists of pairs: words, code that ``--set`` takes), why, clause and
        parameter (empty where nothing may be set).
    """
    rows = [
        (
            item.question,
            [parameters.pair(item, policy.chosen[item.name])],
            parameters.offered(item),
            _why(policy, item),
            item.clause,
            item.name,
        )
        for item in policy.parameters.values()
    ]
    rows += [(item.question, [(item.reading, "")], [(ONLY, "")], item.why, item.clause, "") for item in policy.notes]
    return pd.DataFrame(rows, columns=["question", "setting", "options", "why", "clause", "parameter"])


def thresholds(policy: Policy) -> pd.DataFrame:
    """Return the numbers the levels and flags depend on, and whether the text gives them.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns threshold, chosen and basis.
    """
    capacity, warning = policy.capacity, policy.warning
    rows = [
        (
            "标准班额",
            "、".join(f"{labels.code('stage', key)} {size} 人" for key, size in capacity.standard.items()),
            capacity,
            "standard",
        ),
        ("大班额", f"{capacity.oversized} 人及以上", capacity, "oversized"),
        ("超大班额", f"{capacity.super_oversized} 人及以上", capacity, "super_oversized"),
        ("黄色预警", f"户籍适龄 ÷ 计划学位 ≥ {warning.yellow:.0%}", warning, "yellow"),
        ("红色预警", f"户籍适龄 ÷ 计划学位 ≥ {warning.red:.0%}", warning, "red"),
        ("学位富余", f"预计入学 ÷ 计划学位 < {warning.surplus:.0%}", warning, "surplus"),
    ]
    table = [(what, value, _basis(section, key)) for what, value, section, key in rows]
    return pd.DataFrame(table, columns=["threshold", "chosen", "basis"])


def not_modelled(policy: Policy) -> pd.DataFrame:
    """Return what the text says and the package does not do.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns clause, what and why.
    """
    rows = [(item.clause or "、".join(item.provisions), item.what, item.why) for item in policy.not_modelled]
    return pd.DataFrame(rows, columns=["clause", "what", "why"])


def unseen(policy: Policy) -> pd.DataFrame:
    """Return the documents the text refers to and nobody here has read.

    Parameters
    ----------
    policy : Policy
        The rules.

    Returns
    -------
    DataFrame
        Columns title, clause and effect.
    """
    rows = [(item.title, item.clause, item.effect) for item in policy.unseen]
    return pd.DataFrame(rows, columns=["title", "clause", "effect"])


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


@takes(alerts="alerts")
def missing_between(alerts: pd.DataFrame) -> tuple[int, int]:
    """Add up the seats that some schools lack at the lower and at the upper ends of their 80 % intervals.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.

    Returns
    -------
    tuple of (int, int)
        Seats; all schools at once at an end is rarer than 80 %, so that the range is a wide one.
    """
    lack = [(alerts[end] - alerts["seats_n"]).clip(lower=0).fillna(0).sum() for end in ("low80_n", "high80_n")]
    return int(lack[0]), int(lack[1])


@takes(alerts="alerts")
def worst(alerts: pd.DataFrame, *, at_most: int) -> pd.DataFrame:
    """Return the schools that lack most seats this spring, then those with the highest ratio.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    at_most : int
        Schools at most.

    Returns
    -------
    DataFrame
        Some of the rows.
    """
    now = spring(alerts)
    return by_need(now[now["seats_n"].notna()]).head(at_most)


def _why(policy: Policy, item: Parameter) -> str:
    """Write the reason; a value that was set for this run says so."""
    if item.name not in policy.changed:
        return item.why
    return f"本次运行改动，默认为{parameters.said(item, item.default)}。{item.why}"


def _basis(section: object, key: str) -> str:
    """Say where a number comes from."""
    return labels.sentence("silent") if key in section.assumed else f"条款 {section.clause}"
