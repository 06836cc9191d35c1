"""Points (积分): a table of items in the rule file, each with its clause, added up child by child and item by item.

An item gives ``points`` where its condition holds, or ``per`` points for each unit of a ``measure``, up to
``cap``. Items of a group are added or only the largest counts (``take``), up to the group's cap. An item ``of =
"pair"`` depends on the school applied to (a bonus for the own zone) and is added where a round orders by
points. What hangs on a blank is not known: it is named, and the sum is not known either unless the rule file
says that it counts nothing (``unknown = "zero"``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis.policy import conditions
from zhaosheng_analysis.policy.conditions import Condition
from zhaosheng_analysis.schema import keys

TAKES = ("sum", "max")
WHOSE = ("child", "pair")
UNKNOWNS = ("ask", "zero")


@dataclass(frozen=True)
class Item:
    """One line of the table of points.

    Attributes
    ----------
    id, label, clause : str
        Name in the file, words for a planner, where the text says so.
    condition : Condition
        For whom the line is (``if`` in the file); everybody without one.
    points : float
        Points where it holds; with `measure`, points for each unit are `per` instead.
    per, cap : float
        Points a unit, and the most the line can give (0: no limit).
    parts : tuple of float
        Of `per` written as a share ("4/12": four points for twelve units): its two numbers.
    measure : str
        Name of the number that is multiplied.
    of : {"child", "pair"}
        Whether the line depends on the school applied to.
    group : str
        Group the line belongs to.
    words : str
        The words of the text.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    when : dict
        Values of parameters under which the line is in force.
    """

    id: str
    label: str
    clause: str
    condition: Condition = field(default_factory=Condition)
    points: float = 0.0
    per: float = 0.0
    parts: tuple[float, ...] = ()
    measure: str = ""
    cap: float = 0.0
    of: str = "child"
    group: str = ""
    words: str = ""
    provisions: keys.Strings = ()
    when: keys.Table = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Lines that count together.

    Attributes
    ----------
    id : str
        Name in the file.
    take : {"sum", "max"}
        Whether all of them count or only the largest.
    cap : float
        Most they give together (0: no limit).
    label : str
        Words for a planner.
    """

    id: str
    take: str = "sum"
    cap: float = 0.0
    label: str = ""


@dataclass(frozen=True)
class Points:
    """The table of points of a policy.

    Attributes
    ----------
    items : tuple of Item
        In the order of the text.
    groups : tuple of Group
        Those the items name.
    unknown : {"ask", "zero"}
        What becomes of a line that hangs on a blank.
    label : str
        What the sum is called.
    clause : str
        Where the text lays it down.
    decimals : int
        Places after the point to which a sum is exact; what is just between two is rounded away from 0 (四舍五入).
    words : str
        The words of the text.
    provisions : tuple of str
        Rows of the catalogue it answers for.
    """

    items: tuple[Item, ...] = ()
    groups: tuple[Group, ...] = ()
    label: str = "积分"
    clause: str = ""
    unknown: str = "ask"
    decimals: int = 2
    words: str = ""
    provisions: keys.Strings = ()

    def of(self, whose: str) -> tuple[Item, ...]:
        """Return the lines of the child, or those of the pair of child and school.

        Parameters
        ----------
        whose : {"child", "pair"}
            Which of the two.

        Returns
        -------
        tuple of Item
            In the order of the text.
        """
        return tuple(item for item in self.items if item.of == whose)


def count(
    points: Points,
    items: Iterable[Item],
    table: pd.DataFrame,
    measures: Mapping[str, pd.Series] | pd.DataFrame,
    *,
    inclusive: bool = True,
) -> pd.DataFrame:
    """Count lines of the table of points for every row.

    Parameters
    ----------
    points : Points
        The table they belong to: its groups, decimals, and what a blank means.
    items : iterable of Item
        Lines to count (``points.of("child")``, say).
    table : DataFrame
        Rows with every column the conditions name.
    measures : mapping of str to Series, or DataFrame
        Name of a measure, or of a column of numbers -> its number for every row; missing where it is not known.
    inclusive : bool
        Whether the day itself counts where the text of a date does not say (A-G1).

    Returns
    -------
    DataFrame on the index of `table`
        One column a line (its id: points, missing where not known), ``points`` (the sum, missing where a line is not
        known and a blank does not count as nothing) and ``points_missing`` (labels of lines not known, joined by 、).
    """
    lines = {item.id: _line(item, table, measures, inclusive=inclusive) for item in items}
    counted = pd.DataFrame(lines, index=table.index, dtype="float64")
    named = {item.id: item.label for item in items}
    lost = counted.isna()
    missing = pd.Series("", index=table.index, dtype="str")
    for name in counted.columns[lost.any()]:
        missing = missing.mask(lost[name], missing.where(missing == "", missing + "、") + named[name])
    total = _total(points, items, counted.fillna(0.0))
    if points.unknown == "ask":
        total = total.mask(lost.any(axis=1))
    return counted.assign(points=rounded(total, points.decimals), points_missing=missing)


def rounded(numbers: pd.Series | np.ndarray, decimals: int) -> pd.Series | np.ndarray:
    """Return numbers to some places after the point, a half away from 0, as is done at school.

    Parameters
    ----------
    numbers : Series or ndarray of float
        Points; missing ones stay missing.
    decimals : int
        Places after the point.

    Returns
    -------
    Series or ndarray of float
        Like `numbers`.
    """
    # A sum of shares such as 1/3 may lie a hair below the half it is; ten-billionths are no points.
    whole = np.floor(np.abs(numbers) * 10**decimals + 0.5 + 1e-7)
    return np.sign(numbers) * whole / 10**decimals


def _line(item: Item, table: pd.DataFrame, measures: Any, *, inclusive: bool) -> np.ndarray:
    """Return the points of one line: 0 where it does not hold, missing where that is not known."""
    holds = conditions.judge(item.condition, table, inclusive=inclusive)
    if item.measure:
        worth = measures[item.measure].astype("float64").to_numpy() * item.per
        worth = np.minimum(worth, item.cap) if item.cap else worth
    else:
        worth = np.full(len(table), item.points)
    return np.select([holds == conditions.NO, holds == conditions.YES], [0.0, worth], np.nan)


def _total(points: Points, items: Iterable[Item], lines: pd.DataFrame) -> pd.Series:
    """Add the lines up, group by group."""
    total = pd.Series(0.0, index=lines.index)
    members: dict[str, list[str]] = {}
    for item in items:
        members.setdefault(item.group, []).append(item.id)
    groups = {group.id: group for group in points.groups}
    for name, ids in members.items():
        part = lines[ids].max(axis=1) if name and groups[name].take == "max" else lines[ids].sum(axis=1)
        cap = groups[name].cap if name else 0.0
        total += part.clip(upper=cap) if cap else part
    return total


def shown(points: Points, row: Mapping[str, Any], blank: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Say line by line how a child came by its points.

    Parameters
    ----------
    points : Points
        The table.
    row : mapping
        One row of `count`.
    blank : mapping of str to str, optional
        By line that is not known, the papers it waits for, by name.

    Returns
    -------
    list of str
        A line an item that gave something or is not known.
    """
    lines = []
    for item in points.items:
        value = row.get(item.id)
        if value is None or value == 0:
            continue
        known = "" if pd.isna(value) else f"{rounded(np.array(value), points.decimals):g} 分"
        number = known or f"未知（缺{blank.get(item.id) or '材料'}）"
        lines.append(f"{item.label} {number}（{item.clause}）")
    return lines
