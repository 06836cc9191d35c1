"""The tables of alerts a report shows, arranged; nothing is estimated here.

What they rest on stands in `premises`, the forecast's own tables in `forecast`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zhaosheng_analysis.forecast import COLOURS
from zhaosheng_analysis.schema import STAGES, takes
from zhaosheng_analysis.texts import labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from zhaosheng_analysis.geodata import District
    from zhaosheng_analysis.policy import Policy


KEYS = ["school_id", "stage"]
#: What a dash in the place of a grade says.
UNGRADED = "—：不评级。民办学校按其招生办法录取；停止招生、没有统计人数或没有计划的，无从比较。"
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
    "counted",
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
SHORT["forecast"] = SHORT["admission"]  # a folder without a rule file
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


@takes(flags="alerts")
def taken_over(flags: pd.DataFrame, district: District) -> dict[tuple[str, str, int], str]:
    """Name the schools that admit nobody in a year and whose children another takes over, by successor_id.

    Parameters
    ----------
    flags : DataFrame
        From `alerts.flag`; who is expected at no child is taken to admit nobody.
    district : District
        Its schools say who succeeds whom.

    Returns
    -------
    dict of (str, str, int) to str
        Names by school_id, stage and year of the school that takes them over; others are left out.
    """
    heir = district.schools.set_index("school_id")["successor_id"].dropna()
    gone = flags[flags["demand_n"].eq(0) & flags["school_id"].isin(heir.index)]
    gone = gone.assign(heir=gone["school_id"].map(heir).to_numpy()).sort_values("school_id")
    named = gone.groupby(["heir", "stage", "year"])["name"].agg("、".join)
    return {(school, stage, int(year)): names for (school, stage, year), names in named.items()}


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
def shades(rows: pd.DataFrame) -> dict[str, str]:
    """Write the chances from which the colours are shown: those the bureau's cost of a missed shortage leads to.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    dict of str to str
        Colour → a whole per cent; the usual ones where the rows name none.
    """
    red = float(rows["red_from"].iloc[0]) if "red_from" in rows and len(rows) else COLOURS["red"]
    return {name: f"{red * least / COLOURS['red']:.0%}" for name, least in COLOURS.items()}


@takes(rows="alerts")
def legend(rows: pd.DataFrame, metric: str) -> dict[str, str]:
    """Say what the codes of a grade mean, the gravest first.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.
    metric : str
        Column of the flags.

    Returns
    -------
    dict of str to str
        Code → its meaning in Chinese.
    """
    return {code: words.format(**shades(rows)) for code, words in labels.book()["legends"][metric].items()}


@takes(rows="alerts")
def grounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Blank the grades that rest on nothing, and those of private schools, whose crowd is nobody's shortage of seats.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags.

    Returns
    -------
    DataFrame
        The rows; level, colour and class_flag are an empty text where no ratio, no probability or no class is known.
    """
    graded = {name: rows[name].astype("str").where(rows[GRADED[name][0]].notna(), "") for name in GRADED}
    mine = rows["sector"].ne("private")
    return rows.assign(**{name: codes.where(mine, "") for name, codes in graded.items()})


@takes(rows="alerts")
def titled(rows: pd.DataFrame) -> pd.Series:
    """Name the schools, and say of which it is that they have no grade: private ones and those that admit nobody.

    Parameters
    ----------
    rows : DataFrame
        Rows of flags, all years of a school together.

    Returns
    -------
    Series of str
        On the index of the rows.
    """
    awaited = rows["demand_n"].gt(0).groupby([rows[key] for key in KEYS]).transform("any")
    said = rows["name"].where(awaited | rows["sector"].eq("private"), rows["name"] + "（停止招生）")
    return said.where(rows["sector"].ne("private"), rows["name"] + "（民办）")


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
        class flag and class size. Private schools and schools without a plan have no grade.
    """
    metric = metrics(alerts, policy)[0]
    number, written = GRADED[metric]
    alerts = grounded(alerts.assign(name=titled(alerts)))
    pairs = [[grade, size] if grade else None for grade, size in zip(alerts[metric], alerts[number], strict=True)]
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


@takes(alerts="alerts")
def grid_title(alerts: pd.DataFrame, policy: Policy) -> str:
    """Say what the grades of `grid` are grades of.

    Parameters
    ----------
    alerts : DataFrame
        Flags, from `alerts.flag`.
    policy : Policy
        The rules.

    Returns
    -------
    str
        Its title, in Chinese.
    """
    return f"各校逐年级别：{labels.book()['grids'][metrics(alerts, policy)[0]]}"


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
    # A private school that is asked for too much draws lots: the decisions name it, no list of missing seats does.
    rows = public(near[pressing(near) | (near["level"] == "yellow") | (near["colour"] == "orange")])
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
    told = grounded(alerts.assign(name=titled(alerts)))
    order = pd.concat([by_need(rows) for _, rows in told.groupby("year")]) if len(told) else told
    pairs = [list(pair) for pair in zip(order["low80_n"], order["high80_n"], strict=True)]
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
    alerts = public(alerts)
    rows = levels(alerts[alerts["class_flag"] != "ok"])
    table = rows[["name", "stage", "year", "demand_n", "seats_n", "class_size_n", "class_flag"]]
    # By its own rows: a table without rows would take those of the flags.
    return table.assign(p_oversized=alerts.loc[table.index, "p_oversized"]) if "p_oversized" in alerts else table


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
    now = public(spring(alerts))
    return by_need(now[now["seats_n"].notna()]).head(at_most)
