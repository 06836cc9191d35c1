"""Which team of teachers takes which class (教师组合): filed first, then drawn apart from the pupils.

Comes in: the teams as filed with the bureau. Goes out: a team for each class and a record with which anyone repeats the
draw.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zhaosheng_analysis import lottery
from zhaosheng_analysis.schema import Faults, keys

#: Lines of ``teachers.json``.
RECORD = {
    "teams_sha256": str, "teams": keys.Strings, "seed": str, "source": str, "rule": str, "filed_at": keys.Minute,
    "drawn_at": keys.Minute, "classes_n": int, "classes": dict[str, str],
}  # fmt: skip
RULE = "ticket = SHA-256(seed|teams|team)[:8]; the smallest ticket takes class 1"


def commit(teams: list[str]) -> str:
    """Return the SHA-256 of the teams, sorted, one a line: what is filed before the seed exists.

    Parameters
    ----------
    teams : list of str
        Names of the teams.

    Returns
    -------
    str
        64 hex digits.
    """
    return lottery.records.sha256("".join(f"{name}\n" for name in sorted(teams)))


def draw(
    teams: list[str], classes_n: int, *, seed: str, filed_at: pd.Timestamp, drawn_at: pd.Timestamp, source: str = ""
) -> dict[str, Any]:
    """Draw which team takes which class.

    Parameters
    ----------
    teams : list of str
        Names of the teams, one a class.
    classes_n : int
        Classes.
    seed : str
        Published seed, newer than the filing.
    filed_at : Timestamp
        When the teams were filed.
    drawn_at : Timestamp
        When the draw is made.
    source : str, optional
        Where the seed came from.

    Returns
    -------
    dict of str to object
        The record: teams_sha256, teams, classes (the team of each class_no) and everything needed to repeat the draw.

    Raises
    ------
    DataError
        Teams filed late, double, or not one a class.
    """
    faults = Faults()
    if filed_at >= drawn_at:
        found = f"{filed_at:%Y-%m-%d %H:%M} 才报备"
        faults.add("教师组合", found, f"早于派位 {drawn_at:%Y-%m-%d %H:%M}", "请先报备再派位")
    if len(teams) != classes_n or len(set(teams)) != len(teams):
        faults.add("教师组合", f"{len(teams)} 组（{len(set(teams))} 个不同）", f"{classes_n} 组，每班一组", "请改正")
    if not seed:
        faults.add("教师组合", "派位种子是空的", "报备之后才产生的数字", "请写明种子")
    faults.raise_if_any()
    names = sorted(teams)
    order = np.argsort(lottery.tickets(names, seed=seed, stream="teams"), kind="stable")
    return {
        "teams_sha256": commit(names), "teams": names, "seed": seed, "source": source, "rule": RULE,
        "filed_at": f"{filed_at:%Y-%m-%d %H:%M}", "drawn_at": f"{drawn_at:%Y-%m-%d %H:%M}", "classes_n": classes_n,
        "classes": {str(number): names[at] for number, at in enumerate(order, 1)},
    }  # fmt: skip


def verify(record: Mapping[str, Any]) -> None:
    """Repeat a draw of teams from its record.

    Parameters
    ----------
    record : mapping of str to object
        The record, as `draw` gives it.

    Raises
    ------
    DataError
        With every line of the record that differs.
    """
    faults = Faults()

    def again() -> dict[str, Any]:
        times = {name: pd.Timestamp(record[name]) for name in ("filed_at", "drawn_at")}
        terms = {name: record[name] for name in ("seed", "source")}
        return draw(record["teams"], record["classes_n"], **terms, **times)

    lottery.records.repeated(record, RECORD, again, where="教师派位记录", faults=faults)
    faults.raise_if_any()
