"""Levels of a warning: the statutory ratio and the colour of a probability.

The ratio is that of registered children to planned seats (浙教基〔2018〕100号: yellow from 90 %, red from 100 %); other
places draw the yellow line at 80 % (金华开发区 2023, 银川兴庆 2024), so both lines may differ by district and year.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from zhaosheng_analysis.forecast import COLOURS
from zhaosheng_analysis.schema import DataError, Fault

LEVELS = ("green", "yellow", "red")
LEVEL_NAMES = {"red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色"}


def line(years: pd.Series, chosen: float | Mapping[int, float] | None, usual: float) -> pd.Series:
    """Return the line that holds in each year: the one chosen for it, else the policy's own.

    Parameters
    ----------
    years : Series of int
        Year of each row.
    chosen : float or mapping of int to float, or None
        One line for all years, a line by year, or nothing.
    usual : float
        The policy's line.

    Returns
    -------
    Series of float
        On the same index.
    """
    if chosen is None:
        return pd.Series(usual, index=years.index, dtype=float)
    if isinstance(chosen, Mapping):
        return years.map(dict(chosen)).astype(float).fillna(usual)
    return pd.Series(float(chosen), index=years.index)


def ratio_level(ratio: pd.Series, *, yellow: pd.Series | float, red: pd.Series | float) -> pd.Series:
    """Judge a ratio: red from `red`, yellow from `yellow`, else green; green where unknown.

    Parameters
    ----------
    ratio : Series of float
        Registered children over seats.
    yellow : Series of float or float
        Line from which a ratio is yellow.
    red : Series of float or float
        Line from which a ratio is red.

    Returns
    -------
    Series of str
        On the same index.
    """
    # Ratios are quotients of whole children: without the tolerance 0.9 · 40 seats would miss 36 children.
    tolerance = 1e-9
    chosen = np.select([ratio >= red - tolerance, ratio >= yellow - tolerance], ["red", "yellow"], "green")
    return pd.Series(chosen, index=ratio.index, dtype="str")


def held(
    level: pd.Series,
    ratio: pd.Series,
    before: pd.Series,
    *,
    yellow: pd.Series | float,
    red: pd.Series | float,
    slack: float,
) -> pd.Series:
    """Keep the level of the year before while the ratio has fallen by less than `slack` below its line.

    Parameters
    ----------
    level : Series of str
        Level of each school this year.
    ratio : Series of float
        Ratio of each school this year.
    before : Series of str
        Level of the year before, green where none.
    yellow : Series of float or float
        Line from which a ratio is yellow.
    red : Series of float or float
        Line from which a ratio is red.
    slack : float
        Hysteresis, as a ratio; 0 lets every level drop at once.

    Returns
    -------
    Series of str
        On the same index.
    """
    loose = ratio_level(ratio, yellow=yellow - slack, red=red - slack)
    rank = {name: place for place, name in enumerate(LEVELS)}
    kept = np.maximum(level.map(rank), np.minimum(loose.map(rank), before.map(rank)))
    return kept.astype(int).map(dict(enumerate(LEVELS)))


def year_by_year(
    table: pd.DataFrame, *, yellow: pd.Series, red: pd.Series, before: pd.DataFrame | None, slack: float
) -> pd.Series:
    """Return the statutory level of every row, year by year, so that a level held the year before may be kept.

    Parameters
    ----------
    table : DataFrame
        Columns school_id, stage, year and ratio.
    yellow : Series of float
        Yellow line of each row.
    red : Series of float
        Red line of each row.
    before : DataFrame or None
        The levels published last (school_id, stage, level), for the first year.
    slack : float
        How far below its line a ratio must fall before a level is lowered.

    Returns
    -------
    Series of str
        On the same index.
    """
    plain = ratio_level(table["ratio"], yellow=yellow, red=red)
    if slack == 0:
        return plain
    flagged = {}
    if before is not None:
        flagged = dict(zip(zip(before["school_id"], before["stage"], strict=True), before["level"], strict=True))
    result = plain.copy()
    for _, rows in table.groupby("year", sort=True):
        at = rows.index
        keys = list(zip(rows["school_id"], rows["stage"], strict=True))
        last = pd.Series([flagged.get(key, "green") for key in keys], index=at)
        result[at] = held(plain[at], rows["ratio"], last, yellow=yellow[at], red=red[at], slack=slack)
        flagged.update(zip(keys, result[at], strict=True))
    return result


def colour_lines(false_alarms: float = 1.0) -> dict[str, float]:
    """Return the chances from which the colours are shown, by what a missed shortage costs.

    Who would rather bear so many false alarms than miss one shortage warns in red from a chance of 1 / (1 + that many)
    on; orange and yellow keep their distance from red.

    Parameters
    ----------
    false_alarms : float, default 1.0
        How many false alarms a missed shortage is worth, above 0; one gives `COLOURS`.

    Returns
    -------
    dict of str to float
        Colour → least chance.

    Raises
    ------
    DataError
        The number is not above 0.
    """
    if not false_alarms > 0:
        raise DataError(Fault("误报与漏报", f"{false_alarms}", "大于 0 的数", "请写一次漏报抵几次误报"))
    red = 1.0 / (1.0 + false_alarms)
    return {name: red * least / COLOURS["red"] for name, least in COLOURS.items()}


def colour(probability: pd.Series, lines: Mapping[str, float] = COLOURS) -> pd.Series:
    """Return the colour of a probability of shortage; green where there is no plan to be short of.

    Parameters
    ----------
    probability : Series of float
        Chance of a shortage, in [0, 1].
    lines : mapping of str to float, default COLOURS
        Colour → least chance, the gravest first.

    Returns
    -------
    Series of str
        On the same index.
    """
    chosen = np.select([probability >= least for least in lines.values()], list(lines), "green")
    return pd.Series(chosen, index=probability.index, dtype="str")


COUNTED_NAMES = {"zone": "学区户籍适龄儿童", "feeders": "对口小学毕业生", "": "未统计户籍适龄儿童"}
